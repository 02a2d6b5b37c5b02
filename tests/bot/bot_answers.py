"""Hand-made tables over a small hand-made model, so that rendering is tested without a store."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from bot.outcome import Outcome
from metrics.kinds.change import Before, Change, Growth
from metrics.kinds.metric import Metric
from metrics.kinds.place import Place, PlaceGap, PlaceOf, PlaceTies
from metrics.kinds.target import Attainment, Gap, Target
from metrics.model.schema import Calendar, Dataset, Field, Model, PeopleFields, Relationship
from metrics.model.schema import Metric as Definition
from metrics.people import Org, Person
from metrics.query.answer import Cell, Column, MetricNote, Note
from metrics.query.asked import Asked
from metrics.query.measure import Measure
from metrics.query.predicate import In
from metrics.query.table import Proof, Table, Taken
from metrics.query.when import Units

AS_OF = dt.datetime(2026, 11, 22, 23, 59, 59, tzinfo=dt.UTC)
THROUGH = dt.date(2026, 11, 22)
NOVEMBER = Taken(of="shown", start=dt.date(2026, 11, 1), end=dt.date(2026, 11, 23), cut=True)
OCTOBER = Taken(of="compared", start=dt.date(2026, 10, 1), end=dt.date(2026, 10, 23))

ANNA = Person("p1", "Anna Li", email="anna@acme.example", manager_id="m1", team="Red", region="East")
BEN = Person("p2", "Ben Ito", email="ben@acme.example", manager_id="m1", team="Red", region="East")
MAYA = Person("m1", "Maya Roth", email="maya@acme.example", role="manager", team="Red", region="East", sells=False)
ORG = Org({p.id: p for p in (ANNA, BEN, MAYA)})


def small_model() -> Model:
    def field(dataset: str, name: str, **more: object) -> Field:
        return Field(f"{dataset}.{name}", dataset, name, name, "String", dimension=True, **more)  # type: ignore[arg-type]

    deals = Dataset("deals", "deals", ("id",), {"id": Field("deals.id", "deals", "id", "id", "String")})
    products = Dataset(
        "products", "products", ("name",), {"name": field("products", "name", labels={"en": "Product", "zh": "产品"})}
    )
    reps = Dataset(
        "reps",
        "reps",
        ("id",),
        {
            "id": field("reps", "id", labels={"en": "Rep", "zh": "销售"}),
            "region": field("reps", "region", labels={"en": "Region", "zh": "区域"}),
            "team": field("reps", "team", labels={"en": "Team"}, synonyms=("团队",)),
        },
    )
    metrics = [
        Definition(
            "sales",
            "SUM(deals.amount)",
            "Value of deals won",
            labels={"en": "Sales", "zh": "销售额"},
            unit="currency:CNY",
            owner="Ops",
            version=3,
            certified=True,
            time={"deals": "deals.day"},
            has_target=True,
        ),
        Definition(
            "win_rate",
            "SUM(deals.won) / COUNT(deals.id)",
            labels={"en": "Win rate", "zh": "赢单率"},
            unit="percent",
            time={"deals": "deals.day"},
        ),
        Definition(
            "cycle",
            "AVG(deals.days)",
            labels={"en": "Cycle"},
            unit="days",
            higher_is_better=False,
            time={"deals": "deals.day"},
        ),
        Definition("open_deals", "COUNT(deals.id)", unit="count", snapshot=True),
    ]
    return Model(
        "acme",
        {d.name: d for d in (deals, products, reps)},
        (
            Relationship("deal_rep", "deals", "reps", ("rep",), ("id",)),
            Relationship("deal_product", "deals", "products", ("product",), ("name",)),
        ),
        {m.name: m for m in metrics},
        people=PeopleFields("reps", "reps.id", "reps.id", "reps.team", "reps.region"),
        calendar=Calendar("Asia/Shanghai"),
        default_metric="sales",
        languages=("en", "zh"),
        organisation="Acme",
    )


SALES, WIN_RATE, CYCLE, OPEN_DEALS = (Metric(name=n) for n in ("sales", "win_rate", "cycle", "open_deals"))
THIS_MONTH = Units(unit="month")


def compared(metric: Metric) -> tuple[Measure, ...]:
    return (metric, Before(of=metric), Change(of=metric), Growth(of=metric))


def aimed(metric: Metric) -> tuple[Measure, ...]:
    return (metric, *(kind(metric=metric.name) for kind in (Target, Attainment, Gap)))


def placed(member: str) -> tuple[Measure, ...]:
    own = {"of": SALES, "over": "reps.id", "member": member}
    return (SALES, Place(**own), PlaceOf(**own), PlaceTies(**own), PlaceGap(**own))


def only(field: str, *values: str | None, out: bool = False) -> In:
    return In(field=field, values=values, out=out)


def asked(*show: Measure, **parts: Any) -> Asked:
    """Of this month, where nothing else is said."""
    return Asked(show=show, **{"period": THIS_MONTH, **parts})


def table(
    question: Asked,
    rows: Sequence[tuple[Cell, ...]],
    *,
    notes: tuple[Note, ...] = (),
    windows: tuple[Taken, ...] = (NOVEMBER,),
    restricted: str = "",
    model: Model | None = None,
) -> Table:
    """Columns as the store would make them; the windows are of November."""
    model = model or small_model()
    keys = [Column(name=b, role="time" if b == question.grain else "dimension", of=b, unit="text") for b in question.by]
    shown = [
        Column(name=f"c{i}_{m.label()}", role=m.plays(), of=m.subject(), unit=m.unit(model))
        for i, m in enumerate(question.show)
    ]
    names = dict.fromkeys(m.subject() for m in question.show if m.subject() in model.metrics)
    proof = Proof(
        metrics=tuple(
            MetricNote(name=n, version=model.metrics[n].version, certified=True, expression=model.metrics[n].expression)
            for n in names
        ),
        windows=windows,
        as_of=AS_OF,
        data_through=THROUGH,
        data_version="7",
        sql="SELECT 1",
        params={"p": 1},
        restricted=restricted,
    )
    return Table(asked=question, columns=(*keys, *shown), rows=tuple(rows), notes=notes, proof=proof)


def answered(made: Table, language: str = "en", **more: Any) -> Outcome:
    return Outcome("answered", language, meaning=made.asked, table=made, **more)
