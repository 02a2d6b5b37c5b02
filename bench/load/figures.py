"""What a load run came to: lost, twice, wrong, waiting times."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench.load.asking import Asked, Asker
from bench.load.floor import Inbox

__all__ = ["Figures", "figures_of", "percentile"]

ACK_S, TIMES_MEDIAN, SLOWEST_S = 3.0, 3.0, 5.0


@dataclass(frozen=True, slots=True)
class Figures:
    """Times in seconds. `rate`: answers a second; `slowest_p95`: the p95 of the asker who has the worst; `ack`: the
    longest that an event or command waited for its acknowledgement; `cpu`: of the bot for each answer."""

    askers: int
    asked: int
    lost: int
    twice: int
    different: int
    rate: float
    p50: float
    p95: float
    slowest_p95: float
    longest: float
    ack: float
    cpu: float

    @property
    def broken(self) -> list[str]:
        """The bounds that do not hold."""
        held = {
            "0 lost": self.lost == 0,
            "0 twice": self.twice == 0,
            "0 other than when alone": self.different == 0,
            f"acknowledged within {ACK_S:g} s": self.ack < ACK_S,
            f"no asker's p95 over {TIMES_MEDIAN:g} x the median": self.slowest_p95 <= TIMES_MEDIAN * self.p50,
            f"none over {SLOWEST_S:g} s": self.longest <= SLOWEST_S,
        }
        return [bound for bound, holds in held.items() if not holds]


def percentile(values: Sequence[float], part: float) -> float:
    """The smallest value that at least `part` of them do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, min(len(ordered) - 1, round(part * len(ordered) + 0.499999) - 1))]


def figures_of(askers: Iterable[Asker], inbox: Inbox, seconds: float, cpu_s: float = 0.0) -> Figures:
    """Of everything the askers asked; call it when nothing more can arrive."""
    askers = [a for a in askers if a.asked]
    every = [asked for a in askers for asked in a.asked]
    times = [a.took_s for a in every if a.took_s is not None]
    each = [percentile([q.took_s for q in a.asked if q.took_s is not None] or [0.0], 0.95) for a in askers]
    return Figures(
        askers=len(askers),
        asked=len(every),
        lost=sum(a.took_s is None for a in every),
        twice=_too_many(every, inbox),
        different=sum(_differs(a, inbox) for a in every),
        rate=len(times) / seconds,
        p50=statistics.median(times),
        p95=percentile(times, 0.95),
        slowest_p95=max(each),
        longest=max(times),
        ack=max(inbox.workspace.socket.acks, default=0.0),
        cpu=cpu_s / len(times),
    )


def _too_many(every: Sequence[Asked], inbox: Inbox) -> int:
    """Messages over those that answer what was asked there."""
    first = {a.key: a.before for a in reversed(every)}
    due: Counter[tuple[str, str]] = Counter()
    for asked in every:
        due[asked.key] += len(asked.question.answer) if asked.took_s is not None else 0
    return sum(max(0, len(inbox.arrived[key]) - first[key] - n) for key, n in due.items())


def _differs(asked: Asked, inbox: Inbox) -> bool:
    if asked.took_s is None:
        return False
    wanted = asked.question.answer
    got = inbox.arrived[asked.key][asked.before : asked.before + len(wanted)]
    return sorted(got) != sorted(wanted)
