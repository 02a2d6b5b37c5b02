"""A real Chromium, when there is one: the page is used as a person uses it."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = os.environ.get("PACELINE_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
THERE = Path(CHROMIUM).exists()
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture
async def open_page() -> AsyncIterator[Callable[..., Awaitable[Any]]]:
    """`open_page(url, width=1280)` gives a page; a script error on it fails the test."""
    if not THERE:
        pytest.skip(f"no Chromium at {CHROMIUM}: install Debian's package chromium, or set PACELINE_CHROMIUM")
    playwright_api = pytest.importorskip("playwright.async_api")
    errors: list[str] = []
    async with playwright_api.async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)

        async def start(url: str, width: int = 1280, height: int = 800) -> Any:
            page = await browser.new_page(viewport={"width": width, "height": height})
            page.set_default_timeout(10_000)
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
            await page.goto(url)
            return page

        yield start
        await browser.close()
    # A page that outlives its server for a moment tries to reach it again; that is no fault of the page.
    assert [e for e in errors if "ERR_CONNECTION_REFUSED" not in e] == []
