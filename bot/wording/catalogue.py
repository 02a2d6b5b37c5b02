"""Sentences of all languages: gettext catalogues, `locale/<language>/*.po`, in which a sentence goes by its key. One
more language is one more folder.

Read by Babel once and kept compiled, as the language files are; the rule of plurals is the one that a catalogue states.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from gettext import c2py
from pathlib import Path
from string import Formatter

from nlq.reader.compiled import kept

__all__ = ["DIGESTS", "ENGLISH", "REPLIES", "Sentences", "catalogue", "compile_all", "languages"]

FOLDER = Path(__file__).parent / "locale"
ENGLISH = "en"
REPLIES = ("replies", "errors", "facts")
DIGESTS = ("digests",)

_Table = tuple[str, dict[str, tuple[str, ...]]]  # the rule of plurals; key -> one form, or one for each number


class Sentences(Mapping[str, str]):
    """The sentences of one language by their keys; of those with several forms the one for many."""

    def __init__(self, table: _Table) -> None:
        rule, self._forms = table
        self._which: Callable[[int], int] = c2py(rule)

    def __getitem__(self, key: str) -> str:
        return self._forms[key][-1]

    def __iter__(self) -> Iterator[str]:
        return iter(self._forms)

    def __len__(self) -> int:
        return len(self._forms)

    def forms(self, key: str) -> tuple[str, ...]:
        """All of them, as the catalogue has them."""
        return self._forms[key]

    def counted(self, key: str, n: object) -> str:
        """The form for so many: a number, or one that is written ("1,204"); for many where it is neither."""
        forms = self._forms[key]
        if len(forms) == 1:
            return forms[0]
        written = str(n).replace(",", "")
        return forms[self._which(int(written))] if written.isdecimal() else forms[-1]

    def holes(self, key: str) -> set[str]:
        """The names of the fields a sentence needs."""
        return {name for _, name, _, _ in Formatter().parse(self[key]) if name}


@cache
def languages() -> tuple[str, ...]:
    return tuple(sorted({path.parent.name for path in FOLDER.glob("*/*.po")}))


@cache
def catalogue(language: str, parts: tuple[str, ...]) -> Sentences:
    """Those parts of the sentences of a language; English where there is no such language."""
    return Sentences(_table(language if language in languages() else ENGLISH, parts))


def _table(language: str, parts: tuple[str, ...], *, write: bool | None = None) -> _Table:
    files = [(FOLDER / language / f"{part}.po").read_bytes() for part in parts]
    code = Path(__file__).read_bytes()
    table: _Table = kept(FOLDER, f"{language}_{parts[0]}", [code, *files], lambda: _read(files), write=write)
    return table


def _read(files: list[bytes]) -> _Table:
    from babel.messages.pofile import read_po  # not needed where something was kept

    rule, forms = "0", dict[str, tuple[str, ...]]()
    for content in files:
        made = read_po(io.BytesIO(content), abort_invalid=True)
        rule = made.plural_expr
        for message in made:
            if message.id:
                key = message.id if isinstance(message.id, str) else message.id[0]
                said = message.string or ""
                forms[key] = (said,) if isinstance(said, str) else tuple(said)
    return rule, forms


def compile_all() -> None:
    """Leave what is read of all languages beside them, also where Python may not write bytecode."""
    for language in languages():
        for parts in (REPLIES, DIGESTS):
            _table(language, parts, write=True)
