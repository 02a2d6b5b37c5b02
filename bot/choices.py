"""The readings offered for an ambiguous question: told apart by team, and only those that the asker can have
answered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from bot.runtime import Runtime
from bot.wording import Words, words_for
from bot.wording.subject import conditions
from metrics.errors import NotPermitted, UserError
from metrics.people import Audience, Person, Viewer
from metrics.policy.answering import check_answers
from metrics.query.asked import Asked
from metrics.query.predicate import In
from nlq import Choice, Meaning

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

    def allowed(meaning: Meaning) -> bool:
        if not isinstance(meaning, Asked):
            return True
        try:
            table = runtime.metrics.tell(meaning, viewer=Viewer.of(asker), audience=audience, as_of=as_of)
            check_answers(meaning, [table], runtime.metrics.model, asker)
        except NotPermitted:
            return False
        except UserError:  # said when it is chosen
            return True
        return True

    kept = [c for c in choices if allowed(c.meaning)] or list(choices[:1])
    words = words_for(runtime.metrics.model, language, runtime.lexicon)
    named = [replace(c, label=_with_team(runtime, words, c)) for c in kept]
    labels = [c.label for c in named]
    return tuple(
        replace(c, label=f"{c.label} ({labels[: n + 1].count(c.label)})") if labels.count(c.label) > 1 else c
        for n, c in enumerate(named)
    )


def _with_team(runtime: Runtime, words: Words, choice: Choice) -> str:
    """ "Sales of Anna Li this month (Crane)"."""
    people = words.model.people
    if not choice.label and isinstance(choice.meaning, Asked):  # there is no saying it whole
        return words.joined([words.measure(m) for m in choice.meaning.show])
    if people is None or not isinstance(choice.meaning, Asked):
        return choice.label
    about = [
        c
        for c in conditions(choice.meaning.where)
        if isinstance(c, In) and c.field in (people.id, people.name) and len(c.values) == 1 and not c.out
    ]
    if len(about) != 1:
        return choice.label
    value = about[0].values[0]
    found = [p for p in runtime.metrics.org.people.values() if value in (p.id, p.name)]
    place = (words.team(found[0].team) or words.region(found[0].region)) if len(found) == 1 else ""
    return f"{choice.label} ({place})" if place and place not in choice.label else choice.label
