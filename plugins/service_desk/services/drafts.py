"""Verbs that keep what was typed into the form of a new ticket, until it is saved or thrown away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import Delete, Uuid, delete, exists, literal, select
from sqlalchemy.dialects.postgresql import JSONB, insert
from werkzeug.exceptions import NotFound

from app.plugin_api import BIGINT_MAX, db, now
from plugins.service_desk import errors
from plugins.service_desk.models import Draft, Ticket, Timer

if TYPE_CHECKING:
    from app.companies.models import Company
    from app.users.models import User

LARGEST = 1_000_000
"""Bytes of all names and values of a draft together."""
MOST_DRAFTS = 20
"""Drafts of one user in one company; an older one gives way."""

Inputs = Sequence[tuple[str, str]]
"""(name, value) of each input of the form, in order."""


def keep(*, company: Company, actor: User, request_key: UUID, inputs: Inputs) -> datetime | None:
    """Store what the form holds now instead of what it held before; one statement.

    Args:
        request_key: of the form.

    Returns:
        When it was stored; None: the form is a ticket already, and there is nothing to keep any more.

    Raises:
        DraftTooLarge, DraftUnstorable: it can't be kept; what was kept before stands.
    """
    _check(inputs)
    own = (Draft.company_id == company.id, Draft.user_id == actor.id)
    others = select(Draft.id).where(*own, Draft.request_key != request_key)
    too_many = others.order_by(Draft.saved_at.desc(), Draft.id.desc()).offset(MOST_DRAFTS - 1)
    give_way = delete(Draft).where(*own, Draft.id.in_(too_many)).cte("give_way")
    is_ticket = exists().where(Ticket.company_id == company.id, Ticket.request_key == request_key)
    values = select(
        literal(company.id),
        literal(actor.id),
        literal(request_key, Uuid),
        literal([list(pair) for pair in inputs], JSONB),
        literal(now()),
    ).where(~is_ticket)
    new = insert(Draft).from_select(["company_id", "user_id", "request_key", "inputs", "saved_at"], values)
    statement = (
        new.on_conflict_do_update(
            index_elements=[Draft.company_id, Draft.user_id, Draft.request_key],
            set_={"inputs": new.excluded.inputs, "saved_at": new.excluded.saved_at},
        )
        .returning(Draft.saved_at)
        .add_cte(give_way)
    )
    saved_at: datetime | None = db.session.execute(statement).scalar_one_or_none()
    return saved_at


def _check(inputs: Inputs) -> None:
    size = 0
    for text in (text for pair in inputs for text in pair):
        try:
            size += len(text.encode())
        except UnicodeEncodeError as error:
            raise errors.DraftUnstorable from error
        if "\x00" in text:
            raise errors.DraftUnstorable
    if size > LARGEST:
        raise errors.DraftTooLarge


def dropped(*, company: Company, actor: User, request_key: UUID) -> Delete:
    """What forgets the draft of a form that is being saved; part of the save's own statement."""
    return delete(Draft).where(
        Draft.company_id == company.id, Draft.user_id == actor.id, Draft.request_key == request_key
    )


def drop(*, company: Company, actor: User, request_key: UUID) -> None:
    """Forget the draft of a form whose text was saved in another document; its timers went there before."""
    db.session.execute(dropped(company=company, actor=actor, request_key=request_key))


def discard(*, company: Company, actor: User, draft_id: int) -> None:
    """Throw a draft away, and the timers that were started in it: their row is nowhere any more.

    Raises:
        NotFound: the user has no such draft in this company (R23).
    """
    gone = delete(Draft).where(
        Draft.company_id == company.id, Draft.user_id == actor.id, Draft.id == min(draft_id, BIGINT_MAX)
    )
    request_key = db.session.execute(gone.returning(Draft.request_key)).scalar_one_or_none()
    if request_key is None:
        raise NotFound
    db.session.execute(
        delete(Timer).where(
            Timer.company_id == company.id, Timer.user_id == actor.id, Timer.request_key == request_key
        )
    )
