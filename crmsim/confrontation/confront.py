"""Truth beside estimate: the examination that no firm can hold, because none knows the answers.

A scenario is run to its end; what a firm would have in its books on a day of review is given to each
method; what the same customers then really brought is laid beside the values. The past can also be
continued many times with other luck: the mean over these futures is what a customer is worth, and by
how much a forecaster who knew it would still miss the one future that happens is the noise floor.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmsim.comparison import mean_interval, paired_interval, verdict
from crmsim.confrontation.methods import Method, methods_for
from crmsim.confrontation.records import FirmRecords
from crmsim.confrontation.truth import firm_records, future_margin, margins_of_futures
from crmsim.engines import engine_for, simulate
from crmsim.errors import CrmsimError, InputError, whole_number
from crmsim.metrics.forecasts import MEASURES, calibration_by_tenth, forecast_measures
from crmsim.replications import check_numbers, replicate
from crmsim.scenario import Scenario
from crmsim.strategies import DO_NOTHING, AnyStrategy

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["ORACLE", "Confrontation", "confront"]

Array = npt.NDArray[np.float64]
#: Name of the forecaster who knows everything but luck: the mean over other futures.
ORACLE = "oracle"
_RUNS = ["replication", "method", "against", "measure", "value", "customers"]
_TENTHS = ["replication", "method", "against", "tenth", "estimate", "truth"]
_FAILURES = ["replication", "method", "reason"]
#: One replication: rows of measures, rows of calibration, rows of failures.
Found = tuple[list[dict], list[dict], list[dict]]


@dataclass(frozen=True, eq=False)
class Confrontation:
    """The outcome of :func:`confront`.

    Attributes
    ----------
    scenario, strategy : Scenario, Strategy
    seed, review_day, futures, replications : int
    days_ahead : int
        Value is the margin of so many days from the day of review on, discounted to it.
    margin : float
        Share of revenue that is earned.
    confidence : float
    runs : DataFrame
        ``replication``, ``method``, ``against`` (``realised``, or ``expected`` where futures were run),
        ``measure`` (:data:`crmsim.metrics.forecasts.MEASURES`), ``value``, and how many ``customers``
        were valued.
    tenths : DataFrame
        ``replication``, ``method``, ``against``, ``tenth``, and ``estimate`` and ``truth`` in currency per
        customer.
    failures : DataFrame
        ``replication``, ``method`` and ``reason``, where the records did not allow an estimate; its
        measures are nan there and left out of every mean.
    """

    scenario: Scenario
    strategy: AnyStrategy
    seed: int
    review_day: int
    days_ahead: int
    margin: float
    futures: int
    replications: int
    confidence: float
    runs: pd.DataFrame
    tenths: pd.DataFrame
    failures: pd.DataFrame

    @property
    def methods(self) -> list[str]:
        """Names of the methods in their order, the oracle last."""
        return list(dict.fromkeys(self.runs["method"]))

    def values(self, method: str, measure: str, against: str = "realised") -> Array:
        """Return one value per replication, in the order of the replications."""
        table = self._against(self.runs, against)
        chosen = table[(table["method"] == method) & (table["measure"] == measure)]
        if chosen.empty:
            raise InputError("method", f"must be one of {', '.join(self.methods)}, with a measure", method)
        return chosen.sort_values("replication")["value"].to_numpy()

    def table(self, against: str = "realised") -> pd.DataFrame:
        """Return each measure of each method: ``mean``, ``low``, ``high`` over ``n`` replications."""
        rows = [
            {"method": method, "measure": measure}
            | mean_interval(self.values(method, measure, against), self.confidence)._asdict()
            for method in self._against(self.runs, against)["method"].unique()
            for measure in MEASURES
        ]
        return pd.DataFrame(rows)

    def differences(self, base: str, against: str = "realised") -> pd.DataFrame:
        """Return each measure of each method less that of `base`, on the same replications.

        Errors count by their size: of ``total_error`` and the distance of ``slope`` from 1, the absolute
        value is compared, so that `lower` is better; so it is for ``gap``.

        Returns
        -------
        DataFrame
            ``method``, ``measure``, ``mean``, ``low``, ``high``, ``n``, ``verdict``.
        """
        rows = []
        for method in self._against(self.runs, against)["method"].unique():
            for measure in MEASURES if method != base else ():
                pair = [_sized(measure, self.values(name, measure, against)) for name in (base, method)]
                interval = paired_interval(*pair, self.confidence)
                rows.append(
                    {"method": method, "measure": measure}
                    | interval._asdict()
                    | {"verdict": verdict(interval)}
                )
        return pd.DataFrame(rows)

    def curves(self, against: str = "realised") -> pd.DataFrame:
        """Return mean ``estimate`` and ``truth`` by method and tenth, with the interval of the truth."""
        rows = [
            {"method": method, "tenth": tenth, "estimate": group["estimate"].mean()}
            | dict(
                zip(
                    ("truth", "low", "high", "n"), mean_interval(group["truth"], self.confidence), strict=True
                )
            )
            for (method, tenth), group in self._against(self.tenths, against).groupby(
                ["method", "tenth"], sort=False
            )
        ]
        return pd.DataFrame(rows)

    def _against(self, table: pd.DataFrame, against: str) -> pd.DataFrame:
        known = self.runs["against"].unique().tolist()
        if against not in known:
            raise InputError("against", f"must be one of {', '.join(known)} here", against)
        return table[table["against"] == against]


def confront(
    scenario: Scenario,
    strategy: AnyStrategy = DO_NOTHING,
    *,
    review_day: int,
    methods: Sequence[str | Method] | None = None,
    futures: int = 0,
    margin: float | None = None,
    replications: int = 20,
    seed: int = 1,
    engine: str = "auto",
    workers: int | None = None,
    dask: str | Client | None = None,
    confidence: float = 0.95,
    progress: Callable[[int, int], None] | None = None,
) -> Confrontation:
    """Let methods value the customers on a day of review, and compare with what these then brought.

    The truth is the margin on their revenue from that day to the end of the run, discounted to the day
    at the scenario's yearly rate: what the methods say that they estimate. Customers are those in the
    log; with contracts, those who have one on the day.

    Parameters
    ----------
    scenario : Scenario
        Its horizon is that of the values, too.
    strategy : Strategy
        What the firm does throughout.
    review_day : int
        From 1 to the last day but one; with `futures` a multiple of 30.
    methods : sequence of str or Method, optional
        Names of ready methods, or your own; all that suit the scenario's timing by default.
    futures : int
        Continue each past so many times more with other luck, and compare with the mean of these as
        well; 0 or at least 2. Their mean is then also examined as a method, ``oracle``, against the
        future that happened: what is left of its errors is luck (and, with few futures, the noise of
        their mean). In total and by tenths no method can be surer; by rank one may be, where a date
        decides who comes first among equals.
    margin : float, optional
        Share of revenue that is earned; the scenario's by default.
    replications : int
        At least 2.
    seed, engine, workers, dask, confidence, progress
        As in :func:`crmsim.experiments.compare`.

    Returns
    -------
    Confrontation

    Raises
    ------
    InputError
        For bad numbers, methods of the same name, a method that does not suit the timing, or a day of
        review on which nobody is a customer.

    Examples
    --------
    >>> from crmsim import preset
    >>> town = preset("retail").with_values(customers=100, horizon_days=1080)
    >>> found = confront(town, review_day=720, methods=["same_again", "rfm"], replications=2, workers=1)
    >>> found.table().query("method == 'rfm' and measure == 'top_overlap'")["n"].item()
    2
    """
    check_numbers(replications=replications, seed=seed, workers=workers, confidence=confidence, dask=dask)
    whole_number("review_day", review_day, 1, scenario.population.horizon_days - 1)
    whole_number("futures", futures, 0, 100_000)
    if futures == 1:
        raise InputError("futures", "must be 0 or at least 2", futures)
    share = scenario.money.margin if margin is None else margin
    chosen = _chosen(methods, scenario.purchase.timing)
    engine = engine_for(strategy, engine)
    one = partial(_examine, scenario, strategy, seed, engine, review_day, share, chosen, futures)
    done = replicate(
        {"run": one}, replications, engines=[engine], workers=workers, dask=dask, progress=progress
    )
    columns = (_RUNS, _TENTHS, _FAILURES)
    tables = [
        pd.DataFrame([{"replication": k} | row for k in done for row in done[k]["run"][part]], columns=names)
        for part, names in enumerate(columns)
    ]
    return Confrontation(
        scenario, strategy, seed, review_day, scenario.population.horizon_days - review_day, share,
        futures, len(done), confidence, *tables,
    )  # fmt: skip


def _examine(
    scenario: Scenario,
    strategy: AnyStrategy,
    seed: int,
    engine: str,
    review_day: int,
    margin: float,
    methods: tuple[Method, ...],
    futures: int,
    replication: int,
) -> Found:
    """Run one replication and mark every method."""
    ledger = simulate(scenario, strategy, seed=seed, replication=replication, engine=engine)
    books = firm_records(ledger, review_day, margin=margin)
    if books.customers.empty:
        raise InputError("review_day", "must be a day on which somebody is a customer", review_day)
    numbers = books.customers.str.removeprefix("C").astype(int).to_numpy()
    truths = {"realised": future_margin(ledger, review_day, margin)[numbers]}
    estimates, failures = _estimates(books, methods)
    if futures:
        truths["expected"] = margins_of_futures(ledger, review_day, margin, futures)[:, numbers].mean(axis=0)
    rows, tenths = [], []
    ranks_only = {method.name for method in methods if method.ranks_only}
    for against, truth in truths.items():
        marked = (
            estimates if against == "expected" or not futures else estimates | {ORACLE: truths["expected"]}
        )
        for name, estimate in marked.items():
            place = {"method": name, "against": against}
            if estimate is None:
                measures = dict.fromkeys(MEASURES, np.nan)
            else:
                measures = forecast_measures(estimate, truth, ranks_only=name in ranks_only)
            rows += [
                place | {"measure": measure, "value": value, "customers": len(numbers)}
                for measure, value in measures.items()
            ]
            if estimate is not None and name not in ranks_only:
                table = calibration_by_tenth(estimate, truth).reset_index()
                tenths += [place | row for row in table.to_dict("records")]
    return rows, tenths, failures


def _estimates(
    books: FirmRecords, methods: tuple[Method, ...]
) -> tuple[dict[str, Array | None], list[dict[str, str]]]:
    """Return each method's values, in the order of the customers; None where it could not say any."""
    found: dict[str, Array | None] = {}
    failures = []
    for method in methods:
        try:
            values = method.value(books).reindex(books.customers).to_numpy(dtype=float)
            if not np.isfinite(values).all():
                raise CrmsimError("a customer has no finite value")
        except CrmsimError as error:
            found[method.name] = None
            failures.append({"method": method.name, "reason": str(error)})
        else:
            found[method.name] = values
    return found, failures


def _chosen(methods: Sequence[str | Method] | None, timing: str) -> tuple[Method, ...]:
    """Return the methods asked for, refusing what does not suit."""
    if methods is None:
        return methods_for(timing)
    chosen = [methods_for(timing, [one])[0] if isinstance(one, str) else one for one in methods]
    if not chosen:
        raise InputError("methods", "must be at least one")
    names = [method.name for method in chosen]
    for method in chosen:
        if timing not in method.timings:
            raise InputError("methods", f"must be for {timing} timing", method.name)
        if names.count(method.name) > 1 or method.name == ORACLE:
            raise InputError("methods", f"must have different names, none of them {ORACLE}", method.name)
    return tuple(chosen)


def _sized(measure: str, values: Array) -> Array:
    """Return errors by their size."""
    if measure == "total_error":
        return np.abs(values)
    return np.abs(values - 1.0) if measure == "slope" else values
