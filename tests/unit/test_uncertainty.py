"""Ranges of what one is unsure of: allowed, believable, and evenly gone through."""

from __future__ import annotations

import math
import textwrap
from collections import Counter

import numpy as np
import pytest
from scipy.stats import binomtest

import crmsim.uncertainty
from crmsim.errors import InputError
from crmsim.robust_verdict import share_interval
from crmsim.scenario import preset
from crmsim.uncertainty import UncertainParameter, Uncertainty, load_uncertainty, plausible_points
from crmsim.yaml_files import check

RETAIL = preset("retail")
MARGIN = {"path": "money.margin", "low": 0.3, "high": 0.5}


def unsure(*parameters: dict) -> Uncertainty:
    return check(Uncertainty, {"parameters": list(parameters)})


def test_a_range_that_is_left_out_is_the_documented_one():
    found = unsure({"path": "money.margin"}, {"path": "loyalty.trust_loss", "high": 2.0}).fitted(RETAIL)
    assert [(p.low, p.high) for p in found.parameters] == [(0.0, 1.0), (0.0, 2.0)]


@pytest.mark.parametrize(
    ("parameter", "message"),
    [
        ({"path": "purchase.rate_mean"}, r"\.low: must be given: the parameter is .* may be up to 10000"),
        ({"path": "programmes.needs.stability[3]"}, r"\.low: must be given: there is no documented range"),
        ({"path": "margin"}, r"parameters.0 \(margin\): must be money.margin, such as"),
        ({"path": "money.margins"}, "must be the path of a parameter"),
        ({"path": "name"}, "must lead to a number"),
        ({"path": "purchase.timing"}, "must lead to a number"),
        (MARGIN | {"high": 1.5}, r"must be a number from 0 to 1 \(share\), got 1.5"),
        (MARGIN | {"low": -0.1}, r"must be a number from 0 to 1 \(share\), got -0.1"),
        ({"path": "money.margin", "log": True}, r"\.low: must be above 0 with log, got 0"),
        ({"path": "service.desk_agents", "low": 2.2, "high": 2.9}, "at least one step"),
    ],
)  # fmt: skip
def test_what_does_not_fit_the_scenario_is_refused(parameter, message):
    with pytest.raises(InputError, match=message):
        unsure(parameter).fitted(RETAIL)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ([], "parameters"),
        ([MARGIN, MARGIN], "must name each once, got money.margin twice"),
        ([MARGIN | {"low": 0.5}], "high must be above low"),
        ([MARGIN | {"low": 0.0, "log": True}], "low must be above 0 with log"),
        ([MARGIN | {"step": 0.0}], "greater than 0"),
    ],
)
def test_ranges_that_make_no_sense_are_refused(parameters, message):
    with pytest.raises(InputError) as caught:
        unsure(*parameters)
    assert message.replace("high must", "must").split("must")[-1] in str(caught.value)


def test_a_file(tmp_path):
    path = tmp_path / "unsure.yaml"
    path.write_text("parameters:\n- {path: money.margin, low: 0.3, high: 0.5}\n- {path: exit.decline_days}\n")
    with pytest.raises(InputError, match=r"unsure.yaml:3:3: parameters.1 \(exit.decline_days\).low: "):
        load_uncertainty(path, RETAIL.with_values(decline_days=5))
    assert load_uncertainty(path, RETAIL).paths == ["money.margin", "exit.decline_days"]
    path.write_text("- 1\n")
    with pytest.raises(InputError, match="must hold parameters"):
        load_uncertainty(path, RETAIL)


def test_the_example_of_the_module_can_be_read(tmp_path):
    example = crmsim.uncertainty.__doc__.split("::\n")[1].split("\n\nA range")[0]
    path = tmp_path / "unsure.yaml"
    path.write_text(textwrap.dedent(example))
    assert load_uncertainty(path, RETAIL).parameters[2].high == 1.0


def test_ends_belong_to_the_range_and_every_whole_number_is_as_likely():
    agents = unsure({"path": "service.desk_agents", "low": 3, "high": 6}).fitted(RETAIL).parameters[0]
    taken = Counter(agents.at((k + 0.5) / 400) for k in range(400))
    assert taken == {3: 100, 4: 100, 5: 100, 6: 100}
    assert {type(value) for value in taken} == {int}
    assert (agents.at(0.0), agents.at(1.0)) == (3, 6)
    months = unsure({"path": "tiers.tier_every_days", "low": 90, "high": 360}).fitted(RETAIL).parameters[0]
    assert months.at(0.999) == 360 and months.at(0.1) == 120


def test_factors_are_equally_likely_with_log():
    rate = UncertainParameter(path="purchase.rate_mean", low=1.0, high=100.0, log=True)
    assert rate.at(0.5) == pytest.approx(10.0)
    assert (rate.at(0.0), rate.at(1.0)) == (1.0, 100.0)
    steps = UncertainParameter(path="a", low=1.0, high=100.0, log=True, step=1.0)
    assert [steps.at(s) for s in (0.0, 0.5, 1.0)] == [1, 10, 100]


def test_every_point_may_be_anywhere():
    """Over many seeds the first points are uniform: mean 1/2, variance 1/12, in every place."""
    first = np.array([plausible_points(["a", "b"], 3, seed) for seed in range(2000)])
    error = math.sqrt(1 / 12 / 2000)
    assert (abs(first.mean(axis=0) - 0.5) < 4.5 * error).all()
    assert (abs(first.var(axis=0) - 1 / 12) < 4.5 * math.sqrt(1 / 180 / 2000)).all()


def test_points_are_spread_evenly_and_depend_on_the_seed():
    points = plausible_points(["a", "b", "c"], 256, seed=5)
    for column in points.T:
        counts = np.histogram(column, bins=16, range=(0, 1))[0]
        assert (abs(counts - 16) <= 1).all()
    assert (points == plausible_points(["a", "b", "c"], 256, seed=5)).all()
    assert (points[:100] == plausible_points(["a", "b", "c"], 100, seed=5)).all(), "more points go on"
    assert (points != plausible_points(["a", "b", "c"], 256, seed=6)).all()


@pytest.mark.parametrize("share", [0.02, 0.3, 0.8, 1.0])
def test_the_interval_of_a_share_covers_the_truth(share):
    """The part of a square below a slanted line: covered at least as often as promised."""
    cube = np.linspace(0.0005, 0.9995, 1000)
    slanted = np.add.outer(cube, cube).ravel() / 2
    limit = float(np.quantile(slanted, share)) + (1.0 if share == 1.0 else 0.0)
    hits = 0
    for seed in range(300):
        points = plausible_points(["a", "b"], 32, seed)
        interval = share_interval(int((points.mean(axis=1) < limit).sum()), 32)
        hits += interval.low <= share <= interval.high
    assert hits / 300 > 0.95 - 3 * math.sqrt(0.95 * 0.05 / 300)


def test_the_interval_of_a_share_is_wilsons():
    for count, n in ((0, 5), (3, 20), (20, 20), (1, 1)):
        known = binomtest(count, n).proportion_ci(0.9, method="wilson")
        found = share_interval(count, n, 0.9)
        assert (found.low, found.high) == pytest.approx((known.low, known.high))
    assert math.isnan(share_interval(0, 0).mean)
