"""What a comparison has finished is kept whole or not at all, and comes back to the last bit."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path

import pandas as pd
import pytest

from crmsim import compare, find_strategy, preset, simulate
from crmsim.checkpoints import Checkpoint, table_as_data, table_from_data
from crmsim.errors import InputError, InterruptedRun
from crmsim.experiments import TABLES
from crmsim.strategies import Strategy

BOTH = [find_strategy("do_nothing"), find_strategy("price_cut")]
TOWN = preset("retail").with_values(customers=40, entry_days=60, horizon_days=240)
ME = {"seed": 1, "scenario": {"customers": 40, "about": "x" * 60}, "strategies": ["a", "b"]}


def stop_after(count: int):
    def progress(finished: int, _: int) -> None:
        if finished == count:
            raise KeyboardInterrupt

    return progress


@pytest.mark.parametrize("name", ["retail", "telecom", "b2b"])
def test_every_table_of_a_comparison_comes_back_to_the_last_bit(name):
    world = preset(name).with_values(customers=60, horizon_days=420)
    ledger = simulate(world, find_strategy("stage_matched"), log=False)
    for table in (table(ledger) for table in TABLES.values()):
        back = table_from_data(json.loads(json.dumps(table_as_data(table))))
        check = pd.testing.assert_series_equal if table.ndim == 1 else pd.testing.assert_frame_equal
        check(back, table, check_exact=True, check_names=True)


def test_a_killed_script_goes_on_where_it_was(tmp_path):
    """A part of the replications is kept; a second call does the rest, and both parts are one result."""
    place = tmp_path / "kept"
    part = compare(TOWN, BOTH, replications=5, workers=1, checkpoint=place, progress=stop_after(3))
    assert part.finished == (0, 1, 2)
    assert sorted(path.name for path in place.iterdir()) == [
        "experiment.json", *(f"replication_00000{k}.json" for k in range(3)),
    ]  # fmt: skip
    told = []
    result = compare(
        TOWN, BOTH, replications=5, workers=1, checkpoint=place, progress=lambda n, _: told.append(n)
    )
    assert told == [3, 4, 5]
    assert not place.exists(), "what is finished needs no checkpoint"
    whole = compare(TOWN, BOTH, replications=5, workers=1)
    assert result.finished == whole.finished
    pd.testing.assert_frame_equal(result.runs, whole.runs, check_exact=True)
    for strategy, tables in whole.tables.items():
        for name, table in tables.items():
            assert table.equals(result.tables[strategy][name]), (strategy, name)


def test_more_or_fewer_replications_may_be_asked_for_the_second_time(tmp_path):
    place = tmp_path / "kept"
    compare(TOWN, BOTH, replications=5, workers=1, checkpoint=place, progress=stop_after(3))
    assert compare(TOWN, BOTH, replications=2, workers=1, checkpoint=Checkpoint(place)).finished == (0, 1)
    assert compare(TOWN, BOTH, replications=6, workers=2, checkpoint=place).finished == tuple(range(6))


def test_one_finished_replication_is_no_result_but_it_is_kept(tmp_path):
    place = tmp_path / "kept"
    with pytest.raises(InterruptedRun, match="the first is in the checkpoint"):
        compare(TOWN, BOTH, replications=3, workers=1, checkpoint=place, progress=stop_after(1))
    assert len(list(place.glob("replication_*"))) == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seed": 2}, "seed is 1 there and 2 here"),
        ({"scenario": TOWN.with_values(customers=41)}, "scenario.population.customers is 40 there and 41"),
        ({"strategies": BOTH[::-1]}, r"strategies.0 is 'do_nothing' there and 'price_cut' here and 1 more"),
        ({"strategies": [BOTH[0], find_strategy("recovery")]}, r"strategies.1 is 'price_cut' there"),
        ({"strategies": [BOTH[0], Strategy(name="price_cut", about="Mine.", rules=[{"do": {"price": 0.2}}])]},
         r"strategy.price_cut.about "),
        ({"engine": "simpy"}, "engine.do_nothing is 'compiled' there and 'simpy' here and 1 more"),
    ],
)  # fmt: skip
def test_the_checkpoint_of_something_else_is_refused(tmp_path, change, message):
    place = tmp_path / "kept"
    compare(TOWN, BOTH, replications=3, workers=1, checkpoint=place, progress=stop_after(2))
    before = {path.name: path.read_bytes() for path in place.iterdir()}
    options = {"scenario": TOWN, "strategies": BOTH, "replications": 3, "workers": 1} | change
    with pytest.raises(InputError, match=f"^checkpoint: belongs to another experiment: {message}"):
        compare(**options, checkpoint=place)
    assert {path.name: path.read_bytes() for path in place.iterdir()} == before


def test_another_version_and_another_model_are_refused(tmp_path, monkeypatch):
    place = tmp_path / "kept"
    compare(TOWN, BOTH, replications=3, workers=1, checkpoint=place, progress=stop_after(2))
    for name, field in (("VERSION", "crmsim"), ("digest", "behaviour")):
        with monkeypatch.context() as patch:
            patch.setattr(f"crmsim.experiments.{name}", "9.9.9" if name == "VERSION" else lambda: "other")
            with pytest.raises(InputError, match=rf"another experiment: {field} is '.*' there and '"):
                compare(TOWN, BOTH, replications=3, workers=1, checkpoint=place)


def test_what_differs_is_named(tmp_path):
    kept = Checkpoint(tmp_path / "kept")
    kept.keep(0, 1.0, ME)
    assert kept.read(ME) == {0: 1.0}
    for change, message in (
        ({"scenario": {"customers": 40, "about": "y" * 60}}, "scenario.about is another"),
        ({"strategies": ["a"]}, "strategies is ['a', 'b'] there and ['a'] here"),
        ({"budget": 1}, "budget is missing there"),
    ):
        with pytest.raises(InputError) as caught:
            kept.read(ME | change)
        assert caught.value.problem == f"belongs to another experiment: {message}"


def test_numbers_that_are_none_are_kept_too(tmp_path):
    kept = Checkpoint(tmp_path / "kept")
    kept.keep(3, [math.inf, math.nan, -0.0, 0.1], {})
    (back,) = kept.read({}).values()
    assert back[0] == math.inf and math.isnan(back[1]) and math.copysign(1, back[2]) == -1 and back[3] == 0.1


def test_a_replication_is_kept_whole_or_not_at_all(tmp_path, monkeypatch):
    kept = Checkpoint(tmp_path / "kept")
    kept.keep(0, 1.0, ME)

    def cut_off(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", cut_off)
    with pytest.raises(KeyboardInterrupt):
        kept.keep(1, 2.0, ME)
    assert kept.read(ME) == {0: 1.0}
    names = {path.name for path in kept.folder.iterdir()}
    assert names == {"experiment.json", "replication_000000.json"}


def test_the_draft_of_a_killed_process_is_no_replication_and_goes_with_the_rest(tmp_path):
    kept = Checkpoint(tmp_path / "kept")
    kept.keep(0, 1.0, ME)
    Path(kept.folder, ".replication_000001.json.k3v").write_text("[1.0, 2")
    assert kept.read(ME) == {0: 1.0}
    kept.remove()
    assert not kept.folder.exists()


def test_what_is_not_ours_is_neither_read_nor_removed(tmp_path):
    Path(tmp_path, "thesis.txt").write_text("mine")
    for place in (tmp_path, tmp_path / "thesis.txt"):
        with pytest.raises(InputError, match=r"^checkpoint: must be a checkpoint or a new folder, got "):
            compare(TOWN, BOTH, replications=2, workers=1, checkpoint=place)
    with pytest.raises(InputError, match=r"^checkpoint: must lie in an existing folder, got "):
        compare(TOWN, BOTH, replications=2, workers=1, checkpoint=tmp_path / "nowhere" / "kept")
    kept = Checkpoint(tmp_path)
    kept.keep(0, 1.0, ME)
    kept.remove()
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_damaged_file_is_named(tmp_path):
    kept = Checkpoint(tmp_path / "kept")
    kept.keep(0, 1.0, ME)
    Path(kept.folder, "replication_000000.json").write_text("[1.0, ")
    with pytest.raises(InputError, match=r"replication_000000.json: checkpoint: cannot be read"):
        kept.read(ME)
