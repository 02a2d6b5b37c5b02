"""Whether a field is what one row of its dataset is known by."""

from __future__ import annotations

from metrics.model.schema import Field, Model

__all__ = ["is_key"]


def is_key(model: Model, item: Field) -> bool:
    """Whether the field is its dataset's whole primary key."""
    return model.datasets[item.dataset].primary_key == (item.name,)
