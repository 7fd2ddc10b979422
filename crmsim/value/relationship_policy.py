"""What to do with customers in each state: the policy of the highest value.

The mail-order house may write to a customer or stop. Stopping saves the letters and loses the customer.
Where the value of a state is negative, stopping is better; and once it stops there, the value of all
other states changes too, so one looks again until nothing changes (policy iteration; Howard 1960;
Pfeifer & Carraway 2000 apply it to relationships). Any number of actions may be compared, each with
chances and rewards of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from crmsim.errors import CrmsimError, InputError
from crmsim.value.migration import (
    checked_transitions,
    migration_clv,
    recency_chain,
    recency_rewards,
)
from crmsim.value.money import Flow, same_currency, same_date, same_period
from crmsim.value.rates import DiscountRate
from crmsim.value.valuation import Valuation

__all__ = ["Action", "Policy", "optimal_policy", "policy_value", "recency_actions"]

_MOST_ROUNDS = 1000
_TIE = 1e-9
"""A gain below this share of the largest value does not change what is done."""


@dataclass(frozen=True, eq=False)
class Action:
    """Something that can be done with customers, in every state.

    Parameters
    ----------
    transitions : array_like of float, shape (states, states)
    rewards : Flow, shape (states,)
        What a state brings in a period in which this is done, its cost deducted.
    """

    transitions: npt.ArrayLike
    rewards: Flow


@dataclass(frozen=True)
class Policy:
    """What is done in each state, and what that makes each state worth.

    Attributes
    ----------
    actions : tuple of str
        One name a state.
    value : Valuation, shape (states,)
        Without end.
    rounds : int
        How often the policy was improved; 0 if the first one was the best.
    """

    actions: tuple[str, ...]
    value: Valuation
    rounds: int


def recency_actions(
    purchase_probability: npt.ArrayLike, contribution: Flow, marketing: Flow
) -> dict[str, Action]:
    """Return the two actions in a recency chain: ``market`` to a customer, or ``stop``.

    Whoever is stopped brings in this period what was earned already, costs nothing, and is a former
    customer from the next period on.

    Parameters
    ----------
    purchase_probability : array_like of float, shape (cells,)
        As in :func:`crmsim.value.migration.recency_chain`.
    contribution, marketing : Flow
        As in :func:`crmsim.value.migration.recency_rewards`.

    Examples
    --------
    >>> actions = recency_actions([0.3, 0.2], Flow(40, "USD", "year"), Flow(4, "USD", "year"))
    >>> actions["stop"].rewards
    Flow([40 0 0] USD per year at day 0)
    """
    chain = recency_chain(purchase_probability)
    states = len(chain)
    gone = np.zeros((states, states))
    gone[:, -1] = 1.0
    return {
        "market": Action(chain, recency_rewards(contribution, marketing, states - 1)),
        "stop": Action(gone, recency_rewards(contribution, marketing * 0.0, states - 1)),
    }


def policy_value(actions: Mapping[str, Action], policy: Sequence[str], discount: DiscountRate) -> Valuation:
    """Return the value of each state if this is what is done in each.

    Parameters
    ----------
    actions : mapping of str to Action
    policy : sequence of str
        Name of an action for each state.
    discount : DiscountRate

    Returns
    -------
    Valuation, shape (states,)
        Without end.

    Raises
    ------
    InputError
        An unknown action, or actions that do not match one another.

    Examples
    --------
    >>> both = recency_actions(
    ...     [0.3, 0.2, 0.15, 0.05], Flow(40, "USD", "year"), Flow(4, "USD", "year")
    ... )
    >>> stop_at_4 = ["market", "market", "market", "stop", "stop"]
    >>> policy_value(both, stop_at_4, DiscountRate(0.2, "year")).value.round(2)
    array([53.15,  6.62,  2.64,  0.  ,  0.  ])
    """
    matrices, rewards = _stacked(actions)
    unknown = [name for name in policy if name not in actions]
    if unknown:
        raise InputError("policy", f"must be among {', '.join(actions)}", unknown[0])
    if len(policy) != rewards.amount.shape[1]:
        raise InputError("policy", f"must be one action for each of {rewards.amount.shape[1]} states")
    order = list(actions)
    return _value(matrices, rewards, np.array([order.index(name) for name in policy]), discount)


def optimal_policy(actions: Mapping[str, Action], discount: DiscountRate) -> Policy:
    """Return what is best to do in each state, by policy iteration.

    Parameters
    ----------
    actions : mapping of str to Action
        One or more. The first is where the search begins, and what is done where another is no better.
    discount : DiscountRate

    Returns
    -------
    Policy
        No other policy is worth more in any state.

    Raises
    ------
    InputError
        Actions that do not match one another, or without discounting a policy whose value has no limit.

    Examples
    --------
    >>> actions = recency_actions(
    ...     [0.3, 0.2, 0.15, 0.05], Flow(40, "USD", "year"), Flow(4, "USD", "year")
    ... )
    >>> best = optimal_policy(actions, DiscountRate(0.2, "year"))
    >>> best.actions[:4], best.rounds
    (('market', 'market', 'market', 'stop'), 1)
    """
    matrices, rewards = _stacked(actions)
    states = np.arange(rewards.amount.shape[1])
    choice = np.zeros(len(states), dtype=np.int64)
    for rounds in range(_MOST_ROUNDS):
        value = _value(matrices, rewards, choice, discount)
        offers = rewards.amount + matrices @ value.value / (1.0 + discount.value)
        best = offers.argmax(axis=0)
        gain = offers[best, states] - offers[choice, states]
        better = gain > _TIE * max(float(np.abs(offers).max()), 1e-300)
        if not better.any():
            names = list(actions)
            return Policy(tuple(names[place] for place in choice), value, rounds)
        choice = np.where(better, best, choice)
    raise CrmsimError(f"no best policy was found in {_MOST_ROUNDS} rounds")


def _stacked(actions: Mapping[str, Action]) -> tuple[npt.NDArray[np.float64], Flow]:
    """Return all matrices and all rewards, the action first."""
    if not actions:
        raise InputError("actions", "must hold at least one action")
    rewards = {name: action.rewards for name, action in actions.items()}
    same_currency(**rewards)
    same_date(**rewards)
    same_period(**rewards)
    matrices = {name: checked_transitions(name, action.transitions) for name, action in actions.items()}
    first = next(iter(matrices))
    for name, matrix in matrices.items():
        if matrix.shape != matrices[first].shape:
            raise InputError(name, f"must have the {len(matrices[first])} states of {first}", len(matrix))
        if np.shape(rewards[name].amount) != (len(matrix),):
            raise InputError(name, f"must have one reward for each of {len(matrix)} states")
    stacked = Flow(
        np.array([reward.amount for reward in rewards.values()]),
        rewards[first].currency,
        rewards[first].per,
        rewards[first].date_of_value,
    )
    return np.array(list(matrices.values())), stacked


def _value(
    matrices: npt.NDArray[np.float64], rewards: Flow, choice: npt.NDArray[np.int64], discount: DiscountRate
) -> Valuation:
    states = np.arange(len(choice))
    chosen = Flow(rewards.amount[choice, states], rewards.currency, rewards.per, rewards.date_of_value)
    return migration_clv(matrices[choice, states], chosen, discount)
