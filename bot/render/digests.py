"""Digests and alerts as Slack messages: where you stand, the gap, what is needed per working day, one thing to look
at."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from bot.render.answer import Post
from bot.render.blocks import Block, Button, actions, context, escape, feedback, header, message_blocks, section
from bot.render.button_values import Carried, encode
from bot.render.data_notice import data_post
from bot.render.late import with_line
from bot.wording import Words, format_value
from bot.wording.digests import tell
from metrics.model.schema import Model
from metrics.query import Query, Relative, Target
from schedules.messages import (
    Alert,
    DataNotice,
    Late,
    Leaderboard,
    ManagerDigest,
    MemberLine,
    Message,
    Missed,
    RepDigest,
    Standing,
)

__all__ = [
    "ALERT_ACKNOWLEDGE",
    "ALERT_FEEDBACK",
    "ALERT_SNOOZE",
    "DETAILS",
    "DIGEST_SNOOZE",
    "DIGEST_UNSUBSCRIBE",
    "message_post",
]

DETAILS = "step_details"  # answered like every other follow-up button
DIGEST_SNOOZE = "digest_snooze"
DIGEST_UNSUBSCRIBE = "digest_unsubscribe"
ALERT_ACKNOWLEDGE = "alert_acknowledge"
ALERT_SNOOZE = "alert_snooze"
ALERT_FEEDBACK = "alert_feedback"

_MOST_BEHIND = 8
_MEDALS = {1: "🥇", 2: "🥈", 3: "🥉"}


def message_post(model: Model, message: Message) -> Post:
    """The message in the recipient's language: blocks, and the same as plain text."""
    words = Words(model, message.language)
    post = _on_time(words, message)
    if not message.late or message.due is None:
        return post
    time, day = f"{message.due:%H:%M}", message.due.date()
    same_day = message.until is None or message.until.astimezone(message.due.tzinfo).date() == day + dt.timedelta(1)
    if same_day:
        said = tell(words.language, "late.meant_for", time=time)
    else:
        said = tell(words.language, "late.meant_for.day", time=time, date=words.date(day))
    return with_line(post, "⏰ " + said)


def _on_time(words: Words, message: Message) -> Post:
    if isinstance(message, RepDigest):
        return _rep(words, message)
    if isinstance(message, ManagerDigest):
        return _manager(words, message)
    if isinstance(message, Leaderboard):
        return _leaderboard(words, message)
    if isinstance(message, Missed):
        said = tell(words.language, "missed", n=message.n, date=words.date(message.day))
        return _post_of("⚠️ " + said)
    if isinstance(message, DataNotice):
        return data_post(words, message)
    return _alert(words, message) if isinstance(message, Alert) else _late(words, message)


def _post(title: str, paragraphs: Sequence[str], footer: Sequence[str], extra: Sequence[Block]) -> Post:
    """`paragraphs` are mrkdwn with data values escaped; the plain text is the same without marks."""
    blocks = [header(title), *(section(p) for p in paragraphs), *context([" · ".join(footer)]), *extra]
    text = "\n".join([escape(title), *(_unmarked(p) for p in paragraphs), " · ".join(footer)])
    finished = tuple(message_blocks(blocks))
    plain = tuple(message_blocks([b for b in blocks if b["type"] != "context_actions"]))
    return Post(text, finished, plain)


def _unmarked(mrkdwn: str) -> str:
    return re.sub(r"\*([^*\n]+)\*", r"\1", mrkdwn)


def _rep(words: Words, digest: RepDigest) -> Post:
    language = words.language
    title = tell(language, "rep.title", name=digest.name, date=words.date(digest.as_of))
    paragraphs = ["\n".join(_standing(words, s, digest.days_left)) for s in digest.standings]
    focus = next((s for s in digest.standings if s.metric == digest.focus), None)
    if focus is not None:
        pace = format_value(focus.pace, "percent", language)
        paragraphs.append("👉 " + tell(language, "rep.focus", metric=escape(words.metric(focus.metric)), pace=pace))
    elif any(s.state is not None for s in digest.standings):
        paragraphs.append(tell(language, "rep.fine"))
    elif words.model.targets is not None and all(s.target is None for s in digest.standings):
        paragraphs.append(tell(language, "rep.no_target"))
    shown = digest.focus or digest.standings[0].metric
    return _post(
        title,
        paragraphs,
        _footer(words, digest),
        actions(_digest_buttons(words, digest, _standing_query(words, shown, "me"))),
    )


def _manager(words: Words, digest: ManagerDigest) -> Post:
    language = words.language
    title = tell(language, "manager.title", name=digest.name, date=words.date(digest.as_of))
    paragraphs = ["\n".join(_standing(words, s, digest.days_left)) for s in digest.totals]
    first = digest.totals[0] if digest.totals else None
    if first is not None:
        metric = escape(words.metric(first.metric))
        lines = [tell(language, "manager.none_behind", metric=metric)]
        if digest.behind:
            lines = [tell(language, "manager.behind", metric=metric, n=len(digest.behind))]
            lines += ["• " + _behind(words, line, first.unit) for line in digest.behind[:_MOST_BEHIND]]
            if len(digest.behind) > _MOST_BEHIND:
                lines.append(tell(language, "manager.more", n=len(digest.behind) - _MOST_BEHIND))
        paragraphs.append("\n".join(lines))
        changed = []
        if digest.since is not None and digest.delta is not None:
            delta = format_value(digest.delta, first.unit, language, signed=first.unit != "percent")
            since = "manager.delta.day" if digest.since == digest.as_of else "manager.delta"
            changed.append(tell(language, since, metric=metric, date=words.date(digest.since), delta=delta))
        for key, names in (("manager.newly", digest.newly_behind), ("manager.recovered", digest.recovered)):
            if names:
                changed.append(tell(language, key, names=escape(words.joined(list(names)))))
        if digest.alerts:
            changed.append(tell(language, "manager.alerts", n=digest.alerts))
        if changed:
            paragraphs.append("\n".join(changed))
    footer = [tell(language, "manager.members", n=digest.members), *_footer(words, digest)]
    query = _standing_query(words, first.metric, "team") if first is not None else None
    return _post(title, paragraphs, footer, actions(_digest_buttons(words, digest, query)))


def _leaderboard(words: Words, board: Leaderboard) -> Post:
    language = words.language
    metric = words.metric(board.metric)
    title = tell(language, "leaderboard.title", metric=metric, n=len(board.places), date=words.date(board.as_of))
    rows = []
    for place in board.places:
        value = format_value(place.value, board.unit, language)
        rank = _MEDALS.get(place.rank, f"{place.rank}.")
        rows.append(tell(language, "leaderboard.row", rank=rank, name=escape(place.name), value=value))
    footer = [tell(language, "leaderboard.of", n=board.n), *_footer(words, board)]
    return _post(title, ["\n".join(rows)], footer, actions([_details(words, board.query)]))


def _alert(words: Words, alert: Alert) -> Post:
    language = words.language
    metric, unit = words.metric(alert.metric), alert.unit
    if alert.measure != "value":
        metric, unit = tell(language, f"alert.measure.{alert.measure}", metric=metric), "percent"
    sentence = tell(
        language,
        f"alert.{alert.transition}",
        name=escape(_about(words, alert)),
        metric=escape(metric),
        value=format_value(alert.value, unit, language),
        op=tell(language, f"op.{alert.op}"),
        threshold=format_value(alert.threshold, unit, language),
        since=words.date(alert.since) if alert.since is not None else "",
    )
    if alert.target is not None and alert.measure != "value":
        actual, target = (format_value(v, alert.unit, language) for v in (alert.actual, alert.target))
        sentence += "\n" + tell(language, "alert.made_of", actual=actual, target=target)
    footer = [tell(language, "alert.rule", n=alert.subject, rule=escape(alert.rule)), *_footer(words, alert)]
    buttons = [_details(words, alert.query)]
    extra: list[Block] = []
    subject = f"{alert.subject}|{alert.member}"
    if alert.transition != "recover":
        buttons.append(Button(tell(language, "button.acknowledge"), ALERT_ACKNOWLEDGE, subject, "primary"))
        buttons.append(Button(tell(language, "button.snooze"), ALERT_SNOOZE, subject))
        rated = f"rule:{alert.subject}:{alert.key}"[:1900]
        up, down = tell(language, "button.up"), tell(language, "button.down")
        extra = [feedback(ALERT_FEEDBACK, (up, up), (down, down), rated)]
    blocks = [section(sentence), *context([" · ".join(footer)]), *actions(buttons)]
    text = "\n".join([_unmarked(sentence), " · ".join(footer)])
    return Post(text, tuple(message_blocks([*blocks, *extra])), tuple(message_blocks(blocks)))


def _about(words: Words, alert: Alert) -> str:
    """Whom an alert is about: a person, a team by its label, or everybody."""
    name = words.team(alert.member) if alert.per == "team" else alert.name
    return name or tell(words.language, "alert.who.all")


def _late(words: Words, late: Late) -> Post:
    language = words.language
    lines = [tell(language, f"late.{late.about}")]
    for source in late.sources:
        if source.through is None:
            lines.append(tell(language, "late.never", source=escape(source.name)))
        else:
            lines.append(tell(language, "late.source", source=escape(source.name), date=words.date(source.through)))
    lines.append(tell(language, "late.then"))
    return _post_of("⏳ " + "\n".join(lines))


def _post_of(mrkdwn: str) -> Post:
    """One paragraph."""
    blocks = tuple(message_blocks([section(mrkdwn)]))
    return Post(mrkdwn, blocks, blocks)


def _standing(words: Words, standing: Standing, days_left: int) -> list[str]:
    """The lines about one metric."""
    language, unit = words.language, standing.unit

    def value(number: float | None, *, of: str = unit, signed: bool = False) -> str:
        return format_value(number, of, language, signed=signed)

    metric, actual = escape(words.metric(standing.metric)), value(standing.actual)
    if standing.target is None:
        lines = [tell(language, "line.plain", metric=metric, actual=actual)]
    else:
        attained = value(standing.attainment, of="percent")
        target = value(standing.target)
        lines = [tell(language, "line.target", metric=metric, actual=actual, target=target, attainment=attained)]
        if standing.state is not None:
            lines[0] += "  " + tell(language, f"state.{standing.state}")
        lines += _to_go(words, standing, days_left)
    places = []
    if standing.rank_team is not None and standing.n_team is not None:
        places.append(tell(language, "line.rank_team", rank=standing.rank_team, n=standing.n_team))
    if standing.rank_all is not None and standing.n_all is not None:
        places.append(tell(language, "line.rank_all", rank=standing.rank_all, n=standing.n_all))
    if standing.change_pct is not None or standing.change is not None:
        as_share = standing.change_pct is not None and unit != "percent"
        change = words.change_percent(standing.change_pct) if as_share else value(standing.change, signed=True)
        places.append(tell(language, "line.change", change=change))
    return lines + ([" · ".join(places)] if places else [])


def _to_go(words: Words, standing: Standing, days_left: int) -> list[str]:
    """The gap and what closes it; nothing where lower is better or the target is no sum."""
    if standing.gap is None or not words.model.metrics[standing.metric].higher_is_better:
        return []
    language, unit = words.language, standing.unit
    if standing.gap <= 0:
        return (
            [tell(language, "line.reached", over=format_value(-standing.gap, unit, language))]
            if standing.gap < 0
            else []
        )
    pieces = [
        tell(language, "line.gap", gap=format_value(standing.gap, unit, language, signed=unit == "percent").lstrip("+"))
    ]
    if standing.needed is not None and unit == "count" and standing.needed < 1 and days_left > 1:
        every = int(days_left / standing.gap + 1e-9)  # rounded down: at this pace the target is reached in time
        pieces.append(
            tell(language, "line.needed.rare" if every > 1 else "line.needed.daily", every=every, n=days_left)
        )
    elif standing.needed is not None:
        pieces.append(tell(language, "line.needed", needed=format_value(standing.needed, unit, language), n=days_left))
    elif days_left == 0:
        pieces.append(tell(language, "line.over"))
    return [", ".join(pieces) if language == "en" else "，".join(pieces)]


def _behind(words: Words, line: MemberLine, unit: str) -> str:
    language = words.language
    return tell(
        language,
        "manager.behind.row",
        name=escape(line.name),
        actual=format_value(line.actual, unit, language),
        target=format_value(line.target, unit, language),
        pace=format_value(line.pace, "percent", language),
    )


def _footer(words: Words, message: RepDigest | ManagerDigest | Leaderboard | Alert) -> list[str]:
    through = min(
        message.data_through or message.as_of, message.as_of
    )  # later data is there when a day is looked at again
    return [tell(words.language, "footer.data", date=words.date(through))]


def _standing_query(words: Words, metric: str, scope: str) -> Query:
    known = words.model.metrics[metric]
    target = Target() if known.has_target and words.model.targets is not None else None
    return Query.model_validate(
        {"metrics": (metric,), "scope": scope, "period": Relative(unit="month"), "target": target}
    )


def _details(words: Words, query: Query) -> Button:
    kept: list[str] = []
    value = encode(Carried(words.language, query), lambda identifier, _: kept.append(identifier))
    # A rule with filters too long for a button keeps its message short instead: the question can be asked in words.
    return Button(tell(words.language, "button.details"), DETAILS, "" if kept else value)


def _digest_buttons(words: Words, digest: RepDigest | ManagerDigest, query: Query | None) -> list[Button]:
    number = str(digest.subject)
    return [
        *([_details(words, query)] if query is not None else []),
        Button(tell(words.language, "button.snooze"), DIGEST_SNOOZE, number),
        Button(tell(words.language, "button.unsubscribe"), DIGEST_UNSUBSCRIBE, number),
    ]
