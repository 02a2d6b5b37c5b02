"""Who and what a local workspace starts with: its people and its channels. Frozen values."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["App", "WorkspaceChannel", "WorkspaceUser", "slug"]


def slug(name: str) -> str:
    """A channel or user handle out of any name.

    >>> slug("North East")
    'north-east'
    """
    return re.sub(r"[^\w一-鿿]+", "-", name.casefold()).strip("-_") or "unnamed"


@dataclass(frozen=True, slots=True)
class WorkspaceUser:
    """One account. `id` looks like Slack's ("U0ANNA"), `tz` is an IANA name, `locale` "en-US" or "zh-CN", `title` what
    the profile shows ("Rep · East 1"). `suggestions`: questions offered in the empty DM with the app. `up_front`:
    listed first in the page's person switcher, the others are found there by name.

    `team_id`: the workspace it belongs to, "" for this one; another one makes it an account of Slack Connect.
    `enterprise_id`: its Enterprise Grid organisation. `is_restricted`: a guest; `is_ultra_restricted`: of one channel
    only (Slack sets both then). `is_stranger`: of another workspace, and in no channel that the app sees."""

    id: str
    name: str
    email: str = ""
    tz: str = "UTC"
    locale: str = "en-US"
    title: str = ""
    is_admin: bool = False
    team_id: str = ""
    enterprise_id: str = ""
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False
    is_bot: bool = False
    deleted: bool = False
    suggestions: tuple[str, ...] = ()
    up_front: bool = True

    @property
    def handle(self) -> str:
        """The short name Slack calls `name`."""
        return slug(self.name).replace("-", ".")


@dataclass(frozen=True, slots=True)
class WorkspaceChannel:
    """One channel. `members` are user ids; `app_is_member` tells whether the app was invited."""

    id: str
    name: str
    members: tuple[str, ...] = ()
    topic: str = ""
    private: bool = False
    app_is_member: bool = True


@dataclass(frozen=True, slots=True)
class App:
    """The installed app as Slack knows it."""

    name: str = "Paceline"
    app_id: str = "A0PACELINE"
    bot_id: str = "B0PACELINE"
    user_id: str = "U0PACELINE"
    team_id: str = "T0LOCAL"
    team_name: str = "Local workspace"
    team_domain: str = "local"
    enterprise_id: str = ""
