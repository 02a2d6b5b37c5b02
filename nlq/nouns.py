"""Words that change what a noun beside them stands for: compounds, "open" after its noun, members that are missing,
deeds left undone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nlq.context import Context
from nlq.cover import Token
from nlq.keys import is_key

__all__ = ["NOUN_ACTIONS"]


def compound(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Any:
    """ "product series", "customer sector", 产品系列: what a thing is known by, then one of its attributes, is that
    attribute."""
    model = ctx.lexicon.model
    head, last = model.fields[m[0].value("FIELD")], model.fields[m[1].value("FIELD")]
    counted = m[0].has("METRIC") and (m[0].text.endswith("s") or m[1].has("METRIC"))
    if (
        counted
        or m[1].has("METRIC")
        or any(t.has(k) for t in m for k in ("VERB", "MEMBER"))
        or ctx.normal.literal[m[0].end : m[1].start].strip()
    ):
        return None
    same = head.dataset == last.dataset and head.id != last.id
    return last.id if same and is_key(model, head) and not is_key(model, last) else None


def nothing_done(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Any:
    """ "hasn't closed anything", "haven't ordered": no sale. Winning alone may be said of single deals ("deals not
    won")."""
    verbs = set(m[1].senses["VERB"])
    if len(m) == 2:
        return True if verbs == {"sell"} and not m[1].has("FIELD") and not m[1].has("METRIC") else None
    return True if {"win", "sell"} & verbs else None


def opened(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Any:
    return "create"


def next_gap(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Any:
    """How far the next place of a ranking is: told with the asker's own rank."""
    return True if any(t.has(k) for t in m for k in ("GAP", "COMPARE", "HOWMUCH")) else None


def no_member(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Any:
    """ "open deals with no account": rows without a value there. "reps with no customers" counts things instead, and is
    no such thing."""
    which = m[-1]
    if (
        which.has("METRIC")
        or any(t.has(k) for t in tokens for k in ("WHO", "WHICHFIELDS", "COND"))
        or not any(t.has("METRIC") or t.has("DATASET") for t in (*tokens[:at], *tokens[at + len(m) :]))
    ):
        return None
    if any(t.has("FIELD") and not t.has("METRIC") and not ctx.lexicon.counted(t.senses) for t in tokens[:at]):
        return None
    field_id: str = which.value("FIELD")
    return None if ctx.lexicon.counted(which.senses) else field_id


def open_records(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Any:
    """ "how many deals are open": what the model calls open deals."""
    found = ctx.lexicon.senses(f"open {m[0].text}").get("METRIC", ())
    return found[0] if len(found) == 1 else None


def whole_company(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Any:
    """ "company sales", 公司销售额: everybody's. Where companies are put in order, they are customers."""
    return (
        None
        if m[0].has("METRIC")
        or any(t.has(k) for t in tokens for k in ("LIMIT", "ORDER", "TOP", "BOTTOM", "RANKWORD", "SHARE", "WHO"))
        else True
    )


NOUN_ACTIONS = {
    f.__name__: f for f in (whole_company, compound, nothing_done, opened, next_gap, no_member, open_records)
}
