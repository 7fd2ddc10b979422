"""sBG against published retention curves, against simulated contracts, and at the extremes."""

from __future__ import annotations

import dataclasses
import itertools
import math

import numpy as np
import pandas as pd
import pytest
import reference
from scipy.special import beta as beta_function
from scipy.special import hyp2f1

from crmsim.contract_base import contract_base_value
from crmsim.errors import InputError
from crmsim.estimators import (
    ShiftedBetaGeometric,
    compare_projections,
    fit_sbg,
    fit_sbg_to_survivors,
    fit_survival_curve,
)
from crmsim.estimators.sbg import LONGEST
from crmsim.value import DiscountRate, Flow

NAMES = ("alpha", "beta")
TRUTH = ShiftedBetaGeometric(alpha=0.8, beta=3.2)


def simulate(model: ShiftedBetaGeometric, followed: np.ndarray, luck: np.random.Generator) -> pd.DataFrame:
    """Live the story of the model: at the end of each period, leave with one's own chance theta."""
    theta = luck.beta(model.alpha, model.beta, len(followed))
    periods, lost = np.zeros(len(followed), int), np.zeros(len(followed), bool)
    for period in range(1, followed.max() + 1):
        due = ~lost & (period <= followed)
        periods[due] = period
        lost |= due & (luck.random(len(followed)) < theta)
    return pd.DataFrame({"periods": periods, "lost": lost, "theta": theta})


@pytest.fixture(scope="module")
def simulated() -> pd.DataFrame:
    luck = np.random.default_rng(2007)
    return simulate(TRUTH, luck.integers(2, 13, 5000), luck)


def survivors(counts: list[int], cohort: int = 0) -> pd.DataFrame:
    return pd.DataFrame({"renewals": range(len(counts)), "customers": counts, "cohort": cohort})


def cohorts(counts: list[list[int]]) -> pd.DataFrame:
    return pd.concat([survivors(left, number) for number, left in enumerate(counts)])


# --- published -------------------------------------------------------------------------------------


@pytest.mark.parametrize("segment", ["high_end", "regular"])
def test_sbg_01_fit_to_seven_renewals_fader_hardie_2007(segment):
    case = reference.case("SBG-01")
    percent = case.inputs[f"{segment}_pct_surviving_year_0_to_12"][: case.inputs["fit_years"] + 1]
    fit = fit_sbg_to_survivors(survivors([round(10 * share) for share in percent]))
    fitted = dataclasses.asdict(fit.model) | {"LL_per_customer": fit.log_likelihood / fit.n_customers}
    for key, expected in case.expected[segment].items():
        assert fitted[key] == case.close_to(expected, key), key


def test_sbg_04_curves_fitted_by_eye_project_worse_than_the_model_fader_hardie_2007():
    """The paper's point: year 12 from years 0 to 7, by three regressions and by sBG."""
    case, percent = reference.case("SBG-04"), reference.case("SBG-01").inputs
    survivors = [round(10 * share) for share in percent["high_end_pct_surviving_year_0_to_12"]]
    keys = {"linear": "linear", "quadratic": "quadratic", "exponential": "exponential_ln"}
    for kind, key in keys.items():
        curve = fit_survival_curve(kind, np.array(survivors[:8]) / 1000)
        assert list(curve.coefficients) == case.close_to(case.expected[key]), kind
        assert curve.r_squared == case.close_to(case.expected[f"{kind}_R2"]), kind
    table = compare_projections(survivors, fitted_periods=7)
    errors = table.loc[12] / table.loc[12, "actual"] - 1
    assert errors[list(keys)].tolist() == case.close_to(case.expected["year12_error"], "year12_error")
    assert abs(errors["sbg"]) < errors[list(keys)].abs().min() / 5


def test_sbg_05_four_renewals_of_the_regular_segment_fader_hardie_2016():
    case = reference.case("SBG-05")
    fit = fit_sbg_to_survivors(survivors(case.inputs["survivors"]))
    assert dataclasses.asdict(fit.model) == case.close_to({k: case.expected[k] for k in NAMES})
    assert fit.log_likelihood == case.close_to(case.expected["LL"], "LL")
    left = 1000 * fit.model.survival([1, 2, 3, 4])
    assert left.tolist() == case.close_to(case.expected["expected_survivors"], "expected_survivors")
    churn = fit.model.mean_churn([0, 1, 2, 3])
    assert churn == pytest.approx(1 - fit.model.retention([1, 2, 3, 4]))
    assert churn.tolist() == case.close_to(case.expected["mean_churn_of_survivors_after_0_1_2_3"])


@pytest.mark.parametrize("known", ["full", "start_end_only"])
def test_sbg_07_several_cohorts_hardie_note_017(known):
    case = reference.case("SBG-07")
    table = cohorts(case.inputs["cohorts"])
    if known == "start_end_only":
        last = table.groupby("cohort")["renewals"].transform("max")
        table = table[(table["renewals"] == 0) | (table["renewals"] == last)]
    fit = fit_sbg_to_survivors(table)
    fitted = dataclasses.asdict(fit.model) | {"LL": fit.log_likelihood}
    for key, expected in case.expected[known].items():
        assert fitted[key] == case.close_to(expected), key


def test_sbg_08_discounted_expected_residual_lifetime_high_end():
    case = reference.case("SBG-08")
    model = ShiftedBetaGeometric(case.inputs["alpha"], case.inputs["beta"])
    lifetime = model.discounted_expected_residual_lifetime(range(12), case.inputs["d"])
    assert lifetime.tolist() == case.close_to(case.expected)


def test_sbg_09_value_of_a_base_by_tenure_fader_hardie_2010():
    case = reference.case("SBG-09")
    given, expected = case.inputs, case.expected
    model = ShiftedBetaGeometric(given["alpha"], given["beta"])
    customers = np.array(given["customers_by_renewals_4_3_2_1_0"])
    lifetime = model.discounted_expected_residual_lifetime([4, 3, 2, 1, 0], given["d"])
    key = "derl_by_renewals_4_to_0"
    assert lifetime.tolist() == case.close_to(expected[key], key)
    fee, discount = Flow(1.0, "USD", "year"), DiscountRate(given["d"], "year")
    total = contract_base_value(model, [4, 3, 2, 1, 0], customers, fee, discount)
    assert total.value.sum() == case.close_to(expected["total"])
    # One retention rate for all is the limit of customers who hardly differ.
    r = 38892 / 48027
    same = ShiftedBetaGeometric(1e6 * (1 - r), 1e6 * r).discounted_expected_residual_lifetime(0, given["d"])
    assert customers.sum() * same == case.close_to(expected["naive"])


# --- recovery: contracts simulated from the story --------------------------------------------------


def test_the_fit_recovers_the_truth_within_four_standard_errors(simulated):
    fit = fit_sbg(simulated)
    assert fit.undetermined == ()
    for name in NAMES:
        error = np.log(getattr(fit.model, name) / getattr(TRUTH, name)) / fit.log_standard_errors[name]
        assert abs(error) < 4, (name, error)


def test_intervals_hold_the_truth_as_often_as_they_say():
    luck = np.random.default_rng(17)
    fits = [fit_sbg(simulate(TRUTH, np.full(500, 8), luck)) for _ in range(60)]
    for name in NAMES:
        ends = np.array([fit.intervals(0.8)[name] for fit in fits])
        inside = (ends[:, 0] < getattr(TRUTH, name)) & (getattr(TRUTH, name) < ends[:, 1])
        assert abs(inside.mean() - 0.8) < 4 * math.sqrt(0.8 * 0.2 / 60), name


def test_survival_and_retention_are_those_of_simulated_customers():
    table = simulate(TRUTH, np.full(20_000, 6), np.random.default_rng(53))
    kept = table["periods"] - table["lost"]
    for t in range(1, 7):
        share = TRUTH.survival(t)
        assert abs((kept >= t).mean() - share) < 4 * math.sqrt(share * (1 - share) / len(table)), t
        due = kept[kept >= t - 1]
        rate = TRUTH.retention(t)
        assert abs((due >= t).mean() - rate) < 4 * math.sqrt(rate * (1 - rate) / len(due)), t


def test_residual_lifetime_is_the_mean_of_simulated_customers():
    """Given theta a renewal j ahead is worth (1 - theta)^j / 1.1^(j - 1); average over those with 3."""
    table = simulate(TRUTH, np.full(50_000, 3), np.random.default_rng(54))
    stay = 1 - table.loc[~table["lost"], "theta"]
    worth = stay / (1 - stay / 1.1)
    error = worth.mean() - TRUTH.discounted_expected_residual_lifetime(3, 0.1)
    assert abs(error / worth.sem()) < 4


# --- the formulas agree with each other ------------------------------------------------------------


def test_survival_equals_the_beta_functions():
    for a, b, t in itertools.product((0.3, 2), (0.6, 9), (0, 1, 5, 40)):
        closed = beta_function(a, b + t) / beta_function(a, b)
        assert ShiftedBetaGeometric(a, b).survival(t) == pytest.approx(closed, rel=1e-12)


def test_residual_lifetime_equals_the_closed_form():
    for a, b, k, d in itertools.product((0.3, 2), (0.6, 9), (0, 3, 30), (0.01, 0.1, 2)):
        closed = (b + k) / (a + b + k) * hyp2f1(1, b + k + 1, a + b + k + 1, 1 / (1 + d))
        lifetime = ShiftedBetaGeometric(a, b).discounted_expected_residual_lifetime(k, d)
        assert lifetime == pytest.approx(closed, rel=1e-7), (a, b, k, d)


def test_the_chances_of_all_lifetimes_sum_to_one():
    leave = TRUTH.log_likelihood(np.arange(1, 31), True)
    assert np.exp(leave).sum() + TRUTH.survival(30) == pytest.approx(1, rel=1e-12)
    assert TRUTH.log_likelihood(30, False) == pytest.approx(np.log(TRUTH.survival(30)), rel=1e-12)


def test_customers_one_by_one_and_counts_of_survivors_give_the_same_fit(simulated):
    """A cohort for each length of observation; the two tables tell the same story."""
    followed = np.random.default_rng(1).integers(1, 6, 2000)
    people = simulate(TRUTH, followed, np.random.default_rng(2))
    kept = (people["periods"] - people["lost"]).to_numpy()
    counts = [[int((kept[followed == n] >= t).sum()) for t in range(n + 1)] for n in range(1, 6)]
    one_by_one, counted = fit_sbg(people), fit_sbg_to_survivors(cohorts(counts))
    assert counted.n_customers == one_by_one.n_customers == 2000
    assert counted.log_likelihood == pytest.approx(one_by_one.log_likelihood, rel=1e-12)
    for name in NAMES:
        assert getattr(counted.model, name) == pytest.approx(getattr(one_by_one.model, name), rel=1e-4)


def test_the_order_of_rows_does_not_matter_and_tables_are_left_alone():
    table = cohorts([[1000, 631, 468, 382, 326], [500, 320, 240]])
    shuffled = table.sample(frac=1, random_state=3)
    before = shuffled.copy()
    assert fit_sbg_to_survivors(shuffled) == fit_sbg_to_survivors(table)
    pd.testing.assert_frame_equal(shuffled, before)


def test_a_gap_in_the_counts_widens_the_error_and_keeps_the_estimate():
    counts = survivors([100_000, 63_100, 46_800, 38_200, 32_600, 28_900, 26_200, 24_100])
    full, gap = fit_sbg_to_survivors(counts), fit_sbg_to_survivors(counts[counts["renewals"] != 2])
    for name in NAMES:
        between = np.log(getattr(gap.model, name) / getattr(full.model, name))
        assert abs(between) < 4 * gap.log_standard_errors[name]
        assert gap.log_standard_errors[name] > full.log_standard_errors[name]


# --- extremes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "parameters",
    list(itertools.product((1e-6, 1, 1e6), repeat=2)),
    ids=lambda p: "-".join(f"{v:g}" for v in p),
)
def test_nothing_overflows_at_extreme_values(parameters):
    model, t = ShiftedBetaGeometric(*parameters), [1, 2, 1000, LONGEST]
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        assert np.isfinite(model.log_likelihood(t, True)).all()
        assert np.isfinite(model.log_likelihood(t, False)).all()
        survival, retention = model.survival([0, *t]), model.retention(t)
        ahead = [model.discounted_expected_residual_lifetime([0, *t], d) for d in (1e-9, 0.1, 1e6)]
    assert survival[0] == 1 and (np.diff(survival) <= 0).all() and (survival >= 0).all()
    assert ((retention > 0) & (retention <= 1) & (np.diff(retention, prepend=0) >= 0)).all()
    for d, lifetime in zip((1e-9, 0.1, 1e6), ahead, strict=True):
        assert ((lifetime > 0) & (lifetime <= (1 + d) / d * (1 + 1e-6))).all()


def test_customers_who_hardly_differ_are_a_plain_geometric():
    model = ShiftedBetaGeometric(1e6 * 0.2, 1e6 * 0.8)
    assert model.survival([1, 5, 20]) == pytest.approx([0.8, 0.8**5, 0.8**20], rel=1e-4)
    # r (1 + d) / (1 + d - r)
    assert model.discounted_expected_residual_lifetime(3, 0.1) == pytest.approx(0.8 * 1.1 / 0.3, rel=1e-4)


def test_what_the_data_do_not_determine_gets_no_standard_error():
    """After one period only the mean is known; where nobody differs both run to the edge."""
    one = fit_sbg(pd.DataFrame({"periods": [1] * 100, "lost": [True] * 30 + [False] * 70}))
    assert one.undetermined == NAMES
    assert one.model.survival(1) == pytest.approx(0.7, rel=1e-3)
    same = fit_sbg_to_survivors(survivors([10_000, 8_000, 6_400, 5_120, 4_096]))
    assert same.undetermined == NAMES
    assert same.model.retention(20) == pytest.approx(0.8, rel=1e-3)
    assert np.isnan(same.intervals()["alpha"]).all()


# --- refused ---------------------------------------------------------------------------------------

CUSTOMERS = {
    "nobody": ([], [], r"^customers: must have at least 2 rows to fit a model, got 0"),
    "one": ([2], [1], r"^customers: must have at least 2 rows to fit a model, got 1"),
    "all stayed": ([2, 3], [0, 0], r"^lost: must hold at least one lost customer, everybody stayed"),
    "fraction": ([1.5, 2], [1, 0], r"^periods: must be whole numbers \(periods\), got 1.5"),
    "negative": ([-1, 2], [1, 0], r"^periods: must be finite and at least 0, got -1.0"),
    "nan": ([1, np.nan], [1, 0], r"^periods: must be finite and at least 0, got nan"),
    "too long": ([1, 100_001], [1, 0], r"^periods: must be from 0 to 100000, got 100001.0"),
    "lost at once": ([0, 2], [1, 0], r"^periods: must be at least 1 for a lost customer, .*, got 0"),
    "half lost": ([1, 2], [1, 0.5], r"^lost: must be true or false \(1 or 0\), got 0.5"),
    "text": ([1, 2], ["yes", "no"], r"^lost: must be a number or an array of numbers"),
}


@pytest.mark.parametrize(("periods", "lost", "message"), CUSTOMERS.values(), ids=CUSTOMERS)
def test_customers_that_cannot_be_fitted_are_refused(periods, lost, message):
    with pytest.raises(InputError, match=message):
        fit_sbg(pd.DataFrame({"periods": periods, "lost": lost}))


SURVIVORS = {
    "nothing": ([], [], [], r"^customers: must be at least 2 to fit a model, got 0"),
    "one customer": ([0, 1], [1, 0], [1, 1], r"^customers: must be at least 2 to fit a model, got 1"),
    "all stayed": ([0, 1], [9, 9], [1, 1], r"^customers: must become fewer at least once"),
    "no beginning": ([1, 2], [9, 8], [1, 1], r"^renewals: must begin with 0 in cohort 1, got 1"),
    "twice": ([0, 1, 1], [9, 8, 8], [1, 1, 1], r"^renewals: must have one row a count in cohort 1, got 1"),
    "more": (
        [0, 1, 2],
        [9, 7, 8],
        [1, 1, 1],
        r"^customers: must not be more than the 7 before in cohort 1, got 8.0",
    ),
    "share": ([0, 1], [1.0, 0.87], [1, 1], r"^customers: must be whole numbers \(customers left\), got 0.87"),
    "no name": ([0, 1], [9, 8], [1, np.nan], r"^cohort: must not be missing in any row"),
}


@pytest.mark.parametrize(("renewals", "customers", "cohort", "message"), SURVIVORS.values(), ids=SURVIVORS)
def test_counts_that_cannot_be_fitted_are_refused(renewals, customers, cohort, message):
    with pytest.raises(InputError, match=message):
        fit_sbg_to_survivors(pd.DataFrame({"renewals": renewals, "customers": customers, "cohort": cohort}))


@pytest.mark.parametrize(
    ("fit", "table", "column"),
    [
        (fit_sbg, {"lost": [1, 0]}, "periods"),
        (fit_sbg, {"periods": [1, 2]}, "lost"),
        (fit_sbg_to_survivors, {"customers": [2, 1]}, "renewals"),
        (fit_sbg_to_survivors, {"renewals": [0, 1]}, "customers"),
    ],
)
def test_a_missing_column_is_refused(fit, table, column):
    with pytest.raises(InputError, match=rf"^{column}: column is missing from the summary, it has '"):
        fit(pd.DataFrame(table))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", [0, -1, np.nan, np.inf])
def test_a_parameter_that_is_not_above_0_is_refused(name, value):
    with pytest.raises(InputError, match=rf"^{name}: must be finite and above 0, got"):
        dataclasses.replace(TRUTH, **{name: value})


def test_a_renewal_number_0_has_no_retention():
    with pytest.raises(InputError, match=r"^t: must be from 1 to 100000, got 0.0"):
        TRUTH.retention([1, 0])


@pytest.mark.parametrize("rate", [0, -0.1, np.nan, np.inf])
def test_a_discount_rate_that_is_not_above_0_is_refused(rate):
    with pytest.raises(InputError, match=r"^discount_rate: must be finite and above 0, got"):
        TRUTH.discounted_expected_residual_lifetime(0, rate)


@pytest.mark.parametrize("level", [0, 1, 95, np.nan])
def test_a_level_outside_0_and_1_is_refused(simulated, level):
    with pytest.raises(InputError, match=r"^level: must be between 0 and 1, got"):
        fit_sbg(simulated).intervals(level)


# --- curves through a survival curve ---------------------------------------------------------------


def test_curves_go_through_points_of_their_own_kind():
    t = np.arange(6)
    for kind, share, coefficients in (
        ("linear", 1 - 0.1 * t, [1, -0.1]),
        ("quadratic", 1 - 0.2 * t + 0.02 * t**2, [1, -0.2, 0.02]),
        ("exponential", 0.8**t, [0, math.log(0.8)]),
    ):
        curve = fit_survival_curve(kind, share)
        assert curve.coefficients == pytest.approx(coefficients, abs=1e-12)
        assert curve.r_squared == pytest.approx(1)
        assert curve.survival(t) == pytest.approx(share)


def test_nobody_lost_explains_everything():
    assert fit_survival_curve("linear", [1, 1, 1]).r_squared == 1


@pytest.mark.parametrize(
    ("kind", "share", "message"),
    [
        ("cubic", [1, 0.5, 0.2], r"^kind: must be one of linear, quadratic, exponential, got 'cubic'"),
        ("quadratic", [1, 0.5, 0.2], r"^survival: must have at least 4 shares for a quadratic curve, got 3"),
        ("linear", [100, 50, 20], r"^survival: must be at most 1 \(shares left\), got 100.0"),
        ("exponential", [1, 0.5, 0], r"^survival: must be above 0 for an exponential curve, got 0"),
    ],
)
def test_shares_that_no_curve_can_be_drawn_through_are_refused(kind, share, message):
    with pytest.raises(InputError, match=message):
        fit_survival_curve(kind, share)


def test_counts_that_cannot_be_projected_are_refused():
    with pytest.raises(InputError, match=r"^survivors: must have at least 4 counts, from period 0, got 3"):
        compare_projections([10, 9, 8], 2)
    with pytest.raises(InputError, match=r"^survivors: must be whole numbers \(customers left\), got 0.9"):
        compare_projections([1, 0.9, 0.8, 0.7], 3)
    with pytest.raises(InputError, match=r"^fitted_periods: "):
        compare_projections([10, 9, 8, 7], 4)
