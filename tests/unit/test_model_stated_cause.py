"""What the firm hears of the reasons, and what others hear (model.md sections 7.3 and 9.1)."""

from __future__ import annotations

import numpy as np
from generators import small
from small_worlds import luck, made, of_kind

from crmsim.engines import simulate
from crmsim.events import EventKind
from crmsim.luck import Purpose
from crmsim.stages import Cause, Status

#: model.md, section 7.3, in tenths.
LOUD = {Cause.SERVICE_FAILURE: 15, Cause.QUALITY: 10, Cause.BY_COMPANY: 7, Cause.PRICE: 3, Cause.NEGLECT: 3}


def _lost():
    scenario = small("retail", customers=3000, horizon_days=900, griev_hazard=30.0, neglect_hazard=3.0)
    sent = {"who": {"purchases": {"max": 1}, "tenure_days": {"min": 300}}, "do": {"terminate": True}}
    return simulate(scenario, made(sent))


def test_six_in_ten_say_why_and_of_the_others_nothing_is_known():
    people = _lost().customers
    lapsed = people[people["status"] == Status.LAPSED]
    says = luck(lapsed["key"], Purpose.STATED_CAUSE, 0) < 0.6
    assert (lapsed["stated_cause"] == np.where(says, lapsed["cause"], Cause.NONE)).all()
    assert abs((lapsed["stated_cause"] != Cause.NONE).mean() - 0.6) < 4 * np.sqrt(0.24 / len(lapsed))
    assert len(set(lapsed["cause"].tolist())) == 7
    assert not people["stated_cause"][people["status"] == Status.ACTIVE].any()


def test_the_firm_always_knows_whom_it_sent_away():
    people = _lost().customers
    sent = people[people["status"] == Status.TERMINATED]
    assert len(sent) > 50
    assert (sent["stated_cause"] == Cause.BY_COMPANY).all() and (sent["cause"] == Cause.BY_COMPANY).all()


def test_leavers_talk_as_loudly_as_their_reason():
    ledger = _lost()
    said = of_kind(ledger, EventKind.NEGATIVE_WORD)
    ends = [r for r in of_kind(ledger, EventKind.CHURN) if Cause(r["detail"]) in LOUD]
    assert {Cause(r["detail"]) for r in ends} == set(LOUD)
    expected = [(int(r["customer"]), int(r["time"]), LOUD[Cause(r["detail"])]) for r in ends]
    assert [(int(r["customer"]), int(r["time"]), int(r["detail"])) for r in said] == expected


def test_reputation_falls_by_what_is_said():
    """From window to window: R times exp(-2 x sum of weights / N), then a part of the way back to 1."""
    scenario = small("retail", customers=500, horizon_days=390, rep_neg=2.0, rep_pos=0.0)
    ledger = simulate(scenario)
    said, reputation, start = of_kind(ledger, EventKind.NEGATIVE_WORD), 1.0, 0
    for month in ledger.months:
        end = int(month["time"])
        blame = said["detail"][(said["time"] > start) & (said["time"] <= end)].sum() / 10.0
        spoken = reputation * np.exp(-2.0 * blame / 500)
        reputation = 1.0 + (spoken - 1.0) * np.exp(-(end - start) / 86_400 / 180.0)
        np.testing.assert_allclose(month["reputation"], reputation, rtol=1e-12)
        start = end
    assert ledger.months["reputation"].min() < 0.99
