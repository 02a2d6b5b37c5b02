"""What a noun next to a number, a limit or another metric belongs to, where it could be several things."""

from __future__ import annotations

from nlq.context import Context
from nlq.normalise import has_han
from nlq.slots import Slots

__all__ = ["counted_by", "counts_itself", "described_key"]


def counts_itself(slots: Slots, i: int) -> bool:
    """Whether a word that is a metric and a field is the metric: bound to a number ("more than 3 orders") or listed
    with metrics ("sales and orders")."""
    if not (slots.tokens[i].has("METRIC") and slots.tokens[i].has("FIELD")):
        return False
    if slots.kind_at(i - 1, "COND") and slots.tokens[i - 1].value("COND").number.plain:
        return True
    return any(
        slots.kind_at(i + step, "AND", "COMMA")
        and slots.kind_at(i + 2 * step, "METRIC")
        and (step < 0 or i == 0 or not slots.kind_at(i - 1, "ORDER", "LIMIT", "BY", "EACH", "WHICH"))
        for step in (-1, 1)
    )


def counted_by(ctx: Context, slots: Slots, i: int) -> bool:
    """ "reps with more than 3 customers", where no metric counts customers: the number bounds nothing else, so the word
    stays unread."""
    condition = slots.tokens[i - 1].value("COND") if slots.kind_at(i - 1, "COND") else None
    return (
        condition is not None
        and condition.number.plain
        and not condition.days
        and not has_han(slots.tokens[i].text)
        and ctx.normal.literal[slots.tokens[i - 1].end : slots.tokens[i].start].isspace()
    )


def described_key(ctx: Context, slots: Slots) -> str | None:
    """ "top 3 key accounts", 前三的大客户: a member or term right after the number whose noun names another field of
    its dataset: what such things are called.

    Empty where such a word has no such noun ("top 3 small businesses"): three of what was not said, and it is not
    people.
    """
    model = ctx.lexicon.model
    people = model.people
    for i, token in enumerate(slots.tokens):
        if not (token.has("MEMBER") or token.has("TERM")) or token.has("METRIC"):
            continue
        before = i - 1
        while before >= 0 and set(slots.tokens[before].senses) <= {"OF", "MY", "FILL"}:
            before -= 1
        last = (
            has_han(token.text) and slots.kind_at(i + 1, "METRIC") and slots.kind_at(i + 2, "LIMIT")
        )  # 大客户销售额前三
        if not last and not slots.kind_at(before, "LIMIT", "ORDER", "TOP", "BOTTOM", "GROUPTOP"):
            continue
        about = [f for f, _ in token.senses.get("MEMBER", ())] + [
            f.field for t in token.senses.get("TERM", ()) for f in model.terms[t].where
        ]
        datasets = {model.fields[f].dataset for f in about}
        nouns = [token.text[k:] for k in range(1, len(token.text))] if has_han(token.text) else token.text.split()[-1:]
        keys: list[str] = [
            f
            for noun in nouns
            for f in ctx.lexicon.senses(noun).get("FIELD", ())
            if model.fields[f].dataset in datasets and f not in about
        ]
        if keys:
            return keys[0]
        if people is not None and slots.kind_at(before, "LIMIT") and people.dataset not in datasets:
            return ""
    return None
