"""Where the time of one route goes: cProfile in this process, against the seeded database."""

from __future__ import annotations

import cProfile
import pstats
import sys
import time
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from uuid import uuid4

import click
from flask import Flask
from sqlalchemy import Engine, event
from werkzeug.test import EnvironBuilder, run_wsgi_app

from tests.bench.load import KEY
from tests.bench.portal import Portal, seeded_app
from tests.bench.scenarios import SCENARIOS, Scenario

ROUNDS = 100
LINES = 70
HOST = "127.0.0.1"


def profile(route: str, *, var: Path, tickets: int, order: str) -> None:
    """Print time, statements and profile of a scenario (by its name) or of a path."""
    with seeded_app(var, tickets=tickets) as (app, engine, _):
        portal = Portal(app, engine, 80)
        send = _sender(app, _scenario(route), portal)
        for _ in range(10):
            send()
        statements = _statements(send)
        took = min(_cpu_time(send) for _ in range(ROUNDS))
        profiler = cProfile.Profile(time.process_time)
        profiler.runcall(lambda: [send() for _ in range(ROUNDS)])
        click.echo(
            f"{route}: at best {took * 1000:.2f} ms of this process"
            f" (the profile is of its own time, too), {len(statements)} statements"
        )
        for statement, seconds in statements:
            click.echo(f"  {seconds * 1000:6.2f} ms  {' '.join(statement.split())[:160]}")
        pstats.Stats(profiler, stream=sys.stdout).sort_stats(order).print_stats(LINES)


def _cpu_time(send: Callable[[], None]) -> float:
    """Seconds of this process alone: the database's are with the statements."""
    started = time.process_time()
    send()
    return time.process_time() - started


def _scenario(route: str) -> Scenario:
    by_name = {scenario.name: scenario for scenario in SCENARIOS}
    return by_name.get(route) or Scenario(route, None, 200, lambda _, visit: [visit.get(route)])


def _sender(app: Flask, scenario: Scenario, portal: Portal) -> Callable[[], None]:
    """A function that lets the application answer the scenario's next request."""
    requests = cycle(scenario.requests(portal, portal.visit()))

    def send() -> None:
        head, _, body = next(requests).replace(KEY, str(uuid4())).partition("\r\n\r\n")
        first, *lines = head.split("\r\n")
        method, target, _ = first.split()
        path, _, query = target.partition("?")
        builder = EnvironBuilder(path, method=method, query_string=query, data=body.encode() or None)
        builder.headers.update(dict(line.split(": ", 1) for line in lines))
        answer, status, _ = run_wsgi_app(app, builder.get_environ(), buffered=True)
        if not status.startswith(str(scenario.status)):
            raise click.ClickException(f"{method} {target} answered {status}: {b''.join(answer)[:2000]!r}")

    return send


def _statements(send: Callable[[], None]) -> list[tuple[str, float]]:
    """The statements of one request, and the seconds that each took."""
    found: list[tuple[str, float]] = []
    started = 0.0

    def before(*_: object) -> None:
        nonlocal started
        started = time.perf_counter()

    def after(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        found.append((statement, time.perf_counter() - started))

    event.listen(Engine, "before_cursor_execute", before)
    event.listen(Engine, "after_cursor_execute", after)
    try:
        send()
    finally:
        event.remove(Engine, "before_cursor_execute", before)
        event.remove(Engine, "after_cursor_execute", after)
    return found
