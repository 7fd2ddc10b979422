"""The path of satisfaction: expectation a, perceived performance b, and what they make of each other.

A new kitchen delights a guest until it is the kitchen that one expects. To see it, a population is looked
at several times on its way; here is what one look sees, and what many looks say about how much is expected
after so and so many purchases.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from crmsim.ledger import Ledger
from crmsim.metrics.satisfaction import satisfaction_forms
from crmsim.stages import Status

__all__ = ["PURCHASE_CLASSES", "active_forms", "forms_by_purchases"]

#: First number of purchases of each class.
PURCHASE_CLASSES = (1, 3, 6, 12, 24, 48)


def active_forms(ledger: Ledger) -> pd.DataFrame:
    """Return each active customer's satisfaction in both forms, with the purchases made so far.

    Returns
    -------
    DataFrame
        As from :func:`crmsim.metrics.satisfaction.satisfaction_forms` (``expected``, ``perceived``,
        ``difference``, ``ratio``) with ``purchases``; only who is a customer at the end of the run.

    Examples
    --------
    >>> from crmsim import preset, simulate
    >>> forms = active_forms(simulate(preset("retail").with_values(customers=30, horizon_days=720)))
    >>> bool((forms["purchases"] >= 1).all())
    True
    """
    forms, people = satisfaction_forms(ledger), ledger.customers
    active = people[people["status"] == Status.ACTIVE]
    return forms.loc[active["number"]].assign(purchases=active["n"])


def forms_by_purchases(looks: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return mean satisfaction in both forms by the number of purchases made so far.

    A person who is looked at several times may be in several classes, once for each look.

    Parameters
    ----------
    looks : sequence of DataFrame
        As from :func:`active_forms`.

    Returns
    -------
    DataFrame
        A row per class of :data:`PURCHASE_CLASSES`, indexed by its first number of purchases: ``looks``
        (customers looked at) and the means ``expected``, ``perceived``, ``difference`` and ``ratio``; nan
        where nobody was.

    Examples
    --------
    >>> columns = {"expected": [1.0, 1.2], "perceived": [1.0, 1.2], "difference": 0.0, "ratio": 1.0}
    >>> table = forms_by_purchases([pd.DataFrame(columns | {"purchases": [1, 2]})])
    >>> float(table.loc[1, "expected"]), int(table.loc[1, "looks"]), int(table.loc[3, "looks"])
    (1.1, 2, 0)
    """
    every = pd.concat(looks)
    edges = [*PURCHASE_CLASSES, float("inf")]
    classes = pd.cut(every["purchases"], edges, right=False, labels=list(PURCHASE_CLASSES))
    groups = every.drop(columns="purchases").groupby(classes, observed=False)
    return groups.mean().assign(looks=groups.size())
