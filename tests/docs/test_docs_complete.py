"""Documentation is checked: a setting, command, file key or error that nobody described fails here."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.cli import COMMANDS
from bot.settings import SETTINGS
from metrics import errors
from metrics.model.sales_shape import SALES
from metrics.model.shapes import Either, ListOf, MapOf, Record, Shape
from metrics.model.sources import SOURCES

ERRORS = [
    name
    for name, kind in vars(errors).items()
    if inspect.isclass(kind) and issubclass(kind, Exception) and kind.__module__ == errors.__name__
]


def _keys(shape: Shape) -> Iterator[str]:
    """Every key a shape knows, at any depth, except those of filters, which read like the Query."""
    if isinstance(shape, Record) and "field" not in shape.keys:
        for name, inner in shape.keys.items():
            yield name
            yield from _keys(inner)
    elif isinstance(shape, ListOf):
        yield from _keys(shape.item)
    elif isinstance(shape, MapOf):
        yield from _keys(shape.value)
    elif isinstance(shape, Either):
        for inner in shape.shapes:
            yield from _keys(inner)


@pytest.fixture(scope="module")
def workspace_page(root_path: Path) -> str:
    return (root_path / "docs" / "workspace.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def root_path() -> Path:
    return Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("setting", SETTINGS)
def test_every_setting_is_described(setting: str, workspace_page: str) -> None:
    assert f"| `{setting}` |" in workspace_page


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_readme(command: str, root_path: Path) -> None:
    assert f"| `paceline {command}" in (root_path / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("key", sorted({*_keys(SALES), *_keys(SOURCES)}))
def test_every_key_of_the_yaml_files_is_described(key: str, workspace_page: str) -> None:
    assert re.search(rf"[`{{]{key}[`:]", workspace_page), key


@pytest.mark.parametrize("error", [e for e in ERRORS if e != "PacelineError"])
def test_every_error_is_described(error: str, root_path: Path) -> None:
    assert f"| `{error}` |" in (root_path / "docs" / "errors.md").read_text(encoding="utf-8")


def test_links_between_pages_lead_somewhere(root_path: Path) -> None:
    for page in (root_path / "README.md", root_path / "CONTRIBUTING.md", *(root_path / "docs").rglob("*.md")):
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} → {target}"


def test_modules_the_map_names_exist(root_path: Path) -> None:
    page = (root_path / "docs" / "architecture.md").read_text(encoding="utf-8")
    for target in re.findall(r"`((?:bot|nlq|metrics|schedules)/[\w/.{},]*)`", page):
        if "{" not in target:
            assert (root_path / target).exists(), target
