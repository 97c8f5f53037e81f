"""What a module or plugin declares as a report."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import parse_qsl

from flask_babel import lazy_gettext as _l

from app.errors import BusinessError
from app.reports.sheets import Sheet

if TYPE_CHECKING:
    from app.companies.models import Company
    from app.plugin_api.contract import Permission, Text
    from app.users.models import User

BACKGROUND_ROWS = 5_000
"""A file of more rows is made by a worker; one of a slow format may be with fewer (`Format.rows_at_once`)."""


class QuestionRefused(BusinessError):
    """What can't be read is answered by nothing: not by a page, nor by a file of something else.

    Args:
        filter: the label of the filter at which the report's page says what is amiss.
    """

    message = _l("What the filter “%(filter)s” holds can't be read: correct it on the report's page.")


def query_pairs(query: str) -> list[tuple[str, str]]:
    """Names and values of a query string, exactly as `request.args` has them on the report's page."""
    # Bytes that are no UTF-8 stay percent-encoded: so Werkzeug registers it.
    return parse_qsl(query, keep_blank_values=True, errors="werkzeug.url_quote")


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks, from where, and of which companies they may know.

    Args:
        company: from which company's pages; its scope is open.
        companies: all companies where the reader may have this report, `company` among them: members of it
            with the report's permission, its module active. Looked up at the time of the answer, never kept.
    """

    user: User
    company: Company
    companies: tuple[Company, ...]


class Report(ABC):
    """A question with its answers. `query` is the query string of its page, without `?`: the whole question.

    What its page refuses is refused by all of these, with `QuestionRefused`: they read the query string by
    `query_pairs`, and by the same rules. Else it never fails; a company that the reader may not know is as
    none.
    """

    key: ClassVar[str]
    """`service_desk.tickets`."""
    title: ClassVar[Text]
    permission: ClassVar[Permission]
    endpoint: ClassVar[str]
    """Of its page, below a company; `?query` opens the question there; `saved=…` beside it says which saved
    report that is."""

    @abstractmethod
    def companies_in(self, reader: Reader, query: str) -> tuple[Company, ...]:
        """The companies that the question is about, of those that the reader may know."""

    @abstractmethod
    def count(self, reader: Reader, query: str) -> int:
        """How many rows the answer would have now."""

    @abstractmethod
    def sheet(self, reader: Reader, query: str) -> AbstractContextManager[Sheet]:
        """The whole answer, its lines read little by little while the block runs.

        Within one transaction of the caller's, which sees one state of the database (REPEATABLE READ) if the
        caller wants count and lines to agree.
        """
