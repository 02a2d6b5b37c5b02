"""The arguments of a Web API call, however they were sent: query, form, multipart, JSON, or an empty JSON body."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from localslack.refusals import Json, SlackRefusal

__all__ = ["flag", "number", "read_arguments", "structure"]


async def read_arguments(request: web.Request) -> tuple[str | None, Json]:
    """(token, arguments). The token comes from the Authorization header or the `token` argument.

    Raises SlackRefusal: invalid_json, json_not_object.
    """
    arguments: Json = dict(request.query)
    if request.method == "POST":
        if request.content_type == "application/json":
            text = await request.text()
            if text.strip():
                try:
                    body = json.loads(text)
                except json.JSONDecodeError:
                    raise SlackRefusal("invalid_json") from None
                if not isinstance(body, dict):
                    raise SlackRefusal("json_not_object")
                arguments |= body
        else:
            arguments |= {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    given = arguments.pop("token", None)
    return (token.strip() if scheme.lower() == "bearer" and token else given), arguments


def flag(value: Any) -> bool:
    """A boolean argument: JSON true, "true" or "1"."""
    return value is True or str(value).lower() in ("true", "1")


def number(value: Any, otherwise: int) -> int:
    """An integer argument. Raises SlackRefusal("invalid_arguments")."""
    if value in (None, ""):
        return otherwise
    try:
        return int(value)
    except (TypeError, ValueError):
        raise SlackRefusal("invalid_arguments") from None


def structure(value: Any) -> Any:
    """A structured argument: as it is, or parsed when it came as JSON text in a form."""
    if isinstance(value, str) and value[:1] in "[{":
        try:
            return json.loads(value)
        except json.JSONDecodeError:
            raise SlackRefusal("invalid_arguments") from None
    return value
