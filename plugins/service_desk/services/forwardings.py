"""The rules of the third tab: a forwarding, and its answer in four parts or none (R19)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from app.plugin_api import NotAvailable
from app.registers.services import chosen
from app.staff.models import Department, Technician
from plugins.service_desk import errors
from plugins.service_desk.models import Forwarding, ForwardingOutcome
from plugins.service_desk.services.document import ForwardingTyped
from plugins.service_desk.services.identification import LONGEST_TEXT
from plugins.service_desk.services.moments import moment_of

if TYPE_CHECKING:
    from app.companies.models import Company

ANSWER = ("answered_on", "answered_by_id", "outcome_id", "answer")
"""The four parts of an answer."""


def missing_answer_parts(typed: ForwardingTyped) -> list[str]:
    """The parts that an answer lacks; none if it is whole or there is no answer at all (R19)."""
    absent = [name for name in ANSWER if not typed[name]]  # type: ignore[literal-required]  # its own keys
    return absent if len(absent) < len(ANSWER) else []


def forwarding_values(
    company: Company,
    typed: ForwardingTyped,
    stored: Forwarding | None,
    *,
    opened_at: datetime,
    moment: datetime,
) -> dict[str, Any]:
    """The forwarding's columns for what was typed.

    Args:
        stored: the forwarding as it is, if it is there already.
        opened_at: when the ticket is opened by this save's own header.
        moment: now, the same for the whole save.

    Raises:
        BusinessError: a rule says no; the field is `forwardings.<key>.<name>`.
    """
    place = f"forwardings.{typed['key']}."
    department = chosen(
        company,
        Department,
        typed["department_id"],
        field=f"{place}department",
        kept_id=stored.department_id if stored else None,
    )
    if department is None:
        raise NotAvailable(f"{place}department")
    forwarded_at = moment_of(
        company, typed["forwarded_on"], moment=moment, kept=stored.forwarded_at if stored else None
    )
    if (
        stored is not None
        and stored.answered_at is not None
        and typed["answered_on"] == typed["forwarded_on"]
    ):
        # Moved to the day of its answer, which has an instant already: forwarded then at the latest.
        answered_at = moment_of(company, typed["forwarded_on"], moment=moment, kept=stored.answered_at)
        forwarded_at = min(forwarded_at, answered_at)
    if forwarded_at > moment:
        raise errors.ForwardedInFuture(f"{place}forwarded_on")
    if forwarded_at < opened_at:
        raise errors.ForwardedBeforeOpening(f"{place}forwarded_on")
    return {
        "department_id": department.id,
        "forwarded_at": forwarded_at,
        **_answer(company, typed, stored, place=place, forwarded_at=forwarded_at, moment=moment),
    }


def _answer(
    company: Company,
    typed: ForwardingTyped,
    stored: Forwarding | None,
    *,
    place: str,
    forwarded_at: datetime,
    moment: datetime,
) -> dict[str, Any]:
    for name in missing_answer_parts(typed):
        raise errors.AnswerIncomplete(place + name.removesuffix("_id"))
    day, answer = typed["answered_on"], typed["answer"]
    if day is None or not answer:
        return {"answered_at": None, "answered_by_id": None, "outcome_id": None, "answer": None}
    if len(answer) > LONGEST_TEXT:
        raise errors.AnswerIncomplete(f"{place}answer")
    technician = chosen(
        company,
        Technician,
        typed["answered_by_id"],
        field=f"{place}answered_by",
        kept_id=stored.answered_by_id if stored else None,
    )
    outcome = chosen(
        company,
        ForwardingOutcome,
        typed["outcome_id"],
        field=f"{place}outcome",
        kept_id=stored.outcome_id if stored else None,
    )
    answered_at = moment_of(company, day, moment=moment, kept=stored.answered_at if stored else None)
    if answered_at > moment:
        raise errors.AnsweredInFuture(f"{place}answered_on")
    if answered_at < forwarded_at:
        raise errors.AnsweredBeforeForwarding(f"{place}answered_on")
    assert technician is not None  # missing_answer_parts
    assert outcome is not None
    return {
        "answered_at": answered_at,
        "answered_by_id": technician.id,
        "outcome_id": outcome.id,
        "answer": answer,
    }
