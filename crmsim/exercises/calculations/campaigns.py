"""Does a campaign pay: break-even response of a mailing, return of a campaign with a control group."""

from __future__ import annotations

from crmsim.audit.mailing import break_even_response
from crmsim.exercises.calculations.drawing import Draw
from crmsim.exercises.calculations.problem import Draft, Generator, Number

__all__ = ["GENERATORS"]

#: A campaign that returns more (per cent) would strike nobody as a real one.
_HIGHEST_RETURN = 400.0


def _break_even(draw: Draw) -> Draft:
    letters = draw.pick("letters", range(5000, 20001, 1000))
    cost = draw.pick("cost", range(20, 61, 5)) / 10
    fixed = draw.pick("fixed", range(4000, 20001, 1000))
    order = draw.pick("order", range(200, 801, 20))
    rate = draw.pick("rate", range(20, 46, 5)) / 100
    profit, each = order * rate, cost + fixed / letters
    value = 100.0 * float(break_even_response(each, profit))
    slips = {
        "revenue": 100.0 * each / order,
        "fixed_forgotten": 100.0 * cost / profit,
        "orders": letters * value / 100.0,
        "inverted": profit / each,
    }
    figures = {"letters": letters, "cost": cost, "fixed": fixed, "order": order, "rate": rate,
               "profit": profit, "total": letters * cost + fixed,
               "orders": letters * value / 100.0}  # fmt: skip
    return Draft(figures, Number(value, "percent", 2, max(0.01, 0.003 * value)), slips)


def _campaign(draw: Draw) -> Draft | None:
    treated = draw.pick("treated", range(2000, 10001, 500))
    base = draw.pick("base", range(10, 61, 5)) / 1000
    response = base + draw.pick("lift", range(10, 51, 5)) / 1000
    order = draw.pick("order", range(200, 801, 20))
    rate = draw.pick("rate", range(25, 51, 5)) / 100
    cost = draw.pick("cost", range(4000, 30001, 1000))
    extra = treated * (response - base)
    gained = extra * order * rate
    value = 100.0 * (gained - cost) / cost
    if value > _HIGHEST_RETURN:
        return None
    slips = {
        "no_control": 100.0 * (treated * response * order * rate - cost) / cost,
        "revenue": 100.0 * (extra * order - cost) / cost,
        "cost_not_deducted": 100.0 * gained / cost,
        "per_profit": 100.0 * (gained - cost) / gained,
        "amount": gained - cost,
    }
    figures = {"treated": treated, "base": base, "response": response, "order": order, "rate": rate,
               "cost": cost, "lift": response - base, "lift_bare": 100 * (response - base), "extra": extra,
               "gained": gained}  # fmt: skip
    return Draft(figures, Number(value, "percent", 1, 0.5), slips)


GENERATORS = (
    Generator("break_even", _break_even, "campaigns"),
    Generator("campaign_return", _campaign, "campaigns"),
)
