"""The data sets of the project: made anew they are the same, and they are what their source says."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import crmsim.datasets
from crmsim.datasets import FOLDER, SHOP_LOG, load_shop_log, purchases_of, shop_scenario, write_shop_log
from crmsim.engines import simulate
from crmsim.errors import CrmsimError, InputError
from crmsim.scenario import preset


def test_the_shops_log_is_a_fresh_one_byte_for_byte(tmp_path):
    write_shop_log(tmp_path / "shop_log.csv")
    assert (tmp_path / "shop_log.csv").read_bytes() == SHOP_LOG.read_bytes(), "run: crmsim datasets build"
    assert [path.name for path in tmp_path.iterdir()] == ["shop_log.csv"]


def test_the_shops_log_is_what_its_source_says():
    log = load_shop_log()
    assert list(log.columns) == ["customer", "date", "amount"]
    assert log["customer"].nunique() == 500 == shop_scenario().population.customers
    first = log.groupby("customer")["date"].min()
    assert first.min() >= pd.Timestamp("2024-01-01")
    assert first.max() <= pd.Timestamp("2024-01-01") + pd.Timedelta(days=120)
    assert log["date"].max() < pd.Timestamp("2024-01-01") + pd.Timedelta(days=720)
    assert (log["amount"] > 0).all()
    assert not log.duplicated(["customer", "date"]).any()


def test_a_log_is_made_of_the_purchases_of_a_run():
    ledger = simulate(preset("retail").with_values(customers=40, horizon_days=420))
    bought = ledger.truth[ledger.truth["kind"] == "purchase"]
    log = purchases_of(ledger, start=np.datetime64("2030-05-01"))
    assert log["amount"].sum() == pytest.approx(bought["amount"].sum(), abs=0.005 * len(log))
    mine = bought.assign(
        date=pd.Timestamp("2030-05-01") + pd.to_timedelta(bought["day"].astype(int), unit="D")
    )
    sums = mine.groupby([mine["customer"].map("C{:04d}".format), mine["date"].dt.strftime("%Y-%m-%d")])[
        "amount"
    ].sum()
    assert list(zip(log["customer"], log["date"], strict=True)) == list(sums.index)
    assert log["amount"].to_numpy() == pytest.approx(sums.to_numpy(), abs=0.00501)
    assert len(log) < len(bought), "somebody must buy twice on a day, or this shows little"


def test_a_run_without_a_log_has_no_purchases_to_show():
    ledger = simulate(preset("retail").with_values(customers=5, horizon_days=60, entry_days=0), log=False)
    with pytest.raises(CrmsimError, match=r"^this run kept no event log; run it with log=True, or read"):
        purchases_of(ledger)


def test_the_error_says_where_the_file_was_looked_for(tmp_path, monkeypatch):
    monkeypatch.setattr(crmsim.datasets, "SHOP_LOG", tmp_path / "none.csv")
    with pytest.raises(
        InputError, match=r"^datasets: must be the folder of a project checkout, got '.*none.csv'$"
    ):
        load_shop_log()


def test_every_file_is_known():
    """Files beside the checkout's own are not lying about in the folder."""
    assert {path.name for path in FOLDER.iterdir()} <= {"shop_log.csv", "README.md"}
