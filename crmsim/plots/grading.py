"""A picture of grades by several criteria: what the points of each grade are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmsim.audit.grading import GRADE_LIMITS
from crmsim.plots.style import INK, MUTED, house_style, tidy
from crmsim.text import say

__all__ = ["plot_weighted_grades"]

#: Criteria by position (Tol's muted scheme).
_CRITERIA = ("#332288", "#88CCEE", "#44AA99", "#DDCC77", "#CC6677", "#AA4499", "#117733", "#999933")


@house_style
def plot_weighted_grades(
    table: pd.DataFrame,
    ax: Axes,
    *,
    limits: Sequence[float] = GRADE_LIMITS,
    names: Mapping[str, str] | None = None,
    lang: str = "en",
) -> Axes:
    """Draw the mean points of each grade, criterion by criterion, with the limits between grades.

    Parameters
    ----------
    table : DataFrame
        As from :func:`crmsim.audit.grading.weighted_grades`.
    ax : Axes
    limits : sequence of float
        With which the grades were cut.
    names : mapping of str to str, optional
        Criteria in words; without it they are called as the columns are.
    lang : {"en", "zh"}

    Returns
    -------
    Axes
        A bar for each grade, the best on top, as long as its mean score.
    """
    criteria = [column for column in table.columns if column not in ("score", "grade")]
    grades = table["grade"].cat.categories
    means = table.groupby("grade", observed=False)[criteria].mean().reindex(grades).fillna(0.0)
    counts = table["grade"].value_counts().reindex(grades)
    places, start = np.arange(len(grades)), np.zeros(len(grades))
    for place, criterion in enumerate(criteria):
        points = means[criterion].to_numpy()
        ax.barh(
            places,
            points,
            0.7,
            left=start,
            color=_CRITERIA[place % len(_CRITERIA)],
            edgecolor="white",
            linewidth=0.6,
            label=(names or {}).get(criterion, criterion),
        )
        start = start + points
    for place, end in enumerate(start):
        if counts.iloc[place]:
            ax.annotate(
                f"{end:.2f}", (end, place), (4, 0), textcoords="offset points", va="center", color=INK
            )
    for limit in limits:
        ax.axvline(limit, color=MUTED, linewidth=1.0, linestyle=(0, (4, 3)))
    ax.set_yticks(
        places,
        [say("plot.abc_class", lang, name=name, customers=f"{counts[name]:,}") for name in grades],
    )
    ax.invert_yaxis()
    ax.set_xlim(0, 1)
    tidy(ax, grid=None)
    ax.set_xlabel(say("plot.grading.score", lang))
    ax.set_ylabel(say("plot.grading.grade", lang))
    ax.legend(
        frameon=False, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=len(criteria), borderaxespad=0.2
    )
    return ax
