"""What customers have come to expect.

The first coffee on the house is a gift, the tenth a right: expectation follows experience, upward
faster than downward, and drifts toward what the market offers (Oliver 1980; Boulding, Kalra,
Staelin & Zeithaml 1993).
"""

from __future__ import annotations

from crmsim.compiling import formula
from crmsim.elementary import exp

__all__ = ["adapt_expectation", "adapt_programme_expectation", "market_bar"]


@formula
def market_bar(n, market_best, market_learn):
    """Return the performance that a customer with n purchases thinks the market offers (1 = average).

    New customers judge by the average, experienced ones by the best supplier.

    Parameters
    ----------
    n : int
        Purchases so far, 0 or more.
    market_best : float
        Performance of the best supplier, same scale as quality.
    market_learn : float
        Purchases it takes to learn 63 % of the difference; above 0.

    Examples
    --------
    >>> round(market_bar(0, 1.06, 6.0), 4), round(market_bar(60, 1.06, 6.0), 4)
    (1.0, 1.06)
    """
    return 1.0 + (market_best - 1.0) * (1.0 - exp(-n / market_learn))


@formula
def adapt_expectation(a, b, bar, adapt_up, adapt_down, market_pull):
    """Return the basic expectation after performance b was met.

    Parameters
    ----------
    a, b, bar : float
        Expectation before, perceived performance, market bar; 1 = market average.
    adapt_up, adapt_down, market_pull : float
        Shares of the gap closed per experience, 0 to 1.

    Examples
    --------
    >>> adapt_expectation(1.0, 1.2, 1.0, 0.10, 0.06, 0.0)
    1.02
    """
    up = adapt_up * max(b - a, 0.0)
    down = adapt_down * max(a - b, 0.0)
    return a + up - down + market_pull * (bar - a)


@formula
def adapt_programme_expectation(e, x, prog_adapt, prog_adapt_max):
    """Return what the customer expects of a programme after it was met at intensity x.

    Parameters
    ----------
    e, x : float
        Expectation before and intensity in force, in units of intensity.
    prog_adapt : float
        Share of the gap closed per experience, 0 to 1.
    prog_adapt_max : float
        Share of the intensity that ends up being taken for granted, 0 to 1.

    Examples
    --------
    >>> round(adapt_programme_expectation(0.0, 1.0, 0.15, 0.7), 4)
    0.105
    """
    return e + prog_adapt * (prog_adapt_max * x - e)
