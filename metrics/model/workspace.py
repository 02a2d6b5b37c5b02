"""What the checks look at: the files of a workspace with their lines, and what was made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metrics.errors import Problem
from metrics.model.schema import Model
from metrics.model.yaml_file import KeyPath, LocatedYaml

if TYPE_CHECKING:
    from metrics.model.sources import Sources

__all__ = ["Workspace"]


@dataclass(frozen=True)
class Workspace:
    """`places`: part ("metric:revenue", "field:deals.amount", "dataset:deals", "relationship:deal_agent") -> where it
    is in the model file. `sources` None: not looked at."""

    model: Model
    places: Mapping[str, KeyPath]
    model_file: LocatedYaml
    sales_file: LocatedYaml
    sources_file: LocatedYaml | None = None
    sources: Sources | None = None

    def in_model(self, part: str, inside: KeyPath, message: str, fix: str, *, severity: str = "error") -> Problem:
        """A problem in model.yaml at `inside` of a part."""
        return self.model_file.problem((*self.places.get(part, ()), *inside), message, fix, severity=severity)

    def in_sales(self, path: KeyPath, message: str, fix: str, *, severity: str = "error") -> Problem:
        return self.sales_file.problem(path, message, fix, severity=severity)

    def in_sources(self, path: KeyPath, message: str, fix: str, *, severity: str = "error") -> Problem:
        assert self.sources_file is not None
        return self.sources_file.problem(path, message, fix, severity=severity)

    def table_columns(self, dataset: str) -> Mapping[str, str] | None:
        """Column -> type of the store's table behind a dataset; None when the sources do not say."""
        if self.sources is None or dataset not in self.model.datasets:
            return None
        table = self.sources.tables.get(self.model.datasets[dataset].table)
        return {c.name: c.type for c in table.columns.values()} if table is not None else None
