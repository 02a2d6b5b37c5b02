"""A measure of every member of something, made into one number: the average per rep, the best month, the sum of the top
ten customers, how many are below a number."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator
from sqlglot import exp

from metrics.errors import UnsupportedCombination
from metrics.kinds.arithmetic import check_number
from metrics.model.schema import Model
from metrics.plan.compile import nodes
from metrics.plan.compile.nodes import Node
from metrics.plan.grid.at import At
from metrics.plan.grid.final import holds
from metrics.plan.grid.grid import Built
from metrics.plan.grid.num import Num
from metrics.query.answer import Role
from metrics.query.asked import GRAINS
from metrics.query.measure import Measure, made_of
from metrics.query.predicate import Predicate

__all__ = ["Across", "CountOf", "fold"]

HOW: dict[str, type[exp.AggFunc]] = {
    "average": exp.Avg,
    "sum": exp.Sum,
    "highest": exp.Max,
    "lowest": exp.Min,
    "median": exp.Median,
}


def _finer(at: At, over: str) -> At:
    """The place with every member of `over`, a field or a grain."""
    if over in GRAINS:
        if at.grain is not None:
            raise UnsupportedCombination("buckets_in_buckets", subject=over)
        return at.finer(at.keys, over)
    if over in at.keys:
        raise UnsupportedCombination("folded_over_key", subject=over)
    people = at.world.model.people
    if people is None or over not in (people.id, people.name):
        return at.finer((*at.keys, over), at.grain)
    if not at.open:
        at.world.sight.folded((*at.where, *at.scope), at.world.windows.active(at.window))
    two = (over,) if over == people.id or people.id in at.keys else (over, people.id)  # of one name
    return at.finer((*at.keys, *two), at.grain)


def _list_records(at: At, inner: At) -> None:
    """Where nothing says who is there but the records that are folded, everything is that they belong to."""
    at.grid.records = at.grid.records or inner.grid.records


def fold(at: At, inner: At, make: Node, where: list[Node], built: Built) -> Num:
    """A number made of those of a finer grid: one row for each row of the place."""
    world, grid, layer = at.world, inner.grid, built.layer
    keys: list[Node] = [grid.key(k, layer) for k in at.keys]
    keys += [grid.bucket(layer)] if at.grain is not None else []
    names = [f"k{i}" for i in range(len(at.keys))] + (["t"] if at.grain is not None else [])
    outputs: list[Node] = [nodes.aliased(k, n) for k, n in zip(keys, names, strict=True)]
    table = world.name("f")
    folded = built.select([*outputs, nodes.aliased(make, "value")], where=where, group=[k.copy() for k in keys])
    world.ctes.append((table, folded))
    return at.beside(table, "value")


class Across(Measure):
    """`of` for every member of `over` (a field, or a grain: of every month), folded. `top`: only the so many highest;
    `having`: only those of which it holds. `part`: of a percentile, the number below which that part of the members lie
    (0.9), between two of them in proportion. Members without a number count for nothing; people without rows have one,
    0."""

    kind: ClassVar[str] = "across"
    of_its_rows: ClassVar[bool] = True
    of: Measure
    over: str
    how: Literal["average", "sum", "highest", "lowest", "median", "percentile"] = "average"
    part: float | None = Field(default=None, gt=0, lt=1)
    top: int | None = Field(default=None, ge=1, le=1000)
    having: Predicate | None = None

    def num(self, at: At) -> Num:
        check_number(self.of.unit(at.world.model), self.subject())
        at.present(self.of)
        inner = _finer(at, self.over)
        value = inner.num(self.of)
        _list_records(at, inner)
        if self.having is not None:
            value = inner.rowwise(
                lambda v, held: exp.Case(ifs=[exp.If(this=held, true=v)]), value, holds(inner, self.having)
            )
        wanted = {"value": value}
        if self.top is not None:
            wanted["place"] = inner.over_rows(self._place(at, inner), value)
        built = inner.grid.build(wanted, flat=True)
        cell = built.columns["value"]()
        folded = self._folded(cell)
        member = inner.grid.bucket(built.layer) if self.over in GRAINS else inner.grid.key(self.over, built.layer)
        # "(none)" is nobody, but adds to a sum
        kept = [nodes.is_null(member, negated=True)] if self.how != "sum" or self.top is not None else []
        if self.top is not None:
            kept.append(exp.LTE(this=built.columns["place"](), expression=nodes.number(self.top)))
        return fold(at, inner, folded, kept, built)

    def _folded(self, cell: Node) -> Node:
        if self.how == "percentile":
            return exp.PercentileCont(
                this=nodes.cast(cell, exp.DType.DOUBLE), expression=nodes.number(self.part or 0.5)
            )
        return HOW[self.how](this=nodes.cast(cell, exp.DType.DOUBLE) if self.how == "median" else cell)

    @model_validator(mode="after")
    def _part_of_percentile(self) -> Self:
        if (self.how == "percentile") != (self.part is not None):
            raise ValueError("a percentile, and nothing else, takes a part")
        return self

    def _place(self, at: At, inner: At):  # type: ignore[no-untyped-def]
        def place(layer: int, value: Node) -> Node:
            within = [inner.grid.key(k, layer) for k in at.keys]
            within += [inner.grid.bucket(layer)] if at.grain is not None else []
            member = inner.grid.bucket(layer) if self.over in GRAINS else inner.grid.key(self.over, layer)
            nobody = nodes.is_null(member.copy())
            order = [nodes.ordered(nobody), nodes.ordered(value, descending=True), nodes.ordered(member)]
            return nodes.window(exp.RowNumber(), by=within, order=order)

        return place

    def unit(self, model: Model) -> str:
        return self.of.unit(model)

    def label(self) -> str:
        return f"{self.of.label()}_{self.how}"

    def adds_up(self, model: Model) -> bool:
        return False


class CountOf(Measure):
    """How many members of `over` there are of which `having` holds (None: all who are there). "(none)" is nobody to
    count."""

    kind: ClassVar[str] = "count_of"
    of_its_rows: ClassVar[bool] = True
    role: ClassVar[Role] = "count"
    over: str
    having: Predicate | None = None
    of: Measure | None = None  # what it is about, where that is not said by `having`

    def num(self, at: At) -> Num:
        about = list(made_of(self))
        at.present(*about)
        inner = _finer(at, self.over)
        for measure in about:  # whose rows say who is there
            inner.num(measure)
        _list_records(at, inner)
        truth = holds(inner, self.having) if self.having is not None else Num(lambda: exp.Boolean(this=True))
        built = inner.grid.build({"holds": truth}, flat=True)
        member = inner.grid.bucket(built.layer) if self.over in GRAINS else inner.grid.key(self.over, built.layer)
        counted = nodes.all_of([exp.Paren(this=built.columns["holds"]()), nodes.is_null(member, negated=True)])
        made = exp.Count(this=exp.Case(ifs=[exp.If(this=counted, true=nodes.number(1))]))
        folded = fold(at, inner, made, [], built)
        return at.rowwise(nodes.coalesce, folded)

    def unit(self, model: Model) -> str:
        return "count"

    def label(self) -> str:
        return f"{self.over.rpartition('.')[2]}_count"
