"""How long reading takes in a large company: 10,000 people and 50,000 customers beside the demo company's words.

    python -m bench.reading [--people 10000] [--customers 50000] [--rounds 2]

Prints the time to build the lexicon, and median, p99 and longest reading of the questions of the corpora, of the same
misspelt, and of noise. Milliseconds of one core: what else the machine does is not counted.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
import itertools
import random
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml
from northstar import write_workspace

from bot.calm_start import without_collector
from metrics import Metrics
from metrics.ingest import load
from metrics.people import Org, Person
from nlq.reader.lexicon import Lexicon
from nlq.reader.read import read

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # they are a megabyte
CORPUS = Path(__file__).parent.parent / "tests" / "language" / "corpus"
_FIRST = "Ada Ben Cara Dan Eve Finn Gina Hugo Iris Jack Kate Liam Mona Nick Olga Paul Rosa Sam Tina Uma Vera Will Zoe"
_LAST = "Archer Brook Carver Dyer Fisher Glover Hunter Mason Parker Sawyer Tanner Walker Weaver Wright Baker Cook"
_HAN_LAST, _HAN_FIRST = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平"


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.reading")
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--customers", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=2)
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="paceline-bench-") as folder:
        write_workspace(Path(folder), as_of=dt.date(2026, 11, 20))
        load(Path(folder), env={})
        metrics = Metrics.open(Path(folder))
        try:
            _run(metrics, args.people, args.customers, args.rounds)
        finally:
            metrics.close()
    return 0


def _run(metrics: Metrics, people: int, customers: int, rounds: int) -> None:
    draw = random.Random(7)
    org = Org({**metrics.org.people, **{p.id: p for p in _people(people, draw)}})
    members = dict(metrics.members)
    members["customers.customer"] = (*members["customers.customer"], *_customers(customers, draw))
    members["reps.name"] = (*members["reps.name"], *(p.name for p in org.people.values() if p.sells))
    started = time.process_time()
    with without_collector():
        lexicon = Lexicon.build(metrics.model, members, org)
    print(f"lexicon    {time.process_time() - started:6.2f} s  {len(lexicon.phrases):,} phrases")
    questions = list(_questions())
    _report("questions", lexicon, questions, rounds)
    _report("misspelt", lexicon, [_misspelt(q, draw) for q in questions], rounds)
    noise = ["".join(draw.choices("abcdefghij 销售额本月我的 0123456789", k=10_000)) for _ in range(5)]
    _report("noise", lexicon, noise, rounds)


def _report(name: str, lexicon: Lexicon, texts: Sequence[str], rounds: int) -> None:
    for text in texts:
        read(text, lexicon)
    times = []
    for text in itertools.chain.from_iterable(itertools.repeat(texts, rounds)):
        started = time.process_time()
        read(text, lexicon)
        times.append((time.process_time() - started) * 1000)
    times.sort()
    print(
        f"{name:10} median {statistics.median(times):6.2f}  p99 {times[int(len(times) * 0.99)]:6.2f}  "
        f"longest {times[-1]:7.2f}  of {len(texts)} texts"
    )


def _questions() -> Iterator[str]:
    for path in sorted(CORPUS.glob("*.yaml")):
        for entry in yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER) or ():
            for language in ("en", "zh"):
                yield from entry.get(language, ())


def _people(count: int, draw: random.Random) -> Iterator[Person]:
    first, last = _FIRST.split(), _LAST.split()
    for i in range(count):
        if i % 2:
            name = f"{draw.choice(first)} {draw.choice(last)}{draw.choice(('', 'son', 'man', 'ford', 'ton'))}"
        else:
            name = draw.choice(_HAN_LAST) + "".join(draw.choices(_HAN_FIRST, k=draw.choice((1, 2))))
        yield dataclasses.replace(Person(f"X{i}", name), sells=True)


def _customers(count: int, draw: random.Random) -> Iterator[str]:
    kinds = ("Works", "Foods", "Tools", "Systems", "Logistics", "Energy", "机械", "电子", "食品", "物流")
    for i in range(count):
        kind = draw.choice(kinds)
        if kind.isascii():
            yield f"{draw.choice(_LAST.split())} {draw.choice(_FIRST.split())} {kind} {i}"
        else:
            yield "".join(draw.choices(_HAN_FIRST + _HAN_LAST, k=3)) + kind


def _misspelt(text: str, draw: random.Random) -> str:
    """One letter of the longest Latin word is another; of a text without any, one character."""
    words = [w for w in text.split() if w.isascii() and w.isalpha() and len(w) > 4]
    if not words:
        at = draw.randrange(len(text))
        return text[:at] + draw.choice("回宽销受") + text[at + 1 :]
    word = max(words, key=len)
    at = draw.randrange(1, len(word))
    return text.replace(word, word[:at] + draw.choice("abcdefgh") + word[at + 1 :], 1)


if __name__ == "__main__":
    raise SystemExit(main())
