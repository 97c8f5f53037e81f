"""Made-up CPFs and CNPJs with the right check digits, from ranges that nobody was given."""

from __future__ import annotations

from app.parties.documents import check_digits


def cpf(number: int) -> str:
    """A bare CPF; `number` counts from 999.000.000 on."""
    body = f"{999_000_000 + number:09d}"
    return body + check_digits(body, heaviest=11)


def cnpj(root: str) -> str:
    """A bare CNPJ for a root of eight digits or, since 2026, capital letters; branch 0001."""
    body = f"{root}0001"
    return body + check_digits(body, heaviest=9)
