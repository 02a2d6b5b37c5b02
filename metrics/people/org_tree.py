"""The tree that managers make: its closure, and what can be wrong with it. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from metrics.people import Org, Person

__all__ = ["closure", "find_cycle", "unknown_managers"]


def closure(org: Org) -> list[tuple[str, str]]:
    """(ancestor, person) for everybody, each person below themself too. Safe on a cyclic tree."""
    return [(ancestor, person) for ancestor in org.people for person in sorted(org.subtree(ancestor))]


def find_cycle(links: Mapping[str, str | None]) -> tuple[str, ...]:
    """The first cycle of person -> manager links, as ids from one person round to the same; () when there is none."""
    done: set[str] = set()
    for start in links:
        path: dict[str, None] = {}
        here: str | None = start
        while here is not None and here not in done and here not in path:
            path[here] = None
            here = links.get(here)
        if here is not None and here in path:
            ids = list(path)
            return (*ids[ids.index(here) :], here)
        done.update(path)
    return ()


def unknown_managers(people: Iterable[Person]) -> Sequence[tuple[str, str]]:
    """(person, manager) where the manager is nobody known."""
    known = {p.id: p for p in people}
    return [(p.id, p.manager_id) for p in known.values() if p.manager_id is not None and p.manager_id not in known]
