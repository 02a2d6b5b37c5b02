"""Names in `sales.yaml` that must exist in `model.yaml`."""

from __future__ import annotations

from typing import Any

from metrics.errors import Problem
from metrics.model.schema import Model
from metrics.model.shapes import did_you_mean
from metrics.model.yaml_file import KeyPath, LocatedYaml

__all__ = ["Names", "present"]


class Names:
    """Looks names up in the model. A name that leads nowhere is a problem at its place, and None."""

    def __init__(self, located: LocatedYaml, model: Model, problems: list[Problem]) -> None:
        self.located = located
        self.model = model
        self.problems = problems

    def say(self, path: KeyPath, message: str, fix: str) -> None:
        self.problems.append(self.located.problem(path, message, fix))

    def field(self, path: KeyPath, field_id: str | None) -> str | None:
        """The field id when it exists; a problem and None when it does not."""
        if field_id is None:
            return None
        if field_id in self.model.fields:
            return field_id
        fix = did_you_mean(field_id, self.model.fields, otherwise="Name a field of model.yaml as dataset.field.")
        self.say(path, f"there is no field {field_id}.", fix)
        return None

    def field_list(self, path: KeyPath, ids: list[str | None]) -> tuple[str, ...]:
        found = (self.field((*path, i), f) for i, f in enumerate(ids))
        return tuple(f for f in found if f is not None)

    def dataset(self, path: KeyPath, name: str) -> str | None:
        if name in self.model.datasets:
            return name
        self.say(
            path,
            f"there is no dataset {name}.",
            did_you_mean(name, self.model.datasets, otherwise="Name a dataset of model.yaml."),
        )
        return None

    def metric(self, path: KeyPath, name: str | None) -> str | None:
        if name is None or name in self.model.metrics:
            return name
        self.say(
            path,
            f"there is no metric {name}.",
            did_you_mean(name, self.model.metrics, otherwise="Name a metric of model.yaml."),
        )
        return None

    def metric_list(self, path: KeyPath, names: list[str | None]) -> tuple[str, ...]:
        found = (self.metric((*path, i), n) for i, n in enumerate(names) if n is not None)
        return tuple(n for n in found if n is not None)


def present(items: list[Any]) -> tuple[Any, ...]:
    """Without what is left empty in a list."""
    return tuple(i for i in items if i is not None)
