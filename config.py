"""Every setting, read from the environment in one place (the table is in README.md).

`BALCAO_ENV` chooses the class: `production` (the default, so that nothing runs open by accident),
`development` (what `./dev up` sets) or `testing`.
"""

from __future__ import annotations

import os
from datetime import timedelta

PLUGINS: tuple[str, ...] = ("plugins.service_desk",)
"""The add-ons that the host loads, in this order: packages whose `plugin` module has a `Plugin` subclass."""


class Config:
    """What all environments share."""

    ENVIRONMENT = "production"
    DEMO_ALLOWED = False
    PLUGINS = PLUGINS

    SECRET_KEY = os.environ.get("SECRET_KEY", "")
    SQLALCHEMY_DATABASE_URI = os.environ.get("DATABASE_URL", "")
    DATABASE_OWNER_URL = os.environ.get("DATABASE_OWNER_URL", "")
    REDIS_URL = os.environ.get("REDIS_URL", "")

    # A statement that waits for ever is worse than one that fails: the page says 503 and keeps the text.
    SQLALCHEMY_ENGINE_OPTIONS = {
        "pool_size": int(os.environ.get("DATABASE_POOL_SIZE", "5")),
        "pool_timeout": 5,
        "pool_pre_ping": False,
        "connect_args": {
            "connect_timeout": 2,
            "options": (
                "-c statement_timeout=15s -c lock_timeout=8s"
                " -c idle_in_transaction_session_timeout=20s -c timezone=UTC"
                # Joins are made in the order they are written: planning a ticket with all that it names took
                # longer than reading it.
                " -c join_collapse_limit=1"
            ),
        },
    }

    SESSION_COOKIE_HTTPONLY = True
    SESSION_COOKIE_SAMESITE = "Lax"
    SESSION_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-balcao"
    SESSION_IDLE = timedelta(minutes=30)
    SESSION_LIFETIME = timedelta(hours=12)
    PERMANENT_SESSION_LIFETIME = timedelta(hours=12)

    # The user's session bounds the token's life; a clock of its own would only lose typed text.
    WTF_CSRF_TIME_LIMIT = None
    # A description is at most 100,000 characters: up to 1.2 MB when each is four percent-encoded bytes.
    MAX_CONTENT_LENGTH = 8 * 1024 * 1024
    MAX_FORM_MEMORY_SIZE = 8 * 1024 * 1024
    MAX_FORM_PARTS = 20_000
    TRUSTED_HOSTS = [h for h in os.environ.get("TRUSTED_HOSTS", "").split(",") if h] or None
    PROXY_HOPS = int(os.environ.get("PROXY_HOPS", "0"))

    BABEL_DEFAULT_LOCALE = "pt_BR"
    BABEL_DEFAULT_TIMEZONE = "UTC"
    LANGUAGES = ("pt_BR", "en")

    BOOTSTRAP_SERVE_LOCAL = True
    SEND_FILE_MAX_AGE_DEFAULT = 0
    TEMPLATES_AUTO_RELOAD = False

    LOG_JSON = True
    LOG_LEVEL = os.environ.get("LOG_LEVEL", "INFO")

    # /readyz answers 503 when the oldest waiting request, or the last sweep, is older than this.
    WORK_ORDER_STALE = timedelta(seconds=120)


class ProductionConfig(Config):
    """Refuses to start on a weak key or with a serving role that row security does not bind."""


class DevelopmentConfig(Config):
    """What `./dev up` runs: plain http on 127.0.0.1, readable logs, demo data allowed."""

    ENVIRONMENT = "development"
    DEMO_ALLOWED = True
    SESSION_COOKIE_SECURE = False
    SESSION_COOKIE_NAME = "balcao"
    LOG_JSON = False


class TestingConfig(DevelopmentConfig):
    """As development, with errors raised instead of shown."""

    ENVIRONMENT = "testing"
    TESTING = True
    SECRET_KEY = "testing-only"  # noqa: S105  no secret: nothing listens in tests
    LOG_LEVEL = "WARNING"


def config_for(environment: str | None = None) -> type[Config]:
    """Return the configuration class for `environment` (default: `BALCAO_ENV`, then production).

    Raises:
        LookupError: the name is none of production, development, testing.
    """
    name = environment or os.environ.get("BALCAO_ENV", "production")
    classes = {"production": ProductionConfig, "development": DevelopmentConfig, "testing": TestingConfig}
    if name not in classes:
        raise LookupError(f"BALCAO_ENV={name!r}: expected one of {', '.join(classes)}")
    return classes[name]
