"""`link`, `unlink`, `role`, `audit`: who is who, who may what, and what was changed."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

from bot.admin.clauses import CommandError
from bot.admin.grammar import Command
from bot.admin.names import person_named
from bot.admin.parts import Desk, Reply

__all__ = ["audit_command", "link_command", "role_command", "unlink_command"]

_USER = re.compile(r"[UW][A-Z0-9]{1,60}", re.ASCII)
_ALL = ("admin", "ops")
_NEVER = {  # standing of an account -> why a link would count for nothing
    "foreign": "belongs to another workspace",
    "deleted": "is deactivated",
    "bot": "is an app",
}


def link_command(desk: Desk, command: Command) -> Reply:
    desk.needs_everything("Linking people")
    user = _user(command.to)
    person = person_named(desk.numbers.org, command.subject)
    why = desk.standing.get(user, "")
    if why in _NEVER:
        raise CommandError(f"<@{user}> {_NEVER[why]}, so it cannot be linked.", fix="Link the person's own account.")
    if person.active_to is not None and person.active_to < desk.today:
        raise CommandError(f"{person.name} left on {person.active_to}: a link would let nobody in.")
    link = desk.state.links.get(user)
    if link is not None and link.explicit and link.person == person.id:
        return Reply(f"<@{user}> is {person.name} ({person.id}) already. Nothing was changed.")
    if user == desk.account and person.id != desk.actor.id:
        raise _locked_out(command)
    before, holder = link.person if link else None, desk.state.links.user_of(person.id)
    if not command.yes:
        lines = [f"Link <@{user}> to {person.name} ({person.id})? They will see what {person.name} may see."]
        if why == "guest":
            lines.append("This is a guest account: it gets in by this link only.")
        if before is not None and before != person.id:
            known = desk.numbers.org.people.get(before)
            lines.append(f"It is {known.name if known else before} now.")
        if holder is not None and holder != user:
            lines.append(f"{person.name} is <@{holder}> now, who is let go.")
        return Reply("\n".join(lines), confirm=f"{command.text} --yes")
    desk.state.links.link(user, person.id, at=desk.as_of, by=desk.actor.id)
    desk.audit("link", user, before=before, after=person.id)
    return Reply(f"<@{user}> is {person.name} ({person.id}).", done=True)


def unlink_command(desk: Desk, command: Command) -> Reply:
    desk.needs_everything("Linking people")
    user = _user(command.to)
    link = desk.state.links.get(user)
    if link is not None and link.explicit and link.person is None:
        return Reply(f"<@{user}> is linked to nobody already. Nothing was changed.")
    if user == desk.account:
        raise _locked_out(command)
    before = link.person if link else None
    if not command.yes:
        known = desk.numbers.org.people.get(before) if before else None
        now = f"It is {known.name} now. " if known else ""
        return Reply(
            f"Unlink <@{user}>? {now}Nobody is let in with this account then, also not by e-mail.",
            confirm=f"{command.text} --yes",
        )
    desk.state.links.link(user, None, at=desk.as_of, by=desk.actor.id)
    desk.audit("unlink", user, before=before)
    return Reply(f"<@{user}> is linked to nobody now.", done=True)


def role_command(desk: Desk, command: Command) -> Reply:
    desk.needs_everything("Giving roles")
    person = person_named(desk.numbers.org, command.subject)
    given = desk.state.links.role_of(person.id)
    before, role = given or person.role, None if command.role == "none" else command.role
    after = role or person.role
    if role == given or (given is None and after == before):
        return Reply(f"{person.name} is {before} already. Nothing was changed.")
    if person.id == desk.actor.id and after not in ("admin", "ops"):
        raise _locked_out(command)
    if not command.yes:
        may = " Admins and sales operations may change every rule, digest, link and role." if after in _ALL else ""
        return Reply(f"{person.name} ({person.id}) is {before} and becomes {after}.{may}", f"{command.text} --yes")
    desk.state.links.set_role(person.id, role, at=desk.as_of, by=desk.actor.id)
    desk.audit("role", person.id, before=before, after=after)
    return Reply(f"{person.name} is now {after} (was {before}).", done=True)


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


def _locked_out(command: Command) -> CommandError:
    return CommandError("You would lock yourself out.", at=command.text, fix="Let another admin do this.")


def _user(text: str) -> str:
    if not _USER.fullmatch(text):
        raise CommandError(
            f"I do not know the Slack user “{text}”.",
            at=f"@{text}",
            fix="Pick the user from the list that Slack offers after @.",
        )
    return text
