"""What one more point of retention is worth: measured on paired runs, and by the formula beside it.

A landlord who loses one tenant fewer in a hundred saves more than that tenant's next rent. The same
customers live with somewhat weaker reasons to leave; the value gained over the retention gained is what a
point is worth, and so what may be spent for it. The formula does the same sum for a customer with the mean
margin and a constant retention rate, and so leaves out that those who stay grow, and that they differ.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from crmsim.checkpoints import Checkpoint
from crmsim.comparison import Interval, mean_interval, paired_interval, ratio_interval
from crmsim.engines import engine_for, simulate
from crmsim.errors import InputError
from crmsim.grids import provenance
from crmsim.metrics.clv import value_per_initial_customer
from crmsim.model.records import DAY, NEVER
from crmsim.money_terms import MoneyTerms, money_terms
from crmsim.noted_runs import Diary, replicate_noted
from crmsim.replications import check_numbers
from crmsim.scenario import Scenario
from crmsim.strategies import DO_NOTHING, AnyStrategy
from crmsim.summary import COUNTED
from crmsim.value import DiscountRate, Flow, RetentionRate, Valuation, constant_retention_clv

__all__ = ["RetentionWorth", "retention_worth", "weaker_reasons"]

_POINT = 0.01
_MONTHS = 12


@dataclass(frozen=True, eq=False)
class RetentionWorth:
    """The outcome of :func:`retention_worth`.

    Attributes
    ----------
    scenario : Scenario
    strategy : Strategy
    seed : int
    replications : tuple of int
        Those in which nothing failed.
    retention : Interval
        Share kept per year, as it is: exp(-losses per customer-year).
    points : Interval
        Points (hundredths) of it that were gained.
    gain : Interval
        CLV per initial customer that was gained, in currency.
    per_point : Interval
        Gain per point, in currency per initial customer.
    formula : Valuation
        The same for a customer with the mean margin and a constant retention rate, paid monthly.
    confidence : float
    problems : dict
        From the number of a replication that was left out to what went wrong in it.
    """

    scenario: Scenario
    strategy: AnyStrategy
    seed: int
    replications: tuple[int, ...]
    retention: Interval
    points: Interval
    gain: Interval
    per_point: Interval
    formula: Valuation
    confidence: float = 0.95
    problems: dict[int, str] = field(default_factory=dict)

    @property
    def money(self) -> MoneyTerms:
        """The terms on which measured amounts stand."""
        return money_terms(self.scenario)


def retention_worth(
    scenario: Scenario,
    strategy: AnyStrategy = DO_NOTHING,
    *,
    factor: float = 0.9,
    replications: int = 20,
    seed: int = 1,
    engine: str = "auto",
    workers: int | None = None,
    confidence: float = 0.95,
    progress: Callable[[int, int], None] | None = None,
    checkpoint: Checkpoint | None = None,
) -> RetentionWorth:
    """Measure what one more point of annual retention is worth.

    Parameters
    ----------
    scenario : Scenario
        Without changes on the way.
    strategy : Strategy or ProgrammedStrategy
        Under which it is measured.
    factor : float
        By which all reasons to leave are weakened, above 0 and below 1; close to 1 is closer to one point,
        far from it surer.
    replications, seed, engine, workers, confidence, progress
        As in :func:`crmsim.experiments.compare`.
    checkpoint : Checkpoint, optional
        In which finished replications are kept, and from which they are taken.

    Returns
    -------
    RetentionWorth
        A replication in which a run failed is left out, and noted in its ``problems``.

    Raises
    ------
    InputError
        For bad numbers, a scenario with changes, one in which nobody leaves, or the checkpoint of something
        else.
    CrmsimError
        When failures left fewer than two replications.

    Examples
    --------
    >>> from crmsim import preset
    >>> town = preset("retail").with_values(customers=100, horizon_days=1080)
    >>> worth = retention_worth(town, replications=2, workers=1)
    >>> worth.points.mean > 0
    True
    """
    check_numbers(replications=replications, seed=seed, workers=workers, confidence=confidence)
    if not 0.0 < factor < 1.0:
        raise InputError("factor", "must be above 0 and below 1", factor)
    if scenario.changes:
        raise InputError("scenario.changes", "must be none: reasons to leave would be set anew")
    described = provenance(scenario, {"strategy": strategy}, seed, engine, part="retention", factor=factor)
    engine = engine_for(strategy, engine)
    weaker = scenario.with_values(**weaker_reasons(scenario, factor))
    worlds = {"as_it_is": scenario, "weaker": weaker}
    arms = {label: partial(_measure, world, strategy, seed, engine) for label, world in worlds.items()}
    done, problems = replicate_noted(
        arms, replications, Diary(checkpoint, described), engines=[engine], workers=workers, progress=progress
    )
    now, then = (np.array([done[k][label] for k in done]) for label in worlds)
    points = (then[:, 0] - now[:, 0]) / _POINT
    gain = then[:, 1] - now[:, 1]
    retention = mean_interval(now[:, 0], confidence)
    if retention.mean + _POINT > 1.0:
        raise InputError("scenario", "must be one in which a point of retention can be gained")
    return RetentionWorth(
        scenario=scenario,
        strategy=strategy,
        seed=seed,
        replications=tuple(done),
        retention=retention,
        points=mean_interval(points, confidence),
        gain=paired_interval(now[:, 1], then[:, 1], confidence),
        per_point=ratio_interval(gain, points, confidence),
        formula=_by_formula(scenario, retention.mean, float(now[:, 2].mean()), float(now[:, 3].mean())),
        confidence=confidence,
        problems=problems,
    )


def weaker_reasons(scenario: Scenario, factor: float) -> dict[str, Any]:
    """Return the fields that set the rates of leaving, multiplied by `factor`."""
    exit, offers = scenario.exit, scenario.competition
    values: dict[str, Any] = {
        name: factor * getattr(exit, name)
        for name in ("need_mean", "quality_hazard", "griev_hazard", "neglect_hazard")
    }
    values["offer_rate"] = factor * offers.offer_rate
    # Of a beta distribution with a far below b the mean is nearly a / b; without one, b is the chance itself.
    values["drop_b"] = exit.drop_b / factor if exit.drop_a > 0.0 else factor * exit.drop_b
    return values


def _measure(
    scenario: Scenario, strategy: AnyStrategy, seed: int, engine: str, replication: int
) -> tuple[float, float, float, float]:
    """Return retention per year, CLV, margin per customer-year, and years for which customers are watched."""
    ledger = simulate(scenario, strategy, seed=seed, replication=replication, log=False, engine=engine)
    people = ledger.customers[ledger.customers["entered"] < NEVER]
    left, end = people["left"] < NEVER, ledger.horizon_days * DAY
    years = (np.where(left, people["left"], end) - people["entered"]).sum() / DAY / 365.0
    earned = people["total"][:, COUNTED].sum() + (scenario.money.acq_cost + people["won_cost"]).sum()
    watched = (end - people["entered"]).mean() / DAY / 365.0
    return float(np.exp(-left.sum() / years)), value_per_initial_customer(ledger), earned / years, watched


def _by_formula(scenario: Scenario, retention: float, margin: float, years: float) -> Valuation:
    """Return what a point is worth with the mean margin, a constant retention, and the same horizon."""
    discount = DiscountRate(scenario.money.annual_discount_rate, "year")
    more, now = (
        constant_retention_clv(
            Flow(margin / _MONTHS, scenario.currency, "month"),
            RetentionRate(rate, "year").to("month"),
            discount.to("month"),
            timing="immediate",
            payments=round(years * _MONTHS),
        )
        for rate in (retention + _POINT, retention)
    )
    return more - now
