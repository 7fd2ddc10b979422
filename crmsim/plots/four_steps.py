"""A picture of the four-step decision on retention: who left why, what went with them, and does it pay?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from crmsim.plots.style import GAP_COLOURS, INK, TRUTH, house_style, money_axis, tidy
from crmsim.plots.value import period_name
from crmsim.text import listed, say
from crmsim.text.catalogue import catalogue
from crmsim.value.rates import DAYS_IN
from crmsim.value.retention_decision import RetentionDecision

__all__ = ["plot_retention_decision"]

_PREVENTABLE, _OTHER = "#0072B2", "#BDBDBD"


@house_style
def plot_retention_decision(
    decision: RetentionDecision, ax: Axes, *, names: Mapping[str, str] | None = None, lang: str = "en"
) -> Axes:
    """Draw the four steps: retention (title), causes and what went with them (bars), cost against gain.

    Parameters
    ----------
    decision : RetentionDecision
    ax : Axes
    names : mapping of str to str, optional
        Words for causes and for the periods of retention, where they are not to be shown as they are.
    lang : {"en", "zh"}

    Returns
    -------
    Axes
        A bar for each cause by which somebody was lost, the dearest on top; below them what could have
        been kept, what the measure brings back, and what it costs.
    """
    words = dict(names or {})
    lost = decision.lost[decision.lost["lost"] > 0].sort_values("profit", ascending=False, kind="stable")
    shares = decision.causes.reindex(lost.index)
    rows = [
        (
            say("plot.four_steps.cause", lang, name=_cause(cause, words, lang), share=f"{shares[cause]:.0%}"),
            row["profit"],
            _PREVENTABLE if row["preventable"] else _OTHER,
        )
        for cause, row in lost.iterrows()
    ]
    rows += [
        (say("plot.four_steps.preventable", lang), decision.preventable_loss, _PREVENTABLE),
        (say("plot.four_steps.regained", lang), decision.regained, TRUTH),
        (say("plot.four_steps.cost", lang), decision.cost, GAP_COLOURS["short"]),
    ]
    # A gap between what happened and what to do about it.
    places = np.arange(len(rows)) + np.where(np.arange(len(rows)) < len(lost), 0.0, 0.6)
    amounts = np.array([amount for _, amount, _ in rows], dtype=float)
    ax.barh(places, amounts, 0.7, color=[colour for _, _, colour in rows])
    for place, amount in zip(places, amounts, strict=True):
        ax.annotate(
            f"{amount:,.0f}".replace("-", "\N{MINUS SIGN}"),
            (max(amount, 0.0), place),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            color=INK,
        )
    ax.axvline(0.0, color=INK, linewidth=1.0)
    ax.set_yticks(places, [name for name, _, _ in rows])
    ax.invert_yaxis()
    ax.margins(x=0.14)
    tidy(ax, grid="x")
    money_axis(ax, "x")
    ax.set_xlabel(_terms(decision, lang))
    kept = [
        say("plot.four_steps.kept", lang, period=_span(name, words, lang), share=f"{share:.0%}")
        for name, share in decision.retention.items()
    ]
    gain = f"{abs(decision.regained - decision.cost):,.0f} {decision.currency}"
    verdict = (
        say("plot.four_steps.pays", lang, gain=gain)
        if decision.pays
        else say("plot.four_steps.does_not_pay", lang, gain=gain)
    )
    ax.set_title(f"{listed(kept, lang)}\n{verdict}", loc="left", fontsize=10, color=INK)
    handles = [
        Patch(color=_PREVENTABLE, label=say("plot.four_steps.could", lang)),
        Patch(color=_OTHER, label=say("plot.four_steps.could_not", lang)),
    ]
    ax.legend(handles=handles, frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return ax


def _cause(name: str, words: Mapping[str, str], lang: str) -> str:
    key = f"cause.{name}"
    return words.get(name) or (say(key, lang) if key in catalogue() else name)


def _span(name: str, words: Mapping[str, str], lang: str) -> str:
    """Name what a retention rate is of: a period, the first year and the later ones, or as it is called."""
    if name in words:
        return words[name]
    if name in ("first_year", "later_years"):
        first = name == "first_year"
        return say("plot.four_steps.first_year", lang) if first else say("plot.four_steps.later_years", lang)
    return say("plot.four_steps.per", lang, period=period_name(name, lang)) if name in DAYS_IN else name


def _terms(decision: RetentionDecision, lang: str) -> str:
    rate = f"{100 * float(decision.discount.value):.4g}%"
    words = {
        "currency": decision.currency,
        "rate": rate,
        "period": period_name(decision.discount.per, lang),
    }
    if np.isinf(decision.horizon):
        return say("plot.four_steps.terms_endless", lang, **words)
    span = period_name(f"{decision.horizon:g} {decision.per}s", lang)
    return say("plot.four_steps.terms", lang, **words, span=span)
