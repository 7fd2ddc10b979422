"""Pareto/NBD: how often customers come back, when they can leave at any moment and never say so.

A toy shop's customers outgrow toys: the need ends on some day between two purchases, and nobody
tells the shop. From the silence since the last purchase the model works out whether a customer is
slow or gone. (In BG/NBD customers can leave only right after a purchase.)

Schmittlein, Morrison & Colombo (1987), Counting Your Customers: Who Are They and What Will They Do
Next?, Management Science 33(1), 1-24; Fader & Hardie (2005), A Note on Deriving the Pareto/NBD
Model and Related Expressions (brucehardie.com/notes/009); Fader, Hardie & Lee (2005), RFM and CLV,
Journal of Marketing Research 42(4), 415-430, for the discounted expectation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit, exprel, gammaln

from crmsim.estimators.fit import Fit
from crmsim.estimators.likelihood import log_rising
from crmsim.estimators.quadrature import LOG_Y, beta_nodes, exponential_weight
from crmsim.estimators.repeat_purchases import RepeatPurchaseModel, fit_repeat_purchases

__all__ = ["ParetoNbd", "fit_pareto_nbd"]

Array = npt.NDArray[np.float64]

BLOCK = 256
"""Customers looked at together: what a processor keeps at hand (0.6 MB)."""


@dataclass(frozen=True)
class ParetoNbd(RepeatPurchaseModel):
    """The Pareto / negative binomial model of repeat purchases, with its parameters.

    1. While active, a customer buys at random at a rate lambda (Poisson).
    2. Lambda differs between customers: Gamma with shape `r` and rate `alpha`.
    3. A customer leaves for good at a random moment, at a rate mu (exponential lifetime).
    4. Mu differs between customers: Gamma with shape `s` and rate `beta`; lifetimes are Pareto.
    5. Lambda and mu are independent.

    Parameters
    ----------
    r, s : float
        Shapes of the buying and of the leaving rates, above 0.
    alpha, beta : float
        Rate parameters of the two, above 0, in `unit`; the mean rates are ``r / alpha`` and
        ``s / beta``.
    unit : {"week", "day"}
        Unit of `alpha`, of `beta` and of every duration given to a method.

    Raises
    ------
    InputError
        A parameter is not finite and above 0, or the unit is unknown. The methods raise it for
        durations or counts that are negative, not finite or contradict each other.

    Notes
    -----
    The likelihood of the note needs a difference of two 2F1, in one of two forms as alpha is above
    or below beta. Both equal powers of alpha + t and beta + t times H(t), the chance that a customer
    of this history who is still there at t leaves before buying again,

        H(t) = E[mu / (lambda + mu)],  lambda ~ Gamma(r + x, alpha + t),  mu ~ Gamma(s, beta + t),

    a mean over q = mu' / (lambda' + mu') ~ Beta(s, r + x) that needs no such distinction and can
    neither overflow nor cancel. Given that the customer is still there, history only changes the
    parameters to r + x, alpha + T, s and beta + T.

    Examples
    --------
    The CDNOW estimates (Fader, Hardie & Lee 2005, Marketing Science 24(2), Table 2), somebody who
    did not come back within 39 weeks:

    >>> cdnow = ParetoNbd(r=0.553, alpha=10.578, s=0.606, beta=11.669, unit="week")
    >>> round(float(cdnow.probability_alive(x=0, t_x=0, T=39)), 3)
    0.294
    """

    r: float
    alpha: float
    s: float
    beta: float
    unit: str = "week"

    PARAMETERS: ClassVar = ("r", "alpha", "s", "beta")
    TIMES: ClassVar = ("alpha", "beta")
    STARTS: ClassVar = ((1.0, 1.0, 1.0, 1.0), (0.5, 0.3, 0.6, 0.3))

    def _log_active(self, x: Array, T: Array) -> Array:
        bought = log_rising(self.r, x) - self.r * np.log1p(T / self.alpha) - x * np.log(self.alpha + T)
        return bought - self.s * np.log1p(T / self.beta)

    def _active_repeats(self, t: Array, x: Array, T: Array) -> Array:
        return (self.r + x) / (self.alpha + T) * self._time_active(self.beta + T, t)

    def _active_present_repeats(self, delta: float, x: Array, T: Array) -> Array:
        return (self.r + x) / (self.alpha + T) * _present_lifetime(self.s, self.beta + T, delta)

    def _probability_of(self, x: Array, t: Array) -> Array:
        pairs, back = np.unique(np.column_stack([x.ravel(), t.ravel()]), axis=0, return_inverse=True)
        chances = np.array([self._chance(*pair) for pair in pairs.tolist()])
        return chances[back.ravel()].reshape(x.shape) if len(pairs) else np.zeros(x.shape)

    def _chance(self, x: float, t: float) -> float:
        """Still active at t, or left at some u before it: by the trapezoidal rule on log-odds of u / t."""
        if t == 0:
            return float(x == 0)
        # A step per standard deviation of log(u) at which x purchases are likely, and no more than 0.05.
        step = min(0.05, 1 / np.sqrt(x + 1))
        odds = np.arange(-60.0, 45.0, step)
        u = t * expit(odds)
        life = self.s / self.beta * np.exp(-(self.s + 1) * np.log1p(u / self.beta))
        left = (self._poisson_gamma(x, u) * life * t * expit(odds) * expit(-odds)).sum() * step
        active = self._poisson_gamma(x, np.array(t)) * np.exp(-self.s * np.log1p(t / self.beta))
        return float(active + left)

    def _poisson_gamma(self, x: float, u: Array) -> Array:
        """Chance of x purchases within u of a customer who stays (negative binomial)."""
        ways = float(log_rising(self.r, np.array(x)) - gammaln(x + 1))
        return np.exp(ways - x * np.log1p(self.alpha / u) - self.r * np.log1p(u / self.alpha))

    def _time_active(self, beta: npt.ArrayLike, t: Array) -> Array:
        """Expected time that an active customer stays within the next `t`; no trouble at s = 1."""
        stretch = np.log1p(t / beta)
        return beta * stretch * exprel(-(self.s - 1) * stretch)

    def _log_odds_gone(self, x: Array, t_x: Array, T: Array) -> Array:
        """Log of P(left between last purchase and end) over P(still there)."""
        k = self.r + x
        wait = np.maximum(T - t_x, 0.0)
        waited = k * np.log1p(wait / (self.alpha + t_x)) + self.s * np.log1p(wait / (self.beta + t_x))
        shape = np.shape(k + t_x)
        first, last = self._leaves_first(np.stack([x, x]), np.stack([np.minimum(t_x, T), T]))
        with np.errstate(divide="ignore"):  # no wait: log(0) is right, nobody leaves in no time
            return (waited + np.log(np.maximum(first - np.exp(-waited) * last, 0.0))).reshape(shape)

    def _leaves_first(self, x: Array, t: Array) -> Array:
        """H(t) of the class notes, element by element."""
        counts, group = np.unique(x, return_inverse=True)
        logit, weight = beta_nodes(self.s, self.r + counts)
        against = np.exp(-np.clip(logit, -600, 600))  # odds against q; beyond that they decide alone
        ratio = (self.beta + t) / (self.alpha + t)
        chance = np.empty(x.shape)
        for number in range(len(counts)):  # the points differ by count: no count, no copy of them
            felt = weight[number] > 1e-18
            members = np.flatnonzero(group.ravel() == number)
            for at in range(0, len(members), BLOCK):
                block = members[at : at + BLOCK]
                odds = np.multiply.outer(ratio.ravel()[block], against[number, felt])
                odds += 1
                chance.ravel()[block] = np.reciprocal(odds, out=odds) @ weight[number, felt]
        return chance


def fit_pareto_nbd(summary: pd.DataFrame, *, unit: str | None = None) -> Fit[ParetoNbd]:
    """Fit Pareto/NBD to a customer base by maximum likelihood.

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
    >>> fit_pareto_nbd(base, unit="week").n_customers
    8
    """
    return fit_repeat_purchases(ParetoNbd, summary, unit)


# --- quadrature ------------------------------------------------------------------------------------


def _present_lifetime(s: float, beta: Array, delta: float) -> Array:
    """E[1 / (delta + mu)] over mu ~ Gamma(s, beta): the discounted expected lifetime.

    The closed form is Tricomi's function U(s, s, delta beta). Here it is a mean over y ~ Exp(1) of
    (1 + y / (delta beta))^-s, by the trapezoidal rule on log(y), whose error is below 1e-12.
    """
    still_there = np.exp(-s * np.log1p(np.exp(LOG_Y) / (delta * beta[..., None])))
    return still_there @ exponential_weight(LOG_Y) / delta
