"""What a plugin's demo module gets: a company, its rows, and ways to add what only the host may write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from app.clock import end_of_day, local_instant
from app.companies.models import Company, CompanyParameter
from app.companies.numbering import next_number
from app.database import db
from app.parties.models import Customer, Prospect
from app.products.models import CustomerProduct, Product
from app.staff.models import Technician
from app.users.models import User
from app.work_orders.handoff import NUMBER
from app.work_orders.models import RequestStatus, WorkOrder, WorkOrderRequest, WorkOrderStatus


@dataclass(frozen=True)
class DemoCompany:
    """A demo company in whose scope `load` runs.

    Args:
        today: the company's calendar day, from which everything is counted back.
        random: chance that falls the same way each time.
        members: the users by login.
    """

    company: Company
    today: date
    random: Random
    members: Mapping[str, User]
    customers: tuple[Customer, ...] = ()
    prospects: tuple[Prospect, ...] = ()
    products: tuple[Product, ...] = ()
    customer_products: tuple[CustomerProduct, ...] = ()
    technicians: tuple[Technician, ...] = ()

    def instant(self, days_ago: int, hour: int, minute: int = 0) -> datetime:
        """The instant of a local hour some days ago."""
        return local_instant(self.today - timedelta(days=days_ago), time(hour, minute), self.company.timezone)

    def end_of_day(self, days_ago: int) -> datetime:
        """The last second of a local day."""
        return end_of_day(self.today - timedelta(days=days_ago), self.company.timezone)

    def set_parameters(self, module: str, values: Mapping[str, bool | str]) -> None:
        """Store parameters of the company, unchecked and unaudited."""
        db.session.add_all(
            CompanyParameter(company_id=self.company.id, module=module, name=name, value=value)
            for name, value in values.items()
        )

    def add_work_order(
        self,
        *,
        source: str,
        source_id: int,
        at: datetime,
        status: WorkOrderStatus,
        subject: Mapping[str, int | None],
        problem: str,
        work_done: str,
        actor: User,
    ) -> None:
        """Add a work order and the request it was made from, as the hand-off would have left them at `at`.

        Args:
            subject: `customer_id`, `prospect_id`, `product_id`, `customer_product_id`, `technician_id`.
        """
        copied = {**subject, "problem": problem, "company_id": self.company.id, "created_at": at}
        order = WorkOrder(
            **copied,
            number=next_number(self.company, NUMBER),
            status=status,
            opened_at=at,
            scheduled_at=at + timedelta(days=2),
            work_done=work_done,
            source=source,
            source_id=source_id,
            created_by_id=actor.id,
        )
        db.session.add(order)
        db.session.flush()
        request = WorkOrderRequest(
            **copied,
            source=source,
            source_id=source_id,
            sequence=1,
            status=RequestStatus.DONE,
            attempts=1,
            available_at=at,
            done_at=at,
            work_order_id=order.id,
            requested_by_id=actor.id,
        )
        db.session.add(request)
