"""Several strategies against a base, and against each other: intervals that hold together, equivalence."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import crmsim.experiments as experiments
from crmsim.comparison_report import summary_sentences
from crmsim.comparison_result import Comparison
from crmsim.errors import InputError
from crmsim.experiments import TABLES, compare
from crmsim.metrics.outcomes import OUTCOMES
from crmsim.scenario import preset
from crmsim.store import RunStore, comparison_record
from crmsim.stored_differences import different_outcomes
from crmsim.strategies import find_strategy

TOWN = preset("retail").with_values(customers=40, horizon_days=400)
SOME = [find_strategy(name) for name in ("do_nothing", "price_cut", "recovery", "quality_step")]
TABLE = {name: pd.Series([1.0], index=pd.Index(["a"], name="x")) for name in TABLES}
#: Differences to the base in six replications; their mean is 3, 0 and exactly 2.
GAINS = {
    "price_cut": [0.0, 1.0, 3.0, 4.0, 7.0, 3.0],
    "recovery": [-0.1, 0.1, -0.1, 0.1, -0.2, 0.2],
    "quality_step": [2.0] * 6,
}


@pytest.fixture
def found(monkeypatch) -> Comparison:
    """Return a comparison with these gains in CLV."""

    def measured(scenario, strategy, seed, branches, engine, k):
        value = 100.0 + 8.0 * (-1) ** k + GAINS.get(strategy.name, [0.0] * 6)[k]
        return dict.fromkeys(OUTCOMES, 0.5) | {"clv": value}, TABLE

    monkeypatch.setattr(experiments, "_measure", measured)
    return compare(TOWN, SOME, replications=6, workers=1)


def clv(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["outcome"] == "clv"].set_index("strategy")


def test_intervals_of_several_strategies_hold_together_when_asked_to(found):
    single, together = (clv(found.differences(0.001, simultaneous=together)) for together in (False, True))
    for name, gains in GAINS.items():
        error = np.std(gains, ddof=1) / math.sqrt(6)
        for table, tail in ((single, 0.025), (together, 0.025 / 3)):
            row = table.loc[name]
            half = stats.t.ppf(1 - tail, 5) * error
            assert (row["low"], row["high"]) == pytest.approx(
                (np.mean(gains) - half, np.mean(gains) + half), abs=1e-9
            )
    assert (single.loc["price_cut", "verdict"], together.loc["price_cut", "verdict"]) == (
        "higher",
        "undecided",
    )
    assert single.loc["price_cut", "needed"] == 6 < together.loc["price_cut", "needed"]


def test_equivalence_is_a_verdict_where_a_margin_is_given(found):
    plain = clv(found.differences(precision=0.0))
    judged = clv(found.differences(precision=0.0, equivalence={"clv": 1.0}))
    assert plain["verdict"].tolist() == ["higher", "undecided", "higher"]
    assert judged["verdict"].tolist() == ["higher", "equivalent", "higher"]
    assert (plain.loc["recovery", "enough"], judged.loc["recovery", "enough"]) == (False, True)
    for wrong, message in (
        ({"profit": 1.0}, "^outcome: must be one of"),
        ({"clv": -1.0}, "^equivalence: must"),
    ):
        with pytest.raises(InputError, match=message):
            found.differences(equivalence=wrong)


def test_each_pair_once(found):
    table = found.pairs("clv", equivalence=1.0)
    assert len(table) == 6 and set(table["unit"]) == {"currency"}
    row = table[(table["first"] == "price_cut") & (table["second"] == "recovery")].iloc[0]
    gains = np.subtract(GAINS["recovery"], GAINS["price_cut"])
    half = stats.t.ppf(1 - 0.025 / 6, 5) * gains.std(ddof=1) / math.sqrt(6)
    assert row["mean"] == pytest.approx(-3.0) and row["high"] - row["low"] == pytest.approx(2 * half)
    assert table["verdict"].tolist()[1] == "equivalent"
    with pytest.raises(InputError, match=r"^outcome: must be one of"):
        found.pairs("profit")


def test_the_summary_judges_the_best_of_several_among_all_and_names_what_never_varies(found):
    english = summary_sentences(found, "en")
    assert english[0].startswith("Not decided: price cut")
    assert (
        "differences are exactly the same in every replication, so that luck had no part in them and their "
        "interval has no length: raised quality: " in english[2]
    )
    assert "在每次重复中完全相同" in " ".join(summary_sentences(found, "zh"))


def test_who_failed_in_all_replications_but_one_is_no_winner(monkeypatch):
    def measured(scenario, strategy, seed, branches, engine, k):
        if strategy.name == "price_cut" and k > 0:
            return "ValueError: no prices"
        return dict.fromkeys(OUTCOMES, 0.5) | {
            "clv": {"price_cut": 99.0, "recovery": k + 2.0}.get(strategy.name, 1.0)
        }, TABLE

    monkeypatch.setattr(experiments, "_measure", measured)
    found = compare(TOWN, SOME[:3], replications=6, workers=1)
    sentences = summary_sentences(found, "en")
    assert "better recovery is worth more" in sentences[0].lower() and "; 6 replications" in sentences[0]
    assert sentences[-1].startswith("price cut failed in 5 of 6 replications")


def test_a_replication_that_is_there_twice_is_refused(found, tmp_path):
    twice = pd.concat([found.runs, found.runs[found.runs["replication"] == 2]])
    with pytest.raises(
        InputError, match=r"^runs: must have a replication once; do_nothing has number 2 twice$"
    ):
        Comparison(
            found.scenario, found.strategies, 1, 7, (*found.finished, 2), twice, found.tables, found.engines
        )
    store, record = RunStore(tmp_path / "store"), comparison_record(found)
    good = store.find(store.keep(record))
    bad = store.find(store.keep(replace(record, tables=record.tables | {"runs": twice})))
    assert not different_outcomes(good, good).empty
    with pytest.raises(InputError, match=r"^runs: must have a replication once"):
        different_outcomes(good, bad)
