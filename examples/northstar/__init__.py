"""The demo company: Northstar Instruments, an invented maker of sensors, gateways and the software around them.

The same `as_of`, `seed` and `reps` give the same bytes everywhere. Every thing draws from its own stream and later days
never change earlier ones, so with the same `start` one more day only adds what happened on it.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from pathlib import Path

from northstar.customers import acquire
from northstar.deals import deals
from northstar.dirt import soil
from northstar.effort import activities
from northstar.orders import invoices, order_lines
from northstar.quotas import targets
from northstar.seasons import add_months, months_from
from northstar.staff import hire
from northstar.tables import (
    Table,
    activity_table,
    contract_table,
    customer_event_table,
    customer_table,
    invoice_table,
    line_table,
    opportunity_table,
    product_table,
    quote_table,
    renewal_table,
    rep_table,
    stage_list,
    stage_table,
    target_table,
)

__all__ = ["WORKSPACE_FILES", "first_month", "generate", "write_workspace"]

WORKSPACE_FILES = ("model.yaml", "sales.yaml", "sources.yaml")
_TEMPLATES = Path(__file__).parent / "workspace"


def first_month(as_of: dt.date, months: int) -> dt.date:
    """The first of the month `months` - 1 before that of the last day of data: `months` months, the last one begun."""
    return add_months(as_of - dt.timedelta(days=1), 1 - months)


def _month_end(day: dt.date) -> dt.date:
    return add_months(day, 1) - dt.timedelta(days=1)


def _tables(as_of: dt.date, seed: int, reps: int, start: dt.date) -> list[Table]:
    through = as_of - dt.timedelta(days=1)
    until = _month_end(through)
    quarter_end = _month_end(add_months(as_of, 2 - (as_of.month - 1) % 3))
    staff = tuple(r for r in hire(seed, reps, start) if r.hired <= quarter_end)
    customers = acquire(seed, staff, start, until)
    known = tuple(c for c in customers if c.since <= through)
    lines = list(order_lines(seed, known, start, through))
    opportunities = list(deals(seed, staff, customers, start, through))
    here = tuple(r for r in staff if r.hired <= through)
    return soil(
        seed,
        [
            rep_table(here, through),
            product_table(months_from(start, through)),
            customer_table(known, through),
            line_table(lines),
            invoice_table(invoices(seed, lines, start, through)),
            opportunity_table(opportunities),
            stage_list(),
            stage_table(opportunities, start),
            quote_table(opportunities, start),
            contract_table(opportunities),
            renewal_table(customers, through, add_months(until, 4) - dt.timedelta(days=1)),
            customer_event_table(customers, start, through),
            activity_table(activities(seed, here, customers, start, through)),
            target_table(targets(seed, here, customers, start, quarter_end)),
        ],
    )


def generate(
    folder: Path, *, as_of: dt.date, seed: int = 7, reps: int = 60, months: int = 26, start: dt.date | None = None
) -> None:
    """Write `folder`/data/*.csv, complete from the day in complete_from.txt to that in complete_through.txt, the day
    before `as_of`.

    `reps` people ever sell, of whom some are not hired yet or have left. `start` (a first of a month) overrules
    `months`: pass the same one to let a company go on from day to day. About 85,000 rows and 4 s with the defaults.
    """
    if reps < 1 or months < 1:
        raise ValueError("a company needs at least one person and one month")
    first = first_month(as_of, months) if start is None else start.replace(day=1)
    data = folder / "data"
    data.mkdir(parents=True, exist_ok=True)
    for table in _tables(as_of, seed, reps, first):
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(table.columns)
        writer.writerows(table.rows)
        (data / f"{table.name}.csv").write_bytes(text.getvalue().encode())
    (data / "complete_from.txt").write_text(f"{first}\n", encoding="utf-8")
    # Written last: a reader that finds the new date finds the new rows as well.
    (data / "complete_through.txt").write_text(f"{as_of - dt.timedelta(days=1)}\n", encoding="utf-8")


def write_workspace(
    folder: Path, *, as_of: dt.date, seed: int = 7, reps: int = 60, months: int = 26, start: dt.date | None = None
) -> None:
    """A whole demo workspace: model.yaml, sales.yaml and sources.yaml as shipped, and the data of `generate`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in WORKSPACE_FILES:
        (folder / name).write_bytes((_TEMPLATES / name).read_bytes())
    generate(folder, as_of=as_of, seed=seed, reps=reps, months=months, start=start)
