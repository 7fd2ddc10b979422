"""What customers without a contract are worth: expected purchases, times spend, times margin, today.

A mail-order house cannot count renewals. It can say how many more orders to expect of a customer, put
a price on each, and discount them (Fader, Hardie & Lee 2005). Many histories come to the same value:
bought often but not lately, or seldom but last week. Lines through equal values are iso-value curves.

Fader, Hardie & Lee (2005), RFM and CLV: Using Iso-Value Curves for Customer Base Analysis, Journal of
Marketing Research 42(4), 415-430.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmsim.errors import InputError
from crmsim.estimators.checks import check_rate, checked
from crmsim.estimators.gamma_gamma import GammaGamma
from crmsim.estimators.repeat_purchases import RepeatPurchaseModel
from crmsim.rfm import checked_unit, summary_columns

__all__ = [
    "PERIODS_PER_YEAR",
    "ResidualValues",
    "clv_by_code",
    "continuous_rate",
    "iso_value_table",
    "residual_values",
    "tercile_codes",
]

PERIODS_PER_YEAR: dict[str, float] = {"day": 365.0, "week": 52.0}
"""Units of time in a year of discounting, as the literature counts them."""


@dataclass(frozen=True)
class ResidualValues:
    """Residual CLV of each customer of a base, and on what terms.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a customer: ``dert`` (discounted expected residual transactions), ``expected_spend`` a
        purchase, and ``clv`` = margin x expected spend x DERT.
    currency : str or None
        Of spend and CLV, as the spend model says.
    margin : float
        Share of spend that is earned.
    annual_discount_rate : float
    delta : float
        The same, continuous, per `unit` of the purchase model.
    unit : {"week", "day"}
    horizon : str
        ``"infinite"``.
    timing : str
        Purchases are discounted continuously to the end of observation; what was bought before it does
        not count.

    Examples
    --------
    See `residual_values`.
    """

    table: pd.DataFrame
    currency: str | None
    margin: float
    annual_discount_rate: float
    delta: float
    unit: str
    horizon: str = "infinite"
    timing: str = "each purchase at its moment, continuously from the end of observation"

    @property
    def total(self) -> float:
        """Value of the whole base, in `currency`."""
        return float(self.table["clv"].sum())


def residual_values(
    purchases: RepeatPurchaseModel,
    spend: GammaGamma,
    summary: pd.DataFrame,
    *,
    margin: float,
    annual_discount_rate: float,
    periods_per_year: float | None = None,
) -> ResidualValues:
    """Residual CLV of each customer: DERT x expected spend x margin.

    Assumes, as both models do, that what somebody spends does not depend on how often they buy.

    Parameters
    ----------
    purchases : BgNbd, MbgNbd or ParetoNbd
    spend : GammaGamma
    summary : pandas.DataFrame
        Columns ``frequency``, ``recency``, ``T`` and ``monetary_value``, as from
        `crmsim.rfm.rfm_summary`; not changed.
    margin : float
        Share of spend that is earned, above 0 and up to 1.
    annual_discount_rate : float
        Per year, above 0, as 0.15.
    periods_per_year : float, optional
        Units of the purchase model in a year; default `PERIODS_PER_YEAR` (52 weeks, 365 days).

    Returns
    -------
    ResidualValues

    Raises
    ------
    InputError
        A column is missing, a history is impossible, or a rate, the margin or the mean spend is out
        of range (a Gamma-Gamma with q at most 1 has no mean for those who never came back).

    Examples
    --------
    >>> from crmsim.estimators import ParetoNbd
    >>> base = pd.DataFrame({"frequency": [0, 7], "recency": [0, 35.0], "T": 77.86,
    ...                      "monetary_value": [0, 40.0]})
    >>> purchases = ParetoNbd(r=0.563, alpha=12.559, s=0.408, beta=10.515)
    >>> spend = GammaGamma(6.25, 3.74, 15.44, "USD")
    >>> values = residual_values(purchases, spend, base, margin=0.3, annual_discount_rate=0.15)
    >>> print(values.table.round(2), values.currency)
       dert  expected_spend    clv
    0  0.37           35.22   3.87
    1  1.87           39.72  22.30 USD
    """
    if not 0 < margin <= 1:
        raise InputError("margin", "must be above 0 and up to 1 (share of spend)", margin)
    delta = continuous_rate(annual_discount_rate, purchases.unit, periods_per_year)
    x, t_x, T, m = summary_columns(summary, ["frequency", "recency", "T", "monetary_value"])
    dert = purchases.discounted_expected_residual_transactions(delta, x, t_x, T)
    expected = spend.conditional_expected_spend(x, m)
    if np.isinf(expected).any():
        problem = "must have a mean: q above 1; fit it to more repeat buyers, or take out the largest amounts"
        raise InputError("spend", problem, f"q = {spend.q:.3g}")
    table = pd.DataFrame(
        {"dert": dert, "expected_spend": expected, "clv": margin * expected * dert}, index=summary.index
    )
    return ResidualValues(table, spend.currency, margin, annual_discount_rate, delta, purchases.unit)


def continuous_rate(annual_discount_rate: float, unit: str, periods_per_year: float | None = None) -> float:
    """Continuous discount rate per unit of time: the logarithm of 1 + annual rate, divided among the units.

    Parameters
    ----------
    annual_discount_rate : float
        Per year, above 0.
    unit : {"week", "day"}
    periods_per_year : float, optional
        Units in a year, above 0; default `PERIODS_PER_YEAR`.

    Returns
    -------
    float
        Above 0, per `unit`.

    Raises
    ------
    InputError
        A value is out of range.

    Examples
    --------
    >>> round(continuous_rate(0.15, "week"), 7)
    0.0026877
    """
    check_rate("annual_discount_rate", annual_discount_rate)
    periods = PERIODS_PER_YEAR[checked_unit(unit)] if periods_per_year is None else periods_per_year
    check_rate("periods_per_year", periods)
    return float(np.log1p(annual_discount_rate) / periods)


def iso_value_table(
    purchases: RepeatPurchaseModel, delta: float, frequency: npt.ArrayLike, recency: npt.ArrayLike, T: float
) -> pd.DataFrame:
    """DERT over a grid of histories of one length: where it is level, histories are worth the same.

    Parameters
    ----------
    purchases : BgNbd, MbgNbd or ParetoNbd
    delta : float
        Continuous discount rate per unit of the model, above 0.
    frequency : array_like of int
        Repeat purchases, from 0.
    recency : array_like
        First to last purchase, from 0 to `T`, in the model's unit.
    T : float
        First purchase to now.

    Returns
    -------
    pandas.DataFrame
        Rows by ``frequency``, columns by ``recency``; NaN where the two contradict each other (no
        repeat purchase but a recency, or the reverse).

    Raises
    ------
    InputError
        A value is out of range.

    Examples
    --------
    The more often somebody bought, the worse a long silence:

    >>> from crmsim.estimators import ParetoNbd
    >>> cdnow = ParetoNbd(r=0.563, alpha=12.559, s=0.408, beta=10.515)
    >>> table = iso_value_table(cdnow, 0.0027, [1, 7, 14], [30, 75], 77.86)
    >>> print(table.round(1))  # doctest: +NORMALIZE_WHITESPACE
    recency     30    75
    frequency
    1          2.2   3.8
    7          0.8  18.2
    14         0.0  35.0
    """
    (counts,), (last,) = checked(None, frequency=frequency), checked(None, recency=recency)
    counts, last = np.atleast_1d(counts), np.atleast_1d(last)
    x, t_x = np.meshgrid(counts, last, indexing="ij")
    possible = (x > 0) == (t_x > 0)
    value = np.full(x.shape, np.nan)
    histories = x[possible], t_x[possible], T
    value[possible] = purchases.discounted_expected_residual_transactions(delta, *histories)
    rows = pd.Index(np.atleast_1d(frequency), name="frequency")
    return pd.DataFrame(value, rows, pd.Index(np.atleast_1d(recency), name="recency"))


def tercile_codes(summary: pd.DataFrame) -> pd.DataFrame:
    """RFM codes of Fader, Hardie & Lee (2005): 0 without a repeat purchase, others 1 to 3 by terciles.

    Each measure is cut by itself into thirds of equally many customers, 3 being the best. Where
    customers are equal in it, the more recent ones rank higher, then the more frequent, then the
    bigger spenders; this gives the published table.

    Parameters
    ----------
    summary : pandas.DataFrame
        Columns ``frequency``, ``recency``, ``T`` and ``monetary_value``, one row a customer.

    Returns
    -------
    pandas.DataFrame
        ``recency``, ``frequency`` and ``monetary``, whole numbers from 0 to 3. Recency here is how lately:
        ``T - recency`` is short.

    Raises
    ------
    InputError
        A column is missing.

    Examples
    --------
    >>> base = pd.DataFrame({"frequency": [0, 1, 2, 9], "recency": [0, 5, 30, 20], "T": 39,
    ...                      "monetary_value": [0, 50.0, 20.0, 30.0]})
    >>> print(tercile_codes(base))
       recency  frequency  monetary
    0        0          0         0
    1        1          1         3
    2        3          2         1
    3        2          3         2
    """
    frequency, recency, T, spend = summary_columns(summary, ["frequency", "recency", "T", "monetary_value"])
    came_back = np.flatnonzero(frequency > 0)
    measures = {"recency": recency - T, "frequency": frequency, "monetary": spend}
    values = {name: column.to_numpy()[came_back] for name, column in measures.items()}
    codes = pd.DataFrame(0, summary.index, list(measures))
    for name in measures:
        order = np.lexsort((values["monetary"], values["frequency"], values["recency"], values[name]))
        thirds = np.empty(len(order), dtype=np.int64)
        thirds[order] = 1 + 3 * np.arange(len(order)) // max(len(order), 1)
        codes.iloc[came_back, codes.columns.get_loc(name)] = thirds
    return codes


def clv_by_code(codes: pd.DataFrame, clv: pd.Series) -> pd.DataFrame:
    """Mean CLV by the code of each measure, taken one at a time.

    Parameters
    ----------
    codes : pandas.DataFrame
        One column a measure, one row a customer, as from `tercile_codes`.
    clv : pandas.Series
        Of the same customers.

    Returns
    -------
    pandas.DataFrame
        Rows by ``code``, one column a measure; NaN where nobody has a code.

    Raises
    ------
    InputError
        The customers are not the same.

    Examples
    --------
    >>> codes = pd.DataFrame({"recency": [0, 1, 1], "frequency": [0, 1, 2]})
    >>> print(clv_by_code(codes, pd.Series([4.0, 10.0, 30.0])))  # doctest: +NORMALIZE_WHITESPACE
          recency  frequency
    code
    0         4.0        4.0
    1        20.0       10.0
    2         NaN       30.0
    """
    if not codes.index.equals(clv.index):
        raise InputError("clv", "must have the customers of the codes, in their order")
    return pd.DataFrame({name: clv.groupby(codes[name]).mean() for name in codes}).rename_axis("code")
