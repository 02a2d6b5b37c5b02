"""What the askers of a load run ask: questions of the corpora and of the demo, in both languages and of every kind that
is answered to the person who asks."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import yaml

from bench.questions import QUESTIONS
from bot.ask import ask
from bot.demo.cast import company_questions
from bot.runtime import Runtime
from metrics.people import Audience, Person
from metrics.query.asked import Asked
from nlq import Before, Understood, understand

__all__ = ["WIDE", "Kinds", "by_kind", "questions_of", "whole"]

Kinds = dict[tuple[str, str], list[str]]  # (language, kind of answer) -> texts
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # they are a megabyte
CORPORA = Path(__file__).resolve().parents[2] / "tests" / "language" / "corpus"

# The widest grids: refused ones, just allowed ones, and some that must be worked out whole before a thousand is shown.
WIDE = (
    "sales by customer by product by day",
    "sales by customer by product by day this year",
    "sales by customer by product by week this year",
    "sales by customer by month this year vs last year",
    "sales by customer by product by month this year compared with the month before",
    "sales and gross margin by customer by product by month this year",
    "今年各客户各产品每日销售额",
    "今年各客户每周销售额",
    "sales by customer by product this year vs last year",
)


@cache
def candidates() -> tuple[str, ...]:
    """All texts that might be answered, once each: those of the corpora, of the benchmark and of the demo's people."""
    found: list[str] = [q.text for q in QUESTIONS]
    for path in sorted(CORPORA.glob("*.yaml")):
        for entry in yaml.load(path.read_text("utf-8"), Loader=_LOADER):
            if "means" in entry and "before" not in entry:
                found += [str(text) for language in ("en", "zh") for text in entry.get(language, ())[:3]]
    for role, language in itertools.product(("rep", "manager", "lead", "ops", "admin"), ("en", "zh")):
        found += company_questions(Person(id="", name="", role=role, language=language))  # type: ignore[arg-type]
    return tuple(dict.fromkeys(found))


def by_kind(runtime: Runtime, person: Person, at: dt.datetime, *, every: int = 1) -> Kinds:
    """Of every so many texts those that this person gets an answer with rows to."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for text in candidates()[::every]:
        reading = understand(text, lexicon=runtime.lexicon, asker=person)
        if not isinstance(reading, Understood) or not isinstance(reading.meaning, Asked):
            continue
        outcome = ask(runtime, text, asker=person, audience=Audience.only_viewer(), as_of=at)
        if outcome.table is not None and outcome.table.rows:
            found[outcome.language, _kind(reading.meaning)].append(text)
    return dict(found)


def _kind(asked: Asked) -> str:
    """What makes one question work otherwise than another: its measures, and what it is broken down by."""
    over = "time" if asked.grain is not None else "groups" if asked.fields else "one"
    return " ".join([over, *sorted({m.kind for m in asked.show})])


def whole(runtime: Runtime, person: Person, at: dt.datetime, texts: Sequence[str]) -> list[str]:
    """Those that mean the same whatever was asked before: in a DM each question follows upon the last ones."""
    kept = list[str]()
    alone = {text: understand(text, lexicon=runtime.lexicon, asker=person) for text in texts}
    asked = [made.meaning for made in alone.values() if isinstance(made, Understood)]
    before = [Before(meaning) for meaning in asked if isinstance(meaning, Asked)]
    for text, made in alone.items():
        again = (understand(text, lexicon=runtime.lexicon, asker=person, before=b) for b in before)
        if isinstance(made, Understood) and all(isinstance(a, Understood) and a.meaning == made.meaning for a in again):
            kept.append(text)
    return kept


def questions_of(kinds: Kinds, number: int, seed: int) -> list[str]:
    """`number` questions, kind after kind and language after language, starting somewhere else for every seed."""

    def turns() -> Iterator[str]:
        chance = random.Random(seed)
        names = sorted(kinds)
        start = seed % len(names)
        while True:
            for name in names[start:] + names[:start]:
                yield chance.choice(kinds[name])

    made: Sequence[str] = list(itertools.islice(turns(), number))
    return list(made)
