"""What has to be said beside the numbers of a question: known as it is planned, or told by its rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from metrics.plan.grid.tiling import SEPARATOR
from metrics.query.answer import Note

if TYPE_CHECKING:
    from metrics.people import Org
    from metrics.plan.grid.num import Num

__all__ = ["Aimed", "Remarks"]


@dataclass(frozen=True, slots=True)
class Aimed:
    """A column of what the rows of targets say of themselves: of which metric, over which days (None: open). `mixed`:
    targets of several lengths are there, so that it is said which were taken."""

    metric: str
    start: dt.date | None
    end: dt.date | None
    mixed: bool


@dataclass
class Remarks:
    """`columns`: behind those that are shown, in the order of `aimed`."""

    notes: list[Note] = field(default_factory=list)
    columns: dict[str, Num] = field(default_factory=dict)
    aimed: list[Aimed] = field(default_factory=list)

    def note(self, note: Note) -> None:
        if note not in self.notes:
            self.notes.append(note)

    def add(self, aimed: Aimed, num: Num) -> None:
        if aimed not in self.aimed:
            self.columns[f"_said{len(self.aimed)}"] = num
            self.aimed.append(aimed)

    def mark(self) -> tuple[int, int]:
        """Where `back` goes back to."""
        return len(self.notes), len(self.aimed)

    def back(self, mark: tuple[int, int]) -> None:
        """Without what was added since: the number it is about is not told."""
        notes, aimed = mark
        del self.notes[notes:]
        for i in range(aimed, len(self.aimed)):
            del self.columns[f"_said{i}"]
        del self.aimed[aimed:]

    def said(self, rows: Sequence[Sequence[object]], org: Org) -> list[Note]:
        """All notes, with those of the rows' hidden columns."""
        made = list(self.notes)
        for i, aimed in enumerate(self.aimed):
            told = {part for row in rows for part in str(row[i] or "").split(SEPARATOR) if part}
            made += [n for n in _aimed(aimed, told, org) if n not in made]
        return made


def _aimed(aimed: Aimed, told: set[str], org: Org) -> list[Note]:
    """Which targets were taken, and whose were not."""
    made: list[Note] = []
    taken = sorted(part.partition(":")[2] for part in told if part.startswith("taken:"))
    if aimed.mixed and taken:
        made.append(Note(code="target_taken", fields={"metric": aimed.metric, "periods": ", ".join(taken)}))
    for why in ("cut", "parts", "twice"):
        whose = sorted(_name(p.partition(":")[2], org.people) for p in told if p.startswith(f"{why}:"))
        if whose:
            fields = {"metric": aimed.metric, "who": ", ".join(whose), "n": str(len(whose))}
            made.append(Note(code=f"target_{why}", fields=fields))
    return made


def _name(person: str, people: Mapping[str, object]) -> str:
    return str(getattr(people.get(person), "name", person))
