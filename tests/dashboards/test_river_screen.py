"""The screen of the lifecycle river: the state without widgets, then the panel without a browser."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from crmsim import find_strategy, preset, simulate
from crmsim.dashboards.river_panel import RiverPanel
from crmsim.dashboards.river_state import RiverState
from crmsim.errors import InputError
from crmsim.metrics.stage_flow import cohort_flow
from crmsim.plots.style import to_png
from crmsim.schemes import STAGE_SCHEMES
from crmsim.text import LANGUAGES

SMALL = RiverState(customers=100, years=2)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("scheme", STAGE_SCHEMES)
def test_words_of_every_scheme_have_room_in_the_picture(scheme, lang):
    figure = RiverState(scheme=scheme, lang=lang).run().figure
    draw = FigureCanvasAgg(figure).get_renderer()
    river, _, balance = figure.axes
    for name in river.texts:
        assert river.bbox.x0 <= name.get_window_extent(draw).x0, name.get_text()
        assert name.get_window_extent(draw).x1 <= river.bbox.x1, name.get_text()
    for one, other in combinations(balance.texts, 2):
        together = one.get_window_extent(draw).overlaps(other.get_window_extent(draw))
        assert not together or not (one.get_text() and other.get_text()), (one.get_text(), other.get_text())


def test_the_river_is_that_of_a_run_long_enough_for_all_initial_customers():
    run = simulate(
        preset("retail").with_values(customers=100, horizon_days=2 * 365 + 365),
        find_strategy("do_nothing"),
        seed=1,
    )
    expected, shown = cohort_flow(run, 24), SMALL.run().flow
    assert shown.customers == expected.customers >= 100
    assert shown.stages.equals(expected.stages) and shown.money.equals(expected.money)


def test_every_choice_but_the_words_changes_the_river():
    flows = {SMALL: SMALL.run().flow}
    for change in (
        {"preset": "telecom"},
        {"strategy": "stage_matched"},
        {"customers": 200},
        {"years": 3},
        {"seed": 2},
    ):
        state = replace(SMALL, **change)
        flows[state] = state.run().flow
        assert not flows[state].money.equals(flows[SMALL].money), change
    assert replace(SMALL, scheme="four_stage", lang="zh").run().flow is flows[SMALL]


def test_the_engine_changes_no_river():
    assert replace(SMALL, engine="simpy").run().flow.money.equals(SMALL.run().flow.money)


def test_the_sentence_says_what_the_picture_shows():
    result = SMALL.run()
    flow = result.flow
    words = result.in_words
    assert f"{flow.customers} customers" in words and "do nothing" in words
    assert f"after 2 years {round(100 * flow.stages['ended'].iloc[-1] / flow.customers)} %" in words
    assert f"even in month {flow.break_even:.0f}" in words
    # Winning a contract costs more than its first year brings.
    never = RiverState(preset="telecom", customers=100, years=1).run()
    assert never.flow.break_even == float("inf") and "not earned back" in never.in_words


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"scheme": "ladder"}, "scheme: must be one of six_stage"),
        ({"strategy": "magic"}, "strategy: must be one of"),
        ({"customers": 99}, "customers: must be from 100"),
        ({"years": 0}, "years: must be from 1"),
        ({"engine": "diesel"}, "engine: must be one of"),
    ],
)
def test_choices_that_cannot_be_are_refused(change, message):
    with pytest.raises(InputError, match=message):
        replace(SMALL, **change)


@pytest.fixture
def panel():
    return RiverPanel(SMALL)


def test_the_panel_shows_the_picture_of_its_state_and_says_that_it_is_one_run(panel):
    assert bytes(panel.image.value) == to_png(SMALL.run().figure)
    assert "One run" in panel.note.value and panel.image.tooltip == SMALL.run().in_words


@pytest.mark.parametrize(
    ("name", "value"),
    [("customers", 200), ("years", 3), ("strategy", "price_cut"), ("scheme", "three_stage"), ("seed", 7)],
)
def test_the_picture_follows_each_control(panel, name, value):
    before = bytes(panel.image.value)
    panel.controls[name].value = value
    assert bytes(panel.image.value) != before and panel.up_to_date
    assert "crmsim-stale" not in panel.image._dom_classes


def test_in_chinese_words_and_picture_are_chinese_and_the_river_is_the_same(panel):
    flow, before = panel.result.flow, bytes(panel.image.value)
    panel.controls["lang"].value = "zh"
    assert panel.controls["scheme"].description == "阶段划分" and "一次运行" in panel.note.value
    assert panel.result.flow is flow and bytes(panel.image.value) != before
    assert "自首次购买起" in panel.image.tooltip


def test_a_failure_is_a_sentence_and_the_old_picture_fades(panel, monkeypatch):
    monkeypatch.setattr("crmsim.dashboards.river_state.simulate", lambda *_, **__: 1 / 0)
    panel.controls["seed"].value = 99
    assert "Something is wrong inside crmsim" in panel.error.value
    assert "crmsim-stale" in panel.image._dom_classes and not panel.up_to_date
