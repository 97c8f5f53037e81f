"""Nobody's report has a row of a company that they may not know, whatever is in its address (R23).

Also with each of the three nets of DESIGN 5 taken away in turn, in pages, totals, summaries and the streamed
answer; with none the leak is there, which shows that each of these looks can see one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import ColumnElement, Engine
from sqlalchemy.sql import visitors
from sqlalchemy.sql.elements import BinaryExpression

from app.companies.models import Company
from app.database import acting_as, bound_to, company_scope, db, transaction
from app.formats import in_language
from app.keyset import Place
from app.reports.definition import Reader
from app.reports.readers import reader_of as reader_of_user
from app.reports.sheets import LineKind
from app.users.models import User
from plugins.service_desk.models import Forwarding, Ticket
from plugins.service_desk.reports import narrowing
from plugins.service_desk.reports.columns import Source
from plugins.service_desk.reports.listing import Listing
from plugins.service_desk.reports.question import REFERENCES, Question, View
from plugins.service_desk.reports.report import summed
from tests.app.test_walls_paths import without_orm_net, without_row_security
from tests.plugins.service_desk.reports.cases import Case
from tests.plugins.service_desk.reports.questions import (
    KINDS,
    LISTS,
    REPORT,
    SUMMARIES,
    Asked,
    asked,
    plain_answer,
    reader_of,
    runs,
    same,
)
from tests.world import SECRET, World

ASKS_FOR_OTHERS = (
    "company=boreal",
    "company=aurora,boreal",
    "company=boreal&company=aurora",
    "company=aurora&company=boreal&company=cometa&company=nowhere",
    "company=BOREAL&company=%20boreal&company=boreal%00&company=*&company=%25&company=",
    "company={boreal_id}",
    "companies=boreal&company_id={boreal_id}&company_code=boreal",
)


def lines_for(reader: Reader, query: str) -> list[tuple[Any, ...]]:
    with company_scope(reader.company), REPORT.sheet(reader, query) as sheet:
        return [same(line) for line in sheet.lines]


# ── Which companies ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("asks", ASKS_FOR_OTHERS)
@pytest.mark.parametrize("view", [View.TICKETS, View.DETAILS, View.FORWARDINGS, View.BY_CUSTOMER])
def test_who_may_know_one_company_sees_it_or_nothing(desk, asks, view):
    reader = reader_of(desk, companies=("aurora",))
    query = f"view={view}&" + asks.format(boreal_id=desk.companies["boreal"].id)
    with company_scope(reader.company):
        assert set(REPORT.companies_in(reader, query)) <= {desk.companies["aurora"]}
        with REPORT.sheet(reader, query) as sheet:
            assert "Boreal" not in sheet.company
            assert not any("Boreal" in value for _label, value in sheet.stated)
    own, nothing = lines_for(reader, f"view={view}"), lines_for(reader, f"view={view}&company=nowhere")
    assert lines_for(reader, query) in (own, nothing)
    assert (lines_for(reader, query) == own) is ("aurora" in asks or "company=" not in asks)


@runs(25)
@given(st.data())
def test_whatever_is_asked_others_companies_are_as_none(desk, data):
    """The answer of who may know one company is that about this company alone."""
    wanted = data.draw(asked(desk))
    known = (wanted.code,)
    reader = reader_of(desk, wanted.code, companies=known)
    codes = tuple(code for code in wanted.question.companies if code in known) or ("nowhere",)
    question = replace(wanted.question, companies=codes if wanted.question.companies else ())
    with company_scope(reader.company), REPORT.sheet(reader, wanted.query) as sheet:
        lines = list(sheet.lines)
    plain = plain_answer(desk, Asked(question, wanted.code), sheet)
    assert [same(line) for line in lines] == [same(line) for line in plain]


@pytest.mark.parametrize(
    ("login", "codes"), [("ana", {"aurora", "boreal"}), ("bruno", {"aurora"}), ("dora", set())]
)
def test_a_readers_companies_are_those_of_the_user_now(app, desk, world, login, codes):
    """Memberships, roles and parameters are asked for anew: here those of the small world."""
    registry = app.extensions["balcao"]
    for code, company in desk.companies.items():
        user = world.users[login]
        with acting_as(user.id), company_scope(company):
            reader = reader_of_user(user, company, REPORT, registry)
            assert (reader is not None) is (code in codes)
            if reader is not None:
                assert {each.code for each in reader.companies} == codes
                everything = "company=aurora,boreal,cometa"
                assert {each.code for each in REPORT.companies_in(reader, everything)} == codes


# ── Rows of others as filters ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("reference", REFERENCES, ids=lambda reference: reference.name)
@pytest.mark.parametrize("companies", ["", "&company=aurora,boreal"])
def test_another_companys_row_as_filter_leaves_nothing(desk, reference, companies):
    """Also where that company is among those asked about: rows are named in the company that asks."""
    reader = reader_of(desk)
    foreign = getattr(desk.rows["boreal"], KINDS[reference.name])
    own = getattr(desk.rows["aurora"], KINDS[reference.name])
    with company_scope(reader.company):
        for view in (View.TICKETS, View.FORWARDINGS, View.WAITING, View.BY_MONTH):
            assert REPORT.count(reader, f"view={view}&{reference.field}={foreign[0].id}{companies}") == 0
        assert any(REPORT.count(reader, f"{reference.field}={row.id}{companies}") for row in own)
        with REPORT.sheet(reader, f"{reference.field}={foreign[0].id}") as sheet:
            assert "(não existe este cadastro)" in dict(sheet.stated).values()
            assert not any(foreign[0].name in value for _label, value in sheet.stated)


def test_a_name_that_only_the_other_company_has_is_nobodys(desk):
    Case(desk, "boreal", name="Só Boreal")
    reader = reader_of(desk)
    with company_scope(reader.company):
        question = Question.parse("customer=S%C3%B3+Boreal", reader.company)
        assert question.customer_id == 0
        assert REPORT.count(reader, "customer=S%C3%B3+Boreal&company=aurora,boreal") == 0


@pytest.mark.parametrize("view", View)
def test_a_row_as_filter_of_several_companies_finds_only_its_own(desk, view):
    """No heading of a company that has nothing, no line, no sum of it."""
    reader = reader_of(desk)
    query = f"view={view}&technician_id={desk.rows['aurora'].technicians[0].id}"
    alone = lines_for(reader, query)
    together = lines_for(reader, f"{query}&company=aurora,boreal,cometa")
    if view in LISTS:
        headings = [label for kind, _values, label, _level in together if kind is LineKind.BREAK]
        assert headings == ["Aurora Ltda"]
    rows = [kind for kind, *_ in together].count(LineKind.ROW)
    assert rows == [kind for kind, *_ in alone].count(LineKind.ROW) > 0
    assert together[-1][2] == alone[-1][2]


# ── The three nets ───────────────────────────────────────────────────────────────────────────────────


def page(question: Question, company: Company) -> Sequence[Any]:
    """Which rows the page takes; what these show is a statement of its own."""
    listing = Listing(question, company)
    order = listing.source.columns[listing.sort.removeprefix("-")]
    ids = listing.source.select([Ticket.company_id], order.needs).where(*listing.conditions)
    return db.session.scalars(ids).all()


def tickets_in_lines(question: Question, company: Company) -> int | None:
    """None: there is a line whose name isn't the company's, and names are looked up there."""
    try:
        return summed(question, [company]).total.count
    except KeyError:
        return None


NAMELESS = (View.BY_MONTH, View.BY_PRODUCT, View.BY_CATEGORY)
"""Kinds whose lines name nothing of the small world's."""
LOOKS: dict[str, Callable[[Company], object]] = {
    **{
        f"{view}: count": lambda company, view=view: Listing(Question(view=view), company).count()
        for view in LISTS
    },
    **{
        f"{view}: streamed": lambda company, view=view: sorted(
            str(row[0]) for row in Listing(Question(view=view), company).all()
        )
        for view in LISTS
    },
    **{
        f"{view}: rows of a page": lambda company, view=view: page(Question(view=view), company)
        for view in LISTS
    },
    "totals": lambda company: Listing(Question(columns=("contacts",)), company).totals(),
    **{
        f"{view}: lines": lambda company, view=view: tickets_in_lines(Question(view=view), company)
        for view in SUMMARIES
    },
}
"""What is told of a company's rows, by the way of asking."""


@pytest.fixture
def careless(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """First net away, when called: the conditions and the joins forget the company."""

    def forget() -> None:
        real, real_select = narrowing.of_tickets, Source.select

        def of_tickets(question: Question, company: Company) -> narrowing.Conditions:
            return [*real(question, company)[1:]]

        def select(self: Source, columns: Any, needs: Any) -> Any:
            statement = real_select(self, columns, needs)
            return _without_company(statement) if self.view.is_of_forwardings else statement

        monkeypatch.setattr(narrowing, "of_tickets", of_tickets)
        monkeypatch.setattr(Source, "select", select)

    return forget


def _without_company(statement: Any) -> Any:
    """The join of forwardings to tickets, by their ids alone."""

    def keep(element: Any, **_: Any) -> ColumnElement[bool] | None:
        is_company = isinstance(element, BinaryExpression) and "company_id" in str(element.left)
        return (element.left == element.left) if is_company else None

    return visitors.replacement_traverse(statement, {}, keep)


@pytest.fixture(scope="module")
def waiting(app: Flask, world: World, documents: None, owner_engine: Engine) -> Iterator[None]:
    """In each company of the small world also a forwarding waits for its answer."""
    with app.app_context(), bound_to(owner_engine):
        made = {}
        for code, company in world.companies.items():
            rows = world.rows[code]
            with company_scope(company), transaction():
                made[code] = Forwarding(
                    company_id=company.id,
                    ticket_id=rows.ticket.id,
                    key=UUID(int=6_000 + company.id),
                    department_id=rows.department.id,
                    forwarded_at=datetime(2026, 11, 4, 14, tzinfo=UTC),
                )
                db.session.add(made[code])
    yield
    with app.app_context(), bound_to(owner_engine):
        for code, company in world.companies.items():
            with company_scope(company), transaction():
                db.session.delete(db.session.get_one(Forwarding, made[code].id))


@pytest.fixture
def look(
    app: Flask, world: World, waiting: None, owner_engine: Engine
) -> Iterator[Callable[..., dict[str, object]]]:
    """All looks at aurora, with the two other nets or without them."""

    def told(*, orm: bool = True, row_security: bool = True) -> dict[str, object]:
        with app.app_context(), in_language("pt_BR"), ExitStack() as nets:
            if not orm:
                nets.enter_context(without_orm_net())
            if not row_security:
                nets.enter_context(without_row_security(owner_engine))
            else:
                nets.enter_context(bound_to(db.engine))
            with company_scope(world.aurora):
                return {name: look(world.aurora) for name, look in LOOKS.items()}

    return told


@pytest.mark.parametrize(("orm", "row_security"), [(False, False), (True, False), (False, True)])
def test_the_first_net_alone_holds(look, orm, row_security):
    assert look(orm=orm, row_security=row_security) == look()


@pytest.mark.parametrize(("orm", "row_security"), [(True, True), (True, False), (False, True)])
def test_where_the_question_forgets_the_company_either_other_net_holds(look, careless, orm, row_security):
    whole = look()
    careless()
    assert look(orm=orm, row_security=row_security) == whole


def test_without_any_net_each_look_sees_the_leak(look, careless):
    whole = look()
    careless()
    leaked = look(orm=False, row_security=False)
    assert {name for name in whole if leaked[name] == whole[name]} == set()


@pytest.mark.parametrize(("orm", "row_security"), list(product((True, False), repeat=2)))
def test_no_net_but_the_first_is_needed_for_the_whole_sheet(
    app, world, waiting, owner_engine, orm, row_security
):
    """No text of boreal's in any kind, with all columns, whatever else is taken away."""
    foreign = SECRET.format("boreal")
    reader = Reader(User(name="Ana", login="ana"), world.aurora, (world.aurora,))
    with app.app_context(), in_language("pt_BR"), ExitStack() as nets:
        if not orm:
            nets.enter_context(without_orm_net())
        if not row_security:
            nets.enter_context(without_row_security(owner_engine))
        with company_scope(world.aurora):
            for view in View:
                columns = () if view.is_summary else tuple(Source.of(world.aurora, view).columns)
                question = Question(view=view, columns=columns, companies=("aurora", "boreal"))
                with REPORT.sheet(reader, question.query()) as sheet:
                    text = repr(list(sheet.lines))
                assert foreign not in text
                assert SECRET.format("aurora") in text or view in NAMELESS


def test_pages_and_their_values_are_of_the_company(app, world, waiting, owner_engine, careless):
    """Even with no net at all, what a page shows of its rows is looked up in the company again."""
    careless()
    with ExitStack() as nets:
        nets.enter_context(app.app_context())
        nets.enter_context(without_orm_net())
        nets.enter_context(without_row_security(owner_engine))
        nets.enter_context(company_scope(world.aurora))
        listing = Listing(Question(columns=("party",)), world.aurora)
        shown = [listing.values(row)[0] for row in listing.page(Place()).rows]
    assert shown
    assert not any(SECRET.format("boreal") in name for name in shown)
