"""The strategy lab: rules from boxes, the comparison, cost and budget; then the panel without a browser."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from crmsim import find_strategy, load_strategy, outcomes, simulate
from crmsim.comparison import Interval, mean_interval, paired_interval
from crmsim.dashboards.panel_state import NothingToShow
from crmsim.dashboards.strategy_builder import ACTIONS, COMPLAINTS, RANKS, built_rule, laid_down
from crmsim.dashboards.strategy_lab_panel import StrategyLabPanel
from crmsim.dashboards.strategy_lab_picture import (
    TOGETHER,
    lab_cards,
    lab_figure,
    lab_pictures,
    lab_sentences,
    together,
)
from crmsim.dashboards.strategy_lab_state import Spending, StrategyLabState
from crmsim.errors import InputError
from crmsim.plots.style import to_png
from crmsim.strategies.rules import Rule

SMALL = StrategyLabState(customers=100, years=2, replications=2)


# -- the rule in the boxes -------------------------------------------------------------------------


@pytest.mark.parametrize("action", [name for name in ACTIONS if name != "nothing"])
def test_every_action_with_its_usual_numbers_is_a_strategy_that_runs(action):
    kind = ACTIONS[action]
    state = replace(SMALL, action=action, amount=kind.usual, cost=kind.cost, cost_in=kind.unit)
    rule = Rule.model_validate(built_rule(state))
    assert rule.do.name == ("programme" if kind.unit == "programme" else action)
    assert len(state.run().built.rules) == 1


@pytest.mark.parametrize(
    ("change", "path", "value"),
    [
        ({"stages": ("decline",)}, "who.stage", ["decline"]),
        ({"tiers": ("small",)}, "who.tier", ["small"]),
        ({"recency": 60}, "who.recency_days", {"min": 60}),
        ({"score": 2}, "who.survey_score", {"max": 2}),
        ({"complaints": "never"}, "who.complaints", {"max": 0}),
        ({"complaints": "some"}, "who.complaints", {"min": 1}),
        ({"complaints": "open"}, "who.open_complaints", {"min": 1}),
        ({"rank": "risk", "share": 25}, "pick", {"rank_by": "risk", "top_share": 0.25}),
        ({"cost": 2.5, "cost_in": "currency"}, "cost", {"per_month": 2.5, "in": "currency"}),
        ({"amount": 2.0}, "do.intensity", 2.0),
    ],
)
def test_every_box_is_a_part_of_the_rule(change, path, value):
    found = built_rule(replace(SMALL, **change))
    for step in path.split("."):
        found = found[step]
    assert found == value


def test_empty_boxes_ask_for_nothing():
    rule = built_rule(replace(SMALL, tiers=(), cost=0.0))
    assert rule == {"do": {"programme": "special", "intensity": 1.0}}
    assert built_rule(replace(SMALL, action="nothing")) is None
    assert COMPLAINTS["any"] == {} and RANKS[0] == "all"


def test_what_is_done_once_costs_something_each_time():
    offer = replace(SMALL, action="save_offer", amount=1.2, cost=1.0, cost_in="save_offer")
    assert built_rule(offer)["cost"] == {"per_use": 1.0, "in": "save_offer"}
    assert built_rule(offer)["when"] == {"every": 90}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"action": "price", "amount": 1.5, "cost": 0.0},
            "rules.0.do.price: must be a number above 0 and up to 0.9",
        ),
        ({"amount": 0.0}, "rules.0.do.intensity: must be a number above 0"),
        (
            {"action": "points", "amount": 5.0, "cost": 0.0, "budget": 500},
            "budget: must not be given with points",
        ),
        ({"action": "win_back", "rank": "risk"}, "pick does not belong to a rule with a trigger"),
        ({"name": "My strategy"}, "name: must be at most 40 small letters"),
        ({"name": "price_cut"}, "name: must not be that of a ready strategy"),
        ({"earlier": "[{"}, "earlier: must be a list of rules as JSON"),
        ({"earlier": "{}"}, "earlier: must be a list of rules as JSON, got 'dict'"),
        ({"earlier": '[{"do": {"prize": 1}}]'}, "rules.0.do.prize: is not a known field"),
        (
            {"cost": 1000.0, "cost_in": "currency", "budget": 100},
            "budget.per_year: must pay for at least one",
        ),
    ],
)
def test_rules_that_cannot_be_are_refused_as_in_a_file(change, message):
    with pytest.raises(InputError, match=re.escape(message)):
        replace(SMALL, **change).run()


def test_rules_are_laid_down_and_taken_away():
    two = replace(SMALL, action="price", amount=0.1, cost=0.0).with_rule_laid_down()
    two = replace(two, action="contact", amount=1.0, cost=1.0)
    assert [rule.do.name for rule in two.built.rules] == ["price", "programme"]
    one = two.without_last_rule()
    assert one.action == "nothing" and [rule.do.name for rule in one.built.rules] == ["price"]
    none = one.without_last_rule()
    assert none.built.rules == () and none.without_last_rule() == none
    for impossible in (none.run, none.with_rule_laid_down):
        with pytest.raises(NothingToShow):
            impossible()


def test_a_ready_strategy_can_be_taken_for_a_beginning_and_is_then_the_same():
    mine = replace(SMALL, rival="tier_service").with_rules_of_rival()
    assert mine.built.rules == find_strategy("tier_service").rules
    table = mine.run().compared.table
    assert table.loc["clv", "verdict"] == "same" and table.loc["clv", "mean"] == 0.0
    with pytest.raises(NothingToShow):
        replace(SMALL, rival="listening_firm").with_rules_of_rival()


# -- the comparison --------------------------------------------------------------------------------


def test_the_table_is_the_paired_comparison_of_the_same_runs():
    result = SMALL.run()
    runs = {
        name: [outcomes(simulate(SMALL.scenario, strategy, seed=1, replication=k)) for k in range(2)]
        for name, strategy in (("left", find_strategy(SMALL.rival)), ("right", SMALL.built))
    }
    for outcome in (*TOGETHER, "clv_vip"):
        left, right = (np.array([run[outcome] for run in runs[side]]) for side in ("left", "right"))
        found = tuple(result.compared.table.loc[outcome, ["mean", "low", "high", "n"]])
        assert found == pytest.approx(tuple(paired_interval(left, right)), nan_ok=True)
    spent = np.array([run["strategy_cost"] for run in runs["right"]]) * SMALL.customers / SMALL.years
    assert result.spending.cost == pytest.approx(mean_interval(spent))
    assert result.spending.unspent is None and result.spending.binds == "none"


def test_a_small_budget_is_felt_and_kept_and_a_large_one_is_not_felt():
    everybody = replace(SMALL, tiers=(), customers=200, replications=3)
    small, large = (replace(everybody, budget=budget).run() for budget in (300, 10**6))
    assert small.spending.binds == "yes" and small.spending.cost.high <= 300.0 < large.spending.cost.low
    assert large.spending.binds == "no" and large.spending.unspent.mean == 0.0
    unlimited = large.spending.cost.mean
    assert small.spending.cost.mean + small.spending.unspent.mean == pytest.approx(unlimited)
    assert set(small.state.strategies) == {"stage_matched", "my_strategy", "without budget"}


@pytest.mark.parametrize(
    ("unspent", "binds"),
    [
        (Interval(3.0, 1.0, 5.0, 4), "yes"),
        (Interval(3.0, -1.0, 5.0, 4), "unclear"),
        (Interval(0.0, 0.0, 0.0, 4), "no"),
        (Interval(3.0, float("nan"), float("nan"), 1), "unclear"),
        (None, "none"),
    ],
)
def test_whether_a_budget_was_felt(unspent, binds):
    assert Spending(Interval(1.0, 1.0, 1.0, 2), unspent).binds == binds


@pytest.mark.parametrize(
    ("verdicts", "judged"),
    [
        (("higher", "undecided", "same"), "better"),
        (("undecided", "lower", "undecided"), "worse"),
        (("higher", "lower", "undecided"), "mixed"),
        (("same", "undecided", "undecided"), "open"),
    ],
)
def test_three_verdicts_make_one_judgement(verdicts, judged):
    table = pd.DataFrame({"verdict": verdicts}, index=list(TOGETHER))
    assert together(SimpleNamespace(compared=SimpleNamespace(table=table))) == judged


def test_steps_count_the_runs_and_end_with_the_result():
    state = replace(SMALL, budget=500, seed=8)
    *steps, result = state.steps()
    assert [step for step in steps if isinstance(step, int)] == list(range(1, 7)) and state.runs == 6
    assert result.done == 6 and result.state == state


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_sentences_and_cards_speak_the_language(lang):
    price = {"action": "price", "amount": 0.1, "cost": 0.0}
    result = replace(SMALL, lang=lang, **price).run()
    said = " ".join(lab_sentences(result))
    assert ("Price cuts" in said) == (lang == "en") and ("降价" in said) == (lang == "zh")
    cards = lab_cards(result)
    assert "do: {price: 0.1}" in cards["right_card"] and "<pre" not in cards["left_card"]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_picture_with_kept_parts_is_the_picture_drawn_anew(lang):
    pictures = lab_pictures()
    for change in ({}, {"seed": 2}, {"budget": 300}, {"preset": "telecom"}, {}):
        result = replace(SMALL, lang=lang, **change).run()
        assert pictures.png(result) == to_png(lab_figure(result), result.state.dpi)


def test_the_picture_shows_two_strategies_even_with_a_budget():
    figure = lab_figure(replace(SMALL, budget=300).run())
    assert len(figure.axes[0].containers) == 2
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        "stage-matched programme",
        "my_strategy",
    ]


# -- the panel -------------------------------------------------------------------------------------


@pytest.fixture
def panel(tmp_path, monkeypatch) -> StrategyLabPanel:
    monkeypatch.chdir(tmp_path)
    return StrategyLabPanel(SMALL)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("amount", 3.0), ("tiers", ("small",)), ("stages", ("decline",)), ("rival", "price_cut"),
        ("rank", "risk"), ("budget", 200), ("years", 3), ("seed", 4), ("lang", "zh"), ("action", "quality"),
    ],
)  # fmt: skip
def test_a_control_changes_the_picture(panel, name, value):
    before = bytes(panel.image.value)
    panel.controls[name].value = value
    assert panel.error.value == "" and bytes(panel.image.value) != before and panel.up_to_date


def test_an_action_brings_its_usual_numbers_and_says_what_they_are(panel):
    panel.controls["action"].value = "save_offer"
    assert panel.state.amount == 1.2 and panel.state.cost_in == "save_offer"
    assert panel.controls["amount"].description == "strength of the offer"
    panel.controls["action"].value = "priority"
    assert panel.controls["amount"].disabled and panel.result.built.rules[0].do.priority.small == 3
    panel.controls["lang"].value = "zh"
    panel.controls["action"].value = "contact"
    assert not panel.controls["amount"].disabled and "强度" in panel.controls["amount"].description


def test_a_share_can_be_moved_only_where_somebody_is_ranked(panel):
    assert panel.controls["share"].disabled
    panel.controls["rank"].value = "risk"
    assert not panel.controls["share"].disabled
    panel.add_rule.click()
    assert panel.controls["share"].disabled


def test_a_refusal_is_a_sentence_and_the_old_figures_fade(panel):
    panel.controls["action"].value = "price"
    panel.controls["amount"].value = 1.5
    assert "rules.0.do.price: must be a number above 0 and up to 0.9" in panel.error.value
    assert all("crmsim-stale" in w._dom_classes for w in (panel.image, *panel.texts.values()))
    panel.controls["amount"].value = 0.2
    assert panel.error.value == "" and panel.result.built.rules[0].do.price == 0.2


def test_buttons_lay_rules_down_and_take_them_away_and_say_when_they_cannot(panel):
    panel.add_rule.click()
    assert panel.controls["action"].value == "nothing" and len(panel.result.built.rules) == 1
    panel.add_rule.click()
    assert "nothing to lay down" in panel.told.value and len(laid_down(panel.state.earlier)) == 1
    panel.controls["action"].value = "quality"
    assert len(panel.result.built.rules) == 2
    panel.drop_rule.click()
    panel.drop_rule.click()
    assert "no rule yet" in panel.error.value and panel.told.value == ""
    panel.take_rules.click()
    assert len(panel.result.built.rules) == 4 and panel.error.value == ""


def test_the_strategy_saved_is_the_strategy_shown(panel, tmp_path):
    panel.save_strategy.click()
    panel.save_strategy.click()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["my_strategy-2.yaml", "my_strategy.yaml"]
    assert load_strategy(tmp_path / "my_strategy.yaml") == panel.result.built
    assert "my_strategy-2.yaml" in panel.told.value
    panel.controls["name"].value = "Not A Name"
    panel.save_strategy.click()
    assert 'role="alert"' in panel.told.value and len(list(tmp_path.iterdir())) == 2


def test_choices_with_rules_laid_down_come_back_from_their_file(panel):
    panel.add_rule.click()
    panel.controls["action"].value = "quality"
    panel.controls["budget"].value = 0
    built = panel.result.built
    panel.keeping.save_choices.click()
    assert Path("strategy_lab.yaml").exists()
    other = StrategyLabPanel(replace(SMALL, action="nothing", earlier='[{"do": {"price": 0.1}}]'))
    other.keeping.load_choices.click()
    assert other.result.built == built


def test_while_runs_go_on_the_first_pair_is_shown_and_says_so():
    async def story() -> None:
        panel = StrategyLabPanel(replace(SMALL, seed=77, customers=500, years=6, replications=6))
        while panel.result is None:
            await asyncio.sleep(0.001)
        assert panel.error.value == ""
        await panel.background.settled()
        assert panel.result.compared.pairs == 6 and panel.note.value == ""

    asyncio.run(story())
