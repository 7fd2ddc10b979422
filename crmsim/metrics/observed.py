"""What a firm can see of its customers at the end of a run: the facts from which it guesses the rest.

A shop knows what was bought, when, and at what price, who called, who complained, who brought a
friend and what was ticked on the questionnaire. It does not know what anybody buys elsewhere, or
likes, or is about to do.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmsim.events import Component
from crmsim.ledger import Ledger
from crmsim.metrics.profitability import list_values
from crmsim.model.records import DAY, MONTHS_KEPT, WINDOW
from crmsim.stages import Status

__all__ = ["firm_facts"]

_HALF = MONTHS_KEPT // 2


def firm_facts(ledger: Ledger) -> pd.DataFrame:
    """Return what the firm knows of each active customer at the end.

    Returns
    -------
    DataFrame
        Indexed by number of the customer:

        - ``purchases`` so far;
        - ``lateness``: days since the last purchase over the mean gap between purchases; nan before
          the second purchase, 0 under a contract, where a pause says nothing;
        - ``trend``: revenue of the last six months of 30 days over that of the six before; nan where
          there was none;
        - ``deal_share``: price reductions received over the depth of a deal, 0 to 1; nan where the
          firm has no deals;
        - ``categories`` bought beyond the first;
        - ``complaints`` made;
        - ``referred``: whether somebody came on the customer's word;
        - ``score`` (1 to 5) and ``nps`` (0 to 10), the last answers to surveys; nan for none.

    Examples
    --------
    >>> from crmsim import preset, simulate
    >>> facts = firm_facts(simulate(preset("retail").with_values(customers=30, horizon_days=720)))
    >>> bool((facts["purchases"] >= 1).all())
    True
    """
    people = ledger.customers[ledger.customers["status"] == Status.ACTIVE]
    return pd.DataFrame(
        {
            "purchases": people["n"],
            "lateness": _lateness(ledger, people),
            "trend": _trend(ledger, people),
            "deal_share": _deal_share(ledger, people),
            "categories": people["categories"],
            "complaints": people["complaints"],
            "referred": np.isin(
                people["number"], ledger.customers["parent"][ledger.customers["generation"] > 0]
            ),
            "score": np.where(people["survey_score"] > 0, people["survey_score"], np.nan),
            "nps": np.where(people["survey_nps"] >= 0, people["survey_nps"], np.nan),
        },
        index=pd.Index(people["number"], name="customer"),
    )


def _lateness(ledger: Ledger, people: np.ndarray) -> np.ndarray:
    if ledger.scenario.purchase.timing == "contract":
        return np.zeros(len(people))
    repeats = np.where(people["n"] > 1, people["n"] - 1.0, np.nan)
    gap = (people["last_purchase"] - people["first_purchase"]) / repeats
    return (ledger.horizon_days * DAY - people["last_purchase"]) / gap


def _trend(ledger: Ledger, people: np.ndarray) -> np.ndarray:
    """Unroll the ring of the last twelve windows; the newest stands last."""
    newest = (ledger.horizon_days * DAY - 1) // WINDOW % MONTHS_KEPT
    months = np.roll(people["revenue_months"], MONTHS_KEPT - 1 - newest, axis=1)
    before = months[:, :_HALF].sum(axis=1)
    return months[:, _HALF:].sum(axis=1) / np.where(before > 0.0, before, np.nan)


def _deal_share(ledger: Ledger, people: np.ndarray) -> np.ndarray:
    depth = ledger.scenario.spend.deal_depth
    if depth == 0.0:
        return np.full(len(people), np.nan)
    listed = list_values(ledger).loc[people["number"]].to_numpy()
    reduced = 1.0 - people["total"][:, Component.REVENUE] / listed
    return np.clip(reduced / depth, 0.0, 1.0)
