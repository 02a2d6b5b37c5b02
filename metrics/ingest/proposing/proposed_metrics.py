"""What can be counted in a surveyed fact: rows, sums and averages of amounts, wins. And how people call columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from metrics.ingest.proposing.kinship import Kin
from metrics.ingest.proposing.survey import ColumnSurvey, FileSurvey
from metrics.ingest.proposing.vocabulary import (
    AMOUNT_WORDS,
    DATE_WORDS,
    ID_WORDS,
    LOST_VALUES,
    TRANSLATIONS,
    WON_VALUES,
)

__all__ = ["ProposedMetric", "label", "main_date", "metrics_of", "said"]

_NUMBERS = ("integer", "decimal(18,2)", "float")
_INCOME = frozenset({"amount", "value", "revenue", "sales", "金额", "销售额"})  # columns whose sum people call sales
_SALES = ("sales", "revenue", "销售额", "业绩", "营收")


@dataclass(frozen=True, slots=True)
class ProposedMetric:
    """A metric with everything the three files say about it. `time`: the field id that dates it; `labels`: language ->
    text."""

    name: str
    expression: str
    description: str
    words: tuple[str, ...]
    unit: str
    time: str
    labels: dict[str, str]


def said(column: ColumnSurvey) -> tuple[str, ...]:
    """How people say the column: its own name, and what is known about the name in both languages."""
    spoken = re.sub(r"[_\s]+", " ", column.name.strip()).lower()
    english, chinese = TRANSLATIONS.get(column.field) or TRANSLATIONS.get(column.name.strip()) or ((), ())
    return (spoken, *english, *chinese)


def label(column: ColumnSurvey) -> dict[str, str]:
    """Language -> name to show."""
    english, chinese = TRANSLATIONS.get(column.field) or TRANSLATIONS.get(column.name.strip()) or ((), ())
    own = re.sub(r"[_\s]+", " ", column.name.strip())
    en = english[0] if english else own
    return {"en": en[:1].upper() + en[1:], "zh": chinese[0] if chinese else own}


def _words_in(column: ColumnSurvey) -> set[str]:
    return {
        *column.field.split("_"),
        column.name,
        *(w for w in (*AMOUNT_WORDS, *DATE_WORDS, *ID_WORDS) if not w.isascii() and w in column.name),
    }


def main_date(file: FileSurvey) -> ColumnSurvey | None:
    """The date that makes a row count; None when the file has no dates."""
    dates = [c for c in file.columns if c.type in ("date", "datetime")]

    def rank(column: ColumnSurvey) -> tuple[int, float]:
        hits = [
            at
            for at, word in enumerate(DATE_WORDS)
            if word in _words_in(column) or (not word.isascii() and word in column.name)
        ]
        return (min(hits, default=99), column.empty / max(column.rows, 1))

    return min(dates, key=rank) if dates else None


def _amounts(file: FileSurvey) -> list[ColumnSurvey]:
    def counts(column: ColumnSurvey) -> bool:
        words = _words_in(column)
        if column.type not in _NUMBERS or words & set(ID_WORDS) or words & {"year", "month", "年", "月"}:
            return False
        return column.type != "integer" or bool(words & set(AMOUNT_WORDS))

    return [c for c in file.columns if counts(c)]


def _status(file: FileSurvey) -> tuple[ColumnSurvey, tuple[str, ...], tuple[str, ...]] | None:
    """The column that says won or lost, with those values."""
    for column in file.columns:
        won = tuple(v for v in column.values if v.casefold() in WON_VALUES and v not in column.spellings)
        lost = tuple(v for v in column.values if v.casefold() in LOST_VALUES and v not in column.spellings)
        if column.type == "text" and won:
            return column, won, lost
    return None


def _quoted(values: Sequence[str]) -> str:
    return ", ".join("'" + v.replace("'", "''") + "'" for v in values)


def metrics_of(file: FileSurvey, kin: Kin) -> list[ProposedMetric]:
    """Proposed metrics of one fact: how many rows, sums and averages of amounts, win rate."""
    date = main_date(file)
    if date is None:
        return []
    table, time = file.table, f"{file.table}.{date.field}"
    spoken = table.replace("_", " ")
    full = kin.keys[table] or next((c.field for c in file.columns if not c.empty), file.columns[0].field)
    found = [
        ProposedMetric(
            f"{table}_count",
            f"COUNT({table}.{full})",
            f"Number of rows in {spoken}, dated by {date.name}",
            (spoken, f"number of {spoken}", f"{spoken} count"),
            "count",
            time,
            {"en": f"Number of {spoken}", "zh": f"{spoken} 数量"},
        )
    ]
    status = _status(file)
    won = f"{table}.{status[0].field} IN ({_quoted(status[1])})" if status else ""
    for amount in _amounts(file):
        value = f"{table}.{amount.field}"
        only = f"CASE WHEN {won} THEN {value} END" if won else value
        which = f" of rows whose {status[0].name} is {' or '.join(status[1])}" if status else ""
        title = label(amount)
        priced = bool(_words_in(amount) & {"price", "单价", "价格"})
        unit = "count" if _words_in(amount) & {"quantity", "qty", "units", "数量"} else "number"
        if not priced:
            found.append(
                ProposedMetric(
                    f"total_{amount.field}",
                    f"SUM({only})",
                    f"Sum of {amount.name}{which}, dated by {date.name}",
                    (*said(amount), f"total {said(amount)[0]}", *(_SALES if _words_in(amount) & _INCOME else ())),
                    unit,
                    time,
                    {"en": f"Total {title['en'].lower()}", "zh": title["zh"]},
                )
            )
        found.append(
            ProposedMetric(
                f"average_{amount.field}",
                f"AVG({only})",
                f"Average of {amount.name}{which}, dated by {date.name}",
                (f"average {said(amount)[0]}", f"avg {said(amount)[0]}", f"平均{title['zh']}"),
                unit,
                time,
                {"en": f"Average {title['en'].lower()}", "zh": f"平均{title['zh']}"},
            )
        )
    if status and status[2]:
        column, yes, no = status
        wins = f"SUM(CASE WHEN {won} THEN 1 ELSE 0 END)"
        ends = f"SUM(CASE WHEN {table}.{column.field} IN ({_quoted((*yes, *no))}) THEN 1 ELSE 0 END)"
        found += [
            ProposedMetric(
                "won_count",
                wins,
                f"Number of rows whose {column.name} is {' or '.join(yes)}, dated by {date.name}",
                ("won", "wins", "won deals", "deals won", "赢单数", "成单数"),
                "count",
                time,
                {"en": "Won", "zh": "赢单数"},
            ),
            ProposedMetric(
                "win_rate",
                f"{wins} / {ends}",
                f"Won / (won + lost), dated by {date.name}",
                ("win rate", "close rate", "success rate", "赢单率", "成单率", "胜率"),
                "percent",
                time,
                {"en": "Win rate", "zh": "赢单率"},
            ),
        ]
    return found
