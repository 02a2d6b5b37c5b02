"""A load that is held back, a damaged snapshot, under a bot that runs: the admin hears once, looks, and confirms."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from slack_floor import Floor, Message, shown

from bot.delivery import delivery_client
from bot.scheduler import Scheduler
from metrics.ingest import blocked, load

DIRECT = "U0OPS"


@pytest.fixture
def loaded_world(world_workspace: Path, tmp_path: Path) -> Path:
    """A copy of one's own: it is harmed."""
    return Path(shutil.copytree(world_workspace, tmp_path / "world"))


def scheduler(floor: Floor) -> Scheduler:
    return Scheduler(floor.runtime, client=delivery_client(floor.workspace.tokens.bot, floor.workspace.api_url))


def cut(world: Path, keep: int) -> None:
    """deals.csv with its first `keep` rows."""
    lines = (world / "deals.csv").read_text("utf-8").splitlines(keepends=True)
    (world / "deals.csv").write_text("".join(lines[: keep + 1]), "utf-8")
    assert load(world, env={}).blocked is not None


def told(floor: Floor) -> list[str]:
    return [
        m["text"]
        for m in floor.posted(DIRECT, to_all=True)
        if "held back" in m["text"] or "store is damaged" in m["text"]
    ]


async def command(floor: Floor, text: str, *, user: str = "U0OPS") -> Message:
    before = [m["ts"] for m in floor.workspace.messages("C0TWO")]
    await floor.workspace.slash(user, "C0TWO", "/kpi-admin", text)
    found: Message = await floor.workspace.wait_for_message("C0TWO", lambda m: m["ts"] not in before, timeout=30)
    return found


async def test_a_load_is_held_back_told_once_looked_at_and_confirmed(floor: Floor, loaded_world: Path) -> None:
    assert "€2,150" in shown(await floor.dm("U0OPS", "revenue this year"))
    cut(loaded_world, keep=12)
    ticker = scheduler(floor)
    for _ in range(3):
        await ticker.tick()
    await scheduler(floor).tick()  # another process, or the same after a restart
    (notice,) = told(floor)
    waiting = blocked(loaded_world)
    assert waiting is not None and f"/kpi-admin data confirm {waiting.id}" in notice
    assert "deals: 24 → 12 rows (−50%), fewer since Feb 2024" in notice and "data to 11 Mar 2024" in notice
    assert "€2,150" in shown(await floor.dm("U0OPS", "revenue this year")), "the snapshot before serves on"

    cut(loaded_world, keep=11)
    await ticker.tick()
    assert len(told(floor)) == 1, "one row less of the same is no news"
    cut(loaded_world, keep=5)
    await ticker.tick()
    assert len(told(floor)) == 2, "January has fallen now"

    shown_now = await command(floor, "data")
    old, waiting = waiting, blocked(loaded_world)
    assert waiting is not None and waiting.id != old.id
    assert "24 → 5 rows" in shown_now["text"] and waiting.id in shown_now["text"]
    assert "is not the load that waits now" in (await command(floor, f"data confirm {old.id}"))["text"]
    for text in ("data", f"data confirm {waiting.id}", f"data confirm {waiting.id} --yes"):
        refused = await command(floor, text, user="U0M1")
        assert "for admins" in refused["text"] and "deals" not in refused["text"]
    assert blocked(loaded_world) == waiting
    preview = await command(floor, f"data confirm {waiting.id}")
    assert "24 → 5 rows" in preview["text"] and "€2,150" in shown(await floor.dm("U0OPS", "revenue this year"))
    before = [m["ts"] for m in floor.workspace.messages("C0TWO")]
    await floor.workspace.click("U0OPS", "C0TWO", preview, action_id="admin_confirm")
    done = await floor.workspace.wait_for_message("C0TWO", lambda m: m["ts"] not in before)
    assert f"Load {waiting.id} serves now" in done["text"]
    assert "€300" in shown(await floor.dm("U0OPS", "revenue this year"))
    entry = next(e for e in floor.runtime.state.audit.recent(9) if e.action == "data.confirm")
    assert (entry.actor, entry.subject, entry.before, entry.after) == ("ops", waiting.id, "1", "2")
    assert "No load waits" in (await command(floor, "data"))["text"]


async def test_damaged_while_it_serves_the_admin_hears_once(floor: Floor, loaded_world: Path) -> None:
    with (loaded_world / "deals.csv").open("a") as file:
        file.write("d99,r1,c1,p1,Won,2024-03-01,2024-03-05,1000\n")
    assert load(loaded_world, env={}).swapped
    assert "€3,150" in shown(await floor.dm("U0OPS", "revenue this year"))
    snapshot = loaded_world / "var" / "store" / "snapshot_2.duckdb"
    snapshot.write_bytes(snapshot.read_bytes()[:-4096])
    answer = shown(await floor.dm("U0OPS", "revenue this year"))
    assert "€2,150" in answer and "The newest data is damaged (snapshot_2.duckdb)" in answer
    ticker = scheduler(floor)
    for _ in range(3):
        await ticker.tick()
    await scheduler(floor).tick()
    (notice,) = told(floor)
    assert "snapshot_2.duckdb" in notice and "were written" in notice and "paceline load" in notice
    assert load(loaded_world, env={}).swapped
    assert "€3,150" in shown(await floor.dm("U0OPS", "revenue this year"))
