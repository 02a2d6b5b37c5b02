"""Which of the stored targets make up the one of a window, person by person.

A person's targets may be set for months, quarters, years or between dates, several of these at once. Of a window (of
each bucket of it) those are taken whose periods tile it: the one that is the window, else the shortest, else the
longest; never two of one day, never a part of one. What has to be covered is the window as far as the person was there
(by whole units: who comes in the middle of a month needs no target for it), and as far as any targets of the metric are
set. Who has targets that do not tile it has none, and why is said.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from sqlglot import exp

from metrics.calendar.days import Pieces
from metrics.plan.compile import nodes
from metrics.plan.compile.nodes import Node
from metrics.plan.compile.prepared import Measure as Aggregate
from metrics.plan.compile.prepared import Prepared
from metrics.plan.grid.dated_targets import FIRST, LAST, dated_targets
from metrics.plan.grid.group import Cell, later
from metrics.plan.target_periods import SetTargets

__all__ = ["SEPARATOR", "Tiling"]

SEPARATOR = "¶"  # between what rows say of themselves


@dataclass(frozen=True, slots=True)
class Tiling:
    """`pieces`: of the window; None: all time. `exact`: only a target of exactly the window, or bucket, is taken: those
    of a rate do not add up. `known`: of all targets of the metric; `least`: the shortest unit that they are set for
    ("month" between dates)."""

    metric: str
    known: SetTargets
    pieces: Pieces | None
    grain: str | None
    exact: bool
    least: str

    def cell(self, place: Cell) -> Cell:
        """Where it is aggregated: all rows are read, which of them count is said by `source`."""
        return replace(place, picked=self)

    def source(self, prepared: Prepared, as_of: dt.date) -> Node:
        """The rows of targets of the metric, in the place of their table, with how they are taken."""
        fields = prepared.model.targets
        assert fields is not None
        name = fields.dataset
        rows = _within(
            dated_targets(prepared, as_of, self.metric, self.known, self.least, self.grain),
            name,
            self._measured(),
            None,
        )
        wanted = exp.Or(this=_c("_fits"), expression=exp.Paren(this=exp.And(this=_c("_cut"), expression=_missed())))
        whose = [prepared.field(fields.person, as_of), *([_c("_bucket")] if self.grain is not None else [])]
        rows = _within(rows, name, _neighbours(whose), wanted)
        rows = _within(rows, name, [nodes.aliased(self._how(whose), "_how")], None)
        return _named(rows, name)

    def aggregates(self, prepared: Prepared, as_of: dt.date) -> tuple[Aggregate, Aggregate]:
        """The sum of what is taken; and what rows say of themselves, joined by SEPARATOR: "taken:period",
        or why somebody's are not taken ("cut", "parts", "twice") and whose they are."""
        fields = prepared.model.targets
        assert fields is not None
        taken = _taken()
        amount = exp.Case(ifs=[exp.If(this=taken, true=prepared.field(fields.amount, as_of))])
        said = _joined([nodes.text("taken:"), _c("_period")])
        left = _joined([_c("_how"), nodes.text(":"), _text(prepared.field(fields.person, as_of))])
        failed = nodes.in_list(_c("_how"), ("cut", "parts", "twice"))
        told = exp.Case(ifs=[exp.If(this=taken.copy(), true=said), exp.If(this=failed, true=left)])
        every = exp.GroupConcat(this=exp.Distinct(expressions=[told]), separator=nodes.text(SEPARATOR))
        used = (fields.dataset,)
        return (
            Aggregate("target", exp.Sum(this=amount), fields.dataset, used, filled=False),
            Aggregate("target said", every, fields.dataset, used, filled=False),
        )

    # --- against the window ------------------------------------------------------------------------------------------

    def _measured(self) -> list[Node]:
        """_fits: within the window (the bucket); _cut: partly; _whole: it is the window; _held: days of it that count;
        _need: days that have to be covered."""
        fits, cut, same, need = self._against()
        held = _days(_latest([_c("_start"), _c("_from")]), _earliest([_c("_end"), _c("_until")]))
        # several stretches are no one window, but a bucket may hold just one of them
        one = self.grain is not None or len(self.pieces or ()) == 1
        every = exp.EQ(this=held.copy(), expression=exp.Paren(this=need.copy()))
        whole = _both(same, every) if one else exp.Boolean(this=False)
        made = {"_fits": fits, "_cut": cut, "_whole": whole, "_need": need, "_held": held}
        return [nodes.aliased(node, name) for name, node in made.items()]

    def _against(self) -> tuple[Node, Node, Node, Node]:
        cells = self._cells()
        if not cells:
            return exp.Boolean(this=True), exp.Boolean(this=False), exp.Boolean(this=False), nodes.number(0)
        fits, cut, same, needs = [], [], [], []
        for low, high in cells:
            fits.append(
                _both(exp.GTE(this=_c("_start"), expression=low()), exp.LTE(this=_c("_end"), expression=high()))
            )
            cut.append(_both(exp.LT(this=_c("_start"), expression=high()), exp.GT(this=_c("_end"), expression=low())))
            same.append(_both(exp.EQ(this=_c("_start"), expression=low()), exp.EQ(this=_c("_end"), expression=high())))
            needs.append(_days(_latest([low(), _c("_from")]), _earliest([high(), _c("_until")])))
        return _any(fits), _any(cut), _any(same), nodes.add(needs)

    def _cells(self) -> list[tuple[Callable[[], Node], Callable[[], Node]]]:
        """First day and the day after the last of each stretch of the window, within the bucket; none of all time."""
        grain = self.grain
        if grain is None:
            return [(_edge(a), _edge(b)) for a, b in self.pieces or ()]

        def after() -> Node:
            return later(_c("_bucket"), grain, 1)

        if self.pieces is None:
            return [(lambda: _c("_bucket"), after)]

        def within(a: dt.date | None, b: dt.date | None) -> tuple[Callable[[], Node], Callable[[], Node]]:
            low, high = _edge(a), _edge(b)
            return lambda: _latest([low(), _c("_bucket")]), lambda: _earliest([high(), after()])

        return [within(a, b) for a, b in self.pieces]

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
            held = exp.Case(ifs=[exp.If(this=which, true=_c("_held"))], default=nodes.number(0))
            whole = exp.EQ(this=of_all(exp.Sum, held), expression=_c("_need"))
            return _both(exp.Not(this=any_row(clash)), whole)

        every = self.pieces is None and self.grain is None
        ways: list[tuple[Node, Literal["twice", "whole", "fine", "top", "cut"]]] = [
            (any_row(exp.GT(this=_c("_same"), expression=nodes.number(1))), "twice"),
            (any_row(_c("_whole")), "whole"),
        ]
        if every:
            ways = [ways[0], (exp.Not(this=any_row(_clash_of_top())), "top")]
        elif not self.exact:
            ways += [(tiles(_is_fine(), _clash_of_fine()), "fine"), (tiles(_is_top(), _clash_of_top()), "top")]
        ways.append((exp.Not(this=any_row(_c("_fits"))), "cut"))
        return exp.Case(
            ifs=[exp.If(this=when, true=nodes.text(how)) for when, how in ways],
            default=nodes.text("cut" if self.exact else "parts"),
        )


def _neighbours(whose: Sequence[Node]) -> list[Node]:
    """Of the rows of one person that fit, by their first day, longer ones first: _before, the last day of any before;
    _inside and _next, the first last day and the first day of any behind; _same, how many of this very period."""

    def seen(call: Node, start: str | Node, start_side: str | None, end: str | Node, end_side: str | None) -> Node:
        order = [nodes.ordered(_c("_start")), nodes.ordered(_c("_end"), descending=True)]
        made = nodes.window(call, by=[*(w.copy() for w in whose), _c("_fits")], order=order)
        spec = exp.WindowSpec(kind="ROWS", start=start, start_side=start_side, end=end, end_side=end_side)
        made.set("spec", spec)
        return made

    one = nodes.number(1)
    before = seen(exp.Max(this=_c("_end")), "UNBOUNDED", "PRECEDING", one, "PRECEDING")
    inside = seen(exp.Min(this=_c("_end")), one.copy(), "FOLLOWING", "UNBOUNDED", "FOLLOWING")
    behind = seen(exp.Min(this=_c("_start")), one.copy(), "FOLLOWING", "UNBOUNDED", "FOLLOWING")
    same = nodes.window(exp.Count(this=exp.Star()), by=[*(w.copy() for w in whose), _c("_start"), _c("_end")])
    made = {"_before": before, "_inside": inside, "_next": behind, "_same": same}
    return [nodes.aliased(node, name) for name, node in made.items()]


def _is_fine() -> Node:
    """No other lies within it."""
    return _both(_c("_fits"), exp.GT(this=nodes.coalesce(_c("_inside"), nodes.date(LAST)), expression=_c("_end")))


def _is_top() -> Node:
    """It lies within no other."""
    return _both(_c("_fits"), exp.LT(this=nodes.coalesce(_c("_before"), nodes.date(FIRST)), expression=_c("_end")))


def _clash_of_fine() -> Node:
    return _both(_is_fine(), exp.LT(this=_c("_next"), expression=_c("_end")))


def _clash_of_top() -> Node:
    return _both(_is_top(), exp.GT(this=_c("_before"), expression=_c("_start")))


def _taken() -> Node:
    which = {"whole": _c("_whole"), "fine": _is_fine(), "top": _is_top()}
    ifs = [exp.If(this=exp.EQ(this=_c("_how"), expression=nodes.text(how)), true=row) for how, row in which.items()]
    return exp.Case(ifs=ifs, default=exp.Boolean(this=False))


def _missed() -> Node:
    return exp.GT(this=_c("_need"), expression=nodes.number(0))


# --- small parts -----------------------------------------------------------------------------------------------------


def _within(rows: exp.Select, name: str, more: Sequence[Node], where: Node | None) -> exp.Select:
    return nodes.select([exp.Star(), *more], source=_named(rows, name), where=where)


def _named(rows: exp.Select, name: str) -> Node:
    return exp.Subquery(this=rows, alias=exp.TableAlias(this=nodes.ident(name)))


def _c(name: str) -> exp.Column:
    return nodes.col(name)


def _edge(day: dt.date | None) -> Callable[[], Node]:
    assert day is not None
    return lambda: nodes.date(day)


def _both(left: Node, right: Node) -> Node:
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


def _text(node: Node) -> Node:
    return nodes.cast(node, exp.DType.TEXT)


def _joined(parts: Sequence[Node]) -> Node:
    made = parts[0]
    for part in parts[1:]:
        made = exp.DPipe(this=made, expression=part)
    return made
