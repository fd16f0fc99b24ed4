"""How many requests a server is given at once."""

import asyncio

import pytest

from pipeline.engines import window
from pipeline.engines.window import FIRST, Window


async def filled(gate: Window, wanted: int, *, length=1, priority=0) -> list[asyncio.Task]:
    """Tasks that hold or wait for a place until they are cancelled."""
    async def hold():
        async with gate.place(length, priority):
            await asyncio.sleep(3600)

    tasks = [asyncio.create_task(hold()) for _ in range(wanted)]
    for _ in range(3):
        await asyncio.sleep(0)
    return tasks


async def ended(tasks):
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def test_no_more_than_the_limit_are_in_flight():
    async def scenario():
        gate = Window(512)
        tasks = await filled(gate, 100)
        assert gate.in_flight == FIRST
        await ended(tasks)
        assert gate.in_flight == 0

    asyncio.run(scenario())


def test_waiters_go_by_priority_then_the_longest_first():
    async def scenario():
        gate, order = Window(1), []
        first = await filled(gate, 1)

        async def ask(name, length, priority):
            async with gate.place(length, priority):
                order.append(name)

        tasks = [asyncio.create_task(ask(*one)) for one in (
            ("short", 1, 0), ("long", 9, 0), ("urgent", 1, -1), ("background", 99, 5), ("medium", 5, 0))]
        await asyncio.sleep(0)
        await ended(first)
        await asyncio.gather(*tasks)
        assert order == ["urgent", "long", "medium", "short", "background"]

    asyncio.run(scenario())


def test_short_ones_wait_no_longer_than_a_round():
    async def scenario():
        gate, order = Window(1), []
        first = await filled(gate, 1)

        async def ask(length):
            async with gate.place(length):
                order.append(length)

        tasks = [asyncio.create_task(ask(length)) for length in [1, *[9] * 400]]
        await asyncio.sleep(0)
        await ended(first)
        await asyncio.gather(*tasks)
        assert order.index(1) < window.ROUND

    asyncio.run(scenario())


def test_the_server_s_queue_opens_and_closes_the_window():
    async def scenario():
        gate = Window(512)
        tasks = await filled(gate, 600)
        gate.told(running=32, waiting=0)
        assert gate.in_flight == 64
        gate.told(running=64, waiting=0)
        assert gate.in_flight == 128
        gate.told(running=64, waiting=0)
        assert gate.in_flight == 128                # told before the last ones had come
        gate.told(running=80, waiting=48)
        assert gate.limit == 101                    # what runs, and a few to follow
        for _ in range(10):
            await filled(gate, 1)
            gate.told(running=gate.in_flight, waiting=0)
        assert gate.limit == 512
        await ended(tasks)

    asyncio.run(scenario())


def test_a_window_that_nobody_fills_does_not_grow():
    gate = Window(512)
    gate.told(running=3, waiting=0)
    assert gate.limit == FIRST


def test_refusals_close_it_once_for_each_moment(monkeypatch):
    async def scenario():
        gate = Window(512)
        tasks = await filled(gate, 40)
        gate.overloaded()
        gate.overloaded()
        assert gate.limit == pytest.approx(FIRST * window.CUT)
        monkeypatch.setattr(window, "CUT_PAUSE", 0.0)
        for _ in range(50):
            gate.overloaded()
        assert gate.limit == 1
        await ended(tasks)

    asyncio.run(scenario())


def test_a_server_that_says_nothing_is_not_flooded():
    async def scenario():
        gate = Window(512)
        tasks = await filled(gate, 600)
        for _ in range(500):
            gate.succeeded()
        assert gate.limit == window.BLIND_MOST
        await ended(tasks)

    asyncio.run(scenario())


def test_hunger_ends_when_fewer_wait_than_fill_all_places_twice():
    async def scenario():
        gate = Window(4)
        tasks = await filled(gate, 16)
        hungry = asyncio.create_task(gate.hunger())
        await asyncio.sleep(0)
        assert not hungry.done()
        await ended(tasks[:6])
        await asyncio.wait_for(hungry, 1)
        await ended(tasks)

    asyncio.run(scenario())


def test_who_is_cancelled_while_waiting_takes_no_place():
    async def scenario():
        gate = Window(1)
        holder = await filled(gate, 1)
        waiters = await filled(gate, 3)
        await ended(waiters[:2])
        await ended(holder)
        await asyncio.sleep(0)
        assert gate.in_flight == 1
        await ended(waiters)
        assert gate.in_flight == 0

    asyncio.run(scenario())
