"""conversations.*: opening, listing, members, history."""

from __future__ import annotations

from localslack.arguments import flag, number
from localslack.methods.call import Call, Method, page_of
from localslack.payloads import channel_json
from localslack.refusals import Json, SlackRefusal

__all__ = ["METHODS"]

_TYPES = {"public_channel": "channel", "private_channel": "group", "im": "im", "mpim": "mpim"}


def open_(call: Call) -> Json:
    if call.get("channel"):
        found, already = call.conversation(), True
    else:
        wanted = call.get("users")
        listed = wanted if isinstance(wanted, list) else [u.strip() for u in str(wanted or "").split(",") if u.strip()]
        if not listed:
            raise SlackRefusal("users_list_not_supplied")
        for user in listed:
            if user not in call.ledger.users:
                raise SlackRefusal("user_not_found")
        found, already = call.ledger.direct([*listed, call.caller])
    body: Json = {"channel": {"id": found.id}}
    if flag(call.get("return_im")):
        body["channel"] = channel_json(found, call.caller)
    return body | ({"already_open": True, "no_op": True} if already else {})


def list_(call: Call) -> Json:
    kinds = {_TYPES.get(t.strip(), "") for t in str(call.get("types") or "public_channel").split(",")}
    shown = [
        channel_json(c, call.caller)
        for c in call.ledger.conversations.values()
        if c.kind in kinds and (c.kind == "channel" or call.caller in c.members)
    ]
    page, following = page_of(shown, call.get("cursor"), number(call.get("limit"), 100))
    return {"channels": page, "response_metadata": {"next_cursor": following}}


def info(call: Call) -> Json:
    found = call.conversation(member=False)
    body = channel_json(found, call.caller)
    return {"channel": body | ({"num_members": len(found.members)} if flag(call.get("include_num_members")) else {})}


def members(call: Call) -> Json:
    found = call.conversation(member=False)
    page, following = page_of(found.members, call.get("cursor"), number(call.get("limit"), 100))
    return {"members": page, "response_metadata": {"next_cursor": following}}


def join(call: Call) -> Json:
    found = call.conversation(member=False)
    if call.caller not in found.members:
        found.members.append(call.caller)
    return {"channel": channel_json(found, call.caller)}


def _shown(call: Call, messages: list[Json]) -> list[Json]:
    if flag(call.get("include_all_metadata")):
        return [dict(m) for m in messages]
    return [{k: v for k, v in m.items() if k != "metadata"} for m in messages]


def _within(call: Call, messages: list[Json]) -> list[Json]:
    oldest, latest = str(call.get("oldest") or "0"), str(call.get("latest") or "")
    edge = flag(call.get("inclusive"))
    try:
        low, high = float(oldest), float(latest) if latest else float("inf")
    except ValueError:
        raise SlackRefusal("invalid_ts_oldest") from None
    return [m for m in messages if low < float(m["ts"]) < high or (edge and m["ts"] in (oldest, latest))]


def history(call: Call) -> Json:
    found = call.conversation()
    top = [
        m for m in found.messages if m.get("thread_ts", m["ts"]) == m["ts"] or m.get("subtype") == "thread_broadcast"
    ]
    newest_first = list(reversed(_within(call, top)))
    page, following = page_of(newest_first, call.get("cursor"), min(number(call.get("limit"), 100), 999))
    body: Json = {"messages": _shown(call, page), "has_more": bool(following), "pin_count": 0}
    return body | ({"response_metadata": {"next_cursor": following}} if following else {})


def replies(call: Call) -> Json:
    found = call.conversation()
    ts = call.need("ts")
    if found.find(ts) is None:
        raise SlackRefusal("thread_not_found")
    root, *answers = sorted(
        (m for m in found.messages if ts in (m["ts"], m.get("thread_ts"))), key=lambda m: float(m["ts"])
    )
    page, following = page_of([root, *_within(call, answers)], call.get("cursor"), number(call.get("limit"), 1000))
    body: Json = {"messages": _shown(call, page), "has_more": bool(following)}
    return body | ({"response_metadata": {"next_cursor": following}} if following else {})


METHODS: dict[str, Method] = {
    "conversations.open": open_,
    "conversations.list": list_,
    "conversations.info": info,
    "conversations.members": members,
    "conversations.join": join,
    "conversations.history": history,
    "conversations.replies": replies,
    "users.conversations": list_,
}
