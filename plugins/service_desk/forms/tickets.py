"""The form of a ticket: one document with three tabs. Its rules are in `services`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple, cast
from uuid import UUID, uuid4

from flask import g, request
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, Field, HiddenField, RadioField
from wtforms.validators import DataRequired, InputRequired, Optional

from app.parties.lookups import CUSTOMERS, PROSPECTS
from app.plugin_api import BusinessError, find, now, to_local, today
from app.plugin_api.web import (
    BaseForm,
    Chosen,
    DateField,
    LongTextField,
    LookupField,
    RequestKeyField,
    RowList,
    TimeField,
    VersionField,
)
from app.products.lookups import CUSTOMER_PRODUCTS, PRODUCTS
from app.staff.lookups import TECHNICIANS
from app.staff.models import Department, Technician
from plugins.service_desk import errors
from plugins.service_desk.forms.rows import ForwardingForm, InteractionForm, directions
from plugins.service_desk.lookups import CHANNELS, KNOWN_PROBLEMS
from plugins.service_desk.models import Channel, Direction, ForwardingOutcome, KnownProblem, PartyKind
from plugins.service_desk.parameters import ServiceDeskParameters
from plugins.service_desk.queries import named_rows
from plugins.service_desk.services.document import Document
from plugins.service_desk.services.forwardings import missing_answer_parts
from plugins.service_desk.services.identification import LONGEST_TEXT, missing
from plugins.service_desk.services.tickets import MOST_ROWS

_NAMED = {
    "channel_id": Channel,
    "technician_id": Technician,
    "closed_by_id": Technician,
    "answered_by_id": Technician,
    "department_id": Department,
    "outcome_id": ForwardingOutcome,
}
"""What the rows of a document name again and again: read at once, not a statement each."""


class _Texts(NamedTuple):
    """What a known problem gives an interaction (R13)."""

    id: int
    name: str
    solution: str


class TicketForm(BaseForm):
    """«Identificação e Problema», «Atendimentos», «Encaminhamentos»."""

    opened_on = DateField(_l("Opening date"), [InputRequired(_l("Give the opening date (R6)."))])
    opened_time = TimeField(_l("Opening time"), [InputRequired(_l("Give the opening time (R6)."))])
    direction = RadioField(
        _l("Origin of the contact"),
        [InputRequired(_l("Say who made the contact (R7)."))],
        coerce=Direction,
        choices=directions,
    )
    is_product_specific = BooleanField(_l("Specific product"))
    party_kind = RadioField(
        _l("Ticket for"),
        [InputRequired(_l("Say whom the ticket is for (R9)."))],
        coerce=PartyKind,
        choices=lambda: [(kind.value, kind.label) for kind in PartyKind],
        default=PartyKind.CUSTOMER,
    )
    customer = LookupField(_l("Customer"), CUSTOMERS)
    prospect = LookupField(_l("Prospect"), PROSPECTS)
    customer_product = LookupField(_l("Customer product"), CUSTOMER_PRODUCTS, params=("customer_id",))
    product = LookupField(_l("Product"), PRODUCTS)
    technician = LookupField(_l("Technician"), TECHNICIANS, [Chosen(_l("Choose the technician (R10)."))])
    channel = LookupField(_l("Channel"), CHANNELS, [Chosen(_l("Choose how the contact was made (R10)."))])
    problem = LongTextField(
        _l("Problem reported by the customer"),
        [DataRequired(_l("Describe the problem (R12)."))],
        longest=LONGEST_TEXT,
        too_long=_l("Describe the problem in at most 100,000 characters (R12)."),
    )
    known_problem = LookupField(
        _l("Problem/solution code"), KNOWN_PROBLEMS, params=("product_id", "customer_product_id")
    )
    closed_on = DateField(_l("Closing date"), [Optional()])
    closed_by = LookupField(_l("Technician who closed"), TECHNICIANS)
    interactions = RowList(InteractionForm, caption=_l("Interaction %(place)s"), most=MOST_ROWS)
    forwardings = RowList(ForwardingForm, caption=_l("Forwarding %(place)s"), most=MOST_ROWS)

    shown_on = HiddenField()
    """The day on which the form was made: an offered row has it as its date."""
    copied_problem = HiddenField()
    """The id of the known problem whose texts an offered row was given."""
    asked_party = HiddenField()
    """The party for which R11's question was asked: `customer:12`."""

    kept_at: datetime | None = None
    """When the draft that the form shows was kept."""
    is_filled = False
    """Whether a stopped timer has filled a row (R18)."""

    def __init__(
        self,
        document: Document | None = None,
        *,
        inputs: MultiDict[str, str] | None = None,
        **given: Any,
    ) -> None:
        """Show what a ticket has, or what was typed.

        Args:
            document: the ticket as it is stored, or merged; None for a new one.
            inputs: what was posted, now or into a draft.
            given: single values of a form that nobody has typed into.
        """
        # Held as long as the form: the lookups, and then the rules, find these without a statement.
        self._named = _named_by(inputs) if inputs else []
        self._known_texts: dict[int | None, _Texts | None] = {}
        local = to_local(now(), g.company.timezone)
        opened = {"opened_on": local.date(), "opened_time": local.time().replace(second=0, microsecond=0)}
        # What was typed is whole: nothing of the stored record stands in for an input that wasn't sent.
        shown = {} if inputs is not None else opened if document is None else _shown(document)
        super().__init__(formdata=inputs, **{"shown_on": str(local.date()), **shown, **given})
        controls_theirs = ServiceDeskParameters.of(g.company).customer_products
        # The kind of product that R2 asks for, and the kind that the ticket has (R4).
        has: Mapping[str, Any] = document or {}
        self.asks_customer_product = controls_theirs or bool(has.get("customer_product_id"))
        self.asks_product_of_customers = not controls_theirs or bool(has.get("product_id"))
        self._tell_rows_apart()

    @property
    def unsaved(self) -> bool:
        """Whatever comes back from a post, or out of a draft or a timer, isn't saved yet."""
        return request.method == "POST" or self.kept_at is not None or self.is_filled

    def _tell_rows_apart(self) -> None:
        """Give a row whose key another row has, too, one of its own: no page of ours posts such."""
        seen: set[UUID] = set()
        for entry in [*self.interactions.entries, *self.forwardings.entries]:
            key = entry.form.key
            if key.data in seen:
                key.data = uuid4()
            seen.add(key.data)

    # ── rows that are offered, and aren't interactions yet (R13) ──

    def offer_rows(self) -> None:
        """Show a ticket without interactions one blank row, with the texts of its known problem (R13)."""
        if not self.interactions.entries:
            self.offer_interaction(uuid4())
        self.copied_problem.data = str(self.known_problem.data or "")

    def offer_interaction(self, key: UUID, **values: Any) -> None:
        """Add a row with what is likely: today, the header's channel and origin, the code's texts (R13)."""
        known = None if self.interactions.entries else self._known_problem
        texts = {"finding": known.name, "guidance": known.solution} if known is not None else {}
        self.interactions.append_entry(
            {
                "key": key,
                "occurred_on": today(g.company.timezone),
                "channel": self.channel.data,
                "direction": self.direction.data,
                **texts,
                **values,
            }
        )

    def offer_forwarding(self, key: UUID) -> None:
        """Add a row of today."""
        self.forwardings.append_entry({"key": key, "forwarded_on": today(g.company.timezone)})

    def remove_row(self, key: UUID) -> None:
        """Take a row out."""
        for rows in (self.interactions, self.forwardings):
            rows.entries = [entry for entry in rows.entries if entry.form.key.data != key]
            rows.renumber()

    def row(self, tab: str, key: str) -> Any | None:
        """The form of the row with this key, or None."""
        rows: RowList = self[tab]
        return next((e.form for e in rows.entries if str(e.form.key.data) == key), None)

    @property
    def _known_problem(self) -> _Texts | None:
        return self._texts_of(self.known_problem.data)

    def _texts_of(self, known_problem_id: int | None) -> _Texts | None:
        # Their texts, not the row: every row of the form asks for them, and after a refused save's rollback
        # the known problem may be gone.
        if known_problem_id not in self._known_texts:
            row = find(g.company, KnownProblem, known_problem_id)
            texts = None if row is None else _Texts(row.id, row.name, row.solution)
            self._known_texts[known_problem_id] = texts
        return self._known_texts[known_problem_id]

    def _is_blank(self, row: Any) -> bool:
        """Whether a row holds only what it was offered with: it isn't an interaction yet (R13)."""
        copied = [p for p in (self._known_problem, self._copied_from()) if p is not None]
        return (
            not any(_typed(row[name]) for name in ("start_time", "end_time", "contact_name"))
            and _typed(row.finding) in {"", *(_line(p.name) for p in copied)}
            and _typed(row.guidance) in {"", *(_line(p.solution) for p in copied)}
            and _typed(row.occurred_on) in {"", self.shown_on.data, str(today(g.company.timezone))}
            and _typed(row.channel) in {"", _typed(self.channel)}
            and _typed(row.direction) in {"", _typed(self.direction)}
        )

    def _copied_from(self) -> _Texts | None:
        text = self.copied_problem.data or ""
        return self._texts_of(int(text)) if text.isascii() and text.isdigit() and len(text) < 20 else None

    def _copy_known_problem(self, first: Any) -> None:
        """Without JavaScript: the code's texts go into the first interaction on save (R13)."""
        known, copied = self._known_problem, self._copied_from()
        if known is None:
            return
        is_new_code = copied is None or copied.id != known.id
        for field, text, old in (
            (first.finding, known.name, copied and copied.name),
            (first.guidance, known.solution, copied and copied.solution),
        ):
            if not field.data or (is_new_code and old and field.data == _line(old)):
                field.data = text
                field.raw_data = [text]

    # ── what was typed ──

    def validate(self, extra_validators: Any = None) -> bool:
        """As every form; and all that is missing is told at once, also where it hangs on another answer."""
        offered = self.interactions.entries
        begun = [entry for entry in offered if not self._is_blank(entry.form)]
        if begun:
            self._copy_known_problem(begun[0].form)
        self.interactions.entries = begun
        valid = super().validate(extra_validators)
        for refusal in self._missing():
            valid = False
            if not self._field(refusal.field or "").errors:
                self.show(refusal)
        self.interactions.entries = offered
        self.interactions.gather_errors()
        return valid

    def _missing(self) -> list[BusinessError]:
        found = missing(g.company, dict(super()._payload()))
        for entry in self.forwardings.entries:
            for part in missing_answer_parts(entry.form.payload()):
                name = part.removesuffix("_id")
                found.append(errors.AnswerIncomplete(f"forwardings.{entry.form.key.data}.{name}"))
        return found

    def begun_interactions(self) -> list[Any]:
        """The forms of the interactions that somebody has begun, without those that were only offered."""
        return [entry.form for entry in self.interactions.entries if not self._is_blank(entry.form)]

    def document(self) -> Document:
        """What a valid form says; rows that were only offered are left out."""
        typed = {name: value for name, value in self._payload() if name in Document.__annotations__}
        typed["interactions"] = [row.payload() for row in self.begun_interactions()]
        typed["forwardings"] = [
            row | {"answer": row["answer"] or None}
            for row in (entry.form.payload() for entry in self.forwardings.entries)
        ]
        return cast("Document", typed)

    # ── refusals ──

    def show(self, error: BusinessError) -> None:
        """As every form; a refusal of a row's field (`interactions.<key>.<name>`) at that field (R25)."""
        tab, _dot, rest = (error.field or "").partition(".")
        if rest and self.row(tab, rest.partition(".")[0]) is None:
            # Of a row that somebody else has added meanwhile.
            self.form_errors.append(error.text)
        elif rest:
            self._field(error.field or "").errors = [*self._field(error.field or "").errors, error.text]
            self.interactions.gather_errors()
            self.forwardings.gather_errors()
        else:
            super().show(error)

    def _field(self, name: str) -> Field:
        if name.count(".") != 2:
            return self[name]
        tab, key, field = name.split(".")
        row = self.row(tab, key)
        assert row is not None  # the refusal is of what this form posted
        return cast("Field", row[field])


class NewTicketForm(TicketForm):
    """For including one."""

    request_key = RequestKeyField()


class EditTicketForm(TicketForm):
    """For changing one."""

    version = VersionField()
    base = HiddenField()
    """Digests of what the form showed: what differs from them was typed (R24)."""
    offered = HiddenField()
    """Digests of the merged document that it showed instead, beside questions about it (R24)."""
    taken_from = HiddenField()
    """The key of the new ticket's form from which a contact was taken (R11)."""

    @property
    def done_draft(self) -> UUID | None:
        """Whose draft is done when this ticket is saved: all of it stands here now."""
        try:
            return UUID(self.taken_from.data or "")
        except ValueError:
            return None


def _shown(document: Document) -> dict[str, Any]:
    """A document as the form's fields take it: a lookup's row by its id."""
    rows = ("interactions", "forwardings")
    shown: dict[str, Any] = {k.removesuffix("_id"): v for k, v in document.items() if k not in rows}
    return shown | {
        "interactions": [_row_shown(row) for row in document["interactions"]],
        "forwardings": [_row_shown(row) for row in document["forwardings"]],
    }


def _row_shown(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name.removesuffix("_id"): value for name, value in row.items()}


def _named_by(typed: Mapping[str, Any]) -> list[Any]:
    wanted: dict[Any, set[int]] = {model: set() for model in _NAMED.values()}
    for name, value in typed.items():
        model = _NAMED.get(name.rpartition("-")[2])
        if model is not None and value.isascii() and value.isdigit() and len(value) < 19:
            wanted[model].add(int(value))
    return named_rows(g.company, wanted)


def _typed(field: Field) -> str:
    """What stands in the field, whether it can be read or not."""
    if isinstance(field, LookupField):
        return field.chosen_id or field.typed
    if field.raw_data is not None:
        return _line(" ".join(str(part) for part in field.raw_data))
    value = field._value() if hasattr(field, "_value") else field.data
    return _line(str(value or ""))


def _line(text: str) -> str:
    return text.replace("\r\n", "\n").strip()
