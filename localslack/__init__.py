"""A Slack-compatible workspace on this machine: the demo and the Slack tests run the unmodified app against it."""

from __future__ import annotations

from localslack.roster import App, WorkspaceChannel, WorkspaceUser
from localslack.server import LocalWorkspace

__all__ = ["App", "LocalWorkspace", "WorkspaceChannel", "WorkspaceUser"]
