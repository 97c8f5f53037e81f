"""The work order on paper: what a technician takes along and the customer signs."""

from __future__ import annotations

from flask import g
from flask_babel import gettext as _

from app.clock import to_local
from app.formats import day, instant
from app.parties.printing import party_kind, party_section
from app.products.printing import product_section
from app.reports.documents import Document, Field, LongText, Section, Signature
from app.work_orders.models import WorkOrder, WorkOrderStatus

LINES_TO_WRITE_ON = 8


def work_order_document(work_order: WorkOrder, *, source: str) -> Document:
    """Everything that the work order's form shows; where nothing was done yet, lines to write on.

    A cancelled one has no lines and nothing to sign: nobody shall do it.

    Args:
        source: what it was made from, in words; "" if it was made by hand.
    """
    party = work_order.customer or work_order.prospect
    assert party is not None  # ck_work_order_one_party
    technician, controller = work_order.technician, work_order.controller
    asked_by = work_order.created_by
    scheduled_at = work_order.scheduled_at
    has_hour = scheduled_at is not None and not scheduled_at.second
    is_cancelled = work_order.status is WorkOrderStatus.CANCELLED
    opened_on = to_local(work_order.opened_at, g.company.timezone).date()
    return Document(
        title=_("Work order %(number)s", number=work_order.number),
        state=work_order.status.label,
        file_name=_("work-order-%(number)s.pdf", number=work_order.number),
        sections=[
            Section(
                _("Identification"),
                fields=[
                    Field(_("Opening"), instant(work_order.opened_at)),
                    # A day without an hour is stored as its last second.
                    Field(_("Scheduled for"), instant(scheduled_at) if has_hour else day(scheduled_at)),
                    Field(_("Made from"), source),
                    Field(_("Technician"), technician.name if technician is not None else ""),
                    Field(_("Controller"), controller.name if controller is not None else ""),
                    Field(_("Asked for by"), asked_by.name if asked_by is not None else ""),
                ],
            ),
            party_section(party),
            product_section(work_order.product, work_order.customer_product, opened_on=opened_on),
            Section(_("Problem"), texts=[LongText("", work_order.problem)]),
            Section(
                _("Work done"),
                texts=[LongText("", work_order.work_done)],
                ruled_lines=0 if work_order.work_done.strip() or is_cancelled else LINES_TO_WRITE_ON,
            ),
        ],
        signatures=[]
        if is_cancelled
        else [
            Signature(_("Technician"), technician.name if technician is not None else ""),
            Signature(party_kind(party), party.name),
        ],
    )
