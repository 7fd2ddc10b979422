"""What a search may change: only ranges that the strategy allows, told with file and line."""

from __future__ import annotations

import textwrap

import pytest

import crmsim.search_space
from crmsim.errors import InputError
from crmsim.search_space import Constraint, SearchNumber, SearchSpace, load_search
from crmsim.strategies import find_strategy
from crmsim.yaml_files import check

SHARE = {"path": "rules[0].pick.top_share", "low": 0.05, "high": 0.5}
DAYS = {"path": "rules[0].do.days", "low": 30, "high": 720}


def space(*numbers: dict, **more: object) -> SearchSpace:
    return check(SearchSpace, {"numbers": list(numbers)} | more)


def test_whole_fields_are_whole_and_steps_of_the_field_hold():
    fitted = space(SHARE, DAYS, {"path": "rules[0].when.every", "low": 30, "high": 360}).fitted(
        find_strategy("save_risk")
    )
    assert [number.integer for number in fitted.numbers] == [False, True, True]
    assert [number.step for number in fitted.numbers] == [None, None, 30]
    assert fitted.start(find_strategy("save_risk")) == {
        "rules[0].pick.top_share": 0.1, "rules[0].do.days": 180, "rules[0].when.every": 90,
    }  # fmt: skip


def test_a_strategy_outside_of_the_space_is_no_start():
    assert space(SHARE | {"low": 0.2}).start(find_strategy("save_risk")) is None
    assert space(SHARE | {"low": 0.05, "step": 0.05}).start(find_strategy("save_risk")) is not None
    assert space(SHARE | {"low": 0.07, "high": 0.27, "step": 0.05}).start(find_strategy("save_risk")) is None
    missing = {"path": "rules[0].cap.per_customer", "low": 1, "high": 5}
    assert space(missing).start(find_strategy("save_risk")) is None, "it has no cap"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"high": 0.05}, "high must be above low"),
        ({"low": 0.0, "log": True}, "low must be above 0 with log"),
        ({"log": True, "step": 0.05}, "step must be left out with log"),
        ({"step": 0.07}, "high must be low and some steps of 0.07"),
        ({"integer": True}, "low must be a whole number with integer"),
        ({"high": float("inf")}, "finite"),
        ({"width": 1}, "is not a known field"),
        ({"step": 0.0}, "greater than 0"),
    ],
)
def test_a_range_that_makes_no_sense_is_refused(change, message):
    with pytest.raises(InputError) as caught:
        space(SHARE | change)
    assert message.split()[0] in str(caught.value)
    assert all(word in str(caught.value) for word in message.split()[1:])


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"numbers": []}, "numbers"),
        ({"numbers": [SHARE, SHARE]}, "numbers: must name each once, got rules"),
        ({"objectives": ["clv", "clv"]}, "objectives: must name each once, got clv twice"),
        ({"objectives": ["profit"]}, "objectives.0: must be one of clv,"),
        ({"objectives": ["top_revenue"]}, "objectives.0: must be one of which more, or less, is better"),
        ({"objectives": []}, "objectives"),
        ({"constraints": [{"outcome": "satisfied"}]}, "must give min or max"),
        ({"constraints": [{"outcome": "x", "min": 1}]}, "outcome: must be one of clv,"),
        ({"constraints": [{"outcome": "satisfied", "min": 1, "max": 0}]}, "min: must be at most max"),
        ({"constraints": [{"outcome": "clv", "min": 1}, {"outcome": "clv", "max": 2}]}, "clv twice"),
    ],
)
def test_a_space_that_makes_no_sense_is_refused(more, message):
    with pytest.raises(InputError) as caught:
        check(SearchSpace, {"numbers": [SHARE]} | more)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (SHARE | {"high": 1.5}, r"numbers.0 \(rules\[0\].pick.top_share\): must be .* up to 1, got 1.5"),
        (SHARE | {"low": 0.0}, "above 0 and up to 1, got 0.0"),
        (DAYS | {"low": 30.5}, "must be a whole number with integer"),
        (DAYS | {"path": "rules[1].do.days"}, "must be a place in a list that is there"),
        (DAYS | {"path": "rules[0].do.dayz"}, "must lead to a number"),
        (DAYS | {"path": "rules[0].pick"}, "must lead to a number"),
        (DAYS | {"path": "rules[0].pick.rank_by"}, "must lead to a number"),
        (DAYS | {"path": "rules[0].when.every", "step": 45}, "some steps of 45"),
        (DAYS | {"path": "rules 0"}, "must be names with dots"),
    ],
)  # fmt: skip
def test_what_does_not_fit_the_strategy_is_refused(number, message):
    with pytest.raises(InputError, match=message):
        space(number).fitted(find_strategy("save_risk"))


def test_a_program_has_no_numbers():
    with pytest.raises(InputError, match=r"^strategy: must be one of rules, not a Python program"):
        space(SHARE).fitted(find_strategy("listening_firm"))


def test_a_file(tmp_path):
    path = tmp_path / "space.yaml"
    path.write_text(
        'numbers:\n- {path: "rules[0].pick.top_share", low: 0.02, high: 0.5, log: true}\n'
        "objectives: [clv, satisfied]\nconstraints:\n- {outcome: strategy_cost, max: 12}\n"
    )
    found = load_search(path, find_strategy("save_risk"))
    assert found.outcomes == ("clv", "satisfied", "strategy_cost")
    assert found.numbers[0].log
    path.write_text('numbers:\n- {path: "rules[0].pick.top_share", low: 0.02, high: 5.0}\n')
    with pytest.raises(InputError, match=r"space.yaml:2:10: numbers.0 .*up to 1, got 5.0"):
        load_search(path, find_strategy("save_risk"))
    path.write_text('numbers:\n- {path: "rules[0].pick.top_share", low: 0.02}\n')
    with pytest.raises(InputError, match=r"space.yaml:2:3: numbers.0.high: is missing"):
        load_search(path, find_strategy("save_risk"))
    path.write_text("- 1\n")
    with pytest.raises(InputError, match="must hold numbers"):
        load_search(path, find_strategy("save_risk"))


def test_the_example_of_the_module_can_be_read(tmp_path):
    path = tmp_path / "space.yaml"
    path.write_text(textwrap.dedent(crmsim.search_space.__doc__.split("::\n")[1]))
    assert load_search(path, find_strategy("save_risk")).numbers[1].integer


def test_a_violation_is_the_distance_to_the_nearer_end():
    between = Constraint(outcome="satisfied", min=0.5, max=0.8)
    assert between.violation(0.9) == pytest.approx(0.1)
    assert between.violation(0.3) == pytest.approx(0.2)
    assert between.violation(0.6) < 0
    assert between.violation(0.5) == 0.0


def test_log_needs_no_whole_steps():
    assert SearchNumber(path="a", low=1, high=100, integer=True, log=True).contains(7)
