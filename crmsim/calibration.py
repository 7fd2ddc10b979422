"""From a firm's transaction log to a scenario that behaves like its customers.

A tailor measures first and cuts then: purchase, dropout and spend are fitted to the log (BG/NBD and
Gamma-Gamma by maximum likelihood) over a calibration period; what came after it, the hold-out, shows
how good the fit is. The rest of the scenario, which no log of purchases can tell, comes from a preset
and stays an assumption.

The presets' mechanisms (competitors, word of mouth, growing share of wallet) move purchases too, so
that the fitted numbers cannot simply be filled in. Two factors, on the mean purchase rate and on mean
dropout, are therefore chosen so that the simulated customers who meet no strategy buy as often as the
fitted model says. The comparison is made on the same people with the same luck, once with every
mechanism and once with none but those of the BG/NBD model, which takes most of the noise out.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

import numpy as np
import pandas as pd
from scipy import optimize

from crmsim.engines import engine_for, simulate
from crmsim.errors import InputError
from crmsim.estimators import BgNbd, Fit, GammaGammaFit, fit_bg_nbd, fit_gamma_gamma, tracking_table
from crmsim.events import EventKind
from crmsim.ledger import Ledger
from crmsim.model.records import DAY
from crmsim.rfm import rfm_summary
from crmsim.scenario import PRESETS, Scenario, preset
from crmsim.strategies import DO_NOTHING

__all__ = ["Calibration", "Match", "calibrate"]

_WEEK = 7 * DAY
#: From a scenario to the ledger of a run under no strategy.
Run = Callable[..., Ledger]
#: Settings that leave of the model what BG/NBD knows: purchases, spend, natural dropout.
_ONLY_BG_NBD = {
    "wallet_A": 0.0, "wallet_T": 0.0, "quality_hazard": 0.0, "griev_hazard": 0.0, "neglect_hazard": 0.0,
    "offer_rate": 0.0, "need_mean": 0.0, "decline_days": 0.0, "ref_rate": 0.0,
}  # fmt: skip
#: People simulated to match, and to draw the track; enough that noise is small beside a firm's own.
_PEOPLE, _TRACK_RUNS = 2000, 5


@dataclass(frozen=True)
class Match:
    """How the scenario was brought to buy like the fitted model.

    Attributes
    ----------
    rate_factor, dropout_factor : float
        What the fitted mean purchase rate and mean dropout probability were multiplied by.
    spend_factor : float
        The same for mean spend: a log holds what was paid, after deals and with further categories,
        a scenario the list value of the first category.
    early_gap, late_gap : float
        Relative difference in repeat purchases that is left, in the first calibration length of a
        customer's life and in the next one of the same length (0.01 = 1 percent too many).
    """

    rate_factor: float
    dropout_factor: float
    spend_factor: float
    early_gap: float
    late_gap: float


@dataclass(frozen=True, eq=False)
class Calibration:
    """The outcome of :func:`calibrate`.

    Attributes
    ----------
    scenario : Scenario
    purchases : Fit of BgNbd
        Fitted to the calibration period, unit weeks.
    spend : GammaGammaFit
    match : Match
    summary : DataFrame
        RFM summary of the customers, with hold-out counts.
    tracking : DataFrame
        Indexed by week since the first purchase of all: cumulative repeat purchases, ``actual``,
        by the fitted ``model``, and ``simulated`` under no strategy with its spread over
        replications, ``simulated_low`` and ``simulated_high`` (lowest and highest of five).
    holdout : DataFrame
        One row per method (``model``, ``simulated``): ``forecast`` and ``actual`` repeat purchases
        in the hold-out period and the relative ``error``.
    calibration_end, observation_end : date
    """

    scenario: Scenario
    purchases: Fit[BgNbd]
    spend: GammaGammaFit
    match: Match
    summary: pd.DataFrame
    tracking: pd.DataFrame
    holdout: pd.DataFrame
    calibration_end: date
    observation_end: date

    @property
    def calibration_weeks(self) -> float:
        """Length of the calibration period, in weeks from the first purchase of all."""
        return float(self.tracking.attrs["calibration_weeks"])


def calibrate(
    transactions: pd.DataFrame,
    *,
    name: str = "calibrated",
    base: str = "retail",
    currency: str | None = None,
    calibration_end: date | None = None,
    customers: int = 2000,
    seed: int = 1,
    engine: str = "auto",
) -> Calibration:
    """Fit a scenario to a transaction log.

    Parameters
    ----------
    transactions : DataFrame
        From :func:`crmsim.transactions.read_transactions`.
    name : str
        Of the scenario.
    base : str
        Preset for everything that a log of purchases cannot tell; one without a contract. Its costs
        are scaled by mean spend per purchase.
    currency : str, optional
        Of the amounts, two or three capitals; default that of the log, or else ``"CU"`` (currency units).
    calibration_end : date, optional
        Last day used for fitting; the default is the middle of the log.
    customers : int
        Initial customers of the scenario.
    seed : int
        Of the simulated checks.
    engine : {"auto", "compiled", "simpy"}
        Of the simulated checks, as in :func:`crmsim.engines.simulate`.

    Returns
    -------
    Calibration

    Raises
    ------
    InputError
        When the base is contractual, the log is too short or holds too few repeat buyers, the
        calibration end lies outside the log, or the engine is unknown.

    Notes
    -----
    BG/NBD: Fader, Hardie & Lee (2005). Gamma-Gamma: Fader & Hardie (2013).
    """
    run = partial(simulate, seed=seed, engine=engine_for(DO_NOTHING, engine))
    if base not in PRESETS or preset(base).purchase.timing == "contract":
        allowed = [p for p in PRESETS if preset(p).purchase.timing != "contract"]
        raise InputError(
            "base", f"must be one of {', '.join(allowed)} (a contract leaves no purchases to fit)", base
        )
    first, last = transactions["date"].min().date(), transactions["date"].max().date()
    calibration_end = _checked_end(calibration_end, first, last)
    summary = rfm_summary(transactions, calibration_end=calibration_end, observation_end=last)
    currency = currency or transactions.attrs.get("currency") or "CU"
    purchases, spend = fit_bg_nbd(summary), fit_gamma_gamma(summary, currency=currency)
    entry_days = _entry_days(transactions, calibration_end)
    fitted = _fill_in(base, name, currency, purchases, spend, customers, entry_days)
    weeks = (calibration_end - first).days / 7
    scenario, match = _match(fitted, weeks, run)
    tracking = _tracking(transactions, scenario, purchases, summary, calibration_end, last, run)
    tracking.attrs["calibration_weeks"] = weeks
    holdout = _holdout(tracking, summary, purchases, weeks)
    return Calibration(scenario, purchases, spend, match, summary, tracking, holdout, calibration_end, last)


def _checked_end(end: date | None, first: date, last: date) -> date:
    if (last - first).days < 28:
        raise InputError("log", "must cover at least 28 days", f"{first} to {last}")
    if end is None:
        return first + timedelta(days=(last - first).days // 2)
    if not first + timedelta(days=7) <= end < last:
        raise InputError(
            "calibration_end", f"must be from {first + timedelta(days=7)} to the day before {last}", str(end)
        )
    return end


def _entry_days(transactions: pd.DataFrame, calibration_end: date) -> int:
    """Return over how many days the customers of the log made their first purchases."""
    firsts = transactions.groupby("customer")["date"].min()
    firsts = firsts[firsts <= pd.Timestamp(calibration_end)]
    return max((firsts.max() - firsts.min()).days, 1)


def _fill_in(
    base: str,
    name: str,
    currency: str,
    purchases: Fit[BgNbd],
    spend: GammaGammaFit,
    customers: int,
    entry_days: int,
) -> Scenario:
    """Return the base scenario with the fitted numbers and with costs on the firm's scale of money."""
    model, start = purchases.model, preset(base)
    mean_spend = spend.model.mean_spend()
    scale = mean_spend / start.spend.spend_mean
    costs = ("serve_cost", "acq_cost", "contact_cost", "account_cost")
    prices = ("programme", "save_offer", "referral_bonus")
    return start.with_values(
        name=name,
        about=f"Fitted to a transaction log; whatever purchases cannot tell is taken from {base}.",
        currency=currency,
        customers=customers,
        entry_days=entry_days,
        rate_shape=float(model.r),
        rate_mean=float(model.r / model.alpha * 365.0 / 7.0),
        drop_a=float(model.a),
        drop_b=float(model.b),
        # BG/NBD puts every natural end into dropout after a purchase; a second one would count it twice.
        need_mean=0.0,
        spend_p=float(spend.model.p),
        spend_q=float(spend.model.q),
        spend_mean=float(mean_spend),
        **{cost: _round(getattr(start.money, cost) * scale) for cost in costs},
        **{price: _round(getattr(start.price_list, price) * scale) for price in prices},
    )


def _round(amount: float) -> float:
    """Return an amount to three significant digits: scaled costs are no more exact than that."""
    return float(f"{amount:.3g}")


def _match(fitted: Scenario, weeks: float, run: Run) -> tuple[Scenario, Match]:
    """Choose the factors so that the scenario buys, and pays, like the fitted model."""
    length = math.ceil(weeks * 7)
    days = 30 * math.ceil((2 * length + fitted.population.entry_days) / 30)
    trial = fitted.with_values(customers=_PEOPLE, horizon_days=days)
    target = _repeats(run(trial.with_values(**_ONLY_BG_NBD)), length)

    def gaps(factors: np.ndarray) -> np.ndarray:
        return np.log(_repeats(run(_scaled(trial, *factors)), length) / target)

    # Steps of 10 %: purchases are counts, so a tiny step would change none of them.
    found = optimize.least_squares(
        gaps, [1.0, 1.0], bounds=(0.05, 3.0), diff_step=0.1, max_nfev=5, xtol=0.005
    )
    rate, dropout = (float(factor) for factor in found.x)
    early, late = (float(gap) for gap in np.expm1(found.fun))
    matched = _scaled(trial, rate, dropout)
    plain = matched.with_values(deal_depth=0.0, cross_rate=0.0)
    spend = _mean_paid(run(plain)) / _mean_paid(run(matched))
    scenario = _scaled(fitted, rate, dropout).with_values(spend_mean=fitted.spend.spend_mean * spend)
    return scenario, Match(rate, dropout, spend, early, late)


def _scaled(scenario: Scenario, rate_factor: float, dropout_factor: float) -> Scenario:
    """Return a scenario with mean purchase rate and mean dropout multiplied, their spread kept."""
    a, b = scenario.exit.drop_a, scenario.exit.drop_b
    mean = min(a / (a + b) * dropout_factor, 0.95)
    return scenario.with_values(
        rate_mean=float(scenario.purchase.rate_mean * rate_factor), drop_b=float(a * (1.0 - mean) / mean)
    )


def _repeats(ledger: Ledger, days: int) -> np.ndarray:
    """Return mean repeat purchases in a customer's first `days` days and in the next as many."""
    rows, people = ledger.log(), ledger.customers
    buys = rows[(rows["kind"] == EventKind.PURCHASE) & (rows["detail"] > 0)]
    original = people["generation"][buys["customer"]] == 0
    tenure = (buys["time"] - people["entered"][buys["customer"]]) / DAY
    counts = [(original & (tenure >= k * days) & (tenure < (k + 1) * days)).sum() for k in (0, 1)]
    # Half a purchase, so that an early trial without any does not end the search.
    return (np.array(counts) + 0.5) / ledger.initial_count


def _mean_paid(ledger: Ledger) -> float:
    """Return what repeat buyers paid per purchase: the mean over customers of each one's mean."""
    rows = ledger.log()
    buys = rows[(rows["kind"] == EventKind.PURCHASE) & (rows["detail"] > 0)]
    paid = np.bincount(buys["customer"], weights=buys["amount"])
    count = np.bincount(buys["customer"])
    return float((paid[count > 0] / count[count > 0]).mean())


def _tracking(
    transactions: pd.DataFrame,
    scenario: Scenario,
    purchases: Fit[BgNbd],
    summary: pd.DataFrame,
    calibration_end: date,
    last: date,
    run: Run,
) -> pd.DataFrame:
    """Return cumulative repeat purchases by week: actual, by the model, and simulated."""
    table = tracking_table(
        purchases.model, transactions, summary, calibration_end=calibration_end, observation_end=last
    )
    weeks = table.index.to_numpy()
    days = 30 * math.ceil((weeks[-1] * 7 + 1) / 30)
    trial = scenario.with_values(customers=_PEOPLE, horizon_days=max(days, scenario.population.entry_days))
    tracks = [_weekly(run(trial, replication=k), weeks) for k in range(_TRACK_RUNS)]
    simulated = np.array(tracks) * len(summary) / _PEOPLE
    return table[["actual", "model"]].assign(
        simulated=simulated.mean(axis=0),
        simulated_low=simulated.min(axis=0),
        simulated_high=simulated.max(axis=0),
    )


def _weekly(ledger: Ledger, weeks: np.ndarray) -> np.ndarray:
    """Return cumulative repeat purchases of the initial customers at the ends of the weeks."""
    rows = ledger.log()
    buys = rows[(rows["kind"] == EventKind.PURCHASE) & (rows["detail"] > 0)]
    buys = buys[ledger.customers["generation"][buys["customer"]] == 0]
    return np.searchsorted(buys["time"], weeks * _WEEK, side="right").astype(float)


def _holdout(
    tracking: pd.DataFrame, summary: pd.DataFrame, purchases: Fit[BgNbd], weeks: float
) -> pd.DataFrame:
    """Return forecasts of the hold-out period beside what happened."""
    x, t_x, big_t = (summary[column].to_numpy() for column in ("frequency", "recency", "T"))
    span = summary["T_holdout"].to_numpy()
    forecast = float(purchases.model.conditional_expected_repeats(span, x, t_x, big_t).sum())
    actual = float(summary["frequency_holdout"].sum())
    at_end = float(np.interp(weeks, tracking.index, tracking["simulated"]))
    simulated = float(tracking["simulated"].iloc[-1]) - at_end
    table = pd.DataFrame(
        {"forecast": [forecast, simulated], "actual": actual},
        index=pd.Index(["model", "simulated"], name="method"),
    )
    return table.assign(error=table["forecast"] / actual - 1.0 if actual else np.nan)
