"""A company whose numbers are a month's sum for every person, for attacks that put together what is told of many."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from metrics import Metrics
from metrics.ingest import load
from metrics.query.when import FromTo, Named, Union, When

__all__ = ["AS_OF", "MONTHS", "Company", "Rep", "last_day", "moved", "opened", "periods", "reps"]

WORLD = Path(__file__).parent.parent / "world"
AS_OF = dt.date(2024, 3, 12)
MONTHS = [dt.date(2023, m, 1) for m in range(1, 13)] + [dt.date(2024, m, 1) for m in (1, 2, 3)]
ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Rep:
    id: str
    team: str
    region: str
    since: dt.date
    until: dt.date | None = None

    def there(self, months: tuple[dt.date, ...]) -> bool:
        return any(self.since <= last_day(m) and (self.until is None or self.until >= m) for m in months)


@dataclass(frozen=True)
class Company:
    metrics: Metrics
    reps: dict[str, Rep]
    numbers: dict[tuple[str, dt.date], int]


def last_day(month: dt.date) -> dt.date:
    return (month + dt.timedelta(days=31)).replace(day=1) - ONE_DAY


def reps() -> list[Rep]:
    """Three teams in two regions; some come and go, some in the same month."""
    begin = dt.date(2022, 1, 1)
    made = [Rep(f"a{i}", "Ant", "North", begin) for i in range(8)]
    made += [Rep(f"b{i}", "Bee", "North", begin) for i in range(7)]
    made += [Rep(f"c{i}", "Cat", "South", begin) for i in range(9)]
    made += [Rep("gone", "Ant", "North", begin, dt.date(2024, 1, 20)), Rep("new", "Ant", "North", dt.date(2024, 2, 10))]
    made += [
        Rep("left", "Bee", "North", begin, dt.date(2023, 8, 31)),
        Rep("short", "Cat", "South", dt.date(2023, 6, 1), dt.date(2023, 7, 1)),
    ]
    return made


def opened(folder: Path, reps: list[Rep]) -> Iterator[Company]:
    """A number for everybody in every month in which they are there, and a few of people who are not."""
    rng = Random(5)
    for file in (*WORLD.glob("*.yaml"), *WORLD.glob("*.csv")):
        shutil.copy(file, folder / file.name)
    numbers = {(r.id, m): rng.randrange(1000, 9_999_999) for r in reps for m in MONTHS if r.there((m,))}
    for who, month in (("gone", dt.date(2024, 2, 1)), ("new", dt.date(2023, 12, 1)), ("left", dt.date(2023, 10, 1))):
        numbers[who, month] = rng.randrange(1000, 9_999_999)  # of somebody who is not there
    (folder / "reps.csv").write_text(
        "rep_id,name,team,region,manager,since,until\n"
        + "".join(
            f"{r.id},{r.id},{r.team},{r.region},{'m1' if r.team == 'Ant' else 'm2'},{r.since},{r.until or ''}\n"
            for r in reps
        )
    )
    (folder / "deals.csv").write_text(
        "deal_id,rep_id,customer_id,product_id,stage,opened,closed,amount\n"
        + "".join(
            f"d{i},{who},c1,p1,Won,{month},{month.replace(day=5)},{number}\n"
            for i, ((who, month), number) in enumerate(numbers.items())
        )
    )
    (folder / "quotas.csv").write_text("rep_id,month,metric,amount\na0,2024-01-01,revenue,100\n")
    (folder / "payments.csv").write_text("payment_id,rep_id,customer_id,paid,amount\nx1,a0,c1,2024-01-05,1\n")
    (folder / "lines.csv").write_text("line_id,deal_id,qty\nl1,d0,1\n")
    report = load(folder, env={})
    assert report.swapped, report
    metrics = Metrics.open(folder)
    yield Company(metrics, {r.id: r for r in reps}, numbers)
    metrics.close()


def periods() -> list[tuple[When, tuple[dt.date, ...]]]:
    """Periods of whole months, with their months in order."""
    made: list[tuple[When, tuple[dt.date, ...]]] = []

    def named(month: dt.date) -> Named:
        return Named(unit="month", index=month.month, year=month.year)

    for at, month in enumerate(MONTHS):
        made.append((named(month), (month,)))
        for count in (2, 3, 5):
            if at + count <= len(MONTHS):
                made.append(
                    (FromTo(first=named(month), last=named(MONTHS[at + count - 1])), tuple(MONTHS[at : at + count]))
                )
    made.append((Named(unit="year", year=2023), tuple(MONTHS[:12])))
    made.append((Union(of=(named(MONTHS[11]), named(MONTHS[13]))), (MONTHS[11], MONTHS[13])))
    return made


def moved(months: tuple[dt.date, ...], to: str) -> tuple[dt.date, ...]:
    count = 12 if to == "year_ago" else len(months)
    indexes = [m.year * 12 + m.month - 1 - count for m in months]
    return tuple(dt.date(i // 12, i % 12 + 1, 1) for i in indexes)
