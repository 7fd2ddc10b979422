"""Addresses of single numbers in strategies and scenarios."""

from __future__ import annotations

import pytest

from crmsim.errors import InputError
from crmsim.field_paths import number_at, parse_path, with_numbers
from crmsim.scenario import preset
from crmsim.strategies import find_strategy


@pytest.mark.parametrize("text", ["", "a..b", "a.", "a[x]", "a[-1]", "[0]", "a b", "0.a", "a[0"])
def test_a_path_that_is_none_is_refused(text):
    with pytest.raises(InputError, match=r"^path: must be names with dots"):
        parse_path(text)


def test_a_number_is_read_where_it_stands_and_where_it_has_its_usual_value():
    risk = find_strategy("save_risk")
    assert number_at(risk, "rules[0].pick.top_share") == 0.1
    assert number_at(risk, "rules[0].when.from_day") == 0, "left out in the file"
    assert number_at(risk, "rules[0].cap.per_customer") is None
    assert number_at(risk, "rules[7].pick.top_share") is None
    assert (
        number_at(preset("retail"), "programmes.needs.stability[3]")
        == (preset("retail").programmes.needs.stability[3])
    )
    with pytest.raises(InputError, match=r"^rules\[0\].pick.rank_by: must lead to a number, got 'risk'"):
        number_at(risk, "rules[0].pick.rank_by")


def test_other_numbers_and_nothing_else_changes():
    risk = find_strategy("save_risk")
    other = with_numbers(risk, {"rules[0].pick.top_share": 0.3, "rules[0].cap.per_customer": 2})
    rule = other.rules[0]
    assert (rule.pick.top_share, rule.cap.per_customer, rule.do.days) == (0.3, 2, 180)
    assert with_numbers(other, {"rules[0].pick.top_share": 0.1}).to_yaml() == (
        with_numbers(risk, {"rules[0].cap.per_customer": 2}).to_yaml()
    )
    assert risk.rules[0].pick.top_share == 0.1, "the original stays"
    world = with_numbers(preset("retail"), {"programmes.needs.stability[3]": 0.25, "exit.drop_a": 0.9})
    assert (world.programmes.needs.stability[3], world.exit.drop_a) == (0.25, 0.9)


@pytest.mark.parametrize(
    ("path", "number", "message"),
    [
        ("rules[3].pick.top_share", 0.1, r"^rules\[3\].pick.top_share: must be a place in a list"),
        ("rules[0].pick.top_share", 1.5, r"^rules.0.pick.top_share: must be a number above 0 and up to 1"),
        ("rules[0].pick.share", 0.1, r"^rules.0.pick.share: is not a known field"),
        ("name.x", 0.1, r"^name.x: must lead to a number"),
        ("rules.pick", 0.1, r"^rules.pick: must lead to a number"),
        ("rules[0].do.days", 90.5, r"^rules.0.do.days: "),
    ],
)
def test_what_does_not_fit_is_refused(path, number, message):
    with pytest.raises(InputError, match=message):
        with_numbers(find_strategy("save_risk"), {path: number})
