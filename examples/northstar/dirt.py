"""What real exports look like: a few rows wrong on purpose, so that loading has something to say. Nothing true is lost:
every wrong row is an addition or another spelling of a value that `sources.yaml` maps back."""

from __future__ import annotations

import random
from dataclasses import replace

from northstar.draws import stream
from northstar.tables import Row, Table

__all__ = ["soil"]

_SPELLINGS = {
    ("order_lines", "product"): {"Sentio Pro": "SentioPro", "Visora Cloud": "Visora-Cloud", "Gatera 300": "GATERA 300"},
    ("customers", "city"): {"Shanghai": "上海", "Hangzhou": "HANGZHOU", "Xi'an": "Xian"},
    ("customers", "customer_type"): {"Key account": "KA", "Small business": "small"},
    ("activities", "activity_type"): {"On-site visit": "visit", "Phone call": "CALL"},
}
_SHARE = 0.03


def _respell(rng: random.Random, table: Table) -> Table:
    rows = list(table.rows)
    for (name, column), spellings in _SPELLINGS.items():
        if name != table.name:
            continue
        at = table.columns.index(column)
        for number, row in enumerate(rows):
            other = spellings.get(row[at])
            if other is not None and rng.random() < _SHARE:
                rows[number] = (*row[:at], other, *row[at + 1 :])
    return replace(table, rows=tuple(rows))


def _changed(table: Table, row: Row, **values: str) -> Row:
    return tuple(values.get(column, value) for column, value in zip(table.columns, row, strict=True))


def soil(seed: int, tables: list[Table]) -> list[Table]:
    """The tables with other spellings, six rows twice, an order and an activity of nobody, and three impossible
    dates."""
    found = []
    for table in tables:
        rng = stream(seed, "dirt", table.name)
        dirty = _respell(rng, table)
        extra: list[Row] = []
        if table.name == "order_lines" and len(dirty.rows) > 50:
            for number, row in enumerate(rng.sample(dirty.rows, 6)):
                extra.append(row)  # sent twice, the same
                if number < 2:
                    extra.append(
                        _changed(dirty, row, line_id=f"{row[0]}X", order_id=f"{row[1]}X", rep_id="R999")
                    )  # of nobody
                elif number < 4:
                    bad = "2025-02-30" if number == 2 else "31/31/2025"
                    extra.append(_changed(dirty, row, line_id=f"{row[0]}Y", order_id=f"{row[1]}Y", order_date=bad))
                elif number < 5:
                    extra.append(
                        _changed(dirty, row, line_id=f"{row[0]}Z", order_id=f"{row[1]}Z", order_date="2206-01-15")
                    )
        if table.name == "activities" and len(dirty.rows) > 50:
            row, again = rng.sample(dirty.rows, 2)
            extra += [_changed(dirty, row, activity_id=f"{row[0]}X", rep_id="R000"), again]
        found.append(replace(dirty, rows=dirty.rows + tuple(extra)))
    return found
