"""Hand-made answers over a small hand-made model, so that rendering is tested without a store."""

from __future__ import annotations

import datetime as dt

from metrics.model.schema import Calendar, Dataset, Field, Metric, Model, PeopleFields, Relationship
from metrics.people import Org, Person
from metrics.query import Query
from metrics.query.answer import Answer, Cell, Column, MetricNote, Note, Receipt, Window

AS_OF = dt.datetime(2026, 11, 22, 23, 59, 59, tzinfo=dt.UTC)
THROUGH = dt.date(2026, 11, 22)
NOVEMBER = Window(label="current", start=dt.date(2026, 11, 1), end=dt.date(2026, 11, 23), cut=True)
OCTOBER = Window(label="previous", start=dt.date(2026, 10, 1), end=dt.date(2026, 10, 23))

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
        Metric(
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
        Metric(
            "win_rate",
            "SUM(deals.won) / COUNT(deals.id)",
            labels={"en": "Win rate", "zh": "赢单率"},
            unit="percent",
            time={"deals": "deals.day"},
        ),
        Metric(
            "cycle",
            "AVG(deals.days)",
            labels={"en": "Cycle"},
            unit="days",
            higher_is_better=False,
            time={"deals": "deals.day"},
        ),
        Metric("open_deals", "COUNT(deals.id)", unit="count", snapshot=True),
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


def answer(
    query: Query,
    columns: list[tuple[str, str, str]],
    rows: list[tuple[Cell, ...]],
    *,
    notes: tuple[Note, ...] = (),
    windows: tuple[Window, ...] = (NOVEMBER,),
    restricted: str = "",
) -> Answer:
    """`columns`: (role, of, unit) each."""
    made = [Column(name=f"c{i}_{role}", role=role, of=of, unit=unit) for i, (role, of, unit) in enumerate(columns)]  # type: ignore[arg-type]
    model = small_model()
    return Answer(
        query=query,
        columns=tuple(made),
        rows=tuple(rows),
        notes=notes,
        receipt=Receipt(
            metrics=tuple(
                MetricNote(
                    name=m,
                    version=model.metrics[m].version,
                    certified=model.metrics[m].certified,
                    expression=model.metrics[m].expression,
                )
                for m in query.metrics
            ),
            windows=windows,
            as_of=AS_OF,
            data_through=THROUGH,
            data_version="7",
            sql="SELECT 1",
            params={"p": 1},
            restricted=restricted,
        ),
    )
