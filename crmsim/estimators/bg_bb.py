"""BG/BB: who still gives, when there is one opportunity a period and nobody says goodbye.

A charity writes once a year. Of those who gave in 1995 some give every year, some now and then, and
some have thrown the letters away for years. All the charity knows is a row of gave and did not; how
often and how lately is all of it that matters.

Fader, Hardie & Shang (2010), Customer-Base Analysis in a Discrete-Time Noncontractual Setting,
Marketing Science 29(6), 1086-1108.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import betaln, expit

from crmsim.errors import InputError
from crmsim.estimators.checks import check_counts, check_parameters, check_rate, checked
from crmsim.estimators.fit import Fit, fitted
from crmsim.estimators.likelihood import log_rising, maximise_on_logs
from crmsim.estimators.sbg import ShiftedBetaGeometric
from crmsim.rfm import summary_columns

__all__ = ["BgBb", "fit_bg_bb"]

Array = npt.NDArray[np.float64]

LONGEST = 10_000
"""Most opportunities that a history can have."""


@dataclass(frozen=True)
class BgBb:
    """The beta-geometric / beta-Bernoulli model of purchases at regular opportunities.

    1. While active, a customer takes each opportunity with probability p.
    2. At the beginning of every period a customer leaves for good with probability theta.
    3. p differs between customers: Beta(`alpha`, `beta`).
    4. Theta differs between customers: Beta(`gamma`, `delta`).
    5. p and theta are independent.

    Parameters
    ----------
    alpha, beta : float
        Parameters of the buying probabilities, above 0; the mean is ``alpha / (alpha + beta)``.
    gamma, delta : float
        Parameters of the leaving probabilities, above 0; the mean is ``gamma / (gamma + delta)``.

    Raises
    ------
    InputError
        A parameter is not finite and above 0. The methods raise it for counts that are not whole
        numbers from 0 to `LONGEST` or contradict each other.

    Notes
    -----
    Customers last as with a contract (`ShiftedBetaGeometric` with gamma and delta), only unseen; so
    what is to come is a sum over its survival curve, without the closed forms that divide by
    gamma - 1.

    Examples
    --------
    The donors of the paper, ten years ahead: gave in four of six years, most lately in the fifth.

    >>> donors = BgBb(alpha=1.204, beta=0.750, gamma=0.657, delta=2.783)
    >>> donors.conditional_expected_repeats(10, x=4, t_x=5, n=6).round(2)
    np.float64(3.63)
    """

    alpha: float
    beta: float
    gamma: float
    delta: float

    PARAMETERS: ClassVar = ("alpha", "beta", "gamma", "delta")

    def __post_init__(self) -> None:
        check_parameters(self, self.PARAMETERS)

    def log_likelihood(self, x: npt.ArrayLike, t_x: npt.ArrayLike, n: npt.ArrayLike) -> Array:
        """Log-likelihood of each customer's history (equation 5); sum it for the whole base.

        Parameters
        ----------
        x : array_like of int
            Opportunities taken, from 0.
        t_x : array_like of int
            Number of the last one taken, from `x` to `n`; 0 where `x` is 0.
        n : array_like of int
            Opportunities there were.

        Returns
        -------
        numpy.ndarray
            One value a customer.

        Raises
        ------
        InputError
            A history that is impossible.

        Examples
        --------
        >>> BgBb(1, 1, 1, 1).log_likelihood([0, 1], [0, 1], [1, 1]).round(4)
        array([-0.2877, -1.3863])
        """
        return self._log_likelihood(*_checked_history(x, t_x, n))[()]

    def probability_alive(self, x: npt.ArrayLike, t_x: npt.ArrayLike, n: npt.ArrayLike) -> Array:
        """Probability of being still there at the next opportunity, n + 1.

        Parameters
        ----------
        x, t_x, n : array_like of int
            As in `log_likelihood`.

        Returns
        -------
        numpy.ndarray
            From 0 to 1.

        Raises
        ------
        InputError
            A history that is impossible.

        Examples
        --------
        >>> donors = BgBb(alpha=1.204, beta=0.750, gamma=0.657, delta=2.783)
        >>> donors.probability_alive([0, 2, 6], [0, 4, 6], 6).round(2)
        array([0.11, 0.59, 0.93])
        """
        x, t_x, n = _checked_history(x, t_x, n)
        return (self._alive(x, t_x, n) * (self.delta + n) / (self.gamma + self.delta + n))[()]

    def expected_repeats(self, n: npt.ArrayLike) -> Array:
        """Expected purchases of a new customer at the first `n` opportunities: E[X(n)] (equation 8).

        Parameters
        ----------
        n : array_like of int
            From 0.

        Returns
        -------
        numpy.ndarray
            Purchases, from 0.

        Raises
        ------
        InputError
            `n` is not a whole number from 0 to `LONGEST`.

        Examples
        --------
        >>> BgBb(alpha=1.204, beta=0.750, gamma=0.657, delta=2.783).expected_repeats([0, 1, 10]).round(2)
        array([0.  , 0.5 , 3.18])
        """
        return self.conditional_expected_repeats(n, 0, 0, 0)

    def expected_between(self, start: npt.ArrayLike, end: npt.ArrayLike) -> Array:
        """Expected purchases of a new customer after opportunity `start` and up to `end`.

        Parameters
        ----------
        start, end : array_like of int
            From 0, `end` no earlier than `start`. ``expected_between(t - 1, t)`` is period t.

        Returns
        -------
        numpy.ndarray
            Purchases, from 0.

        Raises
        ------
        InputError
            Numbers that are not whole, too large, or in the wrong order.

        Examples
        --------
        >>> BgBb(alpha=1.204, beta=0.750, gamma=0.657, delta=2.783).expected_between([0, 1], [1, 2]).round(3)
        array([0.498, 0.425])
        """
        start, end = (_opportunities(name, value) for name, value in (("start", start), ("end", end)))
        start, end = checked(None, start=start, end=end)
        if (end < start).any():
            raise InputError("end", "must not be before start", float(end[end < start][0]))
        return self.expected_repeats(end) - self.expected_repeats(start)

    def conditional_expected_repeats(
        self, t: npt.ArrayLike, x: npt.ArrayLike, t_x: npt.ArrayLike, n: npt.ArrayLike
    ) -> Array:
        """Expected purchases at the next `t` opportunities, given a customer's history (equation 13).

        Parameters
        ----------
        t : array_like of int
            Opportunities ahead, from 0.
        x, t_x, n : array_like of int
            As in `log_likelihood`.

        Returns
        -------
        numpy.ndarray
            Purchases, from 0.

        Raises
        ------
        InputError
            `t` or the history is impossible.

        Examples
        --------
        >>> donors = BgBb(alpha=1.204, beta=0.750, gamma=0.657, delta=2.783)
        >>> donors.conditional_expected_repeats(10, [0, 4], [0, 5], 6).round(2)
        array([0.13, 3.63])
        """
        (t,) = checked(None, t=_opportunities("t", t))
        x, t_x, n = _checked_history(x, t_x, n)
        t, x, t_x, n = checked(None, t=t, x=x, t_x=t_x, n=n)
        log_left = self._log_survival(np.arange(int((n + t).max(initial=0)) + 1.0))
        ahead = np.empty(t.shape)
        for seen in np.unique(n):  # survival beyond n is counted from its own level: no digits are lost
            later = np.append(0.0, np.cumsum(np.exp(log_left[int(seen) + 1 :] - log_left[int(seen)])))
            ahead[n == seen] = later[t[n == seen].astype(int)]
        return (self._alive(x, t_x, n) * self._mean_taken(x, n) * ahead)[()]

    def probability_of(self, x: npt.ArrayLike, n: npt.ArrayLike) -> Array:
        """Probability that a new customer takes exactly `x` of the first `n` opportunities (equation 7).

        Parameters
        ----------
        x, n : array_like of int
            From 0.

        Returns
        -------
        numpy.ndarray
            From 0 to 1, 0 where `x` is above `n`; the sum over all `x` is 1.

        Raises
        ------
        InputError
            Numbers that are not whole or too large.

        Examples
        --------
        >>> BgBb(1, 1, 1, 1).probability_of([0, 1, 2], 1)
        array([0.75, 0.25, 0.  ])
        """
        x, n = checked(None, x=_opportunities("x", x), n=_opportunities("n", n))
        chance = np.zeros(x.shape)
        for t in range(int(n.max(initial=0)) + 1):  # how many opportunities the customer lived to see
            seen = np.full(x.shape, float(t))
            lived = np.where(t < n, self._log_left_after(seen), self._log_survival(seen))
            possible = (x <= t) & (t <= n)
            few = np.where(possible, x, 0.0)
            ways = -np.log(t + 1.0) - betaln(t - few + 1, few + 1)
            chance += np.where(possible, np.exp(ways + self._log_taken(few, seen) + lived), 0.0)
        return chance[()]

    def discounted_expected_residual_transactions(
        self, discount_rate: float, x: npt.ArrayLike, t_x: npt.ArrayLike, n: npt.ArrayLike
    ) -> Array:
        """Present value of one currency unit per future purchase (DERT), given a customer's history.

        Parameters
        ----------
        discount_rate : float
            Per period, above 0. A purchase at the next opportunity is discounted once.
        x, t_x, n : array_like of int
            As in `log_likelihood`.

        Returns
        -------
        numpy.ndarray
            Discounted purchases, from 0, over an infinite horizon from `n` on (equation 14).

        Raises
        ------
        InputError
            `discount_rate` is not finite and above 0; a history that is impossible.

        Examples
        --------
        >>> donors = BgBb(alpha=1.204, beta=0.750, gamma=0.657, delta=2.783)
        >>> donors.discounted_expected_residual_transactions(0.1, [0, 6], [0, 6], 6).round(2)
        array([0.11, 5.91])
        """
        check_rate("discount_rate", discount_rate)
        x, t_x, n = _checked_history(x, t_x, n)
        lasting = ShiftedBetaGeometric(self.gamma, self.delta)
        ahead = lasting.discounted_expected_residual_lifetime(n, discount_rate) / (1 + discount_rate)
        return (self._alive(x, t_x, n) * self._mean_taken(x, n) * ahead)[()]

    def posterior_means(self, x: npt.ArrayLike, t_x: npt.ArrayLike, n: npt.ArrayLike) -> tuple[Array, Array]:
        """Mean buying and mean leaving probability of customers with a history.

        Parameters
        ----------
        x, t_x, n : array_like of int
            As in `log_likelihood`.

        Returns
        -------
        buying, leaving : numpy.ndarray
            Of p and of theta, from 0 to 1.

        Raises
        ------
        InputError
            A history that is impossible.

        Examples
        --------
        >>> buying, leaving = BgBb(1.0, 1.0, 1.0, 3.0).posterior_means([0, 3], [0, 3], 3)
        >>> buying.round(2), leaving.round(2)
        (array([0.38, 0.8 ]), array([0.32, 0.14]))
        """
        history = _checked_history(x, t_x, n)
        here = self._log_likelihood(*history)
        buyer, leaver = replace(self, alpha=self.alpha + 1), replace(self, gamma=self.gamma + 1)
        buying = self.alpha / (self.alpha + self.beta) * np.exp(buyer._log_likelihood(*history) - here)
        leaving = self.gamma / (self.gamma + self.delta) * np.exp(leaver._log_likelihood(*history) - here)
        return buying[()], leaving[()]

    def _log_likelihood(self, x: Array, t_x: Array, n: Array) -> Array:
        return self._log_active(x, n) + np.logaddexp(0.0, self._log_odds_gone(x, t_x, n))

    def _alive(self, x: Array, t_x: Array, n: Array) -> Array:
        """Probability of having been there at the last opportunity, n."""
        return expit(-self._log_odds_gone(x, t_x, n))

    def _mean_taken(self, x: Array, n: Array) -> Array:
        return (self.alpha + x) / (self.alpha + self.beta + n)

    def _log_active(self, x: Array, n: Array) -> Array:
        return self._log_taken(x, n) + self._log_survival(n)

    def _log_odds_gone(self, x: Array, t_x: Array, n: Array) -> Array:
        """Log of P(left after t_x or more of n opportunities, and history) over P(there, and history)."""
        gone = np.full(x.shape, -np.inf)
        for silent in range(int((n - t_x).max(initial=0))):
            t = t_x + silent
            term = self._log_taken(x, t) + self._log_left_after(t)
            gone = np.where(t < n, np.logaddexp(gone, term), gone)
        return gone - self._log_active(x, n)

    def _log_taken(self, x: Array, n: Array) -> Array:
        """Log of the chance of a certain row of x taken and n - x not."""
        each = log_rising(self.alpha, x) + log_rising(self.beta, np.maximum(n - x, 0.0))
        return each - log_rising(self.alpha + self.beta, n)

    def _log_survival(self, t: Array) -> Array:
        return log_rising(self.delta, t) - log_rising(self.gamma + self.delta, t)

    def _log_left_after(self, t: Array) -> Array:
        """Log of the chance to live through t opportunities and no more."""
        return self._log_survival(t) + np.log(self.gamma) - np.log(self.gamma + self.delta + t)


def fit_bg_bb(table: pd.DataFrame) -> Fit[BgBb]:
    """Fit BG/BB to a customer base by maximum likelihood.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a customer, or a row a history with the number of customers who share it; not changed:
        ``frequency``, ``recency`` and ``periods`` as x, t_x and n in `BgBb.log_likelihood`, and
        optionally ``weights``, whole numbers of customers.

    Returns
    -------
    Fit
        The model, its log-likelihood and covariance.

    Raises
    ------
    InputError
        A column is missing; an impossible history; weights that are not whole numbers; fewer than
        two customers; nobody bought at any opportunity.
    CrmsimError
        The search for the maximum failed.

    Examples
    --------
    >>> base = pd.DataFrame({"frequency": [0, 1, 2, 3, 1], "recency": [0, 1, 2, 3, 3], "periods": 3,
    ...                      "weights": [40, 20, 12, 10, 5]})
    >>> fit_bg_bb(base).n_customers
    87
    """
    names = ["frequency", "recency", "periods"]
    x, t_x, n = _checked_history(*summary_columns(table, names), names=names)
    (weights,) = checked(None, weights=table["weights"] if "weights" in table.columns else np.ones(len(x)))
    check_counts("weights", weights, "customers with a history")
    if weights.sum() < 2:
        raise InputError("table", "must have at least 2 customers to fit a model", int(weights.sum()))
    if not (x * weights > 0).any():
        problem = "must hold at least one purchase: where nobody bought, no rate of buying can be told"
        raise InputError("frequency", problem)
    rows, back = np.unique(np.column_stack([x, t_x, n]), axis=0, return_inverse=True)
    customers = np.bincount(back.ravel(), weights=weights)
    rows, customers = rows[customers > 0], customers[customers > 0]

    def log_likelihood(parameters: Array) -> float:
        return float(customers @ BgBb(*parameters.tolist())._log_likelihood(*rows.T))

    starts = [[1.0, 1.0, 1.0, 1.0], [0.5, 0.5, 0.5, 3.0], [3.0, 1.0, 1.0, 10.0]]
    best = maximise_on_logs(log_likelihood, np.ones(4), starts)
    return fitted(BgBb(*best.parameters.tolist()), best, int(customers.sum()))


def _opportunities(name: str, values: npt.ArrayLike) -> Array:
    (array,) = checked(None, **{name: values})
    check_counts(name, array, "opportunities")
    if (array > LONGEST).any():
        raise InputError(name, f"must be at most {LONGEST}", float(array.max()))
    return array


def _checked_history(
    x: npt.ArrayLike, t_x: npt.ArrayLike, n: npt.ArrayLike, names: list[str] | None = None
) -> list[Array]:
    names = names or ["x", "t_x", "n"]
    given = {name: _opportunities(name, values) for name, values in zip(names, (x, t_x, n), strict=True)}
    x, t_x, n = checked(None, **given)
    late = t_x > n
    if late.any():
        raise InputError(names[1], f"must be at most {names[2]} ({n[late][0]:g})", float(t_x[late][0]))
    many = x > t_x
    if many.any():
        problem = f"must be at most {names[1]} ({t_x[many][0]:g}), the number of the last opportunity taken"
        raise InputError(names[0], problem, float(x[many][0]))
    stray = (x == 0) & (t_x > 0)
    if stray.any():
        raise InputError(names[1], "must be 0 where no opportunity was taken", float(t_x[stray][0]))
    return [x, t_x, n]
