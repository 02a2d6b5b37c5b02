"""What sales.yaml says of members against the rows that were loaded: words of members that no row has, targets of
metrics that are not there, owners that are nobody."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlglot import exp

from metrics.engines import open_engines
from metrics.engines.protocol import Engine
from metrics.errors import DamagedSnapshot, DamagedStore, LoadError, ModelError, Problem
from metrics.model.expressions import expand_field
from metrics.model.loading import load_model
from metrics.model.schema import Model
from metrics.model.shapes import did_you_mean
from metrics.model.yaml_file import KeyPath, LocatedYaml, read_yaml

__all__ = ["check_members"]

_MEMORY = "256MB"
_MOST = 50_000
_TIMEOUT_S = 60


def check_members(workspace: Path) -> list[Problem]:
    """Nothing where nothing is loaded yet, or the model has problems: these are told elsewhere."""
    try:
        model = load_model(workspace)
    except ModelError:
        return []
    engines = open_engines(workspace, memory=_MEMORY, threads=1, at_once=1, timeout_s=_TIMEOUT_S)
    try:
        if engines.current_version() is None:
            return []
        with engines.lease() as engine:
            rows = _Rows(model, engine, read_yaml(workspace / "sales.yaml"))
            return [*rows.words(), *rows.terms(), *rows.targets(), *rows.owners()]
    except (LoadError, DamagedStore, DamagedSnapshot):
        return []
    finally:
        engines.close()


@dataclass(frozen=True, slots=True)
class _Rows:
    model: Model
    engine: Engine
    sales: LocatedYaml

    def words(self) -> Iterator[Problem]:
        """Of members that `values` names; of codes with labels the check of labels tells it."""
        for field in self.model.fields.values():
            if not field.member_synonyms or field.coded:
                continue
            known = self._members(field.id)
            for member in field.member_synonyms if known else ():
                if member not in known:
                    yield self._nowhere(("fields", field.id, "values", member), field.id, member, known)

    def terms(self) -> Iterator[Problem]:
        for place, term in enumerate(self.model.terms):
            for condition in term.where:
                known = self._members(condition.field)
                for member in map(str, condition.values if known else ()):
                    if member not in known:
                        yield self._nowhere(("terms", place, "where"), condition.field, member, known)

    def targets(self) -> Iterator[Problem]:
        fields = self.model.targets
        if fields is None:
            return
        for name in self._members(fields.metric):
            if name not in self.model.metrics:
                fix = did_you_mean(name, self.model.metrics, otherwise="Add the metric to model.yaml, or leave it out.")
                message = f"rows of {fields.dataset} are targets of {name}, which is no metric: nobody sees them."
                yield self.sales.problem(("targets", "metric"), message, fix, severity="warning")

    def owners(self) -> Iterator[Problem]:
        people = self.model.people
        if people is None:
            return
        known = {p.id for p in self.model.others}
        for one in (people, *people.more):
            known |= set(self._members(one.id))
        for dataset, field in self.model.access.owners.items():
            if not field:  # public
                continue
            owners = self._members(field)
            if owners and not known & set(owners):
                message = f"no value of {field} is the id of a person ({owners[0]}, for one): nobody owns a row."
                fix = f"Name the field with the id of the person, as {people.id} has it."
                yield self.sales.problem(("access", "owners", dataset), message, fix)

    def _nowhere(self, path: KeyPath, field: str, member: str, known: tuple[str, ...]) -> Problem:
        fix = did_you_mean(member, known, otherwise="Write it as the rows do.")
        return self.sales.problem(path, f"no row has {member} in {field}.", fix, severity="warning")

    def _members(self, field_id: str) -> tuple[str, ...]:
        """As text; nothing where there are too many to look through, or they depend on the day."""
        field = self.model.fields[field_id]
        home = self.model.datasets[field.dataset]
        tree = expand_field(home, field.name, table=home.table)
        if tree.find(exp.CurrentDate) is not None:
            return ()
        text = exp.cast(tree, exp.DType.VARCHAR)
        table = exp.Table(this=exp.to_identifier(home.table, quoted=True))
        query = exp.select(exp.alias_(text, "member", quoted=True)).distinct().from_(table).limit(_MOST)
        rendered = self.engine.render(query)
        found = self.engine.query(rendered, timeout_s=_TIMEOUT_S, max_rows=_MOST, tag=uuid.uuid4().hex).rows
        return () if len(found) == _MOST else tuple(sorted(str(row[0]) for row in found if row[0] is not None))
