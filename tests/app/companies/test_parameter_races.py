"""Two who change parameters at the same instant: no result that the dependencies forbid (R2, R24)."""

from threading import Barrier, Thread

from sqlalchemy import select

from app.companies import queries
from app.companies.models import CompanyParameter
from app.companies.services import change_parameters
from app.database import company_scope, db, transaction
from app.errors import BusinessError

KIND, R2 = "host.service_kind", "service_desk.customer_products"
ROUNDS = 8


def at_once(shop, *changes):
    """Make each change in a thread of its own, all from the page that shows technical assistance only."""
    outcomes, ready = [None] * len(changes), Barrier(len(changes))

    def run(place, values):
        with shop.app.app_context(), company_scope(shop.company):
            try:
                ready.wait(10)
                with transaction():
                    change_parameters(
                        company=shop.company,
                        actor=shop.actor,
                        declared=shop.app.extensions["balcao"].parameters(),
                        values=values,
                        versions={KIND: 1, R2: 0},
                    )
            except BusinessError as error:
                outcomes[place] = type(error).__name__

    threads = [Thread(target=run, args=pair) for pair in enumerate(changes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return outcomes


def reset(shop):
    shop.sql("DELETE FROM company_parameter WHERE company_id = :company")
    shop.set_parameter("host", "service_kind", "technical_assistance")


def stored(shop):
    with shop.app.app_context(), company_scope(shop.company):
        rows = db.session.scalars(select(CompanyParameter))
        return {f"{row.module}.{row.name}": row.value for row in rows}


SWITCH_AWAY, SWITCH_ON = {KIND: "other_services"}, {R2: True}
FORBIDDEN = {KIND: "other_services", R2: True}


def test_kind_switched_away_and_products_switched_on_at_the_same_instant(workshop):
    for _ in range(ROUNDS):
        reset(workshop)
        outcomes = at_once(workshop, SWITCH_AWAY, SWITCH_ON)
        assert sorted(map(str, outcomes)) == ["None", "UnmetDependency"]
        assert stored(workshop) != FORBIDDEN


def test_without_the_lock_the_forbidden_result_would_be_stored(workshop, monkeypatch):
    reset(workshop)
    both_have_looked = Barrier(2)

    def look_only(company):
        rows = {
            f"{row.module}.{row.name}": row
            for row in db.session.scalars(
                select(CompanyParameter).where(CompanyParameter.company_id == company.id)
            )
        }
        both_have_looked.wait(10)
        return rows

    monkeypatch.setattr(queries, "lock_parameters", look_only)
    assert at_once(workshop, SWITCH_AWAY, SWITCH_ON) == [None, None]
    assert stored(workshop) == FORBIDDEN


def test_same_parameter_stored_first_by_two_at_the_same_instant_is_a_conflict(workshop):
    for _ in range(ROUNDS):
        reset(workshop)
        outcomes = at_once(workshop, SWITCH_ON, SWITCH_ON)
        assert sorted(map(str, outcomes)) == ["ChangedMeanwhile", "None"]
