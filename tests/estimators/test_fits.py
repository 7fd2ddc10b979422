"""What all fits promise: covariance, intervals of what follows from the parameters, bootstrap; and bases
so odd that a fit is refused, or must not break."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
import reference

from crmsim.errors import InputError
from crmsim.estimators import (
    BetaBinomial,
    BgNbd,
    Fit,
    MbgNbd,
    ShiftedBetaGeometric,
    bootstrap_fits,
    fit_beta_binomial,
    fit_bg_bb,
    fit_bg_nbd,
    fit_gamma_gamma,
    fit_mbg_nbd,
    fit_pareto_nbd,
    fit_sbg,
)
from crmsim.estimators.repeat_purchases import fit_repeat_purchases
from crmsim.estimators.resampling import resampled, uniforms

REPEAT = {"bg_nbd": fit_bg_nbd, "mbg_nbd": fit_mbg_nbd, "pareto_nbd": fit_pareto_nbd}


def base(n: int = 800, seed: int = 1) -> pd.DataFrame:
    """Customers who live the story of BG/NBD, watched for 20 to 50 weeks."""
    model, luck = BgNbd(0.7, 6.0, 0.8, 2.5), np.random.default_rng(seed)
    T = luck.uniform(20, 50, n)
    rate, chance = luck.gamma(model.r, 1 / model.alpha, n), luck.beta(model.a, model.b, n)
    x, t_x, now, active = np.zeros(n), np.zeros(n), np.zeros(n), np.ones(n, bool)
    while active.any():
        now += luck.exponential(1, n) / np.maximum(rate, 1e-300)
        active &= now <= T
        x[active] += 1
        t_x[active] = now[active]
        active &= luck.random(n) >= chance
    table = pd.DataFrame({"frequency": x, "recency": t_x, "T": T})
    table.attrs["unit"] = "week"
    return table


def table(x, t_x, T) -> pd.DataFrame:
    columns = np.broadcast_arrays(*(np.asarray(values, dtype=float) for values in (x, t_x, T)))
    made = pd.DataFrame(dict(zip(("frequency", "recency", "T"), columns, strict=True)))
    made.attrs["unit"] = "week"
    return made


# --- covariance ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def fit():
    return fit_bg_nbd(base())


def test_the_covariance_has_the_squares_of_the_standard_errors(fit):
    covariance = fit.covariance
    assert list(covariance) == list(covariance.index) == ["r", "alpha", "a", "b"]
    assert np.sqrt(np.diag(covariance)) == pytest.approx(list(fit.standard_errors.values()))
    assert covariance.to_numpy() == pytest.approx(covariance.to_numpy().T)
    assert np.linalg.eigvalsh(covariance / np.outer(*2 * [np.sqrt(np.diag(covariance))])).min() > 0


def test_the_covariance_is_the_inverse_of_the_curvature(fit):
    """Second differences of the log-likelihood itself, by r and alpha, with the others held."""
    data = [base()[name] for name in ("frequency", "recency", "T")]

    def value(steps: np.ndarray) -> float:
        values = np.array(list(fit.parameters.values())) * np.exp(steps)
        return float(BgNbd(*values).log_likelihood(*data).sum())

    h = 2e-3
    hessian = np.empty((4, 4))
    for i, p in enumerate(h * np.eye(4)):
        for j, q in enumerate(h * np.eye(4)):
            hessian[i, j] = -(value(p + q) - value(p - q) - value(q - p) + value(-p - q)) / (4 * h * h)
    assert np.linalg.inv(hessian) == pytest.approx(np.array(fit.log_covariance), rel=0.01, abs=1e-5)


def test_the_estimates_of_cdnow_have_the_standard_errors_of_the_numerical_hessian():
    """Differences of values (without gradient) and of gradients give the same."""
    cdnow = pd.read_csv(reference.shared("data/cdnow_2357_calibration_39wk.csv"))
    cdnow = cdnow.rename(columns={"x": "frequency", "t_x": "recency"})
    slopes = fit_bg_nbd(cdnow, unit="week")

    class Plain(BgNbd):
        HAS_GRADIENT = False

    values = fit_repeat_purchases(Plain, cdnow, "week")
    assert values.log_likelihood == pytest.approx(slopes.log_likelihood, abs=1e-6)
    assert list(values.standard_errors.values()) == pytest.approx(
        list(slopes.standard_errors.values()), rel=1e-3
    )


# --- intervals of what follows ---------------------------------------------------------------------


def test_an_interval_of_a_parameter_is_that_of_the_parameter(fit):
    low, high = fit.interval_of(lambda model: model.alpha, draws=20_000)
    expected = fit.intervals()["alpha"]
    # Quantiles of 20,000 draws: relative error about 0.02 standard deviations.
    assert (low, high) == pytest.approx(expected, rel=0.1 * fit.log_standard_errors["alpha"])


def test_intervals_depend_on_the_seed_alone(fit):
    def alive(model: BgNbd) -> np.ndarray:
        return model.probability_alive([2, 5], [10, 20], 30)

    one, two, other = fit.interval_of(alive), fit.interval_of(alive), fit.interval_of(alive, seed=1)
    assert np.array_equal(one, two)
    assert not np.array_equal(one, other)
    assert (one[0] < alive(fit.model)).all() and (alive(fit.model) < one[1]).all()
    assert one[0] == pytest.approx(other[0], abs=0.02)


def test_wider_levels_have_wider_intervals(fit):
    spans = [
        np.ptp(fit.interval_of(lambda model: model.expected_repeats(52), level=level)) for level in (0.5, 0.9)
    ]
    assert spans[0] < spans[1]


def test_intervals_of_a_forecast_hold_the_truth_as_often_as_they_say():
    truth = ShiftedBetaGeometric(0.8, 3.2)
    luck = np.random.default_rng(17)
    inside = []
    for _ in range(80):
        theta = luck.beta(0.8, 3.2, 400)
        ends = luck.geometric(theta)
        people = pd.DataFrame({"periods": np.minimum(ends, 6), "lost": ends <= 6})
        low, high = fit_sbg(people).interval_of(lambda model: model.survival(12), level=0.8, draws=400)
        inside.append(low < truth.survival(12) < high)
    assert abs(np.mean(inside) - 0.8) < 4 * np.sqrt(0.8 * 0.2 / 80)


def test_what_is_undetermined_has_no_interval():
    one = fit_sbg(pd.DataFrame({"periods": [1] * 100, "lost": [True] * 30 + [False] * 70}))
    with pytest.raises(
        InputError, match=r"^parameters alpha, beta: must be determined .* use bootstrap_fits"
    ):
        one.interval_of(lambda model: model.survival(1))


@pytest.mark.parametrize(("option", "value"), [("level", 1.0), ("draws", 10), ("seed", -1), ("draws", 2.5)])
def test_bad_options_are_refused(fit, option, value):
    with pytest.raises(InputError, match=rf"^{option}: must be"):
        fit.interval_of(lambda model: model.alpha, **{option: value})


def test_draws_keep_what_is_not_a_parameter(fit):
    assert {model.unit for model in fit._drawn(3, 0)} == {"week"}
    spend = fit_gamma_gamma(
        pd.DataFrame({"frequency": [1, 2, 5, 3, 1] * 20, "monetary_value": np.arange(5, 105)})
    )
    assert spend.interval_of(lambda model: model.conditional_expected_spend(1, 30.0), draws=100)[0] > 0


# --- bootstrap -------------------------------------------------------------------------------------


def test_bootstrap_spreads_like_the_standard_errors():
    people = base(n=1000)
    samples = bootstrap_fits(fit_bg_nbd, people, samples=150)
    assert len(samples) == 150 and not samples.isna().any(axis=None)
    errors = fit_bg_nbd(people).log_standard_errors
    # A standard deviation of 150 values has a relative error of 1/sqrt(300); 10 % more for the model's own.
    for name in ("r", "alpha"):
        assert abs(np.log(np.log(samples[name]).std() / errors[name])) < 4 / np.sqrt(300) + 0.1, name


def test_bootstrap_of_rows_with_weights_is_that_of_people():
    rows = pd.DataFrame(
        {"frequency": [0, 1, 2, 3], "recency": [0, 1, 3, 3], "periods": 3, "weights": [400, 90, 70, 50]}
    )
    drawn = [resampled(rows, seed=3, number=number) for number in range(200)]
    assert {int(sample["weights"].sum()) for sample in drawn} == {610}
    share = np.array([sample.loc[sample["frequency"] == 0, "weights"].sum() for sample in drawn]) / 610
    p = 400 / 610
    assert abs(share.mean() - p) < 4 * np.sqrt(p * (1 - p) / 610 / 200)
    assert share.std() == pytest.approx(np.sqrt(p * (1 - p) / 610), rel=4 / np.sqrt(400))
    assert list(bootstrap_fits(fit_bg_bb, rows, samples=2)) == ["alpha", "beta", "gamma", "delta"]


def test_every_customer_of_a_row_is_drawn_as_often_as_any_other():
    drawn = [resampled(pd.DataFrame({"weights": [1, 0, 1]}), seed=5, number=number) for number in range(2000)]
    assert {label for sample in drawn for label in sample.index} == {0, 2}
    first = sum(sample["weights"].get(0, 0) for sample in drawn)
    assert abs(first / 4000 - 0.5) < 4 * 0.5 / np.sqrt(4000)


def test_a_sample_that_cannot_be_fitted_is_nan_and_the_table_is_left_alone():
    people = table([0, 0, 0, 0, 2], [0, 0, 0, 0, 9], 20)
    before = people.copy()
    samples = bootstrap_fits(fit_bg_nbd, people, samples=40)
    pd.testing.assert_frame_equal(people, before)
    alone = (4 / 5) ** 5  # nobody who came back is drawn
    assert abs(samples["r"].isna().mean() - alone) < 4 * np.sqrt(alone * (1 - alone) / 40)


def test_a_table_that_cannot_be_fitted_at_all_is_refused_by_the_bootstrap():
    with pytest.raises(InputError, match=r"^frequency: must hold at least one repeat purchase"):
        bootstrap_fits(fit_bg_nbd, table([0, 0], 0, 9))
    with pytest.raises(InputError, match=r"^weights: must be whole numbers"):
        resampled(pd.DataFrame({"weights": [0.5]}), seed=0, number=0)


def test_uniforms_are_even_and_independent_of_each_other():
    streams = np.array([uniforms(7, 20_000, stream) for stream in range(3)])
    assert streams.min() > 0 and streams.max() < 1
    for values in streams:
        counts, _ = np.histogram(values, 50, (0, 1))
        assert abs(((counts - 400) ** 2 / 400).sum() - 49) < 4 * np.sqrt(2 * 49)
        assert abs(np.corrcoef(values[1:], values[:-1])[0, 1]) < 4 / np.sqrt(20_000)
    for pair in ((0, 1), (1, 2)):
        assert abs(np.corrcoef(streams[list(pair)])[0, 1]) < 4 / np.sqrt(20_000)
    assert abs(np.corrcoef(uniforms(7, 20_000), uniforms(8, 20_000))[0, 1]) < 4 / np.sqrt(20_000)


# --- odd bases -------------------------------------------------------------------------------------

HANDLED = {
    "huge counts": table([5000, 8000, 100, 0, 3], [38, 39, 20, 0, 10], 39),
    "hardly any time": table([0, 1, 0, 2], [0, 1e-4, 0, 2e-4], [1e-4, 2e-4, 3e-4, 3e-4]),
    "some without any time": table([0, 0, 2, 1], [0, 0, 9, 3], [0, 0, 20, 20]),
    "thousands alike": table([2] * 5000, [10] * 5000, [39] * 5000),
    "thousands alike and one other": table([0] * 5000 + [1], [0] * 5000 + [3], [39] * 5001),
    "two customers": table([0, 3], [0, 20], [39, 39]),
    "all bought at the very end": table([1, 5, 9], 39, 39),
    "all left at once": table([1, 1, 2] * 50, [0.1, 0.2, 0.2] * 50, 500),
    "days since the year 0": table([0, 3, 5, 9], [0, 2e5, 6e5, 7e5], 7.3e5),
}


@pytest.mark.parametrize("name", HANDLED)
@pytest.mark.parametrize("model", REPEAT)
def test_odd_bases_are_fitted_and_say_what_they_do_not_tell(model, name):
    people = HANDLED[name]
    with np.errstate(over="raise", invalid="raise"):
        fit = REPEAT[model](people)
    data = [people[column] for column in ("frequency", "recency", "T")]
    assert np.isfinite(fit.log_likelihood)
    assert fit.log_likelihood == pytest.approx(fit.model.log_likelihood(*data).sum(), rel=1e-7)
    alive = fit.model.probability_alive(*data)
    ahead = fit.model.conditional_expected_repeats(people["T"].max(), *data)
    assert ((alive >= 0) & (alive <= 1)).all() and (np.isfinite(ahead) & (ahead >= 0)).all()
    errors = np.array(list(fit.log_standard_errors.values()))
    assert (np.isnan(errors) | (errors > 0)).all()


@pytest.mark.parametrize("model", REPEAT)
def test_a_forecast_for_the_period_seen_is_near_what_was_seen_where_all_are_alike(model):
    """5,000 equal customers with 2 purchases in 39 weeks: E[X(39)] is close to 2, whatever the parameters."""
    assert REPEAT[model](HANDLED["thousands alike"]).model.expected_repeats(39) == pytest.approx(2, rel=0.1)


REFUSED = {
    "nobody": (table([], [], []), r"^summary: must have at least 2 customers to fit a model; take in more"),
    "one customer": (table([3], [9], [20]), r"^summary: must have at least 2 customers .*, got 1"),
    "no repeat buyer": (
        table([0] * 900, 0, 39),
        r"^frequency: must hold at least one repeat .* watch for longer",
    ),
    "no time": (table([0, 0, 2], 0, 0), r"^T: must be above 0 for a customer who came back; count time more"),
    "more than T": (table([1, 1], [5, 3], 4), r"^recency: must be at most T \(4\), got 5.0"),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("model", REPEAT)
def test_bases_that_tell_nothing_are_refused_with_what_to_do(model, name):
    people, message = REFUSED[name]
    with pytest.raises(InputError, match=message):
        REPEAT[model](people)


def test_the_order_of_customers_does_not_matter_and_tables_are_left_alone():
    people = base(n=200)
    before = people.copy()
    for fit in REPEAT.values():
        assert fit(people.sample(frac=1, random_state=3)) == fit(people)
    pd.testing.assert_frame_equal(people, before)


def test_a_fit_can_be_compared_and_copied():
    fit = fit_mbg_nbd(base(n=100))
    assert isinstance(fit.model, MbgNbd)
    assert pickle.loads(pickle.dumps(fit)) == fit
    assert isinstance(fit, Fit)


# --- beta-binomial ---------------------------------------------------------------------------------


def test_bb_02_posterior_mean_of_a_rate_of_4_percent():
    case = reference.case("BB-02")
    trials = np.array(case.inputs["m"])
    model = BetaBinomial(case.inputs["alpha"], case.inputs["beta"])
    assert model.posterior_mean(0.04 * trials, trials).tolist() == case.close_to(case.expected)


def test_the_beta_binomial_recovers_the_truth_within_four_standard_errors():
    luck = np.random.default_rng(4)
    trials = luck.integers(20, 400, 3000)
    successes = luck.binomial(trials, luck.beta(0.6, 12.0, 3000))
    fit = fit_beta_binomial(pd.DataFrame({"successes": successes, "trials": trials}))
    for name, truth in (("alpha", 0.6), ("beta", 12.0)):
        assert abs(np.log(getattr(fit.model, name) / truth) / fit.log_standard_errors[name]) < 4
    # What is expected of the next trials is unbiased, for groups that did well and badly alike.
    rate = luck.beta(0.6, 12.0, 40_000)
    seen = luck.binomial(30, rate)
    gap = rate - BetaBinomial(0.6, 12.0).posterior_mean(seen, 30)
    for some in (seen == 0, seen > 3):
        assert abs(gap[some].mean() / (gap[some].std() / np.sqrt(some.sum()))) < 4


def test_beta_binomial_probabilities_sum_to_one():
    for alpha, beta in ((0.1, 5.0), (3.0, 2.0), (1e6, 1e6)):
        chances = np.exp(BetaBinomial(alpha, beta).log_likelihood(np.arange(31), 30))
        assert chances.sum() == pytest.approx(1, rel=1e-9)


@pytest.mark.parametrize(
    ("successes", "trials", "message"),
    [
        ([1], [3], r"^trials: must be above 0 in at least 2 groups to fit a model, got 1"),
        (
            [0, 0],
            [3, 3],
            r"^successes: must show a rate between 0 and 1, no trial at all succeeded; test more",
        ),
        ([3, 3], [3, 3], r"^trials: must show a rate between 0 and 1, no trial at all failed; test more"),
        ([4, 1], [3, 3], r"^successes: must be at most trials \(3\), got 4.0"),
        ([0.5, 1], [3, 3], r"^successes: must be whole numbers \(successes\), got 0.5"),
    ],
)
def test_tests_that_cannot_be_fitted_are_refused(successes, trials, message):
    with pytest.raises(InputError, match=message):
        fit_beta_binomial(pd.DataFrame({"successes": successes, "trials": trials}))
