"""Small English morphology for vocabulary entries: plurals and singulars of the last word. Chinese has none."""

from __future__ import annotations

__all__ = ["forms", "lemma"]


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
