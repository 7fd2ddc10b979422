"""From a log to valued and graded customers: what the audit puts together, and what it refuses to guess."""

from __future__ import annotations

import datetime
import math
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from crmsim import customer_outlook
from crmsim.audit_report import audit_sentences, write_audit
from crmsim.customer_audit import audit_customers
from crmsim.customer_outlook import LEAST_REPEATERS
from crmsim.datasets import FOLDER
from crmsim.errors import CrmsimError, InputError
from crmsim.estimators import fit_bg_nbd, fit_gamma_gamma, holdout
from crmsim.estimators.gamma_gamma import GammaGamma, GammaGammaFit
from crmsim.rfm import rfm_summary
from crmsim.transactions import read_transactions
from tests.reference import shared


@pytest.fixture(scope="module")
def shop():
    return read_transactions(FOLDER / "shop_log.csv")


@pytest.fixture(scope="module")
def found(shop):
    return audit_customers(shop, margin=0.3, annual_discount_rate=0.12, currency="CNY")


@pytest.fixture
def small():
    return pd.DataFrame(
        {
            "customer": ["ada", "ada", "ben", "cleo"],
            "amount": [10.0, 30.0, 5.0, 7.0],
            "date": pd.to_datetime(["2024-01-10", "2024-02-10", "2024-01-20", "2024-05-01"]),
        }
    )


def test_every_customer_is_there_once_and_revenue_adds_up(shop, found):
    customers = found.customers
    assert customers.index.is_unique
    assert set(customers.index) == set(shop["customer"])
    assert customers["revenue"].sum() == pytest.approx(shop["amount"].sum())
    assert customers["past_value"].sum() == pytest.approx(0.3 * shop["amount"].sum())
    assert customers["value"].is_monotonic_decreasing


def test_values_add_up_to_the_value_of_the_base(found):
    assert found.customers["future_value"].sum() == pytest.approx(found.outlook.total)
    assert found.outlook.models.loc[found.outlook.name, "value"] == pytest.approx(found.outlook.total)
    assert found.outlook.low < found.outlook.total < found.outlook.high


def test_the_model_with_the_smallest_error_a_customer_is_taken(found):
    assert found.outlook.name == found.outlook.models["rmse"].idxmin()


def test_value_scales_with_margin_and_falls_with_the_discount_rate(shop, found):
    rich = audit_customers(shop, margin=0.6, annual_discount_rate=0.12)
    patient = audit_customers(shop, margin=0.3, annual_discount_rate=0.06)
    assert rich.outlook.total == pytest.approx(2 * found.outlook.total)
    assert patient.outlook.total > found.outlook.total
    assert (rich.customers["pyramid"] == found.customers["pyramid"].reindex(rich.customers.index)).all()


def test_the_total_of_one_customer_is_what_the_models_say_by_hand(shop, found):
    """Independent of the package's residual values: a sum over thousands of weeks ahead."""
    summary = rfm_summary(shop, observation_end=found.terms.observation_end)
    model = found.outlook.purchases.model
    spend = fit_gamma_gamma(summary, currency="CNY").model
    customer = found.customers.index[3]
    x, t_x, T, m = summary.loc[customer, ["frequency", "recency", "T", "monetary_value"]]
    weeks = np.arange(0, 60_000, 2.0)
    bought = np.diff(model.conditional_expected_repeats(weeks, x, t_x, T))
    discounted = (bought * 1.12 ** (-(weeks[:-1] + 1.0) * 7 / 365)).sum()
    by_hand = 0.3 * float(spend.conditional_expected_spend(x, m)) * discounted
    assert found.customers.loc[customer, "future_value"] == pytest.approx(by_hand, rel=2e-4)


def test_two_years_are_compared_and_their_changes_add_up(shop, found):
    end = pd.Timestamp(found.terms.observation_end)
    year = pd.Timedelta(days=365)
    latest = shop.loc[shop["date"] > end - year, "amount"].sum()
    before = shop.loc[(shop["date"] > end - 2 * year) & (shop["date"] <= end - year), "amount"].sum()
    assert found.flows["change"].sum() == pytest.approx(latest - before)
    assert found.migration.to_numpy().sum() == found.flows.drop("returns_only")["customers"].sum()


def test_survival_begins_after_those_who_came_once_and_never_rises(found):
    curve = found.survival["survival"]
    assert 0.5 < curve.loc[0.0].min() < 1.0
    assert curve.is_monotonic_decreasing


def test_a_thin_log_is_audited_without_a_forecast_and_says_so(small):
    base = audit_customers(small, margin=0.5)
    assert base.outlook is None
    assert base.customers["value"].to_dict() == {"ada": 20.0, "cleo": 3.5, "ben": 2.5}
    assert base.customers["future_value"].isna().all()
    assert [note.key for note in base.notes] == ["few_repeaters", "one_year"]
    sentences = audit_sentences(base, "en")
    assert any("only 1 customers came again" in sentence for sentence in sentences)
    assert any("not discounted" in sentence for sentence in sentences)


def test_one_customer_who_came_once(small, tmp_path):
    base = audit_customers(small[small["customer"] == "ben"])
    assert base.survival is None
    assert base.customers.loc["ben", "pyramid"] == "platinum"
    assert write_audit(base, tmp_path / "one").is_file()


def test_repeaters_just_enough_and_one_too_few():
    days = pd.date_range("2023-01-01", periods=60, freq="D")
    rows = [
        (f"c{i}", days[i] + pd.Timedelta(days=step * (i % 7 + 3)), 10.0 + i % 5 + step)
        for i in range(60)
        for step in range(2 if i < LEAST_REPEATERS else 1)
    ]
    log = pd.DataFrame(rows, columns=["customer", "date", "amount"])
    assert audit_customers(log).outlook is not None
    fewer = log.drop(index=log.index[log["customer"] == "c0"][1:])
    assert audit_customers(fewer).outlook is None


def test_kept_returns_lower_revenue_and_are_no_orders(small):
    log = pd.concat([small, small.iloc[:1].assign(amount=-4.0, date=pd.Timestamp("2024-03-01"))])
    log.attrs = {"returns": "keep"}
    base = audit_customers(log)
    assert base.customers.loc["ada", ["orders", "revenue"]].tolist() == [2, 36.0]


def test_the_currency_is_the_logs_own_and_cannot_be_renamed(small):
    assert audit_customers(small, currency="USD").terms.currency == "USD"
    small.attrs["currency"] = "EUR"
    assert audit_customers(small).terms.currency == "EUR"
    with pytest.raises(InputError, match="currency: must be that of the log, EUR, got 'USD'"):
        audit_customers(small, currency="USD")


def test_what_comes_after_the_last_day_is_not_seen(shop):
    end = datetime.date(2024, 12, 31)
    base = audit_customers(shop, observation_end=end)
    seen = shop[shop["date"] <= pd.Timestamp(end)]
    assert base.customers["revenue"].sum() == pytest.approx(seen["amount"].sum())
    assert base.terms.observation_end == end


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"margin": 0.0}, "margin: must be above 0 and up to 1"),
        ({"margin": 1.5}, "margin: must be above 0 and up to 1"),
        ({"annual_discount_rate": 0.0}, "annual_discount_rate: must be finite and above 0"),
        ({"annual_discount_rate": float("nan")}, "annual_discount_rate: must be finite and above 0"),
    ],
)
def test_terms_out_of_range(small, options, problem):
    with pytest.raises(InputError, match=problem):
        audit_customers(small, **options)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_shows_every_picture_in_its_folder(found, tmp_path, lang):
    page = write_audit(found, tmp_path / "audit", lang=lang).read_text(encoding="utf-8")
    pictures = sorted(path.name for path in (tmp_path / "audit").glob("*.png"))
    assert len(pictures) == 9
    assert all(f'src="{name}"' in page for name in pictures)
    table = pd.read_csv(tmp_path / "audit" / "customers.csv", dtype={"cell": str})
    assert len(table) == len(found.customers)
    pd.testing.assert_series_equal(
        table["value"], found.customers["value"].reset_index(drop=True), check_exact=False, rtol=1e-12
    )


def test_names_of_customers_cannot_change_the_page(small, tmp_path):
    log = small.replace({"customer": {"ada": "<script>alert(1)</script>"}})
    page = write_audit(audit_customers(log), tmp_path / "audit").read_text(encoding="utf-8")
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_the_interval_of_a_slow_result_agrees_with_drawn_parameters():
    """CDNOW: the delta method on logarithms against 400 draws, for the expected purchases of a year."""
    summary = rfm_summary(
        read_transactions(shared("data/CDNOW_sample.txt")), calibration_end=datetime.date(1997, 9, 30)
    )
    fit = fit_bg_nbd(summary)
    history = [summary[name] for name in ("frequency", "recency", "T")]

    def purchases(model):
        return model.conditional_expected_repeats(52, *history).sum()

    low, high = fit.interval_of_slow(purchases)
    drawn_low, drawn_high = fit.interval_of(purchases, draws=400)
    length = float(drawn_high - drawn_low)
    # An end of a 95 % interval from 400 draws varies by about 5 % of its length (standard error).
    assert low == pytest.approx(float(drawn_low), abs=0.15 * length)
    assert high == pytest.approx(float(drawn_high), abs=0.15 * length)


def test_who_was_won_lately_has_no_growth_and_is_not_called_growable():
    """Spend of the latest year is all new for a newcomer: no growth, only arrival."""
    months = [(year, month) for year in (2022, 2023) for month in range(1, 13)]
    rows = [("old", f"{year}-{month:02d}-01", 10.0 * (year - 2021)) for year, month in months]
    rows += [("half", f"2022-{month:02d}-02", 10.0) for month in (7, 9, 11)]
    rows += [("half", f"2023-{month:02d}-02", 10.0) for month in (1, 3, 5, 7, 9, 11)]
    rows += [("new", "2023-11-20", 5000.0), ("new", "2023-12-31", 5000.0)]
    log = pd.DataFrame(rows, columns=["customer", "date", "amount"])
    log["date"] = pd.to_datetime(log["date"])
    customers = audit_customers(log).customers
    assert np.isnan(customers.loc["new", "growth"])
    assert customers.loc["old", "growth"] == pytest.approx(120.0, abs=10.0)
    # Three in half a year are six in one.
    assert customers.loc["half", "growth"] == pytest.approx(0.0, abs=6.0)
    assert customers.loc["new", "value_type"] != "mgc"


def test_a_year_of_silence_is_said(small):
    late = audit_customers(small, observation_end=datetime.date(2026, 6, 1))
    assert late.deciles is None and late.flows is None
    assert "silent_year" in [note.key for note in late.notes]


def test_a_return_is_no_visit():
    log = pd.DataFrame({"customer": ["ada", "ada", "ben"], "amount": [9.0, -4.0, 1.0],
                        "date": pd.to_datetime(["2024-01-01", "2024-03-01", "2024-04-01"])})  # fmt: skip
    log.attrs = {"returns": "keep"}
    assert audit_customers(log).customers.loc["ada", "recency_days"] == 91


def test_another_margin_needs_no_other_fit_and_another_log_does(shop, monkeypatch):
    low, whole = audit_customers(shop, margin=0.2), audit_customers(shop, margin=0.8)
    monkeypatch.setattr(customer_outlook, "MODELS", {})
    again = audit_customers(shop, margin=0.2, foreseen=whole.foreseen)
    pd.testing.assert_frame_equal(again.customers, low.customers, rtol=1e-12)
    pd.testing.assert_frame_equal(again.outlook.models, low.outlook.models, rtol=1e-12)
    ends = [(base.outlook.low, base.outlook.total, base.outlook.high) for base in (again, low, whole)]
    assert ends[0] == pytest.approx(ends[1], rel=1e-12)
    assert ends[0] == pytest.approx([0.25 * end for end in ends[2]], rel=1e-12)
    others = shop.assign(customer=shop["customer"].astype(str) + "x")
    for log, terms in ((others, {}), (shop, {"annual_discount_rate": 0.2}), (shop[:-400], {})):
        with pytest.raises(InputError, match="foreseen: must be of the same log"):
            audit_customers(log, foreseen=whole.foreseen, **terms)


def test_the_log_is_summed_up_once_for_all_models(shop, monkeypatch):
    calls = []

    def counted(*args, **kwargs):
        calls.append(kwargs.get("calibration_end"))
        return rfm_summary(*args, **kwargs)

    for module in (customer_outlook, holdout):
        monkeypatch.setattr(module, "rfm_summary", counted)
    assert audit_customers(shop).outlook.check is not None
    assert len(calls) == 2 and calls[0] is None, "the whole log, and its first half"


def fails(*args, **kwargs):
    raise CrmsimError("the likelihood has no finite maximum for these data")


def endless(*args, **kwargs):
    """A spend so uneven that its mean is infinite."""
    return GammaGammaFit(GammaGamma(6.0, 0.8, 17.0), -1.0, ((1.0,) * 3,) * 3, 30)


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ({"MODELS": {"bg_nbd": fails}}, "no_purchase_model"),
        ({"fit_gamma_gamma": fails}, "no_spend_model"),
        ({"fit_gamma_gamma": endless}, "no_mean_spend"),
    ],
)
def test_why_there_is_no_forecast_is_said_in_the_reader_s_language(shop, monkeypatch, broken, reason):
    for name, value in broken.items():
        monkeypatch.setattr(customer_outlook, name, value)
    base = audit_customers(shop)
    assert base.outlook is None and reason in [note.key for note in base.notes]
    said = {lang: [s for s in audit_sentences(base, lang) if s.startswith(no)]
            for lang, no in (("en", "No forecast:"), ("zh", "不作预测："))}  # fmt: skip
    assert len(said["en"]) == len(said["zh"]) == 1
    assert not re.search("[A-Za-z]{2}", said["zh"][0])


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_value_without_an_interval_leaves_no_gap_where_its_ends_would_be(found, lang):
    outlook = replace(found.outlook, low=math.nan, high=math.nan)
    bare = replace(found, foreseen=replace(found.foreseen, outlook=outlook))
    assert not [s for s in audit_sentences(bare, lang) if "–" in s or "nan" in s]


def test_orders_and_points_of_the_grade_are_those_of_the_customers(found):
    assert found.orders["customers"].sum() == len(found.customers)
    assert found.orders["customers"].iloc[0] == (found.customers["orders"] == 1).sum()
    points = found.grading.drop(columns=["score", "grade"])
    assert points.sum(axis=1).to_numpy() == pytest.approx(found.customers["grade_score"].to_numpy())
    assert found.grading.index.equals(found.customers.index)
    assert (found.grading["grade"].astype(str) == found.customers["grade"].astype(str)).all()
