"""Breakdowns, time buckets, and the order and number of what is shown."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from metrics.query import AllTime, Grain, Having, Named, Order, Query, Relative, Rolling
from nlq.bindings import counted_by, counts_itself, described_key
from nlq.conditions import Conditions
from nlq.context import Context
from nlq.cover import Token
from nlq.followup import Parts
from nlq.keys import is_key
from nlq.measures import companion, record_key
from nlq.normalise import has_han
from nlq.pieces import Limit
from nlq.reading import Issue
from nlq.slots import Slots

__all__ = ["SIZES", "Groups", "read_groups"]


_THAT = re.compile(r"\b(?:that|whose|where)\b")
SIZES = ("largest", "biggest", "smallest", "the largest", "the biggest", "最大", "最小")


def _plural(text: str) -> bool:
    last = text.split()[-1] if text else ""
    return not has_han(last) and last.endswith("s") and not last.endswith(("ss", "us", "is"))


@dataclass(frozen=True, slots=True)
class Groups:
    """`asked`: fields asked for ("which region"), `split`: fields to break down by; `singular`: one is meant.

    `records`: key field of record words ("deals") to list by; `limit_records`: "top 5 deals".
    """

    asked: tuple[str, ...] = ()
    split: tuple[str, ...] = ()
    grain: Grain | None = None
    singular: bool = False
    limit_count: int | None = None
    limit_order: str | None = None
    top: str | None = None
    time_limit: int | None = None
    records: tuple[str, ...] = ()
    limit_records: bool = False
    money: str | None = None  # the amount of records that were ordered by size: "largest open deals"
    who: bool = False  # people are broken down by only because the question says "who"

    @property
    def by(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.asked, *self.split)))

    def order_for(
        self, ctx: Context, slots: Slots, parts: Parts, name: str, conditions: Conditions, base: Query | None
    ) -> Parts | Issue:
        """Order and limit in terms of the chosen metric; refuses a limit inside each group, which no Query says."""
        model = ctx.lexicon.model
        falls = slots.ever("FASTFALL")
        change = "change" if slots.ever("FASTGROW", "FASTFALL") else None
        if change and slots.ever("PCT"):
            change = "change_pct"
        words = [slots.tokens[i].value("ORDER") for i in slots.at("ORDER")]
        down = [slots.tokens[i].value("CHANGE") for i in slots.at("CHANGE")] or [
            v for t in slots.tokens for v in t.senses.get("CHANGE", ())
        ]
        if words and parts.compare is not None and slots.ever("CHANGE"):
            change = "change_pct" if slots.ever("PCT") else "change"
            falls = falls or "down" in down
        order_word = words[0] if words else self.top or self.limit_order
        if change and not words and self.limit_order is None and self.top is None:
            order_word = "high"
        (
            slots.allow("ORDER", "COMPARATIVE", "GROUPTOP", "SINGULARTOP", "SIZEWORD", "FASTGROW", "FASTFALL", "TOP")
            if order_word
            else None
        )
        if slots.has("TOP", "BOTTOM") and order_word is None:
            order_word = "high" if slots.has("TOP") else "low"
            slots.allow("TOP", "BOTTOM")
        limits = slots.at("LIMIT")
        if len(limits) > 1:  # the top and the bottom at once: no Query says both
            return Issue("unread", slots.tokens[limits[0]].text)
        if limits and (parts.by or (base is not None and base.by)):
            slots.pop("LIMIT")
        if order_word is None:
            return _moved(ctx, slots, parts, name, down)
        better = model.metrics[name].higher_is_better
        descending = {"high": True, "low": False, "good": better, "bad": not better, "fast": False, "slow": True}[
            order_word
        ]
        if falls:
            descending = not descending
        by_key: Any = change or ("attainment" if parts.target is not None else "value")
        if change and parts.grain is None and parts.compare is None:
            return Issue("unread", "")
        order = Order(by=by_key, descending=descending)
        parts, order = _sided(slots, parts, order, name)
        if parts.rank is not None and parts.rank.member is not None:
            return parts
        if not (parts.by or parts.grain or (base is not None and (base.by or base.grain))):
            if slots.ever("COMPARATIVE") or parts.compare is not None:
                return parts
            return Issue("unread", next((t.text for t in slots.tokens if t.has("ORDER") or t.has("LIMIT")), ""))
        limit = self.limit_count or self.time_limit
        one = (
            base is not None
            and bool(base.by)
            and not parts.by
            and slots.ever("WHICH")
            and not slots.ever("PLURAL", "COMPARATIVE")
        )
        if (
            limit is None
            and (self.singular or one)
            and not any(h.metric == name for h in parts.having)
            and parts.listed is None
        ) or (limit is None and slots.ever("SINGULARTOP") and parts.by and not slots.ever("PLURAL")):
            limit = 1
        if limit is not None and self.asked and self.split and set(self.asked) != set(self.split):
            return Issue("unsupported", reason="per_group")
        if limit is not None and parts.grain is not None and parts.by and self.time_limit is None:
            return Issue("unsupported", reason="per_group")
        if parts.listed is not None and parts.listed in parts.by:
            return parts.with_(order=order)
        if parts.share is not None and parts.share.reach is not None:
            return parts
        return parts.with_(order=order, limit=limit)


def _sided(slots: Slots, parts: Parts, order: Order, name: str) -> tuple[Parts, Order]:
    """ "which reps sold more this quarter than last": those that did, not all of them."""
    comparative = [t for t in slots.tokens if t.has("COMPARATIVE") and t.has("ORDER")]
    if (
        parts.compare is None
        or not parts.by
        or parts.grain is not None
        or parts.having
        or not comparative
        or not slots.ever("WHICHFIELDS", "WHO")
        or slots.ever("CHANGE", "LIMIT", "SINGULARTOP", "FASTGROW", "FASTFALL")
    ):
        return parts, order
    return parts.with_(
        having=(Having(metric=name, of="change", op="gt" if order.descending else "lt", value=0),)
    ), order.model_copy(update={"by": "change"})


def _moved(ctx: Context, slots: Slots, parts: Parts, name: str, direction: list[str]) -> Parts:
    """ "which regions fell from Q3 to Q4": those that did."""
    if (
        parts.compare is None
        or not parts.by
        or parts.grain is not None
        or parts.having
        or parts.target is not None
        or not (slots.ever("WHICHFIELDS", "WHO") or _relative(ctx, slots))
        or set(direction) not in ({"up"}, {"down"})
    ):
        return parts
    up = direction[0] == "up"
    return parts.with_(
        having=(Having(metric=name, of="change", op="gt" if up else "lt", value=0),),
        order=Order(by="change", descending=up),
    )


def _relative(ctx: Context, slots: Slots) -> bool:
    """ "products that fell", 下降的产品: the change says which ones."""
    text = ctx.normal.literal
    if _THAT.search(text):
        return True
    return any(
        slots.kind_at(i, "CHANGE") and text[t.end : t.end + 1] == "的" and slots.kind_at(i + 1, "FIELD")
        for i, t in enumerate(slots.tokens)
    )


def _trend_grain(slots: Slots, base: Query | None) -> Grain:
    """Buckets of a trend without a said size: days in a month or less, months otherwise."""
    said = [t.value("PERIOD") for t in slots.tokens if t.has("PERIOD")]
    for period in said or ([base.period] if base is not None else []):
        if isinstance(period, Rolling):
            if period.unit == "day":
                return "day" if period.count <= 31 else "week"
            return period.unit
        if isinstance(period, Relative | Named) and period.unit in ("month", "week"):
            return "day"
    return "month"


def _entity(ctx: Context, slots: Slots, i: int) -> str | None:
    values = slots.tokens[i].senses.get("FIELD", ())
    return values[0] if values else None


def read_groups(ctx: Context, slots: Slots, base: Query | None) -> Groups:
    """Use the words for breakdowns, buckets and limits."""
    model = ctx.lexicon.model
    people = model.people
    asked: list[str] = []
    split: list[str] = []
    singular = False
    grain: Grain | None = None
    top: str | None = None
    time_limit: int | None = None
    by_who = False
    for i in slots.at("BYFIELDS"):
        split.extend(slots.take(i).value("BYFIELDS"))
    for i in slots.at("WHICHFIELDS"):
        token = slots.take(i)
        asked.extend(token.value("WHICHFIELDS"))
        head = token.parts[0]
        singular = not (
            head.has("PLURAL") or _plural(token.text) or len(token.value("WHICHFIELDS")) > 1 or slots.has("PLURAL")
        )
    for kind in ("GRAIN", "WHICHGRAIN"):
        for i in slots.at(kind):
            token = slots.take(i)
            grain = token.value(kind)
            if kind == "WHICHGRAIN":
                many = any(p.has("PLURAL") for p in token.parts) or any(c in token.text for c in "些几")
                singular = not (_plural(token.text) or many) or token.text in ("几月", "几月份")
    for i in slots.at("GRAINTOP"):
        token = slots.take(i)
        grain, top = token.value("GRAINTOP")
        singular = not _plural(token.text)
        if slots.has("CHANGE"):
            pass
    for i in slots.at("GRAINLIMIT"):
        grain, top, time_limit = slots.take(i).value("GRAINLIMIT")
    limit: Limit | None = None
    for i in slots.at("LIMIT"):
        limit = slots.tokens[i].value("LIMIT")
    limit_records = False
    # a field right after a superlative or a number: "top 5 reps", "best product", 最高的10个客户
    for i in slots.at("FIELD"):
        before = i - 1
        while before >= 0 and set(slots.tokens[before].senses) <= {"OF", "MY", "FILL", "IN"}:
            before -= 1
        behind_limit = slots.kind_at(before, "LIMIT", "ORDER", "TOP", "BOTTOM", "GROUPTOP")
        if behind_limit and not (slots.tokens[before].has("COMPARATIVE") and slots.tokens[i].has("METRIC")):
            token = slots.tokens[i]
            if token.has("METRIC") and _quantity(slots.tokens[before]) and _asks(slots):
                continue
            if _record(ctx, token) and _asks(slots) and not slots.kind_at(before, "LIMIT"):
                continue  # "who closed the most deals"
            field_id = _entity(ctx, slots, i)
            if field_id is not None and field_id not in asked:
                slots.take(i)
                asked.append(field_id)
                limit_records = limit_records or (token.has("DATASET") and is_key(model, model.fields[field_id]))
                if limit is None or limit.count is None:
                    singular = singular or not (_plural(token.text) or slots.has("PLURAL"))
    money = _sized_records(ctx, slots) if not (asked or split or grain or slots.has("WHO", "EACH")) else None
    if money is not None:
        asked.append(money[1])
        limit_records = True
        singular = singular or (money[2] and not slots.has("PLURAL"))
    if slots.ever("FUNNELWORD") and not asked and not split:
        split += list(ctx.lexicon.senses("stage").get("FIELD", ()) or ctx.lexicon.senses("阶段").get("FIELD", ()))[:1]
    # fields before a metric ("rep revenue", 产品销量) or asked about without a word for it
    for i in slots.at("FIELD"):
        token = slots.tokens[i]
        others = [k for k in slots.at("METRIC") if k != i]
        if token.has("METRIC") and not others and not slots.ever("COND", "PARETO", "PARETOMETRIC"):
            continue
        if _record(ctx, token) or counts_itself(slots, i) or counted_by(ctx, slots, i):
            continue
        if token.has("VERB") and not slots.ever(
            "WHICH", "COND", "NOTHING", "NOSALE", "TARGETHIT", "TARGETMISS", "LIMIT", "ORDER", "TARGET", "HOWMANY"
        ):
            continue
        if token.has("VERB") and (asked or split):
            continue  # 销售: what was sold rather than who sells
        if (
            not has_han(token.text)
            and (
                slots.kind_at(i - 1, "BYFIELDS")
                or (slots.kind_at(i - 1, "FIELD") and not slots.tokens[i - 1].has("METRIC"))
            )
            and ctx.normal.literal[slots.tokens[i - 1].end : token.start].isspace()
        ):
            continue  # "by region product": one name of two words, or two things; neither was said
        if (
            others
            and slots.ever("HOWMUCH")
            and slots.kind_at(i - 1, "MY")
            and slots.kind_at(i - 2, "FOR", "OF", "FROM", "IN", "WITH")
        ):
            slots.take(i)  # "how much is overdue for my customers": whose rows, not a breakdown
            continue
        if others and _described(ctx, slots, i):
            slots.take(i)
            continue
        slots.take(i)
        field_id = token.value("FIELD")
        if field_id not in (*asked, *split):
            (
                split.append(field_id)
                if asked or (slots.has("WHO") and people is not None and field_id != people.name)
                else asked.append(field_id)
            )
            after = slots.kind_at(i + 1, "WITH") and slots.kind_at(i + 2, "ORDER")
            before = slots.kind_at(i - 1, "METRIC") and slots.kind_at(i - 2, "ORDER")
            if not has_han(token.text) and (after or before) and limit is None:
                singular = not _plural(token.text)  # "rep with the highest win rate", "lowest margin product"
            singular = (
                singular
                if len(asked) > 1 or limit is not None or not has_han(token.text)
                else singular or (slots.ever("ORDER") and not slots.ever("PLURAL"))
            )
    for token in slots.tokens:
        if (
            people is not None
            and not asked
            and token.has("SCOPE")
            and any(p.has("MYREPS") for p in token.parts)
            and (
                slots.has(
                    "WHICH", "WHO", "LIMIT", "ORDER", "COND", "TARGETHIT", "TARGETMISS", "RANKWORD", "TOP", "BOTTOM"
                )
            )
        ):
            asked.append(people.name)
            singular = slots.has("ORDER") and not slots.has("PLURAL") and not limit
    for i in slots.at("WHO"):  # "customers who spent more than …": who they are, not who is asked about
        if (
            i
            and any(slots.tokens[i - 1].has(k) for k in ("FIELD", "WHICHFIELDS", "BYFIELDS"))
            and slots.tokens[i].text in ("who", "who has", "who have", "who are", "who had", "whose", "that")
        ):
            slots.take(i)
    if slots.has("WHO") and not asked and people is not None and not slots.has("STAND") and not grain:
        asked.append(people.name)
        by_who = True
        who = next(slots.tokens[i] for i in slots.at("WHO"))
        singular = not (who.has("PLURAL") or slots.ever("PLURAL"))
    if slots.has("TREND") and grain is None:
        grain = _trend_grain(slots, base)
        slots.allow("TREND")
    elif slots.has("TREND"):
        slots.allow("TREND")
    if grain is None:
        for i in slots.at("CHANGEUNIT"):
            if not slots.has("PERIOD") or (slots.tokens[i].value("CHANGEUNIT") == "month" and _long_period(slots)):
                grain = slots.tokens[i].value("CHANGEUNIT")
    if (
        grain is None
        and slots.has("CHANGE")
        and not slots.has("PERIOD", "YOY", "CHAIN", "CHANGEUNIT", "PREVIOUS", "COND", "FASTGROW", "FASTFALL")
        and not asked
        and not split
        and (base is not None or isinstance(model.default_period, AllTime | None))
    ):
        grain = "month"
    records: tuple[str, ...] = ()
    for i in slots.at("DATASET"):
        for dataset in slots.tokens[i].senses["DATASET"]:
            keys = [f.id for f in model.datasets[dataset].fields.values() if f.dimension and is_key(model, f)]
            records = records or tuple(keys[:1])
    for token in slots.tokens:
        for part in token.parts:
            if token.has("WHICHFIELDS") and _record(ctx, part):
                records = records or (part.value("FIELD"),)
    fresh = base is None or not (base.by or base.grain)
    if (
        fresh
        and (limit is not None or slots.ever("ORDER"))
        and not asked
        and not split
        and grain is None
        and not slots.ever("ME")
        and people is not None
        and (limit is not None or slots.ever("SINGULARTOP", "GROUPTOP"))
    ):
        told = limit is not None and slots.ever("MEMBERS")
        if not told and not slots.has("FOLLOW"):
            key = described_key(ctx, slots)
            asked += [people.name] if key is None else [key] if key else []
            singular = slots.ever("SINGULARTOP") and limit is None
    return Groups(
        tuple(asked),
        tuple(split),
        grain,
        singular,
        limit.count if limit else None,
        limit.order if limit else None,
        top,
        time_limit,
        records,
        limit_records,
        money[0] if money else None,
        by_who,
    )


def _sized_records(ctx: Context, slots: Slots) -> tuple[str, str, bool] | None:
    """ "largest open deals", "top 3 open deals": single records by their amount. The amount, the key and whether one
    is meant."""
    model = ctx.lexicon.model
    for i in slots.at("METRIC"):
        name = slots.tokens[i].value("METRIC")
        before = i - 1
        while before >= 0 and set(slots.tokens[before].senses) <= {"OF", "MY", "FILL", "IN"}:
            before -= 1
        sized = slots.kind_at(before, "SIZEWORD") and slots.tokens[before].text in SIZES
        if (
            not (sized or slots.kind_at(before, "LIMIT"))
            or model.metrics[name].unit != "count"
            or slots.tokens[i].has("FIELD")
        ):
            continue
        key, money = record_key(model, name), companion(model, name, "currency")
        if key is not None and money is not None:
            token = slots.take(i)
            return money, key.id, not (slots.kind_at(before, "LIMIT") or _plural(token.text))
    return None


def _asks(slots: Slots) -> bool:
    return slots.ever("WHO", "WHICHFIELDS", "WHICHGRAIN", "HOWMANY")


def _record(ctx: Context, token: Token) -> bool:
    """Whether the word stands for rows that metrics count ("deals"), not for things to break down by."""
    return ctx.lexicon.counted(token.senses)


def _quantity(token: Token) -> bool:
    return token.text in (
        "most",
        "the most",
        "fewest",
        "least",
        "the least",
        "more",
        "fewer",
        "最多",
        "最少",
        "更多",
        "多",
    )


def _described(ctx: Context, slots: Slots, i: int) -> bool:
    """ "revenue from customers with more than 1000 employees": whose rows, not a breakdown."""
    model = ctx.lexicon.model
    before = slots.tokens[i - 1] if i else None
    if before is None or not any(before.has(k) for k in ("FROM", "FOR", "OF", "WITH", "TO", "IN")):
        return False
    dataset = model.fields[slots.tokens[i].value("FIELD")].dataset
    return any(model.fields[f].dataset == dataset for t in slots.tokens for f in t.senses.get("NUMFIELD", ()))


def _long_period(slots: Slots) -> bool:
    return any(
        (isinstance(p, Relative | Named) and p.unit in ("year", "half", "quarter"))
        or (isinstance(p, Rolling) and p.count > 1)
        for t in slots.tokens
        for p in t.senses.get("PERIOD", ())
    )
