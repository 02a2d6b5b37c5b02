"""What exists although it may not be seen: a document, a customer who bought, a first day."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterator
from itertools import product

from hidden import Asker, Attacker, Company, Existence, Try, family
from northstar_truth import LAST_MONTH, LAST_QUARTER, Stretch

from metrics import AllTime, Answer, Benchmark, Between, Compare, Filter, Named, Query, Rank, Relative, Share

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
        receipt.conditions,
        receipt.total_rows,
        receipt.restricted,
        receipt.truncated,
    )
    return repr((reply.columns, reply.rows, reply.notes, kept)).replace(name, "•")


def _document(
    company: Company, attacker: Attacker, rng: random.Random, field: str, known_to: Attacker | None = None
) -> tuple[str, str]:
    """(a document of somebody who may not be seen, one like it that nobody has). `known_to`: who may see it alone."""
    table, column, _ = DOCUMENTS[field]
    owners = (company.sellers if known_to is None else known_to.sees) - attacker.sees
    known = company.truth.rows(f"SELECT DISTINCT {column}, rep_id FROM {table} ORDER BY 1, 2")
    hidden = rng.choice([name for name, rep in known if rep in owners])
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
        attacker = rng.choice(company.attackers(who))
        hidden, invented = _document(company, attacker, rng, field)
        forms = _document_forms(metric, field)
        for label, form in rng.sample(sorted(forms.items()), 4):
            yield Existence(f"{hidden}, {label}", attacker, told_apart(form, hidden, invented))
    for field, (who, other) in product(DOCUMENTS, (("M01", "R001"), ("L1", "M01"), ("M04", "R005"), ("R001", "R002"))):
        attacker = company.attacker(who, other)
        hidden, invented = _document(company, attacker, rng, field, known_to=company.attacker(who))
        form = _document_forms(DOCUMENTS[field][2], field)["asked for"]
        yield Existence(f"{hidden} of the asker's", attacker, told_apart(form, hidden, invented))
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


@family("whether a hidden customer bought")
def buyers(company: Company) -> Iterator[Try]:
    """A customer of others who bought, and one who did not: nothing may tell them apart."""
    rng = random.Random("buyers")
    for who, over in zip(("R001", "R005", "M01", "M09", "L2"), (LAST_MONTH, LAST_QUARTER) * 3, strict=False):
        attacker = rng.choice(company.attackers(who))
        bought = rng.choice([s[0] for s in company.truth.singles("collections", over) if s[1] not in attacker.sees])
        idle = rng.choice(sorted(_idle_customers(company, over) - company.truth.customers_of(attacker.sees)))
        for label, form in _customer_forms(over, seller=who.startswith("R")).items():
            yield Existence(f"{bought} {over}, {label}", attacker, told_apart(form, bought, idle))
    form = _customer_forms(LAST_MONTH, seller=False)["asked for"]
    bought = company.truth.singles("collections", LAST_MONTH)[0][0]
    idle = min(_idle_customers(company, LAST_MONTH))
    yield Existence(bought, company.attacker("OPS"), told_apart(form, bought, idle), control=True)


def _customer_forms(over: Stretch, *, seller: bool) -> dict[str, Callable[[str], Query]]:
    def asked(name: str, **more: object) -> Query:
        where = (Filter(field="customers.customer", values=(name,)),)
        return Query(metrics=("collections",), period=over.period, where=where).model_copy(update=more)

    mine = Rank(over="reps.name" if seller else "reps.team", member="@me")
    return {
        "asked for": asked,
        "listed": lambda name: asked(name, by=("customers.customer",), everyone=True),
        "by rep": lambda name: asked(name, by=("reps.name",), everyone=True),
        "counted": lambda name: asked(name, by=("customers.customer",), tally=True),
        "by own place": lambda name: asked(name, rank=mine),
        "by an average": lambda name: asked(name, scope="me" if seller else "team", benchmark=Benchmark(of="all")),
        "by a share": lambda name: asked(name, scope="me" if seller else "team", share=Share(scope="all")),
    }


def _idle_customers(company: Company, over: Stretch) -> set[str]:
    found = company.truth.rows(
        """SELECT customer FROM customers GROUP BY 1 HAVING count(*) = 1 EXCEPT
           SELECT customer FROM receivables JOIN customers USING (customer_id) WHERE paid_on >= ? AND paid_on < ?""",
        over.start,
        over.end,
    )
    return {name for (name,) in found}


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
        attacker = rng.choice(company.attackers(who))
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
        for label, query in rng.sample(sorted(forms.items()), 2):
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
        said = repr((answer.notes, answer.receipt.windows, answer.receipt.conditions, answer.rows[:1]))
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
