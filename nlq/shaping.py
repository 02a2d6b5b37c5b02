"""What is done with the metrics: order, rank, share, target, benchmark."""

from __future__ import annotations

from dataclasses import replace

from metrics.query import Benchmark, Having, Order, Query, Rank, Scope, Share, Target
from nlq.conditions import Conditions
from nlq.context import Context
from nlq.filters import Named
from nlq.followup import Parts
from nlq.grouping import Groups
from nlq.measures import default_metric
from nlq.measuring import Measured
from nlq.reading import Issue
from nlq.slots import Slots

__all__ = ["shape"]


def _target(ctx: Context, slots: Slots, parts: Parts, conditions: Conditions, name: str) -> Parts | Issue:
    model = ctx.lexicon.model
    amounts = slots.pop("AMOUNT")
    if model.targets is None and not amounts:
        return Issue("no_data", "", reason="")
    hits, misses, within = slots.pop("TARGETHIT"), slots.pop("TARGETMISS"), slots.pop("TARGETCOND")
    slots.allow(
        "TARGET",
        "GAP",
        "DOING",
        "HOWDOING",
        "VS",
        "AGAINST",
        "SHARE",
        "AHEAD",
        "TARGETHIT",
        "NEED",
        "HOWMUCH",
        "ABSENT",
        "COMPARE",
        "BEHINDWORD",
    )
    for i in slots.at("VERB"):
        if "sell" in slots.tokens[i].senses["VERB"] or "win" in slots.tokens[i].senses["VERB"]:
            slots.take(i)
    having = list(parts.having)
    if parts.by or parts.grain:
        if within:
            having.append(Having(metric=name, of="attainment", op=within[0].op, value=within[0].number.value))
        elif hits or misses or slots.has("BEHINDWORD"):
            having.append(Having(metric=name, of="attainment", op="lt" if misses or not hits else "ge", value=1.0))
    elif within:
        return Issue("unread", "")
    return parts.with_(target=Target(amount=amounts[0] if amounts else None), having=tuple(having))


def _share(ctx: Context, slots: Slots, parts: Parts, named: Named, base: Query | None) -> Parts | Issue | None:
    reach = slots.pop("PARETO")
    if reach:
        if not parts.by:
            return Issue("unread", "%")
        tally = parts.tally or slots.has("HOWMANY") or slots.ever("HOWMANY")
        slots.allow("HOWMANY", "SHARE", "CONTRIBUTE", "CUMULATIVE", "TOTAL", "GE", "GT")
        return parts.with_(share=Share(reach=reach[0]), tally=tally)
    slots.allow("CONTRIBUTE", "SHARE", "HOWMUCH")
    if parts.limit is not None and parts.by:
        return parts.with_(share=Share(together=True))
    lift = tuple(f for f in named.part)
    if base is not None and base.scope == "me" and parts.scope in ("team", "region"):
        return parts.with_(scope=None, share=Share(scope=parts.scope))
    if parts.scope in ("me", "team", "region"):
        people = ctx.lexicon.model.people
        wider: Scope = "all"
        if (
            people is not None
            and parts.by in ((people.team,), (people.region,))
            and not slots.ever("BYFIELDS", "WHICHFIELDS")
        ):
            wider = "team" if parts.by == (people.team,) else "region"
            parts = parts.with_(by=())
        elif parts.scope != "me" and any(t.has("MY") or t.has("ME") for t in slots.tokens):
            wider = parts.scope or "all"
            parts = parts.with_(scope="me")
        return parts.with_(share=Share(scope=wider, lift=()))
    if lift:
        if len(lift) > 1:
            return Issue("unread", ctx.normal.original, reason="share")
        return parts.with_(share=Share(lift=lift))
    if parts.by:
        return parts.with_(share=Share())
    return _share_of_before(parts, base)


def _share_of_before(parts: Parts, base: Query | None) -> Parts | None:
    """A follow-up that asks for the share of what was shown: of each row, or of the members that were named."""
    if (
        base is None
        or base.grain is not None
        or parts.grain is not None
        or base.compare is not None
        or base.having
        or base.tally
    ):
        return None
    if base.by:
        return parts.with_(share=Share(together=True) if base.limit is not None else Share())
    named = tuple(dict.fromkeys(f.field for f in base.where if f.op == "in"))
    if base.scope != "all":
        return parts.with_(share=Share(scope="all"))
    return parts.with_(share=Share(lift=named)) if len(named) == 1 else None


def _rank(ctx: Context, slots: Slots, parts: Parts, groups: Groups, named: Named, base: Query | None) -> Parts | Issue:
    people = ctx.lexicon.model.people
    slots.allow(
        "RANKWORD",
        "STAND",
        "NEXTGAP",
        "GAP",
        "PERSONSTAND",
        "AHEAD",
        "HOWMUCH",
        "PEERS",
        "AGAINST",
        "COMPARE",
        "HOWMANY",
        "VS",
        "CLASSIFIER",
    )
    mine = (
        slots.ever("ME", "MY")
        or parts.scope == "me"
        or any(t.text.find(" i") >= 0 or t.text.startswith("my ") for t in slots.tokens if t.has("STAND"))
    )
    mine = mine or (base is not None and base.scope == "me" and not groups.by and not named.people)
    listed = groups.by and not mine
    if people is None:
        return Issue("unsupported", reason="rank")
    if named.people and len(named.people) == 1 and not listed:
        where = tuple(f for f in parts.where if not (f.field == people.name and f.values == named.people))
        return parts.with_(
            rank=Rank(over=people.name, member=named.people[0], within=_within(parts, False)), scope=None, where=where
        )
    one = [f for f in parts.where if f.op == "in" and len(f.values) == 1]
    if (
        len(one) == 1
        and named.part == (one[0].field,)
        and one[0].field != people.name
        and not groups.by
        and not mine
        and slots.has("PERSONSTAND", "STAND")
        and not _people_of(slots, people.name)
    ):
        return parts.with_(
            rank=Rank(over=one[0].field, member=str(one[0].values[0])),
            scope=None,
            where=tuple(f for f in parts.where if f is not one[0]),
        )  # "what rank is East"
    if (
        len(one) == 1
        and named.part == (one[0].field,)
        and groups.by == (one[0].field,)
        and not mine
        and groups.limit_count is None
        and parts.grain is None
    ):
        return parts.with_(
            rank=Rank(over=one[0].field, member=str(one[0].values[0])),
            scope=None,
            by=(),
            where=tuple(f for f in parts.where if f is not one[0]),
        )  # "rank of East among regions"
    if groups.by and any(t.has("TERM") for t in slots.tokens) and any(f.field == groups.by[0] for f in named.where):
        return Issue(
            "unsupported", reason="combination"
        )  # "rank of hardware among lines": a term of several members has no place of its own
    own = None if groups.by else _own_group(ctx, slots, parts)
    if own is not None:
        return own
    if (
        mine
        and len(groups.by) == 1
        and groups.by[0] in (people.team, people.manager, people.region)
        and not slots.ever("BYFIELDS", "WHICHFIELDS")
    ):
        within: Scope = "region" if groups.by[0] == people.region else "team"
        return parts.with_(
            rank=Rank(over=people.name, member="@me", within=within), scope=None, by=(), limit=None, order=None
        )
    if mine and groups.by and groups.by != (people.name,) and not groups.limit_count:
        return Issue(
            "unread",
            next((t.text for t in slots.tokens if t.has("BYFIELDS") or t.has("WHICHFIELDS") or t.has("FIELD")), ""),
        )
    if mine or (slots.ever("STAND", "NEXTGAP") and not groups.by):
        slots.pop("LIMIT")
        return parts.with_(
            rank=Rank(over=people.name, member="@me", within=_within(parts, mine)),
            scope=None,
            by=(),
            limit=None,
            order=None,
        )
    by = groups.by or (named.listed or people.name,)
    return parts.with_(by=by, rank=Rank(over=by[0]), limit=parts.limit)


def _own_group(ctx: Context, slots: Slots, parts: Parts) -> Parts | None:
    """ "my team's rank", 我们组排第几: the group's place among the groups, where nothing says that it is the asker's
    place inside."""
    people, asker = ctx.lexicon.model.people, ctx.asker
    place = next((i for i, t in enumerate(slots.tokens) if t.has("SCOPE")), None)
    if place is None or people is None or asker is None or slots.kind_at(place - 1, "IN", "OF", "FOR", "FROM", "WITH"):
        return None
    if (
        slots.kind_at(place - 1, "RANKWORD")
        and slots.tokens[place - 1].text == "rank"
        and not slots.kind_at(place - 2, "WHICH", "HOW", "IN")
    ):
        return None  # "rank my team": the people in it, put in order
    said = [t for i, t in enumerate(slots.tokens) if i != place]
    if (
        any(t.has(k) for t in said for k in ("ME", "MY", "PEERS", "FIELD"))
        or any(t.has("STAND") and (" i" in t.text or "我" in t.text or "my" in t.text) for t in said)
        or any(t.text.endswith(("里", "内", "中")) for t in (slots.tokens[place],))
    ):
        return None
    over, member = (people.team, asker.team) if parts.scope == "team" else (people.region, asker.region)
    if over is None or member is None:
        return None
    return parts.with_(rank=Rank(over=over, member=member), scope=None, by=(), limit=None, order=None)


def _people_of(slots: Slots, people: str) -> bool:
    """ "rank East reps": the people of a region, not the region."""
    return any(people in p.senses.get("FIELD", ()) for t in slots.tokens if t.has("MEMBERS") for p in t.parts)


def _within(parts: Parts, mine: bool) -> Scope:
    return parts.scope if parts.scope in ("team", "region") else "all"


def shape(
    ctx: Context,
    slots: Slots,
    parts: Parts,
    groups: Groups,
    conditions: Conditions,
    named: Named,
    base: Query | None,
    name: str,
    measured: Measured,
) -> Parts | Issue:
    """Order, limit, rank, share, target and benchmark."""
    people = ctx.lexicon.model.people
    if measured.any_at_all:
        parts = parts.with_(having=(*parts.having, Having(metric=name, op="gt", value=0)))
    if measured.listing:
        some = (
            ()
            if conditions.clock is False and name == default_metric(ctx.lexicon.model)
            else (Having(metric=name, op="gt", value=0),)
        )
        parts = parts.with_(
            by=parts.by or groups.records,
            order=Order() if not conditions.clock else None,
            having=(*parts.having, *some),
        )
    if (
        named.listed
        and named.joined == "and"
        and slots.ever("ONLY")
        and not slots.ever("COMPARE", "COMPARATIVE", "AHEAD")
    ):
        named = replace(named, listed=None)
        parts = parts.with_(listed=None)
    if (
        named.listed
        and groups.who
        and people is not None
        and parts.by == (people.name,)
        and named.listed != people.name
    ):
        parts = parts.with_(by=())
    if (
        named.listed
        and not parts.by
        and not slots.ever("TOTAL")
        and (
            named.joined != "or"
            or slots.ever("COMPARATIVE", "WHO", "WHICH", "AHEAD")
            or (slots.compared() and parts.compare is None)
        )
    ):
        parts = parts.with_(by=(named.listed,), order=Order())
        slots.allow("COMPARE", "AHEAD", "VS", "COMPARATIVE", "WHO", "AGAINST", "PEERS")
    elif parts.by and named.listed in parts.by:
        if (
            parts.order is None
            and (slots.ever("AHEAD", "WHO", "COMPARATIVE") or slots.compared() or named.joined == "vs")
            and parts.grain is None
        ):
            parts = parts.with_(order=Order())
        slots.allow("COMPARE", "AHEAD", "VS", "COMPARATIVE", "AGAINST")
    if (
        slots.has("WHO")
        and not parts.by
        and people is not None
        and not slots.has("STAND")
        and not slots.has("WHICHGRAIN")
    ):
        parts = parts.with_(by=(people.name,))
    slots.allow("WHO")
    owed = (
        base is not None
        and slots.has("GAP")
        and (base.target is not None or ctx.lexicon.model.metrics[name].has_target)
    )
    if owed or slots.has("TARGET", "AMOUNT", "TARGETHIT", "TARGETMISS", "TARGETCOND"):
        done = _target(ctx, slots, parts, conditions, name)
        if isinstance(done, Issue):
            return done
        parts = done
    elif slots.has("BENCH") and parts.by and not named.listed:
        return Issue("unsupported", reason="combination")  # "reps above the team average": no condition says it yet
    elif slots.has("BENCH"):
        of = slots.pop("BENCH")[0]
        slots.allow(
            "AHEAD", "VS", "AGAINST", "COMPARE", "COMPARATIVE", "DOING", "HOWDOING", "THAN", "ORDER", "GT", "LT"
        )
        scope = parts.scope if parts.scope != of else "me"
        parts = parts.with_(benchmark=Benchmark(of=of), scope=scope if scope or named.people else "me")
    if parts.by:
        slots.allow("COMPARE", "BREAKDOWN", "PEERS")
    if parts.grain:
        slots.allow("BREAKDOWN", "TREND")
    if parts.target is not None:
        slots.allow("STAND", "RANKWORD")
    elif slots.has("STAND", "RANKWORD", "NEXTGAP") or (
        slots.ever("ME") and parts.limit is None and slots.has("LIMIT") and not groups.by
    ):
        if not (groups.limit_count is not None and groups.by and not slots.has("STAND", "NEXTGAP")):
            done = _rank(ctx, slots, parts, groups, named, base)
            if isinstance(done, Issue):
                return done
            parts = done
        slots.allow("RANKWORD", "NEXTGAP")
    ordered = groups.order_for(ctx, slots, parts, name, conditions, base)
    if isinstance(ordered, Issue):
        return ordered
    parts = ordered
    if parts.compare is not None or (base is not None and base.compare is not None):
        for i in slots.at("SHARE"):
            if slots.tokens[i].has("PCT"):
                slots.take(i)  # "growth in percent"
    if slots.has("SHARE", "PARETO", "CUMULATIVE") or (
        any(not slots.tokens[i].has("VERB") for i in slots.at("CONTRIBUTE"))
        and not slots.has("ORDER")
        and (named.part or parts.limit)
    ):
        shared = _share(ctx, slots, parts, named, base)
        if isinstance(shared, Issue):
            return shared
        if shared is None:  # a share of what, or by what, was not said
            return Issue("unread", next((t.text for t in slots.tokens if t.has("SHARE") or t.has("CUMULATIVE")), ""))
        parts = shared
    if parts.limit is not None or parts.order is not None:
        slots.allow("CONTRIBUTE")
    return parts
