"""Survival curves against the textbook and in closed form; spells by rule and by contract."""

from __future__ import annotations

import datetime
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from crmsim.audit.survival import (
    contract_spells,
    purchase_spells,
    retention_rates,
    silence_for,
    survival_curve,
)
from crmsim.errors import InputError
from crmsim.rfm import purchase_days

few = settings(max_examples=40, deadline=None, derandomize=True, database=None)


def a_log(*rows: tuple[str, str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["customer", "date"])
    return frame.assign(date=pd.to_datetime(frame["date"]), amount=1.0)


# --- curves ------------------------------------------------------------------------------------------------


def test_the_curve_of_kaplan_and_meier_in_their_own_example():
    """Kaplan & Meier 1958, section 2: deaths at 0.8, 3.1, 5.4, 9.2, losses at 1.0, 2.7, 7.0, 12.1."""
    times = [0.8, 1.0, 2.7, 3.1, 5.4, 7.0, 9.2, 12.1]
    curve = survival_curve(times, [True, False, False, True, True, False, True, False])["survival"]
    assert curve[0.8] == pytest.approx(7 / 8)
    assert curve[3.1] == pytest.approx(7 / 8 * 4 / 5)
    assert curve[5.4] == pytest.approx(7 / 8 * 4 / 5 * 3 / 4)
    assert curve[9.2] == pytest.approx(7 / 8 * 4 / 5 * 3 / 4 * 1 / 2)


@few
@given(st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=1, max_size=40))
def test_the_curve_and_its_band_by_the_formulas(rows):
    """Product limit, Greenwood's variance and the log-log band, written out."""
    days, gone = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    curve = survival_curve(days, gone)
    survival, variance = 1.0, 0.0
    for time, row in curve.iterrows():
        at_risk, lost = (days >= time).sum(), (gone & (days == time)).sum()
        if lost:
            survival *= 1.0 - lost / at_risk
            variance += lost / (at_risk * (at_risk - lost)) if at_risk > lost else math.inf
        assert (row["at_risk"], row["lost"]) == (at_risk, lost)
        assert row["survival"] == pytest.approx(survival, abs=1e-12)
        if survival in (0.0, 1.0):
            assert (row["low"], row["high"]) == (1.0, 1.0) if survival == 1.0 else np.isnan(row["low"])
            continue
        spread = norm.ppf(0.975) * math.sqrt(variance) / math.log(survival)
        bounds = sorted(survival ** math.exp(sign * spread) for sign in (1, -1))
        assert [row["low"], row["high"]] == pytest.approx(bounds, abs=1e-9)
        assert 0.0 <= row["low"] <= row["survival"] <= row["high"] <= 1.0


def test_the_band_covers_the_truth_as_often_as_it_says():
    """400 samples of 200 exponential lives watched for a random time; at one mean life, 90 %."""
    luck, hits, runs = np.random.default_rng(8), 0, 400
    for _ in range(runs):
        lives, watched = luck.exponential(1.0, 200), luck.uniform(0.5, 3.0, 200)
        curve = survival_curve(np.minimum(lives, watched), lives <= watched, confidence=0.9)
        row = curve.iloc[np.searchsorted(curve.index, 1.0, side="right") - 1]
        hits += row["low"] <= math.exp(-1.0) <= row["high"]
    error = math.sqrt(0.9 * 0.1 / runs)
    assert abs(hits / runs - 0.9) < 4 * error


def test_nobody_left_everybody_left_and_one_customer():
    assert survival_curve([3, 5], [False, False])[["survival", "low", "high"]].eq(1.0).all().all()
    assert survival_curve([3, 5], [True, True])["survival"].tolist() == [1.0, 0.5, 0.0]
    assert survival_curve([3.0], [True])["survival"].tolist() == [1.0, 0.0]
    assert survival_curve([0.0, 2.0], [True, False])["survival"].tolist() == [0.5, 0.5]


def test_retention_per_period():
    curve = survival_curve(np.repeat([1.0, 2.0, 3.0], [2, 2, 4]), np.repeat([True, True, False], [2, 2, 4]))
    assert retention_rates(curve, 1.0)["retention"].tolist() == pytest.approx([6 / 8, 4 / 6, 1.0])
    assert (retention_rates(curve, 1.0)["churn"] + retention_rates(curve, 1.0)["retention"] == 1.0).all()
    assert retention_rates(curve, 3.0)["survival"].tolist() == [0.5]
    gone = survival_curve([1.0, 2.0], [True, True])
    assert retention_rates(gone, 0.5)["retention"].tolist() == [1.0, 0.5, 1.0, 0.0]
    for every in (0.0, 9.0, np.nan):
        with pytest.raises(InputError, match=r"every: must be "):
            retention_rates(curve, every)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: survival_curve([-1.0], [True]), r"durations: must be at least 0, got -1.0"),
        (lambda: survival_curve([1.0], [2]), r"gone: must be true or false for every customer"),
        (
            lambda: survival_curve([1.0, 2.0], [True]),
            r"gone: must have a number for each of 2 customers, got 1",
        ),
        (
            lambda: survival_curve([1.0], [True], confidence=1.0),
            r"confidence: must be above 0 and below 1, got 1.0",
        ),
        (lambda: survival_curve([], []), r"durations: must be numbers of at least one customer.*"),
    ],
)
def test_curves_that_are_none(call, message):
    with pytest.raises(InputError, match=f"^{message}$"):
        call()


# --- spells ------------------------------------------------------------------------------------------------


def test_the_rule_of_silence_by_hand():
    log = a_log(
        ("ann", "2024-01-01"), ("ann", "2024-01-31"), ("ann", "2024-03-01"),  # pauses of 30: never silent
        ("bob", "2024-01-01"), ("bob", "2024-02-01"),  # a pause of 31: gone after 30, and back
        ("cleo", "2024-02-20"), ("dan", "2024-01-31"),
    )  # fmt: skip
    spells = purchase_spells(log, silent_days=30, observation_end=datetime.date(2024, 3, 1))
    assert spells["gone"].to_dict() == {"ann": False, "bob": True, "cleo": False, "dan": True}
    assert spells["days"].to_dict() == {"ann": 60, "bob": 30, "cleo": 10, "dan": 30}
    assert spells["came_back"].to_dict() == {"ann": False, "bob": True, "cleo": False, "dan": False}


@few
@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 200)), min_size=1, max_size=40),
    st.integers(1, 90),
)
def test_a_spell_is_known_as_soon_as_it_is_over(rows, silent):
    """What will happen later changes nothing about who is gone on a day."""
    log = a_log(*sorted((who, str(pd.Timestamp("2024-01-01") + pd.Timedelta(days=at))) for who, at in rows))
    last = log["date"].max()
    for end in (last, last - pd.Timedelta(days=20)):
        if end < log["date"].min():
            continue
        spells = purchase_spells(log, silent_days=silent, observation_end=end.date())
        seen = purchase_spells(log[log["date"] <= end], silent_days=silent, observation_end=end.date())
        pd.testing.assert_frame_equal(spells, seen)
        assert (spells["days"] >= 0).all() and (spells.loc[spells["gone"], "days"] >= silent).all()
        longer = purchase_spells(log, silent_days=silent + 1, observation_end=end.date())
        assert (longer["gone"] <= spells["gone"]).all(), "a longer rule calls nobody gone in addition"


def test_kept_returns_do_not_break_a_silence():
    log = a_log(("a", "2024-01-01"), ("a", "2024-02-20")).assign(amount=[5.0, -5.0])
    log.attrs["returns"] = "keep"
    spells = purchase_spells(log, silent_days=30, observation_end=datetime.date(2024, 3, 1))
    assert spells.loc["a", ["days", "gone", "came_back"]].tolist() == [30, True, False]


def test_spells_of_contracts_by_hand():
    starts = pd.Series(pd.to_datetime(["2024-01-01", "2024-01-01", "2024-06-01"]), index=["a", "b", "c"])
    ends = pd.Series(pd.to_datetime(["2024-02-01", "2024-04-01", None]), index=["a", "b", "c"])
    spells = contract_spells(starts, ends, observation_end=datetime.date(2024, 3, 1))
    assert spells.index.tolist() == ["a", "b"], "who begins later is not known yet"
    assert spells["days"].tolist() == [31, 60] and spells["gone"].tolist() == [True, False]


def test_the_silence_that_is_proposed():
    log = a_log(*(("a", f"2024-01-{day:02}") for day in range(1, 21)), ("a", "2024-03-01"))
    assert silence_for(log, 0.95) == 1 and silence_for(log, 1.0) == 41
    pauses = purchase_days(log).groupby("customer")["date"].diff().dt.days
    assert (pauses.dropna() <= silence_for(log, 0.95)).mean() >= 0.95
    with pytest.raises(InputError, match=r"transactions: must have somebody who came again; say silent_days"):
        silence_for(a_log(("a", "2024-01-01"), ("b", "2024-01-05")))
    with pytest.raises(InputError, match=r"share: must be above 0 and at most 1, got 0.0"):
        silence_for(log, 0.0)


def test_buyers_that_are_none():
    log = a_log(("a", "2024-01-01"))
    with pytest.raises(InputError, match=r"^silent_days: must be a whole number from 1 to 36525, got 0$"):
        purchase_spells(log, silent_days=0)
    with pytest.raises(
        InputError, match=r"^observation_end: must be 2024-01-01 \(first transaction\) or later"
    ):
        purchase_spells(log, silent_days=9, observation_end=datetime.date(2020, 1, 1))


STARTS, ENDS = pd.Series(pd.to_datetime(["2024-01-05"])), pd.Series(pd.to_datetime(["2024-01-01"]))


@pytest.mark.parametrize(
    ("starts", "ends", "year", "message"),
    [
        (STARTS, ENDS, 2024, r"ends: must not be before the start \(2024-01-05\), got '2024-01-01'"),
        (
            STARTS,
            STARTS,
            2023,
            r"observation_end: must be a day by which a contract has begun, got '2023-02-01'",
        ),
        (STARTS, ENDS.rename({0: 1}), 2024, r"ends: must have the index of starts"),
        (STARTS.where(STARTS.isna()), ENDS, 2024, r"starts: must not be missing for any contract"),
    ],
)
def test_contracts_that_are_none(starts, ends, year, message):
    with pytest.raises(InputError, match=f"^{message}$"):
        contract_spells(starts, ends, observation_end=datetime.date(year, 2, 1))
