"""Numbers, by their shape and in words: 1,200.50, 50k, "three hundred and 21", 三万五, 4.78万亿. The words are those of
the language files (NUMERAL, SCALE, …). Every stretch that is a number comes out; which is meant, the chart finds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

from nlq.normalise import Normal, has_han
from nlq.reader.chart import Item
from nlq.reader.constructions import Grammar

__all__ = ["Numerals", "number_items"]

MOST_DIGITS = 15
MOST_COUNTED = 4000
_WIDE = 0.5  # 1 234 567 may be three numbers
_GROUP = re.compile(r"\d{3}")
_TOKEN = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d+(?:\.\d+)?|(?<![\w.])\.\d+|[a-z]+")


@dataclass(frozen=True, slots=True)
class _Token:
    start: int
    end: int
    kind: str  # "digits", or the category of a word
    value: float

    @property
    def short(self) -> bool:
        return self.end - self.start <= 2


@dataclass(frozen=True, slots=True)
class Numerals:
    """The words numbers are made of."""

    words: Mapping[str, tuple[str, float]]  # of languages with spaces: word -> its category and value
    scales: Mapping[str, float]  # Chinese: 十 and up
    digits: Mapping[str, float]
    one: str
    points: str
    run: re.Pattern[str]

    @classmethod
    def of(cls, grammar: Grammar) -> Self:
        words: dict[str, tuple[str, float]] = {}
        han: dict[str, dict[str, float]] = {"NUMERAL": {}, "SCALE": {}, "NUMERAL_POINT": {}, "NUMERAL_AND": {}}
        for construction in grammar.constructions.values():
            if construction.category not in han:
                continue
            value = float(construction.means)
            for form in construction.forms:
                (word,) = form.parts
                assert isinstance(word, str)
                if has_han(word) or not word.isalpha():
                    han[construction.category][word] = value
                else:
                    words[word] = (construction.category, value)
        digits, scales, points = "".join(han["NUMERAL"]), "".join(han["SCALE"]), "".join(han["NUMERAL_POINT"])
        run = (
            rf"(?:[{digits}{scales}\d]|(?<=\d)[.,](?=\d)|(?<=[{digits}{scales}])[{points}](?=[{digits}])"
            rf"|(?<=[{scales}])\s(?=[{digits}]))+"
        )
        one = next((w for w, v in han["NUMERAL"].items() if v == 1), "")
        return cls(words, han["SCALE"], han["NUMERAL"], one, points, re.compile(run))

    def chinese(self, text: str) -> float | None:
        """What the characters say; None where they make no number, nor a row of digits (三五个 are a few)."""
        text = "".join(c for c in text if c != "," and not c.isspace())
        head = text.rstrip("".join(self.scales))
        if "." in head or any(point in head for point in self.points):
            value = _read(head) if head[-1] not in self.points else None
            return None if value is None else round(value * self._power(text[len(head) :]), 6)
        if len(text) == 1 or not any(c in self.scales for c in text):
            return self.digits.get(text, self.scales.get(text))
        if self.scales.get(text[0], 10) != 10:  # 百万: one of them
            text = self.one + text
        last, before = text[-1], self.scales.get(text[-2], 1)
        if before > 10 and (last.isdigit() or last in self.digits):  # 三万五, 一百二: of the unit next below
            whole = self.chinese(text[:-1])
            return None if whole is None else whole + _digit(last, self.digits) * before / 10
        return _read(text)

    def _power(self, scales: str) -> float:
        power = 1.0
        for scale in scales:
            power *= self.scales[scale]
        return power


def _digit(char: str, digits: Mapping[str, float]) -> float:
    return float(char) if char.isdigit() else digits[char]


def number_items(normal: Normal, numerals: Numerals) -> Iterator[Item]:
    """AMOUNT (any number), COUNT (a whole one that one counts with), and DASH: the one between two numbers."""
    for run in _runs(normal, numerals):
        yield from _spaced(run, normal.folded)
        for first in range(len(run)):
            if first == 0 or run[first].kind == "digits" or run[first - 1].kind in ("digits", "NUMERAL_AND"):
                yield from _spoken(run[first:])
    for start, end in _dashes(normal.literal):
        yield Item("DASH", start, end, True, 0.0)
    for m in _MINUS.finditer(normal.literal):
        yield Item("MINUS", m.start(), m.end(), True, 0.0)
    if not normal.literal.isascii():
        yield from _chinese(normal.literal, numerals)


_MINUS = re.compile(r"(?<![^\s(])-(?=[$€£¥]?\d)")
_DASH = re.compile(r"(?<=[^\s-]) ?-(?= ?[^\s-])")


def _dashes(text: str) -> Iterator[tuple[int, int]]:
    """Hyphens between numbers: one between words joins them."""
    for m in _DASH.finditer(text):
        before, behind = text[m.start() - 1], text[m.end() :].lstrip()[0]
        if not (before.isascii() and before.isalpha() and behind.isascii() and behind.isalpha()):
            yield m.end() - 1, m.end()


def _runs(normal: Normal, numerals: Numerals) -> Iterator[Sequence[_Token]]:
    """Numbers and number words one after the other, as long as spaces or a hyphen between words are all between."""
    run: list[_Token] = []
    end = -1
    for m in _TOKEN.finditer(normal.folded):
        word = m[0]
        if word[-1].isdigit():
            kind, value = "digits", float(word.replace(",", ""))
            if len(word) > MOST_DIGITS:
                continue
        elif word in numerals.words:
            kind, value = numerals.words[word]
        else:
            continue
        between = normal.literal[end : m.start()] if run else ""
        words = kind != "digits" and bool(run) and run[-1].kind != "digits"
        joined = not between.strip() or (between == "-" and words)
        if run and not joined:
            yield run
            run = []
        run.append(_Token(m.start(), m.end(), kind, value))
        end = m.end()
    if run:
        yield run


def _item(start: int, end: int, value: float, *, plain: bool = True, cost: float = 0.0) -> Iterator[Item]:
    yield Item("AMOUNT", start, end, value, cost)
    if plain and value.is_integer() and 1 <= value <= MOST_COUNTED:
        yield Item("COUNT", start, end, int(value), cost)


@dataclass(slots=True)
class _Sum:
    """A number while its words are read from left to right."""

    total: float = 0.0  # what ended in a scale: two million
    group: float | None = None  # up to the next scale: three hundred and twenty
    below: float = float("inf")  # of what still may come: less than the last scale
    place: float | None = None  # of the next digit behind the point

    def takes(self, token: _Token, before: _Token | None) -> bool:
        """Adds a word; False where it does not belong to the number any more."""
        if token.kind == "NUMERAL_AND":
            return before is not None and before.kind == "SCALE"
        if token.kind == "NUMERAL_POINT":
            self.place, was = 0.1, self.place
            return was is None and self.group is not None
        if token.kind != "SCALE":
            return self._adds(token, before)
        if token.short and (before is None or before.kind != "digits"):
            return False  # 50k, but no k alone
        if token.value < 1000:
            if self.group is not None and self.group >= 100 and (before is None or before.kind != "digits"):
                return False
            self.group = (1.0 if self.group is None else self.group) * token.value
            return self.group < self.below
        if token.value >= self.below:
            return False
        self.total += (1.0 if self.group is None else self.group) * token.value
        self.group, self.below = None, token.value
        return True

    def _adds(self, token: _Token, before: _Token | None) -> bool:
        if self.place is not None:
            if token.kind != "NUMERAL" or token.value > 9 or self.group is None:
                return False
            self.group, self.place = self.group + token.value * self.place, self.place / 10
        elif self.group is None:
            self.group = token.value
        elif self.group >= 100 and self.group % 100 == 0 and token.value < 100 and before is not None:
            if before.kind == "digits":
                return False  # 100 20
            self.group += token.value
        elif token.kind == "NUMERAL" and token.value < 10 and self.group % 100 >= 20 and self.group % 10 == 0:
            if before is None or before.kind != "NUMERAL":
                return False
            self.group += token.value
        else:
            return False
        return self.group < self.below


def _spoken(run: Sequence[_Token]) -> Iterator[Item]:
    """Every number that begins with the first token."""
    made = _Sum()
    before = None
    for token in run:
        if not made.takes(token, before):
            return
        short = token.kind == "SCALE" and token.short
        if token.kind in ("digits", "NUMERAL", "SCALE"):
            value = round(made.total + (made.group or 0.0), 6)
            yield from _item(run[0].start, token.end, value, plain=not short)
        if short:  # 50k: nothing more belongs to it
            return
        before = token


def _spaced(run: Sequence[_Token], text: str) -> Iterator[Item]:
    """1 234 567: groups of three digits that make one number, or several numbers."""
    end = 1
    while end < len(run) and run[end].kind == "digits" and _GROUP.fullmatch(text, run[end].start, run[end].end):
        end += 1
    if end > 1 and run[0].kind == "digits" and run[0].value < 1000:
        digits = text[run[0].start : run[end - 1].end].replace(" ", "")
        if digits.isdigit():
            yield from _item(run[0].start, run[end - 1].end, float(digits), plain=False, cost=_WIDE)


def _chinese(text: str, numerals: Numerals) -> Iterator[Item]:
    """Numbers with Chinese in them. Where digits meet Chinese another number may begin or end (超过5万2026年)."""
    for m in numerals.run.finditer(text):
        run = m[0]
        if run.isascii():
            continue
        pairs = ((i, run[i - 1 : i + 1]) for i in range(1, len(run)))
        meets = (i for i, two in pairs if " " not in two and two[0].isascii() != two[1].isascii())
        shared = len(run.rstrip("".join(numerals.scales)))  # of the other end of a range too: 一到两万
        borders = sorted({0, *meets, shared, len(run)})
        for i, start in enumerate(borders):
            for end in borders[i + 1 :]:
                value = None if run[start:end].isascii() else numerals.chinese(run[start:end])
                if value is not None:
                    yield from _item(m.start() + start, m.start() + end, value)


@lru_cache(maxsize=4096)
def _read(text: str) -> float | None:
    """As the library reads it."""
    import cn2an  # here: a tenth of a second that most questions need not wait for

    try:
        return float(cn2an.cn2an(text, "smart"))
    except (ValueError, KeyError):
        return None
