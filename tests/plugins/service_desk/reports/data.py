"""A varied desk for the tests of the report: 120 tickets over three companies in three time zones.

Its tickets lie around midnights, ends of months, changes of the clocks, and far away; its names begin with
whatever a spreadsheet could take for a formula. The same every time it is laid out.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from app.companies.models import Company
from app.database import company_scope, db, transaction
from app.parties.models import Customer, Prospect
from app.products.models import CustomerProduct, Product
from app.staff.models import Department, Technician
from app.work_orders.models import WorkOrder, WorkOrderStatus
from plugins.service_desk.models import (
    Channel,
    Direction,
    Forwarding,
    ForwardingOutcome,
    Interaction,
    KnownProblem,
    ProblemCategory,
    Reopening,
    Ticket,
)
from plugins.service_desk.services.work_orders import SOURCE
from tests.world import World

NOW = datetime(2019, 3, 1, 1, 30, tzinfo=UTC)
"""Today is 1 March in Lisbon, and still 28 February in the other two zones."""
ZONES = {"aurora": "America/Sao_Paulo", "boreal": "America/Noronha", "cometa": "Europe/Lisbon"}
TICKETS = {"aurora": 66, "boreal": 30, "cometa": 24}

ODD_NAMES = (
    "=1+1",
    "+55 11 4002-8922",
    "-Traço",
    "@arroba",
    "\tTabulado",
    "＝Largo",
    "＋Mais",
    "－Menos",
    "＠Em",
    "Aspas \"duplas\"; e 'simples'",
    "Duas\nlinhas",
    "Linhas\r\nde DOS",
    "😀 Emoji 👩‍👧",
    "شركة مرحبا",
    "שלום",
)
COMMON_NAMES = ("Ávila & Filhos", "avila & filhos", "Padaria Zeta", "Padaria Zeta", "Ótica Sol", "Ana Prado")
SAME = "Padaria Zeta"
"""What customers and a prospect are called alike."""

# Instants at which a day, a month or the offset changes in one of the zones.
EDGES = tuple(
    datetime.fromisoformat(text)
    for text in (
        "2018-10-28T01:00:00+00:00",  # Lisbon back
        "2018-11-04T03:00:00+00:00",  # São Paulo forward, at midnight
        "2018-12-31T23:00:00+00:00",
        "2019-01-01T00:00:00+00:00",
        "2019-01-01T02:00:00+00:00",
        "2019-01-31T02:00:00+00:00",
        "2019-02-01T02:00:00+00:00",
        "2019-02-17T02:00:00+00:00",  # São Paulo back, at midnight
        "2019-02-28T03:00:00+00:00",
        "2019-03-01T00:00:00+00:00",
        "2019-03-01T03:00:00+00:00",
        "1971-01-01T00:00:00+00:00",
        "2068-02-29T12:00:00+00:00",
    )
)
OFFSETS = (-7200, -3600, -61, -1, 0, 1, 59, 1800, 3600, 86399)
TOOK = (0, 59, 60, 61, 119.999999, 1800, 3599, 3600, 5400, 86400, 90061, 432000, 3456000)
"""Seconds from opening to closing, from forwarding to answer."""
LASTED = (1, 59, 60, 61, 120, 125.5, 600, 1200, 3000, 3600, 7325)
"""Seconds of a contact."""
RATES = (
    (None, None),
    (Decimal("0.15"), Decimal("60.15")),
    (Decimal("90.03"), Decimal("180.00")),
    (Decimal("33.33"), None),
    (Decimal("0.00"), Decimal("0.01")),
    (Decimal("42.37"), Decimal("99.99")),
)
PROBLEMS = (
    "A bomba não liga.",
    "A bomba não liga.\nNem apita, e a luz pisca.",
    "=SOMA(A1:A9)\r\nnão calcula",
    '-5 graus no visor; "erro" 100%',
    "@suporte: impressora com papel_preso",
    "Impressão falhada " * 20,
    "\tComeça com tabulação",
    "😀 مرحبا",
    "Zumbido 42",
)


class Desk:
    """What was laid out: companies by code, and each one's rows by kind."""

    def __init__(self) -> None:
        self.companies: dict[str, Company] = {}
        self.rows: dict[str, SimpleNamespace] = {}
        self.books: dict[str, Any] = {}
        """The same rows as `plain.Books`, once a test has asked for them."""


def lay_out(world: World) -> Desk:
    """Write everything, on whatever the session is bound to; the companies are in their zones already."""
    desk, random = Desk(), Random(4)
    for code in ZONES:
        with company_scope(world.companies[code]), transaction():
            company = db.session.get_one(Company, world.companies[code].id)
            db.session.expunge(company)
            desk.companies[code] = company
            desk.rows[code] = _registers(company, random)
            _add_documents(company, desk.rows[code], random, TICKETS[code])
    return desk


def _registers(company: Company, random: Random) -> SimpleNamespace:
    names = list(ODD_NAMES)
    random.shuffle(names)
    own = {"company_id": company.id}

    def made(model: type[Any], prefix: str, given: Sequence[str], **more: Sequence[Any]) -> list[Any]:
        rows = [
            model(**own, code=f"{prefix}{n}", name=name, **{key: values[n] for key, values in more.items()})
            for n, name in enumerate(given)
        ]
        db.session.add_all(rows)
        db.session.flush()
        return rows

    rows = SimpleNamespace()
    # Both lists have names of their own and names in common.
    rows.customers = made(
        Customer, "RC", [*COMMON_NAMES, *names[:6]], document=["", "11222333000181", *[""] * 10]
    )
    rows.prospects = made(Prospect, "RI", [SAME, "avila & filhos", *names[6:9]])
    rows.products = made(Product, "RP", ["Bomba", "Bomba", names[9], "Óculos"])
    rows.customer_products = made(
        CustomerProduct,
        "RQ",
        ["Bomba do pátio", names[10], "Bomba do pátio", "Óculos de proteção", names[11]],
        customer_id=[row.id for row in rows.customers[:5]],
        product_id=[rows.products[n].id for n in (0, 0, 1, 3, 2)],
        serial_number=["SN-001", "", "=SN+2", "sn-ÀÉ", "-3"],
    )
    rows.technicians = made(
        Technician,
        "RT",
        ["Bruno", "Ângela", "angela", names[12], "Zélia", "Íris"],
        hourly_cost=[cost for cost, _rate in RATES],
        hourly_rate=[rate for _cost, rate in RATES],
        is_active=[True, True, True, True, False, True],
    )
    rows.departments = made(Department, "RD", ["Engenharia", "Peças", names[13], "Engenharia"])
    rows.channels = made(Channel, "RM", ["Telefone", "E-mail", names[14]])
    rows.outcomes = made(ForwardingOutcome, "RO", ["Resolvido", "Sem solução"])
    rows.categories = made(
        ProblemCategory, "RK", ["Elétrica", "Motor", "Bobina", "Água", "Motor", "Vazia", names[0]]
    )
    # Elétrica › Motor › Bobina; Elétrica › Vazia; Água › Motor
    for child, parent in ((1, 0), (2, 1), (4, 3), (5, 0)):
        rows.categories[child].parent_id = rows.categories[parent].id
    rows.known_problems = made(
        KnownProblem,
        "RS",
        ["Queimou", "Bobina solta", "Sem fase", "Vazamento", names[1], "Avulso"],
        category_id=[*(rows.categories[n].id for n in (1, 2, 0, 4, 6)), None],
        solution=["Trocar."] * 6,
    )
    db.session.flush()
    return rows


def _add_documents(company: Company, rows: SimpleNamespace, random: Random, count: int) -> None:
    own = {"company_id": company.id}
    numbers = list(range(500_001, 500_001 + count))
    random.shuffle(numbers)
    plans = [_plan(random, n) for n in range(count)]
    tickets = [
        Ticket(
            **own,
            number=number,
            request_key=UUID(int=700_000 + number),
            opened_at=plan.opened,
            closed_at=plan.closed,
            closed_by_id=plan.closed and random.choice(rows.technicians).id,
            direction=random.choice(list(Direction)),
            technician_id=random.choice(rows.technicians).id,
            channel_id=random.choice(rows.channels).id,
            problem=random.choice(PROBLEMS),
            known_problem_id=random.choice([None, None, *(row.id for row in rows.known_problems)]),
            **_party(rows, random),
        )
        for number, plan in zip(numbers, plans, strict=True)
    ]
    db.session.add_all(tickets)
    db.session.flush()
    key = UUID(int=0)
    more: list[Any] = []
    for ticket, plan in zip(tickets, plans, strict=True):
        of_it = own | {"ticket_id": ticket.id}
        for begun, lasted in plan.contacts:
            key = UUID(int=key.int + 1)
            more.append(
                Interaction(
                    **of_it,
                    key=key,
                    started_at=begun,
                    ended_at=begun + timedelta(seconds=lasted),
                    channel_id=random.choice(rows.channels).id,
                    direction=Direction.INBOUND,
                    contact_name=random.choice(COMMON_NAMES + ODD_NAMES),
                    finding=random.choice(PROBLEMS),
                    guidance=random.choice(PROBLEMS),
                )
            )
        for sent, answered in plan.forwardings:
            key = UUID(int=key.int + 1)
            answer = {
                "answered_at": answered,
                "answered_by_id": random.choice(rows.technicians).id,
                "outcome_id": random.choice(rows.outcomes).id,
                "answer": random.choice(PROBLEMS),
            }
            department = random.choice(rows.departments)
            more.append(
                Forwarding(
                    **of_it,
                    key=key,
                    department_id=department.id,
                    forwarded_at=sent,
                    **(answer if answered else {}),
                )
            )
        for closed, reopened in plan.reopenings:
            closer = random.choice(rows.technicians)
            more.append(
                Reopening(
                    **of_it, closed_at=closed, reopened_at=reopened, closed_by_id=closer.id, reason="Voltou."
                )
            )
        for status in plan.orders:
            more.append(
                WorkOrder(
                    **own,
                    number=500_001 + len(more),
                    status=status,
                    opened_at=ticket.opened_at,
                    customer_id=ticket.customer_id,
                    prospect_id=ticket.prospect_id,
                    problem="Trocar",
                    source=SOURCE,
                    source_id=ticket.id,
                )
            )
    # Of another source, with a ticket's id: not that ticket's.
    party = {"customer_id": rows.customers[0].id, "problem": "Outra", "opened_at": NOW}
    more.append(WorkOrder(**own, **party, number=900_001, source="tests.other", source_id=tickets[0].id))
    db.session.add_all(more)
    db.session.flush()


def _party(rows: SimpleNamespace, random: Random) -> dict[str, int]:
    if random.random() < 0.3:
        party = {"prospect_id": random.choice(rows.prospects).id}
        return party | random.choice([{}, {"product_id": random.choice(rows.products).id}])
    if random.random() < 0.5:
        owned = random.choice(rows.customer_products)
        return {"customer_id": owned.customer_id, "customer_product_id": owned.id}
    party = {"customer_id": random.choice(rows.customers).id}
    return party | random.choice([{}, {"product_id": random.choice(rows.products).id}])


def _plan(random: Random, n: int) -> SimpleNamespace:
    """What happens to a ticket, and when."""
    opened = _moment(random)
    plan = SimpleNamespace(opened=opened, closed=None, contacts=[], forwardings=[], reopenings=[], orders=[])
    for _ in range(random.choice((0, 1, 1, 2, 2, 3, 6))):
        plan.contacts.append((_near(random, opened), random.choice(LASTED)))
    is_closed = random.random() < 0.55
    latest = opened
    for _ in range(random.choice((0, 0, 0, 1, 1, 2, 3))):
        sent = _near(random, opened)
        answered = sent + timedelta(seconds=random.choice(TOOK))
        if not is_closed and random.random() < 0.5:
            answered = None
        plan.forwardings.append((sent, answered))
        latest = max(latest, answered or sent)
    for _ in range(random.choice((0, 0, 0, 0, 1, 1, 3))):
        closed = opened + timedelta(seconds=random.choice(TOOK))
        plan.reopenings.append((closed, closed + timedelta(seconds=random.choice(TOOK))))
    if is_closed:
        plan.closed = (latest if n % 4 == 0 else opened) + timedelta(seconds=random.choice(TOOK))
    for _ in range(random.choice((0, 0, 0, 1, 1, 2))):
        plan.orders.append(WorkOrderStatus.CANCELLED)
    if random.random() < 0.4:
        live = random.choice((WorkOrderStatus.OPEN, WorkOrderStatus.IN_PROGRESS, WorkOrderStatus.DONE))
        plan.orders.insert(random.randint(0, len(plan.orders)), live)
    return plan


def _moment(random: Random) -> datetime:
    if random.random() < 0.6:
        return random.choice(EDGES) + timedelta(seconds=random.choice(OFFSETS))
    return datetime(2018, 10, 1, tzinfo=UTC) + timedelta(seconds=random.randrange(160 * 86400))


def _near(random: Random, opened: datetime) -> datetime:
    """A moment from the opening on, at an edge if there is one soon."""
    after = [edge for edge in EDGES if opened <= edge < opened + timedelta(days=40)]
    if after and random.random() < 0.5:
        return max(random.choice(after) - timedelta(seconds=random.choice((0, 1, 60, 1800))), opened)
    return opened + timedelta(seconds=random.choice((0, 60, 3605, 86400, 300000)))
