"""Random questions give the same answers as in a company in which the hidden rows do not exist: what is hidden leaves
no trace, in rows, notes, windows or counts, nor in the reason of a refusal.

What the policy discloses on purpose (places, averages and shares of peers, public leaderboards) is left out, and
counted."""

from __future__ import annotations

import csv
import datetime as dt
import math
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from random_queries import RandomQueries

from metrics import Answer, Audience, Metrics, Query, UserError, Viewer
from metrics.ingest import load

# Who asks, and who else is in the channel: one seller, one manager, one lead, and channels that show the less of two.
VIEWERS: tuple[tuple[str, ...], ...] = (("R001",), ("M01",), ("L1",), ("L1", "M01"), ("M01", "R001"))
COMPANIES = {("R001",): "R001", ("M01",): "M01", ("L1",): "L1", ("L1", "M01"): "M01", ("M01", "R001"): "R001"}


@dataclass
class Pair:
    """The whole company, and by person the company without the rows that this person may not see."""

    whole: Metrics
    parts: dict[str, Metrics]
    as_of: dt.datetime


@pytest.fixture(scope="session")
def small_pair(small_demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    yield from _pair(small_demo, tmp_path_factory.mktemp("deleted"), dt.datetime(2026, 11, 24, 9, 0))  # noqa: DTZ001


@pytest.fixture(scope="session")
def full_pair(demo_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    yield from _pair(demo_workspace, tmp_path_factory.mktemp("deleted"), dt.datetime(2026, 11, 20, 9, 0))  # noqa: DTZ001


def _pair(workspace: Path, folder: Path, as_of: dt.datetime) -> Iterator[Pair]:
    with ExitStack() as stack:
        whole = Metrics.open(workspace)
        stack.callback(whole.close)
        people = sorted(set(COMPANIES.values()))
        with ThreadPoolExecutor(2) as pool:
            folders = dict(
                zip(
                    people,
                    pool.map(lambda who: _without_hidden(whole, workspace, folder / who, who), people),
                    strict=True,
                )
            )
        parts = {who: Metrics.open(made) for who, made in folders.items()}
        for part in parts.values():
            stack.callback(part.close)
        yield Pair(whole, parts, as_of)


def _without_hidden(whole: Metrics, workspace: Path, folder: Path, who: str) -> Path:
    """A loaded copy without the rows whose owner `who` may not see."""
    shutil.copytree(workspace, folder, ignore=shutil.ignore_patterns("var", "made.json"))
    seen = whole.org.subtree(who)
    for dataset, owner in whole.model.access.owners.items():
        if owner:
            table = whole.model.datasets[dataset].table
            _keep(folder / "data" / f"{table}.csv", owner.removeprefix(f"{dataset}."), seen)
    report = load(folder, env={})
    assert report.swapped, report
    return folder


def _keep(file: Path, column: str, seen: frozenset[str]) -> None:
    with file.open(encoding="utf-8", newline="") as source:
        header, *rows = csv.reader(source)
    at = header.index(column)
    with file.open("w", encoding="utf-8", newline="") as target:
        csv.writer(target, lineterminator="\n").writerows([header, *(row for row in rows if row[at] in seen)])


@dataclass
class Count:
    """What became of the questions. `compared`: answered rows held against answered rows; `refused`: in both
    companies alike."""

    compared: int = 0
    refused: int = 0
    disclosed: int = 0
    different: list[str] = field(default_factory=list)

    @property
    def held(self) -> int:
        return self.compared + self.refused + len(self.different)

    def __str__(self) -> str:
        shown = "\n".join(self.different[:10])
        counts = f"{self.compared} compared, {self.refused} refused alike, {self.disclosed} disclosed on purpose"
        return f"{counts}, {len(self.different)} different\n{shown}"


def _asked(metrics: Metrics, query: Query, members: tuple[str, ...], as_of: dt.datetime) -> Answer | UserError:
    people = metrics.org.people
    channel = Audience.channel(people[m] for m in members) if len(members) > 1 else Audience.only_viewer()
    try:
        return metrics.answer(query, viewer=Viewer.of(people[members[0]]), audience=channel, as_of=as_of)
    except UserError as error:
        return error


def _disclosed(metrics: Metrics, query: Query) -> bool:
    """Places and averages among peers, and the ranking by person of public metrics."""
    people = metrics.model.people
    assert people is not None
    among_people = query.rank is not None and query.rank.over.startswith(f"{people.dataset}.")
    by_person = bool({people.id, people.name} & {*query.by, *([query.rank.over] if query.rank else [])})
    board = by_person and set(query.metrics) <= set(metrics.model.access.public_leaderboards)
    wider = query.share is not None and query.share.scope is not None
    return among_people or query.benchmark is not None or board or wider


def _said(reply: Answer | UserError) -> tuple[object, ...]:
    """All that a reply says, but for the SQL and the times it took."""
    if isinstance(reply, UserError):
        return type(reply).__name__, reply.code, reply.subject, reply.suggestions, tuple(sorted(reply.fields.items()))
    receipt = reply.receipt
    told = (receipt.windows, receipt.conditions, receipt.total_rows, receipt.restricted)
    return reply.columns, reply.rows, reply.notes, told, receipt.data_through, receipt.truncated


def _contrast(whole: tuple[object, ...], part: tuple[object, ...]) -> str:
    """The parts that differ, with hidden rows and without, cut to a readable length."""
    pairs = list(zip(whole, part, strict=True)) if len(whole) == len(part) else [(whole[:3], part[:3])]
    return "\n".join(f"    {one!r:.300}\n    {other!r:.300}" for one, other in pairs if not _same(one, other))


def _same(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float | int):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    return one == other


def _compare(pair: Pair, queries: Callable[[int], Query], count: int) -> Count:
    counted = Count()
    for number in range(count):
        query, members = queries(number), VIEWERS[number % len(VIEWERS)]
        whole = _asked(pair.whole, query, members, pair.as_of)
        if isinstance(whole, Answer) and _disclosed(pair.whole, query):
            counted.disclosed += 1
            continue
        part = _asked(pair.parts[COMPANIES[members]], query, members, pair.as_of)
        if not _same(_said(whole), _said(part)):
            counted.different.append(f"{', '.join(members)}: {query.to_json()}\n{_contrast(_said(whole), _said(part))}")
        elif isinstance(whole, Answer):
            counted.compared += 1
        else:
            counted.refused += 1
    return counted


def _hold(pair: Pair, count: int, seed: str) -> None:
    through = pair.whole.data_through
    assert through is not None
    counted = _compare(pair, RandomQueries(pair.whole, through, seed).made, count)
    print(counted)
    if counted.different:
        pytest.fail(str(counted), pytrace=False)
    assert counted.compared >= counted.held / 2, str(counted)


def test_hidden_rows_leave_no_trace(small_pair: Pair) -> None:
    _hold(small_pair, 300, "small")


@pytest.mark.nightly
def test_hidden_rows_leave_no_trace_in_the_full_company(full_pair: Pair) -> None:
    _hold(full_pair, 5_000, "full")
