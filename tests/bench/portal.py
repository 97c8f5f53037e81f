"""The portal under measurement: real servers, real processes, a seeded company."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any
from urllib.parse import urlencode

from flask import Flask, session
from flask_wtf.csrf import generate_csrf
from sqlalchemy import Engine, create_engine, text

from app import create_app
from app.embedded.catalogues import compile_catalogues
from app.embedded.instance import secret_key
from app.embedded.process import ManagedProcess
from app.embedded.servers import EmbeddedServers
from app.embedded.services import (
    ROOT,
    beat_process,
    process_environment,
    web_process,
    worker_process,
)
from app.users.queries import token_hash
from config import DevelopmentConfig
from tests.bench.load import KEY, Job, Result

COMPANY = "carga"
LOGIN = "ana"
WORKERS = 2
APPLICATION = "tests.bench.wsgi:application"


@dataclass
class Portal:
    """A running portal, and the ways in.

    Args:
        engine: the owner's.
        workers: over how many web processes clients can spread; 1 where they can't choose.
    """

    app: Flask
    engine: Engine
    port: int
    workers: int = WORKERS

    def execute(self, statement: str, **values: Any) -> None:
        with self.engine.begin() as connection:
            connection.execute(text(statement), values)

    def scalar(self, statement: str, **values: Any) -> Any:
        with self.engine.begin() as connection:
            return connection.execute(text(statement), values).scalar()

    def column(self, statement: str, **values: Any) -> list[Any]:
        with self.engine.begin() as connection:
            return list(connection.execute(text(statement), values).scalars())

    def visit(self) -> Visit:
        """A new session of the login, as its browser would hold it."""
        token, csrf = log_in(self.engine), ""
        with self.app.test_request_context():
            session["_user_id"], session["_fresh"] = token, True
            csrf = generate_csrf()
            response = self.app.response_class()
            self.app.session_interface.save_session(self.app, session, response)
        return Visit(self.port, response.headers["Set-Cookie"].partition(";")[0], csrf)

    def load(self, requests: list[list[str]], *, status: int, seconds: float, **more: Any) -> Result:
        """What the load generator measures, from a process of its own."""
        job = Job(self.port, requests, status=status, workers=self.workers, seconds=seconds, **more)
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.load"],
            input=json.dumps(asdict(job)),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            cwd=ROOT,
        )
        return Result(**json.loads(done.stdout))


@dataclass(frozen=True)
class Visit:
    """One client's cookie and CSRF token."""

    port: int
    cookie: str
    csrf: str

    def get(self, path: str) -> str:
        return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nCookie: {self.cookie}\r\n\r\n"

    def post(self, path: str, fields: dict[str, Any]) -> str:
        """A form as the browser posts it; its `request_key` is another one each time it is sent."""
        body = urlencode({"csrf_token": self.csrf, "request_key": KEY, **fields})
        return (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nCookie: {self.cookie}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        )


def log_in(engine: Engine) -> str:
    """The token of a new session of the login."""
    token = token_hex(16)
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO user_session (token_hash, user_id, address, agent)"
                " SELECT :hash, id, '', '' FROM user_account WHERE login = :login"
            ),
            {"hash": token_hash(token), "login": LOGIN},
        )
    return token


@contextmanager
def seeded_app(
    var: Path, *, tickets: int, more: Sequence[str] = (), buffers: str = ""
) -> Iterator[tuple[Flask, Engine, dict[str, str]]]:
    """Servers in `var` with a company of so many tickets; gives the application and the environment.

    Args:
        more: options of the seeder.
        buffers: PostgreSQL's `shared_buffers`, if not its own default.
    """
    compile_catalogues(ROOT)
    with EmbeddedServers(var) as servers:
        if buffers:
            _set_buffers(servers, buffers)
        env = process_environment(
            database_url=servers.database_url(), redis_url=servers.redis_url, secret_key=secret_key(var)
        )
        engine = create_engine(servers.owner_url)
        _fill(engine, env | {"DATABASE_OWNER_URL": servers.owner_url}, var=var, tickets=tickets, more=more)
        app = create_app(
            DevelopmentConfig,
            SQLALCHEMY_DATABASE_URI=servers.database_url(),
            REDIS_URL=servers.redis_url,
            SECRET_KEY=secret_key(var),
            LOG_LEVEL="WARNING",
        )
        yield app, engine, env
        engine.dispose()


def _set_buffers(servers: EmbeddedServers, buffers: str) -> None:
    engine = create_engine(servers.superuser_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"ALTER SYSTEM SET shared_buffers = '{buffers}'")
    engine.dispose()
    servers.postgres.stop()
    servers.postgres.start()


def _fill(engine: Engine, env: dict[str, str], *, var: Path, tickets: int, more: Sequence[str]) -> None:
    def run(name: str, *arguments: str) -> None:
        command = [sys.executable, "-m", "flask", "--app", "app:create_app()", *arguments]
        ManagedProcess(name, command, log_path=var / "log" / f"{name}.log", env=env, cwd=ROOT).run()

    run("migrate", "db", "upgrade", "heads")
    with engine.begin() as connection:
        found = connection.execute(text("SELECT count(*) FROM company WHERE code = :code"), {"code": COMPANY})
        is_there = bool(found.scalar())
    if not is_there:
        started = time.monotonic()
        run("seed", "demo", "seed", "--tickets", str(tickets), "--code", COMPANY, *more)
        (var / "seeded").write_text(f"{tickets} {time.monotonic() - started:.1f}")


@contextmanager
def running_portal(
    var: Path, *, port: int, tickets: int, more: Sequence[str] = (), buffers: str = ""
) -> Iterator[Portal]:
    """Servers, seeded company, two web workers, a worker of two processes, and beat."""
    with (
        seeded_app(var, tickets=tickets, more=more, buffers=buffers) as (app, engine, env),
        ExitStack() as processes,
    ):
        logs = var / "log"
        web = web_process(port=port, env=env, log_folder=logs, workers=WORKERS, application=APPLICATION)
        worker = worker_process(env=env, log_folder=logs)
        for process in (web, worker, beat_process(env=env, log_folder=logs, schedule=var / "beat-schedule")):
            process.spawn()
            processes.callback(process.stop)
        web.wait_ready(time.sleep)
        yield Portal(app, engine, port)


def seeding_time(var: Path) -> str:
    """How long the seeder took in this folder."""
    tickets, seconds = re.split(r"\s", (var / "seeded").read_text())
    return f"{int(tickets):,} tickets seeded in {seconds} s"
