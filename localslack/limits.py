"""Slack's limits as one table. What checks them (`block_check`, `view_check`) and what the bot's renderer believes are
two separate readings of Slack's documentation on purpose: each finds the other's slips.

Where two sources disagree the stricter number stands here. Lengths are in characters, counts in items.
"""

from __future__ import annotations

__all__ = ["MOST", "SURFACES"]

MOST: dict[str, int] = {
    # surfaces
    "message.blocks": 50,
    "modal.blocks": 100,
    "home.blocks": 100,
    "message.text": 40_000,  # cut, not refused
    "message.blocks_characters": 13_200,  # msg_blocks_too_long; data tables have their own total
    "message.markdown": 12_000,
    "message.tables": 1,
    "message.data_table_characters": 20_000,
    "message.data_visualizations": 2,
    "message.attachments": 100,
    "message.metadata": 16_000,
    # blocks
    "block_id": 255,
    "section.text": 3_000,
    "section.fields": 10,
    "section.field": 2_000,
    "header.text": 150,
    "context.elements": 10,
    "context.text": 3_000,
    "actions.elements": 25,
    "context_actions.elements": 5,
    "image.url": 3_000,
    "image.alt_text": 2_000,
    "image.title": 2_000,
    "input.label": 2_000,
    "input.hint": 2_000,
    "table.rows": 100,
    "table.columns": 20,
    "table.column_settings": 20,
    "data_table.rows": 201,
    "data_table.columns": 20,
    "data_table.page_size": 100,
    "data_visualization.title": 50,
    "data_visualization.series": 6,
    "data_visualization.segments": 6,
    "data_visualization.categories": 20,
    "data_visualization.name": 20,
    "data_visualization.label": 20,
    "data_visualization.axis_label": 50,
    # elements and composition objects
    "action_id": 255,
    "button.text": 75,
    "button.value": 2_000,
    "button.url": 3_000,
    "button.accessibility_label": 75,
    "placeholder": 150,
    "select.options": 100,
    "select.option_groups": 100,
    "overflow.options": 5,
    "radio_buttons.options": 10,
    "checkboxes.options": 10,
    "option.text": 75,
    "option.value": 150,
    "option.description": 75,
    "option_group.label": 75,
    "confirm.title": 100,
    "confirm.text": 300,
    "confirm.button": 30,
    "plain_text_input.length": 3_000,
    # views
    "view.title": 24,
    "view.submit": 24,
    "view.close": 24,
    "view.private_metadata": 3_000,
    "view.callback_id": 255,
    "view.external_id": 255,
    "view.bytes": 250_000,
    # assistant
    "suggested_prompts": 4,
}

_EVERYWHERE = {"actions", "card", "context", "divider", "header", "image", "input", "rich_text", "section", "video"}
SURFACES: dict[str, frozenset[str]] = {
    "message": frozenset(
        _EVERYWHERE
        | {
            "carousel",
            "container",
            "context_actions",
            "data_table",
            "data_visualization",
            "file",
            "markdown",
            "plan",
            "table",
            "task_card",
        }
    ),
    "modal": frozenset(_EVERYWHERE | {"alert"}),
    "home": frozenset(_EVERYWHERE | {"carousel", "container", "data_table", "data_visualization", "table"}),
}
