"""Who rose, who fell and who was lost between one review of tiers and the next.

A league has promotion and relegation at the end of each season, and some clubs give up. What a review
does to tiers is counted by the simulator (``metrics.tiers``); here every customer is followed from each
review to the next, so that those who left in between are seen as well.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmsim.audit.migration import NOT_THERE
from crmsim.errors import InputError
from crmsim.events import EventKind
from crmsim.ledger import Ledger
from crmsim.model.records import DAY
from crmsim.tiers import Tier

__all__ = ["FLOWS", "TIERS", "flow_between_reviews", "flow_shares", "tiers_at_reviews"]

#: Names of the tiers, the best first.
TIERS = tuple(tier.name.lower() for tier in Tier)
#: What :func:`flow_shares` tells.
FLOWS = ("best_stay", "best_lost", "risen", "fallen", "lost")
_GONE = -1


def tiers_at_reviews(ledger: Ledger) -> pd.DataFrame:
    """Return everybody's tier right after each review.

    Parameters
    ----------
    ledger : Ledger
        Of a run with an event log.

    Returns
    -------
    DataFrame of category
        A row per person, a column per review (its day), tiers from ``vip`` to ``small``; missing for
        who was no active customer then.

    Examples
    --------
    >>> from crmsim import preset, simulate
    >>> ledger = simulate(preset("retail").with_values(customers=60, horizon_days=720))
    >>> tiers_at_reviews(ledger).columns.to_list()
    [180, 360, 540, 720]
    """
    rows, people = ledger.log(), ledger.customer_count
    months = ledger.months
    reviews = months["time"][months["moves"].any(axis=(1, 2))]
    tier, active = np.full(people, int(Tier.SMALL)), np.zeros(people, bool)
    steps = np.isin(rows["kind"], (EventKind.PROMOTION, EventKind.DEMOTION))
    moved, others = rows[steps], rows[~steps]
    ends = np.isin(others["kind"], (EventKind.ACQUIRED, EventKind.REACTIVATED, EventKind.CHURN))
    presence = others[ends]
    codes = np.empty((people, len(reviews)), np.int8)
    seen = np.array([0, 0])
    for place, time in enumerate(reviews):
        # Whoever is sent away at that very moment, or won back, was looked at as they were before.
        until = np.array(
            [
                np.searchsorted(moved["time"], time, side="right"),
                np.searchsorted(presence["time"], time, side="left"),
            ]
        )
        new_moves, new_presence = moved[seen[0] : until[0]], presence[seen[1] : until[1]]
        tier[new_moves["customer"]] = new_moves["tier"]  # in the order of time: the last stays
        active[new_presence["customer"]] = new_presence["kind"] != EventKind.CHURN
        codes[:, place] = np.where(active, tier, _GONE)
        seen = until
    return pd.DataFrame(
        {
            int(time // DAY): pd.Categorical.from_codes(codes[:, place], list(TIERS), ordered=True)
            for place, time in enumerate(reviews)
        },
        index=pd.Index(ledger.customers["number"], name="customer"),
    )


def flow_between_reviews(tiers: pd.DataFrame) -> pd.DataFrame:
    """Return how many customers went from a tier at one review (row) to a tier at the next (column).

    Parameters
    ----------
    tiers : DataFrame
        As from :func:`tiers_at_reviews`, with at least two reviews.

    Returns
    -------
    DataFrame of int
        Summed over all pairs of neighbouring reviews. The last column, ``none``, has those who left,
        the last row those who came (or came back).

    Raises
    ------
    InputError
        With fewer than two reviews there is no flow.

    Examples
    --------
    >>> tiers = pd.DataFrame({180: ["vip", "small", "small"], 360: ["vip", "ordinary", None]})
    >>> flow_between_reviews(tiers).loc["small"].to_dict()
    {'vip': 0, 'important': 0, 'ordinary': 1, 'small': 0, 'none': 1}
    """
    if tiers.shape[1] < 2:
        raise InputError("tiers", "must be of at least two reviews", tiers.shape[1])
    # The same as migration_table of each pair, added up, in a hundredth of the time.
    names = [*TIERS, NOT_THERE]
    levels = pd.CategoricalDtype(list(TIERS))
    codes = np.stack([tiers[day].astype(levels).cat.codes.to_numpy() for day in tiers], axis=1)
    places = np.where(codes < 0, len(TIERS), codes).astype(np.int64)
    pairs = len(names) * places[:, :-1] + places[:, 1:]
    counts = np.bincount(pairs.ravel(), minlength=len(names) ** 2).reshape(len(names), len(names))
    counts[-1, -1] = 0  # who was there at neither review
    return pd.DataFrame(counts, pd.Index(names, name="before"), pd.Index(names, name="after"))


def flow_shares(flow: pd.DataFrame) -> dict[str, float]:
    """Return what a review period does to customers, in shares (0 to 1; nan where nobody was).

    Parameters
    ----------
    flow : DataFrame
        As from :func:`flow_between_reviews`.

    Returns
    -------
    dict of str to float
        By the names of :data:`FLOWS`. Of the VIP customers of a review: ``best_stay``, VIP at the next as
        well, and ``best_lost``, no customers any more. Of all customers of a review: ``risen``,
        ``fallen`` and ``lost``; the rest stayed where they were.

    Examples
    --------
    >>> tiers = pd.DataFrame({180: ["vip", "small", "small"], 360: ["vip", "ordinary", None]})
    >>> shares = flow_shares(flow_between_reviews(tiers))
    >>> {name: round(share, 2) for name, share in shares.items()}
    {'best_stay': 1.0, 'best_lost': 0.0, 'risen': 0.33, 'fallen': 0.0, 'lost': 0.33}
    """
    here = flow.loc[list(TIERS)]
    best, everybody = here.loc["vip"], float(here.to_numpy().sum())
    steps = here[list(TIERS)].to_numpy()

    def share(part: float, whole: float) -> float:
        return float(part / whole) if whole else float("nan")

    return {
        "best_stay": share(best["vip"], best.sum()),
        "best_lost": share(best[NOT_THERE], best.sum()),
        "risen": share(np.tril(steps, -1).sum(), everybody),
        "fallen": share(np.triu(steps, 1).sum(), everybody),
        "lost": share(here[NOT_THERE].sum(), everybody),
    }
