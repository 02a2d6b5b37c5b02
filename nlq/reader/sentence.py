"""A whole question as parts of a sentence: every slot of a frame that reads as it is said by some part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from metrics.model.schema import Model
from metrics.query.asked import GRAINS, Asked
from metrics.query.measure import Measure
from metrics.query.predicate import Predicate
from nlq.reader.constructions import Construction, filled_in
from nlq.reader.frame import filled
from nlq.reader.matching import match
from nlq.reader.speaking import FAR, Care, Speaker, joined
from nlq.reader.terms import ABOUT, Term, Value, metrics_of, replaced, term_of

__all__ = ["Plan", "plans", "sentence"]

_EN = ("act", "scope", "count", "top", "about", "view", "by", "where", "having", "period")
_ZH = ("act", "period", "scope", "where", "by", "top", "count", "about", "view", "having")
_LAST = ("sorted", "order", "limit", "members")
_PLACES = {"en": (*_EN, *_LAST), "zh": (*_ZH, *_LAST)}
_ALONE = Term("view", (("show", (ABOUT,)),))
_ONE_BY_ONE = frozenset({"where", "having"})
_MOST_PLANS = 16


@dataclass(frozen=True)
class Plan:
    """A frame that reads as the question. `key`: what a bare condition is on."""

    needed: Mapping[str, Value]
    key: Value = None
    about: Value = None


# --- frames ----------------------------------------------------------------------------------------------------------


def plans(asked: Asked, speaker: Speaker) -> Iterator[Plan]:
    """Frames that may read as it, the shortest first."""
    model = speaker.lexicon.model
    show = tuple(_term(m) for m in asked.show)
    rest = _rest(asked, model)
    made = 0
    for about, view, key in _looks(asked, show, speaker):
        for ordered in _orders(asked, model, key):
            frame = {**rest, "about": about, **ordered}
            if view is not None:
                frame["view"] = view
            elif not _as_shown(frame, model, about, show):
                continue
            for whole in _wholes(asked, model, frame):
                yield Plan(whole, key, about[0])
                made += 1
                if made >= _MOST_PLANS:
                    return


def _term(part: Any) -> Term:
    made = term_of(part.model_dump(mode="json", exclude_defaults=True))
    assert isinstance(made, Term)
    return made


def _rest(asked: Asked, model: Model) -> dict[str, Value]:
    rest: dict[str, Value] = {}
    if asked.by:
        rest["by"] = asked.by
    if asked.scope != "all":
        rest["scope"] = asked.scope
    if not _without_period(asked, model):
        rest["period"] = _term(asked.period)
    if asked.where is not None:
        rest["where"] = (_term(asked.where),)
    if asked.having is not None:
        rest["having"] = (_term(asked.having),)
    return rest


def _without_period(asked: Asked, model: Model) -> bool:
    """Whether it is so without a word."""
    if asked.period.kind != "all":
        return False
    told: tuple[Measure | Predicate, ...] = (*asked.show, *((asked.having,) if asked.having is not None else ()))
    names = [name for part in told for name in metrics_of(_term(part))]
    if not names:
        return all(m.kind in ("field", "age") for m in asked.show)
    return all(model.metrics[n].snapshot for n in names)


def _looks(asked: Asked, show: tuple[Term, ...], speaker: Speaker) -> Iterator[tuple[tuple[Value, ...], Value, Value]]:
    """(about, view, what a condition or order is on): as a view of one measure, as they are, or as these alone."""
    for measure in dict.fromkeys(_term(m) for m in asked.show[0].walk() if isinstance(m, Measure)):
        view = Term("view", (("show", tuple(_holed(t, measure) for t in show)),))
        for key in _keys(view, speaker) if view != _ALONE else ():
            yield (measure,), (view,), filled(key, measure)
    yield show, None, show[0]
    if len(show) > 1:
        yield show[:1], None, show[0]
    yield show, (_ALONE,), show[0]


def _keys(view: Term, speaker: Speaker) -> list[Value]:
    """What superlatives are about in the views there are that are this one."""
    found = []
    for construction in speaker.parts("view"):
        for pattern in construction.means["view"] if isinstance(construction.means["view"], list) else ():
            bound = match(pattern, view, speaker.field)
            if bound is not None and isinstance(pattern, Mapping):
                found.append(filled_in(pattern.get("key", pattern["show"][0]), bound.slots))
    return list(dict.fromkeys(found))


def _holed(value: Value, measure: Term) -> Value:
    """With the hole wherever the measure, or its name, stands."""
    name = measure.get("name") if measure.kind == "metric" else None

    def holed(term: Term) -> Value:
        if term == measure:
            return ABOUT
        if name is not None and term.get("metric") == name:
            return term.with_(metric=ABOUT)
        return term

    return ABOUT if value == measure else replaced(value, holed)


def _as_shown(frame: Mapping[str, Value], model: Model, about: tuple[Value, ...], show: tuple[Value, ...]) -> bool:
    """Whether nothing else is shown beside it, or just what the dictionary shows beside it."""
    beside: tuple[Term, ...] = ()
    lone = len(about) == 1 and about[0].kind == "metric" and not frame.keys() & {"top", "count", "having", "sorted"}
    if lone and not GRAINS & set(frame.get("by", ())):
        names = model.metrics[about[0].get("name")].shown_with
        beside = tuple(Term("metric", (("name", n),)) for n in names if n in model.metrics)
    return (*about, *beside) == show


def _orders(asked: Asked, model: Model, key: Value) -> Iterator[dict[str, Value]]:
    """As "the top n", or as an order and a limit."""
    ordered = tuple(
        Term("order", (("by", o.by if isinstance(o.by, str) else _term(o.by)), ("descending", o.descending)))
        for o in asked.order
    )
    if len(ordered) == 1 and ordered[0].get("by") == key and asked.by:
        if asked.limit is not None:
            yield from _tops(asked, model, ordered[0])
        else:
            yield {"sorted": Term("sorted", (("way", "most" if ordered[0].get("descending") else "least"),))}
    frame: dict[str, Value] = {"order": ordered} if ordered else {}
    if asked.limit is not None:
        frame["limit"] = asked.limit
    if asked.limit_per:
        frame["limit_per"] = asked.limit_per
    yield frame


def _tops(asked: Asked, model: Model, order: Term) -> Iterator[dict[str, Value]]:
    measure = asked.order[0].by
    assert isinstance(measure, Measure)
    better = measure.better(model)
    descending = order.get("descending")
    for way in ("best" if descending == better else "worst", "most" if descending else "least"):
        for n in ((asked.limit,),) if asked.limit != 1 else ((), (1,)):
            args = (("way", way), *(("n", v) for v in n), *((("per", asked.limit_per),) if asked.limit_per else ()))
            yield {"top": Term("top", args)}


def _wholes(asked: Asked, model: Model, frame: Mapping[str, Value]) -> Iterator[Mapping[str, Value]]:
    """Conditions one by one, or all as one; who is there said, unless it is so without a word."""
    split = {s: frame[s][0]["of"] for s in ("where", "having") if s in frame and _splits(s, frame[s][0])}
    for conditions in (split, {}) if split else ({},):
        for members in _populations(asked, model):
            yield {**frame, **conditions, **members}


def _populations(asked: Asked, model: Model) -> Iterator[dict[str, Value]]:
    people, fields = model.people, model.fields
    listed = people is not None and {fields[b].dataset for b in asked.by if b in fields} == {people.dataset}
    if asked.population == "people" or (listed and asked.population == "rows"):
        yield {}
    if asked.population != "people" or listed:
        yield {"members": asked.population}


def _splits(slot: str, condition: Term) -> bool:
    if condition.kind != "and" or len(condition.get("of")) < 2:
        return False
    fields = [c.get("field") for c in condition.get("of")]
    return slot == "having" or len(set(fields)) == len(fields)


# --- words -----------------------------------------------------------------------------------------------------------


@dataclass
class _Cover:
    speaker: Speaker
    plan: Plan
    parts: list[tuple[int, str]] = field(default_factory=list)
    unsaid: str = ""

    def __post_init__(self) -> None:
        self.places = _PLACES.get(self.speaker.language, _PLACES["en"])

    def cover(self, needed: Mapping[str, Value]) -> list[tuple[int, str]] | None:
        """Parts that say all that is needed; None, and which slot it was, where there are none."""
        slot = next((s for s in (*self.places, *needed) if s in needed), None)
        if slot is None:
            return []
        ways: list[tuple[int, int, float, int, dict[str, Value], str]] = []
        for construction in self.speaker.parts(slot):
            for taken, value in self._taken(construction, needed):
                words = self.speaker.by(construction, value)
                if words is not None:
                    said = sum(len(v) if isinstance(v, tuple) else 1 for v in taken.values())
                    ways.append((-len(taken), -said, words.cost, len(ways), taken, words.text))
        for _, _, _, _, taken, text in sorted(ways, key=lambda w: (w[2] >= FAR, *w[:4]))[:4]:
            left = {s: _less(s, v, taken.get(s)) for s, v in needed.items()}
            behind = self.cover({s: v for s, v in left.items() if v is not None})
            if behind is not None:
                return [(min(self._place(s) for s in taken), text), *behind]
        self.unsaid = f"{self.unsaid} {slot}"
        return None

    def _place(self, slot: str) -> int:
        return self.places.index(slot) if slot in self.places else len(self.places)

    def _taken(
        self, construction: Construction, needed: Mapping[str, Value]
    ) -> Iterator[tuple[dict[str, Value], Term]]:
        """(what it would say of what is needed, as its frame)."""
        values: list[dict[str, tuple[Value, Value]]] = [{}]
        for slot, pattern in construction.means.items():
            options = list(self._options(slot, pattern, needed))
            values = [{**v, slot: option} for v in values for option in options]
        for combination in values:
            taken = {("having" if s == "compare" else s): t for s, (t, _) in combination.items()}
            yield taken, Term("frame", tuple((s, v) for s, (_, v) in combination.items()))

    def _options(self, slot: str, pattern: Any, needed: Mapping[str, Value]) -> Iterator[tuple[Value, Value]]:
        """(what is taken of the slot, as the value that the pattern is held against)."""
        if slot == "compare":
            for item in needed.get("having", ())[:1]:
                if item.kind == "test" and item["of"] == self.plan.key and isinstance(pattern, list):
                    kind = pattern[0].get("kind", "") if isinstance(pattern[0], Mapping) else ""
                    yield (item,), (Term(kind, tuple((k, v) for k, v in item.args if k != "of")),)
            return
        if slot not in needed:
            return
        value = needed[slot]
        if slot not in _ONE_BY_ONE:
            yield value, value
            if slot == "by" and isinstance(pattern, list) and len(pattern) < len(value):
                yield value[: len(pattern)], value[: len(pattern)]
            return
        first = value[:1]
        yield first, first
        if slot == "having" and self.plan.key is not None:
            item = first[0]
            if item.kind == "test" and item["of"] == self.plan.key:
                yield first, (item.with_(of=ABOUT),)
            elif isinstance(self.plan.about, Term):
                yield first, (_holed(item, self.plan.about),)


def _less(slot: str, value: Value, taken: Value) -> Value:
    """What is left of a slot; None: nothing."""
    if taken is None:
        return value
    if slot in _ONE_BY_ONE or slot == "by":
        return value[len(taken) :] or None
    return None


def sentence(plan: Plan, speaker: Speaker) -> tuple[str | None, str]:
    """(the words, the first slot that cannot be said)."""
    cover = _Cover(speaker, plan)
    parts = cover.cover(plan.needed)
    if parts is None:
        return None, cover.unsaid
    parts.sort(key=lambda p: p[0])
    texts = [text for _, text in parts]
    if speaker.care == Care.NATURAL:
        comma = "，" if speaker.language == "zh" else ","
        apart = [p >= cover.places.index("having") and p != cover.places.index("period") for p, _ in parts]
        pieces = [(comma, text) if i and apart[i] else (text,) for i, text in enumerate(texts)]
        return joined([p for both in pieces for p in both], speaker.language), ""
    return ("；" if speaker.language == "zh" else "; ").join(texts), ""
