"""How what is asked about is looked at: what constructions leave open ("against the period before", "whose place", "of
what whole") is settled by the rest of the question.

A `view` term is {kind: view, show: […], key: …, period: …}: what is shown of a measure, what of it a superlative or a
condition is about, and which days are meant where none are said. Open places in it are names with an @:

    to: "@to"          in growth and change: whatever else the question compares with, else the period before
    to: "@last"        the last one of what is asked about: this year against last is the year before, to the date
    over: "@who"       of whom a place or a peer average is told: of every row, of who is named, of oneself
    over: "@whole"     of what whole a share is: of the groups, of everybody, of all members of the field that is named
    each: "@day"       working days where the metric is counted by them
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from metrics.model.schema import Model
from metrics.query.asked import GRAINS
from nlq.reader.against import beside, claimed, in_a_year, year_of
from nlq.reader.constructions import NotAReading
from nlq.reader.days import in_months, unit_of_parts
from nlq.reader.frame import Frame
from nlq.reader.terms import ABOUT, Term, Value, replaced, walked

__all__ = ["OWN", "is_open", "settled"]

OWN = "@own "  # before a field that is called so only beside what it is a field of
_OPEN = frozenset({"@reason", "@to", "@last", "@who", "@whole", "@day", "@among"})
_LOOKING = ("about", "view", "having", "order")
_WITHIN = ("team", "region")
_AGAINST = frozenset({"before", "change", "growth"})
_THIS_MONTH = Term("units", (("unit", "month"),))
_OF_A_YEAR = {"month": 12, "quarter": 4, "half": 2}
_THIS_YEAR = Term("units", (("unit", "year"),))
_MONTHS = {"quarter": 3, "half": 6, "year": 12}
_AIMS = frozenset({"target", "attainment", "gap", "needed_per_day", "projection", "expected", "pace"})
_MARGINS = frozenset({"gap", "place_gap", "change", "difference", "peer_average"})
_FINER = {"day": "day", "week": "day", "month": "week"}  # what a trend within one of them goes by


def is_open(name: str) -> bool:
    """Whether it stands for what only the question as a whole says."""
    return name in _OPEN or name.startswith(OWN)


def settled(frame: Frame, model: Model, assumed: list[str]) -> Frame:
    """The frame with nothing left open. Raises NotAReading."""
    made = _Settling(dict(frame), model, assumed)
    made.aimed()
    made = _Settling(claimed(made.frame), model, assumed)
    made.trend()
    made.summed()
    made.compared()
    made.days()
    made.placed()
    made.shared()
    made.standing()
    if "then" in frame:
        raise NotAReading("then what, and no if")
    if "whether" in frame and not frame.keys() & {"view", "standing"}:
        raise NotAReading("whether what")
    for slot in ("within", "trend", "standing", "whether", "deadline", "margin"):
        made.frame.pop(slot, None)
    return made.frame


@dataclass(slots=True)
class _Settling:
    """`open`: what may be left open, `kinds`: of what is looked at, `dated`: whether other days are named in it. Found
    once: in most questions there is nothing to settle."""

    frame: dict[str, Value]
    model: Model
    assumed: list[str]
    open: set[str] = field(default_factory=set)
    kinds: set[str] = field(default_factory=set)
    dated: bool = False

    def __post_init__(self) -> None:
        for term in self.terms():
            self.kinds.add(term.kind)
            for name, value in term.args:
                if isinstance(value, str):
                    if value in _OPEN:
                        self.open.add(value)
                elif name == "to" and isinstance(value, Term):
                    self.dated = True

    def terms(self) -> Iterator[Term]:
        """All that may be left open."""
        for slot in _LOOKING:
            yield from walked(self.frame.get(slot))

    def replace(self, name: str, opened: str, **changes: Value) -> None:
        """Arguments of the terms whose argument `name` is open that way; None: without it."""
        if opened not in self.open:
            return
        self.open.update(v for v in changes.values() if isinstance(v, str) and v in _OPEN)

        def change(term: Term) -> Term:
            if term.get(name) != opened:
                return term
            args = tuple((k, changes.get(k, v)) for k, v in term.args)
            more = tuple((k, v) for k, v in changes.items() if all(k != old for old, _ in term.args))
            return Term(term.kind, tuple((k, v) for k, v in (*args, *more) if v is not None))

        for slot in _LOOKING:
            if slot in self.frame:
                self.frame[slot] = replaced(self.frame[slot], change)

    def left_open(self, name: str, opened: str) -> bool:
        return opened in self.open and any(t.get(name) == opened for t in self.terms())

    def aimed(self) -> None:
        """Until when, and by how much, are said of what is aimed at or compared."""
        if "margin" in self.frame and not self.kinds & _MARGINS:
            raise NotAReading("by how much, and no difference")
        if (deadline := self.frame.get("deadline")) is not None:
            if not self.kinds & _AIMS or self.frame.get("period", deadline) != deadline:
                raise NotAReading("until when, and nothing aimed at")
            self.frame["period"] = deadline
        period = self.frame.get("period")
        if period is not None and period.kind in ("since", "until") and self.kinds & _AIMS:
            self.frame["period"] = in_months(period)

    # --- days --------------------------------------------------------------------------------------------------------

    def trend(self) -> None:
        by = tuple(self.frame.get("by", ()))
        if self.frame.get("trend") is None or set(by) & GRAINS:
            return
        period = self.frame.get("period")
        unit = period.get("unit") if period is not None and period.kind == "units" and not period.get("count") else None
        parts = unit_of_parts(period) if self.frame["trend"] == "parts" else None
        self.frame["by"] = (*by, parts or _FINER.get(str(unit), "month"))
        if (
            period is not None and _to_the_day(period) and (months := _MONTHS.get(period["unit"])) is not None
        ):  # whole months: the first would be cut
            count = months * period["count"]
            self.frame["period"] = Term("units", (("unit", "month"), ("offset", 1 - count), ("count", count)))

    def summed(self) -> None:
        """A running total that does not run is the total to date."""
        if "cumulative" not in self.kinds or set(self.frame.get("by", ())) & GRAINS or "view" not in self.frame:
            return
        views = replaced(self.frame["view"], lambda t: t["of"] if t.kind == "cumulative" else t)
        self.frame["view"] = tuple(
            v.with_(show=tuple(dict.fromkeys(v["show"]))) if v.get("show") is not None else v for v in views
        )

    def compared(self) -> None:
        """Against which days."""
        views = self.frame.get("view", ())
        self._assume_view_period()
        if self.left_open("to", "@to"):
            asked = [t for v in views for t in walked(v) if t.kind == "before" and t.get("to") != "@to"]
            if asked and any(t.get("to") == "@to" for a in self.frame.get("about", ()) for t in walked(a)):
                # "growth against last year" is one thing
                self.frame["view"] = tuple(v for v in views if all(t.kind != "before" for t in walked(v)))
                if not self.frame["view"]:
                    del self.frame["view"]
            self.replace("to", "@to", to=asked[0].get("to", "previous") if asked else "@last")
        self._assume_period()
        whole_year = self._unit() == "year" and not set(self.frame.get("by", ())) & GRAINS
        self.replace("to", "@last", to="year_ago" if whole_year else "previous")
        if not self.kinds & _AGAINST:
            return

        def known(term: Term) -> Term:
            to = term.get("to")
            if isinstance(to, Term):
                to = self._against(to)
                term = term.with_(to=to)
            if to != "previous" or term.kind not in _AGAINST:
                return term
            return Term(term.kind, tuple((k, v) for k, v in term.args if k != "to"))  # said or not, it is that

        for slot in _LOOKING:
            if slot in self.frame:
                self.frame[slot] = replaced(self.frame[slot], known)

    def _unit(self) -> str | None:
        period = self.frame.get("period")
        return None if period is None else period.get("unit")

    def _assume_view_period(self) -> None:
        """Where no days are said: those that the view goes with."""
        if "view" not in self.kinds:
            return
        found = next((t["period"] for t in self.terms() if t.kind == "view" and t.get("period") is not None), None)
        if found is not None and "period" not in self.frame and not self._along_time():
            self._assume(found)

    def _along_time(self) -> bool:
        """One row a unit: which of them were best is asked of many."""
        return bool(set(self.frame.get("by", ())) & GRAINS)

    def _assume_period(self) -> None:
        """Where no days are said: those that go with what is compared with."""
        if not self.dated:
            return
        compared = (t.get("to") for t in self.terms() if t.kind in _AGAINST and isinstance(t.get("to"), Term))
        found = next((beside(to) for to in compared), None)
        if found is not None and "period" not in self.frame and not self._along_time():
            self._assume(found)

    def _assume(self, period: Value) -> None:
        self.frame["period"] = period
        self.assumed.append("default_period")

    def _against(self, to: Term) -> Value:
        """ "this month against last month" is the period before, like for like."""
        period = self.frame.get("period")
        if to.kind == "exactly":
            return to["of"]
        if to.kind == "unit_before":
            return "previous"
        if to == period or to.kind == "union":
            raise NotAReading("against itself, or several")
        if to.kind == "ago" and to.get("unit", "year") == "year" and to.get("count", 1) == 1:
            return "year_ago" if to["of"] in (period, _THIS_MONTH, _THIS_YEAR) else to
        if to.kind == "complete" and to.get("count") == 1 and period is not None and period.get("unit") == to["unit"]:
            return "previous"
        if to.kind == "named" and to.get("unit") == "year" and period is not None and in_a_year(period):
            to = period.with_(year=to.get("year"))  # "November 2025 against 2024"
            return "year_ago" if to.get("year") == period.get("year") - 1 else to
        if to.kind == "named" and period is not None and period.get("unit") == to.get("unit") == "year":
            years = [year_of(p) for p in (to, period)]
            return "year_ago" if None not in years and years[0] == years[1] - 1 else to  # type: ignore[operator]
        if to.kind != "units" or to.get("count", 1) != 1 or to.get("at") is not None:
            return to
        if to["unit"] == "year" and to.get("offset", 0) == -1:
            return "year_ago"
        if period is not None and period.kind == "units" and period.get("unit") == to["unit"]:
            back = period.get("offset", 0) - to.get("offset", 0) if period.get("count", 1) == 1 else None
            return "previous" if back == 1 else "year_ago" if back == _OF_A_YEAR.get(to.get("unit", ""), 0) else to
        return to

    def days(self) -> None:
        if not self.left_open("each", "@day"):
            return
        about = next((t for t in self.terms() if t.kind == "metric"), None)
        name = self.model.default_metric if about is None else about["name"]
        metric = self.model.metrics.get(str(name))
        self.replace("each", "@day", each="working_day" if metric is not None and metric.working_day_basis else "day")

    # --- others ------------------------------------------------------------------------------------------------------

    def _groups(self) -> list[str]:
        return [b for b in self.frame.get("by", ()) if b not in GRAINS]

    def placed(self) -> None:
        """Whose place it is."""
        if not self.left_open("over", "@who"):
            if self.frame.get("within") is not None and not self.left_open("over", "@whole"):
                raise NotAReading("among whom, and no place among them")
            return
        people, scope = self.model.people, self.frame.get("scope")
        if people is None:
            raise NotAReading("nobody to be compared with")
        within = {} if self.frame.get("within") is None else {"within": self.frame["within"]}
        if self._groups():
            self.replace("over", "@who", over=None, member=None, **within)
            self.frame["view"] = tuple(v.with_(show=_ranked(v["show"])) for v in self.frame.get("view", ()))
            ranked = next((t for v in self.frame.get("view", ()) for t in v["show"] if t.kind == "place"), None)
            if ranked is not None and not self.frame.keys() & {"top", "order"}:
                self.frame["order"] = (Term("order", (("by", ranked), ("descending", False))),)
            return
        named = [w for w in self.frame.get("where", ()) if _one(_held(w)) and _held(w)["field"] in _who(self.model)]
        if len(named) > 1:
            raise NotAReading("the place of several")
        if named:
            self._placed_named(named[0], within)
            return
        over = {"team": people.team, "region": people.region}.get(str(scope), people.id)
        if over is None:
            raise NotAReading("no such groups")
        if over == people.id:
            self.frame["scope"] = "me"
        self.replace("over", "@who", over=over, member="@me", **within)

    def _placed_named(self, named: Term, within: dict[str, Value]) -> None:
        """Among peers there is no condition on who it is: the place is told of a member."""
        rest = tuple(w for w in self.frame["where"] if w != named)
        named = _held(named)
        if rest:
            self.frame["where"] = rest
        else:
            del self.frame["where"]
        self.replace("over", "@who", over=named["field"], member=named["values"][0], **within)

        def own(term: Term) -> Term:
            if term.kind != "view":
                return term
            return term.with_(
                show=tuple(Term("only", (("of", ABOUT), ("where", named))) if t == ABOUT else t for t in term["show"])
            )

        if "view" in self.frame:
            self.frame["view"] = tuple(own(v) for v in self.frame["view"])

    def shared(self) -> None:
        """Of what whole."""
        if not self.left_open("over", "@whole"):
            return
        scope, where = self.frame.get("scope"), self.frame.get("where", ())
        wider = self.frame.get("within")
        if self._groups():
            rows = self.frame.get("rows")  # the ones of a list that were told are a part of it all
            every = tuple(self.frame["by"]) if rows and len(self.frame["by"]) > 1 else None
            self.replace("over", "@whole", over=every, **({"lift": rows} if rows else {"scope": None}))
        elif scope in ("me", *_WITHIN):
            self.replace("over", "@whole", over=None, scope=wider or "all")
        elif len(where) == 1 and where[0].kind == "in":
            self.replace("over", "@whole", over=None, lift=(where[0]["field"],))
        elif "part" in self.frame:  # the condition that was said last, of what was told before
            self.replace("over", "@whole", over=None, lift=(self.frame["part"],))
        else:
            raise NotAReading("a share of what")

    def _usual(self) -> Term:
        return Term("metric", (("name", self.model.default_metric),))

    def standing(self) -> None:
        """How it goes: of what is asked about, or of the scorecard."""
        if self.frame.get("standing") is None:
            return
        if "view" in self.frame:  # looked at in a way that is said
            return
        if self.frame.keys() & {"top", "count", "compare", "having", "act", "many"}:
            raise NotAReading("how it goes, and more than that")
        about = self.frame.get("about")
        if about == (ABOUT,):
            about = (self._usual(),)
        if about is not None:  # of the target it is how far it is reached
            about = tuple(Term("metric", (("name", a["metric"]),)) if a.kind == "target" else a for a in about)
            about = tuple(self._usual() if a.kind == "metric" and a["name"] == ABOUT else a for a in about)
        plain = about is None or all(a.kind == "metric" for a in about)
        if not plain:
            return
        names = self.model.scorecard if about is None else [a["name"] for a in about]
        if not names and self.model.default_metric is not None:
            names = (self.model.default_metric,)
        self.frame["about"] = tuple(_stands(name, self.model) for name in names)


def _to_the_day(period: Term) -> bool:
    return period.kind == "sliding" and period.get("at") is None and not period.get("ahead")


def _ranked(show: tuple[Value, ...]) -> tuple[Value, ...]:
    """In a list everybody's place says the rest: of how many, who shares it, how far it is to the next."""
    if all(t.kind != "place_of" for t in show):
        return show
    return tuple(t for t in show if t.kind not in ("place_of", "place_ties", "place_gap"))


def _stands(name: str, model: Model) -> Term:
    metric = Term("metric", (("name", name),))
    against = ("target", "attainment", "expected", "pace") if model.metrics[name].has_target else ()
    aimed = (Term("if_any", (("of", Term(kind, (("metric", name),))),)) for kind in against)
    return Term("view", (("show", (metric, *aimed)), ("key", metric)))


def _held(condition: Term) -> Term:
    """The condition that is to be held as it stands."""
    of: Value = condition["of"] if condition.kind == "exactly" else condition
    return of if isinstance(of, Term) else condition


def _one(condition: Value) -> bool:
    return bool(condition.kind == "in" and len(condition["values"]) == 1 and not condition.get("out"))


def _who(model: Model) -> frozenset[Any]:
    people = model.people
    assert people is not None
    return frozenset({people.id, people.name, people.team, people.region})
