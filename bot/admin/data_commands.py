"""`data` and `data confirm ID`: how the data is, what differs in a load that is held back, and letting it serve."""

from __future__ import annotations

from collections.abc import Sequence

from bot.admin.clauses import CommandError
from bot.admin.grammar import Command
from bot.admin.parts import Desk, Reply
from bot.wording.differences import difference_lines
from bot.wording.digests import tell
from bot.wording.figures import date_words
from bot.wording.sentences import say
from metrics.errors import LoadError, UserError
from metrics.ingest import Difference, blocked, confirm

__all__ = ["data_command"]


def data_command(desk: Desk, command: Command) -> Reply:
    desk.needs_everything("The data")
    if desk.workspace is None:
        raise CommandError("There is no workspace here.")
    language = desk.actor.language or "en"
    waiting = blocked(desk.workspace)
    if command.verb == "confirm":
        if waiting is None or waiting.id != command.subject or command.yes:
            return _confirm(desk, command, language)
        question = tell(language, "data.confirm")
        lines = [*_differing(waiting.differences, language), question]
        return Reply("\n".join(lines), confirm=f"data confirm {waiting.id} --yes")
    lines = _state(desk, language)
    if waiting is None:
        lines.append(tell(language, "data.nothing_waits"))
    else:
        lines += [tell(language, "blocked.title"), *_differing(waiting.differences, language)]
        lines.append(tell(language, "blocked.how", id=waiting.id))
    return Reply("\n".join(lines))


def _confirm(desk: Desk, command: Command, language: str) -> Reply:
    """What waits now is compared with what was confirmed once more, under the lock of the store."""
    assert desk.workspace is not None
    before = desk.numbers.data_version
    if not command.yes:
        waiting = blocked(desk.workspace)
        code = "nothing_blocked" if waiting is None else "blocked_other"
        raise CommandError(say(language, f"error.{code}", subject=command.subject, id=waiting.id if waiting else ""))
    try:
        report = confirm(desk.workspace, command.subject)
    except UserError as error:
        raise CommandError(say(language, f"error.{error.code}", subject=error.subject, **error.fields)) from None
    except LoadError as error:
        raise CommandError(error.problems[0].message, fix=error.problems[0].fix) from None
    desk.audit("data.confirm", command.subject, before=before, after=report.snapshot)
    return Reply(tell(language, "data.confirmed", id=command.subject, version=report.snapshot), done=True)


def _state(desk: Desk, language: str) -> list[str]:
    numbers = desk.numbers
    through = numbers.data_through
    date = date_words(through, language) if through is not None else tell(language, "diff.never")
    lines = [tell(language, "data.state", date=date, version=numbers.data_version or "–")]
    for source, day in numbers.stale(desk.as_of):
        late = date_words(day, language) if day is not None else tell(language, "diff.never")
        lines.append(tell(language, "data.late", source=source, date=late))
    return lines


def _differing(differences: Sequence[Difference], language: str) -> list[str]:
    return [f"• {line}" for line in difference_lines(differences, language)]
