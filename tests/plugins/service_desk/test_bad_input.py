"""What nobody should send to the ticket form: it gets a message at its field, and nothing is written."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, delete, text
from sqlalchemy.exc import IntegrityError

from app.database import company_scope, db, transaction
from app.users.models import UserSession
from plugins.service_desk.models import Channel, Ticket
from plugins.service_desk.services import tickets as services
from tests.plugins.service_desk.desk import NEW, error_of, inputs, last_ticket, tickets, typed
from tests.world import World, log_in

AURORA = NEW.format("aurora")


def refused(client: FlaskClient, world: World, post: dict[str, str], field: str | None = None) -> str:
    """Post what must be refused, keep the text and write nothing; return the field's error, or the page."""
    before = len(tickets(world.aurora))
    body = urlencode(post, errors="surrogatepass")
    answer = client.post(AURORA, data=body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 422
    assert len(tickets(world.aurora)) == before
    assert "A bomba" in answer.text or field == "problem"
    return error_of(answer.text, field) if field else answer.text


@pytest.mark.parametrize("field", ["customer", "technician", "channel", "customer_product"])
def test_another_companys_row_is_like_no_row(
    bruno: FlaskClient, world: World, rows: SimpleNamespace, field: str
) -> None:
    foreign = getattr(world.rows["boreal"], field)
    error = refused(bruno, world, typed(rows, **{f"{field}_id": foreign.id}), field)

    assert "não existe" in error
    assert error == refused(bruno, world, typed(rows, **{f"{field}_id": 2**62}), field)


@pytest.mark.parametrize("value", ["x", "-1", "1.5", "0", "9" * 30, "١", "%00", "\ud800", "1\x00"])
def test_an_id_that_is_none_is_refused(
    bruno: FlaskClient, world: World, rows: SimpleNamespace, value: str
) -> None:
    ids = dict.fromkeys(("customer_id", "technician_id", "channel_id"), value)
    page = refused(bruno, world, typed(rows, **ids))

    for field in ("customer", "technician", "channel"):
        assert error_of(page, field)


@pytest.mark.parametrize("typed_text", ["Ninguém", "' OR 1=1 --", "%", "\x00", "\u202ename"])
def test_a_name_that_nobody_has_is_refused_and_kept(
    bruno: FlaskClient, world: World, rows: SimpleNamespace, typed_text: str
) -> None:
    refused(bruno, world, typed(rows, customer_id=None, customer=typed_text), "customer")


@pytest.mark.parametrize(
    ("day", "hour", "field"),
    [
        ("2024-02-31", "10:00", "opened_on"),
        ("31/02/2024", "10:00", "opened_on"),
        ("0001-01-01", "00:00", "opened_on"),
        ("9999-12-31", "23:59", "opened_on"),
        ("99999-01-01", "10:00", "opened_on"),
        ("", "10:00", "opened_on"),
        ("2024-05-20", "", "opened_time"),
        ("2024-05-20", "24:00", "opened_time"),
        ("2024-05-20", "10:60", "opened_time"),
        ("2024-05-20", "\x00", "opened_time"),
        ("\x00", "10:00", "opened_on"),
    ],
)
def test_days_and_hours_that_never_were(
    bruno: FlaskClient, world: World, rows: SimpleNamespace, day: str, hour: str, field: str
) -> None:
    assert refused(bruno, world, typed(rows, opened_on=day, opened_time=hour), field)


@pytest.mark.parametrize("field", ["direction", "party_kind"])
@pytest.mark.parametrize("value", ["", "sideways", "INBOUND", "\x00"])
def test_a_radio_button_that_was_never_there(
    bruno: FlaskClient, world: World, rows: SimpleNamespace, field: str, value: str
) -> None:
    assert refused(bruno, world, typed(rows, **{field: value}), field)


# A browser sends U+FFFD for a lone surrogate; one that is sent raw arrives as its percent-encoded bytes.
@pytest.mark.parametrize("bad", ["NUL \x00 aqui", "\ufffd sozinho"])
def test_text_that_no_database_holds_is_refused(
    bruno: FlaskClient, world: World, rows: SimpleNamespace, bad: str
) -> None:
    assert refused(bruno, world, typed(rows, problem=bad), "problem")


@pytest.mark.parametrize(
    "good", ["Não liga 🔌🙂", "\u202eلا يعمل", "e\u0301", "a\tb\r\nc", "<script>x</script>"]
)
def test_all_other_text_is_stored_as_typed(
    bruno: FlaskClient, world: World, rows: SimpleNamespace, good: str
) -> None:
    assert bruno.post(AURORA, data=typed(rows, problem=good)).status_code == 303
    ticket = last_ticket(world.aurora)
    assert ticket.problem == good.replace("\r\n", "\n")
    page = bruno.get(f"/c/aurora/service-desk/tickets/{ticket.id}").text
    assert "<script>x</script>" not in page


def test_a_problem_of_100000_characters_is_stored_and_one_more_refused(
    bruno: FlaskClient, world: World, rows: SimpleNamespace
) -> None:
    assert bruno.post(AURORA, data=typed(rows, problem="ç" * 100_000)).status_code == 303
    assert len(last_ticket(world.aurora).problem) == 100_000
    error = refused(bruno, world, typed(rows, problem="ç" * 100_001), "problem")
    assert "100.000 caracteres (R12)" in error


def test_a_megabyte_of_text_is_refused_and_kept(
    bruno: FlaskClient, world: World, rows: SimpleNamespace
) -> None:
    megabyte = "palavra " * 131_072
    answer = bruno.post(AURORA, data=typed(rows, problem=megabyte))

    assert answer.status_code == 422
    assert answer.text.count("palavra") == 131_072


def test_only_blanks_describe_nothing(bruno: FlaskClient, world: World, rows: SimpleNamespace) -> None:
    assert "(R12)" in refused(bruno, world, typed(rows, problem=" \n\t "), "problem")


def test_a_key_that_is_none_is_a_new_form(bruno: FlaskClient, world: World, rows: SimpleNamespace) -> None:
    before = len(tickets(world.aurora))
    for key in ("", "x", "\x00"):
        assert bruno.post(AURORA, data=typed(rows, request_key=key)).status_code == 303
    assert len(tickets(world.aurora)) == before + 3


def test_a_row_deleted_between_check_and_insert_is_refused_at_its_field(
    app: Flask,
    committed: None,
    world: World,
    rows: SimpleNamespace,
    owner_engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with company_scope(world.aurora), transaction():
        channel = Channel(company_id=world.aurora.id, code="GONE", name="Some agora")
        db.session.add(channel)

    def delete_first(company: Any, kind: str) -> int:
        with owner_engine.begin() as connection:
            connection.execute(text("DELETE FROM service_desk_channel WHERE id = :id"), {"id": channel.id})
        return 999_999

    monkeypatch.setattr(services, "next_number", delete_first)
    client = app.test_client()
    log_in(client, world, "bruno")

    error = refused(client, world, typed(rows, channel_id=channel.id), "channel")
    assert "ativo" in error


class TestTokens:
    @pytest.fixture
    def guarded(self, app: Flask, bruno: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
        """Bruno's browser where the token is asked for."""
        monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
        return bruno

    def test_a_form_without_a_token_writes_nothing_and_keeps_the_text(
        self, guarded: FlaskClient, world: World, rows: SimpleNamespace
    ) -> None:
        before = len(tickets(world.aurora))
        answer = guarded.post(AURORA, data=typed(rows))

        assert answer.status_code == 400
        assert "A bomba não liga." in answer.text
        assert 'name="_resume"' in answer.text
        assert len(tickets(world.aurora)) == before

    def test_the_wish_for_a_work_order_needs_one_too(
        self, guarded: FlaskClient, rows: SimpleNamespace
    ) -> None:
        url = f"/c/aurora/service-desk/tickets/{rows.ticket.id}/work-orders"
        assert guarded.post(url, data={"sequence": 1}).status_code == 400

    def test_resumed_text_is_shown_again_and_not_saved_yet(
        self, guarded: FlaskClient, world: World, rows: SimpleNamespace
    ) -> None:
        before = len(tickets(world.aurora))
        token = inputs(guarded.get(AURORA).text, "csrf_token")[0].partition('value="')[2].partition('"')[0]
        answer = guarded.post(AURORA, data=typed(rows, _resume="1", csrf_token=token))

        assert "A bomba não liga." in answer.text
        assert 'data-guard="unsaved"' in answer.text
        assert f'name="customer_id" value="{rows.customer.id}"' in answer.text
        assert len(tickets(world.aurora)) == before


def test_a_session_that_ended_while_typing_writes_nothing(
    bruno: FlaskClient, world: World, rows: SimpleNamespace
) -> None:
    with transaction():
        db.session.execute(delete(UserSession))
    before = len(tickets(world.aurora))
    answer = bruno.post(AURORA, data=typed(rows))

    assert answer.status_code in (302, 303, 401)
    assert len(tickets(world.aurora)) == before


def test_the_database_refuses_what_the_service_would(
    session: None, world: World, rows: SimpleNamespace
) -> None:
    """The rules that must hold whatever the code does are constraints, too."""
    good = {
        column.key: getattr(rows.ticket, column.key)
        for column in Ticket.__mapper__.column_attrs
        if column.key not in ("id", "number", "request_key", "search_key", "is_open", "created_at", "version")
    }
    for number, wrong in enumerate(
        (
            {"customer_id": None},
            {"prospect_id": rows.prospect.id},
            {"is_product_specific": True},
            {"product_id": rows.product.id, "customer_product_id": rows.customer_product.id},
            {"problem": ""},
            {"customer_id": world.rows["boreal"].customer.id},
            {"closed_at": rows.ticket.opened_at},
        ),
        9000,
    ):
        with company_scope(world.aurora), pytest.raises(IntegrityError), transaction():
            db.session.add(Ticket(**good | wrong, number=number, request_key=uuid4()))
