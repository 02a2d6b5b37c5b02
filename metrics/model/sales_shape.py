"""The structure of `sales.yaml`: how a sales organisation runs, in keys and types."""

from __future__ import annotations

from metrics.model.shapes import Choice, Date, Either, Flag, ListOf, MapOf, Record, Scalar, Shape, Text, Whole

__all__ = ["SALES", "UNIT", "WEEKDAYS"]

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
UNIT = Text(
    r"count|percent|days|date|text|number|rank|hours|currency:[A-Z]{3}",
    "a unit (currency:XXX, count, percent, days, hours, date, number, text)",
)
_NAME = Text(empty=False, hint="a name")
_NAMES = ListOf(_NAME)
_PERSON = Either((_NAME, Whole(most=10**18)))
_LABELS = MapOf(_NAME)
_FILTER = Record(
    {
        "field": _NAME,
        "in": Either((ListOf(Scalar(null=True), least=1), Scalar())),
        "not_in": Either((ListOf(Scalar(null=True), least=1), Scalar())),
        "lt": Scalar(),
        "le": Scalar(),
        "gt": Scalar(),
        "ge": Scalar(),
        "between": ListOf(Scalar(), least=2),
    },
    required=("field",),
)
_WHERE = Either((_FILTER, ListOf(_FILTER, least=1)))
_OTHER = Record(
    {
        "id": _PERSON,
        "name": _NAME,
        "aliases": _NAMES,
        "email": _NAME,
        "role": Choice(("rep", "manager", "lead", "ops", "admin")),
        "manager": _PERSON,
        "team": _NAME,
        "region": _NAME,
        "timezone": _NAME,
        "language": _NAME,
        "active_from": Date(),
        "active_to": Date(),
        "sees": Either((Choice(("all", "own")), MapOf(ListOf(_NAME, least=1)))),
    },
    required=("id",),
)
_PEOPLE_FIELDS: dict[str, Shape] = {
    "dataset": _NAME,
    "id": _NAME,
    "name": _NAME,
    "manager": _NAME,
    "team": _NAME,
    "region": _NAME,
    "email": _NAME,
    "role": _NAME,
    "active_from": _NAME,
    "active_to": _NAME,
    "timezone": _NAME,
    "language": _NAME,
    "aliases": Either((_NAME, _NAMES)),
}
_PEOPLE = Record(
    {
        **_PEOPLE_FIELDS,
        "more": ListOf(Record(_PEOPLE_FIELDS, required=("dataset", "id"))),
        "peers": Choice(("all", "with_rows")),
        "history": Record(
            {"dataset": _NAME, "person": _NAME, "from": _NAME, "to": _NAME}, required=("dataset", "person", "from")
        ),
        "others": ListOf(_OTHER),
    },
    required=("dataset", "id"),
)
_CALENDAR = Record(
    {
        "timezone": _NAME,
        "fiscal_year_start": Whole(1, 12),
        "fiscal_year_named_by": Choice(("start", "end")),
        "week_start": Choice(WEEKDAYS),
        "working_days": ListOf(Choice(WEEKDAYS), least=1),
        "holidays": _NAME,
        "days_off": ListOf(Date()),
        "extra_working_days": ListOf(Date()),
        "default_period": _NAME,
    },
)
_ACCESS = Record(
    {
        "visibility": Choice(("everyone", "org_tree")),
        "owners": MapOf(_NAME),
        "public": _NAMES,
        "public_leaderboards": _NAMES,
        "published": _NAMES,
        "published_period": Choice(("day", "week", "month", "quarter", "year")),
        "belongs": MapOf(_NAME),
        "catalogues": _NAMES,
    },
    required=("visibility",),
)
_METRIC = Record(
    {
        "unit": UNIT,
        "time": Either((_NAME, MapOf(_NAME))),
        "ahead": Flag(),
        "owner": _NAME,
        "version": Whole(1, 10_000),
        "certified": Flag(),
        "direction": Choice(("up", "down")),
        "labels": _LABELS,
        "definition": _LABELS,
        "with": _NAMES,
        "target": Flag(),
        "basis": Choice(("calendar_days", "working_days")),
        "where": _WHERE,
        "per_row": _NAMES,
    },
)
_MEMBER = Either((_NAMES, Record({"labels": _LABELS, "synonyms": _NAMES})))
_FIELD = Record(
    {
        "labels": _LABELS,
        "values": MapOf(_MEMBER),
        "labelled_by": Either((_NAME, _LABELS)),
        "unit": UNIT,
        "order": _NAMES,
    }
)
_FUNNEL = Record(
    {"labels": _LABELS, "steps": ListOf(_NAME, least=2), "metric": _NAME, "field": _NAME, "lost": _NAMES},
    required=("steps",),
)
SALES = Record(
    {
        "version": Whole(1, 1),
        "organisation": _NAME,
        "languages": ListOf(Choice(("en", "zh")), least=1),
        "people": _PEOPLE,
        "calendar": _CALENDAR,
        "access": _ACCESS,
        "metrics": MapOf(_METRIC),
        "fields": MapOf(_FIELD),
        "default_metric": _NAME,
        "scorecard": _NAMES,
        "terms": ListOf(
            Record({"words": ListOf(_NAME, least=1), "where": _WHERE, "metric": _NAME}, required=("words",))
        ),
        "funnels": MapOf(_FUNNEL),
        "absent": ListOf(Record({"words": ListOf(_NAME, least=1), "reason": _LABELS}, required=("words", "reason"))),
        "targets": Record(
            {
                "dataset": _NAME,
                "person": _NAME,
                "month": _NAME,
                "period": _NAME,
                "start": _NAME,
                "end": _NAME,
                "metric": _NAME,
                "amount": _NAME,
            },
            required=("dataset", "person", "metric", "amount"),
        ),
    },
    required=("version", "people", "access"),
)
