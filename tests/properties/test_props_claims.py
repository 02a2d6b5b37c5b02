"""The counting of claims itself: a property that hardly asserts fails."""

from __future__ import annotations

import pytest
from claims import claim, counting
from hypothesis import given, settings
from hypothesis import strategies as st


@settings(database=None)
@given(number=st.integers(0, 9))
def seldom(number: int) -> None:
    if number == 7:
        claim()


@settings(database=None)
@given(number=st.integers(0, 9))
def mostly(number: int) -> None:
    if number != 7:
        claim()


@settings(database=None)
@given(number=st.integers(0, 9))
def wrong(number: int) -> None:
    assert number < 5, "found"


def test_a_property_that_hardly_asserts_fails() -> None:
    with pytest.raises(AssertionError, match="asserted in 1 of 10 examples"), counting(seldom):
        seldom()
    with counting(mostly) as claims:
        mostly()
    assert (claims.claimed, claims.examples) == (9, 10)


def test_a_property_that_is_wrong_says_what_it_found() -> None:
    with pytest.raises(AssertionError, match="found"), counting(wrong):
        wrong()


def test_claims_are_made_in_properties_only() -> None:
    with pytest.raises(AssertionError, match="tests with @given"):
        claim()
