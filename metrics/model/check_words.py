"""Checks of words: one word, one meaning. A word that two things claim would make every question with it ambiguous."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from metrics.errors import Problem
from metrics.model.labels import key_of_labels
from metrics.model.ownership import owners_of
from metrics.model.schema import Field
from metrics.model.shared_words import folded, shared_words
from metrics.model.workspace import Workspace
from metrics.model.yaml_file import KeyPath, LocatedYaml

__all__ = [
    "labels_in_every_language",
    "labels_of_members",
    "marks_in_labels",
    "member_words",
    "plain_names",
    "words_claimed_twice",
    "words_of_members",
]


_FULL_WIDTH = "，：；"


@dataclass(frozen=True, slots=True)
class _Claim:
    word: str
    owner: str  # "the metric revenue"
    file: LocatedYaml
    path: KeyPath


def plain_names(work: Workspace) -> Iterator[Problem]:
    """Names of datasets, fields and metrics are plain: expressions and saved questions name them."""
    model = work.model
    parts = [*((f"dataset:{d}", d) for d in model.datasets), *((f"metric:{m}", m) for m in model.metrics)]
    parts += [(f"field:{f.id}", f.name) for f in model.fields.values()]
    for part, name in parts:
        if not name.isidentifier():
            yield work.in_model(
                part,
                ("name",),
                f"{name!r} is not a plain name.",
                "Use letters, digits and _; other words go into synonyms.",
            )


def words_claimed_twice(work: Workspace) -> Iterator[Problem]:
    """Over metrics (name, synonyms, labels), fields (synonyms, labels), funnels (labels), terms and absent words; case
    and width do not count. Between two synonyms of model.yaml, which may come from elsewhere as it is, a warning:
    a question with the word that fits both asks what is meant."""
    first: dict[str, _Claim] = {}
    for claim in _claims(work):
        word = folded(claim.word)
        before = first.setdefault(word, claim)
        if before.owner != claim.owner:
            where = f"{before.file.file} line {before.file.line(before.path)}"
            message = f"{claim.word!r} is claimed by {claim.owner} and by {before.owner} ({where})."
            if _is_synonym(claim) and _is_synonym(before):
                message += " A question that fits both asks back."
                yield claim.file.problem(claim.path, message, "Keep the word with one of them.", severity="warning")
            else:
                yield claim.file.problem(claim.path, message, "Keep the word with one of them.")


def _is_synonym(claim: _Claim) -> bool:
    return "synonyms" in claim.path[-2:]


def _claims(work: Workspace) -> Iterator[_Claim]:
    model = work.model
    for metric in model.metrics.values():
        place = work.places[f"metric:{metric.name}"]
        yield _Claim(metric.name, f"the metric {metric.name}", work.model_file, (*place, "name"))
        yield from _synonyms(work, place, metric.synonyms, f"the metric {metric.name}")
        yield from _labels(work, "metrics", metric.name, f"the metric {metric.name}")
    for field in model.fields.values():
        owner = f"the field {field.id}"
        yield from _synonyms(work, work.places[f"field:{field.id}"], field.synonyms, owner)
        yield from _labels(work, "fields", field.id, owner)
    for name in model.funnels:
        yield from _labels(work, "funnels", name, f"the funnel {name}")
    for section, owner in (("terms", "the term"), ("absent", "the absent words")):
        for index, one in enumerate(_list(work.sales_file.data, section)):
            for nth, word in enumerate(_list(one, "words")):
                if isinstance(word, str):
                    shown = _list(one, "words")[0]
                    yield _Claim(word, f"{owner} {shown!r}", work.sales_file, (section, index, "words", nth))


def _list(data: Any, key: str) -> list[Any]:
    found = data.get(key) if isinstance(data, dict) else None
    return found if isinstance(found, list) else []


def _synonyms(work: Workspace, place: KeyPath, words: tuple[str, ...], owner: str) -> Iterator[_Claim]:
    for index, word in enumerate(words):
        yield _Claim(word, owner, work.model_file, (*place, "ai_context", "synonyms", index))


def _labels(work: Workspace, section: str, name: str, owner: str) -> Iterator[_Claim]:
    data = work.sales_file.data
    for step in (section, name, "labels"):
        data = data.get(step) if isinstance(data, dict) else None
    for language, word in data.items() if isinstance(data, dict) else ():
        if isinstance(word, str):
            yield _Claim(word, owner, work.sales_file, (section, name, "labels", language))


def _labelled(work: Workspace) -> Iterator[tuple[KeyPath, dict[str, Any]]]:
    """Every `labels` of sales.yaml."""
    for section in ("metrics", "fields", "funnels"):
        entries = work.sales_file.data.get(section)
        for name, said in entries.items() if isinstance(entries, dict) else ():
            labels = said.get("labels") if isinstance(said, dict) else None
            if isinstance(labels, dict):
                yield (section, name, "labels"), labels


def labels_in_every_language(work: Workspace) -> Iterator[Problem]:
    """What has labels has one in each language of the organisation."""
    for path, labels in _labelled(work):
        for language in work.model.languages:
            if labels and language not in labels:
                fix = f"Write `{language}: …` beside the others, or people who ask in it read that of another language."
                yield work.in_sales(path, f"there is no label in {language} for {path[1]}.", fix, severity="warning")


def marks_in_labels(work: Workspace) -> Iterator[Problem]:
    """A full-width comma or colon keeps YAML from seeing where a label ends: the rest is taken for a part of it."""
    for path, labels in _labelled(work):
        for language, text in labels.items():
            mark = next((c for c in str(text) if c in _FULL_WIDTH), None) or next(
                (c for c in str(language) if c in _FULL_WIDTH), None
            )
            if mark is not None:
                message = f"the label {text!r} has the full-width {mark!r} in it."
                fix = "Write , and : of YAML as half-width characters; in a name leave it out."
                yield work.in_sales((*path, language), message, fix, severity="warning")


def member_words(work: Workspace) -> Iterator[Problem]:
    """Within one field a word stands for one member."""
    for field in work.model.fields.values():
        taken: dict[str, str] = {}
        for member in _named(field):
            for word in field.words_of(member):
                before = taken.setdefault(folded(word), member)
                if before != member:
                    path = ("fields", field.id, "values", member)
                    yield work.in_sales(
                        path, f"{word!r} stands for {member} and for {before}.", "Keep the word with one of them."
                    )


def _named(field: Field) -> tuple[str, ...]:
    """The members that sales.yaml names."""
    return tuple(dict.fromkeys((*field.member_labels, *field.member_synonyms)))


def labels_of_members(work: Workspace) -> Iterator[Problem]:
    """Labels can be found, are for members that people ask for, and are there in every language."""
    owners = owners_of(work.model)
    for field in (f for f in work.model.fields.values() if f.coded):
        path: KeyPath = ("fields", field.id)
        if not field.dimension:
            fix = f"Give {field.id} a `dimension` in model.yaml, or leave the labels out."
            yield work.in_sales(path, f"{field.id} has labels, and nobody can break down by it.", fix)
        for label in dict.fromkeys(field.labelled_by.values()):
            there, here = work.model.fields[label].dataset, (*path, "labelled_by")
            if key_of_labels(work.model, field, label) is None:
                fix = f"Add a relationship from {field.dataset} to {there} over the column {field.name} alone."
                yield work.in_sales(here, f"nothing says which row of {there} a member of {field.id} is.", fix)
            elif there != field.dataset and owners.get(there):
                fix = f"Put {there} into access.public, or keep the labels in sales.yaml."
                yield work.in_sales(here, f"the labels stand in {there}, whose rows not everybody may see.", fix)
        yield from _languages_without_labels(work, field)


def _languages_without_labels(work: Workspace, field: Field) -> Iterator[Problem]:
    for language in work.model.languages:
        if language in field.labelled_by:
            continue
        lacking = [m for m, labels in field.member_labels.items() if language not in labels]
        if lacking or not field.member_labels:
            whose = ", ".join(lacking[:5]) or field.id
            fix = "Write one, or people who ask in it read that of another language."
            path = ("fields", field.id, "values", lacking[0]) if lacking else ("fields", field.id, "labelled_by")
            message = f"there is no label in {language} for {whose}."
            yield work.in_sales(path, message, fix, severity="warning")


def words_of_members(work: Workspace) -> Iterator[Problem]:
    """A word for a member that sales.yaml names is no word for a metric, a field or a term. Members that only the rows
    know are looked at when they are loaded."""
    named = {f.id: _named(f) for f in work.model.fields.values()}
    for shared in shared_words(work.model, named):
        message = (
            f"{shared.word!r} stands for the member {shared.member} and for {shared.other}: questions with it ask back."
        )
        fix = "Give one of them another word."
        path = ("fields", shared.field, "values", shared.member)
        yield work.in_sales(path, message, fix, severity="warning")
