"""Two questions in one line, "sales this month? and calls?": one table where they differ in their numbers only; else
each is asked back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from metrics.query.asked import Asked
from nlq.normalise import ENDS, Normal
from nlq.reader.asking import Meaning, Wanted
from nlq.reader.before import Before
from nlq.reader.side_by_side import beside_each_other

__all__ = ["both"]

_PAUSES = re.compile(r",\s*(?=\w)")
_MOST = 6  # places where a line is tried to be parted


def both(
    normal: Normal, joints: Sequence[int], one: Callable[[str, Before | None], Wanted | None], *, ended: bool
) -> tuple[Wanted, ...]:
    """One or two meanings; none where no parting gives two questions. `one`: reads a part, after another. `ended`: only
    what ends is parted."""
    for left, right in islice(_parted(normal, joints, ended=ended), _MOST):
        first = one(left, None)
        then = first and one(right, Before(first.meaning))
        if not first or not then:
            continue
        whole = _as_one(_of_days(first, then), then.meaning)
        if whole is not None:
            return (Wanted(whole, tuple(dict.fromkeys((*first.assumed, *then.assumed)))),)
        return first, then
    return ()


def _parted(normal: Normal, joints: Sequence[int], *, ended: bool) -> Iterator[tuple[str, str]]:
    """Behind a question mark, then behind a comma, or where a word begins that joins two."""
    places = [m.span() for m in ENDS.finditer(normal.literal)]
    if not ended:
        places += [m.span() for m in _PAUSES.finditer(normal.literal)]
        places += [(at, at) for at in joints if at]
    size = len(normal.literal)
    for start, end in places:
        first, last = normal.span(0, start), normal.span(end, size)
        yield normal.original[first[0] : first[1]], normal.original[last[0] : last[1]]


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
