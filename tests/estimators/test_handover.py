"""Tables and parameters that go to lifetimes and PyMC-Marketing and come back, with the libraries themselves
where they are installed (extra ``bench_clv``)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import reference

from crmsim.errors import InputError
from crmsim.estimators import (
    BetaBinomial,
    BgBb,
    BgNbd,
    GammaGamma,
    MbgNbd,
    ParetoNbd,
    ShiftedBetaGeometric,
    fit_bg_nbd,
)
from crmsim.estimators.handover import (
    LIBRARY_CLASSES,
    model_from_parameters,
    parameters_for_lifetimes,
    parameters_for_pymc_marketing,
    summary_for_lifetimes,
    summary_for_pymc_marketing,
    summary_from_lifetimes,
    summary_from_pymc_marketing,
)
from crmsim.rfm import rfm_summary

MODELS = [
    BgNbd(0.243, 4.414, 0.793, 2.426, unit="week"),
    MbgNbd(0.525, 6.183, 0.891, 1.614, unit="week"),
    ParetoNbd(0.553, 10.578, 0.606, 11.669, unit="week"),
    BgBb(1.204, 0.750, 0.657, 2.783),
    GammaGamma(6.25, 3.74, 15.44),
    ShiftedBetaGeometric(0.668, 3.806),
]
REPEAT = MODELS[:3]
SPEND = MODELS[4]


@pytest.fixture
def transactions() -> pd.DataFrame:
    luck = np.random.default_rng(11)
    customer = luck.integers(1, 120, 600)
    days = luck.integers(0, 364, 600)
    date = pd.Timestamp("2023-01-02") + pd.to_timedelta(days, unit="D")
    return pd.DataFrame({"customer": customer, "date": date, "amount": luck.gamma(3, 10, 600).round(2)})


@pytest.fixture
def summary(transactions) -> pd.DataFrame:
    return rfm_summary(transactions, observation_end=pd.Timestamp("2024-01-01").date())


@pytest.fixture(scope="module")
def cdnow() -> pd.DataFrame:
    table = pd.read_csv(reference.shared("data/cdnow_2357_calibration_39wk.csv"), index_col="id")
    table = table.rename(columns={"x": "frequency", "t_x": "recency"})[["frequency", "recency", "T"]]
    table.attrs["unit"] = "week"
    return table


def name_of(model: object) -> str:
    return type(model).__name__


# --- without the libraries -------------------------------------------------------------------------


def test_tables_come_back_as_they_went(summary):
    for there, back in (
        (summary_for_lifetimes, summary_from_lifetimes),
        (summary_for_pymc_marketing, summary_from_pymc_marketing),
    ):
        returned = back(there(summary), unit="week")
        pd.testing.assert_frame_equal(returned, summary[list(returned)])
        assert returned.attrs == {"unit": "week"}
        assert fit_bg_nbd(returned) == fit_bg_nbd(summary)


def test_a_table_without_spend_goes_over_as_well(summary):
    bare = summary.drop(columns="monetary_value")
    assert list(summary_for_pymc_marketing(bare)) == ["customer_id", "frequency", "recency", "T"]
    assert "monetary_value" not in summary_from_lifetimes(summary_for_lifetimes(bare), unit="week")


@pytest.mark.parametrize("model", MODELS, ids=name_of)
def test_parameters_come_back_as_they_went(model):
    unit = getattr(model, "unit", None)
    assert model_from_parameters(type(model), parameters_for_pymc_marketing(model), unit=unit) == model
    if LIBRARY_CLASSES[type(model)][0]:
        series = parameters_for_lifetimes(model)
        assert model_from_parameters(type(model), series, unit=unit) == model
        assert model_from_parameters(type(model), series.to_dict(), unit=unit) == model


def test_of_draws_the_mean_is_taken():
    draws = {"p": [[5.0, 7.0]], "q": [[4.0, 4.0]], "v": np.array([10.0, 20.0]), "kappa": [1.0]}
    assert model_from_parameters(GammaGamma, draws) == GammaGamma(6.0, 4.0, 15.0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: parameters_for_lifetimes(MODELS[5]),
            r"^model: must be one that lifetimes has, got 'Shifted",
        ),
        (lambda: parameters_for_pymc_marketing(BetaBinomial(1, 1)), r"^model: must be one that PyMC-Mark"),
        (
            lambda: model_from_parameters(BetaBinomial, {}),
            r"^kind: must be one of our models, got 'BetaBinomial'",
        ),
        (
            lambda: model_from_parameters(GammaGamma, {"p": 1, "q": 2}),
            r"^v: parameter is missing, there are p, q",
        ),
        (
            lambda: model_from_parameters(BgNbd, dict.fromkeys("rab", 1) | {"alpha": 1}),
            r"^unit: must be said",
        ),
        (
            lambda: model_from_parameters(GammaGamma, {"p": 1, "q": 2, "v": 3}, unit="week"),
            r"^unit: must be left out here, got 'week'",
        ),
        (
            lambda: model_from_parameters(GammaGamma, {"p": -1, "q": 2, "v": 3}),
            r"^p: must be finite and above 0, got -1.0",
        ),
    ],
)
def test_what_cannot_go_over_is_refused(call, message):
    with pytest.raises(InputError, match=message):
        call()


def test_tables_that_cannot_come_in_are_refused():
    table = pd.DataFrame({"customer_id": [1, 1], "frequency": [1, 0], "recency": [2, 0], "T": [3, 3]})
    with pytest.raises(InputError, match=r"^customer: must have one row a customer, got '1'"):
        summary_from_pymc_marketing(table, unit="week")
    with pytest.raises(InputError, match=r"^unit: must be one of day, week, got 'month'"):
        summary_from_pymc_marketing(table.head(1), unit="month")
    with pytest.raises(InputError, match=r"^customer_id: column is missing from the summary"):
        summary_from_pymc_marketing(table.drop(columns="customer_id"), unit="week")
    with pytest.raises(InputError, match=r"^recency: must be at most T \(3\), got 9.0"):
        summary_from_lifetimes(table.assign(recency=9).tail(1).assign(frequency=2), unit="week")


# --- lifetimes itself ------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def lifetimes():
    return pytest.importorskip("lifetimes", reason="lifetimes is not installed (extra bench_clv)")


def loaded(lifetimes, model):
    fitter = getattr(lifetimes, LIBRARY_CLASSES[type(model)][0])()
    fitter.params_ = parameters_for_lifetimes(model)
    return fitter


def test_lifetimes_makes_the_same_table_of_the_same_log(lifetimes, transactions, summary):
    theirs = lifetimes.utils.summary_data_from_transaction_data(
        transactions, "customer", "date", "amount", observation_period_end="2024-01-01", freq="D"
    )
    ours = summary_from_lifetimes(theirs, unit="day")
    expected = rfm_summary(transactions, observation_end=pd.Timestamp("2024-01-01").date(), unit="day")
    pd.testing.assert_frame_equal(ours, expected[list(ours)], check_dtype=False)


@pytest.mark.parametrize("model", REPEAT, ids=name_of)
def test_lifetimes_forecasts_the_same_with_our_parameters(lifetimes, summary, model):
    fitter, table = loaded(lifetimes, model), summary_for_lifetimes(summary)
    history = table["frequency"], table["recency"], table["T"]
    alive = np.asarray(fitter.conditional_probability_alive(*history))
    ours = model.probability_alive(*history)
    if isinstance(model, BgNbd) and not isinstance(model, MbgNbd):
        alive = np.where(table["frequency"] == 0, 1.0, alive)
    assert alive == pytest.approx(ours, rel=1e-6)
    ahead = fitter.conditional_expected_number_of_purchases_up_to_time(10, *history)
    assert np.asarray(ahead) == pytest.approx(model.conditional_expected_repeats(10, *history), rel=1e-5)


def test_lifetimes_expects_the_same_spend_with_our_parameters(lifetimes, summary):
    table = summary_for_lifetimes(summary)
    spend = loaded(lifetimes, SPEND).conditional_expected_average_profit(
        table["frequency"], table["monetary_value"]
    )
    ours = SPEND.conditional_expected_spend(table["frequency"], table["monetary_value"])
    assert np.asarray(spend) == pytest.approx(ours, rel=1e-9)


def test_lifetimes_expects_the_same_of_donors_with_our_parameters(lifetimes):
    model = MODELS[3]
    fitter = loaded(lifetimes, model)
    x, t_x, n = np.array([0, 2, 6]), np.array([0, 4, 6]), np.array([6, 6, 6])
    theirs = fitter.conditional_expected_number_of_purchases_up_to_time(5, x, t_x, n)
    assert np.asarray(theirs) == pytest.approx(model.conditional_expected_repeats(5, x, t_x, n), rel=1e-6)


def test_a_fit_of_lifetimes_comes_home(lifetimes, cdnow):
    table = summary_for_lifetimes(cdnow)
    history = table["frequency"], table["recency"], table["T"]
    theirs = model_from_parameters(BgNbd, lifetimes.BetaGeoFitter().fit(*history).params_, unit="week")
    ours = fit_bg_nbd(cdnow)
    # Their search stops early; it must not find a higher likelihood than ours.
    assert -1e-6 < ours.log_likelihood - theirs.log_likelihood(*history).sum() < 0.01


# --- PyMC-Marketing itself -------------------------------------------------------------------------


@pytest.fixture(scope="session")
def clv():
    reason = "PyMC-Marketing is not installed (extra bench_clv)"
    return pytest.importorskip("pymc_marketing.clv", reason=reason)


def with_posterior(clv, model, table: pd.DataFrame):
    """Return their model with our parameters as a posterior of one draw."""
    import xarray

    theirs = getattr(clv, LIBRARY_CLASSES[type(model)][1])(data=table)
    theirs.build_model()
    values = {
        name: xarray.DataArray([[value]], dims=("chain", "draw"), coords={"chain": [0], "draw": [0]})
        for name, value in parameters_for_pymc_marketing(model).items()
    }
    import arviz

    theirs.idata = arviz.InferenceData(posterior=xarray.Dataset(values))
    return theirs


@pytest.mark.parametrize("model", REPEAT, ids=name_of)
def test_pymc_marketing_forecasts_the_same_with_our_parameters(clv, summary, model):
    table = summary_for_pymc_marketing(summary).drop(columns="monetary_value")
    theirs = with_posterior(clv, model, table)
    history = table["frequency"], table["recency"], table["T"]
    ahead = theirs.expected_purchases(data=table, future_t=10).to_numpy().ravel()
    assert ahead == pytest.approx(model.conditional_expected_repeats(10, *history), rel=1e-5)
    alive = theirs.expected_probability_alive(data=table).to_numpy().ravel()
    assert alive == pytest.approx(model.probability_alive(*history), rel=1e-5)


def test_pymc_marketing_expects_the_same_spend_with_our_parameters(clv, summary):
    table = summary_for_pymc_marketing(summary)
    table = table.loc[table["frequency"] > 0, ["customer_id", "frequency", "monetary_value"]]
    theirs = with_posterior(clv, SPEND, table).expected_customer_spend(data=table).to_numpy().ravel()
    ours = SPEND.conditional_expected_spend(table["frequency"], table["monetary_value"])
    assert theirs == pytest.approx(ours, rel=1e-9)


def test_pymc_marketing_makes_the_same_table_of_the_same_log(clv, transactions):
    theirs = clv.utils.rfm_summary(
        transactions, "customer", "date", "amount", observation_period_end="2024-01-01", time_unit="D"
    )
    ours = summary_from_pymc_marketing(theirs, unit="day")
    expected = rfm_summary(transactions, observation_end=pd.Timestamp("2024-01-01").date(), unit="day")
    pd.testing.assert_frame_equal(ours, expected[list(ours)], check_dtype=False, check_index_type=False)


def test_a_fit_of_pymc_marketing_comes_home(clv, cdnow):
    table = summary_for_pymc_marketing(cdnow)
    theirs = clv.BetaGeoModel(data=table)
    theirs.fit(method="map", progressbar=False)
    model = model_from_parameters(BgNbd, theirs.fit_result, unit="week")
    rounded = model_from_parameters(BgNbd, theirs.fit_summary(), unit="week")
    assert [rounded.r, rounded.alpha] == pytest.approx([model.r, model.alpha], abs=1e-3)
    history = table["frequency"], table["recency"], table["T"]
    gap = fit_bg_nbd(cdnow).log_likelihood - model.log_likelihood(*history).sum()
    assert 0 <= gap < 1  # a prior pulls their estimate away from the maximum of the likelihood
