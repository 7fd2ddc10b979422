"""Screens whose scales and words stay: what is shown is the picture that is drawn anew, to the last pixel."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest
from matplotlib.axes import Axes

from crmsim.dashboards import (
    desk_picture,
    loyalty_picture,
    river_picture,
    satisfaction_picture,
    tier_flow_picture,
)
from crmsim.dashboards.desk_state import DeskState
from crmsim.dashboards.kept_figures import KeptFigures, kept_axes
from crmsim.dashboards.loyalty_state import LoyaltyState
from crmsim.dashboards.river_state import RiverState
from crmsim.dashboards.satisfaction_state import SatisfactionState
from crmsim.dashboards.tier_flow_state import TierFlowState
from crmsim.dashboards.tiles import KeptTiles, tile
from crmsim.plots.style import house_style, new_figure, tidy, to_png

#: By screen: its pictures, the whole figure, a small state, steps of sliders, and changes of still parts.
SCREENS = {
    "river": (
        river_picture, river_picture.river_figure, RiverState(customers=100, years=2),
        [{"customers": 200}, {"seed": 2}, {"preset": "b2b", "strategy": "price_cut"}],
        [{"years": 1}, {"scheme": "four_stage"}],
    ),
    "tier_flow": (
        tier_flow_picture, tier_flow_picture.flow_figure,
        TierFlowState(customers=100, years=3, replications=2),
        [{"customers": 200}, {"seed": 2}, {"replications": 3}],
        [{"years": 2}, {"left": "price_cut"}, {"right": "do_nothing"}],
    ),
    "desk": (
        desk_picture, desk_picture.desk_figure,
        DeskState(customers=300, hours=40.0, years=2, replications=2),
        [{"questions": 1.1}, {"seed": 2}, {"problems": 0.0}],
        [{"years": 3}, {"agents": 12, "hours": 1.0}],
    ),
    "loyalty": (
        loyalty_picture, loyalty_picture.loyalty_figure, LoyaltyState(customers=100, replications=2),
        [{"days": 60}, {"barriers": 50}, {"seed": 2}, {"replications": 3}],
        [{"scheme": "ladder"}, {"preset": "telecom", "height": "barrier"}, {"height": "trust"}],
    ),
    "satisfaction": (
        satisfaction_picture, satisfaction_picture.satisfaction_figure,
        SatisfactionState(customers=100, replications=2),
        [{"quality": 0.3}, {"withdrawn": True}, {"seed": 2}, {"expectations": 0}],
        [{"form": "difference"}, {"preset": "b2b"}],
    ),
}  # fmt: skip


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("screen", SCREENS)
def test_a_picture_with_kept_parts_is_the_picture_drawn_anew(screen, lang, monkeypatch):
    module, figure, state, steps, changes = SCREENS[screen]
    state = replace(state, lang=lang)
    if lang == "zh":  # the words are others, the mechanism is the same
        steps, changes = steps[:1], changes[:1]
    stills = _counted(monkeypatch)
    pictures, drawn = module.kept_pictures(), set()
    for change in ({}, *steps, *changes, {}, {"text_size": "projector"}):
        result = replace(state, **change).run()
        shown = pictures.png(result)
        assert shown == to_png(figure(result), result.state.dpi), change
        drawn.add(shown)
        if change in steps:
            assert len(stills) == 1, f"{change} has drawn the still parts anew"
    assert len(drawn) == 2 + len(steps) + len(changes)


def test_what_is_drawn_again_and_again_does_not_pile_up():
    module, _, state, _, _ = SCREENS["desk"]
    pictures, result = module.kept_pictures(), state.run()
    sizes = set()
    for _ in range(3):
        pictures.png(result)
        (still,) = pictures._kept.values()
        sizes.add(tuple(len(ax.get_children()) + len(ax.containers) for ax in still.figure.axes))
    assert len(sizes) == 1


def test_what_moves_and_is_not_named_would_be_seen_by_these_tests():
    """A scale that moves has to be said to; here it is not, so the kept picture has the old one."""

    def fill(figure, result):
        figure.axes[0].plot([0, 1], [0, result.height], color="k")
        figure.axes[0].set(xlim=(0, 1), ylim=(0, result.height))

    @house_style
    def whole(result):
        figure, ax = new_figure(2, 2)
        figure.set_layout_engine("none")
        tidy(ax)
        fill(figure, result)
        return figure

    results = [SimpleNamespace(state=SimpleNamespace(dpi=50), height=height) for height in (1.0, 70.0)]
    kept = kept_axes(whole, fill, lambda _: "always")
    assert kept.png(results[0]) == to_png(whole(results[0]), 50)
    assert kept.png(results[1]) != to_png(whole(results[1]), 50)


def _result(height: float, lang: str = "en") -> SimpleNamespace:
    return SimpleNamespace(state=SimpleNamespace(dpi=50, lang=lang), height=height)


def _draw_height(result: SimpleNamespace, ax: Axes) -> None:
    """Draw two lines; where the height is not known, fail between them."""
    ax.plot([0, 1], [0.9, 0.1] if result.height == "unknown" else [0.5, 0.5], color="black")
    ax.plot([0, 1], [0, float(result.height)], color="black")
    ax.set(xlim=(0, 1), ylim=(0, 1))


def _of_axes():
    def fill(figure, result):
        _draw_height(result, figure.axes[0])

    @house_style
    def whole(result):
        figure, _ = new_figure(2, 2)
        fill(figure, result)
        return figure

    return kept_axes(whole, fill, lambda _: "always")


def test_what_was_drawn_before_something_went_wrong_is_not_in_the_next_picture():
    """The first line of a picture that could not be drawn to its end would be taken for one of the next."""
    pictures = _of_axes()
    pictures.png(_result(0.2))
    with pytest.raises(ValueError, match="could not convert"):
        pictures.png(_result("unknown"))
    assert pictures.png(_result(0.9)) == _of_axes().png(_result(0.9))


def test_tiles_that_nothing_changes_are_not_drawn_again(monkeypatch):
    stills = _counted(monkeypatch)
    parts = [
        tile((200, 200), (30, 170, 150, 130), depends_on, lambda _: "", _draw_height)
        for depends_on in (lambda _: 1, lambda result: result.height)
    ]
    pictures = KeptTiles([parts])
    for height, drawn in ((0.2, 2), (0.9, 3), (0.2, 3), (0.4, 4)):
        pictures.png(_result(height))
        assert len(stills) == drawn
    pictures.png(_result(0.4, lang="zh"))
    assert len(stills) == 6, "the words are others on all of them"


def _counted(monkeypatch) -> list:
    drawn, stills = KeptFigures._drawn, []

    def count(*given):
        stills.append(given)
        return drawn(*given)

    monkeypatch.setattr(KeptFigures, "_drawn", count)
    return stills
