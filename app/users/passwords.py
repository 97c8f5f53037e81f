"""Passwords: argon2id, at most two at a time, as slow for a user that doesn't exist; and which are good."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Iterable
from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask_babel import lazy_gettext as _l

from app.errors import BusinessError

SHORTEST = 12
LONGEST = 200
_DISTINCT = 6
_SHORTEST_WORD = 4
_COMMON_WORDS = ("balcao", "password", "senha")
_RUNS = ("01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm")
# Without letters and digits that look alike: it is read out and typed once.
_ONE_TIME_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"

_hasher = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)
# A hash takes 64 MiB and a tenth of a second of a core: without a bound, logging in is a way to stop us.
_at_once = BoundedSemaphore(2)


class PasswordTooShort(BusinessError):
    """Length is what makes a password hard to guess."""

    field = "new_password"
    message = _l("The password needs at least 12 characters.")


class PasswordTooCommon(BusinessError):
    """What is left without known words could be guessed."""

    field = "new_password"
    message = _l("This password is easy to guess: take more than names, a sequence or a repetition.")


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


def one_time_password() -> str:
    """A password to be handed over and changed at the first login: 16 characters, 80 bits of chance."""
    groups = ["".join(secrets.choice(_ONE_TIME_ALPHABET) for _ in range(4)) for _ in range(4)]
    return "-".join(groups)


def check_new_password(password: str, *, known_words: Iterable[str]) -> None:
    """Refuse a password that is short or easy to guess.

    Args:
        known_words: login, names of the user and of their companies: what whoever guesses tries first.

    Raises:
        PasswordTooShort: fewer than 12 characters.
        PasswordTooCommon: without the known words too little is left, or a sequence or repetition.
    """
    if len(password) < SHORTEST:
        raise PasswordTooShort
    rest = _plain(password)
    words = {word for text in (*known_words, *_COMMON_WORDS) for word in re.split(r"\W+", _plain(text))}
    for word in sorted(words, key=len, reverse=True):
        if len(word) >= _SHORTEST_WORD:
            rest = rest.replace(word, "")
    if len(set(rest)) < _DISTINCT or _is_sequence(rest) or _is_repetition(rest):
        raise PasswordTooCommon


def _plain(text: str) -> str:
    """Without accents and case."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


def _is_sequence(text: str) -> bool:
    return any(text in run or text[::-1] in run for run in _RUNS)


def _is_repetition(text: str) -> bool:
    half = len(text) // 2
    return any(text == (text[:size] * len(text))[: len(text)] for size in range(1, half + 1))
