"""The one door to Block Kit: a facade over slackblocks that closes its gaps and gives plain dictionaries.

What slackblocks lets through and Slack refuses is settled here: two tables in a message, ragged rows, empty cells, too
many characters in tables or in the whole message, not-a-number and Decimal, random block ids, unescaped text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from slackblocks import blocks as sb
from slackblocks import elements as se
from slackblocks import objects as so
from slackblocks.rich_text.objects import RichTextObject

from bot.render.cells import Cell, finite

__all__ = [
    "Block",
    "Button",
    "actions",
    "clip",
    "context",
    "data_table",
    "escape",
    "feedback",
    "fields",
    "header",
    "message_blocks",
    "preformatted",
    "section",
    "text_size",
]

Block = dict[str, Any]

SECTION_CHARS = 3000
HEADER_CHARS = 150
SECTION_FIELDS = 10
FIELD_CHARS = 2000
CONTEXT_ELEMENTS = 10
BUTTONS = 25
BUTTON_CHARS = 75
VALUE_CHARS = 2000
TABLE_COLUMNS = 20
TABLE_DATA_ROWS = 99  # with the header 100: the limit of `table`, so both kinds of table show the same rows
TABLE_CHARS = 9000  # a whole message was refused near 13,200 characters; the words around the table need the rest
CELL_CHARS = 200
CAPTION_CHARS = 500
MESSAGE_BLOCKS = 50
MESSAGE_CHARS = 12_500
MESSAGE_CHARTS = 2
PAGE_SIZE = 10
ONE_PAGE = 20  # so many rows need no pages: the newest month of a year is not hidden


@dataclass(frozen=True, slots=True)
class Button:
    """`value` at most 2,000 characters (callers keep longer ones in the state)."""

    text: str
    action_id: str
    value: str = ""
    style: Literal["primary", "danger"] | None = None


def escape(text: str) -> str:
    """Disarm mrkdwn: `<!channel>`, `<@U1>` and links become the characters they are.

    >>> escape("R&D <!channel>")
    'R&amp;D &lt;!channel&gt;'
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def clip(text: str, most: int) -> str:
    """At most `most` characters, the cut marked; never cuts inside an entity made by `escape`."""
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    entity = cut.rfind("&")
    if entity >= 0 and ";" not in cut[entity:] and len(cut) - entity < 5:
        cut = cut[:entity]
    return cut + "…"


def section(mrkdwn: str) -> Block:
    """A paragraph. `mrkdwn` has its data values escaped already."""
    text = so.Text(clip(mrkdwn, SECTION_CHARS) or " ", so.TextType.MARKDOWN, verbatim=True)
    return _plain(sb.SectionBlock(text, block_id="_"))


def fields(pairs: Sequence[tuple[str, str]]) -> list[Block]:
    """Label over value, side by side, ten to a block. Plain texts: they are escaped here."""
    blocks = []
    for start in range(0, len(pairs), SECTION_FIELDS):
        texts: list[str | so.Text] = [
            so.Text(clip(f"*{escape(label)}*\n{escape(value)}", FIELD_CHARS), so.TextType.MARKDOWN, verbatim=True)
            for label, value in pairs[start : start + SECTION_FIELDS]
        ]
        blocks.append(_plain(sb.SectionBlock(fields=texts, block_id="_")))
    return blocks


def header(text: str) -> Block:
    return _plain(sb.HeaderBlock(so.Text(clip(text, HEADER_CHARS) or " ", so.TextType.PLAINTEXT), block_id="_"))


def preformatted(text: str, *, most: int = SECTION_CHARS - 10) -> Block:
    """A code block; a fence inside the text cannot close it."""
    safe = escape(text).replace("```", "ʼʼʼ")
    return section("```\n" + clip(safe, most) + "\n```")


def context(lines: Sequence[str]) -> list[Block]:
    """Small grey lines of mrkdwn, ten to a block."""
    blocks = []
    kept = [line for line in lines if line.strip()]
    for start in range(0, len(kept), CONTEXT_ELEMENTS):
        texts: list[se.Element | so.CompositionObject] = [
            so.Text(clip(t, SECTION_CHARS), so.TextType.MARKDOWN, verbatim=True)
            for t in kept[start : start + CONTEXT_ELEMENTS]
        ]
        blocks.append(_plain(sb.ContextBlock(texts, block_id="_")))
    return blocks


def actions(buttons: Sequence[Button]) -> list[Block]:
    """A row of buttons; nothing when there are none."""
    elements: list[se.Element] = [
        se.Button(
            text=so.Text(clip(b.text, BUTTON_CHARS), so.TextType.PLAINTEXT, emoji=True),
            action_id=b.action_id,
            value=b.value or None,
            style=b.style,
        )
        for b in buttons[:BUTTONS]
        if len(b.value) <= VALUE_CHARS
    ]
    return [_plain(sb.ActionsBlock(elements, block_id="_"))] if elements else []


def feedback(action_id: str, good: tuple[str, str], bad: tuple[str, str], value: str) -> Block:
    """👍/👎; each of `good` and `bad` is (text, label read aloud). The value gets ":up" or ":down"."""
    up = se.FeedbackButton(so.Text(good[0], so.TextType.PLAINTEXT), f"{value}:up", clip(good[1], BUTTON_CHARS))
    down = se.FeedbackButton(so.Text(bad[0], so.TextType.PLAINTEXT), f"{value}:down", clip(bad[1], BUTTON_CHARS))
    return _plain(sb.ContextActionsBlock([se.FeedbackButtons(up, down, action_id=action_id)], block_id="_"))


def data_table(
    head: Sequence[str], rows: Sequence[Sequence[Cell]], caption: str, *, simple: bool = False
) -> tuple[Block | None, int]:
    """A table and how many of the rows it holds (cut at the limits). None when there are no rows or columns.

    `simple` makes the older `table` block: shown by every client, not sortable.
    """
    width = min(len(head), TABLE_COLUMNS)
    if width == 0:
        return None, 0
    names = [clip(_cell_text(name), CELL_CHARS) for name in head[:width]]
    size = sum(len(name) for name in names)
    body: list[list[Cell]] = []
    for row in rows[:TABLE_DATA_ROWS]:
        cells = [*row[:width], *(Cell("") for _ in range(width - len(row)))]  # ragged rows are filled up
        cells = [Cell(clip(_cell_text(c.text), CELL_CHARS), c.number) for c in cells]
        size += sum(len(c.text) for c in cells)
        if size > TABLE_CHARS:
            break
        body.append(cells)
    if not body:
        return None, 0
    caption = clip(caption.strip() or "-", CAPTION_CHARS)
    return (_simple_table(names, body) if simple else _sortable_table(names, body, caption)), len(body)


def _simple_table(names: Sequence[str], body: Sequence[Sequence[Cell]]) -> Block:
    rows: list[list[so.RawText | RichTextObject]] = [[so.RawText(name) for name in names]]
    for row in body:
        rows.append([so.RawText(cell.text) for cell in row])
    aligned = [
        so.ColumnSettings(align="right" if _numeric(body, i) else "left", is_wrapped=False) for i in range(len(names))
    ]
    return _plain(sb.TableBlock(rows, column_settings=aligned, block_id="_"))


def _sortable_table(names: Sequence[str], body: Sequence[Sequence[Cell]], caption: str) -> Block:
    rows: list[list[so.RawText | so.RawNumber | sb.RichTextBlock]] = [[so.RawText(name) for name in names]]
    for row in body:
        rows.append([_raw(cell) for cell in row])
    return _plain(
        sb.DataTableBlock(
            rows, caption=caption, page_size=len(body) if len(body) <= ONE_PAGE else PAGE_SIZE, block_id="_"
        )
    )


def message_blocks(blocks: Sequence[Block], *, prefix: str = "b") -> list[Block]:
    """Blocks of one message, within the limits of a message and with ids that are the same every time.

    Cuts at 50 blocks, one table and two charts, and leaves out tables and charts first when there are too many
    characters.
    """
    kept: list[tuple[Block, int]] = []  # each with its characters
    tables = charts = 0
    for block in blocks:
        if block["type"] in ("table", "data_table"):
            tables += 1
            if tables > 1:
                continue
        if block["type"] == "data_visualization":
            charts += 1
            if charts > MESSAGE_CHARTS:
                continue
        kept.append((block, text_size(block)))
    for heavy in ("table", "data_table", "data_visualization"):
        if sum(size for _, size in kept) > MESSAGE_CHARS:
            kept = [(b, size) for b, size in kept if b["type"] != heavy]
    while len(kept) > 1 and sum(size for _, size in kept) > MESSAGE_CHARS:
        kept.pop(max(range(1, len(kept)), key=lambda i: kept[i][1]))
    return [
        {**block, "block_id": f"{prefix}{n}.{block['type']}"}
        for n, (block, _) in enumerate(kept[:MESSAGE_BLOCKS], start=1)
    ]


def text_size(value: Any) -> int:
    """Characters that Slack counts: every text, title, label and caption inside."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(
            text_size(inner)
            for key, inner in value.items()
            if key in ("text", "title", "caption", "name", "label", "categories") or isinstance(inner, dict | list)
        )
    return sum(text_size(inner) for inner in value) if isinstance(value, list) else 0


def _plain(block: sb.Block) -> Block:
    made: Block = block._resolve()
    return made


def _raw(cell: Cell) -> so.RawText | so.RawNumber:
    number = finite(cell.number)
    return so.RawText(cell.text) if number is None else so.RawNumber(number, cell.text)


def _cell_text(text: str) -> str:
    return " ".join(text.split()) or "–"


def _numeric(body: Sequence[Sequence[Cell]], column: int) -> bool:
    return any(row[column].number is not None for row in body)
