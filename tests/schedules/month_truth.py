"""What everybody must get in a month of the demo company, computed the plain way: rows out of the store, loops in
Python.

Shares no code with the project: own calendar, own sums, own ranks, own rule states.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

DAY = dt.timedelta(days=1)
FACTS = {
    "sales": "SELECT rep_id, order_date, amount FROM order_lines",
    "collections": "SELECT rep_id, paid_on, amount_paid FROM receivables WHERE paid_on IS NOT NULL",
    "new_customers": "SELECT rep_id, order_date, new_customer FROM order_lines",
    "contracts_signed": "SELECT rep_id, signed_on, 1 FROM contracts",
    "visits": "SELECT rep_id, activity_on, 1 FROM activities WHERE activity_type = 'On-site visit'",
    "won": "SELECT rep_id, closed_on, 1 FROM opportunities WHERE stage = 'Won'",
    "closed": "SELECT rep_id, closed_on, 1 FROM opportunities WHERE stage IN ('Won', 'Lost')",
}
# Public holidays on weekdays around April 2026 in China: Tomb-Sweeping Day (observed) and Labour Day.
HOLIDAYS = {
    dt.date(2026, 4, 6),
    dt.date(2026, 5, 1),
    dt.date(2026, 2, 16),
    dt.date(2026, 2, 17),
    dt.date(2026, 2, 18),
    dt.date(2026, 2, 19),
    dt.date(2026, 2, 20),
    dt.date(2026, 2, 23),
}


def working(day: dt.date) -> bool:
    return day.weekday() < 5 and day not in HOLIDAYS


@dataclass
class Rep:
    id: str
    name: str
    team: str
    region: str
    manager: str
    hired: dt.date | None
    left: dt.date | None
    zone: str

    def active(self, first: dt.date, last: dt.date) -> bool:
        return (self.hired is None or self.hired <= last) and (self.left is None or self.left >= first)


@dataclass
class Truth:
    reps: dict[str, Rep]
    bosses: dict[str, str]  # manager -> their own manager (leads)
    facts: dict[str, dict[str, list[tuple[dt.date, Decimal]]]]
    targets: dict[tuple[str, dt.date, str], Decimal]

    def total(self, what: str, people: Iterable[str], first: dt.date, last: dt.date) -> Decimal:
        rows = (value for p in people for day, value in self.facts[what].get(p, ()) if first <= day <= last)
        return sum(rows, Decimal(0))

    def target(self, what: str, people: Iterable[str], month: dt.date) -> Decimal | None:
        found = [self.targets[p, month, what] for p in people if (p, month, what) in self.targets]
        return sum(found, Decimal(0)) if found else None

    def below(self, boss: str) -> list[str]:
        """Ids of the reps below a manager or lead."""
        own = {boss} | {m for m, lead in self.bosses.items() if lead == boss}
        return [r.id for r in self.reps.values() if r.manager in own]

    def expected_share(self, day: dt.date) -> Decimal:
        """Working days of the month gone by / all of them."""
        first = day.replace(day=1)
        days = [first + n * DAY for n in range(31) if (first + n * DAY).month == first.month]
        return Decimal(sum(working(d) and d <= day for d in days)) / Decimal(sum(map(working, days)))

    def days_left(self, day: dt.date) -> int:
        return sum(working(day + n * DAY) for n in range(1, 32) if (day + n * DAY).month == day.month)

    def pace(self, what: str, people: list[str], day: dt.date) -> Decimal | None:
        target = self.target(what, people, day.replace(day=1))
        expected = None if target is None else target * self.expected_share(day)
        return self.total(what, people, day.replace(day=1), day) / expected if expected else None

    def late(self, rep: str, day: dt.date) -> bool | None:
        pace = self.pace("sales", [rep], day)
        return None if pace is None else pace < Decimal("0.95")

    def rank(self, what: str, rep: Rep, day: dt.date, *, team: bool) -> tuple[int | None, int]:
        peers = [
            r for r in self.reps.values() if r.active(day.replace(day=1), day) and (not team or r.team == rep.team)
        ]
        first = day.replace(day=1)
        mine = self.total(what, [rep.id], first, day)
        place = 1 + sum(self.total(what, [r.id], first, day) > mine for r in peers)
        return (place if rep in peers else None), len(peers)

    def last_working_day(self, day: dt.date) -> dt.date:
        while not working(day):
            day -= DAY
        return day


def read_truth(store: Path, zones: dict[str, str]) -> Truth:
    connection = duckdb.connect(str(store), read_only=True)
    reps = {
        r[0]: Rep(*r[:7], zones.get(r[0], r[7]))
        for r in connection.execute(
            "SELECT rep_id, name, team, region, manager_id, hired_on, left_on, timezone FROM reps"
        ).fetchall()
    }
    facts: dict[str, dict[str, list[tuple[dt.date, Decimal]]]] = {name: defaultdict(list) for name in FACTS}
    for name, sql in FACTS.items():
        for rep, day, value in connection.execute(sql).fetchall():
            if day is not None and value is not None:
                facts[name][rep].append((day, Decimal(value)))
    targets: dict[tuple[str, dt.date, str], Decimal] = defaultdict(Decimal)
    for rep, month, metric, amount in connection.execute(
        "SELECT rep_id, month, metric, amount FROM targets"
    ).fetchall():
        targets[rep, month, metric] += Decimal(amount)
    connection.close()
    leads = {
        "M01": "L1",
        "M02": "L1",
        "M03": "L1",
        "M04": "L2",
        "M05": "L2",
        "M06": "L3",
        "M07": "L3",
        "M08": "L3",
        "M09": "L4",
        "M10": "L4",
    }
    return Truth(reps, leads, facts, dict(targets))


def at(day: dt.date, minute: int, zone: str) -> dt.datetime:
    """The UTC moment of a local time (none of these falls into a gap)."""
    local = dt.datetime.combine(day, dt.time(minute // 60, minute % 60), ZoneInfo(zone))
    return local.astimezone(dt.UTC)
