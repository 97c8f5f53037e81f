"""Verbs of the work orders. The hand-off's are in `handoff.py`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar, Unpack
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.attributes import set_committed_value

from app.audit.services import changes_of, record
from app.clock import NoSuchTime, end_of_day, local_instant, now, to_local, today
from app.companies.numbering import next_number
from app.database import db
from app.errors import BusinessError, ChangedMeanwhile
from app.parties.models import Customer, Prospect
from app.parties.queries import hold_prospect
from app.plugin_api.hooks import work_order_cancelled, work_order_opened
from app.products.models import CustomerProduct, Product
from app.registers.services import chosen
from app.staff.models import Technician
from app.work_orders import queries
from app.work_orders.handoff import NUMBER
from app.work_orders.models import WorkOrder, WorkOrderRequest, WorkOrderStatus

if TYPE_CHECKING:
    from app.companies.models import Company
    from app.users.models import User


Document = TypeVar("Document", WorkOrder, WorkOrderRequest)


class PartyMissing(BusinessError):
    """A work order is for exactly one party."""

    field = "customer"
    message = _l("Choose a customer or a prospect.")


class TwoParties(BusinessError):
    """A work order is for exactly one party."""

    field = "prospect"
    message = _l("A work order is for a customer or for a prospect: leave one of the two empty.")


class TwoProducts(BusinessError):
    """A work order is about one product at most."""

    field = "product"
    message = _l("Choose a product or a customer's product: leave one of the two empty.")


class AnotherCustomersProduct(BusinessError):
    """R9: a customer's product is offered for that customer only."""

    rule = "R9"
    field = "customer_product"
    message = _l("This product doesn't belong to the chosen customer (R9).")


class NotAController(BusinessError):
    """R22b: only technicians marked as controllers may be the controller of a work order."""

    rule = "R22b"
    field = "controller"
    message = _l("This technician isn't a controller (R22b).")


class HourNeverWas(BusinessError):
    """R17: an hour that clocks skipped."""

    rule = "R17"
    message = _l("This hour never was: clocks went forward over it.")


class OpenedInFuture(BusinessError):
    """A work order is opened now or was opened before."""

    message = _l("The opening can't be in the future.")


class ScheduledHourWithoutDay(BusinessError):
    """An hour alone says nothing."""

    field = "scheduled_on"
    message = _l("Give the date of this hour.")


class ScheduledBeforeOpening(BusinessError):
    """Work is scheduled after it was asked for."""

    field = "scheduled_on"
    message = _l("The scheduled date can't be before the opening.")


class WorkOrderIsFinal(BusinessError):
    """A work order that is done or cancelled is read-only."""

    message = _l("This work order is done or cancelled: it can only be read.")


class AlreadySaved(BusinessError):
    """The same form was saved by another request at the same instant."""

    message = _l("This form was already saved.")


class Details(TypedDict):
    """What a form says about a work order; days and hours are the company's local ones."""

    status: WorkOrderStatus
    customer_id: int | None
    prospect_id: int | None
    product_id: int | None
    customer_product_id: int | None
    technician_id: int | None
    controller_id: int | None
    opened_on: date
    opened_time: time
    scheduled_on: date | None
    scheduled_time: time | None
    problem: str
    work_done: str


def open_work_order(
    *, company: Company, actor: User, request_key: UUID, **details: Unpack[Details]
) -> WorkOrder:
    """Make a work order by hand; a form posted twice finds the first one.

    Raises:
        AlreadySaved: the same form is being saved elsewhere; look it up by its key after the rollback.
        BusinessError: a rule refuses the details.
    """
    existing = queries.work_order_by_key(company, request_key)
    if existing is not None:
        return existing
    work_order = WorkOrder(company_id=company.id, created_by_id=actor.id, request_key=request_key)
    _take_over(company, work_order, details)
    work_order.number = next_number(company, NUMBER)
    db.session.add(work_order)
    changes = changes_of(work_order)
    try:
        db.session.flush()
    except IntegrityError as error:
        if "uq_work_order_company_id_request_key" in str(error.orig):
            raise AlreadySaved from error
        raise
    _record(company, actor, work_order, "created", changes)
    work_order_opened.send(company, work_order=work_order, actor_id=actor.id)
    return work_order


def change_work_order(
    *,
    company: Company,
    actor: User,
    work_order: WorkOrder,
    version: int | None,
    **details: Unpack[Details],
) -> None:
    """Write what a form says about a saved work order.

    Args:
        version: the version that the form showed (R24).

    Raises:
        ChangedMeanwhile, StaleDataError: somebody saved it after the form was opened (R24).
        WorkOrderIsFinal: it is done or cancelled.
        BusinessError: a rule refuses the details.
    """
    if version is None:
        raise ChangedMeanwhile
    if work_order.is_final:
        # Whoever saved first may have closed it: then this is a conflict, not only a refusal.
        raise WorkOrderIsFinal if version == work_order.version else ChangedMeanwhile
    set_committed_value(work_order, "version", version)
    _take_over(company, work_order, details)
    if changes := changes_of(work_order):
        db.session.flush()
        _record(company, actor, work_order, "changed", changes)


def cancel_work_order(*, company: Company, actor: User, work_order: WorkOrder) -> None:
    """Cancel a work order for good; what it was made from may then ask for another one (R21).

    Raises:
        WorkOrderIsFinal: it is already done or cancelled.
        StaleDataError: somebody saved it at the same instant.
    """
    if work_order.is_final:
        raise WorkOrderIsFinal
    work_order.status = WorkOrderStatus.CANCELLED
    changes = changes_of(work_order)
    db.session.flush()
    _record(company, actor, work_order, "cancelled", changes)
    work_order_cancelled.send(company, work_order=work_order, actor=actor)


def follow_converted_prospect(*, company: Company, prospect_id: int, customer_id: int, actor: User) -> None:
    """Hook receiver: the prospect's work orders and waiting wishes become the customer's.

    Wishes first, under their locks: a worker that is just making one of them has then either made a work
    order that the second step sees, or will read the customer.
    """
    rows: list[WorkOrderRequest | WorkOrder] = [
        *_locked_of_prospect(company, WorkOrderRequest, prospect_id),
        *_locked_of_prospect(company, WorkOrder, prospect_id),
    ]
    for row in rows:
        row.prospect_id, row.customer_id = None, customer_id
        _record(company, actor, row, "changed", changes_of(row))
    db.session.flush()


def _locked_of_prospect(company: Company, model: type[Document], prospect_id: int) -> Sequence[Document]:
    return db.session.scalars(
        select(model)
        .where(model.company_id == company.id, model.prospect_id == prospect_id)
        .order_by(model.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def scheduled_parts(work_order: WorkOrder, timezone: str) -> tuple[date | None, time | None]:
    """The scheduled day and hour as they were given.

    A day without an hour is stored as its last second; a given hour has whole minutes.
    """
    if work_order.scheduled_at is None:
        return None, None
    local = to_local(work_order.scheduled_at, timezone)
    return local.date(), None if local.second else local.time().replace(tzinfo=None)


# ── The rules of the details ─────────────────────────────────────────────────────────────────────────


def _take_over(company: Company, work_order: WorkOrder, details: Details) -> None:
    """Check the details, then write them: a refusal leaves the work order as it was."""
    _check_subject(company, work_order, details)
    opened_at = _opening(company, work_order, details)
    scheduled_at = _schedule(company, opened_at, details)
    work_order.status = details["status"]
    work_order.customer_id = details["customer_id"]
    work_order.prospect_id = details["prospect_id"]
    work_order.product_id = details["product_id"]
    work_order.customer_product_id = details["customer_product_id"]
    work_order.technician_id = details["technician_id"]
    work_order.controller_id = details["controller_id"]
    work_order.opened_at = opened_at
    work_order.scheduled_at = scheduled_at
    work_order.problem = details["problem"]
    work_order.work_done = details["work_done"]


def _check_subject(company: Company, saved: WorkOrder, details: Details) -> None:
    """Party, product, technician, controller: active, or what the saved work order already names (R10)."""
    hold_prospect(company, details["prospect_id"])
    customer = chosen(company, Customer, details["customer_id"], field="customer", kept_id=saved.customer_id)
    prospect = chosen(company, Prospect, details["prospect_id"], field="prospect", kept_id=saved.prospect_id)
    if customer is None and prospect is None:
        raise PartyMissing
    if customer is not None and prospect is not None:
        raise TwoParties
    product = chosen(company, Product, details["product_id"], field="product", kept_id=saved.product_id)
    owned = chosen(
        company,
        CustomerProduct,
        details["customer_product_id"],
        field="customer_product",
        kept_id=saved.customer_product_id,
    )
    if product is not None and owned is not None:
        raise TwoProducts
    if owned is not None and (customer is None or owned.customer_id != customer.id):
        raise AnotherCustomersProduct
    chosen(company, Technician, details["technician_id"], field="technician", kept_id=saved.technician_id)
    controller = chosen(
        company, Technician, details["controller_id"], field="controller", kept_id=saved.controller_id
    )
    if controller is not None and not (controller.is_controller or controller.id == saved.controller_id):
        raise NotAController


def _opening(company: Company, saved: WorkOrder, details: Details) -> datetime:
    day, hour = details["opened_on"], details["opened_time"]
    if saved.opened_at is not None:
        # The form shows minutes: the seconds stay as long as nobody types another minute.
        local = to_local(saved.opened_at, company.timezone).replace(second=0, microsecond=0)
        if (local.date(), local.time()) == (day, hour):
            return saved.opened_at
    opened_at = _instant(company, day, hour, field="opened_time")
    if opened_at > now():
        raise OpenedInFuture("opened_on" if day > today(company.timezone) else "opened_time")
    return opened_at


def _schedule(company: Company, opened_at: datetime, details: Details) -> datetime | None:
    day, hour = details["scheduled_on"], details["scheduled_time"]
    if day is None:
        if hour is not None:
            raise ScheduledHourWithoutDay
        return None
    if hour is None:
        scheduled_at = end_of_day(day, company.timezone)
    else:
        scheduled_at = _instant(company, day, hour, field="scheduled_time")
    if scheduled_at < opened_at.replace(second=0, microsecond=0):
        raise ScheduledBeforeOpening
    return scheduled_at


def _instant(company: Company, day: date, hour: time, *, field: str) -> datetime:
    try:
        return local_instant(day, hour, company.timezone)
    except NoSuchTime:
        raise HourNeverWas(field) from None


def _record(
    company: Company,
    actor: User,
    row: WorkOrder | WorkOrderRequest,
    action: str,
    changes: dict[str, list[Any]],
) -> None:
    record(
        company=company,
        actor_id=actor.id,
        entity=row.__tablename__,
        entity_id=row.id,
        action=action,
        changes=changes,
    )
