"""Surveys and service gaps of a run, from the log and against what customers really feel."""

from __future__ import annotations

import functools
import math

import numpy as np
import pytest

from crmsim.engines import simulate
from crmsim.errors import CrmsimError
from crmsim.ledger import Ledger
from crmsim.metrics.satisfaction import SATISFIED
from crmsim.metrics.satisfaction_formulas import weighted_gap
from crmsim.metrics.service_quality import servqual_gaps
from crmsim.metrics.surveys import satisfied_in_surveys, survey_bias, survey_by_tier, survey_rounds
from crmsim.model.servqual import WEIGHTS, Dimension
from crmsim.scenario import preset
from crmsim.schemes import DIMENSIONS
from crmsim.stages import Status
from crmsim.tiers import Tier

everywhere = pytest.mark.parametrize("world", ["retail", "telecom"])


@functools.cache
def run(world: str = "retail", log: bool = True, **values: float) -> Ledger:
    scenario = preset(world).with_values(
        **{"customers": 300, "entry_days": 200, "horizon_days": 1080} | values
    )
    return simulate(scenario, seed=11, log=log)


@functools.cache
def answers(world: str = "retail"):
    """Return every question asked, with its answer (nan for none), from the log."""
    log = run(world).truth
    asked = log[log["kind"] == "survey"][["day", "customer", "detail"]]
    given = asked["detail"].where(asked["detail"] > 0)
    return asked.assign(score=given % 10, nps=given // 10)


@everywhere
def test_rounds(world):
    rounds, log = survey_rounds(run(world)), answers(world)
    assert rounds.index.to_list() == [180, 360, 540, 720, 900, 1080]
    by_day = log.groupby("day")
    assert rounds["asked"].to_list() == by_day.size().to_list()
    assert rounds["answered"].to_list() == by_day["score"].count().to_list()
    assert rounds["response_rate"].to_numpy() == pytest.approx(
        (by_day["score"].count() / by_day.size()).to_numpy()
    )
    assert rounds["mean_score"].to_numpy() == pytest.approx(by_day["score"].mean().to_numpy())
    votes = 100.0 * ((log["nps"] >= 9).astype(float) - (log["nps"] <= 6)).where(log["nps"].notna())
    by_day = votes.groupby(log["day"])
    assert rounds["nps"].to_numpy() == pytest.approx(by_day.mean().to_numpy())
    error = by_day.std(ddof=0) / np.sqrt(by_day.count())
    assert rounds["nps_se"].to_numpy() == pytest.approx(error.to_numpy())
    assert survey_rounds(run(world, log=False)).equals(rounds)


@everywhere
def test_satisfied_answers_by_round(world):
    table, log = satisfied_in_surveys(run(world)), answers(world).dropna()
    happy = (log["score"] >= 4).groupby(log["day"])
    assert table.index.to_list() == list(happy.groups)
    assert table["satisfied"].to_numpy() == pytest.approx(happy.mean().to_numpy())
    assert table["standard_error"].to_numpy() == pytest.approx(
        (happy.std(ddof=0) / np.sqrt(happy.count())).to_numpy()
    )


@everywhere
def test_last_answers_by_tier(world):
    table, people = survey_by_tier(run(world)), run(world).customers
    people = people[people["status"] == Status.ACTIVE]
    last = answers(world).dropna().groupby("customer").last().reindex(people["number"])
    assert table.index.to_list() == [*(tier.name.lower() for tier in Tier), "all"]
    for code, name in enumerate(table.index):
        inside = people["tier"] == code if name != "all" else np.full(len(people), True)
        mine = last[inside].dropna()
        assert table.loc[name, "customers"] == inside.sum() and table.loc[name, "answered"] == len(mine)
        assert table.loc[name, "mean_score"] == pytest.approx(mine["score"].mean())
        assert table.loc[name, "satisfied"] == pytest.approx((mine["score"] >= 4).mean())
        nps = 100 * ((mine["nps"] >= 9).mean() - (mine["nps"] <= 6).mean())
        assert table.loc[name, "nps"] == pytest.approx(nps)
        assert table.loc[name, "index"] == pytest.approx(np.nanmean(people["survey_index"][inside]))
    assert table["customers"].iloc[:4].sum() == table.loc["all", "customers"]
    assert 0 < table.loc["all", "index"] < 100


@everywhere
def test_bias_by_its_parts(world):
    bias, log = survey_bias(run(world)), answers(world)
    final = log[log["day"] == 1080]
    happy = run(world).customers["ratio"][final["customer"]] >= SATISFIED
    heard = final["score"].notna().to_numpy()
    assert bias["asked"] == len(final) and bias["answered"] == heard.sum()
    assert bias["truth"] == pytest.approx(happy.mean())
    assert bias["truth_of_respondents"] == pytest.approx(happy[heard].mean())
    assert bias["answers"] == pytest.approx((final["score"][heard] >= 4).mean())
    whole = bias["non_response_bias"] + bias["survey_error"]
    assert whole == pytest.approx(bias["answers"] - bias["truth"])


def test_when_everybody_answers_exactly_nothing_is_missed():
    """Only the step from 0.967, where a score of 4 begins, to 0.97 is left."""
    ledger = run(response_base=1.0, response_extreme=0.0, survey_noise=0.0)
    bias = survey_bias(ledger)
    assert bias["response_rate"] == 1.0 and bias["non_response_bias"] == 0.0
    ratio = ledger.customers["ratio"][ledger.customers["status"] == Status.ACTIVE]
    between = (ratio >= 1 - 0.4 / 12) & (ratio < SATISFIED)
    assert bias["survey_error"] == pytest.approx(between.mean(), abs=1e-12)


def test_silence_without_a_pattern_has_no_bias_and_strong_feelings_have_one():
    """Anger counts twice, so the angry are over-represented where strong feelings answer."""
    scores = {}
    for extreme in (0.0, 0.5):
        ledger = run(customers=2000, response_extreme=extreme, response_base=0.4)
        bias = survey_bias(ledger)
        # The share of a random sample without replacement.
        left_out = 1.0 - bias["answered"] / bias["asked"]
        error = math.sqrt(bias["truth"] * (1 - bias["truth"]) / bias["answered"] * left_out)
        scores[extreme] = bias["non_response_bias"] / error
    assert abs(scores[0.0]) < 4
    assert scores[0.5] < -4


@pytest.mark.filterwarnings("error")
def test_nobody_asked_is_nan():
    ledger = run(survey_days=0, customers=20)
    assert len(survey_rounds(ledger)) == len(satisfied_in_surveys(ledger)) == 0
    bias = survey_bias(ledger)
    assert bias["asked"] == 0 and bias.drop(["asked", "answered"]).isna().all()
    assert survey_by_tier(ledger)["nps"].isna().all()


def test_nobody_answered_is_nan():
    rounds = survey_rounds(run(response_base=0.0, response_extreme=0.0, customers=50))
    assert (rounds["asked"] > 0).all() and rounds[["mean_score", "nps", "nps_se"]].isna().all(axis=None)


@pytest.mark.parametrize("view", [satisfied_in_surveys, survey_bias])
def test_what_needs_the_log_says_so(view):
    with pytest.raises(CrmsimError, match="kept no event log"):
        view(run(log=False))


# --- service quality ---------------------------------------------------------------------------------------


def test_dimensions_are_those_that_the_record_keeps():
    assert {name.upper(): DIMENSIONS[name] for name in DIMENSIONS} == {
        dimension.name: WEIGHTS[dimension] for dimension in Dimension
    }
    assert [Dimension[name.upper()] for name in DIMENSIONS] == list(Dimension)


@everywhere
def test_gaps(world):
    ledger = run(world, servqual=1)
    table, people = servqual_gaps(ledger), ledger.customers[ledger.customers["status"] == Status.ACTIVE]
    for place, name in enumerate(DIMENSIONS):
        b, a = people["servqual_perceived"][:, place].mean(), people["servqual_expected"][:, place].mean()
        assert table.loc[name, ["perceived", "expected", "gap"]].to_list() == pytest.approx([b, a, b - a])
    assert table["part"].sum() == pytest.approx(weighted_gap(table["gap"], table["weight"]))
    # Problems are felt as a lack of reliability.
    assert table["gap"].idxmin() == "reliability"


def test_gaps_need_the_view():
    with pytest.raises(CrmsimError, match=r"^this run kept no view by dimension; run it with servqual: 1$"):
        servqual_gaps(run(servqual=0))
