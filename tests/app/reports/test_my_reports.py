"""«Meus relatórios»: what has become of the files that one asked for."""

from __future__ import annotations

import re
from functools import partial
from uuid import uuid4

import pytest
from sqlalchemy import func, update

from app.clock import to_local
from app.database import company_scope, db, transaction
from app.keyset import keyset_page
from app.reports import queries, services
from app.reports.models import FileStatus, ReportFile
from tests.app.reports.files import order, pieces, stored

FILES = "/c/aurora/reports/files"


def test_user_menu_leads_to_ones_reports(as_user):
    page = as_user("bruno").get("/c/aurora/").text
    menu = page[page.index('id="user-menu"') :]
    assert re.search(rf'<a href="{FILES}">.*Meus relatórios</a>', menu)
    assert FILES not in as_user("bruno").get("/profile").text


def test_nothing_there_says_so(as_user):
    assert "Nenhum relatório seu está guardado aqui." in as_user("bruno").get(FILES).text


def test_list_shows_each_state(as_user, make_here, report, world):
    bruno = world.users["bruno"]
    waiting, done, failed, cancelled = (order(world.aurora, bruno) for _ in range(4))
    make_here(done)
    report.at_row = lambda number: 1 // 0
    make_here(failed)
    as_user("bruno").post(f"{FILES}/{cancelled}/cancel")
    page = as_user("bruno").get(FILES).text
    for text in ("Aguardando", "Pronto", "Falhou", "Cancelado", "Erro inesperado (ZeroDivisionError)"):
        assert text in page
    assert "1 kB" in page
    assert re.findall(r"files/(\d+)/download", page) == [str(done)]
    assert re.findall(r"files/(\d+)/cancel", page) == [str(waiting)]
    assert re.findall(r"files/(\d+)/delete", page) == [str(i) for i in (cancelled, failed, done)]
    assert "Relatório cancelado." in as_user("bruno").get(f"{FILES}/{cancelled}").text
    assert "Falhou: Erro inesperado" in as_user("bruno").get(f"{FILES}/{failed}").text


def running(file_id: int, company, rows: int, total: int = 200) -> None:
    """As a worker's signs of life leave it."""
    with company_scope(company), transaction():
        db.session.execute(
            update(ReportFile)
            .where(ReportFile.id == file_id)
            .values(status="running", attempts=1, lease_token=uuid4(), rows_done=rows, rows_total=total)
        )


def test_page_tells_percent_and_rows(as_user, world, report):
    file_id = order(world.aurora, world.users["bruno"])
    running(file_id, world.aurora, 5_025, 20_100)
    for address in (FILES, f"{FILES}/{file_id}"):
        page = as_user("bruno").get(address).text
        assert "25% · 5.025 de 20.100 linhas" in page
        assert '<progress aria-labelledby="progress-' in page
        assert 'max="100" value="25"' in page


@pytest.mark.parametrize("address", [FILES, FILES + "/{id}"])
def test_page_asks_again_only_while_something_is_under_way(as_user, make_here, world, report, address):
    file_id = order(world.aurora, world.users["bruno"])
    address = address.format(id=file_id)
    browser = as_user("bruno")
    page = browser.get(address).text
    assert '<noscript><meta http-equiv="refresh"' in page
    asked = re.search(r'hx-get="([^"]+)"\s+hx-trigger="every 1s"', page)[1].replace("&amp;", "&")
    assert browser.get(asked, headers={"HX-Request": "true"}).status_code == 204
    running(file_id, world.aurora, 50)
    further = browser.get(asked, headers={"HX-Request": "true"})
    assert "25% · 50 de 200 linhas" in further.text
    assert '<p hx-swap-oob="innerHTML:#live">Linhas: Em geração</p>' in further.text
    asked = re.search(r'hx-get="([^"]+)"\s+hx-trigger="every 1s"', further.text)[1].replace("&amp;", "&")
    running(file_id, world.aurora, 60)
    # Percents are seen; they aren't told every second.
    assert "hx-swap-oob" not in browser.get(asked, headers={"HX-Request": "true"}).text
    with company_scope(world.aurora), transaction():
        db.session.execute(
            update(ReportFile)
            .where(ReportFile.id == file_id)
            .values(status=FileStatus.PENDING, lease_token=None)
        )
    make_here(file_id)
    done = browser.get(asked, headers={"HX-Request": "true"}).text
    assert "Relatório de linhas: Sintético: Pronto</p>" in done
    assert "every 1s" not in done
    assert 'http-equiv="refresh"' not in browser.get(address).text


def test_cancelled_file_is_told_and_cancelled_once(as_user, make_here, world, report):
    file_id = order(world.aurora, world.users["bruno"])
    browser = as_user("bruno")
    assert "Relatório cancelado." in browser.post(f"{FILES}/{file_id}/cancel", follow_redirects=True).text
    assert "Este relatório não está mais sendo gerado" in (
        browser.post(f"{FILES}/{file_id}/cancel", follow_redirects=True).text
    )
    assert not make_here(file_id)
    file = stored(world.aurora, file_id)
    assert (file.status, file.attempts) == (FileStatus.CANCELLED, 0)
    assert browser.get(f"{FILES}/{file_id}/download").status_code == 404


def test_deleted_file_is_gone_with_its_pieces(as_user, make_here, world, report):
    waiting, done = (order(world.aurora, world.users["bruno"]) for _ in range(2))
    make_here(done)
    browser = as_user("bruno")
    assert "cancele-o primeiro" in browser.post(f"{FILES}/{waiting}/delete", follow_redirects=True).text
    assert "Arquivo excluído." in browser.post(f"{FILES}/{done}/delete", follow_redirects=True).text
    assert stored(world.aurora, waiting) is not None
    assert stored(world.aurora, done) is None
    assert pieces(world.aurora, done) == []
    assert browser.get(f"{FILES}/{done}").status_code == 404


def test_after_seven_days_a_file_is_over_even_before_it_is_deleted(as_user, make_here, world, report):
    file_id = order(world.aurora, world.users["bruno"])
    make_here(file_id)
    file = stored(world.aurora, file_id)
    assert (file.expires_at - file.done_at).days == 7
    browser = as_user("bruno")
    last_day = to_local(file.expires_at, world.aurora.timezone)
    assert last_day.strftime("%d/%m/%Y") in browser.get(FILES).text
    with company_scope(world.aurora), transaction():
        db.session.execute(update(ReportFile).where(ReportFile.id == file_id).values(expires_at=func.now()))
    for what in ("", "/download"):
        assert browser.get(f"{FILES}/{file_id}{what}").status_code == 404
    assert browser.post(f"{FILES}/{file_id}/delete").status_code == 404
    assert f"files/{file_id}" not in browser.get(FILES).text


def test_long_list_has_pages(as_user, world, report, monkeypatch):
    monkeypatch.setattr(queries, "keyset_page", partial(keyset_page, size=2))
    monkeypatch.setattr(services, "MOST_UNDER_WAY", 10)
    ids = [str(order(world.aurora, world.users["bruno"])) for _ in range(3)]
    browser = as_user("bruno")
    first = browser.get(FILES).text
    assert re.findall(r"files/(\d+)/cancel", first) == ids[:0:-1]
    following = re.search(r'href="([^"]+)" hx-get="[^"]+" id="pager-next"', first)[1].replace("&amp;", "&")
    second = browser.get(following).text
    assert re.findall(r"files/(\d+)/cancel", second) == ids[:1]
    assert "after=" in re.search(r'hx-get="([^"]+)"\s+hx-trigger="every 1s"', second)[1]
