"""The files of the demo company: columns and rows of each table, as text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from northstar.catalogue import PRODUCTS
from northstar.customers import Customer
from northstar.deals import STAGES, Deal
from northstar.effort import Activity
from northstar.orders import Invoice, Line
from northstar.staff import Rep

__all__ = [
    "Table",
    "activity_table",
    "contract_table",
    "customer_event_table",
    "customer_table",
    "invoice_table",
    "line_table",
    "opportunity_table",
    "product_table",
    "quote_table",
    "renewal_table",
    "rep_table",
    "stage_list",
    "stage_table",
    "target_table",
]

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """One CSV file: `rows` in the order they are written."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def _table(name: str, columns: str, rows: Iterable[Row]) -> Table:
    return Table(name, tuple(columns.split()), tuple(rows))


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def _day(day: dt.date | None) -> str:
    return "" if day is None else day.isoformat()


def rep_table(reps: Iterable[Rep], through: dt.date) -> Table:
    """Everybody hired by `through`. A last day that is still to come is not known yet."""
    return _table(
        "reps",
        "rep_id name other_name email role team region manager_id hired_on left_on timezone language",
        (
            (
                r.id,
                r.name,
                r.alias,
                r.email,
                "rep",
                r.team,
                r.region,
                r.manager,
                _day(r.hired),
                _day(r.left if r.left is not None and r.left <= through else None),
                r.timezone,
                r.language,
            )
            for r in reps
        ),
    )


def product_table(months: int) -> Table:
    return _table(
        "products",
        "product_code product product_line list_price unit_cost",
        ((p.id, p.name, p.line, f"{p.price}.00", f"{p.cost}.00") for p in PRODUCTS if p.launched <= months),
    )


def customer_table(customers: Iterable[Customer], through: dt.date) -> Table:
    return _table(
        "customers",
        "customer_id customer customer_type industry city province channel owner_id first_order_on status",
        (
            (
                c.id,
                c.name,
                c.kind.name,
                c.industry,
                c.city,
                c.province,
                c.channel,
                c.owner(through).id,
                _day(c.since),
                "Active" if c.alive(through) else "Former",
            )
            for c in customers
        ),
    )


def line_table(lines: Iterable[Line]) -> Table:
    return _table(
        "order_lines",
        "line_id order_id order_date rep_id customer_id product quantity amount cost new_customer",
        (
            (
                x.id,
                x.order_id,
                _day(x.day),
                x.rep.id,
                x.customer.id,
                x.product.name,
                str(x.quantity),
                _yuan(x.amount),
                _yuan(x.cost),
                str(int(x.first)),
            )
            for x in sorted(lines, key=lambda x: (x.day, x.id))
        ),
    )


def invoice_table(invoices: Iterable[Invoice]) -> Table:
    return _table(
        "receivables",
        "invoice_id order_id rep_id customer_id issued_on due_on amount_due paid_on amount_paid",
        (
            (
                f"IN{i.order_id[2:]}",
                i.order_id,
                i.rep.id,
                i.customer.id,
                _day(i.issued),
                _day(i.due),
                _yuan(i.amount),
                _day(i.paid),
                _yuan(i.paid_amount),
            )
            for i in sorted(invoices, key=lambda i: (i.due, i.order_id))
        ),
    )


def opportunity_table(deals: Iterable[Deal]) -> Table:
    return _table(
        "opportunities",
        "opportunity_id rep_id customer_id product created_on expected_close_on closed_on stage amount lost_reason",
        (
            (
                d.id,
                d.rep.id,
                d.customer.id,
                d.product.name,
                _day(d.created),
                _day(d.expected),
                _day(d.closed),
                d.stage,
                f"{d.amount}.00",
                d.lost_reason,
            )
            for d in sorted(deals, key=lambda d: (d.created, d.id))
        ),
    )


def stage_table(deals: Iterable[Deal], start: dt.date) -> Table:
    """One row per stage a deal entered; `moved_on` is 1 when it left that stage upwards by the last day of data."""
    rows = (
        (
            f"{d.id}-{at + 1}",
            d.id,
            d.rep.id,
            d.customer.id,
            d.product.name,
            STAGES[at],
            _day(day),
            str(int(d.moved[at])),
        )
        for d in deals
        for at, day in enumerate(d.entered)
        if day >= start
    )
    return _table(
        "stage_history",
        "entry_id opportunity_id rep_id customer_id product stage entered_on moved_on",
        sorted(rows, key=lambda r: (r[6], r[0])),
    )


def stage_list() -> Table:
    """The steps of a deal, in order."""
    steps = (*STAGES, "Won", "Lost")
    return _table("stages", "stage step", ((name, str(at)) for at, name in enumerate(steps, 1)))


def quote_table(deals: Iterable[Deal], start: dt.date) -> Table:
    """Quotes; `signed` is 1 when the deal behind the quote has been signed by the last day of data."""
    rows = (
        (
            f"QU{d.id[2:]}-{at + 1}",
            d.id,
            d.rep.id,
            d.customer.id,
            d.product.name,
            _day(day),
            f"{amount}.00",
            str(int(d.stage == "Won")),
        )
        for d in deals
        for at, (day, amount) in enumerate(d.quotes)
        if day >= start
    )
    columns = "quote_id opportunity_id rep_id customer_id product quoted_on amount signed"
    return _table("quotes", columns, sorted(rows, key=lambda r: (r[5], r[0])))


def contract_table(deals: Iterable[Deal]) -> Table:
    won = sorted((d for d in deals if d.stage == "Won"), key=lambda d: (_day(d.closed), d.id))
    return _table(
        "contracts",
        "contract_id opportunity_id rep_id customer_id product signed_on amount",
        (
            (f"CT{d.id[2:]}", d.id, d.rep.id, d.customer.id, d.product.name, _day(d.closed), f"{d.amount}.00")
            for d in won
        ),
    )


def renewal_table(customers: Iterable[Customer], through: dt.date, horizon: dt.date) -> Table:
    """Agreements due up to `horizon`; the outcome is known once the customer has decided, or the day has passed."""

    def rows() -> Iterator[Row]:
        for c in customers:
            for number, r in enumerate(c.renewals, 1):
                known = r.decided <= through
                if r.due > horizon or c.since > through:
                    break
                outcome = ("Renewed" if r.renewed else "Lost") if known else "Pending"
                yield (
                    f"AG{c.id[1:]}-{number}",
                    c.id,
                    c.owner(min(r.due, through)).id,
                    _day(r.due),
                    f"{r.amount}.00",
                    outcome,
                    _day(r.decided) if known and r.renewed else "",
                )
                if not known:
                    break

    return _table(
        "renewals",
        "agreement_id customer_id rep_id due_on amount outcome renewed_on",
        sorted(rows(), key=lambda r: (r[3], r[0])),
    )


def customer_event_table(customers: Iterable[Customer], start: dt.date, through: dt.date) -> Table:
    """Changes of the customer base: there from the start, won, lost, moved between people. Sums to who has whom."""

    def rows() -> Iterator[Row]:
        for c in customers:
            if c.since > through:
                continue
            until = min(through, c.lost) if c.lost else through
            yield c.id, c.owners[0][1].id, _day(max(c.since, start)), "Opening" if c.since < start else "New", "1"
            for (_, before), (day, after) in zip(c.owners, c.owners[1:], strict=False):
                if start <= day <= until:
                    yield c.id, before.id, _day(before.left), "Moved away", "-1"
                    yield c.id, after.id, _day(day), "Moved in", "1"
            if c.lost is not None and c.lost <= through:
                yield c.id, c.owner(c.lost).id, _day(c.lost), "Lost", "-1"

    ordered = sorted(rows(), key=lambda r: (r[2], r[0], r[3]))
    return _table(
        "customer_events",
        "event_id customer_id rep_id happened_on event change",
        ((f"EV{at:06d}", *row) for at, row in enumerate(ordered, 1)),
    )


def activity_table(activities: Iterable[Activity]) -> Table:
    return _table(
        "activities",
        "activity_id activity_on rep_id customer_id activity_type minutes",
        (
            (a.id, _day(a.day), a.rep.id, a.customer.id, a.kind, str(a.minutes))
            for a in sorted(activities, key=lambda a: (a.day, a.id))
        ),
    )


def target_table(rows: Iterable[tuple[Rep, dt.date, str, int]]) -> Table:
    return _table(
        "targets",
        "rep_id month metric amount",
        sorted((r.id, _day(month), metric, f"{amount}.00") for r, month, metric, amount in rows),
    )
