"""What is measured: the requests of one client each, and the share of `hello` that the issue aims at."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from app.clock import now, to_local
from plugins.service_desk.demo.seeding import COMMON_WORD, RARE_WORD
from tests.bench.load import Result
from tests.bench.portal import COMPANY, Portal, Visit

TICKETS = f"/c/{COMPANY}/service-desk/tickets"
TIMEZONE = "America/Sao_Paulo"
DIFFERENT = 50
"""How many different pages or forms a client goes through."""
DRAIN_TIMEOUT = 120.0
SOURCE = "service_desk.ticket"


@dataclass(frozen=True)
class Scenario:
    """A route as clients use it; `aim` is the wanted share of `hello` in per cent."""

    name: str
    aim: float | None
    status: int
    requests: Callable[[Portal, Visit], list[str]]

    def measure(self, portal: Portal, *, clients: int, seconds: float) -> Result:
        """Let so many clients use it for so long."""
        requests = [self.requests(portal, portal.visit()) for _ in range(clients)]
        return portal.load(requests, status=self.status, seconds=seconds)


@dataclass(frozen=True)
class Pipeline(Scenario):
    """Inclusion with «Gera a OS sem perguntar»: done when the last work order exists.

    Latencies are from the commit of the wish to the work order's; the clients don't wait for it, so that
    with many of them it is mostly time in the queue.
    """

    def measure(self, portal: Portal, *, clients: int, seconds: float) -> Result:
        portal.execute(
            "INSERT INTO company_parameter (company_id, module, name, value)"
            " SELECT id, 'service_desk', 'auto_work_order_silently', 'true' FROM company WHERE code = :code",
            code=COMPANY,
        )
        last = portal.scalar("SELECT max(id) FROM work_order_request")
        result = super().measure(portal, clients=clients, seconds=seconds)
        portal.execute("DELETE FROM company_parameter WHERE name = 'auto_work_order_silently'")
        waiting = "SELECT count(*) FROM work_order_request WHERE status <> 'done'"
        deadline = time.monotonic() + DRAIN_TIMEOUT
        while portal.scalar(waiting) and time.monotonic() < deadline:
            time.sleep(0.05)
        if left := portal.scalar(waiting):
            result.failures["not made"] = left
        made = "FROM work_order_request WHERE id > :last AND status = 'done'"
        result.started = portal.scalar(
            f"SELECT extract(epoch FROM min(created_at))::float8 {made}", last=last
        )
        result.ended = portal.scalar(f"SELECT extract(epoch FROM max(done_at))::float8 {made}", last=last)
        result.latencies = portal.column(
            f"SELECT extract(epoch FROM done_at - created_at)::float8 {made}", last=last
        )
        return result


def _same(path: str) -> Callable[[Portal, Visit], list[str]]:
    return lambda portal, visit: [visit.get(path)]


def _login_page(portal: Portal, visit: Visit) -> list[str]:
    return [Visit(visit.port, "none=1", "").get("/login")]


def _ticket_pages(portal: Portal, visit: Visit) -> list[str]:
    ids = portal.column(
        "SELECT id FROM service_desk_ticket t WHERE company_id = (SELECT id FROM company WHERE code = :code)"
        " ORDER BY md5(id::text) LIMIT :most",
        code=COMPANY,
        most=DIFFERENT,
    )
    return [visit.get(f"{TICKETS}/{ticket_id}") for ticket_id in ids]


def _inclusions(portal: Portal, visit: Visit) -> list[str]:
    return [visit.post(f"{TICKETS}/new", _form(portal)) for _ in range(DIFFERENT)]


def _form(portal: Portal) -> dict[str, Any]:
    with portal.engine.begin() as connection:
        row = connection.exec_driver_sql(
            "SELECT p.id AS owned, p.code || ' · ' || p.name AS owned_label, c.id AS customer,"
            " c.code || ' · ' || c.name AS customer_label, t.id AS technician,"
            " t.code || ' · ' || t.name AS technician_label, ch.id AS channel,"
            " ch.code || ' · ' || ch.name AS channel_label"
            " FROM customer_product p JOIN customer c ON c.id = p.customer_id"
            " JOIN technician t ON t.company_id = p.company_id"
            " JOIN service_desk_channel ch ON ch.company_id = p.company_id"
            " WHERE p.company_id = (SELECT id FROM company WHERE code = %s)"
            " OFFSET %s LIMIT 1",
            (COMPANY, random.randrange(5_000)),
        ).one()
    opened = to_local(now() - timedelta(hours=1), TIMEZONE)
    return {
        "opened_on": opened.date().isoformat(),
        "opened_time": f"{opened:%H:%M}",
        "direction": "inbound",
        "party_kind": "customer",
        "customer": row.customer_label,
        "customer_id": row.customer,
        "asked_party": f"customer:{row.customer}",
        "is_product_specific": "y",
        "customer_product": row.owned_label,
        "customer_product_id": row.owned,
        "technician": row.technician_label,
        "technician_id": row.technician,
        "channel": row.channel_label,
        "channel_id": row.channel,
        "problem": "O equipamento desliga sozinho depois de alguns minutos e o visor mostra um código. " * 3,
    }


ROWS = {"interactions": 10, "forwardings": 5}
"""Of the document that is saved and opened as a whole (R17, R19)."""


def _documents(portal: Portal, visit: Visit) -> list[str]:
    return [visit.post(f"{TICKETS}/new", _document(portal)) for _ in range(DIFFERENT)]


def _document(portal: Portal) -> dict[str, Any]:
    form = _form(portal)
    with portal.engine.begin() as connection:
        department, outcome = connection.exec_driver_sql(
            "SELECT d.id, o.id FROM department d JOIN service_desk_forwarding_outcome o USING (company_id)"
            " WHERE company_id = (SELECT id FROM company WHERE code = %s) LIMIT 1",
            (COMPANY,),
        ).one()
    yesterday = to_local(now() - timedelta(days=1), TIMEZONE).date()
    form |= {"opened_on": (yesterday - timedelta(days=1)).isoformat(), "opened_time": "09:00"}
    for place in range(ROWS["interactions"]):
        row = {
            "occurred_on": yesterday.isoformat(),
            "start_time": f"{8 + place:02}:00",
            "end_time": f"{8 + place:02}:20",
            "channel": form["channel"],
            "channel_id": form["channel_id"],
            "direction": "outbound",
            "contact_name": "Responsável",
            "finding": "O visor mostra um código de erro depois de alguns minutos de uso. " * 2,
            "guidance": "Desligar da tomada por dez minutos e observar se o código volta a aparecer. " * 2,
        }
        form |= {f"interactions-{place}-{name}": value for name, value in row.items()}
    for place in range(ROWS["forwardings"]):
        row = {"department_id": department, "forwarded_on": yesterday.isoformat()}
        if place % 2:
            row |= {
                "answered_on": yesterday.isoformat(),
                "answered_by": form["technician"],
                "answered_by_id": form["technician_id"],
                "outcome_id": outcome,
                "answer": "A peça foi trocada em garantia.",
            }
        form |= {f"forwardings-{place}-{name}": value for name, value in row.items()}
    return form


def _document_pages(portal: Portal, visit: Visit) -> list[str]:
    ids = portal.column(
        "SELECT ticket_id FROM service_desk_interaction"
        " WHERE company_id = (SELECT id FROM company WHERE code = :code)"
        " GROUP BY ticket_id HAVING count(*) = :rows ORDER BY ticket_id DESC LIMIT :most",
        code=COMPANY,
        rows=ROWS["interactions"],
        most=DIFFERENT,
    )
    return [visit.get(f"{TICKETS}/{ticket_id}") for ticket_id in ids]


HELLO = Scenario("hello", None, 200, _same("/hello/"))
SCENARIOS = (
    Scenario("login page", None, 200, _login_page),
    Scenario("ticket list", 8, 200, _same(TICKETS)),
    Scenario("ticket page", 8, 200, _ticket_pages),
    Scenario("inclusion", 8, 303, _inclusions),
    Scenario("10 + 5 rows saved", None, 303, _documents),
    Scenario("10 + 5 rows opened", None, 200, _document_pages),
    Pipeline("inclusion → OS", 4, 303, _inclusions),
    Scenario("search, rare word", 3, 200, _same(f"{TICKETS}?q={RARE_WORD}")),
    Scenario("search, common word", 3, 200, _same(f"{TICKETS}?q={COMMON_WORD}")),
)
