"""A question in Slack, answered from real data: sums are those of tests/world, done by hand."""

from __future__ import annotations

import json
from typing import Any

from conftest import Floor


def shown(message: dict[str, Any]) -> str:
    return f"{message.get('text')} {json.dumps(message.get('blocks'), ensure_ascii=False)}"


async def test_rep_asks_in_a_dm(floor: Floor) -> None:
    answer = await floor.ask("U0R1", "dm", "my revenue this month")
    print(shown(answer))
    assert "Revenue (you)" in answer["text"]
