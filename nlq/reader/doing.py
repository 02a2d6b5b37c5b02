"""What is done to what ("deals won", "who visited most"): which metric counts that, by the words of the metrics."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from metrics.model.schema import Metric, Model
from nlq.morphology import lemma
from nlq.normalise import fold, has_han
from nlq.reader.about import condition_in, counted, default_metric, is_average
from nlq.reader.constructions import Grammar, NotAReading
from nlq.reader.deeds import Deeds, words_of_verbs
from nlq.reader.terms import Term, Value, walked

__all__ = ["Doings", "doing_categories", "doings", "resolve_done"]

Doings = Mapping[tuple[str, str, str], tuple[str, ...]]  # (unit, dataset or "", verb) -> metrics, the plainest first


# what counts it: by what is said of it, in which units
_PART = "PART"
_HAN_LETTERS = 2.5
_LONG = (99, 99.0)
_UNITS = {
    "done": ("count", "money"),
    "idle": ("days",),
    "lasting": ("days",),
    "lastly": ("date",),
    "doer": ("money", "count"),
    "rate": ("percent",),
}
# how often it is done, and what is owed: by the shortest name in any script
_UNITS |= {"often": ("count named",), "owed": ("money named",)}


def doing_categories(grammar: Grammar) -> frozenset[str]:
    """Those of which some stand for what is done to what, beside parts of a question."""
    return frozenset(c.category for c in grammar.constructions.values() if c.category != _PART and _is_doing(c.means))


def _is_doing(means: Value) -> bool:
    if not isinstance(means, Mapping):
        return False
    kind = means.get("kind")
    return (
        kind in _UNITS
        or kind in ("flow", "averaged", "dealt", "debt", "falling_due", "gained", "looked_at", "numbered", "rows")
        or (kind == "sum" and any(map(_is_doing, means["of"])))
    )


def doings(model: Model, grammar: Grammar, own: Deeds) -> Doings:
    """Of every count, amount, day and number of days, which verbs its names have; `own`: verbs of this company, called
    by the number that counts what they do."""
    spoken = words_of_verbs(grammar)
    found: dict[tuple[str, str, str], list[tuple[float, str]]] = {}
    for metric in model.metrics.values():
        unit = "money" if metric.unit.startswith("currency") else metric.unit
        if unit not in ("count", "days", "money", "date", "percent"):
            continue
        lengths: dict[str, tuple[int, float]] = {}
        for name in _names(metric):
            singular = " ".join(map(lemma, name.split()))
            for verb in {
                verb
                for word, verb in spoken.items()
                if _has(name, singular, word) and (unit != "money" or len(word) > 1)
            }:
                lengths[verb] = min(lengths.get(verb, _LONG), (len(name), _length(name)))
        for verb, length in lengths.items():
            for dataset in ("", *metric.time):
                found.setdefault((unit, dataset, verb), []).append((length[0], metric.name))
                found.setdefault((f"{unit} named", dataset, verb), []).append((length[1], metric.name))
    made = {key: tuple(name for _, name in sorted(metrics)) for key, metrics in found.items()}
    for name in dict.fromkeys(deed.metric for deed in own.values()):
        for dataset in ("", *model.metrics[name].time):
            made |= {(unit, dataset, name): (name,) for unit in ("count", "count named")}
    return made


def _length(name: str) -> float:
    """A Chinese character says as much as several letters."""
    return len(name) * (_HAN_LETTERS if has_han(name) else 1)


def _names(metric: Metric) -> list[str]:
    return [fold(n) for n in (metric.name.replace("_", " "), *metric.labels.values(), *metric.synonyms)]


def _has(name: str, singular: str, word: str) -> bool:
    if word not in name and word not in singular:
        return False
    return has_han(word) or f" {word} " in f" {name} " or f" {word} " in f" {singular} "


def resolve_done(known: Doings, model: Model) -> Callable[[Value], Value]:
    """A check for measures: {kind: done, verb, record} becomes the metric that counts it, else that of the money
    (`things`: only one that counts members of that field: customers lost are no deals lost);
    {kind: flow} what is no stock; {kind: averaged} the metric that is an average as it is; {kind: falling_due} that of
    the money to come by the day it is due; {kind: debt} a metric of what is owed; {kind: looked_at} the number that
    everybody looks at."""

    named: dict[str, Callable[[Term], Value]] = {
        "averaged": lambda v: _averaged(v["of"], model),
        "falling_due": lambda v: Term("metric", (("name", _falling_due(model)),)),
        "debt": lambda v: _debt(v["of"], model),
        "gained": lambda v: _gained(v["of"], model),
        "numbered": lambda v: _numbered(v["of"], model),
        "sum": lambda v: v.with_(of=tuple(map(resolved, v["of"]))),
        "dealt": lambda v: _dealt(v["of"], resolved(Term("done", (("verb", v["verb"]),))), model),
        "flow": lambda v: _flow(v["of"], model),
        "looked_at": lambda v: _looked_at(model),
        "rows": lambda v: _rows(str(v["record"]), model),
    }

    def resolved(value: Value) -> Value:
        if not isinstance(value, Term):
            return value
        if value.kind in named:
            return named[value.kind](value)
        if value.kind not in _UNITS:
            return value
        key = (str(value.get("record") or ""), str(value["verb"]))
        metrics = [name for unit in _UNITS[value.kind] for name in known.get((unit, *key), ())]
        if not metrics and value.kind == "owed":
            metrics = _owed(model)
        if (things := value.get("things")) is not None:
            metrics = [name for name in metrics if _counts(name, things, model)]
        if not metrics:
            raise NotAReading("no metric counts that")
        return Term("metric", (("name", metrics[0]),))

    return resolved


def _flow(measures: Value, model: Model) -> Value:
    """What is done in a time, and not what there is at one. Raises NotAReading."""
    for term in walked(measures):
        if term.kind == "metric" and isinstance(name := term.get("name"), str) and model.metrics[name].snapshot:
            raise NotAReading("made, and there anyway")
    return measures


def _looked_at(model: Model) -> Term:
    name = default_metric(model, aimed=False)
    if name is None:
        raise NotAReading("no number that everybody looks at")
    return Term("metric", (("name", name),))


def _debt(measure: Value, model: Model) -> Value:
    """Money that is owed, or will be by a day: not that which one hopes for."""
    ahead = [m.name for m in model.metrics.values() if m.ahead and m.unit.startswith("currency")]
    if measure.kind != "metric" or measure["name"] not in (*_owed(model), *ahead):
        raise NotAReading("no money that is owed")
    return measure


def _gained(measure: Value, model: Model) -> Value:
    """What one gets more of by doing something: what falls due does so by itself, and is won if it is renewed. Raises
    NotAReading."""
    metric = model.metrics[str(measure["name"])] if measure.kind == "metric" else None
    if metric is None or metric.ahead or metric.snapshot:
        raise NotAReading("nothing that is gained")
    return measure


def _numbered(measure: Value, model: Model) -> Value:
    """How many overdue invoices there are is no amount. Raises NotAReading."""
    metric = model.metrics[str(measure["name"])] if measure.kind == "metric" else None
    if metric is not None and metric.snapshot and metric.unit.startswith("currency"):
        raise NotAReading("how many of an amount")
    return measure


def _falling_due(model: Model) -> str:
    found = [m.name for m in model.metrics.values() if m.ahead and m.unit.startswith("currency")]
    if len(found) != 1:
        raise NotAReading("no money that is due by a day, or several")
    return found[0]


def _owed(model: Model) -> list[str]:
    """The money that there is as of now and had better not be: the most that is called so."""
    metrics = model.metrics.values()
    found = [m for m in metrics if m.snapshot and m.unit.startswith("currency") and not m.higher_is_better]
    return [m.name for m in sorted(found, key=lambda m: len(condition_in(m.expression)))]


def _counts(name: str, field: Value, model: Model) -> bool:
    """Whether it counts members of a field by what became of them: not the records it is made of."""
    item = model.fields.get(str(field))
    if item is None or item.dataset in model.metrics[name].time:
        return False
    try:
        return counted(name, model) == item.id
    except NotAReading:
        return False


def _dealt(measure: Value, done: Value, model: Model) -> Value:
    """A number of what is done by that verb: how many seats were enrolled. Raises NotAReading where nothing is."""
    if not set(model.metrics[str(done["name"])].time) & set(model.metrics[str(measure["name"])].time):
        raise NotAReading("nothing that is done so")
    return measure


def _rows(record: str, model: Model) -> Term:
    """The one number that counts them all, where all that is counted of them is dated by the same day: lost deals are
    not of the day on which they were opened."""
    keys = [f"{record}.{name}" for name in model.datasets[record].primary_key]
    every = {f"COUNT({key})" for key in keys} | {f"COUNT(DISTINCT {key})" for key in keys}
    found = [m.name for m in model.metrics.values() if m.expression in every and set(m.time) == {record}]
    days = {m.time[record] for m in model.metrics.values() if record in m.time}
    if len(keys) != 1 or len(found) != 1 or len(days) != 1:
        raise NotAReading("no number of them")
    return Term("metric", (("name", found[0]),))


def _averaged(measure: Value, model: Model) -> Value:
    """The average of what is none is of something: of whom or of what days has to be said."""
    if not is_average(measure, model):
        raise NotAReading("the average of what")
    return measure
