"""`model.yaml`: an Apache Ossie 0.2 semantic model. Its structure, as strict as the published schema, and its parts.

The structure is written in our own shapes rather than read from a schema file, because a problem must name the line and
the fix. A test holds the two to the same verdicts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from metrics.errors import Problem
from metrics.model.schema import Dataset, Field, Metric, Relationship
from metrics.model.shapes import Choice, Either, Flag, ListOf, Record, Shape, Text, fit
from metrics.model.yaml_file import KeyPath, LocatedYaml

__all__ = ["OSSIE", "OSSIE_VERSION", "OssieParts", "read_ossie", "structure_problems"]

OSSIE_VERSION = "0.2.0.dev0"

_DIALECT = Choice(
    ("ANSI_SQL", "SNOWFLAKE", "MDX", "TABLEAU", "DATABRICKS", "MAQL", "BIGQUERY", "SIGMA", "THOUGHTSPOT", "DAX"),
)
_DATATYPE = Choice(
    ("String", "Integer", "Decimal", "Float", "Boolean", "Date", "Time", "DateTime", "DateTimeTz", "Opaque"),
)
_TEMPORAL = frozenset({"Date", "Time", "DateTime", "DateTimeTz"})
_TEXTS = ListOf(Text())
_AI_CONTEXT = Either((Text(), Record({"instructions": Text(), "synonyms": _TEXTS, "examples": _TEXTS}, more=True)))
_EXTENSIONS = ListOf(Record({"vendor_name": Text(), "data": Text()}, required=("vendor_name", "data")))
_EXPRESSION = Record(
    {
        "dialects": ListOf(
            Record({"dialect": _DIALECT, "expression": Text()}, required=("dialect", "expression")),
            least=1,
        ),
    },
    required=("dialects",),
)
_COMMON: dict[str, Shape] = {"description": Text(), "ai_context": _AI_CONTEXT, "custom_extensions": _EXTENSIONS}
_FIELD = Record(
    {
        "name": Text(),
        "expression": _EXPRESSION,
        "dimension": Record({"is_time": Flag()}),
        "label": Text(),
        "datatype": _DATATYPE,
        **_COMMON,
    },
    required=("name", "expression"),
)
_DATASET = Record(
    {
        "name": Text(),
        "source": Text(),
        "primary_key": _TEXTS,
        "unique_keys": ListOf(_TEXTS),
        "fields": ListOf(_FIELD),
        **_COMMON,
    },
    required=("name", "source"),
)
_RELATIONSHIP = Record(
    {
        "name": Text(),
        "from": Text(),
        "to": Text(),
        "from_columns": ListOf(Text(), least=1),
        "to_columns": ListOf(Text(), least=1),
        "ai_context": _AI_CONTEXT,
        "custom_extensions": _EXTENSIONS,
    },
    required=("name", "from", "to", "from_columns", "to_columns"),
)
_METRIC = Record(
    {"name": Text(), "expression": _EXPRESSION, "datatype": _DATATYPE, **_COMMON},
    required=("name", "expression"),
)
_MODEL = Record(
    {
        "name": Text(),
        "datasets": ListOf(_DATASET, least=1),
        "relationships": ListOf(_RELATIONSHIP),
        "metrics": ListOf(_METRIC),
        **_COMMON,
    },
    required=("name", "datasets"),
)
OSSIE = Record(
    {
        "version": Choice((OSSIE_VERSION,)),
        "semantic_model": ListOf(_MODEL),
        "dialects": ListOf(_DIALECT),
        "vendors": _TEXTS,
    },
    required=("version", "semantic_model"),
)


@dataclass(frozen=True)
class OssieParts:
    """What a model file holds. `paths`: id of a part ("metric:revenue", "field:deals.amount", …) -> its place."""

    name: str
    datasets: dict[str, Dataset]
    relationships: tuple[Relationship, ...]
    metrics: dict[str, Metric]
    paths: dict[str, KeyPath]
    problems: tuple[Problem, ...]


def structure_problems(located: LocatedYaml) -> list[Problem]:
    """Every departure from the Ossie 0.2 schema; none exactly when the schema accepts the document."""
    _, slips = fit(OSSIE, located.data)
    return [located.problem(s.path, s.message, s.fix) for s in slips]


def read_ossie(located: LocatedYaml) -> OssieParts:
    """The parts of a model file and everything wrong with the file by itself (links between parts are checked
    later)."""
    clean, slips = fit(OSSIE, located.data)
    problems = [*located.problems]
    if located.data is not None:
        problems += [located.problem(s.path, s.message, s.fix) for s in slips]
    reader = _Parts(located, problems)
    models = list(clean.get("semantic_model", [])) if isinstance(clean, dict) else _salvage(located)
    if isinstance(clean, dict) and len(models) != 1:
        fix = "Keep one semantic model in the file."
        problems.append(located.problem(("semantic_model",), f"holds {len(models)} semantic models; one is read.", fix))
    name = ""
    for index, model in enumerate(models[:1]):
        if model is None:
            continue
        name = model["name"]
        reader.model(model, ("semantic_model", index))
    return OssieParts(name, reader.datasets, tuple(reader.relationships), reader.metrics, reader.paths, tuple(problems))


def _salvage(located: LocatedYaml) -> list[Any]:
    """The models of a file whose top level is wrong (a missing version), so that the rest is checked in the same
    run."""
    if not isinstance(located.data, dict):
        return []
    clean, _ = fit(ListOf(_MODEL), located.data.get("semantic_model"))
    return clean or []


def prettify(name: str) -> str:
    """A label for a name nobody labelled: "days_to_close" -> "Days to close"."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


class _Parts:
    def __init__(self, located: LocatedYaml, problems: list[Problem]) -> None:
        self.located = located
        self.problems = problems
        self.datasets: dict[str, Dataset] = {}
        self.relationships: list[Relationship] = []
        self.metrics: dict[str, Metric] = {}
        self.paths: dict[str, KeyPath] = {}

    def model(self, model: dict[str, Any], path: KeyPath) -> None:
        for item, here in _items(model, "datasets", path):
            dataset = self.dataset(item, here)
            if self.claim(f"dataset:{dataset.name}", here, "dataset", dataset.name):
                self.datasets[dataset.name] = dataset
        for item, here in _items(model, "relationships", path):
            relationship = Relationship(
                name=item["name"],
                source=item["from"],
                target=item["to"],
                source_columns=_present(item["from_columns"]),
                target_columns=_present(item["to_columns"]),
            )
            if self.claim(f"relationship:{relationship.name}", here, "relationship", relationship.name):
                self.relationships.append(relationship)
        for item, here in _items(model, "metrics", path):
            metric = Metric(
                name=item["name"],
                expression=self.expression(item, here),
                description=item.get("description", ""),
                datatype=item.get("datatype"),
                labels={"en": prettify(item["name"])},
                synonyms=_synonyms(item),
            )
            if self.claim(f"metric:{metric.name}", here, "metric", metric.name):
                self.metrics[metric.name] = metric

    def dataset(self, item: dict[str, Any], path: KeyPath) -> Dataset:
        name = item["name"]
        table = item["source"].rpartition(".")[2].strip('" ')
        if not table.isidentifier():
            fix = "Name a table (database.schema.table); make a view of a query."
            self.problems.append(
                self.located.problem((*path, "source"), f"{item['source']!r} is not the name of a table.", fix)
            )
        fields: dict[str, Field] = {}
        for inner, here in _items(item, "fields", path):
            found = self.field(name, inner, here)
            if self.claim(f"field:{found.id}", here, "field", found.id):
                fields[found.name] = found
        return Dataset(
            name=name,
            table=table,
            primary_key=_present(item.get("primary_key", [])),
            fields=fields,
            description=item.get("description", ""),
            synonyms=_synonyms(item),
            labels={"en": prettify(name)},
        )

    def field(self, dataset: str, item: dict[str, Any], path: KeyPath) -> Field:
        datatype = item.get("datatype")
        dimension = item.get("dimension")
        is_time = (dimension or {}).get("is_time", datatype in _TEMPORAL)
        return Field(
            id=f"{dataset}.{item['name']}",
            dataset=dataset,
            name=item["name"],
            expression=self.expression(item, path),
            datatype=datatype,
            dimension=dimension is not None and not is_time,
            is_time=is_time,
            description=item.get("description", ""),
            labels={"en": item.get("label") or prettify(item["name"])},
            synonyms=_synonyms(item),
        )

    def expression(self, item: dict[str, Any], path: KeyPath) -> str:
        offered = [d for d in item["expression"]["dialects"] if d is not None]
        for one in offered:
            if one["dialect"] == "ANSI_SQL":
                return str(one["expression"])
        if offered:
            fix = "Add a dialect ANSI_SQL with the same meaning."
            place = (*path, "expression")
            self.problems.append(self.located.problem(place, "has no ANSI_SQL expression.", fix))
        return ""

    def claim(self, part: str, path: KeyPath, kind: str, name: str) -> bool:
        if part in self.paths:
            first = self.located.line(self.paths[part])
            self.problems.append(
                self.located.problem(
                    (*path, "name"), f"the {kind} {name} is defined twice (first on line {first}).", "Rename one."
                ),
            )
            return False
        self.paths[part] = path
        return True


def _items(parent: dict[str, Any], key: str, path: KeyPath) -> Iterator[tuple[dict[str, Any], KeyPath]]:
    for index, item in enumerate(parent.get(key, [])):
        if item is not None:
            yield item, (*path, key, index)


def _present(items: list[str | None]) -> tuple[str, ...]:
    return tuple(i for i in items if i is not None)


def _synonyms(item: dict[str, Any]) -> tuple[str, ...]:
    context = item.get("ai_context")
    return _present(context.get("synonyms", [])) if isinstance(context, dict) else ()
