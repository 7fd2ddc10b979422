"""Lab 9: a log as it comes from practice is cleaned, and then audited."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import pandas as pd

from crmsim.datasets.dirty import check_cleaning, clean_rows, dirty_variant
from crmsim.datasets.faults import FOREIGN_RATE
from crmsim.errors import InputError
from crmsim.teaching.lab_checks import LabCheck, Passed, close, short
from crmsim.text import say
from crmsim.text.problems import said

__all__ = ["LAST_DAY", "RATE", "check_amounts", "check_audit", "check_clean", "check_days", "dirty_log"]

_TABLE = "retail_transactions"
#: No row can be later.
LAST_DAY = pd.Timestamp("2024-12-31")
#: CNY for one USD, made for the exercise.
RATE = FOREIGN_RATE
#: Rows of a kind of fault that may stay wrong: a cell may be read in two ways.
_LEFT = 0.02
#: Which sentence explains which fault that is left.
_WHY = {
    "duplicate": "copies", "near_duplicate": "copies", "return": "returns", "missing": "nobody",
    "missing_by_a_word": "nobody", "impossible_date": "no_day", "future_date": "no_day",
    "trailing_blanks": "names", "other_case": "names", "untouched": "untouched", "stray": "stray",
    "slashed_date": "days", "dotted_date": "days", "chinese_date": "days", "compact_date": "days",
}  # fmt: skip


@lru_cache(maxsize=8)
def _variant(seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    return dirty_variant(_TABLE, seed)


def dirty_log(seed: int) -> pd.DataFrame:
    """Return a shop's log, all of it text: ``transaction``, ``customer``, ``date``, ``amount``, ``currency``.

    Examples
    --------
    >>> dirty_log(1).columns.to_list()
    ['transaction', 'customer', 'date', 'amount', 'currency']
    """
    return _variant(seed)[0].copy()


def _cells(seed: int, column: str) -> pd.DataFrame:
    """Return each spoilt cell of a column beside what stood there before."""
    dirty, planted = _variant(seed)
    rows = planted[planted["column"] == column]
    return rows.assign(currency=dirty["currency"].to_numpy()[rows["line"].to_numpy() - 2])


def check_days(names: Mapping[str, Any], lang: str, seed: int | None = None) -> Passed:
    """Check the function that reads a day, on every way of writing in the log."""
    check = LabCheck("clean_days", names, lang)
    cells = _cells(check.seed(seed), "date").query("fault != 'future_date'")
    for written, right, fault in cells[["written", "right", "fault"]].itertuples(index=False):
        given = _day(check, written)
        if fault == "impossible_date":
            if not pd.isna(given):
                check.fail("impossible", written=written, given=f"{given:%Y-%m-%d}")
            continue
        truth = pd.Timestamp(right)
        if pd.isna(given):
            check.fail("given_up", written=written)
        if given != truth:
            exchanged = (given.month, given.day) == (truth.day, truth.month)
            slip = "exchanged" if exchanged else "hint"
            check.fail(slip, written=written, given=f"{given:%Y-%m-%d}", right=f"{truth:%Y-%m-%d}")
    return check.passed(n=len(cells))


def _day(check: LabCheck, written: str) -> pd.Timestamp:
    """Return the day that the student's function reads; it may say with None or NaT that there is none."""
    function = check.value("read_day")
    if not callable(function):
        check.call("read_day")  # says so
    try:
        answer = function(written)
        knows_any = answer is not None or function("2024-03-05") is not None
    except Exception as error:
        check.fail("raises", written=written, problem=f"{type(error).__name__}: {error}")
    if answer is Ellipsis or not knows_any:
        check.refuse(say("lab.answer.returns_nothing", check.lang, name="read_day"))
    try:
        day = pd.Timestamp(answer)
    except (TypeError, ValueError):
        check.fail("no_day", written=written, given=short(answer))
    return pd.NaT if day is pd.NaT else day.normalize()


def check_amounts(names: Mapping[str, Any], lang: str, seed: int | None = None) -> Passed:
    """Check the function that reads an amount in CNY, on every way of writing in the log."""
    check = LabCheck("clean_amounts", names, lang)
    cells = _cells(check.seed(seed), "amount")
    plain = {"written": "1234.50", "right": "1234.50", "fault": "none", "currency": "CNY"}
    for row in [plain, *cells.to_dict("records")]:
        answer = check.call("read_amount", row["written"], row["currency"])
        given = check.as_number(f"read_amount({row['written']!r}, {row['currency']!r})", answer)
        right = float(row["right"])
        if close(given, right, 0.0005, 0.036 if row["currency"] == "USD" else 0.005):
            continue
        ratio = given / right
        slip = "hint"
        if row["currency"] == "USD":
            slip = "not_changed" if close(ratio, 1 / RATE, 0.01) else "divided"
        elif math.isclose(ratio, 100.0, rel_tol=0.01):
            slip = "comma"
        elif ratio < 0.5 and row["fault"] == "thousands_separator":
            slip = "thousands"
        check.fail(slip, written=row["written"], given=f"{given:g}", right=f"{right:g}")
    return check.passed(n=len(cells) + 1)


def check_clean(names: Mapping[str, Any], lang: str, seed: int | None = None) -> Passed:
    """Check the cleaned log against what was planted, fault by fault; explain the first kind that is left."""
    check = LabCheck("clean_table", names, lang)
    dirty, planted = _variant(check.seed(seed))
    cleaned = check.call("clean", dirty.copy())
    if not isinstance(cleaned, pd.DataFrame):
        check.fail("no_table", given=type(cleaned).__name__)
    try:
        found = check_cleaning(_TABLE, cleaned, planted)
    except InputError as error:
        check.fail("refused", problem=said(error, lang))
    # Rows that are lost or changed for no reason explain all the rest.
    order = ["untouched", "stray", *(fault for fault in found.index if fault not in ("untouched", "stray"))]
    for fault, row in found.loc[order].iterrows():
        wrong = int(row["planted"] - row["right"])
        if wrong > _LEFT * row["planted"]:
            slip = _WHY.get(str(fault), "amounts")
            check.fail(slip, n=wrong, planted=int(row["planted"]), first=row["first_wrong"], fault=fault)
    return check.passed(n=int(found["planted"].iloc[:-2].sum()))


def check_audit(names: Mapping[str, Any], lang: str) -> Passed:
    """Check revenue and the best customers of the cleaned log."""
    check = LabCheck("clean_audit", names, lang)
    dirty, planted = _variant(check.seed())
    right = clean_rows(_TABLE)
    unknown = set(planted.loc[planted["remedy"] == "drop", "row"])
    kept = right[~right["transaction"].isin(unknown)].assign(amount=lambda rows: rows["amount"].astype(float))
    revenue = float(kept["amount"].sum())
    copies = set(planted.loc[planted["remedy"] == "merge", "row"])
    returns = set(planted.loc[planted["remedy"] == "set_apart", "row"].str.replace("R", "T", n=1))
    dollars = kept["transaction"].isin(planted.loc[planted["fault"] == "foreign_currency", "row"])
    twice, back = (kept.loc[kept["transaction"].isin(who), "amount"].sum() for who in (copies, returns))
    plain = pd.to_numeric(dirty["amount"], errors="coerce").sum()
    slips = {
        "copies": revenue + twice,
        "returns": revenue - back,
        "dollars": revenue - kept.loc[dollars, "amount"].sum() * (1 - 1 / RATE),
        "unknown": float(right["amount"].astype(float).sum()),
        "plain": float(plain),
    }
    check.expect("revenue", check.number("revenue"), revenue, slips, _near)
    by_customer = kept.groupby("customer")["amount"].sum().sort_values(ascending=False)
    best = list(by_customer.index[:10])
    answer = check.value("best_ten")
    if isinstance(answer, pd.Series | pd.DataFrame) and answer.index.isin(by_customer.index).all():
        answer = answer.index  # their revenue, by customer
    try:
        given = [str(who) for who in (answer if not isinstance(answer, str) else [answer])]
    except TypeError:
        check.fail("ten", found=0)
    if len(given) != 10 or len(set(given)) != 10:
        check.fail("ten", found=len(set(given)))
    if not set(given) <= set(by_customer.index):
        check.fail("names", who=next(who for who in given if who not in by_customer.index))
    if len(set(given) & set(best)) < 10:
        orders = kept["customer"].value_counts()
        if len(set(given) & set(orders.index[:10])) >= 9:
            check.fail("orders")
        check.fail("others", who=next(who for who in given if who not in best))
    lost = 100.0 * (plain / revenue - 1.0)
    return check.passed(revenue=f"{revenue:,.0f}", plain=f"{plain:,.0f}", off=f"{lost:+.1f}")


def _near(one: float, other: float) -> bool:
    return close(one, other, 0.0003)
