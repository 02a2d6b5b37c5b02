"""`targets:` of `sales.yaml`: which fields say whose target it is, of what, how much, and over which period."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from metrics.model.names import Names
from metrics.model.schema import TARGET_PERIODS, TargetFields
from metrics.model.yaml_file import KeyPath

__all__ = ["target_fields"]

FieldOf = Callable[[KeyPath, str | None, str | None], str | None]
_HERE = "targets"


def target_fields(names: Names, said: Mapping[str, str] | None, field_of: FieldOf) -> TargetFields | None:
    """None where there are none, or where something is wrong with them, which is said. `month: x` is short for
    `period: month, start: x`. `field_of`: a field that has to be one of a dataset."""
    if said is None:
        return None
    dataset = names.dataset((_HERE, "dataset"), said["dataset"])
    sure = {k: field_of((_HERE, k), said[k], dataset) for k in ("person", "metric", "amount")}
    first = "month" if "month" in said else "start"
    sure["start"] = field_of((_HERE, first), said.get(first), dataset)
    period = _period(names, said, field_of, dataset)
    end = field_of((_HERE, "end"), said.get("end"), dataset)
    found = {k: v for k, v in sure.items() if v is not None}
    if dataset is None or period is None or len(found) < len(sure) or (period == "dates" and end is None):
        return None
    return TargetFields(dataset=dataset, period=period, end=end, **found)


def _period(names: Names, said: Mapping[str, str], field_of: FieldOf, dataset: str | None) -> str | None:
    """How long each target lasts: one of TARGET_PERIODS, or a field."""
    if "month" in said:
        if more := next((k for k in ("start", "period", "end") if k in said), None):
            fix = "Leave `month` out: it is short for `period: month` and `start`."
            names.say((_HERE, more), f"targets have a month and a {more}.", fix)
        return "month"
    if "start" not in said:
        fix = "Add `month: dataset.field`, or `period: month`, `quarter`, `year` or `dates` and `start: dataset.field`."
        names.say((_HERE,), "it is not said when the period of a target begins.", fix)
        return None
    period = said.get("period")
    if period is None:
        fix = "Add `period: month`, `quarter`, `year` or `dates`, or the field that holds one of these in each row."
        names.say((_HERE,), "it is not said how long a target lasts.", fix)
        return None
    if period == "dates" and "end" not in said:
        names.say((_HERE,), "targets between dates have no end.", "Add `end:`, the field with the last day of each.")
    if period in ("month", "quarter", "year") and "end" in said:
        fix = "Leave `end` out, or write `period: dates`."
        names.say((_HERE, "end"), f"targets of a {period} end with it.", fix)
    if period in TARGET_PERIODS:
        return period
    if "." not in period:
        fix = f"Use one of {', '.join(TARGET_PERIODS)}, or name the field that holds one of these in each row."
        names.say((_HERE, "period"), f"{period} is no period of targets.", fix)
        return None
    return field_of((_HERE, "period"), period, dataset)
