"""docs/analyses.md: every analysis with what it says of itself, examples and what is found. Written anew by

python tests/docs/analyses_page.py
"""

from __future__ import annotations

import inspect
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter

from metrics import Analysis, Audience, Findings, Metrics, UserError, Viewer
from metrics.ingest import load

sys.path.append(str(Path(__file__).parent))
from kinds_page import AS_OF, ROOT, _flat, _said

PAGE = ROOT / "docs" / "analyses.md"
EXAMPLES = ROOT / "docs" / "analyses.yaml"
HEAD = """# Analyses

Some questions take several: what would change if, where does it stop, where will it end, what do others do. An analysis
(`metrics/analyses/`, one file each) is a frozen value like an `Asked`, written as JSON by its `kind`, and answered by
`Metrics.analyse(analysis, viewer=…, audience=…, as_of=…)`. It asks one question after the other, and each is told as
`Metrics.tell` would tell it to that viewer before that audience, all over the same data. What comes out (`Findings`)
has the tables as named parts, facts (numbers with a name and a unit, of a metric or step, of a row) and notes. Since an
analysis sees nothing but these tables, it can tell nothing that its viewer could not work out from answers they get.

What one question answers is no analysis: how much the top ten customers make together (`ratio` of `across` with
`top`), the best month ever (a `limit` of 1 by month), the changes against last month and against last year at once (two
`change` side by side).

Numbers are those of the small world of the tests on 12 March 2024, data to the 11th. This page is made from
`metrics/analyses/` and `docs/analyses.yaml` (`python tests/docs/analyses_page.py`), and tested.

"""


def page(metrics: Metrics) -> str:
    return HEAD + "\n".join(_sections(metrics))


def _sections(metrics: Metrics) -> Iterator[str]:
    examples = yaml.safe_load(EXAMPLES.read_text(encoding="utf-8"))
    for kind, analysis in sorted(Analysis.members().items()):
        yield f"## {kind}\n\n{_flat(sys.modules[analysis.__module__].__doc__)}\n"
        yield f"{inspect.cleandoc(analysis.__doc__ or '')}\n"
        yield f"Takes {', '.join(f'`{name}`' for name in analysis.model_fields)}.\n"
        for example in examples[kind]:
            yield from _example(metrics, kind, example)


def _example(metrics: Metrics, kind: str, example: dict[str, Any]) -> Iterator[str]:
    asked: Analysis = TypeAdapter(Analysis).validate_python({"kind": kind, **example["asked"]})
    person = metrics.org.people[example["viewer"]]
    sees = "who sees all" if person.sees == "all" else "who sees their own rows"
    yield f"“{example['words']}”, asked by {person.name}, {sees}:\n"
    yield f"```json\n{asked.model_dump_json(exclude_defaults=True)}\n```\n"
    try:
        found = metrics.analyse(asked, viewer=Viewer.of(person), audience=Audience.only_viewer(), as_of=AS_OF)
    except UserError as error:
        yield f"Refused: {error.code} ({error.subject}).\n"
    else:
        yield from _findings(found)


def _findings(found: Findings) -> Iterator[str]:
    lines = [["fact", "of", "at", "value", "unit"], ["---"] * 5]
    lines += [[f.name, f.of, f.at, _said(f.value), f.unit] for f in found.facts]
    yield "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
    noted = [n.code + "".join(f", {k} {v}" for k, v in n.fields.items()) for n in found.notes]
    yield f"Notes: {'; '.join(noted)}.\n" if noted else "No notes.\n"
    yield f"Parts: {', '.join(p.name for p in found.parts)}.\n"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        for file in (ROOT / "tests" / "world").iterdir():
            if file.suffix in (".yaml", ".csv"):
                (Path(folder) / file.name).write_bytes(file.read_bytes())
        assert load(Path(folder), env={}).swapped
        opened = Metrics.open(Path(folder))
        PAGE.write_text(page(opened), encoding="utf-8")
        opened.close()
