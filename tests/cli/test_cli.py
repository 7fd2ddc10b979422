"""The command line: exit statuses, one line for what went wrong, and results that are whole."""

from __future__ import annotations

import ast
import errno
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psutil
import pytest

import crmsim.cli.demo
from crmsim.branches import simulate_branches
from crmsim.checkpoints import Checkpoint
from crmsim.cli import main
from crmsim.cli.commands import COMMANDS
from crmsim.datasets import SHOP_LOG, purchases_of
from crmsim.engines import simulate
from crmsim.events import Component
from crmsim.experiments import TABLES, compare
from crmsim.log_file import read_log
from crmsim.metrics.outcomes import OUTCOMES, outcomes
from crmsim.pages import amount
from crmsim.run_tables import customers_table, months_table
from crmsim.scenario import PRESETS, Scenario, load_scenario, preset
from crmsim.strategies import Strategy, find_strategy, load_strategy, strategy_names
from crmsim.version import VERSION
from crmsim.yaml_files import check

ROOT = Path(crmsim.cli.__file__).parents[2]
SMALL = ["--customers", "30", "--years", "1", "--workers", "1"]
PNG = b"\x89PNG\r\n\x1a\n"
FULL = "crmsim: {}: cannot be written (No space left on device)"


def program(*arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
    """Run ``python -m crmsim`` in a process of its own."""
    command = [sys.executable, "-m", "crmsim", *arguments]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=300, check=False, **more
    )


def everything(folder: Path) -> dict[str, bytes | None]:
    """Return every file (and folder) below a folder, hidden ones included."""
    return {str(p.relative_to(folder)): p.read_bytes() if p.is_file() else None for p in folder.rglob("*")}


def complaint(capsys: pytest.CaptureFixture, *arguments: str, status: int = 2) -> str:
    """Run a command that must fail, writing one line to standard error and no file at all."""
    before = everything(Path.cwd())
    assert main(arguments) == status
    said = capsys.readouterr()
    assert everything(Path.cwd()) == before, "nothing may be written, not even a temporary folder"
    assert said.out == ""
    lines = said.err.splitlines()
    assert len(lines) == 1, f"one line, not {lines}"
    assert lines[0].startswith("crmsim: ")
    return lines[0].removeprefix("crmsim: ")


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Work in a folder with a few good and bad files."""
    monkeypatch.chdir(tmp_path)
    Path("bad_world.yaml").write_text("base: retail\nmoney:\n  margin: 1.5\n  margins: 2\n")
    Path("bad_strategy.yaml").write_text("name: mine\nabout: Mine.\nrules:\n- do: {price: 2}\n")
    Path("dollars.yaml").write_text("name: mine\nabout: Mine.\ncurrency: USD\n")
    Path("bad_log.csv").write_text("customer,date,amount\na,2024-01-01,5\nb,2024-13-01,5\n")
    Path("short_log.csv").write_text("customer,date,amount\na,2024-01-01,5\na,2024-01-09,5\nb,2024-01-02,5\n")
    Path("no_log.csv").write_text("who,when\na,2024-01-01\n")
    Path("file").write_text("mine")
    Path("folder").mkdir()
    Path("folder", "thesis.txt").write_text("mine")
    Path("earlier").mkdir()
    Path("earlier", "manifest.json").write_text('{"crmsim": "0.1.0"}')
    return tmp_path


# --- what goes wrong ---------------------------------------------------------------------------------------

OUT = ["--out", "out"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["grocery"], "scenario: must be a .yaml file or one of retail, .*, got 'grocery'"),
        (["none.yaml"], "file: cannot be read .No such file or directory., got 'none.yaml'"),
        (["folder"], "file: cannot be read .Is a directory., got 'folder'"),
        (["bad_world.yaml"], r"bad_world.yaml:3:11: money.margin: must be a number from 0 to 1 .*, got 1.5 "
         r"\(1 more: money.margins\)"),
        (["bad_log.csv"], "bad_log.csv:1:1: file: must hold the fields of a scenario"),
        (["retail", "--strategies", "do_nothing,magic"], "strategy: must be a .yaml or .py .*, got 'magic'"),
        (["retail", "--strategies", "do_nothing,"], "strategy: must be a .yaml or .py file .*, got ''"),
        (["retail", "--strategies", "do_nothing"], "strategies: must be at least two, the base first, got 1"),
        (["retail", "--strategies", "price_cut,price_cut"], "strategies: must have different names, got"),
        (["retail", "--strategies", "do_nothing,none.yaml"], "file: cannot be read .No such file"),
        (["retail", "--strategies", "do_nothing,bad_strategy.yaml"],
         "bad_strategy.yaml:4:15: rules.0.do.price: must be a number above 0 and up to 0.9, got 2"),
        (["retail", "--strategies", "do_nothing,dollars.yaml"],
         "strategy mine: currency: must be the scenario's, CU, got 'USD'"),
        (["retail", "--replications", "1"], r"replications: must be a whole number from 2 to 1000000, got 1"),
        (["retail", "--replications", "0"], "replications: must be a whole number from 2"),
        (["retail", "--engine", "diesel"],
         "engine: must be one of auto, compiled, simpy, got 'diesel'"),
        (["retail", "--engine", "compiled", "--strategies", "do_nothing,listening_firm"],
         "engine: must be simpy or auto for listening_firm, which is a Python program, got 'compiled'"),
        (["retail", "--workers", "0"], "workers: must be a whole number from 1 to 1024, got 0"),
        (["retail", "--dask", "nowhere"],
         r"dask: must be the address of a scheduler that answers .*, got 'nowhere'"),
        (["retail", "--dask", "tcp://127.0.0.1:1"],
         r"dask: must be the address of a scheduler that answers .*, got 'tcp://127.0.0.1:1'"),
        (["retail", "--dask", "tcp://127.0.0.1:1", "--workers", "2"],
         "workers: must be left out with dask, whose workers do the work, got 2"),
        (["retail", "--branches", "0"], "branches: must be a whole number from 1 to 1000, got 0"),
        (["retail", "--branches", "4", "--customers", "3"],
         "branches: must be at most the number of customers, 3, got 4"),
        (["retail", "--workers", "-2"], "workers: must be a whole number from 1 to 1024, got -2"),
        (["retail", "--seed", "-1"], "seed: must be a whole number from 0 to 2147483647, got -1"),
        (["retail", "--customers", "0"], "population.customers: must be a whole number from 1 to .*, got 0"),
        (["retail", "--years", "-1"], "years: must be from 0.1 to 100, got -1.0"),
        (["retail", "--years", "nan"], "years: must be from 0.1 to 100, got nan"),
        (["retail", "--years", "1e9"], "years: must be from 0.1 to 100, got 1000000000.0"),
    ],
)  # fmt: skip
def test_compare_refuses(here, capsys, monkeypatch, arguments, message):
    monkeypatch.setattr("crmsim.cluster._PATIENCE", 1)
    assert re.match(message, complaint(capsys, "compare", *arguments, *OUT))


@pytest.mark.parametrize(
    ("out", "message"),
    [
        ("file", "out: must be a folder, this is a file, got 'file'"),
        ("file/out", "out: must lie in an existing folder, got 'file/out'"),
        ("nowhere/out", "out: must lie in an existing folder, got 'nowhere/out'"),
        ("folder", "out: must be empty or hold results of this program, got 'folder'"),
        ("earlier", "out: already holds results; name another folder or give --replace, got 'earlier'"),
    ],
)
@pytest.mark.parametrize(
    "command", [["compare", "retail"], ["simulate", "retail"], ["calibrate", "short_log.csv"]]
)
def test_a_folder_for_results_that_will_not_do(here, capsys, command, out, message):
    assert complaint(capsys, *command, "--out", out) == message
    if out != "earlier":
        assert complaint(capsys, *command, "--out", out, "--replace") == message


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.csv"], ".*none.csv: path: must be an existing file, there is none"),
        (["folder"], ".*folder: path: must be a file, this is a directory"),
        (["bad_log.csv"], r".*bad_log.csv:3: date: must be .*, got '2024-13-01'"),
        (["no_log.csv"], ".*no_log.csv:1: .*column is missing, the header has "),
        (["short_log.csv"], "log: must cover at least 28 days, got '2024-01-01 to 2024-01-09'"),
        ([str(SHOP_LOG), "--base", "telecom"], "base: must be one of retail, b2b, bare .*, got 'telecom'"),
        ([str(SHOP_LOG), "--base", "x"], "base: must be one of retail, b2b, bare .*, got 'x'"),
        ([str(SHOP_LOG), "--calibration-end", "31.12.2024"],
         "calibration_end: must be a day as YYYY-MM-DD, got '31.12.2024'"),
        ([str(SHOP_LOG), "--calibration-end", "2031-01-01"],
         "calibration_end: must be from 2024-01-08 to the day before .*, got '2031-01-01'"),
        ([str(SHOP_LOG), "--customers", "0"], "population.customers: must be a whole number from 1"),
        ([str(SHOP_LOG), "--currency", "yuan"], "currency: must be two or three capitals .*, got 'yuan'"),
        ([str(SHOP_LOG), "--name", "../x"], "name: must be at most 60 letters, .*, got '../x'"),
        ([str(SHOP_LOG), "--seed", "-1"], "seed: must be a whole number from 0"),
        ([str(SHOP_LOG), "--engine", "diesel"], "engine: must be one of auto, compiled, simpy, got 'diesel'"),
        ([str(SHOP_LOG), "--amount-column", "price"], ".*price: column is missing, the header has "),
        ([str(SHOP_LOG), "--date-format", "%d.%m.%Y"], ".*shop_log.csv:2: date: must be "),
    ],
)  # fmt: skip
def test_calibrate_refuses(here, capsys, arguments, message):
    assert re.match(message, complaint(capsys, "calibrate", *arguments, *OUT))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["grocery"], "scenario: must be a .yaml file or one of retail, .*, got 'grocery'"),
        (["retail", "--strategy", "magic"], "strategy: must be a .yaml or .py .*, got 'magic'"),
        (["retail", "--strategy", "dollars.yaml"], "strategy mine: currency: must be the scenario's, CU"),
        (["retail", "--seed", "-1"], "seed: must be a whole number from 0 to 2147483647, got -1"),
        (["retail", "--replication", "-1"], "replication: must be a whole number from 0 to 2147483647"),
        (["retail", "--years", "nan"], "years: must be from 0.1 to 100, got nan"),
        (["retail", "--customers", "0"], "population.customers: must be a whole number from 1 to .*, got 0"),
        (["retail", "--engine", "steam"], "engine: must be one of auto, compiled, simpy, got 'steam'"),
        (["retail", "--branches", "0"], "branches: must be a whole number from 1 to 1000, got 0"),
        (["retail", "--branches", "2", "--log"], "log: must be left out with several branches"),
    ],
)
def test_simulate_refuses(here, capsys, arguments, message):
    assert re.match(message, complaint(capsys, "simulate", *arguments, *OUT))


def test_other_commands_refuse(here, capsys):
    names = "model, ledger, coverage, retail, telecom, b2b, bare, account_matrix"
    assert complaint(capsys, "show", "magic").startswith(f"name: must be one of {names}")
    assert complaint(capsys, "demo", "--out", "file") == "out: must be a folder, this is a file, got 'file'"
    for command in (["demo", *OUT], ["lesson", "price_cuts"], ["lesson", "--all"]):
        refused = "engine: must be one of auto, compiled, simpy, got 'diesel'"
        assert complaint(capsys, *command, "--engine", "diesel") == refused
    assert complaint(capsys, "demo", "--out", "nowhere/x").startswith("out: must lie in an existing folder")


@pytest.mark.parametrize("part", ["calibration", "comparison"])
def test_the_demo_looks_at_both_of_its_folders_before_it_begins(here, capsys, monkeypatch, part):
    def begun(*_: object, **__: object) -> None:
        pytest.fail("half a minute of work, and only then the refusal")

    monkeypatch.setattr(crmsim.cli.demo, "calibrate", begun)
    monkeypatch.setattr(crmsim.cli.demo, "warm_up", begun)
    Path("results", part).mkdir(parents=True)
    Path("results", part, "thesis.txt").write_text("mine")
    message = f"out: must be empty or hold results of this program, got '{Path('results', part)}'"
    assert complaint(capsys, "demo", "--out", "results") == message


@pytest.mark.parametrize(
    "arguments",
    [
        [], ["fly"], ["compare"], ["compare", "retail"], ["compare", *OUT], ["calibrate", *OUT],
        ["compare", "retail", *OUT, "--replications", "many"], ["compare", "retail", *OUT, "--lang", "de"],
        ["compare", "retail", *OUT, "--wings", "2"], ["compare", "retail", *OUT, "--years", "one"],
        ["datasets"], ["datasets", "burn"], ["show", "retail", "telecom"],
    ],
)  # fmt: skip
def test_what_is_no_command_at_all(here, capsys, arguments):
    before = everything(here)
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    said = capsys.readouterr()
    assert caught.value.code == 2
    assert said.out == "" and re.match(r"crmsim.*: error: ", said.err.splitlines()[-1])
    assert everything(here) == before


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["compare", "bad_world.yaml", *OUT],
         "bad_world.yaml:3:11：money.margin：须为0到1之间的数（占比），给的是1.5（另有1处：money.margins）"),
        (["quiz", "--number", "0"], "number：须为1到200之间的整数，给的是0"),
        (["quiz", "--mode", "sleep"], "mode：须为以下之一：topic, review, weakness, exam，给的是'sleep'"),
        (["calibrate", "bad_log.csv", *OUT],
         "bad_log.csv:3：date：须为存在的日期，写作YYYY-MM-DD或YYYYMMDD；如用其他写法，请用date_format指明，"
         "例如'%d/%m/%Y'，给的是'2024-13-01'"),
        (["claim", "q0"], "question：题库中没有，给的是'q0'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_the_language_of_the_command(here, capsys, arguments, sentence):
    assert complaint(capsys, *arguments, "--lang", "zh") == sentence
    assert not re.search("[一-鿿]", complaint(capsys, *arguments))


def test_a_bad_value_in_a_process_of_its_own(here):
    done = program("compare", str(here / "bad_world.yaml"), "--out", str(here / "out"))
    assert (done.returncode, done.stdout) == (2, "")
    message = "bad_world.yaml:3:11: money.margin: must be a number from 0 to 1 (share), got 1.5"
    assert done.stderr == f"crmsim: {here}/{message} (1 more: money.margins)\n"
    assert not (here / "out").exists()


def test_a_defect_of_the_program_is_shown_as_one():
    code = (
        "import sys, crmsim.cli.show, crmsim.cli\n"
        "def broken(options): raise ZeroDivisionError('a defect')\n"
        "crmsim.cli.show.show_command = broken\n"
        "sys.exit(crmsim.cli.main(['show']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert "Traceback" in done.stderr and done.stderr.endswith("ZeroDivisionError: a defect\n")


# --- what goes well ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """A report of a small comparison, written by the program; with what it printed."""
    folder = tmp_path_factory.mktemp("cli") / "report"
    done = program(
        "compare", "retail", *SMALL, "--replications", "3", "--seed", "7", "--out", str(folder),
        "--strategies", "do_nothing,price_cut,stage_matched",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


def test_compare_writes_everything(report):
    folder, printed = report
    tables = ["runs", "levels", "differences", *TABLES]
    pictures = ["differences", "components", "tiers", "over_time", "stages"]
    expected = {f"{name}.{end}" for name in tables for end in ("csv", "parquet")}
    expected |= {f"{name}.png" for name in pictures}
    expected |= {f"strategy_{name}.yaml" for name in ("do_nothing", "price_cut", "stage_matched")}
    expected |= {"scenario.yaml", "index.html", "manifest.json"}
    assert {path.name for path in folder.iterdir()} == expected
    assert [path.name for path in folder.parent.iterdir()] == [folder.name], "no temporary folders are left"
    for name in tables:
        table = pd.read_parquet(folder / f"{name}.parquet")
        text = pd.read_csv(folder / f"{name}.csv", keep_default_na=True)
        assert len(table) > 0 and list(table.columns) == list(text.columns)
        for column in table.select_dtypes("number"):
            assert text[column].to_numpy(float) == pytest.approx(
                table[column].to_numpy(float), nan_ok=True
            ), name
    page = (folder / "index.html").read_text("utf-8")
    for name in pictures:
        assert (folder / f"{name}.png").read_bytes().startswith(PNG)
        assert f'src="{name}.png"' in page
    assert printed.rstrip().endswith(f"report: {folder / 'index.html'}")
    for label in ("do nothing (level)", "price cut", "stage-matched programme"):
        assert label in printed


@pytest.mark.parametrize("engine", ["compiled", "simpy"])
def test_simulate_writes_tables_and_log(tmp_path, monkeypatch, capsys, engine):
    monkeypatch.chdir(tmp_path)
    run = ["simulate", "retail", "--customers", "30", "--years", "1", "--strategy", "stage_matched", "--seed",
           "4", "--replication", "2", "--engine", engine, "--out", "run"]  # fmt: skip
    assert main([*run, "--log"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[-1] == "the run: run"
    tables = {"customers.parquet", "months.parquet", "log.parquet"}
    files = {*tables, "scenario.yaml", "strategy_stage_matched.yaml", "manifest.json"}
    assert {path.name for path in Path("run").iterdir()} == files
    assert os.listdir() == ["run"]
    manifest = json.loads(Path("run", "manifest.json").read_text("utf-8"))
    assert (manifest["engine"], manifest["seed"], manifest["replication"]) == (engine, 4, 2)
    assert set(manifest["files"]) == files - {"manifest.json"}
    again = simulate(
        load_scenario("run/scenario.yaml"),
        load_strategy("run/strategy_stage_matched.yaml"),
        seed=4,
        replication=2,
    )
    assert read_log("run/log.parquet").tobytes() == again.log().tobytes()
    people = pd.read_parquet("run/customers.parquet")
    assert (people["value_clv2"] == again.customers["value"][:, Component.CLV2]).all()
    assert len(pd.read_parquet("run/months.parquet")) == len(again.months)
    assert said[0].startswith("CLV per initial customer: ") and said[0].endswith(" CU")
    assert main([*run, "--replace", "--lang", "zh"]) == 0
    assert {path.name for path in Path("run").iterdir()} == files - {"log.parquet"}
    assert capsys.readouterr().out.splitlines()[-1] == "运行结果：run"


def test_simulate_writes_branches_one_by_one_as_if_they_had_been_pooled(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("crmsim.run_tables._ROWS", 7)
    run = ["simulate", "retail", "--customers", "40", "--years", "2", "--branches", "3", "--out", "run"]
    assert main(run) == 0
    town = load_scenario("run/scenario.yaml")
    whole = simulate_branches(town, branches=3, log=False)
    people = pd.read_parquet("run/customers.parquet").sort_values("number", ignore_index=True)
    pd.testing.assert_frame_equal(people, customers_table(whole))
    pd.testing.assert_frame_equal(pd.read_parquet("run/months.parquet"), months_table(whole))
    assert json.loads(Path("run", "manifest.json").read_text("utf-8"))["branches"] == 3
    clv = amount(outcomes(whole)["clv"], "currency", "CU")
    assert capsys.readouterr().out.splitlines()[0] == f"CLV per initial customer: {clv}"


def test_the_manifest_is_enough_to_do_it_again(report):
    folder, _ = report
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert set(manifest["files"]) == {path.name for path in folder.iterdir()} - {"manifest.json"}
    assert manifest["crmsim"] == VERSION and manifest["base"] == "do_nothing"
    assert (manifest["seed"], manifest["replications_asked"], manifest["replications_finished"]) == (
        7,
        3,
        [0, 1, 2],
    )
    scenario = check(Scenario, manifest["scenario"])
    assert scenario == load_scenario(folder / "scenario.yaml")
    assert scenario == preset("retail").with_values(customers=30, horizon_days=365, entry_days=365)
    strategies = [check(Strategy, data) for data in manifest["strategies"]]
    assert strategies == [load_strategy(folder / f"strategy_{s.name}.yaml") for s in strategies]
    assert [s.name for s in strategies] == ["do_nothing", "price_cut", "stage_matched"]
    again = compare(scenario, strategies, replications=3, seed=manifest["seed"], workers=1)
    text = again.runs.to_csv(index=False, lineterminator="\n")
    assert text == (folder / "runs.csv").read_text("utf-8")
    assert len(again.runs) == 3 * 3 * len(OUTCOMES)


def test_the_manifest_and_the_page_say_which_engine_ran(report, tmp_path):
    folder, _ = report
    engines = json.loads((folder / "manifest.json").read_text("utf-8"))["engines"]
    assert engines == {"do_nothing": "compiled", "price_cut": "compiled", "stage_matched": "compiled"}
    assert "do not depend on it): the compiled engine." in (folder / "index.html").read_text("utf-8")
    out = tmp_path / "out"
    command = ["compare", "retail", *SMALL, "--replications", "2", "--out", str(out), "--lang", "zh"]
    assert main([*command, "--strategies", "do_nothing,listening_firm"]) == 0
    engines = json.loads((out / "manifest.json").read_text("utf-8"))["engines"]
    assert engines == {"do_nothing": "compiled", "listening_firm": "simpy"}
    page = (out / "index.html").read_text("utf-8")
    assert "编译引擎" in page and "SimPy 引擎" in page
    assert main([*command, "--strategies", "do_nothing,price_cut", "--engine", "simpy", "--replace"]) == 0
    assert set(json.loads((out / "manifest.json").read_text("utf-8"))["engines"].values()) == {"simpy"}


def test_files_of_a_report_can_be_given_back_to_the_program(report, tmp_path, capsys):
    folder, _ = report
    strategies = ",".join(str(folder / f"strategy_{name}.yaml") for name in ("do_nothing", "price_cut"))
    command = [
        "compare",
        str(folder / "scenario.yaml"),
        "--strategies",
        strategies,
        "--out",
        str(tmp_path / "out"),
    ]
    assert main([*command, "--replications", "3", "--seed", "7", "--workers", "1"]) == 0
    runs, earlier = (pd.read_csv(place / "runs.csv") for place in (tmp_path / "out", folder))
    expected = earlier[earlier["strategy"] != "stage_matched"].reset_index(drop=True)
    pd.testing.assert_frame_equal(runs, expected)


def test_replace(here, capsys):
    command = ["compare", "retail", *SMALL, "--replications", "2", "--strategies", "do_nothing,recovery"]
    Path("earlier", "stale.csv").write_text("stale")
    assert main([*command, "--out", "earlier", "--replace"]) == 0
    assert not Path("earlier", "stale.csv").exists() and Path("earlier", "index.html").exists()
    before, names = everything(here), {path.name for path in here.iterdir()}
    capsys.readouterr()
    assert main([*command, "--out", "earlier"]) == 2
    assert capsys.readouterr().err == (
        "crmsim: out: already holds results; name another folder or give --replace, got 'earlier'\n"
    )
    assert everything(here) == before
    assert main([*command, "--seed", "9", "--out", "earlier", "--replace", "--lang", "zh"]) == 0
    assert {path.name for path in here.iterdir()} == names
    assert json.loads(Path("earlier", "manifest.json").read_text("utf-8"))["seed"] == 9
    printed = capsys.readouterr().out
    for line in ("服务补救", "报告：", "每位初始客户的终生价值"):
        assert line in printed
    stray = set(re.findall(r"[A-Za-z]{4,}", printed.replace(str(Path("earlier", "index.html")), "")))
    assert not stray, f"English words in a Chinese report: {stray}"
    page = Path("earlier", "index.html").read_text("utf-8")
    assert '<html lang="zh-CN">' in page and find_strategy("recovery").about_zh in page


def test_a_failure_while_writing_leaves_nothing(here, capsys, monkeypatch):
    def broken(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("crmsim.comparison_report.write_manifest", broken)
    before = everything(here)
    command = ["compare", "retail", *SMALL, "--replications", "2", "--strategies", "do_nothing,recovery"]
    assert main([*command, "--out", "earlier", "--replace"]) == 2
    assert capsys.readouterr().err.splitlines()[-1] == FULL.format("earlier")
    after = {name: text for name, text in everything(here).items() if "earlier.checkpoint" not in name}
    assert after == before, "but for the runs, which the next try need not do again"


def short_log(path: Path) -> pd.DataFrame:
    """Write four months of purchases of a small shop."""
    shop = preset("retail").with_values(customers=200, entry_days=30, horizon_days=120, rate_mean=20.0)
    table = purchases_of(simulate(shop, seed=2))
    table.to_csv(path, index=False)
    return table.assign(date=pd.to_datetime(table["date"]))


def test_calibrate_writes_everything(tmp_path, capsys):
    log, out = tmp_path / "log.csv", tmp_path / "fitted"
    table = short_log(log)
    options = [
        "--currency",
        "CNY",
        "--customers",
        "300",
        "--name",
        "my shop",
        "--calibration-end",
        "2024-02-29",
    ]
    assert main(["calibrate", str(log), "--out", str(out), *options]) == 0
    assert {path.name for path in out.iterdir()} == {
        "scenario.yaml", "index.html", "manifest.json", "tracking.png", *(
            f"{name}.{end}" for name in ("summary", "holdout", "tracking") for end in ("csv", "parquet")
        ),
    }  # fmt: skip
    assert {path.name for path in tmp_path.iterdir()} == {"log.csv", "fitted"}
    scenario = load_scenario(out / "scenario.yaml")
    assert (scenario.name, scenario.currency, scenario.population.customers) == ("my shop", "CNY", 300)
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    assert manifest["calibration_end"] == "2024-02-29"
    fitted = (
        manifest["bg_nbd"]["r"] / manifest["bg_nbd"]["alpha"] * 365 / 7 * manifest["match"]["rate_factor"]
    )
    assert scenario.purchase.rate_mean == pytest.approx(fitted, rel=1e-9)
    assert set(pd.read_csv(out / "summary.csv")["customer"]) == set(table["customer"])
    assert f"scenario: {out / 'scenario.yaml'}" in capsys.readouterr().out
    simulate(scenario.with_values(horizon_days=390, entry_days=30))


def test_the_demo_goes_all_the_way(tmp_path, capsys, monkeypatch):
    """With a shorter log and fewer customers; the real one takes half a minute."""
    monkeypatch.chdir(tmp_path)
    table = short_log(tmp_path / "log.csv")
    (tmp_path / "log.csv").unlink()
    monkeypatch.setattr(crmsim.cli.demo, "load_shop_log", lambda: table)
    monkeypatch.setattr(crmsim.cli.demo, "CUSTOMERS", 40)
    monkeypatch.setattr(crmsim.cli.demo, "REPLICATIONS", 2)
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    assert main(["demo", "--lang", "zh"]) == 0
    printed = capsys.readouterr().out
    assert "用时" in printed and "按阶段匹配的激励" in printed
    assert {path.name for path in tmp_path.iterdir()} == {"demo-report"}
    assert {path.name for path in (tmp_path / "demo-report").iterdir()} == {"calibration", "comparison"}
    manifest = json.loads(Path("demo-report", "comparison", "manifest.json").read_text("utf-8"))
    assert manifest["replications_finished"] == [0, 1] and manifest["base"] == "do_nothing"


# --- small commands ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*PRESETS, *strategy_names()])
def test_show_prints_a_file_that_can_be_read_back(name, tmp_path, capsys):
    assert main(["show", name]) == 0
    programmed = name in strategy_names() and not isinstance(find_strategy(name), Strategy)
    path = tmp_path / ("shown.py" if programmed else "shown.yaml")
    path.write_text(capsys.readouterr().out, encoding="utf-8")
    if name in PRESETS:
        assert load_scenario(path) == preset(name)
    elif programmed:
        assert find_strategy(str(path)).about == find_strategy(name).about
    else:
        assert load_strategy(path) == find_strategy(name)


def test_show_lists_all_names(capsys):
    assert main(["show"]) == 0
    printed = capsys.readouterr().out
    assert set(re.findall(r"[a-z0-9_]+", printed)) >= {*PRESETS, *strategy_names()}


def test_version_and_help_load_no_library():
    asked = {
        "'--version'": f"crmsim {VERSION}",
        "'--help'": "usage: crmsim ",
        "'compare', '--help'": "usage: crmsim compare ",
    }
    for words, expected in asked.items():
        code = (
            "import sys, crmsim.cli\n"
            f"try: crmsim.cli.main([{words}])\n"
            "except SystemExit as end: print(end.code)\n"
            "print([m for m in ('numpy', 'pandas', 'numba', 'yaml', 'pydantic') if m in sys.modules])\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert done.stdout.startswith(expected) and done.stdout.endswith("0\n[]\n")


def test_the_module_can_be_run():
    done = program("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"crmsim {VERSION}\n", "")


@pytest.mark.parametrize("command", [[], *([command.name] for command in COMMANDS)])
def test_help(command, capsys):
    with pytest.raises(SystemExit) as caught:
        main([*command, "--help"])
    assert caught.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: {' '.join(['crmsim', *command])} ")


@pytest.mark.parametrize("name", [command.name for command in COMMANDS])
def test_every_command_is_a_function_of_its_own_module(name):
    """Read and not loaded, which takes seconds for all of them."""
    source = Path(crmsim.cli.__file__).with_name(f"{name}.py").read_text("utf-8")
    defined = {node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)}
    assert f"{name}_command" in defined


# --- Ctrl-C ------------------------------------------------------------------------------------------------


def _finished(bar: str) -> int:
    """Return how many replications the last state of a progress bar says."""
    counts = re.findall(r"(\d+)/\d+ \[", bar)
    return int(counts[-1]) if counts else 0


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX systems")
@pytest.mark.parametrize("workers", ["1", "2"])
def test_ctrl_c_keeps_what_was_finished(tmp_path, workers):
    """As at a terminal: the signal goes to every process of the group."""
    out, bar = tmp_path / "out", tmp_path / "bar.txt"
    command = [
        sys.executable, "-m", "crmsim", "compare", "retail", "--customers", "150", "--years", "3",
        "--replications", "2000", "--workers", workers, "--strategies", "do_nothing,price_cut",
        "--out", str(out),
    ]  # fmt: skip
    with bar.open("w") as stderr:
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=stderr, text=True, start_new_session=True,
            # Whoever runs the tests may ignore the signal, and children inherit that.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip
    try:
        deadline = time.monotonic() + 120
        while _finished(bar.read_text()) < 3 and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)
        printed, _ = process.communicate(timeout=60)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    said = bar.read_text()
    assert process.returncode == 130, said
    kept = re.search(r"interrupted; (\d+) of 2000 finished replications are kept", said)
    assert kept and int(kept[1]) >= 3, said
    assert "Traceback" not in said and "Warning" not in said, said
    runs = pd.read_csv(out / "runs.csv")
    assert runs["replication"].nunique() == int(kept[1])
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    assert len(manifest["replications_finished"]) == int(kept[1])
    assert manifest["replications_asked"] == 2000
    assert set(runs["replication"]) == set(manifest["replications_finished"])
    assert f"Interrupted: {kept[1]} of 2000 replications" in printed
    assert {path.name for path in tmp_path.iterdir()} == {"out", "out.checkpoint", "bar.txt"}
    assert "the same command with --resume goes on from there" in said
    # What was kept is what a run of that replication gives.
    first = min(manifest["replications_finished"])
    scenario = preset("retail").with_values(customers=150, horizon_days=1095)
    whole = compare(
        scenario, [find_strategy("do_nothing"), find_strategy("price_cut")], replications=2, workers=1
    )
    if first < 2:
        values = runs[runs["replication"] == first]["value"].to_numpy()
        expected = whole.runs[whole.runs["replication"] == first]["value"].to_numpy()
        assert np.array_equal(values, expected, equal_nan=True)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and (left := _of_session(process.pid)):
        time.sleep(0.2)
    assert not left, f"processes are left behind: {left}"


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX systems")
@pytest.mark.parametrize("engine", ["compiled", "simpy"])
def test_a_killed_comparison_goes_on_and_ends_in_the_same_bytes(tmp_path, engine, capsys):
    """Killed without warning, with all its workers: what was finished is readable and is not done again."""
    asked, kept = 40, tmp_path / "killed.checkpoint"
    command = [
        "compare", "retail", "--customers", "100", "--years", "2", "--replications", str(asked),
        "--engine", engine, "--workers", "2", "--strategies", "do_nothing,price_cut",
    ]  # fmt: skip
    whole, killed = (["--out", str(tmp_path / name)] for name in ("whole", "killed"))
    process = subprocess.Popen(
        [sys.executable, "-m", "crmsim", *command, *killed], cwd=ROOT, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + 120
    while len(_finished_in(kept)) < 3 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=60)
    before = {path: path.stat().st_mtime_ns for path in _finished_in(kept)}
    assert 3 <= len(before) < asked, "it has to be killed on the way"
    assert all(set(json.loads(path.read_text("utf-8"))) == {"do_nothing", "price_cut"} for path in before)
    assert not (tmp_path / "killed").exists()

    assert main([*command, *killed]) == 2
    assert "out: was begun and not finished; go on with --resume" in capsys.readouterr().err
    assert main([*command, *killed, "--resume", "--seed", "2"]) == 2
    assert "belongs to another experiment: seed is 1 there and 2 here" in capsys.readouterr().err
    assert {path: path.stat().st_mtime_ns for path in _finished_in(kept)} == before
    assert main([*command, *killed, "--resume"]) == 0
    assert main([*command, *whole]) == 0
    resumed, uninterrupted = (everything(tmp_path / name) for name in ("killed", "whole"))
    manifests = [json.loads(files.pop("manifest.json")) for files in (resumed, uninterrupted)]
    assert resumed == uninterrupted
    for manifest in manifests:
        assert manifest.pop("seconds") > 0 and manifest.pop("written")
    assert manifests[0] == manifests[1]
    assert {path.name for path in tmp_path.iterdir()} == {"killed", "whole"}, "nothing else is left"


def _finished_in(checkpoint: Path) -> list[Path]:
    return sorted(checkpoint.glob("replication_*.json"))


def test_an_unfinished_comparison_is_given_up_only_when_told_to(here, capsys, monkeypatch):
    command = ["compare", "retail", *SMALL, "--strategies", "do_nothing,recovery", *OUT]
    kept = Checkpoint("out.checkpoint")
    scenario = preset("retail").with_values(customers=30, horizon_days=365, entry_days=365)
    strategies = [find_strategy("do_nothing"), find_strategy("recovery")]

    def interrupted(finished: int, _: int) -> None:
        if finished == 2:
            raise KeyboardInterrupt

    compare(scenario, strategies, replications=3, workers=1, progress=interrupted, checkpoint=kept)
    assert kept.exists
    assert complaint(capsys, *command, "--replications", "3").startswith("out: was begun and not finished")
    # What belongs to another experiment is refused before the model is even loaded.
    refused = complaint(capsys, *command, "--replications", "3", "--resume", "--customers", "31")
    assert refused.startswith(
        "checkpoint: belongs to another experiment: scenario.population.customers is 30 there and 31 here"
    )
    assert kept.exists
    assert main([*command, "--replications", "3", "--replace", "--customers", "31"]) == 0
    assert not kept.exists and "31" in Path("out", "scenario.yaml").read_text("utf-8")


def test_a_report_that_cannot_be_written_does_not_lose_the_runs(here, capsys, monkeypatch):
    def broken(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    command = ["compare", "retail", *SMALL, "--replications", "2", "--strategies", "do_nothing,recovery"]
    with monkeypatch.context() as patch:
        patch.setattr("crmsim.comparison_report.write_manifest", broken)
        assert main([*command, *OUT]) == 2
    assert capsys.readouterr().err.splitlines()[-1] == FULL.format("out")
    assert len(_finished_in(Path("out.checkpoint"))) == 2 and not Path("out").exists()
    monkeypatch.setattr("crmsim.experiments._measure", lambda *_: pytest.fail("it was run again"))
    assert main([*command, *OUT, "--resume"]) == 0
    assert Path("out", "index.html").exists() and not Path("out.checkpoint").exists()


def _of_session(leader: int) -> list[str]:
    """Return the processes of a session that are still running."""
    found = []
    for process in psutil.process_iter():
        try:
            if os.getsid(process.pid) == leader and process.status() != psutil.STATUS_ZOMBIE:
                found.append(" ".join(process.cmdline()))
        except (psutil.Error, ProcessLookupError, PermissionError):
            continue
    return found


def test_ctrl_c_before_anything_was_finished(here, capsys, monkeypatch):
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("crmsim.cli.compare.warm_up", interrupted)
    before = everything(here)
    assert main(["compare", "retail", *SMALL, *OUT]) == 130
    assert capsys.readouterr().err.splitlines()[-1] == "crmsim: interrupted; nothing was written"
    assert everything(here) == before


def test_a_reader_who_has_seen_enough_is_no_defect():
    command = f'"{sys.executable}" -m crmsim show retail | true; exit ${{PIPESTATUS[0]}}'
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_terminal_without_chinese_shows_escapes():
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "crmsim", "show", "price_cut"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and "\\u" in done.stdout


def test_a_misspelt_preset_is_told_the_names(capsys):
    assert complaint(capsys, "compare", "retial", "--out", "out").startswith(
        "scenario: must be a .yaml file or one of retail, telecom, b2b, bare, got 'retial'"
    )
