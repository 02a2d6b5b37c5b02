"""What a table is about, in a few words: the number, whose, by what, under which conditions, when."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.wording.dates import period_name
from bot.wording.figures import format_value
from bot.wording.measures import about
from bot.wording.tables import TableWords
from bot.wording.words import Words
from metrics.kinds.folded import CountOf
from metrics.kinds.metric import Metric
from metrics.kinds.record import Age, FieldValue
from metrics.kinds.target import Attainment
from metrics.query.measure import Measure
from metrics.query.predicate import And, Compare, In, Predicate, Test, Within
from metrics.query.query import Value
from metrics.query.table import Taken
from metrics.query.when import Only, Union, Without

__all__ = [
    "conditions",
    "groups",
    "is_now",
    "is_of_records",
    "is_scorecard",
    "metrics_of",
    "name_of",
    "names",
    "period",
    "says_restricted",
    "subject",
    "where",
]


def subject(told: TableWords, *, lead: bool = False, by: bool = True) -> str:
    """`lead`: only the first number; `by`: what it is broken down by is said."""
    words, asked = told.words, told.asked
    over = groups(told) if by else []
    plain, by_key = "subject", "subject.by"
    if is_now(told):
        plain, by_key = "subject.now", "subject.by.now"
    elif _says_when(told):
        plain, by_key = "subject.ever", "subject.by.ever"
    return words.say(
        by_key if over else plain,
        metric=words.say("scorecard") if is_scorecard(told) and not lead else names(told, lead=lead),
        whose=words.say(f"whose.{told.table.proof.restricted if says_restricted(told) else asked.scope}"),
        by=words.joined(over),
        where=where(told),
        period=period(told),
    )


def _says_when(told: TableWords) -> bool:
    """Whether a condition says of which days it is, and nothing else does; or it is of records, of any time."""
    dated = any(isinstance(c, Within) for c in conditions(told.asked.where))
    return told.asked.period.kind == "all" and (dated or is_of_records(told))


def is_of_records(told: TableWords) -> bool:
    """Of single records, each with what is told of it."""
    return bool(told.asked.fields) and any(isinstance(m, FieldValue | Age) for m in told.about)


def names(told: TableWords, *, lead: bool) -> str:
    """What it is about; of a list of records, of which."""
    words = told.words
    fields = [m for m in told.about if isinstance(m, FieldValue | Age)]
    numbers = [name_of(words, m) for m in told.about if m not in fields]
    if is_of_records(told):
        dataset = words.model.datasets.get(told.asked.fields[0].partition(".")[0])
        counted = [c.of for c in conditions(told.asked.having) if isinstance(c, Test) and _is_there(told, c)]
        if counted:
            return words.joined([words.measure(m) for m in counted])
        if dataset is not None:
            return words.thing(dataset)
    return words.joined((numbers or [words.measure(m) for m in fields])[: 1 if lead else None], most=4)


def _is_there(told: TableWords, condition: Predicate) -> bool:
    """Of a list of records, that it is one of those that a number counts: it is named by that."""
    if not isinstance(condition, Test) or (condition.op, condition.value) != ("gt", 0):
        return False
    of = condition.of
    return is_of_records(told) and isinstance(of, Metric)


def name_of(words: Words, measure: Measure) -> str:
    """Of a count what is counted stands elsewhere: here is the number it was chosen by."""
    metrics = (m.name for m in measure.walk() if isinstance(m, Metric)) if isinstance(measure, CountOf) else ()
    counted = next(iter(metrics), None)
    return words.metric(counted) if counted is not None else words.measure(measure)


def groups(told: TableWords) -> list[str]:
    """What it is broken down by; records, which are named, are not broken down by what tells them apart."""
    words, grain = told.words, told.asked.grain
    over = [words.field(f) for f in told.asked.fields[1 if is_of_records(told) else 0 :]]
    return [*over, words.say(f"grain.{grain}")] if grain is not None else over


def metrics_of(told: TableWords) -> tuple[str, ...]:
    """Names of the metrics it is about, where it is about metrics."""
    return tuple(m.name for m in told.about if isinstance(m, Metric))


def is_now(told: TableWords) -> bool:
    """Of the state as it is: no period applies."""
    names = [m.subject() for m in told.about]
    return all((found := told.words.model.metrics.get(n)) is not None and found.snapshot for n in names)


def is_scorecard(told: TableWords) -> bool:
    """The organisation's few main numbers side by side, as in "how am I doing"."""
    board = told.words.model.scorecard
    plain = not told.asked.by and all(c.role in _ON_A_SCORECARD for c in told.table.columns)
    return plain and len(board) > 1 and metrics_of(told) == board == tuple(m.subject() for m in told.about)


_ON_A_SCORECARD = ("metric", "target", "attainment", "gap", "pace", "expected", "needed", "projection")


def says_restricted(told: TableWords) -> bool:
    """The headline says that rows were left out, so that notes and receipt need not. One's own rows are no surprise,
    and neither is that a place is one's own."""
    placed = any(c.role == "rank" for c in told.table.columns) and not told.asked.by
    return told.asked.scope == "all" and not placed and told.table.proof.restricted in ("org_tree", "channel")


def period(told: TableWords) -> str:
    """The period as asked, with its dates: "this month (1–22 Nov 2026)"; only the dates where those say it all."""
    words, window, when = told.words, told.window(), told.asked.period
    dates = words.window(window) if window is not None else ""
    name = period_name(when, words.language)
    if not name and any(isinstance(p, Only | Union | Without) for p in when.walk()):
        name = words.when(when)
    if not name:
        return dates or words.say("period.all")
    return words.say("period.with_dates", name=name, dates=dates) if dates else name


# --- conditions ------------------------------------------------------------------------------------------------------


def conditions(condition: Predicate | None) -> Iterator[Predicate]:
    """Those that all hold."""
    if isinstance(condition, And):
        for one in condition.of:
            yield from conditions(one)
    elif condition is not None:
        yield condition


def where(told: TableWords) -> str:
    asked, words = told.asked, told.words
    counted = [m.having for m in told.about if isinstance(m, CountOf)]
    every = (c for part in (asked.where, asked.having, *counted) for c in conditions(part))
    said = [_condition(told, c) for c in every if not _is_there(told, c)]
    said = [text for text in said if text]
    return words.say("where", conditions=words.say("list.sep").join(said)) if said else ""


def _condition(told: TableWords, condition: Predicate) -> str:
    words = told.words
    if isinstance(condition, In):
        values = [_member(words, condition.field, v) for v in condition.values]
        return (
            words.say("where.not", values=words.joined(values, most=5))
            if condition.out
            else words.joined(values, most=5)
        )
    if isinstance(condition, Compare):
        ends = [v for v in (condition.value, condition.upper) if v is not None]
        values = [words.member(condition.field, v, _unit(words, condition.field)) for v in ends] or [""]
        return words.say(f"where.{condition.op}", field=words.field(condition.field), value=values[0], upper=values[-1])
    if isinstance(condition, Test) and isinstance(condition.value, int | float):
        return _test(told, condition)
    if isinstance(condition, Within) and (days := _days(told, condition)) is not None:
        return words.say("where.within", field=words.field(condition.field), value=words.window(days))
    return words.condition(condition)


def _days(told: TableWords, condition: Within) -> Taken | None:
    """The days of a condition, where they are one stretch."""
    period = condition.period.model_dump(mode="json", exclude_defaults=True)
    for said in _said(told.table.proof.conditions):
        if said["on"] == condition.field and said.get("period") == period and "days" in said:
            start, end = said["days"]
            return Taken(of="shown", label="", start=start, end=end)
    return None


def _said(condition: Any) -> Iterator[dict[str, Any]]:
    """Those of an answer's conditions that all hold."""
    if isinstance(condition, dict):
        yield condition
    elif condition and condition[0] == "and":
        for part in condition[1:]:
            yield from _said(part)


def _member(words: Words, field_id: str, value: Value) -> str:
    """A member, somebody by their name."""
    people = words.model.people
    if people is not None and isinstance(value, str) and field_id in (people.id, people.manager):
        return words.person(value)
    return words.member(field_id, value, _unit(words, field_id))


def _unit(words: Words, field_id: str) -> str:
    found = words.model.fields.get(field_id)
    return found.unit if found is not None and found.unit else "text"


def _test(told: TableWords, condition: Test) -> str:
    """ "under 50%", "under 100% of target"; the number is named where it is not the one asked for."""
    words, of = told.words, condition.of
    unit = of.unit(words.model)
    upper = condition.upper if isinstance(condition.upper, int | float) else condition.value
    value, most = (format_value(v, unit, words.language).replace(".0%", "%") for v in (condition.value, upper))
    if isinstance(of, Attainment):
        value, most = (words.say("where.of_target", value=v) for v in (value, most))
    main = told.about[0]
    own = about(of) == (Metric(name=main.subject()) if isinstance(main, CountOf) else main)
    plain = of == about(of) or isinstance(of, Attainment)
    name = words.measure(of) if not own else "" if plain else words.say(f"column.{of.role}")
    return words.say(f"where.{condition.op}", field=name, value=value, upper=most).strip()
