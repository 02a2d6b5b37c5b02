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
from dataclasses import dataclass
from typing import Literal

from sqlglot import exp

from metrics.calendar.days import Pieces
from metrics.calendar.units import MONTHS
from metrics.model.schema import TargetFields
from metrics.plan.bound import Condition
from metrics.plan.compile import nodes
from metrics.plan.compile.nodes import Node
from metrics.plan.compile.prepared import Measure as Aggregate
from metrics.plan.compile.prepared import Prepared
from metrics.plan.compile.rows import Rows
from metrics.plan.grid.group import later
from metrics.plan.target_periods import period_text

__all__ = ["SEPARATOR", "Tiling"]

SEPARATOR = "¶"  # between what rows say of themselves
ONE_DAY = exp.Interval(this=exp.Literal(this="1", is_string=True), unit=exp.Var(this="DAY"))
FIRST, LAST = dt.date.min, dt.date.max


@dataclass(frozen=True, slots=True)
class Tiling:
    """`pieces`: of the window; None: all time. `exact`: only a target of exactly the window, or bucket, is taken: those
    of a rate do not add up. `least`: the shortest unit that targets are set for ("month" between dates)."""

    metric: str
    pieces: Pieces | None
    grain: str | None
    exact: bool
    least: str

    def source(self, prepared: Prepared, as_of: dt.date) -> Node:
        """The rows of targets of the metric, in the place of their table, with how they are taken."""
        fields = prepared.model.targets
        assert fields is not None
        name = fields.dataset
        rows = _within(self._dated(prepared, fields, as_of), name, self._measured(), None)
        wanted = exp.Or(this=_c("_fits"), expression=exp.Paren(this=exp.And(this=_c("_cut"), expression=_missed())))
        whose = [prepared.field(fields.person, as_of), *([_c("_bucket")] if self.grain is not None else [])]
        rows = _within(rows, name, _neighbours(whose), wanted)
        rows = _within(rows, name, [nodes.aliased(self._how(whose), "_how")], None)
        return _named(rows, name)

    def aggregates(self, prepared: Prepared, as_of: dt.date) -> tuple[Aggregate, Aggregate]:
        """The sum of what is taken; and what rows say of themselves, joined by SEPARATOR: "taken:period:first:last"
        (of all that are set), or why somebody's are not taken ("cut", "parts", "twice") and whose they are."""
        fields = prepared.model.targets
        assert fields is not None
        taken = _taken()
        amount = exp.Case(ifs=[exp.If(this=taken, true=prepared.field(fields.amount, as_of))])
        days = [exp.Literal(this=":", is_string=True), _text(_c("_first")), nodes.text(":"), _text(_c("_last"))]
        said = _joined([nodes.text("taken:"), _c("_period"), *days])
        left = _joined([_c("_how"), nodes.text(":"), _text(prepared.field(fields.person, as_of))])
        failed = nodes.in_list(_c("_how"), ("cut", "parts", "twice"))
        told = exp.Case(ifs=[exp.If(this=taken.copy(), true=said), exp.If(this=failed, true=left)])
        every = exp.GroupConcat(this=exp.Distinct(expressions=[told]), separator=nodes.text(SEPARATOR))
        used = (fields.dataset,)
        return (
            Aggregate("target", exp.Sum(this=amount), fields.dataset, used, filled=False),
            Aggregate("target said", every, fields.dataset, used, filled=False),
        )

    # --- the period of each row, and whose it is ---------------------------------------------------------------------

    def _dated(self, prepared: Prepared, fields: TargetFields, as_of: dt.date) -> exp.Select:
        """_start, _end: of the row; _first, _last: of all rows; _from, _until: between which the person needs one."""
        rows = Rows(prepared, fields.dataset, as_of)
        rows.keep(Condition(fields.metric, "in", (self.metric,)))
        ends = {
            "month": lambda: later(_month(_day(rows, fields.start)), "month", 1),
            "quarter": lambda: later(_day(rows, fields.start), "quarter", 1),
            "year": lambda: later(_day(rows, fields.start), "year", 1),
            "dates": lambda: _next_day(_day(rows, fields.end or fields.start)),
        }

        def start() -> Node:
            month, day = _month(_day(rows, fields.start)), _day(rows, fields.start)
            return _by_period(rows, fields, {"month": month, "quarter": day, "year": day.copy(), "dates": day.copy()})

        def end() -> Node:
            known = {p: make() for p, make in ends.items() if p != "dates" or fields.end is not None}
            return _by_period(rows, fields, known)

        first = exp.Window(this=exp.Min(this=start()), over="OVER")
        last = exp.Window(this=exp.Max(this=end()), over="OVER")
        lo, hi = self._there(prepared, rows)
        star = exp.Column(this=exp.Star(), table=nodes.ident(fields.dataset))
        outputs: list[Node] = [
            star,
            nodes.aliased(start(), "_start"),
            nodes.aliased(end(), "_end"),
            nodes.aliased(_said_period(rows, fields), "_period"),
            nodes.aliased(first, "_first"),
            nodes.aliased(last, "_last"),
            nodes.aliased(_latest([lo, first.copy()]), "_from"),
            nodes.aliased(_earliest([hi, last.copy()]), "_until"),
        ]
        if self.grain is not None:
            outputs.append(nodes.aliased(rows.bucket(fields.start, self.grain), "_bucket"))
        return nodes.select(outputs, source=rows.source, joins=rows.joins, where=nodes.all_of(rows.where))

    def _there(self, prepared: Prepared, rows: Rows) -> tuple[Node, Node]:
        """The first unit that begins, and the day after the last that ends, while the person is there."""
        people = prepared.model.people
        calendar = prepared.model.calendar
        since = people.active_from if people is not None else None
        until = people.active_to if people is not None else None
        lo: Node = nodes.date(FIRST)
        hi: Node = nodes.date(LAST)
        if since is not None:
            before = exp.Sub(this=_day(rows, since), expression=ONE_DAY.copy())
            began = _unit_start(nodes.cast(before, exp.DType.DATE), self.least, calendar.fiscal_year_start)
            lo = nodes.coalesce(later(began, self.least, 1), lo)
        if until is not None:
            left = _unit_start(_next_day(_day(rows, until)), self.least, calendar.fiscal_year_start)
            hi = nodes.coalesce(left, hi)
        return lo, hi

    # --- against the window ------------------------------------------------------------------------------------------

    def _measured(self) -> list[Node]:
        """_fits: within the window (the bucket); _cut: partly; _whole: it is the window; _held: days of it that count;
        _need: days that have to be covered."""
        fits, cut, whole, need = self._against()
        held = _days(_latest([_c("_start"), _c("_from")]), _earliest([_c("_end"), _c("_until")]))
        made = {"_fits": fits, "_cut": cut, "_whole": whole, "_need": need, "_held": held}
        return [nodes.aliased(node, name) for name, node in made.items()]

    def _against(self) -> tuple[Node, Node, Node, Node]:
        cells = self._cells()
        if not cells:
            return exp.Boolean(this=True), exp.Boolean(this=False), exp.Boolean(this=False), nodes.number(0)
        one = len(cells) == 1
        fits, cut, needs = [], [], []
        for low, high in cells:
            fits.append(_both(exp.GTE(this=_c("_start"), expression=low()), exp.LTE(this=_c("_end"), expression=high())))
            cut.append(_both(exp.LT(this=_c("_start"), expression=high()), exp.GT(this=_c("_end"), expression=low())))
            needs.append(_days(_latest([low(), _c("_from")]), _earliest([high(), _c("_until")])))
        low, high = cells[0]
        same = _both(exp.EQ(this=_c("_start"), expression=low()), exp.EQ(this=_c("_end"), expression=high()))
        fitting, cutting = nodes.any_of(fits), nodes.any_of(cut)
        assert fitting is not None and cutting is not None
        return fitting, cutting, same if one else exp.Boolean(this=False), nodes.add(needs)

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


def _day(rows: Rows, field_id: str) -> Node:
    return nodes.cast(rows.field(field_id), exp.DType.DATE)


def _next_day(day: Node) -> Node:
    return nodes.cast(exp.Add(this=day, expression=ONE_DAY.copy()), exp.DType.DATE)


def _month(day: Node) -> Node:
    return _truncated(day, "MONTH")


def _truncated(day: Node, unit: str) -> Node:
    return nodes.cast(exp.DateTrunc(this=day, unit=exp.Var(this=unit)), exp.DType.DATE)  # type: ignore[no-untyped-call]


def _unit_start(day: Node, unit: str, fiscal_year_start: int) -> Node:
    """The first day of the unit of a fiscal year that holds the day."""
    ahead = (fiscal_year_start - 1) % MONTHS[unit]
    if not ahead:
        return _truncated(day, unit.upper())
    return later(_truncated(later(day, "month", -ahead), unit.upper()), "month", ahead)


def _said_period(rows: Rows, fields: TargetFields) -> Node:
    return period_text(rows, fields.period) if fields.mixed else nodes.text(fields.period)


def _by_period(rows: Rows, fields: TargetFields, made: dict[str, Node]) -> Node:
    """What holds for the period of the row; of an unknown one NULL."""
    if not fields.mixed:
        return made[fields.period]
    said = [(exp.EQ(this=_said_period(rows, fields), expression=nodes.text(p)), node) for p, node in made.items()]
    return exp.Case(ifs=[exp.If(this=when, true=node) for when, node in said])
