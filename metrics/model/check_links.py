"""Checks of what connects the parts: relationships, join routes, time fields, access rules, targets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from metrics.errors import Problem
from metrics.model.expressions import BadExpression, columns_of, expand_field
from metrics.model.joins import reachable, shortest_routes
from metrics.model.ownership import owners_of
from metrics.model.sales import fact_datasets
from metrics.model.schema import Metric, Relationship
from metrics.model.shapes import did_you_mean
from metrics.model.workspace import Workspace

__all__ = ["access_rules", "join_routes", "relationships", "targets", "time_fields"]

_TEMPORAL = ("Date", "DateTime", "DateTimeTz")


def relationships(work: Workspace) -> Iterator[Problem]:
    """Both ends exist, the columns pair up, and the end on the one side is a key: else every sum is doubled."""
    for link in work.model.relationships:
        part = f"relationship:{link.name}"
        ends = ((link.source, "from", link.source_columns), (link.target, "to", link.target_columns))
        for dataset, key, columns in ends:
            if dataset not in work.model.datasets:
                fix = did_you_mean(dataset, work.model.datasets, otherwise="Name a dataset of this file.")
                yield work.in_model(part, (key,), f"there is no dataset {dataset}.", fix)
                continue
            known = set(work.model.datasets[dataset].fields) | set(work.table_columns(dataset) or ())
            for column in columns:
                if column not in known:
                    fix = did_you_mean(column, known, otherwise="Name a field or column of the dataset.")
                    yield work.in_model(part, (f"{key}_columns",), f"there is no column {column} in {dataset}.", fix)
        if len(link.source_columns) != len(link.target_columns):
            message = f"pairs {len(link.source_columns)} columns with {len(link.target_columns)}."
            yield work.in_model(part, ("to_columns",), message, "List as many in to_columns as in from_columns.")
        else:
            yield from _one_side(work, link)
            yield from _types_meet(work, link)


def _types_meet(work: Workspace, link: Relationship) -> Iterator[Problem]:
    here, there = work.table_columns(link.source) or {}, work.table_columns(link.target) or {}
    for one, other in zip(link.source_columns, link.target_columns, strict=True):
        if one in here and other in there and here[one] != there[other]:
            message = (
                f"{link.source}.{one} is {here[one]}, and {link.target}.{other} is {there[other]}: they never meet."
            )
            yield work.in_model(
                f"relationship:{link.name}", ("from_columns",), message, "Give both the same type in sources.yaml."
            )


def _one_side(work: Workspace, link: Relationship) -> Iterator[Problem]:
    target = work.model.datasets.get(link.target)
    if target is None:
        return
    part = f"relationship:{link.name}"
    columns = ", ".join(link.target_columns)
    keys = [set(target.primary_key), *_unique_keys(work, link.target)]
    if not any(key and key <= set(link.target_columns) for key in keys):
        message = f"{columns} is not a key of {link.target}: one row could meet several."
        yield work.in_model(
            part, ("to_columns",), message, f"Make it the primary_key (or a unique key) of {link.target}."
        )
    elif work.sources is not None and target.table in work.sources.tables:
        key = work.sources.tables[target.table].key
        if not key or not set(key) <= set(link.target_columns):
            message = f"nothing makes {columns} unique, and the relationship {link.name} needs it."
            yield work.in_sources(("tables", target.table), message, f"Add `key: [{columns}]`.")


def _unique_keys(work: Workspace, dataset: str) -> list[set[str]]:
    here = work.model_file.data
    for step in work.places.get(f"dataset:{dataset}", ()):
        here = here[step]
    listed = here.get("unique_keys", []) if isinstance(here, dict) else []
    return [set(k) for k in listed if isinstance(k, list)] if isinstance(listed, list) else []


def join_routes(work: Workspace) -> Iterator[Problem]:
    """From the rows a metric adds up there is one shortest way to every dataset in reach."""
    facts: dict[str, str] = {}
    for metric in work.model.metrics.values():
        for fact in fact_datasets(work.model, metric):
            facts.setdefault(fact, metric.name)
    for fact, metric_name in facts.items():
        torn: set[str] = set()
        for target in sorted(
            reachable(work.model, fact), key=lambda d: (len(next(iter(shortest_routes(work.model, fact, d)), ())), d)
        ):
            routes = shortest_routes(work.model, fact, target)
            if len(routes) < 2 or any(step.source in torn for route in routes for step in route):
                torn |= {target} if len(routes) > 1 else set()
                continue
            torn.add(target)
            ways = " and ".join(
                " -> ".join([fact, *[step.target for step in route]]) + f" ({route[-1].name})" for route in routes[:3]
            )
            message = f"the way from {fact} (metric {metric_name}) to {target} is ambiguous: {ways}."
            fix = "Remove one relationship, or make a second dataset over the same table for the other role."
            yield work.in_model(f"relationship:{routes[1][-1].name}", (), message, fix)


def time_fields(work: Workspace) -> Iterator[Problem]:
    """Every metric says which date its rows count for, or that it is a snapshot; the field is a date."""
    for metric in work.model.metrics.values():
        path = ("metrics", metric.name)
        if metric.snapshot:
            if metric.ahead:
                message = f"{metric.name} is the state now, so nothing of it lies ahead."
                yield work.in_sales(
                    (*path, "ahead"), message, "Leave out `ahead`, or name the date it is due in `time`."
                )
            continue
        missing = [f for f in fact_datasets(work.model, metric) if f not in metric.time]
        said = isinstance(work.sales_file.data, dict) and (work.sales_file.data.get("metrics") or {}).get(metric.name)
        if missing or (not metric.time and not said):
            facts = ", ".join(missing) or "its rows"
            message = f"the metric {metric.name} has no time field for {facts}."
            fix = (
                "Add `time: dataset.date_field`, {dataset: dataset.date_field, …} for several datasets, or `time:"
                " snapshot`."
            )
            yield work.in_sales((*path, "time") if isinstance(said, dict) and "time" in said else path, message, fix)
        yield from _out_of_reach(work, metric)
        for field_id in dict.fromkeys(metric.time.values()):
            yield from _not_a_date(work, metric, field_id)


def _out_of_reach(work: Workspace, metric: Metric) -> Iterator[Problem]:
    facts = fact_datasets(work.model, metric)
    for fact, field_id in metric.time.items():
        home = work.model.fields[field_id].dataset
        path = ("metrics", metric.name, "time", fact)
        if home not in reachable(work.model, fact):
            yield work.in_sales(
                path, f"{fact} has no relationship that leads to {field_id}.", f"Name a date of {fact}."
            )
        elif facts and fact not in facts:
            message = f"{metric.name} adds up no rows of {fact}."
            yield work.in_sales(path, message, f"Its datasets are {', '.join(facts)}.", severity="warning")


def _not_a_date(work: Workspace, metric: Metric, field_id: str) -> Iterator[Problem]:
    field = work.model.fields[field_id]
    if field.datatype is not None and field.datatype not in _TEMPORAL:
        message = f"the time field {field_id} of {metric.name} is a {field.datatype}, not a date."
        yield work.in_sales(("metrics", metric.name, "time"), message, "Name a field with `datatype: Date`.")


def access_rules(work: Workspace) -> Iterator[Problem]:
    """Every dataset is owned or public: a table without a rule could not be read at all."""
    data = work.sales_file.data
    if not isinstance(data, dict) or not isinstance(data.get("access"), dict):
        return  # reported: the section is missing
    for name in work.model.datasets:
        said = data["access"].get("owners")
        if name not in work.model.access.owners and not (isinstance(said, dict) and name in said):
            yield work.in_sales(("access",), f"the dataset {name} has no access rule.", _rule_for(work, name))
    for name, owner in work.model.access.owners.items():
        if owner and work.model.fields[owner].datatype not in ("String", None):
            message = f"the owner {owner} is a {work.model.fields[owner].datatype}; ids of people are text."
            fix = "Name a column of text or of whole numbers, with `datatype: String` or `datatype: Integer`."
            yield work.in_sales(("access", "owners", name), message, fix)
    for name, owner in owners_of(work.model).items():
        if owner and not work.model.access.owners[name]:
            message = f"{name} is public, and leads to rows of people ({owner}): it is cut like them all the same."
            fix = f"Write `{name}: {owner}` under owners instead."
            yield work.in_sales(("access", "public"), message, fix, severity="warning")
    if (
        work.model.access.visibility == "org_tree"
        and work.model.people is not None
        and work.model.people.manager is None
    ):
        message = "visibility is org_tree, and people.manager is not given: managers will see their own rows only."
        yield work.in_sales(("access", "visibility"), message, "Add people.manager.", severity="warning")


def _rule_for(work: Workspace, name: str) -> str:
    """What to write for a dataset without a rule: its rows are whose those are that it leads to, if it leads to any."""
    said = work.model.access
    owner = owners_of(replace(work.model, access=replace(said, owners={**said.owners, name: ""})))[name]
    if owner:
        return f"Add `{name}: {owner}` to owners: its rows lead to rows of people."
    return f"Add `{name}: {name}.<field with the person's id>` to owners, or {name} to public."


def targets(work: Workspace) -> Iterator[Problem]:
    """A metric with a target needs to know where targets are; they begin and end on dates."""
    model = work.model
    said = isinstance(work.sales_file.data, dict) and "targets" in work.sales_file.data
    for metric in model.metrics.values():
        if metric.has_target and not said:
            message = f"{metric.name} has a target, and there is no `targets:` section."
            yield work.in_sales(
                ("metrics", metric.name, "target"), message, "Add `targets:`, or remove `target: true`."
            )
    if model.targets is None:
        return
    dataset = model.datasets[model.targets.dataset]
    first = "month" if "month" in work.sales_file.data["targets"] else "start"
    for key, field_id in ((first, model.targets.start), ("end", model.targets.end)):
        field = model.fields[field_id] if field_id is not None else None
        if field is not None and field.datatype not in (*_TEMPORAL, None):
            what = {"month": "first day of the month", "start": "first day of the period"}.get(key, "last day")
            yield work.in_sales(
                ("targets", key), f"{field.id} is a {field.datatype}, not a date.", f"Name a date: the {what}."
            )
    try:
        columns = columns_of(expand_field(dataset, model.fields[model.targets.person].name))
    except BadExpression:
        return  # reported with the field
    if not columns:
        yield work.in_sales(
            ("targets", "person"), f"{model.targets.person} is a constant.", "Name the field with the person's id."
        )
