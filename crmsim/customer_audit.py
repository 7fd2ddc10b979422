"""From a transaction log to valued and graded customers, in one call.

The yearly check-up of a customer base: what did they bring, who still comes, what is each of them worth,
who matters most, and how far can these numbers be trusted? Everything here is put together from
`crmsim.audit` (what the log shows) and `crmsim.estimators` (what it lets one expect); a log that is too
short or too thin for a forecast is audited without one, and says so.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from crmsim.audit.classes import abc_classes
from crmsim.audit.cohorts import cohort_table
from crmsim.audit.concentration import customers_for_share, gini, share_of_top
from crmsim.audit.facts import customer_facts
from crmsim.audit.grading import weighted_grades
from crmsim.audit.levels import agreement_table, customer_levels
from crmsim.audit.one_period import decile_table, distribution, period_table
from crmsim.audit.pyramid import customer_pyramid, pyramid_table
from crmsim.audit.quantiles import quantile_codes
from crmsim.audit.rfm_scores import rfm_scores
from crmsim.audit.survival import purchase_spells, silence_for, survival_curve
from crmsim.audit.two_periods import change_decomposition, decile_migration, flows, two_periods
from crmsim.customer_outlook import AuditTerms, Foreseen, Note, Outlook, customer_outlook
from crmsim.errors import InputError

__all__ = ["CustomerAudit", "audit_customers"]

#: Weights of the grade: what a customer spends, how that develops, how often and how lately they come.
GRADE_WEIGHTS = {"revenue": 0.4, "growth": 0.2, "orders": 0.2, "recency_days": 0.2}
#: Numbers of orders at which the distribution is cut.
ORDER_EDGES = (1, 2, 3, 5, 10, 20)
YEAR = 365


@dataclass(frozen=True, eq=False)
class CustomerAudit:
    """A customer base, looked through.

    Parameters
    ----------
    terms : AuditTerms
    customers : DataFrame
        One row per customer, the most valuable first; see :func:`audit_customers`.
    figures : dict of str to float
        Of the base: ``customers``, ``orders``, ``revenue``, ``repeaters`` (share who came again), ``gini``
        of revenue, ``top_fifth`` (their share of it), ``for_four_fifths`` (share of customers who bring it).
    scores : DataFrame
        RFM scores (:func:`crmsim.audit.rfm_scores.rfm_scores`).
    deciles : DataFrame or None
        Lens 1 on the buyers of the latest year (:func:`crmsim.audit.one_period.decile_table`).
    flows, change, migration : DataFrame or None
        Lens 2 on the two latest years; None where the log is shorter.
    orders : DataFrame
        How many customers placed how many orders so far (:func:`crmsim.audit.one_period.distribution`).
    grading : DataFrame
        What each criterion adds to a customer's grade (:func:`crmsim.audit.grading.weighted_grades`).
    cohorts : DataFrame
        Lenses 3 to 5, by quarter (:func:`crmsim.audit.cohorts.cohort_table`).
    survival : DataFrame or None
        Kaplan-Meier by the rule of silence, in days; None where nobody came again.
    silent_days : int or None
        That rule.
    pyramid : DataFrame
        Customers and value by tier (:func:`crmsim.audit.pyramid.pyramid_table`).
    levels, agreement : DataFrame
        The course's level schemes side by side, and how far they agree.
    foreseen : Foreseen
        What to expect of the customers.
    notes : tuple of Note
    """

    terms: AuditTerms
    customers: pd.DataFrame
    figures: dict[str, float]
    scores: pd.DataFrame
    deciles: pd.DataFrame | None
    flows: pd.DataFrame | None
    change: pd.DataFrame | None
    migration: pd.DataFrame | None
    orders: pd.DataFrame
    grading: pd.DataFrame
    cohorts: pd.DataFrame
    survival: pd.DataFrame | None
    silent_days: int | None
    pyramid: pd.DataFrame
    levels: pd.DataFrame
    agreement: pd.DataFrame
    foreseen: Foreseen
    notes: tuple[Note, ...]

    @property
    def outlook(self) -> Outlook | None:
        """The forecast and how far to trust it; None where the log allows none, and `notes` say why."""
        return self.foreseen.outlook


def audit_customers(
    transactions: pd.DataFrame,
    *,
    margin: float = 1.0,
    annual_discount_rate: float = 0.1,
    currency: str | None = None,
    observation_end: datetime.date | None = None,
    foreseen: Foreseen | None = None,
) -> CustomerAudit:
    """Value and grade every customer of a log.

    Parameters
    ----------
    transactions : DataFrame
        As `crmsim.transactions.read_transactions` returns it.
    margin : float
        Share of spend that is earned, above 0 and up to 1. The default values customers by revenue.
    annual_discount_rate : float
        Effective, per year, above 0.
    currency : str, optional
        Default that of the log, or else ``"CU"`` (currency units).
    observation_end : datetime.date, optional
        Last day that was observed; default the date of the last row.
    foreseen : Foreseen, optional
        That of an earlier audit of the same log, where only the margin is another one: models are not fitted
        again, which takes most of the time.

    Returns
    -------
    CustomerAudit
        Its table ``customers`` is indexed by customer, with the columns of
        :func:`crmsim.audit.facts.customer_facts` and

        - ``r``, ``f``, ``m``, ``cell``: RFM scores, 1 to 5, 5 the best; each measure is cut for itself,
          equals alike,
        - ``alive`` (0 to 1), ``purchases_next_year`` and ``spend_per_purchase`` as expected, and
          ``future_value``: margin times expected spend times discounted expected purchases; nan without an
          outlook,
        - ``past_value``: margin times revenue so far, not discounted,
        - ``value``: what customers are ranked by: the future value, or without an outlook the past one,
        - ``decile`` (1 the best tenth), ``abc``, ``pyramid``, all three by value,
        - ``growth`` as there, but nan for who was won too lately to tell, and scaled up to a whole year for
          who was won in the year before; ``value_type`` (most valuable, most growable and so on) by margin
          of the latest year, with its growth as potential,
        - ``grade_score`` (0 to 1) and ``grade``: ranks in revenue, growth, orders and recency, weighted by
          :data:`GRADE_WEIGHTS`.

    Raises
    ------
    InputError
        When the table is no log, a term is out of range, or `foreseen` belongs to another log or to other
        terms.

    Examples
    --------
    >>> log = pd.DataFrame({
    ...     "customer": ["ada", "ada", "ben", "cleo"], "amount": [10.0, 30.0, 5.0, 7.0],
    ...     "date": pd.to_datetime(["2024-01-10", "2024-02-10", "2024-01-20", "2024-05-01"]),
    ... })
    >>> base = audit_customers(log, margin=0.5, currency="EUR")
    >>> base.customers["past_value"].to_dict(), [note.key for note in base.notes]
    ({'ada': 20.0, 'cleo': 3.5, 'ben': 2.5}, ['few_repeaters', 'one_year'])
    """
    if not 0 < margin <= 1:
        raise InputError("margin", "must be above 0 and up to 1 (share of spend)", margin)
    if not (np.isfinite(annual_discount_rate) and annual_discount_rate > 0):
        problem = "must be finite and above 0 (per year)"
        raise InputError("annual_discount_rate", problem, annual_discount_rate)
    facts = customer_facts(transactions, observation_end=observation_end)
    end = (facts["last"] + pd.to_timedelta(facts["recency_days"], unit="D")).iloc[0].date()
    rows = transactions[transactions["date"] < pd.Timestamp(end) + pd.Timedelta(days=1)]
    own = transactions.attrs.get("currency")
    if currency is not None and own is not None and currency != own:
        raise InputError("currency", f"must be that of the log, {own}", currency)
    money = currency or own or "CU"
    terms = AuditTerms(money, margin, annual_discount_rate, end)
    foreseen = _foreseen(rows, facts, terms, foreseen)
    scores = rfm_scores(facts["recency_days"], facts["orders"], facts["revenue"])
    customers = _graded(facts, scores, foreseen.values, terms)
    two, more = _two_years(rows, terms)
    silent, survival = _survival(rows, terms)
    latest = rows[rows["date"] > pd.Timestamp(end) - pd.Timedelta(days=YEAR)]
    buyers = None if latest[latest["amount"] >= 0].empty else period_table(latest).query("orders > 0")
    levels = customer_levels(customers["value"]).join(_levels_with_potential(customers, terms))
    return CustomerAudit(
        terms=terms,
        customers=customers,
        figures=_figures(facts),
        scores=scores,
        deciles=None if buyers is None else decile_table(buyers),
        flows=two and two[0],
        change=two and two[1],
        migration=two and two[2],
        orders=distribution(facts["orders"], ORDER_EDGES),
        grading=_weighted(customers),
        cohorts=cohort_table(rows, observation_end=end),
        survival=survival,
        silent_days=silent,
        pyramid=pyramid_table(customers["value"]),
        levels=levels,
        agreement=agreement_table(levels),
        foreseen=foreseen,
        notes=(*foreseen.notes, *more),
    )


def _foreseen(
    rows: pd.DataFrame, facts: pd.DataFrame, terms: AuditTerms, earlier: Foreseen | None
) -> Foreseen:
    """Return what to expect: of the models fitted now, or earlier; all values grow with the margin alike."""
    by_revenue = replace(terms, margin=1.0)
    found = earlier or customer_outlook(rows, by_revenue)
    same = found.values is None or found.values.index.isin(facts.index).all()
    if not same or replace(found.terms, margin=1.0) != by_revenue:
        raise InputError("foreseen", "must be of the same log, currency, discount rate and day")
    return found.at_margin(terms.margin)


def _figures(facts: pd.DataFrame) -> dict[str, float]:
    revenue = facts["revenue"]
    return {
        "customers": float(len(facts)),
        "orders": float(facts["orders"].sum()),
        "revenue": float(revenue.sum()),
        "repeaters": float((facts["orders"] > 1).mean()),
        "gini": gini(revenue.clip(lower=0.0)),
        "top_fifth": share_of_top(revenue),
        "for_four_fifths": customers_for_share(revenue),
    }


def _graded(
    facts: pd.DataFrame, scores: pd.DataFrame, values: pd.DataFrame | None, terms: AuditTerms
) -> pd.DataFrame:
    """Return the table of customers with values, scores, classes and grades, the most valuable first."""
    table = facts.join(scores.drop(columns="score"))
    expected = ["alive", "purchases_next_year", "spend_per_purchase", "future_value"]
    # Whoever only gave back has bought nothing that a forecast could go on from.
    table[expected] = np.nan if values is None else values.reindex(table.index)[expected]
    table["past_value"] = terms.margin * table["revenue"]
    table["value"] = table["past_value"] if values is None else table["future_value"].fillna(0.0)
    table = table.sort_values("value", ascending=False, kind="stable")
    table["decile"] = quantile_codes(table["value"], 10, best=1, ties="rank")
    table["abc"] = abc_classes(table["value"])
    table["pyramid"] = customer_pyramid(table["value"])
    table["growth"] = _growth(table)
    table["value_type"] = _levels_with_potential(table, terms)["value_types"].astype(str)
    graded = _weighted(table)
    return table.assign(grade_score=graded["score"], grade=graded["grade"])


def _growth(facts: pd.DataFrame) -> pd.Series:
    """Return growth of spend from year to year; of a customer won in the year before, its part is scaled up.

    Who has been there for less than a quarter of the year before has no growth yet (nan).
    """
    before = (facts["tenure_days"] + 1 - YEAR).clip(upper=YEAR)
    return facts["revenue_recent"] - facts["revenue_before"] * YEAR / before.where(before >= YEAR / 4)


def _levels_with_potential(table: pd.DataFrame, terms: AuditTerms) -> pd.DataFrame:
    """Return the two schemes that set potential beside value: what both are in a year, in margin."""
    now, more = (terms.margin * table[name].fillna(0.0) for name in ("revenue_recent", "growth"))
    return customer_levels(now, more, schemes=["tiers_strategic", "value_types"])


def _weighted(table: pd.DataFrame) -> pd.DataFrame:
    """Return points and grades. Unknown growth is neither good nor bad."""
    # By rank, so that one large account does not squeeze everybody else together.
    ranks = table[list(GRADE_WEIGHTS)].rank(pct=True)
    known = [name for name in GRADE_WEIGHTS if ranks[name].notna().any()]
    total = sum(GRADE_WEIGHTS[name] for name in known)
    weights = {name: GRADE_WEIGHTS[name] / total for name in known}
    return weighted_grades(ranks[known].fillna(0.5), weights, lower_is_better=["recency_days"])


def _two_years(
    transactions: pd.DataFrame, terms: AuditTerms
) -> tuple[tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame] | None, tuple[Note, ...]]:
    """Compare the two latest years, as far as there are two."""
    end = terms.observation_end
    year = datetime.timedelta(days=YEAR)
    starts = [end - 2 * year + datetime.timedelta(days=1), end - year + datetime.timedelta(days=1)]
    bought = transactions.loc[transactions["amount"] >= 0, "date"].dt.date
    # A log of two years may begin with a few days without a purchase.
    if bought.min() > starts[0] + datetime.timedelta(days=31):
        return None, (Note("one_year", {}),)
    if not (bought >= starts[1]).any():
        return None, (Note("silent_year", {}),)
    table = two_periods(transactions, (starts[0], starts[1] - datetime.timedelta(days=1)), (starts[1], end))
    return (flows(table), change_decomposition(table), decile_migration(table)), ()


def _survival(transactions: pd.DataFrame, terms: AuditTerms) -> tuple[int | None, pd.DataFrame | None]:
    """Return the rule of silence that the log itself suggests, and survival by it.

    A silence is noticed when it is complete, but the customer left when it began: so both leaving and
    watching end that much earlier, and who came too late to be noticed leaving does not count.
    """
    try:
        silent = silence_for(transactions)
    except InputError:  # nobody came again
        return None, None
    spells = purchase_spells(transactions, silent_days=silent, observation_end=terms.observation_end)
    watched = spells[spells["days"] >= silent]
    if watched.empty:
        return None, None
    return silent, survival_curve(watched["days"] - silent, watched["gone"])
