"""What the simulator was given comes back out of what a firm sees, through the estimators.

The tables below are made from purchases alone (customer, day, amount), as a till or a billing system
keeps them; hidden traits stay hidden. Each parameter must lie within four of its standard errors of
the truth, all together must not be rejected by the likelihood ratio at the same level, and both must
notice a world whose parameter is another one.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from crmsim.engines import simulate
from crmsim.estimators import (
    BgNbd,
    Fit,
    GammaGamma,
    ParetoNbd,
    ShiftedBetaGeometric,
    fit_bg_nbd,
    fit_gamma_gamma,
    fit_pareto_nbd,
    fit_sbg,
)
from crmsim.ledger import Ledger
from crmsim.scenario import preset

SEEDS = (1, 2, 3)
WEEKS_PER_YEAR = 365 / 7
TAIL = 2 * stats.norm.sf(4)
RENEWAL_DAYS = 30


# --- what a firm sees --------------------------------------------------------------------------------------


def _purchases(ledger: Ledger) -> pd.DataFrame:
    seen = ledger.firm_view()
    return seen.loc[seen["kind"] == "purchase", ["customer", "day", "amount"]]


def _histories(ledger: Ledger) -> pd.DataFrame:
    """Frequency, recency and T in weeks, to the second: a till has a clock, not only a calendar."""
    days = _purchases(ledger).groupby("customer")["day"].agg(["min", "max", "size"])
    table = pd.DataFrame({"frequency": days["size"] - 1, "recency": (days["max"] - days["min"]) / 7})
    table["T"] = (ledger.horizon_days - days["min"]) / 7
    table.attrs["unit"] = "week"
    return table


def _contracts(ledger: Ledger) -> pd.DataFrame:
    """Whoever owes a payment that is due has left; everybody else is followed until now."""
    paid = _purchases(ledger).groupby("customer")["day"].agg(["max", "size"])
    lost = paid["max"] + RENEWAL_DAYS < ledger.horizon_days
    return pd.DataFrame({"periods": paid["size"] - 1 + lost, "lost": lost})


def _receipts(ledger: Ledger) -> pd.DataFrame:
    """Number and mean of the repeat purchases of those who made any."""
    bought = _purchases(ledger)
    again = bought[bought.groupby("customer").cumcount() > 0].groupby("customer")["amount"]
    return pd.DataFrame({"frequency": again.size(), "monetary_value": again.mean()})


# --- worlds whose truth is known ---------------------------------------------------------------------------


@dataclass(frozen=True)
class World:
    """A scenario, the table made of it, the estimator, and what it must find."""

    values: dict[str, Any]
    table: Callable[[Ledger], pd.DataFrame]
    fit: Callable[[pd.DataFrame], Fit]
    columns: tuple[str, ...]
    truth: Any
    another: dict[str, float]


_PURCHASES = {"customers": 3000, "entry_days": 90, "horizon_days": 720, "rate_shape": 0.8, "rate_mean": 12.0}
_ALPHA = 0.8 / 12.0 * WEEKS_PER_YEAR

WORLDS = {
    "bg_nbd": World(
        _PURCHASES | {"drop_a": 0.8, "drop_b": 4.0},
        _histories,
        fit_bg_nbd,
        ("frequency", "recency", "T"),
        BgNbd(r=0.8, alpha=_ALPHA, a=0.8, b=4.0),
        {"drop_a": 1.1},
    ),
    "pareto_nbd": World(
        _PURCHASES | {"need_shape": 1.2, "need_mean": 1.2},
        _histories,
        fit_pareto_nbd,
        ("frequency", "recency", "T"),
        ParetoNbd(r=0.8, alpha=_ALPHA, s=1.2, beta=1.2 / 1.2 * WEEKS_PER_YEAR),
        {"need_mean": 1.6},
    ),
    "sbg": World(
        {
            "customers": 5000,
            "timing": "contract",
            "renewal_days": RENEWAL_DAYS,
            "entry_days": 180,
            "horizon_days": 360,
            "drop_a": 0.668,
            "drop_b": 3.806,
        },
        _contracts,
        fit_sbg,
        ("periods", "lost"),
        ShiftedBetaGeometric(alpha=0.668, beta=3.806),
        {"drop_a": 0.8},
    ),
    "gamma_gamma": World(
        _PURCHASES | {"spend_p": 6.0, "spend_q": 4.0, "spend_mean": 80.0},
        _receipts,
        fit_gamma_gamma,
        ("frequency", "monetary_value"),
        GammaGamma(p=6.0, q=4.0, gamma=80.0 * 3.0 / 6.0),
        {"spend_mean": 90.0},
    ),
}
EVERY_WORLD = pytest.mark.parametrize("name", WORLDS)
EVERY_PARAMETER = [
    (name, parameter)
    for name, world in WORLDS.items()
    for parameter in vars(world.truth)
    if isinstance(getattr(world.truth, parameter), float)
]


@functools.cache
def _seen(name: str, seed: int, another: bool = False) -> tuple[pd.DataFrame, Fit]:
    world = WORLDS[name]
    values = world.values | (world.another if another else {})
    table = world.table(simulate(preset("bare").with_values(**values), seed=seed, log=True))
    return table, world.fit(table)


def _ratio(name: str, seen: tuple[pd.DataFrame, Fit], truth: Any) -> float:
    """Likelihood ratio of the fit against a truth: chi-square with as many degrees as parameters."""
    table, fit = seen
    log_likelihood = truth.log_likelihood(*(table[column] for column in WORLDS[name].columns)).sum()
    return 2 * (fit.log_likelihood - log_likelihood)


def _limit(fit: Fit) -> float:
    return float(stats.chi2.isf(TAIL, len(fit.log_standard_errors)))


# --- the tests ---------------------------------------------------------------------------------------------


@EVERY_WORLD
@pytest.mark.parametrize("seed", SEEDS)
def test_the_truth_is_recovered(name, seed):
    _, fit = seen = _seen(name, seed)
    truth = WORLDS[name].truth
    assert fit.undetermined == ()
    for parameter, error in fit.log_standard_errors.items():
        z = np.log(getattr(fit.model, parameter) / getattr(truth, parameter)) / error
        assert abs(z) < 4, (parameter, z)
    assert -1e-6 < _ratio(name, seen, truth) < _limit(fit)


@EVERY_WORLD
def test_the_estimates_say_something(name):
    """Four standard errors are no excuse if they are wide."""
    errors = _seen(name, SEEDS[0])[1].log_standard_errors
    assert max(errors.values()) < 0.2, errors


@pytest.mark.parametrize(("name", "parameter"), EVERY_PARAMETER)
@pytest.mark.parametrize("factor", [0.7, 1.4])
def test_a_truth_with_one_parameter_far_off_is_rejected(name, parameter, factor):
    seen, truth = _seen(name, SEEDS[0]), WORLDS[name].truth
    wrong = replace(truth, **{parameter: factor * getattr(truth, parameter)})
    assert _ratio(name, seen, wrong) > _limit(seen[1])


@EVERY_WORLD
def test_a_world_with_another_parameter_is_noticed(name):
    seen = _seen(name, SEEDS[0], another=True)
    assert _ratio(name, seen, WORLDS[name].truth) > _limit(seen[1])
