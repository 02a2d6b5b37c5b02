"""Who was where when: a history that says what the people say gives the same, whoever asks; what stints may not be."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from algebra import Table, answered
from random_questions import Questions
from test_random import AS_OF, by_text, near
from worlds import TRUTH, built

from metrics import Metrics
from metrics.errors import LoadError, UserError
from metrics.ingest import check_rows, load
from metrics.people import Person
from metrics.query.asked import Asked

sys.path.append(str(Path(__file__).parent))

DATED = TRUTH["worlds"]["history"]
# Each in one team ever since, as reps.csv says.
STILL = [
    "r1,Alpha,North,2000-01-01,",
    "r2,Alpha,North,2000-01-01,",
    "r3,Beta,South,2000-01-01,",
    "r4,Beta,South,2000-01-01,",
    "r5,Beta,South,2000-01-01,",
    "r6,Beta,South,2000-01-01,",
]
REFUSED = {"place_within_dated", "everyone_not_of_one_thing", "field_unreachable", "records_of_several"}
TEAMS = ("reps.team", "reps.region", '"team"', '"region"')


def world_of(folder: Path, rows: list[str]) -> Path:
    folder.mkdir()
    return built(folder, DATED | {"tables": {"stints": DATED["tables"]["stints"] | {"rows": rows}}})


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Metrics, Metrics]]:
    """Without a history, and with one in which nothing happens."""
    folder = tmp_path_factory.mktemp("histories")
    (folder / "plain").mkdir()
    said: dict[str, Any] = {k: dict(v) for k, v in DATED["sales"].items()}
    said["people"] |= {"team": "reps.team", "region": "reps.region"}
    del said["people"]["history"]
    plain = built(folder / "plain", DATED | {"sales": said})
    made = Metrics.open(plain), Metrics.open(world_of(folder / "dated", STILL))
    yield made
    for metrics in made:
        metrics.close()


def reply(metrics: Metrics, asked: Asked, viewer: Person) -> Table | str:
    try:
        return answered(metrics, asked, viewer, AS_OF["world"])
    except UserError as error:
        return error.code


def dated(asked: Asked) -> Asked:
    text = asked.to_json().replace('"reps.team"', '"stints.team"').replace('"reps.region"', '"stints.region"')
    return Asked.model_validate_json(text)


def alike(one: Table, other: Table) -> bool:
    rows = [sorted(t.rows, key=by_text) for t in (one, other)]
    same = len(rows[0]) == len(rows[1]) and all(
        len(a) == len(b) and all(map(near, a, b)) for a, b in zip(*rows, strict=True)
    )
    return same and (one.restricted, one.disclosed) == (other.restricted, other.disclosed)


def compare(both: tuple[Metrics, Metrics], seed: int, count: int) -> None:
    plain, still = both
    questions = Questions(plain.model, plain.members, AS_OF["world"], seed)
    wrong: list[str] = []
    refused: Counter[str] = Counter()
    compared = 0
    while compared < count:
        asked = questions.question()
        text = asked.to_json()
        if not any(name in text for name in TEAMS) or "if_any" in text:  # which turns a refusal into n/a
            continue
        compared += 1
        for who in ("ops", "r1", "m2"):
            one = reply(plain, asked, plain.org.people[who])
            other = reply(still, dated(asked), still.org.people[who])
            if isinstance(one, Table) and isinstance(other, str):
                refused[other] += 1
            elif isinstance(one, str):  # days of one's own in a team may be asked for where they can be several
                wrong += [] if isinstance(other, str) or one == "group" else [f"{who} {asked.to_json()}: {one}"]
            elif isinstance(other, Table) and not alike(one, other):
                wrong.append(f"{who} {asked.to_json()}: {one.rows[:5]} | {other.rows[:5]}")
    assert not wrong, f"{len(wrong)} of {compared}\n" + "\n".join(wrong[:8])
    assert refused.keys() <= REFUSED, refused
    assert refused.total() <= compared * 3 / 5, refused


def test_a_history_in_which_nothing_happens_changes_nothing(both: tuple[Metrics, Metrics]) -> None:
    compare(both, seed=6, count=120)


@pytest.mark.nightly
def test_hundreds_of_questions_about_teams_are_the_same(both: tuple[Metrics, Metrics]) -> None:
    compare(both, seed=61, count=1_500)


@pytest.fixture(scope="module", params=["r1", "r6", "m2"])
def parted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, ...]]:
    """Somebody, a world in which people were transferred, and the same without the rows that they may not see."""
    folder = tmp_path_factory.mktemp("parted")
    whole, part = (world_of(folder / name, DATED["tables"]["stints"]["rows"]) for name in ("whole", "part"))
    made = Metrics.open(whole)
    seen = made.org.subtree(request.param)
    lines = (part / "lines.csv").read_text(encoding="utf-8").splitlines()
    for name in ("deals", "payments", "quotas"):
        header, *rows = (part / f"{name}.csv").read_text(encoding="utf-8").splitlines()
        place = header.split(",").index("rep_id")
        kept = [row for row in rows if row.split(",")[place] in seen]
        (part / f"{name}.csv").write_text("\n".join([header, *kept]) + "\n", encoding="utf-8")
        if name == "deals":
            ids = {row.split(",")[0] for row in kept}
            lines = [lines[0], *(line for line in lines[1:] if line.split(",")[1] in ids)]
    (part / "lines.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    sources = yaml.safe_load((part / "sources.yaml").read_text(encoding="utf-8")) | {"checks": False}
    for table in sources["tables"].values():
        table["may_be_empty"] = True
    (part / "sources.yaml").write_text(yaml.safe_dump(sources, sort_keys=False), encoding="utf-8")
    assert load(part, env={}).swapped
    less = Metrics.open(part)
    yield request.param, made, less
    made.close()
    less.close()


def test_of_others_days_in_a_team_nothing_is_told(parted: tuple[str, Metrics, Metrics]) -> None:
    who, whole, part = parted
    questions = Questions(whole.model, part.members, AS_OF["world"], 7)
    wrong, compared = [], 0
    while compared < 150:
        asked = questions.question()
        if not any(name in asked.to_json() for name in ("stints.team", "stints.region", *TEAMS)):
            continue
        compared += 1
        one, other = (reply(m, asked, m.org.people[who]) for m in (whole, part))
        if isinstance(one, Table) and one.disclosed:
            continue
        if isinstance(one, str) or isinstance(other, str):
            wrong += [] if one == other else [f"{asked.to_json()}: {one} | {other}"]
        elif not alike(one, other):
            wrong.append(f"{asked.to_json()}: {one.rows[:4]} | {other.rows[:4]}")
    assert not wrong, f"{who}: {len(wrong)} of {compared}\n" + "\n".join(wrong[:5])


@pytest.mark.parametrize(
    ("rows", "wrong"),
    [
        (["r1,Alpha,North,2023-01-01,2024-02-08", "r1,Beta,South,2024-02-08,"], "r1 is in two teams from 2024-02-08"),
        (["r1,Alpha,North,2023-01-01,", "r1,Beta,South,2024-02-08,"], "r1 is in two teams from 2024-02-08"),
        (["r1,Alpha,North,2023-01-01,2022-12-31"], "the stint of r1 from 2023-01-01 ends on 2022-12-31."),
        (["x9,Alpha,North,2023-01-01,"], "x9 has a stint and is nobody known."),
    ],
)
def test_stints_that_cannot_be_are_not_loaded(rows: list[str], wrong: str, tmp_path: Path) -> None:
    with pytest.raises(LoadError) as raised:
        world_of(tmp_path / "world", rows)
    assert any(wrong in p.message for p in raised.value.problems)


def test_days_in_no_team_are_named(tmp_path: Path) -> None:
    folder = world_of(tmp_path / "world", ["r1,Alpha,North,2023-01-01,2024-01-31", "r1,Beta,South,2024-02-08,"])
    (problem,) = check_rows(folder, env={})
    assert (problem.file, problem.line, problem.severity) == ("stints.csv", 3, "warning")
    assert problem.message == "r1 is in no team from 2024-02-01 to 2024-02-07."
