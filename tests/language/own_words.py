"""The demo company under other names: an academy that enrolls people, on campuses. What is only another word there is
read as ever."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from metrics.model.schema import Dataset, Field, Model

__all__ = ["members_renamed", "under_other_names"]

_METRICS: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "orders": ("Enrollments", "报名人次", ("报名次数", "注册数")),
    "units_sold": ("Seats", "座位数", ()),
    "follow_ups": ("Appraisals", "测评次数", ()),
}
_IDLE = ("not enrolled", "without an enrollment", "没报名")
_SLIPPED = Field(
    id="opportunities.days_drifted",
    dataset="opportunities",
    name="days_drifted",
    expression="closed_on - expected_close_on",
    datatype="Integer",
    synonyms=("days drifted",),
)
_OLD, _NEW = "customers.customer", "customers.company"


def under_other_names(model: Model) -> Model:
    metrics = dict(model.metrics)
    for name, (en, zh, synonyms) in _METRICS.items():
        metrics[name] = replace(metrics[name], labels={"en": en, "zh": zh}, synonyms=synonyms)
    idle = metrics["idle_days"]
    metrics["idle_days"] = replace(idle, synonyms=(*idle.synonyms, *_IDLE))
    reps, customers = model.datasets["reps"], model.datasets["customers"]
    campus = replace(reps.fields["team"], labels={"en": "Campus", "zh": "校区"}, synonyms=("campus", "校区"))
    reps = replace(reps, fields={**reps.fields, "team": campus})
    deals = model.datasets["opportunities"]
    deals = replace(deals, fields={**deals.fields, "days_drifted": _SLIPPED})
    changed = {"reps": reps, "customers": _renamed(customers), "opportunities": deals}
    return replace(model, metrics=metrics, datasets={**model.datasets, **changed})


def members_renamed(members: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
    return {_NEW if field == _OLD else field: values for field, values in members.items()}


def _renamed(customers: Dataset) -> Dataset:
    """The field that says who a customer is has a name that says nothing of it."""
    fields = {
        "company" if name == "customer" else name: replace(field, id=_NEW, name="company")
        if name == "customer"
        else field
        for name, field in customers.fields.items()
    }
    return replace(customers, fields=fields)
