"""Verbs that write companies and their parameters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from flask_babel import lazy_gettext as _l
from sqlalchemy import String, inspect
from sqlalchemy.exc import IntegrityError

from app.audit.services import changes_of, record
from app.companies import queries
from app.companies.models import Company, CompanyParameter, ParameterBatch
from app.database import company_scope, db, scope_cache
from app.emails import EMAIL
from app.errors import BusinessError, ChangedMeanwhile
from app.plugin_api.parameters import InvalidParameter, Parameter, UnmetDependency, Value, unmet_dependency

if TYPE_CHECKING:
    from app.users.models import User

COMPANY_CODE = re.compile(r"[a-z][a-z0-9-]{1,29}\Z")
FIELDS = {
    "name": _l("Name"),
    "document": _l("CPF/CNPJ"),
    "address": _l("Address"),
    "phone": _l("Phone"),
    "email": _l("E-mail"),
    "timezone": _l("Time zone"),
    "is_active": _l("Active"),
}
"""What can be changed of a company, and its names."""


class InvalidCompany(BusinessError):
    """R22c: what a company must be."""

    rule = "R22c"


class InvalidCode(InvalidCompany):
    """R22c: the code stands in URLs."""

    message = _l("A code has 2 to 30 small letters, digits or dashes, and begins with a letter.")


class CompanyExists(InvalidCompany):
    """R22c: the code identifies the company."""

    message = _l("There is a company with this code already.")


class UnknownTimezone(InvalidCompany):
    """R26: times are shown in the company's time zone."""

    message = _l("There is no such time zone: give an IANA name, America/Sao_Paulo.")


class InvalidEmail(InvalidCompany):
    """R22c: the e-mail by which customers reach the company is one address, or empty."""

    message = _l("This is not a valid e-mail address.")


class TooLong(InvalidCompany):
    """R22c: what is said of a company has a length that can be stored and printed."""

    message = _l("“%(label)s” has at most %(most)s characters.")


# ── Companies (by the owner's commands only: the serving role can't write them) ──────────────────────


def create_company(
    *, code: str, name: str, document: str, timezone: str, address: str = "", phone: str = "", email: str = ""
) -> Company:
    """A new company (R22c).

    Args:
        timezone: an IANA name.
        address: street, number, district, postal code, city: one line, as it is printed.

    Raises:
        InvalidCode, CompanyExists, UnknownTimezone, InvalidEmail, TooLong: what was given can't be.
    """
    if not COMPANY_CODE.match(code):
        raise InvalidCode
    contact = {"address": address, "phone": phone, "email": email}
    values = {"name": name, "document": document, "timezone": timezone, **contact}
    company = Company(code=code, **_checked(values))
    changes = changes_of(company)
    db.session.add(company)
    try:
        db.session.flush()
    except IntegrityError as error:
        raise CompanyExists from error
    _record(company, "created", changes)
    return company


def update_company(*, company: Company, **values: str | bool) -> None:
    """Change what is given of `FIELDS`; never the code (R22c).

    Raises:
        UnknownTimezone, InvalidEmail, TooLong: what was given can't be.
    """
    for key, value in _checked(values).items():
        setattr(company, key, value)
    changes = changes_of(company)
    db.session.flush()
    if changes:
        _record(company, "changed", changes)


def _checked(values: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the values that a company has, as they are stored."""
    # A letterhead's lines are wrapped by the page, and one of blanks alone would still be a line.
    lines = {key: " ".join(values[key].split()) for key in ("address", "phone", "email") if key in values}
    checked = {key: value for key, value in {**values, **lines}.items() if key in FIELDS}
    if checked.get("timezone", "UTC") not in available_timezones():
        raise UnknownTimezone
    for key, value in checked.items():
        kind = inspect(Company).columns[key].type
        if isinstance(kind, String) and len(value) > (kind.length or 0):
            raise TooLong(label=str(FIELDS[key]), most=kind.length)
    if checked.get("email") and not EMAIL.match(checked["email"]):
        raise InvalidEmail
    return checked


def _record(company: Company, action: str, changes: dict[str, list[object]]) -> None:
    with company_scope(company):
        record(
            company=company,
            actor_id=None,
            entity="company",
            entity_id=company.id,
            action=action,
            changes=changes,
        )


# ── Parameters ───────────────────────────────────────────────────────────────────────────────────────


def change_parameters(
    *,
    company: Company,
    actor: User,
    declared: Iterable[Parameter],
    values: Mapping[str, object],
    versions: Mapping[str, int | None],
) -> ParameterBatch | None:
    """Store what changed, all of it or nothing, as one batch and one entry of the trail (R4).

    It is in force at the next request of every process: nobody keeps a parameter longer than a request.

    Args:
        declared: every parameter that the host and its plugins declare.
        values: key → what was chosen; a key that isn't there stays as it is.
        versions: key → the version that the form showed, 0 where nothing was stored; for each of `values`.

    Returns:
        The batch; None if nothing differs from what is stored.

    Raises:
        InvalidParameter: a key isn't declared, or a value isn't of its type.
        UnmetDependency: the result lacks what one of its parameters needs (R2).
        ChangedMeanwhile: somebody stored one of these after the form was shown (R24).
    """
    known = {p.key: p for p in declared}
    if unknown := sorted(values.keys() - known.keys()):
        raise InvalidParameter(field=unknown[0], label=unknown[0])
    chosen = {key: known[key].parse(value) for key, value in values.items()}
    stored = queries.lock_parameters(company)
    if any(versions.get(key) != (stored[key].version if key in stored else 0) for key in chosen):
        raise ChangedMeanwhile
    present = {key: stored[key].value if key in stored else p.default for key, p in known.items()}
    changed = {key: value for key, value in chosen.items() if value != present[key]}
    if not changed:
        return None
    if (unmet := unmet_dependency(known.values(), present | changed)) is not None:
        unmet.field = field_to_mend(unmet, known, changed)
        raise unmet
    return store_changes(
        company=company, actor_id=actor.id, known=known, stored=stored, changed=changed, action="changed"
    )


def field_to_mend(unmet: UnmetDependency, known: Mapping[str, Parameter], changed: Iterable[str]) -> str:
    """Where the refusal is shown: at what was switched on, or else at what was taken away from under it."""
    parameter = known[str(unmet.field)]
    assert parameter.requires is not None  # otherwise it could not be unmet
    return parameter.key if parameter.key in changed else parameter.requires[0]


def store_changes(
    *,
    company: Company,
    actor_id: int | None,
    known: Mapping[str, Parameter],
    stored: Mapping[str, CompanyParameter],
    changed: Mapping[str, Value],
    action: str,
    source_company_id: int | None = None,
    **origin: Any,
) -> ParameterBatch:
    """Write checked values as one batch and one entry of the trail; nothing is checked here any more.

    Args:
        stored: from `queries.lock_parameters`, in this transaction.
        changed: key → the new value, for each parameter that differs.
        action: what the trail calls it.
        source_company_id: where a copy's values come from.
        origin: the batch's `copy_key` or `undoes_id`.
    """
    before, after = {}, {}
    for key, value in changed.items():
        parameter, row = known[key], stored.get(key)
        if row is None:
            row = CompanyParameter(
                company_id=company.id, module=parameter.module, name=parameter.name, version=0
            )
            row.value = parameter.default
            db.session.add(row)
        before[key] = {"value": row.value, "version": row.version}
        row.value, row.version = value, row.version + 1
        after[key] = {"value": value, "version": row.version}
    batch = ParameterBatch(
        company_id=company.id,
        user_id=actor_id,
        source_company_id=source_company_id,
        before=before,
        after=after,
        **origin,
    )
    db.session.add(batch)
    db.session.flush()
    changes = {key: [before[key]["value"], after[key]["value"]] for key in changed}
    record(
        company=company,
        actor_id=actor_id,
        entity="parameter_batch",
        entity_id=batch.id,
        action=action,
        changes=changes
        if source_company_id is None
        else {"source_company_id": [None, source_company_id], **changes},
    )
    # The scope remembers what it has read, and which plugins are active by it.
    scope_cache().clear()
    return batch
