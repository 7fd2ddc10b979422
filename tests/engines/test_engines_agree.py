"""Both engines write the same ledger: every preset, every strategy, and worlds where an order could slip."""

from __future__ import annotations

import numpy as np
import pytest
from both_engines import assert_same_tables, both, both_entering, parts
from edge_worlds import WORLDS
from generators import small
from small_worlds import bare, made

from crmsim.engines import ENGINES, simulate
from crmsim.errors import InputError
from crmsim.events import EventKind
from crmsim.model.records import DAY, WINDOW
from crmsim.scenario import PRESETS
from crmsim.strategies import find_strategy, strategy_names
from crmsim.strategies.programmed import ProgrammedStrategy

PROGRAMMED = tuple(name for name in strategy_names() if isinstance(find_strategy(name), ProgrammedStrategy))
BY_RULES = tuple(name for name in strategy_names() if name not in PROGRAMMED)


# --- presets and strategies --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", BY_RULES)
@pytest.mark.parametrize("preset_name", PRESETS)
def test_every_preset_and_every_strategy(preset_name, name):
    ledger = both(small(preset_name), find_strategy(name), seed=3)
    assert len(ledger.log()) >= ledger.customer_count


@pytest.mark.parametrize("name", PROGRAMMED)
def test_a_strategy_that_is_a_program_goes_to_simpy_and_to_nothing_else(name):
    scenario, strategy = small("retail", horizon_days=90), find_strategy(name)
    by_itself = simulate(scenario, strategy)
    assert by_itself.engine == by_itself.provenance["engine"] == "simpy"
    assert parts(by_itself) == parts(simulate(scenario, strategy, engine="simpy"))
    with pytest.raises(InputError, match=f"engine: must be simpy or auto for {name}, .*, got 'compiled'"):
        simulate(scenario, strategy, engine="compiled")


def test_there_are_programmed_strategies_and_others():
    assert PROGRAMMED and len(BY_RULES) > 30


@pytest.mark.parametrize("name", ["", "fast", "Compiled", None])
def test_an_engine_that_does_not_exist_is_refused(name):
    with pytest.raises(InputError, match=f"^engine: must be one of {', '.join(ENGINES)}"):
        simulate(small("retail"), engine=name)


# --- worlds in which much happens at once ------------------------------------------------------------------


@pytest.mark.parametrize("name", WORLDS)
def test_worlds_where_an_order_could_slip(name):
    world = WORLDS[name]
    assert world.happens(both(world.scenario, world.strategy, seed=3))


@pytest.mark.parametrize("name", WORLDS)
def test_a_log_changes_nothing(name):
    world = WORLDS[name]
    kept, dropped = (
        simulate(world.scenario, world.strategy, seed=3, log=log, engine="compiled") for log in (True, False)
    )
    assert_same_tables(kept, dropped)


# --- the very second in which a window ends ----------------------------------------------------------------

EDGE = {"customers": 30, "horizon_days": 95, "problem_prob": 1.0, "compl_b": 1.0, "inquiry_mean": 100.0}


@pytest.mark.parametrize("timing", ["continuous", "contract"])
@pytest.mark.parametrize("agents", [1, 4])
def test_people_who_come_around_the_end_of_a_window(agents, timing):
    """A day's contract from there on, so that every later window ends in such a second as well."""
    seconds = [WINDOW + shift for shift in (0, -1, 0, 1, -2, 0, -30, 95 * DAY - WINDOW)]
    scenario = bare(
        **EDGE, timing=timing, renewal_days=1, rate_mean=50.0, desk_agents=agents, desk_load=0.0, reopen=0.5,
        account_cost=1.0, back_days=1e-6,
    )  # fmt: skip
    half = {"rank_by": "random", "top_share": 0.5}
    rule = {"do": {"save_offer": 1.0}, "cost": {"per_use": 1.0}, "pick": half}
    ledger = both_entering(scenario, seconds, made(rule))
    at_the_end = ledger.log()[np.isin(ledger.log()["time"], ledger.months["time"])]
    firm = (EventKind.TREATMENT, EventKind.ACCOUNT_COST, EventKind.SURVEY)
    lives = at_the_end[~np.isin(at_the_end["kind"], firm)]
    assert {EventKind.PURCHASE, EventKind.COMPLAINT, EventKind.CONTACT_END} <= set(lives["kind"].tolist())
    assert EventKind.TREATMENT in at_the_end["kind"]
