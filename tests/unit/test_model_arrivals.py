"""Customers won from outside (model.md section 7.3)."""

from __future__ import annotations

import numpy as np
import pytest
from generators import small
from small_worlds import bare, luck, made

from crmsim.engines import simulate
from crmsim.luck import Purpose
from crmsim.model.records import DAY, WINDOW
from crmsim.model.referral import arrival_probability
from crmsim.population import draw_arrivals
from crmsim.strategies import find_strategy


@pytest.mark.parametrize(
    ("reputation", "chance"), [(0.0, 0.0), (0.7, 0.35), (1.0, 0.5), (2.0, 1.0), (5.0, 1.0)]
)
def test_reputation_decides_how_many_inquirers_are_won(reputation, chance):
    assert arrival_probability(reputation) == pytest.approx(chance)


def test_nobody_comes_where_it_is_off():
    times, keys = draw_arrivals(bare(arrivals=0.0), 1, 0)
    assert len(times) == len(keys) == 0
    ledger = simulate(bare())
    assert ledger.customer_count == 200 and not ledger.months["prospects"].any()


def test_inquiries_are_a_poisson_stream_of_twice_the_rate():
    """Means and variances by window over many seeds; 2 x 0.5 x 400 per year is 32.9 in 30 days."""
    scenario = bare(arrivals=0.5, customers=400, horizon_days=360)
    counts = []
    for seed in range(60):
        times, _ = draw_arrivals(scenario, seed, 0)
        assert (np.diff(times) >= 0).all() and times[0] > WINDOW and times[-1] < 360 * DAY
        counts.append(np.histogram(times, np.arange(1, 13) * WINDOW)[0])
    counts = np.concatenate(counts)
    mean = 2.0 * 0.5 * 400 * 30 / 365
    assert abs(counts.mean() - mean) < 4 * np.sqrt(mean / len(counts))
    # Variance over mean of a Poisson count is 1, with a standard error of about sqrt(2 / n).
    assert abs(counts.var() / counts.mean() - 1.0) < 4 * np.sqrt(2 / len(counts))


def _arrivals(ledger):
    people = ledger.customers[ledger.initial_count :]
    return people[people["generation"] == 0]


def test_at_reputation_one_every_other_inquirer_is_won_by_their_own_luck():
    scenario = bare(arrivals=1.0, customers=300, horizon_days=420)
    ledger = simulate(scenario, seed=3)
    assert (ledger.months["reputation"] == 1.0).all()
    times, keys = draw_arrivals(scenario, 3, 0)
    won = luck(keys, Purpose.ARRIVAL_CONVERSION, 0) < 0.5
    people = _arrivals(ledger)
    assert people["key"].tolist() == keys[won].tolist()
    assert people["entry"].tolist() == people["entered"].tolist() == times[won].tolist()
    assert abs(won.mean() - 0.5) < 4 * np.sqrt(0.25 / len(won))
    inquired = np.histogram(times, np.append(ledger.months["time"], 10**12) + 1)[0]
    assert ledger.months["prospects"].tolist() == inquired.tolist()
    assert ledger.months["prospects"].sum() == len(times)
    assert ledger.months["arrived"].sum() == len(people)


@pytest.mark.parametrize("praise", [0.0, 60.0])
def test_a_better_name_wins_more_of_the_same_people(praise):
    """The chance is half the reputation at the window's end, and never more than one."""
    scenario = small("retail", customers=300, arrivals=1.0, rep_pos=praise, horizon_days=600)
    ledger = simulate(scenario)
    times, keys = draw_arrivals(scenario, 1, 0)
    drawn = luck(keys, Purpose.ARRIVAL_CONVERSION, 0)
    expected = []
    for month in ledger.months:
        here = (times > month["time"]) & (times <= month["time"] + WINDOW)
        won = drawn[here] < 0.5 * min(month["reputation"], 2.0)
        assert (month["prospects"], month["arrived"]) == (here.sum(), won.sum())
        expected += keys[here][won].tolist()
    assert sorted(_arrivals(ledger)["key"].tolist()) == sorted(expected)
    if praise:
        assert ledger.months["reputation"].max() > 2.0


def test_the_same_people_inquire_under_every_strategy():
    scenario = small("retail", customers=200, arrivals=1.0, rep_neg=0.0, rep_pos=0.0)
    base = _arrivals(simulate(scenario))
    for strategy in (find_strategy("quality_step"), made({"do": {"terminate": True}})):
        other = _arrivals(simulate(scenario, strategy))
        for name in ("key", "entry", "mean_spend", "responsiveness", "fit"):
            assert base[name].tolist() == other[name].tolist()


def test_arrivals_are_strangers():
    """They come with no more liking or trust than the first customers did, and nobody sent them."""
    people = _arrivals(simulate(bare(arrivals=1.0, att0=0.4, trust0=0.2)))
    assert len(people) > 100
    assert (people["parent"] == -1).all()
    assert (people["attitude"] == 0.4).all() and (people["trust"] == 0.2).all()
