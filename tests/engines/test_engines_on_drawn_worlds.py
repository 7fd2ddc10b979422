"""Both engines write the same ledger in drawn worlds under drawn strategies."""

from __future__ import annotations

from both_engines import both
from generators import scenarios, strategies
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

worlds = settings(
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),  # explaining a failure takes minutes here
)
seeds = st.integers(0, 2**31 - 1)


@settings(worlds, max_examples=80)
@given(scenario=scenarios(), strategy=strategies(), seed=seeds)
def test_any_world_under_any_strategy(scenario, strategy, seed):
    both(scenario, strategy, seed=seed)


#: The desk has too much to do, callers call again, and many have left before it is their turn.
@settings(worlds, max_examples=60)
@given(
    scenario=scenarios(desk_load=3.0, inquiry_mean=20.0, problem_prob=0.5, desk_contacts=20.0),
    strategy=strategies(),
    agents=st.integers(1, 3),
    reopen=st.sampled_from((0.0, 0.5, 0.9)),
    decline_days=st.sampled_from((0.0, 20.0)),
    seed=seeds,
)
def test_any_world_with_an_overloaded_desk(scenario, strategy, agents, reopen, decline_days, seed):
    desk = {"desk_agents": agents, "reopen": reopen, "decline_days": decline_days}
    both(scenario.with_values(**desk), strategy, seed=seed)


#: One contract, from the first second on, that is paid for day by day.
AT_ONCE = {"customers": 20, "entry_days": 0, "renewal_days": 1, "horizon_days": 45, "desk_load": 0.0,
           "problem_prob": 0.5, "changes": []}  # fmt: skip


@settings(worlds, max_examples=40)
@given(
    scenario=scenarios(("telecom",), **AT_ONCE),
    strategy=strategies(),
    agents=st.integers(1, 3),
    back_days=st.sampled_from((0.0, 1e-6, 1.0)),
    seed=seeds,
)
def test_any_world_in_which_everybody_lives_by_the_same_second(scenario, strategy, agents, back_days, seed):
    both(scenario.with_values(desk_agents=agents, back_days=back_days), strategy, seed=seed)
