"""Keyset pages: a list is cut after a row, not after a number of rows (DESIGN 7: no OFFSET, no COUNT).

A page costs the same wherever in the list it lies, and rows that come or go meanwhile shift nothing. The
place is a cursor in the URL, made of the last row's id and sort value; nothing is kept on the server, and a
cursor that was tampered with leads to the first page.

    page = keyset_page(
        tickets(company, status="open"),            # a select() without ORDER BY and LIMIT
        key=Ticket.id,
        sorts={"number": Ticket.number, "customer": Customer.name_key},
        default="-number",
        place=place,                                # Place.of(request.args) in the view
    )
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, literal, or_, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from app.clock import EARLIEST, LATEST
from app.database import BIGINT_MAX, db

PAGE_SIZE = 50
LONGEST_AMOUNT = 40
"""Characters of a number in a cursor."""

Column = ColumnElement[Any] | InstrumentedAttribute[Any]


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a list the reader wants to be: an order (`name`, `-name` for falling) and one cursor."""

    sort: str = ""
    after: str = ""
    before: str = ""

    @classmethod
    def of(cls, args: Mapping[str, str]) -> Place:
        """The place that a query string names."""
        return cls(args.get("sort", ""), args.get("after", ""), args.get("before", ""))


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of one page, the order in force, and the neighbours' cursors (None: there is no such page).

    A statement of one entity gives entities, one of several columns gives rows.
    """

    rows: Sequence[Any]
    sort: str
    previous: str | None
    next: str | None


def keyset_page(
    statement: Select[*tuple[Any, ...]],
    *,
    key: Column,
    sorts: Mapping[str, Column],
    default: str,
    place: Place,
    size: int = PAGE_SIZE,
    within: Sequence[Column] = (),
) -> Page:
    """The page of `statement` at `place`: one SQL statement, a second one where the list starts over.

    Args:
        statement: joins every table that `sorts` names; no ORDER BY, no LIMIT.
        key: the unique id that ends every order.
        sorts: the allow-list: name in the URL → a column of text, number or instant that is never NULL.
        default: the order when the URL names none or one that isn't allowed.
        size: rows per page.
        within: what comes before every order, always rising: the list is grouped by it. As the columns of
            `sorts`, never NULL.
    """
    sort = place.sort if place.sort.removeprefix("-") in sorts else default
    column, is_falling = sorts[sort.removeprefix("-")], sort.startswith("-")
    order = [*((group, False) for group in within), (column, is_falling), (key, is_falling)]
    cursor = _read(place.after or place.before, [column for column, _ in order])
    # The page before a row is read walking backwards, and then turned round.
    is_backwards = cursor is not None and not place.after
    found = _rows(statement, order, cursor, is_backwards=is_backwards, limit=size + 1)
    has_more = len(found) > size
    if cursor is not None and (not found or (is_backwards and not has_more)):
        # Nothing is left after the row, or nothing stands before this page: the first one then, whole.
        return keyset_page(
            statement, key=key, sorts=sorts, default=default, place=Place(sort), size=size, within=within
        )
    found = found[:size]
    if is_backwards:
        found.reverse()
    has_previous, has_next = (has_more, True) if is_backwards else (cursor is not None, has_more)
    return Page(
        rows=[row[0] if len(row) == 1 + len(order) else row for row in found],
        sort=sort,
        previous=_written(found[0][-len(order) :]) if has_previous else None,
        next=_written(found[-1][-len(order) :]) if has_next else None,
    )


def _rows(
    statement: Select[*tuple[Any, ...]],
    order: Sequence[tuple[Column, bool]],
    cursor: Sequence[Any] | None,
    *,
    is_backwards: bool,
    limit: int,
) -> list[Row[*tuple[Any, ...]]]:
    order = [(column, is_falling is not is_backwards) for column, is_falling in order]
    if cursor is not None:
        statement = statement.where(_beyond(order, cursor))
    # The last columns are the row's own cursor.
    statement = statement.add_columns(*(column.label(f"cursor_{n}") for n, (column, _) in enumerate(order)))
    statement = statement.order_by(*(column.desc() if falling else column.asc() for column, falling in order))
    return list(db.session.execute(statement.limit(limit)))


def _beyond(order: Sequence[tuple[Column, bool]], cursor: Sequence[Any]) -> ColumnElement[bool]:
    """Whether a row comes after the cursor; as one comparison where it can be: an index knows those."""
    (_, is_falling), *more = order
    if all(other is is_falling for _, other in more):
        place = tuple_(*(column for column, _ in order))
        values = [literal(value, column.type) for (column, _), value in zip(order, cursor, strict=True)]
        row = tuple_(*values)
        return place < row if is_falling else place > row
    (column, _), value = order[0], literal(cursor[0], order[0][0].type)
    here = column < value if is_falling else column > value
    return or_(here, and_(column == value, _beyond(more, cursor[1:])))


def _written(values: Sequence[Any]) -> str:
    texts = [value.isoformat() if isinstance(value, date) else str(value) for value in values]
    return urlsafe_b64encode(json.dumps(texts, ensure_ascii=False).encode()).decode()


def _read(cursor: str, columns: Sequence[Column]) -> list[Any] | None:
    try:
        texts = json.loads(urlsafe_b64decode(cursor))
        pairs = zip(columns, texts, strict=True)
        return [_READERS[column.type.python_type](str(text)) for column, text in pairs]
    except (ValueError, TypeError, RecursionError):
        return None


def _number(text: str) -> int:
    number = int(text)
    if abs(number) > BIGINT_MAX:
        raise ValueError(text)
    return number


def _amount(text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise ValueError(text) from None
    if not amount.is_finite() or len(text) > LONGEST_AMOUNT:
        raise ValueError(text)
    return amount


def _text(text: str) -> str:
    text.encode()  # a lone surrogate is a ValueError of its own
    if "\x00" in text:
        raise ValueError(text)
    return text


def _day(text: str) -> date:
    day = date.fromisoformat(text)
    if not EARLIEST < day < LATEST:
        raise ValueError(text)
    return day


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None or not EARLIEST < instant.date() < LATEST:
        raise ValueError(text)
    return instant


_READERS: Mapping[type, Callable[[str], Any]] = {
    str: _text,
    int: _number,
    Decimal: _amount,
    date: _day,
    datetime: _instant,
}
