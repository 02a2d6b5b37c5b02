"""Every code has its sentence in both languages, and sentences never show a number that is not in the rows."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Formatter

import pytest
from bot_answers import (
    CYCLE,
    NOVEMBER,
    OCTOBER,
    SALES,
    WIN_RATE,
    aimed,
    asked,
    compared,
    only,
    placed,
    small_model,
    table,
)

from bot.wording import TableWords, headline, language_of, words_for
from bot.wording.catalogue import DIGESTS, REPLIES, Sentences, catalogue, languages
from bot.wording.headline import marked_change
from bot.wording.notes import notes
from metrics import errors
from metrics.kinds.arithmetic import Difference
from metrics.kinds.change import Change
from metrics.kinds.folded import CountOf
from metrics.kinds.peer_average import PeerAverage
from metrics.kinds.share import Share, Total
from metrics.kinds.target import Attainment
from metrics.query.answer import Cell, Note
from metrics.query.asked import Asked, Order
from metrics.query.table import Taken
from nlq import Issue

MODEL = small_model()
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


def holes(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


@pytest.mark.parametrize("parts", [REPLIES, DIGESTS])
def test_languages_have_the_same_sentences_with_the_same_holes(parts: tuple[str, ...]) -> None:
    english = catalogue("en", parts)
    assert set(languages()) == {"en", "zh"}
    for language in languages():
        other = catalogue(language, parts)
        assert set(english) == set(other)
        # "{n} others" and the like may fall away in one language, nothing may be invented in the other
        for key in other:
            for sentence in other.forms(key):
                assert holes(sentence) <= holes(english[key]), key


def test_sentences_are_counted_as_their_catalogue_says() -> None:
    rule = "(n % 10 == 1 && n % 100 != 11 ? 0 : n % 10 >= 2 && n % 10 <= 4 && (n % 100 < 12 || n % 100 > 14) ? 1 : 2)"
    russian = Sentences((rule, {"days": ("{n} день", "{n} дня", "{n} дней"), "plain": ("да",)}))
    said = [russian.counted("days", n) for n in (1, "1", 3, "1,021", 11, 5, None, "many", 0.5)]
    one, few, many = russian.forms("days")
    assert said == [one, one, few, one, many, many, many, many, many]
    assert russian.counted("plain", 1) == "да" and russian["days"] == many


def test_a_language_that_there_is_not_is_told_in_english() -> None:
    assert catalogue("xx", REPLIES)["value.yes"] == "yes"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_note_code_has_a_sentence(language: str) -> None:
    words = words_for(MODEL, language)
    for code in NOTE_CODES:
        given = TableWords(words, table(asked(SALES), [(1,)], notes=(Note(code=code),)))
        (said,) = notes(given)
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
    missing = {code for code in codes if f"error.{code}" not in catalogue("en", REPLIES)}
    assert not missing, "bot/wording has no sentence for these errors"


def test_every_issue_of_the_language_room_has_words(root: Path) -> None:
    codes = codes_raised(root / "nlq", {"Issue"})
    missing = {code for code in codes if f"issue.{code}" not in catalogue("en", REPLIES)}
    assert not missing, "bot/wording has no sentence for these issues"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_issue_names_the_word_and_offers_what_it_could_be(language: str) -> None:
    words = words_for(MODEL, language)
    said = words.issue(Issue("unknown_word", "flurb", (3, 8), ("Win rate by team",)))
    assert "flurb" in said and "“Win rate by team”" in said


def test_absent_data_gives_the_models_own_reason() -> None:
    issue = Issue("no_data", "quota", (0, 5), (), "No quotas are stored here.")
    assert words_for(MODEL, "en").issue(issue) == "No quotas are stored here."


def test_unknown_codes_still_say_something() -> None:
    words = words_for(MODEL, "en")
    assert "gizmo" in words.error(errors.UserError("brand_new", "gizmo"))
    assert "gizmo" in words.issue(Issue("brand_new", "gizmo"))
    given = table(asked(SALES), [(1,)], notes=(Note(code="brand_new", fields={"n": "3"}),))
    assert "brand new" in notes(TableWords(words, given))[0]


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


def said(language: str, question: Asked, *rows: tuple[Cell, ...], windows: tuple[Taken, ...] = (NOVEMBER,)) -> str:
    return headline(TableWords(words_for(MODEL, language), table(question, rows, windows=windows)))


def test_value() -> None:
    own = asked(SALES, scope="me")
    assert said("en", own, (1234567.0,)) == "Sales (you), this month (1–22 Nov 2026): ¥1,234,567"
    assert said("zh", own, (1234567.0,)) == "本月（2026年11月1日至11月22日）您的销售额：¥1,234,567"


def test_filters_are_named() -> None:
    question = asked(SALES, where=only("reps.region", "East", None, out=True))
    assert said("en", question, (1,)) == "Sales · not East and (none), this month (1–22 Nov 2026): ¥1"


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
    assert said("en", asked(*aimed(SALES)), row).endswith(expected)


def test_attainment_of_a_metric_that_should_be_low() -> None:
    row = (50.0, 40.0, 1.25, -10.0)
    assert said("en", asked(*aimed(CYCLE)), row).endswith("50 days; at most 40 days wanted, 10 days too many")


def test_numbers_that_no_sentence_holds_stand_by_their_names() -> None:
    question = asked(SALES, Attainment(metric="sales"))
    assert said("en", question, (80, 0.8)) == "Sales, this month (1–22 Nov 2026): ¥80, Of target 80.0%"
    assert said("zh", question, (80, 0.8)).endswith("销售额：¥80、完成率 80.0%")


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (
            (90000, 4, 12, 0, 31200),
            "You are 4th of 12 in Sales, this month (1–22 Nov 2026): ¥90,000. ¥31,200 to the next place.",
        ),
        (
            (90000, 1, 12, 0, None),
            "You are 1st of 12 in Sales, this month (1–22 Nov 2026): ¥90,000. Nobody is ahead.",
        ),
        (
            (90000, 2, 12, 2, 5),
            (
                "You are 2nd of 12 in Sales, this month (1–22 Nov 2026): ¥90,000, tied with 2 others. ¥5 to the next"
                " place."
            ),
        ),
        (
            (None, None, None, None, None),
            "Sales, this month (1–22 Nov 2026): no rank, because there is no value to rank.",
        ),
    ],
)
def test_rank(row: tuple[float | None, ...], expected: str) -> None:
    assert said("en", asked(*placed("@me")), row) == expected


def test_rank_in_chinese_and_of_another() -> None:
    row = (90000, 4, 12, 0, 31200)
    question = asked(*placed("Ben Ito"))
    assert (
        said("zh", question, row)
        == "本月（2026年11月1日至11月22日）销售额Ben Ito排第 4 名，共 12 人：¥90,000。距前一名 ¥31,200。"
    )
    assert said("en", question, row).startswith("Ben Ito is 4th of 12")


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
    assert said("en", asked(*compared(SALES)), row, windows=(NOVEMBER, OCTOBER)).endswith(expected)


def test_an_arrow_that_misleads_is_explained() -> None:
    words = words_for(MODEL, "en")
    assert marked_change(words, "sales", 0.1, "+10.0%") == "▲ +10.0%"
    assert marked_change(words, "cycle", 0.1, "+10.0%") == "▲ +10.0% (worse)"
    assert marked_change(words_for(MODEL, "zh"), "cycle", -0.1, "-10.0%") == "▼ -10.0%（变好）"
    assert marked_change(words, "sales", 0.0, "0.0%") == "0.0%"


def test_the_first_is_named_only_when_rows_are_ordered_by_value() -> None:
    east, nobody = ("East", 300), ("(none)", 200)
    ordered = asked(SALES, by=("reps.region",), order=(Order(by=SALES),))
    assert said("en", ordered, east, nobody).endswith("East highest with ¥300")
    lowest = asked(SALES, by=("reps.region",), order=(Order(by=SALES, descending=False),))
    assert said("en", lowest, nobody).endswith("(none) lowest with ¥200")
    unordered = asked(SALES, by=("reps.region",))
    assert said("en", unordered, east, nobody).endswith("East highest with ¥300")
    assert said("en", unordered, nobody, east) == "Sales by Region, this month (1–22 Nov 2026)"
    assert said("en", unordered, east, ("West", 300)) == "Sales by Region, this month (1–22 Nov 2026)"


def test_share_trend_tally_benchmark_empty() -> None:
    share = asked(SALES, Total(of=SALES), Share(of=SALES), where=only("reps.region", "East"))
    assert said("en", share, (300, 1000, 0.3)).endswith("30.0% of the total ¥1,000 (¥300)")
    trend = asked(SALES, by=("month",))
    assert said("en", trend, ("2026-10", 5), ("2026-11", 7)).endswith("¥7 in Nov 2026, the latest")
    top = asked(SALES, by=("month",), order=(Order(by=SALES),), limit=1)
    assert said("en", top, ("2026-03", 9)).endswith("Mar 2026 highest with ¥9")
    change = Change(of=SALES)
    fell = asked(SALES, change, by=("month",), order=(Order(by=change, descending=False),), limit=1)
    assert said("en", fell, ("2026-03", 9, -7)).endswith("Mar 2026, -¥7")
    tally = asked(CountOf(over="reps.id", of=SALES))
    assert said("en", tally, (12,)) == "12 reps (Sales, this month (1–22 Nov 2026))"
    average = PeerAverage(of=WIN_RATE)
    benchmark = asked(WIN_RATE, average, Difference(of=WIN_RATE, less=average), scope="me")
    assert said("en", benchmark, (0.45, 0.4, 0.05)).endswith("45.0%; average of the team 40.0% (+5.0 pts)")
    assert said("en", asked(SALES, by=("reps.region",))).endswith("nothing found.")


def said_by_code(root: Path) -> tuple[set[str], set[str]]:
    """Every text that the code holds (none of sentences, and no docstring), and as patterns those it puts together."""
    said: set[str] = set()
    made: set[str] = set()
    for path in (p for room in ("bot", "schedules", "metrics", "nlq") for p in (root / room).rglob("*.py")):
        docs: set[int] = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Expr):
                docs.add(id(node.value))
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
                said.add(node.value)
            if isinstance(node, ast.JoinedStr):
                parts = [re.escape(str(v.value)) if isinstance(v, ast.Constant) else ".+" for v in node.values]
                made.add("".join(parts))
    return said, made


def test_every_sentence_is_said_somewhere(root: Path) -> None:
    """By its whole key, or by one put together: `f"column.{role}"`; `.bare` goes with the key before it."""
    said, made = said_by_code(root)
    made = {m for m in made if r"\." in m and not m.startswith(".+")}
    keys = {key for words in (catalogue("en", REPLIES), catalogue("en", DIGESTS)) for key in words}
    unsaid = {key for key in keys if key not in said and not any(re.fullmatch(m, key) for m in made)}
    assert unsaid == set(), "sentences that nobody ever says"


def test_every_code_with_a_sentence_is_raised_somewhere(root: Path) -> None:
    """`f"error.{code}"` fits every code: the code itself is raised, put together (`f"target_{why}"`), or its whole key
    said."""
    said, made = said_by_code(root)
    made = {m for m in made if re.match("[a-z]+_", m)}
    keys = {key for key in catalogue("en", REPLIES) if key.startswith(("error.", "issue.", "note."))}
    codes = {key.split(".")[1] for key in keys - said}
    unraised = {code for code in codes - said if not any(re.fullmatch(m, code) for m in made)}
    assert unraised == set(), "sentences for codes that nothing raises"
