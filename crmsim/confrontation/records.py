"""What a firm has on the day on which it values its customers: its log, and its own numbers.

A shopkeeper who does the books on the last day of June has the receipts until then, knows the margin
and the interest of the bank, and nothing else. Methods get this and no more, so none can look ahead or
into people's heads; a test holds that these modules cannot even import the simulator.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmsim.errors import InputError
from crmsim.rfm import rfm_summary
from crmsim.value import DiscountRate

__all__ = ["YEAR", "FirmRecords"]

#: Days in a year of discounting.
YEAR = 365.0
Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class FirmRecords:
    """A firm's records on a day of review.

    Attributes
    ----------
    transactions : DataFrame
        ``customer``, ``date`` and ``amount`` as from :func:`crmsim.transactions.read_transactions`;
        only purchases before the day of review.
    review : date
        The first day that is not in the log; values are as of its beginning.
    days_ahead : int
        The horizon: value is what comes in so many days from the day of review on; above 0.
    margin : float
        Share of revenue that is earned, above 0 and up to 1.
    annual_discount_rate : float
        Per year, compounding yearly, 0 or more.
    currency : str
        Of the amounts and of every value.
    renewal_days : int, optional
        Length of a contract period, where customers have contracts and pay once in a period; nobody
        knows who is gone without one.

    Raises
    ------
    InputError
        When there is no purchase before the day of review, one on it or later, or a number is out of
        range.

    Examples
    --------
    >>> log = pd.DataFrame({"customer": ["ada", "ada", "ben"], "amount": [10.0, 30.0, 20.0],
    ...                     "date": pd.to_datetime(["2024-01-01", "2025-03-01", "2025-03-01"])})
    >>> books = FirmRecords(log, datetime.date(2025, 7, 1), 365, 0.4, 0.1, "CNY")
    >>> books.revenue.to_dict(), books.last_year.to_dict()
    ({'ada': 40.0, 'ben': 20.0}, {'ada': 30.0, 'ben': 20.0})
    """

    transactions: pd.DataFrame
    review: datetime.date
    days_ahead: int
    margin: float
    annual_discount_rate: float
    currency: str
    renewal_days: int | None = None

    def __post_init__(self) -> None:
        if not self.days_ahead > 0:
            raise InputError("days_ahead", "must be above 0", self.days_ahead)
        if not 0.0 < self.margin <= 1.0:
            raise InputError("margin", "must be above 0 and up to 1 (share of revenue)", self.margin)
        if not 0.0 <= self.annual_discount_rate < np.inf:
            problem = "must be finite and at least 0 (per year)"
            raise InputError("annual_discount_rate", problem, self.annual_discount_rate)
        if self.renewal_days is not None and not self.renewal_days > 0:
            raise InputError("renewal_days", "must be above 0", self.renewal_days)
        if self.transactions.empty:
            raise InputError("transactions", "must have a purchase before the day of review")
        if self.transactions["date"].max() >= pd.Timestamp(self.review):
            raise InputError(
                "transactions", f"must be before the day of review ({self.review})",
                f"{self.transactions['date'].max():%Y-%m-%d}",
            )  # fmt: skip

    @cached_property
    def customers(self) -> pd.Index:
        """Whom to value: with contracts those who have one on the day, otherwise everybody in the log."""
        if self.renewal_days is None:
            return self.revenue.index
        spells = self.spells
        return pd.Index(spells.loc[~spells["lost"], "customer"].sort_values(), name="customer")

    @cached_property
    def revenue(self) -> pd.Series:
        """Revenue so far of everybody in the log, in `currency`."""
        return self.transactions.groupby("customer")["amount"].sum()

    @cached_property
    def last_year(self) -> pd.Series:
        """Revenue in the 365 days before the day of review of everybody in the log."""
        return self.revenue_between(-YEAR, 0.0)

    def revenue_between(self, first: float, last: float) -> pd.Series:
        """Return everybody's revenue from one day to before another, counted from the day of review."""
        day = self.days_since_review
        inside = self.transactions[(day >= first) & (day < last)]
        revenue = inside.groupby("customer")["amount"].sum()
        return revenue.reindex(self.revenue.index, fill_value=0.0)

    @property
    def days_since_review(self) -> Array:
        """Of each transaction; below 0."""
        since = self.transactions["date"] - pd.Timestamp(self.review)
        return since.dt.days.to_numpy(dtype=float)

    @cached_property
    def summary(self) -> pd.DataFrame:
        """Frequency, recency, T (weeks) and monetary value of everybody in the log, by customer."""
        last_day = self.review - datetime.timedelta(days=1)
        return rfm_summary(self.transactions, observation_end=last_day)

    @cached_property
    def spells(self) -> pd.DataFrame:
        """Contracts: one row for each uninterrupted one.

        ``customer``; ``periods`` begun or refused after the first (chances to leave that are over);
        ``lost``, whether the contract ended; ``fee`` paid last; ``due_in`` days from the day of review
        to the next payment (of contracts that go on).
        """
        length = pd.Timedelta(days=self._period)
        paid = self.transactions.sort_values(["customer", "date"], kind="stable")
        gap = paid.groupby("customer")["date"].diff()
        number = (gap.isna() | (gap > length)).cumsum().to_numpy()
        spells = paid.groupby(number).agg(
            customer=("customer", "first"),
            payments=("date", "size"),
            last=("date", "max"),
            fee=("amount", "last"),
        )
        due = (spells["last"] + length - pd.Timestamp(self.review)).dt.days
        ended = (due < 0).to_numpy()
        return pd.DataFrame(
            {
                "customer": spells["customer"],
                "periods": spells["payments"] - 1 + ended,
                "lost": ended,
                "fee": spells["fee"],
                "due_in": due,
            }
        ).reset_index(drop=True)

    @property
    def _period(self) -> int:
        if self.renewal_days is None:
            raise InputError("renewal_days", "must be given: without contracts nobody has a spell")
        return self.renewal_days

    @cached_property
    def rate(self) -> DiscountRate:
        """The discount rate, per year."""
        return DiscountRate(self.annual_discount_rate, "year")

    def discount(self, days: npt.ArrayLike) -> Array:
        """Return what a unit of currency so many days after the day of review is worth on it."""
        return np.asarray(self.rate.factor(days, "day"))
