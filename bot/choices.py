"""The readings offered for an ambiguous question: told apart by team, and only those that the asker can have
answered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from bot.runtime import Runtime
from bot.wording import words_for
from metrics.errors import NotPermitted, UserError
from metrics.people import Audience, Person, Viewer
from metrics.query import Query
from nlq.reading import Choice

__all__ = ["choices_for"]


def choices_for(
    runtime: Runtime,
    choices: Sequence[Choice],
    *,
    asker: Person,
    audience: Audience,
    as_of: dt.datetime,
    language: str,
) -> tuple[Choice, ...]:
    """`choices` without those that would be refused (only the first, when all would be: its answer says so), each
    naming the team of whoever it is about. Labels are different from each other."""

    def allowed(query: Query) -> bool:
        try:
            runtime.metrics.sql(query, viewer=Viewer.of(asker), audience=audience, as_of=as_of)
        except NotPermitted:
            return False
        except UserError:  # said when it is chosen
            return True
        return True

    kept = [c for c in choices if allowed(c.query)] or list(choices[:1])
    named = [replace(c, label=_with_team(runtime, c, language)) for c in kept]
    labels = [c.label for c in named]
    return tuple(
        replace(c, label=f"{c.label} ({labels[: n + 1].count(c.label)})") if labels.count(c.label) > 1 else c
        for n, c in enumerate(named)
    )


def _with_team(runtime: Runtime, choice: Choice, language: str) -> str:
    """ "Sales, this month, only Anna Li (Crane)"."""
    words = words_for(runtime.metrics.model, language)
    people = words.model.people
    if people is None:
        return choice.label
    about = [
        f for f in choice.query.where if f.field in (people.id, people.name) and f.op == "in" and len(f.values) == 1
    ]
    if len(about) != 1:
        return choice.label
    value = about[0].values[0]
    found = [p for p in runtime.metrics.org.people.values() if value in (p.id, p.name)]
    place = (words.team(found[0].team) or words.region(found[0].region)) if len(found) == 1 else ""
    return f"{choice.label} ({place})" if place and place not in choice.label else choice.label
