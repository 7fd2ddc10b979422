"""From a log to a scenario: published fits, recovery of a known truth, and what is refused."""

from __future__ import annotations

import functools
import math
import re
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from reference import case, shared

import crmsim.calibration
from crmsim.calibration import Calibration, Match, calibrate
from crmsim.datasets import load_shop_log, purchases_of
from crmsim.engines import simulate
from crmsim.errors import InputError
from crmsim.estimators import fit_bg_nbd, fit_gamma_gamma
from crmsim.scenario import Scenario, load_scenario, preset
from crmsim.transactions import read_transactions

# --- CDNOW -------------------------------------------------------------------------------------------------


@functools.cache
def cdnow(matched: bool = True) -> Calibration:
    log = read_transactions(shared("data/CDNOW_sample.txt"))
    with pytest.MonkeyPatch.context() as patch:
        if not matched:
            unmatched = lambda fitted, weeks, seed: (fitted, Match(1.0, 1.0, 1.0, 0.0, 0.0))  # noqa: E731
            patch.setattr(crmsim.calibration, "_match", unmatched)
        return calibrate(log, name="cdnow", currency="USD", calibration_end=date(1997, 9, 30))


def test_cdnow_gives_the_published_fits():
    bg, gg = case("BGNBD-01"), case("GG-01")
    model = cdnow().purchases.model
    assert model.unit == "week"
    for key in ("r", "alpha", "a", "b"):
        assert getattr(model, key) == bg.close_to(bg.expected[key], key)
    assert cdnow().purchases.log_likelihood == bg.close_to(bg.expected["LL"], "LL")
    for key in ("p", "q", "gamma"):
        assert getattr(cdnow().spend.model, key) == gg.close_to(gg.expected[key], key)


def test_cdnow_is_counted_as_published():
    counts = case("CDNOW-01").expected
    assert len(cdnow().summary) == counts["customers"]
    assert cdnow().summary["frequency"].sum() == counts["sum_x"]
    assert cdnow().summary["frequency_holdout"].sum() == counts["sum_x_star"]
    assert (cdnow().holdout["actual"] == counts["sum_x_star"]).all()
    assert cdnow().tracking["actual"].iloc[-1] == counts["sum_x"] + counts["sum_x_star"]
    assert cdnow().calibration_weeks == pytest.approx(39, abs=0.2)
    assert (cdnow().calibration_end, cdnow().observation_end) == (date(1997, 9, 30), date(1998, 6, 30))


def test_cdnow_customers_buy_like_the_fitted_model():
    match = cdnow().match
    assert abs(match.early_gap) < 0.02 and abs(match.late_gap) < 0.03
    assert 0.2 < match.rate_factor < 0.95, "growing share of wallet must be taken back"
    assert 0.2 < match.dropout_factor < 0.95, "other reasons to leave must be taken back"
    forecast = cdnow().holdout["forecast"]
    assert forecast["simulated"] / forecast["model"] == pytest.approx(1.0, abs=0.07)


def test_cdnow_hold_out():
    table = cdnow().holdout
    assert list(table.index) == ["model", "simulated"]
    assert table["error"].to_numpy() == pytest.approx(table["forecast"] / table["actual"] - 1, rel=1e-12)
    assert (table["error"].abs() < 0.15).all(), table["error"].to_dict()


def test_cdnow_track():
    track = cdnow().tracking
    assert (np.diff(track, axis=0) >= 0).all(), "cumulative purchases cannot fall"
    assert (track["simulated_low"] <= track["simulated"]).all()
    assert (track["simulated"] <= track["simulated_high"]).all()
    assert (track["simulated_low"] < track["simulated_high"]).iloc[10:].all()
    calibration = track[track.index <= 39]
    assert calibration["model"].iloc[-1] == pytest.approx(calibration["actual"].iloc[-1], rel=0.05)
    assert calibration["simulated"].iloc[-1] == pytest.approx(calibration["actual"].iloc[-1], rel=0.10)


def test_the_track_differs_without_matching():
    """The presets' mechanisms make customers buy much more than the fitted numbers alone say."""
    plain, matched = cdnow(matched=False).tracking, cdnow().tracking
    assert plain["actual"].equals(matched["actual"]) and plain["model"].equals(matched["model"])
    assert plain["simulated"].iloc[-1] > 1.1 * matched["simulated"].iloc[-1]


def test_the_scenario_holds_the_fitted_numbers(tmp_path):
    k = cdnow()
    s, model, spend, match = k.scenario, k.purchases.model, k.spend.model, k.match
    assert (s.name, s.currency, s.population.customers) == ("cdnow", "USD", 2000)
    assert s.population.entry_days == 83, "first purchases are from 1 January to 25 March"
    assert s.purchase.rate_shape == pytest.approx(model.r, rel=1e-12)
    assert s.purchase.rate_mean == pytest.approx(
        model.r / model.alpha * 365 / 7 * match.rate_factor, rel=1e-12
    )
    mean = s.exit.drop_a / (s.exit.drop_a + s.exit.drop_b)
    assert s.exit.drop_a == pytest.approx(model.a, rel=1e-12)
    assert mean == pytest.approx(model.a / (model.a + model.b) * match.dropout_factor, rel=1e-12)
    assert s.exit.need_mean == 0.0
    assert (s.spend.spend_p, s.spend.spend_q) == pytest.approx((spend.p, spend.q), rel=1e-12)
    assert s.spend.spend_mean == pytest.approx(spend.mean_spend() * match.spend_factor, rel=1e-12)
    scale = spend.mean_spend() / preset("retail").spend.spend_mean
    assert s.money.acq_cost == pytest.approx(preset("retail").money.acq_cost * scale, rel=0.005)
    assert s.price_list.programme == pytest.approx(preset("retail").price_list.programme * scale, rel=0.005)
    assert s.service == preset("retail").service and s.experience == preset("retail").experience
    s.save(tmp_path / "scenario.yaml")
    assert load_scenario(tmp_path / "scenario.yaml") == s


# --- a truth that is known ---------------------------------------------------------------------------------

TRUTH = {"rate_shape": 0.8, "rate_mean": 12.0, "drop_a": 0.8, "drop_b": 4.0,
         "spend_p": 6.0, "spend_q": 4.0, "spend_mean": 80.0}  # fmt: skip


def world(**values: Any) -> Scenario:
    """Return a world of nothing but the BG/NBD and Gamma-Gamma models."""
    return preset("bare").with_values(customers=1500, entry_days=84, horizon_days=720, **TRUTH | values)


def log_of(scenario: Scenario, seed: int = 4) -> pd.DataFrame:
    table = purchases_of(simulate(scenario, seed=seed))
    return table.assign(date=pd.to_datetime(table["date"]))


@functools.cache
def recovered() -> Calibration:
    return calibrate(log_of(world()), base="bare")


def test_a_calibration_is_what_the_estimators_make_of_its_summary():
    """That they recover the truth is shown in test_recovery.py."""
    k = recovered()
    assert k.purchases == fit_bg_nbd(k.summary)
    assert k.spend == fit_gamma_gamma(k.summary, currency=k.spend.model.currency)


def test_without_other_mechanisms_nothing_has_to_be_matched():
    match = recovered().match
    assert (match.rate_factor, match.dropout_factor) == pytest.approx((1.0, 1.0), abs=1e-3)
    assert (match.early_gap, match.late_gap) == pytest.approx((0.0, 0.0), abs=1e-3)


def test_without_deals_and_further_categories_list_spend_is_what_is_paid():
    """Whoever pays the list value of one category leaves nothing for a factor to correct but noise."""
    assert recovered().match.spend_factor == pytest.approx(1.0, abs=0.005)


def test_the_hold_out_of_a_known_truth_is_forecast():
    """Two logs from the same truth differ by a few percent themselves; a wrong forecast is off by more."""
    assert recovered().holdout["error"].abs().max() < 0.10
    assert recovered().scenario.population.entry_days == pytest.approx(84, abs=2)


# --- what is refused ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shop() -> pd.DataFrame:
    return load_shop_log()


@pytest.mark.parametrize("base", ["telecom", "grocery", ""])
def test_a_base_that_cannot_be_one(shop, base):
    message = f"base: must be one of retail, b2b, bare (a contract leaves no purchases to fit), got {base!r}"
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        calibrate(shop, base=base)


def test_a_log_that_is_too_short(shop):
    first = shop["date"].min()
    for days, said in ((27, "2024-01-28"), (0, "2024-01-01")):
        short = shop[shop["date"] <= first + pd.Timedelta(days=days)]
        with pytest.raises(
            InputError, match=f"^log: must cover at least 28 days, got '2024-01-01 to {said}'$"
        ):
            calibrate(short)


@pytest.mark.parametrize("end", [date(2023, 12, 31), date(2024, 1, 1), date(2024, 1, 7), date(2030, 1, 1)])
def test_a_calibration_end_outside_the_log(shop, end):
    last = shop["date"].max().date()
    message = f"calibration_end: must be from 2024-01-08 to the day before {last}, got '{end}'"
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        calibrate(shop, calibration_end=end)
    with pytest.raises(InputError, match=r"^calibration_end: "):
        calibrate(shop, calibration_end=last)


def test_a_log_without_repeat_buyers(shop):
    once = shop.drop_duplicates("customer")
    with pytest.raises(InputError, match=r"^frequency: must hold at least one repeat purchase, nobody"):
        calibrate(once)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"currency": "yuan"}, "^currency: must be two or three capitals such as CNY, got 'yuan'$"),
        ({"customers": 0}, "^population.customers: must be a whole number from 1 to .*, got 0$"),
        ({"name": "../x"}, "^name: must be at most 60 letters, .*, got '../x'$"),
        ({"seed": -1}, "^seed: must be a whole number from 0 to 2147483647, got -1$"),
    ],
)
def test_other_options_that_are_wrong(shop, options, message):
    with pytest.raises(InputError, match=message):
        calibrate(shop, **options)


def test_a_calibration_leaves_the_log_as_it_was(shop):
    before = shop.copy()
    with pytest.raises(InputError):
        calibrate(shop, currency="yuan")
    pd.testing.assert_frame_equal(shop, before)
    assert math.isfinite(shop["amount"].sum())
