"""BG/NBD: how often customers come back, and whether they are still there, when nobody says goodbye.

A record shop sees only purchases. A customer who bought five times in spring and never since has
probably left; one who bought once in spring may simply be slow. The model weighs the two stories.

Fader, Hardie & Lee (2005), "Counting Your Customers" the Easy Way: An Alternative to the
Pareto/NBD Model, Marketing Science 24(2), 275-284; equation numbers below are theirs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import betainc, betaln, expit

from crmsim.errors import InputError
from crmsim.estimators.histories import checked_history, distinct_histories
from crmsim.estimators.likelihood import Fit, check_counts, checked, log_rising, maximise_on_logs
from crmsim.estimators.quadrature import beta_nodes
from crmsim.rfm import DAYS_PER, checked_unit

__all__ = ["BgNbd", "BgNbdFit", "fit_bg_nbd"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class BgNbd:
    """The beta-geometric / negative binomial model of repeat purchases, with its parameters.

    1. While active, a customer buys at random at a rate lambda (Poisson).
    2. Lambda differs between customers: Gamma with shape `r` and rate `alpha`.
    3. After each repeat purchase, and only then, the customer leaves for good with probability p.
    4. p differs between customers: Beta(`a`, `b`).
    5. Lambda and p are independent.

    Parameters
    ----------
    r : float
        Shape of the buying rates, above 0.
    alpha : float
        Rate parameter of the buying rates, above 0, in `unit`; the mean rate is ``r / alpha``.
    a, b : float
        Parameters of the leaving probabilities, above 0; the mean is ``a / (a + b)``.
    unit : {"week", "day"}
        Unit of `alpha` and of every duration given to a method. A pandas Series that carries
        another unit (``attrs["unit"]``, as columns of `rfm_summary` do) is refused.

    Raises
    ------
    InputError
        A parameter is not finite and above 0, or the unit is unknown. The methods raise it for
        durations or counts that are negative, not finite or contradict each other.

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

    def __post_init__(self) -> None:
        for name in ("r", "alpha", "a", "b"):
            if not 0 < getattr(self, name) < np.inf:
                raise InputError(name, "must be finite and above 0", getattr(self, name))
        checked_unit(self.unit)

    def in_unit(self, unit: str) -> BgNbd:
        """Return the same model with time counted in another unit.

        Parameters
        ----------
        unit : {"week", "day"}
            The unit to express `alpha` in.

        Returns
        -------
        BgNbd
            Equal predictions for equal durations.

        Raises
        ------
        InputError
            The unit is unknown.

        Examples
        --------
        >>> BgNbd(r=0.25, alpha=4.0, a=0.8, b=2.4, unit="week").in_unit("day").alpha
        28.0
        """
        scale = DAYS_PER[self.unit] / DAYS_PER[checked_unit(unit)]
        return replace(self, alpha=self.alpha * scale, unit=unit)

    def log_likelihood(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike) -> Array:
        """Log-likelihood of each customer's history (equation 6); sum it for the whole base.

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
        >>> BgNbd(r=1, alpha=1, a=1, b=1).log_likelihood([0, 1], [0, 2], [4, 4]).round(4)
        array([-1.6094, -2.5829])
        """
        x, t_x, T = checked_history(self.unit, x, t_x, T)
        repeated = x > 0
        count = np.where(repeated, x, 1.0)
        stayed = betaln(self.a, self.b + x) - betaln(self.a, self.b)
        common = (
            log_rising(self.r, x) + stayed - self.r * np.log1p(T / self.alpha) - x * np.log(self.alpha + T)
        )
        return common + np.where(repeated, np.logaddexp(0.0, self._log_odds_gone(count, t_x, T)), 0.0)

    def probability_alive(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike) -> Array:
        """Probability that a customer has not left by the end of observation.

        Follows from equation 6 as the share of the still-active term. Without a repeat purchase
        it is 1, since the model lets customers leave only after one.

        Parameters
        ----------
        x, t_x, T : array_like
            As in `log_likelihood`.

        Returns
        -------
        numpy.ndarray
            From 0 to 1.

        Raises
        ------
        InputError
            A history that is impossible or counted in another unit.

        Examples
        --------
        >>> cdnow = BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426)
        >>> cdnow.probability_alive([0, 7], [0, 20], [39, 39]).round(3)
        array([1.   , 0.141])
        """
        x, t_x, T = checked_history(self.unit, x, t_x, T)
        return np.where(x > 0, expit(-self._log_odds_gone(np.maximum(x, 1.0), t_x, T)), 1.0)[()]

    def expected_repeats(self, t: npt.ArrayLike) -> Array:
        """Expected repeat purchases of a new customer in the first `t` units of time (equation 9).

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

        Notes
        -----
        The closed form with 2F1 divides 0 by 0 at a = 1 and loses all digits for heavy buyers, so
        the mean over p, E[(1 - (alpha / (alpha + p t))^r) / p], is integrated instead.

        Examples
        --------
        >>> cdnow = BgNbd(r=0.242593, alpha=4.413531, a=0.792886, b=2.425754)
        >>> cdnow.expected_repeats([0, 1, 78]).round(3)
        array([0.   , 0.053, 1.858])
        """
        (t,) = checked(self.unit, t=t)
        return _mean_repeats(self.r, t / self.alpha, self.a, self.b)

    def conditional_expected_repeats(
        self, t: npt.ArrayLike, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike
    ) -> Array:
        """Expected purchases in the next `t` units of time, given a customer's history (equation 10).

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
        alpha + T, a and b + x; so this is P(alive) times `expected_repeats` of that model.

        Examples
        --------
        More purchases with the same last visit are bad news:

        >>> cdnow = BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426)
        >>> cdnow.conditional_expected_repeats(52, x=[10, 15, 20], t_x=20, T=39).round(3)
        array([0.347, 0.043, 0.004])
        """
        (t,) = checked(self.unit, t=t)
        alive = self.probability_alive(x, t_x, T)
        x, t_x, T = checked_history(self.unit, x, t_x, T)
        return alive * _mean_repeats(self.r + x, t / (self.alpha + T), self.a, self.b + x)

    def probability_of(self, x: npt.ArrayLike, t: npt.ArrayLike) -> Array:
        """Probability that a new customer makes exactly `x` repeat purchases by time `t` (equation 8).

        Parameters
        ----------
        x : array_like of int
            Repeat purchases, from 0.
        t : array_like
            Time since the first purchase, in the model's unit, from 0.

        Returns
        -------
        numpy.ndarray
            From 0 to 1; the sum over all `x` is 1.

        Raises
        ------
        InputError
            `x` is not a count, or `t` is negative, not finite or in another unit.

        Examples
        --------
        >>> cdnow = BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426)
        >>> cdnow.probability_of([0, 1], 39).round(3)
        array([0.574, 0.199])
        """
        x, t = checked(self.unit, x=x, t=t)
        check_counts("x", x, "repeat purchases")
        count = np.maximum(x, 1.0)
        share = t / (self.alpha + t)
        with np.errstate(divide="ignore"):  # t = 0: log(0) is right, nobody buys in no time
            bought = np.where(x > 0, count * np.log(share) - np.log(count) - betaln(self.r, count), 0.0)
        active = betaln(self.a, self.b + x) - betaln(self.a, self.b) - self.r * np.log1p(t / self.alpha)
        # The bracket of equation 8, one minus a sum of x terms, is a negative binomial tail.
        left = betaln(self.a + 1, self.b + count - 1) - betaln(self.a, self.b)
        gone = np.where(x > 0, np.exp(left) * betainc(count, self.r, share), 0.0)
        return np.exp(bought + active) + gone

    def _log_odds_gone(self, x: Array, t_x: Array, T: Array) -> Array:
        """Log of P(left right after the last purchase) over P(still there), for x > 0."""
        waited = np.log1p(np.maximum(T - t_x, 0.0) / (self.alpha + t_x))
        return np.log(self.a) - np.log(self.b + x - 1) + (self.r + x) * waited


@dataclass(frozen=True)
class BgNbdFit(Fit):
    """A fitted BG/NBD model and how well the data pin it down.

    Parameters
    ----------
    model : BgNbd
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
    >>> fit = BgNbdFit(BgNbd(0.5, 8.0, 0.8, 2.4), -100.0, {"r": 0.1, "alpha": 0.2, "a": 0.3, "b": np.nan}, 50)
    >>> fit.standard_errors["alpha"], fit.undetermined
    (1.6, ('b',))
    """

    model: BgNbd


def fit_bg_nbd(summary: pd.DataFrame, *, unit: str | None = None) -> BgNbdFit:
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
    BgNbdFit
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
    >>> fit_bg_nbd(base, unit="week").n_customers
    8
    """
    base = distinct_histories(summary, unit)

    def log_likelihood(parameters: Array) -> float:
        model = BgNbd(*parameters.tolist(), base.unit)
        return float(base.customers @ model.log_likelihood(base.x, base.t_x, base.T))

    scale = np.array([1.0, np.average(base.T, weights=base.customers), 1.0, 1.0])
    starts = [[1.0, 1.0, 1.0, 1.0], [0.3, 0.15, 0.8, 2.5], [3.0, 3.0, 0.3, 10.0]]
    best = maximise_on_logs(log_likelihood, scale, starts)
    errors = dict(zip(("r", "alpha", "a", "b"), best.log_standard_errors.tolist(), strict=True))
    model = BgNbd(*best.parameters.tolist(), base.unit)
    return BgNbdFit(model, best.value, errors, int(base.customers.sum()))


# --- quadrature ------------------------------------------------------------------------------------


def _mean_repeats(r: npt.ArrayLike, y: npt.ArrayLike, a: float, b: npt.ArrayLike) -> Array:
    """E[(1 - (1 + p y)^-r) / p] over p ~ Beta(a, b), element by element, with y = t / alpha."""
    r, y, b = np.broadcast_arrays(*(np.asarray(value, dtype=float) for value in (r, y, b)))
    rows, back = np.unique(np.column_stack([r.ravel(), y.ravel(), b.ravel()]), axis=0, return_inverse=True)
    # Blocks bound the memory: 4096 customers take some 10 MB an intermediate.
    blocks = [_quadrature(rows[at : at + 4096], a) for at in range(0, len(rows), 4096)]
    return np.concatenate(blocks)[back.ravel()].reshape(r.shape)[()] if blocks else np.zeros(r.shape)


def _quadrature(rows: Array, a: float) -> Array:
    """Sum over the spread of p, one row a customer."""
    r, y, b = rows.T
    logit, weight = beta_nodes(a, b)
    r, y = r[:, None], y[:, None]
    p = expit(logit)
    bought = -np.expm1(-r * np.log1p(y * p))
    per_chance = np.divide(bought, p, out=np.broadcast_to(r * y, p.shape).copy(), where=y * p > 1e-290)
    return (per_chance * weight).sum(axis=1)
