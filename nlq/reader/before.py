"""What a conversation goes on from."""

from __future__ import annotations

from dataclasses import dataclass

from nlq.reader.asking import Meaning

__all__ = ["KEPT", "Before"]


KEPT = 3  # questions before the last
Only = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Before:
    """The last question of this person in this conversation that was answered. `person`: the one its answer was about,
    as (field, member). `only`: the one row that its answer has, as (field, member) of what it is by. `earlier`: the
    question before it."""

    asked: Meaning
    person: tuple[str, str] | None = None
    only: Only = ()
    earlier: Before | None = None

    def then(self, asked: Meaning, person: tuple[str, str] | None = None, only: Only = ()) -> Before:
        """What is gone on from after the next question."""
        return Before(asked, person, only, _cut(self, KEPT))


def _cut(before: Before | None, count: int) -> Before | None:
    """The last questions, without who they were about."""
    return None if before is None or not count else Before(before.asked, earlier=_cut(before.earlier, count - 1))
