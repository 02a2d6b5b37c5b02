"""Looking up a sentence of a reply. All of them are in the catalogues of `locale/`, the same keys in each language."""

from __future__ import annotations

import re

from bot.wording.catalogue import ENGLISH, REPLIES, catalogue

__all__ = ["has_sentence", "holes", "language_of", "say"]

_CHINESE = re.compile(r"[\u3400-\u9fff]")


class _Fields(dict[str, object]):
    """Missing fields become "…": a sentence with a hole is better than no reply."""

    def __missing__(self, key: str) -> str:
        return "…"


def say(language: str, key: str, /, **fields: object) -> str:
    """The sentence `key`. Of one that has several forms the one for so many as the field `n` says.

    >>> say("en", "list.and", a="sales", b="win rate"), say("en", "value.days", n="1")
    ('sales and win rate', '1 day')
    """
    return catalogue(language, REPLIES).counted(key, fields.get("n")).format_map(_Fields(fields))


def has_sentence(key: str) -> bool:
    return key in catalogue(ENGLISH, REPLIES)


def holes(language: str, key: str) -> set[str]:
    """The names of the fields a sentence needs."""
    return catalogue(language, REPLIES).holes(key)


def language_of(text: str, otherwise: str = "en") -> str:
    """The language to reply in when a text was not read: Chinese when it holds Chinese characters."""
    if _CHINESE.search(text):
        return "zh"
    return "en" if re.search(r"[A-Za-z]", text) else otherwise
