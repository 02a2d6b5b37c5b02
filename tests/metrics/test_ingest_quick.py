"""The quick ways of reading give what the careful ones give: plain CSV, and Parquet that says its types."""

from __future__ import annotations

import random
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from model_workspace import SOURCES, edit, write

from metrics.engines.snapshots import Snapshots
from metrics.ingest import LoadReport, load

HEADER = "Order No,rep,ordered_on,paid_on,amount,channel"
CELLS = {
    "order": ["o1", "o2", " o3 ", "", "Ö4", "客户"],
    "rep": ["r1", "r2", "r9", "", " r1"],
    "day": ["2024-01-01", "2024/2/3", "2024-13-01", "1999-01-01", "x", ""],
    "paid": ["", "2024-02-02", "never"],
    "amount": ["1", "2.50", "1e2", "3.14159", "-0", "nan", "", "abc", "99999999999"],
    "channel": ["web", "WEB", "shop", "", "other"],
}


def _line(dice: random.Random, number: int) -> str:
    cells = [dice.choice(kind) for kind in CELLS.values()]
    cells[0] = f"{cells[0]}{number}" if dice.random() < 0.9 else cells[0]
    return ",".join(cells)


def _texts() -> dict[str, bytes]:
    dice = random.Random(11)
    lines = [HEADER, *(_line(dice, n) for n in range(400))]
    good, first = "\n".join(lines), lines[:6]
    made = {
        "no end": good, "an end": good + "\n", "carriage returns": good.replace("\n", "\r\n") + "\r\n",
        "carriage returns, no end": good.replace("\n", "\r\n"), "header only": HEADER,
        "header with an end": HEADER + "\n",
        "a cell too few": "\n".join([*first, "o,r1,2024-01-01", *lines[6:20]]) + "\n",
        "a cell too many": "\n".join([*first, "o7,r1,2024-01-01,,1,web,", *lines[6:20]]) + "\n",
        "one too many, one too few": "\n".join([*first, "o7,r1,2024-01-01,,1,web,", "o8,r1,2024-01-01,,1"]) + "\n",
        "a blank line": "\n".join([*first, "", *lines[6:20]]) + "\n", "blank at the end": "\n".join(first) + "\n\n",
        "blank in front": "\n" + good, "spaces": "\n".join([*first, "   "]) + "\n",
        "a stray return": good.replace("web", "w\rb", 1),
        "a quoted cell": good.replace("web", '"web"', 1), "a quote within": good.replace("shop", 'sh"op', 1),
        "mixed ends": good.replace("\n", "\r\n", 3), "a rare byte": good.replace("web", "\x01\x01", 1),
        "a mark": "\ufeff" + good, "a hash": "\n".join([*first, "#o,r1,2024-01-01,,1,web"]) + "\n",
        "a backslash": good.replace("web", "w\\,b", 1), "a line separator": good.replace("web", "w\u2028b", 1),
    }  # fmt: skip
    return {name: text.encode() for name, text in made.items()}


def _loaded(folder: Path, text: bytes) -> tuple[object, ...]:
    sources = edit(SOURCES, "key: [order_id]", "key: [order_id]\n    may_be_empty: true")
    write(folder, sources=sources, files={"orders.csv": text})
    try:
        report = load(folder, env={})
    except Exception as error:  # noqa: BLE001 - the same error either way
        return (type(error).__name__, str(error).replace(str(folder), ""))
    return _seen(folder, report)


def _seen(folder: Path, report: LoadReport) -> tuple[object, ...]:
    with Snapshots(folder).lease() as snapshot:
        rows = snapshot.cursor().execute("SELECT * FROM orders").fetchall()
    orders = next(t for t in report.tables if t.name == "orders")
    said = orders.model_dump(exclude={"source", "rejects_file"})
    file = orders.rejects_file.read_text("utf-8") if orders.rejects_file is not None else ""
    return rows, said, file


@pytest.mark.parametrize("name", _texts())
def test_a_plain_file_is_read_as_with_care(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = _texts()[name]
    monkeypatch.setattr("metrics.ingest.loading.run_build", _here)
    quick = _loaded(tmp_path / "quick", text)
    monkeypatch.setattr("metrics.ingest.plain_csv.plain_of", lambda *_: None)
    assert quick == _loaded(tmp_path / "careful", text)


def _here(plan: dict[str, object], _: object) -> dict[str, object]:
    """The building process, in this one."""
    from metrics.ingest.build import build

    reports, checks, words = build(
        Path(str(plan["workspace"])), Path(str(plan["target"])), env={}, meta=plan["meta"], hashes=plan["hashes"],  # type: ignore[arg-type]
        progress=lambda *_: None,
    )  # fmt: skip
    made = {"reports": reports, "checks": checks, "words": words}
    return {kind: [part.model_dump(mode="json") for part in parts] for kind, parts in made.items()}


def test_parquet_with_types_is_read_as_the_same_in_text(tmp_path: Path) -> None:
    wide = edit(
        SOURCES, 'type: "decimal(10,2)", required: true', 'type: "decimal(10,2)", required: true, between: [0, 50]'
    )
    wide = edit(wide, "path: orders.csv", "path: orders.parquet")
    made = """
        SELECT 'o' || i AS "Order No", 'r' || (1 + i % 2) AS rep, CASE WHEN i = 7 THEN NULL WHEN i = 8 THEN
            DATE '1999-01-01' ELSE DATE '2024-01-01' + i::INTEGER END AS ordered_on, NULL::DATE AS paid_on,
            CASE WHEN i <> 9 THEN (i * 1.25)::DECIMAL(10, 2) END AS amount, 'web' AS channel FROM range(60) t(i)
    """
    seen = []
    for folder, kinds in (("typed", "*"), ("text", "COLUMNS(*)::VARCHAR")):
        made_in = write(tmp_path / folder, sources=wide)
        with duckdb.connect() as con:
            con.execute(f"COPY (SELECT {kinds} FROM ({made})) TO '{made_in / 'orders.parquet'}' (FORMAT parquet)")
        rows, said, file = _seen(made_in, load(made_in, env={}))
        seen.append((rows, {**said, "sha256": ""}, file))  # type: ignore[dict-item]
    assert seen[0] == seen[1]
    rows = seen[0][0]
    assert isinstance(rows, list) and len(rows) == 38 and rows[-1][4] == Decimal("50.00")


def test_parquet_without_a_number_is_rejected(tmp_path: Path) -> None:
    sources = edit(edit(SOURCES, "path: orders.csv", "path: orders.parquet"), 'type: "decimal(10,2)"', "type: float")
    folder = write(tmp_path, sources=sources)
    made = "'r1' AS rep, DATE '2024-01-01' AS ordered_on, NULL::DATE AS paid_on, 'web' AS channel"
    values = "(VALUES ('a', 1.5::DOUBLE), ('b', 'nan'::DOUBLE), ('c', 'inf'::DOUBLE)) t(\"Order No\", amount)"
    with duckdb.connect() as con:
        con.execute(f"COPY (SELECT *, {made} FROM {values}) TO '{folder / 'orders.parquet'}' (FORMAT parquet)")
    rows, said, file = _seen(folder, load(folder, env={}))
    assert isinstance(rows, list) and [r[0] for r in rows] == ["a"]
    assert isinstance(file, str) and file.count("is not a number") == 2
    assert isinstance(said, dict) and (said["read"], said["rejected"]) == (3, 2)
