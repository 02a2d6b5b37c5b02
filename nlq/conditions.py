"""Numbers with comparisons -> conditions on rows or on the metric of each group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from metrics.model.schema import Model
from metrics.query import Filter, Having, Rolling
from nlq.context import Context
from nlq.cover import Token
from nlq.literals import Number
from nlq.measures import amount_field, clock_field, companion, count_metric, default_metric, nothing_metric
from nlq.pieces import Condition
from nlq.slots import Slots

__all__ = ["Conditions", "read_conditions"]


@dataclass(frozen=True, slots=True)
class Conditions:
    """`metrics`: named in conditions and nowhere else; `clock`: a row condition on an age; `everyone`: groups without
    rows count."""

    where: tuple[Filter, ...] = ()
    having: tuple[Having, ...] = ()
    metrics: tuple[str, ...] = ()
    clock: bool = False
    everyone: bool = False
    datasets: tuple[str, ...] = ()


def _scaled(number: Number, unit: str) -> float:
    return number.value / 100 if unit == "percent" and not number.percent and number.value > 1 else number.value


def _row_value(number: Number) -> int | float:
    return int(number.value) if number.value == int(number.value) else number.value


def _metric_near(ctx: Context, slots: Slots, i: int, condition: Condition) -> tuple[str, int] | None:
    """The metric the number belongs to: right before it, right after it, or after a little word."""
    model = ctx.lexicon.model
    before, after = slots.near(i, -1), slots.near(i, +1)
    counted = (
        after == i + 1 and slots.kind_at(after, "METRIC") and before != i - 1 and condition.number.plain
    )  # "win rate … with at least 5 wins"
    for j in (after, before) if counted else (before, after):
        if j is None or slots.taken(j) or not slots.tokens[j].has("METRIC"):
            continue
        if j == before and before != i - 1 and condition.number.plain and slots.kind_at(i + 1, "DATASET"):
            continue  # "win rate … with at least 50 deals"
        name = slots.tokens[j].value("METRIC")
        if condition.number.percent and model.metrics[name].unit != "percent":
            continue
        return name, j
    return None


def _pieces(model: Model, token: Token, condition: Condition, after: bool) -> bool:
    """ "more than 5 sales" counts sales; "sales of more than 5" does not."""
    number = condition.number
    return (
        after
        and token.text == "sales"
        and number.plain
        and number.value < 1000
        and model.metrics[token.value("METRIC")].unit.startswith("currency")
    )


def _row_field(ctx: Context, slots: Slots, i: int, condition: Condition) -> tuple[str, int | None] | None:
    model = ctx.lexicon.model
    for j in (slots.near(i, -1), slots.near(i, +1)):
        if j is not None and not slots.taken(j) and slots.tokens[j].has("NUMFIELD"):
            return slots.tokens[j].value("NUMFIELD"), j
    if condition.days:
        for j in slots.at("NUMFIELD"):
            if "CURRENT_DATE" in model.fields[slots.tokens[j].value("NUMFIELD")].expression.upper():
                return slots.tokens[j].value("NUMFIELD"), j
        if slots.ever("DATASET"):
            clocks = [f.id for f in model.fields.values() if "CURRENT_DATE" in f.expression.upper()]
            if len(clocks) == 1:
                return clocks[0], None
        for j in slots.at("METRIC"):
            name = slots.tokens[j].value("METRIC")
            ages = [
                f
                for d in model.datasets
                if f"{d}." in model.metrics[name].expression and (f := clock_field(model, d)) is not None
            ]
            if model.metrics[name].snapshot and model.metrics[name].unit == "count" and len(ages) == 1:
                return ages[0].id, None
    before = slots.near(i, -1)
    after = slots.near(i, +1)
    for j in (
        (before, after)
        if condition.days or (condition.number.money and not condition.number.percent) or condition.op
        else ()
    ):
        if j is not None and slots.kind_at(j, "DATASET"):
            dataset = slots.tokens[j].value("DATASET")
            found = clock_field(model, dataset) if condition.days else amount_field(model, dataset)
            if found is not None and (j == before or condition.days) and not condition.number.percent:
                return found.id, None
    return None


def _having(ctx: Context, name: str, condition: Condition) -> Having:
    unit = ctx.lexicon.model.metrics[name].unit
    upper = _scaled(condition.upper, unit) if condition.upper is not None else None
    return Having(metric=name, op=condition.op, value=_scaled(condition.number, unit), upper=upper)


def _moved(slots: Slots, metric: str, of: Literal["change", "change_pct"], condition: Condition) -> Having | None:
    """ "grew by more than 20%", "dropped more than 20%": below minus 20 %. "dropped less than" says two bounds,
    which no condition holds."""
    low, high = condition.number.value, condition.upper.value if condition.upper is not None else None
    directions = {v for i in slots.at("CHANGE") for v in slots.tokens[i].senses["CHANGE"]}
    if directions != {"down"}:
        return Having(metric=metric, of=of, op=condition.op, value=low, upper=high)
    if high is not None:
        return Having(metric=metric, of=of, op="between", value=-high, upper=-low)
    turned: dict[str, Literal["lt", "le"]] = {"gt": "lt", "ge": "le"}
    return Having(metric=metric, of=of, op=turned[condition.op], value=-low) if condition.op in turned else None


def _row(field_id: str, condition: Condition) -> Filter:
    values = (_row_value(condition.number),) + ((_row_value(condition.upper),) if condition.upper is not None else ())
    op = "in" if condition.op == "eq" else condition.op
    return Filter(field=field_id, op=op, values=values)


def _idle(ctx: Context, slots: Slots) -> tuple[Having, str] | None:
    """A metric that counts idle days with a length of time: "no activity in 60 days"."""
    model = ctx.lexicon.model
    for i in slots.at("METRIC"):
        name = slots.tokens[i].value("METRIC")
        if model.metrics[name].unit != "days" or not model.metrics[name].snapshot:
            continue
        for j, token in enumerate(slots.tokens):
            if slots.taken(j):
                continue
            days: float | None = None
            op = "gt"
            if token.has("COND") and token.value("COND").days:
                days, op = token.value("COND").number.value, token.value("COND").op
            elif token.has("PERIOD") and isinstance(token.value("PERIOD"), Rolling):
                period: Rolling = token.value("PERIOD")
                days = period.count * {"day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}[period.unit]
            elif token.has("NUM") and j + 1 < len(slots.tokens) and slots.tokens[j + 1].has("UNIT"):
                unit = {"day": 1, "week": 7, "month": 30, "quarter": 91, "half": 182, "year": 365}[
                    slots.tokens[j + 1].value("UNIT")
                ]
                number = token.value("NUM")
                days = (number.value if isinstance(number, Number) else number) * unit
                slots.take(j + 1)
            if days is not None:
                slots.take(j)
                slots.take(i)
                slots.allow("NOT", "NOTHING", "VERB", "GT", "IN", "EXCEPT")
                return Having(metric=name, op=op, value=days), name
    return None


def _nothing(ctx: Context, slots: Slots) -> Having | None:
    """ "closed nothing", "no sales", 没开单: the count of what was said is zero."""
    for kind in ("NOSALE", "NOTHING"):
        for i in slots.at(kind):
            after = slots.near(i, +1)
            if after is not None and slots.kind_at(after, "METRIC"):
                name = slots.take(after).value("METRIC")
            elif kind == "NOSALE" or slots.has("VERB"):
                found = _undone(ctx, slots)
                if found is None:
                    continue
                name = found
            else:
                continue
            slots.take(i)
            slots.allow("NOT", "NOTHING", "EXCEPT")
            return Having(metric=nothing_metric(ctx, name), op="eq", value=0)
    return None


def _undone(ctx: Context, slots: Slots) -> str | None:
    """The metric of what was not done ("lost no deals" -> deals lost), with its words used."""
    places = slots.at("VERB")
    verbs = [v for k in places for v in slots.tokens[k].senses["VERB"]]
    held = [d for k in slots.at("DATASET") for d in slots.tokens[k].senses["DATASET"]]
    counted = count_metric(ctx, held, verbs or ["win"], (), False) if held else ()
    start = default_metric(ctx.lexicon.model)
    if "lose" in verbs or "create" in verbs:
        counted = counted or ctx.lexicon.verb_metrics.get(("", verbs[0]), ())
        if not counted:
            return None
    if not counted and start is None:
        return None
    for k in places:
        slots.take(k)
    if counted:
        for k in slots.at("DATASET"):
            if not slots.tokens[k].has("METRIC"):
                slots.take(k)
    return counted[0] if counted else start


def read_conditions(
    ctx: Context, slots: Slots, *, grouped: bool, base_metric: str | None, base_target: bool = False
) -> Conditions:
    """Use every number with a comparison. One that belongs to nothing stays unread."""
    model = ctx.lexicon.model
    where: list[Filter] = []
    having: list[Having] = []
    names: list[str] = []
    datasets: list[str] = []
    clock = everyone = False
    idle = _idle(ctx, slots)
    if idle is not None:
        having.append(idle[0])
        names.append(idle[1])
    for i in slots.at("NUM"):  # "open for 30 days", 停滞30天: an age without a comparison means longer than that
        j = slots.near(i, -1)
        if slots.kind_at(j, "NUMFIELD") and slots.kind_at(i + 1, "UNIT") and j is not None:
            field = model.fields[slots.tokens[j].value("NUMFIELD")]
            if "CURRENT_DATE" in field.expression.upper():
                number = slots.take(i).value("NUM")
                count = number.value if isinstance(number, Number) else float(number)
                days = (
                    count
                    * {"day": 1, "week": 7, "month": 30, "quarter": 91, "half": 182, "year": 365}[
                        slots.take(i + 1).value("UNIT")
                    ]
                )
                slots.take(j)
                where.append(Filter(field=field.id, op="gt", values=(int(days),)))
                datasets.append(field.dataset)
                clock = True
    for i in slots.at("COND"):
        condition: Condition = slots.tokens[i].value("COND")
        if slots.has("CHANGE", "CHAIN", "YOY", "CHANGEUNIT") and grouped and condition.number.percent:
            metric = next(
                (slots.tokens[k].value("METRIC") for k in slots.at("METRIC")), base_metric or default_metric(model)
            )
            if metric is not None:
                moved = _moved(slots, metric, "change_pct", condition)
                if moved is None:
                    continue
                slots.take(i)
                having.append(moved)
            continue
        if grouped and not condition.number.percent and slots.kind_at(slots.near(i, -1), "CHANGE"):
            metric = next(
                (slots.tokens[k].value("METRIC") for k in slots.at("METRIC")), base_metric or default_metric(model)
            )
            if metric is not None:
                moved = _moved(slots, metric, "change", condition)
                if moved is None:
                    continue
                slots.take(i)
                having.append(moved)
            continue
        row = _row_field(ctx, slots, i, condition)
        if row is not None and (row[1] is not None or condition.days or not slots.kind_at(slots.near(i, +1), "METRIC")):
            field = model.fields[row[0]]
            slots.take(i)
            if row[1] is not None:
                slots.take(row[1])
            where.append(_row(field.id, condition))
            datasets.append(field.dataset)
            clock = clock or "CURRENT_DATE" in field.expression.upper()
            continue
        if not grouped:
            continue
        near = _metric_near(ctx, slots, i, condition)
        if condition.number.deals or (
            near is not None and _pieces(model, slots.tokens[near[1]], condition, near[1] > i)
        ):
            verbs = [v for k in slots.at("VERB") for v in slots.tokens[k].senses["VERB"]]
            pieces = (
                companion(model, near[0], "count")
                if near is not None and model.metrics[near[0]].unit != "count"
                else near[0]
                if near is not None
                else None
            )
            if near is None:
                found = count_metric(ctx, (), [v for v in verbs if v != "sell"] or ["win"], (), False)
                pieces = found[0] if len(found) == 1 else None
            if pieces is not None:
                slots.take(i)
                if near is not None:
                    slots.take(near[1])
                having.append(_having(ctx, pieces, condition))
                names.append(pieces)
            continue
        if near is not None:
            slots.take(i)
            slots.take(near[1])
            having.append(_having(ctx, near[0], condition))
            names.append(near[0])
            continue
        after = slots.near(i, +1)
        if after is not None and slots.kind_at(after, "DATASET") and condition.number.plain:
            verbs = [v for k in slots.at("VERB") for v in slots.tokens[k].senses["VERB"]]
            counted = count_metric(ctx, slots.tokens[after].senses["DATASET"], verbs or ["win"], (), False)
            if len(counted) == 1:
                slots.take(i)
                slots.take(after)
                having.append(_having(ctx, counted[0], condition))
                names.append(counted[0])
                continue
        named = [slots.tokens[k].value("METRIC") for k in slots.at("METRIC")]
        if base_target and condition.number.percent and base_metric is not None and not named:
            slots.take(i)
            having.append(Having(metric=base_metric, of="attainment", op=condition.op, value=condition.number.value))
            continue
        metric = named[0] if len(named) == 1 else base_metric if not named else None
        if metric is None and not named and not condition.number.percent:
            metric = default_metric(model)
        if metric is not None and (not condition.number.percent or model.metrics[metric].unit == "percent"):
            slots.take(i)
            having.append(_having(ctx, metric, condition))
            names.append(metric)
    if grouped and not having:
        nothing = _nothing(ctx, slots)
        if nothing is not None:
            having.append(nothing)
            names.append(nothing.metric)
            everyone = True
    return Conditions(tuple(where), tuple(having), tuple(dict.fromkeys(names)), clock, everyone, tuple(datasets))
