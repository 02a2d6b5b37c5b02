"""`paceline init`: what is proposed passes the check, loads, and says what it found."""

from __future__ import annotations

import csv
import http.server
import io
import threading
from argparse import Namespace
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import duckdb
import pytest
import yaml

from bot.commands.init import init, run
from bot.console import Console
from metrics.errors import ModelError
from metrics.ingest import load
from metrics.ingest.proposing.survey import identifier, survey
from metrics.model import check_workspace, load_model

WORKSPACE = ("model.yaml", "sales.yaml", "sources.yaml", ".env.example")


def _sources(folder: Path) -> dict[str, dict[str, object]]:
    tables: dict[str, dict[str, object]] = yaml.safe_load((folder / "sources.yaml").read_text(encoding="utf-8"))[
        "tables"
    ]
    return tables


def _loads(folder: Path) -> dict[str, int]:
    """Rows kept of each table, after a check without errors."""
    assert [str(p) for p in check_workspace(folder, env={}) if p.severity == "error"] == []
    report = load(folder, env={})
    assert report.swapped
    return {t.name: t.kept for t in report.tables}


def _write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode(encoding))
    return path


def test_a_blank_workspace_works_at_once(tmp_path: Path) -> None:
    said = init(tmp_path / "w", None)
    assert all((tmp_path / "w" / name).is_file() for name in WORKSPACE)
    assert sum(line.startswith("wrote ") for line in said) == 6
    assert _loads(tmp_path / "w") == {"deals": 4, "reps": 2}
    assert "#" in (tmp_path / "w" / "sales.yaml").read_text(encoding="utf-8")


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    keep = _write(tmp_path / "sales.yaml", "mine\n")
    with pytest.raises(FileExistsError, match="nothing was written"):
        init(tmp_path, None)
    assert keep.read_text(encoding="utf-8") == "mine\n" and [p.name for p in tmp_path.iterdir()] == ["sales.yaml"]


def test_orders_with_dirt(tmp_path: Path) -> None:
    rows = ["Order No,Sales Rep,Region,Order Date,Amount,Cost,Qty"]
    rows += [
        f"SO-{n},{'Ann Lee' if n % 2 else 'Bo Chan'},{'East' if n % 3 else 'east '},"
        f"{n % 28 + 1:02d}.03.2026,{n}.50,{n}.10,{n % 5}"
        for n in range(200)
    ]
    rows[50] = rows[50].replace(".03.2026", ".13.2026")
    data = _write(tmp_path / "in" / "My Orders.csv", "\n".join(rows) + "\n")
    said = init(tmp_path / "w", data)
    columns = _sources(tmp_path / "w")["my_orders"]["columns"]
    assert isinstance(columns, dict)
    assert columns["order_no"] == {"from": "Order No", "type": "text", "required": True}
    assert columns["order_date"] == {"from": "Order Date", "type": "date", "format": "%d.%m.%Y"}
    assert columns["amount"]["type"] == columns["cost"]["type"] == "decimal(18,2)"
    assert columns["region"] == {"from": "Region", "type": "text", "trim": True, "map": {"east": "East"}}
    assert any("order_date" in line and "rejected" in line for line in said)
    assert _loads(tmp_path / "w") == {"my_orders": 199, "people": 2}
    model = load_model(tmp_path / "w")
    assert model.metrics["total_amount"].expression == "SUM(my_orders.amount)"
    assert "revenue" in model.metrics["total_amount"].synonyms
    assert "revenue" not in model.metrics["total_cost"].synonyms, "costs are not sales"
    assert model.access.owners["my_orders"] == "my_orders.sales_rep" and model.default_metric == "total_amount"
    with (tmp_path / "w" / "people.csv").open(encoding="utf-8", newline="") as file:
        assert [r["person_id"] for r in csv.DictReader(file)] == ["Ann Lee", "Bo Chan"]


def test_chinese_headers_in_gb18030(tmp_path: Path) -> None:
    rows = ["订单号;业务员;客户;成交日期;销售额;状态"]
    rows += [
        f"D{n};{'张伟' if n % 2 else '李娜'};{'恒力集团' if n % 3 else '泰和'};"
        f"2026/4/{n % 30 + 1};{n * 10}.5;{'赢单' if n % 4 else '丢单'}"
        for n in range(80)
    ]
    init(tmp_path / "w", _write(tmp_path / "销售.csv", "\n".join(rows), "gb18030"))
    table = next(iter(_sources(tmp_path / "w").values()))
    assert table["encoding"] == "gb18030" and table["delimiter"] == ";"
    assert sum(_loads(tmp_path / "w").values()) == 82
    model = load_model(tmp_path / "w")
    assert "业绩" in next(m for n, m in model.metrics.items() if n.startswith("total_")).synonyms
    assert "win_rate" in model.metrics
    assert any("客户" in f.synonyms and f.dimension for f in model.fields.values())


def test_parquet(tmp_path: Path) -> None:
    path = tmp_path / "deals.parquet"
    text = (
        "COPY (SELECT 'D' || i AS deal_id, DATE '2026-01-01' + i::INT AS closed_on, (i * 1.25)::DECIMAL(10, 2) AS"
        " amount, "
    )
    duckdb.sql(
        text
        + f"CASE WHEN i % 2 = 0 THEN 'Won' ELSE 'Lost' END AS stage FROM range(50) t(i)) TO '{path}' (FORMAT parquet)"
    )
    said = init(tmp_path / "w", path)
    assert _loads(tmp_path / "w")["deals"] == 50
    assert any("no column with people" in line for line in said)
    assert {"deals_count", "total_amount", "win_rate"} <= set(load_model(tmp_path / "w").metrics)


def test_several_files_are_linked_and_spellings_mapped(tmp_path: Path) -> None:
    _write(tmp_path / "in" / "reps.csv", "rep,manager,region\nAnn,Mia,East\nBo,Mia,West\n")
    _write(tmp_path / "in" / "products.csv", "product,line\nGTX Pro,GTX\nMG Special,MG\n")
    sales = "".join(
        f"S{n},{'Ann' if n % 2 else 'Bo'},{('GTXPro', 'MG Special')[n % 2]},2026-02-{n % 28 + 1:02d},{n}\n"
        for n in range(60)
    )
    _write(tmp_path / "in" / "sales.csv", "sale_id,rep,product,sold_on,amount\n" + sales)
    init(tmp_path / "w", tmp_path / "in")
    table = _sources(tmp_path / "w")["sales"]
    assert table["references"] == {
        "rep": {"to": "reps.rep", "orphans": "reject"},
        "product": {"to": "products.product", "orphans": "reject"},
    }
    columns = table["columns"]
    assert isinstance(columns, dict) and columns["product"]["map"] == {"GTXPro": "GTX Pro"}
    assert _loads(tmp_path / "w") == {"sales": 60, "products": 2, "reps": 2}
    model = load_model(tmp_path / "w")
    assert {(r.source, r.target) for r in model.relationships} == {("sales", "products"), ("sales", "reps")}
    assert model.people is not None and model.people.manager == "reps.manager" and model.access.visibility == "org_tree"


def test_days_and_months_that_could_be_swapped_are_pointed_out(tmp_path: Path) -> None:
    rows = "".join(f"{n},0{n % 9 + 1}/0{n % 8 + 1}/2026,5\n" for n in range(40))
    said = init(tmp_path / "w", _write(tmp_path / "x.csv", "id,date,amount\n" + rows))
    assert any("month/day and day/month" in line for line in said)


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"", "no header"), (b"a,b\n", "no rows"), (b"PK\x03\x04\x00\x00\x00", "not a text file")],
)
def test_unusable_files_are_named(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=says):
        init(tmp_path / "w", path)
    assert not (tmp_path / "w").exists()


def test_missing_or_empty_places(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such file"):
        init(tmp_path / "w", tmp_path / "nothing.csv")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match="no CSV or Parquet"):
        init(tmp_path / "w", tmp_path / "empty")
    broken = tmp_path / "x.parquet"
    broken.write_bytes(b"PAR1 not really")
    with pytest.raises(ModelError, match="Parquet"):
        init(tmp_path / "w", broken)


def test_names_of_columns() -> None:
    taken: set[str] = set()
    assert [identifier(t, 3, taken) for t in ("Close Value", "close-value", "2024", "金额", "")] == [
        "close_value",
        "close_value_2",
        "n_2024",
        "column_3",
        "column_3_2",
    ]


def test_types_are_not_bent(tmp_path: Path) -> None:
    text = "id,code,money,flag,mixed\n" + "".join(
        f'{n},00{n},"1,{n:03d}.50",{"true" if n % 2 else "false"},{n if n % 3 else "x"}\n' for n in range(30)
    )
    data = _write(tmp_path / "x.csv", text)
    columns = {c.field: c.type for c in survey(data, set()).columns}
    assert (
        columns["money"] == "text"
        and columns["flag"] == "boolean"
        and columns["mixed"] == "text"
        and columns["id"] == "integer"
    )
    assert columns["code"] == "text", "leading zeros are part of a code"
    assert any("money" in line and "plain numbers" in line for line in init(tmp_path / "w", data))


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    handler = partial(_Quiet, directory=str(tmp_path / "site"))
    (tmp_path / "site").mkdir()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", tmp_path / "site"
        server.shutdown()
        thread.join()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


def test_the_command_fetches_an_address(served: tuple[str, Path], tmp_path: Path) -> None:
    address, site = served
    _write(site / "o.csv", "id,rep,sold_on,amount\n1,Ann,2026-01-01,5\n2,Bo,2026-01-02,6\n")
    out, err = io.StringIO(), io.StringIO()
    assert run(Namespace(dir=str(tmp_path / "w"), source=f"{address}/o.csv"), Console(out, err), {}) == 0
    assert "paceline -w" in out.getvalue() and err.getvalue() == ""
    assert (tmp_path / "w" / "data" / "o.csv").is_file() and _loads(tmp_path / "w")["o"] == 2
    with pytest.raises(ModelError, match="cannot be fetched"):
        run(Namespace(dir=str(tmp_path / "v"), source=f"{address}/none.csv"), Console(out, err), {})


@pytest.mark.shared
def test_the_real_pipeline_in_place(shared_dir: Path, tmp_path: Path) -> None:
    data = shared_dir / "data" / "crm" / "sales_pipeline.csv"
    init(tmp_path / "w", data)
    assert _loads(tmp_path / "w") == {"sales_pipeline": 8800, "people": 30}
    model = load_model(tmp_path / "w")
    assert {"total_close_value", "win_rate", "won_count"} <= set(model.metrics)
    assert not list((tmp_path / "w").rglob("sales_pipeline.csv")), "the data stays where it is"
