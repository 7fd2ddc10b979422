"""Does the winner still win? The verdict in many plausible worlds, and the parameter that flips it.

Like a bridge that is not only asked whether it stands today, but in which share of the storms that may
come, and what kind of storm brings it down.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from scipy import stats

from crmsim.checkpoints import Checkpoint
from crmsim.comparison import Interval, bonferroni, mean_interval
from crmsim.engines import LARGEST_SEED
from crmsim.errors import InputError, whole_number
from crmsim.grids import direction
from crmsim.metrics.regression_tree import grow_tree
from crmsim.scenario import Scenario
from crmsim.store import Record
from crmsim.strategies import AnyStrategy
from crmsim.uncertainty import Uncertainty, plausible_points
from crmsim.worlds import Worlds, run_worlds

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["VERDICTS", "Robustness", "robustness", "share_interval"]

#: What can come out in a world: ahead of all others for sure, behind one for sure, or neither.
VERDICTS = ("wins", "loses", "undecided")


@dataclass(frozen=True, eq=False)
class Robustness:
    """The outcome of :func:`robustness`.

    Attributes
    ----------
    winner : str
    outcome : str
    table : DataFrame
        One row per world: ``world``, its parameters by path, ``rival`` (the best of the others there),
        ``margin`` (winner less rival, positive where the winner is better) with ``low`` and ``high``,
        ``n``, ``ahead`` (is the margin positive), ``verdict`` (of :data:`VERDICTS`) and ``problem``. World 0
        is the scenario as it is, and counts in no share.
    shares : DataFrame
        ``ahead`` and each verdict: in how many worlds (``worlds``), which ``share`` with ``low`` and
        ``high``, of how many that could be run (``n``).
    flips : DataFrame
        One row per parameter, the one that tells most first: ``parameter``, ``limit``, ``ahead_below`` and
        ``ahead_above`` (share of worlds in which the winner is ahead, on either side of the limit),
        ``worlds_below``, ``worlds_above``, ``tells`` (share of the variance of being ahead that this one
        question explains) and ``correlation`` (of the parameter with the margin, by ranks). Limits are nan
        where the winner is ahead in all worlds or in none.
    scenario, strategies, unsure
    engines : dict
        From the name of a strategy to what drove its runs.
    seed, replications : int
        Replications of every world.
    unfinished : int
        Worlds that an interruption left undone.
    confidence : float
    """

    winner: str
    outcome: str
    table: pd.DataFrame
    shares: pd.DataFrame
    flips: pd.DataFrame
    scenario: Scenario
    strategies: tuple[AnyStrategy, ...]
    unsure: Uncertainty
    engines: dict[str, str]
    seed: int
    replications: int
    unfinished: int
    confidence: float = 0.95

    def record(self, seconds: float | None = None) -> Record:
        """Return what is kept of it in a :class:`crmsim.store.RunStore`."""
        return Record(
            kind="robustness",
            scenario=self.scenario,
            strategies=self.strategies,
            seed=self.seed,
            replications=self.replications,
            engines=self.engines,
            tables={"worlds": self.table, "shares": self.shares, "flips": self.flips},
            more={
                "winner": self.winner,
                "outcome": self.outcome,
                "unfinished": self.unfinished,
                "parameters": self.unsure.model_dump(mode="json"),
                "confidence": self.confidence,
            },
            seconds=seconds,
        )


def robustness(
    scenario: Scenario,
    strategies: Sequence[AnyStrategy],
    unsure: Uncertainty,
    *,
    winner: str | None = None,
    outcome: str = "clv",
    worlds: int = 64,
    replications: int = 5,
    seed: int = 1,
    engine: str = "auto",
    workers: int | None = None,
    dask: str | Client | None = None,
    confidence: float = 0.95,
    progress: Callable[[int, int], None] | None = None,
    checkpoint: str | Path | Checkpoint | None = None,
) -> Robustness:
    """Ask in which share of the plausible worlds the winner still wins.

    Parameters
    ----------
    scenario : Scenario
    strategies : sequence of Strategy or ProgrammedStrategy
        At least two, with different names.
    unsure : Uncertainty
        Every combination within its ranges is plausible; the worlds are spread evenly over them.
    winner : str, optional
        Name of the strategy that is asked about; the default is the one with the best mean in the scenario
        as it is.
    outcome : str
        By which they are judged; less is better of costs and waits.
    worlds : int
        At least 2.
    replications : int
        Of every world. With few, some worlds stay undecided, and being ahead is partly luck.
    seed, engine, workers, dask, progress, checkpoint
        As in :func:`crmsim.experiments.compare`.
    confidence : float
        Of the shares, and of the verdict in each world (for all rivals together, by Bonferroni).

    Returns
    -------
    Robustness

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
    >>> both = [find_strategy("do_nothing"), find_strategy("price_cut")]
    >>> found = robustness(town, both, Uncertainty(parameters=[margin]), worlds=4, replications=2, workers=1)
    >>> found.winner, found.shares["n"].tolist()
    ('do_nothing', [4, 4, 4, 4])
    """
    sign = direction(outcome)
    whole_number("worlds", worlds, 2, 2**16)
    whole_number("seed", seed, 0, LARGEST_SEED)
    if len(strategies) < 2:
        raise InputError("strategies", "must be at least two", len(strategies))
    names = [strategy.name for strategy in strategies]
    if winner is not None and winner not in names:
        raise InputError("winner", f"must be one of {', '.join(names)}", winner)
    share_interval(0, 1, confidence)
    unsure = unsure.fitted(scenario)
    points = plausible_points(unsure.paths, worlds, seed)
    changes = [{}, *(unsure.world(point) for point in points)]
    found = run_worlds(
        scenario, strategies, changes, replications, seed=seed, engine=engine, workers=workers, dask=dask,
        progress=progress, checkpoint=checkpoint,
    )  # fmt: skip
    if winner is None:
        winner = _best(found, names, outcome, sign)
    rivals = [name for name in names if name != winner]
    own = {path: math.nan for path in unsure.paths}
    table = pd.DataFrame(
        [
            {"world": world}
            | own
            | changes[world]
            | _judged(found, world, winner, rivals, outcome, sign, confidence)
            for world in range(len(changes))
        ]
    )
    if (table["verdict"][1:] == "").all():
        problem = next((text for text in table["problem"][1:] if text), "no value in any run")
        raise InputError("worlds", f"could not be run; the first problem: {problem}")
    return Robustness(
        winner=winner,
        outcome=outcome,
        table=table,
        shares=_shares(table[1:], confidence),
        flips=_flips(table[1:], unsure.paths),
        scenario=scenario,
        strategies=tuple(strategies),
        unsure=unsure,
        engines=found.engines,
        seed=seed,
        replications=replications,
        unfinished=len(found.unfinished),
        confidence=confidence,
    )


def share_interval(count: int, n: int, confidence: float = 0.95) -> Interval:
    """Return a share with Wilson's interval (1927).

    Points that are spread evenly vary less than independent ones, for which it is meant.

    Examples
    --------
    >>> interval = share_interval(9, 10)
    >>> interval.mean, round(interval.low, 3), round(interval.high, 3)
    (0.9, 0.596, 0.982)
    """
    if not 0.0 < confidence < 1.0:
        raise InputError("confidence", "must be above 0 and below 1", confidence)
    if n == 0:
        return Interval(math.nan, math.nan, math.nan, 0)
    z, share = float(stats.norm.ppf(0.5 + confidence / 2.0)), count / n
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return Interval(share, max(middle - half, 0.0), min(middle + half, 1.0), n)


def _best(found: Worlds, names: list[str], outcome: str, sign: int) -> str:
    """Return the strategy with the best mean in the scenario as it is."""
    means = {name: mean_interval(found.of(0, name, outcome)).mean for name in names}
    known = {name: sign * mean for name, mean in means.items() if not math.isnan(mean)}
    if not known:
        raise InputError("winner", f"must be given: in the scenario as it is, {found.problem(0)}")
    return max(known, key=lambda name: known[name])


def _judged(
    found: Worlds, world: int, winner: str, rivals: list[str], outcome: str, sign: int, confidence: float
) -> dict[str, object]:
    """Return how the winner does in a world against the best of the others."""
    sure = bonferroni(confidence, len(rivals))
    margins = {
        rival: mean_interval(sign * found.measured(world, winner, rival, outcome), sure) for rival in rivals
    }
    problem = found.problem(world)
    missing = any(margin.n == 0 for margin in margins.values())
    rival = min(rivals, key=lambda name: margins[name].mean) if not missing else ""
    margin = margins[rival] if rival else Interval(math.nan, math.nan, math.nan, 0)
    if all(m.low > 0.0 for m in margins.values()):
        verdict = "wins"
    else:
        verdict = "loses" if any(m.high < 0.0 for m in margins.values()) else "undecided"
    return {
        "rival": rival,
        "margin": margin.mean,
        "low": margin.low,
        "high": margin.high,
        "n": margin.n,
        "ahead": bool(margin.mean > 0.0),
        "verdict": "" if missing else verdict,
        "problem": problem,
    }


def _shares(table: pd.DataFrame, confidence: float) -> pd.DataFrame:
    judged = table[table["verdict"] != ""]
    counts = {"ahead": int(judged["ahead"].sum())}
    counts |= {verdict: int((judged["verdict"] == verdict).sum()) for verdict in VERDICTS}
    rows = []
    for name, count in counts.items():
        interval = share_interval(count, len(judged), confidence)
        rows.append({"verdict": name, "worlds": count, "share": interval.mean, "low": interval.low,
                     "high": interval.high, "n": interval.n})  # fmt: skip
    return pd.DataFrame(rows)


def _flips(table: pd.DataFrame, paths: list[str]) -> pd.DataFrame:
    """Return for each parameter the one question that best tells where the winner is ahead."""
    judged = table[table["verdict"] != ""]
    rows = [_question(judged, path) for path in paths]
    order = ["tells", "correlation"]
    return (
        pd.DataFrame(rows)
        .sort_values(order, key=abs, ascending=False, na_position="last", kind="stable")
        .reset_index(drop=True)
    )


def _question(judged: pd.DataFrame, path: str) -> dict[str, object]:
    ahead, nan = judged["ahead"].to_numpy(dtype=float), math.nan
    row: dict[str, object] = {
        "parameter": path, "limit": nan, "ahead_below": nan, "ahead_above": nan, "worlds_below": 0,
        "worlds_above": 0, "tells": 0.0, "correlation": _ranks(judged[path], judged["margin"]),
    }  # fmt: skip
    if len(judged) < 2 or ahead.min() == ahead.max():
        return row
    # A question that only a world or two answer differently tells nothing.
    tree = grow_tree(judged[[path]].astype(float), ahead, depth=1, leaf=max(2, len(judged) // 20))
    if tree.below is None or tree.above is None:
        return row
    sides = (tree.below, tree.above)
    left = sum(side.customers * side.mean * (1.0 - side.mean) for side in sides)
    return row | {
        "limit": tree.limit, "ahead_below": tree.below.mean, "ahead_above": tree.above.mean,
        "worlds_below": tree.below.customers, "worlds_above": tree.above.customers,
        "tells": 1.0 - left / (len(judged) * float(ahead.mean()) * (1.0 - float(ahead.mean()))),
    }  # fmt: skip


def _ranks(values: pd.Series, margin: pd.Series) -> float:
    if len(values) < 3 or values.nunique() < 2 or margin.nunique() < 2:
        return math.nan
    return float(stats.spearmanr(values, margin).statistic)
