"""The first exercise asks what the model can answer: its claims are decided, and its commands exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from crmsim.cli import main
from crmsim.dashboards.comparison_state import ComparisonState

EXERCISE = Path(__file__).parents[2] / "exercises" / "01_first_comparison.md"


def _table(right: str):
    return ComparisonState(right=right, customers=500, years=5, replications=8).run().table


def test_claim_a_the_same_money_helps_when_it_matches_the_stage_and_harms_when_not():
    matched, mismatched = _table("stage_matched"), _table("stage_mismatched")
    assert matched.loc["clv", "verdict"] == "higher"
    assert mismatched.loc["clv", "verdict"] == "lower"
    assert mismatched.loc["strategy_cost", "right"] == pytest.approx(
        matched.loc["strategy_cost", "right"], rel=0.2
    )


def test_claim_b_a_price_cut_keeps_customers_without_satisfying_them():
    quality, cut = _table("quality_step"), _table("price_cut")
    assert quality.loc[["satisfied", "retention_later_years"], "verdict"].tolist() == ["higher", "higher"]
    assert cut.loc["retention_later_years", "verdict"] == "higher"
    assert cut.loc["satisfied", "verdict"] != "higher"
    assert cut.loc["clv", "verdict"] == "lower"


@pytest.mark.slow
def test_the_commands_of_the_exercise_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    commands = re.findall(r"^ *crmsim (compare .+)$", EXERCISE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(commands) == 4
    for command in commands:
        small = command.replace("--customers 1000 --years 5", "--customers 40 --years 2")
        assert small != command
        assert main([*shlex.split(small), "--replications", "2"]) in (0, None)
