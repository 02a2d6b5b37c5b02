"""What a person entered in an element, as Slack's payloads write it: `state.values` and the `actions` entry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localslack.element_check import interactive_elements
from localslack.refusals import Json

__all__ = ["action_of", "all_options", "element_state", "state_values"]

_SELECTED = {
    "static_select": "option",
    "external_select": "option",
    "radio_buttons": "option",
    "overflow": "option",
    "multi_static_select": "options",
    "multi_external_select": "options",
    "checkboxes": "options",
    "users_select": "user",
    "multi_users_select": "users",
    "conversations_select": "conversation",
    "multi_conversations_select": "conversations",
    "channels_select": "channel",
    "multi_channels_select": "channels",
    "datepicker": "date",
    "timepicker": "time",
    "datetimepicker": "date_time",
}


def all_options(element: Json) -> list[Json]:
    """The options of a select, groups flattened."""
    grouped = [option for group in element.get("option_groups") or () for option in group.get("options") or ()]
    return [*(element.get("options") or ()), *grouped]


def _option(element: Json, value: Any) -> Json | None:
    """The option with this value, or with this text."""
    for option in all_options(element):
        if value in (option.get("value"), option["text"]["text"]):
            return option
    return None


def element_state(element: Json, value: Any) -> Json:
    """The element's state with `value` entered; `value` None: as it started. Options are named by value or by text."""
    kind = element["type"]
    part = _SELECTED.get(kind)
    if part is None:
        given = element.get("initial_value") if value is None else value
        return {"type": kind, "value": None if given in (None, "") else str(given)}
    field = f"selected_{part}"
    if value is None:
        empty: Any = [] if part.endswith("s") else None
        return {"type": kind, field: element.get(f"initial_{part}", empty)}
    if part == "option":
        return {"type": kind, field: _option(element, value)}
    if part == "options":
        return {"type": kind, field: [found for v in value if (found := _option(element, v)) is not None]}
    return {"type": kind, field: value}


def state_values(blocks: list[Json], entered: Mapping[str, Any]) -> Json:
    """`state.values` of a surface. `entered` maps an action_id, a block_id, or "block_id/action_id" to what was
    entered."""
    values: Json = {}
    for block in blocks:
        for element in interactive_elements(block):
            if element["type"] in ("button", "overflow", "feedback_buttons", "icon_button"):
                continue
            block_id, action_id = block.get("block_id", ""), element.get("action_id", "")
            keys = (f"{block_id}/{action_id}", action_id, block_id)
            value = next((entered[key] for key in keys if key in entered), None)
            values.setdefault(block_id, {})[action_id] = element_state(element, value)
    return values


def action_of(block: Json, element: Json, value: Any, action_ts: str) -> Json:
    """The entry of `actions` for this element. `value`: what was chosen; nothing for a button."""
    kind = element["type"]
    action: Json = {"type": kind, "action_id": element.get("action_id", ""), "block_id": block.get("block_id", "")}
    action["action_ts"] = action_ts
    if kind == "button":
        action |= {name: element[name] for name in ("text", "value", "style", "url") if name in element}
    elif kind == "feedback_buttons":
        chosen = (
            element["negative_button"]
            if value == element["negative_button"].get("value")
            else element["positive_button"]
        )
        action |= {"value": chosen.get("value"), "text": chosen.get("text")}
    elif kind == "icon_button":
        action |= {"value": element.get("value")}
    else:
        action |= element_state(element, value)
    return action
