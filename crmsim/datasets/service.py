"""Service tickets: a busy desk with priorities, and the problems that it never hears of."""

from __future__ import annotations

import pandas as pd

from crmsim.datasets.records import (
    PRICE_DATE,
    arrived,
    days,
    events_of,
    moments,
    names,
    sequence,
    surveys_of,
    truth_of,
    words,
)
from crmsim.engines import simulate
from crmsim.events import EventKind
from crmsim.ledger import Ledger
from crmsim.scenario import Scenario, preset
from crmsim.strategies.base import Strategy
from crmsim.strategies.rules import Action, Rule
from crmsim.tiers import Tier

__all__ = ["STRATEGY", "calls_of", "scenario", "tables"]

_SEED = 20260105
#: Priority by tier at the desk, and 30 % of a fee after a complaint.
STRATEGY = Strategy(
    name="service_desk",
    about="The desk serves the higher tier first and compensates complaints.",
    currency="CNY",
    rules=(
        Rule(do=Action(priority={"vip": 0, "important": 1, "ordinary": 2, "small": 3})),
        Rule(do=Action(recovery=0.2, compensation=0.3)),
    ),
)
_CALLS = (EventKind.COMPLAINT, EventKind.INQUIRY)


def scenario() -> Scenario:
    """Return the scenario behind the set: more problems and a fuller desk than the preset's."""
    return preset("telecom").with_values(
        name="service set", currency="CNY", price_date=PRICE_DATE, customers=500, entry_days=180,
        horizon_days=720, problem_prob=0.08, desk_load=0.87, compl_a=1.5,
    )  # fmt: skip


def tables() -> dict[str, pd.DataFrame]:
    """Make the tables of the set anew."""
    ledger = simulate(scenario(), STRATEGY, seed=_SEED)
    people = arrived(ledger)
    customers = pd.DataFrame(
        {
            "customer": names(people["number"]),
            "joined": days(people["entered"]),
            "ended": days(people["left"]),
            "tier": words(people["tier"], Tier),
        }
    )
    calls = calls_of(ledger)
    calls["ticket"] = sequence("Q", len(calls))
    return {
        "customers": customers,
        "tickets": calls,
        "surveys": surveys_of(ledger),
        "truth": truth_of(ledger),
        "problems": _problems(ledger, calls),
    }


def calls_of(ledger: Ledger) -> pd.DataFrame:
    """Return every call to the desk in order of time: opened, answered, closed, and compensation.

    The log says of an answer how long the customer had waited, and of an end how long the agent took,
    to the second; so each finds the call that it belongs to.
    """
    asked = _rows(ledger, *_CALLS)
    answers = _rows(ledger, EventKind.CONTACT_START)
    answers = pd.DataFrame(
        {
            "number": answers["number"],
            "time": answers["time"] - answers["detail"],
            "answered": answers["time"],
        }
    )
    ends = _rows(ledger, EventKind.CONTACT_END)
    ends = pd.DataFrame(
        {"number": ends["number"], "answered": ends["time"] - ends["detail"], "closed": ends["time"]}
    )
    mended = _rows(ledger, EventKind.RECOVERY)[["number", "time", "amount", "detail"]]
    mended.columns = ["number", "closed", "paid", "quality"]
    calls = asked.drop(columns=["amount", "detail"]).merge(
        answers, "left", on=["number", "time"], validate="one_to_one"
    )
    calls = calls.merge(ends, "left", on=["number", "answered"], validate="many_to_one")
    calls = calls.merge(mended, "left", on=["number", "closed"], validate="many_to_one")
    return pd.DataFrame(
        {
            "customer": names(calls["number"]),
            "number": calls["number"],
            "kind": words(calls["kind"], EventKind),
            "tier": words(calls["tier"], Tier),
            "time": calls["time"],
            "opened": moments(calls["time"]),
            "answered": _moments_or_none(calls["answered"]),
            "closed": _moments_or_none(calls["closed"]),
            "compensation": -calls["paid"].fillna(0.0),
            "recovery": calls["quality"] / 1000.0,
        }
    )


def _rows(ledger: Ledger, *kinds: EventKind) -> pd.DataFrame:
    """Return the rows of the log that are of some kinds, as a table."""
    rows = events_of(ledger, *kinds)
    table = pd.DataFrame({name: rows[name] for name in ("time", "kind", "tier", "amount", "detail")})
    table.insert(0, "number", rows["customer"])
    return table


def _moments_or_none(seconds: pd.Series) -> pd.Series:
    return pd.Series(moments(seconds.fillna(0).astype("int64"))).mask(seconds.isna())


def _problems(ledger: Ledger, calls: pd.DataFrame) -> pd.DataFrame:
    """Return every problem, and the ticket that came of it, if any: a complaint is made at once."""
    rows = events_of(ledger, EventKind.PROBLEM)
    table = pd.DataFrame(
        {
            "problem": sequence("P", len(rows)),
            "customer": names(rows["customer"]),
            "number": rows["customer"],
            "time": rows["time"],
            "happened": moments(rows["time"]),
            "severity": rows["detail"] / 1000.0,
        }
    )
    raised = calls[calls["kind"] == "complaint"][["number", "time", "ticket", "recovery"]]
    table = table.merge(raised, "left", on=["number", "time"], validate="one_to_one")
    return table.assign(complained=table["ticket"].notna())
