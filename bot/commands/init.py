"""`paceline init`: a new workspace, blank with an example, or proposed from data files."""

from __future__ import annotations

import argparse
import errno
import urllib.parse
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from bot.console import Console
from metrics.errors import ModelError, Problem
from metrics.ingest import proposing
from metrics.ingest.proposing.kinship import find_kin
from metrics.ingest.proposing.proposal import PEOPLE_TABLE, propose
from metrics.ingest.proposing.survey import survey
from metrics.model import check_workspace

__all__ = ["init", "run"]

_BLANK = Path(proposing.__file__).parent / "blank"
_FILES = ("model.yaml", "sales.yaml", "sources.yaml")
_SUFFIXES = (".csv", ".tsv", ".txt", ".parquet", ".pq")
_MOST_BYTES = 500_000_000
_ENV = """\
# Copy to .env and fill in. The environment overrules this file.
SLACK_BOT_TOKEN=
SLACK_APP_TOKEN=
SLACK_SIGNING_SECRET=
"""
_EXAMPLE = {
    "data/deals.csv": (
        """\
deal_id,rep,customer,stage,closed_on,amount
D1,Anna Example,Hengli Group,Won,2026-01-15,12000.00
D2,Anna Example,Taihe Works,Lost,2026-01-20,8000.00
D3,Ben Example,Ruifeng Trading,Won,2026-02-03,5400.00
D4,Ben Example,Taihe Works,Open,,9900.00
"""
    ),
    "data/reps.csv": (
        """\
rep,email,manager,team,region
Anna Example,anna@example.com,Maria Manager,Team 1,East
Ben Example,ben@example.com,Maria Manager,Team 1,East
"""
    ),
}


def init(folder: Path, source: Path | None) -> list[str]:
    """Write a workspace into `folder` and say, a line each, what was written and what was found in the data.

    `source`: a CSV or Parquet file, or a folder of them; None gives a commented example. Existing files are never
    changed: FileExistsError names the first one. Raises ModelError when the data cannot be read."""
    if source is None:
        files = {name: (_BLANK / name).read_text(encoding="utf-8") for name in _FILES} | _EXAMPLE
        remarks: tuple[str, ...] = ()
    else:
        taken = {PEOPLE_TABLE} if source.is_file() and source.stem.lower() != PEOPLE_TABLE else set()
        surveyed = [survey(path, taken) for path in _inputs(source)]
        proposal = propose(surveyed, find_kin(surveyed), folder, folder.resolve().name or "company")
        files = {"model.yaml": proposal.model, "sales.yaml": proposal.sales, "sources.yaml": proposal.sources}
        if proposal.people_csv is not None:
            files["people.csv"] = proposal.people_csv
        remarks = proposal.remarks
    files[".env.example"] = _ENV
    for name in files:
        if (folder / name).exists():
            raise FileExistsError(errno.EEXIST, "already exists; nothing was written", str(folder / name))
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return [*(f"wrote {folder / name}" for name in files), *remarks]


def run(args: argparse.Namespace, console: Console, env: Mapping[str, str]) -> int:
    """The command: `args.dir`, `args.source` (a path or an http address, or None). Exit code 0, or 1 with problems
    said."""
    folder = Path(args.dir)
    source = None
    if args.source is not None:
        remote = urllib.parse.urlsplit(args.source).scheme in ("http", "https")
        source = _download(args.source, folder) if remote else Path(args.source)
    for line in init(folder, source):
        console.line(line)
    problems = [p for p in check_workspace(folder, env=env) if p.severity == "error"]
    for problem in problems:
        console.problem(str(problem))
    console.line(f"Next: look through the files, then `paceline -w {folder} check` and `paceline -w {folder} load`.")
    return 1 if problems else 0


def _inputs(source: Path) -> list[Path]:
    if not source.is_dir():
        return [source]
    found = sorted(p for p in source.iterdir() if p.suffix.lower() in _SUFFIXES)
    if not found:
        raise ModelError(
            [Problem(str(source), 0, "--from", "the folder holds no CSV or Parquet file.", "Name a file.")]
        )
    return found


def _download(address: str, folder: Path) -> Path:
    """Fetch a file into `folder`/data. Raises FileExistsError and ModelError."""
    target = folder / "data" / (Path(urllib.parse.urlsplit(address).path).name or "data.csv")
    if target.exists():
        raise FileExistsError(errno.EEXIST, "already exists; nothing was written", str(target))
    try:
        with urllib.request.urlopen(address, timeout=30) as answer:
            body = answer.read(_MOST_BYTES + 1)
    except OSError as error:
        raise ModelError(
            [Problem(address, 0, "--from", f"it cannot be fetched ({error}).", "Check the address.")]
        ) from None
    if len(body) > _MOST_BYTES:
        raise ModelError([Problem(address, 0, "--from", "it is larger than 500 MB.", "Download it and give the path.")])
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(body)
    return target
