"""The numbers derived from the aggregated ones, and the columns of the answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from metrics.plan.bound import BoundQuery
from metrics.plan.compile import nodes
from metrics.plan.compile.nodes import Node
from metrics.plan.compile.sheet import Sheet
from metrics.query import Having
from metrics.query.answer import Column, Role

__all__ = ["Output", "derive", "having_node", "outputs_of", "symbol_of"]

Maker = Callable[[], Node]


@dataclass(frozen=True, slots=True)
class Output:
    """A column of the answer and the number it shows."""

    column: Column
    symbol: str


def derive(bound: BoundQuery, sheet: Sheet) -> None:
    """Put changes, attainment, differences, totals and shares on the sheet."""
    if bound.trend is not None and bound.trend.lag:
        _lagged(bound, sheet)
    for i in range(len(bound.metrics)):
        c, p, g = f"c{i}", f"p{i}", f"g{i}"
        if p in sheet:
            sheet.put(f"d{i}", _made(sheet, nodes.sub, c, p))
            sheet.put(f"e{i}", _made(sheet, _growth, c, p))
        if g in sheet:
            sheet.put(f"a{i}", _made(sheet, nodes.ratio, c, g))
            sheet.put(f"h{i}", _made(sheet, nodes.sub, g, c))
    if "b0" in sheet:
        sheet.put("f0", lambda: nodes.sub(sheet.get("c0"), sheet.get("b0")))
    if bound.share is not None:
        windowed = False
        if "total" not in sheet:
            windowed = True
            per_bucket = bound.trend is not None and bool(bound.keys)
            sheet.put(
                "total", lambda: nodes.window(exp.Sum(this=sheet.get("c0")), by=[sheet.get("t")] if per_bucket else [])
            )
        if windowed and bound.query.share is not None and (bound.share.reach is not None or bound.rank is not None):
            sheet.wrap("_shared")
        sheet.put("share", lambda: nodes.ratio(sheet.get("c0"), sheet.get("total")))


def _made(sheet: Sheet, make: Callable[[Node, Node], Node], left: str, right: str) -> Maker:
    return lambda: make(sheet.get(left), sheet.get(right))


def _growth(current: Node, earlier: Node) -> Node:
    """Against a base of zero, below zero or none there is no percentage."""
    positive = exp.GT(this=earlier, expression=nodes.number(0))
    return exp.Case(ifs=[exp.If(this=positive, true=nodes.ratio(nodes.sub(current, earlier.copy()), earlier.copy()))])


def _lagged(bound: BoundQuery, sheet: Sheet) -> None:
    """p: the bucket `lag` before; for an unfinished last bucket as much of it as has happened."""
    trend = bound.trend
    assert trend is not None
    keys = [f"k{i}" for i in range(len(bound.keys))]
    for i in range(len(bound.metrics)):

        def earlier(i: int = i) -> Node:
            offset = nodes.number(trend.lag)
            lag = nodes.window(
                exp.Lag(this=sheet.get(f"c{i}"), offset=offset),
                by=[sheet.get(k) for k in keys],
                order=[nodes.ordered(sheet.get("t"))],
            )
            if trend.partial_bucket is None:
                return lag
            last = exp.EQ(this=sheet.get("t"), expression=nodes.date(trend.partial_bucket))
            exists = nodes.is_null(lag.copy(), negated=True)  # nothing is compared with what was before all data
            part = exp.If(this=last, true=exp.Case(ifs=[exp.If(this=exists, true=sheet.get(f"q{i}"))]))
            return exp.Case(ifs=[part], default=lag)

        sheet.put(f"p{i}", earlier)
    sheet.wrap("_lagged")


def symbol_of(bound: BoundQuery, by: str, metric: str | None) -> str:
    """The number an order or a condition speaks of."""
    names = [m.metric.name for m in bound.metrics]
    index = names.index(metric) if metric is not None else 0
    if by == "time":
        return "t"
    if by == "dimension":  # the first that is shown: a hidden key may stand before it
        return f"k{next((i for i, k in enumerate(bound.keys) if k.shown), 0)}"
    if by == "share":
        return "share"
    return {"value": "c", "change": "d", "change_pct": "e", "attainment": "a", "benchmark": "f"}[by] + str(index)


def having_node(bound: BoundQuery, sheet: Sheet, having: Having) -> Node:
    """A condition on a number; n/a meets none. `benchmark`: on the difference to it."""
    symbol = symbol_of(bound, having.of, having.metric)
    kinds = {"lt": exp.LT, "le": exp.LTE, "gt": exp.GT, "ge": exp.GTE, "eq": exp.EQ, "ne": exp.NEQ}
    if having.op == "between":
        upper = having.upper if having.upper is not None else having.value
        return exp.Between(this=sheet.get(symbol), low=nodes.number(having.value), high=nodes.number(upper))
    return kinds[having.op](this=sheet.get(symbol), expression=nodes.number(having.value))


def outputs_of(bound: BoundQuery, sheet: Sheet) -> list[Output]:
    """Dimensions first, then the bucket, then each metric with what belongs to it."""
    made = [Output(_dimension(bound, k.field), f"k{i}") for i, k in enumerate(bound.keys) if k.shown]
    if bound.trend is not None:
        made.append(Output(Column(name=bound.trend.grain, role="time", of=bound.trend.grain, unit="text"), "t"))
    for i, metric in enumerate(bound.metrics):
        if not metric.shown:
            continue
        name, unit = metric.metric.name, metric.metric.unit

        def column(suffix: str, role: Role, unit: str, name: str = name) -> Column:
            return Column.model_construct(name=f"{name}{suffix}", role=role, of=name, unit=unit)

        made.append(Output(column("", "metric", unit), f"c{i}"))
        parts: tuple[tuple[str, str, Role, str], ...] = (
            ("p", "_previous", "previous", unit),
            ("d", "_change", "change", unit),
            ("e", "_change_pct", "change_pct", "percent"),
            ("g", "_target", "target", unit),
            ("a", "_attainment", "attainment", "percent"),
            ("h", "_gap", "gap", unit),
            ("b", "_benchmark", "benchmark", unit),
            ("f", "_difference", "difference", unit),
        )
        for symbol, suffix, role, of_unit in parts:
            if f"{symbol}{i}" in sheet and not (symbol == "p" and bound.trend is not None):
                made.append(Output(column(suffix, role, of_unit), f"{symbol}{i}"))
        if i == 0 and bound.share is not None:
            if not bound.keys and bound.trend is None:
                made.append(Output(column("_total", "total", unit), "total"))
            made.append(Output(column("_share", "share", "percent"), "share"))
    return made


def _dimension(bound: BoundQuery, field_id: str) -> Column:
    field = bound.model.fields[field_id]
    kinds = {"Date": "date", "Integer": "number", "Decimal": "number", "Float": "number"}
    return Column.model_construct(
        name=field_id, role="dimension", of=field_id, unit=field.unit or kinds.get(field.datatype or "", "text")
    )
