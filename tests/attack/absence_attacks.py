"""Who stays away: a customer of others seems to have none of what one may not see."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import product

from hidden import Asker, Attacker, Company, Existence, Try, family

from metrics import Having, Query, Relative


@family("customers who stay away")
def absent_customers(company: Company) -> Iterator[Try]:
    """Of customers who are none of the asker's nothing is said, and none is counted."""
    rng = random.Random("absence")
    periods = {
        "this quarter": Relative(unit="quarter"),
        "last month": Relative(unit="month", offset=-1),
        "this year": Relative(unit="year"),
    }
    for who, metric, (label, period) in product(
        ("R001", "R007", "M01", "L4"), ("orders", "visits", "collections"), periods.items()
    ):
        attacker = rng.choice(company.attackers(who))
        none = Having(metric=metric, op="eq", value=0)
        listed = Query(metrics=(metric,), by=("customers.customer",), period=period, having=(none,), everyone=True)
        counted = listed.model_copy(update={"tally": True})
        own = company.truth.customers_of(attacker.sees)
        attack = _counts_more(counted, len(own)) if rng.random() < 0.4 else _lists_others(listed, own)
        yield Existence(f"customers without {metric} {label}", attacker, attack)
    for who, text in product(
        ("R001", "M04"),
        (
            "customers with no orders this quarter",
            "which customers did not buy this quarter",
            "哪些客户本季度没有下单",
            "how many customers did not order this year",
        ),
    ):
        attacker = company.attacker(who)
        own = company.truth.customers_of(attacker.sees)
        yield Existence(text, attacker, _lists_others_in_words(text, own))
    none = Having(metric="orders", op="eq", value=0)
    counted = Query(
        metrics=("orders",),
        by=("customers.customer",),
        period=Relative(unit="quarter"),
        having=(none,),
        everyone=True,
        tally=True,
    )
    yield Existence(
        "customers without orders this quarter",
        company.attacker("OPS"),
        _counts(counted, _absent(company)),
        control=True,
    )


@family("products that were never sold")
def unsold_products(company: Company) -> Iterator[Try]:
    """What products there are is no secret; which of them others sell is. Listed are those that the asker's own rows
    lack, no fewer and no more."""
    rng = random.Random("catalogue")
    periods = {"this month": Relative(unit="month"), "last month": Relative(unit="month", offset=-1)}
    first_days = {"this month": "2026-11-01", "last month": "2026-10-01"}
    for who, field, (label, period) in product(
        ("R001", "R007", "M01", "L4"), ("products.product", "products.product_line"), periods.items()
    ):
        attacker = rng.choice(company.attackers(who))
        none = Having(metric="units_sold", op="eq", value=0)
        listed = Query(metrics=("units_sold",), by=(field,), period=period, having=(none,), everyone=True)
        own = _unsold(company, attacker, field.partition(".")[2], first_days[label])
        text = f"{field} without a sale {label}"
        yield Existence(text, attacker, _lists_others(listed, own))
        yield Existence(text, attacker, _lists_all(listed, own), control=True)


def _unsold(company: Company, attacker: Attacker, column: str, first: str) -> set[str]:
    """What nobody of those whom the asker sees has sold in the month of that day."""
    rows = company.truth.rows(
        f"""SELECT {column} FROM products GROUP BY 1 HAVING {column} NOT IN (
              SELECT {column} FROM order_lines JOIN products USING (product)
              WHERE date_trunc('month', order_date) = DATE '{first}'
                AND rep_id IN ({", ".join(f"'{one}'" for one in ["", *sorted(attacker.sees)])}))"""
    )
    return {name for (name,) in rows}


def _lists_all(query: Query, names: set[str]) -> Callable[[Asker], bool]:
    def attack(ask: Asker) -> bool:
        answer = ask(query)
        return answer is not None and {row[0] for row in answer.rows} == names

    return attack


def _absent(company: Company) -> int:
    """Names of customers without an order since 1 October, of the whole company."""
    ((count,),) = company.truth.rows(
        """SELECT count(DISTINCT customer) FROM customers WHERE customer NOT IN
           (SELECT customer FROM order_lines JOIN customers USING (customer_id) WHERE order_date >= '2026-10-01')"""
    )
    return int(count)


def _lists_others(query: Query, own: set[str]) -> Callable[[Asker], bool]:
    def attack(ask: Asker) -> bool:
        answer = ask(query)
        return answer is not None and (
            (answer.receipt.total_rows or 0) > len(own) or any(row[0] not in own for row in answer.rows)
        )

    return attack


def _lists_others_in_words(text: str, own: set[str]) -> Callable[[Asker], bool]:
    def attack(ask: Asker) -> bool:
        outcome, _ = ask.say(text)
        table = outcome.table
        if table is None:
            return False
        if "customers.customer" not in table.asked.by:
            return any(isinstance(v, int) and v > len(own) for row in table.rows for v in row)
        at = table.asked.by.index("customers.customer")
        return (table.proof.total or len(table.rows)) > len(own) or any(row[at] not in own for row in table.rows)

    return attack


def _counts_more(query: Query, most: int) -> Callable[[Asker], bool]:
    def attack(ask: Asker) -> bool:
        answer = ask(query)
        return answer is not None and any(isinstance(v, int) and v > most for row in answer.rows for v in row)

    return attack


def _counts(query: Query, count: int) -> Callable[[Asker], bool]:
    def attack(ask: Asker) -> bool:
        answer = ask(query)
        return answer is not None and any(v == count for row in answer.rows for v in row)

    return attack
