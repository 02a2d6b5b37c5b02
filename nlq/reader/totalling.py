"""How many the records are that were just listed, and worth how much."""

from __future__ import annotations

from typing import Any

from metrics.model.schema import Model
from nlq.reader.constructions import NotAReading
from nlq.reader.frame import Frame
from nlq.reader.rows import amount_term, told_apart
from nlq.reader.terms import Term

__all__ = ["is_of_a_list", "is_told", "totalled"]

_SAID = frozenset({"worth", "number", "total", "much", "together", "follow"})


def is_of_a_list(frame: Frame, old: dict[str, Any], model: Model) -> bool:
    """Whether records were listed one by one, and nothing is said now but that they are counted or added up."""
    said = frame.keys() & (_SAID - {"follow"}) and not frame.keys() - _SAID
    return bool(said) and bool(old.get("by")) and told_apart(model, old["by"][-1]) is not None


def is_told(frame: Frame, old: dict[str, Any], model: Model) -> bool:
    """Whether one amount was told, and it is asked what that comes to: the same again."""
    if not frame.keys() & {"worth", "total"} or frame.keys() - _SAID - {"number"} or "number" in frame:
        return False
    first = old["show"][0]
    one = not old.get("by") and len(old["show"]) == 1 and first.kind == "metric"
    return bool(one and model.metrics[str(first["name"])].unit.startswith("currency"))


def totalled(frame: Frame, old: dict[str, Any], model: Model) -> dict[str, Any]:
    """The parts of the question. Raises NotAReading."""
    key = old["by"][-1]
    dataset = told_apart(model, key)
    amounts = [m for m in old["show"] if m.kind == "metric" and model.metrics[m["name"]].unit.startswith("currency")]
    amount = amounts[0] if amounts else amount_term(model, str(dataset))
    period = old.get("period", Term("all"))
    if amount is None or (not amounts and period.kind != "all"):
        raise NotAReading("worth what")
    held = [("having", old["having"])] if "having" in old else []
    many = Term("count_of", (("over", key), *(held or [("of", amount)])))
    much = Term("across", (("of", amount), ("over", key), ("how", "sum"), *held))
    show = [many] if "number" in frame and "worth" not in frame else [much]
    kept = {k: v for k, v in old.items() if k in ("where", "scope", "period")}
    return {**kept, "show": (many, much) if frame.keys() >= {"number", "worth"} else tuple(show)}
