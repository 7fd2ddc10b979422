"""Comparisons that go on until they know enough: when they stop, what they hold, and how often they err."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

import crmsim.experiments as experiments
from crmsim.checkpoints import Checkpoint
from crmsim.comparison import mean_interval, sequential_interval, verdict
from crmsim.errors import InputError
from crmsim.experiments import TABLES, compare
from crmsim.metrics.outcomes import OUTCOMES
from crmsim.scenario import preset
from crmsim.sequential_comparison import compare_until
from crmsim.strategies import find_strategy

TOWN = preset("retail").with_values(customers=40, entry_days=60, horizon_days=400)
BASE, CUT, RECOVERY = (find_strategy(name) for name in ("do_nothing", "price_cut", "recovery"))
TABLE = {name: pd.Series([1.0], index=pd.Index(["a"], name="x")) for name in TABLES}


@pytest.fixture
def drawn(monkeypatch):
    """Return a function that sets what runs give: per strategy a function of the replication."""

    def set_(**values) -> None:
        def measured(scenario, strategy, seed, branches, engine, k):
            return dict.fromkeys(OUTCOMES, 0.0) | {"clv": float(values[strategy.name](k))}, TABLE

        monkeypatch.setattr(experiments, "_measure", measured)

    return set_


def test_it_holds_what_a_comparison_of_that_many_replications_holds():
    found = compare_until(TOWN, [BASE, CUT, RECOVERY], outcomes=["clv"], at_most=30, precision=0.3, workers=1)
    n = len(found.comparison.finished)
    assert found.needed is not None and n == found.needed + 5
    fixed = compare(TOWN, [BASE, CUT, RECOVERY], replications=n, workers=1)
    assert found.comparison.runs.equals(fixed.runs) and found.comparison.asked == n
    for name, tables in fixed.tables.items():
        for table, content in tables.items():
            assert content.equals(found.comparison.tables[name][table])
    last = found.table.query("strategy == 'price_cut'").iloc[0]
    values = fixed.values("price_cut", "clv") - fixed.values("do_nothing", "clv")
    assert tuple(last[["mean", "low", "high", "n"]]) == sequential_interval(values, 0.975)


def test_two_workers_stop_when_one_stops():
    serial, parallel = (
        compare_until(TOWN, [BASE, CUT], outcomes=["clv"], at_most=20, precision=0.5, workers=workers)
        for workers in (1, 2)
    )
    assert serial.needed == parallel.needed
    assert serial.comparison.runs.equals(parallel.comparison.runs)
    assert serial.history.equals(parallel.history) and serial.table.equals(parallel.table)


@pytest.mark.parametrize("look_ahead", [0, 2, 5])
def test_it_stops_as_the_rule_says(drawn, look_ahead):
    """Against a loop over all prefixes."""
    noise = np.random.default_rng(4).normal(1.0, 1.0, 120)
    drawn(do_nothing=lambda k: 10.0, price_cut=lambda k: 10.0 + noise[k])
    found = compare_until(
        TOWN, [BASE, CUT], outcomes=["clv"], precision=0.0, at_most=120, look_ahead=look_ahead, workers=1
    )
    decided = {n: verdict(sequential_interval(noise[:n])) != "undecided" for n in range(5, 121)}
    first = next(n for n in decided if all(decided.get(n + more) for more in range(look_ahead + 1)))
    assert found.needed == first and len(found.comparison.finished) == first + look_ahead
    assert found.history["open"].tolist()[4:] == [
        int(not decided[n]) for n in range(5, first + look_ahead + 1)
    ]


def test_an_interval_that_was_narrow_by_chance_does_not_stop_it(drawn):
    """After 5 replications nothing varies; the sixth shows that this was luck."""
    jump = lambda k: 11.0 + 3.0 * (k > 4) * (-1) ** k  # noqa: E731
    drawn(do_nothing=lambda k: 10.0, price_cut=jump)
    hasty, patient = (
        compare_until(TOWN, [BASE, CUT], outcomes=["clv"], look_ahead=n, at_most=30, workers=1)
        for n in (0, 5)
    )
    assert hasty.needed == 5 and (patient.needed is None or patient.needed > 10)


def test_equivalence_stops_it_too(drawn):
    noise = np.random.default_rng(4).normal(0.0, 1.0, 200)
    drawn(do_nothing=lambda k: 10.0, price_cut=lambda k: 10.0 + noise[k])
    options = {"outcomes": ["clv"], "precision": 0.0, "workers": 1, "at_most": 60}
    never = compare_until(TOWN, [BASE, CUT], **options)
    assert never.needed is None and len(never.comparison.finished) == 60
    assert never.table["verdict"].item() == "undecided"
    found = compare_until(TOWN, [BASE, CUT], **options, equivalence={"clv": 1.0})
    assert found.table["verdict"].item() == "equivalent" and found.needed < 60


def test_stopping_makes_no_more_errors_than_it_says_and_with_student_it_would(drawn, monkeypatch):
    """Two equal strategies, looked at after every replication from the 5th to the 40th."""
    rng, runs, confidence = np.random.default_rng(6), 60, 0.8
    allowed = 0.2 + 3 * math.sqrt(0.2 * 0.8 / runs)
    noise = rng.normal(0.0, 1.0, (runs, 40))

    def errors() -> float:
        wrong = 0
        for row in noise:
            drawn(do_nothing=lambda k: 0.0, price_cut=lambda k, row=row: row[k])
            found = compare_until(
                TOWN,
                [BASE, CUT],
                outcomes=["clv"],
                at_most=40,
                look_ahead=0,
                workers=1,
                confidence=confidence,
            )
            wrong += found.table["verdict"].item() != "undecided"
        return wrong / runs

    assert errors() <= allowed
    monkeypatch.setattr("crmsim.sequential_comparison.sequential_interval", mean_interval)
    assert errors() > allowed


def test_what_was_kept_is_not_run_again(tmp_path):
    kept = Checkpoint(tmp_path / "kept")
    compare(TOWN, [BASE, CUT], replications=4, workers=1, checkpoint=kept)
    options = {"outcomes": ["clv"], "at_most": 12, "look_ahead": 2, "workers": 1}
    calls = []
    again = compare_until(TOWN, [BASE, CUT], **options, checkpoint=kept, progress=lambda *n: calls.append(n))
    assert calls[0] == (4, 12)
    plain = compare_until(TOWN, [BASE, CUT], **options)
    assert again.needed == plain.needed and again.comparison.runs.equals(plain.comparison.runs)


def test_an_interruption_keeps_what_was_finished_and_can_go_on(tmp_path):
    def stop(n: int, _: int) -> None:
        if n == 6:
            raise KeyboardInterrupt

    options = {"outcomes": ["clv"], "precision": 0.0, "at_most": 15, "workers": 1}
    same = [BASE, find_strategy("do_nothing").model_copy(update={"name": "twin"})]
    folder = tmp_path / "kept"
    cut = compare_until(TOWN, [BASE, CUT], **options, look_ahead=9, checkpoint=folder, progress=stop)
    assert len(cut.comparison.finished) == 6 and cut.needed is None and folder.exists()
    assert cut.comparison.asked > 6 and cut.table["n"].item() == 6
    whole = compare_until(TOWN, [BASE, CUT], **options, look_ahead=9, checkpoint=folder)
    assert not folder.exists() and len(whole.comparison.finished) > 6
    assert compare_until(TOWN, same, **options).table["verdict"].item() == "same"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"at_least": 1}, "^at_least: must be a whole number from 2"),
        ({"at_least": 9, "at_most": 8}, "^at_most: must be a whole number from 9"),
        ({"look_ahead": -1}, "^look_ahead: must be"),
        ({"outcomes": []}, "^outcomes: must be at least one$"),
        ({"outcomes": ["profit"]}, "^outcome: must be one of clv"),
        ({"equivalence": {"profit": 1.0}}, "^outcome: must be one of clv"),
        ({"equivalence": {"clv": 0.0}}, "^equivalence: must be above 0"),
        ({"precision": -0.1}, "^precision: must be 0 or more"),
        ({"confidence": 1.0}, "^confidence: must be above 0 and below 1"),
    ],
)
def test_bad_numbers_are_refused_before_anything_runs(options, message, monkeypatch):
    monkeypatch.setattr(experiments, "_measure", lambda *_: pytest.fail("it was run"))
    with pytest.raises(InputError, match=message):
        compare_until(TOWN, [BASE, CUT], **{"workers": 1} | options)
