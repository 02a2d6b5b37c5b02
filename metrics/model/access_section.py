"""`access:` of `sales.yaml`: whose rows a dataset holds, and what may be told of others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from metrics.model.joins import reachable
from metrics.model.names import Names, present
from metrics.model.schema import Access
from metrics.model.yaml_file import KeyPath

__all__ = ["access_of"]


def access_of(names: Names, said: dict[str, Any]) -> Access:
    owners: dict[str, str] = {}
    for name, field_id in said.get("owners", {}).items():
        path: KeyPath = ("access", "owners", name)
        if names.dataset(path, name) is None:
            continue
        owner = names.field(path, field_id)
        if owner is None:
            continue
        target = names.model.fields[owner].dataset
        if target != name and target not in reachable(names.model, name):
            names.say(
                path,
                f"{name} has no relationship that leads to {owner}.",
                f"Name a field of {name} that holds the person's id.",
            )
            continue
        owners[name] = owner
    for index, name in enumerate(said.get("public", [])):
        path = ("access", "public", index)
        if name is None or names.dataset(path, name) is None:
            continue
        if name in owners:
            names.say(path, f"{name} is both public and owned.", "Keep it in `owners` or in `public`.")
        else:
            owners[name] = ""
    boards = names.metric_list(("access", "public_leaderboards"), said.get("public_leaderboards", []))
    published = names.metric_list(("access", "published"), said["published"]) if "published" in said else None
    return Access(
        said.get("visibility", "org_tree"),
        owners,
        boards,
        published,
        said.get("published_period", "month"),
        dict(_belongs(names, said.get("belongs", {}))),
        frozenset(_catalogues(names, said, owners)),
    )


def _belongs(names: Names, said: dict[str, str]) -> Iterable[tuple[str, str]]:
    for name, field_id in said.items():
        path: KeyPath = ("access", "belongs", name)
        if names.dataset(path, name) is None or names.field(path, field_id) is None:
            continue
        if names.model.fields[field_id].dataset == name:
            yield name, field_id
        else:
            names.say(path, f"{field_id} is no field of {name}.", f"Name a field of {name} with the person's id.")


def _catalogues(names: Names, said: dict[str, Any], owners: dict[str, str]) -> Iterable[str]:
    """What leads from a catalogue to something else would tell of that too, so it has to be one as well."""
    listed = present(said.get("catalogues", []))
    for index, name in enumerate(listed):
        path: KeyPath = ("access", "catalogues", index)
        if names.dataset(path, name) is None:
            continue
        wrong = _no_catalogue(names, said, owners, name)
        if wrong:
            names.say(path, f"{name} is no catalogue: {wrong}.", "List only what everybody may know, like products.")
            continue
        more = sorted(set(reachable(names.model, name)) - {name, *listed})
        if more:
            fix = f"Add {more[0]} if everybody may know what there is of it."
            names.say(path, f"{name} leads to {more[0]}, which is no catalogue.", fix)
            continue
        yield name


def _no_catalogue(names: Names, said: dict[str, Any], owners: dict[str, str], name: str) -> str:
    """Why what there is of a dataset is not for everybody to know."""
    people = names.model.people
    if owners.get(name) != "":
        return "it is not public"
    if name in said.get("belongs", {}):
        return "its members belong to people"
    if people is not None and name in {p.dataset for p in (people, *people.more)}:
        return "it holds people"
    return ""
