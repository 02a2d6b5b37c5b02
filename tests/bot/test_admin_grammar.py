"""The grammar of `/kpi-admin`, line by line: what is read, and what is said about what cannot be."""

from __future__ import annotations

from typing import Any

import pytest
from claims import claim
from hypothesis import given
from hypothesis import strategies as st

from bot.admin.clauses import CommandError
from bot.admin.grammar import parse_command
from metrics.query import Relative, Rolling

WEEK, MONTH = Relative(unit="week"), Relative(unit="month")


@pytest.mark.parametrize(
    ("text", "want"),
    [
        (
            "rule add win_rate < 40% for each rep in East",
            {
                "subject": "win_rate",
                "op": "lt",
                "threshold": 40,
                "percent": True,
                "scope.per": "rep",
                "scope.place": "East",
            },
        ),
        ("rule add win_rate &lt; 40% for each rep in East", {"subject": "win_rate", "op": "lt", "scope.place": "East"}),
        ("rule add sales < 80% of target for each rep", {"measure": "attainment", "threshold": 80, "scope.per": "rep"}),
        ("rule add sales < 60% of expected for each rep", {"measure": "pace"}),
        ("rule add visits < 5 this week for each rep", {"period": WEEK, "threshold": 5, "percent": False}),
        ("RULE ADD visits UNDER 5 THIS WEEK FOR EACH REP", {"verb": "add", "period": WEEK, "op": "lt"}),
        (
            "rule add visits at most 5 last 30 days for team X",
            {"op": "le", "period": Rolling(unit="day", count=30), "scope.per": "team", "scope.team": "X"},
        ),
        ("rule add 赢单率 低于 40% for each team", {"subject": "赢单率", "op": "lt", "scope.per": "team"}),
        (
            "rule add 销售额<3.5万 for the channel <#C12|sales>",
            {"subject": "销售额", "threshold": 35_000, "scope.per": "all", "scope.channel": "C12"},
        ),
        (
            "rule add average order value >= ¥1,200.50 for everyone to #leads",
            {"subject": "average order value", "op": "ge", "threshold": 1200.5, "to": "#leads"},
        ),
        ("rule add sales < 2m for the company to me", {"threshold": 2_000_000, "scope.per": "all", "to": "me"}),
        (
            'rule add sales < 40k for "Anna of the East" this month to manager remind 3 days at 9:15 --yes',
            {
                "threshold": 40_000,
                "scope.named": "Anna of the East",
                "period": MONTH,
                "to": "manager",
                "remind": 3,
                "minute": 555,
                "yes": True,
            },
        ),
        ("rule add sales < 4 for Anna Schmidt to Max One", {"scope.named": "Anna Schmidt", "to": "Max One"}),
        ("rule list", {"name": "rule", "verb": "list"}),
        ("rule pause #3", {"verb": "pause", "number": 3}),
        ("snooze 3 for Anna 2 weeks", {"name": "snooze", "number": 3, "days": 14, "scope.named": "Anna"}),
        ("rule snooze 3 7 days", {"name": "snooze", "number": 3, "days": 7}),
        ("digest add rep at 08:30 for everyone", {"verb": "add", "subject": "rep", "minute": 510, "scope.per": "all"}),
        ("digest rep at 08:30 for everyone", {"verb": "add", "subject": "rep", "minute": 510, "scope.per": "all"}),
        ("digest managers at 08:45", {"verb": "add", "subject": "manager", "minute": 525}),
        ("digest add rep for each rep in East at 8:05", {"scope.place": "East", "minute": 485}),
        ("digest add manager at 00:00", {"subject": "manager", "minute": 0}),
        (
            "digest leaderboard new customers in #sales at 09:00 top 5",
            {"verb": "leaderboard", "subject": "new customers", "to": "sales", "top": 5, "minute": 540},
        ),
        ("digest add leaderboard sales in <#C9|s> at 09:00", {"verb": "leaderboard", "to": "C9", "top": 10}),
        ("digest me at 23:59", {"verb": "me", "minute": 1439}),
        ("unsubscribe", {"name": "digest", "verb": "unsubscribe"}),
        ("link <@U1|anna> Anna Schmidt", {"name": "link", "to": "U1", "subject": "Anna Schmidt"}),
        ("role Anna Schmidt admin", {"name": "role", "subject": "Anna Schmidt", "role": "admin"}),
        ("audit 5", {"name": "audit", "number": 5}),
        ("", {"name": "help"}),
    ],
)
def test_what_is_read(text: str, want: dict[str, Any]) -> None:
    command = parse_command(text)
    for name, value in want.items():
        found: Any = command
        for part in name.split("."):
            found = getattr(found, part)
        assert found == value, name


@pytest.mark.parametrize(
    ("text", "what", "at", "help_"),
    [
        ("rul add x < 1", "no command “rul”", "", "rule"),
        ("rule ad x < 1", "rule is followed by one of", "rule ad", "rule add"),
        ("rule add win_rate", "metric, a comparison and a number", "win_rate", "rule add win_rate < 40%"),
        ("rule add < 40%", "metric is missing", "<", "rule add"),
        ("rule add sales < lots", "number must follow", "lots", "rule add"),
        ("rule add sales < 5 fro each rep", "cannot read", "fro each rep", "for each rep"),
        ("rule add sales < 5 this week this week", "said twice", "this week", "for each rep"),
        ("rule add sales < 80 of target", "percentage", "80", "80% of target"),
        ("rule add sales < 5 at 25:00", "no such time", "at 25:00", "23:59"),
        ("rule add sales < 5 at noon", "HH:MM", "at noon", "at 08:30"),
        ("rule pause", "Which number", "rule pause", "rule pause 3"),
        ("digest add boss at 08:30", "reps or for managers", "boss", "digest add rep"),
        ("digest add rep", "what time", "", "at 08:30"),
        ("digest leaderboard sales at 09:00", "Which channel", "sales", "#sales"),
        ("digest leaderboard sales in #s at 09:00 top 500", "1 to 50", "top 500", "top 10"),
        ("link anna Anna", "user and a person", "anna Anna", "link @anna"),
        ("role Anna boss", "role is one of", "boss", "role Anna Schmidt admin"),
        ("snooze Anna", "Which rule", "Anna", "snooze 3"),
        ("snooze 3 until Friday", "no date", "until Friday", "2026"),
        ("audit all", "How many", "all", "audit 20"),
        ("rule add " + "x" * 1200 + " < 1", "too long", "", "1000"),
    ],
)
def test_what_cannot_be_read_says_what_where_and_how(text: str, what: str, at: str, help_: str) -> None:
    with pytest.raises(CommandError) as caught:
        parse_command(text)
    error = caught.value
    assert what in error.what and at in error.at
    assert help_ in error.fix or any(help_ in s for s in error.suggestions)


@given(st.text(max_size=200))
def test_any_text_is_a_command_or_a_clear_error(text: str) -> None:
    for line in (text, f"rule add {text}", f"digest {text}", f"rule add sales < 5 {text}", f"snooze 3 {text}"):
        try:
            parse_command(line)
        except CommandError as error:
            assert error.text
            claim()
