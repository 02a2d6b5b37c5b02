"""A number of a grid before it is SQL: an expression, the layer it can be selected in, and whether it looks at other
rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from metrics.plan.compile.nodes import Node

__all__ = ["Num"]


@dataclass(frozen=True, slots=True)
class Num:
    """`make` gives a new node each time. `windowed`: it holds a window function, so none may be put over it before it
    has become a column of the next layer."""

    make: Callable[[], Node]
    layer: int = 0
    windowed: bool = False
