"""A `Query` in the words of a language; `read` takes them back to the same Query."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from metrics.query import AllTime, Filter, Having, Query, Rank, Share
from nlq.morphology import forms
from nlq.period_words import period_words
from nlq.vocabulary import vocabulary

if TYPE_CHECKING:
    from nlq.lexicon import Lexicon

__all__ = ["field_words", "metric_words", "words"]


def _known(lexicon: Lexicon, language: str, kind: str, value: Any, candidates: tuple[str, ...]) -> str:
    """The first of the candidates that the lexicon reads as this one thing; the first one where none is unique."""
    fitting = [c for c in candidates if c and (any("一" <= ch <= "鿿" for ch in c) == (language == "zh"))]
    for candidate in (*fitting, *candidates):
        if lexicon.senses(candidate).get(kind) == (value,):
            return candidate
    return (fitting or [c for c in candidates if c])[0]


def metric_words(lexicon: Lexicon, language: str, name: str) -> str:
    """The metric's label, or its first synonym that means nothing else."""
    metric = lexicon.model.metrics[name]
    label = metric.labels.get(language, "")
    return _known(lexicon, language, "METRIC", name, (label, *metric.synonyms, name.replace("_", " ")))


def field_words(lexicon: Lexicon, language: str, field_id: str) -> str:
    """The field's label, or its first synonym that means nothing else."""
    item = lexicon.model.fields[field_id]
    kind = "FIELD" if item.dimension else "NUMFIELD"
    return _known(
        lexicon, language, kind, field_id, (item.labels.get(language, ""), *item.synonyms, item.name.replace("_", " "))
    )


def _small(text: str, language: str) -> str:
    """Lower case inside a sentence, but not for abbreviations."""
    return text if language == "zh" or not text[:1].isupper() or text[1:2].isupper() else text[:1].lower() + text[1:]


class _Speaker:
    """One query, one language: the phrases of nlq/<language>/phrases.yaml filled in."""

    def __init__(self, query: Query, lexicon: Lexicon, language: str) -> None:
        self.query, self.lexicon, self.language = query, lexicon, language if language in ("en", "zh") else "en"
        self.phrases: dict[str, Any] = vocabulary().phrases[self.language]

    def say(self, phrase: str, **fields: Any) -> str:
        return str(self.phrases[phrase]).format(**fields)

    def join(self, items: list[str], how: str = "and") -> str:
        if len(items) < 2:
            return "".join(items)
        return str(self.phrases["comma"]).join(items[:-1]) + str(self.phrases[how]) + items[-1]

    def metric(self, name: str) -> str:
        return _small(metric_words(self.lexicon, self.language, name), self.language)

    def field(self, field_id: str) -> str:
        return _small(field_words(self.lexicon, self.language, field_id), self.language)

    def number(self, metric: str | None, value: float) -> str:
        if metric is not None and self.lexicon.model.metrics[metric].unit == "percent":
            return f"{value * 100:.10g}%"
        return f"{value:.15g}"

    def member(self, field_id: str, value: Any) -> str:
        if value is None:
            return self.say("none")
        text = str(value)
        people = self.lexicon.model.people
        if people is not None and field_id == people.manager and text in self.lexicon.org.people:
            text = self.lexicon.org.people[text].name
        item = self.lexicon.model.fields[field_id]
        label = item.label_of(text, self.language)
        others = item.member_synonyms.get(text, ()) if self.language == "zh" else ()
        han = [o for o in others if any("一" <= c <= "鿿" for c in o)]
        alone = (c for c in (label, *han, text) if self.lexicon.senses(c).get("MEMBER") == ((field_id, value),))
        known = (field_id, value) in self.lexicon.senses(label).get("MEMBER", ())
        return next(alone, "") or self.say("member_of", field=self.field(field_id), member=label if known else text)

    def rank_member(self, rank: Rank) -> str:
        field = self.lexicon.model.fields.get(rank.over)
        member = str(rank.member)
        return field.label_of(member, self.language) if field is not None else member

    def test(self, op: str, low: str, high: str) -> str:
        return self.say("between_numbers" if op == "between" else op, low=low, high=high)

    def condition(self, item: Filter) -> str:
        unit = self.lexicon.model.fields[item.field].expression.upper()
        days = self.phrases["days"] if "CURRENT_DATE" in unit else ""
        low = f"{item.values[0]:.15g}" if isinstance(item.values[0], int | float) else str(item.values[0])
        high = f"{item.values[-1]:.15g}" if isinstance(item.values[-1], int | float) else ""
        return self.say("row", field=self.field(item.field), test=self.test(item.op, low, high) + days)

    def where(self) -> list[str]:
        parts = []
        for item in self.query.where:
            names = [self.member(item.field, v) for v in item.values]
            if item.values == (None,) and item.op == "in":
                parts.append(self.say("no_member", field=self.field(item.field)))
            elif item.op == "in":
                parts.append(self.say("only", members=self.join(names, "or")))
            elif item.op == "not_in":
                parts.append(self.say("excluding", members=self.join(names, "and")))
            else:
                parts.append(self.condition(item))
        return parts

    def having(self, item: Having) -> str:
        if item.of == "change":
            return self.say(
                "having_moved",
                test=self.test(item.op, f"{item.value:.15g}", "" if item.upper is None else f"{item.upper:.15g}"),
            )
        metric = None if item.of != "value" else item.metric
        low = self.number(metric, item.value) if metric else f"{item.value * 100:.10g}%"
        high = "" if item.upper is None else self.number(metric, item.upper) if metric else f"{item.upper * 100:.10g}%"
        phrase = {"value": "having", "attainment": "having_attainment", "change_pct": "having_change"}.get(
            item.of, "having"
        )
        return self.say(phrase, metric=self.metric(item.metric), test=self.test(item.op, low, high))


def words(query: Query, lexicon: Lexicon, language: str) -> str:
    """How a query was read, as a short question: "Sales by region, this month, excluding Renewal".

    Everything the query holds is said; wherever the language has words for it, `read` takes them back.
    """
    s = _Speaker(query, lexicon, language)
    metrics = s.join([s.metric(m) for m in query.metrics])
    if query.define:
        return _sentence(s.say("define", metrics=metrics), s.language)
    fields = [s.field(f) for f in query.by]
    scope = ""
    grain = s.phrases["grains"].get(query.grain or "", "")
    head = metrics
    tail: list[str] = []
    period = "" if isinstance(query.period, AllTime) else period_words(query.period, s.phrases)
    if query.rank is not None and query.rank.member == "@me":
        head = s.say("my_rank", metrics=metrics)
    elif query.rank is not None and query.rank.member is not None:
        head = s.say("rank_of", member=s.rank_member(query.rank), metrics=metrics)
    elif query.rank is not None:
        head = s.say("ranking", fields=s.join(fields or [s.field(query.rank.over)]), metrics=metrics)
    elif query.share is not None:
        head = _share(s, query.share, metrics, fields)
    elif query.target is not None:
        head = s.say(
            "attainment_amount" if query.target.amount else "attainment",
            metrics=metrics,
            amount=f"{query.target.amount or 0:.15g}",
        )
    elif query.benchmark is not None:
        head = s.say(f"benchmark_{query.benchmark.of}", metrics=metrics)
    elif query.tally:
        head = s.say(
            "how_many", fields=s.join([forms(f)[-1] if s.language == "en" else f for f in fields]), metrics=metrics
        )
        fields = []
    if query.limit is not None and query.order is not None and (fields or grain) and query.share is None:
        what = s.join(fields) if fields else s.phrases["units"].get(query.grain or "", "")
        what = forms(what)[-1] if s.language == "en" and query.limit > 1 else what
        head = s.say(_order_phrase("top", query), limit=query.limit, fields=what, metrics=head)
        fields, grain = [], ""
    elif query.rank is None and query.share is None and fields:
        head = s.say("by", metrics=head, fields=s.join(fields))
    if query.scope != "all":
        plain = not query.tally and query.rank is None and (query.share is None or query.share.reach is None)
        if plain:
            period_first = s.say("scope_" + query.scope, head=head) if s.language == "en" else head
            head, scope = period_first, s.phrases["scopes"][query.scope] if s.language == "zh" else ""
        else:
            tail.append(s.phrases["tail_scopes"][query.scope])
    if grain:
        head = s.say("by_grain", metrics=head, grain=grain)
    if query.rank is not None and query.limit is not None:
        tail.append(s.say("limit", limit=query.limit))
    if query.rank is not None and query.rank.within != "all":
        tail.append(s.phrases["within"][query.rank.within])
    tail += s.where()
    tail += [s.having(h) for h in query.having]
    if query.everyone:
        tail.append(s.say("everyone"))
    if query.compare is not None:
        to = query.compare.to
        tail.append(s.say("vs_" + to) if isinstance(to, str) else s.say("vs", period=period_words(to, s.phrases)))
    if query.order is not None and query.limit is None and not (query.rank or query.share):
        tail.append(s.say(_order_phrase("sort", query)))
    ending = s.phrases["pause"].join(["", *tail])
    return _sentence(
        scope + (s.say("whole", period=period, head=head, tail=ending) if period else head + ending), s.language
    )


def _order_phrase(kind: str, query: Query) -> str:
    order = query.order
    assert order is not None
    by = {"change": "change_", "change_pct": "change_pct_", "attainment": "attainment_"}.get(order.by, "")
    return f"{kind}_{by}{'high' if order.descending else 'low'}"


def _share(s: _Speaker, share: Share, metrics: str, fields: list[str]) -> str:
    many = [forms(f)[-1] if s.language == "en" else f for f in fields]
    if share.reach is not None:
        return s.say(
            "reach_tally" if s.query.tally else "reach",
            fields=s.join(many),
            percent=f"{share.reach * 100:.10g}%",
            metrics=metrics,
        )
    if share.together and s.query.limit is not None:
        return s.say("share_together", limit=s.query.limit, fields=s.join(many), metrics=metrics)
    if share.scope is not None:
        return s.say("share_" + share.scope, metrics=metrics)
    if fields:
        return s.say("share_by", fields=s.join(fields), metrics=metrics)
    return s.say("share", metrics=metrics)


def _sentence(text: str, language: str) -> str:
    text = " ".join(text.split()) if language == "en" else text
    return text[:1].upper() + text[1:]
