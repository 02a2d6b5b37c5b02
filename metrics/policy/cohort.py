"""The fixed cohort: what may be told about people one may not see, as numbers of all of them together.

One's own place, the gap to the next, an average of peers: over everybody, one's team or one's region, of a published
metric, over whole periods, without a filter, and of at least five others with a number; so that no two such answers
subtract to one person's number. Everything else is refused with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable

from metrics.errors import NotPermitted
from metrics.plan.bound import Condition
from metrics.policy.named_people import Named

__all__ = ["OTHERS", "check_others", "hidden_among"]

OTHERS = 5  # people one may not see: of fewer, an average or a gap would come near to one of them


def hidden_among(named: Named, conditions: Iterable[Condition], seen: frozenset[str]) -> frozenset[str]:
    """The people of the cohort whose rows may not be seen, employed in the window."""
    return named.active(named.among(conditions) - seen)


def check_others(named: Named, group: tuple[Condition, ...], seen: frozenset[str], why: str) -> None:
    """Raises NotPermitted "cohort_few" where an average over the group, by itself or taken from that of a wider
    published scope, would be of fewer than five people one may not see, or be the number of somebody else's team."""
    told: list[frozenset[str]] = []
    for scope in named.scopes_around(group):
        hidden = hidden_among(named, scope, seen)
        left = [hidden, *(hidden ^ other for other in told if hidden != other)]
        if all(len(people) >= OTHERS and not named.of_one_group(people, seen) for people in left):
            told.append(hidden)
        elif scope == group:
            raise NotPermitted("cohort_few", fields={"why": why, "n": str(OTHERS)})
