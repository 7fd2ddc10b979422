"""The strategy lab's picture, cards and sentences: a result in, a figure or HTML out."""

from __future__ import annotations

import html
from collections.abc import Hashable

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crmsim.dashboards.comparison_picture import card_html, held_still, moving_parts
from crmsim.dashboards.kept_figures import KeptFigures
from crmsim.dashboards.strategy_lab_state import StrategyLabResult
from crmsim.pages import amount
from crmsim.plots.comparison import difference_unit, draw_tier_outcomes, plot_differences, plot_tier_outcomes
from crmsim.plots.limits import round_limits
from crmsim.plots.style import empty_figure, house_style, strategy_label
from crmsim.text import say

__all__ = ["LAB_SIZE", "lab_cards", "lab_figure", "lab_in_words", "lab_pictures", "lab_sentences"]

#: Width and height of the picture, in pixels at 100 dots per inch.
LAB_SIZE = (980, 520)
#: What the three verdicts are about: value, satisfaction, tiers.
TOGETHER = ("clv", "satisfied", "promoted")
#: Left and lower edge, width and height of the parts, in pixels from the upper left corner.
_PLACES = (
    (30, 150, 285, 64), (350, 150, 285, 64), (670, 150, 285, 64), (92, 472, 390, 214), (570, 472, 390, 214),
)  # fmt: skip


@house_style
def lab_figure(result: StrategyLabResult) -> Figure:
    """Return the picture: what the strategy built changes, and value and satisfaction by tier.

    Examples
    --------
    >>> from crmsim.dashboards.strategy_lab_state import StrategyLabState
    >>> len(lab_figure(StrategyLabState(customers=100, years=2, replications=2).run()).axes)
    5
    """
    figure = _tier_figure(result)
    _draw_differences(result, figure)
    return figure


def lab_pictures() -> KeptFigures:
    """Return what draws the lab's pictures, of which the tiers' axes and words are kept.

    Examples
    --------
    >>> from crmsim.dashboards.strategy_lab_state import StrategyLabState
    >>> from crmsim.plots.style import to_png
    >>> result = StrategyLabState(customers=100, years=2, replications=2).run()
    >>> lab_pictures().png(result) == to_png(lab_figure(result))
    True
    """
    return KeptFigures(_still_parts, _moved, _frame)


def _frame(result: StrategyLabResult) -> Hashable:
    """Return everything that the still parts of the picture depend on."""
    state, limits = result.state, round_limits(_tiers(result)["clv"].to_numpy())
    return state.lang, state.dpi, result.compared.currency, state.left, state.right, limits


def _still_parts(result: StrategyLabResult) -> Figure:
    return held_still(_tier_figure(result))


def _moved(figure: Figure, result: StrategyLabResult) -> list[Artist]:
    tiers = list(figure.axes)
    draw_tier_outcomes(_tiers(result), tiers, lang=result.state.lang)
    still = moving_parts(tiers)
    return [*_draw_differences(result, figure), *still]


def _tier_figure(result: StrategyLabResult) -> Figure:
    """Return the lower half: value and satisfaction by tier, and the names of the strategies."""
    compared, lang = result.compared, result.state.lang
    width, height = LAB_SIZE
    figure = empty_figure(width / 100, height / 100)
    # To find out how much room words need takes longer than to draw them, so it is given.
    figure.set_layout_engine("none")
    axes = [_placed(figure, place) for place in _PLACES[3:]]
    plot_tier_outcomes(_tiers(result), axes, currency=compared.currency, lang=lang, legend=False)
    axes[0].set_ylim(*round_limits(_tiers(result)["clv"].to_numpy()))
    for ax, title in zip(axes, ("tier_value", "tier_satisfaction"), strict=True):
        ax.set_title(say(f"panel.title.{title}", lang), loc="left", fontsize=11)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="upper center", ncols=2, frameon=False, fontsize=10.5)
    return figure


def _placed(figure: Figure, place: tuple[int, int, int, int]) -> Axes:
    (x, y, w, h), (width, height) = place, LAB_SIZE
    return figure.add_axes((x / width, 1 - y / height, w / width, h / height))


def _draw_differences(result: StrategyLabResult, figure: Figure) -> list[Axes]:
    """Add the paired differences in value, satisfaction and promotions, each on an axes of its own."""
    compared, lang = result.compared, result.state.lang
    rows = compared.table.rename_axis("outcome").reset_index().assign(strategy=result.state.right)
    key = "panel.strategy_lab.difference" if compared.pairs > 1 else "panel.strategy_lab.difference_one"
    axes = [_placed(figure, place) for place in _PLACES[:3]]
    for outcome, ax in zip(TOGETHER, axes, strict=True):
        plot_differences(rows, outcome, ax, currency=compared.currency, lang=lang)
        unit = difference_unit(outcome, compared.currency, lang)[1]
        ax.set_xlabel(say(key, lang, unit=unit, n=compared.pairs))
        ax.set_yticks([])
    return axes


def _tiers(result: StrategyLabResult) -> pd.DataFrame:
    """Return the outcomes by tier of the two strategies that are shown."""
    table = result.compared.tiers
    return table[table["strategy"].isin([result.state.left, result.state.right])]


def lab_in_words(result: StrategyLabResult) -> str:
    """Return the picture's message in sentences, for who cannot see it."""
    return " ".join(lab_sentences(result))


def lab_sentences(result: StrategyLabResult) -> list[str]:
    """Return the verdict on all three together, what the strategy costs, and whether its budget was felt."""
    lang, compared = result.state.lang, result.compared
    names = {"mine": result.state.right, "rival": strategy_label(result.state.left, lang)}
    if compared.pairs < 2:
        return [say("panel.strategy_lab.first_pair", lang), _cost(result)]
    parts = [
        say(
            "panel.strategy_lab.part",
            lang,
            outcome=say(f"outcome.{outcome}", lang),
            verdict=say(f"panel.verdict.{compared.table.loc[outcome, 'verdict']}", lang),
        )
        for outcome in TOGETHER
    ]
    joined = say("panel.strategy_lab.joined", lang, first=parts[0], second=parts[1], third=parts[2], **names)
    return [joined, say(f"panel.strategy_lab.judged.{together(result)}", lang), _cost(result)]


def together(result: StrategyLabResult) -> str:
    """Return the judgement of the three verdicts: ``better``, ``worse``, ``mixed`` or ``open``.

    More value, more satisfied customers and more promotions count as better, what is not decided as nothing.
    """
    verdicts = {result.compared.table.loc[outcome, "verdict"] for outcome in TOGETHER}
    up, down = "higher" in verdicts, "lower" in verdicts
    return "mixed" if up and down else "better" if up else "worse" if down else "open"


def _cost(result: StrategyLabResult) -> str:
    lang, spending, currency = result.state.lang, result.spending, result.compared.currency
    customers, years = result.state.customers, result.state.years
    cost = say(
        "panel.strategy_lab.spent",
        lang,
        cost=amount(spending.cost.mean, "currency", currency),
        customers=f"{customers:,}",
        each=amount(spending.cost.mean * years / customers, "currency", currency),
        years=years,
    )
    more = spending.unspent
    if more is None:
        budget = say("panel.strategy_lab.no_budget", lang)
    else:
        budget = say(
            f"panel.strategy_lab.binds.{spending.binds}",
            lang,
            budget=amount(float(result.state.budget or 0), "currency", currency),
            more=amount(more.mean, "currency", currency),
            low=amount(more.low, "currency", currency),
            high=amount(more.high, "currency", currency),
        )
    hidden = any(rule.do.name in ("price", "reduce_service") for rule in result.built.rules)
    return " ".join([cost, budget, *([say("panel.strategy_lab.hidden_cost", lang)] if hidden else [])])


def lab_cards(result: StrategyLabResult) -> dict[str, str]:
    """Return the cards of both strategies; that of the one built shows it as its file would."""
    lines = html.escape(result.built.to_yaml().split("rules:", 1)[1].strip("\n"))
    text = f'<pre class="crmsim-file">{lines}</pre>'
    return {
        "left_card": card_html(result.compared, "left"),
        "right_card": card_html(result.compared, "right", text),
    }
