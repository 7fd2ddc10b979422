"""What Hypothesis draws: every action, measure, trigger and mechanism, also those that are added later."""

from __future__ import annotations

import generators

from crmsim.model.records import Trigger
from crmsim.rule_records import ActionCode
from crmsim.scenario import field_homes
from crmsim.strategies.rules import MEASURES

#: Drawn on their own, together with others (``drop_b`` with ``drop_a``), or beside the point: prices of
#: single items, the size of a sale, a rate whose only effect is that more happens.
ELSEWHERE = {
    "customers", "entry_days", "horizon_days",
    "timing", "renewal_days", "buy_table", "needs",
    "drop_b", "compl_b",
    "programme", "save_offer", "win_back", "referral_bonus", "key_account",
    "rate_shape", "rate_mean", "spend_mean",
}  # fmt: skip


def test_every_parameter_may_differ():
    assert generators.FIELDS.keys() | ELSEWHERE == set(field_homes())
    assert not generators.FIELDS.keys() & ELSEWHERE


def test_every_action_is_drawn():
    assert {name.upper() for name in generators.ACTIONS} == set(ActionCode.__members__)


def test_every_measure_and_trigger_is_drawn():
    assert generators.LIMITS.keys() == MEASURES.keys()
    triggers = {name.upper() for name in generators.TRIGGERS}
    assert triggers == set(Trigger.__members__) - {"LAPSED"}, "which belongs to win_back"
