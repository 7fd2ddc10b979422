"""The benchmark of fits: who takes turns, what is compared, and what is told."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from benchmarks.estimators import LIBRARIES, Fitting, as_json, measure, table

SECONDS = dict(zip(LIBRARIES, (0.010, 0.025, 1.0), strict=True))
FOUND = (0.25, 4.4, 0.8, 2.4)
BASE = pd.DataFrame({"frequency": [0, 2], "recency": [0.0, 30.0], "T": [39.0, 39.0]})


@pytest.fixture
def made():
    turns = []

    def fit(name, customers):
        turns.append((name, customers))
        return Fitting(SECONDS[name] * len(turns), FOUND)

    return measure(7, 3, fit), turns


def test_libraries_take_turns_and_the_first_round_does_not_count(made):
    fittings, turns = made
    assert [name for name, _ in turns] == list(LIBRARIES) * 4
    assert {customers for _, customers in turns} == {7}
    assert {len(runs) for runs in fittings.values()} == {3}
    assert fittings["crmsim"][0].seconds == pytest.approx(0.010 * 4)


def test_ratios_are_taken_within_a_round():
    fittings = {name: [Fitting(s * k, FOUND) for k in (1, 5, 2)] for name, s in SECONDS.items()}
    text = table(fittings, BASE, {"crmsim": "0.1.0"})
    assert "| crmsim | 20.0 | 1.0 (1.0 to 1.0) |" in text
    assert "| lifetimes | 50.0 | 2.5 (2.5 to 2.5) |" in text
    assert "| PyMC-Marketing, MAP | 2000.0 | 100.0 (100.0 to 100.0) |" in text
    assert "medians of 3 rounds" in text and "crmsim 0.1.0" in text


def test_every_single_figure_is_kept(made):
    told = json.loads(as_json(made[0], 7))
    assert told["customers"] == 7
    assert len(told["fits"]) == 9
    assert told["fits"][0]["parameters"] == list(FOUND)
