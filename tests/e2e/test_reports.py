"""The report of tickets as people use it: built, saved, shared, in files, on paper, made by a worker."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Enter
from tests.e2e.portal import Portal
from tests.e2e.screens import lookup, menu, notice, pick, save
from tests.pdfs import words_of

REPORT = "/c/aurora/service-desk/reports/tickets"
TITLE = "Relatório de Atendimentos e Encaminhamentos"
LONG = 8_000
"""Tickets: more than a request makes a file of."""


def show(page: Page) -> None:
    page.get_by_role("button", name="Mostrar", exact=True).click()


def answer(page: Page) -> Locator:
    """What the filters give."""
    return page.locator("#report")


def name_of(page: Page) -> Locator:
    """The saved report that the page began from, beside the heading."""
    return page.locator(".report-name")


def total(page: Page) -> Locator:
    return answer(page).locator(".answer-table tfoot")


def test_a_report_is_built_by_its_labels_saved_and_shared(enter: Enter):
    page = enter("sofia", "/c/aurora/")
    menu(page, "Atendimentos e Encaminhamentos").click()
    expect(page.get_by_role("heading", name=TITLE)).to_be_visible()
    page.get_by_label("Tipo", exact=True).select_option("Analítico")
    page.get_by_label("Tipo de data", exact=True).select_option("Encerrados em")
    page.get_by_label("De", exact=True).fill("2020-01-01")
    pick(page, "Técnico/Operador", "bru")
    page.get_by_label("Agrupar por", exact=True).select_option("Meio de Comunicação")
    expect(page.get_by_label("Número de Série", exact=True)).to_be_hidden()
    page.get_by_text("Mais filtros").click()
    page.get_by_label("Origem do Contato", exact=True).select_option("Cliente")
    show(page)

    # The address is the question, without what was left empty.
    expect(page).to_have_url(re.compile(r"\?view=details&date=closed&since=2020-01-01&technician_id=\d+&"))
    assert "customer" not in page.url
    expect(answer(page).locator(".answer-stated")).to_contain_text("Encerrados em: a partir de 01/01/2020")
    expect(answer(page).locator(".answer-stated")).to_contain_text("Bruno")
    expect(lookup(page, "Técnico/Operador")).to_have_value(re.compile("Bruno"))
    expect(page.get_by_label("Número de Série", exact=True)).to_be_visible()
    expect(
        answer(page).get_by_role("rowheader", name=re.compile("^Meio de Comunicação: ")).first
    ).to_be_visible()
    expect(answer(page).get_by_text("Problema Constatado:").first).to_be_visible()
    counted = total(page).get_by_role("rowheader").inner_text()

    answer(page).get_by_role("button", name="Colunas").click()
    panel = page.get_by_role("group", name="Colunas")
    panel.get_by_label("Coluna Encerramento").uncheck()
    panel.get_by_label("Coluna Custo").check()
    page.get_by_role("button", name="Mostrar estas colunas").click()
    expect(answer(page).get_by_role("columnheader", name="Custo")).to_be_visible()
    expect(answer(page).get_by_role("columnheader", name="Encerramento")).to_have_count(0)
    answer(page).get_by_role("link", name="Custo").click()
    expect(answer(page).get_by_role("columnheader", name="Custo")).to_have_attribute(
        "aria-sort", "descending"
    )

    answer(page).get_by_role("link", name="Salvar relatório").click()
    window = page.get_by_role("dialog", name="Salvar relatório")
    expect(window.get_by_label("Nome", exact=True)).to_be_focused()
    window.get_by_label("Nome", exact=True).fill("Encerrados do Bruno")
    window.get_by_label("Compartilhar com a empresa").check()
    page.keyboard.press("F10")
    expect(notice(page)).to_have_text("Relatório salvo como “Encerrados do Bruno”.")
    expect(name_of(page)).to_have_text("Relatório salvo: Encerrados do Bruno Compartilhado")

    reader = enter("vera", f"{REPORT}?view=details")
    # Whatever columns somebody sees as a rule, in it they see those of whoever saved it.
    answer(reader).get_by_role("button", name="Colunas").click()
    reader.get_by_label("Coluna Técnico/Operador", exact=True).uncheck()
    reader.get_by_role("button", name="Mostrar estas colunas").click()
    expect(answer(reader).get_by_role("columnheader", name="Técnico/Operador")).to_have_count(0)
    reader.get_by_role("button", name="Relatórios salvos").click()
    reader.get_by_role("link", name="Encerrados do Bruno").click()
    expect(name_of(reader)).to_have_text("Relatório salvo: Encerrados do Bruno Compartilhado")
    expect(total(reader).get_by_role("rowheader")).to_have_text(counted)
    expect(answer(reader).get_by_role("columnheader", name="Técnico/Operador")).to_have_count(1)
    expect(answer(reader).get_by_role("columnheader", name="Custo")).to_have_attribute(
        "aria-sort", "descending"
    )
    reader.get_by_role("button", name="Relatórios salvos").click()
    expect(reader.get_by_role("link", name="Encerrados do Bruno")).to_have_attribute("aria-current", "page")
    # A reader may not share; sharing it was the supervisor's.
    reader.keyboard.press("Escape")
    answer(reader).get_by_role("link", name="Número").click()
    expect(name_of(reader)).to_contain_text("Alterações não salvas")
    expect(answer(reader).get_by_role("button", name="Salvar alterações")).to_have_count(0)
    answer(reader).get_by_role("link", name="Salvar como…").click()
    expect(reader.get_by_role("dialog").get_by_label("Nome", exact=True)).to_be_visible()
    expect(reader.get_by_label("Compartilhar com a empresa")).to_have_count(0)


def test_a_saved_report_is_changed_under_its_name_by_keyboard(enter: Enter):
    page = enter("sofia", f"{REPORT}?status=open")
    answer(page).get_by_role("link", name="Salvar relatório").press("Enter")
    window = page.get_by_role("dialog", name="Salvar relatório")
    window.get_by_role("button", name="Cancelar").press("Enter")
    expect(window).to_be_hidden()
    expect(answer(page).get_by_role("link", name="Salvar relatório")).to_be_focused()
    page.keyboard.press("Enter")
    # Without a name: our own words, in the same window.
    page.keyboard.press("Enter")
    expect(window.get_by_text("Não foi salvo: 1 campo precisa de atenção.")).to_be_visible()
    name = window.get_by_label("Nome", exact=True)
    expect(name).to_have_accessible_description("Campo obrigatório.")
    # Who can't see it hears it: the summary of errors has the focus, once the window is at rest.
    refusal = window.locator(".error-summary")
    expect(refusal).to_be_focused()
    window.get_by_role("link", name="Nome").press("Enter")
    expect(name).to_be_focused()
    name.fill("x" * 81)
    page.keyboard.press("F10")
    expect(name).to_have_accessible_description(re.compile("80"))
    expect(refusal).to_be_focused()
    expect(name).to_have_value("x" * 81)
    name.fill("Meus abertos")
    name.press("Enter")
    expect(name_of(page)).to_have_text("Relatório salvo: Meus abertos")
    expect(answer(page).get_by_role("button", name="Salvar alterações")).to_have_count(0)

    page.get_by_label("Agrupar por", exact=True).select_option("Técnico/Operador")
    page.get_by_role("button", name="Mostrar", exact=True).press("Enter")
    expect(name_of(page)).to_have_text("Relatório salvo: Meus abertos Alterações não salvas")
    answer(page).get_by_role("button", name="Salvar alterações").press("Enter")
    expect(notice(page)).to_have_text("Relatório salvo como “Meus abertos”.")
    expect(name_of(page)).to_have_text("Relatório salvo: Meus abertos")
    page.goto(REPORT)
    expect(name_of(page)).to_have_count(0)
    page.get_by_role("button", name="Relatórios salvos").click()
    page.get_by_role("link", name="Meus abertos").click()
    expect(answer(page).locator(".answer-stated")).to_contain_text("Agrupado por: Técnico/Operador")


def test_filters_that_are_not_applied_yet_are_told(enter: Enter):
    page = enter("bruno", f"{REPORT}?status=open")
    told = page.locator("form#filters").get_by_role("status").filter(has_text="alterados")
    expect(told).to_have_count(0)
    page.get_by_label("Situação", exact=True).select_option("Encerrado")
    expect(told).to_have_text("Há filtros alterados ainda não aplicados.")
    page.get_by_label("Situação", exact=True).select_option("Em aberto")
    expect(told).to_have_count(0)
    page.get_by_label("Pesquisar", exact=True).fill("bomba")
    expect(told).to_be_visible()
    page.get_by_label("Pesquisar", exact=True).fill("")
    expect(told).to_have_count(0)
    # The days that a period puts aside and brings back are the same as before.
    page.get_by_label("Período", exact=True).select_option("Este mês")
    expect(told).to_be_visible()
    page.get_by_label("Período", exact=True).select_option("Entre datas")
    expect(told).to_have_count(0)
    pick(page, "Técnico/Operador", "bru")
    expect(told).to_be_visible()
    show(page)
    expect(page).to_have_url(re.compile("technician_id="))
    expect(told).to_have_count(0)
    lookup(page, "Técnico/Operador").fill("")
    expect(told).to_be_visible()


def test_a_figure_of_a_summary_opens_its_tickets(enter: Enter):
    page = enter("ana", REPORT)
    page.get_by_label("Tipo", exact=True).select_option("Resumo por mês")
    page.get_by_label("Boreal Serviços").check()
    show(page)
    expect(answer(page).get_by_role("img", name="Resumo por mês").first).to_be_visible()
    # A summary is grouped by what it is by.
    expect(page.get_by_label("Agrupar por")).to_be_hidden()
    row = answer(page).locator("tbody tr").first
    count = row.get_by_role("link").first
    expect(count).to_have_attribute("title", "Ver os atendimentos")
    number = count.inner_text()
    # Not what is seen of it: until the style sheets are there, both drawings of the chart are.
    page.wait_for_load_state()
    summary = answer(page).text_content()
    assert summary is not None
    count.click()
    answer(page).get_by_role("link", name="Voltar ao resumo").click()
    expect(answer(page).get_by_role("heading", name="Resumo por mês")).to_be_visible()
    expect(answer(page)).to_have_text(summary)
    count.click()
    totals = answer(page).locator(".answer-companies")
    expect(totals.get_by_role("rowheader")).to_contain_text(
        ["Aurora", "Boreal", f"Total: {number} atendimento"]
    )
    totals.get_by_role("link", name="Boreal Serviços").click()
    expect(answer(page).locator(".answer-company")).to_have_text("Boreal Serviços")
    answer(page).locator(".answer-table tbody a").first.click()
    expect(page).to_have_url(re.compile(r"/c/boreal/service-desk/tickets/\d+$"))


def test_an_address_may_name_hundreds_of_companies(enter: Enter):
    """Through the server itself, which refuses what is longer than it wants to read."""
    companies = "&".join(f"company=empresa-numero-{number:05}" for number in range(250))
    page = enter("sofia", f"{REPORT}?company=aurora&{companies}")
    assert len(page.url) > 7_000
    expect(answer(page).get_by_role("heading", name="Sintético")).to_be_visible()
    expect(total(page)).to_contain_text("atendimentos")


def test_files_hold_what_the_screen_shows(enter: Enter, tmp_path: Path):
    page = enter("bruno", f"{REPORT}?status=closed&columns=number,party,contact_time")
    last = answer(page).locator("tbody td a").first.inner_text()
    minutes = total(page).locator("td").last.inner_text()
    files = {}
    for label in ("PDF", "Planilha (XLSX)", "CSV"):
        with page.expect_download() as download:
            answer(page).get_by_role("button", name=label, exact=True).click()
        name = download.value.suggested_filename
        download.value.save_as(tmp_path / name)
        files[Path(name).suffix] = (tmp_path / name).read_bytes()
    text = files[".csv"].decode("utf-8-sig")
    assert re.search(rf'^"?{last}"?;', text, re.MULTILINE)
    assert minutes in text
    words = words_of(files[".pdf"])
    assert TITLE in words
    assert minutes in words
    assert "Situação Encerrado" in words
    with ZipFile(BytesIO(files[".xlsx"])) as book:
        sheets = [book.read(name).decode() for name in book.namelist() if "worksheets/sheet" in name]
    assert any(f">{last}<" in sheet for sheet in sheets)
    # The page is still there, and its buttons work again.
    expect(answer(page).get_by_role("button", name="PDF", exact=True)).to_be_enabled()


@contextmanager
def many_tickets(portal: Portal) -> Iterator[None]:
    """While it is open, boreal has thousands of tickets more."""
    portal.sql(
        """
        INSERT INTO service_desk_ticket
            (company_id, number, opened_at, direction, customer_id, technician_id, channel_id, problem,
             request_key)
        SELECT t.company_id, 1000000 + n, t.opened_at, t.direction, t.customer_id, t.technician_id,
               t.channel_id, 'Um de muitos, nº ' || n, gen_random_uuid()
          FROM (SELECT t.* FROM service_desk_ticket t JOIN company c ON c.id = t.company_id
                 WHERE c.code = 'boreal' AND customer_id IS NOT NULL ORDER BY t.id LIMIT 1) t,
               generate_series(1, :most) n
        """,
        most=LONG,
    )
    try:
        yield
    finally:
        portal.sql("DELETE FROM service_desk_ticket WHERE number > 1000000 AND problem LIKE 'Um de muitos%'")


def test_a_long_report_is_made_meanwhile_and_waits_in_my_reports(
    enter: Enter, portal: Portal, tmp_path: Path
):
    with many_tickets(portal):
        page = enter("carla", "/c/boreal/service-desk/reports/tickets?q=muitos&columns=number,problem")
        expect(total(page)).to_contain_text(f"Total: {LONG} atendimentos")
        answer(page).get_by_role("button", name="CSV", exact=True).click()
        expect(page).to_have_url(re.compile(r"/reports/files/\d+$"))
        # Whoever leaves finds it again.
        page.goto("/c/boreal/")
        page.get_by_role("button", name="Carla").click()
        page.get_by_role("link", name="Meus relatórios").click()
        row = page.get_by_role("row").filter(has_text=TITLE)
        expect(row.get_by_text("Pronto")).to_be_visible()
        # On a telephone nothing of it lies beside the edge.
        page.set_viewport_size({"width": 390, "height": 800})
        for part in (row.get_by_text("Pronto"), row.get_by_role("link", name="Baixar"), row):
            box = part.bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 390
        expect(row.get_by_role("cell").filter(has_text="CSV")).to_be_visible()
        page.set_viewport_size({"width": 1360, "height": 800})
        with page.expect_download() as download:
            row.get_by_role("link", name="Baixar").click()
        download.value.save_as(tmp_path / "long.csv")
        text = (tmp_path / "long.csv").read_text("utf-8-sig")
        assert text.count("Um de muitos") == LONG


def test_a_long_report_shows_how_far_it_is_and_can_be_cancelled(enter: Enter, portal: Portal):
    with many_tickets(portal):
        page = enter("carla", "/c/boreal/service-desk/reports/tickets?q=muitos&view=details")
        answer(page).get_by_role("button", name="PDF", exact=True).click()
        expect(page.get_by_role("progressbar")).to_be_visible()
        expect(page.get_by_text(re.compile(r"\d+% · [\d.]+ de 8\.000 linhas"))).to_be_visible()
        page.get_by_role("button", name="Cancelar").click()
        expect(notice(page)).to_have_text("Relatório cancelado.")
        row = page.get_by_role("row").filter(has_text="PDF")
        expect(row.get_by_text("Cancelado")).to_be_visible()
        expect(row.get_by_role("link", name="Baixar")).to_have_count(0)
        assert (
            portal.scalar(
                "SELECT count(*) FROM report_piece p JOIN report_file f ON f.id = p.file_id"
                " WHERE f.status = 'cancelled'"
            )
            == 0
        )


def test_paper_has_title_filters_and_lines_and_nothing_to_press(enter: Enter):
    page = enter("ana", f"{REPORT}?break=technician&status=closed")
    page.emulate_media(media="print")
    for gone in (
        menu(page, "Atendimentos"),
        page.locator("#filters"),
        page.get_by_role("button", name="PDF"),
    ):
        expect(gone).to_be_hidden()
    expect(page.get_by_role("heading", name=TITLE)).to_be_visible()
    # Fonts draw «fi» as one letter.
    words = unicodedata.normalize("NFKC", words_of(page.pdf(prefer_css_page_size=True)))
    for told in (TITLE, "Situação: Encerrado", "Técnico/Operador: Bruno", "Total:", "1 / "):
        assert told in words
    assert "Mostrar" not in words
    assert "Salvar relatório" not in words
    # Two lines of a cell are only the screen's: paper has all of a text.
    longest = max(page.locator(".clamp").all_inner_texts(), key=len)
    assert "".join(longest.split()) in "".join(words.split())
    page.emulate_media(media="screen")
    page.evaluate("print = () => { document.title = 'printing' }")
    page.get_by_role("button", name="Imprimir").click()
    expect(page).to_have_title("printing")


def test_without_javascript_nothing_is_missing_but_the_button_that_prints(enter: Enter):
    page = enter("sofia", REPORT, java_script_enabled=False)
    page.get_by_label("Tipo", exact=True).select_option("Encaminhamentos pendentes")
    page.get_by_role("textbox", name="Técnico/Operador", exact=True).fill("bruno")
    page.get_by_text("Mais filtros").click()
    page.get_by_role("textbox", name="Número de Série").fill("x")
    show(page)
    expect(answer(page).get_by_text("Nada encontrado.")).to_be_visible()
    page.get_by_role("textbox", name="Número de Série").fill("")
    show(page)
    expect(total(page)).to_contain_text("encaminhamento")
    expect(page.get_by_role("textbox", name="Técnico/Operador", exact=True)).to_have_value(
        re.compile("· Bruno")
    )
    expect(page.get_by_role("button", name="Imprimir")).to_be_hidden()
    answer(page).get_by_role("button", name="Colunas").click()
    page.get_by_label("Coluna Dias de espera").uncheck()
    page.get_by_role("button", name="Mostrar estas colunas").click()
    expect(answer(page).get_by_role("columnheader", name="Dias de espera")).to_have_count(0)
    answer(page).get_by_role("link", name="Salvar relatório").click()
    page.get_by_label("Nome", exact=True).fill("Pendentes do Bruno")
    save(page)
    expect(notice(page)).to_have_text("Relatório salvo como “Pendentes do Bruno”.")
    expect(answer(page).get_by_role("columnheader", name="Dias de espera")).to_have_count(0)
    page.get_by_role("button", name="Relatórios salvos").click()
    page.get_by_role("link", name="Renomear ou excluir…").click()
    expect(page.get_by_role("rowheader", name="Pendentes do Bruno")).to_be_visible()
