"""A saved report on the report's page: for everybody what its saver saw, under its name, and saved anew."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest
from flask.testing import FlaskClient

from app.database import company_scope, db, transaction
from app.reports.models import SavedReport
from tests.conftest import StatementCounter
from tests.pages import Form, forms_of
from tests.plugins.service_desk.desk import change
from tests.plugins.service_desk.report_pages import PAGE, add_tickets, ask, follow
from tests.world import World, log_in

URL = PAGE.format("aurora")
KEY = "service_desk.tickets"
USUAL = ["Número", "Abertura", "Encerramento", "Cliente ou interessado"]
"""The first heads of a list without chosen columns."""


@pytest.fixture
def desk(client: FlaskClient, world: World) -> FlaskClient:
    """A browser, nobody's yet, and tickets of aurora."""
    add_tickets(world)
    return client


def keep(world: World, query: str, *, login: str = "sofia", is_shared: bool = True) -> SavedReport:
    """A saved report «Da equipe»."""
    with company_scope(world.aurora), transaction():
        row = SavedReport(
            company_id=world.aurora.id,
            user_id=world.users[login].id,
            report_key=KEY,
            name="Da equipe",
            query=query,
            is_shared=is_shared,
        )
        db.session.add(row)
    return row


def heads(client: FlaskClient, url: str) -> list[str]:
    return [head.text for head in follow(client, url).heads]


def choose(client: FlaskClient, query: str, *columns: str, **more: str) -> str:
    """Choose columns on the page; the address that follows."""
    response = client.post(f"{URL}/columns", data={"query": query, "columns": list(columns)} | more)
    assert response.status_code == 303
    return str(response.location)


def link_of(client: FlaskClient, url: str = URL) -> str:
    """The saved report's address, as the page offers it."""
    found = re.search(r'<a href="([^"]+)"(?: aria-current="page")?>Da equipe', client.get(url).text)
    assert found
    return found[1].replace("&amp;", "&")


def form_to(client: FlaskClient, url: str, end: str) -> Form:
    """The page's only form whose address ends so."""
    (form,) = (form for form in forms_of(client.get(url).text, url) if form.action.endswith(end))
    return form


def filled(form: Form, **values: str) -> dict[str, str]:
    return {each.name: each.value for each in form.inputs} | values


def name_on(client: FlaskClient, url: str) -> str | None:
    """The name beside the heading, and the tags that stand with it."""
    found = re.search(r'<p class="report-name">(.*?)</p>', client.get(url).text, re.DOTALL)
    return found and " ".join(re.sub("<[^>]+>", " ", found[1]).split())


# ── What it opens with ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("view", ["tickets", "details", "waiting"])
def test_it_opens_with_its_savers_columns_not_with_its_readers(
    desk: FlaskClient, world: World, view: str
) -> None:
    log_in(desk, world, "sofia")
    page = f"{URL}?view={view}&status=open"
    seen = heads(desk, page)
    saving = form_to(desk, page, f"/{KEY}/saved")
    assert desk.post(saving.action, data=filled(saving, name="Da equipe", is_shared="y")).status_code == 303

    log_in(desk, world, "vera")
    choose(desk, f"view={view}", "number", "channel")
    assert heads(desk, page) == ["Número", "Meio de Comunicação"]
    assert heads(desk, link_of(desk)) == seen != ["Número", "Meio de Comunicação"]


def test_one_that_was_saved_without_columns_opens_with_the_usual_ones(
    desk: FlaskClient, world: World
) -> None:
    row = keep(world, "status=open")
    log_in(desk, world, "vera")
    choose(desk, "", "number", "channel")
    for url in (link_of(desk), f"{URL}?saved={row.id}", f"{URL}?q=formula&saved={row.id}"):
        assert heads(desk, url)[:4] == USUAL
    # Of another kind than the saved one the reader's own choice counts, as ever.
    choose(desk, "view=waiting", "number", "days")
    assert heads(desk, f"{URL}?view=waiting&saved={row.id}") == ["Número", "Dias de espera"]


def test_columns_chosen_beside_it_are_shown_and_the_usual_ones_too(desk: FlaskClient, world: World) -> None:
    row = keep(world, "columns=number&columns=cost")
    log_in(desk, world, "vera")
    form = form_to(desk, link_of(desk), "/columns")
    asked = filled(form)
    assert asked["saved"] == str(row.id)
    url = choose(desk, asked["query"], "number", "channel", saved=str(row.id))
    assert heads(desk, url) == ["Número", "Meio de Comunicação"]
    assert name_on(desk, url) == "Relatório salvo: Da equipe Compartilhado Alterações não salvas"
    url = choose(desk, asked["query"], "number", saved=str(row.id), usual="1")
    assert heads(desk, url)[:4] == USUAL
    assert heads(desk, link_of(desk)) == ["Número", "Custo"]


# ── Which one the page shows ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("saved", "present"),
    [
        ("", "sort=-number"),
        ("", "company=aurora"),
        ("status=open&q=a", "q=a&status=open&company=aurora"),
        ("columns=number,party", "columns=number&columns=party&sort=-number"),
        ("view=waiting&sort=-days", "view=waiting"),
        ("view=by_month", "view=by_month&sort=group"),
        ("view=by_customer&sort=-count", "view=by_customer"),
    ],
)
def test_one_question_in_two_spellings_is_the_same(
    desk: FlaskClient, world: World, saved: str, present: str
) -> None:
    row = keep(world, saved)
    log_in(desk, world, "ana")
    assert 'aria-current="page">Da equipe' in desk.get(f"{URL}?{present}").text
    assert name_on(desk, f"{URL}?{present}&saved={row.id}") == "Relatório salvo: Da equipe Compartilhado"


@pytest.mark.parametrize(
    "present",
    [
        *("status=closed", "status=open&q=a", "status=open&sort=party", "status=open&break=technician", ""),
        *("status=open&columns=number", "status=open&view=details", "status=open&company=boreal"),
        "status=open&company=aurora&company=boreal",
    ],
)
def test_what_asks_or_shows_something_else_is_marked_as_changed(
    desk: FlaskClient, world: World, present: str
) -> None:
    row = keep(world, "status=open")
    log_in(desk, world, "ana")
    assert 'aria-current="page">Da equipe' not in desk.get(f"{URL}?{present}").text
    told = name_on(desk, f"{URL}?{present}&saved={row.id}")
    assert told == "Relatório salvo: Da equipe Compartilhado Alterações não salvas"
    # It is still the one that the page began from.
    assert 'aria-current="page">Da equipe' in desk.get(f"{URL}?{present}&saved={row.id}").text


def test_its_name_stands_by_the_heading_and_goes_along(desk: FlaskClient, world: World) -> None:
    row = keep(world, "view=by_month&date=opened&since=2024-01-01&until=2024-12-31", is_shared=False)
    log_in(desk, world, "sofia")
    url = link_of(desk)
    page = desk.get(url).text
    assert name_on(desk, url) == "Relatório salvo: Da equipe"
    assert "<title>Da equipe · Relatório de Atendimentos e Encaminhamentos" in page
    assert "<h1>Relatório de Atendimentos e Encaminhamentos</h1>" in page
    found = follow(desk, url)
    assert all(f"saved={row.id}" in head.url for head in found.heads)
    assert f'name="saved" value="{row.id}"' in page.partition('id="filters"')[2].partition("</form>")[0]
    # The tickets behind a figure are another question.
    assert f"&saved={row.id}" not in found.rows[0].cells[1].url


def test_files_and_further_saved_reports_know_nothing_of_it(desk: FlaskClient, world: World) -> None:
    row = keep(world, "status=open")
    log_in(desk, world, "sofia")
    for form in forms_of(desk.get(f"{link_of(desk)}&sort=party").text, URL):
        if form.action.endswith(("/files", "/saved")):
            asked = parse_qs(filled(form)["query"])
            assert asked.keys() == {"status", "sort", "columns"}, (form.action, row.id)


def test_whoever_may_not_open_it_gets_nothing_of_it(desk: FlaskClient, world: World) -> None:
    row = keep(world, "columns=number&columns=cost", is_shared=False)
    elsewhere = world.rows["boreal"].other_saved_report.id
    for login in ("vera", "ana"):
        log_in(desk, world, login)
        plain = desk.get(URL).text
        for told in (str(row.id), str(elsewhere), "0", "x", "", "9" * 30, "%00", "1%27"):
            page = desk.get(f"{URL}?saved={told}").text
            assert "Da equipe" not in page
            assert 'class="report-name"' not in page
            assert heads(desk, f"{URL}?saved={told}") == heads(desk, URL)
            assert "saved=" not in re.sub(r'href="[^"]*/saved\?[^"]*"', "", page.partition("<main")[2])
        assert "Da equipe" not in plain


def test_what_goes_along_costs_no_statement(
    desk: FlaskClient, world: World, count_statements: type[StatementCounter]
) -> None:
    row = keep(world, f"status=open&customer_id={world.rows['aurora'].customer.id}&columns=number")
    log_in(desk, world, "vera")
    back = urlencode({"back": f"aurora?view=by_month&channel_id={world.rows['aurora'].channel.id}"})
    spent = []
    for query in ("", f"saved={row.id}", f"saved={row.id}&{back}"):
        desk.get(f"{URL}?columns=number&{query}")
        with count_statements() as counted:
            assert desk.get(f"{URL}?columns=number&{query}").status_code == 200
        spent.append(len(counted))
    assert spent == [spent[0]] * 3


# ── Saving it anew ───────────────────────────────────────────────────────────────────────────────────


def test_changes_are_saved_under_the_same_name(desk: FlaskClient, world: World) -> None:
    row = keep(world, "status=open&columns=number&columns=party")
    log_in(desk, world, "sofia")
    opened = link_of(desk)
    assert "Salvar alterações" not in desk.get(opened).text
    assert "Salvar como…" in desk.get(opened).text
    form = form_to(desk, f"{opened}&sort=party", f"/saved/{row.id}")
    response = desk.post(form.action, data=filled(form))
    assert response.status_code == 303
    assert dict(parse_qsl(urlsplit(response.location).query))["saved"] == str(row.id)
    assert name_on(desk, response.location) == "Relatório salvo: Da equipe Compartilhado"
    found = follow(desk, response.location)
    assert "Relatório salvo como “Da equipe”." not in found.html  # said once, on the page before
    assert [head.text for head in found.heads] == ["Número", "Cliente ou interessado"]
    assert [head.sort for head in found.heads] == ["", "ascending"]
    with company_scope(world.aurora):
        stored = db.session.query(SavedReport).filter_by(id=row.id).populate_existing().one()
    assert (stored.is_shared, stored.version, stored.name) == (True, 2, "Da equipe")


def test_who_saves_what_somebody_has_changed_is_told(desk: FlaskClient, world: World) -> None:
    row = keep(world, "status=open")
    log_in(desk, world, "sofia")
    form = form_to(desk, f"{link_of(desk)}&sort=party", f"/saved/{row.id}")
    change(world.aurora, row, name="Outro nome")
    change(world.aurora, row, query="status=open&columns=number")
    refused = desk.post(form.action, data=filled(form))
    assert refused.status_code == 409
    rows = re.findall(r'<tr><th scope="row">(.*?)</th><td>(.*?)</td><td>(.*?)</td></tr>', refused.text)
    assert [label for label, _, _ in rows] == ["Nome", "Filtros", "Colunas"]
    assert rows[0][1:] == ("Da equipe", "Outro nome")
    assert rows[1][1].removesuffix("; Ordem: Cliente ou interessado, crescente") == rows[1][2]
    assert rows[2][1].startswith("Número, Abertura, ")
    assert rows[2][2] == "Número"


def test_also_where_what_somebody_has_changed_cannot_be_read(desk: FlaskClient, world: World) -> None:
    row = keep(world, "status=open")
    log_in(desk, world, "sofia")
    form = form_to(desk, f"{link_of(desk)}&sort=party", f"/saved/{row.id}")
    change(world.aurora, row, query="since=31%2F02%2F2026")
    refused = desk.post(form.action, data=filled(form))
    assert refused.status_code == 409
    assert 'value="Da equipe"' in refused.text
    assert "O conteúdo do filtro “De” não pode ser lido" in refused.text


def test_who_cancels_is_back_at_the_very_page(desk: FlaskClient, world: World) -> None:
    row = keep(world, "status=open")
    log_in(desk, world, "sofia")
    summary = f"{URL}?view=by_technician&status=open&saved={row.id}&all=1"
    rows = follow(desk, summary).rows[0].cells[1].url.partition("#")[0]
    for url, has_a_way_back in (
        (link_of(desk), False),
        (f"{link_of(desk)}&sort=party", False),
        (f"{rows}&saved={row.id}", True),
        (URL, False),
    ):
        told, back, numbers = name_on(desk, url), back_of(desk, url), follow(desk, url).numbers
        assert (told is not None) == (url != URL)
        assert (back is not None) == has_a_way_back
        links = re.findall(rf'href="([^"]*/{KEY}/saved\?[^"]*)"', desk.get(url).text)
        assert len(links) == 2  # «Salvar como…» without scripts, and «Renomear ou excluir…»
        for link in (each.replace("&amp;", "&") for each in links):
            # A name that is refused loses nothing, either.
            for page in (desk.get(link), desk.post(link, data=filled(form_to(desk, link, link)))):
                found = re.search(r'href="([^"]+)">Cancelar', page.text)
                assert found
                cancel = found[1].replace("&amp;", "&")
                assert urlsplit(cancel).path == URL
                assert (name_on(desk, cancel), back_of(desk, cancel)) == (told, back)
                assert follow(desk, cancel).numbers == numbers


def test_only_who_may_change_it_is_offered_to(desk: FlaskClient, world: World) -> None:
    row = keep(world, "status=open")
    changed = f"{URL}?status=closed&saved={row.id}"
    for login, may in (("vera", False), ("bruno", False), ("ana", True)):
        log_in(desk, world, login)
        page = desk.get(changed).text
        assert ("Salvar alterações" in page) == may
        assert "Salvar como…" in page
    assert "Salvar relatório" in desk.get(URL).text
    assert "Salvar como…" not in desk.get(URL).text


# ── From a figure and back ───────────────────────────────────────────────────────────────────────────


def back_of(client: FlaskClient, url: str) -> str | None:
    found = re.search(r'<a class="answer-back" href="([^"]+)"', client.get(url.partition("#")[0]).text)
    return found and found[1].replace("&amp;", "&")


def test_rows_behind_a_figure_lead_back_to_exactly_their_summary(desk: FlaskClient, world: World) -> None:
    row = keep(world, "")
    log_in(desk, world, "ana")
    asked = {"view": "by_technician", "company": "aurora,boreal", "status": "closed", "sort": "-cost"}
    summary = f"{URL}?{urlencode(asked)}&saved={row.id}&all=1"
    lines = follow(desk, summary).rows
    urls = {cell.url for line in lines for cell in line.cells if cell.url}
    assert len(urls) > len(lines) > 1
    for url in urls:
        back = back_of(desk, url)
        assert back is not None
        assert back.startswith(f"{URL}?")
        assert parse_qs(urlsplit(back).query) == parse_qs(urlsplit(summary).query)
        assert urlsplit(back).fragment == "report"
    # Sorted, paged, narrowed further: it still leads there.
    found = follow(desk, lines[0].cells[2].url)
    assert {back_of(desk, head.url) for head in found.heads} == {back}
    form = filled(form_to(desk, lines[0].cells[2].url.partition("#")[0], "/columns"))
    url = choose(desk, form["query"], "number", back=form["back"])
    assert back_of(desk, url) == back


def test_a_summary_of_very_many_companies_leaves_the_address_of_its_rows_room(
    desk: FlaskClient, world: World
) -> None:
    log_in(desk, world, "ana")
    codes = ["aurora", "boreal", *(f"company-{n}" for n in range(200))]
    query = urlencode({"view": "by_month", "company": codes}, doseq=True)
    urls = {cell.url for line in ask(desk, query).rows for cell in line.cells if cell.url}
    assert urls
    assert all(len(url) < len(query) + 300 for url in urls)
    assert {back_of(desk, url) for url in urls} == {None}


def test_a_list_that_no_figure_led_to_offers_no_way_back(desk: FlaskClient, world: World) -> None:
    log_in(desk, world, "ana")
    for told in (
        *("", "x", "aurora", "aurora?", "aurora?view=tickets", "?view=by_month", "cometa?view=by_month"),
        *("//example.com?view=by_month", "aurora/..?view=by_month", "https://example.com/?view=by_month"),
    ):
        url = f"{URL}?{urlencode({'back': told})}"
        assert back_of(desk, url) is None, told
        assert "example.com" not in desk.get(url).text.partition("<main")[2]
    assert back_of(desk, f"{URL}?view=by_month&back=aurora%3Fview%3Dby_month") is None


def test_what_an_address_says_of_the_way_back_is_written_anew(desk: FlaskClient, world: World) -> None:
    log_in(desk, world, "ana")
    told = 'boreal?view=by_month&x="><script>&saved=1"&all=1&status=%ed%a0%80&sort=%00&customer_id=7'
    url = f"{URL}?{urlencode({'back': told})}"
    assert "<script>" not in desk.get(url).text.partition("<main")[2].partition("</main>")[0]
    back = back_of(desk, url)
    assert back is not None
    assert back.startswith(f"{PAGE.format('boreal')}?view=by_month&customer_id=7&")
    assert ask(desk, urlencode({"back": told})).numbers == ask(desk).numbers
