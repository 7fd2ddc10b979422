"""Truth beside estimate: the examination itself examined, and the lesson that it teaches."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from crmsim.confrontation.confront import ORACLE, Confrontation, confront
from crmsim.confrontation.methods import Method
from crmsim.confrontation.records import FirmRecords
from crmsim.confrontation.truth import firm_records, future_margin, margins_of_futures
from crmsim.engines import simulate
from crmsim.errors import CrmsimError, InputError
from crmsim.scenario import Scenario, preset

REVIEW = 720


def world(name: str = "bare", **values: Any) -> Scenario:
    usual = {"customers": 150, "entry_days": 240, "horizon_days": 1440, "annual_discount_rate": 0.1}
    if name == "bare":
        usual |= {"rate_shape": 0.8, "rate_mean": 9.0, "drop_a": 0.8, "drop_b": 6.0, "margin": 0.4,
                  "spend_p": 6.0, "spend_q": 4.0, "spend_mean": 80.0}  # fmt: skip
    return preset(name).with_values(**usual | values)


def contracts(**values: Any) -> Scenario:
    return world(
        timing="contract", rate_mean=0.0, rate_shape=0.0, drop_a=0.668, drop_b=12.0, spend_p=0.0, spend_q=0.0,
        spend_mean=50.0, margin=0.5, **values,
    )  # fmt: skip


SMALL = {"review_day": REVIEW, "replications": 3, "workers": 1}


def even(books: FirmRecords) -> pd.Series:
    """The same for everybody."""
    return pd.Series(100.0, index=books.customers)


def spent_in_last_year(books: FirmRecords) -> pd.Series:
    return books.margin * books.last_year


def told(scenario: Scenario, replications: int) -> Method:
    """A method that has seen the truth of these replications."""
    known = {}
    for replication in range(replications):
        ledger = simulate(scenario, seed=1, replication=replication)
        books = firm_records(ledger, REVIEW)
        numbers = books.customers.str[1:].astype(int)
        truth = future_margin(ledger, REVIEW, books.margin)[numbers]
        known[books.revenue.sum()] = pd.Series(truth, index=books.customers)
    return Method("told", lambda books: known[books.revenue.sum()])


# --- the examination ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("scenario", [world(), world("retail"), contracts(customers=300)])
def test_who_was_told_the_truth_makes_no_error(scenario):
    found = confront(scenario, methods=[told(scenario, 3)], **SMALL)
    perfect = {"total_error": 0.0, "top_overlap": 1.0, "rank_correlation": 1.0, "slope": 1.0, "gap": 0.0}
    for measure, value in perfect.items():
        assert found.values("told", measure) == pytest.approx([value] * 3, abs=1e-9), measure


def test_who_says_the_same_of_everybody_has_no_power():
    found = confront(world(), methods=[Method("even", even)], **SMALL)
    assert found.values("even", "top_overlap") == pytest.approx([0.1] * 3)
    for measure in ("rank_correlation", "slope"):
        assert np.isnan(found.values("even", measure)).all()
    table = found.table().set_index("measure")
    assert table.loc["rank_correlation", "n"] == 0 and math.isnan(table.loc["rank_correlation", "mean"])
    assert table.loc["top_overlap", "n"] == 3


def test_the_table_is_that_of_the_replications():
    found = confront(world(), methods=["same_again", Method("own", spent_in_last_year)], **SMALL)
    assert found.methods == ["same_again", "own"] and found.replications == 3
    for replication in range(3):
        ledger = simulate(world(), seed=1, replication=replication)
        books = firm_records(ledger, REVIEW)
        truth = future_margin(ledger, REVIEW, 0.4)[books.customers.str[1:].astype(int)].sum()
        expected = (0.4 * books.last_year).sum() / truth - 1
        assert found.values("own", "total_error")[replication] == pytest.approx(expected)
    own = found.table().query("method == 'own' and measure == 'total_error'").iloc[0]
    assert own["mean"] == pytest.approx(found.values("own", "total_error").mean())
    tenths = found.tenths.query("method == 'own' and replication == 0")
    assert len(tenths) == 10 and (found.runs["customers"] == 150).all()


def test_pairs_are_taken_on_the_same_replications():
    found = confront(world(), methods=["same_again", "bg_nbd", "rfm"], **SMALL)
    table = found.differences("same_again").set_index(["method", "measure"])
    one, other = (np.abs(found.values(name, "total_error")) for name in ("same_again", "bg_nbd"))
    assert table.loc[("bg_nbd", "total_error"), "mean"] == pytest.approx((other - one).mean())
    one, other = (np.abs(found.values(name, "slope") - 1) for name in ("same_again", "bg_nbd"))
    assert table.loc[("bg_nbd", "slope"), "mean"] == pytest.approx((other - one).mean())
    assert table.loc[("rfm", "total_error"), "n"] == 0
    assert ("same_again", "gap") not in table.index


@pytest.mark.parametrize("engine", ["compiled", "simpy"])
def test_serial_and_parallel_give_the_same(engine):
    options = {"review_day": REVIEW, "methods": ["same_again", "bg_nbd"], "futures": 2, "replications": 2}
    scenario = world(customers=60)
    base = confront(scenario, workers=1, **options)
    other = confront(scenario, workers=2, engine=engine, **options)
    for table in ("runs", "tenths", "failures"):
        pd.testing.assert_frame_equal(getattr(base, table), getattr(other, table))


def test_a_method_that_cannot_say_is_left_out_and_named():
    def moody(books: FirmRecords) -> pd.Series:
        if len(books.transactions) % 2:
            raise CrmsimError("not today")
        return even(books)

    def infinite(books: FirmRecords) -> pd.Series:
        return even(books) * np.inf

    found = confront(world(), methods=[Method("moody", moody), Method("infinite", infinite), "same_again"],
                     review_day=REVIEW, replications=6, workers=1)  # fmt: skip
    failed = found.failures.groupby("method")["reason"].unique().to_dict()
    assert failed["moody"].tolist() == ["not today"]
    assert failed["infinite"].tolist() == ["a customer has no finite value"]
    said = 6 - (found.failures["method"] == "moody").sum()
    table = found.table().set_index(["method", "measure"])["n"]
    assert 0 < said < 6 and table["moody", "top_overlap"] == said and table["infinite", "top_overlap"] == 0
    assert table["same_again", "total_error"] == 6


def test_a_defect_in_a_method_is_not_hidden():
    def broken(books: FirmRecords) -> pd.Series:
        return books.nothing

    with pytest.raises(AttributeError):
        confront(world(customers=30), methods=[Method("broken", broken)], **SMALL)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"methods": []}, r"^methods: must be at least one"),
        ({"methods": ["sbg"]}, r"^methods: must be some of historic, .* got 'sbg'"),
        ({"methods": ["rfm", "rfm"]}, r"^methods: must have different names"),
        ({"methods": [Method(ORACLE, even)]}, r"^methods: must have different names, none of them oracle"),
        (
            {"methods": [Method("c", even, ("contract",))]},
            r"^methods: must be for continuous timing, got 'c'",
        ),
        ({"futures": 1}, r"^futures: must be 0 or at least 2, got 1"),
        ({"futures": 2, "review_day": 700}, r"^future.day: must be a multiple of 30"),
        ({"review_day": 1440}, r"^review_day: must be a whole number from 1 to 1439, got 1440"),
        ({"replications": 1}, r"^replications: must be a whole number from 2"),
        ({"margin": 0.0}, r"^margin: must be above 0"),
    ],
)
def test_what_is_refused(options, message):
    with pytest.raises(InputError, match=message):
        confront(world(customers=20), **SMALL | options)


def test_a_day_on_which_nobody_is_left():
    short = contracts(customers=20).with_values(drop_a=0.0, drop_b=0.9)
    with pytest.raises(InputError, match=r"^review_day: must be a day on which somebody is a customer"):
        confront(short, methods=["same_again"], **SMALL)


def test_tables_that_are_not_there():
    found = confront(world(customers=30), methods=["rfm"], **SMALL)
    with pytest.raises(InputError, match=r"^against: must be one of realised here, got 'expected'"):
        found.table("expected")
    with pytest.raises(InputError, match=r"^method: must be one of rfm, with a measure, got 'abc'"):
        found.values("abc", "gap")


# --- the truth of many futures -----------------------------------------------------------------------------


def test_the_mean_of_futures_is_the_expectation_of_what_happens():
    """Over replications realised less expected has mean 0: in sum, and for the small as for the large."""
    gaps = []
    for replication in range(40):
        ledger = simulate(world(), seed=2, replication=replication)
        futures = margins_of_futures(ledger, REVIEW, 0.4, 20)
        gap = future_margin(ledger, REVIEW, 0.4) - futures.mean(axis=0)
        so_far = firm_records(ledger, REVIEW).revenue.to_numpy()
        gaps.append([gap.sum(), (gap / (1.0 + so_far)).sum(), gap[so_far < np.median(so_far)].sum()])
    mean, error = np.mean(gaps, axis=0), np.std(gaps, axis=0, ddof=1) / math.sqrt(len(gaps))
    assert (np.abs(mean / error) < 4).all(), mean / error


def test_intervals_cover():
    """The oracle's total is right on average: its interval has to hold 0 in about 95 of 100 examinations."""
    hits = []
    for seed in range(40):
        found = confront(
            world(customers=80), review_day=REVIEW, methods=[Method("even", even)], futures=8,
            replications=4, seed=seed, workers=1,
        )  # fmt: skip
        row = found.table().query(f"method == '{ORACLE}' and measure == 'total_error'").iloc[0]
        hits.append(row["low"] <= 0.0 <= row["high"])
    error = math.sqrt(0.95 * 0.05 / len(hits))
    assert 0.95 - 4 * error < np.mean(hits), np.mean(hits)


# --- the lesson --------------------------------------------------------------------------------------------


@functools.cache
def _examined(kind: str) -> Confrontation:
    scenario = world(customers=800) if kind == "shop" else contracts(customers=800)
    names = ["historic", "same_again", "constant_retention"] + (
        ["bg_nbd", "rfm"] if kind == "shop" else ["sbg"]
    )
    return confront(scenario, review_day=REVIEW, methods=names, futures=8, replications=8, workers=2)


def _interval(found: Confrontation, method: str, measure: str) -> tuple[float, float]:
    row = found.table().query(f"method == '{method}' and measure == '{measure}'").iloc[0]
    return row["low"], row["high"]


def test_who_ignores_dropout_promises_too_much():
    for kind in ("shop", "contracts"):
        low, _ = _interval(_examined(kind), "same_again", "total_error")
        assert low > 0.1, kind


def test_who_ignores_differences_undervalues_those_who_stayed():
    """Pooled retention is dragged down by those who were about to leave, and they have left by now."""
    for kind in ("shop", "contracts"):
        _, high = _interval(_examined(kind), "constant_retention", "total_error")
        assert high < -0.1, kind


def test_the_model_that_is_right_is_right_in_total():
    for kind, method in (("shop", "bg_nbd"), ("contracts", "sbg")):
        low, high = _interval(_examined(kind), method, "total_error")
        assert -0.1 < low < 0.03 and -0.03 < high < 0.1, (kind, low, high)


def test_and_its_lead_is_decided_pair_by_pair():
    for kind, method in (("shop", "bg_nbd"), ("contracts", "sbg")):
        table = _examined(kind).differences("same_again").set_index(["method", "measure"])
        assert table.loc[(method, "total_error"), "verdict"] == "lower"
        assert table.loc[(method, "gap"), "verdict"] == "lower"
    shop = _examined("shop").differences("historic").set_index(["method", "measure"])
    assert shop.loc[("bg_nbd", "rank_correlation"), "verdict"] == "higher"


def test_in_a_shop_nobody_ranks_better_than_who_knows_all_but_luck():
    found = _examined("shop")
    table = found.differences(ORACLE).set_index(["method", "measure"])
    for method in found.methods[:-1]:
        for measure in ("top_overlap", "rank_correlation"):
            assert table.loc[(method, measure), "verdict"] == "lower", (method, measure)
