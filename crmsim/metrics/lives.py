"""One customer's life, from the ledger: what happened, in which stage, and what it added up to.

The file on one patient, where the other modules are the statistics of the ward. Most of it is truth
that no firm has (stages, problems nobody reported), so it is for looking and learning.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmsim.errors import InputError
from crmsim.events import COMPONENTS, EventKind
from crmsim.ledger import Ledger
from crmsim.model.records import DAY, NEVER, WINDOW
from crmsim.stages import Stage

__all__ = [
    "contribution",
    "interesting_customer",
    "interesting_customers",
    "last_day",
    "life_events",
    "lost_after_problem",
    "purchases_to_pay_back",
    "stage_spells",
    "treatments",
]

#: Kinds of event that make a life worth looking at; the rest is bookkeeping.
_TOLD = (
    EventKind.PROBLEM, EventKind.COMPLAINT, EventKind.INQUIRY, EventKind.RECOVERY, EventKind.CROSS_BUY,
    EventKind.COMPETITOR_OFFER, EventKind.REFERRAL, EventKind.REFERRED, EventKind.TREATMENT,
    EventKind.PROMOTION, EventKind.DEMOTION, EventKind.RE_ENGAGED, EventKind.CHURN,
    EventKind.REWARD, EventKind.REACTIVATED,
)  # fmt: skip
#: With fewer purchases there is no story, with more no picture.
_READABLE = (8, 45)


def interesting_customers(ledger: Ledger, count: int = 10) -> list[int]:
    """Return the numbers of the customers whose lives show most, the richest first.

    Lives are ranked by how many kinds of event and how many stages occur in them, those with 8 to
    45 purchases before all others; ties go to the lower number. Only the initial cohort is looked
    at: a number beyond it is another person under another strategy.

    Parameters
    ----------
    ledger : Ledger
        Of a run with an event log.
    count : int
        At most so many.

    Returns
    -------
    list of int
        Empty when nobody ever bought.
    """
    rows = ledger.log()
    kinds = np.zeros((ledger.customer_count, len(EventKind)), dtype=np.int64)
    np.add.at(kinds, (rows["customer"], rows["kind"]), 1)
    stages = np.zeros((ledger.customer_count, len(Stage)), dtype=bool)
    stages[rows["customer"], rows["true_stage"]] = True
    purchases = kinds[:, EventKind.PURCHASE]
    readable = (purchases >= _READABLE[0]) & (purchases <= _READABLE[1])
    richness = (kinds[:, _TOLD] > 0).sum(axis=1) + stages.sum(axis=1) + 100 * readable
    order = np.argsort(-richness, kind="stable")
    return [int(number) for number in order if purchases[number] > 0 and number < ledger.initial_count][
        :count
    ]


def interesting_customer(ledger: Ledger) -> int:
    """Return the number of the customer whose life shows most.

    Raises
    ------
    InputError
        When nobody ever bought.

    Examples
    --------
    >>> from crmsim import preset, simulate
    >>> ledger = simulate(preset("retail").with_values(customers=50, horizon_days=1440))
    >>> interesting_customer(ledger) in interesting_customers(ledger, 3)
    True
    """
    found = interesting_customers(ledger, 1)
    if not found:
        raise InputError("ledger", "must hold at least one customer who bought")
    return found[0]


def life_events(ledger: Ledger, customer: int) -> pd.DataFrame:
    """Return the ledger rows of one customer, with ``tenure``: days since the first purchase.

    Raises
    ------
    InputError
        When there is no such customer, or the person never bought.
    """
    table = ledger.truth[ledger.truth["customer"] == customer]
    return table.assign(tenure=table["day"] - _entered(ledger, customer)).reset_index(drop=True)


def stage_spells(ledger: Ledger, customer: int) -> pd.DataFrame:
    """Return the customer's true stages in their order: ``stage``, ``start`` and ``end`` (days of tenure).

    The last spell ends when the relationship or the run does.

    Examples
    --------
    >>> from crmsim import preset, simulate
    >>> ledger = simulate(preset("retail").with_values(customers=50, horizon_days=1440))
    >>> stage_spells(ledger, interesting_customer(ledger))["stage"].iloc[0]
    'exploration'
    """
    events = life_events(ledger, customer)
    changes = events[events["kind"] == "stage_change"]
    starts, stages = changes["tenure"].to_numpy(), changes["true_stage"].astype(str).to_list()
    end = last_day(ledger, customer)
    spells = pd.DataFrame({"stage": stages, "start": starts, "end": np.append(starts[1:], end)})
    return spells[(spells["stage"] != "ended") & (spells["end"] > spells["start"])].reset_index(drop=True)


def contribution(ledger: Ledger, customer: int) -> pd.DataFrame:
    """Return what the customer has been worth so far, after each booking.

    Returns
    -------
    DataFrame
        ``tenure`` (days since the first purchase) and ``value``: contribution less relationship
        costs up to then, in currency, discounted to the first purchase at the scenario's annual
        rate. Its last row is the customer's CLV over the run.
    """
    events = life_events(ledger, customer)
    counted = [component.name.lower() for component, info in COMPONENTS.items() if info.counts]
    money = events[events["component"].isin(counted)]
    rate = ledger.scenario.money.annual_discount_rate
    worth = money["amount"] * (1.0 + rate) ** (-money["tenure"] / 365.0)
    table = pd.DataFrame({"tenure": money["tenure"], "value": worth.cumsum()})
    return table.reset_index(drop=True)


def purchases_to_pay_back(ledger: Ledger) -> pd.Series:
    """Return after how many purchases each customer had paid back what it cost to win them.

    Returns
    -------
    Series
        By customer, for those of the initial cohort who bought: the number of purchases when the running
        contribution (see :func:`contribution`) first reached 0; inf where it never did within the run.

    Examples
    --------
    >>> from crmsim import preset, simulate
    >>> ledger = simulate(preset("retail").with_values(customers=50, horizon_days=1440))
    >>> bool((purchases_to_pay_back(ledger) >= 1).all())
    True
    """
    events = ledger.truth[ledger.truth["customer"] < ledger.initial_count]
    counted = [component.name.lower() for component, info in COMPONENTS.items() if info.counts]
    rate = ledger.scenario.money.annual_discount_rate
    money = events["amount"].where(events["component"].isin(counted), 0.0)
    # To which day amounts are discounted does not change when their sum reaches 0.
    worth = money * (1.0 + rate) ** (-events["day"] / 365.0)
    bought = (events["kind"] == "purchase").groupby(events["customer"]).cumsum()
    running = worth.groupby(events["customer"]).cumsum()
    paid = bought.where((running >= 0.0) & (bought > 0), np.inf)
    found = paid.groupby(events["customer"]).min()
    return found[bought.groupby(events["customer"]).max() > 0].rename("purchases")


def lost_after_problem(ledger: Ledger, days: int = 365) -> float:
    """Return the share of customers who were gone so many days after their first problem.

    Only first problems that lie at least so long before the end of the run count. Who came back later
    was lost all the same.

    Parameters
    ----------
    ledger : Ledger
        Of a run with an event log.
    days : int

    Returns
    -------
    float
        From 0 to 1; nan when nobody had a problem in time.
    """
    events = ledger.truth
    first = events[events["kind"] == "problem"].groupby("customer")["day"].min()
    first = first[first <= ledger.horizon_days - days]
    losses = events[events["kind"] == "churn"]
    since = losses["day"] - losses["customer"].map(first)
    gone = losses.loc[(since >= 0.0) & (since <= days), "customer"].nunique()
    return gone / len(first) if len(first) else float("nan")


def treatments(ledger: Ledger, customer: int) -> pd.DataFrame:
    """Return what the firm paid for this customer by its strategy, as spells.

    A standing rule that is renewed window after window is one spell. Rules without a cost of their
    own (a price cut, priority at the desk) leave no rows and are not here.

    Returns
    -------
    DataFrame
        ``rule`` (its number in the strategy, from 0), ``start`` and ``end`` (days of tenure).
    """
    events = life_events(ledger, customer)
    rows, end = events[events["kind"] == "treatment"], last_day(ledger, customer)
    spells: list[list[float]] = []
    open_spell: dict[int, list[float]] = {}
    for rule, start in zip(rows["detail"].tolist(), rows["tenure"].tolist(), strict=True):
        # A programmed strategy has no rules; its orders hold for a window.
        action = ledger.strategy.rules[rule].do if ledger.strategy.rules else None
        length = action.days if action is not None and action.save_offer is not None else WINDOW / DAY
        spell = open_spell.get(rule)
        if spell is not None and start <= spell[2] + 1.0:
            spell[2] = min(start + length, end)
        else:
            spell = open_spell[rule] = [rule, start, min(start + length, end)]
            spells.append(spell)
    table = pd.DataFrame(spells, columns=["rule", "start", "end"])
    return table.astype({"rule": int, "start": float, "end": float})


def last_day(ledger: Ledger, customer: int) -> float:
    """Return the customer's tenure, in days, when the relationship or the run ended."""
    entered = _entered(ledger, customer)
    left = int(ledger.customers["left"][customer])
    end = left if left < NEVER else ledger.horizon_days * DAY
    return end / DAY - entered


def _entered(ledger: Ledger, customer: int) -> float:
    """Return the day of the first purchase."""
    if not 0 <= customer < ledger.customer_count:
        raise InputError("customer", f"must be from 0 to {ledger.customer_count - 1}", customer)
    entered = int(ledger.customers["entered"][customer])
    if entered >= NEVER:
        raise InputError("customer", "must be somebody who has bought at least once", customer)
    return entered / DAY
