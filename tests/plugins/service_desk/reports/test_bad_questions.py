"""Questions about nothing, about what is gone, and questions that make no sense: answered, not crashed."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import pytest
from hypothesis import given
from pypdf import PdfReader
from sqlalchemy import delete
from werkzeug.datastructures import MultiDict

from app.database import company_scope, db
from app.reports.definition import QuestionRefused, Reader
from app.reports.sheets import LineKind
from app.staff.models import Technician
from plugins.service_desk.models import ProblemCategory
from plugins.service_desk.reports.question import NOBODY, REFERENCES, Period, Question, View
from tests.plugins.service_desk.reports import reading
from tests.plugins.service_desk.reports.cases import Case
from tests.plugins.service_desk.reports.questions import (
    REPORT,
    Asked,
    answer,
    assert_same,
    reader_of,
    runs,
)
from tests.plugins.service_desk.reports.test_question import ADDRESSES

BACKWARDS = {"since": date(2019, 2, 28), "until": date(2019, 2, 1)}


def assert_empty(desk, wanted: Asked) -> None:
    """Only a total, which has figures all the same."""
    sheet, lines = answer(desk, wanted)
    assert [line.kind for line in lines] == [LineKind.TOTAL]
    assert lines[0].label.startswith("Total: 0 ")
    assert sheet.count == REPORT.count(reader_of(desk, wanted.code), wanted.query) == 0
    figures = [
        value for column, value in zip(sheet.columns, lines[0].values, strict=True) if column.is_summed
    ]
    assert {value for value in figures if value is not None} <= {0}


# ── Nothing ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("view", View)
@pytest.mark.parametrize("companies", [(), ("aurora", "boreal", "cometa"), ("nowhere",)])
def test_an_empty_report_has_only_its_total(desk, view, companies):
    span = {} if companies == ("nowhere",) else BACKWARDS
    with company_scope(desk.companies["aurora"]):
        assert_empty(desk, Asked(Question(view=view, companies=companies, break_by="party", **span)))


@pytest.mark.parametrize("view", View)
@pytest.mark.parametrize("companies", [("aurora", "boreal"), ("nowhere",)])
def test_an_empty_report_still_makes_valid_files(desk, view, companies):
    wanted = Asked(Question(view=view, companies=companies, **BACKWARDS))
    sheet, lines = answer(desk, wanted)
    reading.assert_csv(sheet, lines, reading.file_of(desk, wanted, "csv"))
    reading.assert_xlsx(sheet, lines, reading.file_of(desk, wanted, "xlsx"))
    if view in (View.DETAILS, View.FORWARDINGS, View.WAITING, View.BY_MONTH):
        content = reading.file_of(desk, wanted, "pdf")
        assert len(PdfReader(BytesIO(content)).pages) == 1
        text = reading.pdf_text(content)
        assert "Linhas0" in text
        assert "Total:0" in text
        assert "de28/02/2019até01/02/2019" in text


# ── Spans ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("view", View)
def test_half_a_century_and_all_that_a_form_accepts(desk, view):
    fifty = {"since": date(1970, 1, 1), "until": date(2020, 1, 1)}
    ever = {"since": date(1900, 1, 1), "until": date(2199, 12, 31)}
    for span in (fifty, ever):
        assert_same(desk, Asked(Question(view=view, **span)))
    assert answer(desk, Asked(Question(view=view, **ever)))[1] == answer(desk, Asked(Question(view=view)))[1]


def test_days_out_of_the_calendar_are_refused(desk):
    reader = reader_of(desk)
    with company_scope(reader.company):
        for text in ("0001-01-01", "9999-12-31", "1899-12-31", "2200-01-01", "2019-02-30", "31/01/2019", "x"):
            assert Question.unchecked(f"since={text}&until={text}").refused == ("since", "until")
            assert_refused(reader, f"until={text}")
        assert Question.parse("since=x&until=x&period=month", reader.company).period is Period.MONTH


def assert_refused(reader: Reader, query: str) -> None:
    """By all that answers it."""
    for answers in (REPORT.companies_in, REPORT.count):
        with pytest.raises(QuestionRefused):
            answers(reader, query)
    with pytest.raises(QuestionRefused), REPORT.sheet(reader, query):
        pass


# ── What is gone or elsewhere ────────────────────────────────────────────────────────────────────────


def test_a_deleted_technician_in_a_saved_report_leaves_nothing(desk):
    company = desk.companies["aurora"]
    with company_scope(company):
        gone = Technician(company_id=company.id, code="SAI", name="Saiu")
        db.session.add(gone)
        db.session.flush()
        saved = [
            f"view={view}&{name}={gone.id}"
            for view in View
            for name in ("technician_id", "closed_by_id", "answered_by_id")
        ]
        db.session.execute(delete(Technician).where(Technician.id == gone.id))
        db.session.expire_all()
        reader = reader_of(desk)
        for query in saved:
            with REPORT.sheet(reader, query) as sheet:
                assert [line.kind for line in sheet.lines] == [LineKind.TOTAL]
            assert "(não existe este cadastro)" in dict(sheet.stated).values()


def test_an_inactive_technician_still_has_their_tickets(desk):
    inactive = desk.rows["aurora"].technicians[4]
    assert not inactive.is_active
    wanted = Asked(Question(technician_id=inactive.id))
    assert_same(desk, wanted)
    sheet, lines = answer(desk, wanted)
    assert len(lines) > 1
    assert ("Técnico/Operador", f"{inactive.code} · {inactive.name}") in sheet.stated


def test_a_category_moved_meanwhile_takes_its_sub_tree_along(desk):
    """Elétrica › Motor › Bobina; then Motor stands below Água."""
    case = Case(desk)
    electric, motor, coil, water = case.rows.categories[:4]
    problems = {problem.category_id: problem.id for problem in case.rows.known_problems}
    start = case.at("2019-01-15T10:00:00")
    for category in (electric, motor, coil):
        case.ticket(start, known_problem_id=problems[category.id])

    def count(category: ProblemCategory, **more: object) -> int:
        return case.ask(category_id=category.id, **more)[0].count

    assert [count(each) for each in (electric, motor, coil, water)] == [3, 2, 1, 0]
    with company_scope(case.company):
        db.session.get_one(ProblemCategory, motor.id).parent_id = water.id
        db.session.flush()
    assert [count(each) for each in (electric, motor, coil, water)] == [1, 2, 1, 2]
    assert [count(each, only_category=True) for each in (electric, motor, coil, water)] == [1, 1, 1, 0]


def test_a_circle_of_categories_ends(desk):
    case = Case(desk)
    electric, motor = case.rows.categories[:2]
    with company_scope(case.company):
        db.session.get_one(ProblemCategory, electric.id).parent_id = motor.id
        db.session.flush()
    assert case.ask(category_id=electric.id)[0].count == 0


@pytest.mark.parametrize("reference", REFERENCES, ids=lambda reference: reference.name)
def test_nobodys_report_is_empty_in_every_kind(desk, reference):
    with company_scope(desk.companies["aurora"]):
        for view in (View.DETAILS, View.FORWARDINGS, View.WAITING, View.BY_DEPARTMENT):
            assert_empty(desk, Asked(Question(view=view, **{reference.field: NOBODY})))


def test_what_contradicts_itself_leaves_nothing(desk):
    department = desk.rows["aurora"].departments[0].id
    queries = [
        f"forwardings=without&department_id={department}",
        "date=open&status=closed",
        "date=closed&status=open",
        "view=waiting&date=answered",
        "orders=without&order_status=done",
        "only=no_product&serial=sn",
    ]
    company = desk.companies["aurora"]
    for query in queries:
        with company_scope(company):
            assert_empty(desk, Asked(Question.parse(query, company)))


# ── Whatever is in the address ───────────────────────────────────────────────────────────────────────


@runs(40)
@given(ADDRESSES)
def test_no_address_makes_it_fail(desk, address):
    reader = reader_of(desk)
    with company_scope(reader.company):
        query = Question.of(MultiDict(address), reader.company).query()
        with REPORT.sheet(reader, query) as sheet:
            rows = [line for line in sheet.lines if line.kind is LineKind.ROW]
        assert sheet.count == len(rows) == REPORT.count(reader, query)
        assert all(company in reader.companies for company in REPORT.companies_in(reader, query))


@pytest.mark.parametrize(
    "query",
    [
        "&&&=;%",
        "view=%ff&q=%ff&company=%zz",
        "view=tickets&view=waiting",
        "q=" + "a" * 200,
        "columns=" + ",".join(["number"] * 500),
        "company=" + ",".join(f"c{n}" for n in range(3_000)),
        "sort=--number&break=-opened",
        "sort=number;drop",
        "since=2019-01-01&until=",
        "q=%25_%5C&serial=%27%22",
    ],
)
def test_an_odd_address_is_answered(desk, query):
    reader = reader_of(desk)
    with company_scope(reader.company), REPORT.sheet(reader, query) as sheet:
        assert list(sheet.lines)[-1].kind is LineKind.TOTAL


@pytest.mark.parametrize(
    "query", ["view=%ff&q=%00&company=%zz", "q=" + "a" * 5_000, "serial=" + "a" * 61, "serial=%EF%BF%BD"]
)
def test_a_text_that_no_row_can_hold_is_refused(desk, query):
    reader = reader_of(desk)
    with company_scope(reader.company):
        assert_refused(reader, query)


def test_a_sheet_that_nobody_reads_to_its_end_leaves_the_scope_as_it_was(desk):
    reader = reader_of(desk)
    query = Question(companies=("aurora", "boreal")).query()
    with company_scope(reader.company):
        with REPORT.sheet(reader, query) as sheet:
            lines = iter(sheet.lines)
            assert next(lines).kind is LineKind.BREAK
            assert next(lines).kind is LineKind.ROW
        with REPORT.sheet(reader, "") as sheet:
            assert sheet.count == sum(line.kind is LineKind.ROW for line in sheet.lines) > 0
