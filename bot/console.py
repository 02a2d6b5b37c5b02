"""Where the command line writes: results to one stream, problems to the other, one line each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TextIO

__all__ = ["Console"]


@dataclass(frozen=True)
class Console:
    """`interactive`: the error stream is a terminal, so progress may be redrawn in place."""

    out: TextIO
    err: TextIO
    interactive: bool = False

    def line(self, text: str = "") -> None:
        self.out.write(text + "\n")

    def problem(self, text: str) -> None:
        """One line on the error stream."""
        self.err.write(" ".join(text.split()) + "\n")

    def progress(self, text: str) -> None:
        """Redraw the progress line; silent when nobody watches."""
        if self.interactive:
            self.err.write(f"\r\x1b[K{text}")
            self.err.flush()
