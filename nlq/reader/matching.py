"""What a construction means, held against a value: which values its slots must have had. The inverse of
`Construction.value`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import metrics.kinds  # noqa: F401  (kinds are known from here on)
from metrics.analyses.analysis import Analysis
from metrics.query.family import Family
from metrics.query.measure import Measure
from metrics.query.predicate import Predicate
from metrics.query.when import When
from nlq.reader.terms import ABOUT, Term, Value, single, term_of

__all__ = ["Bound", "default_of", "match"]

_ARITHMETIC = ("minus", "plus", "times", "divided", "negative")


@dataclass(slots=True)
class Bound:
    """`slots`: what filled them, None where it was not said. `args`: of slots of which only arguments are known.
    `defaults`: what a slot that was not said would stand for."""

    slots: dict[str, Value] = field(default_factory=dict)
    args: dict[str, dict[str, Value]] = field(default_factory=dict)
    defaults: dict[str, Value] = field(default_factory=dict)

    def bind(self, name: str, value: Value) -> bool:
        return same(self.slots.setdefault(name, value), value)

    def bind_arg(self, name: str, arg: str, value: Value) -> bool:
        return same(self.args.setdefault(name, {}).setdefault(arg, value), value)


Named = Callable[[str], Value]  # "@people" -> the field's id


def same(left: Value, right: Value) -> bool:
    if isinstance(left, Term) and isinstance(right, Term):
        return left.kind == right.kind and dict(left.args) == dict(right.args)
    return bool(left == right) and isinstance(left, bool) == isinstance(right, bool)


@cache
def _defaults(member: type[Family]) -> Mapping[str, Value]:
    """Argument -> what stands for it."""
    made: dict[str, Value] = {}
    for name, info in member.model_fields.items():
        if not info.is_required() and info.default is not None:
            made[name] = term_of(info.default.model_dump()) if isinstance(info.default, Family) else info.default
    return made


def default_of(kind: str, name: str) -> Value:
    """What an argument that is left out stands for; None: nothing, or it cannot be left out."""
    families: tuple[type[Family], ...] = (Measure, Predicate, When, Analysis)
    for family in families:  # a measure and a period may be called the same; what is said has been made, so is known
        member = family._members.get(kind)
        if member is not None and name in (defaults := _defaults(member)):
            return defaults[name]
    return None


def match(means: Any, value: Value, named: Named) -> Bound | None:
    """The slots with which `means` is that value."""
    bound = Bound()
    return bound if _match(means, value, bound, named) else None


def _match(means: Any, value: Value, bound: Bound, named: Named) -> bool:
    if isinstance(means, str):
        return _match_text(means, value, bound, named)
    if isinstance(means, Mapping):
        return _match_mapping(means, value, bound, named)
    if isinstance(means, list):
        return isinstance(value, tuple) and not isinstance(value, Term) and _match_list(means, value, bound, named)
    return same(means, value)


def _match_text(means: str, value: Value, bound: Bound, named: Named) -> bool:
    if means == "$about":
        return bool(value == ABOUT)
    if means.startswith("$"):
        name, _, arg = means[1:].partition(".")
        return bound.bind_arg(name, arg, value) if arg else bound.bind(name, value)
    return same(named(means), value)


def _match_mapping(means: Mapping[str, Any], value: Value, bound: Bound, named: Named) -> bool:
    operation = next(iter(means)) if len(means) == 1 else ""
    if operation in _ARITHMETIC:
        return _match_number(operation, means[operation], value, bound)
    if operation == "nothing":
        return value is None
    if operation == "any_of":
        parts = single(value)
        return parts is not None and _match(means["any_of"], parts, bound, named)
    if operation in ("day", "day_after"):
        day = _day(value, 1 if operation == "day_after" else 0)
        return day is not None and _match(means[operation], day, bound, named)
    if "with" in means:
        return _match_with(means, value, bound, named)
    if not isinstance(value, Term):
        return False
    if means.get("kind") == "exactly":  # as it stands
        return _match(means["of"], value, bound, named)
    if value.kind != means.get("kind", "frame"):
        return False
    args = {k: v for k, v in value.args if k != "key" or value.kind != "view"}  # it follows from what is shown
    patterns = {k: v for k, v in means.items() if k != "kind" and (k != "key" or value.kind != "view")}
    if not args.keys() <= patterns.keys():
        return False
    return all(_match_arg(value.kind, k, pattern, args, bound, named) for k, pattern in patterns.items())


def _day(value: Value, later: int) -> Value:
    """The day that a date is, or is so many days behind."""
    try:
        day = dt.date.fromisoformat(value) - dt.timedelta(days=later)
    except (TypeError, ValueError):
        return None
    return Term("day_of_year", (("month", day.month), ("day", day.day), ("year", day.year)))


def _match_with(means: Mapping[str, Any], value: Value, bound: Bound, named: Named) -> bool:
    """A value with more said about it: what is said of it, and the value without."""
    if not isinstance(value, Term) or not value.args:
        return False
    more = {k: v for k, v in means.items() if k != "with"}
    args = dict(value.args)
    if not more.keys() <= args.keys():
        return False
    rest = Term(value.kind, tuple((k, v) for k, v in value.args if k not in more))
    return all(_match(v, args[k], bound, named) for k, v in more.items()) and _match(means["with"], rest, bound, named)


def _match_arg(kind: str, name: str, pattern: Any, args: Mapping[str, Value], bound: Bound, named: Named) -> bool:
    if name in args:
        return _match(pattern, args[name], bound, named)
    default = default_of(kind, name)
    if isinstance(pattern, str) and pattern.startswith("$") and pattern != "$about" and "." not in pattern:
        if default is not None:
            bound.defaults[pattern[1:]] = default
        return bound.bind(pattern[1:], None)
    return default is not None and _match(pattern, default, bound, named)


def _match_list(means: Sequence[Any], value: tuple[Value, ...], bound: Bound, named: Named) -> bool:
    spliced = [i for i, item in enumerate(means) if isinstance(item, str) and item.startswith("*$")]
    if len(spliced) > 1:
        return False
    if not spliced:
        pairs = zip(means, value, strict=False)
        return len(means) == len(value) and all(_match(m, v, bound, named) for m, v in pairs)
    at, behind = spliced[0], len(means) - spliced[0] - 1
    if len(value) <= at + behind:
        return False
    middle = value[at : len(value) - behind]
    return (
        all(_match(m, v, bound, named) for m, v in zip(means[:at], value, strict=False))
        and all(_match(m, v, bound, named) for m, v in zip(means[at + 1 :], value[len(value) - behind :], strict=True))
        and _match(means[at][1:], middle, bound, named)
    )


def _match_number(operation: str, means: Any, value: Value, bound: Bound) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    if operation == "negative":
        return value < 0 and _bind_number(means, -value, bound)
    if len(means) != 2:
        return False
    left, right = means
    known = left if isinstance(left, int | float) else right
    slot = right if known is left else left
    if not isinstance(known, int | float) or (operation == "times" and not known):
        return False
    if operation == "plus":
        solved = value - known
    elif operation == "times":
        solved = value / known
    elif operation == "divided":
        solved = value * known if known is right else known / value if value else 0.0
    else:
        solved = known - value if known is left else value + known
    return _bind_number(slot, round(solved, 9), bound)


def _bind_number(slot: Any, value: float, bound: Bound) -> bool:
    whole = int(value) if float(value).is_integer() else value
    if isinstance(slot, str) and slot.startswith("$") and "." not in slot:
        return bound.bind(slot[1:], whole)
    return bool(slot == whole)
