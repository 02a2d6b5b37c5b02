"""Who is who: Slack users and people of the org, and the roles given by an admin on top of those in the model."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from bot.state.tables import LINK, ROLE
from metrics.state.database import Database
from metrics.state.writer import Writer

__all__ = ["BY_EMAIL", "Link", "Links"]

_COLUMNS = sa.select(LINK.c.slack_user, LINK.c.person, LINK.c.timezone, LINK.c.language, LINK.c.linked_by)
_ALL = _COLUMNS.order_by(LINK.c.slack_user)
_ABOUT = _COLUMNS.where(sa.or_(LINK.c.slack_user == sa.bindparam("user"), LINK.c.person == sa.bindparam("of_person")))

BY_EMAIL = "e-mail"  # who tied a user to a person when nobody did: their addresses agreed


@dataclass(frozen=True, slots=True)
class Link:
    """A Slack user. `person` None: seen, but not known to be anybody of the org."""

    slack_user: str
    person: str | None
    timezone: str | None = None  # IANA name, from the Slack profile
    language: str | None = None  # "en" | "zh", from the Slack locale
    linked_by: str | None = None  # who tied them together, or untied them; None: nobody did yet

    @property
    def explicit(self) -> bool:
        """Somebody said who this user is, or is not. What was tied by e-mail holds only as long as the e-mail does."""
        return self.linked_by not in (None, BY_EMAIL)


class Links:
    """Slack user <-> person id, the profile's timezone and language, and roles."""

    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer

    def link(self, slack_user: str, person: str | None, *, at: dt.datetime, by: str | None = None) -> None:
        """Tie a Slack user to a person id (None: unlink). A person has one Slack user: an older one is let go."""
        with self._database.write() as connection:
            if person is not None:
                others = sa.update(LINK).where(LINK.c.person == person, LINK.c.slack_user != slack_user)
                connection.execute(others.values(person=None))
            row = {"slack_user": slack_user, "person": person, "linked_by": by, "linked_at": at}
            self._database.upsert(connection, LINK, row, keys=["slack_user"])

    def profile(self, slack_user: str, *, timezone: str | None, language: str | None, at: dt.datetime) -> None:
        """Keep the timezone and language of the Slack profile; the link itself stays as it is."""
        row = {"slack_user": slack_user, "timezone": timezone, "language": language, "linked_at": at}
        self._writer.write(lambda c: self._database.upsert(c, LINK, row, keys=["slack_user"]))

    def get(self, slack_user: str) -> Link | None:
        return self._one(LINK.c.slack_user == slack_user)

    def about(self, slack_user: str, person: str | None) -> list[Link]:
        """The user's own link, and that of whoever is tied to the person."""
        with self._database.read() as connection:
            return [Link(*row) for row in connection.execute(_ABOUT, {"user": slack_user, "of_person": person})]

    def of_person(self, person: str) -> Link | None:
        return self._one(LINK.c.person == person)

    def person_of(self, slack_user: str) -> str | None:
        """The person id, None when the user is not linked."""
        link = self.get(slack_user)
        return link.person if link else None

    def user_of(self, person: str) -> str | None:
        """The Slack user of a person, None when nobody is linked to them."""
        link = self.of_person(person)
        return link.slack_user if link else None

    def all(self) -> list[Link]:
        with self._database.read() as connection:
            return [Link(*row) for row in connection.execute(_ALL)]

    def set_role(self, person: str, role: str | None, *, at: dt.datetime, by: str | None = None) -> None:
        """Give a role that overrides the model's; None takes it away again."""
        with self._database.write() as connection:
            if role is None:
                connection.execute(sa.delete(ROLE).where(ROLE.c.person == person))
            else:
                row = {"person": person, "role": role, "given_by": by, "given_at": at}
                self._database.upsert(connection, ROLE, row, keys=["person"])

    def role_of(self, person: str) -> str | None:
        """The role given here, None when there is only the model's."""
        with self._database.read() as connection:
            return connection.scalar(sa.select(ROLE.c.role).where(ROLE.c.person == person))

    def roles(self) -> dict[str, str]:
        with self._database.read() as connection:
            return {r.person: r.role for r in connection.execute(sa.select(ROLE))}

    def _one(self, condition: sa.ColumnElement[bool]) -> Link | None:
        with self._database.read() as connection:
            row = connection.execute(_COLUMNS.where(condition)).first()
        return Link(*row) if row else None
