"""What a result depends on: one parameter at a time, and all of them at once.

Like tuning a radio: first one knob is turned from one stop to the other while the rest stay put (a tornado
plot, widest bar on top); then all knobs at random, to see how much of the noise each is to blame for, alone
(first order) and together with the others (total): Sobol' (1993), or Morris (1991) where there are many.

A difference between two strategies is always taken on the same customers with the same luck.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmsim.checkpoints import Checkpoint
from crmsim.comparison import Interval, bonferroni, mean_interval, paired_interval, verdict
from crmsim.engines import LARGEST_SEED
from crmsim.errors import InputError, whole_number
from crmsim.field_paths import number_at, parse_path
from crmsim.grids import check_outcome
from crmsim.scenario import Scenario
from crmsim.store import Record
from crmsim.strategies import AnyStrategy
from crmsim.uncertainty import Uncertainty
from crmsim.worlds import Worlds, run_worlds
from crmsim.yaml_files import limits

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["METHODS", "Sensitivity", "check_samples", "global_indices", "tornado"]

METHODS = ("sobol", "morris")
#: Steps that a Morris trajectory may stop at, per parameter.
_LEVELS = 4


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """What an outcome, or a difference in it, depends on.

    Attributes
    ----------
    method : {"tornado", "sobol", "morris"}
    table : DataFrame
        One row per parameter, the most influential first; its columns are described at the function.
    worlds : DataFrame
        One row per world that was run: its number, the parameters by path, ``mean`` (of the outcome, or of
        the difference) with ``low``, ``high``, ``n``, and ``problem``.
    centre : Interval
        The same in the scenario as it is.
    scenario, strategy, base
        `base` is None where the level of `strategy` was looked at, not its difference to a base.
    outcome : str
    unsure : Uncertainty
    engines : dict
        From the name of a strategy to what drove its runs.
    seed, replications : int
        Replications of every world.
    unfinished : int
        Worlds that an interruption left undone.
    dropped : int
        Blocks of worlds (Sobol') or trajectories (Morris) left out because a world in them cannot be, or
        failed.
    confidence : float
    """

    method: str
    table: pd.DataFrame
    worlds: pd.DataFrame
    centre: Interval
    scenario: Scenario
    strategy: AnyStrategy
    base: AnyStrategy | None
    outcome: str
    unsure: Uncertainty
    engines: dict[str, str]
    seed: int
    replications: int
    unfinished: int
    dropped: int = 0
    confidence: float = 0.95

    def record(self, seconds: float | None = None) -> Record:
        """Return what is kept of it in a :class:`crmsim.store.RunStore`."""
        return Record(
            kind=self.method,
            scenario=self.scenario,
            strategies=(self.strategy,) if self.base is None else (self.base, self.strategy),
            seed=self.seed,
            replications=self.replications,
            engines=self.engines,
            tables={"sensitivity": self.table, "worlds": self.worlds},
            more={
                "outcome": self.outcome,
                "unfinished": self.unfinished,
                "dropped": self.dropped,
                "centre": [self.centre.mean, self.centre.low, self.centre.high],
                "parameters": self.unsure.model_dump(mode="json"),
                "confidence": self.confidence,
            },
            seconds=seconds,
        )


def tornado(
    scenario: Scenario,
    strategy: AnyStrategy,
    unsure: Uncertainty,
    *,
    base: AnyStrategy | None = None,
    outcome: str = "clv",
    replications: int = 10,
    seed: int = 1,
    engine: str = "auto",
    workers: int | None = None,
    dask: str | Client | None = None,
    confidence: float = 0.95,
    progress: Callable[[int, int], None] | None = None,
    checkpoint: str | Path | Checkpoint | None = None,
) -> Sensitivity:
    """Set each parameter to its low and its high end while all others stay as they are.

    Parameters
    ----------
    scenario : Scenario
    strategy : Strategy or ProgrammedStrategy
    unsure : Uncertainty
    base : Strategy or ProgrammedStrategy, optional
        If given, the paired difference ``strategy - base`` is looked at, else the level of `strategy`.
    outcome : str
        Of :data:`crmsim.metrics.outcomes.OUTCOMES`.
    replications : int
        Of every world; 1 is allowed, but gives no interval.
    seed, engine, workers, dask, confidence, progress, checkpoint
        As in :func:`crmsim.experiments.compare`.

    Returns
    -------
    Sensitivity
        Its table, the widest swing first: ``parameter`` (path), ``unit``, ``low``, ``value`` (in the
        scenario), ``high``; ``at_low`` and ``at_high`` (means); ``change_low`` and ``change_high``
        (against the scenario as it is, paired) and ``swing`` (at high less at low, paired); all five with
        ``_from`` and ``_to``, the ends of their intervals, which hold for all parameters together; ``n``
        replications of the swing; ``sign`` of the difference: ``changes`` (two of low end, value now and high
        end are surely on different sides of 0), ``stays`` (all three surely on one side) or ``undecided``,
        empty without a base; ``flips_at``: where a straight line through the means crosses 0, nan unless the
        sign changes; ``problem``.

    Raises
    ------
    InputError, InterruptedRun
        As :func:`crmsim.worlds.run_worlds`.

    Examples
    --------
    >>> from crmsim import find_strategy, preset
    >>> from crmsim.uncertainty import UncertainParameter
    >>> town = preset("retail").with_values(customers=40, horizon_days=420)
    >>> margin = UncertainParameter(path="money.margin", low=0.2, high=0.6)
    >>> found = tornado(town, find_strategy("do_nothing"), Uncertainty(parameters=[margin]),
    ...                 replications=2, workers=1)
    >>> bool(found.table["swing"].item() > 0)
    True
    """
    check_outcome(outcome)
    mean_interval(np.zeros(2), confidence)
    unsure = unsure.fitted(scenario)
    changes: list[dict[str, float | int]] = [{}]
    for parameter in unsure.parameters:
        changes += [{parameter.path: parameter.at(0.0)}, {parameter.path: parameter.at(1.0)}]
    strategies, reference = _pair(strategy, base)
    found = run_worlds(
        scenario, strategies, changes, replications, seed=seed, engine=engine, workers=workers, dask=dask,
        progress=progress, checkpoint=checkpoint,
    )  # fmt: skip
    measured = [found.measured(w, strategy.name, reference, outcome) for w in range(len(changes))]
    count = len(unsure.parameters)
    of_levels, of_changes, of_swings = (bonferroni(confidence, n) for n in (2 * count + 1, 2 * count, count))
    now, rows = mean_interval(measured[0], of_levels), []
    for place, parameter in enumerate(unsure.parameters):
        low, high = 1 + 2 * place, 2 + 2 * place
        ends = [mean_interval(measured[world], of_levels) for world in (low, high)]
        swing = paired_interval(measured[low], measured[high], of_swings)
        value = number_at(scenario, parameter.path)
        known = limits(Scenario, parse_path(parameter.path))
        row: dict[str, Any] = {"parameter": parameter.path, "unit": known.unit if known else "-"}
        row |= {"low": changes[low][parameter.path], "value": value, "high": changes[high][parameter.path]}
        for name, end in zip(("at_low", "at_high"), ends, strict=True):
            row |= _with_ends(name, end)
        for name, world in (("change_low", low), ("change_high", high)):
            row |= _with_ends(name, paired_interval(measured[0], measured[world], of_changes))
        row |= _with_ends("swing", swing) | {"n": swing.n}
        row["sign"] = "" if base is None else _sign([ends[0], now, ends[1]])
        line = [(row["low"], ends[0].mean), (value, now.mean), (row["high"], ends[1].mean)]
        row["flips_at"] = _zero(line) if row["sign"] == "changes" else math.nan
        row["problem"] = found.problem(low) or found.problem(high)
        rows.append(row)
    table = pd.DataFrame(rows).sort_values("swing", key=abs, ascending=False, na_position="last")
    return Sensitivity(
        method="tornado",
        table=table.reset_index(drop=True),
        worlds=_worlds(found, measured, confidence),
        centre=mean_interval(measured[0], confidence),
        scenario=scenario,
        strategy=strategy,
        base=base,
        outcome=outcome,
        unsure=unsure,
        engines=found.engines,
        seed=seed,
        replications=replications,
        unfinished=len(found.unfinished),
        confidence=confidence,
    )


def global_indices(
    scenario: Scenario,
    strategy: AnyStrategy,
    unsure: Uncertainty,
    *,
    base: AnyStrategy | None = None,
    outcome: str = "clv",
    method: str = "sobol",
    samples: int = 64,
    replications: int = 2,
    seed: int = 1,
    engine: str = "auto",
    workers: int | None = None,
    dask: str | Client | None = None,
    confidence: float = 0.95,
    progress: Callable[[int, int], None] | None = None,
    checkpoint: str | Path | Checkpoint | None = None,
) -> Sensitivity:
    """Vary all parameters at once, and say how much each has to do with what comes out.

    The result of a world is the mean over the replications, which are the same in every world. Where people
    are few, a parameter that is moved a little also changes who meets which luck: that counts as interaction.

    Parameters
    ----------
    scenario, strategy, unsure, base, outcome
        As in :func:`tornado`.
    method : {"sobol", "morris"}
        Sobol' indices need ``samples * (parameters + 2)`` worlds; Morris' elementary effects, which tell
        what matters and what does not, ``samples * (parameters + 1)`` with many fewer samples.
    samples : int
        For Sobol' a power of 2, from 4; for Morris trajectories, from 2.
    replications : int
        Of every world.
    seed, engine, workers, dask, confidence, progress, checkpoint
        As in :func:`crmsim.experiments.compare`.

    Returns
    -------
    Sensitivity
        Its table, the most influential first. For Sobol', shares of the variance over the plausible worlds:
        ``parameter``, ``first`` (alone) and ``total`` (with all interactions), each with ``_from`` and
        ``_to`` (bootstrap). An estimate may lie a little below 0 or above 1. For Morris, in the unit of
        the outcome per whole range: ``effect`` (mean), ``size`` (mean of the absolute effect, with
        ``size_from`` and ``size_to``) and ``spread`` (standard deviation: interactions and curvature). All
        are nan where nothing changes from world to world.

    Raises
    ------
    InputError, InterruptedRun
        As :func:`crmsim.worlds.run_worlds`; for samples that the method cannot use; and when fewer than two
        samples are left whole.
    """
    check_outcome(outcome)
    mean_interval(np.zeros(2), confidence)
    whole_number("seed", seed, 0, LARGEST_SEED)
    if method not in METHODS:
        raise InputError("method", f"must be one of {', '.join(METHODS)}", method)
    check_samples(method, samples)
    unsure = unsure.fitted(scenario)
    points = _points(method, len(unsure.parameters), samples, seed)
    strategies, reference = _pair(strategy, base)
    changes = [{}, *(unsure.world(point) for point in points)]
    found = run_worlds(
        scenario, strategies, changes, replications, seed=seed, engine=engine, workers=workers, dask=dask,
        progress=progress, checkpoint=checkpoint,
    )  # fmt: skip
    measured = [found.measured(w, strategy.name, reference, outcome) for w in range(len(changes))]
    # A mean over fewer replications would differ by luck: a world counts as a whole or not at all.
    results = np.array([values.mean() for values in measured[1:]])
    blocks = results.reshape(samples, -1)
    whole = ~np.isnan(blocks).any(axis=1)
    if whole.sum() < 2:
        problem = next((p for w in range(1, len(changes)) if (p := found.problem(w))), "no value in any run")
        raise InputError("samples", f"leave fewer than two that are whole; the first problem: {problem}")
    inside = points.reshape(samples, -1, points.shape[1])[whole].reshape(-1, points.shape[1])
    table = _indices(method, unsure.paths, inside, blocks[whole].ravel(), seed, confidence)
    return Sensitivity(
        method=method,
        table=table,
        worlds=_worlds(found, measured, confidence),
        centre=mean_interval(measured[0], confidence),
        scenario=scenario,
        strategy=strategy,
        base=base,
        outcome=outcome,
        unsure=unsure,
        engines=found.engines,
        seed=seed,
        replications=replications,
        unfinished=len(found.unfinished),
        dropped=int((~whole).sum()),
        confidence=confidence,
    )


def check_samples(method: str, samples: int) -> None:
    """Refuse a number of samples that a method of :data:`METHODS` cannot use; a tornado takes none.

    Raises
    ------
    InputError
    """
    whole_number("samples", samples, 4 if method == "sobol" else 2, 2**16)
    if method == "sobol" and samples & (samples - 1):
        raise InputError("samples", "must be a power of 2 with sobol", samples)


def _pair(strategy: AnyStrategy, base: AnyStrategy | None) -> tuple[list[AnyStrategy], str | None]:
    return ([strategy], None) if base is None else ([base, strategy], base.name)


def _with_ends(name: str, interval: Interval) -> dict[str, float]:
    return {name: interval.mean, f"{name}_from": interval.low, f"{name}_to": interval.high}


def _sign(found: list[Interval]) -> str:
    """Return whether differences surely lie on both sides of 0, surely on one, or neither is sure."""
    sides = {{"higher": 1, "lower": -1}.get(verdict(interval), 0) for interval in found}
    if {1, -1} <= sides:
        return "changes"
    return "undecided" if 0 in sides else "stays"


def _zero(line: list[tuple[float, float]]) -> float:
    """Return where a broken line through points in rising order crosses 0, nearest to its middle point."""
    middle, crossings = line[1][0], []
    line = sorted(line)
    for (x, y), (u, v) in pairwise(line):
        if y * v < 0.0:
            crossings.append(x + (u - x) * y / (y - v))
    return min(crossings, key=lambda place: abs(place - middle), default=math.nan)


def _worlds(found: Worlds, measured: list[np.ndarray], confidence: float) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"world": world}
            | numbers
            | mean_interval(values, confidence)._asdict()
            | {"problem": found.problem(world)}
            for world, (numbers, values) in enumerate(zip(found.numbers, measured, strict=True))
        ]
    )


def _problem(parameters: int) -> dict[str, Any]:
    """Return a unit cube as SALib describes it."""
    names = [str(place) for place in range(parameters)]
    return {"num_vars": parameters, "names": names, "bounds": [[0.0, 1.0]] * parameters}


def _points(method: str, parameters: int, samples: int, seed: int) -> np.ndarray:
    """Return points of the unit cube in the order that the analysis wants them."""
    from SALib.sample import morris, sobol  # takes a second to load

    # SALib takes the seed 0 for no seed at all.
    if method == "sobol":
        return sobol.sample(_problem(parameters), samples, calc_second_order=False, seed=seed + 1)
    return morris.sample(_problem(parameters), samples, num_levels=_LEVELS, seed=seed + 1)


def _indices(
    method: str, paths: list[str], points: np.ndarray, results: np.ndarray, seed: int, confidence: float
) -> pd.DataFrame:
    from SALib.analyze import morris, sobol

    problem, options = _problem(len(paths)), {"conf_level": confidence, "seed": seed + 1}
    varies = np.ptp(results) > 1e-12 * max(np.abs(results).max(), 1e-300)
    if method == "sobol":
        found = sobol.analyze(problem, results, calc_second_order=False, **options) if varies else {}
        columns = {"first": ("S1", "S1_conf"), "total": ("ST", "ST_conf")}
        order = "total"
    else:
        found = morris.analyze(problem, points, results, num_levels=_LEVELS, **options) if varies else {}
        columns = {"effect": ("mu", None), "size": ("mu_star", "mu_star_conf"), "spread": ("sigma", None)}
        order = "size"
    nothing = np.full(len(paths), np.nan)
    table = pd.DataFrame({"parameter": paths})
    for name, (mean, half) in columns.items():
        table[name] = np.asarray(found.get(mean, nothing), dtype=float)
        if half is not None:
            reach = np.asarray(found.get(half, nothing), dtype=float)
            table[f"{name}_from"], table[f"{name}_to"] = table[name] - reach, table[name] + reach
    return table.sort_values(order, ascending=False, na_position="last").reset_index(drop=True)
