"""People, their tree, and members of dimensions, read from rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pytest
from model_workspace import MODEL, SALES, edit, write

from metrics.engines.duckdb_engine import DuckdbEngine
from metrics.model import Model, load_model
from metrics.people import Org, Person
from metrics.people.org import read_members, read_org
from metrics.people.org_tree import closure, find_cycle, unknown_managers


@dataclass(frozen=True)
class Rows:
    """A connection as an engine reads it."""

    con: duckdb.DuckDBPyConnection
    version: str = "1"
    through: Mapping[str, dt.date | None] = field(default_factory=dict)
    since: Mapping[str, dt.date] = field(default_factory=dict)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        return self.con.cursor()


def engine_over(con: duckdb.DuckDBPyConnection) -> DuckdbEngine:
    return DuckdbEngine(Rows(con))


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        con.execute(
            "CREATE TABLE reps AS SELECT * FROM (VALUES ('r1', 'Ann Li', 'chief', 'North', '安', 'ann@x.example',"
            " 'REP', DATE '2024-01-01', NULL, 'Asia/Shanghai', 'zh'), ('r2', 'Bo Wang', 'r1', 'North', NULL, NULL,"
            " NULL, NULL, DATE '2024-06-30', NULL, NULL), ('top', 'Top', 'top', NULL, NULL, NULL, 'wizard', NULL, NULL,"
            " NULL, NULL), (NULL, 'Nobody', 'r1', 'South', NULL, NULL, NULL, NULL, NULL, NULL, NULL)) t(rep_id,"
            " full_name, manager, team, nick, mail, position, hired, left_on, tz, lang)",
        )
        con.execute(
            "CREATE TABLE orders AS SELECT 'web' AS channel, 1 AS n UNION ALL SELECT 'shop', 2 UNION ALL SELECT 'web',"
            " 3 UNION ALL SELECT NULL, 4"
        )
        yield con


@pytest.fixture
def model(tmp_path: Path) -> Model:
    extra = "".join(
        f"          - {{name: {name}, expression: {{dialects: [{{dialect: ANSI_SQL, expression: {name}}}]}}}}\n"
        for name in ("nick", "mail", "position", "hired", "left_on", "tz", "lang")
    )
    people = """\
  manager: reps.manager
  email: reps.mail
  role: reps.position
  active_from: reps.hired
  active_to: reps.left_on
  timezone: reps.tz
  language: reps.lang
  aliases: [reps.nick]
"""
    text = edit(MODEL, "    relationships:\n", extra + "    relationships:\n")
    return load_model(write(tmp_path, model=text, sales=edit(SALES, "  manager: reps.manager\n", people)))


def test_people_of_rows_and_others(model: Model, con: duckdb.DuckDBPyConnection) -> None:
    org = read_org(model, engine_over(con))
    assert set(org.people) == {"r1", "r2", "top", "boss", "chief"}, "a row without an id is nobody"
    assert org.people["r1"] == Person(
        id="r1",
        name="Ann Li",
        aliases=("安",),
        email="ann@x.example",
        role="rep",
        manager_id="chief",
        team="North",
        active_from=dt.date(2024, 1, 1),
        timezone="Asia/Shanghai",
        language="zh",
    )
    assert org.people["r2"].active_to == dt.date(2024, 6, 30)
    assert org.people["top"].manager_id is None, "the head is often written as their own manager"
    assert org.people["top"].role == "rep", "an unknown role gives no rights"
    assert not org.people["boss"].sells and org.people["boss"].sees == "all"
    assert org.subtree("boss") == {"boss", "chief", "r1", "r2"}
    assert org.find("ANN@X.EXAMPLE") == org.find("安") == org.people["r1"]


def test_who_has_reports_is_a_manager_when_no_role_is_said(model: Model, con: duckdb.DuckDBPyConnection) -> None:
    con.execute("UPDATE reps SET position = NULL")
    assert {p.id: p.role for p in read_org(model, engine_over(con)).people.values() if p.sells} == {
        "r1": "manager",
        "r2": "rep",
        "top": "rep",
    }


def test_a_row_that_is_listed_in_sales_yaml_too(model: Model, con: duckdb.DuckDBPyConnection) -> None:
    con.execute("UPDATE reps SET rep_id = 'boss' WHERE rep_id = 'r2'")
    boss = read_org(model, engine_over(con)).people["boss"]
    assert (boss.name, boss.sells, boss.team) == ("Bo Wang", True, "North"), "the row"
    assert (boss.role, boss.sees) == ("lead", "all"), "what sales.yaml says"


def test_members_most_frequent_first_without_none(model: Model, con: duckdb.DuckDBPyConnection) -> None:
    assert read_members(model, engine_over(con)) == {
        "orders.channel": ("web", "shop"),
        "reps.full_name": ("Ann Li", "Bo Wang", "Nobody", "Top"),
        "reps.team": ("North", "South"),
    }
    assert read_members(model, engine_over(con), limit=1)["orders.channel"] == ("web",)


def tree(**managers: str | None) -> Org:
    return Org({p: Person(id=p, name=p, manager_id=m) for p, m in managers.items()})


def test_the_closure_holds_everybody_below_and_oneself() -> None:
    assert set(closure(tree(a=None, b="a", c="b", d=None))) == {
        ("a", "a"),
        ("a", "b"),
        ("a", "c"),
        ("b", "b"),
        ("b", "c"),
        ("c", "c"),
        ("d", "d"),
    }


@pytest.mark.parametrize(
    ("links", "cycle"),
    [
        ({"a": None, "b": "a", "c": "a"}, ()),
        ({"a": "b", "b": "a"}, ("a", "b", "a")),
        ({"x": "a", "a": "b", "b": "c", "c": "a"}, ("a", "b", "c", "a")),
        ({"a": "nobody"}, ()),
        ({}, ()),
    ],
)
def test_cycles(links: dict[str, str | None], cycle: tuple[str, ...]) -> None:
    assert find_cycle(links) == cycle


def test_managers_who_are_nobody() -> None:
    assert unknown_managers(tree(a="b", b=None, c="z").people.values()) == [("c", "z")]
