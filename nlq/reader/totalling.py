"""How many the records are that were just listed, and worth how much."""

from __future__ import annotations

from typing import Any

from metrics.model.schema import Model
from nlq.reader.constructions import NotAReading
from nlq.reader.frame import Frame
from nlq.reader.rows import amount_term, told_apart
from nlq.reader.terms import Term

__all__ = ["is_of_a_list", "totalled"]

_SAID = frozenset({"worth", "number", "total", "much", "together", "follow"})


def is_of_a_list(frame: Frame, old: dict[str, Any], model: Model) -> bool:
    """Whether records were listed one by one, and nothing is said now but that they are counted or added up."""
    said = frame.keys() & (_SAID - {"follow"}) and not frame.keys() - _SAID
    return bool(said) and bool(old.get("by")) and told_apart(model, old["by"][-1]) is not None


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
