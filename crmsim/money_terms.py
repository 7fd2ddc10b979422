"""What must be known of an amount of money in a result: currency, horizon, discounting and date.

"It gains 12" is half a sentence; "12 CNY per customer over 5 years, discounted at 10 % a year to day 360"
is a whole one.
"""

from __future__ import annotations

from dataclasses import dataclass

from crmsim.scenario import Scenario

__all__ = ["FIRST_PURCHASE", "MoneyTerms", "money_terms"]

#: The date of value of a CLV: every customer's own.
FIRST_PURCHASE = "each customer's first purchase"


@dataclass(frozen=True)
class MoneyTerms:
    """The terms on which all amounts of a result stand.

    Attributes
    ----------
    currency : str
    horizon_days : int
        Until that day of the run money is counted.
    annual_discount_rate : float
        Per year, compounded; 0 for amounts that are not discounted.
    date_of_value : str
        To which amounts are discounted: a day of the run, or :data:`FIRST_PURCHASE`.
    """

    currency: str
    horizon_days: int
    annual_discount_rate: float
    date_of_value: str

    def __str__(self) -> str:
        rate = f"{100 * self.annual_discount_rate:.6g}% per year"
        return f"{self.currency} until day {self.horizon_days}, discounted at {rate} to {self.date_of_value}"


def money_terms(scenario: Scenario, date_of_value: int | None = None) -> MoneyTerms:
    """Return the terms of amounts from a scenario's runs.

    Parameters
    ----------
    scenario : Scenario
    date_of_value : int, optional
        Day of the run; the default is each customer's own first purchase.

    Examples
    --------
    >>> from crmsim.scenario import preset
    >>> print(money_terms(preset("retail").with_values(horizon_days=720), 360))
    CU until day 720, discounted at 10% per year to day 360
    """
    return MoneyTerms(
        scenario.currency,
        scenario.population.horizon_days,
        scenario.money.annual_discount_rate,
        FIRST_PURCHASE if date_of_value is None else f"day {date_of_value}",
    )
