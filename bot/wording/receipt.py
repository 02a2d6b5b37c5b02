"""The receipt in words: how the question was read, exact dates, data time, definition, restriction."""

from __future__ import annotations

from bot.wording.subject import says_restricted
from bot.wording.tables import TableWords
from bot.wording.words import Words
from metrics.analyses.analysis import Findings
from metrics.query.answer import MetricNote
from metrics.query.table import Proof

__all__ = ["finding_receipt", "receipt_lines"]

LONGEST_READING = 160


def receipt_lines(told: TableWords, *, reading: str = "") -> list[str]:
    """Short pieces in a fixed order: reading · dates · against · data time · definitions · restricted, where the
    headline does not say so."""
    words, proof = told.words, told.table.proof
    pieces = _reading(words, reading)
    pieces += _dates(words, proof)
    pieces += _definitions(words, proof.metrics)
    if proof.restricted in ("org_tree", "channel") and told.asked.scope == "all" and not says_restricted(told):
        pieces.append(words.say(f"receipt.restricted.{proof.restricted}"))
    return pieces


def finding_receipt(words: Words, findings: Findings, *, reading: str = "") -> list[str]:
    """Of an analysis: the dates are those of its first question."""
    pieces = _reading(words, reading)
    proofs = [part.table.proof for part in findings.parts]
    metrics = {m.name: m for proof in proofs for m in proof.metrics}
    pieces += _dates(words, proofs[0]) if proofs else []
    pieces += _definitions(words, tuple(metrics.values()))
    restricted = next((p.restricted for p in proofs if p.restricted in ("org_tree", "channel")), "")
    return pieces + ([words.say(f"receipt.restricted.{restricted}")] if restricted else [])


def _reading(words: Words, reading: str) -> list[str]:
    """How it was read, unless that takes longer than the answer: then the headline has said it."""
    return [words.say("receipt.reading", reading=reading)] if 0 < len(reading) <= LONGEST_READING else []


def _dates(words: Words, proof: Proof) -> list[str]:
    said = []
    for of, key in (("shown", "receipt.dates"), ("compared", "receipt.against")):
        window = next((w for w in proof.windows if w.of == of), None)  # behind it stand those of targets and the like
        said += [words.say(key, dates=words.window(window))] if window is not None else []
    if proof.data_through is not None:
        said.append(words.say("receipt.through", date=words.date(proof.data_through)))
    return said


def _definitions(words: Words, metrics: tuple[MetricNote, ...]) -> list[str]:
    said = [words.say("receipt.definition", metric=words.metric(m.name), version=m.version) for m in metrics]
    return [words.joined(said, most=4)] if said else []
