"""Who reads the report, and of which companies; odd addresses; a reader's columns, files, saved reports."""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from types import SimpleNamespace
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, update

from app.companies.models import Company
from app.database import company_scope, db, transaction
from app.keyset import keyset_page
from app.reports.models import ReportColumns, SavedReport
from app.users.models import Membership
from plugins.service_desk.reports.question import Question, View
from plugins.service_desk.views import reports
from tests.pages import forms_of
from tests.plugins.service_desk.desk import change, switch
from tests.plugins.service_desk.report_pages import PAGE, Answer, add_tickets, ask, follow
from tests.world import World, log_in

URL = PAGE.format("aurora")
KEY = "service_desk.tickets"


@pytest.fixture
def ana(client: FlaskClient, world: World) -> FlaskClient:
    """The admin of aurora and boreal, and tickets in both."""
    add_tickets(world)
    log_in(client, world, "ana")
    return client


# ── Who may ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_member_sees_it_and_nobody_else(client: FlaskClient, world: World) -> None:
    for login, status in (("vera", 200), ("carla", 404), ("dora", 404)):
        log_in(client, world, login)
        assert client.get(URL).status_code == status
        assert client.post(f"{URL}/columns").status_code == (302 if status == 200 else 404) + (status == 200)


def test_where_tickets_are_not_controlled_it_is_not_there(client: FlaskClient, world: World) -> None:
    log_in(client, world, "ana")
    assert "Atendimentos e Encaminhamentos" in client.get("/c/aurora/").text
    switch(world.aurora, "enabled", value=False)
    assert client.get(URL).status_code == client.post(f"{URL}/columns").status_code == 404
    assert "Atendimentos e Encaminhamentos" not in client.get("/c/aurora/").text


@pytest.fixture
def inactive(world: World, owner_engine: Engine) -> Iterator[None]:
    """Aurora can be read by its admins only (R22c)."""
    own = update(Company).where(Company.id == world.aurora.id)
    with owner_engine.begin() as connection:
        connection.execute(own.values(is_active=False))
    yield
    with owner_engine.begin() as connection:
        connection.execute(own.values(is_active=True))


@pytest.mark.usefixtures("inactive")
def test_a_company_that_can_only_be_read_offers_nothing_that_writes(
    client: FlaskClient, world: World
) -> None:
    log_in(client, world, "ana")
    page = client.get(URL).text
    assert ask(client).numbers == [1]
    assert 'method="post"' not in page.partition('id="report"')[2].partition("</main>")[0]
    assert client.post(f"{URL}/columns").status_code == 403


# ── Several companies ────────────────────────────────────────────────────────────────────────────────

BOTH = "company=aurora&company=boreal"


def sums(answer: Answer) -> dict[str, str]:
    """The number of rows by company."""
    return {line.texts[0]: line.texts[1] for line in answer.tables[0][1:]}


def test_several_companies_are_told_together_and_shown_one_after_the_other(ana: FlaskClient) -> None:
    found = ask(ana, BOTH)
    assert sums(found) | {"Total: 11 atendimentos": "0"} == {
        "Aurora Ltda": "10",
        "Boreal Ltda": "1",
        "Total: 11 atendimentos": "0",
    }
    assert '<h3 class="answer-company" id="answer-company">Aurora Ltda</h3>' in found.html
    assert len(found.rows) == 10
    assert found.total.texts[0] == "Total: 10 atendimentos"
    assert found.stated["Empresas"] == "Aurora Ltda, Boreal Ltda"
    assert "SEGREDO-DE-boreal" not in found.html

    other = follow(ana, found.pages["Boreal Ltda"])
    assert other.numbers == [1]
    assert other.rows[0].cells[0].url.startswith("/c/boreal/service-desk/tickets/")
    assert "SEGREDO-DE-aurora" not in other.html
    assert "Boreal Ltda" not in other.pages
    assert ask(ana, f"{BOTH}&at=boreal").numbers == ask(ana, f"{BOTH}&at=boreal&sort=party").numbers == [1]


def test_pages_stay_in_their_company_and_the_next_one_follows_the_last(
    ana: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(keyset_page.__kwdefaults__, "size", 6)
    found = ask(ana, BOTH)
    assert list(found.pages) == ["Próxima"]
    assert "&at=aurora&" in found.pages["Próxima"]
    last = follow(ana, found.pages["Próxima"])
    assert (len(found.rows), len(last.rows)) == (6, 4)
    assert list(last.pages) == ["Anterior", "Boreal Ltda"]
    assert follow(ana, last.pages["Anterior"]).numbers == found.numbers
    assert list(follow(ana, last.pages["Boreal Ltda"]).pages) == []


def test_the_first_company_with_rows_is_shown_and_one_without_any_has_no_link(ana: FlaskClient) -> None:
    found = ask(ana, f"{BOTH}&since=2026-01-01&q=SEGREDO-DE-boreal")
    assert sums(found)["Aurora Ltda"] == "0"
    assert not found.tables[0][1].cells[0].url
    assert found.numbers == [1]
    assert 'id="answer-company">Boreal Ltda' in found.html
    assert ask(ana, f"{BOTH}&q=ninguém").tables == []


def test_the_breaks_of_another_company_are_its_own(ana: FlaskClient) -> None:
    found = ask(ana, f"{BOTH}&at=boreal&break=technician&view=details")
    assert [line.texts[0] for line in found.lines if line.kind == "answer-break"] == [
        "Técnico/Operador: Técnico SEGREDO-DE-boreal"
    ]


def test_a_company_of_somebody_elses_is_as_none(client: FlaskClient, world: World) -> None:
    log_in(client, world, "bruno")
    assert ask(client, "company=boreal").tables == []
    assert ask(client, "company=boreal").stated["Empresas"] == "—"
    assert ask(client, BOTH).numbers == ask(client, "company=aurora,boreal,nowhere,%00").numbers == [1]
    for view in View:
        for query in (f"view={view}&company=boreal", f"view={view}&{BOTH}", f"view={view}&{BOTH}&at=boreal"):
            page = client.get(f"{URL}?{query}").text
            assert "SEGREDO-DE-boreal" not in page
            assert "Boreal" not in page


def test_companies_are_offered_where_the_report_is_there(ana: FlaskClient, world: World) -> None:
    def offered(query: str = "") -> list[str]:
        found = re.findall(r'name="company" value="(\w+)"( checked)?', ana.get(f"{URL}?{query}").text)
        return [code + checked for code, checked in found]

    assert offered() == ["aurora checked", "boreal"]
    assert offered("company=boreal") == ["aurora", "boreal checked"]
    assert offered(BOTH) == ["aurora checked", "boreal checked"]
    switch(world.boreal, "enabled", value=False)
    assert offered() == []
    assert ask(ana, BOTH).numbers == ask(ana).numbers
    assert ask(ana, "company=boreal").tables == []


def test_of_many_companies_only_those_that_are_named_are_looked_at(
    ana: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "MOST_OFFERED", 1)

    def offered(query: str) -> list[str]:
        return re.findall(r'name="company" value="(\w+)"', ana.get(f"{URL}?{query}").text)

    assert offered("") == ["aurora"]
    assert offered("company=boreal") == ["aurora", "boreal"]
    assert offered("companies=all") == ["aurora", "boreal"]
    assert 'name="companies" value="all"' in ana.get(URL).text
    assert 'name="companies" value="all"' not in ana.get(f"{URL}?companies=all").text


# ── Whatever stands in the address ───────────────────────────────────────────────────────────────────


def cursor(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode()


ODD = [
    *(
        "view=nonsense",
        "view=%00",
        "date=x&period=y",
        "status=?&direction=&forwardings=1&orders=&order_status=z",
    ),
    *("since=x&until=2026-02-31", "since=0001-01-01&until=9999-12-31", "since=1950-01-01&until=2199-12-31"),
    *("since=%00&until=%ed%a0%80", "since=2024-01-01&since=2025-01-01", "period=year&since=x"),
    *("customer_id=99999999999999999999999", "customer_id=-1", "customer_id=%C2%B2", "technician=%00"),
    *("category_id=0&only_category=1", "product_id=x&customer_product_id=1e9", "outcome=%ed%a0%80&channel=,"),
    *(
        "serial=%25%25",
        "serial=" + "s" * 5_000,
        "q=%00",
        "q=" + "a" * 5_000,
        "q='%20OR%201=1%20--",
        "q=%F0%9F%99%82",
    ),
    *("sort=nonsense", "sort=-", "sort=--number", "sort=%00", "break=nonsense", "break=%00", "columns=%00"),
    *("columns=,,,", "columns=number,number,x", "columns=" + ",".join(map(str, range(500)))),
    *(
        "company=",
        "company=,,",
        "company=%00",
        "company=AURORA",
        "company=" + ",".join(map(str, range(3_000))),
    ),
    *("at=boreal", "at=%00", "companies=%00", "all=%00", "only=x&only=no_product&only=no_product"),
    *(
        "after=x",
        "after=%00",
        "before=" + cursor("[]"),
        "after=" + cursor('["a","b"]'),
        "after=" + cursor("{}"),
    ),
    *(
        "after=" + cursor(f'["{10**30}","{10**30}"]'),
        "before=" + cursor('["NaN","1"]'),
        "after=" + cursor('"' * 99),
    ),
    "&".join(f"x{n}=1" for n in range(900)),
]
"""Addresses that nobody's page has."""


@pytest.mark.parametrize("view", [View.TICKETS, View.BY_MONTH])
def test_odd_addresses_are_answered(ana: FlaskClient, view: View) -> None:
    for query in ODD:
        response = ana.get(f"{URL}?{query}&view={view}")
        assert response.status_code == 200, query
        is_refused = bool(Question.unchecked(query).refused)
        assert ("<dt>" in response.text) != is_refused, query


def test_a_cursor_that_was_tampered_with_leads_to_the_first_page(ana: FlaskClient) -> None:
    first = ask(ana, "break=opened&sort=close_time").numbers
    for place in (
        cursor('["2024-01-01","1","1"]')[:-3],
        cursor('["x","y","z"]'),
        cursor('["9999-12-31","1","1"]'),
    ):
        assert ask(ana, urlencode({"break": "opened", "sort": "close_time", "after": place})).numbers == first


def test_a_row_that_is_not_there_leaves_nothing_and_is_said(ana: FlaskClient, world: World) -> None:
    foreign = world.rows["boreal"].customer.id
    for query in (f"customer_id={foreign}", "customer=Ninguém", "customer_id=x", "customer_id=0"):
        found = ask(ana, query)
        assert found.tables == []
        assert found.stated["Cliente"] == "(não existe este cadastro)"
        assert "Nada encontrado." in found.html
        assert "Não existe este registro" in found.html or "escolha" in found.html  # at the field
        assert "SEGREDO-DE-boreal" not in found.html


def test_a_technician_who_left_and_a_product_made_inactive_are_answered(
    ana: FlaskClient, world: World, rows: SimpleNamespace
) -> None:
    change(world.aurora, rows.product, is_active=False)
    assert ask(ana, f"technician_id={rows.inactive_technician.id}").numbers == [7003]
    assert ask(ana, f"product_id={rows.product.id}").numbers == [7007, 7004, 7002]


# ── Columns ──────────────────────────────────────────────────────────────────────────────────────────


def heads(answer: Answer) -> list[str]:
    return [head.text for head in answer.heads]


def choose(client: FlaskClient, query: str, **posted: list[str] | str) -> Answer:
    response = client.post(f"{URL}/columns", data={"query": query, **posted})
    assert response.status_code == 303
    return follow(client, response.location)


def test_columns_are_remembered_by_kind_and_user(client: FlaskClient, world: World) -> None:
    log_in(client, world, "vera")
    usual = heads(ask(client))
    found = choose(client, "status=open&sort=party", columns=["serial", "number", "nonsense", "%00"])
    assert heads(found) == ["Número de Série", "Número"]
    assert found.stated["Situação"] == "Em aberto"
    assert heads(ask(client, "q=liga")) == ["Número de Série", "Número"]
    assert heads(ask(client, "view=details")) != ["Número de Série", "Número"]
    boxes = re.findall(r'name="columns" value="(\w+)"( checked)?', client.get(URL).text)
    assert boxes[:3] == [("serial", " checked"), ("number", " checked"), ("opened", "")]

    other = client.application.test_client()
    log_in(other, world, "sofia")
    assert heads(ask(other)) == usual
    assert heads(choose(client, "", columns=["serial"], usual="1")) == usual
    assert heads(choose(client, "", columns=[])) == usual


def test_columns_of_the_address_win_and_what_is_remembered_stays(client: FlaskClient, world: World) -> None:
    log_in(client, world, "vera")
    choose(client, "", columns=["serial"])
    shown = ask(client, "columns=party&columns=nonsense,number")
    assert heads(shown) == ["Cliente ou interessado", "Número"]
    assert parse_qs(urlsplit(shown.heads[0].url).query)["columns"] == ["party,nonsense,number"]
    assert heads(ask(client)) == ["Número de Série"]
    assert heads(choose(client, "columns=party", columns=["number"])) == ["Número"]


def test_a_summary_has_no_columns_to_choose(client: FlaskClient, world: World) -> None:
    log_in(client, world, "vera")
    assert 'id="columns-panel"' in client.get(URL).text
    assert 'id="columns-panel"' not in client.get(f"{URL}?view=by_month").text
    choose(client, "view=by_month", columns=["number"])
    with company_scope(world.aurora):
        mine = db.session.query(ReportColumns).filter_by(user_id=world.users["vera"].id).count()
    assert mine == 0


# ── Files and saved reports ──────────────────────────────────────────────────────────────────────────


def test_a_file_is_asked_for_with_what_the_page_shows(ana: FlaskClient) -> None:
    choose(ana, "", columns=["number", "party"])
    page = ana.get(f"{URL}?customer=C2&sort=party&after=x&at=y").text
    orders = [form for form in forms_of(page, URL) if form.action.endswith(f"/{KEY}/files")]
    sent = [{i.name: i.value for i in form.inputs} for form in orders]
    assert [each["format"] for each in sent] == ["pdf", "xlsx", "csv"]
    assert len({each["request_key"] for each in sent}) == 3
    query = parse_qs(sent[0]["query"])
    assert query.pop("customer_id")
    assert query == {"sort": ["party"], "columns": ["number,party"]}
    file = ana.post(orders[2].action, data=sent[2])
    assert file.status_code == 200
    lines = file.get_data().decode("utf-8-sig").splitlines()
    assert "Número;Cliente ou interessado" in "\n".join(lines).replace('"', "")
    assert "Ordem;Cliente ou interessado, crescente" in "\n".join(lines).replace('"', "")
    assert any(line.startswith(("7004;", '"7004";')) for line in lines)


def test_saved_reports_are_links_for_those_who_may_open_them(client: FlaskClient, world: World) -> None:
    with company_scope(world.aurora), transaction():
        for login, name, is_shared in (
            ("ana", "Nosso", True),
            ("ana", "Só da Ana", False),
            ("vera", "Meu", False),
        ):
            db.session.add(
                SavedReport(
                    company_id=world.aurora.id,
                    user_id=world.users[login].id,
                    report_key=KEY,
                    name=name,
                    query="view=by_month&status=open" if name == "Meu" else "",
                    is_shared=is_shared,
                )
            )
        ids = {row.name: row.id for row in db.session.query(SavedReport).filter_by(report_key=KEY)}
    log_in(client, world, "vera")
    page = client.get(URL).text
    links = dict(re.findall(r'<a href="([^"]+)"(?: aria-current="page")?>(Nosso|Só da Ana|Meu)', page))
    assert {name: url for url, name in links.items()} == {
        "Nosso": f"{URL}?saved={ids['Nosso']}",
        "Meu": f"{URL}?view=by_month&amp;status=open&amp;saved={ids['Meu']}",
    }
    # It is what the page shows.
    assert f'href="{URL}?saved={ids["Nosso"]}" aria-current="page">Nosso' in page
    assert page.count('aria-current="page">Nosso') == 1
    assert 'aria-current="page">Meu' not in page
    assert 'name="is_shared"' not in page  # a viewer may not share
    log_in(client, world, "sofia")
    assert 'name="is_shared"' in client.get(URL).text


def test_the_window_saves_and_the_report_opens_with_its_columns(client: FlaskClient, world: World) -> None:
    log_in(client, world, "sofia")
    choose(client, "", columns=["number", "party"])
    page = client.get(f"{URL}?status=open").text
    (form,) = (f for f in forms_of(page, URL) if f.action.endswith(f"/{KEY}/saved"))
    sent = {i.name: i.value for i in form.inputs} | {"name": "Em aberto da equipe"}
    response = client.post(form.action, data=sent)
    assert response.status_code == 303
    log_in(client, world, "vera")
    assert "Em aberto da equipe" in client.get(URL).text
    opened = follow(client, response.location)
    assert heads(opened) == ["Número", "Cliente ou interessado"]
    assert opened.stated["Situação"] == "Em aberto"


def test_the_window_that_saves_leaves_refusals_to_the_house(client: FlaskClient, world: World) -> None:
    log_in(client, world, "sofia")
    page = client.get(f"{URL}?status=open").text
    window = page.partition('<dialog class="dialog dialog-window" id="save-report"')[2].partition(
        "</dialog>"
    )[0]
    # What the browser refuses it refuses in a bubble of its own, and what it cuts it cuts without a word.
    assert 'id="save-report-form" novalidate' in window
    assert "maxlength" not in window
    assert re.search(r'<form method="dialog"><button[^>]*>Cancelar</button></form>', window)
    (form,) = (f for f in forms_of(page, URL) if f.action.endswith(f"/{KEY}/saved"))
    sent = {i.name: i.value for i in form.inputs}
    for name, told in (("", "Campo obrigatório."), ("x" * 81, "80")):
        refused = client.post(form.action, data=sent | {"name": name})
        assert refused.status_code == 422
        assert told in refused.text
        assert 'value="status=open&amp;columns=number' in refused.text  # nothing is lost


def test_memberships_are_looked_up_at_each_answer(ana: FlaskClient, world: World) -> None:
    assert len(sums(ask(ana, BOTH))) == 3
    own = db.session.query(Membership).filter_by(user_id=world.users["ana"].id)
    with company_scope(world.boreal), transaction():
        db.session.delete(own.filter_by(company_id=world.boreal.id).one())
    assert len(ask(ana, BOTH).tables) == 1
