"""``crmsim decide``: from an experiment file to a report, with what can go wrong on the way."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from crmsim import decision_sections as sections_module
from crmsim.across_report import write_decisions
from crmsim.cli import main
from crmsim.decision import Decision, decide
from crmsim.decision_across import Decisions
from crmsim.decision_summary import QUESTIONS, decision_summary
from crmsim.errors import InputError, InterruptedRun
from crmsim.experiment_file import experiment_names, load_experiment
from crmsim.experiment_sections import SECTIONS
from crmsim.store import RunStore

SMALL = """\
name: small
about: A try.
scenarios: town.yaml
strategies: [price_cut, do_nothing, save_lift]
base: do_nothing
replications: 3
margin: 5000
"""
ALL = (
    SMALL
    + """\
selection: {first: 2, at_most: 4}
saved: {replications: 2}
targeting: {scores: [random, risk], futures: 4, days_ahead: 120, replications: 2}
returns: {replications: 2}
retention: {replications: 2}
budget: {per_year: [50, 100], replications: 2, holdout: 2}
search:
  numbers: [{path: "rules[0].pick.top_share", low: 0.02, high: 0.5}]
  trials: 3
  replications: 2
  holdout: 2
uncertain:
- {path: money.margin, low: 0.2, high: 0.6}
sensitivity: {replications: 2}
robustness: {worlds: 4, replications: 2}
"""
)


def written(folder: Path, text: str) -> Path:
    (folder / "town.yaml").write_text(
        "base: retail\nname: town\npopulation: {customers: 60, horizon_days: 540}\n", encoding="utf-8"
    )
    shutil.copy(folder / "town.yaml", folder / "same.yaml")
    (folder / "namesake.yaml").write_text(
        "base: retail\nname: town\npopulation: {customers: 61, horizon_days: 540}\n", encoding="utf-8"
    )
    path = folder / "small.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@cache
def decided(folder: Path) -> Decision:
    return decide(load_experiment(written(folder, ALL)), workers=1)


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Decision:
    return decided(tmp_path_factory.mktemp("whole"))


def test_base_comes_first_and_files_are_seen_from_the_experiment(tmp_path):
    found = load_experiment(written(tmp_path, SMALL))
    assert found.base.name == "do_nothing" and found.scenario.population.customers == 60
    assert [s.name for s in found.strategies.values()] == ["do_nothing", "price_cut", "save_lift"]
    assert found.sections == ()


@pytest.mark.parametrize("name", experiment_names())
def test_ready_experiments_can_be_run(name):
    assert load_experiment(name).sections


@pytest.mark.parametrize(
    ("old", "new", "place", "said"),
    [
        ("replications: 3", "replications: 1", "6:15", "replications: must be"),
        ("price_cut,", "price_cat,", "4:14", "strategy: must be"),
        ("base: do_nothing", "base: nobody", "5:7", "base: must be one of"),
        ("margin: 5000", "margin: 0", "7:9", "margin: must be"),
        ("margin: 5000", "colour: red", "7:1", "colour: is not a known field"),
        ("margin: 5000", "outcome: top_revenue", "7:10", "outcome: must be one of which more"),
        ("margin: 5000", "saved: {day: 45}", "7:14", "day: must be"),
        ("margin: 5000", "saved: {strategy: points}", "7:19", "saved.strategy: must be one of"),
        ("margin: 5000", "budget: {strategy: save_lift, per_year: [0.001, 9]}", "7:42", "budget"),
        ("margin: 5000", "budget: {strategy: save_lift, per_year: [50, 9]}", "7:46", "must be above 50"),
        ("margin: 5000", "robustness: {worlds: 4}", "1:1", "uncertain"),
        (
            "margin: 5000",
            "uncertain: [{path: money.margin, low: 0.2, high: 0.6}]\n"
            "sensitivity: {method: sobol, samples: 100}",
            "8:39",
            "samples: must be a power of 2",
        ),
        ("margin: 5000", "seed: 3\nseed: 3", "8:1", "seed: is given twice"),
        (
            "scenarios: town.yaml",
            "scenarios: [town.yaml, same.yaml]",
            "3:24",
            "is town again, whose luck would count twice",
        ),
        (
            "scenarios: town.yaml",
            "scenarios: [town.yaml, town.yaml]",
            "3:24",
            "is town again, whose luck would count twice",
        ),
        (
            "scenarios: town.yaml",
            "scenarios: [town.yaml, namesake.yaml]",
            "3:24",
            "must have different names",
        ),
        ("scenarios: town.yaml", "scenario: town.yaml", "1:1", "scenarios: is missing"),
        ("price_cut,", "price_cut, price_cut,", "4:25", "strategies: must be there once"),
        ("margin: 5000", "until: {at_most: 20}", "6:15", "replications: must be left out"),
        ("margin: 5000", "selection: {}", "7:12", "selection: must have an indifference"),
        ("margin: 5000", "selection: {indifference: 1, first: 9, at_most: 5}", "7:12", "at_most: must be"),
        ("margin: 5000", "targeting: {days_ahead: 600}", "7:25", "days_ahead: must be"),
        ("margin: 5000", "targeting: {scores: [risc], days_ahead: 90}", "7:21", "scores: must be of"),
        ("margin: 5000", "retention: {strategy: nobody}", "7:23", "retention.strategy: must be one of"),
        ("margin: 5000", "uncertain: [{path: money.margn}]", "7:13", "money.margn"),
        (
            "margin: 5000",
            "search: {strategy: save_lift, numbers: [{path: 'rules[7].do', low: 1, high: 2}]}",
            "7:48",
            "rules[7]",
        ),
    ],
)
def test_what_cannot_be_run_is_refused_with_its_place(tmp_path, old, new, place, said):
    assert old in SMALL
    path = written(tmp_path, SMALL.replace(old, new))
    with pytest.raises(InputError) as caught:
        load_experiment(path)
    assert said in str(caught.value)
    assert str(caught.value).startswith(f"{path}:{place}:")


def test_budgets_that_no_strategy_can_have_are_refused(tmp_path):
    text = SMALL.replace("price_cut, ", "").replace("margin: 5000", "budget: {per_year: [0.001, 9]}")
    path = written(tmp_path, text)
    with pytest.raises(InputError, match="one of the strategies can have them in") as caught:
        load_experiment(path)
    assert str(caught.value).startswith(f"{path}:7:20:")


def test_a_section_without_a_strategy_is_about_the_best_that_it_fits(whole):
    """A price cut has no such number, and spends nothing that a budget could limit."""
    assert whole.parts["search"].strategy.name == "save_lift"
    assert whole.parts["budget"].strategy.name == "save_lift"
    assert whole.parts["returns"].other.name == whole.challenger
    assert whole.parts["retention"].strategy.name == "do_nothing"


def test_every_section_has_its_answer_and_its_tables(whole):
    assert list(whole.parts) == list(SECTIONS) and whole.complete and not whole.problems
    tables = whole.tables()
    for section in SECTIONS:
        assert any(name.startswith(f"{section}_") for name in tables), section
    assert len(tables["rivals"]) == 2


def test_central_figures_can_be_worked_out_again_from_the_tables(whole):
    """By whoever was not there, with nothing but the files."""
    tables = whole.tables()
    budget = {
        held: rows.pivot(index="replication", columns="budget", values="clv")
        for held, rows in tables["budget_runs"].groupby("holdout")
    }
    curve = tables["budget_curve"].set_index("budget")["mean"]
    assert np.allclose(budget[False].sub(budget[False][0.0], axis=0).mean(), curve)
    gained = budget[True].iloc[:, -1] - budget[True][0.0]
    assert gained.mean() == pytest.approx(whole.parts["budget"].expected().mean)
    books = tables["returns_runs"].groupby(["strategy", "replication"])[["profit", "strategy_cost"]].sum()
    costs = tables["returns_costs"].set_index("kind")
    spent = costs.loc[["programme", "recovery", "offer", "quality"], "other"].sum()
    assert books.loc[whole.challenger, "strategy_cost"].mean() == pytest.approx(spent)
    levels = tables["targeting_levels"].set_index(["score", "measure"])["mean"]
    means = tables["targeting_runs"].groupby(["score", "measure"])["value"].mean()
    assert np.allclose(means.reindex(levels.index), levels)
    trained = tables["search_runs"].query("outcome == 'clv'").groupby("trial")["value"].mean()
    assert np.allclose(trained, tables["search_trials"]["clv"])


def test_a_day_of_decision_that_lies_beyond_the_run_is_refused_where_it_is_left_out(tmp_path):
    path = written(tmp_path, SMALL.replace("margin: 5000", "saved: {}"))
    (tmp_path / "town.yaml").write_text(
        "base: retail\nname: town\npopulation: {customers: 60, horizon_days: 380}\n", encoding="utf-8"
    )
    with pytest.raises(InputError, match=r"small.yaml:7:8: day: must be"):
        load_experiment(path)


def test_nothing_was_chosen_by_the_luck_it_is_judged_by(whole):
    assert whole.parts["returns"].seed == whole.parts["saved"].seed == whole.experiment.check_seed
    assert whole.comparison.seed == whole.experiment.file.seed != whole.experiment.check_seed


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_first_page_answers_every_question(whole, lang):
    summary = decision_summary(whole, lang)
    assert tuple(summary) == QUESTIONS
    for question, sentences in summary.items():
        assert sentences, question
        assert not any("nan" in sentence or "–" in sentence for sentence in sentences)


# -- what is said of a section's answer, on made-up ones ----------------------------------------------


def said(whole: Decision, question: str, lang: str = "en", **parts) -> str:
    return " ".join(decision_summary(replace(whole, parts=whole.parts | parts), lang)[question])


@pytest.mark.parametrize(
    ("refused", "words", "not_said"),
    [
        (
            [0.0, 0.0],
            ("refused nothing in any of 2 populations",),
            ("may lie beyond", "not for want of money"),
        ),
        (
            [0.0, 1.5],
            ("in 1 of 2 populations it refused", "highest level that was tried"),
            ("refused nothing",),
        ),
    ],
)
def test_a_budget_binds_where_it_refused_something(whole, refused, words, not_said):
    curve = whole.parts["budget"]
    value = np.array([[0.0, 0.0], [1.0, 1.0], [3.0, 3.0], [2.0, 2.0]])
    amounts = np.array([[0.0, 0.0], [2.0, 2.0], refused, [0.0, 0.0]])
    found = said(whole, "cost", budget=replace(curve, value=value, refused=amounts))
    assert all(word in found for word in words), found
    assert not any(word in found for word in not_said), found


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_limit_that_is_better_than_a_budget_which_refused_nothing_is_explained(whole, lang):
    curve = whole.parts["budget"]
    value = np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 2.0], [3.0, 3.0]])
    for refused, explained in ((0.0, True), (1.0, False)):
        amounts = np.full((4, 2), refused)
        found = said(whole, "cost", lang, budget=replace(curve, value=value, refused=amounts))
        assert (("not for want of money" if lang == "en" else "并非因为钱不够") in found) == explained


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_race_that_picks_another_one_than_the_comparison_is_explained(whole, lang):
    word = "The best mean of the comparison is that of another one" if lang == "en" else "另一种策略"
    best = whole.verdict().best
    for name in whole.comparison.strategies:
        race = replace(whole.parts["selection"], best=name.name)
        assert (word in said(whole, "how_sure", lang, selection=race)) == (name.name != best)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_who_seems_better_than_the_best_possible_shows_that_this_is_not_known(whole, lang):
    trial = whole.parts["targeting"]
    seen = trial.customers.assign(risk=trial.customers["value_uplift"])
    found = said(whole, "whom", lang, targeting=replace(trial, customers=seen))
    assert trial.coefficients("value_uplift").max() <= 1.0 or "100%" not in found
    assert ("cannot be said: with 4 futures" if lang == "en" else "尚无法说明") in found
    assert "%" not in found.split("How near" if lang == "en" else "这离")[-1]


# -- the verdict, on made-up runs whose answer is known ------------------------------------------------


def judged(whole: Decision, gaps: dict[str, tuple[float, float]], margin: float | None = None) -> Decision:
    """Return a decision on 20 runs in which each strategy differs from the base by (mean, spread)."""
    rng = np.random.default_rng(3)
    base = rng.normal(100.0, 30.0, 20)
    runs = []
    for name, (mean, spread) in gaps.items():
        noise = rng.normal(0.0, 1.0, 20)
        values = base + mean + spread * (noise - noise.mean())
        rows = {"replication": range(20), "strategy": name, "outcome": "clv", "value": values}
        runs.append(pd.DataFrame(rows))
    kept = whole.comparison.runs[lambda t: t["outcome"] != "clv"]
    comparison = replace(whole.comparison, runs=pd.concat([*runs, kept], ignore_index=True))
    file = whole.experiment.file.model_copy(update={"margin": margin})
    return replace(whole, comparison=comparison, experiment=replace(whole.experiment, file=file), parts={})


@pytest.mark.parametrize(
    ("cut", "lift", "margin", "best", "kind"),
    [
        ((10.0, 1.0), (2.0, 1.0), None, "price_cut", "best"),
        ((10.0, 1.0), (9.9, 1.0), None, "price_cut", "ahead"),
        ((10.0, 1.0), (9.9, 1.0), 3.0, "price_cut", "ahead"),
        ((0.5, 9.0), (-9.0, 1.0), None, "price_cut", "undecided"),
        ((0.1, 0.5), (-9.0, 1.0), 2.0, "price_cut", "equivalent"),
        ((-8.0, 1.0), (-9.0, 1.0), None, "do_nothing", "base"),
        ((-0.1, 9.0), (-9.0, 1.0), None, "do_nothing", "base_ahead"),
    ],
)
def test_verdicts(whole, cut, lift, margin, best, kind):
    found = judged(whole, {"do_nothing": (0.0, 0.0), "price_cut": cut, "save_lift": lift}, margin)
    assert (found.verdict().best, found.verdict().kind) == (best, kind)
    assert found.challenger == "price_cut"
    rivals = found.verdict().rivals
    assert (rivals["mean"] >= 0).all() and rivals["mean"].is_monotonic_increasing
    for lang in ("en", "zh"):
        assert len(decision_summary(found, lang)["which"]) >= 1


def test_of_costs_less_is_better(whole):
    file = whole.experiment.file.model_copy(update={"outcome": "strategy_cost", "margin": None})
    found = replace(whole, experiment=replace(whole.experiment, file=file), parts={})
    rivals = found.verdict().rivals
    assert found.verdict().best in ("do_nothing", "price_cut"), "neither spends anything"
    assert rivals["mean"].max() <= 0.0 and rivals.iloc[-1]["strategy"] == "save_lift"


# -- what goes wrong on the way ------------------------------------------------------------------------


def fails(*args, **kwargs):
    raise ValueError("no such customers")


def stops(*args, **kwargs):
    raise InterruptedRun("interrupted")


def test_a_section_that_fails_is_said_and_the_rest_is_kept(tmp_path, monkeypatch):
    monkeypatch.setitem(sections_module._RUN, "returns", fails)
    found = decide(load_experiment(written(tmp_path, ALL)), workers=1)
    assert found.complete and set(SECTIONS) - set(found.parts) == {"returns"}
    assert any("no such customers" in s for s in decision_summary(found)["careful"])
    assert any("without an answer" in s for s in decision_summary(found)["cost"])


def test_a_strategy_that_fails_is_said_and_the_others_are_kept(tmp_path):
    (tmp_path / "faulty.py").write_text(
        """from crmsim.strategies.programmed import ProgrammedStrategy


def decide(view):
    raise RuntimeError("broken")


STRATEGY = ProgrammedStrategy(name="faulty", about="Breaks.", decide=decide)
""",
        encoding="utf-8",
    )
    text = SMALL.replace("strategies: [price_cut", "strategies: [faulty.py, price_cut")
    found = decide(load_experiment(written(tmp_path, text)), workers=1)
    assert len(found.comparison.strategies) == 3
    assert any("broken" in sentence for sentence in decision_summary(found)["careful"])


def test_after_an_interruption_the_rest_is_not_begun_and_resume_goes_on(tmp_path, monkeypatch, capsys):
    path, out = written(tmp_path, ALL), tmp_path / "out"
    words = ["decide", str(path), "--out", str(out), "--store", str(tmp_path / "store"), "--workers", "1"]
    with monkeypatch.context() as broken:
        broken.setitem(sections_module._RUN, "budget", stops)
        assert main(words) == 130
    assert "--resume" in capsys.readouterr().err
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    assert manifest["interrupted"] == "budget"
    assert main(words) == 2, "who would lose what is finished has to say so"
    assert main([*words, "--resume"]) == 0
    assert json.loads((out / "manifest.json").read_text("utf-8"))["interrupted"] is None
    assert not list(tmp_path.glob("*.checkpoint"))
    assert RunStore(tmp_path / "store").runs()["kind"].tolist() == ["decision"]


def test_the_folder_can_be_run_again_and_says_the_same(whole, tmp_path):
    alone = Decisions(whole.experiment, {"town": whole}, {})
    page = write_decisions(alone, tmp_path / "first", lang="zh")
    text = page.read_text("utf-8")
    assert "选哪种策略" in text and "Which strategy" not in text
    again = decide(load_experiment(tmp_path / "first" / "experiment.yaml"), workers=1)
    pd.testing.assert_frame_equal(again.comparison.runs, whole.comparison.runs)
    assert decision_summary(again) == decision_summary(whole)
    summary = json.loads((tmp_path / "first" / "summary.json").read_text("utf-8"))
    assert summary["best"] == whole.verdict().best


def test_command_without_store(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("CRMSIM_STORE", str(tmp_path / "store"))
    path = written(tmp_path, SMALL)
    words = ["decide", str(path), "--out", str(tmp_path / "out"), "--workers", "1", "--no-store"]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert "Which strategy?" in said and "Not asked" in said
    assert not (tmp_path / "store").exists()
    assert main(words) == 2, "results are there"
    assert main(["decide", "nothing", "--out", str(tmp_path / "no")]) == 2
