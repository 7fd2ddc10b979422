"""Customers as a Markov chain: what each state is worth (Pfeifer & Carraway).

A mail-order house counts how long ago each customer last bought. Who bought last month orders again
with 30 per cent, who has been silent for four months with 5, and who is silent longer is struck off.
With the chances of moving between states, P, and what each state brings, R, the value of being in a
state is the sum over t of (P / (1+d))^t R: without end (I - P / (1+d))^-1 R. The money of a period
comes at its beginning, so that of the present period is not discounted.

Pfeifer & Carraway (2000), Modeling Customer Relationships as Markov Chains, Journal of Interactive
Marketing 14(2), 43-55.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse.csgraph import connected_components

from crmsim.errors import InputError, whole_number
from crmsim.value.checks import checked
from crmsim.value.money import Flow, same_period
from crmsim.value.rates import DiscountRate
from crmsim.value.valuation import Valuation

__all__ = [
    "checked_distribution",
    "checked_transitions",
    "migration_clv",
    "recency_chain",
    "recency_rewards",
    "state_shares",
    "transitions_after",
]

Array = npt.NDArray[np.float64]
_MOST_PERIODS = 1_000_000


def recency_chain(purchase_probability: npt.ArrayLike) -> Array:
    """Return the transition matrix of customers by recency, with former customers at the end.

    Parameters
    ----------
    purchase_probability : array_like of float, shape (cells,)
        Chance to buy in the next period for those who bought in the last one, for those whose last
        purchase is one period older, and so on. Who does not buy from the last cell is lost for good.

    Returns
    -------
    numpy.ndarray, shape (cells + 1, cells + 1)

    Raises
    ------
    InputError
        Nothing is given, or a value is no chance.

    Examples
    --------
    >>> recency_chain([0.3, 0.2])
    array([[0.3, 0.7, 0. ],
           [0.2, 0. , 0.8],
           [0. , 0. , 1. ]])
    """
    chance = checked("purchase_probability", purchase_probability, 0, 1)
    if np.ndim(chance) != 1 or np.size(chance) == 0:
        raise InputError("purchase_probability", "must be one chance for each of one or more recency cells")
    cells = np.size(chance)
    matrix = np.zeros((cells + 1, cells + 1))
    matrix[:cells, 0] = chance
    matrix[np.arange(cells), np.arange(1, cells + 1)] += np.subtract(1.0, chance)
    matrix[cells, cells] = 1.0
    return matrix


def recency_rewards(contribution: Flow, marketing: Flow, cells: int) -> Flow:
    """Return what each state of a recency chain brings.

    Parameters
    ----------
    contribution : Flow
        Of a purchase: earned in the first cell, to which only buyers come.
    marketing : Flow
        Spent on everybody but former customers, above 0.
    cells : int
        Recency cells, without that of former customers.

    Returns
    -------
    Flow, shape (cells + 1,)

    Raises
    ------
    InputError
        Currencies, dates or periods differ.

    Examples
    --------
    >>> recency_rewards(Flow(40, "USD", "year"), Flow(4, "USD", "year"), cells=4)
    Flow([36 -4 -4 -4 0] USD per year at day 0)
    """
    number = whole_number("cells", cells, 1, 100_000)
    buyers, active = np.zeros(number + 1), np.ones(number + 1)
    buyers[0], active[-1] = 1.0, 0.0
    return contribution * buyers - marketing * active


def migration_clv(
    transitions: npt.ArrayLike, rewards: Flow, discount: DiscountRate, *, periods: int | None = None
) -> Valuation:
    """Return the value of a customer in each state.

    Parameters
    ----------
    transitions : array_like of float, shape (states, states)
        Chance to move from the state of the row to that of the column in one period. Rows sum to 1.
    rewards : Flow, shape (states,)
        What a customer in each state brings in a period, costs deducted, at its beginning.
    discount : DiscountRate
        Of the same period.
    periods : int, optional
        Horizon T: rewards now and after 1, .., T periods count. Without it there is no end.

    Returns
    -------
    Valuation, shape (states,)

    Raises
    ------
    InputError
        The matrix is none of chances (the error names row and column), numbers or periods do not
        match, or the value has no limit: a discount rate of 0 and states that pay for ever.

    Examples
    --------
    The example of the paper:

    >>> value = migration_clv(
    ...     recency_chain([0.3, 0.2, 0.15, 0.05]), Flow([36, -4, -4, -4, 0], "USD", "year"),
    ...     DiscountRate(0.2, "year"),
    ... )
    >>> value.value.round(3)
    array([52.32 ,  5.554,  1.251, -1.82 ,  0.   ])
    """
    per = same_period(rewards=rewards, discount=discount)
    matrix = checked_transitions("transitions", transitions)
    if np.shape(rewards.amount) != (len(matrix),):
        raise InputError(
            "rewards", f"must be one amount for each of {len(matrix)} states", np.shape(rewards.amount)
        )
    if np.ndim(discount.value):
        raise InputError("discount", "must be one rate, not an array")
    factor = 1.0 / (1.0 + float(discount.value))
    reward = np.asarray(rewards.amount)
    if periods is None:
        value = _without_end(matrix, reward, factor)
    else:
        value = reward
        for _ in range(whole_number("periods", periods, 0, _MOST_PERIODS)):
            value = reward + factor * (matrix @ value)
    return Valuation(
        value=value,
        currency=rewards.currency,
        date_of_value=rewards.date_of_value,
        horizon=np.inf if periods is None else float(periods),
        per=per,
        discount=discount,
        timing="beginning of each period, the first now",
        method="Markov migration (Pfeifer & Carraway)",
    )


def transitions_after(transitions: npt.ArrayLike, periods: int) -> Array:
    """Return the chances of moving between states in so many periods: a power of the matrix.

    Examples
    --------
    >>> transitions_after(recency_chain([0.3, 0.2]), 2).round(2)
    array([[0.23, 0.21, 0.56],
           [0.06, 0.14, 0.8 ],
           [0.  , 0.  , 1.  ]])
    """
    matrix = checked_transitions("transitions", transitions)
    return np.linalg.matrix_power(matrix, whole_number("periods", periods, 0, _MOST_PERIODS))


def state_shares(transitions: npt.ArrayLike, start: npt.ArrayLike, periods: int) -> Array:
    """Return the share of a cohort in each state, from now to so many periods on.

    Parameters
    ----------
    transitions : array_like of float, shape (states, states)
    start : array_like of float, shape (states,)
        Shares now; they sum to 1.
    periods : int

    Returns
    -------
    numpy.ndarray, shape (periods + 1, states)

    Examples
    --------
    >>> state_shares(recency_chain([0.3, 0.2]), [1, 0, 0], 2).round(2)
    array([[1.  , 0.  , 0.  ],
           [0.3 , 0.7 , 0.  ],
           [0.23, 0.21, 0.56]])
    """
    matrix = checked_transitions("transitions", transitions)
    shares = [checked_distribution("start", start, len(matrix))]
    for _ in range(whole_number("periods", periods, 0, _MOST_PERIODS)):
        shares.append(shares[-1] @ matrix)
    return np.array(shares)


def checked_transitions(field: str, transitions: npt.ArrayLike) -> Array:
    """Return a transition matrix as an array.

    Raises
    ------
    InputError
        It is not square, an entry is no chance (named by row and column, from 0), or a row does not
        sum to 1.

    Examples
    --------
    >>> checked_transitions("transitions", [[0.5, 0.4], [0, 1]])
    Traceback (most recent call last):
    ...
    crmsim.errors.InputError: transitions[0]: must sum to 1 over the row, got 0.9
    """
    matrix = np.asarray(checked(field, transitions, 0, 1))
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or matrix.size == 0:
        raise InputError(field, "must be a square matrix, a row and a column for each state", matrix.shape)
    sums = matrix.sum(axis=1)
    wrong = np.flatnonzero(np.abs(sums - 1.0) > 1e-9)
    if wrong.size:
        raise InputError(f"{field}[{wrong[0]}]", "must sum to 1 over the row", float(sums[wrong[0]]))
    return matrix


def checked_distribution(field: str, shares: npt.ArrayLike, states: int) -> Array:
    """Return the share of each state as an array; InputError if they do not sum to 1."""
    array = np.asarray(checked(field, shares, 0, 1))
    if array.shape != (states,):
        raise InputError(field, f"must be one share for each of {states} states", array.shape)
    if abs(array.sum() - 1.0) > 1e-9:
        raise InputError(field, "must sum to 1", float(array.sum()))
    return array


def _without_end(matrix: Array, reward: Array, factor: float) -> Array:
    """Solve for the value; without discounting only if whatever is never left brings nothing."""
    pays = np.ones(len(matrix), dtype=bool)
    if factor == 1.0:
        pays = ~_never_left(matrix)
        if reward[~pays].any():
            problem = "must be above 0 where a customer can stay for ever in states that pay or cost"
            raise InputError("discount", problem, 0.0)
    value = np.zeros(len(matrix))
    inner = matrix[np.ix_(pays, pays)]
    value[pays] = np.linalg.solve(np.eye(len(inner)) - factor * inner, reward[pays])
    return value


def _never_left(matrix: Array) -> npt.NDArray[np.bool_]:
    """Return which states belong to a group that nobody leaves."""
    _, group = connected_components(matrix > 0, connection="strong")
    open_groups = {group[row] for row, column in np.argwhere(matrix > 0) if group[row] != group[column]}
    return ~np.isin(group, list(open_groups))
