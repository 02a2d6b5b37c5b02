"""What is read once from each version of the data: the organisation, the members of fields, first days, sizes."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from metrics.engines.protocol import Engine
from metrics.model.labels import with_labels
from metrics.model.schema import Model
from metrics.people import Org
from metrics.people.org import read_members, read_org
from metrics.plan.bound import Coverage
from metrics.plan.compile.prepared import Prepared
from metrics.plan.coverage import coverage_of
from metrics.plan.target_periods import TargetPeriods, target_periods
from metrics.plan.volume import Volume, volume_of
from metrics.policy import Lenses
from metrics.reading_labels import read_labels

__all__ = ["Loaded", "read_loaded"]


@dataclass(frozen=True)
class Loaded:
    """What was read through one engine: valid as long as its version of the data is the newest."""

    version: str
    model: Model  # with the labels that the rows hold
    org: Org
    members: Mapping[str, tuple[str, ...]]
    known: Mapping[str, frozenset[str]]
    coverage: Coverage
    volume: Volume
    engine: Engine
    lenses: Lenses
    target_periods: TargetPeriods = field(default_factory=dict)


def read_loaded(prepared: Prepared, engine: Engine, *, timeout_s: float) -> Loaded:
    # Members are most of the work, nearly all of it the engine's; Python plans the other statements meanwhile.
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="members") as apart:
        reading = apart.submit(read_members, prepared.model, engine)
        org = read_org(prepared.model, engine)
        model = with_labels(prepared.model, read_labels(prepared.model, engine))
        coverage = coverage_of(prepared, engine, org, timeout_s=timeout_s)
        periods = target_periods(prepared, engine, org, timeout_s=timeout_s)
        members = reading.result()
    known = {field: frozenset(values) for field, values in members.items()}
    return Loaded(
        version=engine.data_version,
        model=model,
        org=org,
        members=members,
        known=known,
        lenses=Lenses(known, prepared, engine, timeout_s),
        coverage=coverage,
        volume=volume_of(prepared, engine, members, timeout_s=timeout_s),
        engine=engine,
        target_periods=periods,
    )
