"""The people who sell: teams, hire and leaving days, skill, ramp-up."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from northstar.catalogue import STORY, TEAMS
from northstar.draws import lognormal, stream
from northstar.names import EXTRA_FAMILY, EXTRA_GIVEN, REPS
from northstar.seasons import add_months, months_from, work_day_on_or_after

__all__ = ["Rep", "hire", "team_mates"]


@dataclass(frozen=True, slots=True)
class Rep:
    """`skill` scales what is sold, `drive` what is done; both 1.0 on average. `left`: last day, None while there."""

    id: str
    name: str
    alias: str
    email: str
    language: str
    timezone: str
    team: str
    region: str
    manager: str
    hired: dt.date
    left: dt.date | None
    skill: float
    drive: float
    unlucky: bool

    def there(self, day: dt.date) -> bool:
        return self.hired <= day and (self.left is None or day <= self.left)

    def ramp(self, month: dt.date) -> float:
        """0.2 in the month of hiring up to 1.0 six months later."""
        return max(0.0, min(1.0, 0.2 + 0.8 * months_from(self.hired, month) / 6))


def _named(index: int) -> tuple[str, str, str, str]:
    if index < len(REPS):
        return REPS[index]
    extra = index - len(REPS)
    given = EXTRA_GIVEN[extra % len(EXTRA_GIVEN)]
    family = EXTRA_FAMILY[extra // len(EXTRA_GIVEN) % len(EXTRA_FAMILY)]
    turn = extra // (len(EXTRA_GIVEN) * len(EXTRA_FAMILY))
    middle = "" if turn == 0 else f" {chr(ord('A') + turn % 26)}{'' if turn < 26 else turn // 26}."
    return (
        f"{given}{middle} {family}",
        "",
        f"{given}{middle}.{family}".replace(" ", "").replace("..", ".").lower(),
        "en",
    )


def _team_of(index: int) -> tuple[str, str, str]:
    """Teams fill in turn, larger ones first to get the odd person."""
    order = sorted(TEAMS, key=lambda t: -t[3])
    team, region, manager, _ = order[index % len(order)]
    return team, region, manager


def hire(seed: int, count: int, start: dt.date) -> tuple[Rep, ...]:
    """Everybody who ever sells, in the order of their ids, R001 first. A quarter joins after `start`; one in seven
    leaves.

    Days lie at fixed distances from `start`, never from today: who is not hired yet is left out by the caller.
    """
    found = []
    for index in range(count):
        rng = stream(seed, "rep", index)
        name, alias, mailbox, language = _named(index)
        team, region, manager = _team_of(index)
        if index % 4 == 3 and index > 4:
            hired = add_months(start, 1 + (index * 5) % 24) + dt.timedelta(days=rng.randrange(10))
        else:
            hired = add_months(start, -rng.randrange(6, 60)) + dt.timedelta(days=rng.randrange(12))
        left = None
        if index % 7 == 5:
            left = max(add_months(start, 4 + (index * 3) % 21), add_months(hired, 5)) + dt.timedelta(
                days=rng.randrange(5, 26)
            )
        timezone = "Asia/Shanghai"
        if index % 29 == 7:  # two of sixty sell to head offices abroad
            timezone = "Europe/Berlin" if index % 2 else "Asia/Singapore"
        skill, drive = lognormal(rng, 0.26), lognormal(rng, 0.2)
        if index == STORY.streak_rep:
            skill, drive = 1.2, 1.6  # was among the best, and works as hard as ever
        found.append(
            Rep(
                f"R{index + 1:03d}",
                name,
                alias,
                f"{mailbox}@northstar.example",
                language,
                timezone,
                team,
                region,
                manager,
                work_day_on_or_after(hired),
                left,
                skill,
                drive,
                index == STORY.streak_rep,
            )
        )
    return tuple(found)


def team_mates(reps: tuple[Rep, ...], of: Rep, day: dt.date) -> tuple[Rep, ...]:
    """Who can take over customers of `of` on `day`: the team, else the region, else anybody there."""
    for near in (lambda r: r.team == of.team, lambda r: r.region == of.region, lambda r: True):
        there = tuple(
            r
            for r in reps
            if r.id != of.id and near(r) and r.there(day) and (r.left is None or (r.left - day).days > 30)
        )
        if there:
            return there
    return ()
