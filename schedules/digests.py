"""The daily digests: a rep's, a manager's, and a channel's leaderboard; each kind computed for all its recipients at
once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from metrics.people import Audience, Person, Viewer
from metrics.query import Between, Frozen, Order, Query, Rank
from metrics.query.answer import Window
from schedules.messages import Leaderboard, ManagerDigest, MemberLine, Place, Recipient, RepDigest, Standing
from schedules.numbers import Numbers, cell, noon, number
from schedules.selection import Selection
from schedules.standings import MONTH, digest_metrics, furthest_behind, month_of, standings

__all__ = ["DigestSpec", "Due", "last_working_day", "leaderboard", "manager_digests", "rep_digests"]

Working = Callable[[dt.date], bool]


class DigestSpec(Frozen):
    """What a digest order stores: for whom, and for a leaderboard which metric, how many places and which channel."""

    select: Selection = Selection()
    metric: str | None = None
    top: int = 10
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """One recipient's digest that has come due: its outbox key and subscription number."""

    key: str
    subscription: int
    language: str
    recipient: Recipient


def rep_digests(
    numbers: Numbers, due: Sequence[Due], as_of: dt.date, *, today: dt.date, working: Working
) -> dict[str, RepDigest]:
    """Key -> the rep's digest, speaking of the day `as_of`, sent on `today`. People who are not in the org, not active
    today or do not sell get none."""
    people = _people(numbers, due, today)
    month = month_of(as_of, working)
    names = digest_metrics(numbers.model)
    found = standings(numbers, [p for p in people.values() if p.sells], month, names=names, ranks=True, previous=True)
    digests = {}
    for item in due:
        rows = found.get(item.recipient.id)
        if rows:
            person = people[item.recipient.id]
            digests[item.key] = RepDigest(
                key=item.key,
                to=item.recipient,
                language=item.language,
                as_of=as_of,
                data_through=numbers.data_through,
                subject=item.subscription,
                person=person.id,
                name=person.name,
                start=month.start,
                end=as_of + _DAY,
                days_left=month.left,
                standings=rows,
                focus=furthest_behind(numbers.model, rows),
            )
    return digests


def manager_digests(
    numbers: Numbers,
    due: Sequence[Due],
    as_of: dt.date,
    *,
    today: dt.date,
    working: Working,
    open_alerts: Callable[[Iterable[str]], int],
) -> dict[str, ManagerDigest]:
    """Key -> the manager's digest. `open_alerts` counts the fired rules among the members (person ids) of a team."""
    people = _people(numbers, due, today)
    org, names = numbers.org, digest_metrics(numbers.model)
    month = month_of(as_of, working)
    teams = {m.id: Selection(people=tuple(org.subtree(m.id) - {m.id})).reps(org, today) for m in people.values()}
    managers = [m for m in people.values() if teams[m.id]]
    reps = list({p.id: p for m in managers for p in teams[m.id]}.values())
    totals = standings(numbers, managers, month, names=names, scope="team")
    first = names[:1]
    here = {i: s[0] for i, s in standings(numbers, reps, month, names=first).items() if s}
    since = last_working_day(as_of, working)
    before_day = since - _DAY
    before: dict[str, Standing] = {}
    if before_day >= month.start:  # a new month starts from nothing: there is no movement to speak of
        before = {i: s[0] for i, s in standings(numbers, reps, month_of(before_day, working), names=first).items() if s}
    delta = _deltas(numbers, managers, first, since, as_of)
    digests = {}
    for item in due:
        manager = people.get(item.recipient.id)
        if manager is None or not teams[manager.id]:
            continue
        team = teams[manager.id]
        digests[item.key] = ManagerDigest(
            key=item.key,
            to=item.recipient,
            language=item.language,
            as_of=as_of,
            data_through=numbers.data_through,
            subject=item.subscription,
            person=manager.id,
            name=manager.name,
            start=month.start,
            end=as_of + _DAY,
            days_left=month.left,
            members=len(team),
            totals=totals.get(manager.id, ()),
            behind=_behind(team, here),
            since=since,
            delta=delta.get(manager.id),
            newly_behind=_crossed(team, before, here),
            recovered=_crossed(team, here, before) if before else (),
            alerts=open_alerts([p.id for p in team]),
        )
    return digests


def leaderboard(
    numbers: Numbers, due: Due, spec: DigestSpec, as_of: dt.date, *, audience: Audience
) -> Leaderboard | None:
    """The first places of `spec.metric` this month, as everybody in the channel may see them; None without anybody."""
    people_id = numbers.model.people.id if numbers.model.people is not None else None
    if spec.metric is None or people_id is None:
        return None
    order = Order(descending=numbers.model.metrics[spec.metric].higher_is_better)
    query = Query(metrics=(spec.metric,), by=(people_id,), period=MONTH, rank=Rank(over=people_id), order=order)
    answer = numbers.answer(query, viewer=Viewer.for_system("leaderboard"), audience=audience, as_of=noon(as_of))
    places = []
    for row in range(len(answer.rows)):
        person, rank = cell(answer, "dimension", people_id, row), number(answer, "rank", "", row)
        if person is not None and rank is not None and rank <= spec.top:
            known = numbers.org.people.get(str(person))
            value = number(answer, "metric", spec.metric, row)
            places.append(
                Place(rank=int(rank), person=str(person), name=known.name if known else str(person), value=value)
            )
    if not places:
        return None
    window = next(
        (w for w in answer.receipt.windows if w.label == "current"),
        Window(label="current", start=None, end=as_of + _DAY),
    )
    return Leaderboard(
        key=due.key,
        to=due.recipient,
        language=due.language,
        as_of=as_of,
        data_through=numbers.data_through,
        subject=due.subscription,
        metric=spec.metric,
        unit=numbers.model.metrics[spec.metric].unit,
        start=window.start,
        end=window.end,
        places=tuple(sorted(places, key=lambda p: (p.rank, p.name))),
        n=len(answer.rows),
        query=query,
    )


_DAY = dt.timedelta(days=1)


def last_working_day(day: dt.date, working: Working) -> dt.date:
    """The newest working day at or before `day`; `day` itself when there is none for a month."""
    return next((day - n * _DAY for n in range(31) if working(day - n * _DAY)), day)


def _people(numbers: Numbers, due: Iterable[Due], today: dt.date) -> dict[str, Person]:
    wanted = {d.recipient.id for d in due}
    found = {i: numbers.org.people[i] for i in sorted(wanted) if i in numbers.org.people}
    return {i: p for i, p in found.items() if p.active(today, today + _DAY)}


def _deltas(
    numbers: Numbers, managers: Sequence[Person], names: Sequence[str], since: dt.date, as_of: dt.date
) -> Mapping[str, float | None]:
    if not managers or not names:
        return {}
    query = Query(metrics=tuple(names), scope="team", period=Between(start=since, end=as_of + _DAY))
    answers = numbers.answer_each(query, people=managers, as_of=noon(as_of))
    return {i: number(a, "metric", names[0]) for i, a in answers.items()}


def _behind(team: Sequence[Person], here: Mapping[str, Standing]) -> tuple[MemberLine, ...]:
    rows = [(p, here[p.id]) for p in team if p.id in here and here[p.id].state in ("behind", "at_risk")]
    rows.sort(key=lambda r: (r[1].pace if r[1].pace is not None else 0.0, r[0].name))
    return tuple(
        MemberLine(
            person=p.id,
            name=p.name,
            actual=s.actual,
            target=s.target,
            attainment=s.attainment,
            pace=s.pace,
            state=s.state,
        )
        for p, s in rows
    )


def _crossed(team: Sequence[Person], was: Mapping[str, Standing], became: Mapping[str, Standing]) -> tuple[str, ...]:
    """Names of those who were not behind in `was` and are in `became`; a state that is n/a on either side says
    nothing."""
    late = ("behind", "at_risk")
    return tuple(
        p.name
        for p in team
        if p.id in was and p.id in became and was[p.id].state in ("ahead", "on_track") and became[p.id].state in late
    )
