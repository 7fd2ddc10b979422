"""Service quality by dimension: where service falls short of what customers expect.

A parcel may come on time and dented, the driver may be kind. SERVQUAL asks for perception and
expectation on five dimensions and looks at the gap (Parasuraman, Zeithaml & Berry 1988).
"""

from __future__ import annotations

import pandas as pd

from crmsim.errors import CrmsimError
from crmsim.ledger import Ledger
from crmsim.metrics.satisfaction_formulas import servqual_gap
from crmsim.schemes import DIMENSIONS
from crmsim.stages import Status

__all__ = ["servqual_gaps"]


def servqual_gaps(ledger: Ledger) -> pd.DataFrame:
    """Return perception, expectation and gap on each dimension, as means of the active customers.

    Returns
    -------
    DataFrame
        Indexed by dimension: ``perceived`` and ``expected`` (1 = market average), ``gap`` = perceived
        - expected, ``weight`` (importance; they sum to 1), and ``part`` = weight x gap, whose sum is
        the overall gap (:func:`crmsim.metrics.satisfaction_formulas.weighted_gap`). nan when nobody
        is active.

    Raises
    ------
    CrmsimError
        When the run did not keep the view.

    Examples
    --------
    >>> from crmsim import preset, simulate
    >>> ledger = simulate(preset("retail").with_values(customers=50, horizon_days=720, servqual=1))
    >>> servqual_gaps(ledger).index.to_list()
    ['reliability', 'responsiveness', 'assurance', 'empathy', 'tangibles']
    """
    if not ledger.scenario.experience.servqual:
        raise CrmsimError("this run kept no view by dimension; run it with servqual: 1")
    people = ledger.customers[ledger.customers["status"] == Status.ACTIVE]
    index = pd.Index(list(DIMENSIONS), name="dimension")
    perceived, expected = (
        pd.DataFrame(people[name], columns=index).mean()
        for name in ("servqual_perceived", "servqual_expected")
    )
    gap = pd.Series(servqual_gap(perceived, expected), index=index)
    weight = pd.Series(DIMENSIONS).rename_axis("dimension")
    return pd.DataFrame(
        {"perceived": perceived, "expected": expected, "gap": gap, "weight": weight, "part": weight * gap}
    )
