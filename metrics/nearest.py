"""The names somebody may have meant: the one measure of likeness behind every suggestion."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["nearest"]


def nearest(word: str, names: Iterable[str], *, most: int = 3) -> tuple[str, ...]:
    """Up to `most` of the names that look like `word` or share all its words, best first; none when nothing is near.

    >>> nearest("revenu", ["revenue", "win_rate"]), nearest("anna", ["Bob Miller", "Anna Schmidt"])
    (('revenue',), ('Anna Schmidt',))
    """
    from rapidfuzz import fuzz, process  # here: names that are right never need it

    folded = {name: name.casefold() for name in names}
    hits = process.extract(word.casefold(), folded, scorer=fuzz.token_set_ratio, limit=most, score_cutoff=60)
    return tuple(str(name) for _, _, name in hits)
