"""The same question typed otherwise, and with something left out: what the properties of the reader are about."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from corpora import entries

from nlq.normalise import has_han
from nlq.reader.asking import Definition, Wanted
from nlq.reader.chart import Item
from nlq.reader.passing import ASIDES
from nlq.reader.read import Found, Read

WORDS = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
FUNCTION = frozenset(WORDS["function"])


def phrasings() -> list[tuple[str, str, str]]:
    """(text, who asks, language) of every line of the corpora that has one meaning of its own."""
    made = []
    for _, entry in entries():
        who = entry.get("as", "Olive Qian")
        for language in ("en", "zh") if "means" in entry and "after" not in entry else ():
            made += [(text, who, language) for text in entry.get(language, ())]
    return made


def without(made: Read, start: int, end: int) -> str:
    """The text without a stretch of its folded form."""
    first, last = made.normal.span(start, end)
    return made.normal.original[:first] + made.normal.original[last:]


def words(found: Found, *, passing: bool = False) -> list[Item]:
    """Of what says something; `passing`: of all."""
    parts = [p for p in found.parts if passing or p.category not in ASIDES]
    return [w for part in parts for w in part.words() if w.end > w.start]


def skipped(made: Read, found: Found, noise: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Words of noise that the reading leaves out."""
    used = bytearray(len(made.normal.folded))
    for word in words(found, passing=True):
        used[word.start : word.end] = b"\x01" * (word.end - word.start)
    left = "".join("|" if k else c for k, c in zip(used, made.normal.folded, strict=True))
    longest = "|".join(map(re.escape, sorted(noise, key=len, reverse=True)))
    for m in re.finditer(rf"(?<![a-z])(?:{longest})(?![a-z])", left):
        yield m.span()


def values(found: Found) -> set[tuple[int, int]]:
    """Stretches that stand for something of the company, a number or a day."""
    return {(w.start, w.end) for w in words(found) if w.category != w.value}


def grammatical(made: Read, found: Found) -> set[tuple[int, int]]:
    """Words of constructions that are no function words: Latin ones one by one."""
    spans = set()
    for word in words(found):
        if word.category == word.value:
            for m in re.finditer(r"[㐀-鿿]+|[^\s㐀-鿿]+", made.normal.folded[word.start : word.end]):
                if m[0] not in FUNCTION and any(map(str.isalpha, m[0])):
                    spans.add((word.start + m.start(), word.start + m.end()))
    return spans


def same(left: Wanted, right: Wanted) -> bool:
    """Whether the same is wanted, in whatever order the columns, groups and conditions were named."""
    return _canonical(left) == _canonical(right)


def _canonical(wanted: Wanted) -> tuple[str, tuple[str, ...]]:
    meaning = wanted.meaning
    written = meaning.metrics if isinstance(meaning, Definition) else meaning.model_dump(mode="json")
    return json.dumps(_sorted(written), sort_keys=True), tuple(sorted(wanted.assumed))


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        made = {k: _sorted(v) for k, v in value.items()}
        free = ("show", "by") if "show" in made else ("of",) if made.get("kind") in ("and", "or") else ()
        return {k: sorted(v, key=json.dumps) if k in free else v for k, v in made.items()}
    return [_sorted(v) for v in value] if isinstance(value, list | tuple) else value


# --- mechanical changes ----------------------------------------------------------------------------------------------


@cache
def _sounds() -> Mapping[str, tuple[str, ...]]:
    """Characters that sound the same, of those in the corpora."""
    from pypinyin import lazy_pinyin

    found: dict[str, set[str]] = {}
    for char in {c for text, _, _ in phrasings() for c in text if has_han(c)}:
        found.setdefault(lazy_pinyin(char)[0], set()).add(char)
    return {c: tuple(sorted(same - {c})) for same in found.values() for c in same if len(same) > 1}


def typo(text: str, found: Found, made: Read, r: random.Random) -> str | None:
    """Two letters the other way round, one left out or doubled; a character that sounds the same."""
    spots: list[tuple[str, int, int]] = []
    for m in re.finditer(r"[A-Za-z]{5,}", text):
        spots.append(("latin", *m.span()))
    for m in re.finditer(r"[㐀-鿿]{3,}", text):
        spots += [("han", i, i + 1) for i in range(*m.span()) if text[i] in _sounds()]
    if not spots:
        return None
    kind, start, end = r.choice(spots)
    if kind == "han":
        return text[:start] + r.choice(_sounds()[text[start]]) + text[end:]
    at = r.randrange(start + 1, end - 1)
    swapped, dropped, doubled = text[at + 1] + text[at], text[at + 1], text[at] * 2 + text[at + 1]
    return text[:at] + r.choice([swapped, dropped, doubled]) + text[at + 2 :]


_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


def case(text: str, found: Found, made: Read, r: random.Random) -> str | None:
    """Capitals; where there are none, full width; where there is nothing to widen, the traditional script."""
    if re.search("[A-Za-z]", text):
        return r.choice([text.upper(), text.lower(), text.title(), text.capitalize()])
    if re.search(r"[!-~]", text):
        return text.translate(_WIDE)
    written = _traditional().convert(text)
    return written if written != text else None


@cache
def _traditional() -> Any:
    import opencc

    return opencc.OpenCC("s2t")


def spacing(text: str, found: Found, made: Read, r: random.Random) -> str | None:
    """More spaces where one may stand."""
    ways = [f" {text} ", f"{text}\n", text.replace(" ", "  ")]
    borders = [made.normal.span(p.start, p.end)[1] for p in found.parts][:-1]
    if borders:
        at = r.choice(borders)
        ways.append(text[:at] + " " + text[at:])
    return r.choice([w for w in ways if w != text])


def fillers(text: str, found: Found, made: Read, r: random.Random) -> str | None:
    """Said more politely."""
    language = made.language
    first = r.choice(("", *WORDS["before"][language]))
    return f"{first}{text.rstrip('?？。! ')}{r.choice(WORDS['behind'][language])}"


def order(text: str, found: Found, made: Read, r: random.Random) -> str | None:
    """The last part said first."""
    if len(found.parts) < 2 or any(p.category in ASIDES for p in found.parts):  # thanks come last
        return None
    at = made.normal.span(found.parts[-1].start, found.parts[-1].end)[0]
    first, last = text[:at].strip(" ,，、?？"), text[at:].strip(" ,，?？。")
    return f"{last}{'' if has_han(last[-1:] + first[:1]) else ' '}{first}" if first and last else None


CHANGES: Mapping[str, Any] = {f.__name__: f for f in (typo, case, spacing, fillers, order)}
