"""What the best do, against SQL by hand; and that who may not see them learns nothing about them."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from metrics import Findings, NotPermitted, StaleData, UnsupportedCombination

sys.path.append(str(Path(__file__).parent))
from analysed import AS_OF, Company

Q1 = "stage IN ('Won', 'Lost') AND closed BETWEEN '2024-01-01' AND '2024-03-11'"
QUARTER = {"kind": "units", "unit": "quarter"}


def best(metric: str = "revenue", *beside: str, **rest: Any) -> dict[str, Any]:
    return {"kind": "best", "metric": metric, "beside": list(beside), "period": QUARTER, **rest}


def of(found: Findings, metric: str) -> tuple[Any, Any, Any]:
    return tuple(found.value(name, of=metric) for name in ("best", "other", "factor"))  # type: ignore[return-value]


def test_the_top_quarter_beside_the_rest(world: Company) -> None:
    """Of six people two: r3 (950) and r1 (600)."""
    truth = world.sql(f"""
        SELECT rep_id IN ('r1', 'r3') AS best, SUM(amount) FILTER (stage = 'Won') AS v,
               COUNT(*) FILTER (stage = 'Won') AS won, COUNT(*) AS ended
        FROM deals WHERE {Q1} GROUP BY 1 ORDER BY 1 DESC""")
    (_, top, won, ended), (_, rest, rest_won, rest_ended) = truth
    found = world.analyse(best("revenue", "win_rate", "wins"))
    assert (found.value("people"), found.value("best_people")) == (6, 2)
    assert of(found, "revenue") == (top / 2, rest / 4, (top / 2) / (rest / 4)) == (775, 150, 775 / 150)
    assert of(found, "win_rate")[:2] == pytest.approx((won / ended, rest_won / rest_ended)), "no average of averages"
    assert of(found, "wins")[:2] == (won / 2, rest_won / 4)


def test_who_is_level_with_the_last_belongs_to_them(world: Company) -> None:
    """Wins: r1 4, r2 and r3 3, r4 and r6 1, r5 0: the first two places are three people."""
    found = world.analyse(best("wins"))
    assert found.value("best_people") == 3
    assert of(found, "wins")[:2] == (10 / 3, 2 / 3)


def test_the_best_one_beside_me(company: Callable[..., Any]) -> None:
    with company(sales={"access": _open_access()}) as it:
        found = it.analyse(best("revenue", "average_deal", group="first", against="me"), "r2")
        assert of(found, "revenue") == (950, 340, 950 / 340)
        assert of(found, "average_deal")[:2] == pytest.approx((950 / 3, 340 / 3))
        own = it.analyse(best("revenue", group="first", against="me"), "r3")
        assert [n.code for n in own.notes] == ["best_includes_me"] and of(own, "revenue")[2] == 1


def _open_access() -> dict[str, Any]:
    return {
        "visibility": "everyone",
        "owners": {"deals": "deals.rep_id", "payments": "payments.rep_id", "quotas": "quotas.rep_id"}
        | {"lines": "deals.rep_id"},
        "public": ["customers", "products", "reps"],
    }


def test_fewer_lost_are_better(world: Company) -> None:
    """r5 has lost nothing, all others one each: with five on the second place, one is the best."""
    found = world.analyse(best("losses", group="first"))
    assert found.value("best_people") == 1 and of(found, "losses") == (0, 1, 0)


def test_a_manager_compares_within_the_team(world: Company) -> None:
    found = world.analyse(best("revenue", scope="team", group="first"), "m1")
    assert of(found, "revenue")[:2] == (600, 340)


@pytest.mark.parametrize("metric", ["revenue", "wins"])  # wins is a public board: the list is seen, the rest is not
@pytest.mark.parametrize(("viewer", "against"), [("r1", "me"), ("r1", "rest"), ("m1", "rest"), ("lead", "rest")])
def test_the_best_among_people_one_may_not_see_are_not_told(
    world: Company, metric: str, viewer: str, against: str
) -> None:
    with pytest.raises(NotPermitted, match=r"best_unseen|only_oneself"):
        world.analyse(best(metric, "win_rate", against=against), viewer)


def test_nor_where_others_read(world: Company) -> None:
    with pytest.raises(NotPermitted) as raised:
        world.analyse(best("revenue"), "ops", "r1")
    assert (raised.value.code, raised.value.fields["why"]) == ("only_oneself", "channel")


def test_where_all_are_level_nobody_is_the_best(world: Company) -> None:
    with pytest.raises(UnsupportedCombination, match="best_of_all"):
        world.analyse(best("wins", period={"kind": "between", "start": "2023-06-01", "end": "2023-07-01"}))


def test_who_does_not_sell_is_not_compared(world: Company) -> None:
    with pytest.raises(UnsupportedCombination, match="best_without_me"):
        world.analyse(best("revenue", against="me"), "ops")


def test_over_late_data_nobody_is_the_best(world: Company) -> None:
    with pytest.raises(StaleData):
        world.analyse(best("revenue", period={"kind": "units", "unit": "month"}), as_of=AS_OF + dt.timedelta(days=7))
