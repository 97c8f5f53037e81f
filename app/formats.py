"""The reader's language, and how dates, hours and documents look (R26, DESIGN 8)."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from flask import Flask, g
from flask_babel import format_date, format_time

from app.extensions import babel
from app.plugin_api.registry import Registry


def init_formats(app: Flask, registry: Registry) -> None:
    """Wire Babel: one catalogue of the host and one per plugin; filters for templates."""
    folders = [
        Path(app.root_path) / "translations",
        *(m.parent / "translations" for m in registry.migrations),
    ]
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = ";".join(str(f) for f in folders if f.is_dir())
    babel.init_app(app, locale_selector=_language, timezone_selector=_timezone)
    app.jinja_env.filters.update(day=day, instant=instant, hour=hour, document=document)


def _language() -> str | None:
    # From g, not from current_user: an error page must not ask the database that is down.
    return g.get("language")


def _timezone() -> str | None:
    # Without a company (the profile): where the first of one's companies is.
    company = g.get("company") or next((m.company for m in g.get("memberships", ())), None)
    return company.timezone if company is not None else None


def day(value: date | datetime | None) -> str:
    """dd/mm/aaaa in pt-BR; an instant's day is the company's."""
    if value is None:
        return ""
    return str(
        format_date(
            value, "short" if _language() == "en" else "dd/MM/yyyy", rebase=isinstance(value, datetime)
        )
    )


def instant(value: datetime | None) -> str:
    """Day, hour and minute in the company's time zone."""
    return f"{day(value)} {hour(value)}" if value is not None else ""


def hour(value: datetime | None) -> str:
    """Hour and minute in the company's time zone."""
    return str(format_time(value, "HH:mm")) if value is not None else ""


def document(value: str | None) -> str:
    """A CPF or CNPJ (also the alphanumeric one of 2026) with its dots and dashes."""
    match len(value or ""):
        case 11:
            return f"{value[:3]}.{value[3:6]}.{value[6:9]}-{value[9:]}"  # type: ignore[index]  # length known
        case 14:
            return f"{value[:2]}.{value[2:5]}.{value[5:8]}/{value[8:12]}-{value[12:]}"  # type: ignore[index]  # as above
        case _:
            return value or ""
