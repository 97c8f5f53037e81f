"""A few tickets of a test's own, whose answers are worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from app.database import company_scope, db
from app.parties.models import Customer
from app.reports.sheets import Line, LineKind, Sheet
from plugins.service_desk.models import Direction, Forwarding, Interaction, Ticket
from plugins.service_desk.reports.question import Question
from tests.plugins.service_desk.reports.data import Desk
from tests.plugins.service_desk.reports.questions import Asked, answer

_numbers = count(800_001)


class Case:
    """A customer of a company, whose tickets are only those that the test opens. Times are local, `fold=1`
    for the second of two hours that read the same.
    """

    def __init__(self, desk: Desk, code: str = "aurora", name: str = "Caso") -> None:
        self.desk, self.code = desk, code
        self.company, self.rows = desk.companies[code], desk.rows[code]
        with company_scope(self.company):
            customer = Customer(company_id=self.company.id, code=f"X{next(_numbers)}", name=name)
            db.session.add(customer)
            db.session.flush()
            self.customer_id = customer.id

    def at(self, text: str, fold: int = 0) -> datetime:
        """The instant of a local time."""
        local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(self.company.timezone), fold=fold)
        return local.astimezone(UTC)

    def ticket(
        self,
        opened: datetime,
        closed: datetime | None = None,
        contacts: Sequence[tuple[datetime, datetime]] = (),
        forwardings: Sequence[tuple[datetime, datetime | None]] = (),
        **more: Any,
    ) -> int:
        """Its id."""
        own, number = {"company_id": self.company.id}, next(_numbers)
        technician = self.rows.technicians[0]
        values = {
            "number": number,
            "request_key": UUID(int=number),
            "opened_at": opened,
            "closed_at": closed,
            "closed_by_id": closed and technician.id,
            "direction": Direction.INBOUND,
            "customer_id": self.customer_id,
            "technician_id": technician.id,
            "channel_id": self.rows.channels[0].id,
            "problem": "Caso",
        }
        with company_scope(self.company):
            ticket = Ticket(**own, **(values | more))
            db.session.add(ticket)
            db.session.flush()
            own["ticket_id"] = ticket.id
            texts = {"contact_name": "Ana", "finding": "a", "guidance": "b"}
            for start, end in contacts:
                contact = {"started_at": start, "ended_at": end, "direction": Direction.INBOUND, **texts}
                key = UUID(int=next(_numbers))
                db.session.add(Interaction(**own, key=key, channel_id=self.rows.channels[0].id, **contact))
            for sent, answered in forwardings:
                answer = {
                    "answered_at": answered,
                    "answered_by_id": technician.id,
                    "outcome_id": self.rows.outcomes[0].id,
                    "answer": "Feito",
                }
                forwarding = {"forwarded_at": sent, **(answer if answered else {})}
                key = UUID(int=next(_numbers))
                db.session.add(
                    Forwarding(**own, key=key, department_id=self.rows.departments[0].id, **forwarding)
                )
            db.session.flush()
            return ticket.id

    def ask(self, **parts: Any) -> tuple[Sheet, list[Line]]:
        """The report about this customer."""
        question = Question(**{"customer_id": self.customer_id} | parts)
        return answer(self.desk, Asked(question, self.code))

    def rows_of(self, **parts: Any) -> list[dict[str, Any]]:
        """Its rows, by column."""
        sheet, lines = self.ask(**parts)
        return [values(sheet, line) for line in lines if line.kind is LineKind.ROW]

    def total(self, **parts: Any) -> dict[str, Any]:
        """Its last line, by column."""
        sheet, lines = self.ask(**parts)
        return values(sheet, lines[-1])


def values(sheet: Sheet, line: Line) -> dict[str, Any]:
    return {column.key: value for column, value in zip(sheet.columns, line.values, strict=True)}
