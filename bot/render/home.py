"""The Home tab."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from bot.identity import Speaker
from bot.render.blocks import Block, Button, actions, context, escape, header, section
from bot.render.replies import not_in_text
from bot.wording import Words
from bot.wording.sentences import has_sentence
from metrics.people import Person

__all__ = ["home_view"]


def home_view(
    words: Words,
    speaker: Speaker,
    examples: Sequence[tuple[str, str]],
    digests: Sequence[tuple[str, int]],
    through: dt.date | None,
) -> dict[str, Any]:
    """`examples`: (text, button value); `digests`: (kind, minutes after local midnight) of the person's
    subscriptions."""
    person = speaker.person
    organisation = words.model.organisation or words.model.name
    blocks: list[Block] = []
    if person is None:
        blocks += [
            header(words.say("home.unknown")),
            section(escape(not_in_text(words, speaker.why))),
        ]
    else:
        named = words.team(person.team)
        team = words.say("home.team", team=named) if named and named != person.name else ""
        role = words.say(f"role.{person.role}") if has_sentence(f"role.{person.role}") else person.role
        who = words.say("home.who", name=person.name, role=role, team=team, organisation=organisation)
        blocks += [header(words.say("home.hello", name=person.name)), section(escape(who))]
        if examples:
            buttons = [Button(text, f"suggest_{n}", value) for n, (text, value) in enumerate(examples, start=1)]
            blocks += [section(f"*{escape(words.say('home.examples'))}*"), *actions(buttons)]
        blocks.append(
            section(
                f"*{escape(words.say('home.subscriptions'))}*\n" + escape("\n".join(_digests(words, digests, person)))
            )
        )
    if through is not None and person is not None:
        data = words.say("home.data", date=words.date(through), timezone=words.model.calendar.timezone)
        blocks += context([escape(data)])
    return {
        "type": "home",
        "blocks": [{**block, "block_id": f"home{n}"} for n, block in enumerate(blocks[:100], start=1)],
    }


def _digests(words: Words, digests: Sequence[tuple[str, int]], person: Person) -> list[str]:
    if not digests:
        can_order = person.sells or person.role in ("manager", "lead")
        return [words.say("home.no_subscriptions" if can_order else "home.no_messages")]
    return [
        words.say(
            "home.digest",
            kind=words.say(f"digest.{kind}") if has_sentence(f"digest.{kind}") else kind,
            time=f"{at // 60:02d}:{at % 60:02d}",
        )
        for kind, at in digests
    ]
