"""What was understood, as JSON: what buttons carry, conversations keep and a batch tells. The first `Query`, which
digests and what was kept before still speak, becomes a question of the algebra here."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from metrics import Metrics
from metrics.analyses.analysis import Analysis
from metrics.errors import UserError
from metrics.model.schema import Model
from metrics.people import Person, Viewer
from metrics.plan.names import all_known, all_known_of
from metrics.query import Query
from metrics.query.asked import Asked
from nlq import UNANSWERED, Before, Definition, Meaning, Unanswered

__all__ = ["before_json", "before_kept", "is_known", "meaning_json", "meaning_of", "today"]

_NO_ANSWER = '{"unanswered":true}'


def meaning_json(meaning: Meaning | Query) -> dict[str, Any]:
    """{"show": …} of a question, {"analysis": {…}}, {"define": [metrics]}; a Query as it writes itself."""
    if isinstance(meaning, Definition):
        return {"define": list(meaning.metrics)}
    written: dict[str, Any] = meaning.model_dump(mode="json", exclude_defaults=True)
    return {"analysis": written} if isinstance(meaning, Analysis) else written


def meaning_of(written: object) -> Meaning | Query | None:
    """The other way round; None for what is none of them, whatever it is."""
    if not isinstance(written, Mapping):
        return None
    with suppress(ValidationError, PydanticCustomError, RecursionError):
        if "show" in written:
            return Asked.model_validate(written)
        if "analysis" in written:
            return Analysis._member(written["analysis"]) if len(written) == 1 else None
        if "metrics" in written:
            return Query.model_validate(written)
        names = written.get("define")
        if len(written) == 1 and isinstance(names, list) and names and all(isinstance(n, str) for n in names):
            return Definition(tuple(names))
    return None


def today(meaning: Meaning | Query, metrics: Metrics, person: Person, day: dt.date) -> Meaning | None:
    """The meaning for whoever asks; of a Query the question that it stands for. None where it stands for none."""
    if not isinstance(meaning, Query):
        return meaning
    if meaning.define:
        return Definition(meaning.metrics)
    from metrics.adapter import adapted  # here: what is read is no Query

    with suppress(UserError):
        return adapted(meaning, model=metrics.model, org=metrics.org, viewer=Viewer.of(person), as_of=day).asked
    return None


def is_known(model: Model, meaning: Meaning | Query) -> bool:
    """Whether every metric and field it names is in the model: one that was kept for a while may speak of what is there
    no more."""
    if isinstance(meaning, Definition):
        return set(meaning.metrics) <= model.metrics.keys()
    return all_known(model, meaning) if isinstance(meaning, Query) else all_known_of(model, meaning)


def before_json(before: Before | Unanswered | None) -> str:
    """What a conversation goes on from, as it is kept; what was asked before it is kept beside it. None: what was
    answered leaves nothing to go on from."""
    if before is None:
        return "{}"
    if isinstance(before, Unanswered):
        return _NO_ANSWER
    kept: dict[str, Any] = {"asked": meaning_json(before.asked)}
    if before.person is not None:
        kept["person"] = list(before.person)
    if before.only:
        kept["only"] = [list(member) for member in before.only]
    if before.rows:
        kept["rows"] = list(before.rows)
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))


def before_kept(
    text: str,
    metrics: Metrics,
    person: Person,
    day: dt.date,
    earlier: Before | None = None,
) -> Before | Unanswered | None:
    """The other way round; also of a Query that an older version kept. None for what cannot be gone on from."""
    if text == _NO_ANSWER:
        return UNANSWERED
    try:
        kept = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(kept, Mapping):
        return None
    meaning = meaning_of(kept.get("asked", kept))
    if meaning is None or not is_known(metrics.model, meaning):
        return None
    asked = today(meaning, metrics, person, day)
    if asked is None:
        return None
    only = kept.get("only")
    members = only if isinstance(only, list) and all(_is_member(m) for m in only) else []
    about = kept.get("person")
    whom = (about[0], about[1]) if _is_member(about) else None  # type: ignore[index]
    row = tuple((m[0], m[1]) for m in members)
    rows = _rows(kept.get("rows"), metrics.model)
    if earlier is None:
        return Before(asked, whom, row, rows=rows)
    return earlier.then(asked, whom, row, rows)


def _rows(kept: object, model: Model) -> tuple[str, ...]:
    """A field and members of it."""
    said = kept if isinstance(kept, list) and all(isinstance(m, str) for m in kept) else []
    return tuple(said) if said[1:] and said[0] in model.fields else ()


def _is_member(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(isinstance(part, str) for part in value)
