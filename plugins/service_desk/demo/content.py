"""The shape of what the demo companies know and say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class KnownProblemContent:
    """A known problem.

    Args:
        category: code of its category.
        keywords: with commas between; a ticket that says one of them may be about this problem.
        products: codes of the products that it is for, with blanks between; none: for all.
    """

    name: str
    category: str
    keywords: str
    solution: str
    products: str = ""


@dataclass(frozen=True)
class Knowledge:
    """A company's knowledge base.

    Args:
        categories: code → name and the parent's code; parents first.
    """

    categories: Mapping[str, tuple[str, str]]
    problems: tuple[KnownProblemContent, ...]


@dataclass(frozen=True)
class Conversations:
    """What is noted in contacts and answers; (what was found, what was advised) each.

    Args:
        contacts: whom one speaks with.
        first: of a contact that opens a ticket about something that doesn't work.
        general: of any contact about anything else.
        interest: of one with a prospect.
        later: of the contacts after the first.
        last: of the one before the closing.
        answers: departments' answers, by the code of their outcome.
        reopened: why a ticket was opened again.
    """

    contacts: tuple[str, ...]
    first: tuple[tuple[str, str], ...]
    general: tuple[tuple[str, str], ...]
    interest: tuple[tuple[str, str], ...]
    later: tuple[tuple[str, str], ...]
    last: tuple[tuple[str, str], ...]
    answers: Mapping[str, tuple[str, ...]]
    reopened: tuple[str, ...]
