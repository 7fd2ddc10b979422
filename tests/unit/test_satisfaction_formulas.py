"""The formulas of satisfaction, against published cases."""

from __future__ import annotations

import math

import numpy as np
import pytest
from reference import case

from crmsim.errors import InputError
from crmsim.metrics.satisfaction_formulas import (
    acsi_index,
    net_promoter_score,
    nps_standard_error,
    prospect_value,
    satisfaction_difference,
    satisfaction_ratio,
    servqual_gap,
    weighted_gap,
)
from crmsim.model.satisfaction import disconfirmation_signal
from crmsim.schemes import DIMENSIONS


def test_nps_01():
    known = case("NPS-01")
    assert net_promoter_score(**known.inputs) == known.close_to(known.expected)


def test_nps_02_variance_of_one_answer():
    known = case("NPS-02")
    shares = {f"{name.removeprefix('p_')}s": share for name, share in known.inputs.items()}
    assert net_promoter_score(**shares) / 100 == known.close_to(known.expected["nps"])
    assert (nps_standard_error(**shares) / 100) ** 2 == known.close_to(known.expected["variance"])


def test_nps_standard_error_is_that_of_the_mean_of_the_answers():
    answers = np.repeat([100.0, 0.0, -100.0], [50, 33, 17])
    assert net_promoter_score(50, 33, 17) == pytest.approx(answers.mean())
    assert nps_standard_error(50, 33, 17) == pytest.approx(answers.std() / math.sqrt(100))


def test_nps_of_nobody_and_of_nonsense():
    assert math.isnan(net_promoter_score(0, 0, 0)) and math.isnan(nps_standard_error(0, 0, 0))
    for count in (-1, math.nan):
        with pytest.raises(InputError, match=r"^passives: must be at least 0"):
            net_promoter_score(1, count, 1)


def test_sq_01():
    known = case("SQ-01")
    for name, figures in known.inputs.items():
        gap = servqual_gap(figures["perception"], figures["expectation"])
        assert gap == known.close_to(known.expected[name])


def test_pt_01_tversky_kahneman_1992():
    known = case("PT-01")
    value = prospect_value(
        known.inputs["x"], alpha=known.inputs["alpha"], loss_aversion=known.inputs["lambda"]
    )
    assert value == known.close_to(known.expected)


def test_prospect_value_at_its_limits():
    """Without curvature it is the loss aversion of the model's own experience; at 0 nothing is felt."""
    changes = np.array([-0.5, 0.0, 0.3])
    plain = [disconfirmation_signal(change, 2.0) for change in changes]
    assert prospect_value(changes, alpha=1.0, loss_aversion=2.0).tolist() == plain
    assert prospect_value([-4.0, 4.0], alpha=1.0, beta=0.5, loss_aversion=3.0).tolist() == [-6.0, 4.0]
    for options, field in (
        ({"alpha": 0.0}, "alpha"),
        ({"beta": -1.0}, "beta"),
        ({"loss_aversion": -1.0}, "loss"),
    ):
        with pytest.raises(InputError, match=rf"^{field}"):
            prospect_value([1.0], **options)


def test_weighted_gap():
    assert sum(DIMENSIONS.values()) == pytest.approx(1.0)
    gaps = np.array([-1.3, -0.7, 0.0, 0.2, 0.5])
    by_hand = -1.3 * 0.32 - 0.7 * 0.22 + 0.2 * 0.16 + 0.5 * 0.11
    assert weighted_gap(gaps, list(DIMENSIONS.values())) == pytest.approx(by_hand)


def test_acsi_01():
    known = case("ACSI-01")
    assert acsi_index(**known.inputs) == known.close_to(known.expected)
    assert float(acsi_index(known.inputs["items"][2])) == known.close_to(known.expected[2])


def test_acsi_weights():
    assert acsi_index([10, 1, 1], (2, 1, 1)) == pytest.approx(50.0)
    assert math.isnan(acsi_index([math.nan, 5, 5]))


@pytest.mark.parametrize("items", [[0, 5, 5], [1, 2, 11], [1, 2], [[1, 2, 3, 4]], 7])
def test_answers_that_are_none(items):
    with pytest.raises(InputError, match=r"^items: must be three answers from 1 to 10 each"):
        acsi_index(items)


@pytest.mark.parametrize("weights", [(0, 0, 0), (1, -1, 1), (1, 1)])
def test_weights_that_are_none(weights):
    with pytest.raises(InputError, match=r"^weights: must be three numbers from 0 up, not all 0"):
        acsi_index([5, 5, 5], weights)


def test_difference_and_ratio_agree_on_the_sign_and_not_on_the_order():
    """One point above 2 and two points above 8: more by difference, less by ratio."""
    perceived, expected = np.array([3.0, 10.0, 4.0]), np.array([2.0, 8.0, 4.0])
    difference, ratio = satisfaction_difference(perceived, expected), satisfaction_ratio(perceived, expected)
    assert difference.tolist() == [1.0, 2.0, 0.0] and ratio.tolist() == [1.5, 1.25, 1.0]
    assert (np.sign(difference) == np.sign(ratio - 1.0)).all()
    with pytest.raises(InputError, match=r"^expected: must be above 0, got 0.0$"):
        satisfaction_ratio([1.0], [0.0])
