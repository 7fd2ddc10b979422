"""What every model of repeat purchases must hold for any parameters and any history."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmsim.estimators import BgBb, BgNbd, MbgNbd, ParetoNbd


def drawn(examples: int) -> settings:
    return settings(max_examples=examples, deadline=None, derandomize=True, database=None)


shape = st.floats(0.02, 50.0)
time = st.floats(0.05, 500.0)
MODELS = st.one_of(
    st.builds(BgNbd, r=shape, alpha=time, a=shape, b=shape),
    st.builds(MbgNbd, r=shape, alpha=time, a=shape, b=shape),
    st.builds(ParetoNbd, r=shape, alpha=time, s=shape, beta=time),
)
DONORS = st.builds(BgBb, alpha=shape, beta=shape, gamma=shape, delta=shape)


@st.composite
def histories(draw):
    x = draw(st.integers(0, 200))
    T = draw(st.floats(0.1, 300.0))
    t_x = draw(st.floats(0.01, 1.0)) * T if x else 0.0
    return x, t_x, T


@st.composite
def rows(draw):
    n = draw(st.integers(0, 30))
    t_x = draw(st.integers(0, n))
    return draw(st.integers(1, t_x)) if t_x else 0, t_x, n


@drawn(150)
@given(MODELS, histories(), st.floats(0.1, 100.0))
def test_waiting_without_a_purchase_never_helps(model, history, wait):
    x, t_x, T = history
    alive = model.probability_alive(x, t_x, [T, T + wait])
    assert 0 <= alive[1] <= alive[0] * (1 + 1e-9) <= 1 + 1e-9
    ahead = model.conditional_expected_repeats(10.0, x, t_x, [T, T + wait])
    assert ahead[1] <= ahead[0] * (1 + 1e-6) + 1e-12


@drawn(150)
@given(MODELS, histories(), st.floats(0.1, 100.0))
def test_a_longer_time_brings_more_and_never_more_than_those_who_stay(model, history, t):
    x, t_x, T = history
    short, long = model.conditional_expected_repeats([t, 2 * t], x, t_x, T)
    rate = (model.r + x) / (model.alpha + T)
    assert 0 <= short <= long * (1 + 1e-9)
    assert long <= model.probability_alive(x, t_x, T) * rate * 2 * t * (1 + 1e-6)
    assert long - short <= short * (1 + 1e-6) + 1e-12, "the base wears off"


@drawn(100)
@given(MODELS, histories(), st.floats(1e-4, 0.5))
def test_a_present_value_falls_with_the_rate_and_lies_below_that_of_those_who_stay(model, history, delta):
    low, high = (model.discounted_expected_residual_transactions(d, *history) for d in (delta, 2 * delta))
    x, _, T = history
    rate = (model.r + x) / (model.alpha + T)
    assert 0 <= high <= low <= model.probability_alive(*history) * rate / delta * (1 + 1e-6)
    assert high >= low / 2 * (1 - 1e-6), "twice the rate cannot more than halve it"


@drawn(60)
@given(MODELS, histories(), st.floats(0.1, 100.0))
def test_days_and_weeks_say_the_same(model, history, t):
    x, t_x, T = history
    days = model.in_unit("day")
    assert days.probability_alive(x, 7 * t_x, 7 * T) == pytest.approx(
        model.probability_alive(*history), rel=1e-7
    )
    ahead = days.conditional_expected_repeats(7 * t, x, 7 * t_x, 7 * T)
    assert ahead == pytest.approx(model.conditional_expected_repeats(t, *history), rel=1e-6)
    worth = days.discounted_expected_residual_transactions(0.001, x, 7 * t_x, 7 * T)
    assert worth == pytest.approx(model.discounted_expected_residual_transactions(0.007, *history), rel=1e-6)


@drawn(60)
@given(
    st.one_of(
        st.builds(kind, r=st.floats(0.1, 5), alpha=st.floats(2, 50), a=st.floats(0.3, 5), b=st.floats(0.5, 9))
        for kind in (BgNbd, MbgNbd)
    )
    | st.builds(
        ParetoNbd, r=st.floats(0.1, 5), alpha=st.floats(2, 50), s=st.floats(0.3, 5), beta=st.floats(2, 90)
    ),
    st.floats(1.0, 60.0),
)
def test_chances_sum_to_one_and_their_mean_is_the_expectation(model, t):
    x = np.arange(700)
    chance = model.probability_of(x, t)
    assert (chance >= 0).all()
    assert chance.sum() == pytest.approx(1, abs=1e-7)
    assert x @ chance == pytest.approx(model.expected_repeats(t), rel=1e-5)


@drawn(100)
@given(DONORS, rows())
def test_donors_who_stay_silent_are_believed_less(model, row):
    x, t_x, n = row
    alive = model.probability_alive(x, t_x, [n, n + 1])
    assert 0 <= alive[1] <= alive[0] * (1 + 1e-9) <= 1 + 1e-9
    ahead = model.conditional_expected_repeats([1, 2, 3], x, t_x, n)
    assert ahead[0] <= alive[0] * (1 + 1e-9)
    steps = np.diff(ahead, prepend=0.0)
    assert (steps >= 0).all() and (np.diff(steps) <= 1e-12).all()


@drawn(60)
@given(DONORS, st.integers(0, 60))
def test_chances_of_donors_sum_to_one_and_their_mean_is_the_expectation(model, n):
    x = np.arange(n + 1)
    chance = model.probability_of(x, n)
    assert chance.sum() == pytest.approx(1, rel=1e-9)
    assert x @ chance == pytest.approx(model.expected_repeats(n), rel=1e-8, abs=1e-12)
