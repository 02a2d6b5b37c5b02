"""Who is there without having rows: decided once for listing, ranking, counting and averaging."""

from __future__ import annotations

from dataclasses import replace

from metrics.plan.bound import Condition, Peers, Tree
from metrics.plan.grid.conditions import fields_of
from metrics.plan.grid.windows import Window
from metrics.plan.grid.world import World
from metrics.query.when import Units

__all__ = ["everyone_of", "home_of", "peers_of"]

Conditions = tuple[Tree | Condition, ...]


def peers_of(world: World, keys: tuple[str, ...], conditions: Conditions, window: Window) -> Peers | None:
    """Of keys that are all about people: the people of these conditions who are active in the window. None: only what
    has rows is there."""
    people = world.model.people
    if people is None or not keys:
        return None
    homes = {world.model.fields[k].dataset for k in keys}
    told = _of_stints(world, people.dataset, keys, conditions)
    if not homes & {people.dataset, told} or any(world.prepared.path(told, h) is None for h in homes):
        return None
    facts: tuple[str, ...] = ()
    if people.peers == "with_rows":
        facts = tuple(dict.fromkeys(d for m in world.metrics for d in world.prepared.metric(m.name).datasets))
    return Peers(told, _reached(world, told, conditions), world.windows.active(_now(world, window)), facts, False)


def _now(world: World, window: Window) -> Window:
    """Of what is told as of now, who is there now."""
    if window.period.kind != "all" or not world.metrics or not all(m.snapshot for m in world.metrics):
        return window
    return replace(window, period=Units(unit="day"))


def everyone_of(world: World, keys: tuple[str, ...], conditions: Conditions) -> Peers | None:
    """Every member of the one dataset that the keys are about; None where they are about several."""
    home = home_of(world, keys)
    home = None if home is None else _of_stints(world, home, keys, conditions)
    return None if home is None else Peers(home, _reached(world, home, conditions), None, (), False)


def home_of(world: World, keys: tuple[str, ...]) -> str | None:
    """The dataset that all of the keys tell of; None where they are about several."""
    homes = list(dict.fromkeys(world.model.fields[k].dataset for k in keys))
    return next((h for h in homes if all(world.prepared.path(h, other) is not None for other in homes)), None)


def _of_stints(world: World, home: str, keys: tuple[str, ...], conditions: Conditions) -> str:
    """Where people are asked about by what is different at different times: their stints are told of, not they."""
    people, dated = world.model.people, world.prepared.dated
    if not dated or people is None or home != people.dataset:
        return home
    asked = (world.model.fields[f].dataset for f in (*keys, *fields_of(conditions)) if f in world.model.fields)
    return dated if dated in asked else home


def _reached(world: World, dataset: str, conditions: Conditions) -> Conditions:
    """The conditions that can be told of a member itself."""
    fields = world.model.fields
    return tuple(
        c
        for c in conditions
        if all(world.prepared.path(dataset, fields[f].dataset) is not None for f in fields_of((c,)))
    )
