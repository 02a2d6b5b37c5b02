"""The rule words of a language, read once from its folder: `nlq/<language>/*.yaml`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from nlq.normalise import fold

__all__ = ["LANGUAGES", "Vocabulary", "vocabulary"]

LANGUAGES = ("en", "zh")
_FOLDER = Path(__file__).parent
_LOADER: type[yaml.BaseLoader] = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # ten times faster, where it is there


def _load(path: Path) -> dict[str, Any]:
    """Everything stays text: `no`, `on` and `1` are words here, not booleans and numbers."""
    loaded: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)
    return loaded


def _value(key: str) -> Any:
    for kind in (int, float):
        try:
            return kind(key)
        except ValueError:
            continue
    return key


def _entries(section: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    for kind, words in section.items():
        if isinstance(words, dict):
            for key, group in words.items():
                for word in group:
                    yield fold(word), kind, _value(key)
        else:
            for word in words:
                yield fold(word), kind, True


@dataclass(frozen=True)
class Vocabulary:
    """`words`: (folded phrase, kind, value); `rules`: lines of the grammar in order; `real`: words no typo may be read
    from."""

    words: tuple[tuple[str, str, Any], ...]
    rules: tuple[str, ...]
    real: frozenset[str]
    sql: tuple[str, ...]
    surnames: str
    phrases: dict[str, Any]


@cache
def vocabulary() -> Vocabulary:
    """All languages together: a question may mix them, and Latin and Chinese words cannot be confused."""
    words: list[tuple[str, str, Any]] = []
    real: set[str] = set()
    for language in LANGUAGES:
        folder = _FOLDER / language
        for name in ("words", "times", "unsupported"):
            words.extend(w for w in _entries(_load(folder / f"{name}.yaml")) if w[0])
        if (folder / "real_words.yaml").exists():
            real.update(_load(folder / "real_words.yaml")["words"])
    shared = _load(_FOLDER / "any" / "rules.yaml")
    return Vocabulary(
        words=tuple(words),
        rules=tuple(shared["rules"]),
        real=frozenset(real),
        sql=tuple(shared["sql"]),
        surnames=shared["surnames"],
        phrases={language: _load(_FOLDER / language / "phrases.yaml") for language in LANGUAGES},
    )
