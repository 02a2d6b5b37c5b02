"""`link`, `unlink`, `role`, `audit`: who is who, who may what, and what was changed."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

from bot.admin.clauses import CommandError
from bot.admin.grammar import Command
from bot.admin.names import person_named
from bot.admin.parts import Desk, Reply

__all__ = ["audit_command", "link_command", "role_command", "unlink_command"]

_USER = re.compile(r"[UW][A-Z0-9]+")


def link_command(desk: Desk, command: Command) -> Reply:
    desk.needs_everything("Linking people")
    user = _user(command.to)
    person = person_named(desk.numbers.org, command.subject)
    before = desk.state.links.person_of(user)
    desk.state.links.link(user, person.id, at=desk.as_of, by=desk.actor.id)
    desk.audit("link", user, before=before, after=person.id)
    return Reply(f"<@{user}> is {person.name} ({person.id}).", done=True)


def unlink_command(desk: Desk, command: Command) -> Reply:
    desk.needs_everything("Linking people")
    user = _user(command.to)
    before = desk.state.links.person_of(user)
    if before is None:
        raise CommandError("This user is not linked to anybody.", at=command.to)
    desk.state.links.link(user, None, at=desk.as_of, by=desk.actor.id)
    desk.audit("unlink", user, before=before)
    return Reply(f"<@{user}> is linked to nobody now.", done=True)


def role_command(desk: Desk, command: Command) -> Reply:
    desk.needs_everything("Giving roles")
    person = person_named(desk.numbers.org, command.subject)
    before = desk.state.links.role_of(person.id) or person.role
    role = None if command.role == "none" else command.role
    if person.id == desk.actor.id and desk.may_everything and (role or person.role) not in ("admin", "ops"):
        raise CommandError("You would lock yourself out.", at=command.text, fix="Let another admin do this.")
    desk.state.links.set_role(person.id, role, at=desk.as_of, by=desk.actor.id)
    desk.audit("role", person.id, before=before, after=role or person.role)
    return Reply(f"{person.name} is now {role or person.role} (was {before}).", done=True)


def audit_command(desk: Desk, command: Command) -> Reply:
    desk.needs_everything("The audit log")
    zone = ZoneInfo(desk.numbers.model.calendar.timezone)
    lines = []
    for entry in desk.state.audit.recent(min(command.number or 20, 50)):
        person = desk.numbers.org.people.get(entry.actor)
        change = " → ".join(part for part in (entry.before, entry.after) if part)
        name = person.name if person else entry.actor
        lines.append(
            f"{entry.at.astimezone(zone):%Y-%m-%d %H:%M} {name}: {entry.action} {entry.subject} {change}".rstrip()
        )
    return Reply("\n".join(lines) or "Nothing was changed yet.")


def _user(text: str) -> str:
    if not _USER.fullmatch(text):
        raise CommandError(
            f"I do not know the Slack user “{text}”.",
            at=f"@{text}",
            fix="Pick the user from the list that Slack offers after @.",
        )
    return text
