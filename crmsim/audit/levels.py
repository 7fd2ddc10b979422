"""The course's schemes of levels, applied to the same customers and compared.

One lecturer has three levels of customers, the next has four, a third counts in metals; a traveller is
gold with one airline and nobody with another. Here every scheme that grades by a firm's records is
applied to the same numbers, so that one sees where the words differ and where the customers do.

Schemes of tiers rename or merge the same four tiers, cut by value at shares of the customers (VIP,
important, ordinary, small); the others have rules of their own (`crmsim.audit.classes`, ``pyramid``,
``value_types``).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from crmsim.audit.agreement import cohens_kappa, cramers_v, share_agreed, standing
from crmsim.audit.classes import abc_classes
from crmsim.audit.columns import number_column, same_length
from crmsim.audit.pyramid import customer_pyramid
from crmsim.audit.quantiles import quantile_codes
from crmsim.audit.value_types import value_types
from crmsim.errors import InputError
from crmsim.schemes import RECORD_SCHEMES, TIER_SCHEMES
from crmsim.tiers import Tier

__all__ = ["LEVELS", "TIER_SHARES", "agreement_table", "customer_levels", "graded_differently", "value_tiers"]

#: Shares of customers that are VIP, important and ordinary; the rest is small. Those of the presets.
TIER_SHARES = (0.05, 0.15, 0.3)
#: Every scheme that grades by a firm's records, with the levels that a customer can have.
LEVELS: dict[str, tuple[str, ...]] = {
    **{name: tuple(dict.fromkeys(words.values())) for name, (words, _) in TIER_SCHEMES.items()},
    "tiers_strategic": ("strategic", "core", "promising", "general"),
    **RECORD_SCHEMES,
}
#: Schemes that ask what a customer could bring as well.
_ASK_POTENTIAL = ("tiers_strategic", "value_types")


def value_tiers(value: ArrayLike, shares: Sequence[float] = TIER_SHARES) -> np.ndarray:
    """Return the tier of every customer by value.

    Parameters
    ----------
    value : array
        What each customer brings, in currency.
    shares : three floats
        Of all customers, each 0 to 1, together at most 1: VIP, important, ordinary. Equals at a border
        are all in the better tier; who brings nothing or costs money is small.

    Returns
    -------
    array of int
        Values of :class:`crmsim.tiers.Tier`.

    Raises
    ------
    InputError
        When a value is not finite or the shares are none.

    Examples
    --------
    >>> value_tiers([100.0, 50.0, 20.0, 10.0, 0.0], shares=(0.2, 0.2, 0.2)).tolist()
    [0, 1, 2, 3, 3]
    """
    given, parts = number_column("value", value), np.asarray(shares, dtype=float)
    if parts.shape != (3,) or not (parts >= 0.0).all() or not parts.sum() <= 1.0 + 1e-9:
        raise InputError("shares", "must be three shares that sum to 1 or less", list(shares))
    ranked = np.sort(given)[::-1]
    tiers = np.full(len(given), Tier.SMALL.value)
    for tier in (Tier.ORDINARY, Tier.IMPORTANT, Tier.VIP):
        places = int(np.ceil(parts[: tier + 1].sum() * len(given) - 1e-9))
        if places > 0 and parts[tier] > 0.0:
            tiers[(given >= ranked[places - 1]) & (given > 0.0)] = tier.value
    return tiers


def customer_levels(
    value: ArrayLike,
    potential: ArrayLike | None = None,
    *,
    schemes: Sequence[str] | None = None,
    tier_shares: Sequence[float] = TIER_SHARES,
) -> pd.DataFrame:
    """Return the level of every customer in every scheme.

    Parameters
    ----------
    value : array or Series
        What each customer brings (profit, or revenue), in currency.
    potential : array, optional
        What each could bring beyond that, in currency, such as growth; two schemes ask for it.
    schemes : sequence of str, optional
        Keys of :data:`LEVELS`; by default all, without those two where `potential` is not given.
    tier_shares : three floats
        As in :func:`value_tiers`.

    Returns
    -------
    DataFrame
        In the order of the customers (and with the index of `value`, if it has one), a column per
        scheme: ordered categories, the best level first.

    Raises
    ------
    InputError
        When a number is not finite, columns differ in length, a scheme is unknown, or one is asked for
        that needs `potential`.

    Examples
    --------
    >>> table = customer_levels([100.0, 40.0, 30.0, 5.0, -2.0], schemes=["metals", "tiers_key"])
    >>> table.astype(str).iloc[0].tolist(), table.astype(str).iloc[-1].tolist()
    (['platinum', 'key'], ['lead', 'small'])
    """
    worth = number_column("value", value)
    more = None if potential is None else number_column("potential", potential)
    if more is not None:
        same_length("potential", more, worth)
    wanted = (
        [s for s in LEVELS if more is not None or s not in _ASK_POTENTIAL] if schemes is None else schemes
    )
    for scheme in wanted:
        if scheme not in LEVELS:
            raise InputError("schemes", f"must be among {', '.join(LEVELS)}", scheme)
        if scheme in _ASK_POTENTIAL and more is None:
            raise InputError("potential", f"must be given for the scheme {scheme}")
    tiers = value_tiers(worth, tier_shares)
    columns = {scheme: _labels(scheme, worth, more, tiers, sum(tier_shares[:2])) for scheme in wanted}
    return pd.DataFrame(
        {
            scheme: pd.Categorical(labels, list(LEVELS[scheme]), ordered=True)
            for scheme, labels in columns.items()
        },
        index=value.index if isinstance(value, pd.Series) else None,
    )


def agreement_table(levels: pd.DataFrame) -> pd.DataFrame:
    """Return how far each two gradings of the same customers agree.

    Parameters
    ----------
    levels : DataFrame
        As from :func:`customer_levels`, or any table of ordered categories, the best first.

    Returns
    -------
    DataFrame
        Indexed by ``one`` and ``other``: ``cramers_v`` (0 to 1: how much one tells about the other;
        nan where one has a single level), and, where both have the same number of levels from good to bad,
        ``share_agreed`` and ``kappa``, best level against best level and so on; nan elsewhere.

    Raises
    ------
    InputError
        When a column is no ordered category, or there are fewer than two.

    Examples
    --------
    >>> table = customer_levels([100.0, 40.0, 30.0, 5.0], schemes=["tiers_contribution", "tiers_pyramid"])
    >>> agreement_table(table)["share_agreed"].tolist()
    [1.0]
    """
    if levels.shape[1] < 2:
        raise InputError("levels", "must have two columns or more", list(levels.columns))
    codes = {name: _codes(levels, name) for name in levels.columns}
    rows = {}
    for one, other in combinations(levels.columns, 2):
        counts = np.zeros((len(levels[one].cat.categories), len(levels[other].cat.categories)), np.int64)
        np.add.at(counts, (codes[one], codes[other]), 1)
        # Most growable is no rung of a ladder: such schemes cannot agree level by level with others.
        ladders = one not in _ASK_POTENTIAL and other not in _ASK_POTENTIAL
        same = ladders and counts.shape[0] == counts.shape[1]
        rows[one, other] = {
            "cramers_v": cramers_v(counts),
            "share_agreed": share_agreed(counts) if same else np.nan,
            "kappa": cohens_kappa(counts) if same else np.nan,
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(["one", "other"])


def graded_differently(levels: pd.DataFrame, one: str, other: str, *, least: float = 0.25) -> pd.DataFrame:
    """Return the customers who stand much higher in one grading than in another.

    Parameters
    ----------
    levels : DataFrame
        As in :func:`agreement_table`.
    one, other : str
        Columns of it.
    least : float
        Difference of standing (:func:`crmsim.audit.agreement.standing`) from which on somebody is
        listed, 0 to 1.

    Returns
    -------
    DataFrame
        With the index of the customers, the greatest difference first: their levels in both, and
        ``difference`` (above 0: higher in `one`).

    Raises
    ------
    InputError
        When there is no such column, or `least` is none.

    Examples
    --------
    >>> table = pd.DataFrame({
    ...     "a": pd.Categorical(["x", "x", "y", "y"], ["x", "y"], ordered=True),
    ...     "b": pd.Categorical(["x", "y", "y", "y"], ["x", "y"], ordered=True),
    ... }, index=["ada", "ben", "cleo", "dan"])
    >>> graded_differently(table, "a", "b")["difference"].to_dict()
    {'ben': 0.375}
    """
    for name in (one, other):
        if name not in levels.columns:
            raise InputError("one" if name == one else "other", "must be a column of the table", name)
    if not 0.0 <= least <= 1.0:
        raise InputError("least", "must be from 0 to 1", least)
    difference = standing(_codes(levels, one)) - standing(_codes(levels, other))
    table = levels[[one, other]].assign(difference=difference)[np.abs(difference) >= least]
    order = np.argsort(-np.abs(table["difference"].to_numpy()), kind="stable")
    return table.iloc[order]


def _labels(
    scheme: str, worth: np.ndarray, more: np.ndarray | None, tiers: np.ndarray, best_share: float
) -> np.ndarray:
    if scheme in TIER_SCHEMES:
        words, _ = TIER_SCHEMES[scheme]
        return np.array([words[tier] for tier in Tier])[tiers]
    if scheme == "abc":
        return np.char.lower(abc_classes(worth).astype(str))
    if scheme == "metals":
        return customer_pyramid(worth)
    if scheme == "value_levels":
        return np.array(LEVELS[scheme])[quantile_codes(worth, 3) - 1]
    assert more is not None
    if scheme == "value_types":
        return value_types(worth, more, mvc_share=best_share)
    # Promising is, as in value_types, who brings little yet and could bring most beyond it.
    growable = value_types(worth, more, mvc_share=best_share) == "mgc"
    fits = [tiers == Tier.VIP.value, tiers == Tier.IMPORTANT.value, growable]
    return np.select(fits, ["strategic", "core", "promising"], "general")


def _codes(levels: pd.DataFrame, name: str) -> np.ndarray:
    """Return the places of the levels of one grading, 0 for the best."""
    column = levels[name]
    if not isinstance(column.dtype, pd.CategoricalDtype) or not column.cat.ordered or column.isna().any():
        raise InputError(str(name), "must be ordered categories, the best first, for every customer")
    return column.cat.codes.to_numpy().astype(np.int64)
