"""Whose rows a dataset holds: said in sales.yaml, or inherited by a public dataset that leads to rows of people."""

from __future__ import annotations

from collections.abc import Mapping

from metrics.model.schema import Model

__all__ = ["owners_of"]


def owners_of(model: Model) -> Mapping[str, str]:
    """Dataset -> the field that holds the person its rows belong to, "" where they are nobody's.

    Order lines that say nothing of people lead to orders that do: whoever may not see an order may not see its lines
    either, however the lines are asked for. The people themselves are no rows of anybody in this sense: customers that
    name their salesperson stay public where they are said to be."""
    said = model.access.owners
    people = model.people.dataset if model.people is not None else None
    return {name: owner or _inherited(model, name, people) for name, owner in said.items()}


def _inherited(model: Model, start: str, people: str | None) -> str:
    """The owner of the nearest dataset with one, many to one from `start`; "" where there is none."""
    seen, frontier = {start, people}, [start]
    while frontier:
        reached = [r.target for here in frontier for r in model.relationships if r.source == here]
        frontier = [name for name in dict.fromkeys(reached) if name not in seen]
        for name in frontier:
            if name != people and model.access.owners.get(name):
                return model.access.owners[name]
        seen.update(frontier)
    return ""
