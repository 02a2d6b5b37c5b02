"""The demo company: the same bytes every time, believable people and numbers, dirt that is meant."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path

import holidays
import pytest
from northstar import WORKSPACE_FILES, first_month, generate

AS_OF = dt.date(2026, 11, 20)  # the day of demo_workspace
THROUGH = dt.date(2026, 11, 19)
Rows = list[dict[str, str]]


def _read(folder: Path) -> dict[str, Rows]:
    found = {}
    for path in sorted((folder / "data").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            found[path.stem] = list(csv.DictReader(file))
    return found


def _digests(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted((folder / "data").iterdir())}


def _date(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


@pytest.fixture(scope="module")
def folder(demo_workspace: Path) -> Path:
    return demo_workspace


@pytest.fixture(scope="module")
def company(folder: Path) -> dict[str, Rows]:
    return _read(folder)


@pytest.fixture(scope="module")
def good_lines(company: dict[str, Rows]) -> Rows:
    """Order lines without the dirt: each once, with a real date and a person who exists."""
    people = {r["rep_id"] for r in company["reps"]}
    seen: dict[str, dict[str, str]] = {}
    for row in company["order_lines"]:
        day = _date(row["order_date"])
        if day is not None and day.year < 2100 and row["rep_id"] in people:
            seen[row["line_id"]] = row
    return list(seen.values())


def test_same_input_gives_same_bytes(folder: Path, tmp_path: Path) -> None:
    generate(tmp_path, as_of=AS_OF)
    assert _digests(tmp_path) == _digests(folder)


def test_another_seed_gives_another_company(tmp_path: Path) -> None:
    generate(tmp_path / "a", as_of=AS_OF, reps=12, months=4)
    generate(tmp_path / "b", as_of=AS_OF, reps=12, months=4, seed=8)
    assert _digests(tmp_path / "a")["order_lines.csv"] != _digests(tmp_path / "b")["order_lines.csv"]


def test_one_more_day_only_adds_what_happened_on_it(tmp_path: Path) -> None:
    start = dt.date(2026, 5, 1)
    generate(tmp_path / "a", as_of=dt.date(2026, 10, 30), start=start, reps=20)
    generate(tmp_path / "b", as_of=dt.date(2026, 11, 4), start=start, reps=20)  # over the end of a month
    before, after = _read(tmp_path / "a"), _read(tmp_path / "b")
    for table, day in (
        ("order_lines", "order_date"),
        ("activities", "activity_on"),
        ("contracts", "signed_on"),
        ("quotes", "quoted_on"),
    ):
        keys = [
            k for k in before[table][0] if k not in ("signed", "product", "activity_type")
        ]  # change later, or are dirty

        def facts(rows: Rows, keys: list[str] = keys, day: str = day) -> set[tuple[str, ...]]:
            return {
                tuple(r[k] for k in keys)
                for r in rows
                if "2026-05-01" <= r[day] < "2026-10-30" and r[keys[0]][-1] not in "XYZ"
            }

        assert facts(before[table]) == facts(after[table])
        assert any(r[day] >= "2026-10-30" for r in after[table])


def test_files_and_last_day(folder: Path, company: dict[str, Rows]) -> None:
    assert all((folder / name).is_file() for name in WORKSPACE_FILES)
    assert (folder / "data" / "complete_through.txt").read_text(encoding="utf-8").strip() == THROUGH.isoformat()
    assert 40_000 < sum(map(len, company.values())) < 120_000


def test_twenty_six_months_and_nothing_after_the_last_day(company: dict[str, Rows], good_lines: Rows) -> None:
    assert first_month(AS_OF, 26) == dt.date(2024, 10, 1)
    months = {r["order_date"][:7] for r in good_lines}
    assert len(months) == 26 and min(months) == "2024-10" and max(months) == "2026-11"
    assert max(r["order_date"] for r in good_lines) <= THROUGH.isoformat()
    for table, column in (
        ("activities", "activity_on"),
        ("receivables", "paid_on"),
        ("opportunities", "created_on"),
        ("opportunities", "closed_on"),
        ("stage_history", "entered_on"),
        ("quotes", "quoted_on"),
        ("contracts", "signed_on"),
        ("renewals", "renewed_on"),
        ("customer_events", "happened_on"),
        ("customers", "first_order_on"),
        ("reps", "hired_on"),
        ("reps", "left_on"),
    ):
        assert max(r[column] for r in company[table]) <= THROUGH.isoformat(), (table, column)


def test_people(company: dict[str, Rows]) -> None:
    reps = company["reps"]
    assert 55 <= len(reps) <= 60
    assert len({r["name"] for r in reps}) == len({r["email"] for r in reps}) == len(reps)
    assert Counter(r["region"] for r in reps).keys() == {"East", "North", "South", "West"}
    assert len({r["team"] for r in reps}) == 10 and min(Counter(r["team"] for r in reps).values()) >= 4
    firsts = Counter(r["name"].split()[0] for r in reps if r["name"].isascii())
    assert firsts["Anna"] == 2 and firsts["Kevin"] == 2, "shared first names are there to be asked about"
    assert any(not r["name"].isascii() for r in reps) and {r["language"] for r in reps} == {"en", "zh"}
    assert len({r["timezone"] for r in reps}) > 1
    hired_later = [r for r in reps if r["hired_on"] >= "2024-10-01"]
    left = [r for r in reps if r["left_on"]]
    assert len(hired_later) >= 8 and 4 <= len(left) <= 12
    assert all(r["hired_on"] < r["left_on"] for r in left)


@pytest.mark.parametrize(
    ("table", "day"),
    [
        ("activities", "activity_on"),
        ("contracts", "signed_on"),
        ("quotes", "quoted_on"),
        ("opportunities", "created_on"),
        ("opportunities", "closed_on"),
        ("stage_history", "entered_on"),
        ("customer_events", "happened_on"),
    ],
)
def test_nobody_acts_before_the_first_or_after_the_last_day(company: dict[str, Rows], table: str, day: str) -> None:
    people = {r["rep_id"]: r for r in company["reps"]}
    for row in company[table]:
        rep = people.get(row["rep_id"])
        if rep is None or not row[day]:
            continue
        assert rep["hired_on"] <= row[day] <= (rep["left_on"] or "9999"), row


def test_leavers_sell_nothing_more_and_their_customers_move(company: dict[str, Rows], good_lines: Rows) -> None:
    left = {r["rep_id"]: r["left_on"] for r in company["reps"] if r["left_on"]}
    assert not [r for r in good_lines if r["rep_id"] in left and r["order_date"] > left[r["rep_id"]]]
    assert not [r for r in company["customers"] if r["owner_id"] in left and r["status"] == "Active"]
    moved = [r for r in company["customer_events"] if r["event"] == "Moved away"]
    assert {r["rep_id"] for r in moved} <= set(left) and len(moved) > 30


def test_events_sum_to_the_customers_each_person_has(company: dict[str, Rows]) -> None:
    held: Counter[str] = Counter()
    for row in company["customer_events"]:
        held[row["rep_id"]] += int(row["change"])
    owned = Counter(r["owner_id"] for r in company["customers"] if r["status"] == "Active")
    assert {k: v for k, v in held.items() if v} == dict(owned)


def test_first_orders_are_new_customers(company: dict[str, Rows], good_lines: Rows) -> None:
    flagged = {r["customer_id"]: r["order_date"] for r in good_lines if r["new_customer"] == "1"}
    fresh = {r["customer_id"]: r["first_order_on"] for r in company["customers"] if r["first_order_on"] >= "2024-10-01"}
    assert flagged == fresh and len(fresh) > 800
    earliest: dict[str, str] = {}
    for row in good_lines:
        earliest[row["customer_id"]] = min(row["order_date"], earliest.get(row["customer_id"], "9999"))
    assert all(earliest[customer] == day for customer, day in fresh.items())
    assert sum(r["event"] == "New" for r in company["customer_events"]) == len(fresh)


def test_contracts_are_won_deals_and_quotes_belong_to_proposals(company: dict[str, Rows]) -> None:
    won = {r["opportunity_id"]: (r["closed_on"], r["amount"]) for r in company["opportunities"] if r["stage"] == "Won"}
    assert won == {r["opportunity_id"]: (r["signed_on"], r["amount"]) for r in company["contracts"]}
    assert all((r["signed"] == "1") == (r["opportunity_id"] in won) for r in company["quotes"])
    assert all(bool(r["lost_reason"]) == (r["stage"] == "Lost") for r in company["opportunities"])
    assert all(bool(r["closed_on"]) == (r["stage"] in ("Won", "Lost")) for r in company["opportunities"])


def test_invoices_bill_exactly_what_was_ordered(company: dict[str, Rows], good_lines: Rows) -> None:
    ordered: dict[str, Decimal] = defaultdict(Decimal)
    for row in good_lines:
        ordered[row["order_id"]] += Decimal(row["amount"])
    assert ordered == {r["order_id"]: Decimal(r["amount_due"]) for r in company["receivables"]}
    assert all(Decimal(r["amount_paid"]) <= Decimal(r["amount_due"]) for r in company["receivables"])
    assert all(bool(r["paid_on"]) == (Decimal(r["amount_paid"]) > 0) for r in company["receivables"])


def test_working_days_are_worked_and_holidays_are_not(company: dict[str, Rows], good_lines: Rows) -> None:
    off = holidays.country_holidays("CN", years=[2024, 2025, 2026])
    days = [d for r in good_lines if (d := _date(r["order_date"])) is not None]
    weekend = sum(d.weekday() >= 5 for d in days) / len(days)
    assert 0.003 < weekend < 0.06, "some online orders come in at weekends"
    assert sum(d in off and d.weekday() < 5 for d in days) / len(days) < 0.02
    acted = [d for r in company["activities"] if (d := _date(r["activity_on"])) is not None]
    assert not [d for d in acted if d.weekday() >= 5]
    assert sum(d in off for d in acted) / len(acted) < 0.01


def test_february_is_weak_and_december_strong(good_lines: Rows) -> None:
    month: dict[str, Decimal] = defaultdict(Decimal)
    for row in good_lines:
        month[row["order_date"][:7]] += Decimal(row["amount"])
    assert month["2026-02"] < month["2026-01"] and month["2026-02"] < Decimal("0.75") * month["2026-03"]
    assert month["2025-12"] > month["2025-10"] and month["2026-10"] > month["2025-10"]


def test_attainment_spreads(company: dict[str, Rows], good_lines: Rows) -> None:
    sold: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in good_lines:
        sold[row["rep_id"], row["order_date"][:7]] += Decimal(row["amount"])
    rows = [r for r in company["targets"] if r["metric"] == "sales" and r["month"] < "2026-11-01"]
    total = sum(sold[r["rep_id"], r["month"][:7]] for r in rows) / sum(Decimal(r["amount"]) for r in rows)
    assert Decimal("0.85") < total < Decimal("1.1")
    quarter = [(sold[r["rep_id"], r["month"][:7]], Decimal(r["amount"])) for r in rows if r["month"] >= "2026-08-01"]
    shares = sorted(a / t for a, t in quarter)
    assert shares[len(shares) // 10] < Decimal("0.6") and shares[-len(shares) // 10] > Decimal("1.15")
    assert {r["metric"] for r in company["targets"]} == {
        "sales",
        "collections",
        "new_customers",
        "contracts_signed",
        "visits",
        "calls",
        "follow_ups",
    }
    assert max(r["month"] for r in company["targets"]) == "2026-12-01", "targets reach to the end of the quarter"


def test_the_stories_are_in_the_numbers(company: dict[str, Rows], good_lines: Rows) -> None:
    region = {r["rep_id"]: r["region"] for r in company["reps"]}
    target: dict[tuple[str, bool], Decimal] = defaultdict(Decimal)
    actual: dict[tuple[str, bool], Decimal] = defaultdict(Decimal)
    for row in company["targets"]:
        if row["metric"] == "sales" and "2026-02-01" <= row["month"] < "2026-11-01":
            target[region[row["rep_id"]], row["month"] >= "2026-08-01"] += Decimal(row["amount"])
    for row in good_lines:
        if "2026-02-01" <= row["order_date"] < "2026-11-01":
            actual[region[row["rep_id"]], row["order_date"] >= "2026-08-01"] += Decimal(row["amount"])
    drop = {r: actual[r, True] / target[r, True] - actual[r, False] / target[r, False] for r in set(region.values())}
    assert min(drop, key=lambda r: drop[r]) == "South" and drop["South"] < Decimal("-0.15")

    cloud: Counter[str] = Counter(r["order_date"][:4] for r in good_lines if "Cloud" in r["product"])
    assert cloud["2024"] == 0 and cloud["2026"] > 4 * cloud["2025"] > 0

    unlucky = [r for r in company["opportunities"] if r["rep_id"] == "R004" and r["closed_on"] >= "2026-10-01"]
    assert len(unlucky) >= 4 and {r["stage"] for r in unlucky} == {"Lost"}


def test_there_is_dirt_to_report(company: dict[str, Rows]) -> None:
    people = {r["rep_id"] for r in company["reps"]}
    lines = company["order_lines"]
    assert sum(r["rep_id"] not in people for r in lines) == 2
    assert sum((d := _date(r["order_date"])) is None or d.year > 2100 for r in lines) == 3
    assert len(lines) - len({r["line_id"] for r in lines}) == 6
    assert sum(r["product"] == "SentioPro" for r in lines) > 10
    assert any(r["city"] == "上海" for r in company["customers"])


@pytest.mark.parametrize("as_of", [dt.date(2027, 3, 1), dt.date(2028, 2, 29), dt.date(2027, 1, 1), dt.date(2036, 7, 4)])
def test_any_day_will_do(tmp_path: Path, as_of: dt.date) -> None:
    generate(tmp_path, as_of=as_of, reps=10, months=3)
    rows = _read(tmp_path)
    days = [d for r in rows["order_lines"] if (d := _date(r["order_date"])) is not None and d.year < 2100]
    assert max(days) <= as_of - dt.timedelta(days=1) and min(days) >= first_month(as_of, 3)
    assert len(rows["reps"]) >= 6


def test_nonsense_sizes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one"):
        generate(tmp_path, as_of=AS_OF, reps=0)
    with pytest.raises(ValueError, match="at least one"):
        generate(tmp_path, as_of=AS_OF, months=0)
