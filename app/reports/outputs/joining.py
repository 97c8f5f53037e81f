"""PDFs of parts joined to one, whose pages say how many there are.

The file is written while its parts come in. What stays in memory is where each object begins, eight bytes,
and a reference to each part: a document may have as many pages as the disk has room for.
"""

from __future__ import annotations

import zlib
from array import array
from datetime import UTC, datetime
from io import BytesIO
from struct import pack
from typing import cast

from flask_babel import get_locale
from pypdf import PageObject, PdfReader
from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    DecodedStreamObject,
    DictionaryObject,
    IndirectObject,
    NameObject,
    NumberObject,
    PdfObject,
    StreamObject,
    TextStringObject,
)

from app.reports.outputs.writing import Watched

_HEAD = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"  # its second line says that it isn't text


class Joined:
    """A document in the making, from the place on where the file stands."""

    def __init__(self, file: Watched, *, title: str, made_at: datetime) -> None:
        self._file = file
        self._written = 0
        # Where each object begins, by its number; there is none of the number 0.
        self._begins = array("Q", [0])
        self._parts = ArrayObject()
        self.pages = 0
        self._write(_HEAD)
        # Both are known last, and the first page refers to them.
        self._tree, self._total = self._reserve(), self._reserve()
        self._before, self._after = (self._add(_stream(data)) for data in (b"q", b"Q q /Total Do Q"))
        made = TextStringObject(f"D:{made_at.astimezone(UTC):%Y%m%d%H%M%S}Z")
        self._information = self._add(_dictionary(Title=TextStringObject(title), CreationDate=made))

    def add(self, content: bytes, pages: int | None = None) -> None:
        """Add a document's first pages; all of them if it isn't said how many."""
        # Each part has a node of its own in the tree of pages: no list grows with the pages.
        node = self._reserve()
        kept = PdfReader(BytesIO(content)).pages[:pages]
        for page in kept:
            resources = cast("DictionaryObject", page["/Resources"])
            forms = resources.setdefault(NameObject("/XObject"), DictionaryObject()).get_object()
            cast("DictionaryObject", forms)[NameObject("/Total")] = self._total
            page[NameObject("/Parent")] = node
            page[NameObject("/Contents")] = ArrayObject(
                [self._before, page.raw_get("/Contents"), self._after]
            )
        copies: dict[int, IndirectObject] = {}
        kids = ArrayObject(self._add(self._copy(page, copies)) for page in kept)
        self._put(node, _dictionary(Type=_PAGES, Parent=self._tree, Kids=kids, Count=NumberObject(len(kids))))
        self._parts.append(node)
        self.pages += len(kids)

    def finish(self, *, total: bytes) -> None:
        """Lay the page `total` over every page, and end the file."""
        self._put(self._total, self._copy(_as_form(PdfReader(BytesIO(total)).pages[0]), {}))
        tree = _dictionary(Type=_PAGES, Kids=self._parts, Count=NumberObject(self.pages))
        self._put(self._tree, tree)
        catalog = _dictionary(
            Type=NameObject("/Catalog"),
            Pages=self._tree,
            Lang=TextStringObject(str(get_locale() or "en").replace("_", "-")),
            ViewerPreferences=_dictionary(DisplayDocTitle=BooleanObject(True)),
        )
        self._refer(self._add(catalog))

    def _copy(self, value: PdfObject, copies: dict[int, IndirectObject]) -> PdfObject:
        """The part's value, naming the copies of what it names in the part, which are written first.

        The part's own is changed: it is read but once.
        """
        match value:
            case IndirectObject() if value.pdf is not self:
                if value.idnum not in copies:
                    copies[value.idnum] = self._reserve()
                    self._put(copies[value.idnum], self._copy(cast("PdfObject", value.get_object()), copies))
                return copies[value.idnum]
            case DictionaryObject():
                for key in value:
                    value[key] = self._copy(value.raw_get(key), copies)
            case ArrayObject():
                value[:] = [self._copy(each, copies) for each in value]
        return value

    def _reserve(self) -> IndirectObject:
        """A reference to an object that is written later."""
        self._begins.append(0)
        return IndirectObject(len(self._begins) - 1, 0, self)

    def _add(self, value: PdfObject) -> IndirectObject:
        reference = self._reserve()
        self._put(reference, value)
        return reference

    def _put(self, reference: IndirectObject, value: PdfObject) -> None:
        self._begins[reference.idnum] = self._written
        content = BytesIO()
        value.write_to_stream(content)
        self._write(b"%d 0 obj\n%b\nendobj\n" % (reference.idnum, content.getvalue()))

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        self._written += len(data)

    def _refer(self, root: IndirectObject) -> None:
        """The end of the file: where each object begins, as a stream, in which no offset is too large."""
        begins = self._written
        itself = self._reserve()
        self._begins[itself.idnum] = begins
        packed = zlib.compressobj()
        rows = (pack(">BQH", 1, offset, 0) for offset in self._begins[1:])
        data = packed.compress(pack(">BQH", 0, 0, 0xFFFF)) + b"".join(map(packed.compress, rows))
        table = _stream(data + packed.flush())
        table.update(
            _dictionary(
                Type=NameObject("/XRef"),
                Size=NumberObject(len(self._begins)),
                W=ArrayObject(map(NumberObject, (1, 8, 2))),
                Root=root,
                Info=self._information,
                Filter=NameObject("/FlateDecode"),
            )
        )
        self._put(itself, table)
        self._write(b"startxref\n%d\n%%%%EOF\n" % begins)


_PAGES = NameObject("/Pages")


def _as_form(page: PageObject) -> StreamObject:
    """The page as something that others can draw."""
    contents = page.get_contents()
    form = _stream(contents.get_data() if contents is not None else b"")
    form.update(
        _dictionary(
            Type=NameObject("/XObject"),
            Subtype=NameObject("/Form"),
            BBox=page.mediabox,
            Resources=cast("DictionaryObject", page["/Resources"]),
        )
    )
    return form


def _dictionary(**values: PdfObject) -> DictionaryObject:
    return DictionaryObject({NameObject(f"/{key}"): value for key, value in values.items()})


def _stream(data: bytes) -> StreamObject:
    stream = DecodedStreamObject()
    stream.set_data(data)
    return stream
