"""Starting without the cyclic garbage collector: almost everything that starting makes stays, and looking through it
again and again costs a third of the time."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["settled", "without_collector"]

_SELDOM = (10_000, 10, 10)  # new objects before the newest are looked through (Python: 700); a few megabytes


@contextmanager
def without_collector() -> Iterator[None]:
    """The collector is off inside, unless it was off before; also as a decorator. What was made inside is not looked
    through afterwards either: that would cost at the end what was saved before."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def settled() -> None:
    """Call once when a process that stays has started: what is there now is never looked through again. What comes is
    looked through less often: planning one question makes as many objects as Python would start looking at."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_SELDOM)
