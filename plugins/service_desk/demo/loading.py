"""Tables, knowledge base and sixty tickets of the demo companies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from app.plugin_api import db, next_number
from app.plugin_api.demo import DemoCompany, WorkOrderStatus
from app.products.models import Product
from app.staff.models import Technician
from plugins.service_desk.demo import aurora, boreal, conversations
from plugins.service_desk.demo.content import Conversations, Knowledge
from plugins.service_desk.demo.documents import Story
from plugins.service_desk.demo.knowledge import add_knowledge
from plugins.service_desk.demo.texts import AURORA, BOREAL, CIRCUMSTANCES, WORK_DONE, Reports
from plugins.service_desk.models import Channel, Direction, ForwardingOutcome, Ticket
from plugins.service_desk.services.tickets import NUMBER
from plugins.service_desk.services.work_orders import SOURCE

TICKETS = 60
DAYS = 182
"""How far back the first ticket is."""
CHANNELS = {"TEL": "Telefone", "EMAIL": "E-mail", "WPP": "WhatsApp", "VIS": "Visita", "BAL": "Balcão"}
FORWARDING_OUTCOMES = {
    "RES": "Resolvido",
    "ORC": "Orçamento enviado",
    "VIS": "Visita agendada",
    "SEM": "Sem solução",
}


@dataclass(frozen=True)
class _Desk:
    """How one company uses the service desk.

    Args:
        writers: logins of those who include tickets; the last one may open closed ones again.
        work_order_every: of how many tickets one has a work order.
    """

    parameters: Mapping[str, bool]
    reports: Reports
    knowledge: Knowledge
    words: Conversations
    writers: tuple[str, ...]
    work_order_every: int


DESKS = {
    "aurora": _Desk(
        parameters={"enabled": True, "customer_products": True, "auto_work_order": True},
        reports=AURORA,
        knowledge=aurora.KNOWLEDGE,
        words=conversations.AURORA,
        writers=("bruno", "sofia"),
        work_order_every=3,
    ),
    "boreal": _Desk(
        parameters={"enabled": True},
        reports=BOREAL,
        knowledge=boreal.KNOWLEDGE,
        words=conversations.BOREAL,
        writers=("carla", "ana"),
        work_order_every=4,
    ),
}


def load(demo: DemoCompany) -> None:
    """Switch the service desk on where the demo uses it, and fill it."""
    desk = DESKS.get(demo.company.code)
    if desk is None:
        return
    demo.set_parameters("service_desk", desk.parameters)
    channels = [Channel(company_id=demo.company.id, code=code, name=name) for code, name in CHANNELS.items()]
    outcomes = [
        ForwardingOutcome(company_id=demo.company.id, code=code, name=name)
        for code, name in FORWARDING_OUTCOMES.items()
    ]
    db.session.add_all([*channels, *outcomes])
    known = add_knowledge(demo, desk.knowledge)
    tickets = [_ticket(demo, desk, channels, at, place) for place, at in enumerate(_openings(demo))]
    db.session.add_all(tickets)
    db.session.flush()
    for place, ticket in enumerate(tickets[:: desk.work_order_every]):
        _add_work_order(demo, ticket, place)
    Story(
        demo=demo,
        random=Random(f"{demo.company.code}, stories"),  # noqa: S311  the same each time is what is wanted
        general=desk.reports.general,
        words=desk.words,
        known=known,
        channels=channels,
        outcomes=outcomes,
        reopener=demo.members[desk.writers[-1]].id,
    ).tell(tickets)


def _openings(demo: DemoCompany) -> list[datetime]:
    """Instants within working hours, from six months ago to yesterday, ascending."""
    openings = []
    for position in range(TICKETS):
        days_ago = 1 + round((DAYS - 1) * position / (TICKETS - 1))
        weekday = (demo.today - timedelta(days=days_ago)).weekday()
        # Nobody is there on a weekend: the contact came on the Friday before.
        days_ago += max(0, weekday - 4)
        openings.append(demo.instant(days_ago, demo.random.randrange(8, 18), demo.random.randrange(60)))
    return sorted(openings)


def _ticket(demo: DemoCompany, desk: _Desk, channels: list[Channel], at: datetime, place: int) -> Ticket:
    subject, product = _subject(demo, desk, place)
    technician = demo.random.choice([t for t in demo.technicians if _is_there(demo, t, at)])
    closed_at = _closing(demo, at, place)
    return Ticket(
        **subject,
        company_id=demo.company.id,
        opened_at=at,
        created_at=at,
        direction=Direction.OUTBOUND if place % 9 == 4 else Direction.INBOUND,
        is_product_specific=product is not None and place % 3 != 1,
        technician_id=technician.id,
        channel_id=demo.random.choices(channels, weights=(10, 6, 8, 2, 3))[0].id,
        problem=_problem(demo, desk.reports, product, is_prospect="prospect_id" in subject),
        closed_at=closed_at,
        closed_by_id=technician.id if closed_at else None,
        request_key=UUID(int=demo.random.getrandbits(128)),
        created_by_id=demo.members[demo.random.choice(desk.writers)].id,
        number=next_number(demo.company, NUMBER),
    )


def _subject(demo: DemoCompany, desk: _Desk, place: int) -> tuple[dict[str, int], Product | None]:
    """The ids of party and product (R2 decides of which kind), and the catalogue product behind them."""
    names_product = place % 5 != 2
    if place % 7 == 3:
        prospect = demo.prospects[place // 7 % len(demo.prospects)]
        product = demo.random.choice(demo.products) if names_product else None
        return {"prospect_id": prospect.id} | ({"product_id": product.id} if product else {}), product
    customer = demo.random.choice([c for c in demo.customers if c.is_active])
    subject = {"customer_id": customer.id}
    if not names_product:
        return subject, None
    if not desk.parameters.get("customer_products"):
        product = demo.random.choice(demo.products)
        return subject | {"product_id": product.id}, product
    owned = demo.random.choice([p for p in demo.customer_products if p.customer_id == customer.id])
    product = next(p for p in demo.products if p.id == owned.product_id)
    return subject | {"customer_product_id": owned.id}, product


def _is_there(demo: DemoCompany, technician: Technician, at: datetime) -> bool:
    return technician.dismissed_on is None or at < demo.instant(
        (demo.today - technician.dismissed_on).days, 0
    )


def _problem(demo: DemoCompany, reports: Reports, product: Product | None, *, is_prospect: bool) -> str:
    texts = reports.interest if is_prospect else reports.about(product.code if product else "")
    return f"{demo.random.choice(texts)} {demo.random.choice(CIRCUMSTANCES)}".strip()


def _closing(demo: DemoCompany, at: datetime, place: int) -> datetime | None:
    """When the ticket was closed: most of the last twelve are open, and of the others a few."""
    if place % 5 in {1, 2, 4} if place >= TICKETS - 12 else place % 14 == 8:
        return None
    age = (demo.instant(0, 0) - at).days
    after = min(demo.random.randrange(12), age)
    # As «Data de Encerramento» stores an earlier day.
    return demo.end_of_day(days_ago=age + 1 - after)


def _add_work_order(demo: DemoCompany, ticket: Ticket, place: int) -> None:
    if ticket.closed_at is None:
        status = WorkOrderStatus.IN_PROGRESS if place % 2 else WorkOrderStatus.OPEN
    else:
        status = WorkOrderStatus.CANCELLED if place % 8 == 1 else WorkOrderStatus.DONE
    demo.add_work_order(
        source=SOURCE,
        source_id=ticket.id,
        at=ticket.opened_at + timedelta(minutes=1),
        status=status,
        subject={
            "customer_id": ticket.customer_id,
            "prospect_id": ticket.prospect_id,
            "product_id": ticket.product_id,
            "customer_product_id": ticket.customer_product_id,
            "technician_id": ticket.technician_id,
        },
        problem=ticket.problem,
        work_done=demo.random.choice(WORK_DONE) if status is WorkOrderStatus.DONE else "",
        actor=next(user for user in demo.members.values() if user.id == ticket.created_by_id),
    )
