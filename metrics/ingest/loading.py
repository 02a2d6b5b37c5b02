"""`load`: sources -> a new snapshot -> the pointer. The old snapshot serves until the new one is whole, checked and
believed."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from metrics.errors import LoadError, ModelError, Problem
from metrics.ingest.building import Progress, run_build
from metrics.ingest.comparison import differences
from metrics.ingest.confirming import block, blocked, drop_blocked
from metrics.ingest.manifest import Manifest, digest, harm_of, last_good, read_manifest, write_manifest
from metrics.ingest.pointer import (
    alone,
    next_number,
    numbers,
    point_to,
    pointed,
    snapshot_path,
    store_folder,
    sweep,
    tidy,
)
from metrics.ingest.report import Check, LoadReport, TableReport, WordTwice
from metrics.ingest.witness import Witness
from metrics.model.loading import check_workspace
from metrics.model.source_files import EXPORT_AGAIN
from metrics.model.sources import Sources, environment, read_sources
from metrics.model.yaml_file import read_yaml

__all__ = ["load"]

FORMAT = "3"  # of the snapshot and its manifest; a new number makes every store be built again
_YAML = ("model.yaml", "sales.yaml", "sources.yaml")
_TRIES = 3
_PAUSE_S = 1.0  # an export that was being written may be done by then


def load(workspace: Path, *, env: Mapping[str, str], progress: Progress | None = None) -> LoadReport:
    """Build the metric store of a workspace and let it serve.

    `env` fills ${NAME} in paths; `progress(table, bytes done, bytes in all)` is called now and then. The same files and
    the same YAML as those of the snapshot that serves: nothing is built (`unchanged`). Rows that are suspicious against
    the load before, or against what their source declares, do not serve until they are confirmed (`blocked`).

    Raises ModelError for bad YAML and LoadError when the store cannot be built, or a file kept changing while it was
    read; the old store serves on."""
    workspace = workspace.resolve()
    store = store_folder(workspace)
    for tries_left in reversed(range(_TRIES)):
        sources, _ = read_sources(read_yaml(workspace / "sources.yaml"), workspace, env)
        witness = Witness.of(_inputs(workspace, sources))
        try:
            _refuse([p for p in check_workspace(workspace, env=env) if p.severity == "error"])
            store.mkdir(parents=True, exist_ok=True)
            with alone(store):
                return _Load(workspace, store, sources, env, witness, progress).run()
        except LoadError as error:  # also one that only says what a half written file looks like
            moved = witness.changed()
            if isinstance(error, _Changed) or moved:
                if tries_left:
                    time.sleep(_PAUSE_S)
                    continue
                error = error if isinstance(error, _Changed) else _Changed(moved, sources)
            raise LoadError([_located(p, workspace) for p in error.problems]) from None
    raise AssertionError("unreachable")


class _Changed(LoadError):
    """Files that did not stand still while they were read."""

    def __init__(self, paths: Iterable[Path], sources: Sources) -> None:
        tables = {t.path: name for name, t in sources.tables.items()}
        super().__init__(
            [
                Problem(
                    "sources.yaml",
                    0,
                    f"tables.{tables[path]}.path" if path in tables else "",
                    f"{path} changed while it was being read.",
                    EXPORT_AGAIN,
                )
                for path in paths
            ]
        )


def _inputs(workspace: Path, sources: Sources) -> list[Path]:
    """Every file a snapshot depends on."""
    throughs = [t.through.file for t in sources.tables.values() if t.through.file is not None]
    return [*(workspace / name for name in _YAML), *throughs, *(t.path for t in sources.tables.values())]


def _located(problem: Problem, workspace: Path) -> Problem:
    """With the line of its key: the building process knows keys only."""
    if problem.line or problem.file not in ("sources.yaml", "sales.yaml"):
        return problem
    return replace(problem, line=read_yaml(workspace / problem.file).line(tuple(problem.key.split("."))))


def _refuse(problems: list[Problem]) -> None:
    if any(p.file != "sources.yaml" for p in problems):
        raise ModelError(problems)
    if problems:
        raise LoadError(problems)


@dataclass(frozen=True)
class _Load:
    """One attempt, with the store to itself."""

    workspace: Path
    store: Path
    sources: Sources
    env: Mapping[str, str]
    witness: Witness
    progress: Progress | None

    def run(self) -> LoadReport:
        hashes = {name: _file_hash(table.path, name) for name, table in self.sources.tables.items()}
        content = _content_hash(self.workspace, self.sources, hashes)
        current = pointed(self.store)
        told = read_manifest(self.store, current[0]) if current is not None else None
        # a snapshot that is not as it was written (a full disk, a broken copy) is built again from the same files
        harmed = current is None or bool(harm_of(self.store, current[0]))
        if current is not None and told is not None and told.content == content and not harmed:
            drop_blocked(self.store)  # the files are again what they were
            tables = tuple(_moved(t, self.store / "rejects") for t in told.tables)
            return LoadReport(tables=tables, snapshot=str(current[0]), swapped=False, unchanged=True, words=told.words)
        serving = current[0] if current is not None else None
        waiting = blocked(self.workspace)
        if waiting is not None and (waiting.content, waiting.serving) == (content, serving):
            name = "" if serving is None else str(serving)
            return LoadReport(
                tables=waiting.tables,
                snapshot=name,
                swapped=False,
                unchanged=False,
                blocked=waiting,
                words=waiting.words,
            )
        tidy(self.store)
        try:
            return self._build(content, hashes, serving, told or self._older())
        finally:
            tidy(self.store)

    def _older(self) -> Manifest | None:
        """What was loaded before, where nothing is known of what serves."""
        return next((m for n in numbers(self.store) if (m := read_manifest(self.store, n)) is not None), None)

    def _build(
        self, content: str, hashes: Mapping[str, str], serving: int | None, before: Manifest | None
    ) -> LoadReport:
        number = next_number(self.store)
        draft = self.store / f"building_{number}.duckdb"
        plan = {
            "workspace": str(self.workspace),
            "target": str(draft),
            "env": _used(self.workspace, environment(self.workspace, self.env)),
            "meta": {"version": str(number), "content": content, "format": FORMAT},
            "hashes": dict(hashes),
        }
        done = run_build(plan, self.progress)
        reports = tuple(TableReport.model_validate(r) for r in done["reports"])
        moved = self.witness.changed() or [self.sources.tables[r.name].path for r in reports if not _same(r, hashes)]
        if moved:
            raise _Changed(moved, self.sources)
        rejects = self.store / "rejects"
        rejects.mkdir(exist_ok=True)
        # before the pointer moves, and also when a check fails: the reasons must not be lost
        reports = tuple(_settle(r, rejects) for r in reports)
        checks = tuple(Check.model_validate(c) for c in done["checks"])
        failed = [c for c in checks if not c.ok]
        if failed:
            raise LoadError([_failed(c, {r.name: r for r in reports}) for c in failed])
        words = tuple(WordTwice.model_validate(w) for w in done["words"])
        size = draft.stat().st_size
        manifest = Manifest(content=content, tables=reports, words=words, file=digest(draft) or "", size=size)
        found = differences(reports, before.tables if before is not None else (), self.sources)
        if found:
            waiting = block(self.store, draft, manifest, number=number, serving=serving, differences=found)
            name = "" if serving is None else str(serving)
            return LoadReport(
                tables=reports,
                snapshot=name,
                swapped=False,
                unchanged=False,
                checks=checks,
                blocked=waiting,
                words=words,
            )
        write_manifest(self.store, number, manifest)
        draft.replace(snapshot_path(self.store, number))
        point_to(self.store, number)
        drop_blocked(self.store)
        sweep(self.store, serving=number, spare=last_good(self.store, but=number))
        return LoadReport(
            tables=reports, snapshot=str(number), swapped=True, unchanged=False, checks=checks, words=words
        )


def _same(report: TableReport, hashes: Mapping[str, str]) -> bool:
    """The bytes that were parsed are the bytes that were hashed."""
    return report.sha256 == hashes[report.name]


def _failed(check: Check, reports: Mapping[str, TableReport]) -> Problem:
    table = check.name.partition(":")[0]
    report = reports[table]
    worst = next(iter(report.reasons.items()), None)
    why = f" Most frequent reason for rejected rows: {worst[0]} ({worst[1]})." if worst else ""
    fix = f"Look at {report.rejects_file}." if report.rejects_file else "Look at the file, or set `may_be_empty: true`."
    message = f"check failed: {check.name} ({check.detail} of {report.read} rows).{why}"
    return Problem("sources.yaml", 0, f"tables.{table}", message, fix)


def _settle(report: TableReport, rejects: Path) -> TableReport:
    """Move the table's reject file to its place (or remove the one of the load before)."""
    place = rejects / f"{report.name}.csv"
    if report.rejects_file is None:
        place.unlink(missing_ok=True)
        return report
    report.rejects_file.replace(place)
    return report.model_copy(update={"rejects_file": place})


def _moved(report: TableReport, rejects: Path) -> TableReport:
    """The reject file is where the store is now: a workspace folder can be moved."""
    return (
        report
        if report.rejects_file is None
        else report.model_copy(update={"rejects_file": rejects / report.rejects_file.name})
    )


def _used(workspace: Path, env: Mapping[str, str]) -> dict[str, str]:
    """Only the names that sources.yaml mentions: the building process needs no tokens."""
    text = (workspace / "sources.yaml").read_text(encoding="utf-8")
    return {name: value for name, value in env.items() if f"${{{name}}}" in text}


def _file_hash(path: Path, table: str) -> str:
    key = f"tables.{table}.path"
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        problem = Problem("sources.yaml", 0, key, f"{path} does not exist.", "Correct the path, or put the file there.")
    except OSError as error:
        problem = Problem("sources.yaml", 0, key, f"{path} cannot be read: {error.strerror}.", "Check the file.")
    raise LoadError([problem])


def _content_hash(workspace: Path, sources: Sources, hashes: Mapping[str, str]) -> str:
    """Of everything the snapshot depends on: the files, the YAML, the dates written in files."""
    whole = hashlib.sha256(FORMAT.encode())
    for name in _YAML:
        whole.update((workspace / name).read_bytes())
    for name, found in sorted(hashes.items()):
        whole.update(f"{name}={found};".encode())
        for declared in (sources.tables[name].since.file, sources.tables[name].through.file):
            if declared is not None and declared.exists():
                whole.update(declared.read_bytes())
    return whole.hexdigest()
