"""Money at different times: the present value of a few payments, broad and narrow CLV."""

from __future__ import annotations

from crmsim.exercises.calculations.drawing import Draw
from crmsim.exercises.calculations.problem import Draft, Generator, Number
from crmsim.value.discounting import CashFlows, present_value, value_at
from crmsim.value.rates import DiscountRate

__all__ = ["GENERATORS"]

_YEAR = 365


def _present_value(draw: Draw) -> Draft:
    amounts = [draw.pick(f"amount {t}", range(200, 1001, 50)) for t in (1, 2, 3)]
    d = draw.pick("discount", range(6, 16)) / 100
    flows = CashFlows([_YEAR * t for t in (1, 2, 3)], amounts, "CNY")
    value = float(present_value(flows, DiscountRate(d, "year")).value)
    slips = {
        "undiscounted": float(sum(amounts)),
        "compounded": sum(a * (1.0 + d) ** t for t, a in enumerate(amounts, 1)),
        "first_at_once": sum(a / (1.0 + d) ** t for t, a in enumerate(amounts)),
        "once_for_all": sum(amounts) / (1.0 + d),
        "at_the_end": float(present_value(flows, DiscountRate(d, "year"), at_day=3 * _YEAR).value),
    }
    figures = {"amounts": amounts, "discount": d, "one_plus": 1.0 + d, "first": amounts[0],
               "second": amounts[1], "third": amounts[2],
               "terms": [a / (1.0 + d) ** t for t, a in enumerate(amounts, 1)]}  # fmt: skip
    return Draft(figures, Number(value, "yuan", 0, 0.002 * value), slips)


def _broad(draw: Draw) -> Draft:
    times = (-2, -1, 0, 1, 2)
    amounts = [draw.pick(f"amount {t}", range(100, 901, 50)) for t in times]
    d = draw.pick("discount", range(6, 16)) / 100
    flows = CashFlows([_YEAR * (t + 2) for t in times], amounts, "CNY")
    split = value_at(flows, DiscountRate(d, "year"), at_day=2 * _YEAR)
    value = float(split.broad.value)
    paired = dict(zip(times, amounts, strict=True))
    slips = {
        "narrow": float(split.narrow.value),
        "past_as_it_was": sum(paired[t] for t in (-2, -1)) + float(split.narrow.value),
        "past_discounted": sum(a / (1.0 + d) ** abs(t) for t, a in paired.items()),
        "undiscounted": float(sum(amounts)),
        "to_the_start": float(present_value(flows, DiscountRate(d, "year")).value),
    }
    figures = {"amounts": amounts, "discount": d, "one_plus": 1.0 + d,
               "historic": float(split.historic.value), "future": float(split.narrow.value),
               "past": sum(amounts[:2]),
               "terms": [a * (1.0 + d) ** -t for t, a in paired.items()]}  # fmt: skip
    return Draft(figures, Number(value, "yuan", 0, 0.002 * value), slips, list(paired.items()))


GENERATORS = (
    Generator("present_value", _present_value, "discounting"),
    Generator("broad_clv", _broad, "discounting"),
)
