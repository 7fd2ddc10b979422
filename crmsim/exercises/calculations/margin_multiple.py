"""CLV with a constant margin and retention: three timings, the cost of winning, one more point of retention.

The three timings are those whose formulas students mix up: first payment certain and now, certain in a
year, or due in a year if the customer renews (see :mod:`crmsim.value.constant_retention`).
"""

from __future__ import annotations

from typing import Any

from crmsim.exercises.calculations.drawing import Draw
from crmsim.exercises.calculations.problem import Draft, Generator, Number
from crmsim.value.constant_retention import constant_retention_clv, retention_point_value
from crmsim.value.lifetime import plug_in_clv
from crmsim.value.money import Flow
from crmsim.value.rates import DiscountRate, RetentionRate

__all__ = ["GENERATORS"]

#: Share of a value that a multiple rounded to two decimals can be off.
ROUNDING = 0.005
_TIMINGS = {"now": "immediate", "year_end": "end_of_period", "if_renewed": "after_renewal"}


def _given(draw: Draw) -> dict[str, Any]:
    """Draw what every text of this family says of the customer."""
    revenue = draw.pick("revenue", range(600, 4001, 100))
    rate = draw.pick("rate", range(20, 46, 5)) / 100
    return {
        "revenue": revenue,
        "rate": rate,
        "margin": revenue * rate,
        "retention": draw.pick("retention", range(60, 91, 2)) / 100,
        "discount": draw.pick("discount", range(6, 16)) / 100,
    }


def _clv(amount: float, retention: float, discount: float, when: str) -> float:
    value = constant_retention_clv(
        Flow(amount, "CNY", "year"),
        RetentionRate(retention, "year"),
        DiscountRate(discount, "year"),
        timing=_TIMINGS[when],
    )
    return float(value.value)


def _multiple(when: str) -> Generator:
    """Return the generator of one timing; the other two are slips."""

    def draft(draw: Draw) -> Draft:
        given = _given(draw)
        m, r, d = given["margin"], given["retention"], given["discount"]
        value = _clv(m, r, d, when)
        plugged = plug_in_clv(
            Flow(m, "CNY", "year"), RetentionRate(r, "year"), DiscountRate(d, "year"), timing=_TIMINGS[when]
        )
        slips = {other: _clv(m, r, d, other) for other in _TIMINGS if other != when}
        slips |= {
            "revenue": _clv(given["revenue"], r, d, when),
            "churn": _clv(m, 1.0 - r, d, when),
            "undiscounted": _clv(m, r, 0.0, when),
            "annuity": float(plugged.plug_in.value),
        }
        figures = {**given, "multiple": value / m, "churn": 1.0 - r, "years": 1.0 / (1.0 - r)}
        return Draft(figures, Number(value, "yuan", 0, ROUNDING * value), slips)

    return Generator(f"clv_{when}", draft, "margin_multiple")


def _less_cost(draw: Draw) -> Draft:
    given = _given(draw)
    m, r, d = given["margin"], given["retention"], given["discount"]
    gross = _clv(m, r, d, "now")
    cost = draw.pick("cost", range(100, 1001, 20))
    multiple = gross / m
    slips = {
        "cost_forgotten": gross,
        "cost_every_year": (m - cost) * multiple,
        "cost_added": gross + cost,
        "first_forgotten": _clv(m, r, d, "if_renewed") - cost,
        "revenue": _clv(given["revenue"], r, d, "now") - cost,
    }
    figures = {**given, "cost": cost, "gross": gross, "multiple": multiple, "churn": 1.0 - r}
    # What rounding does, it does to the value before the cost.
    return Draft(figures, Number(gross - cost, "yuan", 0, ROUNDING * gross), slips)


def _retention_points(draw: Draw) -> Draft:
    given = _given(draw)
    m, r, d = given["margin"], given["retention"], given["discount"]
    points = draw.pick("points", range(2, 7)) / 100
    customers = draw.pick("customers", range(1000, 9001, 500))
    more = retention_point_value(
        Flow(m, "CNY", "year"),
        RetentionRate(r, "year"),
        DiscountRate(d, "year"),
        timing="immediate",
        points=points,
    )
    before, after = _clv(m, r, d, "now"), _clv(m, r + points, d, "now")
    slips = {
        "percent": customers * (_clv(m, r * (1.0 + points), d, "now") - before),
        "one_customer": float(more.value),
        "proportional": customers * before * points,
        "total": customers * after,
        "first_year": customers * m * points,
    }
    figures = {**given, "points": points, "points_bare": 100 * points, "raised": r + points,
               "raised_wrongly": r * (1.0 + points), "customers": customers,
               "before": before, "after": after}  # fmt: skip
    # A difference of two values: each rounded to a whole yuan leaves up to one yuan a customer.
    return Draft(figures, Number(customers * float(more.value), "yuan", 0, customers * 1.0), slips)


GENERATORS = (
    *(_multiple(when) for when in _TIMINGS),
    Generator("clv_less_cost", _less_cost, "margin_multiple"),
    Generator("retention_points", _retention_points, "margin_multiple"),
)
