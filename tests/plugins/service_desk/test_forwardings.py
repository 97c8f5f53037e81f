"""The third tab: R19."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.clock import end_of_day, now, to_local, today
from plugins.service_desk.models import Forwarding
from tests.plugins.service_desk.desk import (
    LIST,
    NEW,
    answer,
    change,
    error_of,
    forwarding,
    history,
    last_ticket,
    posted,
    stored_rows,
    tickets,
    typed,
)
from tests.world import World

AURORA = NEW.format("aurora")
PARTS = ["answered_on", "answered_by_id", "outcome_id", "answer"]


@pytest.fixture
def include(bruno: FlaskClient, rows: SimpleNamespace) -> Any:
    """Post a new ticket with these forwardings; the answer."""

    def post(*forwardings: dict[str, str], **header: Any) -> Any:
        return bruno.post(AURORA, data=posted(typed(rows, **header), forwardings=forwardings))

    return post


def url_of(ticket: Any) -> str:
    return f"{LIST.format('aurora')}/{ticket.id}"


def test_a_ticket_is_included_with_its_forwardings(include: Any, world: World, rows: SimpleNamespace) -> None:
    assert include(forwarding(rows), forwarding(rows) | answer(rows)).status_code == 303
    waiting, answered = stored_rows(world.aurora, Forwarding, last_ticket(world.aurora).id)
    assert (waiting.department_id, waiting.answered_at, waiting.pending) == (rows.department.id, None, True)
    assert (answered.answered_by_id, answered.outcome_id, answered.answer, answered.pending) == (
        rows.technician.id,
        rows.forwarding_outcome.id,
        "Peça trocada.",
        None,
    )


def test_an_earlier_day_is_stored_as_its_last_second(
    include: Any, world: World, rows: SimpleNamespace
) -> None:
    include(forwarding(rows) | answer(rows))
    (row,) = stored_rows(world.aurora, Forwarding, last_ticket(world.aurora).id)
    zone = world.aurora.timezone
    assert row.forwarded_at == end_of_day(date(2024, 5, 21), zone)
    assert row.answered_at == end_of_day(date(2024, 5, 22), zone)


def test_today_is_stored_as_now(include: Any, world: World, rows: SimpleNamespace) -> None:
    day = today(world.aurora.timezone)
    before = now()
    include(forwarding(rows, forwarded_on=day) | answer(rows, answered_on=day))
    (row,) = stored_rows(world.aurora, Forwarding, last_ticket(world.aurora).id)
    assert before <= row.forwarded_at == row.answered_at <= now()


def test_the_day_of_the_opening_is_no_day_too_early(
    include: Any, world: World, rows: SimpleNamespace
) -> None:
    assert include(forwarding(rows, forwarded_on="2024-05-20")).status_code == 303
    (row,) = stored_rows(world.aurora, Forwarding, last_ticket(world.aurora).id)
    assert row.forwarded_at == datetime(2024, 5, 21, 2, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize("name", ["department_id", "forwarded_on"])
def test_department_and_day_are_required(
    include: Any, world: World, rows: SimpleNamespace, name: str
) -> None:
    before = len(tickets(world.aurora))
    refused = include(forwarding(rows, **{name: None}))
    assert refused.status_code == 422
    assert "(R19)" in error_of(refused.text, f"forwardings-0-{name.removesuffix('_id')}")
    assert len(tickets(world.aurora)) == before


@pytest.mark.parametrize("absent", PARTS)
def test_an_answer_with_three_of_its_four_parts_is_refused_at_the_fourth(
    include: Any, rows: SimpleNamespace, absent: str
) -> None:
    refused = include(forwarding(rows) | answer(rows, **{absent: None}))
    assert refused.status_code == 422
    assert "(R19)" in error_of(refused.text, f"forwardings-0-{absent.removesuffix('_id')}")


@pytest.mark.parametrize("present", PARTS)
def test_an_answer_with_one_of_its_four_parts_is_refused_at_the_others(
    include: Any, rows: SimpleNamespace, present: str
) -> None:
    refused = include(forwarding(rows) | {present: answer(rows)[present]})
    for name in PARTS:
        if name != present:
            assert error_of(refused.text, f"forwardings-0-{name.removesuffix('_id')}")


def test_an_answer_is_not_before_its_forwarding(include: Any, rows: SimpleNamespace) -> None:
    refused = include(forwarding(rows) | answer(rows, answered_on="2024-05-20"))
    assert refused.status_code == 422
    assert "anterior ao encaminhamento" in error_of(refused.text, "forwardings-0-answered_on")


def test_a_forwarding_is_not_before_the_opening(include: Any, rows: SimpleNamespace) -> None:
    refused = include(forwarding(rows, forwarded_on="2024-05-19"))
    assert "anterior à abertura" in error_of(refused.text, "forwardings-0-forwarded_on")


def test_the_opening_is_not_moved_behind_a_forwarding(
    bruno: FlaskClient, include: Any, world: World, rows: SimpleNamespace
) -> None:
    row = forwarding(rows)
    include(row)
    ticket = last_ticket(world.aurora)
    post = posted(typed(rows, version=ticket.version, opened_on="2024-06-01"), forwardings=[row])
    refused = bruno.post(url_of(ticket), data=post)
    assert refused.status_code == 422
    assert error_of(refused.text, "forwardings-0-forwarded_on")


@pytest.mark.parametrize("name", ["forwarded_on", "answered_on"])
def test_nothing_is_in_the_future(include: Any, world: World, rows: SimpleNamespace, name: str) -> None:
    tomorrow = today(world.aurora.timezone) + timedelta(days=1)
    row = forwarding(rows) | answer(rows) | {name: str(tomorrow)}
    refused = include(row)
    assert refused.status_code == 422
    assert "futuro" in error_of(refused.text, f"forwardings-0-{name}")


@pytest.mark.parametrize("name", ["department_id", "answered_by_id", "outcome_id"])
def test_a_row_of_another_company_is_refused(
    include: Any, world: World, rows: SimpleNamespace, name: str
) -> None:
    foreign = forwarding(world.rows["boreal"]) | answer(world.rows["boreal"])
    refused = include(forwarding(rows) | answer(rows) | {name: foreign[name]})
    assert refused.status_code == 422
    assert error_of(refused.text, f"forwardings-0-{name.removesuffix('_id')}")


def test_a_technician_who_left_answers_nothing_new_but_keeps_old_answers(
    bruno: FlaskClient, include: Any, world: World, rows: SimpleNamespace
) -> None:
    refused = include(forwarding(rows) | answer(rows, answered_by_id=rows.inactive_technician.id))
    assert error_of(refused.text, "forwardings-0-answered_by")

    row = forwarding(rows) | answer(rows)
    include(row)
    ticket = last_ticket(world.aurora)
    change(world.aurora, rows.technician, is_active=False)
    post = posted(typed(rows, version=ticket.version), forwardings=[row | {"answer": "Outra"}])
    assert bruno.post(url_of(ticket), data=post).status_code == 303
    assert stored_rows(world.aurora, Forwarding, ticket.id)[0].answer == "Outra"


def test_an_answer_can_be_withdrawn(
    bruno: FlaskClient, include: Any, world: World, rows: SimpleNamespace
) -> None:
    row = forwarding(rows)
    include(row | answer(rows))
    ticket = last_ticket(world.aurora)
    bruno.post(url_of(ticket), data=posted(typed(rows, version=ticket.version), forwardings=[row]))
    (stored,) = stored_rows(world.aurora, Forwarding, ticket.id)
    assert (stored.answered_at, stored.answer, stored.pending) == (None, None, True)
    told = history(world.aurora, ticket.id)[-1].changes
    assert told["forwardings.1.answer"] == ["Peça trocada.", None]


def test_a_saved_moment_stays_while_its_day_does(
    bruno: FlaskClient, include: Any, world: World, rows: SimpleNamespace
) -> None:
    row = forwarding(rows)
    include(row)
    ticket = last_ticket(world.aurora)
    (stored,) = stored_rows(world.aurora, Forwarding, ticket.id)
    exact = datetime(2024, 5, 21, 14, 3, 7, tzinfo=UTC)
    change(world.aurora, stored, forwarded_at=exact)
    bruno.post(
        url_of(ticket), data=posted(typed(rows, version=ticket.version), forwardings=[row | answer(rows)])
    )
    assert stored_rows(world.aurora, Forwarding, ticket.id)[0].forwarded_at == exact


# ── who waits on whom ──


def test_the_list_says_for_whom_a_ticket_waits_and_since_when(
    bruno: FlaskClient, include: Any, world: World, rows: SimpleNamespace
) -> None:
    day = today(world.aurora.timezone) - timedelta(days=3)
    opened = to_local(now() - timedelta(days=5), world.aurora.timezone).date()
    include(
        forwarding(rows, forwarded_on=day),
        forwarding(rows, forwarded_on=day) | answer(rows, answered_on=day),
        opened_on=opened,
        problem="Espera resposta",
    )
    page = bruno.get(f"{LIST.format('aurora')}?q=espera").text
    row = page.partition("Espera resposta")[2].partition("</tr>")[0]
    assert "Encaminhado para" in page
    assert "Engenharia" in row
    assert "3 dias" in row
    assert "+1" not in row  # the answered one doesn't count


def test_the_ticket_says_it_too(
    bruno: FlaskClient, include: Any, world: World, rows: SimpleNamespace
) -> None:
    include(forwarding(rows))
    page = bruno.get(url_of(last_ticket(world.aurora))).text
    assert "O que impede o encerramento" in page
    assert "sem resposta desde 21/05/2024" in page
    assert 'href="#forwardings-0"' in page


@pytest.mark.parametrize("text", ["a\x00b", "x" * 1_000_000])
def test_an_answer_that_cant_be_is_refused_at_its_field(
    include: Any, rows: SimpleNamespace, text: str
) -> None:
    refused = include(forwarding(rows) | answer(rows, answer=text))
    assert refused.status_code == 422
    assert error_of(refused.text, "forwardings-0-answer")


def test_a_forwarding_moved_to_the_day_of_its_answer_is_not_after_it(
    bruno: FlaskClient, include: Any, world: World, rows: SimpleNamespace
) -> None:
    """Today is now, and the answer was some time ago."""
    day = today(world.aurora.timezone)
    row = forwarding(rows) | answer(rows, answered_on=day)
    include(row)
    ticket = last_ticket(world.aurora)
    post = posted(typed(rows, version=ticket.version), forwardings=[row | {"forwarded_on": str(day)}])
    assert bruno.post(url_of(ticket), data=post).status_code == 303
    (stored,) = stored_rows(world.aurora, Forwarding, ticket.id)
    assert stored.forwarded_at == stored.answered_at
