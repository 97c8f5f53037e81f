"""Making files by a worker: rights that are lost, full disks, errors; never half a file, and the reason."""

from __future__ import annotations

import errno
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from app.database import db
from app.embedded.services import ROOT
from app.reports.models import FileStatus
from app.work_orders.permissions import WORK_ORDERS_CANCEL
from tests.app.reports.files import another_writer, pieces
from tests.rows_report import RowsReport

pytestmark = pytest.mark.usefixtures("told_each_row")


# ── Rights ─────────────────────────────────────────────────────────────────────────────────────────────

LOST = "Você não tem mais acesso a este relatório em todas as empresas de que ele trata (R23)."


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM membership WHERE company_id = :company",
        "UPDATE membership SET accepted_at = NULL WHERE company_id = :company",
        "UPDATE company_parameter SET value = 'false' WHERE company_id = :company",
    ],
)
def test_right_that_was_lost_meanwhile_fails_it(ask, make, see, shop, report, change):
    report.at_row = lambda number: pytest.fail("it was begun")
    file_id = ask()
    shop.sql(change)
    assert make(file_id)
    assert (see(file_id).status, see(file_id).reason) == (FileStatus.FAILED, LOST)
    assert pieces(shop.company, file_id) == []


def test_user_who_may_not_log_in_any_more_gets_nothing(ask, make, see, shop):
    file_id = ask()
    shop.sql("UPDATE user_account SET is_active = false WHERE id = :user", user=shop.actor.id)
    try:
        make(file_id)
    finally:
        shop.sql("UPDATE user_account SET is_active = true WHERE id = :user", user=shop.actor.id)
    assert (see(file_id).status, see(file_id).reason) == (FileStatus.FAILED, LOST)


def test_permission_that_the_role_has_no_more_fails_it(ask, make, see, monkeypatch):
    file_id = ask()
    monkeypatch.setattr(RowsReport, "permission", WORK_ORDERS_CANCEL)
    make(file_id)
    assert see(file_id).reason == LOST


def test_one_of_several_companies_that_was_lost_fails_all(ask, make, see, shop, world):
    file_id = ask("rows=2", companies=[shop.company, world.boreal])
    make(file_id)
    assert (see(file_id).status, see(file_id).reason) == (FileStatus.FAILED, LOST)


def test_report_that_is_gone_fails_it(ask, make, see, app, monkeypatch):
    file_id = ask()
    monkeypatch.delitem(app.extensions["balcao"].reports, RowsReport.key)
    make(file_id)
    assert see(file_id).reason == LOST


def test_inactive_companys_files_wait(ask, make, see, swept, shop, wait):
    file_id = ask()
    shop.sql("UPDATE company SET is_active = false WHERE id = :company")
    wait(61)
    assert make(file_id) is False
    assert swept() == []
    shop.sql("UPDATE company SET is_active = true WHERE id = :company")
    assert swept() == [file_id]
    assert make(file_id) is True


# ── Errors ─────────────────────────────────────────────────────────────────────────────────────────────

FULL = "O disco do servidor está cheio: o arquivo não foi gerado. Avise um administrador."


def no_room(*args: object, **more: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_full_disk_of_the_worker_fails_it_and_says_so(ask, make, see, report, shop):
    report.at_row = no_room
    file_id = ask()
    make(file_id)
    assert (see(file_id).status, see(file_id).reason) == (FileStatus.FAILED, FULL)
    assert pieces(shop.company, file_id) == []


def test_full_disk_that_a_library_has_wrapped_is_known_too(ask, make, see):
    def write(sheet, file, *, progress) -> None:
        try:
            no_room()
        except OSError as error:
            raise RuntimeError("the workbook can't be closed") from error

    file_id = ask()
    with another_writer(write):
        make(file_id)
    assert see(file_id).reason == FULL


def test_full_disk_where_the_temporary_files_are_is_known_too(ask, make, see, monkeypatch):
    monkeypatch.setattr(tempfile, "mkdtemp", no_room)
    file_id = ask()
    make(file_id)
    assert see(file_id).reason == FULL


@pytest.fixture
def full_database(shop):
    """The third piece finds the database's disk full."""
    shop.sql(
        "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF NEW.position = 2 THEN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END IF;"
        " RETURN NEW; END $$"
    )
    shop.sql("CREATE TRIGGER no_room BEFORE INSERT ON report_piece FOR EACH ROW EXECUTE FUNCTION no_room()")
    yield
    db.session.rollback()  # or the trigger would wait for what the test has read
    shop.sql("DROP FUNCTION no_room() CASCADE")


def test_full_disk_of_the_database_leaves_no_half_file(ask, make, see, shop, full_database):
    file_id = ask()
    with another_writer(lambda sheet, file, *, progress: file.write(bytes(2_500_000))):
        make(file_id)
    assert (see(file_id).status, see(file_id).reason, see(file_id).size) == (FileStatus.FAILED, FULL, 0)
    assert pieces(shop.company, file_id) == []


def test_unexpected_error_fails_it_and_tells_only_its_kind(ask, make, see, report):
    report.at_row = lambda number: 1 // 0
    file_id = ask()
    make(file_id)
    assert (see(file_id).status, see(file_id).reason) == (
        FileStatus.FAILED,
        "Erro inesperado (ZeroDivisionError)",
    )


# ── Temporary files ────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def machine(tmp_path, monkeypatch) -> Path:
    """A machine's own folder for temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("ending", ["done", "failed"])
def test_what_a_writer_leaves_behind_is_removed(ask, make, report, machine, ending):
    folders = []

    def look(number: int) -> None:
        left = Path(tempfile.mkdtemp())
        (left / "sheet1.xml").write_text("half of it")
        folders.append(left.parent)
        assert ending == "done"

    report.at_row = look
    make(ask("rows=1"))
    assert folders[0].parent == machine
    assert folders[0].name.startswith("balcao-files-")
    assert list(machine.iterdir()) == []
    assert tempfile.gettempdir() == str(machine)


def test_next_task_removes_what_killed_workers_left(ask, make, see, report, machine):
    def folder(name: str) -> Path:
        made = machine / name
        made.mkdir()
        (made / "half").write_text("of a report")
        return made

    dead, others = folder("balcao-files-dead"), folder("others")
    (machine / "balcao-files-link").symlink_to(others)
    making = []

    def another_worker_looks(number: int) -> None:
        """While this one is at it, whose folder must stay."""
        making.extend(folder for folder in machine.glob("balcao-files-*") if not folder.is_symlink())
        look = "from app.reports.scratch import scratch_folder\nwith scratch_folder(): pass"
        subprocess.run([sys.executable, "-c", look], env={"TMPDIR": str(machine)}, cwd=ROOT, check=True)
        assert making[0].exists()

    report.at_row = another_worker_looks
    file_id = ask("rows=1")
    make(file_id)
    assert see(file_id).status is FileStatus.DONE
    assert not dead.exists()
    assert len(making) == 1
    assert not making[0].exists()
    assert (others / "half").exists()
