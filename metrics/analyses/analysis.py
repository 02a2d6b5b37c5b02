"""`Analysis`: what takes several questions. It asks one after the other and is told tables, as whoever asks would be:
all it can find is what its viewer could work out from answers that they get. So no analysis has a privacy of its own,
and none can tell more than the algebra tells."""

from __future__ import annotations

import datetime as dt
from abc import abstractmethod
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field

from metrics.model.schema import Model
from metrics.people import Viewer
from metrics.query.answer import Cell, Note
from metrics.query.asked import Asked
from metrics.query.family import Family, Frozen
from metrics.query.table import Table

__all__ = ["Analysis", "Fact", "Findings", "Ground", "Part", "Steps", "number"]


class Part(Frozen):
    """A table an analysis stands on, by the name the analysis has for it."""

    name: str
    table: Table


class Fact(Frozen):
    """One number that was found. `of`: the metric or step it is of; `at`: the row of `by` it belongs to ("": the
    whole); `unit`: as in a Column; `value` None: n/a, or not to be told (a note says which)."""

    name: str
    value: Cell
    unit: str = "number"
    of: str = ""
    at: str = ""


class Findings(Frozen):
    """What `Metrics.analyse` gives. Parts in the order they were asked, facts in the order they are said."""

    analysis: Analysis
    parts: tuple[Part, ...]
    facts: tuple[Fact, ...]
    notes: tuple[Note, ...] = ()

    def part(self, name: str) -> Table | None:
        return next((p.table for p in self.parts if p.name == name), None)

    def remarks(self) -> tuple[Note, ...]:
        """Its own notes, then those of its parts (late sources, what is left out), each once."""
        made = [*self.notes, *(note for part in self.parts for note in part.table.notes)]
        return tuple(note for i, note in enumerate(made) if note not in made[:i])

    def value(self, name: str, *, of: str | None = None, at: str = "") -> Cell:
        """Of a fact; None where there is none. `of` None: of whatever it is."""
        found = (f for f in self.facts if f.name == name and f.at == at and of in (None, f.of))
        return next((f.value for f in found), None)


@dataclass(frozen=True, slots=True)
class Ground:
    """What an analysis may know beside the tables. `day`: the local date of the question; `through`: dataset -> the
    last day for which it is complete (None: it has no days)."""

    model: Model
    viewer: Viewer
    day: dt.date
    through: Mapping[str, dt.date | None] = field(default_factory=dict)


Steps = Generator[Asked, Table, Findings]


class Analysis(Family, root=True, home="metrics.analyses"):
    """A frozen value, JSON as {"kind": …}; known from the moment its module is imported."""

    @abstractmethod
    def steps(self, ground: Ground) -> Steps:
        """Yields what it asks, is sent the table, and returns what it found. Where a question has no answer its
        UserError is thrown in at the `yield`: an analysis that can do without it catches it and says so in a note; one
        that cannot lets it pass. Raises UserErrors of its own for what means nothing."""


def number(cell: Cell) -> float | None:
    """A cell of a measure as a number; None for n/a."""
    return float(cell) if isinstance(cell, int | float) and not isinstance(cell, bool) else None


Findings.model_rebuild()
