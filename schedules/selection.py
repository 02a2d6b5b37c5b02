"""For whom a digest or rule is: a selection of people that stays symbolic, so that joiners are in and leavers are
out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Literal

from metrics.model.schema import Model
from metrics.people import Audience, Org, Person, Viewer
from metrics.policy import visible, whole_period
from metrics.query import Frozen, Period
from metrics.query.from_period import from_period

__all__ = ["Selection", "admins", "may_all_see", "team_managers", "teams"]

_ONE_DAY = dt.timedelta(days=1)


class Selection(Frozen):
    """Everybody, or those of a region, a team, below a person in the tree, or named people. Parts that are None select
    nothing away."""

    region: str | None = None
    team: str | None = None
    under: str | None = None
    people: tuple[str, ...] | None = None

    def reps(self, org: Org, on: dt.date) -> list[Person]:
        """The selling people who are active on that day, ordered by id."""
        return [p for p in self._chosen(org, on) if p.sells]

    def managers(self, org: Org, on: dt.date) -> list[Person]:
        """The people with an active selling person anywhere below them."""
        return [p for p in self._chosen(org, on) if any(_sells(org.people[i], on) for i in org.subtree(p.id) - {p.id})]

    def _chosen(self, org: Org, on: dt.date) -> list[Person]:
        below = org.subtree(self.under) - {self.under} if self.under is not None else None
        return [
            p
            for _, p in sorted(org.people.items())
            if p.active(on, on + _ONE_DAY)
            and (below is None or p.id in below)
            and (self.region is None or p.region == self.region)
            and (self.team is None or p.team == self.team)
            and (self.people is None or p.id in self.people)
        ]


def _sells(person: Person, on: dt.date) -> bool:
    return person.sells and person.active(on, on + _ONE_DAY)


def teams(org: Org, selection: Selection, on: dt.date) -> dict[str, list[Person]]:
    """Team -> its selected active selling people; people without a team are in none."""
    found: dict[str, list[Person]] = {}
    for person in selection.reps(org, on):
        if person.team is not None:
            found.setdefault(person.team, []).append(person)
    return found


def admins(org: Org, given: Mapping[str, str], on: dt.date) -> list[Person]:
    """Who is an admin that day, by an admin's word (`given`: person id -> role) or by the model; sales operations where
    there is none. Ordered by id."""
    active = [p for _, p in sorted(org.people.items()) if p.active(on, on + _ONE_DAY)]
    for role in ("admin", "ops"):
        found = [p for p in active if given.get(p.id, p.role) == role]
        if found:
            return found
    return []


def team_managers(org: Org, team: list[Person]) -> list[Person]:
    """The direct managers of a team's people, by id."""
    return [org.people[i] for i in sorted({p.manager_id for p in team if p.manager_id in org.people if p.manager_id})]


def may_all_see(
    model: Model,
    org: Org,
    *,
    members: tuple[str, ...],
    unknown: int,
    metric: str,
    period: Period,
    on: dt.date,
    owners: list[Person],
    named: Literal["people", "total"],
) -> bool:
    """Whether every reader of a channel may see this metric over the rows of `owners` and a period, as it stands `on`
    a day.

    Yes where the metric's ranking by person is public, over periods as long as those that are published, and where the
    model shows everything to everyone and everybody there is known; else each member must have all owners in their own
    part of the tree. A member nobody knows may see nothing.
    """
    public = metric in model.access.public_leaderboards and named == "people"
    if public and whole_period(from_period(period), model=model, as_of=on):
        return True
    if model.access.visibility == "everyone":
        return unknown == 0
    wanted = {p.id for p in owners}
    return unknown == 0 and all(_sees(model, org, m, wanted) for m in members)


def _sees(model: Model, org: Org, member: str, wanted: set[str]) -> bool:
    """Whether a member may see the rows of all these people, by the same policy that answers questions."""
    person = org.people.get(member)
    if person is None:
        return False
    seen = visible(Viewer.of(person), Audience.only_viewer(), model=model, org=org)
    return seen is None or wanted <= seen.people
