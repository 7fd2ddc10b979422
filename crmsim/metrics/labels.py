"""Which label of the course a customer has, in every label scheme, from one and the same state.

The same person is in the growth stage for one lecture, an existing customer for the next and a client
on the ladder for the third. Each rule here reads the state that the simulator keeps (truth that no
firm has) and gives everybody exactly one label; who has no place in a scheme is ``outside`` it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmsim.errors import InputError
from crmsim.events import EventKind
from crmsim.ledger import Ledger
from crmsim.model.records import DAY, NEVER
from crmsim.schemes import OUTSIDE, SCHEMES, STAGE_SCHEMES, TIER_SCHEMES
from crmsim.stages import Stage, Status
from crmsim.tiers import Tier

__all__ = ["LIMITS", "StateLimits", "label", "label_codes", "label_shares", "relationship_levels"]

_YEAR = 365 * DAY


@dataclass(frozen=True)
class StateLimits:
    """Borders between labels, on the scales of the hidden state (model.md, section 5).

    Attributes
    ----------
    attitude, wallet : float
        From here on attitude is favourable and the firm the main supplier; 0 to 1.
    price_sensitivity : float
        From here on somebody with several suppliers is a switcher; mean of all customers 1.
    habit, trust : float
        From here on buying is a habit, and the firm is trusted; 0 to 1.
    satisfaction : float
        From here on there is no lasting disappointment; running mean of signed disconfirmation.
    ratio : float
        From here on a customer counts as satisfied; running mean of c = b / a.
    client_purchases : int
        From here on a customer is a client.
    partner_attitude, partner_wallet : float
        What a partner has at least; 0 to 1.
    partner_categories : int
        Product categories that a partner buys at least, the first one included.
    """

    attitude: float = 0.4
    wallet: float = 0.4
    price_sensitivity: float = 1.2
    habit: float = 0.6
    trust: float = 0.6
    satisfaction: float = -0.05
    ratio: float = 0.97
    client_purchases: int = 4
    partner_attitude: float = 0.55
    partner_wallet: float = 0.6
    partner_categories: int = 2


LIMITS = StateLimits()

#: Labels with the people they fit. The first that fits is the one; the last fits everybody.
Rule = list[tuple[str, np.ndarray]]


def label(ledger: Ledger, scheme: str, *, limits: StateLimits = LIMITS) -> pd.Series:
    """Return everybody's label at the end of the run.

    Parameters
    ----------
    ledger : Ledger
    scheme : str
        A key of :data:`crmsim.schemes.SCHEMES`; ``relationship`` needs the event log.
    limits : StateLimits

    Returns
    -------
    Series of category
        One label per person (prospects and those who left included), indexed by number.

    Raises
    ------
    InputError
        When there is no such scheme.

    Examples
    --------
    >>> from crmsim import preset, simulate
    >>> ledger = simulate(preset("retail").with_values(customers=30, horizon_days=720))
    >>> label(ledger, "six_stage").cat.categories.to_list()
    ['potential', 'development', 'growth', 'maturity', 'decline', 'termination']
    """
    if scheme == "relationship":
        return relationship_levels(ledger)
    contractual = ledger.scenario.purchase.timing == "contract"
    return _series(ledger, scheme, label_codes(ledger.customers, scheme, limits, contractual=contractual))


def label_codes(
    people: np.ndarray, scheme: str, limits: StateLimits = LIMITS, *, contractual: bool = False
) -> np.ndarray:
    """Return the label of each customer record, as its place in ``SCHEMES[scheme]``.

    Parameters
    ----------
    people : array of ``records.CUSTOMER``
    scheme : str
        A key of :data:`crmsim.schemes.SCHEMES` other than ``relationship``, which is not in the
        state but in what the firm did.
    limits : StateLimits
    contractual : bool
        Under a contract the firm is the only supplier, so that it has the whole wallet.

    Returns
    -------
    array of int, shape of `people`
    """
    if scheme in STAGE_SCHEMES:
        names = STAGE_SCHEMES[scheme]
        places = np.array([SCHEMES[scheme].index(names[stage]) for stage in Stage])
        return places[people["stage"]]
    if scheme not in _RULES:
        raise InputError("scheme", f"must be one of {', '.join(sorted(SCHEMES))}", scheme)
    wallet = np.ones(len(people)) if contractual else people["wallet"]
    rule = _RULES[scheme](people, wallet, limits)
    return np.select(
        [fits for _, fits in rule], [SCHEMES[scheme].index(name) for name, _ in rule], default=-1
    )


def label_shares(ledger: Ledger, scheme: str) -> pd.DataFrame:
    """Return the share of all people known so far under each label, at the end of each window.

    Parameters
    ----------
    ledger : Ledger
    scheme : str
        One that depends on the stage: ``six_stage``, ``five_stage``, ``four_stage``,
        ``three_stage``, or ``five_contact``, which also asks for the number of purchases and so
        for the event log.

    Returns
    -------
    DataFrame
        Indexed by day, a column per label; rows sum to 1.

    Examples
    --------
    >>> from crmsim import preset, simulate
    >>> ledger = simulate(preset("retail").with_values(customers=30, horizon_days=720))
    >>> bool(np.allclose(label_shares(ledger, "five_contact").sum(axis=1), 1.0))
    True
    """
    if scheme not in STAGE_SCHEMES and scheme != "five_contact":
        known = ", ".join([*STAGE_SCHEMES, "five_contact"])
        raise InputError("scheme", f"must be one of {known} to be followed over time", scheme)
    months = ledger.months
    counts = pd.DataFrame(
        0, index=pd.Index(months["time"] / DAY, name="day"), columns=list(SCHEMES[scheme]), dtype=np.int64
    )
    names = STAGE_SCHEMES.get(scheme, _CONTACT_STAGES)
    for stage in Stage:
        counts[names[stage]] += months["stages"][:, stage]
    if scheme == "five_contact":
        firsts = _first_timers(ledger)
        counts["acquisition"] += firsts
        counts["conversion"] -= firsts
    return counts.div(counts.sum(axis=1).where(lambda total: total > 0), axis=0)


def relationship_levels(ledger: Ledger) -> pd.Series:
    """Return how deep the firm's side of each relationship was in the last year (Kotler 1992).

    From the log of the last 365 days, the deepest that fits: ``partnership`` (taken into a community,
    or both special treatment and personal contact), ``proactive`` (a programme or an offer),
    ``accountable`` (it asked this customer how it had been, or made good a complaint; the regular
    survey of everybody does not count), ``reactive`` (the firm answered a call),
    ``basic`` (it sold and no more). Rules of a strategy that cost nothing leave no trace in the log.

    Returns
    -------
    Series of category
        One level per person, ``outside`` for those who are not customers at the end.
    """
    rows, people = ledger.log(), ledger.customers
    rows = rows[rows["time"] > int(ledger.months["time"][-1]) - _YEAR]
    treated = rows[rows["kind"] == EventKind.TREATMENT]
    # A programmed strategy has no rules: of its orders only the number and the cost are known.
    actions = [
        str(rule.do.programme) if rule.do.name == "programme" else rule.do.name
        for rule in ledger.strategy.rules
    ]

    def had(*names: str) -> np.ndarray:
        return _those(people, treated, [number for number, name in enumerate(actions) if name in names])

    rule: Rule = [
        (OUTSIDE, people["status"] != Status.ACTIVE),
        ("partnership", had("community") | (had("special") & had("contact"))),
        ("proactive", had(*_OFFERED) | (not actions and _with_event(people, rows, EventKind.TREATMENT))),
        ("accountable", had("survey") | _with_event(people, rows, EventKind.RECOVERY)),
        ("reactive", _with_event(people, rows, EventKind.CONTACT_START)),
        ("basic", _everybody(people)),
    ]
    labels = SCHEMES["relationship"]
    codes = np.select([fits for _, fits in rule], [labels.index(name) for name, _ in rule])
    return _series(ledger, "relationship", codes)


#: What a firm may offer of its own accord.
_OFFERED = ("reward", "contact", "special", "save_offer", "win_back", "points", "refer")


def _first_timers(ledger: Ledger) -> np.ndarray:
    """Count, at the end of each window, the customers who have bought once so far."""
    rows = ledger.log()
    bought = rows["kind"] == EventKind.PURCHASE
    first, second = rows[bought & (rows["detail"] == 0)], rows[bought & (rows["detail"] == 1)]
    came_again = np.full(ledger.customer_count, NEVER)
    came_again[second["customer"]] = second["time"]
    early = rows[rows["time"] < came_again[rows["customer"]]]
    left, returned = (early[early["kind"] == kind] for kind in (EventKind.CHURN, EventKind.REACTIVATED))

    def so_far(events: np.ndarray) -> np.ndarray:
        return np.searchsorted(events["time"], ledger.months["time"], side="right")

    return so_far(first) - so_far(second) - so_far(left) + so_far(returned)


def _five_contact(people: np.ndarray, wallet: np.ndarray, limits: StateLimits) -> Rule:
    stage = people["stage"]
    once = (stage == Stage.EXPLORATION) & (people["n"] <= 1)
    return [("acquisition", once), *((_CONTACT_STAGES[place], stage == place) for place in Stage)]


#: Reached, won for a first purchase, coming again, kept, loyal. Whoever has bought once is split off
#: from those who try us.
_CONTACT_STAGES = {
    Stage.PROSPECT: "contact",
    Stage.EXPLORATION: "conversion",
    Stage.FORMATION: "retention",
    Stage.STABILITY: "loyalty",
    Stage.DECLINE: "retention",
    Stage.ENDED: OUTSIDE,
}


def _status(people: np.ndarray, wallet: np.ndarray, limits: StateLimits) -> Rule:
    """Whoever is past exploration has basic trust and buys steadily; a further category is new business."""
    return [
        ("potential", people["status"] == Status.PROSPECT),
        (OUTSIDE, people["status"] != Status.ACTIVE),
        ("new", people["stage"] == Stage.EXPLORATION),
        ("new_business", people["categories"] > 0),
        ("existing", _everybody(people)),
    ]


def _ladder(people: np.ndarray, wallet: np.ndarray, limits: StateLimits) -> Rule:
    partner = (people["attitude"] >= limits.partner_attitude) & (wallet >= limits.partner_wallet)
    return [
        ("prospect", people["status"] == Status.PROSPECT),
        (OUTSIDE, people["status"] != Status.ACTIVE),
        ("partner", partner & (people["categories"] + 1 >= limits.partner_categories)),
        ("advocate", people["referrals"] > 0),
        ("supporter", people["attitude"] >= limits.attitude),
        ("client", people["n"] >= limits.client_purchases),
        ("customer", _everybody(people)),
    ]


def _maintenance(people: np.ndarray, wallet: np.ndarray, limits: StateLimits) -> Rule:
    """A prospect who comes on a friend's word starts with more trust than one who knows the name only."""
    prospect = people["status"] == Status.PROSPECT
    return [
        ("trust", prospect & (people["generation"] > 0)),
        ("awareness", prospect),
        (OUTSIDE, people["status"] != Status.ACTIVE),
        ("word_of_mouth", people["referrals"] > 0),
        ("loyalty", people["attitude"] >= limits.attitude),
        ("satisfaction", people["ratio"] >= limits.ratio),
        ("transaction", _everybody(people)),
    ]


def _pyramid(people: np.ndarray, wallet: np.ndarray, limits: StateLimits) -> Rule:
    """At the bottom those who are lost, then onlookers; above, habit, liking, and both."""
    likes, buys = people["attitude"] >= limits.attitude, wallet >= limits.wallet
    return [
        ("lost", people["status"] > Status.ACTIVE),
        ("onlooker", (people["status"] == Status.PROSPECT) | (~likes & ~buys)),
        ("habitual", ~likes),
        ("sympathetic", ~buys),
        ("loyal", _everybody(people)),
    ]


def _strategic(people: np.ndarray, wallet: np.ndarray, limits: StateLimits) -> Rule:
    """Promising is who would like to do more business than they bring."""
    return [
        (OUTSIDE, people["status"] != Status.ACTIVE),
        ("strategic", people["tier"] == Tier.VIP),
        ("core", people["tier"] == Tier.IMPORTANT),
        ("promising", (people["attitude"] >= limits.attitude) & (wallet < limits.wallet)),
        ("general", _everybody(people)),
    ]


def _tiers(scheme: str) -> Callable[[np.ndarray, np.ndarray, StateLimits], Rule]:
    names, prospects = TIER_SCHEMES[scheme]

    def rule(people: np.ndarray, wallet: np.ndarray, limits: StateLimits) -> Rule:
        return [
            (prospects, people["status"] == Status.PROSPECT),
            (OUTSIDE, people["status"] != Status.ACTIVE),
            *((names[tier], people["tier"] == tier) for tier in Tier),
        ]

    return rule


_RULES: dict[str, Callable[[np.ndarray, np.ndarray, StateLimits], Rule]] = {
    "five_contact": _five_contact,
    "status": _status,
    "ladder": _ladder,
    "maintenance": _maintenance,
    "pyramid": _pyramid,
    "tiers_strategic": _strategic,
    **{scheme: _tiers(scheme) for scheme in TIER_SCHEMES},
}


def _everybody(people: np.ndarray) -> np.ndarray:
    return np.full(len(people), True)


def _those(people: np.ndarray, treated: np.ndarray, rules: Sequence[int]) -> np.ndarray:
    """Return for each person whether one of these rules was applied to them."""
    found = np.zeros(len(people), bool)
    found[treated["customer"][np.isin(treated["detail"], list(rules))]] = True
    return found


def _with_event(people: np.ndarray, rows: np.ndarray, kind: EventKind) -> np.ndarray:
    """Return for each person whether such an event happened to them."""
    found = np.zeros(len(people), bool)
    found[rows["customer"][rows["kind"] == kind]] = True
    return found


def _series(ledger: Ledger, scheme: str, codes: np.ndarray) -> pd.Series:
    labels = pd.Categorical.from_codes(codes, list(SCHEMES[scheme]), ordered=True)
    return pd.Series(labels, index=pd.Index(ledger.customers["number"], name="customer"), name=scheme)
