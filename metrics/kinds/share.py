"""A part of a whole."""

from __future__ import annotations

from typing import ClassVar

from sqlglot import exp

from metrics.errors import UnsupportedCombination
from metrics.kinds.folded import fold
from metrics.model.schema import Model
from metrics.plan.compile import nodes
from metrics.plan.compile.nodes import Node
from metrics.plan.grid.at import At
from metrics.plan.grid.num import Num
from metrics.query import Scope
from metrics.query.answer import Role
from metrics.query.measure import Measure

__all__ = ["Share", "Total"]


class Total(Measure):
    """The measure of all members of `over` together (None: of all fields it is broken down by): worked out anew over
    their rows, so that ratios and distinct counts are those of the whole. `scope` and `lift` as for a share."""

    kind: ClassVar[str] = "total"
    role: ClassVar[Role] = "total"
    of: Measure
    over: tuple[str, ...] | None = None
    scope: Scope | None = None
    lift: tuple[str, ...] = ()

    def num(self, at: At) -> Num:
        if self.scope is not None or self.lift:
            return _wider(at, self.over or self.lift, self.scope, self.lift).num(self.of)
        if self.over is None:
            return at.coarser((), at.grain).num(self.of)
        unknown = [field for field in self.over if field not in at.keys]
        if unknown:
            raise UnsupportedCombination("not_broken_down_by", subject=unknown[0])
        return at.coarser(at.without(self.over), at.grain).num(self.of)

    def unit(self, model: Model) -> str:
        return self.of.unit(model)

    def label(self) -> str:
        return f"{self.of.label()}_total"


class Share(Measure):
    """The part that a row has of a whole, of measures whose parts add up. Of all members of `over` (None: of everything
    it is broken down by); or, with `scope` or `lift`, of wider rows: those of a wider scope ("my share of the team"),
    or without the conditions on some fields ("East's share of sales")."""

    kind: ClassVar[str] = "share"
    role: ClassVar[Role] = "share"
    of: Measure
    over: tuple[str, ...] | None = None
    scope: Scope | None = None
    lift: tuple[str, ...] = ()

    def num(self, at: At) -> Num:
        if not self.of.adds_up(at.world.model):
            raise UnsupportedCombination("share_of_ratio", subject=self.subject())
        if self.scope is not None or self.lift:
            return at.rowwise(
                nodes.ratio, at.num(self.of), _wider(at, self.over or self.lift, self.scope, self.lift).num(self.of)
            )
        over = at.keys if self.over is None else self.over
        unknown = [field for field in over if field not in at.keys]
        if unknown or not over:
            raise UnsupportedCombination("not_broken_down_by", subject=unknown[0] if unknown else "")
        people = at.world.model.people
        if people is not None and {people.id, people.name} & set(over) and not at.open:
            at.world.sight.folded((*at.where, *at.scope), at.world.windows.active(at.window))
        kept, value = at.without(over), at.num(self.of)
        if not at.home:
            return at.rowwise(nodes.ratio, value, self._folded(at, kept))

        def share(layer: int, part: Node, whole: Node) -> Node:
            within = [at.grid.key(k, layer) for k in kept]
            within += [at.grid.bucket(layer)] if at.grain is not None else []
            return nodes.ratio(part, nodes.window(exp.Sum(this=whole), by=within))

        return at.over_rows(share, value, value)

    def _folded(self, at: At, kept: tuple[str, ...]) -> Num:
        """The whole where the rows of the grid are not those of this place (another period beside buckets)."""
        inner = at.finer(at.keys, at.grain)
        built = inner.grid.build({"value": inner.num(self.of)}, flat=True)
        added = exp.Sum(this=built.columns["value"]())
        return fold(at.coarser(kept, at.grain), inner, added, [], built)

    def unit(self, model: Model) -> str:
        return "percent"

    def label(self) -> str:
        return f"{self.of.label()}_share"


def _wider(at: At, over: tuple[str, ...], scope: Scope | None, lift: tuple[str, ...]) -> At:
    return at.wider(scope, lift).coarser(at.without(over), at.grain)
