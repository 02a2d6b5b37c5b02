"""Which of the stored targets make up the one of a window, person by person.

A person's targets may be set for months, quarters, years or between dates, several of these at once. Of a window (of
each bucket of it) those are taken whose periods tile it: the one that is the window, else the shortest, else the
longest; never two of one day, never a part of one. What has to be covered is the window as far as the person was there
(by whole units: who comes in the middle of a month needs no target for it), and as far as any targets of the metric are
set. Who has targets that do not tile it has none, and why is said.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from sqlglot import exp

from metrics.plan.compile import nodes
from metrics.plan.compile.nodes import Node
from metrics.plan.compile.prepared import Measure as Aggregate
from metrics.plan.compile.prepared import Prepared
from metrics.plan.grid.covering import Covering, both, column, named, within
from metrics.plan.grid.dated_targets import FIRST, LAST
from metrics.plan.grid.group import Cell

__all__ = ["SEPARATOR", "Tiling"]

SEPARATOR = "¶"  # between what rows say of themselves


@dataclass(frozen=True, slots=True)
class Tiling:
    """`exact`: only a target of exactly the window, or bucket, is taken: those of a rate do not add up."""

    window: Covering
    exact: bool

    def cell(self, place: Cell) -> Cell:
        """Where it is aggregated: all rows are read, which of them count is said by `source`."""
        return replace(place, picked=self)

    def source(self, prepared: Prepared, as_of: dt.date) -> Node:
        """The rows of targets of the metric, in the place of their table, with how they are taken."""
        fields = prepared.model.targets
        assert fields is not None
        name = fields.dataset
        whose = self.window.whose(prepared, as_of)
        wanted = exp.Or(
            this=column("_fits"), expression=exp.Paren(this=exp.And(this=column("_cut"), expression=_missed()))
        )
        rows = self.window.rows(prepared, as_of)
        rows = within(rows, name, _neighbours(whose), wanted)
        rows = within(rows, name, [nodes.aliased(self._how(whose), "_how")], None)
        return named(rows, name)

    def aggregates(self, prepared: Prepared, as_of: dt.date) -> tuple[Aggregate, Aggregate]:
        """The sum of what is taken; and what rows say of themselves, joined by SEPARATOR: "taken:period",
        or why somebody's are not taken ("cut", "parts", "twice") and whose they are."""
        fields = prepared.model.targets
        assert fields is not None
        taken = _taken()
        amount = exp.Case(ifs=[exp.If(this=taken, true=prepared.field(fields.amount, as_of))])
        said = _joined([nodes.text("taken:"), column("_period")])
        left = _joined([column("_how"), nodes.text(":"), _text(prepared.field(fields.person, as_of))])
        failed = nodes.in_list(column("_how"), ("cut", "parts", "twice"))
        told = exp.Case(ifs=[exp.If(this=taken.copy(), true=said), exp.If(this=failed, true=left)])
        every = exp.GroupConcat(this=exp.Distinct(expressions=[told]), separator=nodes.text(SEPARATOR))
        used = (fields.dataset,)
        return (
            Aggregate("target", exp.Sum(this=amount), fields.dataset, used, filled=False),
            Aggregate("target said", every, fields.dataset, used, filled=False),
        )

    # --- which are taken ---------------------------------------------------------------------------------------------

    def _how(self, whose: Sequence[Node]) -> Node:
        """Of all rows of a person (in a bucket) one word: which are taken, or why none is."""

        def of_all(call: type[exp.AggFunc], row: Node) -> Node:
            return nodes.window(call(this=row), by=[w.copy() for w in whose])

        def flag(when: Node) -> Node:
            return exp.Case(ifs=[exp.If(this=when, true=nodes.number(1))], default=nodes.number(0))

        def any_row(when: Node) -> Node:
            return exp.EQ(this=of_all(exp.Max, flag(when)), expression=nodes.number(1))

        def tiles(which: Node, clash: Node) -> Node:
            held = exp.Case(ifs=[exp.If(this=which, true=column("_held"))], default=nodes.number(0))
            whole = exp.EQ(this=of_all(exp.Sum, held), expression=column("_need"))
            return both(exp.Not(this=any_row(clash)), whole)

        every = self.window.pieces is None and self.window.grain is None
        ways: list[tuple[Node, Literal["twice", "whole", "fine", "top", "cut"]]] = [
            (any_row(exp.GT(this=column("_same"), expression=nodes.number(1))), "twice"),
            (any_row(column("_whole")), "whole"),
        ]
        if every:
            ways = [ways[0], (exp.Not(this=any_row(_clash_of_top())), "top")]
        elif not self.exact:
            ways += [(tiles(_is_fine(), _clash_of_fine()), "fine"), (tiles(_is_top(), _clash_of_top()), "top")]
        ways.append((exp.Not(this=any_row(column("_fits"))), "cut"))
        return exp.Case(
            ifs=[exp.If(this=when, true=nodes.text(how)) for when, how in ways],
            default=nodes.text("cut" if self.exact else "parts"),
        )


def _neighbours(whose: Sequence[Node]) -> list[Node]:
    """Of the rows of one person that fit, by their first day, longer ones first: _before, the last day of any before;
    _inside and _next, the first last day and the first day of any behind; _same, how many of this very period."""

    def seen(call: Node, start: str | Node, start_side: str | None, end: str | Node, end_side: str | None) -> Node:
        order = [nodes.ordered(column("_start")), nodes.ordered(column("_end"), descending=True)]
        made = nodes.window(call, by=[*(w.copy() for w in whose), column("_fits")], order=order)
        spec = exp.WindowSpec(kind="ROWS", start=start, start_side=start_side, end=end, end_side=end_side)
        made.set("spec", spec)
        return made

    one = nodes.number(1)
    before = seen(exp.Max(this=column("_end")), "UNBOUNDED", "PRECEDING", one, "PRECEDING")
    inside = seen(exp.Min(this=column("_end")), one.copy(), "FOLLOWING", "UNBOUNDED", "FOLLOWING")
    behind = seen(exp.Min(this=column("_start")), one.copy(), "FOLLOWING", "UNBOUNDED", "FOLLOWING")
    same = nodes.window(exp.Count(this=exp.Star()), by=[*(w.copy() for w in whose), column("_start"), column("_end")])
    made = {"_before": before, "_inside": inside, "_next": behind, "_same": same}
    return [nodes.aliased(node, name) for name, node in made.items()]


def _is_fine() -> Node:
    """No other lies within it."""
    return both(
        column("_fits"), exp.GT(this=nodes.coalesce(column("_inside"), nodes.date(LAST)), expression=column("_end"))
    )


def _is_top() -> Node:
    """It lies within no other."""
    return both(
        column("_fits"), exp.LT(this=nodes.coalesce(column("_before"), nodes.date(FIRST)), expression=column("_end"))
    )


def _clash_of_fine() -> Node:
    return both(_is_fine(), exp.LT(this=column("_next"), expression=column("_end")))


def _clash_of_top() -> Node:
    return both(_is_top(), exp.GT(this=column("_before"), expression=column("_start")))


def _taken() -> Node:
    which = {"whole": column("_whole"), "fine": _is_fine(), "top": _is_top()}
    ifs = [exp.If(this=exp.EQ(this=column("_how"), expression=nodes.text(how)), true=row) for how, row in which.items()]
    return exp.Case(ifs=ifs, default=exp.Boolean(this=False))


def _missed() -> Node:
    return exp.GT(this=column("_need"), expression=nodes.number(0))


# --- small parts -----------------------------------------------------------------------------------------------------


def _text(node: Node) -> Node:
    return nodes.cast(node, exp.DType.TEXT)


def _joined(parts: Sequence[Node]) -> Node:
    made = parts[0]
    for part in parts[1:]:
        made = exp.DPipe(this=made, expression=part)
    return made
