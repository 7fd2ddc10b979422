"""Gradings side by side: the same customers by ABC, RFM, pyramid, key account matrix and level schemes.

Five examiners read the same paper. Two of them count pages, in steps of their own; one asks when it was
written, one whether the author will write again. Where they disagree, it is because they ask for
different things, and with the paper that comes next one can say who was right.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from crmsim.audit.classes import ABC_CUTS, abc_classes, class_table
from crmsim.audit.columns import number_column, same_length
from crmsim.audit.hits import top_share
from crmsim.audit.levels import LEVELS, customer_levels
from crmsim.audit.matrices import KAISM, kaism
from crmsim.audit.pyramid import PYRAMID, PYRAMID_CUTS, customer_pyramid
from crmsim.audit.quantiles import quantile_codes
from crmsim.audit.rfm_scores import rfm_scores
from crmsim.errors import InputError

__all__ = ["GRADINGS", "RFM_GRADES", "grade_customers", "level_shares", "top_level_marks"]

#: Fifths of the sum of the three RFM scores, the best first.
RFM_GRADES = ("best", "good", "middle", "weak", "last")
#: The gradings by name, each with its levels, the best first.
GRADINGS: dict[str, tuple[str, ...]] = {
    "abc": LEVELS["abc"],
    "rfm_grades": RFM_GRADES,
    "metals": PYRAMID,
    "kaism": KAISM,
    **{name: LEVELS[name] for name in ("tiers_contribution", "tiers_key", "tiers_strategic", "value_types")},
}
_NEEDED = ("past_profit", "recency_days", "purchases", "revenue_12m", "clv_estimate", "strength")


def grade_customers(
    sheet: pd.DataFrame,
    *,
    abc_cuts: Sequence[float] = ABC_CUTS,
    pyramid_cuts: tuple[float, float] = PYRAMID_CUTS,
    rfm_quantiles: int = 5,
) -> pd.DataFrame:
    """Return the level of every customer in every grading.

    Parameters
    ----------
    sheet : DataFrame
        A row per customer: ``past_profit`` (or revenue; for ABC, pyramid and the level schemes),
        ``recency_days``, ``purchases`` and ``revenue_12m`` (for RFM), ``clv_estimate`` (attractiveness in
        the key account matrix, and potential in the schemes that ask for it) and ``strength`` (with the
        customer, on any scale; nan where it is not known of anybody, and then there is no matrix).
    abc_cuts, pyramid_cuts : sequence of float
        As in :func:`crmsim.audit.classes.abc_classes` and :func:`crmsim.audit.pyramid.customer_pyramid`.
    rfm_quantiles : int
        Groups for each of the three scores, 2 to 9; their sum is then cut into fifths.

    Returns
    -------
    DataFrame
        With the index of `sheet`, a column of ordered categories for each of :data:`GRADINGS` (the best
        level first).

    Raises
    ------
    InputError
        When a column is missing or not finite, or a cut is none.

    Examples
    --------
    >>> sheet = pd.DataFrame({
    ...     "past_profit": [90.0, 40.0, 5.0], "recency_days": [300.0, 10.0, 20.0], "purchases": [9, 8, 1],
    ...     "revenue_12m": [0.0, 100.0, 20.0], "clv_estimate": [1.0, 80.0, 15.0], "strength": [3, 9, 7],
    ... }, index=["ada", "ben", "cleo"])
    >>> levels = grade_customers(sheet)
    >>> levels["abc"].to_list(), levels["rfm_grades"].to_list()
    (['a', 'a', 'c'], ['weak', 'best', 'weak'])
    """
    missing = [name for name in _NEEDED if name not in sheet.columns]
    if missing:
        raise InputError(missing[0], "must be a column of the sheet")
    if len(abc_cuts) != 2:
        raise InputError("abc_cuts", "must be two, for the classes A, B and C", abc_cuts)
    value, potential = sheet["past_profit"], sheet["clv_estimate"]
    scores = rfm_scores(
        sheet["recency_days"], sheet["purchases"], sheet["revenue_12m"], quantiles=rfm_quantiles
    )
    fifths = quantile_codes(scores["score"].to_numpy(dtype=float), len(RFM_GRADES), best=1)
    found: dict[str, np.ndarray] = {
        "abc": np.char.lower(abc_classes(value, abc_cuts).astype(str)),
        "rfm_grades": np.array(RFM_GRADES)[fifths - 1],
        "metals": customer_pyramid(value, pyramid_cuts),
    }
    if not sheet["strength"].isna().all():
        found["kaism"] = kaism(potential, sheet["strength"])
    schemes = [name for name in GRADINGS if name not in (*found, "kaism")]
    levels = customer_levels(value, potential, schemes=schemes)
    graded = {
        name: pd.Categorical(labels, list(GRADINGS[name]), ordered=True) for name, labels in found.items()
    }
    return pd.DataFrame(graded, index=sheet.index).join(levels)


def top_level_marks(levels: pd.Series, future: ArrayLike) -> dict[str, float]:
    """Return how good the best level of a grading turned out to be, by what customers then brought.

    Parameters
    ----------
    levels : Series
        Ordered categories, the best first.
    future : array
        What each customer brought afterwards, in currency.

    Returns
    -------
    dict
        - ``share``: of the customers who are in the best level (0 to 1); by chance the next would be so too;
        - ``hit_rate``: part of its members who are among as many truly best (0 to 1; equals by lot);
        - ``found``: what its members brought over what these truly best brought; nan where that is not
          above 0;
        - ``nothing``: part of its members who brought nothing or cost money.

        All but the first are nan where nobody is in the best level.

    Raises
    ------
    InputError
        When `levels` is no ordered category, or `future` is not finite or of another length.

    Examples
    --------
    >>> grades = pd.Series(pd.Categorical(["a", "a", "b", "b"], ["a", "b"], ordered=True))
    >>> top_level_marks(grades, [0.0, 50.0, 30.0, 10.0])
    {'share': 0.5, 'hit_rate': 0.5, 'found': 0.625, 'nothing': 0.5}
    """
    if not isinstance(levels.dtype, pd.CategoricalDtype) or not levels.cat.ordered:
        raise InputError("levels", "must be ordered categories, the best first", levels.dtype)
    brought = number_column("future", future)
    top = levels.cat.codes.to_numpy() == 0
    same_length("levels", top, brought)
    share = float(top.mean())
    if not top.any():
        return {"share": share, "hit_rate": np.nan, "found": np.nan, "nothing": np.nan}
    best = top_share(brought, share)
    possible = float((best * brought).sum())
    return {
        "share": share,
        "hit_rate": float(best[top].sum() / top.sum()),
        "found": float(brought[top].sum()) / possible if possible > 0.0 else np.nan,
        "nothing": float((brought[top] <= 0.0).mean()),
    }


def level_shares(levels: pd.Series, past: ArrayLike, future: ArrayLike) -> pd.DataFrame:
    """Return which share of customers, of past and of future profit each level of a grading has.

    Parameters
    ----------
    levels : Series
        Ordered categories, the best first.
    past, future : array
        What each customer brought before and after the grading, in currency.

    Returns
    -------
    DataFrame
        Indexed by level, the best first: ``customers``, ``past``, ``future``: shares of all. Of money they
        are nan where all together is not above 0; below 0 where a level costs more than it brings.

    Examples
    --------
    >>> grades = pd.Series(pd.Categorical(["a", "b", "b"], ["a", "b"], ordered=True))
    >>> level_shares(grades, [80.0, 10.0, 10.0], [50.0, 50.0, 0.0]).round(2).to_dict("list")
    {'customers': [0.33, 0.67], 'past': [0.8, 0.2], 'future': [0.5, 0.5]}
    """
    names = list(levels.cat.categories)
    words = levels.astype(str).to_numpy()
    before, after = class_table(past, words, names), class_table(future, words, names)
    return pd.DataFrame(
        {
            "customers": before["share_of_customers"],
            "past": before["share_of_value"],
            "future": after["share_of_value"],
        }
    )
