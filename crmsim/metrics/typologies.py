"""Types of loyalty: the truth, what a firm can tell from its records, and how far the two agree.

A regular may come because he loves the place or because it is next door; the till cannot tell. So
each typology is there twice: from the hidden state that only the simulator has, and from what a firm
sees of the same customers (:mod:`crmsim.metrics.observed`). :func:`confusion` lays one over the other.

Attitude and behaviour are the two forms of loyalty, willingness and act (Dick & Basu 1994); the
diamond adds how many brands a customer buys (Knox 1998); the four phases deepen from knowing over
liking to acting (Oliver 1999); the five levels are fifths of an index of the five components of
loyalty: satisfaction, initiative, wish to buy again, wish to recommend, resistance to switching.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmsim.errors import InputError
from crmsim.ledger import Ledger
from crmsim.metrics.labels import LIMITS, StateLimits
from crmsim.metrics.observed import firm_facts
from crmsim.schemes import TYPOLOGIES
from crmsim.stages import Status

__all__ = [
    "COMPONENT_WEIGHTS",
    "FIRM_LIMITS",
    "FirmLimits",
    "confusion",
    "observed_components",
    "observed_types",
    "true_components",
    "true_types",
]

#: Weights of the five components in the index of loyalty; none is known to count more.
COMPONENT_WEIGHTS = {
    "satisfaction": 0.2, "initiative": 0.2, "repurchase": 0.2, "recommendation": 0.2, "resistance": 0.2,
}  # fmt: skip
#: What an unknown component counts as.
_UNKNOWN = 0.5


@dataclass(frozen=True)
class FirmLimits:
    """Borders between types on the scales of what a firm sees.

    Attributes
    ----------
    purchases : int
        From here on somebody buys often enough to be a regular.
    lateness : float
        Up to here a regular is not late: days since the last purchase over the mean gap.
    trend : float
        From here on revenue is not falling: the last six months over the six before.
    nps : int
        From here on the willingness to recommend shows a favourable attitude; 8 is the answer of
        somebody neither pleased nor disappointed lately whose attitude is at the true border.
    score : int
        From here on an answer says satisfied; 1 to 5.
    deal_share : float
        From here on somebody goes for deals: share of purchases on deal. Where an average customer
        buys half on deal, one at the true border of price sensitivity (1.2) buys 0.6.
    habit_purchases : int
        From here on buying has become a habit.
    """

    purchases: int = 4
    lateness: float = 1.5
    trend: float = 0.7
    nps: int = 8
    score: int = 4
    deal_share: float = 0.6
    habit_purchases: int = 11


FIRM_LIMITS = FirmLimits()


def true_types(ledger: Ledger, typology: str, *, limits: StateLimits = LIMITS) -> pd.Series:
    """Return the type of every active customer at the end, from the hidden state.

    Parameters
    ----------
    ledger : Ledger
    typology : str
        A key of :data:`crmsim.schemes.TYPOLOGIES`.
    limits : StateLimits

    Returns
    -------
    Series of category
        Indexed by number of the customer.

    Raises
    ------
    InputError
        When there is no such typology.

    Examples
    --------
    >>> from crmsim import preset, simulate
    >>> ledger = simulate(preset("retail").with_values(customers=30, horizon_days=720))
    >>> true_types(ledger, "attitude_behaviour").cat.categories.to_list()
    ['none', 'spurious', 'latent', 'true']
    """
    people = _active(ledger)
    likes = people["attitude"] >= limits.attitude
    return _types(
        typology,
        people["number"],
        likes=likes,
        buys=_wallet(ledger, people) >= limits.wallet,
        deals=people["price_sensitivity"] >= limits.price_sensitivity,
        acts=likes & (people["habit"] >= limits.habit),
        knows=(people["trust"] >= limits.trust) & (people["satisfaction"] >= limits.satisfaction),
        components=true_components(ledger),
    )


def observed_types(ledger: Ledger, typology: str, *, limits: FirmLimits = FIRM_LIMITS) -> pd.Series:
    """Return the type of every active customer at the end, as the firm would put it.

    Somebody likes the firm who has brought others or answers that they would; of those who never
    answered, whoever buys further categories and has not complained. A regular has bought several
    times, is not late, and does not spend less and less.

    Parameters
    ----------
    ledger : Ledger
    typology : str
        A key of :data:`crmsim.schemes.TYPOLOGIES`.
    limits : FirmLimits

    Returns
    -------
    Series of category
        Indexed by number of the customer, as in :func:`true_types`.

    Examples
    --------
    >>> from crmsim import preset, simulate
    >>> ledger = simulate(preset("retail").with_values(customers=30, horizon_days=720))
    >>> observed_types(ledger, "diamond").index.equals(true_types(ledger, "diamond").index)
    True
    """
    facts = firm_facts(ledger)
    silent, uncomplaining = facts["nps"].isna(), facts["complaints"] == 0
    likes = facts["referred"] | (facts["nps"] >= limits.nps)
    likes |= silent & (facts["categories"] > 0) & uncomplaining
    contractual = ledger.scenario.purchase.timing == "contract"
    # nan compares as false: whoever bought once is no regular, and revenue without a past does not fall.
    regular = (facts["purchases"] >= limits.purchases) & (facts["lateness"] <= limits.lateness)
    buys = contractual | (regular & ~(facts["trend"] < limits.trend))
    satisfied = (facts["score"] >= limits.score) | (silent & uncomplaining)
    return _types(
        typology,
        facts.index,
        likes=likes,
        buys=buys,
        deals=facts["deal_share"] >= limits.deal_share,
        acts=likes & buys & (facts["purchases"] >= limits.habit_purchases),
        knows=(facts["purchases"] >= limits.purchases) & satisfied,
        components=observed_components(ledger),
    )


def true_components(ledger: Ledger) -> pd.DataFrame:
    """Return the five components of loyalty of every active customer, each 0 to 1, from the hidden state.

    Satisfaction is the remembered ratio c from 0.9 (0) to 1.1 (1); initiative is trust, wish to buy
    again the share of wallet, wish to recommend attitude, and resistance the part of the preventable
    reasons to leave that attitude, habit and barrier keep off.
    """
    people, exit = _active(ledger), ledger.scenario.exit
    barrier = people["barrier"] * exit.barriers
    held = exit.shield_A * people["attitude"] + exit.shield_H * people["habit"] + exit.shield_B * barrier
    return pd.DataFrame(
        {
            "satisfaction": np.clip((people["ratio"] - 0.9) / 0.2, 0.0, 1.0),
            "initiative": people["trust"],
            "repurchase": _wallet(ledger, people),
            "recommendation": people["attitude"],
            "resistance": 1.0 - np.exp(-held),
        },
        index=pd.Index(people["number"], name="customer"),
    )


def observed_components(ledger: Ledger) -> pd.DataFrame:
    """Return the five components of loyalty of every active customer, each 0 to 1, as far as they show.

    Satisfaction is the score given, initiative the further categories taken up, wish to buy again
    how punctual a customer is, wish to recommend the answer or the deed, and resistance the purchases
    made at full price. What does not show counts as one half.
    """
    facts, most = firm_facts(ledger), ledger.scenario.spend.cross_max
    recommends = (facts["nps"] / 10.0).where(~facts["referred"], 1.0)
    return pd.DataFrame(
        {
            "satisfaction": (facts["score"] - 1.0) / 4.0,
            "initiative": facts["categories"] / most if most > 0 else np.nan,
            "repurchase": 1.0 / facts["lateness"].clip(lower=1.0),
            "recommendation": recommends,
            "resistance": 1.0 - facts["deal_share"],
        }
    ).fillna(_UNKNOWN)


def confusion(
    ledger: Ledger, typology: str, *, limits: StateLimits = LIMITS, firm_limits: FirmLimits = FIRM_LIMITS
) -> pd.DataFrame:
    """Return how many active customers are of a type (row) and taken for a type (column).

    Examples
    --------
    >>> from crmsim import preset, simulate
    >>> ledger = simulate(preset("retail").with_values(customers=200, horizon_days=1080))
    >>> from crmsim.audit.agreement import share_agreed
    >>> table = confusion(ledger, "attitude_behaviour")
    >>> 0.0 < share_agreed(table) < 1.0
    True
    """
    truth = true_types(ledger, typology, limits=limits)
    seen = observed_types(ledger, typology, limits=firm_limits)
    names = list(TYPOLOGIES[typology])
    counts = np.zeros((len(names), len(names)), dtype=np.int64)
    np.add.at(counts, (truth.cat.codes.to_numpy(), seen.cat.codes.to_numpy()), 1)
    return pd.DataFrame(counts, pd.Index(names, name="truth"), pd.Index(names, name="observed"))


def _active(ledger: Ledger) -> np.ndarray:
    return ledger.customers[ledger.customers["status"] == Status.ACTIVE]


def _wallet(ledger: Ledger, people: np.ndarray) -> np.ndarray:
    """Return shares of wallet; who has a contract buys from nobody else."""
    return np.ones(len(people)) if ledger.scenario.purchase.timing == "contract" else people["wallet"]


def _types(
    typology: str,
    customers: Sequence[int],
    *,
    likes: np.ndarray,
    buys: np.ndarray,
    deals: np.ndarray,
    acts: np.ndarray,
    knows: np.ndarray,
    components: pd.DataFrame,
) -> pd.Series:
    """Sort customers into types; what is asked of them is the same for the truth and for the firm."""
    if typology == "attitude_behaviour":
        rule = [("true", likes & buys), ("latent", likes), ("spurious", buys)]
    elif typology == "diamond":
        rule = [("loyal", likes & buys), ("habitual", buys), ("switcher", deals)]
    elif typology == "phases":
        rule = [("action", acts), ("affective", likes), ("cognitive", knows)]
    elif typology == "levels":
        index = sum(weight * components[name] for name, weight in COMPONENT_WEIGHTS.items())
        names = TYPOLOGIES["levels"]
        rule = [(name, index < (place + 1) / len(names)) for place, name in enumerate(names)]
    else:
        raise InputError("typology", f"must be one of {', '.join(TYPOLOGIES)}", typology)
    names = TYPOLOGIES[typology]
    codes = np.select(
        [np.asarray(fits) for _, fits in rule], [names.index(name) for name, _ in rule], _REST[typology]
    )
    types = pd.Categorical.from_codes(codes, list(names), ordered=True)
    return pd.Series(types, index=pd.Index(customers, name="customer"), name=typology)


#: The type of whoever fits no other, as its place in the typology.
_REST = {
    typology: TYPOLOGIES[typology].index(name)
    for typology, name in (
        ("attitude_behaviour", "none"),
        ("diamond", "multi_brand"),
        ("phases", "impulse"),
        ("levels", "very_strong"),
    )
}
