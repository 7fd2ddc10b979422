"""CLV without a contract: the published table of CDNOW by tercile codes, and the parts it is made of."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pytest
import reference

from crmsim.errors import InputError
from crmsim.estimators import (
    BgNbd,
    GammaGamma,
    MbgNbd,
    ParetoNbd,
    clv_by_code,
    continuous_rate,
    fit_gamma_gamma,
    fit_pareto_nbd,
    iso_value_table,
    residual_values,
    tercile_codes,
)
from crmsim.rfm import rfm_summary

END = datetime.date(1998, 6, 30)
PURCHASES = ParetoNbd(r=0.563, alpha=12.559, s=0.408, beta=10.515)
SPEND = GammaGamma(6.25, 3.74, 15.44, currency="USD")


def cdnow(file: str, columns: list[str], **reading) -> pd.DataFrame:
    log = pd.read_csv(reference.shared(file), sep=r"\s+", names=columns, dtype={"date": str}, **reading)
    log["date"] = pd.to_datetime(log["date"], format="%Y%m%d")
    return rfm_summary(log, observation_end=END)


@pytest.fixture(scope="module")
def cohort() -> pd.DataFrame:
    """All 23,570 customers over 78 weeks, without the ten who spent over 4,000 dollars on repeat purchases.

    Fader, Hardie & Lee (2005) leave them out as probable resellers.
    """
    summary = cdnow("data/CDNOW_master.txt", ["customer", "date", "cds", "amount"], skiprows=1)
    assert len(summary) == 23_570
    resellers = summary["frequency"] * summary["monetary_value"] > 4000
    assert resellers.sum() == 10
    return summary[~resellers]


@pytest.fixture(scope="module")
def models() -> tuple[ParetoNbd, GammaGamma]:
    """Fitted to the 2,357 of the sample over 78 weeks."""
    sample = cdnow("data/CDNOW_sample.txt", ["customer", "sample", "date", "cds", "amount"])
    return fit_pareto_nbd(sample).model, fit_gamma_gamma(sample, currency="USD").model


def test_pnbd_06_the_parameters_behind_the_iso_value_curves(models):
    case = reference.case("PNBD-06")
    fitted = [getattr(models[0], name) for name in ("r", "alpha", "s", "beta")]
    assert fitted == pytest.approx(case.inputs["params"], rel=1e-4)


def test_rfmclv_03_mean_clv_by_tercile_code_fader_hardie_lee_2005_table_3(cohort, models):
    case = reference.case("RFMCLV-03")
    values = residual_values(*models, cohort, margin=0.3, annual_discount_rate=0.15)
    table = clv_by_code(tercile_codes(cohort), values.table["clv"])
    for measure, expected in case.expected.items():
        assert table.loc[[1, 2, 3], measure].tolist() == case.close_to(expected), measure
    assert values.currency == "USD"


def test_codes_are_equal_thirds(cohort):
    codes = tercile_codes(cohort)
    assert (codes[cohort["frequency"] == 0] == 0).all(axis=None)
    for measure in codes:
        sizes = codes[measure].value_counts()
        assert sizes[[1, 2, 3]].max() - sizes[[1, 2, 3]].min() <= 1
    assert codes.groupby("frequency").size().sum() == len(cohort)
    frequency = cohort["frequency"].groupby(codes["frequency"])
    assert (frequency.max()[[0, 1, 2]].to_numpy() <= frequency.min()[[1, 2, 3]].to_numpy()).all()


def test_recency_is_how_lately_and_not_how_long_after_the_first_purchase():
    """The second came last year and bought until last week; the first came long ago and fell silent."""
    base = pd.DataFrame({"frequency": [3, 3, 3], "recency": [200.0, 50.0, 100.0], "T": [300.0, 51.0, 130.0]})
    base["monetary_value"] = [30.0, 10.0, 20.0]
    assert tercile_codes(base)["recency"].tolist() == [1, 3, 2]
    assert tercile_codes(base)["frequency"].tolist() == [1, 3, 2], "equals are told apart by recency"
    assert tercile_codes(base)["monetary"].tolist() == [3, 1, 2]


def test_a_base_of_nobody_who_came_back_has_codes_of_0():
    base = pd.DataFrame({"frequency": [0, 0], "recency": 0, "T": 5, "monetary_value": 0})
    assert (tercile_codes(base) == 0).all(axis=None)


@pytest.mark.parametrize("purchases", [PURCHASES, BgNbd(0.24, 4.4, 0.8, 2.4), MbgNbd(0.5, 6.2, 0.9, 1.6)])
def test_value_is_the_product_of_its_parts(purchases):
    base = pd.DataFrame(
        {"frequency": [0, 2, 9], "recency": [0, 30.0, 38.0], "T": 39.0, "monetary_value": [0, 20.0, 60.0]}
    )
    base.attrs["unit"] = "week"
    values = residual_values(purchases, SPEND, base, margin=0.3, annual_discount_rate=0.15)
    x, t_x, T = base["frequency"], base["recency"], base["T"]
    dert = purchases.discounted_expected_residual_transactions(np.log(1.15) / 52, x, t_x, T)
    spend = SPEND.conditional_expected_spend(x, base["monetary_value"])
    assert values.table["clv"].tolist() == pytest.approx((0.3 * dert * spend).tolist())
    assert values.total == pytest.approx(values.table["clv"].sum())
    assert values.delta == pytest.approx(np.log(1.15) / 52)
    assert (values.unit, values.horizon, values.margin) == ("week", "infinite", 0.3)
    richer = residual_values(purchases, SPEND, base, margin=0.6, annual_discount_rate=0.15)
    assert richer.total == pytest.approx(2 * values.total)
    patient = residual_values(purchases, SPEND, base, margin=0.3, annual_discount_rate=0.05)
    assert patient.total > values.total


def test_days_and_weeks_give_the_same_value_in_a_year_of_equal_length():
    base = pd.DataFrame({"frequency": [0, 2], "recency": [0, 30.0], "T": 39.0, "monetary_value": [0, 20.0]})
    terms = {"margin": 0.3, "annual_discount_rate": 0.15}
    weeks = residual_values(PURCHASES, SPEND, base, **terms)
    days = base.assign(recency=7 * base["recency"], T=7 * base["T"])
    in_days = residual_values(PURCHASES.in_unit("day"), SPEND, days, **terms, periods_per_year=364)
    assert in_days.total == pytest.approx(weeks.total, rel=1e-6)


def test_a_year_of_discounting():
    assert np.exp(-52 * continuous_rate(0.15, "week")) == pytest.approx(1 / 1.15)
    assert np.exp(-365 * continuous_rate(0.15, "day")) == pytest.approx(1 / 1.15)
    assert continuous_rate(0.15, "week", 52.18) == pytest.approx(np.log(1.15) / 52.18)


def test_iso_value_curves_bend_backwards():
    """The paper's finding: among those long silent, more purchases mean less value."""
    table = iso_value_table(PURCHASES, 0.0027, np.arange(15), [0, 10, 40, 75], 77.86)
    assert (np.diff(table.loc[1:, 75]) > 0).all()
    assert (np.diff(table.loc[4:, 10]) < 0).all()
    assert table.loc[0].notna().tolist() == [True, False, False, False]
    assert table[0].notna().sum() == 1


BASE = pd.DataFrame({"frequency": [0], "recency": [0], "T": [9], "monetary_value": [0]})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"margin": 0}, r"^margin: must be above 0 and up to 1 \(share of spend\), got 0"),
        ({"margin": 30}, r"^margin: must be above 0 and up to 1 \(share of spend\), got 30"),
        ({"annual_discount_rate": 0}, r"^annual_discount_rate: must be finite and above 0, got 0"),
        ({"periods_per_year": -1}, r"^periods_per_year: must be finite and above 0, got -1"),
        ({"spend": GammaGamma(6, 0.9, 15)}, r"^spend: must have a mean: q above 1; .*, got 'q = 0.9'"),
    ],
)
def test_terms_that_make_no_sense_are_refused(change, message):
    terms = {"spend": SPEND, "margin": 0.3, "annual_discount_rate": 0.15} | change
    with pytest.raises(InputError, match=message):
        residual_values(PURCHASES, summary=BASE, **terms)


def test_codes_of_other_customers_are_refused():
    with pytest.raises(InputError, match=r"^clv: must have the customers of the codes"):
        clv_by_code(tercile_codes(BASE), pd.Series([1.0], index=[7]))
