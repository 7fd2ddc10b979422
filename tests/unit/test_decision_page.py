"""The first page of a decision says no more than is known: made-up results, whose truth is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from crmsim.comparison_report import difference_table, summary_sentences
from crmsim.decision import Decision, decide
from crmsim.decision_summary import decision_summary
from crmsim.experiment_file import experiment_names, load_experiment
from crmsim.field_paths import number_at
from crmsim.uncertainty import Uncertainty
from crmsim.yaml_files import check

TEXT = """\
name: small
scenarios: town.yaml
strategies: [do_nothing, price_cut, save_lift]
replications: 3
saved: {strategy: save_lift, replications: 2}
returns: {strategy: save_lift, replications: 2}
search:
  strategy: save_lift
  numbers: [{path: "rules[0].pick.top_share", low: 0.02, high: 0.5}]
  trials: 3
  replications: 2
  holdout: 2
"""
LANGS = pytest.mark.parametrize("lang", ["en", "zh"])


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Decision:
    folder = tmp_path_factory.mktemp("page")
    town = "base: retail\npopulation: {customers: 60, horizon_days: 540}\n"
    (folder / "town.yaml").write_text(town, encoding="utf-8")
    (folder / "small.yaml").write_text(TEXT, encoding="utf-8")
    return decide(load_experiment(folder / "small.yaml"), workers=1)


def with_gaps(d: Decision, gaps: dict[str, np.ndarray], margin: float | None = None) -> Decision:
    """Return the decision with these differences in CLV to a base that is 100 times each replication."""
    base = 100.0 * np.arange(1, 4)
    runs = [
        pd.DataFrame({"replication": range(3), "strategy": name, "outcome": "clv", "value": base + gap})
        for name, gap in ({"do_nothing": np.zeros(3)} | gaps).items()
    ]
    kept = d.comparison.runs[lambda t: t["outcome"] != "clv"]
    comparison = replace(d.comparison, runs=pd.concat([*runs, kept], ignore_index=True))
    file = d.experiment.file.model_copy(update={"margin": margin})
    return replace(d, comparison=comparison, experiment=replace(d.experiment, file=file))


@LANGS
def test_whom_it_helps_is_not_read_from_tiers_in_which_customers_ended(whole, lang):
    (first, second) = decision_summary(replace(whole, parts={}), lang)["whom"]
    assert ("does not tell" if lang == "en" else "无法回答") in first
    assert ("whom it saves" if lang == "en" else "挽回了谁") in second


@LANGS
def test_differences_by_last_tier_are_neither_good_nor_bad_news(whole, lang):
    table = whole.differences()
    table["verdict"] = "higher"
    rows = difference_table(whole.comparison, table, lang).split("<tr>")
    ended = [row for row in rows if "ended as" in row or "最终为" in row]
    assert len(ended) == 2
    for row in ended:
        assert 'class="better"' not in row and 'class="worse"' not in row


def test_the_four_types_have_their_intervals(whole):
    said = decision_summary(whole)["whom"][0]
    assert said.count(" to ") + said.count("(in every replication)") == 4
    types = whole.parts["saved"].types().set_index("type")
    low, high = (f"{1000 * types.loc['persuadable', end]:,.0f}" for end in ("low", "high"))
    assert f"({low} to {high}) are saved" in said


def test_a_share_is_not_said_to_be_below_nothing(whole):
    saved = whole.parts["saved"]
    customers = saved.customers.assign(do_not_disturb=0.0)
    customers.loc[customers.index[customers["there"] & (customers["replication"] == 0)][:1],
                  "do_not_disturb"] = 1.0  # fmt: skip
    types = replace(saved, customers=customers).types().set_index("type")
    assert types.loc["do_not_disturb", "low"] == 0.0 < types.loc["do_not_disturb", "share"]
    none = replace(saved, customers=customers.assign(do_not_disturb=0.0))
    for lang, word in (("en", "0 (in every replication) are driven away"), ("zh", "0（每次重复均如此）")):
        assert word in decision_summary(replace(whole, parts={"saved": none}), lang)["whom"][0]


def test_one_replication_of_lives_gives_no_verdict_on_anybody(whole):
    saved = whole.parts["saved"]
    one = replace(
        saved, replications=(0,), customers=saved.customers.query("replication == 0"),
        waits=saved.waits.query("replication == 0"),
    )  # fmt: skip
    said = decision_summary(replace(whole, parts={"saved": one}))["whom"]
    assert "One replication gives no interval" in said[-1] and len(said) == 2
    assert not any("nan" in s or "inf" in s or "–" in s for s in said)


@LANGS
def test_what_never_differs_is_not_called_equally_good(whole, lang):
    """Nobody said what does not matter."""
    found = with_gaps(whole, {"price_cut": np.array([5.0, 7.0, 6.0]), "save_lift": np.array([5.0, 7.0, 6.0])})
    said = " ".join(decision_summary(found, lang)["which"])
    assert ("Without any difference" if lang == "en" else "毫无差异") in said
    assert "qually good" not in said and "同样好、" not in said and "–" not in said
    none = with_gaps(whole, {"price_cut": np.zeros(3), "save_lift": np.zeros(3)})
    assert none.verdict().best == "do_nothing" and none.verdict().kind == "base_ahead"
    first = summary_sentences(none.comparison, lang)[0]
    assert ("brings the same as" if lang == "en" else "每次都与") in first


def test_rounding_does_not_make_a_winner(whole):
    """The last digit of a sum depends on the order of its amounts."""
    last_digits = np.array([1e-14, 2.8e-14, 5.7e-14])
    found = with_gaps(whole, {"price_cut": last_digits, "save_lift": -last_digits})
    assert (found.comparison.values("price_cut", "clv") != found.comparison.values("do_nothing", "clv")).any()
    assert found.verdict().best == "do_nothing"
    assert set(found.verdict().rivals["verdict"]) == {"same"}


@LANGS
def test_a_difference_that_never_varies_has_no_interval(whole, lang):
    found = with_gaps(whole, {"price_cut": np.full(3, 5.0), "save_lift": np.full(3, -1.0)})
    said = decision_summary(found, lang)["how_sure"]
    assert ("exactly +5.00 CU" if lang == "en" else "恰好相差 +5.00 CU") in said[0]
    assert "95%" not in said[0]


def test_numbers_that_the_hold_out_does_not_support_are_not_written(whole):
    search = whole.parts["search"]
    rows = search.holdout["outcome"] == "clv"
    for verdict, written in (("higher", True), ("undecided", False), ("lower", False)):
        table = search.holdout.assign(verdict=search.holdout["verdict"].where(~rows, verdict))
        mine = replace(search, holdout=table, winners=(1,))
        table.loc[table["candidate"] != "start", "candidate"] = "1"
        found = replace(whole, parts=whole.parts | {"search": mine})
        assert (found.tuned() is not None) == written
        said = " ".join(decision_summary(found)["change"])
        assert ("is written to strategy_save_lift_tuned.yaml" in said) == written
        assert ("No strategy with new numbers is written" in said) != written
        assert "hese numbers" not in said


@pytest.mark.parametrize(
    ("net", "cost", "word"),
    [
        ((2.0, 2.2), (1.0, 1.1), "comes back, and 2.00"),
        ((-0.9, -0.8), (1.0, 1.1), "does not earn its cost"),
        ((-3.0, 3.0), (1.0, 1.1), "Whether it earns its cost is not decided"),
        ((1.0, 2.0), (0.0, 0.0), "There is no return on cost"),
        ((1.0, 2.0), (-1.0, 1.0), "cannot be given"),
    ],
)
def test_what_a_unit_of_cost_brings(whole, net, cost, word):
    returns = whole.parts["returns"]
    shape = returns.profit.shape[1:]

    def books(values: tuple[float, float]) -> np.ndarray:
        table = np.zeros((2, *shape))
        table[1, :, 0] = values
        return table

    mine = replace(returns, profit=books(net), strategy_cost=books(cost), confidence=0.5)
    said = decision_summary(replace(whole, parts={"returns": mine}))["cost"]
    assert word in said[1]


def test_what_would_be_needed_is_said_only_where_it_is_more_than_there_was(whole):
    wild = with_gaps(whole, {"price_cut": np.array([-50.0, 90.0, 10.0]), "save_lift": np.zeros(3)})
    said = " ".join(decision_summary(wild)["careful"])
    assert "neither decided nor known to within 5%" in said and "replications would give that" in said


@LANGS
def test_a_scenario_outside_its_own_plausible_ranges_is_said(whole, lang):
    """Otherwise one could take robustness for a statement about the scenario that was compared."""
    for low, said in ((0.3, False), (0.5, True)):
        unsure = check(Uncertainty, {"parameters": [{"path": "money.margin", "low": low, "high": 0.6}]})
        experiment = replace(whole.experiment, unsure=unsure)
        told = " ".join(decision_summary(replace(whole, experiment=experiment), lang)["careful"])
        assert ("money.margin" in told) == said


@pytest.mark.parametrize("name", experiment_names())
def test_ready_experiments_lie_within_their_own_ranges(name):
    found = load_experiment(name)
    for parameter in found.unsure.parameters:
        assert parameter.low <= number_at(found.scenario, parameter.path) <= parameter.high, parameter.path
