"""A picture of how long customers stay: survival curves with their bands."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes

from crmsim.plots.style import house_style, share_axis, strategy_colour, tidy
from crmsim.text import say

__all__ = ["plot_survival"]


@house_style
def plot_survival(
    curves: Mapping[str, pd.DataFrame], ax: Axes, *, unit: str = "day", lang: str = "en"
) -> Axes:
    """Draw the share of customers who are still there, by how long ago they came, with its band.

    Parameters
    ----------
    curves : mapping of str to DataFrame
        Name of the group to its curve, as from :func:`crmsim.audit.survival.survival_curve`; a single
        group needs no name (``{"": curve}``).
    ax : Axes
    unit : {"day", "week", "month", "year"}
        Of the durations.
    lang : {"en", "zh"}

    Returns
    -------
    Axes
    """
    for place, (name, curve) in enumerate(curves.items()):
        colour = strategy_colour(place)
        ax.step(curve.index, curve["survival"], where="post", color=colour, linewidth=1.8, label=name or None)
        ax.fill_between(
            curve.index, curve["low"], curve["high"], step="post", color=colour, alpha=0.18, linewidth=0
        )
    ax.set_ylim(0, 1.02)
    ax.set_xlim(left=0)
    share_axis(ax)
    tidy(ax)
    ax.set_xlabel(say("plot.since_first", lang, unit=say(f"time.{unit}", lang)))
    ax.set_ylabel(say("plot.still_there", lang))
    if any(curves):
        ax.legend(frameon=False, loc="upper right")
    return ax
