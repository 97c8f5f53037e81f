"""`./dev bench`: see `--help`."""

from __future__ import annotations

import json
import os
import platform
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from tests.bench import memory, reports
from tests.bench.load import Result
from tests.bench.portal import running_portal, seeding_time
from tests.bench.profiling import profile
from tests.bench.scenarios import HELLO, SCENARIOS, Scenario

if TYPE_CHECKING:
    from collections.abc import Iterator

CLIENTS = (1, 8)
HEAD = f"{'':22}{'clients':>8}{'req/s':>9}{'p50 ms':>9}{'p95 ms':>9}{'of hello':>10}{'aim':>8}"
LINE = "{name:22}{clients:>8}{per_second:>9.1f}{p50_ms:>9.1f}{p95_ms:>9.1f}{share:>10}{aim:>8}"


@click.command()
@click.option("--tickets", type=click.IntRange(min=100), default=100_000, show_default=True)
@click.option("--seconds", type=click.FloatRange(min=0.5), default=5.0, show_default=True, help="Per row.")
@click.option("--only", multiple=True, help="A row's name; can be repeated.")
@click.option("--port", default=5790, show_default=True)
@click.option("--var", type=click.Path(path_type=Path), help="Keep the seeded servers' data in this folder.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write the figures there, too.")
@click.option("--profile", "route", help="Profile a row's route, or a path, instead of measuring.")
@click.option("--order", default="tottime", show_default=True, help="Of the profile: tottime, cumtime…")
@click.option("--reports", "with_reports", is_flag=True, help="The report at 10,000 and 1,000,000 tickets.")
@click.option("--memory/--no-memory", "with_memory", default=True, show_default=True)
def bench(
    tickets: int,
    seconds: float,
    only: tuple[str, ...],
    port: int,
    var: Path | None,
    json_file: Path | None,
    route: str | None,
    order: str,
    with_reports: bool,
    with_memory: bool,
) -> None:
    """Measure the portal on real servers with very many tickets: 2 web workers, 2 worker processes."""
    figures: dict[str, Any]
    with _folder(var) as folder:
        if route is not None:
            profile(route, var=folder / "portal", tickets=tickets, order=order)
            return
        if with_reports:
            figures = {"reports": reports.measure(folder, port=port), "machine": _machine()}
            if json_file is not None:
                json_file.write_text(json.dumps(figures, indent=1, ensure_ascii=False))
            return
        chosen = [s for s in SCENARIOS if not only or s.name in only]
        rows = _measure(folder / "portal", chosen, tickets=tickets, seconds=seconds, port=port)
        figures = {"rows": rows, "machine": _machine(), "tickets": tickets}
        if with_memory:
            with TemporaryDirectory(prefix="balcao-bench-") as fresh:
                figures["memory"] = _remember(Path(fresh) / "var", port=port)
    if json_file is not None:
        json_file.write_text(json.dumps(figures, indent=1, ensure_ascii=False))


@contextmanager
def _folder(var: Path | None) -> Iterator[Path]:
    if var is not None:
        yield var.resolve()
        return
    with TemporaryDirectory(prefix="balcao-bench-") as folder:
        yield Path(folder)


def _measure(
    var: Path, scenarios: list[Scenario], *, tickets: int, seconds: float, port: int
) -> list[dict[str, Any]]:
    rows = []
    with running_portal(var, port=port, tickets=tickets) as portal:
        click.echo(f"{seeding_time(var)}; {_machine()}")
        click.echo(HEAD)
        for clients in CLIENTS:
            hello = None
            for scenario in (HELLO, *scenarios):
                result = scenario.measure(portal, clients=clients, seconds=seconds)
                row = _row(scenario, result, clients, hello)
                hello = hello or row["per_second"]
                rows.append(row)
                _show(row)
    return rows


def _row(scenario: Scenario, result: Result, clients: int, hello: float | None) -> dict[str, Any]:
    latencies = sorted(result.latencies) or [0.0]
    per_second = len(result.latencies) / (result.ended - result.started)
    return {
        "name": scenario.name,
        "clients": clients,
        "per_second": round(per_second, 1),
        "p50_ms": round(latencies[len(latencies) // 2] * 1000, 2),
        "p95_ms": round(latencies[int(len(latencies) * 0.95)] * 1000, 2),
        "share": round(100 * per_second / hello, 2) if hello else None,
        "aim": scenario.aim,
        "failures": result.failures,
    }


def _show(row: dict[str, Any]) -> None:
    share = f"{row['share']:.1f} %" if row["share"] is not None else ""
    aim = f"{row['aim']} %" if row["aim"] is not None else ""
    failures = f"  failures: {row['failures']}" if row["failures"] else ""
    click.echo(LINE.format(**row | {"share": share, "aim": aim}) + failures)


def _remember(var: Path, *, port: int) -> dict[str, Any]:
    found = memory.measure(var, port=port)
    parts = ", ".join(f"{name} {size:.0f}" for name, size in found.processes.items())
    click.echo(f"all processes after 100 requests: {found.together:.0f} MB PSS, aim 650 ({parts})")
    click.echo(f"a web worker after 1,000 requests: {found.worker:.0f} MB RSS, aim 140")
    return {"together": found.together, "worker": found.worker, "processes": found.processes}


def _machine() -> str:
    return f"Python {platform.python_version()}, {os.cpu_count()} cores"


if __name__ == "__main__":
    bench()
