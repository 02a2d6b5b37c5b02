"""Questions that were read before: most are asked in the same words, by many people and every day."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Any, cast

from metrics.people import Person
from nlq import Lexicon, Reading, Understood, understand

__all__ = ["Readings"]

_MOST = 4096
_LONGEST = 200  # characters: nobody types more a second time
_WAYS = 8  # in which one text is read for different people

_Marks = tuple[tuple[str, Any], ...]


class Readings:
    """Readings of whole questions, as long as the words mean the same. Thread-safe.

    A reading is another person's too where all that was looked at in who asked is the same in them. Only what was
    understood without a look at which members exist for anybody is remembered: so it is read alike whoever will see
    the answer."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[tuple[_Marks, Understood], ...]] = OrderedDict()
        self._lexicon: Lexicon | None = None
        self._lock = Lock()

    def read(self, text: str, *, lexicon: Lexicon, asker: Person, sees: Callable[[str, str], bool]) -> Reading:
        """As `understand`, of a question that goes on from no other."""
        for marks, known in self._known(text, lexicon):
            if all(getattr(asker, name) == value for name, value in marks):
                return known
        looked = False

        def seen(field: str, member: str) -> bool:
            nonlocal looked
            looked = True
            return sees(field, member)

        watched = _Watched(asker)
        made = understand(text, lexicon=lexicon, asker=cast(Person, watched), sees=seen)
        if isinstance(made, Understood) and not looked and len(text) <= _LONGEST:
            self._keep(text, tuple(watched.looked_at.items()), made, lexicon)
        return made

    def _known(self, text: str, lexicon: Lexicon) -> tuple[tuple[_Marks, Understood], ...]:
        with self._lock:
            if self._lexicon is not lexicon:
                self._kept.clear()
                self._lexicon = lexicon
            if text in self._kept:
                self._kept.move_to_end(text)
            return self._kept.get(text, ())

    def _keep(self, text: str, marks: _Marks, made: Understood, lexicon: Lexicon) -> None:
        with self._lock:
            if self._lexicon is not lexicon:  # the words may mean something else by now
                return
            others = [way for way in self._kept.get(text, ()) if way[0] != marks]
            self._kept[text] = ((marks, made), *others)[:_WAYS]
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)


class _Watched:
    """Who asks; it knows what of them has been looked at."""

    def __init__(self, person: Person) -> None:
        self._person = person
        self.looked_at: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        value = self.looked_at[name] = getattr(self._person, name)
        return value
