"""An ambiguous question whose words this person has settled before."""

from __future__ import annotations

import json
from typing import Any

from bot.meanings import meaning_json
from bot.outcome import Outcome
from bot.runtime import Runtime
from metrics.people import Person
from nlq import Choice

__all__ = ["same_choice", "settle"]


def settle(runtime: Runtime, outcome: Outcome, person: Person) -> Choice | None:
    """The reading this person chose for the same words, if exactly one of today's readings is that one."""
    if not outcome.subject:
        return None
    kept = runtime.state.choices.recall(person.id, outcome.subject)
    return same_choice(outcome.choices, kept) if kept else None


def same_choice(choices: tuple[Choice, ...], kept: str) -> Choice | None:
    """The one choice that equals the kept meaning in every part in which the choices differ from one another. What was
    kept by a version that spoke otherwise is none of them."""
    parts = [meaning_json(c.meaning) for c in choices]
    names = {name for part in parts for name in part}
    differing = [name for name in names if len({_text(part.get(name)) for part in parts}) > 1]
    try:
        before = json.loads(kept)
    except ValueError:
        return None
    fitting = [
        c
        for c, part in zip(choices, parts, strict=True)
        if all(_text(part.get(n)) == _text(before.get(n)) for n in differing)
    ]
    return fitting[0] if len(fitting) == 1 and differing else None


def _text(part: Any) -> str:
    return json.dumps(part, sort_keys=True)
