"""What the reader of an answer must know beside its numbers, a sentence each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from bot.wording.sentences import has_sentence, holes
from bot.wording.subject import conditions, name_of
from bot.wording.tables import TableWords
from bot.wording.words import Words
from metrics.analyses.analysis import Findings
from metrics.errors import UnsupportedCombination
from metrics.query.answer import Note
from metrics.query.predicate import In

__all__ = ["assumption", "finding_notes", "notes"]

_COUNTS = ("n", "shown", "total")  # fields that hold a number: 1982 rows are no year
_UNSAID = ("whole",)  # assumptions that are kept or refused, and no news


def notes(told: TableWords, assumptions: Sequence[str] = (), *, but: Sequence[str] = ()) -> list[str]:
    """Every note of the table and every assumption of the reading, without repeats. `but`: codes of notes that are said
    elsewhere in the message."""
    said = [_note(told.words, note, told) for note in told.table.notes if note.code not in but]
    said += _withheld(told)
    coded = {note.code for note in told.table.notes}
    left = [a for a in assumptions if a.partition(":")[0] not in coded]
    return list(dict.fromkeys((*said, *_assumptions(told.words, left, told))))


def finding_notes(
    words: Words, findings: Findings, assumptions: Sequence[str] = (), *, but: Sequence[str] = ()
) -> list[str]:
    """Those of an analysis, then those of what it asked."""
    said = [_note(words, note, None) for note in findings.notes]
    for told in (TableWords(words, part.table) for part in findings.parts):
        said += [_note(words, note, told) for note in told.table.notes if note.code not in but]
    return list(dict.fromkeys((*said, *_assumptions(words, assumptions, None))))


def _assumptions(words: Words, assumptions: Sequence[str], told: TableWords | None) -> list[str]:
    return [assumption(words, code, told) for code in assumptions if code not in _UNSAID]


def _withheld(told: TableWords) -> list[str]:
    """Members that were asked for by name and are missing where rows were left out."""
    restricted = told.table.proof.restricted
    if not restricted or not told.table.rows:
        return []
    key = "note.withheld.channel" if restricted == "channel" else "note.withheld"
    said = []
    asked = [c for c in conditions(told.asked.where) if isinstance(c, In) and not c.out]
    for at, column in enumerate(told.table.columns[: told.keys]):
        for condition in (c for c in asked if c.field == column.of):
            shown = {row[at] for row in told.table.rows}
            missing = [told.words.member(condition.field, v) for v in condition.values if v not in shown]
            said += [told.words.say(key, members=told.words.joined(missing))] if missing else []
    return said


def _note(words: Words, note: Note, told: TableWords | None) -> str:
    code = note.code
    fields = {
        name: f"{int(value):,}" if name in _COUNTS and value.isdecimal() else words.told(value)
        for name, value in note.fields.items()
    }
    fields |= _of_table(code, fields, told)
    if code == "zero_members_left_out" and "n" in fields:
        code = "zero_members_left_out.n"
    if code == "assumed" and has_sentence(f"note.assumed.{note.fields.get('what')}"):
        code = f"assumed.{note.fields['what']}"
    if "reason" in note.fields:
        given = {k: v for k, v in note.fields.items() if k not in ("subject", "reason", "what")}
        fields["why"] = words.error(
            UnsupportedCombination(note.fields["reason"], note.fields.get("subject", ""), fields=given)
        )
    if "periods" in note.fields:
        fields["periods"] = words.joined([words.say(f"grain.{p}") for p in note.fields["periods"].split(", ")])
    key = f"note.{code}"
    if not has_sentence(key):
        detail = words.say("list.sep").join(f"{k} {v}" for k, v in fields.items())
        return words.say("note.other", code=code.replace("_", " "), fields=detail).strip()
    filled = holes(words.language, key) <= set(fields) or not has_sentence(f"{key}.bare")
    return words.say(key if filled else f"{key}.bare", **fields)


def _of_table(code: str, fields: dict[str, str], told: TableWords | None) -> dict[str, str]:
    """What the sentence of a note needs from the table it stands beside."""
    if told is None:
        return {}
    words, window, proof = told.words, told.window(), told.table.proof
    if code == "default_period" and "period" not in fields and window is not None:
        return {"period": words.window(window)}
    if code == "to_date" and "end" not in fields:
        last = proof.data_through
        if last is None and window is not None and window.end is not None:
            last = window.end - dt.timedelta(days=1)
        return {"end": words.date(last)} if last is not None else {}
    if code == "truncated":
        made = {"shown": fields.get("shown", str(len(told.table.rows)))}
        return made | ({"total": str(proof.total)} if "total" not in fields and proof.total is not None else {})
    return {}


def assumption(words: Words, assumed: str, told: TableWords | None = None) -> str:
    """What the reading filled in, or took for something else."""
    code, _, what = assumed.partition(":")
    if code == "default_metric":
        if not what and told:
            return words.say("assume.default_metric", metric=name_of(words, told.about[0]))
        return words.say("assume.default_metric", metric=words.metric(what or words.model.default_metric or ""))
    if code == "default_funnel":
        labels = words.model.funnels[what].labels
        return words.say("assume.default_funnel", what=labels.get(words.language) or next(iter(labels.values()), what))
    if code == "corrected":
        typed, _, meant = what.partition(">")
        return words.say("assume.corrected.as" if meant else "assume.corrected", word=typed, meant=meant)
    if code == "default_period":
        window = told.window() if told is not None else None
        if window is None:
            return words.say("assume.default_period")
        return words.say("note.default_period", period=words.window(window))
    if code in ("chosen_before", "only_choice"):
        return words.say(f"assume.{code}", what=what)
    return words.say("assume.other", what=what or code.replace("_", " "))
