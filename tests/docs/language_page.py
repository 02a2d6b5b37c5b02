"""How docs/language.md shows that a text is read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from metrics import Metrics
from metrics.analyses.analysis import Analysis
from metrics.query.asked import Asked
from nlq.reader.asking import Meaning
from nlq.reader.lexicon import Lexicon
from nlq.reader.read import Found, Read, read

PAGE = Path(__file__).resolve().parents[2] / "docs" / "language.md"
ASKER = "r1"


def blocks(page: str, kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", page, re.DOTALL)


def shown(text: str, lexicon: Lexicon) -> str:
    """As a block of the page."""
    made = read(text, lexicon, asker=lexicon.org.people[ASKER])
    return "\n".join([f"> {text}", *_readings(made)]) + "\n"


def _readings(made: Read) -> Iterator[str]:
    for start, end in made.parts:
        yield f"one of several: {made.normal.original[start:end]}"
    if not made.near and not made.parts:
        yield f"not understood: {made.normal.original[slice(*made.furthest)] or 'the whole'}"
    for found in made.near:
        yield f"{found.cost:.2f}  {_parts(found, made)}"
        yield f"      {_written(found.meaning)}"


def _parts(found: Found, made: Read) -> str:
    return " · ".join(
        f"{made.normal.folded[p.start : p.end]} ({p.form.construction.name})" for p in found.parts if p.form is not None
    )


def _written(meaning: Meaning) -> str:
    if isinstance(meaning, Asked):
        return meaning.to_json()
    return (
        meaning.model_dump_json(exclude_defaults=True) if isinstance(meaning, Analysis) else json.dumps(meaning.metrics)
    )


def opened(workspace: Path) -> Lexicon:
    metrics = Metrics.open(workspace)
    try:
        return Lexicon.build(metrics.model, metrics.members, metrics.org)
    finally:
        metrics.close()
