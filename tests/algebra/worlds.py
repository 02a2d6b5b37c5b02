"""The small world as truth.yaml changes it: other rows, other tables, another calendar."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import yaml

from metrics.ingest import load

__all__ = ["TRUTH", "built"]

HERE = Path(__file__).parent
WORLD = HERE.parent / "world"
TRUTH = yaml.safe_load((HERE / "truth.yaml").read_text(encoding="utf-8"))


def built(folder: Path, change: dict[str, Any]) -> Path:
    """The small world, or another that differs from it as truth.yaml says: more rows, keys of sales.yaml."""
    for file in (*WORLD.glob("*.yaml"), *WORLD.glob("*.csv")):
        shutil.copy(file, folder / file.name)
    for table, made in change.get("tables", {}).items():
        _remade(folder, table, made)
    for table, lines in change.get("rows", {}).items():
        with (folder / f"{table}.csv").open("a", encoding="utf-8") as csv:
            csv.writelines(f"{line}\n" for line in lines)
    if change.get("sales") or change.get("metrics"):
        sales = folder / "sales.yaml"
        said = yaml.safe_load(sales.read_text(encoding="utf-8")) | change.get("sales", {})
        for name, more in change.get("metrics", {}).items():
            said["metrics"][name] |= more
        sales.write_text(yaml.safe_dump(said, sort_keys=False), encoding="utf-8")
    assert load(folder, env={}).swapped
    return folder


def _remade(folder: Path, table: str, made: dict[str, Any]) -> None:
    """A table with other columns and rows, in its file and in sources.yaml, and as a dataset of the same fields."""
    types = {"text": "String", "date": "Date"}
    model, sources = (
        yaml.safe_load((folder / name).read_text(encoding="utf-8")) for name in ("model.yaml", "sources.yaml")
    )
    datasets = model["semantic_model"][0]["datasets"]
    if table not in sources["tables"]:
        datasets.append({"name": table, "source": table})
        sources["tables"][table] = {"path": f"{table}.csv"}
    dataset = next(d for d in datasets if d["name"] == table)
    dataset["primary_key"] = made["key"]
    dataset["fields"] = [
        {
            "name": column,
            "expression": {"dialects": [{"dialect": "ANSI_SQL", "expression": column}]},
            "datatype": types.get(kind, "Decimal"),
            **({"dimension": {"is_time": False}} if column in made.get("dimensions", ()) else {}),
        }
        for column, kind in made["columns"].items()
    ]
    sources["tables"][table] |= {"key": made["key"], "columns": {c: {"type": t} for c, t in made["columns"].items()}}
    for name, said in (("model.yaml", model), ("sources.yaml", sources)):
        (folder / name).write_text(yaml.safe_dump(said, sort_keys=False), encoding="utf-8")
    lines = [",".join(made["columns"]), *made["rows"]]
    (folder / f"{table}.csv").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
