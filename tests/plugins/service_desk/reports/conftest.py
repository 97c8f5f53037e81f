"""The varied desk, laid out once and undone afterwards; each test reads it in a savepoint of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from flask import Flask
from sqlalchemy import Connection, Engine, bindparam, select, update

from app import clock
from app.companies.models import Company
from app.database import bound_to, db
from app.formats import in_language
from tests.plugins.service_desk.reports.data import NOW, ZONES, Desk, lay_out
from tests.world import World


@pytest.fixture(scope="package")
def laid_out(app: Flask, world: World, owner_engine: Engine) -> Iterator[tuple[Connection, Desk]]:
    """The desk, and the serving role's connection whose open transaction alone sees it."""
    with app.app_context():
        engine = db.engine
    before = _move(owner_engine, {world.companies[code].id: zone for code, zone in ZONES.items()})
    with engine.connect() as connection:
        outer = connection.begin()
        with app.app_context(), bound_to(connection):
            desk = lay_out(world)
        yield connection, desk
        outer.rollback()
    _move(owner_engine, before)


def _move(owner_engine: Engine, zones: Mapping[int, str]) -> dict[int, str]:
    """Put companies into time zones, which only the owner may; where they were before."""
    zone_of = update(Company).where(Company.id == bindparam("row_id")).values(timezone=bindparam("zone"))
    with owner_engine.begin() as connection:
        where = select(Company.id, Company.timezone).where(Company.id.in_(zones))
        before = {row.id: row.timezone for row in connection.execute(where)}
        connection.execute(zone_of, [{"row_id": row_id, "zone": zone} for row_id, zone in zones.items()])
    return before


@pytest.fixture
def desk(app: Flask, laid_out: tuple[Connection, Desk], monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """The desk on a session that is undone, in Portuguese, on the day that it was made for."""
    connection, desk = laid_out
    monkeypatch.setattr(clock, "now", lambda: NOW)
    savepoint = connection.begin_nested()
    with app.app_context(), bound_to(connection), in_language("pt_BR"):
        yield desk
    savepoint.rollback()
