"""Checks a modal or Home view and completes it the way Slack does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from localslack.block_check import check_blocks
from localslack.element_check import at_most, check_text
from localslack.limits import MOST
from localslack.refusals import Json, SlackRefusal

__all__ = ["accepted_view"]


def _problems(view: Json, kind: str) -> Iterator[str]:
    if view.get("type") != kind:
        yield f"[ERROR] unsupported type: {view.get('type')} [json-pointer:/view/type]"
    if not isinstance(view.get("blocks"), list):
        yield "[ERROR] missing required field: blocks [json-pointer:/view/blocks]"
    if kind == "modal":
        yield from check_text(view.get("title"), "view.title", "/view/title")
        for name in ("submit", "close"):
            if view.get(name) is not None:
                yield from check_text(view[name], f"view.{name}", f"/view/{name}")
        has_input = any(b.get("type") == "input" for b in view.get("blocks") or () if isinstance(b, dict))
        if has_input and view.get("submit") is None:
            yield "[ERROR] missing required field: submit, since there are input blocks [json-pointer:/view/submit]"
    for name in ("private_metadata", "callback_id", "external_id"):
        yield from at_most(view.get(name), f"view.{name}", f"/view/{name}")


def accepted_view(value: Any, kind: str) -> Json:
    """The view when Slack would take it. `kind`: "modal" or "home".

    Raises SlackRefusal: invalid_arguments with every reason, view_too_large, or invalid_view_format.
    """
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except json.JSONDecodeError:
            raise SlackRefusal("invalid_arguments", ["[ERROR] view must be JSON [json-pointer:/view]"]) from None
    if not isinstance(value, dict):
        raise SlackRefusal("invalid_arguments", ["[ERROR] missing required field: view [json-pointer:/view]"])
    if len(json.dumps(value, ensure_ascii=False).encode()) > MOST["view.bytes"]:
        raise SlackRefusal("view_too_large")
    problems = list(_problems(value, kind))
    blocks = value.get("blocks")
    if isinstance(blocks, list):
        problems += [
            p.replace("[json-pointer:/blocks", "[json-pointer:/view/blocks") for p in check_blocks(blocks, kind)
        ]
    if problems:
        raise SlackRefusal("invalid_arguments", problems)
    return value
