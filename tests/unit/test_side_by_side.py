"""The benchmark beside other programs: who takes a turn, who is left out and why, and what is told."""

from __future__ import annotations

import json

import pytest

from benchmarks.peers import bare_simpy
from benchmarks.peers.simple_customer import SIMPLE, Outcome
from benchmarks.side_by_side import MOST_SECONDS, Program, as_json, forecast, measure, run_apart
from benchmarks.side_by_side_report import Run, picture, table

LEAN = Program("lean", "benchmarks.peers.bare_simpy:run", "simpy")
HEAVY = Program("heavy", "benchmarks.peers.bare_simpy:run", "simpy")
ABSENT = Program("absent", "nowhere:run", "a_package_that_nobody_has")
SIZES = [10, 100, 1000]


def seconds(program: Program, customers: int) -> float:
    """A program that grows in proportion, and one that grows with the square."""
    return 0.001 * customers if program is LEAN else 0.001 * customers**2


@pytest.fixture
def made():
    """Results of three programs, and the order in which they ran."""
    turns = []

    def run(program, customers, seed):
        turns.append((customers, seed, program.name))
        outcome = Outcome(customers, 5 * customers, 500.0 * customers, customers // 2)
        return Run(seconds(program, customers), 20.0 + 0.01 * customers, outcome)

    *_, results = measure([LEAN, HEAVY, ABSENT], SIZES, 2, run)
    return results, turns


def test_a_forecast_goes_on_as_the_last_two_sizes_did_and_never_below_proportion():
    assert forecast({}, 1000) == 0.0
    assert forecast({10: 2.0}, 1000) == pytest.approx(200.0)
    assert forecast({1: 50.0, 10: 1.0, 100: 100.0}, 1000) == pytest.approx(10_000.0)
    assert forecast({10: 1.0, 100: 1.1}, 1000) == pytest.approx(11.0)


def test_programs_take_turns_round_by_round(made):
    _, turns = made
    assert turns[:4] == [(10, 1, "lean"), (10, 1, "heavy"), (10, 2, "lean"), (10, 2, "heavy")]


def test_results_are_there_after_each_size():
    def run(program, customers, seed):
        return Run(0.1, 20.0, Outcome(customers, 5 * customers, 500.0 * customers, customers // 2))

    known = [set(results.runs["lean"]) for results in measure([LEAN], SIZES, 2, run)]
    assert known == [set(SIZES[: n + 1]) for n in range(len(SIZES))]


def test_a_program_is_left_out_where_its_own_growth_says_that_it_takes_too_long(made):
    results, turns = made
    assert seconds(HEAVY, 100) < MOST_SECONDS < seconds(HEAVY, 1000)
    assert set(results.runs["heavy"]) == {10, 100}
    assert set(results.runs["lean"]) == set(SIZES)
    assert results.missing == {
        ("heavy", 1000): "about 1,000 s expected",
        **{("absent", size): "not installed" for size in SIZES},
    }
    assert (1000, 1, "heavy") not in turns


def test_the_table_says_what_was_measured_and_what_was_skipped(made):
    results, _ = made
    text = table(results, SIZES, {"python": "3"})
    assert "medians of 2 rounds" in text
    assert "| 1,000 | heavy | skipped: about 1,000 s expected |" in text
    assert "| 10 | absent | skipped: not installed |" in text
    (row,) = [line for line in text.splitlines() if line.startswith("| 100 | heavy")]
    # 10 s for 100 customers of 360 days with 5 purchases each; lean takes 0.1 s.
    assert "| 10.0000 | 100.00 (100.00 to 100.00) | 101,388.9 | 20,000,000 | 21 |" in row
    assert "| heavy | 10 to 100 | 10.00 | 10.24 |" in text


def test_every_single_run_is_kept_and_there_is_a_picture(made):
    results, _ = made
    kept = json.loads(as_json(results))
    assert len(kept["runs"]) == 2 * (3 + 2)
    assert kept["runs"][0]["seconds"] == 0.01
    assert kept["customer"] == SIMPLE._asdict()
    assert {"python", "simpy"} <= set(kept["versions"])
    assert len(kept["missing"]) == 4
    assert picture(results).startswith(b"\x89PNG")


def test_a_run_in_a_process_of_its_own_is_the_same_run():
    apart = run_apart(LEAN, 50, 3)
    assert apart.outcome == bare_simpy.run(SIMPLE, 50, 3)
    assert apart.seconds > 0.0
    assert 5.0 < apart.megabytes < 200.0
