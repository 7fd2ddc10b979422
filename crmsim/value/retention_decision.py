"""Kotler's four steps to a decision on retention, on a firm's own numbers.

Measure how many stay; sort the departures by cause; put a price on those that could have been
prevented; and spend as long as the measure costs less than it brings back. A gym that loses members
to moving house need not buy new machines. For the same steps on a pair of simulated runs see
:mod:`crmsim.metrics.retention_decision`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmsim.errors import InputError
from crmsim.value.checks import checked
from crmsim.value.money import Day, Money
from crmsim.value.rates import DiscountRate
from crmsim.value.valuation import Valuation

__all__ = ["RetentionDecision", "decide_retention"]


@dataclass(frozen=True)
class RetentionDecision:
    """The four steps, with the figures of each and the terms on which profit is valued.

    Attributes
    ----------
    retention : dict of str to float
        Step 1: share kept, per the period of each name.
    causes : Series
        Step 2: share of each cause among those lost.
    lost : DataFrame
        Step 3: ``lost`` customers, ``profit`` that went with them and whether it was ``preventable``,
        by cause.
    cost : float
        Step 4: what the measure costs.
    regained : float
        What it brings back before its cost, in the same money.
    currency : str
    date_of_value : int or datetime.date
        To which cost and what is regained are discounted.
    horizon : float
        Periods from then for which a customer's profit counts; infinite where there is no end.
    per : str
        Length of such a period.
    discount : DiscountRate
    timing : str
        When a customer's payments fall.
    """

    retention: dict[str, float]
    causes: pd.Series
    lost: pd.DataFrame
    cost: float
    regained: float
    currency: str
    date_of_value: Day
    horizon: float
    per: str
    discount: DiscountRate
    timing: str

    @property
    def preventable_loss(self) -> float:
        """Profit that went with customers who could have been kept: the most that keeping can bring."""
        return float(self.lost.loc[self.lost["preventable"], "profit"].sum())

    @property
    def pays(self) -> bool:
        """Whether the measure costs less than it brings back."""
        return self.cost < self.regained


def decide_retention(
    customers: int,
    lost: Mapping[str, float],
    preventable: Iterable[str],
    clv: Valuation | Mapping[str, Valuation],
    *,
    cost: Money,
    saved: float = 1.0,
    per: str = "year",
) -> RetentionDecision:
    """Go through the four steps with counts, causes and the value of a customer.

    Parameters
    ----------
    customers : int
        At the beginning of the period.
    lost : mapping of str to float
        How many of them were lost in it, by cause.
    preventable : iterable of str
        Causes about which the firm can do something.
    clv : Valuation, or mapping of str to Valuation
        What a lost customer would still have brought; one for all, or one a cause, all on the same
        terms (currency, date, horizon, rate and timing), which the decision then states.
    cost : Money
        Of the measure against those causes, for the same period, at the date of value of `clv`.
    saved : float
        Share of preventable losses that the measure prevents, 0 to 1; at 1 the course's criterion,
        spend less than what goes with all avoidable losses.
    per : str
        Name of the period.

    Returns
    -------
    RetentionDecision

    Raises
    ------
    InputError
        More are lost than there were, a cause is unknown, a value is an array, or money or terms differ.

    Examples
    --------
    A gym of 1,000 loses 150 for machines that do not work and 100 to moving house:

    >>> from crmsim.value import DiscountRate, Flow, RetentionRate, constant_retention_clv
    >>> fee, kept = Flow(100, "EUR", "year"), RetentionRate(0.75, "year")
    >>> clv = constant_retention_clv(fee, kept, DiscountRate(0.1, "year"), timing="immediate")
    >>> decision = decide_retention(
    ...     1000, {"quality": 150, "moved": 100}, ["quality"], clv, cost=Money(12_000, "EUR"), saved=0.4
    ... )
    >>> decision.retention, round(decision.preventable_loss), round(decision.regained), decision.pays
    ({'year': 0.75}, 47143, 18857, True)
    >>> decision.discount, decision.horizon, decision.timing
    (DiscountRate(0.1, per='year'), inf, 'immediate')
    """
    many = float(checked("customers", customers, 0, above=True))
    counts = pd.Series(
        {cause: float(checked(f"lost[{cause}]", number, 0)) for cause, number in lost.items()}, dtype=float
    )
    if counts.sum() > many:
        raise InputError("lost", f"must not be more than the {many:g} customers", float(counts.sum()))
    avoidable = set(preventable)
    for cause in sorted(avoidable):
        if cause not in counts.index:
            raise InputError("preventable", f"must be among {', '.join(counts.index)}", cause)
    values = {cause: _value_of(clv, cause) for cause in counts.index}
    terms = _terms([*values.values()] or [clv], cost)
    table = pd.DataFrame(
        {
            "lost": counts,
            "profit": [counts[cause] * float(values[cause].value) for cause in counts.index],
            "preventable": [cause in avoidable for cause in counts.index],
        },
        index=pd.Index(counts.index, name="cause"),
    )
    share = float(checked("saved", saved, 0, 1))
    return RetentionDecision(
        retention={per: float(1.0 - counts.sum() / many)},
        causes=(counts / counts.sum() if counts.sum() else counts * np.nan).rename_axis("cause"),
        lost=table,
        cost=float(cost.amount),
        regained=share * float(table.loc[table["preventable"], "profit"].sum()),
        currency=cost.currency,
        date_of_value=cost.date_of_value,
        horizon=float(terms.horizon),
        per=terms.per,
        discount=terms.discount,
        timing=terms.timing,
    )


def _terms(values: list[Valuation], cost: Money) -> Valuation:
    """Return a value on whose terms all the others are, and the cost; whatever is not like it is refused."""
    first, zero = values[0], Money(0.0, cost.currency, cost.date_of_value)
    if not isinstance(first, Valuation):
        raise InputError("clv", "must be a Valuation, where no cause is named", first)
    for value in values:
        if np.ndim(value.value) or np.ndim(value.horizon):
            raise InputError("clv", "must be one value, not an array")
        zero + Money(value.value, value.currency, value.date_of_value)
        first + value
    return first


def _value_of(clv: Valuation | Mapping[str, Valuation], cause: str) -> Valuation:
    if isinstance(clv, Valuation):
        return clv
    if cause not in clv:
        raise InputError("clv", f"must hold the value of a customer lost to {cause}", ", ".join(clv))
    return clv[cause]
