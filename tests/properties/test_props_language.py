"""Language properties: what a Query is said as is read back as the same Query, and no text ever raises."""

from __future__ import annotations

import datetime as dt
import runpy
import time
from pathlib import Path
from typing import Any

import pytest
from claims import claim
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metrics.query import AllTime, Compare, Filter, Having, Named, Order, Query, Rank, Relative, Rolling, Share, Target
from nlq import Ambiguous, NotUnderstood, Understood, read, words

COMPANY = runpy.run_path(str(Path(__file__).parent.parent / "corpus" / "company.py"))
LEXICON = COMPANY["lexicon"]()
ORG = COMPANY["org"]()
AS_OF: dt.date = COMPANY["AS_OF"]
REP = ORG.people["r3"]

METRICS = (
    "sales",
    "won_deals",
    "lost_deals",
    "win_rate",
    "margin",
    "average_deal",
    "new_deals",
    "new_customers",
    "visits",
    "collection_rate",
)
BY = (
    "reps.name",
    "reps.team",
    "reps.region",
    "customers.customer",
    "customers.type",
    "products.product",
    "products.line",
)
MEMBERS = {
    "reps.region": ("East", "West", "North"),
    "products.product": ("Falcon 300", "Falcon 500", "Cloudbox", "Sensor Kit"),
    "products.line": ("Hardware", "Software"),
    "customers.type": ("Key account", "Small business"),
    "reps.name": ("Tom Becker", "Priya Nair", "张伟"),
}

periods = st.one_of(
    st.just(AllTime()),
    st.builds(
        Relative,
        unit=st.sampled_from(["day", "week", "month", "quarter", "year"]),
        offset=st.sampled_from([0, -1, -2, -3]),
    ),
    st.builds(Rolling, unit=st.sampled_from(["day", "week", "month", "quarter", "year"]), count=st.integers(2, 60)),
    st.builds(Named, unit=st.just("quarter"), index=st.integers(1, 4), year=st.none() | st.integers(2015, 2026)),
    st.builds(Named, unit=st.just("month"), index=st.integers(1, 12), year=st.none() | st.integers(2015, 2026)),
    st.builds(Named, unit=st.just("half"), index=st.integers(1, 2), year=st.none() | st.integers(2015, 2026)),
    st.builds(Named, unit=st.just("year"), year=st.integers(2015, 2026)),
)


@st.composite
def filters(draw: st.DrawFn, *, without: tuple[str, ...] = ()) -> tuple[Filter, ...]:
    found = []
    for field in draw(st.lists(st.sampled_from(sorted(set(MEMBERS) - set(without))), unique=True, max_size=2)):
        values = draw(st.lists(st.sampled_from(MEMBERS[field]), unique=True, min_size=1, max_size=2))
        found.append(Filter(field=field, op=draw(st.sampled_from(["in", "not_in"])), values=tuple(values)))
    return tuple(sorted(found, key=lambda f: f.op != "in"))


@st.composite
def queries(draw: st.DrawFn) -> Query:
    """Every kind that both languages have words for."""
    metrics = tuple(draw(st.lists(st.sampled_from(METRICS), unique=True, min_size=1, max_size=2)))
    kind = draw(
        st.sampled_from(
            ["value", "by", "grain", "top", "rank", "list", "share", "compare", "having", "define", "target", "reach"]
        )
    )
    by = tuple(draw(st.lists(st.sampled_from(BY), unique=True, min_size=1, max_size=2)))
    whose: dict[str, Any] = {
        "period": draw(periods),
        "scope": draw(st.sampled_from(["all", "all", "me", "team", "region"])),
    }
    rows = {"where": draw(filters(without=by))}
    one = metrics[:1]
    if kind == "value":
        return Query(metrics=metrics, **whose, **rows)
    if kind == "by":
        return Query(metrics=metrics, by=by, **whose, **rows)
    if kind == "grain":
        grain = draw(st.sampled_from(["day", "week", "month", "quarter", "year"]))
        return Query(metrics=metrics, grain=grain, by=by[:1] if draw(st.booleans()) else (), **whose, **rows)
    if kind == "top":
        return Query(
            metrics=one,
            by=by[:1],
            order=Order(descending=draw(st.booleans())),
            limit=draw(st.integers(1, 50)),
            **whose,
            **rows,
        )
    if kind == "rank":
        return Query(metrics=one, rank=Rank(over="reps.name", member="@me"), period=whose["period"])
    if kind == "list":
        return Query(metrics=one, by=by[:1], rank=Rank(over=by[0]), period=whose["period"])
    if kind == "share":
        return Query(metrics=one, by=by[:1], share=Share(), period=whose["period"])
    if kind == "compare":
        period = Relative(unit=draw(st.sampled_from(["week", "month", "quarter", "year"])))
        to: Any = draw(st.sampled_from(["previous", "year_ago"]))
        return Query(
            metrics=one, by=by[:1] if draw(st.booleans()) else (), period=period, compare=Compare(to=to), **rows
        )
    if kind == "having":
        percent = one[0] in ("win_rate", "margin", "collection_rate")
        value = draw(st.integers(1, 99)) / 100 if percent else float(draw(st.integers(1, 1_000_000)))
        having = Having(metric=one[0], op=draw(st.sampled_from(["lt", "le", "gt", "ge"])), value=value)
        return Query(metrics=one, by=by[:1], having=(having,), **whose, **rows)
    if kind == "define":
        return Query(metrics=one, define=True)
    if kind == "target":
        return Query(metrics=("sales",), by=by[:1] if draw(st.booleans()) else (), target=Target(), **whose)
    return Query(
        metrics=one,
        by=by[:1],
        share=Share(reach=draw(st.integers(1, 99)) / 100),
        tally=draw(st.booleans()),
        period=whose["period"],
    )


@pytest.mark.parametrize("language", ["en", "zh"])
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(query=queries())
def test_words_are_read_back(language: str, query: Query) -> None:
    text = words(query, LEXICON, language)
    reading = read(text, lexicon=LEXICON, asker=REP, as_of=AS_OF)
    assert isinstance(reading, Understood), (text, reading)
    assert reading.query == query, text
    claim()


VOCABULARY = sorted(LEXICON.phrases)


@settings(max_examples=300, deadline=None)
@given(
    text=st.one_of(st.text(max_size=200), st.lists(st.sampled_from(VOCABULARY), max_size=9).map(" ".join)),
    follows=st.booleans(),
)
def test_no_text_raises(text: str, follows: bool) -> None:
    thread = [Query(metrics=("sales",), by=("reps.region",))] if follows else []
    reading = read(text, lexicon=LEXICON, asker=REP, as_of=AS_OF, thread=thread)
    assert isinstance(reading, Understood | Ambiguous | NotUnderstood)
    if isinstance(reading, NotUnderstood):
        assert reading.issues
        assert all(0 <= i.span[0] <= i.span[1] <= len(text) for i in reading.issues)
    else:
        for span in reading.spans:
            assert text[span.start : span.end] == span.text
    claim()


@settings(max_examples=100, deadline=None)
@given(word=st.text(alphabet="bcdfghjklmnpqrstvwxz", min_size=6, max_size=12))
def test_a_foreign_word_is_never_dropped(word: str) -> None:
    """A word that is none of ours, put into a plain question, is named or read through a typo that is told."""
    reading = read(f"sales by region {word} this month", lexicon=LEXICON, asker=REP, as_of=AS_OF)
    if isinstance(reading, Understood):
        assert any(a.startswith(f"corrected:{word}>") for a in reading.assumptions)
    else:
        assert isinstance(reading, NotUnderstood)
        assert word in {i.text for i in reading.issues}
    claim()


ASKING = {
    "NOT",
    "NOTHING",
    "NOSALE",
    "EXCEPT",
    "TARGET",
    "GAP",
    "CHANGE",
    "YOY",
    "CHAIN",
    "FASTGROW",
    "FASTFALL",
    "CUMULATIVE",
    "SHARE",
    "HOWLONG",
    "TREND",
    "VALUEWORD",
    "ANYTHING",
    "NEXTPLACE",
}


def test_words_that_ask_for_something_are_never_read_over() -> None:
    """Put into a plain question about a rate, each of them changes the Query or is not read; none is dropped."""
    for plain, language in (("win rate by region this quarter {}", True), ("本季度各区域{}赢单率", False)):
        before = read(plain.format(""), lexicon=LEXICON, asker=REP, as_of=AS_OF)
        assert isinstance(before, Understood)
        for word, senses in LEXICON.phrases.items():
            if (
                not ASKING & senses.keys()
                or senses.keys() & {"FILL", "SQUEEZE", "AND", "IN", "DEFINE", "COMPARE"}
                or word.isascii() is not language
            ):
                continue
            after = read(plain.format(word), lexicon=LEXICON, asker=REP, as_of=AS_OF)
            assert not (isinstance(after, Understood) and after.query == before.query), word


@pytest.mark.parametrize(
    "noise", ["x" * 10_000, "销售额" * 3_000, "sales by " * 1_200, "\x00" * 10_000, "１２３" * 3_000]
)
def test_ten_thousand_characters_return_at_once(noise: str) -> None:
    start = time.process_time()
    reading = read(noise, lexicon=LEXICON, asker=REP, as_of=AS_OF)
    assert isinstance(reading, NotUnderstood)
    assert time.process_time() - start < 0.5


@pytest.mark.parametrize("noise", ["qzx " * 450, "销" * 1_900, "5 " * 900, "sales and " * 190, "东区和" * 600])
def test_long_noise_under_the_limit_is_quick(noise: str) -> None:
    start = time.process_time()
    assert not isinstance(read(noise[:2000], lexicon=LEXICON, asker=REP, as_of=AS_OF), Ambiguous)
    assert time.process_time() - start < 2
