"""The organisation and the members of dimensions, read from a snapshot.

`read_org(model, engine)` · `read_members(model, engine)`.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlglot import exp

from metrics.engines.protocol import Engine
from metrics.model.expressions import expand_field
from metrics.model.schema import Dataset, Field, History, Model, PeopleFields
from metrics.people import Org, Person, Stint

__all__ = ["members_query", "people_query", "read_members", "read_org"]

_MOST_PEOPLE = 1_000_000
_TIMEOUT_S = 60  # read once per snapshot
_RANKS = ("rep", "manager", "lead", "ops", "admin")  # who has two roles has the one that comes later
_ROLES = frozenset(_RANKS)
_GROUPS = ("team", "region")


def people_query(model: Model, people: PeopleFields) -> exp.Select:
    """One row per person of a table of people: the columns named like the attributes of `PeopleFields`."""
    dataset = model.datasets[people.dataset]
    elsewhere = {_of_history(f, people) for f in (people.team, people.region)}
    wanted = {
        "id": people.id,
        "name": people.name,
        "team": people.team,
        "region": people.region,
        "manager": people.manager,
        "email": people.email,
        "role": people.role,
        "active_from": people.active_from,
        "active_to": people.active_to,
        "timezone": people.timezone,
        "language": people.language,
        **{f"alias_{i}": a for i, a in enumerate(people.aliases)},
    }
    columns = [
        exp.alias_(
            _cast(_tree(dataset, model.fields[field_id]), "DATE" if name.startswith("active") else "TEXT"),
            name,
            quoted=True,
        )
        for name, field_id in wanted.items()
        if field_id is not None and field_id not in elsewhere
    ]
    return exp.select(*columns).from_(exp.Table(this=exp.to_identifier(dataset.table, quoted=True)))


def members_query(dataset: Dataset, field: Field, limit: int) -> exp.Select:
    """The distinct non-empty members of a field, most frequent first."""
    tree = _tree(dataset, field)
    often = exp.Ordered(this=exp.Count(this=tree.copy()), desc=True)
    return (
        exp.select(exp.alias_(tree, "member", quoted=True, copy=False), copy=False)
        .from_(exp.Table(this=exp.to_identifier(dataset.table, quoted=True)), copy=False)
        .where(exp.not_(exp.Is(this=tree.copy(), expression=exp.null()), copy=False), copy=False)
        .group_by(tree.copy(), copy=False)
        .order_by(often, tree.copy(), copy=False)
        .limit(exp.Limit(expression=exp.Literal.number(limit)), copy=False)
    )


def _tree(dataset: Dataset, field: Field) -> exp.Expr:
    return expand_field(dataset, field.name, table=dataset.table)


def _cast(tree: exp.Expr, to: str) -> exp.Expr:
    return exp.cast(tree, to)


def read_org(model: Model, engine: Engine) -> Org:
    """Everybody: the rows of the people dataset, those of further tables of people (who add to the row of the same id
    what it does not say), and the `others` of sales.yaml (whose word counts more than that of a row).

    An empty org when the model names no people. Rows with an empty id are left out."""
    if model.people is None:
        return Org({p.id: p for p in model.others})
    stints = _stints(model, model.people, engine)
    last = {stint.person: stint for stint in stints}
    found: dict[str, Person] = {}
    tables = [_rows(engine, people_query(model, people), _MOST_PEOPLE) for people in (model.people, *model.people.more)]
    managers = {str(r["manager"]) for rows in tables for r in rows if r.get("manager") and r["manager"] != r["id"]} | {
        p.manager_id for p in model.others if p.manager_id
    }
    for number, rows in enumerate(tables):
        for row in rows:
            person = _person(row, managers, sells=number == 0)
            if person is not None:
                person = _placed(person, last.get(person.id), model.people)
                before = found.get(person.id)
                found[person.id] = person if before is None else _filled(before, person)
    for other in model.others:
        known = found.get(other.id)
        found[other.id] = other if known is None else _completed(known, other)
    return Org(found, stints)


def stints_query(model: Model, people: PeopleFields, history: History) -> exp.Select:
    """One row per stint, those of one person one after the other."""
    dataset = model.datasets[history.dataset]
    wanted = {
        "person": history.person,
        "first": history.first,
        "last": history.last,
        **{mark: field for mark in _GROUPS if (field := _of_history(getattr(people, mark), people))},
    }
    dates = ("first", "last")
    columns = [
        exp.alias_(_cast(_tree(dataset, model.fields[f]), "DATE" if name in dates else "TEXT"), name, quoted=True)
        for name, f in wanted.items()
        if f is not None
    ]
    order = [exp.column(name, quoted=True) for name in ("person", "first")]
    table = exp.Table(this=exp.to_identifier(dataset.table, quoted=True))
    return exp.select(*columns).from_(table).order_by(*order)


def _of_history(field_id: str | None, people: PeopleFields) -> str | None:
    return field_id if field_id is not None and field_id.partition(".")[0] == people.dated else None


def _stints(model: Model, people: PeopleFields, engine: Engine) -> tuple[Stint, ...]:
    if people.history is None:
        return ()
    rows = _rows(engine, stints_query(model, people, people.history), _MOST_PEOPLE)
    return tuple(
        Stint(row["person"], _day(row.get("first")), _day(row.get("last")), row.get("team"), row.get("region"))
        for row in rows
        if row["person"]
    )


def _placed(person: Person, last: Stint | None, people: PeopleFields) -> Person:
    """In the team and region of their last stint, where these are told by stints."""
    team, region = (_of_history(field, people) is not None for field in (people.team, people.region))
    return replace(
        person,
        team=getattr(last, "team", None) if team else person.team,
        region=getattr(last, "region", None) if region else person.region,
    )


def _filled(known: Person, other: Person) -> Person:
    """A person with a row in two tables: the first says what it knows, the second the rest."""
    gaps = ("email", "manager_id", "team", "region", "active_from", "active_to", "timezone", "language")
    filled = {gap: getattr(other, gap) for gap in gaps if getattr(known, gap) is None}
    aliases = dict.fromkeys((*known.aliases, *(a for a in (other.name, *other.aliases) if a != known.name)))
    return replace(known, aliases=tuple(aliases), role=max(known.role, other.role, key=_RANKS.index), **filled)


def _completed(row: Person, said: Person) -> Person:
    """A person with a row who is listed in sales.yaml too: what is said there counts, the row fills the rest."""
    return replace(
        row,
        role=said.role,
        sees=said.sees,
        aliases=tuple(dict.fromkeys((*row.aliases, *said.aliases))),
        email=said.email or row.email,
        manager_id=said.manager_id or row.manager_id,
        team=said.team or row.team,
        region=said.region or row.region,
        timezone=said.timezone or row.timezone,
        language=said.language or row.language,
    )


def _person(row: Mapping[str, Any], managers: set[str], *, sells: bool) -> Person | None:
    identity = row["id"]
    if not identity:
        return None
    manager = row.get("manager")
    said = str(row.get("role") or "").casefold()
    role = said if said in _ROLES else ("manager" if identity in managers else "rep")
    return Person(
        id=identity,
        name=row.get("name") or identity,
        aliases=tuple(str(v) for k, v in row.items() if k.startswith("alias_") and v),
        email=row.get("email"),
        role=role,
        manager_id=manager if manager != identity else None,  # the head of the company is often their own manager
        team=row.get("team"),
        region=row.get("region"),
        active_from=_day(row.get("active_from")),
        active_to=_day(row.get("active_to")),
        timezone=row.get("timezone"),
        language=row.get("language"),
        sells=sells,
    )


def _day(value: Any) -> dt.date | None:
    return value if isinstance(value, dt.date) else None


def _rows(engine: Engine, query: exp.Query, most: int) -> list[dict[str, Any]]:
    result = engine.query(engine.render(query), timeout_s=_TIMEOUT_S, max_rows=most, tag=uuid.uuid4().hex)
    return [dict(zip(result.columns, row, strict=True)) for row in result.rows]


def read_members(model: Model, engine: Engine, *, limit: int = 50_000) -> dict[str, tuple[str, ...]]:
    """Field id -> its distinct values, most frequent first, for every text dimension (at most `limit` each).

    Fields that depend on the day asked about are left out."""
    found: dict[str, tuple[str, ...]] = {}
    for dataset in model.datasets.values():
        for field in dataset.fields.values():
            if not field.dimension or field.datatype not in ("String", None):
                continue
            query = members_query(dataset, field, limit)
            if query.find(exp.CurrentDate) is None:
                read = engine.columns(engine.render(query), timeout_s=_TIMEOUT_S, max_rows=limit, tag=uuid.uuid4().hex)
                found[field.id] = tuple(v for v in read.columns[0] if isinstance(v, str))
    return found
