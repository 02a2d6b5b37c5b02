"""Checks text objects, options and interactive elements against Slack's limits. Each check yields Slack-style
sentences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from localslack.limits import MOST

__all__ = ["at_most", "check_element", "check_text", "count", "interactive_elements", "required_text"]

_SELECTS = {
    "static_select",
    "multi_static_select",
    "external_select",
    "multi_external_select",
    "users_select",
    "multi_users_select",
    "conversations_select",
    "multi_conversations_select",
    "channels_select",
    "multi_channels_select",
}
_PLAIN = {
    "datepicker",
    "timepicker",
    "datetimepicker",
    "number_input",
    "email_text_input",
    "url_text_input",
    "rich_text_input",
}
_OWN = {
    "button",
    "overflow",
    "radio_buttons",
    "checkboxes",
    "plain_text_input",
    "feedback_buttons",
    "icon_button",
    "image",
}
_INPUT_ONLY = {
    "plain_text_input",
    "number_input",
    "email_text_input",
    "url_text_input",
    "rich_text_input",
    "file_input",
}
_NOT_IN_ACTIONS = _INPUT_ONLY | {"image"}


def _say(what: str, at: str) -> str:
    return f"[ERROR] {what} [json-pointer:{at}]"


def at_most(value: Any, limit: str, at: str) -> Iterator[str]:
    """`value` (a string) is no longer than MOST[limit]."""
    if isinstance(value, str) and len(value) > MOST[limit]:
        yield _say(f"must be less than {MOST[limit] + 1} characters", at)


def count(items: Any, limit: str, at: str, *, least: int = 1) -> Iterator[str]:
    """`items` is a list of `least` to MOST[limit] items."""
    if not isinstance(items, list):
        yield _say("must be an array", at)
    elif len(items) > MOST[limit]:
        yield _say(f"no more than {MOST[limit]} items allowed", at)
    elif len(items) < least:
        yield _say(f"no less than {least} items allowed", at)


def required_text(value: Any, limit: str, at: str) -> Iterator[str]:
    """A plain string that must be there, not empty, and no longer than the limit."""
    if not isinstance(value, str) or not value:
        yield _say("missing required field or empty string", at)
    else:
        yield from at_most(value, limit, at)


def check_text(text: Any, limit: str, at: str, *, kinds: tuple[str, ...] = ("plain_text",)) -> Iterator[str]:
    """A text object `{"type": "plain_text"|"mrkdwn", "text": …}`."""
    if not isinstance(text, dict):
        yield _say("missing required field: text object", at)
        return
    if text.get("type") not in kinds:
        yield _say(f"unsupported type: {text.get('type')}; must be one of {', '.join(kinds)}", f"{at}/type")
    content = text.get("text")
    if not isinstance(content, str):
        yield _say("missing required field: text", f"{at}/text")
    elif not content:
        yield _say("must be more than 0 characters", f"{at}/text")
    else:
        yield from at_most(content, limit, f"{at}/text")


def _options(element: dict[str, Any], limit: str, at: str) -> Iterator[str]:
    options = element.get("options")
    yield from count(options, limit, f"{at}/options")
    for i, option in enumerate(options if isinstance(options, list) else ()):
        here = f"{at}/options/{i}"
        if not isinstance(option, dict):
            yield _say("must be an object", here)
            continue
        yield from check_text(option.get("text"), "option.text", f"{here}/text", kinds=("plain_text", "mrkdwn"))
        yield from required_text(option.get("value"), "option.value", f"{here}/value")
        if "description" in option:
            yield from check_text(
                option["description"], "option.description", f"{here}/description", kinds=("plain_text", "mrkdwn")
            )


def _select(element: dict[str, Any], at: str) -> Iterator[str]:
    if element["type"].endswith("static_select"):
        groups = element.get("option_groups")
        if groups is not None:
            yield from count(groups, "select.option_groups", f"{at}/option_groups")
            for i, group in enumerate(groups if isinstance(groups, list) else ()):
                yield from check_text(group.get("label"), "option_group.label", f"{at}/option_groups/{i}/label")
                yield from _options(group, "select.options", f"{at}/option_groups/{i}")
        else:
            yield from _options(element, "select.options", at)
        chosen = element.get("initial_option")
        if chosen is not None and not any(chosen == option for option in _all_options(element)):
            yield _say("initial_option must be one of the options", f"{at}/initial_option")


def _all_options(element: dict[str, Any]) -> list[Any]:
    listed = list(element.get("options") or ())
    for group in element.get("option_groups") or ():
        listed.extend(group.get("options") or ())
    return listed


def _confirm(confirm: Any, at: str) -> Iterator[str]:
    if not isinstance(confirm, dict):
        yield _say("must be an object", at)
        return
    yield from check_text(confirm.get("title"), "confirm.title", f"{at}/title")
    yield from check_text(confirm.get("text"), "confirm.text", f"{at}/text", kinds=("plain_text", "mrkdwn"))
    for name in ("confirm", "deny"):
        if name in confirm:
            yield from check_text(confirm[name], "confirm.button", f"{at}/{name}")


def check_element(element: Any, at: str, *, place: str) -> Iterator[str]:
    """One interactive element. `place` is the block it sits in: "actions", "section", "input", "context_actions"."""
    if not isinstance(element, dict):
        yield _say("must be an object", at)
        return
    kind = element.get("type")
    if kind not in _SELECTS | _PLAIN | _OWN:
        yield _say(f"unsupported type: {kind}", f"{at}/type")
        return
    if (place in ("actions", "section") and kind in _INPUT_ONLY) or (place == "actions" and kind in _NOT_IN_ACTIONS):
        yield _say(f"unsupported type: {kind}", f"{at}/type")
    if place == "input" and kind in ("button", "overflow", "image"):
        yield _say(f"unsupported type: {kind}", f"{at}/type")
    yield from at_most(element.get("action_id"), "action_id", f"{at}/action_id")
    if "placeholder" in element:
        yield from check_text(element["placeholder"], "placeholder", f"{at}/placeholder")
    if "confirm" in element:
        yield from _confirm(element["confirm"], f"{at}/confirm")
    match kind:
        case "button":
            yield from check_text(element.get("text"), "button.text", f"{at}/text")
            yield from at_most(element.get("value"), "button.value", f"{at}/value")
            yield from at_most(element.get("url"), "button.url", f"{at}/url")
            yield from at_most(
                element.get("accessibility_label"), "button.accessibility_label", f"{at}/accessibility_label"
            )
            if element.get("style") not in (None, "primary", "danger"):
                yield _say("style must be primary or danger", f"{at}/style")
        case "overflow" | "radio_buttons" | "checkboxes":
            yield from _options(element, f"{kind}.options", at)
        case "image":
            yield from required_text(element.get("alt_text"), "image.alt_text", f"{at}/alt_text")
        case "plain_text_input":
            for name in ("min_length", "max_length"):
                if isinstance(element.get(name), int) and element[name] > MOST["plain_text_input.length"]:
                    yield _say(f"must be at most {MOST['plain_text_input.length']}", f"{at}/{name}")
        case "feedback_buttons":
            for name in ("positive_button", "negative_button"):
                button = element.get(name)
                here = f"{at}/{name}"
                if not isinstance(button, dict):
                    yield _say(f"missing required field: {name}", here)
                    continue
                yield from check_text(button.get("text"), "button.text", f"{here}/text")
                yield from required_text(button.get("value"), "button.value", f"{here}/value")
        case _ if kind in _SELECTS:
            yield from _select(element, at)


def interactive_elements(block: dict[str, Any]) -> list[dict[str, Any]]:
    """Every element of a block that a person can act on, in order."""
    found: list[dict[str, Any]] = []
    match block.get("type"):
        case "actions" | "context_actions":
            found = [e for e in block.get("elements") or () if isinstance(e, dict)]
        case "section":
            found = [block["accessory"]] if isinstance(block.get("accessory"), dict) else []
        case "input":
            found = [block["element"]] if isinstance(block.get("element"), dict) else []
    return [e for e in found if e.get("type") != "image"]
