"""What to expect of a log's customers, and how far to trust that.

Before a forecast is believed it is tried: every model of repeat purchases is fitted to the first half of
the log and has to foretell the second. The one that comes closest to what single customers did is fitted
to the whole log, and a model of spend puts a price on the purchases to come.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from crmsim.errors import CrmsimError, InputError
from crmsim.estimators import fit_bg_nbd, fit_gamma_gamma, fit_mbg_nbd, fit_pareto_nbd
from crmsim.estimators.fit import Fit
from crmsim.estimators.gamma_gamma import GammaGamma
from crmsim.estimators.holdout import HoldoutCheck, holdout_check
from crmsim.estimators.lifetime_value import residual_values
from crmsim.rfm import rfm_summary

__all__ = ["MODELS", "AuditTerms", "Foreseen", "Note", "Outlook", "customer_outlook"]

#: Models of repeat purchases that compete on the hold-out.
MODELS: dict[str, Callable[[pd.DataFrame], Fit]] = {
    "bg_nbd": fit_bg_nbd,
    "mbg_nbd": fit_mbg_nbd,
    "pareto_nbd": fit_pareto_nbd,
}
#: With fewer customers who came again a forecast would be made of chance.
LEAST_REPEATERS = 20
#: Of 365 days, in which discount rates and "next year" count.
WEEKS_PER_YEAR = 365 / 7
#: Gamma-Gamma takes spend and frequency as unrelated; beyond this correlation that is said to be doubtful.
MOST_CORRELATION = 0.2


@dataclass(frozen=True)
class AuditTerms:
    """On what terms customers are valued.

    Parameters
    ----------
    currency : str
        Of all amounts.
    margin : float
        Share of spend that is earned, above 0 and up to 1; 1 values customers by revenue.
    annual_discount_rate : float
        Effective, per year.
    observation_end : datetime.date
        Date of value: future purchases are discounted to this day.
    """

    currency: str
    margin: float
    annual_discount_rate: float
    observation_end: datetime.date

    @property
    def horizon(self) -> str:
        """How far ahead values look."""
        return "infinite"

    @property
    def timing(self) -> str:
        """How cash is discounted."""
        return "each purchase at its moment, continuously from the date of value"


@dataclass(frozen=True)
class Note:
    """Something that a reader has to know: a key of the catalogue (``audit.note.KEY``) and its values."""

    key: str
    values: dict[str, str]


@dataclass(frozen=True, eq=False)
class Outlook:
    """What to expect of the customers, and how far to trust that.

    Parameters
    ----------
    name : str
        Of the model in :data:`MODELS` that came closest on the hold-out.
    purchases : Fit
        That model, fitted on the whole log.
    spend : GammaGamma
    check : HoldoutCheck or None
        The same model fitted on the first half of the log, beside what came after; None where that half is
        too thin for a fit (then the first of :data:`MODELS` is taken).
    models : DataFrame
        Indexed by ``model``: on the hold-out ``forecast`` and ``actual`` purchases, ``error`` (of the total,
        as a share of it), ``rmse`` (purchases a customer) and ``top_overlap`` (of the best tenth), nan
        without a check; and ``value``, what the whole base is worth by it (currency).
    total, low, high : float
        Value of the base, with a 95 % interval for the parameters of the purchase model alone.
    """

    name: str
    purchases: Fit
    spend: GammaGamma
    check: HoldoutCheck | None
    models: pd.DataFrame
    total: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Foreseen:
    """What a log lets one expect, on certain terms.

    Parameters
    ----------
    terms : AuditTerms
    outlook : Outlook or None
    values : DataFrame or None
        Indexed by customer: ``alive`` (0 to 1), ``purchases_next_year``, ``spend_per_purchase`` and
        ``future_value`` (currency). None, as the outlook is, where the log allows no forecast.
    notes : tuple of Note
        What the reader has to know of both.
    """

    terms: AuditTerms
    outlook: Outlook | None
    values: pd.DataFrame | None
    notes: tuple[Note, ...]

    def at_margin(self, margin: float) -> Foreseen:
        """Return the same for another margin: all values grow with it alike, so no model is fitted anew.

        Parameters
        ----------
        margin : float
            Share of spend that is earned, above 0 and up to 1.
        """
        more, terms = margin / self.terms.margin, replace(self.terms, margin=margin)
        if self.outlook is None or self.values is None:
            return replace(self, terms=terms)
        models = self.outlook.models.assign(value=more * self.outlook.models["value"])
        total, low, high = (more * getattr(self.outlook, name) for name in ("total", "low", "high"))
        outlook = replace(self.outlook, models=models, total=total, low=low, high=high)
        values = self.values.assign(future_value=more * self.values["future_value"])
        return replace(self, terms=terms, outlook=outlook, values=values)


def customer_outlook(transactions: pd.DataFrame, terms: AuditTerms) -> Foreseen:
    """Return what to expect of the customers of a log.

    Parameters
    ----------
    transactions : DataFrame
        A log up to the date of value.
    terms : AuditTerms

    Raises
    ------
    InputError
        When the table is no log.
    """
    summary = rfm_summary(transactions, observation_end=terms.observation_end)
    repeaters = int((summary["frequency"] > 0).sum())
    if repeaters < LEAST_REPEATERS:
        few = Note("few_repeaters", {"n": str(repeaters), "least": str(LEAST_REPEATERS)})
        return Foreseen(terms, None, None, (few,))
    notes = [Note("returns", {})] if (transactions["amount"] < 0).any() else []
    fits = _fits(summary)
    spend = _spend(summary, terms)
    # A forecast needs both, and a spend whose mean exists: reasons that a reader can be told.
    missing = "no_purchase_model" if not fits else "no_spend_model" if spend is None else ""
    if not missing and spend.q <= 1.0:
        missing = "no_mean_spend"
    if missing:
        return Foreseen(terms, None, None, (*notes, Note(missing, {})))
    totals = {key: _total(fit.model, spend, summary, terms) for key, fit in fits.items()}
    checks = _checks(transactions, terms.observation_end, fits)
    if not checks:
        notes.append(Note("no_holdout", {}))
    name = min(checks, key=lambda n: checks[n].accuracy.root_mean_squared_error, default=next(iter(fits)))
    try:
        low, high = fits[name].interval_of_slow(lambda model: _total(model, spend, summary, terms))
    except InputError:
        low = high = np.nan
        notes.append(Note("no_interval", {}))
    notes += _doubts(summary)
    tried = _models(checks, totals)
    outlook = Outlook(name, fits[name], spend, checks.get(name), tried, totals[name], low, high)
    return Foreseen(terms, outlook, _values(fits[name].model, spend, summary, terms), tuple(notes))


def _fits(summary: pd.DataFrame) -> dict[str, Fit]:
    """Fit every model; one that finds no maximum does not stand in the way of the others."""
    found = {}
    for name, fit in MODELS.items():
        with suppress(CrmsimError):
            found[name] = fit(summary)
    return found


def _spend(summary: pd.DataFrame, terms: AuditTerms) -> GammaGamma | None:
    """Fit the model of spend; None where fewer than two customers spent anything, or there is no maximum."""
    try:
        return fit_gamma_gamma(summary, currency=terms.currency).model
    except CrmsimError:
        return None


def _checks(transactions: pd.DataFrame, end: datetime.date, fits: dict[str, Fit]) -> dict[str, HoldoutCheck]:
    """Try the models on the second half of the log; none where the first half is too thin."""
    first = transactions["date"].min().date()
    half = first + (end - first) / 2
    found: dict[str, HoldoutCheck] = {}
    try:
        early = rfm_summary(transactions, calibration_end=half, observation_end=end)
    except InputError:
        return found
    if int((early["frequency"] > 0).sum()) < LEAST_REPEATERS:
        return found
    for name in fits:
        with suppress(CrmsimError):
            found[name] = holdout_check(
                MODELS[name](early), early, transactions, calibration_end=half, observation_end=end
            )
    return found


def _residual(model, spend: GammaGamma, summary: pd.DataFrame, terms: AuditTerms) -> pd.DataFrame:
    return residual_values(
        model,
        spend,
        summary,
        margin=terms.margin,
        annual_discount_rate=terms.annual_discount_rate,
        periods_per_year=WEEKS_PER_YEAR,
    ).table


def _total(model, spend: GammaGamma, summary: pd.DataFrame, terms: AuditTerms) -> float:
    return float(_residual(model, spend, summary, terms)["clv"].sum())


def _values(model, spend: GammaGamma, summary: pd.DataFrame, terms: AuditTerms) -> pd.DataFrame:
    table = _residual(model, spend, summary, terms)
    history = [summary[name] for name in ("frequency", "recency", "T")]
    return pd.DataFrame(
        {
            "alive": model.probability_alive(*history),
            "purchases_next_year": model.conditional_expected_repeats(WEEKS_PER_YEAR, *history),
            "spend_per_purchase": table["expected_spend"],
            "future_value": table["clv"],
        },
        index=summary.index,
    )


def _models(checks: dict[str, HoldoutCheck], totals: dict[str, float]) -> pd.DataFrame:
    rows = {}
    for name, total in totals.items():
        row = {"forecast": np.nan, "actual": np.nan, "error": np.nan, "rmse": np.nan, "top_overlap": np.nan}
        if name in checks:
            found = checks[name].accuracy
            row = {
                "forecast": found.forecast,
                "actual": found.actual,
                "error": found.forecast / found.actual - 1.0 if found.actual > 0 else np.nan,
                "rmse": found.root_mean_squared_error,
                "top_overlap": found.top_overlap,
            }
        rows[name] = row | {"value": total}
    return pd.DataFrame(rows).T.rename_axis("model")


def _doubts(summary: pd.DataFrame) -> list[Note]:
    """Return a note where spend goes with frequency, which the models take as unrelated."""
    again = summary[summary["frequency"] > 0]
    if again["frequency"].nunique() < 2 or again["monetary_value"].nunique() < 2:
        return []
    found = float(again["frequency"].corr(again["monetary_value"]))
    return [Note("correlated", {"r": f"{found:+.2f}"})] if abs(found) > MOST_CORRELATION else []
