"""Queues with a formula: published cases, direct sums, and laws that every queue obeys."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import case

from crmsim.errors import InputError
from crmsim.queueing import (
    agents_needed,
    erlang_b,
    erlang_c,
    mean_wait,
    mg1_priority_waits,
    mg1_wait,
    occupancy,
    offered_for_blocking,
    priority_waits,
    service_level,
)

drawn = settings(max_examples=60, deadline=None, derandomize=True, database=None)


def test_erlc_01_pyworkforce():
    known = case("ERLC-01")
    given_ = known.inputs
    arrivals, service, agents = given_["calls"] / given_["interval_min"], 1 / given_["aht_min"], 14
    desk = arrivals, service, given_["agents"]
    assert float(erlang_c(agents, given_["traffic"])) == known.close_to(known.expected["p_wait"])
    in_time = float(service_level(*desk, within=given_["asa_target_s"] / 60))
    assert in_time == known.close_to(known.expected["service_level"])
    assert 60 * float(mean_wait(*desk)) == known.close_to(known.expected["asa_s"])
    assert float(occupancy(*desk)) == known.close_to(known.expected["occupancy"])


def test_erlb_01_table():
    known = case("ERLB-01")
    loads = offered_for_blocking(known.inputs["servers"], known.inputs["blocking"])
    assert loads == known.close_to(known.expected)
    assert erlang_b(known.inputs["servers"], loads) == pytest.approx(known.inputs["blocking"], rel=1e-9)


def test_prio_01_fabtime():
    known = case("PRIO-01")
    rates = [known.inputs["lambda_high"], known.inputs["lambda_low"]]
    cycle = 60 * (priority_waits(rates, known.inputs["mu"]) + 1 / known.inputs["mu"])
    assert cycle == known.close_to([known.expected["W_high_min"], known.expected["W_low_min"]])
    assert np.average(cycle, weights=rates) == known.close_to(known.expected["average_min"])
    alone = 60 * (mean_wait(sum(rates), known.inputs["mu"]) + 1 / known.inputs["mu"])
    assert float(alone) == known.close_to(known.expected["average_min"])


def test_prio_02_hillier_lieberman_county_hospital():
    known = case("PRIO-02")
    for servers in known.inputs["servers"]:
        waits = priority_waits(known.inputs["lambda"], known.inputs["mu"], servers)
        assert waits == known.close_to(known.expected[f"s{servers}"])


def test_prio_05_exponential_and_constant_class():
    known = case("PRIO-05")
    rates, means, variances = [2.0, 1.0], [0.25, 0.25], [1 / 16, 0.0]
    first = mg1_priority_waits(rates, means, variances)
    assert first == known.close_to(known.expected["A_first"])
    second = mg1_priority_waits(rates[::-1], means[::-1], variances[::-1])
    assert second == known.close_to(known.expected["B_first"])


# --- against direct sums -----------------------------------------------------------------------------------


@drawn
@given(servers=st.integers(0, 60), offered=st.floats(0.001, 80.0))
def test_erlang_b_is_the_direct_sum(servers, offered):
    terms = [offered**k / math.factorial(k) for k in range(servers + 1)]
    assert float(erlang_b(servers, offered)) == pytest.approx(terms[-1] / math.fsum(terms), rel=1e-9)


@drawn
@given(servers=st.integers(1, 40), busy=st.floats(0.01, 0.98))
def test_waiting_is_that_of_the_balance_equations(servers, busy):
    """A birth-and-death chain cut off where nobody gets to: P(wait), and Little's law for the queue."""
    offered, rate = servers * busy, 2.0
    states = np.arange(servers + 4000)
    steps = np.concatenate([[0.0], np.log(offered / np.minimum(states[1:], servers))])
    weight = np.exp(np.cumsum(steps) - np.cumsum(steps).max())
    share = weight / weight.sum()
    assert float(erlang_c(servers, offered)) == pytest.approx(share[servers:].sum(), rel=1e-6)
    queue = (share * np.maximum(states - servers, 0)).sum()
    arrivals = offered * rate
    assert float(mean_wait(arrivals, rate, servers)) == pytest.approx(queue / arrivals, rel=1e-6)


def test_the_service_level_integrates_to_the_mean_wait():
    times = np.linspace(0.0, 60.0, 600_001)
    late = 1.0 - service_level(5.0, 1.0, 6, within=times)
    assert np.trapezoid(late, times) == pytest.approx(float(mean_wait(5.0, 1.0, 6)), rel=1e-6)


# --- laws --------------------------------------------------------------------------------------------------

rows_of_rates = st.lists(st.floats(0.01, 5.0), min_size=1, max_size=5)


@drawn
@given(rates=rows_of_rates, servers=st.integers(1, 6), busy=st.floats(0.05, 0.97))
def test_priorities_only_pass_waiting_on(rates, servers, busy):
    """Conservation: weighted by load, the mean wait does not depend on who goes first."""
    service_rate = sum(rates) / servers / busy
    waits = priority_waits(rates, service_rate, servers)
    without = float(mean_wait(sum(rates), service_rate, servers))
    assert np.average(waits, weights=rates) == pytest.approx(without, rel=1e-9)
    assert (np.diff(waits) >= -1e-12).all()


@drawn
@given(
    classes=st.lists(
        st.tuples(st.floats(0.01, 5.0), st.floats(0.01, 3.0), st.floats(0.0, 4.0)), min_size=1, max_size=5
    ),
    busy=st.floats(0.05, 0.97),
)
def test_the_conservation_law_of_kleinrock(classes, busy):
    rates, means, variances = np.array(classes).T
    rates = rates * busy / (rates * means).sum()
    waits = mg1_priority_waits(rates, means, variances)
    loads = rates * means
    left = (rates * (variances + means**2)).sum() / 2
    assert (loads * waits).sum() == pytest.approx(busy * left / (1 - busy), rel=1e-9)
    assert float(mg1_wait(rates[:1], means[:1], variances[:1])[0]) <= waits[0] + 1e-12


@drawn
@given(rate=st.floats(0.01, 0.99))
def test_one_exponential_server_is_the_same_by_every_road(rate):
    expected = rate / (1 - rate)
    for wait in (
        mean_wait(rate, 1.0),
        mg1_wait(rate, 1.0, 1.0),
        priority_waits([rate], 1.0)[0],
        mg1_priority_waits([rate], 1.0, 1.0)[0],
    ):
        assert float(wait) == pytest.approx(expected, rel=1e-9)


@drawn
@given(servers=st.integers(1, 30), offered=st.floats(0.01, 40.0))
def test_monotone(servers, offered):
    assert erlang_b(servers + 1, offered) < erlang_b(servers, offered) < erlang_b(servers, offered * 1.1)
    assert erlang_c(servers, offered) >= erlang_b(servers, offered)
    assert erlang_c(servers + 1, offered) <= erlang_c(servers, offered) <= erlang_c(servers, offered * 1.1)


@drawn
@given(offered=st.floats(0.1, 300.0), target=st.floats(0.01, 0.999), within=st.floats(0.0, 1.0))
def test_agents_needed_is_the_smallest_number(offered, target, within):
    needed = agents_needed(offered, 1.0, within=within, target=target)
    assert service_level(offered, 1.0, needed, within) >= target
    assert needed == 1 or service_level(offered, 1.0, needed - 1, within) < target


def test_agents_are_not_to_be_busy_all_the_time():
    assert agents_needed(10.0, 1.0, within=100.0, target=0.5) == 11
    assert agents_needed(10.0, 1.0, within=100.0, target=0.5, most_occupied=0.5) == 20


# --- extremes ----------------------------------------------------------------------------------------------


def test_extremes():
    assert erlang_b(0, 3.0) == 1.0 and erlang_b(5, 0.0) == 0.0 and erlang_c(5, 0.0) == 0.0
    assert erlang_b(1000, 1e-3) == 0.0
    assert float(erlang_b(10_000, 1e4)) == pytest.approx(0.0079, abs=1e-4)
    assert mean_wait(0.0, 1.0, 3) == 0.0 and service_level(0.0, 1.0, 3, 0.0) == 1.0


def test_a_desk_that_cannot_keep_up():
    assert erlang_c(2, 2.0) == 1.0 and mean_wait(4.0, 1.0, 2) == math.inf
    assert service_level(4.0, 1.0, 2, within=1e6) == 0.0 and occupancy(4.0, 1.0, 2) == 1.0
    assert mg1_wait(1.0, 1.0, 0.0) == math.inf


def test_those_at_the_top_are_served_even_where_the_desk_cannot_keep_up():
    """Servers are then never idle: the top class waits for what is left of a service, and its own queue."""
    waits = priority_waits([0.5, 3.0, 1.0], 1.0, servers=2)
    assert waits[0] == pytest.approx(1 / 2 / (1 - 0.25)) and waits[1:].tolist() == [math.inf, math.inf]
    single = mg1_priority_waits([0.5, 3.0, 1.0], 1.0, 1.0)
    assert single[0] == pytest.approx(1.0 / (1 - 0.5)) and single[1:].tolist() == [math.inf, math.inf]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: erlang_b(2.5, 1.0), r"^servers: must be whole numbers from 0 to 1000000, got 2.5"),
        (lambda: erlang_c(0, 1.0), r"^servers: must be whole numbers from 1"),
        (lambda: erlang_c(1, -1.0), r"^offered: must be finite and at least 0, got -1.0"),
        (lambda: mean_wait(math.nan, 1.0, 1), r"^arrival_rate: must be finite and at least 0"),
        (lambda: mean_wait(1.0, 0.0, 1), r"^service_rate: must be finite and above 0, got 0.0"),
        (lambda: service_level(1.0, 1.0, 2, -1.0), r"^within: must be finite and at least 0"),
        (lambda: offered_for_blocking(3, 1.0), r"^blocking: must be above 0 and below 1, got 1.0"),
        (lambda: agents_needed(1.0, 1.0, within=0.1, target=1.0), r"^target: must be above 0 and below 1"),
        (lambda: agents_needed(1.0, 1.0, within=0.1, most_occupied=0.0), r"^most_occupied: must be above 0"),
        (lambda: agents_needed(1e9, 1.0, within=0.1), r"^arrival_rate: must need at most"),
        (lambda: priority_waits(1.0, 1.0), r"^arrival_rates: must be one number for each class"),
        (lambda: priority_waits([], 1.0), r"^arrival_rates: must be one number for each class"),
        (lambda: mg1_priority_waits([1.0], [1.0, 2.0], 1.0), r"^service_means: must be 1, one per class"),
        (lambda: mg1_priority_waits([1.0], -1.0, 1.0), r"^service_means: must be finite and above 0"),
        (lambda: mg1_wait(0.1, 1.0, -1.0), r"^service_variance: must be finite and at least 0"),
    ],
)
def test_what_is_refused(call, message):
    with pytest.raises(InputError, match=message):
        call()
