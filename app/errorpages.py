"""Errors as pages in the portal's look and the user's language; nothing internal is shown."""

from __future__ import annotations

from typing import Any

import structlog
from flask import Flask, g, render_template, request
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, ServiceUnavailable

from app.errors import BusinessError, ChangedMeanwhile
from app.forms import RESUME

log = structlog.get_logger(__name__)

RETRY_AFTER_SECONDS = "3"


def init_error_pages(app: Flask) -> None:
    """Register the handlers."""
    app.register_error_handler(CSRFError, _csrf_failed)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(BusinessError, _refused)
    app.register_error_handler(StaleDataError, lambda error: _refused(ChangedMeanwhile()))
    for kind in (OperationalError, InterfaceError, PoolTimeout):
        app.register_error_handler(kind, _database_down)
    app.register_error_handler(DBAPIError, _database_error)
    app.register_error_handler(Exception, _broken)


def kept_fields() -> list[tuple[str, str]]:
    """What the user typed into the refused post, without tokens and passwords: the page carries it on."""
    if request.method != "POST":
        return []
    return [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in ("csrf_token", RESUME) and "password" not in name
    ]


def _texts(code: int) -> tuple[str, str]:
    texts = {
        400: (_("This request can't be understood"), _("Go back and try once more.")),
        403: (
            _("You may not do this"),
            _("Your role in this company doesn't include it. Ask an administrator."),
        ),
        404: (_("Not found"), _("There is nothing here, or it isn't yours to see.")),
        405: (_("This request can't be understood"), _("Go back and try once more.")),
        409: (_("It was changed meanwhile"), _("Open it again and compare before you save.")),
        413: (_("Too much at once"), _("What you sent is larger than this page accepts.")),
        422: (_("This can't be done"), _("A rule of the company refuses it.")),
        429: (_("Too many attempts"), _("Wait a moment, then try once more.")),
        503: (
            _("The system is restarting"),
            _("What you typed is kept on this page. Try again in a few seconds."),
        ),
    }
    fallback = (_("Something went wrong"), _("It was recorded. If it happens again, tell support this code:"))
    return texts.get(code, fallback)


def error_page(code: int, message: str | None = None, kept: list[tuple[str, str]] | None = None) -> Any:
    """The page of an error, as a response.

    Args:
        message: instead of the code's own sentence; already in the reader's language.
        kept: typed fields to carry on.
    """
    title, sentence = _texts(code)
    # Below 500 the portal's frame may be shown; with the database away it would ask for the menu.
    page = render_template(
        "errors/page.html",
        code=code,
        title=title,
        message=message or sentence,
        request_id=g.get("request_id", ""),
        kept=kept or None,
        framed=code < 500 and g.get("company") is not None,
    )
    return page, code


def _csrf_failed(error: CSRFError) -> Any:
    return error_page(400, _("This form is too old to be sent. What you typed is kept."), kept_fields())


def _http_error(error: HTTPException) -> Any:
    if error.response is not None:
        return error.response
    code = error.code or 500
    default = type(error).description
    message = error.description if error.description != default and code in (403, 409, 422, 429) else None
    page, code = error_page(code, message)
    headers = [(k, v) for k, v in error.get_headers() if k.lower() in ("allow", "retry-after")]
    return page, code, headers


def _refused(error: BusinessError) -> Any:
    return error_page(409 if isinstance(error, ChangedMeanwhile) else 422, error.text)


def _database_down(error: Exception) -> Any:
    log.error("database_down", error=type(error).__name__)
    page, _code = error_page(503, kept=kept_fields())
    return page, ServiceUnavailable.code, {"Retry-After": RETRY_AFTER_SECONDS}


def _database_error(error: DBAPIError) -> Any:
    # A connection that broke in mid statement comes as whatever class the driver saw first.
    return _database_down(error) if error.connection_invalidated else _broken(error)


def _broken(error: Exception) -> Any:
    log.error("unhandled_error", exc_info=error)
    return error_page(500)
