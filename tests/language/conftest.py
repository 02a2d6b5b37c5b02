"""The demo company's words, and reading in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from own_words import members_renamed, under_other_names

from bot.about_whom import before_of
from metrics import Metrics
from metrics.analyses.analysis import Analysis
from metrics.people import Audience, Person, Viewer
from metrics.query.asked import Asked
from nlq.reader.asking import Definition, Meaning
from nlq.reader.before import Before
from nlq.reader.lexicon import Lexicon
from nlq.reader.names import Sees
from nlq.reader.read import Read, read

NOON = dt.datetime.fromisoformat("2026-11-20T12:00")  # in the demo of tests/conftest.py


@dataclass(frozen=True)
class Reader:
    """The demo company, and who asks there unless somebody else is named."""

    metrics: Metrics
    lexicon: Lexicon
    _befores: dict[tuple[str, ...], Before | None] = field(default_factory=dict)

    def __call__(self, text: str, who: str = "Olive Qian", after: Sequence[str] = ()) -> Read:
        """`after`: what was asked before it, and answered."""
        person = self.metrics.org.find(who)
        assert person is not None, who
        sees = self.metrics.sees(Viewer.of(person), Audience.only_viewer())
        key = (who, *after)
        if key not in self._befores:
            self._befores[key] = self._answered(person, sees, after)
        return read(text, self.lexicon, sees, self._befores[key], person)

    def _answered(self, person: Person, sees: Sees, asked: Sequence[str]) -> Before | None:
        viewer, alone = Viewer.of(person), Audience.only_viewer()
        before: Before | None = None
        for earlier in asked:
            (found,) = read(earlier, self.lexicon, sees, before, person).near
            if isinstance(found.meaning, Asked):
                table = self.metrics.tell(found.meaning, viewer=viewer, audience=alone, as_of=NOON)
                before = before_of(self.metrics.model, table, before)
            else:
                before = Before(found.meaning) if before is None else before.then(found.meaning)
        return before


@pytest.fixture(scope="session")
def reader(demo_workspace: Path) -> Iterator[Reader]:
    metrics = Metrics.open(demo_workspace)
    yield Reader(metrics, Lexicon.build(metrics.model, metrics.members, metrics.org))
    metrics.close()


@pytest.fixture(scope="session")
def own_reader(reader: Reader) -> Reader:
    """The same company, which calls what it does by words of its own."""
    metrics = reader.metrics
    lexicon = Lexicon.build(under_other_names(metrics.model), members_renamed(metrics.members), metrics.org)
    return Reader(metrics, lexicon)


@pytest.fixture(scope="session")
def meaning() -> Callable[[Any], Meaning]:
    """A meaning as a corpus writes it: an `Asked`, {analysis: {kind: …}}, or {define: [metric, …]}."""

    def made(written: Any) -> Meaning:
        if "define" in written:
            return Definition(tuple(written["define"]))
        if "analysis" in written:
            return Analysis._member(written["analysis"])
        return Asked.model_validate(written)

    return made
