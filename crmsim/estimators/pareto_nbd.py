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

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit, exprel

from crmsim.errors import InputError
from crmsim.estimators.histories import checked_history, distinct_histories
from crmsim.estimators.likelihood import Fit, checked, log_rising, maximise_on_logs
from crmsim.estimators.quadrature import beta_nodes
from crmsim.rfm import DAYS_PER, checked_unit

__all__ = ["ParetoNbd", "ParetoNbdFit", "fit_pareto_nbd"]

Array = npt.NDArray[np.float64]

BLOCK = 256
"""Customers looked at together: what a processor keeps at hand (0.6 MB)."""


@dataclass(frozen=True)
class ParetoNbd:
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
        Unit of `alpha`, of `beta` and of every duration given to a method. A pandas Series that
        carries another unit (``attrs["unit"]``, as columns of `rfm_summary` do) is refused.

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
    neither overflow nor cancel.

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

    def __post_init__(self) -> None:
        for name in ("r", "alpha", "s", "beta"):
            if not 0 < getattr(self, name) < np.inf:
                raise InputError(name, "must be finite and above 0", getattr(self, name))
        checked_unit(self.unit)

    def in_unit(self, unit: str) -> ParetoNbd:
        """Return the same model with time counted in another unit.

        Parameters
        ----------
        unit : {"week", "day"}
            The unit to express `alpha` and `beta` in.

        Returns
        -------
        ParetoNbd
            Equal predictions for equal durations.

        Raises
        ------
        InputError
            The unit is unknown.

        Examples
        --------
        >>> ParetoNbd(r=0.5, alpha=10.0, s=0.6, beta=12.0, unit="week").in_unit("day").beta
        84.0
        """
        scale = DAYS_PER[self.unit] / DAYS_PER[checked_unit(unit)]
        return replace(self, alpha=self.alpha * scale, beta=self.beta * scale, unit=unit)

    def log_likelihood(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike) -> Array:
        """Log-likelihood of each customer's history; sum it for the whole base.

        Parameters
        ----------
        x : array_like of int
            Repeat purchases, from 0.
        t_x : array_like
            First to last purchase, in the model's unit, from 0 to `T`; 0 where `x` is 0.
        T : array_like
            First purchase to the end of observation, in the model's unit, from 0.

        Returns
        -------
        numpy.ndarray
            One value a customer.

        Raises
        ------
        InputError
            A history that is impossible or counted in another unit.

        Examples
        --------
        With all four at 1 the first customer's likelihood is 1/25 + (1 - 1/25)/2:

        >>> ParetoNbd(r=1, alpha=1, s=1, beta=1).log_likelihood([0, 1], [0, 2], [4, 4]).round(4)
        array([-0.6539, -4.0354])
        """
        x, t_x, T = checked_history(self.unit, x, t_x, T)
        bought = log_rising(self.r, x) - self.r * np.log1p(T / self.alpha) - x * np.log(self.alpha + T)
        active = bought - self.s * np.log1p(T / self.beta)
        return active + np.logaddexp(0.0, self._log_odds_gone(x, t_x, T))

    def probability_alive(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike) -> Array:
        """Probability that a customer has not left by the end of observation.

        Follows from the likelihood as the share of the still-active term.

        Parameters
        ----------
        x, t_x, T : array_like
            As in `log_likelihood`.

        Returns
        -------
        numpy.ndarray
            From 0 to 1; below 1 for customers without a repeat purchase, too.

        Raises
        ------
        InputError
            A history that is impossible or counted in another unit.

        Examples
        --------
        >>> cdnow = ParetoNbd(r=0.553, alpha=10.578, s=0.606, beta=11.669)
        >>> cdnow.probability_alive([0, 7], [0, 20], [39, 39]).round(3)
        array([0.294, 0.217])
        """
        return expit(-self._log_odds_gone(*checked_history(self.unit, x, t_x, T)))[()]

    def expected_repeats(self, t: npt.ArrayLike) -> Array:
        """Expected repeat purchases of a new customer in the first `t` units of time.

        Parameters
        ----------
        t : array_like
            Time since the first purchase, in the model's unit, from 0.

        Returns
        -------
        numpy.ndarray
            Purchases, from 0.

        Raises
        ------
        InputError
            `t` is negative, not finite or in another unit.

        Examples
        --------
        >>> cdnow = ParetoNbd(r=0.55, alpha=10.56, s=0.61, beta=11.64)
        >>> cdnow.expected_repeats([0, 1, 9]).round(4)
        array([0.    , 0.0508, 0.3891])
        """
        (t,) = checked(self.unit, t=t)
        return self.r / self.alpha * self._time_active(self.beta, t)

    def conditional_expected_repeats(
        self, t: npt.ArrayLike, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike
    ) -> Array:
        """Expected purchases in the next `t` units of time, given a customer's history.

        Parameters
        ----------
        t : array_like
            Time ahead, in the model's unit, from 0.
        x, t_x, T : array_like
            As in `log_likelihood`.

        Returns
        -------
        numpy.ndarray
            Purchases, from 0.

        Raises
        ------
        InputError
            `t` or the history is impossible or in another unit.

        Notes
        -----
        Given that the customer is still there, history only changes the parameters to r + x,
        alpha + T, s and beta + T; so this is P(alive) times `expected_repeats` of that model.

        Examples
        --------
        >>> cdnow = ParetoNbd(r=0.553, alpha=10.578, s=0.606, beta=11.669)
        >>> cdnow.conditional_expected_repeats(39, x=[0, 2], t_x=[0, 30], T=39).round(3)
        array([0.107, 1.434])
        """
        (t,) = checked(self.unit, t=t)
        alive = self.probability_alive(x, t_x, T)
        x, _, T = checked_history(self.unit, x, t_x, T)
        return alive * (self.r + x) / (self.alpha + T) * self._time_active(self.beta + T, t)

    def discounted_expected_residual_transactions(
        self, delta: float, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike
    ) -> Array:
        """Present value of one currency unit per future purchase (DERT), given a customer's history.

        Parameters
        ----------
        delta : float
            Continuous discount rate per unit of time, above 0: ``log(1 + annual rate) / 52`` for
            weeks. Without discounting the sum is infinite wherever `s` is at most 1.
        x, t_x, T : array_like
            As in `log_likelihood`.

        Returns
        -------
        numpy.ndarray
            Discounted purchases, from 0, over an infinite horizon from `T` on.

        Raises
        ------
        InputError
            `delta` is not finite and above 0; a history that is impossible or in another unit.

        Examples
        --------
        Bought often but not lately, or once but lately: about the same (the iso-value curves).

        >>> cdnow = ParetoNbd(r=0.563, alpha=12.559, s=0.408, beta=10.515)
        >>> cdnow.discounted_expected_residual_transactions(0.0027, [7, 1], [35, 30], 77.86).round(1)
        array([1.9, 2.2])
        """
        if not 0 < delta < np.inf:
            raise InputError("delta", "must be finite and above 0", delta)
        alive = self.probability_alive(x, t_x, T)
        x, _, T = checked_history(self.unit, x, t_x, T)
        return alive * (self.r + x) / (self.alpha + T) * _present_lifetime(self.s, self.beta + T, delta)

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


@dataclass(frozen=True)
class ParetoNbdFit(Fit):
    """A fitted Pareto/NBD model and how well the data pin it down.

    Parameters
    ----------
    model : ParetoNbd
        The maximum likelihood estimate.
    log_likelihood : float
        Its log-likelihood, summed over customers.
    log_standard_errors : dict of str to float
        Standard error of the logarithm of each parameter; NaN where the data do not determine it
        (the estimate ran to the edge of the search, or the likelihood is flat).
    n_customers : int
        Customers in the fit.

    Examples
    --------
    >>> errors = {"r": 0.1, "alpha": 0.2, "s": 0.3, "beta": np.nan}
    >>> fit = ParetoNbdFit(ParetoNbd(0.5, 8.0, 0.6, 12.0), -100.0, errors, 50)
    >>> fit.standard_errors["alpha"], fit.undetermined
    (1.6, ('beta',))
    """

    model: ParetoNbd


def fit_pareto_nbd(summary: pd.DataFrame, *, unit: str | None = None) -> ParetoNbdFit:
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
    ParetoNbdFit
        The model in the unit of the table, its log-likelihood and standard errors.

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
    base = distinct_histories(summary, unit)

    def log_likelihood(parameters: Array) -> float:
        model = ParetoNbd(*parameters.tolist(), base.unit)
        return float(base.customers @ model.log_likelihood(base.x, base.t_x, base.T))

    length = np.average(base.T, weights=base.customers)
    scale = np.array([1.0, length, 1.0, length])
    starts = [[1.0, 1.0, 1.0, 1.0], [0.5, 0.3, 0.6, 0.3]]
    best = maximise_on_logs(log_likelihood, scale, starts)
    errors = dict(zip(("r", "alpha", "s", "beta"), best.log_standard_errors.tolist(), strict=True))
    model = ParetoNbd(*best.parameters.tolist(), base.unit)
    return ParetoNbdFit(model, best.value, errors, int(base.customers.sum()))


# --- quadrature ------------------------------------------------------------------------------------


def _present_lifetime(s: float, beta: Array, delta: float) -> Array:
    """E[1 / (delta + mu)] over mu ~ Gamma(s, beta): the discounted expected lifetime.

    The closed form is Tricomi's function U(s, s, delta beta). Here it is a mean over y ~ Exp(1) of
    (1 + y / (delta beta))^-s, by the trapezoidal rule on log(y), whose error is below 1e-12.
    """
    log_y = np.arange(-75.0, 4.0, 0.25)
    weight = 0.25 * np.exp(log_y - np.exp(log_y))
    still_there = np.exp(-s * np.log1p(np.exp(log_y) / (delta * beta[..., None])))
    return still_there @ weight / delta
