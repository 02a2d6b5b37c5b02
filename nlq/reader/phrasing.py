"""What the forms of constructions are like, for saying: which are of a language, which only add words; and words put
together as text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from nlq.reader.constructions import Construction, Form, Grammar, Slot

__all__ = ["forms_in", "has_words", "is_bracket", "is_list", "joined", "ornaments", "reached", "worded"]

_TIGHT = re.compile(r"[㐀-鿿豈-﫿（）“”]")


def joined(pieces: Sequence[str], language: str) -> str:
    """Pieces as one text: no spaces between Chinese characters."""
    made = ""
    for piece in pieces:
        if not piece:
            continue
        if made and not _close(made[-1], piece[0]):
            made += " "
        made += piece
    return made


def _close(left: str, right: str) -> bool:
    if left in "(（“、，；" or right in ")）,，;；、":
        return True
    han = [_TIGHT.match(c) is not None for c in (left, right)]
    return all(han) or (any(han) and (left in "（）“”，；" or right in "（）“”，；%" or right in "年月日号"))


def ornaments(grammar: Grammar, language: str) -> tuple[frozenset[str], dict[str, set[str]]]:
    """Constructions that only add words to what can be said without them; and of what each category may consist
    without a word."""
    to: dict[str, set[str]] = {}
    ornate = []
    for construction in grammar.constructions.values():
        forms = forms_in(construction, language) if _is_bare(construction) else []
        inner = {p.category for f in forms for p in f.parts if isinstance(p, Slot) and p.name}
        if forms and all(map(worded, forms)):
            ornate.append((construction, inner))
        else:
            to.setdefault(construction.category, set()).update(inner)
    within = {c.category: reached(c.category, to) for c, _ in ornate}
    return frozenset(c.name for c, inner in ornate if inner <= within[c.category]), to


def forms_in(construction: Construction, language: str) -> list[Form]:
    """Of the language, else those of another that are without words."""
    own = [f for f in construction.sayings if f.language == language]
    return own or [f for f in construction.sayings if not worded(f)]


def _is_bare(construction: Construction) -> bool:
    means = construction.means
    return isinstance(means, str) and means.startswith("$") and "." not in means and means != "$about"


def reached(category: str, to: Mapping[str, set[str]]) -> set[str]:
    found, agenda = {category}, [category]
    while agenda:
        new = to.get(agenda.pop(), set()) - found
        found |= new
        agenda += new
    return found


def is_bracket(construction: Construction) -> bool:
    return any(isinstance(p, Slot) and p.category == "OPEN" for p in construction.parts)


def worded(form: Form) -> bool:
    """Whether it has words, which are of a language."""
    return any(isinstance(p, str) for p in form.parts)


def is_list(construction: Construction) -> bool:
    means = construction.means
    return isinstance(means, list) and any(isinstance(m, str) and m.startswith("*$") for m in means)


def has_words(construction: Construction) -> bool:
    """Whether it has words of its own beside slots."""
    return len({isinstance(p, Slot) for p in construction.parts}) > 1
