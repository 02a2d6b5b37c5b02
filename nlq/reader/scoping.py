"""Whose rows a question is about, where who asks does not sell: those of the people below."""

from __future__ import annotations

from metrics.model.schema import Model
from metrics.people import Org, Person
from metrics.query.asked import GRAINS
from nlq.reader.constructions import NotAReading
from nlq.reader.draft import Draft
from nlq.reader.frame import Frame
from nlq.reader.terms import Term, Value, replaced, walked

__all__ = ["check_number", "fields_in", "people_fields", "placed_within", "scope"]

_OF_PEOPLE = ("id", "name", "team", "region", "manager")


def scope(draft: Draft, asker: Person | None, *, whole: bool = False) -> None:
    """ "My sales" of a manager are those of the team, and "by rep" is about the team's reps."""
    if asker is not None and asker.sells and draft.scope == "me" and _each_of_people(draft):
        people = draft.model.people
        if people is not None and any(fields_in(w) & {people.team, people.region} for w in draft.where):
            raise NotAReading("each of a team that is named, and oneself alone")
        draft.scope = "team" if asker.team else draft.scope
        return
    if asker is None or asker.sells or whole:
        return
    mine = draft.scope == "me"
    if not mine and draft.scope is None:
        people = draft.model.people
        listed = people is not None and any(b in (people.id, people.name) for b in draft.by)
        named = any(fields_in(w) & people_fields(draft.model) for w in draft.where if not _one_left_out(w, draft.model))
        mine = listed and not named
    if mine:
        draft.scope = "team" if asker.team else "region" if asker.region else None
        _placed_among(draft)


def placed_within(frame: Frame, model: Model, asker: Person | None) -> Frame:
    """ "My place in the North" of somebody of the North is the one among the people there."""
    people = model.people
    if people is None or asker is None or "within" in frame or not _of_oneself(frame, asker):
        return frame
    if not any(t.get("over") == "@who" for view in frame.get("view", ()) for t in walked(view)):
        return frame
    own = {people.team: ("team", asker.team), people.region: ("region", asker.region)}
    for where in frame.get("where", ()):
        within, member = own.get(where.get("field"), ("", None)) if where.kind == "in" else ("", None)
        if member is not None and not where.get("out") and where["values"] == (member,) and within != frame["scope"]:
            rest = tuple(w for w in frame["where"] if w != where)
            return {
                **{k: v for k, v in frame.items() if k != "where"},
                **({"where": rest} if rest else {}),
                "within": within,
            }
    return frame


def _of_oneself(frame: Frame, asker: Person) -> bool:
    return frame.get("scope") in (("me",) if asker.sells else ("me", "team")) and "by" not in frame


def _each_of_people(draft: Draft) -> bool:
    """Whether each of the people is asked for, and nothing else."""
    people, groups = draft.model.people, set(draft.by) - GRAINS
    return people is not None and bool(groups) and groups <= {people.id, people.name}


def _one_left_out(condition: Value, model: Model) -> bool:
    """Whether it says who does not count, and so nothing of where to look."""
    people = model.people
    own = people is not None and condition.kind == "in" and condition["field"] in (people.id, people.name)
    return own and bool(condition.get("out"))


def _placed_among(draft: Draft) -> None:
    """ "The second best rep" of a manager is the second of the team."""

    def among(term: Term) -> Value:
        here = term.kind == "place" and not {"over", "within"} & {name for name, _ in term.args}
        return term.with_(within=draft.scope) if here else term

    if draft.scope is not None and "having" in draft.frame:
        draft.frame = {**draft.frame, "having": replaced(draft.frame["having"], among)}


def people_fields(model: Model) -> frozenset[str]:
    """The fields that say who somebody is and where they belong."""
    people = model.people
    if people is None:
        return frozenset()
    return frozenset(f for f in (getattr(people, name) for name in _OF_PEOPLE) if f is not None)


def fields_in(condition: Value) -> frozenset[str]:
    """The fields a condition is on."""
    if isinstance(condition, Term):
        own = condition.get("field")
        return frozenset({own} if own is not None else ()).union(*(fields_in(v) for _, v in condition.args))
    return frozenset().union(*(fields_in(v) for v in condition)) if isinstance(condition, tuple) else frozenset()


def check_number(said: Value, org: Org, asker: Person | None) -> None:
    """Whether there are so many teams or regions, in all or where the asker is. Raises NotAReading: "the five regions"
    of four are not all of them."""
    kept = "team" if said["of"] == "@team" else "region"
    near = [
        p for p in org.people.values() if asker is not None and asker.region is not None and p.region == asker.region
    ]
    numbers = {len({getattr(p, kept) for p in people} - {None}) for people in (org.people.values(), near)}
    if said["n"] not in numbers:
        raise NotAReading("so many there are not")
