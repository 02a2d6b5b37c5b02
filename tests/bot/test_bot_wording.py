"""Every code has its sentence in both languages, and sentences never show a number that is not in the rows."""

from __future__ import annotations

import ast
import datetime as dt
import re
from pathlib import Path
from string import Formatter

import pytest
from bot_answers import ANNA, OCTOBER, answer, small_model
from nlq.reading import Issue

from bot.wording import LANGUAGES, headline, language_of, words_for
from bot.wording.digests_en import SENTENCES as DIGESTS
from bot.wording.headline import marked_change
from metrics import errors
from metrics.query import Benchmark, Compare, Filter, Order, Query, Rank, Relative, Share, Target
from metrics.query.answer import Note, Window

MODEL = small_model()
THIS_MONTH = Relative(unit="month")
NOTE_CODES = (
    "to_date",
    "too_few_others",
    "restricted",
    "channel_restricted",
    "truncated",
    "no_data_before",
    "empty_base",
    "ties",
    "zero_members_left_out",
    "default_period",
    "partial_compare",
    "incomplete_first_period",
    "not_ranked",
    "null_members",
    "benchmark_peers",
    "assumed",
    "late_source",
    "shorter_source",
    "older_data",
    "no_target_here",
    "no_place_here",
    "place_after_hidden",
    "funnel_no_history",
    "funnel_unripe",
    "outlook_nothing_yet",
    "outlook_no_history",
    "outlook_open",
    "best_includes_me",
    "target_taken",
    "target_set",
    "target_cut",
    "target_parts",
    "target_twice",
    "means_nothing",
)


TEXTS = {"en", "zh", "en_errors", "zh_errors", "digests_en", "digests_zh"}


def holes(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def test_languages_have_the_same_sentences_with_the_same_holes() -> None:
    english, chinese = LANGUAGES["en"], LANGUAGES["zh"]
    singular = {key for key in english if key.endswith(".one")}
    assert set(english) - singular == set(chinese)
    # "{n} others" and the like may fall away in one language, nothing may be invented in the other
    for key, sentence in chinese.items():
        assert holes(sentence) <= holes(english[key]), key


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_note_code_has_a_sentence(language: str) -> None:
    words = words_for(MODEL, language)
    given = answer(Query(metrics=("sales",)), [("metric", "sales", "currency:CNY")], [(1,)])
    for code in NOTE_CODES:
        said = words.note(Note(code=code), given)
        assert code not in said and "{" not in said, code
    documented = re.search(r"Codes: (.*?)\.", Note.__doc__ or "", re.S)
    assert documented is not None
    assert {c.strip() for c in documented.group(1).replace("\n", " ").split(",")} <= set(NOTE_CODES)


def codes_raised(room: Path, names: set[str]) -> set[str]:
    """First arguments of every error constructed in the room."""
    found = set()
    for path in room.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    found.add(first.value)
    return found


def test_every_user_error_raised_anywhere_has_words(root: Path) -> None:
    names = {c.__name__ for c in (errors.UserError, *errors.UserError.__subclasses__())}
    codes = set().union(*(codes_raised(root / room, names) for room in ("metrics", "nlq", "bot")))
    missing = {code for code in codes if f"error.{code}" not in LANGUAGES["en"]}
    assert not missing, "bot/wording has no sentence for these errors"


def test_every_issue_of_the_language_room_has_words(root: Path) -> None:
    codes = codes_raised(root / "nlq", {"Issue"})
    missing = {code for code in codes if f"issue.{code}" not in LANGUAGES["en"]}
    assert not missing, "bot/wording has no sentence for these issues"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_issue_names_the_word_and_offers_what_it_could_be(language: str) -> None:
    words = words_for(MODEL, language)
    said = words.issue(Issue("unknown_word", "flurb", (3, 8), ("win_rate",)))
    assert "flurb" in said and words.metric("win_rate") in said


def test_absent_data_gives_the_models_own_reason() -> None:
    issue = Issue("no_data", "quota", (0, 5), (), "No quotas are stored here.")
    assert words_for(MODEL, "en").issue(issue) == "No quotas are stored here."


def test_unknown_codes_still_say_something() -> None:
    words = words_for(MODEL, "en")
    assert "gizmo" in words.error(errors.UserError("brand_new", "gizmo"))
    assert "gizmo" in words.issue(Issue("brand_new", "gizmo"))
    given = answer(Query(metrics=("sales",)), [("metric", "sales", "currency:CNY")], [(1,)])
    assert "brand new" in words.note(Note(code="brand_new", fields={"n": "3"}), given)


def test_errors_by_class() -> None:
    words = words_for(MODEL, "en")
    stale = errors.StaleData("stale_data", "deals", fields={"since": "2026-11-20"})
    assert words.error(stale).startswith("deals is late: data since 20 Nov 2026")
    assert "may not see" in words.error(errors.NotPermitted("not_permitted"))


@pytest.mark.parametrize(
    ("text", "expected"), [("my sales", "en"), ("我的业绩", "zh"), ("Anna 的业绩", "zh"), ("???", "zh")]
)
def test_language_of_an_unread_text(text: str, expected: str) -> None:
    assert language_of(text, "zh") == expected


# --- headlines
# -----------------------------------------------------------------------------------------------------------

VALUE = answer(
    Query(metrics=("sales",), period=THIS_MONTH, scope="me"), [("metric", "sales", "currency:CNY")], [(1234567.0,)]
)


def test_value() -> None:
    assert headline(words_for(MODEL, "en"), VALUE, ANNA) == "Sales (you), this month (1–22 Nov 2026): ¥1,234,567"
    assert headline(words_for(MODEL, "zh"), VALUE, ANNA) == "本月（2026年11月1日至11月22日）您的销售额：¥1,234,567"


def test_filters_are_named() -> None:
    query = Query(
        metrics=("sales",), period=THIS_MONTH, where=(Filter(field="reps.region", op="not_in", values=("East", None)),)
    )
    said = headline(words_for(MODEL, "en"), answer(query, [("metric", "sales", "currency:CNY")], [(1,)]))
    assert said == "Sales · not East and (none), this month (1–22 Nov 2026): ¥1"


ATTAINMENT = [
    ("metric", "sales", "currency:CNY"),
    ("target", "sales", "currency:CNY"),
    ("attainment", "sales", "percent"),
    ("gap", "sales", "currency:CNY"),
]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ((1234500, 1500000, 0.823, 265500), "82.3% of target ¥1,500,000; ¥265,500 to go"),
        ((1600000, 1500000, 1.0667, -100000), "106.7% of target ¥1,500,000; ¥100,000 over"),
        ((1500000, 1500000, 1.0, 0), "100.0% of target ¥1,500,000; target reached"),
        ((1500000, None, None, None), "no target stored"),
    ],
)
def test_attainment(row: tuple[float | None, ...], expected: str) -> None:
    query = Query(metrics=("sales",), period=THIS_MONTH, target=Target())
    assert headline(words_for(MODEL, "en"), answer(query, ATTAINMENT, [row])).endswith(expected)


def test_attainment_of_a_metric_that_should_be_low() -> None:
    columns = [
        ("metric", "cycle", "days"),
        ("target", "cycle", "days"),
        ("attainment", "cycle", "percent"),
        ("gap", "cycle", "days"),
    ]
    query = Query(metrics=("cycle",), period=THIS_MONTH, target=Target(amount=40))
    said = headline(words_for(MODEL, "en"), answer(query, columns, [(50.0, 40.0, 1.25, -10.0)]))
    assert said.endswith("50 days; at most 40 days wanted, 10 days too many")


RANK = [
    ("dimension", "reps.id", "text"),
    ("rank", "sales", "rank"),
    ("n", "sales", "count"),
    ("metric", "sales", "currency:CNY"),
    ("ties", "sales", "count"),
    ("next_gap", "sales", "currency:CNY"),
]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (
            ("Anna Li", 4, 12, 90000, 0, 31200),
            "You are 4th of 12 in Sales, this month (1–22 Nov 2026): ¥90,000. ¥31,200 to the next place.",
        ),
        (
            ("Anna Li", 1, 12, 90000, 0, None),
            "You are 1st of 12 in Sales, this month (1–22 Nov 2026): ¥90,000. Nobody is ahead.",
        ),
        (
            ("Anna Li", 2, 12, 90000, 2, 5),
            (
                "You are 2nd of 12 in Sales, this month (1–22 Nov 2026): ¥90,000, tied with 2 others. ¥5 to the next"
                " place."
            ),
        ),
        (
            ("Anna Li", None, None, None, None, None),
            "Sales, this month (1–22 Nov 2026): no rank, because there is no value to rank.",
        ),
    ],
)
def test_rank(row: tuple[object, ...], expected: str) -> None:
    query = Query(metrics=("sales",), period=THIS_MONTH, rank=Rank(over="reps.id", member="@me"))
    assert headline(words_for(MODEL, "en"), answer(query, RANK, [row]), ANNA) == expected  # type: ignore[list-item]


def test_rank_in_chinese_and_of_another() -> None:
    query = Query(metrics=("sales",), period=THIS_MONTH, rank=Rank(over="reps.id", member="Ben Ito"))
    given = answer(query, RANK, [("Ben Ito", 4, 12, 90000, 0, 31200)])
    assert (
        headline(words_for(MODEL, "zh"), given, ANNA)
        == "本月（2026年11月1日至11月22日）销售额Ben Ito排第 4 名，共 12 人：¥90,000。距前一名 ¥31,200。"
    )
    assert headline(words_for(MODEL, "en"), given, ANNA).startswith("Ben Ito is 4th of 12")


COMPARE = [
    ("metric", "sales", "currency:CNY"),
    ("previous", "sales", "currency:CNY"),
    ("change", "sales", "currency:CNY"),
    ("change_pct", "sales", "percent"),
]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ((110, 100, 10, 0.1), "¥110, ▲ +10.0% against ¥100 in 1–22 Oct 2026"),
        ((90, 100, -10, -0.1), "¥90, ▼ -10.0% against ¥100 in 1–22 Oct 2026"),
        ((100, 100, 0, 0.0), "¥100, the same as in 1–22 Oct 2026"),
        ((100, 0, 100, None), "¥100; ¥0 in 1–22 Oct 2026 (change n/a)"),
    ],
)
def test_comparison(row: tuple[float | None, ...], expected: str) -> None:
    query = Query(metrics=("sales",), period=THIS_MONTH, compare=Compare(to="previous"))
    current = Window(label="current", start=dt.date(2026, 11, 1), end=dt.date(2026, 11, 23))
    said = headline(words_for(MODEL, "en"), answer(query, COMPARE, [row], windows=(current, OCTOBER)))
    assert said.endswith(expected)


def test_an_arrow_that_misleads_is_explained() -> None:
    words = words_for(MODEL, "en")
    assert marked_change(words, "sales", 0.1, "+10.0%") == "▲ +10.0%"
    assert marked_change(words, "cycle", 0.1, "+10.0%") == "▲ +10.0% (worse)"
    assert marked_change(words_for(MODEL, "zh"), "cycle", -0.1, "-10.0%") == "▼ -10.0%（变好）"
    assert marked_change(words, "sales", 0.0, "0.0%") == "0.0%"


BY_REGION = [("dimension", "reps.region", "text"), ("metric", "sales", "currency:CNY")]


def test_the_first_is_named_only_when_rows_are_ordered_by_value() -> None:
    words = words_for(MODEL, "en")
    rows = [("East", 300), ("(none)", 200)]
    ordered = Query(metrics=("sales",), period=THIS_MONTH, by=("reps.region",), order=Order())
    assert headline(words, answer(ordered, BY_REGION, rows)).endswith("East highest with ¥300")
    lowest = Query(metrics=("sales",), period=THIS_MONTH, by=("reps.region",), order=Order(descending=False))
    assert headline(words, answer(lowest, BY_REGION, [("(none)", 200)])).endswith("(none) lowest with ¥200")
    unordered = Query(metrics=("sales",), period=THIS_MONTH, by=("reps.region",))
    assert headline(words, answer(unordered, BY_REGION, rows)).endswith("East highest with ¥300")
    assert headline(words, answer(unordered, BY_REGION, rows[::-1])) == "Sales by Region, this month (1–22 Nov 2026)"
    tied = [("East", 300), ("West", 300)]
    assert headline(words, answer(unordered, BY_REGION, tied)) == "Sales by Region, this month (1–22 Nov 2026)"


def test_share_trend_tally_benchmark_empty() -> None:
    words = words_for(MODEL, "en")
    share = Query(
        metrics=("sales",), period=THIS_MONTH, share=Share(), where=(Filter(field="reps.region", values=("East",)),)
    )
    columns = [("metric", "sales", "currency:CNY"), ("total", "sales", "currency:CNY"), ("share", "sales", "percent")]
    assert headline(words, answer(share, columns, [(300, 1000, 0.3)])).endswith("30.0% of the total ¥1,000 (¥300)")
    trend = Query(metrics=("sales",), period=THIS_MONTH, grain="month")
    rows = [(dt.date(2026, 10, 1), 5), (dt.date(2026, 11, 1), 7)]
    assert headline(
        words, answer(trend, [("time", "deals.day", "date"), ("metric", "sales", "currency:CNY")], rows)
    ).endswith("¥7 in Nov 2026, the latest")
    top = Query(metrics=("sales",), grain="month", order=Order(), limit=1)
    made = answer(top, [("time", "deals.day", "date"), ("metric", "sales", "currency:CNY")], [("2026-03", 9)])
    assert headline(words, made).endswith("Mar 2026 highest with ¥9")
    fell = Query(
        metrics=("sales",),
        grain="month",
        compare=Compare(to="previous"),
        order=Order(by="change", descending=False),
        limit=1,
    )
    columns = [("time", "deals.day", "date"), ("metric", "sales", "currency:CNY"), ("change", "sales", "currency:CNY")]
    assert headline(words, answer(fell, columns, [("2026-03", 9, -7)])).endswith("Mar 2026, -¥7")
    tally = Query(metrics=("sales",), by=("reps.id",), tally=True)
    assert headline(words, answer(tally, [("count", "reps.id", "count")], [(12,)])) == "12 reps (Sales, 1–22 Nov 2026)"
    benchmark = Query(metrics=("win_rate",), scope="me", benchmark=Benchmark())
    columns = [
        ("metric", "win_rate", "percent"),
        ("benchmark", "win_rate", "percent"),
        ("difference", "win_rate", "percent"),
    ]
    assert headline(words, answer(benchmark, columns, [(0.45, 0.4, 0.05)])).endswith(
        "45.0%; average of the team 40.0% (+5.0 pts)"
    )
    assert headline(words, answer(Query(metrics=("sales",), by=("reps.region",)), BY_REGION, [])).endswith(
        "nothing found."
    )


def said_by_code(root: Path) -> tuple[set[str], set[str]]:
    """Every text that the code holds (none of sentences, and no docstring), and as patterns those it puts together."""
    said: set[str] = set()
    made: set[str] = set()
    for path in (p for room in ("bot", "schedules", "metrics", "nlq") for p in (root / room).rglob("*.py")):
        docs: set[int] = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if path.stem not in TEXTS else ():
            if isinstance(node, ast.Expr):
                docs.add(id(node.value))
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
                said.add(node.value)
            if isinstance(node, ast.JoinedStr):
                parts = [re.escape(str(v.value)) if isinstance(v, ast.Constant) else ".+" for v in node.values]
                made.add("".join(parts))
    return said, made


def test_every_sentence_is_said_somewhere(root: Path) -> None:
    """By its whole key, or by one put together: `f"column.{role}"`; `.one` and `.bare` go with the key before them."""
    said, made = said_by_code(root)
    made = {m for m in made if r"\." in m and not m.startswith(".+")}
    keys = {key.removesuffix(".one") for words in (LANGUAGES["en"], DIGESTS) for key in words}
    unsaid = {key for key in keys if key not in said and not any(re.fullmatch(m, key) for m in made)}
    assert unsaid == set(), "sentences that nobody ever says"


def test_every_code_with_a_sentence_is_raised_somewhere(root: Path) -> None:
    """`f"error.{code}"` fits every code: the code itself is raised, put together (`f"target_{why}"`), or its whole key
    said."""
    said, made = said_by_code(root)
    made = {m for m in made if re.match("[a-z]+_", m)}
    keys = {key for key in LANGUAGES["en"] if key.startswith(("error.", "issue.", "note."))}
    codes = {key.split(".")[1] for key in keys - said}
    unraised = {code for code in codes - said if not any(re.fullmatch(m, code) for m in made)}
    assert unraised == set(), "sentences for codes that nothing raises"
