"""The call centre: how probable and how long is a wait (M/M/c, Erlang C)."""

from __future__ import annotations

import math
from typing import Any

from crmsim.exercises.calculations.drawing import Draw
from crmsim.exercises.calculations.problem import Draft, Generator, Number
from crmsim.queueing import erlang_b, erlang_c, mean_wait

__all__ = ["GENERATORS"]


def _given(draw: Draw) -> dict[str, Any]:
    agents = draw.pick("agents", (2, 3, 4, 5))
    minutes = draw.pick("minutes", range(3, 13))
    # A load of 60 to 90 per cent, in whole calls per hour.
    most = agents * 60 / minutes
    calls = draw.pick("calls", range(math.ceil(0.6 * most), math.floor(0.9 * most) + 1))
    load = calls * minutes / 60
    terms = [load**k / math.factorial(k) for k in range(agents)]
    waiting = load**agents / math.factorial(agents) / (1.0 - load / agents)
    return {"agents": agents, "minutes": minutes, "calls": calls, "load": load, "busy": load / agents,
            "terms": terms, "waiting": waiting, "sum": sum(terms), "free": 1.0 - load / agents,
            "wait": float(erlang_c(agents, load)), "highest": agents - 1}  # fmt: skip


def _probability(draw: Draw) -> Draft:
    given = _given(draw)
    agents, load = given["agents"], given["load"]
    value = 100.0 * given["wait"]
    slips = {
        "occupancy": 100.0 * given["busy"],
        "erlang_b": 100.0 * float(erlang_b(agents, load)),
        "no_wait": 100.0 - value,
    }
    return Draft(given, Number(value, "percent", 1, 0.3), slips)


def _mean(draw: Draw) -> Draft:
    given = _given(draw)
    agents, minutes = given["agents"], given["minutes"]
    rate = given["calls"] / 60
    value = float(mean_wait(rate, 1.0 / minutes, agents))
    spare = agents / minutes - rate
    slips = {
        "with_service": value + minutes,
        "waiting_ones": 1.0 / spare,
        "one_fast_agent": float(mean_wait(rate, agents / minutes, 1)),
        "erlang_b": float(erlang_b(agents, given["load"])) / spare,
        "hours": value / 60.0,
    }
    figures = {**given, "spare": spare, "service_rate": 1.0 / minutes, "rate": rate}
    return Draft(figures, Number(value, "minutes", 2, max(0.01, 0.01 * value)), slips)


GENERATORS = (
    Generator("wait_probability", _probability, "queues"),
    Generator("mean_wait", _mean, "queues"),
)
