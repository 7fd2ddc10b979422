"""From the ledger of a run to tables as a firm keeps them, and to the truth beside them.

A clerk's work: numbers become names, seconds become days, and what the firm cannot see goes into another
drawer.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmsim.events import EventKind
from crmsim.ledger import Ledger
from crmsim.model.records import DAY, NEVER
from crmsim.purchase_log import START
from crmsim.stages import Cause, Stage, Status
from crmsim.summary import COUNTED

__all__ = [
    "PRICE_DATE", "YEAR", "arrived", "days", "events_of", "moments", "names",
    "sequence", "surveys_of", "truth_of", "words",
]  # fmt: skip

#: The amounts of every set but the shop's are at prices of its first day.
PRICE_DATE = str(START)
#: Twelve windows, which is what is called a year in these tables (days).
YEAR = 360


def names(numbers: np.ndarray, letter: str = "C") -> np.ndarray:
    """Return what customers are called by their numbers.

    Examples
    --------
    >>> list(names([7, 12]))
    ['C0007', 'C0012']
    """
    return np.array([f"{letter}{number:04d}" for number in numbers], dtype=object)


def sequence(letter: str, count: int) -> list[str]:
    """Return `count` identifiers in a row.

    Examples
    --------
    >>> sequence("T", 2)
    ['T00001', 'T00002']
    """
    return [f"{letter}{number:05d}" for number in range(1, count + 1)]


def days(seconds: np.ndarray, start: np.datetime64 = START) -> np.ndarray:
    """Return the days on which moments of a run fall; NaT for what never happens."""
    found = start + (np.asarray(seconds) // DAY).astype("timedelta64[D]")
    return np.where(np.asarray(seconds) == NEVER, np.datetime64("NaT", "D"), found)


def moments(seconds: np.ndarray) -> np.ndarray:
    """Return moments of a run by date and time of day."""
    return START.astype("datetime64[s]") + np.asarray(seconds).astype("timedelta64[s]")


def words(codes: np.ndarray, kind: type, nothing: int | None = None) -> np.ndarray:
    """Return the words for codes, and None for the code that means nothing.

    Examples
    --------
    >>> from crmsim.tiers import Tier
    >>> list(words([0, 3], Tier))
    ['vip', 'small']
    """
    named = {int(word): word.name.lower() for word in kind}  # type: ignore[attr-defined]
    return np.array([None if code == nothing else named[int(code)] for code in codes], dtype=object)


def events_of(ledger: Ledger, *kinds: EventKind) -> np.ndarray:
    """Return the rows of the log that are of some kinds, in order."""
    rows = ledger.log()
    return rows[np.isin(rows["kind"], kinds)]


def arrived(ledger: Ledger) -> np.ndarray:
    """Return the records of everybody who has become a customer, by number."""
    return ledger.customers[ledger.customers["entered"] != NEVER]


def surveys_of(ledger: Ledger, who: str = "customer", letter: str = "C") -> pd.DataFrame:
    """Return the surveys sent in a run, answered or not."""
    rows = events_of(ledger, EventKind.SURVEY)
    answered = rows["detail"] > 0
    return pd.DataFrame(
        {
            "survey": sequence("S", len(rows)),
            who: names(rows["customer"], letter),
            "date": days(rows["time"]),
            "score": np.where(answered, rows["detail"] % 10, np.nan),
            "recommendation": np.where(answered, rows["detail"] // 10, np.nan),
        }
    )


def truth_of(ledger: Ledger, who: str = "customer", letter: str = "C") -> pd.DataFrame:
    """Return traits and state at the end of a run of everybody who became a customer: no firm has this."""
    people = arrived(ledger)
    same = (
        "purchase_rate", "dropout", "mean_spend", "price_sensitivity", "barrier", "complains", "credit_risk",
        "satisfaction", "ratio", "attitude", "trust", "decider_expectation",
    )  # fmt: skip
    return pd.DataFrame(
        {
            who: names(people["number"], letter),
            "joined": days(people["entered"]),
            **{name: people[name] for name in same},
            "user_expectation": people["expectation"],
            "true_stage": words(people["stage"], Stage),
            "active": people["status"] == Status.ACTIVE,
            "left": days(people["left"]),
            "cause": words(people["cause"], Cause, nothing=Cause.NONE),
            "clv": people["value"][:, COUNTED].sum(axis=1),
        }
    )
