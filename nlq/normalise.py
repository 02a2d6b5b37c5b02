"""Text as the rules see it: one case, one width, one script, plain quotes and spaces, with a way back to the original
characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

__all__ = ["ENDS", "Normal", "fold", "fold_all", "has_han", "normalise"]

_PLAIN = str.maketrans(
    {
        "‘": "'",
        "’": "'",
        "ʼ": "'",
        "`": "'",
        "´": "'",
        "“": '"',
        "”": '"',
        "「": '"',
        "」": '"',
        "『": '"',
        "』": '"',
        "《": '"',
        "》": '"',
        "‐": "-",
        "‑": "-",
        "‒": "-",
        "–": "-",
        "—": "-",
        "−": "-",
        "~": "~",
        "\t": " ",
        "\n": " ",
        "\r": " ",
        "　": " ",
        "。": ".",
    }
)
_JOINERS = str.maketrans(
    {"-": " ", "_": " ", '"': " ", "*": " ", "(": " ", ")": " ", "[": " ", "]": " ", "{": " ", "}": " "}
)
_ASCII = str.maketrans({c: c.lower().translate(_PLAIN).translate(_JOINERS) for c in map(chr, range(128))})
_LINES = {**_ASCII, ord("\n"): "\n"}
_RARE_SPACES = "\x0b\x0c\x1c\x1d\x1e\x1f"  # what `split` takes for a space too
ENDS = re.compile(r"[?!;\n]+\s*(?=\w)")  # where a question ends before the end of its line
_ALL_HAN = re.compile(r"[㐀-鿿]+")
_HAN = re.compile(r"[㐀-鿿豈-﫿]")
_HAN_BLOCKS = ((0x3400, 0xA000), (0xF900, 0xFB00))


@dataclass(frozen=True, slots=True)
class Normal:
    """`literal` keeps hyphens and brackets (numbers and dates need them); `folded` has spaces there. Same length.

    `offsets[i]` is the place in `original` of character i of both; None when they are the same.
    """

    original: str
    literal: str
    folded: str
    offsets: tuple[int, ...] | None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the original text that [start, end) of the folded text came from."""
        if self.offsets is None:
            return start, end
        if not self.offsets or start >= len(self.offsets):
            return len(self.original), len(self.original)
        return self.offsets[start], self.offsets[end - 1] + 1 if end > start else self.offsets[start]


def has_han(text: str) -> bool:
    """Whether any Chinese character is in the text."""
    return _HAN.search(text) is not None


@cache
def _simplified() -> Mapping[int, str]:
    """Traditional characters and the simplified ones they are read as, one for one, so that places stay."""
    import opencc  # here: English alone never needs it

    han = [chr(code) for first, last in _HAN_BLOCKS for code in range(first, last)]
    plain = opencc.OpenCC("t2s").convert("\n".join(han)).split("\n")
    return {ord(old): new for old, new in zip(han, plain, strict=True) if old != new and len(new) == 1}


def _literal(text: str) -> tuple[str, tuple[int, ...] | None]:
    if text.isascii():
        plain = text.lower().translate(_PLAIN)
        if "  " not in plain:
            return plain, None
    out: list[str] = []
    offsets: list[int] = []
    simple = _simplified() if has_han(text) else {}
    for i, char in enumerate(text):
        plain = simple.get(ord(char), char).translate(_PLAIN)
        folded = plain if plain in "'\"-" else unicodedata.normalize("NFKC", plain).casefold().translate(_PLAIN)
        for piece in folded:
            if unicodedata.category(piece) != "Cf" and not (piece == " " and out and out[-1] == " "):
                out.append(piece)
                offsets.append(i)
    return "".join(out), tuple(offsets)


def normalise(text: str) -> Normal:
    """Fold case, width and traditional characters, straighten quotes and dashes, drop invisible characters and all but
    one of several spaces."""
    literal, offsets = _literal(text)
    folded = literal.translate(_JOINERS)
    if " - " in literal:  # a dash of its own joins a range; one inside a word joins the word
        folded = "".join(
            "-" if c == "-" and literal[i - 1 : i + 2] == " - " else f
            for i, (c, f) in enumerate(zip(literal, folded, strict=True))
        )
    return Normal(text, literal, folded, offsets)


def fold(phrase: str) -> str:
    """A vocabulary entry in the form it has in `Normal.folded`, single spaces inside."""
    if phrase.isascii():  # most of a vocabulary, tens of thousands of words
        return " ".join(phrase.translate(_ASCII).split())
    if _ALL_HAN.fullmatch(phrase):  # as Chinese names are
        return phrase.translate(_simplified())
    return " ".join(_literal(phrase)[0].translate(_JOINERS).split())


def fold_all(phrases: Sequence[str]) -> list[str]:
    """`fold` of each. Tens of thousands of members are folded as one text, in a tenth of the time."""
    whole = "\n".join(phrases)
    if not whole.isascii() or whole.count("\n") != len(phrases) - 1 or any(c in whole for c in _RARE_SPACES):
        return [fold(phrase) for phrase in phrases]
    lines = whole.translate(_LINES).split("\n")
    return [" ".join(line.split()) if " " in line else line for line in lines]
