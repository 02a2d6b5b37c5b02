"""`ask --batch`: JSON lines in, the JSON object of the interface out, in the same order."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bot.ask import ask, log_internal, read_thread
from bot.outcome import Outcome
from bot.render.text import outcome_text
from bot.runtime import Runtime
from bot.wording import TableWords, Words, language_of, words_for
from bot.wording.notes import finding_notes, notes
from metrics.analyses.analysis import Findings
from metrics.people import Audience, Person
from metrics.query.answer import Cell
from metrics.query.table import Proof

__all__ = ["BadAsOf", "answer_lines", "json_line", "outcome_object", "parse_as_of"]

MAX_LINE = 200_000  # characters; longer lines are refused before they are parsed
_NOTHING_TAKEN: dict[str, Any] = {"windows": [], "conditions": None, "limit": None, "limit_per": [], "ties": 0}
_DEFINED = ("metric", "description", "expression", "unit", "owner", "version", "certified")


class BadAsOf(ValueError):
    """Neither an ISO date nor an ISO date and time."""


def parse_as_of(text: str) -> dt.datetime:
    """An ISO date is the end of that day; a date and time is that moment (naive: local to the organisation)."""
    try:
        if len(text) <= 10:
            return dt.datetime.combine(dt.date.fromisoformat(text), dt.time(23, 59, 59))
        return dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise BadAsOf(text) from error


def answer_lines(runtime: Runtime, lines: Iterable[str], *, as_of: dt.datetime) -> Iterator[dict[str, Any]]:
    """One object per non-empty line. A line that cannot be read or breaks something gives an error object, and the
    lines after it are still answered. `as_of` is for lines that name none."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="batch") as worker:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            task = worker.submit(_answer_line, runtime, line, number, as_of)
            broken = task.exception()
            if broken is None:
                yield task.result()
            else:
                yield _error_object(_line_id(line), "internal", {"reference": log_internal(broken)}, "en")


def _answer_line(runtime: Runtime, line: str, number: int, as_of: dt.datetime) -> dict[str, Any]:
    try:
        asked = json.loads(line, parse_constant=_no_json) if len(line) <= MAX_LINE else None
    except (ValueError, RecursionError):
        asked = None
    if not isinstance(asked, dict):
        return _error_object(None, "bad_line", {"line": str(number)}, "en")
    given = asked.get("id")
    text, asker_name, thread = asked.get("q"), asked.get("asker"), asked.get("thread") or []
    well_formed = isinstance(thread, list) and all(isinstance(t, str) for t in thread)
    if not isinstance(text, str) or not well_formed or asked.get("audience", "dm") not in ("dm", "channel"):
        return _error_object(given, "bad_line", {"line": str(number)}, "en")
    language = language_of(text)
    person = runtime.metrics.org.find(asker_name) if isinstance(asker_name, str) else None
    if person is None:
        return _error_object(given, "unknown_asker", {"name": str(asker_name or "")}, language, status="denied")
    try:
        moment = parse_as_of(str(asked["as_of"])) if asked.get("as_of") else as_of
    except BadAsOf:
        return _error_object(given, "bad_as_of", {"as_of": str(asked["as_of"])}, language)
    before = read_thread(runtime, thread, asker=person, as_of=moment)
    audience = audience_named(runtime, asked.get("audience", "dm"))
    outcome = ask(runtime, text, asker=person, audience=audience, as_of=moment, before=before)
    return outcome_object(runtime, outcome, given, asker=person)


def _no_json(constant: str) -> None:
    """NaN and Infinity are not JSON: an answer that repeats them (as its id) could not be read by others."""
    raise ValueError(constant)


def json_line(shown: Mapping[str, Any]) -> str:
    """One line of JSON. Half a surrogate pair, which no file can hold, stays escaped as it came."""
    text = json.dumps(shown, ensure_ascii=False, allow_nan=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(shown, allow_nan=False)
    return text


def audience_named(runtime: Runtime, name: str) -> Audience:
    """ "dm": only the asker. "channel": a channel that everybody of the organisation has joined."""
    if name == "dm":
        return Audience.only_viewer()
    return Audience.channel(runtime.metrics.org.people.values(), name="channel")


def outcome_object(runtime: Runtime, outcome: Outcome, given: Any, *, asker: Person) -> dict[str, Any]:
    """The object of one question. See the interface: every key is always present."""
    from bot.meanings import meaning_json  # here: a question in the terminal is told in words

    words = words_for(runtime.metrics.model, outcome.language, runtime.lexicon)
    shown: dict[str, Any] = {
        "id": given,
        "status": outcome.status,
        "reading": outcome.reading,
        "query": None,
        "columns": [],
        "rows": [],
        "sql": None,
        "params": {},
        "choices": [{"label": c.label, "query": meaning_json(c.meaning)} for c in outcome.choices],
        "issues": _issues(words, outcome),
        "notes": [],
        **_NOTHING_TAKEN,
        "data_through": _cell(runtime.metrics.data_through),
        "text": outcome_text(words, outcome),
        "ms": {stage: round(outcome.ms.get(stage, 0.0), 3) for stage in ("read", "compile", "execute", "total")},
    }
    if outcome.status == "answered" and outcome.meaning is not None:
        shown["query"] = meaning_json(outcome.meaning)
    if outcome.parts:
        each = [outcome_object(runtime, part, given, asker=asker) for part in outcome.parts]
        return shown | _of_several(words, each)
    if outcome.table is not None:
        shown |= _of_table(TableWords(words, outcome.table), outcome.assumptions)
    elif outcome.findings is not None:
        shown |= _of_findings(words, outcome.findings, outcome.assumptions)
    elif outcome.definition is not None:
        shown |= _of_definition(words, outcome.definition.metrics)
    return shown


def _of_several(words: Words, each: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The answers to several questions as one table: their rows one below the other, behind the number of the question
    each belongs to; a column that an answer has not is null in its rows."""
    columns: list[dict[str, Any]] = []
    for one in each:
        columns += [column for column in one["columns"] if column not in columns]
    rows = []
    for number, one in enumerate(each, start=1):
        at = [one["columns"].index(column) if column in one["columns"] else None for column in columns]
        rows += [[number, *(None if i is None else row[i] for i in at)] for row in one["rows"]]
    through = [one["data_through"] for one in each if one["data_through"] is not None]
    taken = [one["conditions"] for one in each]
    return {
        "query": {"several": [one["query"] for one in each]},
        "columns": [
            {"name": "question", "label": words.say("column.question"), "role": "dimension", "unit": "number"},
            *columns,
        ],
        "rows": rows,
        "sql": ";\n".join(one["sql"] for one in each if one["sql"]) or None,
        "params": {f"{n}.{name}": v for n, one in enumerate(each, start=1) for name, v in one["params"].items()},
        "notes": list(dict.fromkeys(note for one in each for note in one["notes"])),
        "windows": [window for one in each for window in one["windows"]],
        "conditions": ["several", *taken] if any(taken) else None,
        "data_through": min(through, default=None),
    }


def _of_table(told: TableWords, assumptions: Sequence[str]) -> dict[str, Any]:
    table, proof = told.table, told.table.proof
    return {
        "columns": [
            {"name": c.name, "label": label, "role": c.role, "unit": c.unit}
            for c, label in zip(table.columns, told.labels, strict=True)
        ],
        "rows": [[_cell(value) for value in row] for row in table.rows],
        "sql": proof.sql,
        "params": {name: _cell(value) for name, value in proof.params.items()},
        "notes": notes(told, assumptions),
        **_taken(proof),
        "data_through": _cell(proof.data_through),
    }


def _of_findings(words: Words, findings: Findings, assumptions: Sequence[str]) -> dict[str, Any]:
    """A row for each thing that facts are about. SQL and dates are those of the first question it took."""
    from bot.wording.findings import fact_table  # here: few questions take an analysis

    facts = fact_table(words, findings)
    columns = zip(facts.names, facts.labels, facts.units, strict=True)
    first = findings.parts[0].table.proof if findings.parts else None
    return {
        "columns": [
            {"name": name, "label": label, "role": "dimension" if i < facts.keys else "metric", "unit": unit}
            for i, (name, label, unit) in enumerate(columns)
        ],
        "rows": [[_cell(value) for value in row] for row in facts.cells],
        "notes": finding_notes(words, findings, assumptions),
        **(_taken(first) | {"sql": first.sql, "params": _cell(first.params)} if first is not None else {}),
    }


def _of_definition(words: Words, metrics: Sequence[str]) -> dict[str, Any]:
    """A row for each metric."""
    known = [words.model.metrics[name] for name in metrics]
    return {
        "columns": [
            {"name": name, "label": words.say(f"column.text.{name}"), "role": "text", "unit": "text"}
            for name in _DEFINED
        ],
        "rows": [[m.name, m.description, m.expression, m.unit, m.owner, m.version, m.certified] for m in known],
    }


def _taken(proof: Proof) -> dict[str, Any]:
    """What the numbers were really taken over, as data."""
    return {
        "windows": [{"of": w.of, "start": _cell(w.start), "end": _cell(w.end)} for w in proof.windows],
        "conditions": _cell(proof.conditions),
        "limit": proof.limit,
        "limit_per": list(proof.limit_per),
        "ties": proof.ties,
    }


def _issues(words: Words, outcome: Outcome) -> list[dict[str, Any]]:
    found = [
        {"code": i.code, "text": words.issue(i), "span": list(i.span), "suggestions": list(i.suggestions)}
        for i in outcome.issues
    ]
    if outcome.error is not None:
        error = outcome.error
        found.append(
            {"code": error.code, "text": words.error(error), "span": [0, 0], "suggestions": list(error.suggestions)}
        )
    if outcome.reference:
        found.append({"code": "internal", "text": words.internal(outcome.reference), "span": [0, 0], "suggestions": []})
    return found


def _error_object(
    given: Any, code: str, fields: dict[str, str], language: str, *, status: str = "error"
) -> dict[str, Any]:
    text = Words.say_in(language, f"batch.{code}", **fields)
    return {
        "id": given,
        "status": status,
        "reading": "",
        "query": None,
        "columns": [],
        "rows": [],
        "sql": None,
        "params": {},
        "choices": [],
        "issues": [{"code": code, "text": text, "span": [0, 0], "suggestions": []}],
        "notes": [],
        **_NOTHING_TAKEN,
        "data_through": None,
        "text": text,
        "ms": {"read": 0.0, "compile": 0.0, "execute": 0.0, "total": 0.0},
    }


def _line_id(line: str) -> Any:
    try:
        asked = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return asked.get("id") if isinstance(asked, dict) else None


def _cell(value: Cell | Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, list | tuple):
        return [_cell(item) for item in value]
    if isinstance(value, dict):
        return {name: _cell(item) for name, item in value.items()}
    return str(value)
