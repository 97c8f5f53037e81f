"""Fills a company with very many rows by COPY, so that lists, searches and benches run on real sizes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from random import Random
from typing import Any, NamedTuple

from sqlalchemy import func, select

from app.clock import now
from app.companies.models import Company, CompanyParameter, Counter
from app.companies.parameters import TECHNICAL_ASSISTANCE
from app.database import company_scope, db, transaction
from app.demo import DEMO_PASSWORD
from app.demo.loading import DemoRefused
from app.plugin_api.contract import Plugin
from app.users import queries as users
from app.users.models import Membership, User
from app.users.passwords import hash_password
from app.users.roles import Role
from app.work_orders.handoff import NUMBER

ADMIN = "ana"
"""The login that administers what is seeded; made if it isn't there."""
PERIOD = timedelta(days=3 * 365)
PRODUCTS = 200
TECHNICIANS = 40
DEPARTMENTS = 8
OWNED_PRODUCTS = 2
"""Products that each customer owns."""
TRIGRAM_INDEXES = """
    SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
    JOIN pg_class ON pg_class.oid = indexrelid JOIN pg_am ON pg_am.oid = relam
    WHERE amname = 'gin' AND relowner = current_user::regrole ORDER BY 1
"""

KINDS = """
    Padaria Mercado Restaurante Hotel Clínica Farmácia Escola Academia Açougue Oficina Gráfica Pousada Café
    Livraria Lavanderia Condomínio Cooperativa Laboratório Transportadora Floricultura
"""
NAMES = """
    Aurélia Ávila Araucária Beija-Flor Bom-Jardim Caminho Campo-Largo Dourada Estação Estrela Girassol
    Horizonte Itaúna Jacarandá Lagoa Lírio Monte-Verde Nascente Oriente Paineira Primavera Quaresmeira
    Recanto Ribeirão São-Bento Serra-Azul Universo Vitória
"""


class SeededWorkOrder(NamedTuple):
    """What a plugin says of a work order that its document has; the host copies the rest."""

    source_id: int
    at: datetime
    is_done: bool
    customer_id: int
    customer_product_id: int | None
    technician_id: int
    problem: str


@dataclass(frozen=True)
class SeededCompany:
    """A company that is being seeded; ids are ranges, so that nothing has to be read back.

    Args:
        size: how many documents each plugin adds.
        random: chance that falls the same way each time.
        start, end: when the documents were made.
        customers, …: ids; the customer at `position` owns `customer_products[2 * position]` and the next.
    """

    company: Company
    user: User
    size: int
    random: Random
    start: datetime
    end: datetime
    customers: range
    products: range
    customer_products: range
    departments: range
    technicians: range

    def copy_work_orders(self, source: str, orders: Iterable[SeededWorkOrder]) -> int:
        """Add work orders and the requests they were made from; returns how many."""
        return _copy_work_orders(self, source, list(orders))

    def set_parameters(self, module: str, values: dict[str, bool | str]) -> None:
        """Store parameters of the company, unchecked and unaudited."""
        db.session.add_all(
            CompanyParameter(company_id=self.company.id, module=module, name=name, value=value)
            for name, value in values.items()
        )

    def set_counter(self, kind: str, last: int) -> None:
        """Let the next number of `kind` follow on `last`."""
        db.session.add(Counter(company_id=self.company.id, kind=kind, last=last))

    @staticmethod
    def reserve_ids(table: str, rows: int) -> range:
        """Take `rows` ids of the table's sequence."""
        sequence = func.pg_get_serial_sequence(table, "id")
        last = db.session.scalar(select(func.setval(sequence, func.nextval(sequence) + rows - 1)))
        assert last is not None  # setval always answers
        return range(last - rows + 1, last + 1)

    @staticmethod
    def copy(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """COPY `rows` into the table, in the session's transaction."""
        connection = db.session.connection().connection.driver_connection
        assert connection is not None  # it has just been opened
        statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)


def seed_companies(
    sizes: Mapping[str, int], *, plugins: Iterable[Plugin], told: Callable[[str], object]
) -> None:
    """Make and commit companies with very many documents per plugin; the session must be the owner's.

    Args:
        sizes: code → how many tickets and the like; customers are a twentieth of them.
        told: is called with each code when it is filled.

    Raises:
        DemoRefused: there is such a company already; then nothing is changed.
    """
    known = db.session.scalars(
        select(Company.code).where(Company.code.in_(sizes)).order_by(Company.code)
    ).all()
    if known:
        raise DemoRefused(f"The company {known[0]} is there already; nothing was changed.")
    modules = [import_module(plugin.demo) for plugin in plugins if plugin.demo]
    # As one: the indexes over all companies are made anew once.
    with transaction(), _trigram_indexes_made_at_the_end():
        user = _admin()
        for code, size in sizes.items():
            _seed_company(code, size, user, modules)
            told(code)


def _seed_company(code: str, size: int, user: User, modules: Iterable[Any]) -> None:
    company = Company(code=code, name=f"{code.capitalize()} Assistência")
    db.session.add(company)
    db.session.flush()
    db.session.add(Membership(company_id=company.id, user_id=user.id, role=Role.ADMIN, accepted_at=now()))
    with company_scope(company):
        seeded = _registers(company, user, size)
        for module in modules:
            module.seed(seeded)


def tidy() -> None:
    """Bring visibility map and the planner's statistics up to date, as autovacuum would after a while."""
    connection = db.session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
    connection.exec_driver_sql("VACUUM (ANALYZE)")
    db.session.rollback()


@contextmanager
def _trigram_indexes_made_at_the_end() -> Iterator[None]:
    """Within the transaction: filling these row by row takes four times as long as making them anew."""
    connection = db.session.connection()
    indexes = connection.exec_driver_sql(TRIGRAM_INDEXES).all()
    for name, _ in indexes:
        connection.exec_driver_sql(f"DROP INDEX {name}")
    yield
    connection.exec_driver_sql("SET LOCAL maintenance_work_mem = '256MB'")
    for _, definition in indexes:
        connection.exec_driver_sql(definition)


def _admin() -> User:
    user = users.user_by_login(ADMIN)
    if user is None:
        user = User(login=ADMIN, name=ADMIN.capitalize(), password_hash=hash_password(DEMO_PASSWORD))
        db.session.add(user)
        db.session.flush()
    return user


def _registers(company: Company, user: User, size: int) -> SeededCompany:
    customers = max(10, size // 20)
    end = now().replace(microsecond=0) - timedelta(days=1)
    seeded = SeededCompany(
        company=company,
        user=user,
        size=size,
        random=Random("seed"),  # noqa: S311  the same each time is what is wanted
        start=end - PERIOD,
        end=end,
        customers=SeededCompany.reserve_ids("customer", customers),
        products=SeededCompany.reserve_ids("product", PRODUCTS),
        customer_products=SeededCompany.reserve_ids("customer_product", OWNED_PRODUCTS * customers),
        departments=SeededCompany.reserve_ids("department", DEPARTMENTS),
        technicians=SeededCompany.reserve_ids("technician", TECHNICIANS),
    )
    seeded.set_parameters("host", {"service_kind": TECHNICAL_ASSISTANCE})
    names = _names(seeded.random)
    seeded.copy(
        "customer",
        ("company_id", "id", "code", "name"),
        ((company.id, key, f"{n:05d}", f"{next(names)} {n}") for n, key in enumerate(seeded.customers, 1)),
    )
    seeded.copy(
        "product",
        ("company_id", "id", "code", "name"),
        (
            (company.id, key, f"P{n:03d}", f"Equipamento modelo {n}")
            for n, key in enumerate(seeded.products, 1)
        ),
    )
    seeded.copy("customer_product", _OWNED_COLUMNS, _owned(seeded))
    seeded.copy(
        "department",
        ("company_id", "id", "code", "name"),
        ((company.id, key, f"D{n}", f"Setor {n}") for n, key in enumerate(seeded.departments, 1)),
    )
    seeded.copy(
        "technician",
        ("company_id", "id", "code", "name", "hourly_cost", "hourly_rate"),
        (
            (company.id, key, f"T{n:02d}", f"Técnico {n:02d}", 30 + n, 90 + 2 * n)
            for n, key in enumerate(seeded.technicians, 1)
        ),
    )
    return seeded


def _names(random: Random) -> Iterator[str]:
    kinds, names = KINDS.split(), NAMES.split()
    while True:
        yield f"{random.choice(kinds)} {random.choice(names)}"


_OWNED_COLUMNS = ("company_id", "id", "code", "name", "customer_id", "product_id", "serial_number")


def _owned(seeded: SeededCompany) -> Iterator[tuple[Any, ...]]:
    for position, key in enumerate(seeded.customer_products):
        product = seeded.random.randrange(len(seeded.products))
        yield (
            seeded.company.id,
            key,
            f"{position + 1:06d}",
            f"Equipamento modelo {product + 1}",
            seeded.customers[position // OWNED_PRODUCTS],
            seeded.products[product],
            f"SN{position + 1:07d}",
        )


_SUBJECT_COLUMNS = ("company_id", "customer_id", "customer_product_id", "technician_id", "problem")
_ORDER_COLUMNS = ("id", "number", "status", "opened_at", "created_at", "created_by_id", "source", "source_id")
_REQUEST_COLUMNS = (
    "sequence",
    "status",
    "attempts",
    "available_at",
    "created_at",
    "done_at",
    "work_order_id",
    "requested_by_id",
    "source",
    "source_id",
)


def _copy_work_orders(seeded: SeededCompany, source: str, orders: list[SeededWorkOrder]) -> int:
    keys = seeded.reserve_ids("work_order", len(orders))
    user = seeded.user.id

    def subject(order: SeededWorkOrder) -> tuple[Any, ...]:
        return (
            seeded.company.id,
            order.customer_id,
            order.customer_product_id,
            order.technician_id,
            order.problem,
        )

    seeded.copy(
        "work_order",
        (*_SUBJECT_COLUMNS, *_ORDER_COLUMNS),
        (
            (*subject(o), key, n, "done" if o.is_done else "open", o.at, o.at, user, source, o.source_id)
            for n, (key, o) in enumerate(zip(keys, orders, strict=True), 1)
        ),
    )
    seeded.copy(
        "work_order_request",
        (*_SUBJECT_COLUMNS, *_REQUEST_COLUMNS),
        (
            (*subject(o), 1, "done", 1, o.at, o.at, o.at, key, user, source, o.source_id)
            for key, o in zip(keys, orders, strict=True)
        ),
    )
    seeded.set_counter(NUMBER, len(orders))
    return len(orders)
