"""BG/NBD: how often customers come back, and whether they are still there, when nobody says goodbye.

A record shop sees only purchases. A customer who bought five times in spring and never since has
probably left; one who bought once in spring may simply be slow. The model weighs the two stories.

Fader, Hardie & Lee (2005), "Counting Your Customers" the Easy Way: An Alternative to the
Pareto/NBD Model, Marketing Science 24(2), 275-284; equation numbers below are theirs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import betainc, betaln, digamma, expit, log_expit

from crmsim.estimators.fit import Fit
from crmsim.estimators.likelihood import log_rising
from crmsim.estimators.quadrature import LOG_Y, LOG_Y_STEP, beta_nodes, exponential_weight
from crmsim.estimators.repeat_purchases import RepeatPurchaseModel, fit_repeat_purchases

__all__ = ["BgNbd", "fit_bg_nbd"]

Array = npt.NDArray[np.float64]

BLOCK = 4096
"""Customers looked at together: bounds the memory to some 10 MB an intermediate."""


@dataclass(frozen=True)
class BgNbd(RepeatPurchaseModel):
    """The beta-geometric / negative binomial model of repeat purchases, with its parameters.

    1. While active, a customer buys at random at a rate lambda (Poisson).
    2. Lambda differs between customers: Gamma with shape `r` and rate `alpha`.
    3. After each repeat purchase, and only then, the customer leaves for good with probability p.
    4. p differs between customers: Beta(`a`, `b`).
    5. Lambda and p are independent.

    So without a repeat purchase P(alive) is 1.

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
        A parameter is not finite and above 0, or the unit is unknown. The methods raise it for
        durations or counts that are negative, not finite or contradict each other.

    Notes
    -----
    The likelihood is equation 6, P(X(t) = x) equation 8, E[X(t)] equation 9, the conditional
    expectation equation 10. Given that the customer is still there, history only changes the
    parameters to r + x, alpha + T, a and b + x. The closed form of equation 9 with 2F1 divides 0 by
    0 at a = 1 and loses all digits for heavy buyers, so the mean over p,
    E[(1 - (alpha / (alpha + p t))^r) / p], is integrated instead. The discounted expectation,
    which has no closed form, is the mean over p of the purchases at rate lambda of a customer who
    leaves at rate p lambda.

    Examples
    --------
    The CDNOW estimates of the paper, customer 0001, 39 weeks ahead (the paper finds 1.226):

    >>> cdnow = BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week")
    >>> round(float(cdnow.conditional_expected_repeats(39, x=2, t_x=30.43, T=38.86)), 3)
    1.226
    """

    r: float
    alpha: float
    a: float
    b: float
    unit: str = "week"

    PARAMETERS: ClassVar = ("r", "alpha", "a", "b")
    TIMES: ClassVar = ("alpha",)
    STARTS: ClassVar = ((0.3, 0.15, 0.8, 2.5), (1.0, 1.0, 1.0, 1.0), (3.0, 3.0, 0.3, 10.0))
    HAS_GRADIENT: ClassVar = True
    AT_THE_START: ClassVar[int] = 0
    """Chances to leave that come before any repeat purchase."""

    def _log_active(self, x: Array, T: Array) -> Array:
        # The special functions depend on the count alone, and there are few different counts.
        counts, back = np.unique(x, return_inverse=True)
        chances = counts + self.AT_THE_START
        stayed = log_rising(self.b, chances) - log_rising(self.a + self.b, chances)
        bought = (log_rising(self.r, counts) + stayed)[back].reshape(x.shape)
        return bought - self.r * np.log1p(T / self.alpha) - x * np.log(self.alpha + T)

    def _log_odds_gone(self, x: Array, t_x: Array, T: Array) -> Array:
        """Log of P(left right after the last purchase) over P(still there)."""
        chances = x + self.AT_THE_START
        waited = np.log1p(np.maximum(T - t_x, 0.0) / (self.alpha + t_x))
        odds = np.log(self.a) - np.log(self.b + np.maximum(chances, 1.0) - 1) + (self.r + x) * waited
        return np.where(chances > 0, odds, -np.inf)

    def _gradient(self, x: Array, t_x: Array, T: Array) -> Array:
        r, alpha, a, b = self.r, self.alpha, self.a, self.b
        chances = x + self.AT_THE_START
        waited = np.log1p(np.maximum(T - t_x, 0.0) / (alpha + t_x))
        gone = expit(self._log_odds_gone(x, t_x, T))
        counts, back = np.unique(x, return_inverse=True)
        tried = counts + self.AT_THE_START
        by_r = digamma(r + counts) - digamma(r)
        by_a = digamma(a + b) - digamma(a + b + tried)
        by_b = by_a + digamma(b + tried) - digamma(b)
        later = 1 / (alpha + T)
        return np.stack(
            [
                by_r[back] - np.log1p(T / alpha) + gone * waited,
                (r * T / alpha - x) * later + gone * (r + x) * (later - 1 / (alpha + t_x)),
                by_a[back] + gone / a,
                by_b[back] - gone / (b + np.maximum(chances, 1.0) - 1),
            ]
        )

    def _active_repeats(self, t: Array, x: Array, T: Array) -> Array:
        return _mean_repeats(self.r + x, t / (self.alpha + T), self.a, self.b + x + self.AT_THE_START)

    def _active_present_repeats(self, delta: float, x: Array, T: Array) -> Array:
        value = np.empty(x.shape)
        for count in np.unique(x):
            members = x == count
            value[members] = _present_repeats(
                self.r + count, delta * (self.alpha + T[members]), self.a, self.b + count + self.AT_THE_START
            )
        return value

    def _probability_of(self, x: Array, t: Array) -> Array:
        chances = x + self.AT_THE_START
        count, tried = np.maximum(x, 1.0), np.maximum(chances, 1.0)
        share = t / (self.alpha + t)
        with np.errstate(divide="ignore"):  # t = 0: log(0) is right, nobody buys in no time
            bought = np.where(x > 0, count * np.log(share) - np.log(count) - betaln(self.r, count), 0.0)
        everybody = betaln(self.a, self.b)
        active = betaln(self.a, self.b + chances) - everybody - self.r * np.log1p(t / self.alpha)
        # The bracket of equation 8, one minus a sum of x terms, is a negative binomial tail.
        came = np.where(x > 0, betainc(count, self.r, share), 1.0)
        gone = np.exp(betaln(self.a + 1, self.b + tried - 1) - everybody) * came
        return np.exp(bought + active) + np.where(chances > 0, gone, 0.0)


def fit_bg_nbd(summary: pd.DataFrame, *, unit: str | None = None) -> Fit[BgNbd]:
    """Fit BG/NBD to a customer base by maximum likelihood.

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
    >>> fit_bg_nbd(base, unit="week").n_customers
    8
    """
    return fit_repeat_purchases(BgNbd, summary, unit)


# --- quadrature ------------------------------------------------------------------------------------


def _mean_repeats(r: Array, y: Array, a: float, b: Array) -> Array:
    """E[(1 - (1 + p y)^-r) / p] over p ~ Beta(a, b), element by element, with y = t / alpha."""
    rows, back = np.unique(np.column_stack([r.ravel(), y.ravel(), b.ravel()]), axis=0, return_inverse=True)
    blocks = [_quadrature(rows[at : at + BLOCK], a) for at in range(0, len(rows), BLOCK)]
    return np.concatenate(blocks)[back.ravel()].reshape(r.shape) if blocks else np.zeros(r.shape)


def _quadrature(rows: Array, a: float) -> Array:
    """Sum over the spread of p, one row a customer."""
    r, y, b = rows.T
    logit, weight = beta_nodes(a, b)
    r, y = r[:, None], y[:, None]
    p = expit(logit)
    bought = -np.expm1(-r * np.log1p(y * p))
    per_chance = np.divide(bought, p, out=np.broadcast_to(r * y, p.shape).copy(), where=y * p > 1e-290)
    return (per_chance * weight).sum(axis=1)


def _present_repeats(r: float, z: Array, a: float, b: float) -> Array:
    """E[lambda / (delta + p lambda)] over lambda ~ Gamma(r, alpha) and p ~ Beta(a, b), with z = delta alpha.

    It is r / z E[(1 + p y / z)^-(r + 1)] over y ~ Exp(1) and p, where the mean over p depends on y / z
    alone: one grid of log(y / z) serves all customers of a count.
    """
    different, back = np.unique(z, return_inverse=True)
    shift = np.log(different)
    low, high = LOG_Y[0] - shift[-1], LOG_Y[-1] - shift[0]
    grid = low + LOG_Y_STEP * np.arange(int((high - low) / LOG_Y_STEP) + 2)
    logit, weight = (row[0] for row in beta_nodes(a, b))
    log_p = log_expit(logit)
    stayed = np.exp(-(r + 1) * np.logaddexp(0.0, log_p + grid[:, None])) @ weight
    blocks = [
        exponential_weight(grid + shift[at : at + BLOCK, None]) @ stayed for at in range(0, len(shift), BLOCK)
    ]
    return (r / different * np.concatenate(blocks))[back].reshape(z.shape)
