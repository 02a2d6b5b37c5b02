"""What an engine must do. The canonical tree goes in, rows come out; nothing here knows a dialect."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlglot import exp

__all__ = ["ASKER", "Asker", "Catalog", "Columns", "Damage", "Engine", "Engines", "Health", "Rendered", "Result"]


ASKER = "asker"  # the parameter that the id of who asks is bound to


class Asker(str):
    """The id of who asks, wherever it stands as a value in a tree: it is bound, so that the same question of another
    has the same text."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Rendered:
    """SQL text in the engine's dialect with its bound parameters (named)."""

    sql: str
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """Rows as Python values: int, float, str, bool, datetime.date, None (decimals already floats or ints)."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    data_version: str
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class Columns:
    """The same values as those of a Result, a sequence for each column."""

    names: tuple[str, ...]
    columns: tuple[Sequence[Any], ...]
    data_version: str
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class Catalog:
    """Table name -> column name -> type name."""

    tables: dict[str, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Health:
    ok: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Damage:
    """Data that was loaded and is no longer what was written: which file, and how it shows (English, for admins).
    `since`: tells one damage to a file of this name from the next."""

    file: str
    why: str
    since: int = 0


class Engine(Protocol):
    """A place where SQL runs, over one version of the data. Implementations are thread-safe."""

    dialect: str

    @property
    def data_version(self) -> str: ...

    @property
    def through(self) -> Mapping[str, dt.date | None]:
        """Table -> its last complete day; None: always complete."""
        ...

    @property
    def since(self) -> Mapping[str, dt.date]:
        """Table -> its first complete day, where that is declared."""
        ...

    @property
    def late_after(self) -> Mapping[str, int | None]:
        """Table -> working days without a complete day after which it is late; None: never. Absent: one."""
        ...

    def render(self, tree: exp.Query) -> Rendered: ...

    def query(self, rendered: Rendered, *, timeout_s: float, max_rows: int, tag: str) -> Result:
        """Raises TimedOut, TooLarge or EngineError; DamagedSnapshot when a new lease gives better data."""
        ...

    def columns(self, rendered: Rendered, *, timeout_s: float, max_rows: int, tag: str) -> Columns:
        """For results of many rows."""
        ...

    def cancel(self, tag: str) -> None: ...

    def describe(self) -> Catalog: ...

    def health(self) -> Health: ...

    def close(self) -> None: ...


class Engines(Protocol):
    """The engine over the newest data, again and again, while the data is replaced underneath."""

    def current_version(self) -> str | None:
        """The version that readers get; None before the first load."""
        ...

    def lease(self) -> AbstractContextManager[Engine]:
        """The engine over the newest version, the same object as long as that version is the newest; what it reads does
        not change until the block ends. Raises LoadError when nothing was ever loaded, DamagedStore when none of it is
        good."""
        ...

    def damage(self) -> Damage | None:
        """What is wrong with the newest data, where older data is served for it; None when all is well."""
        ...

    def close(self) -> None: ...
