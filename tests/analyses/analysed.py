"""The small world of the tests and worlds that differ from it, and beside each the truth: SQL over its CSV files, run
past all of our code."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import yaml
from pydantic import TypeAdapter

from metrics import Analysis, Audience, Findings, Metrics, Person, Viewer
from metrics.ingest import load

WORLD = Path(__file__).resolve().parent.parent / "world"
AS_OF = dt.datetime(2024, 3, 12, 9)  # noqa: DTZ001  local time
DEMO_AS_OF = dt.datetime(2026, 11, 20, 9)  # noqa: DTZ001  local time


@dataclass(frozen=True)
class Company:
    metrics: Metrics
    folder: Path

    def analyse(
        self,
        analysis: Analysis | Mapping[str, Any],
        viewer: str | Person = "ops",
        *channel: str,
        as_of: dt.datetime = AS_OF,
    ) -> Findings:
        people = self.metrics.org.people
        who = people[viewer] if isinstance(viewer, str) else viewer
        audience = Audience.channel([who, *(people[c] for c in channel)]) if channel else Audience.only_viewer()
        made = analysis if isinstance(analysis, Analysis) else TypeAdapter(Analysis).validate_python(analysis)
        return self.metrics.analyse(made, viewer=Viewer.of(who), audience=audience, as_of=as_of)

    def sql(self, text: str) -> list[tuple[Any, ...]]:
        with duckdb.connect() as con:
            for file in self.folder.glob("*.csv"):
                con.execute(f"CREATE VIEW {file.stem} AS SELECT * FROM read_csv('{file}')")
            return con.execute(text).fetchall()


@contextmanager
def built(
    folder: Path,
    *,
    rows: Mapping[str, Sequence[str]] | None = None,
    changed: Mapping[str, tuple[str, str]] | None = None,
    sales: Mapping[str, Any] | None = None,
    owned: Collection[str] | None = None,
) -> Iterator[Company]:
    """The small world with more rows, with one text of a table replaced, with other keys of sales.yaml; with those rows
    of deals, payments and quotas alone that belong to `owned`."""
    for file in (*WORLD.glob("*.yaml"), *WORLD.glob("*.csv")):
        shutil.copy(file, folder / file.name)
    for table, lines in (rows or {}).items():
        with (folder / f"{table}.csv").open("a", encoding="utf-8") as csv:
            csv.writelines(f"{line}\n" for line in lines)
    for table, (old, new) in (changed or {}).items():
        path = folder / f"{table}.csv"
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1
        path.write_text(text.replace(old, new), encoding="utf-8")
    for table, column in {"deals": 1, "payments": 1, "quotas": 0}.items() if owned is not None else ():
        path = folder / f"{table}.csv"
        head, *lines = path.read_text(encoding="utf-8").splitlines()
        kept = [line for line in lines if line.split(",")[column] in (owned or ())]
        path.write_text("\n".join([head, *kept]) + "\n", encoding="utf-8")
    if sales:
        path = folder / "sales.yaml"
        said = yaml.safe_load(path.read_text(encoding="utf-8")) | dict(sales)
        path.write_text(yaml.safe_dump(said, sort_keys=False), encoding="utf-8")
    assert load(folder, env={}).swapped
    metrics = Metrics.open(folder)
    try:
        yield Company(metrics, folder)
    finally:
        metrics.close()
