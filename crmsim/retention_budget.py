"""How much to spend on retention: profit against the budget, its best level, and how sure that is.

The first watering does most for a garden and the tenth nothing. A strategy is given one yearly budget after
the other, everything else and everybody's luck being the same; when the budget of a year is used up, its
rules stop until the next. The level that comes out best was also the lucky one, so what to expect of it is
measured on replications that had no say in the choice.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmsim.checkpoints import Checkpoint
from crmsim.comparison import Interval, bonferroni, mean_interval, paired_interval
from crmsim.errors import InputError, InterruptedRun, whole_number
from crmsim.estimators.resampling import uniforms
from crmsim.grids import Grid, Kept, provenance, run_grid
from crmsim.money_terms import MoneyTerms, money_terms
from crmsim.noted_runs import enough_left
from crmsim.rule_records import rule_records
from crmsim.scenario import Scenario
from crmsim.strategies import DO_NOTHING, AnyStrategy, Strategy
from crmsim.yaml_files import check

__all__ = ["BestBudget", "BudgetCurve", "budget_curve", "with_budget"]

Array = npt.NDArray[np.float64]
_RESAMPLES = 2000


class BestBudget(NamedTuple):
    """The best of the budgets tried (currency per year), and between which of them the best lies.

    `low` and `high` are quantiles of the best level over replications drawn again with replacement. Of fewer
    than some six replications they are too near to each other: of four they hold the best in 9 of 10 cases,
    where 95 % was asked for.
    """

    budget: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class BudgetCurve:
    """The outcome of :func:`budget_curve`.

    Attributes
    ----------
    scenario : Scenario
    strategy : Strategy
    base : Strategy
        At budget 0.
    budgets : array, shape (levels,)
        Currency per year for all customers together: 0, those asked for, and infinity (no limit).
    seed : int
    replications, holdout : tuple of int
        Those of the curve, and those that only the best level (and the base) met.
    value, spent, refused : array, shape (levels, replications)
        CLV, cost of the strategy over the run, and what its rules asked for and the budget did not pay (both
        not discounted), in currency per initial customer.
    holdout_value : array, shape (2, hold-out replications)
        CLV of the base and of the best level.
    confidence : float
    problems : dict
        From the number of a replication that was left out, at every level, to what went wrong in it.
    """

    scenario: Scenario
    strategy: Strategy
    base: AnyStrategy
    budgets: Array
    seed: int
    replications: tuple[int, ...]
    holdout: tuple[int, ...]
    value: Array
    spent: Array
    refused: Array
    holdout_value: Array
    confidence: float
    problems: dict[int, str] = field(default_factory=dict)

    @property
    def money(self) -> MoneyTerms:
        """The terms on which CLV stands."""
        return money_terms(self.scenario)

    def table(self) -> pd.DataFrame:
        """Return the curve.

        Returns
        -------
        DataFrame
            Indexed by ``budget`` (currency per year): ``per_customer`` (per initial customer and year),
            ``mean``, ``low``, ``high``, ``n`` (CLV per initial customer, difference to no budget), ``spent``
            and ``refused`` (currency per initial customer and year, means; whoever is asked for again in a
            later window is refused again), ``refusing`` (in how many replications anything was refused) and
            ``binds``: whether that was so in any of them. The intervals hold for all levels together.

        Notes
        -----
        Where a budget refused nothing, a larger one would have changed nothing. No limit may all the same:
        without one, rules act at once on what happens to a customer and on who is new, and with one at the
        end of the window. At budget 0 nobody asks, so that nothing is known of what would be refused.
        """
        each = bonferroni(self.confidence, len(self.budgets) - 1)
        customers, years = self.scenario.population.customers, self.scenario.population.horizon_days / 365.0
        rows = []
        for level, budget in enumerate(self.budgets):
            gain = paired_interval(self.value[0], self.value[level], each)
            spent, refused = (part[level].mean() / years for part in (self.spent, self.refused))
            # What the rules would ask for if they had anything at all is not known; whether they would, is.
            refusing = int(((self.refused[level] if budget > 0.0 else self.spent[-1]) > 0.0).sum())
            rows.append(
                {"budget": budget, "per_customer": budget / customers}
                | gain._asdict()
                | {"spent": spent, "refused": refused if budget > 0.0 else math.nan}
                | {"refusing": refusing, "binds": refusing > 0}
            )
        return pd.DataFrame(rows).set_index("budget")

    def best(self) -> BestBudget:
        """Return the level with the highest mean, and between which levels the best lies."""
        n = len(self.replications)
        winner = self.budgets[self.value.mean(axis=1).argmax()]
        picks = np.floor(uniforms(self.seed, _RESAMPLES * n).reshape(_RESAMPLES, n) * n).astype(int)
        places = self.value[:, picks].mean(axis=2).argmax(axis=0)
        tail = (1.0 - self.confidence) / 2.0
        # Levels are in rising order, so quantiles of their places are those of the budgets.
        low, high = np.quantile(places, [tail, 1.0 - tail], method="inverted_cdf").astype(int)
        return BestBudget(float(winner), float(self.budgets[low]), float(self.budgets[high]))

    def expected(self) -> Interval:
        """Return what the best level adds to CLV per initial customer, on the hold-out replications."""
        return paired_interval(*self.holdout_value, confidence=self.confidence)


def with_budget(strategy: Strategy, per_year: float, scenario: Scenario) -> Strategy:
    """Return a strategy with a yearly budget, in the scenario's currency.

    Raises
    ------
    InputError
        When it cannot have one: the cost of a rule is not known beforehand, or not one action could be paid.

    Examples
    --------
    >>> from crmsim import find_strategy, preset
    >>> with_budget(find_strategy("save_lift"), 500.0, preset("retail")).budget.per_year
    500.0
    """
    data = strategy.model_dump(by_alias=True, exclude_unset=True, exclude_none=True)
    data |= {"currency": strategy.currency or scenario.currency, "budget": {"per_year": float(per_year)}}
    limited = check(Strategy, data)
    rule_records(limited, scenario)
    return limited


def budget_curve(
    scenario: Scenario,
    strategy: Strategy,
    budgets: Sequence[float],
    base: AnyStrategy = DO_NOTHING,
    *,
    replications: int = 20,
    holdout: int = 20,
    seed: int = 1,
    engine: str = "auto",
    workers: int | None = None,
    confidence: float = 0.95,
    progress: Callable[[int, int], None] | None = None,
    checkpoint: Checkpoint | None = None,
) -> BudgetCurve:
    """Try a strategy with several budgets on the same customers with the same luck.

    Parameters
    ----------
    scenario : Scenario
    strategy : Strategy
        Its own budget is put aside. A rule that picks few customers cannot spend much: let it pick as many
        as the largest budget pays for, and rank them.
    budgets : sequence of float
        Currency per year for all customers together, above 0 and rising; at least two. No budget and no
        limit are added.
    base : Strategy or ProgrammedStrategy
        What the firm does with no budget.
    replications : int
        For the curve, at least 2.
    holdout : int
        Further replications for the base and the best level, at least 2.
    seed, engine, workers, confidence
        As in :func:`crmsim.experiments.compare`.
    progress : callable, optional
        Called with (replications finished, replications asked for), those of the curve.
    checkpoint : Checkpoint, optional
        In which finished replications are kept, and from which they are taken.

    Returns
    -------
    BudgetCurve
        A replication in which a run failed is left out, and noted in its ``problems``.

    Raises
    ------
    InputError
        For bad numbers, budgets that the strategy cannot have, or the checkpoint of something else.
    CrmsimError
        When failures left fewer than two replications of the curve, or of the hold-out.
    InterruptedRun
        When it was interrupted before two replications of either were finished.

    Examples
    --------
    >>> from crmsim import find_strategy, preset
    >>> town = preset("retail").with_values(customers=40, horizon_days=720)
    >>> options = {"replications": 2, "holdout": 2, "workers": 1}
    >>> curve = budget_curve(town, find_strategy("save_lift"), [50.0, 100.0], **options)
    >>> curve.table().index.to_list()
    [0.0, 50.0, 100.0, inf]
    """
    whole_number("replications", replications, 2, 1_000_000)
    whole_number("holdout", holdout, 2, 1_000_000)
    mean_interval(np.zeros(2), confidence)
    levels = [float(budget) for budget in budgets]
    rising = all(a < b for a, b in zip([0.0, *levels], [*levels, math.inf], strict=True))
    if len(levels) < 2 or not rising:
        raise InputError("budgets", "must be at least two, above 0 and rising", levels)
    free = strategy.model_copy(update={"budget": None})
    cells = {"0": (scenario, base)}
    cells |= {f"{level:g}": (scenario, with_budget(strategy, level, scenario)) for level in levels}
    cells["inf"] = (scenario, free)
    options = {"seed": seed, "engine": engine, "workers": workers}
    described = provenance(
        scenario, {"base": base, "strategy": strategy}, seed, engine, part="budget", budgets=levels,
        replications=replications,
    )  # fmt: skip
    options["kept"] = None if checkpoint is None else Kept(checkpoint, described)
    curve = run_grid(cells, replications, progress=progress, **options)
    known = _paired(curve)
    value, spent, refused = (
        np.stack([curve.of(cell, outcome)[known] for cell in cells])
        for outcome in ("clv", "strategy_cost", "refused_spending")
    )
    winner = list(cells)[value.mean(axis=1).argmax()]
    pair = {"0": cells["0"], winner: cells[winner]}
    later = run_grid(pair, holdout, first=replications, **options)
    known_later = _paired(later)
    return BudgetCurve(
        scenario, strategy, base, np.array([0.0, *levels, math.inf]), seed,
        tuple(np.array(curve.replications)[known].tolist()),
        tuple(np.array(later.replications)[known_later].tolist()), value, spent, refused,
        np.stack([later.of("0", "clv")[known_later], later.of(winner, "clv")[known_later]]), confidence,
        _problems(curve) | _problems(later),
    )  # fmt: skip


def _problems(grid: Grid) -> dict[int, str]:
    """Return what went wrong first in each replication that has a failure, at whichever level."""
    told: dict[int, str] = {}
    for (cell, replication), problem in sorted(grid.problems.items()):
        told.setdefault(replication, f"budget {cell}: {problem}")
    return told


def _paired(grid: Grid) -> np.ndarray:
    """Return which replications of a grid are there at every level: a level alone compares with nothing."""
    told = _problems(grid)
    known = np.array([k not in told for k in grid.replications], bool)
    if known.sum() < 2 and len(grid.replications) < grid.asked:
        raise InterruptedRun("interrupted before two replications were finished without a failure")
    enough_left(int(known.sum()), told)
    return known
