"""users.*: people with their time zone, language and e-mail."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from localslack.arguments import flag, number
from localslack.methods.call import Call, Method, page_of
from localslack.payloads import user_json
from localslack.refusals import Json, SlackRefusal
from localslack.roster import WorkspaceUser

__all__ = ["METHODS", "describe_user"]


def describe_user(call: Call, user: WorkspaceUser, *, locale: bool) -> Json:
    """A user object with the offset of the person's zone at the workspace's clock."""
    try:
        offset = dt.datetime.fromtimestamp(call.ledger.clock(), ZoneInfo(user.tz)).utcoffset()
    except (ZoneInfoNotFoundError, ValueError):
        offset = None
    seconds = int(offset.total_seconds()) if offset is not None else 0
    return user_json(user, team_id=call.ledger.app.team_id, offset_s=seconds, include_locale=locale)


def _app_user(call: Call) -> Json:
    app = call.ledger.app
    return user_json(WorkspaceUser(app.user_id, app.name), team_id=app.team_id, offset_s=0, include_locale=False) | {
        "is_bot": True,
        "name": app.name.lower(),
    }


def info(call: Call) -> Json:
    if call.get("user") == call.ledger.app.user_id:
        return {"user": _app_user(call)}
    return {"user": describe_user(call, call.ledger.user(call.get("user")), locale=flag(call.get("include_locale")))}


def list_(call: Call) -> Json:
    everyone = [describe_user(call, u, locale=flag(call.get("include_locale"))) for u in call.ledger.users.values()]
    page, following = page_of([*everyone, _app_user(call)], call.get("cursor"), number(call.get("limit"), 1000))
    return {"members": page, "response_metadata": {"next_cursor": following}}


def lookup_by_email(call: Call) -> Json:
    wanted = call.need("email").casefold()
    for user in call.ledger.users.values():
        here = not user.team_id or user.team_id == call.ledger.app.team_id
        if here and not user.deleted and user.email and user.email.casefold() == wanted:
            return {"user": describe_user(call, user, locale=False)}
    raise SlackRefusal("users_not_found")


METHODS: dict[str, Method] = {"users.info": info, "users.list": list_, "users.lookupByEmail": lookup_by_email}
