"""What the numbers of a table are numbers of, and what their columns are called."""

from __future__ import annotations

from bot.wording.words import Words
from metrics.kinds.arithmetic import Difference
from metrics.kinds.change import Before, Change, Growth
from metrics.kinds.if_any import IfAny
from metrics.kinds.largest import ShareBefore
from metrics.kinds.metric import Metric
from metrics.kinds.peer_average import PeerAverage
from metrics.kinds.place import Place, PlaceGap, PlaceOf, PlaceTies
from metrics.kinds.record import FieldValue
from metrics.kinds.share import Share, Total
from metrics.kinds.target import _Aimed
from metrics.query.measure import Measure
from metrics.query.table import Taken

__all__ = ["about", "column_name"]

_VIEWS = (Before, Change, Growth, Share, ShareBefore, Total, Place, PlaceOf, PlaceTies, PlaceGap, PeerAverage, IfAny)


def about(measure: Measure) -> Measure:
    """The number that a column is a number of: sales, of their change, target or place."""
    if isinstance(measure, _VIEWS):
        return about(measure.of)
    if isinstance(measure, _Aimed):
        return Metric(name=measure.metric)
    if isinstance(measure, Difference) and isinstance(measure.less, PeerAverage):
        return about(measure.of)
    return measure


def column_name(words: Words, measure: Measure, *, alone: bool, compared: Taken | None) -> str:
    """`alone`: all columns are of one number, so none need say of which. `compared`: with which days."""
    if isinstance(measure, IfAny):
        return column_name(words, measure.of, alone=alone, compared=compared)
    if isinstance(measure, FieldValue):
        return words.field(measure.name)
    of = about(measure)
    if of == measure or _says_more(measure) or not isinstance(of, Metric):
        return words.measure(measure)
    name = words.say(f"column.{measure.role}")
    if isinstance(measure, Before) and compared is not None:
        name = words.window(compared)
    return name if alone else words.say("column.of", metric=words.measure(of), label=name)


def _says_more(measure: Measure) -> bool:
    """Its part alone would not tell what it is."""
    if isinstance(measure, PlaceGap):
        return measure.to is not None
    return isinstance(measure, Share | Total) and bool(measure.over or measure.scope or measure.lift)
