"""Several questions in one line, "my rank this month? and who is first?". Where they differ in their numbers only they
are one table; else each is read and answered in turn, as if it had been sent by itself. A line that reads as a whole is
one question, unless each half of it is a question of its own, and the first would be lost in the whole."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

from metrics.model.schema import Model
from metrics.query.asked import Asked
from nlq.normalise import ENDS, Normal
from nlq.reader.asking import Meaning, Wanted
from nlq.reader.before import Before
from nlq.reader.side_by_side import beside_each_other

__all__ = ["PAUSES", "Line", "Span", "several"]

PAUSES = re.compile(r",\s*(?=\w)")
_BESIDE = ("show", "order", "population")  # what may differ, and the first is answered all the same
_SUPPOSED = "what_if"
_MARKS = ("?", "？")
_MOST = 6  # places where a line is tried to be parted
_MOST_PARTS = 4

Span = tuple[int, int]  # of the normal form


@dataclass(frozen=True, slots=True)
class Line:
    """`joins`: words that join two questions; `asks`: where words stand that ask. `one` reads a part after another;
    `alone`: whether it is a whole question by itself. `whole`: as what the line reads as one."""

    normal: Normal
    joins: Sequence[Span]
    asks: Sequence[int]
    one: Callable[[str, Before | None], Wanted | None]
    alone: Callable[[str], bool]
    whole: Meaning | None
    model: Model

    def text(self, span: Span) -> str:
        start, end = self.normal.span(*span)
        return self.normal.original[start:end]

    def ends_asking(self) -> bool:
        return self.normal.original.rstrip().endswith(_MARKS)

    def asking(self, span: Span) -> bool:
        return any(span[0] <= at < span[1] for at in self.asks)


def several(line: Line) -> Wanted | tuple[Span, ...]:
    """The one question that the parts of a line are, or where each of them stands; () where it is not several."""
    ended = _ended(line)
    if not line.whole and len(ended) > 2 and (found := _in_turn(line, ended)):
        return _all_one(found) or ended
    ends = {m.span() for m in ENDS.finditer(line.normal.literal)}
    for left, right in islice(_parted(line), _MOST):
        if line.whole and ";" in line.normal.literal[left[1] : right[0]] and _says_more_of_it(line, right):
            continue
        first = line.one(line.text(left), None)
        then = first and line.one(line.text(right), Before(first.meaning))
        if first and (left[1], right[0]) not in ends and getattr(first.meaning, "kind", "") == _SUPPOSED:
            continue  # what follows is asked under that condition
        if not first or not then:
            if line.whole and _asked_apart(line, left, right) and _each_whole(line, left, right):
                return left, right  # one of them is two things, or goes on from no number
            continue
        both = _all_one((first, then))
        if both is not None:
            return both if not line.whole or (left[1], right[0]) in ends else ()
        lost = line.whole and _each_whole(line, left, right) and not _holds(line.whole, first.meaning, line.model)
        asked = _asked_apart(line, left, right) or (line.asking(left) and line.asking(right))
        if not line.whole or (lost and (asked or _apart(line, right, then))):
            return left, right
    if not line.whole and len(ended) > 1 and any(line.one(line.text(part), None) for part in ended):
        return ended  # one of them is not read: it is named
    return ()


def _ended(line: Line) -> tuple[Span, ...]:
    """Behind question marks and the like."""
    ends = [m.span() for m in ENDS.finditer(line.normal.literal)][: _MOST_PARTS - 1]
    bounds = [(0, 0), *ends, (len(line.normal.literal), len(line.normal.literal))]
    return tuple((left[1], right[0]) for left, right in pairwise(bounds))


def _in_turn(line: Line, parts: Sequence[Span]) -> list[Wanted]:
    """Each after the one before it; nothing where one of them is not read."""
    found: list[Wanted] = []
    before: Before | None = None
    for part in parts:
        made = line.one(line.text(part), before)
        if made is None:
            return []
        before = Before(made.meaning) if before is None else before.then(made.meaning)
        found.append(made)
    return found


def _all_one(found: Sequence[Wanted]) -> Wanted | None:
    first, *others = found
    for then in others:
        both = _as_one(_of_days(first, then), then.meaning)
        if both is None:
            return None
        first = Wanted(both, tuple(dict.fromkeys((*first.assumed, *then.assumed))))
    return first


def _parted(line: Line) -> Iterator[tuple[Span, Span]]:
    """Behind a question mark, then behind a comma, or where a word begins that joins two; of a line that reads as a
    whole only where both sides ask."""
    ends = [m.span() for m in ENDS.finditer(line.normal.literal)]
    pauses = [m.span() for m in PAUSES.finditer(line.normal.literal)]
    size = len(line.normal.literal)
    places = ends + pauses + ([(start, start) for start, _ in line.joins if start] if not line.whole else [])
    for start, end in places:
        left, right = (0, start), (end, size)
        if not line.whole or (start, end) in ends or (line.asking(left) and line.asking(right)):
            yield left, right


def _each_whole(line: Line, left: Span, right: Span) -> bool:
    """Whether each is a question without the other."""
    return line.alone(line.text(left)) and line.alone(line.text(_behind_join(line, right)))


def _behind_join(line: Line, span: Span) -> Span:
    return next((end for begin, end in line.joins if begin == span[0]), span[0]), span[1]


def _asked_apart(line: Line, left: Span, right: Span) -> bool:
    """Whether the first ends with a question mark, and what is behind it asks too: "Who is slowest? This year's wins"
    is one."""
    marked = "?" in line.normal.literal[left[1] : right[0]]
    return marked and (line.asking(right) or line.ends_asking())


def _says_more_of_it(line: Line, right: Span) -> bool:
    """Whether what is behind a semicolon only says more of one question: it names no number that is asked about."""
    alone = line.one(line.text(_behind_join(line, right)), None)
    if alone is None or not isinstance(alone.meaning, Asked) or not isinstance(line.whole, Asked):
        return alone is None
    return "default_metric" in alone.assumed or not set(alone.meaning.show) <= set(line.whole.show)


def _apart(line: Line, right: Span, then: Wanted) -> bool:
    """Whether the second means by itself what it means after the first, but for the days: it goes on from nothing."""
    alone = line.one(line.text(_behind_join(line, right)), None)
    if alone is None or not isinstance(alone.meaning, Asked) or not isinstance(then.meaning, Asked):
        return alone is not None and alone.meaning == then.meaning
    return alone.meaning.model_copy(update={"period": None}) == then.meaning.model_copy(update={"period": None})


def _holds(whole: Meaning, first: Meaning, model: Model) -> bool:
    """Whether the one question answers the first, too: of the same rows, in the same groups; how many there are where
    they are listed; one number more of them."""
    if not isinstance(whole, Asked) or not isinstance(first, Asked):
        return whole == first
    if whole.model_copy(update=dict.fromkeys(_BESIDE)) == first.model_copy(update=dict.fromkeys(_BESIDE)):
        return True
    if (whole.scope, whole.limit, first.by) != (first.scope, first.limit, ()):
        return False
    counts = len(first.show) == 1 and first.show[0].unit(model) == "count"
    return counts and (len(whole.show) > 1 if not whole.by else whole.show == first.show)


def _of_days(first: Wanted, then: Wanted) -> Meaning:
    """Of the days that are said last, where none are said first."""
    left, right = first.meaning, then.meaning
    if "default_period" in first.assumed and isinstance(left, Asked) and isinstance(right, Asked):
        return left.model_copy(update={"period": right.period})
    return left


def _as_one(first: Meaning, then: Meaning) -> Meaning | None:
    """The one question that both are; None where they are two."""
    if not isinstance(first, Asked) or not isinstance(then, Asked):
        return None
    alike = then.model_copy(update={"show": first.show, "order": first.order, "population": first.population})
    if alike != first or first.limit is not None:
        return beside_each_other(first, then)
    return first.model_copy(update={"show": tuple(dict.fromkeys((*first.show, *then.show)))})
