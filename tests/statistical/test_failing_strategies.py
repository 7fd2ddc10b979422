"""A strategy that fails in some replication, or in all: said clearly, and the rest kept."""

from __future__ import annotations

import json
from functools import cache

import numpy as np
import pytest

from crmsim.checkpoints import Checkpoint
from crmsim.comparison import paired_interval
from crmsim.comparison_report import failure_sentences, write_comparison
from crmsim.engines import simulate
from crmsim.errors import InputError
from crmsim.experiments import compare
from crmsim.metrics.outcomes import OUTCOMES
from crmsim.scenario import preset
from crmsim.store import comparison_record
from crmsim.strategies import find_strategy
from crmsim.strategies.programmed import FirmView, ProgrammedStrategy

TOWN = preset("retail").with_values(customers=30, entry_days=60, horizon_days=200)
BASE, CUT = find_strategy("do_nothing"), find_strategy("price_cut")
UNLUCKY = 3


def spent(view: FirmView) -> float:
    """Return what tells a replication from all others, from the firm's own records."""
    return float(view.active["recency_days"].sum())


@cache
def trigger() -> tuple[int, float]:
    """Return a day and what the firm sees then in the unlucky replication, and in no other."""
    seen: dict[int, list[tuple[int, float]]] = {}
    for k in range(5):
        notes = seen.setdefault(k, [])

        def watch(view: FirmView, notes: list = notes) -> list:
            notes.append((view.day, spent(view)))
            return []

        simulate(TOWN, ProgrammedStrategy("watching", "Only looks.", watch), replication=k)
    others = {note for k, notes in seen.items() if k != UNLUCKY for note in notes}
    return next(note for note in seen[UNLUCKY] if note not in others)


def stumble(view: FirmView) -> list:
    if (view.day, spent(view)) == trigger():
        raise ValueError("there is no such customer")
    return []


def fall(view: FirmView) -> list:
    raise KeyError("programme")


STUMBLING = ProgrammedStrategy("stumbling", "Fails in one replication.", stumble)
FALLING = ProgrammedStrategy("falling", "Fails always.", fall)


@cache
def compared():
    return compare(TOWN, [BASE, CUT, STUMBLING, FALLING], replications=5, workers=1)


def test_who_failed_is_named_with_the_error_and_the_rest_is_kept():
    found, clean = compared(), compare(TOWN, [BASE, CUT], replications=5, workers=1)
    assert found.finished == (0, 1, 2, 3, 4)
    assert [s.name for s in found.strategies] == ["do_nothing", "price_cut", "stumbling"]
    assert found.problems["stumbling", UNLUCKY] == "ValueError: there is no such customer"
    assert set(found.problems) == {("stumbling", UNLUCKY)} | {("falling", k) for k in range(5)}
    assert found.failures().to_dict("list") == {
        "strategy": ["stumbling", "falling"],
        "failed": [1, 5],
        "first": [UNLUCKY, 0],
        "problem": ["ValueError: there is no such customer", "KeyError: 'programme'"],
    }
    for name in ("do_nothing", "price_cut"):
        for outcome in OUTCOMES:
            assert np.array_equal(found.values(name, outcome), clean.values(name, outcome), equal_nan=True)
        for table, content in clean.tables[name].items():
            assert content.equals(found.tables[name][table])


def test_a_pair_counts_where_both_ran():
    found = compared()
    base, other = found.values("do_nothing", "clv"), found.values("stumbling", "clv")
    assert np.isnan(other).tolist() == [k == UNLUCKY for k in range(5)]
    row = found.differences().query("strategy == 'stumbling' and outcome == 'clv'").iloc[0]
    rest = np.arange(5) != UNLUCKY
    assert tuple(row[["mean", "low", "high", "n"]]) == paired_interval(base[rest], other[rest])
    # The strategy does nothing where it runs: no other strategy's replications may get into the pairs.
    assert row["n"] == 4 and row["verdict"] == "same"
    assert found.pairs("clv").query("first == 'price_cut' and second == 'stumbling'")["n"].item() == 4


@pytest.mark.parametrize(
    ("strategies", "message"),
    [
        ([FALLING, BASE, CUT], "^strategies: falling failed in every replication; in number 0: KeyError"),
        ([BASE, FALLING], "^strategies: falling failed in every replication; in number 0: KeyError"),
    ],
)
def test_without_the_base_or_any_other_there_is_nothing_to_compare(strategies, message):
    with pytest.raises(InputError, match=message):
        compare(TOWN, strategies, replications=2, workers=1)


def test_failures_in_processes_and_from_a_checkpoint_are_the_same(tmp_path):
    kept = Checkpoint(tmp_path / "kept")
    strategies = [BASE, STUMBLING, FALLING, CUT]
    one = compare(TOWN, strategies, replications=4, workers=2, checkpoint=kept)
    calls = []
    other = compare(
        TOWN, strategies, replications=5, workers=1, checkpoint=kept, progress=lambda *n: calls.append(n)
    )
    assert calls[0] == (4, 5), "what was kept was run again"
    found = compared()
    assert one.problems == {key: text for key, text in found.problems.items() if key[1] < 4}
    assert other.problems == found.problems
    assert np.array_equal(other.values("stumbling", "clv"), found.values("stumbling", "clv"), equal_nan=True)


def test_reports_and_records_say_so(tmp_path):
    found = compared()
    english = failure_sentences(found, "en")
    assert english[0].startswith(
        "stumbling failed in 1 of 5 replications, first in number 3 (ValueError: there"
    )
    assert english[1] == (
        "falling failed in every one of 5 replications and is left out; in number 0: KeyError: 'programme'."
    )
    chinese = failure_sentences(found, "zh")
    assert "5 次重复中有 1 次运行失败" in chinese[0] and "已被略去" in chinese[1]
    page = write_comparison(found, tmp_path / "out", lang="zh").read_text("utf-8")
    assert "there is no such customer" in page and "programme" in page
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    assert [row["strategy"] for row in manifest["failures"]] == ["stumbling", "falling"]
    assert comparison_record(found).more["failures"][0]["first"] == UNLUCKY
