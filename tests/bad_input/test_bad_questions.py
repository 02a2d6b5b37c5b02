"""Questions nobody can answer, and batches with lines nobody can read."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from bad_command import AS_OF, Paceline

GOOD = {"q": "revenue this year", "asker": "ops", "as_of": AS_OF}
SQL = [
    "'; DROP TABLE deals; --",
    "select * from reps; delete from deals",
    "revenue by rep' UNION SELECT name, manager FROM reps --",
    "revenue where region = 'North' OR 1=1",
    "revenue for \"Anna Li\"); ATTACH '/etc/passwd' AS x; --",
]


def noise(characters: int) -> str:
    chance = random.Random(7)
    return "".join(
        chr(chance.choice([chance.randrange(33, 126), chance.randrange(0x4E00, 0x9FFF), 32])) for _ in range(characters)
    )


def objects(text: str) -> list[dict[str, Any]]:
    return [json.loads(line, parse_constant=lambda c: pytest.fail(f"{c} is no JSON")) for line in text.splitlines()]


@pytest.mark.parametrize("question", SQL)
def test_sql_is_not_run_and_not_shown(paceline: Paceline, question: str, workspace: Path) -> None:
    ran = paceline("ask", question, "--as", "r1", "--as-of", AS_OF)
    assert ran.code == 1 and ran.out == ""
    assert "Bob" not in ran.err and "m1" not in ran.err, "nothing of anybody else"


def test_noise_is_refused_in_a_sentence(paceline: Paceline) -> None:
    for text in (noise(10_000), "revenue " * 1_250, "\u202e\u200b" * 5_000, "(" * 10_000):
        ran = paceline("ask", text, "--as", "ops")
        assert ran.code == 1 and ran.out == "" and len(ran.err) < 500


@pytest.mark.parametrize("question", ["", "   ", "\x00", "？", "….", "\ud800 \udfff", "revenue\x00; by rep"])
def test_nothing_and_almost_nothing(paceline: Paceline, question: str) -> None:
    paceline("ask", question, "--as", "ops", "--as-of", AS_OF)
    paceline("ask", question, "--as", "ops", "--as-of", AS_OF, "--json")


def test_an_unknown_person_is_named(paceline: Paceline) -> None:
    ran = paceline("ask", "revenue this year", "--as", "Nobody Atall")
    assert ran.code == 1 and "Nobody Atall" in ran.err and "id, full name or e-mail" in ran.err


@pytest.mark.parametrize(
    "argv",
    [
        ["ask"],
        ["ask", "q", "--as", "ops", "--as-of", "soon"],
        ["run-due", "--as-of", "2024-13-01"],
        ["nonsense"],
        ["ask", "q"],
    ],
)
def test_wrong_usage_is_2(paceline: Paceline, argv: list[str]) -> None:
    ran = paceline(*argv)
    assert ran.code == 2 and ran.out == "" and ran.err


LINES: list[tuple[bytes, str, str]] = [  # line, status, code of its issue
    (json.dumps({**GOOD, "id": 1}).encode(), "answered", ""),
    (b"not json", "error", "bad_line"),
    (b"[1, 2]", "error", "bad_line"),
    (b'{"id": 2}', "error", "bad_line"),
    (b"\xff\xfe\x00bad", "error", "bad_line"),
    (json.dumps({**GOOD, "q": "x" * 300_000}).encode(), "error", "bad_line"),
    (b"[" * 5_000, "error", "bad_line"),
    (json.dumps({**GOOD, "q": 7}).encode(), "error", "bad_line"),
    (json.dumps({**GOOD, "thread": "no list"}).encode(), "error", "bad_line"),
    (json.dumps({**GOOD, "audience": "everybody"}).encode(), "error", "bad_line"),
    (b'{"id": NaN, "q": "revenue this year", "asker": "ops"}', "error", "bad_line"),
    (json.dumps({**GOOD, "as_of": "soon"}).encode(), "error", "bad_as_of"),
    (json.dumps({**GOOD, "asker": "Nobody"}).encode(), "denied", "unknown_asker"),
    (json.dumps({"q": "revenue"}).encode(), "denied", "unknown_asker"),
    (json.dumps({**GOOD, "id": "\ud800", "q": "blorp \ud800"}).encode(), "not_understood", ""),
    (json.dumps({**GOOD, "extra": {"deep": [1]}, "id": {"any": "thing"}}).encode(), "answered", ""),
    (json.dumps({**GOOD, "q": noise(10_000)}).encode(), "not_understood", "too_long"),
    (json.dumps({**GOOD, "id": "last"}).encode(), "answered", ""),
]


def test_a_batch_answers_every_line_it_can_read(paceline: Paceline, tmp_path: Path) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_bytes(b"\xef\xbb\xbf" + b"\n\n   \n".join(line for line, _, _ in LINES))
    ran = paceline("ask", "--batch", str(file))
    found = objects(ran.out)
    assert ran.code == 0 and [
        (o["status"], o["issues"][0]["code"] if code else "") for o, (_, _, code) in zip(found, LINES, strict=True)
    ] == [(status, code) for _, status, code in LINES]
    assert found[0]["id"] == 1 and found[-1]["id"] == "last" and found[0]["rows"] == found[-1]["rows"]
    assert all(set(o) == set(found[0]) for o in found), "every key is always there"
    numbered = [o["issues"][0]["text"] for o in found if o["issues"] and o["issues"][0]["code"] == "bad_line"]
    assert numbered[0].startswith("Line 4 "), "the line of the file, empty ones counted"


def test_a_batch_that_is_no_file(paceline: Paceline, tmp_path: Path) -> None:
    for path in (tmp_path / "none.jsonl", tmp_path):
        ran = paceline("ask", "--batch", str(path))
        assert (ran.code, ran.out) == (1, "") and str(path) in ran.err
    assert paceline("ask", "--batch", "-", stdin=b"").out == ""


def test_the_process_itself_leaves_nothing_behind(workspace: Path, root: Path) -> None:
    """A real process, from its bytes on the command line to what the interpreter says when it ends."""
    command = [
        sys.executable,
        "-m",
        "bot.cli",
        "-w",
        str(workspace),
        "ask",
        b"\xff\xfe; DROP TABLE deals",
        "--as",
        "ops",
        "--as-of",
        AS_OF,
    ]
    ran = subprocess.run(command, cwd=root, check=False, capture_output=True, timeout=60)
    assert (ran.returncode, ran.stdout, ran.stderr.count(b"\n")) == (1, b"", 1), ran.stderr
