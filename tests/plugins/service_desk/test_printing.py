"""«Imprimir»: a ticket on paper, for the customer."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from werkzeug.test import TestResponse

from app.database import company_scope, db, transaction
from app.users.roles import Role
from app.work_orders import handoff
from app.work_orders.models import RequestStatus, WorkOrder, WorkOrderStatus
from plugins.service_desk.models import Direction, Interaction, Ticket
from plugins.service_desk.services.work_orders import SOURCE
from tests.conftest import StatementCounter
from tests.pdfs import PORTRAIT, Picture, pages_of, words_of
from tests.plugins.service_desk.desk import (
    LIST,
    NEW,
    answer,
    change,
    forwarding,
    interaction,
    last_ticket,
    posted,
    switch,
    typed,
    wishes,
)
from tests.world import World, log_in

AURORA = NEW.format("aurora")
SECRET = "SEGREDO-DE-aurora"
Include = Callable[..., Ticket]


@pytest.fixture
def include(bruno: FlaskClient, world: World, rows: SimpleNamespace) -> Include:
    """Include a ticket as the form does; the ticket."""

    def post(
        interactions: list[dict[str, str]] | None = None,
        forwardings: list[dict[str, str]] | None = None,
        **header: Any,
    ) -> Ticket:
        data = posted(typed(rows, **header), interactions or [], forwardings or [])
        assert bruno.post(AURORA, data=data).status_code == 303
        return last_ticket(world.aurora)

    return post


def url_of(ticket: Ticket, company: str = "aurora") -> str:
    return f"{LIST.format(company)}/{ticket.id}"


def paper(client: FlaskClient, ticket: Ticket, company: str = "aurora") -> TestResponse:
    return client.get(f"{url_of(ticket, company)}/print")


def add_interactions(world: World, ticket: Ticket, count: int, **values: Any) -> None:
    """Store so many interactions, each with its number."""
    start = datetime(2024, 5, 20, 14, 0, tzinfo=UTC)
    with company_scope(world.aurora), transaction():
        db.session.add_all(
            Interaction(
                company_id=world.aurora.id,
                ticket_id=ticket.id,
                key=uuid4(),
                started_at=start + timedelta(minutes=n),
                ended_at=start + timedelta(minutes=n + 1),
                channel_id=world.rows["aurora"].channel.id,
                direction=Direction.INBOUND,
                **{"contact_name": "Ana", "finding": f"Achado {n}.", "guidance": f"Guia {n}."} | values,
            )
            for n in range(1, count + 1)
        )


def test_it_is_a_pdf_that_the_browser_shows_and_nobody_keeps(bruno: FlaskClient, include: Include) -> None:
    ticket = include()
    response = paper(bruno, ticket)
    assert response.status_code == 200
    assert response.mimetype == "application/pdf"
    assert response.headers["Content-Disposition"] == f"inline; filename=atendimento-{ticket.number}.pdf"
    assert response.headers["Cache-Control"] == "no-store"
    assert PdfReader(BytesIO(response.data)).metadata.title == f"Atendimento nº {ticket.number}"
    assert b"pdfuaid:part" in response.data


def test_it_has_the_whole_document(
    bruno: FlaskClient, world: World, rows: SimpleNamespace, include: Include
) -> None:
    change(
        world.aurora,
        rows.customer,
        phone="(11) 3333-4444",
        email="forno@padaria.example",
        address="Rua das Flores, 12",
    )
    change(world.aurora, rows.customer_product, warranty_until=date(2024, 5, 20), location="Cozinha")
    ticket = include(
        [interaction(rows), interaction(rows, start_time="22:50", end_time="00:05", contact_name="Rui")],
        [forwarding(rows) | answer(rows), forwarding(rows, forwarded_on="2024-05-23")],
        customer_product_id=rows.customer_product.id,
        known_problem_id=rows.known_problem.id,
        problem="A bomba não liga.\nJá foi religada.",
    )
    response = paper(bruno, ticket)
    assert "Gerado por Bruno em" in words_of(response.data)
    pages = pages_of(response.data)
    words = " ".join(" ".join(page.splitlines()[:-1]) for page in pages)  # without the footers
    words = re.sub(r"\s+", " ", words)
    assert words.startswith(f"Aurora Ltda Atendimento nº {ticket.number} Em aberto Identificação ")
    for text in (
        f"Abertura 20/05/2024 10:15 Origem do Contato Cliente Meio de Comunicação Telefone {SECRET}",
        f"Técnico/Operador Técnico {SECRET} Cliente Nome C1 · Padaria Ávila {SECRET}",
        "CPF/CNPJ 11.222.333/0001-81 Endereço Rua das Flores, 12",
        "Telefone (11) 3333-4444 E-mail forno@padaria.example",
        f"Descrição CP1 · Bomba da padaria {SECRET} Número de Série SN-1 Produto P1 · Bomba {SECRET}",
        "Garantia até 20/05/2024 Garantia na data da abertura Em garantia até 20/05/2024",
        f"Código do Problema/Solução S1 · Bomba sem pressão {SECRET} Categoria Pressão {SECRET}",
        "Descrição do Problema relatado pelo Cliente A bomba não liga. Já foi religada.",
        (
            "Atendimentos Atendimento 1 Data da Ocorrência 20/05/2024 10:20 – 10:45 (25 min)"
            f" Nome do Contato Ana Prado Meio de Comunicação Telefone {SECRET} Origem do Contato Cliente"
            " Problema Constatado Sem energia no quadro. Orientação Religar o disjuntor."
        ),
        (
            "Atendimento 2 Data da Ocorrência 20/05/2024 22:50 – 21/05/2024 00:05 (1 h 15 min)"
            " Nome do Contato Rui"
        ),
        (
            f"Encaminhamento 1 Departamento Engenharia {SECRET} Data do Encaminhamento 21/05/2024"
            f" Data da Resposta 22/05/2024 Técnico/Operador que respondeu Técnico {SECRET}"
            f" Conclusão do Encaminhamento Resolvido {SECRET}"
            " Resposta do Encaminhamento Peça trocada."
        ),
        (
            f"Encaminhamento 2 Departamento Engenharia {SECRET} Data do Encaminhamento 23/05/2024"
            " Data da Resposta Aguardando resposta"
        ),
    ):
        assert text in words
    signed = words.partition("Assinaturas ")[2]
    for text in (f"Técnico {SECRET}", f"Padaria Ávila {SECRET}", "Técnico/Operador", "Cliente"):
        assert text in signed
    assert signed.count("Data: _") == 2
    for absent in ("Encerramento", "Reaberto", "Ordens de Serviço"):
        assert absent not in words
    assert re.search(r"não liga\.\s*\n\s*Já foi", pages[0])


def test_its_head_says_how_the_company_is_reached_or_nothing_of_it(
    bruno: FlaskClient, include: Include, request: pytest.FixtureRequest
) -> None:
    ticket = include()
    title = f"Atendimento nº {ticket.number} "
    assert words_of(paper(bruno, ticket).data).startswith(f"Aurora Ltda {title}")
    letterhead = request.getfixturevalue("letterhead")
    assert words_of(paper(bruno, ticket).data).startswith(f"Aurora Ltda {letterhead} {title}")


def test_the_least_that_a_ticket_has_is_one_page_without_empty_headings(
    bruno: FlaskClient, rows: SimpleNamespace, include: Include
) -> None:
    ticket = include(
        party_kind="prospect", customer_id=None, prospect_id=rows.prospect.id, direction="outbound"
    )
    (page,) = pages_of(paper(bruno, ticket).data)
    words = " ".join(page.split())
    assert f"Interessado Nome I1 · Interessado {SECRET} Produto Descrição —" in words
    assert "Origem do Contato Empresa" in words
    for absent in ("CPF/CNPJ", "Encaminhamentos", "Atendimentos", "Garantia", "Categoria", "Reaberturas"):
        assert absent not in words


def test_a_closed_and_reopened_one_tells_of_both(
    client: FlaskClient, world: World, rows: SimpleNamespace, include: Include
) -> None:
    ticket = include(closed_on="2024-06-01", closed_by_id=rows.technician.id)
    words = words_of(paper(client, ticket).data)
    assert f"Atendimento nº {ticket.number} Encerrado" in words
    assert "Data de Encerramento 01/06/2024 Técnico/Operador que encerrou Técnico" in words
    log_in(client, world, "sofia")
    for reason in ("Voltou a falhar.", "E outra vez."):
        version = last_ticket(world.aurora).version
        data = {"reason": reason, "version": version}
        assert client.post(f"{url_of(ticket)}/reopen", data=data).status_code == 303
        closing = typed(rows, version=version + 1, closed_on="2024-06-01", closed_by_id=rows.technician.id)
        assert client.post(url_of(ticket), data=closing).status_code == 303
    words = words_of(paper(client, ticket).data)
    latest, earlier = words.partition("Reaberturas ")[2].split("Reaberto em ")[1:]
    assert re.match(
        r"\d\d/\d\d/\d{4} \d\d:\d\d por Sofia Havia sido encerrado 01/06/2024 por Técnico", latest
    )
    assert "Motivo da reabertura E outra vez." in latest
    assert "Motivo da reabertura Voltou a falhar." in earlier


def test_it_names_its_work_orders_and_how_they_stand(
    bruno: FlaskClient, world: World, include: Include
) -> None:
    ticket = include()
    assert bruno.post(f"{url_of(ticket)}/work-orders", data={"sequence": 1}).status_code == 303
    assert "Ordens de Serviço Ordem de Serviço OS em geração" in words_of(paper(bruno, ticket).data)
    assert handoff.make_now(wishes(world.aurora)[-1].id)
    with company_scope(world.aurora), transaction():
        order = db.session.query(WorkOrder).filter_by(source=SOURCE, source_id=ticket.id).one()
        number = order.number
        order.status = WorkOrderStatus.IN_PROGRESS
    words = words_of(paper(bruno, ticket).data)
    assert f"Ordens de Serviço OS nº {number} Em andamento" in words
    assert f"Origem Atendimento nº {ticket.number} " in words_of(
        bruno.get(f"/c/aurora/work-orders/{order.id}/print").data
    )


def test_where_a_worker_failed_is_nobodys_business_outside(
    bruno: FlaskClient, world: World, include: Include
) -> None:
    ticket = include()
    bruno.post(f"{url_of(ticket)}/work-orders", data={"sequence": 1})
    change(world.aurora, wishes(world.aurora)[-1], status=RequestStatus.DEAD, last_error="Falhou tudo")
    words = words_of(paper(bruno, ticket).data)
    assert "Falhou" not in words
    assert "Ordens de Serviço" not in words


def test_odd_texts_are_text(
    bruno: FlaskClient, world: World, rows: SimpleNamespace, include: Include
) -> None:
    change(world.aurora, rows.customer, name="= #panic() $x$ *b* 😀 ＡＢ שלום")
    long = "W" * 100_000
    ticket = include(
        [interaction(rows, contact_name="@ref <b>", finding="=1+1 ]", guidance="#emph[x] \\")], problem=long
    )
    response = paper(bruno, ticket)
    words = words_of(response.data)
    for text in ("C1 · = #panic() $x$ *b* □", "@ref <b>", "=1+1 ]", "#emph[x] \\"):
        assert text in words
    assert words.count("W") == len(long)
    for number in (1, 2, len(PdfReader(BytesIO(response.data)).pages)):
        page = Picture(response.data, number, size=PORTRAIT)
        assert page.is_white(0, 11)
        assert page.is_white(199, 210)


def test_500_interactions_are_all_there(bruno: FlaskClient, world: World, include: Include) -> None:
    ticket = include()
    add_interactions(world, ticket, 500)
    text = " ".join(" ".join(page.split()) for page in pages_of(paper(bruno, ticket).data))
    for n in (1, 250, 500):
        assert f"Atendimento {n} " in text
    assert [int(n) for n in re.findall(r"Achado (\d+)\.", text)] == list(range(1, 501))


def test_another_companys_and_none_are_not_found(client: FlaskClient, world: World) -> None:
    log_in(client, world, "ana")
    foreign = world.rows["boreal"].ticket
    assert paper(client, foreign).status_code == 404
    assert paper(client, foreign, "boreal").status_code == 200
    assert client.get(f"{LIST.format('aurora')}/{10**30}/print").status_code == 404
    assert client.post(f"{url_of(foreign, 'boreal')}/print").status_code == 405


def test_a_viewer_prints_and_who_sees_no_tickets_does_not(
    client: FlaskClient, world: World, rows: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_in(client, world, "vera")
    assert paper(client, rows.ticket).status_code == 200
    monkeypatch.setattr(Role, "includes", lambda self, other: self is Role.ADMIN)
    assert paper(client, rows.ticket).status_code == 403


def test_where_the_service_desk_is_off_there_is_nothing_to_print(
    bruno: FlaskClient, world: World, rows: SimpleNamespace
) -> None:
    switch(world.aurora, "enabled", value=False)
    assert paper(bruno, rows.ticket).status_code == 404


def test_in_english_it_is_english(client: FlaskClient, world: World, rows: SimpleNamespace) -> None:
    log_in(client, world, "bruno")
    data = {"name": "Bruno", "language": "en", "version": "1"}
    assert client.post("/profile", data=data).status_code == 303
    response = paper(client, rows.ticket)
    assert f"filename=ticket-{rows.ticket.number}.pdf" in response.headers["Content-Disposition"]
    assert "Identification Opening 11/2/26 09:00" in words_of(response.data)


def test_the_page_links_to_it_in_a_new_tab_and_a_new_ticket_has_nothing_to_print(
    bruno: FlaskClient, rows: SimpleNamespace
) -> None:
    (link,) = re.findall(
        rf'<a [^>]*href="{url_of(rows.ticket)}/print"[^>]*>', bruno.get(url_of(rows.ticket)).text
    )
    assert 'target="_blank"' in link
    assert "Imprimir" not in bruno.get(AURORA).text


@pytest.fixture
def count(
    app: Flask, committed: None, world: World, count_statements: type[StatementCounter]
) -> Callable[[str], StatementCounter]:
    """The statements that bruno's request takes, on a session that commits."""
    browser = app.test_client()
    log_in(browser, world, "bruno")

    def get(url: str) -> StatementCounter:
        with count_statements() as counted:
            assert browser.get(url).status_code == 200
        return counted

    return get


def test_it_takes_at_most_16_statements_however_many_rows_it_has_and_writes_nothing(
    app: Flask, count: Callable[[str], StatementCounter], world: World, rows: SimpleNamespace
) -> None:
    browser = app.test_client()
    log_in(browser, world, "bruno")
    header = typed(rows, customer_product_id=rows.customer_product.id, known_problem_id=rows.known_problem.id)
    waiting, answered = forwarding(rows), forwarding(rows) | answer(rows)
    taken = []
    for times in (1, 8):
        fresh = {"request_key": uuid4()}
        keyed = [
            [row | {"key": str(uuid4())} for row in kind * times]
            for kind in ([interaction(rows)], [waiting, answered])
        ]
        data = posted({**header, **fresh}, *keyed)
        assert browser.post(AURORA, data=data).status_code == 303
        ticket = last_ticket(world.aurora)
        browser.post(f"{url_of(ticket)}/work-orders", data={"sequence": 1})
        handoff.make_now(wishes(world.aurora)[-1].id)
        counted = count(f"{url_of(ticket)}/print")
        taken.append(len(counted))
        assert [s for s in counted.statements if re.match(r"\s*(INSERT|UPDATE|DELETE)", s)] == []
    assert taken[0] == taken[1] <= 16
