"""Messages that hold no numbers: choices, what was not understood, help, errors, greetings."""

from __future__ import annotations

from collections.abc import Sequence

from bot.admission import Why
from bot.outcome import Outcome
from bot.render.answer import Post
from bot.render.blocks import Button, actions, context, escape, header, message_blocks, section
from bot.render.text import failure_text
from bot.wording import Words
from nlq import Issue

__all__ = ["choices_post", "failure_post", "help_post", "line_post", "not_in_text", "suggested_texts"]

MOST_SUGGESTIONS = 4


def line_post(text: str, *, mrkdwn: bool = False) -> Post:
    """One plain sentence. `mrkdwn`: it is our own markup already, with its data escaped."""
    said = text if mrkdwn else escape(text)
    return Post(said, tuple(message_blocks([section(said)])))


def not_in_text(words: Words, why: Why) -> str:
    """What is said to somebody who is not let in, and what can be done about it."""
    key = f"who.{why}" if why in ("foreign", "guest", "left") else "who.unknown"
    return words.say(key, organisation=words.model.organisation or words.model.name)


def choices_post(words: Words, outcome: Outcome, values: Sequence[str]) -> Post:
    """One button per reading; `values` belong to `outcome.choices` one by one."""
    key = "ask.which.subject" if outcome.subject else "ask.which"
    question = words.say(key, subject=outcome.subject)
    buttons = [
        Button(c.label, f"choice_{n}", v) for n, (c, v) in enumerate(zip(outcome.choices, values, strict=True), start=1)
    ]
    blocks = message_blocks([section(escape(question)), *actions(buttons)])
    return Post(escape(failure_text(words, outcome)), tuple(blocks))


def failure_post(words: Words, outcome: Outcome, suggested: Sequence[tuple[str, str]] = ()) -> Post:
    """Why there is no answer. `suggested`: (text, button value) of questions to ask instead."""
    text = failure_text(words, outcome)
    buttons = [
        Button(label, f"suggest_{n}", value) for n, (label, value) in enumerate(suggested[:MOST_SUGGESTIONS], start=1)
    ]
    tail = context([escape(words.say("issue.help"))]) if outcome.status == "not_understood" else []
    return Post(escape(text), tuple(message_blocks([section(escape(text)), *actions(buttons), *tail])))


def help_post(words: Words, examples: Sequence[tuple[str, str]], by: Sequence[str]) -> Post:
    """Short: a few questions as buttons, the metrics and fields by name, how to follow up. `examples`: (text, button
    value) each; `by`: field ids worth breaking down by, best first."""
    model = words.model
    metrics = words.joined([words.metric(name) for name in model.metrics], most=20)
    fields = words.joined([words.field(f) for f in by], most=12)
    field = words.field(by[0]) if by else ""
    more = words.say("help.more", a=words.say("help.follow.period"), b=words.say("help.follow.by", field=field.lower()))
    intro = words.say("help.intro")
    numbers = words.say("help.numbers", metrics=metrics) + "\n" + words.say("help.fields", fields=fields)
    buttons = [Button(text, f"suggest_{n}", value) for n, (text, value) in enumerate(examples, start=1)]
    blocks = [
        header(words.say("help.title")),
        section(escape(intro)),
        *actions(buttons),
        section(escape(numbers)),
        *context([escape(more)]),
    ]
    lines = [intro, *(f"• {text}" for text, _ in examples), numbers, more]
    return Post(escape("\n".join(lines)), tuple(message_blocks(blocks)))


def suggested_texts(issues: Sequence[Issue]) -> list[str]:
    """Questions that could be asked instead."""
    return list(dict.fromkeys(text for issue in issues for text in issue.suggestions))[:MOST_SUGGESTIONS]
