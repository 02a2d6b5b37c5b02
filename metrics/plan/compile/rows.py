"""FROM, JOIN and WHERE over one dataset: rows of a table with the tables they lead to, many to one, and conditions on
them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlglot import exp

from metrics.calendar.binding import Choice
from metrics.errors import CompileError, UnsupportedCombination
from metrics.plan.bound import Condition, Tree
from metrics.plan.compile import nodes
from metrics.plan.compile.nodes import Node
from metrics.plan.compile.prepared import Prepared

__all__ = [
    "ANCESTOR",
    "BUCKET_COLUMNS",
    "CLOSURE",
    "DATE_DIM",
    "Rows",
    "among",
    "choice_conditions",
]

DATE_DIM = "_calendar"  # our own; a table of days in the model may have any name
CLOSURE = "_org_closure"
ANCESTOR = "_org_closure.ancestor_id"  # stands for a field: everybody above the person a row leads to
BUCKET_COLUMNS = {
    "day": "day",
    "week": "week_start",
    "month": "month_start",
    "quarter": "quarter_start",
    "year": "year_start",
}
ONE_DAY = dt.timedelta(days=1)


class Rows:
    """Rows of `dataset` being put together: asking for a field adds the joins it needs, once. `time`: the field that
    says which day a row is about; without it that is `as_of`."""

    def __init__(self, prepared: Prepared, dataset: str, as_of: dt.date, time: str | None = None) -> None:
        self._prepared = prepared
        self._dataset = dataset
        self._as_of = as_of
        self._time = time
        self._joined: dict[str, exp.Join] = {}
        self._dated = False
        self.where: list[Node] = []

    @property
    def source(self) -> Node:
        made = self._prepared.model.datasets[self._dataset]
        return nodes.table(made.table, made.name)

    @property
    def joins(self) -> list[exp.Join]:
        return list(self._joined.values())

    def need(self, dataset: str) -> None:
        """Make a dataset's columns available."""
        path = self._prepared.path(self._dataset, dataset)
        if path is None and self._prepared.leads(self._dataset, dataset):
            self._need_history(dataset)
            return
        if path is None:
            raise UnsupportedCombination("field_unreachable", subject=dataset, fields={"from": self._dataset})
        for link in path:
            if link.target in self._joined:
                continue
            pairs = zip(link.source_columns, link.target_columns, strict=True)
            on = nodes.all_of(
                exp.EQ(
                    this=self._prepared.join_column(link.source, a, self._as_of),
                    expression=self._prepared.join_column(link.target, b, self._as_of),
                )
                for a, b in pairs
            )
            target = self._prepared.model.datasets[link.target]
            self._joined[link.target] = exp.Join(this=nodes.table(target.table, target.name), side="LEFT", on=on)

    def _need_history(self, dataset: str) -> None:
        """Of the stints of a row's person the one of its day: there is at most one."""
        people = self._prepared.model.people
        if dataset in self._joined or people is None or people.history is None:
            return
        history, as_of = people.history, self._as_of
        day = self._day(self._time) if self._time is not None else nodes.date(as_of)
        on: list[Node] = [exp.EQ(this=self.key(people.id), expression=self._prepared.field(history.person, as_of))]
        for field_id, kind in ((history.first, exp.LTE), (history.last, exp.GTE)):
            if field_id is not None:
                edge = self._prepared.field(field_id, as_of)
                made = nodes.any_of([nodes.is_null(edge), kind(this=edge.copy(), expression=day.copy())])
                on += [made] if made is not None else []
        target = self._prepared.model.datasets[dataset]
        self._joined[dataset] = exp.Join(this=nodes.table(target.table, target.name), side="LEFT", on=nodes.all_of(on))

    @property
    def dataset(self) -> str:
        return self._dataset

    def field(self, field_id: str) -> Node:
        if field_id == ANCESTOR:
            self._need_ancestors()
            return nodes.col("ancestor_id", CLOSURE)
        self.need(self._prepared.field_of(field_id).dataset)
        return self._prepared.field(field_id, self._as_of)

    def _need_ancestors(self) -> None:
        """A row once per person above its owner: every one of them has their own answer."""
        people = self._prepared.model.people
        if people is None:
            raise CompileError("no people to be above anybody")
        if CLOSURE not in self._joined:
            on = exp.EQ(this=self.key(people.id), expression=nodes.col("person_id", CLOSURE))
            self._joined[CLOSURE] = exp.Join(this=nodes.table(CLOSURE), on=on)

    def bucket(self, time: str, grain: str) -> Node:
        """The first day of the bucket that holds the time field: cut from the date where every engine cuts alike
        (months, and quarters and years that begin in January), else by the calendar table (weeks, fiscal years)."""
        day = self._day(time)
        if grain == "day":
            return day
        if grain == "month" or (grain in ("quarter", "year") and self._prepared.model.calendar.fiscal_year_start == 1):
            cut = exp.DateTrunc(this=day, unit=exp.Var(this=grain.upper()))  # type: ignore[no-untyped-call]
            return nodes.cast(cut, exp.DType.DATE)
        return nodes.col(BUCKET_COLUMNS[grain], self._date_dim(day))

    def _date_dim(self, day: Node) -> str:
        """The calendar table beside the rows, by their day."""
        if not self._dated:
            self._dated = True
            on = exp.EQ(this=day, expression=nodes.col("day", DATE_DIM))
            self._joined[DATE_DIM] = exp.Join(this=nodes.table(DATE_DIM), side="LEFT", on=on)
        return DATE_DIM

    def _day(self, time: str) -> Node:
        made = self.field(time)
        return made if self._prepared.field_of(time).datatype == "Date" else nodes.cast(made, exp.DType.DATE)

    def within(self, time: str, start: dt.date | None, end: dt.date) -> None:
        """start <= time < end, the bare column on the left so that sorted facts are skipped."""
        if start is not None:
            self.where.append(exp.GTE(this=self.field(time), expression=nodes.date(start)))
        self.where.append(exp.LT(this=self.field(time), expression=nodes.date(end)))

    def on_days(self, time: str, spans: Sequence[tuple[dt.date | None, dt.date]], only: Choice | None = None) -> None:
        """Rows of these days, of those only that the choice holds for."""
        if len(spans) == 1:
            self.within(time, *spans[0])
        else:
            made = nodes.any_of(self._span(time, *span) for span in spans)
            self.where.append(made if made is not None else exp.Boolean(this=False))
        if only is not None:
            self.where += choice_conditions(only, self._date_dim(self._day(time)))

    def _span(self, time: str, start: dt.date | None, end: dt.date) -> Node:
        ends: list[Node] = [exp.LT(this=self.field(time), expression=nodes.date(end))]
        if start is not None:
            ends.insert(0, exp.GTE(this=self.field(time), expression=nodes.date(start)))
        made = nodes.all_of(ends)
        assert made is not None
        return made

    def keep(self, condition: Condition | Tree) -> None:
        self.where.append(self._tree(condition))

    def _tree(self, made: Condition | Tree) -> Node:
        if isinstance(made, Condition):
            return self._condition(made)
        parts = [self._tree(part) for part in made.of]
        joined = nodes.all_of(parts) if made.op == "and" else nodes.any_of(parts)
        assert joined is not None
        return exp.Paren(this=joined) if isinstance(joined, exp.And) else joined

    def _condition(self, condition: Condition) -> Node:
        values = condition.values
        if condition.op == "below":
            return among(self.key(condition.field), condition)
        if condition.op == "among":
            told = nodes.select([nodes.col("k0", str(values[0]))], source=nodes.table(str(values[0])))
            return exp.In(this=self.key(condition.field), query=exp.Subquery(this=told))
        if condition.op == "in":
            return self._among(condition.field, values)
        if condition.op == "not_in":
            return self._not_among(condition.field, values)
        field = self.field(condition.field)
        if any(isinstance(v, dt.date) for v in values):
            return _dates(field, condition)
        if condition.op == "between":
            return exp.Between(this=field, low=nodes.literal(values[0]), high=nodes.literal(values[1]))
        kind = {"lt": exp.LT, "le": exp.LTE, "gt": exp.GT, "ge": exp.GTE}.get(condition.op)
        if kind is None:
            raise CompileError(f"unknown operator {condition.op}")
        return kind(this=field, expression=nodes.literal(values[0]))

    def key(self, field_id: str) -> Node:
        """A key field for a test of membership, or where every row leads to one: the foreign key when there is one,
        which saves a join."""
        held = None if field_id == ANCESTOR else self._prepared.foreign_key(self._dataset, field_id)
        if held is None:
            return self.field(field_id)
        self.need(held[0])
        return self._prepared.join_column(held[0], held[1], self._as_of)

    def _among(self, field_id: str, values: Sequence[object]) -> Node:
        listed = [v for v in values if v is not None]
        if len(listed) == len(values):
            return _any_day(self.key(field_id), listed, self._is_moment(field_id))
        parts = [nodes.is_null(self.field(field_id))]
        if listed:
            parts.insert(0, _any_day(self.field(field_id), listed, self._is_moment(field_id)))
        made = nodes.any_of(parts)
        assert made is not None
        return made

    def _not_among(self, field_id: str, values: Sequence[object]) -> Node:
        """NULL is none of the values: it stays, unless it is listed."""
        listed = [v for v in values if v is not None]
        null_kept = len(listed) == len(values)
        if not listed:
            return nodes.is_null(self.field(field_id), negated=True)
        out: Node = exp.Not(this=_any_day(self.field(field_id), listed, self._is_moment(field_id)))
        if not null_kept:
            return out
        made = nodes.any_of([out, nodes.is_null(self.field(field_id))])
        assert made is not None
        return made

    def _is_moment(self, field_id: str) -> bool:
        return field_id != ANCESTOR and self._prepared.field_of(field_id).datatype in ("DateTime", "DateTimeTz")


def among(person: Node, listed: Condition) -> Node:
    """Whether a person is one of those listed by id ("in"), or of those under somebody ("below")."""
    if listed.op == "in":
        return nodes.in_list(person, listed.values)
    below = nodes.select(
        [nodes.col("person_id", CLOSURE)],
        source=nodes.table(CLOSURE),
        where=exp.EQ(this=nodes.col("ancestor_id", CLOSURE), expression=nodes.literal(listed.values[0])),
    )
    return exp.In(this=person, query=exp.Subquery(this=below))


def choice_conditions(only: Choice, dates: str) -> list[Node]:
    """Of the days of a calendar table, those that the choice holds for."""
    made: list[Node] = []
    if only.weekdays is not None:
        made.append(nodes.in_list(nodes.col("weekday", dates), only.weekdays))
    if only.working is not None:
        worked: Node = nodes.col("is_workday", dates)
        made.append(worked if only.working else exp.Not(this=worked))
    return made


def _any_day(field: Node, values: Sequence[object], moment: bool) -> Node:
    if moment:
        field = nodes.cast(field, exp.DType.DATE)
    if len(values) == 1:
        return exp.EQ(this=field, expression=nodes.literal(values[0]))  # type: ignore[arg-type]
    return nodes.in_list(field, values)  # type: ignore[arg-type]


def _dates(field: Node, condition: Condition) -> Node:
    """Whole days, so that a moment within the last day counts as that day."""
    first, last = condition.values[0], condition.values[-1]
    assert isinstance(first, dt.date) and isinstance(last, dt.date)
    if condition.op == "between":
        made = nodes.all_of(
            [
                exp.GTE(this=field, expression=nodes.date(first)),
                exp.LT(this=field.copy(), expression=nodes.date(last + ONE_DAY)),
            ]
        )
        assert made is not None
        return made
    if condition.op in ("le", "gt"):
        kind: type[exp.LT] | type[exp.GTE] = exp.LT if condition.op == "le" else exp.GTE
        return kind(this=field, expression=nodes.date(first + ONE_DAY))
    return (exp.LT if condition.op == "lt" else exp.GTE)(this=field, expression=nodes.date(first))
