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


_Begun = tuple[Ending, tuple[Item, ...], int, tuple[Item, ...]]  # what `_made` makes an item of


class Chart:
    """`at[i][category]`: the items that begin at i, without those that are made only where they are asked for."""

    def __init__(self, lattice: Lattice, grammar: Grammar, check: Checks) -> None:
        self.at: list[dict[str, list[Item]]] = [{} for _ in range(lattice.size + 1)]
        self.later: list[dict[str, list[_Begun]]] = [{} for _ in range(lattice.size + 1)]
        self.floating: list[list[Item]] = [[] for _ in range(lattice.size + 1)]  # what may stand inside another part
        self.after, self.check = lattice.after, check
        self.root = grammar.root.next
        self.items = 0

    def of(self, start: int, category: str) -> list[Item]:
        """Those that begin there."""
        if category in self.later[start]:
            self._make(start, category)
        return self.at[start].get(category, [])

    def __iter__(self) -> Iterator[Item]:
        for start, here in enumerate(self.at):
            for category in here:
                yield from self.of(start, category)

    def fill(self, start: int, words: Sequence[Item]) -> None:
        """With what begins at `start`. Whatever stands behind it is known already: the chart is filled from its
        end."""
        known: dict[tuple[str, int], list[Item]] = {}
        agenda = list(words)
        while agenda:
            item = agenda.pop()
            same = known.get((item.category, item.end))
            if same is None:
                same = known[item.category, item.end] = []
            if not _is_new(item, same, full=self.items > MOST_ITEMS):
                continue
            self.items += 1
            node = self.root.get(item.category)
            if node is not None:
                self._walk(node, item.end, (item,), agenda)
        here = self.at[start]
        for (category, _), same in known.items():
            if category in here:
                here[category] += same
            else:
                here[category] = same
        for category in self.later[start]:
            here.setdefault(category, [])
        self.floating[start] = [i for i in here.get(PART, ()) if i.form is not None and i.form.construction.floats]

    def _walk(
        self, node: Node, end: int, parts: tuple[Item, ...], agenda: list[Item], inside: tuple[Item, ...] = ()
    ) -> None:
        """`inside`: what stands inside of the form and is no piece of it."""
        for form in node.ends:
            if not self._leads_on(form.category, end):
                self.later[parts[0].start].setdefault(form.category, []).append((form, parts, end, inside))
                continue
            made = _made(form, parts, end, inside, self.check)
            if made is not None:
                agenda.append(made)
        if node.next:
            self._go_on(node.next, end, parts, agenda, inside)
            if node.open and len(inside) < MOST_INSIDE:
                for place in self.after[end]:
                    for item in self.floating[place]:
                        self._go_on(node.next, item.end, parts, agenda, (*inside, item))

    def _go_on(
        self,
        following: Mapping[str, Node],
        end: int,
        parts: tuple[Item, ...],
        agenda: list[Item],
        inside: tuple[Item, ...],
    ) -> None:
        wanted = following.keys()  # as keys: then the fewer of both are gone through
        for place in self.after[end]:
            there = self.at[place]
            if there.keys().isdisjoint(wanted):  # most often
                continue
            fewer, more = (there, following) if len(there) < len(following) else (following, there)
            for symbol in [s for s in fewer if s in more]:
                for item in self.of(place, symbol):
                    self._walk(following[symbol], item.end, (*parts, item), agenda, inside)

    def _leads_on(self, category: str, end: int) -> bool:
        """Whether anything begins with what is of the category and ends there. Else it may still stand behind
        something: it is made when that is met, and most never are."""
        node = self.root.get(category)
        if node is None or node.ends or category == PART:
            return node is not None or category == PART
        following = node.next.keys()
        for place in self.after[end]:
            there = self.at[place]
            if there and (not following.isdisjoint(there.keys()) or (node.open and self.floating[place])):
                return True
        return False

    def _make(self, start: int, category: str) -> None:
        """What was put off."""
        here = self.at[start][category]
        known: dict[int, list[Item]] = {}
        for item in here:
            known.setdefault(item.end, []).append(item)
        for form, parts, end, inside in self.later[start].pop(category):
            made = _made(form, parts, end, inside, self.check)
            if made is not None and _is_new(made, known.setdefault(end, []), full=self.items > MOST_ITEMS):
                self.items += 1
        here[:] = [item for same in known.values() for item in same]


def fill(lattice: Lattice, grammar: Grammar, check: Checks) -> Chart:
    """All items. `check`: by category what a value must pass, or becomes; it raises NotAReading."""
    chart = Chart(lattice, grammar, check)
    for start in range(lattice.size - 1, -1, -1):
        if lattice.edges[start]:
            chart.fill(start, lattice.edges[start])
    return chart


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


def _made(form: Ending, parts: tuple[Item, ...], end: int, inside: tuple[Item, ...], check: Checks) -> Item | None:
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
