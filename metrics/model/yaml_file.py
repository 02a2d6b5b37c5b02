"""YAML with positions: every value knows its line, so that a problem can say where it is.

Nothing is guessed and nothing is executed: scalars are those of the safe loader, a key that is given twice is a problem
(YAML itself would silently keep the last), and a file that unfolds without end is refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from metrics.errors import Problem

__all__ = ["KeyPath", "LocatedYaml", "read_yaml"]

KeyPath = tuple[str | int, ...]

_MOST_NODES = 300_000  # a model of 2,000 metrics has about 40,000
_LOADER: type[yaml.SafeLoader] = getattr(
    yaml, "CSafeLoader", yaml.SafeLoader
)  # ten times faster where libyaml is there
_MERGE = "tag:yaml.org,2002:merge"


@dataclass(frozen=True)
class LocatedYaml:
    """The content of one file. `lines`: path of keys and indexes -> 1-based line of the key (or list item). `digest`:
    of its bytes, "" where nothing could be read."""

    file: str
    data: Any
    lines: Mapping[KeyPath, int]
    problems: tuple[Problem, ...] = ()
    digest: str = ""

    def line(self, path: KeyPath) -> int:
        """The line of `path`, or of its nearest ancestor that has one."""
        while path:
            if path in self.lines:
                return self.lines[path]
            path = path[:-1]
        return self.lines.get((), 0)

    def key(self, path: KeyPath) -> str:
        """`path` as people read it: dotted, list items by their `name` or `id` where they have one, else by number."""
        parts: list[str] = []
        here = self.data
        for step in path:
            if isinstance(here, list) and isinstance(step, int) and step < len(here):
                here = here[step]
                named = here.get("name", here.get("id")) if isinstance(here, dict) else None
                parts.append(str(named) if isinstance(named, str) else str(step))
            else:
                here = here.get(step) if isinstance(here, dict) else None
                parts.append(str(step))
        return ".".join(parts)

    def problem(self, path: KeyPath, message: str, fix: str, *, severity: str = "error") -> Problem:
        """A problem of this file at `path`."""
        return Problem(self.file, self.line(path), self.key(path), message, fix, severity)


class _Reader:
    def __init__(self, file: str, loader: yaml.SafeLoader) -> None:
        self.file = file
        self.loader = loader
        self.lines: dict[KeyPath, int] = {}
        self.problems: list[Problem] = []
        self.count = 0

    def say(self, node: yaml.Node, path: KeyPath, message: str, fix: str) -> None:
        key = ".".join(str(p) for p in path)
        self.problems.append(Problem(self.file, node.start_mark.line + 1, key, message, fix))

    def value(self, node: yaml.Node, path: KeyPath, inside: frozenset[int]) -> Any:
        self.count += 1
        if id(node) in inside or self.count > _MOST_NODES:
            if self.count <= _MOST_NODES + 1:
                self.say(
                    node, path, "an alias that unfolds without end.", "Write the values out instead of using an alias."
                )
            self.count = max(self.count, _MOST_NODES + 1)
            return None
        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, path, inside | {id(node)})
        if isinstance(node, yaml.SequenceNode):
            deeper = inside | {id(node)}
            return [self.value(item, (*path, i), deeper) for i, item in enumerate(node.value)]
        return self.scalar(node, path)

    def scalar(self, node: yaml.Node, path: KeyPath) -> Any:
        try:
            return self.loader.construct_object(node)
        except (yaml.YAMLError, ValueError) as error:  # 2024-02-31 is a ValueError
            self.say(
                node,
                path,
                f"cannot be read as a value: {_first_line(error)}.",
                "Put text in quotes, or correct the value.",
            )
            return None

    def mapping(self, node: yaml.MappingNode, path: KeyPath, inside: frozenset[int]) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        merged: list[yaml.Node] = []
        for key_node, value_node in node.value:
            if key_node.tag == _MERGE:
                merged.extend(value_node.value if isinstance(value_node, yaml.SequenceNode) else [value_node])
                continue
            if not isinstance(key_node, yaml.ScalarNode):
                self.say(key_node, path, "a key must be a single word.", "Write the key as plain text.")
                continue
            key = self.scalar(key_node, path)
            if not isinstance(key, str):
                # `on:` and `no:` are booleans in YAML; people mean the word
                self.say(
                    key_node,
                    path,
                    f"the key {key_node.value!r} is not text in YAML.",
                    f'Put it in quotes: "{key_node.value}".',
                )
                key = key_node.value
            here = (*path, key)
            if key in found:
                first = self.lines[here]
                message = f"the key {key!r} is given twice (first on line {first})."
                self.say(key_node, here, message, "Keep one of the two.")
                continue
            self.lines[here] = key_node.start_mark.line + 1
            found[key] = self.value(value_node, here, inside)
        for other in merged:
            if isinstance(other, yaml.MappingNode) and id(other) not in inside:
                for key, value in self.mapping(other, path, inside | {id(other)}).items():
                    found.setdefault(key, value)
        return found


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__


def read_yaml(path: Path, *, shown_as: str | None = None) -> LocatedYaml:
    """Read one file. Never raises for bad content: what is wrong is in `problems` and `data` holds what could be
    read."""
    file = shown_as or path.name
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
    except FileNotFoundError:
        return LocatedYaml(file, None, {}, (Problem(file, 0, "", "the file does not exist.", f"Create {path}."),))
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        return LocatedYaml(file, None, {}, (Problem(file, line, "", "is not UTF-8 text.", "Save the file as UTF-8."),))
    except OSError as error:
        return LocatedYaml(
            file, None, {}, (Problem(file, 0, "", f"cannot be read: {error.strerror}.", "Check the file."),)
        )
    loader: yaml.SafeLoader | None = None
    try:
        loader = _LOADER(text)
        node = loader.get_single_node()
        if node is None:
            return LocatedYaml(file, None, {}, (Problem(file, 1, "", "the file is empty.", "Fill it in."),))
        reader = _Reader(file, loader)
        data = reader.value(node, (), frozenset())
        return LocatedYaml(file, data, reader.lines, tuple(reader.problems), hashlib.sha256(content).hexdigest())
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        what = getattr(error, "problem", None) or _first_line(error)
        line = mark.line + 1 if mark is not None else 0
        fix = "Check the indentation, quotes and brackets on this line and the one before."
        return LocatedYaml(file, None, {}, (Problem(file, line, "", f"is not valid YAML: {what}.", fix),))
    except RecursionError:
        return LocatedYaml(file, None, {}, (Problem(file, 1, "", "is nested too deeply.", "Flatten the file."),))
    finally:
        if loader is not None:
            loader.dispose()
