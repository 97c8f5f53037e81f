"""What a list's page needs besides its rows: the addresses of its orders and of its neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import request

from app.keyset import Page

LONGEST_TERM = 200


@dataclass(frozen=True)
class ListLinks:
    """Addresses of the list that this request shows; its filters stay as they are in the URL."""

    page: Page

    @property
    def previous(self) -> str | None:
        """The page before, for `pager`."""
        return (
            None if self.page.previous is None else self._url(sort=self.page.sort, before=self.page.previous)
        )

    @property
    def next(self) -> str | None:
        """The page after, for `pager`."""
        return None if self.page.next is None else self._url(sort=self.page.sort, after=self.page.next)

    def column(self, label: Any, sort: str | None = None, **more: Any) -> dict[str, Any]:
        """A column for `table`: its head sorts by `sort`, and the other way round when it already does.

        Args:
            more: `class_="num"`, `hidden=True`.
        """
        column = {"label": label, "class": more.pop("class_", ""), "url": None, "sort": None, **more}
        if sort is not None:
            present = self.page.sort
            column["url"] = self._url(sort=f"-{sort}" if present == sort else sort)
            column["sort"] = {sort: "asc", f"-{sort}": "desc"}.get(present)
        return column

    def _url(self, **place: str) -> str:
        filters = [(k, v) for k, v in request.args.items(multi=True) if k not in ("sort", "after", "before")]
        return f"{request.path}?{urlencode([*filters, *place.items()], errors='replace')}"


def search_term() -> str:
    """What the list's «Pesquisar» asks for: trimmed, cut at `LONGEST_TERM`, and storable."""
    return request.args.get("q", "").replace("\x00", "").strip()[:LONGEST_TERM]
