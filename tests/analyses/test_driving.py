"""How an analysis is run: what it is told, what it may do without, and where it ends."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, ClassVar

import pytest

from metrics import Analysis, Findings, UnsupportedCombination
from metrics.analyses.analysis import Ground, Part, Steps
from metrics.analyses.driving import MOST_QUESTIONS, drive
from metrics.errors import CompileError
from metrics.kinds.metric import Metric
from metrics.query.asked import Asked

sys.path.append(str(Path(__file__).parent))
from analysed import Company

REVENUE, NONE = Asked(show=(Metric(name="revenue"),)), Asked(show=(Metric(name="none"),))


class _Listed(Analysis):
    """Asks what it is given; what has no answer is left out when it is `forgiving`."""

    asked: tuple[Asked, ...]
    forgiving: bool = False
    kind: ClassVar[str] = ""  # of the tests: not among those that are known

    def steps(self, ground: Ground) -> Steps:
        parts = []
        for i, one in enumerate(self.asked):
            try:
                parts.append(Part(name=str(i), table=(yield one)))
            except UnsupportedCombination:
                if not self.forgiving:
                    raise
        return Findings.model_construct(analysis=self, parts=tuple(parts), facts=(), notes=())


def ground(world: Company) -> Any:
    return Ground(world.metrics.model, None, None)  # type: ignore[arg-type]


def test_each_question_gets_its_own_table(world: Company) -> None:
    table = world.analyse({"kind": "outlook", "metric": "revenue"}).parts[0].table
    told: list[Asked] = []

    def tell(asked: Asked) -> Any:
        told.append(asked)
        return table.model_copy(update={"asked": asked})

    found = drive(_Listed(asked=(REVENUE, NONE)), ground(world), tell)
    assert told == [REVENUE, NONE] == [p.table.asked for p in found.parts]


def refusing(asked: Asked) -> Any:
    raise UnsupportedCombination("no_target")


def test_a_refusal_is_the_analysis_s_to_take(world: Company) -> None:
    assert drive(_Listed(asked=(REVENUE, REVENUE), forgiving=True), ground(world), refusing).parts == ()
    with pytest.raises(UnsupportedCombination):
        drive(_Listed(asked=(REVENUE,)), ground(world), refusing)


def test_without_end_it_is_stopped(world: Company) -> None:
    class _Endless(_Listed):
        def steps(self, ground: Ground) -> Steps:
            while True:
                yield REVENUE

    with pytest.raises(CompileError, match=str(MOST_QUESTIONS)):
        drive(_Endless(asked=()), ground(world), lambda one: None)  # type: ignore[arg-type,return-value]


def test_all_parts_are_of_the_same_data(world: Company) -> None:
    found = world.analyse({"kind": "best", "metric": "revenue", "beside": ["wins"]})
    assert len({p.table.proof.data_version for p in found.parts}) == 1 and len(found.parts) == 3


def test_what_the_tests_define_is_not_known() -> None:
    assert Analysis.members().keys() == {"what_if", "funnel", "outlook", "best", "why", "freshness", "calendar"}
