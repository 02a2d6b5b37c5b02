"""Asked outright: somebody's number by every mark of theirs, in every form of question, and in words of both
languages."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from itertools import product

from average_attacks import totals
from hidden import Amount, Asker, Company, Try, cell, family
from northstar_truth import LAST_MONTH, LAST_QUARTER, MARCH, THIS_YEAR
from rank_attacks import MANAGERS, REPS, hidden_singles, only, outright

from metrics import Benchmark, Compare, Filter, Order, Person, Query, Rank, Share, Target


def ask_all(*queries: Query) -> Callable[[Asker], list[float | None]]:
    """Ask; every number in an answer is an estimate already."""

    def attack(ask: Asker) -> list[float | None]:
        for query in queries:
            ask(query)
        return []

    return attack


def _marks(person: Person) -> list[Filter]:
    return [
        only("reps.name", person.name),
        only("reps.rep_id", person.id),
        only("reps.email", str(person.email)),
        *(only("reps.other_name", alias) for alias in person.aliases[:1]),
        Filter(field="reps.hired_on", op="between", values=(str(person.active_from), str(person.active_from))),
        Filter(field="reps.rep_id", op="between", values=(person.id, person.id)),
    ]


@family("asked outright")
def asked_outright(company: Company) -> Iterator[Try]:
    rng = random.Random("outright")
    people = company.metrics.org.people
    for who in (*REPS, *MANAGERS, "L1", "L3"):
        for attacker in (company.attacker(who), company.among_everybody(who)):
            for over, metric in rng.sample(
                list(product((LAST_MONTH, LAST_QUARTER, MARCH), ("collections", "gross_profit"))), 2
            ):
                found = company.truth.by_rep(metric, over)
                rep = rng.choice(sorted(r for r, v in found.items() if r not in attacker.sees and v > 100))
                mark = rng.choice(_marks(people[rep]))
                base = Query(metrics=(metric,), period=over.period, where=(mark,))
                forms = {
                    "value": base,
                    "by name": base.model_copy(update={"by": ("reps.name",)}),
                    "by name of everyone": base.model_copy(update={"by": ("reps.name",), "everyone": True}),
                    "by customer": base.model_copy(update={"by": ("customers.customer",)}),
                    "by month": base.model_copy(update={"grain": "month"}),
                    "compared": base.model_copy(update={"compare": Compare(to="previous")}),
                    "benchmark": base.model_copy(update={"benchmark": Benchmark(of="team")}),
                    "rank": Query(
                        metrics=(metric,), period=over.period, rank=Rank(over="reps.name", member=people[rep].name)
                    ),
                    "share": base.model_copy(update={"share": Share(lift=(mark.field,))}),
                    "ranked within": Query(
                        metrics=(metric,), period=over.period, where=(mark,), rank=Rank(over="reps.name")
                    ),
                }
                label, query = rng.choice(sorted(forms.items()))
                yield Amount(
                    f"{metric} {over} of {rep} by {mark.field}, {label}", attacker, [found[rep]], ask_all(query)
                )
    found = company.truth.by_rep("collections", LAST_MONTH)
    for mark in _marks(people["R004"]):
        query = Query(metrics=("collections",), period=LAST_MONTH.period, where=(mark,))
        yield Amount(
            f"collections of R004 by {mark.field}",
            company.attacker("OPS"),
            [found["R004"]],
            outright(query),
            control=True,
        )


@family("changes reconstructed")
def changes(company: Company) -> Iterator[Try]:
    """A change and its percentage give back both numbers."""
    rng = random.Random("changes")
    for who in (*REPS, *MANAGERS):
        attacker = rng.choice(company.attackers(who))
        found = company.truth.by_rep("collections", LAST_MONTH)
        hidden = [v for rep, v in found.items() if rep not in attacker.sees]
        by_change = {"compare": Compare(to="previous"), "order": Order(by="change_pct")}
        base = Query(metrics=("collections",), period=LAST_MONTH.period)
        for by in ("reps.name", "reps.team", "customers.customer"):
            query = base.model_copy(update={"by": (by,), **by_change, "limit": 3})
            yield Amount(f"collections {LAST_MONTH} by {by} in the order of change", attacker, hidden, _both(query))
        ranked = base.model_copy(update={"rank": Rank(over="reps.name"), **by_change})
        yield Amount(f"collections {LAST_MONTH} ranked by change", attacker, hidden, _both(ranked))
    found = company.truth.by_rep("collections", LAST_MONTH)
    query = Query(metrics=("collections",), by=("reps.name",), period=LAST_MONTH.period, compare=Compare(to="previous"))
    yield Amount("changes of collections", company.attacker("OPS"), list(found.values()), _both(query), control=True)


def _both(query: Query) -> Callable[[Asker], list[float]]:
    """What a change and its percentage say of the number before and after."""

    def attack(ask: Asker) -> list[float]:
        answer = ask(query)
        found = []
        for row in range(len(answer.rows) if answer is not None else 0):
            change, part = cell(answer, "change", row), cell(answer, "change_pct", row)
            if change is not None and part:
                found += [change / part, change / part + change]
        return found

    return attack


@family("targets of others")
def targets(company: Company) -> Iterator[Try]:
    rng = random.Random("targets")
    people = company.metrics.org.people
    for who in (*REPS, *MANAGERS):
        attacker = rng.choice(company.attackers(who))
        for metric in ("collections", "sales"):
            amounts = {r: float(a) for r, a in _targets(company, metric) if r not in attacker.sees}
            rep = rng.choice(sorted(amounts))
            base = Query(metrics=(metric,), period=LAST_MONTH.period, target=Target())
            asked = (
                base.model_copy(update={"by": ("reps.name",), "everyone": True}),
                base.model_copy(update={"where": (only("reps.name", people[rep].name),)}),
                base.model_copy(update={"where": (only("reps.team", str(people[rep].team)),)}),
                base.model_copy(update={"rank": Rank(over="reps.name")}),
            )
            yield Amount(f"target of {metric} of {rep}", attacker, [amounts[rep]], ask_all(*asked))
    amounts = {r: float(a) for r, a in _targets(company, "collections")}
    query = Query(
        metrics=("collections",), period=LAST_MONTH.period, target=Target(), where=(only("reps.rep_id", "R004"),)
    )
    yield Amount("target of R004", company.attacker("OPS"), [amounts["R004"]], ask_all(query), control=True)


def _targets(company: Company, metric: str) -> list[tuple[str, str]]:
    return company.truth.rows(
        "SELECT rep_id, amount FROM targets WHERE metric = ? AND month = DATE '2026-10-01' ORDER BY 1", metric
    )


# --- in words --------------------------------------------------------------------------------------------------------

# Who says it -> how. The audience is the asker alone, but for the last.
SAYINGS = {
    "rep": (
        "my ranking by collections {when}, only {customer}",
        "我{when_zh}的回款排名，只看{customer}",
        "collections from {customer} {when}",
        "{when_zh}{customer}的回款",
        "{name}'s collections {when}",
        "{name}{when_zh}的回款",
        "compare {name} and me on collections {when}",
        "{name}'s rank by collections {when}",
    ),
    "manager": (
        "my team's ranking by collections {when}, only {customer}",
        "我的团队{when_zh}的回款排名，只看{customer}",
        "top 5 reps by collections from {customer} {when}",
        "collections by team {when}",
        "{when_zh}每个销售的回款",
    ),
    "everybody": ("collections by rep {when}", "top 5 reps by collections {when}", "{when_zh}{customer}的回款"),
}
WHEN = {
    LAST_MONTH: ("last month", "上个月"),
    THIS_YEAR: ("this year", "今年"),
    LAST_QUARTER: ("last quarter", "上季度"),
}


@family("in words")
def in_words(company: Company) -> Iterator[Try]:
    rng = random.Random("in words")
    people = company.metrics.org.people
    alone = [(company.attacker(who), saying) for who in REPS for saying in rng.sample(SAYINGS["rep"], 5)]
    alone += [(company.attacker(who), saying) for who in MANAGERS for saying in SAYINGS["manager"]]
    public = [(company.among_everybody(who), saying) for who in ("R001", "M04") for saying in SAYINGS["everybody"]]
    for attacker, saying in (*alone, *public):
        over = rng.choice(list(WHEN))
        customer, seller, amount = rng.choice(hidden_singles(company, attacker, "collections", over, "customer"))
        text = saying.format(customer=customer, name=people[seller].name, when=WHEN[over][0], when_zh=WHEN[over][1])
        found = company.truth.by_rep("collections", over)
        hidden = [amount] if customer in text else [v for rep, v in found.items() if rep not in attacker.sees]
        yield Amount(text, attacker, hidden, _says(text))
    found = company.truth.by_rep("collections", LAST_MONTH)
    for text in ("Kevin Wang's collections last month", "Kevin Wang上个月的回款"):
        yield Amount(text, company.attacker("OPS"), [found["R004"]], _says(text), control=True)


@family("in words, with and without one")
def in_words_with_and_without(company: Company) -> Iterator[Try]:
    rng = random.Random("in words with and without")
    people = company.metrics.org.people
    beside_the_team = (
        ("my collections this year vs the team average", "{} excluding {}"),
        ("我今年的回款和团队平均比", "{}，不含{}"),
    )
    for who, (plain, without) in product(REPS, beside_the_team):
        attacker = company.attacker(who)
        singles = hidden_singles(company, attacker, "collections", THIS_YEAR, "customer")
        for customer, _, amount in rng.sample([s for s in singles if people[s[1]].team == people[who].team], 2):
            text = without.format(plain, customer)
            yield Amount(text, attacker, [amount], _says_twice(plain, text))
    customer, _, amount = company.truth.singles("collections", THIS_YEAR)[0]
    text = f"collections from {customer} this year"
    yield Amount(text, company.attacker("OPS"), [amount], _says(text), control=True)


def _says(*texts: str) -> Callable[[Asker], list[float | None]]:
    """Numbers in the text as well as in the rows, to the cent."""

    def attack(ask: Asker) -> list[float | None]:
        found: list[float | None] = []
        for text in texts:
            outcome, said = ask.say(text)
            found += [float(m.replace(",", "")) for m in re.findall(r"\d[\d,]*\.\d\d", said)]
            for choice in outcome.choices:
                ask.choose(choice.meaning)
        for answer in ask.answers:
            gap = cell(answer, "next_gap")
            found.append(None if gap is None else (cell(answer, "metric") or 0) + gap)
        return found

    return attack


def _says_twice(one: str, other: str) -> Callable[[Asker], list[float]]:
    def attack(ask: Asker) -> list[float]:
        first, second = (totals(ask.say(text)[0].table) for text in (one, other))
        return [a - b for a in first for b in second]

    return attack
