"""Whether the state database can simply be opened: found out without loading what works with it.

One question on the command line asks nothing of the state. That it could not be used must be said all the same, so it
is looked at; whatever looks odd is left to `bot.state.open_state`, which says what is wrong or puts it right.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

__all__ = ["HEAD", "is_at_hand"]

HEAD = "0003_questions"  # the newest revision: known here, so that a database that has it costs no import of alembic


def is_at_hand(where: str | Path) -> bool:
    """An SQLite file with every revision; False for what is not there, no database, older, or somewhere else."""
    if "://" in str(where) or not Path(where).is_file():
        return False
    try:
        with closing(sqlite3.connect(where, timeout=0.2)) as connection:
            return connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(HEAD,)]
    except sqlite3.Error:
        return False
