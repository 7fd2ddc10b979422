"""Sentences of decisions: every case is said, in both languages, and nothing that was not found."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from crmsim.comparison import Interval
from crmsim.decision_words import robustness_sentences, search_sentences, sensitivity_sentences
from crmsim.grids import Grid
from crmsim.metrics.outcomes import OUTCOMES
from crmsim.robust_verdict import Robustness
from crmsim.scenario import preset
from crmsim.search_result import SearchResult, Trial, chosen, holdout_table
from crmsim.search_space import SearchSpace
from crmsim.sensitivity import Sensitivity
from crmsim.strategies import DO_NOTHING, find_strategy
from crmsim.uncertainty import Uncertainty
from crmsim.yaml_files import check

RISK, RETAIL = find_strategy("save_risk"), preset("retail")
SHARE = "rules[0].pick.top_share"


def space(**more: object) -> SearchSpace:
    return check(SearchSpace, {"numbers": [{"path": SHARE, "low": 0.05, "high": 0.9}]} | more)


def found(
    means: Sequence[dict[str, float]],
    held: Sequence[dict[str, float]],
    *,
    within: SearchSpace | None = None,
    noise: float = 0.1,
    asked: int | None = None,
    holdout: int = 4,
) -> SearchResult:
    """Return the result of a search with these outcomes; the first trial is the strategy as it was."""
    within = within or space()
    wobble = noise * np.array([1.0, -1.0, 0.5, -0.5])
    tried = []
    for number, outcomes in enumerate(means):
        values = {o: tuple(outcomes[o] + wobble) for o in within.outcomes}
        tried.append(Trial.judged(number, {SHARE: 0.1 * (number + 1)}, values, "", within))
    winners = chosen(tried, within)
    labels = ["start", *map(str, winners)]
    values = np.full((len(labels), holdout, len(OUTCOMES)), np.nan)
    for row, outcomes in enumerate(held[: len(labels)]):
        for outcome in within.outcomes:
            here = wobble[:holdout] * (1 + row)  # each its own, so that differences have an interval
            values[row, :, list(OUTCOMES).index(outcome)] = outcomes[outcome] + here
    grid = Grid(tuple(labels), tuple(range(4, 4 + holdout)), holdout, values, {}) if winners else None
    table = holdout_table([tried[n] for n in winners], tried[0], grid, within, 0.95)
    return SearchResult(
        scenario=RETAIL, strategy=RISK, space=within, start=tried[0], engine="compiled", seed=1,
        asked=asked or len(tried), replications=4, held_out=(holdout, holdout), tried=tuple(tried),
        winners=tuple(winners), holdout=table, problems={},
    )  # fmt: skip


def clv(*values: float) -> list[dict[str, float]]:
    return [{"clv": value} for value in values]


@pytest.mark.parametrize(
    ("held", "word"),
    [(clv(1.0, 4.0), "is better than"), (clv(1.0, 1.0), "It is not sure"), (clv(1.0, -4.0), "was lucky")],
)
def test_what_is_said_of_the_winner_comes_from_the_hold_out(held, word):
    first, *more = search_sentences(found(clv(1.0, 6.0, 3.0), held))
    assert word in first
    assert f"{SHARE} = 0.2" in first and "4 replications" in first
    assert "it seemed to be +5.00 CU" in first
    assert more == []


@pytest.mark.parametrize(
    ("held", "supported"), [(clv(1.0, 4.0), True), (clv(1.0, 1.0), False), (clv(1.0, -4.0), False)]
)
def test_only_the_hold_out_supports_a_winner(held, supported):
    result = found(clv(1.0, 6.0, 3.0), held)
    assert result.supported == supported and result.record().more["supported"] == supported
    assert not replace(result, holdout=result.holdout.head(0)).supported, "nothing was checked"
    assert not found(clv(1.0, 6.0), held, holdout=1).supported, "one replication shows nothing"


def test_a_winner_that_breaks_a_constraint_on_the_hold_out_is_not_supported():
    bound = space(constraints=[{"outcome": "strategy_cost", "max": 2.0}])
    rows = [{"clv": 1.0, "strategy_cost": 1.0}, {"clv": 9.0, "strategy_cost": 1.5}]
    assert found(rows, rows, within=bound).supported
    dear = [rows[0], {"clv": 9.0, "strategy_cost": 9.0}]
    assert not found(rows, dear, within=bound).supported


def test_where_less_is_better_the_winner_is_supported_when_it_is_less():
    waits = [{"wait": value} for value in (5.0, 1.0)]
    within = space(objectives=["wait"])
    assert found(waits, [{"wait": 5.0}, {"wait": 2.0}], within=within).supported
    assert not found(waits, [{"wait": 5.0}, {"wait": 9.0}], within=within).supported


def test_several_winners_have_intervals_that_hold_together():
    front = space(objectives=["clv", "satisfied"])
    rows = [{"clv": a, "satisfied": b} for a, b in ((1.0, 0.1), (5.0, 0.2), (3.0, 0.4))]
    several = found(rows, [rows[0], rows[1], rows[2]], within=front)
    (one,) = (found(rows[:2], rows[:2], within=front),)
    wide, narrow = (r.holdout.set_index(["candidate", "outcome"]).loc[("1", "clv")] for r in (several, one))
    assert wide["gain"] == pytest.approx(narrow["gain"])
    assert wide["gain_high"] - wide["gain_low"] > 1.1 * (narrow["gain_high"] - narrow["gain_low"])


def test_where_less_is_better_the_words_turn():
    waits = [{"wait": value} for value in (5.0, 1.0)]
    assert (
        "is better than"
        in search_sentences(found(waits, [{"wait": 5.0}, {"wait": 2.0}], within=space(objectives=["wait"])))[
            0
        ]
    )


def test_a_start_that_nothing_beats():
    (only,) = search_sentences(found(clv(6.0, 1.0), clv(6.0, 6.0)))
    assert only == "None of 2 sets of numbers was better than “save offers by risk” as it was."


def test_a_budget_that_cannot_be_kept_says_how_near_it_came():
    bound = space(constraints=[{"outcome": "strategy_cost", "max": 2.0}])
    costs = [{"clv": 1.0, "strategy_cost": cost} for cost in (9.0, 5.0)]
    first, second = search_sentences(found(costs, [], within=bound))
    assert first == "None of 2 sets of numbers keeps the constraints, so there is no winner."
    assert (
        second
        == "strategy cost per initial customer must be ≤ 2.00 CU; the nearest that was reached is 5.00 CU."
    )


def test_a_constraint_that_the_hold_out_breaks_or_leaves_open():
    bound = space(constraints=[{"outcome": "strategy_cost", "max": 2.0}])
    trained = [{"clv": 1.0, "strategy_cost": 1.0}, {"clv": 3.0, "strategy_cost": 1.5}]
    for cost, word in ((9.0, "breaks a constraint"), (2.0, "it is not sure that trial 1 keeps")):
        held = [{"clv": 1.0, "strategy_cost": 1.0}, {"clv": 3.0, "strategy_cost": cost}]
        assert any(
            word in s and "≤ 2.00 CU" in s for s in search_sentences(found(trained, held, within=bound))
        )


def test_a_front_names_its_ends():
    both = space(objectives=["clv", "satisfied"])
    values = [{"clv": 1.0, "satisfied": 0.5}, {"clv": 4.0, "satisfied": 0.4}, {"clv": 2.0, "satisfied": 0.9}]
    first, *ends = search_sentences(found(values, [values[0], values[1], values[2]], within=both, noise=0.01))
    assert "Of 3 sets of numbers 2 are on the Pareto front" in first
    assert f"{SHARE} = 0.2" in ends[0] and "CLV per initial customer: +3.00 CU" in ends[0]
    assert f"{SHARE} = 0.3" in ends[1] and "+40.0 pp" in ends[1]


def test_what_stood_in_the_way_is_said():
    result = found(clv(1.0, 6.0), clv(1.0, 4.0))
    bad = [
        Trial(2, {SHARE: 0.5}, "refused", "until_day: must be above from_day", {}),
        Trial(
            3,
            {SHARE: 0.6},
            "failed",
            "replication 7: ZeroDivisionError: no",
            {"clv": (1.0, math.nan, 1.0, 1.0)},
        ),
        replace(result.tried[0], number=4, state="infeasible"),
    ]
    result = replace(
        result, tried=(*result.tried, *bad), asked=9, problems={"start": "", "1": "replication 5: x"}
    )
    text = " ".join(search_sentences(result))
    assert "1 of 5 sets of numbers are refused by the strategy; the first: until_day" in text
    assert "1 of 5 sets of numbers failed in a run and cannot win" in text and "replication 7" in text
    assert "1 of 5 sets of numbers break a constraint" in text
    assert "On the hold-out a run of trial 1 failed: replication 5: x." in text
    assert "Interrupted: 5 of 9 trials are finished." in text


def test_without_a_hold_out_the_figures_are_called_too_good():
    result = found(clv(1.0, 6.0), clv(1.0, 4.0))
    result = replace(result, holdout=result.holdout.head(0), held_out=(4, 0), asked=5)
    assert "its figures are too good" in search_sentences(result)[0]
    result = replace(found(clv(1.0, 6.0), clv(1.0, 4.0)), held_out=(9, 4))
    assert "4 of 9 replications of the hold-out" in search_sentences(result)[-1]


def test_one_replication_is_said():
    assert "One replication gives no interval" in search_sentences(found(clv(1, 6), clv(1, 4), holdout=1))[-1]


def sensitivity(method: str, table: pd.DataFrame, *, base=DO_NOTHING, **more: object) -> Sensitivity:
    worlds = pd.DataFrame({"world": [0, 1, 2], "mean": [1.0, 2.0, 3.0], "problem": ["", "", ""]})
    unsure = check(Uncertainty, {"parameters": [{"path": "money.margin"}]}).fitted(RETAIL)
    options = {"worlds": worlds, "replications": 3, "unfinished": 0, "dropped": 0} | more
    options = {"centre": Interval(1.0, 0.5, 1.5, 3)} | options
    return Sensitivity(
        method=method, table=table, scenario=RETAIL, strategy=RISK,
        base=base, outcome="clv", unsure=unsure, engines={}, seed=1, **options,
    )  # fmt: skip


def tornado_table(sign: str = "changes") -> pd.DataFrame:
    row = {"parameter": "money.margin", "low": 0.2, "value": 0.4, "high": 0.6, "at_low": -1.0, "at_high": 3.0,
           "swing": 4.0, "swing_from": 3.0, "swing_to": 5.0, "sign": sign,
           "flips_at": 0.25 if sign == "changes" else math.nan}  # fmt: skip
    return pd.DataFrame([row])


def test_a_tornado_in_words():
    first, second = sensitivity_sentences(sensitivity("tornado", tornado_table()))
    assert first == (
        "money.margin from 0.2 to 0.6: the difference in CLV per initial customer goes from -1.00 CU "
        "to +3.00 CU, a change of +4.00 CU (interval +3.00 CU to +5.00 CU)."
    )
    assert second == (
        "money.margin turns it: within its range the difference surely changes its sign, at about 0.25 "
        "(now 0.4)."
    )
    stays = sensitivity_sentences(sensitivity("tornado", tornado_table("stays")))[1]
    assert "No single parameter turns it" in stays
    (level,) = sensitivity_sentences(sensitivity("tornado", tornado_table(""), base=None))
    assert "CLV per initial customer goes from -1.00 CU to 3.00 CU" in level and "difference" not in level


def test_a_change_of_sign_that_may_be_luck_is_not_called_one():
    both = pd.concat([tornado_table("stays"), tornado_table("undecided").assign(parameter="loyalty.trust0")])
    said = sensitivity_sentences(sensitivity("tornado", both))
    assert said[2].startswith("Not decided whether these") and "loyalty.trust0" in said[2]
    assert not any("turns it" in sentence for sentence in said)
    unsure = sensitivity("tornado", tornado_table("undecided"), centre=Interval(1.0, -0.5, 2.5, 3))
    assert "Even as things are" in sensitivity_sentences(unsure)[1]


def test_indices_in_words():
    row = {"parameter": "money.margin", "first": 0.5, "total": 0.7, "total_from": 0.6, "total_to": 0.8}
    row |= {"first_from": 0.4, "first_to": 0.55}
    (only,) = sensitivity_sentences(sensitivity("sobol", pd.DataFrame([row])))
    assert only == (
        "Of how the difference in CLV per initial customer varies between plausible worlds, money.margin "
        "accounts for 50% by itself (interval 40% to 55%), and for 70% with its interactions (interval 60% "
        "to 80%)."
    )
    row = {"parameter": "money.margin", "size": 9.0, "size_from": 8.0, "size_to": 10.0, "spread": 2.0}
    (only,) = sensitivity_sentences(sensitivity("morris", pd.DataFrame([row])))
    assert "changes the difference in CLV per initial customer by 9.00 CU on average" in only
    assert "(interval 8.00 CU to 10.0 CU; spread 2.00 CU)" in only
    (level,) = sensitivity_sentences(sensitivity("morris", pd.DataFrame([row]), base=None))
    assert "changes CLV per initial customer by 9.00 CU" in level


def test_nothing_that_matters_and_what_is_missing():
    still = pd.DataFrame({"world": [0, 1], "mean": [1.0, 1.0], "problem": ["", ""]})
    row = {"parameter": "money.margin", "first": math.nan, "total": math.nan}
    (only,) = sensitivity_sentences(sensitivity("sobol", pd.DataFrame([row]), worlds=still))
    assert only == "the difference in CLV per initial customer is the same in every world that was run."
    flat = tornado_table("stays").assign(swing=0.0)
    (only,) = sensitivity_sentences(sensitivity("tornado", flat, worlds=still))
    assert "is the same in every world" in only

    holed = pd.DataFrame(
        {"world": [0, 1, 2], "mean": [1.0, 2.0, math.nan], "problem": ["", "x, y", "interrupted"]}
    )
    row = {"parameter": "a", "first": 0.5, "total": 0.7, "total_from": 0.6, "total_to": 0.8}
    table = pd.DataFrame([row | {"first_from": 0.3, "first_to": 0.6}])
    told = sensitivity("sobol", table, worlds=holed, unfinished=1, replications=1, dropped=2)
    assert sensitivity_sentences(told)[1:] == [
        "2 samples were left out because one of their worlds could not be run.",
        "In 1 of 3 worlds something went wrong, and the rest is kept; the first: x, y.",
        "Interrupted: 2 of 3 worlds are finished.",
        "One replication gives no interval: how sure this is cannot be said.",
    ]


def robust(share: float, p: float, equivalence: float | None = None) -> Robustness:
    verdicts = ["ahead", "wins", "equivalent", "loses", "undecided"]
    shares = pd.DataFrame({"verdict": verdicts, "share": [share, 0.4, 0.1, 0.2, 0.3]})
    shares = shares.assign(low=share - 0.1, high=share + 0.1, n=20)
    flip = {"parameter": "money.margin", "limit": 0.3 if p <= 1.0 else math.nan, "ahead_below": 0.1,
            "ahead_above": 0.9, "p": p, "sure": p <= 0.05}  # fmt: skip
    unsure = check(Uncertainty, {"parameters": [{"path": "money.margin"}]}).fitted(RETAIL)
    table = pd.DataFrame({"world": [0], "problem": [""]})
    both = (DO_NOTHING, RISK)
    return Robustness(
        winner="save_risk", outcome="clv", table=table, shares=shares, flips=pd.DataFrame([flip]),
        scenario=RETAIL, strategies=both, unsure=unsure, engines={}, seed=1, replications=5, unfinished=0,
        equivalence=equivalence,
    )  # fmt: skip


def test_robustness_in_words():
    first, second = robustness_sentences(robust(0.7, 0.01))
    assert "ahead of all others on average in 70% of 20 plausible worlds" in first
    assert "(interval 60% to 80%)" in first
    assert second.startswith(
        "It hangs most on money.margin: with less than 0.3 it is so in 10% of the worlds"
    )
    assert "in every one of the 20 worlds" in robustness_sentences(robust(1.0, math.nan))[1]
    assert "in none of the 20 worlds" in robustness_sentences(robust(0.0, math.nan))[1]
    assert "too few" in robustness_sentences(robust(0.5, math.nan))[1]


def test_a_parameter_that_luck_would_find_too_is_not_accused():
    said = robustness_sentences(robust(0.7, 0.31))[1]
    assert said.startswith("No parameter surely turns it") and "money.margin" in said and "31%" in said


def test_the_margin_that_does_not_matter_is_named():
    first = robustness_sentences(robust(0.7, 0.01, equivalence=2.0))[0]
    assert "behind the best by less than 2.00 CU" in first
    assert "in 10% it surely is within 2.00 CU of the best" in first


def test_everything_is_said_in_chinese_too():
    results = [
        (search_sentences, found(clv(1.0, 6.0), clv(1.0, 4.0))),
        (sensitivity_sentences, sensitivity("tornado", tornado_table())),
        (robustness_sentences, robust(0.7, 0.01)),
        (robustness_sentences, robust(0.7, 0.31, equivalence=2.0)),
        (sensitivity_sentences, sensitivity("tornado", tornado_table("undecided"))),
    ]
    for words, result in results:
        for english, chinese in zip(words(result, "en"), words(result, "zh"), strict=True):
            assert english != chinese and chinese.endswith("。")
