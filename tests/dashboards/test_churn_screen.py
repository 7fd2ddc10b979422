"""The screen of churn and win-back: the state without widgets, then the panel without a browser."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from crmsim import find_strategy, simulate
from crmsim.comparison import mean_interval, verdict
from crmsim.dashboards import churn_state, paired_runs
from crmsim.dashboards.churn_panel import ChurnPanel
from crmsim.dashboards.churn_picture import kept_pictures, steps_html, win_back_html
from crmsim.dashboards.churn_state import MEASURES_SHOWN, ChurnState
from crmsim.errors import InputError
from crmsim.metrics.clv import value_per_initial_customer
from crmsim.metrics.money import strategy_cost
from crmsim.metrics.retention import losses_by_cause, reasons_heard
from crmsim.metrics.retention_decision import retention_decision
from crmsim.model.records import NEVER
from crmsim.plots.style import to_png
from crmsim.strategies import strategy_names
from crmsim.text import say

SMALL = ChurnState(customers=200, years=3, populations=2)


def _run(strategy: str, replication: int, log: bool = False):
    return simulate(SMALL.scenario, find_strategy(strategy), seed=1, replication=replication, log=log)


@pytest.fixture(scope="module")
def shown():
    return SMALL.run()


@pytest.fixture(scope="module")
def alone():
    return [_run("do_nothing", k, log=True) for k in range(2)]


# -- the state -------------------------------------------------------------------------------------


def test_the_steps_are_those_of_the_decision_on_the_same_runs(shown, alone):
    decisions = [retention_decision(base, _run(SMALL.measure, k)) for k, base in enumerate(alone)]
    for year in ("first_year", "later_years"):
        expected = mean_interval(np.array([one.retention[year] for one in decisions]))
        assert tuple(shown.retention[year]) == pytest.approx(tuple(expected))
    values = {
        "avoidable": [one.preventable_loss / 200 for one in decisions],
        "regained": [one.regained / 200 for one in decisions],
        "cost": [one.cost / 200 for one in decisions],
        "net": [(one.regained - one.cost) / 200 for one in decisions],
    }
    for name, found in values.items():
        expected = mean_interval(np.array(found))
        assert tuple(shown.amounts.loc[name]) == pytest.approx(tuple(expected)), name
    assert shown.verdict == verdict(mean_interval(np.array(values["net"])))
    profit = sum(one.lost["profit"] / 200 for one in decisions) / 2
    assert shown.profit["mean"].to_dict() == pytest.approx(profit[shown.profit.index].to_dict())


def test_causes_are_those_of_the_losses_and_what_was_heard_is_part_of_them(shown, alone):
    expected = 100.0 * sum(losses_by_cause(base) for base in alone) / 2
    assert shown.causes["mean"].to_dict() == pytest.approx(expected[shown.causes.index].to_dict())
    assert (shown.causes["heard"] <= shown.causes["mean"]).all() and shown.causes["heard"].sum() < 100
    assert shown.causes["mean"].is_monotonic_decreasing and shown.causes["mean"].sum() == pytest.approx(100)


def test_a_reason_is_heard_of_those_who_gave_one(alone):
    people = alone[0].customers
    gone = people[people["left"] < NEVER]
    table = reasons_heard(alone[0])
    assert table["lost"].sum() == len(gone) > 20
    assert table["heard"].sum() == (gone["stated_cause"] != 0).sum() < len(gone)
    # The model says 0.6 of them; four standard errors.
    assert abs(table["heard"].sum() / len(gone) - 0.6) < 4 * np.sqrt(0.24 / len(gone))


def test_winning_back_is_the_difference_to_asking_nobody(shown, alone):
    nets = {}
    for arm, name in (("all", "win_back_all"), ("value", "win_back_value")):
        runs = [_run(name, k) for k in range(2)]
        nets[arm] = [
            value_per_initial_customer(run) - value_per_initial_customer(base)
            for run, base in zip(runs, alone, strict=True)
        ]
        table = shown.won_back.set_index(["arm", "figure"])["mean"]
        assert table[arm, "net"] == pytest.approx(np.mean(nets[arm]))
        # Spent later than the first purchase, to which it is discounted.
        spent = np.mean([strategy_cost(run) / 200 for run in runs])
        assert 0.7 * spent < table[arm, "cost"] < spent
        asked = np.mean([run.customers["win_backs"].sum() for run in runs])
        assert table[arm, "asked"] == pytest.approx(asked / 2)
    assert table["less", "net"] == pytest.approx(np.subtract(nets["value"], nets["all"]).mean())
    assert table["value", "asked"] < table["all", "asked"]


def test_a_higher_threshold_asks_fewer_and_runs_nothing_else_anew(monkeypatch):
    asked = []
    for threshold in (0.0, 2.0, 6.0):
        table = replace(SMALL, threshold=threshold).run().won_back.set_index(["arm", "figure"])["mean"]
        asked.append(table["value", "asked"])
    assert asked[0] > asked[1] > asked[2]
    names = []
    plain = churn_state.simulate
    monkeypatch.setattr(
        churn_state, "simulate", lambda town, s, **more: names.append(s.name) or plain(town, s, **more)
    )
    replace(SMALL, threshold=3.5).run()
    assert names == ["by_value", "by_value"]


@pytest.mark.parametrize(
    "change",
    [{"measure": "quality_step"}, {"preset": "telecom"}, {"customers": 300}, {"years": 4},
     {"populations": 3}, {"seed": 2}],
)  # fmt: skip
def test_every_choice_changes_the_decision(change, shown):
    assert not replace(SMALL, **change).run().amounts["mean"].equals(shown.amounts["mean"])


def test_measures_are_ready_strategies():
    assert set(MEASURES_SHOWN) <= set(strategy_names())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"measure": "win_back_all"}, "measure: must be one of recovery"),
        ({"threshold": -0.5}, "threshold: must be from 0.0 to 6.0"),
        ({"populations": 1}, "populations: must be from 2 to 10"),
        ({"years": 2.5}, "years: must be a whole number"),
    ],
)
def test_bad_choices_are_refused(change, message):
    with pytest.raises(InputError, match=message):
        replace(SMALL, **change)


def test_no_share_kept_is_below_nothing_or_above_all():
    few = replace(SMALL, customers=100, years=2).run()
    assert max(interval.high for interval in few.retention.values()) > 1.0, "or the test sees nothing"
    ends = re.findall(r"\d+\.?\d* % \((\S+) to (\S+)\)", steps_html(few))
    assert len(ends) == 2
    for low, high in ends:
        assert 0.0 <= float(low.replace("−", "-")) < float(high) <= 100.0


# -- the picture and the panel ---------------------------------------------------------------------


def test_a_kept_picture_is_the_picture():
    kept = kept_pictures()
    for state in (SMALL, replace(SMALL, threshold=4.0), replace(SMALL, lang="zh", measure="recovery")):
        result = state.run()
        one, two = (
            np.asarray(Image.open(io.BytesIO(png)), int) for png in (kept.png(result), to_png(result.figure))
        )
        assert (np.abs(one - two).max(axis=2) > 60).mean() < 0.002


def test_the_verdict_in_the_table_is_that_of_the_interval():
    """A price cut, which costs nothing in the books but the margin, does not pay; the table says so."""
    result = replace(SMALL, measure="price_cut", customers=500).run()
    assert result.amounts.loc["net", "high"] < 0 and result.verdict == "lower"
    assert "it does not pay" in steps_html(result) and "不值得投入" in steps_html(
        replace(result, state=replace(result.state, lang="zh"))
    )


def test_the_first_population_is_shown_by_itself_and_decides_nothing(monkeypatch):
    monkeypatch.setattr(paired_runs, "MOMENT", 0.0)
    monkeypatch.setattr(paired_runs, "SOON", 0.0)
    first, whole = [step for step in replace(SMALL, seed=6).steps() if not isinstance(step, int)]
    assert (first.done, whole.done) == (1, 2)
    assert not np.isfinite(first.amounts[["low", "high"]].to_numpy()).any()
    for lang in ("en", "zh"):
        said = [replace(found, state=replace(found.state, lang=lang)) for found in (first, whole)]
        texts = [steps_html(found) for found in said]
        assert say("panel.churn.first", lang, years=SMALL.years) in texts[0] and "inf" not in texts[0]
        assert say("panel.churn.means", lang, years=SMALL.years, n=2) in texts[1]
        assert say("panel.churn.verdict.one", lang) in texts[0]
    pictures = kept_pictures()
    assert pictures.png(first) == to_png(first.figure) != pictures.png(whole) == to_png(whole.figure)


def test_few_losses_leave_dashes_and_no_nan():
    tiny = replace(SMALL, preset="b2b", customers=100, years=2, threshold=6.0).run()
    for text in (steps_html(tiny), win_back_html(tiny), tiny.in_words):
        assert "nan" not in text and "inf" not in text


def test_the_panel_follows_its_controls_and_speaks_both_languages():
    panel = ChurnPanel(SMALL)
    picture, steps = bytes(panel.image.value), panel.texts["steps"].value
    assert panel.error.value == "" and "R − C" in steps
    panel.controls["threshold"].value = 3.0
    assert bytes(panel.image.value) != picture and panel.texts["steps"].value == steps
    assert "180 CU" in panel.texts["win_back"].value
    panel.controls["measure"].value = "recovery"
    assert panel.texts["steps"].value != steps
    panel.controls["lang"].value = "zh"
    assert "测定保留率" in panel.texts["steps"].value and "赢回" in panel.texts["win_back"].value
    panel.controls["lang"].value = "en"
    panel.reset.click()
    assert bytes(panel.image.value) == picture and panel.texts["steps"].value == steps
