"""Static files: addresses that change with the content, and the assets that packages carry."""

from __future__ import annotations

from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, request

YEAR = 365 * 24 * 3600


def init_statics(app: Flask) -> None:
    """Serve htmx from its package, and let browsers keep versioned files for a year."""
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
        if endpoint != "static" and not endpoint.endswith(".static"):
            return
        key = (endpoint, values.get("filename", ""))
        if key not in versions:
            versions[key] = _digest(app, *key)
        values["v"] = versions[key]

    app.url_defaults(add_version)
    # A module that another one imports is asked for without a version: it is revalidated each time.
    app.after_request(_keep_versioned)


def _keep_versioned(response: Response) -> Response:
    if request.endpoint is not None and request.endpoint.endswith("static") and "v" in request.args:
        response.cache_control.no_cache = None
        response.cache_control.max_age = YEAR
        response.cache_control.immutable = True
    return response


def _digest(app: Flask, endpoint: str, filename: str) -> str:
    owner = app if endpoint == "static" else app.blueprints[endpoint.removesuffix(".static")]
    path = Path(owner.static_folder or "") / filename
    return sha256(path.read_bytes()).hexdigest()[:10] if path.is_file() else "0"
