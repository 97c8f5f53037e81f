"""The second tab: R17, and R13's copied texts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.clock import now, to_local
from plugins.service_desk.models import Interaction
from tests.plugins.service_desk.desk import (
    LIST,
    NEW,
    change,
    error_of,
    history,
    inputs,
    interaction,
    last_ticket,
    posted,
    stored_rows,
    tickets,
    typed,
)
from tests.world import World, log_in

AURORA = NEW.format("aurora")


@pytest.fixture
def include(bruno: FlaskClient, rows: SimpleNamespace) -> Any:
    """Post a new ticket with these interactions; the answer."""

    def post(*interactions: dict[str, str], **header: Any) -> Any:
        return bruno.post(AURORA, data=posted(typed(rows, **header), interactions))

    return post


def url_of(ticket: Any) -> str:
    return f"{LIST.format('aurora')}/{ticket.id}"


def test_a_ticket_is_included_with_its_interactions(
    include: Any, world: World, rows: SimpleNamespace
) -> None:
    second = interaction(rows, start_time="11:00", end_time="11:10", direction="outbound")
    assert include(interaction(rows), second).status_code == 303

    ticket = last_ticket(world.aurora)
    first, last = stored_rows(world.aurora, Interaction, ticket.id)
    assert (first.started_at, first.ended_at) == (
        datetime(2024, 5, 20, 13, 20, tzinfo=UTC),
        datetime(2024, 5, 20, 13, 45, tzinfo=UTC),
    )
    assert (first.contact_name, first.finding, first.guidance, first.channel_id) == (
        "Ana Prado",
        "Sem energia no quadro.",
        "Religar o disjuntor.",
        rows.channel.id,
    )
    assert (last.direction, first.created_by_id) == ("outbound", world.users["bruno"].id)


@pytest.mark.parametrize(
    "name",
    [
        "occurred_on",
        "start_time",
        "end_time",
        "channel_id",
        "direction",
        "contact_name",
        "finding",
        "guidance",
    ],
)
def test_each_field_of_an_interaction_is_required(
    include: Any, world: World, rows: SimpleNamespace, name: str
) -> None:
    before = len(tickets(world.aurora))
    answer = include(interaction(rows, **{name: None}))
    assert answer.status_code == 422
    assert "(R17)" in error_of(answer.text, f"interactions-0-{name.removesuffix('_id')}")
    assert "Sem energia no quadro." in answer.text or name == "finding"
    assert len(tickets(world.aurora)) == before


def test_an_error_in_a_row_marks_its_field_and_keeps_every_text(include: Any, rows: SimpleNamespace) -> None:
    answer = include(
        interaction(rows, finding="Primeiro texto"),
        interaction(rows, end_time="10:00", guidance="Segundo texto"),
        problem="Terceiro texto",
    )
    assert answer.status_code == 422
    assert "Atendimento 2 › Hora Final" in answer.text
    for text in ("Primeiro texto", "Segundo texto", "Terceiro texto"):
        assert text in answer.text
    assert 'aria-invalid="true"' in inputs(answer.text, "interactions-1-end_time")[0]


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [("23:30", "00:20", 50), ("10:00", "10:01", 1), ("20:00", "08:00", 720), ("00:00", "23:59", 1439)],
)
def test_an_end_earlier_in_the_day_is_the_next_day(
    include: Any, world: World, rows: SimpleNamespace, start: str, end: str, minutes: int
) -> None:
    assert include(interaction(rows, start_time=start, end_time=end)).status_code == 303
    (row,) = stored_rows(world.aurora, Interaction, last_ticket(world.aurora).id)
    assert row.ended_at - row.started_at == timedelta(minutes=minutes)


@pytest.mark.parametrize(("start", "end"), [("14:00", "13:00"), ("20:00", "08:01"), ("10:00", "10:00")])
def test_an_overnight_contact_is_at_most_12_hours(
    include: Any, rows: SimpleNamespace, start: str, end: str
) -> None:
    answer = include(interaction(rows, start_time=start, end_time=end))
    assert answer.status_code == 422
    assert "(R17)" in error_of(answer.text, "interactions-0-end_time")


@pytest.mark.parametrize("field", ["start_time", "end_time"])
def test_an_hour_that_never_was_is_refused(include: Any, rows: SimpleNamespace, field: str) -> None:
    """São Paulo's clocks went from 23:59 on 3 November 2018 to 01:00."""
    hours = {"start_time": "00:30", "end_time": "01:30"}
    if field == "end_time":
        hours = {"start_time": "23:50", "end_time": "00:10"}
    day = "2018-11-04" if field == "start_time" else "2018-11-03"
    answer = include(interaction(rows, occurred_on=day, **hours))
    assert "não existiu" in error_of(answer.text, f"interactions-0-{field}")


def test_a_contact_across_the_change_of_clocks_is_as_long_as_it_was(
    include: Any, world: World, rows: SimpleNamespace
) -> None:
    """From 23:30 to 01:30, with an hour in between that never was: 60 minutes."""
    answer = include(interaction(rows, occurred_on="2018-11-03", start_time="23:30", end_time="01:30"))
    assert answer.status_code == 303
    (row,) = stored_rows(world.aurora, Interaction, last_ticket(world.aurora).id)
    assert row.ended_at - row.started_at == timedelta(hours=1)


def test_a_doubled_hour_is_the_first(include: Any, world: World, rows: SimpleNamespace) -> None:
    """On 17 February 2019 the hour from 23:00 came twice."""
    include(interaction(rows, occurred_on="2019-02-16", start_time="23:10", end_time="23:20"))
    (row,) = stored_rows(world.aurora, Interaction, last_ticket(world.aurora).id)
    assert row.started_at == datetime(2019, 2, 17, 1, 10, tzinfo=UTC)


def test_a_contact_is_not_in_the_future(include: Any, world: World, rows: SimpleNamespace) -> None:
    local = to_local(now() + timedelta(hours=2), world.aurora.timezone)
    later = f"{local:%H:%M}"
    start = f"{local - timedelta(minutes=5):%H:%M}"
    day = (local - timedelta(minutes=5)).date()
    answer = include(interaction(rows, occurred_on=day, start_time=start, end_time=later))
    assert "(R17)" in error_of(answer.text, "interactions-0-start_time")


def test_the_minute_that_runs_counts_as_begun(include: Any, world: World, rows: SimpleNamespace) -> None:
    """A timer's stop rounds up: an end within the next minute is no future (R18)."""
    local = to_local(now(), world.aurora.timezone)
    start, end = local - timedelta(minutes=1), local + timedelta(minutes=1)
    row = interaction(rows, occurred_on=start.date(), start_time=f"{start:%H:%M}", end_time=f"{end:%H:%M}")
    assert include(row).status_code == 303


@pytest.mark.parametrize("kind", ["inactive", "foreign"])
def test_a_channel_must_be_an_active_one_of_the_company(
    include: Any, world: World, rows: SimpleNamespace, kind: str
) -> None:
    channel = rows.inactive_channel if kind == "inactive" else world.rows["boreal"].channel
    answer = include(interaction(rows, channel_id=channel.id))
    assert answer.status_code == 422
    assert error_of(answer.text, "interactions-0-channel")


def test_a_saved_interaction_keeps_its_inactive_channel(
    bruno: FlaskClient, include: Any, world: World, rows: SimpleNamespace
) -> None:
    row = interaction(rows)
    include(row)
    ticket = last_ticket(world.aurora)
    change(world.aurora, rows.channel, is_active=False)
    post = posted(typed(rows, version=ticket.version), [row | {"finding": "Outro"}])
    assert bruno.post(url_of(ticket), data=post).status_code == 303
    assert stored_rows(world.aurora, Interaction, ticket.id)[0].finding == "Outro"


# ── rows added, changed and removed in place ──


def test_rows_are_added_changed_and_removed_in_one_save(
    bruno: FlaskClient, include: Any, world: World, rows: SimpleNamespace
) -> None:
    stays, goes = interaction(rows), interaction(rows, start_time="11:00", end_time="11:30")
    include(stays, goes)
    ticket = last_ticket(world.aurora)
    came = interaction(rows, start_time="12:00", end_time="12:30", contact_name="Zé")
    post = posted(typed(rows, version=ticket.version), [stays | {"guidance": "Outra"}, came])
    assert bruno.post(url_of(ticket), data=post).status_code == 303

    stored = stored_rows(world.aurora, Interaction, ticket.id)
    assert [(str(row.key), row.guidance) for row in stored] == [
        (stays["key"], "Outra"),
        (came["key"], "Religar o disjuntor."),
    ]
    told = history(world.aurora, ticket.id)[-1].changes
    assert told["interactions.1.guidance"] == ["Religar o disjuntor.", "Outra"]
    assert told["interactions.2.contact_name"] == [None, "Zé"]
    assert (
        told["interactions.2.finding"] == ["Sem energia no quadro.", None] or "interactions.2.finding" in told
    )


def test_a_save_that_changes_only_rows_raises_the_tickets_version(
    bruno: FlaskClient, include: Any, world: World, rows: SimpleNamespace
) -> None:
    row = interaction(rows)
    include(row)
    before = last_ticket(world.aurora)
    post = posted(typed(rows, version=before.version), [row | {"finding": "Outro"}])
    bruno.post(url_of(before), data=post)
    after = last_ticket(world.aurora)
    assert after.version == before.version + 1
    assert after.saved_by_id == world.users["bruno"].id


def test_a_row_that_nobody_touched_keeps_its_seconds(
    bruno: FlaskClient, include: Any, world: World, rows: SimpleNamespace
) -> None:
    row = interaction(rows)
    include(row)
    ticket = last_ticket(world.aurora)
    (stored,) = stored_rows(world.aurora, Interaction, ticket.id)
    exact = stored.started_at + timedelta(seconds=17)
    change(world.aurora, stored, started_at=exact)
    post = posted(typed(rows, version=ticket.version, problem="Outro"), [row])
    assert bruno.post(url_of(ticket), data=post).status_code == 303
    assert stored_rows(world.aurora, Interaction, ticket.id)[0].started_at == exact


def test_another_tickets_row_is_not_taken_over(
    bruno: FlaskClient, include: Any, world: World, rows: SimpleNamespace
) -> None:
    """A key says nothing outside its ticket: the same key elsewhere makes a row there."""
    row = interaction(rows)
    include(row)
    first = last_ticket(world.aurora)
    include(row | {"finding": "Do segundo"})
    second = last_ticket(world.aurora)
    assert stored_rows(world.aurora, Interaction, first.id)[0].finding == "Sem energia no quadro."
    assert stored_rows(world.aurora, Interaction, second.id)[0].finding == "Do segundo"


def test_the_history_names_the_row_and_its_field(
    client: FlaskClient, include: Any, world: World, rows: SimpleNamespace
) -> None:
    row = interaction(rows)
    include(row)
    ticket = last_ticket(world.aurora)
    client.post(url_of(ticket), data=posted(typed(rows, version=ticket.version), [row | {"finding": "Novo"}]))
    log_in(client, world, "ana")
    page = client.get(url_of(ticket)).text
    assert "Atendimento 1 › Problema Constatado" in page


def test_500_rows_are_saved_at_once_and_one_more_is_refused(
    include: Any, world: World, rows: SimpleNamespace
) -> None:
    many = [interaction(rows, contact_name=f"Contato {n}") for n in range(501)]
    answer = include(*many)
    assert answer.status_code == 422
    assert "no máximo 500" in answer.text
    assert include(*many[:500]).status_code == 303
    assert len(stored_rows(world.aurora, Interaction, last_ticket(world.aurora).id)) == 500


# ── bad input ──


@pytest.mark.parametrize("text", ["a\x00b", "x" * 1_000_000])
def test_a_text_that_cant_be_is_refused_at_its_field(include: Any, rows: SimpleNamespace, text: str) -> None:
    answer = include(interaction(rows, guidance=text))
    assert answer.status_code == 422
    assert error_of(answer.text, "interactions-0-guidance")


def test_any_writing_is_kept(include: Any, world: World, rows: SimpleNamespace) -> None:
    odd = "🙂 مرحبا <b>&amp;\nlinha"
    assert include(interaction(rows, finding=odd, contact_name="=SOMA(1)")).status_code == 303
    (row,) = stored_rows(world.aurora, Interaction, last_ticket(world.aurora).id)
    assert (row.finding, row.contact_name) == (odd, "=SOMA(1)")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("occurred_on", "2024-02-31"),
        ("occurred_on", "0001-01-01"),
        ("occurred_on", "9999-12-31"),
        ("start_time", "25:00"),
        ("end_time", "x"),
        ("direction", "sideways"),
        ("channel_id", "99999999999999999999"),
        ("contact_name", "x" * 201),
    ],
)
def test_what_cant_be_read_is_refused_at_its_field(
    include: Any, rows: SimpleNamespace, name: str, value: str
) -> None:
    answer = include(interaction(rows, **{name: value}))
    assert answer.status_code == 422
    assert error_of(answer.text, f"interactions-0-{name.removesuffix('_id')}")


@pytest.mark.parametrize(
    "name", ["interactions-²-finding", "interactions-99999999-finding", "interactions--1-x", "interactions-x"]
)
def test_an_odd_place_of_a_row_is_no_row(
    bruno: FlaskClient, world: World, rows: SimpleNamespace, name: str
) -> None:
    assert bruno.post(AURORA, data=typed(rows) | {name: "x"}).status_code == 303
    assert stored_rows(world.aurora, Interaction, last_ticket(world.aurora).id) == []


def test_a_key_that_is_none_makes_a_row_of_its_own(include: Any, world: World, rows: SimpleNamespace) -> None:
    assert include(interaction(rows, key="x")).status_code == 303
    assert len(stored_rows(world.aurora, Interaction, last_ticket(world.aurora).id)) == 1


def test_the_same_key_twice_is_two_rows(include: Any, world: World, rows: SimpleNamespace) -> None:
    """No page of ours posts it; nothing that was typed is lost."""
    row = interaction(rows)
    assert include(row, row | {"finding": "Outro"}).status_code == 303
    stored = stored_rows(world.aurora, Interaction, last_ticket(world.aurora).id)
    assert [r.finding for r in stored] == ["Sem energia no quadro.", "Outro"]
