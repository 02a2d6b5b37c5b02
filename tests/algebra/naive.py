"""A naive reading of `Asked`: every number is worked out by itself from one plain SQL statement, and all that is made
of numbers in plain Python. Written from what the kinds say they mean; it knows nothing of `metrics.plan`."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from pathlib import Path
from statistics import fmean, median
from typing import Any

import duckdb
import sqlglot
from sqlglot import exp

from metrics import Metrics
from metrics.calendar.workdays import is_working_day, working_days
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
from metrics.kinds.place import Place, PlaceOf, PlaceTies, _Placed
from metrics.kinds.record import Age, FieldValue
from metrics.kinds.running import Cumulative, MovingAverage
from metrics.kinds.share import Share, Total
from metrics.kinds.streak import Streak
from metrics.kinds.target import Attainment, Gap, Target
from metrics.model.schema import Relationship
from metrics.people import Person
from metrics.query.asked import GRAINS, Asked
from metrics.query.family import Family
from metrics.query.measure import Measure
from metrics.query.predicate import And, Compare, In, Known, Not, Or, Predicate, Test, Whose, Within
from metrics.query.when import Ago, All, Between, Complete, Named, Sliding, Units, When

__all__ = ["Naive", "NotCovered", "Reading"]

DAY = dt.timedelta(days=1)
MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}
AIMED = (Target, Attainment, Gap, Expected, Pace, NeededPerDay, Projection)
Row = tuple[Any, ...]  # the values of the keys; behind them, with a grain, the first day of the bucket
Column = dict[Row, Any]


class NotCovered(Exception):
    """This reference does not say what should come out."""


# --- days ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Days:
    """[start, end) has happened, of [start, full_end). `start` None: from the beginning."""

    start: dt.date | None
    end: dt.date
    full_end: dt.date
    unit: str
    count: int = 1

    @property
    def cut(self) -> bool:
        return self.end < self.full_end


def later(day: dt.date, months: int) -> dt.date:
    index = day.year * 12 + day.month - 1 + months
    first = dt.date(index // 12, index % 12 + 1, 1)
    last = (first + dt.timedelta(days=31)).replace(day=1) - DAY
    return first.replace(day=min(day.day, last.day))


def step(start: dt.date, unit: str, count: int) -> dt.date:
    if unit in ("day", "week"):
        return start + dt.timedelta(days=count * (7 if unit == "week" else 1))
    return later(start, MONTHS[unit] * count)


def year_ago(days: Days, years: int = 1) -> Days:
    assert days.start is not None
    start = later(days.start, -12 * years)
    by_date = days.unit in ("day", "week")

    def same_date(end: dt.date) -> dt.date:
        return later(end - DAY, -12 * years) + DAY

    full = same_date(days.full_end) if by_date else later(days.full_end, -12 * years)
    if not days.cut:
        return replace(days, start=start, end=full, full_end=full)
    end = start if days.end <= days.start else min(same_date(days.end), full)
    return replace(days, start=start, end=end, full_end=full)


# --- places ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class At:
    """Where a number is worked out. `moves`: "previous" and "year_ago", in turn. `beside`: the period that this one is
    compared with."""

    keys: tuple[str, ...]
    grain: str | None
    period: When
    moves: tuple[str, ...] = ()
    beside: When | None = None
    where: tuple[Predicate, ...] = ()
    scope: str = "all"
    population: str = "people"


@dataclass(frozen=True)
class Reading:
    """Rows in runs: the order of the runs is that of the question, within a run it is left open."""

    runs: tuple[tuple[Row, ...], ...]

    @property
    def rows(self) -> list[Row]:
        return [row for run in self.runs for row in run]


def percentile(numbers: list[float], part: float) -> float:
    """Between two of them in proportion."""
    place = part * (len(numbers) - 1)
    low = int(place)
    above = numbers[min(low + 1, len(numbers) - 1)]
    return numbers[low] + (above - numbers[low]) * (place - low)


def days_in(start: dt.date, end: dt.date) -> set[int]:
    return set(range(start.toordinal(), end.toordinal()))


def tiled(
    listed: list[tuple[dt.date, dt.date, float]],
    window: tuple[dt.date, dt.date],
    wanted: set[int],
    there: tuple[dt.date, dt.date],
    *,
    exact: bool,
) -> tuple[bool, float | None]:
    """Whether any of the targets is about the window, and the sum of those whose days are all the wanted ones, each of
    them once: the one that is the window, else the shortest, else the longest."""
    fit = [r for r in listed if window[0] <= r[0] and r[1] <= window[1]]
    if not fit:
        return any(r[0] < window[1] and window[0] < r[1] for r in listed) and bool(wanted), None
    if len({r[:2] for r in fit}) < len(fit):
        return True, None
    same = [r[2] for r in fit if r[:2] == window]
    if same or exact:
        return True, same[0] if same else None

    def inside(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
        return one is not other and other[0] <= one[0] and one[1] <= other[1]

    shortest = [r for r in fit if not any(inside(o, r) for o in fit)]
    longest = [r for r in fit if not any(inside(r, o) for o in fit)]
    for chosen in (shortest, longest):
        covered = [day for r in chosen for day in days_in(max(r[0], there[0]), min(r[1], there[1]))]
        clash = any(a is not b and a[0] < b[1] and b[0] < a[1] for a in chosen for b in chosen)
        if not clash and set(covered) == wanted:
            return True, sum(r[2] for r in chosen)
    return True, None


def parts_of(predicate: Predicate, *, negated: bool = False) -> Iterator[Predicate]:
    """What all has to hold, each by itself."""
    if isinstance(predicate, Not):
        yield from parts_of(predicate.of, negated=not negated)
    elif isinstance(predicate, Or if negated else And):
        for part in predicate.of:
            yield from parts_of(part, negated=negated)
    else:
        yield Not(of=predicate) if negated else predicate


def spoken(part: Family) -> Iterator[Family]:
    """What stands in it, but for what stands in conditions on members."""
    yield part
    for inner in () if isinstance(part, Whose) else part.inner():
        yield from spoken(inner)


@dataclass
class Naive:
    """Answers questions on the newest snapshot of a workspace, over a connection of its own: make it before the file is
    opened by `Metrics`' first question, or give both the same settings."""

    metrics: Metrics
    workspace: Path
    viewer: Person
    as_of: dt.date
    flat: dict[str, frozenset[str]] = field(default_factory=dict)  # dataset -> fields its rows have
    cache: dict[Any, Any] = field(default_factory=dict)
    subjects: set[str] = field(default_factory=set)  # dated metrics of the question

    def __post_init__(self) -> None:
        self.model = self.metrics.model
        self.calendar = self.model.calendar
        newest = self.metrics._newest()
        self.org, engine = newest.org, newest.engine
        self.through = {d.name: engine.through.get(d.table) for d in self.model.datasets.values()}
        self.since = {d.name: engine.since.get(d.table) for d in self.model.datasets.values()}
        store = self.workspace / "var" / "store"
        self.db = duckdb.connect()
        self.db.execute(f"ATTACH '{store / (store / 'current').read_text().strip()}' AS snapshot (READ_ONLY)")
        self.people = self.model.people
        assert self.people is not None
        self.links = list(self.model.relationships)
        targets, home = self.model.targets, self.people.dataset
        if targets is not None and not any(r.source == targets.dataset and r.target == home for r in self.links):
            ends = [(self.model.fields[f].name,) for f in (targets.person, self.people.id)]
            self.links.append(Relationship("targets_people", targets.dataset, home, *ends))

    def close(self) -> None:
        self.db.close()

    # --- rows of the snapshot, with all that they lead to ------------------------------------------------------------

    def rows_of_dataset(self, dataset: str) -> str:
        """Name of a table with every row of the dataset, and a column "dataset.field" for every field it leads to."""
        name = f"flat_{dataset}"
        if dataset in self.flat:
            return name
        joins, reached, todo = [], {dataset}, [dataset]
        while todo:
            here = todo.pop(0)
            for link in self.links:
                if link.source == here and link.target not in reached:
                    reached.add(link.target)
                    todo.append(link.target)
                    on = " AND ".join(
                        f'"{here}"."{a}" = "{link.target}"."{b}"'
                        for a, b in zip(link.source_columns, link.target_columns, strict=True)
                    )
                    table = self.model.datasets[link.target].table
                    joins.append(f'LEFT JOIN snapshot."{table}" AS "{link.target}" ON {on}')
        columns = []
        for other in sorted(reached):
            for f in self.model.datasets[other].fields.values():
                tree = sqlglot.parse_one(f.expression)
                for column in tree.find_all(exp.Column):
                    column.set("table", exp.to_identifier(other, quoted=True))
                columns.append(f'{self._sql(tree)} AS "{f.id}"')
        table = self.model.datasets[dataset].table
        self.db.execute(
            f'CREATE TABLE {name} AS SELECT {", ".join(columns)} FROM snapshot."{table}" AS "{dataset}" '
            + " ".join(joins)
        )
        self.flat[dataset] = frozenset(i for i, f in self.model.fields.items() if f.dataset in reached)
        return name

    def _sql(self, tree: exp.Expr) -> str:
        day = exp.cast(exp.Literal.string(self.as_of.isoformat()), "DATE")
        return tree.transform(lambda n: day.copy() if isinstance(n, exp.CurrentDate) else n).sql("duckdb")

    def select(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        key = (sql, tuple(values))
        if key not in self.cache:
            self.cache[key] = self.db.execute(sql, list(values)).fetchall()
        found: list[Row] = self.cache[key]
        return found

    # --- conditions on rows ------------------------------------------------------------------------------------------

    def condition(self, where: Predicate) -> tuple[str, list[Any]]:
        """SQL of three values: true, false, NULL where it cannot be told."""
        match where:
            case And() | Or():
                parts = [self.condition(p) for p in where.of]
                word = " AND " if isinstance(where, And) else " OR "
                return "(" + word.join(p[0] for p in parts) + ")", [v for p in parts for v in p[1]]
            case Not():
                sql, values = self.condition(where.of)
                return f"(NOT {sql})", values
            case In():
                members = [self.typed(where.field, v) for v in where.values if v is not None]
                tests = [f'"{where.field}" IS NOT DISTINCT FROM ?' for _ in members]
                tests += [f'"{where.field}" IS NULL'] if None in where.values else []
                sql = "(" + " OR ".join(tests) + ")"
                return f"(NOT {sql})" if where.out else sql, members
            case Compare():
                value, column = self.typed(where.field, where.value), f'"{where.field}"'
                if where.op == "between":
                    return f"({column} BETWEEN ? AND ?)", [value, self.typed(where.field, where.upper)]
                sign = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "=", "ne": "<>"}[where.op]
                return f"({column} {sign} ?)", [value]
            case Within():
                days, column = self.bind(where.period, self.as_of + DAY), f'"{where.field}"'
                start = days.start or dt.date.min
                end = dt.date.max if isinstance(where.period, All) else days.full_end
                return f"({column} >= ? AND {column} < ?)", [start, end]
            case Whose():
                told = self.members_told(where)
                tests = " ".join(
                    f'WHEN "{self.one_of(where.field)}" IS NOT DISTINCT FROM ? THEN {t}' for t in told.values()
                )
                return f"(CASE {tests} ELSE NULL END)" if told else "(NULL::BOOLEAN)", list(told)
        raise NotCovered(where.kind)

    def one_of(self, field_id: str) -> str:
        """Two people of one name are two."""
        assert self.people is not None
        return self.people.id if field_id == self.people.name else field_id

    def members_told(self, where: Whose) -> dict[Any, bool]:
        """Of each member whether it holds; those of whom it cannot be told, and nobody, are left out."""
        key = ("whose", where)
        if key not in self.cache:
            outer, self.subjects = (
                self.subjects,
                {n for n in self.names(where.having) if not self.model.metrics[n].snapshot},
            )
            at = At((self.one_of(where.field),), None, where.period, scope=where.scope, population="people")
            if not isinstance(where.period, All) and self.subjects != self.names(where.having):
                raise NotCovered("a state has no period")
            rows = list({*self.rows(self.measures(where.having), at), *self.everyone(at)})
            self.cache[key] = {
                r[0]: t for r, t in self.truth(where.having, at, rows).items() if t is not None and r[0] is not None
            }
            self.subjects = outer
        found: dict[Any, bool] = self.cache[key]
        return found

    def typed(self, field_id: str, value: Any) -> Any:
        return dt.date.fromisoformat(value) if self.model.fields[field_id].datatype == "Date" else value

    def fields_in(self, where: Predicate) -> set[str]:
        return {
            self.one_of(p.field) if isinstance(p, Whose) else p.field
            for p in spoken(where)
            if isinstance(p, In | Compare | Whose | Within)
        }

    def conditions(self, at: At) -> tuple[Predicate, ...]:
        """Those of the place, and whose rows."""
        if at.scope == "all":
            return at.where
        assert self.people is not None
        of = {"me": self.people.id, "team": self.people.team, "region": self.people.region}[at.scope]
        who = {"me": self.viewer.id, "team": self.viewer.team, "region": self.viewer.region}[at.scope]
        if of is None or who is None:
            raise NotCovered(f"scope {at.scope}")
        return (*at.where, In(field=of, values=(who,)))

    # --- days of a place ---------------------------------------------------------------------------------------------

    def edge(self, metric: str | None) -> dt.date:
        """The day after the last that is complete, for all that the metric needs."""
        known = [self.through[d] for d in self.sources(metric)] if metric else list(self.through.values())
        return min([self.as_of, *(d for d in known if d is not None)]) + DAY

    def sources(self, metric: str) -> set[str]:
        times = self.model.metrics[metric].time
        return set(times) | {self.model.fields[t].dataset for t in times.values()}

    def unit_start(self, day: dt.date, unit: str) -> dt.date:
        if unit == "day":
            return day
        if unit == "week":
            return day - dt.timedelta(days=(day.weekday() - self.calendar.week_start) % 7)
        first = day.replace(day=1)
        return later(first, -((first.month - self.calendar.fiscal_year_start) % 12 % MONTHS[unit]))

    def bind(self, period: When, edge: dt.date) -> Days:
        match period:
            case All():
                return Days(None, edge, edge, "all")
            case Ago(unit="year"):
                return year_ago(self.bind(period.of, edge), period.count)
            case Between(start=start, end=end):
                months = (end.year - start.year) * 12 + end.month - start.month
                whole = start.day == end.day == 1
                days = Days(start, end, end, *(("month", months) if whole else ("day", (end - start).days)))
            case Sliding(unit="day", count=count, ahead=False, at=None):
                end = self.as_of + DAY
                days = Days(end - count * DAY, end, end, "day", count)
            case Complete(unit=unit, count=count):
                end = self.unit_start(edge, unit)
                return Days(step(end, unit, -count), end, end, unit, count)
            case Named(unit=unit, index=index, year=year, of=None, coming=False):
                if unit == "week" or year is None:
                    raise NotCovered("named weeks, and units without a year")
                first = dt.date(year, 1 if unit == "month" else self.calendar.fiscal_year_start, 1)
                start = step(first, unit, (index or 1) - 1)
                days = Days(start, step(start, unit, 1), step(start, unit, 1), unit)
            case Units(unit=unit, offset=offset, count=count, at=None):
                start = step(self.unit_start(self.as_of, unit), unit, offset)
                end = step(start, unit, count)
                days = Days(start, end, end, unit, count)
            case _:
                raise NotCovered(period.kind)
        assert days.start is not None
        return replace(days, end=max(days.start, min(days.full_end, edge)))

    def due(self, days: Days, metric: str | None) -> Days:
        """Of what is due, days to come have rows too."""
        if metric is None or not self.model.metrics[metric].ahead:
            return days
        full_end = dt.date.max if days.start is None else days.full_end
        return replace(days, end=full_end, full_end=full_end)

    def as_much(self, earlier: Days, days: Days, *, by_workday: bool) -> Days:
        """`earlier`, of which as much is left as has happened of `days`."""
        assert earlier.start is not None and days.start is not None
        if not days.cut:
            return earlier
        passed = (days.end - days.start).days
        worked = [n for n in range(passed) if is_working_day(days.start + n * DAY, self.calendar)]
        if by_workday and worked:
            length = (earlier.full_end - earlier.start).days
            there = [n for n in range(length) if is_working_day(earlier.start + n * DAY, self.calendar)]
            end = earlier.start + (there[len(worked) - 1] + 1) * DAY if len(there) >= len(worked) else earlier.full_end
        elif earlier.unit == days.unit == "year" and passed:
            months = (days.start.year - earlier.start.year) * 12 + days.start.month - earlier.start.month
            end = later(days.end - DAY, -months) + DAY
        else:
            end = earlier.start + passed * DAY
        return replace(earlier, end=min(end, earlier.end if earlier.cut else earlier.full_end))

    def moved(self, days: Days, moves: Iterable[str], *, by_workday: bool) -> Days:
        for move in moves:
            if days.start is None:
                raise NotCovered("all time has nothing before it")
            if move == "year_ago":
                days = year_ago(days)
            else:
                whole = replace(
                    days, start=step(days.start, days.unit, -days.count), end=days.start, full_end=days.start
                )
                days = self.as_much(whole, days, by_workday=by_workday)
        return days

    def window(self, at: At, metric: str | None) -> Days:
        """The days of a place without buckets."""
        edge = self.edge(metric)
        by_workday = metric is not None and self.model.metrics[metric].working_day_basis
        days = self.due(self.bind(at.period, edge), metric)
        if at.beside is not None:
            asked = self.bind(at.beside, edge)
            if asked.cut:
                days = self.as_much(days, asked, by_workday=by_workday)
        return self.moved(days, at.moves, by_workday=by_workday)

    def days(self, at: At, metric: str | None, row: Row) -> Days:
        """The days that a row of a place is about."""
        if at.grain is None:
            return self.window(at, metric)
        whole = self.bind(at.period, self.edge(metric))
        whole = whole if whole.start is None else self.due(whole, metric)
        first = row[-1]
        full_end = step(first, at.grain, 1)
        if at.moves:
            if whole.start is not None and self.unit_start(whole.start, at.grain) != whole.start:
                raise NotCovered("buckets that begin before the window, against others")
            if "year_ago" in at.moves and at.grain in ("day", "week"):
                raise NotCovered("days and weeks against those of a year before")
        start = first if whole.start is None else max(first, whole.start)
        over = whole.full_end if whole.start is not None else full_end
        bucket = Days(start, min(full_end, whole.end), min(full_end, over), at.grain)
        return self.moved(
            bucket, at.moves, by_workday=metric is not None and self.model.metrics[metric].working_day_basis
        )

    # --- metrics -----------------------------------------------------------------------------------------------------

    def metric_where(self, name: str) -> tuple[Predicate, ...]:
        made: list[Predicate] = []
        for f in self.model.metrics[name].where:
            if f.op not in ("in", "not_in"):
                raise NotCovered("conditions of a metric other than in")
            made.append(In(field=f.field, values=f.values, out=f.op == "not_in"))
        return tuple(made)

    def facts(self, tree: exp.Expr) -> str:
        """The dataset whose rows an aggregate adds up: the one that leads to all the others."""
        named = {c.table for c in tree.find_all(exp.Column)}
        for dataset in named:
            self.rows_of_dataset(dataset)
            if all(any(f.startswith(f"{n}.") for f in self.flat[dataset]) for n in named):
                return dataset
        raise NotCovered("no facts")

    def restriction(
        self, dataset: str, where: Sequence[Predicate], time: str | None, days: Days | None
    ) -> tuple[str, list[Any]]:
        table = self.rows_of_dataset(dataset)
        sql, values = ["TRUE"], []
        for predicate in where:
            if not self.fields_in(predicate) <= self.flat[dataset]:
                raise NotCovered("a condition that its rows do not lead to")
            made, more = self.condition(predicate)
            sql.append(f"COALESCE({made}, FALSE)")
            values += more
        if time is not None and days is not None:
            if days.start is not None:
                sql.append(f'"{time}" >= ?')
                values.append(days.start)
            sql.append(f'"{time}" < ?')
            values.append(days.end)
        return f"FROM {table} WHERE {' AND '.join(sql)}", values

    def grouped(
        self,
        aggregate: str,
        dataset: str,
        keys: tuple[str, ...],
        where: Sequence[Predicate],
        time: str | None,
        days: Days | None,
    ) -> dict[Row, Any]:
        """The aggregate of the rows of each combination of keys that has any."""
        if not set(keys) <= self.flat_of(dataset):
            raise NotCovered("a key that its rows do not lead to")
        source, values = self.restriction(dataset, where, time, days)
        shown = [f'"{k}"' for k in keys]
        group = f" GROUP BY {', '.join(shown)}" if keys else " HAVING COUNT(*) > 0"
        rows = self.select(f"SELECT {', '.join([*shown, aggregate])} {source}{group}", values)
        return {row[:-1]: row[-1] for row in rows}

    def flat_of(self, dataset: str) -> frozenset[str]:
        self.rows_of_dataset(dataset)
        return self.flat[dataset]

    def aggregates(self, name: str) -> list[exp.Expr]:
        tree = sqlglot.parse_one(self.model.metrics[name].expression)
        return list(tree.find_all(exp.Sum, exp.Count, exp.Avg, exp.Min, exp.Max))

    def cells(
        self, name: str, tree: exp.Expr, at: At, days: Days | None, sql: Callable[[exp.Expr], str]
    ) -> dict[Row, Any]:
        dataset = self.facts(tree)
        where = (*self.conditions(at), *self.metric_where(name))
        return self.grouped(sql(tree), dataset, at.keys, where, self.model.metrics[name].time.get(dataset), days)

    def aggregate_sql(self, tree: exp.Expr) -> str:
        tree = tree.copy()
        for column in list(tree.find_all(exp.Column)):
            column.replace(exp.column(exp.to_identifier(f"{column.table}.{column.name}", quoted=True)))
        sql = self._sql(tree)
        return sql if isinstance(tree, exp.Min | exp.Max) else f"CAST({sql} AS DOUBLE)"

    def counted(self, tree: exp.Expr, value: exp.Expr) -> exp.Expr:
        """The value in the rows that the aggregate counts: those of its CASE, where it has one."""
        case = tree.find(exp.Case)
        if case is None:
            return value
        asked = exp.or_(*(i.this.copy() for i in case.args["ifs"]))
        return exp.Case(ifs=[exp.If(this=asked, true=value)])

    def counted_sql(self, tree: exp.Expr) -> str:
        return self.aggregate_sql(exp.Count(this=self.counted(tree, exp.Literal.number(1))))

    def leads(self, base: tuple[str, At, bool]) -> bool:
        name, at, is_target = base
        if is_target:
            return self.about_people(at.keys)
        needed = {*at.keys, *(f for p in at.where for f in self.fields_in(p))}
        return all(needed <= self.flat_of(self.facts(t)) for t in self.aggregates(name))

    def first_day(self, name: str) -> dt.date | None:
        """Before this day nothing is known of the metric."""
        first: list[dt.date] = []
        for dataset, time in self.model.metrics[name].time.items():
            declared = self.since[dataset]
            table = self.rows_of_dataset(dataset)
            day = declared or self.select(f'SELECT CAST(MIN("{time}") AS DATE) FROM {table}')[0][0]
            if day is not None:
                first.append(day)
        return max(first, default=None)

    def metric(self, name: str, at: At, rows: Iterable[Row]) -> Column:
        metric = self.model.metrics[name]
        if metric.snapshot and (at.grain or at.moves or at.beside or not isinstance(at.period, All)):
            raise NotCovered("a state has no period")
        tree = sqlglot.parse_one(metric.expression)
        first = self.first_day(name)
        made: Column = {}
        for row in rows:
            days = None if metric.snapshot else self.days(at, name, row)
            if days is not None and (first is None or days.end <= first):
                made[row] = None
                continue
            made[row] = self.formula(name, tree, at, days, row[: len(at.keys)])
        return made

    def formula(self, name: str, tree: exp.Expr, at: At, days: Days | None, keys: Row) -> Any:
        """Sums and counts of nothing are 0, whatever is divided by 0 is n/a."""

        def value(node: exp.Expr) -> Any:
            match node:
                case exp.Sum() | exp.Count():
                    return self.cells(name, node, at, days, self.aggregate_sql).get(keys) or 0
                case exp.Avg() | exp.Min() | exp.Max():
                    return self.cells(name, node, at, days, self.aggregate_sql).get(keys)
                case exp.Paren():
                    return value(node.this)
                case exp.Literal():
                    return float(node.this)
                case exp.CurrentDate():
                    return self.as_of
                case exp.Add() | exp.Sub() | exp.Mul() | exp.Div():
                    left, right = value(node.this), value(node.expression)
                    if left is None or right is None:
                        return None
                    if isinstance(node, exp.Add):
                        return left + right
                    if isinstance(node, exp.Sub):
                        made = left - right
                        return made.days if isinstance(made, dt.timedelta) else made
                    if isinstance(node, exp.Mul):
                        return left * right
                    return left / right if right else None
            raise NotCovered(f"{type(node).__name__} in the expression of {name}")

        return value(tree)

    # --- who and what is there ---------------------------------------------------------------------------------------

    def about_people(self, keys: Iterable[str]) -> bool:
        assert self.people is not None
        return all(k in self.flat_of(self.people.dataset) for k in keys)

    def active_people(self, at: At, bucket: dt.date | None = None) -> list[Person]:
        """Who was there in the period (or in one bucket of it), of the conditions that can be told of a person."""
        assert self.people is not None
        told = self._told(self.people.dataset, self.conditions(at))
        source, values = self.restriction(self.people.dataset, told, None, None)
        ids = [row[0] for row in self.select(f'SELECT "{self.people.id}" {source}', values)]
        days = self.window(replace(at, grain=None), None) if bucket is None else self.days(at, None, (bucket,))
        start = days.start or dt.date.min
        return [p for i in ids if i and (p := self.org.people[i]).active(start, max(days.end, start + DAY))]

    def _told(self, dataset: str, conditions: Iterable[Predicate]) -> list[Predicate]:
        made = []
        for predicate in conditions:
            for part in parts_of(predicate):
                if self.fields_in(part) <= self.flat_of(dataset):
                    made.append(part)
        return made

    def key_of_person(self, person: Person, keys: tuple[str, ...]) -> Row:
        assert self.people is not None
        shown = ", ".join(f'"{k}"' for k in keys)
        table = self.rows_of_dataset(self.people.dataset)
        return self.select(f'SELECT {shown} FROM {table} WHERE "{self.people.id}" = ?', [person.id])[0]

    def bases(self, part: Any, at: At) -> list[tuple[str, At, bool]]:
        """The metrics under a measure with the places that have all keys of `at`, and whether it is the target."""
        made: list[tuple[str, At, bool]] = []
        match part:
            case Metric():
                return [(part.name, at, False)]
            case Nth() | Duration():
                return [(part.metric, at, False)]
            case Heads():
                return []
            case Across():
                return self.bases(part.of, at)
            case CountOf():
                return [b for m in self.measures(part.having) for b in self.bases(m, at)]
            case Total():
                # of facts that do not lead to what the total leaves out there are no rows here
                return [b for b in self.bases(part.of, at) if self.leads(b)]
            case Only():
                return self.bases(part.of, replace(at, where=(*at.where, part.where)))
            case During():
                return self.bases(part.of, self.during(at, part.period))
            case Before():
                return self.bases(part.of, self.then(at, part.to))
            case Change() | Growth():
                return self.bases(part.of, at) + self.bases(part.of, self.then(at, part.to))
            case _ if isinstance(part, AIMED):
                made = [(part.metric, at, True)]
                if not isinstance(part, Target | Expected):
                    made.append((part.metric, at, False))
                return made
            case _Placed() | PeerAverage():
                return self.bases(part.of, at)
        for inner in part.inner():
            made += self.bases(inner, at)
        return made

    def rows(self, parts: Sequence[Any], at: At) -> list[Row]:
        """Every combination of keys that has rows under any of the measures, who is there without, in every bucket."""
        bases = [b for p in parts for b in self.bases(p, at)]
        buckets = self.buckets(at, parts) if at.grain is not None else [None]
        here: set[tuple[Row, dt.date | None]] = set()  # keys, and the bucket where it is known
        if not at.keys:
            here |= {((), b) for b in buckets}
        for name, place, is_target in bases:
            for first in buckets if place.grain is not None else [None]:
                found = self.targets(name, place, self.days(place, name, (first,))) if is_target else {}
                if not is_target:
                    days = None if self.model.metrics[name].snapshot else self.days(place, name, (first,))
                    for tree in self.aggregates(name):
                        found |= {k: c for k, c in self.cells(name, tree, place, days, self.counted_sql).items() if c}
                here |= {(k, b) for k in found for b in ([first] if first is not None else buckets)}
        by_person = bool(at.keys) and at.population == "people" and self.about_people(at.keys)
        if by_person:
            here |= {(self.key_of_person(p, at.keys), b) for b in buckets for p in self.active_people(at, b)}
        if not bases and not by_person and at.population != "all" and self.tells_of_records(parts):
            here |= {(k, b) for k in self.listed(parts, at) for b in buckets}
        if at.keys and at.population == "all":
            here |= {(k, b) for k in self.everyone(at) for b in buckets}
        if not by_person:  # things are there in every bucket, people in those of their own
            here = {(k, b) for k, _ in here for b in buckets}
        return [k if b is None else (*k, b) for k, b in here]

    def everyone(self, at: At) -> set[Row]:
        datasets = {self.model.fields[k].dataset for k in at.keys}
        if len(datasets) > 1:
            raise NotCovered("every member of two things")
        (dataset,) = datasets
        source, values = self.restriction(dataset, self._told(dataset, self.conditions(at)), None, None)
        shown = ", ".join(f'"{k}"' for k in at.keys)
        return set(self.select(f"SELECT DISTINCT {shown} {source}", values))

    def listed(self, parts: Sequence[Any], at: At) -> set[Row]:
        """The records that are told of; of what is folded, everything that those belong to which are."""
        told = [m for p in parts for m in spoken(p)]
        folds = [m for m in told if isinstance(m, Across | CountOf) and self.tells_of_records([m])]
        inside = [m for f in folds for m in spoken(f) if isinstance(m, FieldValue | Age)]
        if not folds or any(m not in inside for m in told if isinstance(m, FieldValue | Age)):
            return self.records(at)
        if len({f.over for f in folds}) > 1:
            raise NotCovered("records of several things")
        place, outer, _ = self.finer(at, folds[0].over)
        return {outer(r) for r in self.records(place)}

    def tells_of_records(self, parts: Sequence[Any]) -> bool:
        return any(isinstance(m, FieldValue | Age) for p in parts for m in spoken(p))

    def home(self, keys: tuple[str, ...]) -> str:
        """The dataset whose records the keys are of."""
        for dataset in dict.fromkeys(self.model.fields[k].dataset for k in keys):
            if set(keys) <= self.flat_of(dataset):
                return dataset
        raise NotCovered("records of several things, or of none")

    def records(self, at: At) -> set[Row]:
        """Those that meet the conditions: where nothing else says who is there."""
        dataset = self.home(at.keys)
        if at.grain is not None or not isinstance(at.period, All):
            raise NotCovered("records have no days")
        source, values = self.restriction(dataset, self.conditions(at), None, None)
        shown = ", ".join(f'"{k}"' for k in at.keys)
        return set(self.select(f"SELECT DISTINCT {shown} {source}", values))

    def field_value(self, field_id: str, at: At, rows: list[Row]) -> Column:
        """The one value of all records of each row."""
        dataset = self.home(at.keys)
        if field_id not in self.flat_of(dataset):
            raise NotCovered("a field that the records do not lead to")
        shown = ", ".join(f'"{k}"' for k in at.keys)
        found: dict[Row, set[Any]] = {}
        for row in self.select(f'SELECT DISTINCT {shown}, "{field_id}" FROM {self.rows_of_dataset(dataset)}'):
            found.setdefault(row[:-1], set()).add(row[-1])
        of_each = {r: found.get(r[: len(at.keys)], set()) for r in rows}
        return {r: next(iter(values)) if len(values) == 1 else None for r, values in of_each.items()}

    def counted_rows(self, name: str, at: At, rows: list[Row], *fields: str | None) -> dict[Row, list[Row]]:
        """Of each row of the place the records that the metric counts: (date, key, the fields)."""
        metric, trees = self.model.metrics[name], self.aggregates(name)
        datasets = {self.facts(t) for t in trees}
        if len(datasets) > 1 or (metric.snapshot and (at.grain or at.moves or not isinstance(at.period, All))):
            raise NotCovered("records of two sources, or a state with a period")
        (dataset,) = datasets
        time = metric.time.get(dataset)
        shown = [f for f in fields if f is not None]
        if not {*shown, *at.keys} <= self.flat_of(dataset):
            raise NotCovered("a field that its rows do not lead to")
        pk = f"{dataset}.{self.model.datasets[dataset].primary_key[0]}"
        counts = " OR ".join(f"{self.counted_row(t)}" for t in trees)
        first, made = self.first_day(name), {}
        for row in rows:
            days = None if metric.snapshot else self.days(at, name, row)
            if days is not None and (first is None or days.end <= first):
                made[row] = []
                continue
            where = (*self.conditions(at), *self.metric_where(name))
            source, values = self.restriction(dataset, where, time, days)
            columns = ", ".join(f'"{c}"' for c in (*at.keys, time or pk, pk, *shown))
            n, sql = len(at.keys), f"SELECT {columns} {source} AND ({counts})"
            if ("of", sql, *values) not in self.cache:
                groups: dict[Row, list[Row]] = {}
                for r in self.select(sql, values):
                    groups.setdefault(r[:n], []).append(r[n:])
                self.cache["of", sql, *values] = groups
            made[row] = self.cache["of", sql, *values].get(row[:n], [])
        return made

    def counted_row(self, tree: exp.Expr) -> str:
        case = tree.find(exp.Case)
        if case is None:
            return "TRUE"
        return self.aggregate_sql(exp.Max(this=exp.or_(*(i.this.copy() for i in case.args["ifs"]))))[4:-1]

    def nth(self, m: Nth, found: list[Row]) -> Any:
        if len(found) < abs(m.index):
            return None
        row = sorted(found, key=lambda r: r[:2])[m.index - 1 if m.index > 0 else m.index]
        return day(row[0]) if m.field is None else row[2]

    def days_folded(self, m: Duration, found: list[Row]) -> float | None:
        ends = [(r[2], r[3] if m.last is not None else self.as_of) for r in found]
        lengths = [(day(b) - day(a)).days for a, b in ends if a is not None and b is not None]
        folds: dict[str, Callable[[list[int]], float]] = {"average": fmean, "median": median, "longest": max}
        return folds.get(m.how, min)(lengths) if lengths else None

    def buckets(self, at: At, parts: Sequence[Any]) -> list[dt.date]:
        """Every bucket with a day of the window; not those wholly before the first day of which anything is known."""
        assert at.grain is not None
        names = sorted(self.subjects)
        if not names:
            raise NotCovered("buckets of nothing")
        made: set[dt.date] = set()
        for name in names:
            days = self.bind(at.period, self.edge(name))
            days = days if days.start is None else self.due(days, name)
            first = self.first_day(name)
            start = days.start
            if start is None:
                if first is None:
                    continue
                start = first
            here = self.unit_start(start, at.grain)
            while here < days.end:
                if first is not None and step(here, at.grain, 1) > first:
                    made.add(here)
                here = step(here, at.grain, 1)
        return sorted(made)

    def names(self, part: Any) -> set[str]:
        made = {m.name for m in spoken(part) if isinstance(m, Metric)}
        return made | {m.metric for m in spoken(part) if isinstance(m, (*AIMED, Nth, Duration))}

    # --- measures ----------------------------------------------------------------------------------------------------

    def during(self, at: At, period: When) -> At:
        return replace(at, period=period, moves=(), beside=None, grain=None)

    def then(self, at: At, to: str | When) -> At:
        if isinstance(to, str):
            if at.beside is not None:
                raise NotCovered("a comparison of a comparison")
            return replace(at, moves=(*at.moves, to))
        if at.grain is not None or at.moves or at.beside is not None:
            raise NotCovered("buckets, or what is moved, against a named period")
        return replace(at, period=to, beside=at.period)

    def column(self, m: Any, at: At, rows: Sequence[Row]) -> Column:
        """The measure in each of these rows of the place."""
        key = ("column", m, at, tuple(rows))
        if key not in self.cache:
            self.cache[key] = self._column(m, at, list(rows))
        found: Column = self.cache[key]
        return found

    def _column(self, m: Any, at: At, rows: list[Row]) -> Column:
        def each(make: Callable[..., Any], *columns: Column) -> Column:
            return {
                r: None if any(c[r] is None for c in columns) else make(*(number(c[r]) for c in columns)) for r in rows
            }

        match m:
            case Metric():
                return self.metric(m.name, at, rows)
            case Sum():
                return each(lambda *v: sum(v), *(self.column(p, at, rows) for p in m.of))
            case Difference():
                return each(lambda a, b: a - b, self.column(m.of, at, rows), self.column(m.less, at, rows))
            case Ratio():
                return each(over, self.column(m.of, at, rows), self.column(m.to, at, rows))
            case IfAny():
                return self.column(m.of, at, rows)
            case Times():
                return each(lambda v: v * m.factor, self.column(m.of, at, rows))
            case Before():
                return self.elsewhere(m.of, at, self.then(at, m.to), rows)
            case Change():
                then = self.elsewhere(m.of, at, self.then(at, m.to), rows)
                return each(lambda a, b: a - b, self.column(m.of, at, rows), then)
            case Growth():
                then = self.elsewhere(m.of, at, self.then(at, m.to), rows)
                return each(lambda a, b: (a - b) / b if b > 0 else None, self.column(m.of, at, rows), then)
            case Only():
                return self.elsewhere(m.of, at, replace(at, where=(*at.where, m.where)), rows)
            case During():
                return self.elsewhere(m.of, at, self.during(at, m.period), rows)
            case Nth():
                return {r: self.nth(m, found) for r, found in self.counted_rows(m.metric, at, rows, m.field).items()}
            case Duration():
                ends = (m.first, m.last) if m.last is not None else (m.first,)
                return {
                    r: self.days_folded(m, found) for r, found in self.counted_rows(m.metric, at, rows, *ends).items()
                }
            case FieldValue():
                return self.field_value(m.name, at, rows)
            case Age():
                since = self.field_value(m.since, at, rows)
                return {r: None if v is None else (self.as_of - day(v)).days for r, v in since.items()}
            case Total():
                gone = at.keys if m.over is None else self.both_names(m.over)
                return self.elsewhere(m.of, at, replace(at, keys=tuple(k for k in at.keys if k not in gone)), rows)
            case Share():
                gone = self.both_names(m.over or at.keys)
                whole = self.group(at, rows, [k for k in at.keys if k not in gone])
                values = self.own(m.of, at, rows)
                return {
                    r: over(values[r], added(values[o] for o in values if whole(o) == whole(r)))
                    if values[r] is not None
                    else None
                    for r in rows
                }
            case Amount():
                return {r: float(m.value) for r in rows}
            case ShareBefore():
                whole = self.group(at, rows, [])
                values = self.own(m.of, at, rows)
                return {r: self.before(r, [o for o in values if whole(o) == whole(r)], values) for r in rows}
            case Cumulative():
                values = self.own(m.of, at, rows)
                return {r: added(values[o] for o in values if o[:-1] == r[:-1] and o[-1] <= r[-1]) for r in rows}
            case MovingAverage():
                values = self.own(m.of, at, rows)
                made: Column = {}
                for r in rows:
                    made[r] = mean(values.get(o) for o in self.line(at, r)[: m.count])
                return made
            case Streak():
                held = self.truth(m.having, at, self.all_rows(self.measures(m.having), at, rows))
                lengths: Column = {}
                for r in rows:
                    lengths[r] = sum(1 for _ in takewhile(lambda o: held.get(o) is True, self.line(at, r)))
                return lengths
            case Across() | CountOf():
                return self.folded(m, at, rows)
            case Heads():
                return self.heads(at, rows)
            case Per(each="head"):
                return each(over, self.column(m.of, at, rows), self.heads(at, rows))
            case Per():
                days = {
                    r: self.count_days(self.days(at, m.subject(), r), working=m.each == "working_day") for r in rows
                }
                return each(over, self.column(m.of, at, rows), days)
            case _ if isinstance(m, AIMED):
                return self.aimed(m, at, rows)
            case _Placed() | PeerAverage():
                return self.among_peers(m, at, rows)
        raise NotCovered(m.kind)

    def before(self, row: Row, others: Sequence[Row], values: Column) -> Any:
        """The share of the whole that rows with a larger number have."""
        own = values[row]
        if own is None:
            return None
        numbers = [number(values[o]) for o in others if values[o] is not None]
        return over(sum((n for n in numbers if n > number(own)), start=number(0)), sum(numbers, start=number(0)))

    def elsewhere(self, m: Measure, at: At, place: At, rows: Sequence[Row]) -> Column:
        """The measure at another place, which has the same keys and bucket or fewer."""
        kept = [at.keys.index(k) for k in place.keys]

        def there(row: Row) -> Row:
            return tuple(row[i] for i in kept) + (row[len(at.keys) :] if place.grain is not None else ())

        column = self.column(m, place, list(dict.fromkeys(map(there, rows))))
        return {r: column[there(r)] for r in rows}

    def both_names(self, fields: Iterable[str]) -> set[str]:
        """A person is one thing by name and by id."""
        either = {self.people.id, self.people.name}
        return {*fields, *(either if either & set(fields) else ())}

    def all_rows(self, measures: Sequence[Measure], at: At, rows: Sequence[Row]) -> list[Row]:
        return list(dict.fromkeys([*self.rows(measures, at), *rows]))

    def own(self, m: Measure, at: At, rows: Sequence[Row]) -> Column:
        """The measure in all the rows that there are at the place: what looks at other rows looks at these."""
        return self.column(m, at, list(dict.fromkeys([*self.rows([m], at), *rows])))

    def line(self, at: At, row: Row) -> list[Row]:
        """The same keys in this bucket, the one before it, and so on."""
        return [(*row[:-1], b) for b in reversed(self.buckets(at, ())) if b <= row[-1]]

    def group(self, at: At, rows: Sequence[Row], kept: Sequence[str]) -> Callable[[Row], Row]:
        places = [at.keys.index(k) for k in kept] + ([len(at.keys)] if at.grain is not None else [])
        return lambda row: tuple(row[i] for i in places)

    # folded

    def finer(self, at: At, name: str) -> tuple[At, Callable[[Row], Row], Callable[[Row], Any]]:
        """The place with every member of a field or grain; which row of `at` a row belongs to; which member it is."""
        if name in GRAINS:
            if at.grain is not None:
                raise NotCovered("buckets in buckets")
            return replace(at, grain=name), lambda r: r[:-1], lambda r: r[-1]
        n, extra = len(at.keys), self.with_id((name,))
        if name in at.keys:
            raise NotCovered("folded over a key")
        place = replace(at, keys=(*at.keys, *extra))
        return place, lambda r: r[:n] + r[n + len(extra) :], lambda r: r[n]

    def with_id(self, keys: tuple[str, ...]) -> tuple[str, ...]:
        """Two people of one name stay two."""
        assert self.people is not None
        if self.people.name in keys and self.people.id not in keys:
            return (*keys, self.people.id)
        return keys

    def folded(self, m: Across | CountOf, at: At, rows: list[Row]) -> Column:
        place, outer, member = self.finer(at, m.over)
        parts = [m.of] if isinstance(m, Across) else [*self.measures(m.having)]
        inner = self.rows(parts, place)
        made: Column = {}
        if isinstance(m, CountOf):
            truth = self.truth(m.having, place, inner)
            for r in rows:
                made[r] = sum(1 for i in inner if outer(i) == r and truth[i] is True and member(i) is not None)
            return made
        values = self.column(m.of, place, inner)
        fold: dict[str, Callable[[list[float]], float]] = {
            "average": fmean,
            "sum": sum,
            "highest": max,
            "lowest": min,
            "median": median,
        }
        if m.how != "sum" or m.top is not None:  # "(none)" is nobody, but adds to a sum
            inner = [i for i in inner if member(i) is not None]
        for r in rows:
            numbers = sorted(
                (number(values[i]) for i in inner if outer(i) == r and values[i] is not None), reverse=True
            )
            numbers = numbers[: m.top] if m.top is not None else numbers
            if m.how == "percentile":
                made[r] = percentile(sorted(numbers), m.part or 0.5) if numbers else None
                continue
            made[r] = fold[m.how](numbers) if numbers else None
        return made

    def measures(self, predicate: Predicate) -> list[Measure]:
        """The measures that a condition on groups is about."""
        if isinstance(predicate, Known):
            return [predicate.of]
        if isinstance(predicate, Test):
            return [p for p in (predicate.of, predicate.value, predicate.upper) if isinstance(p, Measure)]
        return [m for p in predicate.inner() if isinstance(p, Predicate) for m in self.measures(p)]

    # people and targets

    def heads(self, at: At, rows: list[Row]) -> Column:
        assert self.people is not None
        if {self.people.id, self.people.name} & set(at.keys):
            raise NotCovered("heads of one")
        about = tuple(k for k in at.keys if self.about_people((k,)))
        people = [self.key_of_person(p, about) if about else () for p in self.active_people(at)]
        which = [at.keys.index(k) for k in about]
        if at.grain is None:
            return {r: people.count(tuple(r[i] for i in which)) for r in rows}
        if at.moves:
            raise NotCovered("heads of moved buckets")
        window = self.window(replace(at, grain=None), None)
        made: Column = {}
        for r in rows:
            first = max(r[-1], window.start or r[-1])
            last = min(step(r[-1], at.grain, 1), window.end)
            there = [p for p in self.active_people(at) if p.active(first, last)]
            made[r] = [self.key_of_person(p, about) if about else () for p in there].count(tuple(r[i] for i in which))
        return made

    def count_days(self, days: Days, *, working: bool, full: bool = False) -> int:
        if days.start is None:
            raise NotCovered("days of all time")
        end = days.full_end if full else days.end
        return working_days(days.start, end, self.calendar) if working else max(0, (end - days.start).days)

    def targets(self, name: str, at: At, days: Days) -> dict[Row, Any]:
        """By keys: what the targets of each person that tile these days add up to; None where somebody's do not."""
        fields = self.model.targets
        assert fields is not None and self.people is not None
        metric = self.model.metrics[name]
        if not metric.has_target or days.start is None:
            raise NotCovered("no targets for these days")
        if not metric.additive and self.people.id not in at.keys:
            raise NotCovered("targets that do not add up")
        every = self.target_rows(name, (), ())
        lengths = {MONTHS[length] for *_, length, _ in every if length in MONTHS}
        shortest = next((u for u in ("month", "quarter", "year") if MONTHS[u] in lengths), "month")
        for edge in (days.start, days.full_end) if lengths and len(lengths) == len({r[4] for r in every}) else ():
            if self.unit_start(edge, shortest) != edge:
                raise NotCovered("a window that cuts every target")
        made: dict[Row, Any] = {}
        whose: dict[tuple[Row, str], list[tuple[dt.date, dt.date, float]]] = {}
        for keys, person, start, end, _, amount in self.target_rows(name, at.keys, self.conditions(at)):
            whose.setdefault((keys, person), []).append((start, end, amount))
        set_for = (min((r[2] for r in every), default=days.start), max((r[3] for r in every), default=days.start))
        for (keys, person), listed in whose.items():
            there = self.there(person, shortest, *set_for)
            wanted = days_in(max(days.start, there[0]), min(days.full_end, there[1]))
            known, amount = tiled(listed, (days.start, days.full_end), wanted, there, exact=not metric.additive)
            if known:
                made.setdefault(keys, None)
            if amount is not None:
                made[keys] = (made[keys] or 0) + amount
        return made

    def there(self, person: str, unit: str, first: dt.date, last: dt.date) -> tuple[dt.date, dt.date]:
        """From the first whole unit of a person to the last, as far as targets are set."""
        who = self.org.people.get(person)
        if who is not None and who.active_from is not None:
            begun = self.unit_start(who.active_from, unit)
            first = max(first, begun if begun == who.active_from else step(begun, unit, 1))
        if who is not None and who.active_to is not None:
            last = min(last, self.unit_start(who.active_to + DAY, unit))
        return first, last

    def target_rows(self, name: str, keys: tuple[str, ...], where: Sequence[Predicate]) -> list[Row]:
        """(keys, person, first day, day after the last, length, amount) of every target of a metric."""
        fields = self.model.targets
        assert fields is not None
        if not set(keys) <= self.flat_of(fields.dataset):
            raise NotCovered("a key that targets do not lead to")
        source, values = self.restriction(fields.dataset, (*where, In(field=fields.metric, values=(name,))), None, None)
        length = f'"{fields.period}"' if fields.mixed else f"'{fields.period}'"
        shown = [f'"{k}"' for k in (*keys, fields.person, fields.start, fields.end or fields.start)]
        made = []
        for row in self.select(
            f'SELECT {", ".join(shown)}, {length}, CAST("{fields.amount}" AS DOUBLE) {source}', values
        ):
            *group, person, start, last, how_long, amount = row
            start = start.replace(day=1) if how_long == "month" else start
            end = last + DAY if how_long == "dates" else step(start, how_long, 1)
            made.append((tuple(group), person, start, end, how_long, amount))
        return made

    def aimed(self, m: Any, at: At, rows: list[Row]) -> Column:
        actual = self.metric(m.metric, at, rows) if not isinstance(m, Target | Expected) else dict.fromkeys(rows)
        made: Column = {}
        for r in rows:
            days = self.days(at, m.metric, r)
            target = self.targets(m.metric, at, days).get(r[: len(at.keys)]) if not isinstance(m, Projection) else None
            whole = self.count_days(days, working=True, full=True) if days.start is not None else 0
            passed = self.count_days(days, working=True) if days.start is not None else 0
            part = passed / whole if whole else None
            expected = None if target is None or part is None else target * part
            has = actual[r]
            missing = None if target is None or has is None else target - has
            match m:
                case Target():
                    made[r] = target
                case Attainment():
                    made[r] = over(has, target)
                case Gap():
                    made[r] = missing
                case Expected():
                    made[r] = expected
                case Pace():
                    made[r] = over(has, expected)
                case NeededPerDay():
                    made[r] = over(missing, whole - passed)
                case Projection():
                    made[r] = over(has, part)
        return made

    # peers

    def among_peers(self, m: Any, at: At, rows: list[Row]) -> Column:
        people = self.people
        assert people is not None
        person_keys = (people.id, people.name)
        key = m.over
        if key is None:
            apart = [k for k in at.keys if k != people.id or people.name not in at.keys]
            if len(apart) != 1:
                raise NotCovered("a place over one of several keys")
            (key,) = apart
        of_person = key in person_keys
        member, n = self._member(m.member, key)
        if member is None and key not in at.keys:
            raise NotCovered("a place of what is not shown")
        if m.within == "me" or (m.within != "all" and not of_person):
            raise NotCovered(f"{key} within {m.within}")
        if not self.about_people((key,)) and m.within != "all":
            raise NotCovered("only people have a team")
        group = {"team": people.team, "region": people.region}.get(m.within)
        keys = self.with_id((*at.keys, *(() if key in at.keys else (key,))))
        more = tuple(k for k in (group,) if k is not None and k not in keys)
        place = replace(at, keys=(*keys, *more), scope="all", population="people")
        if group is not None and member is not None:
            own = self.org.people[member]
            team = own.team if m.within == "team" else own.region
            place = replace(place, where=(*place.where, In(field=group, values=(team,))))
        follows = {key, people.id, people.name} if of_person else {key}
        follows |= set(more)
        if of_person:
            follows |= {k for k in keys if self.about_people((k,))}
        apart_keys = [k for k in keys if k not in follows] + ([group] if group is not None else [])
        if self.about_people((key,)) and not self.about_people(keys):
            raise NotCovered("people beside what is not about people")
        inner = self.rows([m.of], place)
        at_key = place.keys.index(key)
        if of_person:
            buckets = {r[-1] for r in inner} if at.grain is not None else {None}
            active = {b: {p.id for p in self.active_people(place, b)} for b in buckets}
            inner = [
                r for r in inner if r[place.keys.index(people.id)] in active[r[-1] if at.grain is not None else None]
            ]
        elif self.about_people((key,)):  # teams and regions are those of who is there
            active_keys = {self.key_of_person(p, place.keys) for p in self.active_people(place)}
            inner = [r for r in inner if r[: len(place.keys)] in active_keys]
        inner = [r for r in inner if r[at_key] is not None]
        values = self.column(m.of, place, inner)
        apart_of = self.group(place, inner, apart_keys)
        best_first = m.of.better(self.model)
        made: Column = {}
        for row in rows:
            mine = [
                r
                for r in inner
                if (at.grain is None or r[-1] == row[-1])
                and all(r[place.keys.index(k)] == row[i] for i, k in enumerate(at.keys) if k not in follows or not n)
                and (member is None or r[at_key if not of_person else place.keys.index(people.id)] == member)
            ]
            if len(mine) != 1:
                made[row] = None
                continue
            (me,) = mine
            peers = [r for r in inner if apart_of(r) == apart_of(me)]
            numbers = sorted((number(values[r]) for r in peers if values[r] is not None), reverse=best_first)
            own = None if values[me] is None else number(values[me])
            if isinstance(m, PeerAverage) and not m.of.adds_up(self.model):
                whole = replace(place, keys=tuple(apart_keys))
                if not of_person:  # what is nobody's is no peer's
                    whole = replace(whole, where=(*whole.where, In(field=key, values=(None,), out=True)))
                made[row] = self.column(m.of, whole, [apart_of(me)])[apart_of(me)]
                continue
            made[row] = placed(m, own, numbers, best_first=best_first)
        return made

    def _member(self, member: Any, key: str) -> tuple[Any, bool]:
        assert self.people is not None
        if member is None:
            return None, False
        if key not in (self.people.id, self.people.name):
            return (self.viewer.team if key == self.people.team else self.viewer.region) if member == "@me" else (
                member
            ), True
        person = self.viewer if member == "@me" else self.org.find(str(member))
        if person is None:
            raise NotCovered("nobody of that name")
        return person.id, True

    # --- the question ------------------------------------------------------------------------------------------------

    def truth(self, predicate: Predicate, at: At, rows: list[Row]) -> dict[Row, bool | None]:
        match predicate:
            case And() | Or():
                parts = [self.truth(p, at, rows) for p in predicate.of]
                decides = isinstance(predicate, Or)
                return {
                    r: decides
                    if any(p[r] is decides for p in parts)
                    else (None if any(p[r] is None for p in parts) else not decides)
                    for r in rows
                }
            case Not():
                inner = self.truth(predicate.of, at, rows)
                return {r: None if inner[r] is None else not inner[r] for r in rows}
            case Known():
                column = self.column(predicate.of, at, rows)
                return {r: column[r] is not None for r in rows}
            case Test():
                ends = (predicate.of, predicate.value, predicate.upper)
                columns = [self.column(e, at, rows) if isinstance(e, Measure) else dict.fromkeys(rows, e) for e in ends]
                return {r: tested(predicate.op, *(c[r] for c in columns)) for r in rows}
        raise NotCovered(predicate.kind)

    def answer(self, asked: Asked) -> Reading:
        named = {n for part in asked.families() for n in self.names(part)}
        self.subjects = {n for n in named if not self.model.metrics[n].snapshot}
        where = () if asked.where is None else (asked.where,)
        keys = self.with_id(asked.fields)
        at = At(keys, asked.grain, asked.period, where=where, scope=asked.scope, population=asked.population)
        orders = [(o.by, o.descending) for o in asked.order]
        if not orders:
            orders = [(asked.grain, False)] if asked.grain is not None else [(asked.show[0], True)]
        parts: list[Measure] = list(asked.show) + [o[0] for o in orders if isinstance(o[0], Measure)]
        if asked.having is not None:
            parts += self.measures(asked.having)
        rows = self.rows(parts, at)
        shown = [self.column(m, at, rows) for m in asked.show]
        truth = dict.fromkeys(rows, True) if asked.having is None else self.truth(asked.having, at, rows)
        kept = [r for r in rows if truth[r] is True]
        if asked.limit is not None and not isinstance(orders[0][0], Measure):
            raise NotCovered("the first so many of no number")
        ranks: dict[Row, tuple[Any, ...]] = dict.fromkeys(kept, ())
        for by, descending in orders:
            column = self.column(by, at, rows) if isinstance(by, Measure) else {r: self._key(r, at, by) for r in rows}
            for r in kept:
                ranks[r] = (*ranks[r], sortable(column[r], descending=descending))
        if asked.limit is not None:
            first = self.column(orders[0][0], at, rows)
            kept = [r for r in kept if first[r] is not None and None not in r[: len(keys)]]
            per = self.with_id(
                tuple(k for k in asked.limit_per if k not in GRAINS)
            )  # two of one name have each their own
            part = self.group(replace(at, grain=None), rows, per)
            bucket = asked.grain in asked.limit_per

            def among(row: Row) -> Row:
                return (*part(row), row[-1]) if bucket else part(row)

            rivals: dict[Row, list[tuple[Any, ...]]] = {}
            for r in sorted(kept, key=lambda r: ranks[r]):
                rivals.setdefault(among(r), []).append(ranks[r])
            kept = [r for r in kept if bisect_left(rivals[among(r)], ranks[r]) < asked.limit]
        runs: dict[tuple[Any, ...], list[Row]] = {}
        for r in sorted(kept, key=lambda r: ranks[r]):
            line = tuple(self._key(r, at, b) for b in asked.by) + tuple(c[r] for c in shown)
            runs.setdefault(ranks[r], []).append(line)
        return Reading(tuple(tuple(v) for v in runs.values()))

    def _key(self, row: Row, at: At, by: Any) -> Any:
        return row[-1] if by in GRAINS else row[at.keys.index(by)]


# --- numbers ---------------------------------------------------------------------------------------------------------


def number(value: Any) -> float:
    if isinstance(value, dt.date):
        raise NotCovered("reckoning with dates")
    return float(value)


def day(value: dt.date) -> dt.date:
    return value.date() if isinstance(value, dt.datetime) else value


def over(above: Any, below: Any) -> float | None:
    return None if above is None or below is None or number(below) == 0 else number(above) / number(below)


def added(values: Iterable[Any]) -> float | None:
    numbers = [number(v) for v in values if v is not None]
    return sum(numbers) if numbers else None


def mean(values: Iterable[Any]) -> float | None:
    numbers = [number(v) for v in values if v is not None]
    return fmean(numbers) if numbers else None


def placed(m: Any, own: float | None, numbers: list[float], *, best_first: bool) -> float | None:
    """`numbers` of all peers, the best first."""
    if isinstance(m, PlaceOf):
        return len(numbers)
    if isinstance(m, PeerAverage):
        return mean(numbers)
    if own is None:
        return None
    place = 1 + sum(1 for v in numbers if (v > own if best_first else v < own))
    if isinstance(m, Place):
        return place
    if isinstance(m, PlaceTies):
        return numbers.count(own) - 1
    if m.to is not None and len(numbers) < m.to:
        return None
    if place <= (m.to or 1):
        return None
    return abs(numbers[(m.to or place - 1) - 1] - own)


def tested(op: str, value: Any, than: Any, upper: Any) -> bool | None:
    if value is None or than is None or (op == "between" and upper is None):
        return None
    value, than = number(value), number(than)
    made: dict[str, Callable[[], bool]] = {
        "lt": lambda: value < than,
        "le": lambda: value <= than,
        "gt": lambda: value > than,
        "ge": lambda: value >= than,
        "eq": lambda: value == than,
        "ne": lambda: value != than,
        "between": lambda: than <= value <= number(upper),
    }
    return made[op]()


def sortable(value: Any, *, descending: bool) -> tuple[Any, ...]:
    """n/a last either way."""
    if value is None:
        return (1,)
    if isinstance(value, dt.date):
        value = value.toordinal()
    if isinstance(value, str):
        return (0, (*(-ord(c) for c in value), 1) if descending else tuple(map(ord, value)))
    return (0, -float(value) if descending else float(value))
