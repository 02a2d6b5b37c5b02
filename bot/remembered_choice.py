"""An ambiguous question whose words this person has settled before."""

from __future__ import annotations

import json

from bot.outcome import Outcome
from bot.runtime import Runtime
from metrics.people import Person
from nlq.reading import Choice

__all__ = ["same_choice", "settle"]


def settle(runtime: Runtime, outcome: Outcome, person: Person) -> Choice | None:
    """The reading this person chose for the same words, if exactly one of today's readings is that one."""
    if not outcome.subject:
        return None
    kept = runtime.state.choices.recall(person.id, outcome.subject)
    return same_choice(outcome.choices, kept) if kept else None


def same_choice(choices: tuple[Choice, ...], kept: str) -> Choice | None:
    """The one choice that equals the kept Query in every part in which the choices differ from one another."""
    parts = [json.loads(c.query.to_json()) for c in choices]
    names = {name for part in parts for name in part}
    differing = [name for name in names if len({json.dumps(part.get(name), sort_keys=True) for part in parts}) > 1]
    before = json.loads(kept)
    fitting = [
        c for c, part in zip(choices, parts, strict=True) if all(part.get(n) == before.get(n) for n in differing)
    ]
    return fitting[0] if len(fitting) == 1 and differing else None
