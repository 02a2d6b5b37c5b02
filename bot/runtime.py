"""What a running Paceline holds: the metrics, the language, the state, the clock and the settings of one workspace."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.calm_start import without_collector
from bot.clock import Clock
from bot.fair_pool import FairPool
from bot.settings import Settings, workspace_env
from bot.state_at_hand import is_at_hand
from bot.store_opening import open_metrics
from metrics import Metrics
from metrics.errors import LoadError, UserError
from nlq import Lexicon

if TYPE_CHECKING:
    from bot.state import State

__all__ = ["Runtime"]

ERRANDS_AT_ONCE = 4


class Runtime:
    """Opened once per process; thread-safe. The lexicon follows the data: it is rebuilt when the data version changes,
    off the thread that answers, and swapped whole (a reader sees the old one or the new one)."""

    def __init__(
        self, workspace: Path, metrics: Metrics, lexicon: Lexicon, state: State | None, clock: Clock, settings: Settings
    ) -> None:
        """`state` None: it is opened when it is first asked for."""
        self.workspace = workspace
        self.metrics = metrics
        self._state = state
        self._opening = threading.Lock()
        self.clock = clock
        self.settings = settings
        self._lexicon = lexicon
        self._lexicon_version = metrics.data_version
        self._building = threading.Lock()
        # Questions run here, in fair turns: a flood of them waits instead of starving the loop, the store and others.
        self.pool = FairPool(settings.questions_at_once, waiting=settings.questions_waiting)
        # What is short and only waits for the state: it stands behind no question.
        self.errands = ThreadPoolExecutor(ERRANDS_AT_ONCE, thread_name_prefix="errand")

    @staticmethod
    def open(
        workspace: Path, env: Mapping[str, str], clock: Clock | None = None, *, state_later: bool = False
    ) -> Runtime:
        """Open a workspace whose store has been loaded. `state_later`: for who may need no state at all; one that is
        sound is opened when it is first asked for.

        Raises ModelError (bad files, a state database that cannot be used), UserError "no_data_store" (nothing loaded
        yet), LoadError (what was loaded cannot be opened).
        """
        settings = Settings.of(workspace_env(workspace, env))
        return Runtime.over(workspace, open_metrics(workspace, settings), settings, clock, state_later=state_later)

    @staticmethod
    def over(
        workspace: Path,
        metrics: Metrics,
        settings: Settings,
        clock: Clock | None = None,
        *,
        state_later: bool = False,
    ) -> Runtime:
        """The runtime of a metric store that is open already; from here on the runtime closes it."""
        try:
            with without_collector():
                lexicon = Lexicon.build(metrics.model, metrics.members, metrics.org)
            (workspace / "var").mkdir(exist_ok=True)
            where = _place_of_state(workspace, settings)
            state = None if state_later and is_at_hand(where) else _open_state(where)
        except BaseException as error:
            metrics.close()
            if isinstance(error, UserError) and isinstance(error.__cause__, LoadError):
                raise error.__cause__ from None  # something was loaded: it says which file, and why it cannot be opened
            raise
        return Runtime(workspace, metrics, lexicon, state, clock or Clock(), settings)

    @property
    def state(self) -> State:
        """What the bot must not forget. Raises ModelError where it is opened only now and cannot be used."""
        with self._opening:
            if self._state is None:
                self._state = _open_state(_place_of_state(self.workspace, self.settings))
            return self._state

    @state.setter
    def state(self, state: State) -> None:
        self._state = state

    @property
    def lexicon(self) -> Lexicon:
        return self._lexicon

    @property
    def lexicon_is_old(self) -> bool:
        """The data has moved on since the lexicon was built."""
        return self.metrics.data_version != self._lexicon_version

    def refresh_lexicon(self) -> bool:
        """Rebuild the lexicon if the data has moved on; False when there was nothing to do or another thread does
        it."""
        if not self.lexicon_is_old or not self._building.acquire(blocking=False):
            return False
        try:
            version = self.metrics.data_version
            self._lexicon = Lexicon.build(self.metrics.model, self.metrics.members, self.metrics.org)
            self._lexicon_version = version
        finally:
            self._building.release()
        return True

    @property
    def timezone(self) -> ZoneInfo:
        """The timezone of the organisation."""
        return ZoneInfo(self.metrics.model.calendar.timezone)

    def local_date(self, as_of: dt.datetime) -> dt.date:
        """The organisation's date at `as_of` (naive: already local)."""
        return as_of.date() if as_of.tzinfo is None else as_of.astimezone(self.timezone).date()

    def close(self) -> None:
        self.pool.shutdown()
        self.errands.shutdown(wait=True, cancel_futures=True)
        self.metrics.close()
        if self._state is not None:
            self._state.close()


def _place_of_state(workspace: Path, settings: Settings) -> str | Path:
    return settings.state_url or workspace / "var" / "state.db"


def _open_state(where: str | Path) -> State:
    from bot.state import open_state  # here: the database library is half of what a single question would wait for

    return open_state(where)
