"""Labels, names, issues and errors of one model in one language."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from bot.wording.dates import bucket_start, bucket_words, range_words, window_words
from bot.wording.figures import date_words, format_value
from bot.wording.sentences import has_sentence, holes, say
from metrics.errors import NotPermitted, StaleData, TimedOut, TooLarge, UnknownName, UnsupportedCombination, UserError
from metrics.kinds.metric import Metric
from metrics.model.schema import Dataset, Labels, Model
from metrics.query.answer import Cell
from metrics.query.measure import Measure
from metrics.query.predicate import Predicate
from metrics.query.table import Taken
from metrics.query.when import When
from nlq import Issue, Lexicon, Unsayable, said_condition, said_measure, said_when

__all__ = ["NONE_MEMBER", "Words", "humanise", "words_for"]

_ISO_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}$")
NONE_MEMBER = "(none)"  # how an answer writes rows without a value
_CHINESE = re.compile(r"[\u3400-\u9fff]")


def words_for(model: Model, language: str, lexicon: Lexicon | None = None) -> Words:
    return Words(model, language, lexicon)


@dataclass(frozen=True)
class Words:
    """`lexicon`: how questions are asked; without it what has no name of its own is called by its name in code."""

    model: Model
    language: str
    lexicon: Lexicon | None = None

    def say(self, key: str, /, **fields: object) -> str:
        return say(self.language, key, **fields)

    # --- names -------------------------------------------------------------------------------------------------------

    def metric(self, name: str) -> str:
        found = self.model.metrics.get(name)
        return _label(found.labels, found.synonyms, name, self.language) if found else humanise(name)

    def meaning(self, name: str) -> str:
        """What a metric means, in this language where the model says it; "" when it does not say."""
        found = self.model.metrics.get(name)
        return found.definitions.get(self.language, found.description) if found else ""

    def field(self, field_id: str) -> str:
        found = self.model.fields.get(field_id)
        name = field_id.rpartition(".")[2]
        return _label(found.labels, found.synonyms, name, self.language) if found else humanise(name)

    def thing(self, dataset: Dataset) -> str:
        """What the records of a table are called."""
        return _label(dataset.labels, dataset.synonyms, dataset.name, self.language)

    def person(self, identifier: str) -> str:
        """Somebody by their name; an id that nobody has as it is."""
        found = self.lexicon.org.people.get(identifier) if self.lexicon is not None else None
        return found.name if found is not None else identifier

    def spoken(self, label: str) -> str:
        """A label inside a sentence: "win rate", but "KPI"."""
        return label.lower() if self.language == "en" and not label[1:2].isupper() else label

    def several(self, label: str) -> str:
        """A plural within a sentence, well enough for the names of fields: "industries". Chinese has none."""
        word = self.spoken(label)
        if self.language != "en":
            return word
        if word.endswith("y") and word[-2:-1] not in "aeiou":
            return word[:-1] + "ies"
        return word if word.endswith("s") else word + "s"

    def joined(self, items: Sequence[str], *, most: int = 12) -> str:
        """ "a, b and c"; the rest counted."""
        if len(items) > most:
            return self.say("list.more", items=self.say("list.sep").join(items[:most]), n=len(items) - most)
        if len(items) < 2:
            return "".join(items)
        return self.say("list.and", a=self.say("list.sep").join(items[:-1]), b=items[-1])

    def either(self, items: Sequence[str], *, most: int = 4) -> str:
        """ "a, b or c": the first few, by their labels."""
        names = list(dict.fromkeys(self.name(item) for item in items))[:most]
        if len(names) < 2:
            return "".join(names)
        return self.say("list.or", a=self.say("list.sep").join(names[:-1]), b=names[-1])

    def member(self, field_id: str, value: Cell, unit: str = "text") -> str:
        """A member of a field as people read it: a code by its label; rows without one as such."""
        if value in (None, "", NONE_MEMBER):
            return self.say("value.no_member")
        return format_value(self.labelled(field_id, value), unit, self.language) or self.say("value.no_member")

    def team(self, member: str | None) -> str:
        """What people call a team; "" for none."""
        people = self.model.people
        return str(self.labelled(people.team or "" if people else "", member) or "")

    def region(self, member: str | None) -> str:
        """What people call a region; "" for none."""
        people = self.model.people
        return str(self.labelled(people.region or "" if people else "", member) or "")

    def labelled(self, field_id: str, value: Cell) -> Cell:
        """A code by its label; any other value as it is."""
        found = self.model.fields.get(field_id)
        coded = found is not None and found.coded and value not in (None, "", NONE_MEMBER)
        return found.label_of(str(value), self.language) if found is not None and coded else value

    # --- in the words of questions ------------------------------------------------------------------------------------

    def measure(self, measure: Measure) -> str:
        """The name of a number: that of the dictionary, or how it is asked for."""
        if isinstance(measure, Metric):
            return self.metric(measure.name)
        if self.lexicon is not None:
            with suppress(Unsayable):
                return said_measure(measure, self.lexicon, self.language)
        return humanise(measure.label())

    def condition(self, condition: Predicate) -> str:
        """How a condition is asked for; "" where there is no saying it."""
        if self.lexicon is not None:
            with suppress(Unsayable):
                return said_condition(condition, self.lexicon, self.language)
        return ""

    def when(self, when: When) -> str:
        """How a period is asked for; "" where there is no saying it."""
        if self.lexicon is not None:
            with suppress(Unsayable):
                return said_when(when, self.lexicon, self.language)
        return ""

    # --- numbers and dates --------------------------------------------------------------------------------------------

    def change_percent(self, value: Cell) -> str:
        text = format_value(value, "percent", self.language)
        grew = isinstance(value, int | float) and value > 0 and text not in ("0.0%", self.say("value.none"))
        return f"+{text}" if grew else text

    def date(self, day: dt.date) -> str:
        return date_words(day, self.language)

    def week(self, first: dt.date) -> str:
        """A week by its first and last day, without the year: "12–18 Oct", "10/12–10/18"."""
        last = first + dt.timedelta(days=6)
        if self.language == "zh":
            return f"{first.month}/{first.day}–{last.month}/{last.day}"
        begins = str(first.day) if first.month == last.month else date_words(first, self.language, year=False)
        return f"{begins}–{date_words(last, self.language, year=False)}"

    def window(self, window: Taken) -> str:
        return window_words(window.start, window.end, self.model.calendar, self.language)

    # --- issues, errors -----------------------------------------------------------------------------------------------

    def issue(self, issue: Issue) -> str:
        """Why a question was not read, naming the word; suggestions are offered where there are any."""
        key = f"issue.{issue.code}"
        if not has_sentence(key):
            key = "issue.other"
        if issue.code == "no_data":
            key = key if issue.reason else f"{key}.bare"
        elif not issue.text and has_sentence(f"{key}.bare"):
            key = f"{key}.bare"
        example = self.example()
        if issue.code == "sql":
            key = "issue.sql" if example else "issue.sql.bare"
        sentence = self.say(key, text=_short(issue.text), reason=issue.reason, example=example)
        others = [s for s in issue.suggestions if s.casefold() != issue.text.casefold()]
        if others and issue.code != "no_data":
            sentence += self.say("list.space") + self.say(
                "issue.try", suggestions=self.either([self.say("quoted", text=o) for o in others])
            )
        return sentence

    def issues(self, issues: Sequence[Issue]) -> list[str]:
        """One sentence each; words that are unknown and have no suggestions in one."""
        unknown = [i for i in issues if i.code == "unknown_word" and i.text and not i.suggestions]
        if len(unknown) < 2:
            return [self.issue(i) for i in issues]
        words = self.joined([self.say("quoted", text=_short(i.text)) for i in unknown], most=6)
        return [self.say("issue.unknown_words", words=words), *(self.issue(i) for i in issues if i not in unknown)]

    def error(self, error: UserError) -> str:
        subject = self.told(error.subject)
        fields = {name: self.told(value) for name, value in error.fields.items()} | {"subject": subject}
        if "grain" in error.fields:
            fields["grain"] = self.say(f"grain.{error.fields['grain']}")
        key = f"error.{error.code}"
        if error.fields.get("why") == "channel" and has_sentence(f"{key}.channel"):
            key = f"{key}.channel"
        if not has_sentence(key):
            key = _by_class(error)
        elif not holes(self.language, key) <= set(fields):
            key = f"{key}.bare" if has_sentence(f"{key}.bare") else _by_class(error)
        sentence = self.say(key, code=error.code, **fields)
        if error.suggestions:
            sentence += self.say("list.space") + self.say("issue.try", suggestions=self.either(error.suggestions))
        return sentence

    def internal(self, reference: str) -> str:
        return self.say("error.internal", reference=reference)

    def name(self, text: str) -> str:
        """A metric or field by its label; other names as they are."""
        if text in self.model.metrics:
            return self.metric(text)
        return self.field(text) if text in self.model.fields else text

    def example(self) -> str:
        metric = self.model.default_metric or next(iter(self.model.metrics), "")
        return self.say("example.value", metric=self.metric(metric)) if metric else ""

    def told(self, value: str) -> str:
        """A date or range of dates in words; names of metrics and fields by their labels."""
        if _ISO_DATE.match(value):
            return self.date(dt.date.fromisoformat(value))
        first, dots, last = value.partition("..")
        if dots and _ISO_DATE.match(first) and _ISO_DATE.match(last):
            return range_words(
                dt.date.fromisoformat(first), dt.date.fromisoformat(last), self.model.calendar, self.language
            )
        grain = {4: "year", 7: "quarter" if "Q" in value else "month"}.get(len(value))
        if grain and bucket_start(value, grain, self.model.calendar) is not None:
            return bucket_words(value, grain, self.model.calendar, self.language)
        if all(part in self.model.metrics for part in value.split(", ")):
            return self.joined([self.metric(part) for part in value.split(", ")])
        return self.say(f"grain.{value}") if has_sentence(f"grain.{value}") else self.name(value)

    @staticmethod
    def say_in(language: str, key: str, /, **fields: object) -> str:
        return say(language, key, **fields)


def humanise(name: str) -> str:
    """ "last_activity" → "Last activity"."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def _label(labels: Labels, synonyms: Sequence[str], name: str, language: str) -> str:
    if language in labels:
        return labels[language]
    if language == "zh":
        own = next((word for word in synonyms if _CHINESE.search(word)), None)
        if own:
            return own
    return labels.get("en") or humanise(name)


def _by_class(error: UserError) -> str:
    if isinstance(error, NotPermitted):
        return "error.denied.other" if error.subject else "error.not_permitted"
    if isinstance(error, UnknownName):
        return "error.unknown.other"
    if isinstance(error, UnsupportedCombination):
        return "error.combination.other"
    if isinstance(error, TooLarge):
        return "error.too_large"
    if isinstance(error, TimedOut):
        return "error.timed_out"
    if isinstance(error, StaleData) and error.fields.get("since"):
        return "error.stale_data"
    return "error.other"


def _short(text: str, most: int = 80) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
