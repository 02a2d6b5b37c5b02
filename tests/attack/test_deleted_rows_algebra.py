"""Random questions of the algebra give the same rows and the same refusals as in a company in which the hidden rows do
not exist. What is disclosed on purpose (places, averages of peers, public boards) is left out, and counted."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from test_deleted_rows import COMPANIES, VIEWERS, Pair, _same, full_pair, small_pair  # noqa: F401  the two are fixtures

from metrics import Audience, Metrics
from metrics.errors import UserError
from metrics.policy.asking import is_public_board
from metrics.query.asked import Asked

sys.path.append(str(Path(__file__).parent.parent / "algebra"))
from algebra import Table, answered
from random_questions import Questions


@dataclass
class Count:
    compared: int = 0
    refused: int = 0
    disclosed: int = 0
    different: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        counts = f"{self.compared} compared, {self.refused} refused alike, {self.disclosed} disclosed on purpose"
        return f"{counts}, {len(self.different)} different\n" + "\n".join(self.different[:10])


def told(metrics: Metrics, asked: Asked, members: tuple[str, ...], pair: Pair) -> Table | UserError:
    people = metrics.org.people
    channel = Audience.channel(people[m] for m in members) if len(members) > 1 else Audience.only_viewer()
    try:
        return answered(metrics, asked, people[members[0]], pair.as_of.date(), channel)
    except UserError as error:
        return error


def said(reply: Table | UserError) -> tuple[object, ...]:
    if isinstance(reply, UserError):
        return type(reply).__name__, reply.code, reply.subject, tuple(sorted(reply.fields.items()))
    return reply.columns, reply.rows, reply.restricted


def hold(pair: Pair, count: int, seed: int) -> None:
    whole, counted = pair.whole, Count()
    day = pair.as_of.date()
    # Half of them name what the asker knows of, half whatever there is.
    near = {m: Questions(whole.model, pair.parts[COMPANIES[m]].members, day, seed) for m in VIEWERS}
    far = Questions(whole.model, whole.members, day, seed)
    for number in range(count):
        members = VIEWERS[number % len(VIEWERS)]
        asked = (near[members] if number % 2 else far).question()
        one = told(whole, asked, members, pair)
        if (isinstance(one, Table) and one.disclosed) or is_public_board(asked, whole.model, day):
            counted.disclosed += 1
            continue
        other = told(pair.parts[COMPANIES[members]], asked, members, pair)
        if not _same(said(one), said(other)):
            counted.different.append(
                f"{', '.join(members)}: {asked.to_json()}\n  {said(one)!r:.500}\n  {said(other)!r:.500}"
            )
        elif isinstance(one, Table):
            counted.compared += 1
        else:
            counted.refused += 1
    print(counted)
    if counted.different:
        pytest.fail(str(counted), pytrace=False)
    assert counted.compared >= count / 4, str(counted)


def test_hidden_rows_leave_no_trace(small_pair: Pair) -> None:  # noqa: F811
    hold(small_pair, 300, 21)


@pytest.mark.nightly
def test_hidden_rows_leave_no_trace_in_the_full_company(full_pair: Pair) -> None:  # noqa: F811
    hold(full_pair, 5_000, 22)
