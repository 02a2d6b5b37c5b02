"""How files belong together: keys, references, people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from metrics.ingest.proposing.survey import ColumnSurvey, FileSurvey, normal
from metrics.ingest.proposing.vocabulary import ID_WORDS, MANAGER_WORDS, PERSON_WORDS, REGION_WORDS, TEAM_WORDS

__all__ = ["Kin", "Link", "People", "find_kin"]


@dataclass(frozen=True, slots=True)
class Link:
    """Many rows of `source` point to one of `target`. `spellings`: values that mean one of the target's."""

    source: str
    column: str
    target: str
    key: str
    spellings: dict[str, str]
    orphans: int


@dataclass(frozen=True, slots=True)
class People:
    """Where people are. `table` None: no file lists them; `names` are those found in the facts."""

    table: str | None
    id: str
    manager: str | None = None
    team: str | None = None
    region: str | None = None
    names: tuple[str, ...] = ()
    managers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kin:
    """`keys`: table -> key column ("" when no single column is one). `owner`: table -> column naming the person."""

    keys: dict[str, str]
    links: tuple[Link, ...]
    people: People | None
    owner: dict[str, str]

    @property
    def facts(self) -> frozenset[str]:
        """Tables nothing points to."""
        return frozenset(self.keys) - {link.target for link in self.links}


def _parts(name: str) -> set[str]:
    return set(name.lower().replace(" ", "_").split("_")) | {name.lower().replace(" ", "_"), name}


def _hint(column: ColumnSurvey, words: Sequence[str]) -> int | None:
    """How early in `words` the column's name is found, whole names before parts; None when it is not."""
    for at, word in enumerate(words):
        if normal(column.name) == normal(word):
            return at
    for at, word in enumerate(words):
        if word in _parts(column.name) or (not word.isascii() and word in column.name):
            return at + 100
    return None


def _best(file: FileSurvey, words: Sequence[str], *, kinds: Sequence[str] = ("text",)) -> ColumnSurvey | None:
    hits = [
        (hint, at) for at, c in enumerate(file.columns) if c.type in kinds and (hint := _hint(c, words)) is not None
    ]
    return file.columns[min(hits)[1]] if hits else None


def _key(file: FileSurvey) -> str:
    unique = [c for c in file.columns if c.unique and c.type in ("text", "integer")]
    named = [c for c in unique if _hint(c, ID_WORDS) is not None]
    first = [c for c in unique if c is file.columns[0]]
    best = next(iter([*named, *first, *unique]), None)
    return "" if best is None else best.field


def _link(file: FileSurvey, column: ColumnSurvey, target: FileSurvey, key: ColumnSurvey) -> Link | None:
    if column.type != key.type or not column.distinct or file is target:
        return None
    known = {normal(v): v for v in key.distinct_values}
    missing = [v for v in column.distinct_values if v not in key.distinct_values]
    spelled = {v: known[normal(v)] for v in missing if normal(v) in known}
    orphans = len(missing) - len(spelled)
    if orphans > 0.1 * column.distinct or (column.type == "integer" and normal(column.name) != normal(key.name)):
        return None
    return Link(file.table, column.field, target.table, key.field, spelled, orphans)


def find_kin(files: Sequence[FileSurvey]) -> Kin:
    """Keys, references and people of files that were looked at together."""
    keys = {f.table: _key(f) for f in files}
    links: list[Link] = []
    for file in files:
        for target in files:
            key = keys[target.table]
            if not key or target.rows > file.rows:
                continue
            hits = [
                x
                for c in file.columns
                if c.field != keys[file.table] and (x := _link(file, c, target, target.named(key)))
            ]
            named = [x for x in hits if x.column == key]
            links += (named or hits)[:1]
    # A target that points to others itself stays one step away: no second way to the same table.
    direct: dict[tuple[str, str], Link] = {}
    for link in links:
        direct.setdefault((link.source, link.target), link)
    kin = tuple(direct.values())
    facts = [f for f in files if f.table not in {x.target for x in kin}]
    owner = {f.table: c.field for f in facts if (c := _best(f, PERSON_WORDS)) is not None}
    return Kin(keys, kin, _people(files, kin, owner), owner)


def _name_of(column: ColumnSurvey | None) -> str | None:
    return None if column is None else column.field


def _people(files: Sequence[FileSurvey], links: Sequence[Link], owner: dict[str, str]) -> People | None:
    by_name = {f.table: f for f in files}
    for link in links:
        if owner.get(link.source) != link.column:
            continue
        table = by_name[link.target]
        manager = _best(table, MANAGER_WORDS)
        team, region = _best(table, TEAM_WORDS), _best(table, REGION_WORDS)
        ids = table.named(link.key).distinct_values
        managers = tuple(sorted(v for v in manager.distinct_values if v not in ids)) if manager else ()
        team = team or manager  # people call a team by its manager's name
        return People(link.target, link.key, _name_of(manager), _name_of(team), _name_of(region), (), managers)
    names: set[str] = set()
    for table_name, column in owner.items():
        found = by_name[table_name].named(column)
        names |= {found.spellings.get(v, v) for v in found.distinct_values}
    return People(None, "person_id", names=tuple(sorted(names))) if names else None
