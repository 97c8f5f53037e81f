"""Passwords: argon2id, at most two at a time, the same time for users that don't exist."""

from __future__ import annotations

from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_hasher = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)
# A hash takes 64 MiB and a tenth of a second of a core: without a bound, logging in is a way to stop us.
_at_once = BoundedSemaphore(2)


@cache
def _nobody() -> str:
    return _hasher.hash("nobody's password: an unknown login takes as long as a known one")


def hash_password(password: str) -> str:
    """The argon2id hash to store."""
    with _at_once:
        return _hasher.hash(password)


def is_right(password: str, stored: str | None) -> bool:
    """Whether the password fits the stored hash; None (no such user) takes the same time and doesn't fit."""
    with _at_once:
        try:
            return _hasher.verify(stored or _nobody(), password) and stored is not None
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(stored: str) -> bool:
    """Whether the hash was made with weaker settings than today's."""
    return _hasher.check_needs_rehash(stored)
