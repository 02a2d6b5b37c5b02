"""The last two questions as one: both added up, the difference between them, one beside the other. They must be the
same but for one thing: some members of a field, the days, or the number."""

from __future__ import annotations

from typing import Any

from metrics.model.schema import Model
from metrics.query.asked import Asked
from nlq.reader.before import Before
from nlq.reader.constructions import NotAReading
from nlq.reader.frame import Frame
from nlq.reader.listing import unit_of
from nlq.reader.terms import Term, Value, term_of, walked

__all__ = ["all_of", "is_comparison", "pair_of", "paired"]

_SAID = frozenset({"follow", "pair", "total", "together", "where", "pair_of"})
_FREE = ("show", "period", "where")


def pair_of(frame: Frame, *, grouped: bool) -> str | None:
    """How two questions, or the two things one was about, are put together; None where that is not said. "In total" of
    what is `grouped` is one number of it."""
    if frame.keys() - _SAID or ("where" in frame and "pair" not in frame):
        return None
    if "pair" in frame:
        return str(frame["pair"])
    return "together" if not grouped and frame.keys() & {"together", "total"} else None


def is_comparison(frame: Frame) -> bool:
    """Whether it asks for more or less, and not than when: then it is of the two that were just told."""
    views = frame.get("view", ())
    if not views or frame.keys() - {"follow", "view", "moves"}:
        return False
    held = [t for v in views for t in walked(v) if t.kind == "before"]
    return bool(held) and all(t.get("to") in ("@to", "@last") for t in held)


def all_of(before: Before, way: str, count: int) -> dict[str, Value]:
    """So many questions that differ in a member only, as one."""
    line: list[dict[str, Value]] = []
    link: Before | None = before
    while link is not None and isinstance(link.asked, Asked) and len(line) < count:
        line.append(_parts(link.asked))
        link = link.earlier
    if len(line) < count:
        raise NotAReading("not so many questions")
    ends: list[Term] = []
    for other in reversed(line[1:]):
        both, rest = _two_members(_conditions(other), _conditions(line[0]))
        if {k: v for k, v in other.items() if k != "where"} != {k: v for k, v in line[0].items() if k != "where"}:
            raise NotAReading("questions that are not alike")
        ends.append(both[0])
    return _of_members(line[0], str(both[1]["field"]), (*ends, both[1]), rest, way)


def paired(before: Before, way: str, model: Model) -> dict[str, Value]:
    """The parts of the one question. Raises NotAReading where there are no two."""
    asked = before.asked
    if not isinstance(asked, Asked):
        raise NotAReading("two of what")
    now = _parts(asked)
    both = _members(now)
    if both is not None:
        where, rest = both
        ends = tuple(Term("in", (("field", where["field"]), ("values", (v,)))) for v in where["values"])
        return _of_members(now, str(where["field"]), ends, rest, way)
    if before.earlier is None or not isinstance(before.earlier.asked, Asked):
        raise NotAReading("two of what")
    return _of_two(_parts(before.earlier.asked), now, way, model)


def _parts(asked: Asked) -> dict[str, Any]:
    return {k: term_of(v) for k, v in asked.model_dump(mode="json", exclude_defaults=True).items()}


def _conditions(parts: dict[str, Value]) -> list[Value]:
    where = parts.get("where")
    return [] if where is None else list(where["of"]) if where.kind == "and" else [where]


def _members(parts: dict[str, Value]) -> tuple[Term, list[Value]] | None:
    """The condition with two members, and the others."""
    said = _conditions(parts)
    two = [w for w in said if w.kind == "in" and not w.get("out") and len(w["values"]) == 2]
    return (two[0], [w for w in said if w is not two[0]]) if len(two) == 1 else None


def _of_two(first: dict[str, Value], last: dict[str, Value], way: str, model: Model) -> dict[str, Value]:
    differing = [k for k in first.keys() | last.keys() if first.get(k) != last.get(k)]
    if len(differing) != 1 or differing[0] not in _FREE:
        raise NotAReading("two questions that are not alike")
    if differing == ["where"]:
        ends, rest = _two_members(_conditions(first), _conditions(last))
        return _of_members(last, str(ends[0]["field"]), ends, rest, way)
    if differing == ["period"]:
        return _of_periods(first, last.get("period"), way)
    return _of_measures(first, last["show"], way, model)


def _two_members(first: list[Value], last: list[Value]) -> tuple[tuple[Term, Term], list[Value]]:
    one, other = [w for w in first if w not in last], [w for w in last if w not in first]
    if len(one) != 1 or len(other) != 1 or one[0].kind != "in" or other[0].kind != "in":
        raise NotAReading("two questions that are not alike")
    a, b = one[0], other[0]
    if a["field"] != b["field"] or a.get("out") or b.get("out") or set(a["values"]) & set(b["values"]):
        raise NotAReading("two questions that are not alike")
    return (a, b), [w for w in last if w is not b]


def _of_members(
    parts: dict[str, Value], field: str, ends: tuple[Term, ...], rest: list[Value], way: str
) -> dict[str, Value]:
    made = {k: v for k, v in parts.items() if k != "where"}
    measure = parts["show"][0]
    if way == "differ":  # of both, whichever was picked
        made = {k: v for k, v in made.items() if k not in ("order", "limit")}
        made["by"] = tuple(b for b in parts.get("by", ()) if b != field)
        one, other = (Term("only", (("of", measure), ("where", end))) for end in ends)
        made["show"] = (one, other, Term("difference", (("of", one), ("less", other))))
    else:
        values = tuple(v for end in ends for v in end["values"])
        rest = [*rest, Term("in", (("field", field), ("values", values)))]
        by = tuple(b for b in parts.get("by", ()) if b != field)
        made["by"] = (*by, field) if way == "beside" else by
    if rest:
        made["where"] = rest[0] if len(rest) == 1 else Term("and", (("of", tuple(rest)),))
    return {k: v for k, v in made.items() if v != ()}


def _of_periods(parts: dict[str, Value], other: Value, way: str) -> dict[str, Value]:
    period = parts.get("period")
    if period is None or other is None:
        raise NotAReading("all of the time, and some of it")
    if way == "together":
        return {**parts, "period": Term("union", (("of", (period, other)),))}
    if _is_before(period, other):  # last year, then this one: it is this one that is more
        period, other = other, period
    measure = parts["show"][0]
    held = (("of", measure), ("to", other))
    return {
        **parts,
        "period": period,
        "show": (measure, Term("before", held), Term("change", held), Term("growth", held)),
    }


def _is_before(one: Term, other: Term) -> bool:
    """Whether it is known to be earlier: so many units ago, or an earlier one of the same year."""
    if one.kind != other.kind or one.get("unit") != other.get("unit"):
        return False
    if one.kind == "units" and one.get("count", 1) == other.get("count", 1) == 1 and one.get("at") == other.get("at"):
        return int(one.get("offset", 0)) < int(other.get("offset", 0))
    if one.kind != "named" or (one.get("year"), one.get("of")) != (other.get("year"), other.get("of")):
        return False
    return int(one.get("index", 0)) < int(other.get("index", 0))


def _of_measures(parts: dict[str, Value], others: tuple[Value, ...], way: str, model: Model) -> dict[str, Value]:
    one, other = parts["show"][0], others[0]
    if way == "beside":
        return {**parts, "show": tuple(dict.fromkeys((*parts["show"], *others)))}
    if unit_of(one, model) != unit_of(other, model):
        raise NotAReading("of two units")
    both = (("of", (one, other)),) if way == "together" else (("of", one), ("less", other))
    return {**parts, "show": (one, other, Term("sum" if way == "together" else "difference", both))}
