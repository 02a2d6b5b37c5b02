"""What is wrong with constructions themselves: forms that mean two things, constructions that nothing needs, words of a
language in code."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from corpora import entries

from metrics.analyses.analysis import Analysis
from metrics.model.schema import PeopleFields
from metrics.query.family import Family
from nlq.reader.chart import Item
from nlq.reader.constructions import Construction, Form, Slot, grammar
from nlq.reader.frame import frame_of
from nlq.reader.read import Found, Read

# Pairs with a form in common of which no line of the corpora is asked back; none may come to it.
DECIDED = {
    # what is listed, or what was asked before, tells them apart
    ("bottom_n_among", "bottom_n_least"),
    ("bottom_n_among_zh", "bottom_n_least"),
    ("each_unit_of_the", "each_unit_of_the_apart"),
    ("each_of_the", "each_of_the_apart"),  # who reached it in each of three months; or a number, month by month
    ("follow_lean", "measure"),
    ("follow_lean", "measure_for"),
    ("ordered_ascending", "people_ascending"),
    ("ordered_descending", "people_descending"),
    ("top_n_among", "top_n_most"),
    ("VERB.close", "verb_closed"),
    ("early_month", "first_days_now"),  # 月头
    ("early_part", "first_days"),
    ("follow_others", "rest_of"),  # "the other regions": after an answer, or beside those that are named
    ("how_is_somebody", "what_then"),  # "where do i stand": after "what if", or how it goes
    ("rank_question", "what_then"),  # "where do i rank": the same
    ("follow_which_ones", "only_names"),  # "just the names": after an answer, or of what is counted
    ("tell_amount", "with_amounts"),  # "with amounts": of records, or of whoever is listed
    ("what_then", "will_land"),  # "where would i end up": the same
    # of the answer before, or of what is asked in the same line
    ("asks_which", "follow_why"),
    ("follow_which_ones", "list_them"),
    ("follow_which_ones", "which_they_then_are"),
    ("gave_most", "which_gave_most"),  # "which industry brought in the most": of what was told, or sales
    ("follow_difference_of_two", "which_of_two"),
    ("follow_sort", "high_first"),
    ("follow_sort", "zh_descending"),
    ("follow_sort_up", "low_first"),
    ("follow_whose", "tell_who"),
    ("follow_whose", "whose_records"),
    ("follow_whose", "tell_rep"),
    ("follow_worth_more", "worth_together"),
    # of those that stand side by side, or of all
    ("follow_that", "there"),  # of the answer before, or of the place that is said beside it
    ("follow_leave_out", "take_out"),  # "leave Falcon out": of the answer before, or of what is asked beside it
    ("who_first", "who_is_ahead"),
    ("who_is_ahead", "who_is_first_too"),
    ("lack_done", "lack_ever"),  # in days that are said, or ever
    ("bought_which", "ever_bought_which"),  # the same
    ("been_times", "been_times_then"),  # the same
    # in the order of what is listed, of people, or of those that are named
    ("named_up", "ordered_ascending"),
    ("named_down", "ordered_descending"),
    ("named_up", "people_ascending"),
    ("named_down", "people_descending"),
    ("not_one_of_those", "not_one_there"),  # of the answer before, or of people
    ("which_houses", "which_houses_of_one"),  # of the one that was told, or of all
}
UNNEEDED = 324  # constructions that no line of the corpora needs; may only fall
# Pieces of text in code that hold words of a language; they may only become fewer.
HAN_IN_CODE = {"nlq/reader/dates.py": 16, "nlq/reader/figures.py": 4, "nlq/reader/phrasing.py": 1}

_HAN = re.compile(r"[㐀-鿿]")
_BLOCKS = re.compile(r"[⺀㐀一豈]-[鿿\ufaff]|^[⺀㐀鿿]$")  # ends of the ranges of Chinese characters
_WORD = re.compile(r"(?<![\\<\[a-z])[a-z]{3,}(?![\]>a-z])")


def lines(folder: str = "corpus") -> Iterator[tuple[str, str, tuple[str, ...], bool]]:
    """(text, who asks, after what, whether it is asked back) of all corpora."""
    for _, entry in entries(folder):
        for language in ("en", "zh") if "unread" not in entry else ():
            for text in entry.get(language, ()):
                yield text, entry.get("as", "Olive Qian"), tuple(entry.get("after", ())), "asks" in entry


def near_misses() -> Iterator[tuple[str, str]]:
    """(text, who asks) of what differs in one small thing."""
    for _, entry in entries("corpus_near"):
        who = entry.pop("as", "Olive Qian")
        yield from ((text, who) for text in entry)


def stopped_by(read: Read) -> set[str]:
    """Names of the constructions that say that nothing answers it."""
    items = [i for i in read.chart or () if i.form is not None and i.category == "PART"] if not read.found else []
    return {i.form.construction.name for i in items if i.form is not None and "beyond" in frame_of(i.value)}


def made_of(found: Found) -> set[str]:
    """Names of all constructions of a reading."""
    names: set[str] = set()
    agenda: list[Item] = list(found.parts)
    while agenda:
        item = agenda.pop()
        agenda += item.parts
        if item.form is not None:
            names.add(item.form.construction.name)
    return names


@pytest.fixture(scope="module")
def needed(reader: Any, own_reader: Any) -> tuple[set[str], list[set[str]]]:
    """(constructions of the readings of all lines, those of the readings of each line that is asked back)."""
    every: set[str] = set()
    asked: list[set[str]] = []
    for text, who, after, back in lines():
        names = set().union(*(made_of(f) for f in reader(text, who, after).near))
        every |= names
        asked += [names] if back else []
    for text, who, after, _ in lines("corpus_own"):
        every = every.union(*map(made_of, own_reader(text, who, after).near))
    for text, who in near_misses():
        read = reader(text, who)
        every = every.union(stopped_by(read), *map(made_of, read.near))
    return every, asked


def collisions() -> set[tuple[str, str]]:
    """Constructions of one category that a form is of, though they mean different things."""
    found: dict[Any, dict[str, str]] = defaultdict(dict)
    for construction in grammar().constructions.values():
        for form in construction.forms:
            found[construction.category, _shape(form)].setdefault(_meant(construction, form), construction.name)
    return {pair for same in found.values() if len(same) > 1 for pair in _pairs(sorted(set(same.values())))}


def _pairs(names: list[str]) -> Iterator[tuple[str, str]]:
    yield from ((a, b) for i, a in enumerate(names) for b in names[i + 1 :])


def _shape(form: Form) -> tuple[Any, ...]:
    return tuple((p.category, p.wanted, p.unwanted) if isinstance(p, Slot) else p for p in form.parts)


def _meant(construction: Construction, form: Form) -> str:
    """With slots by their places."""
    means = f"{construction.means} {construction.agree}"
    for i, part in enumerate(form.parts):
        if isinstance(part, Slot) and part.name:
            means = re.sub(rf"\${part.name}\b", f"${i}", means)
    return means


def test_a_form_that_means_two_things_is_asked_back(needed: tuple[set[str], list[set[str]]]) -> None:
    _, asked = needed
    untested = {pair for pair in collisions() if not any(set(pair) <= names for names in asked)}
    assert untested <= DECIDED, f"forms that collide, and no line of the corpora asks back: {untested - DECIDED}"
    assert untested >= DECIDED, f"no longer so: {DECIDED - untested}"


def test_constructions_are_needed(needed: tuple[set[str], list[set[str]]]) -> None:
    """Of a family of words one is enough; plain ones are needed to say things."""
    every = {name.partition(".")[0] for name in needed[0]}
    spoken = {c.name.partition(".")[0] for c in grammar().constructions.values() if not c.plain}
    unneeded = sorted(spoken - every)
    assert len(spoken) > 500
    assert len(unneeded) <= UNNEEDED, unneeded


def test_the_best_say_by_what() -> None:
    """A form that names no way of being first cannot be said of something that has one."""
    checked = 0
    for construction in grammar().constructions.values():
        for term in _terms(construction.means):
            way = str(term.get("way", "")) if term.get("kind") in ("top", "sorted") else ""
            if way.startswith("$"):
                checked += 1
                slot = way[1:].partition(".")[0]
                silent = [f.spoken for f in construction.forms if slot not in _slots(f)]
                assert not silent, f"{construction.name}: {silent}"
    assert checked > 30


def _terms(means: Any) -> Iterator[dict[str, Any]]:
    if isinstance(means, dict):
        yield means
    for inner in means.values() if isinstance(means, dict) else means if isinstance(means, list) else ():
        yield from _terms(inner)


def _slots(form: Form) -> set[str]:
    return {part.name for part in form.parts if isinstance(part, Slot)}


# --- code ------------------------------------------------------------------------------------------------------------


def code(root: Path) -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((root / "nlq").rglob("*.py")):
        yield path.relative_to(root).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def texts(tree: ast.Module) -> Iterator[str]:
    """Text that is no docstring."""
    told = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.value


def test_no_chinese_in_code(root: Path) -> None:
    found = {
        name: sum(bool(_HAN.search(_BLOCKS.sub("", _BLOCKS.sub("", text)))) for text in texts(tree))
        for name, tree in code(root)
    }
    assert {name: n for name, n in found.items() if n > HAN_IN_CODE.get(name, 0)} == {}


def test_no_lists_of_english_words_in_code(root: Path) -> None:
    """Of several words that constructions are made of, unless these are codes of the algebra too."""
    rules = grammar()
    codes = {"count", "days", "money", *(f.name for f in fields(PeopleFields))}  # units of metrics; who people are
    codes = codes.union(*(_codes(c.means) for c in rules.constructions.values()), rules.constructions)
    for family in (*Family.__subclasses__(), Analysis):
        codes |= {n for kind, m in family.members().items() for n in (kind, *m.model_fields)}
    found = []
    for name, tree in code(root):
        for node in ast.walk(tree):
            if isinstance(node, ast.Tuple | ast.List | ast.Set):
                words = [e.value for e in node.elts if isinstance(e, ast.Constant) and isinstance(e.value, str)]
                if len(words) > 2 and all(w in rules.words for w in words) and set(words) - codes:
                    found.append((name, words))
    assert not found


def _codes(means: Any) -> set[str]:
    if isinstance(means, dict):
        return set().union(set(map(str, means)), *map(_codes, means.values()))
    return set().union(*map(_codes, means)) if isinstance(means, list) else {str(means)}


def test_no_english_words_in_patterns(root: Path) -> None:
    found = []
    for name, tree in code(root):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "compile":
                text = "".join(a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str))
                found += [(name, word) for word in _WORD.findall(text)]
    assert not found
