"""Lines of tickets and of forwardings, a company at a time: pages, whole answers, totals.

Page, whole answer and totals come from the same columns under the same conditions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Select, cast, func, literal
from sqlalchemy.dialects.postgresql import ARRAY

from app.plugin_api import Page, Place, db, keyset_page
from app.plugin_api.reports import Column, Kind
from app.plugin_api.reports import shown as shown_text
from plugins.service_desk.models import Forwarding, Ticket
from plugins.service_desk.reports import narrowing
from plugins.service_desk.reports.columns import MONEY, Shown, Source, as_it_is
from plugins.service_desk.reports.question import Question, View

if TYPE_CHECKING:
    from app.companies.models import Company

COLUMNS: Mapping[View, tuple[str, ...]] = {
    View.TICKETS: (
        *("number", "opened", "closed", "party", "product", "technician", "contact_time", "waiting"),
        "problem",
    ),
    View.DETAILS: (
        *("number", "opened", "closed", "party", "product", "technician", "contact_time", "forwardings"),
        "problem",
    ),
    View.FORWARDINGS: (
        *("number", "party", "department", "forwarded", "answered", "answer_time", "answered_by", "outcome"),
        "problem",
    ),
    View.WAITING: ("number", "party", "product", "department", "forwarded", "days", "technician", "problem"),
}
"""What a view shows unless somebody chose otherwise."""
ORDERS: Mapping[View, str] = {
    View.TICKETS: "-number",
    View.DETAILS: "-number",
    View.FORWARDINGS: "-forwarded",
    View.WAITING: "-days",
}


@dataclass(frozen=True, slots=True)
class Totals:
    """What some lines come to: how many they are, and the sums of their summed columns by key."""

    count: int = 0
    sums: Mapping[str, Any] = field(default_factory=dict)

    def __add__(self, other: Totals) -> Totals:
        """Of the same columns."""
        sums = {key: value + other.sums[key] for key, value in self.sums.items()}
        return Totals(self.count + other.count, sums)

    def values(self, columns: Iterable[Column]) -> list[Any]:
        """One for each column; None where nothing is summed up."""
        return [self.sums.get(column.key) if column.is_summed else None for column in columns]


class Listing:
    """The lines that a question has in one company, whose scope is open.

    Args:
        columns: keys of the columns to show, in place of the question's; unknown ones are left out, none
            are the view's own.
    """

    def __init__(self, question: Question, company: Company, columns: Sequence[str] = ()) -> None:
        self.question, self.company = question, company
        self.source = Source.of(company, question.view)
        known = self.source.columns
        keys = [key for key in columns or question.columns if key in known] or COLUMNS[question.view]
        self.shown: list[Shown] = [known[key] for key in keys]
        self._words = [(n, shown.show) for n, shown in enumerate(self.shown) if shown.show is not as_it_is]
        self.group = self.source.grouping(question.break_by)

    @cached_property
    def conditions(self) -> narrowing.Conditions:
        """Which rows these are; a text or a category costs a statement, the columns alone need none."""
        found = narrowing.of_tickets(self.question, self.company)
        if self.question.view is View.WAITING:
            found.append(Forwarding.answered_at.is_(None))
        if self.question.view.is_of_forwardings:
            found += narrowing.of_forwardings(self.question, self.company)
        return found

    @property
    def columns(self) -> tuple[Column, ...]:
        """What each line shows."""
        return tuple(shown.column for shown in self.shown)

    @property
    def sort(self) -> str:
        """The order in force."""
        wanted = self.question.sort
        return wanted if wanted.removeprefix("-") in self.source.columns else ORDERS[self.question.view]

    def page(self, place: Place) -> Page:
        """Rows of `ticket_id`, then a value for each column, then what the break shows and groups by.

        Two statements: which rows, by what they are narrowed and sorted by; then what these show. As one, all
        rows of a company are joined to all that they name before fifty of them are taken.
        """
        order = self.source.columns[self.sort.removeprefix("-")]
        used = [order, *([self.group] if self.group else [])]
        ids = self.source.select(
            [self.source.key.label("id")], [need for each in used for need in each.needs]
        )
        page = keyset_page(
            ids.where(*self.conditions),
            key=self.source.key,
            sorts={self.sort.removeprefix("-"): order.order},
            default=self.sort,
            place=Place(self.sort, place.after, place.before),
            within=self.group.orders if self.group else (),
        )
        wanted = list(page.rows)
        shown = self._statement(self.source.key.label("row_id")).where(
            Ticket.company_id == self.company.id, self.source.key.in_(wanted)
        )
        found = {row[0]: row[1:] for row in db.session.execute(shown)} if wanted else {}
        return replace(page, rows=[found[row_id] for row_id in wanted if row_id in found])

    def all(self) -> Iterator[Sequence[Any]]:
        """Every row as in `page`, in its order, read little by little."""
        order = self.source.columns[self.sort.removeprefix("-")]
        statement = self._statement(needs=order.needs).where(*self.conditions)
        falling = self.sort.startswith("-")
        columns = [order.order, self.source.key]
        statement = statement.order_by(
            *(self.group.orders if self.group else ()),
            *(column.desc() if falling else column.asc() for column in columns),
        )
        options = {"stream_results": True, "yield_per": 2_000}
        # Whoever stops early leaves no cursor open.
        with db.session.execute(statement, execution_options=options) as rows:
            yield from rows

    def totals(self) -> Totals:
        """Of all lines; one statement."""
        found = db.session.execute(self._sums(self.shown)).one()
        return self._totals(found)

    def totals_with_groups(self, keys: Iterable[Any]) -> tuple[Totals, dict[Any, Totals]]:
        """Of all lines, and of each break that a page shows by what it groups by; one statement.

        As two, all rows of a company are read once more.
        """
        assert self.group is not None
        # Joined, so that the breaks of other pages are NULL: an IN is looked through anew for each row.
        wanted = literal(list(set(keys)), ARRAY(self.group.key.type))
        key = func.unnest(wanted).table_valued("key").render_derived().c.key
        sums = self._sums([*self.shown, self.group]).outerjoin(key.table, key == self.group.key)
        found = {
            row[-1]: self._totals(row) for row in db.session.execute(sums.add_columns(key).group_by(key))
        }
        total = sum(found.values(), start=self._nothing())
        found.pop(None, None)
        return total, found

    def count(self) -> int:
        """How many lines there are."""
        return db.session.scalars(self._sums(())).one()

    def values(self, row: Sequence[Any]) -> list[Any]:
        """A row's values as the sheet has them."""
        values = list(row[1 : 1 + len(self.shown)])
        for place, show in self._words:
            if values[place] is not None:
                values[place] = show(values[place])
        return values

    def group_key(self, pair: Sequence[Any]) -> Any:
        """What the row of a pair (row, anything) is grouped by; None where nothing is."""
        return pair[0][-1] if self.group else None

    def group_label(self, row: Sequence[Any]) -> str:
        """The break's heading: the column and its value."""
        assert self.group is not None
        value = row[1 + len(self.shown)]
        text = shown_text(self.group.column.kind, value if value is None else self.group.show(value))
        return f"{self.group.column.label}: {text or '—'}"

    def _statement(self, *first: Any, needs: Iterable[str] = ()) -> Select[Any]:
        """What each row shows; no conditions yet."""
        used = [*self.shown, *([self.group] if self.group else [])]
        columns = [
            *first,
            Ticket.id.label("ticket_id"),
            *(shown.value.label(f"c_{shown.column.key}") for shown in self.shown),
        ]
        if self.group:
            columns += [self.group.value.label("group_shown"), self.group.key.label("group_key")]
        return self.source.select(columns, [*needs, *(need for shown in used for need in shown.needs)])

    def _sums(self, shown: Iterable[Shown]) -> Select[Any]:
        # Of what isn't summed up no join is needed, except the break's.
        used = {
            each.column.key: each for each in shown if each.column.is_summed or each is self.group
        }.values()
        sums = [
            cast(
                func.coalesce(func.sum(each.value), 0),
                MONEY if each.column.kind is Kind.MONEY else BigInteger,
            ).label(each.column.key)
            for each in used
            if each.column.is_summed
        ]
        needs = [need for each in used for need in each.needs]
        return self.source.select([func.count().label("line_count"), *sums], needs).where(*self.conditions)

    def _totals(self, row: Any) -> Totals:
        mapping = row._mapping
        return Totals(mapping["line_count"], {key: mapping[key] for key in self._nothing().sums})

    def _nothing(self) -> Totals:
        """Of no lines."""
        summed = [column for column in self.columns if column.is_summed]
        return Totals(sums={each.key: Decimal("0.00") if each.kind is Kind.MONEY else 0 for each in summed})
