"""`funnels:` of `sales.yaml`: the steps from a first contact to a signature, and what is wrong with them."""

from __future__ import annotations

from typing import Any

from metrics.model.joins import reachable
from metrics.model.names import Names
from metrics.model.schema import Funnel
from metrics.model.yaml_file import KeyPath

__all__ = ["MOST_METRICS", "MOST_STEPS", "read_funnels"]

MOST_METRICS = 6  # a question has twelve columns: the steps, now and before
MOST_STEPS = 12


def read_funnels(names: Names, said: dict[str, dict[str, Any] | None]) -> dict[str, Funnel]:
    """Funnel by name; those that mean nothing are left out, with a problem each."""
    made = ((name, _read(names, ("funnels", name), name, one)) for name, one in said.items() if one is not None)
    return {name: funnel for name, funnel in made if funnel is not None}


def _read(names: Names, path: KeyPath, name: str, said: dict[str, Any]) -> Funnel | None:
    before = len(names.problems)
    steps = tuple(s for s in said["steps"] if s is not None)
    lost = tuple(m for m in said.get("lost", []) if m is not None)
    most = MOST_STEPS if "field" in said else MOST_METRICS
    if not 2 <= len(steps) <= most:
        names.say((*path, "steps"), f"such a funnel has 2 to {most} steps, not {len(steps)}.", "Leave some out.")
    for member in {m for m in (*steps, *lost) if (*steps, *lost).count(m) > 1}:
        names.say((*path, "steps"), f"{member} is there twice.", "Keep one.")
    if ("field" in said) != ("metric" in said):
        fix = "Give both: the metric that counts, and the field whose members are the steps."
        names.say(path, "a funnel of members needs field and metric.", fix)
    if lost and "field" not in said:
        names.say((*path, "lost"), "steps that are metrics have no members that are lost.", "Leave `lost` out.")
    field = names.field((*path, "field"), said.get("field"))
    metric = names.metric((*path, "metric"), said.get("metric"))
    if metric is not None:
        _check_counts(names, (*path, "metric"), metric)
    order = names.model.fields[field].member_order if field is not None else ()
    for member in [m for m in (*steps, *lost) if order and m not in order]:
        names.say((*path, "steps"), f"{member} is not in the order of {field}.", f"Use one of {', '.join(order)}.")
    if "field" not in said:
        for index, step in enumerate(steps):
            if names.metric((*path, "steps", index), step) is not None:
                _check_counts(names, (*path, "steps", index), step)
    if metric is not None and field is not None:
        _check_reach(names, (*path, "field"), metric, field)
    if len(names.problems) > before:
        return None
    return Funnel(name, steps, labels=said.get("labels", {}), metric=metric, field=field, lost=lost)


def _check_counts(names: Names, path: KeyPath, name: str) -> None:
    metric = names.model.metrics[name]
    if metric.unit != "count" or not metric.additive or metric.snapshot:
        names.say(path, f"{name} counts nothing of a period.", "Name a metric with the unit count and a time field.")


def _check_reach(names: Names, path: KeyPath, metric: str, field: str) -> None:
    home = names.model.fields[field].dataset
    for fact in names.model.metrics[metric].time:
        if home not in reachable(names.model, fact):
            fix = f"Name a field of {fact}, or of what it leads to."
            names.say(path, f"{fact}, which {metric} counts, does not lead to {field}.", fix)
