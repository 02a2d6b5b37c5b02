"""The real demo in a real browser: a question asked in the page is answered from the data; the next morning brings
digests."""

from __future__ import annotations

import csv
import datetime as dt
import re
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.demo.folder import DemoFolder
from bot.demo.stage import open_stage

pytestmark = pytest.mark.browser
ZONE = ZoneInfo("Asia/Shanghai")


async def test_ask_read_and_wake_up(small_demo: Path, tmp_path: Path, open_page: Callable[..., Awaitable[Any]]) -> None:
    folder = DemoFolder(Path(shutil.copytree(small_demo, tmp_path / "company")), {}, reps=12, months=14)
    day = folder.prepare(dt.date(2026, 11, 24))
    env = {"PACELINE_STATE_URL": f"sqlite:///{tmp_path / 'state.db'}"}
    at = dt.datetime.combine(day, dt.time(9, 30), ZONE)
    async with open_stage(folder.folder, env, clock_at=at, folder=folder) as stage:
        admin = stage.cast.first(stage.runtime.metrics.org, "admin")
        page = await open_page(f"{stage.workspace.url}/?user={admin}")
        await page.fill("#composer-main", "sales this month")
        await page.press("#composer-main", "Enter")
        answer = page.locator(".by-app").last
        await answer.wait_for()
        shown = await answer.inner_text()
        assert f"¥{_sales(folder.folder, dt.date(2026, 11, 1), day):,.0f}" in shown, shown
        await page.click(".clock-button")
        await page.locator(".toast", has_text="25 November").wait_for(timeout=60_000)
        rep = stage.cast.first(stage.runtime.metrics.org, "rep")
        await page.goto(f"{stage.workspace.url}/?user={rep}")
        await page.locator(".by-app .block-header, .by-app .block-section").first.wait_for()
        assert re.search("24 Nov|11月24日", await page.locator(".by-app").first.inner_text())
        await page.click(".sidebar >> text=sales")
        await page.locator(".messages >> text=梁超").or_(page.locator(".messages .by-app")).first.wait_for()


def _sales(folder: Path, start: dt.date, end: dt.date) -> float:
    """From the files themselves, without the store: every order line of the window once, lines that belong to nobody or
    to no day left out."""

    def rows(name: str) -> list[dict[str, str]]:
        with (folder / "data" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    reps = {row["rep_id"] for row in rows("reps")}
    customers = {row["customer_id"] for row in rows("customers")}
    amounts: dict[str, float] = {}
    for row in rows("order_lines"):
        day = (
            re.fullmatch(r"\d{4}-\d{2}-\d{2}", row["order_date"])
            and start.isoformat() <= row["order_date"] < end.isoformat()
        )
        if day and row["rep_id"] in reps and row["customer_id"] in customers:
            amounts.setdefault(row["line_id"], float(row["amount"]))
    return sum(amounts.values())
