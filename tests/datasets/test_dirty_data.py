"""Dirty variants: what was planted is there, can be cleaned, and the check knows right from wrong."""

from __future__ import annotations

import re
import unicodedata

import pandas as pd
import pytest

from crmsim.datasets import FOLDER, check_cleaning, faults, load_table
from crmsim.datasets.dirty import SOURCES, clean_rows
from crmsim.errors import InputError

PLANTED = load_table("dirty", "planted")
TABLES = list(SOURCES)


def planted_in(name):
    return PLANTED[PLANTED["file"] == f"dirty/{name}.csv"]


def narrow(cell):
    return unicodedata.normalize("NFKC", cell).strip()


def a_day(cell):
    """A day as ISO text, written by hand for this test; "" for one that cannot be."""
    day, _, clock = narrow(cell).replace("T", " ").partition(" ")
    ways = (
        r"(?P<y>\d{4})-(?P<m>\d+)-(?P<d>\d+)", r"(?P<y>\d{4})/(?P<m>\d+)/(?P<d>\d+)",
        r"(?P<d>\d+)\.(?P<m>\d+)\.(?P<y>\d{4})", r"(?P<y>\d{4})年(?P<m>\d+)月(?P<d>\d+)日",
        r"(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)",
    )  # fmt: skip
    for way in ways:
        found = re.fullmatch(way, day)
        if found and int(found["y"]) < 2030:
            text = f"{found['y']}-{int(found['m']):02d}-{int(found['d']):02d}" + (
                f"T{clock}" if clock else ""
            )
            return text if pd.notna(pd.to_datetime(text, errors="coerce")) else ""
    return ""


def a_number(cell):
    cell = re.sub(r"[¥元/月]", "", narrow(cell))
    cell = cell.replace(",", "") if "." in cell else cell.replace(",", ".")
    return float(cell) if cell else None


def cleaned(name):
    """What a careful student would hand in: nothing here looks at the list of what was planted."""
    table = load_table("dirty", name).map(narrow)
    for column in table.columns.intersection(["customer", "transaction", "ticket"]):
        table[column] = table[column].str.upper().replace("N/A", "")
    for column in table.columns.intersection(["reason", "kind"]):
        table[column] = table[column].str.lower()
    for column in table.columns.intersection(["date", "joined", "ended", "opened", "closed"]):
        table[column] = table[column].map(a_day)
    for column in table.columns.intersection(["amount", "fee"]):
        table[column] = table[column].map(a_number)
    for first, last in (("joined", "ended"), ("opened", "closed")):
        if first in table:
            turned = (table[last] != "") & (table[last] < table[first])
            table.loc[turned, [first, last]] = table.loc[turned, [last, first]].to_numpy()
    if "currency" in table:
        table.loc[table["currency"] == "USD", "amount"] *= faults.FOREIGN_RATE
        table = table[table["amount"] > 0].drop(columns="currency")
    return table.drop_duplicates()


@pytest.mark.parametrize("name", TABLES)
def test_a_careful_cleaning_is_wholly_right(name):
    result = check_cleaning(name, cleaned(name))
    assert (result["planted"] == result["right"]).all(), result.to_string()
    assert result["planted"].sum() > 100 and (result["first_wrong"] == "").all()
    assert set(result.index) == {*planted_in(name)["fault"], "untouched", "stray"}


def raw(name):
    """The dirty table as it is, with cells that cannot be read left empty."""
    table = load_table("dirty", name)
    for column in table.columns.intersection(["date", "joined", "ended", "opened", "closed"]):
        iso = table[column].str.fullmatch(r"\d{4}-\d\d-\d\d(T[\d:]+)?")
        read = pd.to_datetime(table[column].where(iso), errors="coerce", format="ISO8601")
        table[column] = read
    for column in table.columns.intersection(["amount", "fee"]):
        table[column] = pd.to_numeric(table[column], errors="coerce")
    return table


@pytest.mark.parametrize("name", TABLES)
def test_doing_nothing_leaves_every_fault_that_can_be_repaired(name):
    result = check_cleaning(name, raw(name))
    assert result.loc["untouched", "planted"] == result.loc["untouched", "right"]
    remedies = planted_in(name).drop_duplicates("fault").set_index("fault")["remedy"]
    for fault, remedy in remedies.items():
        if remedy != "drop":
            # What is narrowed to digits by pandas itself is no longer a fault.
            allowed = result.loc[fault, "planted"] if fault == "full_width_digits" else 0
            assert result.loc[fault, "right"] <= allowed, fault
        elif remedy == "drop" and fault.startswith("future"):
            assert result.loc[fault, "right"] == 0


@pytest.mark.parametrize(
    ("spoil", "fault", "lost"),
    [
        (lambda t: t.drop(t.index[t["transaction"] == "T00004"]), "untouched", 1),
        (lambda t: pd.concat([t, t[t["transaction"] == "T00004"]]), "untouched", 1),
        (lambda t: t.assign(amount=t["amount"].mask(t["transaction"] == "T00004", 1.0)), "untouched", 1),
        (lambda t: pd.concat([t, t.tail(1).assign(transaction="X1")]), "stray", 1),
        (lambda t: t.assign(customer=t["customer"].replace("", "C0001")), "missing", 15),
        (lambda t: t.assign(date=t["date"].replace("", "2024-02-29")), "impossible_date", 8),
    ],
)
def test_the_check_sees_what_a_cleaning_has_spoilt(spoil, fault, lost):
    result = check_cleaning("retail_transactions", spoil(cleaned("retail_transactions")))
    assert result.loc[fault, "planted"] - result.loc[fault, "right"] == lost
    if fault == "untouched":
        assert result.loc[fault, "first_wrong"] == "T00004"


def test_rows_that_cannot_be_known_may_be_left_out_too():
    table = cleaned("retail_transactions")
    table = table[(table["customer"] != "") & (table["date"] != "")]
    result = check_cleaning("retail_transactions", table)
    assert (result["planted"] == result["right"]).all()


@pytest.mark.parametrize("name", TABLES)
def test_what_the_list_says_stands_in_the_file(name):
    lines = load_table("dirty", name)
    right, key = clean_rows(name).set_index(SOURCES[name].key), SOURCES[name].key
    for item in planted_in(name).fillna("").itertuples():
        found = lines.loc[item.line - 2]
        if item.remedy != "set_apart":
            assert narrow(found[key]).upper() == item.row
        if item.column:
            assert found[item.column] == item.written
        if item.right:
            assert right.loc[item.row, item.column] == item.right != item.written
    assert planted_in(name)["line"].is_unique and planted_in(name)["row"].is_unique


@pytest.mark.parametrize("name", TABLES)
def test_what_is_not_on_the_list_was_not_touched(name):
    lines, right = load_table("dirty", name), clean_rows(name)
    hit = planted_in(name)["line"] - 2
    rest = lines.drop(index=hit)
    key = SOURCES[name].key
    same = rest.merge(right, on=list(right.columns), how="left", indicator=True)
    assert (same["_merge"] == "both").all()
    added = planted_in(name)["remedy"].isin(["merge", "set_apart"]).sum()
    assert len(lines) == len(right) + added
    assert set(right[key]) - set(rest[key]) == set(
        planted_in(name).loc[~planted_in(name)["remedy"].isin(["merge", "set_apart"]), "row"]
    )


def test_lines_are_those_of_the_file_itself():
    text = (FOLDER / "dirty" / "retail_transactions.csv").read_text("utf-8").split("\n")
    for item in planted_in("retail_transactions").itertuples():
        if item.fault == "slashed_date":
            assert item.written in text[item.line - 1]


def test_the_check_refuses_what_it_cannot_read():
    table = cleaned("retail_transactions")
    with pytest.raises(InputError, match=r"^name: must be one of retail_transactions, .*, got 'retail'$"):
        check_cleaning("retail", table)
    with pytest.raises(InputError, match=r"^cleaned: must have the column, got 'amount'$"):
        check_cleaning("retail_transactions", table.drop(columns="amount"))
    with pytest.raises(InputError, match=r"^cleaned.date: must be of type date \("):
        check_cleaning("retail_transactions", table.assign(date="5 March"))
    with pytest.raises(InputError, match=r"^cleaned.amount: must be of type number \("):
        check_cleaning("retail_transactions", load_table("dirty", "retail_transactions").assign(date=None))
