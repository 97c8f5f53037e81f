"""`flask parameters diff|copy|undo`: by the owner, outside the web (R5)."""

from __future__ import annotations

import re

import pytest

from app.companies.copying import copies
from app.database import bound_to
from app.safety import UnsafeConfiguration
from tests.app.companies.conftest import batches, deactivate, fleet_of, store, stored, trail

KIND, R1 = "host.service_kind", "service_desk.enabled"
R2, R3 = "service_desk.customer_products", "service_desk.auto_work_order"
AURORA = {KIND: "technical_assistance", R1: True, R2: True, R3: True}


@pytest.fixture
def companies(app, owner_engine, world):
    """Three of the test's own, since a command commits: the first is as aurora."""
    with fleet_of(3, app, owner_engine, world) as fleet:
        with app.app_context():
            store(fleet[0], **{key.replace(".", "__"): value for key, value in AURORA.items()})
        yield fleet


@pytest.fixture
def run(app):
    """`run("diff", company, …)`: companies are given as such."""
    return lambda *args, **more: app.test_cli_runner().invoke(
        args=["parameters", *(getattr(arg, "code", arg) for arg in args)], **more
    )


@pytest.fixture
def look(app, owner_engine):
    """The owner's session, to look at what a command has committed."""
    with app.app_context(), bound_to(owner_engine):
        yield


def number(result):
    return re.search(r"^copy (\d+)$", result.output, re.MULTILINE)[1]


# ── diff ──────────────────────────────────────────────────────────────────────────────────────────────


def test_diff_shows_what_differs_and_says_so_by_its_code(run, companies):
    source, target, _other = companies
    result = run("diff", source, target)
    assert result.exit_code == 1
    assert result.output.splitlines() == [
        f"\t{source.code}\t{target.code}",
        f"{KIND}\tAssistência Técnica\tOutros Serviços",
        f"{R1}\tSim\tNão",
        f"{R2}\tSim\tNão",
        f"{R3}\tSim\tNão",
    ]


def test_diff_of_equal_companies_is_0_and_shows_all_when_asked(run, companies):
    _source, one, two = companies
    assert (run("diff", one, two).exit_code, run("diff", one, two).output.count("\n")) == (0, 1)
    result = run("diff", one, two, "--all")
    assert result.exit_code == 0
    assert f"{KIND}\tOutros Serviços\tOutros Serviços" in result.output


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("diff", "aurora", "aurora"), "origem e destino da mesma cópia (R5)"),
        (("diff", "aurora", "nowhere"), "there is no company 'nowhere'"),
        (("copy", "nowhere", "aurora", "--yes"), "there is no company 'nowhere'"),
        (("copy", "aurora", "boreal", "--key", "x.y", "--yes"), "“x.y” não é um parâmetro"),
        (("copy", "aurora", "boreal", "--key", R2, "--yes"), "seja “Assistência Técnica” (R2)"),
        (("undo", "987654321"), "there is no copy 987654321"),
        (("undo", "x"), "'x' is not a valid integer"),
        (("diff", "aurora"), "Missing argument 'TARGET...'"),
    ],
)
def test_refusals_are_told_with_code_2(run, world, look, arguments, reason):
    before = stored(world.boreal)
    result = run(*arguments)
    assert result.exit_code == 2
    assert reason in result.output
    assert stored(world.boreal) == before


# ── copy ──────────────────────────────────────────────────────────────────────────────────────────────


def test_copy_writes_all_that_differ_as_the_system(run, companies, look):
    source, one, two = companies
    result = run("copy", source, one, two, one, "--yes")
    assert result.exit_code == 0, result.output
    assert f"{one.code}\tCopiado\n{two.code}\tCopiado\n" in result.output
    assert number(result)
    for company in (one, two):
        assert stored(company) == AURORA
        (batch,) = batches(company)
        assert (batch.user_id, batch.source_company_id) == (None, source.id)
        assert [(entry.action, entry.user_id) for entry in trail(company)] == [("copied", None)]


def test_copy_of_one_parameter(run, companies, look):
    source, one, _two = companies
    assert run("copy", source, one, "--key", R3, "--yes").exit_code == 0
    assert stored(one) == {R3: True}


def test_copy_asks_after_it_has_told_what_it_means(run, world, look, monkeypatch):
    monkeypatch.setattr("plugins.service_desk.queries.ticket_counts", lambda company: (60, 12))
    before = stored(world.boreal)
    result = run("copy", "cometa", "boreal", input="n\n")
    assert result.exit_code == 2
    assert f"{R1}\tNão\tSim" in result.output
    assert (
        "Boreal Ltda: desligar “Controla atendimentos aos clientes” esconde 60 atendimentos, 12 em aberto"
        in result.output
    )
    assert f"Copy {R1} from cometa to boreal?" in result.output
    assert stored(world.boreal) == before


def test_copy_of_equal_companies_writes_nothing(run, companies, look):
    _source, one, two = companies
    result = run("copy", one, two)
    assert (result.exit_code, result.output) == (0, "nothing differs\n")
    assert batches(two) == []


def test_copy_to_many_tells_each_and_ends_with_1_when_one_refuses(
    run, companies, look, monkeypatch, owner_engine
):
    monkeypatch.setattr(copies, "MOST_AT_ONCE", 1)
    source, one, two = companies
    with deactivate(two, owner_engine):
        result = run("copy", source, one, two, "--yes")
    assert result.exit_code == 1
    assert f"{one.code}\tCopiado\n" in result.output
    assert f"{two.code}\tRecusado\t“Frota 02” está inativa" in result.output
    assert (stored(one), stored(two)) == (AURORA, {})


def test_commands_need_the_owners_address(app, run, monkeypatch):
    monkeypatch.setitem(app.config, "DATABASE_OWNER_URL", "")
    assert isinstance(run("diff", "aurora", "boreal").exception, UnsafeConfiguration)


# ── undo ──────────────────────────────────────────────────────────────────────────────────────────────


def test_undo_gives_back_what_was_and_names_what_it_left(run, companies, look):
    source, one, two = companies
    copied = number(run("copy", source, one, two, "--yes"))
    store(two, service_desk__auto_work_order=False)
    result = run("undo", copied)
    assert result.exit_code == 1
    assert result.output.splitlines() == [
        f"{one.code}\tDesfeito",
        f"{two.code}\tDesfeito\t“Gera OS automaticamente após a inclusão do atendimento”",
    ]
    assert stored(one) == {KIND: "other_services", R1: False, R2: False, R3: False}
    again = run("undo", copied)
    assert again.exit_code == 2
    assert "Isto já foi desfeito (R5)." in again.output


def test_undo_everywhere_is_0(run, companies, look):
    source, one, _two = companies
    copied = number(run("copy", source, one, "--yes"))
    result = run("undo", copied)
    assert (result.exit_code, result.output) == (0, f"{one.code}\tDesfeito\n")


def test_help_tells_the_exit_codes(run):
    assert "Exit code 2" in run("--help").output
    for command in ("diff", "copy", "undo"):
        assert "Exit code 0" in run(command, "--help").output.replace("\n  ", " ")
