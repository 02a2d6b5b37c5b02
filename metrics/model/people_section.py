"""`people:` of `sales.yaml`: which fields say who is who, and who asks without a row of their own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from metrics.model.names import Names, present
from metrics.model.schema import History, PeopleFields
from metrics.model.yaml_file import KeyPath
from metrics.people import Person

__all__ = ["others_of", "people_fields", "person_field"]

_WHO = ("name", "team", "region", "manager", "email", "role")
_GROUPS = ("team", "region")
_OF_PEOPLE = (*_WHO, "active_from", "active_to", "timezone", "language")


def people_fields(names: Names, said: dict[str, Any]) -> PeopleFields | None:
    path: KeyPath = ("people",)
    history = _history_of(names, (*path, "history"), said["history"]) if said.get("history") else None
    first = _people_of(names, path, said, "" if history is None else history.dataset)
    listed = [(i, one) for i, one in enumerate(said.get("more", [])) if one is not None]
    more = [_people_of(names, (*path, "more", i), one) for i, one in listed]
    if first is None:
        return None
    homes = [first.dataset]
    for (index, _), one in zip(listed, more, strict=True):
        if one is not None and one.dataset in homes:
            names.say((*path, "more", index, "dataset"), f"{one.dataset} is named twice.", "Name each table once.")
        homes += [one.dataset] if one is not None else []
    return replace(first, peers=said.get("peers", "all"), more=tuple(m for m in more if m is not None), history=history)


def _history_of(names: Names, path: KeyPath, said: dict[str, Any]) -> History | None:
    dataset = names.dataset((*path, "dataset"), said["dataset"])
    person, first, last = (
        person_field(names, (*path, key), said.get(key), dataset) for key in ("person", "from", "to")
    )
    if dataset is None or person is None or first is None:
        return None
    for key, field_id in (("from", first), ("to", last)):
        if field_id is not None and names.model.fields[field_id].datatype != "Date":
            names.say((*path, key), f"{field_id} is no date.", "Name a field with `datatype: Date`.")
    return History(dataset, person, first, last)


def _people_of(names: Names, path: KeyPath, said: dict[str, Any], dated: str = "") -> PeopleFields | None:
    """One table of people. `dated`: the dataset that may have their teams and regions instead."""
    dataset = names.dataset((*path, "dataset"), said["dataset"])

    def home(key: str) -> str | None:
        return dated if dated and key in _GROUPS and str(said.get(key)).startswith(f"{dated}.") else dataset

    found: dict[str, str | None] = {
        key: person_field(names, (*path, key), said.get(key), home(key)) for key in ("id", *_OF_PEOPLE)
    }
    listed = said.get("aliases", [])
    aliases = [
        person_field(names, (*path, "aliases"), a, dataset) for a in ([listed] if isinstance(listed, str) else listed)
    ]
    identity = found.pop("id")
    name = found.pop("name") or identity
    if dataset is None or identity is None or name is None:
        return None
    known = tuple(a for a in aliases if a is not None)
    made = PeopleFields(dataset=dataset, id=identity, name=name, aliases=known)
    return replace(made, **found)  # type: ignore[arg-type]  # what else a field says of people is a field


def person_field(names: Names, path: KeyPath, field_id: str | None, dataset: str | None) -> str | None:
    found = names.field(path, field_id)
    if found is not None and dataset is not None and names.model.fields[found].dataset != dataset:
        names.say(path, f"{found} is not a field of {dataset}.", f"Add a field to {dataset} and name that.")
        return None
    return found


def others_of(names: Names, said: list[dict[str, Any] | None]) -> Iterable[Person]:
    seen: dict[str, int] = {}
    for index, one in enumerate(said):
        if one is None:
            continue
        path: KeyPath = ("people", "others", index)
        identity = str(one["id"])
        if identity in seen:
            first = names.located.line(("people", "others", seen[identity]))
            names.say((*path, "id"), f"the person {identity} is listed twice (first on line {first}).", "Keep one.")
            continue
        seen[identity] = index
        manager = one.get("manager")
        yield Person(
            id=identity,
            name=one.get("name", identity),
            aliases=present(one.get("aliases", [])),
            email=one.get("email"),
            role=one.get("role", "manager"),
            manager_id=None if manager is None else str(manager),
            team=one.get("team"),
            region=one.get("region"),
            active_from=one.get("active_from"),
            active_to=one.get("active_to"),
            timezone=one.get("timezone"),
            language=one.get("language"),
            sells=False,
            sees=_sees(names, (*path, "sees"), one.get("sees", "own")),
        )


def _sees(
    names: Names, path: KeyPath, said: str | dict[str, list[str | None]]
) -> str | tuple[tuple[str, tuple[str, ...]], ...]:
    if isinstance(said, str):
        return said
    known = {f: present(members) for f, members in said.items() if names.field((*path, f), f) is not None}
    return tuple(sorted(known.items()))
