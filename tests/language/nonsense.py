"""What nobody who looks after sales could answer: other people's topics, and no topic at all."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import yaml

from nlq.normalise import has_han
from nlq.reader.lexicon import Lexicon

WORDS = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
PLAIN = WORDS["plain"]
KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def nonsense(lexicon: Lexicon, seed: int, count: int) -> Iterator[str]:
    """So many texts, none of which is there twice."""
    r = random.Random(seed)
    known = sorted(w for w in (*lexicon.phrases, *lexicon.grammar.words) if w.isalpha())
    said = {language: [w for w in known if has_han(w) == (language == "zh")] for language in PLAIN}
    told = [text for language in PLAIN for text in WORDS["topics"][language]]
    for language, frames in WORDS["frames"].items():
        told += [f.format(t) for f in frames for t in r.sample(WORDS["things"][language], 8)]
    seen: set[str] = set()
    while len(seen) < count:
        text = told.pop() if told else r.choice((_plain, _mixed, _mixed, _typed))(r, said)
        if text not in seen:
            seen.add(text)
            yield text


def _joined(words: list[str], language: str) -> str:
    return ("" if language == "zh" else " ").join(words)


def _plain(r: random.Random, said: dict[str, list[str]]) -> str:
    """Words of no business."""
    language = r.choice(("en", "zh"))
    return _joined(r.sample(PLAIN[language], r.randint(2, 5)), language)


def _mixed(r: random.Random, said: dict[str, list[str]]) -> str:
    """Words that are known, in no order, and one or two that are not."""
    language = r.choice(("en", "zh"))
    words = r.choices(said[language], k=r.randint(1, 4)) + r.sample(PLAIN[language], r.randint(1, 2))
    r.shuffle(words)
    return _joined(words, language)


def _typed(r: random.Random, said: dict[str, list[str]]) -> str:
    """A cat on the keys, in either script."""
    if r.random() < 0.5:
        return "".join(chr(r.randint(0x4E00, 0x9FA5)) for _ in range(r.randint(3, 10)))
    return " ".join("".join(r.choices(r.choice(KEYS), k=r.randint(3, 9))) for _ in range(r.randint(1, 4)))
