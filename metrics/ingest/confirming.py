"""Loads whose rows are not believed: the built snapshot waits beside the store until somebody confirms what differs."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from metrics.errors import UserError
from metrics.ingest.manifest import Manifest, digest, last_good, write_manifest
from metrics.ingest.pointer import alone, point_to, pointed, snapshot_path, store_folder, sweep
from metrics.ingest.report import Blocked, Difference, LoadReport

__all__ = ["block", "blocked", "confirm", "drop_blocked"]

_RECORD = "blocked.json"


def blocked(workspace: Path) -> Blocked | None:
    """The load that waits to be confirmed; None when there is none."""
    try:
        return Blocked.model_validate_json((store_folder(workspace.resolve()) / _RECORD).read_bytes())
    except (OSError, ValidationError):
        return None


def confirm(workspace: Path, identifier: str) -> LoadReport:
    """Let the waiting snapshot serve, exactly as it was shown.

    Raises UserError: `nothing_blocked`; `blocked_other` when another load waits now (`fields["id"]`);
    `candidate_damaged`. LoadError while a load is running."""
    store = store_folder(workspace.resolve())
    waiting = blocked(workspace)
    if waiting is None:
        raise UserError("nothing_blocked", subject=identifier)
    with alone(store):
        waiting = blocked(workspace)
        if waiting is None:
            raise UserError("nothing_blocked", subject=identifier)
        current = pointed(store)
        serving = current[0] if current is not None else None
        if waiting.id != identifier or waiting.serving != serving:
            raise UserError("blocked_other", subject=identifier, fields={"id": waiting.id})
        candidate = _candidate(store, waiting.candidate)
        if digest(candidate) != waiting.file:
            drop_blocked(store)
            raise UserError("candidate_damaged", subject=candidate.name)
        spare = last_good(store, but=waiting.candidate)
        manifest = Manifest(
            content=waiting.content,
            tables=waiting.tables,
            words=waiting.words,
            file=waiting.file,
            size=candidate.stat().st_size,
        )
        write_manifest(store, waiting.candidate, manifest)
        candidate.replace(snapshot_path(store, waiting.candidate))
        point_to(store, waiting.candidate)
        drop_blocked(store)
        sweep(store, serving=waiting.candidate, spare=spare)
    name = str(waiting.candidate)
    return LoadReport(tables=waiting.tables, snapshot=name, swapped=True, unchanged=False, words=waiting.words)


def block(
    store: Path,
    draft: Path,
    manifest: Manifest,
    *,
    number: int,
    serving: int | None,
    differences: Sequence[Difference],
) -> Blocked:
    """Put a built snapshot aside, in place of one that may wait there."""
    said = "\n".join([manifest.content, str(serving), *(d.model_dump_json() for d in differences)])
    waiting = Blocked(
        id=hashlib.sha256(said.encode()).hexdigest()[:8],
        serving=serving,
        candidate=number,
        content=manifest.content,
        file=manifest.file,
        differences=tuple(differences),
        tables=manifest.tables,
        words=manifest.words,
    )
    drop_blocked(store)
    draft.replace(_candidate(store, number))
    record = store / f"{_RECORD}.draft"
    record.write_text(waiting.model_dump_json(), encoding="utf-8")
    record.replace(store / _RECORD)
    return waiting


def drop_blocked(store: Path) -> None:
    """Forget the load that waits: another one serves, or its files are gone."""
    (store / _RECORD).unlink(missing_ok=True)
    for path in store.glob("candidate_*.duckdb"):
        path.unlink(missing_ok=True)


def _candidate(store: Path, number: int) -> Path:
    return store / f"candidate_{number}.duckdb"
