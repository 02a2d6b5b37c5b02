"""How long `paceline load` takes, against one CREATE TABLE AS that makes the same checks: `python -m bench.loading`.

    python -m bench.loading [--rows 4000000] [--rounds 3] [--format parquet|csv] [--folder DIR]

Both take turns, so that noise hits both. What is checked by hand is what sources.yaml says: every value has its type,
keys are unique, required values are there, references lead somewhere, dates lie between two days, rows are sorted, and
the file's hash is that of what was read. `memory` is the most that the building process held.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parent.parent
BOUNDS = {"parquet": 2.5, "csv": 3.0}
MOST_MEMORY = 1 << 30  # bytes
REPS, CUSTOMERS = 500, 20_000
FIELD = "{{name: {0}, expression: {{dialects: [{{dialect: ANSI_SQL, expression: {0}}}]}}, datatype: {1}}}"
COLUMNS = {
    "sale_id": ("String", "text, required: true"),
    "rep_id": ("String", "text, required: true"),
    "customer_id": ("String", "text"),
    "sold_on": ("Date", "date, required: true, between: [2020-01-01, 2030-12-31]"),
    "channel": ("String", "text, one_of: [web, shop, phone]"),
    "quantity": ("Integer", "integer"),
    "amount": ("Decimal", '"decimal(18,2)", required: true'),
    "margin": ("Float", "float"),
}
MADE = f"""
    SELECT 's' || lpad(i::VARCHAR, 9, '0') AS sale_id, 'r' || (hash(i) % {REPS}) AS rep_id,
        CASE WHEN i % 50 = 0 THEN NULL ELSE 'c' || (hash(i + 1) % {CUSTOMERS}) END AS customer_id,
        DATE '2023-01-01' + (hash(i + 2) % 1400)::INTEGER AS sold_on,
        ['web', 'shop', 'phone'][1 + (hash(i + 3) % 3)::INTEGER] AS channel,
        (hash(i + 4) % 20)::BIGINT AS quantity, ((hash(i + 5) % 1000000) / 100.0)::DECIMAL(18, 2) AS amount,
        (hash(i + 6) % 1000) / 1000.0 AS margin
    FROM range({{rows}}) t(i)
"""
BY_HAND = """
    CREATE TABLE sales AS SELECT sale_id, rep_id, customer_id, sold_on, channel, quantity, amount, margin
    FROM {source} s
    WHERE sale_id IS NOT NULL AND rep_id IS NOT NULL AND sold_on BETWEEN '2020-01-01' AND '2030-12-31'
        AND amount IS NOT NULL AND channel IN ('web', 'shop', 'phone')
        AND rep_id IN (SELECT rep_id FROM reps)
        AND (customer_id IS NULL OR customer_id IN (SELECT customer_id FROM customers))
    ORDER BY sold_on
"""


def write(folder: Path, form: str, rows: int, *, metric: str = "total") -> None:
    """A workspace with one large table of `rows` sales, summed up by `metric`, and small ones it leads to."""
    ends = f"(FORMAT {form}{', HEADER' if form == 'csv' else ''})"
    with duckdb.connect() as con:
        con.execute(f"COPY ({MADE.format(rows=rows)}) TO '{folder}/sales.{form}' {ends}")
        for table, count, letter in (("reps", REPS, "r"), ("customers", CUSTOMERS, "c")):
            column = table[:-1] if table == "reps" else "customer"
            made = f"SELECT '{letter}' || i AS {column}_id, '{column} ' || i AS name FROM range({count}) t(i)"
            con.execute(f"COPY ({made}) TO '{folder}/{table}.csv' (FORMAT csv, HEADER)")

    def fields(names: dict[str, str]) -> str:
        return ", ".join(FIELD.format(name, kind) for name, kind in names.items())

    link = "{{name: {0}_{1}, from: sales, to: {1}, from_columns: [{0}], to_columns: [{0}]}}"
    total = f"{{name: {metric}, expression: {{dialects: [{{dialect: ANSI_SQL, expression: SUM(sales.amount)}}]}}}}"
    datasets = [
        ("sales", "sale_id", fields({c: k for c, (k, _) in COLUMNS.items()})),
        ("reps", "rep_id", fields({"rep_id": "String", "name": "String"})),
        ("customers", "customer_id", fields({"customer_id": "String", "name": "String"})),
    ]
    listed = ", ".join(
        f"{{name: {n}, source: {n}, primary_key: [{key}], fields: [{inside}]}}" for n, key, inside in datasets
    )
    links = f"{link.format('rep_id', 'reps')}, {link.format('customer_id', 'customers')}"
    (folder / "model.yaml").write_text(
        f'version: "0.2.0.dev0"\nsemantic_model:\n  - {{name: bench, datasets: [{listed}], relationships: [{links}],'
        f" metrics: [{total}]}}\n"
    )
    (folder / "sales.yaml").write_text(
        "version: 1\npeople: {dataset: reps, id: reps.rep_id, name: reps.name}\naccess: {visibility: everyone, owners:"
        " {sales: sales.rep_id}, public: [reps, customers]}\nmetrics:"
        f" {{{metric}: {{time: sales.sold_on}}}}\n"
    )
    columns = ", ".join(f"{c}: {{type: {said}}}" for c, (_, said) in COLUMNS.items())
    refer = "{rep_id: {to: reps.rep_id, orphans: reject}, customer_id: {to: customers.customer_id, orphans: reject}}"
    plain = "  {0}: {{path: {0}.csv, key: [{1}], columns: {{{1}: {{type: text}}, name: {{type: text}}}}}}\n"
    (folder / "sources.yaml").write_text(
        f"version: 1\ntables:\n  sales: {{path: sales.{form}, key: [sale_id], sort: sold_on, columns: {{{columns}}},"
        f" references: {refer}}}\n{plain.format('reps', 'rep_id')}{plain.format('customers', 'customer_id')}"
    )


def by_hand(folder: Path, form: str) -> None:
    """One statement, and the checks that no statement makes of itself."""
    target = folder / "by_hand.duckdb"
    target.unlink(missing_ok=True)
    with (folder / f"sales.{form}").open("rb") as file:
        hashlib.file_digest(file, "sha256")
    with duckdb.connect(str(target)) as con:
        for table in ("reps", "customers"):
            con.execute(f"CREATE TABLE {table} AS SELECT * FROM read_csv('{folder}/{table}.csv')")
        source = f"read_{form}('{folder}/sales.{form}')"
        con.execute(BY_HAND.format(source=source))
        rows, keys = con.execute("SELECT count(*), count(DISTINCT sale_id) FROM sales").fetchone() or (0, 0)
        read = (con.execute(f"SELECT count(*) FROM {source}").fetchone() or (0,))[0]
        assert rows == keys == read, (rows, keys, read)


def loaded(folder: Path, rows: int) -> int:
    """`load` in a process of its own; the most bytes its building process held."""
    shutil.rmtree(folder / "var", ignore_errors=True)
    script = (
        "import json, resource, sys; from pathlib import Path; from metrics.ingest import load; report ="
        " load(Path(sys.argv[1]), env={}); assert report.swapped; print(json.dumps([max(t.kept for t in report.tables),"
        " resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024]))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script, str(folder)], check=True, capture_output=True, text=True, cwd=ROOT
    )
    kept, memory = json.loads(ran.stdout)
    assert kept == rows, (kept, rows)
    return int(memory)


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rows", type=int, default=4_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--format", choices=tuple(BOUNDS), action="append")
    parser.add_argument("--folder", type=Path, help="where files are made (default: a temporary folder)")
    args = parser.parse_args()
    broken = False
    for form in args.format or tuple(BOUNDS):
        with tempfile.TemporaryDirectory(dir=args.folder) as place:
            folder = Path(place)
            write(folder, form, args.rows)
            ours: list[float] = []
            theirs: list[float] = []
            held: list[int] = []
            for _ in range(args.rounds):
                theirs.append(timed(lambda at=folder, of=form: by_hand(at, of)))
                ours.append(timed(lambda at=folder, into=held: into.append(loaded(at, args.rows))))
            memory = max(held)
        ratio = statistics.median(ours) / statistics.median(theirs)
        print(
            f"{form}: load {statistics.median(ours):.2f} s, by hand {statistics.median(theirs):.2f} s, {ratio:.2f} x"
            f" (bound {BOUNDS[form]} x), memory {memory / 2**20:.0f} MB (bound {MOST_MEMORY / 2**20:.0f} MB)"
        )
        broken = broken or ratio > BOUNDS[form] or memory > MOST_MEMORY
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
