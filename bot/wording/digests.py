"""Looking up a sentence of digests, alerts and their buttons."""

from __future__ import annotations

from bot.wording.catalogue import DIGESTS, catalogue

__all__ = ["tell"]


def tell(language: str, key: str, /, **fields: object) -> str:
    """The sentence `key`. Of one that has several forms the one for so many as the field `n` says. Raises KeyError for
    a missing field: a digest with a hole in it is a bug.

    >>> tell("en", "manager.members", n=1), tell("zh", "manager.members", n=3)
    ('1 person', '3 人')
    """
    return catalogue(language, DIGESTS).counted(key, fields.get("n")).format_map(fields)
