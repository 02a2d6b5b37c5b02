"""Checks the blocks of a message, a modal or a Home tab as Slack does, and gives Slack's answer when they are wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from localslack.element_check import at_most, check_element, check_text, count, interactive_elements, required_text
from localslack.limits import MOST, SURFACES
from localslack.refusals import SlackRefusal
from localslack.table_check import (
    check_data_table,
    check_data_visualization,
    check_table,
    rich_text_length,
    table_length,
)

__all__ = ["check_blocks", "parse_blocks", "refuse_bad_message", "refuse_bad_metadata"]

_ANY = ("plain_text", "mrkdwn")


def _say(what: str, at: str) -> str:
    return f"[ERROR] {what} [json-pointer:{at}]"


def parse_blocks(value: Any) -> list[dict[str, Any]] | None:
    """Blocks as sent: a list, JSON text of a list, or nothing. Raises SlackRefusal("invalid_blocks_format")."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except json.JSONDecodeError:
            raise SlackRefusal("invalid_blocks_format") from None
    if not isinstance(value, list) or not all(isinstance(block, dict) for block in value):
        raise SlackRefusal("invalid_blocks_format")
    return value


def check_blocks(blocks: list[dict[str, Any]], surface: str) -> Iterator[str]:
    """Every sentence Slack would say about these blocks. `surface`: "message", "modal" or "home"."""
    yield from count(blocks, f"{surface}.blocks", "/blocks", least=0)
    ids: set[str] = set()
    for i, block in enumerate(blocks):
        at = f"/blocks/{i}"
        kind = block.get("type")
        if kind not in SURFACES[surface]:
            yield _say(f"unsupported type: {kind}", f"{at}/type")
            continue
        block_id = block.get("block_id")
        yield from at_most(block_id, "block_id", f"{at}/block_id")
        if block_id is not None:
            if block_id in ids:
                yield _say(f"block_id already exists: {block_id}", f"{at}/block_id")
            ids.add(block_id)
        actions = [e["action_id"] for e in interactive_elements(block) if e.get("action_id")]
        for action_id in sorted({a for a in actions if actions.count(a) > 1}):
            yield _say(f"`action_id` {action_id} already exists in the block", at)
        yield from _check_block(block, at)
    yield from _check_totals(blocks)


def _check_block(block: dict[str, Any], at: str) -> Iterator[str]:
    match block["type"]:
        case "section":
            yield from _section(block, at)
        case "header":
            yield from check_text(block.get("text"), "header.text", f"{at}/text")
        case "context":
            yield from count(block.get("elements"), "context.elements", f"{at}/elements")
            for i, element in enumerate(block.get("elements") or ()):
                if isinstance(element, dict) and element.get("type") == "image":
                    yield from required_text(element.get("alt_text"), "image.alt_text", f"{at}/elements/{i}/alt_text")
                else:
                    yield from check_text(element, "context.text", f"{at}/elements/{i}", kinds=_ANY)
        case "actions" | "context_actions":
            yield from count(block.get("elements"), f"{block['type']}.elements", f"{at}/elements")
            for i, element in enumerate(block.get("elements") or ()):
                yield from check_element(element, f"{at}/elements/{i}", place=block["type"])
        case "input":
            yield from check_text(block.get("label"), "input.label", f"{at}/label")
            if "hint" in block:
                yield from check_text(block["hint"], "input.hint", f"{at}/hint")
            yield from check_element(block.get("element"), f"{at}/element", place="input")
        case "image":
            yield from required_text(block.get("alt_text"), "image.alt_text", f"{at}/alt_text")
            if "slack_file" not in block:
                yield from required_text(block.get("image_url"), "image.url", f"{at}/image_url")
            if "title" in block:
                yield from check_text(block["title"], "image.title", f"{at}/title")
        case "rich_text":
            if not isinstance(block.get("elements"), list):
                yield _say("missing required field: elements", f"{at}/elements")
        case "markdown":
            yield from required_text(block.get("text"), "message.markdown", f"{at}/text")
        case "table":
            yield from check_table(block, at)
        case "data_table":
            yield from check_data_table(block, at)
        case "data_visualization":
            yield from check_data_visualization(block, at)


def _section(block: dict[str, Any], at: str) -> Iterator[str]:
    fields = block.get("fields")
    if block.get("text") is None and not fields:
        yield _say("missing required field: text or fields", at)
    if block.get("text") is not None:
        yield from check_text(block["text"], "section.text", f"{at}/text", kinds=_ANY)
    if fields is not None:
        yield from count(fields, "section.fields", f"{at}/fields")
        for i, field in enumerate(fields if isinstance(fields, list) else ()):
            yield from check_text(field, "section.field", f"{at}/fields/{i}", kinds=_ANY)
    if "accessory" in block:
        yield from check_element(block["accessory"], f"{at}/accessory", place="section")


def _check_totals(blocks: list[dict[str, Any]]) -> Iterator[str]:
    kinds = [block.get("type") for block in blocks]
    if kinds.count("table") > MOST["message.tables"]:
        yield _say("only one table is allowed per message (only_one_table_allowed)", "/blocks")
    if kinds.count("data_visualization") > MOST["message.data_visualizations"]:
        yield _say(f"no more than {MOST['message.data_visualizations']} data_visualization blocks allowed", "/blocks")
    markdown = sum(len(str(b.get("text", ""))) for b in blocks if b.get("type") == "markdown")
    if markdown > MOST["message.markdown"]:
        yield _say(f"markdown blocks must be less than {MOST['message.markdown'] + 1} characters in all", "/blocks")
    cells = sum(table_length(b) for b in blocks if b.get("type") == "data_table")
    if cells > MOST["message.data_table_characters"]:
        yield _say(
            f"data tables must be less than {MOST['message.data_table_characters'] + 1} characters in all", "/blocks"
        )


def _characters(node: Any) -> int:
    """Text a reader would see in a tree of blocks, data tables left out (they have a total of their own)."""
    if isinstance(node, list):
        return sum(map(_characters, node))
    if not isinstance(node, dict) or node.get("type") == "data_table":
        return 0
    if node.get("type") == "table":
        return table_length(node)
    if node.get("type") == "rich_text":
        return rich_text_length(node)
    total = len(node["text"]) if isinstance(node.get("text"), str) else 0
    return total + sum(
        _characters(value) for key, value in node.items() if key != "options" and isinstance(value, dict | list)
    )


def refuse_bad_message(blocks: list[dict[str, Any]]) -> None:
    """Raises SlackRefusal: `invalid_blocks` with every reason, or `msg_blocks_too_long`."""
    problems = list(check_blocks(blocks, "message"))
    if problems:
        raise SlackRefusal("invalid_blocks", problems)
    if _characters(blocks) > MOST["message.blocks_characters"]:
        raise SlackRefusal("msg_blocks_too_long")


def refuse_bad_metadata(metadata: Any) -> dict[str, Any] | None:
    """Message metadata as sent: an object or its JSON text. Raises SlackRefusal for a wrong shape or size."""
    if metadata in (None, ""):
        return None
    if isinstance(metadata, str):
        try:
            metadata = json.loads(metadata)
        except json.JSONDecodeError:
            raise SlackRefusal("invalid_metadata_format") from None
    if not isinstance(metadata, dict) or not isinstance(metadata.get("event_type"), str):
        raise SlackRefusal("invalid_metadata_schema")
    if not isinstance(metadata.get("event_payload"), dict):
        raise SlackRefusal("invalid_metadata_schema")
    if len(json.dumps(metadata)) > MOST["message.metadata"]:
        raise SlackRefusal("metadata_too_large")
    return metadata
