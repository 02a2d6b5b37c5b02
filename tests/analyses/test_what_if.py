"""What one more deal would change, and that nobody finds the numbers of others by asking for many."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from claims import claim
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from metrics import Analysis, Findings, NotPermitted, UnsupportedCombination
from metrics.analyses.what_if import WhatIf

sys.path.append(str(Path(__file__).parent))
from analysed import AS_OF, DEMO_AS_OF, Company, built
from what_if_world import MORE

QUARTER = {"kind": "units", "unit": "quarter"}
REVENUE_BY_REP = """
    SELECT r.rep_id, COALESCE(SUM(d.amount), 0) FROM reps r LEFT JOIN deals d
    ON r.rep_id = d.rep_id AND d.stage = 'Won' AND d.closed BETWEEN '2024-01-01' AND '2024-03-11' GROUP BY 1"""


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with built(tmp_path_factory.mktemp("many"), rows=MORE) as company:
        yield company


def more(amount: float, metric: str = "revenue", **rest: Any) -> WhatIf:
    return WhatIf.model_validate({"more": [{"metric": metric, "amount": amount}], "period": QUARTER, **rest})


def told(found: Findings) -> dict[str, Any]:
    return {f.name: f.value for f in found.facts}


def test_attainment_and_gap_with_one_more_deal(world: Company) -> None:
    won = "rep_id = 'r1' AND stage = 'Won' AND closed BETWEEN '2024-03-01' AND '2024-03-11'"
    ((actual,),) = world.sql(f"SELECT SUM(amount) FROM deals WHERE {won}")
    ((target,),) = world.sql(
        "SELECT amount FROM quotas WHERE rep_id = 'r1' AND month = '2024-03-01' AND metric = 'revenue'"
    )
    found = told(world.analyse(more(360, period={"kind": "units", "unit": "month"}), "r1"))
    assert (actual, target) == (100, 200)
    assert (found["actual"], found["actual_after"]) == (actual, actual + 360)
    assert (found["attainment"], found["attainment_after"]) == (actual / target, (actual + 360) / target)
    assert (found["gap"], found["gap_after"]) == (target - actual, target - actual - 360)


def test_one_deal_is_an_amount_and_a_win(world: Company) -> None:
    asked = WhatIf.model_validate(
        {"more": [{"metric": "revenue", "amount": 360}, {"metric": "wins", "amount": 1}], "period": QUARTER}
    )
    found = world.analyse(asked, "r4")
    assert found.value("actual_after", of="revenue") == 410
    # wins are a public board: 4, 3, 3, 1, 1, 0; with two it is the fourth place, one behind the second
    assert [found.value(n, of="wins") for n in ("place", "place_after", "next_gap", "next_gap_after")] == [4, 4, 2, 1]


def test_who_sees_all_is_told_the_place_that_would_be(many: Company) -> None:
    numbers = dict(many.sql(REVENUE_BY_REP))
    assert numbers == {"r1": 600, "r2": 340, "r3": 950, "r4": 50, "r5": 0, "r6": 210, "r7": 135, "r8": 130}
    for who in ("r4", "r5", "r2"):
        open_eyes = replace(many.metrics.org.people[who], sees="all")
        others = [v for rep, v in numbers.items() if rep != who]
        for amount in (-60, -1, 0, 79, 80, 81, 300, 899, 900, 5000):
            after = numbers[who] + amount
            found = told(many.analyse(more(amount), open_eyes))
            assert found["place"] == 1 + sum(v > numbers[who] for v in others)
            assert found["place_after"] == 1 + sum(v > after for v in others)
            assert found["next_gap_after"] == min((v - after for v in others if v > after), default=None)


def test_others_get_only_what_follows_from_what_they_are_told(many: Company) -> None:
    """r4 has 50; the next has 130, the first 950; 135, 210, 340 and 600 are nobody's business."""
    places = {x: told(many.analyse(more(x), "r4"))["place_after"] for x in (-10, 0, 79, 80, 100, 200, 899, 900, 2000)}
    assert places == {-10: None, 0: 7, 79: 7, 80: None, 100: None, 200: None, 899: None, 900: 1, 2000: 1}
    hidden = many.analyse(more(100), "r4")
    assert [n.code for n in hidden.notes] == ["place_after_hidden"]
    assert [p.name for p in hidden.parts] == ["revenue.own", "revenue.target", "revenue.place"]


def test_halving_finds_no_hidden_number(many: Company) -> None:
    """Where the reply changes, from amount to amount, is somebody's number. Those found by asking for very many amounts
    are the next and the first, which are told outright; who may see all finds everybody's, so the attack works."""

    near = {v - 50 - off for v in dict(many.sql(REVENUE_BY_REP)).values() for off in (1, 0)}  # who guesses them already
    amounts = sorted({float(x) for x in near if x >= 0} | set(map(float, range(0, 1000, 40))))

    def steps(viewer: Any) -> set[float]:
        places = [told(many.analyse(more(x), viewer))["place_after"] for x in amounts]
        return {50 + amounts[i] for i in range(1, len(places)) if places[i] != places[i - 1]}

    assert steps("r4") <= {130, 950}
    assert steps(replace(many.metrics.org.people["r4"], sees="all")) >= {130, 135, 210, 340, 600, 950}


def halved(reply: Callable[[float], Any], low: float, high: float) -> float:
    """The amount at which the reply changes, to the cent."""
    first = reply(low)
    while high - low > 0.004:
        middle = (low + high) / 2
        low, high = (middle, high) if reply(middle) == first else (low, middle)
    return high


@pytest.mark.parametrize("who", ["R007", *(pytest.param(w, marks=pytest.mark.nightly) for w in ("R001", "R015"))])
def test_halving_among_many_finds_the_next_and_the_first_alone(demo: Company, who: str) -> None:
    """Collections of last month, of 50 people: no public board. The same attack by somebody who may see all finds far
    more of them, to the cent."""
    numbers = {
        rep: float(v)
        for rep, v in demo.sql("""
            SELECT rep_id, SUM(amount_paid) FROM (SELECT DISTINCT * FROM receivables)
            WHERE TRY_CAST(paid_on AS DATE) BETWEEN '2026-10-01' AND '2026-10-31'
            AND rep_id IN (SELECT rep_id FROM reps) GROUP BY 1""")
    }
    mine, others = numbers.get(who, 0.0), sorted({v for rep, v in numbers.items() if rep != who})
    allowed = {min(v for v in others if v > mine), max(others)}
    asked = {"metric": "collections", "period": {"kind": "named", "unit": "month", "index": 10, "year": 2026}}

    def found(viewer: Any) -> set[float]:
        def reply(amount: float) -> Any:
            return told(demo.analyse(more(amount, **asked), viewer, as_of=DEMO_AS_OF))["place_after"]

        ends = [max(others) * 1.1 * i / 24 for i in range(-2, 25)]
        places = [reply(end) for end in ends]
        at = [i for i in range(len(ends) - 1) if places[i] != places[i + 1]]
        reached = {mine + halved(reply, ends[i], ends[i + 1]) for i in at}
        return {v for v in others if any(abs(v - r) < 0.01 for r in reached)}

    assert found(who) <= allowed
    assert len(found(replace(demo.metrics.org.people[who], sees="all"))) >= 5


def test_hidden_numbers_between_the_next_and_the_first_leave_no_trace(
    many: Company, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The same findings, whatever the amount, where the numbers that are not told are others."""
    other = {"deals": ("d06,r2,c2,p2,Won,2024-01-05,2024-01-31,150", "d06,r2,c2,p2,Won,2024-01-05,2024-01-31,331")}
    with built(tmp_path_factory.mktemp("other"), rows=MORE, changed=other) as changed:
        assert dict(changed.sql(REVENUE_BY_REP))["r2"] == 521
        for amount in (-100, 0, 50, 80, 161, 300, 400, 472, 550, 900, 3000):
            for viewer, *channel in (("r4",), ("r4", "r5"), ("r5",)):
                one, two = (findings_or_refusal(c, more(amount), viewer, *channel) for c in (many, changed))
                assert one == two


def findings_or_refusal(company: Company, asked: WhatIf, viewer: str, *channel: str) -> Any:
    try:
        found = company.analyse(asked, viewer, *channel)
    except NotPermitted as error:
        return error.code, error.subject
    return found.facts, found.notes, [p.table.rows for p in found.parts]


def test_a_manager_with_part_of_the_peers_counts_in_no_part_of_a_list(many: Company) -> None:
    """Who sees two of eight is not told the place among these two."""
    half = replace(many.metrics.org.people["r4"], sees=(("reps.team", ("Gamma",)),))
    found = many.analyse(more(100), half)
    assert told(found)["place_after"] is None and "revenue.peers" not in [p.name for p in found.parts]


@given(st.sampled_from(["r1", "r2", "r3", "r4", "r5", "r6"]), st.sampled_from(["revenue", "wins", "losses"]))
def test_nothing_more_changes_nothing(world: Company, who: str, metric: str) -> None:
    found = told(world.analyse(more(0, metric), who))
    pairs = [
        (found[n], found[f"{n}_after"]) for n in ("actual", "attainment", "gap", "place", "next_gap") if n in found
    ]
    claim()
    assert len(pairs) >= 3 and all(a == b for a, b in pairs)


def test_fewer_are_better_where_they_are(many: Company) -> None:
    """Deals lost: one more is no step up."""
    open_eyes = replace(many.metrics.org.people["r5"], sees="all")
    found = told(many.analyse(more(1, "losses"), open_eyes))
    lost = dict(
        many.sql("SELECT rep_id, COUNT(*) FROM deals WHERE stage = 'Lost' AND closed >= '2024-01-01' GROUP BY 1")
    )
    assert lost == {"r1": 1, "r2": 1, "r3": 1, "r4": 1, "r6": 1}
    assert (found["place"], found["place_after"]) == (1, 3)  # r7 and r8 have none


def test_a_target_that_is_not_of_such_a_period_is_said(world: Company) -> None:
    found = world.analyse(more(10, period={"kind": "units", "unit": "week"}), "r1")
    assert "attainment" not in told(found) and "no_target_here" in [n.code for n in found.notes]


def test_places_that_are_not_told_are_left_out(world: Company) -> None:
    """A week is shorter than what is published about others."""
    found = world.analyse(more(10, period={"kind": "units", "unit": "week"}), "r1")
    assert "place" not in told(found)
    assert {n.code: n.fields["reason"] for n in found.notes}["no_place_here"] == "cohort_period"


def test_over_late_data_there_is_no_place_and_it_says_why(many: Company) -> None:
    late = AS_OF + dt.timedelta(days=7)
    found = many.analyse(more(10), "r1", as_of=late)
    assert "attainment" in told(found) and "place" not in told(found)
    assert {n.code: n.fields.get("reason") for n in found.notes} == {"no_place_here": "stale_data"}
    assert "late_source" in [n.code for n in found.remarks()]


@pytest.mark.parametrize("metric", ["win_rate", "average_deal", "open_deals"])
def test_what_does_not_add_up_is_refused(world: Company, metric: str) -> None:
    with pytest.raises(UnsupportedCombination, match="what_if_not_additive"):
        world.analyse(more(1, metric), "r1")


def test_who_does_not_sell_has_nothing_to_add_to(world: Company) -> None:
    with pytest.raises(UnsupportedCombination, match="me_does_not_sell"):
        world.analyse(more(1), "ops")


def test_it_is_json(world: Company) -> None:
    asked = more(10, within="team")
    assert TypeAdapter(Analysis).validate_python(asked.model_dump(mode="json", exclude_defaults=True)) == asked
    found = world.analyse(asked, "r1")
    assert Findings.model_validate_json(found.model_dump_json()).facts == found.facts


# --- of others, and of what closes -----------------------------------------------------------------------------------

TEAM, PERSON, REGION = "reps.team", "reps.rep_id", "reps.region"


def of(field: str, member: str, amount: float = 200) -> WhatIf:
    return more(amount, scope="all", where={"kind": "in", "field": field, "values": [member]})


def by_hand(world: Company, field: str, member: str) -> tuple[float, float | None]:
    """(won this quarter, target of it)."""
    column = field.partition(".")[2]
    won = f"{column} = '{member}' AND stage = 'Won' AND closed BETWEEN '2024-01-01' AND '2024-03-11'"
    ((actual,),) = world.sql(f"SELECT SUM(amount) FROM deals JOIN reps USING (rep_id) WHERE {won}")
    due = f"{column} = '{member}' AND metric = 'revenue' AND month BETWEEN '2024-01-01' AND '2024-03-31'"
    ((target,),) = world.sql(f"SELECT SUM(amount) FROM quotas JOIN reps USING (rep_id) WHERE {due}")
    return float(actual), None if target is None else float(target)


@pytest.mark.parametrize(
    ("who", "field", "member"),
    [
        ("m1", PERSON, "r1"),
        ("m1", TEAM, "Alpha"),
        ("m2", TEAM, "Beta"),
        ("lead", REGION, "South"),
        ("lead", TEAM, "Beta"),
        ("ops", REGION, "North"),
        ("ops", PERSON, "r3"),
        ("head", TEAM, "Alpha"),
    ],
)
def test_of_a_person_a_team_and_a_region(world: Company, who: str, field: str, member: str) -> None:
    actual, target = by_hand(world, field, member)
    found = told(world.analyse(of(field, member), who))
    assert (found["actual"], found["actual_after"]) == (actual, actual + 200)
    if target is not None:
        assert found["attainment_after"] == pytest.approx((actual + 200) / target)
        assert found["gap_after"] == target - actual - 200


def test_my_team_is_who_is_below(world: Company) -> None:
    by_scope, by_name = world.analyse(more(200, scope="team"), "m1"), world.analyse(of(TEAM, "Alpha"), "m1")
    assert told(by_scope) == told(by_name)


def test_the_place_of_a_team_and_of_somebody_else(world: Company) -> None:
    """Alpha has 940 and Beta 1,210; r4 has 50 and would be between r2 with 340 and r1 with 600."""
    found = told(world.analyse(of(TEAM, "Alpha", 271), "ops"))
    assert (found["place"], found["place_after"], found["place_of"]) == (2, 1, 2)
    found = told(world.analyse(of(PERSON, "r4", 360), "ops"))
    assert (found["place"], found["place_after"], found["next_gap_after"]) == (5, 3, 190)
    whole = told(world.analyse(more(10, scope="all"), "ops"))
    assert whole["actual"] == 2150 and "place" not in whole  # nobody to be compared with


@pytest.mark.parametrize(
    ("who", "field", "member"),
    [
        ("r1", PERSON, "r4"),
        ("r1", PERSON, "r2"),
        ("r1", TEAM, "Alpha"),
        ("r1", TEAM, "Beta"),
        ("m1", PERSON, "r3"),
        ("m1", TEAM, "Beta"),
        ("m1", REGION, "South"),
        ("lead", TEAM, "Alpha"),
    ],
)
def test_nobody_is_told_of_whom_they_may_not_see(world: Company, who: str, field: str, member: str) -> None:
    with pytest.raises(NotPermitted):
        world.analyse(of(field, member), who)
    if field == TEAM and member == "Alpha" and who == "r1":
        with pytest.raises(NotPermitted):
            world.analyse(more(1, scope="team"), who)


def test_a_channel_is_told_of_whom_all_of_it_may_see(world: Company) -> None:
    with pytest.raises(NotPermitted):
        world.analyse(of(TEAM, "Alpha"), "m1", "r1")


def test_halving_about_others_finds_no_hidden_number(many: Company) -> None:
    """m2 sees some people; what changes with the amount, asked about any of them, is what is told about them anyway."""
    numbers = dict(many.sql(REVENUE_BY_REP))
    seen = {p.id for p in many.metrics.org.people.values() if p.id in numbers and p.manager_id == "m2"}
    hidden = {v for rep, v in numbers.items() if rep not in seen} - {numbers[rep] for rep in seen}
    assert seen and hidden
    for rep in sorted(seen):
        base = told(many.analyse(of(PERSON, rep, 0), "m2"))
        anyway = {numbers[rep] + base["next_gap"]} if base["next_gap"] is not None else set()
        amounts = sorted({float(v - numbers[rep] - off) for v in hidden for off in (0, 1) if v > numbers[rep]})
        places = [told(many.analyse(of(PERSON, rep, x), "m2"))["place_after"] for x in amounts]
        found = {numbers[rep] + amounts[i] for i in range(1, len(places)) if places[i] != places[i - 1]}
        assert found & hidden <= anyway | {max(numbers.values())}


@pytest.mark.parametrize(
    "where",
    [
        {"kind": "in", "field": TEAM, "values": ["Alpha", "Beta"]},
        {"kind": "in", "field": TEAM, "values": ["Alpha"], "out": True},
        {"kind": "in", "field": "deals.stage", "values": ["Won"]},
    ],
)
def test_of_one_at_a_time(world: Company, where: Any) -> None:
    with pytest.raises(UnsupportedCombination, match="what_if_of_whom"):
        world.analyse(more(1, scope="all", where=where), "ops")


def closing(**rest: Any) -> WhatIf:
    open_now = {"metric": "open_pipeline", "count": "open_deals", **rest.pop("open", {})}
    return WhatIf.model_validate({"more": [{"metric": "sales", "closing": open_now}], **rest})


@pytest.mark.parametrize(
    ("who", "condition", "sql"),
    [
        ("OPS", {"scope": "all"}, "TRUE"),
        ("OPS", {"scope": "all", "where": {"kind": "in", "field": TEAM, "values": ["Falcon"]}}, "team = 'Falcon'"),
        ("R007", {}, "rep_id = 'R007'"),
        ("M01", {"scope": "team"}, "team = 'Falcon'"),
    ],
)
def test_what_is_open_would_close(demo: Company, who: str, condition: dict[str, Any], sql: str) -> None:
    stage = {"where": {"kind": "in", "field": "stages.stage", "values": ["Negotiation"]}}
    deals = "FROM (SELECT DISTINCT * FROM opportunities) JOIN reps USING (rep_id)"
    ((amount, count),) = demo.sql(f"SELECT SUM(amount), COUNT(*) {deals} WHERE stage = 'Negotiation' AND {sql}")
    lines = "FROM (SELECT DISTINCT * FROM order_lines) JOIN reps USING (rep_id)"
    dated = "TRY_CAST(order_date AS DATE) BETWEEN '2026-11-01' AND '2026-11-19'"
    ((sold,),) = demo.sql(f"SELECT SUM(amount) {lines} WHERE {dated} AND {sql}")
    found = told(demo.analyse(closing(open=stage, **condition), who, as_of=DEMO_AS_OF))
    assert (found["closing"], found["closing_count"]) == (pytest.approx(float(amount or 0)), count)
    assert found["actual"] == pytest.approx(float(sold))
    assert found["actual_after"] == pytest.approx(float(sold) + float(amount or 0))


def test_nothing_open_is_said(demo: Company) -> None:
    none = {"where": {"kind": "in", "field": "stages.stage", "values": ["Won"]}}
    found = demo.analyse(closing(open=none, scope="all"), "OPS", as_of=DEMO_AS_OF)
    assert told(found)["closing"] == 0 and [n.code for n in found.notes] == ["nothing_to_close"]


def test_what_closes_is_of_those_one_may_see(demo: Company) -> None:
    falcon = {"where": {"kind": "in", "field": TEAM, "values": ["Falcon"]}, "scope": "all"}
    with pytest.raises(NotPermitted):
        demo.analyse(closing(**falcon), "M02", as_of=DEMO_AS_OF)
    with pytest.raises(UnsupportedCombination, match="what_if_closing"):
        demo.analyse(closing(open={"metric": "open_deals", "count": None}, scope="all"), "OPS", as_of=DEMO_AS_OF)


def test_an_amount_or_what_closes() -> None:
    for wrong in ({"metric": "sales"}, {"metric": "sales", "amount": 1, "closing": {"metric": "open_pipeline"}}):
        with pytest.raises(ValueError, match="an amount, or what would close"):
            WhatIf.model_validate({"more": [wrong]})
