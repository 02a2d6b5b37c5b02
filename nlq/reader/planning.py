"""Frames that read as a meaning: what the parts of a sentence have to say, so that it is asked and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import product
from typing import Any

from metrics.analyses.analysis import Analysis
from metrics.query.asked import Asked
from metrics.query.measure import Measure
from nlq.reader.asking import Definition, Meaning, question
from nlq.reader.constructions import NotAReading, Slot, filled_in
from nlq.reader.itemised import going
from nlq.reader.matching import match
from nlq.reader.speaking import Speaker
from nlq.reader.terms import ABOUT, Term, Value, replaced, term_of, walked

__all__ = ["Plan", "holed", "plans"]

_ALONE = (Term("view", (("show", (ABOUT,)),)),)
_MOST = 24
_ONE_BY_ONE = 5  # numbers; of more it is tried first whether they are the scorecard
_MOST_TRIED = 400


@dataclass(frozen=True)
class Plan:
    """`needed`: slot -> what is to be said. `key`: what a bare condition is on; `about`: the measure asked about."""

    needed: Mapping[str, Value]
    key: Value = None
    about: Value = None


def plans(meaning: Meaning, speaker: Speaker) -> Iterator[Plan]:
    """The plainest first."""
    if isinstance(meaning, Asked):
        candidates = _questions(meaning, speaker)
    else:
        candidates = ([plan] for plan in _acts(meaning, speaker))
    found = 0
    for tried, alternatives in enumerate(candidates):
        plan = next((p for p in alternatives if _read(p.needed, speaker) == meaning), None)
        if plan is not None:
            yield from _split(plan)
            found += 1
        if found == _MOST or tried == _MOST_TRIED:
            return


def _read(needed: Mapping[str, Value], speaker: Speaker) -> Meaning | None:
    where = tuple(Term("exactly", (("of", c),)) for c in needed.get("where", ()))
    frame = {slot: replaced(value, _as_it_stands) for slot, value in needed.items()}
    if where:
        frame["where"] = where
    try:
        return question(frame, speaker.lexicon.model).meaning
    except (NotAReading, KeyError):
        return None


def _as_it_stands(term: Term) -> Value:
    to = term.get("to")
    return term.with_(to=Term("exactly", (("of", to),))) if isinstance(to, Term) else term


def _split(plan: Plan) -> Iterator[Plan]:
    """Conditions one by one; all as one."""
    split = {s: plan.needed[s][0].get("of") for s in ("where", "having") if _splits(s, plan.needed)}
    if split:
        yield Plan({**plan.needed, **split}, plan.key, plan.about)
    yield plan


def _splits(slot: str, needed: Mapping[str, Value]) -> bool:
    condition = needed.get(slot, (None,))[0]
    if condition is None or condition.kind != "and" or len(condition["of"]) < 2:
        return False
    fields = [c.get("field") for c in condition["of"]]
    return slot == "having" or len(set(fields)) == len(fields)


def _term(part: Any) -> Term:
    made = term_of(part.model_dump(mode="json", exclude_defaults=True))
    assert isinstance(made, Term)
    return made


# --- questions -------------------------------------------------------------------------------------------------------


def _questions(asked: Asked, speaker: Speaker) -> Iterator[list[Plan]]:
    """Each with what is said only where it must be: the period, who is there."""
    fixed: dict[str, Value] = {"by": asked.by} if asked.by else {}
    if asked.where is not None:
        fixed["where"] = (_term(asked.where),)
    if asked.having is not None:
        fixed["having"] = (_term(asked.having),)
    scope: dict[str, Value] = {} if asked.scope == "all" else {"scope": asked.scope}
    period = {"period": _term(asked.period)}
    shorter = {"period": going(period["period"])}  # of what lies ahead it goes without saying which December it is
    periods = ({}, period) if asked.period.kind == "all" else (period,) if shorter == period else (shorter, period)
    members: tuple[dict[str, Value], ...] = ({}, {"members": asked.population})
    where = {"where": fixed["where"]} if "where" in fixed else {}
    for listing in _listings(asked, speaker):
        listed = {slot: value for slot, value in {**where, **scope, **listing}.items() if value != ()}
        yield [Plan({**listed, **when}, about=next(iter(listed.get("about", ())), None)) for when in periods]
    if len(asked.show) > _ONE_BY_ONE:
        yield [Plan({**fixed, **scope, "standing": True, **when, **who}) for when, who in product(periods, members)]
    for about, view, more in _looks(asked, speaker):
        look = {"about": about, **({"view": view} if view is not None else {}), **more}
        if not _may_show({**fixed, **scope, **look, **period}, asked, speaker):
            continue
        key = _key(asked, about)
        for ordered in _orders(asked):
            said = {**fixed, **scope, **look, **ordered}
            yield [Plan({**said, **when, **who}, key, about[0]) for when, who in product(periods, members)]


def _may_show(needed: Mapping[str, Value], asked: Asked, speaker: Speaker) -> bool:
    """Whether it shows what is asked about, as far as it can be told without an order: there are many of these."""
    made = _read(needed, speaker)
    return not isinstance(made, Asked) or {*asked.show} <= {*made.show}


def _listings(asked: Asked, speaker: Speaker) -> Iterator[dict[str, Value]]:
    if any(m.kind in ("field", "age") for m in asked.show):
        from nlq.reader.itemising import listings  # here: few questions list records

        yield from listings(asked, speaker.lexicon.model)


def _key(asked: Asked, about: tuple[Value, ...]) -> Value:
    return about[0] if not asked.order or isinstance(asked.order[0].by, str) else _term(asked.order[0].by)


Look = tuple[tuple[Value, ...], Value, Mapping[str, Value]]  # about what, in which view, and what is said with that


def _looks(asked: Asked, speaker: Speaker) -> Iterator[Look]:
    """As a view of one measure or of all numbers, as they are, as the first with what is shown beside it, alone."""
    show = tuple(_term(m) for m in asked.show)
    kinds = {t.kind for m in show for t in walked(m)}
    more = _placed(show)
    measures = dict.fromkeys(_term(m) for m in asked.show[0].walk() if isinstance(m, Measure))
    measures |= dict.fromkeys(_of(t) for m in show for t in walked(m) if t.kind == "place")
    if len(show) > 1 or len(measures) > 1:
        for measure in measures:
            for view in _views(speaker):
                if {t.kind for t in walked(view)} <= {*kinds, "view", ABOUT.kind}:
                    yield (measure,), (view,), more
            yield from (((measure,), (view,), more) for view in _spoken(show, measure, speaker))
    numbers = tuple(m for m in show if m.kind == "metric")
    if 1 < len(numbers) < len(show):
        for view in _views(speaker):
            if {t.kind for t in walked(view)} <= {*kinds, "view", ABOUT.kind}:
                yield numbers, (view,), more
    yield show, None, {}
    if len(show) > 1:
        yield show[:1], None, {}
    yield show, _ALONE, {}


def _of(term: Term) -> Term:
    of = term["of"]
    assert isinstance(of, Term)
    return of


def _placed(show: Sequence[Term]) -> dict[str, Value]:
    """Among whom a place is, and whose it is where somebody is named."""
    places = [t for m in show for t in walked(m) if t.kind == "place"]
    within = {t.get("within") for t in places}
    said: dict[str, Value] = {"within": within.pop()} if len(within) == 1 and None not in within else {}
    if places and show[0].kind == "only":
        said["where"] = (show[0]["where"],)
    return said


def _spoken(show: tuple[Term, ...], measure: Term, speaker: Speaker) -> Iterator[Value]:
    """Views of it that take words of the question."""
    wanted = Term("view", (("show", tuple(holed(t, measure) for t in show)),))
    for pattern in _patterns(speaker)[1] if wanted != _ALONE[0] else ():
        bound = match(pattern, wanted, speaker.field)
        if bound is not None and not bound.args:
            yield filled_in(pattern, bound.slots)


def _views(speaker: Speaker) -> Sequence[Value]:
    """Those that are said in fixed words."""
    return _patterns(speaker)[0]


def _patterns(speaker: Speaker) -> tuple[Sequence[Value], Sequence[Mapping[str, Any]]]:
    """The views there are: as values, and as patterns where words of the question stand in them."""
    kept: tuple[list[Value], list[Mapping[str, Any]]] | None = speaker.lexicon.kept.get("views")
    if kept is None:
        fixed: dict[Value, None] = {}
        open_ones: list[Mapping[str, Any]] = []
        for construction in speaker.lexicon.grammar.constructions.values():
            for means in _views_in(construction.means):
                if any(isinstance(p, Slot) and p.name for p in construction.parts):
                    open_ones.append(means)
                else:
                    fixed[filled_in(means, {})] = None
        kept = speaker.lexicon.kept["views"] = (list(fixed), open_ones)
    return kept


def _views_in(means: Any) -> Iterator[Mapping[str, Any]]:
    if not isinstance(means, Mapping):
        return
    if means.get("kind") == "view":
        yield means
    for view in means.get("view", ()) if isinstance(means.get("view"), list) else ():
        if isinstance(view, Mapping) and view.get("kind") == "view":
            yield view


def holed(value: Value, measure: Term) -> Value:
    """With the hole wherever the measure, or its name, stands."""
    name = measure.get("name") if measure.kind == "metric" else None

    def change(term: Term) -> Value:
        if term == measure:
            return ABOUT
        if name is not None and term.get("metric") == name:
            return term.with_(metric=ABOUT)
        return term

    return ABOUT if value == measure else replaced(value, change)


def _orders(asked: Asked) -> Iterator[dict[str, Value]]:
    """As it is without a word, as the top n, sorted by what is shown, as an order and a limit."""
    ordered = tuple(
        Term("order", (("by", o.by if isinstance(o.by, str) else _term(o.by)), ("descending", o.descending)))
        for o in asked.order
    )
    if len(ordered) == 1 and asked.by and not isinstance(asked.order[0].by, str):
        if asked.limit is not None:
            yield from _tops(asked)
        else:
            yield {}
            yield {"sorted": Term("sorted", (("way", "most" if asked.order[0].descending else "least"),))}
    frame: dict[str, Value] = {"order": ordered} if ordered else {}
    if asked.limit is not None:
        frame["limit"] = asked.limit
    if asked.limit_per:
        frame["limit_per"] = asked.limit_per
    yield frame


def _tops(asked: Asked) -> Iterator[dict[str, Value]]:
    per = (("per", asked.limit_per),) if asked.limit_per else ()
    numbers = ((asked.limit,),) if asked.limit != 1 else ((), (1,))
    ways = ("top", "bottom", "most", "least", "best", "worst")
    for way, n, of in product(ways, numbers, (*((b,) for b in reversed(asked.by)), ())):
        args = (("way", way), *(("n", v) for v in n), *(("of", v) for v in of), *per)
        yield {"top": Term("top", args)}


# --- what is wanted other than numbers -------------------------------------------------------------------------------


def _acts(meaning: Analysis | Definition, speaker: Speaker) -> Iterator[Plan]:
    if isinstance(meaning, Definition):
        about = tuple(Term("metric", (("name", n),)) for n in meaning.metrics)
        yield Plan({"act": Term("define"), "about": about}, about=about[0])
        return
    said: dict[str, Value] = {}
    metric = getattr(meaning, "metric", None)
    if metric is not None:
        said["about"] = (Term("metric", (("name", metric),)),)
    gained = _gained(meaning)
    if gained is not None:
        said |= gained
    for slot in ("period", "scope", "where", "by"):
        value = getattr(meaning, slot, None)
        if value is None or (slot == "scope" and value == "all"):
            continue
        said[slot] = _term(value) if slot == "period" else value
        if slot in ("where", "by"):
            said[slot] = (_term(value) if slot == "where" else value,)
    if (to := getattr(meaning, "to", "previous")) != "previous":
        said["view"] = (_compared(to),)
    if gained is not None:
        yield Plan(said, about=said["about"][0])
        return
    for construction in speaker.parts("act"):
        for frame in speaker.frames(construction):
            act = frame.get("act")
            if isinstance(act, Term) and act.kind == meaning.kind:
                yield Plan({"act": act, **said}, about=said.get("about", (None,))[0])
    with suppress(KeyError):  # what has parts that are no terms is said in fixed words, or not at all
        own = _term(meaning)
        rest = tuple((k, v) for k, v in own.args if k not in said and k not in ("metric", "to"))
        yield Plan({"act": Term(own.kind, rest), **said}, about=said.get("about", (None,))[0])


def _gained(meaning: Analysis) -> dict[str, Value] | None:
    """So much more of one metric, or what is open and would close; None where it is something else."""
    more: Any = getattr(meaning, "more", ())
    if len(more) != 1:
        return None
    closing = more[0].closing
    if closing is None:
        act = Term(meaning.kind, (("amount", more[0].amount),))
    else:
        act = Term(meaning.kind, (("closing", True if closing.where is None else _term(closing.where)),))
    made: dict[str, Value] = {"act": act, "about": (Term("metric", (("name", more[0].metric),)),)}
    everybody = getattr(meaning, "scope", "") == "all" and getattr(meaning, "where", None) is None
    return made | ({"whole": True} if everybody else {})


def _compared(to: Any) -> Term:
    """What something is held against, as a view."""
    way = ("to", to if isinstance(to, str) else _term(to))
    parts = [Term(kind, (("of", ABOUT), way)) for kind in ("before", "change", "growth")]
    key = parts[2] if to == "year_ago" else parts[1]
    return Term("view", (("show", (ABOUT, *parts)), ("key", key)))
