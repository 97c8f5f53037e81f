"""typst as we use it: what is in the data is text, and a template reaches nothing but its own folder."""

from __future__ import annotations

import re
import resource
import struct
import zlib
from io import BytesIO
from pathlib import Path

import pytest
import typst
from pypdf import PdfReader

from app.formats import in_language
from app.reports import typesetting
from app.reports.typesetting import printable, typeset

TEMPLATE = """
#import "frame.typ": data, frame, pictures
#show: frame.with(title: data.title, made: data.at("made", default: ""))
= #data.title
#for each in data.at("texts", default: ()) { block(each) }
"""
IS_ACCESSIBLE = b"pdfuaid:part"


@pytest.fixture(autouse=True)
def portuguese(app):
    with app.app_context(), in_language("pt_BR"):
        yield


@pytest.fixture
def template(tmp_path):
    """A template in a folder of a plugin's own, beside which lies what is nobody's business."""
    folder = tmp_path / "typst"
    folder.mkdir()
    (tmp_path / "secret.txt").write_text("secret")
    path = folder / "letter.typ"
    path.write_text(TEMPLATE)
    return path


def text_of(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "#emph[x]",
            "#x",
            "$x$",
            "\\",
            "\\u{41}",
            "*bold*",
            "_emph_",
            "`raw`",
            "= title",
            "- item",
            "+ item",
        ),
        *(
            "<label>",
            "@ref",
            "// comment",
            "/* comment",
            "[",
            "]",
            "{",
            "}",
            '"',
            "'",
            "~",
            "--",
            "...",
            "https://x.y",
        ),
        *('#read("frame.typ")', "#import", "/term: x", "#{", '"); #panic("', "á ç ã ª º § € ½ → ✓"),
    ],
)
def test_markup_in_the_data_is_text(template, text):
    made = text_of(typeset(template, {"title": "T", "texts": [f"<{text}>", text]})).splitlines()
    assert made[1:3] == [f"<{text}>", text]


def test_a_document_has_title_language_and_page_numbers_and_is_accessible(template):
    content = typeset(template, {"title": "Atendimento 7", "texts": ["x\n" * 100], "made": "Ana"})
    read = PdfReader(BytesIO(content))
    assert read.metadata.title == "Atendimento 7"
    assert read.root_object["/Lang"] == "pt-BR"
    assert read.root_object["/MarkInfo"]["/Marked"]
    assert IS_ACCESSIBLE in content
    assert [page.extract_text().splitlines()[-1] for page in read.pages] == [
        "Ana Página 1 de 2",
        "Ana Página 2 de 2",
    ]


def test_it_is_in_the_readers_language(template):
    with in_language("en"):
        content = typeset(template, {"title": "T"})
    assert PdfReader(BytesIO(content)).root_object["/Lang"] == "en"
    assert "Page 1 of 1" in text_of(content)


def test_lines_end_and_control_characters_are_not_printed(template):
    made = text_of(
        typeset(template, {"title": "T", "texts": ["a\r\nb\rc\u2028d\x0be", "f\x00g\x01h\x7fi\x9fj\tk"]})
    )
    assert made.splitlines()[1:7] == ["a", "b", "c", "d", "e", "fghij k"]


def test_what_no_font_has_is_a_box(template):
    content = typeset(template, {"title": "T", "texts": ["😀 Ana 王\ue000\ud800\ufeff\uffff"]})
    assert text_of(content).splitlines()[1] == "□ Ana □□"
    assert IS_ACCESSIBLE in content


def test_other_scripts_are_printed(template):
    made = text_of(
        typeset(template, {"title": "T", "texts": ["مرحبا", "שלום", "Ελλάδα", "Привет", "e\u0301"]})
    )
    assert made.splitlines()[1:6] == ["مرحبا", "שלום", "Ελλάδα", "Привет", "e\u0301"]


def test_every_character_that_we_print_has_a_glyph(template):
    ranges = re.findall(r"(.)-(.)", typesetting._HAVE_GLYPHS.replace("\n", ""))
    characters = [chr(c) for first, last in ranges for c in range(ord(first), ord(last) + 1)]
    known = [c for c in characters if c.isprintable()]
    assert len(known) > 3_000
    assert IS_ACCESSIBLE in typeset(template, {"title": "T", "texts": known})


def test_a_glyph_that_is_missing_all_the_same_costs_the_mark_and_no_more(template, monkeypatch):
    monkeypatch.setattr(typesetting, "_WITHOUT_GLYPH", re.compile("(?!)"))
    content = typeset(template, {"title": "T", "texts": ["Ana 😀 da Silva"]})
    assert IS_ACCESSIBLE not in content
    assert PdfReader(BytesIO(content)).root_object["/MarkInfo"]["/Marked"]
    assert "da Silva" in text_of(content)


@pytest.mark.parametrize(
    "text", ["x" * 100_000, "a " * 50_000, "\n" * 5_000, "\u0301" * 1_000, "\u202e" * 1_000, " "]
)
def test_no_text_is_too_much(template, text):
    assert PdfReader(BytesIO(typeset(template, {"title": "T", "texts": [text]}))).pages


def test_data_stays_what_it_is_but_for_its_texts():
    data = {"a": [1, None, True, ("x\0", {"b": "\ry"})], "c": 1.5}
    assert printable(data) == {"a": [1, None, True, ["x", {"b": "\ny"}]], "c": 1.5}


@pytest.mark.parametrize(
    "path", ["../secret.txt", "/secret.txt", "{0}/secret.txt", "/etc/hostname", "../../x"]
)
def test_a_template_reads_nothing_outside_its_folder(template, path):
    template.write_text(TEMPLATE + f'#read("{path.format(template.parent.parent)}")')
    with pytest.raises(typst.TypstError, match=r"file not found|escape the project root"):
        typeset(template, {"title": "T"})


def test_a_template_may_import_its_neighbours_and_the_hosts_frame(template):
    (template.parent / "parts.typ").write_text("#let greet(name) = [Bom dia, #name]")
    template.write_text(TEMPLATE + '#import "parts.typ": greet\n#greet(data.name)')
    assert "Bom dia, #Ana" in text_of(typeset(template, {"title": "T", "name": "#Ana"}))


def test_a_wrong_template_is_an_error(template):
    template.write_text(TEMPLATE + "#nothing")
    with pytest.raises(typst.TypstError, match="unknown variable"):
        typeset(template, {"title": "T"})


def test_pictures_are_handed_over(template):
    template.write_text(TEMPLATE + "#for (name, each) in pictures { image(each, alt: name, width: 1cm) }")
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><text y="9">S</text></svg>'
    content = typeset(template, {"title": "T"}, images={"logo": png(), "chart": svg})
    assert IS_ACCESSIBLE in content
    assert len(PdfReader(BytesIO(content)).pages[0].images) == 1


def test_it_needs_no_font_of_the_machine(template):
    fonts = PdfReader(BytesIO(typeset(template, {"title": "T"}))).pages[0]["/Resources"]["/Font"].values()
    assert {font.get_object()["/BaseFont"].partition("+")[2].partition("-")[0] for font in fonts} == {
        "LibertinusSerif"
    }


def test_memory_does_not_grow_with_the_number_of_documents(template):
    """Compiled again and again, typst keeps what it made for a while: of ten such documents some 300 MB."""
    texts = [f"Linha {at} de um documento grande" for at in range(2_000)]
    peaks = []
    for number in range(9):
        typeset(template, {"title": f"T{number}", "texts": [f"{number} {text}" for text in texts]})
        peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    assert peaks[-1] < peaks[1] * 1.15


def test_the_hosts_templates_are_found_by_name():
    assert {path.name for path in typesetting.TEMPLATES.glob("*.typ")} >= {
        "frame.typ",
        "sheet.typ",
        "total.typ",
    }
    with pytest.raises(KeyError):
        typeset("no-such.typ", {"title": "T"})
    with pytest.raises(KeyError):
        typeset(Path("/no/such/place.typ"), {"title": "T"})


def png() -> bytes:
    """One red pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixel = zlib.compress(b"\x00\xff\x00\x00")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixel) + chunk(b"IEND", b"")
