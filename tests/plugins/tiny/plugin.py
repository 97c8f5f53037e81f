"""The tiny plugin's manifest, and all it does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Blueprint, g
from markupsafe import escape
from sqlalchemy import select

from app.companies.models import Company
from app.plugin_api import (
    CompanyParameters,
    Hook,
    MenuItem,
    Permission,
    Plugin,
    Role,
    Schedule,
    Section,
    company_blueprint,
    db,
    parameter,
    requires,
    work_order_opened,
)
from app.work_orders.models import WorkOrder
from tests.plugins.tiny.models import Note

NOTES_VIEW = Permission("tiny.view", "See notes", Role.VIEWER)
bp = company_blueprint("tiny", __name__, url_prefix="/tiny")


@dataclass(frozen=True, slots=True)
class TinyParameters(CompanyParameters, module="tiny"):
    """One switch."""

    enabled: bool = parameter(False, label="Writes tiny notes")


@bp.get("/notes")
@requires(NOTES_VIEW)
def note_list() -> str:
    """The company's notes, a line each."""
    notes = db.session.scalars(select(Note).where(Note.company_id == g.company.id).order_by(Note.id))
    return "\n".join(note.text for note in notes)


def write_note(*, company: Company, work_order: WorkOrder, actor_id: int | None) -> None:
    """Hook receiver: every new work order gets a note."""
    text = f"Opened {work_order.number}"
    db.session.add(Note(company_id=company.id, work_order_id=work_order.id, text=text))


def notes_of(*, work_order: WorkOrder) -> str:
    """Slot: the notes in the work order's page."""
    notes = select(Note).where(Note.company_id == g.company.id, Note.work_order_id == work_order.id)
    return "".join(f"<p>Tiny: {escape(note.text)}</p>" for note in db.session.scalars(notes))


class Tiny(Plugin):
    """Notes about work orders."""

    name = "tiny"
    title = "Tiny"
    version = "1"
    requires = ("service_desk",)
    parameters = TinyParameters
    permissions = (NOTES_VIEW,)
    menu = (MenuItem("Tiny notes", "tiny.note_list", Section.MOVEMENTS, NOTES_VIEW, 90),)
    tasks = ("tests.plugins.tiny.tasks",)
    beat = {"count-tiny-notes": Schedule("tiny.count_notes", timedelta(hours=1), timedelta(minutes=5))}

    def blueprints(self) -> Iterable[Blueprint]:
        """One page."""
        return [bp]

    def handlers(self) -> Mapping[Hook, Callable[..., None]]:
        """A note for every new work order."""
        return {work_order_opened: write_note}

    def slots(self) -> Mapping[str, Callable[..., Any]]:
        """The notes in the work order's page."""
        return {"work_order.detail.panel": notes_of}

    def is_active(self, company: Company) -> bool:
        """Its switch decides."""
        return TinyParameters.of(company).enabled
