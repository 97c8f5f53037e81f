"""Two people edit one ticket at once: through its form nothing that anybody typed is lost (R24)."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.database import company_scope, db
from plugins.service_desk.models import Forwarding, Interaction
from tests.pages import forms_of
from tests.plugins.service_desk.desk import LIST, NEW, change, last_ticket, switch, typed
from tests.world import World, log_in

KEYS = [UUID(int=n) for n in range(10, 15)]
PROBLEM = "Descrição do Problema relatado pelo Cliente"


@pytest.fixture
def ana(app: Any, rolled_back: None, world: World) -> FlaskClient:
    """The other one who edits: aurora's administrator."""
    client: FlaskClient = app.test_client()
    log_in(client, world, "ana")
    return client


@pytest.fixture
def url(bruno: FlaskClient, world: World, rows: SimpleNamespace) -> str:
    """A ticket with one interaction and one forwarding; bruno included it."""
    switch(world.aurora, "auto_work_order", value=False)
    post = typed(rows) | interaction(rows, 0, KEYS[0]) | forwarding(rows, 0, KEYS[1])
    answer = bruno.post(NEW.format("aurora"), data=post)
    assert answer.status_code == 303, answer.text
    return f"{LIST.format('aurora')}/{last_ticket(world.aurora).id}"


def interaction(rows: SimpleNamespace, n: int, key: UUID, **fields: Any) -> dict[str, str]:
    """The inputs of an interaction's row."""
    values = {
        "key": key,
        "occurred_on": "2024-05-20",
        "start_time": "10:20",
        "end_time": "10:40",
        "channel_id": rows.channel.id,
        "direction": "inbound",
        "contact_name": "Marta",
        "finding": "Não liga.",
        "guidance": "Trocar a fonte.",
    } | fields
    return {f"interactions-{n}-{name}": str(value) for name, value in values.items()}


def forwarding(rows: SimpleNamespace, n: int, key: UUID, **fields: Any) -> dict[str, str]:
    """The inputs of a forwarding's row."""
    values = {"key": key, "department_id": rows.department.id, "forwarded_on": "2024-05-21"} | fields
    return {f"forwardings-{n}-{name}": str(value) for name, value in values.items()}


def inputs(page: str) -> dict[str, str]:
    """What a browser with JavaScript would post of the ticket's form, as it stands."""
    form = next(f for f in forms_of(page, "") if any(i.name == "version" for i in f.inputs))
    return {i.name: i.value for i in form.inputs if i.is_sent}


def without_row(post: dict[str, str], tab: str, n: int = 0) -> dict[str, str]:
    return {name: value for name, value in post.items() if not name.startswith(f"{tab}-{n}-")}


class Question:
    """What the page asks about one field or row: (o seu, o atual), each as it is read."""

    def __init__(self, markup: str) -> None:
        self.label = re.search(r"<legend>(.*?)</legend>", markup, re.DOTALL)[1]  # type: ignore[index]  # it has one
        self.name = re.search(r'name="(pick-[^"]+)"', markup)[1]  # type: ignore[index]  # it has radio buttons
        self.values = re.findall(r'name="pick-[^"]+" value="(\w+)"', markup)
        found = re.findall(r'class="clash-text" id="[^"]+">(.*?)</div>', markup, re.DOTALL)
        self.texts = [" ".join(re.sub(r"<[^>]+>", " ", text).split()) for text in found]
        self.picked = re.search(r'value="(\w+)"[^>]* checked', markup, re.DOTALL)[1]  # type: ignore[index]  # one is


def questions(page: str) -> dict[str, Question]:
    """The questions by their labels."""
    found = re.findall(r'<fieldset class="clash-field">.*?</fieldset>', page, re.DOTALL)
    return {question.label: question for question in map(Question, found)}


def interactions(world: World) -> list[Interaction]:
    with company_scope(world.aurora):
        own = select(Interaction).where(Interaction.ticket_id == last_ticket(world.aurora).id)
        return list(db.session.scalars(own.order_by(Interaction.id)))


def forwardings(world: World) -> list[Forwarding]:
    with company_scope(world.aurora):
        own = select(Forwarding).where(Forwarding.ticket_id == last_ticket(world.aurora).id)
        return list(db.session.scalars(own.order_by(Forwarding.id)))


# ── Merged unasked ───────────────────────────────────────────────────────────────────────────────────


def test_what_only_one_changed_is_merged_unasked_and_told(
    bruno: FlaskClient, ana: FlaskClient, world: World, rows: SimpleNamespace, url: str
) -> None:
    mine = inputs(bruno.get(url).text)
    theirs = inputs(ana.get(url).text)
    ana.post(url, data=theirs | {"direction": "outbound"} | interaction(rows, 1, KEYS[2]))
    answer = bruno.post(url, data=mine | {"problem": "Vaza."} | interaction(rows, 5, KEYS[3]))

    assert answer.status_code == 303, answer.text
    ticket = last_ticket(world.aurora)
    assert (ticket.problem, str(ticket.direction)) == ("Vaza.", "outbound")
    assert [row.key for row in interactions(world)] == [KEYS[0], KEYS[2], KEYS[3]]
    notice = bruno.get(url).text
    assert "junto com o que Ana mudou enquanto isso: Origem do Contato, Atendimento 2." in notice


def test_one_row_is_merged_field_by_field(
    bruno: FlaskClient, ana: FlaskClient, world: World, url: str
) -> None:
    mine, theirs = inputs(bruno.get(url).text), inputs(ana.get(url).text)
    ana.post(url, data=theirs | {"interactions-0-finding": "Curto."})
    answer = bruno.post(url, data=mine | {"interactions-0-guidance": "Trocar a placa."})

    assert answer.status_code == 303
    (row,) = interactions(world)
    assert (row.finding, row.guidance) == ("Curto.", "Trocar a placa.")


def test_a_row_that_one_removed_and_nobody_touched_is_gone(
    bruno: FlaskClient, ana: FlaskClient, world: World, url: str
) -> None:
    mine, theirs = inputs(bruno.get(url).text), inputs(ana.get(url).text)
    ana.post(url, data=without_row(theirs, "interactions"))
    answer = bruno.post(url, data=without_row(mine, "forwardings") | {"problem": "Vaza."})

    assert answer.status_code == 303
    assert (interactions(world), forwardings(world)) == ([], [])
    assert "mudou enquanto isso: Atendimento 1 (removido)." in bruno.get(url).text


def test_a_save_that_is_sent_twice_is_saved_once(
    bruno: FlaskClient, world: World, rows: SimpleNamespace, url: str
) -> None:
    """The answer to the first was lost; the second has the old version, and nothing in it is new."""
    post = inputs(bruno.get(url).text) | {"problem": "Vaza."} | interaction(rows, 1, KEYS[2])
    assert [bruno.post(url, data=post).status_code for _ in range(2)] == [303, 303]

    assert len(interactions(world)) == 2
    assert last_ticket(world.aurora).version == 2


def test_closing_after_somebody_forwarded_it_is_refused(
    bruno: FlaskClient, ana: FlaskClient, world: World, rows: SimpleNamespace, url: str
) -> None:
    """What was merged is judged as a whole (R15); the page shows what stands in the way (R24)."""
    page = bruno.get(url).text
    bruno.post(url, data=without_row(inputs(page), "forwardings"))
    mine, theirs = inputs(bruno.get(url).text), inputs(ana.get(url).text)
    ana.post(url, data=theirs | forwarding(rows, 0, KEYS[2]))
    closing = {"closed_on": "2024-05-23", "closed_by_id": str(rows.technician.id)}
    answer = bruno.post(url, data=mine | closing)

    assert answer.status_code == 409
    assert "encaminhamentos sem resposta" in answer.text
    assert str(KEYS[2]) in answer.text
    assert last_ticket(world.aurora).is_open


# ── Asked ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def asked(bruno: FlaskClient, ana: FlaskClient, rows: SimpleNamespace, url: str) -> str:
    """The page that asks: both changed the problem, the channel of the row and its finding."""
    mine, theirs = inputs(bruno.get(url).text), inputs(ana.get(url).text)
    ana.post(
        url,
        data=theirs
        | {
            "problem": "Queimou.\nSegundo ela.",
            "opened_on": "2024-05-19",
            "interactions-0-finding": "Fusível.",
            "direction": "outbound",
        },
    )
    answer = bruno.post(
        url,
        data=mine
        | {
            "problem": "Vaza.",
            "opened_on": "2024-05-18",
            "interactions-0-finding": "Curto.",
            "interactions-0-guidance": "Trocar a placa.",
        },
    )
    assert answer.status_code == 409
    return answer.text


def test_a_field_that_both_changed_is_asked_with_who_saved_and_when(asked: str, world: World) -> None:
    found = questions(asked)

    assert set(found) == {PROBLEM, "Data de Abertura", "Atendimento 1 › Problema Constatado"}
    assert found[PROBLEM].texts == ["Vaza.", "Queimou. Segundo ela."]
    assert found["Data de Abertura"].texts == ["18/05/2024", "19/05/2024"]
    assert {question.picked for question in found.values()} == {"mine"}
    assert re.search(r"Ana salvou este atendimento em \d\d/\d\d/\d{4} às \d\d:\d\d, enquanto você", asked)
    assert "já está neste formulário: Origem do Contato." in asked
    assert last_ticket(world.aurora).problem == "Queimou.\nSegundo ela."


def test_the_form_shows_what_was_typed_and_what_was_merged(asked: str) -> None:
    form = inputs(asked)

    assert form["problem"] == "Vaza."
    assert form["direction"] == "outbound"
    assert form["interactions-0-guidance"] == "Trocar a placa."
    assert form["version"] == "2"


def test_the_next_save_keeps_mine_unless_the_present_one_was_picked(
    bruno: FlaskClient, world: World, url: str, asked: str
) -> None:
    finding = questions(asked)["Atendimento 1 › Problema Constatado"]
    answer = bruno.post(url, data=inputs(asked) | {finding.name: "theirs"})

    assert answer.status_code == 303
    ticket, (row,) = last_ticket(world.aurora), interactions(world)
    assert (ticket.problem, str(ticket.direction)) == ("Vaza.", "outbound")
    assert (row.finding, row.guidance) == ("Fusível.", "Trocar a placa.")


def test_what_is_typed_after_the_question_counts_more_than_the_pick(
    bruno: FlaskClient, world: World, url: str, asked: str
) -> None:
    post = inputs(asked) | {questions(asked)[PROBLEM].name: "theirs", "problem": "Vaza pela tampa."}
    assert bruno.post(url, data=post).status_code == 303

    assert last_ticket(world.aurora).problem == "Vaza pela tampa."


def test_a_third_save_in_between_is_asked_about_again(
    bruno: FlaskClient, ana: FlaskClient, world: World, url: str, asked: str
) -> None:
    ana.post(url, data=inputs(ana.get(url).text) | {"problem": "Roubaram."})
    picked = inputs(asked) | {questions(asked)[PROBLEM].name: "theirs"}
    answer = bruno.post(url, data=picked)

    assert answer.status_code == 409
    assert questions(answer.text)[PROBLEM].texts == ["Vaza.", "Roubaram."]
    assert last_ticket(world.aurora).problem == "Roubaram."


@pytest.mark.parametrize(
    ("change", "status"), [({"_do": "add-forwarding"}, 200), ({"technician_id": "", "technician": ""}, 422)]
)
def test_a_form_that_comes_back_asks_again_and_remembers_the_picks(
    bruno: FlaskClient, world: World, url: str, asked: str, change: dict[str, str], status: int
) -> None:
    finding = questions(asked)["Atendimento 1 › Problema Constatado"].name
    again = bruno.post(url, data=inputs(asked) | {finding: "theirs"} | change)

    assert again.status_code == status
    found = questions(again.text)
    assert {label: q.picked for label, q in found.items()} == {
        PROBLEM: "mine",
        "Data de Abertura": "mine",
        "Atendimento 1 › Problema Constatado": "theirs",
    }
    assert found[PROBLEM].texts == ["Vaza.", "Queimou. Segundo ela."]
    post = without_row(inputs(again.text), "forwardings", 1) | {
        "technician_id": inputs(asked)["technician_id"]
    }
    assert bruno.post(url, data=post).status_code == 303
    assert interactions(world)[0].finding == "Fusível."


@pytest.mark.parametrize("i_removed", [True, False])
@pytest.mark.parametrize("choice", ["keep", "remove"])
def test_a_row_removed_by_one_and_edited_by_the_other_is_asked(
    bruno: FlaskClient, ana: FlaskClient, world: World, url: str, i_removed: bool, choice: str
) -> None:
    mine, theirs = inputs(bruno.get(url).text), inputs(ana.get(url).text)
    edit = {"interactions-0-finding": "Curto."}
    ana.post(url, data=theirs | edit if i_removed else without_row(theirs, "interactions"))
    answer = bruno.post(url, data=without_row(mine, "interactions") if i_removed else mine | edit)

    assert answer.status_code == 409
    (question,) = questions(answer.text).values()
    assert question.label == "Atendimento 1"
    removed, kept = question.texts if i_removed else reversed(question.texts)
    assert removed == "removido"
    assert "Problema Constatado Curto." in kept
    assert question.picked == "keep"
    form = inputs(answer.text)
    assert form["interactions-0-finding"] == "Curto."
    assert bruno.post(url, data=form | {question.name: choice}).status_code == 303
    assert [row.finding for row in interactions(world)] == (["Curto."] if choice == "keep" else [])


def test_without_a_base_whatever_differs_is_asked(bruno: FlaskClient, ana: FlaskClient, url: str) -> None:
    mine, theirs = inputs(bruno.get(url).text), inputs(ana.get(url).text)
    ana.post(url, data=theirs | {"direction": "outbound"})
    answer = bruno.post(url, data=mine | {"base": "[" * 5_000, "problem": "Vaza."})

    assert answer.status_code == 409
    assert set(questions(answer.text)) == {PROBLEM, "Origem do Contato"}


def test_rows_are_named_and_foreign_ones_are_not(
    bruno: FlaskClient, ana: FlaskClient, world: World, rows: SimpleNamespace, url: str
) -> None:
    """Ids are shown as names; a tampered one of another company names nothing (R23)."""
    mine, theirs = inputs(bruno.get(url).text), inputs(ana.get(url).text)
    ana.post(url, data=theirs | {"customer_id": str(rows.other_customer.id)})
    foreign = world.rows["boreal"].customer.id
    refused = bruno.post(url, data=mine | {"customer_id": str(foreign)})
    assert refused.status_code == 422
    assert "SEGREDO-DE-boreal" not in refused.text
    change(world.aurora, rows.inactive_customer, is_active=True)
    answer = bruno.post(url, data=mine | {"customer_id": str(rows.inactive_customer.id)})

    assert answer.status_code == 409
    (shown,) = (q.texts for label, q in questions(answer.text).items() if label == "Cliente")
    assert "Inativa" in shown[0]
    assert "Zeta" in shown[1]


# ── Closed meanwhile ─────────────────────────────────────────────────────────────────────────────────


def test_a_ticket_closed_meanwhile_shows_what_was_typed_to_copy_and_saves_nothing(
    bruno: FlaskClient, ana: FlaskClient, world: World, rows: SimpleNamespace, url: str
) -> None:
    mine, theirs = inputs(bruno.get(url).text), inputs(ana.get(url).text)
    closing = {"closed_on": "2024-05-23", "closed_by_id": str(rows.technician.id)}
    answered = ana.post(url, data=without_row(theirs, "forwardings") | closing)
    assert answered.status_code == 303, answered.text
    answer = bruno.post(
        url,
        data=mine | {"problem": "Vaza.\nMuito."} | interaction(rows, 1, KEYS[2], finding="Fusível queimado."),
    )

    assert answer.status_code == 409
    panel = answer.text.partition('class="clash"')[2].partition("</section>")[0]
    assert "Vaza.\nMuito." in panel
    assert "Atendimento 2" in panel
    assert "Fusível queimado." in panel
    assert "Encaminhamento 1" not in panel  # untouched here, and removed there
    assert re.search(r"Ana encerrou este atendimento em \d\d/\d\d/\d{4} às", answer.text)
    assert 'type="radio" class="form-check-input" id="clash' not in panel
    assert "data-save" not in answer.text
    assert last_ticket(world.aurora).problem == "A bomba não liga."
