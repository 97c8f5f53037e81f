"""What the host must do for any plugin that keeps the contract (DESIGN 3).

Run by `tests/plugins/test_second_plugin.py` in a process and a database of its own: a second plugin's table
in the shared metadata would be in every other test's way.
"""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, inspect, select, text
from sqlalchemy.exc import IntegrityError

from app import create_app
from app.database import company_scope, db, transaction
from app.plugin_api.registry import PluginError
from app.work_orders import handoff
from app.work_orders.models import WorkOrder
from config import TestingConfig
from tests.plugins.service_desk.desk import switch
from tests.plugins.tiny.models import Note
from tests.world import World, log_in

NOTES = "/c/aurora/tiny/notes"


@pytest.fixture
def rows(world: World) -> SimpleNamespace:
    return world.rows["aurora"]


@pytest.fixture
def active(client: FlaskClient, world: World) -> FlaskClient:
    """Bruno's browser, with the tiny plugin switched on in aurora."""
    switch(world.aurora, "enabled", value=True, module="tiny")
    log_in(client, world, "bruno")
    return client


def make_work_order(world: World, company: str) -> WorkOrder:
    """A wish and what the worker makes of it."""
    source = world.rows[company].work_order
    with company_scope(world.companies[company]), transaction():
        wish = handoff.request_work_order(
            company=world.companies[company],
            actor=world.users["ana"],
            source="tests.tiny",
            source_id=source.id,
            sequence=1,
            customer_id=source.customer_id,
            prospect_id=None,
            product_id=None,
            customer_product_id=None,
            technician_id=source.technician_id,
            problem=source.problem,
        )
    assert handoff.process(wish.id)
    with company_scope(world.companies[company]):
        return db.session.scalars(select(WorkOrder).where(WorkOrder.source == "tests.tiny")).one()


def test_its_migration_has_run_and_put_up_the_wall(owner_engine: Engine, app: Flask) -> None:
    with owner_engine.connect() as connection:
        assert "tiny_note" in inspect(connection).get_table_names()
        revisions = set(connection.scalars(text("SELECT version_num FROM alembic_version")))
        assert "tiny_0001" in revisions
        assert any(revision.startswith("service_desk_") for revision in revisions)
        secured = connection.scalar(text("SELECT relrowsecurity FROM pg_class WHERE relname = 'tiny_note'"))
        assert secured is True


def test_its_page_and_menu_entry_follow_its_switch(active: FlaskClient, world: World) -> None:
    assert active.get(NOTES).status_code == 200
    assert f'href="{NOTES}"' in active.get("/c/aurora/").text
    switch(world.aurora, "enabled", value=False, module="tiny")
    assert active.get(NOTES).status_code == 404
    assert "Tiny notes" not in active.get("/c/aurora/").text


def test_other_companies_are_untouched(active: FlaskClient, world: World) -> None:
    log_in(active, world, "carla")
    assert active.get("/c/boreal/tiny/notes").status_code == 404
    assert active.get(NOTES).status_code == 404


def test_its_parameter_is_on_the_parameters_page(client: FlaskClient, world: World) -> None:
    log_in(client, world, "ana")
    page = client.get("/c/aurora/parameters").text
    assert "Writes tiny notes" in page
    assert "tiny.enabled" in page


def test_its_task_and_beat_entry_are_celerys(app: Flask) -> None:
    celery = app.extensions["celery"]
    celery.loader.import_default_modules()
    assert "tiny.count_notes" in celery.tasks
    assert celery.conf.beat_schedule["count-tiny-notes"]["task"] == "tiny.count_notes"


def test_its_hook_and_slot_are_called_where_it_is_active(
    active: FlaskClient, world: World, rows: SimpleNamespace
) -> None:
    order = make_work_order(world, "aurora")
    page = active.get(f"/c/aurora/work-orders/{order.id}").text
    assert f"<p>Tiny: Opened {order.number}</p>" in page
    assert active.get(NOTES).text == f"Opened {order.number}"

    switch(world.aurora, "enabled", value=False, module="tiny")
    assert "Tiny:" not in active.get(f"/c/aurora/work-orders/{order.id}").text


def test_its_hook_is_not_called_where_it_is_not(active: FlaskClient, world: World) -> None:
    make_work_order(world, "boreal")
    with company_scope(world.boreal):
        assert db.session.scalars(select(Note)).all() == []


def test_its_rows_stay_in_their_company(active: FlaskClient, world: World, rows: SimpleNamespace) -> None:
    make_work_order(world, "aurora")
    with company_scope(world.boreal):
        assert db.session.scalars(select(Note)).all() == []
    with company_scope(world.boreal), pytest.raises(IntegrityError), transaction():
        db.session.add(Note(company_id=world.boreal.id, work_order_id=rows.work_order.id, text="Fora"))


def test_a_requirement_must_be_loaded_before_it(app: Flask) -> None:
    with pytest.raises(PluginError, match="needs service_desk"):
        create_app(TestingConfig, **_addresses(app), PLUGINS=("tests.plugins.tiny",))


def test_twice_is_refused(app: Flask) -> None:
    with pytest.raises(PluginError, match="loaded twice"):
        create_app(TestingConfig, **_addresses(app), PLUGINS=(*app.config["PLUGINS"], "tests.plugins.tiny"))


def test_a_permission_of_somebody_elses_key_is_refused(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.plugins.tiny.plugin import NOTES_VIEW, Tiny

    monkeypatch.setattr(Tiny, "permissions", (replace(NOTES_VIEW, key="service_desk.view"),))
    with pytest.raises(PluginError, match="declared twice"):
        create_app(TestingConfig, **_addresses(app), PLUGINS=app.config["PLUGINS"])


def test_a_table_without_its_prefix_is_refused(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.plugins.tiny.plugin import Tiny

    monkeypatch.setattr(Tiny, "name", "dwarf")
    with pytest.raises(PluginError, match="may not own the tables tiny_note"):
        create_app(TestingConfig, **_addresses(app), PLUGINS=app.config["PLUGINS"])


def _addresses(app: Flask) -> dict[str, str]:
    names = ("SQLALCHEMY_DATABASE_URI", "DATABASE_OWNER_URL", "REDIS_URL")
    return {name: app.config[name] for name in names}
