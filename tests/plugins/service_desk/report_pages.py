"""Reads the report's page as a reader would: filters in words, heads, lines, totals, links."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from flask.testing import FlaskClient

from app.database import company_scope, db, transaction
from plugins.service_desk.models import Direction, Forwarding, Interaction, Reopening, Ticket
from tests.world import World

PAGE = "/c/{}/service-desk/reports/tickets"


@dataclass
class Cell:
    """What a cell shows, and where it leads."""

    text: str = ""
    url: str = ""
    sort: str = ""
    span: int = 1


@dataclass
class Line:
    """A line of a table: its class says what it is (`answer-break`, …), where it isn't a plain one."""

    kind: str
    cells: list[Cell] = field(default_factory=list)

    @property
    def texts(self) -> list[str]:
        return [cell.text for cell in self.cells]


@dataclass
class Answer:
    """The answer on a page; `lines` are those of its last table, heads and totals not among them."""

    html: str
    stated: dict[str, str]
    tables: list[list[Line]]
    pages: dict[str, str]

    @property
    def lines(self) -> list[Line]:
        return [line for line in self._table[1:] if line.kind != "answer-total"]

    @property
    def heads(self) -> list[Cell]:
        return self._table[0].cells

    @property
    def total(self) -> Line:
        return next(line for line in self._table if line.kind == "answer-total")

    @property
    def _table(self) -> list[Line]:
        return self.tables[-1] if self.tables else []

    @property
    def rows(self) -> list[Line]:
        """The plain ones."""
        return [line for line in self.lines if not line.kind]

    def column(self, label: str) -> list[str]:
        """The values of the column with this head."""
        place = [head.text for head in self.heads].index(label)
        return [row.cells[place].text for row in self.rows]

    @property
    def numbers(self) -> list[int]:
        """The tickets' numbers, in the order of their lines."""
        return [int(number) for number in self.column("Número")] if self.tables else []


class _Reader(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tables: list[list[Line]] = []
        self.stated: list[list[str]] = []
        self.pages: dict[str, str] = {}
        self._text: list[str] | None = None
        self._link = ""
        self._is_in_pager = False
        # What follows the page's own content are templates of scripts.
        self.feed(html.partition("</main>")[0])

    def handle_starttag(self, tag, attrs):
        a = {name: value or "" for name, value in attrs}
        if tag == "table":
            self.tables.append([])
        elif tag == "tr" and self.tables:
            self.tables[-1].append(Line(a.get("class", "")))
        elif tag in ("th", "td") and self.tables:
            cell = Cell(sort=a.get("aria-sort", ""), span=int(a.get("colspan", 1)))
            self.tables[-1][-1].cells.append(cell)
            self._text = []
        elif tag in ("dt", "dd"):
            self._text = []
        elif tag == "nav":
            self._is_in_pager = a.get("class") == "pager"
        elif tag == "a":
            self._link = a.get("href", "")
            if self._is_in_pager:
                self._text = []
            elif self._text is not None and self.tables:
                self.tables[-1][-1].cells[-1].url = self._link

    def handle_data(self, data):
        if self._text is not None:
            self._text.append(data)

    def handle_endtag(self, tag):
        # A soft hyphen is no letter.
        text = " ".join("".join(self._text or ()).replace("\xad", "").split())
        if tag in ("th", "td"):
            self.tables[-1][-1].cells[-1].text = text
        elif tag in ("dt", "dd"):
            self.stated.append([tag, text])
        elif tag == "a" and self._is_in_pager:
            self.pages[text] = self._link
        elif tag == "nav":
            self._is_in_pager = False
        if tag in ("th", "td", "dt", "dd"):
            self._text = None


def answer_of(html: str) -> Answer:
    """The answer that a page shows."""
    found = _Reader(html)
    labels = [text.removesuffix(":") for tag, text in found.stated if tag == "dt"]
    values = [text for tag, text in found.stated if tag == "dd"]
    return Answer(html, dict(zip(labels, values, strict=False)), found.tables, found.pages)


def ask(client: FlaskClient, query: str = "", company: str = "aurora") -> Answer:
    """The answer to a query string."""
    return follow(client, f"{PAGE.format(company)}?{query}")


def follow(client: FlaskClient, url: str) -> Answer:
    """The answer behind a link."""
    response = client.get(url.partition("#")[0])
    assert response.status_code == 200, response.status_code
    return answer_of(response.text)


# ── What there is to report ──────────────────────────────────────────────────────────────────────────


def at(month: int, day: int, hour: int = 12) -> datetime:
    """An instant of 2024: by default nine o'clock in aurora."""
    return datetime(2024, month, day, hour, tzinfo=UTC)


def add_tickets(world: World) -> None:
    """Nine tickets of 2024, 7001 to 7009, that differ in all that the report tells."""
    rows = world.rows["aurora"]
    own = {"company_id": world.aurora.id}
    product = {"customer_product_id": rows.customer_product.id}
    closed = {"closed_by_id": rows.technician.id}
    tickets = [
        {"opened_at": at(1, 10), "known_problem_id": rows.known_problem.id},
        {"opened_at": at(1, 20), "closed_at": at(2, 20), **closed, **product},
        {
            "opened_at": at(2, 1),
            "closed_at": at(2, 3),
            **closed,
            "technician_id": rows.inactive_technician.id,
        },
        {"opened_at": at(2, 15), "customer_id": rows.other_customer.id, "product_id": rows.product.id},
        {"opened_at": at(3, 1), "closed_at": at(3, 9), **closed, "direction": Direction.OUTBOUND},
        {"opened_at": at(3, 5), "customer_id": None, "prospect_id": rows.prospect.id},
        {"opened_at": at(4, 1), "channel_id": rows.inactive_channel.id, **product},
        {"opened_at": at(5, 1), "problem": "=1+1 não é fórmula"},
        {"opened_at": at(6, 1), "closed_at": at(6, 2), **closed},
    ]
    with company_scope(world.aurora), transaction():
        made = [ticket(world, number, **values) for number, values in enumerate(tickets, 7001)]
        db.session.add_all(made)
        db.session.flush()
        for place, hours in ((0, 1), (1, 2), (1, 3), (4, 1)):
            db.session.add(contact(made[place], rows, at(3, 10 + place), hours))
        sent = {**own, "department_id": rows.department.id}
        answered = {
            "answered_by_id": rows.technician.id,
            "outcome_id": rows.forwarding_outcome.id,
            "answer": "Feito",
        }
        for place, month, answer_month in ((0, 1, None), (1, 1, 2), (3, 3, None), (3, 2, 4), (4, 3, 3)):
            db.session.add(
                Forwarding(
                    **sent,
                    key=uuid4(),
                    ticket_id=made[place].id,
                    forwarded_at=at(month, 21),
                    **({"answered_at": at(answer_month, 25), **answered} if answer_month else {}),
                )
            )
        undone = {"closed_at": at(5, 2), "closed_by_id": rows.technician.id, "reason": "Voltou"}
        db.session.add(Reopening(**own, ticket_id=made[7].id, reopened_at=at(5, 3), **undone))


def ticket(world: World, number: int, **values: Any) -> Ticket:
    """A ticket of aurora's, not yet stored."""
    rows = world.rows["aurora"]
    return Ticket(
        **{
            "company_id": world.aurora.id,
            "number": number,
            "direction": Direction.INBOUND,
            "customer_id": rows.customer.id,
            "technician_id": rows.technician.id,
            "channel_id": rows.channel.id,
            "problem": f"Não liga, nº {number}",
            "request_key": uuid4(),
        }
        | values
    )


def contact(of: Ticket, rows: SimpleNamespace, start: datetime, hours: int) -> Interaction:
    """A contact of so many hours and five minutes."""
    return Interaction(
        company_id=of.company_id,
        ticket_id=of.id,
        key=uuid4(),
        started_at=start,
        ended_at=start + timedelta(hours=hours, minutes=5),
        channel_id=rows.channel.id,
        direction=Direction.INBOUND,
        contact_name="Dona Ivone",
        finding="Sem pressão",
        guidance="Abrir o registro",
    )
