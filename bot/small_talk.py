"""What people write that is no question: help, greetings, thanks. And examples that this model can really answer."""

from __future__ import annotations

import re
from collections.abc import Sequence

import nlq
from bot.runtime import Runtime
from bot.wording import Words, words_for
from metrics.people import Person
from nlq.reading import Understood

__all__ = ["examples", "kind_of_talk"]

_HELP = re.compile(r"^(?:/?help(?: me)?|\?+|what can you do|how do(?:es)? (?:this|it) work|帮助|怎么用|你能做什么|可以问什么|能问什么)$")
_HELLO = re.compile(
    r"^(?:hi|hello|hey|hiya|good (?:morning|afternoon|evening)|morning|你好|您好|嗨|早|早上好|上午好|中午好|下午好|晚上好|在吗)"
    r"(?: (?:there|all|team|paceline))?$"
)
_THANKS = re.compile(r"^(?:thanks|thank you|thx|ty|cheers|great|nice|cool|ok|okay|got it|谢谢|多谢|谢谢你|谢了|好的|收到|辛苦了)(?: (?:a lot|so much|very much|you|paceline))?$")
_EDGES = re.compile(r"^[\s!！。.,，~～]+|[\s!！。.,，~～]+$")


def kind_of_talk(text: str) -> str | None:
    """ "help", "hello", "thanks", or None for a question."""
    bare = " ".join(_EDGES.sub("", text).casefold().split())
    without_mark = bare.rstrip("?？ ")
    if _HELP.match(without_mark) or (bare and not without_mark):
        return "help"
    if _HELLO.match(without_mark):
        return "hello"
    return "thanks" if _THANKS.match(bare) else None


def examples(runtime: Runtime, person: Person, language: str, *, most: int = 6) -> list[str]:
    """Questions in the asker's language that are understood as they stand."""
    words = words_for(runtime.metrics.model, language)
    lexicon = runtime.lexicon
    today = runtime.local_date(runtime.clock.now())
    found = []
    for text in _candidates(words, person):
        reading = nlq.read(text, lexicon=lexicon, asker=person, as_of=today)
        if isinstance(reading, Understood) and text not in found:
            found.append(text)
    return found[:most]


def _candidates(words: Words, person: Person) -> Sequence[str]:
    model = words.model
    default = model.default_metric or next(iter(model.metrics), "")
    ratio = next((name for name, metric in model.metrics.items() if metric.unit == "percent"), default)
    spoken = _lower if words.language == "en" else str
    metric = spoken(words.metric(default))
    fields = [f for f in (model.people.region, model.people.team) if f] if model.people else []
    fields += [f.id for f in model.fields.values() if f.dimension and not f.is_time and (not model.people or f.dataset != model.people.dataset)]
    field = spoken(words.field(fields[-1])) if fields else ""
    texts = [words.say("example.value", metric=metric)]
    if person.sells:
        texts.append(words.say("example.rank", metric=metric))
    texts.append(words.say("example.compare", metric=metric))
    if field:
        texts.append(words.say("example.top", metric=metric, field=field))
    texts.append(words.say("example.trend", metric=metric))
    texts.append(words.say("example.value", metric=spoken(words.metric(ratio))))
    texts.append(words.say("example.define", metric=spoken(words.metric(ratio))))
    return texts


def _lower(label: str) -> str:
    return label if label[1:2].isupper() else label.lower()
