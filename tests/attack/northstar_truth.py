"""The truth of a demo company: hand-written SQL over its CSV files, past all of our code."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from metrics import Between, Named, Period, Relative

__all__ = ["LAST_MONTH", "LAST_QUARTER", "LAST_YEAR", "MARCH", "THIS_MONTH", "THIS_YEAR", "Stretch", "Truth", "days"]


@dataclass(frozen=True)
class Stretch:
    """A period as it is asked, and its dates [start, end) on the day of the tests."""

    period: Period
    start: dt.date
    end: dt.date

    def __str__(self) -> str:
        return f"[{self.start}, {self.end})"


def days(start: dt.date, count: int = 1) -> Stretch:
    end = start + dt.timedelta(days=count)
    return Stretch(Between(start=start, end=end), start, end)


# Seen from 20 November 2026, with data through the 19th.
THIS_MONTH = Stretch(Relative(unit="month"), dt.date(2026, 11, 1), dt.date(2026, 11, 20))
LAST_MONTH = Stretch(Relative(unit="month", offset=-1), dt.date(2026, 10, 1), dt.date(2026, 11, 1))
LAST_QUARTER = Stretch(Relative(unit="quarter", offset=-1), dt.date(2026, 7, 1), dt.date(2026, 10, 1))
THIS_YEAR = Stretch(Relative(unit="year"), dt.date(2026, 1, 1), dt.date(2026, 11, 20))
LAST_YEAR = Stretch(Relative(unit="year", offset=-1), dt.date(2025, 1, 1), dt.date(2026, 1, 1))
MARCH = Stretch(Named(unit="month", index=3, year=2026), dt.date(2026, 3, 1), dt.date(2026, 4, 1))

# metric -> (table, date, number)
MEASURES = {
    "sales": ("order_lines", "order_date", "sum(amount)"),
    "gross_profit": ("order_lines", "order_date", "sum(amount - cost)"),
    "collections": ("receivables", "paid_on", "sum(amount_paid)"),
    "amount_due": ("receivables", "due_on", "sum(amount_due)"),
}
_AMOUNTS = ("amount", "cost", "amount_due", "amount_paid")


class Truth:
    """The files of a folder as tables: equal rows once, rows of nobody left out, dates and amounts typed."""

    def __init__(self, data: Path) -> None:
        self._con = duckdb.connect()
        for file in sorted(data.glob("*.csv"), key=lambda f: f.stem != "reps"):
            columns = self._con.execute(f"DESCRIBE FROM read_csv('{file}', all_varchar = true)").fetchall()
            typed = [_typed(name) for name, *_ in columns]
            known = (
                "rep_id IN (SELECT rep_id FROM reps)" if "rep_id" in dict.fromkeys(c[0] for c in columns) else "true"
            )
            known = known if file.stem != "reps" else "true"
            self._con.execute(
                f"CREATE TABLE {file.stem} AS SELECT DISTINCT {', '.join(typed)}"
                f" FROM read_csv('{file}', all_varchar = true) WHERE {known}"
            )

    def close(self) -> None:
        self._con.close()

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return self._con.execute(sql, values).fetchall()

    def by_rep(self, metric: str, over: Stretch, **only: Sequence[str] | str) -> dict[str, float]:
        """Seller -> number, of rows whose columns are among `only` (`customer`: by name)."""
        table, date, number = MEASURES[metric]
        tests = [f"{date} >= ? AND {date} < ?"]
        values: list[Any] = [over.start, over.end]
        for column, wanted in only.items():
            listed = [wanted] if isinstance(wanted, str) else list(wanted)
            marks = ", ".join("?" * len(listed))
            if column == "customer":
                tests.append(f"customer_id IN (SELECT customer_id FROM customers WHERE customer IN ({marks}))")
            else:
                tests.append(f"{column} IN ({marks})")
            values += listed
        found = self.rows(f"SELECT rep_id, {number} FROM {table} WHERE {' AND '.join(tests)} GROUP BY 1", *values)
        return {rep: float(amount) for rep, amount in found if amount is not None}

    def customers_of(self, sellers: Collection[str]) -> set[str]:
        """Names of customers who belong to one of the sellers, now or by any row of theirs."""
        tables = ("order_lines", "receivables", "activities", "opportunities", "renewals", "customer_events")
        rows = " UNION ".join(f"SELECT customer_id, rep_id FROM {t}" for t in tables)
        found = self.rows(
            f"""SELECT DISTINCT customer, rep_id FROM customers
                JOIN ({rows} UNION SELECT customer_id, owner_id FROM customers) USING (customer_id)"""
        )
        return {name for name, rep in found if rep in sellers}

    @functools.cache  # noqa: B019  one company lives as long as the tests
    def singles(self, metric: str, over: Stretch, column: str = "customer") -> list[tuple[str, str, float]]:
        """(member, seller, number) of members of the column that only one seller has numbers with, larger than 100."""
        table, date, number = MEASURES[metric]
        return [
            (member, rep, float(amount))
            for member, rep, amount in self.rows(
                f"""SELECT {column}, min(f.rep_id), {number} FROM {table} f JOIN customers c USING (customer_id)
                    WHERE {date} >= ? AND {date} < ? AND customer IN
                        (SELECT customer FROM customers GROUP BY 1 HAVING count(*) = 1)
                    GROUP BY 1 HAVING count(DISTINCT f.rep_id) = 1 AND {number} > 100 ORDER BY 1""",
                over.start,
                over.end,
            )
        ]


def _typed(column: str) -> str:
    if column.endswith(("_on", "_date")) or column == "month":
        return f"TRY_CAST({column} AS DATE) AS {column}"
    return f"CAST({column} AS DECIMAL(18, 2)) AS {column}" if column in _AMOUNTS else column
