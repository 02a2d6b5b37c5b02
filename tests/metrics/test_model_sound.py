"""Files that were found sound are not checked again; whatever changes is."""

from __future__ import annotations

from pathlib import Path

import pytest
from model_workspace import write

from metrics.errors import ModelError
from metrics.model import checks, load_model, sound


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A line for each time that files are checked."""
    times: list[str] = []
    run = checks.run

    def noted(*args: object) -> object:
        times.append("checked")
        return run(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(checks, "run", noted)
    return times


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = write(tmp_path / "shop")
    (made / "var").mkdir()
    return made


def test_what_was_checked_is_not_checked_again(folder: Path, checked: list[str]) -> None:
    first = load_model(folder)
    assert load_model(folder).metrics == first.metrics
    assert len(checked) == 1


def test_a_file_that_changes_is_checked(folder: Path, checked: list[str]) -> None:
    load_model(folder)
    sales = folder / "sales.yaml"
    good = sales.read_text(encoding="utf-8")
    assert "holidays: CN" in good
    sales.write_text(good.replace("holidays: CN", "holidays: XX"), encoding="utf-8")
    for _ in range(2):  # nothing that is wrong is ever taken for sound
        with pytest.raises(ModelError, match="no holidays are known for XX"):
            load_model(folder)
    sales.write_text(good, encoding="utf-8")
    load_model(folder)
    assert len(checked) == 3  # it is as it was when it was found sound


def test_checks_that_change_check_again(
    folder: Path, checked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_model(folder)
    monkeypatch.setattr(sound, "_CODE", tmp_path)
    (tmp_path / "check_more.py").write_text("")
    load_model(folder)
    assert len(checked) == 2


@pytest.mark.parametrize("kept", [b"", b"\xff\x00", b"sound"])
def test_a_seal_that_cannot_be_read_counts_for_nothing(folder: Path, checked: list[str], kept: bytes) -> None:
    load_model(folder)
    (folder / "var" / "sound").write_bytes(kept)
    load_model(folder)
    assert len(checked) == 2


def test_a_folder_that_is_merely_looked_at_stays_as_it_is(tmp_path: Path, checked: list[str]) -> None:
    made = write(tmp_path / "shop")
    before = sorted(made.rglob("*"))
    load_model(made)
    load_model(made)
    assert sorted(made.rglob("*")) == before and len(checked) == 2
