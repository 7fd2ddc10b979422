"""Pictures of flows: what is drawn is as large as what it stands for."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PathCollection, PolyCollection

from crmsim import find_strategy, preset, simulate
from crmsim.metrics.stage_flow import cohort_flow
from crmsim.metrics.tier_flow import TIERS
from crmsim.plots.flows import (
    plot_input_output,
    plot_river,
    plot_stage_balance,
    plot_tier_moves,
    plot_tier_river,
)
from crmsim.plots.style import new_figure, to_png
from crmsim.schemes import STAGE_SCHEMES


@pytest.fixture(scope="module")
def flow():
    scenario = preset("retail").with_values(customers=80, horizon_days=1095)
    return cohort_flow(simulate(scenario, find_strategy("win_back_all"), seed=1), 24)


@pytest.fixture
def ax():
    return new_figure(5, 4)[1]


@pytest.mark.parametrize("scheme", STAGE_SCHEMES)
def test_the_bands_of_the_river_are_as_high_as_the_stages_are_full(flow, ax, scheme):
    plot_river(flow, scheme, ax)
    bands = [c for c in ax.collections if isinstance(c, PolyCollection)]
    assert len(bands) == len(set(STAGE_SCHEMES[scheme].values()))
    tops = [band.get_paths()[0].vertices[:, 1].max() for band in bands]
    assert tops[-1] == pytest.approx(1.0)
    lowest = bands[0].get_paths()[0].vertices[:, 1].max()
    assert lowest == pytest.approx(flow.stages["stability"].max() / flow.customers)


def test_lines_are_the_money_and_break_even_is_marked(flow, ax):
    plot_input_output(flow, ax, currency="CU")
    staying, output, spent = (line.get_ydata() for line in ax.lines[:3])
    assert output == pytest.approx(flow.money["output"]) and spent == pytest.approx(flow.money["input"])
    assert staying == pytest.approx(flow.money["output"] / flow.staying)
    words = [text.get_text() for text in ax.texts]
    assert f"break-even in month {flow.break_even:.0f}" in words
    assert any(text.startswith("month 1: ") for text in words), "the cost of winning goes beyond the axis"


@pytest.mark.parametrize("scheme", STAGE_SCHEMES)
def test_bars_add_up_to_all_money_and_rates_leave_out_the_cost_of_winning(flow, ax, scheme):
    plot_stage_balance(flow, scheme, ax, currency="CU")
    widths = [bar.get_width() for bar in ax.patches]
    assert sum(w for w in widths if w > 0) == pytest.approx(flow.by_stage["output"].sum())
    assert -sum(w for w in widths if w < 0) == pytest.approx(flow.by_stage["input"].sum())
    words = [text.get_text() for text in ax.texts]
    assert sum("winning" in text for text in words) == 1
    assert sum("asking back" in text for text in words) == (1 if scheme in ("six_stage", "five_stage") else 0)
    stable = flow.by_stage.loc["stability"]
    assert any(f"net {stable['net'] / stable['months']:.1f} a month" in text for text in words)


TABLE = pd.DataFrame(
    {
        360: pd.Categorical(["vip", "small", "small", "small", None], list(TIERS)),
        720: pd.Categorical(["vip", "vip", "small", None, "vip"], list(TIERS)),
    }
)


def test_a_band_is_as_wide_as_it_has_customers_and_newcomers_are_not_in_it(ax):
    plot_tier_river(TABLE, ax)
    (blocks,) = [c for c in ax.collections if isinstance(c, PolyCollection)]
    heights = [np.ptp(path.vertices[:, 1]) for path in blocks.get_paths()]
    assert sorted(height for height in heights if height) == pytest.approx([1, 1, 1, 2, 3])
    (bands,) = [c for c in ax.collections if isinstance(c, PathCollection)]
    assert len(bands.get_paths()) == 4  # vip-vip, small-vip, small-small, small-lost
    for path in bands.get_paths():
        ends = path.vertices[[0, 7], 1], path.vertices[[3, 4], 1]
        assert [one[0] - one[1] for one in ends] == pytest.approx([1, 1])
    words = {text.get_text() for text in ax.texts}
    assert {"VIP 1", "small 3", "VIP 2", "small 1", "lost 1"} == words


def test_names_of_thin_blocks_do_not_lie_on_one_another(ax):
    many = pd.DataFrame(
        {
            0: pd.Categorical([*TIERS, *["small"] * 96], list(TIERS)),
            1: pd.Categorical([*TIERS, *[None] * 96], list(TIERS)),
        }
    )
    plot_tier_river(many, ax)
    to_png(ax.figure)
    boxes = sorted(
        (text.get_window_extent() for text in ax.texts if text.get_ha() == "left"), key=lambda box: box.y0
    )
    assert len(boxes) == 5
    assert all(low.y1 <= high.y0 + 3 for low, high in pairwise(boxes))


def test_each_row_of_moves_adds_up_and_says_how_many_they_are(ax):
    table = pd.DataFrame(0, index=[*TIERS, "none"], columns=[*TIERS, "none"])
    table.loc["vip"] = [600, 200, 0, 0, 200]
    plot_tier_moves(table, ax)
    assert ax.get_yticklabels()[0].get_text() == "VIP (1,000)"
    written = [text.get_text() for text in ax.texts]
    assert written == ["60%", "20%", "20%"], "nobody has no share, tiers without customers have no shares"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_all_signs_are_there(flow, lang, recwarn):
    figure, axes = new_figure(9, 9, rows=3, columns=2)
    plot_river(flow, "six_stage", axes[0, 0], lang=lang)
    plot_input_output(flow, axes[0, 1], currency="CU", lang=lang)
    plot_stage_balance(flow, "six_stage", axes[1, 0], currency="CU", lang=lang)
    plot_tier_river(TABLE, axes[1, 1], lang=lang)
    to_png(figure)
    assert [str(w.message) for w in recwarn if "Glyph" in str(w.message)] == []
