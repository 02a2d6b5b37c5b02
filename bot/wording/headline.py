"""The first sentence of an answer. It shows only numbers that are in the rows."""

from __future__ import annotations

from bot.wording.figures import format_value, ordinal
from bot.wording.words import Words, window_labelled
from metrics.people import Person
from metrics.query import Filter, Having, Query
from metrics.query.answer import Answer, Cell, Column

__all__ = ["First", "headline", "is_headcount", "is_scorecard", "marked_change", "says_restricted", "subject"]


class First:
    """The first row of an answer (or another) by role. `value(role)` None: not there or n/a."""

    def __init__(self, words: Words, answer: Answer, *, row: int = 0) -> None:
        self.words = words
        self.answer = answer
        self.row = answer.rows[row] if answer.rows else ()

    def _find(self, role: str) -> tuple[Column, Cell] | None:
        return next(((c, v) for c, v in zip(self.answer.columns, self.row, strict=False) if c.role == role), None)

    def value(self, role: str) -> Cell:
        found = self._find(role)
        return found[1] if found else None

    def has(self, role: str) -> bool:
        return self.value(role) is not None

    def text(self, role: str) -> str:
        found = self._find(role)
        return self.words.cell(found[0], found[1], self.answer) if found else self.words.say("value.none")

    def number(self, role: str) -> float | None:
        value = self.value(role)
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None

    def magnitude(self, role: str) -> str:
        """The number without its sign (the sentence says the direction)."""
        found = self._find(role)
        if found is None or not isinstance(found[1], int | float):
            return self.words.say("value.none")
        return format_value(abs(found[1]), found[0].unit, self.words.language)


def headline(words: Words, answer: Answer, asker: Person | None = None) -> str:
    """One sentence, plain text, not escaped.

    Examples (English): "Sales, this month (1–22 Nov 2026): ¥1,234,567" · "You are 4th of 12 in Sales, …".
    """
    query = answer.query
    kind = query.kind
    if kind == "definition":
        return words.say("head.definition", metric=words.joined([words.metric(m) for m in query.metrics]))
    if kind == "rank":
        return _rank(words, answer, asker)
    about = subject(words, answer)
    if not answer.rows:
        return words.say("head.empty", subject=about)
    first = First(words, answer)
    single = len(answer.rows) == 1 and not query.by and query.grain is None
    if single and is_scorecard(words, query):
        return _scorecard(words, answer, about)
    if kind == "tally":
        return _tally(words, answer, first)
    if single and kind == "attainment":
        return _attainment(words, answer, first, about)
    if single and kind == "benchmark":
        return _benchmark(words, answer, first, about)
    if first.has("share") and len(answer.rows) == 1 and kind == "share":
        if first.has("total"):
            return words.say(
                "head.share",
                subject=about,
                share=first.text("share"),
                total=first.text("total"),
                value=first.text("metric"),
            )
        return words.say("head.share.bare", subject=about, share=first.text("share"))
    if kind == "comparison" and (single or _two_periods(answer)):
        return _comparison(words, answer, about)
    if single and (len(query.metrics) == 1 or _companions(words, query)):
        return words.say("head.value", subject=subject(words, answer, lead=True), value=first.text("metric"))
    in_time = query.limit is None and (query.order is None or query.order.by == "time")
    if kind == "trend" and in_time and not query.by and len(query.metrics) == 1:
        return _trend(words, answer, about)
    return _ordered(words, answer, first, about)


def subject(words: Words, answer: Answer, *, lead: bool = False, by: bool = True) -> str:
    """What the answer is about: metrics (`lead`: only the first), whose, broken `by` what, filters and period with
    dates."""
    query = answer.query
    if is_scorecard(words, query) and not lead:
        names = words.say("scorecard")
    else:
        names = words.joined([words.metric(m) for m in query.metrics[: 1 if lead else None]], most=4)
    ranked = (query.rank.over,) if query.rank is not None and query.rank.member is None and not query.by else ()
    over = _groups(words, query, ranked) if by else []
    now = all((m := words.model.metrics.get(name)) is not None and m.snapshot for name in query.metrics)
    plain, by_key = ("subject.now", "subject.by.now") if now else ("subject", "subject.by")
    return words.say(
        by_key if over else plain,
        metric=names,
        whose=words.say(f"whose.{answer.receipt.restricted}" if says_restricted(answer) else f"whose.{query.scope}"),
        by=words.joined(over),
        where=_where(words, query),
        period=words.period(query, window_labelled(answer, "current")),
    )


def says_restricted(answer: Answer) -> bool:
    """The headline says that rows were left out, so that notes and receipt need not. One's own rows are no surprise."""
    query = answer.query
    return (
        query.scope == "all"
        and query.kind not in ("rank", "definition")
        and answer.receipt.restricted in ("org_tree", "channel")
    )


def is_scorecard(words: Words, query: Query) -> bool:
    """The organisation's few main numbers side by side, as in "how am I doing"."""
    board = words.model.scorecard
    single = not query.by and query.grain is None and query.compare is None
    return single and len(board) > 1 and query.metrics == board and query.kind in ("value", "attainment")


def is_headcount(query: Query) -> bool:
    """How many there are of something: metric and period only came along."""
    return query.kind == "tally" and query.everyone and not query.having and query.share is None


def _groups(words: Words, query: Query, ranked: tuple[str, ...] = ()) -> list[str]:
    over = [words.field(f) for f in (*query.by, *ranked)]
    return [*over, words.say(f"grain.{query.grain}")] if query.grain is not None else over


def marked_change(words: Words, metric: str, change: float, text: str) -> str:
    """A change with ▲ or ▼ before it. Where less is better the arrow alone would be taken the wrong way, so a word says
    it."""
    if not change:
        return text
    found = words.model.metrics.get(metric)
    arrow = "▲" if change > 0 else "▼"
    if found is None or found.higher_is_better:
        return f"{arrow} {text}"
    return words.say("change.better" if change < 0 else "change.worse", change=f"{arrow} {text}")


def _companions(words: Words, query: Query) -> bool:
    """The other metrics only stand beside the first, which alone was asked for."""
    first = words.model.metrics.get(query.metrics[0])
    return first is not None and set(query.metrics[1:]) <= set(first.shown_with)


def _where(words: Words, query: Query) -> str:
    said = [_condition(words, f) for f in query.where] + [_having(words, h, query) for h in query.having]
    return words.say("where", conditions=words.say("list.sep").join(said)) if said else ""


def _condition(words: Words, condition: Filter) -> str:
    found = words.model.fields.get(condition.field)
    unit = found.unit if found and found.unit else "text"
    values = [words.member(condition.field, v, unit) for v in condition.values]
    if condition.op == "in":
        return words.joined(values, most=5)
    if condition.op == "not_in":
        return words.say("where.not", values=words.joined(values, most=5))
    return words.say(f"where.{condition.op}", field=words.field(condition.field), value=values[0], upper=values[-1])


def _having(words: Words, condition: Having, query: Query) -> str:
    """ "under 50%", "under 100% of target"; the metric is named where it is not the one asked for."""
    found = words.model.metrics.get(condition.metric)
    plain = condition.of in ("value", "change", "benchmark")
    unit = (found.unit if found else "number") if plain else "percent"
    asked = condition.metric == query.metrics[0]
    name = (
        words.metric(condition.metric)
        if condition.of in ("value", "attainment")
        else words.say(f"column.{condition.of}")
    )
    upper = condition.upper if condition.upper is not None else condition.value
    value, most = (_round_figure(format_value(v, unit, words.language)) for v in (condition.value, upper))
    if condition.of == "attainment":
        value, most = (words.say("where.of_target", value=v) for v in (value, most))
    bare = "" if asked and condition.of in ("value", "attainment") else name
    return words.say(f"where.{condition.op}", field=bare, value=value, upper=most).strip()


def _round_figure(text: str) -> str:
    """ "50%" for "50.0%": a limit somebody named, not a result."""
    return text.replace(".0%", "%")


def _two_periods(answer: Answer) -> bool:
    """A row for each of two periods, the earlier one first."""
    roles = [c.role for c in answer.columns]
    return len(answer.rows) == 2 and answer.query.grain is None and "time" in roles and "dimension" not in roles


def _rank(words: Words, answer: Answer, asker: Person | None) -> str:
    metric = words.metric(answer.query.metrics[0])
    period = words.period(answer.query, window_labelled(answer, "current"))
    first = First(words, answer)
    place, total = first.number("rank"), first.number("n")
    if place is None or total is None:
        return words.say("head.rank.none", metric=metric, period=period)
    rank = answer.query.rank
    member = rank.member if rank is not None else None
    person = first.text("dimension")
    own = member == "@me" or (asker is not None and member in (asker.id, asker.name))
    head = words.say(
        "head.rank.me" if own else "head.rank.other",
        rank=ordinal(int(place), words.language),
        total=int(total),
        metric=metric,
        period=period,
        member=person if first.has("dimension") else member or "",
        value=first.text("metric"),
    )
    ties = first.number("ties")
    if ties:
        head = words.say("head.rank.tied", head=head, n=int(ties)).rstrip("。.")
    if place == 1:
        return words.say("head.rank.first", head=head)
    if first.has("next_gap"):
        return words.say("head.rank.gap", head=head, gap=first.magnitude("next_gap"))
    return head


def _scorecard(words: Words, answer: Answer, about: str) -> str:
    targets = {
        c.of: v
        for c, v in zip(answer.columns, answer.rows[0], strict=True)
        if c.role == "gap" and isinstance(v, int | float)
    }
    if not targets:
        return words.say("head.values", subject=about)
    reached = sum((gap <= 0) == words.model.metrics[name].higher_is_better or gap == 0 for name, gap in targets.items())
    return words.say("head.scorecard", subject=about, reached=reached, total=len(targets))


def _tally(words: Words, answer: Answer, first: First) -> str:
    value = first.text("count") if first.has("count") else first.text("metric")
    names = _groups(words, answer.query)
    groups = words.joined(names if first.number("count") == 1 else [words.several(name) for name in names])
    if is_headcount(answer.query):
        return words.say("head.headcount", value=value, by=groups, where=_where(words, answer.query))
    return words.say("head.tally", value=value, by=groups, about=subject(words, answer, by=False))


def _attainment(words: Words, answer: Answer, first: First, about: str) -> str:
    shown = {"subject": about, "value": first.text("metric")}
    if not first.has("target"):
        return words.say("head.attainment.none", **shown)
    shown |= {"target": first.text("target"), "attainment": first.text("attainment"), "gap": first.magnitude("gap")}
    gap = first.number("gap")
    found = words.model.metrics.get(answer.query.metrics[0])
    if gap is None:
        return words.say("head.value", **shown)
    if found is not None and not found.higher_is_better:
        # gap = target - actual: what is left of an upper limit
        return words.say("head.attainment.lower" if gap < 0 else "head.attainment.lower_ok", **shown)
    if gap > 0:
        return words.say("head.attainment", **shown)
    return words.say("head.attainment.over" if gap < 0 else "head.attainment.reached", **shown)


def _benchmark(words: Words, answer: Answer, first: First, about: str) -> str:
    if not first.has("benchmark") or answer.query.benchmark is None:
        return words.say("head.benchmark.bare", subject=about, value=first.text("metric"))
    return words.say(
        "head.benchmark",
        subject=about,
        value=first.text("metric"),
        peers=words.say(f"peers.{answer.query.benchmark.of}"),
        benchmark=first.text("benchmark"),
        difference=first.text("difference"),
    )


def _comparison(words: Words, answer: Answer, about: str) -> str:
    window = window_labelled(answer, "previous")
    current = First(words, answer, row=-1)
    first = current
    earlier = First(words, answer).text("metric") if _two_periods(answer) else current.text("previous")
    shown = {
        "subject": about,
        "value": current.text("metric"),
        "previous": earlier,
        "window": words.window(window) if window is not None else words.say("column.previous"),
    }
    change = first.number("change_pct")
    if change is None:
        return words.say("head.compare.na", **shown)
    if change == 0:
        return words.say("head.compare.same", **shown)
    found = words.model.metrics.get(answer.query.metrics[0])
    in_points = (
        found is not None and found.unit == "percent" and first.has("change")
    )  # "-100 %" of a rate is taken for points
    grown = first.text("change") if in_points else words.change_percent(first.value("change_pct"))
    return words.say("head.compare", change=marked_change(words, answer.query.metrics[0], change, grown), **shown)


def _trend(words: Words, answer: Answer, about: str) -> str:
    names = [c.role for c in answer.columns]
    if "time" not in names or "metric" not in names:
        return words.say("head.rows", subject=about)
    at, value = names.index("time"), names.index("metric")
    dated = [row for row in answer.rows if row[at] is not None]
    if not dated:
        return words.say("head.rows", subject=about)
    latest = max(dated, key=lambda row: str(row[at]))
    return words.say(
        "head.trend",
        subject=about,
        value=words.cell(answer.columns[value], latest[value], answer),
        bucket=words.cell(answer.columns[at], latest[at], answer),
    )


def _ordered(words: Words, answer: Answer, first: First, about: str) -> str:
    """Rows ordered by their value: who is highest or lowest; else only what the rows are about."""
    query = answer.query
    members = [c.role for c in answer.columns if c.role in ("dimension", "time")]
    if len(members) != 1 or not first.has("metric"):
        return words.say("head.rows", subject=about)
    if query.having and query.limit is None and members == ["dimension"]:
        found = answer.receipt.total_rows or len(answer.rows)
        return words.say("head.rows.found", subject=about, n=found)
    order, member = query.order, first.text(members[0])
    if order is not None and order.by in ("change", "change_pct") and first.has(order.by):
        return words.say("head.rows.change", subject=about, member=member, value=first.text(order.by))
    if order is not None and order.by == "value" and order.metric in (None, query.metrics[0]):
        key = "head.rows.top" if order.descending else "head.rows.bottom"
    elif order is None and members == ["dimension"] and not answer.receipt.truncated and _highest_first(answer):
        key = "head.rows.top"
    else:
        return words.say("head.rows", subject=about)
    return words.say(key, subject=about, member=member, value=first.text("metric"))


def _highest_first(answer: Answer) -> bool:
    """No row has a higher value than the first, and the second a lower one."""
    at = next(i for i, c in enumerate(answer.columns) if c.role == "metric")
    values = [row[at] for row in answer.rows]
    numbers = [float(v) for v in values if isinstance(v, int | float)]
    return len(values) > 1 and len(numbers) > 1 and values[0] is not None and numbers[0] > max(numbers[1:])
