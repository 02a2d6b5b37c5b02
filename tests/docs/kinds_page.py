"""docs/metrics.md: every kind of measure with what it says of itself, an example and its answer. Written anew by

python tests/docs/kinds_page.py
"""

from __future__ import annotations

import datetime as dt
import inspect
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from metrics import Asked, Audience, Metrics, Table, Viewer
from metrics.ingest import load
from metrics.query.measure import Measure

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "metrics.md"
AS_OF = dt.datetime(2024, 3, 12, 9)  # noqa: DTZ001  local time
HEAD = """# Kinds of measure

A question is an `Asked`: measures to show, broken down by fields and at most one of day, week, month, quarter and year,
over a period (`metrics/query/when.py`), of a scope, with conditions on rows (`where`) and on groups (`having`), ordered
and cut. A condition on rows may be one on whom they belong to (`whose`: customers who bought both, who did not buy in
60 days, the ten best of last year), worked out over days of its own. Measures hold measures: a place by the growth of a
share is written as it is said. What means nothing (a share of a ratio, a running total without buckets, numbers of
different units added up) is refused with the reason.

Numbers are those of the small world of the tests on 12 March 2024, data to the 11th. This page is made from
`metrics/kinds/` and `docs/kinds.yaml` (`python tests/docs/kinds_page.py`), and tested.

"""


def page(metrics: Metrics) -> str:
    return HEAD + "\n".join(_sections(metrics))


def _sections(metrics: Metrics) -> Iterator[str]:
    examples = yaml.safe_load((ROOT / "docs" / "kinds.yaml").read_text(encoding="utf-8"))
    files: dict[str, list[type[Measure]]] = defaultdict(list)
    for kind in Measure.members().values():
        files[kind.__module__].append(kind)
    for module, kinds in sorted(files.items()):
        name = module.rpartition(".")[2]
        yield f"## `{name}`\n\n{_flat(sys.modules[module].__doc__)}\n"
        for kind in kinds:
            yield from _section(metrics, kind, examples[kind.kind])


def _section(metrics: Metrics, kind: type[Measure], example: dict[str, Any]) -> Iterator[str]:
    asked = Asked.model_validate(example["asked"])
    measure = next(p for m in asked.show for p in m.walk() if isinstance(p, kind))
    takes = ", ".join(f"`{name}`" for name in kind.model_fields)
    facts = [f"Takes {takes}." if takes else "Takes nothing."]
    facts.append("Parts add up." if measure.adds_up(metrics.model) else "Parts do not add up.")
    facts += ["It looks at the other rows."] if kind.across_rows or kind.ranks else []
    facts += ["May be told of peers."] if kind.cohort_safe else []
    yield f"### {kind.kind}\n\n{_flat(kind.__doc__)}\n\n{' '.join(facts)} Unit here: {measure.unit(metrics.model)}.\n"
    yield f"“{example['words']}”\n\n```json\n{asked.to_json()}\n```\n"
    yield _markdown(_answer(metrics, asked))


def _answer(metrics: Metrics, asked: Asked) -> Table:
    viewer = Viewer.of(metrics.org.people["ops"])
    return metrics.tell(asked, viewer=viewer, audience=Audience.only_viewer(), as_of=AS_OF)


def _markdown(table: Table) -> str:
    lines = [[c.name for c in table.columns], ["---"] * len(table.columns)]
    lines += [[_said(v) for v in row] for row in table.rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _said(value: object) -> str:
    if value is None:
        return "n/a"
    return f"{value:g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def _flat(text: str | None) -> str:
    return " ".join(inspect.cleandoc(text or "").split())


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        for file in (ROOT / "tests" / "world").iterdir():
            if file.suffix in (".yaml", ".csv"):
                (Path(folder) / file.name).write_bytes(file.read_bytes())
        assert load(Path(folder), env={}).swapped
        opened = Metrics.open(Path(folder))
        PAGE.write_text(page(opened), encoding="utf-8")
        opened.close()
