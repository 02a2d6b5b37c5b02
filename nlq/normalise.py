"""Text as the rules see it: one case, one width, plain quotes and spaces, with a way back to the original
characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Normal", "fold", "fold_all", "has_han", "normalise"]

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
_ALL_HAN = re.compile(r"[㐀-鿿]+")
_HAN = re.compile(r"[㐀-鿿豈-﫿]")


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


def _literal(text: str) -> tuple[str, tuple[int, ...] | None]:
    if text.isascii():
        return text.lower().translate(_PLAIN), None
    out: list[str] = []
    offsets: list[int] = []
    for i, char in enumerate(text):
        plain = char.translate(_PLAIN)
        folded = plain if plain in "'\"-" else unicodedata.normalize("NFKC", plain).casefold().translate(_PLAIN)
        for piece in folded:
            if unicodedata.category(piece) != "Cf":
                out.append(piece)
                offsets.append(i)
    return "".join(out), tuple(offsets)


def normalise(text: str) -> Normal:
    """Fold case and width, straighten quotes and dashes, drop invisible characters."""
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
        return phrase
    return " ".join(_literal(phrase)[0].translate(_JOINERS).split())


def fold_all(phrases: Sequence[str]) -> list[str]:
    """`fold` of each. Tens of thousands of members are folded as one text, in a tenth of the time."""
    whole = "\n".join(phrases)
    if not whole.isascii() or whole.count("\n") != len(phrases) - 1 or any(c in whole for c in _RARE_SPACES):
        return [fold(phrase) for phrase in phrases]
    lines = whole.translate(_LINES).split("\n")
    return [" ".join(line.split()) if " " in line else line for line in lines]
