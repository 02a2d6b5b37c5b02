"""Which metric a question is about when it says so with verbs, counts or nothing at all."""

from __future__ import annotations

import re
from collections.abc import Iterable

from metrics.model.schema import Field, Model
from nlq.context import Context
from nlq.cover import Token

__all__ = [
    "amount_field",
    "by_unit",
    "clock_field",
    "companion",
    "count_metric",
    "default_metric",
    "money_metric",
    "nothing_metric",
    "percent",
    "percent_metric",
    "record_key",
    "verb_fits",
]


_WHEN = re.compile(r"WHEN (.*?) THEN", re.IGNORECASE)


def default_metric(model: Model) -> str | None:
    return model.default_metric if model.default_metric in model.metrics else next(iter(model.metrics), None)


def percent(model: Model, name: str) -> bool:
    return model.metrics[name].unit == "percent"


def by_unit(model: Model, unit: str, *, snapshot: bool = False) -> str | None:
    """The only metric of a unit ("how long …": days); None when there is none or more than one."""
    found = [m.name for m in model.metrics.values() if m.unit == unit and m.snapshot == snapshot]
    return found[0] if len(found) == 1 else None


def _mentions(text: str, dataset: str) -> bool:
    return f"{dataset}." in text


def count_metric(
    ctx: Context, datasets: Iterable[str], verbs: Iterable[str], members: Iterable[tuple[str, str]], clock: bool
) -> tuple[str, ...]:
    """Metrics that count rows of the datasets, as the verbs ("won") or members ("in stage Engaging") say. Empty: none,
    several: ambiguous.

    `clock`: rows are narrowed by a field that depends on today, so only a count of the present state fits.
    """
    model = ctx.lexicon.model
    table = ctx.lexicon.verb_metrics
    datasets = list(datasets)
    verbs = [v for v in verbs if v != "sell"] or list(verbs)
    for verb in verbs:
        for name in [*datasets, *([] if datasets else [""])]:
            for tried in (verb, "win") if verb == "sell" else (verb,):
                if (name, tried) in table:
                    return table[(name, tried)]
    if verbs and not clock:
        return ()
    counts = [
        m
        for m in model.metrics.values()
        if m.unit == "count"
        and any(_mentions(m.expression, d) for d in datasets)
        and "DISTINCT" not in m.expression.upper()
    ]
    every = [
        m
        for m in counts
        if m.snapshot
        and not m.where
        and m.expression.upper().startswith("COUNT(")
        and "CASE" not in m.expression.upper()
    ]
    if clock:
        return tuple(m.name for m in counts if m.snapshot and m not in every)
    by_member = [
        m.name
        for m in counts
        for field_id, value in members
        if f"{field_id} " in m.expression + " " and f"'{value}'" in m.expression
    ]
    if by_member:
        return tuple(dict.fromkeys(by_member))[:1]
    return (every[0].name,) if len(every) == 1 else tuple(m.name for m in counts)


def companion(model: Model, name: str, unit: str) -> str | None:
    """The one metric of that kind of unit ("count", "currency") over the same rows: the value of open deals, the
    number of deals won."""
    metric = model.metrics[name]
    shown = [m for m in metric.shown_with if m in model.metrics and model.metrics[m].unit.startswith(unit)]
    if shown:
        return shown[0]
    shows = [
        m.name
        for m in model.metrics.values()
        if name in m.shown_with and m.unit.startswith(unit) and "/" not in m.expression
    ]
    if len(shows) == 1:
        return shows[0]
    rows = {d for d in model.datasets if _mentions(metric.expression, d) and d in (metric.time or {d: ""})}
    same = [
        m.name
        for m in model.metrics.values()
        if m.name != name
        and m.unit.startswith(unit)
        and m.snapshot == metric.snapshot
        and m.time == metric.time
        and m.where == metric.where
        and _WHEN.findall(m.expression) == _WHEN.findall(metric.expression)
        and any(_mentions(m.expression, d) for d in rows)
        and not any(mark in m.expression.upper() for mark in ("/", " - ", "AVG(", "DISTINCT", "MAX("))
        and m.expression.upper().startswith(("SUM(", "COUNT("))
    ]
    return same[0] if len(same) == 1 else None


def record_key(model: Model, name: str) -> Field | None:
    """What one counted row of a metric is known by, where the model has a dimension for it."""
    rows = [d for d in model.datasets.values() if _mentions(model.metrics[name].expression, d.name)]
    keys = [f for d in rows for f in d.fields.values() if f.dimension and d.primary_key == (f.name,)]
    return keys[0] if len(rows) >= 1 and keys and keys[0].dataset == rows[0].name else None


def money_metric(ctx: Context, dataset: str) -> str | None:
    """The amount that a list of the dataset's rows shows: the default metric where it is of these rows, else the only
    one that is."""
    model = ctx.lexicon.model
    money = [
        m.name for m in model.metrics.values() if m.unit.startswith("currency") and _mentions(m.expression, dataset)
    ]
    start = default_metric(model)
    return start if start in money else money[0] if len(money) == 1 else None


def percent_metric(ctx: Context, verbs: Iterable[str]) -> str | None:
    """The rate of a verb: "what percent of deals did we win" is the win rate."""
    model = ctx.lexicon.model
    for verb in verbs:
        found = [
            m.name
            for m in model.metrics.values()
            if m.unit == "percent"
            and any(
                verb in ctx.lexicon.phrases.get(n.split()[0], {}).get("VERB", ())
                for n in (m.name.replace("_", " "), *m.synonyms)
                if n.split()
            )
        ]
        if len(found) == 1:
            return found[0]
    return None


def nothing_metric(ctx: Context, name: str) -> str:
    """The count that is zero when nothing was sold: a money metric's companion count."""
    model = ctx.lexicon.model
    if model.metrics[name].unit == "count":
        return name
    return next(
        (m for m in model.metrics[name].shown_with if m in model.metrics and model.metrics[m].unit == "count"), name
    )


def verb_fits(ctx: Context, token: Token, metrics: Iterable[str]) -> bool:
    """Whether a verb adds nothing to the metrics ("revenue we closed"), rather than being a part that was not read."""
    table = ctx.lexicon.verb_metrics
    for verb in token.senses["VERB"]:
        if verb == "sell":
            return True
        for name in metrics:
            counted = {v for (_, v), found in table.items() if name in found}
            if verb in counted or (
                verb == "win" and (ctx.lexicon.model.metrics[name].unit != "count" or "create" in counted)
            ):
                return True
    return False


def amount_field(model: Model, dataset: str) -> Field | None:
    """The dataset's only money column: what "deals over 50k" is about."""
    found = [f for f in model.datasets[dataset].fields.values() if f.datatype == "Decimal" and not f.dimension]
    return found[0] if len(found) == 1 else None


def clock_field(model: Model, dataset: str) -> Field | None:
    """The dataset's only age in days ("older than 30 days")."""
    found = [f for f in model.datasets[dataset].fields.values() if "CURRENT_DATE" in f.expression.upper()]
    return found[0] if len(found) == 1 else None
