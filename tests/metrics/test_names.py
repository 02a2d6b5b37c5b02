"""Filters are read by the datatype of their field: what is no value of it is refused by code, never run."""

from __future__ import annotations

import datetime as dt

import pytest

from metrics.errors import UnknownName, UnsupportedCombination
from metrics.model.schema import Access, Dataset, Field, Model
from metrics.plan.names import condition_of
from metrics.query import Filter, Value

TYPES = {"units": "Integer", "amount": "Decimal", "day": "Date", "stage": "String"}
FIELDS = {name: Field(f"deals.{name}", "deals", name, name, datatype) for name, datatype in TYPES.items()}
DEALS = {"deals": Dataset("deals", "deals", ("units",), FIELDS)}
OWNED = Model("test", DEALS, (), {}, access=Access("org_tree", {"deals": "deals.stage"}))
PUBLIC = Model("test", DEALS, (), {}, access=Access("org_tree", {"deals": ""}))
STAGES = {"deals.stage": ("Won", "Lost")}


@pytest.mark.parametrize(
    ("field", "value", "typed"),
    [
        ("deals.units", "12", 12),
        ("deals.amount", "1.5e3", 1500.0),
        ("deals.day", "2026-11-20T23:59", dt.date(2026, 11, 20)),
        ("deals.stage", "won", "Won"),
        ("deals.stage", "(none)", None),
    ],
)
def test_values_become_those_of_the_field(field: str, value: Value, typed: object) -> None:
    assert condition_of(OWNED, Filter(field=field, values=(value,)), STAGES).values == (typed,)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("deals.amount", float("inf")),
        ("deals.amount", float("nan")),
        ("deals.amount", "1e400"),
        ("deals.units", True),
        ("deals.units", "many"),
        ("deals.day", "2026-02-30"),
        ("deals.day", 2026),
    ],
)
def test_what_is_no_value_of_the_field_is_refused(field: str, value: Value) -> None:
    with pytest.raises(UnsupportedCombination) as caught:
        condition_of(OWNED, Filter(field=field, values=(value,)), STAGES)
    assert (caught.value.code, caught.value.fields["field"]) == ("filter_type", field)


def test_members_are_suggested_only_where_everybody_may_see_them() -> None:
    slip = Filter(field="deals.stage", values=("Wom",))
    with pytest.raises(UnknownName) as caught:
        condition_of(PUBLIC, slip, STAGES)
    assert caught.value.suggestions == ("Won",)
    with pytest.raises(UnknownName) as caught:
        condition_of(OWNED, slip, STAGES)
    assert caught.value.suggestions == ()
