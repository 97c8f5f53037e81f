"""CPF and CNPJ: eleven or fourteen characters, the last two of them check digits.

Rule: each check digit is (11 - sum mod 11), or 0 when that is 10 or 11, over the characters before it times
their weights. The weights rise from 2 at the right; a CPF's go on to 11, a CNPJ's start over after 9. From
July 2026 the first twelve characters of a CNPJ may be letters too (Receita Federal, IN RFB 2.229 of 2024); a
character counts as its ASCII code less 48, so that 0 to 9 are what they were and A is 17.

A number of one repeated digit passes the sum, but was never given to anybody.
Stored bare and in capitals (`12ABC34501DE35`), shown with its dots by the filter `document`.
"""

from __future__ import annotations

import re
from itertools import cycle, islice

_SEPARATORS = re.compile(r"[\s./-]+")
_CPF = re.compile(r"[0-9]{11}")
_CNPJ = re.compile(r"[0-9A-Z]{12}[0-9]{2}")


def bare(typed: str) -> str:
    """What was typed, without dots, dashes, slashes and spaces, in capitals."""
    return _SEPARATORS.sub("", typed).upper()


def is_document(text: str) -> bool:
    """Whether bare `text` is a CPF or a CNPJ with the right check digits."""
    if _CPF.fullmatch(text):
        heaviest = 11
    elif _CNPJ.fullmatch(text):
        heaviest = 9
    else:
        return False
    return len(set(text)) > 1 and text == text[:-2] + check_digits(text[:-2], heaviest)


def check_digits(body: str, heaviest: int) -> str:
    """The two check digits of `body`: the nine of a CPF (`heaviest` 11) or the twelve of a CNPJ (9)."""
    first = _check_digit(body, heaviest)
    return first + _check_digit(body + first, heaviest)


def _check_digit(body: str, heaviest: int) -> str:
    weights = islice(cycle(range(2, heaviest + 1)), len(body))
    total = sum((ord(c) - ord("0")) * weight for c, weight in zip(reversed(body), weights, strict=True))
    return str(-total % 11 % 10)
