"""Whose rows: "me", "team", "region" of a person, and the member a rank asks about, as conditions on the people
dataset."""

from __future__ import annotations

from metrics.errors import UnknownName, UnsupportedCombination
from metrics.model.schema import Model, PeopleFields
from metrics.people import Org, Person, Viewer
from metrics.plan.bound import Condition
from metrics.query import Scope

__all__ = ["LARGE_TEAM", "asking_person", "group_of", "people_fields", "person_named", "scope_conditions"]

LARGE_TEAM = 200  # above this many people a team is looked up in the closure table, not listed


def people_fields(model: Model) -> PeopleFields:
    if model.people is None:
        raise UnsupportedCombination("no_people")
    return model.people


def asking_person(viewer: Viewer) -> Person:
    if viewer.person is None:
        raise UnsupportedCombination("no_person")
    return viewer.person


def scope_conditions(scope: Scope, *, model: Model, org: Org, viewer: Viewer) -> tuple[Condition, ...]:
    """The rows meant by a scope. The team of a manager is everybody under them, that of a rep the people of the same
    team.

    Raises UnsupportedCombination("me_does_not_sell" | "no_team" | "no_region" | "no_person" | "no_people").
    """
    if scope == "all":
        return ()
    fields, person = people_fields(model), asking_person(viewer)
    if scope == "me":
        if not person.sells:
            raise UnsupportedCombination("me_does_not_sell", subject=person.name)
        return (Condition(fields.id, "in", (person.id,)),)
    if scope == "team" and org.reports.get(person.id):
        below = org.subtree(person.id)
        if fields.team is not None and org.stints and fields.team.partition(".")[0] == fields.dated:
            return _led(fields.id, fields.team, below, org)
        if len(below) > LARGE_TEAM:
            return (Condition(fields.id, "below", (person.id,)),)
        return (Condition(fields.id, "in", tuple(sorted(below))),)
    field, value = group_of(person, scope, fields)
    return (Condition(field, "in", (value,)),)


def _led(identity: str, team: str, below: frozenset[str], org: Org) -> tuple[Condition, ...]:
    """Of the people below somebody the days on which they were in a team that is below them now; of a team that is
    wholly below, the days of those too who have left it."""
    marked = org.marked("team")
    teams = {org.people[i].team for i in below & org.sellers} - {None}
    listed = (Condition(team, "in", tuple(sorted(t for t in teams if t is not None))),)
    if teams and all(marked[t] <= below for t in teams):
        return listed
    return (Condition(identity, "in", tuple(sorted(below))), *listed)


def group_of(person: Person, scope: Scope, fields: PeopleFields) -> tuple[str, str]:
    """(field, member) of the team or region of a person."""
    field, value = (fields.team, person.team) if scope == "team" else (fields.region, person.region)
    if field is None or value is None:
        raise UnsupportedCombination(f"no_{scope}", subject=person.name)
    return field, value


def person_named(org: Org, name: str) -> Person:
    """The one person of that id, name or alias. Raises UnknownName with near names."""
    found = org.find(name)
    if found is None:
        from metrics.nearest import nearest  # here: most names are known

        raise UnknownName(
            "unknown_person", subject=name, suggestions=nearest(name, {p.name for p in org.people.values()})
        )
    return found
