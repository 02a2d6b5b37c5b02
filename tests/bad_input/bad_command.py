"""What a command gave back, and how it is run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["AS_OF", "Paceline", "Ran", "Revenue"]

AS_OF = "2024-03-12"


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def problems(self) -> list[str]:
        return self.err.splitlines()


Paceline = Callable[..., Ran]
Revenue = Callable[[], str]
