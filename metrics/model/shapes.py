"""Shapes of YAML values: what keys and types a file may have. One small vocabulary for model, sales and sources files.

`fit(shape, value)` gives the value with everything wrong left out, and what was wrong. Checking goes on after a slip,
so one run shows every problem. Invalid list items become None, so that the indexes of the others still point at their
lines.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from metrics.model.yaml_file import KeyPath
from metrics.nearest import nearest

__all__ = [
    "ANYTHING",
    "Anything",
    "Choice",
    "Date",
    "Either",
    "Flag",
    "ListOf",
    "MapOf",
    "Nothing",
    "Record",
    "Scalar",
    "Shape",
    "Slip",
    "Text",
    "Whole",
    "fit",
]


@dataclass(frozen=True, slots=True)
class Slip:
    """One departure from a shape."""

    path: KeyPath
    message: str
    fix: str


@dataclass(frozen=True, slots=True)
class Text:
    """A string; `pattern` must match it whole, `hint` says what is wanted."""

    pattern: str = ""
    hint: str = "text"
    empty: bool = True


@dataclass(frozen=True, slots=True)
class Choice:
    """One of some words."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number in [least, most]."""

    least: int = 0
    most: int = 10**9


@dataclass(frozen=True, slots=True)
class Flag:
    """true or false."""


@dataclass(frozen=True, slots=True)
class Date:
    """A date without a time."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """Text, number, boolean or date."""

    null: bool = False


@dataclass(frozen=True, slots=True)
class Nothing:
    """YAML's null, where the word null is meant."""


@dataclass(frozen=True, slots=True)
class Anything:
    """No check."""


ANYTHING = Anything()


@dataclass(frozen=True, slots=True)
class ListOf:
    item: Shape
    least: int = 0


@dataclass(frozen=True, slots=True)
class MapOf:
    """A mapping with free keys."""

    value: Shape


@dataclass(frozen=True, slots=True)
class Record:
    """A mapping with known keys. `more`: other keys are allowed and kept."""

    keys: Mapping[str, Shape]
    required: tuple[str, ...] = ()
    more: bool = False


@dataclass(frozen=True, slots=True)
class Either:
    """One of several shapes, told apart by the kind of value."""

    shapes: tuple[Shape, ...]


Shape = Text | Choice | Whole | Flag | Date | Scalar | Nothing | Anything | ListOf | MapOf | Record | Either


@dataclass(slots=True)
class _Fit:
    slips: list[Slip] = field(default_factory=list)

    def wrong(self, path: KeyPath, message: str, fix: str) -> Any:
        self.slips.append(Slip(path, message, fix))
        return _WRONG


_WRONG: Any = object()


def did_you_mean(word: str, known: Iterable[str], *, otherwise: str) -> str:
    """A fix that offers the nearest names."""
    hits = nearest(word, known)
    return f"Did you mean {' or '.join(hits)}?" if hits else otherwise


def _kind(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return f"the boolean {str(value).lower()}"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, str):
        return f"the text {value[:40]!r}"
    return f"{type(value).__name__.replace('int', 'the number').replace('float', 'the number')} {value}"


def fit(shape: Shape, value: Any, path: KeyPath = ()) -> tuple[Any, list[Slip]]:
    """`value` with what does not fit left out (None when nothing is left), and every slip."""
    state = _Fit()
    kept = _fit(shape, value, path, state)
    return (None if kept is _WRONG else kept), state.slips


def _fit(shape: Shape, value: Any, path: KeyPath, state: _Fit) -> Any:
    match shape:
        case Anything():
            return value
        case Nothing():
            return value if value is None else state.wrong(path, f"expected null, found {_kind(value)}.", "Write null.")
        case Text(pattern, hint, empty):
            if not isinstance(value, str):
                fix = (
                    "Put it in quotes."
                    if value is not None and not isinstance(value, dict | list)
                    else f"Write {hint} here."
                )
                return state.wrong(path, f"expected {hint}, found {_kind(value)}.", fix)
            if (pattern and not re.fullmatch(pattern, value)) or (not empty and not value.strip()):
                return state.wrong(path, f"expected {hint}, found {_kind(value)}.", f"Write {hint} here.")
            return value
        case Choice(words):
            if not isinstance(value, str) or value not in words:
                listed = ", ".join(words)
                fix = did_you_mean(value, words, otherwise="") if isinstance(value, str) else ""
                return state.wrong(
                    path, f"expected one of {listed}; found {_kind(value)}.", fix or f"Use one of {listed}."
                )
            return value
        case Whole(least, most):
            if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
                return state.wrong(
                    path, f"expected a whole number {least} to {most}, found {_kind(value)}.", "Correct the number."
                )
            return value
        case Flag():
            if not isinstance(value, bool):
                return state.wrong(
                    path, f"expected true or false, found {_kind(value)}.", "Write true or false without quotes."
                )
            return value
        case Date():
            return _fit_date(value, path, state)
        case Scalar(null):
            if isinstance(value, dict | list) or (value is None and not null):
                return state.wrong(
                    path, f"expected a single value, found {_kind(value)}.", "Write one text, number or date."
                )
            return value
        case ListOf(item, least):
            return _fit_list(item, least, value, path, state)
        case MapOf(inner):
            if not isinstance(value, dict):
                return state.wrong(path, f"expected a mapping, found {_kind(value)}.", "Write `key: value` pairs here.")
            kept = {k: _fit(inner, v, (*path, k), state) for k, v in value.items()}
            return {k: v for k, v in kept.items() if v is not _WRONG}
        case Record():
            return _fit_record(shape, value, path, state)
        case Either(shapes):
            return _fit_either(shapes, value, path, state)


def _fit_date(value: Any, path: KeyPath, state: _Fit) -> Any:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    if isinstance(value, str):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            pass
    return state.wrong(path, f"expected a date, found {_kind(value)}.", "Write it as YYYY-MM-DD.")


def _fit_list(item: Shape, least: int, value: Any, path: KeyPath, state: _Fit) -> Any:
    if not isinstance(value, list):
        return state.wrong(
            path, f"expected a list, found {_kind(value)}.", "Write a list: [a, b] or one `- item` a line."
        )
    if len(value) < least:
        state.wrong(path, f"needs at least {least} item{'s' if least > 1 else ''}.", "Add one.")
    kept = [_fit(item, v, (*path, i), state) for i, v in enumerate(value)]
    return [None if v is _WRONG else v for v in kept]


def _fit_record(shape: Record, value: Any, path: KeyPath, state: _Fit) -> Any:
    if not isinstance(value, dict):
        listed = ", ".join(shape.keys)
        return state.wrong(
            path, f"expected a mapping, found {_kind(value)}.", f"Write `key: value` pairs here ({listed})."
        )
    kept: dict[str, Any] = {}
    for key, inner in value.items():
        if key in shape.keys:
            fitted = _fit(shape.keys[key], inner, (*path, key), state)
            if fitted is not _WRONG:
                kept[key] = fitted
        elif shape.more:
            kept[key] = inner
        else:
            spare = [k for k in shape.keys if k not in value]
            fix = did_you_mean(str(key), spare, otherwise=f"Known keys: {', '.join(sorted(shape.keys))}.")
            state.wrong((*path, key), f"unknown key {key!r}.", fix)
    missing = [key for key in shape.required if key not in value]
    for key in missing:
        state.wrong(path, f"the key {key!r} is missing.", f"Add `{key}:` here.")
    return kept if all(key in kept for key in shape.required) else _WRONG


def _fit_either(shapes: tuple[Shape, ...], value: Any, path: KeyPath, state: _Fit) -> Any:
    attempts: list[tuple[list[Slip], Any]] = []
    for shape in shapes:
        attempt = _Fit()
        kept = _fit(shape, value, path, attempt)
        if not attempt.slips:
            return kept
        attempts.append((attempt.slips, kept))
    # the attempt that got past the top level is the one that was meant
    deep = [a for a in attempts if all(len(s.path) > len(path) or "missing" in s.message for s in a[0])]
    if deep:
        state.slips.extend(deep[0][0])
        return deep[0][1]
    fixes = " Or: ".join(dict.fromkeys(a[0][0].fix for a in attempts))
    return state.wrong(path, attempts[0][0][0].message, fixes)
