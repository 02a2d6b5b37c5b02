"""The one-line commands of `/kpi-admin`: text to a command value. Names stay words here; `names` resolves them.

What cannot be read raises `CommandError`, which says what, where, and how to put it right.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from typing import Literal

from bot.admin.clauses import Clauses, CommandError, Scope
from metrics.nearest import nearest
from metrics.query import Period

__all__ = ["Command", "CommandError", "Scope", "parse_command", "tidy"]

NAMES = ("help", "rule", "digest", "link", "unlink", "role", "data", "audit", "snooze", "unsubscribe")
OPERATORS: dict[str, Literal["lt", "le", "gt", "ge"]] = {
    "<=": "le",
    "≤": "le",
    "at most": "le",
    "<": "lt",
    "below": "lt",
    "under": "lt",
    "less than": "lt",
    "低于": "lt",
    "小于": "lt",
    ">=": "ge",
    "≥": "ge",
    "at least": "ge",
    ">": "gt",
    "above": "gt",
    "over": "gt",
    "more than": "gt",
    "高于": "gt",
    "大于": "gt",
}
_OPERATOR = re.compile(
    r"\s*(<=|>=|≤|≥|<|>|低于|小于|高于|大于|\b(?:at most|at least|less than|more than|below|under|above|over)\b)\s*",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[¥$€£￥]?\s*(-?\d[\d,]*(?:\.\d+)?)\s*(k\b|m\b|万|亿)?\s*(%|percent\b|％)?", re.IGNORECASE)
_MENTION = re.compile(r"<@(\w+)(?:\|[^>]*)?>|@([\w.\-]+)")
_ORDINAL = re.compile(r"[0-9]{1,9}", re.ASCII)  # what fits the database's numbers
_MOST = 1e15  # of a threshold: beyond, a float no longer tells one from the next
_CONTROLS = dict.fromkeys(range(32), " ")
_SCALE = {"k": 1e3, "m": 1e6, "万": 1e4, "亿": 1e8}


@dataclass(frozen=True, slots=True)
class Command:
    """A command as read. `name` and `verb` say which; the other fields are those it uses."""

    name: str
    verb: str = ""
    number: int | None = None
    subject: str = ""  # metric, person, kind of digest
    op: Literal["lt", "le", "gt", "ge"] = "lt"
    threshold: float = 0.0
    percent: bool = False
    measure: Literal["value", "attainment", "pace"] = "value"
    period: Period | None = None
    scope: Scope = field(default_factory=Scope)
    to: str = ""
    minute: int | None = None
    days: int | None = None
    until: dt.date | None = None
    remind: int | None = None
    top: int = 10
    role: str = ""
    yes: bool = False
    text: str = ""  # the command, tidied


def tidy(text: str) -> str:
    """The text as typed: Slack escapes `&`, `<` and `>` and marks users and channels; only the marks are kept.

    >>> tidy("rule add  win_rate &lt; 40%")
    'rule add win_rate < 40%'
    """
    plain = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    plain = plain.replace("＜", "<").replace("＞", ">").replace("“", '"').replace("”", '"').replace("\u00a0", " ")
    return " ".join(plain.translate(_CONTROLS).split())


def parse_command(text: str) -> Command:
    """Read one command (without the leading "/kpi-admin"). Raises CommandError."""
    line = tidy(text)
    if len(line) > 1000:
        raise CommandError("This command is too long.", fix="Write one command of at most 1000 characters.")
    bare = re.sub(r"\s*--yes\b", "", line)
    yes = bare != line
    name, _, rest = bare.partition(" ")
    name, rest = name.casefold() or "help", rest.strip()
    if name not in NAMES:
        raise CommandError(
            f"There is no command “{name}”.",
            suggestions=nearest(name, NAMES, most=1),
            fix="`/kpi-admin help` lists them.",
        )
    command = _READERS[name](rest)
    return Command(**{**{f: getattr(command, f) for f in Command.__slots__}, "yes": yes, "text": line})


# --- the commands
# ------------------------------------------------------------------------------------------------------


def _help(rest: str) -> Command:
    return Command("help", subject=rest)


def _rule(rest: str) -> Command:
    verb, body = _verb("rule", rest, ("add", "list", "pause", "resume", "delete", "test", "snooze"))
    if verb == "add":
        return _rule_add(body)
    if verb == "snooze":
        return _snooze(body)
    return Command("rule", verb, number=None if verb == "list" else _numbered(body, f"rule {verb}"))


def _rule_add(body: str) -> Command:
    found = _OPERATOR.search(body)
    example = "Write for example: rule add win_rate < 40% for each rep in East"
    if not body or found is None:
        raise CommandError("A rule needs a metric, a comparison and a number.", at=body, fix=example)
    metric = _unquote(body[: found.start()])
    rest = body[found.end() :]
    number = _NUMBER.match(rest)
    if not metric:
        raise CommandError("The metric is missing before the comparison.", at=body[: found.end()], fix=example)
    if number is None:
        raise CommandError("A number must follow the comparison.", at=rest[:30] or found[0].strip(), fix=example)
    value = float(number[1].replace(",", "")) * _SCALE.get((number[2] or "").casefold(), 1.0)
    if abs(value) > _MOST:
        raise CommandError("This number is too large.", at=number[0].strip()[:30], fix=example)
    clauses = Clauses(rest[number.end() :])
    clauses.read(("of", "period", "for", "in", "to", "remind", "at"))
    measure: Literal["value", "attainment", "pace"] = clauses.measure
    if measure != "value" and not number[3]:
        raise CommandError(
            "A share of the target is a percentage.", at=number[0].strip(), fix=f"Write {number[0].strip()}% of target."
        )
    return Command(
        "rule",
        "add",
        subject=metric,
        op=OPERATORS[found[1].casefold()],
        threshold=value,
        percent=bool(number[3]),
        measure=measure,
        period=clauses.period,
        scope=clauses.scope,
        to=clauses.to,
        minute=clauses.minute,
        remind=clauses.remind,
    )


def _digest(rest: str) -> Command:
    if re.match(r"(?:rep|manager)s?\b", rest, re.IGNORECASE):
        rest = f"add {rest}"
    verbs = ("add", "leaderboard", "me", "list", "pause", "resume", "delete", "unsubscribe")
    verb, body = _verb("digest", rest, verbs)
    if verb == "add" and body.casefold().startswith("leaderboard"):
        verb, body = "leaderboard", body[len("leaderboard") :].strip()
    if verb == "add":
        kind, _, tail = body.partition(" ")
        kind = {"reps": "rep", "managers": "manager"}.get(kind.casefold(), kind.casefold())
        if kind not in ("rep", "manager"):
            raise CommandError(
                "A digest is for reps or for managers.",
                at=kind or "digest add",
                fix="Write: digest add rep at 08:30 for everyone",
            )
        clauses = Clauses(" " + tail)
        clauses.read(("for", "in", "at"))
        minute = _needs_time(clauses, f"digest add {kind} at 08:30")
        return Command("digest", "add", subject=kind, scope=clauses.scope, minute=minute)
    if verb == "leaderboard":
        return _leaderboard(body)
    if verb == "me":
        clauses = Clauses(" " + body)
        clauses.read(("at",))
        return Command("digest", "me", minute=_needs_time(clauses, "digest me at 08:30"))
    return Command(
        "digest", verb, number=None if verb in ("list", "unsubscribe") else _numbered(body, f"digest {verb}")
    )


def _leaderboard(body: str) -> Command:
    example = "Write for example: digest leaderboard sales in #sales at 09:00 top 10"
    cut = re.search(r"\s+(?:in\s+(?:<#|#)|at\s+\d|top\s+\d)", " " + body)
    metric = _unquote(body[: cut.start()] if cut else body)
    clauses = Clauses(" " + body[cut.start() if cut else len(body) :].strip())
    clauses.read(("in channel", "at", "top"))
    if not metric:
        raise CommandError("Which metric?", at="digest leaderboard", fix=example)
    if not clauses.to:
        raise CommandError("Which channel?", at=f"digest leaderboard {metric}", fix=example)
    return Command(
        "digest",
        "leaderboard",
        subject=metric,
        to=clauses.to,
        minute=_needs_time(clauses, example),
        top=clauses.top or 10,
    )


def _link(rest: str) -> Command:
    found = _MENTION.match(rest)
    if found is None or not rest[found.end() :].strip():
        raise CommandError("A link needs a user and a person.", at=rest, fix="Write: link @anna Anna Schmidt")
    return Command("link", subject=_unquote(rest[found.end() :]), to=found[1] or found[2])


def _unlink(rest: str) -> Command:
    found = _MENTION.fullmatch(rest)
    if found is None:
        raise CommandError("Which user?", at=rest, fix="Write: unlink @anna")
    return Command("unlink", to=found[1] or found[2])


def _role(rest: str) -> Command:
    person, _, role = rest.rpartition(" ")
    roles = ("rep", "manager", "lead", "ops", "admin", "none")
    if not person or role.casefold() not in roles:
        raise CommandError(
            "A role is one of " + ", ".join(roles) + ".",
            at=role,
            fix="Write: role Anna Schmidt admin (none takes it away).",
            suggestions=nearest(role, roles, most=1),
        )
    return Command("role", subject=_unquote(person), role=role.casefold())


def _audit(rest: str) -> Command:
    if rest and _ORDINAL.fullmatch(rest) is None:
        raise CommandError("How many entries?", at=rest, fix="Write: audit 20")
    return Command("audit", number=int(rest) if rest else 20)


def _data(rest: str) -> Command:
    verb, _, body = rest.partition(" ")
    if not rest:
        return Command("data", "show")
    if verb.casefold() != "confirm" or not body.strip():
        raise CommandError(
            "data stands alone, or with confirm and the number of a load.", at=rest, fix="Write: data confirm 1a2b3c4d"
        )
    return Command("data", "confirm", subject=body.strip().casefold())


def _snooze(rest: str) -> Command:
    """snooze N [for NAME] [D days | until DATE]"""
    found = re.match(r"(?:rule\s+)?([0-9]{1,9})\b", rest, re.IGNORECASE)
    if found is None:
        raise CommandError("Which rule?", at=rest, fix="Write: snooze 3 for Anna 7 days")
    clauses = Clauses(rest[found.end() :])
    clauses.read(("for", "until", "days"))
    return Command("snooze", number=int(found[1]), scope=clauses.scope, days=clauses.days, until=clauses.until)


def _unsubscribe(rest: str) -> Command:
    if rest:
        raise CommandError("unsubscribe takes nothing more.", at=rest, fix="Write: unsubscribe")
    return Command("digest", "unsubscribe")


_READERS = {
    "help": _help,
    "rule": _rule,
    "digest": _digest,
    "link": _link,
    "unlink": _unlink,
    "role": _role,
    "data": _data,
    "audit": _audit,
    "snooze": _snooze,
    "unsubscribe": _unsubscribe,
}


def _verb(name: str, rest: str, verbs: tuple[str, ...]) -> tuple[str, str]:
    verb, _, body = rest.partition(" ")
    if verb.casefold() not in verbs:
        close = nearest(verb, verbs, most=1)
        what = f"{name} is followed by one of: {', '.join(verbs)}."
        raise CommandError(what, at=f"{name} {verb}".strip(), suggestions=tuple(f"{name} {c}" for c in close))
    return verb.casefold(), body.strip()


def _numbered(body: str, command: str) -> int:
    digits = body.removeprefix("#")
    if _ORDINAL.fullmatch(digits) is None:
        raise CommandError(
            "Which number?", at=f"{command} {body}".strip(), fix=f"Write: {command} 3 (the list shows the numbers)."
        )
    return int(digits)


def _needs_time(clauses: Clauses, example: str) -> int:
    if clauses.minute is None:
        raise CommandError("At what time?", fix=f"Write: {example.removeprefix('Write for example: ')}")
    return clauses.minute


def _unquote(text: str) -> str:
    return text.strip().strip("\"'`").strip()
