"""Waiting for a server that has gone."""

import asyncio

import pytest

from pipeline.engines import EngineError, breaker
from pipeline.engines.breaker import Breaker


class Patient:
    """A server whose health is set by hand."""

    def __init__(self, *, well: bool = True) -> None:
        self.well, self.looks = well, 0

    async def healthy(self) -> bool:
        self.looks += 1
        return self.well


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch):
    monkeypatch.setattr(breaker, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(breaker, "LONGEST_PAUSE", 0.02)


def test_a_broken_connection_to_a_server_that_is_well_counts_as_a_try():
    async def scenario():
        held = Breaker(Patient().healthy, 1)
        assert not await held.gone()
        await asyncio.wait_for(held.passed(), 1)

    asyncio.run(scenario())


def test_nobody_asks_while_the_server_is_away_and_one_tries_when_it_is_back():
    async def scenario():
        server = Patient(well=False)
        held = Breaker(server.healthy, 60)
        assert await held.gone()
        waiting = [asyncio.create_task(held.passed()) for _ in range(5)]
        await asyncio.sleep(0.1)
        assert not any(task.done() for task in waiting)
        server.well = True
        await asyncio.sleep(0.1)
        assert sum(task.done() for task in waiting) == 1
        held.succeeded()
        await asyncio.wait_for(asyncio.gather(*waiting), 1)

    asyncio.run(scenario())


def test_a_failed_trial_opens_it_again():
    async def scenario():
        server = Patient(well=False)
        held = Breaker(server.healthy, 60)
        await held.gone()
        server.well = True
        await held.passed()
        assert not held.failed()
        second = asyncio.create_task(held.passed())
        await asyncio.sleep(0)
        assert not second.done()
        await asyncio.wait_for(second, 1)           # healthy again: the next may try

    asyncio.run(scenario())


def test_a_trial_that_shows_nothing_leaves_its_turn_to_another():
    async def scenario():
        server = Patient(well=False)
        held = Breaker(server.healthy, 60)
        await held.gone()
        server.well = True
        assert await asyncio.wait_for(held.passed(), 1)
        waiting = [asyncio.create_task(held.passed()) for _ in range(3)]
        await asyncio.sleep(0.05)
        assert not any(task.done() for task in waiting)
        held.returned(trial=True)                       # cancelled, or told to come later
        await asyncio.sleep(0.05)
        assert sum(task.done() for task in waiting) == 1
        held.succeeded()
        held.returned(trial=True)
        assert sorted(await asyncio.wait_for(asyncio.gather(*waiting), 1)) == [False, False, True]

    asyncio.run(scenario())


def test_what_was_lost_is_asked_again_after_a_reset():
    async def scenario():
        held = Breaker(Patient(well=False).healthy, 0.05)
        await held.gone()
        for _ in range(2):
            with pytest.raises(EngineError, match="has not answered"):
                await asyncio.wait_for(held.passed(), 2)
        held.succeeded()                                # a late answer is no sign of life
        with pytest.raises(EngineError, match="has not answered"):
            await held.passed()
        held.reset()
        assert not await asyncio.wait_for(held.passed(), 1)

    asyncio.run(scenario())


def test_patience_ends():
    async def scenario():
        held = Breaker(Patient(well=False).healthy, 0.05)
        await held.gone()
        with pytest.raises(EngineError, match="has not answered"):
            await asyncio.wait_for(held.passed(), 2)

    asyncio.run(scenario())


def test_it_opens_when_most_fail_and_not_before():
    async def scenario():
        held = Breaker(Patient().healthy, 60)
        for _ in range(20):
            held.succeeded()
        assert all(held.failed() for _ in range(5))
        for _ in range(14):
            held.failed()
        assert not held.failed()
        blocked = asyncio.create_task(held.passed())
        await asyncio.sleep(0)
        assert not blocked.done()
        await asyncio.wait_for(blocked, 1)

    asyncio.run(scenario())
