"""Methods of valuation on small logs, worked out by hand, and what each says of itself."""

from __future__ import annotations

import functools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from test_firm_records import books

from crmsim.confrontation.methods import METHODS, Method, methods_for
from crmsim.confrontation.records import FirmRecords
from crmsim.confrontation.truth import firm_records
from crmsim.engines import simulate
from crmsim.errors import CrmsimError, InputError
from crmsim.estimators import fit_bg_nbd, fit_gamma_gamma, fit_mbg_nbd, fit_pareto_nbd
from crmsim.scenario import preset

#: Two bought last year, one of the two who bought the year before came back.
SHOP = [("a", 500, 90.0), ("a", 100, 100.0), ("b", 600, 40.0), ("c", 50, 20.0)]


def value(name: str, found: FirmRecords) -> pd.Series:
    timing = "continuous" if found.renewal_days is None else "contract"
    return methods_for(timing, [name])[0].value(found)


def test_historic():
    assert value("historic", books(SHOP)).to_dict() == pytest.approx({"a": 76.0, "b": 16.0, "c": 8.0})


def test_same_again():
    two_years = 1.1**-0.5 + 1.1**-1.5
    found = value("same_again", books(SHOP, days_ahead=730))
    assert found.to_dict() == pytest.approx({"a": 40 * two_years, "b": 0.0, "c": 8 * two_years})


def test_constant_retention():
    factor = 0.5 * 1.1**-0.5 + 0.5**2 * 1.1**-1.5
    found = value("constant_retention", books(SHOP, days_ahead=730))
    assert found.to_dict() == pytest.approx({"a": 40 * factor, "b": 0.0, "c": 8 * factor})
    half_more = value("constant_retention", books(SHOP, days_ahead=730 + 182.5))
    assert half_more["a"] == pytest.approx(40 * (factor + 0.5 * 0.5**3 * 1.1**-2.5))


def test_margin_multiple():
    found = value("margin_multiple", books(SHOP))
    assert found.to_dict() == pytest.approx({"a": 40 * 0.5 / 0.6, "b": 0.0, "c": 8 * 0.5 / 0.6})


def test_retention_cannot_be_observed_in_the_first_year():
    for name in ("constant_retention", "margin_multiple"):
        with pytest.raises(CrmsimError, match="nobody bought in the year before last"):
            value(name, books([("a", 10, 5.0)]))


def test_the_margin_multiple_of_those_who_never_leave_without_interest():
    with pytest.raises(CrmsimError):
        value("margin_multiple", books([("a", 400, 5.0), ("a", 10, 5.0)], rate=0.0))


def test_markov_recency_by_hand():
    """Quarters, the latest first: a in 1, 2 and 3; b in 3. After a purchase 2 of 3 bought again.

    b was watched once in the state of recency 1 (no purchase) and once in that of 2 (none): chances 2/3
    and 0, and 0 for all older ones. Mean margin of a quarter with a purchase: 0.4 x 40 / 4 = 4.
    """
    rows = [("a", 200, 10.0), ("a", 100, 10.0), ("a", 5, 10.0), ("b", 200, 10.0)]
    found = value("markov_recency", books(rows, days_ahead=182.5, rate=0.21))
    quarter = 1.21**0.25
    expected = 4.0 * (2 / 3 / quarter + (2 / 3) ** 2 / quarter**2) * quarter**0.5
    assert found.to_dict() == pytest.approx({"a": expected, "b": 0.0})
    with pytest.raises(CrmsimError, match="shorter than two quarters"):
        value("markov_recency", books([("a", 5, 10.0)]))


def test_the_silent_are_former_customers_in_the_end():
    rows = [("old", 800, 10.0)] + [("new", ago, 10.0) for ago in range(5, 800, 30)]
    found = value("markov_recency", books(rows))
    assert found["old"] == 0.0 < found["new"]


# --- contracts ---------------------------------------------------------------------------------------------

#: 30-day contracts: two renewed twice, one left at the first renewal. 4 of 5 chances were taken.
CONTRACTS = [("a", ago, 10.0) for ago in (75, 45, 15)] + [("gone", 70, 10.0)]
CONTRACTS += [("b", 65, 20.0), ("b", 35, 20.0), ("b", 5, 30.0)]


def test_contracts_by_hand():
    found = books(CONTRACTS, renewal_days=30, days_ahead=46)
    daily = 1.1 ** (1 / 365)
    stay = {"a": 0.4 * 10 * (daily**-15 + daily**-45), "b": 0.4 * 30 * daily**-25}
    assert value("same_again", found).to_dict() == pytest.approx(stay)
    kept = {"a": 0.4 * 10 * (0.8 * daily**-15 + 0.64 * daily**-45), "b": 0.4 * 30 * 0.8 * daily**-25}
    assert value("constant_retention", found).to_dict() == pytest.approx(kept)
    month = 1.1 ** (30 / 365)
    multiple = 0.8 / (month - 0.8)
    assert value("margin_multiple", found).to_dict() == pytest.approx({"a": 4 * multiple, "b": 12 * multiple})


def test_a_horizon_before_the_next_payment():
    assert value("same_again", books(CONTRACTS, renewal_days=30, days_ahead=10)).to_list() == [0.0, 0.0]


def test_sbg_thinks_better_of_those_who_have_stayed():
    rng = np.random.default_rng(3)
    chance = rng.beta(0.7, 4.0, 400)
    rows = []
    for number, p in enumerate(chance):
        paid = min(int(rng.geometric(p)), number % 20 + 1)
        begun = 30 * (number % 20) + 10
        rows += [(f"C{number}", begun - 30 * k, 10.0) for k in range(paid)]
    found = books(rows, renewal_days=30, days_ahead=360)
    values = value("sbg", found)
    made = found.spells[~found.spells["lost"]].set_index("customer")["periods"][values.index]
    by_age = values.groupby(made).mean()
    assert by_age.is_monotonic_increasing and by_age.iloc[-1] > 1.2 * by_age.iloc[0]


def test_no_renewal_yet():
    for name in ("constant_retention", "margin_multiple"):
        with pytest.raises(CrmsimError, match="no contract has come to a renewal"):
            value(name, books([("a", 5, 10.0)], renewal_days=30))


# --- every method ------------------------------------------------------------------------------------------


@functools.cache
def _run(timing: str, days_ahead: int = 540) -> FirmRecords:
    values = {"customers": 200, "entry_days": 200, "horizon_days": 900 + days_ahead}
    ledger = simulate(preset("telecom" if timing == "contract" else "retail").with_values(**values), seed=4)
    return firm_records(ledger, 900)


EVERY = [(method, timing) for method in METHODS for timing in method.timings if timing != "periodic"]
every_method = pytest.mark.parametrize(
    ("method", "timing"), EVERY, ids=[f"{method.name}-{timing}" for method, timing in EVERY]
)


@functools.cache
def _values(method: Method, timing: str, days_ahead: int = 540) -> pd.Series:
    return method.value(_run(timing, days_ahead))


@every_method
def test_every_method_values_every_customer(method, timing):
    found = _run(timing)
    values = _values(method, timing).reindex(found.customers)
    assert np.isfinite(values).all() and len(values) > 100
    assert method.ranks_only or (values >= 0.0).all()


@every_method
def test_methods_look_ahead_as_far_as_they_say(method, timing):
    near, far = (_values(method, timing, days) for days in (540, 720))
    if {"future", "horizon"} & set(method.leaves_out):
        assert near.equals(far)
    else:
        assert near.sum() < far.sum()


@every_method
def test_methods_are_in_the_currency_and_margin_of_the_firm(method, timing):
    """Twice the margin is twice the value; the order does not care."""
    found = _run(timing)
    more = FirmRecords(
        **{name: getattr(found, name) for name in FirmRecords.__annotations__} | {"margin": 0.9}
    )
    ratio = method.value(more).sum() / _values(method, timing).sum()
    assert ratio == pytest.approx(1.0 if method.ranks_only else 0.9 / found.margin)


@every_method
def test_methods_that_know_of_dropout_value_less_than_those_that_do_not(method, timing):
    found = _run(timing)
    everybody_stays = methods_for(timing, ["same_again"])[0].value(found)[found.customers].sum()
    if not set(method.leaves_out) & {"dropout", "future", "horizon"}:
        assert _values(method, timing)[found.customers].sum() < everybody_stays


def test_names_and_timings():
    for timing in ("continuous", "periodic", "contract"):
        names = [method.name for method in methods_for(timing)]
        assert len(set(names)) == len(names) >= 7
    known = {"future", "dropout", "differences", "regression", "horizon"}
    assert all(set(method.leaves_out) <= known for method in METHODS)
    assert [m.name for m in methods_for("contract", ["sbg", "rfm"])] == ["sbg", "rfm"]
    with pytest.raises(
        InputError, match=r"^methods: must be some of historic, .* with contract timing, got 'bg_nbd'"
    ):
        methods_for("contract", ["bg_nbd"])
    assert Method("own", lambda found: found.revenue).leaves_out == ()


@pytest.mark.parametrize("name", ["bg_nbd", "mbg_nbd", "pareto_nbd"])
def test_models_value_the_purchases_that_they_expect(name):
    """Without interest it is expected purchases x expected spend x margin; with it, a week at a time."""
    free, dear = _run("continuous"), replace(_run("continuous"), annual_discount_rate=0.3)
    free = replace(free, annual_discount_rate=0.0)
    summary = free.summary
    fits = {"bg_nbd": fit_bg_nbd, "mbg_nbd": fit_mbg_nbd, "pareto_nbd": fit_pareto_nbd}
    model, spend = fits[name](summary).model, fit_gamma_gamma(summary).model
    history = summary["frequency"], summary["recency"], summary["T"]
    worth = free.margin * spend.conditional_expected_spend(history[0], summary["monetary_value"])
    expected = worth * model.conditional_expected_repeats(540 / 7, *history)
    assert value(name, free).to_numpy() == pytest.approx(expected)
    ends = np.append(np.arange(1.0, 540 / 7), 540 / 7)
    until = np.stack([model.conditional_expected_repeats(end, *history) for end in ends])
    middles = (ends + np.append(0.0, ends[:-1])) / 2
    weekly = worth * (1.3 ** (-7 * middles / 365) @ np.diff(until, axis=0, prepend=0.0))
    assert value(name, dear).to_numpy() == pytest.approx(weekly, rel=1e-3)
