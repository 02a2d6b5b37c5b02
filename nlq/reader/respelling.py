"""Words as people type or say them, and the usual ones: "ppl", "ive", 邊個, 啥. Data in
`language/spelling/written.yaml`; tried where a question is not understood as it stands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from nlq.normalise import Normal, fold, has_han
from nlq.reader.files import loaded

__all__ = ["respelled"]

_WRITTEN = Path(__file__).parent.parent / "language" / "spelling" / "written.yaml"


@cache
def _table() -> tuple[re.Pattern[str], Mapping[str, str]]:
    """What finds them all, and what each stands for."""
    said = loaded(_WRITTEN.read_text(encoding="utf-8"))
    table = {fold(str(k)): fold(str(v)) for words in said.values() for k, v in words.items()}
    longest = sorted(table, key=len, reverse=True)
    han = "|".join(re.escape(w) for w in longest if has_han(w))
    latin = "|".join(re.escape(w) for w in longest if not has_han(w))
    return re.compile(rf"(?<![a-z0-9'])(?:{latin})(?![a-z0-9'])|{han}"), table


def respelled(normal: Normal) -> Normal | None:
    """With the usual words in their place; None where there is none to put."""
    pattern, table = _table()
    literal: list[str] = []
    folded: list[str] = []
    offsets: list[int] = []
    at = 0
    for m in pattern.finditer(normal.folded):
        usual = table[m[0]]
        first, last = normal.span(*m.span())
        literal += (normal.literal[at : m.start()], usual)
        folded += (normal.folded[at : m.start()], usual)
        offsets += (normal.span(i, i + 1)[0] for i in range(at, m.start()))
        offsets += (*([first] * (len(usual) - 1)), last - 1) if usual else ()
        at = m.end()
    if not folded:
        return None
    offsets += (normal.span(i, i + 1)[0] for i in range(at, len(normal.folded)))
    rest = (normal.literal[at:], normal.folded[at:])
    return Normal(normal.original, "".join((*literal, rest[0])), "".join((*folded, rest[1])), tuple(offsets))
