"""The demo company's words, and reading in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from metrics import Metrics
from metrics.analyses.analysis import Analysis
from metrics.people import Audience, Viewer
from metrics.query.asked import Asked
from nlq.reader.asking import Definition, Meaning
from nlq.reader.lexicon import Lexicon
from nlq.reader.read import Read, read


@dataclass(frozen=True)
class Reader:
    """The demo company, and who asks there unless somebody else is named."""

    metrics: Metrics
    lexicon: Lexicon

    def __call__(self, text: str, who: str = "Olive Qian") -> Read:
        person = self.metrics.org.find(who)
        assert person is not None, who
        return read(text, self.lexicon, self.metrics.sees(Viewer.of(person), Audience.only_viewer()), None, person)


@pytest.fixture(scope="session")
def reader(demo_workspace: Path) -> Iterator[Reader]:
    metrics = Metrics.open(demo_workspace)
    yield Reader(metrics, Lexicon.build(metrics.model, metrics.members, metrics.org))
    metrics.close()


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
