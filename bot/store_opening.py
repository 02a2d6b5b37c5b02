"""Opening the metric store of a workspace as its settings say. Apart from the runtime: the demo shows its page as soon
as it knows the people, before the language and the state are there."""

from __future__ import annotations

from pathlib import Path

from bot.calm_start import without_collector
from bot.fair_pool import move_if_wide
from bot.settings import Settings
from metrics import Metrics
from metrics.errors import LoadError, UserError

__all__ = ["open_metrics"]

WIDE = 5_000  # cells to work out: about 10 ms of one core


@without_collector()
def open_metrics(workspace: Path, settings: Settings) -> Metrics:
    """Raises ModelError (bad files), UserError "no_data_store" (nothing loaded yet), LoadError (what was loaded cannot
    be opened)."""
    metrics = Metrics.open(
        workspace,
        timeout_s=settings.timeout_s,
        memory=settings.memory,
        max_rows=settings.max_rows,
        max_cells=settings.max_cells,
        threads=settings.threads,
        at_once=settings.queries_at_once,
        admit=lambda cost: move_if_wide(cost.work > WIDE),
    )
    try:
        if metrics.data_version is None:
            raise UserError("no_data_store", subject=str(workspace))
        metrics.org  # noqa: B018  the first read: what was loaded and cannot be opened says so here
    except BaseException as error:
        metrics.close()
        if isinstance(error, UserError) and isinstance(error.__cause__, LoadError):
            raise error.__cause__ from None  # it says which file, and why
        raise
    return metrics
