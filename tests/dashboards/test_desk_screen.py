"""The call-centre monitor: the state without widgets, then the panel without a browser."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from crmsim import outcomes, simulate
from crmsim.comparison import mean_interval, paired_interval
from crmsim.dashboards.desk_panel import DeskPanel
from crmsim.dashboards.desk_picture import PICTURE_SIZE, desk_figure, desk_in_words, desk_table_html
from crmsim.dashboards.desk_state import ARMS, OUTCOME_UNITS, DeskResult, DeskState
from crmsim.dashboards.kept_figures import KeptFigures
from crmsim.errors import InputError
from crmsim.metrics.calls import desk_calls
from crmsim.queueing import mean_wait, priority_waits

#: With so few customers, a contact has to take long to keep two agents busy.
SMALL = DeskState(customers=300, hours=40.0, years=2, replications=2)


def _runs(state: DeskState, arm: str) -> list:
    return [
        simulate(state.scenario(arm), state.strategy(arm), seed=state.seed, replication=k)
        for k in range(state.replications)
    ]


# -- the state -------------------------------------------------------------------------------------


@pytest.mark.parametrize("preset", ["retail", "telecom", "b2b"])
@pytest.mark.parametrize("arm", ARMS)
def test_the_handling_time_is_the_one_chosen_at_every_desk(preset, arm):
    state = replace(SMALL, preset=preset, hours=30.0, agents=3)
    ledger = simulate(state.scenario(arm), state.strategy(arm), seed=1, log=False)
    assert float(ledger.run["handling_days"]) * 24 == pytest.approx(30.0)


@pytest.mark.parametrize(
    "change",
    [{"customers": 3000, "hours": 48.0, "agents": 1}, {"customers": 200, "hours": 1.0, "agents": 12}],
)
def test_the_ends_of_all_scales_are_scenarios(change):
    for preset in ("retail", "telecom", "b2b"):
        state = replace(SMALL, preset=preset, questions=4.0, problems=4.0, **change)
        assert [state.scenario(arm).service.desk_agents for arm in ARMS] == [500, state.agents, state.agents]


def test_arrivals_are_multiples_of_the_usual_ones():
    usual, more = SMALL.scenario("arrival").service, replace(SMALL, questions=2.0, problems=0.5)
    service = more.scenario("priority").service
    assert service.inquiry_mean == 2.0 * usual.inquiry_mean
    assert service.problem_prob == 0.5 * usual.problem_prob


def test_nobody_waits_where_everybody_is_answered_at_once_even_under_the_greatest_load():
    state = replace(SMALL, customers=1000, preset="b2b", questions=4.0, problems=4.0, hours=48.0)
    ledger = simulate(state.scenario("at_once"), state.strategy("at_once"), seed=1)
    assert desk_calls(ledger)["waited"].max() == 0.0


def test_the_table_is_the_paired_comparison_of_the_same_runs():
    result, runs = SMALL.run(), {arm: _runs(SMALL, arm) for arm in ARMS}
    values = {arm: np.array([outcomes(ledger)["clv"] for ledger in runs[arm]]) for arm in ARMS}
    for arm, base in (("arrival", "at_once"), ("priority", "arrival")):
        row = result.table.loc[("clv", arm)]
        assert row["level"] == pytest.approx(values[arm].mean())
        assert tuple(row[["mean", "low", "high", "n"]]) == pytest.approx(
            tuple(paired_interval(values[base], values[arm]))
        )
    assert result.table.loc[("wait", "at_once"), "level"] == 0.0
    assert np.isnan(result.table.loc[("clv", "at_once"), "mean"])


def test_waits_are_of_calls_in_the_second_year_with_their_interval():
    result = SMALL.run()
    means = []
    for ledger in _runs(SMALL, "priority"):
        calls = desk_calls(ledger)
        means.append(
            calls[(calls["asked"] >= 365) & (calls["asked"] < 730)].groupby("tier")["waited"].mean()[3]
        )
    row = result.waits["priority"].loc["small"]
    assert tuple(row) == pytest.approx(tuple(mean_interval(np.array(means))))


def test_theory_is_that_of_the_calls_of_the_same_desk():
    result = replace(SMALL, order="vip").run()
    fifo, vip = result.calls_per_day("arrival"), result.calls_per_day("priority")
    service = 24.0 / SMALL.hours
    assert result.theory["arrival"]["vip"] == pytest.approx(float(mean_wait(fifo.sum(), service, 2)))
    best, others = priority_waits([vip["vip"], vip.drop("vip").sum()], service, 2)
    assert result.theory["priority"].tolist() == [pytest.approx(best)] + [pytest.approx(others)] * 3


def test_a_steady_desk_waits_as_theory_says():
    """Within the second year of many small runs; what is left is that the load is never quite steady."""
    result = replace(SMALL, customers=1000, hours=9.0, replications=12).run()
    for arm in ("arrival", "priority"):
        assert result.waits[arm]["mean"].tolist() == pytest.approx(result.theory[arm].tolist(), rel=0.25)
    overall = result.overall_wait("arrival")
    assert overall.share == pytest.approx(result.load["delayed"], abs=0.05)
    assert overall.mean == pytest.approx(result.theory["arrival"]["vip"], rel=0.2)


def test_shares_are_of_all_runs_together():
    result = SMALL.run()
    calls = pd.concat([desk_calls(ledger) for ledger in _runs(SMALL, "arrival")])
    calls = calls[(calls["asked"] >= 365) & (calls["asked"] < 730) & calls["waited"].notna()]
    small = calls["waited"][calls["tier"] == 3]
    assert result.shares("arrival")["small"].loc[1.0] == pytest.approx((small > 1.0).mean())
    assert result.overall_wait("arrival").share == pytest.approx((calls["waited"] > 0).mean())
    assert result.overall_wait("arrival").mean == pytest.approx(calls["waited"].mean())


def test_where_nobody_calls_nobody_waits_and_no_number_is_made_of_it():
    silent = replace(SMALL, questions=0.0, problems=0.0, years=2, replications=2).run()
    assert np.isnan(silent.overall_wait("arrival")).all()


def test_late_answers_are_worth_less():
    table = replace(SMALL, customers=1000, hours=12.0, replications=6).run().recoveries
    quality = table["quality"].iloc[:4]
    assert (quality.diff().dropna() < 0).all() and table["n"].iloc[0] > 100


def test_service_by_tier_as_a_whole_has_equal_service_beside_it():
    service = replace(SMALL, order="service")
    plain, tiers = (len(service.strategy(arm).rules) for arm in ("arrival", "priority"))
    assert plain == len(service.strategy("at_once").rules) > 0 and tiers > plain
    assert len(replace(service, make_good=True).strategy("arrival").rules) == plain + 1


@pytest.mark.parametrize(
    "change",
    [
        {"preset": "telecom"}, {"customers": 400}, {"questions": 1.5}, {"problems": 2.0}, {"agents": 1},
        {"hours": 42.0}, {"order": "vip"}, {"order": "service"}, {"make_good": True}, {"years": 3},
        {"seed": 2}, {"replications": 3},
    ],
    ids=str,
)  # fmt: skip
def test_every_choice_changes_the_numbers(change):
    assert not replace(SMALL, **change).run().table["level"].equals(SMALL.run().table["level"])


def test_the_engine_changes_nothing():
    state = replace(SMALL, customers=200)
    assert replace(state, engine="simpy").run().table.equals(state.run().table)


def test_results_come_with_the_first_of_each_desk_and_with_all():
    steps = list(replace(SMALL, replications=4, seed=77).steps())
    results = [step for step in steps if isinstance(step, DeskResult)]
    assert [len(result.pairs) for result in results] in ([1, 4], [4])
    assert results[-1].done == 12 == replace(SMALL, replications=4).runs
    assert [step for step in steps if isinstance(step, int)] == list(range(1, 13))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"agents": 0}, "agents: must be from 1 to 12, got 0"),
        ({"hours": 0.5}, "hours: must be from 1.0 to 48.0, got 0.5"),
        ({"questions": float("nan")}, "questions: must be from 0.0 to 4.0"),
        ({"order": "lottery"}, "order: must be one of tiers, vip, service, got 'lottery'"),
        ({"years": 1}, "years: must be from 2 to 6"),
        ({"engine": "diesel"}, "engine: must be one of"),
    ],
)
def test_choices_that_cannot_be_are_refused(change, message):
    with pytest.raises(InputError, match=re.escape(message)):
        replace(SMALL, **change)


# -- the picture and the words ---------------------------------------------------------------------

HARD = {
    "usual": {}, "b2b": {"preset": "b2b", "hours": 15.0, "order": "service"},
    "too few": {"agents": 1, "hours": 48.0}, "nobody calls": {"questions": 0.0, "problems": 0.0},
    "nobody complains": {"problems": 0.0}, "nobody waits": {"agents": 12, "hours": 1.0},
}  # fmt: skip


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("change", HARD.values(), ids=HARD)
def test_no_word_of_the_picture_is_cut_or_lies_on_another_part(change, lang):
    figure = desk_figure(replace(SMALL, lang=lang, **change).run())
    figure.canvas.draw()
    parts = [*figure.axes, *figure.legends]
    boxes = [part.get_tightbbox() for part in parts]
    for i, box in enumerate(boxes):
        assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= PICTURE_SIZE[0] and box.y1 <= PICTURE_SIZE[1], box
        for other in boxes[:i]:
            assert not box.overlaps(other), (box, other)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("change", HARD.values(), ids=HARD)
def test_the_words_never_say_nan(change, lang):
    result = replace(SMALL, lang=lang, **change).run()
    words = desk_in_words(result) + desk_table_html(result)
    assert "nan" not in words and "inf" not in words


def test_a_desk_with_more_work_than_time_says_so():
    assert "more work than time" in desk_in_words(replace(SMALL, agents=1, hours=48.0).run())
    assert "more work than time" not in desk_in_words(SMALL.run())


def test_what_is_decided_is_bold_and_the_first_run_has_no_interval():
    result = SMALL.run()
    html = desk_table_html(result)
    decided = result.table["verdict"].isin(["higher", "lower"]).sum()
    assert html.count("<b>") == decided > 0
    first = desk_table_html(DeskResult(SMALL, result.pairs[:1]))
    assert "<b>" not in first and "no interval before the second run" in first
    assert html.count("<tr>") == len(OUTCOME_UNITS) + 1


# -- the panel -------------------------------------------------------------------------------------


@pytest.fixture
def panel():
    return DeskPanel(SMALL)


def test_a_new_panel_shows_the_result_of_its_controls(panel):
    assert panel.state == SMALL == panel.result.state
    assert panel.texts["table"].value == desk_table_html(panel.result)
    assert "erlangs" in panel.note.value and panel.error.value == ""


@pytest.mark.parametrize("name", ["customers", "questions", "problems", "agents", "hours", "years", "seed"])
def test_moving_a_number_changes_picture_and_table(panel, name):
    picture, table = bytes(panel.image.value), panel.texts["table"].value
    panel.controls[name].value += panel.kinds[name].step
    assert bytes(panel.image.value) != picture and panel.texts["table"].value != table
    assert panel.up_to_date


def test_another_scenario_brings_a_handling_time_that_its_desk_can_bear(panel):
    panel.controls["preset"].value = "b2b"
    assert panel.state.hours == replace(SMALL, preset="b2b").usual_hours < SMALL.hours
    assert 0.5 < panel.result.load["occupancy"] < 1.0
    panel.controls["agents"].value = 4
    assert panel.state.hours == replace(SMALL, preset="b2b").usual_hours, "only the scenario moves it"


def test_the_language_changes_labels_words_and_picture_but_no_choice(panel):
    before = bytes(panel.image.value)
    panel.controls["lang"].value = "zh"
    assert panel.state == replace(SMALL, lang="zh") and bytes(panel.image.value) != before
    assert panel.controls["agents"].description == "座席数" and "爱尔兰" in panel.note.value
    assert dict(panel.controls["order"].options)["VIP优先，其余先来后到"] == "vip"
    assert "先来后到" in panel.texts["table"].value and "order of arrival" not in panel.texts["table"].value


def test_the_old_numbers_fade_when_something_goes_wrong(panel, monkeypatch):
    def fails(*_: object) -> None:
        raise InputError("desk", "must be open")

    monkeypatch.setattr(KeptFigures, "png", fails)
    panel.controls["agents"].value = 3
    assert "desk: must be open" in panel.error.value and "crmsim-stale" in panel.image._dom_classes
