"""PDFs of parts joined to one, whose pages say how many there are."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from typing import Any, cast

from flask_babel import get_locale
from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    StreamObject,
    TextStringObject,
)

from app.reports.outputs.writing import Watched

_TOTAL = "/Total"


class Joined:
    """A document in the making."""

    def __init__(self, *, title: str, made_at: datetime) -> None:
        self._writer = PdfWriter()
        self._writer.add_metadata({"/Title": title, "/CreationDate": f"D:{made_at:%Y%m%d%H%M%S}"})
        root = self._writer.root_object
        root[NameObject("/Lang")] = TextStringObject(str(get_locale() or "en").replace("_", "-"))
        root[NameObject("/ViewerPreferences")] = DictionaryObject(
            {NameObject("/DisplayDocTitle"): BooleanObject(True)}
        )
        self.pages = 0

    def add(self, content: bytes, pages: int | None = None) -> None:
        """Add a document's first pages; all of them if it isn't said how many."""
        reader = PdfReader(BytesIO(content))
        for page in reader.pages[:pages]:
            self._writer.add_page(page)
            self.pages += 1
        # It knows readers by their address in memory: the next one may have this one's.
        self._writer.reset_translation(reader)

    def write(self, watched: Watched, *, total: bytes) -> None:
        """Lay the page `total` over every page, and write them all."""
        stamp = self._writer._add_object(_as_form(PdfReader(BytesIO(total)).pages[0], self._writer))
        begin, end = (self._writer._add_object(_stream(data)) for data in (b"q", b"Q q /Total Do Q"))
        for page in self._writer.pages:
            resources = cast("DictionaryObject", page["/Resources"])
            forms = resources.setdefault(NameObject("/XObject"), DictionaryObject()).get_object()
            forms[NameObject(_TOTAL)] = stamp
            page[NameObject("/Contents")] = ArrayObject([begin, page.raw_get("/Contents"), end])
        self._writer.write(cast("Any", watched))


def _as_form(page: PageObject, writer: PdfWriter) -> StreamObject:
    """The page as something that others can draw."""
    contents = page.get_contents()
    form = _stream(contents.get_data() if contents is not None else b"")
    form.update(
        {
            NameObject("/Type"): NameObject("/XObject"),
            NameObject("/Subtype"): NameObject("/Form"),
            NameObject("/BBox"): page.mediabox,
            NameObject("/Resources"): page["/Resources"].clone(writer),
        }
    )
    return form


def _stream(data: bytes) -> StreamObject:
    stream = DecodedStreamObject()
    stream.set_data(data)
    return stream
