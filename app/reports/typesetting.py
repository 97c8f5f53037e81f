"""PDF documents, typeset by typst from templates of ours.

A template is a `.typ` file in a folder of templates: the host's `app/reports/typst`, or a module's or
plugin's own. It begins with `#import "frame.typ": data, frame`, shows everything through `frame`, and reads
what it is about from `data`. What is in `data` is text and never markup: typst shows a string as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import typst
from flask_babel import get_locale, gettext

TEMPLATES = Path(__file__).parent / "typst"

# What typst's own fonts have a glyph for. Measured; a gap in it costs a document its PDF/UA mark, no more.
_HAVE_GLYPHS = (
    "\n\u0020-\u007e\u00a0-\u04ff\u0531-\u05f4\u0621-\u063a\u0640-\u0655\u0660-\u066d\u0900-\u097f\u10d0-\u10ff"
    "\u1d00-\u2027\u202a-\u2040\u2042\u2044-\u2052\u2054-\u211e\u2120\u2122\u2124\u2126-\u2151\u2153-\u2184"
    "\u2190-\u23ff\u2460-\u2606\u2609-\u262f\u2638-\u268b\u2690-\u269c\u26a0-\u26a7\u270c-\u2714\u2717-\u2726"
    "\u2761-\u277f\u2798-\u27af\u27b1-\u2bff\u2c60-\u2cff\ufb00-\ufb4f\ufe00-\ufe0f\ufffd"
)
_WITHOUT_GLYPH = re.compile(f"[^{_HAVE_GLYPHS}]")
_LINE_ENDS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
_UNSEEN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]")
_NO_GLYPH = "□"
# Full-width forms, which no font of ours has, are letters and signs of ASCII in another width.
_NARROW: dict[int, str | int] = {0x3000: " ", **{wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}}
# After this many compilations typst forgets what it kept from one; an empty one takes under a millisecond.
_KEPT_FOR = 11


def typeset(
    template: str | Path,
    data: Mapping[str, Any],
    *,
    images: Mapping[str, bytes] | None = None,
    is_tagged: bool = True,
) -> bytes:
    """A PDF in the reader's language, accessible (PDF/UA-1) as far as its characters allow.

    A template reaches its folder's other templates and the images, nothing else: no file, no font of the
    machine, no package. Control characters aren't printed; one that no font has (an emoji, Chinese) becomes
    `□`, a full-width form its usual one. Takes some 15 ms for a page, and a second and 100 MB for 500 lines
    of 12 columns.

    Args:
        template: the name of one of the host's templates, or the path of a module's or plugin's own.
        data: what JSON can carry; the title too, as `frame` wants it.
        images: PNG, JPEG or SVG by the name under which `frame.typ` has it in `pictures`, for `image`, which
            needs an `alt`.
        is_tagged: whether the structure is written too, without which it is not accessible but far smaller.

    Raises:
        typst.TypstError: the template is wrong, or an image is none.
    """
    path = TEMPLATES / template
    sources = {
        file.name: file.read_bytes() for file in (*TEMPLATES.glob("*.typ"), *path.parent.glob("*.typ"))
    }
    files = {**sources, "main.typ": sources[path.name]}
    inputs = {
        "data": json.dumps(printable(data), ensure_ascii=False),
        # Files that are handed over must be text.
        "pictures": json.dumps({name: list(content) for name, content in (images or {}).items()}),
        "language": str(get_locale() or "en"),
        "page": gettext("Page {page} of {pages}"),
    }
    try:
        return _compile(path.parent, files, inputs, standards=["ua-1"] if is_tagged else [], tags=is_tagged)
    except typst.TypstError as error:
        # A character that we thought had a glyph, or a pair of them that no font has together.
        if not is_tagged or "PDF/UA-1 error: the text" not in str(error):
            raise
        return _compile(path.parent, files, inputs, standards=[], tags=True)
    finally:
        # It keeps what it made for ten more compilations: ten large documents' memory.
        for _ in range(_KEPT_FOR):
            _compile(path.parent, {"main.typ": b""}, {}, standards=[], tags=False)


def printable(value: Any) -> Any:
    """The same data with texts that can be printed: lines end as in Unix, and each character has a glyph."""
    match value:
        case str():
            return _printable(value) if _WITHOUT_GLYPH.search(value) else value
        case Mapping():
            return {key: printable(each) for key, each in value.items()}
        case list() | tuple():
            return [printable(each) for each in value]
        case _:
            return value


def _printable(text: str) -> str:
    seen = _UNSEEN.sub("", _LINE_ENDS.sub("\n", text)).replace("\t", " ").translate(_NARROW)
    return _WITHOUT_GLYPH.sub(_NO_GLYPH, seen)


def _compile(
    root: Path, files: dict[str, bytes], inputs: dict[str, str], *, standards: list[Any], tags: bool
) -> bytes:
    return typst.compile(  # type: ignore[call-overload]  # its types forget files by name
        files,
        format="pdf",
        root=root,
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs=inputs,
        pdf_standards=standards,
        pdf_tags=tags,
    )


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)
