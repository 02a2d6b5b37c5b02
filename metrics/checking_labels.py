"""Labels of codes against the rows that were loaded: labels of nothing, codes without a label, two codes with one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from metrics.engines import open_engines
from metrics.errors import DamagedSnapshot, DamagedStore, LoadError, ModelError, Problem
from metrics.model.labels import with_labels
from metrics.model.loading import load_model
from metrics.model.schema import Field, Labels
from metrics.model.yaml_file import LocatedYaml, read_yaml
from metrics.people.org import read_members
from metrics.reading_labels import read_labels

__all__ = ["check_labels"]

_SHOWN = 5
_MEMORY = "256MB"


def check_labels(workspace: Path) -> list[Problem]:
    """Warnings about the fields that have labels. Nothing where nothing is loaded yet, or the model has problems: these
    are told elsewhere."""
    try:
        model = load_model(workspace)
    except ModelError:
        return []
    if not any(field.coded for field in model.fields.values()):
        return []
    engines = open_engines(workspace, memory=_MEMORY, threads=1, at_once=1, timeout_s=60)
    try:
        if engines.current_version() is None:
            return []
        with engines.lease() as engine:
            members, found = read_members(model, engine), read_labels(model, engine)
    except (LoadError, DamagedStore, DamagedSnapshot):
        return []
    finally:
        engines.close()
    located = read_yaml(workspace / "sales.yaml")
    labelled = with_labels(model, found)
    return [
        problem
        for field in model.fields.values()
        if field.coded
        for problem in _problems(
            located,
            field,
            labelled.fields[field.id],
            members.get(field.id, ()),
            found.get(field.id, {}),
            model.languages,
        )
    ]


def _problems(
    located: LocatedYaml,
    said: Field,
    labelled: Field,
    members: Sequence[str],
    found: Mapping[str, Labels],
    languages: Sequence[str],
) -> Iterator[Problem]:
    here = ("fields", said.id)
    for member in said.member_labels:
        if member not in members:
            message = f"{member} has a label, and no row of {said.dataset} has {member} in {said.name}."
            yield located.problem((*here, "values", member), message, "Correct the code.", severity="warning")
    for language in languages:
        lacking = [m for m in members if language not in labelled.member_labels.get(m, {})]
        if lacking:
            message = f"{len(lacking)} members of {said.id} have no label in {language}: {_listed(lacking)}."
            yield located.problem(here, message, "Add labels, or people read the code.", severity="warning")
    for language in languages:
        bearers: dict[str, list[str]] = {}
        for member, labels in found.items():
            if language in labels:
                bearers.setdefault(labels[language], []).append(member)
        for text, alike in bearers.items():
            if len(alike) > 1:
                message = f"{text!r} is the label of {_listed(alike)}: answers write the code behind it."
                yield located.problem(
                    (*here, "labelled_by"), message, "Give each a label of its own.", severity="warning"
                )


def _listed(members: Sequence[str]) -> str:
    more = f" and {len(members) - _SHOWN} more" if len(members) > _SHOWN else ""
    return ", ".join(members[:_SHOWN]) + more
