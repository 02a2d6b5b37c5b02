"""Which metrics a question asks for: named, counted, implied by verbs, or the default ones."""

from __future__ import annotations

from dataclasses import dataclass, replace

from metrics.query import Query
from nlq.bindings import counts_itself
from nlq.conditions import Conditions
from nlq.context import Context
from nlq.cover import Token
from nlq.filters import Named
from nlq.grouping import SIZES, Groups
from nlq.measures import by_unit, companion, count_metric, default_metric, money_metric, percent_metric
from nlq.normalise import fold
from nlq.slots import Slots

__all__ = ["Measured", "counted_metrics", "measure"]


@dataclass(frozen=True, slots=True)
class Measured:
    """`names`: the metrics; `said`: whether the question named them; `tally`: how many groups; `scorecard`: general
    state."""

    names: tuple[str, ...]
    said: bool
    tally: bool = False
    everyone: bool = False
    any_at_all: bool = False  # "which customers bought …": those with none are no answer
    by: tuple[str, ...] = ()  # what is tallied, where a metric's own name holds it: "how many customers did I visit"
    listing: bool = False  # rows of records are wanted, not their sum


def counted_metrics(ctx: Context, slots: Slots, groups: Groups, conditions: Conditions) -> tuple[str, ...]:
    """The counting metric that verbs and record words name together: "how many deals did we win"."""
    strong = [i for i in slots.at("METRIC") if not _weak(slots.tokens[i])]
    first = next(iter(slots.at("DATASET")), None)
    apart = (
        first is not None
        and slots.has("HOWMANY")
        and all(i > first and any(slots.kind_at(k, "AND", "COMMA") for k in range(first, i)) for i in strong)
    )
    if (strong and not apart) or groups.limit_records or slots.has("HOWLONG") or (conditions.having and groups.by):
        return ()
    verbs = [v for i in slots.at("VERB") for v in slots.tokens[i].senses["VERB"]]
    datasets = [
        d for i in slots.at("DATASET") if not slots.tokens[i].has("METRIC") for d in slots.tokens[i].senses["DATASET"]
    ]
    asked = slots.has("COUNTUNIT") or any(
        not slots.tokens[i].has("HOWMUCH") or _of_things(slots, i) for i in slots.at("HOWMANY")
    )
    quantity = slots.has("ORDER") and any(
        t.text in ("most", "the most", "fewest", "least", "more", "最多", "最少", "更多", "多", "fewer")
        for t in slots.tokens
    )
    if slots.has("COUNTUNIT") and not datasets:
        return count_metric(ctx, (), verbs or ["win"], (), False)
    if not (asked or quantity or (datasets and verbs and not groups.by)):
        return ()
    if not datasets and quantity and slots.has("COUNTVERB"):
        return count_metric(ctx, (), verbs, (), False)
    if not datasets and not (asked and verbs):
        return ()
    if not datasets and any(slots.tokens[i].has("FIELD") for i in slots.at("FIELD")):
        return ()
    if (
        asked
        and verbs
        and any(
            slots.kind_at(i + 1, "FIELD") and not ctx.lexicon.counted(slots.tokens[i + 1].senses)
            for i in slots.at("HOWMANY")
        )
    ):
        return ()  # "how many products did we sell": the things themselves, not what was done with them
    members = [o for t in slots.tokens for o in t.senses.get("MEMBER", ())]
    members += [o for t in slots.tokens for held in t.senses.get("MEMBERS", ()) for each in held.each for o in each]
    return _same_verb(ctx, slots, count_metric(ctx, datasets, verbs, members, conditions.clock))


def _same_verb(ctx: Context, slots: Slots, found: tuple[str, ...]) -> tuple[str, ...]:
    """Of several, those whose own names have the verb of the question: "how many … did we sell" is units sold, not
    calls made."""
    if len(found) < 2:
        return found
    for kind in ("SELLWORD", "BUYWORD"):
        if any(slots.tokens[i].has(kind) for i in slots.at("VERB")):
            model = ctx.lexicon.model
            same = tuple(
                n
                for n in found
                if any(
                    kind in ctx.lexicon.phrases.get(w, {})
                    for name in (n.replace("_", " "), *model.metrics[n].synonyms)
                    for w in fold(name).split()
                )
            )
            return same or found
    return found


def _counts(slots: Slots) -> bool:
    return any(
        not slots.tokens[i].has("HOWMUCH") or _of_things(slots, i) or slots.taken(i + 1) for i in slots.at("HOWMANY")
    )


def _of_things(slots: Slots, i: int) -> bool:
    return slots.kind_at(i + 1, "DATASET", "FIELD") or slots.kind_at(i - 1, "DATASET", "FIELD")


def _weak(token: Token) -> bool:
    """A metric word that may as well be a field or a verb here."""
    return any(token.has(k) for k in ("FIELD", "VERB"))


def measure(
    ctx: Context,
    slots: Slots,
    groups: Groups,
    conditions: Conditions,
    named: Named,
    base: Query | None,
    counted: tuple[str, ...],
) -> Measured | None:
    """The metrics of a question; None where no metric can be told."""
    found = _measure(ctx, slots, groups, conditions, named, base, counted)
    if found is None or (
        groups.money is None
        and any(
            slots.kind_at(i + 1, "METRIC") and slots.tokens[i].text in SIZES and model_counts(ctx, slots.tokens[i + 1])
            for i in slots.at("SIZEWORD")
        )
    ):
        return None  # "who has the biggest open deal": the size of single records is no number of them
    return _valued(ctx, slots, found)


def model_counts(ctx: Context, token: Token) -> bool:
    """Whether the token names a number of records of which one has a size."""
    name = token.value("METRIC")
    return (
        ctx.lexicon.model.metrics[name].unit == "count"
        and not token.has("FIELD")
        and companion(ctx.lexicon.model, name, "currency") is not None
    )


def _valued(ctx: Context, slots: Slots, found: Measured) -> Measured | None:
    """ "value of open deals", "my pipeline, count and value": the amount or the number of the same rows. None where
    there is none."""
    model = ctx.lexicon.model
    said = slots.at("VALUEWORD")
    alone = [
        i
        for i in slots.at("HOWMANY")
        if not slots.tokens[i].has("HOWMUCH")
        and not slots.kind_at(i + 1, "FIELD", "DATASET", "BYFIELDS", "WHICHFIELDS", "VERB", "UNIT")
        and not slots.kind_at(i - 1, "FIELD", "DATASET", "BYFIELDS", "WHICHFIELDS")
    ]
    if found.said and slots.has("COUNTUNIT"):
        alone += slots.at("COUNTUNIT")
    first = found.names[0]
    unit = model.metrics[first].unit
    if unit.startswith("currency"):
        for i in said:
            slots.take(i)
        if not alone or found.tally or not found.said:
            return found
        if slots.kind_at(alone[0] + 1, "METRIC") and not said and slots.tokens[alone[0] + 1].text != "sales":
            return None  # "how many revenue"
        number = companion(model, first, "count")
        for i in alone:
            slots.take(i)
        both = bool(said) or any(slots.kind_at(i + step, "AND", "COMMA") for i in alone for step in (-1, 1))
        return (
            None
            if number is None
            else replace(
                found,
                names=tuple(dict.fromkeys((number, first, *found.names[1:]) if both else (number, *found.names[1:]))),
            )
        )
    much = [
        i
        for i in slots.at("HOWMUCH")
        if slots.kind_at(i - 1, "AND", "COMMA", "FOLLOW")
        or (slots.kind_at(i - 1, "FOR") and slots.kind_at(i - 2, "AND", "COMMA"))
    ]
    if not (said or much) or unit != "count" or not found.said or len(found.names) > 1:
        return found
    amount = companion(model, first, "currency")
    if amount is None:
        return None if much else found
    if any(slots.tokens[i].text.startswith("by ") for i in said):
        return None  # "open deals by value": each of them in order, not their sum
    both = (
        bool(alone or much)
        or slots.ever("COUNTUNIT", "HOWMANY")
        or any(slots.kind_at(i - 1, "AND", "COMMA") for i in said)
    )
    for i in (*said, *(alone if both else ())):
        slots.take(i)
    if both:
        return replace(found, names=tuple(dict.fromkeys((first, amount, *found.names[1:]))))
    return replace(found, names=tuple(dict.fromkeys((amount, *found.names[1:]))))


def _measure(
    ctx: Context,
    slots: Slots,
    groups: Groups,
    conditions: Conditions,
    named: Named,
    base: Query | None,
    counted: tuple[str, ...],
) -> Measured | None:
    model = ctx.lexicon.model
    if groups.money is not None:
        return Measured((groups.money,), True)
    start = default_metric(model)
    sized = next(
        (i for i in slots.at("SIZEWORD") if slots.kind_at(i + 1, "DATASET") and not slots.kind_at(i + 1, "METRIC")),
        None,
    )
    if sized is not None and not slots.taken(sized + 1):
        return None  # the size of single records is no metric: "who closes the largest deals"
    places = slots.at("METRIC")
    strong = [
        i
        for i in places
        if counts_itself(slots, i)
        or not (slots.tokens[i].has("FIELD") and (len(places) > 1 or conditions.metrics or named.metric))
    ]
    if strong and not (
        counted
        and all(slots.tokens[i].has("DATASET") for i in strong)
        and slots.has("VERB")
        and not slots.tokens[strong[0]].has("FIELD")
    ):
        tallied = _tallied(ctx, slots, strong) if not groups.by else None
        if tallied is not None:
            return tallied
        names: list[str] = []
        strong = [
            i
            for n, i in enumerate(strong)
            if not (slots.tokens[i].text == "sales" and strong[n + 1 : n + 2] == [i + 1] and slots.take(i))
        ]  # "sales pipeline"
        for n, i in enumerate(strong):
            if n and not any(
                slots.kind_at(k, "AND", "COMMA", "VS", "OR", "WITH", "COMPARE") for k in range(strong[n - 1] + 1, i)
            ):
                continue
            names.append(slots.take(i).value("METRIC"))
        for i in places:
            if not slots.taken(i) and slots.tokens[i].value("METRIC") in names:
                slots.take(i)
        slots.allow("HOWMUCH", "DOING", "HOWDOING", "COUNTUNIT")
        if (
            counted
            or conditions.having
            or slots.ever("PARETO", "PARETOMETRIC", "SHARE")
            or all(
                slots.kind_at(i + 1, "METRIC") or slots.kind_at(i - 1, "METRIC") or slots.tokens[i].has("HOWMUCH")
                for i in slots.at("HOWMANY")
            )
        ):
            slots.allow("HOWMANY")
        if any(model.metrics[n].unit == "days" for n in names):
            slots.allow("HOWLONG")
        if named.metric:
            names.insert(0, named.metric)
        if counted:
            names.insert(0, counted[0])
            for i in slots.at("DATASET"):
                slots.take(i)
        if slots.has("AVG"):  # an average that is no metric of its own would be another number
            return (
                None
                if not any(
                    "average" in model.metrics[n].name or model.metrics[n].unit in ("percent", "days") for n in names
                )
                else _measured_average(slots, names)
            )
        names = list(dict.fromkeys((*names, *conditions.metrics)))
        return Measured(tuple(names), True, any_at_all=_some_only(ctx, slots, groups, conditions, names))
    if named.metric:
        slots.allow("HOWMANY", "HOWMUCH", "FIELD", "DATASET")
        return Measured((named.metric,), True)
    if counted and slots.has("SHARE") and named.part:
        return None  # "what share of deals are won in East": East's win rate, or East's share of the wins
    if counted and slots.has("SHARE"):
        rate = percent_metric(ctx, [v for i in slots.at("VERB") for v in slots.tokens[i].senses["VERB"]])
        if rate is None:
            return None
        for i in [*slots.at("VERB"), *slots.at("DATASET"), *slots.at("SHARE")]:
            slots.take(i)
        return Measured((rate,), True)
    if counted:
        slots.allow("HOWMANY", "HOWMUCH", "COUNTUNIT", "METRIC", "TAKE")
        for i in [*slots.at("VERB"), *slots.at("DATASET")]:
            slots.take(i)
        return Measured(tuple(dict.fromkeys((counted[0], *conditions.metrics))), True)
    if conditions.metrics:
        slots.allow("HOWMANY") if groups.by else None
        return Measured(
            conditions.metrics, True, tally=bool(groups.by) and slots.ever("HOWMANY") and not slots.ever("WHICHFIELDS")
        )
    if slots.has("HOWLONG"):
        days = by_unit(model, "days")
        slots.allow("HOWLONG", "TAKE", "HOWMUCH")
        slots.pop("VERB")
        return Measured((days,), True) if days else None
    if any(slots.tokens[i].value("ORDER") in ("fast", "slow") for i in slots.at("ORDER")) and slots.has("VERB"):
        days = by_unit(model, "days")
        slots.pop("VERB")
        return Measured((days,), True) if days else None
    if conditions.clock and groups.records and not slots.ever("HOWMANY", "COUNTUNIT"):
        rows = count_metric(ctx, conditions.datasets, (), (), True)
        return Measured(rows[:1], True, listing=True) if rows else None
    if conditions.datasets and groups.records and not slots.ever("HOWMANY", "COUNTUNIT") and not groups.by:
        money = money_metric(ctx, conditions.datasets[0])
        return Measured((money,), base is None, listing=True) if money else None
    if (
        (
            (slots.has("HOW") and slots.has("DOING"))
            or (slots.has("HOWDOING") and not slots.has("CHANGE", "CHAIN", "YOY", "TREND", "GAP"))
        )
        and not slots.has("HOWMUCH", "ORDER", "LIMIT", "STAND", "TARGET", "AMOUNT", "RANKWORD", "BENCH")
        and base is None
        and not named.listed
    ):
        slots.allow("DOING", "HOWDOING", "COMPARE", "PEERS", "AGAINST", "VERB", "VS")
        return Measured(model.scorecard or (start,), False) if start else None
    verbs = [v for i in slots.at("VERB") for v in slots.tokens[i].senses["VERB"]]
    selling = bool(verbs) and all(v in ("sell", "win") for v in verbs)
    if (
        base is not None
        and slots.has("HOWMANY")
        and len(base.by) == 1
        and base.having
        and not groups.by
        and not slots.ever("METRIC", "VERB", "SHARE")
    ):
        slots.allow("HOWMANY", "HOWMUCH", "THEY")
        return Measured(base.metrics, False, tally=True)
    if base is not None and (slots.has("SHARE") or not slots.has("HOWMUCH", "STAND", "HOWMANY")):
        if slots.has("SHARE"):
            slots.allow("HOWMUCH")
        return Measured(base.metrics, False)
    if start is None:
        return None
    if slots.has("HOWMANY") and groups.by and _counts(slots) and not slots.has("DATASET"):
        if (
            verbs
            and not (model.people is not None and groups.by == (model.people.name,))
            and not any(slots.tokens[i].has("BUYWORD") for i in slots.at("VERB"))
        ):
            return None  # pieces or kinds: "how many products did we sell"
        slots.allow("HOWMANY")
        return Measured(
            (start,),
            False,
            tally=True,
            everyone=model.people is not None and groups.by == (model.people.name,) and not verbs,
            any_at_all=selling,
        )
    if (
        selling
        and not slots.has("DATASET")
        and not (slots.has("HOWMANY") and _counts(slots))
        and slots.ever(
            "HOWMUCH",
            "ORDER",
            "LIMIT",
            "GRAINTOP",
            "WHO",
            "COMPARE",
            "VS",
            "CONTRIBUTE",
            "SHARE",
            "COMPARATIVE",
            "WHICHGRAIN",
            "PERIOD",
            "HOWDOING",
            "DOING",
            "FILL",
            "TREND",
            "WHICHFIELDS",
            "MEMBER",
            "MEMBERS",
        )
    ):
        slots.allow("HOWMUCH", "DOING", "HOWDOING")
        plain = groups.by and not slots.ever(
            "HOWMUCH", "ORDER", "LIMIT", "SHARE", "CONTRIBUTE", "COMPARE", "VS", "TREND", "BYFIELDS", "COND", "RANKWORD"
        )
        return Measured((start,), slots.has("HOWMUCH"), any_at_all=bool(plain))
    if (
        slots.has(
            "STAND",
            "RANKWORD",
            "LIMIT",
            "ORDER",
            "TOP",
            "BOTTOM",
            "PCT",
            "TARGET",
            "AMOUNT",
            "BENCH",
            "TARGETHIT",
            "TARGETMISS",
            "TARGETCOND",
            "GRAINTOP",
            "GRAINLIMIT",
            "FASTGROW",
            "FASTFALL",
            "PARETO",
            "NEXTGAP",
            "CHANGEUNIT",
            "YOY",
            "CHAIN",
            "CHANGE",
        )
        or (conditions.where and groups.records)
        or groups.top is not None
    ):
        slots.allow("DOING", "HOWDOING", "HOWMUCH")
        if groups.limit_records and groups.asked and model.fields[groups.asked[0]].dataset in ctx.lexicon.facts:
            money = money_metric(ctx, model.fields[groups.asked[0]].dataset)
            return None if money is None else Measured((money,), False)
        return Measured((start,), False)
    if slots.ever("TREND") and named.where and not slots.has("VERB"):
        return Measured((start,), False)
    if (named.listed and slots.has("AHEAD", "COMPARATIVE", "VS", "COMPARE")) or (named.listed and named.joined == "vs"):
        slots.allow("DOING", "HOWDOING")
        return Measured(model.scorecard if slots.has("DOING", "HOWDOING") and model.scorecard else (start,), False)
    if slots.ever("VS", "COMPARE") and slots.ever("PERIOD") and not slots.has("VERB"):
        slots.allow("DOING", "HOWDOING")
        return Measured((start,), False)
    if slots.has("DOING", "HOWDOING"):
        slots.allow("DOING", "HOWDOING", "HOWMUCH", "COMPARE", "PEERS", "AGAINST", "VERB", "VS")
        return Measured(model.scorecard or (start,), False)
    return None


def _tallied(ctx: Context, slots: Slots, strong: list[int]) -> Measured | None:
    """ "how many customers did I visit": the customers with a visit, where "how many customers" is a metric of its
    own."""
    if (
        len(strong) != 2
        or any(slots.kind_at(k, "AND", "COMMA") for k in range(strong[0] + 1, strong[1]))
        or not slots.ever("ME")
    ):
        return None
    text, name = slots.tokens[strong[0]].text, slots.tokens[strong[1]].value("METRIC")
    start = next((p for p in ("how many ", "number of ") if text.startswith(p)), None)
    fields = ctx.lexicon.senses(text.removeprefix(start)).get("FIELD", ()) if start else ()
    metric = ctx.lexicon.model.metrics[name]
    if not fields or metric.unit != "count" or metric.snapshot:
        return None
    for i in strong:
        slots.take(i)
    return Measured((name,), True, tally=True, any_at_all=True, by=fields[:1])


def _some_only(ctx: Context, slots: Slots, groups: Groups, conditions: Conditions, names: list[str]) -> bool:
    """ "which customers did we lose": those with none are no answer."""
    if (
        len(names) != 1
        or ctx.lexicon.model.metrics[names[0]].unit != "count"
        or not groups.asked
        or conditions.having
        or not slots.ever("WHICHFIELDS", "WHO")
    ):
        return False
    other = (
        "ORDER",
        "LIMIT",
        "HOWMANY",
        "HOWMUCH",
        "COUNTUNIT",
        "SHARE",
        "CONTRIBUTE",
        "NOTHING",
        "NOT",
        "TARGET",
        "TARGETHIT",
        "TARGETMISS",
        "TREND",
        "RANKWORD",
        "CHANGE",
        "FASTGROW",
        "FASTFALL",
        "YOY",
        "CHAIN",
        "CHANGEUNIT",
        "COMPARE",
        "VS",
        "BENCH",
        "PARETO",
        "TOP",
        "BOTTOM",
        "AMOUNT",
        "DOING",
        "HOWDOING",
        "COND",
        "BYFIELDS",
        "GRAIN",
    )
    return not slots.ever(*other)


def _measured_average(slots: Slots, names: list[str]) -> Measured:
    slots.allow("AVG")
    return Measured(tuple(dict.fromkeys(names)), True)
