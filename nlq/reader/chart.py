"""The chart: constructions are applied to what is already there until nothing new comes up. Every way to read every
stretch is kept; of those that mean the same, the cheapest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from nlq.reader.constructions import PART, Ending, Grammar, Node, NotAReading
from nlq.reader.frame import frame_of, unified
from nlq.reader.terms import Term, Value

__all__ = ["Chart", "Item", "Lattice", "fill"]

PART_COST = 1.0  # each part of a question costs: what one construction says as a whole is more likely meant
INSIDE_COST = PART_COST + 1.0  # what stands inside another part rather stands beside it
MOST_INSIDE = 2
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
    form: Ending | None = None
    parts: tuple[Item, ...] = ()
    source: str = ""  # of a word: what it was found as, "typo:slaes" and the like
    carried: Term | None = (
        None  # the frame of what stands inside of it, on its way to the part of the question it is of
    )

    def words(self) -> Iterator[Item]:
        """The words it stands on, in reading order."""
        if self.form is None:
            yield self
        for part in self.parts:
            yield from part.words()


@dataclass(frozen=True, slots=True)
class Lattice:
    """`edges[i]`: all that begins at position i. `after[i]`: where reading goes on at i: i itself, or behind spaces
    and noise. `size`: the end. `unknown`: stretches that nothing known covers. `breaks`: places behind a mark."""

    edges: Sequence[Sequence[Item]]
    after: Sequence[tuple[int, ...]]
    size: int
    unknown: tuple[tuple[int, int], ...] = ()
    breaks: tuple[int, ...] = ()


Checks = Mapping[str, Callable[[Value], Value]]  # by category: value -> value, or raises NotAReading


class Chart:
    """`at[i][category]`: the items that begin at i."""

    def __init__(self, size: int) -> None:
        self.at: list[dict[str, list[Item]]] = [{} for _ in range(size + 1)]
        self.floating: list[list[Item]] = [[] for _ in range(size + 1)]  # what may stand inside another part
        self.items = 0

    def __iter__(self) -> Iterator[Item]:
        for here in self.at:
            for items in here.values():
                yield from items


def fill(lattice: Lattice, grammar: Grammar, check: Checks) -> Chart:
    """All items. `check`: by category what a value must pass, or becomes; it raises NotAReading."""
    chart = Chart(lattice.size)
    for start in range(lattice.size - 1, -1, -1):
        if lattice.edges[start]:
            _fill_from(chart, lattice, grammar, check, start)
    return chart


def _fill_from(chart: Chart, lattice: Lattice, grammar: Grammar, check: Checks, start: int) -> None:
    """What begins at `start`. Whatever stands behind it is known already: the chart is filled from its end."""
    known: dict[tuple[str, int], list[Item]] = {}
    agenda = list(lattice.edges[start])
    root = grammar.root.next
    while agenda:
        item = agenda.pop()
        stretch = (item.category, item.end)
        same = known.get(stretch)
        if same is None:
            same = known[stretch] = []
        if not _is_new(item, same, full=chart.items > MOST_ITEMS):
            continue
        chart.items += 1
        node = root.get(item.category)
        if node is not None:
            _walk(chart, lattice, check, node, item.end, (item,), agenda)
    here = chart.at[start]
    for (category, _), same in known.items():
        if category in here:
            here[category] += same
        else:
            here[category] = same
    chart.floating[start] = [i for i in here.get(PART, ()) if i.form is not None and i.form.construction.floats]


def _is_new(item: Item, same: list[Item], *, full: bool) -> bool:
    """Whether no other of the same stretch means the same and costs no more; it is then one of them. They are compared
    one by one: to hash what they mean takes longer."""
    value, carried = item.value, item.carried
    for i, old in enumerate(same):
        if (old.value is value or old.value == value) and old.carried == carried:
            if old.cost <= item.cost + 1e-9:
                return False
            same[i] = item
            return True
    if full:
        return False
    if len(same) >= MOST_OF_A_STRETCH:  # the dearest way to read a stretch gives way to a cheaper one
        dearest = max(same, key=lambda other: other.cost)
        if dearest.cost <= item.cost:
            return False
        same.remove(dearest)
    same.append(item)
    return True


def _walk(
    chart: Chart,
    lattice: Lattice,
    check: Checks,
    node: Node,
    end: int,
    parts: tuple[Item, ...],
    agenda: list[Item],
    inside: tuple[Item, ...] = (),
) -> None:
    """`inside`: what stands inside of the form and is no piece of it."""
    for form in node.ends:
        made = _made(form, parts, end, check, inside)
        if made is not None:
            agenda.append(made)
    if node.next:
        _go_on(chart, lattice, check, node.next, end, parts, agenda, inside)
        if node.open and len(inside) < MOST_INSIDE:
            for place in lattice.after[end]:
                for item in chart.floating[place]:
                    _go_on(chart, lattice, check, node.next, item.end, parts, agenda, (*inside, item))


def _go_on(
    chart: Chart,
    lattice: Lattice,
    check: Checks,
    following: Mapping[str, Node],
    end: int,
    parts: tuple[Item, ...],
    agenda: list[Item],
    inside: tuple[Item, ...],
) -> None:
    for place in lattice.after[end]:
        there = chart.at[place]
        fewer, more = (there, following) if len(there) < len(following) else (following, there)
        for symbol in fewer:
            if symbol in more:
                for item in there[symbol]:
                    _walk(chart, lattice, check, following[symbol], item.end, (*parts, item), agenda, inside)


def _made(form: Ending, parts: tuple[Item, ...], end: int, check: Checks, inside: tuple[Item, ...]) -> Item | None:
    bound: dict[str, Value] = {}
    for place, name, takes in form.slots:
        value = parts[place].value
        if takes is not None and not takes(value):
            return None
        bound[name] = value
    category = form.category
    carried = None
    cost = form.cost
    for part in parts:
        cost += part.cost
        carried = carried or part.carried
    try:
        value = form.value(bound)
        if category in check:
            value = check[category](value)
        if carried is not None or inside:
            carried = _carried(parts, inside)
            if category == PART:
                value, carried = _both(value, carried), None
            for part in inside:
                cost += part.cost + INSIDE_COST
    except (NotAReading, KeyError):  # it means nothing, or lacks what it would take to
        return None
    return Item(category, parts[0].start, end, value, cost, form, (*parts, *inside) if inside else parts, "", carried)


def _carried(parts: tuple[Item, ...], inside: tuple[Item, ...]) -> Term:
    """What stands inside of any of them, as one frame. Raises NotAReading where they disagree."""
    frames = [p.carried for p in parts if p.carried is not None] + [i.value for i in inside]
    made: Term = frames[0]
    for frame in frames[1:]:
        made = _both(made, frame)
    return made


def _both(left: Term, right: Term) -> Term:
    """As if they stood side by side. Raises NotAReading."""
    both = unified(frame_of(left), frame_of(right))
    if both is None:
        raise NotAReading("two things that disagree")
    return Term("frame", tuple(both.items()))
