"""«Imprimir»: the work order on paper, for whoever may see it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from pypdf import PdfReader

from app.companies.models import CompanyParameter
from app.database import company_scope, db, transaction
from app.parties.models import Customer
from app.products.models import CustomerProduct
from app.users.roles import Role
from app.work_orders.models import WorkOrderStatus
from tests.pdfs import PORTRAIT, Picture, pages_of, words_of

LIST = "/c/aurora/work-orders"
SECRET = "SEGREDO-DE-aurora"


@pytest.fixture
def paper(as_user):
    """`paper(work_order)`: its print, as somebody."""

    def printed(work_order, login: str = "bruno"):
        return as_user(login).get(f"{LIST}/{work_order.id}/print")

    return printed


@pytest.fixture
def change(world):
    """Set columns of a row of aurora's."""

    def set_columns(kind, row_id: int, **values) -> None:
        with company_scope(world.aurora), transaction():
            row = db.session.get_one(kind, row_id)
            for name, value in values.items():
                setattr(row, name, value)

    return set_columns


def test_it_is_a_pdf_that_the_browser_shows_and_nobody_keeps(paper, add_work_order):
    row = add_work_order()
    answer = paper(row)
    assert answer.status_code == 200
    assert answer.mimetype == "application/pdf"
    assert answer.data.startswith(b"%PDF-")
    assert answer.headers["Content-Disposition"] == f"inline; filename=os-{row.number}.pdf"
    assert answer.headers["Cache-Control"] == "no-store"
    assert PdfReader(BytesIO(answer.data)).metadata.title == f"Ordem de Serviço {row.number}"


def test_it_has_all_that_the_form_shows(paper, add_work_order, world, change):
    rows = world.rows["aurora"]
    change(
        Customer,
        rows.customer.id,
        phone="(11) 3333-4444",
        email="forno@padaria.example",
        address="Rua das Flores, 12",
    )
    change(
        CustomerProduct,
        rows.customer_product.id,
        warranty_until=date(2025, 11, 3),
        purchased_on=date(2024, 11, 3),
        location="Cozinha",
    )
    row = add_work_order(
        status=WorkOrderStatus.IN_PROGRESS,
        customer_product_id=rows.customer_product.id,
        technician_id=rows.technician.id,
        controller_id=rows.technician.id,
        scheduled_at=datetime(2025, 11, 4, 17, 0, tzinfo=UTC),
        created_by_id=world.users["sofia"].id,
        problem="Não liga.\nDesde ontem.",
        work_done="Trocado o fusível.",
    )
    answer = paper(row)
    words = words_of(answer.data)
    for text in (
        "Aurora Ltda",
        f"Ordem de Serviço {row.number} Em andamento",
        "Abertura 03/11/2025 09:30 Previsão 04/11/2025 14:00",
        f"Técnico/Operador Técnico {SECRET} Controlador Técnico {SECRET} Solicitada por Sofia",
        f"Cliente Nome C1 · Padaria Ávila {SECRET} CPF/CNPJ 11.222.333/0001-81",
        "Endereço Rua das Flores, 12",
        "Telefone (11) 3333-4444 E-mail forno@padaria.example",
        f"Produto do Cliente Descrição CP1 · Bomba da padaria {SECRET} Número de Série SN-1",
        f"Produto P1 · Bomba {SECRET} Data da Compra 03/11/2024",
        "Localização Cozinha Garantia até 03/11/2025",
        "Garantia na data da abertura Em garantia até 03/11/2025",
        "Problema Não liga. Desde ontem.",
        "Serviço Executado Trocado o fusível.",
        "Gerado por Bruno em",
        "Página 1 de 1",
    ):
        assert text in words
    assert re.search(r"Não liga\.\s*\n\s*Desde ontem\.", pages_of(answer.data)[0])
    signed = words.partition("Assinaturas ")[2]
    assert f"Técnico {SECRET}" in signed
    assert f"Padaria Ávila {SECRET}" in signed
    assert signed.count("Data: _") == 2
    assert "Origem" not in words


def test_its_head_says_how_the_company_is_reached_or_nothing_of_it(paper, add_work_order, request):
    row = add_work_order()
    title = f"Ordem de Serviço {row.number} "
    assert words_of(paper(row).data).startswith(f"Aurora Ltda {title}")
    letterhead = request.getfixturevalue("letterhead")
    assert words_of(paper(row).data).startswith(f"Aurora Ltda {letterhead} {title}")


def test_the_warranty_is_that_of_the_day_of_the_opening(paper, add_work_order, world, change):
    """The company's day: 23:30 in São Paulo is the next day elsewhere."""
    product = world.rows["aurora"].customer_product
    row = add_work_order(customer_product_id=product.id, opened_at=datetime(2025, 11, 4, 2, 30, tzinfo=UTC))
    change(CustomerProduct, product.id, warranty_until=date(2025, 11, 3))
    assert "Garantia na data da abertura Em garantia até 03/11/2025" in words_of(paper(row).data)
    change(CustomerProduct, product.id, warranty_until=date(2025, 11, 2))
    assert "Garantia na data da abertura Fora de garantia" in words_of(paper(row).data)
    change(CustomerProduct, product.id, warranty_until=None)
    assert "Garantia" not in words_of(paper(row).data)


def test_a_new_one_for_a_prospect_has_lines_to_write_on(paper, add_work_order, world):
    row = add_work_order(
        prospect_id=world.rows["aurora"].prospect.id,
        scheduled_at=datetime(2025, 11, 5, 2, 59, 59, tzinfo=UTC),
    )
    answer = paper(row)
    words = words_of(answer.data)
    assert "Previsão 04/11/2025 Interessado" in words  # a day without an hour
    assert f"Interessado Nome I1 · Interessado {SECRET}" in words
    assert "Produto Descrição —" in words
    assert "Serviço Executado Assinaturas" in words
    page = Picture(answer.data, 1, size=PORTRAIT)
    ruled = [at for at, row in enumerate(page.rows) if set(row[150 * 4 : 190 * 4]) != {255}]
    assert [at for at in ruled if at + 8 in ruled and at + 16 in ruled]


def test_a_cancelled_one_asks_nobody_to_do_or_to_sign_anything(paper, add_work_order):
    words = words_of(paper(add_work_order(status=WorkOrderStatus.CANCELLED)).data)
    assert "Cancelada" in words
    assert "Problema Não liga" in words
    for left_out in ("Serviço Executado", "Assinaturas", "Data: _"):
        assert left_out not in words


def test_a_catalogue_product_has_no_warranty(paper, add_work_order, world):
    words = words_of(paper(add_work_order(product_id=world.rows["aurora"].product.id)).data)
    assert f"Produto Descrição P1 · Bomba {SECRET} Problema" in words
    assert "Garantia" not in words


def test_names_its_ticket_while_the_service_desk_is_on_and_is_printed_all_the_same_when_it_is_off(
    paper, add_work_order, world
):
    ticket = world.rows["aurora"].ticket
    row = add_work_order(source="service_desk.ticket", source_id=ticket.id)
    assert f"Origem Atendimento nº {ticket.number} " in words_of(paper(row).data) + " "
    with company_scope(world.aurora), transaction():
        own = db.session.query(CompanyParameter).filter_by(module="service_desk", name="enabled").one()
        own.value = False
    answer = paper(row)
    assert answer.status_code == 200
    assert "Atendimento" not in words_of(answer.data)


def test_odd_texts_are_text(paper, add_work_order, world, change):
    change(Customer, world.rows["aurora"].customer.id, name="= #panic() $x$ *b* 😀 ＡＢ")
    row = add_work_order(problem="W" * 100_000, work_done="=1+1 #emph[x] ]")
    answer = paper(row)
    words = words_of(answer.data)
    assert "C1 · = #panic() $x$ *b* □" in words
    assert "Serviço Executado =1+1 #emph[x] ]" in words
    assert words.count("W") == 100_000
    pages = len(PdfReader(BytesIO(answer.data)).pages)
    for number in (1, 2, pages):
        page = Picture(answer.data, number, size=PORTRAIT)
        assert page.is_white(0, 11)
        assert page.is_white(199, 210)


def test_a_viewer_prints_and_who_sees_no_work_orders_does_not(paper, add_work_order, monkeypatch):
    row = add_work_order()
    assert paper(row, "vera").status_code == 200
    monkeypatch.setattr(Role, "includes", lambda self, other: self is Role.ADMIN)
    assert paper(row, "vera").status_code == 403


def test_r22a_what_a_technician_does_not_see_they_do_not_print(
    paper, add_work_order, world, other_technician, block_by_technician
):
    own = add_work_order(technician_id=world.rows["aurora"].technician.id)
    other = add_work_order(technician_id=other_technician.id)
    asked = add_work_order(technician_id=other_technician.id, created_by_id=world.users["bruno"].id)
    assert [paper(row).status_code for row in (own, other, asked)] == [200, 404, 200]
    assert paper(other, "sofia").status_code == 200


def test_another_companys_and_none_are_not_found(paper, as_user, world):
    ana, foreign = as_user("ana"), world.rows["boreal"].work_order
    assert paper(foreign, "ana").status_code == 404
    assert ana.get(f"/c/boreal/work-orders/{foreign.id}/print").status_code == 200
    assert ana.get(f"{LIST}/{10**30}/print").status_code == 404


def test_it_writes_nothing_and_keeps_to_its_budget(paper, add_work_order, world, count_statements):
    rows = world.rows["aurora"]
    row = add_work_order(
        technician_id=rows.technician.id,
        controller_id=rows.technician.id,
        customer_product_id=rows.customer_product.id,
        created_by_id=world.users["sofia"].id,
        source="service_desk.ticket",
        source_id=rows.ticket.id,
    )
    paper(row)
    with count_statements() as counted:
        assert paper(row).status_code == 200
    assert len(counted) <= 12
    written = [s for s in counted.statements if re.match(r"\s*(INSERT|UPDATE|DELETE)", s)]
    assert [s for s in written if "user_session" not in s] == []


def test_the_form_links_to_it_in_a_new_tab(as_user, add_work_order):
    row = add_work_order()
    page = as_user("vera").get(f"{LIST}/{row.id}").text
    (link,) = re.findall(rf'<a [^>]*href="{LIST}/{row.id}/print"[^>]*>', page)
    assert 'target="_blank"' in link
    assert 'rel="noopener"' in link
