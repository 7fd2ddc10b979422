"""Gamma-Gamma: what a customer's next purchase is worth, when a few receipts are all there is.

Somebody who spent 70 dollars once is probably not a 70-dollar customer; somebody who did so seven
times on average probably is. The model pulls a customer's own mean towards that of everybody, the
less, the more receipts there are.

Colombo & Jiang (1999), A stochastic RFM model, Journal of Interactive Marketing 13(3); Fader,
Hardie & Lee (2005), RFM and CLV: Using Iso-Value Curves for Customer Base Analysis, Journal of
Marketing Research 42(4), 415-430; Fader & Hardie (2013), The Gamma-Gamma Model of Monetary Value
(note 025, brucehardie.com), whose equation numbers are used below.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import betaln

from crmsim.errors import InputError
from crmsim.estimators.checks import check_parameters, checked
from crmsim.estimators.fit import Fit, fitted
from crmsim.estimators.likelihood import maximise_on_logs
from crmsim.rfm import summary_columns

__all__ = ["GammaGamma", "GammaGammaFit", "fit_gamma_gamma"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class GammaGamma:
    """The gamma-gamma model of spend per purchase, with its parameters.

    1. A customer's purchases vary at random: Gamma with shape `p` and rate nu.
    2. Nu differs between customers: Gamma with shape `q` and rate `gamma`.
    3. What somebody spends does not depend on how often they buy, nor on whether they stay.

    Parameters
    ----------
    p : float
        Shape of one customer's spend, above 0.
    q : float
        Shape of the differences between customers, above 0; the mean exists only above 1.
    gamma : float
        Scale of spend, above 0, in `currency`.
    currency : str, optional
        What amounts are counted in (``"USD"``); None if not said.

    Raises
    ------
    InputError
        A parameter is not finite and above 0. The methods raise it for counts and amounts that
        are negative, not finite or contradict each other.

    Examples
    --------
    >>> cdnow = GammaGamma(p=6.25, q=3.74, gamma=15.44, currency="USD")
    >>> round(cdnow.mean_spend(), 2)
    35.22
    """

    p: float
    q: float
    gamma: float
    currency: str | None = None

    PARAMETERS: ClassVar = ("p", "q", "gamma")

    def __post_init__(self) -> None:
        check_parameters(self, self.PARAMETERS)

    def mean_spend(self) -> float:
        """Mean spend per purchase over all customers, p gamma / (q - 1).

        Returns
        -------
        float
            In `currency`; infinite if `q` is at most 1 (a tail too heavy to have a mean).

        Examples
        --------
        >>> GammaGamma(p=6, q=4, gamma=17.5).mean_spend()
        35.0
        """
        return self.p * self.gamma / (self.q - 1) if self.q > 1 else np.inf

    def log_likelihood(self, x: npt.ArrayLike, m: npt.ArrayLike) -> Array:
        """Log-density of each customer's mean spend (equation 1a); sum it for the whole base.

        Parameters
        ----------
        x : array_like
            Purchases behind the mean, from 1.
        m : array_like
            Mean spend per purchase, above 0, in `currency`.

        Returns
        -------
        numpy.ndarray
            One value a customer. The JMR paper counts total spend instead: subtract ln(x).

        Raises
        ------
        InputError
            `x` or `m` is not finite or not above 0.

        Examples
        --------
        >>> GammaGamma(p=1, q=1, gamma=1).log_likelihood([1, 2], 1.0).round(4)
        array([-1.3863, -1.2164])
        """
        x, m = checked(None, x=x, m=m)
        for name, values in (("x", x), ("m", m)):
            if (values == 0).any():
                raise InputError(name, "must be above 0 in a likelihood, spend of 0 has no density", 0)
        total = x * m
        own = self.p * x * np.log1p(self.gamma / total)
        everybody = self.q * np.log1p(total / self.gamma)
        return -betaln(self.p * x, self.q) - own - everybody - np.log(m)

    def mixed_density(self, m: npt.ArrayLike, x: npt.ArrayLike) -> Array:
        """Density of mean spend over a base of customers with different numbers of purchases.

        Parameters
        ----------
        m : array_like
            Where the density is wanted, above 0, in `currency`.
        x : array_like
            Purchases of each customer of the base, from 1.

        Returns
        -------
        numpy.ndarray
            Share of customers per currency unit, one value for each `m`.

        Raises
        ------
        InputError
            `x` or `m` is not finite or not above 0, or there are no customers.

        Examples
        --------
        >>> GammaGamma(p=6, q=4, gamma=17.5).mixed_density([10.0, 30.0], [1, 1, 5]).round(4)
        array([0.0158, 0.021 ])
        """
        counts, customers = np.unique(np.asarray(x, dtype=float), return_counts=True)
        if counts.size == 0:
            raise InputError("x", "must have at least one customer")
        density = np.exp(self.log_likelihood(counts[:, None], np.asarray(m, dtype=float)[None, :]))
        return customers / customers.sum() @ density

    def conditional_expected_spend(self, x: npt.ArrayLike, m: npt.ArrayLike) -> Array:
        """Expected spend per future purchase, given the mean of `x` past ones (equation 5).

        Parameters
        ----------
        x : array_like
            Purchases behind the mean, from 0; with 0 the answer is `mean_spend`.
        m : array_like
            Mean spend per purchase, from 0, in `currency`; 0 where `x` is 0.

        Returns
        -------
        numpy.ndarray
            In `currency`; infinite where ``p x + q`` is at most 1.

        Raises
        ------
        InputError
            `x` or `m` is negative or not finite, or a mean is given for no purchase.

        Examples
        --------
        >>> cdnow = GammaGamma(p=6.2495715, q=3.74422494, gamma=15.44352418, currency="USD")
        >>> cdnow.conditional_expected_spend([0, 1, 7], [0, 11.77, 73.74]).round(2)
        array([35.17, 18.91, 71.46])
        """
        x, m = checked(None, x=x, m=m)
        stray = (x == 0) & (m > 0)
        if stray.any():
            raise InputError("m", "must be 0 without a purchase behind it", float(m[stray][0]))
        weight = self.p * x + self.q - 1
        spend = self.p * (self.gamma + x * m)
        return np.divide(spend, weight, out=np.full(weight.shape, np.inf), where=weight > 0)[()]


@dataclass(frozen=True)
class GammaGammaFit(Fit[GammaGamma]):
    """A fitted gamma-gamma model: a `Fit` that says who could not take part.

    Parameters
    ----------
    model, log_likelihood, log_covariance, n_customers
        As for `Fit`; the log-likelihood is that of mean spend, the customers are repeat buyers.
    n_zero_spend : int
        Repeat buyers left out because they spent nothing (free items), which has no density.

    Examples
    --------
    >>> covariance = ((0.01, 0.0, 0.0), (0.0, 0.04, 0.0), (0.0, 0.0, 0.09))
    >>> fit = GammaGammaFit(GammaGamma(6, 4, 17.5), -100.0, covariance, 50, 1)
    >>> fit.standard_errors["gamma"], fit.undetermined
    (5.25, ())
    """

    n_zero_spend: int = 0


def fit_gamma_gamma(summary: pd.DataFrame, *, currency: str | None = None) -> GammaGammaFit:
    """Fit the spend model to the repeat buyers of a customer base by maximum likelihood.

    Parameters
    ----------
    summary : pandas.DataFrame
        Columns ``frequency`` and ``monetary_value`` (mean of the repeat purchases), one row a
        customer, as `crmsim.rfm.rfm_summary` returns them; not changed. Customers without a
        repeat purchase say nothing here and are passed over.
    currency : str, optional
        What the amounts are counted in; kept with the model.

    Returns
    -------
    GammaGammaFit
        The model, its log-likelihood and covariance, and how many were left out.

    Raises
    ------
    InputError
        A column is missing; a count or an amount is negative or not finite; spend without a repeat
        purchase; fewer than two repeat buyers who spent anything.
    CrmsimError
        The search for the maximum failed.

    Examples
    --------
    >>> base = pd.DataFrame({"frequency": [0, 1, 2, 5, 3, 1], "monetary_value": [0, 20, 35, 28, 0, 60]})
    >>> fit = fit_gamma_gamma(base, currency="USD")
    >>> fit.n_customers, fit.n_zero_spend
    (4, 1)
    """
    count, mean = summary_columns(summary, ["frequency", "monetary_value"])
    frequency, monetary_value = checked(None, frequency=count, monetary_value=mean)
    stray = (frequency == 0) & (monetary_value > 0)
    if stray.any():
        problem = "must be 0 without a repeat purchase (it is the mean of the repeat purchases)"
        raise InputError("monetary_value", problem, float(monetary_value[stray][0]))
    spent = monetary_value > 0
    if spent.sum() < 2:
        problem = "must have at least 2 repeat buyers who spent something to fit a model"
        raise InputError("summary", problem, int(spent.sum()))
    x, m = frequency[spent], monetary_value[spent]

    def log_likelihood(parameters: Array) -> float:
        return float(GammaGamma(*parameters).log_likelihood(x, m).sum())

    scale = np.array([1.0, 1.0, m.mean()])
    best = maximise_on_logs(
        log_likelihood, scale, starts=[[1.0, 2.0, 1.0], [6.0, 4.0, 0.5], [3.0, 20.0, 6.0]]
    )
    model = GammaGamma(*best.parameters.tolist(), currency)
    free = int(((frequency > 0) & ~spent).sum())
    return fitted(model, best, len(x), GammaGammaFit, n_zero_spend=free)
