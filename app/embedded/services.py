"""The processes of the portal: web, worker, reports and beat. Also for tests that want real ones."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from .process import ManagedProcess

ROOT = Path(__file__).resolve().parents[2]
APPLICATION = "app:create_app()"
CELERY = [sys.executable, "-m", "celery", "--quiet", "-A", "celery_worker:celery"]
HOST = "127.0.0.1"
ANSWER_TIMEOUT = 1.0


def process_environment(
    *, database_url: str, redis_url: str, secret_key: str, owner_url: str | None = None
) -> dict[str, str]:
    """Our environment with the portal's settings.

    Give ``owner_url`` to commands only: web, worker and beat must not be able to log in as the owner.
    """
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_OWNER_URL"}
    environment |= {
        "BALCAO_ENV": "development",
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "SECRET_KEY": secret_key,
        "PYTHONUNBUFFERED": "1",
    }
    if owner_url is not None:
        environment["DATABASE_OWNER_URL"] = owner_url
    return environment


def web_process(
    *,
    port: int,
    env: Mapping[str, str],
    log_folder: Path,
    workers: int = 2,
    threads: int = 4,
    application: str = APPLICATION,
    pass_fds: Sequence[int] = (),
) -> ManagedProcess:
    """The portal under gunicorn on 127.0.0.1; ready when ``/healthz`` answers."""
    options = ["--config", "python:app.embedded.gunicorn_conf", "--bind", f"{HOST}:{port}"]
    options += ["--workers", str(workers), "--threads", str(threads)]
    return ManagedProcess(
        "web",
        [sys.executable, "-m", "gunicorn", *options, application],
        log_path=log_folder / "web.log",
        env=env,
        cwd=ROOT,
        ready=_answers_on(port),
        pass_fds=pass_fds,
    )


def worker_process(
    *, env: Mapping[str, str], log_folder: Path, concurrency: int = 2, pass_fds: Sequence[int] = ()
) -> ManagedProcess:
    """The Celery worker with ``concurrency`` pool processes, for everything but long reports."""
    options = ["--queues", "celery", "--concurrency", str(concurrency)]
    return _celery_worker("worker", options, env, log_folder, pass_fds)


def reports_process(
    *, env: Mapping[str, str], log_folder: Path, pass_fds: Sequence[int] = ()
) -> ManagedProcess:
    """The Celery worker that makes long reports, one at a time."""
    # A process that has made big files gives its memory back by ending.
    options = ["--queues", "reports", "--concurrency", "1", "--max-tasks-per-child", "10"]
    return _celery_worker("reports", options, env, log_folder, pass_fds)


def _celery_worker(
    name: str, options: Sequence[str], env: Mapping[str, str], log_folder: Path, pass_fds: Sequence[int]
) -> ManagedProcess:
    return ManagedProcess(
        name,
        [*CELERY, "worker", "--hostname", f"{name}@%h", "--without-mingle", "--without-gossip", *options],
        log_path=log_folder / f"{name}.log",
        env=env,
        cwd=ROOT,
        # When we are dead the queue is dying too, and any softer stop of Celery may wait for it for ever.
        death_signal=signal.SIGKILL,
        pass_fds=pass_fds,
    )


def beat_process(
    *, env: Mapping[str, str], log_folder: Path, schedule: Path, pass_fds: Sequence[int] = ()
) -> ManagedProcess:
    """Celery's clock, which keeps in the file ``schedule`` when it last sent what."""
    return ManagedProcess(
        "beat",
        [*CELERY, "beat", "--schedule", str(schedule)],
        log_path=log_folder / "beat.log",
        env=env,
        cwd=ROOT,
        pass_fds=pass_fds,
    )


def prepare_process(
    arguments: Sequence[str], *, env: Mapping[str, str], log_folder: Path, pass_fds: Sequence[int] = ()
) -> ManagedProcess:
    """The command that brings the database up to date (``prepare.py``), to be ``run()`` as its owner."""
    return ManagedProcess(
        "prepare",
        [sys.executable, "-m", "app.embedded.prepare", *arguments],
        log_path=log_folder / "prepare.log",
        env=env,
        cwd=ROOT,
        pass_fds=pass_fds,
    )


def port_is_free(port: int) -> bool:
    """Whether the web could listen on the port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _answers_on(port: int) -> Callable[[], bool]:
    def answers() -> bool:
        try:
            with socket.create_connection((HOST, port), timeout=ANSWER_TIMEOUT) as client:
                client.sendall(f"GET /healthz HTTP/1.0\r\nHost: {HOST}:{port}\r\n\r\n".encode())
                return client.recv(64).startswith(b"HTTP/1.")
        except OSError:
            return False

    return answers
