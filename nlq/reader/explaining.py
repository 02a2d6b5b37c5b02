"""How a reading came about: the words that were known, what was made of them, what it cost, and what else it might have
been."""

from __future__ import annotations

from collections.abc import Iterator

from metrics.analyses.analysis import Analysis
from metrics.query.asked import Asked
from nlq.reader.asking import Meaning
from nlq.reader.chart import Item
from nlq.reader.read import Found, Read

__all__ = ["explained"]


def explained(made: Read) -> Iterator[str]:
    """Lines of plain text; numbers are costs."""
    assert made.chart is not None and made.lattice is not None
    text = made.normal.folded
    yield f"text      {text}"
    for here in made.lattice.edges:
        for item in here:
            if item.category != item.value:  # words of constructions speak for themselves
                yield f"word      {_line(item, text)}"
    for start, end in made.lattice.unknown:
        yield f"unknown   {text[start:end]}"
    made_items = sorted((i for i in made.chart if i.form is not None), key=lambda i: (i.start, i.end, i.category))
    for item in made_items:
        yield f"item      {_line(item, text)}"
    for rank, found in enumerate(made.found):
        yield from _reading(found, rank, made)
    for frame, why in made.lost:
        yield f"no        {dict(frame)}: {why}"


def _line(item: Item, text: str) -> str:
    name = item.form.construction.name if item.form is not None else item.source
    return f"{item.cost:5.2f}  {item.category:10} {text[item.start : item.end]!r}  {name}  {item.value}"


def _reading(found: Found, rank: int, made: Read) -> Iterator[str]:
    away = found.cost - made.found[0].cost
    why = "best" if rank == 0 else f"+{away:.2f}: {'asked about' if found in made.near else 'too far behind'}"
    yield f"reading   {found.cost:5.2f}  {why}"
    for part in found.parts:
        name = part.form.construction.name if part.form is not None else part.source
        yield f"  part    {part.cost:5.2f}  {made.normal.folded[part.start : part.end]!r}  {name}"
    yield f"  means   {_json(found.meaning)}"


def _json(meaning: Meaning) -> str:
    if isinstance(meaning, Asked | Analysis):
        return meaning.model_dump_json(exclude_defaults=True)
    return str(meaning)
