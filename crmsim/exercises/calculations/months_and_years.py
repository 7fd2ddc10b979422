"""Rates and their time unit: months in a yearly formula, churn of a year, lifetimes, points and per cent."""

from __future__ import annotations

import math

from crmsim.exercises.calculations.drawing import Draw
from crmsim.exercises.calculations.problem import Draft, Generator, Number
from crmsim.value.constant_retention import constant_retention_clv
from crmsim.value.lifetime import expected_lifetime
from crmsim.value.money import Flow
from crmsim.value.rates import ChurnRate, DiscountRate, RetentionRate

__all__ = ["GENERATORS"]


def _clv_monthly(draw: Draw) -> Draft:
    m = draw.pick("margin", range(15, 81))
    churn = draw.pick("churn", range(10, 41, 5)) / 1000
    yearly = draw.pick("yearly", range(10, 25)) / 100

    def clv(rate: DiscountRate, lost: float = churn, margin: float = m) -> float:
        kept = RetentionRate(1.0 - lost, "month")
        return float(
            constant_retention_clv(Flow(margin, "CNY", "month"), kept, rate, timing="immediate").value
        )

    monthly = DiscountRate(yearly, "year").to("month")
    value = clv(monthly)
    year = constant_retention_clv(
        Flow(12 * m, "CNY", "year"),
        RetentionRate(1.0 - churn, "year"),
        DiscountRate(yearly, "year"),
        timing="immediate",
    )
    slips = {
        "yearly_used_monthly": clv(DiscountRate(yearly, "month")),
        "monthly_used_yearly": float(year.value),
        "twelfth": clv(DiscountRate(yearly / 12, "month")),
        "undiscounted": clv(DiscountRate(0.0, "month")),
        "retention_for_churn": clv(monthly, lost=1.0 - churn),
    }
    figures = {"margin": m, "churn": churn, "retention": 1.0 - churn, "yearly": yearly,
               "monthly": float(monthly.value), "multiple": value / m}  # fmt: skip
    # A monthly rate rounded to 0.001 points, against churn and rate of some per cent.
    return Draft(figures, Number(value, "yuan", 0, 0.003 * value), slips)


def _churn_year(draw: Draw) -> Draft:
    churn = draw.pick("churn", range(100, 601)) / 10_000
    value = 100.0 * float(ChurnRate(churn, "month").to("year").value)
    slips = {
        "twelve_times": 1200.0 * churn,
        "retention": 100.0 - value,
        "growing": 100.0 * ((1.0 + churn) ** 12 - 1.0),
        "eleven": 100.0 * (1.0 - (1.0 - churn) ** 11),
    }
    figures = {"churn": churn, "retention": 1.0 - churn, "kept": (1.0 - churn) ** 12}
    return Draft(figures, Number(value, "percent", 1, 0.1), slips)


def _lifetime(draw: Draw) -> Draft:
    r = draw.pick("retention", range(600, 951)) / 1000
    value = float(expected_lifetime(RetentionRate(r, "year").churn))
    slips = {
        "inverse_retention": 1.0 / r,
        "first_forgotten": r / (1.0 - r),
        "half_life": math.log(0.5) / math.log(r),
        "percent_inverted": 1.0 / (100.0 * (1.0 - r)),
    }
    return Draft(
        {"retention": r, "churn": 1.0 - r, "churn_bare": 100.0 * (1.0 - r)},
        Number(value, "years", 1, 0.005 * value),
        slips,
    )


def _lifetime_years(draw: Draw) -> Draft:
    churn = draw.pick("churn", range(100, 501)) / 10_000
    months = float(expected_lifetime(ChurnRate(churn, "month")))
    value = months / 12.0
    slips = {
        "months": months,
        "compounded": 1.0 / float(ChurnRate(churn, "month").to("year").value),
        "inverse_retention": 1.0 / (1.0 - churn) / 12.0,
    }
    figures = {"churn": churn, "retention": 1.0 - churn, "months": months,
               "yearly": float(ChurnRate(churn, "month").to("year").value)}  # fmt: skip
    return Draft(figures, Number(value, "years", 2, 0.005 * value), slips)


def _churn_change(draw: Draw) -> Draft:
    tenths = draw.pick("before", range(600, 901, 5))
    before, after = tenths / 1000, (tenths + draw.pick("rise", range(15, 81, 5))) / 1000
    lost, less = 1.0 - before, 1.0 - after
    value = 100.0 * (lost - less) / lost
    slips = {
        "points": 100.0 * (lost - less),
        "retention": 100.0 * (after - before) / before,
        "new_base": 100.0 * (lost - less) / less,
        "what_is_left": 100.0 * less / lost,
    }
    figures = {"before": before, "after": after, "lost": lost, "less": less, "difference": lost - less,
               "difference_bare": 100.0 * (lost - less)}  # fmt: skip
    return Draft(figures, Number(value, "percent", 1, 0.1), slips)


GENERATORS = (
    Generator("clv_monthly", _clv_monthly, "months_and_years"),
    Generator("churn_year", _churn_year, "months_and_years"),
    Generator("lifetime", _lifetime, "months_and_years"),
    Generator("lifetime_years", _lifetime_years, "months_and_years"),
    Generator("churn_change", _churn_change, "months_and_years"),
)
