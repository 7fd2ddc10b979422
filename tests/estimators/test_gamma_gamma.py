"""Gamma-Gamma against the published CDNOW numbers, against simulated spend, and at the extremes."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pandas as pd
import pytest
import reference
from scipy.integrate import quad

from crmsim.errors import InputError
from crmsim.estimators import GammaGamma, fit_gamma_gamma

NAMES = ("p", "q", "gamma")
TRUTH = GammaGamma(p=6.0, q=4.0, gamma=17.5, currency="USD")


def simulate(model: GammaGamma, x: np.ndarray, luck: np.random.Generator) -> pd.DataFrame:
    """Live the story of the model: each customer has a rate nu, each purchase is a gamma draw."""
    nu = luck.gamma(model.q, 1 / model.gamma, len(x))
    spend = np.array(
        [luck.gamma(model.p, 1 / rate, n).mean() if n else 0.0 for n, rate in zip(x, nu, strict=True)]
    )
    return pd.DataFrame({"frequency": x, "monetary_value": spend, "true_mean": model.p / nu})


@pytest.fixture(scope="module")
def simulated() -> pd.DataFrame:
    luck = np.random.default_rng(2013)
    return simulate(TRUTH, luck.poisson(2.0, 4000), luck)


@pytest.fixture(scope="module")
def cdnow() -> pd.DataFrame:
    table = pd.read_csv(reference.shared("data/cdnow_2357_calibration_39wk.csv"))
    return table.rename(columns={"x": "frequency", "m_x": "monetary_value"})


# --- published -------------------------------------------------------------------------------------


def test_gg_01_maximum_likelihood_on_946_repeat_buyers_fader_hardie_lee_2005_jmr(cdnow):
    case = reference.case("GG-01")
    fit = fit_gamma_gamma(cdnow, currency="USD")
    fitted = dataclasses.asdict(fit.model) | {"LL_average_spend": fit.log_likelihood}
    for key, expected in case.expected.items():
        assert fitted[key] == case.close_to(expected, key), key
    assert (fit.n_customers, fit.n_zero_spend, fit.model.currency) == (946, 0, "USD")


def test_gg_02_conditional_expected_spend_of_five_customers_hardie_note_025():
    case = reference.case("GG-02")
    m, x = np.array(case.inputs["customers_m_x"]).T
    spend = GammaGamma(*case.inputs["params_unrounded"]).conditional_expected_spend(x, m)
    assert spend.tolist() == case.close_to(case.expected)


# --- recovery --------------------------------------------------------------------------------------


def test_the_fit_recovers_the_truth_within_four_standard_errors(simulated):
    fit = fit_gamma_gamma(simulated)
    assert fit.undetermined == ()
    for name in NAMES:
        error = np.log(getattr(fit.model, name) / getattr(TRUTH, name)) / fit.log_standard_errors[name]
        assert abs(error) < 4, (name, error)


def test_conditional_expected_spend_is_unbiased_for_the_hidden_mean(simulated):
    spend = TRUTH.conditional_expected_spend(simulated["frequency"], simulated["monetary_value"])
    for buyers in (simulated["frequency"] == 0, simulated["frequency"] == 1, simulated["frequency"] > 3):
        gap = (simulated["true_mean"] - spend)[buyers]
        assert abs(gap.mean() / gap.sem()) < 4


def test_a_customer_is_pulled_to_the_mean_the_less_the_more_is_known():
    spend = TRUTH.conditional_expected_spend([1, 2, 10, 1e6], 100)
    assert (np.diff(spend) > 0).all()
    assert TRUTH.mean_spend() < spend[0] < spend[-1] == pytest.approx(100, rel=1e-4)


# --- the formulas agree with each other ------------------------------------------------------------


@pytest.mark.parametrize("x", [1, 3])
def test_the_density_integrates_to_one_and_to_the_mean(x):
    def moment(power: int) -> float:
        def integrand(m: float) -> float:
            return m**power * np.exp(TRUTH.log_likelihood(x, m))

        return quad(integrand, 0, 60)[0] + quad(integrand, 60, np.inf)[0]

    assert moment(0) == pytest.approx(1, rel=1e-6)
    assert moment(1) == pytest.approx(TRUTH.mean_spend(), rel=1e-6)


def test_the_density_of_a_base_is_the_mean_of_those_of_its_customers():
    model, m, x = GammaGamma(6.25, 3.74, 15.44), np.array([5.0, 30.0, 90.0]), np.array([1, 1, 1, 7])
    each = np.exp([model.log_likelihood(count, m) for count in x])
    assert model.mixed_density(m, x) == pytest.approx(each.mean(axis=0))
    with pytest.raises(InputError, match=r"^x: must have at least one customer"):
        model.mixed_density(m, [])


def test_cents_instead_of_dollars_change_only_gamma(simulated):
    dollars = fit_gamma_gamma(simulated).model
    cents = fit_gamma_gamma(simulated.assign(monetary_value=100 * simulated["monetary_value"])).model
    assert [cents.p, cents.q, cents.gamma / 100] == pytest.approx(
        [dollars.p, dollars.q, dollars.gamma], rel=1e-3
    )


def test_customers_without_a_repeat_purchase_say_nothing(simulated):
    repeat_buyers = simulated[simulated["frequency"] > 0]
    assert fit_gamma_gamma(simulated) == fit_gamma_gamma(repeat_buyers)


def test_repeat_buyers_who_spent_nothing_are_left_out_and_counted(simulated):
    free = pd.DataFrame({"frequency": [1, 4], "monetary_value": [0.0, 0.0]})
    fit, plain = fit_gamma_gamma(pd.concat([simulated, free])), fit_gamma_gamma(simulated)
    assert (fit.n_zero_spend, plain.n_zero_spend) == (2, 0)
    assert (fit.model, fit.n_customers) == (plain.model, plain.n_customers)


# --- extremes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "parameters",
    list(itertools.product((1e-6, 1, 1e6), repeat=3)),
    ids=lambda p: "-".join(f"{v:g}" for v in p),
)
def test_nothing_overflows_at_extreme_values(parameters):
    x, m = np.meshgrid([1, 2000], [1e-6, 1, 1e9])
    with np.errstate(over="raise", invalid="raise"):
        assert np.isfinite(GammaGamma(*parameters).log_likelihood(x, m)).all()


def test_a_tail_too_heavy_for_a_mean_says_infinite():
    heavy = GammaGamma(p=0.5, q=0.4, gamma=10)
    assert heavy.mean_spend() == np.inf
    assert heavy.conditional_expected_spend([0, 1, 2], [0, 5, 5]).tolist() == [
        np.inf,
        np.inf,
        pytest.approx(25),
    ]


def test_what_the_data_do_not_determine_gets_no_standard_error():
    """Everybody always spends the same: p runs to the edge."""
    fit = fit_gamma_gamma(pd.DataFrame({"frequency": [1, 2, 3, 4], "monetary_value": [20.0] * 4}))
    assert "p" in fit.undetermined
    assert fit.model.conditional_expected_spend(2, 20) == pytest.approx(20, rel=1e-3)


# --- refused ---------------------------------------------------------------------------------------

TABLES = {
    "no repeat buyer": (
        [0, 0],
        [0, 0],
        r"^summary: must have at least 2 repeat buyers who spent something.*, got 0",
    ),
    "one repeat buyer": (
        [0, 2],
        [0, 5],
        r"^summary: must have at least 2 repeat buyers who spent something.*, got 1",
    ),
    "only free items": (
        [1, 2],
        [0, 0],
        r"^summary: must have at least 2 repeat buyers who spent something.*, got 0",
    ),
    "negative spend": ([1, 2], [5, -5], r"^monetary_value: must be finite and at least 0, got -5.0"),
    "nan": ([1, np.nan], [5, 5], r"^frequency: must be finite and at least 0, got nan"),
    "spend without repeat": (
        [0, 2],
        [7, 5],
        r"^monetary_value: must be 0 without a repeat purchase .*, got 7.0",
    ),
}


@pytest.mark.parametrize(("frequency", "monetary_value", "message"), TABLES.values(), ids=TABLES)
def test_a_table_that_cannot_be_fitted_is_refused(frequency, monetary_value, message):
    with pytest.raises(InputError, match=message):
        fit_gamma_gamma(pd.DataFrame({"frequency": frequency, "monetary_value": monetary_value}))


@pytest.mark.parametrize("column", ["frequency", "monetary_value"])
def test_a_missing_column_is_refused(simulated, column):
    with pytest.raises(InputError, match=rf"^{column}: column is missing from the summary, it has '"):
        fit_gamma_gamma(simulated.drop(columns=column))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", [0, -1, np.nan, np.inf])
def test_a_parameter_that_is_not_above_0_is_refused(name, value):
    with pytest.raises(InputError, match=rf"^{name}: must be finite and above 0, got"):
        dataclasses.replace(TRUTH, **{name: value})


@pytest.mark.parametrize(("x", "m", "name"), [(0, 5, "x"), (2, 0, "m")])
def test_a_likelihood_needs_purchases_and_spend(x, m, name):
    with pytest.raises(InputError, match=rf"^{name}: must be above 0 in a likelihood, .*, got 0"):
        TRUTH.log_likelihood(x, m)


def test_a_mean_of_no_purchase_is_refused():
    with pytest.raises(InputError, match=r"^m: must be 0 without a purchase behind it, got 5.0"):
        TRUTH.conditional_expected_spend(0, 5)
