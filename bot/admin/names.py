"""Words of a command to names of the model and the org: metrics by any label or synonym, regions, teams, people,
channels."""

from __future__ import annotations

from collections.abc import Iterable

from bot.admin.clauses import CommandError, Scope
from bot.state import Channel, State
from metrics.model.schema import Model
from metrics.nearest import nearest
from metrics.people import Org, Person
from schedules.selection import Selection

__all__ = ["channel_named", "metric_named", "person_named", "selection_of", "team_named"]


def metric_named(model: Model, text: str) -> str:
    """The metric's name. Raises CommandError with the nearest names."""
    words: dict[str, str] = {}
    for metric in model.metrics.values():
        for word in (metric.name, metric.name.replace("_", " "), *metric.labels.values(), *metric.synonyms):
            words.setdefault(word.casefold(), metric.name)
    wanted = " ".join(text.casefold().split())
    if wanted in words:
        return words[wanted]
    close = nearest(wanted, words, most=6)
    names = tuple(dict.fromkeys(words[c] for c in close))[:3]
    raise CommandError(
        f"There is no metric “{text}”.",
        suggestions=names,
        fix="" if names else f"Known: {', '.join(sorted(model.metrics))}.",
    )


def person_named(org: Org, text: str) -> Person:
    """Raises CommandError when nobody, or more than one person, is called so."""
    found = org.find(text)
    if found is not None:
        return found
    same = [p for p in org.people.values() if text.casefold() in (w.casefold() for w in (p.name, *p.aliases))]
    if len(same) > 1:
        raise CommandError(
            f"Several people are called “{text}”.", suggestions=tuple(p.id for p in same[:5]), fix="Write the id."
        )
    first = [p.name for p in org.people.values() if text.casefold() in p.name.casefold().split()]
    if len(first) == 1:
        return next(p for p in org.people.values() if p.name == first[0])
    close = nearest(text, [p.name for p in org.people.values()])
    raise CommandError(f"There is nobody called “{text}”.", suggestions=tuple(dict.fromkeys([*first, *close]))[:3])


def channel_named(state: State, text: str) -> Channel:
    """A channel the bot has seen, by id or name."""
    found = state.channels.named(text)
    if found is None:
        names = [c.name for c in state.channels.all()]
        close = tuple(f"#{c}" for c in nearest(text.lstrip("#"), names))
        raise CommandError(
            f"I do not know the channel #{text.lstrip('#')}.",
            suggestions=close,
            fix="Invite me there first: /invite @Paceline",
        )
    return found


def selection_of(model: Model, org: Org, scope: Scope) -> Selection:
    """Whom "for …" and "in …" select. Raises CommandError for a place or person that does not exist."""
    parts: dict[str, object] = {}
    if scope.named:
        team = team_named(model, org, scope.named)
        person = org.find(scope.named)
        if person is None and team is not None:
            parts["team"] = team
        else:
            parts["people"] = ((person or person_named(org, scope.named)).id,)
    if scope.team:
        team = team_named(model, org, scope.team)
        if team is None:
            raise _no_place("team", scope.team, _values(org, "team"))
        parts["team"] = team
    if scope.place:
        region, team = _region(model, org, scope.place), team_named(model, org, scope.place)
        if region is not None:
            parts["region"] = region
        elif team is not None:
            parts["team"] = team
        else:
            raise _no_place("region or team", scope.place, [*_values(org, "region"), *_values(org, "team")])
    return Selection.model_validate(parts)


def _region(model: Model, org: Org, text: str) -> str | None:
    return _member(model, model.people.region if model.people else None, text, _values(org, "region"))


def team_named(model: Model, org: Org, text: str) -> str | None:
    """The team of that name, label or other word; None where there is none."""
    found = _member(model, model.people.team if model.people else None, text, _values(org, "team"))
    bare = text.casefold().removeprefix("team ")
    return found or next((v for v in _values(org, "team") if v.casefold().removeprefix("team ") == bare), None)


def _member(model: Model, field_id: str | None, text: str, values: Iterable[str]) -> str | None:
    wanted = text.casefold()
    values = tuple(values)
    known = {v.casefold(): v for v in values}
    if wanted in known:
        return known[wanted]
    field = model.fields.get(field_id) if field_id is not None else None
    said = (m for m in values if field is not None and wanted in (w.casefold() for w in field.words_of(m)))
    return next(said, None)


def _values(org: Org, part: str) -> list[str]:
    return sorted({value for p in org.people.values() if p.sells and (value := getattr(p, part)) is not None})


def _no_place(kind: str, text: str, known: list[str]) -> CommandError:
    close = nearest(text, known)
    return CommandError(
        f"There is no {kind} “{text}”.",
        suggestions=close,
        fix="" if close else f"Known: {', '.join(known[:12])}.",
    )
