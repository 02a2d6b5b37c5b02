"""Which targets were taken, and whose were not, is said beside the numbers; rows that fit no period are found before
they are believed."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.wording.notes import notes as note_sentences
from bot.wording.tables import TableWords
from bot.wording.words import Words
from metrics import Asked, Audience, Metrics, Table, Viewer
from metrics.errors import LoadError, UnsupportedCombination
from metrics.ingest import check_rows, load
from metrics.model import check_workspace, load_model
from metrics.plan.target_periods import Gap

sys.path.append(str(Path(__file__).parent))
from worlds import TRUTH, built

AS_OF = dt.datetime(2024, 3, 12, 9)  # noqa: DTZ001  local time
REVENUE = {"kind": "target", "metric": "revenue"}
QUARTER = {"kind": "units", "unit": "quarter"}
HALF = {"kind": "named", "unit": "half", "index": 1, "year": 2024}


@contextmanager
def opened(folder: Path, name: str) -> Iterator[Metrics]:
    folder.mkdir(exist_ok=True)
    metrics = Metrics.open(built(folder, TRUTH["worlds"][name] or {}))
    yield metrics
    metrics.close()


def tell(metrics: Metrics, *, viewer: str = "ops", **asked: Any) -> Table:
    who = Viewer.of(metrics.org.people[viewer])
    return metrics.tell(Asked.model_validate(asked), viewer=who, audience=Audience.only_viewer(), as_of=AS_OF)


def notes(table: Table) -> dict[str, dict[str, str]]:
    return {n.code: n.fields for n in table.notes if n.code.startswith(("target_", "means_"))}


def test_which_targets_were_taken_and_whose_were_not_is_said(tmp_path: Path) -> None:
    with opened(tmp_path, "mixed") as metrics:
        whole = tell(metrics, show=[REVENUE], period=QUARTER)
        assert [c.name for c in whole.columns] == ["revenue_target"] and whole.rows == ((1420.0,),)
        assert notes(whole) == {
            "target_taken": {"metric": "revenue", "periods": "month, quarter"},
            "target_parts": {"metric": "revenue", "who": "Chen Yu", "n": "1"},
        }
        march = tell(metrics, show=[REVENUE], by=["reps.name"], period={"kind": "units", "unit": "month"})
        assert notes(march) == {
            "target_taken": {"metric": "revenue", "periods": "month"},
            "target_cut": {"metric": "revenue", "who": "Bob Wu, Chen Yu", "n": "2"},
        }
        own = tell(metrics, viewer="r1", show=[REVENUE], period=HALF)
        assert notes(own) == {"target_taken": {"metric": "revenue", "periods": "month, quarter"}}


def test_how_far_targets_are_set_is_said(tmp_path: Path) -> None:
    with opened(tmp_path, "quarters") as metrics:
        year = tell(metrics, show=[REVENUE], period={"kind": "units", "unit": "year"})
        assert notes(year) == {
            "target_set": {"metric": "revenue", "set": "2023-10-01..2024-06-30"},
            "target_parts": {"metric": "revenue", "who": "Chen Yu", "n": "1"},
        }
        assert notes(tell(metrics, show=[REVENUE], by=["quarter"], period=QUARTER)) == {}


def test_how_far_targets_are_set_is_the_same_whoever_asks(tmp_path: Path) -> None:
    with opened(tmp_path, "quarters") as metrics:
        year = {"kind": "units", "unit": "year"}
        for viewer, rows in (("r3", [(None,)]), ("r2", [(900,)])):
            told = tell(metrics, viewer=viewer, show=[REVENUE], period=year)
            assert [*told.rows] == rows
            assert notes(told)["target_set"] == {"metric": "revenue", "set": "2023-10-01..2024-06-30"}
        later = tell(metrics, show=[REVENUE], period={"kind": "units", "unit": "year", "offset": 1})
        assert later.rows == ((None,),)
        assert notes(later) == {"target_set": {"metric": "revenue", "set": "2023-10-01..2024-06-30"}}


def test_who_lacks_targets_is_known(tmp_path: Path) -> None:
    with opened(tmp_path, "missing") as metrics:
        known = metrics._newest().target_periods["revenue"]
        first, last = dt.date(2024, 1, 1), dt.date(2024, 4, 1)
        assert (known.periods, known.first, known.last) == (frozenset({"month"}), first, last)
        assert known.gaps == (Gap("r2", dt.date(2024, 2, 1), dt.date(2024, 3, 1)),)
    with opened(tmp_path / "quarters", "quarters") as metrics:
        known = metrics._newest().target_periods["revenue"]
        second, third = dt.date(2024, 4, 1), dt.date(2024, 7, 1)
        before = [(who, dt.date(2023, 10, 1), dt.date(2024, 1, 1)) for who in ("r2", "r3", "r4")]
        assert known.gaps is not None
        assert sorted((g.person, g.start, g.end) for g in known.gaps) == sorted([*before, ("r3", second, third)])
    with opened(tmp_path / "mixed", "mixed") as metrics:
        assert metrics._newest().target_periods["revenue"].gaps is None


def test_who_lacks_targets_is_named_to_those_alone_who_see_their_rows(tmp_path: Path) -> None:
    place = {"kind": "place", "of": REVENUE, "member": "@me"}
    with opened(tmp_path, "missing") as metrics:
        for viewer, named in (("ops", True), ("m1", True), ("r1", False), ("r3", False)):
            assert ("IN ('r2')" in tell(metrics, viewer=viewer, show=[REVENUE], period=QUARTER).proof.sql) is named
        compared = tell(metrics, viewer="r1", show=[REVENUE, place], period=QUARTER)
        assert compared.rows == ((750, 2),) and "'r2'" not in compared.proof.sql
        people = [p for p in metrics.org.people.values() if p.sells]
        question = Asked.model_validate({"show": [REVENUE], "scope": "me", "period": QUARTER})
        many = metrics.tell_many([question], people * 20, AS_OF)
        for who, row in (("r1", (750,)), ("r2", (None,)), ("r4", (80,))):
            told = many.table(question, who)
            assert told is not None and told.rows == (row,)
            assert ("target_parts" in notes(told)) is (who == "r2")


WAYS: dict[str, dict[str, Any]] = {
    "quarter": {"period": QUARTER},
    "half": {"period": HALF},
    "year": {"period": {"kind": "units", "unit": "year"}},
    "two apart": {
        "period": {
            "kind": "union",
            "of": [{"kind": "named", "unit": "quarter", "index": i, "year": 2024} for i in (1, 3)],
        }
    },
    "by quarter": {"period": {"kind": "between", "start": "2023-10-01", "end": "2024-10-01"}, "by": ["quarter"]},
    "by person and quarter": {"period": HALF, "by": ["reps.rep_id", "quarter"]},
    "by year": {"period": HALF, "by": ["reps.name", "year"]},
    "before": {"period": QUARTER, "show": [REVENUE, {"kind": "change", "of": REVENUE}], "by": ["reps.rep_id"]},
}


@pytest.mark.parametrize("world", ["world", "missing", "quarters"])
def test_summed_counted_and_tiled_are_the_same(world: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def told(folder: str) -> dict[tuple[str, str], tuple[Any, ...]]:
        with opened(tmp_path / folder, world) as metrics:
            made = {}
            for viewer in ("ops", "m1", "r2", "r3", "r4"):
                for name, asked in WAYS.items():
                    table = tell(metrics, viewer=viewer, **({"show": [REVENUE]} | asked))
                    made[viewer, name] = (sorted(table.rows, key=str), table.notes)
            return made

    summed = told("summed")
    monkeypatch.setattr("metrics.plan.grid.aims._NAMED", -1)
    counted = told("counted")
    monkeypatch.setattr("metrics.plan.target_periods._MOST_GAPS", -1)
    tiled = told("tiled")
    assert summed == counted
    assert counted == tiled


def test_what_targets_are_for_is_said_where_all_of_them_are_for_longer(tmp_path: Path) -> None:
    with opened(tmp_path, "quarters") as metrics:
        month = {"kind": "units", "unit": "month"}
        with pytest.raises(UnsupportedCombination) as raised:
            tell(metrics, show=[REVENUE], period=month)
        assert raised.value.fields == {"grain": "quarter"}
        for language, said in (("en", "Targets of Revenue are per quarter"), ("zh", "按季度设定")):
            assert said in Words(metrics.model, language).error(raised.value)
        blank = tell(
            metrics, show=[{"kind": "metric", "name": "revenue"}, {"kind": "if_any", "of": REVENUE}], period=month
        )
        assert blank.rows == ((450.0, None),)
        assert notes(blank) == {
            "means_nothing": {
                "grain": "quarter",
                "subject": "revenue",
                "reason": "target_period",
                "what": "revenue_target",
            }
        }


def test_notes_are_said_in_words(tmp_path: Path) -> None:
    with opened(tmp_path, "mixed") as metrics:
        pace = {"kind": "if_any", "of": {"kind": "pace", "metric": "win_rate"}}
        table = tell(metrics, show=[REVENUE, pace], by=["reps.name"], period=QUARTER)
        told = TableWords(Words(metrics.model, "en"), table)
        said = note_sentences(told)
        assert [s for s in said if s.startswith(("Left", "Targets", "Chen"))] == [
            "Left empty: Win rate does not grow over a period: there is no pace to it, only the target itself.",
            "Targets of Revenue taken: per month and quarter.",
            "Chen Yu: targets of Revenue do not cover the whole period, so none is taken.",
        ]


def test_a_condition_that_a_number_is_known_is_data(tmp_path: Path) -> None:
    with opened(tmp_path, "quarters") as metrics:
        having = {"kind": "not", "of": {"kind": "known", "of": REVENUE}}
        table = tell(metrics, show=[REVENUE], by=["reps.name"], period=QUARTER, having=having)
        known = {"on": "revenue", "kind": "group", "of": "target", "op": "known"}
        assert table.proof.conditions == ("and", ("not", known))


WRONG = {
    "a quarter that begins with none": (
        "quarters",
        "r6,2024-02-01,revenue,5",
        13,
        "2024-02-01 is not the first day of a quarter: that begins on 2024-01-01.",
        "write `period: month` in sales.yaml",
    ),
    "a period that is none": (
        "mixed",
        "r6,weekly,2024-01-01,revenue,5",
        18,
        "weekly is no period of targets.",
        "Use one",
    ),
    "the same target twice": (
        "missing",
        "r1,2024-03-31,revenue,5",
        11,
        "revenue of r1 from 2024-03-01 has a target on line 4 already.",
        "Keep one row",
    ),
    "an end before the start": (
        "dated",
        "r4,2024-01-01,2023-12-31,revenue,5",
        13,
        "a target from 2024-01-01 ends on 2023-12-31.",
        "Give the last day",
    ),
    "a fiscal year that begins with the calendar's": (
        "july",
        "r3,year,2024-01-01,revenue,5",
        7,
        "2024-01-01 is not the first day of a year: that begins on 2023-07-01.",
        "or the period of this row",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_rows_that_fit_no_period_are_not_loaded(name: str, tmp_path: Path) -> None:
    world, row, line, message, fix = WRONG[name]
    folder = built(tmp_path, TRUTH["worlds"][world])
    with (folder / "quotas.csv").open("a", encoding="utf-8") as file:
        file.write(f"{row}\n")
    (problem,) = [p for p in check_rows(folder, env={}) if p.severity == "error"]
    assert (problem.file, problem.line, problem.message) == ("quotas.csv", line, message)
    assert fix in problem.fix
    with pytest.raises(LoadError) as raised:
        load(folder, env={})
    assert [p.message for p in raised.value.problems] == [message]


def test_a_month_may_be_given_by_any_of_its_days_and_is_warned_of(tmp_path: Path) -> None:
    folder = built(tmp_path, TRUTH["worlds"]["missing"])
    found = check_rows(folder, env={})
    assert [(p.line, p.severity) for p in found] == [(7, "warning"), (8, "warning"), (9, "warning")]
    assert (
        found[0].message
        == "2024-01-31 is not the first day of a month: the target counts for the month from 2024-01-01."
    )
    assert check_rows(built(tmp_path, TRUTH["worlds"]["world"] or {}), env={}) == []


SECTIONS = {
    "month: quotas.month, period: quarter": "targets have a month and a period.",
    "start: quotas.month": "it is not said how long a target lasts.",
    "period: quarter": "it is not said when the period of a target begins.",
    "start: quotas.month, period: weekly": "weekly is no period of targets.",
    "start: quotas.month, period: quotas.cadence": "there is no field quotas.cadence.",
    "start: quotas.month, period: dates": "targets between dates have no end.",
    "start: quotas.month, period: year, end: quotas.month": "targets of a year end with it.",
    "start: quotas.metric, period: quarter": "quotas.metric is a String, not a date.",
    "start: quotas.month, period: dates, end: quotas.metric": "quotas.metric is a String, not a date.",
}


@pytest.mark.parametrize("said", SECTIONS)
def test_what_is_wrong_with_the_section_is_said(said: str, tmp_path: Path) -> None:
    folder = built(tmp_path, {})
    sales = folder / "sales.yaml"
    text = sales.read_text(encoding="utf-8")
    assert "month: quotas.month" in text
    sales.write_text(text.replace("month: quotas.month", said), encoding="utf-8")
    assert SECTIONS[said] in [p.message for p in check_workspace(folder, env={})]


def test_a_month_is_short_for_its_period_and_start(tmp_path: Path) -> None:
    folder = built(tmp_path, {})
    short = load_model(folder).targets
    sales = folder / "sales.yaml"
    text = sales.read_text(encoding="utf-8").replace("month: quotas.month", "period: month, start: quotas.month")
    sales.write_text(text, encoding="utf-8")
    assert load_model(folder).targets == short is not None
