"""What an admin is told about the data itself: a load that is held back, a file that is damaged."""

from __future__ import annotations

from bot.render.answer import Post
from bot.render.blocks import escape, message_blocks, section
from bot.wording import Words
from bot.wording.differences import difference_lines
from bot.wording.digests import tell
from schedules.messages import DataNotice

__all__ = ["data_post"]


def data_post(words: Words, notice: DataNotice) -> Post:
    language = words.language
    date = words.date(notice.data_through) if notice.data_through else tell(language, "diff.never")
    if notice.about == "blocked":
        lines = [tell(language, "blocked.title")]
        lines += [f"• {escape(line)}" for line in difference_lines(notice.differences, language)]
        lines += [tell(language, "blocked.serves", date=date), tell(language, "blocked.how", id=notice.id)]
    else:
        lines = [tell(language, "damaged.title", file=escape(notice.file), why=escape(notice.why))]
        lines += [tell(language, "damaged.serves", date=date)]
    blocks = tuple(message_blocks([section("\n".join(lines))]))
    return Post("\n".join(lines), blocks, blocks)
