"""Every check of a workspace, as a table. A check looks at the whole workspace and yields problems; none stops
another."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from metrics.errors import Problem
from metrics.model import (
    check_calendar,
    check_expressions,
    check_grain,
    check_links,
    check_people,
    check_sources,
    check_words,
)
from metrics.model.workspace import Workspace

__all__ = ["MODEL_CHECKS", "SOURCE_CHECKS", "run"]

Check = Callable[[Workspace], Iterator[Problem]]

MODEL_CHECKS: tuple[Check, ...] = (
    check_expressions.field_expressions,
    check_expressions.metric_expressions,
    check_grain.multiplied_rows,
    check_links.relationships,
    check_links.join_routes,
    check_links.time_fields,
    check_links.access_rules,
    check_links.targets,
    check_words.plain_names,
    check_words.words_claimed_twice,
    check_words.member_words,
    check_words.labels_of_members,
    check_words.words_of_members,
    check_words.labels_in_every_language,
    check_words.marks_in_labels,
    check_calendar.country,
    check_people.org_tree,
    check_people.id_types,
)

SOURCE_CHECKS: tuple[Check, ...] = (
    check_sources.tables_of_datasets,
    check_sources.column_types,
    check_sources.reference_types,
    check_sources.files,
)


def run(checks: tuple[Check, ...], work: Workspace) -> list[Problem]:
    """What the checks find, each problem once. Nothing is checked across files when one of them could not be read:
    every link into it would be a problem of its own."""
    if not isinstance(work.model_file.data, dict) or not isinstance(work.sales_file.data, dict):
        return []
    return list(dict.fromkeys(problem for check in checks for problem in check(work)))
