"""Nothing hidden can be computed: every family of attacks, 0 exact and 0 existence."""

from __future__ import annotations

import absence_attacks
import average_attacks
import existence_attacks
import outright_attacks
import pytest
import rank_attacks
import star_attacks
import threshold_attacks
import window_attacks
from hidden import FAMILIES, RESULTS, Amount, Company, Existence, Result, run

# Importing them fills FAMILIES.
_ATTACKS = (
    absence_attacks,
    average_attacks,
    existence_attacks,
    outright_attacks,
    rank_attacks,
    star_attacks,
    threshold_attacks,
    window_attacks,
)
LEAST_TRIES = 240


@pytest.fixture(scope="session")
def results(demo: Company, star: Company, request: pytest.FixtureRequest) -> dict[str, Result]:
    made = {name: run({"demo": demo, "star": star}[f.company], f) for name, f in FAMILIES.items()}
    request.config.stash[RESULTS] = list(made.values())
    return made


@pytest.mark.parametrize("name", FAMILIES)
def test_nothing_hidden_is_computed(name: str, results: dict[str, Result]) -> None:
    result = results[name]
    if any(result.told.values()):
        lines = [f"  {kind.__name__.lower()}: {line}" for kind in (Amount, Existence) for line in result.told[kind]]
        pytest.fail("\n".join([str(result), *lines]), pytrace=False)


@pytest.mark.parametrize("name", FAMILIES)
def test_who_may_see_it_gets_it(name: str, results: dict[str, Result]) -> None:
    """A bot that refuses everything, or a truth that is not that of the files, does not pass."""
    assert results[name].controls and not results[name].silent


def test_the_tries_are_enough_and_many_are_answered(results: dict[str, Result]) -> None:
    tries = sum(sum(r.tries.values()) for r in results.values())
    assert tries >= LEAST_TRIES
    assert sum(r.answered for r in results.values()) >= tries / 4
