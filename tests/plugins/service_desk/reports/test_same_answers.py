"""The report's answers are those of a plain computation, whatever is asked."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.plugins.service_desk.reports.questions import asked, assert_same, runs


@runs(150)
@given(st.data())
def test_the_sheet_is_the_plain_answer(desk, data):
    assert_same(desk, data.draw(asked(desk)))
