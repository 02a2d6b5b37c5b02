"""What the buttons of digests and alerts do. Everybody acts on what is theirs; admins and managers also on their
people's."""

from __future__ import annotations

import datetime as dt
import re

from bot.admin.parts import Desk
from bot.render.digests import ALERT_ACKNOWLEDGE, ALERT_SNOOZE, DIGEST_SNOOZE, DIGEST_UNSUBSCRIBE
from bot.state import State
from bot.wording.digests import tell
from bot.wording.figures import date_words
from metrics.people import Person
from schedules.measure import watched
from schedules.messages import from_json
from schedules.numbers import Numbers
from schedules.rules import RuleSpec
from schedules.state.rules import Rule

__all__ = ["press"]

_WEEK = dt.timedelta(days=7)
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)  # what fits the database's numbers
_RATED = re.compile(r"rule:[0-9]{1,9}:([^\x00]{1,300}):(up|down)", re.ASCII)


def press(
    action: str, value: str, *, actor: Person, language: str, numbers: Numbers, state: State, as_of: dt.datetime
) -> str:
    """Do what the button says; returns the words to show to whoever pressed it."""
    desk = Desk(numbers, state, actor, None, as_of)
    if action in (DIGEST_SNOOZE, DIGEST_UNSUBSCRIBE):
        return _digest(desk, action, value, language)
    if action in (ALERT_ACKNOWLEDGE, ALERT_SNOOZE):
        return _alert(desk, action, value, language)
    return _rated(desk, value, language)


def _digest(desk: Desk, action: str, value: str, language: str) -> str:
    subscription = desk.state.subscriptions.get(int(value)) if _NUMBER.fullmatch(value) else None
    if subscription is None or not subscription.live:
        return tell(language, "done.nothing")
    if subscription.recipient_kind != "person" or subscription.recipient != desk.actor.id:
        return tell(language, "done.not_yours")
    if action == DIGEST_UNSUBSCRIBE:
        desk.state.subscriptions.unsubscribe(subscription.id, at=desk.as_of)
        desk.audit("digest.unsubscribe", f"digest {subscription.digest_id}", before="subscribed", after="unsubscribed")
        return tell(language, "done.unsubscribed")
    until = desk.today + _WEEK
    desk.state.subscriptions.snooze(subscription.id, until=until)
    desk.audit("digest.snooze", f"digest {subscription.digest_id}", after=until.isoformat())
    return tell(language, "done.snoozed", date=date_words(until, language))


def _alert(desk: Desk, action: str, value: str, language: str) -> str:
    number, _, member = value.partition("|")
    rule = desk.state.rules.get(int(number)) if _NUMBER.fullmatch(number) else None
    if rule is None or member not in desk.state.rules.states(rule.id):
        return tell(language, "done.nothing")
    if not _concerned(desk, rule, member):
        return tell(language, "done.not_yours")
    if action == ALERT_ACKNOWLEDGE:
        if not desk.state.rules.acknowledge(rule.id, member, by=desk.actor.id, at=desk.as_of):
            return tell(language, "done.nothing")
        desk.audit("alert.acknowledge", f"rule {rule.id}", after=member)
        return tell(language, "done.acknowledged", name=desk.actor.name)
    until = desk.today + _WEEK
    desk.state.rules.snooze(rule.id, member, until=until, at=desk.as_of)
    desk.audit("alert.snooze", f"rule {rule.id}", after=f"{member} until {until}")
    return tell(language, "done.snoozed", date=date_words(until, language))


def _rated(desk: Desk, value: str, language: str) -> str:
    """A verdict on an alert that was sent to the actor, or to a channel."""
    given = _RATED.fullmatch(value)
    row = desk.state.outbox.find(given[1]) if given is not None else None
    if given is None or row is None or row.payload is None:
        return tell(language, "done.nothing")
    to = from_json(row.payload).to
    if to.kind == "person" and to.id != desk.actor.id:
        return tell(language, "done.not_yours")
    rated = value.rpartition(":")[0]
    desk.state.feedback.record("alert", rated[:200], desk.actor.id, given[2], at=desk.as_of)
    return tell(language, "done.thanks")


def _concerned(desk: Desk, rule: Rule, member: str) -> bool:
    """The person the alert is about, who leads them, the rule's author, its named recipient, or an admin."""
    spec = RuleSpec.model_validate_json(rule.spec)
    if desk.may_everything or desk.actor.id in (member, rule.created_by, spec.recipient):
        return True
    people = watched(desk.numbers, spec, desk.today).get(member, [])
    below = desk.numbers.org.subtree(desk.actor.id) - {desk.actor.id}
    return bool(people) and all(p.id in below for p in people)
