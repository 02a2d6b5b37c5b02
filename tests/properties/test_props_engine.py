"""What must hold for every query: a narrower viewer never sees more, parts sum to the whole, JSON round-trips,
everybody's own answer is the same asked alone or all at once, and nothing but a UserError is ever raised."""

from __future__ import annotations

import datetime as dt
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from claims import claim
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.wording.catalogue import REPLIES, catalogue, languages
from metrics import Answer, Audience, Metrics, Query, StaleData, UserError, Viewer

sys.path.append(str(Path(__file__).parent.parent / "world"))
engine_world = importlib.import_module("engine_world")

METRICS = (
    "revenue",
    "wins",
    "losses",
    "win_rate",
    "average_deal",
    "cycle",
    "biggest",
    "buyers",
    "new_deals",
    "open_deals",
    "idle_days",
    "units",
    "collected",
    "collection_rate",
    "phone_revenue",
    "revenue_by_workday",
)
SUMS = ("revenue", "wins", "losses", "collected", "units", "new_deals")
SNAPSHOTS = ("open_deals", "idle_days")  # as of today: of no period
PRIVATE_SUMS = tuple(m for m in SUMS if m != "wins")  # whose ranking by person is not public
FIELDS = (
    "reps.rep_id",
    "reps.name",
    "reps.team",
    "reps.region",
    "customers.customer",
    "customers.tier",
    "products.product",
    "products.series",
    "deals.stage",
)
MEMBERS = {
    "reps.rep_id": ("r1", "r3", "r6"),
    "reps.team": ("Alpha", "Beta"),
    "reps.region": ("North", "South"),
    "customers.customer": ("Acme", "Bolt", None),
    "customers.tier": ("key", None),
    "products.series": ("Mobile", "Wheels"),
}
PEOPLE = ("r1", "r2", "r3", "r4", "r5", "r6", "m1", "m2", "head", "lead", "ops")
VIEWERS = ("ops", "head", "m2", "m1", "r3", "r1", "lead", "r2")  # those with many rows
FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

dates = st.dates(dt.date(2022, 12, 1), dt.date(2024, 6, 1))
plain_periods = st.one_of(
    st.builds(
        lambda u, o, c, t: {"kind": "relative", "unit": u, "offset": o, "count": c, "to_date": t},
        st.sampled_from(["day", "week", "month", "quarter", "half", "year"]),
        st.integers(-3, 1),
        st.integers(1, 3),
        st.booleans(),
    ),
    st.builds(
        lambda u, c: {"kind": "rolling", "unit": u, "count": c},
        st.sampled_from(["day", "week", "month", "quarter"]),
        st.integers(1, 14),
    ),
    st.builds(
        lambda i, y: {"kind": "named", "unit": "month", "index": i, "year": y},
        st.integers(1, 12),
        st.sampled_from([None, 2023, 2024]),
    ),
    st.builds(
        lambda i, y: {"kind": "named", "unit": "quarter", "index": i, "year": y},
        st.integers(1, 4),
        st.sampled_from([None, 2024]),
    ),
    st.builds(
        lambda a, n: {"kind": "between", "start": str(a), "end": str(a + dt.timedelta(days=n))},
        dates,
        st.integers(1, 200),
    ),
)
periods = st.one_of(st.just({"kind": "all"}), plain_periods, plain_periods.map(lambda p: {"kind": "year_ago", "of": p}))
filters = st.sampled_from(sorted(MEMBERS)).flatmap(
    lambda f: st.fixed_dictionaries(
        {
            "field": st.just(f),
            "op": st.sampled_from(["in", "not_in"]),
            "values": st.lists(st.sampled_from(MEMBERS[f]), min_size=1, max_size=2),
        }
    )
)


ABOVE = {
    "r1": ["m1", "head", "ops"],
    "r2": ["m1", "head", "ops"],
    "r3": ["m2", "head", "lead", "ops"],
    "r6": ["m2", "head", "lead", "ops"],
}


@st.composite
def channels(draw: st.DrawFn) -> list[str]:
    """Two to four people, the one who asks first: mostly such that all may see somebody, sometimes anybody."""
    if draw(st.sampled_from([False] * 6 + [True])):
        return draw(st.lists(st.sampled_from(PEOPLE), min_size=2, max_size=4, unique=True))
    rep = draw(st.sampled_from(sorted(ABOVE)))
    with_rep = [rep] if draw(st.booleans()) else []
    above = draw(st.lists(st.sampled_from(ABOVE[rep]), min_size=2 - len(with_rep), max_size=3, unique=True))
    return draw(st.permutations(with_rep + above))


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), st.none(), strategy)


@st.composite
def queries(draw: st.DrawFn) -> Query:
    """Any query that the contract admits; many mean nothing, and must be refused in so many words."""
    metrics = draw(st.lists(st.sampled_from(METRICS), min_size=1, max_size=3, unique=True))
    made: dict[str, Any] = {
        "metrics": metrics,
        "by": draw(st.lists(st.sampled_from(FIELDS), max_size=2, unique=True)),
        "grain": draw(maybe(st.sampled_from(["day", "week", "month", "quarter", "year"]))),
        "period": draw(periods),
        "scope": draw(st.sampled_from(["all", "all", "all", "me", "team", "region"])),
        "where": draw(st.lists(filters, max_size=2)),
        "having": draw(
            st.lists(
                st.builds(
                    lambda m, o, op, v: {"metric": m, "of": o, "op": op, "value": v, "upper": v + 100},
                    st.sampled_from(metrics),
                    st.sampled_from(["value", "change", "change_pct", "attainment", "share", "benchmark"]),
                    st.sampled_from(["lt", "le", "gt", "ge", "eq", "ne", "between"]),
                    st.floats(-5, 500).map(lambda v: round(v, 2)),
                ),
                max_size=1,
            )
        ),
        "compare": draw(
            maybe(st.one_of(st.sampled_from(["previous", "year_ago"]), plain_periods).map(lambda t: {"to": t}))
        ),
        "order": draw(
            maybe(
                st.builds(
                    lambda b, d: {"by": b, "descending": d},
                    st.sampled_from(["value", "change", "change_pct", "share", "attainment", "dimension", "time"]),
                    st.booleans(),
                )
            )
        ),
        "limit": draw(maybe(st.integers(1, 5))),
        "rank": draw(
            maybe(
                st.builds(
                    lambda o, m, w: {"over": o, "member": m, "within": w},
                    st.sampled_from(["reps.name", "reps.rep_id", "reps.team", "products.product"]),
                    st.sampled_from([None, "@me", "Chen Yu", "Alpha"]),
                    st.sampled_from(["all", "team", "region", "me"]),
                )
            )
        ),
        "share": draw(
            maybe(st.fixed_dictionaries({"together": st.booleans(), "reach": maybe(st.sampled_from([0.5, 0.8]))}))
        ),
        "target": draw(maybe(st.sampled_from([{}, {"amount": 100}]))),
        "benchmark": draw(maybe(st.sampled_from([{"of": "team"}, {"of": "all"}, {"of": "region"}]))),
        "tally": draw(st.sampled_from([False, False, True])),
        "everyone": draw(st.sampled_from([False, False, True])),
    }
    return Query.model_validate(made)


whole_periods = st.sampled_from(
    [
        {"kind": "all"},
        {"kind": "relative", "unit": "year"},
        {"kind": "relative", "unit": "quarter", "offset": -1},
        {"kind": "named", "unit": "year", "year": 2023},
        {"kind": "rolling", "unit": "month", "count": 14},
        {"kind": "between", "start": "2023-10-01", "end": "2024-03-01"},
    ]
)
most_periods = st.sampled_from([*[whole_periods] * 4, periods]).flatmap(lambda chosen: chosen)  # most have rows


@st.composite
def plain(draw: st.DrawFn, by: st.SearchStrategy[list[str]], names: tuple[str, ...] = METRICS) -> dict[str, Any]:
    """The parts of a query of the kind that people ask: most of them are answered, most answers have rows."""
    metrics = draw(st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True))
    fields = draw(by)
    shape = draw(st.sampled_from(["", "", "order", "having", "compare" if not fields else "order"]))
    more: dict[str, Any] = {}
    if shape == "order" and fields:
        more = {"order": {"by": "value", "descending": draw(st.booleans())}, "limit": draw(maybe(st.integers(2, 5)))}
    if shape == "having" and fields:
        more = {"having": [{"metric": metrics[0], "op": draw(st.sampled_from(["ge", "lt"])), "value": 1}]}
    if shape == "compare":
        more = {"compare": {"to": draw(st.sampled_from(["previous", "year_ago"]))}}
    where = [draw(filters)] if draw(st.sampled_from([False] * 4 + [True])) else []
    return {"metrics": metrics, "by": fields, "period": draw(whole_periods), "where": where} | more


@st.composite
def by_person(draw: st.DrawFn) -> Query:
    """Numbers by rep, of metrics that are on no public leaderboard."""
    others = st.lists(st.sampled_from(("reps.name", "customers.customer", "customers.tier")), max_size=1)
    names = tuple(m for m in METRICS if m not in ("wins", *SNAPSHOTS))
    made = draw(plain(others.map(lambda more: ["reps.rep_id", *more]), names))
    wide = st.sampled_from([{"kind": "all"}, {"kind": "all"}, {"kind": "rolling", "unit": "month", "count": 14}])
    return Query.model_validate(made | {"period": draw(wide), "having": []})


@pytest.fixture(scope="module")
def metrics(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Metrics]:
    opened = Metrics.open(engine_world.build(tmp_path_factory.mktemp("props")))
    yield opened
    opened.close()


def tried(metrics: Metrics, query: Query, who: str, audience: Audience | None = None) -> Answer | None:
    try:
        answer: Answer = engine_world.ask(metrics, query, who, audience=audience)
    except UserError:
        return None
    return answer


@given(query=queries())
def test_json_round_trip(query: Query) -> None:
    assert Query.model_validate_json(query.to_json()) == query
    claim()


@settings(FEW, max_examples=300)
@given(query=queries(), who=st.sampled_from(PEOPLE))
def test_every_query_is_answered_or_refused_in_words(metrics: Metrics, query: Query, who: str) -> None:
    try:
        answer: Answer = engine_world.ask(metrics, query, who)
    except UserError as error:
        assert all(f"error.{error.code}" in catalogue(language, REPLIES) for language in languages()), error.code
    else:
        assert all(len(row) == len(answer.columns) for row in answer.rows)
        assert len({c.name for c in answer.columns}) == len(answer.columns)
        assert answer.query == query
    claim()


@FEW
@given(
    metric=st.sampled_from(PRIVATE_SUMS),
    by=st.lists(st.sampled_from([f for f in FIELDS if f != "deals.stage"]), min_size=1, max_size=2, unique=True),
    period=most_periods,
    who=st.sampled_from(VIEWERS),
)
def test_parts_sum_to_the_whole(metrics: Metrics, metric: str, by: list[str], period: dict[str, Any], who: str) -> None:
    whole = tried(metrics, Query.model_validate({"metrics": [metric], "period": period}), who)
    parts = tried(metrics, Query.model_validate({"metrics": [metric], "period": period, "by": by}), who)
    if whole is None or parts is None or whole.rows[0][0] is None:
        return
    assert sum(row[-1] for row in parts.rows) == pytest.approx(whole.rows[0][0])  # type: ignore[arg-type, misc]
    claim()


@FEW
@given(metric=st.sampled_from(SUMS), grain=st.sampled_from(["day", "week", "month", "quarter"]), period=most_periods)
def test_buckets_sum_to_the_whole(metrics: Metrics, metric: str, grain: str, period: dict[str, Any]) -> None:
    whole = tried(metrics, Query.model_validate({"metrics": [metric], "period": period}), "ops")
    trend = tried(metrics, Query.model_validate({"metrics": [metric], "period": period, "grain": grain}), "ops")
    if whole is None or trend is None or whole.rows[0][0] is None or trend.receipt.truncated:
        return
    assert sum(row[-1] for row in trend.rows) == pytest.approx(whole.rows[0][0])  # type: ignore[arg-type, misc]
    claim()


NARROWER = (("r1", "m1"), ("m1", "head"), ("head", "ops"), ("r3", "lead"), ("lead", "ops"), ("r6", "m2"))


@FEW
@given(
    metric=st.sampled_from(SUMS),
    by=st.lists(st.sampled_from([f for f in FIELDS if f != "deals.stage"]), max_size=1),
    period=most_periods,
    pair=st.sampled_from(NARROWER),
)
def test_a_narrower_viewer_never_sees_more(
    metrics: Metrics, metric: str, by: list[str], period: dict[str, Any], pair: tuple[str, str]
) -> None:
    query = Query.model_validate({"metrics": [metric], "by": by, "period": period})
    few, many = tried(metrics, query, pair[0]), tried(metrics, query, pair[1])
    if few is None or many is None:
        return
    wider: dict[tuple[object, ...], list[Any]] = {}
    for row in many.rows:
        wider.setdefault(row[:-1], []).append(row[-1])
    for row in few.rows:
        assert row[:-1] in wider
        assert row[-1] is None or row[-1] <= max((v for v in wider[row[:-1]] if v is not None), default=0)
        claim()


@FEW
@given(query=by_person(), members=channels())
def test_a_channel_shows_what_the_least_of_its_members_may_see(
    metrics: Metrics, query: Query, members: list[str]
) -> None:
    """No name of a person leaves for a channel in which somebody may not see them, but on a public leaderboard."""
    answer = tried(metrics, query, members[0], Audience.channel([metrics.org.people[p] for p in members]))
    if answer is None:
        return
    seen = [set(metrics.org.people) if p == "ops" else _seen(metrics, p) for p in members]
    allowed = set.intersection(*seen)
    places = [i for i, c in enumerate(answer.columns) if c.name == "reps.rep_id"]
    assert all(row[i] in allowed | {"(none)"} for row in answer.rows for i in places)
    if places and answer.rows:
        claim()


def _seen(metrics: Metrics, who: str) -> set[str]:
    if who == "lead":
        return {p.id for p in metrics.org.people.values() if p.region == "South"} | {"lead"}
    return set(metrics.org.subtree(who))


@st.composite
def personal(draw: st.DrawFn) -> Query:
    """What a digest asks for everybody at once: own numbers, the team's, one's rank."""
    if draw(st.sampled_from([False] * 3 + [True])):
        made = draw(queries()).model_dump() | {"benchmark": None, "tally": False, "share": None, "rank": None}
    else:
        made = draw(plain(st.lists(st.sampled_from(FIELDS), max_size=1)))
    made["scope"] = draw(st.sampled_from(["me", "team"]))
    if draw(st.booleans()):
        rank = {"over": "reps.name", "member": "@me", "within": draw(st.sampled_from(["all", "team", "region"]))}
        made = {"metrics": made["metrics"][:1], "period": made["period"], "rank": rank}
    return Query.model_validate(made)


@settings(FEW, max_examples=150)
@given(query=personal())
def test_asked_for_everybody_is_what_each_is_answered(metrics: Metrics, query: Query) -> None:
    people = list(metrics.org.people.values())
    try:
        each = metrics.answer_each(query, people=people, as_of=engine_world.AS_OF)
    except StaleData:
        assert all(tried(metrics, query, p.id) is None for p in people)
        return
    for person in people:
        try:
            alone = metrics.answer(
                query, viewer=Viewer.of(person), audience=Audience.only_viewer(), as_of=engine_world.AS_OF
            )
        except UserError:
            assert person.id not in each
            continue
        got = each[person.id]
        assert (got.columns, got.rows, got.notes) == (alone.columns, alone.rows, alone.notes), person.id
        assert (got.receipt.windows, got.receipt.conditions, got.receipt.restricted) == (
            alone.receipt.windows,
            alone.receipt.conditions,
            alone.receipt.restricted,
        )
        claim()
