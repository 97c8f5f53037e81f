"""What was typed into the form of a new ticket survives a crash: kept, offered, dropped on save."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select
from werkzeug.exceptions import NotFound

from app.clock import now
from app.companies.models import Company
from app.database import company_scope, db
from app.users.models import User
from plugins.service_desk import errors
from plugins.service_desk.models import Draft
from plugins.service_desk.queries import in_hand
from plugins.service_desk.services import drafts, timers
from tests.conftest import StatementCounter
from tests.plugins.service_desk.desk import NEW, last_ticket, switch, typed
from tests.world import World, log_in

KEEP = "/c/aurora/service-desk/drafts"


def keep(company: Company, actor: User, key: UUID | None = None, **inputs: str) -> UUID:
    key = key or uuid4()
    drafts.keep(company=company, actor=actor, request_key=key, inputs=list(inputs.items()))
    return key


def stored(company: Company, actor: User) -> list[Draft]:
    """All drafts of the user, offered or not."""
    own = select(Draft).where(Draft.company_id == company.id, Draft.user_id == actor.id)
    return list(db.session.scalars(own.order_by(Draft.id).execution_options(populate_existing=True)))


# ── Kept ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_form_is_kept_with_all_its_inputs_in_order(aurora, user) -> None:
    inputs = [("problem", 'Não liga.\r\n"Nada" & <b>'), ("interactions-0-key", "a"), ("problem", "")]
    key = uuid4()
    kept_at = drafts.keep(company=aurora, actor=user, request_key=key, inputs=inputs)
    found = in_hand.draft(aurora, user, key)
    assert [tuple(pair) for pair in found.inputs] == inputs
    assert found.saved_at == kept_at


def test_a_later_save_takes_the_place_of_the_earlier(aurora, user) -> None:
    key = keep(aurora, user, problem="Primeiro")
    keep(aurora, user, key, problem="Segundo")
    assert [draft.inputs for draft in stored(aurora, user)] == [[["problem", "Segundo"]]]


def test_at_most_20_are_kept_and_the_oldest_gives_way(aurora, user, world, monkeypatch) -> None:
    clock = datetime(2026, 11, 24, 12, tzinfo=UTC)
    theirs = keep(aurora, world.users["sofia"], problem="De outra pessoa")
    keys = []
    for n in range(22):
        monkeypatch.setattr(drafts, "now", lambda n=n: clock + timedelta(minutes=n))
        keys.append(keep(aurora, user, problem=str(n)))
    assert [line.request_key for line in in_hand.drafts_of(aurora, user)] == keys[:1:-1]
    # One that is there already makes no other give way.
    keep(aurora, user, keys[5], problem="Outra vez")
    assert len(stored(aurora, user)) == 20
    assert in_hand.draft(aurora, world.users["sofia"], theirs) is not None


def test_what_is_too_much_is_refused_and_what_was_kept_stands(aurora, user) -> None:
    key = keep(aurora, user, problem="é" * 499_990)
    with pytest.raises(errors.DraftTooLarge):
        keep(aurora, user, key, problem="é" * 500_000)
    assert len(stored(aurora, user)[0].inputs[0][1]) == 499_990


@pytest.mark.parametrize("text", ["\x00", "um \ud800"])
def test_what_the_database_cant_hold_is_refused(aurora, user, text) -> None:
    with pytest.raises(errors.DraftUnstorable):
        keep(aurora, user, problem=text)
    with pytest.raises(errors.DraftUnstorable):
        keep(aurora, user, **{text: "problem"})


def test_a_form_that_is_a_ticket_is_neither_kept_nor_offered(aurora, user, rows) -> None:
    """Its last automatic save may arrive after the ticket's."""
    key = rows.ticket.request_key
    assert drafts.keep(company=aurora, actor=user, request_key=key, inputs=[]) is None
    assert stored(aurora, user) == []
    own = {"company_id": aurora.id, "user_id": user.id, "request_key": key}
    db.session.execute(insert(Draft).values(**own, inputs=[], saved_at=now()))
    assert in_hand.draft(aurora, user, key) is None
    assert in_hand.drafts_of(aurora, user) == []


# ── Offered ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"customer": "0001 · Padaria", "problem": " \r\n Não liga.\r\nNada."}, "Não liga.\r\nNada."),
        ({"customer": "0001 · Padaria", "prospect": "", "problem": "  "}, "0001 · Padaria"),
        ({"customer": "", "prospect": "0002 · Interessado", "problem": ""}, "0002 · Interessado"),
        ({"opened_on": "2026-11-24"}, ""),
        ({"problem": "ã" * 100}, "ã" * 80),
    ],
    ids=["problem", "customer", "prospect", "nothing", "long"],
)
def test_a_draft_is_told_by_its_first_words(aurora, user, inputs, words) -> None:
    keep(aurora, user, **inputs)
    assert in_hand.drafts_of(aurora, user)[0].words == words


def test_the_open_form_is_not_offered(aurora, user) -> None:
    first, second = keep(aurora, user, problem="Um"), keep(aurora, user, problem="Dois")
    assert {line.request_key for line in in_hand.drafts_of(aurora, user)} == {first, second}
    assert [line.request_key for line in in_hand.drafts_of(aurora, user, leave_out=second)] == [first]


def test_drafts_are_their_users_and_their_companys(aurora, user, world) -> None:
    key = keep(aurora, user, problem="Meu")
    sofia = world.users["sofia"]
    assert in_hand.drafts_of(aurora, sofia) == []
    assert in_hand.draft(aurora, sofia, key) is None
    with pytest.raises(NotFound):
        drafts.discard(company=aurora, actor=sofia, draft_id=stored(aurora, user)[0].id)
    with company_scope(world.boreal):
        assert in_hand.draft(world.boreal, user, key) is None


# ── Dropped ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_discarded_draft_takes_its_timers_along(aurora, user) -> None:
    key, other = keep(aurora, user, problem="Um"), keep(aurora, user, problem="Dois")
    timers.start(company=aurora, actor=user, row_key=uuid4(), request_key=key)
    drafts.discard(company=aurora, actor=user, draft_id=stored(aurora, user)[0].id)
    assert [draft.request_key for draft in stored(aurora, user)] == [other]
    assert in_hand.running_timer(aurora, user) is None


def test_a_dropped_draft_leaves_its_timers(aurora, user) -> None:
    """The save moves them to the ticket."""
    key = keep(aurora, user, problem="Um")
    timers.start(company=aurora, actor=user, row_key=uuid4(), request_key=key)
    db.session.execute(drafts.dropped(company=aurora, actor=user, request_key=key))
    assert stored(aurora, user) == []
    assert in_hand.running_timer(aurora, user) is not None


# ── Over HTTP ────────────────────────────────────────────────────────────────────────────────────────


def send(browser: FlaskClient, key: UUID | str, *inputs: tuple[str, str]) -> Any:
    data = {"request_key": key, "inputs": json.dumps(inputs)}
    return browser.post(KEEP, data=data)


def test_the_script_is_told_the_companys_hour(bruno, monkeypatch) -> None:
    monkeypatch.setattr(drafts, "now", lambda: datetime(2026, 11, 24, 13, 32, 59, tzinfo=UTC))
    assert send(bruno, uuid4(), ("problem", "Não liga")).json == {"kept": "10:32"}


def test_the_token_is_not_kept(bruno, aurora, user) -> None:
    send(bruno, uuid4(), ("csrf_token", "secret"), ("_do", "add-interaction"), ("problem", "Não liga"))
    assert [draft.inputs for draft in stored(aurora, user)] == [[["problem", "Não liga"]]]


def test_a_refusal_is_told_in_words(bruno) -> None:
    answer = send(bruno, uuid4(), ("problem", "a\x00"))
    assert answer.status_code == 422
    assert "caracteres" in answer.json["refused"]


@pytest.mark.parametrize(
    "inputs", ["", "{", "{}", "[1]", '[["a"]]', '[["a", 1]]', '[["a", "b", "c"]]', '["ab"]', "[" * 100_000]
)
def test_what_no_page_sends_is_refused(bruno, inputs) -> None:
    assert bruno.post(KEEP, data={"request_key": uuid4(), "inputs": inputs}).status_code == 400


def test_a_draft_needs_its_key(bruno) -> None:
    assert bruno.post(KEEP, data={"request_key": "x", "inputs": "[]"}).status_code == 400


def test_a_viewer_keeps_none(client, world) -> None:
    log_in(client, world, "vera")
    assert send(client, uuid4()).status_code == 403


def test_keeping_takes_at_most_8(
    app: Flask, committed: None, world: World, count_statements: type[StatementCounter]
) -> None:
    browser = app.test_client()
    log_in(browser, world, "bruno")
    key = uuid4()
    for text in ("Um", "Dois"):
        with count_statements() as counted:
            assert send(browser, key, ("problem", text)).json["kept"]
        assert len(counted) <= 8


# ── On the form of a new ticket ──────────────────────────────────────────────────────────────────────


def test_the_new_form_offers_what_was_not_saved(bruno, aurora, user) -> None:
    key = keep(aurora, user, problem="Não <liga>")
    page = bruno.get(NEW.format("aurora")).text
    notice = page.partition('aria-label="Rascunhos não salvos"')[2].partition("</section>")[0]
    assert "<q>Não &lt;liga&gt;</q>" in notice
    assert f'href="{NEW.format("aurora")}?draft={key}">Continuar</a>' in notice
    assert ">Descartar</button>" in notice


def test_a_continued_draft_is_the_form_as_it_was_typed(bruno, aurora, user, rows) -> None:
    row = str(uuid4())
    post = typed(rows, problem="Duas\r\nlinhas", opened_on="nonsense") | {
        "interactions-0-key": row,
        "interactions-0-finding": "Sem energia",
        "interactions-0-start_time": "10:15",
    }
    key = UUID(post.pop("request_key"))
    keep(aurora, user, key, **post)
    page = bruno.get(f"{NEW.format('aurora')}?draft={key}").text
    for shown in (
        f'value="{key}"',
        "Duas\nlinhas</textarea>",
        'value="nonsense"',
        f'value="{row}"',
        "Sem energia</textarea>",
        'value="10:15"',
        'data-guard="unsaved"',
    ):
        assert shown in page
    assert "Rascunhos não salvos" not in page


@pytest.mark.parametrize("draft", ["x", "00000000-0000-4000-8000-000000000000"])
def test_a_draft_that_isnt_there_is_an_empty_form(bruno, draft) -> None:
    assert bruno.get(f"{NEW.format('aurora')}?draft={draft}").status_code == 200


def test_a_timer_whose_draft_gave_way_has_its_row_in_an_empty_form(bruno, aurora, user) -> None:
    key = uuid4()
    running = timers.start(company=aurora, actor=user, row_key=uuid4(), request_key=key).running
    page = bruno.get(f"{NEW.format('aurora')}?draft={key}").text
    for shown in (f'value="{key}"', f'value="{running.row_key}"', 'aria-pressed="true"'):
        assert shown in page


def test_another_users_draft_is_not_shown(client, world, aurora, user) -> None:
    key = keep(aurora, user, problem="Segredo de bruno")
    log_in(client, world, "sofia")
    page = client.get(f"{NEW.format('aurora')}?draft={key}").text
    assert "Segredo de bruno" not in page
    assert str(key) not in page


def test_a_form_that_became_a_ticket_leads_there(bruno, rows) -> None:
    """The top bar of a page that was open meanwhile still has the old address."""
    answer = bruno.get(f"{NEW.format('aurora')}?draft={rows.ticket.request_key}")
    assert answer.status_code == 200
    assert str(rows.ticket.request_key) not in answer.text


def test_a_save_drops_the_draft_and_moves_its_timer(bruno, aurora, user, rows) -> None:
    post = typed(rows)
    key = UUID(post["request_key"])
    keep(aurora, user, key, problem="Não liga")
    running = timers.start(company=aurora, actor=user, row_key=uuid4(), request_key=key).running
    assert bruno.post(NEW.format("aurora"), data=post).status_code == 303
    ticket = last_ticket(aurora)
    assert stored(aurora, user) == []
    found = in_hand.running_timer(aurora, user)
    assert (found.id, found.ticket_id) == (running.id, ticket.id)
    # The row that it was started in is offered by the ticket.
    page = bruno.get(f"/c/aurora/service-desk/tickets/{ticket.id}").text
    assert f'value="{running.row_key}"' in page
    assert 'aria-pressed="true"' in page


def test_a_refused_save_keeps_the_draft(bruno, aurora, user, rows) -> None:
    post = typed(rows, problem="")
    keep(aurora, user, UUID(post["request_key"]), problem="Não liga")
    assert bruno.post(NEW.format("aurora"), data=post).status_code == 422
    assert len(stored(aurora, user)) == 1


def test_a_company_that_switches_tickets_off_keeps_the_drafts_out_of_reach(bruno, aurora, user) -> None:
    """R1; they are back when it is on again."""
    keep(aurora, user, problem="Não liga")
    draft_id = stored(aurora, user)[0].id
    switch(aurora, "enabled", value=False)
    assert send(bruno, uuid4()).status_code == 404
    assert bruno.post(f"{KEEP}/{draft_id}/discard").status_code == 404
    switch(aurora, "enabled", value=True)
    assert "<q>Não liga</q>" in bruno.get(NEW.format("aurora")).text
    assert bruno.post(f"{KEEP}/{draft_id}/discard").status_code == 303
    assert stored(aurora, user) == []
