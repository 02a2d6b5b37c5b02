"""What is said of the best so many as a whole, after they were listed: "what share of the total do these make", "and
together"."""

from __future__ import annotations

from metrics.query.asked import Asked
from nlq.reader.constructions import NotAReading
from nlq.reader.frame import Frame
from nlq.reader.terms import ABOUT, Term, Value, term_of, walked

__all__ = ["best_together"]

_OF_THEM = frozenset({"about", "follow", "much", "scope", "together", "total", "view"})


def best_together(before: Asked, frame: Frame) -> tuple[Value, ...] | None:
    """The measures that tell it; None where it is not asked. Raises NotAReading where they cannot be told together."""
    share = any(t.kind == "share" for view in frame.get("view", ()) for t in walked(view))
    added = bool(frame.keys() & {"together", "total"})
    if before.limit is None or not (added or (share and "those" in frame.get("follow", ()))):
        return None
    if frame.keys() - _OF_THEM:
        raise NotAReading("of those together")
    if frame.get("scope", before.scope) != before.scope:
        raise NotAReading("of a whole that they were not listed of")
    order = before.order[0] if len(before.order) == 1 else None
    if order is None or not order.descending or before.limit_per or before.having or len(before.by) != 1:
        raise NotAReading("of those together")
    written = order.model_dump(mode="json", exclude_defaults=True)
    measure = term_of(written["by"])
    if (
        not isinstance(measure, Term)
        or measure.kind != "metric"
        or frame.get("about", (ABOUT,)) not in ((ABOUT,), (measure,))
    ):
        raise NotAReading("of those together")
    args = (("of", measure), ("over", before.by[0]), ("how", "sum"), ("top", before.limit))
    best = Term("across", args)
    return (best, Term("ratio", (("of", best), ("to", measure)))) if share else (best,)
