"""Small pure parts: CSV, button values, next steps, remembered choices, small talk, messages as typed, the manifest."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bot_answers import (
    NOVEMBER,
    OPEN_DEALS,
    SALES,
    THIS_MONTH,
    WIN_RATE,
    aimed,
    asked,
    compared,
    only,
    placed,
    small_model,
    table,
)
from claims import claim
from hypothesis import given
from hypothesis import strategies as st

from bot.listeners.places import place_of_action, place_of_body, place_of_command, place_of_event
from bot.plain_text import plain_text
from bot.remembered_choice import same_choice
from bot.render.blocks import escape
from bot.render.button_values import Carried, decode, encode
from bot.render.next_steps import breakdowns, trend
from bot.render.replies import suggested_texts
from bot.render.spreadsheet import answer_csv, file_name
from bot.render.sql_view import CHUNK, pieces, sql_view
from bot.small_talk import kind_of_talk
from bot.wording import TableWords, words_for
from localslack.view_check import accepted_view
from metrics.analyses.funnel import Funnel
from metrics.kinds.folded import CountOf
from metrics.query import Filter, Query, Relative
from metrics.query.asked import Asked
from metrics.query.when import All
from nlq import Choice, Definition, Issue

MODEL = small_model()
WORDS = words_for(MODEL, "en")
MEMBERS = {
    "reps.region": ("East", "West"),
    "reps.team": ("Red", "Blue", "Green"),
    "products.name": ("A", "B"),
    "deals.id": tuple(map(str, range(99))),
}

# --- CSV -------------------------------------------------------------------------------------------------------------


def csv_rows(question: Asked, rows: Any) -> list[list[str]]:
    text = answer_csv(TableWords(WORDS, table(question, rows)))
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.lstrip("\ufeff"), newline="")))


@pytest.mark.parametrize("name", ["=1+1", "+SUM(A1)", "-2+3", "@cmd", "\tx", "\rx"])
def test_no_text_runs_as_a_formula(name: str) -> None:
    rows = csv_rows(asked(SALES, by=("reps.region",)), [(name, -5.5)])
    assert rows == [["Region", "Sales"], ["'" + name, "-5.5"]]  # a negative number is a number


def test_csv_holds_raw_values() -> None:
    given_rows = [('a "b", c\nd', dt.date(2026, 1, 2), 0.4321), (None, None, None), ("x", None, float("nan"))]
    rows = csv_rows(asked(WIN_RATE, by=("reps.region", "day")), given_rows)
    assert rows[1:] == [['a "b", c\nd', "2026-01-02", "0.4321"], ["", "", ""], ["x", "", ""]]


def test_file_names_are_plain() -> None:
    assert file_name(TableWords(WORDS, table(asked(SALES), [(1,)]))) == "sales_2026-11-22.csv"


# --- button values ---------------------------------------------------------------------------------------------------


def test_button_values_come_back() -> None:
    store: dict[str, str] = {}
    carried = Carried("zh", asked(SALES), "", "业绩")
    value = encode(carried, store.__setitem__)
    assert not store and decode(value, store.get) == carried
    long = Carried("en", asked(SALES, where=only("reps.region", *(f"member {i}" for i in range(400)))))
    value = encode(long, store.__setitem__)
    assert len(value) < 100 and decode(value, store.get) == long
    assert decode(value, {}.get) is None


@pytest.mark.parametrize(
    "meaning",
    [
        Definition(("sales", "win_rate")),
        Funnel(name="pipeline", by="reps.team"),
        Query(
            metrics=("sales",), period=Relative(unit="month"), where=(Filter(field="reps.region", values=("East",)),)
        ),
    ],
    ids=["definition", "analysis", "of a digest, or of an older version"],
)
def test_whatever_can_be_asked_comes_back(meaning: Any) -> None:
    value = encode(Carried("en", meaning), {}.__setitem__)
    assert decode(value, {}.get) == Carried("en", meaning)


@given(
    st.text(max_size=60)
    | st.sampled_from(
        ["{}", "[]", '{"l":1}', '{"l":"en","q":{"metrics":[]}}', '{"l":"en","q":{"show":[]}}', "@nothing"]
    )
)
def test_foreign_button_values_are_nothing(value: str) -> None:
    decoded = decode(value, lambda _: None)
    assert decoded is None or isinstance(decoded, Carried)
    claim()


# --- next steps ------------------------------------------------------------------------------------------------------


PEOPLE = {**MEMBERS, "reps.id": ("Anna", "Ben")}


def test_breakdowns_are_of_the_organisation_first() -> None:
    steps = breakdowns(MODEL, MEMBERS, asked(SALES))
    assert [field for field, _ in steps] == ["reps.region", "reps.team"]
    assert steps[0][1].by == ("reps.region",) and steps[0][1].period == THIS_MONTH


def test_own_numbers_are_not_broken_down_by_region() -> None:
    own = asked(SALES, scope="me")
    assert [f for f, _ in breakdowns(MODEL, MEMBERS, own, rows_of="self")] == ["products.name"]
    people = {**MEMBERS, "reps.id": tuple(map(str, range(80)))}
    team = breakdowns(MODEL, people, asked(SALES, scope="team"), rows_of="team")
    assert [f for f, _ in team] == ["reps.id", "products.name"]


def test_a_question_about_one_team_or_person_is_not_broken_down_by_region() -> None:
    team = asked(SALES, where=only("reps.team", "Red"))
    assert [f for f, _ in breakdowns(MODEL, PEOPLE, team)] == ["reps.id", "products.name"]
    person = asked(SALES, where=only("reps.id", "Anna"))
    assert [f for f, _ in breakdowns(MODEL, PEOPLE, person)] == ["products.name"]


def test_a_rate_is_not_broken_down_by_what_it_is_made_of() -> None:
    rate = replace(MODEL.metrics["win_rate"], expression="SUM(deals.product) / COUNT(deals.id)")  # leads to products
    model = replace(MODEL, metrics={**MODEL.metrics, "win_rate": rate})
    assert breakdowns(model, MEMBERS, asked(WIN_RATE, scope="me"), rows_of="self") == []


def test_own_numbers_are_listed_by_what_they_are_about() -> None:
    many = {**MEMBERS, "products.name": tuple(map(str, range(200)))}
    (field, step), *more = breakdowns(MODEL, many, asked(SALES, scope="me"), rows_of="self")
    assert (field, step.limit, more) == ("products.name", 10, [])
    assert breakdowns(MODEL, many, asked(SALES, scope="team"), rows_of="team") == []


def test_what_is_pinned_already_broken_down_or_no_number_has_no_breakdown() -> None:
    steps = breakdowns(MODEL, MEMBERS, asked(*aimed(SALES), where=only("reps.region", "East")))
    assert [f for f, _ in steps] == ["reps.team", "products.name"] and all(q.show == (SALES,) for _, q in steps)
    for question in (asked(SALES, by=("reps.team",)), asked(*placed("@me")), asked(CountOf(over="reps.id", of=SALES))):
        assert breakdowns(MODEL, MEMBERS, question) == []


def test_a_change_stays_one_when_it_is_broken_down() -> None:
    (_, step), *_ = breakdowns(MODEL, MEMBERS, asked(*compared(SALES)))
    assert step.show == compared(SALES)


@pytest.mark.parametrize(
    ("start", "grain"),
    [
        ("2026-11-21", None),
        ("2026-11-05", "day"),
        ("2026-11-01", "week"),
        ("2026-01-01", "month"),
        ("2024-01-01", "quarter"),
        (None, "quarter"),
    ],
)
def test_trend_has_about_twenty_points(start: str | None, grain: str | None) -> None:
    window = NOVEMBER.model_copy(
        update={"start": dt.date.fromisoformat(start) if start else None, "end": dt.date(2026, 11, 22)}
    )
    made = table(asked(*compared(SALES), period=All()), [(1, 1, 0, 0.0)], windows=(window,))
    step = trend(MODEL, made)
    assert (step[0] if step else None) == grain
    assert step is None or step[1].show == (SALES,)


def test_a_number_of_now_has_no_trend() -> None:
    assert trend(MODEL, table(asked(OPEN_DEALS), [(1,)])) is None


# --- choices ---------------------------------------------------------------------------------------------------------

A, B, THIRD = (asked(SALES, where=only("reps.id", person)) for person in ("p1", "p2", "p3"))


def test_the_same_choice_again_also_for_another_question() -> None:
    choices = (Choice("first", A), Choice("second", B))
    assert same_choice(choices, B.to_json()) == choices[1]
    later = tuple(
        Choice(c.label, c.meaning.model_copy(update={"show": (WIN_RATE,), "period": All()}))  # type: ignore[union-attr]
        for c in choices
    )
    assert same_choice(later, B.to_json()) == later[1]


def test_no_choice_where_none_or_several_fit() -> None:
    assert same_choice((Choice("a", A), Choice("b", B)), THIRD.to_json()) is None
    assert same_choice((Choice("a", A), Choice("b", A)), A.to_json()) is None


def test_a_choice_of_an_older_version_is_none_of_todays() -> None:
    older = Query(metrics=("sales",), where=(Filter(field="reps.id", values=("p1",)),))
    assert same_choice((Choice("a", A), Choice("b", B)), older.to_json()) is None


# --- words of people -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("help", "help"),
        ("Help!", "help"),
        ("?", "help"),
        ("？", "help"),
        ("帮助", "help"),
        ("what can you do?", "help"),
        ("怎么用?", "help"),
        ("hi", "hello"),
        ("Good morning!", "hello"),
        ("你好", "hello"),
        ("hello paceline", "hello"),
        ("thanks", "thanks"),
        ("Thank you so much!", "thanks"),
        ("谢谢！", "thanks"),
        ("好的", "thanks"),
        ("sales this month", None),
        ("how are thanks counted", None),
        ("hi sales", None),
        ("", None),
        ("我本月业绩", None),
    ],
)
def test_small_talk(text: str, kind: str | None) -> None:
    assert kind_of_talk(text) == kind


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("<@U0BOT> sales of <@U1>", "sales of Anna Li"),
        ("<@U0BOT>   my  sales ", "my sales"),
        ("deals &gt; 50k in R&amp;D", "deals > 50k in R&D"),
        ("<#C1|east> sales <!here>", "east sales"),
        ("see <https://example.com|this> and <mailto:a@b.example|a@b.example>", "see this and a@b.example"),
        ("&amp;lt;b", "&lt;b"),
    ],
)
def test_messages_as_typed(written: str, expected: str) -> None:
    assert plain_text(written, "U0BOT", {"U1": "Anna Li"}) == expected


@given(st.text(alphabet=st.characters(exclude_characters="<>", exclude_categories=("Cs", "Cc", "Z")), max_size=50))
def test_escaping_comes_back(text: str) -> None:
    assert plain_text(escape(text), None, {}) == text
    claim()


def test_what_could_be_asked_instead_is_offered_once() -> None:
    issue = Issue("unknown_word", "slaes", (3, 8), ("My sales", "Sales by team", "My sales"))
    assert suggested_texts([issue, issue]) == ["My sales", "Sales by team"]


# --- places ----------------------------------------------------------------------------------------------------------


def test_places() -> None:
    mention = place_of_event({"channel": "C1", "user": "U1", "ts": "5.1"})
    assert (mention.thread, mention.direct, mention.private) == ("5.1", False, False)
    direct = place_of_event({"channel": "D1", "channel_type": "im", "user": "U1", "ts": "5.1"})
    assert (direct.thread, direct.direct) == ("", True)
    command = place_of_command({"channel_id": "C1", "user_id": "U1", "response_url": "http://x"})
    assert command.private and command.response_url
    pressed = {
        "type": "block_actions",
        "user": {"id": "U2"},
        "channel": {"id": "C1"},
        "container": {"message_ts": "5.2", "is_ephemeral": False},
    }
    place = place_of_action(pressed)
    assert place is not None and (place.user, place.thread, place.private) == ("U2", "5.2", False)
    hidden: dict[str, Any] = {**pressed, "container": {"message_ts": "5.2", "thread_ts": "5.1", "is_ephemeral": True}}
    place = place_of_action(hidden)
    assert place is not None and place.private and place.thread == "5.1" and place.only_asker() == place
    assert place_of_action({"user": {"id": "U1"}, "container": {"type": "view"}}) is None
    assert place_of_body({"event": {"type": "user_change", "user": {"id": "U1"}}}) is None
    assert place_of_body({"type": "view_submission"}) is None


# --- SQL view --------------------------------------------------------------------------------------------------------


@given(
    st.tuples(st.text(alphabet="a<&`\n ", min_size=20, max_size=300), st.integers(1, 400)).map(lambda t: t[0] * t[1])
)
def test_sql_pieces_fit_and_lose_nothing(sql: str) -> None:
    found = pieces(sql)
    assert all(len(escape(piece)) <= CHUNK for piece in found)
    assert "".join(found).replace("\n", "") == sql.replace("\n", "")
    if len(found) > 1:
        claim()


def test_sql_modal_is_valid() -> None:
    view = sql_view(WORDS, "SELECT\n" + "x" * 9000, {"p0": "2026-11-01", "p1": 3, "p2": "<!channel>"})
    accepted_view(view, "modal")
    assert "<!channel>" not in json.dumps(view)


# --- manifest --------------------------------------------------------------------------------------------------------

SCOPES_OF = {
    "chat_postMessage": "chat:write",
    "chat_postEphemeral": "chat:write",
    "conversations_members": "channels:read",
    "conversations_info": "channels:read",
    "conversations_list": "channels:read",
    "conversations_open": "im:write",
    "conversations_history": "channels:history",
    "users_info": "users:read",
    "users_list": "users:read",
    "users_lookupByEmail": "users:read.email",
    "files_upload_v2": "files:write",
    "reactions_add": "reactions:write",
    "assistant_threads_setSuggestedPrompts": "assistant:write",
    "views_open": "",
    "views_publish": "",
    "auth_test": "",
    "apps_connections_open": "",
}


def test_the_manifest_asks_for_what_the_code_uses(root: Path) -> None:
    manifest = json.loads((root / "bot" / "manifest.json").read_text(encoding="utf-8"))
    scopes = set(manifest["oauth_config"]["scopes"]["bot"])
    events = set(manifest["settings"]["event_subscriptions"]["bot_events"])
    sources = [p for p in (root / "bot").rglob("*.py") if "workspace" not in p.parts and "demo" not in p.parts]
    code = "\n".join(p.read_text(encoding="utf-8") for p in sources)
    called = set(
        re.findall(r"client\.((?:chat|conversations|users|files|reactions|assistant|views|apps|auth)_\w+)\(", code)
    )
    assert called <= set(SCOPES_OF), "a method without its scope in this test"
    assert {SCOPES_OF[name] for name in called} - {""} <= scopes
    listened = {name.replace("message", "message.im") for name in re.findall(r'app\.event\("(\w+)"\)', code)}
    assert listened == events
    assert {"app_mentions:read", "im:history", "commands"} <= scopes
    assert {c["command"] for c in manifest["features"]["slash_commands"]} == set(
        re.findall(r'(?:app\.command\(|"command"\) == )"(/[\w-]+)"', code)
    )
    assert "agent_view" in manifest["features"] and "assistant_view" not in manifest["features"]
    assert manifest["settings"]["interactivity"]["is_enabled"] and manifest["settings"]["socket_mode_enabled"]
    assert len(manifest["features"]["agent_view"]["suggested_prompts"]) <= 4
