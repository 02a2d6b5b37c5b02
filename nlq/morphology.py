"""Small English morphology for vocabulary entries: plurals and singulars of the last word. Chinese has none."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

__all__ = ["forms", "is_bare", "lemma", "verbs_of"]

_SHORTEST, _SHORT = 3, 4  # letters
_DOUBLED = re.compile(r"[^aeiou][aeiou][bdgmnpt]")


def _plural(word: str) -> str:
    if word.endswith("y") and len(word) > 2 and word[-2] not in "aeiou":
        return word[:-1] + "ies"
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return word + "es"
    return word + "s"


def lemma(word: str) -> str:
    """The singular of a plural, by spelling only ("companies" -> "company", "status" stays).

    >>> [lemma(w) for w in ("companies", "deals", "boxes", "status", "class")]
    ['company', 'deal', 'box', 'status', 'class']
    """
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("ches", "shes", "xes", "sses")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def forms(phrase: str) -> tuple[str, ...]:
    """The phrase with its last word in both numbers; only the phrase itself when it is not English.

    >>> forms("sales rep")
    ('sales rep', 'sales reps')
    """
    if not phrase.isascii() or not phrase or not phrase[-1].isalpha():
        return (phrase,)
    head, _, last = phrase.rpartition(" ")
    single = lemma(last)
    joined = [f"{head} {w}" if head else w for w in (single, _plural(single))]
    return tuple(dict.fromkeys((phrase, *joined)))


def verbs_of(noun: str, endings: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """What is done, in its forms, where the noun is what comes of it; by spelling only, so with forms that are none.
    `endings`: of such nouns -> those that the verb may have.

    >>> verbs_of("payments", {"ment": ("",)}), verbs_of("deals", {"ment": ("",)})
    (('pay', 'pays', 'payed', 'paying'), ())
    """
    single = lemma(noun)
    ending = next((e for e in endings if single.endswith(e) and single.isalpha()), "")
    stem = single.removesuffix(ending)
    if not ending or len(stem) < _SHORTEST:
        return ()
    once = stem[:-1] if stem[-1] == stem[-2] else stem
    bases = [stem, once] if once != stem else [f"{stem}{more}" for more in endings[ending]]
    return tuple(dict.fromkeys(form for base in bases if len(base) >= _SHORTEST for form in _formed(base)))


def is_bare(verb: str) -> bool:
    """Whether it is a verb as it is in an order to do it."""
    return verb[-1] != "s" and not verb.endswith(("ed", "ing"))


def _formed(base: str) -> tuple[str, ...]:
    plain = base.removesuffix("e")
    long = f"{base}{base[-1]}" if len(base) <= _SHORT and _DOUBLED.fullmatch(base[-3:]) else plain
    return (base, f"{base}s", f"{long}ed", f"{long}ing")
