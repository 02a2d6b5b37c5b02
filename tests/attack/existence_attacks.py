"""What exists although it may not be seen: a number, a document, a first day, a customer who stays away."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterator
from itertools import product

from hidden import Asker, Attacker, Company, Existence, Try, family

from metrics import AllTime, Answer, Between, Compare, Filter, Having, Named, Query, Rank, Relative, Share

# field -> (table, column, metric that counts it)
DOCUMENTS = {
    "order_lines.order_id": ("order_lines", "order_id", "sales"),
    "receivables.invoice_id": ("receivables", "invoice_id", "amount_due"),
    "opportunities.opportunity_id": ("opportunities", "opportunity_id", "new_deals"),
}


def _shape(reply: Answer | Exception, name: str) -> str:
    """Everything a reply says, with the name asked about left out."""
    if not isinstance(reply, Answer):
        said = (type(reply).__name__, vars(reply))
        return repr(said).replace(name, "•")
    receipt = reply.receipt
    kept = (
        receipt.windows,
        receipt.filters,
        receipt.rows_read,
        receipt.total_rows,
        receipt.restricted,
        receipt.truncated,
    )
    return repr((reply.columns, reply.rows, reply.notes, kept)).replace(name, "•")


def _document(company: Company, attacker: Attacker, rng: random.Random, field: str) -> tuple[str, str]:
    """(a document of somebody who may not be seen, one like it that nobody has)."""
    table, column, _ = DOCUMENTS[field]
    known = company.truth.rows(f"SELECT DISTINCT {column}, rep_id FROM {table} ORDER BY 1, 2")
    hidden = rng.choice([name for name, rep in known if rep not in attacker.sees])
    return hidden, _invented(hidden, {name for name, _ in known}, rng)


def _invented(name: str, known: set[str], rng: random.Random) -> str:
    while True:
        made = name[:-4] + f"{rng.randrange(10_000):04d}"
        if made not in known:
            return made


@family("a document that exists and one that does not")
def documents(company: Company) -> Iterator[Try]:
    rng = random.Random("documents")
    for field, who in product(DOCUMENTS, ("R001", "R007", "M04", "L3")):
        metric = DOCUMENTS[field][2]
        attacker = rng.choice(
            [company.attacker(who), company.attacker(who, company.boss(who) if who != "L3" else "OPS")]
        )
        hidden, invented = _document(company, attacker, rng, field)
        forms = _document_forms(metric, field)
        for label, form in rng.sample(sorted(forms.items()), 4):
            yield Existence(f"{hidden}, {label}", attacker, told_apart(form, hidden, invented))
    for field in DOCUMENTS:
        boss = company.attacker("OPS")
        hidden, invented = _document(company, company.attacker("R001"), rng, field)
        form = _document_forms(DOCUMENTS[field][2], field)["asked for"]
        yield Existence(f"{hidden}", boss, told_apart(form, hidden, invented), control=True)


def _document_forms(metric: str, field: str) -> dict[str, Callable[[str], Query]]:
    def asked(name: str, **more: object) -> Query:
        where = (Filter(field=field, values=(name,)),)
        return Query(metrics=(metric,), where=where).model_copy(update=more)

    return {
        "asked for": asked,
        "this year": lambda name: asked(name, period=Relative(unit="year")),
        "left out": lambda name: asked(name, where=(Filter(field=field, op="not_in", values=(name,)),)),
        "listed": lambda name: asked(name, by=(field,)),
        "counted": lambda name: asked(name, by=(field,), tally=True),
        "in lower case": lambda name: asked(name.lower()),
        "ranked": lambda name: Query(metrics=(metric,), rank=Rank(over=field, member=name)),
        "as a share": lambda name: asked(name, share=Share(lift=(field,))),
    }


def told_apart(form: Callable[[str], Query], hidden: str, invented: str) -> Callable[[Asker], bool]:
    def attack(ask: Asker) -> bool:
        real = _shape(ask.reply(form(hidden)), hidden).replace(hidden.lower(), "•")
        return real != _shape(ask.reply(form(invented)), invented).replace(invented.lower(), "•")

    return attack


SAYINGS = {
    "order_lines.order_id": ("sales of order {}", "订单{}的销售额", "sales for order number {} this year"),
    "receivables.invoice_id": ("amount due of invoice {}", "账单{}的应收金额", "collections of invoice {} this year"),
    "opportunities.opportunity_id": ("new deals of opportunity {}", "amount of deal {}", "商机编号{}的新增商机"),
}


@family("a document in words")
def documents_in_words(company: Company) -> Iterator[Try]:
    """The same in words; and a slip of the pen is not put right with a name that may not be known."""
    rng = random.Random("documents in words")
    for field, who in product(SAYINGS, ("R005", "M01", "R015", "L2")):
        attacker = rng.choice([company.attacker(who), company.among_everybody(who)])
        hidden, invented = _document(company, attacker, rng, field)
        saying = rng.choice(SAYINGS[field])
        yield Existence(saying.format(hidden), attacker, _said_apart(saying, hidden, invented))
        slip = _invented(hidden[:-1] + "X", set(), rng)
        yield Existence(f"{saying.format(slip)} for {hidden}", attacker, _names(saying.format(slip), hidden))
    attacker = company.attacker("OPS")
    hidden, invented = _document(company, company.attacker("R001"), rng, "receivables.invoice_id")
    yield Existence(
        hidden, attacker, _said_apart("amount due of invoice {} of all time", hidden, invented), control=True
    )


def _said_apart(saying: str, hidden: str, invented: str) -> Callable[[Asker], bool]:
    def attack(ask: Asker) -> bool:
        shapes = []
        for name in (hidden, invented):
            outcome, text = ask.say(saying.format(name))
            shapes.append((outcome.status, text.replace(name, "•")))
        return shapes[0] != shapes[1]

    return attack


def _names(text: str, hidden: str) -> Callable[[Asker], bool]:
    def attack(ask: Asker) -> bool:
        outcome, said = ask.say(text)
        return hidden in said or hidden in repr((outcome.issues, outcome.error, outcome.choices))

    return attack


# --- the first day ---------------------------------------------------------------------------------------------------

# metric -> (table, date, further condition)
DATED = {
    "sales": ("order_lines", "order_date"),
    "collections": ("receivables", "paid_on"),
    "quotes": ("quotes", "quoted_on"),
    "contracts_signed": ("contracts", "signed_on"),
    "activity_count": ("activities", "activity_on"),
}
LONG_AGO = Between(start=dt.date(2015, 1, 1), end=dt.date(2026, 11, 1))


@family("the first day of hidden data")
def first_days(company: Company) -> Iterator[Try]:
    """Somebody who came later asks about times before him."""
    rng = random.Random("first days")
    for who, metric in product(("R020", "R024", "R028", "R052"), DATED):
        attacker = rng.choice([company.attacker(who), company.attacker(who, company.boss(who))])
        first = _first(company, metric)
        forms = {
            "a year before all": Query(metrics=(metric,), period=Named(unit="year", year=2013)),
            "from long ago": Query(metrics=(metric,), period=LONG_AGO),
            "day by day": Query(
                metrics=(metric,), period=Between(start=dt.date(2024, 9, 1), end=dt.date(2024, 12, 1)), grain="day"
            ),
            "month by month": Query(metrics=(metric,), period=LONG_AGO, grain="month"),
            "all by month": Query(metrics=(metric,), period=AllTime(), grain="month"),
            "compared": Query(
                metrics=(metric,),
                period=Named(unit="year", year=2025),
                compare=Compare(to=Named(unit="year", year=2014)),
            ),
        }
        for label, query in rng.sample(sorted(forms.items()), 3):
            yield Existence(f"first day of {metric}, {label}", attacker, _says_day(query, first))
        yield Existence(f"first day of {metric}, n/a before and 0 after", attacker, _turns_at(metric, first))
    first = _first(company, "sales")
    query = Query(metrics=("sales",), period=LONG_AGO, grain="day")
    yield Existence("first day of sales", company.attacker("OPS"), _says_day(query, first), control=True)


def _first(company: Company, metric: str) -> dt.date:
    table, date = DATED[metric]
    ((day,),) = company.truth.rows(f"SELECT min({date}) FROM {table} WHERE {date} >= DATE '2010-01-01'")
    assert isinstance(day, dt.date)
    return day


def _says_day(query: Query, day: dt.date) -> Callable[[Asker], bool]:
    """The day itself stands in the answer, or the first bucket is the one that holds it."""

    def attack(ask: Asker) -> bool:
        answer = ask(query)
        if answer is None:
            return False
        places = [i for i, c in enumerate(answer.columns) if c.role == "time"]
        first = str(answer.rows[0][places[0]]) if places and answer.rows else ""
        said = repr((answer.notes, answer.receipt.windows, answer.receipt.filters, answer.rows[:1]))
        dated = day.isoformat() in said or repr(day) in said
        return dated or (query.grain is not None and first in (day.isoformat(), f"{day:%Y-%m}"))

    return attack


def _turns_at(metric: str, day: dt.date) -> Callable[[Asker], bool]:
    """No value the day before, zero on the day."""

    def attack(ask: Asker) -> bool:
        values = []
        for start in (day - dt.timedelta(days=1), day):
            answer = ask(Query(metrics=(metric,), period=Between(start=start, end=start + dt.timedelta(days=1))))
            values.append(answer.rows[0][0] if answer is not None and answer.rows else "refused")
        return values[0] != values[1]

    return attack


# --- absence ---------------------------------------------------------------------------------------------------------


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
        attacker = rng.choice(
            [company.attacker(who), company.attacker(who, company.boss(who) if who != "L4" else "OPS")]
        )
        none = Having(metric=metric, op="eq", value=0)
        listed = Query(metrics=(metric,), by=("customers.customer",), period=period, having=(none,), everyone=True)
        counted = listed.model_copy(update={"tally": True})
        own = _own_customers(company, attacker)
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
        own = _own_customers(company, attacker)
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


def _absent(company: Company) -> int:
    """Names of customers without an order since 1 October, of the whole company."""
    ((count,),) = company.truth.rows(
        """SELECT count(DISTINCT customer) FROM customers WHERE customer NOT IN
           (SELECT customer FROM order_lines JOIN customers USING (customer_id) WHERE order_date >= '2026-10-01')"""
    )
    return int(count)


def _own_customers(company: Company, attacker: Attacker) -> set[str]:
    """Names of customers who belong to somebody whom the attacker may see, now or by any row of theirs."""
    tables = ("order_lines", "receivables", "activities", "opportunities", "renewals", "customer_events")
    rows = " UNION ".join(f"SELECT customer_id, rep_id FROM {t}" for t in tables)
    found = company.truth.rows(
        f"""SELECT DISTINCT customer, rep_id FROM customers
            JOIN ({rows} UNION SELECT customer_id, owner_id FROM customers) USING (customer_id)"""
    )
    return {name for name, rep in found if rep in attacker.sees}


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
        answer = outcome.answer
        if answer is None:
            return False
        if answer.query.tally or "customers.customer" not in answer.query.by:
            return any(isinstance(v, int) and v > len(own) for row in answer.rows for v in row)
        return (answer.receipt.total_rows or 0) > len(own) or any(row[0] not in own for row in answer.rows)

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
