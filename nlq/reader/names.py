"""Names of members and people. There may be tens of thousands: each is kept as little as can be, and becomes a sense of
a phrase only where it is met in a text."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from metrics.model.schema import Model
from metrics.people import Org, Person
from nlq.keys import is_key
from nlq.normalise import fold, fold_all, has_han
from nlq.reader.terms import Term, Value

__all__ = ["Entry", "Names", "Sees", "names_of", "one_of", "people_named", "person_member", "since_day"]

Sees = Callable[[str, str], bool]  # (field id, member) -> whether it exists for the asker
MOST_OF_A_NAME = 6  # as many as can be asked about
_NAME_WORD = re.compile(r"[^\W\d_一-鿿][^\s一-鿿,()（）/]*|[一-鿿]+")
_SHORTEST_DONE = 2  # 未结案, and not 没用
_PART_OF_NAME = 0.3  # a first name alone is less sure than a full one
_HIDDEN = 1.0  # a parent company that is a customer too is the customer, unless its field is named


@dataclass(frozen=True, slots=True)
class Entry:
    """One sense of a phrase. `member`: (field, value) where it stands for a member: who may not see it has no such
    entry."""

    category: str
    value: Value
    cost: float = 0.0
    member: tuple[str, str] | None = None


class _Name(NamedTuple):
    field: str
    value: str
    cost: float
    person: str = ""
    team: tuple[str, str] = ("", "")
    joined: dt.date | None = None

    def entry(self, category: str) -> Entry:
        where = one_of(self.field, self.value)
        if not self.person:
            return Entry(category, where, self.cost, (self.field, self.value))
        value = _person(self.person, (self.field, self.value), self.team, self.joined)
        return Entry(category, value, self.cost, (self.field, self.value))


@dataclass(frozen=True, slots=True)
class Names:
    """Folded name -> whose it is; `surnames`: Chinese ones, which stand alone only with a title."""

    all: Mapping[str, Sequence[_Name]]
    surnames: Mapping[str, Sequence[_Name]]

    def __contains__(self, phrase: str) -> bool:
        return phrase in self.all or phrase in self.surnames

    def senses(self, phrase: str, sees: Sees | None) -> Iterator[Entry]:
        """Of those who exist for the asker; of many of one name the first few."""
        for name in _seen(self.all.get(phrase, ()), sees):
            yield name.entry("PERSON" if name.person else "MEMBER")
        for name in _seen(self.surnames.get(phrase, ()), sees):
            yield name.entry("SURNAME")


def _seen(names: Sequence[_Name], sees: Sees | None) -> Iterator[_Name]:
    left = MOST_OF_A_NAME
    for name in names:
        if sees is None or sees(name.field, name.value):
            yield name
            left -= 1
            if not left:
                return


def one_of(field_id: str, *values: str) -> Term:
    """The condition that a row is of one of the members."""
    return Term("in", (("field", field_id), ("values", values)))


def names_of(
    model: Model,
    members: Mapping[str, Sequence[str]],
    org: Org,
    nots: Sequence[str] = (),
    pronouns: Sequence[str] = (),
) -> Names:
    """`members`: field id -> distinct values of that dimension. `nots`: words for not: a member called 未结案 is
    没结案 as well. `pronouns`: what nobody is called by, though it may be a part of their name."""
    found: dict[str, list[_Name]] = {}
    surnames: dict[str, list[_Name]] = {}
    _add_members(found, model, members)
    _add_nots(found, nots)
    _add_people(found, surnames, model, org, frozenset(pronouns))
    return Names(found, surnames)


def _add_members(found: dict[str, list[_Name]], model: Model, members: Mapping[str, Sequence[str]]) -> None:
    people = model.people
    out = {people.id, people.email, people.name} if people is not None else set()
    out |= {label for f in model.fields.values() for label in f.labelled_by.values()}  # words of the codes
    taken: dict[str, dict[str, list[_Name]]] = {}  # dataset -> folded word -> whose it is
    for field_id, values in members.items():
        item = model.fields.get(field_id)
        if item is None or not item.dimension or field_id in out:
            continue
        said = [(value, word) for value in values for word in item.words_of(value)]
        here = taken.setdefault(item.dataset, {})
        for (value, _), phrase in zip(said, fold_all([word for _, word in said]), strict=True):
            name = _Name(field_id, value, 0.0)
            if phrase in here:
                here[phrase].append(name)
            else:
                here[phrase] = [name]
    keys = {item.id for item in model.fields.values() if is_key(model, item)}
    for phrase, whose in (pair for words in taken.values() for pair in words.items()):
        if len(whose) > 1:
            hidden = _HIDDEN if any(name.field in keys for name in whose) else 0.0
            whose = [n if n.field in keys else n._replace(cost=hidden) for n in dict.fromkeys(whose)]
        if phrase in found:
            found[phrase] += whose
        else:
            found[phrase] = whose


def _add_nots(found: dict[str, list[_Name]], nots: Sequence[str]) -> None:
    for phrase, whose in list(found.items()):
        done = phrase[1:] if phrase[0] in nots and len(phrase) > _SHORTEST_DONE else ""
        for word in nots if done and has_han(done) else ():
            found.setdefault(f"{word}{done}", whose)


def person_member(
    model: Model, org: Org, person: Person, alike: Mapping[str, int] | None = None
) -> tuple[str, str] | None:
    """(field id, value) that filters to the rows of a person, or of their team when they do not sell. `alike`: how many
    who sell have a name."""
    people = model.people
    if people is None:
        return None
    if person.sells:
        same = (alike if alike is not None else _namesakes(org))[person.name]
        return (people.name, person.name) if same == 1 or people.name == people.id else (people.id, person.id)
    if people.team is not None and person.team:
        return (people.team, person.team)
    if people.region is not None and person.region:
        return (people.region, person.region)
    below = (org.people[i] for i in org.reports.get(person.id, ()))
    if people.manager is not None and any(p.sells for p in below):
        return (people.manager, person.id)
    return None


def _namesakes(org: Org) -> Mapping[str, int]:
    return Counter(p.name for p in org.people.values() if p.sells)


def _add_people(
    found: dict[str, list[_Name]],
    surnames: dict[str, list[_Name]],
    model: Model,
    org: Org,
    pronouns: frozenset[str],
) -> None:
    """Full names first, then their parts where these are nobody's full name."""
    alike = _namesakes(org)
    whole: dict[str, list[_Name]] = {}
    parts: dict[str, list[_Name]] = {}
    for person in org.people.values():
        member = person_member(model, org, person, alike)
        if member is None:
            continue
        team = _team_of(model, person, member)
        full = _Name(*member, 0.0, person.id, team, person.active_from)
        part = full._replace(cost=_PART_OF_NAME)
        for name in (person.name, *person.aliases):
            whole.setdefault(fold(name), []).append(full)
            for piece in _parts_of(name):
                parts.setdefault(fold(piece), []).append(part)
            if has_han(name):
                surnames.setdefault(name[0], []).append(full)
    for phrase, names in whole.items():
        found.setdefault(phrase, []).extend(dict.fromkeys(names))
    for phrase, names in parts.items():
        if phrase not in whole and phrase not in pronouns:
            found.setdefault(phrase, []).extend(dict.fromkeys(names))


def people_named(model: Model, org: Org) -> Iterator[Term]:
    """Everybody who can be asked about, as a name of theirs is read."""
    alike = _namesakes(org)
    for person in org.people.values():
        member = person_member(model, org, person, alike)
        if member is not None:
            yield _person(person.id, member, _team_of(model, person, member), person.active_from)


def _person(person: str, member: tuple[str, str], team: tuple[str, str], joined: dt.date | None) -> Term:
    """`where`: their rows; `team`: those of "their team", where there is one; `joined`: since then they are here."""
    theirs = (("team", one_of(*team)),) if team[1] else ()
    since = (("joined", since_day(joined)),) if joined is not None else ()
    return Term("person", (("id", person), ("where", one_of(*member)), *theirs, *since))


def since_day(day: dt.date) -> Term:
    """From a day on."""
    following = day + dt.timedelta(days=1)
    first = Term("between", (("start", day.isoformat()), ("end", following.isoformat())))
    return Term("since", (("of", first),))


def _team_of(model: Model, person: Person, member: tuple[str, str]) -> tuple[str, str]:
    """Whose rows "Kevin's team" are: of who sells, those of the team they are in; of others, all they are asked for
    by."""
    if not person.sells:
        return member
    field = model.people.team if model.people is not None else None
    return (field, person.team) if field is not None and person.team else ("", "")


def _parts_of(name: str) -> list[str]:
    """First and last names; of a Chinese name of three characters and more the given name."""
    pieces = _NAME_WORD.findall(name)
    if len(pieces) == 1:
        return [name[1:]] if has_han(name) and len(name) > 2 else []
    return [p for p in pieces if len(p) > 1]
