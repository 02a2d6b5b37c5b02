"""People from two tables: who sells in one, who leads them in another."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from model_workspace import MODEL, SALES, SOURCES, edit, line_of, write

from metrics import Asked, Metrics
from metrics.ingest import load
from metrics.kinds.metric import Metric
from metrics.model import check_workspace
from metrics.people import Audience, Viewer

BOSSES = """\
      - name: bosses
        source: bosses
        primary_key: [boss_id]
        fields:
          - name: boss_id
            expression: {dialects: [{dialect: ANSI_SQL, expression: boss_id}]}
            datatype: String
          - name: called
            expression: {dialects: [{dialect: ANSI_SQL, expression: called}]}
            datatype: String
          - name: above
            expression: {dialects: [{dialect: ANSI_SQL, expression: above}]}
            datatype: String
          - name: mail
            expression: {dialects: [{dialect: ANSI_SQL, expression: mail}]}
            datatype: String
    relationships:
"""
TABLE = """\
  bosses:
    path: bosses.csv
    key: [boss_id]
    columns: {boss_id: {type: text}, called: {type: text}, above: {type: text}, mail: {type: text}}
"""
MORE = """\
  more:
    - {dataset: bosses, id: bosses.boss_id, name: bosses.called, manager: bosses.above, email: bosses.mail}
  others:
    - {id: boss, role: lead, sees: all}
"""
ROWS = (
    "boss_id,called,above,mail\nchief,Cleo Chief,top,cleo@shop.example\ntop,Tom Top,,\nr1,Anna Lee,,ann@shop.example\n"
)
FILES = {"bosses.csv": ROWS}


def workspace(folder: Path, rows: str = ROWS, sales: str | None = None) -> Path:
    old = SALES[SALES.index("  others:") : SALES.index("calendar:")]
    said = edit(edit(SALES, old, MORE), "public: [reps]", "public: [reps, bosses]") if sales is None else sales
    model = edit(MODEL, "    relationships:\n", BOSSES)
    return write(folder, model=model, sales=said, sources=SOURCES + TABLE, files={"bosses.csv": rows})


def test_everybody_is_known_once(tmp_path: Path) -> None:
    folder = workspace(tmp_path)
    assert check_workspace(folder, env={}) == []
    assert load(folder, env={}).swapped
    metrics = Metrics.open(folder)
    try:
        people = metrics.org.people
        assert set(people) == {"r1", "r2", "chief", "top", "boss"}
        assert {p for p in people if people[p].sells} == {"r1", "r2"}
        chief, ann = people["chief"], people["r1"]
        assert (chief.name, chief.role, chief.manager_id, chief.email) == (
            "Cleo Chief",
            "manager",
            "top",
            "cleo@shop.example",
        )
        assert (ann.name, ann.aliases, ann.email, ann.manager_id) == (
            "Ann Li",
            ("Anna Lee",),
            "ann@shop.example",
            "chief",
        )
        assert metrics.org.subtree("top") == {"top", "chief", "r1", "r2"}
        seen = {who: _sales(metrics, who) for who in people}
        assert seen == {"r1": 40.0, "r2": 20.5, "chief": 60.5, "top": 60.5, "boss": 60.5}
    finally:
        metrics.close()


def _sales(metrics: Metrics, who: str) -> object:
    viewer = Viewer.of(metrics.org.people[who])
    asked = Asked(show=(Metric(name="sales"),))
    at = dt.datetime(2024, 3, 1, tzinfo=dt.UTC)
    ((value,),) = metrics.tell(asked, viewer=viewer, audience=Audience.only_viewer(), as_of=at).rows
    return value


def test_the_tree_is_checked_over_all_tables(tmp_path: Path) -> None:
    (circle,) = check_workspace(workspace(tmp_path / "a", ROWS.replace("top,Tom Top,,", "top,Tom Top,chief,")), env={})
    assert "goes in a circle" in circle.message
    (lost,) = check_workspace(
        workspace(tmp_path / "b", ROWS.replace("chief,Cleo Chief,top", "chief,Cleo,nobody")), env={}
    )
    assert lost.message.startswith("nobody, the manager of 1 people")


def test_each_table_is_named_once_by_its_own_fields(tmp_path: Path) -> None:
    folder = workspace(tmp_path / "a")
    sales = (folder / "sales.yaml").read_text(encoding="utf-8")
    twice = sales.replace(
        "dataset: bosses, id: bosses.boss_id, name: bosses.called, manager: bosses.above, email: bosses.mail",
        "dataset: reps, id: reps.rep_id",
    )
    *_, problem = check_workspace(workspace(tmp_path / "b", sales=twice), env={})  # the first: nobody is the chief now
    assert (problem.message, problem.line) == ("reps is named twice.", line_of(twice, "- {dataset: reps"))
    foreign = sales.replace("name: bosses.called", "name: reps.full_name")
    (problem,) = check_workspace(workspace(tmp_path / "c", sales=foreign), env={})
    assert problem.message == "reps.full_name is not a field of bosses."
