"""Lab 4: CLV by hand and by machine: formula, period, horizon, a popular slip, and the truth beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from crmsim.engines import simulate
from crmsim.events import EventKind
from crmsim.exercises.calculations.drawing import Draw
from crmsim.ledger import Ledger
from crmsim.metrics.clv import customer_values
from crmsim.metrics.retention import annual_retention
from crmsim.model.records import NEVER
from crmsim.scenario import preset
from crmsim.strategies import DO_NOTHING
from crmsim.teaching.lab_checks import LabCheck, Passed, close, rounded
from crmsim.value.constant_retention import constant_retention_clv, margin_multiple
from crmsim.value.lifetime import annuity, plug_in_clv
from crmsim.value.money import Flow
from crmsim.value.rates import DiscountRate, RetentionRate

__all__ = [
    "SCENARIO", "YEARS", "Case", "Records", "check_annuity", "check_finite", "check_month", "check_truth",
    "check_year", "records", "your_case",
]  # fmt: skip

#: A telecom firm whose 600 customers all come within 30 days and are watched for six years of 360 days.
SCENARIO = preset("telecom").with_values(customers=600, entry_days=30, horizon_days=2160, currency="CNY")
YEARS = 6
#: Payments for which the function is tried.
_PAYMENTS = (1, 2, 5, 12)


class Case(NamedTuple):
    """One customer: margin in yuan a year, retention and discount per year."""

    margin: int
    retention: float
    discount: float


class Records(NamedTuple):
    """What a firm reads off the first year of its customers: yuan per customer, rates per year."""

    margin: float
    retention: float
    discount: float
    acquisition: float


def your_case(seed: int) -> Case:
    """Return the customer of a student's number.

    Examples
    --------
    >>> your_case(7) == your_case(7), 0.6 <= your_case(7).retention <= 0.9
    (True, True)
    """
    draw = Draw("lab_clv", "", seed, 0)
    return Case(
        margin=draw.pick("margin", range(240, 1500, 12)),
        retention=draw.pick("retention", range(60, 91)) / 100,
        discount=draw.pick("discount", range(8, 16)) / 100,
    )


def records(ledger: Ledger) -> Records:
    """Return what the first year tells: margin per customer won, retention, and the cost of winning them.

    Examples
    --------
    >>> found = records(_ledger(1))
    >>> found.margin > 0, 0 < found.retention < 1
    (True, True)
    """
    first = customer_values(ledger, horizon_days=360, discounted=False)["clv"].mean()
    won = ledger.log()["kind"] == EventKind.ACQUIRED
    acquisition = -float(ledger.log()["amount"][won].mean())
    kept = annual_retention(ledger)["first_year"]
    rate = ledger.scenario.money.annual_discount_rate
    return Records(float(first) + acquisition, float(kept), rate, acquisition)


@lru_cache(maxsize=4)
def _ledger(seed: int) -> Ledger:
    return simulate(SCENARIO, DO_NOTHING, seed=seed)


def _clv(case: Case, timing: str) -> float:
    m, r, d = case
    return float(
        constant_retention_clv(
            Flow(m, "CNY", "year"), RetentionRate(r, "year"), DiscountRate(d, "year"), timing=timing
        ).value
    )


def check_year(names: Mapping[str, Any], lang: str) -> Passed:
    """Check the formula with yearly payments, the first one after a renewal."""
    check = LabCheck("year", names, lang)
    case = your_case(check.seed())
    truth = _clv(case, "after_renewal")
    slips = {
        "immediate": _clv(case, "immediate"),
        "certain": _clv(case, "end_of_period"),
        "before_renewal": _clv(case, "before_renewal"),
        "undiscounted": case.margin * case.retention / (1.0 - case.retention),
        "churn": _clv(case._replace(retention=1.0 - case.retention), "after_renewal"),
        "lifetime": case.margin / (1.0 - case.retention),
        "multiple": truth / case.margin,
    }
    check.expect("clv_year", check.number("clv_year"), truth, slips, _near)
    return check.passed(value=f"{truth:.0f}", multiple=f"{truth / case.margin:.2f}")


def check_month(names: Mapping[str, Any], lang: str) -> Passed:
    """Check the same customer with monthly payments; rates have to be turned into monthly ones."""
    check = LabCheck("month", names, lang)
    m, r, d = your_case(check.seed())
    monthly, kept, rate = m / 12.0, r ** (1.0 / 12.0), (1.0 + d) ** (1.0 / 12.0) - 1.0

    def value(m: float, r: float, d: float) -> float:
        return m * r / (1.0 + d - r)

    truth = value(monthly, kept, rate)
    slips = {
        "yearly_retention": value(monthly, r, rate),
        "yearly_both": value(monthly, r, d),
        "yearly_discount": value(monthly, kept, d),
        "yearly_margin": value(m, kept, rate),
        "twelfth_of_discount": value(monthly, kept, d / 12.0),
        "twelfth_of_churn": value(monthly, 1.0 - (1.0 - r) / 12.0, rate),
        "both_twelfths": value(monthly, 1.0 - (1.0 - r) / 12.0, d / 12.0),
        "same_as_year": value(m, r, d),
    }
    check.expect("clv_month", check.number("clv_month"), truth, slips, _near)
    return check.passed(value=f"{truth:.0f}", year=f"{value(m, r, d):.0f}")


def check_finite(names: Mapping[str, Any], lang: str, seed: int | None = None) -> Passed:
    """Check the function for a finite number of payments, the first one certain and now."""
    check = LabCheck("finite", names, lang)
    start = check.seed(seed)
    cases = [(*your_case(start + k), n) for k, n in enumerate(_PAYMENTS)]
    name = "clv_finite(margin, r, d, n)"
    given = [check.as_number(name, check.call("clv_finite", *case)) for case in cases]
    if not _all_near(given, cases, _finite):
        for slip, wrong in _FINITE_SLIPS.items():
            if _all_near(given, cases, wrong):
                check.fail(slip)
        place = next(k for k, case in enumerate(cases) if not _near(given[k], _finite(*case)))
        m, r, d, n = cases[place]
        check.expect(f"clv_finite({m}, {r}, {d}, {n})", given[place], _finite(*cases[place]), {}, _near)
    return check.passed(n=len(cases))


def _all_near(given: list[float], cases: list[tuple], by: Callable[..., float]) -> bool:
    return all(_near(one, by(*case)) for one, case in zip(given, cases, strict=True))


def _finite(m: float, r: float, d: float, n: float, timing: str = "immediate") -> float:
    rates = RetentionRate(r, "year"), DiscountRate(d, "year")
    return float(m * margin_multiple(*rates, timing=timing, payments=n))


_FINITE_SLIPS: dict[str, Callable[..., float]] = {
    "one_more": lambda m, r, d, n: _finite(m, r, d, n + 1),
    "one_less": lambda m, r, d, n: _finite(m, r, d, n - 1),
    "year_end": lambda m, r, d, n: _finite(m, r, d, n, "end_of_period"),
    "renewal": lambda m, r, d, n: _finite(m, r, d, n, "after_renewal"),
    "annuity": lambda m, r, d, n: m * annuity(n, d),
    "annuity_late": lambda m, r, d, n: m * annuity(n, d, periods_to_first=1.0),
    "endless": lambda m, r, d, n: m * (1.0 + d) / (1.0 + d - r),
    "undiscounted": lambda m, r, d, n: _finite(m, r, 0.0, n),
}


def check_annuity(names: Mapping[str, Any], lang: str) -> Passed:
    """Check by how much a certain annuity over the expected lifetime overstates the value."""
    check = LabCheck("annuity", names, lang)
    m, r, d = your_case(check.seed())
    rates = RetentionRate(r, "year"), DiscountRate(d, "year")
    both = plug_in_clv(Flow(m, "CNY", "year"), *rates, timing="immediate")
    plugged, right = float(both.plug_in.value), float(both.truth.value)
    truth = 100.0 * (plugged / right - 1.0)
    slips = {
        "turned": 100.0 * (right / plugged - 1.0),
        "of_annuity": 100.0 * (1.0 - right / plugged),
        "share": plugged / right - 1.0,
        "ratio": 100.0 * plugged / right,
        "yuan": plugged - right,
        "undiscounted": 100.0 * (m / (1.0 - r) / right - 1.0),
        "late_annuity": 100.0 * (plugged / (1.0 + d) / right - 1.0),
    }
    check.expect("overstated_percent", check.number("overstated_percent"), truth, slips, _point)
    return check.passed(percent=f"{truth:.1f}", years=f"{1.0 / (1.0 - r):.1f}")


def check_truth(names: Mapping[str, Any], lang: str) -> Passed:
    """Check the formula on a firm's records beside the truth of its customers."""
    check = LabCheck("truth", names, lang)
    ledger = _ledger(check.seed())
    m, r, d, cost = records(ledger)
    formula, gross = _finite(m, r, d, YEARS) - cost, _finite(m, r, d, YEARS)
    slips = {
        "without_cost": gross,
        "endless": m * (1.0 + d) / (1.0 + d - r) - cost,
        "renewal": _finite(m, r, d, YEARS, "after_renewal") - cost,
        "year_end": _finite(m, r, d, YEARS, "end_of_period") - cost,
    }
    own_formula = check.number("formula")
    check.expect("formula", own_formula, formula, slips, _near)
    values = customer_values(ledger)["clv"]
    truth = float(values.mean())
    there = ledger.customers["left"][values.index] >= NEVER
    slips = {
        "undiscounted": float(customer_values(ledger, discounted=False)["clv"].mean()),
        "survivors": float(values[there].mean()),
        "median": float(values.median()),
        "sum": float(values.sum()),
    }
    own_truth = check.number("truth")
    check.expect("truth", own_truth, truth, slips, _near)
    error = 100.0 * (formula / truth - 1.0)
    slips = {
        "error_turned": 100.0 * (truth / formula - 1.0),
        "error_minus": -error,
        "error_share": error / 100.0,
        "error_yuan": formula - truth,
    }
    answer = check.number("error_percent")
    if not _point(answer, 100.0 * (own_formula / own_truth - 1.0)):  # their own numbers, rounded as they are
        check.expect("error_percent", answer, error, slips, _point)
    later = annual_retention(ledger)["later_years"]
    blanks = {"formula": formula, "truth": truth, "error": error, "first": 100 * r, "later": 100 * later}
    return check.passed(**{name: f"{number:.0f}" for name, number in blanks.items()})


def _near(one: float, other: float) -> bool:
    """Whether two amounts are the same, or one is the other in whole yuan."""
    return close(one, other, 0.001, 0.006) or rounded(one, other, 1.0)


def _point(one: float, other: float) -> bool:
    """Whether two percentages are the same, or one is the other in whole per cent."""
    return close(one, other, 0.002, 0.06) or rounded(one, other, 1.0)
