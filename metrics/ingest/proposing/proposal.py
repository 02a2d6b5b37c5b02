"""The three files proposed for surveyed data, as text with remarks for the person who will finish them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from metrics.ingest.proposing.kinship import Kin
from metrics.ingest.proposing.proposed_metrics import ProposedMetric, label, main_date, metrics_of, said
from metrics.ingest.proposing.survey import ColumnSurvey, FileSurvey

__all__ = ["PEOPLE_TABLE", "Proposal", "propose"]

PEOPLE_TABLE = "people"
_TYPES = {
    "text": "String",
    "integer": "Integer",
    "decimal(18,2)": "Decimal",
    "float": "Float",
    "boolean": "Boolean",
    "date": "Date",
    "datetime": "DateTime",
}
_PLAIN = re.compile(r"[A-Za-z_\u4e00-\u9fff][\w\u4e00-\u9fff ./-]*")
_MONEY = re.compile(r"[^\w\s]?\s*-?\d{1,3}(,\d{3})*(\.\d+)?\s*[^\w\s]?")  # currency signs, thousands separators
_RESERVED = frozenset({"yes", "no", "on", "off", "true", "false", "null", "y", "n"})


@dataclass(frozen=True, slots=True)
class Proposal:
    """`people_csv`: a people file to be filled in, when no file lists them."""

    model: str
    sales: str
    sources: str
    people_csv: str | None
    remarks: tuple[str, ...]


@dataclass
class _Words:
    """Every word is claimed once over metrics and fields."""

    taken: set[str] = field(default_factory=set)

    def claim(self, words: Iterable[str]) -> tuple[str, ...]:
        mine = tuple(w for w in dict.fromkeys(words) if w and w.casefold() not in self.taken)
        self.taken |= {w.casefold() for w in mine}
        return mine


def _q(text: str) -> str:
    plain = _PLAIN.fullmatch(text) and text == text.strip() and text.lower() not in _RESERVED
    return text if plain else json.dumps(text, ensure_ascii=False)


def _list(words: Iterable[str]) -> str:
    return "[" + ", ".join(map(_q, words)) + "]"


def propose(files: Sequence[FileSurvey], kin: Kin, folder: Path, organisation: str) -> Proposal:
    """Texts of model.yaml, sales.yaml and sources.yaml that pass `paceline check`, and what to look at first."""
    people_table = kin.people.table if kin.people and kin.people.table else PEOPLE_TABLE
    facts = [f for f in files if f.table in kin.facts and main_date(f) is not None]
    words = _Words()
    metrics = [m for f in facts for m in metrics_of(f, kin)]
    named = {m.name: m for m in metrics}  # the first of each name
    spoken = {name: words.claim(m.words) or (name.replace("_", " "),) for name, m in named.items()}
    fields: dict[str, tuple[str, ...]] = {}
    dimensions: dict[str, ColumnSurvey] = {}
    for file in sorted(files, key=lambda f: f.table in kin.facts):  # shared tables name things first
        linked = {x.column for x in kin.links if x.source == file.table}
        for column in file.columns:
            own_person = (
                kin.people is not None and kin.people.table is None and kin.owner.get(file.table) == column.field
            )
            if column.type in ("text", "boolean") and column.field not in linked and not own_person:
                dimensions[f"{file.table}.{column.field}"] = column
                fields[f"{file.table}.{column.field}"] = words.claim(said(column))
    model = _model(files, kin, people_table, named, spoken, fields, words, organisation)
    people_csv = None
    if kin.people is None or kin.people.table is None:
        names = kin.people.names if kin.people else ("Example Person",)
        people_csv = "person_id,email,manager,team,region\n" + "".join(f"{_cell(n)},,,,\n" for n in names)
    return Proposal(
        model,
        _sales(files, kin, people_table, named, dimensions, organisation),
        _sources(files, kin, folder),
        people_csv,
        tuple(_remarks(files, kin, facts)),
    )


def _cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if re.search(r'[",\n]', text) else text


def _field(name: str, kind: str, dimension: bool, words: Sequence[str]) -> list[str]:
    lines = [
        f"          - name: {name}",
        f"            expression: {{dialects: [{{dialect: ANSI_SQL, expression: {name}}}]}}",
        f"            datatype: {kind}",
    ]
    if dimension:
        lines.append("            dimension: {is_time: false}")
    if words:
        lines.append(f"            ai_context: {{synonyms: {_list(words)}}}")
    return lines


def _model(
    files: Sequence[FileSurvey],
    kin: Kin,
    people_table: str,
    metrics: dict[str, ProposedMetric],
    spoken: dict[str, tuple[str, ...]],
    fields: dict[str, tuple[str, ...]],
    words: _Words,
    organisation: str,
) -> str:
    lines = [
        (
            "# What the data means: an Apache Ossie 0.2 semantic model, proposed from the data. Read it, correct it,"
            " add synonyms."
        ),
        'version: "0.2.0.dev0"',
        "semantic_model:",
        f"  - name: {_q(organisation)}",
        "    datasets:",
    ]
    for file in files:
        lines += [f"      - name: {file.table}", f"        source: {file.table}"]
        if kin.keys[file.table]:
            lines.append(f"        primary_key: [{kin.keys[file.table]}]")
        lines.append("        fields:")
        for column in file.columns:
            key = f"{file.table}.{column.field}"
            lines += _field(column.field, _TYPES[column.type], key in fields, fields.get(key, ()))
    if people_table == PEOPLE_TABLE and not any(f.table == PEOPLE_TABLE for f in files):
        lines += [
            f"      - name: {PEOPLE_TABLE}",
            f"        source: {PEOPLE_TABLE}",
            "        primary_key: [person_id]",
            "        fields:",
        ]
        rep = words.claim(("rep", "sales rep", "salesperson", "seller", "销售员", "业务员", "销售代表"))
        lines += _field("person_id", "String", True, rep)
        lines += _field("email", "String", False, ()) + _field("manager", "String", False, ())
        lines += _field("team", "String", True, words.claim(("team", "sales team", "团队")))
        lines += _field("region", "String", True, words.claim(("region", "territory", "区域", "大区")))
    links = [(x.source, x.column, x.target, x.key) for x in kin.links]
    if kin.people is not None and kin.people.table is None:
        links += [(table, column, PEOPLE_TABLE, "person_id") for table, column in kin.owner.items()]
    if links:
        lines.append("    relationships:")
        lines += [
            f"      - {{name: {a}_{t}, from: {a}, to: {t}, from_columns: [{c}], to_columns: [{k}]}}"
            for a, c, t, k in links
        ]
    if metrics:
        lines.append("    metrics:")
    for name, metric in metrics.items():
        lines += [
            f"      - name: {name}",
            f"        description: {_q(metric.description)}",
            (
                "        expression: {dialects: [{dialect: ANSI_SQL, expression:"
                f" {json.dumps(metric.expression, ensure_ascii=False)}}}]}}"
            ),
            f"        ai_context: {{synonyms: {_list(spoken[name])}}}",
        ]
    return "\n".join(lines) + "\n"


def _sales(
    files: Sequence[FileSurvey],
    kin: Kin,
    people_table: str,
    metrics: dict[str, ProposedMetric],
    dimensions: dict[str, ColumnSurvey],
    organisation: str,
) -> str:
    people = kin.people
    made = people is None or people.table is None
    manager, team, region = (
        ("manager", "team", "region") if made or people is None else (people.manager, people.team, people.region)
    )
    key = "person_id" if made or people is None else people.id
    lines = [
        "# How this sales organisation runs, proposed from the data.",
        "version: 1",
        f"organisation: {_q(organisation)}",
        "languages: [en, zh]",
        "people:",
        f"  dataset: {people_table}",
        f"  id: {people_table}.{key}",
        f"  name: {people_table}.{key}",
    ]
    for name, column in (
        ("manager", manager),
        ("team", team),
        ("region", region),
        ("email", "email" if made else None),
    ):
        if column:
            lines.append(f"  {name}: {people_table}.{column}")
    lines += [
        "  others:                       # people who ask but do not sell",
        "    - {id: Sales Ops, role: ops, sees: all}",
    ]
    if people is not None:
        lines += [f"    - {{id: {_q(m)}, role: manager, team: {_q(m)}}}" for m in people.managers]
    tree = bool(people and people.manager and people.table)
    lines += [
        "calendar:",
        "  timezone: UTC                 # for example Asia/Shanghai",
        "  fiscal_year_start: 1",
        "  week_start: monday",
        "  working_days: [monday, tuesday, wednesday, thursday, friday]",
        "  # holidays: CN                # country code: public holidays are not working days",
        "  default_period: all           # of a question that names none; this_month once data arrives daily",
        "access:",
        (
            f"  visibility: {'org_tree' if tree else 'everyone'}        # org_tree: own rows and those of everyone"
            " below; or everyone"
        ),
    ]
    owned = {t: c for t, c in kin.owner.items() if people is not None}
    whose = {t: f"{t}.{c}" for t, c in owned.items()}
    for link in kin.links * len(files):  # lines lead to orders that say whose they are, over as many steps as it takes
        if link.target in whose and link.source not in whose and link.target != people_table:
            whose[link.source] = whose[link.target]
    if whose:
        lines.append("  owners: {" + ", ".join(f"{t}: {field}" for t, field in whose.items()) + "}")
    public = [f.table for f in files if f.table not in whose] + ([people_table] if made else [])
    lines.append(f"  public: {_list(dict.fromkeys(public))}")
    if things := [table for table in dict.fromkeys(public) if table != people_table]:
        lines.append(f"  # catalogues: {_list(things)}   # those of which everybody may know what there is: products")
    if metrics:
        lines.append("metrics:                        # units: currency:CNY, count, percent, days, number")
        for name, metric in metrics.items():
            lines.append(
                f"  {name}: {{unit: {metric.unit}, time: {metric.time}, owner: Sales Ops, "
                f"labels: {{en: {_q(metric.labels['en'])}, zh: {_q(metric.labels['zh'])}}}}}"
            )
    shown = {k: label(c) for k, c in dimensions.items()}
    if shown:
        lines.append("fields:")
        lines += [f"  {k}: {{labels: {{en: {_q(v['en'])}, zh: {_q(v['zh'])}}}}}" for k, v in shown.items()]
    if metrics:
        best = next((n for n in metrics if n.startswith("total_")), next(iter(metrics)))
        lines += [f"default_metric: {best}", f"scorecard: {_list(list(metrics)[:4])}"]
    lines += [
        (
            "terms: []                       # words for a filter: {words: [key accounts], where: {field:"
            " customers.tier, in: [key]}}"
        ),
        (
            "absent: []                      # what people ask and this data does not hold: {words: [churn], reason:"
            " {en: …, zh: …}}"
        ),
    ]
    return "\n".join(lines) + "\n"


def _place(path: Path, folder: Path) -> str:
    try:
        return path.resolve().relative_to(folder.resolve()).as_posix()
    except ValueError:
        return path.resolve().as_posix()


def _sources(files: Sequence[FileSurvey], kin: Kin, folder: Path) -> str:
    lines = [
        "# Where rows come from, proposed from the data. Paths are relative to this folder.",
        "version: 1",
        "tables:",
    ]
    people = kin.people
    for file in files:
        lines += [f"  {file.table}:", f"    path: {_q(_place(file.path, folder))}"]
        if file.encoding not in ("utf-8", "utf-8-sig"):
            lines.append(f"    encoding: {file.encoding}")
        if file.format == "csv" and file.delimiter != ",":
            lines.append(f"    delimiter: {json.dumps(file.delimiter)}")
        if file.nulls:
            lines.append(f"    nulls: {_list(file.nulls)}")
        if kin.keys[file.table]:
            lines += [
                f"    key: [{kin.keys[file.table]}]",
                "    duplicates: reject          # or keep_first, keep_last",
            ]
        date = main_date(file)
        if date is not None and file.table in kin.facts:
            lines += [f"    sort: {date.field}", f"    through: {{max: {date.field}}}   # the last complete day"]
            lines.append("    late_after: false           # once the file is refreshed: working days until it is late")
        lines.append("    columns:")
        links = {x.column: x for x in kin.links if x.source == file.table}
        for column in file.columns:
            spellings = {**column.spellings, **(links[column.field].spellings if column.field in links else {})}
            lines.append(f"      {column.field}: {_column(column, spellings, column.field == kin.keys[file.table])}")
        refs = [
            f"      {x.column}: {{to: {x.target}.{x.key}, orphans: {'keep' if x.orphans else 'reject'}}}"
            for x in links.values()
        ]
        if people is not None and people.table is None and file.table in kin.owner:
            refs.append(f"      {kin.owner[file.table]}: {{to: {PEOPLE_TABLE}.person_id, orphans: keep}}")
        if refs:
            lines += ["    references:", *refs]
    if people is None or people.table is None:
        lines += [
            f"  {PEOPLE_TABLE}:",
            "    path: people.csv              # fill in managers, teams and regions",
            "    key: [person_id]",
            "    columns:",
            "      person_id: {type: text, required: true}",
            "      email: {type: text}",
            "      manager: {type: text}",
            "      team: {type: text}",
            "      region: {type: text}",
        ]
    return "\n".join(lines) + "\n"


def _column(column: ColumnSurvey, spellings: dict[str, str], key: bool) -> str:
    parts = [] if column.name == column.field else [f"from: {_q(column.name)}"]
    kind = f'"{column.type}"' if "(" in column.type else column.type
    parts.append(f"type: {kind}")
    if column.format:
        parts.append(f'format: "{column.format}"')
    if key:
        parts.append("required: true")
    if column.padded:
        parts.append("trim: true")
    if spellings:
        parts.append("map: {" + ", ".join(f"{_q(a)}: {_q(b)}" for a, b in sorted(spellings.items())) + "}")
    return "{" + ", ".join(parts) + "}"


def _remarks(files: Sequence[FileSurvey], kin: Kin, facts: Sequence[FileSurvey]) -> Iterable[str]:
    for file in files:
        more = " (the first ones looked at)" if file.sampled else ""
        yield f"{file.table}: {file.rows} rows{more}, {len(file.columns)} columns from {file.path.name}"
        if not kin.keys[file.table]:
            yield f"{file.table}: no column is different in every row; without a key equal rows cannot be told apart"
        for column in file.columns:
            if column.odd:
                yield (
                    f"{file.table}.{column.field}: read as {column.type}; these do not fit and will be rejected:"
                    f" {', '.join(column.odd)}"
                )
            if column.two_readings:
                yield (
                    f"{file.table}.{column.field}: dates fit month/day and day/month; {column.format} was taken,"
                    " check it"
                )
            if column.type == "text" and column.distinct and all(map(_MONEY.fullmatch, column.distinct_values)):
                example = min(column.distinct_values)
                yield (
                    f"{file.table}.{column.field}: amounts written like {example!r} stay text; export plain numbers to"
                    " add them up"
                )
            if column.spellings:
                some = ", ".join(f"{a} -> {b}" for a, b in list(column.spellings.items())[:3])
                yield f"{file.table}.{column.field}: other spellings mapped: {some}"
    for link in kin.links:
        if link.spellings or link.orphans:
            some = ", ".join(f"{a} -> {b}" for a, b in list(link.spellings.items())[:3])
            yield f"{link.source}.{link.column}: {link.orphans} values not in {link.target}" + (
                f"; mapped: {some}" if some else ""
            )
    if not facts:
        yield "no table with a date column: no metrics are proposed"
    if kin.people is None:
        yield "no column with people was recognised: fill in people.csv and `people` in sales.yaml"
    elif kin.people.table is None:
        yield f"people.csv lists the {len(kin.people.names)} people found; fill in managers, teams and regions"
