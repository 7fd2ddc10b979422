"""Where value comes from: the six components of CLV, and the share of a customer's wallet."""

from __future__ import annotations

import numpy as np

from crmsim.exercises.calculations.drawing import Draw
from crmsim.exercises.calculations.problem import Draft, Generator, Number
from crmsim.exercises.question import Text
from crmsim.value.components import six_component_clv
from crmsim.value.money import Flow, Money
from crmsim.value.rates import DiscountRate, RetentionRate
from crmsim.value.varying_retention import varying_clv, wallet_margin

__all__ = ["GENERATORS"]

_NAMES = {
    "clv1": Text(en="CLV1 first purchase", zh="CLV1 初期购买"),
    "clv2": Text(en="CLV2 repeat purchases and share of wallet", zh="CLV2 重复购买与提高支出份额"),
    "clv3": Text(en="CLV3 cross-selling", zh="CLV3 交叉销售"),
    "clv4": Text(en="CLV4 lower cost through cooperation", zh="CLV4 配合带来的成本节约"),
    "clv5": Text(en="CLV5 referrals", zh="CLV5 推荐"),
    "clv6": Text(en="CLV6 lower price sensitivity", zh="CLV6 价格敏感度降低"),
}


def _six_components(draw: Draw) -> Draft:
    tables = {
        "clv1": [draw.pick("clv1", range(100, 301, 10)), 0, 0],
        "clv2": [0, *(draw.pick(f"clv2 {t}", range(120 + 40 * t, 261 + 40 * t, 10)) for t in (1, 2))],
        "clv3": [0, *(draw.pick(f"clv3 {t}", range(40 + 20 * t, 101 + 20 * t, 10)) for t in (1, 2))],
        "clv4": [0, *(draw.pick(f"clv4 {t}", range(10 * t, 41 + 10 * t, 5)) for t in (1, 2))],
        "clv5": [0, *(draw.pick(f"clv5 {t}", range(20 * t, 81 + 20 * t, 10)) for t in (1, 2))],
        "clv6": [0, *(draw.pick(f"clv6 {t}", range(10 * t, 51 + 10 * t, 5)) for t in (1, 2))],
    }
    r = draw.pick("retention", range(60, 91, 5)) / 100
    d = draw.pick("discount", (8, 10, 12)) / 100
    cost = draw.pick("cost", range(60, 201, 10))
    parts = six_component_clv(
        {name: Flow(row, "CNY", "year") for name, row in tables.items()},
        RetentionRate(r, "year"), DiscountRate(d, "year"), acquisition_cost=Money(cost, "CNY"),
    )  # fmt: skip
    value = float(parts.total.value)
    each = {name: float(part.value) for name, part in parts.parts.items()}
    sums = [sum(row[t] for row in tables.values()) for t in range(3)]
    slips = {
        "cost_forgotten": value + cost,
        "purchases_only": each["clv1"] + each["clv2"] + each["clv3"],
        "referrals_forgotten": value - each["clv5"],
        "everybody_stays": sum(s / (1.0 + d) ** t for t, s in enumerate(sums)) - cost,
        "undiscounted": sum(s * r**t for t, s in enumerate(sums)) - cost,
    }
    figures = {"tables": tables, "retention": r, "discount": d, "cost": cost, "sums": sums,
               "terms": [s * (r / (1.0 + d)) ** t for t, s in enumerate(sums)]}  # fmt: skip
    rows = [(_NAMES[name], *row) for name, row in tables.items()]
    return Draft(figures, Number(value, "yuan", 0, 0.005 * (value + cost)), slips, rows)


def _wallet(draw: Draw) -> Draft:
    wallet = draw.pick("wallet", range(2000, 12001, 500))
    share = draw.pick("share", range(20, 41, 5)) / 100
    step = draw.pick("step", (5, 10)) / 100
    rate = draw.pick("rate", range(20, 46, 5)) / 100
    r = draw.pick("retention", range(70, 91, 5)) / 100
    d = draw.pick("discount", (8, 10, 12)) / 100
    shares = [share + step * t for t in range(3)]

    def clv(shares: list[float], rate: float) -> float:
        margin = wallet_margin(Flow(wallet, "CNY", "year"), np.array(shares), rate)
        kept, discount = RetentionRate(r, "year"), DiscountRate(d, "year")
        return float(varying_clv(margin, kept, discount, timing="immediate").value)

    value = clv(shares, rate)
    slips = {
        "whole_wallet": clv([1.0] * 3, rate),
        "revenue": clv(shares, 1.0),
        "share_stays": clv([share] * 3, rate),
        "percent": clv([share * (1.0 + step) ** t for t in range(3)], rate),
        "rivals": clv([1.0 - s for s in shares], rate),
    }
    margins = [wallet * s * rate for s in shares]
    figures = {"wallet": wallet, "share": share, "step": step, "step_bare": 100 * step, "rate": rate,
               "retention": r, "discount": d,
               "shares": shares, "margins": margins,
               "terms": [m * (r / (1.0 + d)) ** t for t, m in enumerate(margins)]}  # fmt: skip
    return Draft(figures, Number(value, "yuan", 0, 0.003 * value), slips)


GENERATORS = (
    Generator("six_components", _six_components, "value_sources"),
    Generator("wallet_share", _wallet, "value_sources"),
)
