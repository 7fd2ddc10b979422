"""Customers ranked on a day of review, and what became of them.

At stocktaking a firm looks at its records and says who its best customers are. Three ways of saying
it are usual: what each has brought so far (ABC), when, how often and how much each bought (RFM), and
what each may be expected to bring (CLV). The simulator knows what they brought afterwards, so here
the three can be marked; a fourth, a decision tree learned from another run, goes through the same
examination.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.optimize import minimize_scalar

from crmsim.audit.hits import hit_rate, top_share
from crmsim.audit.matrices import KAISM, kaism
from crmsim.audit.rfm_scores import rfm_scores
from crmsim.errors import InputError, whole_number
from crmsim.events import COMPONENTS, EventKind
from crmsim.ledger import Ledger
from crmsim.metrics.regression_tree import Tree, grow_tree
from crmsim.metrics.stage_value import past_and_future_value
from crmsim.model.records import DAY, NEVER
from crmsim.stages import Cause, Status

__all__ = [
    "FEATURES",
    "kaism_accounts",
    "likeliest_loss_rate",
    "probability_alive",
    "rankings_compared",
    "review_facts",
    "value_tree",
]

#: What the tree may ask of a customer: columns of :func:`review_facts`.
FEATURES = (
    "tenure_days", "recency_days", "purchases", "revenue_12m", "net_12m", "past_profit", "contacts",
    "complaints",
)  # fmt: skip
_YEAR = 365.0
#: A year of the firm's books is twelve windows.
_BOOK_YEAR = 360
_COUNTED = np.array([info.counts for info in COMPONENTS.values()])


def review_facts(ledger: Ledger, review_day: int, *, years: float | None = None) -> pd.DataFrame:
    """Return what the firm knows of its customers on a day of review, and its estimate of their CLV.

    The estimate is the probability that the customer still buys, times net contribution per year,
    times the discounted years of an annuity that ends at the loss rate of the base. Contribution per
    year and the rate of buying are drawn toward the mean of the base, as if everybody had been
    watched for one mean gap between purchases more. The loss rate is counted where losses are seen
    (contracts); elsewhere it is the one that makes the silences seen most likely.

    Parameters
    ----------
    ledger : Ledger
        Of a run with an event log.
    review_day : int
        From 1 to the length of the run; what happens on it or later is not known.
    years : float, optional
        The estimate looks so far ahead; until the end of the run by default.

    Returns
    -------
    DataFrame
        Everybody who has bought, indexed by number, without those who ended a contract or were sent
        away and have not come back; whoever quietly stays away is still on the list.

        - ``tenure_days`` and ``recency_days`` since the first and the last purchase; ``purchases``,
          ``contacts``, ``complaints`` so far;
        - ``revenue_12m`` and ``net_12m`` of the last 360 days, the latter without the cost of winning
          the customer, which is spent in any case (currency);
        - ``past_profit``: everything so far, with that cost (currency, undiscounted);
        - ``alive``: probability of still buying; ``clv_estimate``: currency, discounted to the day.

    Raises
    ------
    InputError
        When the day is not in the run, nobody is on the list, or `years` is negative.

    Examples
    --------
    >>> from crmsim import preset, simulate
    >>> facts = review_facts(simulate(preset("retail").with_values(customers=60, horizon_days=720)), 540)
    >>> bool(facts["alive"].between(0, 1).all())
    True
    """
    whole_number("review_day", review_day, 1, ledger.horizon_days)
    ahead = (ledger.horizon_days - review_day) / _YEAR if years is None else years
    if not 0.0 <= ahead < np.inf:
        raise InputError("years", "must be finite and at least 0", years)
    rows = ledger.log()
    rows = rows[rows["time"] < review_day * DAY]
    facts = _books(ledger, rows, review_day)
    facts["gone"] = _known_to_be_gone(ledger, rows)[facts.index]
    if facts["gone"].all():
        raise InputError("review_day", "must be a day on which somebody is a customer", review_day)
    contractual = ledger.scenario.purchase.timing == "contract"
    facts = _estimated(facts, ahead, ledger.scenario.money.annual_discount_rate, contractual)
    return facts[~facts["gone"]].drop(columns="gone")


def rankings_compared(
    ledger: Ledger, review_day: int, *, share: float = 0.1, tree: Tree | None = None
) -> pd.DataFrame:
    """Return how well three rankings on a day of review find who is worth most afterwards.

    The truth is the profit that each customer brings from that day to the end of the run, discounted
    to the day. One run is one sample: repeat it over replications before you believe a difference.

    Parameters
    ----------
    ledger : Ledger
        Of a run with an event log.
    review_day : int
        From 1 to the last day but one.
    share : float
        Who counts as best: the top share, above 0 and at most 1.
    tree : Tree, optional
        From :func:`value_tree` of another run, as a fourth ranking.

    Returns
    -------
    DataFrame
        Indexed by ranking: ``past_profit`` (ABC), ``rfm``, ``clv``, perhaps ``tree``, and ``chance``.

        - ``hit_rate``: part of the truly best that are in the ranking's top share (0 to 1);
        - ``profit_found``: future profit of its top share over that of the truly best; nan where
          these bring nothing;
        - ``customers`` ranked.

    Examples
    --------
    >>> from crmsim import preset, simulate
    >>> table = rankings_compared(simulate(preset("retail").with_values(customers=200)), 730)
    >>> table.index.to_list(), float(table.loc["chance", "hit_rate"]) >= 0.1
    (['past_profit', 'rfm', 'clv', 'chance'], True)
    """
    whole_number("review_day", review_day, 1, ledger.horizon_days - 1)
    facts = review_facts(ledger, review_day)
    future = _future(ledger, review_day, facts)
    rankings = {
        "past_profit": facts["past_profit"],
        "rfm": rfm_scores(facts["recency_days"], facts["purchases"], facts["revenue_12m"])["score"],
        "clv": facts["clv_estimate"],
    }
    if tree is not None:
        rankings["tree"] = tree.predict(facts)
    rankings["chance"] = np.zeros(len(facts))
    best = float((top_share(future, share) * future).sum())
    return pd.DataFrame(
        {
            "hit_rate": [hit_rate(ranked, future, share) for ranked in rankings.values()],
            "profit_found": [
                float((top_share(ranked, share) * future).sum()) / best if best > 0.0 else np.nan
                for ranked in rankings.values()
            ],
            "customers": len(facts),
        },
        index=pd.Index(list(rankings), name="ranking"),
    )


def value_tree(
    ledger: Ledger, review_day: int, *, share: float = 0.1, depth: int = 3, leaf: int = 20
) -> Tree:
    """Return rules, learned from a run, for who will be among the best after a day of review.

    The five steps of grading by data mining: the classes are given (among the top share of future
    profit, or not), the attributes are :data:`FEATURES`, the algorithm is a decision tree, which is
    read as rules (:meth:`Tree.rules`), validated on another run and applied to its customers, who
    were unknown to it (:func:`rankings_compared`).

    Parameters
    ----------
    ledger : Ledger
        Of a run with an event log; not the one on which the tree is to be tried.
    review_day, share
        As in :func:`rankings_compared`.
    depth, leaf : int
        As in :func:`crmsim.metrics.regression_tree.grow_tree`.

    Returns
    -------
    Tree
        Predicts the probability of being among the best.
    """
    whole_number("review_day", review_day, 1, ledger.horizon_days - 1)
    facts = review_facts(ledger, review_day)
    target = top_share(_future(ledger, review_day, facts), share)
    return grow_tree(facts[list(FEATURES)], target, depth=depth, leaf=leaf)


def kaism_accounts(ledger: Ledger, *, seen_by_firm: bool = False, years: float = 3.0) -> pd.DataFrame:
    """Return the key account matrix of the active customers at the end of a run.

    Parameters
    ----------
    ledger : Ledger
        Of a run with an event log.
    seen_by_firm : bool
        False: strength is the true share of wallet. True: it is what the firm has for it, the last
        answer to the question whether the account would recommend it; whoever never answered counts
        as the mean of those who did, or as 5 where nobody did.
    years : float
        Attractiveness is the estimated CLV of so many years to come (:func:`review_facts`).

    Returns
    -------
    DataFrame
        Indexed by number of the customer: ``attractiveness`` (currency), ``strength`` (0 to 1; as seen
        by the firm 0 to 10) and ``cell``, a category of :data:`crmsim.audit.matrices.KAISM`; the
        borders between cells are the means.

    Raises
    ------
    InputError
        When nobody is left at the end.

    Examples
    --------
    >>> from crmsim import preset, simulate
    >>> table = kaism_accounts(simulate(preset("retail").with_values(customers=60, horizon_days=720)))
    >>> table["cell"].cat.categories.to_list()
    ['key', 'development', 'maintenance', 'opportunity']
    """
    facts = review_facts(ledger, ledger.horizon_days, years=years)
    people = ledger.customers[facts.index]
    people = people[people["status"] == Status.ACTIVE]
    if len(people) == 0:
        raise InputError("ledger", "must be of a run at whose end somebody is a customer")
    if seen_by_firm:
        answers = np.where(people["survey_nps"] >= 0, people["survey_nps"], np.nan)
        usual = 5.0 if np.isnan(answers).all() else np.nanmean(answers)
        strength = np.where(np.isnan(answers), usual, answers)
    elif ledger.scenario.purchase.timing == "contract":
        strength = np.ones(len(people))  # who has a contract buys from nobody else
    else:
        strength = people["wallet"]
    value = facts["clv_estimate"].loc[people["number"]]
    table = pd.DataFrame({"attractiveness": value, "strength": strength}, index=value.index)
    cells = kaism(value, strength)
    return table.assign(cell=pd.Categorical(cells, list(KAISM)))


def probability_alive(rate: np.ndarray, loss_rate: float, silence: np.ndarray) -> np.ndarray:
    """Return the probability that a customer still buys who has been silent for so long.

    For purchases at a constant rate and a constant rate of loss (Schmittlein, Morrison & Colombo 1987,
    Management Science 33(1)).

    Parameters
    ----------
    rate : array
        Purchases per year while the customer buys, above 0.
    loss_rate : float
        Per year, 0 or more.
    silence : array
        Years since the last purchase.

    Examples
    --------
    >>> probability_alive(np.array([12.0]), 0.2, np.array([0.0])).tolist()
    [1.0]
    """
    both = rate + loss_rate
    # Beyond exp(700) numbers end; such a customer is gone for certain.
    return 1.0 / (1.0 + loss_rate / both * np.expm1(np.minimum(both * silence, 700.0)))


def likeliest_loss_rate(rate: np.ndarray, span: np.ndarray, silence: np.ndarray) -> float:
    """Return the loss rate (per year) that makes the purchases and silences seen likeliest.

    With the rate r of buying known and m the rate of loss, somebody who bought for a span of w and has
    been silent for s since has the likelihood exp(-m w) (m + r exp(-(r + m) s)) / (r + m), up to what
    does not depend on m (Schmittlein, Morrison & Colombo 1987).

    Parameters
    ----------
    rate : array
        Purchases per year while the customer buys, above 0.
    span, silence : array
        Years from the first purchase to the last one, and since.

    Returns
    -------
    float
        From 0.0001 to 10.

    Examples
    --------
    >>> usual, much = (likeliest_loss_rate(np.full(3, 9.0), np.ones(3), np.full(3, s)) for s in (0.1, 2.0))
    >>> usual < much
    True
    """

    def misfit(log_loss: float) -> float:
        loss = np.exp(log_loss)
        both = rate + loss
        return float((loss * span - np.log((loss + rate * np.exp(-both * silence)) / both)).sum())

    return float(np.exp(minimize_scalar(misfit, bounds=(np.log(1e-4), np.log(10.0)), method="bounded").x))


def _books(ledger: Ledger, rows: np.ndarray, review_day: int) -> pd.DataFrame:
    """Return the firm's books of everybody who has bought, from the rows before the day of review."""
    people = ledger.customers
    bought = rows[rows["kind"] == EventKind.PURCHASE]
    last = np.zeros(len(people))
    np.maximum.at(last, bought["customer"], bought["time"] / DAY)
    recent = rows["time"] >= (review_day - _BOOK_YEAR) * DAY
    counted = _COUNTED[rows["component"]]
    won = rows["kind"] == EventKind.ACQUIRED

    def count(which: np.ndarray) -> np.ndarray:
        return np.bincount(rows["customer"][which], minlength=len(people))

    def total(which: np.ndarray) -> np.ndarray:
        return np.bincount(rows["customer"][which], rows["amount"][which], minlength=len(people))

    first = np.where(people["entered"] < NEVER, people["entered"], 0) / DAY
    table = pd.DataFrame(
        {
            "tenure_days": review_day - first,
            "recency_days": review_day - last,
            "purchases": count(rows["kind"] == EventKind.PURCHASE),
            "revenue_12m": total((rows["kind"] == EventKind.PURCHASE) & recent),
            "net_12m": total(counted & recent & ~won),
            "past_profit": total(counted),
            "contacts": count(rows["kind"] == EventKind.CONTACT_START),
            "complaints": count(rows["kind"] == EventKind.COMPLAINT),
        },
        index=pd.Index(people["number"], name="customer"),
    )
    return table[table["purchases"] > 0].copy()


def _known_to_be_gone(ledger: Ledger, rows: np.ndarray) -> np.ndarray:
    """Return who has left as far as the firm knows: ended contracts, and those it sent away."""
    known = rows["kind"] == EventKind.CHURN
    if ledger.scenario.purchase.timing != "contract":
        known &= rows["detail"] == Cause.BY_COMPANY
    moves = rows[known | (rows["kind"] == EventKind.REACTIVATED)]
    gone = np.zeros(ledger.customer_count, dtype=bool)
    gone[moves["customer"]] = moves["kind"] == EventKind.CHURN  # of several, the last one holds
    return gone


def _estimated(facts: pd.DataFrame, years: float, discount_rate: float, contractual: bool) -> pd.DataFrame:
    """Add the probability of still buying and the estimated CLV."""
    tenure, silence = facts["tenure_days"] / _YEAR, facts["recency_days"] / _YEAR
    repeats, span = facts["purchases"] - 1, tenure - silence
    # Where nobody has bought again yet, the whole time watched counts as the first gap.
    gap = span.sum() / repeats.sum() if repeats.sum() > 0 else float(tenure.sum())
    rate = (repeats + 1.0) / (span + gap)
    watched = np.minimum(tenure, _BOOK_YEAR / _YEAR)
    usual = facts["net_12m"].sum() / watched.sum()
    per_year = (facts["net_12m"] + usual * gap) / (watched + gap)
    if contractual:
        loss_rate = facts["gone"].sum() / np.where(facts["gone"], span, tenure).sum()
        alive = (~facts["gone"]).astype(float)
    else:
        loss_rate = likeliest_loss_rate(rate.to_numpy(), span.to_numpy(), silence.to_numpy())
        alive = probability_alive(rate, loss_rate, silence)
    decay = loss_rate + np.log1p(discount_rate)
    annuity = -np.expm1(-decay * years) / decay if decay > 0.0 else years
    return facts.assign(alive=alive, clv_estimate=alive * per_year * annuity)


def _future(ledger: Ledger, review_day: int, facts: pd.DataFrame) -> np.ndarray:
    """Return the profit to come of the listed customers, discounted to the day of review."""
    return past_and_future_value(ledger, review_day=review_day)["narrow"].loc[facts.index].to_numpy()
