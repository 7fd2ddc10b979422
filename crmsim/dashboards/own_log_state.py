"""What the screen of one's own log knows and computes, without a single widget.

Three steps, each shown as soon as it is there: what the log says (audit), customers who behave like those of
the log (calibration), and which strategy is worth most on them (comparison).
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any, ClassVar

import pandas as pd

from crmsim.calibration import Calibration
from crmsim.comparison_result import Comparison
from crmsim.customer_audit import CustomerAudit
from crmsim.dashboards.choices import choice, number, seed, several, strategy_choices, whole, words
from crmsim.dashboards.own_log_source import SOURCES, LogKey, audited, calibrated, log_key, read_log
from crmsim.dashboards.paired_runs import in_background, paired_runs
from crmsim.dashboards.panel_state import NothingToShow, PanelState
from crmsim.engines import engine_for, simulate
from crmsim.errors import InputError
from crmsim.metrics.outcomes import outcomes
from crmsim.plots.style import strategy_label
from crmsim.scenario import Scenario
from crmsim.strategies import find_strategy
from crmsim.text import say
from crmsim.transactions import RETURNS

__all__ = ["BASE", "OwnLogResult", "OwnLogState"]

#: What every strategy is compared with.
BASE = "do_nothing"
#: Steps before the runs: audit and calibration.
_BEFORE = 2
#: More strategies than these cannot be told apart in the picture.
_MOST = 8
#: Seconds within which the next step is waited for instead of showing this one.
_PATIENCE = 0.5
_CURRENCY = re.compile(r"[A-Z]{2,3}")


def _named(group: str) -> Any:
    return lambda word, lang: say(f"panel.own_log.{group}.{word}", lang)


@dataclass(frozen=True)
class OwnLogState(PanelState):
    """The choices of the screen of one's own log.

    Attributes
    ----------
    source : str
        A data set of the project, one of :data:`crmsim.dashboards.own_log_source.SOURCES`, or ``file``.
    file : str
        Name of a file in the working folder; counts where `source` is ``file``.
    customer, date, amount : str
        Names of columns; empty where the first line says enough.
    date_format : str
        In the codes of ``strptime``; empty for YYYY-MM-DD and YYYYMMDD.
    returns : str
        What to do with negative amounts, as in :func:`crmsim.transactions.read_transactions`.
    currency : str
        Of the amounts; empty for what the log or its description says, or else CU (currency units).
    margin : float
        Share of spend that is earned: in the audit, and in the simulated firm.
    base : {"retail", "b2b"}
        Preset for what no log of purchases tells.
    strategies : tuple of str
        Ready strategies to compare with doing nothing.
    customers, years, replications, seed : int
        Of the comparison.

    Examples
    --------
    >>> state = OwnLogState(customers=100, years=2, replications=2, strategies=("price_cut",))
    >>> result = state.run()
    >>> len(result.audit.customers), result.comparison.base
    (500, 'do_nothing')
    """

    screen: ClassVar[str] = "own_log"

    source: str = choice("shop", (*SOURCES, "file"), _named("source"))
    file: str = words("")
    customer: str = words("")
    date: str = words("")
    amount: str = words("")
    date_format: str = words("")
    returns: str = choice("refuse", RETURNS, _named("returns"))
    currency: str = words("")
    margin: float = number(0.4, 0.01, 1.0, 0.01)
    base: str = choice("retail", ("retail", "b2b"), lambda name, lang: say(f"panel.preset.{name}", lang))
    strategies: tuple[str, ...] = several(
        ("stage_matched", "tier_service", "save_value_lift", "price_cut"), strategy_choices, strategy_label, 0
    )
    customers: int = whole(400, 100, 5_000, 100)
    years: int = whole(5, 2, 10)
    seed: int = seed()
    replications: int = whole(8, 2, 20)

    @property
    def key(self) -> LogKey:
        """Which log, as it lies there now."""
        return log_key(self)

    @property
    def arms(self) -> tuple[str, ...]:
        """The strategies compared, doing nothing first."""
        return tuple(dict.fromkeys((BASE, *self.strategies)))

    @property
    def runs(self) -> int:
        """Number of steps: audit, calibration, and every run."""
        return _BEFORE + self.replications * len(self.arms)

    def money(self, log: pd.DataFrame) -> str:
        """Return the currency of the amounts: of the log, chosen, of the data set, or currency units."""
        chosen, own = self.currency.strip(), log.attrs.get("currency")
        if chosen and not _CURRENCY.fullmatch(chosen):
            raise InputError("currency", "must be two or three capitals such as CNY", chosen)
        if chosen and own and chosen != own:
            raise InputError("currency", f"must be that of the log, {own}", chosen)
        known = SOURCES[self.source].currency if self.source in SOURCES else ""
        return own or chosen or known or "CU"

    def steps(self) -> Iterator[int | OwnLogResult]:
        """Audit, calibrate, compare; a result after each, and after each further replication.

        Raises
        ------
        NothingToShow
            When there is nothing to compare with doing nothing, or more than can be told apart.
        """
        if self.arms == (BASE,):
            raise NothingToShow("panel.own_log.none_chosen")
        if len(self.strategies) > _MOST:
            raise NothingToShow("panel.own_log.too_many", most=_MOST)
        key = self.key
        log = yield from self._beside(lambda: read_log(key), 0)
        money = self.money(log)
        began = time.monotonic()
        audit = yield from self._beside(lambda: audited(key, self.margin, money), 0)
        if time.monotonic() - began > _PATIENCE:
            yield OwnLogResult(self, key, audit, done=1)
        began = time.monotonic()
        fitted = yield from self._beside(lambda: calibrated(key, self.base, money), 1)
        if time.monotonic() - began > _PATIENCE:
            yield OwnLogResult(self, key, audit, fitted, done=_BEFORE)
        yield from self._compared(OwnLogResult(self, key, audit, fitted, done=_BEFORE), money)

    def scenario(self, fitted: Calibration) -> Scenario:
        """Return the fitted scenario at the size, the length and the margin of the comparison."""
        return fitted.scenario.with_values(
            customers=self.customers, horizon_days=365 * self.years, margin=self.margin
        )

    def _beside(self, work: Any, done: int) -> Iterator[int | Any]:
        """Do something long beside the screen: yield how far all is, return what came of it."""
        found = None
        for found in in_background(work):
            if found is None:
                yield done
        return found

    def _compared(self, before: OwnLogResult, money: str) -> Iterator[int | OwnLogResult]:
        assert before.calibration is not None
        scenario = self.scenario(before.calibration)
        chosen = (self.customers, self.years, self.margin, self.seed)
        engines = {name: engine_for(find_strategy(name), "auto") for name in self.arms}
        runs = paired_runs(
            lambda name, k: _outcomes(before.key, self.base, money, name, k, *chosen),
            self.arms,
            self.replications,
            engines=engines.values(),
        )
        for step in runs:
            if isinstance(step, int):
                yield _BEFORE + step
            else:
                found = _comparison(self, scenario, step, engines)
                yield replace(before, comparison=found, done=_BEFORE + len(step) * len(self.arms))


@dataclass(frozen=True, eq=False)
class OwnLogResult:
    """What is known so far, with the choices it belongs to.

    Attributes
    ----------
    state : OwnLogState
    key : LogKey
        The file as it was read.
    audit : CustomerAudit
    calibration : Calibration or None
        None until it is there.
    comparison : Comparison or None
        Of the replications finished so far; None until there is one.
    done : int
        Steps done of the state's `runs`.
    """

    state: OwnLogState
    key: LogKey
    audit: CustomerAudit
    calibration: Calibration | None = None
    comparison: Comparison | None = None
    done: int = field(default=0)

    @cached_property
    def differences(self) -> pd.DataFrame | None:
        """Every strategy less doing nothing; each outcome's intervals hold for all strategies together."""
        return None if self.comparison is None else self.comparison.differences(simultaneous=True)


def _comparison(
    state: OwnLogState, scenario: Scenario, pairs: list[dict[str, dict[str, float]]], engines: dict[str, str]
) -> Comparison:
    rows = [
        {"replication": k, "strategy": name, "outcome": outcome, "value": value}
        for k, pair in enumerate(pairs)
        for name in state.arms
        for outcome, value in pair[name].items()
    ]
    return Comparison(
        scenario=scenario,
        strategies=tuple(find_strategy(name) for name in state.arms),
        seed=state.seed,
        asked=state.replications,
        finished=tuple(range(len(pairs))),
        runs=pd.DataFrame(rows),
        tables={},
        engines=engines,
    )


# The arguments determine the run completely, so what is kept can never be out of date.
@lru_cache(maxsize=512)
def _outcomes(
    key: LogKey, base: str, money: str, strategy: str, replication: int,
    customers: int, years: int, margin: float, seed: int,
) -> dict[str, float]:  # fmt: skip
    """Run one replication of one strategy on customers like those of the log."""
    scenario = calibrated(key, base, money).scenario.with_values(
        customers=customers, horizon_days=365 * years, margin=margin
    )
    return outcomes(
        simulate(scenario, find_strategy(strategy), seed=seed, replication=replication, log=False)
    )
