"""Which cells to mail: break-even response and what a mailing can be expected to earn (Hughes).

A letter costs money whether it is answered or not, as bait does. It pays where the share of those who
answer times what an answer earns exceeds what the letter costs. A test mailing to a sample tells the
response of each cell; the roll-out goes to the cells above break-even.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from crmsim.audit.columns import number_column, same_length
from crmsim.errors import InputError

__all__ = ["break_even_response", "mailing_profit", "mailing_table"]


def break_even_response(unit_cost: ArrayLike, unit_profit: ArrayLike) -> np.ndarray | float:
    """Return the response rate at which a mailing earns what it costs.

    Parameters
    ----------
    unit_cost : array or float
        Cost of one letter, in currency, 0 or more.
    unit_profit : array or float
        What one response earns before that cost, in currency, above 0.

    Returns
    -------
    array or float
        Unit cost / unit profit. Above 1 where even a response from everybody does not pay.

    Raises
    ------
    InputError
        When a cost is negative, a profit not above 0, or one of them not finite.

    Examples
    --------
    >>> round(float(break_even_response(1.0, 21.0)), 6)
    0.047619
    """
    cost, profit = np.asarray(unit_cost, dtype=float), np.asarray(unit_profit, dtype=float)
    if not (np.isfinite(cost) & (cost >= 0.0)).all():
        raise InputError("unit_cost", "must be finite and at least 0", unit_cost)
    if not (np.isfinite(profit) & (profit > 0.0)).all():
        raise InputError("unit_profit", "must be finite and above 0", unit_profit)
    rate = cost / profit
    return float(rate) if rate.ndim == 0 else rate


def mailing_table(
    cells: ArrayLike, responded: ArrayLike, *, unit_cost: float, unit_profit: float
) -> pd.DataFrame:
    """Return for each cell of a test mailing how it answered, and whether to mail it.

    Parameters
    ----------
    cells : array of str
        The cell of every customer who got a letter.
    responded : array of bool or 0/1
        Who answered.
    unit_cost, unit_profit : float
        As in :func:`break_even_response`.

    Returns
    -------
    DataFrame
        Indexed by cell, the best response first: ``mailed``, ``responses``, ``response_rate`` (0 to 1),
        ``break_even_index`` (percent above or below the break-even rate; nan where letters cost
        nothing), ``profit_per_letter`` (currency) and ``mail``, whether the rate is at or above
        break-even. Rates of small cells are mostly chance: look at ``mailed``. The break-even rate itself
        is ``attrs["break_even"]``.

    Raises
    ------
    InputError
        When somebody has neither answered nor not, or columns differ in length.

    Examples
    --------
    >>> table = mailing_table(["555", "555", "111", "111"], [1, 0, 0, 0], unit_cost=1.0, unit_profit=21.0)
    >>> table["mail"].to_dict(), round(float(table.loc["555", "profit_per_letter"]), 2)
    ({'555': True, '111': False}, 9.5)
    """
    break_even = float(break_even_response(unit_cost, unit_profit))
    answers, names = number_column("responded", responded), np.asarray(cells, dtype=object)
    same_length("cells", names, answers)
    if not np.isin(answers, (0.0, 1.0)).all():
        raise InputError("responded", "must be 0 or 1, or false or true, for every customer")
    table = (
        pd.DataFrame({"cell": names, "responses": answers}).groupby("cell")["responses"].agg(["size", "sum"])
    )
    table = table.rename(columns={"size": "mailed", "sum": "responses"}).astype({"responses": int})
    rate = table["responses"] / table["mailed"]
    table["response_rate"] = rate
    table["break_even_index"] = 100.0 * (rate / break_even - 1.0) if break_even > 0.0 else np.nan
    table["profit_per_letter"] = rate * unit_profit - unit_cost
    table["mail"] = rate >= break_even
    table = table.sort_values("response_rate", ascending=False, kind="stable")
    table.attrs["break_even"] = break_even
    return table


def mailing_profit(
    customers: ArrayLike, response_rate: ArrayLike, *, unit_cost: float, unit_profit: float
) -> np.ndarray:
    """Return what mailing each cell can be expected to earn.

    Parameters
    ----------
    customers : array
        Customers of each cell, 0 or more.
    response_rate : array
        Expected response of each, 0 to 1, for instance from a test.
    unit_cost, unit_profit : float
        As in :func:`break_even_response`.

    Returns
    -------
    array
        Currency: customers x (response rate x unit profit - unit cost).

    Raises
    ------
    InputError
        When a number of customers is negative or a rate is not from 0 to 1.

    Examples
    --------
    >>> mailing_profit([1000, 1000], [0.06, 0.04], unit_cost=1.0, unit_profit=21.0).round(6).tolist()
    [260.0, -160.0]
    """
    break_even_response(unit_cost, unit_profit)
    people, rates = number_column("customers", customers), number_column("response_rate", response_rate)
    same_length("response_rate", rates, people)
    if not (people >= 0.0).all():
        raise InputError("customers", "must be at least 0", float(people.min()))
    if not ((rates >= 0.0) & (rates <= 1.0)).all():
        raise InputError("response_rate", "must be from 0 to 1", float(rates[np.argmax(np.abs(rates - 0.5))]))
    return people * (rates * unit_profit - unit_cost)
