"""The payloads Slack sends to an app, built from plain facts: events, block actions, view submissions, slash
commands."""

from __future__ import annotations

import uuid
from typing import Any

from localslack.ledger import Conversation, Ledger
from localslack.refusals import Json
from localslack.roster import WorkspaceUser

__all__ = [
    "block_actions",
    "channel_json",
    "event_callback",
    "message_event",
    "slash_command",
    "user_json",
    "view_event",
]

_CHANNEL_TYPES = {"channel": "channel", "group": "group", "im": "im", "mpim": "mpim"}
VERIFICATION = "local-verification-token"


def event_callback(ledger: Ledger, event: Json) -> Json:
    """The outer envelope of the Events API with a fresh event_id."""
    app = ledger.app
    return {
        "token": VERIFICATION,
        "team_id": app.team_id,
        "context_team_id": app.team_id,
        "context_enterprise_id": None,
        "api_app_id": app.app_id,
        "event": event,
        "type": "event_callback",
        "event_id": "Ev0" + uuid.uuid4().hex[:8].upper(),
        "event_time": int(float(event.get("event_ts") or ledger.clock())),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": app.team_id,
                "user_id": app.user_id,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": "4-" + uuid.uuid4().hex,
    }


def message_event(conversation: Conversation, message: Json) -> Json:
    """A `message` event of a stored message."""
    event = {
        k: v for k, v in message.items() if not k.startswith("reply_") and k not in ("latest_reply", "bot_profile")
    }
    return event | {
        "channel": conversation.id,
        "channel_type": _CHANNEL_TYPES[conversation.kind],
        "event_ts": message["ts"],
    }


def user_json(user: WorkspaceUser, *, team_id: str, offset_s: int, include_locale: bool = True) -> Json:
    """A user object. `team_id`: of this workspace; `offset_s`: seconds east of UTC today."""
    body: Json = {
        "id": user.id,
        "team_id": user.team_id or team_id,
        "name": user.handle,
        "deleted": user.deleted,
        "real_name": user.name,
        "tz": user.tz,
        "tz_label": user.tz,
        "tz_offset": offset_s,
        "profile": {
            "title": user.title,
            "real_name": user.name,
            "real_name_normalized": user.name,
            "display_name": user.name,
            "display_name_normalized": user.name,
            "email": user.email,
        },
        "is_admin": user.is_admin,
        "is_owner": user.is_admin,
        "is_bot": user.is_bot,
        "is_app_user": False,
        "is_restricted": user.is_restricted or user.is_ultra_restricted,
        "is_ultra_restricted": user.is_ultra_restricted,
        "updated": 1,
    }
    if user.enterprise_id:
        body["enterprise_user"] = {
            "id": user.id,
            "enterprise_id": user.enterprise_id,
            "teams": [user.team_id or team_id],
            "is_admin": False,
            "is_owner": False,
        }
    if user.is_stranger:
        body["is_stranger"] = True
    return body | ({"locale": user.locale} if include_locale else {})


def channel_json(conversation: Conversation, me: str) -> Json:
    """A conversation object as `me` (a user id) sees it."""
    body: Json = {
        "id": conversation.id,
        "created": conversation.created,
        "is_archived": False,
        "is_im": conversation.kind == "im",
        "is_mpim": conversation.kind == "mpim",
        "is_channel": conversation.kind == "channel",
        "is_group": conversation.kind == "group",
        "is_private": conversation.kind != "channel",
        "is_org_shared": False,
    }
    if conversation.kind == "im":
        others = [m for m in conversation.members if m != me]
        return body | {"user": others[0] if others else me, "is_open": True}
    return body | {
        "name": conversation.name,
        "name_normalized": conversation.name,
        "is_general": False,
        "is_member": me in conversation.members,
        "num_members": len(conversation.members),
        "topic": {"value": conversation.topic, "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
    }


def _who(ledger: Ledger, user: WorkspaceUser) -> Json:
    team = user.team_id or ledger.app.team_id
    return {"id": user.id, "username": user.handle, "name": user.handle, "team_id": team}


def _outer(ledger: Ledger, kind: str, user: WorkspaceUser, trigger_id: str) -> Json:
    app = ledger.app
    return {
        "type": kind,
        "user": _who(ledger, user),
        "api_app_id": app.app_id,
        "token": VERIFICATION,
        "trigger_id": trigger_id,
        "team": {"id": app.team_id, "domain": app.team_domain},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def block_actions(
    ledger: Ledger,
    user: WorkspaceUser,
    action: Json,
    *,
    trigger_id: str,
    response_url: str = "",
    conversation: Conversation | None = None,
    message: Json | None = None,
    view: Json | None = None,
    state: Json | None = None,
) -> Json:
    """A person acted on an element of a message (conversation and message given) or of a view."""
    payload = _outer(ledger, "block_actions", user, trigger_id) | {"actions": [action]}
    if view is not None:
        return payload | {"container": {"type": "view", "view_id": view["id"]}, "view": view}
    assert conversation is not None and message is not None
    ephemeral = bool(message.get("is_ephemeral"))
    container: Json = {
        "type": "message",
        "message_ts": message["ts"],
        "channel_id": conversation.id,
        "is_ephemeral": ephemeral,
    }
    if message.get("thread_ts"):
        container["thread_ts"] = message["thread_ts"]
    payload |= {
        "container": container,
        "channel": {"id": conversation.id, "name": conversation.name or "directmessage"},
        "state": {"values": state or {}},
        "response_url": response_url,
    }
    return payload if ephemeral else payload | {"message": message}


def view_event(ledger: Ledger, user: WorkspaceUser, view: Json, *, kind: str, trigger_id: str) -> Json:
    """`kind`: "view_submission" or "view_closed"."""
    payload = _outer(ledger, kind, user, trigger_id) | {"view": view}
    if kind == "view_closed":
        payload.pop("trigger_id")
        return payload | {"is_cleared": False}
    return payload | {"response_urls": []}


def slash_command(
    ledger: Ledger,
    user: WorkspaceUser,
    conversation: Conversation,
    command: str,
    text: str,
    *,
    trigger_id: str,
    response_url: str,
) -> dict[str, Any]:
    """A slash command as typed in a conversation."""
    app = ledger.app
    name = {"im": "directmessage", "mpim": conversation.name, "group": "privategroup"}.get(
        conversation.kind, conversation.name
    )
    return {
        "token": VERIFICATION,
        "team_id": app.team_id,
        "team_domain": app.team_domain,
        "channel_id": conversation.id,
        "channel_name": name,
        "user_id": user.id,
        "user_name": user.handle,
        "command": command,
        "text": text,
        "api_app_id": app.app_id,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": trigger_id,
    }
