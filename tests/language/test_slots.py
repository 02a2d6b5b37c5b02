"""Nothing that fills a slot is dropped: a slot without a name takes only words that mean one thing, or stands in what
is not answered at all."""

from __future__ import annotations

from collections import defaultdict

from nlq.reader.constructions import Slot, grammar


def test_unnamed_slots_take_words_of_one_meaning() -> None:
    meanings: dict[str, set[str]] = defaultdict(set)
    for construction in grammar().constructions.values():
        meanings[construction.category].add(str(construction.means))
    dropped = {
        f"{construction.name}: {part.category}"
        for construction in grammar().constructions.values()
        if construction.means != {"beyond": True}
        for part in construction.parts
        if isinstance(part, Slot) and not part.name and len(part.wanted) != 1 and len(meanings[part.category]) > 1
    }
    assert not dropped
