"""Random Queries over a loaded company: any metric, members that may not be seen as well, and every part a Query has.
Most mean something, so that most are answered."""

from __future__ import annotations

import datetime as dt
import random
import re
from typing import Any

from metrics import Metrics, Query

__all__ = ["RandomQueries"]

_SPECIAL = ("having", "compare", "order", "tally", "share", "target", "rank", "benchmark", "everyone")
_OFTEN = (5, 5, 5, 5, 3, 2, 2, 1, 2)  # those that go with few others less


class RandomQueries:
    """`made(n)`: the n-th query; always the same for the same seed and company."""

    def __init__(self, metrics: Metrics, through: dt.date, seed: str) -> None:
        self._model = metrics.model
        self._members = {field: members for field, members in metrics.members.items() if members}
        self._through = through
        self._seed = seed

    def made(self, number: int) -> Query:
        draw = random.Random(f"{self._seed} {number}")
        dataset, metrics = self._metrics(draw)
        fields = [f for f in self._members if self._model.fields[f].dataset in self._reached(dataset)]
        groups = [f for f in fields if self._model.fields[f].dimension]
        snapshot = any(self._model.metrics[m].snapshot for m in metrics)
        made: dict[str, Any] = {
            "metrics": metrics,
            "by": draw.sample(groups, draw.choice([0, 0, 1, 1, 1, 2])),
            "scope": draw.choice(["all"] * 20 + ["me", "team", "region"]),
            "where": [self._filter(draw, fields, dataset) for _ in range(draw.choice([0, 0, 1, 1, 2]))],
        }
        if not snapshot:
            made["period"] = self._period(draw)
            if draw.random() < 0.2:
                made["grain"] = draw.choice(["day", "week", "month", "quarter", "year"])
        dated = any(self._model.metrics[m].unit == "date" for m in metrics)
        parts = draw.sample(_SPECIAL[dated:], draw.choice([0, 0, 0, 1, 1, 2]), counts=_OFTEN[dated:])
        for part in dict.fromkeys(parts):
            made |= self._part(draw, part, metrics, groups, snapshot=snapshot)
        if (made.get("tally") or made.get("everyone")) and not made["by"]:
            made["by"] = [draw.choice(groups)]
        return Query.model_validate(made)

    def _metrics(self, draw: random.Random) -> tuple[str, list[str]]:
        first = draw.choice(sorted(self._model.metrics))
        dataset = _dataset(self._model.metrics[first].expression)
        alike = [
            n
            for n, m in self._model.metrics.items()
            if _dataset(m.expression) == dataset and m.snapshot == self._model.metrics[first].snapshot and n != first
        ]
        return dataset, [first, *draw.sample(alike, min(len(alike), draw.choice([0, 0, 0, 1])))]

    def _reached(self, dataset: str) -> set[str]:
        return {dataset} | {r.target for r in self._model.relationships if r.source == dataset}

    def _filter(self, draw: random.Random, fields: list[str], dataset: str) -> dict[str, Any]:
        if draw.random() < 0.1:
            numbers = [f.id for f in self._model.datasets[dataset].fields.values() if f.datatype == "Decimal"]
            if numbers:
                op, value = draw.choice(["lt", "ge"]), draw.randrange(1, 60_000)
                return {"field": draw.choice(numbers), "op": op, "values": [value]}
        home = draw.choice(sorted({self._model.fields[f].dataset for f in fields}))
        field = draw.choice([f for f in fields if self._model.fields[f].dataset == home])
        members = draw.sample(self._members[field], min(len(self._members[field]), draw.choice([1, 1, 2, 5])))
        return {"field": field, "op": draw.choice(["in", "in", "in", "not_in"]), "values": members}

    def _period(self, draw: random.Random) -> dict[str, Any]:
        unit = draw.choice(["day", "week", "month", "month", "quarter", "half", "year"])
        relative = {"kind": "relative", "unit": unit, "offset": draw.randrange(-3, 1), "count": draw.choice([1, 1, 2])}
        start = self._through - dt.timedelta(days=draw.randrange(600))
        end = start + dt.timedelta(days=draw.randrange(1, 200))
        return draw.choice(
            [
                relative,
                relative,
                {"kind": "all"},
                {"kind": "rolling", "unit": draw.choice(["day", "week", "month"]), "count": draw.randrange(1, 14)},
                {"kind": "named", "unit": "month", "index": draw.randrange(1, 13), "year": 2026},
                {"kind": "named", "unit": "year", "year": draw.choice([2013, 2025, 2026])},
                {"kind": "between", "start": str(start), "end": str(end)},
                {"kind": "year_ago", "of": relative},
            ]
        )

    def _part(
        self, draw: random.Random, part: str, metrics: list[str], groups: list[str], *, snapshot: bool
    ) -> dict[str, Any]:
        value = draw.choice([0, 1, 5, 1_000, 50_000, 300_000])
        over = draw.choice(groups)
        made: dict[str, dict[str, Any]] = {
            "having": {"having": [{"metric": metrics[0], "op": draw.choice(["lt", "ge", "eq"]), "value": value}]},
            "compare": {} if snapshot else {"compare": {"to": draw.choice(["previous", "year_ago"])}},
            "order": {"order": {"descending": draw.random() < 0.5}, "limit": draw.choice([1, 3, 10])},
            "share": {"metrics": metrics[:1], "share": {"lift": draw.sample(groups, draw.choice([0, 0, 1]))}},
            "target": {"target": draw.choice([{}, {"amount": 100_000}])},
            "rank": {"rank": {"over": over, "member": draw.choice([None, None, self._members[over][0]])}},
            "benchmark": {"metrics": metrics[:1], "benchmark": {"of": draw.choice(["team", "region", "all"])}},
            "tally": {"tally": True},
            "everyone": {"everyone": True},
        }
        return made[part]


def _dataset(expression: str) -> str:
    """The dataset that a metric's expression names first."""
    found = re.search(r"([a-z_]+)\.", expression)
    assert found is not None
    return found[1]
