"""Lines of tickets and of waiting forwardings, a company at a time: pages, whole answers, totals.

Page, whole answer and totals come from the same columns under the same conditions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Select, cast, func

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
    View.WAITING: ("number", "party", "product", "department", "forwarded", "days", "technician", "problem"),
}
"""What a view shows unless somebody chose otherwise."""
ORDERS: Mapping[View, str] = {View.TICKETS: "-number", View.DETAILS: "-number", View.WAITING: "-days"}


@dataclass(frozen=True, slots=True)
class Totals:
    """What some lines come to: how many they are, and the sums of their summed columns by key."""

    count: int = 0
    sums: Mapping[str, Any] = field(default_factory=dict)

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
        if self.source.is_of_forwardings:
            found.append(Forwarding.answered_at.is_(None))
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
            within=[self.group.order] if self.group else (),
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
            *([self.group.order] if self.group else ()),
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

    def totals_of_groups(self, first: Any, last: Any) -> dict[Any, Totals]:
        """Of each break between two that a page shows, by what the break groups by; one statement."""
        assert self.group is not None
        group = self.group.order
        sums = self._sums([*self.shown, self.group]).add_columns(group).where(group >= first, group <= last)
        return {row[-1]: self._totals(row) for row in db.session.execute(sums.group_by(group))}

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
            columns += [self.group.value.label("group_shown"), self.group.order.label("group_key")]
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
        keys = [each.column.key for each in self.shown if each.column.is_summed]
        return Totals(mapping["line_count"], {key: mapping[key] for key in keys})
