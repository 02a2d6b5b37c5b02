"""Where somebody stands among their peers: standard competition ranking (1, 2, 2, 4), the best first.

Peers are the active people of the scope (or the teams and regions they are in, or whatever is ranked and has rows),
with zero where nothing happened. Who has no number has no place."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field
from sqlglot import exp

from metrics.errors import NotPermitted
from metrics.kinds.arithmetic import check_number
from metrics.model.schema import Model, PeopleFields
from metrics.plan.compile import nodes
from metrics.plan.compile.nodes import Node
from metrics.plan.grid.at import At
from metrics.plan.grid.num import Num
from metrics.plan.grid.peers import Peers, each_own, peers_around
from metrics.query import Scope, Value
from metrics.query.answer import Role
from metrics.query.measure import Measure

__all__ = ["Place", "PlaceGap", "PlaceOf", "PlaceTies"]


class _Placed(Measure):
    """`over`: what is ranked (None: what the question is broken down by). `member`: whose place (None: of every row;
    "@me"). `within`: among whom; "team" and "region" are those of the member."""

    ranks: ClassVar[bool] = True
    of: Measure
    over: str | None = None
    member: Value = None
    within: Scope = "all"

    def _peers(self, at: At) -> tuple[Peers, Num]:
        check_number(self.of.unit(at.world.model), self.subject())
        return peers_around(at, self.of, self.over, self.member, self.within)

    def _best_first(self, at: At) -> bool:
        return self.of.better(at.world.model)

    def of_each(self, people: PeopleFields) -> Measure | None:
        return each_own(self, people)


class Place(_Placed):
    """The place: 1 is the best."""

    kind: ClassVar[str] = "place"
    role: ClassVar[Role] = "rank"

    def num(self, at: At) -> Num:
        peers, value = self._peers(at)
        return peers.look(at, place_of(peers, value, best_first=self._best_first(at)))

    def unit(self, model: Model) -> str:
        return "rank"

    def label(self) -> str:
        return f"{self.of.label()}_rank"

    def better(self, model: Model) -> bool:
        return False


def place_of(peers: Peers, value: Num, *, best_first: bool) -> Num:
    def place(layer: int, number: Node) -> Node:
        order = [nodes.ordered(number, descending=best_first)]
        ranked = nodes.window(exp.Rank(), by=peers.apart(layer), order=order)
        return nodes.where_true(peers.has_place(number, layer), ranked)

    return peers.at.over_rows(place, value)


class PlaceOf(_Placed):
    """Of how many: peers with a number."""

    kind: ClassVar[str] = "place_of"
    role: ClassVar[Role] = "n"

    def num(self, at: At) -> Num:
        peers, value = self._peers(at)

        def count(layer: int, number: Node) -> Node:
            return peers.of_members(layer, nodes.window(exp.Count(this=number), by=peers.apart(layer)))

        counted = peers.at.over_rows(count, value)
        return peers.look(at, counted)

    def unit(self, model: Model) -> str:
        return "count"

    def label(self) -> str:
        return f"{self.of.label()}_n"


class PlaceTies(_Placed):
    """How many others have the same place."""

    kind: ClassVar[str] = "place_ties"
    role: ClassVar[Role] = "ties"

    def num(self, at: At) -> Num:
        peers, value = self._peers(at)

        def ties(layer: int, number: Node) -> Node:
            level = nodes.window(exp.Count(this=number), by=[*peers.apart(layer), number.copy()])
            counted = nodes.sub(level, nodes.number(1))
            return nodes.where_true(peers.has_place(number, layer), counted)

        return peers.look(at, peers.at.over_rows(ties, value))

    def unit(self, model: Model) -> str:
        return "count"

    def label(self) -> str:
        return f"{self.of.label()}_ties"


class PlaceGap(_Placed):
    """How far it is to the number of the next better place, or of the place `to`; 0 or n/a for who is there."""

    kind: ClassVar[str] = "place_gap"
    role: ClassVar[Role] = "next_gap"
    to: int | None = Field(default=None, ge=1, le=1000)

    def num(self, at: At) -> Num:
        peers, value = self._peers(at)
        if peers.cohort.open and self.to not in (None, 1):  # place by place it would tell everybody's number
            raise NotPermitted("gap_to_place", subject=self.subject())
        best_first = self._best_first(at)
        place = place_of(peers, value, best_first=best_first)
        worst: type[exp.Min] | type[exp.Max] = exp.Min if best_first else exp.Max

        def next_better(layer: int, number: Node) -> Node:
            # ties apart: the frame ends before those of the same number
            spec = exp.WindowSpec(kind="GROUPS", start="1", start_side="PRECEDING", end="1", end_side="PRECEDING")
            nearest: type[exp.Min] | type[exp.Max] = exp.Min if best_first else exp.Max
            made = nodes.window(
                nearest(this=number), by=peers.apart(layer), order=[nodes.ordered(number.copy(), descending=best_first)]
            )
            made.set("spec", spec)
            return peers.enough(layer, made, number.copy())

        def number_at(layer: int, number: Node, placed: Node) -> Node:
            reached = exp.LTE(this=placed, expression=nodes.number(self.to or 1))  # there may be no place k: 1, 1, 3
            held = exp.Case(ifs=[exp.If(this=reached, true=number)])
            return peers.enough(layer, nodes.window(worst(this=held), by=peers.apart(layer)), number.copy())

        there = (
            peers.at.over_rows(next_better, value) if self.to is None else peers.at.over_rows(number_at, value, place)
        )
        gap = peers.at.rowwise(self._gap, value, there, place)
        return peers.look(at, gap)

    def _gap(self, number: Node, there: Node, placed: Node) -> Node:
        behind = exp.GT(this=placed, expression=nodes.number(self.to or 1))
        distance = exp.Abs(this=nodes.sub(there, number))
        return exp.Case(ifs=[exp.If(this=behind, true=distance)])

    def unit(self, model: Model) -> str:
        return self.of.unit(model)

    def label(self) -> str:
        return f"{self.of.label()}_next_gap" if self.to is None else f"{self.of.label()}_gap_to_{self.to}"

    def better(self, model: Model) -> bool:
        return False
