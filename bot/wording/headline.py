"""The first sentence of an answer. It shows only numbers that are in the rows."""

from __future__ import annotations

from bot.wording.figures import format_value, ordinal
from bot.wording.subject import conditions, is_of_records, is_scorecard, metrics_of, period, subject, where
from bot.wording.tables import TableWords
from bot.wording.words import Words
from metrics.kinds.folded import CountOf
from metrics.kinds.peer_average import PeerAverage
from metrics.kinds.place import Place
from metrics.query.answer import Cell
from metrics.query.measure import Measure
from metrics.query.predicate import In

__all__ = ["headline", "is_headcount", "marked_change", "said_whole"]

_MOST_LISTED = 4


class _Row:
    """A row by role. `value(role)` None: not there or n/a."""

    def __init__(self, told: TableWords, row: int = 0) -> None:
        self.told = told
        self.row = told.table.rows[row] if told.table.rows else ()

    def value(self, role: str) -> Cell:
        at = self.told.at(role)
        return self.row[at] if at is not None and self.row else None

    def has(self, *roles: str) -> bool:
        return all(self.value(role) is not None for role in roles)

    def text(self, role: str) -> str:
        at = self.told.at(role)
        return self.told.cell(at, self.row[at]) if at is not None and self.row else self.told.words.say("value.none")

    @property
    def main(self) -> str:
        """The number that it is about."""
        at = self.told.value_at
        return self.told.cell(at, self.row[at]) if at is not None and self.row else self.told.words.say("value.none")

    def number(self, role: str) -> float | None:
        value = self.value(role)
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None

    def magnitude(self, role: str) -> str:
        """The number without its sign (the sentence says the direction)."""
        at, number = self.told.at(role), self.number(role)
        if at is None or number is None:
            return self.told.words.say("value.none")
        return format_value(abs(number), self.told.table.columns[at].unit, self.told.words.language)


def headline(told: TableWords) -> str:
    """One sentence, plain text, not escaped.

    Examples (English): "Sales, this month (1–22 Nov 2026): ¥1,234,567" · "You are 4th of 12 in Sales, …".
    """
    words, asked = told.words, told.asked
    if not asked.by and told.at("rank") is not None:
        return _place(told)
    if not told.table.rows:
        return words.say("head.empty", subject=subject(told))
    first = _Row(told)
    if not asked.by:
        return _single(told, first)
    if len(told.about) == 1 and asked.by == (asked.grain,) and not asked.order and asked.limit is None:
        return _trend(told)
    return _listed(told, first)


def said_whole(told: TableWords) -> bool:
    """Whether the headline says all that the one row holds."""
    roles = {c.role for c in told.table.columns}
    single = len(told.table.rows) == 1 and not told.asked.by
    return single and (len(told.table.columns) == 1 or bool(roles & {"rank", "share"}))


def _single(told: TableWords, first: _Row) -> str:
    words = told.words
    if is_scorecard(told):
        return _scorecard(told)
    if isinstance(told.asked.show[0], CountOf) and len(told.asked.show) == 1:
        return _tally(told, told.asked.show[0], first)
    if len(told.about) > 1 and not _accompanied(told):
        return _numbers(told, first)
    lead = subject(told, lead=True)
    roles = {c.role for c in told.table.columns}
    if {"metric", "target"} <= roles and not first.has("target"):
        return words.say("head.attainment.none", subject=lead, value=first.main)
    if first.has("metric", "target", "attainment", "gap"):
        return _attainment(told, first, lead)
    if "benchmark" in roles:
        return _benchmark(told, first, lead)
    if first.has("share"):
        return _share(told, first, lead)
    if {"metric", "change_pct", "previous"} <= roles:
        return _comparison(told, first, lead)
    if len({c.of for c in told.table.columns}) > 1 or len(told.table.columns) == 1:
        return words.say("head.value", subject=lead, value=first.main)
    return _numbers(told, first)


def _accompanied(told: TableWords) -> bool:
    """The other metrics only stand beside the first, which alone was asked for."""
    names = metrics_of(told)
    first = told.words.model.metrics.get(names[0]) if len(names) == len(told.about) else None
    return first is not None and set(names[1:]) <= set(first.shown_with)


def _numbers(told: TableWords, first: _Row) -> str:
    """Each number by the name of its column; a number that the subject names stands alone."""
    words, row = told.words, first.row
    if len(row) > _MOST_LISTED:
        return words.say("head.values", subject=subject(told))
    said = [
        text
        if len(told.about) == 1 and told.asked.show[i] == told.about[0]
        else words.say("head.number", name=n, value=text)
        for i, (n, text) in enumerate(zip(told.labels, told.row(row), strict=True))
    ]
    return words.say("head.value", subject=subject(told), value=words.say("list.sep").join(said))


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


def _place(told: TableWords) -> str:
    words, first = told.words, _Row(told)
    placed = next(m for m in told.asked.show if isinstance(m, Place))
    shown = {"metric": words.measure(told.about[0]), "period": period(told)}
    place, total = first.number("rank"), first.number("n")
    if place is None:
        return words.say("head.rank.none", **shown)
    own = placed.member in (None, "@me")
    value = first.main if told.value_at is not None and told.table.columns[told.value_at].role == "metric" else ""
    who = "me" if own else "other"
    shown |= {"rank": ordinal(int(place), words.language), "member": _member(told, placed), "value": value}
    shown |= {"total": str(int(total))} if total is not None else {}
    key = f"head.rank.{who}" if total is not None else f"head.rank.{who}.of"
    head = words.say(key if value else f"{key}.bare", **shown)
    ties = first.number("ties")
    if ties:
        head = words.say("head.rank.tied", head=head, n=int(ties)).rstrip("。.")
    if place == 1:
        return words.say("head.rank.first", head=head)
    if first.has("next_gap"):
        return words.say("head.rank.gap", head=head, gap=first.magnitude("next_gap"))
    return head


def _member(told: TableWords, placed: Place) -> str:
    people, words = told.words.model.people, told.words
    name = str(placed.member or "")
    if people is not None and placed.over in (None, people.id, people.name):
        named = [c.values[0] for c in conditions(told.asked.where) if isinstance(c, In) and c.field == people.name]
        return str(named[0]) if len(named) == 1 else words.person(name)
    return words.member(placed.over or "", placed.member)


def _scorecard(told: TableWords) -> str:
    words, about = told.words, subject(told)
    reached: dict[str, bool] = {}
    for column, value in zip(told.table.columns, told.table.rows[0], strict=True):
        if column.role in ("attainment", "gap") and isinstance(value, int | float):
            over = value >= 1 if column.role == "attainment" else value <= 0
            exactly = value == (1 if column.role == "attainment" else 0)
            reached[column.of] = exactly or over == words.model.metrics[column.of].higher_is_better
    if not reached:
        return words.say("head.values", subject=about)
    return words.say("head.scorecard", subject=about, reached=sum(reached.values()), total=len(reached))


def is_headcount(told: TableWords) -> bool:
    """How many there are of something: metric and period only came along."""
    show = told.asked.show
    only = show[0] if len(show) == 1 else None
    return isinstance(only, CountOf) and only.having is None and told.asked.population == "all"


def _tally(told: TableWords, counted: CountOf, first: _Row) -> str:
    words = told.words
    over = words.say(f"grain.{counted.over}") if "." not in counted.over else words.field(counted.over)
    things = over if first.number("count") == 1 else words.several(over)
    if is_headcount(told):
        return words.say("head.headcount", value=first.text("count"), by=words.spoken(things), where=where(told))
    return words.say("head.tally", value=first.text("count"), by=words.spoken(things), about=subject(told, by=False))


def _attainment(told: TableWords, first: _Row, about: str) -> str:
    words = told.words
    shown = {"subject": about, "value": first.main}
    shown |= {"target": first.text("target"), "attainment": first.text("attainment"), "gap": first.magnitude("gap")}
    gap = first.number("gap") or 0.0
    if not _better(told):
        # gap = target - actual: what is left of an upper limit
        return words.say("head.attainment.lower" if gap < 0 else "head.attainment.lower_ok", **shown)
    if gap > 0:
        return words.say("head.attainment", **shown)
    return words.say("head.attainment.over" if gap < 0 else "head.attainment.reached", **shown)


def _better(told: TableWords) -> bool:
    found = told.words.model.metrics.get(told.about[0].subject())
    return found is None or found.higher_is_better


def _benchmark(told: TableWords, first: _Row, about: str) -> str:
    words, shown = told.words, {"subject": about, "value": first.main}
    if not first.has("benchmark"):
        return words.say("head.benchmark.bare", **shown)
    peers = next((m for m in told.asked.show if isinstance(m, PeerAverage)), None)
    shown |= {"peers": words.say(f"peers.{peers.within if peers else 'all'}"), "benchmark": first.text("benchmark")}
    if not first.has("difference"):
        return words.say("head.benchmark.only", **shown)
    return words.say("head.benchmark", difference=first.text("difference"), **shown)


def _share(told: TableWords, first: _Row, about: str) -> str:
    words, shown = told.words, {"subject": about, "share": first.text("share")}
    if first.has("total", "metric"):
        return words.say("head.share", total=first.text("total"), value=first.main, **shown)
    return words.say("head.share.bare", **shown)


def _comparison(told: TableWords, first: _Row, about: str) -> str:
    words, window = told.words, told.window("compared")
    shown = {
        "subject": about,
        "value": first.main,
        "previous": first.text("previous"),
        "window": words.window(window) if window is not None else words.say("column.previous"),
    }
    change = first.number("change_pct")
    if change is None:
        return words.say("head.compare.na", **shown)
    if change == 0:
        return words.say("head.compare.same", **shown)
    name = told.about[0].subject()
    in_points = told.about[0].unit(words.model) == "percent" and first.has(
        "change"
    )  # "-100 %" of a rate is taken for points
    grown = first.text("change") if in_points else words.change_percent(first.value("change_pct"))
    return words.say("head.compare", change=marked_change(words, name, change, grown), **shown)


def _trend(told: TableWords) -> str:
    words, about, at = told.words, subject(told), told.value_at
    dated = [row for row in told.table.rows if row[0] is not None]
    if at is None or not dated:
        return words.say("head.rows", subject=about)
    latest = max(dated, key=lambda row: str(row[0]))
    return words.say("head.trend", subject=about, value=told.cell(at, latest[at]), bucket=told.cell(0, latest[0]))


def _listed(told: TableWords, first: _Row) -> str:
    """Rows ordered by their value: who is highest or lowest; else only what the rows are about."""
    words, asked, about = told.words, told.asked, subject(told)
    if told.keys != 1 or told.value_at is None:
        return words.say("head.rows", subject=about)
    if (asked.having is not None or not _numeric(told)) and asked.limit is None and asked.grain is None:
        found = told.table.proof.total or len(told.table.rows)
        if (total := _worth(told)) and found > 1:
            return words.say("head.rows.worth", subject=about, n=found, total=total)
        return words.say("head.rows.found", subject=about, n=found)
    order = asked.order[0] if asked.order else None
    by = order.by if order is not None and isinstance(order.by, Measure) else None
    at = told.keys + asked.show.index(by) if by in asked.show else None
    shown = {"subject": about, "member": told.cell(0, first.row[0])}
    if order is not None and at is not None and first.row[at] is not None:
        role = told.table.columns[at].role
        if role in ("change", "change_pct"):
            return words.say("head.rows.change", value=told.cell(at, first.row[at]), **shown)
        if role == "rank" and not order.descending:
            return words.say("head.rows.top", value=first.main, **shown)
        key = "head.rows.top" if order.descending else "head.rows.bottom"
        return words.say(key, value=told.cell(at, first.row[at]), **shown)
    if order is None and asked.grain is None and not told.table.proof.truncated and _highest_first(told):
        return words.say("head.rows.top", value=first.main, **shown)
    return words.say("head.rows", subject=about)


def _worth(told: TableWords) -> str:
    """What records come to in all, where all of them are here; "" for other lists."""
    table = told.table
    money = [i for i, c in enumerate(table.columns) if c.unit.startswith("currency") and i >= told.keys]
    if (
        not is_of_records(told)
        or len(money) != 1
        or table.proof.truncated
        or table.proof.total not in (None, len(table.rows))
    ):
        return ""
    values = [row[money[0]] for row in table.rows]
    return told.cell(money[0], sum(float(v) for v in values if isinstance(v, int | float)))


def _numeric(told: TableWords) -> bool:
    """Numbers of groups, not lists of records."""
    return any(c.role != "field" for c in told.table.columns[told.keys :])


def _highest_first(told: TableWords) -> bool:
    """No row has a higher value than the first, and the second a lower one."""
    at = told.value_at
    values = [row[at] for row in told.table.rows] if at is not None else []
    numbers = [float(v) for v in values if isinstance(v, int | float)]
    return len(values) > 1 and len(numbers) > 1 and values[0] is not None and numbers[0] > max(numbers[1:])
