"""Long reports while their worker is killed, starved or left alone: all of the file or none, and said why."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import Row

from tests.chaos.reports import TICKETS, Reports, running_reports, small_disk

DIED = "O processo terminou em todas as tentativas."
FULL = "O disco do servidor está cheio: o arquivo não foi gerado. Avise um administrador."
MINUTE = 61.0
"""Seconds, after which nobody waits for a worker that isn't heard of."""
FILE_BYTES = 100_000
"""Less than any file of all tickets takes."""

Kill = Callable[[Reports], None]


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reports]:
    with running_reports(tmp_path_factory.mktemp("reports") / "var") as running:
        yield running


def is_under_way(attempt: int, file: Row[Any]) -> bool:
    """Whether this attempt has come so far that it could leave something."""
    return file.attempts == attempt and 0 < file.rows_done < TICKETS


def kill_while_it_is_made(reports: Reports, file_id: int, attempt: int, kill: Kill) -> None:
    """The gate is shut: the file waits in the middle."""
    reports.wait(file_id, partial(is_under_way, attempt))
    kill(reports)
    left = reports.file(file_id)
    assert (left.status, left.attempts) == ("running", attempt)
    assert reports.left_behind() != []


def is_whole(content: bytes) -> bool:
    """Its last page has the total of all."""
    return f"Total: {TICKETS} atendimentos" in PdfReader(BytesIO(content)).pages[-1].extract_text()


@pytest.mark.parametrize("kill", [Reports.kill_child, Reports.kill_all], ids=["child", "all"])
def test_killed_while_it_is_made_it_is_begun_again_once(reports: Reports, kill: Kill):
    with reports.gate_shut():
        file_id = reports.order()
        kill_while_it_is_made(reports, file_id, 1, kill)
    assert reports.content(file_id) == b""
    reports.time_passes(MINUTE)
    file = reports.ended(file_id)
    assert (file.status, file.reason, file.attempts, file.rows_done) == ("done", "", 2, TICKETS)
    content = reports.content(file_id)
    assert len(content) == file.size
    assert is_whole(content)
    # What the dead have left on the disk went before the second attempt.
    assert reports.left_behind() == []


def test_killed_twice_it_is_given_up_and_says_so(reports: Reports):
    with reports.gate_shut():
        file_id = reports.order()
        for attempt in (1, 2):
            kill_while_it_is_made(reports, file_id, attempt, Reports.kill_child)
            reports.time_passes(MINUTE)
        file = reports.ended(file_id)
    assert (file.status, file.reason, file.attempts) == ("failed", DIED, 2)
    assert reports.content(file_id) == b""


def test_process_that_stands_still_is_ended_and_its_file_given_up(reports: Reports):
    with reports.other_worker(application="tests.chaos.stuck:celery"):
        file_id = reports.order("csv")
        for attempt in (1, 2):
            assert reports.wait(file_id, partial(is_under_way, attempt)).status == "running"
            reports.wait_for_another_child()
            reports.time_passes(MINUTE)
        file = reports.ended(file_id)
        assert (file.status, file.reason) == ("failed", DIED)


def test_empty_queue_doesnt_disturb_who_is_at_work(reports: Reports):
    with reports.gate_shut():
        file_id = reports.order()
        reports.wait(file_id, partial(is_under_way, 1))
        reports.servers.queue.restart(empty=True)
    file = reports.ended(file_id)
    assert (file.status, file.attempts) == ("done", 1)


def test_no_room_for_a_longer_file_fails_it_and_says_so(reports: Reports):
    """As the kernel refuses it: here by the limit of a process, which nobody need be root to set."""
    with reports.other_worker("prlimit", f"--fsize={FILE_BYTES}"):
        for file_format in ("pdf", "xlsx", "csv"):
            file_id = reports.order(file_format)
            file = reports.ended(file_id)
            assert (file.status, file.reason, file.attempts) == ("failed", FULL, 1)
            assert reports.content(file_id) == b""
            assert reports.left_behind() == []


@pytest.fixture
def disk(reports: Reports, tmp_path: Path) -> Iterator[Path]:
    owner = reports.servers.postgres.user_id or os.geteuid()
    with small_disk(tmp_path / "disk", "200k", owner=owner) as folder:
        if folder is None:
            pytest.skip("only root may mount a small disk")
        yield folder


def test_full_disk_of_the_worker_fails_it_and_says_so(reports: Reports, disk: Path):
    with reports.other_worker(folder=disk):
        file_id = reports.order()
        file = reports.ended(file_id)
        assert (file.status, file.reason, file.attempts) == ("failed", FULL, 1)
        assert list(disk.glob("balcao-files-*")) == []
    assert reports.content(file_id) == b""


def test_full_disk_of_the_database_fails_it_and_says_so(reports: Reports, disk: Path):
    with reports.pieces_stored_in(disk):
        file_id = reports.order()
        file = reports.ended(file_id)
        assert (file.status, file.reason, file.attempts) == ("failed", FULL, 1)
        assert reports.content(file_id) == b""
    again = reports.order()
    assert reports.ended(again).status == "done"
    assert is_whole(reports.content(again))
