"""Labels of members that are codes: what `sales.yaml` says of them, and where a table holds them.

    fields:
      deals.stage: {values: {N1: {labels: {en: First contact, zh: 初次接触}, synonyms: [fresh]}}}
      deals.source: {labelled_by: {en: sources.name, zh: sources.name_zh}}

Rows, filters and everything that is saved hold the code; only words said to people, and read from them, are labels.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from metrics.model.names import Names
from metrics.model.schema import Field, Labels, Model
from metrics.model.yaml_file import KeyPath

__all__ = ["key_of_labels", "labelled_by", "labels_and_synonyms", "with_labels"]


def labels_and_synonyms(values: Mapping[str, Any]) -> dict[str, Any]:
    """`values` of a field as attributes of `Field`. A list after a member is short for its synonyms."""
    said = {m: one if isinstance(one, dict) else {"synonyms": one} for m, one in values.items()}
    return {
        "member_labels": {m: one["labels"] for m, one in said.items() if one.get("labels")},
        "member_synonyms": {
            m: tuple(w for w in one["synonyms"] if w is not None) for m, one in said.items() if "synonyms" in one
        },
    }


def labelled_by(names: Names, path: KeyPath, said: str | Labels, languages: Iterable[str]) -> Labels:
    """Language -> id of the field with the labels; one field alone serves every language."""
    each = dict.fromkeys(languages, said) if isinstance(said, str) else said
    found = {language: names.field(path, field_id) for language, field_id in each.items()}
    return {language: field_id for language, field_id in found.items() if field_id is not None}


def key_of_labels(model: Model, field: Field, label: str) -> str | None:
    """The column, in the table of the field with id `label`, that holds the members of `field`: the field itself in its
    own table, else the key to which a relationship leads from it. None where there is no such way."""
    there = model.fields[label].dataset
    if there == field.dataset:
        return field.name
    for link in model.relationships:
        if (link.source, link.target, link.source_columns) == (field.dataset, there, (field.name,)):
            return link.target_columns[0]
    return None


def with_labels(model: Model, found: Mapping[str, Mapping[str, Labels]]) -> Model:
    """The model with labels that tables hold, by field id; what `sales.yaml` says of a member counts more.

    Where two members have one label, the code behind it tells them apart; the label alone then means either."""
    if not found:
        return model
    changed = {field_id: _told_apart(model.fields[field_id], labels) for field_id, labels in found.items()}
    datasets = {
        name: replace(d, fields={n: changed.get(f.id, f) for n, f in d.fields.items()})
        for name, d in model.datasets.items()
    }
    return replace(model, datasets=datasets)


def _told_apart(field: Field, found: Mapping[str, Labels]) -> Field:
    labels = {m: {**found.get(m, {}), **field.member_labels.get(m, {})} for m in (*found, *field.member_labels)}
    bearers: dict[tuple[str, str], set[str]] = {}
    for member, said in labels.items():
        for language, text in said.items():
            bearers.setdefault((language, text), set()).add(member)
    shared = {key for key, members in bearers.items() if len(members) > 1}
    told = {
        m: {lang: f"{text} ({m})" if (lang, text) in shared else text for lang, text in said.items()}
        for m, said in labels.items()
    }
    alike: dict[str, dict[str, None]] = {}
    for language, text in shared:
        for member in bearers[language, text]:
            alike.setdefault(member, {})[text] = None
    synonyms = {m: tuple(dict.fromkeys((*field.member_synonyms.get(m, ()), *words))) for m, words in alike.items()}
    return replace(field, member_labels=told, member_synonyms={**field.member_synonyms, **synonyms})
