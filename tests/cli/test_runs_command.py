"""``crmsim runs``: what people see of the store."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from crmsim import compare, find_strategy, preset
from crmsim.cli import main
from crmsim.comparison_result import Comparison
from crmsim.store import RunStore, comparison_record


@cache
def compared(seed: int, margin: float = 0.4) -> Comparison:
    town = preset("retail").with_values(customers=40, horizon_days=420, margin=margin)
    both = [find_strategy("do_nothing"), find_strategy("price_cut")]
    return compare(town, both, replications=3, seed=seed, workers=1)


@pytest.fixture
def store(tmp_path, monkeypatch) -> RunStore:
    monkeypatch.setenv("CRMSIM_STORE", str(tmp_path / "store"))
    return RunStore()


def keep(store: RunStore, *args: float) -> str:
    return store.keep(comparison_record(compared(*args), seconds=1.25))


def output(capsys, *words: str, status: int = 0) -> str:
    assert main(["runs", *words]) == status
    said = capsys.readouterr()
    return said.err if status else said.out


def test_an_empty_store_says_where_it_looked(store, capsys):
    assert output(capsys, "list") == f"no runs in {store.folder}\n"
    assert output(capsys, "list", "--lang", "zh") == f"{store.folder} 中没有运行结果\n"


def test_list_show_and_delete(store, capsys):
    names = sorted([keep(store, 1), keep(store, 2)])
    listed = output(capsys, "list")
    assert [line.split()[0] for line in listed.splitlines()[1:]] == names
    assert "do nothing; price cut" in listed
    assert "不采取策略；降价" in output(capsys, "list", "--lang", "zh")
    shown = output(capsys, "show", names[0])
    assert "kind: comparison" in shown and "strategies: do nothing; price cut" in shown
    assert "replications: 3" in shown and "seconds: 1.25" in shown
    shown = output(capsys, "show", names[0], "--lang", "zh").splitlines()
    assert {"种类：策略比较", "重复次数：3", "策略：不采取策略；降价"} <= set(shown)
    assert output(capsys, "delete", names[0], "nothing", status=2).startswith("crmsim: ")
    assert len(store.runs()) == 2, "a name that is wrong: nothing is deleted"
    assert output(capsys, "delete", *names) == "".join(f"deleted: {name}\n" for name in names)
    assert store.runs().empty


def test_a_run_of_a_kind_of_ones_own_is_shown_under_its_name(store, capsys):
    name = store.keep(replace(comparison_record(compared(1)), kind="rehearsal"))
    assert "种类：rehearsal" in output(capsys, "show", name, "--lang", "zh").splitlines()


def test_a_comparison_in_the_store_has_what_the_run_had(store):
    run = store.find(keep(store, 1))
    original = compared(1)
    assert run.table("differences").equals(original.differences())
    assert run.table("runs").equals(original.runs)


def test_two_runs_are_compared(store, capsys):
    same, thin, other = keep(store, 1), keep(store, 1, 0.3), keep(store, 2)
    text = output(capsys, "compare", same, thin)
    assert "scenario.money.margin 0.4 0.3" in text
    assert "The same seed, so the same luck" in text
    lines = [line for line in text.splitlines() if "CLV per initial customer" in line]
    assert len(lines) == 2 and all(" CU " in line for line in lines)
    text = output(capsys, "compare", same, other)
    assert "The seeds differ" in text
    assert "the same scenario, strategies, seed" in output(capsys, "compare", same, same)


def test_amounts_in_two_currencies_are_not_subtracted(store, capsys):
    a = compared(1)
    foreign = replace(a, scenario=a.scenario.model_copy(update={"currency": "CNY"}))
    names = [keep(store, 1), store.keep(comparison_record(foreign))]
    text = output(capsys, "compare", *names)
    assert "CLV" not in text
    assert "satisfied customers" in text


def test_leftovers_and_damage_are_told(store, capsys):
    name = keep(store, 1)
    (store.folder / name / "manifest.json").write_text("{")
    (store.folder / f".deleted.{name}.0").mkdir()
    text = output(capsys, "list")
    assert f"{name} cannot be read: it has a manifest" in text
    assert "1 leftovers of processes that were killed" in text
    assert output(capsys, "clean") == "leftovers removed: 1\n"
    assert output(capsys, "clean", "--lang", "zh") == "已清除残留：0\n"


def test_another_folder(store, tmp_path, capsys):
    keep(store, 1)
    assert output(capsys, "list", "--store", str(tmp_path / "other")).startswith("no runs in")
    (tmp_path / "file").write_text("")
    said = output(capsys, "list", "--store", str(tmp_path / "file"), status=2)
    assert "store: must be a folder, this is a file" in said
