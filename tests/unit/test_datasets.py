"""The shop's log and the loaders of data sets: what they give, and what they refuse."""

from __future__ import annotations

import shutil

import numpy as np
import pandas as pd
import pytest

from crmsim.datasets import (
    FOLDER,
    dataset_names,
    description,
    load_dataset,
    load_shop_log,
    load_table,
    load_truth,
    purchases_of,
    shop_scenario,
)
from crmsim.datasets.description import columns, describe
from crmsim.engines import simulate
from crmsim.errors import CrmsimError, InputError
from crmsim.scenario import preset

ALL = [(name, key) for name in dataset_names() for key in describe(name).tables]


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


@pytest.mark.parametrize(("name", "key"), ALL)
def test_every_table_can_be_loaded_and_is_typed_as_described(name, key):
    table, described = load_table(name, key), describe(name).tables[key]
    assert list(table.columns) == described.columns and len(table) > 50
    kinds = {"number": "f", "integer": "iI", "boolean": "b", "date": "M", "datetime": "M", "string": "OTU"}
    for column in table if not described.text else ():
        assert table[column].dtype.kind in kinds[columns()[column].type], column
        assert table[column].isna().any() == (column in described.optional), column


def test_every_word_of_the_glossary_is_used():
    used = {column for name, key in ALL for column in describe(name).tables[key].columns}
    assert set(columns()) == used


def test_the_firms_tables_and_the_truth_are_kept_apart():
    for name in dataset_names():
        assert not set(load_dataset(name)) & set(load_truth(name))
        assert load_truth(name), f"{name}: a simulator knows more than the firm"
        for key in load_truth(name):
            assert describe(name).tables[key].path.endswith("_truth.csv")
    # What only a simulator knows stands in no table of a firm.
    hidden = {column for name, key in ALL for column in describe(name).tables[key].columns
              if describe(name).tables[key].hidden}  # fmt: skip
    shown = {column for name, key in ALL for column in describe(name).tables[key].columns
             if not describe(name).tables[key].hidden}  # fmt: skip
    shared = {"customer", "account", "joined", "left", "ticket"}
    assert hidden & shown <= shared
    assert "left" not in shown


@pytest.fixture
def copy_of_shop(tmp_path, monkeypatch):
    """A folder with the shop's log alone."""
    monkeypatch.setattr(description, "FOLDER", tmp_path)
    return shutil.copy(FOLDER / "shop_log.csv", tmp_path / "shop_log.csv")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "customer,date",
            "customer;date",
            r"shop_log.csv:1: header: must be customer,date,amount, got",
        ),
        ("C0000,2024-02-23,230.44", "C0000,2024-02-23,", r"shop_log.csv:2: amount: must not be empty$"),
        ("2024-02-23,", "2024-02-30,", r"shop_log.csv: date: must be of type date \("),
        ("230.44", "a lot", r"shop_log.csv: amount: must be of type number \("),
    ],
)
def test_a_file_that_was_changed_is_refused(copy_of_shop, old, new, message):
    text = copy_of_shop.read_text(encoding="utf-8")
    assert old in text
    copy_of_shop.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError, match=message):
        load_table("shop", "transactions")


def test_the_error_says_where_the_file_was_looked_for(tmp_path, monkeypatch):
    monkeypatch.setattr(description, "FOLDER", tmp_path)
    wanted = r"^datasets: must hold the files that come with the program, got '.*{}'$"
    with pytest.raises(InputError, match=wanted.format("none.csv")):
        load_shop_log(tmp_path / "none.csv")
    with pytest.raises(InputError, match=wanted.format("customers.csv")):
        load_table("retail", "customers")


def test_unknown_names_are_refused_with_those_that_there_are():
    with pytest.raises(InputError, match=r"^dataset: must be one of shop, retail, .*, got 'retial'$"):
        load_dataset("retial")
    with pytest.raises(InputError, match=r"^table: must be one of customers, transactions, .*, got 'sales'$"):
        load_table("retail", "sales")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("key: [survey]", "key: [surveys]", r"retail.yaml:\d+:\d+: tables.surveys.key: must name a column"),
        ("currency: CNY", "currencies: CNY", r"retail.yaml:\d+:\d+: "),
        ("score, recommendation]", "score, recommended]", r"tables.surveys.columns: must name a column, got"),
    ],
)
def test_a_description_that_is_wrong_is_refused_with_its_place(tmp_path, monkeypatch, old, new, message):
    text = (description.DESCRIBED / "retail.yaml").read_text("utf-8")
    assert old in text
    (tmp_path / "retail.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    columns()
    monkeypatch.setattr(description, "DESCRIBED", tmp_path)
    with pytest.raises(InputError, match=message):
        describe.__wrapped__("retail")
