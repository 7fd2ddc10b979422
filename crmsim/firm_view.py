"""What the firm knows at the end of a window, as tables for whoever decides.

The same numbers that rules can ask for, one row per customer; nothing of the truth.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmsim.branch import Branch
from crmsim.compiling import allocating
from crmsim.errors import InputError
from crmsim.model.records import DAY
from crmsim.rule_records import RULE, Measure
from crmsim.scores import Score, score
from crmsim.stages import Cause, Stage, Status
from crmsim.strategies.programmed import FirmView
from crmsim.strategies.rules import MEASURES
from crmsim.tiers import Tier
from crmsim.treatment import eligible, may_return, measure

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["active_scores", "firm_view", "known_measures", "who_may_return"]

_EVERYBODY = np.zeros(1, RULE)
for _mask in ("stages", "tiers", "causes", "true_stages"):
    _EVERYBODY[_mask] = -1


def firm_view(branch: Branch, now: int) -> FirmView:
    """Return the firm's view of a branch at a time (seconds)."""
    import pandas as pd

    people = branch.customers
    active = np.flatnonzero(people["status"][: branch.count] == Status.ACTIVE)
    lost = who_may_return(people, branch.count, _EVERYBODY, now)
    known_lost = _table(branch, lost, now)
    causes = ["unknown", *(cause.name.lower() for cause in list(Cause)[1:])]
    known_lost["cause"] = [causes[code] for code in people["stated_cause"][lost]]

    def scores(name: str, strength: float = 1.2) -> pd.Series:
        if name.upper() not in Score.__members__:
            raise InputError("score", f"must be one of {', '.join(s.name.lower() for s in Score)}", name)
        noise = float(branch.parameters["score_noise"][0])
        values = active_scores(
            people, active, branch.parameters, int(Score[name.upper()]), float(strength), noise, now
        )
        return pd.Series(values, index=pd.Index(active, name="customer"), name=name)

    return FirmView(day=now // DAY, active=_table(branch, active, now), lost=known_lost, score=scores)


def _table(branch: Branch, chosen: np.ndarray, now: int) -> pd.DataFrame:
    import pandas as pd

    people = branch.customers
    stages = [stage.name.lower() for stage in Stage]
    tiers = [tier.name.lower() for tier in Tier]
    columns = {
        "stage": [stages[code] for code in people["observed_stage"][chosen]],
        "tier": [tiers[code] for code in people["tier"][chosen]],
    }
    columns |= {name: known_measures(people, chosen, int(Measure[name.upper()]), now) for name in MEASURES}
    return pd.DataFrame(columns, index=pd.Index(chosen, name="customer"))


@allocating
def who_may_return(customers, count, rule, now):
    """Return the lost customers who are to be asked back now and fit the rule."""
    chosen = np.empty(count, np.int64)
    found = 0
    for i in range(count):
        if may_return(customers[i], now) and eligible(customers[i], rule[0], now):
            chosen[found] = i
            found += 1
    return chosen[:found]


@allocating
def known_measures(customers, chosen, code, now):
    """Return one measure of some customers, in their order."""
    known = np.empty(chosen.shape[0])
    for k in range(chosen.shape[0]):
        known[k] = measure(customers[chosen[k]], code, now)
    return known


@allocating
def active_scores(customers, chosen, parameters, code, strength, noise, now):
    """Return one score of some active customers, in their order."""
    known = np.empty(chosen.shape[0])
    for k in range(chosen.shape[0]):
        c = customers[chosen[k]]
        known[k] = score(c, parameters[0], code, strength, noise, measure(c, Measure.NET_12M, now), now)
    return known
