"""auth.* and apps.*: who am I, and where is my socket."""

from __future__ import annotations

from localslack.methods.call import Call, Method
from localslack.refusals import Json, SlackRefusal

__all__ = ["METHODS"]


def api_test(call: Call) -> Json:
    if call.get("error"):
        raise SlackRefusal(str(call.get("error")))
    return {"args": call.arguments}


def auth_test(call: Call) -> Json:
    app = call.ledger.app
    body: Json = {
        "url": f"https://{app.team_domain}.slack.com/",
        "team": app.team_name,
        "team_id": app.team_id,
        "user_id": call.caller,
        "is_enterprise_install": False,
        **({"enterprise_id": app.enterprise_id} if app.enterprise_id else {}),
    }
    if call.is_app:
        return body | {"user": app.name.lower(), "bot_id": app.bot_id}
    return body | {"user": call.ledger.user(call.caller).handle}


def connections_open(call: Call) -> Json:
    if call.kind != "app":
        raise SlackRefusal("not_allowed_token_type")
    ticket = call.hub.socket.new_ticket()
    return {
        "url": f"{call.hub.base_url.replace('http', 'ws', 1)}/link/?ticket={ticket}&app_id={call.ledger.app.app_id}"
    }


METHODS: dict[str, Method] = {"api.test": api_test, "auth.test": auth_test, "apps.connections.open": connections_open}
