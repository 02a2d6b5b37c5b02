"""Privacy of a question of the algebra: rows are cut to the viewer; what is told beyond them is told of a fixed cohort
only (see `cohort`)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

from metrics.calendar.span import Span
from metrics.calendar.units import add_units, unit_start
from metrics.errors import NotPermitted
from metrics.model.schema import Model
from metrics.people import Audience, Org
from metrics.plan.bound import Condition, Peers, Tree
from metrics.plan.compile.prepared import Prepared
from metrics.plan.grid.sight import Cohort, Comparison, Conditions
from metrics.policy.absence import members_seen, people_seen
from metrics.policy.cohort import OTHERS, check_others
from metrics.policy.named_people import Named, group_field, is_personal
from metrics.policy.sight import Visible
from metrics.policy.whole_period import whole_days, whole_period
from metrics.query.asked import Asked
from metrics.query.measure import Measure
from metrics.query.predicate import Known, Test, Whose

__all__ = ["Seen", "is_public_board"]

_NOBODY = 10**9  # so many others that nothing is told of them
_BOARD = frozenset({"metric", "place", "place_of", "place_ties", "place_gap"})


@dataclass
class Seen:
    """`Sight` of somebody who may see some rows only. `restricted` becomes true when something may have been left out,
    `disclosed` when something is told of rows that may not be seen."""

    model: Model
    org: Org
    prepared: Prepared
    rows: Visible
    audience: Audience
    outside: frozenset[str] = frozenset()  # people with rows of days on which they were not there
    restricted: bool = False
    disclosed: bool = False

    @property
    def restricts(self) -> bool:
        return True

    @cached_property
    def why(self) -> str:
        return "channel" if self.audience.members is not None else "org_tree"

    def check(self, conditions: Conditions, keys: tuple[str, ...], window: Span) -> None:
        if not self.rows.people:
            self._refuse("nothing_visible")
        people = self.model.people
        assert people is not None
        conditions = self._of_people(conditions)
        named = Named(self.model, self.org, conditions, window)
        by_person = bool({people.id, people.name} & set(keys))
        asked = named.among(conditions)
        for condition in _leaves(conditions):
            # days in a team are no team's number where all whose days they are may be seen
            own_days = named.dated(condition.field) and asked <= self.rows.people
            if condition.op == "in" and named.knows(condition.field) and not own_days:
                self._check_named(condition, named, by_person or condition.field in keys)
        if not asked & self.rows.people:  # whether or not it is anybody: that would tell of them
            self._refuse("nothing_visible")
        hidden = named.any_active(asked, but=self.rows.people)
        self.restricted = self.restricted or hidden
        groups = [k for k in keys if k in (people.team, people.region)]
        if hidden and any(named.groups_seen(field, self.rows.people)[1] for field in groups):
            # one's own number under the team's name would pass for the team's
            self._refuse("groups_part")

    def present(self, peers: Peers | None) -> Peers | None:
        return None if peers is None else members_seen(peers, self.rows, self.prepared)

    def cohort(self, asked: Comparison, window: Span) -> Cohort:
        people = self.model.people
        conditions = self._of_people(asked.conditions)
        named = Named(self.model, self.org, conditions, window)
        groups = [(*conditions, *group) for group in self._groups(asked, named, conditions)]
        if people is None or not any(self._hidden(named, group) for group in groups):
            return Cohort()
        if asked.key not in (people.id, people.name, people.team, people.region):
            return Cohort()  # things, not people: of the rows one may see
        seen, count = people_seen(asked.key, self.rows), len(named.among(conditions) & self.rows.people)
        if asked.key in (people.team, people.region):
            listed = frozenset[str]().union(*named.groups_seen(asked.key, self.rows.people))
            seen, count = Condition(asked.key, "in", tuple(sorted(listed))), len(listed)
        try:
            self._check_cohort(asked, window)
            self._check_moved(asked, named, groups)
            for group in groups:
                if self._hidden(named, group) and asked.average:
                    check_others(named, _group(group), self.rows.people, self.why)
                if self._hidden(named, group) and asked.average:
                    self._check_same(asked, named.among(group) - self.rows.people)
                elif self._hidden(named, group) and _elsewhere(asked):  # oneself too: alike for whoever is asked
                    self._check_same(asked, named.among(group))
        except NotPermitted:
            if asked.one or asked.average or count < 2:
                raise
            self.restricted = True
            return Cohort()
        self.disclosed = True
        return Cohort(True, OTHERS if self._apart_enough(named, groups) else _NOBODY, seen)

    def named(self, people: frozenset[str]) -> frozenset[str] | None:
        return people & self.rows.people

    def heads(self, conditions: Conditions, window: Span) -> bool:
        people = self.model.people
        conditions = self._of_people(conditions)
        named = Named(self.model, self.org, conditions, window)
        among = named.among(conditions)
        if people is None or not named.any_active(among, but=self.rows.people) or len(among & self.rows.people) > 1:
            return False
        if self.prepared.owners.get(people.dataset):
            self._refuse("nothing_visible")
        self.disclosed = True
        return True

    def folded(self, conditions: Conditions, window: Span) -> None:
        conditions = self._of_people(conditions)
        named = Named(self.model, self.org, conditions, window)
        peers = named.among(conditions)
        if named.any_active(peers, but=self.rows.people) and len(peers & self.rows.people) < 2:
            self._refuse("only_oneself" if peers & self.rows.people else "nothing_visible")

    def total(self, conditions: Conditions, part: Conditions, window: Span) -> None:
        conditions, part = self._of_people(conditions), self._of_people(part)
        named = Named(self.model, self.org, conditions, window)
        more = named.among(conditions) - named.among(part)
        if named.active(more - self.rows.people):
            self._refuse("share_total")

    def _of_people(self, conditions: Conditions) -> Conditions:
        """With the owner of rows, wherever it stands, called a person."""
        people = self.model.people
        owners = {owner for owner in self.prepared.owners.values() if owner}
        if people is None:
            return conditions

        def called(made: Condition | Tree) -> Condition | Tree:
            if isinstance(made, Tree):
                return Tree(made.op, tuple(called(part) for part in made.of))
            return replace(made, field=people.id) if made.field in owners else made

        return tuple(called(made) for made in conditions)

    # --- inside ------------------------------------------------------------------------------------------------------

    def _groups(self, asked: Comparison, named: Named, conditions: Conditions) -> list[Conditions]:
        """Of the peers of each row the group that those who may be seen are of; without groups, all are of one."""
        if asked.apart is None:
            return [()]
        ids = named.active(named.among(conditions) & self.rows.people)
        return [(Condition(asked.apart, "in", (member,)),) for member in sorted(named.members_of(asked.apart, ids))]

    def _apart_enough(self, named: Named, groups: list[Conditions]) -> bool:
        """Whether a number next to one's own may be that of at least five people, also to who knows the one next to it
        in a wider or narrower published scope."""
        try:
            for group in groups:
                if self._hidden(named, group):
                    check_others(named, _group(group), self.rows.people, self.why)
        except NotPermitted:
            return False
        return True

    def _check_same(self, asked: Comparison, ids: frozenset[str]) -> None:
        """Numbers of another period over those who are there in this one, less the same over those who were there then,
        are the numbers of who came or left: refused, unless they are the same people."""
        people, length = self.org.people, self.model.access.published_period

        def there(among: frozenset[str], grain: str | None) -> set[frozenset[str]]:
            spans = _spans(asked, grain, self.model)
            return {frozenset(i for i in among if people[i].active(*span)) for span in spans}

        if len(there(ids, asked.grain)) > 1:
            self._refuse("cohort_moved", asked.measure.subject())
        # The whole less its parts is what somebody has in the parts in which they are not counted.
        stray = ids & self.outside
        if asked.grain != length and stray and (asked.windows[0].start is None or len(there(stray, length)) > 1):
            self._refuse("cohort_moved", asked.measure.subject())

    def _check_moved(self, asked: Comparison, named: Named, groups: list[Conditions]) -> None:
        """What somebody did in a team before they came to it is not the team's: the same numbers of it and of more
        than it would tell theirs."""
        spans = _spans(asked, None, self.model)
        start, end = min(a for a, _ in spans), max(b for _, b in spans)
        for group in groups:
            if self._hidden(named, group) and named.moved(_group(group), start, end):
                self._refuse("cohort_moved", asked.measure.subject())

    def _hidden(self, named: Named, conditions: Conditions) -> bool:
        return named.any_active(named.among(conditions), but=self.rows.people)

    def _check_named(self, condition: Condition, named: Named, listed: bool) -> None:
        """People asked for by name or by another mark of theirs must be visible; a team or region as a whole, unless
        each of those asked about has a row of their own, where what is left out can be told."""
        asked = named.among((condition,))
        hidden = asked - self.rows.people
        if not hidden:
            return
        if is_personal(self.model, condition.field):
            if hidden == asked or not listed:
                self._refuse("person", named.first_name(hidden))
        elif hidden == asked or not (listed or not named.active(hidden)):
            self._refuse("group", named.label(condition))

    def _check_cohort(self, asked: Comparison, window: Span) -> None:
        access, measure, conditions = self.model.access, asked.measure, asked.conditions
        if not all(whole_days(w, self.model, asked.grain) for w in asked.windows):
            fields = {"why": self.why, "grain": access.published_period}
            raise NotPermitted("cohort_period", subject=measure.subject(), fields=fields)
        for part in measure.walk():
            if isinstance(part, Measure) and not part.cohort_safe:
                self._refuse("cohort_filter" if part.kind == "only" else "cohort_measure", part.subject())
            name = part.subject() if isinstance(part, Measure) else ""
            if name and access.published is not None and name not in (*access.published, *access.public_leaderboards):
                self._refuse("not_published", name)
        scopes = 0
        for condition in conditions:
            scoped = (
                isinstance(condition, Condition)
                and group_field(self.model, condition.field)
                and condition.op == "in"
                and len(condition.values) == 1
            )
            scopes += scoped
            if not scoped or scopes > 1:
                field = condition.field if isinstance(condition, Condition) else next(_leaves((condition,))).field
                self._refuse("cohort_filter", field)

    def _refuse(self, code: str, subject: str = "") -> None:
        raise NotPermitted(code, subject=subject, fields={"why": self.why, "n": str(OTHERS)})


def is_public_board(asked: Asked, model: Model, as_of: dt.date) -> bool:
    """A ranking or list by person of public metrics, of whole teams and regions or of people who are named, over whole
    periods of the length the workspace publishes: names, numbers and places, which everybody may see. It may be cut to
    some of the places; what a number has to be is asked about those one may see."""
    people = model.people
    if people is None or asked.scope == "me":
        return False
    if not asked.by or not set(asked.by) <= {people.id, people.name, people.team, people.region}:
        return False
    if not {people.id, people.name} & set(asked.by):
        return False
    tested = () if asked.having is None else tuple(asked.having.walk())
    if any(isinstance(p, Test | Known) and not _of_places(p) for p in tested):
        return False
    shown = (*asked.show, *(o.by for o in asked.order if isinstance(o.by, Measure)))
    parts = [*(p for m in shown for p in m.walk()), *(p for p in tested if isinstance(p, Measure))]
    if any(
        not isinstance(p, Measure) or p.kind not in _BOARD or p.subject() not in model.access.public_leaderboards
        for p in parts
    ):
        return False
    about = (people.team, people.region, people.id, people.name)
    conditions = () if asked.where is None else tuple(asked.where.walk())
    if any(isinstance(p, Whose) or getattr(p, "field", about[0]) not in about for p in conditions):
        return False
    return whole_period(asked.period, model=model, as_of=as_of)


def _of_places(condition: Test | Known) -> bool:
    """Whether it is on the places of a board, not on the numbers that make them."""
    sides = (condition.of, condition.value) if isinstance(condition, Test) else (condition.of,)
    return all(side.kind == "place" for side in sides if isinstance(side, Measure))


def _elsewhere(asked: Comparison) -> bool:
    """Whether the days looked at are others than those on which the peers have to be there: the same numbers can then
    be asked for among other peers."""
    own, *others = asked.windows
    return all(days.full != own.full for days in others)


def _group(conditions: Conditions) -> tuple[Condition, ...]:
    """The team or region that the peers are of, the last that is named; () for everybody."""
    return tuple(c for c in conditions if isinstance(c, Condition))[-1:]


def _spans(asked: Comparison, grain: str | None, model: Model) -> set[tuple[dt.date, dt.date]]:
    """The whole periods that a comparison looks at; of buckets each of them, where there are several."""
    spans = {(w.start or dt.date.min, w.full_end or w.end or dt.date.max) for w in asked.windows}
    begin, end = min(start for start, _ in spans), max(end for _, end in spans)
    if grain is None or begin == dt.date.min or (grain == asked.grain and len(spans) < 2):
        return spans
    edges = [unit_start(begin, grain, model.calendar)]
    while edges[-1] < end:
        edges.append(add_units(edges[-1], grain, 1))
    return set(pairwise(edges))


def _leaves(conditions: Conditions) -> Iterator[Condition]:
    for condition in conditions:
        if isinstance(condition, Tree):
            yield from _leaves(condition.of)
        else:
            yield condition
