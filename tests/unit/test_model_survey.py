"""Surveys: who answers, and how far an answer is from the truth (model.md section 10)."""

from __future__ import annotations

import numpy as np
import pytest
from generators import small
from small_worlds import luck, made, of_kind

from crmsim.engines import simulate
from crmsim.events import EventKind
from crmsim.luck import Purpose, normal_quantile
from crmsim.model.records import DAY, WINDOW
from crmsim.model.survey import answer_on_scale, index_of_items, response_probability
from crmsim.stages import Status


@pytest.mark.parametrize(
    ("satisfaction", "chance"), [(0.0, 0.25), (0.1, 0.45), (-0.1, 0.45), (0.25, 0.75), (-2.0, 0.75)]
)
def test_strong_feelings_make_an_answer_more_likely(satisfaction, chance):
    assert response_probability(satisfaction, 0.25, 0.5) == pytest.approx(chance)


def test_the_extreme_part_can_be_switched_off():
    assert response_probability(-5.0, 0.3, 0.0) == 0.3


@pytest.mark.parametrize(("value", "answer"), [(3.49, 3), (3.51, 4), (-7.0, 1), (99.0, 5), (0.2, 1)])
def test_answers_are_rounded_and_stay_on_the_scale(value, answer):
    assert answer_on_scale(value, 1, 5) == answer


def test_the_index_runs_from_0_to_100():
    assert [index_of_items(total) for total in (3, 30)] == [0.0, 100.0]
    assert index_of_items(16.5) == pytest.approx(50.0)


def _at_the_end(**values):
    """Return a ledger with a survey on the last day, and the rows of it in the order of customers."""
    ledger = simulate(
        small("retail", customers=400, horizon_days=360, survey_days=180, ref_rate=0.0, **values)
    )
    rows = of_kind(ledger, EventKind.SURVEY)
    rows = rows[rows["time"] == 360 * DAY]
    return ledger, rows[np.argsort(rows["customer"])]


def _round(value, low, high):
    return np.clip(np.floor(value + 0.5), low, high)


@pytest.mark.parametrize("noise", [0.0, 1.0, 3.0])
def test_answers_are_the_truth_with_an_error(noise):
    ledger, rows = _at_the_end(survey_noise=noise)
    people = ledger.customers
    active = people[people["status"] == Status.ACTIVE]
    assert rows["customer"].tolist() == active["number"].tolist()
    asked = active["surveys"] - 1
    pull = {
        purpose: np.array([luck(active["key"], purpose, k) for k in range(asked.max() + 1)])[
            asked, np.arange(len(asked))
        ]
        for purpose in (Purpose.SURVEY_ANSWER, Purpose.SURVEY_SCORE, Purpose.SURVEY_RECOMMEND)
    }
    chance = 0.25 + 0.5 * np.minimum(1.0, 4.0 * np.abs(active["satisfaction"]))
    answers = pull[Purpose.SURVEY_ANSWER] < chance
    assert 0.2 < answers.mean() < 0.8
    error = {
        purpose: noise * np.array([normal_quantile(u) for u in pull[purpose]])
        for purpose in (Purpose.SURVEY_SCORE, Purpose.SURVEY_RECOMMEND)
    }
    score = _round(3.9 + 12.0 * (active["ratio"] - 1.0) + 0.4 * error[Purpose.SURVEY_SCORE], 1, 5)
    nps = 7.0 + 10.0 * (active["attitude"] - 0.3) + 15.0 * active["satisfaction"]
    nps = _round(nps + error[Purpose.SURVEY_RECOMMEND], 0, 10)
    assert (rows["detail"] == np.where(answers, 10 * nps + score, 0)).all()
    assert (active["survey_score"][answers] == score[answers]).all()
    assert (active["survey_nps"][answers] == nps[answers]).all()
    month = ledger.months[-1]["survey"]
    given, recommended = score[answers], nps[answers]
    expected = (len(active), answers.sum(), given.sum(), (recommended >= 9).sum(), (recommended <= 6).sum())
    assert month.tolist() == list(expected)


def test_exact_index_answers_come_from_three_questions():
    ledger, rows = _at_the_end(survey_noise=0.0)
    answered = rows["customer"][rows["detail"] > 0]
    people = ledger.customers[answered]
    best = ledger.scenario.experience.market_best
    felt = (people["ratio"] - 1.0, people["satisfaction"], people["ratio"] * people["expectation"] - best)
    items = sum(_round(7.7 + 24.0 * part, 1, 10) for part in felt)
    np.testing.assert_allclose(people["survey_index"], (items - 3.0) / 27.0 * 100.0)


def test_who_does_not_answer_keeps_the_last_answer():
    ledger = simulate(small("retail", customers=200, horizon_days=720, survey_days=30))
    rows, last = of_kind(ledger, EventKind.SURVEY), {}
    assert (rows["detail"] == 0).any()
    for row in rows[rows["detail"] > 0]:
        last[int(row["customer"])] = divmod(int(row["detail"]), 10)
    for person in ledger.customers:
        nps, score = last.get(int(person["number"]), (-1, 0))
        assert (person["survey_nps"], person["survey_score"]) == (nps, score)
        assert np.isnan(person["survey_index"]) == (score == 0)


@pytest.mark.parametrize("every", [30, 180])
def test_everybody_active_is_asked_on_the_days_of_the_survey_and_nobody_on_others(every):
    ledger = simulate(small("retail", survey_days=every))
    rows = of_kind(ledger, EventKind.SURVEY)
    days = sorted({int(t) for t in rows["time"]})
    assert days == list(range(every * DAY, 420 * DAY + 1, every * DAY))
    for month in ledger.months:
        asked = (rows["time"] == month["time"]).sum()
        assert month["survey"][0] == asked
    final = ledger.months[-1]
    assert (rows["time"] == final["time"]).sum() in (0, final["tiers"].sum())


def test_answers_change_nothing_but_what_the_firm_knows():
    asked, unasked = (simulate(small("retail", survey_days=days, horizon_days=400)) for days in (30, 0))
    rows = asked.log()
    assert rows[rows["kind"] != EventKind.SURVEY].tobytes() == unasked.log().tobytes()


def test_a_rule_can_ask_too():
    ledger = simulate(small("retail", survey_days=0), made({"do": {"survey": True}, "when": {"every": 60}}))
    rows = of_kind(ledger, EventKind.SURVEY)
    assert len(rows) > 20 and (rows["time"] % (2 * WINDOW) == 0).all()
