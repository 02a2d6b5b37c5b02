"""`sales.yaml` joined to the parts of `model.yaml`: the resolved `Model`, and every name that leads nowhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from metrics.errors import Problem
from metrics.model.access_section import access_of
from metrics.model.expressions import BadExpression, datasets_of_aggregates, is_average, is_sum
from metrics.model.funnels import read_funnels
from metrics.model.identities import with_text_ids
from metrics.model.joins import fact_of, reachable
from metrics.model.labels import labelled_by, labels_and_synonyms
from metrics.model.names import Names, present
from metrics.model.ossie import OssieParts
from metrics.model.people_section import others_of, people_fields, person_field
from metrics.model.period_words import PERIOD_WORDS, period_of_word
from metrics.model.sales_shape import SALES, WEEKDAYS
from metrics.model.schema import (
    Absent,
    Calendar,
    Dataset,
    Field,
    Metric,
    Model,
    TargetFields,
    Term,
)
from metrics.model.shapes import did_you_mean, fit
from metrics.model.target_fields import target_fields
from metrics.model.yaml_file import KeyPath, LocatedYaml
from metrics.query import Filter, Period, Value

__all__ = ["bare_model", "fact_datasets", "read_sales", "sales_structure"]


def bare_model(parts: OssieParts) -> Model:
    """The model of a model file alone: no people, calendar or units; metrics have no time field."""
    metrics = {
        name: replace(m, additive=is_sum(m.expression), averaged=is_average(m.expression))
        for name, m in parts.metrics.items()
    }
    return Model(name=parts.name, datasets=parts.datasets, relationships=parts.relationships, metrics=metrics)


def sales_structure(located: LocatedYaml) -> list[Problem]:
    """What is wrong with the keys and types of `sales.yaml`, whatever the model says."""
    slips = fit(SALES, located.data)[1] if located.data is not None else []
    return [*located.problems, *(located.problem(s.path, s.message, s.fix) for s in slips)]


def read_sales(located: LocatedYaml, parts: OssieParts) -> tuple[Model, list[Problem]]:
    """The whole model, as far as the files allow, and everything wrong with `sales.yaml`."""
    problems = sales_structure(located)
    clean, _ = fit(SALES, located.data)
    if clean is None:  # a required key is missing: keep the rest, to find the other problems in the same run
        clean, _ = fit(replace(SALES, required=()), located.data)
    builder = _Builder(located, bare_model(parts), clean or {}, problems)
    return with_text_ids(builder.build()), problems


class _Builder(Names):
    def __init__(self, located: LocatedYaml, model: Model, data: dict[str, Any], problems: list[Problem]) -> None:
        super().__init__(located, model, problems)
        self.data = data
        self.languages = present(data.get("languages", [])) or ("en",)

    def build(self) -> Model:
        data = self.data
        datasets = self.datasets()
        self.model = replace(self.model, datasets=datasets)
        calendar, period = self.calendar(data.get("calendar", {}))
        metrics = {**self.model.metrics, **dict(self.metrics(data.get("metrics", {})))}
        self.model = replace(self.model, metrics=metrics)
        people = data.get("people")
        self.model = replace(self.model, people=people_fields(self, people) if people else None)
        return replace(
            self.model,
            others=tuple(others_of(self, (people or {}).get("others", []))),
            access=access_of(self, data.get("access", {})),
            calendar=calendar,
            targets=self.targets(data.get("targets")),
            default_metric=self.metric(("default_metric",), data.get("default_metric")),
            default_period=period,
            scorecard=self.metric_list(("scorecard",), data.get("scorecard", [])),
            terms=tuple(self.terms(data.get("terms", []))),
            funnels=read_funnels(self, data.get("funnels", {})),
            absent=tuple(Absent(present(a["words"]), a["reason"]) for a in data.get("absent", []) if a is not None),
            languages=self.languages,
            organisation=data.get("organisation", ""),
        )

    # --- sections ----------------------------------------------------------------------------------------------------

    def datasets(self) -> Mapping[str, Dataset]:
        changed: dict[str, Field] = {}
        for field_id, said in self.data.get("fields", {}).items():
            path = ("fields", field_id)
            if self.field(path, field_id) is None:
                continue
            old = self.model.fields[field_id]
            changed[field_id] = replace(
                old,
                labels={**old.labels, **said.get("labels", {})},
                **labels_and_synonyms(said.get("values", {})),
                labelled_by=labelled_by(self, (*path, "labelled_by"), said.get("labelled_by", {}), self.languages),
                unit=said.get("unit", ""),
                member_order=present(said.get("order", [])),
            )
        return {
            name: replace(d, fields={n: changed.get(f.id, f) for n, f in d.fields.items()})
            for name, d in self.model.datasets.items()
        }

    def calendar(self, said: dict[str, Any]) -> tuple[Calendar, Period | None]:
        path: KeyPath = ("calendar",)
        timezone = said.get("timezone", "UTC")
        if not _is_timezone(timezone):
            near = did_you_mean(timezone, available_timezones(), otherwise="Use a name like Europe/Berlin.")
            self.say((*path, "timezone"), f"there is no timezone {timezone}.", near)
            timezone = "UTC"
        period: Period | None = None
        word = said.get("default_period")
        if word is not None:
            period = period_of_word(word)
            if period is None:
                near = did_you_mean(word, PERIOD_WORDS, otherwise=f"Use one of {', '.join(PERIOD_WORDS)}.")
                self.say((*path, "default_period"), f"{word} is not a period.", near)
        calendar = Calendar(
            timezone=timezone,
            fiscal_year_start=said.get("fiscal_year_start", 1),
            week_start=WEEKDAYS.index(said.get("week_start", "monday")),
            working_days=tuple(
                sorted({WEEKDAYS.index(d) for d in present(said.get("working_days", list(WEEKDAYS[:5])))})
            ),
            holidays=said.get("holidays", ""),
            days_off=frozenset(d for d in said.get("days_off", []) if d is not None),
            extra_working_days=frozenset(d for d in said.get("extra_working_days", []) if d is not None),
            fiscal_year_named_by=said.get("fiscal_year_named_by", "start"),
        )
        return calendar, period

    def metrics(self, said: dict[str, dict[str, Any]]) -> Iterable[tuple[str, Metric]]:
        for name, one in said.items():
            path: KeyPath = ("metrics", name)
            if self.metric(path, name) is None:
                continue
            old = self.model.metrics[name]
            snapshot = one.get("time") == "snapshot"
            yield (
                name,
                replace(
                    old,
                    labels={**old.labels, **one.get("labels", {})},
                    definitions=one.get("definition", {}),
                    unit=one.get("unit", "number"),
                    higher_is_better=one.get("direction", "up") == "up",
                    owner=one.get("owner", ""),
                    version=one.get("version", 1),
                    certified=one.get("certified", False),
                    time={} if snapshot else self.time((*path, "time"), old, one.get("time")),
                    snapshot=snapshot,
                    ahead=one.get("ahead", False),
                    has_target=one.get("target", False),
                    working_day_basis=one.get("basis", "calendar_days") == "working_days",
                    shown_with=self.metric_list((*path, "with"), one.get("with", [])),
                    where=self.filters((*path, "where"), one.get("where")),
                    per_row=self.field_list((*path, "per_row"), one.get("per_row", [])),
                ),
            )

    def time(self, path: KeyPath, metric: Metric, said: str | dict[str, str] | None) -> dict[str, str]:
        """Fact dataset -> time field. One field is taken for every fact dataset that holds it or leads to it."""
        if said is None:
            return {}
        if isinstance(said, dict):
            pairs = {d: self.field((*path, d), f) for d, f in said.items() if self.dataset((*path, d), d) is not None}
            return {d: f for d, f in pairs.items() if f is not None}
        found = self.field(path, said)
        if found is None:
            return {}
        home = self.model.fields[found].dataset
        return {fact: found for fact in fact_datasets(self.model, metric) if home in reachable(self.model, fact)}

    def targets(self, said: dict[str, str] | None) -> TargetFields | None:
        return target_fields(self, said, partial(person_field, self))

    def terms(self, said: list[dict[str, Any] | None]) -> Iterable[Term]:
        for index, one in enumerate(said):
            if one is None:
                continue
            path: KeyPath = ("terms", index)
            if "where" not in one and "metric" not in one:
                self.say(path, "a term stands for nothing.", "Add `where:` or `metric:`.")
                continue
            metric = self.metric((*path, "metric"), one.get("metric"))
            yield Term(present(one["words"]), self.filters((*path, "where"), one.get("where")), metric)

    def filters(self, path: KeyPath, said: dict[str, Any] | list[dict[str, Any] | None] | None) -> tuple[Filter, ...]:
        listed = [said] if isinstance(said, dict) else (said or [])
        found: list[Filter] = []
        for index, one in enumerate(listed):
            if one is None:
                continue
            here = path if isinstance(said, dict) else (*path, index)
            operators = [k for k in one if k != "field"]
            if len(operators) != 1:
                self.say(
                    here,
                    "a condition needs exactly one of in, not_in, lt, le, gt, ge, between.",
                    "Write for example {field: a.b, in: [x]}.",
                )
                continue
            field_id = self.field((*here, "field"), one["field"])
            op = operators[0]
            raw = one[op]
            values: tuple[Value, ...] = tuple(_plain(v) for v in (raw if isinstance(raw, list) else [raw]))
            if op == "between" and len(values) != 2:
                self.say((*here, op), "between takes two values.", "Write [least, most].")
                continue
            if field_id is not None:
                found.append(Filter(field=field_id, op=op, values=values))
        return tuple(found)


def _is_timezone(name: str) -> bool:
    """Whether it is one of `available_timezones()`, without looking for all of them on the disk."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return name.partition("/")[0] not in ("posix", "right", "posixrules")  # beside the zones, where a system keeps them


def fact_datasets(model: Model, metric: Metric) -> tuple[str, ...]:
    """The fact dataset of each aggregate of a metric, each once; those that cannot be told are left out."""
    try:
        named = datasets_of_aggregates(metric.expression)
    except BadExpression:
        return ()
    facts = (fact_of(model, datasets) for datasets in named)
    return tuple(dict.fromkeys(f for f in facts if f is not None))


def _plain(value: Any) -> Value:
    """A YAML date as ISO text: filters hold JSON scalars."""
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)
