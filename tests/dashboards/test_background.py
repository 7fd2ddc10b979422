"""Work between the messages of the browser: only the last order is cooked."""

from __future__ import annotations

import asyncio
import threading

import pytest

from crmsim.dashboards import paired_runs
from crmsim.dashboards.background import Background
from crmsim.dashboards.paired_runs import in_background


def _job(done: list, name: str, steps: int = 3):
    def run():
        for step in range(steps):
            done.append((name, step))
            yield

    return run


def test_without_a_loop_the_work_is_done_at_once():
    done: list = []
    Background(10.0).start(_job(done, "a"))
    assert done == [("a", 0), ("a", 1), ("a", 2)]


def test_of_several_changes_in_a_row_only_the_last_is_worked_on():
    done: list = []

    async def story():
        background = Background(0.02)
        for name in "abc":
            background.start(_job(done, name))
        assert background.busy and done == []
        await background.settled()

    asyncio.run(story())
    assert done == [("c", 0), ("c", 1), ("c", 2)]


def test_a_single_change_is_worked_on_at_once_and_a_series_waits_for_its_end():
    done: list = []

    async def story():
        background = Background(20.0)
        background.start(_job(done, "first", steps=1))
        await background.settled()
        assert done == [("first", 0)]
        background.start(_job(done, "so soon after", steps=1))
        await asyncio.sleep(0.05)
        assert background.busy and len(done) == 1
        background.stop()

    asyncio.run(asyncio.wait_for(story(), 10.0))


def test_what_is_left_can_be_done_in_one_go():
    done: list = []

    async def story():
        background = Background(0.0)
        background.finish()  # there is nothing to do
        background.start(_job(done, "begun", steps=100))
        while not done:
            await asyncio.sleep(0)
        background.finish()
        assert done == [("begun", step) for step in range(100)] and not background.busy
        background.start(_job(done, "not begun"))
        background.finish()
        assert done[100:] == [("not begun", step) for step in range(3)]
        await asyncio.sleep(0.05)
        assert len(done) == 103

    asyncio.run(asyncio.wait_for(story(), 10.0))


def test_a_change_during_long_work_waits_too_however_long_ago_the_last_one_was():
    done: list = []

    async def story():
        background = Background(0.02)
        background.start(_job(done, "old", steps=1000))
        await asyncio.sleep(0.05)
        background.start(_job(done, "new", steps=1))
        await asyncio.sleep(0.001)
        assert ("new", 0) not in done
        await background.settled()
        assert done[-1] == ("new", 0)

    asyncio.run(story())


def test_a_change_in_the_middle_drops_the_rest_of_the_old_work():
    done: list = []

    async def story():
        background = Background(0.0)
        background.start(_job(done, "old", steps=1000))
        while len(done) < 2:
            await asyncio.sleep(0.001)
        background.start(_job(done, "new"))
        await background.settled()

    asyncio.run(story())
    assert done[-3:] == [("new", 0), ("new", 1), ("new", 2)]
    assert len(done) < 100


def test_stopped_work_goes_no_further():
    done: list = []

    async def story():
        background = Background(0.01)
        background.start(_job(done, "a"))
        background.stop()
        assert not background.busy
        await asyncio.sleep(0.03)

    asyncio.run(story())
    assert done == []


def test_long_work_that_was_dropped_before_its_turn_is_never_done():
    """Each step of a slider would otherwise begin a piece of work, and the last would wait for them all."""
    begun, gate = [], threading.Event()

    def piece(number: int):
        def work() -> int:
            begun.append(number)
            assert gate.wait(10.0)
            return number

        return in_background(work)

    for number in range(5):
        dropped = piece(number)
        assert next(dropped) is None
        dropped.close()
    last = piece(5)
    assert next(last) is None
    gate.set()
    assert [found for found in last if found is not None] == [5]
    assert begun == [0, 5]


def test_of_many_populations_a_first_look_is_shown_and_then_all(monkeypatch):
    monkeypatch.setattr(paired_runs, "MOMENT", 0.0)
    monkeypatch.setattr(paired_runs, "SOON", 0.0)
    steps = list(paired_runs.each_population(lambda k: k, 5, engines=["simpy"]))
    looks = [step for step in steps if not isinstance(step, int)]
    assert looks == [[0], [0, 1, 2, 3, 4]] and steps[0] == [0] and steps[-1] == looks[-1]
    assert [step for step in steps if isinstance(step, int)] == [1, 2, 3, 4, 5]


def test_populations_that_are_there_in_a_moment_are_shown_together(monkeypatch):
    monkeypatch.setattr(paired_runs, "SOON", 60.0)
    steps = paired_runs.each_population(lambda k: k, 3)
    assert [step for step in steps if not isinstance(step, int)] == [[0, 1, 2]]


def test_a_population_that_fails_ends_the_look_at_all():
    def fails(k: int) -> int:
        raise ValueError("nobody is left")

    with pytest.raises(ValueError, match="nobody is left"):
        list(paired_runs.each_population(fails, 3))
