"""With everything else switched off, the model is a known closed form (model.md section 13).

Each closed form is computed here, independently of the package, and first checked against the
number printed in the specification. Then, for three seeds, the simulated mean must lie within four
standard errors; the standard error comes from theory or from the sample, never from taste.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import special, stats

from crmsim.engines import simulate
from crmsim.events import COMPONENTS, Component, EventKind
from crmsim.ledger import Ledger
from crmsim.model.records import DAY
from crmsim.queueing import mean_wait, priority_waits, service_level
from crmsim.scenario import preset
from crmsim.stages import Cause, Status
from crmsim.strategies import find_strategy, strategy_names
from crmsim.strategies.base import DO_NOTHING, Strategy

N = 20_000
WEEKS_PER_YEAR = 365 / 7
SEEDS = pytest.mark.parametrize("seed", [1, 2, 3])
COUNTS = np.array([info.counts for info in COMPONENTS.values()])


def _bare(seed: int, strategy: Strategy = DO_NOTHING, *, log: bool = False, **values) -> Ledger:
    return simulate(preset("bare").with_values(**{"customers": N} | values), strategy, seed=seed, log=log)


def _assert_mean(sample: np.ndarray, expected: float) -> None:
    z = (sample.mean() - expected) / (sample.std(ddof=1) / math.sqrt(len(sample)))
    assert abs(z) < 4, f"z = {z:.2f}: {sample.mean():.6g} instead of {expected:.6g}"


def _assert_share(hits: np.ndarray, p: float) -> None:
    z = (hits.mean() - p) / math.sqrt(p * (1 - p) / len(hits))
    assert abs(z) < 4, f"z = {z:.2f}: {hits.mean():.6g} instead of {p:.6g}"


def _assert_counts(values: np.ndarray, pmf: list[float]) -> None:
    """Compare whole numbers from 0 with their probabilities (the rest in one class) by chi-square."""
    observed = np.bincount(np.minimum(values, len(pmf)), minlength=len(pmf) + 1)
    expected = len(values) * np.array([*pmf, 1 - sum(pmf)])
    assert stats.chisquare(observed, expected).pvalue > 6e-5  # as |z| < 4


# -- (i) BG/NBD: buy till you die, at purchases ---------------------------------------------------------

BG = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}


def _bg_nbd_mean(t: float, r: float, alpha: float, a: float, b: float) -> float:
    hyper = special.hyp2f1(r, b, a + b - 1, t / (alpha + t))
    return (a + b - 1) / (a - 1) * (1 - (alpha / (alpha + t)) ** r * hyper)


def _bg_nbd_pmf(x: int, t: float, r: float, alpha: float, a: float, b: float) -> float:
    share = t / (alpha + t)
    nbd = [stats.nbinom.pmf(j, r, 1 - share) for j in range(x + 1)]
    alive = special.beta(a, b + x) / special.beta(a, b) * nbd[x]
    died = special.beta(a + 1, b + x - 1) / special.beta(a, b) * (1 - sum(nbd[:x])) if x else 0.0
    return alive + died


def _run_bg_nbd(seed: int, **wrong) -> Ledger:
    right = {"rate_shape": BG["r"], "rate_mean": BG["r"] / BG["alpha"] * WEEKS_PER_YEAR}
    return _bare(seed, **{"horizon_days": 273, "drop_a": BG["a"], "drop_b": BG["b"]} | right | wrong)


@SEEDS
def test_purchases_with_dropout_are_bg_nbd(seed):
    pmf = [_bg_nbd_pmf(x, 39, **BG) for x in range(12)]
    assert (round(_bg_nbd_mean(39, **BG), 4), round(pmf[0], 4), round(pmf[1], 4)) == (1.1967, 0.5738, 0.1994)
    _assert_bg_nbd(_run_bg_nbd(seed))


def _assert_bg_nbd(ledger: Ledger) -> None:
    pmf = [_bg_nbd_pmf(x, 39, **BG) for x in range(12)]
    repeats = ledger.customers["n"] - 1
    _assert_mean(repeats, _bg_nbd_mean(39, **BG))
    _assert_share(repeats == 0, pmf[0])
    _assert_share(repeats == 1, pmf[1])
    _assert_counts(repeats, pmf)
    causes = ledger.customers["cause"][ledger.customers["status"] == Status.LAPSED]
    assert (causes == Cause.NATURAL).all()


# -- (ii) Pareto/NBD: buy till you die, at any time -----------------------------------------------------


def _run_pareto_nbd(seed: int, **wrong) -> Ledger:
    r, alpha, s, beta = 0.553, 10.578, 0.606, 11.669
    right = {"rate_shape": r, "rate_mean": r / alpha * WEEKS_PER_YEAR}
    right |= {"need_shape": s, "need_mean": s / beta * WEEKS_PER_YEAR}
    return _bare(seed, **{"horizon_days": 273} | right | wrong)


@SEEDS
def test_purchases_until_the_need_ends_are_pareto_nbd(seed):
    _assert_pareto_nbd(_run_pareto_nbd(seed))


def _assert_pareto_nbd(ledger: Ledger) -> None:
    r, alpha, s, beta, t = 0.553, 10.578, 0.606, 11.669, 39
    mean = r * beta / (alpha * (s - 1)) * (1 - (beta / (beta + t)) ** (s - 1))
    alive = (beta / (beta + t)) ** s
    assert (round(mean, 4), round(alive, 4)) == (1.2130, 0.4107)
    people = ledger.customers
    _assert_mean(people["n"] - 1, mean)
    _assert_share(people["status"] == Status.ACTIVE, alive)
    lifetimes = np.minimum(people["left"], 273 * DAY) - people["entered"]
    _assert_share(lifetimes > 91 * DAY, (beta / (beta + 13)) ** s)
    assert (people["cause"][people["status"] == Status.LAPSED] == Cause.NEED_ENDED).all()


# -- (iii) shifted beta-geometric: contracts ------------------------------------------------------------


def _run_sbg(seed: int, **wrong) -> Ledger:
    contract = {"timing": "contract", "renewal_days": 30, "horizon_days": 30 * 7 + 1}
    return _bare(seed, **contract | {"drop_a": 0.668, "drop_b": 3.806} | wrong)


@SEEDS
def test_contracts_with_dropout_are_shifted_beta_geometric(seed):
    _assert_sbg(_run_sbg(seed))


def _assert_sbg(ledger: Ledger) -> None:
    a, b = 0.668, 3.806
    survival = [special.beta(a, b + t) / special.beta(a, b) for t in range(8)]
    assert (round(survival[1], 4), round(survival[7], 4)) == (0.8507, 0.4889)
    people = ledger.customers
    lost = people["status"] == Status.LAPSED
    periods = (people["left"] - people["entered"])[lost] / (30 * DAY)
    assert set(periods.tolist()) == set(range(1, 8))  # nobody leaves between renewal dates
    assert (people["n"][lost] == periods).all() and (people["n"][~lost] == 8).all()
    for t in (1, 7):
        _assert_share(people["n"] > t, survival[t])
    _assert_counts(people["n"] - 1, [survival[t] - survival[t + 1] for t in range(7)])


# -- (iv) gamma-gamma: spend ----------------------------------------------------------------------------


def _run_gamma_gamma(seed: int, **wrong) -> Ledger:
    values = {"spend_p": 6.0, "spend_q": 4.0, "spend_mean": 35.0, "rate_shape": 0.9, "rate_mean": 6.0}
    return _bare(seed, log=True, **{"horizon_days": 360} | values | wrong)


@SEEDS
def test_spend_is_gamma_gamma(seed):
    _assert_gamma_gamma(_run_gamma_gamma(seed))


def _assert_gamma_gamma(ledger: Ledger) -> None:
    p, q, mean = 6.0, 4.0, 35.0
    gamma = mean * (q - 1) / p
    rows, people = ledger.log(), ledger.customers
    bought = rows[rows["kind"] == EventKind.PURCHASE]
    for ordinal in (0, 2):  # z = Gamma(p) / Gamma(q, gamma): a beta prime
        z = bought["amount"][bought["detail"] == ordinal]
        assert stats.kstest(z, stats.betaprime(p, q, scale=gamma).cdf).pvalue > 6e-5
        _assert_mean(np.log(z), special.digamma(p) - special.digamma(q) + math.log(gamma))
        _assert_mean(z, mean)
    ratio = bought["amount"] / people["mean_spend"][bought["customer"]]  # Gamma(p) / p, all independent
    assert stats.kstest(ratio, stats.gamma(p, scale=1 / p).cdf).pvalue > 6e-5
    _assert_mean(ratio**2, 1 + 1 / p)
    _assert_mean(np.log(ratio), special.digamma(p) - math.log(p))
    x = people["n"]
    m = people["total"][:, Component.REVENUE] / x
    predicted = p * (gamma + x * m) / (p * x + q - 1)
    error = people["mean_spend"] / predicted - 1
    _assert_mean(error, 0.0)  # unbiased
    _assert_mean(error * (np.log(predicted) - np.log(predicted).mean()), 0.0)  # slope 1: no trend is left
    for few in (x == 1, x >= 5):
        _assert_mean(error[few], 0.0)


# -- (v) fixed margin, constant retention ---------------------------------------------------------------


def _run_geometric(seed: int, **wrong) -> Ledger:
    contract = {"timing": "contract", "renewal_days": 365, "horizon_days": 365 * 25 + 1}
    return _bare(seed, **contract | {"drop_b": 0.1, "spend_mean": 40.0, "annual_discount_rate": 0.1} | wrong)


@SEEDS
def test_value_of_a_contract_with_constant_retention_is_the_textbook_formula(seed):
    _assert_geometric(_run_geometric(seed))


def _assert_geometric(ledger: Ledger) -> None:
    r, i, m, years = 0.9, 0.1, 40.0, 25
    forever = m * r / (1 + i - r)
    assert forever == pytest.approx(180.0)
    expected = forever * (1 - (r / (1 + i)) ** years)  # the run ends after 25 renewals
    people = ledger.customers
    later = people["value"][:, Component.CLV2]
    _assert_mean(later, expected)
    assert (people["value"][:, Component.CLV1] == m).all()
    annuity = m * (1 - (1 + i) ** -(people["n"] - 1.0)) / i
    np.testing.assert_allclose(later, annuity, rtol=1e-12)
    _assert_share(people["n"] >= 11, r**10)


# -- (vi) the desk: Erlang C and Cobham -----------------------------------------------------------------

ARRIVALS = np.array([0.75, 1.125, 1.875, 3.75])  # calls per day by class
SERVERS, SERVICE_RATE = 3, 3.0
PRIORITY = Strategy(
    name="priority", about="By tier.",
    rules=[{"do": {"priority": {"vip": 0, "important": 1, "ordinary": 2, "small": 3}}}],
)  # fmt: skip


def _desk(seed: int, strategy: Strategy) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return tier and wait (days) of every call after the warm-up, replication by replication.

    Nobody earns anything, so reviews find everybody equal and tiers go by number, for good, from
    the first review on: 10, 15, 25 and 50 of 100 customers, as the arrival rates want it.
    """
    customers, days = 100, 1000
    inquiries = ARRIVALS.sum() * 365 / customers
    scenario = preset("bare").with_values(
        customers=customers, horizon_days=days, spend_mean=0.0, inquiry_mean=inquiries, desk_agents=SERVERS,
        desk_load=ARRIVALS.sum() / (SERVERS * SERVICE_RATE), desk_contacts=inquiries,
        tier_every_days=30, tier_vip=0.10, tier_important=0.15, tier_ordinary=0.25,
    )  # fmt: skip
    calls = []
    for replication in range(15):
        ledger = simulate(scenario, strategy, seed=seed, replication=replication)
        rows = ledger.log()
        rows = rows[rows["kind"] == EventKind.CONTACT_START]
        asked = (rows["time"] - rows["detail"]) / DAY
        steady = (asked > 60) & (asked < days - 40)  # those who ask at the very end are not all served
        calls.append((rows["tier"][steady], rows["detail"][steady] / DAY))
    return calls


def _assert_ratio(pairs: list[tuple[float, int]], expected: float) -> None:
    """Compare a mean over all calls; calls of one replication are not independent, replications are."""
    _assert_mean(np.array([total - expected * count for total, count in pairs]), 0.0)


@SEEDS
def test_waits_by_class_are_those_of_cobham(seed):
    printed = priority_waits([0.75, 1.13, 1.87, 3.75], SERVICE_RATE, SERVERS)
    assert np.round(printed, 4).tolist() == [0.0851, 0.1076, 0.1691, 0.8026]
    _assert_cobham(_desk(seed, PRIORITY))


def _assert_cobham(calls: list[tuple[np.ndarray, np.ndarray]]) -> None:
    expected = priority_waits(ARRIVALS, SERVICE_RATE, SERVERS)
    for k in range(4):
        _assert_ratio([(waits[tier == k].sum(), (tier == k).sum()) for tier, waits in calls], expected[k])
        rate = [(tier == k).sum() / 900 for tier, _ in calls]
        _assert_mean(np.array(rate), ARRIVALS[k])


@SEEDS
def test_waits_without_classes_are_those_of_erlang(seed):
    _assert_erlang(_desk(seed, DO_NOTHING))


def _assert_erlang(calls: list[tuple[np.ndarray, np.ndarray]]) -> None:
    desk = ARRIVALS.sum(), SERVICE_RATE, SERVERS
    _assert_ratio([(waits.sum(), len(waits)) for _, waits in calls], float(mean_wait(*desk)))
    for limit in (0.0, 0.5):
        late = 1.0 - float(service_level(*desk, within=limit))
        _assert_ratio([((waits > limit).sum(), len(waits)) for _, waits in calls], late)


# -- (vii) customer migration: a Markov chain of recency --------------------------------------------------

#: Pfeifer & Carraway (2000): chance of buying after 0, 1, 2, 3 periods without, contribution of a
#: purchase, cost per period as long as the relationship lasts, discount rate per period.
TABLE, NET, COST, RATE = [0.3, 0.2, 0.15, 0.05], 40.0, 4.0, 0.2
PERIODS, PERIOD_DAYS = 15, 360
CHAIN = np.zeros((5, 5))
for _missed, _chance in enumerate(TABLE):
    CHAIN[_missed, 0], CHAIN[_missed, _missed + 1] = _chance, 1 - _chance
CHAIN[4, 4] = 1.0
#: The cost of a period is charged window by window, twelve to a period.
MONTHLY = COST / ((1 + RATE) ** (-np.arange(12) / 12)).sum()


def _run_migration(seed: int, **wrong) -> Ledger:
    periodic = {"timing": "periodic", "renewal_days": PERIOD_DAYS, "buy_table": TABLE}
    money = {"spend_mean": NET, "account_cost": MONTHLY}
    money["annual_discount_rate"] = (1 + RATE) ** (365 / PERIOD_DAYS) - 1
    return _bare(seed, **{"horizon_days": PERIODS * PERIOD_DAYS} | periodic | money | wrong)


@SEEDS
def test_periodic_buying_is_customer_migration(seed):
    reward = np.array([NET - COST, -COST, -COST, -COST, 0.0])
    forever = np.linalg.solve(np.eye(5) - CHAIN / (1 + RATE), reward)
    assert np.round(forever, 3).tolist() == [52.320, 5.554, 1.251, -1.820, 0.0]
    _assert_migration(_run_migration(seed))


def _assert_migration(ledger: Ledger) -> None:
    people = ledger.customers
    state, expected = np.array([1.0, 0, 0, 0, 0]), 0.0
    for k in range(PERIODS):
        gone = (state @ CHAIN)[4] - state[4]
        expected += (NET * state[0] - COST * state[:4].sum()) / (1 + RATE) ** k
        if k < PERIODS - 1:
            # Who is gone at the end of a period has just been charged for one more window.
            expected -= MONTHLY * gone / (1 + RATE) ** (k + 1)
            state = state @ CHAIN
    _assert_mean(people["value"][:, COUNTS].sum(axis=1), expected)
    left = people["status"] == Status.LAPSED
    found = np.bincount(np.where(left, 4, people["missed"]), minlength=5)
    assert stats.chisquare(found, N * state).pvalue > 6e-5
    assert (people["cause"][left] == Cause.NATURAL).all()
    bought = np.array([np.linalg.matrix_power(CHAIN, k)[0, 0] for k in range(PERIODS)]).sum()
    _assert_mean(people["n"], bought)


# -- (viii) competing reasons to leave ------------------------------------------------------------------


def _run_competing(seed: int, **wrong) -> Ledger:
    right = {"need_mean": 0.1, "offer_rate": 2.0, "offer_base": -2.0}
    return _bare(seed, **{"horizon_days": 36_500} | right | wrong)


@SEEDS
def test_need_and_offers_compete(seed):
    _assert_competing(_run_competing(seed))


def _assert_competing(ledger: Ledger) -> None:
    need, offers, logit = 0.1, 2.0, -2.0
    accepted = offers / (1 + math.exp(-logit))
    mean, share = 1 / (need + accepted), need / (need + accepted)
    assert (round(mean, 3), round(share, 4)) == (2.955, 0.2955)
    people = ledger.customers
    assert (people["status"] == Status.LAPSED).all()
    years = (people["left"] - people["entered"]) / (365 * DAY)
    z = (years.mean() - mean) / (mean / math.sqrt(N))
    assert abs(z) < 4
    assert stats.kstest(years, stats.expon(scale=mean).cdf).pvalue > 6e-5
    _assert_share(people["cause"] == Cause.NEED_ENDED, share)
    assert set(people["cause"]) == {Cause.NEED_ENDED, Cause.COMPETITOR}
    _assert_mean(years[people["cause"] == Cause.NEED_ENDED], mean)  # the cause says nothing about the time


# -- (ix) expectation, exactly --------------------------------------------------------------------------


@pytest.mark.parametrize(("b", "a0", "speed"), [(1.2, 0.8, 0.10), (0.8, 1.3, 0.06)])
def test_expectation_adapts_geometrically(b, a0, speed):
    pull, up, down = 0.05, 0.10, 0.06
    rest = (speed * b + pull) / (speed + pull)
    for n in (1, 2, 7, 24):
        people = _bare(
            1, customers=1, timing="contract", horizon_days=30 * n, quality=b, exp0=a0, adapt_up=up,
            adapt_down=down, market_pull=pull,
        ).customers  # fmt: skip
        assert people["n"][0] == n
        expected = rest + (a0 - rest) * (1 - speed - pull) ** n
        assert abs(people["expectation"][0] - expected) < 1e-12


def test_expectation_follows_a_market_that_is_learned():
    a = 1.0
    for n in range(10):
        bar = 1 + 0.06 * (1 - math.exp(-n / 6))
        a += 0.1 * max(1.03 - a, 0) - 0.06 * max(a - 1.03, 0) + 0.06 * (bar - a)
    people = _bare(
        1, customers=1, timing="contract", horizon_days=300, quality=1.03, adapt_up=0.1, adapt_down=0.06,
        market_pull=0.06, market_best=1.06, market_learn=6.0,
    ).customers  # fmt: skip
    assert abs(people["expectation"][0] - a) < 1e-12


# -- (x) and money --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["retail", "telecom", "b2b"])
@pytest.mark.parametrize("strategy", strategy_names())
def test_without_discounting_value_is_cash(name, strategy):
    scenario = preset(name).with_values(customers=300, horizon_days=1080, annual_discount_rate=0.0)
    people = simulate(scenario, find_strategy(strategy)).customers
    saved = people["value"][:, Component.CLV5]
    brought = np.bincount(people["parent"][people["parent"] >= 0], minlength=len(people))
    bonus = scenario.price_list.referral_bonus if strategy == "referral" else 0.0
    np.testing.assert_allclose(saved, (scenario.money.acq_cost - bonus) * brought, rtol=1e-12)
    bonuses = bonus * brought
    value = people["value"][:, COUNTS].sum(axis=1)
    np.testing.assert_allclose(value, people["cash"] + bonuses + saved, rtol=1e-6, atol=1e-6)
    assert brought.sum() > 0


MONEY = ("spend_mean", "serve_cost", "acq_cost", "contact_cost", "account_cost", "programme", "save_offer",
         "referral_bonus", "win_back")  # fmt: skip


@pytest.mark.parametrize("name", ["retail", "telecom", "b2b"])
@pytest.mark.parametrize(
    "strategy", ["do_nothing", "tier_service", "recovery", "save_value", "points", "win_back_value"]
)
def test_value_is_linear_in_a_common_scale_of_money(name, strategy):
    scenario = preset(name).with_values(customers=300, horizon_days=720)
    data = scenario.model_dump()
    now = {field: section[field] for section in data.values() if isinstance(section, dict) for field in MONEY
           if field in section}  # fmt: skip
    assert set(now) == set(MONEY)
    base = simulate(scenario, find_strategy(strategy)).customers
    double = simulate(
        scenario.with_values(**{k: 2 * v for k, v in now.items()}), find_strategy(strategy)
    ).customers
    assert (double["value"] == 2 * base["value"]).all()  # a power of two loses no digit
    odd = simulate(
        scenario.with_values(**{k: 7.3 * v for k, v in now.items()}), find_strategy(strategy)
    ).customers
    np.testing.assert_allclose(odd["value"], 7.3 * base["value"], rtol=1e-9, atol=1e-6)
    assert (odd["left"] == base["left"]).all()


# -- and what does nothing -------------------------------------------------------------------------------


def test_points_that_earn_nothing_and_pull_nobody_leave_everything_as_it_was():
    idle = Strategy(name="idle", about="Points.", rules=[{"do": {"points": 5.0}}])
    scenario = preset("retail").with_values(customers=300, horizon_days=720)
    with_it, without = simulate(scenario, idle), simulate(scenario)
    rows = with_it.log()
    assert (rows["kind"] == EventKind.REWARD).sum() > 50
    assert rows[rows["kind"] != EventKind.REWARD].tobytes() == without.log().tobytes()


# -- the tests above can fail -----------------------------------------------------------------------------

#: Each reduction with a model that is a little wrong in one of its parameters.
BROKEN = {
    "bg_nbd, rate": (
        _run_bg_nbd,
        _assert_bg_nbd,
        {"rate_mean": 1.25 * BG["r"] / BG["alpha"] * WEEKS_PER_YEAR},
    ),
    "bg_nbd, dropout": (_run_bg_nbd, _assert_bg_nbd, {"drop_a": 1.15 * BG["a"]}),
    "pareto_nbd, rate": (
        _run_pareto_nbd,
        _assert_pareto_nbd,
        {"rate_mean": 1.25 * 0.553 / 10.578 * WEEKS_PER_YEAR},
    ),
    "pareto_nbd, need": (_run_pareto_nbd, _assert_pareto_nbd, {"need_shape": 0.7}),
    "sbg": (_run_sbg, _assert_sbg, {"drop_a": 0.668 * 1.1}),
    "gamma_gamma, p": (_run_gamma_gamma, _assert_gamma_gamma, {"spend_p": 5.5}),
    "gamma_gamma, q": (_run_gamma_gamma, _assert_gamma_gamma, {"spend_q": 3.6}),
    "geometric, retention": (_run_geometric, _assert_geometric, {"drop_b": 0.105}),
    "geometric, discounting": (_run_geometric, _assert_geometric, {"annual_discount_rate": 0.101}),
    "migration, chances": (_run_migration, _assert_migration, {"buy_table": [0.3, 0.2, 0.2, 0.05]}),
    "migration, cost": (_run_migration, _assert_migration, {"account_cost": 1.3 * MONTHLY}),
    "competing": (_run_competing, _assert_competing, {"offer_rate": 2.15}),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_model_that_is_a_little_wrong_is_noticed(name):
    run, check, wrong = BROKEN[name]
    with pytest.raises(AssertionError):
        check(run(1, **wrong))


def test_a_desk_without_classes_is_not_taken_for_one_with_classes_or_the_reverse():
    with pytest.raises(AssertionError):
        _assert_cobham(_desk(1, DO_NOTHING))
    with pytest.raises(AssertionError):
        _assert_erlang([(tier, waits * 1.3) for tier, waits in _desk(1, DO_NOTHING)])
