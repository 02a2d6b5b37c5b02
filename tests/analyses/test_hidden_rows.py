"""Whatever is found is the same in a company in which the rows one may not see do not exist: places aside, which are
told on purpose, by the rules of the algebra."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from metrics.errors import UserError

sys.path.append(str(Path(__file__).parent))
from analysed import Company, built

QUARTER = {"kind": "units", "unit": "quarter"}
FEBRUARY = {"kind": "named", "unit": "month", "index": 2, "year": 2024}
ANALYSES: list[dict[str, Any]] = [
    {"kind": "funnel", "name": "closing", "period": FEBRUARY},
    {"kind": "funnel", "name": "closing", "period": FEBRUARY, "by": "reps.name"},
    {"kind": "funnel", "name": "deals", "period": QUARTER, "by": "products.product"},
    {"kind": "funnel", "name": "deals", "period": QUARTER, "by": "reps.team"},
    {
        "kind": "funnel",
        "name": "closing",
        "by": "reps.name",
        "where": {"kind": "in", "field": "reps.team", "values": ["Beta"]},
    },
    {"kind": "outlook", "metric": "revenue"},
    {"kind": "outlook", "metric": "wins", "scope": "team"},
    {
        "kind": "outlook",
        "metric": "revenue",
        "where": {"kind": "in", "field": "customers.customer", "values": ["Acme"]},
    },
    {"kind": "best", "metric": "revenue", "beside": ["win_rate", "cycle"], "period": QUARTER, "scope": "team"},
    {"kind": "best", "metric": "revenue", "beside": ["wins"], "period": QUARTER},
    {"kind": "best", "metric": "revenue", "against": "me", "period": QUARTER, "scope": "region"},
    {"kind": "what_if", "more": [{"metric": "revenue", "amount": 77}], "period": QUARTER, "within": "me"},
]
VIEWERS = {("r1",): ("r1",), ("m1",): ("r1", "r2"), ("lead",): ("r3", "r4", "r5", "r6"), ("m2", "r3"): ("r3",)}


def reply(company: Company, analysis: dict[str, Any], who: tuple[str, ...]) -> Any:
    try:
        found = company.analyse(analysis, *who)
    except UserError as error:
        return type(error).__name__, error.code, error.subject, error.fields
    return found.facts, found.notes, [(p.name, p.table.rows, p.table.proof.restricted) for p in found.parts]


@pytest.mark.parametrize("who", VIEWERS, ids="-".join)
def test_hidden_rows_leave_no_trace(
    world: Company, who: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory
) -> None:
    with built(tmp_path_factory.mktemp("owned"), owned=VIEWERS[who]) as part:
        replies = [(reply(world, a, who), reply(part, a, who)) for a in ANALYSES]
    assert [a for a, (whole, own) in zip(ANALYSES, replies, strict=True) if whole != own] == []
    assert sum(isinstance(whole[0], tuple) for whole, _ in replies) >= 5, "most are answered"
