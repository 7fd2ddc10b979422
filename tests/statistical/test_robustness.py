"""The verdict in many worlds: the right share, the right parameter, and nothing made up."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

import crmsim.robust_verdict
from crmsim import find_strategy, preset
from crmsim.errors import InputError
from crmsim.metrics.outcomes import OUTCOMES
from crmsim.robust_verdict import robustness
from crmsim.store import RunStore
from crmsim.uncertainty import Uncertainty
from crmsim.verdict_flips import verdict_flips
from crmsim.worlds import Worlds
from crmsim.yaml_files import check

TOWN = preset("retail").with_values(customers=60, horizon_days=420)
NOTHING, CUT, RISK = (find_strategy(name) for name in ("do_nothing", "price_cut", "save_risk"))
MARGIN, TRUST = "money.margin", "loyalty.trust0"


def unsure(*paths: str) -> Uncertainty:
    return check(Uncertainty, {"parameters": [{"path": p, "low": 0.0, "high": 1.0} for p in paths]})


def invented(value, problems=None):
    """Return a stand-in for run_worlds, with values from ``value(numbers, strategy, replication)``."""

    def run(scenario, strategies, numbers, replications, **_):
        table = np.array(
            [
                [[[value(world, s.name, k)] * len(OUTCOMES) for k in range(replications)] for s in strategies]
                for world in numbers
            ]
        )
        return Worlds(tuple(numbers), tuple(s.name for s in strategies), table, problems or {})

    return run


def ahead_above(limit):
    def value(numbers, strategy, k):
        return 10.0 * (numbers.get(MARGIN, 0.9) - limit) if strategy == "save_risk" else 0.0

    return value


def test_the_share_and_the_parameter_that_flips(monkeypatch):
    monkeypatch.setattr(crmsim.robust_verdict, "run_worlds", invented(ahead_above(0.25)))
    found = robustness(TOWN, [NOTHING, RISK], unsure(TRUST, MARGIN), worlds=128, replications=3)
    assert found.winner == "save_risk", "the best in the scenario as it is"
    shares = found.shares.set_index("verdict")
    assert shares.loc["ahead", "share"] == pytest.approx(0.75, abs=0.02)
    assert shares.loc[["wins", "loses", "undecided"], "worlds"].sum() == 128
    assert shares.loc["ahead", "low"] < 0.75 < shares.loc["ahead", "high"]
    first = found.flips.iloc[0]
    assert first["parameter"] == MARGIN
    assert first["limit"] == pytest.approx(0.25, abs=0.02)
    assert (first["ahead_below"], first["ahead_above"], first["tells"]) == (0.0, 1.0, pytest.approx(1.0))
    assert first["correlation"] == pytest.approx(1.0)
    assert abs(found.flips.iloc[1]["correlation"]) < 0.3 and found.flips.iloc[1]["tells"] < 0.2


def test_noise_leaves_worlds_undecided_and_never_decides_both_ways(monkeypatch):
    def value(numbers, strategy, k):
        return (-1.0) ** k if strategy == "save_risk" else 0.0

    monkeypatch.setattr(crmsim.robust_verdict, "run_worlds", invented(value))
    found = robustness(TOWN, [NOTHING, RISK], unsure(MARGIN), winner="save_risk", worlds=16, replications=4)
    assert found.shares.set_index("verdict").loc["undecided", "share"] == 1.0
    assert found.flips["limit"].isna().all()


def test_less_is_better_of_what_costs(monkeypatch):
    monkeypatch.setattr(crmsim.robust_verdict, "run_worlds", invented(ahead_above(0.25)))
    found = robustness(TOWN, [NOTHING, RISK], unsure(MARGIN), outcome="wait", winner="save_risk", worlds=64)
    assert found.shares.set_index("verdict").loc["ahead", "share"] == pytest.approx(0.25, abs=0.04)


def test_the_winner_must_beat_every_rival(monkeypatch):
    def value(numbers, strategy, k):
        margin = numbers.get(MARGIN, 0.5)
        return {"save_risk": 0.5, "do_nothing": margin, "price_cut": 1.0 - margin}[strategy] + 0.01

    monkeypatch.setattr(crmsim.robust_verdict, "run_worlds", invented(value))
    options = {"winner": "save_risk", "worlds": 64, "replications": 2}
    found = robustness(TOWN, [NOTHING, RISK, CUT], unsure(MARGIN), **options)
    assert found.shares.set_index("verdict").loc["loses", "share"] == 1.0, "one of the two is always better"
    rivals = found.table[1:]
    assert ((rivals["rival"] == "do_nothing") == (rivals[MARGIN] > 0.5)).all()
    assert (rivals["margin"] <= 0).all()


def test_intervals_for_several_rivals_are_wider(monkeypatch):
    def value(numbers, strategy, k):
        return 1.0 + k if strategy == "save_risk" else 0.0

    monkeypatch.setattr(crmsim.robust_verdict, "run_worlds", invented(value))
    options = {"winner": "save_risk", "worlds": 2, "replications": 3}
    two = robustness(TOWN, [NOTHING, RISK], unsure(MARGIN), **options).table
    three = robustness(TOWN, [NOTHING, RISK, CUT], unsure(MARGIN), **options).table
    assert (three["low"] < two["low"]).all()


def test_a_tie_is_not_ahead(monkeypatch):
    monkeypatch.setattr(crmsim.robust_verdict, "run_worlds", invented(lambda *_: 1.0))
    found = robustness(TOWN, [NOTHING, RISK], unsure(MARGIN), winner="save_risk", worlds=4)
    shares = found.shares.set_index("verdict")["worlds"]
    assert shares["ahead"] == 0 and shares["undecided"] == 4


def test_what_does_not_matter_does_not_speak_against_the_winner(monkeypatch):
    """It is ahead by 0.3 at a low margin and behind by 0.7 at a high one; up to 0.2 nobody minds."""

    def value(numbers, strategy, k):
        return 0.3 - numbers.get(MARGIN, 0.0) if strategy == "save_risk" else 0.0

    monkeypatch.setattr(crmsim.robust_verdict, "run_worlds", invented(value))
    options = {"winner": "save_risk", "worlds": 128, "replications": 2}
    strict, mild = (
        robustness(TOWN, [NOTHING, RISK], unsure(MARGIN), equivalence=margin, **options)
        for margin in (None, 0.2)
    )
    for found, shares in ((strict, (0.3, 0.3, 0.0, 0.7)), (mild, (0.5, 0.1, 0.4, 0.5))):
        table = found.shares.set_index("verdict")["share"]
        assert table[["ahead", "wins", "equivalent", "loses"]].tolist() == pytest.approx(shares, abs=0.02)
    assert mild.flips["limit"].item() == pytest.approx(0.5, abs=0.02)
    with pytest.raises(InputError, match=r"^equivalence: must be above 0"):
        robustness(TOWN, [NOTHING, RISK], unsure(MARGIN), equivalence=0.0, **options)


def test_of_parameters_that_do_nothing_none_is_accused_more_often_than_was_asked():
    """Six innocent parameters and the best limit of each: whoever names the best always names one."""
    rng, accused, tries = np.random.default_rng(4), [], 80
    for _ in range(tries):
        margin = rng.normal(size=40)
        worlds = pd.DataFrame(rng.uniform(size=(40, 6)), columns=list("abcdef"))
        found = verdict_flips(worlds, margin > 0, margin, confidence=0.8)
        assert math.isfinite(found["limit"].iloc[0])
        accused.append(bool(found["sure"].any()))
    assert abs(np.mean(accused) - 0.2) < 4 * math.sqrt(0.2 * 0.8 / tries)


def test_the_guilty_one_is_found_among_the_innocent():
    rng = np.random.default_rng(5)
    worlds = pd.DataFrame(rng.uniform(size=(40, 6)), columns=list("abcdef"))
    margin = worlds["c"].to_numpy() - 0.4 + 0.1 * rng.normal(size=40)
    found = verdict_flips(worlds, margin > 0, margin)
    assert found.loc[found["sure"], "parameter"].tolist() == ["c"]
    assert found["limit"].iloc[0] == pytest.approx(0.4, abs=0.15)
    assert found["p"].iloc[0] < 0.01 < found["p"].iloc[1]
    pd.testing.assert_frame_equal(found, verdict_flips(worlds, margin > 0, margin))
    few = verdict_flips(worlds[:4], margin[:4] > np.median(margin[:4]), margin[:4])
    assert not few["sure"].any(), "four worlds can be dealt in six ways only"


def test_worlds_that_fail_are_left_out_and_counted(monkeypatch):
    def value(numbers, strategy, k):
        return math.nan if numbers.get(MARGIN, 1.0) < 0.25 else 1.0 * (strategy == "save_risk")

    monkeypatch.setattr(
        crmsim.robust_verdict, "run_worlds", invented(value, {3: "save_risk, replication 0: x"})
    )
    found = robustness(TOWN, [NOTHING, RISK], unsure(MARGIN), worlds=32)
    assert found.shares["n"].tolist() == [24] * 5
    assert found.shares.set_index("verdict").loc["ahead", "share"] == 1.0
    assert (found.table["verdict"] == "").sum() == 8
    monkeypatch.setattr(crmsim.robust_verdict, "run_worlds",
                        invented(lambda n, *_: math.nan if n else 1.0, {1: "what went wrong"}))  # fmt: skip
    with pytest.raises(InputError, match=r"^worlds: could not be run; the first problem: what went wrong"):
        robustness(TOWN, [NOTHING, RISK], unsure(MARGIN), worlds=4)


@pytest.mark.parametrize(
    ("strategies", "options", "message"),
    [
        ([NOTHING], {}, "^strategies: must be at least two"),
        ([NOTHING, NOTHING], {}, "^strategies: must have different names"),
        ([NOTHING, RISK], {"winner": "price_cut"}, "^winner: must be one of do_nothing, save_risk"),
        ([NOTHING, RISK], {"worlds": 1}, "^worlds: must be a whole number from 2"),
        ([NOTHING, RISK], {"outcome": "top_revenue"}, "^outcome: must be one of which more, or less"),
        ([NOTHING, RISK], {"confidence": 1.0}, "^confidence: must be above 0"),
    ],
)
def test_bad_choices_are_refused(strategies, options, message):
    with pytest.raises(InputError, match=message):
        robustness(TOWN, strategies, unsure(MARGIN), **options)


def test_the_model_itself(tmp_path):
    """The more customers gain from a price cut and the more each purchase earns, the better it does."""
    elasticity = {"path": "purchase.elasticity", "low": 0.0, "high": 8.0}
    ranges = check(Uncertainty, {"parameters": [{"path": MARGIN, "low": 0.05, "high": 0.9}, elasticity]})
    found = robustness(
        TOWN, [NOTHING, CUT], ranges, winner="do_nothing", worlds=24, replications=3, workers=2
    )
    shares = found.shares.set_index("verdict")
    assert 0.0 < shares.loc["ahead", "share"] < 1.0
    assert found.flips["correlation"].max() < -0.3
    assert (found.flips["ahead_below"] > found.flips["ahead_above"]).all()
    run = RunStore(tmp_path).find(RunStore(tmp_path).keep(found.record()))
    assert run.table("shares")["worlds"].tolist() == found.shares["worlds"].tolist()
    again = robustness(
        TOWN, [NOTHING, CUT], ranges, winner="do_nothing", worlds=24, replications=3, workers=1
    )
    assert again.table.equals(found.table)
