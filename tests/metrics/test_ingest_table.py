"""One table, built in this process: dirty rows are mapped, rejected, folded or kept, each with its line and reason."""

from __future__ import annotations

import csv
import datetime as dt
import random
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from claims import claim
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from model_workspace import MODEL, ORDERS, REPS, SOURCES, edit, write

from metrics.errors import LoadError, Problem
from metrics.ingest import TableReport
from metrics.ingest.build import build


def fill(folder: Path) -> dict[str, TableReport]:
    """Build the store of a workspace without the process and the pointer around it."""
    hashes = {"orders": "", "reps": ""}
    reports, checks, _ = build(
        folder, folder / "built.duckdb", env={}, meta={}, hashes=hashes, progress=lambda *_: None
    )
    assert [c for c in checks if not c.ok and "not empty" not in c.name] == []
    return {r.name: r for r in reports}


def rows(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(folder / "built.duckdb"), read_only=True) as con:
        return con.execute(sql).fetchall()


def rejects(report: TableReport) -> list[dict[str, str]]:
    assert report.rejects_file is not None
    with report.rejects_file.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def orders(*lines: str) -> str:
    return "Order No,rep,ordered_on,paid_on,amount,channel\n" + "".join(line + "\n" for line in lines)


# line in the file (the header is line 1), the row, the column, the value, the reason
BAD_ROWS: list[tuple[str, str, str, str]] = [
    ("b1,r1,2024-13-01,,1,web", "ordered_on", "2024-13-01", "is not a date"),
    ("b2,r1,17-03-01,,1,web", "ordered_on", "17-03-01", "is not a date"),
    ("b3,r1,,,1,web", "ordered_on", "", "is empty"),
    ("b4,r1,2019-12-31,,1,web", "ordered_on", "2019-12-31", "is not between 2020-01-01 and 2030-12-31"),
    ("b5,r1,2024-01-01,soon,1,web", "paid_on", "soon", "is not a date"),
    ('b6,r1,2024-01-01,,"1,000",web', "amount", "1,000", "is not a decimal(10,2) number"),
    ("b7,r1,2024-01-01,,12345678901,web", "amount", "12345678901", "is not a decimal(10,2) number"),
    ("b8,r1,2024-01-01,,nan,web", "amount", "nan", "is not a decimal(10,2) number"),
    ("b9,r1,2024-01-01,,1,phone", "channel", "phone", "is not one of web, shop"),
    ("b10,r9,2024-01-01,,1,web", "rep", "r9", "points to no row of reps"),
    (",r1,2024-01-01,,1,web", "order_id", "", "is empty"),
    ("b12,r1,2024-01-01,,1", "(row)", "b12,r1,2024-01-01,,1", "has 5 cells, and the header has 6"),
]


def test_every_rejected_row_is_kept_with_its_reason(tmp_path: Path) -> None:
    text = orders("ok,r1,2024-01-01,,1,web", *[b[0] for b in BAD_ROWS])
    loaded = fill(write(tmp_path, files={"orders.csv": text}))["orders"]
    assert (loaded.read, loaded.kept, loaded.rejected) == (len(BAD_ROWS) + 1, 1, len(BAD_ROWS))
    found = [(int(r["line"]), r["column"], r["value"], r["reason"]) for r in rejects(loaded)]
    assert found == [(n, *bad[1:]) for n, bad in enumerate(BAD_ROWS, 3)]
    assert '"b1"' in rejects(loaded)[0]["row"]
    assert loaded.reasons["ordered_on is not a date"] == 2


def test_line_numbers_hold_after_line_breaks_in_quotes_and_blank_lines(tmp_path: Path) -> None:
    text = 'Order No,rep,ordered_on,paid_on,amount,channel\n"o\n1",r1,2024-01-01,,1,web\n\no2,r1,bad,,1,web\n'
    loaded = fill(write(tmp_path, files={"orders.csv": text}))["orders"]
    assert (loaded.read, loaded.kept) == (2, 1), "a blank line is no row"
    assert [r["line"] for r in rejects(loaded)] == ["5"]
    assert rows(tmp_path, "SELECT order_id FROM orders") == [("o\n1",)]


DUPLICATED: Sequence[str] = (
    "o1,r1,2024-01-01,,10,web",
    "o2,r1,2024-01-01,,20,web",
    "o1,r1,2024-01-01,,10.00,WEB",  # equal once it is typed and mapped
    "o2,r1,2024-01-01,,21,web",
    "o2,r1,2024-01-01,,22,web",
)


@pytest.mark.parametrize(
    ("policy", "kept", "rejected", "superseded"),
    [
        ("reject", {"o1": 10}, 3, 0),
        ("keep_first", {"o1": 10, "o2": 20}, 0, 2),
        ("keep_last", {"o1": 10, "o2": 22}, 0, 2),
    ],
)
def test_duplicates(policy: str, kept: dict[str, int], rejected: int, superseded: int, tmp_path: Path) -> None:
    sources = edit(SOURCES, "    key: [order_id]\n", f"    key: [order_id]\n    duplicates: {policy}\n")
    loaded = fill(write(tmp_path, sources=sources, files={"orders.csv": orders(*DUPLICATED)}))["orders"]
    assert dict(rows(tmp_path, "SELECT order_id, amount FROM orders")) == kept
    assert (loaded.folded, loaded.rejected, loaded.superseded) == (1, rejected, superseded)
    assert len(rejects(loaded)) == rejected + superseded
    assert loaded.reasons == {"order_id repeats a key with other values": rejected + superseded}
    assert {r["value"] for r in rejects(loaded)} == {"o2"} and "repeats a key with other values" in rejects(loaded)[0][
        "reason"
    ]


@pytest.mark.parametrize(("policy", "kept"), [("reject", []), ("keep", [("o1", "r9")]), ("null", [("o1", None)])])
def test_orphans(policy: str, kept: list[Any], tmp_path: Path) -> None:
    sources = edit(SOURCES, "orphans: reject", f"orphans: {policy}")
    text = orders("o1,r9,2024-01-01,,1,web", "o2,r1,2024-01-01,,1,web")
    loaded = fill(write(tmp_path, sources=sources, files={"orders.csv": text}))["orders"]
    assert rows(tmp_path, "SELECT order_id, rep FROM orders WHERE order_id = 'o1'") == kept
    (orphans,) = loaded.orphans
    assert (orphans.column, orphans.policy, orphans.rows, orphans.examples) == ("rep", policy, 1, ("r9",))
    assert loaded.rejected == (policy == "reject")


def test_rejected_rows_make_orphans_of_others(tmp_path: Path) -> None:
    reps = REPS + "r3,Twin,chief,North\nr3,Other twin,chief,North\n"
    text = ORDERS + "o4,r3,2024-01-01,,1,web\n"
    loaded = fill(write(tmp_path, files={"reps.csv": reps, "orders.csv": text}))["orders"]
    assert loaded.rejected == 1 and rejects(loaded)[0]["reason"] == "points to no row of reps"


def test_values_that_are_rounded_are_counted(tmp_path: Path) -> None:
    text = orders("o1,r1,2024-01-01,,1.005,web", "o2,r1,2024-01-01,,1.5,web", "o3,r1,2024-01-01,,2e1,web")
    loaded = fill(write(tmp_path, files={"orders.csv": text}))["orders"]
    assert loaded.rounded == {"amount": 1}
    assert rows(tmp_path, "SELECT sum(amount) FROM orders") == [(Decimal("22.51"),)]


def test_encodings_delimiters_nulls_and_formats(tmp_path: Path) -> None:
    sources = edit(
        SOURCES,
        "path: orders.csv",
        'path: orders.csv\n    encoding: gb18030\n    delimiter: ";"\n    nulls: ["-", "N/A"]',
    )
    sources = edit(
        edit(sources, "paid_on: {type: date}", 'paid_on: {type: date, format: "%d.%m.%Y"}'),
        "from: Order No",
        "from: 订单号, trim: true",
    )
    text = (
        "订单号;rep;ordered_on;paid_on;amount;channel\n 一号"
        " ;r1;2024-01-01;05.01.2024;1;-\n二号;r1;2024-01-01;N/A;1;web\n三号;r1;2024-01-01;01/05/2024;1;web\n"
    )
    loaded = fill(write(tmp_path, sources=sources, files={"orders.csv": text.encode("gb18030")}))["orders"]
    assert rows(tmp_path, "SELECT order_id, paid_on, channel FROM orders ORDER BY paid_on") == [
        ("一号", dt.date(2024, 1, 5), None),
        ("二号", None, "web"),
    ]
    assert [(r["value"], r["reason"]) for r in rejects(loaded)] == [
        ("01/05/2024", "is not a date in the format %d.%m.%Y")
    ]


def test_parquet(tmp_path: Path) -> None:
    write(tmp_path, sources=edit(SOURCES, "path: orders.csv", "path: orders.parquet"))
    with duckdb.connect() as con:
        con.execute(
            "COPY (SELECT 'o' || i AS \"Order No\", CASE WHEN i = 3 THEN 'r9' ELSE 'r1' END AS rep, DATE '2024-01-01'"
            " + CAST(i AS INTEGER) AS ordered_on, NULL::DATE AS paid_on, i / 4 AS amount, 'WEB' AS channel, 1 AS extra"
            f" FROM range(1, 5) t(i)) TO '{tmp_path / 'orders.parquet'}' (FORMAT parquet)",
        )
    loaded = fill(tmp_path)["orders"]
    assert (loaded.read, loaded.kept, loaded.mapped) == (4, 3, {"channel": {"WEB -> web": 4}})
    assert [(r["line"], r["value"]) for r in rejects(loaded)] == [("3", "r9")]
    assert rows(tmp_path, "SELECT order_id, ordered_on, amount FROM orders LIMIT 1") == [
        ("o1", dt.date(2024, 1, 2), Decimal("0.25"))
    ]


def test_hostile_values_stay_values(tmp_path: Path) -> None:
    name = "o'; DROP TABLE reps; --"
    sources = edit(SOURCES, "{WEB: web}", '{"W\'B": web, "\'||1||\'": shop}')
    text = orders(f"{name},r1,2024-01-01,,1,W'B", '"a""b",r1,2024-01-01,,1,\'||1||\'')
    fill(write(tmp_path, sources=sources, files={"orders.csv": text}))
    assert set(rows(tmp_path, "SELECT order_id, channel FROM orders")) == {(name, "web"), ('a"b', "shop")}


def test_any_text_comes_through_unchanged(tmp_path: Path) -> None:
    """Quotes, separators, line breaks, blanks and every alphabet, written by an independent writer."""
    draw = random.Random(7)
    alphabet = "ab \"',;\t\\|\n\r\r\n\u2028\x85é漢字🙂%{}$1-#\u200b"
    texts = ["".join(draw.choice(alphabet) for _ in range(draw.randrange(1, 12))) for _ in range(3000)]
    with (tmp_path / "orders.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Order No", "rep", "ordered_on", "paid_on", "amount", "channel"])
        writer.writerows([[f"{n}:{text}", "r1", "2024-01-01", "", "1", ""] for n, text in enumerate(texts)])
    content = (tmp_path / "orders.csv").read_bytes()
    loaded = fill(write(tmp_path, files={"orders.csv": content}))["orders"]
    assert (loaded.read, loaded.kept) == (3000, 3000)
    assert {r[0] for r in rows(tmp_path, "SELECT order_id FROM orders")} == {
        f"{n}:{text}" for n, text in enumerate(texts)
    }


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 10**6),
    policy=st.sampled_from(["reject", "keep_first", "keep_last"]),
    orphans=st.sampled_from(["reject", "keep", "null"]),
)
def test_no_row_is_ever_lost(tmp_path_factory: pytest.TempPathFactory, seed: int, policy: str, orphans: str) -> None:
    """Read = kept + rejected + folded + superseded, and every line that is not kept as it was is in the rejects or
    folded."""
    draw = random.Random(seed)
    cells = (
        ["o1", "o2", "o3", "o4", ""],
        ["r1", "r2", "r9", ""],
        ["2024-01-01", "2024-01-02", "x", ""],
        ["", "2024-01-03", "y"],
        ["1", "2", "z"],
        ["web", "WEB", "shop", "phone"],
    )
    lines = [",".join(draw.choice(c) for c in cells) for _ in range(40)] + ["too,few"]
    draw.shuffle(lines)
    sources = edit(
        edit(
            SOURCES, "    key: [order_id]\n", f"    key: [order_id]\n    duplicates: {policy}\n    may_be_empty: true\n"
        ),
        "orphans: reject",
        f"orphans: {orphans}",
    )
    folder = tmp_path_factory.mktemp("lost")
    loaded = fill(write(folder, sources=sources, files={"orders.csv": orders(*lines)}))["orders"]
    assert loaded.read == 41 == loaded.kept + loaded.rejected + loaded.folded + loaded.superseded
    assert len({r["line"] for r in rejects(loaded)}) == loaded.rejected + loaded.superseded
    kept = rows(folder, "SELECT order_id, rep, channel FROM orders")
    assert len({k[0] for k in kept}) == len(kept) == loaded.kept
    assert all(k[2] in ("web", "shop") for k in kept)
    if kept and loaded.rejected:
        claim()
    assert {k[1] for k in kept} <= {"reject": {"r1", "r2"}, "keep": {"r1", "r2", "r9"}, "null": {"r1", "r2", None}}[
        orphans
    ]
    good = [
        x
        for x in lines
        if x.count(",") == 5
        and all(
            a in b
            for a, b in zip(
                x.split(","),
                (
                    ["o1", "o2", "o3", "o4"],
                    ["r1", "r2"],
                    ["2024-01-01", "2024-01-02"],
                    ["", "2024-01-03"],
                    ["1", "2"],
                    ["web", "WEB", "shop"],
                ),
                strict=True,
            )
        )
    ]
    if policy != "reject" and orphans == "reject":
        assert {k[0] for k in kept} <= {x.split(",")[0] for x in good}


def refused(folder: Path) -> list[Problem]:
    with pytest.raises(LoadError) as caught:
        fill(folder)
    return caught.value.problems


def test_a_date_format_the_engine_does_not_know(tmp_path: Path) -> None:
    (problem,) = refused(
        write(tmp_path, sources=edit(SOURCES, "paid_on: {type: date}", 'paid_on: {type: date, format: "%Q"}'))
    )
    assert problem.key == "tables.orders" and "could not be built" in problem.message and problem.fix


def test_a_circle_that_only_the_rows_show(tmp_path: Path) -> None:
    """The manager is an expression, so the check before the load cannot follow it."""
    model = edit(MODEL, "expression: manager}", "expression: \"COALESCE(manager, 'boss')\"}")
    reps = edit(REPS, "r1,Ann Li,chief", "r1,Ann Li,r2").replace("r2,Bo Wang,chief", "r2,Bo Wang,r1")
    (problem,) = refused(write(tmp_path, model=model, files={"reps.csv": reps}))
    assert problem.file == "sales.yaml" and "r1 -> r2 -> r1" in problem.message


def test_a_manager_who_is_nobody(tmp_path: Path) -> None:
    model = edit(MODEL, "expression: manager}", "expression: \"COALESCE(manager, 'ghost')\"}")
    (problem,) = refused(write(tmp_path, model=model, files={"reps.csv": edit(REPS, "r1,Ann Li,chief", "r1,Ann Li,")}))
    assert "the manager ghost of r1 is nobody known" in problem.message


@pytest.mark.parametrize("allowed", [False, True])
def test_an_empty_table_only_where_it_may_be(allowed: bool, tmp_path: Path) -> None:
    sources = edit(SOURCES, "path: orders.csv", f"path: orders.csv\n    may_be_empty: {str(allowed).lower()}")
    write(tmp_path, sources=sources, files={"orders.csv": orders()})
    _, checks, _ = build(
        tmp_path,
        tmp_path / "built.duckdb",
        env={},
        meta={},
        hashes={"orders": "", "reps": ""},
        progress=lambda *_: None,
    )
    assert {c.name: c.ok for c in checks}["orders: not empty"] is allowed
