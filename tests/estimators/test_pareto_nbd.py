"""Pareto/NBD against the published CDNOW numbers, against simulated customers, and at the extremes."""

from __future__ import annotations

import dataclasses
import itertools
import math

import numpy as np
import pandas as pd
import pytest
import reference
from scipy.integrate import quad
from scipy.special import gammaln, hyp2f1, hyperu

from crmsim.errors import InputError
from crmsim.estimators import ParetoNbd, fit_pareto_nbd

NAMES = ("r", "alpha", "s", "beta")
TRUTH = ParetoNbd(r=0.8, alpha=6.0, s=1.2, beta=30.0, unit="week")


@pytest.fixture(scope="module")
def cdnow() -> pd.DataFrame:
    """The 2,357 customers of the CDNOW sample, 39 weeks of calibration."""
    table = pd.read_csv(reference.shared("data/cdnow_2357_calibration_39wk.csv"))
    return table.rename(columns={"x": "frequency", "t_x": "recency"})


@pytest.fixture(scope="module")
def cdnow_fit(cdnow):
    return fit_pareto_nbd(cdnow, unit="week")


def history(table: pd.DataFrame) -> list[pd.Series]:
    return [table["frequency"], table["recency"], table["T"]]


def simulate(model: ParetoNbd, T: np.ndarray, luck: np.random.Generator) -> pd.DataFrame:
    """Live the story of the model: draw a lifetime, scatter purchases evenly over it."""
    rate = luck.gamma(model.r, 1 / model.alpha, len(T))
    life = luck.exponential(1, len(T)) / luck.gamma(model.s, 1 / model.beta, len(T))
    active = np.minimum(life, T)
    frequency = luck.poisson(rate * active)
    last = active * luck.random(len(T)) ** (1 / np.maximum(frequency, 1))  # the largest of so many
    recency = np.where(frequency > 0, last, 0.0)
    return pd.DataFrame({"frequency": frequency, "recency": recency, "T": T, "alive": life > T})


@pytest.fixture(scope="module")
def simulated() -> pd.DataFrame:
    luck = np.random.default_rng(1987)
    table = simulate(TRUTH, luck.integers(20, 60, 3000).astype(float), luck)
    table.attrs["unit"] = "week"
    return table


# --- published -------------------------------------------------------------------------------------


def test_pnbd_01_maximum_likelihood_fader_hardie_lee_2005_table_2(cdnow_fit):
    case = reference.case("PNBD-01")
    fitted = dataclasses.asdict(cdnow_fit.model) | {"LL": cdnow_fit.log_likelihood}
    for key, expected in case.expected.items():
        assert fitted[key] == case.close_to(expected, key), key


def test_pnbd_02_expected_repeats_btyd_manual():
    case = reference.case("PNBD-02")
    forecast = ParetoNbd(*case.inputs["params"]).expected_repeats(case.inputs["t"])
    assert forecast.tolist() == case.close_to(case.expected)


def test_pnbd_03_probability_alive_without_repeat_purchase_btyd_vignette():
    case = reference.case("PNBD-03")
    given = case.inputs
    alive = ParetoNbd(*given["params"]).probability_alive(given["x"], given["t_x"], given["T"])
    assert float(alive) == case.close_to(case.expected)


@pytest.mark.parametrize("which", [0, 1])
def test_pnbd_06_discounted_expected_residual_transactions_fader_hardie_lee_2005_jmr(which):
    case = reference.case("PNBD-06")
    given = case.inputs
    x, t_x = given["customers_x_tx"][which]
    value = ParetoNbd(*given["params"]).discounted_expected_residual_transactions(
        given["delta_weekly"], x, t_x, given["T"]
    )
    assert float(value) == case.close_to(case.expected[which])


def test_pnbd_09_conditional_expectation_by_past_purchases_btyd_vignette(cdnow, cdnow_fit):
    case = reference.case("PNBD-09")
    forecast = cdnow_fit.model.conditional_expected_repeats(case.inputs["t"], *history(cdnow))
    means = pd.Series(forecast).groupby(np.minimum(cdnow["frequency"], 7)).mean()
    assert means.tolist() == case.close_to(case.expected)


# --- recovery: a base simulated from the story -----------------------------------------------------


def test_the_fit_recovers_the_truth_within_four_standard_errors(simulated):
    fit = fit_pareto_nbd(simulated)
    assert fit.undetermined == ()
    for name in NAMES:
        error = np.log(getattr(fit.model, name) / getattr(TRUTH, name)) / fit.log_standard_errors[name]
        assert abs(error) < 4, (name, error)


def test_probability_alive_is_calibrated_against_the_truth(simulated):
    alive = TRUTH.probability_alive(*history(simulated))
    few = simulated["frequency"] == 0
    for some in (few, ~few, simulated["recency"] < simulated["T"] / 2):
        p = alive[some]
        error = (simulated["alive"][some] - p).sum() / np.sqrt((p * (1 - p)).sum())
        assert abs(error) < 4
        assert 0.05 < simulated["alive"][some].mean() < 0.95  # else there would be nothing to tell apart


def test_expected_repeats_is_the_mean_of_simulated_customers():
    table = simulate(TRUTH, np.full(20_000, 52.0), np.random.default_rng(52))
    error = (table["frequency"].mean() - TRUTH.expected_repeats(52)) / table["frequency"].sem()
    assert abs(error) < 4


def test_probability_of_is_the_share_of_simulated_customers():
    table = simulate(TRUTH, np.full(20_000, 52.0), np.random.default_rng(53))
    for x in range(6):
        p = TRUTH.probability_of(x, 52)
        assert abs((table["frequency"] == x).mean() - p) < 4 * np.sqrt(p * (1 - p) / len(table)), x
    assert TRUTH.probability_of([0, 1], 0).tolist() == [1, 0]


@pytest.mark.parametrize("x", [0, 3, 400])
def test_probability_of_equals_the_integral_over_the_time_of_leaving(x):
    """Negative binomial purchases up to the moment of leaving, or up to t."""
    r, alpha, s, beta, t = 0.8, 0.6, 1.2, 30.0, 300.0

    def bought(u: float) -> float:
        ways = gammaln(r + x) - gammaln(r) - gammaln(x + 1)
        return math.exp(ways + r * math.log(alpha / (alpha + u)) + x * math.log(max(u, 1e-300) / (alpha + u)))

    def left(u: float) -> float:
        return bought(u) * s / beta * (1 + u / beta) ** -(s + 1)

    cuts = [0, 1e-3, 0.1, 1, 10, 50, 100, 200, t]
    gone = sum(quad(left, *cut, epsabs=0, limit=200)[0] for cut in itertools.pairwise(cuts))
    expected = gone + bought(t) * (1 + t / beta) ** -s
    assert ParetoNbd(r, alpha, s, beta).probability_of(x, t) == pytest.approx(expected, rel=1e-8)


def test_the_conditional_expectation_is_unbiased_for_what_simulated_customers_buy_next():
    """Of customers watched for 80 weeks the model sees the first 40."""
    luck = np.random.default_rng(80)
    n = 20_000
    rate = luck.gamma(TRUTH.r, 1 / TRUTH.alpha, n)
    life = luck.exponential(1, n) / luck.gamma(TRUTH.s, 1 / TRUTH.beta, n)
    seen = np.minimum(life, 40.0)
    x = luck.poisson(rate * seen)
    t_x = np.where(x > 0, seen * luck.random(n) ** (1 / np.maximum(x, 1)), 0.0)
    later = luck.poisson(rate * (np.minimum(life, 80.0) - seen))
    gap = later - TRUTH.conditional_expected_repeats(40, x, t_x, 40)
    for some in (x == 0, (x > 0) & (t_x < 20), t_x >= 20):
        assert abs(gap[some].mean() / (gap[some].std() / math.sqrt(some.sum()))) < 4


# --- the formulas agree with each other ------------------------------------------------------------


def closed_form(model: ParetoNbd, x: float, t_x: float, T: float) -> tuple[float, float]:
    """Likelihood of the note (its A0 by the larger of alpha and beta) and the share still active."""
    r, alpha, s, beta = model.r, model.alpha, model.s, model.beta
    total, high = r + s + x, max(alpha, beta)
    second = s + 1 if alpha >= beta else r + x

    def term(t: float) -> float:
        z = abs(alpha - beta) / (high + t)
        return hyp2f1(total, second, total + 1, z) / (high + t) ** total

    gone = s / total * (term(t_x) - term(T))
    active = (alpha + T) ** -(r + x) * (beta + T) ** -s
    front = np.exp(gammaln(r + x) - gammaln(r)) * alpha**r * beta**s
    return front * (active + gone), active / (active + gone)


@pytest.mark.parametrize("alpha", [3.0, 8.999, 9.0, 9.001, 40.0])
def test_likelihood_and_probability_alive_equal_the_closed_form(alpha):
    for r, s, (x, t_x) in itertools.product((0.3, 4), (0.5, 2), ((0, 0), (1, 0.5), (3, 20), (9, 38))):
        model = ParetoNbd(r, alpha, s, 9.0)
        likelihood, alive = closed_form(model, x, t_x, 39.0)
        case = (r, s, x)
        assert model.log_likelihood(x, t_x, 39) == pytest.approx(np.log(likelihood), abs=1e-8), case
        assert model.probability_alive(x, t_x, 39) == pytest.approx(alive, rel=1e-7), case


def test_the_likelihood_equals_the_integral_over_the_time_of_leaving():
    """Parameters for which 2F1 fails: hundreds of purchases, alpha and beta far apart."""
    for (r, alpha, s, beta), (x, t_x, T) in itertools.product(
        ((0.5, 1e-3, 0.8, 500.0), (0.5, 500.0, 0.8, 1e-3), (3.0, 8.0, 0.01, 8.0)),
        ((0, 0.0, 39.0), (400, 30.0, 39.0), (2, 38.999, 39.0)),
    ):
        k = r + x

        def powers(t: float, k: float = k, alpha: float = alpha, s: float = s, beta: float = beta) -> float:
            return -k * math.log(alpha + t) - s * math.log(beta + t)

        def gone(w: float, T: float = T, s: float = s, beta: float = beta, powers=powers) -> float:
            return s * math.exp(powers(math.exp(w) - beta) - powers(T))  # dw = dt / (beta + t)

        steps = np.array([0, 1e-9, 1e-7, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 0.3, 1])
        cuts = np.log(beta + t_x + (T - t_x) * steps)
        odds = sum(quad(gone, *cut, epsabs=0, limit=200)[0] for cut in itertools.pairwise(cuts))
        front = gammaln(k) - gammaln(r) + r * math.log(alpha) + s * math.log(beta)
        expected = front + powers(T) + math.log1p(odds)
        model = ParetoNbd(r, alpha, s, beta)
        assert model.log_likelihood(x, t_x, T) == pytest.approx(expected, abs=1e-6), (r, alpha, x)


def test_nothing_jumps_where_alpha_meets_beta():
    alphas = 9 * (1 + np.array([-1e-3, -1e-9, 0, 1e-9, 1e-3]))
    values = [ParetoNbd(0.7, alpha, 0.9, 9.0).log_likelihood(3, 20, 39) for alpha in alphas]
    assert values[1:4] == pytest.approx([values[2]] * 3, abs=1e-8)
    assert abs(values[4] - 2 * values[2] + values[0]) < 1e-5  # smooth: what is left is curvature


def test_expected_repeats_with_s_at_and_around_1():
    for s in (0.3, 1 - 1e-9, 1.0, 1 + 1e-9, 4.0):
        model = ParetoNbd(0.5, 10.0, s, 12.0)
        mean, _ = quad(lambda t, s=s: 0.05 * (12 / (12 + t)) ** s, 0, 52)
        assert model.expected_repeats(52) == pytest.approx(mean, rel=1e-9)


def test_without_history_the_conditional_expectation_is_the_plain_one():
    assert TRUTH.conditional_expected_repeats(30, 0, 0, 0) == pytest.approx(
        TRUTH.expected_repeats(30), rel=1e-9
    )


def test_the_present_value_equals_the_closed_form_and_nearly_the_sum_of_far_forecasts():
    x, t_x, T, delta = 3, 20.0, 39.0, 0.01
    value = TRUTH.discounted_expected_residual_transactions(delta, x, t_x, T)
    z = delta * (TRUTH.beta + T)
    tricomi = (TRUTH.beta + T) * z ** (TRUTH.s - 1) * hyperu(TRUTH.s, TRUTH.s, z)
    alive = TRUTH.probability_alive(x, t_x, T)
    assert value == pytest.approx(alive * (TRUTH.r + x) / (TRUTH.alpha + T) * tricomi, rel=1e-9)
    ends = np.linspace(0, 3000, 30_001)
    bought = np.diff(TRUTH.conditional_expected_repeats(ends, x, t_x, T))
    assert value == pytest.approx(bought @ np.exp(-delta * (ends[1:] + ends[:-1]) / 2), rel=1e-5)


def test_waiting_kills_and_a_first_purchase_does_not_protect():
    alive = TRUTH.probability_alive(3, 10, [10, 20, 40, 400])
    assert alive[0] == 1
    assert (np.diff(alive) < 0).all()
    assert 0 < alive[-1] < 1e-3
    without = TRUTH.probability_alive(0, 0, [0, 10, 40, 400])
    assert without[0] == 1
    assert (np.diff(without) < 0).all()


# --- units -----------------------------------------------------------------------------------------


def test_days_and_weeks_give_the_same_fit_and_forecast(simulated):
    some = simulated.head(300)
    days = some.assign(recency=7 * some["recency"], T=7 * some["T"])
    days.attrs["unit"] = "day"
    in_weeks, in_days = fit_pareto_nbd(some), fit_pareto_nbd(days)
    assert in_days.model.unit == "day"
    for name in NAMES:
        assert getattr(in_days.model.in_unit("week"), name) == pytest.approx(
            getattr(in_weeks.model, name), rel=2e-3
        )
    forecast = in_days.model.conditional_expected_repeats(7 * 39, *history(days))
    assert forecast == pytest.approx(
        in_weeks.model.conditional_expected_repeats(39, *history(some)), rel=2e-3
    )


def test_a_table_in_another_unit_than_the_model_is_refused(simulated):
    with pytest.raises(InputError, match=r"^x: must be in the model's unit \(day\); .*, got 'week'"):
        TRUTH.in_unit("day").probability_alive(*history(simulated))


def test_a_table_without_unit_must_be_told(simulated):
    bare = pd.DataFrame(simulated.to_dict("list"))
    with pytest.raises(InputError, match=r"^unit: must be said for a table that does not carry it"):
        fit_pareto_nbd(bare)


# --- extremes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "parameters",
    list(itertools.product((1e-6, 1, 1e6), repeat=4)),
    ids=lambda p: "-".join(f"{v:g}" for v in p),
)
def test_nothing_overflows_at_extreme_values(parameters):
    model = ParetoNbd(*parameters)
    x, t_x, T = np.array([0, 0, 1, 1, 2000, 2000]), [0, 0, 1e-3, 5e4, 1e-3, 5e4], [0, 5e4, 5e4, 5e4, 5e4, 5e4]
    with np.errstate(over="raise", invalid="raise"):
        assert np.isfinite(model.log_likelihood(x, t_x, T)).all()
        alive = model.probability_alive(x, t_x, T)
        ahead = model.conditional_expected_repeats(52, x, t_x, T)
        value = model.discounted_expected_residual_transactions(1e-3, x, t_x, T)
        chances = model.probability_of(x, T)
    assert ((alive >= 0) & (alive <= 1)).all()
    assert ((chances >= 0) & (chances <= 1 + 1e-7)).all()
    longest = alive * (model.r + x) / (model.alpha + np.array(T)) * (1 + 1e-9)
    assert (np.isfinite(ahead) & (ahead >= 0) & (ahead <= 52 * longest)).all()
    assert (np.isfinite(value) & (value >= 0) & (value <= 1e3 * longest)).all()


def test_customers_who_never_leave_are_negative_binomial():
    model, x, T = ParetoNbd(0.8, 6.0, 1e-6, 1e6), np.array([0, 1, 5]), 39.0
    purchases = gammaln(0.8 + x) - gammaln(0.8) + 0.8 * np.log(6.0) - (0.8 + x) * np.log(6.0 + T)
    assert model.log_likelihood(x, np.minimum(x, 30), T) == pytest.approx(purchases, abs=1e-6)


def test_what_the_data_do_not_determine_gets_no_standard_error():
    """Nobody ever leaves: all bought in the last week."""
    table = pd.DataFrame({"frequency": [10, 20, 30, 40], "recency": [52.0] * 4, "T": [52.0] * 4})
    fit = fit_pareto_nbd(table, unit="week")
    assert {"s", "beta"} & set(fit.undetermined)
    assert (fit.model.probability_alive(*history(table)) > 0.99).all()


# --- refused ---------------------------------------------------------------------------------------

TABLES = {
    "one customer": ([2], [3], [4], r"^summary: must have at least 2 customers .*; take in more .*, got 1"),
    "no repeat": ([0, 0], [0, 0], [4, 5], r"^frequency: must hold at least one repeat purchase"),
    "fraction": (
        [1.5, 2],
        [1, 1],
        [4, 4],
        r"^frequency: must be whole numbers \(repeat purchases\), got 1.5",
    ),
    "negative": ([-1, 2], [1, 1], [4, 4], r"^frequency: must be finite and at least 0, got -1.0"),
    "nan": ([1, 2], [1, np.nan], [4, 4], r"^recency: must be finite and at least 0, got nan"),
    "recency beyond T": ([1, 2], [1, 5], [4, 4], r"^recency: must be at most T \(4\), got 5.0"),
    "stray recency": ([0, 2], [4, 1], [4, 4], r"^recency: must be 0 without a repeat purchase .*, got 4.0"),
}


@pytest.mark.parametrize(("frequency", "recency", "T", "message"), TABLES.values(), ids=TABLES)
def test_a_table_that_cannot_be_fitted_is_refused(frequency, recency, T, message):
    table = pd.DataFrame({"frequency": frequency, "recency": recency, "T": T})
    with pytest.raises(InputError, match=message):
        fit_pareto_nbd(table, unit="week")


@pytest.mark.parametrize("column", ["frequency", "recency", "T"])
def test_a_missing_column_is_refused(simulated, column):
    with pytest.raises(InputError, match=rf"^{column}: column is missing from the summary, it has '"):
        fit_pareto_nbd(simulated.drop(columns=column))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", [0, -1, np.nan, np.inf])
def test_a_parameter_that_is_not_above_0_is_refused(name, value):
    with pytest.raises(InputError, match=rf"^{name}: must be finite and above 0, got"):
        dataclasses.replace(TRUTH, **{name: value})


@pytest.mark.parametrize("delta", [0, -0.1, np.nan, np.inf])
def test_a_discount_rate_that_is_not_above_0_is_refused(delta):
    with pytest.raises(InputError, match=r"^delta: must be finite and above 0, got"):
        TRUTH.discounted_expected_residual_transactions(delta, 1, 1, 2)


def test_an_unknown_unit_is_refused():
    with pytest.raises(InputError, match=r"^unit: must be one of day, week, got 'month'"):
        ParetoNbd(1, 1, 1, 1, unit="month")


def test_a_negative_time_ahead_is_refused():
    with pytest.raises(InputError, match=r"^t: must be finite and at least 0, got -1.0"):
        TRUTH.expected_repeats(-1)
