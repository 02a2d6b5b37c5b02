"""The receipt in words: how the question was read, exact dates, data time, definition, restriction."""

from __future__ import annotations

from bot.wording.headline import says_restricted
from bot.wording.words import Words
from metrics.query.answer import Answer

__all__ = ["receipt_lines"]


def receipt_lines(words: Words, answer: Answer, *, reading: str = "") -> list[str]:
    """Short pieces in a fixed order: reading · dates · against · data time · definitions · rows read · restricted,
    where the headline does not say so."""
    receipt = answer.receipt
    pieces = [words.say("receipt.reading", reading=reading)] if reading else []
    for window in receipt.windows:
        if window.label == "current":
            pieces.append(words.say("receipt.dates", dates=words.window(window)))
        elif window.label == "previous":
            pieces.append(words.say("receipt.against", dates=words.window(window)))
    if receipt.data_through is not None:
        pieces.append(words.say("receipt.through", date=words.date(receipt.data_through)))
    definitions = [
        words.say("receipt.definition", metric=words.metric(m.name), version=m.version) for m in receipt.metrics
    ]
    if definitions:
        pieces.append(words.joined(definitions, most=4))
    if receipt.restricted in ("org_tree", "channel") and answer.query.scope == "all" and not says_restricted(answer):
        pieces.append(words.say(f"receipt.restricted.{receipt.restricted}"))
    return pieces
