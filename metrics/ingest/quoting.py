"""Names and values as SQL text. The only place where text from files becomes SQL; everything else goes through it."""

from __future__ import annotations

__all__ = ["column_list", "literal", "name"]


def name(identifier: str) -> str:
    """A quoted identifier."""
    if "\0" in identifier:
        raise ValueError("a name holds a NUL character")
    return '"' + identifier.replace('"', '""') + '"'


def literal(value: str) -> str:
    """A quoted string."""
    if "\0" in value:
        raise ValueError("a value holds a NUL character")
    return "'" + value.replace("'", "''") + "'"


def column_list(identifiers: tuple[str, ...] | list[str]) -> str:
    return ", ".join(name(i) for i in identifiers)
