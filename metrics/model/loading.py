"""From a workspace folder to a `Model`, or to all its problems at once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from metrics.errors import ModelError, Problem
from metrics.model.ossie import read_ossie
from metrics.model.sales import bare_model, read_sales
from metrics.model.schema import Model
from metrics.model.yaml_file import read_yaml

__all__ = ["check_workspace", "load_model", "load_ossie"]


def load_model(workspace: Path) -> Model:
    """`model.yaml` and `sales.yaml` of a workspace. Raises ModelError with every problem found in the two."""
    model, problems = _read(workspace)
    _refuse(problems)
    return model


def load_ossie(path: Path) -> Model:
    """A model file alone, also one written by others: datasets, relationships and metrics, without people or calendar.

    Raises ModelError."""
    parts = read_ossie(read_yaml(path))
    _refuse(list(parts.problems))
    return bare_model(parts)


def check_workspace(workspace: Path, *, env: Mapping[str, str]) -> list[Problem]:
    """Every problem of a workspace, warnings included, in the order of files and lines. `env` fills ${NAME} in sources."""
    _, problems = _read(workspace)
    return problems


def _read(workspace: Path) -> tuple[Model, list[Problem]]:
    parts = read_ossie(read_yaml(workspace / "model.yaml"))
    model, problems = read_sales(read_yaml(workspace / "sales.yaml"), parts)
    return model, [*parts.problems, *problems]


def _refuse(problems: list[Problem]) -> None:
    errors = [p for p in problems if p.severity == "error"]
    if errors:
        raise ModelError(errors)
