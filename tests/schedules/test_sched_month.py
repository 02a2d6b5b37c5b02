"""A month of the demo company, morning by morning, against `month_truth`: who gets which digest with which numbers, and
which alert fires and recovers for whom, exactly; and at the right minute."""

from __future__ import annotations

import asyncio
import csv
import datetime as dt
import os
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from month_truth import DAY, Truth, at, read_truth, working
from northstar import write_workspace
from sched_world import ListDeliver

from bot.admin.execute import execute
from bot.state import State, open_state
from metrics.ingest import load
from metrics.people import Org
from metrics.store import Metrics
from schedules.messages import Alert, Leaderboard, ManagerDigest, RepDigest
from schedules.run import run_due

UTC = dt.UTC
HOME = "Asia/Shanghai"
ZONES = {"R005": "America/New_York", "R002": "Pacific/Auckland"}
LEAVER, LAST_DAY = "R005", dt.date(2026, 4, 15)
SNOOZED, SNOOZED_ON, SNOOZED_UNTIL = "R009", dt.date(2026, 4, 13), dt.date(2026, 4, 20)
UNSUBSCRIBED, UNSUBSCRIBED_ON = "R010", dt.date(2026, 4, 17)
PAUSED, RESUMED = dt.date(2026, 4, 9), dt.date(2026, 4, 16)  # the second leaderboard, at noon of these days
FIRST, LAST = dt.date(2026, 4, 1), dt.date(2026, 4, 30)
TARGETED = ("sales", "collections", "new_customers", "contracts_signed")
TICKS = ("00:05", "08:00", "08:30", "08:45", "09:30", "12:00")


@dataclass
class Morning:
    """The metric store as it was on a morning: complete through the day before, two people in other timezones."""

    metrics: Metrics
    data_through: dt.date = dt.date(2026, 3, 31)
    org: Org = field(init=False)

    def __post_init__(self) -> None:
        people = self.metrics.org.people
        self.org = Org({i: replace(p, timezone=ZONES.get(i, p.timezone)) for i, p in people.items()})

    def stale(self, as_of: dt.datetime) -> list[tuple[str, dt.date | None]]:
        return []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.metrics, name)


@dataclass
class Month:
    sent: list[tuple[dt.datetime, Any]]
    truth: Truth
    state: State
    metrics: Metrics


def build(folder: Path) -> Path:
    """The company with one rep who leaves in the middle of the month."""
    write_workspace(folder, as_of=dt.date(2026, 5, 1), months=6, reps=24)
    path = folder / "data" / "reps.csv"
    with path.open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))
    for row in rows:
        if row["rep_id"] == LEAVER:
            row["left_on"] = LAST_DAY.isoformat()
    with path.open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    assert load(folder, env=dict(os.environ)).swapped
    return max((folder / "var" / "store").glob("*.duckdb"))


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("company")
    store = build(folder)
    truth = read_truth(store, ZONES)
    metrics = Metrics.open(folder)
    state = open_state("sqlite://")
    numbers, deliver, sent = Morning(metrics), ListDeliver(), []
    ops = metrics.org.people["OPS"]
    start = at(dt.date(2026, 3, 31), 12 * 60, HOME)
    state.channels.remember("C1", "sales", sorted(truth.reps), at=start)
    state.channels.remember("C2", "leads", ["ADM", "OPS"], at=start)

    def admin(text: str, moment: dt.datetime) -> None:
        reply = execute(text, actor=ops, channel=None, numbers=numbers, state=state, as_of=moment)
        assert reply.done, reply.text

    for text in (
        "digest add rep at 08:30 for everyone --yes",
        "digest add manager at 08:45 --yes",
        "digest leaderboard sales in #sales at 09:30 top 5 --yes",
        "digest leaderboard new_customers in #sales at 09:30 top 3 --yes",
        "rule add sales < 60% of expected for each rep in East --yes",
        "rule add visits < 3 this week for each rep to manager --yes",
        "rule add 赢单率 < 40% for each team --yes",
        "rule add sales < 70% of target for everyone to #leads --yes",
        "rule add new customers < 1 for each rep in West --yes",
    ):
        admin(text, start)
    loop = asyncio.Runner()  # one for the month: starting a loop and its threads costs more than a quiet tick
    for day in (FIRST + n * DAY for n in range(-1, (LAST - FIRST).days + 1)):
        local = [at(day, int(t[:2]) * 60 + int(t[3:]), HOME) for t in TICKS]
        ticks = sorted({*local, *(at(day, 510, r.zone) for r in truth.reps.values())})
        for tick in (t for t in ticks if t > start):
            numbers.data_through = tick.astimezone(dt.timezone(dt.timedelta(hours=8))).date() - DAY
            loop.run(run_due(numbers, state, deliver, as_of=tick))
            sent += [(tick, m) for m in deliver.sent]
            deliver.sent.clear()
            if tick == at(day, 720, HOME):
                noon(day, tick, state, admin)
    loop.close()
    yield Month(sent, truth, state, metrics)
    metrics.close()
    state.close()


def noon(day: dt.date, tick: dt.datetime, state: State, admin: Any) -> None:
    """What people and admins do at noon."""
    mine = {s.recipient: s.id for s in state.subscriptions.of_digest(1)}
    if day == SNOOZED_ON:
        state.subscriptions.snooze(mine[SNOOZED], until=SNOOZED_UNTIL)
    if day == UNSUBSCRIBED_ON:
        state.subscriptions.unsubscribe(mine[UNSUBSCRIBED], at=tick)
    if day == PAUSED:
        admin("digest pause 4", tick)
        admin("rule pause 4", tick)
    if day == RESUMED:
        admin("digest resume 4", tick)
        admin("rule resume 4", tick)


WORKDAYS = [FIRST + n * DAY for n in range(30) if working(FIRST + n * DAY)]


def gets_digest(truth: Truth, rep: str, day: dt.date) -> bool:
    person = truth.reps[rep]
    if rep == SNOOZED and SNOOZED_ON < day < SNOOZED_UNTIL:
        return False
    return person.active(day, day) and not (rep == UNSUBSCRIBED and day > UNSUBSCRIBED_ON)


def number(value: Any) -> Any:
    """A number that equals another up to the noise of floating point; None stays None."""
    return None if value is None else pytest.approx(float(value), rel=1e-9, abs=1e-9)


def test_every_rep_gets_exactly_their_digests(month: Month) -> None:
    truth = month.truth
    start = at(FIRST - DAY, 720, HOME)
    expected = {
        (rep, slot)
        for day in (FIRST - DAY, *WORKDAYS)
        for rep, person in truth.reps.items()
        if gets_digest(truth, rep, day) and (slot := at(day, 510, person.zone)) > start
    }
    got = [(m.person, tick) for tick, m in month.sent if isinstance(m, RepDigest)]
    assert len(got) == len(set(got))
    assert set(got) == expected
    assert len(WORKDAYS) == 21 and len(got) > 350


def test_the_numbers_in_every_rep_digest(month: Month) -> None:
    truth, checked = month.truth, 0
    for tick, digest in month.sent:
        if not isinstance(digest, RepDigest):
            continue
        rep = truth.reps[digest.person]
        day = digest.as_of
        assert day == tick.astimezone(dt.timezone(dt.timedelta(hours=8))).date() - DAY or rep.id in ZONES
        first = day.replace(day=1)
        before = (first - DAY).replace(day=1)
        over = (day + DAY).day == 1  # a whole month is compared with the whole month before
        same_stretch = first - DAY if over else min(before + (day - first), first - DAY)
        found, want = {}, {}
        for s in digest.standings:
            found[s.metric] = (
                s.actual,
                s.target,
                s.rank_team,
                s.n_team,
                s.rank_all,
                s.n_all,
                s.pace,
                s.needed,
                s.previous,
            )
        for name in TARGETED:
            actual, target = truth.total(name, [rep.id], first, day), truth.target(name, [rep.id], first)
            left = truth.days_left(day)
            gap = target - actual if target is not None else None
            places = (*truth.rank(name, rep, day, team=True), *truth.rank(name, rep, day, team=False))
            want[name] = (
                number(actual),
                number(target),
                *places,
                number(truth.pace(name, [rep.id], day)),
                number(gap / left) if gap is not None and gap > 0 and left else None,
                number(truth.total(name, [rep.id], before, same_stretch)),
            )
        assert found == want, (digest.person, day)
        paces = {n: truth.pace(n, [rep.id], day) for n in TARGETED}
        behind = {n: p for n, p in paces.items() if p is not None and p < 0.95}
        assert digest.focus == (min(behind, key=lambda n: behind[n]) if behind else None)
        assert digest.days_left == truth.days_left(day)
        checked += 1
    assert checked > 350


def test_every_manager_gets_exactly_the_digest_of_their_team(month: Month) -> None:
    truth = month.truth
    got = {(m.person, tick): m for tick, m in month.sent if isinstance(m, ManagerDigest)}
    everyone = [*truth.bosses, *sorted(set(truth.bosses.values()))]
    leading = {
        (boss, at(day, 525, HOME)): day
        for day in WORKDAYS
        for boss in everyone
        if any(truth.reps[r].active(day, day) for r in truth.below(boss))
    }
    assert set(got) == set(leading) and len(got) == 21 * 14
    open_now = open_alerts(month)
    for (boss, tick), digest in got.items():
        today = leading[boss, tick]
        day = today - DAY
        first, below = day.replace(day=1), truth.below(boss)
        team = [r for r in below if truth.reps[r].active(today, today)]
        totals = [(t.metric, t.actual, t.target) for t in digest.totals]
        assert totals == [
            (n, number(truth.total(n, below, first, day)), number(truth.target(n, below, first))) for n in TARGETED
        ]
        assert digest.members == len(team)
        assert {b.person for b in digest.behind} == {r for r in team if truth.late(r, day)}
        paces = sorted(float(truth.pace("sales", [b.person], day) or 0) for b in digest.behind)
        assert [b.pace for b in digest.behind] == [number(p) for p in paces]
        since = truth.last_working_day(day)
        assert (digest.since, digest.delta) == (since, number(truth.total("sales", below, since, day)))
        earlier = since - DAY
        newly = [truth.reps[r].name for r in team if truth.late(r, earlier) is False and truth.late(r, day)]
        back = [truth.reps[r].name for r in team if truth.late(r, earlier) and truth.late(r, day) is False]
        same_month = earlier >= first
        assert sorted(digest.newly_behind) == sorted(newly if same_month else [])
        assert sorted(digest.recovered) == sorted(back if same_month else [])
        assert digest.alerts == sum(1 for _, member in open_now[today] if member in team)


def test_the_leaderboards(month: Month) -> None:
    truth = month.truth
    got = {(m.metric, tick): m for tick, m in month.sent if isinstance(m, Leaderboard)}
    expected = {("sales", at(d, 570, HOME)): d for d in WORKDAYS}
    # Paused at noon of the 9th, resumed at noon of the 16th: the mornings between them are not made up for.
    expected |= {("new_customers", at(d, 570, HOME)): d for d in WORKDAYS if not PAUSED < d <= RESUMED}
    assert set(got) == set(expected)
    for (metric, tick), board in got.items():
        day = expected[metric, tick] - DAY
        first = day.replace(day=1)
        peers = [r for r in truth.reps.values() if r.active(first, day)]
        values = {r.id: truth.total(metric, [r.id], first, day) for r in peers}
        places = {rep: (1 + sum(v > mine for v in values.values()), number(mine)) for rep, mine in values.items()}
        top = 5 if metric == "sales" else 3
        assert {p.person: (p.rank, p.value) for p in board.places} == {r: p for r, p in places.items() if p[0] <= top}
        assert board.n == len(peers)


def test_every_alert_and_recovery(month: Month) -> None:
    got = [(m.subject, m.member, m.transition, tick, m.to.id) for tick, m in month.sent if isinstance(m, Alert)]
    assert len(got) == len(set(got))
    assert set(got) == set(transitions(month.truth))
    assert {t for *_, t, _, _ in got} == {"fire", "recover"} and {s for s, *_ in got} == {1, 2, 3, 4, 5}


def open_alerts(month: Month) -> dict[dt.date, set[tuple[int, str]]]:
    """(rule, member) fired after the rules of each morning."""
    fired: set[tuple[int, str]] = set()
    by_day, moves = {}, sorted(transitions(month.truth), key=lambda t: t[3])
    for day in WORKDAYS:
        for rule, member, what, tick, _ in moves:
            if tick == at(day, 480, HOME):
                fired = fired | {(rule, member)} if what == "fire" else fired - {(rule, member)}
        by_day[day] = set(fired)
    return by_day


def transitions(truth: Truth) -> list[tuple[int, str, str, dt.datetime, str]]:
    """(rule, member, transition, moment, recipient) of the month, by hand."""
    fired: dict[tuple[int, str], bool] = {}
    found = []
    for today in WORKDAYS:
        day = today - DAY
        first = day.replace(day=1)
        monday = day - day.weekday() * DAY
        here = [r for r in truth.reps.values() if r.active(today, today)]
        holds: dict[tuple[int, str], tuple[bool | None, list[str]]] = {}
        for r in here:
            pace = truth.pace("sales", [r.id], day)
            if r.region == "East":
                holds[1, r.id] = (None if pace is None else pace < Decimal("0.6"), [r.id])
            holds[2, r.id] = (truth.total("visits", [r.id], monday, day) < 3, [r.manager])
            if r.region == "West":
                holds[5, r.id] = (truth.total("new_customers", [r.id], first, day) < 1, [r.id])
        for team in {r.team for r in here}:
            members = [r.id for r in truth.reps.values() if r.team == team]
            closed = truth.total("closed", members, first, day)
            rate = truth.total("won", members, first, day) / closed if closed else None
            bosses = sorted({r.manager for r in here if r.team == team})
            holds[3, team] = (None if rate is None else rate < Decimal("0.4"), bosses)
        if not PAUSED < today <= RESUMED:
            target = truth.target("sales", truth.reps, first)
            assert target
            holds[4, ""] = (truth.total("sales", truth.reps, first, day) / target < Decimal("0.7"), ["C2"])
        for (rule, member), (true, recipients) in sorted(holds.items()):
            if true is None or true == fired.get((rule, member), False):
                continue
            fired[rule, member] = true
            found += [(rule, member, "fire" if true else "recover", at(today, 480, HOME), to) for to in recipients]
    return found
