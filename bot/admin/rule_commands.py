"""`rule add | list | pause | resume | delete | test`, and snoozing what a rule watches."""

from __future__ import annotations

import datetime as dt

from bot.admin.clauses import CommandError
from bot.admin.grammar import Command
from bot.admin.names import channel_named, metric_named, person_named, selection_of, team_named
from bot.admin.parts import Desk, Reply
from bot.admin.rule_words import clock, rule_line
from bot.wording import words_for
from metrics.people import Person
from metrics.query import AllTime, Period, Relative
from schedules.measure import watched
from schedules.preview import Preview, preview
from schedules.rules import RuleSpec
from schedules.selection import Selection, may_all_see
from schedules.slots import first_slot
from schedules.state.rules import Rule

__all__ = ["rule_command", "snooze_command"]

_DEFAULT_MINUTE = 8 * 60
_MONTH = Relative(unit="month")
_SNOOZE_DAYS = 7


def rule_command(desk: Desk, command: Command) -> Reply:
    if command.verb == "add":
        return _add(desk, command)
    if command.verb == "list":
        return _list(desk)
    rule = _rule(desk, command.number)
    if command.verb == "test":
        spec = RuleSpec.model_validate_json(rule.spec)
        _may_select(desk, spec.select, rule.created_by)
        return Reply(f"Rule {rule.id}: {rule.text}\n{_preview_words(desk, spec, _preview(desk, spec))}")
    desk.needs_own(rule.created_by, f"Rule {rule.id}")
    if command.verb == "delete" and not command.yes:
        return Reply(f"Delete rule {rule.id}: {rule.text}?", confirm=f"rule delete {rule.id} --yes")
    if command.verb == "pause":
        desk.state.rules.pause(rule.id)
    elif command.verb == "resume":
        slot, date = _first(desk, rule.at_minute, rule)
        desk.state.rules.resume(rule.id, slot, date)
    else:
        desk.state.rules.delete(rule.id, at=desk.as_of)
    desk.audit(
        f"rule.{command.verb}", f"rule {rule.id}", before="paused" if rule.paused else "active", after=command.verb
    )
    done = {"pause": "Paused", "resume": "Resumed", "delete": "Deleted"}[command.verb]
    return Reply(f"{done} rule {rule.id}: {rule.text}", done=True)


def snooze_command(desk: Desk, command: Command) -> Reply:
    """Freeze everybody a rule watches, or one of them, until a date."""
    rule = _rule(desk, command.number)
    desk.needs_own(rule.created_by, f"Rule {rule.id}")
    spec = RuleSpec.model_validate_json(rule.spec)
    until = command.until or desk.today + dt.timedelta(days=command.days or _SNOOZE_DAYS)
    if until <= desk.today:
        raise CommandError("A snooze ends on a later day.", at=until.isoformat(), fix="Write: snooze 3 7 days")
    members = list(watched(desk.numbers, spec, desk.today))
    name = command.scope.named or command.scope.team
    if name:
        members = [_member(desk, spec, members, name)]
    for member in members:
        desk.state.rules.snooze(rule.id, member, until=until, at=desk.as_of)
    who = name or "everybody it watches"
    desk.audit("rule.snooze", f"rule {rule.id}", after=f"{who} until {until}")
    return Reply(f"Rule {rule.id} is silent for {who} until {until}.", done=True)


def _add(desk: Desk, command: Command) -> Reply:
    if not (desk.may_everything or desk.leads):
        raise CommandError(
            f"Rules are made by managers, sales operations and admins; you are {desk.role}.", fix="Ask your manager."
        )
    spec = _spec(desk, command)
    minute = command.minute if command.minute is not None else _DEFAULT_MINUTE
    line = rule_line(desk.numbers.model, desk.numbers.org, desk.state, spec, minute)
    if not watched(desk.numbers, spec, desk.today):
        raise CommandError(
            "Nobody who sells is selected by this rule.",
            at=line,
            fix="Look at the names after “for” and “in”; for a manager write “for team …”.",
        )
    same = _same(desk, spec, minute)
    if same is not None:
        paused = f" It is paused: `rule resume {same.id}` wakes it." if same.paused else ""
        return Reply(f"Rule {same.id} is the same: {same.text}\nNothing was changed.{paused}")
    if not command.yes:
        words = _preview_words(desk, spec, _preview(desk, spec))
        return Reply(f"New rule: {line}\n{words}\n{_told(spec)}", confirm=f"{command.text} --yes")
    zone = desk.numbers.model.calendar.timezone
    slot, date = _first(desk, minute, None)
    number = desk.state.rules.add(
        line, spec.model_dump_json(), minute, zone, slot, date, by=desk.actor.id, at=desk.as_of
    )
    desk.audit("rule.add", f"rule {number}", after=line)
    return Reply(
        f"Rule {number} is saved: {line}\nIt is looked at first on {date} at {clock(minute)} ({zone}).", done=True
    )


def _same(desk: Desk, spec: RuleSpec, minute: int) -> Rule | None:
    """The rule that means exactly this, whatever words made it."""
    for rule in desk.state.rules.all():
        if rule.at_minute == minute and RuleSpec.model_validate_json(rule.spec) == spec:
            return rule
    return None


def _spec(desk: Desk, command: Command) -> RuleSpec:
    model, org = desk.numbers.model, desk.numbers.org
    name = metric_named(model, command.subject)
    metric = model.metrics[name]
    if metric.unit == "date" or metric.datatype in ("Date", "DateTime", "String"):
        raise CommandError(f"{name} is no number, so it cannot be compared with one.", at=command.subject)
    if command.measure != "value" and (not metric.has_target or model.targets is None):
        targeted = tuple(m.name for m in model.metrics.values() if m.has_target)
        raise CommandError(f"{name} has no target.", at=command.subject, suggestions=targeted[:3])
    if metric.snapshot and command.period is not None:
        raise CommandError(f"{name} is a state of now and has no period.", fix="Leave the period out.")
    period: Period = AllTime() if metric.snapshot else command.period or _MONTH
    if command.measure != "value" and period != _MONTH:
        raise CommandError(
            "Targets are monthly: a rule about a target speaks of this month.", fix="Leave the period out."
        )
    fraction = metric.unit == "percent" or command.measure != "value"
    if command.percent and not fraction:
        raise CommandError(
            f"{name} is no percentage.",
            at=f"{command.threshold:g}%",
            fix=f"Write {command.threshold:g}, or {command.threshold:g}% of target.",
        )
    share = command.percent or (fraction and command.threshold > 1)  # "win_rate < 40" can only mean 40 %
    threshold = command.threshold / 100 if share and fraction else command.threshold
    select = selection_of(model, org, command.scope)
    per = command.scope.per or "rep"
    if select.team is not None and command.scope.named and select.people is None:
        per = "team"  # "for East 1" names a team
    if per == "team" and (model.people is None or model.people.team is None):
        raise CommandError("This model has no teams.", fix="Write: for each rep")
    if not desk.may_everything:
        select = _own_part(desk, select)
    to, recipient = _recipient(desk, command, per)
    spec = RuleSpec.model_validate(
        {
            "metric": name,
            "measure": command.measure,
            "op": command.op,
            "threshold": threshold,
            "period": period,
            "per": per,
            "select": select,
            "to": to,
            "recipient": recipient,
            "remind": command.remind,
        }
    )
    _channel_may_see(desk, spec)
    return spec


def _own_part(desk: Desk, select: Selection) -> Selection:
    """A manager's rule is about their own people. Raises CommandError when it names others."""
    org = desk.numbers.org
    below = org.subtree(desk.actor.id) - {desk.actor.id}
    if select == Selection():
        return Selection(under=desk.actor.id)
    chosen = {p.id for p in select.reps(org, desk.today)}
    if not chosen <= below:
        raise CommandError(
            "You can make rules for your own team only.", fix="Leave out “for” and “in”, or name people of your team."
        )
    return select.model_copy(update={"under": desk.actor.id})


def _may_select(desk: Desk, select: Selection, created_by: str) -> None:
    if not desk.may_everything and created_by != desk.actor.id:
        raise CommandError("This rule belongs to somebody else.", fix="Its author or an admin can test it.")


def _recipient(desk: Desk, command: Command, per: str) -> tuple[str, str | None]:
    """(to, recipient id): as said, else reps for rules about reps, managers for teams, this channel or the author."""
    to = command.to.casefold()
    if command.scope.channel:
        return "channel", channel_named(desk.state, command.scope.channel).id
    if to.startswith("#"):
        return "channel", channel_named(desk.state, command.to[1:]).id
    if to in ("rep", "reps", "them", "themselves"):
        if per != "rep":
            raise CommandError(
                "A rule about a team goes to its manager, to a channel or to a person.",
                at=f"to {command.to}",
                fix="Write: to manager",
            )
        return "rep", None
    if to in ("manager", "managers"):
        return "manager", None
    if to == "me":
        return "person", desk.actor.id
    if to:
        person = person_named(desk.numbers.org, command.to)
        if not desk.may_everything and person.id not in desk.numbers.org.subtree(desk.actor.id):
            raise CommandError(
                "You can send alerts to yourself and your own team only.", at=f"to {command.to}", fix="Write: to me"
            )
        return "person", person.id
    if per == "rep":
        return "rep", None
    if per == "team":
        return "manager", None
    if desk.channel is not None and desk.state.channels.get(desk.channel) is not None:
        return "channel", desk.channel
    return "person", desk.actor.id


def _channel_may_see(desk: Desk, spec: RuleSpec) -> None:
    if spec.to != "channel" or spec.recipient is None:
        return
    channel = desk.state.channels.get(spec.recipient)
    owners: list[Person] = [p for people in watched(desk.numbers, spec, desk.today).values() for p in people]
    allowed = may_all_see(
        desk.numbers.model,
        desk.numbers.org,
        members=channel.members if channel else (),
        unknown=channel.unknown if channel else 1,
        metric=spec.metric,
        period=spec.period,
        on=desk.today,
        owners=owners,
        named=spec.speaks_of,
    )
    if not allowed:
        name = channel.name if channel else spec.recipient
        raise CommandError(
            f"Not every member of #{name} may see {spec.metric} of these people.",
            fix="Write: to manager, or use a channel of people who may.",
        )


def _list(desk: Desk) -> Reply:
    rules = [r for r in desk.state.rules.all() if desk.may_everything or r.created_by == desk.actor.id]
    if not rules:
        return Reply("There are no rules yet. `rule add win_rate < 40% for each rep in East` makes one.")
    lines = []
    for rule in rules:
        fired = sum(s.fired for s in desk.state.rules.states(rule.id).values())
        votes = desk.state.feedback.counts("alert", prefix=f"rule:{rule.id}:")
        rated = f" · 👍 {votes.get('up', 0)} 👎 {votes.get('down', 0)}" if votes else ""
        lines.append(f"{rule.id}. {rule.text}{' · paused' if rule.paused else ''} · fired now: {fired}{rated}")
    return Reply("\n".join(lines))


def _rule(desk: Desk, number: int | None) -> Rule:
    rule = desk.state.rules.get(number or 0)
    if rule is None:
        raise CommandError(f"There is no rule {number}.", fix="`rule list` shows them.")
    return rule


def _first(desk: Desk, minute: int, rule: Rule | None) -> tuple[dt.datetime, dt.date]:
    zone = rule.timezone if rule is not None else desk.numbers.model.calendar.timezone
    slot, date = first_slot(desk.as_of, minute, zone, desk.working)
    if rule is not None and rule.last_date is not None and date <= rule.last_date:
        return first_slot(slot, minute, zone, desk.working)
    return slot, date


def _member(desk: Desk, spec: RuleSpec, members: list[str], name: str) -> str:
    if spec.per == "rep":
        found = person_named(desk.numbers.org, name).id
    else:
        named = team_named(desk.numbers.model, desk.numbers.org, name) or name
        found = next((m for m in members if m.casefold() == named.casefold()), "")
    if found not in members:
        raise CommandError(f"The rule does not watch “{name}”.", fix="`rule list` shows whom it watches.")
    return found


def _preview(desk: Desk, spec: RuleSpec) -> Preview:
    return preview(desk.numbers, spec, desk.today, working=desk.working)


def _name(desk: Desk, spec: RuleSpec, member: str) -> str:
    """Whom a rule watches, as people call them."""
    if spec.per == "rep":
        person = desk.numbers.org.people.get(member)
        return person.name if person is not None else member
    return words_for(desk.numbers.model, "en").team(member) or "everyone together"


def _preview_words(desk: Desk, spec: RuleSpec, seen: Preview) -> str:
    one, many = {"rep": ("person", "people"), "team": ("team", "teams"), "all": ("total", "totals")}[spec.per]
    who = f"{seen.members} {one if seen.members == 1 else many}"  # some may have left since: more than are watched now
    now = [_name(desk, spec, member) for member in seen.now]
    text = f"It would have fired {seen.fired} {'time' if seen.fired == 1 else 'times'} in {seen.days} days, for {who}"
    text += f" ({seen.looked} working days looked at, with the data as it is today; {seen.watched} watched now)."
    if now:
        text += f" Over the line now: {', '.join(now[:8])}{f' and {len(now) - 8} more' if len(now) > 8 else ''}."
    if desk.numbers.model.metrics[spec.metric].snapshot:
        text += f" {spec.metric} is a state of now: its past is an estimate from the rows as they are today."
    if seen.unknown:
        text += f" {seen.unknown} times there was no number (n/a): that never fires."
    return text


def _told(spec: RuleSpec) -> str:
    who = {
        "rep": "the person concerned",
        "manager": "the manager",
        "person": "the person named",
        "channel": "the channel",
    }[spec.to]
    return f"Told: {who}, once when it fires and once when it has recovered."
