"""`read`: a question becomes what it asks, or choices, or the reason why not. Pure; nothing is guessed or dropped."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from metrics.model.schema import Model
from metrics.people import Person
from nlq.normalise import ENDS, Normal, has_han, normalise
from nlq.reader.asking import BEYOND, Meaning, Wanted, question
from nlq.reader.before import Before, Unanswered, is_fragment, is_pick, is_unheard_of, is_whole, only_after
from nlq.reader.chart import PART_COST, Chart, Item, Lattice, fill
from nlq.reader.conditions import CHECKS
from nlq.reader.constructions import PART, NotAReading
from nlq.reader.dates import CHECKED
from nlq.reader.doing import doing_categories, resolve_done
from nlq.reader.frame import BESIDE, Frame, frame_of, unified
from nlq.reader.lattice import groups, lattice_of
from nlq.reader.lexicon import Lexicon
from nlq.reader.meaning import Unanswerable, Untargeted
from nlq.reader.names import Sees
from nlq.reader.passing import passing
from nlq.reader.reaching import reaches
from nlq.reader.scoping import check_number
from nlq.reader.spelling import is_doubtful
from nlq.reader.terms import has_hole, replaced

__all__ = ["Found", "Read", "read"]

MOST = 2000  # characters
MARGIN = 0.6  # another reading this near is asked about
ASIDE = 1.7  # what may say something of the question is not said in passing
TORN = 1.2  # what is the name of a number is taken apart
KEPT = 24  # ways to go on from a place
LEFT_OUT = 4.0
AFTER_NONE = "an edit of what was not answered"
DOUBTED = 60  # characters of what is looked through for Chinese typos that are words
_WORDS = re.compile(r"[㐀-鿿]|[^\s㐀-鿿]+")


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
    """`found`: readings that may be meant, the likeliest first; none where the question was not understood. `furthest`:
    the stretch of the text behind which nothing could be read. `parts`: where each of several questions stands, which
    are read one after the other."""

    normal: Normal
    language: str
    found: tuple[Found, ...]
    furthest: tuple[int, int] = (0, 0)
    lost: tuple[tuple[Frame, str], ...] = field(default=(), repr=False)
    absent: tuple[int, int, int] | None = None  # where words stand that ask for what there is no data for, and which
    chart: Chart | None = field(default=None, repr=False)
    lattice: Lattice | None = field(default=None, repr=False)
    parts: tuple[tuple[int, int], ...] = ()
    model: Model | None = field(default=None, repr=False)

    @property
    def near(self) -> tuple[Found, ...]:
        """The readings that may be meant: the best and those within the margin."""
        if len(self.found) < 2:
            return self.found
        from nlq.reader.telling import told  # here: most questions have one reading

        best, *others = self.found
        within = (f for f in others if f.cost <= best.cost + MARGIN)
        return best, *(f for f in within if not told(best.meaning, f.meaning, self.model))


def read(
    text: str,
    lexicon: Lexicon,
    sees: Sees | None = None,
    before: Before | Unanswered | None = None,
    asker: Person | None = None,
    *,
    every: bool = False,
) -> Read:
    """`before`: the last question that was answered, of which this may be an edit, or that there is none because it was
    not: then what may be one is not read. `every`: readings too that are too
    far behind to be meant. Brackets and quotes hold together what is in them; where that cannot be read, they are
    nothing."""
    made = _read_whole(text, lexicon, sees, before, asker, math.inf if every else MARGIN)
    chart = made.chart
    if chart is None or made.absent is not None or any(why == BEYOND for _, why in made.lost):
        return made
    asks = [at for at in range(len(chart.at)) if chart.of(at, "ASKING")] if _may_be_parted(made) else []
    if made.found and not ENDS.search(made.normal.literal) and len(asks) < 2:
        return made
    from nlq.reader.several import Line, several  # here: most lines are one question

    def one(part: str, after: Before | None) -> Wanted | None:
        made = _read_whole(part, lexicon, sees, after or before, asker, MARGIN)
        if len(made.near) != 1 or (after is not None and any(_refers(p, made.chart) for p in made.near[0].parts)):
            return None
        return made.near[0].wanted

    def alone(part: str) -> bool:
        return bool(_read_whole(part, lexicon, sees, None, asker, MARGIN).near)

    joins = [(at, join.end) for at in range(len(chart.at)) for join in chart.of(at, "JOIN")]
    whole = made.found[0].meaning if made.found else None
    found = several(Line(made.normal, joins, asks, one, alone, whole, lexicon.model))
    if isinstance(found, Wanted):
        return replace(made, found=(Found(found, 0.0),), furthest=(0, 0))
    parts = tuple(made.normal.span(*part) for part in found)
    return replace(made, found=(), furthest=(0, 0), parts=parts) if parts else made


def _may_be_parted(made: Read) -> bool:
    return bool(ENDS.search(made.normal.literal)) or "," in made.normal.literal


def _refers(part: Item, chart: Chart | None) -> bool:
    """Whether it is of a list, or ends with words that are: "of those", which one number is not."""
    if part.category != PART:
        return False
    if {"those", "pronoun"} & set(frame_of(part.value).get("follow", ())):
        return True
    inside = (i for at in range(part.start + 1, part.end) for i in chart.of(at, PART)) if chart is not None else ()
    return any(i.end == part.end and frame_of(i.value) == {"follow": ("those",)} for i in inside)


def _read_whole(
    text: str,
    lexicon: Lexicon,
    sees: Sees | None,
    before: Before | Unanswered | None,
    asker: Person | None,
    margin: float,
) -> Read:
    """As one question."""
    normal = normalise(text[:MOST])

    def otherwise(normal: Normal, lattice: Lattice) -> Read | None:
        """None where there is no reading; with a word that nobody knows in it, there is none."""
        found = None if lattice.unknown else _read(normal, lattice, lexicon, before, asker, margin)
        return found if found is not None and found.found else None

    if groups(normal) and (found := otherwise(normal, lattice_of(normal, lexicon, sees, grouped=True))):
        return found
    made = _read(normal, lattice_of(normal, lexicon, sees), lexicon, before, asker, margin)
    if made.found or any(why == BEYOND for _, why in made.lost):
        return made
    from nlq.reader.respelling import respelled  # here: most are read as they stand

    usual = respelled(normal)
    if usual is not None and (found := otherwise(usual, lattice_of(usual, lexicon, sees))):
        return found
    if made.language == "zh" and made.absent is None and len(text) <= DOUBTED:
        again = otherwise(normal, lattice_of(normal, lexicon, sees, doubted=True))
        sure = tuple(f for f in again.found if not is_doubtful(f.parts)) if again is not None else ()
        return replace(again, found=sure) if again is not None and sure else made
    return made


def _read(
    normal: Normal,
    lattice: Lattice,
    lexicon: Lexicon,
    before: Before | Unanswered | None,
    asker: Person | None,
    margin: float,
) -> Read:
    language = "zh" if has_han(normal.original) else "en"
    chart = _filled(lattice, lexicon)
    found: dict[Meaning, Found] = {}
    apart: dict[Meaning, Found] = {}  # of numbers that are not recorded so: an agreement is lost, and in no stage
    lost: list[tuple[Frame, str]] = []
    most = math.inf
    for frame, cost, parts in frames(chart, lattice, alone=before is None):  # the cheapest first
        if cost > most:
            break
        try:
            if "all_of" in frame:
                check_number(frame["all_of"], lexicon.org, asker)
            if frame.get("refer") == "team" and isinstance(before, Before):
                frame = _of_whole_team(frame, before, lexicon, asker)
            wanted = _wanted(frame, lexicon.model, before, asker)
        except NotAReading as error:
            lost.append((frame, str(error)))
            if isinstance(error, Unanswerable) and not found and not apart:
                break
            continue
        if wanted.meaning not in found and wanted.meaning not in apart:
            made = found if reaches(wanted.meaning, lexicon.model) else apart
            made[wanted.meaning] = Found(wanted, cost, parts)
            most = min(most, cost + margin) if made is found else most
    ranked = tuple((found or apart).values())
    furthest = (0, 0) if ranked else _furthest(normal, chart, lattice)
    absent = None if ranked else _absent(normal, lattice)
    return Read(normal, language, ranked, furthest, tuple(lost), absent, chart, lattice, model=lexicon.model)


def _wanted(frame: Frame, model: Model, before: Before | Unanswered | None, asker: Person | None) -> Wanted:
    """Raises NotAReading."""
    frame = _settled_beside(frame, model)
    if "theirs" in frame and not frame.keys() & {"by", "top", "listed", "count", "record"}:
        raise NotAReading("of whom it is is not said")
    left = only_after(frame) or is_fragment(frame) or is_pick(frame) or is_unheard_of(frame)
    if isinstance(before, Unanswered) and left:
        raise NotAReading(AFTER_NONE)
    if isinstance(before, Before):
        from nlq.reader.following import followed  # here: a single question is not gone on from
        from nlq.reader.of_the_same import of_the_same_days

        try:
            made = followed(before, frame, model, asker)
            if made is not None:
                return made
            frame = of_the_same_days(before, frame, model) if before.near else frame
        except Untargeted:  # of the number that everybody has a target of, then
            pass
        except NotAReading:
            if not _of_its_own(frame):
                raise
    if only_after(frame) or (before is not None and is_pick(frame)):
        raise NotAReading("said of what was asked before")
    if not is_whole(frame):
        raise NotAReading("no question of its own")
    return question(frame, model, asker)


def _settled_beside(frame: Frame, model: Model) -> Frame:
    """Raises NotAReading."""
    if BESIDE.isdisjoint(frame):
        return frame
    from nlq.reader.settling import settled_beside  # here: few say some of it apart

    return settled_beside(frame, model)


def _of_whole_team(frame: Frame, before: Before, lexicon: Lexicon, asker: Person | None) -> Frame:
    """Raises NotAReading."""
    from nlq.reader.widening import of_whole_team  # here: few go on to it

    return of_whole_team(frame, before, lexicon.org, asker, lexicon.model)


def _of_its_own(frame: Frame) -> bool:
    """Whether it is said what it is about: then it need not be of what was asked before."""
    named = "about" in frame and not has_hole(frame["about"]) and not is_unheard_of(frame)
    return named or bool(frame.keys() & {"record", "recent"})


def chart_of(text: str, lexicon: Lexicon) -> Chart:
    """All that stretches of a text can be."""
    normal = normalise(text[:MOST])
    return _filled(lattice_of(normal, lexicon, None, grouped=groups(normal)), lexicon)


def _filled(lattice: Lattice, lexicon: Lexicon) -> Chart:
    checks = lexicon.kept.get("checks")
    if checks is None:
        done = resolve_done(lexicon.doings, lexicon.model)
        found = dict.fromkeys(doing_categories(lexicon.grammar), done)
        checks = lexicon.kept["checks"] = {**CHECKS, **CHECKED, **found, "GONE": lambda v: replaced(v, done)}
    return fill(lattice, lexicon.grammar, checks)


Combined = tuple[Frame, float, tuple[Item, ...]]


def frames(
    chart: Chart, lattice: Lattice, left_out: Mapping[int, int] | None = None, *, alone: bool = True
) -> Sequence[Combined]:
    """Every way to put parts together that spans the whole text, the cheapest first. `left_out`: words that may be left
    unread at a price, start -> end: to find what could have been asked. `alone`: nothing was
    asked before, so what means nothing by itself is not read."""
    best: list[list[Combined]] = [[] for _ in range(lattice.size + 1)]
    best[lattice.size] = [({}, 0.0, ())]
    passed = passing(chart, lattice)
    for at in range(lattice.size - 1, -1, -1):
        here: dict[frozenset[tuple[str, object]], Combined] = {}
        if left_out is not None and at in left_out:
            for place in lattice.after[left_out[at]]:
                for frame, cost, parts in best[place]:
                    _keep(here, (frame, cost + LEFT_OUT, parts))
        for part in chart.of(at, "PART"):
            behind = [way for place in lattice.after[part.end] for way in best[place]]
            if not behind:
                continue
            own = frame_of(part.value)
            if (alone and only_after(own)) or (own.keys() & {"compare", "having"} and _cut_off(chart, lattice, part)):
                continue
            price = part.cost + PART_COST + (TORN if _none_of(own) and _is_name(lattice, part) else 0.0)
            for frame, cost, parts in behind:
                both = unified(own, frame)
                if both is not None:
                    _keep(here, (both, cost + price, (part, *parts)))
        for aside in passed.get(at, ()):
            for place in lattice.after[aside.end]:
                for frame, cost, parts in best[place]:
                    _keep(here, (frame, cost + aside.cost + ASIDE, (aside, *parts)))
        best[at] = sorted(here.values(), key=lambda c: c[1])[:KEPT]
    begin: list[Combined] = [c for place in lattice.after[0] for c in best[place]]
    return sorted(begin, key=lambda c: c[1])


def _none_of(frame: Frame) -> bool:
    """Whether it says that there is nothing of something."""
    return any(t.kind == "test" and (t["op"], t["value"]) == ("eq", 0) for t in frame.get("having", ()))


def _is_name(lattice: Lattice, part: Item) -> bool:
    """Whether it is what a number is called, as a whole: what is "uncollected" is no number of collections of none."""
    return any(e.category == "METRIC" and e.end == part.end and not e.cost for e in lattice.edges[part.start])


def _cut_off(chart: Chart, lattice: Lattice, part: Item) -> bool:
    """Whether it ends in a number whose unit stands right behind it: "60" of 超过60天 is no amount."""
    numbers = (e for at in range(part.start, part.end) for e in lattice.edges[at] if e.category == "AMOUNT")
    return part.end < lattice.size and bool(chart.of(part.end, "UNIT")) and any(e.end == part.end for e in numbers)


def _keep(here: dict[frozenset[tuple[str, object]], Combined], way: Combined) -> None:
    key = frozenset(way[0].items())
    old = here.get(key)
    if old is None or way[1] < old[1]:
        here[key] = way


def nearest(made: Read, model: Model, asker: Person | None) -> list[Meaning]:
    """Questions that differ from what was typed by as few words as can be."""
    assert made.chart is not None and made.lattice is not None
    lattice = made.lattice
    words = {m.start(): m.end() for m in _WORDS.finditer(made.normal.folded)}
    after = [a or ((i,) if i in words else ()) for i, a in enumerate(lattice.after)]
    for at in range(lattice.size - 1, -1, -1):
        if made.normal.folded[at] == " ":
            after[at] = after[at + 1]
    loose = replace(lattice, after=after)
    found: dict[Meaning, None] = {}
    for frame, cost, _ in frames(made.chart, loose, words):
        if cost < LEFT_OUT * len(words):
            with suppress(NotAReading):
                found[question(_settled_beside(frame, model), model, asker).meaning] = None
    return list(found)


def _absent(normal: Normal, lattice: Lattice) -> tuple[int, int, int] | None:
    found = [e for here in lattice.edges for e in here if e.category == "ABSENT"]
    if not found:
        return None
    longest = max(found, key=lambda e: (e.end - e.start, -e.cost))
    return (*normal.span(longest.start, longest.end), longest.value)


def _furthest(normal: Normal, chart: Chart, lattice: Lattice) -> tuple[int, int]:
    """A word that nobody knows, else the first stretch that no reading from the left gets past."""
    if lattice.unknown:
        return normal.span(*lattice.unknown[0])
    passed = passing(chart, lattice)
    reached = set(lattice.after[0])
    agenda = list(reached)
    while agenda:
        at = agenda.pop()
        if at >= lattice.size:
            continue
        for part in (*chart.of(at, "PART"), *passed.get(at, ())):
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
