"""Chinese words that were typed as others of the same sound (回宽 for 回款), or with one character of another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from nlq.reader.finding import SAME_SOUND
from nlq.reader.spelling import single_words

__all__ = ["HanIndex"]

_TONES = str.maketrans("āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜü", "aaaaeeeeiiiioooouuuuvvvvv")
_ALIKE = (("zh", "z"), ("ch", "c"), ("sh", "s"))  # many do not tell these apart
_SHORTEST, _LONGEST = 2, 8
OTHER_CHARACTER = 1.6
_LEAST_ALIKE = 4  # characters that a phrase has more than, for one of them to be any other: 镜子行业 is no 电子行业


@cache
def _sounds() -> Mapping[int, str]:
    """Codepoint -> how it is read, without tones: the first reading, which is the usual one."""
    from pypinyin.pinyin_dict import pinyin_dict  # here: it takes half a second, and few questions need it

    return pinyin_dict


@cache
def sound(char: str) -> str:
    read = _sounds().get(ord(char), char).partition(",")[0].translate(_TONES)
    for long, short in _ALIKE:
        if read.startswith(long):
            read = short + read[len(long) :]
    return read.removesuffix("g") if read.endswith(("ing", "eng")) else read


@dataclass(frozen=True)
class HanIndex:
    """Known phrases by their sound, and longer ones, of which every character counts, by all but one of them; words of
    one character by theirs."""

    by_sound: Mapping[tuple[str, ...], tuple[str, ...]]
    by_rest: Mapping[str, tuple[str, ...]]
    single: Mapping[str, tuple[str, ...]]

    @classmethod
    def build(cls, phrases: Iterator[str]) -> HanIndex:
        by_sound: dict[tuple[str, ...], tuple[str, ...]] = {}
        by_rest: dict[str, tuple[str, ...]] = {}
        single: dict[str, tuple[str, ...]] = {}
        known = frozenset(phrases)
        for phrase in sorted(known):
            if phrase in single_words():
                single[sound(phrase)] = (*single.get(sound(phrase), ()), phrase)
            if _SHORTEST <= len(phrase) <= _LONGEST:
                heard = tuple(map(sound, phrase))
                by_sound[heard] = (*by_sound.get(heard, ()), phrase)
                for i in range(len(phrase) if len(phrase) > 2 else 0):
                    if phrase[:i] + phrase[i + 1 :] in known:  # 江苏逾 is no 江苏省: 逾 would be read as nothing
                        continue
                    rest = f"{phrase[:i]}*{phrase[i + 1 :]}"
                    by_rest[rest] = (*by_rest.get(rest, ()), phrase)
        return cls(by_sound, by_rest, single)

    def near(self, text: str, start: int, end: int) -> Iterator[tuple[int, int, str, float]]:
        """(start, end, phrase, price) of known phrases that a stretch around the unknown characters may stand for."""
        first, last = max(0, end - _LONGEST), min(len(text), start + _LONGEST)
        for at in range(first, start + 1):
            for stop in range(max(at + _SHORTEST, start + 1), min(at + _LONGEST, last) + 1):
                written = text[at:stop]
                if not all("㐀" <= c <= "鿿" for c in written):
                    continue
                for phrase in self.by_sound.get(tuple(map(sound, written)), ()):
                    other = [at + i for i, (a, b) in enumerate(zip(written, phrase, strict=True)) if a != b]
                    if other and start <= other[0] and other[-1] < end:  # what is known stays
                        yield at, stop, phrase, SAME_SOUND
                for i in range(len(written) if len(written) > _LEAST_ALIKE else 0):
                    if start <= at + i < end:
                        for phrase in self.by_rest.get(f"{written[:i]}*{written[i + 1 :]}", ()):
                            yield at, stop, phrase, OTHER_CHARACTER
