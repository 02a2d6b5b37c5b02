"""`digest add | leaderboard | list | pause | resume | delete`, and what everybody may do for themselves: `me`,
`unsubscribe`."""

from __future__ import annotations

from bot.admin.clauses import CommandError
from bot.admin.grammar import Command
from bot.admin.names import channel_named, metric_named, selection_of
from bot.admin.parts import Desk, Reply
from bot.admin.rule_words import clock, selection_words
from metrics.people import Person
from schedules.digests import DigestSpec
from schedules.planning import enrol_everybody, reschedule
from schedules.selection import Selection, may_all_see
from schedules.standings import MONTH
from schedules.state.subscriptions import Digest

__all__ = ["digest_command", "digest_line", "subscribe_me", "unsubscribe_me"]


def digest_command(desk: Desk, command: Command) -> Reply:
    if command.verb == "me":
        return subscribe_me(desk, command.minute or 0)
    if command.verb == "unsubscribe":
        return unsubscribe_me(desk)
    desk.needs_everything("This")
    if command.verb == "add":
        return _add(desk, command)
    if command.verb == "leaderboard":
        return _leaderboard(desk, command)
    if command.verb == "list":
        return _list(desk)
    return _change(desk, command)


def subscribe_me(desk: Desk, minute: int) -> Reply:
    """The actor's own digest: a manager's for who leads people who sell, else a rep's. It replaces those they get
    now."""
    alone = Selection(people=(desk.actor.id,))
    org = desk.numbers.org
    kind = "manager" if alone.managers(org, desk.today) else "rep"
    if kind == "rep" and not alone.reps(org, desk.today):
        raise CommandError(
            "There is no digest for you: you neither sell nor lead people who sell.",
            fix="Ask the question when you need it.",
        )
    before = _stop_all(desk)
    spec = DigestSpec(select=alone)
    number = desk.state.subscriptions.add_digest(kind, spec.model_dump_json(), minute, by=desk.actor.id, at=desk.as_of)
    _enrol(desk)
    desk.audit("digest.me", f"digest {number}", before=before, after=f"{kind} at {clock(minute)}")
    return Reply(f"You get your {kind} digest on working days at {clock(minute)}, your local time.", done=True)


def unsubscribe_me(desk: Desk) -> Reply:
    """Nothing regular for the actor any more, whoever ordered it."""
    before = _stop_all(desk)
    if not before:
        return Reply("You get no digests.")
    desk.audit("digest.unsubscribe", desk.actor.id, before=before, after="none")
    return Reply("You are unsubscribed from: " + before + ".", done=True)


def digest_line(desk: Desk, digest: Digest) -> str:
    """A digest as one line that people read."""
    spec = DigestSpec.model_validate_json(digest.spec)
    if digest.kind == "leaderboard":
        channel = desk.state.channels.get(spec.channel or "")
        return (
            f"leaderboard {spec.metric} in #{channel.name if channel else spec.channel} at {clock(digest.at_minute)}"
            f" top {spec.top}"
        )
    return f"{digest.kind} {_for_whom(desk, digest.kind, spec.select)} at {clock(digest.at_minute)}, local time of each"


def _for_whom(desk: Desk, kind: str, select: Selection) -> str:
    return selection_words(desk.numbers.model, desk.numbers.org, select, "rep").replace(
        "for each rep", f"for each {kind}"
    )


def _add(desk: Desk, command: Command) -> Reply:
    select = selection_of(desk.numbers.model, desk.numbers.org, command.scope)
    org = desk.numbers.org
    people = select.reps(org, desk.today) if command.subject == "rep" else select.managers(org, desk.today)
    if not people:
        raise CommandError(
            "Nobody is selected.", at=command.text, fix=f"A {command.subject} digest is for {_WHO[command.subject]}."
        )
    minute = command.minute or 0
    names = ", ".join(p.name for p in people[:5]) + (f" and {len(people) - 5} more" if len(people) > 5 else "")
    already = _already(desk, command.subject) & {p.id for p in people}
    kept = f"\n{len(already)} of them get one already and keep it." if already and select.people is None else ""
    what = (
        f"{command.subject} digest {_for_whom(desk, command.subject, select)} on working days at {clock(minute)}, local"
        " time of each"
    )
    if not command.yes:
        return Reply(f"New: {what}\nFor {_counted(people)} now: {names}.{kept}", confirm=f"{command.text} --yes")
    return _save(
        desk, command.subject, DigestSpec(select=select), minute, f"{what}. It goes to {_counted(people)} now.{kept}"
    )


def _leaderboard(desk: Desk, command: Command) -> Reply:
    model, org = desk.numbers.model, desk.numbers.org
    metric = metric_named(model, command.subject)
    channel = channel_named(desk.state, command.to)
    if model.people is None or model.metrics[metric].snapshot:
        raise CommandError(f"There is no monthly ranking of {metric}.", at=command.subject)
    owners = Selection().reps(org, desk.today)
    allowed = may_all_see(
        model,
        org,
        members=channel.members,
        unknown=channel.unknown,
        metric=metric,
        period=MONTH,
        on=desk.today,
        owners=owners,
        named="people",
    )
    if not allowed:
        public = tuple(model.access.public_leaderboards)
        raise CommandError(
            f"Not every member of #{channel.name} may see the ranking of {metric}.",
            suggestions=public[:3],
            fix="Public rankings are named in sales.yaml, under access: public_leaderboards.",
        )
    minute = command.minute or 0
    what = (
        f"leaderboard of {metric}, this month, top {command.top}, in #{channel.name} on working days at {clock(minute)}"
    )
    if not command.yes:
        return Reply(f"New: {what}", confirm=f"{command.text} --yes")
    return _save(desk, "leaderboard", DigestSpec(metric=metric, top=command.top, channel=channel.id), minute, what)


def _save(desk: Desk, kind: str, spec: DigestSpec, minute: int, what: str) -> Reply:
    number = desk.state.subscriptions.add_digest(kind, spec.model_dump_json(), minute, by=desk.actor.id, at=desk.as_of)
    _enrol(desk)
    desk.audit("digest.add", f"digest {number}", after=what)
    return Reply(f"Digest {number} is saved: {what}", done=True)


def _list(desk: Desk) -> Reply:
    digests = desk.state.subscriptions.digests()
    if not digests:
        return Reply("There are no digests yet. `digest add rep at 08:30 for everyone` makes one.")
    lines = []
    for digest in digests:
        found = desk.state.subscriptions.of_digest(digest.id)
        live = sum(s.live for s in found)
        left = sum(s.unsubscribed_at is not None for s in found)
        people = f"{live} {'recipient' if live == 1 else 'recipients'}" + (f", {left} unsubscribed" if left else "")
        lines.append(f"{digest.id}. {digest_line(desk, digest)} · {people}{' · paused' if digest.paused else ''}")
    return Reply("\n".join(lines))


def _change(desk: Desk, command: Command) -> Reply:
    digest = desk.state.subscriptions.digest(command.number or 0)
    if digest is None:
        raise CommandError(f"There is no digest {command.number}.", fix="`digest list` shows them.")
    line = digest_line(desk, digest)
    if command.verb == "delete" and not command.yes:
        return Reply(f"Delete digest {digest.id}: {line}?", confirm=f"digest delete {digest.id} --yes")
    if command.verb == "delete":
        desk.state.subscriptions.delete(digest.id, at=desk.as_of)
    else:
        desk.state.subscriptions.pause(digest.id, paused=command.verb == "pause")
        if command.verb == "resume":
            reschedule(desk.state, digest, desk.as_of, working=desk.working)
    desk.audit(
        f"digest.{command.verb}",
        f"digest {digest.id}",
        before="paused" if digest.paused else "active",
        after=command.verb,
    )
    done = {"pause": "Paused", "resume": "Resumed", "delete": "Deleted"}[command.verb]
    return Reply(f"{done} digest {digest.id}: {line}", done=True)


def _counted(people: list[Person]) -> str:
    return f"{len(people)} {'person' if len(people) == 1 else 'people'}"


_WHO = {"rep": "people who sell", "manager": "people who lead people who sell"}


def _enrol(desk: Desk) -> None:
    enrol_everybody(desk.numbers, desk.state, desk.as_of, working=desk.working)


def _already(desk: Desk, kind: str) -> set[str]:
    numbers = [d.id for d in desk.state.subscriptions.digests() if d.kind == kind]
    return {s.recipient for n in numbers for s in desk.state.subscriptions.of_digest(n) if s.live}


def _stop_all(desk: Desk) -> str:
    """End every digest of the actor; returns what they were, "" for none. A digest that was theirs alone is deleted."""
    digests = {d.id: d for d in desk.state.subscriptions.digests()}
    stopped = []
    for subscription in desk.state.subscriptions.of_person(desk.actor.id):
        digest = digests.get(subscription.digest_id)
        if digest is None or not subscription.live:
            continue
        desk.state.subscriptions.unsubscribe(subscription.id, at=desk.as_of)
        if DigestSpec.model_validate_json(digest.spec).select.people == (desk.actor.id,):
            desk.state.subscriptions.delete(digest.id, at=desk.as_of)
        stopped.append(f"{digest.kind} at {clock(digest.at_minute)}")
    return ", ".join(stopped)
