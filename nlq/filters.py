"""Members, exclusions and terms -> row filters."""

from __future__ import annotations

from dataclasses import dataclass

from metrics.query import Filter
from nlq.context import Context
from nlq.pieces import Members
from nlq.slots import Slots

__all__ = ["Named", "named_things"]


@dataclass(frozen=True, slots=True)
class Named:
    """`where`: filters; `part`: fields narrowed by naming members; `listed`: field whose members were set side by side,
    and `joined` how; `person`: the one person named; `term_metric`: a metric a term stands for."""

    where: tuple[Filter, ...] = ()
    part: tuple[str, ...] = ()
    listed: str | None = None
    joined: str = ""
    people: tuple[str, ...] = ()
    metric: str | None = None


def _add(where: list[Filter], new: Filter) -> None:
    """Two mentions of members of one field widen each other ("in East … and West")."""
    for i, old in enumerate(where):
        if old.field == new.field and old.op == new.op and new.op in ("in", "not_in"):
            where[i] = Filter(field=old.field, op=old.op, values=tuple(dict.fromkeys((*old.values, *new.values))))
            return
    where.append(new)


def named_things(ctx: Context, slots: Slots, *, verbs_are_members: bool) -> Named:
    """Use every member, exclusion and term of the question."""
    where: list[Filter] = []
    part: list[str] = []
    people: list[str] = []
    listed: str | None = None
    joined = ""
    metric: str | None = None
    model = ctx.lexicon.model
    for i in slots.at("EXCLUDE"):
        value = slots.take(i).value("EXCLUDE")
        if isinstance(value, Filter):
            _add(where, value)
        elif isinstance(value, Members):
            for options in value.each:
                _add(where, Filter(field=options[0][0], op="not_in", values=(options[0][1],)))
    for i in slots.at("NOMEMBER"):
        _add(where, Filter(field=slots.take(i).value("NOMEMBER"), values=(None,)))
    for i in range(len(slots.tokens)):
        token = slots.tokens[i]
        if slots.taken(i):
            continue
        if not token.has("MEMBERS"):
            if (
                not token.has("MEMBER")
                or (token.has("VERB") and not verbs_are_members)
                or (token.has("METRIC") and not token.has("PERSON"))
            ):
                continue
            slots.take(i)
            field_id, value = token.value("MEMBER")
            _add(where, Filter(field=field_id, values=(value,)))
            part.append(field_id)
            if token.has("PERSON"):
                people.append(value)
            continue
        slots.take(i)
        members: Members = token.value("MEMBERS")
        for options in members.each:
            field_id, value = options[0]
            _add(where, Filter(field=field_id, values=(value,)))
            part.append(field_id)
            if model.people is not None and field_id == model.people.name:
                people.append(value)
        if members.joined:
            listed, joined = members.each[0][0][0], members.joined
    for i in slots.at("TERM"):
        term = model.terms[slots.take(i).value("TERM")]
        for filtered in term.where:
            _add(where, filtered)
            part.append(filtered.field)
        metric = term.metric or metric
    if listed is None:
        for filtered in where:
            if (
                filtered.op == "in"
                and len(filtered.values) > 1
                and part.count(filtered.field) == len(filtered.values)
                and slots.ever("COMPARATIVE", "COMPARE", "AHEAD", "VS")
            ):
                listed, joined = filtered.field, "vs"
    where.sort(key=lambda f: f.op != "in")
    return Named(tuple(where), tuple(dict.fromkeys(part)), listed, joined, tuple(people), metric)
