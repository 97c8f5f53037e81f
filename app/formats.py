"""The reader's language, and how dates, hours and documents look (R26, DESIGN 8)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, g
from flask_babel import format_date, get_translations, refresh

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
    _remember_catalogues(app)
    app.jinja_env.filters.update(day=day, instant=instant, hour=hour, document=document)


def _remember_catalogues(app: Flask) -> None:
    """Find a language's catalogue once: Flask-Babel does for each text, a sixth of a page's time."""
    found: dict[str | None, Any] = {}

    def catalogue() -> Any:
        language = _language()
        if language not in found:
            found[language] = get_translations()
        return found[language]

    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # of jinja2.ext.i18n
        lambda text: catalogue().gettext(text),
        lambda one, many, number: catalogue().ngettext(one, many, number),
        newstyle=True,
    )


def _language() -> str | None:
    # From g, not from current_user: an error page must not ask the database that is down.
    return g.get("language")


def _timezone() -> str | None:
    # Without a company (the profile): where the first of one's companies is.
    company = g.get("company") or next((m.company for m in g.get("memberships", ())), None)
    return company.timezone if company is not None else None


@contextmanager
def in_language(language: str) -> Iterator[None]:
    """Texts and dates of the block are in this language: a worker has no request that would say whose."""
    before = g.get("language")
    g.language = language
    refresh()
    try:
        yield
    finally:
        g.language = before
        refresh()


def day(value: date | datetime | None) -> str:
    """dd/mm/aaaa in pt-BR; an instant's day is the company's."""
    if value is None:
        return ""
    return _day(_local(value) if isinstance(value, datetime) else value)


def instant(value: datetime | None) -> str:
    """Day, hour and minute in the company's time zone."""
    if value is None:
        return ""
    local = _local(value)
    return f"{_day(local)} {local:%H:%M}"


def hour(value: datetime | None) -> str:
    """Hour and minute in the company's time zone."""
    return f"{_local(value):%H:%M}" if value is not None else ""


def _day(local: date) -> str:
    # Digits in a fixed order need no Babel, which takes ten times as long: a list has a hundred of them.
    return str(format_date(local, "short", rebase=False)) if _language() == "en" else f"{local:%d/%m/%Y}"


def _local(value: datetime) -> datetime:
    return value.astimezone(ZoneInfo(_timezone() or "UTC"))


def document(value: str | None) -> str:
    """A CPF or CNPJ (also the alphanumeric one of 2026) with its dots and dashes."""
    match len(value or ""):
        case 11:
            return f"{value[:3]}.{value[3:6]}.{value[6:9]}-{value[9:]}"  # type: ignore[index]  # length known
        case 14:
            return f"{value[:2]}.{value[2:5]}.{value[5:8]}/{value[8:12]}-{value[12:]}"  # type: ignore[index]  # as above
        case _:
            return value or ""
