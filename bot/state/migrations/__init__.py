"""Bringing a state database up to date: alembic revisions in `versions/`, in one transaction, safe when two processes
start at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.state_at_hand import HEAD
from metrics.state.database import Database

if TYPE_CHECKING:
    from alembic.config import Config

__all__ = ["HEAD", "alembic_config", "migrate"]

_BEFORE_ALEMBIC = "migration"  # the table of numbered migrations that came before; its number 1 is revision 0001


def migrate(database: Database) -> bool:
    """Apply the revisions that are missing; False when there were none."""
    with database.read() as connection:
        if _revision(connection) == HEAD:
            return False
    from alembic import command

    config = alembic_config()
    with database.write() as connection:
        if not database.is_sqlite:  # SQLite's write transaction is the lock already
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(7_302_026)))
        config.attributes["connection"] = connection
        if _revision(connection) is None and sa.inspect(connection).has_table(_BEFORE_ALEMBIC):
            command.stamp(config, "0001")
        command.upgrade(config, "head")
    return True


def alembic_config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return None if found is None else str(found)
