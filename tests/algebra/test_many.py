"""What many people are told at once is what each of them is told alone: the same numbers, the same refusals."""

from __future__ import annotations

import datetime as dt
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from metrics import Audience, Metrics, Viewer
from metrics.errors import UserError
from metrics.many import Many
from metrics.people import Person
from metrics.query.asked import Asked
from metrics.query.table import Table

sys.path.append(str(Path(__file__).parent))
from random_questions import Questions
from test_random import near

AS_OF = {"world": dt.datetime(2024, 3, 12, 12, tzinfo=dt.UTC), "demo": dt.datetime(2026, 11, 20, 4, tzinfo=dt.UTC)}
MONTH = {"kind": "units", "unit": "month"}


@pytest.fixture(scope="module")
def demo(demo_workspace: Path) -> Iterator[Metrics]:
    metrics = Metrics.open(demo_workspace)
    yield metrics
    metrics.close()


@pytest.fixture(scope="module")
def world(world_workspace: Path) -> Iterator[Metrics]:
    metrics = Metrics.open(world_workspace)
    yield metrics
    metrics.close()


@pytest.fixture
def for_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Statements for many also where there are few."""
    monkeypatch.setattr("metrics.many.crowds.FEW", 1)


def asked(*show: dict[str, Any], scope: str = "me", **more: Any) -> Asked:
    return Asked.model_validate({"show": show, "scope": scope, "period": MONTH} | more)


def alone(metrics: Metrics, question: Asked, person: Person, as_of: dt.datetime) -> Table | UserError:
    try:
        return metrics.tell(question, viewer=Viewer.of(person), audience=Audience.only_viewer(), as_of=as_of)
    except UserError as error:
        return error


def difference(many: Many, question: Asked, person: Person, due: Table | UserError) -> str:
    """ "" where the person is told the same."""
    got, refused = many.table(question, person.id), many.refusal(question, person.id)
    if isinstance(due, UserError):
        same = got is None and refused is not None and (type(refused), refused.code) == (type(due), due.code)
        return "" if same else f"{got.rows if got else refused!r}, not refused {due!r}"
    if got is None:
        return f"refused {refused!r}, not {due.rows}"
    rows = len(got.rows) == len(due.rows) and all(
        len(a) == len(b) and all(map(near, a, b)) for a, b in zip(got.rows, due.rows, strict=True)
    )
    if not rows:
        return f"{got.rows[:5]}, not {due.rows[:5]}"
    if (got.columns, got.notes) != (due.columns, due.notes):
        return f"{got.columns} {got.notes}, not {due.columns} {due.notes}"
    own = {"sql", "params", "ms"}
    proofs = [{k: v for k, v in t.proof if k not in own} for t in (got, due)]
    return "" if proofs[0] == proofs[1] else f"{proofs[0]}, not {proofs[1]}"


def of_me(part: Any, random: Random) -> Any:
    """Some of the comparisons as those of whoever asks."""
    if isinstance(part, dict):
        made = {k: of_me(v, random) for k, v in part.items()}
        if made.get("kind", "").startswith(("place", "peer_average")) and random.random() < 0.7:
            made |= {"member": "@me", "over": None, "within": random.choice(("all", "team", "region"))}
        return made
    return [of_me(v, random) for v in part] if isinstance(part, list | tuple) else part


def questions_of(metrics: Metrics, as_of: dt.date, seed: int, count: int) -> list[Asked]:
    """Random questions of people about themselves, and some of all."""
    random, questions = Random(seed), Questions(metrics.model, metrics.members, as_of, seed)
    made: list[Asked] = []
    while len(made) < count:
        one = of_me(questions.question().model_dump(mode="json"), random)
        one["scope"] = random.choice(("me", "me", "me", "team", "region", "all"))
        if random.random() < 0.5:  # one row of numbers
            one |= {"by": [], "order": [], "limit": None, "limit_per": [], "having": None, "population": "people"}
        if random.random() < 0.3:
            subject = random.choice(list(metrics.model.metrics))
            compared = {"kind": "place", "of": {"kind": "metric", "name": subject}, "member": "@me"}
            compared["kind"] = random.choice(("place", "place_of", "place_gap", "place_ties", "peer_average"))
            one["show"] = [*one["show"][:3], compared | {"within": random.choice(("all", "team", "region"))}]
        if random.random() < 0.5:
            one["period"] = {"kind": "units", "unit": random.choice(("month", "quarter", "year")), "offset": -1}
        made.append(Asked.model_validate(one))
    return made


class Own:
    """Random questions as digests and rules ask them: of one's own rows, one's team's, one's place among others."""

    def __init__(self, metrics: Metrics, seed: int) -> None:
        self.metrics, self.random = metrics, Random(seed)
        model, people = metrics.model, metrics.model.people
        assert people is not None
        self.fields = [
            f.id
            for f in model.fields.values()
            if f.dimension and f.dataset != people.dataset and 1 < len(metrics.members.get(f.id, ())) < 50
        ]

    def period(self) -> dict[str, Any]:
        unit = self.random.choice(("month", "quarter", "year"))
        return {"kind": "units", "unit": unit, "offset": self.random.choice((0, 0, -1))}

    def where(self) -> dict[str, Any]:
        field = self.random.choice(self.fields)
        return {"kind": "in", "field": field, "values": [self.random.choice(self.metrics.members[field])]}

    def number(self, depth: int = 2) -> dict[str, Any]:
        random = self.random
        made: dict[str, Any] = {"kind": "metric", "name": random.choice(list(self.metrics.model.metrics))}
        aimed = [m.name for m in self.metrics.model.metrics.values() if m.has_target]
        if random.random() < 0.2:
            kind = random.choice(("target", "attainment", "gap", "pace", "expected", "projection", "needed_per_day"))
            made = {"kind": kind, "metric": random.choice(aimed)}
        for _ in range(random.randrange(depth)):
            kind = random.choice(("before", "change", "growth", "only", "during", "per", "times", "ratio", "across"))
            more: dict[str, Any] = {}
            if kind in ("before", "change", "growth"):
                more = {"to": random.choice(("previous", "year_ago"))}
            if kind == "only":
                more = {"where": self.where()}
            if kind == "during":
                more = {"period": self.period()}
            if kind == "per":
                more = {"each": random.choice(("day", "working_day"))}
            if kind == "times":
                more = {"factor": 2}
            if kind == "ratio":
                more = {"to": {"kind": "metric", "name": random.choice(list(self.metrics.model.metrics))}}
            if kind == "across":
                more = {"over": random.choice((*self.fields, "month")), "how": random.choice(("average", "highest"))}
            made = {"kind": kind, "of": made} | more
        return made

    def compared(self) -> dict[str, Any]:
        kind = self.random.choice(("place", "place", "place_of", "place_gap", "place_ties", "peer_average"))
        of = self.number(self.random.choice((1, 1, 2)))
        return {"kind": kind, "of": of, "member": "@me", "within": self.random.choice(("all", "team", "region"))}

    def question(self) -> Asked:
        random = self.random
        scope = random.choice(("me", "me", "me", "team", "team", "region"))
        made: dict[str, Any] = {"scope": scope, "period": self.period()}
        made["show"] = [self.number() for _ in range(random.choice((1, 2, 3)))]
        if random.random() < 0.4 and scope == "me":
            made["show"].append(self.compared())
        if random.random() < 0.1:
            made |= {"scope": "all", "show": [self.compared()]}
        if random.random() < 0.2:
            made["where"] = self.where()
        if random.random() < 0.3:
            made["by"] = [random.choice((*self.fields, "month", "week"))]
            if random.random() < 0.5:
                made |= {"limit": random.choice((1, 2, 3)), "order": [{"by": made["show"][0]}]}
            if random.random() < 0.3:
                made["having"] = {"kind": "test", "of": made["show"][0], "op": "gt", "value": 1}
        return Asked.model_validate(made)


def compare(metrics: Metrics, people: list[Person], as_of: dt.datetime, questions: list[Asked]) -> Counter[str]:
    many = metrics.tell_many(questions, people, as_of)
    wrong: list[str] = []
    seen: Counter[str] = Counter(alone=many.alone, statements=many.statements)
    for question in questions:
        for person in people:
            due = alone(metrics, question, person, as_of)
            seen["refused" if isinstance(due, UserError) else "told"] += 1
            if found := difference(many, question, person, due):
                wrong.append(f"{person.id} {question.to_json()}: {found}")
    assert not wrong, f"{len(wrong)} of {len(questions) * len(people)} differ\n" + "\n".join(wrong[:8])
    return seen


def test_everybody_is_told_what_each_would_be(world: Metrics, for_few: None) -> None:
    own = Own(world, seed=31)
    people = list(world.org.people.values())
    seen = compare(world, people, AS_OF["world"], [own.question() for _ in range(150)])
    assert seen["told"] > 400 and seen["alone"] < seen.total() * 2 / 3, seen


def test_teams_and_regions_beside_people_are_told_as_they_are_alone(world: Metrics, for_few: None) -> None:
    """Their numbers are added up from those of people where they can be."""
    people, fields = [p for p in world.org.people.values() if p.sells], world.model.people
    assert fields is not None and fields.team is not None and fields.region is not None
    own = Own(world, seed=41)
    questions = [asked({"kind": "metric", "name": name}) for name in world.model.metrics]
    while len(questions) < 60:
        one = own.question()
        if not one.by and one.scope == "me" and not any(getattr(p, "member", 0) for m in one.show for p in m.walk()):
            questions.append(one)
    due_at = AS_OF["world"]
    groups = {fields.team: questions, fields.region: questions}
    mine, many = world.tell_groups(questions, people, groups, due_at, reason="a test")
    compared = 0
    for question in questions:
        for person in people:
            own_due, got = alone(world, question, person, due_at), mine.table(question, person.id)
            told_rows = own_due.rows if isinstance(own_due, Table) else ()
            assert bool(got) == bool(told_rows), question.to_json()
            assert all(map(near, got.rows[0], told_rows[0])) if got else True, question.to_json()
        for field, told in many.items():
            by = question.model_copy(update={"by": (field,), "scope": "all", "population": "all"})
            try:
                due = world.tell(by, viewer=Viewer.for_system("a test"), audience=Audience.only_viewer(), as_of=due_at)
            except UserError as error:
                assert getattr(told.refusal(question, ""), "code", "") == error.code
                continue
            rows = {row[0]: row[1:] for row in due.rows}
            for place, name in enumerate(told.columns(question)[1:]):
                column = told.column(question, name).by_person()
                assert column.keys() == rows.keys(), question.to_json()
                for member, value in column.items():
                    assert near(value, rows[member][place]), (question.to_json(), field, member, value, rows[member])
                    compared += 1
    assert compared > 200 and mine.alone < len(people) * len(questions) / 2, (compared, mine.alone, mine.statements)


def test_a_month_of_somebody_who_was_not_there_is_told_as_it_is_to_them(world: Metrics, for_few: None) -> None:
    buyers = {"kind": "metric", "name": "buyers"}
    period = {"kind": "units", "unit": "quarter", "offset": -1}
    question = asked({"kind": "across", "of": buyers, "over": "month"}, period=period)
    compare(world, list(world.org.people.values()), AS_OF["world"], [question])


def test_any_question_is_answered_as_it_would_be_to_each(world: Metrics, for_few: None) -> None:
    questions = questions_of(world, AS_OF["world"].date(), seed=21, count=60)
    compare(world, list(world.org.people.values()), AS_OF["world"], questions)


def test_everybody_of_the_demo_company_is_told_what_each_would_be(demo: Metrics) -> None:
    own, people = Own(demo, seed=22), Random(5).sample(list(demo.org.people.values()), 25)
    seen = compare(demo, people, AS_OF["demo"], [own.question() for _ in range(30)])
    assert seen["told"] > 200 and seen["alone"] < seen["told"] + seen["refused"], seen


@pytest.mark.nightly
def test_thousands_of_random_questions_are_told_alike(world: Metrics, for_few: None) -> None:
    for seed in range(8):
        own = Own(world, seed=100 + seed)
        people = list(world.org.people.values())
        compare(world, people, AS_OF["world"], [own.question() for _ in range(300)])
