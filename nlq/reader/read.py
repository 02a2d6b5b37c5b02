"""`read`: a question becomes what it asks, or choices, or the reason why not. Pure; nothing is guessed or dropped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from nlq.normalise import Normal, has_han, normalise
from nlq.reader.asking import Meaning, Wanted, question
from nlq.reader.chart import Chart, Item, Lattice, fill
from nlq.reader.constructions import NotAReading
from nlq.reader.frame import Frame, frame_of, unified
from nlq.reader.lattice import Sees, groups, lattice_of
from nlq.reader.lexicon import Lexicon

__all__ = ["Found", "Read", "read"]

MOST = 2000  # characters
PART = 1.0  # each part of a question costs: what one construction says as a whole is more likely meant
MARGIN = 0.6  # another reading this near is asked about
KEPT = 24  # ways to go on from a place


@dataclass(frozen=True, slots=True)
class Found:
    """One reading. `parts`: what it was put together from."""

    wanted: Wanted
    cost: float
    parts: tuple[Item, ...] = ()

    @property
    def meaning(self) -> Meaning:
        return self.wanted.meaning


@dataclass(frozen=True, slots=True)
class Read:
    """`found`: readings, the likeliest first; none where the question was not understood. `furthest`: the stretch of
    the text behind which nothing could be read."""

    normal: Normal
    language: str
    found: tuple[Found, ...]
    furthest: tuple[int, int] = (0, 0)
    lost: tuple[tuple[Frame, str], ...] = field(default=(), repr=False)

    @property
    def near(self) -> tuple[Found, ...]:
        """The readings that may be meant: the best and those within the margin."""
        return tuple(f for f in self.found if f.cost <= self.found[0].cost + MARGIN)


def read(text: str, lexicon: Lexicon, sees: Sees | None = None) -> Read:
    """Brackets and quotes hold together what is in them; where that cannot be read, they are nothing."""
    normal = normalise(text[:MOST])
    if groups(normal):
        found = _read(normal, lattice_of(normal, lexicon, sees, grouped=True), lexicon)
        if found.found:
            return found
    return _read(normal, lattice_of(normal, lexicon, sees), lexicon)


def _read(normal: Normal, lattice: Lattice, lexicon: Lexicon) -> Read:
    language = "zh" if has_han(normal.original) else "en"
    chart = fill(lattice, lexicon.grammar, {})
    found: dict[Meaning, Found] = {}
    lost: list[tuple[Frame, str]] = []
    for frame, cost, parts in frames(chart, lattice):
        try:
            wanted = question(frame, lexicon.model)
        except NotAReading as error:
            lost.append((frame, str(error)))
            continue
        old = found.get(wanted.meaning)
        if old is None or cost < old.cost:
            found[wanted.meaning] = Found(wanted, cost, parts)
    ranked = tuple(sorted(found.values(), key=lambda f: f.cost))
    furthest = (0, 0) if ranked else _furthest(normal, chart, lattice)
    return Read(normal, language, ranked, furthest, tuple(lost))


Combined = tuple[Frame, float, tuple[Item, ...]]


def frames(chart: Chart, lattice: Lattice) -> Sequence[Combined]:
    """Every way to put parts together that spans the whole text, the cheapest first."""
    best: list[list[Combined]] = [[] for _ in range(lattice.size + 1)]
    best[lattice.size] = [({}, 0.0, ())]
    for at in range(lattice.size - 1, -1, -1):
        here: dict[tuple[tuple[str, object], ...], Combined] = {}
        for part in chart.at[at].get("PART", ()):
            own = frame_of(part.value)
            for place in lattice.after[part.end]:
                for frame, cost, parts in best[place]:
                    both = unified(own, frame)
                    if both is None:
                        continue
                    key = tuple(sorted(both.items(), key=lambda kv: kv[0]))
                    total = cost + part.cost + PART
                    old = here.get(key)
                    if old is None or total < old[1]:
                        here[key] = (both, total, (part, *parts))
        best[at] = sorted(here.values(), key=lambda c: c[1])[:KEPT]
    begin: list[Combined] = [c for place in lattice.after[0] for c in best[place]]
    return sorted(begin, key=lambda c: c[1])


def _furthest(normal: Normal, chart: Chart, lattice: Lattice) -> tuple[int, int]:
    """A word that nobody knows, else the first stretch that no reading from the left gets past."""
    if lattice.unknown:
        return normal.span(*lattice.unknown[0])
    reached = set(lattice.after[0])
    agenda = list(reached)
    while agenda:
        at = agenda.pop()
        if at >= lattice.size:
            continue
        for part in chart.at[at].get("PART", ()):
            for place in lattice.after[part.end]:
                if place not in reached:
                    reached.add(place)
                    agenda.append(place)
    at = max(reached, default=0)
    if at >= lattice.size:
        return (0, 0)
    ends = [e.end for e in lattice.edges[at]]
    end = max(ends) if ends else _word_end(normal.folded, at)
    return normal.span(at, end)


def _word_end(text: str, at: int) -> int:
    end = at
    while end < len(text) and text[end] != " ":
        end += 1
    return max(end, at + 1)
