"""Random questions that mean something: of every kind of measure, composed to depth three, over any model. Whoever has
read what the kinds say of themselves would expect an answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import metrics.kinds  # noqa: F401  the kinds are known once they are imported
from metrics.kinds.amount import Amount
from metrics.kinds.arithmetic import Difference, Ratio, Sum, Times
from metrics.kinds.change import Before, Change, Growth
from metrics.kinds.duration import Duration
from metrics.kinds.folded import Across, CountOf
from metrics.kinds.if_any import IfAny
from metrics.kinds.largest import ShareBefore
from metrics.kinds.metric import Metric
from metrics.kinds.narrowed import During, Only
from metrics.kinds.nth import Nth
from metrics.kinds.pace import Expected, NeededPerDay, Pace, Projection
from metrics.kinds.peer_average import PeerAverage
from metrics.kinds.per import Heads, Per
from metrics.kinds.place import Place, PlaceGap, PlaceOf, PlaceTies
from metrics.kinds.record import Age, FieldValue
from metrics.kinds.running import Cumulative, MovingAverage
from metrics.kinds.share import Share, Total
from metrics.kinds.streak import Streak
from metrics.kinds.target import Attainment, Gap, Target
from metrics.model.joins import fact_of, reachable
from metrics.model.schema import Model
from metrics.query.asked import Asked, Order
from metrics.query.measure import Measure
from metrics.query.predicate import And, Compare, In, Known, Not, Or, Predicate, Test, Whose, Within
from metrics.query.when import Ago, All, Between, Complete, Named, Sliding, Units, When

__all__ = ["Questions"]

GRAINS = ("day", "week", "month", "quarter", "year")


@dataclass(frozen=True)
class Around:
    """What a measure stands in."""

    by: tuple[str, ...]
    grain: str | None
    period: When
    used: frozenset[str]  # fields of all conditions
    moved: bool = False  # inside a comparison
    fixed: bool = False  # inside a period of its own
    beside: bool = False  # inside a comparison with a period that is named

    @property
    def fields(self) -> frozenset[str]:
        return frozenset(self.by) | self.used


class Questions:
    """`question()` gives another one each time; the same ones for the same seed."""

    def __init__(self, model: Model, members: Mapping[str, Sequence[str]], as_of: dt.date, seed: int) -> None:
        self.model, self.members, self.as_of = model, members, as_of
        self.random = Random(seed)
        people = model.people
        assert people is not None
        self.people = people
        self.person_fields = tuple(f for f in (people.name, people.team, people.region) if f is not None)
        self.dimensions = tuple(
            f.id
            for f in model.fields.values()
            if f.dimension and f.id in members and 1 < len(members[f.id]) <= 400 and f.id != people.id
        )
        self.dates = tuple(f.id for f in model.fields.values() if f.datatype == "Date")
        self.counted = tuple(f.id for f in model.fields.values() if f.datatype in ("Integer", "Decimal"))
        self.leads = {d: reachable(model, d) for d in model.datasets}
        self.facts = {name: self._facts(name) for name in model.metrics}

    def _facts(self, name: str) -> frozenset[str]:
        import sqlglot
        from sqlglot import exp

        tree = sqlglot.parse_one(self.model.metrics[name].expression)
        found = set()
        for aggregate in tree.find_all(exp.AggFunc):
            fact = fact_of(self.model, {c.table for c in aggregate.find_all(exp.Column)})
            if fact is not None:
                found.add(fact)
        return frozenset(found)

    # --- choosing ----------------------------------------------------------------------------------------------------

    def chance(self, part: float) -> bool:
        return self.random.random() < part

    def some(self, things: Sequence[Any], most: int) -> tuple[Any, ...]:
        return tuple(self.random.sample(list(things), min(len(things), self.random.randint(1, most))))

    # --- the question ------------------------------------------------------------------------------------------------

    def question(self) -> Asked:
        while True:
            made = self._records() if self.chance(0.08) else self._question()
            if made is not None:
                return made

    def _question(self) -> Asked | None:
        r = self.random
        grain = r.choice(("month", "month", "quarter", "week", "year", "day")) if self.chance(0.35) else None
        period = self.period(grain)
        some_metric = r.choice(list(self.model.metrics))
        fields = [f for f in self.dimensions if self.reached(some_metric, f)]
        by: tuple[str, ...] = ()
        kind = r.random()
        if kind < 0.3:
            by = (r.choice(self.person_fields),)
        elif kind < 0.55 and fields:
            by = self.some(fields, 2)
        elif kind < 0.65:
            by = self.some(self.person_fields, 2)
        dates = [f for f in self.dates if self.reached(some_metric, f)]
        where = self.where([*fields, *dates]) if self.chance(0.4) and fields else None
        around = Around(by, grain, period, _fields_of(where))
        show = []
        for _ in range(r.choice((1, 1, 1, 2, 2, 3))):
            m = self.measure(around, r.choice((1, 2, 2, 3, 3)))
            if m is not None:
                show.append(m)
        if not show:
            return None
        having = self.having(around, show) if by and self.chance(0.3) else None
        order: tuple[Order, ...] = ()
        limit, per = None, ()
        if self.chance(0.6):
            by_measure = r.choice(show) if self.chance(0.8) else self.measure(around, 2)
            order = (Order(by=by_measure or show[0], descending=self.chance(0.6)),)
            if by and self.chance(0.5):
                limit = r.choice((1, 2, 3, 5, 10))
                if (len(by) > 1 or grain) and self.chance(0.4):
                    per = (r.choice((*by, *((grain,) if grain else ()))),)
            elif self.chance(0.3) and (by or grain):
                order = (Order(by=r.choice((*by, *((grain,) if grain else ()))), descending=self.chance(0.5)), *order)
        population = "people"
        if self.chance(0.15):
            population = "rows"
        elif by and self.chance(0.15) and len({self.model.fields[f].dataset for f in by}) == 1:
            population = "all"
        dates = {m for m in show if isinstance(m, Metric) and m.unit(self.model) == "date"}
        if having is not None and any(m in dates for m in having.walk()):
            having = None
        first = self.of_rows(around, Nth, number=False) if self.chance(0.06) else None
        return Asked(
            show=(*show, first) if first is not None else tuple(show),
            by=(*by, *((grain,) if grain else ())),
            period=period,
            scope=r.choice(("all", "all", "all", "all", "me", "team", "region")),
            where=where,
            having=having,
            order=order,
            limit=limit,
            limit_per=per,
            population=population,
        )

    def record_key(self, around: Around) -> str | None:
        """The key of records that lead to all fields around, and are no row of what else is shown."""
        keys = [
            f"{d.name}.{d.primary_key[0]}"
            for d in self.model.datasets.values()
            if len(d.primary_key) == 1
            and all(self.model.fields[f].dataset in self.leads[d.name] for f in around.fields)
        ]
        keys = [k for k in keys if k in self.model.fields and k not in around.by]
        return self.random.choice(keys) if keys else None

    def _records(self) -> Asked | None:
        """A list of records, alone or beside a number."""
        r = self.random
        key = self.record_key(Around((), None, All(), frozenset()))
        if key is None:
            return None
        led = self.leads[self.model.fields[key].dataset]
        fields = [f for f in self.model.fields if self.model.fields[f].dataset in led]
        dates, numbers = ([f for f in fields if f in of] for of in (self.dates, self.counted))
        show: list[Measure] = [FieldValue(name=r.choice(fields)) for _ in range(r.choice((1, 2)))]
        show += [Age(since=r.choice(dates))] if dates and self.chance(0.6) else []
        show += [FieldValue(name=r.choice(numbers))] if numbers and self.chance(0.3) else []
        dimensions = [f for f in self.dimensions if f in fields]
        where = self.where([*dimensions, *dates]) if dimensions and self.chance(0.5) else None
        period: When = All()
        if self.chance(0.3):
            period = self.period(None)
            beside = self.plain(Around((key,), None, period, _fields_of(where)))
            if beside is None:
                return None
            show.append(beside)
        tested = [m for m in show if m.unit(self.model) not in ("date", "text")]
        having = (
            self.having(Around((key,), None, period, frozenset()), tested, 0) if tested and self.chance(0.3) else None
        )
        limited = self.chance(0.4)
        return Asked(
            show=tuple(show),
            by=(key,),
            period=period,
            where=where,
            having=having,
            order=(Order(by=r.choice(show), descending=self.chance(0.5)),),
            limit=r.choice((1, 3, 5)) if limited else None,
        )

    def period(self, grain: str | None) -> When:
        """Whole buckets of the grain, so that one can be compared with the one before."""
        r, year = self.random, self.as_of.year
        first = dt.date(year - 1, r.choice((1, 4, 7, 10)), 1)
        if grain == "day":
            return r.choice((Units(unit="month"), Sliding(unit="day", count=14), Units(unit="week", offset=-1)))
        if grain == "week":
            return r.choice((Complete(unit="week", count=6), Units(unit="week", offset=-3, count=4)))
        if grain == "year":
            return r.choice((All(), Units(unit="year"), Units(unit="year", offset=-1, count=2)))
        if grain in ("month", "quarter"):
            quarters: list[When] = [
                Units(unit="year"),
                Units(unit="quarter"),
                Units(unit="quarter", offset=-1, count=2),
                Complete(unit=grain, count=4),  # type: ignore[arg-type]
                Named(unit="year", year=year - 1),
                Between(start=first, end=dt.date(year, 1, 1) if first.month == 10 else dt.date(year, 4, 1)),
                All(),
            ]
            return r.choice(quarters)
        return r.choice(
            (
                All(),
                Units(unit="month"),
                Units(unit="month"),
                Units(unit="month", offset=-1),
                Units(unit="quarter"),
                Units(unit="year"),
                Units(unit="week", offset=-1),
                Complete(unit="month", count=3),
                Sliding(unit="day", count=30),
                Named(unit="quarter", index=1, year=year),
                Named(unit="year", year=year - 1),
                Between(start=dt.date(year, 1, 8), end=dt.date(year, 2, 20)),
                Between(start=first, end=dt.date(year, 2, 1)),
                Ago(of=Units(unit="quarter")),
            )
        )

    def reached(self, metric: str, field_id: str) -> bool:
        return all(self.model.fields[field_id].dataset in self.leads[d] for d in self.facts[metric])

    def where(self, fields: Sequence[str], depth: int = 2) -> Predicate:
        """Over real members, of fields that are all led to."""
        r = self.random
        kind = r.random()
        if depth and kind < 0.25:
            parts = tuple(self.where(fields, depth - 1) for _ in range(2))
            return And(of=parts) if kind < 0.12 else Or(of=parts)
        if depth and kind < 0.32:
            return Not(of=self.where(fields, depth - 1))
        if depth and kind < 0.42:
            field = r.choice(list(fields))
            return self.whose(field) if field in self.members else Within(field=field, period=self.period(None))
        field = r.choice(list(fields))
        if field in self.dates:
            return Within(field=field, period=self.period(None))
        values: tuple[Any, ...] = self.some(self.members[field], 3)
        if self.chance(0.1):
            values = (*values, None)
        if self.chance(0.15):
            low, high = sorted((r.choice(self.members[field]), r.choice(self.members[field])))
            op = r.choice(("eq", "ne", "ge", "le", "between"))
            return Compare(field=field, op=op, value=low, upper=high if op == "between" else None)
        return In(field=field, values=values, out=self.chance(0.25))

    def whose(self, field: str) -> Predicate:
        """Members of the field of whom something holds, over days of their own."""
        period = self.period(None)
        around = Around((field,), None, period, frozenset(), fixed=True)
        made = self.measure(around, self.random.choice((1, 1, 2)))
        if made is None:
            return In(field=field, values=self.some(self.members[field], 3))
        return Whose(field=field, having=self.having(around, [made]), period=period)

    def having(self, around: Around, show: Sequence[Measure], depth: int = 1) -> Predicate:
        r = self.random
        if depth and self.chance(0.4):
            parts = tuple(self.having(around, show, 0) for _ in range(2))
            return r.choice((And(of=parts), Or(of=parts), Not(of=parts[0])))
        m = r.choice(list(show)) if self.chance(0.6) else self.measure(around, 2) or show[0]
        op = r.choice(("lt", "le", "gt", "ge", "ne"))
        if self.chance(0.08):
            return Known(of=m)
        if self.chance(0.25):
            unit = m.unit(self.model)
            other = self.measure(around, 2)
            if other is not None and other.unit(self.model) == unit:
                return Test(of=m, op=op, value=other)
        if self.chance(0.2):
            return Test(of=m, op="between", value=self.amount(m), upper=self.amount(m) + 1e6)
        return Test(of=m, op=op, value=self.amount(m))

    def amount(self, m: Measure) -> float:
        unit = m.unit(self.model).partition(":")[0]
        return float(
            self.random.choice(
                {
                    "currency": (0, 150, 250, 100_000),
                    "percent": (0, 0.2, 0.5, 0.9),
                    "rank": (1, 2, 3),
                    "days": (5, 20, 40),
                }.get(unit, (0, 1, 3, 20))
            )
        )

    # --- measures ----------------------------------------------------------------------------------------------------

    def metrics_for(self, around: Around) -> list[str]:
        fits = []
        for name, metric in self.model.metrics.items():
            if not all(self.reached(name, f) for f in around.fields):
                continue
            dated = around.grain is not None or not isinstance(around.period, All) or around.moved
            if metric.snapshot and (dated or around.fixed):
                continue
            fits.append(name)
        return fits

    def plain(self, around: Around) -> Measure | None:
        names = self.metrics_for(around)
        return Metric(name=self.random.choice(names)) if names else None

    def measure(self, around: Around, depth: int) -> Measure | None:
        """None where none comes to mind."""
        if depth <= 1 and self.chance(0.6):
            return self.aimed(around) if self.chance(0.25) else self.plain(around)
        for _ in range(12):
            made = self.composed(around, depth, self.random.choice(KINDS))
            if made is not None and made.unit(self.model) not in ("date", "text"):
                return made
        return self.plain(around)

    def of(self, around: Around, depth: int) -> Measure | None:
        made = self.measure(around, depth - 1) if depth > 1 else self.plain(around)
        return None if made is None or made.unit(self.model) in ("date", "text") else made

    def additive(self, around: Around, depth: int) -> Measure | None:
        for _ in range(8):
            made = self.of(around, depth)
            if made is not None and made.adds_up(self.model):
                return made
        return None

    def alike(self, first: Measure, around: Around, depth: int) -> Measure | None:
        for _ in range(8):
            made = self.of(around, depth)
            if made is not None and made.unit(self.model) == first.unit(self.model):
                return made
        return None

    def aimed(self, around: Around, depth: int = 1) -> Measure | None:
        model = self.model
        names = [n for n in self.metrics_for(around) if model.metrics[n].has_target and model.metrics[n].additive]
        about_people = all(model.fields[f].dataset in self.leads[self.people.dataset] for f in around.fields)
        if not names or not about_people or around.grain in ("day", "week"):
            return None
        period = around.period.of if isinstance(around.period, Ago) else around.period
        if isinstance(period, All) or (
            isinstance(period, Units | Complete | Sliding) and period.unit in ("day", "week")
        ):
            return None
        if isinstance(period, Between) and not period.start.day == period.end.day == 1:
            return None
        kind = self.random.choice((Target, Attainment, Gap, Expected, Pace, NeededPerDay, Projection))
        return kind(metric=self.random.choice(names))

    def composed(self, around: Around, depth: int, kind: type[Measure]) -> Measure | None:
        r = self.random
        if kind is Metric:
            return self.plain(around)
        if kind is Target:
            return self.aimed(around)
        if kind in (Nth, Duration):
            return self.of_rows(around, kind)
        if kind is Heads:
            return None if {self.people.name, self.people.id} & set(around.by) else Heads()
        if kind is CountOf:
            return self.count_of(around, depth)
        if kind in (Before, Change, Growth):
            return self.compared_with(around, depth, kind)
        if kind is During:
            period = r.choice(
                (
                    Units(unit="year"),
                    Units(unit="month", offset=-1),
                    Named(unit="year", year=self.as_of.year - 1),
                    Complete(unit="month", count=2),
                )
            )
            inner = self.of(replace(around, period=period, grain=None, fixed=True), depth)
            return None if inner is None or around.moved else During(of=inner, period=period)
        if kind is Only:
            fields = [f for f in self.dimensions if any(self.reached(n, f) for n in self.metrics_for(around) or [])]
            if not fields:
                return None
            where = self.where([r.choice(fields)], 1)
            inner = self.of(replace(around, used=around.used | _fields_of(where)), depth)
            return None if inner is None else Only(of=inner, where=where)
        if kind in (Share, ShareBefore, Cumulative):
            if (kind is not Cumulative and not around.by) or (kind is Cumulative and around.grain is None):
                return None
            inner = self.additive(around, depth)
            if inner is None:
                return None
            if kind is Cumulative:
                return Cumulative(of=inner)
            if kind is ShareBefore:
                return ShareBefore(of=inner)
            return Share(of=inner, over=(r.choice(around.by),) if self.chance(0.3) else None)
        if kind is Across:
            return self.across(around, depth)
        if kind is Total:
            over = (r.choice(around.by),) if around.by and self.chance(0.3) else None
            kept = tuple(b for b in around.by if over is not None and b not in over)
            inner = self.of(replace(around, by=kept), depth) if around.by else None
            return None if inner is None else Total(of=inner, over=over)
        if kind in (Place, PlaceOf, PlaceGap, PlaceTies, PeerAverage):
            return self.placed(around, depth, kind)
        inner = self.of(around, depth)
        if inner is None or inner.unit(self.model) == "rank":
            return None
        if kind is Amount:
            return Difference(of=inner, less=Amount(value=r.choice((0.0, 100.0, -2.5)), like=inner))
        if kind is IfAny:
            return IfAny(of=inner)
        if kind is Times:
            return Times(of=inner, factor=r.choice((2.0, 0.5, -1.0, 1.1)))
        if kind is Streak:
            return Streak(having=self.having(around, [inner], depth)) if around.grain is not None else None
        if kind is MovingAverage:
            return MovingAverage(of=inner, count=r.choice((2, 3, 4))) if around.grain is not None else None
        if kind is Per:
            each = r.choice(("day", "working_day", "head"))
            if each == "head":
                fits = {self.people.name, self.people.id} & set(around.by)
                return None if fits else Per(of=inner, each="head")
            timed = self.model.metrics.get(inner.subject())
            if isinstance(around.period, All) or timed is None or timed.snapshot:
                return None
            return Per(of=inner, each=each)
        if kind is Ratio:
            other = self.of(around, depth)
            return None if other is None or other.unit(self.model) == "rank" else Ratio(of=inner, to=other)
        other = self.alike(inner, around, depth)
        if other is None:
            return None
        return Sum(of=(inner, other)) if kind is Sum else Difference(of=inner, less=other)

    def of_rows(self, around: Around, kind: Any, *, number: bool = True) -> Measure | None:
        """Of the rows of a metric of one source. `number`: not a date, not a text."""
        names = [n for n in self.metrics_for(around) if len(self.facts[n]) == 1]
        if kind is Nth:
            names = [n for n in names if not self.model.metrics[n].snapshot]
        if not names:
            return None
        name = self.random.choice(names)
        fields = [f for f in (self.counted if number else tuple(self.model.fields)) if self.reached(name, f)]
        dates = [f for f in self.dates if self.reached(name, f)]
        if kind is Duration and dates:
            last = self.random.choice((*dates, None))
            how = self.random.choice(("average", "median", "longest", "shortest"))
            return Duration(metric=name, first=self.random.choice(dates), last=last, how=how)
        if kind is Duration or not fields:
            return None
        field = self.random.choice(fields) if number or self.chance(0.5) else None
        return Nth(metric=name, index=self.random.choice((1, 1, 2, -1, -1, -2)), field=field)

    def compared_with(self, around: Around, depth: int, kind: Any) -> Measure | None:
        if isinstance(around.period, All) and around.grain is None:
            return None
        if around.beside or (around.fixed and isinstance(around.period, All)):
            return None
        to: Any = "previous" if self.chance(0.6) or around.grain in ("day", "week") else "year_ago"
        beside = around.grain is None and not around.moved and self.chance(0.2)
        if beside:
            to = self.random.choice((Units(unit="month", offset=-2), Named(unit="year", year=self.as_of.year - 1)))
        inner = self.of(replace(around, moved=True, beside=beside, period=to if beside else around.period), depth)
        if inner is None or inner.unit(self.model) == "rank":
            return None
        return kind(of=inner, to=to)  # type: ignore[no-any-return]

    def member_field(self, around: Around) -> str | None:
        """A field to go through the members of, that every row leads to exactly one of."""
        fields = [f for f in self.dimensions if f not in around.by and len(self.members[f]) <= 100]
        fields = [f for f in fields if any(self.reached(n, f) for n in self.metrics_for(around))]
        if not fields:
            return None
        people = [f for f in fields if f in self.person_fields]
        return self.random.choice(people if people and self.chance(0.5) else fields)

    def inside(self, around: Around) -> tuple[str, Around] | None:
        if around.grain is None and not isinstance(around.period, All) and self.chance(0.3):
            unit = around.period.unit if isinstance(around.period, Units | Complete | Sliding | Named) else "day"
            grain = {"year": "month", "quarter": "month", "month": "day", "half": "month"}.get(unit, "day")
            return None if around.moved else (grain, replace(around, grain=grain))
        field = self.member_field(around)
        return None if field is None else (field, replace(around, by=(*around.by, field)))

    def across(self, around: Around, depth: int) -> Measure | None:
        if self.chance(0.1) and isinstance(around.period, All) and around.grain is None and not around.moved:
            key = self.record_key(around)
            dates = [f for f in self.dates if key and self.model.fields[f].dataset in self.leads[key.partition(".")[0]]]
            if key and dates:
                how = self.random.choice(("average", "highest", "median"))
                return Across(of=Age(since=self.random.choice(dates)), over=key, how=how)
        found = self.inside(around)
        inner = self.of(found[1], depth) if found else None
        if found is None or inner is None or inner.unit(self.model) == "rank":
            return None
        how = self.random.choice(("average", "sum", "highest", "lowest", "median", "percentile"))
        top = self.random.choice((1, 2, 3)) if self.chance(0.25) else None
        part = self.random.choice((0.25, 0.9)) if how == "percentile" else None
        return Across(of=inner, over=found[0], how=how, top=top, part=part)

    def count_of(self, around: Around, depth: int) -> Measure | None:
        found = self.inside(around)
        if found is None:
            return None
        inner = self.of(found[1], depth)
        return None if inner is None else CountOf(over=found[0], having=self.having(found[1], [inner]))

    def placed(self, around: Around, depth: int, kind: Any) -> Measure | None:
        r = self.random
        person = self.people.name
        if not around.by:
            inner = self.of(replace(around, by=(person,)), depth)
            given: dict[str, Any] = (
                {"over": person, "member": r.choice(("@me", r.choice(self.members[self.people.id])))}
                if self.people.id in self.members
                else {"over": person, "member": "@me"}
            )
        elif len(around.by) == 1:
            inner = self.of(around, depth)
            given = {"over": around.by[0] if self.chance(0.3) else None}
        elif person in around.by and set(around.by) <= set(self.person_fields):
            inner = self.of(around, depth)
            given = {"over": person}
        else:
            return None
        if inner is None or inner.unit(self.model) == "rank":
            return None
        of_person = given["over"] == person or (given["over"] is None and around.by[0] == person)
        given["within"] = r.choice(("all", "team", "region")) if of_person else "all"
        if kind is PlaceGap and self.chance(0.4):
            given["to"] = r.choice((1, 2, 3))
        return kind(of=inner, **given)  # type: ignore[no-any-return]


KINDS: tuple[type[Measure], ...] = (
    Sum,
    Difference,
    Ratio,
    Times,
    IfAny,
    Before,
    Change,
    Growth,
    Nth,
    Duration,
    Across,
    Across,
    CountOf,
    CountOf,
    Metric,
    Only,
    During,
    Target,
    Target,
    PeerAverage,
    Heads,
    Per,
    Place,
    PlaceOf,
    PlaceGap,
    PlaceTies,
    Cumulative,
    Amount,
    ShareBefore,
    MovingAverage,
    Streak,
    Share,
    Share,
    Total,
)


def _fields_of(where: Predicate | None) -> frozenset[str]:
    """Those of the rows: what stands inside a condition on members is about other rows."""
    if where is None:
        return frozenset()
    own = frozenset((where.field,)) if isinstance(where, In | Compare | Whose | Within) else frozenset()
    parts = () if isinstance(where, Whose) else where.inner()
    return own.union(*(_fields_of(p) for p in parts if isinstance(p, Predicate)))
