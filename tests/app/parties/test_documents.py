"""CPF and CNPJ with check digits, the alphanumeric CNPJ of 2026 too (R22b)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.parties.documents import bare, check_digits, is_document


@pytest.mark.parametrize(
    "typed",
    [
        "529.982.247-25",
        "52998224725",
        "168.995.350-09",
        "11.222.333/0001-81",
        "00.000.000/0001-91",
        # The example of the tax authority.
        "12.ABC.345/01DE-35",
        "12abc34501de35",
        " 12 ABC 345 01DE 35 ",
    ],
)
def test_valid_documents(typed):
    assert is_document(bare(typed))


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "529.982.247-24",
        "529.982.247-52",
        "11.222.333/0001-82",
        "12.ABC.345/01DE-53",
        "12.ABC.345/01DE-3A",
        "111.111.111-11",
        "00000000000000",
        "5299822472",
        "529982247250",
        "1122233300018",
        "529.982.247_25",
        "５２９９８２２４７２５",
        "52998224725\x00",
        "ABCDEFGHI25",
    ],
)
def test_invalid_documents(typed):
    assert not is_document(bare(typed))


def test_document_is_kept_bare_and_in_capitals():
    assert bare("12.abc.345/01de-35") == "12ABC34501DE35"


@given(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=12, max_size=12), st.integers(0, 99))
def test_exactly_one_pair_of_digits_fits_a_body(body, pair):
    digits = check_digits(body, 9)
    assert is_document(f"{body}{pair:02}") == (f"{pair:02}" == digits and len(set(body + digits)) > 1)
