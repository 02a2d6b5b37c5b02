"""What an engine must do. The canonical tree goes in, rows come out; nothing here knows a dialect."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlglot import exp

__all__ = ["Catalog", "Engine", "Health", "Rendered", "Result"]


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
class Catalog:
    """Table name -> column name -> type name."""

    tables: dict[str, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Health:
    ok: bool
    detail: str = ""


class Engine(Protocol):
    """A place where SQL runs. Implementations are thread-safe."""

    dialect: str

    def render(self, tree: exp.Query) -> Rendered: ...

    def query(self, rendered: Rendered, *, timeout_s: float, max_rows: int, tag: str) -> Result:
        """Raises TimedOut, TooLarge or EngineError."""
        ...

    def cancel(self, tag: str) -> None: ...

    def describe(self) -> Catalog: ...

    def health(self) -> Health: ...

    def close(self) -> None: ...
