"""/healthz: the process lives. /readyz: what it needs does, and the hand-off keeps up."""

from __future__ import annotations

from typing import Any

import redis
from flask import Blueprint, Response, current_app, jsonify
from sqlalchemy.exc import SQLAlchemyError

from app.database import db
from app.safety import bypasses_row_security
from app.work_orders import handoff
from app.work_orders.models import RequestStatus

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def healthz() -> Response:
    """200 as long as the process answers."""
    return jsonify(status="ok")


@bp.get("/readyz")
def readyz() -> tuple[Response, int]:
    """200 when database and queue answer, row security binds us, and no wish waits too long; else 503.

    Ages are seconds; null where there is nothing to measure.
    """
    checks: dict[str, Any] = {"queue": _queue_answers(), **_database()}
    stale = current_app.config["WORK_ORDER_STALE"].total_seconds()
    ready = (
        checks["database"]
        and checks["queue"]
        and checks["row_security"]
        and (checks["oldest_waiting_request"] or 0) <= stale
        and checks["last_sweep"] is not None
        and checks["last_sweep"] <= stale
    )
    return jsonify(status="ready" if ready else "not ready", **checks), 200 if ready else 503


def _database() -> dict[str, Any]:
    try:
        waiting = [
            row.waiting_seconds
            for row in handoff.unfinished_requests()
            # An inactive company's wishes wait on purpose (R22c).
            if row.company_is_active and row.status in (RequestStatus.PENDING, RequestStatus.RUNNING)
        ]
        return {
            "database": True,
            "row_security": not bypasses_row_security(db.session.connection()),
            "waiting_requests": len(waiting),
            "oldest_waiting_request": max(waiting, default=None),
            "last_sweep": handoff.last_sweep_age(),
        }
    except SQLAlchemyError:
        return {
            "database": False,
            "row_security": None,
            "waiting_requests": None,
            "oldest_waiting_request": None,
            "last_sweep": None,
        }


def _queue_answers() -> bool:
    client = redis.Redis.from_url(
        current_app.config["REDIS_URL"], socket_connect_timeout=0.3, socket_timeout=0.5
    )
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()
