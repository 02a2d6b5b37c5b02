"""Nothing dead in the language data: every kind is made by something and read by something, every action and phrase is
used."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from nlq.read import _ACTIONS
from nlq.vocabulary import LANGUAGES, vocabulary

NO_KINDS = {"CASE", "DISTINCT", "NFKC"}  # SQL and Unicode
_KIND = re.compile(r"[A-Z]{2,}")


def trees(root: Path) -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((root / "nlq").glob("*.py")):
        yield path.name, ast.parse(path.read_text(encoding="utf-8"))


def kinds_in(tree: ast.AST) -> set[str]:
    found = {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    return {text for text in found if _KIND.fullmatch(text)} - NO_KINDS


def without(tree: ast.AST, unwanted: list[ast.AST]) -> set[str]:
    """Kinds named in the tree outside the given nodes."""
    gone = {id(part) for node in unwanted for part in ast.walk(node)}
    kept = (n for n in ast.walk(tree) if isinstance(n, ast.Constant) and id(n) not in gone)
    return {n.value for n in kept if isinstance(n.value, str) and _KIND.fullmatch(n.value)} - NO_KINDS


def listed(tree: ast.AST) -> list[ast.AST]:
    """The lists of exported names."""
    return [
        n for n in ast.walk(tree) if isinstance(n, ast.Assign) and getattr(n.targets[0], "id", "").startswith("__all__")
    ]


def adding(tree: ast.AST) -> list[ast.AST]:
    """The kinds that the lexicon gives to phrases of a model."""
    calls = (n for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute))
    return [c.args[1] for c in calls if c.func.attr in ("add", "add_all") and len(c.args) > 1]  # type: ignore[attr-defined]


def rules() -> Iterator[tuple[set[str], str, str]]:
    """(kinds of the pattern, kind made, action) of every rule."""
    for line in vocabulary().rules:
        pattern, _, result = line.partition(":")[2].partition("=>")
        kind, _, action = result.strip().partition(" ")
        yield set(_KIND.findall(pattern)), kind, action.strip()


def test_every_kind_is_made_and_read(root: Path) -> None:
    words = {kind for _, kind, _ in vocabulary().words}
    made, read = words | {kind for _, kind, _ in rules()}, set().union(*(kinds for kinds, _, _ in rules()))
    for name, tree in trees(root):
        if name == "literals.py":
            made |= without(tree, listed(tree))
        elif name == "lexicon.py":
            made |= {k for node in adding(tree) for k in kinds_in(node)}
            read |= without(tree, [*adding(tree), *listed(tree)])
        else:
            read |= without(tree, listed(tree))
    made |= {"UNKNOWN"}  # a stretch that nothing matches
    assert made - read == set(), "kinds that nothing reads: questions with these words can only be declined"
    assert read - made == set(), "kinds that nothing makes: code that cannot run"


def test_every_action_belongs_to_a_rule() -> None:
    assert set(_ACTIONS) == {action for _, _, action in rules()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_phrase_is_said(root: Path, language: str) -> None:
    """Keys written whole in the code, or made there: `f"share_{scope}"`."""
    said: set[str] = set()
    made: set[str] = set()
    for name, tree in trees(root):
        if name not in ("words.py", "period_words.py"):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                said.add(node.value)
            if isinstance(node, ast.JoinedStr):
                parts = [re.escape(str(v.value)) if isinstance(v, ast.Constant) else "[a-z_]+" for v in node.values]
                made.add("".join(parts))
    starts = {text for text in said if text.endswith("_") and len(text) > 3}
    kinds = {"top", "sort"}  # `_order_phrase`
    unsaid = {
        key
        for key in vocabulary().phrases[language]
        if key not in said
        and not any(re.fullmatch(m, key) for m in made if m != "[a-z_]+[a-z_]+" and not m.startswith("[a-z_]+_"))
        and not any(key.startswith(s) for s in starts)
        and key.partition("_")[0] not in kinds
    }
    assert unsaid == set()
