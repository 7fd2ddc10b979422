"""Colours are told apart by every kind of eye, and words stand out from what is behind them."""

from __future__ import annotations

import re
from itertools import combinations

import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgb
from matplotlib.text import Text

from crmsim import pages
from crmsim.dashboards import look
from crmsim.dashboards.river_state import RiverState
from crmsim.dashboards.tier_flow_picture import flow_figure
from crmsim.dashboards.tier_flow_state import TierFlowState
from crmsim.plots import style
from crmsim.plots.style import contrast, readable
from crmsim.teaching import classroom

#: What is left of linear red, green and blue: Machado, Oliveira and Fernandes (2009), severity 1.
EYES = {
    "all three cones": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
#: From linear red, green, blue to CIE XYZ (sRGB, D65), and its white.
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
VALUE = [name for name in style.COMPONENT_COLOURS if name.startswith("clv")]
#: Colours that stand side by side in one picture. Value stands above the line and cost below it.
FAMILIES = {
    "strategies": style.STRATEGY_COLOURS,
    "stages": tuple(style.STAGE_COLOURS.values()),
    "tiers": tuple(style.TIER_COLOURS.values()),
    "types": style.TYPE_COLOURS,
    "responses": tuple(style.RESPONSE_COLOURS.values()),
    "gaps": tuple(style.GAP_COLOURS.values()),
    "value": tuple(style.COMPONENT_COLOURS[name] for name in VALUE),
    "costs": tuple(colour for name, colour in style.COMPONENT_COLOURS.items() if name not in VALUE),
    "fact and model": (style.ACTUAL, style.FITTED),
    "truth and what is seen": (style.TRUTH, style.SEEN),
}
#: CIE 1976 difference; 2.3 is just noticed side by side, and a legend is further away.
APART = 9.0
SHEETS = {"panels": look.STYLE, "reports": pages._STYLE, "app": classroom._LOOK}


def lab(colour: str, eye: np.ndarray) -> np.ndarray:
    """Return CIE L*a*b* of a colour as an eye sees it."""
    parts = np.array(to_rgb(colour))
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    xyz = XYZ @ np.clip(eye @ linear, 0.0, 1.0) / (XYZ @ np.ones(3))
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def confused(colours: tuple[str, ...], eye: np.ndarray) -> list[tuple[str, str]]:
    seen = {colour: lab(colour, eye) for colour in colours}
    return [(a, b) for a, b in combinations(colours, 2) if np.linalg.norm(seen[a] - seen[b]) < APART]


def test_the_measure_finds_red_and_green_confused_by_those_who_confuse_them():
    pair = ("#D62728", "#8C6D1F")
    assert confused(pair, EYES["all three cones"]) == []
    assert confused(("#A05A2C", "#6B7A2C"), EYES["deuteranopia"]) == [("#A05A2C", "#6B7A2C")]
    assert np.allclose(lab("#FFFFFF", EYES["all three cones"]), [100, 0, 0], atol=0.1)


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("family", FAMILIES)
def test_colours_of_one_picture_are_told_apart(family, eye):
    assert confused(FAMILIES[family], EYES[eye]) == []


def test_contrast_is_that_of_wcag():
    assert contrast("#777777") == pytest.approx(4.48, abs=0.01)  # the grey that just fails
    assert contrast("#000000", "#FFFFFF") == 21.0
    assert contrast("red", "blue") == contrast("blue", "red")


@pytest.mark.parametrize("colour", style.STRATEGY_COLOURS)
def test_a_colour_for_words_is_readable_and_no_darker_than_it_must_be(colour):
    words = readable(colour)
    assert contrast(words) >= 4.5
    assert words == colour.lower() or contrast(words) < 4.8


@pytest.mark.parametrize("sheet", SHEETS)
def test_words_of_pages_stand_out(sheet):
    colours = re.findall(r"(?<![-\w])color: ?(#[0-9a-fA-F]{3,6})", SHEETS[sheet])
    grounds = ["white", *re.findall(r"background: ?(#[0-9a-fA-F]{3,6})", SHEETS[sheet])]
    assert colours
    assert [colour for colour in colours if contrast(colour) < 4.5] == []
    assert all(contrast("#222", ground) > 7 for ground in grounds)


@pytest.mark.parametrize("sheet", ["panels", "app"])
def test_what_has_the_keyboard_is_seen(sheet):
    outlines = re.findall(r"outline: 3px solid (#\w+)", SHEETS[sheet])
    assert outlines and min(map(contrast, outlines)) >= 3.0


PICTURES = {
    "river": lambda: RiverState(customers=100, years=2).run().figure,
    "tier flow": lambda: flow_figure(TierFlowState(customers=100, years=3, replications=2).run()),
}


@pytest.mark.parametrize("name", PICTURES)
def test_words_of_pictures_stand_out(name):
    texts = [
        text for text in PICTURES[name]().findobj(Text) if text.get_visible() and text.get_text().strip()
    ]
    # White ones stand in dark fields.
    colours = {text.get_text(): to_hex(text.get_color()) for text in texts}
    on_white = {text: colour for text, colour in colours.items() if colour != "#ffffff"}
    assert len(on_white) > 10
    assert {text: colour for text, colour in on_white.items() if contrast(colour) < 4.5} == {}
