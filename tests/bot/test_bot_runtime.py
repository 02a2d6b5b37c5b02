"""The lexicon follows the data; as_of turns into the organisation's date."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest

from bot.ask import ask
from bot.clock import MovableClock
from bot.runtime import Runtime
from metrics.errors import UserError
from metrics.ingest import load
from metrics.people import Audience

AS_OF = dt.datetime(2024, 3, 12, 9, tzinfo=dt.UTC)


@pytest.fixture
def folder(tmp_path: Path, root: Path) -> Path:
    for file in (root / "tests" / "world").iterdir():
        if file.suffix in (".yaml", ".csv"):
            shutil.copy(file, tmp_path / file.name)
    return tmp_path


def test_nothing_loaded(folder: Path) -> None:
    with pytest.raises(UserError) as caught:
        Runtime.open(folder, {"PACELINE_STATE_URL": "sqlite://"})
    assert caught.value.code == "no_data_store"


def test_a_new_member_is_understood_after_the_next_load(world_workspace: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(world_workspace, tmp_path / "world"))
    runtime = Runtime.open(folder, {"PACELINE_STATE_URL": "sqlite://"}, MovableClock(AS_OF))
    ops = runtime.metrics.org.people["ops"]

    def asked() -> str:
        return ask(
            runtime, "revenue of Hovercraft this month", asker=ops, audience=Audience.only_viewer(), as_of=AS_OF
        ).status

    assert asked() == "not_understood" and not runtime.lexicon_is_old and not runtime.refresh_lexicon()
    products = folder / "products.csv"
    header, *rows = products.read_text(encoding="utf-8").splitlines()
    products.write_text("\n".join([header, *rows, "p9,Hovercraft,Air"]) + "\n", encoding="utf-8")
    with (folder / "deals.csv").open("a", encoding="utf-8") as deals:
        deals.write("d99,r1,c1,p9,Won,2024-03-01,2024-03-02,77\n")
    assert load(folder, env={}).swapped
    assert runtime.lexicon_is_old and runtime.refresh_lexicon() and not runtime.lexicon_is_old
    assert asked() == "answered"
    runtime.close()


@pytest.mark.parametrize("named_by", ["start", "end"])
def test_fiscal_years_are_called_as_the_organisation_calls_them(folder: Path, named_by: str) -> None:
    """The year from April 2023 is 2023 to one, and 2024 to another."""
    sales = folder / "sales.yaml"
    said = sales.read_text(encoding="utf-8")
    named = f"timezone: UTC, fiscal_year_start: 4, fiscal_year_named_by: {named_by}"
    sales.write_text(said.replace("timezone: UTC", named), encoding="utf-8")
    assert sales.read_text(encoding="utf-8") != said and load(folder, env={}).swapped
    runtime = Runtime.open(folder, {"PACELINE_STATE_URL": "sqlite://"})
    ops = runtime.metrics.org.people["ops"]
    outcome = ask(runtime, "revenue in FY2023", asker=ops, audience=Audience.only_viewer(), as_of=AS_OF)
    assert outcome.table is not None
    begins = next(w.start for w in outcome.table.proof.windows if w.of == "shown")
    assert begins == (dt.date(2023, 4, 1) if named_by == "start" else dt.date(2022, 4, 1))
    runtime.close()


def test_dates_are_those_of_the_organisation(folder: Path) -> None:
    sales = folder / "sales.yaml"
    sales.write_text(
        sales.read_text(encoding="utf-8").replace("timezone: UTC", "timezone: Asia/Shanghai"), encoding="utf-8"
    )
    assert load(folder, env={}).swapped
    runtime = Runtime.open(folder, {"PACELINE_STATE_URL": "sqlite://"})
    assert runtime.local_date(dt.datetime(2024, 3, 12, 17, tzinfo=dt.UTC)) == dt.date(2024, 3, 13)
    assert runtime.local_date(dt.datetime(2024, 3, 12, 23)) == dt.date(2024, 3, 12)  # noqa: DTZ001  naive: local already
    runtime.close()
