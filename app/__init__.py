"""Balcão: a multi-company ERP host, and the gate for its plugins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask


def create_app(config: type | None = None, **overrides: Any) -> Flask:
    """Build the application.

    Args:
        config: a class from `config.py`; default: the one that `BALCAO_ENV` names.
        overrides: single settings, for tests and commands.

    Raises:
        UnsafeConfiguration: the production configuration isn't safe to serve.
        PluginError: a plugin breaks the contract.
    """
    from flask import Flask

    import config as settings
    from app import errorpages, extensions, formats, jobs, logs, modules, portal, safety, statics
    from app.plugin_api.registry import Registry, load_plugins
    from app.users.login import init_login

    chosen: Any = config or settings.config_for()
    plugins = overrides.get("PLUGINS", chosen.PLUGINS)
    app = Flask(__name__, static_url_path=statics.static_url_path(plugins))
    app.config.from_object(chosen)
    app.config.update(overrides)
    logs.configure_logs(app)
    safety.check_settings(app)
    safety.trust_proxies(app)

    extensions.db.init_app(app)
    extensions.bootstrap.init_app(app)
    statics.init_statics(app)
    init_login(app)
    portal.init_portal(app)
    safety.guard_posts(app)
    extensions.csrf.init_app(app)
    errorpages.init_error_pages(app)

    registry = app.extensions["balcao"] = Registry()
    modules.register_host(app, registry)
    load_plugins(app, registry)
    formats.init_formats(app, registry)
    safety.init_migrations(app, registry)
    jobs.init_jobs(app)
    safety.check_serving_role(app)
    return app
