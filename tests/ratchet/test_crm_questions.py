"""The real-world questions over the real pipeline data: a ratchet. Right may only go up, wrong must stay at nothing.

The questions, their gold rows and the data are read in place; the bot is asked as others ask it: `paceline ask
--batch`. A question that is declined (ambiguous, not understood) is not wrong; a confident wrong number is.
"""

from __future__ import annotations

from typing import Any

import pytest
from gold_rows import same_rows

pytestmark = pytest.mark.shared

RIGHT_AT_LEAST = 45  # all of them
DECLINED = {"ambiguous", "not_understood", "denied", "stale"}


def verdict(question: dict[str, Any], answer: dict[str, Any]) -> str:
    """right | declined | wrong"""
    if answer["status"] != "answered":
        if answer["status"] in DECLINED:
            return "right" if question["sql"] is None and answer["issues"] else "declined"
        return "wrong"
    golds = [question["result"], *(a["result"] for a in question.get("accept", ()))] if question["sql"] else []
    return "right" if any(same_rows(g, answer["rows"], ordered=question["ordered"]) for g in golds) else "wrong"


def test_none_is_answered_wrongly(crm_answers: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    wrong = [
        (q["id"], q["q"], a["status"], a["reading"], a["rows"][:3]) for q, a in crm_answers if verdict(q, a) == "wrong"
    ]
    assert wrong == []


def test_most_are_answered_rightly(crm_answers: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    verdicts = [verdict(q, a) for q, a in crm_answers]
    declined = [(q["id"], q["q"], a["status"], a["issues"]) for q, a in crm_answers if verdict(q, a) == "declined"]
    assert verdicts.count("right") >= RIGHT_AT_LEAST, declined
