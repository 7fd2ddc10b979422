"""What must hold of every ledger, whatever the world and the strategy: drawn worlds, drawn rules."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from generators import scenarios, small, strategies
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from crmsim.compiling import compiled
from crmsim.engines import simulate
from crmsim.events import COMPONENTS, Component, EventKind
from crmsim.ledger import Ledger
from crmsim.luck import Purpose, exponential
from crmsim.model.records import DAY, NEVER, WAIT_BUCKETS, WINDOW
from crmsim.model.service import mean_handling_days
from crmsim.stages import LEGAL_TRANSITIONS, Cause, Stage, Status
from crmsim.strategies.base import Strategy

every_world = settings(
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=30,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),  # explaining a failure takes minutes here
)
worlds = given(scenario=scenarios(), strategy=strategies(), seed=st.integers(0, 2**31 - 1))

COUNTS = np.array([info.counts for info in COMPONENTS.values()])
#: Booked by the firm at the very end of a window, and so already part of the next one.
OPENING = (
    EventKind.ACCOUNT_COST,
    EventKind.TREATMENT,
    EventKind.REFERRED,
    EventKind.WIN_BACK_OFFER,
    EventKind.REACTIVATED,
)
#: All that can happen to somebody who has left: being asked back, and, between the question and the
#: return, the new stage and the charge for the account.
AFTER_THE_END = (
    EventKind.WIN_BACK_OFFER,
    EventKind.STAGE_CHANGE,
    EventKind.ACCOUNT_COST,
    EventKind.REACTIVATED,
)


@compiled
def _handling_seconds(keys, ordinals, handling_days, out):
    for j in range(keys.shape[0]):
        days = handling_days * exponential(keys[j], Purpose.HANDLING, ordinals[j])
        out[j] = max(int(np.ceil(days * DAY)), 1)


def _of_kind(rows: np.ndarray, *kinds: EventKind) -> np.ndarray:
    return rows[np.isin(rows["kind"], kinds)]


def _sums(ledger: Ledger, amounts: np.ndarray) -> np.ndarray:
    """Return the amounts added up by customer and component."""
    rows, table = ledger.log(), np.zeros(ledger.customers["total"].shape)
    np.add.at(table, (rows["customer"], rows["component"]), amounts)
    return table


def _scale(ledger: Ledger) -> float:
    """Return the largest amount of money in sight, as the measure of a rounding error."""
    return max(1.0, np.abs(ledger.log()["amount"]).sum())


@every_world
@worlds
def test_money_is_conserved_customer_by_customer(scenario, strategy, seed):
    """CLV's components and costs are the cash flow, but for the acquisition cost that referrals saved."""
    ledger = simulate(scenario, strategy, seed=seed)
    rows, people = ledger.log(), ledger.customers
    brought = np.bincount(_of_kind(rows, EventKind.REFERRED)["customer"], minlength=len(people))
    expected = people["cash"] + brought * scenario.money.acq_cost
    np.testing.assert_allclose(people["total"][:, COUNTS].sum(axis=1), expected, atol=1e-12 * _scale(ledger))


@every_world
@worlds
def test_customers_totals_are_the_sums_of_their_rows(scenario, strategy, seed):
    ledger = simulate(scenario, strategy, seed=seed)
    rows, people, scale = ledger.log(), ledger.customers, _scale(ledger)
    np.testing.assert_allclose(people["total"], _sums(ledger, rows["amount"]), atol=1e-12 * scale)
    assert (rows["amount"][rows["component"] == Component.NONE] == 0.0).all()
    days = (rows["time"] - people["entered"][rows["customer"]]) / DAY
    assert (days >= 0.0).all()
    factor = (1.0 + scenario.money.annual_discount_rate) ** (-days / 365.0)
    np.testing.assert_allclose(people["value"], _sums(ledger, rows["amount"] * factor), atol=1e-11 * scale)


@every_world
@worlds
def test_months_hold_the_money_of_their_window_and_tier(scenario, strategy, seed):
    _assert_months_hold_the_money(simulate(scenario, strategy, seed=seed))


def test_months_hold_the_money_of_referrers_who_are_promoted_at_the_same_moment():
    """Referrals are settled and tiers reviewed at the same moment: row and month must agree on the tier."""
    scenario = small(
        "retail", customers=300, horizon_days=720, ref_rate=10.0, ref_pool=2.0, tier_every_days=30
    )
    _assert_months_hold_the_money(simulate(scenario))


def _assert_months_hold_the_money(ledger: Ledger) -> None:
    rows, months = ledger.log(), ledger.months
    ends = months["time"]
    horizon = ledger.scenario.population.horizon_days * DAY
    assert ends.tolist() == [*range(WINDOW, horizon, WINDOW), horizon]
    opening = np.isin(rows["kind"], OPENING) & (rows["time"] % WINDOW == 0)
    window = np.searchsorted(ends, rows["time"] + opening, side="left")
    table = np.zeros(months["amounts"].shape)
    np.add.at(table, (window, rows["component"], rows["tier"]), rows["amount"])
    np.testing.assert_allclose(months["amounts"], table, atol=1e-12 * _scale(ledger))


@every_world
@worlds
def test_time_never_runs_backwards_and_ends_at_the_horizon(scenario, strategy, seed):
    ledger = simulate(scenario, strategy, seed=seed)
    time = ledger.log()["time"]
    assert (np.diff(time) >= 0).all()
    assert time[0] >= 0 and time[-1] <= scenario.population.horizon_days * DAY


@every_world
@worlds
def test_true_stages_follow_one_another_as_they_may(scenario, strategy, seed):
    ledger = simulate(scenario, strategy, seed=seed)
    stage: dict[int, int] = defaultdict(lambda: int(Stage.PROSPECT))
    for row in ledger.log():
        if row["kind"] == EventKind.STAGE_CHANGE:
            before, after = Stage(row["detail"]), Stage(row["true_stage"])
            assert before == stage[row["customer"]]
            assert after in LEGAL_TRANSITIONS[before]
            stage[row["customer"]] = after
        else:
            assert row["true_stage"] == stage[row["customer"]]
    for person in ledger.customers:
        assert person["stage"] == stage[person["number"]]


@every_world
@worlds
def test_nothing_happens_before_acquisition_or_between_the_end_and_a_return(scenario, strategy, seed):
    ledger = simulate(scenario, strategy, seed=seed)
    people, rows = ledger.customers, ledger.log()
    begun, asked, ended = set(), {}, {}
    for row in rows:
        i = row["customer"]
        if i in ended:
            assert row["kind"] in AFTER_THE_END
            left = ended[i]["time"]
            assert 30 * DAY <= row["time"] - left < 60 * DAY
            assert ended[i]["detail"] != Cause.BY_COMPANY
            # Whoever is charged or changes stage after the end does so in the moment of the return.
            assert row["kind"] == EventKind.WIN_BACK_OFFER or asked.get(i) == row["time"]
        if row["kind"] == EventKind.WIN_BACK_OFFER:
            assert i in ended and i not in asked, "asked once in a life, and only after the end"
            asked[i] = row["time"]
        if i not in begun:
            assert row["kind"] == EventKind.STAGE_CHANGE and row["detail"] == Stage.PROSPECT
            begun.add(i)
        if row["kind"] == EventKind.CHURN:
            assert Cause(row["detail"]) != Cause.NONE
            assert row["true_stage"] == Stage.ENDED
            ended[i] = row
        elif row["kind"] == EventKind.REACTIVATED:
            assert row["true_stage"] != Stage.ENDED and row["detail"] == 1
            del ended[i]
    status = people["status"]
    for i, row in ended.items():
        assert (row["detail"], row["time"]) == (people["cause"][i], people["left"][i])
        gone = Status.TERMINATED if row["detail"] == Cause.BY_COMPANY else Status.LAPSED
        assert status[i] == gone
    assert set(np.flatnonzero((status == Status.LAPSED) | (status == Status.TERMINATED))) == set(ended)
    assert set(np.flatnonzero(status != Status.PROSPECT)) == begun
    assert (people["left"][status == Status.ACTIVE] == NEVER).all()
    assert (people["entered"][status == Status.PROSPECT] == NEVER).all()
    _assert_returns_are_counted(ledger)


def _assert_returns_are_counted(ledger: Ledger) -> None:
    """The customer's record of leaving and coming back is that of the rows."""
    rows, people = ledger.log(), ledger.customers
    back, ends = _of_kind(rows, EventKind.REACTIVATED), _of_kind(rows, EventKind.CHURN)
    assert (np.bincount(back["customer"], minlength=len(people)) == people["returns"]).all()
    asked = _of_kind(rows, EventKind.WIN_BACK_OFFER)["customer"]
    assert (np.bincount(asked, minlength=len(people)) == people["win_backs"]).all()
    first = np.full(len(people), NEVER)
    np.minimum.at(first, ends["customer"], ends["time"])
    assert (people["first_left"] == first).all()
    away = np.zeros(len(people), np.int64)
    np.add.at(away, back["customer"], back["time"] - first[back["customer"]])
    assert (people["away"] == away).all()


@every_world
@worlds
def test_who_has_reason_to_talks_badly_just_before_the_end(scenario, strategy, seed):
    rows = simulate(scenario, strategy, seed=seed).log()
    loud = {
        Cause.SERVICE_FAILURE: 15,
        Cause.QUALITY: 10,
        Cause.BY_COMPANY: 7,
        Cause.PRICE: 3,
        Cause.NEGLECT: 3,
    }
    said = _of_kind(rows, EventKind.NEGATIVE_WORD)
    ends = _of_kind(rows, EventKind.CHURN)
    ends = ends[np.isin(ends["detail"], list(loud))]
    assert [(r["customer"], r["time"], r["detail"]) for r in said] == [
        (r["customer"], r["time"], loud[Cause(r["detail"])]) for r in ends
    ]


@every_world
@worlds
def test_surveys_are_counted_and_answers_kept(scenario, strategy, seed):
    ledger = simulate(scenario, strategy, seed=seed)
    rows, people, months = ledger.log(), ledger.customers, ledger.months
    asked = _of_kind(rows, EventKind.SURVEY)
    assert (np.bincount(asked["customer"], minlength=len(people)) == people["surveys"]).all()
    answered = asked[asked["detail"] > 0]
    nps, score = np.divmod(answered["detail"], 10)
    assert ((score >= 1) & (score <= 5) & (nps >= 0) & (nps <= 10)).all()
    last_score, last_nps = np.zeros(len(people), int), np.full(len(people), -1)
    last_score[answered["customer"]], last_nps[answered["customer"]] = score, nps  # the last one stays
    assert (people["survey_score"] == last_score).all() and (people["survey_nps"] == last_nps).all()
    counts = (len(asked), len(answered), score.sum(), (nps >= 9).sum(), (nps <= 6).sum())
    # Answers of the very last moment belong to the last window, all others to the window they fall into.
    assert months["survey"].sum(axis=0).tolist() == list(counts)


@every_world
@worlds
def test_rewards_and_unpaid_purchases_are_counted(scenario, strategy, seed):
    ledger = simulate(scenario, strategy, seed=seed)
    rows, people = ledger.log(), ledger.customers
    unpaid = _of_kind(rows, EventKind.UNPAID)
    assert (np.bincount(unpaid["customer"], minlength=len(people)) == people["unpaid"]).all()
    paid = {(r["customer"], r["detail"]): r["amount"] for r in _of_kind(rows, EventKind.PURCHASE)}
    for row in unpaid:
        assert row["component"] == Component.CREDIT
        assert row["amount"] == -paid[row["customer"], row["detail"]]
    last = np.zeros(len(people), int)
    for row in _of_kind(rows, EventKind.REWARD):
        assert row["detail"] > last[row["customer"]]
        last[row["customer"]] = row["detail"]
    assert (last == people["rewards"]).all()


@every_world
@worlds
def test_counts_of_the_run_are_the_rows(scenario, strategy, seed):
    ledger = simulate(scenario, strategy, seed=seed)
    rows, run, months = ledger.log(), ledger.run, ledger.months
    counted = np.zeros(run["events"].shape, np.int64)
    np.add.at(counted, (rows["kind"], rows["tier"]), 1)
    assert (counted == run["events"]).all()
    assert (months["events"][-1] == run["events"]).all()
    assert (np.diff(months["events"], axis=0) >= 0).all()
    causes = np.bincount(_of_kind(rows, EventKind.CHURN)["detail"], minlength=len(Cause))
    assert (months["losses"].sum(axis=0) == causes).all()
    starts = _of_kind(rows, EventKind.CONTACT_START)
    assert (np.bincount(starts["tier"], starts["detail"], 4) == run["wait_seconds"]).all()
    buckets = np.zeros((4, WAIT_BUCKETS), np.int64)
    digits = [min(int(seconds // 60).bit_length(), WAIT_BUCKETS - 1) for seconds in starts["detail"]]
    np.add.at(buckets, (starts["tier"], digits), 1)
    assert (buckets == run["waits"]).all()


@every_world
@worlds
def test_summaries_do_not_depend_on_keeping_a_log(scenario, strategy, seed):
    kept, dropped = (
        simulate(scenario, strategy, seed=seed),
        simulate(scenario, strategy, seed=seed, log=False),
    )
    assert dropped.events is None
    same = [
        getattr(kept, part).tobytes() == getattr(dropped, part).tobytes() for part in ("customers", "months")
    ]
    assert all(same)
    assert (kept.run["events"] == dropped.run["events"]).all()
    assert (kept.run["waits"] == dropped.run["waits"]).all()
    assert (kept.run["wait_seconds"] == dropped.run["wait_seconds"]).all()


@every_world
@worlds
def test_a_review_fills_the_tiers_by_share_and_keeps_to_them(scenario, strategy, seed):
    ledger = simulate(scenario, strategy, seed=seed)
    tiers, rows = scenario.tiers, ledger.log()
    shares = np.cumsum((tiers.tier_vip, tiers.tier_important, tiers.tier_ordinary))
    for month in ledger.months:
        if month["time"] % (tiers.tier_every_days * DAY):
            assert month["moves"].sum() == 0
        else:
            reviewed = month["moves"].sum(axis=0)
            cuts = np.ceil(shares * reviewed.sum() - 1e-9)
            assert np.cumsum(reviewed)[:3].tolist() == cuts.tolist()
            moved = _of_kind(rows[rows["time"] == month["time"]], EventKind.PROMOTION, EventKind.DEMOTION)
            assert len(moved) == month["moves"].sum() - np.trace(month["moves"])
            up = moved["kind"] == EventKind.PROMOTION
            assert ((moved["tier"] < moved["detail"]) == up).all()
    changes = _of_kind(rows, EventKind.PROMOTION, EventKind.DEMOTION)
    tier = np.full(ledger.customer_count, 3)
    for row in changes:
        assert row["detail"] == tier[row["customer"]]
        tier[row["customer"]] = row["tier"]
    assert (tier == ledger.customers["tier"]).all()


@every_world
@worlds
def test_snapshots_count_everybody_once(scenario, strategy, seed):
    ledger = simulate(scenario, strategy, seed=seed)
    months = ledger.months
    assert (months["stages"].sum(axis=1) == months["customers"]).all()
    rows, change = ledger.log(), np.zeros(len(EventKind), int)
    change[[EventKind.ACQUIRED, EventKind.REACTIVATED]], change[EventKind.CHURN] = 1, -1
    for month in months:
        active = change[rows["kind"][rows["time"] <= month["time"]]].sum()
        assert month["tiers"].sum() == month["observed"].sum() == active
    assert months["customers"][-1] == ledger.customer_count
    assert (months["satisfied"] <= months["tiers"]).all()


@every_world
@worlds
def test_purchases_are_numbered_without_a_gap(scenario, strategy, seed):
    ledger = simulate(scenario, strategy, seed=seed)
    purchases = _of_kind(ledger.log(), EventKind.PURCHASE)
    for person in ledger.customers:
        own = purchases["detail"][purchases["customer"] == person["number"]]
        assert own.tolist() == list(range(person["n"]))
        assert (person["n"] > 0) == (person["status"] != Status.PROSPECT)


@every_world
@worlds
def test_no_number_is_lost_to_nan_or_infinity(scenario, strategy, seed):
    ledger = simulate(scenario, strategy, seed=seed)
    for table in (ledger.log(), ledger.customers, ledger.months):
        for name in table.dtype.names:
            if table[name].dtype.kind == "f":
                known = table["survey_score"] > 0 if name == "survey_index" else slice(None)
                assert np.isfinite(table[name][known]).all(), name
    people = ledger.customers
    assert np.isnan(people["survey_index"][people["survey_score"] == 0]).all()
    for name, low, high in (("attitude", 0.01, 0.99), ("trust", 0, 1), ("habit", 0, 1), ("grievance", 0, 1.5),
                            ("wallet", 0, 1), ("recovery_expected", 0, 1), ("dropout", 0, 1)):  # fmt: skip
        assert ((people[name] >= low) & (people[name] <= high)).all(), name


@every_world
@worlds
def test_offers_keep_to_cap_and_spending_to_budget(scenario, strategy, seed):
    ledger = simulate(scenario, strategy, seed=seed)
    caps = [rule.cap.per_customer for rule in strategy.rules if rule.cap]
    offering = [rule for rule in strategy.rules if rule.do.name == "save_offer"]
    if offering and len(caps) == len(offering):
        assert ledger.customers["offers"].max() <= max(caps)
    if strategy.budget is not None:
        spent = _of_kind(ledger.log(), EventKind.TREATMENT, EventKind.WIN_BACK_OFFER)
        by_year = np.bincount(spent["time"] // (365 * DAY), -spent["amount"], minlength=1)
        assert (by_year <= strategy.budget.per_year * (1 + 1e-9)).all()


def _calls(ledger: Ledger) -> np.ndarray:
    """Return one row per answered call: asked, start, end (seconds), class of tier; in order of start.

    Ends are recomputed from the customer's own luck, because a customer who leaves in the middle of
    a call writes no row at its end.
    """
    rows, people, service = ledger.log(), ledger.customers, ledger.scenario.service
    asked = _of_kind(rows, EventKind.COMPLAINT, EventKind.INQUIRY)
    ordinal = {(row["customer"], row["time"]): (row["detail"], row["tier"]) for row in asked}
    assert len(ordinal) == len(asked)
    starts = _of_kind(rows, EventKind.CONTACT_START)
    calls = [
        ordinal.pop((row["customer"], row["time"] - row["detail"])) for row in starts
    ]  # once each, or KeyError
    days = mean_handling_days(
        service.desk_load, service.desk_agents, ledger.initial_count, service.desk_contacts
    )
    handled = np.empty(len(starts), np.int64)
    _handling_seconds(
        people["key"][starts["customer"]], np.array([c[0] for c in calls], np.int64), days, handled
    )
    ends = _of_kind(rows, EventKind.CONTACT_END)
    known = {(c, t, h) for c, t, h in zip(starts["customer"], starts["time"] + handled, handled, strict=True)}
    assert {(row["customer"], row["time"], row["detail"]) for row in ends} <= known
    tier = [c[1] for c in calls]
    return np.column_stack(
        (starts["time"] - starts["detail"], starts["time"], starts["time"] + handled, tier)
    )


busy_desks = given(
    scenario=scenarios(
        desk_load=2.0, inquiry_mean=6.0, problem_prob=0.5, desk_contacts=6.0, tier_every_days=30
    ),
    agents=st.integers(1, 3),
    classes=st.sampled_from(((0, 0, 0, 0), (0, 1, 2, 3), (3, 2, 1, 0), (0, 0, 5, 5))),
    seed=st.integers(0, 2**31 - 1),
)


def _busy_desk(scenario, agents, classes, seed) -> tuple[Ledger, np.ndarray]:
    priority = dict(zip(("vip", "important", "ordinary", "small"), classes, strict=True))
    strategy = Strategy(name="priority", about="By tier.", rules=[{"do": {"priority": priority}}])
    ledger = simulate(scenario.with_values(desk_agents=agents), strategy, seed=seed)
    calls = _calls(ledger).reshape(-1, 4)
    calls[:, 3] = np.array(classes)[calls[:, 3]]
    return ledger, calls


@every_world
@worlds
def test_contacts_are_answered_at_most_once_and_never_before_they_are_asked(scenario, strategy, seed):
    ledger = simulate(scenario, strategy, seed=seed)
    asked, start, end, _ = _calls(ledger).reshape(-1, 4).T
    assert (start >= asked).all() and (end > start).all()
    rows = ledger.log()
    answered = len(_of_kind(rows, EventKind.RECOVERY))
    assert answered <= len(_of_kind(rows, EventKind.COMPLAINT))
    assert len(_of_kind(rows, EventKind.CONTACT_END)) <= len(start)


@every_world
@busy_desks
def test_no_more_agents_are_busy_than_there_are_and_none_idles_while_someone_waits(
    scenario, agents, classes, seed
):
    _, calls = _busy_desk(scenario, agents, classes, seed)
    asked, start, end, _ = calls.T
    for moment in start:
        assert ((start <= moment) & (end > moment)).sum() <= agents
    for ask, begin in zip(asked, start, strict=True):
        if begin > ask:  # all agents were taken just before
            assert ((start < begin) & (end >= begin)).sum() == agents


@every_world
@busy_desks
def test_a_higher_class_is_never_overtaken_and_within_a_class_it_is_first_come_first_served(
    scenario, agents, classes, seed
):
    _, calls = _busy_desk(scenario, agents, classes, seed)
    for asked, start, _, rank in calls:
        overtakers = (calls[:, 1] > asked) & (calls[:, 1] < start)
        assert (calls[overtakers, 3] <= rank).all()
        same = overtakers & (calls[:, 3] == rank)
        assert (calls[same, 0] <= asked).all()


def test_the_busy_desks_are_busy():
    """Guards the two tests above: they would pass, and prove nothing, if nobody ever waited."""
    scenario = small("retail", desk_load=2.0, inquiry_mean=6.0, problem_prob=0.5, desk_contacts=6.0)
    _, calls = _busy_desk(scenario, 1, (0, 1, 2, 3), 1)
    assert len(calls) > 100
    assert (calls[:, 1] > calls[:, 0]).mean() > 0.5
    assert len(np.unique(calls[:, 3])) > 1
