"""BG/NBD against the published CDNOW numbers, against simulated customers, and at the extremes."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pandas as pd
import pytest
import reference
from scipy.integrate import quad
from scipy.special import hyp2f1
from scipy.stats import beta as beta_distribution

from crmsim.errors import InputError
from crmsim.estimators import BgNbd, ParetoNbd, fit_bg_nbd

NAMES = ("r", "alpha", "a", "b")
TRUTH = BgNbd(r=0.6, alpha=5.0, a=0.8, b=2.4, unit="week")


@pytest.fixture(scope="module")
def cdnow() -> pd.DataFrame:
    """The 2,357 customers of the CDNOW sample, 39 weeks of calibration."""
    table = pd.read_csv(reference.shared("data/cdnow_2357_calibration_39wk.csv"))
    return table.rename(columns={"x": "frequency", "t_x": "recency"})


@pytest.fixture(scope="module")
def cdnow_fit(cdnow):
    return fit_bg_nbd(cdnow, unit="week")


def history(table: pd.DataFrame) -> list[pd.Series]:
    return [table["frequency"], table["recency"], table["T"]]


def simulate(model: BgNbd, T: np.ndarray, luck: np.random.Generator) -> pd.DataFrame:
    """Live the story of the model: buy at rate lambda, leave with chance p after each repeat purchase."""
    n = len(T)
    rate = luck.gamma(model.r, 1 / model.alpha, n)
    chance = luck.beta(model.a, model.b, n)
    frequency, recency, alive, now = np.zeros(n), np.zeros(n), np.ones(n, bool), np.zeros(n)
    active = alive.copy()
    while active.any():
        now = now + luck.exponential(1, n) / np.maximum(rate, 1e-300)
        active &= now <= T
        frequency[active] += 1
        recency[active] = now[active]
        left = active & (luck.random(n) < chance)
        alive &= ~left
        active &= ~left
    return pd.DataFrame({"frequency": frequency, "recency": recency, "T": T, "alive": alive})


@pytest.fixture(scope="module")
def simulated() -> pd.DataFrame:
    luck = np.random.default_rng(20050224)
    table = simulate(TRUTH, luck.uniform(20, 60, 4000), luck)
    table.attrs["unit"] = "week"
    return table


# --- published -------------------------------------------------------------------------------------


def test_bgnbd_01_maximum_likelihood_fader_hardie_lee_2005_table_2(cdnow_fit):
    case = reference.case("BGNBD-01")
    fitted = dataclasses.asdict(cdnow_fit.model) | {"LL": cdnow_fit.log_likelihood}
    for key, expected in case.expected.items():
        assert fitted[key] == case.close_to(expected, key), key


def test_bgnbd_02_log_likelihood_at_ones_btyd_vignette(cdnow):
    case = reference.case("BGNBD-02")
    assert BgNbd(*case.inputs["params"]).log_likelihood(*history(cdnow)).sum() == case.close_to(case.expected)


def test_bgnbd_04_conditional_expectation_of_customer_0001_fader_hardie_lee_2005():
    case = reference.case("BGNBD-04")
    given = case.inputs
    forecast = BgNbd(*given["params"]).conditional_expected_repeats(
        given["t"], given["x"], given["t_x"], given["T"]
    )
    assert float(forecast) == case.close_to(case.expected)


def test_bgnbd_05_expected_repeats_hardie_note_004_spreadsheet():
    case = reference.case("BGNBD-05")
    forecast = BgNbd(*case.inputs["params"]).expected_repeats(case.inputs["t"])
    assert forecast.tolist() == case.close_to(case.expected)


def test_bgnbd_07_more_purchases_fewer_future_ones_btyd_vignette():
    case = reference.case("BGNBD-07")
    given = case.inputs
    forecast = BgNbd(*given["params"]).conditional_expected_repeats(
        given["t"], given["x"], given["t_x"], given["T"]
    )
    assert forecast.tolist() == case.close_to(case.expected)


def test_bgnbd_11_individual_correlations_over_the_holdout_fader_hardie_lee_2005(cdnow, cdnow_fit):
    case, published = reference.case("BGNBD-11"), dict(reference.case("PNBD-01").expected)
    del published["LL"]
    t = case.inputs["t"]
    ours = cdnow_fit.model.conditional_expected_repeats(t, *history(cdnow))
    theirs = ParetoNbd(**published).conditional_expected_repeats(t, *history(cdnow))
    correlation = np.corrcoef([cdnow["x_star"], ours, theirs])
    assert [correlation[0, 1], correlation[0, 2], correlation[1, 2]] == case.close_to(case.expected)


# --- recovery: a base simulated from the story -----------------------------------------------------


def test_the_fit_recovers_the_truth_within_four_standard_errors(simulated):
    fit = fit_bg_nbd(simulated)
    assert fit.undetermined == ()
    for name in NAMES:
        error = np.log(getattr(fit.model, name) / getattr(TRUTH, name)) / fit.log_standard_errors[name]
        assert abs(error) < 4, (name, error)


def test_standard_errors_have_the_size_of_the_spread_between_samples():
    """Over 30 simulated bases the spread of estimates of r agrees with the mean standard error."""
    luck = np.random.default_rng(39)
    fits = [fit_bg_nbd(simulate(TRUTH, np.full(400, 52.0), luck), unit="week") for _ in range(30)]
    spread = np.std([np.log(fit.model.r) for fit in fits], ddof=1)
    claimed = np.mean([fit.log_standard_errors["r"] for fit in fits])
    # A standard deviation from 30 values has a relative error of about 1/sqrt(58) = 13 %.
    assert abs(np.log(spread / claimed)) < 4 / np.sqrt(58)


def test_probability_alive_is_calibrated_against_the_truth(simulated):
    alive = TRUTH.probability_alive(*history(simulated))
    error = (simulated["alive"] - alive).sum() / np.sqrt((alive * (1 - alive)).sum())
    assert abs(error) < 4
    assert 0.2 < simulated["alive"].mean() < 0.95  # else there would be nothing to tell apart


def test_expected_repeats_is_the_mean_of_simulated_customers():
    table = simulate(TRUTH, np.full(20_000, 52.0), np.random.default_rng(52))
    error = (table["frequency"].mean() - TRUTH.expected_repeats(52)) / table["frequency"].sem()
    assert abs(error) < 4


def test_probability_of_is_the_share_of_simulated_customers():
    table = simulate(TRUTH, np.full(20_000, 52.0), np.random.default_rng(53))
    for x in range(6):
        p = TRUTH.probability_of(x, 52)
        assert abs((table["frequency"] == x).mean() - p) < 4 * np.sqrt(p * (1 - p) / len(table)), x


# --- the formulas agree with each other ------------------------------------------------------------


def test_expected_repeats_equals_the_closed_form_of_equation_9():
    for r, y, a, b in itertools.product((0.2, 3), (0.05, 1, 8), (0.3, 1.7), (0.6, 5)):
        c = a + b - 1
        closed = c / (a - 1) * (1 - (1 + y) ** -r * hyp2f1(r, b, c, y / (1 + y)))
        assert BgNbd(r, 2.0, a, b).expected_repeats(2.0 * y) == pytest.approx(closed, rel=1e-8), (r, y, a, b)


def test_expected_repeats_where_the_closed_form_fails():
    for r, y, a, b in [
        (0.5, 3, 1.0, 2),
        (0.5, 3, 0.4, 0.6),
        (255, 504, 6.98, 2.61),
        (0.011, 706, 0.441, 730),
    ]:

        def integrand(p: float, r: float = r, y: float = y, a: float = a, b: float = b) -> float:
            return -np.expm1(-r * np.log1p(p * y)) / p * beta_distribution.pdf(p, a, b)

        cuts = [0, 1e-8, 1e-6, 1e-4, 1e-3, 1e-2, 0.1, 0.5, 0.9, 1]
        integral = sum(quad(integrand, *cut, limit=200)[0] for cut in itertools.pairwise(cuts))
        assert BgNbd(r, 1.0, a, b).expected_repeats(y) == pytest.approx(integral, rel=1e-4), (r, y, a, b)


def test_probabilities_sum_to_one_and_their_mean_is_the_expectation():
    x = np.arange(5000)
    probability = TRUTH.probability_of(x, 52)
    assert probability.sum() == pytest.approx(1, abs=1e-10)
    assert x @ probability == pytest.approx(TRUTH.expected_repeats(52), rel=1e-8)


def test_without_history_the_conditional_expectation_is_the_plain_one():
    assert TRUTH.conditional_expected_repeats(30, 0, 0, 0) == pytest.approx(
        TRUTH.expected_repeats(30), rel=1e-12
    )


def test_a_customer_without_repeat_purchase_is_alive_and_waiting_kills_the_others():
    alive = TRUTH.probability_alive(3, 10, [10, 20, 40, 400])
    assert TRUTH.probability_alive(0, 0, 1e6) == 1
    assert (np.diff(alive) < 0).all()
    assert 0 < alive[-1] < 1e-3


def test_in_no_time_nobody_buys():
    assert TRUTH.probability_of([0, 1, 2], 0).tolist() == [1, 0, 0]
    assert TRUTH.expected_repeats(0) == 0


# --- units -----------------------------------------------------------------------------------------


def test_days_and_weeks_give_the_same_fit_and_forecast(simulated):
    days = simulated.assign(recency=7 * simulated["recency"], T=7 * simulated["T"])
    days.attrs["unit"] = "day"
    in_weeks, in_days = fit_bg_nbd(simulated), fit_bg_nbd(days)
    assert in_days.model.unit == "day"
    for name in NAMES:
        assert getattr(in_days.model.in_unit("week"), name) == pytest.approx(
            getattr(in_weeks.model, name), rel=1e-3
        )
    forecast = in_days.model.conditional_expected_repeats(7 * 39, *history(days))
    assert forecast == pytest.approx(
        in_weeks.model.conditional_expected_repeats(39, *history(simulated)), rel=1e-3
    )


def test_a_table_in_another_unit_than_the_model_is_refused(simulated):
    with pytest.raises(
        InputError, match=r"^x: must be in the model's unit \(day\); use in_unit .*, got 'week'"
    ):
        TRUTH.in_unit("day").probability_alive(*history(simulated))


def test_a_unit_that_contradicts_the_table_is_refused(simulated):
    with pytest.raises(InputError, match=r"^unit: must be that of the table \(week\), got 'day'"):
        fit_bg_nbd(simulated, unit="day")


def test_a_table_without_unit_must_be_told(cdnow):
    with pytest.raises(
        InputError, match=r"^unit: must be said for a table that does not carry it: one of day, week"
    ):
        fit_bg_nbd(cdnow)


# --- extremes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "parameters",
    list(itertools.product((1e-6, 1, 1e6), repeat=4)),
    ids=lambda p: "-".join(f"{v:g}" for v in p),
)
def test_nothing_overflows_at_extreme_values(parameters):
    model = BgNbd(*parameters)
    x, t_x, T = np.array([0, 0, 1, 1, 2000, 2000]), [0, 0, 1e-3, 5e4, 1e-3, 5e4], [0, 5e4, 5e4, 5e4, 5e4, 5e4]
    with np.errstate(over="raise", invalid="raise"):
        assert np.isfinite(model.log_likelihood(x, t_x, T)).all()
        alive = model.probability_alive(x, t_x, T)
        ahead = model.conditional_expected_repeats(52, x, t_x, T)
        chances = model.probability_of(x, T)
    assert ((alive >= 0) & (alive <= 1)).all()
    assert (np.isfinite(ahead) & (ahead >= 0)).all()
    assert ((chances >= 0) & (chances <= 1 + 1e-9)).all()


def test_expected_repeats_never_exceed_those_of_customers_who_never_leave():
    for r, alpha, a, b in itertools.product((1e-3, 1, 1e3), repeat=4):
        assert BgNbd(r, alpha, a, b).expected_repeats(52) <= r * 52 / alpha * (1 + 1e-8), (r, alpha, a, b)


def test_what_the_data_do_not_determine_gets_no_standard_error():
    """Nobody ever leaves: all bought in the last week, so a / (a + b) runs to 0."""
    table = pd.DataFrame({"frequency": [10, 20, 30, 40], "recency": [52.0] * 4, "T": [52.0] * 4})
    fit = fit_bg_nbd(table, unit="week")
    assert {"a", "b"} & set(fit.undetermined)
    assert (fit.model.probability_alive(*history(table)) > 0.99).all()


# --- refused ---------------------------------------------------------------------------------------

TABLES = {
    "one customer": ([2], [3], [4], r"^summary: must have at least 2 customers .*; take in more .*, got 1"),
    "nobody": ([], [], [], r"^summary: must have at least 2 customers .*; take in more .*, got 0"),
    "no repeat": (
        [0, 0],
        [0, 0],
        [4, 5],
        r"^frequency: must hold at least one repeat purchase, nobody bought twice: .* watch for longer",
    ),
    "fraction": (
        [1.5, 2],
        [1, 1],
        [4, 4],
        r"^frequency: must be whole numbers \(repeat purchases\), got 1.5",
    ),
    "negative": ([-1, 2], [1, 1], [4, 4], r"^frequency: must be finite and at least 0, got -1.0"),
    "nan": ([1, 2], [1, np.nan], [4, 4], r"^recency: must be finite and at least 0, got nan"),
    "infinite": ([1, 2], [1, 1], [4, np.inf], r"^T: must be finite and at least 0, got inf"),
    "text": ([1, 2], [1, 1], ["4", "x"], r"^T: must be a number or an array of numbers"),
    "recency beyond T": ([1, 2], [1, 5], [4, 4], r"^recency: must be at most T \(4\), got 5.0"),
    "recency from the end": (
        [0, 2],
        [4, 1],
        [4, 4],
        r"^recency: must be 0 without a repeat purchase .*, got 4.0",
    ),
}


@pytest.mark.parametrize(("frequency", "recency", "T", "message"), TABLES.values(), ids=TABLES)
def test_a_table_that_cannot_be_fitted_is_refused(frequency, recency, T, message):
    table = pd.DataFrame({"frequency": frequency, "recency": recency, "T": T})
    with pytest.raises(InputError, match=message):
        fit_bg_nbd(table, unit="week")


@pytest.mark.parametrize("column", ["frequency", "recency", "T"])
def test_a_missing_column_is_refused(simulated, column):
    with pytest.raises(InputError, match=rf"^{column}: column is missing from the summary, it has '"):
        fit_bg_nbd(simulated.drop(columns=column))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", [0, -1, np.nan, np.inf])
def test_a_parameter_that_is_not_above_0_is_refused(name, value):
    with pytest.raises(InputError, match=rf"^{name}: must be finite and above 0, got"):
        dataclasses.replace(TRUTH, **{name: value})


def test_an_unknown_unit_is_refused():
    with pytest.raises(InputError, match=r"^unit: must be one of day, week, got 'month'"):
        BgNbd(1, 1, 1, 1, unit="month")
    with pytest.raises(InputError, match=r"^unit: must be one of day, week, got 'month'"):
        TRUTH.in_unit("month")


def test_a_negative_time_ahead_is_refused():
    with pytest.raises(InputError, match=r"^t: must be finite and at least 0, got -1.0"):
        TRUTH.expected_repeats(-1)


def test_histories_of_different_length_are_refused():
    with pytest.raises(InputError, match=r"^x, t_x, T: must have equal lengths"):
        TRUTH.log_likelihood([1, 2], [1, 2, 3], 4)


def test_half_a_purchase_has_no_probability():
    with pytest.raises(InputError, match=r"^x: must be whole numbers"):
        TRUTH.probability_of(0.5, 10)
