"""chat.* and reactions.*: messages written, changed, deleted; and response_url, which writes them too."""

from __future__ import annotations

import uuid

from localslack.arguments import flag, structure
from localslack.block_check import parse_blocks, refuse_bad_message, refuse_bad_metadata
from localslack.hub import Hook, Hub
from localslack.ledger import Conversation, Ledger
from localslack.limits import MOST
from localslack.methods.call import Call, Method
from localslack.refusals import Json, SlackRefusal

__all__ = ["METHODS", "app_message", "content_of", "respond"]


def content_of(arguments: Json) -> Json:
    """text, blocks, attachments and metadata of a message as Slack would keep them. Raises SlackRefusal."""
    text = str(arguments.get("text") or "")
    blocks = parse_blocks(arguments.get("blocks"))
    attachments = structure(arguments.get("attachments")) or []
    if not text.strip() and not blocks and not attachments:
        raise SlackRefusal("no_text")
    if not isinstance(attachments, list) or len(attachments) > MOST["message.attachments"]:
        raise SlackRefusal("too_many_attachments")
    if blocks:
        refuse_bad_message(blocks)
    content: Json = {"text": text[: MOST["message.text"]]}
    if blocks:
        content["blocks"] = [b if b.get("block_id") else b | {"block_id": uuid.uuid4().hex[:5]} for b in blocks]
    if attachments:
        content["attachments"] = attachments
    metadata = refuse_bad_metadata(structure(arguments.get("metadata")))
    if metadata is not None:
        content["metadata"] = metadata
    return content


def app_message(ledger: Ledger, content: Json) -> Json:
    """A message by the app."""
    app = ledger.app
    profile = {"id": app.bot_id, "app_id": app.app_id, "name": app.name, "deleted": False, "team_id": app.team_id}
    return {"user": app.user_id, "bot_id": app.bot_id, "app_id": app.app_id, "bot_profile": profile, **content}


def _author(call: Call, content: Json) -> Json:
    return app_message(call.ledger, content) if call.is_app else {"user": call.ledger.user(call.caller).id, **content}


def _thread(conversation: Conversation, thread_ts: object) -> Json:
    if not thread_ts:
        return {}
    root = conversation.find(str(thread_ts))
    return {"thread_ts": root.get("thread_ts", root["ts"]) if root else str(thread_ts)}


def post_message(call: Call) -> Json:
    conversation = call.conversation()
    content = content_of(call.arguments)
    call.hub.faults.check_rate(conversation.id)
    message = _author(call, content) | _thread(conversation, call.get("thread_ts"))
    if flag(call.get("reply_broadcast")):
        message["subtype"] = "thread_broadcast"
    posted = call.ledger.post(conversation, message)
    call.hub.emit_message(conversation, posted)
    body: Json = {"channel": conversation.id, "ts": posted["ts"], "message": posted}
    if len(str(call.get("text") or "")) > MOST["message.text"]:
        body["response_metadata"] = {"warnings": ["message_truncated"]}
    return body


def post_ephemeral(call: Call) -> Json:
    conversation = call.conversation()
    user = call.need("user")
    if user not in conversation.members:
        raise SlackRefusal("user_not_in_channel")
    message = _author(call, content_of(call.arguments)) | _thread(conversation, call.get("thread_ts"))
    return {"message_ts": call.ledger.post_ephemeral(conversation, user, message)["ts"]}


def _own(call: Call, refusal: str) -> tuple[Conversation, Json]:
    conversation = call.conversation()
    message = conversation.find(call.need("ts"))
    if message is None or message.get("is_ephemeral"):
        raise SlackRefusal("message_not_found")
    if message.get("user") != call.caller:
        raise SlackRefusal(refusal)
    return conversation, message


def _change(hub: Hub, conversation: Conversation, message: Json, content: Json) -> None:
    before = hub.ledger.edit(conversation, message, {"blocks": None, "attachments": None, **content})
    if not message.get("is_ephemeral"):
        hub.emit_changed(conversation, "message_changed", {"message": dict(message), "previous_message": before})


def update(call: Call) -> Json:
    conversation, message = _own(call, "cant_update_message")
    _change(call.hub, conversation, message, content_of(call.arguments))
    return {"channel": conversation.id, "ts": message["ts"], "text": message["text"], "message": message}


def delete(call: Call) -> Json:
    conversation, message = _own(call, "cant_delete_message")
    _delete(call.hub, conversation, message)
    return {"channel": conversation.id, "ts": message["ts"]}


def _delete(hub: Hub, conversation: Conversation, message: Json) -> None:
    hub.ledger.remove(conversation, message)
    if not message.get("is_ephemeral"):
        hub.emit_changed(
            conversation, "message_deleted", {"deleted_ts": message["ts"], "previous_message": dict(message)}
        )


def get_permalink(call: Call) -> Json:
    conversation = call.conversation(member=False)
    ts = call.need("message_ts")
    if conversation.find(ts) is None:
        raise SlackRefusal("message_not_found")
    link = f"https://{call.ledger.app.team_domain}.slack.com/archives/{conversation.id}/p{ts.replace('.', '')}"
    return {"channel": conversation.id, "permalink": link}


def add_reaction(call: Call) -> Json:
    message = call.conversation().find(str(call.get("timestamp")))
    if message is None:
        raise SlackRefusal("message_not_found")
    name = call.need("name").strip(":")
    reactions = message.setdefault("reactions", [])
    entry = next((r for r in reactions if r["name"] == name), None)
    if entry is None:
        entry = {"name": name, "users": [], "count": 0}
        reactions.append(entry)
    if call.caller in entry["users"]:
        raise SlackRefusal("already_reacted")
    entry["users"].append(call.caller)
    entry["count"] += 1
    call.ledger.edit(call.conversation(), message, {})
    return {}


def remove_reaction(call: Call) -> Json:
    message = call.conversation().find(str(call.get("timestamp")))
    name = call.need("name").strip(":")
    if message is None:
        raise SlackRefusal("message_not_found")
    entry = next((r for r in message.get("reactions", []) if r["name"] == name and call.caller in r["users"]), None)
    if entry is None:
        raise SlackRefusal("no_reaction")
    entry["users"].remove(call.caller)
    entry["count"] -= 1
    left = [r for r in message["reactions"] if r["count"]]
    call.ledger.edit(call.conversation(), message, {"reactions": left or None})
    return {}


def respond(hub: Hub, hook: Hook, body: Json) -> None:
    """What a POST to a response_url does. Raises SlackRefusal."""
    ledger = hub.ledger
    conversation = ledger.conversation(hook.conversation)
    original = conversation.find(hook.message_ts) if hook.message_ts else None
    if flag(body.get("delete_original")):
        if original is not None:
            _delete(hub, conversation, original)
        return
    content = content_of(body)
    if flag(body.get("replace_original")) and original is not None:
        _change(hub, conversation, original, content)
        return
    thread_ts = body.get("thread_ts")
    message = app_message(ledger, content) | _thread(conversation, thread_ts)
    if body.get("response_type") == "in_channel":
        hub.emit_message(conversation, ledger.post(conversation, message))
    else:
        ledger.post_ephemeral(conversation, hook.user, message)


METHODS: dict[str, Method] = {
    "chat.postMessage": post_message,
    "chat.postEphemeral": post_ephemeral,
    "chat.update": update,
    "chat.delete": delete,
    "chat.getPermalink": get_permalink,
    "reactions.add": add_reaction,
    "reactions.remove": remove_reaction,
}
