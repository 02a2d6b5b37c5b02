"""views.*: modals and the Home tab."""

from __future__ import annotations

from localslack.methods.call import Call, Method
from localslack.refusals import Json, SlackRefusal

__all__ = ["METHODS"]


def open_(call: Call) -> Json:
    return {"view": call.views.open(call.hub.use_trigger(call.get("trigger_id")), call.get("view"))}


def push(call: Call) -> Json:
    return {"view": call.views.open(call.hub.use_trigger(call.get("trigger_id")), call.get("view"), push=True)}


def update(call: Call) -> Json:
    return {"view": call.views.update(call.get("view_id"), call.get("external_id"), call.get("view"), call.get("hash"))}


def publish(call: Call) -> Json:
    user = call.need("user_id")
    if user not in call.ledger.users:
        raise SlackRefusal("user_not_found")
    return {"view": call.views.publish(user, call.get("view"), call.get("hash"))}


METHODS: dict[str, Method] = {
    "views.open": open_,
    "views.push": push,
    "views.update": update,
    "views.publish": publish,
}
