"""Counts that depend on a threshold, searched until the threshold is the number; order, limit and place used the same
way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product

from hidden import CENT, Amount, Asker, Company, Try, cell, family
from northstar_truth import LAST_MONTH, THIS_YEAR, Stretch
from rank_attacks import all_rows

from metrics import Answer, Having, Order, Query, Rank


def _turns(
    form: Callable[[float], Query], count: Callable[[Answer], float | None], hidden: Sequence[float]
) -> Callable[[Asker], Iterator[float]]:
    """The hidden numbers at which the count turns: halving finds such a number to the cent in forty questions, so that
    two about each, a cent below and a cent above, say whether it would."""

    def attack(ask: Asker) -> Iterator[float]:
        for number in hidden:
            around = [ask(form(round(number + step, 2))) for step in (-CENT, CENT)]
            below, above = (None if a is None else count(a) for a in around)
            if below != above:
                yield number

    return attack


@family("counts against a threshold")
def thresholds(company: Company) -> Iterator[Try]:
    for who, metric in product(("R001", "M01", "L2"), ("collections", "gross_profit")):
        over = LAST_MONTH
        attacker = company.attacker(who)
        found = company.truth.by_rep(metric, over)
        others = sorted(v for rep, v in found.items() if rep not in attacker.sees)
        hidden = (others[0], others[len(others) // 2], others[-1])
        for label, form, count in _forms(metric, over, seller=who.startswith("R")):
            yield Amount(f"{metric} {over}, {label}", attacker, hidden, _turns(form, count, hidden), exact_only=True)
    most = (max(company.truth.by_rep("collections", LAST_MONTH).values()),)
    _, form, count = next(_forms("collections", LAST_MONTH, seller=True))
    attack = _turns(form, count, most)
    yield Amount("the largest collections", company.attacker("OPS"), most, attack, control=True, exact_only=True)


Form = tuple[str, Callable[[float], Query], Callable[[Answer], float | None]]


def _forms(metric: str, over: Stretch, *, seller: bool) -> Iterator[Form]:
    def above(x: float) -> tuple[Having, ...]:
        return (Having(metric=metric, op="ge", value=x),)

    people = Query(metrics=(metric,), by=("reps.name",), period=over.period)
    mine = Rank(over="reps.name" if seller else "reps.team", member="@me")
    yield (
        "how many people are above",
        lambda x: people.model_copy(update={"having": above(x), "tally": True}),
        lambda a: float(str(a.rows[0][-1])),
    )
    yield (
        "lines of a list cut to one",
        lambda x: people.model_copy(update={"having": above(x), "limit": 1}),
        lambda a: a.receipt.total_rows,
    )
    yield (
        "own place among those above",
        lambda x: Query(metrics=(metric,), period=over.period, having=above(x), rank=mine),
        lambda a: cell(a, "n"),
    )
    yield (
        "zeros beside those above",
        lambda x: people.model_copy(
            update={"having": (Having(metric=metric, op="lt", value=x),), "everyone": True, "tally": True}
        ),
        lambda a: float(str(a.rows[0][-1])),
    )


@family("order and limit")
def orders(company: Company) -> Iterator[Try]:
    """A public list in the order of a number that is not public, or cut by it."""
    for who, over in product(("R001", "R007", "M04", "M09", "L3"), (LAST_MONTH, THIS_YEAR)):
        attacker = company.attacker(who)
        found = company.truth.by_rep("collections", over)
        sold = company.truth.by_rep("sales", over)
        hidden = [v for rep, v in found.items() if rep not in attacker.sees]
        best = max(found, key=lambda rep: found[rep])
        board = Query(
            metrics=("sales",), by=("reps.name",), period=over.period, order=Order(metric="collections"), limit=1
        )
        if best not in attacker.sees:
            yield Amount(f"who has the most collections {over}, by sales", attacker, [sold[best]], all_rows(board))
        beside = Query(metrics=("sales", "collections"), by=("reps.name",), period=over.period)
        yield Amount(f"collections {over} beside sales", attacker, hidden, all_rows(beside))
        ranked = Query(metrics=("collections",), period=over.period, rank=Rank(over="reps.name"))
        yield Amount(f"collections {over}, ranked", attacker, hidden, all_rows(ranked))
    everyone = Query(metrics=("collections",), period=LAST_MONTH.period, rank=Rank(over="reps.name"))
    hidden = list(company.truth.by_rep("collections", LAST_MONTH).values())
    yield Amount("collections, ranked", company.attacker("OPS"), hidden, all_rows(everyone), control=True)
