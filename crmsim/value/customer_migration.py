"""Customers who skip a year, followed as a cohort: Dwyer's customer migration model.

Two kinds of relationship: whoever leaves a bank is *lost for good*, and retention says it all. Whoever
buys no jacket from a catalogue this year may buy one next year: such a customer is *always a share*
of somebody, and what counts is how long ago they last bought. Here a cohort moves through cells of
recency from year to year; from the last cell, who does not buy is given up. With a single cell that
is the retention model.

Dwyer (1989), Customer Lifetime Valuation to Support Marketing Decision Making, Journal of Direct
Marketing 3(4), 8-15; Berger & Nasr (1998), case 5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmsim.errors import InputError, whole_number
from crmsim.value.checks import checked
from crmsim.value.money import Flow, same_currency, same_date, same_period
from crmsim.value.rates import DiscountRate
from crmsim.value.valuation import Valuation

__all__ = ["CohortMigration", "customer_migration"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class CohortMigration:
    """A cohort on its way through the cells.

    Attributes
    ----------
    table : DataFrame
        Indexed by period, from 0 (the purchase by which all became customers): ``buyers``,
        ``promoted`` (customers to whom was promoted in the period), ``given_up`` (who left the last
        cell at its end), and in money of the date of value ``contribution``, ``promotion`` (a cost,
        positive), and ``cumulative``, their difference summed up so far.
    cells : DataFrame
        Customers at the end of each period by recency, from 1 (bought in it).
    clv : Valuation
        Value per customer of the cohort, the first purchase included.
    """

    table: pd.DataFrame
    cells: pd.DataFrame
    clv: Valuation


def customer_migration(
    purchase_probability: npt.ArrayLike,
    contribution: Flow,
    promotion: Flow,
    discount: DiscountRate,
    *,
    periods: int,
    customers: float = 1.0,
    promotion_time: float = 0.5,
) -> CohortMigration:
    """Follow a cohort of buyers and value it.

    Parameters
    ----------
    purchase_probability : array_like of float, shape (cells,) or (periods, cells)
        Chance to buy in a period by recency, of those who bought in the period before first; the same
        in all periods, or a row for each.
    contribution : Flow
        Of a customer who buys, at the end of the period; of the first purchase, now.
    promotion : Flow
        Per customer in any cell, above 0.
    discount : DiscountRate
    periods : int
        Horizon, 0 or more.
    customers : float
        How many begin, above 0.
    promotion_time : float
        When in the period promotion is paid, 0 (beginning) to 1 (end); half-way in the literature.

    Returns
    -------
    CohortMigration

    Raises
    ------
    InputError
        Chances out of range or not one row a period; periods, currencies or dates differ.

    Examples
    --------
    >>> path = customer_migration(
    ...     [0.4, 0.2], Flow(50, "USD", "year"), Flow(5, "USD", "year"), DiscountRate(0.2, "year"),
    ...     periods=3, customers=1000,
    ... )
    >>> path.table["buyers"].round(1).to_list()
    [1000.0, 400.0, 280.0, 160.0]
    >>> path.cells.loc[2].round(1).to_list()
    [280.0, 240.0]
    """
    per = same_period(contribution=contribution, promotion=promotion, discount=discount)
    last = whole_number("periods", periods, 0, 100_000)
    many = float(checked("customers", customers, 0, above=True))
    chances = _by_period(purchase_probability, last)
    until = float(checked("promotion_time", promotion_time, 0, 1))
    cells = _cells(chances, many)
    promoted = np.append(0.0, cells[:-1].sum(axis=1))
    times = np.arange(last + 1)
    earned = contribution.amount * cells[:, 0] * discount.factor(times, per)
    spent = promotion.amount * promoted * discount.factor(times - 1 + until, per)
    index = pd.Index(times, name="period")
    table = pd.DataFrame(
        {
            "buyers": cells[:, 0],
            "promoted": promoted,
            "given_up": np.append(0.0, -np.diff(cells.sum(axis=1))),
            "contribution": earned,
            "promotion": spent,
            "cumulative": np.cumsum(earned - spent),
        },
        index=index,
    )
    clv = Valuation(
        value=table["cumulative"].iloc[-1] / many,
        currency=same_currency(contribution=contribution, promotion=promotion),
        date_of_value=same_date(contribution=contribution, promotion=promotion),
        horizon=float(last),
        per=per,
        discount=discount,
        timing=f"first purchase now, promotion after {until:g} of each period",
        method="customer migration (Dwyer)",
    )
    recency = pd.Index(range(1, cells.shape[1] + 1), name="recency")
    return CohortMigration(table, pd.DataFrame(cells, index=index, columns=recency), clv)


def _by_period(purchase_probability: npt.ArrayLike, periods: int) -> Array:
    """Return a row of chances for each period."""
    chances = np.asarray(checked("purchase_probability", purchase_probability, 0, 1))
    if chances.ndim == 1 and chances.size:
        chances = np.broadcast_to(chances, (periods, chances.size))
    if chances.ndim != 2 or chances.shape[0] != periods or chances.shape[1] == 0:
        problem = f"must be one chance a recency cell, or a row of them for each of {periods} periods"
        raise InputError("purchase_probability", problem, chances.shape)
    return chances


def _cells(chances: Array, customers: float) -> Array:
    """Return the customers in each cell at the end of each period, from 0."""
    cells = np.zeros((len(chances) + 1, chances.shape[1]))
    cells[0, 0] = customers
    for period, chance in enumerate(chances, start=1):
        before = cells[period - 1]
        cells[period, 0] = before @ chance
        cells[period, 1:] = (before * (1.0 - chance))[:-1]
    return cells
