"""Questions a rep, a manager and an operations lead ask of the demo company, each with the best SQL written by hand for
the same rows and columns. `{month}`, `{day_after}` … are dates of the moment asked about, filled in by the suite."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["QUESTIONS", "Question"]


class Question(NamedTuple):
    text: str
    sql: str


QUESTIONS = (
    Question(
        "total sales this month",
        "select sum(amount) from order_lines where order_date >= {month} and order_date < {day_after}",
    ),
    Question(
        "sales by region this month",
        "select r.region, sum(l.amount) s from order_lines l join reps r using (rep_id)"
        " where l.order_date >= {month} and l.order_date < {day_after} group by 1 order by 2 desc",
    ),
    Question(
        "sales by product this year",
        "select product, sum(amount) s from order_lines where order_date >= {year} and order_date < {day_after} group"
        " by 1 order by 2 desc",
    ),
    Question(
        "monthly sales this year",
        "select date_trunc('month', order_date)::date m, sum(amount) s from order_lines"
        " where order_date >= {year} and order_date < {day_after} group by 1 order by 1",
    ),
    Question(
        "top 5 reps by sales this quarter",
        "select r.name, sum(l.amount) s from order_lines l join reps r using (rep_id) where l.order_date >= {quarter}"
        " and l.order_date < {day_after} group by r.rep_id, r.name order by 2 desc limit 5",
    ),
    Question(
        "win rate by region last quarter",
        "select r.region, count(*) filter (where o.stage = 'Won') * 1.0 / nullif(count(*) filter (where o.stage in"
        " ('Won', 'Lost')), 0) w, count(*) filter (where o.stage = 'Won') won, count(*) filter (where o.stage = 'Lost')"
        " lost from opportunities o join reps r using (rep_id) where o.closed_on >= {last_quarter} and o.closed_on <"
        " {quarter} group by 1 order by 2 desc",
    ),
    Question(
        "gross margin by product line this year",
        "select p.product_line, (sum(l.amount) - sum(l.cost)) / nullif(sum(l.amount), 0) m, sum(l.amount) - sum(l.cost)"
        " profit from order_lines l join products p using (product) where l.order_date >= {year} and l.order_date <"
        " {day_after} group by 1 order by 2 desc",
    ),
    Question(
        "sales last month vs the month before",
        "select sum(amount) filter (where order_date >= {last_month}) a, sum(amount) filter (where order_date <"
        " {last_month}) b from order_lines where order_date >= {month_before_last} and order_date < {month}",
    ),
    Question(
        "share of sales by customer type this year",
        "select c.customer_type, sum(l.amount) s, sum(l.amount) / sum(sum(l.amount)) over () share from order_lines l"
        " join customers c using (customer_id) where l.order_date >= {year} and l.order_date < {day_after} group by 1"
        " order by 2 desc",
    ),
    Question(
        "signing rate by month this year",
        "with c as (select date_trunc('month', signed_on)::date m, count(*) n from contracts where signed_on >= {year}"
        " and signed_on < {day_after} group by 1), q as (select date_trunc('month', quoted_on)::date m, count(*) n from"
        " quotes where quoted_on >= {year} and quoted_on < {day_after} group by 1) select coalesce(c.m, q.m) m, c.n *"
        " 1.0 / q.n r from c full join q on c.m = q.m order by 1",
    ),
    Question(
        "本月各产品销售额",
        "select product, sum(amount) s from order_lines where order_date >= {month} and order_date < {day_after} group"
        " by 1 order by 2 desc",
    ),
    Question(
        "customers with more than 200k sales this year",
        "select c.customer, sum(l.amount) s from order_lines l join customers c using (customer_id) where l.order_date"
        " >= {year} and l.order_date < {day_after} group by 1 having sum(l.amount) > 200000 order by 2 desc",
    ),
)
