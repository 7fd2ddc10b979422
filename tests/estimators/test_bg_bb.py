"""BG/BB against the published donations, against simulated customers, and at the extremes."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pandas as pd
import pytest
import reference
from scipy.integrate import dblquad
from scipy.special import hyp2f1
from scipy.stats import beta as beta_distribution

from crmsim.errors import InputError
from crmsim.estimators import BgBb, fit_bg_bb

NAMES = ("alpha", "beta", "gamma", "delta")
TRUTH = BgBb(alpha=1.2, beta=0.8, gamma=0.7, delta=2.8)


@pytest.fixture(scope="module")
def donations() -> pd.DataFrame:
    """11,104 people who first gave in 1995, and the six years after."""
    return pd.read_csv(reference.shared("data/donations.csv"))


@pytest.fixture(scope="module")
def donors_fit(donations):
    return fit_bg_bb(donations)


def simulate(model: BgBb, n: np.ndarray, luck: np.random.Generator, ahead: int = 0) -> pd.DataFrame:
    """Live the story of the model: at each opportunity leave with chance theta, or take it with p."""
    people = len(n)
    p = luck.beta(model.alpha, model.beta, people)
    theta = luck.beta(model.gamma, model.delta, people)
    there, alive = np.ones(people, bool), np.zeros(people, bool)
    x, t_x, later = np.zeros(people), np.zeros(people), np.zeros(people)
    for period in range(1, n.max() + ahead + 1):
        there &= luck.random(people) >= theta
        alive = np.where(period == n + 1, there, alive)
        took = there & (luck.random(people) < p)
        seen = took & (period <= n)
        x[seen] += 1
        t_x[seen] = period
        later[took & (period > n) & (period <= n + ahead)] += 1
    columns = {"frequency": x, "recency": t_x, "periods": n, "later": later, "alive": alive}
    columns |= {"p": p, "theta": theta}
    return pd.DataFrame(columns)


def history(table: pd.DataFrame) -> list[pd.Series]:
    return [table["frequency"], table["recency"], table["periods"]]


# --- published -------------------------------------------------------------------------------------


def test_bgbb_01_maximum_likelihood_of_11104_donors_fader_hardie_shang_2010(donors_fit):
    case = reference.case("BGBB-01")
    fitted = dataclasses.asdict(donors_fit.model) | {"LL": donors_fit.log_likelihood}
    for key, expected in case.expected.items():
        assert fitted[key] == case.close_to(expected, key), key
    assert donors_fit.n_customers == 11_104
    assert donors_fit.undetermined == ()


def test_bgbb_03_probability_alive_in_the_next_period_fader_hardie_shang_2010(donors_fit):
    case = reference.case("BGBB-03")
    alive = donors_fit.model.probability_alive(*np.array(case.inputs["x_tx_n"]).T)
    assert alive.tolist() == case.close_to(case.expected)


def test_bgbb_05_expectations_of_ten_years_btyd_vignette(donors_fit):
    case = reference.case("BGBB-05")
    assert donors_fit.model.expected_repeats(10) == case.close_to(case.expected["E10"])
    donors = np.array(case.inputs["donors_x_tx_n"]).T
    ahead = donors_fit.model.conditional_expected_repeats(10, *donors)
    assert ahead.tolist() == case.close_to(case.expected["CE10"])


def test_bgbb_06_expected_donations_by_year_btyd_vignette(donors_fit):
    case = reference.case("BGBB-06")
    year = np.arange(1, len(case.expected) + 1)
    donations = case.inputs["donors"] * donors_fit.model.expected_between(year - 1, year)
    assert donations.tolist() == case.close_to(case.expected)


# --- recovery: a base simulated from the story -----------------------------------------------------


def test_the_fit_recovers_the_truth_within_four_standard_errors():
    luck = np.random.default_rng(2010)
    fit = fit_bg_bb(simulate(TRUTH, luck.integers(3, 10, 8000), luck))
    assert fit.undetermined == ()
    for name in NAMES:
        error = np.log(getattr(fit.model, name) / getattr(TRUTH, name)) / fit.log_standard_errors[name]
        assert abs(error) < 4, (name, error)


def test_what_simulated_customers_are_like_and_do_next():
    luck = np.random.default_rng(2011)
    table = simulate(TRUTH, luck.integers(3, 10, 20_000), luck, ahead=5)
    alive = TRUTH.probability_alive(*history(table))
    gap = table["later"] - TRUTH.conditional_expected_repeats(5, *history(table))
    few = table["frequency"] == 0
    for some in (few, ~few, table["recency"] == table["periods"]):
        p = alive[some]
        assert abs((table["alive"][some] - p).sum() / np.sqrt((p * (1 - p)).sum())) < 4
        assert abs(gap[some].mean() / gap[some].sem()) < 4
        for hidden, mean in zip(("p", "theta"), TRUTH.posterior_means(*history(table[some])), strict=True):
            off = table.loc[some, hidden] - mean
            assert abs(off.mean() / off.sem()) < 4, hidden


def test_probabilities_are_the_shares_of_simulated_customers():
    table = simulate(TRUTH, np.full(20_000, 6), np.random.default_rng(2012))
    for x in range(7):
        p = TRUTH.probability_of(x, 6)
        assert abs((table["frequency"] == x).mean() - p) < 4 * np.sqrt(p * (1 - p) / len(table)), x


# --- the formulas agree with each other ------------------------------------------------------------


def test_the_likelihood_is_the_mean_over_both_probabilities():
    model = BgBb(1.3, 2.1, 1.6, 3.2)
    for x, t_x, n in ((0, 0, 3), (2, 3, 5), (4, 4, 4)):

        def given(theta: float, p: float, x=x, t_x=t_x, n=n) -> float:
            row = p**x * (1 - p) ** (n - x) * (1 - theta) ** n
            for t in range(t_x, n):
                row += p**x * (1 - p) ** (t - x) * theta * (1 - theta) ** t
            spread = beta_distribution.pdf(p, model.alpha, model.beta)
            return row * spread * beta_distribution.pdf(theta, model.gamma, model.delta)

        mean, _ = dblquad(given, 0, 1, 0, 1)
        assert model.log_likelihood(x, t_x, n) == pytest.approx(np.log(mean), abs=1e-6)


def test_probabilities_sum_to_one_and_their_mean_is_the_expectation():
    x = np.arange(41)
    probability = TRUTH.probability_of(x, 40)
    assert probability.sum() == pytest.approx(1, rel=1e-12)
    assert x @ probability == pytest.approx(TRUTH.expected_repeats(40), rel=1e-10)
    assert TRUTH.probability_of(3, 2) == 0


def test_the_likelihoods_of_all_histories_of_four_periods_sum_to_one():
    """A history stands for every row of taken and not with so many taken and the same last one."""
    total = 0.0
    for row in itertools.product((0, 1), repeat=4):
        last = max((k + 1 for k, took in enumerate(row) if took), default=0)
        total += np.exp(TRUTH.log_likelihood(sum(row), last, 4))
    assert total == pytest.approx(1, rel=1e-12)


def test_the_present_value_equals_the_closed_form_and_the_sum_of_forecasts():
    d, (g, dl) = 0.1, (TRUTH.gamma, TRUTH.delta)
    for x, t_x, n in ((0, 0, 6), (4, 5, 6), (6, 6, 6)):
        value = TRUTH.discounted_expected_residual_transactions(d, x, t_x, n)
        ends = np.arange(401)
        bought = np.diff(TRUTH.conditional_expected_repeats(ends, x, t_x, n))
        assert value == pytest.approx(bought @ 1.1 ** -ends[1:], rel=1e-8)
        alive = TRUTH.probability_alive(x, t_x, n)
        mean = (TRUTH.alpha + x) / (TRUTH.alpha + TRUTH.beta + n)
        closed = alive * mean / 1.1 * hyp2f1(1, dl + n + 1, g + dl + n + 1, 1 / 1.1)
        assert value == pytest.approx(closed, rel=1e-7)


def test_rows_with_weights_are_customers_one_by_one():
    rows = pd.DataFrame(
        {"frequency": [0, 1, 2, 3], "recency": [0, 1, 3, 3], "periods": 3, "weights": [40, 9, 7, 5]}
    )
    people = rows.loc[rows.index.repeat(rows["weights"])].drop(columns="weights")
    assert fit_bg_bb(people.sample(frac=1, random_state=1)) == fit_bg_bb(rows)
    assert fit_bg_bb(
        pd.concat([rows, rows.assign(frequency=9, recency=9, periods=9, weights=0)])
    ) == fit_bg_bb(rows)


def test_without_history_the_conditional_expectation_is_the_plain_one():
    assert TRUTH.conditional_expected_repeats(8, 0, 0, 0) == TRUTH.expected_repeats(8)
    assert TRUTH.expected_repeats(8) == pytest.approx(
        TRUTH.expected_between(np.arange(8), np.arange(1, 9)).sum()
    )


# --- extremes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "parameters",
    list(itertools.product((1e-6, 1, 1e6), repeat=4)),
    ids=lambda p: "-".join(f"{v:g}" for v in p),
)
def test_nothing_overflows_at_extreme_values(parameters):
    model = BgBb(*parameters)
    x, t_x, n = np.array([0, 0, 1, 1, 300]), [0, 0, 1, 400, 400], [0, 400, 400, 400, 400]
    with np.errstate(over="raise", invalid="raise"):
        assert np.isfinite(model.log_likelihood(x, t_x, n)).all()
        alive = model.probability_alive(x, t_x, n)
        ahead = model.conditional_expected_repeats(10, x, t_x, n)
        worth = model.discounted_expected_residual_transactions(0.1, x, t_x, n)
        chances = model.probability_of(x, n)
    assert ((alive >= 0) & (alive <= 1)).all()
    assert ((ahead >= 0) & (ahead <= 10)).all()
    assert ((worth >= 0) & (worth <= 10 * (1 + 1e-6))).all()
    assert ((chances >= 0) & (chances <= 1 + 1e-9)).all()


def test_what_the_data_do_not_determine_gets_no_standard_error():
    """Nobody ever leaves: all gave at every opportunity."""
    fit = fit_bg_bb(pd.DataFrame({"frequency": [6], "recency": [6], "periods": [6], "weights": [500]}))
    assert set(fit.undetermined) & {"gamma", "delta"}
    assert fit.model.probability_alive(6, 6, 6) > 0.99


# --- refused ---------------------------------------------------------------------------------------

TABLES = {
    "nobody": ([], [], [], r"^table: must have at least 2 customers to fit a model, got 0"),
    "one customer": ([1], [1], [2], r"^table: must have at least 2 customers to fit a model, got 1"),
    "no purchase": (
        [0, 0],
        [0, 0],
        [2, 2],
        r"^frequency: must hold at least one purchase: where nobody bought",
    ),
    "fraction": ([0.5, 1], [1, 1], [2, 2], r"^frequency: must be whole numbers \(opportunities\), got 0.5"),
    "late": ([1, 1], [1, 3], [2, 2], r"^recency: must be at most periods \(2\), got 3.0"),
    "many": (
        [2, 1],
        [1, 1],
        [2, 2],
        r"^frequency: must be at most recency \(1\), the number of the last .* got 2",
    ),
    "stray": ([0, 1], [1, 1], [2, 2], r"^recency: must be 0 where no opportunity was taken, got 1.0"),
    "too long": ([1, 1], [1, 1], [2, 10_001], r"^periods: must be at most 10000, got 10001.0"),
}


@pytest.mark.parametrize(("frequency", "recency", "periods", "message"), TABLES.values(), ids=TABLES)
def test_a_table_that_cannot_be_fitted_is_refused(frequency, recency, periods, message):
    table = pd.DataFrame({"frequency": frequency, "recency": recency, "periods": periods})
    with pytest.raises(InputError, match=message):
        fit_bg_bb(table)


def test_broken_weights_and_missing_columns_are_refused():
    table = pd.DataFrame({"frequency": [0, 1], "recency": [0, 1], "periods": 2})
    with pytest.raises(
        InputError, match=r"^weights: must be whole numbers \(customers with a history\), got 1.5"
    ):
        fit_bg_bb(table.assign(weights=1.5))
    with pytest.raises(InputError, match=r"^periods: column is missing from the summary"):
        fit_bg_bb(table.drop(columns="periods"))


def test_times_in_the_wrong_order_are_refused():
    with pytest.raises(InputError, match=r"^end: must not be before start, got 2.0"):
        TRUTH.expected_between([1, 3], [2, 2])
