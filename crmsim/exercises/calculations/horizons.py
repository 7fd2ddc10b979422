"""CLV over a few years: a constant margin, a table of cash flows, and how a cohort melts."""

from __future__ import annotations

import numpy as np

from crmsim.exercises.calculations.drawing import Draw
from crmsim.exercises.calculations.problem import Draft, Generator, Number
from crmsim.value.constant_retention import margin_multiple
from crmsim.value.lifetime import annuity
from crmsim.value.money import Flow, Money
from crmsim.value.rates import DiscountRate, RetentionRate
from crmsim.value.varying_retention import survival, varying_clv

__all__ = ["GENERATORS"]


def _finite(draw: Draw) -> Draft:
    m = draw.pick("margin", range(200, 1501, 50))
    r = draw.pick("retention", range(60, 91, 2)) / 100
    d = draw.pick("discount", range(5, 16)) / 100
    n = draw.pick("payments", (3, 4, 5))

    def clv(rate: float, timing: str, payments: int | None) -> float:
        kept, discount = RetentionRate(r, "year"), DiscountRate(rate, "year")
        return m * float(margin_multiple(kept, discount, timing=timing, payments=payments))

    value = clv(d, "immediate", n)
    slips = {
        "one_more": clv(d, "immediate", n + 1),
        "endless": clv(d, "immediate", None),
        "annuity": m * annuity(n, d),
        "undiscounted": clv(0.0, "immediate", n),
        "year_end": clv(d, "end_of_period", n),
    }
    terms = [m * (r / (1.0 + d)) ** k for k in range(n)]
    figures = {"margin": m, "retention": r, "discount": d, "payments": n, "last": n - 1, "terms": terms,
               "factor": r / (1.0 + d), "sum": value / m}  # fmt: skip
    return Draft(figures, Number(value, "yuan", 0, 0.005 * value), slips)


def _cash_flows(draw: Draw) -> Draft:
    revenue = [draw.pick(f"revenue {t}", range(400 + 100 * t, 1001 + 100 * t, 50)) for t in range(4)]
    cost = [draw.pick(f"cost {t}", range(200 - 20 * t, 301 - 20 * t, 20)) for t in range(4)]
    acquisition = draw.pick("acquisition", range(200, 601, 20))
    r = draw.pick("retention", range(60, 91, 5)) / 100
    d = draw.pick("discount", (8, 10, 12)) / 100

    def clv(margins: list[int], kept: float, rate: float, timing: str = "immediate") -> float:
        value = varying_clv(
            Flow(margins, "CNY", "year"),
            RetentionRate(kept, "year"),
            DiscountRate(rate, "year"),
            timing=timing,
        )
        return float(value.value)

    margins = [one - other for one, other in zip(revenue, cost, strict=True)]
    spent = Money(acquisition, "CNY")
    value = varying_clv(
        Flow(margins, "CNY", "year"), RetentionRate(r, "year"), DiscountRate(d, "year"),
        timing="immediate", acquisition_cost=spent,
    )  # fmt: skip
    gross = clv(margins, r, d)
    slips = {
        "acquisition_forgotten": gross,
        "everybody_stays": clv(margins, 1.0, d) - acquisition,
        "undiscounted": clv(margins, r, 0.0) - acquisition,
        "year_too_late": clv(margins, r, d, "after_renewal") - acquisition,
        "revenue": clv(revenue, r, d) - acquisition,
    }
    terms = [m * (r / (1.0 + d)) ** t for t, m in enumerate(margins)]
    figures = {"revenue": revenue, "cost": cost, "margins": margins, "acquisition": acquisition,
               "retention": r, "discount": d, "terms": terms, "gross": gross}  # fmt: skip
    rows = [(t, revenue[t], cost[t]) for t in range(4)]
    return Draft(figures, Number(float(value.value), "yuan", 0, 0.005 * gross), slips, rows)


def _retention_curve(draw: Draw) -> Draft:
    people = draw.pick("people", range(1000, 9001, 500))
    rates = [
        draw.pick("first", range(50, 71, 2)) / 100,
        draw.pick("second", range(72, 85, 2)) / 100,
        draw.pick("third", range(86, 97, 2)) / 100,
    ]
    there = survival(RetentionRate(rates, "year"), 4, timing="immediate")
    value = people * float(there[-1])
    mean = float(np.mean(rates))
    slips = {
        "lost": people - value,
        "last_rate": people * rates[-1],
        "added": people * (1.0 - sum(1.0 - rate for rate in rates)),
        "mean": people * mean**3,
        "two_years": people * rates[0] * rates[1],
    }
    figures = {"people": people, "rates": rates, "first": rates[0], "second": rates[1], "third": rates[2],
               "mean": mean, "counts": [people * float(share) for share in there[1:]]}  # fmt: skip
    # Whole people after each year: half a person each time.
    return Draft(figures, Number(value, "customers", 0, 1.5), slips)


GENERATORS = (
    Generator("clv_finite", _finite, "horizons"),
    Generator("clv_cash_flows", _cash_flows, "horizons"),
    Generator("retention_curve", _retention_curve, "horizons"),
)
