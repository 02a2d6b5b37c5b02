"""The chart: constructions are applied to what is already there until nothing new comes up. Every way to read every
stretch is kept; of those that mean the same, the cheapest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nlq.reader.constructions import Form, Grammar, Node, NotAReading, Slot
from nlq.reader.terms import Value

__all__ = ["Chart", "Item", "Lattice", "fill"]

MOST_OF_A_STRETCH = 12  # ways to read one stretch as one category
MOST_ITEMS = 6000


@dataclass(slots=True)
class Item:
    """A stretch [start, end) read as `category`. `form` and `parts`: of what it is made; None of a word."""

    category: str
    start: int
    end: int
    value: Value
    cost: float
    form: Form | None = None
    parts: tuple[Item, ...] = ()
    source: str = ""  # of a word: what it was found as, "typo:slaes" and the like

    def words(self) -> Iterator[Item]:
        """The words it stands on, in reading order."""
        if self.form is None:
            yield self
        for part in self.parts:
            yield from part.words()


@dataclass(frozen=True, slots=True)
class Lattice:
    """`edges[i]`: all that begins at position i. `after[i]`: where reading goes on at i: i itself, or behind spaces
    and noise. `size`: the end. `unknown`: stretches that nothing known covers."""

    edges: Sequence[Sequence[Item]]
    after: Sequence[tuple[int, ...]]
    size: int
    unknown: tuple[tuple[int, int], ...] = ()


Check = Callable[[str, Value], Value]  # (category, value) -> value, or raises NotAReading


class Chart:
    """`at[i][category]`: the items that begin at i."""

    def __init__(self, size: int) -> None:
        self.at: list[dict[str, list[Item]]] = [{} for _ in range(size + 1)]
        self.items = 0

    def __iter__(self) -> Iterator[Item]:
        for here in self.at:
            for items in here.values():
                yield from items


def fill(lattice: Lattice, grammar: Grammar, check: Mapping[str, Callable[[Value], Value]]) -> Chart:
    """All items. `check`: by category what a value must pass, or becomes; it raises NotAReading."""
    chart = Chart(lattice.size)
    for start in range(lattice.size - 1, -1, -1):
        if lattice.edges[start]:
            _fill_from(chart, lattice, grammar, check, start)
    return chart


def _fill_from(
    chart: Chart, lattice: Lattice, grammar: Grammar, check: Mapping[str, Callable[[Value], Value]], start: int
) -> None:
    here = chart.at[start]
    known: dict[tuple[str, int, Any], Item] = {}
    agenda = list(lattice.edges[start])
    root = grammar.root.next
    while agenda:
        item = agenda.pop()
        key = (item.category, item.end, item.value)
        old = known.get(key)
        if old is not None and old.cost <= item.cost + 1e-9:
            continue
        items = here.setdefault(item.category, [])
        if old is not None and any(other is old for other in items):
            items[:] = [other for other in items if other is not old]
        elif not _room(items, item) or chart.items > MOST_ITEMS:
            continue
        known[key] = item
        items.append(item)
        chart.items += 1
        node = root.get(item.category)
        if node is not None:
            _walk(chart, lattice, check, node, item.end, (item,), agenda)


def _room(items: list[Item], item: Item) -> bool:
    """Whether it is among the cheapest of its stretch; the dearest makes room for it."""
    others = [other for other in items if other.end == item.end]
    if len(others) < MOST_OF_A_STRETCH:
        return True
    dearest = max(others, key=lambda other: other.cost)
    if dearest.cost <= item.cost:
        return False
    items[:] = [other for other in items if other is not dearest]
    return True


def _walk(
    chart: Chart,
    lattice: Lattice,
    check: Mapping[str, Callable[[Value], Value]],
    node: Node,
    end: int,
    parts: tuple[Item, ...],
    agenda: list[Item],
) -> None:
    for form in node.ends:
        made = _made(form, parts, end, check)
        if made is not None:
            agenda.append(made)
    if not node.next:
        return
    for place in lattice.after[end]:
        there = chart.at[place]
        if not there:
            continue
        for symbol in node.next if len(node.next) < len(there) else there:
            following = node.next.get(symbol)
            if following is None:
                continue
            for item in there.get(symbol, ()):
                _walk(chart, lattice, check, following, item.end, (*parts, item), agenda)


def _made(form: Form, parts: tuple[Item, ...], end: int, check: Mapping[str, Callable[[Value], Value]]) -> Item | None:
    bound: dict[str, Value] = {}
    cost = form.cost
    for slot, part in zip(form.parts, parts, strict=True):
        cost += part.cost
        if isinstance(slot, Slot):
            if (slot.wanted or slot.unwanted) and not slot.takes(part.value):
                return None
            if slot.name:
                bound[slot.name] = part.value
    category = form.construction.category
    try:
        value = form.construction.value(bound)
        checked = check.get(category)
        if checked is not None:
            value = checked(value)
    except (NotAReading, KeyError):  # it means nothing, or lacks what it would take to
        return None
    return Item(category, parts[0].start, end, value, cost, form, parts)
