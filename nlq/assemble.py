"""Put the parts of a question together into a `Query`, or say what could not be read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from pydantic import ValidationError

from metrics.query import AllTime, Filter, Period, Query, Relative, Scope
from nlq.comparing import read_comparison
from nlq.conditions import Conditions, read_conditions
from nlq.context import Context
from nlq.cover import Token
from nlq.filters import Named, named_things
from nlq.followup import Parts, merge
from nlq.grouping import Groups, read_groups
from nlq.measures import verb_fits
from nlq.measuring import counted_metrics, measure
from nlq.normalise import has_han
from nlq.reading import Issue
from nlq.shaping import shape
from nlq.slots import Slots

__all__ = ["compose"]

_WHAT_IS = re.compile(
    r"\W*(?:(?:hey|hi|hello|ok|okay|so|and|sorry|please|remind me)\W+)*what(?: is an?| is|'s an?)"
    r" (.+?)\W*(?:please|exactly)?\W*"
)  # "what is win rate", not "what is the win rate"
_MINE = re.compile(r"\b(?:i|i've|i'm|my)\b|我")

Outcome = tuple[Query, tuple[str, ...]] | Issue


def compose(ctx: Context, tokens: Sequence[Token], base: Query | None) -> Outcome:
    """One reading of the tokens. With `base`, what the question leaves out is taken over from it."""
    slots = Slots(tokens)
    model = ctx.lexicon.model
    if slots.ever("DEFINED") and slots.has("METRIC"):
        defined = _definition(
            ctx, Slots(tokens)
        )  # on slots of its own: what it takes must not count as read when it is no definition
        if defined is not None:
            return defined
    asked = _WHAT_IS.fullmatch(ctx.normal.folded)
    if asked and len(tokens) == 1 + tokens[0].has("WHICH") and tokens[-1].has("METRIC") and tokens[-1].text == asked[1]:
        return Query(metrics=(tokens[-1].value("METRIC"),), define=True), ()
    scope = _scope(ctx, slots)
    groups = read_groups(ctx, slots, base)
    if (
        base is not None
        and scope is None
        and base.scope != "all"
        and slots.has("WHOLE")
        and not slots.has("STAND", "RANKWORD", "SHARE", "NEXTGAP")
    ):
        scope = "all"
    wider = _wider(ctx, slots, groups, base)
    if wider is not None:
        scope, groups = wider, replace(groups, asked=())
    conditions = read_conditions(
        ctx,
        slots,
        grouped=bool(
            groups.by or groups.grain or slots.has("WHO", "FIELD", "HOWMANY") or (base is not None and base.by)
        ),
        base_metric=base.metrics[0] if base is not None else None,
        base_target=base is not None and base.target is not None,
    )
    counted = counted_metrics(ctx, slots, groups, conditions)
    if len(counted) > 1 and ctx.pick is None:
        return Issue("ambiguous", suggestions=counted)
    if ctx.pick in counted:
        counted = (str(ctx.pick),)
    named = named_things(ctx, slots, verbs_are_members=not counted)
    conditions = _with_named(conditions, named)
    rival = _rival(ctx, slots, scope, named)
    if rival is not None:
        named, scope = rival, None
        conditions = Conditions(
            named.where,
            conditions.having,
            conditions.metrics,
            conditions.clock,
            conditions.everyone,
            conditions.datasets,
        )
    comparison = read_comparison(ctx, slots, base)
    if isinstance(comparison, Issue):
        return comparison
    measured = measure(ctx, slots, groups, conditions, named, base, counted)
    if measured is None:
        return _no_metric(ctx, slots)
    parts = Parts(
        metrics=measured.names if measured.said else (),
        scope=scope,
        where=conditions.where,
        having=conditions.having,
        everyone=conditions.everyone or measured.everyone,
        by=groups.by or measured.by,
        grain=groups.grain,
        period=comparison.period,
        compare=comparison.compare,
        people=named.people,
        listed=named.listed,
        tally=measured.tally,
    )
    assumptions: list[str] = []
    if base is None and not measured.said:
        parts = parts.with_(metrics=measured.names)
        if not measured.everyone and measured.names != model.scorecard:
            assumptions.append("default_metric")
    name = (parts.metrics or (base.metrics if base is not None else measured.names))[0]
    shaped = shape(ctx, slots, parts, groups, conditions, named, base, name, measured)
    if isinstance(shaped, Issue):
        return shaped
    for i in slots.at("VERB"):
        if verb_fits(ctx, slots.tokens[i], parts.metrics or (base.metrics if base else ())):
            slots.take(i)
    for i in slots.at("THEY"):
        if any(t.has(k) for t in slots.tokens[:i] for k in ("DATASET", "FIELD", "BYFIELDS", "WHICHFIELDS", "WHO")):
            slots.take(i)
    _drop_records(ctx, slots, (*(parts.metrics or (base.metrics if base else ())),))
    if shaped.tally and len(shaped.by) > 1:
        return Issue("unsupported", reason="combination")
    if _both_sides(slots, shaped) or (base is None and shaped.having and not (shaped.by or shaped.grain)):
        return Issue("unsupported", reason="combination")
    if _absent_elsewhere(ctx, shaped, base):
        return Issue("unsupported", reason="combination")
    left = slots.left() or [
        t
        for i, t in enumerate(slots.tokens)
        if t.has("WHOLE") and has_han(t.text) and slots.kind_at(i - 1, "BY", "WHICH")
    ]  # 每家公司的: each, not the whole
    if left:
        start, end = ctx.normal.span(left[0].start, left[0].end)
        return Issue("unread", ctx.normal.original[start:end], (start, end))
    try:
        query = merge(base, shaped, model) if base is not None else _query(ctx, shaped, assumptions)
        if (
            base is not None
            and slots.ever("TOTAL")
            and query.by
            and query.by == base.by
            and not (shaped.by or shaped.share or shaped.rank or slots.ever("METRIC"))
        ):
            query = Query.model_validate({**dict(query), "by": (), "order": None, "limit": None})  # "just the total"
    except ValidationError:
        return Issue("unsupported", reason="combination")
    return query, tuple(assumptions)


def _definition(ctx: Context, slots: Slots) -> Outcome | None:
    names = tuple(dict.fromkeys(slots.tokens[i].value("METRIC") for i in slots.at("METRIC")))
    slots.pop("METRIC")
    slots.allow(
        "DEFINE", "DEFINED", "HOW", "HOWMUCH", "VERB", "FIELD", "DATASET", "DOING", "HOWDOING", "WHICH", "MY", "WHO"
    )
    if slots.left():
        return None
    return Query(metrics=names, define=True), ()


def _scope(ctx: Context, slots: Slots) -> Scope | None:
    """Whose numbers. "my" of a manager who does not sell is the team; of a regional lead the region."""
    for i in slots.at("SCOPE"):
        scope: Scope = slots.take(i).value("SCOPE")
        slots.allow("ME", "MY")
        return scope
    mine = (
        slots.ever("MY")
        or slots.has("ME")
        or any(
            _MINE.search(t.text)
            for t in slots.tokens
            if any(t.has(k) for k in ("AMOUNT", "GAP", "TARGET", "NEED", "STAND"))
        )
    )
    slots.allow("ME", "MY")
    if not mine:
        return None
    asker = ctx.asker
    if asker is not None and not asker.sells:
        if asker.role == "manager" or (asker.id in ctx.lexicon.org.reports and asker.team):
            return "team"
        if asker.region:
            return "region"
        return "all"
    return "me"


def _absent_elsewhere(ctx: Context, parts: Parts, base: Query | None) -> bool:
    """ "which of my customers bought nothing": those without rows belong to nobody, so they cannot be told by whose
    they are."""
    people = ctx.lexicon.model.people
    by = parts.by or (base.by if base is not None else ())
    if (
        not parts.everyone
        or people is None
        or not by
        or all(ctx.lexicon.model.fields[f].dataset == people.dataset for f in by)
    ):
        return False
    scope = parts.scope or (base.scope if base is not None else "all")
    where = (*parts.where, *(base.where if base is not None else ()))
    return scope != "all" or any(ctx.lexicon.model.fields[f.field].dataset == people.dataset for f in where)


def _both_sides(slots: Slots, parts: Parts) -> bool:
    """ "customers who bought Falcon but not Cloudbox": a row has one product, so no filter on rows says both. "Hardware
    except Falcon" takes away from what was named."""
    for named in (f for f in parts.where if f.op == "in"):
        for left_out in (f for f in parts.where if f.op == "not_in" and f.field == named.field):
            if slots.ever("BUYWORD") or not set(left_out.values) <= set(named.values):
                return True
    return False


def _wider(ctx: Context, slots: Slots, groups: Groups, base: Query | None) -> Scope | None:
    """ "my sales" and then "and the team?": the team's own number, not the asker's broken down by team."""
    people = ctx.lexicon.model.people
    if (
        people is None
        or base is None
        or base.scope == "all"
        or len(groups.by) != 1
        or slots.ever(
            "BY",
            "EACH",
            "BYFIELDS",
            "WHICHFIELDS",
            "BREAKDOWN",
            "RANKWORD",
            "LIMIT",
            "ORDER",
            "METRIC",
            "MEMBER",
            "MEMBERS",
        )
    ):
        return None
    if groups.by[0] in (people.team, people.manager):
        return "team"
    return "region" if groups.by[0] == people.region else None


def _rival(ctx: Context, slots: Slots, scope: Scope | None, named: Named) -> Named | None:
    """ "am I ahead of Vicki?": the asker and the one named, side by side."""
    people, asker = ctx.lexicon.model.people, ctx.asker
    if (
        scope != "me"
        or people is None
        or asker is None
        or not asker.sells
        or len(named.people) != 1
        or len(named.where) != 1
        or not _side_by_side(slots)
    ):
        return None
    both = Filter(field=people.name, values=(asker.name, named.people[0]))
    return Named((both,), named.part, people.name, "vs", (asker.name, named.people[0]), None)


def _side_by_side(slots: Slots) -> bool:
    """Whether people are set against each other; 和 does so only next to one of them ("我和张伟")."""
    if slots.has("AHEAD"):
        return True
    return any(
        not slots.tokens[i].has("AND") or any(slots.kind_at(k, "ME", "MY", "MEMBER") for k in (i - 1, i + 1))
        for kind in ("VS", "COMPARE")
        for i in slots.at(kind)
    )


def _with_named(conditions: Conditions, named: Named) -> Conditions:
    return Conditions(
        (*named.where, *conditions.where),
        conditions.having,
        conditions.metrics,
        conditions.clock,
        conditions.everyone,
        conditions.datasets,
    )


def _no_metric(ctx: Context, slots: Slots) -> Issue:
    model = ctx.lexicon.model
    unread = [t for t in slots.left() if not t.has("HOWMANY") and not t.has("HOWMUCH") and not t.has("PERIOD")]
    text, span = "", (0, 0)
    if unread:
        span = ctx.normal.span(unread[0].start, unread[0].end)
        text = ctx.normal.original[slice(*span)]
    names = model.scorecard or tuple(model.metrics)[:4]
    return Issue("no_metric", text, span, tuple(model.metrics[n].labels.get(ctx.language, n) for n in names))


def _drop_records(ctx: Context, slots: Slots, names: tuple[str, ...]) -> None:
    """ "revenue from deals": the rows a metric is made of add nothing."""
    model = ctx.lexicon.model
    for i in slots.at("DATASET"):
        if any(f"{d}." in model.metrics[n].expression for d in slots.tokens[i].senses["DATASET"] for n in names):
            slots.take(i)


def _query(ctx: Context, parts: Parts, assumptions: list[str]) -> Query:
    model = ctx.lexicon.model
    period: Period = AllTime()
    if parts.period is not None:
        period = parts.period
    elif (
        model.default_period is not None
        and not all(model.metrics[m].snapshot for m in parts.metrics)
        and parts.grain is None
    ):
        period = model.default_period
        assumptions.append("default_period")
    elif model.default_period is None and not all(model.metrics[m].snapshot for m in parts.metrics):
        assumptions.append("default_period")
    if parts.compare is not None and parts.period is None and parts.grain is None and isinstance(period, AllTime):
        period = Relative(unit="month")
    return Query(
        metrics=parts.metrics,
        by=parts.by,
        grain=parts.grain,
        period=period,
        scope=parts.scope or "all",
        where=parts.where,
        having=parts.having,
        compare=parts.compare,
        order=parts.order,
        limit=parts.limit,
        rank=parts.rank,
        share=parts.share,
        target=parts.target,
        benchmark=parts.benchmark,
        tally=parts.tally,
        everyone=parts.everyone,
    )
