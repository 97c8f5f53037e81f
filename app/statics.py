"""Static files: addresses that change with the content, so that browsers may keep them for a year."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, current_app, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin

YEAR = 365 * 24 * 3600
FOLDER = Path(__file__).parent / "static"


def static_url_path(plugins: Iterable[str] = ()) -> str:
    """Where our own files and the plugins' are served: a digest of them all is part of the path.

    Not in a query: a script imports others by relative addresses, which keep the path and lose the query.

    Args:
        plugins: the packages named in `config.PLUGINS`.
    """
    digest = sha256()
    for folder in (FOLDER, *(static for package in plugins if (static := plugin_folder(package)))):
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                digest.update(f"{path.relative_to(folder)}\0".encode() + path.read_bytes())
    return f"/static/{digest.hexdigest()[:12]}"


def plugin_folder(package: str) -> Path | None:
    """The `static/` folder of a plugin's package, if it has one."""
    try:
        spec = find_spec(package)
    except (ImportError, ValueError):  # whoever loads the plugin says what is wrong with it
        return None
    places = spec.submodule_search_locations if spec is not None else None
    folder = Path(places[0]) / "static" if places else None
    return folder if folder is not None and folder.is_dir() else None


def add_plugin_statics(app: Flask, name: str, package: str) -> None:
    """Serve a plugin's `static/` beneath our own files, as `<name>_static.static`.

    Its scripts find ours by relative addresses: `../../js/live.js`. Files are no secret: they are served
    whether the plugin is on for a company or not.
    """
    folder = plugin_folder(package)
    if folder is not None:
        url = f"{app.static_url_path}/plugins/{name}"
        app.register_blueprint(
            Blueprint(f"{name}_static", package, static_folder=str(folder), static_url_path=url)
        )


def asks_for_file(endpoint: str | None) -> bool:
    """Whether the endpoint serves a static file: the host's own, a package's or a plugin's."""
    return endpoint is not None and (endpoint == "static" or endpoint.endswith(".static"))


class Sessions(SecureCookieSessionInterface):
    """Flask's own, and a file has nothing to do with it.

    Flask-Login looks into every request's session, and then the answer varies by the cookie: a browser would
    fetch all files again whenever the cookie changes, after each login and each notice of what was saved.
    """

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if not asks_for_file(request.endpoint):
            super().save_session(app, session, response)


def init_statics(app: Flask) -> None:
    """Serve htmx from its package, and mark packages' files with a digest of their own."""
    app.session_interface = Sessions()
    # A neutral carrier of htmx for Python: only its files are used, nothing of Django is imported.
    spec = find_spec("js_lib_htmx")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    folder = Path(spec.submodule_search_locations[0]) / "static" / "htmx"
    app.register_blueprint(
        Blueprint("htmx", __name__, static_folder=str(folder), static_url_path="/static/htmx")
    )
    versions: dict[tuple[str, str], str] = {}

    def add_version(endpoint: str, values: dict[str, Any]) -> None:
        blueprint, dot, name = endpoint.rpartition(".")
        if not dot or name != "static" or blueprint.endswith("_static"):
            return  # a plugin's address has its digest in the path, as our own
        key = (blueprint, values.get("filename", ""))
        if key not in versions:
            path = Path(app.blueprints[blueprint].static_folder or "") / key[1]
            versions[key] = sha256(path.read_bytes()).hexdigest()[:12] if path.is_file() else "0"
        values["v"] = versions[key]

    app.url_defaults(add_version)
    app.after_request(_keep_for_a_year)


def _keep_for_a_year(response: Response) -> Response:
    if response.status_code == 200 and (
        request.path.startswith(f"{current_app.static_url_path}/")
        or (str(request.endpoint).endswith(".static") and "v" in request.args)
    ):
        response.cache_control.no_cache = None
        response.cache_control.max_age = YEAR
        response.cache_control.immutable = True
    return response
