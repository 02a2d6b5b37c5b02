"""`paceline ask`: one question in words or JSON, or a batch of JSON lines."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from bot.ask import ask
from bot.batch import BadAsOf, answer_lines, audience_named, json_line, outcome_object, parse_as_of
from bot.console import Console
from bot.render.text import outcome_text
from bot.runtime import Runtime
from bot.small_talk import examples, kind_of_talk, offered_fields
from bot.wording import language_of, say, words_for
from metrics.people import Audience, Person, Viewer

__all__ = ["run"]


def run(args: argparse.Namespace, console: Console, env: Mapping[str, str]) -> int:
    if (args.question is None) == (args.batch is None):
        console.problem("paceline ask: give one QUESTION, or --batch FILE")
        return 2
    if args.batch is None and not args.asker:
        console.problem("paceline ask: say who asks with --as PERSON; answers depend on what a person may see")
        return 2
    try:
        as_of = parse_as_of(args.as_of) if args.as_of else None
    except BadAsOf:
        console.problem("paceline ask: " + say("en", "batch.bad_as_of", as_of=args.as_of))
        return 2
    if args.batch not in (None, "-") and not Path(args.batch).is_file():
        console.problem(f"{args.batch}: there is no such file")
        return 1
    runtime = Runtime.open(args.workspace, env, state_later=True)
    try:
        moment = as_of or runtime.clock.now()
        if args.batch is not None:
            for answered in answer_lines(runtime, _lines(args.batch), as_of=moment):
                console.line(json_line(answered))
            return 0
        asker = runtime.metrics.org.find(args.asker)
        if asker is None:
            console.problem(say("en", "batch.unknown_asker", name=args.asker))
            return 1
        language = language_of(args.question)
        if not args.json and kind_of_talk(args.question) is not None:
            from bot.render.replies import help_post  # here: it brings all that Slack replies need

            offered = [(text, "") for text in examples(runtime, asker, language)]
            console.line(help_post(words_for(runtime.metrics.model, language), offered, offered_fields(runtime)).text)
            return 0
        if args.explain:
            for line in explained_lines(runtime, args.question, asker):
                console.line(line)
            return 0
        audience = audience_named(runtime, "dm" if args.channel == "DM" else "channel")
        outcome = ask(runtime, args.question, asker=asker, audience=audience, as_of=moment)
        if args.json:
            console.line(json_line(outcome_object(runtime, outcome, None, asker=asker)))
            return 0
        text = outcome_text(words_for(runtime.metrics.model, outcome.language, runtime.lexicon), outcome)
        if outcome.status == "answered":
            console.line(text)
            return 0
        for line in text.splitlines():
            console.problem(line)
        return 1
    finally:
        runtime.close()


def explained_lines(runtime: Runtime, text: str, asker: Person) -> Iterator[str]:
    """How the question is read: words, what was made of them, what it cost, what else it might be."""
    from nlq.reader.explaining import explained  # here: almost no question is asked to be explained
    from nlq.reader.read import read

    sees = runtime.metrics.sees(Viewer.of(asker), Audience.only_viewer())
    return explained(read(text, runtime.lexicon, sees, None, asker, every=True))


def _lines(path: str) -> Iterator[str]:
    if path == "-":
        yield from sys.stdin
        return
    with Path(path).open(encoding="utf-8-sig", errors="replace") as file:
        yield from file
