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

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, literal, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from app.clock import EARLIEST, LATEST
from app.database import BIGINT_MAX, db

PAGE_SIZE = 50

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
) -> Page:
    """The page of `statement` at `place`: one SQL statement, a second one where the list starts over.

    Args:
        statement: joins every table that `sorts` names; no ORDER BY, no LIMIT.
        key: the unique id that ends every order.
        sorts: the allow-list: name in the URL → a column of text, number or instant that is never NULL.
        default: the order when the URL names none or one that isn't allowed.
        size: rows per page.
    """
    sort = place.sort if place.sort.removeprefix("-") in sorts else default
    column, is_falling = sorts[sort.removeprefix("-")], sort.startswith("-")
    cursor = _read(place.after or place.before, column)
    # The page before a row is read walking backwards, and then turned round.
    is_backwards = cursor is not None and not place.after
    found = _rows(statement, column, key, cursor, is_falling=is_falling is not is_backwards, limit=size + 1)
    has_more = len(found) > size
    if cursor is not None and (not found or (is_backwards and not has_more)):
        # Nothing is left after the row, or nothing stands before this page: the first one then, whole.
        return keyset_page(statement, key=key, sorts=sorts, default=default, place=Place(sort), size=size)
    found = found[:size]
    if is_backwards:
        found.reverse()
    has_previous, has_next = (has_more, True) if is_backwards else (cursor is not None, has_more)
    return Page(
        rows=[row[0] if len(row) == 3 else row for row in found],
        sort=sort,
        previous=_written(found[0]) if has_previous else None,
        next=_written(found[-1]) if has_next else None,
    )


def _rows(
    statement: Select[*tuple[Any, ...]],
    column: Column,
    key: Column,
    cursor: tuple[Any, int] | None,
    *,
    is_falling: bool,
    limit: int,
) -> list[Row[*tuple[Any, ...]]]:
    if cursor is not None:
        place = tuple_(column, key)
        row = tuple_(literal(cursor[0], column.type), literal(cursor[1], key.type))
        statement = statement.where(place < row if is_falling else place > row)
    order = [part.desc() if is_falling else part.asc() for part in (column, key)]
    # The last two columns are the row's own cursor.
    statement = statement.add_columns(column.label("sort_value"), key.label("sort_id"))
    return list(db.session.execute(statement.order_by(*order).limit(limit)))


def _written(row: Row[*tuple[Any, ...]]) -> str:
    value, row_id = row[-2], row[-1]
    text = f"{row_id} {value.isoformat() if isinstance(value, datetime) else value}"
    return urlsafe_b64encode(text.encode()).decode()


def _read(cursor: str, column: Column) -> tuple[Any, int] | None:
    read_value = _READERS[column.type.python_type]
    try:
        row_id, _, value = urlsafe_b64decode(cursor).decode().partition(" ")
        return read_value(value), _number(row_id)
    except ValueError:
        return None


def _number(text: str) -> int:
    number = int(text)
    if abs(number) > BIGINT_MAX:
        raise ValueError(text)
    return number


def _text(text: str) -> str:
    if "\x00" in text:
        raise ValueError(text)
    return text


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None or not EARLIEST < instant.date() < LATEST:
        raise ValueError(text)
    return instant


_READERS: Mapping[type, Callable[[str], Any]] = {str: _text, int: _number, datetime: _instant}
