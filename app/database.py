"""The database: one session, one way to commit, and the walls between companies (DESIGN 5 and 6).

Two of the three nets are here. Queries take the company (first net, by hand); every ORM statement is
narrowed to the open company scope (second net, `_keep_to_company`); PostgreSQL's row security reads the
same company from `app.company_id`, set at the start of each transaction (third net, `_tell_database`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import datetime
from enum import StrEnum
from functools import cache
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as _FlaskSession
from psycopg.pq import TransactionStatus
from sqlalchemy import (
    BigInteger,
    Connection,
    DateTime,
    Engine,
    Enum,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    MetaData,
    Pool,
    Table,
    UniqueConstraint,
    event,
    func,
    inspect,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.orm import (
    NO_VALUE,
    DeclarativeBase,
    Mapped,
    ORMExecuteState,
    mapped_column,
    relationship,
    with_loader_criteria,
)
from sqlalchemy.sql import visitors
from werkzeug.exceptions import NotFound

if TYPE_CHECKING:
    from app.companies.models import Company

BIGINT_MAX = 2**63 - 1


class Base(DeclarativeBase):
    """The declarative base; constraint names follow one convention, because errors are mapped by name."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


_bind: ContextVar[Engine | Connection | None] = ContextVar("bind", default=None)


class Session(_FlaskSession):
    """Flask-SQLAlchemy's session, whose bind commands and tests can replace by `bound_to`."""

    def get_bind(self, *args: Any, **kwargs: Any) -> Engine | Connection:
        return _bind.get() or super().get_bind(*args, **kwargs)


db = SQLAlchemy(
    model_class=Base,
    session_options={
        "class_": Session,
        "join_transaction_mode": "create_savepoint",
        # A page is rendered after the commit from what the request has read and written.
        "expire_on_commit": False,
    },
)

if TYPE_CHECKING:

    class Model(Base):
        """Static face of `db.Model`."""

        __abstract__ = True
else:
    Model = db.Model

RowId = Annotated[int, mapped_column(BigInteger, Identity(), primary_key=True)]
Instant = Annotated[datetime, mapped_column(DateTime(timezone=True))]
CreatedAt = Annotated[datetime, mapped_column(DateTime(timezone=True), server_default=func.now())]


def choice(kind: type[StrEnum]) -> Enum:
    """A column type that stores the members' values as text and gives members back."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=False,
        length=20,
        values_callable=lambda members: [member.value for member in members],
    )


class CompanyOwned:
    """A row of exactly one company: narrowed by the scope, refused across it, covered by row security."""

    company_id: Mapped[int] = mapped_column(ForeignKey("company.id"), sort_order=-10)


def own_key() -> UniqueConstraint:
    """The key that composite foreign keys of other tables point at."""
    return UniqueConstraint("company_id", "id")


def company_fk(column: str, target: str, **options: Any) -> ForeignKeyConstraint:
    """A foreign key that can't leave the company: (company_id, `column`) → `target`(company_id, id).

    A plain key would not do: PostgreSQL's foreign-key checks bypass row security (DESIGN 5).
    """
    return ForeignKeyConstraint(["company_id", column], [f"{target}.company_id", f"{target}.id"], **options)


def reference(target: str, join: str, **options: Any) -> Any:
    """A read-only many-to-one over a composite key; services write the id column.

    Args:
        target: the class's name.
        join: `"WorkOrder.customer_id == Customer.id"`; the left side is the foreign one.
    """
    left, right = join.split(" == ")
    return relationship(target, primaryjoin=f"foreign({left}) == remote({right})", viewonly=True, **options)


# ── The company scope ────────────────────────────────────────────────────────────────────────────────


class NoCompanyScope(RuntimeError):
    """A company's rows were touched while no company scope was open."""


class ForeignCompanyRow(RuntimeError):
    """A row of another company than the open scope's was about to be written."""


class _Scope:
    """The open scope: the company's id, and what was already read for it in this request or task."""

    def __init__(self, company_id: int) -> None:
        self.company_id = company_id
        self.cache: dict[Any, Any] = {}


_scope: ContextVar[_Scope | None] = ContextVar("company_scope", default=None)
_user_id: ContextVar[int | None] = ContextVar("user_id", default=None)


def current_company_id() -> int | None:
    """The id of the open scope's company, or None."""
    scope = _scope.get()
    return scope.company_id if scope else None


def scope_cache() -> dict[Any, Any]:
    """A dictionary that lives as long as the open scope (one request, one task).

    Raises:
        NoCompanyScope: no scope is open.
    """
    scope = _scope.get()
    if scope is None:
        raise NoCompanyScope("open company_scope(company) first")
    return scope.cache


@contextmanager
def company_scope(company: Company | int) -> Iterator[None]:
    """Open the walls to one company for the block; nests, also inside one transaction.

    Rows of the scope that is left are flushed and expunged, so that the identity map can't hand them to
    the next company.
    """
    company_id = company if isinstance(company, int) else company.id
    _leave_rows(flush=True)
    token = _scope.set(_Scope(company_id))
    _tell_open_transaction()
    try:
        yield
        _leave_rows(flush=True)
    except BaseException:
        _leave_rows(flush=False)
        raise
    finally:
        _scope.reset(token)
        _tell_open_transaction()


def _leave_rows(*, flush: bool) -> None:
    if not db.session.registry.has():
        return
    session = db.session()
    if flush and session.is_active and (session.new or session.dirty or session.deleted):
        session.flush()
    for row in list(session):
        if isinstance(row, CompanyOwned):
            session.expunge(row)


def _tell_open_transaction() -> None:
    if db.session.registry.has():
        session = db.session()
        if session.in_transaction() and session.is_active and _takes_statements(session):
            # Past the session, which would prepare an ORM statement of it: twice the time, on each page.
            session.info["connection"].execute(_SET_CONTEXT, _context())


def _takes_statements(session: _FlaskSession) -> bool:
    """Whether the transaction is whole: a failed one refuses all until it is rolled back."""
    connection: Connection | None = session.info.get("connection")
    if connection is None or connection.closed or connection.invalidated:
        return False
    driver: Any = connection.connection.driver_connection
    # IDLE: joined, but nothing was said yet; the first statement begins it.
    return driver.info.transaction_status in (TransactionStatus.INTRANS, TransactionStatus.IDLE)


@contextmanager
def acting_as(user_id: int | None) -> Iterator[None]:
    """Tell row security which user acts, so that their own memberships can be read without a company."""
    token = _user_id.set(user_id)
    _tell_open_transaction()
    try:
        yield
    finally:
        _user_id.reset(token)
        _tell_open_transaction()


_SET_CONTEXT = text(
    "SELECT set_config('app.company_id', :company, true), set_config('app.user_id', :user, true)"
)


def _context() -> dict[str, str]:
    company_id, user_id = current_company_id(), _user_id.get()
    return {
        "company": "" if company_id is None else str(company_id),
        "user": "" if user_id is None else str(user_id),
    }


@event.listens_for(Pool, "checkout")
def _leave_dead_connection(connection: Any, record: Any, proxy: Any) -> None:
    """A connection that the server has closed is made anew, before the first statement fails on it.

    An idle one has nothing to read but its end: known without the round trip of `pool_pre_ping`.
    """
    if connection.closed or wait([connection], timeout=0):
        raise DisconnectionError


@event.listens_for(Session, "after_begin")
def _tell_database(session: Session, transaction: Any, connection: Connection) -> None:
    session.info["connection"] = connection
    # Both settings end with their transaction: a new one has neither, and needs no statement to say so;
    # one that this session has only joined may still have what another session said.
    if any((context := _context()).values()) or connection.in_nested_transaction():
        connection.execute(_SET_CONTEXT, context)


@event.listens_for(Session, "do_orm_execute")
def _keep_to_company(state: ORMExecuteState) -> None:
    if state.is_column_load:
        return
    if state.is_insert or state.is_update or state.is_delete:
        state.session.info["wrote"] = True
    company_id = current_company_id()
    # Walk the tables, not only the entities: count(*) over a company's table has no entity.
    if company_id is None and (touched := company_tables(state.statement)):
        raise NoCompanyScope(f"{', '.join(sorted(touched))}: open company_scope(company) first")
    if not state.is_insert:
        # Also without a scope, where it lets nothing through, should the walk not see a table.
        state.statement = state.statement.options(
            with_loader_criteria(CompanyOwned, lambda cls: cls.company_id == company_id, include_aliases=True)
        )


def company_tables(statement: Any) -> set[str]:
    """Names of the company-owned tables that `statement` reads or writes, subqueries included."""
    return {e.name for e in visitors.iterate(statement) if isinstance(e, Table) and _is_owned(e)}


@cache
def _is_owned(table: Table) -> bool:
    owned = (mapper for mapper in Base.registry.mappers if issubclass(mapper.class_, CompanyOwned))
    return table in {mapper.local_table for mapper in owned}


@event.listens_for(Session, "after_flush")
def _note_writing(session: Session, context: Any) -> None:
    session.info["wrote"] = True


@event.listens_for(Session, "before_flush")
def _refuse_foreign_rows(session: Session, context: Any, instances: Any) -> None:
    company_id = current_company_id()
    for row in [*session.new, *session.dirty, *session.deleted]:
        if not isinstance(row, CompanyOwned):
            continue
        if company_id is None:
            raise NoCompanyScope(f"{type(row).__name__}: open company_scope(company) first")
        # What it was counts too: a row is neither given away nor taken over.
        stored = inspect(row).committed_state.get("company_id", company_id)
        if row.company_id != company_id or stored not in (company_id, NO_VALUE):
            raise ForeignCompanyRow(f"{type(row).__name__} of company {row.company_id} in scope {company_id}")


# ── Reading one row ──────────────────────────────────────────────────────────────────────────────────

R = TypeVar("R", bound=CompanyOwned)


def find(company: Company, model: type[R], row_id: int | None) -> R | None:
    """The row with this id if it is `company`'s, otherwise None; no SQL if it is already loaded."""
    if row_id is None or not 0 < row_id <= BIGINT_MAX:
        return None
    row = db.session.get(model, row_id)
    return row if row is not None and row.company_id == company.id else None


def get_or_404(company: Company, model: type[R], row_id: int | None) -> R:
    """The row with this id if it is `company`'s.

    Raises:
        NotFound: there is none; another company's row looks the same as no row (R23).
    """
    row = find(company, model, row_id)
    if row is None:
        raise NotFound
    return row


# ── Writing ──────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def transaction() -> Iterator[None]:
    """Commit the block as one, then send what it enqueued; on any error roll back and send nothing."""
    session = db.session()
    try:
        yield
        session.commit()
    except BaseException:
        session.info.pop("after_commit", None)
        session.rollback()
        raise
    finally:
        session.info.pop("wrote", None)
    # After commit() has returned, and not in SQLAlchemy's after_commit event: there the transaction is
    # still closing, and a publisher that needs the session would fail.
    for send in session.info.pop("after_commit", ()):
        send()


@contextmanager
def aside(company_id: int | None = None) -> Iterator[_FlaskSession]:
    """A short transaction of its own on a connection of its own, committed when the block ends.

    For what others must see while the surrounding transaction goes on: how far it is, that it still lives.
    It sees nothing that the surrounding transaction hasn't committed, and waits for what that has locked:
    touch neither. The acting user is the one at the beginning of the block.

    Args:
        company_id: inside whose walls; None: those of the open scope. Whoever tells of work that goes through
            several companies names the one that the telling belongs to: any may be open at that moment.
    """
    token = None if company_id is None else _scope.set(_Scope(company_id))
    session: _FlaskSession = db.session.session_factory()
    try:
        yield session
        session.commit()
    finally:
        session.close()
        if token is not None:
            _scope.reset(token)


@contextmanager
def snapshot(**settings: str) -> Iterator[None]:
    """Read one state of the database for the whole block, whatever others commit meanwhile; write nothing.

    Begins a transaction of its own: what was only read before stays loaded.

    Args:
        settings: PostgreSQL's for this transaction alone, `statement_timeout="50s"`.

    Raises:
        RuntimeError: something is written and not committed.
    """
    session = db.session()
    if session.info.get("wrote") or session.new or session.dirty or session.deleted:
        raise RuntimeError("commit first: a snapshot is a transaction of its own")
    _end_reading()
    # A test's connection is in a transaction already, which can't change its ways.
    if isinstance(session.get_bind(), Engine):
        one_state = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        session.connection(execution_options=one_state)
    for name, value in settings.items():
        session.execute(select(func.set_config(name, value, True)))
    try:
        yield
        _end_reading()
    finally:
        session.rollback()


def after_commit(send: Callable[[], object]) -> None:
    """Call `send` once the surrounding `transaction()` has committed; never if it fails."""
    db.session().info.setdefault("after_commit", []).append(send)


def end_session() -> None:
    """Give up what wasn't committed, and the connection; no error if the database has died meanwhile."""
    with suppress(DBAPIError):
        _end_reading()
        db.session.remove()
    # Again, because the error left it half done; now the connection is known to be dead.
    db.session.remove()


def _end_reading() -> None:
    """End a transaction that has only read by COMMIT.

    At a ROLLBACK psycopg forgets what it has prepared, and PostgreSQL would plan each page's statements anew:
    three quarters of its time.
    """
    if not db.session.registry.has():
        return
    session = db.session()
    wrote = session.info.get("wrote") or session.new or session.dirty or session.deleted
    if session.in_transaction() and not wrote and _takes_statements(session):
        session.commit()


@contextmanager
def bound_to(bind: Engine | Connection) -> Iterator[None]:
    """Run the block's sessions on `bind`: the owner's engine for commands, a test's connection."""
    db.session.remove()
    token = _bind.set(bind)
    try:
        yield
    finally:
        db.session.remove()
        _bind.reset(token)
