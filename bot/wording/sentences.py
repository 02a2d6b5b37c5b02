"""Looking up a sentence. All sentences live in `en.py` and `zh.py`, one dictionary each with the same keys."""

from __future__ import annotations

import re
from collections.abc import Mapping
from string import Formatter

from bot.wording import en, en_errors, en_facts, zh, zh_errors, zh_facts

__all__ = ["LANGUAGES", "has_sentence", "holes", "language_of", "say"]

ENGLISH: Mapping[str, str] = en.SENTENCES | en_errors.ERRORS | en_facts.FACTS
LANGUAGES: Mapping[str, Mapping[str, str]] = {"en": ENGLISH, "zh": zh.SENTENCES | zh_errors.ERRORS | zh_facts.FACTS}

_CHINESE = re.compile(r"[\u3400-\u9fff]")


class _Fields(dict[str, object]):
    """Missing fields become "…": a sentence with a hole is better than no reply."""

    def __missing__(self, key: str) -> str:
        return "…"


def say(language: str, key: str, /, **fields: object) -> str:
    """The sentence `key`. With a field `n` of "1" or 1 the variant `key.one` is taken where there is one.

    >>> say("en", "list.and", a="sales", b="win rate")
    'sales and win rate'
    """
    sentences = LANGUAGES.get(language, ENGLISH)
    if str(fields.get("n", "")) == "1" and f"{key}.one" in sentences:
        key = f"{key}.one"
    return sentences[key].format_map(_Fields(fields))


def has_sentence(key: str) -> bool:
    return key in ENGLISH


def holes(language: str, key: str) -> set[str]:
    """The names of the fields a sentence needs."""
    return {name for _, name, _, _ in Formatter().parse(LANGUAGES.get(language, ENGLISH)[key]) if name}


def language_of(text: str, otherwise: str = "en") -> str:
    """The language to reply in when a text was not read: Chinese when it holds Chinese characters."""
    if _CHINESE.search(text):
        return "zh"
    return "en" if re.search(r"[A-Za-z]", text) else otherwise
