"""The lenses of the customer-base audit: facts, one period, two periods, cohorts."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmsim.audit.cohorts import base_over_time, by_age, by_period, cohort_table, one_cohort
from crmsim.audit.facts import booked, customer_facts
from crmsim.audit.one_period import decile_table, decomposition, distribution, period_table
from crmsim.audit.two_periods import change_decomposition, decile_migration, flows, two_periods
from crmsim.errors import InputError
from crmsim.rfm import rfm_summary
from crmsim.transactions import read_transactions
from tests.reference import shared

few = settings(max_examples=30, deadline=None, derandomize=True, database=None)


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def a_log(*rows: tuple[str, str, float], returns: bool = False) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["customer", "date", "amount"])
    frame = frame.assign(date=pd.to_datetime(frame["date"]))
    if returns:
        frame.attrs["returns"] = "keep"
    return frame


@st.composite
def logs(draw) -> pd.DataFrame:
    """A few customers over two years, with returns and with several purchases a day."""
    rows = draw(
        st.lists(
            st.tuples(st.sampled_from("abcde"), st.integers(0, 729), st.integers(-30, 100)),
            min_size=1,
            max_size=60,
        )
    )
    rows.append(("a", 10, 50))
    start = pd.Timestamp("2023-01-01")
    log = a_log(*((who, start + pd.Timedelta(days=at), float(much)) for who, at, much in rows), returns=True)
    return log


YEARS = [(day("2023-01-01"), day("2023-12-31")), (day("2024-01-01"), day("2024-12-31"))]
SMALL = a_log(
    ("ann", "2023-01-05", 10.0), ("ann", "2023-01-05", 20.0), ("ann", "2023-06-01", 30.0),
    ("ann", "2024-02-01", 60.0), ("bob", "2023-03-01", 40.0), ("cleo", "2024-07-01", 5.0),
    ("cleo", "2024-12-31", 15.0), ("dan", "2023-12-31", 100.0), ("dan", "2024-01-01", 40.0),
)  # fmt: skip


# --- facts -------------------------------------------------------------------------------------------------


def test_facts_by_hand():
    facts = customer_facts(SMALL)
    ann = facts.loc["ann"]
    assert (ann["orders"], ann["revenue"], ann["average_order"]) == (3, 120.0, 40.0)
    assert (ann["tenure_days"], ann["recency_days"]) == (726, 334)
    assert facts["revenue_recent"].tolist() == [60.0, 0.0, 20.0, 0.0], "365 days, from 2024-01-02"
    assert facts["revenue_before"].tolist() == [60.0, 40.0, 0.0, 140.0], "from 2023-01-03"
    assert (facts["growth"] == facts["revenue_recent"] - facts["revenue_before"]).all()


def test_facts_know_nothing_of_later_days():
    early = customer_facts(SMALL, observation_end=day("2023-06-01"))
    assert early.index.tolist() == ["ann", "bob"] and early.loc["ann", "orders"] == 2
    with pytest.raises(
        InputError, match=r"observation_end: must be 2023-01-05 \(first transaction\) or later"
    ):
        customer_facts(SMALL, observation_end=day("2022-01-01"))


def test_returns_are_subtracted_and_are_no_orders():
    log = a_log(
        ("a", "2024-01-01", 51.0), ("a", "2024-01-01", -1.0), ("a", "2024-02-01", -20.0),
        ("b", "2024-02-01", -5.0), returns=True,
    )  # fmt: skip
    facts = customer_facts(log)
    assert facts["orders"].tolist() == [1, 0] and facts["revenue"].tolist() == [30.0, -5.0]
    assert np.isnan(facts.loc["b", "average_order"])
    log.attrs.clear()
    with pytest.raises(InputError, match=r"amount: must be finite and at least 0, got -1\.0"):
        customer_facts(log)


def test_a_column_of_profit_and_the_currency_go_along():
    log = SMALL.assign(earned=SMALL["amount"] * 0.25)
    log.attrs["currency"] = "EUR"
    facts = customer_facts(log, profit="earned")
    assert facts["profit"].tolist() == (0.25 * facts["revenue"]).tolist() and facts.attrs == {
        "currency": "EUR"
    }
    for table in (period_table(log), two_periods(log, *YEARS), cohort_table(log)):
        assert table.attrs == {"currency": "EUR"}
    with pytest.raises(InputError, match=r"margin: column is missing from the transactions, they have"):
        customer_facts(log, profit="margin")
    with pytest.raises(InputError, match=r"earned: must be a finite number in every row"):
        customer_facts(log.assign(earned=np.inf), profit="earned")


def test_facts_of_cdnow_agree_with_the_summary():
    log = read_transactions(shared("data/CDNOW_sample.txt"))
    facts, summary = customer_facts(log), rfm_summary(log, unit="day")
    assert (facts["orders"] - 1 == summary["frequency"]).all()
    assert (facts["tenure_days"] == summary["T"]).all()
    assert (facts["tenure_days"] - facts["recency_days"] == summary["recency"]).all()


# --- one period --------------------------------------------------------------------------------------------


def test_a_period_by_hand():
    table = period_table(SMALL, *YEARS[0])
    assert table["orders"].to_dict() == {"ann": 2, "bob": 1, "dan": 1}
    assert table.loc["ann", ["spend", "average_order"]].tolist() == [60.0, 30.0]
    assert decomposition(table).to_dict() == {
        "customers": 3, "frequency": 4 / 3, "average_order": 50.0, "spend": 200.0,
    }  # fmt: skip


@few
@given(logs())
def test_revenue_is_the_product_of_its_factors(log):
    log = log.assign(earned=0.3 * log["amount"] - 1.0)
    table = period_table(log, profit="earned")
    factors = decomposition(table)
    product = factors["customers"] * factors["frequency"] * factors["average_order"]
    assert product == pytest.approx(log["amount"].sum(), abs=1e-9)
    if abs(factors["spend"]) > 1e-6:
        assert product * factors["margin"] == pytest.approx(log["earned"].sum(), abs=1e-6)
    deciles = decile_table(table, groups=3)
    assert deciles["spend"].sum() == pytest.approx(factors["spend"], abs=1e-9)
    assert deciles["customers"].sum() == factors["customers"]
    if factors["spend"] > 1e-6:
        assert deciles["cumulative_share"].iloc[-1] == pytest.approx(1.0)


def test_deciles_by_hand():
    table = pd.DataFrame({"orders": [1] * 20, "spend": np.arange(20.0)})
    deciles = decile_table(table)
    assert deciles["spend"].tolist() == [37.0, 33.0, 29.0, 25.0, 21.0, 17.0, 13.0, 9.0, 5.0, 1.0]
    assert deciles["share"].sum() == pytest.approx(1.0) and deciles.loc[1, "share"] == 37 / 190
    assert decile_table(table.iloc[:1])["customers"].tolist() == [1.0] + [0.0] * 9, "one customer only"
    with pytest.raises(InputError, match=r"by: must be one of orders, spend, got 'profit'"):
        decile_table(table, by="profit")


def test_a_distribution_counts_everybody():
    table = distribution([0.0, 1, 1, 2, 3, 9, 10, 99], [1, 2, 3, 10])
    assert table["customers"].tolist() == [1, 2, 1, 2, 2] and table["share"].sum() == 1.0
    assert table["low"].tolist() == [-np.inf, 1, 2, 3, 10]
    for edges in ([], [2, 1], [1, 1], [np.nan]):
        with pytest.raises(InputError, match=r"edges: must be finite numbers that rise"):
            distribution([1.0], edges)


def test_periods_that_are_none():
    with pytest.raises(InputError, match=r"end: must be 2024-01-01 \(start\) or later, got '2023-01-01'"):
        period_table(SMALL, day("2024-01-01"), day("2023-01-01"))
    with pytest.raises(InputError, match=r"start: must begin a period with a transaction"):
        period_table(SMALL, day("2025-01-01"), day("2025-02-01"))
    with pytest.raises(InputError, match=r"start: must be a datetime.date without a time zone, got '2024'"):
        period_table(SMALL, "2024")


# --- two periods -------------------------------------------------------------------------------------------


def test_two_periods_by_hand():
    table = two_periods(SMALL, *YEARS)
    assert table["status"].to_dict() == {"ann": "stayed", "bob": "left", "cleo": "came", "dan": "stayed"}
    found = flows(table)
    assert found["change"].to_dict() == {
        "left": -40.0, "came": 20.0, "stayed_less": -60.0, "stayed_more": 0.0, "returns_only": 0.0,
    }  # fmt: skip
    assert found["customers"].tolist() == [1, 1, 1, 1, 0]
    assert decile_migration(table, groups=2).loc["none"].tolist() == [0, 1, 0]


@few
@given(logs())
def test_the_parts_of_a_change_sum_to_it(log):
    if (log.loc[log["date"] >= "2024-01-01", "amount"] >= 0).sum() == 0:
        log = pd.concat([log, a_log(("z", "2024-05-05", 9.0))], ignore_index=True)
        log.attrs["returns"] = "keep"
    table = two_periods(log, *YEARS)
    change = table["spend_2"].sum() - table["spend_1"].sum()
    assert flows(table)["change"].sum() == pytest.approx(change, abs=1e-9)
    assert flows(table)["customers"].sum() == len(table)
    parts = change_decomposition(table)
    if parts["contribution"].notna().all():
        assert parts["contribution"].sum() == pytest.approx(change, abs=1e-6)
    moved = decile_migration(table, groups=3)
    assert moved.to_numpy().sum() == ((table["orders_1"] > 0) | (table["orders_2"] > 0)).sum()


def test_a_factor_that_alone_changed_accounts_for_all():
    base = {"orders_1": [2, 2], "spend_1": [50.0, 50.0]}
    dearer = pd.DataFrame({**base, "orders_2": [2, 2], "spend_2": [75.0, 75.0]})
    assert change_decomposition(dearer)["contribution"].tolist() == pytest.approx([0, 0, 50.0])
    fewer = pd.DataFrame({**base, "orders_2": [2, 0], "spend_2": [50.0, 0.0]})
    assert change_decomposition(fewer)["contribution"].tolist() == pytest.approx([-50.0, 0, 0])
    with_profit = dearer.assign(profit_1=[10.0, 10.0], profit_2=[15.0, 15.0])
    assert change_decomposition(with_profit)["contribution"].tolist() == pytest.approx([0, 0, 10.0, 0])
    gone = pd.DataFrame({**base, "orders_2": [0, 0], "spend_2": [0.0, 0.0]})
    assert change_decomposition(gone)["contribution"].isna().all()


def test_two_halves_of_a_change_are_symmetric():
    """Both twice as many and each twice as much: no factor comes first."""
    table = pd.DataFrame(
        {"orders_1": [1, 0], "spend_1": [10.0, 0.0], "orders_2": [1, 1], "spend_2": [20.0, 20.0]}
    )
    parts = change_decomposition(table)["contribution"]
    assert parts["customers"] == pytest.approx(parts["average_order"]) and parts.sum() == pytest.approx(30.0)


def test_periods_that_overlap_are_refused():
    with pytest.raises(InputError, match=r"second: must be a pair of dates that begins after the first"):
        two_periods(SMALL, YEARS[0], YEARS[0])
    with pytest.raises(InputError, match=r"by: must be spend, orders or profit"):
        decile_migration(two_periods(SMALL, *YEARS), by="joy")


# --- cohorts -----------------------------------------------------------------------------------------------


def test_cohorts_by_hand():
    table = cohort_table(SMALL, period="year")
    assert table[["customers", "active", "orders", "spend"]].values.tolist() == [
        [3, 3, 4, 200.0], [3, 2, 2, 100.0], [1, 1, 2, 20.0],
    ]  # fmt: skip
    assert table["cumulative_spend_per_customer"].tolist() == [200 / 3, 100.0, 20.0]
    assert by_age(table).to_numpy().tolist()[0] == [1.0, 2 / 3] and np.isnan(by_age(table).iloc[1, 1])
    assert by_period(table).sum().tolist() == [200.0, 120.0]
    assert one_cohort(table, "2023")["active_share"].tolist() == [1.0, 2 / 3]
    base = base_over_time(table)
    assert base[["known", "new", "active", "returning"]].values.tolist() == [[3, 3, 3, 0], [4, 1, 3, 2]]
    assert base["share_from_new"].tolist() == [1.0, 20 / 120]


@few
@given(logs(), st.sampled_from(["week", "month", "quarter", "year"]))
def test_cohorts_add_up_to_the_log(log, period):
    table = cohort_table(log, period=period)
    buyers = log.loc[log["amount"] >= 0, "customer"].unique()
    rows = booked(log)
    begun = rows[rows["order"]].groupby("customer")["date"].min()
    since = rows[rows["date"] >= rows["customer"].map(begun)]
    assert table["orders"].sum() == rows["order"].sum()
    assert table.groupby("cohort")["customers"].first().sum() == len(buyers)
    assert (table.loc[table["age"] == 0, "active"] == table.loc[table["age"] == 0, "customers"]).all()
    assert (table["active"] <= table["customers"]).all() and (table["active"] <= table["orders"]).all()
    assert table["spend"].sum() == pytest.approx(since["amount"].sum(), abs=1e-9)
    base = base_over_time(table)
    assert base["spend"].sum() == pytest.approx(table["spend"].sum(), abs=1e-9)
    assert base["known"].iloc[-1] == len(buyers) and (base["returning"] >= 0).all()


def test_a_period_that_is_not_over_is_not_compared():
    table = cohort_table(SMALL, period="year", observation_end=day("2024-12-30"))
    assert table["complete"].tolist() == [True, False, False]
    assert by_age(table).shape == (1, 1) and by_period(table).shape == (2, 2)


def test_periods_in_which_nobody_bought_have_rows():
    table = cohort_table(a_log(("a", "2024-01-05", 1.0), ("a", "2024-05-05", 1.0)), period="month")
    assert table.loc[table["customers"] > 0, "active"].tolist() == [1, 0, 0, 0, 1]
    assert np.isnan(table["average_order"].iloc[1])
    single = cohort_table(a_log(("a", "2024-01-05", 1.0)), period="month")
    assert len(single) == 1, "one customer, and nobody who came again"


def test_cohorts_that_are_none():
    with pytest.raises(InputError, match=r"period: must be one of week, month, quarter, year, got 'decade'"):
        cohort_table(SMALL, period="decade")
    with pytest.raises(InputError, match=r"cohort: must be one of 2023, 2024, got '1999'"):
        one_cohort(cohort_table(SMALL, period="year"), "1999")
    with pytest.raises(InputError, match=r"measure: must be one of active, .*got 'joy'"):
        by_age(cohort_table(SMALL), "joy")
    with pytest.raises(InputError, match=r"transactions: must hold a purchase by"):
        cohort_table(a_log(("a", "2024-01-05", -1.0), returns=True))


def test_goods_that_were_bought_before_the_log_belong_to_no_cohort():
    log = a_log(
        ("a", "2024-01-05", -4.0), ("a", "2024-01-06", 10.0), ("b", "2024-01-09", 7.0),
        ("b", "2024-05-01", -2.0),
        returns=True,
    )  # fmt: skip
    assert cohort_table(log)["spend"].tolist() == [17.0, -2.0]
