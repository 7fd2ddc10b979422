"""What keeping customers may cost: the four-step decision, and the limit for one call."""

from __future__ import annotations

from crmsim.exercises.calculations.drawing import Draw
from crmsim.exercises.calculations.problem import Draft, Generator, Number
from crmsim.exercises.question import Text
from crmsim.value.money import Money
from crmsim.value.rates import DiscountRate
from crmsim.value.retention_decision import decide_retention
from crmsim.value.valuation import Valuation

__all__ = ["GENERATORS"]

_PAYS = {
    True: Text(en="it pays: the cost is below the profit regained", zh="值得投入：成本低于挽回的利润"),
    False: Text(
        en="it does not pay: the cost is above the profit regained", zh="不值得投入：成本高于挽回的利润"
    ),
}


def _four_steps(draw: Draw) -> Draft:
    customers = draw.pick("customers", range(2000, 10001, 500))
    lost = {
        "service": draw.pick("service", range(60, 201, 10)),
        "price": draw.pick("price", range(40, 161, 10)),
        "moved": draw.pick("moved", range(30, 121, 10)),
        "need_ended": draw.pick("need_ended", range(20, 101, 10)),
    }
    clv = draw.pick("clv", range(600, 3001, 100))
    saved = draw.pick("saved", range(20, 61, 5)) / 100
    avoidable, everybody = lost["service"] + lost["price"], sum(lost.values())
    share_of_gain = draw.pick("cost", range(40, 131, 10)) / 100
    cost = round(saved * avoidable * clv * share_of_gain / 1000) * 1000
    value = Valuation(clv, "CNY", 0, float("inf"), "year", DiscountRate(0.1, "year"), "immediate", "given")
    decision = decide_retention(
        customers, lost, ["service", "price"], value, cost=Money(cost, "CNY"), saved=saved
    )
    gain = decision.regained - decision.cost
    slips = {
        "all_losses": saved * everybody * clv - cost,
        "all_saved": avoidable * clv - cost,
        "cost_forgotten": decision.regained,
        "turned_round": -gain,
        "stayers": saved * (customers - everybody) * clv - cost,
    }
    figures = {"customers": customers, **lost, "everybody": everybody, "avoidable": avoidable, "clv": clv,
               "saved": saved, "cost": cost, "retention": decision.retention["year"],
               "kept": saved * avoidable, "regained": decision.regained,
               "avoidable_share": avoidable / everybody, "loss": decision.preventable_loss,
               "pays": _PAYS[decision.pays]}  # fmt: skip
    return Draft(figures, Number(gain, "yuan", 0, 0.001 * decision.regained), slips)


def _save_call(draw: Draw) -> Draft | None:
    leaving = draw.pick("leaving", range(20, 61, 5)) / 100
    persuaded = draw.pick("persuaded", range(10, 51, 5)) / 100
    clv = draw.pick("clv", range(400, 2001, 50))
    gift = draw.pick("gift", range(10, 61, 5))
    # Whoever accepts gets the gift: those persuaded, and all who would have stayed anyway.
    decision = decide_retention(
        1000, {"leaving": 1000 * leaving}, ["leaving"],
        Valuation(clv, "CNY", 0, float("inf"), "year", DiscountRate(0.1, "year"), "immediate", "given"),
        cost=Money(0.0, "CNY"), saved=persuaded,
    )  # fmt: skip
    gained = decision.regained / 1000
    given = gift * (leaving * persuaded + 1.0 - leaving)
    if gained - given < 1.0:
        return None
    slips = {
        "everybody_leaves": persuaded * (clv - gift),
        "everybody_persuaded": leaving * (clv - gift) - (1.0 - leaving) * gift,
        "gift_to_saved_only": leaving * persuaded * (clv - gift),
        "gift_forgotten": gained,
        "gift_to_everybody": gained - gift,
    }
    figures = {"leaving": leaving, "staying": 1.0 - leaving, "persuaded": persuaded, "clv": clv, "gift": gift,
               "both": leaving * persuaded, "gained": gained, "given": given,
               "accepting": leaving * persuaded + 1.0 - leaving}  # fmt: skip
    return Draft(figures, Number(gained - given, "yuan", 1, 0.05), slips)


GENERATORS = (
    Generator("four_steps", _four_steps, "retention_spending"),
    Generator("save_call", _save_call, "retention_spending"),
)
