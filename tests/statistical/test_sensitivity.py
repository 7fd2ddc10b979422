"""Tornado, Sobol' and Morris: right where the answer is known, and clear where there is none."""

from __future__ import annotations

import math
import signal
from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
import pytest

import crmsim.grids
import crmsim.sensitivity
from crmsim import find_strategy, outcomes, preset, simulate
from crmsim.errors import InputError, InterruptedRun
from crmsim.metrics.outcomes import OUTCOMES
from crmsim.scenario import Scenario
from crmsim.sensitivity import global_indices, tornado
from crmsim.store import RunStore
from crmsim.uncertainty import Uncertainty
from crmsim.worlds import Worlds, run_worlds
from crmsim.yaml_files import check

TOWN = preset("retail").with_values(customers=60, horizon_days=420)
NOTHING, CUT, RISK = (find_strategy(name) for name in ("do_nothing", "price_cut", "save_risk"))
MARGIN = {"path": "money.margin", "low": 0.2, "high": 0.6}


def unsure(*parameters: dict) -> Uncertainty:
    return check(Uncertainty, {"parameters": list(parameters)})


#: Three parameters from 0 to 1 for functions whose indices are known.
THREE = unsure(*({"path": path, "low": 0.0, "high": 1.0} for path in
                 ("money.margin", "loyalty.trust_gain", "loyalty.trust0")))  # fmt: skip


def invented(value: Callable[[Mapping[str, float], str, int], float]) -> Callable[..., Worlds]:
    """Return a stand-in for run_worlds, with values from ``value(numbers, strategy, replication)``."""

    def run(scenario, strategies, numbers, replications, **_):
        table = np.array(
            [
                [[[value(world, s.name, k)] * len(OUTCOMES) for k in range(replications)] for s in strategies]
                for world in numbers
            ]
        )
        return Worlds(tuple(numbers), tuple(s.name for s in strategies), table, {})

    return run


def shares(numbers: Mapping[str, float]) -> list[float]:
    return [numbers.get(path, 0.5) for path in THREE.paths]


def ishigami(numbers: Mapping[str, float], *_: object) -> float:
    x, y, z = (math.pi * (2.0 * share - 1.0) for share in shares(numbers))
    return math.sin(x) + 7.0 * math.sin(y) ** 2 + 0.1 * z**4 * math.sin(x)


@pytest.mark.parametrize("seed", [0, 1])
def test_sobol_indices_of_the_function_of_ishigami_and_homma_1990(monkeypatch, seed):
    a, b = 7.0, 0.1
    first = [0.5 * (1.0 + b * math.pi**4 / 5.0) ** 2, a**2 / 8.0, 0.0]
    both = 8.0 * b**2 * math.pi**8 / 225.0
    variance = sum(first) + both
    total = [first[0] + both, first[1], both]
    monkeypatch.setattr(crmsim.sensitivity, "run_worlds", invented(ishigami))
    found = global_indices(TOWN, NOTHING, THREE, samples=512, replications=1, seed=seed, confidence=0.999)
    table = found.table.set_index("parameter").loc[THREE.paths]
    for name, truth in (("first", first), ("total", total)):
        for (_, row), part in zip(table.iterrows(), truth, strict=True):
            assert row[f"{name}_from"] <= part / variance <= row[f"{name}_to"]
            assert row[f"{name}_to"] - row[f"{name}_from"] < 0.5
    assert found.table["parameter"].iloc[0] == "money.margin", "the most influential first"
    again = global_indices(TOWN, NOTHING, THREE, samples=512, replications=1, seed=seed, confidence=0.999)
    pd.testing.assert_frame_equal(found.table, again.table, check_exact=True)


def test_indices_of_a_difference_know_nothing_of_what_both_share(monkeypatch):
    def level(numbers, strategy, k):
        x, y, _ = shares(numbers)
        return 100.0 * x + (y if strategy == "price_cut" else 0.0)

    monkeypatch.setattr(crmsim.sensitivity, "run_worlds", invented(level))
    found = global_indices(TOWN, CUT, THREE, base=NOTHING, samples=256)
    table = found.table.set_index("parameter")
    assert table["total"].idxmax() == "loyalty.trust_gain"
    assert table.loc["loyalty.trust_gain", "first"] == pytest.approx(1.0, abs=0.1)
    assert table.loc["money.margin", "total"] == pytest.approx(0.0, abs=1e-9)
    alone = global_indices(TOWN, CUT, THREE, samples=256).table.set_index("parameter")
    assert alone.loc["money.margin", "first"] == pytest.approx(1.0, abs=0.1)


def test_morris_effects_of_a_straight_line_are_its_slopes(monkeypatch):
    def line(numbers, *_):
        x, y, _ = shares(numbers)
        return 3.0 * x - 20.0 * y

    monkeypatch.setattr(crmsim.sensitivity, "run_worlds", invented(line))
    found = global_indices(TOWN, NOTHING, THREE, method="morris", samples=5, seed=0)
    table = found.table.set_index("parameter")
    assert found.table["parameter"].tolist() == ["loyalty.trust_gain", "money.margin", "loyalty.trust0"]
    assert table.loc[THREE.paths, "effect"].tolist() == pytest.approx([3.0, -20.0, 0.0])
    assert table.loc[THREE.paths, "size"].tolist() == pytest.approx([3.0, 20.0, 0.0])
    assert table["spread"].tolist() == pytest.approx([0.0, 0.0, 0.0], abs=1e-9)
    assert len(found.worlds) == 1 + 5 * 4


@pytest.mark.parametrize("method", ["sobol", "morris"])
def test_where_nothing_changes_no_index_is_made_up(monkeypatch, method):
    monkeypatch.setattr(crmsim.sensitivity, "run_worlds", invented(lambda *_: 5.0))
    found = global_indices(TOWN, NOTHING, THREE, method=method, samples=4)
    assert found.table.drop(columns="parameter").isna().all(axis=None)
    assert (found.centre.low, found.centre.high) == (5.0, 5.0)


@pytest.mark.parametrize(("method", "size"), [("sobol", 5), ("morris", 4)])
def test_a_world_that_fails_costs_its_block_and_no_other(monkeypatch, method, size):
    def holed(numbers, strategy, k):
        return math.nan if numbers and numbers["money.margin"] == worst else ishigami(numbers)

    points = crmsim.sensitivity._points(method, 3, 16, 1)
    worst = THREE.world(points[0])["money.margin"]
    blocks = (points.reshape(16, size, 3)[:, :, 0] == points[0, 0]).any(axis=1).sum()
    monkeypatch.setattr(crmsim.sensitivity, "run_worlds", invented(holed))
    found = global_indices(TOWN, NOTHING, THREE, method=method, samples=16, seed=1, replications=1)
    assert found.dropped == blocks
    if blocks < 15:
        assert found.table.notna().all(axis=None)


def test_when_hardly_anything_is_left_that_is_said(monkeypatch):
    monkeypatch.setattr(crmsim.sensitivity, "run_worlds", invented(lambda n, *_: math.nan if n else 1.0))
    with pytest.raises(
        InputError, match=r"^samples: leave fewer than two that are whole; .* no value in any"
    ):
        global_indices(TOWN, NOTHING, THREE, samples=4)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "fast"}, "^method: must be one of sobol, morris"),
        ({"samples": 48}, "^samples: must be a power of 2 with sobol"),
        ({"samples": 2}, "^samples: must be a whole number from 4"),
        ({"method": "morris", "samples": 1}, "^samples: must be a whole number from 2"),
        ({"outcome": "profit"}, "^outcome: must be one of clv"),
        ({"seed": -1}, "^seed: must be a whole number"),
        ({"replications": -1}, "^replications: must be a whole number"),
        ({"confidence": 2.0}, "^confidence: must be above 0"),
    ],
)
def test_bad_choices_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        global_indices(TOWN, NOTHING, THREE, **options)


def test_a_tornado_of_a_function_that_is_known(monkeypatch):
    def level(numbers, strategy, k):
        # The difference is 2 - 5 margin: 0 at 0.4, as the margin is, and no matter the trust.
        margin = numbers.get("money.margin", TOWN.money.margin)
        return 100.0 * k + (2.0 - 5.0 * margin if strategy == "price_cut" else 0.0)

    monkeypatch.setattr(crmsim.sensitivity, "run_worlds", invented(level))
    ranges = unsure({"path": "loyalty.trust0", "low": 0.0, "high": 1.0}, MARGIN | {"low": 0.1, "high": 0.6})
    found = tornado(TOWN, CUT, ranges, base=NOTHING, replications=4)
    first, second = found.table.to_dict("records")
    assert (first["parameter"], first["unit"], first["value"]) == ("money.margin", "share", 0.4)
    assert (first["at_low"], first["at_high"]) == pytest.approx((1.5, -1.0))
    assert first["swing"] == pytest.approx(-2.5)
    assert (first["swing_from"], first["swing_to"]) == pytest.approx((-2.5, -2.5)), (
        "the same luck at both ends"
    )
    assert second["swing"] == 0.0 and math.isnan(second["flips_at"])
    assert found.centre.mean == pytest.approx(0.0, abs=1e-9)
    alone = tornado(TOWN, CUT, ranges, replications=4).table
    assert alone["flips_at"].isna().all(), "a level has no verdict"


def test_where_the_verdict_flips(monkeypatch):
    def level(numbers, strategy, k):
        margin = numbers.get("money.margin", TOWN.money.margin)
        return (margin - 0.3) * (10.0 if margin < 0.4 else 20.0) if strategy == "price_cut" else 0.0

    monkeypatch.setattr(crmsim.sensitivity, "run_worlds", invented(level))
    found = tornado(TOWN, CUT, unsure(MARGIN), base=NOTHING, replications=2)
    # Through (0.2, -1) and (0.4, 2): 0 at 0.2667.
    assert found.table["flips_at"].item() == pytest.approx(0.2 + 0.2 / 3.0)


@pytest.mark.parametrize(
    ("slope", "now", "noise", "sign"),
    [
        (10.0, 0.5, 0.1, "changes"),  # -1.5 and +2.5, surely
        (10.0, 0.5, 9.0, "undecided"),  # the same means, which luck may have made
        (1.0, 5.0, 0.1, "stays"),
        (10.0, -1.9, 0.1, "undecided"),  # +0.1 at one end, where nothing is sure
    ],
)
def test_a_sign_changes_only_where_intervals_say_so(monkeypatch, slope, now, noise, sign):
    luck = noise * np.array([1.0, -1.0, 0.5, -0.5])

    def level(numbers, strategy, k):
        margin = numbers.get("money.margin", TOWN.money.margin)
        return (now + slope * (margin - TOWN.money.margin) + luck[k]) if strategy == "price_cut" else 0.0

    monkeypatch.setattr(crmsim.sensitivity, "run_worlds", invented(level))
    found = tornado(TOWN, CUT, unsure(MARGIN), base=NOTHING, replications=4)
    assert found.table["sign"].item() == sign
    assert math.isfinite(found.table["flips_at"].item()) == (sign == "changes")
    more = unsure(MARGIN, {"path": "loyalty.trust0", "low": 0.0, "high": 1.0})
    wider = tornado(TOWN, CUT, more, base=NOTHING, replications=4).table.set_index("parameter")
    assert wider.loc["money.margin", "at_low_to"] > found.table["at_low_to"].item(), "all hold together"
    assert set(tornado(TOWN, CUT, more, replications=4).table["sign"]) == {""}, "a level has no verdict"


def test_a_tornado_of_the_model_itself(tmp_path):
    """Each end is the plain difference of two runs in that scenario."""
    ranges = unsure(MARGIN, {"path": "competition.offer_rate", "low": 0.0, "high": 6.0})
    place = tmp_path / "kept"
    found = tornado(TOWN, RISK, ranges, base=NOTHING, replications=3, workers=1, checkpoint=place)
    assert not place.exists()

    def by_hand(world: Scenario, k: int) -> float:
        on, off = (simulate(world, s, replication=k, log=False) for s in (RISK, NOTHING))
        return outcomes(on)["clv"] - outcomes(off)["clv"]

    row = found.table.set_index("parameter").loc["competition.offer_rate"]
    ends = [TOWN.with_values(offer_rate=rate) for rate in (0.0, 6.0)]
    means = [np.mean([by_hand(world, k) for k in range(3)]) for world in ends]
    assert (row["at_low"], row["at_high"]) == pytest.approx(tuple(means), rel=1e-12)
    assert found.centre.mean == pytest.approx(np.mean([by_hand(TOWN, k) for k in range(3)]), rel=1e-12)
    store = RunStore(tmp_path / "store")
    run = store.find(store.keep(found.record()))
    assert run.table("sensitivity")["parameter"].tolist() == found.table["parameter"].tolist()
    assert run.table("worlds").shape[0] == 5


def test_one_replication_has_no_interval_but_a_result():
    found = tornado(TOWN, NOTHING, unsure(MARGIN), replications=1, workers=1)
    row = found.table.iloc[0]
    assert row["swing"] > 0 and math.isinf(row["swing_to"]) and row["n"] == 1


def test_a_parameter_that_has_no_effect_has_none():
    """Zero variance: without save offers in force it does not matter how late they work."""
    found = tornado(TOWN, NOTHING, unsure({"path": "programmes.late", "low": 0.0, "high": 1.0}),
                    replications=3, workers=1)  # fmt: skip
    row = found.table.iloc[0]
    assert (row["swing"], row["swing_from"], row["swing_to"]) == (0.0, 0.0, 0.0)


def test_a_world_that_cannot_be_is_left_out_with_the_reason():
    # Above 0.6 the tiers are more than everybody.
    share = {"path": "tiers.tier_ordinary", "low": 0.1, "high": 1.0}
    found = tornado(TOWN, NOTHING, unsure(share, MARGIN), replications=2, workers=1)
    bad = found.table.set_index("parameter").loc["tiers.tier_ordinary"]
    assert "must be at most 1" in bad["problem"]
    assert math.isnan(bad["swing"]) and math.isfinite(bad["at_low"])
    assert found.table["parameter"].iloc[0] == "money.margin", "what is not known comes last"


def failing(at: int) -> Callable:
    original = crmsim.grids.simulate

    def run(scenario, strategy, *, replication, **more):
        if replication == at and strategy.name == "save_risk" and scenario.money.margin < 0.3:
            raise ZeroDivisionError("a firm divided by nothing")
        return original(scenario, strategy, replication=replication, **more)

    return run


def test_a_strategy_that_fails_in_one_replication_costs_that_one(monkeypatch):
    monkeypatch.setattr(crmsim.grids, "simulate", failing(at=2))
    found = tornado(TOWN, RISK, unsure(MARGIN), base=NOTHING, replications=4, workers=1)
    row = found.table.iloc[0]
    assert row["n"] == 3
    assert row["problem"] == "save_risk, replication 2: ZeroDivisionError: a firm divided by nothing"
    assert math.isfinite(row["swing"]) and found.worlds["n"].tolist() == [4, 3, 4]


def test_when_everything_fails_that_is_an_error(monkeypatch):
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a firm divided by nothing")

    monkeypatch.setattr(crmsim.grids, "simulate", broken)
    with pytest.raises(InputError, match=r"^runs: have all failed; world 0: do_nothing, replication 0: Zero"):
        tornado(TOWN, NOTHING, unsure(MARGIN), replications=2, workers=1)
    with pytest.raises(InputError, match=r"^worlds: can all not be; the first: money.margin"):
        run_worlds(TOWN, [NOTHING], [{"money.margin": 2.0}], 2)


MANY = [{"money.margin": 0.01 * k} for k in range(1, 41)]


def pressed(at: int) -> Callable:
    original, runs = crmsim.grids.simulate, []

    def run(*args, **more):
        runs.append(1)
        if len(runs) == at:
            signal.raise_signal(signal.SIGINT)
        return original(*args, **more)

    return run


def test_ctrl_c_keeps_finished_worlds_and_the_rest_can_follow(monkeypatch, tmp_path):
    whole = run_worlds(TOWN, [NOTHING], MANY, 2, workers=1)
    place, seen = tmp_path / "kept", []
    with monkeypatch.context() as patch:
        patch.setattr(crmsim.grids, "simulate", pressed(at=40))
        part = run_worlds(TOWN, [NOTHING], MANY, 2, workers=1, checkpoint=place)
    assert part.unfinished == tuple(range(16, 40))
    assert (part.values[:16] == whole.values[:16]).all() or np.isnan(whole.values[:16]).any()
    assert np.isnan(part.values[16:]).all() and part.problem(20) == "interrupted"
    rest = run_worlds(TOWN, [NOTHING], MANY, 2, workers=1, checkpoint=place,
                      progress=lambda *n: seen.append(n))  # fmt: skip
    np.testing.assert_array_equal(rest.values, whole.values)
    assert seen == [(16, 40), (32, 40), (40, 40)] and not place.exists()
    with monkeypatch.context() as patch, pytest.raises(InterruptedRun):
        patch.setattr(crmsim.grids, "simulate", pressed(at=3))
        run_worlds(TOWN, [NOTHING], MANY, 2, workers=1)


def test_workers_change_nothing():
    one, two = (run_worlds(TOWN, [NOTHING, RISK], MANY[:3], 2, workers=n).values for n in (1, 2))
    np.testing.assert_array_equal(one, two)


def test_indices_of_the_model_itself():
    ranges = unsure(MARGIN, {"path": "service.desk_agents", "low": 1, "high": 4})
    found = global_indices(TOWN, NOTHING, ranges, samples=8, replications=1, workers=2)
    assert found.table["parameter"].iloc[0] == "money.margin"
    assert set(found.worlds["service.desk_agents"].dropna()) == {1, 2, 3, 4}
    assert found.dropped == 0 and len(found.worlds) == 1 + 8 * 4
