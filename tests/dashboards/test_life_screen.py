"""The screen of one customer's life: the state without widgets, then the panel without a browser."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from crmsim.dashboards.panel_state import NothingToShow
from crmsim.dashboards.timeline_panel import LifePanel
from crmsim.dashboards.timeline_state import LifeState
from crmsim.errors import InputError
from crmsim.plots.style import to_png

SMALL = LifeState(customers=60, years=3)


def test_without_a_number_the_most_eventful_life_is_shown():
    assert SMALL.number == SMALL.interesting[0]
    assert SMALL.has_bought


def test_next_goes_through_the_eventful_lives_and_round():
    lives, state = [SMALL.number], SMALL
    for _ in range(len(SMALL.interesting)):
        state = state.next_interesting()
        lives.append(state.number)
    assert lives == [*SMALL.interesting, SMALL.interesting[0]]


def test_the_same_number_is_the_same_person_under_another_strategy():
    other = replace(SMALL, strategy="do_nothing", customer=7)
    mine = replace(SMALL, customer=7).ledger.customers[7]
    assert other.ledger.customers[7]["purchase_rate"] == mine["purchase_rate"]
    assert to_png(other.run().figure) != to_png(replace(SMALL, customer=7).run().figure)


def test_somebody_who_does_not_exist_has_no_life():
    assert not replace(SMALL, customer=10**6).has_bought
    with pytest.raises(NothingToShow) as refused:
        replace(SMALL, customer=10**6).run()
    assert "from 0 to 59" in refused.value.sentence("en")


def test_the_engine_changes_no_life_and_stays_when_a_control_moves():
    state = LifeState(customers=60, years=3, engine="simpy")
    assert state.ledger.engine == "simpy"
    assert np.array_equal(state.ledger.events, LifeState(customers=60, years=3).ledger.events)
    panel = LifePanel(state)
    panel.controls["seed"].value = 2
    assert panel.state.engine == "simpy"
    with pytest.raises(InputError, match="engine: must be one of auto, compiled, simpy, got 'diesel'"):
        LifeState(engine="diesel")


def test_choices_that_cannot_be_are_refused():
    with pytest.raises(InputError, match="strategy: must be one of"):
        replace(SMALL, strategy="magic")


@pytest.fixture
def panel():
    return LifePanel(SMALL)


def _stale(panel: LifePanel) -> bool:
    return "crmsim-stale" in panel.image._dom_classes


def test_a_new_panel_shows_the_most_eventful_life_and_its_number(panel):
    assert panel.controls["customer"].value == SMALL.number
    assert bytes(panel.image.value) == to_png(SMALL.run().figure) and not _stale(panel)


def test_the_button_shows_the_next_life(panel):
    before = bytes(panel.image.value)
    panel.next_life.click()
    assert panel.controls["customer"].value == SMALL.interesting[1]
    assert bytes(panel.image.value) != before


def test_another_strategy_keeps_the_person(panel):
    number, before = panel.controls["customer"].value, bytes(panel.image.value)
    panel.controls["strategy"].value = "do_nothing"
    assert panel.controls["customer"].value == number
    assert bytes(panel.image.value) != before


def test_other_people_begin_with_the_most_eventful_life(panel):
    panel.controls["seed"].value = 2
    assert panel.controls["customer"].value == replace(SMALL, seed=2).interesting[0]


def test_a_number_that_nobody_has_is_a_sentence_and_the_picture_fades(panel):
    panel.controls["customer"].value = 999_999
    assert "Nobody with this number ever bought" in panel.error.value and _stale(panel)
    panel.next_life.click()
    assert panel.error.value == "" and not _stale(panel)


def test_the_language_changes_labels_and_picture_but_not_the_life(panel):
    number, before = panel.controls["customer"].value, bytes(panel.image.value)
    panel.controls["lang"].value = "zh"
    assert panel.next_life.description == "下一位有故事的客户"
    assert panel.controls["customer"].value == number and panel.controls["strategy"].value == SMALL.strategy
    assert bytes(panel.image.value) != before
