"""MBG/NBD: BG/NBD in which somebody who never came back may have left at once.

In BG/NBD a customer can leave only after a repeat purchase, so one who bought once, years ago, is
still counted as there. A mail-order house knows better: many a first order is the last. Here there is
a chance to leave after the first purchase, too.

Batislam, Denizel & Filiztekin (2007), Empirical Validation and Comparison of Models for Customer Base
Analysis, International Journal of Research in Marketing 24(3), 201-209; Hoppe & Wagner (2007), Customer
Base Analysis: The Case for a Central Variant of the Betageometric/NBD Model, Marketing - Journal of
Research and Management 3(2), 75-90.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from crmsim.estimators.bg_nbd import BgNbd
from crmsim.estimators.fit import Fit
from crmsim.estimators.repeat_purchases import fit_repeat_purchases

__all__ = ["MbgNbd", "fit_mbg_nbd"]


@dataclass(frozen=True)
class MbgNbd(BgNbd):
    """The modified beta-geometric / negative binomial model, with its parameters.

    As `BgNbd`, but a customer may leave, with the same probability p, after every purchase including
    the first one. So P(alive) is below 1 for everybody.

    Parameters
    ----------
    r : float
        Shape of the buying rates, above 0.
    alpha : float
        Rate parameter of the buying rates, above 0, in `unit`; the mean rate is ``r / alpha``.
    a, b : float
        Parameters of the leaving probabilities, above 0; the mean is ``a / (a + b)``.
    unit : {"week", "day"}
        Unit of `alpha` and of every duration given to a method.

    Raises
    ------
    InputError
        As for `BgNbd`.

    Notes
    -----
    One more chance to leave was survived (or not) than there were repeat purchases: every b + x of
    BG/NBD becomes b + x + 1.

    Examples
    --------
    >>> cdnow = MbgNbd(r=0.525, alpha=6.183, a=0.891, b=1.614)
    >>> cdnow.probability_alive([0, 2], [0, 30], 39).round(3)
    array([0.389, 0.698])
    """

    AT_THE_START: ClassVar[int] = 1


def fit_mbg_nbd(summary: pd.DataFrame, *, unit: str | None = None) -> Fit[MbgNbd]:
    """Fit MBG/NBD to a customer base by maximum likelihood.

    Parameters
    ----------
    summary : pandas.DataFrame
        Columns ``frequency``, ``recency`` and ``T``, one row a customer, as
        `crmsim.rfm.rfm_summary` returns them; not changed.
    unit : {"week", "day"}, optional
        Unit of ``recency`` and ``T``; needed only if ``summary.attrs["unit"]`` does not say.

    Returns
    -------
    Fit
        The model in the unit of the table, its log-likelihood and covariance.

    Raises
    ------
    InputError
        A column is missing; an impossible history; the unit unknown, unsaid or contradicted;
        fewer than two customers; no repeat purchase at all.
    CrmsimError
        The search for the maximum failed.

    Examples
    --------
    >>> base = pd.DataFrame({"frequency": [0, 0, 1, 3, 6, 0, 2, 1], "recency": [0, 0, 5, 20, 37, 0, 9, 30],
    ...                      "T": [39, 38, 38, 37, 39, 36, 35, 39]})
    >>> fit_mbg_nbd(base, unit="week").n_customers
    8
    """
    return fit_repeat_purchases(MbgNbd, summary, unit)
