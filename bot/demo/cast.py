"""Who is in the local workspace: the organisation's people as Slack users, a handful of them up front, and the
channels."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from localslack import WorkspaceChannel, WorkspaceUser
from localslack.roster import slug
from metrics.people import Org, Person

__all__ = ["Cast", "cast_of", "company_questions"]

_ROLES = {"rep": "Rep", "manager": "Manager", "lead": "Region lead", "ops": "Operations", "admin": "Admin"}
_QUESTIONS = {
    ("rep", "en"): (
        "How am I doing this month?",
        "My ranking this month",
        "My sales by product this quarter",
        "My visits, last 6 weeks",
    ),
    ("rep", "zh"): ("我本月业绩排名多少", "我这个月的销售额完成率", "本季度我的销售额按产品", "最近6周我的拜访次数"),
    ("manager", "en"): (
        "Sales by rep this month",
        "Who is below 50% win rate this quarter?",
        "Team attainment this month",
        "Collection rate last month",
    ),
    ("manager", "zh"): ("本月各销售员销售额", "本季度赢单率低于50%的销售员", "本月团队完成率", "上个月回款率"),
    ("lead", "en"): (
        "Sales by team this month vs last month",
        "Top 5 reps this quarter",
        "New customers by month this year",
        "Renewal rate this quarter",
    ),
    ("lead", "zh"): ("本月各团队销售额与上月相比", "本季度销售额前5名", "今年各月新客户数", "本季度续约率"),
    ("ops", "en"): (
        "Sales by region this quarter",
        "Gross margin by product line this year",
        "Churn rate by quarter this year",
        "What counts as a new customer?",
    ),
    ("admin", "en"): (
        "Sales by region this month",
        "Sales by month this year",
        "Average order value by channel this quarter",
        "How is signing rate calculated?",
    ),
}


def _locale(person: Person) -> str:
    return "zh-CN" if person.language == "zh" else "en-US"


def _title(person: Person) -> str:
    parts = [_ROLES.get(person.role, person.role.title()), person.team or "", person.region or ""]
    return " · ".join(p for p in parts if p)


def company_questions(person: Person) -> tuple[str, ...]:
    """What a newcomer to the demo company may want to ask as this person, in the person's language."""
    role = person.role if person.role in _ROLES else "rep"
    language = person.language if person.language in ("en", "zh") else "en"
    return _QUESTIONS.get((role, language)) or _QUESTIONS.get((role, "en")) or _QUESTIONS["rep", "en"]


def _user(person: Person, user_id: str, timezone: str, asked: tuple[str, ...], up_front: bool) -> WorkspaceUser:
    return WorkspaceUser(
        id=user_id,
        name=person.name,
        email=person.email or f"{user_id.lower()}@example.com",
        tz=person.timezone or timezone,
        locale=_locale(person),
        title=_title(person),
        is_admin=person.role == "admin",
        suggestions=asked,
        up_front=up_front,
    )


def _first(people: Iterable[Person], taken: Sequence[Person], *, unlike: bool = False) -> list[Person]:
    """The first who is not taken; with `unlike`, one from a team nobody taken is in, if there is one."""
    free = [p for p in people if p not in taken]
    teams = {p.team for p in taken}
    return next(([p] for p in free if not unlike or p.team not in teams), free[:1])


def _up_front(people: Sequence[Person]) -> list[Person]:
    """Four reps in both languages, a manager and a lead in each language, operations and admin: who a newcomer wants to
    be."""
    chosen: list[Person] = []

    def of(role: str, language: str) -> list[Person]:
        found = [p for p in people if p.role == role and (p.language or "en") == language]
        # A Chinese name first: the page then shows at a glance who is served in which language.
        return sorted(found, key=lambda p: p.name.isascii()) if language == "zh" else found

    for language in ("en", "zh", "en", "zh"):
        chosen += _first(of("rep", language), chosen, unlike=True)
    for role, language in (
        ("manager", "en"),
        ("manager", "zh"),
        ("lead", "en"),
        ("lead", "zh"),
        ("ops", "en"),
        ("admin", "en"),
    ):
        chosen += _first(of(role, language) or [p for p in people if p.role == role], chosen)
    return list(dict.fromkeys(chosen))


@dataclass(frozen=True)
class Cast:
    """`person_of`: user id -> person id."""

    users: tuple[WorkspaceUser, ...]
    channels: tuple[WorkspaceChannel, ...]
    person_of: Mapping[str, str]

    def first(self, org: Org, *roles: str) -> str | None:
        """The user id of the first person with one of these roles."""
        return next((u for u, p in self.person_of.items() if org.people[p].role in roles), None)


def cast_of(
    org: Org, on: dt.date, timezone: str, questions: Callable[[Person], tuple[str, ...]] = company_questions
) -> Cast:
    """Everybody employed on the day, those up front first; #sales for all, and a channel per region.

    `questions` are offered to those up front. Without people: one guest, who may look around.
    """
    here = [p for p in org.people.values() if p.active(on, on + dt.timedelta(days=1))]
    front = _up_front(here)
    ordered = [*front, *(p for p in here if p not in front)]
    user_of = {person.id: f"U0{number:06d}" for number, person in enumerate(ordered, start=1)}
    users = tuple(
        _user(p, user_of[p.id], timezone, questions(p) if p in front else (), p in front) for p in ordered
    ) or (WorkspaceUser("U0000000", "Guest", tz=timezone),)
    return Cast(users, _channels(org, users, user_of), {user: person for person, user in user_of.items()})


def _channels(org: Org, users: Sequence[WorkspaceUser], user_of: Mapping[str, str]) -> tuple[WorkspaceChannel, ...]:
    channels = [WorkspaceChannel("C0SALES", "sales", tuple(u.id for u in users), "Everybody who sells")]
    for number, region in enumerate(sorted({p.region for p in org.people.values() if p.region}), start=1):
        inside = {p.id for p in org.people.values() if p.region == region}
        above = {p.manager_id for p in org.people.values() if p.id in inside and p.manager_id}
        staff = {p.id for p in org.people.values() if p.role in ("ops", "admin")}
        listed = tuple(user for person, user in user_of.items() if person in inside | above | staff)
        channels.append(WorkspaceChannel(f"C0REGION{number}", slug(region), listed, f"{region} region"))
    return tuple(channels)
