"""«Categorias de Problemas»: a tree, and no circle in it whoever saves at the same instant (R22b)."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from app.database import company_scope, db, transaction
from app.errors import NotAvailable
from plugins.service_desk.errors import CategoryCircle
from plugins.service_desk.models import ProblemCategory
from plugins.service_desk.queries import knowledge
from plugins.service_desk.queries.knowledge import category_path
from plugins.service_desk.services.knowledge import update_category
from tests.plugins.service_desk.desk import error_of
from tests.world import log_in

BASE = "/c/aurora/service-desk/problem-categories"
LOOKUP = "/c/aurora/service-desk/lookups/problem-categories"


@pytest.fixture
def sofia(client, world):
    log_in(client, world, "sofia")
    return client


def add(client, code: str, name: str, parent: str = "") -> int:
    """Include a category by its form; its id."""
    data = {"code": code, "name": name, "parent": parent, "is_active": "y"}
    answer = client.post(f"{BASE}/new", data=data)
    assert answer.status_code == 303, answer.text
    return int(answer.location.rpartition("/")[2])


def move(client, category_id: int, code: str, name: str, parent: str, version: int = 1):
    data = {"code": code, "name": name, "parent": parent, "is_active": "y", "version": str(version)}
    return client.post(f"{BASE}/{category_id}", data=data)


@pytest.fixture
def branch(sofia):
    """Impressão › Térmica › Toner, by their ids."""
    return [
        add(sofia, "I", "Impressão"),
        add(sofia, "T", "Térmica", parent="I"),
        add(sofia, "O", "Toner", parent="T · Térmica"),
    ]


def test_the_list_shows_each_category_with_its_path(sofia, branch):
    page = sofia.get(BASE).text
    assert "<td>Impressão › Térmica › Toner</td>" in page
    assert "<td>Impressão › Térmica</td>" in page


def test_the_paths_cost_no_statement_per_row(sofia, count_statements):
    def cost():
        with count_statements() as counted:
            assert sofia.get(BASE).status_code == 200
        return len(counted)

    add(sofia, "0", "Raiz")
    before = cost()
    for number in range(1, 30):
        add(sofia, str(number), f"Nível {number}", parent=str(number - 1))
    assert cost() == before


def test_the_lookup_tells_where_a_category_stands(sofia, branch):
    (found,) = sofia.get(f"{LOOKUP}?q=toner").json["items"]
    assert (found["label"], found["hint"]) == ("O · Toner", "Impressão › Térmica")
    (top,) = sofia.get(f"{LOOKUP}?q=impressao").json["items"]
    assert top["hint"] == ""


@pytest.mark.parametrize("parent", ["I", "T", "O"], ids=["itself", "its child", "its grandchild"])
def test_a_category_is_not_its_own_ancestor(sofia, branch, parent):
    answer = move(sofia, branch[0], "I", "Impressão", parent)
    assert answer.status_code == 422
    assert "(R22b)" in error_of(answer.text, "parent")
    assert "<td>Impressão › Térmica › Toner</td>" in sofia.get(BASE).text


def test_the_tree_may_be_turned_round_step_by_step(sofia, branch):
    assert move(sofia, branch[1], "T", "Térmica", "").status_code == 303
    assert move(sofia, branch[0], "I", "Impressão", "O").status_code == 303
    assert "<td>Térmica › Toner › Impressão</td>" in sofia.get(BASE).text


def test_a_parent_that_is_not_there_is_refused(sofia, world, branch):
    theirs = world.rows["boreal"].problem_category.id
    for data in ({"parent": "nada"}, {"parent_id": str(theirs)}, {"parent_id": str(10**30)}):
        answer = sofia.post(f"{BASE}/{branch[0]}", data={"code": "I", "name": "I", "version": "1"} | data)
        assert answer.status_code == 422, data
        assert error_of(answer.text, "parent")


def test_the_service_refuses_another_companys_parent(session, world):
    theirs = world.rows["boreal"].problem_category.id
    with company_scope(world.aurora):
        row = db.session.get_one(ProblemCategory, world.rows["aurora"].problem_category.id)
        with pytest.raises(NotAvailable):
            update_category(
                company=world.aurora, actor=world.users["sofia"], row=row, version=1, parent_id=theirs
            )


def test_an_inactive_parent_stays_and_is_not_chosen_anew(sofia, branch):
    inactive = {"code": "T", "name": "Térmica", "parent": "I", "version": "1"}
    assert sofia.post(f"{BASE}/{branch[1]}", data=inactive).status_code == 303
    assert move(sofia, branch[2], "O", "Toner preto", "T").status_code == 303
    other = add(sofia, "X", "Outra")
    answer = move(sofia, other, "X", "Outra", "T")
    assert answer.status_code == 422
    assert "ativo" in error_of(answer.text, "parent")


def test_a_category_with_others_below_it_is_not_deleted(sofia, branch):
    page = sofia.post(f"{BASE}/{branch[1]}/delete", data={"version": "1"}, follow_redirects=True).text
    assert "R22b" in page
    assert sofia.get(f"{BASE}/{branch[1]}").status_code == 200


def test_what_a_move_changed_is_in_the_history_by_name(sofia, branch):
    assert move(sofia, branch[2], "O", "Toner", "I").status_code == 303
    page = sofia.get(f"{BASE}/{branch[2]}").text
    history = page.partition("audit-title")[2]
    assert "Categoria Superior" in history
    assert "Térmica" in history
    assert "Impressão" in history


def test_a_path_ends_even_in_a_circle(session, world, monkeypatch):
    """Nobody can make one; were there one, a list must not hang."""
    circle = ({1: "A", 2: "B"}, {1: 2, 2: 1})
    monkeypatch.setattr(knowledge, "_tree", lambda company: circle)
    with company_scope(world.aurora):
        assert category_path(world.aurora, 1) == "B › A"


# ── At the same instant ──────────────────────────────────────────────────────────────────────────────


class Movers:
    """Two who move two categories below each other, each on a connection of their own."""

    def __init__(self, workshop) -> None:
        self.shop = workshop
        with workshop.app.app_context(), company_scope(workshop.company), transaction():
            own = {"company_id": workshop.company.id}
            rows = [ProblemCategory(**own, code=code, name=code) for code in "AB"]
            db.session.add_all(rows)
            db.session.flush()
            self.ids = [row.id for row in rows]

    def move(self, category_id: int, below: int) -> None:
        """Within the caller's transaction and scope."""
        row = db.session.get_one(ProblemCategory, category_id)
        update_category(company=self.shop.company, actor=self.shop.actor, row=row, version=1, parent_id=below)

    def move_and_commit(self, category_id: int, below: int) -> None:
        with self.shop.app.app_context(), company_scope(self.shop.company), transaction():
            self.move(category_id, below)

    def both(self) -> tuple[bool, Future[Any]]:
        """The first moves and holds its commit back; whether the second waited for it, and its end."""
        a, b = self.ids
        with ThreadPoolExecutor(1) as pool:
            with self.shop.app.app_context(), company_scope(self.shop.company), transaction():
                self.move(a, below=b)
                second = pool.submit(self.move_and_commit, b, a)
                try:
                    second.exception(timeout=1)
                    has_waited = False
                except TimeoutError:
                    has_waited = True
            second.exception(timeout=10)
        return has_waited, second

    def parents(self) -> list[int | None]:
        with self.shop.app.app_context(), company_scope(self.shop.company):
            rows = select(ProblemCategory.parent_id).order_by(ProblemCategory.id)
            return list(db.session.scalars(rows))


def test_of_two_moves_that_together_make_a_circle_the_second_is_refused(workshop):
    movers = Movers(workshop)
    has_waited, second = movers.both()
    assert has_waited
    assert isinstance(second.exception(), CategoryCircle)
    assert movers.parents() == [movers.ids[1], None]


def test_without_the_lock_they_would_make_one(workshop, monkeypatch):
    """The broken twin: the same walk, on a tree that nobody holds."""

    def unlocked(company, category_id):
        rows = db.session.execute(select(ProblemCategory.id, ProblemCategory.parent_id)).all()
        return set(knowledge._upwards({row.id: row.parent_id for row in rows}, category_id))

    monkeypatch.setattr(knowledge, "category_and_ancestors", unlocked)
    movers = Movers(workshop)
    has_waited, second = movers.both()
    assert not has_waited
    assert second.exception() is None
    assert movers.parents() == [movers.ids[1], movers.ids[0]]


def test_whoever_names_a_category_does_not_wait_for_a_move(workshop):
    """A foreign key's check passes the lock: documents are saved while the tree is held."""
    movers = Movers(workshop)
    a, b = movers.ids
    statement = (
        "INSERT INTO service_desk_known_problem (company_id, code, name, solution, category_id)"
        f" VALUES (:company, 'X', 'X', 'X', {b})"
    )
    app, company = workshop.app, workshop.company
    with ThreadPoolExecutor(1) as pool, app.app_context(), company_scope(company), transaction():
        movers.move(a, below=b)
        pool.submit(workshop.sql, statement).result(timeout=5)
