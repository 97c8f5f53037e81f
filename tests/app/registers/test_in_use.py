"""A row in use can be made inactive, never deleted (R22b): the foreign keys decide."""

import pytest

from app.database import company_scope, db
from app.errors import NotAvailable
from app.parties.models import Customer
from app.registers.services import chosen
from tests.app.registers.cases import CASES
from tests.world import log_in

IN_USE = [c for c in CASES if c.kind in ("customer", "product", "technician", "channel", "problem_category")]


@pytest.mark.parametrize("case", IN_USE, ids=lambda case: case.kind)
def test_row_in_use_is_not_deleted_and_says_why(client, world, case):
    log_in(client, world, case.editor)
    row = getattr(world.rows["aurora"], case.kind)
    answer = client.post(case.url("aurora", row.id, "delete"), data={"version": str(row.version)})
    assert answer.location == case.url("aurora", row.id)
    page = client.get(answer.location).text
    assert "R22b" in page
    assert row.name in page
    with company_scope(world.aurora):
        assert db.session.get(case.model, row.id) is not None


def test_kept_text_of_a_deletion_deletes_nothing(client, world):
    log_in(client, world, "sofia")
    row = world.rows["aurora"].department
    url = f"/c/aurora/departments/{row.id}"
    assert client.post(f"{url}/delete", data={"version": "1", "_resume": "1"}).status_code == 409
    assert client.get(url).status_code == 200


@pytest.mark.parametrize("kind", ["inactive_customer", "gone", "foreign"])
def test_only_active_rows_of_the_company_are_chosen_anew(session, world, kind):
    rows = world.rows["aurora"]
    row_id = {
        "inactive_customer": rows.inactive_customer.id,
        "gone": 10**9,
        "foreign": world.rows["boreal"].customer.id,
    }[kind]
    with company_scope(world.aurora):
        with pytest.raises(NotAvailable) as refused:
            chosen(world.aurora, Customer, row_id, field="customer")
        assert refused.value.field == "customer"


def test_what_was_chosen_before_is_kept(session, world):
    inactive = world.rows["aurora"].inactive_customer.id
    with company_scope(world.aurora):
        assert chosen(world.aurora, Customer, inactive, field="customer", kept_id=inactive).id == inactive
        assert chosen(world.aurora, Customer, None, field="customer") is None
