"""`Asked`: a table of numbers. Columns are measures, rows the groups of `by`; every part means the same wherever it
stands."""

from __future__ import annotations

from typing import Literal, Self, get_args

from pydantic import Field, field_validator, model_validator

from metrics.query.family import Frozen
from metrics.query.measure import Measure
from metrics.query.predicate import And, Predicate, needed
from metrics.query.query import Grain, Scope
from metrics.query.when import All, When

__all__ = ["GRAINS", "Asked", "Order", "Population"]

Population = Literal["people", "rows", "all"]
GRAINS = frozenset(get_args(Grain))
MOST_PARTS = 200


class Order(Frozen):
    """By a measure, or by a field or grain of `Asked.by`. n/a comes last either way."""

    by: str | Measure
    descending: bool = True


class Asked(Frozen):
    """What is asked.

    show        measures, 1 to 64, each a column
    by          fields ("reps.region") and at most one grain ("month"): a row per combination
    period      of which days; measures may move it (`during`, `change`)
    scope       whose rows: "me", "team", "region" are those of the viewer, resolved when answered
    where       condition on rows; what holds wherever another of them does is left out: over 30 is over 0
    having      condition on the groups, of what is shown or not
    order       first the first; what is left in doubt is settled by `by`. None: buckets in their order, else the first
                measure, largest first
    limit       the first so many rows; those that are level with the last of them too
    limit_per   fields of `by`: so many of each
    population  of what there is a row or that is counted and averaged over, without any number as well. "people": who
                was there (when it is about people); "rows": only what has rows; "all": every member of the one thing
                it is about
    """

    show: tuple[Measure, ...] = Field(min_length=1, max_length=64)
    by: tuple[str, ...] = Field(default=(), max_length=4)
    period: When = All()
    scope: Scope = "all"
    where: Predicate | None = None
    having: Predicate | None = None
    order: tuple[Order, ...] = Field(default=(), max_length=4)
    limit: int | None = Field(default=None, ge=1, le=1000)
    limit_per: tuple[str, ...] = ()
    population: Population = "people"

    @field_validator("where")
    @classmethod
    def _needed(cls, where: Predicate | None) -> Predicate | None:
        return needed(where) if isinstance(where, And) else where

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if len(set(self.by)) < len(self.by) or sum(b in GRAINS for b in self.by) > 1:
            raise ValueError("by takes each field once, and one grain")
        if not set(self.limit_per) <= set(self.by) or (self.limit_per and self.limit is None):
            raise ValueError("limit_per takes fields of by, beside a limit")
        if sum(1 for part in self.families() for _ in part.walk()) > MOST_PARTS:
            raise ValueError(f"a question of more than {MOST_PARTS} parts")
        return self

    def families(self) -> tuple[Measure | Predicate, ...]:
        """The measures and predicates that stand in it."""
        ordered = [o.by for o in self.order if isinstance(o.by, Measure)]
        return (*self.show, *(p for p in (self.where, self.having) if p is not None), *ordered)

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(b for b in self.by if b not in GRAINS)

    @property
    def grain(self) -> str | None:
        return next((b for b in self.by if b in GRAINS), None)

    def to_json(self) -> str:
        """Compact JSON without defaults; `Asked.model_validate_json` gives the same value back."""
        return self.model_dump_json(exclude_defaults=True)
