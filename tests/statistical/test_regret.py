"""Regret over several scenarios: what it is, how sure it is, and weights that turn a verdict."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from crmsim.comparison import bonferroni, mean_interval, paired_interval, sequential_interval
from crmsim.errors import InputError
from crmsim.regret import overall_regrets, regrets, weight_ranges

#: Means of three strategies in two scenarios; the first is best here, the second there.
TRUE = {"calm": {"a": 10.0, "b": 6.0, "c": 9.0}, "storm": {"a": 0.0, "b": 5.0, "c": 3.0}}
EVEN = {"calm": 0.5, "storm": 0.5}
CONFIDENCE = 0.8


def drawn(rng: np.random.Generator, n: int, spread: float, true=TRUE) -> dict[str, dict[str, np.ndarray]]:
    """Return replications: luck common to all strategies of a scenario, and each one's own."""
    common = 20.0 * rng.normal(size=n)
    return {
        scenario: {name: mean + common + spread * rng.normal(size=n) for name, mean in means.items()}
        for scenario, means in true.items()
    }


def exact(sign: int = 1) -> dict[str, dict[str, np.ndarray]]:
    return {
        scenario: {name: np.full(3, sign * mean) for name, mean in means.items()}
        for scenario, means in TRUE.items()
    }


@pytest.mark.parametrize("sign", [1, -1])
def test_regret_is_the_distance_to_the_best_of_the_scenario(sign):
    table = regrets(exact(sign), {"calm": 0.25, "storm": 0.75}, sign=sign)
    found = table.set_index(["strategy", "scenario"])["regret"]
    assert found.to_dict() == {
        ("a", "calm"): 0.0, ("b", "calm"): 4.0, ("c", "calm"): 1.0,
        ("a", "storm"): 5.0, ("b", "storm"): 0.0, ("c", "storm"): 2.0,
    }  # fmt: skip
    assert table.set_index("scenario")["best"].to_dict() == {"calm": "a", "storm": "b"}
    overall = overall_regrets(table).set_index("strategy")
    assert overall["largest"].to_dict() == {"a": 5.0, "b": 4.0, "c": 2.0}
    assert overall["scenario"].to_dict() == {"a": "storm", "b": "calm", "c": "storm"}
    assert overall["expected"].to_dict() == {"a": 3.75, "b": 1.0, "c": 1.75}
    assert overall.index[0] == "c", "whoever is regretted least stands first"


def test_the_expected_regret_is_what_the_best_on_the_whole_lacks_to_whoever_knows_the_scenario():
    """Value of perfect information: the mean of the best of each scenario, less the best mean."""
    weights = {"calm": 0.3, "storm": 0.7}
    known = sum(w * max(TRUE[s].values()) for s, w in weights.items())
    chosen = {name: sum(w * TRUE[s][name] for s, w in weights.items()) for name in "abc"}
    overall = overall_regrets(regrets(exact(), weights)).set_index("strategy")["expected"]
    assert overall.min() == pytest.approx(known - max(chosen.values()))
    assert overall.idxmin() == max(chosen, key=chosen.__getitem__)


def holding(table: pd.DataFrame, overall: pd.DataFrame) -> bool:
    """Return whether every interval of regrets holds its truth."""
    best = {s: max(means.values()) for s, means in TRUE.items()}
    true = [best[s] - TRUE[s][name] for name, s in table[["strategy", "scenario"]].to_numpy()]
    rows = [(row.low, row.high, t) for row, t in zip(table.itertuples(), true, strict=True)]
    for row in overall.itertuples():
        each = [best[s] - TRUE[s][row.strategy] for s in TRUE]
        rows.append((row.largest_low, row.largest_high, max(each)))
        rows.append((row.expected_low, row.expected_high, sum(each) / 2))
    return all(low <= t <= high for low, high, t in rows)


def test_all_intervals_hold_together_at_least_as_often_as_was_asked():
    rng, tries, together, one_by_one = np.random.default_rng(4), 300, [], []
    for _ in range(tries):
        values = drawn(rng, 6, 3.0)
        # There are six pairs: with 70 % for all together, each has the 95 % that somebody would give it who
        # looks at one alone.
        for confidence, covered in ((0.95, together), (0.7, one_by_one)):
            table = regrets(values, EVEN, confidence)
            covered.append(holding(table, overall_regrets(table)))
    error = math.sqrt(0.95 * 0.05 / tries)
    assert np.mean(together) > 0.95 - 4 * error
    assert np.mean(one_by_one) < 0.95 - 4 * error, "a check that cannot fail would be none"


def test_with_one_pair_the_interval_is_that_of_the_pair():
    """So that it is neither too wide nor too narrow: there is nothing to be chosen from."""
    rng, tries, covered = np.random.default_rng(5), 400, []
    for _ in range(tries):
        values = drawn(rng, 5, 1.0, {"calm": {"a": 10.0, "b": 4.0}})
        row = regrets(values, {"calm": 1.0}, CONFIDENCE).set_index("strategy").loc["b"]
        wanted = paired_interval(values["calm"]["b"], values["calm"]["a"], CONFIDENCE)
        assert (row["low"], row["high"]) == pytest.approx((max(wanted.low, 0.0), wanted.high))
        covered.append(row["low"] <= 6.0 <= row["high"])
    error = math.sqrt(CONFIDENCE * (1.0 - CONFIDENCE) / tries)
    assert abs(np.mean(covered) - CONFIDENCE) < 4 * error


def test_every_pair_of_every_scenario_is_allowed_for():
    values = drawn(np.random.default_rng(6), 8, 2.0)
    row = regrets(values, EVEN, 0.95).set_index(["strategy", "scenario"]).loc[("a", "storm")]
    each = bonferroni(0.95, 6)
    ends = [paired_interval(values["storm"]["a"], values["storm"][other], each) for other in "bc"]
    assert row["high"] == pytest.approx(max(end.high for end in ends))
    assert row["low"] == pytest.approx(max(0.0, *(end.low for end in ends)))
    looked = regrets(values, EVEN, 0.95, interval=lambda a, b, c: sequential_interval(b - a, c))
    assert (looked["high"] >= regrets(values, EVEN, 0.95)["high"]).all()


def test_one_replication_bounds_nothing():
    table = regrets({"calm": {"a": np.array([3.0]), "b": np.array([1.0])}}, {"calm": 1.0})
    assert table.set_index("strategy").loc["b", ["regret", "low", "high"]].tolist() == [2.0, 0.0, math.inf]


def test_two_that_never_met_bound_nothing():
    values = {"calm": {"a": np.array([3.0, np.nan, 4.0]), "b": np.array([np.nan, 1.0, np.nan])}}
    table = regrets(values, {"calm": 1.0}).set_index("strategy")
    assert (table["high"] == math.inf).all() and (table["low"] == 0.0).all()


def test_who_failed_in_a_replication_is_compared_in_the_others():
    values = {"calm": {"a": np.array([5.0, 6.0, 7.0]), "b": np.array([4.0, np.nan, 7.0])}}
    row = regrets(values, {"calm": 1.0}).set_index("strategy").loc["b"]
    assert row["regret"] == pytest.approx(mean_interval(np.array([1.0, 0.0])).mean)


def test_the_weights_within_which_the_best_stays_the_best():
    table = weight_ranges({s: TRUE[s] for s in TRUE}, EVEN).set_index("scenario")
    # On the whole a: 5, b: 5.5, c: 6. With t for calm: a = 10t, b = 5 + t, c = 3 + 6t.
    assert set(table["best"]) == {"c"}
    calm = table.loc["calm"]
    assert (calm["from"], calm["below"]) == (pytest.approx(0.4), "b")
    assert (calm["to"], calm["above"]) == (pytest.approx(0.75), "a")
    storm = table.loc["storm"]
    assert (storm["from"], storm["to"]) == (pytest.approx(0.25), pytest.approx(0.6))
    assert (storm["below"], storm["above"]) == ("a", "b")


def test_whoever_is_best_everywhere_stays_so_at_any_weight():
    table = weight_ranges({"calm": {"a": 2.0, "b": 1.0}, "storm": {"a": 1.0, "b": 0.0}}, EVEN)
    assert (table["from"] == 0.0).all() and (table["to"] == 1.0).all()
    assert (table["below"] == "").all() and (table["above"] == "").all()


def test_of_three_scenarios_the_others_keep_their_proportions():
    means = {"x": {"a": 1.0, "b": 0.0}, "y": {"a": 0.0, "b": 1.0}, "z": {"a": 0.0, "b": 4.0}}
    weights = {"x": 0.8, "y": 0.15, "z": 0.05}
    row = weight_ranges(means, weights).set_index("scenario").loc["x"]
    # Of what x leaves, y has three quarters and z one: b gains 1.75 there.
    assert row["from"] == pytest.approx(1.75 / 2.75) and row["below"] == "b" and row["to"] == 1.0


@pytest.mark.parametrize("sign", [1, -1])
def test_where_less_is_better_signs_turn(sign):
    means = {s: {name: sign * mean for name, mean in found.items()} for s, found in TRUE.items()}
    assert set(weight_ranges(means, EVEN, sign=sign)["best"]) == {"c"}


def test_what_cannot_be_is_refused():
    with pytest.raises(InputError, match="weights"):
        regrets(exact(), {"calm": 1.0})
    with pytest.raises(InputError, match="values"):
        regrets({"calm": {"a": np.zeros(2)}}, {"calm": 1.0})
    with pytest.raises(InputError, match="values"):
        regrets({"calm": {"a": np.zeros(2), "b": np.zeros(2)}, "storm": {"a": np.zeros(2)}}, EVEN)
