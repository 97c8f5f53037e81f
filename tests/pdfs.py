"""PDFs as people see them: their text, and their pages as pictures."""

from __future__ import annotations

import re
import zlib
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import typst
from pypdf import PdfReader

LANDSCAPE, PORTRAIT = (297, 210), (210, 297)


def pages_of(content: bytes) -> list[str]:
    """Each page's text, line by line, without the places where a long word may break."""
    return [page.extract_text().replace("\u200b", "") for page in PdfReader(BytesIO(content)).pages]


def words_of(content: bytes) -> str:
    """All text in one line: lines may have been wrapped anywhere."""
    return re.sub(r"\s+", " ", " ".join(pages_of(content))).strip()


def picture_of(content: bytes, number: int, size: tuple[int, int], *, ppi: float) -> bytes:
    """A page as a PNG, so many pixels for each inch."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "page.pdf").write_bytes(content)
        paper = f"#set page(width: {size[0]}mm, height: {size[1]}mm, margin: 0pt)\n"
        (folder / "page.typ").write_text(f'{paper}#image("page.pdf", page: {number}, width: {size[0]}mm)')
        png: bytes = typst.compile(
            folder / "page.typ", root=folder, format="png", ppi=ppi, ignore_system_fonts=True
        )
    return png


class Picture:
    """A page, looked at: a pixel for each millimetre.

    Args:
        size: its width and height, in millimetres.
    """

    def __init__(self, content: bytes, number: int, *, size: tuple[int, int] = LANDSCAPE) -> None:
        png = picture_of(content, number, size, ppi=25.4)
        width, height = (int.from_bytes(png[at : at + 4]) for at in (16, 20))
        depth, colour, chunks, at = png[24], png[25], b"", 8
        assert (depth, colour) == (8, 6)
        while at < len(png):
            length = int.from_bytes(png[at : at + 4])
            if png[at + 4 : at + 8] == b"IDAT":
                chunks += png[at + 8 : at + 8 + length]
            at += length + 12
        self.rows = _unfiltered(zlib.decompress(chunks), width * 4, height)

    def is_white(self, left: int, right: int) -> bool:
        """Between two distances from the left edge, in millimetres."""
        return all(set(row[left * 4 : right * 4]) <= {255} for row in self.rows)


def _unfiltered(data: bytes, stride: int, height: int) -> list[bytes]:
    """The rows of a PNG: each is stored as the difference to its neighbours."""
    rows, above = [], bytes(stride)
    for start in range(0, height * (stride + 1), stride + 1):
        kind, line = data[start], bytearray(data[start + 1 : start + 1 + stride])
        for at in range(stride if kind else 0):
            left, up = line[at - 4] if at >= 4 else 0, above[at]
            corner = above[at - 4] if at >= 4 else 0
            if kind == 4:
                guess = left + up - corner
                distances = {left: abs(guess - left), up: abs(guess - up), corner: abs(guess - corner)}
                added = min((left, up, corner), key=distances.__getitem__)
            else:
                added = (0, left, up, (left + up) // 2)[kind]
            line[at] = (line[at] + added) & 255
        above = bytes(line)
        rows.append(above)
    return rows
