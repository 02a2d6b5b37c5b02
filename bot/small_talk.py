"""What people write that is no question: help, greetings, thanks. And examples that this model can really answer."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.runtime import Runtime
from bot.wording import Words, words_for
from metrics.people import Audience, Person, Viewer
from metrics.query.asked import Asked
from nlq import Understood, understand

__all__ = ["examples", "kind_of_talk", "offered_fields"]

MOST_MEMBERS = 100
TOP = 5

_HELP = re.compile(
    r"^(?:/?help(?: me)?|\?+|what can you do|how do(?:es)? (?:this|it) work"
    r"|帮助|怎么用|你能做什么|可以问什么|能问什么)$"
)
_HELLO = re.compile(
    r"^(?:hi|hello|hey|hiya|good"
    r" (?:morning|afternoon|evening)|morning|你好|您好|嗨|早|早上好|上午好|中午好|下午好|晚上好|在吗)"
    r"(?: (?:there|all|team|paceline))?$"
)
_THANKS = re.compile(
    r"^(?:thanks|thank you|thx|ty|cheers|great|nice|cool|ok|okay|got it|谢谢|多谢|谢谢你|谢了|好的|收到|辛苦了)(?: (?:a"
    r" lot|so much|very much|you|paceline))?$"
)
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
    sees = runtime.metrics.sees(Viewer.of(person), Audience.only_viewer())
    found: list[str] = []
    listed: list[bool] = []
    for text in _candidates(words, person, _worth_listing(runtime)):
        reading = understand(text, lexicon=lexicon, asker=person, sees=sees)
        if not isinstance(reading, Understood) or text in found:
            continue
        lists = isinstance(reading.meaning, Asked) and bool(reading.meaning.by)
        if lists and any(listed):  # one list is enough
            continue
        listed.append(lists)
        found.append(text)
    return found[:most]


def offered_fields(runtime: Runtime) -> list[str]:
    """Fields worth breaking the main metric down by: region and team, then those with few members. Ids are none."""
    from bot.render.next_steps import reachable_datasets  # here: the terminal offers no next steps

    model, members = runtime.metrics.model, runtime.metrics.members
    main = model.default_metric or next(iter(model.metrics), "")
    own = [f for f in (model.people.region, model.people.team, model.people.name) if f] if model.people else []
    found = [
        field.id
        for name in reachable_datasets(model, main)
        for field in model.datasets[name].fields.values()
        if field.dimension and not field.is_time and 2 <= len(members.get(field.id, ())) <= MOST_MEMBERS
    ]
    found = [f for f in found if not (model.people and f == model.people.id != model.people.name)]
    return sorted(found, key=lambda f: (own.index(f) if f in own else len(own), len(members[f]), f))


def _worth_listing(runtime: Runtime) -> list[str]:
    """Fields with enough members for a top five, those of people left out where there are others."""
    model, members = runtime.metrics.model, runtime.metrics.members
    fields = offered_fields(runtime)
    things = [f for f in fields if not (model.people and f.startswith(model.people.dataset + "."))] or fields
    return [f for f in things if len(members[f]) > TOP] or things


def _candidates(words: Words, person: Person, fields: Sequence[str]) -> Sequence[str]:
    model = words.model
    default = model.default_metric or next(iter(model.metrics), "")
    ratio = next((name for name, metric in model.metrics.items() if metric.unit == "percent"), default)
    metric = words.spoken(words.metric(default))
    texts = [words.say("example.value", metric=metric)]
    if person.sells:
        texts.append(words.say("example.rank", metric=metric))
    texts.append(words.say("example.compare", metric=metric))
    for field in fields:
        texts.append(words.say("example.top", metric=metric, field=words.several(words.field(field))))
    texts.append(words.say("example.trend", metric=metric))
    texts.append(words.say("example.value", metric=words.spoken(words.metric(ratio))))
    texts.append(words.say("example.define", metric=words.spoken(words.metric(ratio))))
    return texts
