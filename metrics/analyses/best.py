"""What the best do: numbers of the best, or of the top quarter, beside those of others, metric by metric.

Who is among the best depends on everybody's numbers, so it is found in a list that the viewer sees whole; a group that
is chosen by its numbers is no published cohort, and what it does is not told to those who may not see its members."""

from __future__ import annotations

from collections.abc import Generator
from math import ceil
from typing import ClassVar, Literal

from pydantic import Field

from metrics.analyses.analysis import Analysis, Fact, Findings, Ground, Part, Steps, number
from metrics.errors import NotPermitted, TooLarge, UnsupportedCombination
from metrics.kinds.folded import Across
from metrics.kinds.metric import Metric
from metrics.model.schema import Model
from metrics.plan.names import metric_named
from metrics.plan.scope import asking_person, people_fields
from metrics.query import Scope
from metrics.query.answer import Note
from metrics.query.asked import Asked
from metrics.query.measure import Measure
from metrics.query.predicate import In
from metrics.query.table import Table
from metrics.query.when import Units, When

__all__ = ["Best"]

MOST_PEOPLE = 1000  # also: the first so many of something are no answer while its data is late


class Best(Analysis):
    """`metric`: by which they are the best, `group`: those of the first place, or of the first quarter of places; who
    is level with the last of them belongs to them. `beside`: the metrics that are shown with it. `against`: "rest", all
    other people of the scope with a number, or "me".

    Facts, of each metric: best, other, factor (best / other). What adds up is that of an average person of the group;
    of a ratio it is the ratio of all the group's rows, never an average of averages. Also people (how many there are)
    and best_people."""

    kind: ClassVar[str] = "best"
    metric: str
    beside: tuple[str, ...] = Field(default=(), max_length=11)
    group: Literal["first", "quarter"] = "quarter"
    against: Literal["rest", "me"] = "rest"
    period: When = Units(unit="month")
    scope: Scope = "all"

    def steps(self, ground: Ground) -> Steps:
        key = people_fields(ground.model).id
        by = Metric(name=self.metric)
        listed = yield Asked(show=(by,), by=(key,), period=self.period, scope=self.scope, limit=MOST_PEOPLE)
        if listed.proof.restricted:
            raise self._unseen(listed.proof.restricted)
        if listed.proof.truncated or len(listed.rows) >= MOST_PEOPLE:
            raise TooLarge("too_many_rows")
        sign = 1 if metric_named(ground.model, self.metric).higher_is_better else -1
        placed = _placed({str(row[0]): sign * n for row in listed.rows if (n := number(row[1])) is not None})
        best, other = self._groups(placed, ground)
        parts = [Part(name="places", table=listed)]
        names = tuple(dict.fromkeys((self.metric, *self.beside)))
        sides: list[tuple[float | None, ...]] = []
        for name, people in (("best", best), ("other", other)):
            sides.append((yield from self._numbers(name, people, names, ground.model, parts)))
        facts = [
            Fact(name="people", value=len(placed), unit="count", of=self.metric),
            Fact(name="best_people", value=len(best), unit="count", of=self.metric),
        ]
        for name, one, two in zip(names, *sides, strict=True):
            unit = metric_named(ground.model, name).unit
            facts += [
                Fact(name="best", value=one, unit=unit, of=name),
                Fact(name="other", value=two, unit=unit, of=name),
                Fact(name="factor", value=one / two if one is not None and two else None, unit="number", of=name),
            ]
        notes = (Note(code="best_includes_me"),) if self.against == "me" and other[0] in best else ()
        return Findings(analysis=self, parts=tuple(parts), facts=tuple(facts), notes=notes)

    def _groups(self, placed: dict[str, int], ground: Ground) -> tuple[list[str], list[str]]:
        last = 1 if self.group == "first" else ceil(len(placed) / 4)
        best = sorted(person for person, place in placed.items() if place <= last)
        if self.against == "me":
            me = asking_person(ground.viewer).id
            if me not in placed:
                raise UnsupportedCombination("best_without_me", subject=self.metric)
            return best, [me]
        rest = sorted(placed.keys() - set(best))
        if not best or not rest:
            raise UnsupportedCombination("best_of_all", subject=self.metric)
        return best, rest

    def _numbers(
        self, name: str, people: list[str], metrics: tuple[str, ...], model: Model, parts: list[Part]
    ) -> Generator[Asked, Table, tuple[float | None, ...]]:
        key = people_fields(model).id
        show = tuple(_of_a_group(metric, key, model) for metric in metrics)
        where = In(field=key, values=tuple(people))
        try:
            table = yield Asked(show=show, period=self.period, scope=self.scope, where=where)
        except NotPermitted as error:  # the list is public, what else they do is not
            raise self._unseen(error.fields.get("why", "org_tree")) from error
        parts.append(Part(name=name, table=table))
        return tuple(number(cell) for cell in table.rows[0])

    def _unseen(self, why: str) -> NotPermitted:
        return NotPermitted("best_unseen", subject=self.metric, fields={"why": why})


def _placed(numbers: dict[str, float]) -> dict[str, int]:
    """Standard competition ranking, the highest first.

    >>> _placed({"a": 5, "b": 7, "c": 5, "d": 1})
    {'b': 1, 'a': 2, 'c': 2, 'd': 4}
    """
    ordered = sorted(numbers, key=lambda person: (-numbers[person], person))
    values = [numbers[person] for person in ordered]
    return {person: 1 + values.index(numbers[person]) for person in ordered}


def _of_a_group(name: str, key: str, model: Model) -> Measure:
    metric = Metric(name=name)
    return Across(of=metric, over=key, how="average") if metric_named(model, name).additive else metric
