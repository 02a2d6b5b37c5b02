"""People known by whole numbers, from the files to the reply: everything is as where their ids are text."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from model_workspace import MODEL, SOURCES, edit, write

from bot.ask import ask
from bot.batch import audience_named
from bot.clock import MovableClock
from bot.render.text import outcome_text
from bot.runtime import Runtime
from bot.wording import words_for
from metrics import Asked, Metrics, NotPermitted
from metrics.ingest import load
from metrics.kinds.metric import Metric
from metrics.kinds.place import Place
from metrics.kinds.target import Attainment
from metrics.model import check_workspace, load_model
from metrics.people import Audience, Viewer
from metrics.query.when import Units

AS_OF = dt.datetime(2024, 3, 12, 9, tzinfo=dt.UTC)
IDS = {f"r{n}": f"70010{n}" for n in range(1, 8)} | {"m1": "700801", "m2": "700802"}
COLUMNS = ("rep_id", "manager")


def numbered(world: Path, folder: Path) -> Path:
    """The small world with numbers for the ids of reps and of those above them; who does not sell keeps letters."""
    folder.mkdir()
    for file in world.iterdir():
        if file.suffix == ".yaml":
            text = file.read_text(encoding="utf-8")
            for column in COLUMNS:
                text = text.replace(f"{column}: {{type: text", f"{column}: {{type: integer")
                wanted = f"{{dialect: ANSI_SQL, expression: {column}}}]}}, datatype: "
                text = text.replace(wanted + "String", wanted + "Integer")
            if file.name == "sales.yaml":
                text = text.replace("{id: m1,", "{id: 700801,").replace("{id: m2,", "{id: '700802',")
            (folder / file.name).write_text(text, encoding="utf-8")
        if file.suffix == ".csv":
            (folder / file.name).write_text(_renumbered(file.read_text(encoding="utf-8")), encoding="utf-8")
    return folder


def _renumbered(text: str) -> str:
    rows = list(csv.reader(io.StringIO(text)))
    at = [i for i, name in enumerate(rows[0]) if name in COLUMNS]
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(
        [IDS[c] if n and i in at and c else c for i, c in enumerate(row)] for n, row in enumerate(rows)
    )
    return out.getvalue()


def _lettered(text: str) -> str:
    for letters, number in IDS.items():
        text = text.replace(number, letters)
    return text


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Path:
    made = numbered(root / "tests" / "world", tmp_path_factory.mktemp("numbered") / "world")
    assert [p for p in check_workspace(made, env={}) if p.severity == "error"] == []
    report = load(made, env={})
    assert report.swapped and not any(t.rejected for t in report.tables)
    return made


@pytest.fixture(scope="module")
def both(folder: Path, world_workspace: Path) -> Iterator[tuple[Runtime, Runtime]]:
    """(with numbers, with text)"""
    made = [
        Runtime.open(f, {"PACELINE_STATE_URL": "sqlite://"}, MovableClock(AS_OF)) for f in (folder, world_workspace)
    ]
    yield made[0], made[1]
    for runtime in made:
        runtime.close()


QUESTIONS = (
    "my units this year",
    "revenue of Anna Li this year",
    "my revenue ranking this month",
    "my rank by revenue this year",
    "revenue by rep this year",
    "top 2 reps by revenue this year",
    "revenue of my team this year",
    "revenue by team this year",
    "who has no wins this month",
    "my attainment this month",
    "target of Bob Wu in February 2024",
    "units by rep this year",
    "collection rate by rep this year",
    "revenue of Anna Li vs Chen Yu this year",
    "revenue by month",
    "wins by team this year",
    "my wins this year",
    "reps below 50% of target in February 2024",
)


@pytest.mark.parametrize("asker", ["r1", "r3", "m1", "m2", "head", "lead", "ops"])
def test_answers_are_those_of_text_ids(both: tuple[Runtime, Runtime], asker: str) -> None:
    said: list[list[str]] = []
    for runtime, who in zip(both, (IDS.get(asker, asker), asker), strict=True):
        person = runtime.metrics.org.people[who]
        lines = []
        for text in QUESTIONS:
            for kind in ("dm", "channel"):
                outcome = ask(runtime, text, asker=person, audience=audience_named(runtime, kind), as_of=AS_OF)
                words = words_for(runtime.metrics.model, outcome.language)
                lines.append(f"{text} [{kind}] {outcome.status}: {outcome_text(words, outcome)}")
        said.append([_lettered(line) for line in lines])
    assert said[0] == said[1]
    assert sum("answered" in line for line in said[0]) >= 10


def test_people_have_text_ids_and_a_tree(both: tuple[Runtime, Runtime]) -> None:
    org, other = both[0].metrics.org, both[1].metrics.org
    assert set(org.people) == {IDS.get(i, i) for i in other.people}
    for person in other.people.values():
        same = org.people[IDS.get(person.id, person.id)]
        assert (same.name, same.team, same.role) == (person.name, person.team, person.role)
        assert org.subtree(same.id) == {IDS.get(i, i) for i in other.subtree(person.id)}
    assert org.find(IDS["r3"]) is org.find("Chen Yu")


def tell(runtime: Runtime, asked: Asked, who: str) -> list[tuple[object, ...]]:
    metrics: Metrics = runtime.metrics
    person = metrics.org.people[who]
    return sorted(
        metrics.tell(asked, viewer=Viewer.of(person), audience=Audience.only_viewer(), as_of=AS_OF).rows, key=str
    )


@pytest.mark.parametrize("asker", ["r1", "m1", "ops"])
def test_the_algebra_says_the_same(both: tuple[Runtime, Runtime], asker: str) -> None:
    revenue = Metric(name="revenue")
    asked_by = {
        "r1": Asked(show=(Place(of=revenue, over="reps.name", member="@me"),), period=Units(unit="quarter")),
        "m1": Asked(show=(revenue,), scope="team"),
        "ops": Asked(show=(revenue, Attainment(metric="revenue")), by=("reps.name",), period=Units(unit="quarter")),
    }
    by_id = Asked(show=(revenue,), by=("reps.rep_id",))
    for asked in (asked_by[asker], by_id, Asked(show=(revenue,), by=("reps.manager",))):
        ids = tell(both[0], asked, IDS.get(asker, asker))
        texts = [tuple(IDS.get(c, c) if isinstance(c, str) else c for c in row) for row in tell(both[1], asked, asker)]
        assert ids == sorted(texts, key=str)


def test_a_manager_of_many_is_looked_up_by_number(
    both: tuple[Runtime, Runtime], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where a team is too large to be listed: the closure of the tree holds the numbers as text."""
    monkeypatch.setattr("metrics.plan.scope.LARGE_TEAM", 0)
    monkeypatch.setattr("metrics.policy.restriction.LISTED", 0)
    asked = Asked(show=(Metric(name="revenue"),), scope="team")
    assert tell(both[0], asked, IDS["m1"]) == tell(both[1], asked, "m1") != []


NUMBERED = {
    "model": edit(
        edit(
            MODEL,
            "expression: rep}]}\n            datatype: String",
            "expression: rep}]}\n            datatype: Integer",
        ),
        "expression: rep_id}]}\n            datatype: String",
        "expression: rep_id}]}\n            datatype: Integer",
    ),
    "sources": SOURCES.replace("rep: {type: text", "rep: {type: integer").replace(
        "rep_id: {type: text", "rep_id: {type: integer"
    ),
}
FILES = {
    "orders.csv": "Order No,rep,ordered_on,paid_on,amount,channel\no1,1,2024-01-01,,10.00,web\n",
    "reps.csv": "rep_id,full_name,manager,team\n1,Ann,chief,North\n",
}


def test_a_manager_may_have_letters_where_the_rows_have_numbers(tmp_path: Path) -> None:
    folder = write(tmp_path, **NUMBERED, files=FILES)  # type: ignore[arg-type]
    assert check_workspace(folder, env={}) == []
    model = load_model(folder)
    assert {model.fields[f].datatype for f in ("orders.rep", "reps.rep_id")} == {"String"}
    assert load(folder, env={}).swapped


def test_numbers_without_a_datatype_are_asked_about(tmp_path: Path) -> None:
    model = NUMBERED["model"].replace("expression: rep_id}]}\n            datatype: Integer", "expression: rep_id}]}")
    (problem,) = check_workspace(write(tmp_path, model=model, sources=NUMBERED["sources"], files=FILES), env={})
    assert problem.fix == "Add `datatype: Integer`." and "reps.rep_id" in problem.message


def test_another_viewer_sees_nothing_of_it(both: tuple[Runtime, Runtime]) -> None:
    asked = Asked(show=(Metric(name="revenue"),), by=("reps.name",))
    assert [row[0] for row in tell(both[0], asked, IDS["r1"])] == ["Anna Li"]
    with pytest.raises(NotPermitted):
        tell(both[0], Asked(show=(Place(of=Metric(name="revenue"), over="reps.name", member="Chen Yu"),)), IDS["r1"])
