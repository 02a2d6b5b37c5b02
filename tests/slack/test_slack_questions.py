"""Questions in Slack, answered from real data: sums are those of tests/world, done by hand. As of 12 March 2024, data
to the 11th."""

from __future__ import annotations

import datetime as dt

from slack_floor import Floor, kinds, shown


async def test_a_rep_asks_in_a_dm(floor: Floor) -> None:
    answer = await floor.dm("U0R1", "my revenue this month")
    assert answer["text"].startswith("Revenue (you), this month (1–11 Mar 2024): €100")
    assert "Read as:" in shown(answer) and "Data to 11 Mar 2024" in shown(answer) and "Revenue v1" in shown(answer)
    assert "thread_ts" not in answer


async def test_the_same_in_chinese(floor: Floor) -> None:
    answer = await floor.dm("U0R3", "我本月 revenue 多少")
    assert "€250" in answer["text"] and "数据截至2024年3月11日" in shown(answer)


async def test_own_place_among_all_without_the_gap_of_few(floor: Floor) -> None:
    # this quarter: r3 950, r1 600, r2 340, r6 210, r4 50, r5 0: four others have a number
    answer = await floor.dm("U0R1", "my ranking in revenue this quarter")
    assert answer["text"].startswith("You are 2nd of 6 in Revenue")
    assert "€600" in answer["text"] and "fewer than 5 others" in answer["text"]
    assert "350" not in shown(answer) and "950" not in shown(answer)


async def test_a_mention_is_answered_in_its_thread_with_chart_and_table(floor: Floor) -> None:
    said = await floor.workspace.mention("U0OPS", "C0BOSS", "revenue by region this quarter")
    answer = await floor.workspace.wait_for_message("C0BOSS", floor.workspace.by_app())
    assert answer["thread_ts"] == said["ts"] and not answer.get("is_ephemeral")
    assert "data_visualization" in kinds(answer) and "data_table" in kinds(answer)
    assert "€1,210" in shown(answer) and "€940" in shown(answer)  # South, North


async def test_a_thread_remembers(floor: Floor) -> None:
    said = await floor.workspace.mention("U0OPS", "C0BOSS", "revenue this quarter")
    first = await floor.workspace.wait_for_message("C0BOSS", floor.workspace.by_app(thread_ts=said["ts"]))
    assert "€2,150" in first["text"]
    await floor.workspace.mention("U0OPS", "C0BOSS", "by region", thread_ts=said["ts"])
    second = await floor.workspace.wait_for_message(
        "C0BOSS", floor.workspace.by_app(thread_ts=said["ts"], after=first["ts"])
    )
    assert "€1,210" in shown(second) and "this quarter" in second["text"]


async def test_a_dm_goes_on_where_it_was_until_the_next_day(floor: Floor) -> None:
    await floor.dm("U0R1", "my revenue this month")
    assert "€600" in (await floor.dm("U0R1", "and this quarter?"))["text"]
    floor.clock.advance(dt.timedelta(days=1))
    fresh = await floor.dm("U0R1", "by product")
    assert "€" not in fresh["text"]


async def test_two_questions_in_one_line_get_two_answers(floor: Floor) -> None:
    said = await floor.workspace.mention("U0OPS", "C0BOSS", "revenue this quarter? wins by region this month?")
    first = await floor.workspace.wait_for_message("C0BOSS", floor.workspace.by_app(thread_ts=said["ts"]))
    second = await floor.workspace.wait_for_message(
        "C0BOSS", floor.workspace.by_app(thread_ts=said["ts"], after=first["ts"])
    )
    assert "€2,150" in first["text"] and "South" in shown(second) and "Wins" in second["text"]
    await floor.workspace.mention("U0OPS", "C0BOSS", "and this quarter?", thread_ts=said["ts"])
    third = await floor.workspace.wait_for_message(
        "C0BOSS", floor.workspace.by_app(thread_ts=said["ts"], after=second["ts"])
    )
    assert "Wins" in third["text"] and "this quarter" in third["text"]


async def test_one_of_two_that_is_not_understood_is_named_and_neither_is_answered(floor: Floor) -> None:
    answer = await floor.dm("U0R1", "my revenue this month? my flurbs this month?")
    assert "my flurbs this month" in answer["text"] and "€" not in answer["text"]


async def test_two_answers_of_which_a_channel_may_see_neither_come_alone(floor: Floor) -> None:
    await floor.workspace.mention("U0R1", "C0ALL", "my revenue this month? my wins by product this quarter?")
    alone = floor.workspace.by_app(text="€100")
    answer = await floor.workspace.wait_for_message("C0ALL", alone)
    assert answer.get("is_ephemeral")
    assert not any("€" in m["text"] for m in floor.posted("C0ALL", to_all=True))


async def test_an_unthreaded_talk_in_a_channel_is_left_alone(floor: Floor) -> None:
    await floor.workspace.say("U0OPS", "C0BOSS", "revenue this month looks fine to me")
    answer = await floor.ask("U0OPS", "C0BOSS", "revenue this month")
    assert "€450" in answer["text"]
    assert len(floor.posted("C0BOSS", to_all=True)) == 1


async def test_kpi_answers_the_asker_alone_also_where_the_bot_is_not(floor: Floor) -> None:
    delivery = await floor.workspace.slash("U0R1", "C0ALL", "/kpi", "my revenue this month")
    assert delivery is not None
    answer = await floor.workspace.wait_for_message("C0ALL", floor.workspace.by_app(text="€100"))
    assert answer["is_ephemeral"]
    assert floor.posted("C0ALL", to_all=True) == []


async def test_two_people_of_one_name_are_asked_about_once(floor: Floor) -> None:
    question = "Anna Li's revenue this year"
    asked = await floor.dm("U0OPS", question)
    buttons = [e for b in asked["blocks"] if b["type"] == "actions" for e in b["elements"]]
    assert len(buttons) == 2 and "anna li" in asked["text"].lower()
    (other,) = (b["action_id"] for b in buttons if "Beta" in b["text"]["text"])
    await floor.workspace.click("U0OPS", "U0OPS", asked, action_id=other)
    chosen = await floor.workspace.wait_for_message("U0OPS", floor.workspace.by_app(after=asked["ts"]))
    assert "€210" in chosen["text"]  # r6, the other Anna Li
    again = await floor.dm("U0OPS", question)
    assert "€210" in again["text"] and "As you chose before" in shown(again)


async def test_two_people_of_one_name_are_told_apart_and_only_those_who_may_be_seen_are_offered(floor: Floor) -> None:
    asked = await floor.dm("U0OPS", "Anna Li's revenue this month")
    labels = [e["text"]["text"] for b in asked["blocks"] if b["type"] == "actions" for e in b["elements"]]
    assert len(labels) == 2 and any("Alpha" in label for label in labels) and any("Beta" in label for label in labels)
    own = await floor.dm("U0M1", "Anna Li's revenue this month")  # the manager of Alpha sees one of the two
    assert "€100" in own["text"] and "Alpha" in shown(own)
    none = await floor.dm("U0R3", "Anna Li's revenue this month")
    assert "€" not in none["text"] and "may not see" in none["text"]


async def test_an_unknown_word_is_named_and_nothing_is_answered(floor: Floor) -> None:
    answer = await floor.dm("U0R1", "how many flurbs this month")
    assert "flurbs" in answer["text"] and "€" not in answer["text"]


async def test_sql_and_noise_are_turned_down_kindly(floor: Floor) -> None:
    answer = await floor.dm("U0R1", "select * from deals; drop table deals")
    assert "€" not in answer["text"] and "Something went wrong" not in answer["text"]
    long = await floor.dm("U0R1", "revenue " * 450)
    assert "Something went wrong" not in long["text"]


async def test_help_gives_questions_that_work(floor: Floor) -> None:
    answer = await floor.dm("U0R1", "help")
    buttons = [e for b in answer["blocks"] if b["type"] == "actions" for e in b["elements"]]
    assert 3 <= len(buttons) <= 6 and "header" in kinds(answer)
    await floor.workspace.click("U0R1", "U0R1", answer, action_id="suggest_1")
    first = await floor.workspace.wait_for_message("U0R1", floor.workspace.by_app(after=answer["ts"]))
    assert "€" in first["text"]
    chinese = await floor.dm("U0R3", "帮助")
    assert "可以这样问" in shown(chinese)


async def test_greetings_and_thanks(floor: Floor) -> None:
    assert "Anna Li" in (await floor.dm("U0R1", "Hi!"))["text"]
    said = await floor.workspace.dm("U0R1", "thanks!")
    await floor.workspace.until(lambda: bool(floor.calls("reactions.add")))
    assert floor.calls("reactions.add")[0]["timestamp"] == said["ts"]


async def test_people_named_with_an_at_sign(floor: Floor) -> None:
    answer = await floor.dm("U0OPS", "revenue of <@U0R2> this quarter")
    assert "€340" in answer["text"]


async def test_home_tab_and_prompts(floor: Floor) -> None:
    await floor.workspace.open_home("U0R3")
    home = await floor.workspace.wait_for_home("U0R3")
    text = str(home["blocks"])
    assert "Chen Yu" in text and "2024年3月11日" in text
    await floor.workspace.open_home("U0R1", tab="messages")
    await floor.workspace.until(lambda: bool(floor.calls("assistant.threads.setSuggestedPrompts")))
    await floor.workspace.open_home("U0WHO")
    stranger = await floor.workspace.wait_for_home("U0WHO")
    assert "/kpi-admin link" in str(stranger["blocks"]) and "€" not in str(stranger["blocks"])


async def test_a_button_of_the_home_tab_answers_in_the_dm(floor: Floor) -> None:
    await floor.workspace.open_home("U0R1")
    await floor.workspace.wait_for_home("U0R1")
    await floor.workspace.click_in_view("U0R1", action_id="suggest_1")
    answer = await floor.workspace.wait_for_message("U0R1", floor.workspace.by_app())
    assert "€100" in answer["text"]


async def test_admin_commands_are_carried_out_for_admins_only(floor: Floor) -> None:
    await floor.workspace.slash("U0OPS", "C0ALL", "/kpi-admin", "rule list")
    listed = await floor.workspace.wait_for_message("C0ALL", floor.workspace.by_app())
    assert listed["is_ephemeral"]
    await floor.workspace.slash("U0OPS", "C0ALL", "/kpi-admin", "rule add win_rate < 40% for each rep in North")
    shown_first = await floor.workspace.wait_for_message("C0ALL", floor.workspace.by_app(after=listed["ts"]))
    assert floor.runtime.state.rules.all() == []
    await floor.workspace.click("U0OPS", "C0ALL", shown_first, action_id="admin_confirm")
    await floor.workspace.until(lambda: len(floor.runtime.state.rules.all()) == 1)
    await floor.workspace.slash("U0R1", "C0ALL", "/kpi-admin", "rule delete 1 --yes")
    await floor.workspace.wait_for_message("C0ALL", floor.workspace.by_app(after=shown_first["ts"]))
    assert len(floor.runtime.state.rules.all()) == 1
