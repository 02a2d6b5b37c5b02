"""A SELECT in the making: named numbers over a FROM clause, which can be wrapped into a common table expression."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlglot import exp

from metrics.errors import UnsupportedCombination
from metrics.plan.compile import nodes
from metrics.plan.compile.nodes import Node

__all__ = ["Sheet"]

Maker = Callable[[], Node]
_NAMES = {
    "a": "attainment",
    "d": "change",
    "e": "change_pct",
    "f": "benchmark",
    "k": "dimension",
    "t": "time",
    "s": "share",
}


class Sheet:
    """`put` names a number, `get` makes a new node of it; after `wrap` the same names are plain columns of a CTE."""

    def __init__(self, ctes: Sequence[tuple[str, exp.Query]], source: Node, joins: Sequence[exp.Join]) -> None:
        self._ctes = list(ctes)
        self._source = source
        self._joins = list(joins)
        self._makers: dict[str, Maker] = {}
        self.wrapped: tuple[str, ...] = ()

    def __contains__(self, name: str) -> bool:
        return name in self._makers

    def put(self, name: str, maker: Maker) -> None:
        self._makers[name] = maker

    def get(self, name: str) -> Node:
        """Raises UnsupportedCombination for a number nobody asked to be computed (attainment of a metric without
        target)."""
        maker = self._makers.get(name)
        if maker is None:
            raise UnsupportedCombination("not_computed", subject=_NAMES.get(name[0], name))
        return maker()

    def wrap(self, name: str, *, where: Node | None = None) -> None:
        """All numbers become columns of the CTE `name`."""
        self.cover(name, nodes.select([nodes.aliased(m(), n) for n, m in self._makers.items()], where=where))
        self._makers = {n: _of(n, name) for n in self._makers}

    @property
    def names(self) -> list[str]:
        return list(self._makers)

    def replace(self, ctes: Sequence[tuple[str, exp.Select]], source: str, names: Sequence[str]) -> None:
        """Further CTEs, the last of which (read from `source`) becomes the only source, with the columns `names`."""
        *before, (last, made) = ctes
        self._ctes += before
        self._source, self._joins = nodes.table(source), made.args.get("joins") or []
        self.cover(last, made)
        self._makers = {n: _of(n, last) for n in names}

    def cover(self, name: str, made: exp.Select) -> None:
        """`made`, read from this sheet's FROM clause, becomes the CTE `name` and the only source."""
        made.set("from_", exp.From(this=self._source))
        if self._joins:
            made.set("joins", self._joins)
        self._ctes.append((name, made))
        self.wrapped = (*self.wrapped, name)
        self._source, self._joins = nodes.table(name), []

    def finish(self, made: exp.Select) -> exp.Select:
        """The whole statement: `made` read from this sheet."""
        made.set("from_", exp.From(this=self._source))
        if self._joins:
            made.set("joins", self._joins)
        return nodes.cte_select(self._ctes, made)


def _of(column: str, name: str) -> Maker:
    return lambda: nodes.col(column, name)
