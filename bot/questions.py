"""`Question`: what somebody asked and where, as a value that survives this process."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace

from bot.posting import Place

__all__ = ["Question"]


@dataclass(frozen=True, slots=True)
class Question:
    """`key`: Slack's id of the event, command or press. `text`: as written, with Slack's markup; `value`: of the button
    that was pressed instead. `place` None: a button in no channel (Home tab), answered in the DM. `own`: the bot's user
    id, which is no part of the question. `repeated`: Slack delivered it before and nobody acknowledged it."""

    key: str
    user: str
    place: Place | None
    text: str = ""
    value: str = ""
    own: str = ""
    repeated: bool = False

    def to_json(self) -> str:
        """Everything but the key and the user, which the state keeps beside it."""
        place = None
        if self.place is not None:
            place = asdict(replace(self.place, ticket=None))
            del place["ticket"]
        return json.dumps({"place": place, "text": self.text, "value": self.value, "own": self.own})

    @staticmethod
    def from_json(key: str, user: str, text: str) -> Question:
        kept = json.loads(text)
        place = Place(**kept["place"]) if kept["place"] is not None else None
        return Question(key, user, place, kept["text"], kept["value"], kept["own"])
