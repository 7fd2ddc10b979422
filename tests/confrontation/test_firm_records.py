"""What the firm has: a log until the day of review, and nothing of the future or of the truth."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pytest

from crmsim.confrontation.records import FirmRecords
from crmsim.confrontation.truth import firm_records, future_margin, margins_of_futures
from crmsim.engines import simulate
from crmsim.errors import InputError
from crmsim.metrics.stage_value import past_and_future_value
from crmsim.scenario import preset
from crmsim.strategies import find_strategy

REVIEW = datetime.date(2025, 1, 1)


def books(rows, *, renewal_days=None, days_ahead=365, rate=0.1, margin=0.4):
    """Return records of rows (customer, days before the review, amount)."""
    log = pd.DataFrame(rows, columns=["customer", "ago", "amount"])
    log["date"] = pd.Timestamp(REVIEW) - pd.to_timedelta(log.pop("ago"), unit="D")
    log = log.sort_values("date", kind="stable")
    return FirmRecords(log, REVIEW, days_ahead, margin, rate, "CNY", renewal_days)


def test_revenue_by_year():
    found = books([("a", 1, 10.0), ("a", 365, 5.0), ("a", 366, 3.0), ("b", 730, 7.0), ("c", 731, 1.0)])
    assert found.revenue.to_dict() == {"a": 18.0, "b": 7.0, "c": 1.0}
    assert found.last_year.to_dict() == {"a": 15.0, "b": 0.0, "c": 0.0}
    assert found.revenue_between(-730, -365).to_dict() == {"a": 3.0, "b": 7.0, "c": 0.0}
    assert found.customers.to_list() == ["a", "b", "c"]


def test_the_summary_ends_the_evening_before():
    table = books([("a", 15, 10.0), ("a", 1, 30.0), ("b", 8, 5.0)]).summary
    assert table.loc["a", ["frequency", "recency", "T", "monetary_value"]].to_list() == [1, 2.0, 2.0, 30.0]
    assert table.loc["b", "T"] == 1.0 and table.attrs["unit"] == "week"


def test_discounting():
    found = books([("a", 1, 10.0)], rate=0.21)
    assert found.discount([0, 365, 730]) == pytest.approx([1.0, 1 / 1.21, 1 / 1.4641])
    assert found.rate.to("year").value == pytest.approx(0.21)


def test_spells():
    """One goes on, one ended, one ended and began anew, one is due on the very day."""
    rows = [("on", ago, 9.0) for ago in (65, 35, 5)]
    rows += [("off", ago, 9.0) for ago in (95, 65)]
    rows += [("again", 200, 5.0), ("again", 170, 5.0), ("again", 40, 6.0), ("again", 10, 7.0)]
    rows += [("due", 30, 9.0), ("late", 31, 9.0)]
    found = books(rows, renewal_days=30)
    spells = found.spells.sort_values(["customer", "lost"]).set_index(["customer", "lost"])
    assert spells["periods"].to_dict() == {
        ("on", False): 2, ("off", True): 2, ("again", True): 2, ("again", False): 1,
        ("due", False): 0, ("late", True): 1,
    }  # fmt: skip
    assert spells.loc[("on", False), "due_in"] == 25 and spells.loc[("due", False), "due_in"] == 0
    assert spells.loc[("again", False), "fee"] == 7.0
    assert found.customers.to_list() == ["again", "due", "on"]


def test_without_contracts_there_are_no_spells():
    with pytest.raises(InputError, match=r"^renewal_days: must be given"):
        _ = books([("a", 1, 1.0)]).spells


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"days_ahead": 0}, r"^days_ahead: must be above 0"),
        ({"margin": 0.0}, r"^margin: must be above 0 and up to 1"),
        ({"rate": -0.1}, r"^annual_discount_rate: must be finite and at least 0"),
        ({"renewal_days": 0}, r"^renewal_days: must be above 0"),
    ],
)
def test_numbers_that_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        books([("a", 1, 1.0)], **options)


def test_logs_that_are_refused():
    with pytest.raises(InputError, match=r"^transactions: must be before the day of review \(2025-01-01\)"):
        books([("a", 0, 1.0)])
    with pytest.raises(InputError, match=r"^transactions: must have a purchase"):
        FirmRecords(books([("a", 1, 1.0)]).transactions.iloc[:0], REVIEW, 10, 0.4, 0.1, "CNY")


# --- of a run ----------------------------------------------------------------------------------------------

DAY = 540


def run(name="retail", future=None, log=True, **values):
    scenario = preset(name).with_values(
        **{"customers": 150, "entry_days": 300, "horizon_days": 1080} | values
    )
    return simulate(scenario, find_strategy("win_back_all"), seed=8, future=future, log=log)


@pytest.mark.parametrize("name", ["retail", "telecom", "b2b"])
def test_records_hide_the_truth(name):
    """Columns of a till and no others; what comes after the day, and luck itself, leave no trace."""
    found = firm_records(run(name), DAY)
    assert found.transactions.columns.to_list() == ["customer", "date", "amount"]
    assert found.transactions["date"].max() < pd.Timestamp(found.review)
    other = firm_records(run(name, future=(DAY, 1)), DAY)
    pd.testing.assert_frame_equal(found.transactions, other.transactions)
    assert found.customers.equals(other.customers)
    assert vars(FirmRecords)["__annotations__"].keys() == {
        "transactions", "review", "days_ahead", "margin", "annual_discount_rate", "currency", "renewal_days",
    }  # fmt: skip


def test_records_are_those_of_the_scenario():
    ledger = run("telecom")
    found = firm_records(ledger, DAY)
    assert (found.days_ahead, found.renewal_days, found.currency) == (1080 - DAY, 30, "CU")
    assert (
        found.margin == ledger.scenario.money.margin and firm_records(ledger, DAY, margin=0.25).margin == 0.25
    )
    assert str(found.review) == str(np.datetime64(ledger.scenario.price_date) + DAY)


def test_who_has_a_contract_on_the_day_is_known_from_payments():
    scenario = preset("bare").with_values(
        customers=300, entry_days=200, horizon_days=720, timing="contract", drop_a=1.0, drop_b=8.0,
        spend_mean=20.0,
    )  # fmt: skip
    ledger = simulate(scenario, seed=2)
    there = simulate(scenario.with_values(horizon_days=DAY), seed=2).customers
    active = {f"C{number:04d}" for number in there["number"][there["left"] > 10**12]}
    found = set(firm_records(ledger, DAY).customers)
    # Who decided on the day of review itself is not in the books yet.
    assert 100 < len(found) < 300 and len(found ^ active) <= 3


@pytest.mark.parametrize("name", ["retail", "telecom"])
def test_the_truth_is_what_was_received_afterwards(name):
    ledger = run(name)
    rows = ledger.truth
    rows = rows[(rows["component"] == "revenue") & (rows["day"] >= DAY)]
    rate = ledger.scenario.money.annual_discount_rate
    worth = 0.3 * rows["amount"] * (1 + rate) ** (-(rows["day"] - DAY) / 365)
    expected = worth.groupby(rows["customer"]).sum().reindex(range(ledger.customer_count), fill_value=0.0)
    assert future_margin(ledger, DAY, 0.3) == pytest.approx(expected.to_numpy())


def test_with_nothing_but_margin_the_truth_is_the_firms_profit():
    """In a world without other costs it is the narrow CLV that the rest of the package knows."""
    ledger = simulate(
        preset("bare").with_values(
            customers=100, horizon_days=900, rate_mean=8.0, spend_mean=50.0, margin=0.4
        ),
        seed=3,
    )
    narrow = past_and_future_value(ledger, review_day=450)["narrow"]
    assert future_margin(ledger, 450, 0.4)[narrow.index] == pytest.approx(narrow.to_numpy())


@pytest.mark.parametrize("name", ["retail", "telecom"])
def test_futures_without_a_log_are_those_with_one(name):
    ledger = run(name)
    found = margins_of_futures(ledger, DAY, 0.4, 2)
    known = np.flatnonzero(ledger.customers["entered"] < DAY * 86400)
    for k in range(2):
        logged = future_margin(run(name, future=(DAY, k + 1)), DAY, 0.4)
        assert found[k, known] == pytest.approx(logged[known], abs=1e-6)
    assert not np.array_equal(*found)


def test_a_day_before_anybody_bought():
    scenario = preset("retail").with_values(customers=5, entry_days=365, horizon_days=720)
    with pytest.raises(InputError, match=r"^review_day: must be a day before which somebody bought, got 1"):
        firm_records(simulate(scenario, seed=1), 1)
