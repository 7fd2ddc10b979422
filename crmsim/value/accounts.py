"""Both sides of one customer's account: what is left for the firm, and what for the customer.

A client of a hairdresser pays 50. Dye and time cost 20, so 30 are contribution; chair, reminders and
advertising cost 18 more, so 12 are profit. The client in turn got a cut, advice and a good feeling
worth 90 to them, and gave 50, an afternoon and some worry. For these figures of a simulated run see
:mod:`crmsim.metrics.profitability`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crmsim.errors import InputError
from crmsim.value.money import Money, same_currency, same_date

__all__ = ["CustomerAccount", "DeliveredValue"]


@dataclass(frozen=True)
class CustomerAccount:
    """What a customer brought and cost the firm, over one span of time.

    Parameters
    ----------
    revenue : Money
        Everything the customer paid.
    direct_cost : Money
        Above 0: of the goods and of serving these purchases.
    other_cost : Money
        Above 0: everything else spent on this customer (transaction, channel, delivery, marketing).

    Raises
    ------
    InputError
        Currencies or dates differ, or a cost is negative.

    Examples
    --------
    >>> account = CustomerAccount(Money(50, "EUR"), Money(20, "EUR"), Money(18, "EUR"))
    >>> account.contribution, account.profitability
    (Money(30 EUR at day 0), Money(12 EUR at day 0))
    """

    revenue: Money
    direct_cost: Money
    other_cost: Money

    def __post_init__(self) -> None:
        _alike(self, costs=("direct_cost", "other_cost"))

    @property
    def contribution(self) -> Money:
        """Revenue less direct cost."""
        return self.revenue - self.direct_cost

    @property
    def profitability(self) -> Money:
        """Revenue less all cost."""
        return self.contribution - self.other_cost


@dataclass(frozen=True)
class DeliveredValue:
    """What a customer got and gave, in money as the customer would put it (Kotler 1994).

    Parameters
    ----------
    product, service, personnel, image : Money
        The four parts of total customer value.
    monetary, time, mental, physical : Money
        The four parts of total customer cost, above 0.

    Raises
    ------
    InputError
        Currencies or dates differ, or a cost is negative.

    Examples
    --------
    >>> eur = lambda amount: Money(amount, "EUR")
    >>> visit = DeliveredValue(
    ...     product=eur(60), service=eur(15), personnel=eur(10), image=eur(5),
    ...     monetary=eur(50), time=eur(12), mental=eur(3), physical=eur(0),
    ... )
    >>> visit.total_customer_value, visit.total_customer_cost, visit.delivered_value
    (Money(90 EUR at day 0), Money(65 EUR at day 0), Money(25 EUR at day 0))
    """

    product: Money
    service: Money
    personnel: Money
    image: Money
    monetary: Money
    time: Money
    mental: Money
    physical: Money

    def __post_init__(self) -> None:
        _alike(self, costs=("monetary", "time", "mental", "physical"))

    @property
    def total_customer_value(self) -> Money:
        """Value of product, service, personnel and image."""
        return self.product + self.service + self.personnel + self.image

    @property
    def total_customer_cost(self) -> Money:
        """Monetary, time, mental and physical cost."""
        return self.monetary + self.time + self.mental + self.physical

    @property
    def delivered_value(self) -> Money:
        """Total customer value less total customer cost: the customer's own profit."""
        return self.total_customer_value - self.total_customer_cost


def _alike(account: CustomerAccount | DeliveredValue, costs: tuple[str, ...]) -> None:
    same_currency(**vars(account))
    same_date(**vars(account))
    for name in costs:
        amount = getattr(account, name).amount
        if np.any(np.less(amount, 0)):
            raise InputError(name, "must be at least 0, costs count positive here", amount)
