"""Where questions wait: so many inside, people in turns, and nobody waits behind what takes long."""

from __future__ import annotations

import asyncio

import pytest
from claims import claim
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.entrance import Entrance
from metrics.errors import TooLarge


async def spin(laps: int = 20) -> None:
    for _ in range(laps):
        await asyncio.sleep(0)


class Visits:
    """People who go in and stay until they are let out."""

    def __init__(self, entrance: Entrance) -> None:
        self.entrance = entrance
        self.came_in: list[str] = []
        self.inside = self.most = 0
        self._out: dict[str, asyncio.Event] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    def begin(self, name: str) -> None:
        """`name`: the person's letter and a number."""
        self._out[name] = asyncio.Event()
        self.tasks[name] = asyncio.create_task(self._visit(name))

    async def _visit(self, name: str) -> None:
        async with self.entrance.place(name[0]):
            self.came_in.append(name)
            self.inside += 1
            self.most = max(self.most, self.inside)
            try:
                await self._out[name].wait()
            finally:
                self.inside -= 1

    async def came(self, name: str) -> None:
        while name not in self.came_in:  # noqa: ASYNC110  the entrance tells nobody
            await asyncio.sleep(0.002)

    async def let_out(self, *names: str) -> None:
        for name in names:
            self._out[name].set()
        await spin()

    async def let_all_out(self) -> None:
        """One after another, as they stand inside."""
        while any(not t.done() for t in self.tasks.values()):
            await self.let_out(*[n for n in self.came_in if not self._out[n].is_set()][:1])
        await asyncio.gather(*self.tasks.values(), return_exceptions=True)


def test_people_take_turns_however_much_one_of_them_has() -> None:
    async def scene() -> list[str]:
        visits = Visits(Entrance(1, waiting=9))
        for name in ("a1", "a2", "a3", "a4", "b1", "c1", "b2"):
            visits.begin(name)
            await spin()
        await visits.let_all_out()
        return visits.came_in

    assert asyncio.run(scene()) == ["a1", "a2", "b1", "c1", "a3", "b2", "a4"]


def test_who_has_enough_waiting_is_refused_and_others_are_not() -> None:
    async def scene() -> None:
        visits = Visits(Entrance(1, waiting=2))
        for name in ("a1", "a2", "a3", "a4", "b1"):
            visits.begin(name)
            await spin()
        with pytest.raises(TooLarge) as refused:
            await visits.tasks["a4"]
        assert (refused.value.code, refused.value.fields) == ("too_many_waiting", {"n": "2"})
        await visits.let_all_out()
        assert sorted(visits.came_in) == ["a1", "a2", "a3", "b1"]

    asyncio.run(scene())


def test_what_takes_long_holds_nobody_up() -> None:
    async def scene() -> None:
        visits = Visits(Entrance(1, waiting=2, longest_s=0.01))
        visits.begin("a1")
        await spin()
        visits.begin("b1")
        await spin()
        assert visits.came_in == ["a1"]
        async with asyncio.timeout(5):
            await visits.came("b1")
        assert visits.inside == 2
        await visits.let_all_out()
        visits.begin("c1")  # who gave up their place gives it up once
        await spin()
        visits.begin("d1")
        await spin()
        assert visits.came_in[2:] == ["c1"]
        await visits.let_all_out()

    asyncio.run(scene())


def test_who_no_longer_waits_takes_no_place() -> None:
    async def scene() -> None:
        entrance, out = Entrance(1, waiting=2), asyncio.Event()
        visits = Visits(entrance)

        async def first() -> None:
            async with entrance.place("a"):
                await out.wait()
            visits.tasks["c1"].cancel()  # let in this moment, and called off before it could begin

        leaving = asyncio.create_task(first())
        await spin()
        for name in ("b1", "c1"):
            visits.begin(name)
            await spin()
        visits.tasks["b1"].cancel()
        out.set()
        await leaving
        await spin()
        assert visits.tasks["c1"].cancelled()
        visits.begin("d1")
        await spin()
        assert visits.came_in == ["d1"]
        await visits.let_all_out()

    asyncio.run(scene())


@settings(max_examples=100, deadline=None)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from("abcd"), st.sampled_from(["come", "come", "leave", "cancel"])),
        min_size=8,
        max_size=40,
    ),
    at_once=st.integers(1, 3),
)
def test_never_more_inside_and_everybody_comes_in(steps: list[tuple[str, str]], at_once: int) -> None:
    async def scene() -> None:
        visits = Visits(Entrance(at_once, waiting=100))
        cancelled = set[str]()
        for number, (who, what) in enumerate(steps):
            if what == "come":
                visits.begin(f"{who}{number}")
                await spin(3)
                continue
            mine = [n for n, t in visits.tasks.items() if n[0] == who and not t.done()]
            if mine and what == "leave":
                await visits.let_out(mine[0])
            elif mine:
                visits.tasks[mine[0]].cancel()
                cancelled.add(mine[0])
                await spin(3)
        await visits.let_all_out()
        assert visits.most <= at_once
        assert set(visits.tasks) - set(visits.came_in) <= cancelled
        if len(visits.tasks) > at_once:
            claim()

    asyncio.run(scene())
