"""Query -> BoundQuery: names looked up, periods dated, scopes and peers resolved, combinations that mean nothing
refused.

Pure: everything it needs is passed in.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import replace

from metrics.calendar.periods import IsWorkday, Span, whole_months
from metrics.errors import UnsupportedCombination
from metrics.model.schema import Metric, Model, PeopleFields
from metrics.people import Org, Person, Viewer
from metrics.plan.bind_windows import bind_windows, trend_of
from metrics.plan.bound import (
    BoundBenchmark,
    BoundQuery,
    BoundRank,
    BoundShare,
    BoundTarget,
    Condition,
    Coverage,
    Key,
    Peers,
)
from metrics.plan.compile.prepared import Prepared
from metrics.plan.names import condition_of, field_named, metric_named
from metrics.plan.scope import asking_person, group_of, people_fields, person_named, scope_conditions
from metrics.query import Compare, Filter, Query, Share, Target, Value

__all__ = ["bind", "completed"]

_SHARE_MOST = 1  # a share is of one metric


def completed(query: Query, model: Model) -> Query:
    """The query with what its parts imply: a condition on a change compares, one on a share shares; a ranking lists
    what it ranks; companions of a lone metric stand beside it."""
    changes: dict[str, object] = {}
    asked = {h.of for h in query.having} | ({query.order.by} if query.order else set())
    if query.compare is None and asked & {"change", "change_pct"}:
        changes["compare"] = Compare(to="previous")
    if query.target is None and "attainment" in asked:
        changes["target"] = Target()
    if query.share is None and "share" in asked:
        changes["share"] = Share()
    if query.rank is not None and query.rank.over not in query.by:
        changes["by"] = (query.rank.over, *query.by)
    if query.rank is not None and query.rank.member is not None and query.scope == "me":
        changes["scope"] = "all"  # whose place it is, not whose rows are ranked
    made = query.model_copy(update=changes) if changes else query
    lone = len(made.metrics) == 1 and made.metrics[0] in model.metrics
    parts = (made.compare, made.share, made.rank, made.target, made.grain, made.benchmark)
    if lone and not made.tally and not made.define and all(p is None for p in parts):
        together = tuple(
            w for w in model.metrics[made.metrics[0]].shown_with if w in model.metrics and w != made.metrics[0]
        )
        if together:
            made = made.model_copy(update={"metrics": (*made.metrics, *together)[:8]})
    return made


def bind(
    query: Query,
    *,
    prepared: Prepared,
    org: Org,
    viewer: Viewer,
    as_of: dt.date,
    coverage: Coverage,
    members: Mapping[str, Collection[str]],
    is_workday: IsWorkday,
) -> BoundQuery:
    """Raises UnknownName, UnsupportedCombination or StaleData."""
    model = prepared.model
    query = completed(query, model)
    asked = [metric_named(model, name) for name in query.metrics]
    hidden = [metric_named(model, n) for n in dict.fromkeys(h.metric for h in query.having) if n not in query.metrics]
    if query.order and query.order.metric and query.order.metric not in {m.name for m in (*asked, *hidden)}:
        hidden.append(metric_named(model, query.order.metric))
    for field_id in query.by:
        field_named(model, field_id)
    _check_parts(query, asked)
    where = tuple(condition_of(model, f, members) for f in query.where)
    scope = scope_conditions(query.scope, model=model, org=org, viewer=viewer)
    rank, peer_conditions = _rank(query, model, org, viewer, members)
    conditions = (*where, *scope, *peer_conditions)
    windows = bind_windows(query, [*asked, *hidden], prepared, as_of=as_of, coverage=coverage, is_workday=is_workday)
    metrics = tuple(
        replace(m, shown=i < len(asked), conditions=tuple(condition_of(model, f, {}) for f in m.metric.where))
        for i, m in enumerate(windows.metrics)
    )
    trend = trend_of(query, metrics, prepared, coverage=coverage, is_workday=is_workday)
    if query.benchmark is not None and (len(metrics) > 1 or len(prepared.metric(metrics[0].metric.name).datasets) > 1):
        raise UnsupportedCombination("benchmark_of_several", subject=metrics[0].metric.name)
    target = _target(query, metrics[0].current, conditions, [m.metric for m in metrics], model, prepared)
    benchmark = _benchmark(query, conditions, model, org, viewer)
    keys = _keys(query, model, benchmark)
    bound = BoundQuery(
        query=query,
        model=model,
        as_of=as_of,
        through=windows.through,
        metrics=metrics,
        keys=keys,
        conditions=conditions,
        trend=trend,
        peers=_peers(query, prepared, conditions, [m.metric for m in metrics], metrics[0].current, rank),
        rank=rank,
        share=_share(query, where, scope, peer_conditions, model, org, viewer, prepared),
        target=target,
        benchmark=benchmark,
        notes=windows.notes,
    )
    _check_reach(bound, prepared)
    return bound


def _check_parts(query: Query, asked: list[Metric]) -> None:
    def refuse(code: str, subject: str = "") -> None:
        raise UnsupportedCombination(code, subject=subject)

    if query.tally and not query.by and query.grain is None:
        refuse("tally_without_by")
    if query.rank is not None and query.grain is not None:
        refuse("rank_with_grain")
    if (
        query.rank is not None
        and query.rank.member is not None
        and (query.compare or query.share or query.benchmark or query.tally)
    ):
        refuse("rank_of_one_with_more")
    if query.benchmark is not None and (query.grain or query.compare or query.share or query.target or query.rank):
        refuse("benchmark_with_more")
    if query.share is not None and query.share.together and (not query.by or query.grain):
        refuse("share_together_without_by")
    if query.share is not None and query.share.reach is not None and not query.by:
        refuse("share_reach_without_by")
    if query.share is not None and len(query.metrics) > _SHARE_MOST:
        refuse("share_of_several")
    if any(h.of == "benchmark" for h in query.having) and query.benchmark is None:
        refuse("having_without_benchmark")
    if query.compare is not None and query.grain is not None and not isinstance(query.compare.to, str):
        refuse("grain_with_named_compare")
    if query.compare is not None and query.grain == "day" and query.compare.to == "year_ago":
        refuse("year_ago_by_day")
    if query.everyone and not query.by:
        refuse("everyone_without_by")
    for metric in asked:
        if metric.unit == "date" and (query.compare or query.share or query.target or query.benchmark):
            refuse("not_a_number", metric.name)


def _keys(query: Query, model: Model, benchmark: BoundBenchmark | None) -> tuple[Key, ...]:
    """Fields grouped by: two people of one name stay two, so a name brings the id along."""
    keys = [Key(f) for f in query.by]
    people = model.people
    if people is not None and people.name in query.by and people.id not in query.by:
        keys.append(Key(people.id, shown=False))
    if benchmark is not None and benchmark.group and benchmark.value is None and benchmark.group not in query.by:
        keys.append(Key(benchmark.group, shown=False))
    return tuple(keys)


def _is_person(model: Model, field: str) -> bool:
    return model.people is not None and field in (model.people.id, model.people.name)


def _rank(
    query: Query, model: Model, org: Org, viewer: Viewer, members: Mapping[str, Collection[str]]
) -> tuple[BoundRank | None, tuple[Condition, ...]]:
    """The rank asked for, and the peer group as conditions."""
    rank = query.rank
    if rank is None:
        return None, ()
    field_named(model, rank.over)
    person: Person | None = None
    member: Value = rank.member
    key = rank.over
    if _is_person(model, rank.over):
        key = people_fields(model).id
        if rank.member is not None:
            person = asking_person(viewer) if rank.member == "@me" else person_named(org, rank.member)
            member = person.id
            if not person.sells:
                raise UnsupportedCombination("does_not_sell", subject=person.name)
    elif rank.member == "@me":
        person = asking_person(viewer)
        fields = people_fields(model)
        if rank.over not in (fields.team, fields.region):
            raise UnsupportedCombination("rank_of_me_over", subject=rank.over)
        member = group_of(person, "team" if rank.over == fields.team else "region", fields)[1]
    elif rank.member is not None:
        named = condition_of(model, Filter(field=rank.over, values=(rank.member,)), members).values[0]
        member = named if not isinstance(named, dt.date) else named.isoformat()
    if rank.member is not None:
        _check_one_line(query, model)
    bound = BoundRank(rank.over, key, member, one=rank.member is not None)
    if rank.within == "all":
        return bound, ()
    if rank.within == "me":
        raise UnsupportedCombination("rank_within_me")
    if person is None:
        return bound, scope_conditions(rank.within, model=model, org=org, viewer=viewer)
    if rank.within == "team" and key != people_fields(model).id:
        raise UnsupportedCombination("rank_team_within_team")
    field, value = group_of(person, rank.within, people_fields(model))
    return bound, (Condition(field, "in", (value,)),)


def _check_one_line(query: Query, model: Model) -> None:
    """A place is that of one thing: what else is listed must follow from it, as a person's team does."""
    assert query.rank is not None
    people = model.people
    about = {people.id, people.name, people.team, people.region} if people is not None else set()
    follows = about if query.rank.over in about else {query.rank.over}
    more = [field for field in query.by if field not in follows]
    if more or query.grain is not None:
        raise UnsupportedCombination("rank_of_one_by", subject=more[0] if more else str(query.grain))


def _peers(
    query: Query,
    prepared: Prepared,
    conditions: tuple[Condition, ...],
    metrics: list[Metric],
    window: Span,
    rank: BoundRank | None,
) -> Peers | None:
    """Who appears without rows: everyone when asked, and all peers when ranking people, teams or regions."""
    model = prepared.model
    people = model.people
    if rank is None and not query.everyone:
        return None
    home = model.fields[query.by[0] if rank is None else rank.field].dataset
    reached = [home, *([people.dataset] if people is not None else [])]
    dataset = next(
        (d for d in reversed(reached) if all(prepared.path(d, model.fields[f].dataset) is not None for f in query.by)),
        None,
    )
    if dataset is None or (rank is not None and (people is None or dataset != people.dataset)):
        if query.everyone:
            raise UnsupportedCombination("everyone_not_of_one_thing", subject=query.by[0])
        return None  # products and the like: those with rows
    own = tuple(c for c in conditions if prepared.path(dataset, model.fields[c.field].dataset) is not None)
    is_people = people is not None and dataset == people.dataset
    facts: tuple[str, ...] = ()
    if is_people and rank is not None and people is not None and people.peers == "with_rows":
        facts = tuple(dict.fromkeys(d for d in prepared.metric(metrics[0].name).datasets))
    return Peers(dataset, own, window if is_people else None, facts, only=rank is not None)


def _share(
    query: Query,
    where: tuple[Condition, ...],
    scope: tuple[Condition, ...],
    peers: tuple[Condition, ...],
    model: Model,
    org: Org,
    viewer: Viewer,
    prepared: Prepared,
) -> BoundShare | None:
    share = query.share
    if share is None:
        return None
    if query.compare is not None:  # a change beside a share would be taken for the change of the share
        raise UnsupportedCombination("share_with_compare", subject=query.metrics[0])
    metric = prepared.metric(query.metrics[0])
    if metric.divides or not all(m.filled for m in metric.measures):
        raise UnsupportedCombination("share_of_ratio", subject=query.metrics[0])
    if (share.together or share.reach is not None) and not metric.summable:
        raise UnsupportedCombination("share_not_additive", subject=query.metrics[0])
    for field_id in share.lift:
        field_named(model, field_id)
    lifted = tuple(c for c in where if c.field not in share.lift)
    whose = scope if share.scope is None else scope_conditions(share.scope, model=model, org=org, viewer=viewer)
    total = (*lifted, *whose, *peers)
    separate = total != (*where, *scope, *peers) or not metric.summable or not (query.by or query.grain)
    return BoundShare(total if separate else None, share.together, share.reach)


def _target(
    query: Query,
    window: Span,
    conditions: tuple[Condition, ...],
    metrics: list[Metric],
    model: Model,
    prepared: Prepared,
) -> BoundTarget | None:
    """Monthly targets over the whole period; those of a ratio only for one person and one month."""
    if query.target is None:
        return None
    if query.target.amount is not None:
        return BoundTarget(None, (), query.target.amount)
    aimed = [m for m in metrics if m.has_target]
    if model.targets is None or not aimed or metrics[0] is not aimed[0]:
        raise UnsupportedCombination("no_target", subject=metrics[0].name)
    if window.start is None or not whole_months(window) or window.unit in ("day", "week"):
        raise UnsupportedCombination("target_period", subject=metrics[0].name)
    if query.grain in ("day", "week"):
        raise UnsupportedCombination("target_grain", subject=query.grain)
    for condition in conditions:
        if prepared.path(model.targets.dataset, model.fields[condition.field].dataset) is None:
            raise UnsupportedCombination("target_with_product_filter", subject=condition.field)
    for field_id in query.by:
        if prepared.path(model.targets.dataset, model.fields[field_id].dataset) is None:
            raise UnsupportedCombination("target_with_product_filter", subject=field_id)
    people = people_fields(model)
    for metric in aimed:
        if not metric.additive and not (_one_month(query, window) and _one_person(query, conditions, people)):
            raise UnsupportedCombination("target_not_additive", subject=metric.name)
    return BoundTarget(window, conditions, None)


def _one_month(query: Query, window: Span) -> bool:
    assert window.start is not None
    months = (window.full_end.year - window.start.year) * 12 + window.full_end.month - window.start.month
    return months == 1 or query.grain == "month"


def _one_person(query: Query, conditions: tuple[Condition, ...], people: PeopleFields) -> bool:
    if people.id in query.by or people.name in query.by:
        return True
    return any(c.field == people.id and c.op == "in" and len(c.values) == 1 for c in conditions)


def _benchmark(
    query: Query, conditions: tuple[Condition, ...], model: Model, org: Org, viewer: Viewer
) -> BoundBenchmark | None:
    """Peers are people when people are asked about (the asker, one person, a list of people), else the members of the
    one field broken down by."""
    wanted = query.benchmark
    if wanted is None:
        return None
    people = people_fields(model)
    person_conditions = [c for c in conditions if c.field in (people.id, people.name)]
    by_person = [f for f in query.by if f in (people.id, people.name)]
    rest = tuple(c for c in conditions if c not in person_conditions)
    if by_person:
        field = {"team": people.team, "region": people.region, "all": None}[wanted.of]
        if wanted.of != "all" and field is None:
            raise UnsupportedCombination(f"no_{wanted.of}")
        if any(f not in (*by_person, people.team, people.region) for f in query.by):
            raise UnsupportedCombination("benchmark_subject", subject=query.by[-1])
        return BoundBenchmark(people.id, field, None, rest)
    if query.by:
        if len(query.by) != 1 or wanted.of != "all" or person_conditions:
            raise UnsupportedCombination("benchmark_subject", subject=query.by[0])
        return BoundBenchmark(query.by[0], None, None, rest)
    if query.scope == "team" and wanted.of in ("all", "region") and people.team is not None:
        person = asking_person(viewer)
        where = tuple(c for c in conditions if c not in scope_conditions("team", model=model, org=org, viewer=viewer))
        if wanted.of == "all":
            return BoundBenchmark(people.team, None, None, where)
        return BoundBenchmark(people.team, *group_of(person, "region", people), where)
    if len(person_conditions) != 1 or person_conditions[0].op != "in" or len(person_conditions[0].values) != 1:
        raise UnsupportedCombination("benchmark_subject")
    person = person_named(org, str(person_conditions[0].values[0]))
    if wanted.of == "all":
        return BoundBenchmark(people.id, None, None, rest)
    return BoundBenchmark(people.id, *group_of(person, wanted.of, people), rest)


def _check_reach(bound: BoundQuery, prepared: Prepared) -> None:
    """Every field used must be reached, many to one, from every fact that is aggregated: so no join can double a
    number."""
    fields = {c.field: "filter" for c in (*bound.conditions, *((bound.share.total or ()) if bound.share else ()))}
    fields |= {k.field: "by" for k in bound.keys}
    for metric in bound.metrics:
        for dataset in prepared.metric(metric.metric.name).datasets:
            for field_id, use in {**fields, **{c.field: "filter" for c in metric.conditions}}.items():
                if prepared.path(dataset, prepared.field_of(field_id).dataset) is None:
                    raise UnsupportedCombination(
                        "field_unreachable", subject=field_id, fields={"metric": metric.metric.name, "use": use}
                    )
