"""`Term`: a value of the algebra while it is being read. Like its JSON, but hashable, cheap to make, and it may have
holes: places that something else in the question fills ("below 50k" is about whatever is asked about)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

__all__ = [
    "ABOUT",
    "Money",
    "Term",
    "Value",
    "has_hole",
    "merged",
    "metric_term",
    "metrics_of",
    "plain",
    "replaced",
    "single",
    "term_of",
    "walked",
]

Value = Any  # Term | str | int | float | bool | None | tuple[Value, ...]


class Term(NamedTuple):
    """`kind` as in the JSON of measures, predicates and periods; `args` in the order they were given."""

    kind: str
    args: tuple[tuple[str, Value], ...] = ()

    def __getitem__(self, name: Any) -> Any:
        """An argument by its name; KeyError where there is none."""
        if isinstance(name, str):
            for key, value in self.args:
                if key == name:
                    return value
            raise KeyError(name)
        return tuple.__getitem__(self, name)

    def get(self, name: str, default: Value = None) -> Value:
        for key, value in self.args:
            if key == name:
                return value
        return default

    def with_(self, **changes: Value) -> Term:
        """The same with some arguments changed or added."""
        kept = tuple((k, changes.pop(k, v)) for k, v in self.args)
        return Term(self.kind, (*kept, *changes.items()))


class Money(float):
    """A number that was said with its currency: of days or calls there is none."""

    __slots__ = ()


ABOUT = Term("$about")  # the measure that the rest of the question is about


def term_of(value: Any) -> Value:
    """JSON as a term: objects are terms of their `kind` (or frames), lists tuples, "$about" the hole."""
    if isinstance(value, Mapping):
        kind = value.get("kind", "frame")
        return Term(kind, tuple((k, term_of(v)) for k, v in value.items() if k != "kind"))
    if isinstance(value, list | tuple):
        return tuple(term_of(v) for v in value)
    return ABOUT if value == "$about" else value


def plain(value: Value) -> Any:
    """A term as JSON."""
    if isinstance(value, Term):
        return {"kind": value.kind, **{k: plain(v) for k, v in value.args}}
    if isinstance(value, tuple):
        return [plain(v) for v in value]
    return value


def has_hole(value: Value) -> bool:
    if isinstance(value, Term):
        return value is ABOUT or value == ABOUT or any(has_hole(v) for _, v in value.args)
    return isinstance(value, tuple) and any(has_hole(v) for v in value)


def replaced(value: Value, change: Callable[[Term], Value]) -> Value:
    """The value with every term in it, innermost first, put through `change`."""
    if isinstance(value, Term):
        args = tuple([(k, replaced(v, change) if isinstance(v, tuple) else v) for k, v in value.args])
        return change(Term(value.kind, args) if args != value.args else value)
    if isinstance(value, tuple):
        return tuple([replaced(v, change) if isinstance(v, tuple) else v for v in value])
    return value


def walked(value: Value) -> Iterator[Term]:
    """Every term in it, outermost first."""
    left = [value]
    while left:
        value = left.pop()
        if isinstance(value, Term):
            yield value
            left.extend([inner for _, inner in reversed(value.args) if isinstance(inner, tuple)])
        elif isinstance(value, tuple):
            left.extend([inner for inner in reversed(value) if isinstance(inner, tuple)])


def merged(parts: tuple[Term, ...]) -> Term | None:
    """Conditions that a field is one of some members as one condition; None where they are of several fields."""
    if not all(p.kind == "in" and not p.get("out") for p in parts) or len({p["field"] for p in parts}) != 1:
        return None
    values = tuple(dict.fromkeys(v for p in parts for v in p["values"]))
    return Term("in", (("field", parts[0]["field"]), ("values", values)))


def single(value: Value) -> tuple[Term, ...] | None:
    """What `merged` makes that value of."""
    if not isinstance(value, Term) or value.kind != "in" or value.get("out"):
        return None
    return tuple(Term("in", (("field", value["field"]), ("values", (v,)))) for v in value["values"])


def metric_term(name: str) -> Term:
    """A number of the dictionary."""
    return Term("metric", (("name", name),))


def metrics_of(value: Value) -> Iterator[str]:
    """Names of the metrics it is of, those of targets too."""
    for term in walked(value):
        name = term["name"] if term.kind == "metric" else term.get("metric")
        if isinstance(name, str):
            yield name
