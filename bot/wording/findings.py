"""What an analysis found, as a table: a row for each thing it is about, a column for each number."""

from __future__ import annotations

from dataclasses import dataclass

from bot.wording.figures import format_value
from bot.wording.sentences import has_sentence
from bot.wording.words import Words, humanise
from metrics.analyses.analysis import Fact, Findings
from metrics.query.answer import Cell
from nlq import in_words

__all__ = ["FactTable", "fact_lines", "fact_table", "finding_headline"]

_ENDINGS = ("_before", "_after")
NO_FACT = "–"
LEAST_FILLED = 0.4  # of a table of facts; an emptier one is a list


@dataclass(frozen=True, slots=True)
class FactTable:
    """`names`, `labels` and `units` of the columns; `cells` as values, `texts` as people write them."""

    names: tuple[str, ...]
    labels: tuple[str, ...]
    units: tuple[str, ...]
    cells: tuple[tuple[Cell, ...], ...]
    texts: tuple[tuple[str, ...], ...]

    @property
    def filled(self) -> float:
        """The part of its cells that hold a fact."""
        cells = [text != NO_FACT for line in self.texts for text in line[self.keys :]]
        return sum(cells) / len(cells) if cells else 1.0

    @property
    def keys(self) -> int:
        """The columns that say what a row is about."""
        return sum(name in ("at", "of") for name in self.names)


def fact_table(words: Words, findings: Findings) -> FactTable:
    facts = findings.facts
    rows = list(dict.fromkeys((f.at, f.of) for f in facts if f.of or f.value is not None))
    names = list(dict.fromkeys(f.name for f in facts if (f.at, f.of) in rows))
    found = {(f.at, f.of, f.name): f for f in facts}
    keys = ["at"] if any(at for at, _ in rows) else []
    keys += ["of"] if len({of for _, of in rows}) > 1 else []
    cells, texts = [], []
    for at, of in rows:
        here = [found.get((at, of, name)) for name in names]
        said = {
            "at": _member(words, of, at) or words.say("fact.whole"),
            "of": _thing(words, of, findings) or words.say("fact.whole"),
        }
        cells.append((*((at if k == "at" else of) or None for k in keys), *(f.value if f else None for f in here)))
        texts.append((*(said[k] for k in keys), *(_text(words, f, findings) for f in here)))
    units = [next((f.unit for f in facts if f.name == name), "number") for name in names]
    labels = [words.say("column.fact") for _ in keys] + [_label(words, name) for name in names]
    return FactTable((*keys, *names), tuple(labels), (*("text" for _ in keys), *units), tuple(cells), tuple(texts))


def fact_lines(facts: FactTable, words: Words) -> tuple[list[str], list[list[str]], int]:
    """(header, lines, how many columns are no numbers): a line for each fact where all are about one thing, or few
    about each."""
    if len(facts.texts) == 1 and not facts.keys:
        lines = [[label, text] for label, text in zip(facts.labels, facts.texts[0], strict=True)]
        return [words.say("column.fact"), words.say("column.value")], lines, 1
    if facts.filled >= LEAST_FILLED:
        return list(facts.labels), [list(line) for line in facts.texts], facts.keys
    listed = []
    for cells, texts in zip(facts.cells, facts.texts, strict=True):
        said = [text for text, cell in zip(texts[: facts.keys], cells, strict=False) if cell]
        about = " · ".join(reversed(said))  # of what, then of which
        shown = zip(facts.labels[facts.keys :], texts[facts.keys :], strict=True)
        listed += [[about, label, text] for label, text in shown if text != NO_FACT]
    return [words.say("column.about"), words.say("column.fact"), words.say("column.value")], listed, 2


def finding_headline(words: Words, findings: Findings) -> str:
    """The answer in a sentence, where it is one fact; else what was asked."""
    wanted = next((fact for fact in findings.facts if not fact.of and not fact.at), None)
    key = f"finding.{findings.analysis.kind}.{wanted.name}" if wanted is not None else ""
    if has_sentence(key):
        return words.say(key, **{f.name: _text(words, f, findings) for f in findings.facts if not f.of and not f.at})
    said = in_words(findings.analysis, words.lexicon, words.language) if words.lexicon is not None else ""
    return said or words.say(f"finding.{findings.analysis.kind}")


def _label(words: Words, name: str) -> str:
    if has_sentence(f"fact.{name}"):
        return words.say(f"fact.{name}")
    for ending in _ENDINGS:
        if name.endswith(ending) and has_sentence(f"fact.{name.removesuffix(ending)}"):
            return words.say(f"fact.with{ending}", name=words.say(f"fact.{name.removesuffix(ending)}"))
    return humanise(name)


def _text(words: Words, fact: Fact | None, findings: Findings) -> str:
    if fact is None:
        return NO_FACT
    if isinstance(fact.value, str):
        return (
            _member(words, fact.of, fact.value)
            if fact.of in words.model.fields
            else _thing(words, fact.value, findings)
        )
    return format_value(fact.value, fact.unit, words.language) or words.say("value.none")


def _member(words: Words, of: str, at: str) -> str:
    """A row that facts belong to; a member where they are of a field."""
    return words.member(of, at) if at and of in words.model.fields else at


def _thing(words: Words, of: str, findings: Findings) -> str:
    """A metric, or a step of a funnel."""
    analysis = findings.analysis
    funnel = words.model.funnels.get(getattr(analysis, "name", ""))
    field = funnel.field if funnel is not None else None
    if field is not None and of and of not in words.model.metrics:
        return words.say("fact.lost") if of == "lost" else words.member(field, of)
    found = words.model.datasets.get(of)
    return words.thing(found) if found is not None and of not in words.model.metrics else words.name(of)
