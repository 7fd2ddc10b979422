"""The picture of one customer's life."""

from __future__ import annotations

import subprocess
import sys
import warnings

import pytest

from crmsim import find_strategy, preset, simulate
from crmsim.metrics.lives import contribution, interesting_customers, life_events, stage_spells
from crmsim.model.records import NEVER
from crmsim.plots.style import STAGE_COLOURS, to_png
from crmsim.plots.timeline import life_figure
from crmsim.text import say


@pytest.fixture(scope="module", params=["stage_matched", "save_value", "do_nothing"])
def ledger(request):
    scenario = preset("retail").with_values(customers=120, horizon_days=1440)
    return simulate(scenario, find_strategy(request.param), seed=3)


def _texts(ax) -> list[str]:
    return [text.get_text() for text in ax.texts]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_lives_of_all_kinds_are_drawn_without_a_warning(ledger, lang):
    bought = [int(number) for number, entered in enumerate(ledger.customers["entered"]) if entered < NEVER]
    for customer in {*bought[:4], *interesting_customers(ledger, 3)}:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert to_png(life_figure(ledger, customer, lang=lang))[:4] == b"\x89PNG"


def test_every_purchase_is_a_stem_and_the_line_ends_at_the_clv(ledger):
    customer = interesting_customers(ledger, 1)[0]
    upper, _, lower = life_figure(ledger, customer).axes
    purchases = (life_events(ledger, customer)["kind"] == "purchase").sum()
    assert len(upper.collections[0].get_segments()) == purchases
    line = max(lower.lines, key=lambda drawn: len(drawn.get_ydata()))
    assert line.get_ydata()[-1] == pytest.approx(contribution(ledger, customer)["value"].iloc[-1])


def test_every_stage_of_the_life_is_named_in_the_picture(ledger):
    for customer in interesting_customers(ledger, 5):
        upper = life_figure(ledger, customer).axes[0]
        legend = upper.get_legend()
        named = _texts(upper) + ([text.get_text() for text in legend.get_texts()] if legend else [])
        stages = set(stage_spells(ledger, customer)["stage"])
        assert {say(f"stage.{stage}") for stage in stages} <= set(named)


def test_the_end_is_marked_with_its_cause_or_as_still_open(ledger):
    for customer in interesting_customers(ledger, 10):
        upper = life_figure(ledger, customer).axes[0]
        left = ledger.customers["left"][customer] < NEVER
        assert any(text.startswith("left:" if left else "still with us") for text in _texts(upper))


def test_everything_has_its_unit(ledger):
    upper, _, lower = life_figure(ledger, interesting_customers(ledger, 1)[0]).axes
    assert "CU" in upper.get_ylabel() and "CU" in lower.get_ylabel()
    assert "since the first purchase" in lower.get_xlabel()


def test_no_pyplot_is_loaded():
    modules = "crmsim.plots.timeline, crmsim.plots.comparison, crmsim.plots.tracking"
    code = f"import sys, {modules}; sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_stages_have_colours_of_their_own():
    assert len(set(STAGE_COLOURS.values())) == len(STAGE_COLOURS)
