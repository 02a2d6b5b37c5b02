"""`Query` -> `Asked`, and what the columns of its table are called in an `Answer`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from metrics.adapter.checks import check_parts
from metrics.adapter.completing import completed
from metrics.adapter.parts import Numbers, To
from metrics.calendar.binding import bind_when
from metrics.errors import UnsupportedCombination
from metrics.kinds.arithmetic import Difference, Ratio
from metrics.kinds.folded import Across, CountOf
from metrics.kinds.largest import ShareBefore
from metrics.kinds.metric import Metric
from metrics.kinds.peer_average import PeerAverage
from metrics.kinds.place import Place, PlaceGap, PlaceOf, PlaceTies
from metrics.model.schema import Calendar, Model
from metrics.people import Org, Person, Viewer
from metrics.plan.names import field_named, metric_named
from metrics.plan.scope import asking_person, group_of, people_fields, person_named
from metrics.query import Filter, Query, Value
from metrics.query.answer import Role
from metrics.query.asked import Asked, Order, Population
from metrics.query.from_period import from_period
from metrics.query.measure import Measure
from metrics.query.predicate import And, Compare, In, Predicate, Test
from metrics.query.when import When

__all__ = ["Adapted", "Shown", "adapted"]


@dataclass(frozen=True)
class Shown:
    """What a measure is in the answer: the part after the name of what it is `of`, or its whole name."""

    measure: Measure
    suffix: str
    role: Role
    of: str
    name: str = ""
    hidden: bool = False


@dataclass(frozen=True)
class Adapted:
    """`shown`: in the order of `asked.show`. `first`: fields that have one member in the whole answer, and that member.
    `pivot`: the one row holds two windows and is shown as two rows."""

    query: Query
    asked: Asked
    shown: tuple[Shown, ...]
    first: tuple[tuple[str, Value], ...] = ()
    pivot: bool = False


def adapted(
    query: Query, *, model: Model, org: Org, viewer: Viewer, as_of: dt.date, companions: bool = True
) -> Adapted:
    """`companions`: with what the dictionary shows beside a lone metric. Raises UnknownName, UnsupportedCombination."""
    query = completed(query, model, companions=companions)
    for name in query.metrics:
        metric_named(model, name)
    for field_id in query.by:
        field_named(model, field_id)
    check_parts(query, model)
    period, to = _periods(query, model.calendar, as_of)
    make = partial(Numbers, query, model, to, period)
    if query.tally:
        return _tally(query, make(), period, model)
    if query.share is not None and query.share.together:
        return _together(query, make(), period)
    if query.rank is not None and query.rank.member is not None:
        return _place_of_one(query, model, org, viewer, make, period)
    if query.benchmark is not None:
        return _beside_peers(query, model, org, viewer, make, period)
    return _listed(query, make(), period, model)


def _listed(query: Query, numbers: Numbers, period: When, model: Model) -> Adapted:
    shown = _columns(query, numbers)
    rank, order = query.rank, _order(query, numbers)
    scope = query.scope
    if rank is not None:
        by, name = (query.order.by, query.order.metric) if query.order is not None else ("value", None)
        place = Place(of=numbers.of(by if by not in ("dimension", "time") else "value", name), over=rank.over)
        shown.append(Shown(place, "", "rank", query.metrics[0], name="rank"))
        order = order or (Order(by=place, descending=False),)
        scope = rank.within if scope == "all" else scope
    having = numbers.holds(query.having)
    if query.share is not None and query.share.reach is not None:
        reached = Test(of=ShareBefore(of=Metric(name=query.metrics[0])), op="lt", value=query.share.reach)
        having = reached if having is None else And(of=(reached, having))
    asked = Asked(
        show=tuple(s.measure for s in shown),
        by=(*query.by, *((query.grain,) if query.grain is not None else ())),
        period=period,
        scope=scope,
        where=_where(query.where),
        having=having,
        order=order,
        limit=query.limit,
        population=_population(query, model),
    )
    pivot = query.compare is not None and not query.by and query.grain is None
    return Adapted(query, asked, tuple(shown), pivot=pivot)


def _columns(query: Query, numbers: Numbers) -> list[Shown]:
    """Each metric with what belongs to it."""
    made: list[Shown] = []
    for i, name in enumerate(query.metrics):
        made.append(Shown(numbers.value(name), "", "metric", name))
        if query.compare is not None:
            made.append(Shown(numbers.before(name), "_previous", "previous", name, hidden=query.grain is not None))
            made.append(Shown(numbers.of("change", name), "_change", "change", name))
            made.append(Shown(numbers.of("change_pct", name), "_change_pct", "change_pct", name))
        aimed = numbers.aimed(name) if query.target is not None and (i == 0 or query.target.amount is None) else None
        if aimed is not None:
            made.append(Shown(aimed[0], "_target", "target", name))
            made.append(Shown(aimed[1], "_attainment", "attainment", name))
            made.append(Shown(aimed[2], "_gap", "gap", name))
        if i == 0 and query.share is not None:
            if not query.by and query.grain is None:
                made.append(Shown(numbers.total(), "_total", "total", name))
            made.append(Shown(numbers.share(), "_share", "share", name))
    return made


def _tally(query: Query, numbers: Numbers, period: When, model: Model) -> Adapted:
    """How many groups are left."""
    over = query.by[0] if query.by else str(query.grain)
    having = numbers.holds(query.having)
    if query.share is not None and query.share.reach is not None:
        reached = Test(of=ShareBefore(of=Metric(name=query.metrics[0])), op="lt", value=query.share.reach)
        having = reached if having is None else And(of=(reached, having))
    measure = CountOf(over=over, having=having, of=Metric(name=query.metrics[0]))
    asked = Asked(
        show=(measure,),
        period=period,
        scope=query.scope,
        where=_where(query.where),
        population=_population(query, model),
    )
    return Adapted(query, asked, (Shown(measure, "", "count", over, name="count"),))


def _together(query: Query, numbers: Numbers, period: When) -> Adapted:
    """The kept groups as one: part, total, share."""
    name, metric = query.metrics[0], Metric(name=query.metrics[0])
    part = Across(of=metric, over=query.by[0], how="sum", top=query.limit, having=numbers.holds(query.having))
    total: Measure = metric if numbers.query.share is None else _whole(numbers)
    shown = (
        Shown(part, "", "metric", name),
        Shown(total, "_total", "total", name),
        Shown(Ratio(of=part, to=total), "_share", "share", name),
    )
    asked = Asked(show=tuple(s.measure for s in shown), period=period, scope=query.scope, where=_where(query.where))
    return Adapted(query, asked, shown)


def _whole(numbers: Numbers) -> Measure:
    share = numbers.query.share
    wide = share is not None and (share.lift or share.scope)
    return numbers.total() if wide else Metric(name=numbers.query.metrics[0])


def _place_of_one(
    query: Query, model: Model, org: Org, viewer: Viewer, make: partial[Numbers], period: When
) -> Adapted:
    """One member's number beside its place among its peers."""
    rank = query.rank
    assert rank is not None and rank.member is not None
    member, own, first = _member(rank.over, rank.member, model, org, viewer)
    scope = query.scope
    if own is None:
        scope = "me"
    numbers = make(own)
    by, name = (query.order.by, query.order.metric) if query.order is not None else ("value", None)
    of = numbers.of(by if by not in ("dimension", "time") else "value", name, raw=True)
    placed = {"of": of, "over": rank.over, "member": member, "within": rank.within}
    metric = query.metrics[0]
    shown = [
        *_columns(query, numbers),
        Shown(Place(**placed), "", "rank", metric, name="rank"),
        Shown(PlaceOf(**placed), "", "n", rank.over, name="n"),
        Shown(PlaceTies(**placed), "", "ties", metric, name="ties"),
        Shown(PlaceGap(**placed), "", "next_gap", metric, name="next_gap"),
    ]
    asked = Asked(
        show=tuple(s.measure for s in shown),
        period=period,
        scope=scope,
        where=_where(query.where),
        having=numbers.holds(query.having),
    )
    return Adapted(query, asked, tuple(shown), tuple((f, first.get(f)) for f in query.by))


def _member(
    over: str, member: str, model: Model, org: Org, viewer: Viewer
) -> tuple[str, Predicate | None, dict[str, Value]]:
    """(the member, its own rows, what is known of it). Of who asks the rows are those of "me": so many people's places
    are one question."""
    people = model.people
    if people is not None and over in (people.id, people.name):
        person = asking_person(viewer) if member == "@me" else person_named(org, member)
        if not person.sells:
            raise UnsupportedCombination("does_not_sell", subject=person.name)
        known: dict[str | None, Value] = {
            people.id: person.id,
            people.name: person.name,
            people.team: person.team,
            people.region: person.region,
        }
        told = {f: v for f, v in known.items() if f is not None}
        if member == "@me":
            return member, None, told
        return person.id, In(field=people.id, values=(person.id,)), told
    value = member
    if member == "@me":
        fields = people_fields(model)
        if over not in (fields.team, fields.region):
            raise UnsupportedCombination("rank_of_me_over", subject=over)
        value = group_of(asking_person(viewer), "team" if over == fields.team else "region", fields)[1]
    return member, In(field=over, values=(value,)), {over: value}


def _beside_peers(
    query: Query, model: Model, org: Org, viewer: Viewer, make: partial[Numbers], period: When
) -> Adapted:
    """A value next to the average of the peers'. Peers are people when people are asked about (the asker, one person, a
    list of people), else the members of the one field broken down by."""
    wanted, fields = query.benchmark, people_fields(model)
    assert wanted is not None
    about = [f for f in query.where if f.field in (fields.id, fields.name)]
    where, scope, own = query.where, query.scope, None
    over, member, within = fields.id, None, wanted.of
    if any(f in (fields.id, fields.name) for f in query.by):
        if any(f not in (fields.id, fields.name, fields.team, fields.region) for f in query.by):
            raise UnsupportedCombination("benchmark_subject", subject=query.by[-1])
    elif query.by:
        if len(query.by) != 1 or wanted.of != "all" or about or query.scope == "me":
            raise UnsupportedCombination("benchmark_subject", subject=query.by[0])
        over = query.by[0]
    elif query.scope == "team" and wanted.of in ("all", "region") and fields.team is not None:
        over, member = fields.team, "@me"
    elif query.scope == "me" and not about:
        if not asking_person(viewer).sells:
            raise UnsupportedCombination("me_does_not_sell", subject=asking_person(viewer).name)
        member = "@me"
    else:
        who = _one_person(query, about, org)
        member, own, scope = who.id, In(field=fields.id, values=(who.id,)), "all"
        where = tuple(f for f in where if f not in about)
    name = query.metrics[0]

    def peers(of: Measure) -> PeerAverage:
        return PeerAverage(of=of, over=over, member=member, within=within)

    numbers = make(own, peers)
    average = peers(Metric(name=name))
    shown = [
        Shown(numbers.value(name), "", "metric", name),
        Shown(average, "_benchmark", "benchmark", name),
        Shown(Difference(of=numbers.value(name), less=average), "_difference", "difference", name),
    ]
    if not query.by:
        counted = PlaceOf(of=Metric(name=name), over=over, member=member, within=within)
        shown.append(Shown(counted, "", "n", over, name="n", hidden=True))
    asked = Asked(
        show=tuple(s.measure for s in shown),
        by=query.by,
        period=period,
        scope=scope,
        where=_where(where),
        having=numbers.holds(query.having),
        order=_order(query, numbers),
        limit=query.limit,
        population=_population(query, model),
    )
    return Adapted(query, asked, tuple(shown))


def _one_person(query: Query, about: Sequence[Filter], org: Org) -> Person:
    if query.scope == "me" or len(about) != 1 or about[0].op != "in" or len(about[0].values) != 1:
        raise UnsupportedCombination("benchmark_subject")
    return person_named(org, str(about[0].values[0]))


def _periods(query: Query, calendar: Calendar, as_of: dt.date) -> tuple[When, To]:
    """(what is asked about, what it is compared with); of two named windows the earlier is compared with."""
    period = from_period(query.period)
    if query.compare is None:
        return period, "previous"
    if query.compare.to == "previous" or query.compare.to == "year_ago":
        return period, query.compare.to
    other = from_period(query.compare.to)
    here, there = (bind_when(p, calendar=calendar, as_of=as_of, through=None).start for p in (period, other))
    if here is None or there is None:
        raise UnsupportedCombination("compare_all_time")
    return (period, other) if here >= there else (other, period)


def _order(query: Query, numbers: Numbers) -> tuple[Order, ...]:
    wanted = query.order
    if wanted is None:
        return ()
    if wanted.by == "time":
        if query.grain is None:
            raise UnsupportedCombination("not_computed", subject="time")
        return (Order(by=query.grain, descending=wanted.descending),)
    later = (Order(by=query.grain, descending=False),) if query.grain is not None else ()
    by: str | Measure = query.by[0] if wanted.by == "dimension" and query.by else ""
    if not by:
        if wanted.by == "dimension":
            raise UnsupportedCombination("not_computed", subject="dimension")
        by = numbers.of(wanted.by, wanted.metric)
    return (Order(by=by, descending=wanted.descending), *later)


def _population(query: Query, model: Model) -> Population:
    """Things without rows are there when everybody is asked for; people are in any case, if they were there: with zero.
    A rate of who has nothing it could be of is no number to list."""
    people, metric = model.people, model.metrics[query.metrics[0]]
    about = people is not None and all(model.fields[f].dataset == people.dataset for f in query.by)
    rate = not metric.additive and metric.unit != "count"
    if query.everyone and query.rank is None:
        # "people" are those who ever had any rows, where the model says so
        return "people" if about and people is not None and people.peers != "with_rows" else "all"
    return "rows" if about and rate and query.rank is None and query.by else "people"


def _where(filters: Sequence[Filter]) -> Predicate | None:
    made = tuple(_condition(f) for f in filters)
    return (made[0] if len(made) == 1 else And(of=made)) if made else None


def _condition(wanted: Filter) -> Predicate:
    if wanted.op in ("in", "not_in"):
        return In(field=wanted.field, values=wanted.values, out=wanted.op == "not_in")
    if len(wanted.values) != (2 if wanted.op == "between" else 1):
        raise UnsupportedCombination("filter_values", subject=wanted.field, fields={"op": wanted.op})
    upper = wanted.values[1] if wanted.op == "between" else None
    return Compare(field=wanted.field, op=wanted.op, value=wanted.values[0], upper=upper)
