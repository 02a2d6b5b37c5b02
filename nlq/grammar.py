"""The rule engine: patterns over kinds of tokens, applied in order, each replacing what it matches by one token.

A rule is a line of `nlq/any/rules.yaml`: `name: PATTERN => KIND action`. The pattern is a regular expression whose
letters are kinds ("(LAST|PAST) NUM UNIT"). Each set of kinds a token can have is one character, so that Python's own
regular expressions run over the whole question.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from nlq.cover import Token

__all__ = ["Grammar", "Rule"]

Action = Callable[
    [Any, Sequence[Token], Sequence[Token], int], Any
]  # context, matched, all tokens, position -> value or None
_KIND = re.compile(r"[A-Z]+")
_FIRST = 0xE000


@dataclass(frozen=True, slots=True)
class Rule:
    name: str
    pattern: re.Pattern[str]
    kind: str
    action: str


@dataclass(frozen=True)
class Grammar:
    """Compiled rules and the character of every set of kinds."""

    rules: tuple[Rule, ...]
    codes: dict[frozenset[str], str] = field(repr=False)
    single: dict[str, str] = field(repr=False)

    @classmethod
    def build(cls, lines: Sequence[str], kinds: Iterable[frozenset[str]]) -> Self:
        """Compile the rules for the sets of kinds that occur in a lexicon."""
        parsed: list[tuple[str, str, str, str]] = []
        known: set[str] = {
            "NUM",
            "ORDINAL",
            "DATE",
            "MONTHDAY",
            "YEARMONTH",
            "YEAR",
            "MONTHS",
            "QUARTERS",
            "WEEKNO",
            "UNKNOWN",
            "TOPN",
        }
        for line in lines:
            name, _, rest = line.partition(":")
            pattern, _, result = rest.partition("=>")
            kind, _, action = result.strip().partition(" ")
            parsed.append((name.strip(), pattern.strip(), kind, action.strip()))
            known |= {kind, *_KIND.findall(pattern)}
        sets = {*kinds, *(frozenset((k,)) for k in known)}
        sets |= {s | {"NUM", "YEAR"} for s in {frozenset[str]()}}
        codes = {s: chr(_FIRST + i) for i, s in enumerate(sorted(sets, key=sorted))}
        classes = {
            k: "[" + "".join(c for s, c in codes.items() if k in s) + "]" for k in known | {k for s in sets for k in s}
        }
        rules = tuple(
            Rule(name, re.compile(_KIND.sub(lambda m: classes[m[0]], pattern).replace(" ", "")), kind, action)
            for name, pattern, kind, action in parsed
        )
        return cls(rules, codes, {k: codes[frozenset((k,))] for k in known})

    def code(self, token: Token) -> str:
        """The character of a token; sets of kinds that only a text brought together get that of their widest known
        part."""
        kinds = frozenset(token.senses)
        found = self.codes.get(kinds)
        if found is None:
            parts = [s for s in self.codes if s <= kinds]
            found = self.codes[max(parts, key=lambda s: (len(s), sorted(s)))]
        return found

    def reduce(self, tokens: list[Token], actions: Mapping[str, Action], context: Any) -> list[Token]:
        """Apply every rule in order wherever it matches; an action that returns None leaves the tokens as they are."""
        text = "".join(map(self.code, tokens))
        for rule in self.rules:
            at = 0
            while (match := rule.pattern.search(text, at)) is not None:
                start, end = match.span()
                if end == start:
                    at = end + 1
                    if at > len(text):
                        break
                    continue
                matched = tokens[start:end]
                value = actions[rule.action](context, matched, tokens, start)
                if value is None:
                    at = start + 1
                    continue
                token = Token(
                    matched[0].start,
                    matched[-1].end,
                    " ".join(t.text for t in matched),
                    {rule.kind: (value,)},
                    rule.name,
                    tuple(matched),
                )
                tokens = [*tokens[:start], token, *tokens[end:]]
                text = text[:start] + self.single[rule.kind] + text[end:]
                at = start + 1
        return tokens
