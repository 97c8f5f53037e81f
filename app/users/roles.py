"""The four roles of a membership; each has what stands before it (DOMAIN, «Who may do what»)."""

from __future__ import annotations

from enum import StrEnum

from flask_babel import lazy_gettext as _l


class Role(StrEnum):
    """A member's role in one company, from least to most."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"

    def includes(self, other: Role) -> bool:
        """Whether this role may do all that `other` may."""
        return _RANK[self] >= _RANK[other]

    @property
    def label(self) -> str:
        """The role's name in the reader's language."""
        return str(_LABELS[self])


_RANK = {role: rank for rank, role in enumerate(Role)}
_LABELS = {
    Role.VIEWER: _l("Viewer"),
    Role.OPERATOR: _l("Operator"),
    Role.SUPERVISOR: _l("Supervisor"),
    Role.ADMIN: _l("Administrator"),
}
