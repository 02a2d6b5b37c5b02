"""assistant.*: "is thinking…", the thread's title, suggested prompts."""

from __future__ import annotations

from localslack.arguments import structure
from localslack.ledger import Change
from localslack.limits import MOST
from localslack.methods.call import Call, Method
from localslack.refusals import Json, SlackRefusal

__all__ = ["METHODS"]


def _channel(call: Call) -> str:
    return call.conversation("channel_id").id


def set_status(call: Call) -> Json:
    channel = _channel(call)
    body = {"thread_ts": call.get("thread_ts"), "status": str(call.get("status") or "")}
    call.ledger.announce(Change("status", channel, body))
    return {}


def set_title(call: Call) -> Json:
    _channel(call)
    call.need("title")
    return {}


def set_suggested_prompts(call: Call) -> Json:
    channel = _channel(call)
    prompts = structure(call.get("prompts"))
    if not isinstance(prompts, list) or not 1 <= len(prompts) <= MOST["suggested_prompts"]:
        raise SlackRefusal("invalid_arguments", [f"[ERROR] prompts must have 1 to {MOST['suggested_prompts']} items"])
    if not all(isinstance(p, dict) and p.get("title") and p.get("message") for p in prompts):
        raise SlackRefusal("invalid_arguments", ["[ERROR] every prompt needs a title and a message"])
    call.ledger.announce(Change("prompts", channel, {"title": call.get("title") or "", "prompts": prompts}))
    return {}


METHODS: dict[str, Method] = {
    "assistant.threads.setStatus": set_status,
    "assistant.threads.setTitle": set_title,
    "assistant.threads.setSuggestedPrompts": set_suggested_prompts,
}
