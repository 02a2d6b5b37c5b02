"""The decision enforced on the finished tree: every real table is wrapped, a table without a rule is an error."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator

from sqlglot import exp

from metrics.errors import PolicyError
from metrics.plan.compile import nodes
from metrics.plan.compile.prepared import Prepared
from metrics.plan.compile.rows import CLOSURE, DATE_DIM
from metrics.policy.sight import LISTED, Visible

__all__ = ["restrict"]

# holding names, types and values only; None, texts and flags are passed over as quickly
_LEAVES: frozenset[type[object]] = frozenset(
    {exp.Literal, exp.Identifier, exp.Column, exp.DataType, exp.Null, exp.Boolean, str, bool, type(None)}
)
_SOUGHT = (exp.Table, exp.CTE)
_OPEN_TABLES = frozenset({DATE_DIM, CLOSURE})


def restrict(
    tree: exp.Select,
    rows: Visible | None,
    *,
    prepared: Prepared,
    unowned: bool = False,
    open_tables: Collection[str] = (),
) -> exp.Select:
    """Wrap every real table of the tree into (SELECT * FROM table WHERE owner may be seen). Changes and returns `tree`.

    Inside the common table expressions `open_tables` everybody's rows are read: only what the plan takes from them
    leaves the statement. `rows` None: everything may be seen, and nothing needs wrapping; a table without a rule is
    refused all the same. `unowned`: it may, because no row is anybody's; the finished tree has to bear that out.
    Raises PolicyError for a table of no dataset, of a dataset without a rule, or of somebody's rows in an unowned
    tree."""
    for source in _real_tables(tree, prepared.datasets_by_table):
        dataset = prepared.datasets_by_table.get(source.name)
        if dataset is None:
            raise PolicyError(f"the table {source.name!r} belongs to no dataset")
        owner = prepared.owners.get(dataset)
        if owner is None:
            raise PolicyError(f"the dataset {dataset!r} has no access rule")
        if owner and unowned:
            raise PolicyError(f"the rows of {dataset!r} belong to people, and the query was taken to read none")
        if owner and rows is not None and not (open_tables and _inside(source, open_tables)):
            _wrap(source, dataset, owner, rows, prepared)
    return tree


def _inside(source: exp.Table, open_tables: Collection[str]) -> bool:
    made = source.find_ancestor(exp.CTE)
    return made is not None and made.alias in open_tables


def _real_tables(tree: exp.Select, known: Collection[str]) -> list[exp.Table]:
    """Every table that is no name of a common table expression. A name that is both that of a known table and of a
    common table expression counts as the table: wherever the one or the other would be read, it is wrapped."""
    found = list(_tables_and_ctes(tree))
    made = {node.alias for node in found if isinstance(node, exp.CTE)}.difference(known)
    return [n for n in found if isinstance(n, exp.Table) and n.name not in _OPEN_TABLES and n.name not in made]


def _tables_and_ctes(tree: exp.Select) -> Iterator[exp.Table | exp.CTE]:
    """Wherever they stand: what is passed over holds nothing."""
    todo: list[exp.Expr] = [tree]
    leaves = _LEAVES
    while todo:
        node = todo.pop()
        if isinstance(node, _SOUGHT):
            yield node
        for value in node.args.values():
            kind = type(value)
            if kind in leaves:
                continue
            if kind is list:
                todo += [v for v in value if type(v) not in leaves and isinstance(v, exp.Expr)]
            elif isinstance(value, exp.Expr):
                todo.append(value)


def _wrap(source: exp.Table, dataset: str, owner: str, rows: Visible, prepared: Prepared) -> None:
    inner = nodes.select(
        [exp.Star()],
        source=nodes.table(source.name, dataset),
        where=_owner_condition(dataset, owner, rows, prepared),
    )
    source.replace(exp.Subquery(this=inner, alias=exp.TableAlias(this=nodes.ident(source.alias_or_name))))


def _owner_condition(dataset: str, owner: str, rows: Visible, prepared: Prepared) -> nodes.Node:
    """The owner is one of the visible people; an owner held by another table is looked up there, one link at a time."""
    home = prepared.field_of(owner).dataset
    path = prepared.path(dataset, home)
    if path is None:
        raise PolicyError(f"{dataset!r} does not lead to its owner {owner!r}")
    as_of = dt.date.min
    if not path:
        return _is_visible(prepared.field(owner, as_of), rows)
    link = path[0]
    if len(link.source_columns) != 1:
        raise PolicyError(f"{dataset!r} leads to its owner over a key of several columns")
    target = prepared.model.datasets[link.target]
    keys = nodes.select(
        [prepared.join_column(link.target, link.target_columns[0], as_of)],
        source=nodes.table(target.table, target.name),
        where=_owner_condition(link.target, owner, rows, prepared),
    )
    return exp.In(this=prepared.join_column(dataset, link.source_columns[0], as_of), query=exp.Subquery(this=keys))


def _is_visible(owner: nodes.Node, rows: Visible) -> nodes.Node:
    if rows.root is not None and len(rows.people) > LISTED:
        below = nodes.select(
            [nodes.col("person_id", CLOSURE)],
            source=nodes.table(CLOSURE),
            where=exp.EQ(this=nodes.col("ancestor_id", CLOSURE), expression=nodes.text(rows.root)),
        )
        return exp.In(this=owner, query=exp.Subquery(this=below))
    if len(rows.people) == 1:  # told apart quicker than a list of one
        return exp.EQ(this=owner, expression=nodes.text(next(iter(rows.people))))
    return nodes.in_list(owner, sorted(rows.people))
