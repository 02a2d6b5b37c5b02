"""What is wrapped to its viewer: every table that a statement reads, as sqlglot's own scopes see it."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlglot
from sqlglot import exp
from sqlglot.optimizer.scope import traverse_scope

import metrics.telling
from metrics import Metrics
from metrics.errors import PolicyError, UserError
from metrics.plan.compile.prepared import Prepared
from metrics.policy import restrict
from metrics.policy.sight import Visible

sys.path.append(str(Path(__file__).parent.parent / "algebra"))
from algebra import answered
from random_questions import Questions
from test_random import AS_OF, VIEWERS

OPEN = {"_calendar", "_org_closure"}


@pytest.fixture(scope="module")
def demo(demo_workspace: Path) -> Iterator[Metrics]:
    made = Metrics.open(demo_workspace)
    yield made
    made.close()


def by_scopes(tree: exp.Expr) -> Counter[int]:
    sources = (source for scope in traverse_scope(tree) for source in scope.sources.values())
    return Counter(id(source) for source in sources if isinstance(source, exp.Table) and source.name not in OPEN)


def test_statements_of_random_questions(demo: Metrics, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at = 0

    def checked(tree: exp.Select, rows: Visible | None, *, prepared: Prepared, **more: Any) -> exp.Select:
        nonlocal looked_at
        before = [t for t in tree.find_all(exp.Table) if id(t) in by_scopes(tree)]
        made = restrict(tree, rows, prepared=prepared, **more)
        if rows is not None:
            opened: Collection[str] = more.get("open_tables", ())
            for source in before:
                inside = source.find_ancestor(exp.CTE)
                if not prepared.owners[prepared.datasets_by_table[source.name]]:
                    continue
                assert source.parent is None or (inside is not None and inside.alias in opened)  # replaced
                looked_at += 1
        return made

    monkeypatch.setattr(metrics.telling, "restrict", checked)
    questions = Questions(demo.model, demo.members, AS_OF["demo"], 31)
    for _ in range(80):
        try:
            answered(demo, questions.question(), demo.org.people[VIEWERS["demo"]], AS_OF["demo"])
        except UserError:
            continue
    assert looked_at > 40


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 FROM x.pg_catalog",
        "SELECT (SELECT MAX(a) FROM secrets) FROM _calendar",
        "SELECT 1 FROM _calendar WHERE EXISTS (SELECT 1 FROM secrets)",
        "SELECT 1 FROM _calendar WHERE day IN (SELECT a FROM secrets)",
        "SELECT 1 FROM _calendar JOIN secrets ON TRUE",
        "WITH a AS (SELECT 1 FROM secrets) SELECT 1 FROM a",
        "WITH a AS (SELECT 1 AS b UNION ALL SELECT b FROM secrets) SELECT 1 FROM a",
        "SELECT SUM((SELECT 1 FROM secrets)) OVER (ORDER BY (SELECT 1 FROM secrets)) FROM _calendar",
        "SELECT CASE WHEN 1 = (SELECT 1 FROM secrets) THEN 1 END FROM _calendar",
        "SELECT day FROM _calendar ORDER BY (SELECT 1 FROM secrets) LIMIT 1",
    ],
)
def test_a_table_of_no_dataset_is_found_wherever_it_stands(demo: Metrics, sql: str) -> None:
    everybody, prepared = Visible(frozenset(demo.org.people)), Prepared(demo.model)
    for rows in (None, everybody):
        tree = sqlglot.parse_one(sql, dialect="duckdb")
        assert isinstance(tree, exp.Select)
        with pytest.raises(PolicyError, match="belongs to no dataset"):
            restrict(tree, rows, prepared=prepared)


def test_a_name_of_a_table_is_the_table_whatever_else_is_called_so(demo: Metrics) -> None:
    prepared = Prepared(demo.model)
    table = next(t for t, d in prepared.datasets_by_table.items() if prepared.owners.get(d))
    tree = sqlglot.parse_one(f'SELECT 1 FROM (WITH "{table}" AS (SELECT 1) SELECT 1) JOIN "{table}" ON TRUE')
    assert isinstance(tree, exp.Select)
    made = restrict(tree, Visible(frozenset({"nobody"})), prepared=prepared).sql()
    assert made.count("'nobody'") == 1
