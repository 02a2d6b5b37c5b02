"""Unread words: taken for the one vocabulary word they are nearly spelled like, or reported with suggestions."""

from __future__ import annotations

import re
from dataclasses import dataclass

from nlq.context import Context
from nlq.cover import Token, cover, seen_senses
from nlq.normalise import Normal, has_han
from nlq.reading import Issue
from nlq.vocabulary import vocabulary

__all__ = ["Corrected", "correct"]

_SHORTEST = 4
_LATIN = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True)
class Corrected:
    """`tokens` of the text as corrected, places as in the text as written; `words`: "written>read"."""

    tokens: list[Token]
    words: tuple[str, ...]


def _allowed(word: str) -> int:
    return 1 if len(word) <= 5 else 2 if len(word) <= 9 else 3


def _nearest(ctx: Context, word: str) -> tuple[str | None, tuple[str, ...]]:
    """The word meant, when exactly one is nearest and near enough; and words to suggest otherwise."""
    known = ctx.lexicon.words
    limit = _allowed(word)
    from rapidfuzz import process  # here: words that are spelt right never need it
    from rapidfuzz.distance import OSA

    found = process.extract(word, known, scorer=OSA.distance, score_cutoff=limit + 1, limit=None)
    near = sorted((d, w) for w, d, _ in found if w != word and ctx.lexicon.word_exists(w, ctx.sees))[:6]
    if not near:
        return None, ()
    suggestions = tuple(w for _, w in near if w in ctx.lexicon.offers and w != word + "s")[:3]
    best, meant = near[0]
    rivals = [w for d, w in near if d == best]
    same_stem = {w.rstrip("s") for w in rivals}
    if best > limit or word[0] != meant[0] or len(same_stem) > 1 or word in vocabulary().real or len(word) < _SHORTEST:
        return None, suggestions
    if meant in ctx.lexicon.people_words and best > (1 if len(word) < 8 else 2):
        return None, suggestions
    return meant, suggestions


def correct(ctx: Context, tokens: list[Token]) -> Corrected | tuple[Issue, ...]:
    """The tokens with every unread word read through a typo, or the issues of those that cannot be."""
    if any(t.text in ctx.lexicon.words for t in tokens if t.has("UNKNOWN")):
        squeezed = _squeezed(ctx)
        if squeezed is not None:
            return squeezed
    issues: list[Issue] = []
    swaps: list[tuple[Token, str]] = []
    for token in tokens:
        if not token.has("UNKNOWN"):
            continue
        start, end = ctx.normal.span(token.start, token.end)
        written = ctx.normal.original[start:end]
        meant, suggestions = (
            (None, ()) if has_han(token.text) or len(token.text) < _SHORTEST else _nearest(ctx, token.text)
        )
        if meant is not None and not _plausible(ctx, tokens, token, written, meant):
            meant = None
        if meant is not None:
            swaps.append((token, meant))
            continue
        person = (written[:1].isupper() and token.start > 0 and not written.isupper()) or (
            has_han(written) and 2 <= len(written) <= 3 and written[0] in vocabulary().surnames
        )
        names = tuple(_person_names(ctx, suggestions)) if person else ()
        issues.append(
            Issue(
                "unknown_person" if person and (names or ctx.lexicon.org.people) else "unknown_word",
                written,
                (start, end),
                names if person else suggestions,
            )
        )
    if issues:
        return tuple(issues)
    return _again(ctx, swaps)


def _squeezed(ctx: Context) -> Corrected | None:
    """The text without its little words, where an unread word is a part of a phrase: "not (been) contacted"."""
    drop = [
        Token(m.start(), m.end(), m[0], {})
        for m in _LATIN.finditer(ctx.normal.folded)
        if "SQUEEZE" in ctx.lexicon.phrases.get(m[0], ())
    ]
    found = _again(ctx, [(t, "") for t in drop])
    return Corrected(found.tokens, ()) if isinstance(found, Corrected) else None


def _person_names(ctx: Context, words: tuple[str, ...]) -> list[str]:
    found: list[str] = []
    for word in words:
        for person_id in ctx.lexicon.phrases.get(word, {}).get("PERSON", ()):
            name = ctx.lexicon.org.people[person_id].name
            if name not in found:
                found.append(name)
    return found[:3]


_LIGHT = {
    "FILL",
    "VERB",
    "TAKE",
    "CONTRIBUTE",
    "HITWORD",
    "BEHINDWORD",
    "ORDER",
    "FOLLOW",
    "SQUEEZE",
    "COMPARATIVE",
    "CHANGE",
    "DOING",
    "DEFINE",
}


def _plausible(ctx: Context, tokens: list[Token], token: Token, written: str, meant: str) -> bool:
    """Names are read only as names: "revenue from Shell" must not become "revenue from sell" and lose its filter."""
    senses = (
        [seen_senses(s, ctx.sees) for phrase, s in ctx.lexicon.phrases.items() if meant in phrase.split()]
        if written[:1].isupper() and token.start
        else []
    )
    if senses and not written.isupper() and not any("MEMBER" in s for s in senses):
        return False
    at = tokens.index(token)
    before = tokens[at - 1] if at else None
    light = set(ctx.lexicon.phrases.get(meant, {"UNKNOWN": ()})) <= _LIGHT
    return not (
        light
        and before is not None
        and any(
            before.has(k) for k in ("OF", "FROM", "FOR", "IN", "BY", "WITH", "ONLY", "EXCEPT", "AND", "OR", "COMMA")
        )
    )


def _again(ctx: Context, swaps: list[tuple[Token, str]]) -> Corrected | tuple[Issue, ...]:
    """Cut the corrected text afresh: a corrected word may be a part of a longer phrase."""
    literal, folded, places = ctx.normal.literal, ctx.normal.folded, list(range(len(ctx.normal.folded)))
    for token, meant in reversed(swaps):
        if not meant:
            cut = token.end + 1 if folded[token.end : token.end + 1] == " " else token.end
            literal, folded = literal[: token.start] + literal[cut:], folded[: token.start] + folded[cut:]
            del places[token.start : cut]
            continue
        literal = literal[: token.start] + meant + literal[token.end :]
        folded = folded[: token.start] + meant + folded[token.end :]
        span = [min(token.start + k, token.end - 1) for k in range(len(meant))]
        span[-1] = token.end - 1
        places[token.start : token.end] = span
    found = cover(Normal(ctx.normal.original, literal, folded, None), ctx.lexicon, ctx.sees)
    unread = [t for t in found if t.has("UNKNOWN")]
    back = [Token(places[t.start], places[t.end - 1] + 1, t.text, t.senses, t.rule) for t in found]
    if unread:
        swapped = {meant for _, meant in swaps}
        first = next(t for t in back if t.has("UNKNOWN"))
        start, end = ctx.normal.span(first.start, first.end)
        return (Issue("unknown_word", ctx.normal.original[start:end], (start, end), tuple(swapped)[:3]),)
    return Corrected(back, tuple(f"{t.text}>{meant}" for t, meant in swaps))
