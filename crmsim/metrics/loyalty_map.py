"""A map of loyalty: where customers stand, what schemes call them, and who leaves when a barrier falls.

A lift that is out of order keeps people in a house who want to go and people who like it there. Repair it,
and only one of the two groups moves out. The points are the hidden state at one moment; who leaves is read
from two later runs of the same people with the same luck: one in which the switching barriers stay, and
one in which they fall.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmsim.errors import InputError
from crmsim.ledger import Ledger
from crmsim.metrics.labels import label
from crmsim.metrics.typologies import true_components, true_types
from crmsim.model.records import DAY
from crmsim.schemes import OUTSIDE, SCHEMES, TYPOLOGIES
from crmsim.stages import Status

__all__ = ["FATES", "MAP_SCHEMES", "fates", "losses_by_type", "loyalty_points", "types_of"]

#: Schemes by which the same points can be named.
MAP_SCHEMES = (*TYPOLOGIES, "ladder")
#: What becomes of a customer when the barriers fall.
FATES = ("stays", "leaves_anyway", "leaves_by_fall")


def types_of(scheme: str) -> tuple[str, ...]:
    """Return the types of a scheme that an active customer can have, the loosest first.

    Examples
    --------
    >>> types_of("ladder")
    ('customer', 'client', 'supporter', 'advocate', 'partner')
    """
    if scheme not in MAP_SCHEMES:
        raise InputError("scheme", f"must be one of {', '.join(MAP_SCHEMES)}", scheme)
    if scheme in TYPOLOGIES:
        return TYPOLOGIES[scheme]
    return tuple(name for name in SCHEMES[scheme] if name not in ("prospect", OUTSIDE))


def loyalty_points(ledger: Ledger, scheme: str) -> pd.DataFrame:
    """Return where the customers stand at the end of a run, and their type in a scheme.

    Left out is who has made up his mind to go: no barrier holds him any more.

    Parameters
    ----------
    ledger : Ledger
    scheme : str
        One of :data:`MAP_SCHEMES`.

    Returns
    -------
    DataFrame
        Indexed by number of the customer: ``attitude``, ``wallet`` (share of wallet; 1 under a contract),
        ``habit`` and ``trust``, each 0 to 1; ``barrier``, the switching barrier in force, 0 or more;
        ``type``, a category of :func:`types_of`.

    Raises
    ------
    InputError
        When there is no such scheme.

    Examples
    --------
    >>> from crmsim import preset, simulate
    >>> points = loyalty_points(simulate(preset("b2b").with_values(customers=50, horizon_days=720)), "phases")
    >>> points["type"].cat.categories.to_list()
    ['impulse', 'cognitive', 'affective', 'action']
    """
    names = types_of(scheme)
    types = true_types(ledger, scheme) if scheme in TYPOLOGIES else label(ledger, scheme)
    people = ledger.customers
    people = people[(people["status"] == Status.ACTIVE) & (people["declining"] == 0)]
    index = pd.Index(people["number"], name="customer")
    table = pd.DataFrame({name: people[name] for name in ("attitude", "habit", "trust")}, index=index)
    return table.assign(
        wallet=true_components(ledger)["repurchase"].loc[index],
        barrier=people["barrier"] * ledger.scenario.exit.barriers,
        type=types.loc[index].cat.set_categories(names, ordered=True),
    )


def fates(points: pd.DataFrame, kept: Ledger, fallen: Ledger, day: int) -> pd.Series:
    """Return what had become of each customer by a day: one of :data:`FATES`.

    Parameters
    ----------
    points : DataFrame
        Indexed by number of the customer, as from :func:`loyalty_points`.
    kept, fallen : Ledger
        Later runs of the same people with the same luck: barriers stay, barriers fall.
    day : int
        Days since the start of the run.

    Returns
    -------
    Series of category
        ``stays`` and ``leaves_by_fall`` (in the second run only) or ``leaves_anyway`` (in both).
    """
    in_kept, in_fallen = (_lost(points, run, day) for run in (kept, fallen))
    codes = np.where(in_fallen, np.where(in_kept, 1, 2), 0)
    return pd.Series(pd.Categorical.from_codes(codes, list(FATES)), index=points.index, name="fate")


def losses_by_type(points: pd.DataFrame, kept: Ledger, fallen: Ledger, day: int) -> pd.DataFrame:
    """Return the share lost by a day, by type, with barriers that stay and with barriers that fall.

    Parameters are those of :func:`fates`; `points` has a column ``type``.

    Returns
    -------
    DataFrame
        A row per type: ``customers``, ``lost_kept`` and ``lost_fallen`` (0 to 1; nan without customers).

    Examples
    --------
    >>> from crmsim import preset, simulate
    >>> world = preset("telecom").with_values(customers=200, horizon_days=1080)
    >>> points = loyalty_points(simulate(world.up_to(720)), "attitude_behaviour")
    >>> open_door = world.with_values(changes=[{"day": 720, "set": {"barriers": 0.0}}])
    >>> table = losses_by_type(points, simulate(world), simulate(open_door), 1080)
    >>> bool(table.loc["spurious", "lost_fallen"] > table.loc["spurious", "lost_kept"])
    True
    """
    lost = pd.DataFrame(
        {
            "lost_kept": _lost(points, kept, day).astype(float),
            "lost_fallen": _lost(points, fallen, day).astype(float),
        },
        index=points.index,
    )
    groups = lost.groupby(points["type"], observed=False)
    return groups.mean().assign(customers=groups.size())


def _lost(points: pd.DataFrame, later: Ledger, day: int) -> np.ndarray:
    return later.customers["left"][points.index.to_numpy()] <= day * DAY
