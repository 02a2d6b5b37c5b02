"""Looking up a sentence of digests, alerts and their buttons."""

from __future__ import annotations

from collections.abc import Mapping

from bot.wording.digests_en import SENTENCES as ENGLISH
from bot.wording.digests_zh import SENTENCES as CHINESE

__all__ = ["tell"]

_LANGUAGES: Mapping[str, Mapping[str, str]] = {"en": ENGLISH, "zh": CHINESE}


def tell(language: str, key: str, /, **fields: object) -> str:
    """The sentence `key`. With a field `n` of 1 the variant `key.one` is taken where there is one. Raises KeyError for
    a missing field: a digest with a hole in it is a bug.

    >>> tell("en", "manager.members", n=1), tell("zh", "manager.members", n=3)
    ('1 person', '3 人')
    """
    sentences = _LANGUAGES.get(language, ENGLISH)
    if fields.get("n") == 1 and f"{key}.one" in sentences:
        key = f"{key}.one"
    return sentences[key].format_map(fields)
