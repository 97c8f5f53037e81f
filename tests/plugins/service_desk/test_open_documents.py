"""R11: «Documentos em aberto», before another ticket is made of what is under way already."""

from __future__ import annotations

import re
from functools import partial
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.clock import now
from app.database import company_scope, db, transaction
from app.users.roles import Role
from app.work_orders.models import WorkOrderStatus
from plugins.service_desk.models import Draft, Forwarding, PartyKind, Ticket
from plugins.service_desk.queries import open_documents as queries
from plugins.service_desk.queries.open_documents import Party, has_open_tickets, open_documents
from plugins.service_desk.services import drafts, timers
from tests.conftest import StatementCounter
from tests.plugins.service_desk.desk import (
    LIST,
    NEW,
    change,
    error_of,
    last_ticket,
    switch,
    tickets,
    typed,
)
from tests.plugins.service_desk.test_conflicts import forwarding, inputs, interaction
from tests.world import World, log_in

ONE, TWO = (UUID(int=n) for n in (1, 2))
AURORA = NEW.format("aurora")
FRAGMENT = "/c/aurora/service-desk/open-documents"
ASKS_CUSTOMER = "Existem atendimentos em aberto para este cliente. Deseja visualizá-los?"
ASKS_PROSPECT = "Existem atendimentos em aberto para este interessado. Deseja visualizá-los?"
WINDOW = 'id="open-documents"'


@pytest.fixture(autouse=True)
def without_work_orders(rolled_back: None, world: World) -> None:
    """R20's question is left out."""
    switch(world.aurora, "auto_work_order", value=False)


@pytest.fixture
def waiting(bruno: FlaskClient, world: World, rows: SimpleNamespace) -> Ticket:
    """A ticket of the second customer with two forwardings, one of them answered."""
    answer = {
        "answered_on": "2024-05-22",
        "answered_by_id": rows.technician.id,
        "outcome_id": rows.forwarding_outcome.id,
        "answer": "Feito.",
    }
    post = typed(rows, customer_id=rows.other_customer.id, problem="Não gela.\nDesde ontem.")
    post |= forwarding(rows, 0, ONE)
    post |= forwarding(rows, 1, TWO, **answer)
    assert bruno.post(AURORA, data=post).status_code == 303
    return last_ticket(world.aurora)


def fragment(client: FlaskClient, **args: Any) -> str:
    answer = client.get(FRAGMENT, query_string=args)
    assert answer.status_code == 200
    return answer.text


# ── What is listed ───────────────────────────────────────────────────────────────────────────────────


def test_all_open_tickets_of_the_party_are_listed_with_what_is_told_of_them(
    bruno: FlaskClient, rows: SimpleNamespace, waiting: Ticket
) -> None:
    page = fragment(bruno, customer_id=rows.other_customer.id)

    assert ASKS_CUSTOMER in page
    assert WINDOW in page
    row = page.partition('<ul class="documents">')[2].partition("</li>")[0]
    assert f"Atendimento nº {waiting.number}</a>" in row
    assert f"Aberto em 20/05/2024 10:15 por {rows.technician.name}" in row
    assert "Não gela." in row
    assert "Desde ontem." not in row
    assert "1 encaminhamento sem resposta" in row
    assert f'href="/c/aurora/service-desk/tickets/{waiting.id}"' in row
    assert 'target="_blank"' in row
    assert 'rel="noopener" title="Abre em nova aba"' in row


def test_a_prospect_is_called_so(bruno: FlaskClient, rows: SimpleNamespace) -> None:
    post = typed(rows, party_kind="prospect", customer_id=None, prospect_id=rows.prospect.id)
    assert bruno.post(AURORA, data=post).status_code == 303

    assert ASKS_PROSPECT in fragment(bruno, prospect_id=rows.prospect.id)


def test_closed_tickets_and_the_ticket_itself_are_left_out(
    bruno: FlaskClient, world: World, rows: SimpleNamespace, waiting: Ticket
) -> None:
    assert fragment(bruno, customer_id=rows.other_customer.id, **{"except": waiting.id}) == ""
    with company_scope(world.aurora), transaction():
        for row in db.session.query(Forwarding):
            db.session.delete(row)
    change(world.aurora, waiting, closed_at=now(), closed_by_id=rows.technician.id)
    assert fragment(bruno, customer_id=rows.other_customer.id) == ""


def test_the_open_work_orders_are_listed_too_but_alone_they_ask_nothing(
    bruno: FlaskClient, world: World, rows: SimpleNamespace
) -> None:
    page = fragment(bruno, customer_id=rows.customer.id)
    assert f"OS nº {rows.work_order.number}</a>" in page
    assert f'href="/c/aurora/work-orders/{rows.work_order.id}" target="_blank" rel="noopener"' in page

    assert fragment(bruno, customer_id=rows.customer.id, **{"except": rows.ticket.id}) == ""
    for status in (WorkOrderStatus.DONE, WorkOrderStatus.CANCELLED):
        change(world.aurora, rows.work_order, status=status)
        assert "OS nº" not in fragment(bruno, customer_id=rows.customer.id)


def test_a_blocked_work_order_shows_number_and_status_without_a_link(
    bruno: FlaskClient, world: World, rows: SimpleNamespace
) -> None:
    """R22a."""
    switch(world.aurora, "work_orders_by_technician", value=True, module="host")
    change(world.aurora, rows.work_order, technician_id=rows.inactive_technician.id)
    page = fragment(bruno, customer_id=rows.customer.id)

    assert f"<span>OS nº {rows.work_order.number}</span>" in page
    assert f"/work-orders/{rows.work_order.id}" not in page


def test_a_long_list_is_cut_and_says_so(
    bruno: FlaskClient, rows: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "MOST", 1)
    assert "Há mais do que estes." not in fragment(bruno, customer_id=rows.customer.id)
    bruno.post(AURORA, data=typed(rows))
    page = fragment(bruno, customer_id=rows.customer.id)

    assert page.count('id="open-ticket-') == 1
    assert "Há mais do que estes." in page
    assert f"tickets?status=open&amp;customer_id={rows.customer.id}" in page
    listed = bruno.get(f"{LIST.format('aurora')}?status=open&customer_id={rows.customer.id}").text
    assert listed.count("/service-desk/tickets/") >= 2


def test_it_takes_at_most_three_statements(
    world: World, rows: SimpleNamespace, bruno: FlaskClient, count_statements: type[StatementCounter]
) -> None:
    switch(world.aurora, "work_orders_by_technician", value=True, module="host")
    party = Party(PartyKind.CUSTOMER, rows.customer.id)
    with company_scope(world.aurora):
        has_open_tickets(world.aurora, party=party)  # the transaction and the parameters are there
        queries.work_orders.visible_to(world.aurora, world.users["bruno"], Role.OPERATOR)
        with count_statements() as counted:
            found = open_documents(world.aurora, world.users["bruno"], Role.OPERATOR, party=party)
        assert (len(found.tickets), len(found.work_orders)) == (1, 1)
        assert len(counted) <= 3
        with count_statements() as counted:
            assert has_open_tickets(world.aurora, party=party)
        assert len(counted) == 1


@pytest.mark.parametrize(
    "args",
    [
        {},
        {"customer_id": "x"},
        {"customer_id": "-1"},
        {"customer_id": "9" * 30},
        {"prospect_id": "0"},
        {"customer_id": "1", "except": "9" * 30},
        {"customer_id": "1" * 5_000},
    ],
)
def test_nonsense_asks_nothing(bruno: FlaskClient, args: dict[str, str]) -> None:
    assert bruno.get(FRAGMENT, query_string=args).status_code == 200


def test_another_companys_party_has_nothing_here(bruno: FlaskClient, world: World) -> None:
    """R23."""
    assert fragment(bruno, customer_id=world.rows["boreal"].customer.id) == ""


def test_a_viewer_sees_them_and_adds_nothing(
    client: FlaskClient, world: World, rows: SimpleNamespace
) -> None:
    log_in(client, world, "vera")
    page = fragment(client, customer_id=rows.customer.id)

    assert ASKS_CUSTOMER in page
    assert "Adicionar contato" not in page
    assert client.post(contact_url(rows.ticket), data={}).status_code == 403


# ── Without JavaScript: once, at the first «Salvar» ──────────────────────────────────────────────────


def unasked(rows: SimpleNamespace, **changes: Any) -> dict[str, str]:
    """What is posted while nobody was asked."""
    return typed(rows, asked_party="", **changes)


def asked_of(page: str) -> str:
    return re.search(r'name="asked_party"[^>]* value="([^"]*)"', page)[1]  # type: ignore[index]  # the form has it


def test_the_first_save_asks_and_writes_nothing_the_second_saves(
    bruno: FlaskClient, world: World, rows: SimpleNamespace
) -> None:
    before = len(tickets(world.aurora))
    post = unasked(rows, problem="Não liga de novo.")
    answer = bruno.post(AURORA, data=post)

    assert answer.status_code == 200
    assert re.search(r'<dialog[^>]* id="ask-open-documents"[^>]* open>', answer.text)
    assert ASKS_CUSTOMER in answer.text
    assert "Não liga de novo." in answer.text
    assert 'data-guard="unsaved"' in answer.text
    assert len(tickets(world.aurora)) == before
    answer = bruno.post(AURORA, data=post | {"asked_party": asked_of(answer.text)})
    assert answer.status_code == 303
    assert len(tickets(world.aurora)) == before + 1


def test_yes_shows_the_window_and_keeps_what_was_typed(
    bruno: FlaskClient, world: World, rows: SimpleNamespace
) -> None:
    before = len(tickets(world.aurora))
    asked = bruno.post(AURORA, data=unasked(rows, problem="Não liga de novo."))
    post = unasked(rows, problem="Não liga de novo.") | {"asked_party": asked_of(asked.text)}
    answer = bruno.post(AURORA, data=post | {"_do": "open-documents"})

    assert answer.status_code == 200
    assert re.search(r'<dialog[^>]* id="open-documents"[^>]* open>', answer.text)
    assert ASKS_CUSTOMER not in answer.text
    assert f"Atendimento nº {rows.ticket.number}" in answer.text
    assert "Não liga de novo." in answer.text
    assert len(tickets(world.aurora)) == before
    assert bruno.post(AURORA, data=post).status_code == 303


def test_it_is_asked_once_for_each_chosen_party(
    bruno: FlaskClient, rows: SimpleNamespace, waiting: Ticket
) -> None:
    first = bruno.post(AURORA, data=unasked(rows))
    other = unasked(rows, customer_id=rows.other_customer.id) | {"asked_party": asked_of(first.text)}
    second = bruno.post(AURORA, data=other)
    assert ASKS_CUSTOMER in second.text
    back = unasked(rows) | {"asked_party": asked_of(second.text)}
    assert bruno.post(AURORA, data=back).status_code == 303


def test_without_an_open_ticket_nothing_is_asked(bruno: FlaskClient, rows: SimpleNamespace) -> None:
    answer = bruno.post(AURORA, data=unasked(rows, customer_id=rows.other_customer.id))
    assert answer.status_code == 303


def test_a_save_whose_answer_got_lost_is_not_asked_about_its_own_ticket(
    bruno: FlaskClient, world: World, rows: SimpleNamespace
) -> None:
    post = unasked(rows, customer_id=rows.other_customer.id)
    first, again = (bruno.post(AURORA, data=post) for _ in range(2))

    assert first.status_code == again.status_code == 303
    assert first.location == again.location


def test_what_is_wrong_in_the_form_is_told_first(bruno: FlaskClient, rows: SimpleNamespace) -> None:
    answer = bruno.post(AURORA, data=unasked(rows, problem=""))

    assert answer.status_code == 422
    assert error_of(answer.text, "problem")
    assert ASKS_CUSTOMER not in answer.text
    two = bruno.post(AURORA, data=unasked(rows, prospect_id=rows.prospect.id))
    assert two.status_code == 422
    assert ASKS_CUSTOMER not in two.text


def test_a_saved_ticket_asks_only_when_its_party_changes(
    bruno: FlaskClient, world: World, rows: SimpleNamespace, waiting: Ticket
) -> None:
    bruno.post(AURORA, data=typed(rows))
    ticket = last_ticket(world.aurora)
    url = f"{LIST.format('aurora')}/{ticket.id}"
    post = unasked(rows, version=1, problem="Outro")
    assert bruno.post(url, data=post).status_code == 303

    post = unasked(rows, version=2, customer_id=rows.other_customer.id, problem="Outro")
    answer = bruno.post(url, data=post)
    assert answer.status_code == 200
    assert ASKS_CUSTOMER in answer.text
    assert "Adicionar contato" not in answer.text  # it is in a ticket already
    assert last_ticket(world.aurora).customer_id == rows.customer.id
    assert bruno.post(url, data=post | {"asked_party": asked_of(answer.text)}).status_code == 303
    assert last_ticket(world.aurora).customer_id == rows.other_customer.id


# ── «Adicionar contato a este atendimento» ───────────────────────────────────────────────────────────


@pytest.fixture
def bare(bruno: FlaskClient, world: World, rows: SimpleNamespace) -> Ticket:
    """An open ticket without interactions."""
    assert bruno.post(AURORA, data=typed(rows)).status_code == 303
    return last_ticket(world.aurora)


def contact_url(ticket: Ticket) -> str:
    return f"{LIST.format('aurora')}/{ticket.id}/contact"


def contact(client: FlaskClient, ticket: Ticket, post: dict[str, str]) -> TestResponse:
    answer = client.post(contact_url(ticket), data=post)
    assert answer.status_code == 200, answer.text
    return answer


def test_the_typed_problem_becomes_a_new_contact_of_the_open_ticket(
    bruno: FlaskClient, world: World, rows: SimpleNamespace, bare: Ticket
) -> None:
    before = len(tickets(world.aurora))
    post = typed(rows, problem="Não liga de novo.\nNem apita.", direction="outbound")
    page = contact(bruno, bare, post).text

    form = inputs(page)
    assert form["problem"] == bare.problem
    assert form["interactions-0-finding"] == "Não liga de novo.\nNem apita."
    assert form["interactions-0-channel_id"] == str(rows.channel.id)
    assert form["interactions-0-direction"] == "outbound"
    assert form["interactions-0-occurred_on"]
    assert f'action="{LIST.format("aurora")}/{bare.id}"' in page
    assert "Salve, ou nada será guardado." in page
    assert 'data-guard="unsaved"' in page
    assert len(tickets(world.aurora)) == before
    assert last_ticket(world.aurora).version == 1

    rest = {"start_time": "00:00", "end_time": "00:01", "contact_name": "Marta", "guidance": "Esperar."}
    done = form | {f"interactions-0-{name}": value for name, value in rest.items()}
    keep = partial(drafts.keep, company=world.aurora, actor=world.users["bruno"])
    with company_scope(world.aurora), transaction():
        for key in (UUID(post["request_key"]), UUID(int=77)):
            assert keep(request_key=key, inputs=[("problem", "Não liga de novo.")])
    answer = bruno.post(f"{LIST.format('aurora')}/{bare.id}", data=done)
    assert answer.status_code == 303, answer.text
    # What was taken over is not offered again; other drafts are.
    with company_scope(world.aurora):
        own = select(Draft.request_key).where(Draft.user_id == world.users["bruno"].id)
        assert db.session.scalars(own).all() == [UUID(int=77)]
    # The same once more finds the contact there.
    again = inputs(contact(bruno, bare, post).text)
    assert again["interactions-0-contact_name"] == "Marta"
    assert "interactions-1-key" not in again


def test_typed_contacts_are_taken_over_and_the_problem_is_not_left_behind(
    bruno: FlaskClient, rows: SimpleNamespace, bare: Ticket
) -> None:
    post = typed(rows, problem="Não liga.") | interaction(rows, 0, ONE, finding="Curto.", contact_name="Rui")
    post |= interaction(rows, 3, TWO, finding="Trocado.")
    form = inputs(contact(bruno, bare, post).text)

    assert form["interactions-0-finding"] == "Não liga.\n\nCurto."
    assert form["interactions-0-contact_name"] == "Rui"
    assert form["interactions-0-start_time"] == "10:20"
    assert form["interactions-1-finding"] == "Trocado."
    assert form["interactions-1-key"] == str(TWO)


def test_typed_forwardings_and_what_cant_be_read_are_taken_too(
    bruno: FlaskClient, rows: SimpleNamespace, bare: Ticket
) -> None:
    post = typed(rows) | interaction(rows, 0, ONE, start_time="25:99", finding="Curto.")
    post |= {"interactions-0-channel": "Pombo-correio", "interactions-0-channel_id": ""}
    post |= forwarding(rows, 0, TWO, answer="Só a metade.")
    form = inputs(contact(bruno, bare, post).text)

    assert form["interactions-0-start_time"] == "25:99"
    assert form["interactions-0-channel"] == "Pombo-correio"
    assert form["forwardings-0-key"] == str(TWO)
    assert form["forwardings-0-answer"] == "Só a metade."
    assert form["forwardings-0-department_id"] == str(rows.department.id)


def test_a_contact_that_is_being_timed_stays_one(
    bruno: FlaskClient, world: World, rows: SimpleNamespace, bare: Ticket
) -> None:
    """The timer runs in the row that was only offered: the problem goes into the same."""
    post = typed(rows, problem="Não liga.") | {"interactions-0-key": str(ONE)}
    with company_scope(world.aurora), transaction():
        timers.start(
            company=world.aurora,
            actor=world.users["bruno"],
            row_key=ONE,
            request_key=UUID(post["request_key"]),
        )
    form = inputs(contact(bruno, bare, post).text)

    assert form["interactions-0-key"] == str(ONE)
    assert form["interactions-0-finding"] == "Não liga."
    assert "interactions-1-key" not in form


def test_a_half_typed_form_is_taken_as_far_as_it_goes(
    bruno: FlaskClient, rows: SimpleNamespace, bare: Ticket
) -> None:
    page = contact(bruno, bare, {"problem": "Só isto.", "opened_on": "x", "interactions-0-key": "x"}).text

    assert inputs(page)["interactions-0-finding"] == "Só isto."


def test_a_ticket_that_was_closed_meanwhile_takes_nothing_and_shows_the_text(
    bruno: FlaskClient, world: World, rows: SimpleNamespace, bare: Ticket
) -> None:
    change(world.aurora, bare, closed_at=now(), closed_by_id=rows.technician.id)
    answer = bruno.post(contact_url(bare), data=typed(rows, problem="Não liga de novo."))

    assert answer.status_code == 409
    panel = answer.text.partition('class="clash"')[2].partition("</section>")[0]
    assert "Não liga de novo." in panel
    assert "está encerrado" in answer.text


def test_reloading_the_contact_opens_the_ticket(
    bruno: FlaskClient, rows: SimpleNamespace, bare: Ticket
) -> None:
    answer = bruno.get(contact_url(bare))

    assert (answer.status_code, answer.location) == (302, f"{LIST.format('aurora')}/{bare.id}")


def test_text_kept_over_a_new_login_is_taken(bruno: FlaskClient, rows: SimpleNamespace, bare: Ticket) -> None:
    answer = bruno.post(contact_url(bare), data=typed(rows, problem="Retomado.") | {"_resume": "1"})

    assert answer.status_code == 200
    assert inputs(answer.text)["interactions-0-finding"] == "Retomado."
