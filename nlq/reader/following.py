"""What is said after an answer: an edit of the question, a step back, or something else asked of the same rows ("why?",
"and in the North?" after a cause was told, "and margin?" after a definition)."""

from __future__ import annotations

from contextlib import suppress

from metrics.analyses.analysis import Analysis
from metrics.model.schema import Model
from metrics.people import Person
from metrics.query.asked import Asked
from nlq.reader.after_analyses import after_analysis, after_definition
from nlq.reader.among import among, is_among, is_list
from nlq.reader.asking import BEYOND, Definition, Wanted, asked_of, question
from nlq.reader.before import Before, changed, is_edit, is_whole
from nlq.reader.constructions import NotAReading
from nlq.reader.edits import edited
from nlq.reader.frame import Frame
from nlq.reader.going_on import is_told_already, looked_at_so
from nlq.reader.meaning import Unanswerable
from nlq.reader.narrowing import narrowed
from nlq.reader.of_the_same import acted_on, rows_of
from nlq.reader.of_told import WHICH, is_of_counted, said_of, shown
from nlq.reader.pairing import all_of, is_comparison, pair_of, paired
from nlq.reader.terms import ABOUT, Term, metric_term, replaced, term_of

__all__ = ["followed"]


def followed(before: Before, frame: Frame, model: Model, asker: Person | None) -> Wanted | None:
    """What is meant after `before`; None where it is a question of its own. Raises NotAReading where it is neither."""
    if frame.keys() & {"undo", "act"} or frame.get("beyond") == "always":
        return _outright(before, frame, model, asker)
    if isinstance(before.asked, Asked) and before.near and is_told_already(before.asked, frame, model):
        return Wanted(before.asked)
    alone = not before.near and is_whole(frame) and not is_edit(frame)
    frame = said_of(before, frame, model)
    if alone or not is_edit(frame):
        return None
    if isinstance(before.asked, Definition):
        return after_definition(before.asked, frame, model, asker)
    if isinstance(before.asked, Analysis):
        return after_analysis(before, before.asked, frame, model, asker)
    records = narrowed(before.asked, frame, model, asker)
    if records is not None:  # what is told of them may have been told already
        return changed(records, before) if frame.keys() - {"tell", "follow"} else records
    if is_among(before.asked, frame):
        listed = before.asked if is_list(before.asked) else edited(before, WHICH, model, asker).meaning
        assert isinstance(listed, Asked)
        return among(before, listed, frame, model)
    looked = looked_at_so(before.asked, frame)
    if looked is not None:
        return changed(looked, before)
    if is_of_counted(before.asked, frame, model):
        raise NotAReading("of those that were only counted")
    if frame.keys() <= {"whole", "follow"} and any(t.get("within") is not None for t in shown(before.asked)):
        return _among_all(before.asked)
    two = _of_two(before, frame, model, asker)
    if two is not None:
        return two
    try:
        return edited(before, frame, model, asker)
    except NotAReading:
        if not frame.get("worth") or frame.keys() - {"follow", "worth", "much", "total", "about", "period"}:
            raise
        return changed(_worth(before, frame, model, asker), before)


def _outright(before: Before, frame: Frame, model: Model, asker: Person | None) -> Wanted | None:
    if "beyond" in frame:  # after an answer, too
        raise Unanswerable(BEYOND)
    return _undone(before, frame) if "undo" in frame else acted_on(before, frame, model, asker)


def _of_two(before: Before, frame: Frame, model: Model, asker: Person | None) -> Wanted | None:
    """What is said of two that were told, or of as many as were; None where nothing is. Raises NotAReading."""
    asked = before.asked
    assert isinstance(asked, Asked)
    way = pair_of(frame, grouped=bool(asked.by))
    if way is None:
        if is_comparison(frame) and before.earlier is not None:
            with suppress(NotAReading):
                return Wanted(asked_of(paired(before, "differ", model)))
        return None
    if "where" in frame:  # of the two that are named
        both = edited(before, {k: v for k, v in frame.items() if k not in ("pair", "total")}, model, asker).meaning
        return Wanted(asked_of(paired(Before(both), way, model)))
    count = frame.get("pair_of", 2)
    parts = paired(before, way, model) if count == 2 else all_of(before, way, count)
    return changed(Wanted(asked_of(parts)), before)


def _worth(before: Before, frame: Frame, model: Model, asker: Person | None) -> Wanted:
    """What those are worth that were counted, of the same days and rows. Raises NotAReading."""
    asked = before.asked
    assert isinstance(asked, Asked)
    counted_ones = [metric_term(m.subject()) for m in asked.show if m.kind == "metric"]
    if len(asked.show) != 1 or asked.having is not None or asked.limit is not None or not counted_ones:
        raise NotAReading("worth what")
    if frame.get("about", (ABOUT,)) not in ((ABOUT,), tuple(counted_ones)):
        raise NotAReading("worth what")
    said = {k: v for k, v in frame.items() if k not in ("follow", "about")}
    rows = {k: v for k, v in rows_of(before, model).items() if k != "view"}
    return question({**rows, "by": asked.by, **said} if asked.by else {**rows, **said}, model, asker)


def _among_all(asked: Asked) -> Wanted:
    """A place in the team, and in the whole company."""
    parts = {k: term_of(v) for k, v in asked.model_dump(mode="json", exclude_defaults=True).items()}
    parts["show"] = replaced(parts["show"], lambda t: Term(t.kind, tuple(a for a in t.args if a[0] != "within")))
    return Wanted(asked_of(parts))


def _undone(before: Before, frame: Frame) -> Wanted:
    if before.earlier is None or frame.keys() - {"follow", "undo"}:
        raise NotAReading("nothing to go back to")
    return Wanted(before.earlier.asked)
