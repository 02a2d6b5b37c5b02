"""A table in the words of one language: what its columns are called and its cells say."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from bot.wording.dates import bucket_words
from bot.wording.figures import format_value
from bot.wording.measures import about, column_name
from bot.wording.words import Words
from metrics.kinds.nth import Nth
from metrics.query.answer import Cell
from metrics.query.measure import Measure
from metrics.query.table import Table, Taken

__all__ = ["TableWords"]


class TableWords:
    """Columns stand in the order of the table: what it is broken down by, then the measures."""

    def __init__(self, words: Words, table: Table) -> None:
        self.words = words
        self.table = table
        self.asked = table.asked
        self.keys = len(table.asked.by)

    @cached_property
    def about(self) -> tuple[Measure, ...]:
        """What it is about, each once."""
        return tuple(dict.fromkeys(about(m) for m in self.asked.show))

    @cached_property
    def labels(self) -> tuple[str, ...]:
        compared = self.window("compared") if self.asked.grain is None else None  # else of each bucket another
        alone = len(self.about) == 1
        shown = [column_name(self.words, m, alone=alone, compared=compared) for m in self.asked.show]
        return (*(self._key(b) for b in self.asked.by), *shown)

    def _key(self, by: str) -> str:
        return self.words.say(f"column.time.{by}") if by == self.asked.grain else self.words.field(by)

    def is_key(self, at: int) -> bool:
        return at < self.keys

    def at(self, role: str) -> int | None:
        """The first column of that role."""
        return next((i for i, c in enumerate(self.table.columns) if c.role == role), None)

    @cached_property
    def value_at(self) -> int | None:
        """The column with the number that it is about; else the first number there is."""
        numbers = [i for i, c in enumerate(self.table.columns) if i >= self.keys and c.unit not in ("text", "date")]
        own = [i for i in numbers if self.asked.show[i - self.keys] in self.about]
        return next(iter((*own, *numbers)), None)

    def window(self, of: str = "shown") -> Taken | None:
        return next((w for w in self.table.proof.windows if w.of == of), None)

    def cell(self, at: int, value: Cell) -> str:
        """A value as people write it; never empty."""
        words, column = self.words, self.table.columns[at]
        if column.role == "dimension":
            return words.member(column.of, value, column.unit)
        if column.role == "time":
            return bucket_words(value, self.asked.grain, words.model.calendar, words.language)
        if column.role == "change_pct":
            return words.change_percent(value)
        if column.unit == "text" and value is not None:
            measure = self.asked.show[at - self.keys]
            field = measure.field if isinstance(measure, Nth) else column.of
            return words.member(field or column.of, value)
        signed = column.role in ("change", "difference")
        return format_value(value, column.unit, words.language, signed=signed) or words.say("value.none")

    def row(self, row: Sequence[Cell]) -> list[str]:
        return [self.cell(i, v) for i, v in enumerate(row)]
