"""From a grid to the statement: conditions on groups, order, limit, columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from metrics.errors import UnsupportedCombination
from metrics.model.schema import Model
from metrics.plan.compile import nodes
from metrics.plan.compile.nodes import Node
from metrics.plan.grid.at import At
from metrics.plan.grid.num import Num
from metrics.plan.grid.spine import Shown
from metrics.query.answer import Column
from metrics.query.asked import GRAINS, Asked, Order
from metrics.query.measure import Measure
from metrics.query.predicate import And, Compare, In, Known, Not, Or, Predicate, Test, Whose, Within

__all__ = ["Statement", "holds", "statement"]

NO_NUMBERS = ("date", "text")  # units
OPS: dict[str, type[exp.Binary]] = {
    "lt": exp.LT,
    "le": exp.LTE,
    "gt": exp.GT,
    "ge": exp.GTE,
    "eq": exp.EQ,
    "ne": exp.NEQ,
}


def holds(at: At, having: Predicate) -> Num:
    """Whether it holds of each group, n/a where that cannot be told. Raises UnsupportedCombination for a condition on
    rows."""
    if isinstance(having, Not):
        return at.rowwise(lambda inner: exp.Not(this=exp.Paren(this=inner)), holds(at, having.of))
    if isinstance(having, And | Or):
        join = exp.And if isinstance(having, And) else exp.Or
        return at.rowwise(_joined(join), *(holds(at, p) for p in having.of))
    if isinstance(having, Test):
        return _tested(at, having)
    if isinstance(having, Known):
        return at.rowwise(lambda v: nodes.is_null(exp.Paren(this=v), negated=True), at.num(having.of))
    if isinstance(having, In | Compare | Whose | Within):
        raise UnsupportedCombination("row_condition_on_groups", subject=having.field)
    raise UnsupportedCombination("group_condition", subject=having.kind)


def _joined(join: type[exp.And] | type[exp.Or]) -> Callable[..., Node]:
    def make(*parts: Node) -> Node:
        made: Node = exp.Paren(this=parts[0])
        for part in parts[1:]:
            made = join(this=made, expression=exp.Paren(this=part))
        return made

    return make


def _tested(at: At, test: Test) -> Num:
    model = at.world.model
    if test.of.unit(model) in NO_NUMBERS and not isinstance(test.value, Measure):
        raise UnsupportedCombination("not_a_number", subject=test.of.subject())
    for other in (test.value, test.upper):
        if isinstance(other, Measure) and other.unit(model) != test.of.unit(model):
            fields = {"other": other.unit(model)}
            raise UnsupportedCombination("units_differ", subject=test.of.unit(model), fields=fields)
    ends = [v for v in (test.value, test.upper) if v is not None]
    others = [at.num(v) if isinstance(v, Measure) else at.constant(v) for v in ends]
    value = at.num(test.of)
    if test.op == "between":
        return at.rowwise(lambda v, low, high: exp.Between(this=exp.Paren(this=v), low=low, high=high), value, *others)
    kind = OPS[test.op]
    return at.rowwise(lambda v, other: kind(this=exp.Paren(this=v), expression=exp.Paren(this=other)), value, *others)


@dataclass(frozen=True)
class Statement:
    """A tree, and what its columns are."""

    tree: exp.Select
    columns: tuple[Column, ...]


def statement(asked: Asked, at: At) -> Statement:
    """The whole question over its grid. Raises UnsupportedCombination."""
    model = at.world.model
    names = _names(asked)
    wanted = {name: at.num(m) for name, m in zip(names, asked.show, strict=True)}
    columns = [_key_column(at, b) for b in asked.by]
    columns += [
        Column(name=name, role=m.role, of=m.subject(), unit=m.unit(model))
        for name, m in zip(names, asked.show, strict=True)
    ]
    wished = asked.order or _natural(asked, model)
    order = [(at.num(o.by) if isinstance(o.by, Measure) else o.by, o.descending) for o in wished]
    kept: list[str] = []
    if asked.having is not None:
        wanted["_holds"] = holds(at, asked.having)
        kept.append("_holds")
    measured = [(n, d) for n, d in order if isinstance(n, Num)]
    for i, (number, _) in enumerate(measured):
        wanted[f"_order{i}"] = number
    if asked.limit is not None:
        wanted |= _superlative(asked, at, order, wanted.get("_holds"))
        kept += [name for name in ("_competes", "_place") if name in wanted]
    at.grid.shown = _shown_early(asked, at, order, wanted, kept)
    wanted |= at.world.remarks.columns
    built = at.grid.build(wanted, flat=bool(kept))
    conditions: list[Node] = []
    for name in kept:
        cell = built.columns[name]()
        conditions.append(
            exp.Paren(this=cell) if name != "_place" else exp.LTE(this=cell, expression=nodes.number(asked.limit or 0))
        )
    outputs = [nodes.aliased(built.columns[_key(asked, b)](), b) for b in asked.by]
    outputs += [nodes.aliased(built.columns[name](), name) for name in (*names, *at.world.remarks.columns)]
    limits = [asked.limit if "_place" not in wanted else None, at.world.most]
    plain = min((n for n in limits if n is not None), default=None)
    tree = nodes.select(
        outputs,
        source=built.source,
        joins=built.joins,
        where=nodes.all_of(conditions),
        order=_ordered(asked, at, order, built.columns),
        limit=plain,
    )
    return Statement(nodes.cte_select(at.world.ctes, tree), tuple(columns))


def _shown_early(
    asked: Asked, at: At, order: Sequence[tuple[Num | str, bool]], wanted: Mapping[str, Num], kept: Sequence[str]
) -> Shown | None:
    """Which rows of a grid over time are shown, where that follows from their keys and buckets alone and no number is
    taken from another row: the others need not be worked out."""
    alone = not kept and all(n.layer == 0 and not n.windowed for n in wanted.values())
    employed = at.grid.peers is not None and at.grid.peers.active is not None  # who is there differs by bucket
    if at.world.most is None or asked.grain is None or not at.keys or not alone or employed:
        return None
    if any(not isinstance(by, str) for by, _ in order):
        return None
    asked_for = [(_key(asked, str(by)), descending) for by, descending in order]
    rest = ["t", *(f"k{i}" for i in range(len(at.keys)))]
    return (*asked_for, *((c, False) for c in rest if c not in dict(asked_for))), at.world.most


def _superlative(asked: Asked, at: At, order: Sequence[tuple[Num | str, bool]], having: Num | None) -> dict[str, Num]:
    """The place of each row among those of its part: what is level with the last one kept is kept too. What does not
    meet the condition competes for no place; nor, where it is by a number, what is nobody ("(none)") or has none."""
    grid = at.grid
    numbers = [n for n, _ in order if isinstance(n, Num)]
    leading = order[0][0] if order else None
    people = at.world.model.people
    if isinstance(leading, Num) and people is not None and people.id in at.keys and not at.open:
        # the best of oneself alone would pass for the best of all
        at.world.sight.folded((*at.where, *at.scope), at.world.windows.active(at.window))

    def competes(layer: int, *parts: Node) -> Node:
        known: list[Node] = []
        if isinstance(leading, Num):
            known += [nodes.is_null(grid.key(k, layer), negated=True) for k in at.keys]
            known.append(nodes.is_null(exp.Paren(this=parts[0]), negated=True))
            parts = parts[1:]
        known += [exp.Paren(this=p) for p in parts]
        made = nodes.all_of(known)
        return made if made is not None else exp.Boolean(this=True)

    firsts = [*([leading] if isinstance(leading, Num) else []), *([having] if having is not None else [])]
    level = max((n.layer for n in firsts), default=0)
    lifted = [grid.lift(n, level) for n in firsts]
    runs = Num(lambda: competes(level, *(n.make() for n in lifted)), level, any(n.windowed for n in lifted))

    def place(layer: int, run: Node, *values: Node) -> Node:
        within: list[Node] = [run]
        within += [grid.bucket(layer) if b in GRAINS else grid.key(b, layer) for b in _of_each(asked, at)]
        told = iter(values)
        by = [nodes.ordered(next(told) if isinstance(n, Num) else _group(at, n, layer), descending=d) for n, d in order]
        return nodes.window(exp.Rank(), by=within, order=by or [nodes.ordered(nodes.number(1))])

    return {"_competes": runs, "_place": at.over_rows(place, runs, *numbers)}


def _natural(asked: Asked, model: Model) -> tuple[Order, ...]:
    """Buckets in their order, else the first measure that is no text, largest first."""
    if asked.grain is not None:
        return (Order(by=asked.grain, descending=False),)
    told = [m for m in asked.show if m.unit(model) != "text"]
    return (Order(by=told[0]),) if told and asked.fields else ()


def _of_each(asked: Asked, at: At) -> tuple[str, ...]:
    """`limit_per`; two people of one name stay two."""
    people = at.world.model.people
    if people is not None and people.name in asked.limit_per and people.id in at.keys:
        return (*asked.limit_per, people.id)
    return asked.limit_per


def _group(at: At, by: str, layer: int) -> Node:
    if by in GRAINS:
        return at.grid.bucket(layer)
    if by not in at.keys:
        raise UnsupportedCombination("not_broken_down_by", subject=by)
    return at.grid.key(by, layer)


def _ordered(
    asked: Asked, at: At, order: Sequence[tuple[Num | str, bool]], columns: Mapping[str, Callable[[], Node]]
) -> list[exp.Ordered]:
    """As wished, then by buckets and keys, so that equal rows always come in one order."""
    made: list[exp.Ordered] = []
    used: set[str] = set()
    number = 0
    for by, descending in order:
        name = by if isinstance(by, str) else f"_order{number}"
        number += not isinstance(by, str)
        column = _key(asked, name) if isinstance(by, str) else name
        used.add(column)
        made.append(nodes.ordered(columns[column](), descending=descending))
    rest = [f"k{i}" for i in range(len(at.keys))]
    rest = ["t", *rest] if asked.grain is not None else rest
    return made + [nodes.ordered(columns[name]()) for name in rest if name not in used]


def _key(asked: Asked, by: str) -> str:
    if by in GRAINS:
        return "t"
    if by not in asked.fields:
        raise UnsupportedCombination("not_broken_down_by", subject=by)
    return f"k{asked.fields.index(by)}"


def _key_column(at: At, by: str) -> Column:
    if by in GRAINS:
        return Column(name=by, role="time", of=by, unit="text")
    field = at.world.model.fields[by]
    kinds = {"Date": "date", "Integer": "number", "Decimal": "number", "Float": "number"}
    return Column(name=by, role="dimension", of=by, unit=field.unit or kinds.get(field.datatype or "", "text"))


def _names(asked: Asked) -> list[str]:
    """One for each measure, as it calls itself; a second of the same name is numbered."""
    taken = len(asked.by)
    made = list(asked.by)
    for measure in asked.show:
        label, number = measure.label(), 2
        while label in made:
            label, number = f"{measure.label()}_{number}", number + 1
        made.append(label)
    return made[taken:]
