"""Who moved: customers by their level in one period and in the next.

A league table after every season has its promotions and relegations, its newcomers and those who left
the sport. Any levels will do: deciles, tiers, grades, the labels of a scheme.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from crmsim.errors import InputError

__all__ = ["NOT_THERE", "migration_shares", "migration_summary", "migration_table", "moves"]

#: Who has no level in a period: not yet, or no more, a customer.
NOT_THERE = "none"


def moves(before: pd.Series, after: pd.Series, levels: Sequence[str | int]) -> pd.DataFrame:
    """Return for each customer the level before and after, and how far they moved.

    Parameters
    ----------
    before, after : Series
        Levels, indexed by customer; who is missing in one of them was no customer then.
    levels : sequence
        All levels, the best first.

    Returns
    -------
    DataFrame
        Indexed by customer, sorted: ``before`` and ``after`` (a level or `NOT_THERE`), ``steps``
        (levels up, below 0 for down, missing for who was not there both times) and ``move``: ``up``,
        ``same``, ``down``, ``came`` or ``left``.

    Raises
    ------
    InputError
        When a customer stands twice in one period, a level is none of `levels`, or nobody is there.

    Examples
    --------
    >>> one = pd.Series({"ada": "gold", "ben": "iron"})
    >>> two = pd.Series({"ada": "iron", "cleo": "gold"})
    >>> moves(one, two, ["gold", "iron"])["move"].to_dict()
    {'ada': 'down', 'ben': 'left', 'cleo': 'came'}
    """
    places = {level: place for place, level in enumerate(levels)}
    if len(places) != len(levels) or NOT_THERE in places:
        raise InputError("levels", f"must be different ones, none of them {NOT_THERE!r}", list(levels))
    sides = {}
    for field, side in (("before", before), ("after", after)):
        side = side.astype(object).dropna()
        if side.index.has_duplicates:
            raise InputError(field, "must name a customer once", side.index[side.index.duplicated()][0])
        strangers = set(side) - set(places)
        if strangers:
            listed = ", ".join(map(str, levels))
            raise InputError(field, f"must hold levels among {listed}", sorted(map(str, strangers))[0])
        sides[field] = side
    table = pd.DataFrame(sides)
    if table.empty:
        raise InputError("before", "must hold at least one customer, or `after` must")
    steps = table["before"].map(places).astype("Float64") - table["after"].map(places).astype("Float64")
    came, left = table["before"].isna().to_numpy(), table["after"].isna().to_numpy()
    known = steps.fillna(0.0).to_numpy(dtype=float)
    move = np.select([came, left, known > 0, known < 0], ["came", "left", "up", "down"], "same")
    return table.fillna(NOT_THERE).assign(steps=steps.astype("Int64"), move=move).sort_index()


def migration_table(before: pd.Series, after: pd.Series, levels: Sequence[str | int]) -> pd.DataFrame:
    """Return how many customers went from a level (row) to a level (column).

    Parameters
    ----------
    before, after, levels
        As in :func:`moves`.

    Returns
    -------
    DataFrame of int
        Rows and columns are the levels and, last, `NOT_THERE`.

    Examples
    --------
    >>> one = pd.Series({"ada": "gold", "ben": "iron"})
    >>> two = pd.Series({"ada": "iron", "cleo": "gold"})
    >>> migration_table(one, two, ["gold", "iron"]).values.tolist()
    [[0, 1, 0], [0, 0, 1], [1, 0, 0]]
    """
    table = moves(before, after, levels)
    names = [*levels, NOT_THERE]
    counts = np.zeros((len(names), len(names)), dtype=np.int64)
    places = {name: place for place, name in enumerate(names)}
    np.add.at(
        counts, (table["before"].map(places).to_numpy(int), table["after"].map(places).to_numpy(int)), 1
    )
    return pd.DataFrame(counts, pd.Index(names, name="before"), pd.Index(names, name="after"))


def migration_shares(table: pd.DataFrame) -> pd.DataFrame:
    """Return the share (0 to 1) of each level's customers that went to each level.

    Parameters
    ----------
    table : DataFrame
        As from :func:`migration_table`.

    Returns
    -------
    DataFrame
        Rows sum to 1, or are nan where nobody was.

    Examples
    --------
    >>> migration_shares(pd.DataFrame([[3, 1], [0, 0]])).iloc[0].tolist()
    [0.75, 0.25]
    """
    totals = table.sum(axis=1)
    return table.astype(float).div(totals.where(totals > 0), axis=0)


def migration_summary(before: pd.Series, after: pd.Series, levels: Sequence[str | int]) -> pd.Series:
    """Return how many customers moved up, stayed, moved down, came and left.

    Parameters
    ----------
    before, after, levels
        As in :func:`moves`.

    Examples
    --------
    >>> one, two = pd.Series({"ada": 2, "ben": 1}), pd.Series({"ada": 1, "ben": 1})
    >>> migration_summary(one, two, [1, 2]).to_dict()
    {'up': 1, 'same': 1, 'down': 0, 'came': 0, 'left': 0}
    """
    counts = moves(before, after, levels)["move"].value_counts()
    return counts.reindex(["up", "same", "down", "came", "left"], fill_value=0).rename("customers")
