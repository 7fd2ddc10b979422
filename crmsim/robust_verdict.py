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
from crmsim.comparison import Interval, bonferroni, mean_interval, verdict
from crmsim.engines import LARGEST_SEED
from crmsim.errors import InputError, whole_number
from crmsim.grids import direction
from crmsim.scenario import Scenario
from crmsim.store import Record
from crmsim.strategies import AnyStrategy
from crmsim.uncertainty import Uncertainty, plausible_points
from crmsim.verdict_flips import verdict_flips
from crmsim.worlds import Worlds, run_worlds

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["VERDICTS", "Robustness", "robustness", "share_interval"]

#: What can come out in a world: ahead of all others for sure; with a margin of equivalence, surely not behind
#: any by as much, though not ahead of all by as much either; behind one for sure; or neither.
VERDICTS = ("wins", "equivalent", "loses", "undecided")


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
        ``n``, ``ahead`` (is the margin positive; with `equivalence`: or is it behind by less than that),
        ``verdict`` (of :data:`VERDICTS`) and ``problem``. World 0 is the scenario as it is, and counts in no
        share.
    shares : DataFrame
        ``ahead`` and each verdict: in how many worlds (``worlds``), which ``share`` with ``low`` and
        ``high``, of how many that could be run (``n``).
    flips : DataFrame
        One row per parameter, the one that tells most first, as of
        :func:`crmsim.verdict_flips.verdict_flips`: the best question about it, and whether luck alone could
        have made it look so.
    scenario, strategies, unsure
    engines : dict
        From the name of a strategy to what drove its runs.
    seed, replications : int
        Replications of every world.
    unfinished : int
        Worlds that an interruption left undone.
    confidence : float
    equivalence : float or None
        The largest difference that does not matter, in the unit of the outcome.
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
    equivalence: float | None = None

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
                "equivalence": self.equivalence,
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
    equivalence: float | None = None,
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
        Of the shares, of the verdict in each world (for all rivals together, by Bonferroni), and of what is
        said to flip it.
    equivalence : float, optional
        The largest difference that does not matter, in the unit of the outcome, above 0: a world in which the
        winner is behind by less does not speak against it.

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
    ('do_nothing', [4, 4, 4, 4, 4])
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
    verdict(Interval(0.0, 0.0, 0.0, 2), equivalence)
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
            | _judged(found, world, winner, rivals, outcome, sign, confidence, equivalence)
            for world in range(len(changes))
        ]
    )
    if (table["verdict"][1:] == "").all():
        problem = next((text for text in table["problem"][1:] if text), "no value in any run")
        raise InputError("worlds", f"could not be run; the first problem: {problem}")
    judged = table[1:][table["verdict"][1:] != ""]
    flips = verdict_flips(
        judged[unsure.paths].astype(float), judged["ahead"].to_numpy(bool), judged["margin"].to_numpy(float),
        seed=seed, confidence=confidence,
    )  # fmt: skip
    return Robustness(
        winner=winner,
        outcome=outcome,
        table=table,
        shares=_shares(table[1:], confidence),
        flips=flips,
        scenario=scenario,
        strategies=tuple(strategies),
        unsure=unsure,
        engines=found.engines,
        seed=seed,
        replications=replications,
        unfinished=len(found.unfinished),
        confidence=confidence,
        equivalence=equivalence,
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
    found: Worlds,
    world: int,
    winner: str,
    rivals: list[str],
    outcome: str,
    sign: int,
    confidence: float,
    equivalence: float | None,
) -> dict[str, object]:
    """Return how the winner does in a world against the best of the others."""
    sure = bonferroni(confidence, len(rivals))
    margins = {
        rival: mean_interval(sign * found.measured(world, winner, rival, outcome), sure) for rival in rivals
    }
    missing = any(margin.n == 0 for margin in margins.values())
    rival = min(rivals, key=lambda name: margins[name].mean) if not missing else ""
    margin = margins[rival] if rival else Interval(math.nan, math.nan, math.nan, 0)
    return {
        "rival": rival,
        "margin": margin.mean,
        "low": margin.low,
        "high": margin.high,
        "n": margin.n,
        "ahead": bool(margin.mean > -(equivalence or 0.0)),
        "verdict": "" if missing else _world_verdict(list(margins.values()), equivalence),
        "problem": found.problem(world),
    }


def _world_verdict(margins: list[Interval], equivalence: float | None) -> str:
    """Return what all the winner's margins over its rivals come to (of :data:`VERDICTS`)."""
    each = {verdict(margin, equivalence) for margin in margins}
    if "lower" in each:
        return "loses"
    if each == {"higher"}:
        return "wins"
    # No difference in any run is a tie: that counts as equivalent only where somebody said what matters.
    return "equivalent" if equivalence is not None and "undecided" not in each else "undecided"


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
