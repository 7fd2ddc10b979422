"""The screen of two strategies: the state without widgets, then the panel without a browser."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace

import numpy as np
import pytest

from crmsim import find_strategy, outcomes, simulate
from crmsim.comparison import paired_interval
from crmsim.dashboards import comparison_panel, comparison_state
from crmsim.dashboards.comparison_panel import ComparisonPanel
from crmsim.dashboards.comparison_picture import PICTURE_SIZE, comparison_figure, table_html
from crmsim.dashboards.comparison_state import LIMITS, ComparisonState
from crmsim.errors import InputError

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
    *counted, result = SMALL.steps()
    assert counted == [1, 2, 3, 4] and SMALL.runs == 4
    assert result.state == SMALL


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


# -- the panel -------------------------------------------------------------------------------------


@pytest.fixture
def panel():
    return ComparisonPanel(SMALL)


def test_a_new_panel_shows_the_result_of_its_controls(panel):
    assert panel.state == SMALL == panel.result.state
    assert bytes(panel.image.value)[:4] == b"\x89PNG"
    assert panel.table.value == table_html(panel.result)
    assert panel.error.value == "" and not _stale(panel)


@pytest.mark.parametrize("name", ["customers", "years", "replications", "seed"])
def test_moving_a_number_changes_picture_and_table(panel, name):
    picture, table = bytes(panel.image.value), panel.table.value
    step = LIMITS.get(name, (0, 0, 1))[2]
    panel.controls[name].value += step
    assert bytes(panel.image.value) != picture and panel.table.value != table
    assert panel.result.state == panel.state


@pytest.mark.parametrize(
    ("name", "value"), [("preset", "b2b"), ("left", "price_cut"), ("right", "do_nothing")]
)
def test_choosing_something_else_changes_picture_and_table(panel, name, value):
    picture, table = bytes(panel.image.value), panel.table.value
    panel.controls[name].value = value
    assert bytes(panel.image.value) != picture and panel.table.value != table
    assert panel.result.state == panel.state == replace(SMALL, **{name: value})


def test_the_language_changes_every_label_and_no_choice(panel):
    panel.controls["lang"].value = "zh"
    assert panel.state == replace(SMALL, lang="zh") == panel.result.state
    assert panel.controls["customers"].description == "初始客户数"
    assert dict(panel.controls["right"].options)["按阶段匹配的激励"] == "stage_matched"
    assert "95%置信区间" in panel.table.value and "95 % interval" not in panel.table.value
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

    monkeypatch.setattr(comparison_panel, "comparison_figure", fails)
    panel.controls["customers"].value = 200
    assert "This does not work: desk: must be &lt;open&gt;" in panel.error.value
    assert "Traceback" not in panel.error.value and panel.result is None and _stale(panel)
    monkeypatch.undo()
    panel.controls["customers"].value = 100
    assert panel.error.value == "" and not _stale(panel)


def test_a_mistake_of_ours_is_a_sentence_too_and_is_logged(panel, monkeypatch, caplog):
    monkeypatch.setattr(comparison_panel, "comparison_figure", lambda _: 1 / 0)
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


def _stale(panel: ComparisonPanel) -> bool:
    """Return whether picture, cards and table are all faded; some but not all would be a mistake."""
    faded = {
        "crmsim-stale" in widget._dom_classes
        for widget in (panel.image, panel.table, panel.left_card, panel.right_card)
    }
    assert len(faded) == 1
    return faded.pop()
