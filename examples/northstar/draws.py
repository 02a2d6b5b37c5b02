"""Randomness that does not depend on order: each thing draws from its own stream, named by what it is.

So one more day of data changes nothing about the days before, and the same seed gives the same bytes everywhere.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import TypeVar

__all__ = ["lognormal", "poisson", "stream", "weighted"]

T = TypeVar("T")


def stream(seed: int, *what: object) -> random.Random:
    """The stream named `what`. Text seeds are hashed by `random` itself, the same way in every process."""
    return random.Random("|".join(map(str, (seed, *what))))


def poisson(rng: random.Random, mean: float) -> int:
    """A Poisson draw (Knuth's product method; means here are small)."""
    limit, product, count = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count


def lognormal(rng: random.Random, sigma: float) -> float:
    """A positive factor with mean 1 and spread `sigma`."""
    return math.exp(rng.gauss(-sigma * sigma / 2, sigma))


def weighted(rng: random.Random, things: Sequence[T], weights: Sequence[float]) -> T:
    return rng.choices(things, weights)[0]
