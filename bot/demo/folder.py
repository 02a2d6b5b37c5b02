"""The folder of the demo company: made once a day, reused until midnight, continued day by day when the clock is
moved."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

__all__ = ["DemoFolder"]

_MARKER = "made.json"


def _fingerprint() -> str:
    """Changes whenever the generator or its workspace files change: an old folder is then made anew."""
    digest = hashlib.sha256()
    company = find_spec("northstar")
    assert company is not None and company.origin is not None
    for path in sorted(p for p in Path(company.origin).parent.rglob("*") if p.suffix in (".py", ".yaml")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@dataclass(frozen=True)
class DemoFolder:
    """`reps` people; `env` is what the loader sees of the environment."""

    folder: Path
    env: Mapping[str, str]
    reps: int = 60
    months: int = 26

    def _made(self) -> dict[str, str]:
        marker = self.folder / _MARKER
        return dict(json.loads(marker.read_text("utf-8"))) if marker.is_file() else {}

    def prepare(self, today: dt.date, *, say: Callable[[str], None] = lambda _: None) -> dt.date:
        """Makes the company complete up to the day before `today`, unless it was made today already (then it may be
        further on, where an earlier demo left it). Gives the day it is now in the folder."""
        made = self._made()
        wanted = {"asked": today.isoformat(), "fingerprint": _fingerprint(), "reps": str(self.reps)}
        if all(made.get(key) == value for key, value in wanted.items()):
            return dt.date.fromisoformat(made["as_of"])
        # Here and not above: most starts find the folder made and need neither generator nor loader.
        import northstar

        from metrics.ingest import load

        start = northstar.first_month(today, self.months)
        say("making the demo company…")
        northstar.write_workspace(self.folder, as_of=today, reps=self.reps, start=start)
        # Another company: its rows are not compared with those of the one that was here.
        shutil.rmtree(self.folder / "var" / "store", ignore_errors=True)
        say("loading it…")
        load(self.folder, env=self.env)
        self._mark(wanted | {"as_of": today.isoformat(), "start": start.isoformat()})
        return today

    def advance(self, to: dt.date) -> None:
        """The company lives on up to the day before `to`; a running bot picks the new snapshot up by itself."""
        made = self._made()
        if to <= dt.date.fromisoformat(made["as_of"]):
            return
        import northstar

        from metrics.ingest import load

        northstar.generate(self.folder, as_of=to, reps=self.reps, start=dt.date.fromisoformat(made["start"]))
        load(self.folder, env=self.env)
        self._mark(made | {"as_of": to.isoformat()})

    def _mark(self, what: Mapping[str, str]) -> None:
        (self.folder / _MARKER).write_text(json.dumps(dict(what), indent=1) + "\n", encoding="utf-8")
