"""Whom did it save? Two strategies on the same customers with the same luck, customer by customer.

A teacher never learns who passed because of the extra lessons; she sees each pupil once. Here everybody
lives twice, once under either strategy, and what differs between the two lives is what the firm did. The
same person may also be given other luck from the day of the decision on (other futures), which tells how
likely each was to stay, where one pair of lives only tells that somebody did.

Customers are matched by the address of their luck. Newcomers may exist in one world only: somebody whom
only this strategy's customers recommended the firm to has no second life to compare with. They are kept
apart, as are customers who were not there on the day of the decision.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd

from crmsim.checkpoints import Checkpoint
from crmsim.decision_state import check_day, state_on
from crmsim.engines import engine_for, simulate
from crmsim.errors import InputError, whole_number
from crmsim.grids import provenance
from crmsim.ledger import Ledger
from crmsim.metrics.desk import waits_by_tier
from crmsim.metrics.money import STRATEGY_COSTS
from crmsim.model.records import DAY, NEVER, WINDOW
from crmsim.noted_runs import Diary, replicate_noted, tables_as_data, tables_from_data
from crmsim.paired_tables import PairedWorlds
from crmsim.replications import check_numbers
from crmsim.response_types import TYPES, type_shares
from crmsim.scenario import Scenario
from crmsim.stages import Stage, Status
from crmsim.strategies import DO_NOTHING, AnyStrategy
from crmsim.summary import COUNTED
from crmsim.tiers import Tier

__all__ = ["customer_pairs", "decision_day", "run_paired_worlds"]

_WINDOW_DAYS = WINDOW // DAY


def run_paired_worlds(
    scenario: Scenario,
    other: AnyStrategy,
    base: AnyStrategy = DO_NOTHING,
    *,
    day: int | None = None,
    futures: int = 0,
    replications: int = 10,
    seed: int = 1,
    engine: str = "auto",
    workers: int | None = None,
    confidence: float = 0.95,
    progress: Callable[[int, int], None] | None = None,
    checkpoint: Checkpoint | None = None,
) -> PairedWorlds:
    """Let the same customers live under two strategies, and compare the lives one by one.

    Parameters
    ----------
    scenario : Scenario
    other, base : Strategy or ProgrammedStrategy
        What the base is compared with, and the base.
    day : int, optional
        Day of the decision, a multiple of 30 (days): tiers, stages and segments are those that customers
        have on it in the world of the base. The default is the first on which everybody of the initial
        cohort has arrived.
    futures : int
        So many times more both worlds are lived from that day on, with other luck that is again the same
        in both; 0 to 1000. Figures by type and uplift are then means over 1 + `futures` pairs of lives.
    replications, seed, engine, workers, confidence, progress
        As in :func:`crmsim.experiments.compare`.
    checkpoint : Checkpoint, optional
        In which finished replications are kept, and from which they are taken.

    Returns
    -------
    PairedWorlds
        A replication in which a run failed is left out, and noted in its ``problems``.

    Raises
    ------
    InputError
        For bad numbers, two strategies of one name, a day on which no window ends, or the checkpoint of
        something else.
    CrmsimError
        When failures left fewer than two replications.

    Examples
    --------
    >>> from crmsim import find_strategy, preset
    >>> town = preset("retail").with_values(customers=40, horizon_days=720)
    >>> worlds = run_paired_worlds(town, find_strategy("save_lift"), replications=2, workers=1)
    >>> worlds.types()["share"].sum().round(9).item()
    1.0
    """
    check_numbers(replications=replications, seed=seed, workers=workers, confidence=confidence)
    whole_number("futures", futures, 0, 1000)
    if base.name == other.name:
        raise InputError("other", "must not have the name of the base", other.name)
    day = decision_day(scenario) if day is None else day
    check_day(day, scenario)
    engines = {strategy.name: engine_for(strategy, engine) for strategy in (base, other)}
    pair = partial(_pair, scenario, base, other, day, futures, seed, engines)
    strategies = {"base": base, "other": other}
    described = provenance(scenario, strategies, seed, engine, part="saved", day=day, futures=futures)
    done, problems = replicate_noted(
        {"pair": pair}, replications, Diary(checkpoint, described, tables_as_data, tables_from_data),
        engines=engines.values(), workers=workers, progress=progress,
    )  # fmt: skip
    customers, waits = (
        pd.concat({k: done[k]["pair"][part] for k in done}, names=["replication"]) for part in (0, 1)
    )
    customers = customers.reset_index(level="replication").reset_index(drop=True)
    return PairedWorlds(
        scenario, base, other, day, futures, seed, tuple(done), customers,
        waits.reset_index(level="replication"), confidence, problems,
    )  # fmt: skip


def decision_day(scenario: Scenario) -> int:
    """Return the first end of a window (day) at which everybody of the initial cohort has arrived.

    Examples
    --------
    >>> from crmsim import preset
    >>> decision_day(preset("retail").with_values(entry_days=365))
    390
    """
    return max(-(-scenario.population.entry_days // _WINDOW_DAYS), 1) * _WINDOW_DAYS


def customer_pairs(base: Ledger, other: Ledger) -> pd.DataFrame:
    """Return one row per person, with what became of them in two runs with the same luck.

    Parameters
    ----------
    base, other : Ledger
        Of the same scenario, seed and replication (and future).

    Returns
    -------
    DataFrame
        Everybody who bought in at least one world, those of `base` first. ``number_base`` and
        ``number_other`` (-1 where the person does not exist), ``initial`` (of the initial cohort), and
        for either world ``entered`` (day of the first purchase), ``stayed`` (still a customer at the end),
        ``value`` (CLV over the run in currency, discounted to the customer's own first purchase), ``cost``
        (what the strategy spent on the customer, likewise, positive) and ``ratio`` (satisfaction b / a as
        remembered at the end). Who does not exist in a world has 0 money there, and nan.

    Raises
    ------
    InputError
        When the runs do not have the same people with the same luck.

    Examples
    --------
    >>> from crmsim import find_strategy, preset, simulate
    >>> town = preset("retail").with_values(customers=30, horizon_days=720)
    >>> pairs = customer_pairs(simulate(town), simulate(town, find_strategy("price_cut")))
    >>> bool((pairs["number_base"] == pairs["number_other"])[pairs["initial"]].all())
    True
    """
    for term in ("scenario", "seed", "replication", "future"):
        if getattr(base, term) != getattr(other, term):
            raise InputError("other", f"must be a run with the same {term} as the base")
    worlds = [_lives(ledger) for ledger in (base, other)]
    both = worlds[0].add_suffix("_base").join(worlds[1].add_suffix("_other"), how="outer", sort=False)
    for column in ("value", "cost"):
        both[[f"{column}_base", f"{column}_other"]] = both[[f"{column}_base", f"{column}_other"]].fillna(0.0)
    for world in ("base", "other"):
        both[f"stayed_{world}"] = both[f"stayed_{world}"].eq(True)
        both[f"number_{world}"] = both[f"number_{world}"].fillna(-1).astype(int)
    order = np.lexsort((both["number_other"], both["number_base"], both["number_base"] < 0))
    both = both.iloc[order].reset_index(drop=True)
    number = both[["number_base", "number_other"]].max(axis=1)
    return both.assign(initial=number < base.initial_count)


def _lives(ledger: Ledger) -> pd.DataFrame:
    """Return what became of everybody who bought, indexed by the address of their luck."""
    people = ledger.customers[ledger.customers["entered"] < NEVER]
    value = people["value"]
    return pd.DataFrame(
        {
            "number": people["number"].astype(float),
            "entered": people["entered"] / DAY,
            "stayed": people["status"] == Status.ACTIVE,
            "value": value[:, COUNTED].sum(axis=1),
            "cost": 0.0 - value[:, list(STRATEGY_COSTS)].sum(axis=1),
            "ratio": people["ratio"].astype(float),
        },
        index=pd.Index(people["key"], name="key"),
    )


def _pair(
    scenario: Scenario,
    base: AnyStrategy,
    other: AnyStrategy,
    day: int,
    futures: int,
    seed: int,
    engines: dict[str, str],
    replication: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Run one replication of both worlds; return its customers and its waits."""

    def lived(strategy: AnyStrategy, future: int) -> Ledger:
        return simulate(
            scenario, strategy, seed=seed, replication=replication, log=False,
            engine=engines[strategy.name], future=(day, future) if future else None,
        )  # fmt: skip

    ledgers = [lived(strategy, 0) for strategy in (base, other)]
    pairs = customer_pairs(*ledgers)
    options = {"seed": seed, "replication": replication, "engine": engines[base.name]}
    on_the_day = state_on(day, scenario, base, **options).customers
    table = pairs.assign(**_groups(pairs, on_the_day, day))
    stayed = [[table[f"stayed_{world}"].to_numpy()] for world in ("base", "other")]
    gains = [(table["value_other"] - table["value_base"]).to_numpy()]
    for future in range(1, futures + 1):
        people = [lived(strategy, future).customers for strategy in (base, other)]
        values = []
        for world, everybody, lives in zip(("base", "other"), people, stayed, strict=True):
            mine = everybody[table[f"number_{world}"].where(table["there"], 0).to_numpy()]
            lives.append(np.where(table["there"], mine["status"] == Status.ACTIVE, lives[0]))
            values.append(np.where(table["there"], mine["value"][:, COUNTED].sum(axis=1), 0.0))
        gains.append(np.where(table["there"], values[1] - values[0], gains[0]))
    table = table.assign(
        stay_base=np.mean(stayed[0], axis=0),
        stay_other=np.mean(stayed[1], axis=0),
        uplift=np.mean(stayed[1], axis=0) - np.mean(stayed[0], axis=0),
        value_uplift=np.mean(gains, axis=0),
    )
    table[list(TYPES)] = type_shares(np.array(stayed[0]), np.array(stayed[1]))
    by_world = dict(zip(("base", "other"), ledgers, strict=True))
    waits = pd.concat(
        {world: waits_by_tier(ledger)["mean_wait_days"] for world, ledger in by_world.items()},
        names=["world"],
    )
    return table, waits.reset_index(name="wait")


def _groups(pairs: pd.DataFrame, on_the_day: np.ndarray, day: int) -> dict[str, np.ndarray]:
    """Return who was there on the day in the base's world, and known in both, and in which groups."""
    number = pairs["number_base"].to_numpy()
    known = (number >= 0) & (number < len(on_the_day))
    then = on_the_day[np.where(known, number, 0)]
    there = known & (then["status"] == Status.ACTIVE) & (pairs["entered_other"].to_numpy() < day)

    def words(codes: np.ndarray, vocabulary: type) -> np.ndarray:
        names = np.array([word.name.lower() for word in vocabulary])  # type: ignore[attr-defined]
        return np.where(there, names[codes], "")

    return {
        "there": there,
        "tier": words(then["tier"], Tier),
        "stage": words(then["observed_stage"], Stage),
        "segment": np.where(there, then["segment"], 0),
    }
