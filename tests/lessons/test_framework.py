"""Verdicts come from intervals, arms are paired, and the command line says what was found."""

from __future__ import annotations

import json
import math
import re

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from crmsim import find_lesson, lesson_names, preset, run_lesson, simulate
from crmsim.cli import main
from crmsim.comparison import Interval, mean_interval
from crmsim.errors import InputError, InterruptedRun
from crmsim.ledger import Ledger
from crmsim.lessons.base import (
    VERDICTS,
    Arm,
    Break,
    Contrast,
    Lesson,
    above,
    below,
    change,
    difference,
    within,
)
from crmsim.lessons.running import LessonResult
from crmsim.metrics.clv import value_per_initial_customer
from crmsim.model.records import DAY
from crmsim.scenario import Scenario
from crmsim.strategies import find_strategy
from crmsim.text import say

INF, NAN = math.inf, math.nan


# --- verdicts ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claimed", "low", "high", "verdict"),
    [
        (above(0.0), 0.1, 2.0, "holds"),
        (above(0.0), -2.0, -0.1, "does_not_hold"),
        (above(0.0), -0.1, 2.0, "not_decided"),
        # No difference in any run is not "above".
        (above(0.0), 0.0, 0.0, "does_not_hold"),
        (above(0.0), 0.0, 1.0, "not_decided"),
        (above(0.5), 0.1, 0.4, "does_not_hold"),
        (below(0.0), -2.0, -0.1, "holds"),
        (below(0.0), 0.1, 2.0, "does_not_hold"),
        (below(0.0), -2.0, 0.1, "not_decided"),
        (within(0.1), -0.05, 0.05, "holds"),
        (within(0.1), 0.0, 0.0, "holds"),
        (within(0.1), 0.11, 0.2, "does_not_hold"),
        (within(0.1), -0.2, -0.11, "does_not_hold"),
        (within(0.1), 0.05, 0.2, "not_decided"),
        (within(0.1), -0.2, 0.2, "not_decided"),
    ],
)
def test_a_contrast_is_decided_by_where_its_interval_lies(claimed, low, high, verdict):
    assert claimed.verdict(Interval((low + high) / 2, low, high, 8)) == verdict


@pytest.mark.parametrize("claimed", [above(0.0), below(0.0), within(1.0)])
def test_too_few_replications_decide_nothing(claimed):
    assert claimed.verdict(Interval(NAN, NAN, NAN, 0)) == "not_decided"
    assert claimed.verdict(Interval(5.0, -INF, INF, 1)) == "not_decided"


def made(*contrasts: Contrast, **more) -> Lesson:
    """Return a lesson on a world that is never run."""
    return Lesson(
        name="price_cuts", concepts=(), arms=lambda scenario: [], measure=lambda ledger: {},
        contrasts=contrasts, breaks=(), **more,
    )  # fmt: skip


def result_of(lesson: Lesson, *runs: dict) -> LessonResult:
    return LessonResult(lesson, preset("retail"), 1, len(runs), dict(enumerate(runs)), {})


UP = Contrast("clv_ten", "currency", above(0.0), difference("clv", "new", "old"))
SMALL = Contrast("clv_five", "change", within(0.2), change("clv", "new", "old"))


def test_contrasts_are_paired():
    """Levels differ far more between replications than arms do: only pairs can tell."""
    levels = np.array([100.0, 900.0, 400.0, 700.0])
    gains = np.array([3.0, 2.0, 4.0, 3.0])
    runs = [{"old": {"clv": a}, "new": {"clv": a + g}} for a, g in zip(levels, gains, strict=True)]
    result = result_of(made(UP, SMALL), *runs)
    expected = mean_interval(gains)
    row = result.table.iloc[0]
    assert (row["mean"], row["low"], row["high"], row["n"]) == pytest.approx(tuple(expected))
    assert list(result.table["verdict"]) == ["holds", "holds"]
    assert result.table["mean"].iloc[1] == pytest.approx((gains / levels).mean())
    old = result.levels.set_index("arm").loc["old"]
    assert old["mean"] == pytest.approx(levels.mean()) and old["high"] > 900


@pytest.mark.parametrize(
    ("gains", "verdicts", "whole"),
    [
        ([30.0, 31.0, 32.0], ["holds", "does_not_hold"], "does_not_hold"),
        ([3.0, 3.1, 3.2], ["holds", "holds"], "holds"),
        ([-3.0, 3.1, 3.2], ["not_decided", "holds"], "not_decided"),
        ([-3.0, 300.0, 3.2], ["not_decided", "not_decided"], "not_decided"),
        ([-3.0, -3.1, -3.2], ["does_not_hold", "holds"], "does_not_hold"),
        ([NAN, NAN, NAN], ["not_decided", "not_decided"], "not_decided"),
        ([NAN, 3.1, NAN], ["not_decided", "not_decided"], "not_decided"),
        ([NAN, 3.1, 3.2], ["holds", "holds"], "holds"),
    ],
)
def test_a_lesson_holds_if_all_its_contrasts_do(gains, verdicts, whole):
    runs = [{"old": {"clv": 100.0}, "new": {"clv": 100.0 + gain}} for gain in gains]
    result = result_of(made(UP, SMALL), *runs)
    assert list(result.table["verdict"]) == verdicts
    assert result.verdict == whole


def test_a_change_from_nothing_is_nothing_known():
    assert math.isnan(change("clv", "new", "old")({"old": {"clv": 0.0}, "new": {"clv": 1.0}}))
    assert change("clv", "new", "old")({"old": {"clv": -4.0}, "new": {"clv": -2.0}}) == 0.5


# --- running -----------------------------------------------------------------------------------------------


def value(ledger: Ledger) -> dict[str, float]:
    return {"clv": value_per_initial_customer(ledger)}


def two_arms(scenario: Scenario) -> list[Arm]:
    return [Arm("do_nothing", scenario), Arm("price_cut", scenario, find_strategy("price_cut"))]


CUT = Lesson(
    name="price_cuts", concepts=(), arms=two_arms, measure=value,
    contrasts=(Contrast("clv_ten", "currency", below(0.0), difference("clv", "price_cut", "do_nothing")),),
    breaks=(
        Break("offers_do_not_tempt", {"offer_price": 0.0}),
        Break("elastic", times={"elasticity": 4.0}, timing="continuous"),
    ),
    setting={"customers": 40, "horizon_days": 400, "entry_days": 90},
)  # fmt: skip


def test_what_is_measured_is_what_a_run_gives():
    result = run_lesson(CUT, replications=2, seed=5, workers=1)
    assert list(result.runs) == [0, 1]
    for k, arms in result.runs.items():
        for name, measured in arms.items():
            ledger = simulate(CUT.scenario(), find_strategy(name), seed=5, replication=k, log=False)
            assert measured == value(ledger)


def test_workers_do_not_matter():
    alone, together = (run_lesson(CUT, replications=3, workers=workers) for workers in (1, 2))
    assert alone.runs == together.runs
    assert alone.table.drop(columns="claimed").equals(together.table.drop(columns="claimed"))


def test_the_engine_does_not_matter_and_the_result_says_which_it_was():
    fast, slow = (run_lesson(CUT, replications=2, workers=1, engine=engine) for engine in ("auto", "simpy"))
    assert fast.runs == slow.runs
    assert fast.engines == {"do_nothing": "compiled", "price_cut": "compiled"}
    assert set(slow.engines.values()) == {"simpy"}
    with pytest.raises(InputError, match=r"^engine: must be one of auto, compiled, simpy, got 'diesel'$"):
        run_lesson(CUT, replications=2, engine="diesel")


def test_progress_is_told_and_an_interruption_keeps_what_was_finished():
    told = []

    def tell(done: int, asked: int) -> None:
        told.append((done, asked))
        if done == 2:
            raise KeyboardInterrupt

    result = run_lesson(CUT, replications=4, workers=1, progress=tell)
    assert told == [(1, 4), (2, 4)] and list(result.runs) == [0, 1] and result.asked == 4
    with pytest.raises(InterruptedRun):
        run_lesson(CUT, replications=4, workers=1, progress=lambda done, asked: tell(2, asked))


def test_a_stopped_run_is_the_beginning_of_the_whole_one():
    """Whoever had left by the day on which it was stopped has the same record in both."""
    seen = []

    def look(whole: Ledger, early: Ledger) -> dict[str, float]:
        seen.append((whole, early))
        return {"clv": 0.0}

    lesson = Lesson("price_cuts", (), two_arms, look, (UP,), (), stopped=(720,))
    world = preset("retail").with_values(customers=150, horizon_days=1440)
    run_lesson(lesson, world, replications=2, workers=1)
    for whole, early in seen:
        gone = np.flatnonzero(early.customers["left"] <= 720 * DAY)
        assert len(gone) > 20 and early.horizon_days == 720 and whole.horizon_days == 1440
        for field in ("left", "cause", "n", "satisfaction", "ratio", "attitude"):
            assert np.array_equal(whole.customers[field][gone], early.customers[field][gone])
        stayed = np.setdiff1d(np.arange(early.customer_count), gone)
        assert (whole.customers["left"][stayed] > 720 * DAY).all()


def test_a_lesson_sets_its_preset_and_may_be_told_otherwise():
    assert CUT.scenario("telecom").population.customers == 40
    assert CUT.scenario("telecom", customers=50).population.customers == 50
    assert set(CUT.broken(CUT.scenario("retail"))) == {"offers_do_not_tempt", "elastic"}
    assert set(CUT.broken(CUT.scenario("telecom"))) == {"offers_do_not_tempt"}
    assert CUT.broken(CUT.scenario())["elastic"].purchase.elasticity == 6.0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"replications": 1}, "replications: must be a whole number from 2 to 1000000, got 1"),
        ({"seed": -1}, "seed: must be a whole number from 0 to"),
        ({"workers": 0}, "workers: must be a whole number from 1 to 1024, got 0"),
        ({"confidence": 1.0}, "confidence: must be above 0 and below 1, got 1.0"),
    ],
)
def test_bad_numbers_are_refused_before_work_begins(options, message):
    with pytest.raises(InputError, match=f"^{message}"):
        run_lesson(made(UP), **options)


def test_an_unknown_lesson():
    with pytest.raises(InputError, match=r"^lesson: must be one of .*price_cuts.*, got 'price_cut'$"):
        find_lesson("price_cut")


# --- pictures ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_picture_shows_every_contrast_and_arm(lang):
    result = run_lesson(CUT, replications=2, workers=1)
    figure = result.draw(lang=lang)
    figure.canvas.draw()
    words = {text.get_text().replace("\n", " ") for text in figure.findobj(lambda a: hasattr(a, "get_text"))}
    squeezed = {word.replace(" ", "") for word in words}
    for label in (CUT.contrast_label("clv_ten", lang), CUT.arm_label("price_cut", lang), CUT.title(lang)):
        assert label.replace(" ", "") in squeezed
    assert say(f"verdict.{result.verdict}", lang) in words
    own = Figure()
    assert result.draw(own, lang) is own


# --- the command line --------------------------------------------------------------------------------------

SMALL_RUN = ["--customers", "40", "--replications", "2", "--workers", "1"]


def test_the_command_lists_all_lessons(capsys):
    for lang, colon in (("en", ": "), ("zh", "：")):
        assert main(["lesson", "--lang", lang]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert lines == [f"{name}{colon}{find_lesson(name).claim(lang)}" for name in lesson_names()]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_command_runs_one_lesson(tmp_path, capsys, lang):
    out, lesson = tmp_path / "out", find_lesson("price_cuts")
    assert main(["lesson", "price_cuts", *SMALL_RUN, "--break", "--lang", lang, "--out", str(out)]) == 0
    said = capsys.readouterr()
    result = run_lesson(lesson, lesson.scenario(customers=40), replications=2, workers=1)
    for text in (lesson.claim(lang), lesson.varied(lang), lesson.turns(lang)):
        assert text in said.out
    for contrast in lesson.contrasts:
        assert said.out.count(lesson.contrast_label(contrast.name, lang)) == 1 + len(lesson.breaks)
    for way in lesson.breaks:
        assert re.search(rf"^{re.escape(lesson.break_label(way.name, lang))}", said.out, re.MULTILINE)
    assert say("cli.lesson.verdict", lang, verdict=say(f"verdict.{result.verdict}", lang)) in said.out
    table = pd.read_csv(out / "contrasts.csv")
    assert np.allclose(table["mean"], result.table["mean"]) and set(table["verdict"]) <= set(VERDICTS)
    assert (out / "picture.png").read_bytes().startswith(b"\x89PNG")
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    assert manifest["engines"] == dict.fromkeys(set(result.levels["arm"]), "compiled")
    assert manifest["verdict"] == result.verdict and manifest["replications_finished"] == [0, 1]
    assert sorted(path.name for path in out.iterdir()) == [
        "contrasts.csv", "levels.csv", "manifest.json", "picture.png", "runs.csv", "scenario.yaml",
    ]  # fmt: skip
    # What is written can be had again.
    runs = pd.read_csv(out / "runs.csv")
    first = runs[(runs["replication"] == 1) & (runs["arm"] == "price_cut") & (runs["measure"] == "clv")]
    assert first["value"].item() == pytest.approx(result.runs[1]["price_cut"]["clv"], rel=1e-12)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_command_runs_all_lessons(capsys, monkeypatch, lang):
    monkeypatch.setattr("crmsim.cli.lesson.lesson_names", lambda: ("few_make_most", "price_cuts"))
    assert main(["lesson", "--all", *SMALL_RUN, "--presets", "retail,b2b", "--lang", lang]) == 0
    lines, matrix = capsys.readouterr().out.split("\n\n")
    comma, colon = ("，", "：") if lang == "zh" else (", ", ":")
    assert [line.split(colon)[0] for line in lines.splitlines()] == [
        f"{name}{comma}{world}" for name in ("few_make_most", "price_cuts") for world in ("retail", "b2b")
    ]
    words = {say(f"verdict.{verdict}", lang) for verdict in VERDICTS}
    for line in matrix.splitlines()[1:]:
        assert set(re.split(r"\s{2,}", line.strip())[1:]) <= words


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["price_cut"], "lesson: must be one of .*, got 'price_cut'"),
        (["price_cuts", "--preset", "shop"], "preset: must be one of retail, telecom, b2b, bare, got 'shop'"),
        (["--all", "--presets", "retail,shop"], "preset: must be one of .*, got 'shop'"),
        (["price_cuts", "--all"], "lesson: must not be named together with --all, got 'price_cuts'"),
        (["price_cuts", "--replications", "1"], "replications: must be a whole number from 2 to"),
        (["--all", "--replications", "1"], "replications: must be a whole number from 2 to"),
        (["price_cuts", "--customers", "0"], "population.customers: must be a whole number from 1 to"),
        (["price_cuts", "--seed", "-1"], "seed: must be a whole number from 0 to"),
        (["price_cuts", "--workers", "0"], "workers: must be a whole number from 1 to"),
        (["price_cuts", "--out", "none/out"], "out: must lie in an existing folder"),
    ],
)
def test_the_command_refuses(tmp_path, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(tmp_path)
    assert main(["lesson", *arguments]) == 2
    said = capsys.readouterr()
    assert said.out == "" and re.fullmatch(rf"crmsim: {message}.*\n", said.err)
    assert list(tmp_path.iterdir()) == []
