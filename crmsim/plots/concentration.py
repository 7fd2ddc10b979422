"""A picture of how unequally customers bring what they bring: the Lorenz curve."""

from __future__ import annotations

from matplotlib.axes import Axes

from crmsim.audit.concentration import LorenzCurve
from crmsim.plots.style import INK, MUTED, TIER_COLOURS, house_style, share_axis, tidy
from crmsim.text import say

__all__ = ["plot_lorenz"]


@house_style
def plot_lorenz(curve: LorenzCurve, ax: Axes, *, of: str = "spend", lang: str = "en") -> Axes:
    """Draw cumulative shares of customers, the smallest first, and of what they bring.

    Parameters
    ----------
    curve : LorenzCurve
        As from :func:`crmsim.audit.concentration.lorenz_curve`.
    ax : Axes
    of : {"spend", "purchases", "profit"}
        What they bring.
    lang : {"en", "zh"}

    Returns
    -------
    Axes
        The diagonal is a base in which all are alike; twice the shaded area is the Gini coefficient.

    Examples
    --------
    >>> from crmsim.audit.concentration import lorenz_curve
    >>> from crmsim.plots.style import new_figure
    >>> plot_lorenz(lorenz_curve([1.0, 2.0, 6.0]), new_figure(4, 4)[1]).texts[0].get_text()
    'Gini 0.37'
    """
    colour = TIER_COLOURS["vip"]
    ax.plot(
        [0, 1], [0, 1], color=MUTED, linewidth=1.0, linestyle=(0, (4, 3)), label=say("plot.all_alike", lang)
    )
    ax.plot(curve.customers, curve.value, color=colour, linewidth=2.0)
    ax.fill_between(curve.customers, curve.value, curve.customers, color=colour, alpha=0.12, linewidth=0)
    ax.text(0.06, 0.83, say("plot.gini", lang, gini=f"{curve.gini:.2f}"), color=INK, fontsize=11)
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1)
    share_axis(ax, "x")
    share_axis(ax)
    tidy(ax)
    ax.set_xlabel(say("plot.smallest_first", lang))
    ax.set_ylabel(say("plot.cumulative_share", lang, what=say(f"plot.what.{of}", lang)))
    ax.legend(frameon=False, loc="upper left")
    return ax
