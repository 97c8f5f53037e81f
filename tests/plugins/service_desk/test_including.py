"""Including a ticket: R6 to R10, R12, and the form that is posted twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from app.clock import now, to_local
from app.database import company_scope, transaction
from app.errors import BusinessError, NotAvailable
from plugins.service_desk import errors
from plugins.service_desk.models import Direction
from plugins.service_desk.services import tickets as services
from tests.plugins.service_desk.desk import (
    NEW,
    change,
    document,
    error_of,
    history,
    inputs,
    last_ticket,
    tickets,
    typed,
)
from tests.world import World, log_in

AURORA = NEW.format("aurora")


def test_saving_the_first_tab_includes_a_ticket(
    bruno: FlaskClient, world: World, rows: SimpleNamespace
) -> None:
    answer = bruno.post(
        AURORA, data=typed(rows, is_product_specific="y", customer_product_id=rows.customer_product.id)
    )

    ticket = last_ticket(world.aurora)
    assert answer.status_code == 303
    assert answer.location == f"/c/aurora/service-desk/tickets/{ticket.id}"
    assert (ticket.customer_id, ticket.prospect_id) == (rows.customer.id, None)
    assert (ticket.customer_product_id, ticket.product_id) == (rows.customer_product.id, None)
    assert (ticket.technician_id, ticket.channel_id) == (rows.technician.id, rows.channel.id)
    assert ticket.direction is Direction.INBOUND
    assert ticket.is_product_specific
    assert ticket.problem == "A bomba não liga."
    assert ticket.created_by_id == world.users["bruno"].id
    assert ticket.is_open


def test_numbers_ascend_without_gaps(bruno: FlaskClient, world: World, rows: SimpleNamespace) -> None:
    before = last_ticket(world.aurora).number
    bruno.post(AURORA, data=typed(rows))
    bruno.post(AURORA, data=typed(rows, problem=None))
    bruno.post(AURORA, data=typed(rows))

    assert [t.number for t in tickets(world.aurora)][-2:] == [before + 1, before + 2]


def test_the_opening_is_in_the_companys_time_zone(
    bruno: FlaskClient, world: World, rows: SimpleNamespace
) -> None:
    bruno.post(AURORA, data=typed(rows, opened_on="2024-05-20", opened_time="10:15"))

    assert last_ticket(world.aurora).opened_at == datetime(2024, 5, 20, 13, 15, tzinfo=UTC)


def test_a_new_form_offers_now_and_the_users_technician(bruno: FlaskClient, rows: SimpleNamespace) -> None:
    earlier = to_local(now(), "America/Sao_Paulo")
    page = bruno.get(AURORA).get_data(as_text=True)
    later = to_local(now(), "America/Sao_Paulo")

    assert any(f'value="{at:%Y-%m-%d}"' in page and f'value="{at:%H:%M}"' in page for at in (earlier, later))
    assert f'name="technician_id" value="{rows.technician.id}"' in page
    assert [i for i in inputs(page, "direction") if "checked" in i] == []
    (chosen,) = [i for i in inputs(page, "party_kind") if "checked" in i]
    assert 'value="customer"' in chosen


def test_a_dismissed_technician_is_not_offered_to_its_user(
    bruno: FlaskClient, world: World, rows: SimpleNamespace
) -> None:
    change(world.aurora, rows.technician, is_active=False)

    assert 'name="technician_id" value=""' in bruno.get(AURORA).get_data(as_text=True)


def test_a_user_without_technician_gets_none(client: FlaskClient, world: World) -> None:
    log_in(client, world, "sofia")

    assert 'name="technician_id" value=""' in client.get(AURORA).get_data(as_text=True)


@pytest.mark.parametrize(("minutes", "field"), [(2, "opened_time"), (60 * 24 * 2, "opened_time")])
def test_a_ticket_cannot_be_opened_in_the_future(
    bruno: FlaskClient, rows: SimpleNamespace, minutes: int, field: str
) -> None:
    later = to_local(now() + timedelta(minutes=minutes), "America/Sao_Paulo")
    answer = bruno.post(AURORA, data=typed(rows, opened_on=f"{later:%Y-%m-%d}", opened_time=f"{later:%H:%M}"))

    assert answer.status_code == 422
    assert "não pode estar no futuro (R6)" in error_of(answer.text, field)


def test_an_hour_that_never_was_is_refused(bruno: FlaskClient, rows: SimpleNamespace) -> None:
    answer = bruno.post(AURORA, data=typed(rows, opened_on="2018-11-04", opened_time="00:30"))

    assert answer.status_code == 422
    assert "não existiu" in error_of(answer.text, "opened_time")


def test_a_doubled_hour_is_its_first(bruno: FlaskClient, world: World, rows: SimpleNamespace) -> None:
    bruno.post(AURORA, data=typed(rows, opened_on="2018-02-17", opened_time="23:30"))

    assert last_ticket(world.aurora).opened_at == datetime(2018, 2, 18, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("direction", "Informe a origem do contato (R7)."),
        ("problem", "Descreva o problema (R12)."),
        ("technician_id", "Escolha o técnico/operador (R10)."),
        ("channel_id", "Escolha o meio de comunicação (R10)."),
        ("opened_on", "Informe a data de abertura (R6)."),
        ("opened_time", "Informe a hora de abertura (R6)."),
        ("party_kind", "Informe para quem é o atendimento (R9)."),
        ("customer_id", "Informe para quem é o atendimento (R9)."),
    ],
)
def test_required_fields_say_which_rule(
    bruno: FlaskClient, world: World, rows: SimpleNamespace, field: str, message: str
) -> None:
    before = len(tickets(world.aurora))
    answer = bruno.post(AURORA, data=typed(rows, **{field: None}))

    assert answer.status_code == 422
    assert message in error_of(answer.text, field.removesuffix("_id"))
    assert len(tickets(world.aurora)) == before


def test_a_refused_form_keeps_what_was_typed(bruno: FlaskClient, rows: SimpleNamespace) -> None:
    post = typed(rows, direction=None, problem="Linha 1\nLinha 2 <b>&")
    page = bruno.post(AURORA, data=post).text

    assert "Linha 1\nLinha 2 &lt;b&gt;&amp;" in page
    assert f'name="customer_id" value="{rows.customer.id}"' in page
    assert post["request_key"] in page


def test_a_ticket_for_a_prospect(bruno: FlaskClient, world: World, rows: SimpleNamespace) -> None:
    bruno.post(
        AURORA, data=typed(rows, party_kind="prospect", customer_id=None, prospect_id=rows.prospect.id)
    )

    ticket = last_ticket(world.aurora)
    assert (ticket.customer_id, ticket.prospect_id) == (None, rows.prospect.id)


def test_a_ticket_for_both_parties_is_refused(bruno: FlaskClient, rows: SimpleNamespace) -> None:
    for kind, other in (("customer", "prospect"), ("prospect", "customer")):
        answer = bruno.post(AURORA, data=typed(rows, party_kind=kind, prospect_id=rows.prospect.id))

        assert answer.status_code == 422
        assert "deixe vazio o campo que não foi escolhido (R9)" in error_of(answer.text, other)


def test_a_party_of_the_other_kind_alone_is_refused(bruno: FlaskClient, rows: SimpleNamespace) -> None:
    answer = bruno.post(AURORA, data=typed(rows, party_kind="prospect"))

    assert answer.status_code == 422
    assert "(R9)" in error_of(answer.text, "prospect")


def test_a_code_typed_without_javascript_is_enough(
    bruno: FlaskClient, world: World, rows: SimpleNamespace
) -> None:
    bruno.post(
        AURORA,
        data=typed(rows, customer_id=None, customer="c2", technician_id=None, technician="T1", prospect=""),
    )

    assert last_ticket(world.aurora).customer_id == rows.other_customer.id


@pytest.mark.parametrize("field", ["customer", "channel", "technician"])
def test_inactive_rows_are_not_available(bruno: FlaskClient, rows: SimpleNamespace, field: str) -> None:
    inactive = getattr(rows, f"inactive_{field}")
    answer = bruno.post(AURORA, data=typed(rows, **{f"{field}_id": inactive.id}))

    assert answer.status_code == 422
    assert "Escolha um cadastro ativo da lista" in error_of(answer.text, field)


def test_the_same_form_twice_is_one_ticket(bruno: FlaskClient, world: World, rows: SimpleNamespace) -> None:
    post = typed(rows)
    first = bruno.post(AURORA, data=post)
    before = len(tickets(world.aurora))
    # Meanwhile the customer was switched off: the repeated save still finds its ticket.
    change(world.aurora, rows.customer, is_active=False)
    second = bruno.post(AURORA, data=post)

    assert second.location == first.location
    assert len(tickets(world.aurora)) == before


def test_the_same_key_in_another_company_is_another_ticket(
    client: FlaskClient, world: World, rows: SimpleNamespace
) -> None:
    log_in(client, world, "ana")
    post = typed(rows)
    client.post(AURORA, data=post)
    boreal = typed(world.rows["boreal"], request_key=post["request_key"])
    answer = client.post(NEW.format("boreal"), data=boreal)

    assert answer.location == f"/c/boreal/service-desk/tickets/{last_ticket(world.boreal).id}"


def test_the_inclusion_is_audited(bruno: FlaskClient, world: World, rows: SimpleNamespace) -> None:
    bruno.post(AURORA, data=typed(rows))

    ticket = last_ticket(world.aurora)
    (entry,) = history(world.aurora, ticket.id)
    assert (entry.action, entry.user_id) == ("created", world.users["bruno"].id)
    assert entry.changes == {"number": [None, ticket.number]}


def test_a_viewer_includes_nothing(client: FlaskClient, world: World, rows: SimpleNamespace) -> None:
    log_in(client, world, "vera")

    assert client.get(AURORA).status_code == 403
    assert client.post(AURORA, data=typed(rows)).status_code == 403


def test_the_service_refuses_what_no_form_lets_pass(
    session: None, world: World, rows: SimpleNamespace
) -> None:
    """The API to come calls the same verb."""
    refusals: list[tuple[dict[str, Any], type[BusinessError]]] = [
        ({"customer_id": None}, errors.PartyRequired),
        ({"is_product_specific": True}, errors.ProductRequired),
        ({"technician_id": None}, NotAvailable),
        ({"channel_id": world.rows["boreal"].channel.id}, NotAvailable),
        ({"problem": ""}, errors.ProblemRequired),
        ({"problem": "x" * 100_001}, errors.ProblemRequired),
    ]
    for wrong, refusal in refusals:
        with company_scope(world.aurora), pytest.raises(refusal) as refused, transaction():
            services.open_ticket(
                company=world.aurora,
                actor=world.users["bruno"],
                request_key=uuid4(),
                document=document(rows, **wrong),
            )
        assert refused.value.rule in {"R8", "R9", "R10", "R12"}


def test_a_form_that_was_saved_and_typed_on_is_no_second_inclusion(
    bruno: FlaskClient, world: World, rows: SimpleNamespace
) -> None:
    """Back, typed on, saved again: the same is the same ticket; another text isn't said to be included."""
    post = typed(rows)
    first = bruno.post(AURORA, data=post)
    assert bruno.post(AURORA, data=post).location == first.location

    before = len(tickets(world.aurora))
    refused = bruno.post(AURORA, data=post | {"problem": "Outro texto"})
    assert refused.status_code == 422
    assert "já foi salvo como o atendimento" in refused.text
    assert "Outro texto" in refused.text
    assert len(tickets(world.aurora)) == before
    assert last_ticket(world.aurora).problem == post["problem"]
