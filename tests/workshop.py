"""A company of one test's own, whose rows are really committed, and gone afterwards.

For what a rolled-back session can't show: threads, processes, commits, the clock. The owner makes it and
removes it; in between only the serving role works.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any

from flask import Flask
from sqlalchemy import Engine, select, text

from app.companies.models import Company, CompanyParameter
from app.database import Base, bound_to, company_scope, db, transaction
from app.parties.models import Customer
from app.staff.models import Technician
from app.users.models import User
from app.work_orders.handoff import request_work_order
from app.work_orders.models import WorkOrder, WorkOrderRequest
from tests.world import World

_codes = count(1)
SOURCE = "tests.document"


class Workshop:
    """The company with one customer and one technician, and what a test asks of it."""

    def __init__(self, app: Flask, owner_engine: Engine, actor: User) -> None:
        self.app = app
        self.owner_engine = owner_engine
        self.actor = actor
        with app.app_context(), bound_to(owner_engine), transaction():
            self.company = Company(code=f"workshop-{next(_codes)}", name="Workshop")
            db.session.add(self.company)
            db.session.flush()
            own = {"company_id": self.company.id}
            with company_scope(self.company):
                self.customer = Customer(**own, code="C1", name="Workshop's customer")
                self.technician = Technician(**own, code="T1", name="Workshop's technician")
                db.session.add_all([self.customer, self.technician])

    def remove(self) -> None:
        """Delete the company and everything in it."""
        with self.owner_engine.begin() as connection:
            for table in reversed(Base.metadata.sorted_tables):
                if "company_id" in table.c:
                    connection.execute(table.delete().where(table.c.company_id == self.company.id))
            connection.execute(text("DELETE FROM company WHERE id = :id"), {"id": self.company.id})

    def wish(self, source_id: int = 1, sequence: int = 1, **subject: Any) -> int:
        """Record and commit a wish as a request does; return its id."""
        values = {
            "customer_id": self.customer.id,
            "prospect_id": None,
            "product_id": None,
            "customer_product_id": None,
            "technician_id": self.technician.id,
            "problem": f"Document {source_id} doesn't start",
        } | subject
        with self.app.app_context(), company_scope(self.company), transaction():
            request = request_work_order(
                company=self.company,
                actor=self.actor,
                source=SOURCE,
                source_id=source_id,
                sequence=sequence,
                **values,
            )
            return request.id

    def request(self, request_id: int) -> WorkOrderRequest:
        """The request as it is stored now, detached."""
        with self.app.app_context(), company_scope(self.company):
            return db.session.get_one(WorkOrderRequest, request_id)

    def orders(self) -> Sequence[WorkOrder]:
        """The work orders there are, by number, detached."""
        with self.app.app_context(), company_scope(self.company):
            return db.session.scalars(select(WorkOrder).order_by(WorkOrder.number)).all()

    def set_parameter(self, module: str, name: str, value: object) -> None:
        """Switch a parameter, past the screen."""
        with self.app.app_context(), company_scope(self.company), transaction():
            row = db.session.scalar(select(CompanyParameter).filter_by(module=module, name=name))
            if row is None:
                row = CompanyParameter(company_id=self.company.id, module=module, name=name)
                db.session.add(row)
            row.value = value

    def sql(self, statement: str, **values: Any) -> None:
        """Change something as the owner; `:company` is this company's id."""
        with self.owner_engine.begin() as connection:
            connection.execute(text(statement), {"company": self.company.id} | values)

    def end_leases(self) -> None:
        """Let time pass: every lease is over, every pause too."""
        self.sql("UPDATE work_order_request SET available_at = now() WHERE company_id = :company")


@contextmanager
def workshop_of(app: Flask, owner_engine: Engine, world: World) -> Iterator[Workshop]:
    """A workshop for the block; bruno is its actor."""
    shop = Workshop(app, owner_engine, world.users["bruno"])
    try:
        yield shop
    finally:
        shop.remove()
