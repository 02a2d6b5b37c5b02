"""Windows and periods in words, always with explicit dates."""

from __future__ import annotations

import datetime as dt
import re
from calendar import monthrange

from bot.wording.figures import date_words
from bot.wording.sentences import has_sentence, say
from metrics.calendar.units import unit_named
from metrics.model.schema import Calendar
from metrics.query.when import Complete, Sliding, Units, When

__all__ = ["bucket_start", "bucket_words", "period_name", "range_words", "window_words"]

ONE_DAY = dt.timedelta(days=1)
_ROLLING = ("week", "month", "quarter", "year")
_BUCKET = re.compile(r"^(\d{4})(?:-Q([1-4])|-(\d{2})(?:-(\d{2}))?)?$")


def window_words(start: dt.date | None, end: dt.date | None, calendar: Calendar, language: str) -> str:
    """The dates [start, end): "October 2026", "Q3 2026", "2026", "1–22 Nov 2026", "all data to 22 Nov 2026"."""
    if end is None:
        return (
            say(language, "period.all")
            if start is None
            else say(language, "period.from", start=date_words(start, language))
        )
    last = end - ONE_DAY
    if start is None:
        return say(language, "period.all_to", end=date_words(last, language))
    return range_words(start, last, calendar, language) if end > start else say(language, "period.empty")


def range_words(first: dt.date, last: dt.date, calendar: Calendar, language: str) -> str:
    whole = _whole_unit(first, last, calendar, language)
    if whole:
        return whole
    if first == last:
        return date_words(first, language)
    if language == "zh":
        return f"{date_words(first, 'zh')}至{date_words(last, 'zh', year=first.year != last.year)}"
    if first.year != last.year:
        return f"{date_words(first, 'en')} – {date_words(last, 'en')}"
    if first.month != last.month:
        return f"{date_words(first, 'en', year=False)} – {date_words(last, 'en')}"
    return f"{first.day}–{date_words(last, 'en')}"


def _whole_unit(first: dt.date, last: dt.date, calendar: Calendar, language: str) -> str:
    """The name of the whole month, quarter or year that this is, or "". Fiscal years away from January are given by
    their dates: their quarter names mean different things to different people."""
    after = last + ONE_DAY
    if first.day != 1 or after.day != 1:
        return ""
    months = (after.year - first.year) * 12 + after.month - first.month
    if months == 1:
        return f"{first.year}年{first.month}月" if language == "zh" else f"{first:%B %Y}"
    if calendar.fiscal_year_start != 1:
        return ""
    if months == 3 and first.month % 3 == 1:
        return say(language, "period.quarter", index=first.month // 3 + 1, year=first.year)
    if months == 12 and first.month == 1:
        return f"{first.year}年" if language == "zh" else str(first.year)
    return ""


def period_name(when: When, language: str) -> str:
    """What people call a period that is counted from today: "this month", "last 3 weeks"; "" for others."""
    if isinstance(when, Sliding) and when.unit == "day" and not when.ahead and when.at is None:
        return say(language, "period.rolling.day", n=when.count)
    if isinstance(when, Complete):
        return say(language, f"period.rolling.{when.unit}", n=when.count) if when.unit in _ROLLING else ""
    if not isinstance(when, Units) or when.count != 1 or when.at is not None:
        return ""
    if when.unit == "day":
        key = {0: "period.today", -1: "period.yesterday"}.get(when.offset, "")
    else:
        key = {0: f"period.this.{when.unit}", -1: f"period.last.{when.unit}"}.get(when.offset, "")
    return say(language, key) if key and has_sentence(key) else ""


def bucket_words(start: object, grain: str | None, calendar: Calendar, language: str) -> str:
    """The name of a time bucket: a date it starts on, or its ISO label as answers hold it (2017-03, 2017-Q3, 2017)."""
    day = bucket_start(start, grain, calendar)
    if day is None or grain is None:
        return str(start)
    if grain == "day":
        return date_words(day, language)
    if grain == "week":
        return range_words(day, day + dt.timedelta(days=6), calendar, language)
    months = {"month": 1, "quarter": 3, "year": 12}[grain]
    index = day.year * 12 + day.month - 1 + months
    if day.day != 1:
        return date_words(day, language)
    if grain == "month":
        return f"{day.year}年{day.month}月" if language == "zh" else f"{day:%b %Y}"
    return range_words(day, dt.date(index // 12, index % 12 + 1, 1) - ONE_DAY, calendar, language)


def bucket_start(value: object, grain: str | None, calendar: Calendar) -> dt.date | None:
    """The first day of a bucket; None when the value is no bucket."""
    if isinstance(value, dt.date):
        return value.date() if isinstance(value, dt.datetime) else value
    found = _BUCKET.match(str(value))
    if found is None or grain is None:
        return None
    year, quarter, month, day = (int(part) if part else None for part in found.groups())
    if year is None or not 2 <= year <= 9998 or not 1 <= (month or 1) <= 12:
        return None
    if day is not None and month is not None:
        return dt.date(year, month, day) if 1 <= day <= monthrange(year, month)[1] else None
    if month is not None:
        return dt.date(year, month, 1)
    return unit_named("quarter", quarter or 1, year, calendar)
