"""More than what was asked about before: everybody in the place of one, their whole team, every city in the place of
one."""

from __future__ import annotations

from metrics.model.schema import Model
from metrics.people import Org, Person
from metrics.query.asked import Asked
from nlq.reader.before import Before
from nlq.reader.constructions import NotAReading
from nlq.reader.draft import Draft
from nlq.reader.frame import Frame
from nlq.reader.terms import Term, Value, term_of, walked

__all__ = ["of_whole_team", "one_person", "widened"]

_PICKED = frozenset({"top", "sorted", "having", "compare"})


def widened(draft: Draft, frame: Frame) -> None:
    """One member says nothing of a list of all: broken down by what it is one of, or by what that belongs to, it is
    about all of them."""
    if "by" not in frame or "add" in frame or ("which" in frame and not frame.keys() & _PICKED):
        return
    draft.where = [w for w in draft.where if not any(_leaves_one(draft.model, w, by) for by in frame["by"])]


def one_person(draft: Draft) -> tuple[str, ...]:
    """By whom it is told of the others, where it was about one of them."""
    people = draft.model.people
    fields = (people.id, people.name) if people is not None else ()
    named = [w for w in draft.where if _is_of(w, fields) and len(w["values"]) == 1]
    return (people.name,) if people is not None and len(named) == 1 else ()


def _leaves_one(model: Model, condition: Value, by: str) -> bool:
    """Whether by that there is one row only of what the condition is on."""
    if condition.kind != "in" or condition.get("out") or len(condition["values"]) != 1:
        return False
    levels, own = _levels(model), str(condition["field"])
    return levels[own] <= levels[by] if own in levels and by in levels else own == by


def _levels(model: Model) -> dict[str, int]:
    """Of people: who belongs to what."""
    people = model.people
    if people is None:
        return {}
    order = ((people.id, people.name), (people.team,), (people.region,))
    return {field: level for level, fields in enumerate(order) for field in fields if field is not None}


def of_whole_team(frame: Frame, before: Before, org: Org, asker: Person | None, model: Model) -> Frame:
    """The team of whoever it was about, said as one would say it. Raises NotAReading where that is nobody."""
    people, asked = model.people, before.asked
    if people is None or people.team is None or not isinstance(asked, Asked):
        raise NotAReading("no teams")
    said = {k: v for k, v in frame.items() if k != "refer"}
    said_of = () if asked.where is None else term_of(asked.where.model_dump(mode="json", exclude_defaults=True))
    where = tuple(walked(said_of))
    named = [
        (w["field"] == people.id, str(v)) for w in where if _is_of(w, (people.id, people.name)) for v in w["values"]
    ]
    if (people.team, str(dict(before.only).get(people.team))) in before.only:
        picked = Term("in", (("field", people.team), ("values", (dict(before.only)[people.team],))))
        return {**said, "where": (*said.get("where", ()), picked)}
    if not named and any(w.kind == "in" and w["field"] == people.team and not w.get("out") for w in where):
        return said  # theirs already
    own = None if asker is None else asker.team
    teams = {_team(member, org, by_id=by_id) for by_id, member in named}
    if not named and asked.scope in ("me", "team"):
        teams = {own}
    if len(teams) != 1 or None in teams:
        raise NotAReading("whose team")
    team = teams.pop()
    if team == own:
        return {**said, "scope": "team"}
    of_team = Term("in", (("field", people.team), ("values", (team,))))
    return {**said, "where": (*said.get("where", ()), of_team)}


def _is_of(condition: Term, fields: tuple[str, ...]) -> bool:
    return condition.kind == "in" and condition["field"] in fields and not condition.get("out")


def _team(member: str, org: Org, *, by_id: bool) -> str | None:
    person = org.people.get(member) if by_id else org.find(member)
    return None if person is None else person.team
