"""Labels, cells, notes, issues and errors of one model in one language."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.wording.dates import bucket_start, bucket_words, period_words, range_words, window_words
from bot.wording.figures import date_words, format_value
from bot.wording.sentences import has_sentence, holes, say
from metrics.errors import NotPermitted, StaleData, TimedOut, TooLarge, UnknownName, UnsupportedCombination, UserError
from metrics.model.schema import Labels, Model
from metrics.query import Query
from metrics.query.answer import Answer, Cell, Column, Note, Window
from nlq.reading import Issue

__all__ = ["Words", "words_for"]

_ISO_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}$")
NONE_MEMBER = "(none)"  # how an answer writes rows without a value
_COUNTS = ("n", "shown", "total")  # fields of notes that hold a number: 1982 rows are no year
_CHINESE = re.compile(r"[\u3400-\u9fff]")


def words_for(model: Model, language: str) -> Words:
    return Words(model, language)


@dataclass(frozen=True)
class Words:
    model: Model
    language: str

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

    # --- cells -------------------------------------------------------------------------------------------------------

    def column(self, column: Column, answer: Answer | None = None) -> str:
        """The header of a column. With several metrics in the answer each header names its metric."""
        if column.role == "dimension":
            return self.field(column.of or column.name)
        if column.role == "time":
            grain = answer.query.grain if answer else None
            return self.say(f"column.time.{grain}" if grain else "column.time")
        if column.role == "metric":
            return self.metric(column.of or column.name)
        if column.role == "text" and has_sentence(f"column.text.{column.of}"):
            return self.say(f"column.text.{column.of}")
        label = self.say(f"column.{column.role}")
        if column.role == "previous" and answer is not None and answer.query.grain is None:
            window = window_labelled(answer, "previous")
            if window is not None:
                label = self.say(
                    "column.previous.window", window=window_words(window, self.model.calendar, self.language)
                )
        if answer is not None and len(answer.query.metrics) > 1 and column.of in self.model.metrics:
            return self.say("column.of", metric=self.metric(column.of), label=label)
        return label

    def cell(self, column: Column, value: Cell, answer: Answer | None = None) -> str:
        """A value as people write it; never empty."""
        if column.role == "dimension":
            return self.member(column.of, value, column.unit)
        if column.role == "time":
            grain = answer.query.grain if answer else None
            if grain is None:
                return self._field_words(str(value))
            return bucket_words(value, grain, self.model.calendar, self.language)
        if column.role == "change_pct":
            return self.change_percent(value)
        signed = column.role in ("change", "difference")
        return format_value(value, column.unit, self.language, signed=signed) or self.say("value.none")

    def row(self, answer: Answer, row: Sequence[Cell]) -> list[str]:
        """All cells of a row. The earlier of two periods has no change of its own: a dash, not n/a."""
        cells = [self.cell(c, v, answer) for c, v in zip(answer.columns, row, strict=True)]
        if answer.query.compare is not None and answer.query.grain is None:
            time = next((i for i, c in enumerate(answer.columns) if c.role == "time"), None)
            if time is not None and row[time] == min((str(r[time]) for r in answer.rows), default=None):
                cells = [
                    "–" if c.role in ("change", "change_pct") and v is None else text
                    for c, v, text in zip(answer.columns, row, cells, strict=True)
                ]
        return cells

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

    def period(self, query: Query, window: Window | None) -> str:
        return period_words(query, window, self.model.calendar, self.language)

    def window(self, window: Window) -> str:
        return window_words(window, self.model.calendar, self.language)

    # --- notes, issues, errors
    # -----------------------------------------------------------------------------------------

    def notes(self, answer: Answer, assumptions: Sequence[str] = (), *, but: Sequence[str] = ()) -> list[str]:
        """Every note of the answer and every assumption of the reading, one sentence each, without repeats. `but`:
        codes of notes that are said elsewhere in the message."""
        said = [self.note(note, answer) for note in answer.notes if note.code not in but]
        said += self._withheld(answer)
        coded = {note.code for note in answer.notes}
        said += [self.assumption(code, answer) for code in assumptions if code.partition(":")[0] not in coded]
        return list(dict.fromkeys(said))

    def _withheld(self, answer: Answer) -> list[str]:
        """Members that were asked for by name and are missing where rows were left out."""
        if not answer.receipt.restricted or not answer.rows:
            return []
        key = "note.withheld.channel" if answer.receipt.restricted == "channel" else "note.withheld"
        said = []
        for at, column in enumerate(answer.columns):
            asked = next((f for f in answer.query.where if f.op == "in" and f.field == column.of), None)
            if column.role == "dimension" and asked is not None:
                shown = {row[at] for row in answer.rows}
                missing = [self.member(asked.field, v) for v in asked.values if v not in shown]
                said += [self.say(key, members=self.joined(missing))] if missing else []
        return said

    def note(self, note: Note, answer: Answer) -> str:
        code = note.code
        fields = {
            name: f"{int(value):,}" if name in _COUNTS and value.isdecimal() else self._field_words(value)
            for name, value in note.fields.items()
        }
        if code == "default_period" and "period" not in fields:
            window = window_labelled(answer, "current")
            fields |= {"period": self.window(window)} if window is not None else {}
        if code == "to_date" and "end" not in fields:
            window = window_labelled(answer, "current")
            last = answer.receipt.data_through or (window.end - dt.timedelta(days=1) if window else None)
            fields |= {"end": self.date(last)} if last else {}
        if code == "truncated":
            fields.setdefault("shown", str(len(answer.rows)))
            if "total" not in fields and answer.receipt.total_rows is not None:
                fields["total"] = str(answer.receipt.total_rows)
        if code == "zero_members_left_out" and "n" in fields:
            code = "zero_members_left_out.n"
        if code == "assumed" and has_sentence(f"note.assumed.{note.fields.get('what')}"):
            code = f"assumed.{note.fields['what']}"
        if "reason" in note.fields:
            given = {k: v for k, v in note.fields.items() if k not in ("subject", "reason", "what")}
            subject = note.fields.get("subject", "")
            fields["why"] = self.error(UnsupportedCombination(note.fields["reason"], subject, fields=given))
        if "periods" in note.fields:
            fields["periods"] = self.joined([self.say(f"grain.{p}") for p in note.fields["periods"].split(", ")])
        key = f"note.{code}"
        if not has_sentence(key):
            detail = self.say("list.sep").join(f"{k} {v}" for k, v in fields.items())
            return self.say("note.other", code=code.replace("_", " "), fields=detail).strip()
        return self.say(key, **fields) if _filled(self.language, key, fields) else self.say(f"{key}.bare")

    def assumption(self, assumed: str, answer: Answer | None = None) -> str:
        code, _, what = assumed.partition(":")
        if code == "default_metric":
            metric = what or (answer.query.metrics[0] if answer else "")
            return self.say("assume.default_metric", metric=self.metric(metric))
        if code == "corrected":
            return self.say("assume.corrected", word=what)
        if code == "default_period":
            window = window_labelled(answer, "current") if answer else None
            if window is None:
                return self.say("assume.default_period")
            return self.say("note.default_period", period=self.window(window))
        if code == "chosen_before":
            return self.say("assume.chosen_before", what=what)
        if code == "only_choice":
            return self.say("assume.only_choice", what=what)
        return self.say("assume.other", what=what or code.replace("_", " "))

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
            sentence += self.say("list.space") + self.say("issue.try", suggestions=self.either(others))
        return sentence

    def issues(self, issues: Sequence[Issue]) -> list[str]:
        """One sentence each; words that are unknown and have no suggestions in one."""
        unknown = [i for i in issues if i.code == "unknown_word" and i.text and not i.suggestions]
        if len(unknown) < 2:
            return [self.issue(i) for i in issues]
        words = self.joined([self.say("quoted", text=_short(i.text)) for i in unknown], most=6)
        return [self.say("issue.unknown_words", words=words), *(self.issue(i) for i in issues if i not in unknown)]

    def error(self, error: UserError) -> str:
        subject = self._field_words(error.subject)
        fields = {name: self._field_words(value) for name, value in error.fields.items()} | {"subject": subject}
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

    def _field_words(self, value: str) -> str:
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


def window_labelled(answer: Answer, label: str) -> Window | None:
    return next((w for w in answer.receipt.windows if w.label == label), None)


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


def _filled(language: str, key: str, fields: dict[str, str]) -> bool:
    """Every hole of the sentence has its field (or there is no variant without holes)."""
    return holes(language, key) <= set(fields) or not has_sentence(f"{key}.bare")


def _short(text: str, most: int = 80) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
