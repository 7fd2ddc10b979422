"""What a base of contracts is worth, by how often each customer has renewed.

A telephone company with 4,391 customers in their fifth year and 20,500 in their first asks what all of
them will still pay. One retention rate for everybody says too little: of those who have stayed for four
years few are left who are about to leave. The shifted beta-geometric model says how many renewals to
expect after so many, and here they become money.

Fader & Hardie (2010), Customer-Base Valuation in a Contractual Setting: The Perils of Ignoring
Heterogeneity, Marketing Science 29(1), 85-93.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from crmsim.errors import InputError
from crmsim.estimators.sbg import ShiftedBetaGeometric
from crmsim.value.checks import checked
from crmsim.value.money import Flow, same_period
from crmsim.value.rates import DiscountRate
from crmsim.value.valuation import Valuation

__all__ = ["contract_base_value"]


def contract_base_value(
    model: ShiftedBetaGeometric,
    renewals: npt.ArrayLike,
    customers: npt.ArrayLike,
    margin: Flow,
    discount: DiscountRate,
) -> Valuation:
    """Return the residual value of customers with a contract, group by group.

    Of each group it is customers x DERL (:meth:`ShiftedBetaGeometric.\
discounted_expected_residual_lifetime`) x margin.

    Parameters
    ----------
    model : ShiftedBetaGeometric
        Fitted to renewals of contracts as long as the period of `margin`.
    renewals : array_like of int
        Renewals that each group has made, from 0.
    customers : array_like of float
        Customers in each group, 0 or more; broadcast with `renewals` and `margin`.
    margin : Flow
        Earned with each renewal, per period of the contract.
    discount : DiscountRate
        Per the same period, above 0.

    Returns
    -------
    Valuation
        Of each group, without end, just before its next renewal, whose payment is not discounted; the
        sum of its ``value`` is that of the base.

    Raises
    ------
    InputError
        Periods differ; renewals are not whole numbers from 0; customers are negative; the rate is 0.

    Examples
    --------
    >>> model = ShiftedBetaGeometric(alpha=3.8, beta=15.2)
    >>> fee, discount = Flow(1, "USD", "year"), DiscountRate(0.1, "year")
    >>> value = contract_base_value(model, [4, 0], [4391, 20500], fee, discount)
    >>> round(float(value.value.sum()), -2), value.timing, value.per
    (84700.0, 'before_renewal', 'year')
    """
    per = same_period(margin=margin, discount=discount)
    if np.ndim(discount.value):
        raise InputError("discount", "must be one rate, not an array")
    people = checked("customers", customers, 0)
    lifetimes = model.discounted_expected_residual_lifetime(renewals, float(discount.value))
    try:
        value = people * lifetimes * margin.amount
    except ValueError:
        shapes = f"{np.shape(lifetimes)} of renewals and {np.shape(margin.amount)} of margin"
        raise InputError("customers", f"must fit {shapes}", np.shape(people)) from None
    return Valuation(
        value=value,
        currency=margin.currency,
        date_of_value=margin.date_of_value,
        horizon=np.inf,
        per=per,
        discount=discount,
        timing="before_renewal",
        method="shifted beta-geometric (Fader & Hardie 2010)",
    )
