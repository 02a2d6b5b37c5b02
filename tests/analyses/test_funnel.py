"""Counts, conversions and the worst step of a funnel, against SQL by hand."""

from __future__ import annotations

import random
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from claims import claim
from hypothesis import given
from hypothesis import strategies as st

from metrics import Findings, Metrics, ModelError, TooLarge, UnknownName, UnsupportedCombination, load_model
from metrics.analyses.funnel import LEAST, fallen

sys.path.append(str(Path(__file__).parent))
from analysed import DEMO_AS_OF, Company

FEBRUARY = {"kind": "named", "unit": "month", "index": 2, "year": 2024}


def funnel(name: str, **rest: Any) -> dict[str, Any]:
    return {"kind": "funnel", "name": name, "period": FEBRUARY, **rest}


def facts(found: Findings, name: str, at: str = "") -> list[Any]:
    return [f.value for f in found.facts if f.name == name and f.at == at]


def test_steps_that_are_metrics(world: Company) -> None:
    ((opened, won, opened_before, won_before),) = world.sql("""
        SELECT COUNT(*) FILTER (opened BETWEEN '2024-02-01' AND '2024-02-29'),
               COUNT(*) FILTER (stage = 'Won' AND closed BETWEEN '2024-02-01' AND '2024-02-29'),
               COUNT(*) FILTER (opened BETWEEN '2024-01-01' AND '2024-01-31'),
               COUNT(*) FILTER (stage = 'Won' AND closed BETWEEN '2024-01-01' AND '2024-01-31') FROM deals""")
    found = world.analyse(funnel("closing"))
    assert (facts(found, "count"), facts(found, "count_before")) == ([opened, won], [opened_before, won_before])
    assert facts(found, "step") == facts(found, "overall") == [won / opened]
    assert facts(found, "step_before") == [won_before / opened_before]
    assert (opened, won, opened_before, won_before) == (9, 5, 6, 4)
    assert facts(found, "worst_step") == [None], "of so few nothing can be said"


def test_things_that_stand_somewhere_now(world: Company) -> None:
    truth = dict(
        world.sql("SELECT stage, COUNT(*) FROM deals WHERE opened BETWEEN '2024-03-01' AND '2024-03-11' GROUP BY 1")
    )
    assert truth == {"Won": 2, "Lost": 1, "Open": 2}
    found = world.analyse(funnel("deals", period={"kind": "units", "unit": "month"}))
    assert facts(found, "standing") == [2, 2, 1]
    assert facts(found, "decided") == [3 / 5] and facts(found, "won") == [2 / 3]
    # of the first eleven days of February all six are decided: a cohort that is young is called that
    assert facts(found, "standing_before") == [0, 4, 2] and facts(found, "decided_before") == [1]
    assert {n.code: n.fields for n in found.notes}["funnel_unripe"] == {"decided": "60%", "before": "100%"}


def test_by_team_and_the_whole(world: Company) -> None:
    truth = world.sql("""
        SELECT team, COUNT(*), COUNT(*) FILTER (stage = 'Won'), COUNT(*) FILTER (stage = 'Lost')
        FROM deals JOIN reps USING (rep_id) WHERE opened BETWEEN '2024-02-01' AND '2024-02-29' GROUP BY 1""")
    found = world.analyse(funnel("deals", by="reps.team"))
    for team, opened, won, lost in truth:
        assert facts(found, "standing", team) == [opened - won - lost, won, lost]
    whole = facts(found, "standing")
    parts = [facts(found, "standing", team) for team, *_ in truth]
    assert whole == [sum(column) for column in zip(*parts, strict=True)]


def test_a_rep_gets_a_funnel_of_their_own_deals(world: Company) -> None:
    ((opened, won),) = world.sql("""
        SELECT COUNT(*) FILTER (opened BETWEEN '2024-02-01' AND '2024-02-29'),
               COUNT(*) FILTER (stage = 'Won' AND closed BETWEEN '2024-02-01' AND '2024-02-29')
        FROM deals WHERE rep_id = 'r2'""")
    found = world.analyse(funnel("closing"), "r2")
    assert facts(found, "count") == [opened, won]
    assert found.parts[0].table.proof.restricted == "org_tree"


def test_steps_at_which_nobody_stands_are_there_with_nothing(world: Company) -> None:
    """r2 has no open deal, r5 no deal at all: a member that none of one's rows has counts nothing."""
    quarter = {"period": {"kind": "units", "unit": "quarter"}}
    assert facts(world.analyse(funnel("deals") | quarter, "r2"), "standing") == [0, 4, 1]
    assert facts(world.analyse(funnel("deals") | quarter, "r5"), "standing") == [0, 0, 0]


@pytest.mark.parametrize("name", ["deals", "closing"])
def test_two_people_of_one_name_are_two_funnels(world: Company, name: str) -> None:
    """r1 opened 3 deals in February (two won by its end), r6 one that is won, and both are called Anna Li."""
    truth = world.sql("""
        SELECT rep_id, COUNT(*) FILTER (opened BETWEEN '2024-02-01' AND '2024-02-29'),
               COUNT(*) FILTER (stage = 'Won' AND opened BETWEEN '2024-02-01' AND '2024-02-29'),
               COUNT(*) FILTER (stage = 'Won' AND closed BETWEEN '2024-02-01' AND '2024-02-29')
        FROM deals WHERE rep_id IN ('r1', 'r6') GROUP BY 1""")
    found = world.analyse(funnel(name, by="reps.name"))
    got = facts(found, "count" if name == "closing" else "standing", "Anna Li")
    size = len(got) // 2
    due = [[o, won] if name == "closing" else [0, here, o - here] for _, o, here, won in truth]
    assert sorted([got[:size], got[size:]]) == sorted(due) and {p.name for p in found.parts} >= {"whole", "by"}


def test_everybody_has_a_funnel_also_without_deals(world: Company) -> None:
    found = world.analyse(funnel("deals", by="reps.rep_id", period={"kind": "units", "unit": "month"}))
    assert {f.at for f in found.facts} == {"", "r1", "r2", "r3", "r5", "r6"}
    assert facts(found, "standing", "r5") == [0, 0, 0]


def test_what_is_cut_off_is_not_nothing(world: Company) -> None:
    few = Metrics.open(world.folder, max_rows=4)
    try:
        with pytest.raises(TooLarge):
            Company(few, world.folder).analyse(funnel("deals", by="reps.rep_id"))
    finally:
        few.close()


def test_by_the_field_of_its_steps_it_is_no_funnel(world: Company) -> None:
    with pytest.raises(UnsupportedCombination, match="funnel_by_its_steps"):
        world.analyse(funnel("deals", by="deals.stage"))


def test_all_time_has_nothing_before_it(world: Company) -> None:
    found = world.analyse(funnel("closing", period={"kind": "all"}))
    assert facts(found, "count") == [24, 15] and facts(found, "count_before") == []
    assert [n.code for n in found.notes] == ["funnel_no_history"]


def test_a_window_before_all_data_is_no_history(world: Company) -> None:
    found = world.analyse(funnel("closing", period={"kind": "named", "unit": "month", "index": 2, "year": 2023}))
    assert facts(found, "count_before") == [None, None] and "funnel_no_history" in [n.code for n in found.notes]


def _deals(count: int, month: int, stages: list[str]) -> list[str]:
    return [
        f"f{month}{i},r1,c1,p1,{stages[i % len(stages)]},2024-{month:02}-03,2024-{month:02}-{10 + i % 15},10"
        for i in range(count)
    ]


def test_the_worst_step_is_the_one_that_surely_fell(company: Callable[..., Any]) -> None:
    """60 opened in January of which 45 are won, 60 in February of which 20: to less than half of what it was."""
    rows = {"deals": _deals(60, 1, ["Won", "Won", "Won", "Lost"]) + _deals(60, 2, ["Won", "Lost", "Lost"])}
    with company(rows=rows) as it:
        for name in ("closing", "deals"):
            found = it.analyse(funnel(name))
            (kept,) = facts(found, "worst_kept")
            assert facts(found, "worst_step") == ["wins" if name == "closing" else "Won"]
            assert kept is not None and 0.4 < kept < 0.7
        assert facts(it.analyse(funnel("closing"), "r2"), "worst_step") == [None]


def test_what_may_still_be_won_is_not_called_lost(company: Callable[..., Any]) -> None:
    """60 of which 45 are won, then 60 of which 20 are won, 6 lost and 34 open: these may make it better than before."""
    february = _deals(20, 2, ["Won"]) + [d.replace("f2", "g2") for d in _deals(6, 2, ["Lost"])]
    february += [f"h{i},r1,c1,p1,Open,2024-02-03,,10" for i in range(34)]
    with company(rows={"deals": _deals(60, 1, ["Won", "Won", "Won", "Lost"]) + february}) as it:
        found = it.analyse(funnel("deals"))
        assert facts(found, "worst_step") == [None] and "funnel_unripe" in [n.code for n in found.notes]


@given(st.tuples(*[st.integers(0, 400)] * 4), st.booleans())
def test_a_fall_is_a_fall_of_enough(counts: tuple[int, ...], cohort: bool) -> None:
    come, gone, came, went = counts
    if cohort:
        gone, went = min(gone, come), min(went, came)
    kept = fallen((come, gone), (came, went), cohort=cohort)
    claim()
    if kept is not None:
        assert come >= LEAST and came >= LEAST and 0 < kept < 1 and gone * came < went * come
    assert fallen((come, gone), (come, gone), cohort=cohort) is None


def test_chance_is_rarely_called_a_fall() -> None:
    """Of pairs of equal funnels, about one in twenty, as said."""
    rng, fell, tries = random.Random(7), 0, 4000
    for _ in range(tries):
        one, other = (sum(rng.random() < 0.4 for _ in range(60)) for _ in range(2))
        fell += fallen((60, one), (60, other), cohort=True) is not None
    assert fell / tries < 0.07


def test_an_unknown_funnel_names_the_nearest(world: Company) -> None:
    with pytest.raises(UnknownName) as raised:
        world.analyse(funnel("deal"))
    assert (raised.value.code, raised.value.suggestions) == ("unknown_funnel", ("deals",))


def test_stages_of_the_demo_company(demo: Company) -> None:
    window = "entered_on BETWEEN '2026-07-01' AND '2026-09-30'"
    truth = dict(demo.sql(f"SELECT stage, COUNT(*) FROM stage_history WHERE {window} GROUP BY 1"))
    period = {"kind": "named", "unit": "quarter", "index": 3, "year": 2026}
    found = demo.analyse(funnel("stages") | {"period": period}, "OPS", as_of=DEMO_AS_OF)
    assert facts(found, "count") == [truth[s] for s in ("Lead", "Qualified", "Proposal", "Negotiation")]


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"steps": ["new_deals", "winz"]}, "there is no metric winz"),
        ({"steps": ["new_deals", "revenue"]}, "revenue counts nothing"),
        ({"steps": ["new_deals", "open_deals"]}, "open_deals counts nothing"),
        ({"steps": ["new_deals", "new_deals"]}, "new_deals is there twice"),
        ({"steps": ["Open", "Won"], "field": "deals.stage"}, "needs field and metric"),
        ({"steps": ["Open", "Won"], "metric": "new_deals"}, "needs field and metric"),
        ({"steps": ["Open", "Won"], "metric": "new_deals", "field": "deals.stages"}, "there is no field deals.stages"),
        ({"steps": ["new_deals", "wins"], "lost": ["Lost"]}, "no members that are lost"),
        ({"steps": list("abcdefghijklm"), "metric": "new_deals", "field": "deals.stage"}, "2 to 12 steps"),
        ({"steps": ["Opne", "Won"], "metric": "new_deals", "field": "deals.stage"}, "Opne is not in the order"),
        ({"steps": list("abcdefg")}, "2 to 6 steps"),
        ({"steps": ["Open", "Won"], "metric": "new_deals", "field": "products.stage"}, "there is no field"),
        ({"steps": ["Open", "Won"], "metric": "units", "field": "payments.payment_id"}, "does not lead to"),
    ],
)
def test_funnels_that_mean_nothing_are_no_model(
    world: Company, said: dict[str, Any], problem: str, tmp_path: Path
) -> None:
    for file in world.folder.glob("*.yaml"):
        shutil.copy(file, tmp_path / file.name)
    sales = yaml.safe_load((tmp_path / "sales.yaml").read_text(encoding="utf-8")) | {"funnels": {"bad": said}}
    sales["fields"] = {"deals.stage": {"order": ["Open", "Won", "Lost"]}}
    (tmp_path / "sales.yaml").write_text(yaml.safe_dump(sales), encoding="utf-8")
    with pytest.raises(ModelError) as raised:
        load_model(tmp_path)
    assert problem in str(raised.value) and "funnels.bad" in str(raised.value)
