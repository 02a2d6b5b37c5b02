"""上个月同期: as much of last month as has passed of this one, which is not a year ago."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from metrics.query import Compare, Period, Relative, YearAgo
from nlq import Lexicon, Understood, read

COMPANY = runpy.run_path(str(Path(__file__).parent.parent / "corpus" / "company.py"))
ORG = COMPANY["org"]()
LAST_MONTH, LAST_QUARTER = (Relative(unit=unit, offset=-1, to_date=True) for unit in ("month", "quarter"))


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon.build(COMPANY["model"](), COMPANY["MEMBERS"], ORG)


@pytest.mark.parametrize(
    ("text", "period", "against"),
    [
        ("本月销售额比上个月同期增长了多少", Relative(unit="month"), LAST_MONTH),
        ("本月业绩和上月同期相比", Relative(unit="month"), LAST_MONTH),
        ("本季度销售额比上季度同期", Relative(unit="quarter"), LAST_QUARTER),
        ("上个月同期的销售额", LAST_MONTH, None),
        ("本月销售额比去年同期增长多少", Relative(unit="month"), "year_ago"),
        ("本月去年同期销售额", YearAgo(of=Relative(unit="month")), None),
    ],
)
def test_read_as(lexicon: Lexicon, text: str, period: Period, against: Period | str | None) -> None:
    reading = read(text, lexicon=lexicon, asker=ORG.people["o1"], as_of=COMPANY["AS_OF"])
    assert isinstance(reading, Understood)
    assert reading.query.period == period
    assert reading.query.compare == (None if against is None else Compare(to=against))  # type: ignore[arg-type]
