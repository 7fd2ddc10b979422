"""Forecasts put to the test: the published CDNOW tables, and small bases worked out by hand."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pytest
import reference

from crmsim.audit.hits import hit_rate, top_share
from crmsim.errors import InputError
from crmsim.estimators import (
    BgBb,
    BgNbd,
    ParetoNbd,
    check_on_holdout,
    conditional_expectations,
    fit_bg_nbd,
    fit_mbg_nbd,
    fit_pareto_nbd,
    forecast_accuracy,
    frequency_table,
    tracking_table,
)
from crmsim.rfm import rfm_summary

SPLIT, END = datetime.date(1997, 9, 30), datetime.date(1998, 6, 30)


@pytest.fixture(scope="module")
def cdnow() -> pd.DataFrame:
    """The transactions of 2,357 CDNOW customers, 78 weeks."""
    columns = ["customer", "sample", "date", "cds", "amount"]
    log = pd.read_csv(
        reference.shared("data/CDNOW_sample.txt"), sep=r"\s+", names=columns, dtype={"date": str}
    )
    return log.assign(date=pd.to_datetime(log["date"], format="%Y%m%d"))


@pytest.fixture(scope="module")
def checks(cdnow):
    return {
        fit.__name__: check_on_holdout(cdnow, calibration_end=SPLIT, observation_end=END, fit=fit)
        for fit in (fit_bg_nbd, fit_mbg_nbd, fit_pareto_nbd)
    }


# --- published -------------------------------------------------------------------------------------


def test_pnbd_09_conditional_expectations_by_frequency_btyd_vignette(checks):
    case = reference.case("PNBD-09")
    table = checks["fit_pareto_nbd"].by_frequency
    assert table["forecast"].tolist() == case.close_to(case.expected)
    assert table["customers"].sum() == 2357


def test_bgnbd_11_individual_correlations_fader_hardie_lee_2005(checks):
    case = reference.case("BGNBD-11")
    ours, theirs = (checks[name].customers for name in ("fit_bg_nbd", "fit_pareto_nbd"))
    between = np.corrcoef(ours["forecast"], theirs["forecast"])[0, 1]
    correlations = [checks["fit_bg_nbd"].accuracy.correlation, checks["fit_pareto_nbd"].accuracy.correlation]
    assert [*correlations, between] == case.close_to(case.expected)


def test_cdnow_01_what_the_tables_count(checks):
    expected = reference.case("CDNOW-01").expected
    for check in checks.values():
        assert check.accuracy.customers == expected["customers"]
        assert check.accuracy.actual == expected["sum_x_star"]
        assert check.by_frequency["customers"][0] == expected["zero_class"]
        assert check.calibration_weeks == 39
        assert check.tracking.loc[39, "actual"] == expected["sum_x"]
        assert check.tracking["actual"].iloc[-1] == expected["sum_x"] + expected["sum_x_star"]
        assert len(check.tracking) == 78


# --- by hand ---------------------------------------------------------------------------------------


def test_models_follow_the_base_within_a_tenth(checks):
    """The paper's figure: both models lie within a few percent of the cumulative purchases of 78 weeks."""
    for check in checks.values():
        last = check.tracking.iloc[-1]
        assert abs(last["model"] / last["actual"] - 1) < 0.1
        assert abs(check.tracking.loc[39, "model"] / check.tracking.loc[39, "actual"] - 1) < 0.05
        assert 0.4 < check.accuracy.top_overlap < 0.7


def test_weekly_columns_add_up_to_the_cumulative_ones(checks):
    table = checks["fit_bg_nbd"].tracking
    for column in ("actual", "model"):
        assert table[f"{column}_weekly"].cumsum().to_numpy() == pytest.approx(table[column].to_numpy())
        assert (table[f"{column}_weekly"] >= 0).all()


def test_tracking_is_the_expectation_of_each_customer_since_the_first_purchase():
    days = pd.to_datetime(["2024-01-01", "2024-01-10", "2024-01-20", "2024-02-04"])
    log = pd.DataFrame({"customer": ["a", "b", "a", "b"], "date": days, "amount": 5.0})
    end = datetime.date(2024, 1, 21)
    model = BgNbd(0.6, 5.0, 0.8, 2.4, unit="week")
    table = tracking_table(model, log, rfm_summary(log, calibration_end=end), calibration_end=end)
    # Ends of weeks 1 to 5 lie 7, 14, ... days after the 1st; b came 9 days later than a.
    for week, expected in table["model"].items():
        ages = [week, max(week - 9 / 7, 0)]
        assert expected == pytest.approx(model.expected_repeats(ages).sum()), week
    assert table["actual"].tolist() == [0, 0, 1, 1, 2]


def test_days_and_weeks_give_the_same_tracking(cdnow):
    part = cdnow[cdnow["customer"] < 1000]
    tables = []
    for unit in ("week", "day"):
        summary = rfm_summary(part, calibration_end=SPLIT, unit=unit)
        model = BgNbd(0.243, 4.414, 0.793, 2.426, unit="week").in_unit(unit)
        tables.append(tracking_table(model, part, summary, calibration_end=SPLIT)["model"])
    assert tables[0].to_numpy() == pytest.approx(tables[1].to_numpy(), rel=1e-6)


def test_groups_without_anybody_are_nan_and_the_last_one_is_open():
    customers = pd.DataFrame({"frequency": [0, 4, 9], "forecast": [0.5, 3.0, 5.0], "actual": [1, 2, 6]})
    table = conditional_expectations(customers, most=4)
    assert table["customers"].tolist() == [1, 0, 0, 0, 2]
    assert table["actual"].tolist()[::4] == [1.0, 4.0]
    assert table["forecast"].isna().tolist() == [False, True, True, True, False]


def test_accuracy_by_hand():
    accuracy = forecast_accuracy([0, 2, 4, 10], [1, 1, 5, 9], top_share=0.25)
    assert (accuracy.actual, accuracy.forecast, accuracy.customers) == (16, 16, 4)
    assert (accuracy.mean_absolute_error, accuracy.root_mean_squared_error) == (1, 1)
    assert accuracy.correlation == pytest.approx(np.corrcoef([0, 2, 4, 10], [1, 1, 5, 9])[0, 1])
    assert accuracy.top_overlap == 1
    assert forecast_accuracy([0, 2, 4, 10], [9, 5, 1, 1], top_share=0.25).top_overlap == 0


def test_ties_at_the_border_of_the_top_share_its_places():
    """Nobody bought: whom the forecast calls the top is as good as chance, not right and not wrong."""
    luck = np.random.default_rng(1)
    accuracy = forecast_accuracy(np.zeros(100), luck.random(100), top_share=0.2)
    assert accuracy.top_overlap == pytest.approx(0.2)
    assert np.isnan(accuracy.correlation)
    # One certain place, and three customers for the other one.
    assert forecast_accuracy([9, 1, 1, 1, 0], [9, 5, 0, 0, 0], top_share=0.4).top_overlap == pytest.approx(
        2 / 3
    )


@pytest.mark.parametrize("model", [BgNbd(0.5, 5.0, 0.8, 2.4), ParetoNbd(0.5, 5.0, 0.8, 12.0)])
def test_a_frequency_table_counts_everybody(model):
    table = frequency_table(model, [0, 0, 3, 8, 1], [10, 20, 30, 30, 5], most=3)
    assert table["actual"].tolist() == [2, 1, 0, 2]
    assert table["model"].sum() == pytest.approx(5)
    assert table["model"][0] == pytest.approx(model.probability_of(0, [10, 20, 30, 30, 5]).sum())


def test_a_frequency_table_of_donors_uses_their_weights():
    donors = pd.read_csv(reference.shared("data/donations.csv"))
    model = BgBb(1.204, 0.750, 0.657, 2.783)
    table = frequency_table(model, donors["frequency"], donors["periods"], most=6, weights=donors["weights"])
    assert table.sum().tolist() == pytest.approx([11_104, 11_104])
    # Figure 4 of Fader, Hardie & Shang (2010): the model follows the number of donations closely.
    assert (abs(table["model"] / table["actual"] - 1) < 0.1).all()


# --- refused ---------------------------------------------------------------------------------------


def test_nothing_to_check_is_refused(cdnow):
    with pytest.raises(InputError, match=r"^calibration_end: must lie before observation_end"):
        check_on_holdout(cdnow, calibration_end=END, observation_end=END)


@pytest.mark.parametrize(
    ("actual", "forecast", "share", "message"),
    [
        ([], [], 0.1, r"^actual: must have at least one customer"),
        ([1, 2], [1], 1.0, r"^top_share: must be between 0 and 1, got 1.0"),
        ([1, 2], [1, 2, 3], 0.1, r"^actual, forecast: must have equal lengths"),
        ([1, -2], [1, 2], 0.1, r"^actual: must be finite and at least 0, got -2.0"),
    ],
)
def test_accuracy_of_what_cannot_be_compared_is_refused(actual, forecast, share, message):
    with pytest.raises(InputError, match=message):
        forecast_accuracy(actual, forecast, top_share=share)


def test_a_table_without_holdout_is_refused():
    with pytest.raises(InputError, match=r"^forecast: column is missing from the summary"):
        conditional_expectations(pd.DataFrame({"frequency": [1]}))
    with pytest.raises(InputError, match=r"^most: "):
        frequency_table(BgNbd(1, 1, 1, 1), [1], [1], most=0)


@pytest.mark.parametrize("customers", [7, 11, 14, 23, 30])
def test_the_best_tenth_is_the_same_as_that_of_rankings(customers):
    """Rounded up in both: with 11 customers two are at the top, and not one."""
    luck = np.random.default_rng(customers)
    actual, forecast = luck.integers(0, 4, customers), luck.random(customers).round(1)
    assert forecast_accuracy(actual, forecast).top_overlap == pytest.approx(hit_rate(forecast, actual))
    assert top_share(actual, 0.1).sum() == pytest.approx(np.ceil(customers / 10))
