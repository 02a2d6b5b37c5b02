"""The semantic model of a deployment: `model.yaml`, `sales.yaml` and `sources.yaml`, read, checked and linked."""

from __future__ import annotations

from metrics.model.loading import check_workspace, load_model, load_ossie
from metrics.model.schema import (
    Absent,
    Access,
    Calendar,
    Dataset,
    Field,
    Metric,
    Model,
    PeopleFields,
    Relationship,
    TargetFields,
    Term,
)
from metrics.model.yaml_file import LocatedYaml, read_yaml

__all__ = [
    "Absent",
    "Access",
    "Calendar",
    "Dataset",
    "Field",
    "LocatedYaml",
    "Metric",
    "Model",
    "PeopleFields",
    "Relationship",
    "TargetFields",
    "Term",
    "check_workspace",
    "load_model",
    "load_ossie",
    "read_yaml",
]
