"""Frequency, recency, T and monetary value, from small logs by hand and from CDNOW."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pytest
import reference

from crmsim.errors import InputError
from crmsim.rfm import cumulative_repeats, rfm_summary
from crmsim.transactions import read_transactions


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


@pytest.fixture
def log() -> pd.DataFrame:
    """Ann twice on one day; Bob once; Cleo comes only after January."""
    rows = [
        ("ann", "2024-01-01", 10.0),
        ("ann", "2024-01-08", 20.0),
        ("ann", "2024-01-08", 5.0),
        ("ann", "2024-01-22", 15.0),
        ("ann", "2024-02-05", 50.0),
        ("bob", "2024-01-15", 40.0),
        ("cleo", "2024-02-01", 9.0),
        ("cleo", "2024-02-09", 9.0),
    ]
    frame = pd.DataFrame(rows, columns=["customer", "date", "amount"])
    return frame.assign(date=pd.to_datetime(frame["date"]))


def test_the_four_numbers_of_a_customer_by_hand(log):
    ann = rfm_summary(log, calibration_end=day("2024-01-29")).loc["ann"]
    assert ann[["frequency", "recency", "T", "monetary_value"]].tolist() == [2, 3.0, 4.0, 20.0]


def test_a_customer_without_repeat_has_zeros_but_a_T(log):
    bob = rfm_summary(log, calibration_end=day("2024-01-29")).loc["bob"]
    assert bob[["frequency", "recency", "T", "monetary_value"]].tolist() == [0, 0.0, 2.0, 0.0]


def test_a_purchase_on_the_last_day_of_the_calibration_counts(log):
    summary = rfm_summary(log, calibration_end=day("2024-01-22"))
    assert summary.loc["ann", ["frequency", "frequency_holdout"]].tolist() == [2, 1]


def test_who_comes_after_the_calibration_is_left_out(log):
    assert rfm_summary(log, calibration_end=day("2024-01-29")).index.tolist() == ["ann", "bob"]


def test_the_holdout_counts_purchase_days_after_the_calibration(log):
    summary = rfm_summary(log, calibration_end=day("2024-01-22"), observation_end=day("2024-02-05"))
    assert summary["frequency_holdout"].tolist() == [1, 0]
    assert summary["T_holdout"].tolist() == [2.0, 2.0]


def test_without_a_split_there_is_no_holdout_and_the_log_ends_the_observation(log):
    summary = rfm_summary(log)
    assert summary.columns.tolist() == ["frequency", "recency", "T", "monetary_value"]
    assert summary["T"].tolist() == pytest.approx([39 / 7, 25 / 7, 8 / 7])


def test_days_are_seven_times_weeks_and_the_table_says_which(log):
    weeks, days = rfm_summary(log), rfm_summary(log, unit="day")
    assert (weeks.attrs["unit"], days.attrs["unit"]) == ("week", "day")
    for column, factor in {"frequency": 1, "recency": 7, "T": 7, "monetary_value": 1}.items():
        assert days[column].to_numpy() == pytest.approx(factor * weeks[column].to_numpy())


def test_the_order_of_rows_does_not_matter_and_the_log_is_not_changed(log):
    before = log.copy()
    pd.testing.assert_frame_equal(rfm_summary(log.iloc[::-1]), rfm_summary(log))
    pd.testing.assert_frame_equal(log, before)


def test_the_time_of_day_does_not_matter(log):
    later = log.assign(date=log["date"] + pd.Timedelta(hours=13))
    pd.testing.assert_frame_equal(rfm_summary(later), rfm_summary(log))


def test_cumulative_repeats_by_hand(log):
    weeks = cumulative_repeats(log)
    assert weeks["week"].tolist() == [1, 2, 3, 4, 5]
    assert weeks["week_ends"].iloc[0] == pd.Timestamp("2024-01-07")
    assert weeks["cumulative_customers"].tolist() == [1, 1, 2, 2, 3]
    assert weeks["cumulative_repeats"].tolist() == [0, 1, 1, 2, 2]


def test_cumulative_repeats_of_a_cohort_leave_later_customers_out(log):
    weeks = cumulative_repeats(log, calibration_end=day("2024-01-29"), observation_end=day("2024-02-11"))
    assert weeks["cumulative_customers"].iloc[-1] == 2
    assert weeks["cumulative_repeats"].iloc[-1] == 3


def test_a_start_before_the_first_purchase_shifts_the_weeks(log):
    weeks = cumulative_repeats(log, start=day("2023-12-26"))
    assert weeks["week_ends"].iloc[0] == pd.Timestamp("2024-01-01")
    assert weeks["cumulative_customers"].iloc[0] == 1


# --- published -------------------------------------------------------------------------------------


def test_cdnow_01_counts_of_the_sample_fader_hardie_lee_2005():
    case = reference.case("CDNOW-01")
    log = read_transactions(reference.shared(case.inputs["log"]))
    ends = {"calibration_end": day("1997-09-30"), "observation_end": day("1998-06-30")}
    summary = rfm_summary(log, **ends)
    counts = {
        "customers": len(summary),
        "sum_x": summary["frequency"].sum(),
        "sum_x_star": summary["frequency_holdout"].sum(),
        "zero_class": (summary["frequency"] == 0).sum(),
        "repeat_buyers": (summary["frequency"] > 0).sum(),
    }
    assert counts == case.expected
    weeks = cumulative_repeats(log, **ends).set_index("week")["cumulative_repeats"]
    assert weeks[39] == counts["sum_x"]
    assert weeks[78] == counts["sum_x"] + counts["sum_x_star"]


def test_cdnow_01_every_customer_equals_the_derived_table():
    case = reference.case("CDNOW-01")
    log = read_transactions(reference.shared(case.inputs["log"]))
    summary = rfm_summary(log, calibration_end=day("1997-09-30"), observation_end=day("1998-06-30"))
    table = pd.read_csv(reference.shared(case.data))
    assert summary.index.astype(int).tolist() == table["id"].tolist()
    columns = {
        "frequency": "x",
        "recency": "t_x",
        "T": "T",
        "monetary_value": "m_x",
        "frequency_holdout": "x_star",
    }
    for ours, theirs in columns.items():
        np.testing.assert_allclose(summary[ours], table[theirs], atol=1e-6, err_msg=ours)


def test_cdnow_02_cumulative_triers_by_week_fader_hardie_2001_table_1():
    case = reference.case("CDNOW-02")
    log = read_transactions(reference.shared(case.inputs["log"]))
    weeks = cumulative_repeats(log, start=day(case.inputs["week_1_starts"]))
    assert weeks["cumulative_customers"].tolist()[:12] == case.expected


# --- refused ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("column", ["customer", "date", "amount"])
def test_a_missing_column_is_refused(log, column):
    with pytest.raises(InputError, match=rf"^{column}: column is missing from the transactions, they have '"):
        rfm_summary(log.drop(columns=column))


BROKEN = {
    "no rows": (lambda log: log.iloc[:0], r"^transactions: must have at least one row"),
    "text dates": (
        lambda log: log.assign(date="2024-01-01"),
        r"^date: must be datetime64 without a time zone",
    ),
    "time zone": (
        lambda log: log.assign(date=log["date"].dt.tz_localize("UTC")),
        r"^date: must be datetime64 without a time zone, got 'datetime64\[.*UTC\]'",
    ),
    "text amounts": (lambda log: log.assign(amount="5"), r"^amount: must be numbers"),
    "no customer": (lambda log: log.assign(customer=None), r"^customer: must not be missing in any row"),
    "no date": (lambda log: log.assign(date=log["date"].shift()), r"^date: must not be missing in any row"),
    "nan": (lambda log: log.assign(amount=np.nan), r"^amount: must be finite and at least 0, got nan"),
    "negative": (lambda log: log.assign(amount=-1.0), r"^amount: must be finite and at least 0, got -1.0"),
}


@pytest.mark.parametrize(("spoil", "message"), BROKEN.values(), ids=BROKEN)
def test_broken_transactions_are_refused(log, spoil, message):
    with pytest.raises(InputError, match=message):
        rfm_summary(spoil(log))


OPTIONS = {
    "unit": ({"unit": "fortnight"}, r"^unit: must be one of day, week, got 'fortnight'"),
    "text end": (
        {"observation_end": "2024-01-29"},
        r"^observation_end: must be a datetime.date .*, got '2024-01-29'",
    ),
    "no time": ({"calibration_end": pd.NaT}, r"^calibration_end: must be a datetime.date"),
    "end before split": (
        {"calibration_end": day("2024-01-29"), "observation_end": day("2024-01-28")},
        r"^calibration_end: must be observation_end \(2024-01-28\) or earlier, got '2024-01-29'",
    ),
    "nobody yet": (
        {"calibration_end": day("2023-12-31")},
        r"^calibration_end: must be 2024-01-01 \(first transaction\) or later, got '2023-12-31'",
    ),
}


@pytest.mark.parametrize(("options", "message"), OPTIONS.values(), ids=OPTIONS)
def test_bad_options_are_refused(log, options, message):
    with pytest.raises(InputError, match=message):
        rfm_summary(log, **options)


def test_a_start_after_the_first_transaction_is_refused(log):
    with pytest.raises(InputError, match=r"^start: must be 2024-01-01 \(first transaction\) or earlier"):
        cumulative_repeats(log, start=day("2024-01-02"))


def test_less_than_a_week_is_refused(log):
    with pytest.raises(InputError, match=r"^observation_end: must be at least 6 days after 2024-01-01"):
        cumulative_repeats(log, observation_end=day("2024-01-06"))
