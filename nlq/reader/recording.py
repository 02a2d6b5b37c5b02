"""Single records, as people talk of them: the largest open deals, invoices so many days late, what should have closed
by now, everybody's oldest deal; how many those are and worth how much, and what is told of each.

    along   of a superlative or an order: by the `amount` of each, its `age`, its `date`; `nth`: the one in that place
    still   of what is open, unpaid, undecided as of now
    aged    how many days it has been there
    late    past the day it was due on, and still there; or so many days past it
    due     in which period it is due
    tell    what is told of each: who, when, rep"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from metrics.model.schema import Model
from nlq.keys import is_key
from nlq.reader.about import about_of, condition_in, worth
from nlq.reader.conditions import compared, settled, tested
from nlq.reader.constructions import NotAReading
from nlq.reader.draft import Draft, joined
from nlq.reader.frame import name_of
from nlq.reader.rows import DATASET, amount_of, check_dates, running, several, telling
from nlq.reader.terms import Term, Value, walked

__all__ = ["is_of_records", "recorded"]

_MARKS = frozenset({"still", "aged", "late", "due", "tell", "number"})
_COUNTED = frozenset({"many", "much", "worth", "total", "count", "number"})
_READ = _MARKS | _COUNTED
_READ |= {"record", "about", "by", "each", "listed", "where", "compare", "period", "scope", "top", "sorted"}
_READ |= {"which", "listing"}
_ANY = Term("comparison", (("op", "gt"), ("value", 0)))


def is_of_records(draft: Draft) -> bool:
    """Whether it is of single records: something is said that can be said of nothing else, or they are listed."""
    frame = draft.frame
    if "act" in frame:
        return False
    if frame.keys() & (_MARKS - {"number"}) or _along(draft) is not None:
        return True
    if frame.keys() - _READ:
        return False
    if "top" in frame and "about" not in frame and any(_told_apart(draft.model, b) for b in draft.by):
        return True
    if draft.by or frame.keys() & {"each", "top", "sorted"}:
        return False
    if "about" not in frame:
        return "record" in frame
    if several(frame["about"], draft.model) is not None:
        return "listing" in frame
    if frame.keys() & {"worth", "number"} and "record" not in frame:
        return _countable(frame["about"], draft.model) and not _has_worth(frame["about"][0], draft.model)
    if "record" in frame and frame.keys() & _COUNTED:
        return False
    plain = "compare" in frame and "record" not in frame and not frame.keys() & _COUNTED
    wanted = "listing" in frame or plain
    return wanted and _countable(frame["about"], draft.model)


def _countable(about: tuple[Value, ...], model: Model) -> bool:
    """Whether it is the number of what can be told apart."""
    if len(about) != 1 or about[0].kind != "metric":
        return False
    metric = model.metrics[name_of(about[0])]
    datasets = {d for d in DATASET.findall(metric.expression) if d in model.datasets}
    fields = [f for d in datasets for f in model.datasets[d].fields.values()]
    counts = metric.unit == "count" or (metric.snapshot and metric.unit.startswith("currency"))
    return any(is_key(model, f) for f in fields) and counts and len(datasets) == 1


def _has_worth(measure: Value, model: Model) -> bool:
    try:
        worth(measure, model)
    except NotAReading:
        return False
    return True


def recorded(draft: Draft, usual: Value) -> None:
    """The records, or how many and how much they are. `usual`: the period where none is said. Raises NotAReading."""
    if draft.frame.keys() - _READ:
        raise NotAReading("of records, and more than that")
    if "about" in draft.frame:
        draft.about = about_of({"about": draft.frame["about"]}, draft.model, draft.assumed)
        if draft.assumed or len(draft.about) != 1:
            raise NotAReading("records of several numbers")
    _records(draft).put()
    if draft.period is None:
        draft.assumed.append("default_period")
        draft.period = usual
    if draft.about and any(m.kind == "across" for m in draft.show) and draft.period.kind != "all":
        _dated_by_rows(draft)


def _dated_by_rows(draft: Draft) -> None:
    """Amounts of rows are added up whatever the period: those whose date is in it."""
    times = draft.model.metrics[name_of(draft.about[0])].time.values()
    for time in times:
        draft.where.append(Term("within", (("field", time), ("period", draft.period))))
    draft.period = Term("all")


def _along(draft: Draft) -> str | None:
    said = [draft.frame[s].get("along") for s in ("top", "sorted") if s in draft.frame]
    return next((a for a in said if a is not None), None)


def _records(draft: Draft) -> _Records:
    """What the records are, by what is asked about, by their name, or by what tells them apart."""
    frame, model = draft.frame, draft.model
    if not draft.about:
        dataset = str(frame["record"]) if "record" in frame else _named(draft)
        lined = [
            m.name for m in model.metrics.values() if any(m.expression == f"COUNT(DISTINCT {b})" for b in draft.by)
        ]
        if lined:
            draft.about = (_metric(lined[0]),)
            return _Records(draft, dataset, draft.by[-1], worth(draft.about[0], model))
        if "period" in frame:
            draft.about = _looked_ahead(model, dataset)
        return _Records(draft, dataset, _key(model, dataset), _amount(model, dataset))
    metric = model.metrics[name_of(draft.about[0])]
    found = {d for d in DATASET.findall(metric.expression) if d in model.datasets}
    if len(found) != 1 or frame.get("record", *found) not in found:
        raise NotAReading("numbers of other records")
    dataset = found.pop()
    lines = several(draft.about, model)
    if lines is not None:
        return _Records(draft, dataset, lines, worth(draft.about[0], model))
    if metric.unit == "count":
        return _Records(draft, dataset, _key(model, dataset), _amount(model, dataset))
    if not metric.unit.startswith("currency") or not metric.snapshot:
        raise NotAReading("no number of records")
    return _Records(draft, dataset, _key(model, dataset), draft.about[0])


def _named(draft: Draft) -> str:
    """Records named by what tells them apart ("the biggest deal"); or by nothing but that they are open."""
    model = draft.model
    found = {d for b in draft.by if (d := _told_apart(model, b)) is not None}
    if not found and "still" in draft.frame:
        stock = [m for m in model.metrics.values() if m.snapshot and m.unit == "count" and condition_in(m.expression)]
        found = {d for m in stock for d in DATASET.findall(m.expression) if d in model.datasets}
    if len(found) != 1:
        raise NotAReading("records of what")
    return found.pop()


def _told_apart(model: Model, field: str) -> str | None:
    """The dataset of things done whose records a field tells apart."""
    item = model.fields.get(field)
    if item is None or not any(item.dataset in metric.time for metric in model.metrics.values()):
        return None
    lines = any(m.expression == f"COUNT(DISTINCT {field})" for m in model.metrics.values())
    return item.dataset if lines or is_key(model, item) else None


def _looked_ahead(model: Model, dataset: str) -> tuple[Term, ...]:
    """Records of a time are those that are due then, where they are counted by that."""
    rows = {f"COUNT({f.id})" for f in model.datasets[dataset].fields.values()}
    found = [m.name for m in model.metrics.values() if m.ahead and m.expression in rows]
    return tuple(map(_metric, found))


def _amount(model: Model, dataset: str) -> Value:
    try:
        return _field(amount_of(model, dataset))
    except NotAReading:
        return None


def _key(model: Model, dataset: str) -> str:
    keys = [f.id for f in model.datasets[dataset].fields.values() if is_key(model, f)]
    if len(keys) != 1:
        raise NotAReading("records that cannot be told apart")
    return keys[0]


@dataclass(slots=True)
class _Records:
    """`dataset`: whose rows they are; `key`: the field that tells them apart; `amount`: of each."""

    draft: Draft
    dataset: str
    key: str
    amount: Value

    def put(self) -> None:
        draft, frame = self.draft, self.draft.frame
        check_dates(draft, {self.dataset})
        draft.period = self._period()
        draft.having = list(dict.fromkeys(self._conditions()))
        groups = tuple(dict.fromkeys(b for b in (*draft.by, *frame.get("listed", ())) if b != self.key))
        if "count" in frame and frame["count"]["over"] != self.key:
            raise NotAReading("how many of something else")
        if frame.keys() & _COUNTED and "top" not in frame:
            draft.by = groups
            self._count()
            return
        if frame.keys() & _COUNTED - {"much"} or (groups and "top" not in frame):
            raise NotAReading("of each of them, and no superlative")
        draft.by = (*groups, self.key)
        draft.show = list(dict.fromkeys(self._columns()))
        self._order(groups)

    # --- which they are ----------------------------------------------------------------------------------------------

    def _conditions(self) -> Iterator[Term]:
        """On groups; those on rows are put in their place."""
        draft, frame = self.draft, self.draft.frame
        standing, dated = self._standing(), self._dated()
        if "still" in frame and (dated or standing is None):
            raise NotAReading("what is over, and still there")
        yield from (_test(_ANY, measure) for measure in draft.about)
        waits = frame.keys() & {"still", "late", "aged", "due"} or _along(draft) == "age" or self._runs()
        if waits and not draft.about and standing is not None:
            yield _test(_ANY, standing)
            if draft.model.metrics[name_of(standing)].unit != "count":
                self.amount = standing  # of an invoice what is left to pay
        for comparison in frame.get("compare", ()):
            if self.amount is None:
                raise NotAReading("no amount to compare")
            if self.amount.kind == "field":
                draft.where.append(compared(comparison, self.amount["name"], unit=""))
            else:
                yield settled(tested(comparison, self.amount, unit=""), lambda _: "")
        if "aged" in frame:
            yield from self._days(frame["aged"], self._age())
        if "late" in frame:
            yield from self._days(frame["late"] if isinstance(frame["late"], Term) else _ANY, self._lateness())
        if "due" in frame:
            draft.where.append(Term("within", (("field", self._due()), ("period", frame["due"]))))

    def _runs(self) -> bool:
        """Whether some of them are picked by how long they have been there."""
        fields = self.draft.model.datasets[self.dataset].fields.values()
        days = {f.id for f in fields if running(f)}
        return any(t.kind == "compare" and t["field"] in days for w in self.draft.where for t in walked(w))

    def _days(self, comparison: Value, days: Term) -> Iterator[Term]:
        comparison = comparison if comparison == _ANY else _in_days(comparison)
        if days.kind == "field":
            self.draft.where.append(compared(comparison.with_(unit="days"), str(days["name"]), unit="days"))
        else:
            yield _test(comparison, days)

    def _lateness(self) -> Term:
        """Days since it was due: the number that says so, else the days since that date."""
        due = self._due()
        fields = [f for f in self.draft.model.datasets[self.dataset].fields.values() if running(f)]
        found = [f.id for f in fields if due.rpartition(".")[2] in f.expression]
        return _field(found[0]) if found else _age_since(due)

    def _dated(self) -> bool:
        return any(not self.draft.model.metrics[name_of(m)].snapshot for m in self.draft.about)

    def _standing(self) -> Value:
        """The number of what is there of them as of now, else its amount; None where there is none."""
        metrics = self.draft.model.metrics.values()
        stock = [m for m in metrics if m.snapshot and set(DATASET.findall(m.expression)) == {self.dataset}]
        stock = [m for m in stock if m.unit == "count"] or [m for m in stock if m.unit.startswith("currency")]
        widest = min(stock, key=lambda m: len(condition_in(m.expression)), default=None)
        return None if widest is None else _metric(widest.name)

    def _age(self) -> Term:
        """How many days it has been there: the number that says so, else the days since its date."""
        fields = [f.id for f in self.draft.model.datasets[self.dataset].fields.values() if running(f)]
        return _field(fields[0]) if len(fields) == 1 else _age_since(self._date())

    def _due(self) -> str:
        """The day it is due on, or expected: one that numbers look ahead to, else one that no number is dated by."""
        model = self.draft.model
        dates = [f.id for f in model.datasets[self.dataset].fields.values() if f.is_time]
        dated = {t for m in model.metrics.values() for t in m.time.values()}
        ahead = {t for m in model.metrics.values() if m.ahead for t in m.time.values()}
        found = [d for d in dates if d in ahead] or [d for d in dates if d not in dated]
        if len(found) != 1:
            raise NotAReading("nothing that is due")
        return found[0]

    def _date(self) -> str:
        """The day it is of: that of the number asked about, else the one by which all of them are counted."""
        model = self.draft.model
        said = {model.metrics[name_of(m)].time.get(self.dataset) for m in self.draft.about} - {None}
        rows = {f"COUNT({self.key})", f"COUNT(DISTINCT {self.key})"}
        every = {m.time.get(self.dataset) for m in model.metrics.values() if m.expression in rows} - {None}
        found = said or every
        if len(found) != 1:
            raise NotAReading("records without a date")
        return str(found.pop())

    def _period(self) -> Value:
        """What was said; where nothing was, the latest are those of all time."""
        draft = self.draft
        if "period" in draft.frame:
            if not self._dated():
                raise NotAReading("records of a time, and no date")
            return draft.frame["period"]
        return Term("all") if not self._dated() or _along(draft) == "date" else None

    # --- what is told of them ----------------------------------------------------------------------------------------

    def _columns(self) -> Iterator[Term]:
        draft, frame, model = self.draft, self.draft.frame, self.draft.model
        said, along, people = frame.get("tell", ()), _along(self.draft), model.people
        if "rep" in said and people is not None:
            yield _field(people.name)
        fields = telling(model, self.dataset)
        whose = [f for f in fields if f.dataset != self.dataset]
        lines = several(draft.about, model) is not None
        yield from (_field(f.id) for f in (whose[:1] if lines else whose))  # an order is of several products
        if self.amount is not None:
            yield self.amount
        late, amount = "late" in frame, _amount(model, self.dataset)
        own = [_field(f.id) for f in fields if f.dataset == self.dataset and not lines]
        days = self._lateness() if late else self._age() if along == "age" or "aged" in frame else None
        running_too = self._dated() or (days is not None and days.kind != "field")  # what is over is not open
        yield from (f for f in own if f != amount and not (running_too and running(model.fields[str(f["name"])])))
        if days is not None:
            yield days
        if late or "due" in frame:
            yield _field(self._due())
        if along == "date" or ("when" in said and "due" not in frame):
            yield _field(self._date())

    def _order(self, groups: tuple[str, ...]) -> None:
        draft = self.draft
        top, wanted = draft.frame.get("top"), draft.frame.get("sorted")
        if top is None and wanted is None:
            return
        if top is not None and wanted is not None:
            raise NotAReading("two orders")
        along, way = _along(draft), top["way"] if top is not None else wanted["way"] if wanted is not None else ""
        if along == "amount" or along is None:
            if self.amount is None:
                raise NotAReading("the largest of what has no amount")
            key = self.amount
        else:
            key = self._age() if along == "age" else _field(self._date())
        place = None if top is None else top.get("nth")
        if place is not None:
            if along != "amount" or groups or not draft.about or way != "most":
                raise NotAReading("in which place of what")
            ranked = Term("place", (("of", worth(draft.about[0], draft.model)),))
            draft.having.append(Term("test", (("of", ranked), ("op", "eq"), ("value", place))))
            return
        draft.order = (Term("order", (("by", key), ("descending", way in ("most", "best")))),)
        if top is not None:
            draft.limit, draft.limit_per = top.get("n") or 1, groups

    def _count(self) -> None:
        """How many they are, and worth how much."""
        draft, said = self.draft, self.draft.frame.keys()
        if said & {"sorted", "tell"}:
            raise NotAReading("how many, and each of them")
        if self.amount is None:
            raise NotAReading("records without an amount")
        held = [("having", joined(draft.having))] if draft.having else []
        much, many = bool(said & {"much", "worth"}), bool(said & {"many", "count", "number"})
        draft.show = []
        if many or not much:
            draft.show.append(Term("count_of", (("over", self.key), *(held or [("of", self.amount)]))))
        if much or not many:
            draft.show.append(Term("across", (("of", self.amount), ("over", self.key), ("how", "sum"), *held)))
        draft.having = []


def _field(name: str) -> Term:
    return Term("field", (("name", name),))


def _metric(name: str) -> Term:
    return Term("metric", (("name", name),))


def _age_since(date: str) -> Term:
    return Term("age", (("since", date),))


def _test(comparison: Value, measure: Value) -> Term:
    return Term("test", (("of", measure), *((k, v) for k, v in comparison.args if k in ("op", "value", "upper"))))


def _in_days(comparison: Value) -> Value:
    if comparison.kind != "comparison" or comparison.get("unit") not in ("days", ""):
        raise NotAReading("days of something else")
    return comparison
