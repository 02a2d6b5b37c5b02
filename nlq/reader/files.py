"""YAML of the language files as plain values. The constructions are read at every start of `paceline ask`: made from
the parser's events they come in half the time that PyYAML takes, which goes by way of nodes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

__all__ = ["loaded"]

_PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_RESOLVERS = yaml.SafeLoader.yaml_implicit_resolvers  # by first character: (tag, pattern) of what is no text
_END = object()


def loaded(text: str) -> Any:
    """The one document in it; None where there is none."""
    events = yaml.parse(text, Loader=_PARSER)
    start = (yaml.StreamStartEvent, yaml.DocumentStartEvent)
    first = next((e for e in events if not isinstance(e, start)), None)
    return None if isinstance(first, yaml.StreamEndEvent) else _value(first, events, {})


def _value(event: Any, events: Iterator[Any], anchors: dict[str, Any]) -> Any:
    kind = type(event)
    value: Any
    if kind is yaml.ScalarEvent:
        value = _plain(event.value) if event.implicit[0] else event.value
    elif kind is yaml.SequenceStartEvent:
        value = []
        while (item := _value(next(events), events, anchors)) is not _END:
            value.append(item)
    elif kind is yaml.MappingStartEvent:
        value = {}
        while (key := _value(next(events), events, anchors)) is not _END:
            value[key] = _value(next(events), events, anchors)
    elif kind is yaml.AliasEvent:
        return anchors[event.anchor]
    else:
        return _END
    if event.anchor is not None:
        anchors[event.anchor] = value
    return value


def _plain(written: str) -> Any:
    """What stands there without quotes: a number, true, null, a date; else text."""
    resolvers = _RESOLVERS.get(written[:1])
    if resolvers and any(pattern.match(written) for _, pattern in resolvers):
        return yaml.load(written, Loader=_PARSER)
    return written
