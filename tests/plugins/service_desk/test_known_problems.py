"""«Problemas e Soluções»: the products that each is for, and what a ticket is offered (R13, R22b)."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select

from app.audit.models import AuditEntry
from app.database import company_scope, db, transaction
from app.errors import ChangedMeanwhile, NotAvailable
from app.fields import MOST
from app.products.models import CustomerProduct, Product
from plugins.service_desk.models import KnownProblem, KnownProblemProduct
from plugins.service_desk.queries.knowledge import applies_to
from plugins.service_desk.services import knowledge as services
from tests.pages import forms_of
from tests.plugins.service_desk.desk import change, error_of
from tests.world import log_in

BASE = "/c/aurora/service-desk/known-problems"
LOOKUP = "/c/aurora/service-desk/lookups/known-problems"
VALID = {"code": "N-1", "name": "Papel preso", "solution": "Abrir a tampa.\nPuxar a folha.", "is_active": "y"}


@pytest.fixture
def sofia(client, world):
    log_in(client, world, "sofia")
    return client


@pytest.fixture
def products(session, world):
    """Three more products of aurora: A, B, and C, whose name holds a semicolon."""
    with company_scope(world.aurora), transaction():
        own = {"company_id": world.aurora.id}
        rows = [
            Product(**own, code="A", name="Alfa"),
            Product(**own, code="B", name="Beta"),
            Product(**own, code="C", name="Cabo; 2 m"),
        ]
        db.session.add_all(rows)
    return {row.code: row for row in rows}


def post(client, url=f"{BASE}/new", **values):
    return client.post(url, data=VALID | values)


def add(client, **values) -> int:
    answer = post(client, **values)
    assert answer.status_code == 303, answer.text
    return int(answer.location.rpartition("/")[2])


def named(world, known_problem_id) -> list[str]:
    """The codes of the products that it names."""
    with company_scope(world.aurora):
        return list(
            db.session.scalars(
                select(Product.code)
                .join(KnownProblemProduct, KnownProblemProduct.product_id == Product.id)
                .where(KnownProblemProduct.known_problem_id == known_problem_id)
                .order_by(Product.code)
            )
        )


def last_change(world, known_problem_id) -> dict:
    with company_scope(world.aurora):
        return db.session.scalars(
            select(AuditEntry.changes)
            .where(AuditEntry.entity == KnownProblem.__tablename__, AuditEntry.entity_id == known_problem_id)
            .order_by(AuditEntry.id.desc())
        ).first()


# ── The field «Produtos» ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "typed",
    ["a;b", "A\nB", " A ;\r\n; B;", "alfa; BETA", "A · Alfa\nB · Beta", "A;A\nB"],
    ids=["codes", "lines", "blanks", "names", "labels", "twice"],
)
def test_products_are_typed_as_codes_or_names(sofia, world, products, typed):
    assert named(world, add(sofia, products=typed)) == ["A", "B"]


def test_a_name_with_a_semicolon_is_one_name(sofia, world, products):
    assert named(world, add(sofia, products="C · Cabo; 2 m\nA")) == ["A", "C"]


def test_picked_ids_and_typed_codes_both_count(sofia, world, products):
    picked = [str(products["A"].id), "", str(products["C"].id)]
    assert named(world, add(sofia, products_id=picked, products="B")) == ["A", "B", "C"]


def test_no_products_means_all(sofia, world):
    assert named(world, add(sofia)) == []


@pytest.mark.parametrize("typed", ["A; nada", "nada\nA", "a\x00b", "\ud800".encode("utf-8", "surrogatepass")])
def test_what_names_no_product_is_refused_and_stays(sofia, world, products, typed):
    answer = post(sofia, products=typed)
    assert answer.status_code == 422
    assert "não existe" in error_of(answer.text, "products")
    if "nada" in str(typed):
        assert "A · Alfa\nnada</textarea>" in answer.text
        # With JavaScript: what was found is a chip, the rest stands in the lookup.
        assert f'name="products_id" value="{products["A"].id}"' in answer.text
        assert 'name="products"\n           value="nada"' in answer.text


def test_another_companys_product_is_as_none(sofia, world, products):
    theirs = world.rows["boreal"].product
    for picked in (str(theirs.id), "0", str(2**63), "9" * 40, "-1", "x", "²"):
        answer = post(sofia, products_id=[str(products["A"].id), picked])
        assert answer.status_code == 422, picked
        assert "não existe" in error_of(answer.text, "products"), picked
    with company_scope(world.aurora), pytest.raises(NotAvailable) as refused:
        services.create_known_problem(
            company=world.aurora,
            actor=world.users["sofia"],
            product_ids=[products["A"].id, theirs.id],
            **{k: v for k, v in VALID.items() if k != "is_active"},
        )
    assert refused.value.field == "products"


def test_very_many_products_are_refused_without_looking_them_up(sofia, count_statements):
    for values in ({"products": ";".join(["A"] * (MOST + 1))}, {"products": "x\n" * 100_000}):
        with count_statements() as counted:
            answer = post(sofia, **values)
        assert str(MOST) in error_of(answer.text, "products")
        assert len(counted) < 20
    ids = {"products_id": [str(number) for number in range(1, MOST + 2)]}
    assert str(MOST) in error_of(post(sofia, **ids).text, "products")


def test_only_active_products_are_chosen_and_those_there_stay(sofia, world, products):
    known_problem_id = add(sofia, products="A")
    for code in ("A", "B"):
        change(world.aurora, products[code], is_active=False)
    url = f"{BASE}/{known_problem_id}"
    assert post(sofia, url, products="A", name="Outro", version="1").status_code == 303
    answer = post(sofia, url, products="A;B", version="2")
    assert answer.status_code == 422
    assert "ativo" in error_of(answer.text, "products")
    assert named(world, known_problem_id) == ["A"]
    assert post(sofia, url, products="", version="2").status_code == 303
    assert post(sofia, url, products="A", version="3").status_code == 422


def test_the_form_shows_them_so_that_saving_it_again_changes_nothing(sofia, world, products):
    known_problem_id = add(sofia, products="A\nC · Cabo; 2 m")
    page = sofia.get(f"{BASE}/{known_problem_id}")
    forms = forms_of(page.text, page.request.path)
    form = next(f for f in forms if any(i.name == "solution" for i in f.inputs))
    typed = {i.name: i.value for i in reversed(form.inputs) if not i.lookup and i.name != "products_id"}
    assert typed["products"] == "A · Alfa\nC · Cabo; 2 m"
    assert sofia.post(f"{BASE}/{known_problem_id}", data=typed).status_code == 303
    with company_scope(world.aurora):
        assert db.session.get_one(KnownProblem, known_problem_id).version == 1
    assert named(world, known_problem_id) == ["A", "C"]


# ── What is written ──────────────────────────────────────────────────────────────────────────────────


def test_the_change_of_products_is_in_the_audit_entry(sofia, world, products):
    known_problem_id = add(sofia, products="A;B")
    assert last_change(world, known_problem_id)["products"] == [None, "A, B"]
    url = f"{BASE}/{known_problem_id}"
    post(sofia, url, products="B;C", keywords="atolamento", version="1")
    assert last_change(world, known_problem_id) == {
        "products": ["A, B", "B, C"],
        "keywords": ["", "atolamento"],
    }
    post(sofia, url, products="", keywords="atolamento", version="2")
    assert last_change(world, known_problem_id) == {"products": ["B, C", None]}
    history = sofia.get(url).text.partition("audit-title")[2]
    assert "Produtos" in history
    assert "B, C" in history


def test_two_who_change_only_the_products_meet(sofia, world, products):
    known_problem_id = add(sofia, products="A")
    url = f"{BASE}/{known_problem_id}"
    assert post(sofia, url, products="A;B", version="1").status_code == 303
    answer = post(sofia, url, products="A;C", version="1")
    assert answer.status_code == 409
    conflicts = answer.text.partition("conflicts")[2].partition("</table>")[0]
    assert "A · Alfa\nC · Cabo; 2 m" in conflicts
    assert "A · Alfa\nB · Beta" in conflicts
    assert named(world, known_problem_id) == ["A", "B"]
    assert post(sofia, url, products="A;C", version="2").status_code == 303
    assert named(world, known_problem_id) == ["A", "C"]


def test_the_order_in_which_they_were_picked_is_no_change(sofia, world, products):
    known_problem_id = add(sofia, products="A;B")
    assert post(sofia, f"{BASE}/{known_problem_id}", products="B;A", version="1").status_code == 303
    with company_scope(world.aurora):
        assert db.session.get_one(KnownProblem, known_problem_id).version == 1
    answer = post(sofia, f"{BASE}/{known_problem_id}", products="B;A", name="Outro", version="7")
    conflicts = answer.text.partition("conflicts")[2].partition("</table>")[0]
    assert "Outro" in conflicts
    assert "Beta" not in conflicts


def test_a_stale_version_writes_no_products(session, world, products):
    with company_scope(world.aurora):
        row = db.session.get_one(KnownProblem, world.rows["aurora"].known_problem.id)
        with pytest.raises(ChangedMeanwhile):
            services.update_known_problem(
                company=world.aurora,
                actor=world.users["sofia"],
                row=row,
                version=7,
                product_ids=[products["A"].id],
            )


def test_a_product_deleted_at_the_same_instant_is_refused_at_its_field(sofia, world, products, monkeypatch):
    choose = services.chosen_ones

    def choose_and_lose(*args, **kwargs):
        found = choose(*args, **kwargs)
        gone = delete(Product).where(Product.id == products["A"].id)
        db.session.execute(gone, execution_options={"synchronize_session": False})
        return found

    monkeypatch.setattr(services, "chosen_ones", choose_and_lose)
    answer = post(sofia, products="A")
    assert answer.status_code == 422
    assert "ativo" in error_of(answer.text, "products")


def test_a_product_that_a_known_problem_names_is_in_use(sofia, world, products):
    add(sofia, products="A")
    url = f"/c/aurora/products/{products['A'].id}"
    page = sofia.post(f"{url}/delete", data={"version": "1"}, follow_redirects=True).text
    assert "R22b" in page
    assert sofia.get(url).status_code == 200


def test_a_known_problem_is_deleted_with_its_links_unless_a_ticket_names_it(sofia, world, products):
    known_problem_id = add(sofia, products="A")
    change(world.aurora, world.rows["aurora"].ticket, known_problem_id=known_problem_id)
    url = f"{BASE}/{known_problem_id}/delete"
    assert "R22b" in sofia.post(url, data={"version": "1"}, follow_redirects=True).text
    assert named(world, known_problem_id) == ["A"]
    change(world.aurora, world.rows["aurora"].ticket, known_problem_id=None)
    assert sofia.post(url, data={"version": "1"}).location == BASE
    assert named(world, known_problem_id) == []


def test_a_solution_is_required_and_has_its_length(sofia):
    for solution in ("", " \n ", "x" * 100_001):
        answer = post(sofia, solution=solution)
        assert answer.status_code == 422
        assert error_of(answer.text, "solution")
    assert post(sofia, solution="é" * 100_000).status_code == 303
    answer = post(sofia, code="N-2", keywords="k" * 501)
    assert error_of(answer.text, "keywords")


def test_the_list_shows_the_category_with_its_path(sofia, world):
    base = "/c/aurora/service-desk/problem-categories"
    sofia.post(f"{base}/new", data={"code": "V", "name": "Vazão", "parent": "K1", "is_active": "y"})
    add(sofia, category="V")
    assert f"{world.rows['aurora'].problem_category.name} › Vazão" in sofia.get(BASE).text


# ── What a ticket is offered ─────────────────────────────────────────────────────────────────────────


@pytest.fixture
def offered(sofia, world, products):
    """One known problem for A, one for all; beside the world's, which is for P1."""
    add(sofia, code="FOR-A", name="Só de A", products="A")
    add(sofia, code="FOR-ALL", name="De todos")

    def codes(**params) -> set[str]:
        return {item["code"] for item in sofia.get(LOOKUP, query_string=params).json["items"]}

    return codes


def test_without_a_product_all_are_offered(offered):
    assert offered() == {"FOR-A", "FOR-ALL", "S1"}
    assert offered(product_id="", customer_product_id="") == {"FOR-A", "FOR-ALL", "S1"}


def test_those_of_other_products_are_not_offered(offered, products, rows):
    assert offered(product_id=products["A"].id) == {"FOR-A", "FOR-ALL"}
    assert offered(product_id=products["B"].id) == {"FOR-ALL"}
    assert offered(product_id=rows.product.id) == {"S1", "FOR-ALL"}


def test_a_customers_product_counts_as_its_own_product(offered, rows):
    assert offered(customer_product_id=rows.customer_product.id) == {"S1", "FOR-ALL"}
    assert offered(customer_product_id=rows.customer_product.id, product_id="") == {"S1", "FOR-ALL"}


def test_odd_ids_restrict_to_what_is_for_all(offered, world):
    for odd in ("0", "9" * 19, world.rows["boreal"].customer_product.id):
        assert offered(customer_product_id=odd) == {"FOR-ALL"}, odd
    for nothing in ("x", "-1", "9" * 40, "²"):
        assert offered(product_id=nothing) == {"FOR-A", "FOR-ALL", "S1"}, nothing


def test_inactive_ones_are_not_offered(offered, world):
    change(world.aurora, world.rows["aurora"].known_problem, is_active=False)
    assert offered() == {"FOR-A", "FOR-ALL"}


def test_keywords_find_them(offered, sofia):
    add(sofia, code="KW", name="Sem sinal", keywords="antena, chuvisco")
    assert offered(q="CHUVISCO") == {"KW"}
    assert offered(q="vazao") == {"S1"}


def test_an_item_carries_the_texts_that_a_ticket_copies(sofia, world):
    add(sofia)
    (item,) = sofia.get(LOOKUP, query_string={"q": "papel preso"}).json["items"]
    assert item["finding"] == "Papel preso"
    assert item["guidance"] == "Abrir a tampa.\nPuxar a folha."
    assert set(item) == {"id", "code", "label", "hint", "finding", "guidance"}


def test_whether_one_applies_costs_one_statement(offered, world, rows, products, count_statements):
    def id_of(code):
        return db.session.scalar(select(KnownProblem.id).where(KnownProblem.code == code))

    with company_scope(world.aurora):
        owned = db.session.scalar(select(CustomerProduct.id))
        for code, product, customer_product, expected in (
            ("FOR-ALL", None, None, True),
            ("FOR-ALL", products["A"].id, None, True),
            ("FOR-A", None, None, True),
            ("FOR-A", products["A"].id, None, True),
            ("FOR-A", products["B"].id, None, False),
            ("FOR-A", None, owned, False),
            ("S1", None, owned, True),
        ):
            known_problem_id = id_of(code)
            with count_statements() as counted:
                assert applies_to(world.aurora, known_problem_id, product, customer_product) is expected, code
            assert len(counted) == 1
        assert not applies_to(world.aurora, world.rows["boreal"].known_problem.id, None, None)
