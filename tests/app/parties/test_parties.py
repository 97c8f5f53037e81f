"""Customers and prospects: documents, warnings, and the prospect that becomes a customer (R22b)."""

import pytest
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.database import company_scope, db
from app.errors import ChangedMeanwhile, CodeTaken
from app.parties import services
from app.parties.models import Customer, Prospect
from app.plugin_api.hooks import prospect_converted
from tests.world import log_in

ALPHANUMERIC = "12ABC34501DE35"


@pytest.fixture
def bruno(client, world):
    log_in(client, world, "bruno")
    return client


def new(client, kind, follow=True, **values):
    data = {"code": "N-1", "name": "Nova", "is_active": "y", **values}
    return client.post(f"/c/aurora/{kind}/new", data=data, follow_redirects=follow)


def stored(world, model, **values):
    with company_scope(world.aurora):
        return db.session.scalar(select(model).filter_by(company_id=world.aurora.id, **values))


def test_document_is_stored_bare_and_shown_with_its_dots(bruno, world):
    page = new(bruno, "customers", document="12.abc.345/01de-35").text
    assert stored(world, Customer, code="N-1").document == ALPHANUMERIC
    assert 'value="12.ABC.345/01DE-35"' in page
    assert "12.ABC.345/01DE-35" in bruno.get("/c/aurora/customers?q=12abc345").text


@pytest.mark.parametrize("kind", ["customers", "prospects"])
def test_wrong_check_digits_are_refused_and_stay_as_typed(bruno, world, kind):
    answer = new(bruno, kind, document="529.982.247-24")
    assert answer.status_code == 422
    assert 'id="document-error"' in answer.text
    assert 'value="529.982.247-24"' in answer.text


def test_document_is_optional_for_a_prospect_and_required_for_a_customer(bruno, world):
    assert new(bruno, "prospects", follow=False).status_code == 303
    answer = new(bruno, "customers")
    assert answer.status_code == 422
    assert 'id="document-error"' in answer.text


def test_document_already_there_is_a_warning(bruno, world):
    page = new(bruno, "customers", document="11.222.333/0001-81").text
    assert "notice-warning" in page
    assert "C1 · Padaria" in page
    assert stored(world, Customer, code="N-1") is not None
    page = new(bruno, "prospects", document="11222333000181").text
    assert "C1 · Padaria" in page
    assert "N-1 · Nova" in page


def test_document_of_nobody_else_warns_of_nothing(bruno, world):
    assert "notice-warning" not in new(bruno, "customers", document=ALPHANUMERIC).text
    assert "notice-warning" not in new(bruno, "prospects").text


@pytest.mark.parametrize("email", ["x", "a b@c.de", "@c.de", "a@b", "a@b.", "a@@b.de"])
def test_text_that_is_no_address_is_refused(bruno, world, email):
    answer = new(bruno, "prospects", email=email)
    assert answer.status_code == 422
    assert 'id="email-error"' in answer.text


def test_email_may_be_any_address_or_none(bruno, world):
    for number, email in enumerate(("", "contato@padaria.com.br", "josé+1@exemplo.br")):
        assert new(bruno, "prospects", follow=False, code=f"N-{number}", email=email).status_code == 303


class TestConversion:
    @pytest.fixture
    def prospect(self, bruno, world):
        new(
            bruno,
            "prospects",
            name="Oficina Nova",
            document="529.982.247-25",
            email="oficina@exemplo.br",
            phone="11 5555-0000",
            address="Rua das Flores, 10",
        )
        return stored(world, Prospect, code="N-1")

    def convert(self, client, prospect):
        return client.post(f"/c/aurora/prospects/{prospect.id}/convert")

    def test_prospect_becomes_a_customer_with_the_same_data(self, bruno, world, prospect):
        answer = self.convert(bruno, prospect)
        customer = stored(world, Customer, name="Oficina Nova")
        assert answer.location == f"/c/aurora/customers/{customer.id}"
        assert (customer.code, customer.document, customer.email, customer.phone, customer.address) == (
            "0001",
            "52998224725",
            "oficina@exemplo.br",
            "11 5555-0000",
            "Rua das Flores, 10",
        )
        prospect = stored(world, Prospect, code="N-1")
        assert (prospect.is_active, prospect.customer_id) == (False, customer.id)

    def test_twice_is_the_same_customer(self, bruno, world, prospect):
        first, second = self.convert(bruno, prospect), self.convert(bruno, prospect)
        assert first.location == second.location
        with company_scope(world.aurora):
            assert len(db.session.scalars(select(Customer).where(Customer.name == "Oficina Nova")).all()) == 1

    def test_conversion_is_audited_and_shown(self, bruno, world, prospect):
        self.convert(bruno, prospect)
        with company_scope(world.aurora):
            actions = db.session.scalars(
                select(AuditEntry.action).where(
                    AuditEntry.entity == "prospect", AuditEntry.entity_id == prospect.id
                )
            ).all()
        assert actions == ["created", "converted"]
        page = bruno.get(f"/c/aurora/prospects/{prospect.id}").text
        assert "/convert" not in page
        assert f"/c/aurora/customers/{stored(world, Customer, name='Oficina Nova').id}" in page

    def test_receivers_hear_of_it_in_the_same_transaction(self, bruno, world, prospect, monkeypatch):
        heard = []
        monkeypatch.setattr(
            type(prospect_converted), "send", lambda hook, company, **details: heard.append((hook, details))
        )
        self.convert(bruno, prospect)
        ((hook, details),) = heard
        assert hook == prospect_converted
        assert details["prospect_id"] == prospect.id
        assert details["customer_id"] == stored(world, Customer, name="Oficina Nova").id
        assert details["actor"].login == "bruno"

    def test_own_prospect_is_no_double_of_the_customer(self, bruno, world, prospect):
        answer = self.convert(bruno, prospect)
        assert "notice-warning" not in bruno.get(answer.location).text

    def test_without_a_document_it_is_refused_with_the_rule(self, bruno, world):
        prospect = world.rows["aurora"].prospect
        answer = self.convert(bruno, prospect)
        assert answer.location == f"/c/aurora/prospects/{prospect.id}"
        assert "R22b" in bruno.get(answer.location).text
        assert stored(world, Prospect, id=prospect.id).customer_id is None

    def test_converted_prospect_stays_inactive(self, bruno, world, prospect):
        self.convert(bruno, prospect)
        answer = bruno.post(
            f"/c/aurora/prospects/{prospect.id}",
            data={"code": "N-1", "name": "Volta", "is_active": "y", "version": "2"},
        )
        assert answer.status_code == 422
        assert 'id="is_active-error"' in answer.text

    def test_viewer_cannot_convert(self, client, world):
        log_in(client, world, "vera")
        prospect = world.rows["aurora"].prospect
        assert "/convert" not in client.get(f"/c/aurora/prospects/{prospect.id}").text
        assert self.convert(client, prospect).status_code == 403

    def test_other_companys_prospect_is_not_found(self, bruno, world):
        assert self.convert(bruno, world.rows["boreal"].prospect).status_code == 404

    def test_kept_text_converts_nothing(self, bruno, world, prospect):
        bruno.post(f"/c/aurora/prospects/{prospect.id}/convert", data={"_resume": "1"})
        assert stored(world, Prospect, code="N-1").customer_id is None

    def test_code_taken_at_this_instant_is_said(self, bruno, world, prospect, monkeypatch):
        def taken(**_more):
            raise CodeTaken

        monkeypatch.setattr(services, "create_row", taken)
        answer = self.convert(bruno, prospect)
        assert "notice-danger" in bruno.get(answer.location).text
        assert stored(world, Prospect, code="N-1").customer_id is None

    def test_prospect_that_is_gone_is_said(self, session, world):
        gone = Prospect(id=10**9, company_id=world.aurora.id)
        with company_scope(world.aurora), pytest.raises(ChangedMeanwhile):
            services.convert_prospect(company=world.aurora, actor=world.users["bruno"], prospect=gone)

    def test_customer_with_the_same_document_is_a_warning(self, bruno, world):
        new(bruno, "prospects", document="11222333000181")
        answer = self.convert(bruno, stored(world, Prospect, code="N-1"))
        assert "C1 · Padaria" in bruno.get(answer.location).text
