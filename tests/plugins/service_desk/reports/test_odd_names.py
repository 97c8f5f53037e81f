"""Names that begin as a formula does, are written from right to left or have line ends: text everywhere."""

from __future__ import annotations

import re
from io import BytesIO
from zipfile import ZipFile

import pytest

from app.database import company_scope, db
from app.parties.models import Customer
from app.reports.sheets import LineKind
from app.reports.typesetting import printable
from plugins.service_desk.reports.question import Question, View
from tests.plugins.service_desk.reports import reading
from tests.plugins.service_desk.reports.cases import Case
from tests.plugins.service_desk.reports.data import ODD_NAMES
from tests.plugins.service_desk.reports.questions import Asked, answer

FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|\t")
RIGHT_TO_LEFT = re.compile("[\u0590-\u06ff]")
COLUMNS = ("party", "product", "technician", "channel", "category", "known_problem", "serial", "problem")


@pytest.fixture
def odd(desk):
    """Every odd name is a customer's, with one ticket; the problem begins alike."""
    for name in ODD_NAMES:
        case = Case(desk, name=name)
        case.ticket(case.at("2019-01-15T10:00:00"), problem=f"{name}\nnomesestranhos")
    return desk


@pytest.fixture(
    params=[
        Question(text="nomesestranhos", columns=COLUMNS, sort="party"),
        Question(text="nomesestranhos", columns=("party",), break_by="party"),
        Question(text="nomesestranhos", view=View.DETAILS),
        Question(text="nomesestranhos", view=View.BY_CUSTOMER),
    ],
    ids=["list", "breaks", "details", "summary"],
)
def question(request):
    return request.param


def texts_of(odd, question: Question) -> list[str]:
    """All texts of the sheet, as they are."""
    _sheet, lines = answer(odd, Asked(question))
    values = [value for line in lines for value in line.values if isinstance(value, str)]
    return [*values, *(line.label for line in lines if line.label)]


def test_the_sheet_has_each_name_as_it_is(odd, question):
    texts = texts_of(odd, question)
    for name in ODD_NAMES:
        assert name in texts


def test_csv_puts_an_apostrophe_before_what_could_be_a_formula(odd, question):
    sheet, lines = answer(odd, Asked(question))
    content = reading.file_of(odd, Asked(question), "csv")
    reading.assert_csv(sheet, lines, content)
    cells = {cell for line in reading.csv_lines(content)[0] for cell in line}
    for name in ODD_NAMES:
        assert (f"'{name}" if FORMULA.match(name) else name) in cells
    # Each cell in quotes, so that none ends early.
    assert not any(FORMULA.match(cell) for cell in cells)


def test_xlsx_has_texts_and_no_formula(odd, question):
    sheet, lines = answer(odd, Asked(question))
    content = reading.file_of(odd, Asked(question), "xlsx")
    reading.assert_xlsx(sheet, lines, content)
    cells = {value for line in reading.xlsx_lines(content) for value in line.values()}
    for name in ODD_NAMES:
        assert reading.kept(name) in cells
    with ZipFile(BytesIO(content)) as archive:
        for name in archive.namelist():
            assert not re.search(rb"<f[ />]|hyperlink", archive.read(name))


def test_a_pdf_prints_them(odd, question):
    text = reading.pdf_text(reading.file_of(odd, Asked(question), "pdf"))
    for name in ODD_NAMES:
        # What is written from right to left is read back in another order.
        if not RIGHT_TO_LEFT.search(name):
            assert re.sub(r"[\s\u200b\u200d]", "", printable(name)) in text
    for wide, shown in (("＝Largo", "=Largo"), ("＋Mais", "+Mais"), ("＠Em", "@Em")):
        assert wide in ODD_NAMES
        assert shown in text


@pytest.mark.parametrize("name", ["=Empresa", "＝Empresa", "@Empresa\tLtda", "Emp\u202eresa"])
def test_a_company_and_a_filter_with_such_names(desk, name, monkeypatch):
    monkeypatch.setattr(desk.companies["aurora"], "name", name)
    company = desk.companies["aurora"]
    with company_scope(company):
        customer = db.session.get_one(Customer, desk.rows["aurora"].customers[0].id)
        customer.name = name
        db.session.flush()
    question = Question(companies=("aurora", "boreal"), customer_id=customer.id, serial="=1", text=name)
    sheet, lines = answer(desk, Asked(question))
    assert name in sheet.company
    assert f"RC0 · {name}" in dict(sheet.stated).values()
    for key in ("csv", "xlsx"):
        content = reading.file_of(desk, Asked(question), key)
        getattr(reading, f"assert_{key}")(sheet, lines, content)
    _lines, stated = reading.csv_lines(reading.file_of(desk, Asked(question), "csv"))
    assert stated["Número de Série"] == "'=1"
    assert stated["Pesquisar"] == (f"'{name}" if FORMULA.match(name) else name)
    question = Question(companies=("aurora", "boreal"))
    _lines, _stated = reading.csv_lines(reading.file_of(desk, Asked(question), "csv"))
    heading = answer(desk, Asked(question))[1]
    assert heading[[line.kind for line in heading].index(LineKind.BREAK)].label in (name, "Boreal Ltda")
    shown = f"'{name}" if FORMULA.match(name) else name
    named = [line[0] for line in _lines if line[0].startswith(shown)]
    assert named == [shown, f"{shown} · 67 atendimentos"]


def test_equal_names_of_a_customer_and_a_prospect_are_one_break_and_two_lines(desk):
    _sheet, lines = answer(desk, Asked(Question(break_by="party", columns=("party", "party_kind"))))
    broken = [line.label for line in lines if line.kind is LineKind.BREAK]
    assert len(broken) == len(set(broken))
    _sheet, lines = answer(desk, Asked(Question(view=View.BY_CUSTOMER)))
    names = [line.values[0] for line in lines]
    assert names.count("Padaria Zeta") == 3


def test_names_that_differ_by_an_accent_or_by_case_are_two_breaks_that_are_neighbours(desk):
    case = Case(desk)
    bruno, accented, plain = desk.rows["aurora"].technicians[:3]
    assert (accented.name, plain.name) == ("Ângela", "angela")
    for technician in (accented, plain, bruno, accented):
        case.ticket(case.at("2019-01-15T10:00:00"), technician_id=technician.id)
    _sheet, lines = case.ask(break_by="technician", columns=("technician",))
    assert [(line.kind, line.label or line.values[0]) for line in lines] == [
        (LineKind.BREAK, "Técnico/Operador: angela"),
        (LineKind.ROW, "angela"),
        (LineKind.SUBTOTAL, "Técnico/Operador: angela · 1 atendimento"),
        (LineKind.BREAK, "Técnico/Operador: Ângela"),
        (LineKind.ROW, "Ângela"),
        (LineKind.ROW, "Ângela"),
        (LineKind.SUBTOTAL, "Técnico/Operador: Ângela · 2 atendimentos"),
        (LineKind.BREAK, "Técnico/Operador: Bruno"),
        (LineKind.ROW, "Bruno"),
        (LineKind.SUBTOTAL, "Técnico/Operador: Bruno · 1 atendimento"),
        (LineKind.TOTAL, "Total: 4 atendimentos"),
    ]
