"""Reads the report's page as a reader would: filters in words, heads, lines, totals, links."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

from flask.testing import FlaskClient

PAGE = "/c/{}/service-desk/reports/tickets"


@dataclass
class Cell:
    """What a cell shows, and where it leads."""

    text: str = ""
    url: str = ""
    sort: str = ""
    span: int = 1


@dataclass
class Line:
    """A line of a table: its class says what it is (`answer-break`, …), where it isn't a plain one."""

    kind: str
    cells: list[Cell] = field(default_factory=list)

    @property
    def texts(self) -> list[str]:
        return [cell.text for cell in self.cells]


@dataclass
class Answer:
    """The answer on a page; `lines` are those of its last table, heads and totals not among them."""

    html: str
    stated: dict[str, str]
    tables: list[list[Line]]
    pages: dict[str, str]

    @property
    def lines(self) -> list[Line]:
        return [line for line in self._table[1:] if line.kind != "answer-total"]

    @property
    def heads(self) -> list[Cell]:
        return self._table[0].cells

    @property
    def total(self) -> Line:
        return next(line for line in self._table if line.kind == "answer-total")

    @property
    def _table(self) -> list[Line]:
        return self.tables[-1] if self.tables else []

    @property
    def rows(self) -> list[Line]:
        """The plain ones."""
        return [line for line in self.lines if not line.kind]

    def column(self, label: str) -> list[str]:
        """The values of the column with this head."""
        place = [head.text for head in self.heads].index(label)
        return [row.cells[place].text for row in self.rows]

    @property
    def numbers(self) -> list[int]:
        """The tickets' numbers, in the order of their lines."""
        return [int(number) for number in self.column("Número")] if self.tables else []


class _Reader(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tables: list[list[Line]] = []
        self.stated: list[list[str]] = []
        self.pages: dict[str, str] = {}
        self._text: list[str] | None = None
        self._link = ""
        self._is_in_pager = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        a = {name: value or "" for name, value in attrs}
        if tag == "table":
            self.tables.append([])
        elif tag == "tr" and self.tables:
            self.tables[-1].append(Line(a.get("class", "")))
        elif tag in ("th", "td") and self.tables:
            cell = Cell(sort=a.get("aria-sort", ""), span=int(a.get("colspan", 1)))
            self.tables[-1][-1].cells.append(cell)
            self._text = []
        elif tag in ("dt", "dd"):
            self._text = []
        elif tag == "nav":
            self._is_in_pager = a.get("class") == "pager"
        elif tag == "a":
            self._link = a.get("href", "")
            if self._is_in_pager:
                self._text = []
            elif self._text is not None and self.tables:
                self.tables[-1][-1].cells[-1].url = self._link

    def handle_data(self, data):
        if self._text is not None:
            self._text.append(data)

    def handle_endtag(self, tag):
        text = " ".join("".join(self._text or ()).split())
        if tag in ("th", "td"):
            self.tables[-1][-1].cells[-1].text = text.removesuffix(" Ver os atendimentos")
        elif tag in ("dt", "dd"):
            self.stated.append([tag, text])
        elif tag == "a" and self._is_in_pager:
            self.pages[text] = self._link
        elif tag == "nav":
            self._is_in_pager = False
        if tag in ("th", "td", "dt", "dd"):
            self._text = None


def answer_of(html: str) -> Answer:
    """The answer that a page shows."""
    found = _Reader(html)
    labels = [text.removesuffix(":") for tag, text in found.stated if tag == "dt"]
    values = [text for tag, text in found.stated if tag == "dd"]
    return Answer(html, dict(zip(labels, values, strict=False)), found.tables, found.pages)


def ask(client: FlaskClient, query: str = "", company: str = "aurora") -> Answer:
    """The answer to a query string."""
    return follow(client, f"{PAGE.format(company)}?{query}")


def follow(client: FlaskClient, url: str) -> Answer:
    """The answer behind a link."""
    response = client.get(url.partition("#")[0])
    assert response.status_code == 200, response.status_code
    return answer_of(response.text)
