"""The best of several strategies, by simulated replications: the promise, pairs, failures, resumption."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

import crmsim.experiments as experiments
from crmsim.best_strategy import select_best
from crmsim.checkpoints import Checkpoint
from crmsim.errors import InputError, InterruptedRun
from crmsim.experiments import TABLES, compare
from crmsim.metrics.outcomes import OUTCOMES
from crmsim.scenario import preset
from crmsim.store import RunStore
from crmsim.strategies import find_strategy
from crmsim.strategies.programmed import ProgrammedStrategy

TOWN = preset("retail").with_values(customers=40, entry_days=60, horizon_days=400)
SOME = [find_strategy(name) for name in ("price_cut", "do_nothing", "recovery", "quality_step")]
OPTIONS = {"indifference": 5.0, "first": 5, "at_most": 60}
TABLE = {name: pd.Series([1.0], index=pd.Index(["a"], name="x")) for name in TABLES}


def test_the_best_is_the_one_with_the_best_mean_and_the_means_are_those_of_a_comparison():
    found = select_best(TOWN, SOME, **OPTIONS, workers=1)
    table = found.table.set_index("strategy")
    full = compare(TOWN, SOME, replications=int(table["replications"].max()), workers=1)
    for name, row in table.iterrows():
        expected = full.values(name, "clv")[: row["replications"]].mean()
        assert row["mean"] == pytest.approx(expected, rel=1e-12)
    assert found.guaranteed and table.loc[found.best, "fate"] == "best"
    assert (table["fate"] == "best").sum() == 1
    assert table.loc[table["fate"] == "out", "replications"].max() <= table.loc[found.best, "replications"]


def test_the_work_may_be_shared_and_the_order_of_strategies_does_not_matter():
    one, two = (select_best(TOWN, SOME, **OPTIONS, workers=workers) for workers in (1, 2))
    assert one.table.equals(two.table) and one.best == two.best
    turned = select_best(TOWN, SOME[::-1], **OPTIONS, workers=1)
    assert turned.table[::-1].reset_index(drop=True).equals(one.table)


def test_less_is_better_of_costs():
    found = select_best(TOWN, SOME[1:3], indifference=0.5, outcome="strategy_cost", workers=1)
    assert found.best == "do_nothing" and found.table["unit"].tolist() == ["currency"] * 2
    assert found.table["replications"].tolist() == [10, 10]


def test_a_strategy_that_fails_is_out_with_the_reason():
    def fall(view):
        raise ValueError("no more stamps")

    falling = ProgrammedStrategy("falling", "Fails always.", fall)
    found = select_best(TOWN, [falling, *SOME[:2]], **OPTIONS, workers=1)
    row = found.table.set_index("strategy").loc["falling"]
    assert (row["fate"], row["replications"]) == ("failed", 0)
    assert row["problem"] == "replication 0: ValueError: no more stamps" and math.isnan(row["mean"])
    alone = select_best(TOWN, SOME[:2], **OPTIONS | {"confidence": 0.975}, workers=1)
    assert found.best == alone.best and found.guaranteed
    other = ProgrammedStrategy("tumbling", "Fails always, too.", fall)
    with pytest.raises(
        InputError, match=r"^strategies: have all failed; falling, replication 0: ValueError: no"
    ):
        select_best(TOWN, [falling, other], **OPTIONS, workers=1)


def test_too_few_replications_are_said_to_be_too_few():
    twin = SOME[0].model_copy(update={"name": "nearly", "about": "With other rounding."})
    found = select_best(TOWN, [SOME[1], SOME[2], twin], indifference=0.01, first=5, at_most=8, workers=1)
    assert not found.guaranteed and "left" in set(found.table["fate"])
    assert found.table["replications"].max() == 8


def test_an_interrupted_race_goes_on_where_it_was(tmp_path):
    """However many workers it had before and has now."""
    whole = select_best(TOWN, SOME, **OPTIONS, workers=1)
    for workers, after in ((1, 6), (2, 4)):
        kept = Checkpoint(tmp_path / f"kept{workers}")

        def stop(n: int, _: int, after: int = after) -> None:
            if n >= after:
                raise KeyboardInterrupt

        with pytest.raises(InterruptedRun, match=r"^interrupted before the best was found; "):
            select_best(TOWN, SOME, **OPTIONS, workers=workers, checkpoint=kept, progress=stop)
        assert kept.exists
        with pytest.raises(InputError, match=r"^checkpoint: belongs to another experiment: selection"):
            select_best(TOWN, SOME, **OPTIONS | {"first": 6}, workers=1, checkpoint=kept.folder)
        with pytest.raises(
            InputError, match=r"^checkpoint: belongs to another experiment: selection is missing"
        ):
            compare(TOWN, SOME, workers=1, checkpoint=kept.folder)
        calls: list[int] = []
        again = select_best(
            TOWN, SOME, **OPTIONS, workers=3 - workers, checkpoint=kept.folder,
            progress=lambda n, _, calls=calls: calls.append(n),
        )  # fmt: skip
        assert again.table.equals(whole.table) and not kept.exists and calls[0] >= after


def test_the_promise_holds_for_strategies(monkeypatch):
    """Three strategies with luck in common, the best just better by the indifference zone."""
    rng, races, best = np.random.default_rng(2), 100, "recovery"
    correct = 0
    for _ in range(races):
        shared, own = rng.normal(0.0, 3.0, 400), rng.normal(0.0, 1.0, (3, 400))
        names = [s.name for s in SOME[:3]]

        def measured(scenario, strategy, seed, branches, engine, k, shared=shared, own=own, names=names):
            value = shared[k] + own[names.index(strategy.name), k] + 0.6 * (strategy.name == best)
            return dict.fromkeys(OUTCOMES, 0.0) | {"clv": value}, TABLE

        monkeypatch.setattr(experiments, "_measure", measured)
        found = select_best(TOWN, SOME[:3], indifference=0.6, confidence=0.9, at_most=400, workers=1)
        correct += found.best == best and found.guaranteed
    assert correct / races >= 0.9 - 3 * math.sqrt(0.9 * 0.1 / races)


def test_it_is_kept_in_the_store(tmp_path):
    found = select_best(TOWN, SOME[:2], **OPTIONS, workers=1)
    store = RunStore(tmp_path / "store")
    run = store.find(store.keep(found.record(1.0)))
    assert run.manifest["more"]["best"] == found.best and run.table("selection")["strategy"].tolist() == [
        "price_cut",
        "do_nothing",
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"indifference": 0.0}, "^indifference: must be above 0"),
        ({"outcome": "top_revenue"}, "^outcome: must be one of which more, or less, is better"),
        ({"outcome": "profit"}, "^outcome: must be one of clv"),
        ({"first": 1}, "^first: must be a whole number from 2"),
        ({"at_most": 4}, "^at_most: must be a whole number from 5"),
        ({"confidence": 0.25}, r"^confidence: must be above 0.25 \(a guess\)"),
        ({"seed": -1}, "^seed: must be a whole number from 0"),
    ],
)
def test_bad_numbers_are_refused_before_anything_runs(options, message, monkeypatch):
    monkeypatch.setattr(experiments, "_measure", lambda *_: pytest.fail("it was run"))
    with pytest.raises(InputError, match=message):
        select_best(TOWN, SOME, **OPTIONS | options, workers=1)
