"""What a schedule says to somebody: frozen values with exact numbers, no prose. They survive a round trip through JSON,
because they wait in the outbox until they are sent."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from metrics.ingest.report import Difference
from metrics.query import Frozen, Query

__all__ = [
    "Alert",
    "DataNotice",
    "Late",
    "LateSource",
    "Leaderboard",
    "ManagerDigest",
    "MemberLine",
    "Message",
    "Missed",
    "PaceState",
    "Place",
    "Recipient",
    "RepDigest",
    "Standing",
    "from_json",
]

PaceState = Literal["ahead", "on_track", "behind", "at_risk"]


class Recipient(Frozen):
    """A person id (reached in a direct message) or a channel id."""

    kind: Literal["person", "channel"]
    id: str


class _Sent(Frozen):
    """What every message carries. `key` is unique and travels with it; `as_of` is the local date it speaks of;
    `data_through` the last complete day of the data; `subject` what buttons act on (subscription or rule number).
    `due`: when it was meant to be there, in the recipient's local time; `late`: it is sent well after that. `until`:
    the end of the recipient's day, after which nobody wants it any more (None: always wanted)."""

    key: str
    to: Recipient
    language: str = "en"
    as_of: dt.date
    data_through: dt.date | None = None
    subject: int
    due: dt.datetime | None = None
    late: bool = False
    until: dt.datetime | None = None


class Standing(Frozen):
    """Where one person or team stands on one metric in a period to date. None is n/a.

    `attainment` = actual / target (fraction); `expected` = target × share of the period's working days elapsed; `pace`
    = actual / expected; `gap` = target − actual; `needed` = gap per remaining working day (None when the target is
    reached or no day remains); ranks are standard competition ranks of n active peers; `change` is against the same
    stretch of the month before.
    """

    metric: str
    unit: str
    actual: float | None
    target: float | None = None
    attainment: float | None = None
    gap: float | None = None
    expected: float | None = None
    pace: float | None = None
    state: PaceState | None = None
    needed: float | None = None
    rank_team: int | None = None
    n_team: int | None = None
    rank_all: int | None = None
    n_all: int | None = None
    previous: float | None = None
    change: float | None = None
    change_pct: float | None = None


class RepDigest(_Sent):
    """A rep's morning: the period to date [start, end), working days left after the data's last day, and the one metric
    that is furthest behind its pace (`focus`, None when none is behind)."""

    kind: Literal["rep"] = "rep"
    person: str
    name: str
    start: dt.date
    end: dt.date
    days_left: int
    standings: tuple[Standing, ...]
    focus: str | None = None


class MemberLine(Frozen):
    """One member of a team on the digest's metric."""

    person: str
    name: str
    actual: float | None
    target: float | None
    attainment: float | None
    pace: float | None
    state: PaceState | None


class ManagerDigest(_Sent):
    """A manager's morning: the team's totals, who is behind (worst first), what the last day of data changed, and how
    many alerts are open on the team. `delta`: change of the first metric's actual on the last day of data."""

    kind: Literal["manager"] = "manager"
    person: str
    name: str
    start: dt.date
    end: dt.date
    days_left: int
    members: int
    totals: tuple[Standing, ...]
    behind: tuple[MemberLine, ...]
    since: dt.date | None
    delta: float | None
    newly_behind: tuple[str, ...] = ()
    recovered: tuple[str, ...] = ()
    alerts: int = 0


class Place(Frozen):
    rank: int
    person: str
    name: str
    value: float | None


class Leaderboard(_Sent):
    """The first places of a metric in a channel, over [start, end), out of `n` ranked."""

    kind: Literal["leaderboard"] = "leaderboard"
    metric: str
    unit: str
    start: dt.date | None
    end: dt.date
    places: tuple[Place, ...]
    n: int
    query: Query


class Alert(_Sent):
    """A rule fired for somebody, still holds (remind), or holds no longer (recover).

    `member`: a person id, a team, or "" for everybody together. `measure` "value" compares the metric itself;
    "attainment" and "pace" compare it with its target, and `actual`/`target` then say what the fraction is of.
    """

    kind: Literal["alert"] = "alert"
    transition: Literal["fire", "remind", "recover"]
    rule: str
    per: Literal["rep", "team", "all"]
    member: str
    name: str
    metric: str
    unit: str
    measure: Literal["value", "attainment", "pace"] = "value"
    op: Literal["lt", "le", "gt", "ge"]
    threshold: float
    value: float
    actual: float | None = None
    target: float | None = None
    start: dt.date | None = None
    end: dt.date | None = None
    since: dt.date | None = None
    query: Query


class LateSource(Frozen):
    name: str
    through: dt.date | None


class Late(_Sent):
    """A digest is held back because data is late: which source, and what it is complete through."""

    kind: Literal["late"] = "late"
    about: Literal["rep", "manager", "leaderboard"]
    sources: tuple[LateSource, ...]


class Missed(_Sent):
    """To an admin, in the morning after: `n` messages meant for `day` (the first of them) could not be delivered before
    it was over."""

    kind: Literal["missed"] = "missed"
    n: int
    day: dt.date


class DataNotice(_Sent):
    """To an admin: a load that waits to be confirmed (`id`, what differs), or a damaged file (`file`, and why it is
    thought so). `subject` means nothing."""

    kind: Literal["data"] = "data"
    about: Literal["blocked", "damaged"]
    id: str = ""
    differences: tuple[Difference, ...] = ()
    file: str = ""
    why: str = ""
    subject: int = 0


Message = Annotated[
    RepDigest | ManagerDigest | Leaderboard | Alert | Late | Missed | DataNotice, Field(discriminator="kind")
]

_ADAPTER: TypeAdapter[Message] = TypeAdapter(Message)


def from_json(text: str) -> Message:
    """The message that `message.model_dump_json()` wrote."""
    return _ADAPTER.validate_json(text)
