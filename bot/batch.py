"""`ask --batch`: JSON lines in, the JSON object of the interface out, in the same order."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bot.ask import ask, log_internal, read_thread
from bot.outcome import Outcome
from bot.render.text import outcome_text
from bot.runtime import Runtime
from bot.wording import Words, language_of, words_for
from metrics.people import Audience, Person
from metrics.query.answer import Cell, Receipt

__all__ = ["BadAsOf", "answer_lines", "json_line", "outcome_object", "parse_as_of"]

MAX_LINE = 200_000  # characters; longer lines are refused before they are parsed
_NOTHING_TAKEN: dict[str, Any] = {"windows": [], "conditions": None, "limit": None, "limit_per": [], "ties": 0}
_OF = {"current": "shown", "previous": "compared"}


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
    queries = read_thread(runtime, thread, asker=person, as_of=moment)
    audience = audience_named(runtime, asked.get("audience", "dm"))
    outcome = ask(runtime, text, asker=person, audience=audience, as_of=moment, thread=queries)
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
    words = words_for(runtime.metrics.model, outcome.language)
    answer = outcome.answer
    shown: dict[str, Any] = {
        "id": given,
        "status": outcome.status,
        "reading": outcome.reading,
        "query": None,
        "columns": [],
        "rows": [],
        "sql": None,
        "params": {},
        "choices": [{"label": c.label, "query": json.loads(c.query.to_json())} for c in outcome.choices],
        "issues": _issues(words, outcome),
        "notes": [],
        **_NOTHING_TAKEN,
        "data_through": _cell(runtime.metrics.data_through),
        "text": outcome_text(words, outcome, asker),
        "ms": {stage: round(outcome.ms.get(stage, 0.0), 3) for stage in ("read", "compile", "execute", "total")},
    }
    if answer is not None:
        shown |= {
            "query": json.loads(answer.query.to_json()),
            "columns": [
                {"name": c.name, "label": words.column(c), "role": c.role, "unit": c.unit} for c in answer.columns
            ],
            "rows": [[_cell(value) for value in row] for row in answer.rows],
            "sql": answer.receipt.sql,
            "params": {name: _cell(value) for name, value in answer.receipt.params.items()},
            "notes": words.notes(answer, outcome.assumptions),
            **_taken(answer.receipt),
            "data_through": _cell(answer.receipt.data_through),
        }
    return shown


def _taken(receipt: Receipt) -> dict[str, Any]:
    """What the numbers were really taken over, as data."""
    windows = [{"of": _OF[w.label], "start": _cell(w.start), "end": _cell(w.end)} for w in receipt.windows]
    return {
        "windows": windows,
        "conditions": _cell(receipt.conditions),
        "limit": receipt.limit,
        "limit_per": list(receipt.limit_per),
        "ties": receipt.ties,
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
