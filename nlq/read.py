"""`read`: a question in English or Chinese becomes a Reading. Pure and deterministic; nothing is guessed or dropped."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from metrics.people import Person
from metrics.query import Query
from nlq.assemble import compose
from nlq.context import Context, Either
from nlq.cover import Sees, Token, cover
from nlq.lexicon import Lexicon
from nlq.normalise import fold, has_han, normalise
from nlq.nouns import NOUN_ACTIONS
from nlq.pieces import PIECE_ACTIONS, Members
from nlq.reading import Ambiguous, Choice, Issue, NotUnderstood, Reading, Span, Understood
from nlq.spelling import correct
from nlq.times import TIME_ACTIONS
from nlq.vocabulary import vocabulary
from nlq.words import words

__all__ = ["read"]

_ACTIONS = {**TIME_ACTIONS, **PIECE_ACTIONS, **NOUN_ACTIONS}
_MOST = 2000
_MOST_CHOICES = 6


@cache
def _sql() -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{p})" for p in vocabulary().sql), re.IGNORECASE | re.MULTILINE)


def read(
    text: str,
    *,
    lexicon: Lexicon,
    asker: Person | None,
    as_of: dt.date,
    thread: Sequence[Query] = (),
    sees: Sees | None = None,
) -> Reading:
    """How a question is understood on the day `as_of`, asked by `asker` after the queries of `thread` (oldest first).
    `sees`: which members exist for the asker (None: all); the others are read, and suggested, as if they did not.

    Understood: one reading. Ambiguous: two to six, to be chosen from. NotUnderstood: what could not be read, with
    suggestions; see `Issue.code`. Never raises, whatever the text.
    """
    language = "zh" if has_han(text[:_MOST]) else "en"
    if len(text) > _MOST:
        return NotUnderstood((Issue("too_long"),), language)
    if _sql().search(text):
        return NotUnderstood((Issue("sql"),), language)
    normal = normalise(text)
    if not any(c.isalnum() or c == "%" for c in normal.folded):
        return NotUnderstood((Issue("empty"),), language)
    context = Context(lexicon, as_of, asker, normal, language, sees)
    tokens = _names(context, [_stray(context, t) for t in cover(normal, lexicon, sees)])
    corrected: tuple[str, ...] = ()
    refused = _refused(context, tokens)
    if any(i.code == "unsupported" for i in refused):
        return NotUnderstood(refused, language, _spans(context, tokens, ()))
    unread = [t for t in tokens if t.has("UNKNOWN")]
    if unread:
        fixed = correct(context, tokens)
        if isinstance(fixed, tuple):
            return NotUnderstood(fixed, language, _spans(context, tokens, ()))
        tokens, corrected = _names(context, fixed.tokens), fixed.words
    refused = _refused(context, tokens)
    tokens = [part for t in tokens for part in _ends(tokens, t)]
    kept = [t for t in tokens if not t.senses.keys() <= {"FILL", "SQUEEZE", "CAPS"}]
    tokens = lexicon.grammar.reduce(kept, _ACTIONS, context)
    tokens = [part for t in tokens for part in (_pareto_parts(t) if t.has("PARETOMETRIC") else (t,))]
    refused = refused or _future(context, tokens)
    if refused:
        return NotUnderstood(refused, language, _spans(context, tokens, corrected))
    return _settle(context, tokens, corrected, thread)


def _ends(tokens: Sequence[Token], token: Token) -> tuple[Token, ...]:
    """ "Q3到Q4增长最多": the two ends of a stretch are compared where something grows from one to the other."""
    kind = next((k for k in ("QUARTERS", "MONTHS") if token.has(k)), None)
    if (
        kind is None
        or not any(c in token.text for c in "到至")
        or not any(t.has(k) for t in tokens for k in ("FASTGROW", "FASTFALL", "CHANGE", "PCT"))
    ):
        return (token,)
    first, last = token.value(kind)
    middle = token.start + next(i for i, c in enumerate(token.text) if c in "到至")
    return (
        replace(token, end=middle, text=token.text[: middle - token.start], senses={kind[:-1]: (first,)}),
        replace(token, start=middle, end=middle + 1, text=token.text[middle - token.start], senses={"TOEND": (True,)}),
        replace(token, start=middle + 1, text=token.text[middle + 1 - token.start :], senses={kind[:-1]: (last,)}),
    )


def _names(ctx: Context, tokens: list[Token]) -> list[Token]:
    """Ordinary words that are someone's name count as one when they have a capital letter inside a sentence."""
    names = ctx.lexicon.capital
    shouted = not any(c.islower() for c in ctx.normal.original)
    tokens = [_cased(ctx, t, shouted) if t.has("CAPS") else t for t in tokens]
    return [
        (
            replace(t, senses={**names[t.text]})
            if t.text in names and t.start > 0 and ctx.capital(t) and not ctx.normal.original.istitle()
            else t
        )
        for t in tokens
    ]


def _cased(ctx: Context, token: Token, shouted: bool) -> Token:
    """US is a name or unknown, us is a little word."""
    if _upper(ctx, token) and not shouted:
        return replace(
            token, senses={"MEMBER": token.senses["MEMBER"]} if token.has("MEMBER") else {"UNKNOWN": (token.text,)}
        )
    return replace(token, senses={k: v for k, v in token.senses.items() if k != "MEMBER"})


def _stray(ctx: Context, token: Token) -> Token:
    """A percent sign that touches letters, lines or other percent signs ("%%_") is no word for a share."""
    beside = ctx.normal.literal[max(token.start - 1, 0) : token.start] + ctx.normal.literal[token.end : token.end + 1]
    if token.text == "%" and any(c in "%_" or (c.isascii() and c.isalpha()) for c in beside):
        return replace(token, senses={"UNKNOWN": (token.text,)})
    return token


def _upper(ctx: Context, token: Token) -> bool:
    """Whether a token is written in capitals: US is a country, us is not."""
    return ctx.normal.original[slice(*ctx.normal.span(token.start, token.end))].isupper()


def _refused(ctx: Context, tokens: Sequence[Token]) -> tuple[Issue, ...]:
    """Issues for words that ask for what this deployment has no data for, or what no Query says."""
    issues: list[Issue] = []
    amount = any(t.has("NUM") for t in tokens) and any(t.has("NEED") or t.has("TARGET") for t in tokens)
    for token in tokens:
        span = ctx.normal.span(token.start, token.end)
        text = ctx.normal.original[slice(*span)]
        if token.has("ABSENT") and not (token.has("TARGET") and amount) and not token.has("METRIC"):
            reason = ctx.lexicon.model.absent[token.value("ABSENT")].reason
            issues.append(
                Issue("no_data", text, span, reason=reason.get(ctx.language) or next(iter(reason.values()), ""))
            )
        elif token.has("UNSUPPORTED") and token.senses.keys() <= {"UNSUPPORTED", "FILL", "FOLLOW"}:
            issues.append(Issue("unsupported", text, span, reason=token.value("UNSUPPORTED")))
    return tuple(issues)


def _future(ctx: Context, tokens: Sequence[Token]) -> tuple[Issue, ...]:
    found = [t for t in tokens if t.rule in ("next units", "tomorrow")]
    return tuple(
        Issue(
            "unsupported",
            ctx.normal.original[slice(*ctx.normal.span(t.start, t.end))],
            ctx.normal.span(t.start, t.end),
            reason="forecast",
        )
        for t in found
    )


def _pareto_parts(token: Token) -> tuple[Token, ...]:
    """ "80% of sales" is a share to reach and the metric it is of."""
    number, _, metric = token.parts
    return replace(number, senses={"PARETO": (token.value("PARETOMETRIC")[0],)}), metric


def _alternatives(tokens: Sequence[Token]) -> tuple[list[list[Token]], str]:
    """Every way to settle the tokens that can be taken in more than one, and the words that make it so."""
    options: list[list[Token]] = []
    subject = ""
    for token in tokens:
        ways = [token]
        if "MEMBERS" in token.senses:
            members: Members = token.value("MEMBERS")
            if any(len(m) > 1 for m in members.each):
                ways = [
                    replace(token, senses={"MEMBERS": (Members(tuple((o,) for o in combo), members.joined),)})
                    for combo in itertools.product(*members.each)
                ]
        elif (
            "EXCLUDE" in token.senses
            and isinstance(token.value("EXCLUDE"), Members)
            and any(len(m) > 1 for m in token.value("EXCLUDE").each)
        ):
            members = token.value("EXCLUDE")
            ways = [
                replace(token, senses={"EXCLUDE": (Members(tuple((o,) for o in combo), members.joined),)})
                for combo in itertools.product(*members.each)
            ]
        elif "PERIOD" in token.senses and isinstance(token.value("PERIOD"), Either):
            ways = [replace(token, senses={"PERIOD": (p,)}) for p in token.value("PERIOD").options]
        else:
            for kind in ("METRIC", "MEMBER"):
                if len(token.senses.get(kind, ())) > 1:
                    ways = [replace(token, senses={**token.senses, kind: (v,)}) for v in token.senses[kind]]
                    break
        if len(ways) > 1:
            subject = subject or token.text
        options.append(ways[:_MOST_CHOICES])
    return [list(c) for c in itertools.islice(itertools.product(*options), 12)], subject


def _base(ctx: Context, tokens: Sequence[Token], thread: Sequence[Query]) -> Query | None:
    """The query a follow-up belongs to: the last one, unless the text is a whole question of its own."""
    if not thread or not tokens:
        return None
    if any(t.has("NEXTGAP") for t in tokens) and thread[-1].rank is not None:
        return thread[-1]
    kinds = {k for t in tokens for k in t.senses}
    if (
        kinds & {"STAND", "RANKWORD"}
        and not kinds
        & {"METRIC", "PERIOD", "FIELD", "BYFIELDS", "WHICHFIELDS", "WHO", "LIMIT", "MEMBER", "MEMBERS", "TARGET"}
        and not thread[-1].define
    ):
        return thread[-1]
    follows = tokens[0].has("FOLLOW") or any(t.has("INSTEAD") for t in tokens)
    if follows:
        return thread[-1]
    if kinds & {
        "STAND",
        "HOWLONG",
        "HOWMANY",
        "HOWMUCH",
        "COUNTUNIT",
        "WHO",
        "WHICHFIELDS",
        "WHICHGRAIN",
        "AMOUNT",
        "DEFINED",
    }:
        return None if kinds & {"METRIC", "VERB", "STAND", "HOWLONG", "AMOUNT", "ORDER", "DATASET"} else thread[-1]
    if "TARGET" in kinds and not any(
        m in ctx.lexicon.model.metrics and ctx.lexicon.model.metrics[m].has_target for m in thread[-1].metrics
    ):
        return None  # attainment of what has targets, not of what was asked before
    if any(t.has("METRIC") and not t.has("FIELD") and not t.has("VERB") for t in tokens) or kinds & {
        "DOING",
        "HOWDOING",
        "STAND",
        "RANKWORD",
    }:
        return None
    return thread[-1]


def _uncompared(tokens: Sequence[Token], base: Query | None) -> Query | None:
    """ "who is behind target this month" after a comparison: a question of its own kind and time does not go on
    comparing."""
    kinds = {k for t in tokens for k in t.senses}
    if (
        base is None
        or base.compare is None
        or not kinds & {"WHO", "WHICHFIELDS", "WHICHGRAIN"}
        or not kinds & {"PERIOD", "TARGET", "TARGETHIT", "TARGETMISS", "TARGETCOND"}
        or tokens[0].has("FOLLOW")
    ):
        return base
    if kinds & {
        "VS",
        "COMPARE",
        "CHANGE",
        "FASTGROW",
        "FASTFALL",
        "PCT",
        "CHAIN",
        "YOY",
        "COMPARATIVE",
        "PREVIOUS",
        "CHANGEUNIT",
        "YEARAGO",
    }:
        return base
    moved = base.order is not None and base.order.by in ("change", "change_pct")
    having = tuple(h for h in base.having if h.of not in ("change", "change_pct"))
    return base.model_copy(
        update={"compare": None, "having": having, **({"order": None, "limit": None} if moved else {})}
    )


def _settle(ctx: Context, tokens: list[Token], corrected: tuple[str, ...], thread: Sequence[Query]) -> Reading:
    spans = _spans(ctx, tokens, corrected)
    base = _uncompared(tokens, _base(ctx, tokens, thread))
    ways, subject = _alternatives(tokens)
    outcomes = []
    for way in ways:
        outcome = compose(ctx, way, base)
        if isinstance(outcome, Issue) and outcome.code == "ambiguous":
            outcomes += [compose(replace(ctx, pick=name), way, base) for name in outcome.suggestions]
        else:
            outcomes.append(outcome)
    good: dict[Query, tuple[str, ...]] = {}
    for outcome in outcomes:
        if not isinstance(outcome, Issue):
            good.setdefault(outcome[0], outcome[1])
    if not good:
        issue = next(o for o in outcomes if isinstance(o, Issue))
        return NotUnderstood((_explained(ctx, issue, tokens),), ctx.language, spans)
    if len(good) == 1:
        query, assumed = next(iter(good.items()))
        return Understood(query, ctx.language, spans, (*assumed, *(f"corrected:{w}" for w in corrected)))
    choices = tuple(Choice(words(q, ctx.lexicon, ctx.language), q) for q in itertools.islice(good, _MOST_CHOICES))
    return Ambiguous(choices, ctx.language, subject, spans)


def _explained(ctx: Context, issue: Issue, tokens: Sequence[Token]) -> Issue:
    """A missing target is told with the model's own reason where it has one."""
    if issue.code != "no_data" or issue.reason:
        return issue
    for token in tokens:
        for part in (token, *token.parts):
            said = [
                i
                for i, a in enumerate(ctx.lexicon.model.absent)
                if part.has("TARGET") and any(fold(w) in part.text for w in a.words)
            ]
            absent = part.senses.get("ABSENT", tuple(said))
            if absent:
                reason = ctx.lexicon.model.absent[absent[0]].reason
                return replace(
                    issue, text=part.text, reason=reason.get(ctx.language) or next(iter(reason.values()), "")
                )
            if part.has("TARGET"):
                issue = replace(issue, text=part.text, span=ctx.normal.span(part.start, part.end))
    return issue


def _spans(ctx: Context, tokens: Sequence[Token], corrected: tuple[str, ...]) -> tuple[Span, ...]:
    spans = []
    fixed = {w.partition(">")[2] for w in corrected}
    for token in tokens:
        start, end = ctx.normal.span(token.start, token.end)
        kind = next(iter(token.senses))
        spans.append(
            Span(
                start,
                end,
                ctx.normal.original[start:end],
                kind.lower(),
                str(token.value(kind)),
                token.rule,
                token.text in fixed,
            )
        )
    return tuple(spans)
