"""Numbers written in Chinese: what they are worth, and what only looks like one."""

from __future__ import annotations

import runpy
from pathlib import Path

import cn2an
import pytest
from claims import claim
from hypothesis import given
from hypothesis import strategies as st

from nlq import Understood, read
from nlq.literals import literals
from nlq.numerals import chinese_number, chinese_numerals

COMPANY = runpy.run_path(str(Path(__file__).parent.parent / "corpus" / "company.py"))
LEXICON = COMPANY["lexicon"]()
CHARACTERS = "零〇一二两三四五六七八九十百千万亿点成半分之元年壹伍拾佰仟萬0159.,"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("三万五", 35_000),
        ("三万零五", 30_005),
        ("3万5", 35_000),
        ("3万4000", 34_000),
        ("5万4千6百", 54_600),
        ("1千零20", 1_020),
        ("一千三", 1_300),
        ("两百五", 250),
        ("一百二", 120),
        ("十二万五", 125_000),
        ("三亿五", 350_000_000),
        ("五亿零六", 500_000_006),
        ("一亿二千万", 120_000_000),
        ("1亿2000万", 120_000_000),
        ("百万", 1_000_000),
        ("两千万", 20_000_000),
        ("四万亿", 4_000_000_000_000),
        ("二点五", 2.5),
        ("三点五万", 35_000),
        ("一百二十点五", 120.5),
        ("零点五", 0.5),
        ("壹佰伍拾", 150),
        ("三萬五", 35_000),
        ("半百", 50),
        ("三万五千块", 35_000),
        ("七成六", 0.76),
        ("7成5", 0.75),
        ("一成半", 0.15),
        ("半成", 0.05),
        ("八点五成", 0.85),
        ("十成", 1),
        ("百分之五", 0.05),
        ("百分之56.2", 0.562),
        ("百分之一百二十点五", 1.205),
        ("千分之一", 0.001),
        ("万分之三", 0.0003),
        ("三分之一", 1 / 3),
        ("一半", 0.5),
        ("半数", 0.5),
    ],
)
def test_numerals(text: str, value: float) -> None:
    found = [n.value for start, end, kind, n in literals(text) if kind == "NUM" and (start, end) == (0, len(text))]
    assert found and found == [pytest.approx(value, rel=1e-12)] * len(found)


@pytest.mark.parametrize(
    ("text", "year"),
    [("二零二六年", 2026), ("二〇一六年度", 2016), ("一九九八年", 1998), ("二四年", 2024), ("一六年", 2016)],
)
def test_years(text: str, year: int) -> None:
    assert [(s, e, y) for s, e, kind, y in chinese_numerals(text) if kind == "YEAR"] == [(0, len(text), year)]


@pytest.mark.parametrize("text", ["一二年", "二三年", "近一四年", "三五年", "二零二六万"])
def test_no_years(text: str) -> None:
    assert [y for _, _, kind, y in chinese_numerals(text) if kind == "YEAR"] == []


@pytest.mark.parametrize(
    "text", ["三五", "一二三", "零五", "五十零", "万万", "万", "亿", "一点", "点五", "十十", "", "五零零"]
)
def test_no_numbers(text: str) -> None:
    assert chinese_number(text) is None


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("超过5万2026年", [50_000.0, 2026.0]),  # two things, no 52,026
        ("超过5万3月", [50_000.0, 3.0]),
        ("好一点三月", [1.0, 3.0]),  # a bit better, no 1.3
        ("三成交", [3.0]),  # 三 成交, no 30 %
        ("两成三季度", [0.2, 3.0]),
        ("陆总", []),  # a person
        ("下一半年", [1.0]),
        ("一百度", [100.0]),
    ],
)
def test_what_stands_beside_a_number_is_no_part_of_it(text: str, numbers: list[float]) -> None:
    found = sorted((s, e, n.value) for s, e, kind, n in literals(text) if kind == "NUM")
    longest = [f for f in found if not any(o != f and o[0] <= f[0] and f[1] <= o[1] for o in found)]
    assert [value for _, _, value in longest] == numbers


@given(number=st.integers(0, 10**15))
def test_every_whole_number_is_read(number: int) -> None:
    assert chinese_number(cn2an.an2cn(number)) == number
    claim()


@given(head=st.integers(1, 9), unit=st.sampled_from("百千万亿"), last=st.integers(1, 9))
def test_a_last_digit_counts_the_next_lower_unit(head: int, unit: str, last: int) -> None:
    """三万五 as people say it, against arithmetic of its own."""
    worth = {"百": 100, "千": 1_000, "万": 10_000, "亿": 100_000_000}[unit]
    spoken = f"{'零一二三四五六七八九'[head]}{unit}{'零一二三四五六七八九'[last]}"
    assert chinese_number(spoken) == head * worth + last * worth // 10
    claim()


@given(text=st.text(CHARACTERS, max_size=12))
def test_any_row_of_numeral_characters_is_a_number_or_none(text: str) -> None:
    for start, end, kind, value in literals(text):
        claim()
        assert 0 <= start < end <= len(text)
        assert value.value >= 0 if kind == "NUM" else value
    assert chinese_number(text) is None or isinstance(chinese_number(text), float)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("本月销售额超过三万五的客户", {"m": "sales", "by": "customer", "p": "this month", "having": "sales gt 35000"}),
        ("本月销售额超过3万5的客户", {"m": "sales", "by": "customer", "p": "this month", "having": "sales gt 35000"}),
        ("赢单率超过七成六的销售员", {"m": "win_rate", "by": "rep", "having": "win_rate gt 0.76"}),
        ("赢单率不到一半的销售员", {"m": "win_rate", "by": "rep", "having": "win_rate lt 0.5"}),
        ("二零二六年三月的销售额", {"m": "sales", "p": "2026-M3"}),
        ("二六年一季度的销售额", {"m": "sales", "p": "2026-Q1"}),
    ],
)
def test_questions(text: str, expected: dict[str, object]) -> None:
    reading = read(text, lexicon=LEXICON, asker=None, as_of=COMPANY["AS_OF"])
    assert isinstance(reading, Understood), reading
    assert reading.query == COMPANY["query"](expected)


@pytest.mark.parametrize("text", ["销售额前三分之一的销售员", "销售额前三五名的客户"])
def test_what_no_limit_says_is_declined(text: str) -> None:
    assert not isinstance(read(text, lexicon=LEXICON, asker=None, as_of=COMPANY["AS_OF"]), Understood)
