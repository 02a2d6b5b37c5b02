"""What the others do: the average of the peers, theirs together for a ratio."""

from __future__ import annotations

from typing import ClassVar

from sqlglot import exp

from metrics.kinds.arithmetic import check_number
from metrics.model.schema import Model, PeopleFields
from metrics.plan.compile import nodes
from metrics.plan.compile.nodes import Node
from metrics.plan.grid.at import At
from metrics.plan.grid.num import Num
from metrics.plan.grid.peers import each_own, peers_around
from metrics.query import Scope, Value
from metrics.query.answer import Role
from metrics.query.measure import Measure

__all__ = ["PeerAverage"]


class PeerAverage(Measure):
    """Of measures that add up the mean over the peers (active people of the scope, zero where nothing happened); of
    others the number of the whole peer group, never an average of averages. `over`, `member`, `within` as for a
    place."""

    kind: ClassVar[str] = "peer_average"
    role: ClassVar[Role] = "benchmark"
    of: Measure
    over: str | None = None
    member: Value = None
    within: Scope = "team"

    def num(self, at: At) -> Num:
        model = at.world.model
        check_number(self.of.unit(model), self.subject())
        peers, value = peers_around(at, self.of, self.over, self.member, self.within, average=True)
        if not self.of.adds_up(model):
            whole = peers.members().coarser(peers.keys_apart, peers.at.grain).num(self.of)
            return peers.look(
                at, peers.at.over_rows(lambda *told: peers.of_members(told[0], peers.enough(*told)), whole, value)
            )

        def mean(layer: int, number: Node) -> Node:
            made = peers.enough(layer, nodes.window(exp.Avg(this=number), by=peers.apart(layer)), number.copy())
            return peers.of_members(layer, made)

        return peers.look(at, peers.at.over_rows(mean, value))

    def of_each(self, people: PeopleFields) -> Measure | None:
        return each_own(self, people)

    def unit(self, model: Model) -> str:
        return self.of.unit(model)

    def label(self) -> str:
        return f"{self.of.label()}_benchmark"
