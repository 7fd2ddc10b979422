"""Markov migration: the published vectors and policies, and chains walked step by step."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import reference
from hypothesis import given, settings
from hypothesis import strategies as st

from crmsim.errors import CrmsimError, InputError
from crmsim.value import (
    Action,
    DiscountRate,
    Flow,
    RetentionRate,
    constant_retention_clv,
    migration_clv,
    optimal_policy,
    policy_value,
    recency_actions,
    recency_chain,
    recency_rewards,
    state_shares,
    transitions_after,
)

CHANCES = st.lists(st.floats(0, 1), min_size=1, max_size=5)


def money(amount):
    return Flow(amount, "USD", "year")


@st.composite
def chains(draw, states: int | None = None):
    """A random transition matrix."""
    n = states or draw(st.integers(1, 5))
    rows = [draw(st.lists(st.integers(0, 9), min_size=n, max_size=n)) for _ in range(n)]
    weights = np.array(rows, dtype=float)
    weights[weights.sum(axis=1) == 0, 0] = 1.0
    return weights / weights.sum(axis=1, keepdims=True)


def inputs(case_id):
    case = reference.case(case_id)
    given = case.inputs
    return case, (
        given["purchase_probability_by_recency"],
        money(given["net_contribution"]),
        money(given["marketing_cost_per_period"]),
        DiscountRate(given["d"], "year"),
    )


# --- published -------------------------------------------------------------------------------------


def test_pc_01_pfeifer_carraway_2000_value_by_recency():
    case, (chances, contribution, marketing, discount) = inputs("PC-01")
    rewards = recency_rewards(contribution, marketing, len(chances))
    assert rewards == money(case.inputs["reward"])
    value = migration_clv(recency_chain(chances), rewards, discount)
    assert value.value == case.close_to(np.array(case.expected))
    assert (value.currency, value.horizon, value.discount) == ("USD", np.inf, discount)


def test_pc_03_pfeifer_carraway_2000_policies():
    case, (chances, contribution, marketing, discount) = inputs("PC-03")
    actions = recency_actions(chances, contribution, marketing)
    for name, expected in case.expected.items():
        if name.startswith("curtail"):
            recency = int(name.removeprefix("curtail_"))
            policy = ["market"] * (recency - 1) + ["stop"] * (len(chances) + 2 - recency)
            value = policy_value(actions, policy, discount).value
            assert value[: recency - 1] == case.close_to(np.array(expected)), name
            assert value[recency - 1 :] == pytest.approx(0)
    best = optimal_policy(actions, discount)
    assert best.actions.index("stop") + 1 == case.expected["optimal_stop_at_recency"]
    assert best.value.value[:3] == case.close_to(np.array(case.expected["curtail_4"]))
    assert best.rounds == 1, "policy iteration converges in one step"


def test_pc_05_four_steps():
    case = reference.case("PC-05")
    chain = recency_chain(case.inputs["purchase_probability_by_recency"])
    after = transitions_after(chain, case.inputs["power"])
    assert after == case.close_to(np.array(case.expected))


# --- the value -------------------------------------------------------------------------------------


@given(chain=chains(), data=st.data(), d=st.floats(0, 1), periods=st.integers(0, 6))
@settings(max_examples=60)
def test_finite_horizon_path_by_path(chain, data, d, periods):
    """Every path through the states, with its chance and what it brings on the way."""
    n = len(chain)
    rewards = data.draw(st.lists(st.floats(-50, 50), min_size=n, max_size=n))
    periods = min(periods, 4 if n > 3 else 6)
    expected = np.zeros(n)
    for path in itertools.product(range(n), repeat=periods + 1):
        chance = np.prod([chain[a, b] for a, b in itertools.pairwise(path)])
        expected[path[0]] += chance * sum(rewards[s] / (1 + d) ** t for t, s in enumerate(path))
    value = migration_clv(chain, money(rewards), DiscountRate(d, "year"), periods=periods)
    assert value.value == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert value.horizon == periods


@given(chain=chains(), data=st.data(), d=st.floats(0.05, 1))
def test_long_horizons_approach_no_end(chain, data, d):
    rewards = money(data.draw(st.lists(st.floats(-50, 50), min_size=len(chain), max_size=len(chain))))
    discount = DiscountRate(d, "year")
    long = migration_clv(chain, rewards, discount, periods=800)
    assert migration_clv(chain, rewards, discount).value == pytest.approx(long.value, rel=1e-9, abs=1e-9)


@given(chain=chains(3), a=st.lists(st.floats(-50, 50), min_size=3, max_size=3), d=st.floats(0.01, 1))
def test_value_is_additive_in_rewards(chain, a, d):
    discount, other = DiscountRate(d, "year"), money([5.0, -3.0, 0.5])
    both = migration_clv(chain, money(a) + other, discount)
    apart = migration_clv(chain, money(a), discount) + migration_clv(chain, other, discount)
    assert both.value == pytest.approx(apart.value, rel=1e-9, abs=1e-9)


@given(r=st.floats(0, 1), d=st.floats(0.001, 1))
def test_two_states_are_constant_retention(r, d):
    discount = DiscountRate(d, "year")
    value = migration_clv([[r, 1 - r], [0, 1]], money([100, 0]), discount)
    plain = constant_retention_clv(money(100), RetentionRate(r, "year"), discount, timing="immediate")
    assert value.value == pytest.approx([plain.value, 0])


@given(chances=st.lists(st.floats(0, 0.7), min_size=1, max_size=4))
def test_without_discounting_former_customers_end_the_sum(chances):
    chain = recency_chain(chances)
    rewards = recency_rewards(money(40), money(4), len(chances))
    free = migration_clv(chain, rewards, DiscountRate(0, "year"))
    nearly = migration_clv(chain, rewards, DiscountRate(1e-9, "year"))
    assert free.value == pytest.approx(nearly.value, rel=1e-4, abs=1e-4)


def test_without_discounting_what_pays_for_ever_has_no_value():
    message = r"^discount: must be above 0 where a customer can stay for ever in states that pay or cost"
    with pytest.raises(InputError, match=message):
        migration_clv([[0.5, 0.5], [0, 1]], money([10, 1]), DiscountRate(0, "year"))
    with pytest.raises(InputError, match=message):
        migration_clv([[0, 1], [1, 0]], money([1, -1]), DiscountRate(0, "year"))
    ended = migration_clv([[0.5, 0.5, 0], [0, 0, 1], [0, 1, 0]], money([10, 0, 0]), DiscountRate(0, "year"))
    assert ended.value == pytest.approx([20, 0, 0])


# --- chains ----------------------------------------------------------------------------------------


@given(chances=CHANCES)
def test_recency_chain_by_its_story(chances):
    chain = recency_chain(chances)
    last = len(chances)
    for cell, chance in enumerate(chances):
        expected = np.zeros(last + 1)
        expected[0] += chance
        expected[cell + 1] += 1 - chance
        assert chain[cell] == pytest.approx(expected)
    assert chain[last].tolist() == [0] * last + [1]


@given(chain=chains(), t=st.integers(0, 8), s=st.integers(0, 8))
def test_steps_add_up(chain, t, s):
    both = transitions_after(chain, t) @ transitions_after(chain, s)
    assert transitions_after(chain, t + s) == pytest.approx(both)
    assert transitions_after(chain, t).sum(axis=1) == pytest.approx(1)


@given(chain=chains(), periods=st.integers(0, 8))
def test_shares_follow_the_powers(chain, periods):
    start = np.full(len(chain), 1 / len(chain))
    shares = state_shares(chain, start, periods)
    assert shares.shape == (periods + 1, len(chain)) and shares.sum(axis=1) == pytest.approx(1)
    assert shares[-1] == pytest.approx(start @ transitions_after(chain, periods))


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        ([[0.5, 0.5], [0.3, 0.6]], r"^transitions\[1\]: must sum to 1 over the row, got 0\.8999"),
        ([[0.5, 0.5], [0.3, 0.70001]], r"^transitions\[1\]: must sum to 1 over the row, got 1\.00001"),
        ([[0.5, 0.5], [1.2, -0.2]], r"^transitions\[1, 0\]: must be from 0 to 1, got 1\.2$"),
        ([[0.5, 0.5]], r"^transitions: must be a square matrix, .* got \(1, 2\)$"),
        ([], r"^transitions: must be a square matrix"),
        ([[0.5, "x"], [0, 1]], r"^transitions: must be a number or an array of numbers"),
        ([[np.nan, 1], [0, 1]], r"^transitions\[0, 0\]: must be from 0 to 1, got nan$"),
    ],
)
def test_matrices_that_are_none(matrix, message):
    with pytest.raises(InputError, match=message):
        migration_clv(matrix, money([1, 0]), DiscountRate(0.1, "year"))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: migration_clv(np.eye(2), money([1, 2, 3]), DiscountRate(0.1, "year")),
            r"^rewards: must be one amount for each of 2 states, got \(3,\)$",
        ),
        (
            lambda: migration_clv(np.eye(2), money([1, 2]), DiscountRate(0.1, "month")),
            r"^discount: must be per year like rewards, but is per month",
        ),
        (
            lambda: migration_clv(np.eye(2), money([1, 2]), DiscountRate([0.1, 0.2], "year")),
            r"^discount: must be one rate",
        ),
        (
            lambda: migration_clv(np.eye(1), money([1]), DiscountRate(0.1, "year"), periods=-1),
            r"^periods: must be a whole number from 0",
        ),
        (lambda: recency_chain([0.3, 1.5]), r"^purchase_probability\[1\]: must be from 0 to 1, got 1\.5$"),
        (lambda: recency_chain([]), r"^purchase_probability: must be one chance for each"),
        (lambda: state_shares(np.eye(2), [0.5, 0.4], 1), r"^start: must sum to 1, got 0\.9$"),
        (lambda: state_shares(np.eye(2), [1.0], 1), r"^start: must be one share for each of 2 states"),
        (
            lambda: recency_rewards(money(40), Flow(4, "EUR", "year"), 4),
            r"^currency: must be the same in both",
        ),
    ],
)
def test_what_does_not_fit_is_refused(call, message):
    with pytest.raises(InputError, match=message):
        call()


# --- policies --------------------------------------------------------------------------------------


@given(data=st.data(), d=st.floats(0.02, 1))
@settings(max_examples=60)
def test_the_best_policy_against_all_policies(data, d):
    """Three states, three actions: all 27 policies are valued, none may beat the one found."""
    discount = DiscountRate(d, "year")
    actions = {
        name: Action(
            data.draw(chains(3)), money(data.draw(st.lists(st.integers(-20, 20), min_size=3, max_size=3)))
        )
        for name in ("a", "b", "c")
    }
    best = optimal_policy(actions, discount)
    again = policy_value(actions, best.actions, discount)
    assert again.value == pytest.approx(best.value.value)
    for policy in itertools.product("abc", repeat=3):
        other = policy_value(actions, policy, discount).value
        assert (other <= best.value.value + 1e-6 * (1 + np.abs(other))).all(), policy


@given(chances=CHANCES, d=st.floats(0.01, 1), cost=st.floats(0, 30))
def test_stopping_is_never_worse_than_marketing_for_ever(chances, d, cost):
    discount = DiscountRate(d, "year")
    actions = recency_actions(chances, money(40), money(cost))
    always = policy_value(actions, ["market"] * (len(chances) + 1), discount)
    best = optimal_policy(actions, discount)
    assert (best.value.value >= always.value - 1e-9).all()
    assert (best.value.value >= -1e-6).all(), "nobody is worth less than nothing who can be stopped"


def test_what_is_no_better_is_not_done():
    same = Action(np.eye(2), money([1, 2]))
    best = optimal_policy({"first": same, "second": same}, DiscountRate(0.1, "year"))
    assert best.actions == ("first", "first") and best.rounds == 0


def test_actions_that_do_not_match_are_refused():
    discount = DiscountRate(0.1, "year")
    one = Action(np.eye(2), money([1, 2]))
    cases = {
        r"^actions: must hold at least one action$": {},
        r"^two: must have the 2 states of one, got 3$": {
            "one": one,
            "two": Action(np.eye(3), money([1, 2, 3])),
        },
        r"^two: must have one reward for each of 2 states$": {"one": one, "two": Action(np.eye(2), money(1))},
        r"^two: must have the currency of one, USD, but has EUR$": {
            "one": one,
            "two": Action(np.eye(2), Flow([1, 2], "EUR", "year")),
        },
        r"^two\[0\]: must sum to 1 over the row": {
            "one": one,
            "two": Action(np.zeros((2, 2)), money([1, 2])),
        },
    }
    for message, actions in cases.items():
        with pytest.raises(InputError, match=message):
            optimal_policy(actions, discount)
    with pytest.raises(InputError, match=r"^policy: must be among one, got 'two'$"):
        policy_value({"one": one}, ["one", "two"], discount)
    with pytest.raises(InputError, match=r"^policy: must be one action for each of 2 states$"):
        policy_value({"one": one}, ["one"], discount)


def test_a_search_that_does_not_end_says_so(monkeypatch):
    monkeypatch.setattr("crmsim.value.relationship_policy._MOST_ROUNDS", 0)
    with pytest.raises(CrmsimError, match="no best policy was found in 0 rounds"):
        optimal_policy({"one": Action(np.eye(1), money([1]))}, DiscountRate(0.1, "year"))
