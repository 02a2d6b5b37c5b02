"""Single records, as people talk of them: the largest open deals, invoices so many days late, what should have closed
by now, everybody's oldest deal; how many those are and worth how much, and what is told of each.

    along   of a superlative or an order: by the `amount` of each, its `age`, its `date`; `nth`: the one in that place
    still   of what is open, unpaid, undecided as of now
    aged    how many days it has been there
    late    past the day it was due on, and still there; or so many days past it
    due     in which period it is due
    tell    what is told of each: who, when, rep, why
    folded  the average or the middle of their amounts, or of their ages"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from metrics.model.schema import Metric, Model
from metrics.query.asked import GRAINS
from nlq.reader.about import about_of, condition_in, worth
from nlq.reader.conditions import compared, settled, tested
from nlq.reader.constructions import NotAReading
from nlq.reader.draft import Draft, joined
from nlq.reader.frame import name_of
from nlq.reader.itemised import COUNTED, READ, along, coming, has_worth, in_days
from nlq.reader.rows import (
    DATASET,
    age_since,
    amount_term,
    called_like,
    check_conditions,
    check_dates,
    check_days,
    due_date,
    field_term,
    key_of_rows,
    lateness,
    looked_ahead,
    metric_term,
    reasons,
    running,
    several,
    standing,
    telling,
    told_apart,
)
from nlq.reader.terms import Term, Value, walked

__all__ = ["recorded"]

_ANY = Term("comparison", (("op", "gt"), ("value", 0)))


def recorded(draft: Draft, usual: Value) -> None:
    """The records, or how many and how much they are. `usual`: the period where none is said. Raises NotAReading."""
    if draft.frame.keys() - READ:
        raise NotAReading("of records, and more than that")
    if "about" in draft.frame:
        draft.about = about_of({"about": draft.frame["about"]}, draft.model, draft.assumed)
        if "default_metric" in draft.assumed or len(draft.about) != 1:
            raise NotAReading("records of several numbers")
    _still_running(draft)
    _records(draft).put()
    if draft.period is None:
        draft.assumed.append("default_period")
        draft.period = usual
    if draft.about and any(m.kind == "across" for m in draft.show) and draft.period.kind != "all":
        _dated_by_rows(draft)


def _still_running(draft: Draft) -> None:
    """What is said to be open for so long is open: of all deals, those that are. Raises NotAReading where there are
    several numbers of what is open."""
    model = draft.model
    aged = [str(t["field"]) for condition in draft.where for t in walked(condition) if t.kind == "compare"]
    if not draft.about or not any(f in model.fields and running(model.fields[f]) for f in aged):
        return
    counted = model.metrics[name_of(draft.about[0])]
    if condition_in(counted.expression) or not counted.snapshot:
        return
    dataset = {d for d in DATASET.findall(counted.expression) if d in model.datasets}
    still = [m for m in model.metrics.values() if m.snapshot and m.unit == "count" and condition_in(m.expression)]
    own = [m for m in still if {d for d in DATASET.findall(m.expression) if d in model.datasets} == dataset]
    if len(own) != 1:
        raise NotAReading("open, and which of them")
    draft.about = (metric_term(own[0].name),)


def _dated_by_rows(draft: Draft) -> None:
    """Amounts of rows are added up whatever the period: those whose date is in it."""
    times = draft.model.metrics[name_of(draft.about[0])].time.values()
    for time in times:
        draft.where.append(Term("within", (("field", time), ("period", draft.period))))
    draft.period = Term("all")


def _records(draft: Draft) -> _Records:
    """What the records are, by what is asked about, by their name, or by what tells them apart."""
    frame, model = draft.frame, draft.model
    if not draft.about:
        dataset = str(frame["record"]) if "record" in frame else _named(draft)
        lined = [
            m.name for m in model.metrics.values() if any(m.expression == f"COUNT(DISTINCT {b})" for b in draft.by)
        ]
        if lined:
            draft.about = (metric_term(lined[0]),)
            return _Records(draft, dataset, draft.by[-1], worth(draft.about[0], model))
        if frame.keys() & {"period", "due"}:
            terms = (t for condition in draft.where for t in walked(condition))
            picked = "top" in frame or any(t.kind == "compare" for t in terms)
            draft.about = looked_ahead(model, dataset) or (called_like(model, dataset) if picked else ())
        return _Records(draft, dataset, key_of_rows(model, dataset), amount_term(model, dataset))
    metric = model.metrics[name_of(draft.about[0])]
    found = {d for d in DATASET.findall(metric.expression) if d in model.datasets}
    if len(found) != 1 or frame.get("record", *found) not in found:
        raise NotAReading("numbers of other records")
    dataset = found.pop()
    lines = several(draft.about, model)
    if lines is not None:
        return _Records(draft, dataset, lines, worth(draft.about[0], model))
    if metric.unit == "count":
        return _Records(draft, dataset, key_of_rows(model, dataset), amount_term(model, dataset))
    stock = standing(model, dataset)
    if not metric.unit.startswith("currency") or not (metric.snapshot or (stock and frame.keys() & {"still", "late"})):
        raise NotAReading("no number of records")
    if not metric.snapshot:  # of what was due that which is still there
        draft.about = ()
        return _Records(draft, dataset, key_of_rows(model, dataset), stock)
    return _Records(draft, dataset, key_of_rows(model, dataset), draft.about[0])


def _named(draft: Draft) -> str:
    """Records named by what tells them apart ("the biggest deal"); or by nothing but that they are open."""
    model = draft.model
    found = {d for b in draft.by if (d := told_apart(model, b)) is not None}
    if not found and draft.frame.keys() & {"still", "due"} and "late" not in draft.frame:
        stock = [m for m in model.metrics.values() if m.snapshot and condition_in(m.expression)]
        found = _of_stock(model, [m for m in stock if m.unit == "count"])
        if draft.frame.get("still") == "unpaid":  # money, and nothing that is counted
            found = _of_stock(model, [m for m in stock if m.unit.startswith("currency")]) - found
    if len(found) != 1:
        raise NotAReading("records of what")
    return found.pop()


def _of_stock(model: Model, stock: list[Metric]) -> set[str]:
    return {d for m in stock for d in DATASET.findall(m.expression) if d in model.datasets}


@dataclass(slots=True)
class _Records:
    """`dataset`: whose rows they are; `key`: the field that tells them apart; `amount`: of each. `whose`: who has it is
    told too."""

    draft: Draft
    dataset: str
    key: str
    amount: Value
    whose: bool = False

    def put(self) -> None:
        draft, frame = self.draft, self.draft.frame
        if "amount" in frame.get("tell", ()) and self.amount is None:
            raise NotAReading("each its amount, and they have none")
        check_dates(draft, {self.dataset})
        check_conditions(draft, self.dataset)
        check_days(draft)
        draft.period = self._period()
        draft.having = list(dict.fromkeys(self._conditions()))
        listed = () if frame.keys() & {"compare"} and "top" not in frame else frame.get("listed", ())  # it says whose
        if frame.keys() & {"number", "many", "worth", "folded"} and draft.where and not frame.keys() & {"top", "which"}:
            listed = ()  # "how many invoices do customers in the East have": how many of all those
        groups = tuple(dict.fromkeys(b for b in (*draft.by, *listed) if b != self.key))
        people = draft.model.people
        if any(told_apart(draft.model, group) not in (None, self.dataset) for group in groups):
            raise NotAReading("records by what they are not")
        if groups and self._most_of_them():
            draft.by = groups
            self._count(worth=False)
            draft.order = (Term("order", (("by", draft.show[0]), ("descending", frame["top"]["way"] == "most"))),)
            draft.limit = frame["top"].get("n") or 1
            return
        if "which" in frame and "each" not in frame and people is not None and groups == (people.name,):
            groups, self.whose = (), True  # whose they are
        if "count" in frame and frame["count"]["over"] != self.key:
            raise NotAReading("how many of something else")
        counted = frame.keys() & COUNTED
        if frame.keys() & {"top", "listing"}:  # of each its amount
            counted -= {"much", "worth"}
        if groups and frame.get("tell") == ("amount",) and not frame.keys() & {"top", "which", "listing"}:
            draft.frame = frame = {k: v for k, v in frame.items() if k != "tell"}  # of each group how much
        named = frame.keys() & {"record", "about"} or self.key in draft.by
        grouped = (
            bool(groups) and bool(named) and not frame.keys() & {"top", "which", "listing", "tell", "sorted", "each"}
        )
        grouped &= not (set(groups) & GRAINS or ("due" in frame and self._ahead()))  # a number is dated by that day
        if grouped or (counted and "top" not in frame):
            draft.by = groups
            self._count()
            return
        listed_too = frame.keys() & {"top", "which", "listing", "tell", "sorted", "compare"}
        if groups and not counted and not listed_too and not any(told_apart(draft.model, g) for g in groups):
            draft.by = groups
            self._count()
            return
        if counted or (groups and not frame.keys() & {"top", "which"}):
            raise NotAReading("of each of them, and no superlative")
        draft.by = (*groups, self.key)
        draft.show = list(dict.fromkeys(self._columns()))
        self._order(groups)

    def _most_of_them(self) -> bool:
        """Whether it is asked of which group there are most of them, and not for the largest of each."""
        top = self.draft.frame.get("top")
        said = self.draft.frame.keys()
        if top is None or top.get("way") not in ("most", "least") or top.get("along") is not None:
            return False
        return top.get("nth") is None and not said & {"each", "listing", "worth", "much", "sorted"}

    # --- which they are ----------------------------------------------------------------------------------------------

    def _conditions(self) -> Iterator[Term]:
        """On groups; those on rows are put in their place."""
        draft, frame = self.draft, self.draft.frame
        stock, dated = standing(draft.model, self.dataset), self._dated()
        if "still" in frame and (stock is None or (dated and not self._every())):
            raise NotAReading("what is over, and still there")
        yield from (_test(_ANY, measure) for measure in draft.about)
        if "still" in frame and dated:
            yield _test(_ANY, stock)  # opened this quarter, and open
        waits = frame.keys() & {"still", "late", "aged", "due", "top"} or self._runs() or self._in_days()
        if "top" in frame and along(draft) == "date":
            waits = "still" in frame
        if waits and not draft.about and stock is not None:
            yield _test(_ANY, stock)
            if draft.model.metrics[name_of(stock)].unit != "count":
                self.amount = stock  # of an invoice what is left to pay
        for comparison in frame.get("compare", ()):
            if self.amount is None:
                raise NotAReading("no amount to compare")
            if _unit(comparison) == "days":
                yield from self._days(comparison, self._age())
            elif self.amount.kind == "field":
                draft.where.append(compared(comparison, self.amount["name"], unit=""))
            else:
                yield settled(tested(comparison, self.amount, unit=""), lambda _: "")
        if "aged" in frame:
            yield from self._days(frame["aged"], self._age())
        if "late" in frame:
            yield from self._late(frame["late"])
        if "due" in frame:
            due = due_date(draft.model, self.dataset)
            draft.where.append(Term("within", (("field", due), ("period", coming(frame["due"])))))
            if frame["due"].kind in ("until", "before") and stock is None:  # what is to come, of what has no end
                yield Term("test", (("of", age_since(due)), ("op", "le"), ("value", 0)))

    def _late(self, late: Value) -> Iterator[Term]:
        model = self.draft.model
        if not isinstance(late, Term):
            yield from self._days(_ANY, lateness(model, self.dataset))
        elif late.get("op") in ("lt", "le"):  # of what is not late no number says how much
            yield from self._days(late, age_since(due_date(model, self.dataset)))
        else:
            yield from self._days(late, lateness(model, self.dataset))

    def _in_days(self) -> bool:
        return any(_unit(c) == "days" for c in self.draft.frame.get("compare", ()))

    def _runs(self) -> bool:
        """Whether some of them are picked by how long they have been there."""
        fields = self.draft.model.datasets[self.dataset].fields.values()
        days = {f.id for f in fields if running(f)}
        return any(t.kind == "compare" and t["field"] in days for w in self.draft.where for t in walked(w))

    def _days(self, comparison: Value, days: Term) -> Iterator[Term]:
        comparison = comparison if comparison == _ANY else in_days(comparison)
        if days.kind == "field":
            self.draft.where.append(compared(comparison.with_(unit="days"), str(days["name"]), unit="days"))
        else:
            yield _test(comparison, days)

    def _dated(self) -> bool:
        return any(not self.draft.model.metrics[name_of(m)].snapshot for m in self.draft.about)

    def _every(self) -> bool:
        """Whether what is asked about counts all of them, whatever became of them."""
        rows = {f"COUNT({self.key})", f"COUNT(DISTINCT {self.key})"}
        return all(self.draft.model.metrics[name_of(m)].expression in rows for m in self.draft.about)

    def _age(self) -> Term:
        """How many days it has been there: the number that says so, else the days since its date."""
        fields = [f.id for f in self.draft.model.datasets[self.dataset].fields.values() if running(f)]
        return field_term(fields[0]) if len(fields) == 1 else age_since(self._date())

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
        if "due" in draft.frame and "period" not in draft.frame:
            return Term("all")
        if "period" in draft.frame:
            if not self._dated():
                raise NotAReading("records of a time, and no date")
            period: Value = draft.frame["period"]
            if period.kind == "until" and self._ahead():
                return period.with_(of=period["of"].with_(coming=True))
            return period
        return Term("all") if not self._dated() or along(draft) == "date" else None

    def _ahead(self) -> bool:
        """Whether they are counted by a day to come."""
        return bool(looked_ahead(self.draft.model, self.dataset))

    # --- what is told of them ----------------------------------------------------------------------------------------

    def _columns(self) -> Iterator[Term]:
        draft, frame, model = self.draft, self.draft.frame, self.draft.model
        said, by, people = frame.get("tell", ()), along(self.draft), model.people
        if (self.whose or "rep" in said) and people is not None:
            yield field_term(people.name)
        fields = telling(model, self.dataset)
        whose = [f for f in fields if f.dataset != self.dataset]
        lines = several(draft.about, model) is not None
        yield from (field_term(f.id) for f in (whose[:1] if lines else whose))  # an order is of several products
        if self.amount is not None:
            yield self.amount
        late, amount = "late" in frame, amount_term(model, self.dataset)
        own = [field_term(f.id) for f in fields if f.dataset == self.dataset and not lines]
        days = self._age() if by == "age" or "aged" in frame else None
        if late:
            days = lateness(model, self.dataset)
        running_too = self._dated() or (days is not None and days.kind != "field")  # what is over is not open
        yield from (f for f in own if f != amount and not (running_too and running(model.fields[str(f["name"])])))
        if days is not None:
            yield days
        if late or "due" in frame or (draft.period is not None and draft.period.kind == "until" and self._ahead()):
            yield field_term(due_date(self.draft.model, self.dataset))
        if by == "date" or ("when" in said and "due" not in frame):
            yield field_term(self._date())
        if "why" in said:
            yield from (field_term(f.id) for f in reasons(model, self.dataset))

    def _order(self, groups: tuple[str, ...]) -> None:
        draft = self.draft
        top, wanted = draft.frame.get("top"), draft.frame.get("sorted")
        if top is None and wanted is None:
            return
        if top is not None and wanted is not None and wanted.get("along") != top.get("along"):
            raise NotAReading("two orders")
        by, way = along(draft), top["way"] if top is not None else wanted["way"] if wanted is not None else ""
        if by == "amount" or by is None:
            if self.amount is None:
                raise NotAReading("the largest of what has no amount")
            key = self.amount
        else:
            key = self._age() if by == "age" else field_term(self._date())
        place = None if top is None else top.get("nth")
        if place is not None:
            if by != "amount" or groups or way != "most":
                raise NotAReading("in which place of what")
            counted = draft.about[0] if draft.about else standing(self.draft.model, self.dataset)
            if counted is not None and has_worth(counted, draft.model):
                ranked = Term("place", (("of", worth(counted, draft.model)),))
                draft.having.append(Term("test", (("of", ranked), ("op", "eq"), ("value", place))))
                return
            top = Term("top", (("n", place),))  # as far as that one
        draft.order = (Term("order", (("by", key), ("descending", way in ("most", "largest", "best", "top")))),)
        if top is not None:
            draft.limit = top.get("n") or (None if "several" in draft.frame and not groups else 1)
            draft.limit_per = groups
            if any(told_apart(draft.model, group) for group in groups):
                raise NotAReading("the best of one each")

    def _count(self, *, worth: bool = True) -> None:
        """How many they are, and worth how much; not that where it is of which there are most."""
        draft, said = self.draft, self.draft.frame.keys()
        if said & {"sorted", "tell"}:
            raise NotAReading("how many, and each of them")
        folded = self.draft.frame.get("folded")
        if folded is not None and folded.get("of") == "age":
            self.amount = self._age()
        if self.amount is None:
            raise NotAReading("records without an amount")
        held = [("having", joined(draft.having))] if draft.having else []
        how = "sum" if folded is None else folded.get("how") or "average"
        if folded is not None and folded.get("groups") and how == "average" and several(draft.about, draft.model):
            raise NotAReading("an average that is a number of its own")
        much, many = bool(said & {"much", "worth"}), bool(said & {"many", "count", "number"})
        draft.show = []
        if many or not much:
            draft.show.append(Term("count_of", (("over", self.key), *(held or [("of", self.amount)]))))
        if worth and (much or not many):
            draft.show.append(Term("across", (("of", self.amount), ("over", self.key), ("how", how), *held)))
        draft.having = []


def _test(comparison: Value, measure: Value) -> Term:
    return Term("test", (("of", measure), *((k, v) for k, v in comparison.args if k in ("op", "value", "upper"))))


def _unit(comparison: Value) -> Value:
    return comparison.get("unit") if comparison.kind == "comparison" else None
