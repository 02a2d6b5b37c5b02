"""The entries of the language files as rows of plain values: what constructions are made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from nlq.normalise import fold
from nlq.reader.files import loaded
from nlq.reader.patterns import Pattern, Slot, parts_of, pattern_of, pieces_of

__all__ = ["Entry", "Table", "forms_of", "table_of"]

_SPOKEN, _PASSING = "spoken", 3.0  # said in passing by people, not by us
_PLAIN = "canonical"
_KEYS = frozenset({"is", "means", "cost", "not", "asks", "values", "about", "agree", "said", "floats"})
_Others = Mapping[str, Mapping[str, list[str]]]  # construction -> language -> forms


class Entry(NamedTuple):
    """What `constructions.Construction` says of each."""

    name: str
    category: str
    means: Any
    cost: float
    patterns: tuple[tuple[str, float, Pattern], ...]
    pieces: tuple[str, ...]
    misses: tuple[str, ...]
    agree: tuple[str, ...]
    said: float
    floats: bool
    plain: bool


class Table(NamedTuple):
    entries: tuple[Entry, ...]
    noise: frozenset[str]
    words: frozenset[str]  # of all forms


def table_of(content: Mapping[Path, bytes], extra: tuple[str, ...] = ()) -> Table:
    """Of language files, and of folders of further languages."""
    others = forms_of(extra)
    noise = {w for words in others.get("NOISE", {}).values() for w in map(fold, words)}
    made: dict[str, Entry] = {}
    for path in content:
        for name, written in (loaded(content[path].decode("utf-8")) or {}).items():
            if name == "NOISE":
                noise.update(w for words in written.values() for w in map(fold, words))
                continue
            for one in _entries(name, written, others, path.stem):
                assert one.name not in made, f"{path.name}: {one.name} is there twice"
                made[one.name] = one
    unknown = others.keys() - made.keys() - {"NOISE"}
    assert not unknown, f"forms of no construction: {sorted(unknown)}"
    words = {part for entry in made.values() for part in parts_of(entry.pieces) if isinstance(part, str)}
    return Table(tuple(made.values()), frozenset(noise), frozenset(words))


def forms_of(folders: tuple[str, ...]) -> dict[str, dict[str, list[str]]]:
    """Construction -> language -> forms. A folder has the name of its language."""
    found: dict[str, dict[str, list[str]]] = {}
    for folder in map(Path, folders):
        for path in sorted(folder.glob("*.yaml")):
            for name, forms in (loaded(path.read_text(encoding="utf-8")) or {}).items():
                said = found.setdefault(name, {})
                assert folder.name not in said, f"{path.name}: {name} is there twice"
                said[folder.name] = forms
    return found


def _entries(name: str, written: Mapping[str, Any], others: _Others, stem: str) -> Iterator[Entry]:
    if "values" in written:
        for value, said in written["values"].items():
            full = f"{name}.{value}"
            yield _entry(full, name, value, {**said, **others.get(full, {})}, written, stem)
        return
    category, means = written.get("is", name), written.get("means")
    yield _entry(name, category, means, {**written, **others.get(name, {})}, written, stem)


def _entry(
    name: str, category: str, means: Any, said: Mapping[str, Any], written: Mapping[str, Any], stem: str
) -> Entry:
    cost = float(said.get("cost", written.get("cost", 0.0)))
    made: list[tuple[str, float, Pattern]] = []
    pieces: dict[str, None] = {}
    for language, forms in said.items():
        if language in _KEYS:
            continue
        assert isinstance(forms, list), f"{name}: {language} is no list of forms"
        for i, form in enumerate(forms):
            of_form = pieces_of(str(form))
            pieces |= dict.fromkeys(of_form)
            made.append((language, cost + 0.0001 * i, pattern_of(of_form)))
    slots = {part.name for part in parts_of(pieces) if isinstance(part, Slot) and part.name}
    agree = tuple(written.get("agree", ()))
    assert means is None or all(f"${slot}" in f"{means} {agree}" for slot in slots), (
        f"{name}: a slot that means nothing"
    )
    if means is None:  # what fills its one slot, else nothing but that it was said
        means = f"${next(iter(slots))}" if len(slots) == 1 else True
    rather = float(written.get("said", 0.0)) + (_PASSING if stem.startswith(_SPOKEN) else 0.0)
    floats, misses = bool(written.get("floats", False)), tuple(written.get("not", ()))
    of = (name, category, means, cost, tuple(made), tuple(pieces), misses, agree, rather, floats, stem == _PLAIN)
    return Entry(*of)
