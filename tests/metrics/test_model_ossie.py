"""Our reading of Ossie 0.2 is exactly as strict as the published schema, which is read in place and never copied."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from claims import claim
from hypothesis import given, settings
from hypothesis import strategies as st
from model_workspace import MODEL, edit

from metrics.errors import ModelError
from metrics.model import load_ossie, read_yaml
from metrics.model.ossie import structure_problems
from metrics.model.yaml_file import LocatedYaml


@pytest.fixture(scope="module")
def schema(shared_dir: Path) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads((shared_dir / "ossie" / "ossie-schema.json").read_text()))


def accepted(document: Any) -> bool:
    return not structure_problems(LocatedYaml("model.yaml", document, {}))


@pytest.mark.parametrize("place", ["examples/crm/model.yaml", "examples/northstar/workspace/model.yaml"])
def test_our_models_are_ossie_models(place: str, root: Path, schema: jsonschema.Draft202012Validator) -> None:
    document = read_yaml(root / place).data
    assert [e.message for e in schema.iter_errors(document)] == []
    assert accepted(document)


def test_a_model_written_by_others_loads(shared_dir: Path) -> None:
    model = load_ossie(shared_dir / "ossie" / "tpcds_semantic_model.yaml")
    assert list(model.metrics) == [
        "total_sales",
        "total_profit",
        "customer_lifetime_value",
        "sales_by_brand",
        "store_productivity",
    ]
    assert model.metrics["total_sales"].expression == "SUM(store_sales.ss_ext_sales_price)"
    assert model.metrics["total_sales"].additive and not model.metrics["store_productivity"].additive
    assert "total revenue" in model.metrics["total_sales"].synonyms
    assert model.datasets["store_sales"].table == "store_sales"
    assert model.datasets["store_sales"].primary_key == ("ss_item_sk", "ss_ticket_number")
    assert {r.target for r in model.relationships} == {"date_dim", "customer", "item", "store"}
    assert model.fields["date_dim.d_date"].is_time, "temporal by its datatype"
    assert model.fields["date_dim.d_year"].is_time, "temporal because it says so"
    assert model.fields["item.i_brand"].dimension and not model.fields["item.i_brand"].is_time
    assert not model.fields["store_sales.ss_quantity"].dimension


# --- the same verdict on broken documents ----------------------------------------------------------------------------

_SPARE: list[Any] = [
    None,
    1,
    0.5,
    True,
    "",
    "x",
    "ANSI_SQL",
    "String",
    "0.2.0.dev0",
    [],
    ["x"],
    [1],
    {},
    {"x": 1},
    {"synonyms": ["a"]},
    {"synonyms": [1]},
]
_KEYS = [
    "name",
    "expression",
    "dialects",
    "dialect",
    "is_time",
    "fields",
    "unknown",
    "ai_context",
    "datatype",
    "primary_key",
    "unique_keys",
]


def _places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(p for k, v in inner for p in _places(v, (*path, k)))]


def _mutate(document: Any, draw: random.Random) -> Any:
    """One change somewhere: a value replaced, a key or item removed, a key added."""
    document = copy.deepcopy(document)
    path = draw.choice(_places(document)[1:])
    parent = document
    for step in path[:-1]:
        parent = parent[step]
    kind = draw.randrange(4)
    if kind == 0:
        parent[path[-1]] = copy.deepcopy(draw.choice(_SPARE))
    elif kind == 1:
        del parent[path[-1]]
    elif isinstance(parent[path[-1]], dict):
        parent[path[-1]][draw.choice(_KEYS)] = copy.deepcopy(draw.choice(_SPARE))
    elif isinstance(parent[path[-1]], list):
        parent[path[-1]].append(copy.deepcopy(draw.choice(_SPARE)))
    else:
        parent[path[-1]] = copy.deepcopy(draw.choice(_SPARE))
    return document


_RICH: dict[str, Any] = {
    "version": "0.2.0.dev0",
    "dialects": ["ANSI_SQL", "DAX"],
    "vendors": ["DBT"],
    "semantic_model": [
        {
            "name": "m",
            "description": "d",
            "ai_context": {"instructions": "i", "synonyms": ["s"], "examples": ["e"], "more": 1},
            "datasets": [
                {
                    "name": "a",
                    "source": "db.s.a",
                    "primary_key": ["id"],
                    "unique_keys": [["id"], ["x", "y"]],
                    "fields": [
                        {
                            "name": "id",
                            "label": "l",
                            "expression": {"dialects": [{"dialect": "ANSI_SQL", "expression": "id"}]},
                            "dimension": {"is_time": False},
                            "datatype": "Integer",
                            "ai_context": "plain words",
                            "custom_extensions": [{"vendor_name": "DBT", "data": "{}"}],
                        },
                    ],
                },
            ],
            "relationships": [
                {"name": "r", "from": "a", "to": "a", "from_columns": ["id"], "to_columns": ["id"], "ai_context": "r"}
            ],
            "metrics": [
                {
                    "name": "n",
                    "datatype": "Decimal",
                    "expression": {"dialects": [{"dialect": "DAX", "expression": "SUM(a.id)"}]},
                },
            ],
            "custom_extensions": [{"vendor_name": "X", "data": ""}],
        },
    ],
}


@settings(max_examples=800, deadline=None)
@given(seed=st.integers(0, 10**9), changes=st.integers(1, 3))
def test_the_same_verdict_as_the_schema(schema: jsonschema.Draft202012Validator, seed: int, changes: int) -> None:
    draw = random.Random(seed)
    document: Any = _RICH
    for _ in range(changes):
        if len(_places(document)) > 1:
            document = _mutate(document, draw)
    assert accepted(document) == schema.is_valid(document), json.dumps(document)
    claim()


def test_the_rich_document_is_accepted_by_both(schema: jsonschema.Draft202012Validator) -> None:
    assert accepted(_RICH) and schema.is_valid(_RICH)


def test_one_semantic_model_a_file(tmp_path: Path) -> None:
    file = tmp_path / "model.yaml"
    file.write_text('version: "0.2.0.dev0"\nsemantic_model: []\n')
    with pytest.raises(ModelError, match="holds 0 semantic models"):
        load_ossie(file)


def test_a_wrong_version_does_not_hide_other_problems(tmp_path: Path) -> None:
    file = tmp_path / "model.yaml"
    file.write_text(edit(edit(MODEL, "0.2.0.dev0", "0.3"), "source: reps", "sauce: reps"))
    with pytest.raises(ModelError) as caught:
        load_ossie(file)
    assert {p.key for p in caught.value.problems} >= {"version", "semantic_model.shop.datasets.reps.sauce"}
