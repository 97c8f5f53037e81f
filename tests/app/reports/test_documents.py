"""Printed documents: what they are made of is on the paper, as text, in its place and within the margins."""

from __future__ import annotations

import re
from io import BytesIO
from itertools import combinations, pairwise
from types import SimpleNamespace
from typing import Any
from unicodedata import category, normalize

import pytest
from pypdf import PdfReader

from app.formats import in_language
from app.reports.documents import Document, Entry, Field, LongText, Section, Signature, printed
from app.reports.typesetting import printable
from tests.app.reports.made_sheets import FORMULAS, HOSTILE
from tests.pdfs import PORTRAIT, Picture, pages_of, words_of

IS_ACCESSIBLE = b"pdfuaid:part"
SIGNATURES = (Signature("Técnico/Operador", "Bruno"), Signature("Cliente", "Padaria Ávila"))


@pytest.fixture(autouse=True)
def portuguese(app):
    with app.app_context(), in_language("pt_BR"):
        yield


def made(
    *sections: Section, signatures: tuple[Signature, ...] = SIGNATURES, by: str = "Ana", **company: str
) -> bytes:
    """The document on paper, for a company like this."""
    empty = dict.fromkeys(("document", "address", "phone", "email"), "")
    own: Any = {"name": "Aurora", "timezone": "America/Sao_Paulo"} | empty | company
    document = Document("Atendimento nº 17", "Em aberto", "a.pdf", sections, signatures)
    user: Any = SimpleNamespace(name=by)
    return printed(document, company=SimpleNamespace(**own), made_by=user)


def seen(text: str) -> str:
    """What is seen of a text: neither space nor marks without a width."""
    return "".join(
        c for c in normalize("NFC", text) if category(c) != "Cf" and c != "\ufe0f" and not c.isspace()
    )


def test_head_and_footer_say_whose_it_is_what_it_is_and_who_made_it():
    content = made(Section("Problema", texts=[LongText("", "x\n" * 100)]), document="11222333000181")
    first, *_, last = pages_of(content)
    assert re.match(r"Aurora\s+CPF/CNPJ 11.222.333/0001-81\s+Atendimento nº 17\s+Em aberto\s+Problema", first)
    assert re.search(
        r"\nAtendimento nº 17 · Gerado por Ana em \d\d/\d\d/\d{4} \d\d:\d\d Página 1 de 2$", first
    )
    assert last.endswith("Página 2 de 2")
    read = PdfReader(BytesIO(content))
    assert read.metadata.title == "Atendimento nº 17"
    assert read.root_object["/Lang"] == "pt-BR"
    assert IS_ACCESSIBLE in content
    assert [round(float(side) / 72 * 25.4) for side in read.pages[0].mediabox[2:]] == [210, 297]


LETTERHEAD = {
    "address": ("Rua das Acácias, 100 – Centro – 13000-000 Campinas – SP",) * 2,
    "phone": ("(19) 5550-0100", "Telefone (19) 5550-0100"),
    "email": ("contato@aurora.example", "E-mail contato@aurora.example"),
}
"""Of each of the company's columns what it holds, and how that reads on paper."""


@pytest.mark.parametrize("known", [c for n in range(4) for c in combinations(LETTERHEAD, n)], ids="+".join)
def test_the_head_says_where_the_company_is_and_how_it_is_reached_and_nothing_for_what_is_empty(known):
    """Letter for letter: what is empty leaves no label and no line of its own."""
    content = made(document="11222333000181", signatures=(), **{name: LETTERHEAD[name][0] for name in known})
    (page,) = pages_of(content)
    lines = [" ".join(line.split()) for line in page.splitlines()]
    address = [LETTERHEAD[name][1] for name in known if name == "address"]
    contacts = [LETTERHEAD[name][1] for name in known if name != "address"]
    assert lines[:-1] == [
        "Aurora CPF/CNPJ 11.222.333/0001-81",
        *address,
        *([" ".join(contacts)] if contacts else []),
        "Atendimento nº 17 Em aberto",
    ]
    assert IS_ACCESSIBLE in content


def test_of_an_empty_letterhead_no_room_is_left():
    """Seen on the page: the rule beneath it is as near as each line that is not there lets it be."""

    def rule(**company: str) -> int:
        rows = Picture(made(**company), 1, size=PORTRAIT).rows
        return next(at for at, row in enumerate(rows) if set(row[120 * 4 : 160 * 4]) != {255})

    values = {name: value for name, (value, _) in LETTERHEAD.items()}
    nothing, everything = rule(), rule(**values)
    assert nothing < 20
    assert rule(address=values["address"]) == rule(phone=values["phone"]) == rule(email=values["email"])
    assert nothing + 2 < rule(phone=values["phone"]) < everything


def test_a_dash_in_a_phone_or_an_e_mail_is_never_doubled_at_the_end_of_a_line():
    email = "atendimento.ao.consumidor.e.pos.venda.sudeste@aurora-assistencia-tecnica.example"
    for digits in range(8, 40):
        phone = f"5550-{'1' * (digits - 5)}"
        (page,) = pages_of(made(phone=phone, email=email, signatures=()))
        assert phone in page
        assert email in page


def test_it_is_in_the_readers_language():
    with in_language("en"):
        assert "Made by Ana at" in words_of(made())


def test_what_is_empty_is_left_out():
    content = made(
        Section("Vazia", fields=[Field("Telefone", "")], texts=[LongText("Problema", " \n ")]),
        Section("Cliente", fields=[Field("Telefone", ""), Field("Nome", "Padaria", 12)]),
        signatures=(),
    )
    words = words_of(content)
    assert "Cliente Nome Padaria Atendimento nº 17" in words
    for absent in ("Vazia", "Telefone", "Problema", "CPF/CNPJ", "Assinaturas"):
        assert absent not in words


def test_a_document_of_nothing_is_one_page():
    (page,) = pages_of(made(signatures=()))
    assert page.splitlines()[0] == "Aurora"
    assert page.endswith("Página 1 de 1")


def test_fields_texts_and_entries_come_in_their_order_and_keep_their_lines():
    entries = [
        Entry(f"Atendimento {n}", [Field("Contato", f"Ana {n}")], [LongText("Guia", f"Um {n}\n\n  Dois")])
        for n in (1, 2)
    ]
    (page,) = pages_of(made(Section("Atendimentos", entries=entries)))
    lines = [line.strip() for line in page.splitlines() if line.strip()]
    assert lines[2:13] == [
        "Atendimentos",
        *("Atendimento 1", "Contato", "Ana 1", "Guia", "Um 1", "Dois"),
        *("Atendimento 2", "Contato", "Ana 2", "Guia"),
    ]


@pytest.mark.parametrize("texts", [FORMULAS, HOSTILE])
def test_texts_are_printed_as_they_are(texts):
    content = made(
        Section(
            "S",
            fields=[Field("F", text, 6) for text in texts],
            entries=[Entry(f"T {text}", [Field(text, "y")], [LongText(text, text)]) for text in texts],
        )
    )
    words = seen(words_of(content))
    for text in texts:
        # What is written from right to left, or around another character, is read back in another order.
        if not re.search("[\u0590-\u06ff\u202e\u20e3]", text):
            # As a field's value, a title, a label twice, and a text.
            assert words.count(seen(printable(text))) >= 4


def test_names_are_text_wherever_they_stand():
    content = made(
        Section("= S", fields=[Field("#f", "*v*")]),
        signatures=(Signature("$c$", "= Ana"), Signature("]", "😀 שלום ＡＢ")),
        by="#panic()",
        name="_A_ {B}",
        address="= Rua #x, $1$",
        phone="*19*",
        email="_a_@[b].example",
    )
    words = words_of(content)
    for each in (
        "_A_ {B} = Rua #x, $1$ Telefone *19* E-mail _a_@[b].example",
        "= S",
        "#f *v*",
        "= Ana",
        "$c$",
        "Gerado por #panic() em",
    ):
        assert each in words
    assert "שלום" in words


def test_nothing_runs_off_the_page():
    """Seen on the page itself: beyond the margins everything is white."""
    word, digits = "W" * 300, "1" * 300
    fields = [Field(word[:40], word, span) for span in (2, 3, 4, 6, 8, 12)]
    texts = [LongText(word, digits), LongText("", word)]
    for content in (
        made(
            Section(word, fields=fields, texts=texts, entries=[Entry(word, fields, texts)], ruled_lines=3),
            signatures=(Signature(word, word), Signature(digits, "＠" * 100)),
            by=word[:120],
            name=word[:120],
            address=word,
            phone=digits[:40],
            email=word[:254],
        ),
        made(Section("S", texts=[LongText("", "mil " * 3_000)])),
    ):
        for number in range(len(PdfReader(BytesIO(content)).pages)):
            page = Picture(content, number + 1, size=PORTRAIT)
            assert page.is_white(0, 11)
            assert page.is_white(199, 210)
            assert not page.is_white(12, 198)


def test_a_word_of_100_000_letters_is_printed_to_its_last():
    content = made(Section("Problema", texts=[LongText("", "x" * 99_999 + "Z")]))
    pages = pages_of(content)
    assert len(pages) > 10
    assert sum(page.count("x") for page in pages) == 99_999
    assert re.search(r"xZ\n", pages[-1])


def test_500_entries_are_all_there_and_no_title_stands_alone():
    entries = [
        Entry(f"Contato {n}.", [Field("Data", f"dia {n}.")], [LongText("Achado", f"A {n}.\n" * (n % 7))])
        for n in range(500)
    ]
    pages = pages_of(made(Section("Atendimentos", entries=entries)))
    assert len(pages) > 30
    for n in range(500):
        (page,) = [page for page in pages if f"Contato {n}.\n" in page]
        assert f"dia {n}.\n" in page
    for page in pages:
        # The last line is the footer; what names something has something below it.
        assert page.splitlines()[-2] not in ("Achado", "Data", "Atendimentos")


@pytest.mark.parametrize("lines", range(30, 62, 2))
def test_signatures_keep_together_wherever_the_page_ends(lines):
    pages = pages_of(made(Section("Problema", texts=[LongText("", "linha\n" * lines)])))
    (page,) = [page for page in pages if "Assinaturas" in page]
    below = page.partition("Assinaturas")[2]
    for part in ("Bruno", "Técnico/Operador", "Padaria Ávila", "Cliente"):
        assert below.count(part) == 1
    assert len(re.findall(r"Data: _", below)) == 2


@pytest.mark.parametrize("lines", range(24, 60, 4))
def test_ruled_lines_stay_with_their_heading(lines):
    """They are no text: seen as eight dark rows beneath the heading."""
    content = made(
        Section("Problema", texts=[LongText("", "linha\n" * lines)]),
        Section("Serviço Executado", ruled_lines=8),
        signatures=(),
    )
    pages = pages_of(content)
    (number,) = [n for n, page in enumerate(pages, 1) if "Serviço Executado" in page]
    picture = Picture(content, number, size=PORTRAIT)
    # Where no text stands a row has the line alone, from margin to margin.
    middle = [set(row[150 * 4 : 190 * 4]) != {255} for row in picture.rows]
    ruled = [at for at, is_dark in enumerate(middle) if is_dark]
    assert sum(later - earlier == 8 for earlier, later in pairwise(ruled)) >= 6


def test_a_long_document_does_without_structure():
    text = LongText("", "palavra " * 30_000)
    assert IS_ACCESSIBLE not in made(Section("Problema", texts=[text]))
