"""What is said around a question and says nothing of it: greetings, what it is for, how one feels, thanks. Data in
`language/passing.yaml`; it is passed over only at the edges of a question, or of a stretch between marks."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping

from nlq.reader.chart import Chart, Item, Lattice

__all__ = ["ASIDES", "passing"]

_BEFORE = ("OPENING", "ASIDE", "CLAUSE")  # said before what it is about
_BEHIND = ("CLOSING", "ASIDE")
ASIDES = frozenset({*_BEFORE, *_BEHIND})


def passing(chart: Chart, lattice: Lattice) -> Mapping[int, tuple[Item, ...]]:
    """By where they begin: those that stand at an edge, or beside others that do."""
    found: dict[int, dict[int, Item]] = {}
    for item in (*_from_the_left(chart, lattice), *_from_the_right(chart, lattice)):
        found.setdefault(item.start, {})[id(item)] = item
    return {start: tuple(items.values()) for start, items in found.items()}


def _from_the_left(chart: Chart, lattice: Lattice) -> Iterator[Item]:
    agenda = [place for at in (0, *lattice.breaks) for place in lattice.after[at]]
    seen = set(agenda)
    while agenda:
        for item in _at(chart, agenda.pop(), _BEFORE):
            if item.category == "CLAUSE" and not _ends(item, chart, lattice):
                continue
            yield item
            onward = [place for place in lattice.after[item.end] if place not in seen]
            seen.update(onward)
            agenda += onward


def _ends(item: Item, chart: Chart, lattice: Lattice) -> bool:
    """Whether a mark, the end or a further opening is behind it: customers in a meeting are customers."""
    mark = _mark(item, lattice)
    return any(place >= mark or any(_at(chart, place, _BEFORE)) for place in lattice.after[item.end])


def _from_the_right(chart: Chart, lattice: Lattice) -> Iterator[Item]:
    edges: set[int] = set()  # where one begins that stands at an edge
    for at in range(lattice.size - 1, -1, -1):
        for item in _at(chart, at, _BEHIND):
            mark = _mark(item, lattice)
            if any(place >= mark or place in edges for place in lattice.after[item.end]):
                edges.add(at)
                yield item


def _mark(item: Item, lattice: Lattice) -> int:
    """The place behind the next mark, else the end."""
    at = bisect_right(lattice.breaks, item.end)
    return lattice.breaks[at] if at < len(lattice.breaks) else lattice.size


def _at(chart: Chart, place: int, categories: tuple[str, ...]) -> Iterator[Item]:
    for category in categories:
        for item in chart.of(place, category):
            if item.carried is None:  # "for the Q3 review" says something
                yield item
