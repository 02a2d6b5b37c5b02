"""Who may see what, attacked: a number of somebody else through a rank, a share, an average, a mark of a person; a part
passed off as the whole. Each test is a leak or a wrong number that once was."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from metrics import Audience, Filter, Metrics, NotPermitted, Query, Rank, UserError, Viewer

sys.path.append(str(Path(__file__).parent.parent / "world"))
engine_world = importlib.import_module("engine_world")
ask = engine_world.ask
QUARTER = {"kind": "relative", "unit": "quarter"}
REVENUE: dict[str, Any] = {"metrics": ["revenue"], "period": QUARTER}


@pytest.fixture(scope="module")
def metrics(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Metrics]:
    opened = Metrics.open(engine_world.build(tmp_path_factory.mktemp("policy")))
    yield opened
    opened.close()


def query(**parts: Any) -> Query:
    return Query.model_validate(REVENUE | parts)


def where(field: str, *values: str, op: str = "in") -> list[dict[str, Any]]:
    return [{"field": field, "op": op, "values": list(values)}]


ME = {"over": "reps.name", "member": "@me"}
REFUSED: list[tuple[str, str, dict[str, Any], str]] = [
    # A total wider than what may be seen: 100 % of one's own rows is no share of the team.
    ("r2", "share_total", {"scope": "me", "share": {"scope": "team"}}, "my share of the team"),
    ("r2", "share_total", {"scope": "me", "share": {"scope": "all"}}, "my share of everything"),
    (
        "m1",
        "share_total",
        {"where": where("reps.team", "Alpha"), "share": {"lift": ["reps.team"]}},
        "my team's share of everything",
    ),
    (
        "lead",
        "share_total",
        {"where": where("reps.region", "South"), "share": {"lift": ["reps.region"]}},
        "my region's share",
    ),
    ("r1", "only_oneself", {"rank": {"over": "reps.name"}, "share": {}}, "the total by way of a ranking's share"),
    ("r1", "only_oneself", {"by": ["reps.name"], "share": {}}, "all of oneself as a share"),
    ("r1", "only_oneself", {"by": ["reps.name"], "share": {"together": True}}, "the total itself"),
    # Among two chosen people the gap to the next place is the other's number.
    ("r1", "person", {"rank": ME, "where": where("reps.rep_id", "r1", "r3")}, "my place between two"),
    ("r1", "cohort_filter", {"rank": ME, "where": where("reps.rep_id", "r3", op="not_in")}, "my place without one"),
    (
        "r1",
        "cohort_filter",
        {"rank": ME, "where": where("reps.since", "2023-03-01", op="lt")},
        "my place among those of a date",
    ),
    # Published scopes are everybody, a team or a region; a choice of them is another cohort.
    ("r1", "group", {"rank": ME, "where": where("reps.region", "North", "South")}, "my place, regions chosen"),
    # A filter that picks rows: the gap is the number of the one other who has such rows.
    ("r1", "cohort_filter", {"rank": ME, "where": where("products.product", "Car")}, "my place for a product"),
    ("r1", "cohort_filter", {"rank": ME, "where": where("customers.customer", "Acme")}, "my place for a customer"),
    # Two windows a day apart tell of that day.
    (
        "r1",
        "cohort_period",
        {"rank": ME, "period": {"kind": "between", "start": "2024-03-01", "end": "2024-03-05"}},
        "my place over some days",
    ),
    ("r1", "cohort_period", {"rank": ME, "period": {"kind": "relative", "unit": "day", "offset": -1}}, "yesterday"),
    # Four others: their average comes near to one of them.
    ("r1", "cohort_few", {"scope": "me", "benchmark": {"of": "team"}}, "the average of two"),
    ("m1", "cohort_few", {"scope": "team", "benchmark": {"of": "all"}}, "the average of two teams"),
    (
        "r3",
        "cohort_filter",
        {"scope": "me", "benchmark": {"of": "all"}, "where": where("reps.since", "2023-03-01", op="lt")},
        "average of chosen peers",
    ),
    # People by other marks than id and name: refused, not zero.
    ("r1", "group", {"where": where("reps.manager", "m2")}, "the people of another manager"),
    ("r1", "nothing_visible", {"where": where("reps.rep_id", "r1", op="not_in")}, "everybody but me"),
    ("r1", "nothing_visible", {"where": where("reps.team", "Alpha", op="not_in")}, "every team but mine"),
    ("m1", "nothing_visible", {"where": where("reps.region", "North", op="not_in")}, "every region but mine"),
    # Part of a group is not the group.
    ("r1", "group", {"scope": "team"}, "my team, of which I see myself"),
    ("r1", "group", {"where": where("reps.team", "Alpha"), "target": {}}, "its attainment"),
    ("m2", "group", {"where": where("reps.region", "North", "South")}, "two regions as one number"),
    ("r1", "groups_part", {"rank": {"over": "reps.team"}}, "a team's place by its only visible member"),
    ("m1", "cohort_few", {"by": ["reps.team"], "benchmark": {"of": "all"}}, "a team beside the average of itself"),
    (
        "r1",
        "only_oneself",
        {"by": ["reps.rep_id"], "tally": True, "having": [{"metric": "revenue", "op": "gt", "value": 1}]},
        "how many reps",
    ),
]


@pytest.mark.parametrize(("who", "code", "parts"), [r[:3] for r in REFUSED], ids=[r[3] for r in REFUSED])
def test_refused(metrics: Metrics, who: str, code: str, parts: dict[str, Any]) -> None:
    with pytest.raises(NotPermitted) as caught:
        ask(metrics, query(**parts), who)
    assert (caught.value.code, caught.value.fields["why"]) == (code, "org_tree")


ALLOWED: list[tuple[str, dict[str, Any], tuple[tuple[Any, ...], ...], str]] = [
    ("m1", {"where": where("reps.team", "Alpha")}, ((940,),), "the whole of one's team, by its name"),
    ("lead", {"scope": "region"}, ((1210,),), "a lead's region"),
    ("m1", {"rank": {"over": "reps.team"}}, (("Alpha", 940, 2),), "one's own team, at its place among all"),
    ("head", {"rank": {"over": "reps.team"}}, (("Beta", 1210, 1), ("Alpha", 940, 2)), "teams that are seen whole"),
    (
        "m1",
        {"rank": ME | {"member": "Bob Wu"}, "where": where("reps.rep_id", "r1", "r2")},
        (("Bob Wu", 340, 2, 2, 0, 260),),
        "one's own people",
    ),
    (
        "r1",
        {"by": ["reps.rep_id"], "where": where("reps.team", "Alpha")},
        (("r1", 600),),
        "by person what is left out can be told",
    ),
]


@pytest.mark.parametrize(("who", "parts", "rows"), [a[:3] for a in ALLOWED], ids=[a[3] for a in ALLOWED])
def test_allowed(metrics: Metrics, who: str, parts: dict[str, Any], rows: tuple[tuple[Any, ...], ...]) -> None:
    assert ask(metrics, query(**parts), who).rows == rows


def test_nothing_is_called_restricted_where_nothing_is_missing(metrics: Metrics) -> None:
    assert ask(metrics, query(where=where("reps.team", "Alpha")), "m1").receipt.restricted == ""
    assert ask(metrics, query(scope="region"), "lead").receipt.restricted == ""
    assert ask(metrics, query(), "m1").receipt.restricted == "org_tree"


def test_in_a_channel_the_reason_is_the_channel(metrics: Metrics) -> None:
    audience = Audience.channel([metrics.org.people["m1"], metrics.org.people["r1"]])
    with pytest.raises(NotPermitted) as caught:
        ask(metrics, query(where=where("reps.team", "Alpha")), "m1", audience=audience)
    assert (caught.value.code, caught.value.fields["why"]) == ("group", "channel")


def test_a_viewer_who_is_nobody_sees_nothing(metrics: Metrics) -> None:
    with pytest.raises(NotPermitted) as caught:
        metrics.answer(query(), viewer=Viewer(None), audience=Audience.only_viewer(), as_of=engine_world.AS_OF)
    assert caught.value.code == "nothing_visible"


def test_the_gap_to_the_next_of_few_is_not_told(metrics: Metrics) -> None:
    """The place is; the gap would be the number of one of five others, of whom not all have one."""
    answer = ask(metrics, query(rank=ME, period={"kind": "relative", "unit": "month"}), "r1")
    assert answer.rows[0][2] == 2 and answer.rows[0][-1] is None
    assert [n.code for n in answer.notes if n.code == "too_few_others"]


def test_places_among_chosen_people_are_not_dealt_out_to_everybody(metrics: Metrics) -> None:
    asked = Query(
        metrics=("revenue",),
        rank=Rank(over="reps.name", member="@me"),
        where=(Filter(field="reps.rep_id", values=("r1", "r3")),),
    )
    people = [metrics.org.people[p] for p in ("r1", "r3", "m1", "ops")]
    assert metrics.answer_each(asked, people=people, as_of=engine_world.AS_OF) == {}


def test_no_team_can_be_pieced_together(metrics: Metrics) -> None:
    """Whatever way a rep asks for a number of everybody, it is refused or smaller than the whole."""
    whole = ask(metrics, query()).rows[0][0]
    for parts in (
        {},
        {"share": {}, "by": ["reps.rep_id"]},
        {"share": {}, "by": ["reps.team"]},
        {"benchmark": {"of": "all"}, "by": ["reps.rep_id"]},
    ):
        try:
            rows = ask(metrics, query(**parts), "r1").rows
        except UserError:
            continue
        for row in rows:
            assert whole not in row


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Metrics]:
    """The same world, where the dictionary shows losses, which are not public, beside wins, which are."""
    folder = engine_world.build(tmp_path_factory.mktemp("beside"))
    sales = folder / "sales.yaml"
    text = sales.read_text("utf-8")
    made = text.replace("  wins: {unit: count,", "  wins: {unit: count, with: [losses],", 1)
    assert made != text
    sales.write_text(made, "utf-8")
    opened = Metrics.open(folder)
    yield opened
    opened.close()


def board(**parts: Any) -> Query:
    return Query.model_validate({"metrics": ["wins"], "by": ["reps.name"]} | parts)


def test_companions_nobody_asked_for_do_not_close_a_public_board(beside: Metrics) -> None:
    everybody = {"Anna Li", "Bob Wu", "Chen Yu", "Dora Quin"}
    shown = ask(beside, board(), "m1")
    assert {r[0] for r in shown.rows} >= everybody and [c.name for c in shown.columns] == ["reps.name", "wins"]
    both = ask(beside, board(metrics=["wins", "losses"]), "m1")  # asked for by name: not dropped behind one's back
    assert {r[0] for r in both.rows} == {"Anna Li", "Bob Wu"}


@pytest.mark.parametrize(
    "parts",
    [
        {"order": {"by": "value", "metric": "losses"}},
        {"having": [{"metric": "losses", "op": "ge", "value": 0}]},
        {"having": [{"metric": "revenue", "op": "gt", "value": 100}]},
    ],
    ids=["ordered", "kept", "kept by another"],
)
def test_a_number_that_orders_or_chooses_the_rows_keeps_the_board_closed(
    beside: Metrics, parts: dict[str, Any]
) -> None:
    assert {r[0] for r in ask(beside, board(**parts), "m1").rows} <= {"Anna Li", "Bob Wu"}


def test_a_threshold_is_asked_about_those_one_may_see(metrics: Metrics) -> None:
    asked = Query.model_validate(
        {"metrics": ["wins"], "by": ["reps.name"], "having": [{"metric": "wins", "op": "ge", "value": 1}]}
    )
    assert {r[0] for r in ask(metrics, asked, "m1").rows} == {"Anna Li", "Bob Wu"}
    board = Query.model_validate({"metrics": ["wins"], "by": ["reps.name"]})
    assert {r[0] for r in ask(metrics, board, "m1").rows} == {
        *("Anna Li", "Bob Wu", "Chen Yu", "Dora Quin"),
        "Emil Sand",  # who won nothing
    }


def test_ones_own_rows_are_no_board(beside: Metrics) -> None:
    shown = ask(beside, board(scope="me"), "r1")
    assert [c.name for c in shown.columns] == ["reps.name", "wins", "losses"] and len(shown.rows) == 1
