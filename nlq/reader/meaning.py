"""What a construction means, made into a function once: of the values in its slots it makes a value.

$x, $x.part        what fills a slot, an argument of it; $about is the hole
[a, "*$list"]      a tuple; the members of a list among its own
{kind: …}          a term, without the arguments that are nothing
{minus: [a, b]}    plus, times, divided, negative: arithmetic on numbers that were said
{with: $x, …}      a term, each of several, or a frame, with more said about it
{any_of: $list}    conditions on one field as one; {nothing: true}: the member of rows that have none
{day: $d}          a day with its year as a date; {day_after: $d}: the next
{slot: …}          a frame
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from nlq.reader.terms import ABOUT, Term, Value, merged

__all__ = ["Maker", "NotAReading", "Unanswerable", "Untargeted", "compiled"]

Bound = Mapping[str, Value]
Maker = Callable[[Bound], Value]


class NotAReading(Exception):
    """What was put together means nothing."""


class Unanswerable(NotAReading):
    """It is understood, and nothing answers it: whatever else could be made of the words was not meant."""


class Untargeted(NotAReading):
    """It is about the target of a number that has none: then it goes on from nothing."""


def compiled(means: Any) -> Maker:
    """The function. It raises NotAReading where the values do not go together. What has no slots is made once."""
    make = _maker(means)
    if _has_slots(means):
        return make
    try:
        return _constant(make({}))
    except NotAReading:  # each time that it is asked for
        return make


def _has_slots(means: Any) -> bool:
    if isinstance(means, str):
        return means.lstrip("*").startswith("$") and means != "$about"
    inner = means.values() if isinstance(means, Mapping) else means if isinstance(means, list) else ()
    return any(map(_has_slots, inner))


def _maker(means: Any) -> Maker:
    if isinstance(means, str):
        return _slot(means) if means.startswith("$") else _constant(means)
    if isinstance(means, list):
        return _tuple(means)
    if isinstance(means, Mapping):
        if "kind" in means:
            return _term(means)
        if len(means) == 1 and (name := next(iter(means))) in _OPERATIONS:
            return _OPERATIONS[name](means[name])
        return _with(means) if "with" in means else _frame(means)
    return _constant(means)


def _constant(value: Value) -> Maker:
    return lambda bound: value


def _slot(written: str) -> Maker:
    if written == "$about":
        return _constant(ABOUT)
    name, _, part = written[1:].partition(".")
    if not part:
        return lambda bound: bound.get(name)

    def part_of(bound: Bound) -> Value:
        value = bound.get(name)
        if value is None:
            return None
        if isinstance(value, Term):
            for key, inner in value.args:
                if key == part:
                    return inner
        raise NotAReading(written)

    return part_of


def _tuple(means: list[Any]) -> Maker:
    spliced = [isinstance(item, str) and item.startswith("*$") for item in means]
    makers = [compiled(item[1:] if splice else item) for item, splice in zip(means, spliced, strict=True)]
    if not any(spliced):
        return lambda bound: tuple([make(bound) for make in makers])

    def gathered(bound: Bound) -> Value:
        made: list[Value] = []
        for make, splice in zip(makers, spliced, strict=True):
            value = make(bound)
            made.extend(value or ()) if splice else made.append(value)
        return tuple(made)

    return gathered


def _term(means: Mapping[str, Any]) -> Maker:
    kind: str = means["kind"]
    makers = [(key, compiled(value)) for key, value in means.items() if key != "kind"]

    def term(bound: Bound) -> Value:
        args = [(key, made) for key, make in makers if (made := make(bound)) is not None]
        return Term(kind, tuple(args))

    return term


def _frame(means: Mapping[str, Any]) -> Maker:
    makers = [(key, compiled(value)) for key, value in means.items()]
    return lambda bound: Term("frame", tuple([(key, make(bound)) for key, make in makers]))


def _with(means: Mapping[str, Any]) -> Maker:
    base, more = compiled(means["with"]), [(k, compiled(v)) for k, v in means.items() if k != "with"]

    def extended(bound: Bound) -> Value:
        value, said = base(bound), {key: make(bound) for key, make in more}
        if isinstance(value, Term) and value.kind != "frame":
            return value.with_(**said)
        if value is not None and not isinstance(value, Term):
            return tuple(each.with_(**said) for each in value)
        for name, inner in value.args if value is not None else ():
            if said.get(name, inner) != inner:  # "will {who:SUBJECT} make it" is about whoever that is
                raise NotAReading(name)
            said[name] = inner
        return Term("frame", tuple(said.items()))

    return extended


def _arithmetic(operation: Callable[..., float], digits: int) -> Callable[[Any], Maker]:
    def made(means: Any) -> Maker:
        makers = [compiled(m) for m in (means if isinstance(means, list) else [means])]

        def calculate(bound: Bound) -> Value:
            numbers = [make(bound) for make in makers]
            try:
                return round(operation(*numbers), digits)
            except (TypeError, ZeroDivisionError) as error:
                raise NotAReading("no number") from error

        return calculate

    return made


def _negative(number: float) -> float:
    return -number


def _any_of(means: Any) -> Maker:
    make = compiled(means)

    def one(bound: Bound) -> Value:
        condition = merged(make(bound))
        if condition is None:
            raise NotAReading("members of several fields")
        return condition

    return one


def _dated(later: int) -> Callable[[Any], Maker]:
    def made(means: Any) -> Maker:
        make = compiled(means)

        def date(bound: Bound) -> Value:
            day = make(bound)
            try:
                first = dt.date(day["year"], day["month"], day["day"])
                return (first + dt.timedelta(days=later)).isoformat()
            except (KeyError, ValueError, OverflowError) as error:
                raise NotAReading("no date") from error

        return date

    return made


_OPERATIONS: dict[str, Callable[[Any], Maker]] = {
    "minus": _arithmetic(lambda a, b: a - b, 9),
    "plus": _arithmetic(lambda *all_of: sum(all_of), 9),
    "times": _arithmetic(lambda a, b: a * b, 9),
    "divided": _arithmetic(lambda a, b: a / b, 12),
    "negative": _arithmetic(_negative, 9),
    "any_of": _any_of,
    "day": _dated(0),
    "day_after": _dated(1),
    "nothing": lambda means: _constant(None),
}
