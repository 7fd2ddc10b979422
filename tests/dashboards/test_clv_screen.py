"""The screen of the CLV calculator: the state without widgets, the formulas, then the panel."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from crmsim.dashboards.clv_formula import (
    formula_html,
    lifetime_html,
    plain_formula,
    review_html,
    timings_html,
)
from crmsim.dashboards.clv_panel import CLVPanel
from crmsim.dashboards.clv_picture import clv_tiles
from crmsim.dashboards.clv_state import CLVState
from crmsim.errors import InputError
from crmsim.value.constant_retention import TIMINGS

BASE = CLVState()


def _by_hand(state: CLVState) -> float:
    """Add up payment by payment what the state says, far enough to stand for no end."""
    first = TIMINGS[state.timing]
    k = np.arange(5000 if state.no_end else state.payments)
    r, d = state.retention / 100, state.discount / 100
    return float(
        (state.margin * r ** (k + first.renewals) / (1 + d) ** (k + first.periods)).sum() - state.acquisition
    )


def _evaluated(formula: str) -> float:
    """Compute a formula as a pocket calculator would."""
    for sign, operator in (("×", "*"), ("−", "-"), ("^", "**"), (",", "")):
        formula = formula.replace(sign, operator)
    return float(eval(formula, {"__builtins__": {}}))


@pytest.mark.parametrize("timing", TIMINGS)
@pytest.mark.parametrize("no_end", [True, False])
@pytest.mark.parametrize(
    "change", [{}, {"retention": 97.5, "discount": 0.5}, {"retention": 0.0, "payments": 4}]
)
def test_the_formula_with_the_numbers_put_in_gives_the_number_and_so_does_the_sum(timing, no_end, change):
    state = replace(BASE, timing=timing, no_end=no_end, **change)
    result = state.run()
    assert float(result.clv.value) == pytest.approx(_by_hand(state), abs=1e-6)
    assert _evaluated(plain_formula(result)) == pytest.approx(float(result.clv.value), abs=1e-6)
    assert f"{float(result.clv.value):,.2f} CNY".replace("-", "−") in formula_html(result)
    assert result.multiple() * state.margin - state.acquisition == pytest.approx(float(result.clv.value))


def test_without_end_so_much_is_drawn_that_little_is_missing():
    result = replace(BASE, no_end=True).run()
    missing = 1.0 - result.flows.amount.sum() / (float(result.clv.value) + BASE.acquisition)
    assert 0.0 < missing < 0.03
    assert replace(BASE, no_end=True, retention=99.5, discount=0.0).run().drawn == 60
    assert replace(BASE, no_end=True, retention=0.0).run().drawn == 5


def test_the_slip_is_too_high_by_as_much_as_is_said():
    card = lifetime_html(BASE.run())
    assert "1 / (1 − 0.8) = 5 years" in card
    assert "416.99" in card and "366.67" in card and "13.7 %" in card  # worked in value.lifetime
    assert "59 %" in card, "1 - 0.8^4"
    assert "overstates by 0.0 %" in lifetime_html(replace(BASE, discount=0.0).run())


def test_the_review_adds_up_and_the_cost_of_winning_is_no_part_of_the_future():
    cheap, dear = (replace(BASE, acquisition=cost).run().split for cost in (0.0, 900.0))
    assert cheap.narrow.value == dear.narrow.value
    assert float(cheap.broad.value) - float(dear.broad.value) == pytest.approx(900 * 1.1**3)
    card = review_html(BASE.run())
    past, future, both = (
        float(x.replace(",", "").replace("−", "-"))
        for x in re.search(r"= ([−\d,.]+) \+ ([−\d,.]+) = ([−\d,.]+) CNY", card).groups()
    )
    assert past + future == pytest.approx(both, abs=0.011)


def test_the_other_unit_of_time_compounds_and_does_not_divide():
    kept, rate, flow, value = BASE.run().retold
    assert float(kept.value) ** 12 == pytest.approx(0.8) and (1 + float(rate.value)) ** 12 == pytest.approx(
        1.1
    )
    assert float(flow.amount) == pytest.approx(100 / 12) and value is not None and kept.per == "month"
    by_hand = sum(100 / 12 * 0.8 ** (k / 12) / 1.1 ** (k / 12) for k in range(120)) - 150
    assert float(value.value) == pytest.approx(by_hand)
    months = replace(BASE, period="month", payments=24).run()
    assert months.retold[3].horizon == 2
    assert replace(months.state, payments=25).run().retold[3] is None
    timings_html(replace(months.state, payments=25).run())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"age": 11}, "age: must be at most 10, the payments that count, got 11"),
        ({"retention": 100.0}, "retention: must be from 0.0 to 99.5"),
        ({"payments": 0}, "payments: must be from 1 to 60"),
        ({"currency": " "}, "currency: must be the name of a currency"),
        ({"timing": "later"}, "timing: must be one of"),
    ],
)
def test_what_cannot_be_is_refused(change, message):
    with pytest.raises(InputError, match=re.escape(message)):
        replace(BASE, **change)


def test_tiles_that_are_kept_show_the_same_as_new_ones():
    kept, states = clv_tiles(), [replace(BASE, retention=r) for r in (80.0, 90.0, 80.0)]
    pictures = [kept.png(state.run()) for state in states]
    assert pictures[0] == pictures[2] != pictures[1] == clv_tiles().png(states[1].run())
    assert Image.open(io.BytesIO(pictures[0])).size == CLVPanel.size
    for name in ("age", "margin", "discount"):
        other = replace(BASE, **{name: getattr(BASE, name) + 2})
        assert kept.png(other.run()) == clv_tiles().png(other.run()) != pictures[0], name


@pytest.mark.parametrize(
    "change",
    [
        {"retention": 0.0, "discount": 0.0, "payments": 1, "age": 1, "acquisition": 0.0},
        {"retention": 99.5, "discount": 0.0, "no_end": True, "age": 60},
        {"margin": 0.0, "acquisition": 0.0, "age": 0},
        {"period": "month", "currency": "<b>"},
    ],
)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_ends_of_the_sliders_have_pictures_and_words(change, lang):
    panel = CLVPanel(replace(BASE, lang=lang, **change))
    assert panel.error.value == "" and panel.up_to_date
    assert "nan" not in "".join(text.value for text in panel.texts.values())
    assert "<b> CNY" not in panel.texts["formula"].value and "<b>;" not in panel.texts["review"].value


def test_the_panel_follows_its_controls_and_speaks_chinese():
    panel = CLVPanel()
    picture, words = bytes(panel.image.value), panel.texts["formula"].value
    panel.controls["retention"].value = 90.0
    assert bytes(panel.image.value) != picture and panel.texts["formula"].value != words
    assert "0.9" in panel.texts["formula"].value
    panel.controls["lang"].value = "zh"
    assert (
        "获取成本" in panel.texts["formula"].value
        and panel.controls["retention"].description == "保留率r（%）"
    )
    assert "终生价值" in panel.image.tooltip
    panel.controls["age"].value = 30
    assert f"{panel.controls['age'].description}：须不大于10" in panel.error.value
    panel.controls["no_end"].value = True
    assert panel.error.value == "" and panel.up_to_date
