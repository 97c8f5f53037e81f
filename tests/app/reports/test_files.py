"""Files of reports by the screen: asking and downloading; one's own, and nobody else's."""

from __future__ import annotations

import errno
import re
from urllib.parse import unquote
from uuid import uuid4

import pytest
from sqlalchemy import delete, func, select, update

from app.database import company_scope, db, transaction
from app.reports import runs, services
from app.reports.models import PIECE_SIZE, FileStatus, ReportFile
from app.reports.outputs import FORMATS
from app.users.models import Membership
from app.users.roles import Role
from app.work_orders.permissions import WORK_ORDERS_CANCEL
from tests.app.reports.files import another_writer, order, pieces, stored, written
from tests.plugins.service_desk.desk import switch
from tests.rows_report import RowsReport

ORDER = "/c/aurora/reports/service_desk.rows/files"
FILES = "/c/aurora/reports/files"


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five rows are already too many to wait for."""
    monkeypatch.setattr(runs, "BACKGROUND_ROWS", 4)


@pytest.fixture
def ask(as_user, report, sent):
    """`ask("rows=6", login="ana")`: press the button of the report's page."""

    def press(query: str = "", *, login: str = "bruno", address: str = ORDER, **data):
        form = {"format": "csv", "query": query, "request_key": str(uuid4())} | data
        return as_user(login).post(address, data=form)

    return press


def files_in(company) -> list[ReportFile]:
    """The files that the test has made."""
    with company_scope(company):
        return list(
            db.session.scalars(
                select(ReportFile)
                .where(~ReportFile.title.contains("SEGREDO"))
                .order_by(ReportFile.id)
                .execution_options(populate_existing=True)
            )
        )


LOST = "Você não tem mais acesso a este relatório em todas as empresas de que ele trata (R23)."


def file_name_of(response) -> str:
    """The name under which a browser keeps it."""
    disposition = response.headers["Content-Disposition"]
    return unquote(re.fullmatch(r"attachment; .*filename\*=UTF-8''(.*)", disposition)[1])


# ── At once ──────────────────────────────────────────────────────────────────────────────────────────


def test_short_report_is_downloaded_at_once_and_not_kept(ask, report, world):
    response = ask("rows=4")
    assert response.status_code == 200
    assert response.data == written(report, world.users["bruno"], world.aurora, "rows=4")
    assert response.content_length == len(response.data)
    assert response.mimetype == FORMATS["csv"].mimetype
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert file_name_of(response) == "Relatório de linhas Sintético 2026-11-02 14h30.csv"
    assert 'filename="Relatorio de linhas Sintetico' in response.headers["Content-Disposition"]
    assert files_in(world.aurora) == []


def test_so_many_rows_are_typeset_by_a_worker_and_written_at_once_as_text(ask, report, monkeypatch):
    monkeypatch.setattr(runs, "BACKGROUND_ROWS", 5_000)
    assert [(name, each.rows_at_once) for name, each in FORMATS.items()] == [
        ("pdf", 1_000),
        ("xlsx", 5_000),
        ("csv", 5_000),
    ]
    assert ask("rows=1001", format="csv").status_code == 200
    assert ask("rows=1001", format="pdf").status_code == 303
    assert ask("rows=5001", format="csv").status_code == 303


def test_few_rows_that_take_too_long_are_left_to_a_worker(ask, report, world, monkeypatch, told_each_row):
    monkeypatch.setattr(runs, "AT_ONCE", -1.0)
    response = ask("rows=3")
    assert response.status_code == 303
    (file,) = files_in(world.aurora)
    assert (file.status, file.rows_total) == (FileStatus.PENDING, 3)


def test_error_while_a_short_one_is_made_is_an_error_page(ask, report, monkeypatch):
    report.at_row = lambda number: 1 // (number - 3)
    response = ask("rows=4")
    assert response.status_code == 500
    assert "Content-Disposition" not in response.headers
    assert "aurora Padaria" not in response.text


def test_full_disk_while_a_short_one_is_made_is_told(ask, report):
    def no_room(number: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    report.at_row = no_room
    response = ask("rows=4")
    assert response.status_code == 422
    assert "O disco do servidor está cheio" in response.text


def test_nothing_is_made_by_looking(as_user, report, world):
    assert as_user("bruno").get(ORDER, query_string={"format": "csv"}).status_code == 405
    assert files_in(world.aurora) == []


@pytest.mark.parametrize("data", [{"format": "exe"}, {"format": ""}, {"query": "name=\0"}])
def test_what_no_button_sends_is_refused(ask, data, world):
    assert ask(**data).status_code == 400
    assert files_in(world.aurora) == []


def test_question_that_no_address_could_hold_is_refused(ask, world):
    response = ask("rows=6&x=" + "ã" * 1_400)
    assert response.status_code == 422
    assert "Este relatório tem filtros demais" in response.text
    assert files_in(world.aurora) == []


# ── By a worker ──────────────────────────────────────────────────────────────────────────────────────


def test_long_report_waits_for_a_worker_who_is_told_after_the_commit(ask, as_user, world, sent):
    response = ask("?rows=6")
    (file,) = files_in(world.aurora)
    assert (response.status_code, response.location) == (303, f"{FILES}/{file.id}")
    assert sent == [("reports.make_file", {"file_id": file.id})]
    assert (file.status, file.rows_total, file.query) == (FileStatus.PENDING, 6, "rows=6")
    assert (file.user_id, file.company_ids) == (world.users["bruno"].id, [world.aurora.id])
    assert file.language == "pt_BR"
    page = as_user("bruno").get(response.location).text
    assert "Aguardando a vez" in page
    assert "Você pode sair desta página" in page
    assert "Cancelar" in page
    assert "Baixar" not in page


def test_made_file_is_downloaded_as_it_was_written(ask, as_user, make_here, report, world):
    ask("rows=6")
    (file,) = files_in(world.aurora)
    assert make_here(file.id)
    page = as_user("bruno").get(f"{FILES}/{file.id}").text
    assert "Pronto" in page
    assert f'href="{FILES}/{file.id}/download"' in page
    assert "Linhas: 6" in page
    assert 'href="/c/aurora/service-desk/tickets?rows=6"' in page
    response = as_user("bruno").get(f"{FILES}/{file.id}/download")
    assert response.status_code == 200
    assert response.data == written(report, world.users["bruno"], world.aurora, "rows=6")
    assert response.content_length == len(response.data)
    assert file_name_of(response) == "Relatório de linhas Sintético 2026-11-02 14h30.csv"


def test_file_of_many_pieces_is_the_same_to_the_byte(as_user, make_here, world, report):
    content = bytes(range(256)) * 9_000  # 2.3 MB
    file_id = order(world.aurora, world.users["bruno"])
    with another_writer(lambda sheet, file, *, progress: file.write(content)):
        make_here(file_id)
    stored_pieces = pieces(world.aurora, file_id)
    assert [len(piece) for piece in stored_pieces] == [PIECE_SIZE, PIECE_SIZE, len(content) - 2 * PIECE_SIZE]
    response = as_user("bruno").get(f"{FILES}/{file_id}/download")
    assert response.data == content
    assert response.content_length == len(content)


def test_download_reads_a_piece_at_a_time(as_user, make_here, world, report, count_statements):
    file_id = order(world.aurora, world.users["bruno"])
    with another_writer(lambda sheet, file, *, progress: file.write(bytes(3 * PIECE_SIZE))):
        make_here(file_id)
    with count_statements() as counted:
        response = as_user("bruno").get(f"{FILES}/{file_id}/download", buffered=False)
        asked = [s for s in counted.statements if "report_piece" in s]
        # The client takes the first one to learn the status.
        assert len(asked) <= 1
        assert sum(len(piece) for piece in response.iter_encoded()) == 3 * PIECE_SIZE
        assert len([s for s in counted.statements if "report_piece" in s]) == 3


def test_double_click_asks_once(ask, world, sent):
    key = str(uuid4())
    locations = {ask("rows=6", request_key=key).location for _ in range(2)}
    assert len(locations) == len(files_in(world.aurora)) == len(sent) == 1


@pytest.mark.parametrize("ending", ["cancelled", "failed", "over", "done"])
def test_button_that_is_pressed_again_after_the_end_asks_anew(ask, as_user, make_here, report, world, ending):
    key = str(uuid4())
    ask("rows=6", request_key=key)
    (first,) = files_in(world.aurora)
    if ending == "cancelled":
        as_user("bruno").post(f"{FILES}/{first.id}/cancel")
    if ending == "failed":
        report.at_row = lambda number: 1 // 0
    make_here(first.id)
    if ending == "over":
        with company_scope(world.aurora), transaction():
            db.session.execute(
                update(ReportFile).where(ReportFile.id == first.id).values(expires_at=func.now())
            )
    again = ask("rows=6", request_key=key)
    assert (again.location == f"{FILES}/{first.id}") is (ending == "done")
    assert as_user("bruno").get(again.location).status_code == 200


def test_another_users_key_finds_nothing_of_theirs(ask, world):
    key = str(uuid4())
    first, second = ask("rows=6", request_key=key), ask("rows=6", request_key=key, login="sofia")
    assert first.location != second.location
    assert len(files_in(world.aurora)) == 2


def test_nobody_crowds_the_others_out(ask, as_user, world):
    for _ in range(services.MOST_UNDER_WAY):
        assert ask("rows=6").status_code == 303
    refused = ask("rows=6")
    assert (refused.status_code, refused.location) == (303, FILES)
    assert "5 relatórios seus ainda estão sendo gerados" in as_user("bruno").get(FILES).text
    assert len([file for file in files_in(world.aurora) if file.status.is_under_way]) == 5
    assert ask("rows=6", login="sofia").status_code == 303
    as_user("bruno").post(f"{FILES}/{files_in(world.aurora)[0].id}/cancel")
    assert ask("rows=6").status_code == 303


# ── Who may ──────────────────────────────────────────────────────────────────────────────────────────


def test_report_needs_its_permission(ask, report, world, monkeypatch):
    monkeypatch.setattr(RowsReport, "permission", WORK_ORDERS_CANCEL)
    assert ask("rows=6").status_code == 403
    assert ask("rows=6", login="sofia").status_code == 303


def test_where_the_plugin_is_off_there_is_no_report(ask, as_user, make_here, world):
    ask("rows=6")
    (file,) = files_in(world.aurora)
    make_here(file.id)
    switch(world.aurora, "enabled", value=False)
    assert ask("rows=6").status_code == 404
    assert as_user("bruno").get(f"{FILES}/{file.id}/download").status_code == 404
    page = as_user("bruno").get(FILES)
    assert page.status_code == 200
    assert "service-desk" not in page.text


def test_unknown_report_is_not_found(ask):
    assert ask(address="/c/aurora/reports/service_desk.nothing/files").status_code == 404


@pytest.mark.parametrize("what", ["", "/download", "/cancel", "/delete"])
@pytest.mark.parametrize("login", ["sofia", "vera"])
def test_another_users_file_is_not_found(as_user, make_here, world, report, what, login):
    waiting, done = (order(world.aurora, world.users["ana"]) for _ in range(2))
    make_here(done)
    method = "POST" if what in ("/cancel", "/delete") else "GET"
    for file_id in (waiting, done):
        assert as_user(login).open(f"{FILES}/{file_id}{what}", method=method).status_code == 404
    assert [stored(world.aurora, i).status for i in (waiting, done)] == ["pending", "done"]
    assert str(waiting) not in re.findall(r"files/(\d+)", as_user(login).get(FILES).text)


@pytest.mark.parametrize("what", ["", "/download", "/cancel", "/delete"])
def test_own_file_of_another_company_is_not_found(as_user, make_here, world, report, what):
    file_id = order(world.boreal, world.users["ana"])
    make_here(file_id)
    method = "POST" if what in ("/cancel", "/delete") else "GET"
    assert as_user("ana").open(f"{FILES}/{file_id}{what}", method=method).status_code == 404
    assert stored(world.boreal, file_id).status == "done"
    if method == "GET":
        there = as_user("ana").get(f"/c/boreal/reports/files/{file_id}{what}")
        assert there.status_code == 200


@pytest.mark.parametrize("file_id", ["99999999", "9223372036854775807", "99999999999999999999"])
def test_file_that_never_was_is_not_found(as_user, file_id):
    assert as_user("bruno").get(f"{FILES}/{file_id}").status_code == 404


def test_file_of_several_companies_is_for_who_may_know_all_of_them(ask, as_user, make_here, world, report):
    ask("rows=6&company=aurora&company=boreal", login="ana")
    (file,) = files_in(world.aurora)
    assert file.company_ids == [world.aurora.id, world.boreal.id]
    make_here(file.id)
    whole = as_user("ana").get(f"{FILES}/{file.id}/download")
    expected = written(
        report, world.users["ana"], world.aurora, "rows=6&company=aurora&company=boreal", world.boreal
    )
    assert whole.data == expected
    assert b"SEGREDO-DE-boreal" in expected
    before = as_user("ana").get(FILES).text
    with company_scope(world.boreal), transaction():
        db.session.execute(delete(Membership).where(Membership.user_id == world.users["ana"].id))
    assert as_user("ana").get(f"{FILES}/{file.id}/download").status_code == 404
    for page in (before, as_user("ana").get(FILES).text, as_user("ana").get(f"{FILES}/{file.id}").text):
        assert ("Linhas: 6" in page) is (f"files/{file.id}/download" in page) is (page is before)
        assert (LOST in page) is (page is not before)


def test_company_that_the_reader_may_not_know_is_as_none(ask, as_user, make_here, world):
    ask("rows=6&company=aurora&company=boreal")
    (file,) = files_in(world.aurora)
    assert file.company_ids == [world.aurora.id]
    make_here(file.id)
    assert b"boreal" not in as_user("bruno").get(f"{FILES}/{file.id}/download").data


def test_download_needs_the_permission_of_now(as_user, make_here, world, report, monkeypatch):
    file_id = order(world.aurora, world.users["bruno"])
    make_here(file_id)
    monkeypatch.setattr(RowsReport, "permission", WORK_ORDERS_CANCEL)
    assert as_user("bruno").get(f"{FILES}/{file_id}/download").status_code == 404
    with company_scope(world.aurora), transaction():
        bruno = Membership.user_id == world.users["bruno"].id
        db.session.execute(update(Membership).where(bruno).values(role=Role.SUPERVISOR))
    assert as_user("bruno").get(f"{FILES}/{file_id}/download").status_code == 200
