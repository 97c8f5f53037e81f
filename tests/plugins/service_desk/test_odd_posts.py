"""What no page of ours posts, or two people's posts make together: refused in words, at a bounded price."""

from __future__ import annotations

import html
import re
from uuid import uuid4

import pytest

from app.clock import now
from app.database import company_scope, db, transaction
from plugins.service_desk.models import Timer
from plugins.service_desk.services.tickets import MOST_ROWS
from tests.plugins.service_desk.desk import (
    LIST,
    NEW,
    forwarding,
    inputs,
    interaction,
    last_ticket,
    posted,
    tickets,
    typed,
)
from tests.plugins.service_desk.test_statement_budgets import Count, count, full, of_many_rows  # noqa: F401
from tests.plugins.service_desk.timing import TIMERS, press
from tests.world import log_in

TICKET = f"{LIST.format('aurora')}/{{}}"
TOO_LONG_A_NUMBER = "9" * 5000
"""More digits than Python makes a number of."""


@pytest.mark.parametrize("name", ["customer_id", "known_problem_id", "interactions-0-channel_id"])
def test_a_number_that_is_too_long_is_no_entry_of_the_list(bruno, rows, name) -> None:
    post = posted(typed(rows), [interaction(rows)]) | {name: TOO_LONG_A_NUMBER}
    assert bruno.post(NEW.format("aurora"), data=post).status_code == 422


def test_a_copied_problem_that_is_no_number_is_as_none(bruno, rows) -> None:
    post = posted(typed(rows, copied_problem=TOO_LONG_A_NUMBER), [interaction(rows)])
    assert bruno.post(NEW.format("aurora"), data=post).status_code == 303


def test_an_answer_about_a_timer_with_too_long_a_number_is_refused(bruno, rows) -> None:
    refused = press(bruno, rows.ticket, uuid4(), first="stop", first_id=TOO_LONG_A_NUMBER)
    assert refused.status_code == 400


def test_of_too_many_rows_only_one_more_than_allowed_is_read(bruno, rows, world) -> None:
    before = len(tickets(world.aurora))
    keys = {f"interactions-{place}-contact_name": "X" for place in range(3 * MOST_ROWS)}
    page = bruno.post(NEW.format("aurora"), data=typed(rows) | keys)
    assert (page.status_code, len(tickets(world.aurora))) == (422, before)
    assert f'id="interactions-{MOST_ROWS}"' in page.text
    assert f'id="interactions-{MOST_ROWS + 1}"' not in page.text


def test_what_is_refused_of_anothers_row_is_shown_with_that_row(bruno, rows, world) -> None:
    """R24, R25: the opening is moved behind a forwarding that somebody else has added meanwhile."""
    bruno.post(NEW.format("aurora"), data=typed(rows))
    ticket = last_ticket(world.aurora)
    page = bruno.get(TICKET.format(ticket.id)).text
    base = html.unescape(re.search(r'name="base"[^>]*value="([^"]*)"', page).group(1))
    post = typed(rows, version=ticket.version, base=base)
    theirs = forwarding(rows)
    assert bruno.post(TICKET.format(ticket.id), data=posted(post, [], [theirs])).status_code == 303

    mine = {"opened_on": "2024-05-25", "problem": "O que eu digitei"}
    refused = bruno.post(TICKET.format(ticket.id), data=post | mine)
    assert refused.status_code == 409
    assert "O que eu digitei" in refused.text
    assert f'value="{theirs["key"]}"' in refused.text
    assert "(R19)" in refused.text


def test_whoever_reopens_an_open_ticket_is_told_that_somebody_was_quicker(client, world, rows) -> None:
    log_in(client, world, "ana")
    post = {"version": "1", "reason": "Voltou a falhar."}
    refused = client.post(f"{TICKET.format(rows.ticket.id)}/reopen", data=post)
    assert refused.status_code == 409
    assert "Outra pessoa" in refused.text


def test_a_timer_that_was_started_while_its_form_was_saved_leads_to_the_ticket(bruno, rows, world) -> None:
    post = typed(rows)
    bruno.post(NEW.format("aurora"), data=post)
    ticket = last_ticket(world.aurora)
    with company_scope(world.aurora), transaction():
        late = {"request_key": ticket.request_key, "row_key": uuid4(), "started_at": now()}
        db.session.add(Timer(company_id=world.aurora.id, user_id=world.users["bruno"].id, **late))
    again = bruno.get(f"{NEW.format('aurora')}?draft={post['request_key']}").text
    assert [post["request_key"] in key for key in inputs(again, "request_key")] == [False]
    running = bruno.get(TIMERS).json["running"]["id"]
    assert bruno.post(f"{TIMERS}/{running}/stop").location == f"{TICKET.format(ticket.id)}#interactions"


def test_the_texts_of_another_code_cost_no_statement_per_row(count: Count, rows) -> None:  # noqa: F811
    def cost(contacts: int) -> int:
        header = full(rows) | {"copied_problem": str(rows.known_problem.id)}
        post = posted(header, [interaction(rows) for _ in range(contacts)])
        return count("bruno", "POST", NEW.format("aurora"), 303, data=post)

    assert cost(12) == cost(2)


def test_rows_typed_by_codes_cost_no_more_than_chosen_ones(count: Count, rows) -> None:  # noqa: F811
    """Without JavaScript each row names its channel, department… by code again and again (R17, R19)."""
    codes = {
        "channel_id": rows.channel.code,
        "department_id": rows.department.code,
        "answered_by_id": rows.technician.code,
        "outcome_id": rows.forwarding_outcome.code,
    }
    post = {}
    for name, value in of_many_rows(rows).items():
        last = name.rpartition("-")[2]
        post[name.removesuffix("_id") if last in codes else name] = codes.get(last, value)
    assert count("bruno", "POST", NEW.format("aurora"), 303, data=post) <= 28


def test_a_refused_timer_costs_no_statement_per_row(count: Count, rows, world) -> None:  # noqa: F811
    """Without JavaScript: the refusal's rollback expires every row of the ticket."""

    def cost(how_many: int) -> int:
        contacts = [interaction(rows) for _ in range(how_many)]
        sent = [forwarding(rows) for _ in range(how_many)]
        count("bruno", "POST", NEW.format("aurora"), 303, data=posted(full(rows), contacts, sent))
        ticket = last_ticket(world.aurora)
        db.session.remove()
        post = posted(full(rows), contacts, sent) | {"_do": f"timer:{uuid4()}"}
        return count("bruno", "POST", TICKET.format(ticket.id), 200, data=post)

    cost(1)
    assert cost(12) == cost(2)
