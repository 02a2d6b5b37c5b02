"""`Metrics` from the outside: before the first load, over a reload, who may see what, receipts and notes."""

from __future__ import annotations

import datetime as dt
import importlib
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from metrics import (
    AllTime,
    Audience,
    Compare,
    Filter,
    Having,
    Metrics,
    NotPermitted,
    Query,
    Rank,
    Relative,
    StaleData,
    Target,
    UnknownName,
    UserError,
    Viewer,
)
from metrics.ingest import load
from metrics.telling import Teller

sys.path.append(str(Path(__file__).parent.parent / "world"))
engine_world = importlib.import_module("engine_world")
ask = engine_world.ask
MONTH = Relative(unit="month")
REVENUE = Query(metrics=("revenue",))


@pytest.fixture(scope="module")
def metrics(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Metrics]:
    opened = Metrics.open(engine_world.build(tmp_path_factory.mktemp("store")))
    yield opened
    opened.close()


def test_before_the_first_load_the_answer_says_so(tmp_path: Path) -> None:
    for file in engine_world.HERE.glob("*.yaml"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    empty = Metrics.open(tmp_path)
    assert empty.data_version is None and empty.data_through is None and empty.members == {}
    assert "ops" in empty.org.people
    with pytest.raises(UserError) as caught:
        ask(empty, REVENUE)
    assert caught.value.code == "no_data_store"
    empty.close()


def test_a_new_snapshot_is_answered_from_without_an_error(tmp_path: Path) -> None:
    workspace = engine_world.build(tmp_path)
    metrics = Metrics.open(workspace)
    first = ask(metrics, REVENUE)
    failures: list[Exception] = []
    sums: set[object] = set()
    stop = threading.Event()

    def reader() -> None:
        while not stop.is_set():
            try:
                sums.add(ask(metrics, REVENUE).rows[0][0])
            except Exception as error:  # noqa: BLE001 - whatever comes is a failure of the test
                failures.append(error)
                return

    threads = [threading.Thread(target=reader) for _ in range(3)]
    for thread in threads:
        thread.start()
    deals = workspace / "deals.csv"
    deals.write_text(
        deals.read_text(encoding="utf-8") + "d99,r5,c1,p1,Won,2024-03-01,2024-03-11,1000\n", encoding="utf-8"
    )
    assert load(workspace, env={}).swapped
    second = ask(metrics, REVENUE)
    stop.set()
    for thread in threads:
        thread.join()
    metrics.close()
    assert not failures
    assert (first.rows[0][0], second.rows[0][0]) == (2850, 3850) and sums <= {2850, 3850}
    assert first.receipt.data_version != second.receipt.data_version == metrics.data_version


def test_the_receipt_says_what_was_read(metrics: Metrics) -> None:
    answer = ask(
        metrics,
        Query(
            metrics=("revenue",),
            period=MONTH,
            compare=Compare(to="previous"),
            where=(Filter(field="reps.team", values=("Alpha",)),),
        ),
    )
    receipt = answer.receipt
    assert [(w.label, w.start, w.end, w.cut) for w in receipt.windows] == [
        ("current", dt.date(2024, 3, 1), dt.date(2024, 3, 12), True),
        ("previous", dt.date(2024, 2, 1), dt.date(2024, 2, 12), True),
    ]
    assert receipt.data_through == dt.date(2024, 3, 11)
    assert receipt.metrics[0].certified and receipt.metrics[0].owner == "Olga"
    assert "closed" in receipt.sql and receipt.conditions == (
        "and",
        {"on": "reps.team", "kind": "row", "of": "value", "op": "in", "values": ["Alpha"]},
    )
    assert ("to_date", "2024-03-11") in [(n.code, n.fields.get("end")) for n in answer.notes]


def test_more_rows_than_are_shown_are_counted(tmp_path: Path) -> None:
    small = Metrics.open(engine_world.build(tmp_path), max_rows=2)
    answer = ask(small, Query(metrics=("revenue",), by=("reps.rep_id",)))
    small.close()
    assert len(answer.rows) == 2 and answer.receipt.truncated and answer.receipt.total_rows == 6
    assert [n.fields for n in answer.notes if n.code == "truncated"] == [{"shown": "2", "total": "6"}]


def test_aware_times_become_local_dates(metrics: Metrics) -> None:
    late = dt.datetime(
        2024, 3, 11, 23, 30, tzinfo=dt.timezone(dt.timedelta(hours=-5))
    )  # the 12th in UTC, where the world lives
    assert ask(
        metrics,
        Query(metrics=("idle_days",), where=(Filter(field="customers.customer", values=("Acme",)),)),
        as_of=late,
    ).rows == ((0,),)


def test_definition(metrics: Metrics) -> None:
    answer = ask(metrics, Query(metrics=("revenue",), define=True))
    assert [c.name for c in answer.columns] == [
        "metric",
        "description",
        "expression",
        "unit",
        "owner",
        "version",
        "certified",
    ]
    assert answer.rows[0][3:] == ("currency:EUR", "Olga", 1, True) and answer.receipt.sql == ""


@pytest.mark.parametrize(
    ("query", "code", "suggestion"),
    [
        (Query(metrics=("revenu",)), "unknown_metric", "revenue"),
        (Query(metrics=("revenue",), by=("reps.tem",)), "unknown_field", "reps.team"),
        (
            Query(metrics=("revenue",), where=(Filter(field="products.product", values=("Phon",)),)),
            "unknown_member",
            "Phone",
        ),
        (Query(metrics=("revenue",), rank=Rank(over="reps.name", member="Chen Yo")), "unknown_person", "Chen Yu"),
    ],
)
def test_unknown_names_come_with_suggestions(metrics: Metrics, query: Query, code: str, suggestion: str) -> None:
    with pytest.raises(UnknownName) as caught:
        ask(metrics, query)
    assert caught.value.code == code and suggestion in caught.value.suggestions


def test_members_are_found_in_any_case(metrics: Metrics) -> None:
    assert ask(
        metrics, Query(metrics=("wins",), where=(Filter(field="products.product", values=("phone",)),))
    ).rows == ((8,),)  # d01 d02 d05 d08 d10 d13 d16 d17


def test_what_is_not_loaded_yet_is_late_not_zero(metrics: Metrics) -> None:
    with pytest.raises(StaleData) as caught:
        ask(metrics, Query(metrics=("revenue",), period=Relative(unit="day")))
    assert caught.value.subject == "deals" and caught.value.fields["since"] == "2024-03-11"


def test_late_sources(metrics: Metrics) -> None:
    assert metrics.stale(engine_world.AS_OF) == []
    late = metrics.stale(engine_world.AS_OF + dt.timedelta(days=1))
    assert late == [("deals", dt.date(2024, 3, 11)), ("payments", dt.date(2024, 3, 11))]


# --- who may see what ------------------------------------------------------------------------------------------------


def channel(metrics: Metrics, *members: str, unknown: int = 0) -> Audience:
    return Audience.channel([metrics.org.people[m] for m in members], unknown=unknown)


def test_somebody_elses_number_is_refused_not_zero(metrics: Metrics) -> None:
    for field, value in (
        ("reps.rep_id", "r3"),
        ("reps.name", "Chen Yu"),
        ("reps.team", "Beta"),
        ("reps.region", "South"),
    ):
        with pytest.raises(NotPermitted):
            ask(metrics, Query(metrics=("revenue",), where=(Filter(field=field, values=(value,)),)), "r1")


def test_somebody_elses_place_is_refused(metrics: Metrics) -> None:
    query = Query(metrics=("revenue",), rank=Rank(over="reps.name", member="Chen Yu"))
    with pytest.raises(NotPermitted):
        ask(metrics, query, "r1")
    assert ask(metrics, query, "m2").rows[0][0] == "Chen Yu"


def test_my_place_is_not_for_a_channel_of_peers(metrics: Metrics) -> None:
    query = Query(metrics=("revenue",), rank=Rank(over="reps.name", member="@me"), period=MONTH)
    with pytest.raises(NotPermitted):
        ask(metrics, query, "r1", audience=channel(metrics, "r1", "r2"))
    assert ask(metrics, query, "r1", audience=channel(metrics, "r1", "m1")).rows == (("Anna Li", 100, 2, 5, 1, None),)


def test_a_public_leaderboard_is_for_every_channel_but_only_name_and_number(metrics: Metrics) -> None:
    board = Query(metrics=("wins",), rank=Rank(over="reps.name"), period=MONTH)
    assert len(ask(metrics, board, "r1", audience=channel(metrics, "r1", "r3", unknown=2)).rows) == 5
    for more in (
        {"metrics": ("wins", "revenue")},
        {"by": ("reps.name", "customers.customer")},
        {"where": (Filter(field="customers.customer", values=("Acme",)),)},
    ):
        asked = board.model_copy(update=more)
        try:
            rows = ask(metrics, asked, "r1").rows
        except UserError:
            continue
        assert {r[0] for r in rows} <= {"Anna Li"}


def test_unknown_members_of_a_channel_see_nothing(metrics: Metrics) -> None:
    with pytest.raises(NotPermitted) as caught:
        ask(metrics, REVENUE, "ops", audience=channel(metrics, "ops", unknown=1))
    assert caught.value.code == "nothing_visible"


def test_a_restricted_answer_says_so(metrics: Metrics) -> None:
    alone = ask(metrics, REVENUE, "r1")
    assert alone.receipt.restricted == "org_tree" and "restricted" in [n.code for n in alone.notes]
    together = ask(metrics, REVENUE, "ops", audience=channel(metrics, "ops", "m1"))
    assert together.receipt.restricted == "channel" and "channel_restricted" in [n.code for n in together.notes]
    mine = ask(metrics, Query(metrics=("revenue",), scope="me"), "r1")
    assert mine.receipt.restricted == "" and mine.rows == alone.rows


def test_people_who_may_not_be_seen_do_not_appear_as_zeros(metrics: Metrics) -> None:
    query = Query(
        metrics=("losses",),
        by=("reps.rep_id",),
        everyone=True,
        period=MONTH,
        having=(Having(metric="losses", op="eq", value=0),),
    )
    assert ask(metrics, query, "m1").rows == (("r2", 0),)


ANNA = (Filter(field="reps.rep_id", values=("r1",)),)


def test_an_average_of_too_few_peers_is_refused(metrics: Metrics) -> None:
    query = Query.model_validate(
        {
            "metrics": ["revenue"],
            "scope": "me",
            "period": {"kind": "relative", "unit": "quarter"},
            "benchmark": {"of": "team"},
        }
    )
    for who in ("r2", "r6"):  # two people, and four: the average would come near to another's number
        with pytest.raises(NotPermitted, match="cohort_few"):
            ask(metrics, query, who)
    assert ask(metrics, query.model_copy(update={"scope": "all", "where": ANNA}), "ops").rows == ((600, 470, 130),)
    teams = Query.model_validate({"metrics": ["revenue"], "scope": "team", "benchmark": {"of": "all"}})
    with pytest.raises(NotPermitted, match="cohort_few"):  # two teams: the average would tell the other's number
        ask(metrics, teams, "m1")


def test_answer_each_is_one_statement(metrics: Metrics, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("metrics.many.crowds.FEW", 1)  # also where there are few
    people = [metrics.org.people[p] for p in ("r1", "r2", "r5", "m1", "head")]
    mine = metrics.answer_each(
        Query(metrics=("revenue",), period=MONTH, scope="me", target=Target()), people=people, as_of=engine_world.AS_OF
    )
    assert {k: a.rows for k, a in mine.items()} == {
        "r1": ((100, 200, 0.5, 100),),
        "r2": ((100, 0, None, -100),),
        "r5": ((0, 100, 0.0, 100),),
    }
    assert len({a.receipt.sql for a in mine.values()}) == 1
    teams = metrics.answer_each(
        Query(metrics=("revenue",), period=AllTime(), scope="team"), people=people[3:], as_of=engine_world.AS_OF
    )
    assert {k: a.rows[0][0] for k, a in teams.items()} == {"m1": 1240, "head": 2850}
    places = metrics.answer_each(
        Query(metrics=("revenue",), period=MONTH, rank=Rank(over="reps.name", member="@me", within="team")),
        people=people[:3],
        as_of=engine_world.AS_OF,
    )
    assert {k: a.rows[0][2:4] for k, a in places.items()} == {"r1": (1, 2), "r2": (1, 2), "r5": (2, 3)}
    assert len({a.receipt.sql for a in places.values()}) == 1


def test_viewer_is_the_system_only_with_a_reason(metrics: Metrics) -> None:
    answer = metrics.answer(
        REVENUE, viewer=Viewer.for_system("digest"), audience=Audience.only_viewer(), as_of=engine_world.AS_OF
    )
    assert answer.rows == ((2850,),)
    with pytest.raises(UserError) as caught:
        metrics.answer(
            Query(metrics=("revenue",), scope="me"),
            viewer=Viewer.for_system("digest"),
            audience=Audience.only_viewer(),
            as_of=engine_world.AS_OF,
        )
    assert caught.value.code == "no_person"


def test_large_teams_are_looked_up_in_the_tree(metrics: Metrics, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same rows whether people are listed or found under their manager."""
    queries = [
        Query(metrics=("revenue",), by=("reps.rep_id",)),
        Query(metrics=("revenue",), by=("reps.rep_id",), scope="team"),
        Query(metrics=("losses",), by=("reps.rep_id",), everyone=True, period=MONTH),
        Query(metrics=("units",), scope="team"),
    ]
    listed = [ask(metrics, q, "m2") for q in queries]
    for module in (
        "metrics.policy.restriction.LISTED",
        "metrics.plan.scope.LARGE_TEAM",
        "metrics.policy.absence.LISTED",
    ):
        monkeypatch.setattr(module, 1)
    # statements that were made before are not remembered
    monkeypatch.setattr(metrics, "_teller", Teller(metrics._prepared, most=1001, cells=500_000))
    looked_up = [ask(metrics, q, "m2") for q in queries]
    assert [(a.rows, a.receipt.restricted) for a in listed] == [(a.rows, a.receipt.restricted) for a in looked_up]
    assert all("_org_closure" in a.receipt.sql for a in looked_up) and not any(
        "_org_closure" in a.receipt.sql for a in listed
    )


def test_an_average_says_over_how_many_it_is(metrics: Metrics) -> None:
    asked = Query.model_validate(
        {"metrics": ["revenue"], "period": {"kind": "relative", "unit": "quarter"}, "benchmark": {"of": "all"}}
        | {"where": [{"field": "reps.rep_id", "values": ["r1"]}]}
    )
    answer = ask(metrics, asked)
    assert [n.fields for n in answer.notes if n.code == "benchmark_peers"] == [{"n": "6"}]
    assert [c.role for c in answer.columns] == ["metric", "benchmark", "difference"]


def test_a_state_is_that_of_now(metrics: Metrics) -> None:
    """What is open today was not open a month ago; nobody is told that it was."""
    open_deals = Query(metrics=("open_deals",))
    with pytest.raises(UserError) as caught:
        metrics.answer(
            open_deals,
            viewer=Viewer.for_system("tests"),
            audience=Audience.only_viewer(),
            as_of=dt.datetime(2024, 2, 12, 9, tzinfo=dt.UTC),
        )
    assert caught.value.code == "snapshot_of_past"
