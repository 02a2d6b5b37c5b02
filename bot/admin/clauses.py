"""The clauses that may follow in a command, read one by one from left to right; and the error that says what cannot
be."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace
from typing import Any, Literal

from metrics.query import Period, Relative, Rolling

__all__ = ["Clauses", "CommandError", "Scope"]

_PERIOD = re.compile(
    r"(today|yesterday|(this|last) (week|month|quarter|year)|last (\d{1,3}) (days?|weeks?|months?))\b", re.IGNORECASE
)
_TIME = re.compile(r"at (\d{1,2}):(\d{2})\b", re.IGNORECASE)
_CHANNEL = re.compile(r"<#(\w+)(?:\|[^>]*)?>|#([\w.\-]+)")
_NEXT = re.compile(
    r"\s+(?=(?:for|in|to|at|remind|until|top|of|this|last|today|yesterday)\b|--yes\b|<#|\d+"
    r" (?:days?|weeks?)\b)|\s+(?=--)",
    re.IGNORECASE,
)


class CommandError(Exception):
    """A command that cannot be read or carried out. `at`: the piece of the command it is about; `fix`: what to
    write."""

    def __init__(self, what: str, *, at: str = "", fix: str = "", suggestions: tuple[str, ...] = ()) -> None:
        self.what, self.at, self.fix, self.suggestions = what, at, fix, suggestions
        super().__init__(what)

    @property
    def text(self) -> str:
        where = f" (at: {self.at})" if self.at else ""
        like = f" Did you mean {' or '.join(self.suggestions)}?" if self.suggestions else ""
        return f"{self.what}{where}{like}" + (f" {self.fix}" if self.fix else "")


@dataclass(frozen=True, slots=True)
class Scope:
    """For whom, in words: `per` rep | team | all, and the names given after "for" and "in"."""

    per: Literal["rep", "team", "all"] | None = None
    named: str = ""  # "for Anna", "for team East 1"
    team: str = ""
    place: str = ""  # "in East"
    channel: str = ""  # "for the channel #sales"


class Clauses:
    """Reads the clauses that may follow, in any order, each once."""

    def __init__(self, text: str) -> None:
        self.rest = text.strip()
        self.measure: Literal["value", "attainment", "pace"] = "value"
        self.period: Period | None = None
        self.scope = Scope()
        self.to = ""
        self.minute: int | None = None
        self.remind: int | None = None
        self.top: int | None = None
        self.days: int | None = None
        self.until: dt.date | None = None

    def read(self, allowed: tuple[str, ...]) -> None:
        seen: set[str] = set()
        while self.rest:
            before = self.rest
            kind = next((k for k in allowed if getattr(self, f"_{k.replace(' ', '_')}")()), None)
            if kind is None or kind in seen:
                piece = _NEXT.split(before, maxsplit=1)[0]
                what = "This is said twice." if kind in seen else "I cannot read this."
                raise CommandError(
                    what, at=piece[:60], fix="What may follow: " + ", ".join(_HINTS[k] for k in allowed) + "."
                )
            seen.add(kind)

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self.rest)
        if found is not None:
            self.rest = self.rest[found.end() :].strip()
        return found

    def _name(self) -> str:
        """Words up to the next clause; quotes keep anything together."""
        quoted = re.match(r"\"([^\"]+)\"|'([^']+)'", self.rest)
        if quoted is not None:
            self.rest = self.rest[quoted.end() :].strip()
            return quoted[1] or quoted[2]
        piece = _NEXT.split(self.rest, maxsplit=1)[0]
        self.rest = self.rest[len(piece) :].strip()
        return piece.strip()

    def _of(self) -> bool:
        found = self._take(
            re.compile(r"of (?:the |its |their )?(target|quota|expected|pace|plan to date)\b", re.IGNORECASE)
        )
        if found is not None:
            self.measure = "attainment" if found[1].casefold() in ("target", "quota") else "pace"
        return found is not None

    def _period(self) -> bool:
        found = self._take(_PERIOD)
        if found is not None:
            self.period = _period_of(found)
        return found is not None

    def _for(self) -> bool:
        if self._take(
            re.compile(r"(?:for\s+(?:each|every)|per)\s+(?:rep|person|seller|salesperson)s?\b", re.IGNORECASE)
        ):
            self._scoped(per="rep")
        elif self._take(re.compile(r"(?:for\s+(?:each|every)|per)\s+team\b", re.IGNORECASE)):
            self._scoped(per="team")
        elif self._take(re.compile(r"for\s+(?:everyone|everybody|all|the (?:whole )?company)\b", re.IGNORECASE)):
            self._scoped(per="all")
        elif self._take(re.compile(r"for\s+(?:the\s+)?channel\s+", re.IGNORECASE)):
            found = self._take(_CHANNEL)
            if found is None:
                raise CommandError("Which channel?", at=self.rest[:40], fix="Write: for the channel #sales")
            self._scoped(per="all", channel=found[1] or found[2])
        elif self._take(re.compile(r"for\s+(?:the\s+)?team\s+", re.IGNORECASE)):
            self._scoped(per="team", team=self._name())
        elif self._take(re.compile(r"for\s+", re.IGNORECASE)):
            self._scoped(per="rep", named=self._name())
        else:
            return False
        return True

    def _in(self) -> bool:
        if self._take(re.compile(r"in\s+(?:the\s+)?(?=\S)", re.IGNORECASE)) is None:
            return False
        self._scoped(place=re.sub(r"^(?:region|team)\s+", "", self._name(), flags=re.IGNORECASE))
        return True

    def _scoped(self, **parts: Any) -> None:
        self.scope = replace(self.scope, **parts)

    def _in_channel(self) -> bool:
        found = self._take(re.compile(r"in\s+(?:<#(\w+)(?:\|[^>]*)?>|#([\w.\-]+))", re.IGNORECASE))
        self.to = (found[1] or found[2]) if found is not None else self.to
        return found is not None

    def _to(self) -> bool:
        if self._take(re.compile(r"to\s+(?:the\s+|their\s+)?(?=\S)", re.IGNORECASE)) is None:
            return False
        channel = self._take(_CHANNEL)
        self.to = f"#{channel[1] or channel[2]}" if channel is not None else self._name()
        return True

    def _at(self) -> bool:
        found = self._take(_TIME)
        if found is None:
            if re.match(r"at\b", self.rest, re.IGNORECASE):
                raise CommandError(
                    "A time is written HH:MM, from 00:00 to 23:59.", at=self.rest[:20], fix="Write: at 08:30"
                )
            return False
        hour, minute = int(found[1]), int(found[2])
        if hour > 23 or minute > 59:
            raise CommandError("There is no such time of day.", at=found[0], fix="Write a time from 00:00 to 23:59.")
        self.minute = hour * 60 + minute
        return True

    def _remind(self) -> bool:
        found = self._take(
            re.compile(r"remind(?:\s+me)?(?:\s+(?:every|after))?\s+(\d{1,3})\s*(?:working\s+)?days?\b", re.IGNORECASE)
        )
        self.remind = int(found[1]) if found is not None else self.remind
        return found is not None

    def _top(self) -> bool:
        found = self._take(re.compile(r"top\s+(\d{1,3})\b", re.IGNORECASE))
        if found is not None:
            self.top = int(found[1])
            if not 1 <= self.top <= 50:
                raise CommandError("A leaderboard shows 1 to 50 places.", at=found[0], fix="Write: top 10")
        return found is not None

    def _days(self) -> bool:
        found = self._take(re.compile(r"(?:for\s+)?(\d{1,3})\s*(days?|weeks?)\b", re.IGNORECASE))
        self.days = (
            int(found[1]) * (7 if found[2].casefold().startswith("w") else 1) if found is not None else self.days
        )
        return found is not None

    def _until(self) -> bool:
        found = self._take(re.compile(r"until\s+(\S+)", re.IGNORECASE))
        if found is not None:
            try:
                self.until = dt.date.fromisoformat(found[1])
            except ValueError:
                raise CommandError("This is no date.", at=found[0], fix="Write: until 2026-12-24") from None
        return found is not None


_HINTS = {
    "of": "of target | of expected",
    "period": "this week | this month | last 30 days",
    "for": "for each rep | for each team | for everyone | for NAME",
    "in": "in REGION or TEAM",
    "to": "to rep | to manager | to me | to #channel",
    "remind": "remind 3 days",
    "at": "at 08:30",
    "in channel": "in #channel",
    "top": "top 10",
    "days": "7 days",
    "until": "until 2026-12-24",
}


def _period_of(found: re.Match[str]) -> Period:
    word = found[1].casefold()
    if word in ("today", "yesterday"):
        return Relative(unit="day", offset=0 if word == "today" else -1)
    if found[4]:
        unit = found[5].casefold().rstrip("s")
        if int(found[4]) == 0:
            raise CommandError("A period has at least one day.", at=found[0], fix="Write: last 30 days")
        return Rolling.model_validate({"unit": unit, "count": int(found[4])})
    return Relative.model_validate({"unit": found[3].casefold(), "offset": 0 if found[2].casefold() == "this" else -1})
