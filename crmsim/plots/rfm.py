"""A picture of RFM cells: recency against frequency, as coloured squares."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmsim.plots.heat import draw_heat
from crmsim.plots.style import house_style
from crmsim.text import say

__all__ = ["plot_rfm_cells"]


@house_style
def plot_rfm_cells(
    scores: pd.DataFrame,
    ax: Axes,
    *,
    values: pd.Series | np.ndarray | None = None,
    currency: str | None = None,
    lang: str = "en",
) -> Axes:
    """Draw how many customers each cell of recency and frequency has, or what they are worth on average.

    Parameters
    ----------
    scores : DataFrame
        As from :func:`crmsim.audit.rfm_scores.rfm_scores`.
    ax : Axes
    values : Series or array, optional
        A number per customer whose mean is shown instead, such as spend or a response of 0 or 1.
    currency : str, optional
        Of the values; without it they are shown as percentages.
    lang : {"en", "zh"}

    Returns
    -------
    Axes
        The best customers are in the upper right corner, whatever the best score is called.

    Examples
    --------
    >>> from crmsim.audit.rfm_scores import rfm_scores
    >>> from crmsim.plots.style import new_figure
    >>> scores = rfm_scores([1, 2, 3, 4, 5], [9, 8, 7, 6, 5], [50, 40, 30, 20, 10])
    >>> len(plot_rfm_cells(scores, new_figure(4, 4)[1]).texts)
    25
    """
    groups, best = scores.attrs["quantiles"], scores.attrs["best"]
    upward = range(1, groups + 1) if best == groups else range(groups, 0, -1)
    keys = [scores["r"], scores["f"]]
    if values is None:
        table = scores.groupby(keys).size().unstack(fill_value=0)
    else:
        table = pd.Series(np.asarray(values, dtype=float), scores.index).groupby(keys).mean().unstack()
    empty = 0.0 if values is None else np.nan
    cells = table.reindex(index=list(upward)[::-1], columns=list(upward)).astype(float)
    cells = cells.fillna(empty).to_numpy()
    money = values is None or currency is not None
    draw_heat(
        ax,
        cells,
        [str(score) for score in reversed(upward)],
        [str(score) for score in upward],
        (lambda number: f"{number:,.0f}") if money else (lambda number: f"{100 * number:.1f}%"),
    )
    ax.set_xlabel(say("plot.rfm_frequency", lang, best=best))
    ax.set_ylabel(say("plot.rfm_recency", lang, best=best))
    if values is None:
        title = say("plot.rfm_customers", lang)
    elif currency is not None:
        title = say("plot.rfm_mean", lang, currency=currency)
    else:
        title = say("plot.rfm_rate", lang)
    ax.set_title(title, loc="left", fontsize=10)
    return ax
