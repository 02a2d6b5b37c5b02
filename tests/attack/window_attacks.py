"""Public leaderboards over windows that hold a single order, shares of totals, and what two of them give by
subtraction."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterator
from itertools import pairwise, product

from average_attacks import excluding
from hidden import Amount, Asker, Attacker, Company, Try, cell, family
from northstar_truth import LAST_MONTH, LAST_QUARTER, LAST_YEAR, MARCH, THIS_YEAR, Stretch, days
from rank_attacks import MANAGERS, REPS, hidden_singles, only, team_total

from metrics import Answer, Between, Filter, Order, Query, Rank, Relative, Share


def _board(period: object, **more: object) -> Query:
    return Query.model_validate({"metrics": ["sales"], "by": ["reps.name"], "period": period, **more})


def _lines(answer: Answer | None) -> dict[str, float]:
    """Name -> number of a leaderboard."""
    if answer is None or not answer.columns or answer.columns[0].role != "dimension":
        return {}
    at = next(i for i, c in enumerate(answer.columns) if c.role == "metric")
    return {str(row[0]): float(value) for row in answer.rows if isinstance(value := row[at], int | float)}


def _line_of(name: str, *queries: Query) -> Callable[[Asker], Iterator[float]]:
    """The number of one name on each board, and what the first two give by subtraction."""

    def attack(ask: Asker) -> Iterator[float]:
        found = [lines[name] for query in queries if name in (lines := _lines(ask(query)))]
        yield from found
        if len(found) > 1:
            yield abs(found[0] - found[1])

    return attack


@family("leaderboard of a short window")
def short_boards(company: Company) -> Iterator[Try]:
    """A day on which a seller took one order: the board of that day is that order."""
    rng = random.Random("short boards")
    people = company.metrics.org.people
    for who in ("R001", "R005", "M01", "M09", "L2"):
        for attacker in (company.attacker(who), company.among_everybody(who)):
            day, rep, amount = rng.choice(_single_orders(company, attacker))
            name, on = people[rep].name, days(day).period
            tries = {
                "by rep": _board(on),
                "ranking": Query(metrics=("sales",), period=on, rank=Rank(over="reps.name")),
                "the first three": _board(on, order={}, limit=3),
                "by id": _board(on).model_copy(update={"by": ("reps.rep_id",)}),
                "of the team": _board(on, where=[{"field": "reps.team", "values": [people[rep].team]}]),
                "with another metric": _board(on).model_copy(update={"metrics": ("sales", "new_customers")}),
            }
            for label, query in rng.sample(sorted(tries.items()), 3):
                yield Amount(f"{rep}'s only order on {day}, {label}", attacker, [amount], _line_of(name, query))
    day, rep, amount = _single_orders(company, company.attacker("R001"))[0]
    yield Amount(
        "the same",
        company.attacker("OPS"),
        [amount],
        _line_of(people[rep].name, _board(days(day).period)),
        control=True,
    )


@family("leaderboards that differ by a day")
def boards_by_a_day(company: Company) -> Iterator[Try]:
    people = company.metrics.org.people
    rng = random.Random("boards by a day")
    for who in ("R001", "R007", "M04", "L1"):
        for attacker in (company.attacker(who), company.among_everybody(who)):
            day, rep, amount = rng.choice([s for s in _single_orders(company, attacker) if 2 < s[0].day < 19])
            start, name = day.replace(day=1), people[rep].name
            pairs = {
                "to the day and to the day before": (
                    Between(start=start, end=_after(day)),
                    Between(start=start, end=day),
                ),
                "a month and a day more": (_first_to(start, _after(day)), _first_to(start, day)),
                "rolling days": (Between(start=_back(day), end=_after(day)), Between(start=_back(day), end=day)),
            }
            for label, (longer, shorter) in pairs.items():
                yield Amount(
                    f"{rep}'s only order on {day}, {label}",
                    attacker,
                    [amount],
                    _line_of(name, _board(longer), _board(shorter)),
                )
            about = f"{rep}'s only order on {day}, its month cut where this one stands, on days running"
            yield Amount(about, attacker, [amount], _seen_from(company, name, day))
    day, rep, amount = next(s for s in _single_orders(company, company.attacker("R001")) if s[0].day > 2)
    boards = (
        _board(Between(start=day.replace(day=1), end=_after(day))),
        _board(Between(start=day.replace(day=1), end=day)),
    )
    yield Amount("the same", company.attacker("OPS"), [amount], _line_of(people[rep].name, *boards), control=True)


def _seen_from(company: Company, name: str, day: dt.date) -> Callable[[Asker], Iterator[float]]:
    """A past month cut where this one stands, asked on days running."""
    months = (company.as_of.year - day.year) * 12 + company.as_of.month - day.month
    board = _board(Relative(unit="month", offset=-months, to_date=True))

    def attack(ask: Asker) -> Iterator[float]:
        asked = [ask(board, as_of=company.as_of.replace(day=day.day + step)) for step in (1, 0, -1)]
        found = [lines[name] for answer in asked if name in (lines := _lines(answer))]
        yield from (later - earlier for later, earlier in pairwise(found))

    return attack


def _after(day: dt.date) -> dt.date:
    return day + dt.timedelta(days=1)


def _back(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=29)


def _first_to(start: dt.date, end: dt.date) -> Between:
    return Between(start=(start - dt.timedelta(days=1)).replace(day=1), end=end)


def _single_orders(company: Company, attacker: Attacker) -> list[tuple[dt.date, str, float]]:
    """(day, seller, amount) of days on which a seller who may not be seen took exactly one order."""
    found = company.truth.rows(
        """SELECT order_date, rep_id, sum(amount) FROM order_lines
           WHERE order_date BETWEEN '2026-08-01' AND '2026-10-31'
           GROUP BY 1, 2 HAVING count(DISTINCT order_id) = 1 AND sum(amount) > 100 ORDER BY 1, 2"""
    )
    return [(day, rep, float(amount)) for day, rep, amount in found if rep not in attacker.sees]


# --- shares ----------------------------------------------------------------------------------------------------------


def _whole(answer: Answer | None) -> list[float]:
    """The totals that the shares of an answer give back, with and without the part."""
    found = []
    for row in range(len(answer.rows) if answer is not None else 0):
        part, share, total = (cell(answer, role, row) for role in ("metric", "share", "total"))
        whole = total if total is not None else (part / share if part and share else None)
        found += [] if whole is None else [whole, whole - (part or 0)]
    return found


def _wholes(*queries: Query) -> Callable[[Asker], list[float]]:
    """The totals of each question, and the differences between those of the first two."""

    def attack(ask: Asker) -> list[float]:
        found = [_whole(ask(query)) for query in queries]
        pairs = [a - b for a, b in product(*found[:2])] if len(found) > 1 else []
        return [*(x for each in found for x in each), *pairs]

    return attack


@family("shares of totals, with and without one")
def shares(company: Company) -> Iterator[Try]:
    rng = random.Random("shares")
    for who in (*REPS, *MANAGERS):
        attacker = rng.choice(company.attackers(who))
        own: dict[str, object] = {"scope": "me"} if who in REPS else {"scope": "team"}
        field, value = ("reps.rep_id", who) if who in REPS else ("reps.team", str(attacker.person.team))
        for over, metric in rng.sample(
            list(product((LAST_MONTH, THIS_YEAR, MARCH, LAST_QUARTER), ("collections", "sales"))), 3
        ):
            member, _, amount = rng.choice(hidden_singles(company, attacker, metric, over, "customer"))
            base = Query.model_validate({"metrics": [metric], "period": over.period, **own})
            without, alone = excluding("customers.customer", member), only("customers.customer", member)
            lifted = Query(
                metrics=(metric,), period=over.period, where=(only(field, value),), share=Share(lift=(field,))
            )
            wide = [base.model_copy(update={"share": Share(scope=s)}) for s in ("all", "region", "team")]
            tries = {
                "of all, with and without": _wholes(*_with_and_without(wide[0], without)),
                "of the region, with and without": _wholes(*_with_and_without(wide[1], without)),
                "of the team, with and without": _wholes(*_with_and_without(wide[2], without)),
                "by lifting the own name": _wholes(*_with_and_without(lifted, without)),
                "of the customer alone": _wholes(*(w.model_copy(update={"where": (alone,)}) for w in wide)),
                "lifting the customer": _wholes(
                    base.model_copy(update={"where": (alone,), "share": Share(lift=("customers.customer",))})
                ),
                "the top three together": _wholes(_by_customer(metric, over, limit=3, share=Share(together=True))),
                "who makes 80 %": _wholes(_by_customer(metric, over, share=Share(reach=0.8))),
            }
            for label, attack in rng.sample(sorted(tries.items()), 3):
                yield Amount(f"{metric} {over} of {member}, share {label}", attacker, [amount], attack)
    for who, other in (("M04", "Mustang"), ("M09", "Yak"), ("R005", "Mustang"), ("R007", "Yak")):
        for metric, over in product(("collections", "sales"), (LAST_MONTH, LAST_YEAR)):
            base = Query.model_validate(
                {"metrics": [metric], "period": over.period, "scope": "team" if who < "R" else "me"}
            )
            attack = _wholes(*(base.model_copy(update={"share": Share(scope=s)}) for s in ("region", "team")))
            hidden = [team_total(company, metric, over, other)]
            yield Amount(f"{metric} {over} of {other}, region less team", company.attacker(who), hidden, attack)
    query = Query(
        metrics=("collections",),
        period=LAST_MONTH.period,
        where=(only("reps.name", "Kevin Wang"),),
        share=Share(lift=("reps.name",)),
    )
    total = sum(company.truth.by_rep("collections", LAST_MONTH).values())
    yield Amount("all collections", company.attacker("OPS"), [total], _wholes(query), control=True)


def _with_and_without(query: Query, without: Filter) -> tuple[Query, Query]:
    return query, query.model_copy(update={"where": (*query.where, without)})


def _by_customer(metric: str, over: Stretch, **more: object) -> Query:
    return Query.model_validate(
        {"metrics": [metric], "by": ["customers.customer"], "period": over.period, "order": Order(), **more}
    )
