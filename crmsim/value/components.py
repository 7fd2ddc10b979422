"""The six components of CLV, each valued on its own.

What makes an old customer worth more than a new one? The course names six sources: the first
purchase, repeat purchases with a larger share of wallet, cross-selling, cooperation that lowers cost,
recommendation, and a lower sensitivity to price (after Reichheld & Sasser 1990, Harvard Business Review
68(5), 105-111). They are the components ``clv1`` .. ``clv6`` of a simulated ledger as well.
"""

from __future__ import annotations

from collections.abc import Mapping

from crmsim.errors import InputError
from crmsim.events import COMPONENTS, Component
from crmsim.value.money import Flow, Money, same_currency, same_date, same_period
from crmsim.value.rates import DiscountRate, RetentionRate
from crmsim.value.valuation import ValueParts
from crmsim.value.varying_retention import varying_clv

__all__ = ["SIX_COMPONENTS", "six_component_clv"]

#: The names of the components with their meaning.
SIX_COMPONENTS = {
    component.name.lower(): COMPONENTS[component].meaning
    for component in (
        Component.CLV1,
        Component.CLV2,
        Component.CLV3,
        Component.CLV4,
        Component.CLV5,
        Component.CLV6,
    )
}


def six_component_clv(
    margins: Mapping[str, Flow],
    retention: RetentionRate,
    discount: DiscountRate,
    *,
    timing: str = "immediate",
    acquisition_cost: Money | None = None,
) -> ValueParts:
    """Value each component of what a customer brings from period to period.

    Parameters
    ----------
    margins : mapping of str to Flow, shape (payments,)
        What each of ``clv1`` .. ``clv6`` brings in each period if the customer is still there; some may
        be left out. ``clv1``, the first purchase, is usually 0 from the second period on, the others
        are 0 in the first. What a component costs, such as a bonus for referrals, is deducted.
    retention : RetentionRate, scalar or shape (renewals,)
    discount : DiscountRate
    timing : {"immediate", "end_of_period", "before_renewal", "after_renewal"}
    acquisition_cost : Money, optional
        Above 0; a part of ``clv1``, as in the ledger.

    Returns
    -------
    ValueParts
        In the order of the six; the total equals the value of the summed margins.

    Raises
    ------
    InputError
        A name is none of the six, nothing is given, there is an acquisition cost but no ``clv1``, or
        periods, currencies, dates or numbers of payments differ.

    Examples
    --------
    >>> margins = {
    ...     "clv1": Flow([40, 0, 0], "EUR", "year"),
    ...     "clv2": Flow([0, 50, 60], "EUR", "year"),
    ...     "clv5": Flow([0, 0, 20], "EUR", "year"),
    ... }
    >>> value = six_component_clv(
    ...     margins, RetentionRate(0.8, "year"), DiscountRate(0.1, "year"), acquisition_cost=Money(60, "EUR")
    ... )
    >>> {name: round(part.value, 2) for name, part in value.parts.items()}
    {'clv1': -20.0, 'clv2': 68.1, 'clv5': 10.58}
    >>> round(value.total.value, 2)
    58.68
    """
    unknown = sorted(set(margins) - set(SIX_COMPONENTS))
    if unknown:
        raise InputError("margins", f"must be among {', '.join(SIX_COMPONENTS)}", unknown[0])
    if not margins:
        raise InputError("margins", f"must hold at least one of {', '.join(SIX_COMPONENTS)}")
    if acquisition_cost is not None and "clv1" not in margins:
        raise InputError("acquisition_cost", "is a part of clv1, which is not in margins")
    same_currency(**margins, acquisition_cost=acquisition_cost)
    same_date(**margins, acquisition_cost=acquisition_cost)
    same_period(**margins)
    parts = {
        name: varying_clv(
            margins[name],
            retention,
            discount,
            timing=timing,
            acquisition_cost=acquisition_cost if name == "clv1" else None,
        )
        for name in SIX_COMPONENTS
        if name in margins
    }
    return ValueParts(parts)
