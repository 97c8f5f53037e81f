"""Celery tasks of the users module."""

from __future__ import annotations

from celery import shared_task
from flask import current_app

from app.clock import now
from app.database import transaction
from app.users.services import logins


@shared_task(name="users.forget_ended_sessions")
def forget_ended_sessions() -> None:
    """Delete sessions that are over, and login failures that slow nobody any more; beat sends it hourly."""
    idle, lifetime = current_app.config["SESSION_IDLE"], current_app.config["SESSION_LIFETIME"]
    with transaction():
        logins.forget_ended_sessions(idle=idle, lifetime=lifetime, at=now())
