"""Each of the three nets of DESIGN 5 taken away in turn, under real requests.

The first net is the company that every query takes; here it is taken away by views that forget it. As long as
one of the other two is there nothing leaks; with none, the walk of the isolation tests sees the leak.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from flask import Response, abort
from sqlalchemy import delete, select

from app.database import db
from app.parties.models import Prospect
from app.parties.permissions import PARTIES_EDIT, PARTIES_VIEW
from app.portal import requires
from tests.app.test_walls_paths import without_orm_net
from tests.architecture.isolation import (
    Visitor,
    foreign_id_findings,
    forms_by_address,
    own_page_findings,
    routes,
    visiting,
)

LEAKS = {
    "GET /c/aurora/prospects/{id}: 200",
    "GET /c/aurora/prospects/{id}: shows the other company's text",
    "POST /c/aurora/prospects/{id}/delete: 303",
    "POST /c/aurora/prospects/{id}/delete: changes the other company's rows",
    "/c/aurora/prospects {{}}: shows the other company's text",
}


@requires(PARTIES_VIEW)
def list_of_anybodys() -> str:
    return " ".join(db.session.scalars(select(Prospect.name)))


@requires(PARTIES_VIEW)
def anybodys_row(prospect_id: int) -> str:
    return db.session.scalar(select(Prospect.name).where(Prospect.id == prospect_id)) or abort(404)


@requires(PARTIES_EDIT)
def anybodys_row_deleted(prospect_id: int) -> Response:
    gone = db.session.execute(delete(Prospect).where(Prospect.id == prospect_id)).rowcount
    db.session.commit()
    return Response(status=303, headers={"Location": "/"}) if gone else abort(404)


@pytest.fixture
def careless_views(app, monkeypatch) -> None:
    """First net away: three views that forget the company."""
    monkeypatch.setitem(app.view_functions, "parties.prospect_list", list_of_anybodys)
    monkeypatch.setitem(app.view_functions, "parties.prospect_detail", anybodys_row)
    monkeypatch.setitem(app.view_functions, "parties.prospect_delete", anybodys_row_deleted)


@pytest.fixture
def walk(app, world, owner_engine) -> Iterator[Callable[..., set[str]]]:
    """Walk with the two other nets, or without them; returns what was found."""

    def found(path: str = "", *, orm: bool = True, row_security: bool = True) -> set[str]:
        chosen = [r for r in routes(app) if r.is_of_company and path in r.rule.rule]
        with ExitStack() as nets:
            if not orm:
                nets.enter_context(without_orm_net())
            engine = None if row_security else owner_engine
            visitor: Visitor = nets.enter_context(visiting(app, world, "ana", engine=engine))
            forms = forms_by_address(visitor, chosen)
            return {*foreign_id_findings(visitor, chosen, forms), *own_page_findings(visitor, chosen)}

    return found


def test_the_first_net_alone_holds_everywhere(walk):
    assert walk(orm=False, row_security=False) == set()


@pytest.mark.parametrize(("orm", "row_security"), [(True, True), (True, False), (False, True)])
def test_where_a_view_forgets_the_company_either_other_net_holds(walk, careless_views, orm, row_security):
    assert walk("/prospects", orm=orm, row_security=row_security) == set()


def test_without_any_net_the_leak_is_seen(walk, careless_views, world):
    found = walk("/prospects", orm=False, row_security=False)
    foreign_id = world.rows["boreal"].prospect.id
    assert {leak.format(id=foreign_id) for leak in LEAKS} <= found
