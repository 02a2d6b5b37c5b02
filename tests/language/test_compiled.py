"""What is kept of the language files is what they say, whatever lies there."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlq.reader import compiled as module
from nlq.reader.compiled import compiled, kept

VALUE = (("a", 1.5, ["b", (("c",), ())]), frozenset({"客户"}), None, True)


def test_what_was_left_is_taken_and_is_the_same(tmp_path: Path) -> None:
    assert kept(tmp_path, "x", [b"1"], lambda: VALUE, write=True) == VALUE
    assert kept(tmp_path, "x", [b"1"], lambda: pytest.fail("made again"), write=True) == VALUE


def test_what_changed_is_made_anew_and_the_old_goes(tmp_path: Path) -> None:
    kept(tmp_path, "x", [b"1"], lambda: 1, write=True)
    kept(tmp_path, "y", [b"1"], lambda: 5, write=True)
    assert kept(tmp_path, "x", [b"2"], lambda: 2, write=True) == 2
    assert kept(tmp_path, "x", [b"", b"2"], lambda: 3, write=True) == 3
    assert kept(tmp_path, "y", [b"1"], lambda: 6, write=True) == 5
    assert len(list((tmp_path / "__pycache__").iterdir())) == 2


def test_half_a_file_is_none(tmp_path: Path) -> None:
    kept(tmp_path, "x", [b"1"], lambda: VALUE, write=True)
    (file,) = (tmp_path / "__pycache__").iterdir()
    whole = file.read_bytes()
    for end in range(len(whole)):
        file.write_bytes(whole[:end])
        assert kept(tmp_path, "x", [b"1"], lambda: VALUE, write=False) == VALUE


def test_where_nothing_may_be_written_it_is_made(tmp_path: Path) -> None:
    (tmp_path / "__pycache__").write_text("a file where the folder should be")
    assert kept(tmp_path, "x", [b"1"], lambda: 1, write=True) == 1
    assert kept(tmp_path / "nowhere", "x", [b"1"], lambda: 2, write=True) == 2
    kept(tmp_path, "x", [b"1"], lambda: 3, write=False)
    assert [p.name for p in tmp_path.iterdir()] == ["__pycache__"]


def test_the_language_files_are_kept_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "language"
    folder.mkdir()
    (folder / "words.yaml").write_text("GREETING: {is: PART, en: [hello]}\n", encoding="utf-8")
    monkeypatch.setattr(module, "_FOLDER", folder)
    first = compiled(write=True)
    assert first == compiled()
    assert first[2] == {"hello"}
    (folder / "words.yaml").write_text("GREETING: {is: PART, en: [good day]}\n", encoding="utf-8")
    assert compiled()[2] == {"good", "day"}
