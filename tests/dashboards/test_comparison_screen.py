"""The screen of two strategies: the state without widgets, then the panel without a browser."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace

import numpy as np
import pytest

from crmsim import find_strategy, outcomes, simulate
from crmsim.comparison import paired_interval
from crmsim.dashboards import comparison_state, kept_figures, paired_runs
from crmsim.dashboards.comparison_panel import ComparisonPanel
from crmsim.dashboards.comparison_picture import (
    PICTURE_SIZE,
    comparison_figure,
    kept_pictures,
    picture_frame,
    table_html,
)
from crmsim.dashboards.comparison_state import ComparisonResult, ComparisonState
from crmsim.dashboards.kept_figures import KeptFigures
from crmsim.errors import InputError
from crmsim.plots.limits import round_limits
from crmsim.plots.style import to_png

SMALL = ComparisonState(customers=100, years=2, replications=2)


# -- the state -------------------------------------------------------------------------------------


def test_the_table_is_the_paired_comparison_of_the_same_runs():
    result = SMALL.run()
    runs = {
        name: [
            outcomes(simulate(SMALL.scenario, find_strategy(name), seed=1, replication=k)) for k in range(2)
        ]
        for name in (SMALL.left, SMALL.right)
    }
    for outcome in ("clv", "satisfied", "clv_vip"):
        left, right = (np.array([run[outcome] for run in runs[name]]) for name in (SMALL.left, SMALL.right))
        row = result.table.loc[outcome]
        assert (row["left"], row["right"]) == pytest.approx((left.mean(), right.mean()), nan_ok=True)
        expected = paired_interval(left, right)
        assert tuple(row[["mean", "low", "high", "n"]]) == pytest.approx(tuple(expected), nan_ok=True)


def test_the_components_add_up_to_the_clv_of_the_table():
    result = SMALL.run()
    sums = result.components.drop(columns="clv").sum(axis=1)
    assert sums.tolist() == pytest.approx([result.table.loc["clv", "left"], result.table.loc["clv", "right"]])


def test_a_strategy_against_itself_makes_no_difference():
    result = replace(SMALL, right=SMALL.left).run()
    assert set(result.headlines["verdict"]) <= {"same", "undecided"}
    assert result.table.loc["clv", "verdict"] == "same"
    assert list(result.satisfaction) == [SMALL.left]


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 2},
        {"customers": 200},
        {"years": 3},
        {"preset": "telecom"},
        {"right": "price_cut"},
        {"replications": 3},
    ],
)
def test_every_choice_changes_the_numbers(change):
    assert not replace(SMALL, **change).run().table["mean"].equals(SMALL.run().table["mean"])


def test_the_engine_changes_nothing_and_stays_when_a_control_moves():
    state = ComparisonState(customers=100, years=2, replications=2, engine="simpy")
    assert state.run().table.equals(replace(state, engine="compiled").run().table)
    panel = ComparisonPanel(state)
    panel.controls["seed"].value = 2
    assert panel.result.state == replace(state, seed=2)
    with pytest.raises(InputError, match="engine: must be simpy or auto for listening_firm"):
        replace(state, engine="compiled", right="listening_firm")


def test_the_same_choices_give_the_same_numbers_in_any_order():
    first = SMALL.run().table
    replace(SMALL, seed=5).run()
    assert SMALL.run().table.equals(first)


def test_steps_count_the_runs_and_end_with_the_result():
    *steps, result = SMALL.steps()
    assert [step for step in steps if isinstance(step, int)] == [1, 2, 3, 4] and SMALL.runs == 4
    assert result.state == SMALL and result.pairs == 2 and result.whole


@pytest.fixture
def in_this_order(monkeypatch):
    """Let runs end in the order of their pairs given, each when the one before has been told."""

    def arrange(pairs: list[int], state: ComparisonState) -> list[int | ComparisonResult]:
        measured, gates = comparison_state._measure, {k: threading.Event() for k in pairs}

        def gated(name: str, k: int, *chosen: object):
            assert gates[k].wait(20)
            return measured(name, k, *chosen)

        monkeypatch.setattr("crmsim.replications.os.cpu_count", lambda: 99)
        monkeypatch.setattr(comparison_state, "_measure", gated)
        monkeypatch.setattr(paired_runs, "MOMENT", 0.0)
        told = []
        waiting = iter(pairs)
        gates[next(waiting)].set()
        for step in state.steps():
            told.append(step)
            if isinstance(step, int) and step % 2 == 0 and step < state.runs:
                gates[next(waiting)].set()
        return told

    return arrange


def test_the_first_pair_is_a_result_at_once_without_an_interval(in_this_order):
    told = in_this_order([0, 1, 2], replace(SMALL, replications=3, seed=31))
    assert [step for step in told if isinstance(step, int)] == [1, 2, 3, 4, 5, 6]
    first, second, last = (step for step in told if not isinstance(step, int))
    assert (first.pairs, second.pairs, last.pairs) == (1, 2, 3)
    assert told.index(first) < told.index(3) and told.index(second) < told.index(5)
    row = first.table.loc["clv"]
    assert row["n"] == 1 and row["low"] == -np.inf and row["high"] == np.inf and row["verdict"] == "undecided"
    assert not first.whole and not second.whole and last.whole
    assert second.table.equals(replace(SMALL, replications=2, seed=31).run().table)
    assert "first pair of runs" in table_html(first) and "over 2 pairs" in table_html(second)
    assert "inf" not in table_html(first) and "nan" not in table_html(first)
    chinese = replace(first, state=replace(first.state, lang="zh"))
    assert "第一对运行" in table_html(chinese)


def test_a_quick_later_pair_does_not_count_before_the_earlier_ones(in_this_order):
    """Short runs are those in which little happens: a mean over them would be biased."""
    told = in_this_order([0, 2, 1], replace(SMALL, replications=3, seed=32))
    assert [step.pairs for step in told if not isinstance(step, int)] == [1, 3]


def test_kept_runs_are_shown_all_together():
    """Another language, or a slider moved back, does not show an interval less for a moment."""
    state = replace(SMALL, replications=3, seed=33)
    state.run()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paired_runs, "MOMENT", 5.0)
        steps = list(replace(state, lang="zh").steps())
    assert [step for step in steps if isinstance(step, ComparisonResult)] == steps[-1:]


def test_runs_go_on_at_the_same_time_and_a_mistake_in_one_is_told(monkeypatch):
    both = threading.Barrier(2, timeout=20)

    def together(*_: object) -> None:
        both.wait()
        raise InputError("run", "was two at a time")

    monkeypatch.setattr("crmsim.replications.os.cpu_count", lambda: 2)
    monkeypatch.setattr(comparison_state, "_measure", together)
    with pytest.raises(InputError, match="was two at a time"):
        SMALL.run()


def test_programs_run_one_after_another():
    """They hold the interpreter's lock."""
    threads = set()

    def noted(*_: object) -> None:
        threads.add(threading.get_ident())
        raise InputError("run", "told where")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("crmsim.replications.os.cpu_count", lambda: 4)
        patch.setattr(comparison_state, "_measure", noted)
        steps = replace(SMALL, engine="simpy", replications=8).steps()
        with pytest.raises(InputError):
            next(steps)
    assert len(threads) == 1


def test_whoever_stops_half_way_starts_no_further_run(monkeypatch):
    begun, go_on = [], threading.Event()

    def noted(*key: object) -> None:
        begun.append(key)
        if len(begun) > 1:
            go_on.wait(20)

    monkeypatch.setattr("crmsim.replications.os.cpu_count", lambda: 1)
    monkeypatch.setattr(comparison_state, "_measure", noted)
    steps = replace(SMALL, replications=8).steps()
    next(steps)
    steps.close()
    go_on.set()
    assert len(begun) <= 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"preset": "bare"}, "preset: must be one of retail, telecom, b2b, got 'bare'"),
        ({"left": "magic"}, "left: must be one of"),
        ({"lang": "de"}, "lang: must be one of en, zh"),
        ({"customers": 99}, "customers: must be from 100 to 10000, got 99"),
        ({"replications": 1}, "replications: must be from 2 to 8, got 1"),
        ({"seed": -1}, "seed: must be from 0"),
    ],
)
def test_choices_that_cannot_be_are_refused(change, message):
    with pytest.raises(InputError, match=message):
        replace(SMALL, **change)


# -- the picture -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("preset", "left", "right", "years", "lang"),
    [
        ("retail", "do_nothing", "stage_matched", 5, "en"),
        ("b2b", "save_value_lift", "key_accounts", 10, "zh"),
        ("telecom", "win_back_all", "points", 2, "en"),
    ],
)
def test_no_word_of_the_picture_is_cut_or_lies_on_another_part(preset, left, right, years, lang):
    """The parts have fixed places; in b2b amounts are the longest."""
    state = replace(SMALL, preset=preset, left=left, right=right, years=years, lang=lang)
    figure = comparison_figure(state.run())
    figure.canvas.draw()
    parts = [*figure.axes, *figure.legends]
    boxes = [part.get_tightbbox() for part in parts]
    for box in boxes:
        assert box.x0 >= 0 and box.y0 >= 0, box
        assert box.x1 <= PICTURE_SIZE[0] and box.y1 <= PICTURE_SIZE[1], box
    for i, box in enumerate(boxes):
        for other in boxes[:i]:
            assert not box.overlaps(other), (box, other)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_picture_with_kept_parts_is_the_picture_drawn_anew(lang):
    """To the last pixel, whether the axes stay, change, or come back."""
    pictures, state = kept_pictures(), replace(SMALL, lang=lang)
    drawn = set()
    for change in ({}, {"seed": 2}, {"right": "price_cut"}, {"preset": "b2b", "years": 3}, {"seed": 3}):
        result = replace(state, **change).run()
        assert pictures.png(result) == to_png(comparison_figure(result)), change
        drawn.add(pictures.png(result))
    assert len(drawn) == 5


def test_the_still_parts_stay_when_a_slider_moves_a_step_and_are_not_kept_without_end(monkeypatch):
    frames = [picture_frame(replace(SMALL, customers=n, seed=4).run()) for n in (2000, 2100)]
    assert frames[0] == frames[1]
    monkeypatch.setattr(kept_figures, "_MOST", 2)
    pictures = kept_pictures()
    for years in (2, 3, 2, 4):
        pictures.png(replace(SMALL, years=years).run())
    assert [frame.years for frame in pictures._kept] == [2, 4]


@pytest.mark.parametrize(
    ("low", "high", "limits"),
    [(0, 0, (0, 1)), (3, 90, (0, 95)), (-40, 900, (-100, 1000)), (-20, -10, (-22, 0))],
)
def test_axes_of_money_end_at_round_numbers_with_zero_inside(low, high, limits):
    assert round_limits(np.array([low, np.nan]), np.array([high])) == pytest.approx(limits)


# -- the panel -------------------------------------------------------------------------------------


@pytest.fixture
def panel():
    return ComparisonPanel(SMALL)


def test_a_new_panel_shows_the_result_of_its_controls(panel):
    assert panel.state == SMALL == panel.result.state
    assert bytes(panel.image.value)[:4] == b"\x89PNG"
    assert panel.texts["table"].value == table_html(panel.result)
    assert panel.error.value == "" and not _stale(panel)


@pytest.mark.parametrize("name", ["customers", "years", "replications", "seed"])
def test_moving_a_number_changes_picture_and_table(panel, name):
    picture, table = bytes(panel.image.value), panel.texts["table"].value
    panel.controls[name].value += panel.kinds[name].step
    assert bytes(panel.image.value) != picture and panel.texts["table"].value != table
    assert panel.result.state == panel.state


@pytest.mark.parametrize(
    ("name", "value"), [("preset", "b2b"), ("left", "price_cut"), ("right", "do_nothing")]
)
def test_choosing_something_else_changes_picture_and_table(panel, name, value):
    picture, table = bytes(panel.image.value), panel.texts["table"].value
    panel.controls[name].value = value
    assert bytes(panel.image.value) != picture and panel.texts["table"].value != table
    assert panel.result.state == panel.state == replace(SMALL, **{name: value})


def test_the_language_changes_every_label_and_no_choice(panel):
    panel.controls["lang"].value = "zh"
    assert panel.state == replace(SMALL, lang="zh") == panel.result.state
    assert panel.controls["customers"].description == "初始客户数"
    assert dict(panel.controls["right"].options)["按阶段匹配的激励"] == "stage_matched"
    assert "95%置信区间" in panel.texts["table"].value and "95 % interval" not in panel.texts["table"].value
    panel.controls["lang"].value = "en"
    assert panel.state == SMALL


def test_reset_goes_back_to_the_beginning_but_keeps_the_language(panel):
    panel.controls["customers"].value = 500
    panel.controls["right"].value = "price_cut"
    panel.controls["lang"].value = "zh"
    panel.reset.click()
    assert panel.state == replace(SMALL, lang="zh") == panel.result.state


def test_a_new_seed_is_the_next_number(panel):
    panel.new_seed.click()
    assert panel.state.seed == 2 == panel.result.state.seed


def test_numbers_beyond_the_limits_are_held_at_them(panel):
    panel.controls["replications"].value = 99
    assert panel.state.replications == 8


def test_an_error_is_a_sentence_and_the_old_numbers_stay_faded(panel, monkeypatch):
    def fails(*_, **__):
        raise InputError("desk", "must be <open>")

    monkeypatch.setattr(KeptFigures, "png", fails)
    panel.controls["customers"].value = 200
    assert "This does not work: desk: must be &lt;open&gt;" in panel.error.value
    assert "Traceback" not in panel.error.value and panel.result is None and _stale(panel)
    monkeypatch.undo()
    panel.controls["customers"].value = 100
    assert panel.error.value == "" and not _stale(panel)


def test_a_mistake_of_ours_is_a_sentence_too_and_is_logged(panel, monkeypatch, caplog):
    monkeypatch.setattr(KeptFigures, "png", lambda *_: 1 / 0)
    panel.controls["lang"].value = "zh"
    assert "crmsim内部出错" in panel.error.value
    assert "ZeroDivisionError" in caplog.text


def test_in_a_notebook_numbers_fade_at_once_and_come_back_when_they_are_new():
    async def story():
        panel = ComparisonPanel(SMALL)
        assert panel.result is None and "crmsim-note" in panel.note.value
        await panel.background.settled()
        first = panel.result
        assert first.state == SMALL
        for customers in (200, 300, 400):
            panel.controls["customers"].value = customers
        assert _stale(panel) and panel.stop.layout.visibility == "visible" and panel.result is first
        await panel.background.settled()
        assert panel.result.state.customers == 400 and not _stale(panel)
        assert panel.stop.layout.visibility == "hidden"

    asyncio.run(story())


def test_stopped_work_leaves_the_old_numbers_faded_and_says_so():
    async def story():
        panel = ComparisonPanel(SMALL)
        await panel.background.settled()
        panel.controls["customers"].value = 300
        panel.stop.click()
        await asyncio.sleep(0.3)
        assert panel.result.state.customers == 100 and _stale(panel)
        assert "Stopped" in panel.note.value

    asyncio.run(story())


def test_the_screen_shows_the_first_pair_says_so_and_keeps_it_when_stopped(monkeypatch):
    measured, go_on = comparison_state._measure, threading.Event()

    def held(name: str, k: int, *chosen: object):
        assert k == 0 or go_on.wait(20)
        return measured(name, k, *chosen)

    async def story(stopped: bool) -> ComparisonPanel:
        panel = ComparisonPanel(replace(SMALL, seed=41 + stopped))
        while panel.result is None:
            await asyncio.sleep(0.001)
        assert panel.result.pairs == 1 and not _stale(panel) and panel.stop.layout.visibility == "visible"
        assert "First figures: 2 of 4" in panel.note.value
        if stopped:
            panel.stop.click()
        go_on.set()
        await panel.background.settled()
        return panel

    monkeypatch.setattr("crmsim.replications.os.cpu_count", lambda: 2)
    monkeypatch.setattr(comparison_state, "_measure", held)
    monkeypatch.setattr(paired_runs, "MOMENT", 0.0)
    panel = asyncio.run(story(stopped=False))
    assert panel.result.whole and panel.note.value == "" and panel.stop.layout.visibility == "hidden"
    go_on.clear()
    panel = asyncio.run(story(stopped=True))
    assert panel.result.pairs == 1 and not _stale(panel) and "first pair" in panel.texts["table"].value
    assert "runs done until then" in panel.note.value and panel.stop.layout.visibility == "hidden"


def _stale(panel: ComparisonPanel) -> bool:
    """Return whether picture, cards and table are all faded; some but not all would be a mistake."""
    faded = {
        "crmsim-stale" in widget._dom_classes
        for widget in (panel.image, panel.texts["table"], panel.texts["left_card"], panel.texts["right_card"])
    }
    assert len(faded) == 1
    return faded.pop()
