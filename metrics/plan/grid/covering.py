"""The rows of targets of a metric against the window that they are wanted for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlglot import exp

from metrics.calendar.days import Pieces
from metrics.plan.compile import nodes
from metrics.plan.compile.nodes import Node
from metrics.plan.compile.prepared import Prepared
from metrics.plan.grid.dated_targets import dated_targets
from metrics.plan.grid.group import later
from metrics.plan.target_periods import SetTargets

__all__ = ["Covering", "both", "column", "named", "within"]


@dataclass(frozen=True, slots=True)
class Covering:
    """`pieces`: of the window; None: all time. `known`: of all targets of the metric; `least`: the shortest unit that
    they are set for ("month" between dates)."""

    metric: str
    known: SetTargets
    pieces: Pieces | None
    grain: str | None
    least: str

    def rows(self, prepared: Prepared, as_of: dt.date) -> exp.Select:
        """Beside the columns of `dated_targets`: _fits, within the window (the bucket); _cut, partly; _whole, it is the
        window; _held, days of it that count; _need, days that have to be covered."""
        fields = prepared.model.targets
        assert fields is not None
        rows = dated_targets(prepared, as_of, self.metric, self.known, self.least, self.grain)
        return within(rows, fields.dataset, self._measured(), None)

    def whose(self, prepared: Prepared, as_of: dt.date) -> list[Node]:
        """Whose rows are looked at together: those of a person (in a bucket)."""
        fields = prepared.model.targets
        assert fields is not None
        return [prepared.field(fields.person, as_of), *([column("_bucket")] if self.grain is not None else [])]

    # --- inside ------------------------------------------------------------------------------------------------------

    def _measured(self) -> list[Node]:
        fits, cut, same, need = self._against()
        held = _days(_latest([column("_start"), column("_from")]), _earliest([column("_end"), column("_until")]))
        # several stretches are no one window, but a bucket may hold just one of them
        one = self.grain is not None or len(self.pieces or ()) == 1
        every = exp.EQ(this=held.copy(), expression=exp.Paren(this=need.copy()))
        whole = both(same, every) if one else exp.Boolean(this=False)
        made = {"_fits": fits, "_cut": cut, "_whole": whole, "_need": need, "_held": held}
        return [nodes.aliased(node, name) for name, node in made.items()]

    def _against(self) -> tuple[Node, Node, Node, Node]:
        cells = self._cells()
        if not cells:
            return exp.Boolean(this=True), exp.Boolean(this=False), exp.Boolean(this=False), nodes.number(0)
        fits, cut, same, needs = [], [], [], []
        for low, high in cells:
            fits.append(
                both(exp.GTE(this=column("_start"), expression=low()), exp.LTE(this=column("_end"), expression=high()))
            )
            cut.append(
                both(exp.LT(this=column("_start"), expression=high()), exp.GT(this=column("_end"), expression=low()))
            )
            same.append(
                both(exp.EQ(this=column("_start"), expression=low()), exp.EQ(this=column("_end"), expression=high()))
            )
            needs.append(_days(_latest([low(), column("_from")]), _earliest([high(), column("_until")])))
        return _any(fits), _any(cut), _any(same), nodes.add(needs)

    def _cells(self) -> list[tuple[Callable[[], Node], Callable[[], Node]]]:
        """First day and the day after the last of each stretch of the window, within the bucket; none of all time."""
        grain = self.grain
        if grain is None:
            return [(_edge(a), _edge(b)) for a, b in self.pieces or ()]

        def after() -> Node:
            return later(column("_bucket"), grain, 1)

        if self.pieces is None:
            return [(lambda: column("_bucket"), after)]

        def inside(a: dt.date | None, b: dt.date | None) -> tuple[Callable[[], Node], Callable[[], Node]]:
            low, high = _edge(a), _edge(b)
            return lambda: _latest([low(), column("_bucket")]), lambda: _earliest([high(), after()])

        return [inside(a, b) for a, b in self.pieces]


# --- small parts -----------------------------------------------------------------------------------------------------


def within(rows: exp.Select, name: str, more: Sequence[Node], where: Node | None) -> exp.Select:
    return nodes.select([exp.Star(), *more], source=named(rows, name), where=where)


def named(rows: exp.Select, name: str) -> Node:
    return exp.Subquery(this=rows, alias=exp.TableAlias(this=nodes.ident(name)))


def column(name: str) -> exp.Column:
    return nodes.col(name)


def _edge(day: dt.date | None) -> Callable[[], Node]:
    assert day is not None
    return lambda: nodes.date(day)


def both(left: Node, right: Node) -> Node:
    made = nodes.all_of((left, right))
    assert made is not None
    return exp.Paren(this=made)


def _any(parts: Sequence[Node]) -> Node:
    made = nodes.any_of(parts)
    assert made is not None
    return made


def _latest(days: Sequence[Node]) -> Node:
    return exp.Greatest(this=days[0], expressions=list(days[1:]), ignore_nulls=True)


def _earliest(days: Sequence[Node]) -> Node:
    return exp.Least(this=days[0], expressions=list(days[1:]), ignore_nulls=True)


def _days(start: Node, end: Node) -> Node:
    """From one day to the other; 0 where there are none."""
    between = exp.DateDiff(this=end, expression=start, unit=exp.Var(this="DAY"))
    return exp.Greatest(this=nodes.number(0), expressions=[between], ignore_nulls=True)
