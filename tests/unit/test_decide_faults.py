"""An experiment in several scenarios, the customers of its runs, and disks and processes that fail it."""

from __future__ import annotations

import errno
import json
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

import crmsim.decision_report
import crmsim.experiments
import crmsim.returns
import crmsim.run_customers
from crmsim import across_report, simulate
from crmsim.across_report import decisions_summary, write_decisions
from crmsim.across_words import across_sentences
from crmsim.cli import main
from crmsim.comparison import bonferroni, paired_interval, sequential_interval
from crmsim.decision_across import Decisions, decide_all
from crmsim.decision_summary import decision_summary
from crmsim.errors import CrmsimError, InputError
from crmsim.experiment_file import load_experiment
from crmsim.regret import regrets
from crmsim.run_customers import bind_sheets
from crmsim.store import RunStore

SMALL = """\
name: small
scenarios: [town.yaml, village.yaml]
strategies: [do_nothing, price_cut, save_lift]
replications: 4
margin: 5000
"""
#: One small scenario: reports are the longest part of these tests.
ALONE = SMALL.replace("[town.yaml, village.yaml]", "village.yaml").replace("tions: 4", "tions: 3")
FAULTY = """
from crmsim.strategies.programmed import ProgrammedStrategy

def decide(view):
    if len(view.active) > {most}:
        raise RuntimeError("a firm divided by nothing")
    return []

STRATEGY = ProgrammedStrategy(name="faulty", about="Breaks.", decide=decide)
"""


def written(folder: Path, text: str = SMALL) -> Path:
    for name, size in (("town", 60), ("village", 20)):
        (folder / f"{name}.yaml").write_text(
            f"base: retail\nname: {name}\npopulation: {{customers: {size}, horizon_days: 540}}\n", "utf-8"
        )
    path = folder / "small.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def command(folder: Path, path: Path, *more: str) -> list[str]:
    words = ["decide", str(path), "--out", str(folder / "out"), "--store", str(folder / "store")]
    return [*words, "--workers", "1", *more]


@pytest.fixture(scope="module")
def both(tmp_path_factory) -> Decisions:
    folder = tmp_path_factory.mktemp("both")
    (folder / "kept").mkdir()
    return decide_all(load_experiment(written(folder)), workers=1, checkpoints=folder / "kept")


# -- several scenarios --------------------------------------------------------------------------------


def test_tidy_tables_say_the_scenario(both):
    tables = both.tables()
    for name, table in tables.items():
        if not name.startswith("across"):
            assert table.columns[0] == "scenario" and set(table["scenario"]) == {"town", "village"}
    runs = tables["runs"]
    assert not runs.duplicated(["scenario", "strategy", "replication", "outcome"]).any()


WEIGHED = SMALL + "weights: {town.yaml: 3, village.yaml: 1}\n"


def weighed(both: Decisions, **weights: float) -> Decisions:
    return replace(both, experiment=replace(both.experiment, weights=weights))


def test_weights_are_shares_of_the_scenarios_as_the_file_calls_them(tmp_path):
    found = load_experiment(written(tmp_path, WEIGHED))
    assert found.weights == {"town": 0.75, "village": 0.25}
    assert found.within("village").weights is None, "one alone needs none"
    assert load_experiment(written(tmp_path)).weights is None


@pytest.mark.parametrize(
    ("weights", "place", "said"),
    [
        ("{town.yaml: 1}", "6:10", "weights: must name each of town.yaml, village.yaml, and no other"),
        ("{town.yaml: 1, village.yaml: 1, city.yaml: 2}", "6:10", "weights: must name each of"),
        ("{town.yaml: 1, village.yaml: 0}", "6:39", "weights.village.yaml: must be"),
        ("{town.yaml: 1, village.yaml: -2}", "6:39", "weights.village.yaml: must be"),
        ("{town.yaml: 1, village.yaml: .nan}", "6:39", "weights.village.yaml: must be a finite number"),
        ("{town.yaml: 1, village.yaml: much}", "6:39", "weights.village.yaml: must be"),
        ("[1, 2]", "6:10", "weights: must be"),
    ],
)
def test_weights_that_say_nothing_are_refused(tmp_path, weights, place, said):
    path = written(tmp_path, f"{SMALL}weights: {weights}\n")
    with pytest.raises(InputError) as caught:
        load_experiment(path)
    assert str(caught.value).startswith(f"{path}:{place}: {said}"), caught.value


def test_scenarios_given_in_place_of_the_files_own_need_a_weight_there(tmp_path):
    path = written(tmp_path, WEIGHED)
    other = tmp_path / "city.yaml"
    other.write_text("base: retail\nname: city\n", encoding="utf-8")
    assert load_experiment(path, scenarios=[str(other)]).weights is None
    with pytest.raises(InputError, match=r"weights: must name .*city.yaml"):
        load_experiment(path, scenarios=[str(other), str(tmp_path / "town.yaml")])


@pytest.mark.parametrize("weights", [None, {"town": 0.75, "village": 0.25}])
def test_across_scenarios_means_go_by_the_weights(both, weights):
    found = both if weights is None else weighed(both, **weights)
    shares = weights or {"town": 0.5, "village": 0.5}
    gaps = sum(
        share * (c.values("save_lift", "clv") - c.values("do_nothing", "clv"))
        for name, share in shares.items()
        for c in (both.cases[name].comparison,)
    )
    wanted = paired_interval(np.zeros(4), gaps, bonferroni(0.95, 2))
    row = found.across().set_index("strategy").loc["save_lift"]
    assert (row["mean"], row["low"], row["high"]) == pytest.approx(tuple(wanted)[:3])
    assert found.weights == shares
    said = {lang: " ".join(across_sentences(found, lang)) for lang in ("en", "zh")}
    if weights is None:
        assert "count alike" in said["en"] and "权重相同" in said["zh"]
    else:
        assert "“town” 75%" in said["en"] and "“town”75%" in said["zh"]
        assert "count alike" not in said["en"] and "权重相同" not in said["zh"]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_scenarios_of_different_lengths_are_said_to_be_so(both, lang):
    longer = both.cases["village"].comparison.scenario.with_values(horizon_days=1080)
    comparison = replace(both.cases["village"].comparison, scenario=longer)
    cases = both.cases | {"village": replace(both.cases["village"], comparison=comparison)}
    word = "run for different times" if lang == "en" else "模拟期长短不同"
    assert word in " ".join(across_sentences(replace(both, cases=cases), lang))
    assert word not in " ".join(across_sentences(both, lang))


def test_weights_of_missing_scenarios_go_to_the_others(both):
    found = weighed(both, town=0.6, village=0.2, city=0.2)
    assert found.weights == pytest.approx({"town": 0.75, "village": 0.25})


def test_across_scenarios_the_best_is_judged_against_every_other_strategy(both):
    names = ["do_nothing", "price_cut", "save_lift"]
    cases = [case.comparison for case in both.cases.values()]
    levels = {name: np.mean([c.values(name, "clv") for c in cases], axis=0) for name in names}
    verdict = both.verdict()
    assert verdict.best == max(names, key=lambda name: levels[name].mean())
    for row in verdict.rivals.itertuples():
        wanted = paired_interval(levels[row.strategy], levels[verdict.best], bonferroni(0.95, 3))
        assert (row.mean, row.low, row.high) == pytest.approx(tuple(wanted)[:3])


def test_regrets_are_those_of_the_comparisons_of_all_scenarios(both):
    table = both.regrets()
    values = {
        name: {s.name: case.comparison.values(s.name, "clv") for s in case.comparison.strategies}
        for name, case in both.cases.items()
    }
    pd.testing.assert_frame_equal(table, regrets(values, {"town": 0.5, "village": 0.5}, 0.95))
    tables = both.tables()
    assert len(tables["across_regrets"]) == 6 and len(tables["across_overall"]) == 3
    assert set(tables["across_weights"]["scenario"]) == {"town", "village"}
    for lang in ("en", "zh"):
        said = " ".join(across_sentences(both, lang))
        assert ("regret" if lang == "en" else "后悔") in said
        assert "nan" not in said and "–" not in said and "inf" not in said


def test_across_scenarios_each_replication_is_one_observation(both):
    def gaps(name: str) -> np.ndarray:
        cases = [case.comparison for case in both.cases.values()]
        return np.mean([c.values(name, "clv") - c.values("do_nothing", "clv") for c in cases], axis=0)

    table = both.across().set_index("strategy")
    for name in ("price_cut", "save_lift"):
        wanted = paired_interval(np.zeros(4), gaps(name), bonferroni(0.95, 2))
        found = table.loc[name]
        assert (found["mean"], found["low"]) == pytest.approx((wanted.mean, wanted.low))
        means = {n: case.differences().query("outcome == 'clv'") for n, case in both.cases.items()}
        least = min(means, key=lambda n: means[n].set_index("strategy").loc[name, "mean"])
        assert found["worst"] == least
    assert table["mean"].is_monotonic_decreasing


def test_the_cover_leads_to_a_page_for_each_scenario(both, tmp_path):
    page = write_decisions(both, tmp_path / "out", lang="zh").read_text("utf-8")
    assert 'href="town/index.html"' in page and 'href="village/index.html"' in page
    assert (tmp_path / "out" / "customers.parquet").exists()
    for place in ("town", "village"):
        assert (tmp_path / "out" / place / "index.html").exists()
    assert "nan" not in page
    again = load_experiment(tmp_path / "out" / "experiment.yaml")
    assert list(again.scenarios) == ["town", "village"] and again.weights is None
    parts = {"town": 0.25, "village": 0.75}
    file = both.experiment.file.model_copy(update={"weights": {"town.yaml": 2.0, "village.yaml": 6.0}})
    heavy = replace(weighed(both, **parts), experiment=replace(both.experiment, file=file, weights=parts))
    text = write_decisions(heavy, tmp_path / "heavy").read_text("utf-8")
    assert load_experiment(tmp_path / "heavy" / "experiment.yaml").weights == parts
    assert "village (75%)" in text
    assert [s.name for s in again.strategies.values()] == ["do_nothing", "price_cut", "save_lift"]


def test_amounts_of_two_currencies_are_not_added(both):
    foreign = both.cases["village"]
    place = foreign.comparison.scenario.model_copy(update={"currency": "USD"})
    comparison = replace(foreign.comparison, scenario=place)
    mixed = replace(both, cases=both.cases | {"village": replace(foreign, comparison=comparison)})
    table = mixed.across()
    assert table["mean"].isna().all() and mixed.verdict() is None
    assert set(table["worst"]) == {""}, "amounts in two currencies cannot be compared either"
    assert mixed.regrets().empty
    assert "worst for it" not in " ".join(across_sentences(mixed, "en"))
    file = both.experiment.file.model_copy(update={"outcome": "active", "margin": None})
    experiment = replace(both.experiment, file=file)
    cases = {
        name: replace(case, experiment=replace(case.experiment, file=file))
        for name, case in mixed.cases.items()
    }
    shares = replace(mixed, experiment=experiment, cases=cases)
    assert shares.across()["mean"].notna().all(), "shares can be added whatever the currencies"
    assert any("different currencies" in sentence for sentence in across_sentences(mixed, "en"))


def test_a_scenario_without_a_decision_is_said_and_the_other_kept(tmp_path):
    (tmp_path / "faulty.py").write_text(
        FAULTY.format(most=40), encoding="utf-8"
    )  # there are never so many in the village
    text = SMALL.replace("[do_nothing, price_cut, save_lift]", "[do_nothing, faulty.py]")
    found = decide_all(load_experiment(written(tmp_path, text)), workers=1)
    assert list(found.cases) == ["village"] and "divided by nothing" in found.problems["town"]
    said = " ".join(across_sentences(found, "en"))
    assert "no decision in the scenario “town”" in said and "fewer than two scenarios" in said
    assert decisions_summary(found, "zh")
    write_decisions(found, tmp_path / "out")
    again = load_experiment(tmp_path / "out" / "experiment.yaml")
    assert list(again.scenarios) == ["town", "village"], "what failed is part of the experiment"


def test_a_strategy_that_has_no_result_in_a_scenario_is_said_to_be_left_out(tmp_path):
    (tmp_path / "faulty.py").write_text(FAULTY.format(most=40), encoding="utf-8")
    text = SMALL.replace("save_lift]", "faulty.py]")
    found = decide_all(load_experiment(written(tmp_path, text)), workers=1)
    assert found.across()["strategy"].tolist() == ["price_cut"]
    for lang, word in (("en", "faulty"), ("zh", "faulty")):
        assert any(word in s and "village" not in s for s in across_sentences(found, lang))


def test_ctrl_c_in_the_second_scenario_and_resume(tmp_path, monkeypatch, capsys):
    path, reported = written(tmp_path), []
    original = crmsim.experiments.simulate
    monkeypatch.setattr("crmsim.cli.decide.write_decisions", lambda d, out, **_: reported.append(d))

    def pressed(scenario, *args, replication, **more):
        if scenario.name == "village" and replication == 3:
            signal.raise_signal(signal.SIGINT)
        return original(scenario, *args, replication=replication, **more)

    with monkeypatch.context() as broken:
        broken.setattr(crmsim.experiments, "simulate", pressed)
        assert main(command(tmp_path, path)) == 130
    assert "--resume" in capsys.readouterr().err
    assert main(command(tmp_path, path)) == 2, "who would lose what is finished has to say so"
    assert main(command(tmp_path, path, "--resume")) == 0
    cut, whole = reported
    assert [len(case.comparison.finished) for case in cut.cases.values()] == [4, 3]
    assert [len(case.comparison.finished) for case in whole.cases.values()] == [4, 4]
    assert not cut.complete and whole.complete
    assert len(RunStore(tmp_path / "store").runs()) == 2
    assert not list(tmp_path.glob("*.checkpoint"))


# -- replications by precision ---------------------------------------------------------------------------


def test_replications_by_precision_widen_every_interval_for_the_looking(tmp_path):
    text = SMALL.replace("[town.yaml, village.yaml]", "town.yaml").replace(
        "replications: 4", "until: {at_least: 4, at_most: 12, look_ahead: 1}"
    )
    found = decide_all(load_experiment(written(tmp_path, text)), workers=1).first
    n = len(found.comparison.finished)
    assert 4 <= n <= 12
    values = [found.comparison.values(name, "clv") for name in ("do_nothing", "price_cut")]
    wanted = sequential_interval(values[1] - values[0], bonferroni(0.95, 2))
    row = found.differences().query("strategy == 'price_cut' and outcome == 'clv'").iloc[0]
    assert (row["low"], row["high"]) == pytest.approx((wanted.low, wanted.high))
    assert found.tables()["until"]["replications"].tolist() == list(range(1, n + 1))
    for lang in ("en", "zh"):
        assert any(str(n) in sentence for sentence in decision_summary(found, lang)["how_sure"])


# -- the customers of every run --------------------------------------------------------------------------


def test_one_row_per_customer_strategy_and_replication(both, tmp_path):
    bind_sheets(across_report._sheets(both), tmp_path / "customers.parquet")
    file = pq.ParquetFile(tmp_path / "customers.parquet")
    assert file.num_row_groups == 2 * 3 * 4, "run by run, so that memory does not grow with them"
    rows = file.read().to_pandas()
    assert not rows.duplicated(["scenario", "strategy", "replication", "person"]).any()
    case = both.cases["village"]
    for strategy in case.comparison.strategies:
        mine = rows.query("scenario == 'village' and strategy == @strategy.name and replication == 2")
        ledger = simulate(case.experiment.scenario, strategy, replication=2, log=False)
        assert mine["initial"].sum() == ledger.initial_count == 20
        assert mine["purchases"].sum() == ledger.customers["n"].sum()
        clv = case.comparison.runs.query(
            "strategy == @strategy.name and replication == 2 and outcome == 'clv'"
        )["value"].item()
        assert mine["clv"].sum() / 20 == pytest.approx(clv)


def test_customers_are_the_same_whoever_wrote_them_and_can_be_left_out(both, tmp_path):
    (tmp_path / "kept").mkdir()
    path = written(tmp_path)
    two = decide_all(load_experiment(path), workers=2, checkpoints=tmp_path / "kept")
    tables = []
    for found in (both, two):
        target = tmp_path / f"{len(tables)}.parquet"
        assert bind_sheets(across_report._sheets(found), target) > 4 * 3 * 80
        tables.append(pd.read_parquet(target))
    pd.testing.assert_frame_equal(*tables)
    path.write_text(ALONE + "customers: false\n", encoding="utf-8")
    none = decide_all(load_experiment(path), workers=1, checkpoints=tmp_path)
    assert none.first.customers is None and not (tmp_path / "village" / "customers").exists()


def test_a_replication_whose_customers_are_lost_is_run_again(tmp_path, monkeypatch):
    place = tmp_path / "kept"
    place.mkdir()
    experiment = load_experiment(written(tmp_path)).within("town")
    first = decide_all(experiment, workers=1, checkpoints=place)
    (place / "town" / "customers" / "r000002_price_cut.parquet").unlink()
    original, calls = crmsim.experiments.simulate, []

    def counted(*args, replication, **more):
        calls.append(replication)
        return original(*args, replication=replication, **more)

    monkeypatch.setattr(crmsim.experiments, "simulate", counted)
    again = decide_all(experiment, workers=1, checkpoints=place)
    assert set(calls) == {2}
    pd.testing.assert_frame_equal(first.first.comparison.runs, again.first.comparison.runs)


# -- what fails in one replication is kept in the others ----------------------------------------------


def test_a_failing_replication_in_a_section_is_said(tmp_path, monkeypatch):
    text = SMALL.replace("[town.yaml, village.yaml]", "town.yaml") + "returns: {replications: 4}\n"
    original = crmsim.returns.simulate

    def breaks(*args, replication, **more):
        if replication == 1:
            raise ZeroDivisionError("a firm divided by nothing")
        return original(*args, replication=replication, **more)

    monkeypatch.setattr(crmsim.returns, "simulate", breaks)
    found = decide_all(load_experiment(written(tmp_path, text)), workers=1).first
    assert found.complete and found.parts["returns"].replications == (0, 2, 3)
    for lang in ("en", "zh"):
        assert any("divided by nothing" in s for s in decision_summary(found, lang)["careful"])


# -- disks and processes -----------------------------------------------------------------------------------


def full(*args, **more):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_one_line_and_resume_writes_the_report(tmp_path, monkeypatch, capsys):
    path = written(tmp_path, ALONE)
    with monkeypatch.context() as broken:
        broken.setattr(crmsim.decision_report, "write_manifest", full)
        assert main(command(tmp_path, path)) == 2
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert said.startswith("crmsim: the disk did not take the results: No space left on device")
    assert "3 finished units are kept" in said and "--resume" in said
    assert not (tmp_path / "out").exists() and not list(tmp_path.glob(".out*"))

    def never(*args, **more):
        raise AssertionError("run again")

    with monkeypatch.context() as kept:
        kept.setattr(crmsim.experiments, "simulate", never)
        assert main(command(tmp_path, path, "--resume")) == 0
    assert (tmp_path / "out" / "index.html").exists()


def test_a_disk_that_fills_up_during_the_runs_is_no_fault_of_a_strategy(tmp_path, monkeypatch, capsys):
    path = written(tmp_path, ALONE)
    original, kept = crmsim.run_customers.CustomerSheets.write, []

    def fills(self, ledger, strategy, replication):
        kept.append(1)
        if len(kept) > 4:
            full()
        original(self, ledger, strategy, replication)

    with monkeypatch.context() as broken:
        broken.setattr(crmsim.run_customers.CustomerSheets, "write", fills)
        assert main(command(tmp_path, path)) == 2
    assert "1 finished units are kept" in capsys.readouterr().err
    monkeypatch.setattr("crmsim.cli.decide.write_decisions", lambda d, out, **_: seen.append(d))
    seen: list[Decisions] = []
    assert main(command(tmp_path, path, "--resume")) == 0
    assert seen[0].first.comparison.finished == (0, 1, 2)


def test_a_full_disk_with_nothing_kept_says_so(tmp_path, monkeypatch, capsys):
    path = written(tmp_path, ALONE)
    monkeypatch.setattr(crmsim.run_customers.CustomerSheets, "write", full)
    assert main(command(tmp_path, path)) == 2
    assert "nothing was kept" in capsys.readouterr().err


def test_a_killed_process_leaves_a_store_that_can_be_read_and_work_to_go_on_from(tmp_path):
    path = written(tmp_path, SMALL.replace("replications: 4", "replications: 60"))
    program = textwrap.dedent(f"""
        import sys
        from crmsim.cli import main
        sys.exit(main({command(tmp_path, path)!r}))
    """)
    process = subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.DEVNULL)
    place = tmp_path / "out.checkpoint" / "town" / "comparison"
    waited = time.monotonic() + 120
    while len(list(place.glob("replication_*.json"))) < 3 and time.monotonic() < waited:
        assert process.poll() is None
        time.sleep(0.02)
    process.kill()
    process.wait()
    done = len(list(place.glob("replication_*.json")))
    assert done >= 3
    store = RunStore(tmp_path / "store")
    assert len(store.runs()) == 0
    assert main(command(tmp_path, path)) == 2, "who would lose what is finished has to say so"
    # The rest of sixty is not needed to see that the beginning is taken over.
    for file in place.glob("replication_*.json"):
        assert json.loads(file.read_text("utf-8"))
    with pytest.raises(InputError, match="belongs to another experiment"):
        other = replace(load_experiment(path), file=load_experiment(path).file.model_copy(update={"seed": 9}))
        decide_all(other, workers=1, checkpoints=tmp_path / "out.checkpoint")


def test_nothing_in_any_scenario_is_an_error(tmp_path):
    (tmp_path / "faulty.py").write_text(FAULTY.format(most=0), encoding="utf-8")
    text = SMALL.replace("[do_nothing, price_cut, save_lift]", "[do_nothing, faulty.py]")
    with pytest.raises(CrmsimError, match=r"no decision in any scenario; town: .*divided by nothing"):
        decide_all(load_experiment(written(tmp_path, text)), workers=1)
