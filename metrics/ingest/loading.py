"""`load`: sources -> a new snapshot -> the pointer. The old snapshot serves until the new one is whole and checked."""

from __future__ import annotations

import fcntl
import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from metrics.errors import LoadError, ModelError, Problem
from metrics.ingest.pointer import next_number, point_to, pointed, report_path, snapshot_path, store_folder, sweep
from metrics.ingest.report import Check, LoadReport, TableReport
from metrics.model.loading import check_workspace
from metrics.model.sources import Sources, environment, read_sources
from metrics.model.yaml_file import read_yaml
from metrics.query import Frozen

__all__ = ["load"]

FORMAT = "1"  # of the snapshot; a new number makes every store be built again
Progress = Callable[[str, int, int], None]


def load(workspace: Path, *, env: Mapping[str, str], progress: Progress | None = None) -> LoadReport:
    """Build the metric store of a workspace and let it serve.

    `env` fills ${NAME} in paths; `progress(table, bytes done, bytes in all)` is called now and then. The same files and
    the same YAML as those of the snapshot that serves: nothing is built (`unchanged`). Raises ModelError for bad YAML
    and LoadError when the store cannot be built; the old one serves on."""
    workspace = workspace.resolve()
    _refuse([p for p in check_workspace(workspace, env=env) if p.severity == "error"])
    sources, _ = read_sources(read_yaml(workspace / "sources.yaml"), workspace, env)
    store = store_folder(workspace)
    store.mkdir(parents=True, exist_ok=True)
    with _alone(store):
        hashes = {name: _file_hash(table.path, name) for name, table in sources.tables.items()}
        content = _content_hash(workspace, sources, hashes)
        current = pointed(store)
        told = _told(report_path(store, current[0])) if current is not None else None
        # a snapshot that is not as it was written (a full disk, a broken copy) is built again from the same files
        if current is not None and told is not None and told.content == content and told.file == _digest(current[1]):
            tables = tuple(_moved(t, store / "rejects") for t in told.tables)
            return LoadReport(tables=tables, snapshot=str(current[0]), swapped=False, unchanged=True)
        number = next_number(store)
        sweep(store, keep=current[0] if current else number)
        try:
            return _build_and_swap(workspace, store, number, env, content, hashes, progress)
        except LoadError as error:
            raise LoadError([_located(p, workspace) for p in error.problems]) from None


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


def _build_and_swap(
    workspace: Path,
    store: Path,
    number: int,
    env: Mapping[str, str],
    content: str,
    hashes: Mapping[str, str],
    progress: Progress | None,
) -> LoadReport:
    draft = store / f"building_{number}.duckdb"
    plan = {
        "workspace": str(workspace),
        "target": str(draft),
        "env": _used(workspace, environment(workspace, env)),
        "meta": {"version": str(number), "content": content, "format": FORMAT},
        "hashes": dict(hashes),
    }
    try:
        done = _run_child(plan, progress)
        rejects = store / "rejects"
        rejects.mkdir(exist_ok=True)
        # before the pointer moves, and also when a check fails: the reasons must not be lost
        reports = tuple(_settle(TableReport.model_validate(r), rejects) for r in done["reports"])
        checks = tuple(Check.model_validate(c) for c in done["checks"])
        failed = [c for c in checks if not c.ok]
        if failed:
            raise LoadError([_failed(c, {r.name: r for r in reports}) for c in failed])
        told = _Told(content=content, tables=reports, file=_digest(draft) or "")
        report_path(store, number).write_text(told.model_dump_json(), encoding="utf-8")
        draft.replace(snapshot_path(store, number))
        point_to(store, number)
    finally:
        now = pointed(store)
        sweep(store, keep=now[0] if now else number)
    return LoadReport(tables=reports, snapshot=str(number), swapped=True, unchanged=False, checks=checks)


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


def _digest(path: Path) -> str | None:
    """SHA-256 of a file; None when it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _run_child(plan: Mapping[str, Any], progress: Progress | None) -> dict[str, Any]:
    home = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-m", "metrics.ingest.build"]
    with (
        tempfile.TemporaryFile() as stderr,  # a pipe that nobody empties would stop the child
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, cwd=home) as child,
    ):
        assert child.stdin is not None and child.stdout is not None
        child.stdin.write(json.dumps(plan).encode())
        child.stdin.close()
        done: dict[str, Any] | None = None
        for line in child.stdout:
            message = json.loads(line)
            if "progress" in message and progress is not None:
                progress(*message["progress"])
            if "problems" in message:
                raise LoadError([Problem(**p) for p in message["problems"]])
            done = message.get("done", done)
        code = child.wait()
        stderr.seek(0)
        errors = stderr.read().decode(errors="replace").strip().splitlines()
    if done is None or code != 0:
        last = errors[-1] if errors else f"exit code {code}"
        fix = "The old store serves on. Check the files and free disk space, then load again."
        raise LoadError([Problem("sources.yaml", 0, "tables", f"the building process stopped: {last}.", fix)])
    return done


@contextmanager
def _alone(store: Path) -> Iterator[None]:
    """One load at a time; the lock goes with the process, also when it is killed."""
    with (store / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            problem = Problem(
                "sources.yaml", 0, "", "another load of this workspace is running.", "Wait until it has ended."
            )
            raise LoadError([problem]) from None
        yield


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
    """Of everything the snapshot depends on: the files, the YAML, the dates written in `through` files."""
    whole = hashlib.sha256(FORMAT.encode())
    for name in ("model.yaml", "sales.yaml", "sources.yaml"):
        whole.update((workspace / name).read_bytes())
    for name, digest in sorted(hashes.items()):
        whole.update(f"{name}={digest};".encode())
        through = sources.tables[name].through.file
        if through is not None and through.exists():
            whole.update(through.read_bytes())
    return whole.hexdigest()


class _Told(Frozen):
    """What is kept about a snapshot: the hash of its input, what its load said, and the hash of the file itself."""

    content: str
    tables: tuple[TableReport, ...]
    file: str = ""


def _told(path: Path) -> _Told | None:
    try:
        return _Told.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
