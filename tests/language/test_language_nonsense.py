"""Other people's topics and nonsense are not answered, nor asked back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from nonsense import nonsense


@pytest.mark.parametrize("count", [1_000, pytest.param(10_000, marks=pytest.mark.nightly)])
def test_nonsense_is_not_answered(reader: Any, count: int) -> None:
    texts = list(nonsense(reader.lexicon, 3, count))
    assert len(texts) == count
    assert not list(_answered(reader, texts))


def _answered(reader: Any, texts: list[str]) -> Iterator[str]:
    for text in texts:
        for who in ("Olive Qian", "Kevin Wang"):
            if reader(text, who).near:
                yield text
