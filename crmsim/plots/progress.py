"""A picture of a student's progress: what is known of each topic, and what comes again when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from crmsim.plots.style import INK, house_style, new_figure, tidy
from crmsim.text import say

__all__ = ["plot_due", "plot_known", "progress_figure"]

#: Colour, hatch and colour of the number for each grade: dark and light tell them apart in grey too.
_LOOK = {
    "known": ("#0072B2", "", "white"),
    "half": ("#74BCE8", "//", INK),
    "wrong": ("#E69F00", "xx", INK),
    "open": ("#EFEFEF", "", INK),
}


@house_style
def plot_known(topics: Mapping[str, Mapping[str, int]], ax: Axes, *, lang: str = "en") -> Axes:
    """Draw how many questions of each topic are known, half known, wrong, and not yet answered.

    Parameters
    ----------
    topics : mapping of str to mapping of str to int
        Topic to the number of questions that are ``known``, ``half``, ``wrong`` and ``open``.
    ax : Axes
    lang : {"en", "zh"}

    Returns
    -------
    Axes

    Examples
    --------
    >>> from crmsim.plots.style import new_figure
    >>> counts = {"clv": {"known": 3, "half": 1, "wrong": 0, "open": 6}}
    >>> [text.get_text() for text in plot_known(counts, new_figure(5, 2)[1]).texts]
    ['3', '1', '6']
    """
    names = list(topics)
    left = [0] * len(names)
    most = max((sum(counts.values()) for counts in topics.values()), default=1)
    for grade, (colour, hatch, ink) in _LOOK.items():
        numbers = [topics[name][grade] for name in names]
        ax.barh(
            range(len(names)), numbers, left=left, color=colour, hatch=hatch, edgecolor="white",
            linewidth=0.8, label=say(f"standing.{grade}", lang),
        )  # fmt: skip
        for place, number in enumerate(numbers):
            if number >= 0.03 * most and number:  # a smaller one has no room
                box = {"facecolor": colour, "edgecolor": "none", "pad": 1.2}
                ax.text(
                    left[place] + number / 2, place, str(number),
                    ha="center", va="center", color=ink, fontsize=8.5, bbox=box,
                )  # fmt: skip
        left = [start + number for start, number in zip(left, numbers, strict=True)]
    ax.set_yticks(range(len(names)), [say(f"quiz.topic.{name}", lang) for name in names])
    ax.invert_yaxis()
    ax.set_xlabel(say("standing.questions", lang))
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_title(say("standing.by_topic", lang), loc="left", fontsize=10, pad=26)
    ax.legend(
        loc="lower left", bbox_to_anchor=(0, 1.0), ncols=4, frameon=False, borderaxespad=0.2, fontsize=8.5,
        columnspacing=1.2, handlelength=1.6,
    )  # fmt: skip
    tidy(ax, None)
    return ax


@house_style
def plot_due(due: Sequence[int], ax: Axes, *, lang: str = "en") -> Axes:
    """Draw how many questions come again today and on each of the next days.

    Parameters
    ----------
    due : sequence of int
        Today's first.
    ax : Axes
    lang : {"en", "zh"}

    Returns
    -------
    Axes

    Examples
    --------
    >>> from crmsim.plots.style import new_figure
    >>> [int(bar.get_height()) for bar in plot_due([4, 0, 1], new_figure(4, 2)[1]).patches]
    [4, 0, 1]
    """
    bars = ax.bar(range(len(due)), due, color="#0072B2", width=0.7)
    ax.bar_label(bars, fontsize=8.5, padding=2)
    days = [say("standing.today", lang), *(f"+{day}" for day in range(1, len(due)))]
    ax.set_xticks(range(len(due)), days)
    ax.set_ylim(0, max([*due, 1]) * 1.15)
    ax.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=4))
    ax.set_xlabel(say("standing.days", lang))
    ax.set_ylabel(say("standing.questions", lang))
    ax.set_title(say("standing.due", lang), loc="left", fontsize=10)
    tidy(ax)
    return ax


def progress_figure(
    topics: Mapping[str, Mapping[str, int]], due: Sequence[int], *, lang: str = "en"
) -> Figure:
    """Return both pictures on one figure, as wide as a page."""
    height = 1.3 + 0.36 * max(len(topics), 3)
    figure, axes = new_figure(9.2, height, columns=2, width_ratios=[1.9, 1])
    plot_known(topics, axes[0], lang=lang)
    plot_due(due, axes[1], lang=lang)
    return figure
