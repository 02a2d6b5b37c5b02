"""Conditions while they are put together: what a comparison is about is joined with it, negations are pushed in,
members of one field are gathered. Pure rewriting of terms, done where the chart makes them; what needs the model
(units) is done last, by `settled`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from nlq.reader.constructions import NotAReading
from nlq.reader.terms import ABOUT, Money, Term, Value, replaced, single, walked

__all__ = [
    "CHECKS",
    "apart",
    "compared",
    "contradicting",
    "fields_of",
    "resolved",
    "settled",
    "tested",
    "tested_measures",
    "where",
]

_OPPOSITE = {"lt": "ge", "le": "gt", "gt": "le", "ge": "lt", "eq": "ne", "ne": "eq"}
_WITH_EQUAL = {"lt": "le", "gt": "ge"}
_MIRRORED = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le", "eq": "eq"}
_AS_SAID = frozenset({"tested", "about", "grown", "fallen", "to_then"})
_MOVED = frozenset({"change", "growth"})
_LEAST_MONEY = 10  # "more than two overdue invoices" is about their number
_PERCENT_SAID = 2.0  # a rate "over 60" is over 60 %; nobody has one over 2


def _comparison(value: Value) -> Value:
    if value.kind == "outside":
        return _outside(value["of"])
    if value.kind != "comparison":
        return value
    op: Value = value["op"]
    if isinstance(op, Term):
        table = _OPPOSITE if op.kind == "opposite" else _WITH_EQUAL
        value = value.with_(op=table.get(said := str(op["of"]), said))
    if value["op"] == "between":
        if value["value"] > value["upper"]:
            raise NotAReading("a range from more to less")
        if value.get("of") not in (None, value.get("unit")):
            raise NotAReading("a range of two units")
        if (shared := value.get("shared")) and shared[0] >= shared[1]:
            raise NotAReading("a number larger than the scale it would share")
    return _without(value, "of", "shared")


def _outside(inner: Value) -> Value:
    """Not between is less or more; not less is as much or more."""
    if (op := inner.get("op")) != "between":
        if op not in _OPPOSITE:
            raise NotAReading("not so, and nothing between")
        return inner.with_(op=_OPPOSITE[op])
    less = _without(inner.with_(op="lt"), "upper")
    return Term("either", (("of", (less, less.with_(op="gt", value=inner["upper"]))),))


def _without(value: Value, *names: str) -> Term:
    return Term(value.kind, tuple((k, v) for k, v in value.args if k not in names))


def _condition(value: Value) -> Value:
    return replaced(value, _resolved)


def resolved(value: Value) -> Value:
    """A condition in the algebra's own terms; one that is so already as it stands."""
    said = any(t.kind in _AS_SAID or isinstance(t.get("op"), Term) for t in walked(value))
    return _condition(value) if said else value


def _resolved(term: Value) -> Value:
    if term.kind == "tested":
        return tested(term["is"], term["of"], unit=term.get("unit"))
    if term.kind == "about":
        return _about(term["is"], term["of"])
    if term.kind in ("grown", "fallen"):
        return _grown(term)
    if term.kind == "to_then":
        return _to_then(term["is"], term["to"])
    if term.kind == "test" and isinstance(term["op"], Term):
        return term.with_(op=_OPPOSITE[str(term["op"]["of"])])
    if term.kind == "not":
        return _denied(term["of"])
    return _flat(term) if term.kind in ("and", "or") else term


def _denied(term: Value) -> Value:
    """Not so, said of what it is made of: not over 10 is at most 10. Of what is n/a neither holds."""
    if term.kind == "not":
        return term["of"]
    if term.kind in ("and", "or"):
        return Term("or" if term.kind == "and" else "and", (("of", tuple(map(_denied, term["of"]))),))
    if term.kind == "test" and term["op"] in _OPPOSITE:
        return term.with_(op=_OPPOSITE[str(term["op"])])
    return Term("not", (("of", term),))


def _flat(term: Value) -> Term:
    """a and (b and c) is a and b and c."""
    parts: list[Value] = []
    for part in term["of"]:
        parts += part["of"] if part.kind == term.kind else [part]
    return Term(term.kind, (("of", tuple(dict.fromkeys(parts))),))


def tested(comparison: Value, measure: Value, *, unit: str | None = None) -> Value:
    """A comparison as a condition on a number of a group."""
    return _spread(comparison, lambda c: _test(c, measure, unit))


def compared(comparison: Value, field: str, *, unit: str | None = None) -> Value:
    """A comparison as a condition on a field of a row."""

    def made(one: Value) -> Term:
        if unit is not None and one["unit"] != unit:
            raise NotAReading("of another unit")
        if unit == "" and 0 < abs(one["value"]) < _LEAST_MONEY:
            raise NotAReading("so little money: it is counted in something else")
        return Term("compare", (("field", field), *_without(one, "unit").args))

    return _spread(comparison, made)


def _spread(comparison: Value, made: Callable[[Value], Value]) -> Value:
    joined = {"both": "and", "either": "or"}.get(comparison.kind)
    if joined is None:
        return made(comparison)
    return _flat(Term(joined, (("of", tuple(_spread(c, made) for c in comparison["of"])),)))


def _test(comparison: Value, measure: Value, unit: str | None) -> Term:
    if unit is not None and comparison.get("unit") != unit:
        raise NotAReading("of another unit")
    return Term("test", (("of", measure), *comparison.args))


def _about(condition: Value, measure: Value) -> Value:
    """A condition about what is left open, about a measure."""

    def put(term: Value) -> Value:
        if term == ABOUT:
            return measure
        inner = term.get("metric")  # what was left open in it has been put already
        if isinstance(inner, Term):
            if inner.kind != "metric":
                raise NotAReading("of a metric only")
            return term.with_(metric=inner["name"])
        return term

    return replaced(condition, put)


def _grown(term: Value) -> Value:
    """By how much: a percent is of what it was, a number is the difference."""

    def made(comparison: Value) -> Term:
        kind = "growth" if comparison.get("unit") == "percent" else "change"
        to = term.get("to")
        measure = Term(kind, (("of", ABOUT), *((("to", to),) if to is not None else ())))
        return _test(_mirrored(comparison) if term.kind == "fallen" else comparison, measure, None)

    return _spread(term["is"], made)


def _to_then(condition: Value, then: Value) -> Value:
    """How it moved against what is said to be compared with. Raises NotAReading where nothing moves."""
    if not any(t.kind in _MOVED and t.get("to") is None for t in walked(condition)):
        raise NotAReading("compared, and nothing that moved")

    def against(term: Term) -> Term:
        moved = term.kind in _MOVED and term.get("to") is None
        return Term(term.kind, (*term.args, ("to", then))) if moved else term

    return replaced(condition, against)


def _mirrored(comparison: Value) -> Value:
    """Down by more than 10 % is a change of less than -10 %."""
    if comparison["op"] == "between":
        return comparison.with_(value=-comparison["upper"], upper=-comparison["value"])
    if comparison["op"] not in _MIRRORED:
        raise NotAReading("down by anything else")
    return comparison.with_(op=_MIRRORED[comparison["op"]], value=-comparison["value"])


def where(value: Value) -> Value:
    """A condition on rows in its one form."""
    return replaced(value, _of_rows)


def _of_rows(term: Value) -> Value:
    if term.kind == "compared":
        return compared(term["is"], term["field"], unit=term.get("unit"))
    if term.kind == "of_field":  # the field is named beside its member
        if term["where"].kind != "in" or _excludes(term["where"]) or term["where"]["field"] != term["field"]:
            raise NotAReading("a member of another field")
        return term["where"]
    if term.kind == "union":
        return _union(term["of"])
    if term.kind == "sides":
        return _sides(term)
    if term.kind == "list":
        made = _union(term["of"])
        if not _list(made):
            raise NotAReading("a list of one thing and another")
        return made
    if term.kind == "except":
        if _excludes(term["of"]):
            raise NotAReading("excluded twice")
        return _negated(term["of"])
    if term.kind == "not":
        return _negated(term["of"])
    return _flat(term) if term.kind in ("and", "or") else term


def _sides(term: Value) -> Term:
    """What is set side by side: single members of one field are one list, all else stays as it was said ("hardware
    against software")."""
    more = term.get("more")  # sides that stand already
    first = () if more is None else more["of"] if more.kind == "sides" else single(more) or (more,)
    of = tuple(p for part in (*first, *term["of"]) for p in (part["of"] if part.kind == "sides" else (part,)))
    if any(_excludes(part) for part in of):
        raise NotAReading("what is excluded, beside something else")
    alike = all(_list(p) and len(p["values"]) == 1 and p["field"] == of[0]["field"] for p in of)
    return _union(of) if alike or any(p.kind == "or" for p in of) else Term("sides", (("of", of),))


def apart(where: Value) -> tuple[str | None, tuple[Value, ...]]:
    """What is set side by side: members of one field (its id), else the conditions that are. Raises NotAReading."""
    if where.kind == "sides":
        return None, tuple(where["of"])
    if _list(where) and len(where["values"]) > 1:
        return str(where["field"]), ()
    if where.kind != "or":
        raise NotAReading("nothing to set side by side")
    return None, tuple(where["of"])


def _union(parts: tuple[Value, ...]) -> Term:
    """One or the other. Members of one field are one list."""
    made: list[Value] = []
    if any(_excludes(part) for part in parts):
        raise NotAReading("what is excluded, or something else")
    for part in (p for whole in parts for p in (whole["of"] if whole.kind == "or" else (whole,))):
        same = next((i for i, m in enumerate(made) if _list(m) and _list(part) and m["field"] == part["field"]), None)
        if same is None:
            made.append(part)
        else:
            values = (*made[same]["values"], *part["values"])
            made[same] = made[same].with_(values=tuple(dict.fromkeys(values)))
    return made[0] if len(made) == 1 else Term("or", (("of", tuple(made)),))


def _excludes(term: Value) -> bool:
    return bool(term.get("out")) or term.kind == "not" or (term.kind == "and" and any(map(_excludes, term["of"])))


def _list(term: Value) -> bool:
    return term.kind == "in" and not term.get("out")


def _negated(term: Value) -> Term:
    if term.kind == "in":
        return _without(term, "out") if term.get("out") else term.with_(out=True)
    if term.kind == "or":
        return Term("and", (("of", tuple(_negated(t) for t in term["of"])),))
    return term["of"] if term.kind == "not" else Term("not", (("of", term),))


def fields_of(value: Value) -> set[str]:
    """Fields that a condition on rows lists members of."""
    if isinstance(value, Term):
        own = {str(value["field"])} if value.kind == "in" else set()
        return own.union(*(fields_of(v) for _, v in value.args))
    return set().union(*(fields_of(v) for v in value)) if isinstance(value, tuple) else set()


def _amount(value: Value) -> Value:
    return Money(value.get("of")) if isinstance(value, Term) and value.kind == "money" else value


CHECKS: Mapping[str, Callable[[Value], Value]] = {
    "AMOUNT": _amount,
    "COMPARISON": _comparison,
    "NUMBER_RANGE": _comparison,
    "CONDITION": _condition,
    "CONDITION_OF": _condition,
    "WHERE": where,
    "SIDES": where,
}


def tests_of(condition: Value) -> Iterator[Term]:
    """The tests a condition is made of, as they were said."""
    if not isinstance(condition, Term):
        return
    if condition.kind in ("test", "known"):
        yield condition
    elif condition.kind in ("and", "or"):
        for part in condition["of"]:
            yield from tests_of(part)
    elif condition.kind == "not":
        yield from tests_of(condition["of"])


def tested_measures(conditions: Iterable[Value]) -> tuple[Value, ...]:
    """What conditions on groups are about, as they were said."""
    tests = [test for condition in conditions for test in tests_of(condition)]
    against = (v for v in (test.get("value") for test in tests) if isinstance(v, Term) and v.kind == "metric")
    return tuple(dict.fromkeys((*(test["of"] for test in tests), *against)))


def contradicting(conditions: Iterable[Value]) -> bool:
    """Whether a number would have to be more and less at once: "which grow and which shrink" are two lists."""
    tests = [c for c in conditions if c.kind in ("test", "compare") and isinstance(c.get("value"), int | float)]
    least = {t.get("of", t.get("field")): t["value"] for t in tests if t["op"] in ("gt", "ge")}
    under = [(t.get("of", t.get("field")), t["value"]) for t in tests if t["op"] in ("lt", "le")]
    return any(least.get(of, value - 1) >= value for of, value in under)


def settled(condition: Value, unit_of: Callable[[Value], str]) -> Value:
    """With numbers in the unit of what they are compared with. Raises NotAReading where they cannot be."""

    def made(term: Value) -> Value:
        if term.kind != "test" or term.get("unit") is None:
            return term
        said, unit = term["unit"], unit_of(term["of"])
        if said and said != unit:
            raise NotAReading(f"{said} of {unit}")
        if isinstance(term["value"], Money) and unit and not unit.startswith("currency"):
            raise NotAReading(f"money of {unit}")
        term = _without(term, "unit")
        if not said and unit.startswith("currency") and 0 < abs(term["value"]) < _LEAST_MONEY:
            raise NotAReading("so little money: it is counted in something else")
        if not said and unit == "percent" and abs(term["value"]) > _PERCENT_SAID:
            return term.with_(**{k: round(v / 100, 9) for k, v in term.args if k in ("value", "upper")})
        return term

    return replaced(condition, made)
