"""Very many tickets with their contacts and forwardings, for lists, searches and benches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from app.plugin_api.demo import SeededCompany, SeededWorkOrder
from plugins.service_desk.demo import conversations
from plugins.service_desk.demo.loading import CHANNELS, FORWARDING_OUTCOMES
from plugins.service_desk.demo.texts import AURORA, BOREAL, CIRCUMSTANCES, PARTS
from plugins.service_desk.services.tickets import NUMBER
from plugins.service_desk.services.work_orders import SOURCE

COMMON_WORD = "equipamento"
"""Stands in at least every fifth ticket."""
RARE_WORD = "turbocompressor"
"""Stands in one ticket of five thousand."""
RARE_EVERY = 5_000
OPEN_SHARE = 0.03
WORK_ORDER_EVERY = 3
CATEGORIES, KNOWN_PROBLEMS = 12, 25
KNOWN_SHARE = 0.3
"""How many tickets name a known problem."""
REOPENED_EVERY = 50
MOST_INTERACTIONS = 5
"""Of one ticket; any number up to it is as likely."""
FORWARDINGS = (0.55, 0.32, 0.11, 0.02)
"""How likely a ticket has none, one, two, three: 0.6 on average."""

COLUMNS = (
    "company_id",
    "id",
    "number",
    "opened_at",
    "created_at",
    "direction",
    "is_product_specific",
    "customer_id",
    "customer_product_id",
    "technician_id",
    "channel_id",
    "known_problem_id",
    "problem",
    "closed_at",
    "closed_by_id",
    "request_key",
    "created_by_id",
    "saved_by_id",
    "saved_at",
)
INTERACTION_COLUMNS = (
    "company_id",
    "ticket_id",
    "key",
    "started_at",
    "ended_at",
    "channel_id",
    "direction",
    "contact_name",
    "finding",
    "guidance",
    "created_by_id",
    "created_at",
)
FORWARDING_COLUMNS = (
    "company_id",
    "ticket_id",
    "key",
    "department_id",
    "forwarded_at",
    "answered_at",
    "answered_by_id",
    "outcome_id",
    "answer",
    "created_by_id",
    "created_at",
)
REOPENING_COLUMNS = (
    "company_id",
    "ticket_id",
    "closed_at",
    "closed_by_id",
    "reopened_at",
    "reopened_by_id",
    "reason",
)


class _Draft(NamedTuple):
    """What differs from ticket to ticket."""

    key: int
    number: int
    at: datetime
    customer_id: int
    customer_product_id: int | None
    technician_id: int
    channel_id: int
    known_problem_id: int | None
    problem: str
    closed_at: datetime | None
    request_key: UUID


def seed(seeded: SeededCompany) -> None:
    """Switch the service desk on (R1 to R3), and add `seeded.size` tickets: a third has a work order."""
    seeded.set_parameters(
        "service_desk", {"enabled": True, "customer_products": True, "auto_work_order": True}
    )
    channels = _table(seeded, "service_desk_channel", CHANNELS)
    outcomes = _table(seeded, "service_desk_forwarding_outcome", FORWARDING_OUTCOMES)
    drafts = list(_drafts(seeded, channels, _known_problems(seeded)))
    seeded.copy("service_desk_ticket", COLUMNS, (_row(seeded, draft) for draft in drafts))
    seeded.copy("service_desk_interaction", INTERACTION_COLUMNS, _interactions(seeded, drafts))
    seeded.copy("service_desk_forwarding", FORWARDING_COLUMNS, _forwardings(seeded, drafts, outcomes))
    seeded.copy("service_desk_reopening", REOPENING_COLUMNS, _reopenings(seeded, drafts))
    seeded.set_counter(NUMBER, seeded.size)
    seeded.copy_work_orders(
        SOURCE,
        (
            SeededWorkOrder(
                source_id=draft.key,
                at=draft.at,
                is_done=draft.closed_at is not None,
                customer_id=draft.customer_id,
                customer_product_id=draft.customer_product_id,
                technician_id=draft.technician_id,
                problem=draft.problem,
            )
            for draft in drafts[::WORK_ORDER_EVERY]
        ),
    )


def _table(seeded: SeededCompany, table: str, entries: Mapping[str, str]) -> range:
    """Fill one of the plugin's tables (code → name); returns the ids."""
    keys = seeded.reserve_ids(table, len(entries))
    rows = ((seeded.company.id, key, *entry) for key, entry in zip(keys, entries.items(), strict=True))
    seeded.copy(table, ("company_id", "id", "code", "name"), rows)
    return keys


def _known_problems(seeded: SeededCompany) -> range:
    """Fill the knowledge base: a category below each of a few, known problems in all of them."""
    tops = seeded.reserve_ids("service_desk_problem_category", CATEGORIES // 2)
    below = seeded.reserve_ids("service_desk_problem_category", CATEGORIES // 2)
    rows = [
        *((seeded.company.id, key, f"G{n}", f"Grupo {n}", None) for n, key in enumerate(tops, 1)),
        *((seeded.company.id, key, f"S{n}", f"Subgrupo {n}", tops[n - 1]) for n, key in enumerate(below, 1)),
    ]
    columns = ("company_id", "id", "code", "name")
    seeded.copy("service_desk_problem_category", (*columns, "parent_id"), rows)
    problems = seeded.reserve_ids("service_desk_known_problem", KNOWN_PROBLEMS)
    homes = [*tops, *below]
    seeded.copy(
        "service_desk_known_problem",
        (*columns, "category_id", "solution"),
        (
            (seeded.company.id, key, f"K{n:02}", f"Problema {n}", homes[n % len(homes)], f"Solução {n}.")
            for n, key in enumerate(problems)
        ),
    )
    return problems


def _drafts(seeded: SeededCompany, channels: range, problems: range) -> Iterator[_Draft]:
    random = seeded.random
    sentences = [text for desk in (AURORA, BOREAL) for texts in desk.products.values() for text in texts]
    step = (seeded.end - seeded.start) / seeded.size
    for number, key in enumerate(seeded.reserve_ids("service_desk_ticket", seeded.size), 1):
        at = (seeded.start + step * (number - 1)).replace(microsecond=0)
        customer = int(len(seeded.customers) * random.random() ** 2)  # some call more often than others
        owned = (
            seeded.customer_products[2 * customer + random.randrange(2)] if random.random() < 0.8 else None
        )
        # What is still open is mostly recent.
        is_open = random.random() < OPEN_SHARE * (4 if number > seeded.size * 0.9 else 2 / 3)
        yield _Draft(
            key=key,
            number=number,
            at=at,
            customer_id=seeded.customers[customer],
            customer_product_id=owned,
            technician_id=random.choice(seeded.technicians),
            channel_id=random.choice(channels),
            known_problem_id=random.choice(problems) if random.random() < KNOWN_SHARE else None,
            problem=_problem(seeded, sentences, number),
            closed_at=None if is_open else at + timedelta(minutes=random.randrange(10, 1_400)),
            request_key=UUID(int=random.getrandbits(128)),
        )


def _problem(seeded: SeededCompany, sentences: list[str], number: int) -> str:
    random = seeded.random
    parts = random.sample(sentences, 2)
    parts.append(
        f"Verificar {', '.join(random.choices(PARTS.split(), k=5))} do modelo {random.randrange(10_000):04d}."
    )
    parts.append(random.choice(CIRCUMSTANCES))
    if number % 5 == 0:
        parts.append(f"O {COMMON_WORD} está parado.")
    if number % RARE_EVERY == 1:
        parts.append(f"Ruído no {RARE_WORD}.")
    return " ".join(filter(None, parts))


def _row(seeded: SeededCompany, draft: _Draft) -> tuple[Any, ...]:
    return (
        seeded.company.id,
        draft.key,
        draft.number,
        draft.at,
        draft.at,
        "outbound" if draft.number % 9 == 0 else "inbound",
        draft.customer_product_id is not None,
        draft.customer_id,
        draft.customer_product_id,
        draft.technician_id,
        draft.channel_id,
        draft.known_problem_id,
        draft.problem,
        draft.closed_at,
        draft.technician_id if draft.closed_at else None,
        draft.request_key,
        seeded.user.id,
        seeded.user.id,
        draft.closed_at or draft.at,
    )


def _interactions(seeded: SeededCompany, drafts: Sequence[_Draft]) -> Iterator[tuple[Any, ...]]:
    """From none to `MOST_INTERACTIONS` for each ticket, one after the other while it was open."""
    random, company_id, user_id = seeded.random, seeded.company.id, seeded.user.id
    said = [
        pair for words in (conversations.AURORA, conversations.BOREAL) for pair in words.first + words.later
    ]
    contacts = conversations.AURORA.contacts
    for draft in drafts:
        count = random.randrange(MOST_INTERACTIONS + 1)
        for started_at, ended_at in _spans(draft, count):
            finding, guidance = random.choice(said)
            yield (
                company_id,
                draft.key,
                UUID(int=random.getrandbits(128)),
                started_at,
                ended_at,
                draft.channel_id,
                "inbound",
                random.choice(contacts),
                finding,
                guidance,
                user_id,
                ended_at,
            )


def _forwardings(
    seeded: SeededCompany, drafts: Sequence[_Draft], outcomes: range
) -> Iterator[tuple[Any, ...]]:
    """As many as `FORWARDINGS` says; on an open ticket the last one waits."""
    random, company_id, user_id = seeded.random, seeded.company.id, seeded.user.id
    answers = [text for texts in conversations.AURORA.answers.values() for text in texts]
    counts = random.choices(range(len(FORWARDINGS)), weights=FORWARDINGS, k=len(drafts))
    for draft, count in zip(drafts, counts, strict=True):
        for number, (forwarded_at, answered_at) in enumerate(_spans(draft, count), 1):
            waits = draft.closed_at is None and number == count
            answer = (answered_at, draft.technician_id, random.choice(outcomes), random.choice(answers))
            yield (
                company_id,
                draft.key,
                UUID(int=random.getrandbits(128)),
                random.choice(seeded.departments),
                forwarded_at,
                *((None,) * 4 if waits else answer),
                user_id,
                forwarded_at,
            )


def _reopenings(seeded: SeededCompany, drafts: Sequence[_Draft]) -> Iterator[tuple[Any, ...]]:
    """One of `REOPENED_EVERY` closed tickets had been closed before, half way."""
    closed = [draft for draft in drafts if draft.closed_at is not None]
    for draft in closed[::REOPENED_EVERY]:
        assert draft.closed_at is not None
        first = draft.at + (draft.closed_at - draft.at) / 2
        yield (
            *(seeded.company.id, draft.key, first, draft.technician_id, first + timedelta(minutes=1)),
            *(seeded.user.id, "Voltou a falhar."),
        )


def _spans(draft: _Draft, count: int) -> Iterator[tuple[datetime, datetime]]:
    """`count` stretches of time after the ticket's opening and before its closing, none over another."""
    step = ((draft.closed_at or draft.at + timedelta(hours=8)) - draft.at) / (2 * count + 1)
    for number in range(count):
        started_at = draft.at + step * (2 * number)
        yield started_at, started_at + step
