"""docs/language.md: every example in it is run."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
import yaml

from metrics import Metrics
from metrics.query.asked import Asked
from nlq.reader import compiled, constructions, lexicon
from nlq.reader.lexicon import Lexicon
from nlq.reader.read import read

sys.path.append(str(Path(__file__).parent))
from language_page import ASKER, PAGE, blocks, opened, shown


@pytest.fixture(scope="module")
def page() -> str:
    return PAGE.read_text(encoding="utf-8")


def test_what_is_asked_is_read_as_shown(page: str, world_workspace: Path) -> None:
    words = opened(world_workspace)
    examples = [one for block in blocks(page, "ask") for one in block.strip().split("\n\n")]
    assert len(examples) >= 7
    for example in examples:
        text = example.split("\n")[0].removeprefix("> ")
        assert shown(text, words).strip() == example


def test_the_construction_can_be_added(
    page: str, world_workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a newcomer does: without it the lines of the corpus are not read, with it they are; near misses are not."""
    (written,), (corpus,) = blocks(page, "construction"), blocks(page, "corpus")
    lines = yaml.safe_load(corpus)
    texts = [(text, Asked.model_validate(line["means"])) for line in lines for text in line["en"]]
    before = opened(world_workspace)
    assert all([f.meaning for f in read(text, before).near] != [meant] for text, meant in texts)

    (name,) = yaml.safe_load(written)
    assert name not in before.grammar.constructions
    folder = tmp_path / "language"
    shutil.copytree(Path(constructions.__file__).parents[1] / "language", folder)
    (folder / "new.yaml").write_text(written, encoding="utf-8")
    monkeypatch.setattr(compiled, "_FOLDER", folder)
    monkeypatch.setattr(lexicon, "grammar", constructions.grammar.__wrapped__)
    after = _lexicon(world_workspace)
    for text, meant in texts:
        assert [f.meaning for f in read(text, after).near] == [meant], text
    for miss in after.grammar.constructions[name].misses:
        forms = (i.form for f in read(miss, after).found for p in f.parts for i in (p, *p.parts))
        assert name not in {form.construction.name for form in forms if form is not None}, miss


def _lexicon(workspace: Path) -> Lexicon:
    metrics = Metrics.open(workspace)
    try:
        assert ASKER in metrics.org.people
        return Lexicon.build(metrics.model, metrics.members, metrics.org)
    finally:
        metrics.close()
