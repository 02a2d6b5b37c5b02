"""What the other small rules make: scopes, member lists, exclusions, conditions, limits, breakdowns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from metrics.query import Filter
from nlq.context import Context
from nlq.cover import Token
from nlq.keys import is_key
from nlq.literals import Number

__all__ = ["PIECE_ACTIONS", "Condition", "Limit", "Members"]

_DAYS = {"day": 1, "week": 7, "month": 30, "quarter": 91, "half": 182, "year": 365}


@dataclass(frozen=True, slots=True)
class Members:
    """Members named together. `each`: alternatives per mention, (field id, value); `joined`: "and", "or", "vs" or
    ""."""

    each: tuple[tuple[tuple[str, str], ...], ...]
    joined: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """A number with a comparison. `days`: the number counts days."""

    op: str
    number: Number
    upper: Number | None = None
    days: bool = False


@dataclass(frozen=True, slots=True)
class Limit:
    """`order`: high, low, good, bad, fast, slow; `count` None: no number was said."""

    order: str
    count: int | None


def _number(value: Any) -> Number:
    return value if isinstance(value, Number) else Number(float(value), plain=True)


def _get(tokens: Sequence[Token], kind: str) -> Any:
    return next((t.value(kind) for t in tokens if t.has(kind)), None)


def first_number(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Any:
    """ "3 个", "前 5 名": the measure word adds nothing. Declines before a unit of time."""
    if m[-1].has("UNIT") or (m[-1].has("FIELD") and m[-1].text in ("人",)):
        return None
    number = _number(m[0].value("NUM"))
    return replace(number, deals=True) if m[-1].text in ("单", "笔") else number


def _op(token: Token) -> str:
    return next(k for k in ("GT", "GE", "LT", "LE", "EQ") if token.has(k)).lower()


def _in_days(m: Sequence[Token]) -> Number | None:
    number = _number(_get(m, "NUM"))
    if not number.plain:
        return None
    return Number(number.value * _DAYS[_get(m, "UNIT")], plain=True)


def days_condition(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Any:
    if m[0].has("PAST") or m[0].has("TO") or m[0].has("IN"):
        following = tokens[at - 1] if at else None
        if m[0].has("PAST") and not (following is not None and following.has("NUMFIELD")):
            return None
    days = _in_days(m)
    return None if days is None else Condition(_op(m[0]), days, days=True)


def days_condition_after(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Any:
    days = _in_days(m)
    return None if days is None else Condition(_op(m[2]), days, days=True)


def own_team(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Any:
    return "team"


def own_region(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Any:
    return "region"


def my_field(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Any:
    people = ctx.lexicon.model.people
    if people is None:
        return None
    which = m[-1].value("FIELD")
    if m[-1].has("METRIC") or m[-1].has("DATASET"):
        return None
    return "region" if which == people.region else "team" if which in (people.team, people.manager) else None


def bench_scope(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Any:
    return _get(m, "SCOPE")


def bench_field(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Any:
    people = ctx.lexicon.model.people
    which = _get(m, "FIELD")
    if people is None or not any(
        t.has("AHEAD") or t.has("VS") or t.has("AGAINST") or t.has("COMPARE") or t.has("GT") or t.has("LT")
        for t in tokens
    ):
        return None
    return (
        "team"
        if which == people.team
        else "region"
        if which == people.region
        else "all"
        if which == people.name
        else None
    )


def member_list(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Any:
    each = tuple(t.senses["MEMBER"] for t in m if t.has("MEMBER"))
    if any(t.has("VERB") or t.has("PERIOD") for t in m if t.has("MEMBER")):
        return None
    shared = set.intersection(*({f for f, _ in options} for options in each))
    if not shared:
        return None
    kept = tuple(tuple(o for o in options if o[0] in shared) for options in each)
    between = {k for t in m if not t.has("MEMBER") for k in t.senses}
    texts = {t.text for t in m if not t.has("MEMBER")}
    joined = (
        "vs"
        if texts & {"vs", "vs.", "versus", "v", "against", "pk", "compared to", "compared with", "对比", "比"}
        else "or"
        if "OR" in between
        else "and"
    )
    return Members(kept, joined)


def _one_field(ctx: Context, members: tuple[tuple[tuple[str, str], ...], ...], field_token: Token) -> Any:
    fields = field_token.senses["FIELD"]
    kept = tuple(tuple(o for o in options if o[0] in fields) for options in members)
    if all(kept):
        return kept
    model = ctx.lexicon.model
    named = [model.fields[f] for f in fields]
    for item in named:  # "medical customers": records of the dataset that the member describes
        same = all(model.fields[o[0]].dataset == item.dataset for m in members for o in m)
        records = item.dataset in field_token.senses.get("DATASET", ())
        if same and (records or (is_key(model, item) and not field_token.has("METRIC"))):
            return members
    people = model.people  # "East team": the word for a team after a region names its people
    if (
        people is not None
        and people.team in fields
        and not field_token.has("METRIC")
        and all(o[0] in (people.region, people.manager) for m in members for o in m)
    ):
        return members
    return None


def member_of_field(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Any:
    member = next(t for t in m if t.has("MEMBER"))
    which = m[1] if m[0] is member else m[0]
    if at and m[0] is which and any(tokens[at - 1].has(k) for k in ("BY", "EACH", "WHICH", "LIMIT")):
        return None
    if which.has("MEMBER") and m[0] is which:
        return None
    kept = _one_field(ctx, (member.senses["MEMBER"],), which)
    return None if kept is None else Members(kept)


def member_of_other_field(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Any:
    """ "subsidiaries of Acme": the member under the field that was named, although it is a member of another as
    well."""
    which, member = m[0], m[-1]
    also = (m for m in ctx.lexicon.also.get(member.rule, ()) if ctx.sees is None or ctx.sees(*m))
    options = (*member.senses["MEMBER"], *also)
    kept = tuple(o for o in options if o[0] in which.senses["FIELD"])
    if len(m) == 2 and any(o in member.senses["MEMBER"] for o in kept):
        return None
    return Members((kept,)) if kept else None


def members_of_field(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Any:
    members = next(t for t in m if t.has("MEMBERS")).value("MEMBERS")
    which = next(t for t in m if not t.has("MEMBERS"))
    if at and m[0] is which and any(tokens[at - 1].has(k) for k in ("BY", "EACH", "WHICH", "LIMIT")):
        return None
    kept = _one_field(ctx, members.each, which)
    return None if kept is None else Members(kept, members.joined)


def exclude(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Any:
    """Members to leave out, or the filters of a term turned round."""
    for token in m:
        if token.has("MEMBERS"):
            return token.value("MEMBERS")
        if token.has("MEMBER"):
            return Members((token.senses["MEMBER"],))
        if token.has("TERM"):
            term = ctx.lexicon.model.terms[token.value("TERM")]
            if len(term.where) != 1 or term.where[0].op not in ("in", "not_in"):
                return None
            where = term.where[0]
            return Filter(field=where.field, op="not_in" if where.op == "in" else "in", values=where.values)
    return None


def amount(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Any:
    number = _number(_get(m, "NUM"))
    if number.percent or number.value <= 0:
        return None
    return number.value


def condition(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Any:
    if any(t.has("YEAR") for t in m) or _superlative(ctx, m, tokens, at):
        return None
    return Condition(_op(m[0]), _number(_get(m, "NUM")))


def _superlative(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> bool:
    """Whether "at most" is "most" here: 买得最多的5个客户, "max 5 reps" count things rather than bound a number."""
    following = tokens[at + len(m)] if at + len(m) < len(tokens) else None
    if not m[0].has("ORDER") or _number(_get(m, "NUM")).deals:
        return False
    if "的" in ctx.normal.literal[m[0].end : m[-1].start]:
        return True
    return (
        following is not None
        and following.has("FIELD")
        and not following.has("METRIC")
        and "的" not in ctx.normal.literal[m[-1].end : following.start]
    )


def year_condition(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Any:
    """ "sales below 2000": a number after a comparison is no year, unless the word is one of time as well ("over
    2017")."""
    if not m[1].has("YEAR") or any(m[0].has(k) for k in ("IN", "PAST", "TO")):
        return None
    return Condition(_op(m[0]), _number(m[1].value("NUM")))


def condition_after(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Any:
    return Condition(_op(m[1]), _number(m[0].value("NUM")))


def between_condition(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Any:
    if not (m[0].has("BETWEEN") or m[-1].has("BETWEENEND")):
        return None
    low, high = (_number(t.value("NUM")) for t in m if t.has("NUM"))
    if low.value > high.value:
        return None
    if high.percent and not low.percent:
        low = Number(low.value / 100, percent=True)
    return Condition("between", low, high)


def target_condition(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Any:
    found = next(t.value("COND") for t in m if t.has("COND"))
    return found if found.number.percent else None


def hit(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Any:
    return True


def limit(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Any:
    number = _number(m[1].value("NUM"))
    if not number.plain or not 1 <= number.value <= 1000 or ctx.negative(m[1]):
        return None
    return Limit("high" if m[0].has("TOP") else "low", int(number.value))


def top_n(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Any:
    return Limit("high", int(m[0].value("TOPN").value))


def which_limit(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Any:
    """ "which 5 reps have the lowest …": how many; the order is said elsewhere."""
    number = _number(m[1].value("NUM"))
    following = tokens[at + 2] if at + 2 < len(tokens) else None
    if (
        following is None
        or not following.has("FIELD")
        or not number.plain
        or not any(t.has("ORDER") for t in tokens)
        or not 1 <= number.value <= 1000
    ):
        return None
    return Limit("high", int(number.value))


def same_limit(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Any:
    return m[-1].value("LIMIT")


def order_limit(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Any:
    number = _number(_get(m, "NUM"))
    order = _get(m, "ORDER")
    if not number.plain or not 1 <= number.value <= 1000 or any(t.has("GT") or t.has("LT") for t in m):
        return None
    return Limit(order, int(number.value))


def by_fields(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Any:
    fields = tuple(t.value("FIELD") for t in m if t.has("FIELD"))
    ranked = any(t.has(k) for t in tokens[:at] for k in ("LIMIT", "ORDER", "TOP", "BOTTOM", "RANKWORD")) or any(
        t.has("INSTEAD") for t in tokens
    )
    if ranked and m[-1].has("METRIC") and m[-1].text.endswith("s"):
        return None  # "top 5 reps by orders", "by orders instead": the number, not each order
    if (
        m[0].has("EACH")
        and not m[0].has("BY")
        and len(m) == 2
        and m[0].text in ("all", "all the", "所有", "全部")
        and m[-1].has("DATASET")
    ):
        return None
    return tuple(dict.fromkeys(fields))


def which_fields(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Any:
    if m[0].text in ("what", "what's the", "what is the") and (m[-1].has("METRIC") or len(m) > 2):
        return None
    return tuple(dict.fromkeys(t.value("FIELD") for t in m if t.has("FIELD")))


def pareto(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Any:
    if any(t.has("FIELD") and t.text not in ("公司", "company") for t in m):
        return None
    last = m[-1]
    number = last.value("COND").number if last.has("COND") else _number(last.value("NUM"))
    return number.value if number.percent and 0 < number.value <= 1 else None


def pareto_metric(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Any:
    number = _number(m[0].value("NUM"))
    if (
        not number.percent
        or not 0 < number.value <= 1
        or not any(t.has("CONTRIBUTE") or t.has("VERB") or t.has("CUMULATIVE") for t in tokens)
    ):
        return None
    return (number.value, m[2].senses["METRIC"])


PIECE_ACTIONS = {
    f.__name__: f
    for f in (
        first_number,
        days_condition,
        days_condition_after,
        own_team,
        own_region,
        my_field,
        bench_scope,
        bench_field,
        member_list,
        member_of_field,
        member_of_other_field,
        members_of_field,
        exclude,
        amount,
        condition,
        year_condition,
        condition_after,
        between_condition,
        target_condition,
        hit,
        limit,
        top_n,
        which_limit,
        same_limit,
        order_limit,
        by_fields,
        which_fields,
        pareto,
        pareto_metric,
    )
}


def future(ctx: Context, m: Sequence[Token], tokens: Sequence[Token], at: int) -> Any:
    return "forecast"


PIECE_ACTIONS["future"] = future
