"""Which crowds share a statement: side by side those of one key, one behind the other those of several keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from metrics.many.crowds import Crowd

__all__ = ["Level", "apart", "levelled"]

_MOST_COLUMNS = 60  # of one statement

Level = Sequence[tuple[int, Crowd]]  # of one key, each with the number of its question


def levelled(crowds: Level) -> Iterator[list[Level]]:
    """The levels of each statement: of equal reserve, one of a key."""
    by_key: dict[int, dict[str, list[Level]]] = {}
    for level in _side_by_side(crowds):
        crowd = level[0][1]
        if crowd.turned.plain:
            by_key.setdefault(crowd.least, {}).setdefault(crowd.turned.key, []).append(level)
        else:
            yield [level]
    for keys in by_key.values():
        for levels in zip_longest(*keys.values()):
            yield [level for level in levels if level is not None]


def apart(levels: Sequence[Level]) -> list[list[Level]]:
    """The same in smaller statements; none where it is a single crowd."""
    if len(levels) > 1:
        return [[level] for level in levels]
    return [[[one]] for one in levels[0]] if len(levels[0]) > 1 else []


def _side_by_side(crowds: Level) -> Iterator[Level]:
    """Those that can be columns of the same rows: plain ones of the same key and reserve."""
    open_ones: dict[tuple[str, int], list[tuple[int, Crowd]]] = {}
    for one in crowds:
        crowd = one[1]
        if not crowd.turned.plain:
            yield [one]
            continue
        group = open_ones.setdefault((crowd.turned.key, crowd.least), [])
        if group and sum(len(c.turned.asked.show) for _, c in (*group, one)) > _MOST_COLUMNS:
            yield open_ones.pop((crowd.turned.key, crowd.least))
            group = open_ones.setdefault((crowd.turned.key, crowd.least), [])
        group.append(one)
    yield from open_ones.values()
