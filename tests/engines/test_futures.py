"""Other futures of one run: the same past to the last byte, other luck afterwards, and the law of it."""

from __future__ import annotations

import json

import numpy as np
import pytest
from both_engines import assert_same, parts
from edge_worlds import WORLDS
from generators import small
from scipy import stats
from small_worlds import bare, of_kind

from crmsim.engines import simulate
from crmsim.errors import InputError
from crmsim.events import EventKind
from crmsim.log_file import log_provenance
from crmsim.model.records import DAY
from crmsim.stages import Status
from crmsim.strategies import find_strategy

REVIEW = 360


def _before(ledger, day=REVIEW):
    rows = ledger.log()
    return rows[rows["time"] < day * DAY]


@pytest.mark.parametrize("preset_name", ["retail", "telecom", "b2b"])
def test_the_past_is_shared_and_the_future_is_not(preset_name):
    scenario, strategy = small(preset_name, horizon_days=720), find_strategy("win_back_all")
    as_it_is = simulate(scenario, strategy, seed=4)
    one, two = (simulate(scenario, strategy, seed=4, future=(REVIEW, k)) for k in (1, 2))
    assert len(_before(as_it_is)) > 100
    for other in (one, two):
        assert _before(other).tobytes() == _before(as_it_is).tobytes()
    assert len({ledger.events.tobytes() for ledger in (as_it_is, one, two)}) == 3
    assert parts(one) == parts(simulate(scenario, strategy, seed=4, future=(REVIEW, 1)))
    for trait in ("purchase_rate", "dropout", "mean_spend", "need_rate"):
        same = one.customers[trait][: one.initial_count] == as_it_is.customers[trait][: one.initial_count]
        assert same.all(), trait


@pytest.mark.parametrize("preset_name", ["retail", "telecom", "b2b"])
@pytest.mark.parametrize("strategy", ["do_nothing", "win_back_all", "stage_matched"])
def test_engines_agree_on_other_futures(preset_name, strategy):
    scenario = small(preset_name, horizon_days=720)
    options = {"seed": 5, "future": (REVIEW, 3)}
    ledgers = [
        simulate(scenario, find_strategy(strategy), engine=e, **options) for e in ("compiled", "simpy")
    ]
    assert_same(*ledgers)


@pytest.mark.parametrize("name", WORLDS)
def test_engines_agree_where_an_order_could_slip(name):
    world = WORLDS[name]
    if world.scenario.population.horizon_days <= 30:
        pytest.skip("ends with its first window")
    options = {"seed": 3, "future": (30, 1)}
    assert_same(
        *(simulate(world.scenario, world.strategy, engine=e, **options) for e in ("compiled", "simpy"))
    )


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_future_has_the_law_of_the_present(seed):
    """A customer who is still there buys (1 - exp(-rate p t)) / p times on average, whatever luck was before.

    Rates and chances to leave are those that everybody was given; the means are over 40 futures of each,
    standardised customer by customer.
    """
    scenario = bare(
        customers=400, entry_days=30, horizon_days=1080, rate_shape=1.5, rate_mean=9.0, drop_a=0.8, drop_b=6.0
    )
    now = simulate(scenario.with_values(horizon_days=REVIEW), seed=seed).customers
    there = now["status"] == Status.ACTIVE
    rate, p = now["purchase_rate"][there] / 365.0, now["dropout"][there]
    expected = -np.expm1(-rate * p * (1080 - REVIEW)) / p
    counts = []
    for k in range(1, 41):
        rows = of_kind(simulate(scenario, seed=seed, future=(REVIEW, k)), EventKind.PURCHASE)
        rows = rows[rows["time"] >= REVIEW * DAY]
        counts.append(np.bincount(rows["customer"], minlength=len(now))[there])
        assert not np.bincount(rows["customer"], minlength=len(now))[~there].any()
    counts = np.array(counts, float)
    error = counts.std(axis=0, ddof=1).clip(1e-9) / np.sqrt(len(counts))
    total = (counts.mean(axis=0) - expected).sum() / np.sqrt((error**2).sum())
    assert abs(total) < 4, total
    # Futures are independent of one another: their sums vary as sums of independent customers do.
    spread = counts.sum(axis=1).var(ddof=1) / counts.var(axis=0, ddof=1).sum()
    low, high = stats.chi2.ppf([1e-5, 1 - 1e-5], len(counts) - 1) / (len(counts) - 1)
    assert low < spread < high


def test_the_next_purchase_is_drawn_anew_and_as_without_a_past():
    """Waiting has no memory: what is left of it on the day is exponential, and other in each future."""
    scenario = bare(customers=2000, entry_days=30, horizon_days=720, rate_shape=1.5, rate_mean=9.0)
    people, waits = None, []
    for k in range(1, 3):
        ledger = simulate(scenario, seed=6, future=(REVIEW, k))
        rows, people = of_kind(ledger, EventKind.PURCHASE), ledger.customers
        rows = rows[rows["time"] >= REVIEW * DAY]
        first = np.full(len(people), np.inf)
        np.minimum.at(first, rows["customer"], rows["time"])
        waits.append(first / DAY - REVIEW)
    both = np.isfinite(waits[0]) & np.isfinite(waits[1])
    rate, ahead = people["purchase_rate"] / 365.0, 720 - REVIEW
    uniform = [np.expm1(-rate * wait)[both] / np.expm1(-rate * ahead)[both] for wait in waits]
    assert both.sum() > 1000
    for u in uniform:
        assert stats.kstest(u, "uniform").pvalue > 1e-4
    correlation = np.corrcoef(*uniform)[0, 1]
    assert abs(correlation) < 4 / np.sqrt(both.sum())


def test_provenance_tells_the_future(tmp_path):
    scenario, file = small("retail", horizon_days=720), tmp_path / "log.parquet"
    assert "future" not in simulate(scenario).provenance
    ledger = simulate(scenario, future=(REVIEW, 2))
    assert ledger.provenance["future"] == [REVIEW, 2]
    simulate(scenario, future=(REVIEW, 2), log_file=file)
    assert log_provenance(file) == json.loads(json.dumps(ledger.provenance))


@pytest.mark.parametrize(
    ("future", "message"),
    [
        ((0, 1), r"^future.day: must be a whole number from 1 to 719, got 0"),
        ((720, 1), r"^future.day: must be a whole number from 1 to 719, got 720"),
        ((100, 1), r"^future.day: must be a multiple of 30, the end of a window, got 100"),
        ((360, 0), r"^future.number: must be a whole number from 1"),
    ],
)
def test_futures_that_are_none(future, message):
    with pytest.raises(InputError, match=message):
        simulate(small("retail", horizon_days=720), future=future)
