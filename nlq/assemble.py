"""Put the parts of a question together into a `Query`, or say what could not be read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from metrics.query import AllTime, Benchmark, Having, Order, Period, Query, Rank, Relative, Scope, Share, Target
from nlq.comparing import read_comparison
from nlq.conditions import Conditions, read_conditions
from nlq.context import Context
from nlq.cover import Token
from nlq.filters import Named, named_things
from nlq.followup import Parts, merge
from nlq.grouping import Groups, read_groups
from nlq.measures import by_unit, count_metric, default_metric, money_metric, percent_metric, verb_fits
from nlq.reading import Issue
from nlq.slots import Slots

__all__ = ["compose"]

_MINE = re.compile(r"\b(?:i|i've|i'm|my)\b|我")

Outcome = tuple[Query, tuple[str, ...]] | Issue


@dataclass(frozen=True, slots=True)
class _Measured:
    """`names`: the metrics; `said`: whether the question named them; `tally`: how many groups; `scorecard`: general state."""

    names: tuple[str, ...]
    said: bool
    tally: bool = False
    everyone: bool = False
    listing: bool = False  # rows of records are wanted, not their sum


def compose(ctx: Context, tokens: Sequence[Token], base: Query | None) -> Outcome:
    """One reading of the tokens. With `base`, what the question leaves out is taken over from it."""
    slots = Slots(tokens)
    if slots.ever("DEFINED") and slots.has("METRIC"):
        defined = _definition(ctx, slots)
        if defined is not None:
            return defined
    scope = _scope(ctx, slots)
    groups = read_groups(ctx, slots, base)
    conditions = read_conditions(
        ctx, slots, grouped=bool(groups.by or groups.grain or slots.has("WHO", "FIELD", "HOWMANY") or (base is not None and base.by)),
        base_metric=base.metrics[0] if base is not None else None,
    )
    counted = _verb_count(ctx, slots, groups, conditions)
    if len(counted) > 1 and ctx.pick is None:
        return Issue("ambiguous", suggestions=counted)
    if ctx.pick in counted:
        counted = (str(ctx.pick),)
    named = named_things(ctx, slots, verbs_are_members=not counted)
    conditions = _with_named(conditions, named)
    comparison = read_comparison(ctx, slots, base)
    if isinstance(comparison, Issue):
        return comparison
    measured = _measure(ctx, slots, groups, conditions, named, base, counted)
    if measured is None:
        return _no_metric(ctx, slots)
    parts = Parts(metrics=measured.names if measured.said else (), scope=scope, where=conditions.where, having=conditions.having, everyone=conditions.everyone or measured.everyone,
                  by=groups.by, grain=groups.grain, period=comparison.period, compare=comparison.compare, people=named.people, listed=named.listed, tally=measured.tally)
    assumptions: list[str] = []
    if base is None and not measured.said:
        parts = parts.with_(metrics=measured.names)
        assumptions.append("default_metric")
    name = (parts.metrics or (base.metrics if base is not None else measured.names))[0]
    shaped = _shape(ctx, slots, parts, groups, conditions, named, base, name, measured)
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
    left = slots.left()
    if left:
        start, end = ctx.normal.span(left[0].start, left[0].end)
        return Issue("unread", ctx.normal.original[start:end], (start, end))
    try:
        query = merge(base, shaped, ctx.lexicon.model) if base is not None else _query(ctx, shaped, assumptions)
    except ValidationError:
        return Issue("unsupported", reason="combination")
    return query, tuple(assumptions)


def _definition(ctx: Context, slots: Slots) -> Outcome | None:
    names = tuple(dict.fromkeys(slots.tokens[i].value("METRIC") for i in slots.at("METRIC")))
    slots.pop("METRIC")
    slots.allow("DEFINE", "DEFINED", "HOW", "HOWMUCH", "VERB", "FIELD", "DATASET", "DOING", "HOWDOING", "WHICH", "MY", "WHO")
    if slots.left():
        return None
    return Query(metrics=names, define=True), ()


def _scope(ctx: Context, slots: Slots) -> Scope | None:
    """Whose numbers. "my" of a manager who does not sell is the team; of a regional lead the region."""
    for i in slots.at("SCOPE"):
        scope: Scope = slots.take(i).value("SCOPE")
        slots.allow("ME", "MY")
        return scope
    mine = slots.ever("MY") or slots.has("ME") or any(_MINE.search(t.text) for t in slots.tokens if any(t.has(k) for k in ("AMOUNT", "GAP", "TARGET", "NEED")))
    slots.allow("ME", "MY")
    if not mine:
        return None
    asker = ctx.asker
    if asker is not None and not asker.sells:
        if asker.role == "manager" or asker.id in ctx.lexicon.org.reports and asker.team:
            return "team"
        if asker.region:
            return "region"
        return "all"
    return "me"


def _verb_count(ctx: Context, slots: Slots, groups: Groups, conditions: Conditions) -> tuple[str, ...]:
    """The counting metric that verbs and record words name together: "how many deals did we win"."""
    strong = [i for i in slots.at("METRIC") if not _weak(slots.tokens[i])]
    first = next(iter(slots.at("DATASET")), None)
    apart = first is not None and slots.has("HOWMANY") and all(i > first and any(slots.kind_at(k, "AND", "COMMA") for k in range(first, i)) for i in strong)
    if (strong and not apart) or groups.limit_records or slots.has("HOWLONG") or (conditions.having and groups.by):
        return ()
    verbs = [v for i in slots.at("VERB") for v in slots.tokens[i].senses["VERB"]]
    datasets = [d for i in slots.at("DATASET") if not slots.tokens[i].has("METRIC") for d in slots.tokens[i].senses["DATASET"]]
    asked = slots.has("COUNTUNIT") or any(not slots.tokens[i].has("HOWMUCH") or slots.kind_at(i + 1, "DATASET", "FIELD") for i in slots.at("HOWMANY"))
    quantity = slots.has("ORDER") and any(t.text in ("most", "the most", "fewest", "least", "more", "最多", "最少", "更多", "多", "fewer") for t in slots.tokens)
    if slots.has("COUNTUNIT") and not datasets:
        return count_metric(ctx, (), verbs or ["win"], (), False)
    if not (asked or quantity or (datasets and verbs and not groups.by)):
        return ()
    if not datasets and quantity and slots.has("COUNTVERB"):
        return count_metric(ctx, (), verbs, (), False)
    if not datasets and not (asked and verbs):
        return ()
    if not datasets and any(slots.tokens[i].has("FIELD") for i in slots.at("FIELD")):
        return ()
    members = [o for t in slots.tokens for o in t.senses.get("MEMBER", ())]
    return count_metric(ctx, datasets, verbs, members, conditions.clock)


def _counts(slots: Slots) -> bool:
    return any(not slots.tokens[i].has("HOWMUCH") or slots.kind_at(i + 1, "DATASET", "FIELD") or slots.taken(i + 1) for i in slots.at("HOWMANY"))


def _weak(token: Token) -> bool:
    """A metric word that may as well be a field or a verb here."""
    return any(token.has(k) for k in ("FIELD", "VERB"))


def _with_named(conditions: Conditions, named: Named) -> Conditions:
    return Conditions((*named.where, *conditions.where), conditions.having, conditions.metrics, conditions.clock, conditions.everyone, conditions.datasets)


def _measure(ctx: Context, slots: Slots, groups: Groups, conditions: Conditions, named: Named, base: Query | None, counted: tuple[str, ...]) -> _Measured | None:
    model = ctx.lexicon.model
    start = default_metric(model)
    sized = next((i for i in slots.at("SIZEWORD") if slots.kind_at(i + 1, "DATASET") and not slots.kind_at(i + 1, "METRIC")), None)
    if sized is not None and not slots.taken(sized + 1):
        return None  # the size of single records is no metric: "who closes the largest deals"
    places = slots.at("METRIC")
    strong = [i for i in places if not (slots.tokens[i].has("FIELD") and (len(places) > 1 or conditions.metrics or named.metric))]
    if strong and not (counted and all(slots.tokens[i].has("DATASET") for i in strong) and slots.has("VERB") and not slots.tokens[strong[0]].has("FIELD")):
        names: list[str] = []
        strong = [i for n, i in enumerate(strong) if not (slots.tokens[i].text == "sales" and strong[n + 1 : n + 2] == [i + 1] and slots.take(i))]  # "sales pipeline"
        for n, i in enumerate(strong):
            if n and not any(slots.kind_at(k, "AND", "COMMA", "VS", "OR", "WITH", "COMPARE") for k in range(strong[n - 1] + 1, i)):
                continue
            names.append(slots.take(i).value("METRIC"))
        for i in places:
            if not slots.taken(i) and slots.tokens[i].value("METRIC") in names:
                slots.take(i)
        slots.allow("HOWMANY", "HOWMUCH", "DOING", "HOWDOING", "COUNTUNIT")
        if any(model.metrics[n].unit == "days" for n in names):
            slots.allow("HOWLONG")
        if named.metric:
            names.insert(0, named.metric)
        if counted:
            names.insert(0, counted[0])
            for i in slots.at("DATASET"):
                slots.take(i)
        if slots.has("AVG"):  # an average that is no metric of its own would be another number
            return None if not any("average" in model.metrics[n].name or model.metrics[n].unit in ("percent", "days") for n in names) else _measured_average(slots, names)
        return _Measured(tuple(dict.fromkeys((*names, *conditions.metrics))), True)
    if named.metric:
        slots.allow("HOWMANY", "HOWMUCH", "FIELD", "DATASET")
        return _Measured((named.metric,), True)
    if counted and slots.has("SHARE") and not named.part:
        rate = percent_metric(ctx, [v for i in slots.at("VERB") for v in slots.tokens[i].senses["VERB"]])
        if rate is None:
            return None
        for i in [*slots.at("VERB"), *slots.at("DATASET"), *slots.at("SHARE")]:
            slots.take(i)
        return _Measured((rate,), True)
    if counted:
        slots.allow("HOWMANY", "HOWMUCH", "COUNTUNIT", "METRIC", "TAKE")
        for i in [*slots.at("VERB"), *slots.at("DATASET")]:
            slots.take(i)
        return _Measured(tuple(dict.fromkeys((counted[0], *conditions.metrics))), True)
    if conditions.metrics:
        slots.allow("HOWMANY") if groups.by else None
        return _Measured(conditions.metrics, True, tally=bool(groups.by) and slots.ever("HOWMANY") and not slots.ever("WHICHFIELDS"))
    if slots.has("HOWLONG"):
        days = by_unit(model, "days")
        slots.allow("HOWLONG", "TAKE", "HOWMUCH")
        slots.pop("VERB")
        return _Measured((days,), True) if days else None
    if any(slots.tokens[i].value("ORDER") in ("fast", "slow") for i in slots.at("ORDER")) and slots.has("VERB"):
        days = by_unit(model, "days")
        slots.pop("VERB")
        return _Measured((days,), True) if days else None
    if conditions.clock and groups.records and not slots.ever("HOWMANY", "COUNTUNIT"):
        rows = count_metric(ctx, conditions.datasets, (), (), True)
        return _Measured(rows[:1], True, listing=True) if rows else None
    if conditions.datasets and groups.records and not slots.ever("HOWMANY", "COUNTUNIT") and not groups.by:
        money = money_metric(ctx, conditions.datasets[0])
        return _Measured((money,), base is None, listing=True) if money else None
    if (slots.has("HOW") and slots.has("DOING") or slots.has("HOWDOING") and not slots.has("CHANGE", "CHAIN", "YOY", "TREND", "GAP")) and not slots.has("HOWMUCH", "ORDER", "LIMIT", "STAND", "TARGET", "AMOUNT", "RANKWORD", "BENCH") and base is None and not named.listed:
        slots.allow("DOING", "HOWDOING", "COMPARE", "PEERS", "AGAINST", "VERB", "VS")
        return _Measured(model.scorecard or (start,), False) if start else None
    verbs = [v for i in slots.at("VERB") for v in slots.tokens[i].senses["VERB"]]
    selling = bool(verbs) and all(v in ("sell", "win") for v in verbs)
    if base is not None and not slots.has("HOWMUCH", "STAND", "HOWMANY"):
        return _Measured(base.metrics, False)
    if start is None:
        return None
    if slots.has("HOWMANY") and groups.by and _counts(slots) and not slots.has("DATASET"):
        slots.allow("HOWMANY")
        return _Measured((start,), False, tally=True, everyone=model.people is not None and groups.by == (model.people.name,) and not verbs)
    if selling and not slots.has("DATASET") and not (slots.has("HOWMANY") and _counts(slots)) and slots.ever("HOWMUCH", "ORDER", "LIMIT", "GRAINTOP", "WHO", "COMPARE", "VS", "CONTRIBUTE", "SHARE", "COMPARATIVE", "WHICHGRAIN", "PERIOD", "HOWDOING", "DOING", "FILL", "TREND"):
        slots.allow("HOWMUCH", "DOING", "HOWDOING")
        return _Measured((start,), slots.has("HOWMUCH"))
    if slots.has("STAND", "RANKWORD", "LIMIT", "ORDER", "TARGET", "AMOUNT", "BENCH", "TARGETHIT", "TARGETMISS", "TARGETCOND", "GRAINTOP", "GRAINLIMIT", "FASTGROW", "FASTFALL", "PARETO", "CHANGEUNIT", "YOY", "CHAIN", "CHANGE") or (conditions.where and groups.records) or groups.top is not None:
        slots.allow("DOING", "HOWDOING", "HOWMUCH")
        return _Measured((start,), False)
    if named.listed and slots.has("AHEAD", "COMPARATIVE", "VS", "COMPARE") or (named.listed and named.joined == "vs"):
        slots.allow("DOING", "HOWDOING")
        return _Measured(model.scorecard if slots.has("DOING", "HOWDOING") and model.scorecard else (start,), False)
    if slots.ever("VS", "COMPARE") and slots.ever("PERIOD") and not slots.has("VERB"):
        slots.allow("DOING", "HOWDOING")
        return _Measured((start,), False)
    if slots.has("DOING", "HOWDOING"):
        slots.allow("DOING", "HOWDOING", "HOWMUCH", "COMPARE", "PEERS", "AGAINST", "VERB", "VS")
        return _Measured(model.scorecard or (start,), False)
    return None


def _measured_average(slots: Slots, names: list[str]) -> _Measured:
    slots.allow("AVG")
    return _Measured(tuple(dict.fromkeys(names)), True)


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
    """"revenue from deals": the rows a metric is made of add nothing."""
    model = ctx.lexicon.model
    for i in slots.at("DATASET"):
        if any(f"{d}." in model.metrics[n].expression for d in slots.tokens[i].senses["DATASET"] for n in names):
            slots.take(i)


def _target(ctx: Context, slots: Slots, parts: Parts, conditions: Conditions, name: str) -> Parts | Issue:
    model = ctx.lexicon.model
    amounts = slots.pop("AMOUNT")
    if model.targets is None and not amounts:
        return Issue("no_data", "", reason="")
    hits, misses, within = slots.pop("TARGETHIT"), slots.pop("TARGETMISS"), slots.pop("TARGETCOND")
    slots.allow("TARGET", "GAP", "DOING", "HOWDOING", "VS", "AGAINST", "SHARE", "AHEAD", "TARGETHIT", "NEED", "HOWMUCH", "ABSENT", "COMPARE", "BEHINDWORD")
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


def _share(ctx: Context, slots: Slots, parts: Parts, named: Named) -> Parts | Issue | None:
    reach = slots.pop("PARETO")
    if reach:
        if not parts.by:
            return Issue("unread", "%")
        tally = parts.tally or slots.has("HOWMANY") or slots.ever("HOWMANY")
        slots.allow("HOWMANY", "SHARE", "CONTRIBUTE", "CUMULATIVE", "TOTAL", "GE", "GT")
        return parts.with_(share=Share(reach=reach[0]), tally=tally)
    slots.allow("CONTRIBUTE", "SHARE", "HOWMUCH", "CUMULATIVE")
    if parts.limit is not None and parts.by:
        return parts.with_(share=Share(together=True))
    lift = tuple(f for f in named.part)
    if parts.scope in ("me", "team", "region"):
        people = ctx.lexicon.model.people
        wider: Scope = "all"
        if people is not None and parts.by in ((people.team,), (people.region,)) and not slots.ever("BYFIELDS", "WHICHFIELDS"):
            wider = "team" if parts.by == (people.team,) else "region"
            parts = parts.with_(by=())
        elif parts.scope != "me" and any(t.has("MY") or t.has("ME") for t in slots.tokens):
            wider = parts.scope
            parts = parts.with_(scope="me")
        return parts.with_(share=Share(scope=wider, lift=()))
    if lift:
        if len(lift) > 1:
            return Issue("unread", ctx.normal.original, reason="share")
        return parts.with_(share=Share(lift=lift))
    if parts.by:
        return parts.with_(share=Share())
    return None


def _rank(ctx: Context, slots: Slots, parts: Parts, groups: Groups, named: Named) -> Parts | Issue:
    people = ctx.lexicon.model.people
    slots.allow("RANKWORD", "STAND", "PERSONSTAND", "AHEAD", "HOWMUCH", "PEERS", "AGAINST", "COMPARE", "HOWMANY", "VS", "CLASSIFIER")
    mine = slots.ever("ME", "MY") or parts.scope == "me" or any(t.text.find(" i") >= 0 or t.text.startswith("my ") for t in slots.tokens if t.has("STAND"))
    listed = groups.by and not mine
    if people is None:
        return Issue("unsupported", reason="rank")
    if named.people and len(named.people) == 1 and not listed:
        where = tuple(f for f in parts.where if not (f.field == people.name and f.values == named.people))
        return parts.with_(rank=Rank(over=people.name, member=named.people[0], within=_within(parts, False)), scope=None, where=where)
    if mine or (slots.ever("STAND") and not groups.by):
        slots.pop("LIMIT")
        return parts.with_(rank=Rank(over=people.name, member="@me", within=_within(parts, mine)), scope=None, by=(), limit=None, order=None)
    by = groups.by or (people.name,)
    return parts.with_(by=by, rank=Rank(over=by[0]), limit=parts.limit)


def _within(parts: Parts, mine: bool) -> Scope:
    return parts.scope if parts.scope in ("team", "region") else "all"


def _shape(ctx: Context, slots: Slots, parts: Parts, groups: Groups, conditions: Conditions, named: Named, base: Query | None, name: str, measured: _Measured) -> Parts | Issue:
    """Order, limit, rank, share, target and benchmark."""
    people = ctx.lexicon.model.people
    if measured.listing:
        some = () if conditions.clock is False and name == default_metric(ctx.lexicon.model) else (Having(metric=name, op="gt", value=0),)
        parts = parts.with_(by=parts.by or groups.records, order=Order() if not conditions.clock else None, having=(*parts.having, *some))
    if named.listed and groups.who and people is not None and parts.by == (people.name,) and named.listed != people.name:
        parts = parts.with_(by=())
    if named.listed and not parts.by and not slots.ever("TOTAL") and (named.joined != "or" or slots.ever("COMPARATIVE", "WHO", "WHICH", "AHEAD") or (slots.compared() and parts.compare is None)):
        parts = parts.with_(by=(named.listed,), order=Order())
        slots.allow("COMPARE", "AHEAD", "VS", "COMPARATIVE", "WHO", "AGAINST", "DIFFERENCE", "PEERS")
    elif parts.by and named.listed in parts.by:
        if parts.order is None and (slots.ever("AHEAD", "WHO", "COMPARATIVE") or slots.compared() or named.joined == "vs") and parts.grain is None:
            parts = parts.with_(order=Order())
        slots.allow("COMPARE", "AHEAD", "VS", "COMPARATIVE", "AGAINST")
    if slots.has("WHO") and not parts.by and people is not None and not slots.has("STAND") and not slots.has("WHICHGRAIN"):
        parts = parts.with_(by=(people.name,))
    slots.allow("WHO")
    if slots.has("TARGET", "AMOUNT", "TARGETHIT", "TARGETMISS", "TARGETCOND"):
        done = _target(ctx, slots, parts, conditions, name)
        if isinstance(done, Issue):
            return done
        parts = done
    elif slots.has("BENCH"):
        of = slots.pop("BENCH")[0]
        slots.allow("AHEAD", "VS", "AGAINST", "COMPARE", "COMPARATIVE", "DOING", "HOWDOING", "THAN", "ORDER", "GT", "LT")
        scope = parts.scope if parts.scope != of else "me"
        parts = parts.with_(benchmark=Benchmark(of=of), scope=scope if scope or named.people else "me")
    if parts.by:
        slots.allow("COMPARE", "BREAKDOWN", "PEERS")
    if parts.grain:
        slots.allow("BREAKDOWN", "TREND")
    if slots.has("STAND", "RANKWORD") or (slots.ever("ME") and parts.limit is None and slots.has("LIMIT") and not groups.by):
        if not (groups.limit_count is not None and groups.by and not slots.has("STAND")):
            done = _rank(ctx, slots, parts, groups, named)
            if isinstance(done, Issue):
                return done
            parts = done
        slots.allow("RANKWORD")
    ordered = groups.order_for(ctx, slots, parts, name, conditions, base)
    if isinstance(ordered, Issue):
        return ordered
    parts = ordered
    if slots.has("SHARE", "PARETO", "CUMULATIVE") or (any(not slots.tokens[i].has("VERB") for i in slots.at("CONTRIBUTE")) and not slots.has("ORDER") and (named.part or parts.limit)):
        shared = _share(ctx, slots, parts, named)
        if isinstance(shared, Issue):
            return shared
        parts = shared if shared is not None else parts
    if parts.limit is not None or parts.order is not None:
        slots.allow("CONTRIBUTE")
    return parts


def _query(ctx: Context, parts: Parts, assumptions: list[str]) -> Query:
    model = ctx.lexicon.model
    period: Period = AllTime()
    if parts.period is not None:
        period = parts.period
    elif model.default_period is not None and not all(model.metrics[m].snapshot for m in parts.metrics) and parts.grain is None:
        period = model.default_period
        assumptions.append("default_period")
    elif model.default_period is None and not all(model.metrics[m].snapshot for m in parts.metrics):
        assumptions.append("default_period")
    if parts.compare is not None and parts.period is None and parts.grain is None:
        period = Relative(unit="month")
    return Query(
        metrics=parts.metrics, by=parts.by, grain=parts.grain, period=period, scope=parts.scope or "all", where=parts.where, having=parts.having,
        compare=parts.compare, order=parts.order, limit=parts.limit, rank=parts.rank, share=parts.share, target=parts.target,
        benchmark=parts.benchmark, tally=parts.tally, everyone=parts.everyone,
    )

