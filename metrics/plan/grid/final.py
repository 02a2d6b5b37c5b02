"""From a grid to the statement: conditions on groups, order, limit, columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from metrics.errors import UnsupportedCombination
from metrics.model.schema import Model
from metrics.plan.compile import nodes
from metrics.plan.compile.nodes import Node
from metrics.plan.grid.at import At
from metrics.plan.grid.grid import Built
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
    shown = {m: at.num(m) for m in asked.show}
    wanted = {name: shown[m] for name, m in zip(names, asked.show, strict=True)}
    columns = [_key_column(at, b) for b in asked.by]
    columns += [
        Column(name=name, role=m.plays(), of=m.subject(), unit=m.unit(model))
        for name, m in zip(names, asked.show, strict=True)
    ]
    wished = asked.order or _natural(asked, model)
    order = [(_by(at, o.by, shown), o.descending) for o in wished]
    if asked.having is not None:
        wanted["_holds"] = holds(at, asked.having)
    measured = [(n, d) for n, d in order if isinstance(n, Num)]
    for i, (number, _) in enumerate(measured):
        wanted[f"_order{i}"] = number
    if asked.limit is not None:
        wanted["_place"] = _place(asked, at, order, wanted.get("_holds"))
    flat = asked.having is not None or asked.limit is not None
    at.grid.shown = None if flat else _shown_early(asked, at, order, wanted)
    wanted |= at.world.remarks.columns
    built = at.grid.build(wanted, flat=flat)
    conditions: list[Node] = []
    if asked.having is not None:
        conditions.append(exp.Paren(this=built.columns["_holds"]()))
    if asked.limit is not None:
        conditions += _competes(asked, at, built, order)
    outputs = [nodes.aliased(built.columns[_key(asked, b)](), b) for b in asked.by]
    outputs += [nodes.aliased(built.columns[name](), name) for name in (*names, *at.world.remarks.columns)]
    told = _ordered(asked, at, wished, order, built.columns, names)
    tree = built.select(outputs, where=conditions, order=told, limit=at.world.most)
    return Statement(nodes.cte_select(at.world.ctes, tree), tuple(columns))


def _by(at: At, by: str | Measure, shown: Mapping[Measure, Num]) -> Num | str:
    return by if isinstance(by, str) else shown[by] if by in shown else at.num(by)


def _shown_early(
    asked: Asked, at: At, order: Sequence[tuple[Num | str, bool]], wanted: Mapping[str, Num]
) -> Shown | None:
    """Which rows of a grid over time are shown, where all of them are, that follows from their keys and buckets alone
    and no number is taken from another row: the others need not be worked out."""
    alone = all(n.layer == 0 and not n.windowed for n in wanted.values())
    employed = at.grid.peers is not None and at.grid.peers.active is not None  # who is there differs by bucket
    if at.world.most is None or asked.grain is None or not at.keys or not alone or employed:
        return None
    if any(not isinstance(by, str) for by, _ in order):
        return None
    asked_for = [(_key(asked, str(by)), descending) for by, descending in order]
    rest = ["t", *(f"k{i}" for i in range(len(at.keys)))]
    return (*asked_for, *((c, False) for c in rest if c not in dict(asked_for))), at.world.most


def _place(asked: Asked, at: At, order: Sequence[tuple[Num | str, bool]], having: Num | None) -> Num:
    """The place of each row among those of its part: what is level with the last one kept is kept too. What does not
    meet the condition competes for no place; nor, where it is by a number, what is nobody ("(none)") or has none. These
    come after all that compete, so which places they have does not matter."""
    grid = at.grid
    numbers = [n for n, _ in order if isinstance(n, Num)]
    conditions = [having] if having is not None else []
    leading = order[0][0] if order else None
    people = at.world.model.people
    if isinstance(leading, Num) and people is not None and people.id in at.keys and not at.open:
        # the best of oneself alone would pass for the best of all
        at.world.sight.folded((*at.where, *at.scope), at.world.windows.active(at.window))

    def place(layer: int, *parts: Node) -> Node:
        values, runs = iter(parts[: len(numbers)]), parts[len(numbers) :]
        within = [grid.bucket(layer) if b in GRAINS else grid.key(b, layer) for b in _of_each(asked, at)]
        by = [nodes.ordered(exp.Paren(this=run), descending=True) for run in runs]
        for i, (what, descending) in enumerate(order):
            value = next(values) if isinstance(what, Num) else _group(at, what, layer)
            somebody = nodes.all_of(nodes.is_null(grid.key(k, layer), negated=True) for k in at.keys)
            if i == 0 and isinstance(what, Num) and somebody is not None:
                value = exp.Case(ifs=[exp.If(this=somebody, true=value)])
            by.append(nodes.ordered(value, descending=descending))
        return nodes.window(exp.Rank(), by=within, order=by or [nodes.ordered(nodes.number(1))])

    return at.over_rows(place, *numbers, *conditions)


def _competes(asked: Asked, at: At, built: Built, order: Sequence[tuple[Num | str, bool]]) -> list[Node]:
    """What has one of the first places, of a grid that was built flat."""
    first = exp.LTE(this=built.columns["_place"](), expression=nodes.number(asked.limit or 0))
    if not order or not isinstance(order[0][0], Num):
        return [first]
    known = [f"k{i}" for i in range(len(at.keys))]
    if not nodes.never_null(order[0][0].make()):
        known.append("_order0")
    return [*(nodes.is_null(built.columns[n](), negated=True) for n in known), first]


def _natural(asked: Asked, model: Model) -> tuple[Order, ...]:
    """Buckets in their order, else the first measure that is no text, largest first."""
    if asked.grain is not None:
        return (Order(by=asked.grain, descending=False),)
    told = next((m for m in asked.show if m.unit(model) != "text"), None) if asked.fields else None
    return (Order(by=told),) if told is not None else ()


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
    asked: Asked,
    at: At,
    wished: Sequence[Order],
    order: Sequence[tuple[Num | str, bool]],
    columns: Mapping[str, Callable[[], Node]],
    names: Sequence[str],
) -> list[exp.Ordered]:
    """As wished, then by buckets and keys, so that equal rows always come in one order. By the name of a column that is
    shown, where it is the only one of that name."""
    shown = dict(zip(asked.show, names, strict=True))
    called = {_key(asked, b): b for b in asked.by}
    once = Counter(n.casefold() for n in (*asked.by, *names))
    made: list[exp.Ordered] = []
    used: set[str] = set()

    def put(column: str, name: str | None, *, descending: bool = False) -> None:
        used.add(column)
        by = columns[column]() if name is None or once[name.casefold()] > 1 else nodes.col(name)
        made.append(nodes.ordered(by, descending=descending))

    number = 0
    for (by, descending), wish in zip(order, wished, strict=True):
        if isinstance(by, str):
            put(_key(asked, by), by, descending=descending)
        else:
            put(f"_order{number}", shown.get(wish.by) if isinstance(wish.by, Measure) else None, descending=descending)
            number += 1
    rest = [f"k{i}" for i in range(len(at.keys))]
    for column in ["t", *rest] if asked.grain is not None else rest:
        if column not in used:
            put(column, called.get(column))
    return made


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
