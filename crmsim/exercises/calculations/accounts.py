"""Accounts of one customer and of all: delivered value, profitability, customer equity."""

from __future__ import annotations

from crmsim.exercises.calculations.drawing import Draw
from crmsim.exercises.calculations.problem import Draft, Generator, Number
from crmsim.exercises.question import Text
from crmsim.value.accounts import CustomerAccount, DeliveredValue
from crmsim.value.customer_equity import customer_equity
from crmsim.value.money import Money
from crmsim.value.rates import DiscountRate
from crmsim.value.valuation import Valuation

__all__ = ["GENERATORS"]

_PARTS = {
    "product": (Text(en="product value", zh="产品价值"), range(200, 501, 10)),
    "service": (Text(en="service value", zh="服务价值"), range(40, 151, 10)),
    "personnel": (Text(en="personnel value", zh="人员价值"), range(20, 101, 10)),
    "image": (Text(en="image value", zh="形象价值"), range(10, 81, 10)),
    "monetary": (Text(en="monetary cost", zh="货币成本"), range(180, 401, 10)),
    "time": (Text(en="time cost", zh="时间成本"), range(10, 81, 10)),
    "mental": (Text(en="mental cost", zh="精神成本"), range(10, 51, 5)),
    "physical": (Text(en="physical cost", zh="体力成本"), range(5, 41, 5)),
}
_CURRENCY = "CNY"


def _delivered(draw: Draw) -> Draft:
    parts = {name: draw.pick(name, choices) for name, (_, choices) in _PARTS.items()}
    account = DeliveredValue(**{name: Money(amount, _CURRENCY) for name, amount in parts.items()})
    value, gained, given = (
        float(money.amount)
        for money in (account.delivered_value, account.total_customer_value, account.total_customer_cost)
    )
    slips = {
        "money_only": gained - parts["monetary"],
        "product_only": parts["product"] - given,
        "turned_round": -value,
        "total_value": gained,
        "price": float(parts["product"] - parts["monetary"]),
    }
    figures = {**parts, "gained": gained, "given": given, "values": list(parts.values())[:4],
               "costs": list(parts.values())[4:]}  # fmt: skip
    rows = [(_PARTS[name][0], amount) for name, amount in parts.items()]
    return Draft(figures, Number(value, "yuan", 0), slips, rows)


def _profit(draw: Draw) -> Draft:
    orders = draw.pick("orders", range(4, 13))
    order = draw.pick("order", range(500, 2001, 50))
    goods = draw.pick("goods", range(50, 71, 5)) / 100
    delivery = draw.pick("delivery", range(20, 81, 5))
    calls = draw.pick("calls", range(10, 41))
    call = draw.pick("call", range(10, 31, 2))
    revenue = orders * order
    account = CustomerAccount(
        Money(revenue, _CURRENCY), Money(revenue * goods, _CURRENCY),
        Money(orders * delivery + calls * call, _CURRENCY),
    )  # fmt: skip
    contribution, value = float(account.contribution.amount), float(account.profitability.amount)
    slips = {
        "contribution": contribution,
        "one_delivery": contribution - delivery - calls * call,
        "calls_forgotten": contribution - orders * delivery,
        "goods_forgotten": revenue - orders * delivery - calls * call,
        "goods_kept": revenue * goods - orders * delivery - calls * call,
    }
    figures = {"orders": orders, "order": order, "goods": goods, "delivery": delivery, "calls": calls,
               "call": call, "revenue": revenue, "direct": revenue * goods, "contribution": contribution,
               "deliveries": orders * delivery, "talks": calls * call}  # fmt: skip
    return Draft(figures, Number(value, "yuan", 0), slips)


def _equity(draw: Draw) -> Draft:
    customers = draw.pick("customers", range(2000, 12001, 500))
    residual = draw.pick("residual", range(200, 801, 20))
    fresh = draw.pick("fresh", range(300, 1001, 20))
    won = draw.pick("won", range(200, 1501, 100))
    cost = draw.pick("cost", range(60, 241, 20))
    d = draw.pick("discount", range(6, 16)) / 100
    discount = DiscountRate(d, "year")
    base, newcomer = (
        Valuation(worth, _CURRENCY, 0, float("inf"), "year", discount, "immediate", "given")
        for worth in (residual, fresh)
    )
    parts = customer_equity(
        base, customers, newcomer=newcomer, new_customers=[won, won],
        acquisition_cost=Money(cost, _CURRENCY),
    )  # fmt: skip
    value, now, gain = float(parts.total.value), float(customers * residual), fresh - cost
    slips = {
        "base_only": now,
        "cost_forgotten": now + won * fresh * (1 / (1.0 + d) + 1 / (1.0 + d) ** 2),
        "undiscounted": now + 2.0 * won * gain,
        "first_today": now + won * gain * (1.0 + 1 / (1.0 + d)),
        "newcomers_only": value - now,
    }
    figures = {"customers": customers, "residual": residual, "fresh": fresh, "won": won, "cost": cost,
               "discount": d, "one_plus": 1.0 + d, "now": now, "gain": gain, "brought": won * gain,
               "terms": [won * gain / (1.0 + d) ** t for t in (1, 2)]}  # fmt: skip
    # Discount factors rounded to three decimals, on the newcomers alone.
    return Draft(figures, Number(value, "yuan", 0, 0.002 * (value - now) + 1.0), slips)


GENERATORS = (
    Generator("delivered_value", _delivered, "accounts"),
    Generator("customer_profit", _profit, "accounts"),
    Generator("customer_equity", _equity, "accounts"),
)
