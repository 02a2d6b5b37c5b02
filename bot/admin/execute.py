"""Carrying out one `/kpi-admin` command: parsed, allowed, previewed or done, written down."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from bot.admin.clauses import CommandError
from bot.admin.data_commands import data_command
from bot.admin.digest_commands import digest_command
from bot.admin.grammar import Command, parse_command
from bot.admin.parts import Desk, Reply
from bot.admin.people_commands import audit_command, link_command, role_command, unlink_command
from bot.admin.rule_commands import rule_command, snooze_command
from bot.state import State
from metrics.people import Person
from schedules.numbers import Numbers

__all__ = ["HELP", "execute"]

HELP = """*Rules*
`rule add win_rate < 40% for each rep in East`
`rule add sales < 80% of target for each rep to manager`
`rule add visits < 5 this week for each team remind 3 days at 09:00`
`rule add sales < 2m for the channel #sales`
`rule list` · `rule test 3` · `rule pause 3` · `rule resume 3` · `rule delete 3` · `snooze 3 for Anna 7 days`
*Digests*
`digest me at 08:30` · `unsubscribe`
`digest add rep at 08:30 for everyone` · `digest add manager at 08:45 for each rep in East`
`digest leaderboard sales in #sales at 09:00 top 10`
`digest list` · `digest pause 2` · `digest resume 2` · `digest delete 2`
*People*
`link @user PERSON` · `unlink @user` · `role PERSON admin` · `audit 20`
*Data*
`data` · `data confirm ID`
What adds, deletes, links or gives a role is shown first and waits an hour for Confirm; `--yes` does it at once."""


def execute(
    text: str,
    *,
    actor: Person,
    channel: str | None,
    numbers: Numbers,
    state: State,
    as_of: dt.datetime,
    account: str = "",
    standing: Mapping[str, str] = MappingProxyType({}),
    workspace: Path | None = None,
) -> Reply:
    """Carry out the command in `text` (without "/kpi-admin") for `actor`, given in `channel` (None: a DM) at `as_of`
    (aware), from the Slack user `account`. `standing`: of each Slack user named in it, "in" or why they are not let in
    (see `admission`).

    What cannot be read or is not allowed becomes a Reply that says what, where and how to put it right; nothing is
    changed then.
    """
    desk = Desk(numbers, state, actor, channel, as_of, account, standing, workspace)
    try:
        return _carry_out(desk, parse_command(text))
    except CommandError as error:
        return Reply(error.text)


def _carry_out(desk: Desk, command: Command) -> Reply:
    match command.name:
        case "rule":
            return snooze_command(desk, command) if command.verb == "snooze" else rule_command(desk, command)
        case "snooze":
            return snooze_command(desk, command)
        case "digest":
            return digest_command(desk, command)
        case "link":
            return link_command(desk, command)
        case "unlink":
            return unlink_command(desk, command)
        case "role":
            return role_command(desk, command)
        case "data":
            return data_command(desk, command)
        case "audit":
            return audit_command(desk, command)
        case _:
            return Reply(HELP)
