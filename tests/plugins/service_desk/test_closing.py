"""Closing and reopening: R14 to R16, and what the page says stands in the way."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.clock import end_of_day, now, today
from app.database import company_scope, db
from app.work_orders.handoff import claim, perform
from plugins.service_desk.models import Forwarding, Interaction, Reopening, Ticket
from tests.plugins.service_desk.desk import (
    LIST,
    NEW,
    answer,
    error_of,
    forwarding,
    history,
    interaction,
    last_ticket,
    posted,
    stored_rows,
    typed,
)
from tests.world import World, log_in

AURORA = NEW.format("aurora")
UNANSWERED = "Um atendimento não pode ser encerrado quando ele possuir encaminhamentos sem resposta."


@pytest.fixture
def include(bruno: FlaskClient, world: World, rows: SimpleNamespace) -> Any:
    """Include a ticket with these forwardings; the ticket."""

    def post(*forwardings: dict[str, str], **header: Any) -> Ticket:
        bruno.post(AURORA, data=posted(typed(rows, **header), forwardings=forwardings))
        return last_ticket(world.aurora)

    return post


def url_of(ticket: Ticket) -> str:
    return f"{LIST.format('aurora')}/{ticket.id}"


def closed(rows: SimpleNamespace, **header: Any) -> dict[str, str]:
    """A post of the first tab that closes."""
    return typed(rows, **{"closed_on": "2024-06-01", "closed_by_id": rows.technician.id} | header)


# ── R14 ──


def test_a_ticket_is_closed_by_day_and_technician(
    bruno: FlaskClient, include: Any, world: World, rows: SimpleNamespace
) -> None:
    ticket = include()
    assert bruno.post(url_of(ticket), data=closed(rows, version=1)).status_code == 303
    ticket = last_ticket(world.aurora)
    assert ticket.closed_at == end_of_day(date(2024, 6, 1), world.aurora.timezone)
    assert (ticket.closed_by_id, ticket.is_open) == (rows.technician.id, False)
    assert history(world.aurora, ticket.id)[-1].action == "closed"


def test_closing_today_is_closing_now(
    bruno: FlaskClient, include: Any, world: World, rows: SimpleNamespace
) -> None:
    ticket, before = include(), now()
    bruno.post(url_of(ticket), data=closed(rows, version=1, closed_on=today(world.aurora.timezone)))
    closed_at = last_ticket(world.aurora).closed_at
    assert closed_at is not None
    assert before <= closed_at <= now()


@pytest.mark.parametrize("absent", ["closed_on", "closed_by_id"])
def test_day_and_technician_come_together_or_not_at_all(
    bruno: FlaskClient, include: Any, world: World, rows: SimpleNamespace, absent: str
) -> None:
    ticket = include()
    refused = bruno.post(url_of(ticket), data=closed(rows, version=1, **{absent: None}))
    assert refused.status_code == 422
    assert "(R14)" in error_of(refused.text, absent.removesuffix("_id"))
    assert last_ticket(world.aurora).is_open


def test_a_closing_is_not_before_the_opening(bruno: FlaskClient, include: Any, rows: SimpleNamespace) -> None:
    refused = bruno.post(url_of(include()), data=closed(rows, version=1, closed_on="2024-05-19"))
    assert "anterior à abertura" in error_of(refused.text, "closed_on")


def test_a_closing_is_not_in_the_future(
    bruno: FlaskClient, include: Any, world: World, rows: SimpleNamespace
) -> None:
    tomorrow = today(world.aurora.timezone) + timedelta(days=1)
    refused = bruno.post(url_of(include()), data=closed(rows, version=1, closed_on=tomorrow))
    assert "futuro" in error_of(refused.text, "closed_on")


def test_a_closing_is_not_before_the_last_answer(
    bruno: FlaskClient, include: Any, rows: SimpleNamespace
) -> None:
    row = forwarding(rows) | answer(rows, answered_on="2024-06-02")
    post = posted(closed(rows, version=1), forwardings=[row])
    refused = bruno.post(url_of(include(row)), data=post)
    assert refused.status_code == 422
    assert "última resposta" in error_of(refused.text, "closed_on")


def test_the_day_of_the_last_answer_is_no_day_too_early(
    bruno: FlaskClient, include: Any, rows: SimpleNamespace
) -> None:
    row = forwarding(rows) | answer(rows, answered_on="2024-06-01")
    ticket = include(row)
    assert (
        bruno.post(url_of(ticket), data=posted(closed(rows, version=1), forwardings=[row])).status_code == 303
    )


@pytest.mark.parametrize("kind", ["inactive", "foreign"])
def test_whoever_closes_is_an_active_technician_of_the_company(
    bruno: FlaskClient, include: Any, world: World, rows: SimpleNamespace, kind: str
) -> None:
    who = rows.inactive_technician if kind == "inactive" else world.rows["boreal"].technician
    refused = bruno.post(url_of(include()), data=closed(rows, version=1, closed_by_id=who.id))
    assert refused.status_code == 422
    assert error_of(refused.text, "closed_by")


def test_a_ticket_may_be_closed_without_interactions_and_in_its_inclusion(
    bruno: FlaskClient, world: World, rows: SimpleNamespace
) -> None:
    assert bruno.post(AURORA, data=closed(rows)).status_code == 303
    ticket = last_ticket(world.aurora)
    assert not ticket.is_open
    assert [entry.action for entry in history(world.aurora, ticket.id)] == ["created", "closed"]


# ── R15 ──


def test_ticket_with_unanswered_forwarding_cannot_be_closed(
    bruno: FlaskClient, include: Any, world: World, rows: SimpleNamespace
) -> None:
    row = forwarding(rows)
    ticket = include(row)
    refused = bruno.post(url_of(ticket), data=posted(closed(rows, version=1), forwardings=[row]))
    assert refused.status_code == 422
    assert UNANSWERED in error_of(refused.text, "closed_on")
    assert last_ticket(world.aurora).is_open


def test_a_new_forwarding_and_the_closing_in_one_save_are_refused(
    bruno: FlaskClient, include: Any, world: World, rows: SimpleNamespace
) -> None:
    ticket = include()
    refused = bruno.post(url_of(ticket), data=posted(closed(rows, version=1), forwardings=[forwarding(rows)]))
    assert UNANSWERED in error_of(refused.text, "closed_on")
    assert stored_rows(world.aurora, Forwarding, ticket.id) == []


def test_answering_the_last_one_and_closing_in_one_save_is_fine(
    bruno: FlaskClient, include: Any, world: World, rows: SimpleNamespace
) -> None:
    row = forwarding(rows)
    ticket = include(row)
    post = posted(closed(rows, version=1), forwardings=[row | answer(rows)])
    assert bruno.post(url_of(ticket), data=post).status_code == 303
    assert not last_ticket(world.aurora).is_open


def test_removing_the_last_waiting_one_and_closing_in_one_save_is_fine(
    bruno: FlaskClient, include: Any, world: World, rows: SimpleNamespace
) -> None:
    ticket = include(forwarding(rows))
    assert bruno.post(url_of(ticket), data=closed(rows, version=1)).status_code == 303
    assert not last_ticket(world.aurora).is_open


def test_the_database_itself_refuses_to_close_over_a_waiting_forwarding(
    include: Any, world: World, rows: SimpleNamespace
) -> None:
    ticket = include(forwarding(rows))
    with company_scope(world.aurora):
        stored = db.session.get_one(Ticket, ticket.id)
        stored.closed_at, stored.closed_by_id = now(), rows.technician.id
        with pytest.raises(IntegrityError, match="fk_service_desk_forwarding_pending"):
            db.session.flush()
        db.session.rollback()


def test_the_database_itself_refuses_a_waiting_forwarding_in_a_closed_ticket(
    bruno: FlaskClient, include: Any, world: World, rows: SimpleNamespace
) -> None:
    row = forwarding(rows) | answer(rows)
    ticket = include(row)
    bruno.post(url_of(ticket), data=posted(closed(rows, version=1), forwardings=[row]))
    with company_scope(world.aurora):
        stored = db.session.scalars(select(Forwarding).where(Forwarding.ticket_id == ticket.id)).one()
        stored.answered_at = stored.answered_by_id = stored.outcome_id = stored.answer = None
        with pytest.raises(IntegrityError, match="fk_service_desk_forwarding_pending"):
            db.session.flush()
        db.session.rollback()


def test_the_page_names_what_prevents_the_closing_each_a_link(
    bruno: FlaskClient, include: Any, world: World, rows: SimpleNamespace
) -> None:
    ticket = include(forwarding(rows) | answer(rows), forwarding(rows))
    page = bruno.get(url_of(ticket)).text
    panel = page.partition('aria-labelledby="blockers-title"')[2].partition("</section>")[0]
    assert "O que impede o encerramento" in panel
    assert panel.count("<li") == 1
    assert 'href="#forwardings-1"' in panel
    assert 'id="forwardings-1"' in page


def test_the_link_leads_to_the_row_where_the_form_has_it(
    bruno: FlaskClient, include: Any, rows: SimpleNamespace
) -> None:
    """After a refused save another row stands before the stored one."""
    row = forwarding(rows)
    ticket = include(row)
    post = posted(typed(rows, version=1, problem=None), forwardings=[forwarding(rows), row])
    page = bruno.post(url_of(ticket), data=post).text
    panel = page.partition('aria-labelledby="blockers-title"')[2].partition("</section>")[0]
    assert 'href="#forwardings-1"' in panel
    assert f'id="forwardings-1" data-key="{row["key"]}"' in page


def test_an_open_work_order_is_a_warning_and_no_hindrance(
    bruno: FlaskClient, include: Any, world: World, rows: SimpleNamespace
) -> None:
    ticket = include()
    bruno.post(f"{url_of(ticket)}/work-orders", data={"sequence": "1"})
    claimed = claim()
    assert claimed is not None
    perform(claimed)
    page = bruno.get(url_of(ticket)).text
    panel = page.partition('aria-labelledby="blockers-title"')[2].partition("</section>")[0]
    assert "ainda está aberta" in panel
    assert "apenas aviso" in panel
    assert bruno.post(url_of(ticket), data=closed(rows, version=1)).status_code == 303


# ── R16 ──


@pytest.fixture
def closed_ticket(bruno: FlaskClient, include: Any, world: World, rows: SimpleNamespace) -> Ticket:
    """A closed ticket with one row in each tab."""
    contact, sent = interaction(rows), forwarding(rows) | answer(rows)
    ticket = include(sent)
    bruno.post(url_of(ticket), data=posted(closed(rows, version=1), [contact], [sent]))
    return last_ticket(world.aurora)


@pytest.mark.parametrize("change", ["header", "interaction", "forwarding", "removal"])
def test_a_closed_ticket_is_read_only_its_rows_too(
    bruno: FlaskClient, world: World, rows: SimpleNamespace, closed_ticket: Ticket, change: str
) -> None:
    ticket = closed_ticket
    (contact,) = stored_rows(world.aurora, Interaction, ticket.id)
    (sent,) = stored_rows(world.aurora, Forwarding, ticket.id)
    header = closed(rows, version=ticket.version)
    contacts = [interaction(rows, key=contact.key)]
    forwardings = [forwarding(rows, key=sent.key) | answer(rows)]
    match change:
        case "header":
            header["problem"] = "Outro"
        case "interaction":
            contacts.append(interaction(rows))
        case "forwarding":
            forwardings[0]["answer"] = "Outra"
        case "removal":
            contacts.clear()
    refused = bruno.post(url_of(ticket), data=posted(header, contacts, forwardings))
    assert refused.status_code in (409, 422)
    assert "(R16)" in refused.text
    after = last_ticket(world.aurora)
    assert (after.problem, after.version) == (ticket.problem, ticket.version)
    assert len(stored_rows(world.aurora, Interaction, ticket.id)) == 1
    assert stored_rows(world.aurora, Forwarding, ticket.id)[0].answer == "Peça trocada."


def test_a_closed_tickets_form_has_no_save_and_no_row_buttons(
    bruno: FlaskClient, closed_ticket: Ticket
) -> None:
    page = bruno.get(url_of(closed_ticket)).text
    form = page.partition('id="form"')[2].partition("</form>")[0]
    for text in ("data-save", "Remover", "Adicionar atendimento", "Adicionar encaminhamento"):
        assert text not in form
    assert "01/06/2024" in form


def test_a_supervisor_reopens_with_a_reason(
    client: FlaskClient, bruno: FlaskClient, world: World, rows: SimpleNamespace, closed_ticket: Ticket
) -> None:
    log_in(client, world, "sofia")
    data = {"reason": "Voltou a falhar", "version": closed_ticket.version}
    assert client.post(f"{url_of(closed_ticket)}/reopen", data=data).status_code == 303

    ticket = last_ticket(world.aurora)
    assert ticket.is_open
    assert (ticket.closed_by_id, ticket.version) == (None, closed_ticket.version + 1)
    (row,) = stored_rows(world.aurora, Reopening, ticket.id)
    assert (row.reason, row.closed_at, row.closed_by_id, row.reopened_by_id) == (
        "Voltou a falhar",
        closed_ticket.closed_at,
        rows.technician.id,
        world.users["sofia"].id,
    )
    entry = history(world.aurora, ticket.id)[-1]
    assert (entry.action, entry.changes["reason"]) == ("reopened", [None, "Voltou a falhar"])
    page = client.get(url_of(ticket)).text
    assert "1 reabertura" in page
    assert "Voltou a falhar" in page


def test_the_count_of_reopenings_is_shown(
    client: FlaskClient, world: World, rows: SimpleNamespace, closed_ticket: Ticket
) -> None:
    log_in(client, world, "sofia")
    ticket = closed_ticket
    for _ in range(2):
        client.post(f"{url_of(ticket)}/reopen", data={"reason": "De novo", "version": ticket.version})
        ticket = last_ticket(world.aurora)
        client.post(url_of(ticket), data=closed(rows, version=ticket.version))
        ticket = last_ticket(world.aurora)
        assert not ticket.is_open
    assert "2 reaberturas" in client.get(url_of(ticket)).text


@pytest.mark.parametrize("reason", ["", "   ", "x" * 2001])
def test_a_reopening_needs_its_reason(
    client: FlaskClient, world: World, closed_ticket: Ticket, reason: str
) -> None:
    log_in(client, world, "sofia")
    data = {"reason": reason, "version": closed_ticket.version}
    refused = client.post(f"{url_of(closed_ticket)}/reopen", data=data)
    assert refused.status_code == 422
    assert 'id="reopen-dialog"' in refused.text
    assert error_of(refused.text, "reason")
    assert not last_ticket(world.aurora).is_open


def test_an_operator_does_not_reopen(bruno: FlaskClient, world: World, closed_ticket: Ticket) -> None:
    assert "Reabrir" not in bruno.get(url_of(closed_ticket)).text
    data = {"reason": "x", "version": closed_ticket.version}
    assert bruno.post(f"{url_of(closed_ticket)}/reopen", data=data).status_code == 403
    assert not last_ticket(world.aurora).is_open


def test_reopening_twice_is_one_reopening(client: FlaskClient, world: World, closed_ticket: Ticket) -> None:
    log_in(client, world, "sofia")
    data = {"reason": "Voltou", "version": closed_ticket.version}
    client.post(f"{url_of(closed_ticket)}/reopen", data=data)
    assert client.post(f"{url_of(closed_ticket)}/reopen", data=data).status_code == 409
    assert len(stored_rows(world.aurora, Reopening, closed_ticket.id)) == 1


def test_a_ticket_is_never_closed_twice_by_a_stale_page(
    bruno: FlaskClient, include: Any, world: World, rows: SimpleNamespace
) -> None:
    ticket = include()
    bruno.post(url_of(ticket), data=closed(rows, version=1))
    answer_ = bruno.post(url_of(ticket), data=closed(rows, version=1, closed_on="2024-06-03"))
    assert answer_.status_code == 409
    assert last_ticket(world.aurora).closed_at == datetime(2024, 6, 2, 2, 59, 59, tzinfo=UTC)
