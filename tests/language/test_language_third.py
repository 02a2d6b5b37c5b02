"""A third language is a folder with forms of constructions by their names: nothing else knows that there is one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from metrics.model.schema import Model
from metrics.query.asked import Asked
from nlq.reader.constructions import grammar
from nlq.reader.lexicon import Lexicon
from nlq.reader.read import read
from nlq.reader.saying import said

ES = str(Path(__file__).parent / "es")
LABELS = {
    "sales": "ventas",
    "visits": "visitas",
    "calls": "llamadas",
    "win_rate": "tasa de éxito",
    "reps.region": "región",
    "customers.customer": "clientes",
    "customers.industry": "sector",
    "products.product_line": "línea de producto",
}


def named(kind: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, **more}


SALES, VISITS, CALLS = (named("metric", name=n) for n in ("sales", "visits", "calls"))
MONTH, YEAR = named("units", unit="month"), named("units", unit="year")
LAST_MONTH, QUARTER = named("units", unit="month", offset=-1), named("units", unit="quarter")
BEST = {"by": SALES, "descending": True}
VERSUS = [SALES, *(named(kind, of=SALES, to="year_ago") for kind in ("before", "change", "growth"))]

# who asks, what, and what that is
QUESTIONS = [
    ("Olive Qian", "ventas de este mes por región", {"show": [SALES], "by": ["reps.region"], "period": MONTH}),
    ("Kevin Wang", "mis ventas", {"show": [SALES], "period": MONTH, "scope": "me"}),
    ("Olive Qian", "los 5 mejores clientes este trimestre",
     {"show": [SALES], "by": ["customers.customer"], "period": QUARTER, "order": [BEST], "limit": 5}),
    ("Olive Qian", "visitas y llamadas por vendedor el mes pasado",
     {"show": [VISITS, CALLS], "by": ["reps.name"], "period": LAST_MONTH}),
    ("Olive Qian", "¿Cuáles fueron las ventas de ayer?",
     {"show": [SALES], "period": named("units", unit="day", offset=-1)}),
    ("Grace Liu", "ventas de mi equipo este año", {"show": [SALES], "period": YEAR, "scope": "team"}),
    ("Olive Qian", "ventas por mes este año", {"show": [SALES], "by": ["month"], "period": YEAR}),
    ("Olive Qian", "quién vendió más este mes",
     {"show": [SALES], "by": ["reps.name"], "period": MONTH, "order": [BEST], "limit": 1}),
    ("Olive Qian", "qué región tiene menos visitas este mes",
     {"show": [VISITS], "by": ["reps.region"], "period": MONTH, "order": [{"by": VISITS, "descending": False}],
      "limit": 1}),
    ("Olive Qian", "ventas de East el año pasado",
     {"show": [SALES], "period": named("units", unit="year", offset=-1),
      "where": named("in", field="reps.region", values=["East"])}),
    ("Olive Qian", "vendedores con menos de 10 visitas este mes",
     {"show": [VISITS], "by": ["reps.name"], "period": MONTH,
      "having": named("test", of=VISITS, op="lt", value=10)}),
    ("Olive Qian", "ventas de este mes frente a hace un año", {"show": VERSUS, "period": MONTH}),
    ("Olive Qian", "por favor, ventas por sector y línea de producto este trimestre",
     {"show": [SALES], "by": ["customers.industry", "products.product_line"], "period": QUARTER}),
]  # fmt: skip


def in_spanish(model: Model) -> Model:
    """With what the company calls things, which is of its model."""
    metrics = {
        n: replace(m, labels={**m.labels, "es": LABELS[n]}) if n in LABELS else m for n, m in model.metrics.items()
    }
    datasets = {}
    for name, dataset in model.datasets.items():
        fields = {
            n: replace(f, labels={**f.labels, "es": LABELS[f.id]}) if f.id in LABELS else f
            for n, f in dataset.fields.items()
        }
        datasets[name] = replace(dataset, fields=fields)
    return replace(model, metrics=metrics, datasets=datasets)


@pytest.fixture(scope="module")
def spanish(reader: Any) -> Lexicon:
    metrics = reader.metrics
    return Lexicon.build(in_spanish(metrics.model), metrics.members, metrics.org, (ES,))


@pytest.mark.parametrize(("who", "text", "means"), QUESTIONS, ids=[text for _, text, _ in QUESTIONS])
def test_questions_are_read_and_said_back(who: str, text: str, means: Any, spanish: Lexicon) -> None:
    wanted = Asked.model_validate(means)
    assert [f.meaning for f in read(text, spanish, asker=spanish.org.find(who)).near] == [wanted]
    told = said(wanted, spanish, "es")
    assert [f.meaning for f in read(told, spanish).near] == [wanted]
    english = set(said(wanted, spanish, "en").casefold().split()) - set(text.casefold().split())
    assert not english & set(told.casefold().split()), told


def test_english_and_chinese_are_read_as_before(spanish: Lexicon) -> None:
    for text in ("sales by region this month", "本月各区域销售额", "ventas by region este mes"):
        (found,) = read(text, spanish).near
        assert found.meaning == Asked.model_validate({"show": [SALES], "by": ["reps.region"], "period": MONTH}), text


def test_forms_of_what_is_no_construction_are_refused(tmp_path: Path) -> None:
    (tmp_path / "forms.yaml").write_text("this_mnoth: [ce mois]", encoding="utf-8")
    with pytest.raises(AssertionError, match="this_mnoth"):
        grammar((str(tmp_path),))
