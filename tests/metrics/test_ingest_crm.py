"""The real sales-pipeline data set, read in place: its known dirt is found, mapped and counted, and no row is lost."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from metrics.engines.duckdb_engine import DuckdbEngine
from metrics.engines.snapshots import Snapshots
from metrics.ingest import LoadReport, load
from metrics.model import Model, check_workspace, load_model
from metrics.people.org import read_members, read_org

Crm = tuple[Path, LoadReport, Model]


@pytest.fixture(scope="module")
def crm(shared_dir: Path, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Crm:
    folder = tmp_path_factory.mktemp("crm")
    for file in (root / "examples" / "crm").glob("*.yaml"):
        shutil.copy(file, folder)
    env = {"PACELINE_CRM_DATA": str(shared_dir / "data" / "crm")}
    assert check_workspace(folder, env=env) == []
    return folder, load(folder, env=env), load_model(folder)


def test_rows_are_all_there(crm: Crm) -> None:
    report = crm[1]
    assert {t.name: (t.read, t.kept, t.rejected) for t in report.tables} == {
        "deals": (8800, 8800, 0),
        "agents": (35, 35, 0),
        "accounts": (85, 85, 0),
        "products": (7, 7, 0),
    }
    assert report.swapped and all(c.ok for c in report.checks)


def test_dirty_values_are_mapped_and_counted(crm: Crm) -> None:
    mapped = {t.name: t.mapped for t in crm[1].tables}
    assert mapped["deals"] == {"product": {"GTXPro -> GTX Pro": 1480}}
    assert mapped["accounts"] == {
        "sector": {"technolgy -> technology": 12},
        "location": {"Philipines -> Philippines": 1},
    }


def test_open_deals_without_an_account_are_kept(crm: Crm) -> None:
    deals = next(t for t in crm[1].tables if t.name == "deals")
    assert deals.empty == {"account": 1425}
    assert deals.orphans == () and deals.through == "2017-12-31"


def test_agents_without_deals_are_known_people(crm: Crm) -> None:
    folder, _, model = crm
    snapshots = Snapshots(folder)
    with snapshots.lease() as snapshot:
        org = read_org(model, DuckdbEngine(snapshot))
        sellers = {p.id for p in org.people.values() if p.sells}
        active = {r[0] for r in snapshot.cursor().execute("SELECT DISTINCT agent FROM deals").fetchall()}
        assert len(sellers) == 35 and len(sellers - active) == 5 and active <= sellers
        assert len(org.people) == 45
        assert len(org.subtree("Dustin Brinkmann")) == 6
        assert org.subtree("East regional lead") >= {"Cara Losch", "Rocco Neubert"} | org.subtree("Cara Losch")
        members = read_members(model, DuckdbEngine(snapshot))
        assert set(members["agents.region"]) == {"East", "West", "Central"}
        assert "GTX Pro" in members["products.product"] and len(members["accounts.account"]) == 85
        assert members["accounts.sector"][0] == "retail" and "technolgy" not in members["accounts.sector"]
        closure = (
            snapshot.cursor()
            .execute("SELECT person_id FROM _org_closure WHERE ancestor_id = 'Dustin Brinkmann'")
            .fetchall()
        )
        assert {r[0] for r in closure} == org.subtree("Dustin Brinkmann")
        assert snapshot.data_through is not None and snapshot.data_through.isoformat() == "2017-12-31"
    snapshots.close()
