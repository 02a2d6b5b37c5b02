"""A property that asserts in one example of three hundred holds by luck. Every Hypothesis property therefore calls
`claim()` where an example has come to what the property says, and fails when fewer than half of its examples did."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

__all__ = ["Claims", "claim", "counting"]

LEAST = 0.5


@dataclass
class Claims:
    """`examples` that ran to their end, and how many of them `claimed`. Examples that `assume` turns away count for
    nothing."""

    examples: int = 0
    claimed: int = 0
    reached: bool = False

    def counted(self, test: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(test)
        def run(*args: Any, **kwargs: Any) -> Any:
            self.reached = False
            result = test(*args, **kwargs)
            self.examples += 1
            self.claimed += self.reached
            return result

        return run


_running: list[Claims] = []


def claim() -> None:
    """This example has come to what the property asserts."""
    assert _running, "claim() is for properties: tests with @given"
    _running[-1].reached = True


@contextmanager
def counting(property_test: Any) -> Iterator[Claims]:
    """Count while a property runs; fails afterwards when it asserted in too few of its examples.

    `property_test`: what `@given` returns. Raises AssertionError."""
    handle, claims = property_test.hypothesis, Claims()
    original = handle.inner_test
    handle.inner_test = claims.counted(original)
    _running.append(claims)
    try:
        yield claims
    finally:
        _running.remove(claims)
        handle.inner_test = original
    assert claims.claimed >= LEAST * claims.examples, (
        f"asserted in {claims.claimed} of {claims.examples} examples: call claim() where the property is checked, and "
        "mend its generator"
    )
