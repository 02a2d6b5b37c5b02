"""Which fields stand for the rows of a dataset."""

from __future__ import annotations

from metrics.model.schema import Dataset, Field, Model
from nlq.morphology import lemma
from nlq.normalise import fold

__all__ = ["is_key", "name_field"]


def is_key(model: Model, item: Field) -> bool:
    """Whether the field is its dataset's whole primary key."""
    return model.datasets[item.dataset].primary_key == (item.name,)


def name_field(model: Model, dataset: str) -> Field | None:
    """The field that says which of them a row is: called like them, else the key, else the one that shares a word with
    them (the company of "customers" and "clients"). People have a name of their own (`people.name`)."""
    whole = model.datasets[dataset]
    fields = [f for f in whole.fields.values() if f.dimension]
    called = [f for f in fields if f.name in (dataset, dataset.rstrip("s"))]
    if found := called or [f for f in fields if is_key(model, f)]:
        return found[0]
    if model.people is not None and model.people.dataset == dataset:
        return None
    words = _words(whole)
    alike = [f for f in fields if words & _words(f)]
    return alike[0] if len(alike) == 1 else None


def _words(item: Dataset | Field) -> set[str]:
    """What it is called, each word as one of them is."""
    return {lemma(fold(w)) for w in (item.name.replace("_", " "), *item.labels.values(), *item.synonyms)}
