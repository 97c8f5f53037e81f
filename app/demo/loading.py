"""Makes the demo companies: the same rows each time, counted back from the day they are loaded."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from importlib import import_module
from random import Random

from sqlalchemy import func, select

from app.clock import today
from app.companies.models import Company
from app.database import company_scope, db, transaction
from app.demo import DEMO_PASSWORD, documents
from app.demo.aurora import AURORA
from app.demo.boreal import BOREAL
from app.demo.company import DemoCompany
from app.demo.content import COMETA, Content
from app.parties.models import Customer, Prospect
from app.plugin_api.contract import Plugin
from app.products.models import CustomerProduct, Product
from app.staff.models import Department, Technician
from app.users.models import Membership, User
from app.users.passwords import hash_password

CONTENTS = (AURORA, BOREAL, COMETA)
OWNED_PRODUCTS = 60
INACTIVE = 21
"""Which customer, counted from 0, is inactive."""
ALPHANUMERIC = 25
"""Which customer, counted from 0, has a CNPJ of the new kind."""
PERSONAL = re.compile("Sítio|Banca|Ateliê|Chácara")


class DemoRefused(Exception):
    """The demo can't be loaded here; the message is a sentence for whoever asked."""


def is_loaded() -> bool:
    """Whether a demo company is there."""
    codes = [content.code for content in CONTENTS]
    return db.session.scalar(select(Company.id).where(Company.code.in_(codes)).limit(1)) is not None


def is_empty() -> bool:
    """Whether there is no company at all."""
    return db.session.scalar(select(Company.id).limit(1)) is None


def load_demo(plugins: Iterable[Plugin], *, on: date | None = None) -> None:
    """Make and commit companies, logins and rows, the plugins' too; the session must be the owner's.

    Args:
        on: the day to count back from; default: each company's today.

    Raises:
        DemoRefused: a demo login is somebody's already.
    """
    modules = [import_module(plugin.demo) for plugin in plugins if plugin.demo]
    with transaction():
        users = _users()
        for content in CONTENTS:
            demo = _company(content, users, on)
            with company_scope(demo.company):
                demo = _rows(demo, content)
                for module in modules:
                    module.load(demo)


def _users() -> dict[str, User]:
    logins = sorted({login for content in CONTENTS for login in content.members})
    if taken := db.session.scalars(select(User.login).where(func.lower(User.login).in_(logins))).all():
        raise DemoRefused(
            f"The login {taken[0]} is somebody's already; the demo needs a database without it."
        )
    # One hash for all: argon2id takes its time on purpose.
    hashed = hash_password(DEMO_PASSWORD)
    users = {login: User(login=login, name=login.capitalize(), password_hash=hashed) for login in logins}
    db.session.add_all(users.values())
    return users


def _company(content: Content, users: dict[str, User], on: date | None) -> DemoCompany:
    company = Company(
        code=content.code,
        name=content.name,
        document=documents.cnpj(f"{_root(content) + 999:08d}"),
        address=content.address,
        phone=content.phone,
        email=f"contato@{content.code}.example",
        timezone="America/Sao_Paulo",
    )
    db.session.add(company)
    db.session.flush()
    demo = DemoCompany(
        company=company,
        today=on or today(company.timezone),
        random=Random(content.code),  # noqa: S311  the same each time is what is wanted
        members={login: users[login] for login in content.members},
    )
    db.session.add_all(
        Membership(
            company_id=company.id,
            user_id=users[login].id,
            role=role,
            accepted_at=demo.instant(days_ago=200, hour=9),
        )
        for login, role in content.members.items()
    )
    db.session.flush()
    return demo


def _rows(demo: DemoCompany, content: Content) -> DemoCompany:
    """The company's parameters and registers; returns `demo` with the rows in it."""
    demo.set_parameters("host", content.parameters)
    products = tuple(
        Product(company_id=demo.company.id, code=code, name=name, unit=unit)
        for code, (name, unit) in content.products.items()
    )
    customers = tuple(
        Customer(**_party(demo, content, position, name), is_active=position != INACTIVE)
        for position, name in enumerate(content.customers)
    )
    prospects = tuple(
        Prospect(**_party(demo, content, len(customers) + position, name) | {"code": f"{position + 1:04d}"})
        for position, name in enumerate(content.prospects)
    )
    db.session.add_all([*products, *customers, *prospects])
    db.session.flush()
    owned = _customer_products(demo, content, customers, products)
    technicians = _staff(demo, content)
    db.session.flush()
    return replace(
        demo,
        customers=customers,
        prospects=prospects,
        products=products,
        customer_products=owned,
        technicians=technicians,
    )


def _party(demo: DemoCompany, content: Content, position: int, name: str) -> dict[str, object]:
    number = _root(content) + position
    if PERSONAL.match(name):
        document = documents.cpf(number % 100_000)
    elif position == ALPHANUMERIC:
        document = documents.cnpj(f"9{content.code[:3].upper()}{position:02d}ZX")
    else:
        document = documents.cnpj(f"{number:08d}")
    street = content.streets[position % len(content.streets)]
    return {
        "company_id": demo.company.id,
        "code": f"{position + 1:04d}",
        "name": name,
        "document": document,
        "email": f"contato@{_slug(name)}.example",
        "phone": f"({'19' if content is AURORA else '41'}) 5550-{position + 101:04d}",
        "address": f"{street}, {demo.random.randrange(10, 2000)} – {content.city}",
    }


def _root(content: Content) -> int:
    # Roots of CNPJs are given out in ascending order, and are far from ninety million.
    return 90_000_000 + 1_000 * CONTENTS.index(content)


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:30].strip("-")


def _customer_products(
    demo: DemoCompany, content: Content, customers: tuple[Customer, ...], products: tuple[Product, ...]
) -> tuple[CustomerProduct, ...]:
    """Every customer owns one or two products that are installed somewhere."""
    if not customers:
        return ()
    ownable = [product for product in products if product.code.startswith(content.installed)]
    rows = []
    for position in range(OWNED_PRODUCTS):
        product = demo.random.choice(ownable)
        place = demo.random.choice(content.places)
        purchased = demo.today - timedelta(days=demo.random.randrange(30, 1500))
        months = demo.random.choice((12, 24, 36))
        rows.append(
            CustomerProduct(
                company_id=demo.company.id,
                code=f"{position + 1:04d}",
                name=f"{product.name} – {place}",
                customer_id=customers[position % len(customers)].id,
                product_id=product.id,
                serial_number=f"{product.code.replace('-', '')}{purchased:%y%m}{position + 1:04d}",
                purchased_on=purchased,
                # Of every tenth nobody knows how long the warranty lasts.
                warranty_until=purchased + timedelta(days=30 * months) if position % 10 else None,
                location=place.capitalize(),
            )
        )
    db.session.add_all(rows)
    return tuple(rows)


def _staff(demo: DemoCompany, content: Content) -> tuple[Technician, ...]:
    """Departments and their technicians; the first of each department is its supervisor."""
    departments = {
        code: Department(
            company_id=demo.company.id,
            code=code,
            name=name,
            email=f"{code.lower()}@{content.code}.example",
        )
        for code, name in content.departments.items()
    }
    db.session.add_all(departments.values())
    db.session.flush()
    technicians = tuple(
        Technician(
            company_id=demo.company.id,
            code=f"{position + 1:02d}",
            name=words.name,
            department_id=departments[words.department].id,
            shift=words.shift,
            is_controller=words.is_controller,
            is_active=not words.dismissed,
            admitted_on=demo.today - timedelta(days=demo.random.randrange(400, 2500)),
            dismissed_on=demo.today - timedelta(days=75) if words.dismissed else None,
            hourly_cost=Decimal(demo.random.randrange(3000, 6000)) / 100,
            hourly_rate=Decimal(demo.random.randrange(9000, 16000)) / 100,
            user_id=demo.members[words.login].id if words.login else None,
        )
        for position, words in enumerate(content.technicians)
    )
    db.session.add_all(technicians)
    db.session.flush()
    for technician in reversed(technicians):
        department = next(d for d in departments.values() if d.id == technician.department_id)
        department.supervisor_id = technician.id
    return technicians
