"""A tiny organisation with numbers kept in plain lists, behind the same methods as `metrics.Metrics`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from zoneinfo import ZoneInfo

from metrics.calendar.workdays import is_working_day
from metrics.model.schema import Access, Calendar, Metric, Model, PeopleFields, TargetFields
from metrics.people import Audience, Org, Person, Viewer
from metrics.plan.lateness import is_late
from metrics.query import Between, Query
from metrics.query.answer import Answer, Column, Receipt, Window
from schedules.messages import Message

UTC = dt.UTC
CALENDAR = Calendar(timezone="Europe/Berlin", holidays="", days_off=frozenset({dt.date(2026, 3, 17)}))


def people() -> dict[str, Person]:
    def rep(pid: str, name: str, team: str, region: str, boss: str, **more: object) -> Person:
        return replace(Person(pid, name, team=team, region=region, manager_id=boss), **more)  # type: ignore[arg-type]

    rows = [
        Person("boss", "Olga Boss", role="lead", sells=False, sees="all"),
        Person("m1", "Max One", role="manager", manager_id="boss", team="T1", region="East", sells=False),
        Person(
            "m2", "Mia Two", role="manager", manager_id="boss", team="T2", region="West", sells=False, language="zh"
        ),
        rep("a", "Anna", "T1", "East", "m1"),
        rep("b", "Ben", "T1", "East", "m1", timezone="America/New_York"),
        rep("c", "陈晨", "T2", "West", "m2", timezone="Asia/Shanghai", language="zh"),
        rep("d", "Dora", "T2", "West", "m2"),
        rep("gone", "Gone", "T2", "West", "m2", active_to=dt.date(2026, 3, 10)),
        Person("ops", "Olli Ops", role="ops", sells=False, sees="all"),
    ]
    return {p.id: p for p in rows}


def model(visibility: str = "org_tree") -> Model:
    metrics = {
        "sales": Metric(
            "sales",
            "SUM(deals.amount)",
            labels={"en": "Sales", "zh": "销售额"},
            synonyms=("revenue", "业绩"),
            unit="currency:EUR",
            has_target=True,
            time={"deals": "deals.day"},
        ),
        "visits": Metric(
            "visits",
            "COUNT(visits.id)",
            labels={"en": "Visits", "zh": "拜访"},
            unit="count",
            time={"visits": "visits.day"},
        ),
        "win_rate": Metric(
            "win_rate",
            "SUM(won)/SUM(closed)",
            labels={"en": "Win rate", "zh": "赢单率"},
            unit="percent",
            additive=False,
            time={"deals": "deals.day"},
        ),
    }
    return Model(
        name="tiny",
        datasets={},
        relationships=(),
        metrics=metrics,
        people=PeopleFields("reps", "reps.id", "reps.name", team="reps.team", region="reps.region"),
        access=Access(visibility, {"deals": "deals.rep"}, public_leaderboards=("sales",)),
        calendar=CALENDAR,
        targets=TargetFields("quotas", "quotas.rep", "quotas.month", "quotas.metric", "quotas.amount"),
        default_metric="sales",
        scorecard=("sales", "win_rate"),
        languages=("en", "zh"),
    )


@dataclass
class FakeNumbers:
    """`values[(metric, person)]` and `targets[(metric, person)]`: whatever the test says holds now."""

    values: dict[tuple[str, str], float | None] = field(default_factory=dict)
    targets: dict[tuple[str, str], float] = field(default_factory=dict)
    data_through: dt.date | None = None
    data_version: str | None = "v1"
    late: list[tuple[str, dt.date | None]] = field(default_factory=list)
    calls: list[Query] = field(default_factory=list)
    model: Model = field(default_factory=model)
    org: Org = field(default_factory=lambda: Org(people()))

    def stale(self, as_of: dt.datetime) -> list[tuple[str, dt.date | None]]:
        day = as_of.astimezone(ZoneInfo(self.model.calendar.timezone)).date()
        working = partial(is_working_day, calendar=self.model.calendar)
        return [(n, t) for n, t in self.late if t is None or is_late(t, day, after=1, is_workday=working)]

    def _total(self, metric: str, ids: Sequence[str], table: Mapping[tuple[str, str], float | None]) -> float | None:
        found = [v for i in ids if (v := table.get((metric, i))) is not None]
        return sum(found) if found else None

    def _answer(
        self, query: Query, rows: list[tuple[object, ...]], columns: list[Column], as_of: dt.datetime
    ) -> Answer:
        end = as_of.date() + dt.timedelta(days=1)
        start = query.period.start if isinstance(query.period, Between) else as_of.date().replace(day=1)
        receipt = Receipt(
            metrics=(),
            windows=(Window(label="current", start=start, end=end),),
            as_of=as_of,
            data_through=self.data_through,
            data_version=self.data_version or "",
            sql="",
        )
        return Answer(query=query, columns=tuple(columns), rows=tuple(rows), receipt=receipt)  # type: ignore[arg-type]

    def answer_each(self, query: Query, *, people: Sequence[Person], as_of: dt.datetime) -> dict[str, Answer]:
        self.calls.append(query)
        found = {}
        for person in people:
            if query.rank is not None:
                peers = [
                    p
                    for p in self.org.people.values()
                    if p.sells and p.active(as_of.date(), as_of.date() + dt.timedelta(1))
                ]
                if query.rank.within == "team":
                    peers = [p for p in peers if p.team == person.team]
                mine = self.values.get((query.metrics[0], person.id))
                others = [self.values.get((query.metrics[0], p.id)) or 0 for p in peers]
                rank = None if mine is None else 1 + sum(v > mine for v in others)
                columns = [Column(name="rank", role="rank"), Column(name="n", role="n")]
                found[person.id] = self._answer(query, [(rank, len(peers))], columns, as_of)
                continue
            ids = [person.id] if query.scope == "me" else sorted(self.org.subtree(person.id))
            columns, row = [], []
            for m in query.metrics:
                columns.append(Column(name=m, role="metric", of=m))
                row.append(self._total(m, ids, self.values))
                if query.target is not None:
                    columns.append(Column(name=m + "_target", role="target", of=m))
                    row.append(self._total(m, ids, self.targets))
                if query.compare is not None:
                    columns.append(Column(name=m + "_change", role="change", of=m))
                    row.append(None)
            found[person.id] = self._answer(query, [tuple(row)], columns, as_of)
        return found

    def answer(self, query: Query, *, viewer: Viewer, audience: Audience, as_of: dt.datetime) -> Answer:
        self.calls.append(query)
        m = query.metrics[0]
        chosen = [p for p in self.org.people.values() if p.sells]
        for f in query.where:
            chosen = [p for p in chosen if getattr(p, f.field.rsplit(".", 1)[-1]) in f.values]
        if query.rank is not None:
            rows = [(p.id, self.values[m, p.id]) for p in chosen if self.values.get((m, p.id)) is not None]
            ranked = [(i, v, 1 + sum(w > v for _, w in rows)) for i, v in sorted(rows, key=lambda r: -r[1])]  # type: ignore[operator]
            columns = [
                Column(name="reps.id", role="dimension", of="reps.id"),
                Column(name=m, role="metric", of=m),
                Column(name="rank", role="rank"),
            ]
            return self._answer(query, list(ranked), columns, as_of)
        groups = (
            {p.team: [q.id for q in chosen if q.team == p.team] for p in chosen}
            if query.by
            else {"": [p.id for p in chosen]}
        )
        rows2 = [
            (t, self._total(m, ids, self.values), self._total(m, ids, self.targets))
            for t, ids in sorted(groups.items())
        ]
        columns = [
            Column(name="reps.team", role="dimension", of="reps.team"),
            Column(name=m, role="metric", of=m),
            Column(name="t", role="target", of=m),
        ]
        return self._answer(query, list(rows2), columns, as_of)


@dataclass
class ListDeliver:
    """Keeps what was sent; `fail` is raised for the next sends."""

    sent: list[Message] = field(default_factory=list)
    fail: list[Exception] = field(default_factory=list)
    found: int = 0

    async def send(self, message: Message) -> str:
        if self.fail:
            raise self.fail.pop(0)
        self.sent.append(message)
        return f"ref-{len(self.sent)}"

    async def find(self, message: Message) -> str | None:
        self.found += 1
        return next((f"ref-{i + 1}" for i, m in enumerate(self.sent) if m.key == message.key), None)
