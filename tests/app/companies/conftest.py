"""What the tests of companies share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select, update

from app.audit.models import AuditEntry
from app.clock import now
from app.companies.copying.copies import copy_parameters
from app.companies.copying.preview import compare
from app.companies.models import Company, CompanyParameter, ParameterBatch, ParameterCopy, ParameterCopyTarget
from app.database import Base, bound_to, company_scope, db, transaction
from app.users.models import Membership
from app.users.roles import Role
from tests.world import World, log_in

_codes = count(1)


@pytest.fixture
def as_user(app: Flask, world: World, session: None) -> Callable[[str], FlaskClient]:
    """`as_user("ana").get(…)`: a browser of each user's own, logged in."""
    browsers: dict[str, FlaskClient] = {}

    def browser_of(login: str) -> FlaskClient:
        if login not in browsers:
            browsers[login] = app.test_client()
            log_in(browsers[login], world, login)
        return browsers[login]

    return browser_of


@contextmanager
def deactivate(company: Company, owner_engine: Engine) -> Iterator[None]:
    """The company is inactive for the block; by the owner, because the serving role can't write companies."""
    _set_active(company, owner_engine, is_active=False)
    try:
        yield
    finally:
        _set_active(company, owner_engine, is_active=True)


def _set_active(company: Company, owner_engine: Engine, *, is_active: bool) -> None:
    with owner_engine.begin() as connection:
        connection.execute(update(Company).where(Company.id == company.id).values(is_active=is_active))


# ── Copies ────────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def fleet_of(size: int, app: Flask, owner_engine: Engine, world: World) -> Iterator[list[Company]]:
    """So many companies without parameters, all ana's; committed, because the serving role makes none."""
    with app.app_context(), bound_to(owner_engine), transaction():
        companies = [Company(code=f"fleet-{next(_codes)}", name=f"Frota {n:02}") for n in range(size)]
        db.session.add_all(companies)
        db.session.flush()
        ana = world.users["ana"].id
        db.session.add_all(
            Membership(company_id=c.id, user_id=ana, role=Role.ADMIN, accepted_at=now()) for c in companies
        )
    ids = [c.id for c in companies]
    try:
        yield companies
    finally:
        with owner_engine.begin() as connection:
            for table in reversed(Base.metadata.sorted_tables):
                if "company_id" in table.c:
                    connection.execute(table.delete().where(table.c.company_id.in_(ids)))
            table = Base.metadata.tables["company"]
            connection.execute(table.delete().where(table.c.id.in_(ids)))


@pytest.fixture
def fleet(app: Flask, owner_engine: Engine, world: World) -> Iterator[Callable[[int], list[Company]]]:
    """`fleet(25)`: so many companies of ana's, gone after the test.

    To be asked for before `session`, which must let go of them first.
    """
    with ExitStack() as stack:
        yield lambda size: stack.enter_context(fleet_of(size, app, owner_engine, world))


Copy = Callable[..., ParameterCopy]


@pytest.fixture
def copy(app: Flask, world: World) -> Copy:
    """`copy("aurora", "boreal", keys=[…])`: compare and confirm in one transaction of its own, by ana.

    Companies by their codes or as objects; the copy is started in the first target.
    """

    def call(source: Any, *targets: Any, keys: Sequence[str] | None = None, **instead: Any) -> ParameterCopy:
        source, *others = (world.companies.get(c, c) if isinstance(c, str) else c for c in (source, *targets))
        declared = app.extensions["balcao"].parameters()
        with app.test_request_context(), transaction():
            preview = compare(source, others, declared)
            arguments = {
                "company": others[0],
                "actor": world.users["ana"],
                "source": source,
                "targets": others,
                "declared": declared,
                "keys": [p.key for p in preview.differing] if keys is None else keys,
                "preview": preview.digest,
                "key": uuid4(),
            }
            return copy_parameters(**arguments | instead)

    return call


def stored(company: Company) -> dict[str, Any]:
    """What is stored for the company now, by key."""
    with company_scope(company):
        rows = db.session.scalars(select(CompanyParameter).execution_options(populate_existing=True))
        return {f"{row.module}.{row.name}": row.value for row in rows}


def store(company: Company, **values: Any) -> None:
    """Set parameters past every rule: `store(company, host__service_kind="x")`."""
    with company_scope(company), transaction():
        for key, value in values.items():
            module, name = key.split("__")
            row = db.session.scalar(select(CompanyParameter).filter_by(module=module, name=name))
            if row is None:
                row = CompanyParameter(company_id=company.id, module=module, name=name, version=0)
                db.session.add(row)
            row.value, row.version = value, row.version + 1


def batches(company: Company, key: Any = None) -> Sequence[ParameterBatch]:
    """The company's batches, or those of one copy, oldest first."""
    with company_scope(company):
        rows = select(ParameterBatch).order_by(ParameterBatch.id).execution_options(populate_existing=True)
        return db.session.scalars(rows if key is None else rows.where(ParameterBatch.copy_key == key)).all()


def trail(company: Company) -> Sequence[AuditEntry]:
    """What the company's trail says about its parameters, oldest first."""
    with company_scope(company):
        return db.session.scalars(
            select(AuditEntry).where(AuditEntry.entity == "parameter_batch").order_by(AuditEntry.id)
        ).all()


def targets_of(copy: ParameterCopy) -> Sequence[ParameterCopyTarget]:
    """How the copy stands in each company."""
    with company_scope(copy.company_id):
        return db.session.scalars(
            select(ParameterCopyTarget)
            .where(ParameterCopyTarget.copy_id == copy.id)
            .order_by(ParameterCopyTarget.id)
            .execution_options(populate_existing=True)
        ).all()


def states(copy: ParameterCopy) -> list[str]:
    """The states of the copy's companies, in its order."""
    return [row.state.value for row in targets_of(copy)]


def demote(company: Company, login: str, world: World) -> None:
    """The user isn't the company's administrator any more."""
    with company_scope(company), transaction():
        db.session.execute(
            update(Membership)
            .where(Membership.company_id == company.id, Membership.user_id == world.users[login].id)
            .values(role=Role.OPERATOR)
        )
