"""From a workspace folder to a `Model`, or to all its problems at once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from metrics.errors import ModelError, Problem
from metrics.model.ossie import read_ossie
from metrics.model.sales import bare_model, read_sales, sales_structure
from metrics.model.schema import Model
from metrics.model.sound import is_sound, keep_sound, seal_of
from metrics.model.workspace import Workspace
from metrics.model.yaml_file import read_yaml

__all__ = ["check_workspace", "load_model", "load_ossie"]

_FILES = ("model.yaml", "sales.yaml", "sources.yaml")


def load_model(workspace: Path) -> Model:
    """`model.yaml` and `sales.yaml` of a workspace. Raises ModelError with every problem found in the two."""
    _refuse(_nothing_here(workspace))
    work, problems = _read(workspace)
    seal = seal_of(work.model_file, work.sales_file)
    if problems or not is_sound(workspace, seal):
        from metrics.model.checks import MODEL_CHECKS, run  # here: most starts are with files that were checked before

        found = run(MODEL_CHECKS, work)
        _refuse([*problems, *found])
        keep_sound(workspace, seal)
    return work.model


def load_ossie(path: Path) -> Model:
    """A model file alone, also one written by others: datasets, relationships and metrics, without people or calendar.

    Raises ModelError for a file that is no Ossie model."""
    parts = read_ossie(read_yaml(path))
    _refuse(list(parts.problems))
    return bare_model(parts)


def check_workspace(workspace: Path, *, env: Mapping[str, str]) -> list[Problem]:
    """Every problem of a workspace, warnings included, in the order of files and lines. `env` fills ${NAME} in
    sources."""
    from metrics.model.checks import MODEL_CHECKS, SOURCE_CHECKS, run  # here: see `load_model`
    from metrics.model.sources import read_sources

    if nothing := _nothing_here(workspace):
        return nothing
    bare, problems = _read(workspace)
    located = read_yaml(workspace / "sources.yaml")
    sources, found = read_sources(located, workspace, env)
    readable = sources if isinstance(located.data, dict) else None
    work = Workspace(bare.model, bare.places, bare.model_file, bare.sales_file, located, readable)
    everything = dict.fromkeys([*problems, *found, *run((*MODEL_CHECKS, *SOURCE_CHECKS), work)])
    order = {name: place for place, name in enumerate(_FILES)}
    return sorted(everything, key=lambda p: (order.get(p.file, len(order)), p.line, p.key))


def _nothing_here(workspace: Path) -> list[Problem]:
    """One problem instead of three missing files, where somebody is in the wrong folder."""
    if any((workspace / name).exists() for name in _FILES):
        return []
    what = (
        "there is no workspace here: none of " + ", ".join(_FILES)
        if workspace.is_dir()
        else "this folder does not exist"
    )
    fix = f"Name the workspace with -w, or make one: paceline init {workspace}"
    return [Problem(str(workspace), 0, "", f"{what}.", fix)]


def _read(workspace: Path) -> tuple[Workspace, list[Problem]]:
    model_file = read_yaml(workspace / "model.yaml")
    sales_file = read_yaml(workspace / "sales.yaml")
    parts = read_ossie(model_file)
    if not isinstance(model_file.data, dict):  # every name of sales.yaml would be a problem of its own
        return Workspace(bare_model(parts), parts.paths, model_file, sales_file), [
            *parts.problems,
            *sales_structure(sales_file),
        ]
    model, problems = read_sales(sales_file, parts)
    return Workspace(model, parts.paths, model_file, sales_file), [*parts.problems, *problems]


def _refuse(problems: list[Problem]) -> None:
    errors = [p for p in problems if p.severity == "error"]
    if errors:
        raise ModelError(errors)
