"""What all models of repeat purchases without a contract have in common.

A bakery's regulars buy at rates of their own, until they stop for good without a word. The models
differ in when somebody may leave; what can be asked of them is the same: is this customer still
there, and what will they yet buy? A new model writes four formulas and inherits the rest.
"""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Self, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit

from crmsim.errors import InputError
from crmsim.estimators.checks import check_counts, check_parameters, check_rate, checked
from crmsim.estimators.fit import Fit, fitted
from crmsim.estimators.histories import checked_history, distinct_histories
from crmsim.estimators.likelihood import maximise_on_logs
from crmsim.rfm import DAYS_PER, checked_unit

__all__ = ["RepeatPurchaseModel", "fit_repeat_purchases"]

Array = npt.NDArray[np.float64]


class RepeatPurchaseModel:
    """A model of how often customers come back, and of whether they are still there.

    Subclasses are frozen dataclasses with the fields `PARAMETERS` and ``unit``. All methods take
    numbers or arrays, broadcast against each other; durations are in the model's unit, and a pandas
    Series that carries another one (``attrs["unit"]``, as columns of `rfm_summary` do) is refused.
    """

    PARAMETERS: ClassVar[tuple[str, ...]]
    TIMES: ClassVar[tuple[str, ...]]
    """Parameters that are counted in units of time."""
    STARTS: ClassVar[tuple[tuple[float, ...], ...]]
    """Where a fit begins; times as multiples of the mean time observed."""
    HAS_GRADIENT: ClassVar[bool] = False
    """Whether `_gradient` is there; without it a fit takes differences."""

    unit: str

    def __post_init__(self) -> None:
        check_parameters(self, self.PARAMETERS)
        checked_unit(self.unit)

    def in_unit(self, unit: str) -> Self:
        """Return the same model with time counted in another unit.

        Parameters
        ----------
        unit : {"week", "day"}

        Returns
        -------
        object of the same class
            Equal predictions for equal durations.

        Raises
        ------
        InputError
            The unit is unknown.

        Examples
        --------
        >>> from crmsim.estimators import BgNbd
        >>> BgNbd(r=0.25, alpha=4.0, a=0.8, b=2.4, unit="week").in_unit("day").alpha
        28.0
        """
        scale = DAYS_PER[self.unit] / DAYS_PER[checked_unit(unit)]
        times = {name: getattr(self, name) * scale for name in self.TIMES}
        return replace(self, **times, unit=unit)  # type: ignore[type-var]

    def log_likelihood(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike) -> Array:
        """Log-likelihood of each customer's history; sum it for the whole base.

        Parameters
        ----------
        x : array_like of int
            Repeat purchases, from 0.
        t_x : array_like
            First to last purchase, from 0 to `T`; 0 where `x` is 0.
        T : array_like
            First purchase to the end of observation, from 0.

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
        >>> from crmsim.estimators import BgNbd
        >>> BgNbd(r=1, alpha=1, a=1, b=1).log_likelihood([0, 1], [0, 2], [4, 4]).round(4)
        array([-1.6094, -2.5829])
        """
        return self._log_likelihood(*checked_history(self.unit, x, t_x, T))[()]

    def probability_alive(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike) -> Array:
        """Probability that a customer has not left by the end of observation: P(alive).

        The share of the still-active term in the likelihood.

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
        >>> from crmsim.estimators import BgNbd, ParetoNbd
        >>> BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426).probability_alive([0, 7], [0, 20], 39).round(3)
        array([1.   , 0.141])
        >>> cdnow = ParetoNbd(r=0.553, alpha=10.578, s=0.606, beta=11.669)
        >>> cdnow.probability_alive([0, 7], [0, 20], 39).round(3)
        array([0.294, 0.217])
        """
        return expit(-self._log_odds_gone(*checked_history(self.unit, x, t_x, T)))[()]

    def expected_repeats(self, t: npt.ArrayLike) -> Array:
        """Expected repeat purchases of a new customer in the first `t` units of time: E[X(t)].

        Parameters
        ----------
        t : array_like
            Time since the first purchase, from 0.

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
        >>> from crmsim.estimators import BgNbd
        >>> BgNbd(r=0.242593, alpha=4.413531, a=0.792886, b=2.425754).expected_repeats([0, 1, 78]).round(3)
        array([0.   , 0.053, 1.858])
        """
        return self.conditional_expected_repeats(t, 0, 0, 0)

    def expected_between(self, start: npt.ArrayLike, end: npt.ArrayLike) -> Array:
        """Expected repeat purchases of a new customer between two times: E[X(end)] - E[X(start)].

        Parameters
        ----------
        start, end : array_like
            Time since the first purchase, from 0, `end` no earlier than `start`.

        Returns
        -------
        numpy.ndarray
            Purchases, from 0.

        Raises
        ------
        InputError
            A time is negative, not finite or in another unit, or `end` is before `start`.

        Examples
        --------
        >>> from crmsim.estimators import BgNbd
        >>> BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426).expected_between([0, 26, 52], [26, 52, 78]).round(2)
        array([0.9 , 0.54, 0.41])
        """
        start, end = checked(self.unit, start=start, end=end)
        if (end < start).any():
            raise InputError("end", "must not be before start", float(end[end < start][0]))
        return self.expected_repeats(end) - self.expected_repeats(start)

    def conditional_expected_repeats(
        self, t: npt.ArrayLike, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike
    ) -> Array:
        """Expected purchases in the next `t` units of time, given a customer's history.

        P(alive) times what an active customer of that history is expected to buy.

        Parameters
        ----------
        t : array_like
            Time ahead, from 0.
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

        Examples
        --------
        More purchases with the same last visit are bad news:

        >>> from crmsim.estimators import BgNbd
        >>> cdnow = BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426)
        >>> cdnow.conditional_expected_repeats(52, x=[10, 15, 20], t_x=20, T=39).round(3)
        array([0.347, 0.043, 0.004])
        """
        (t,) = checked(self.unit, t=t)
        alive = self.probability_alive(x, t_x, T)
        x, _, T = checked_history(self.unit, x, t_x, T)
        return (alive * self._active_repeats(*_of_one_shape(t, x, T)))[()]

    def probability_of(self, x: npt.ArrayLike, t: npt.ArrayLike) -> Array:
        """Probability that a new customer makes exactly `x` repeat purchases by time `t`: P(X(t) = x).

        Parameters
        ----------
        x : array_like of int
            Repeat purchases, from 0.
        t : array_like
            Time since the first purchase, from 0.

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
        >>> from crmsim.estimators import BgNbd
        >>> BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426).probability_of([0, 1], 39).round(3)
        array([0.574, 0.199])
        """
        x, t = checked(self.unit, x=x, t=t)
        check_counts("x", x, "repeat purchases")
        return self._probability_of(x, t)[()]

    def discounted_expected_residual_transactions(
        self, delta: float, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike
    ) -> Array:
        """Present value of one currency unit per future purchase (DERT), given a customer's history.

        Parameters
        ----------
        delta : float
            Continuous discount rate per unit of time, above 0: ``log(1 + annual rate) / 52`` for
            weeks. Without discounting the sum may be infinite.
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

        >>> from crmsim.estimators import ParetoNbd
        >>> cdnow = ParetoNbd(r=0.563, alpha=12.559, s=0.408, beta=10.515)
        >>> cdnow.discounted_expected_residual_transactions(0.0027, [7, 1], [35, 30], 77.86).round(1)
        array([1.9, 2.2])
        """
        check_rate("delta", delta)
        alive = self.probability_alive(x, t_x, T)
        x, _, T = checked_history(self.unit, x, t_x, T)
        return (alive * self._active_present_repeats(delta, *_of_one_shape(x, T)))[()]

    # What a model writes itself, on arrays that were checked.

    def _log_likelihood(self, x: Array, t_x: Array, T: Array) -> Array:
        return self._log_active(x, T) + np.logaddexp(0.0, self._log_odds_gone(x, t_x, T))

    def _log_active(self, x: Array, T: Array) -> Array:
        """Log-likelihood of the history together with being active at `T`."""
        raise NotImplementedError

    def _log_odds_gone(self, x: Array, t_x: Array, T: Array) -> Array:
        """Log of P(left by T, and history) over P(active at T, and history)."""
        raise NotImplementedError

    def _active_repeats(self, t: Array, x: Array, T: Array) -> Array:
        """Expected purchases in the next `t` of a customer who is active at `T`."""
        raise NotImplementedError

    def _active_present_repeats(self, delta: float, x: Array, T: Array) -> Array:
        """Discounted expected purchases from `T` on of a customer who is active then."""
        raise NotImplementedError

    def _probability_of(self, x: Array, t: Array) -> Array:
        raise NotImplementedError

    def _gradient(self, x: Array, t_x: Array, T: Array) -> Array:
        """Derivatives of `_log_likelihood` by the parameters, one row each."""
        raise NotImplementedError


Model = TypeVar("Model", bound=RepeatPurchaseModel)


def fit_repeat_purchases(model: type[Model], summary: pd.DataFrame, unit: str | None) -> Fit[Model]:
    """Fit a model of repeat purchases to a customer base by maximum likelihood.

    Parameters
    ----------
    model : type
        `BgNbd`, `MbgNbd`, `ParetoNbd`.
    summary : pandas.DataFrame
        Columns ``frequency``, ``recency`` and ``T``, one row a customer, as
        `crmsim.rfm.rfm_summary` returns them; not changed.
    unit : {"week", "day"} or None
        Unit of ``recency`` and ``T``; None to rely on ``summary.attrs["unit"]``.

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
    >>> from crmsim.estimators import BgNbd
    >>> base = pd.DataFrame({"frequency": [0, 0, 1, 3, 6, 0, 2, 1], "recency": [0, 0, 5, 20, 37, 0, 9, 30],
    ...                      "T": [39, 38, 38, 37, 39, 36, 35, 39]})
    >>> fit_repeat_purchases(BgNbd, base, "week").n_customers
    8
    """
    base = distinct_histories(summary, unit)
    history = base.x, base.t_x, base.T

    def at(parameters: Array) -> Model:
        return model(*parameters.tolist(), base.unit)

    def log_likelihood(parameters: Array) -> float:
        return float(base.customers @ at(parameters)._log_likelihood(*history))

    def gradient(parameters: Array) -> Array:
        return at(parameters)._gradient(*history) @ base.customers

    length = np.average(base.T, weights=base.customers)
    scale = np.array([length if name in model.TIMES else 1.0 for name in model.PARAMETERS])
    starts = [list(start) for start in model.STARTS]
    best = maximise_on_logs(log_likelihood, scale, starts, gradient if model.HAS_GRADIENT else None)
    return fitted(at(best.parameters), best, int(base.customers.sum()))


def _of_one_shape(*arrays: Array) -> tuple[Array, ...]:
    try:
        return np.broadcast_arrays(*arrays)
    except ValueError:
        problem = "must be one number, or as many as there are histories"
        raise InputError("t", problem, arrays[0].shape) from None
