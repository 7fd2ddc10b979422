"""Every call to the service desk: who asked when, how long they waited, and what the answer was worth.

Like the tickets of a queue machine: number drawn, number called. Who stood in the queue at any moment,
and what became of those who stood there long, is counted from the tickets afterwards.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmsim.errors import InputError
from crmsim.events import EventKind
from crmsim.ledger import Ledger
from crmsim.model.records import DAY
from crmsim.tiers import Tier

__all__ = ["answered_complaints", "desk_calls", "number_waiting", "wait_shares"]

#: The tiers by code, as everything by tier is indexed.
_TIERS = pd.Index([tier.name.lower() for tier in Tier], name="tier")


def desk_calls(ledger: Ledger) -> pd.DataFrame:
    """Return every call to the desk, in the order of asking.

    Parameters
    ----------
    ledger : Ledger
        Of a run with an event log.

    Returns
    -------
    DataFrame
        ``customer`` (number), ``tier`` (code, when they asked), ``complaint`` (or a routine question),
        ``asked`` (days since the start of the run), ``waited`` (days; nan for those who were never answered)
        and ``until`` (days): when they were answered, or hung up because the relationship ended, or the run
        did.

    Examples
    --------
    >>> from crmsim import find_strategy, preset, simulate
    >>> town = preset("retail").with_values(customers=100, horizon_days=365)
    >>> calls = desk_calls(simulate(town, find_strategy("do_nothing"), seed=1))
    >>> bool((calls["until"] >= calls["asked"]).all())
    True
    """
    log = ledger.log()
    asking = log[np.isin(log["kind"], (EventKind.COMPLAINT, EventKind.INQUIRY))]
    answers = log[log["kind"] == EventKind.CONTACT_START]
    asked = asking["time"].astype(np.int64)
    waited = _looked_up(
        _key(asking["customer"], asked),
        _key(answers["customer"], answers["time"] - answers["detail"]),
        answers["detail"].astype(float),
    )
    gone = _first_after(log[log["kind"] == EventKind.CHURN], asking["customer"], asked, ledger.horizon_days)
    return pd.DataFrame(
        {
            "customer": asking["customer"].astype(np.int64),
            "tier": asking["tier"].astype(np.int64),
            "complaint": asking["kind"] == EventKind.COMPLAINT,
            "asked": asked / DAY,
            "waited": waited / DAY,
            "until": np.where(np.isnan(waited), gone, (asked + np.nan_to_num(waited)) / DAY),
        }
    )


def number_waiting(calls: pd.DataFrame, edges: npt.ArrayLike) -> pd.DataFrame:
    """Return how many callers of each tier were waiting, on average over each of some periods.

    Parameters
    ----------
    calls : DataFrame
        From :func:`desk_calls`.
    edges : array of float, shape (periods + 1,)
        Days at which periods end and the next begin, rising.

    Returns
    -------
    DataFrame
        A row per period (indexed by its first day), a column per tier.

    Examples
    --------
    Somebody waits from day 0 to day 3, somebody else on day 2:

    >>> calls = pd.DataFrame({"tier": [0, 3], "asked": [0.0, 2.0], "until": [3.0, 2.5]})
    >>> number_waiting(calls, [0, 2, 4])[["vip", "small"]].to_numpy().tolist()
    [[1.0, 0.0], [0.5, 0.25]]
    """
    days = np.asarray(edges, float)
    if days.ndim != 1 or len(days) < 2 or not (np.diff(days) > 0).all():
        raise InputError("edges", "must be at least two days, rising", edges)
    columns = {}
    for code, tier in enumerate(_TIERS):
        mine = calls[calls["tier"] == code]
        # Days that all callers have waited until each edge; the difference is what they waited in between.
        until_then = _days_since(mine["asked"], days) - _days_since(mine["until"], days)
        columns[tier] = np.diff(until_then) / np.diff(days)
    return pd.DataFrame(columns, index=pd.Index(days[:-1], name="day"))


def wait_shares(calls: pd.DataFrame, days: npt.ArrayLike) -> pd.DataFrame:
    """Return the share of answered callers of each tier who waited longer than some times.

    Parameters
    ----------
    calls : DataFrame
        From :func:`desk_calls`.
    days : array of float, shape (k,)

    Returns
    -------
    DataFrame
        Indexed by `days`, a column per tier; nan for a tier that nobody called from.

    Examples
    --------
    >>> calls = pd.DataFrame({"tier": [3, 3, 3], "waited": [0.0, 1.5, np.nan]})
    >>> wait_shares(calls, [0, 1, 2])["small"].tolist()
    [0.5, 0.5, 0.0]
    """
    at = np.asarray(days, float)
    answered = calls[calls["waited"].notna()]
    columns = {}
    for code, tier in enumerate(_TIERS):
        waits = np.sort(answered["waited"].to_numpy()[answered["tier"].to_numpy() == code])
        longer = len(waits) - np.searchsorted(waits, at, side="right")
        columns[tier] = longer / len(waits) if len(waits) else np.full(len(at), np.nan)
    return pd.DataFrame(columns, index=pd.Index(at, name="days"))


def answered_complaints(ledger: Ledger, within: float = 180.0) -> pd.DataFrame:
    """Return every complaint that was answered early enough to see what came of it.

    Parameters
    ----------
    ledger : Ledger
        Of a run with an event log, in a scenario without a back office (``back_days`` 0): there, the answer
        is the recovery.
    within : float
        Days after the answer in which a loss is put down; complaints answered later than so many days before
        the end are left out, because nobody knows yet.

    Returns
    -------
    DataFrame
        ``customer``, ``tier`` (code), ``waited`` (days), ``quality`` (of the recovery, 0 to 1) and ``lost``
        (whether the relationship ended in that time).

    Raises
    ------
    InputError
        When complaints go through a back office.

    Examples
    --------
    >>> from crmsim import find_strategy, preset, simulate
    >>> town = preset("retail").with_values(customers=200, horizon_days=730)
    >>> complaints = answered_complaints(simulate(town, find_strategy("do_nothing"), seed=1))
    >>> bool(complaints["quality"].between(0, 1).all())
    True
    """
    if ledger.scenario.service.back_days > 0:
        raise InputError("back_days", "must be 0", ledger.scenario.service.back_days)
    log = ledger.log()
    made_good = log[log["kind"] == EventKind.RECOVERY]
    made_good = made_good[made_good["time"] <= (ledger.horizon_days - within) * DAY]
    ends, starts = (log[log["kind"] == kind] for kind in (EventKind.CONTACT_END, EventKind.CONTACT_START))
    # A recovery falls on the second in which its call ends; the call began as long before as it took.
    handled = _looked_up(
        _key(made_good["customer"], made_good["time"]),
        _key(ends["customer"], ends["time"]),
        ends["detail"].astype(float),
    )
    waited = _looked_up(
        _key(made_good["customer"], made_good["time"] - handled.astype(np.int64)),
        _key(starts["customer"], starts["time"]),
        starts["detail"].astype(float),
    )
    churned = log[log["kind"] == EventKind.CHURN]
    left = _first_after(churned, made_good["customer"], made_good["time"], np.inf)
    return pd.DataFrame(
        {
            "customer": made_good["customer"].astype(np.int64),
            "tier": made_good["tier"].astype(np.int64),
            "waited": waited / DAY,
            "quality": made_good["detail"] / 1000.0,
            "lost": left - made_good["time"] / DAY <= within,
        }
    )


def _key(customer: np.ndarray, time: np.ndarray) -> np.ndarray:
    """Return one number for a customer and a second; a run is shorter than 2^36 seconds."""
    return (np.asarray(customer, np.int64) << 36) + np.asarray(time, np.int64)


def _looked_up(wanted: np.ndarray, keys: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return the value of each wanted key; nan for those that are not there."""
    if not len(keys):
        return np.full(len(wanted), np.nan)
    order = np.argsort(keys, kind="stable")
    place = np.minimum(np.searchsorted(keys[order], wanted), len(keys) - 1)
    found = order[place]
    return np.where(keys[found] == wanted, values[found], np.nan)


def _first_after(events: np.ndarray, customer: np.ndarray, time: np.ndarray, never: float) -> np.ndarray:
    """Return the day of each customer's first of some events not before a second; `never` for none."""
    keys = np.sort(_key(events["customer"], events["time"]))
    place = np.searchsorted(keys, _key(customer, time))
    found = np.append(keys, np.iinfo(np.int64).max)[place]
    mine = found >> 36 == np.asarray(customer, np.int64)
    return np.where(mine, (found & ((1 << 36) - 1)) / DAY, never)


def _days_since(moments: pd.Series, days: np.ndarray) -> np.ndarray:
    """Return the days passed since all moments that lie before each day, in sum."""
    sorted_moments = np.sort(moments.to_numpy(float))
    sums = np.concatenate([[0.0], np.cumsum(sorted_moments)])
    before = np.searchsorted(sorted_moments, days)
    return before * days - sums[before]
