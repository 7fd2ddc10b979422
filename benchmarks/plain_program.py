"""The independent comparison program of the benchmark: a plain SimPy program of the retail preset.

This is what a competent SimPy modeller would write from the behaviour specification on one day: one
process per customer, a `PriorityResource` for the service desk, a monthly process for the firm, one
shared `random.Random`.  It imports nothing of the package it is compared with, and it is *not* a
reference for the model: it draws its random numbers in order of use, so runs agree with those of the
package in distribution only, and two strategies do not meet the same luck.

Left out: own price cuts, save and win-back offers, points, surveys, arrivals, visible tiers, contracts.

    python plain_program.py
"""

import math
import random
import time
from collections import Counter, deque
from dataclasses import dataclass

import numpy as np
import simpy

YEAR = 365.0
EXPLORATION, FORMATION, STABILITY, DECLINE = range(4)
STAGES = ("exploration", "formation", "stability", "decline")
PROGRAMMES = ("reward", "contact", "special", "community")
REWARD, CONTACT, SPECIAL, COMMUNITY = range(4)
TIERS = ("vip", "important", "ordinary", "small")

# How much a customer at this stage longs for each programme (stage by programme).
NEEDS = (
    (1.0, 0.9, 0.2, 0.0),
    (0.3, 0.4, 1.0, 0.3),
    (0.1, 0.3, 0.4, 1.0),
    (0.4, 0.6, 0.5, 0.1),
)
# Observed stage -> programme, for each strategy that uses programmes.
STRATEGIES = {
    "do_nothing": None,
    "stage_matched": (REWARD, SPECIAL, COMMUNITY, CONTACT),
}
# How loudly a customer who left for this cause complains to others.
WORD_OF_MOUTH = {"service_failure": 1.5, "quality": 1.0, "price": 0.3, "neglect": 0.3}


@dataclass(frozen=True, slots=True)
class Params:
    """The retail preset. Rates are per year, times in days, money in currency units."""

    entry_days: float = 365.0
    window: float = 30.0
    # purchases, end of the need, spend
    rate_shape: float = 0.9
    rate_mean: float = 6.0
    drop_a: float = 0.6
    drop_b: float = 60.0
    need_shape: float = 1.0
    need_mean: float = 0.05
    decline_days: float = 90.0
    decline_activity: float = 0.4
    spend_p: float = 6.0
    spend_q: float = 4.0
    spend_mean: float = 100.0
    # money
    margin: float = 0.40
    interest: float = 0.10
    serve_cost: float = 5.0
    serve_floor: float = 0.5
    serve_learn: float = 6.0
    acq_cost: float = 100.0
    contact_cost: float = 6.0
    account_cost: float = 0.8
    programme_cost: float = 1.2
    deal_depth: float = 0.15
    deal_prone: float = 0.5
    cross_max: int = 3
    cross_share: float = 0.25
    cross_rate: float = 0.06
    # quality, expectation, satisfaction
    quality: float = 1.03
    quality_sd: float = 0.12
    fit_sd: float = 0.10
    exp0: float = 1.0
    exp0_sd: float = 0.05
    market_best: float = 1.06
    market_pull: float = 0.06
    market_learn: float = 6.0
    adapt_up: float = 0.10
    adapt_down: float = 0.06
    loss_aversion: float = 2.0
    sat_memory: float = 0.25
    # attitude, trust, habit, programmes
    att_gain: float = 0.5
    att0: float = 0.28
    att_tau: float = 720.0
    trust0: float = 0.3
    trust_gain: float = 0.12
    trust_loss: float = 0.6
    habit_gain: float = 0.15
    habit_tau: float = 180.0
    prog_value: float = 0.06
    prog_adapt: float = 0.15
    prog_adapt_max: float = 0.7
    resp_shape: float = 1.5
    wallet0: float = 0.30
    wallet_A: float = 2.0
    wallet_T: float = 0.8
    # hazards
    quality_hazard: float = 0.6
    tolerance: float = 0.06
    griev_hazard: float = 3.0
    griev_tau: float = 150.0
    griev_max: float = 1.5
    neglect_hazard: float = 0.15
    neglect_days: float = 120.0
    shield_A: float = 1.5
    shield_H: float = 0.8
    shield_B: float = 1.0
    barrier_shape: float = 2.0
    barrier_mean: float = 0.3
    price_log_sd: float = 0.5
    offer_rate: float = 3.0
    offer_discount: float = 0.10
    offer_base: float = -2.4
    offer_price: float = 6.0
    offer_A: float = 3.0
    offer_H: float = 1.2
    offer_B: float = 1.0
    offer_S: float = 6.0
    # problems, desk, recovery
    problem_prob: float = 0.06
    sev_min: float = 0.1
    sev_range: float = 0.5
    compl_a: float = 2.0
    compl_b: float = 2.0
    inquiry_shape: float = 0.5
    inquiry_mean: float = 1.2
    desk_agents: int = 3
    desk_load: float = 0.85
    contacts_per_active: float = 1.4
    wait_weight: float = 0.08
    wait_exp0: float = 0.25
    wait_adapt: float = 0.2
    rec_base: float = 0.45
    rec_wait: float = 0.25
    rec_noise: float = 0.1
    rec_exp0: float = 0.45
    rec_adapt: float = 0.4
    rec_weight: float = 0.6
    rec_max: float = 0.9
    attribution: float = 0.5
    # referral and reputation
    ref_rate: float = 1.0
    ref_A: float = 0.30
    ref_conv: float = 0.35
    ref_pool: float = 0.3
    ref_generations: int = 3
    rep_neg: float = 2.0
    rep_pos: float = 1.0
    rep_tau: float = 180.0
    # tiers
    tier_every: float = 180.0
    tier_shares: tuple = (0.05, 0.15, 0.30)


def logistic(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x))


def clip(x: float, low: float, high: float) -> float:
    return max(low, min(x, high))


def draw_traits(p: Params, rng: np.random.Generator, count: int) -> list[tuple]:
    """The latent traits of `count` people, one tuple each (rates per day)."""
    sd = p.price_log_sd
    columns = (
        rng.gamma(p.rate_shape, p.rate_mean / p.rate_shape, count) / YEAR,
        rng.beta(p.drop_a, p.drop_b, count),
        rng.gamma(p.need_shape, p.need_mean / p.need_shape, count) / YEAR,
        rng.gamma(p.spend_q, p.spend_p / (p.spend_mean * (p.spend_q - 1.0)), count),
        rng.lognormal(-0.5 * sd * sd, sd, count),
        rng.gamma(p.barrier_shape, p.barrier_mean / p.barrier_shape, count),
        rng.gamma(p.resp_shape, 1.0 / p.resp_shape, count),
        rng.beta(p.compl_a, p.compl_b, count),
        rng.normal(0.0, p.fit_sd, count),
        rng.normal(p.exp0, p.exp0_sd, count),
        rng.gamma(p.inquiry_shape, p.inquiry_mean / p.inquiry_shape, count) / YEAR,
    )
    return list(zip(*(column.tolist() for column in columns), strict=True))


class Customer:
    """One customer: traits, state and ledger."""

    __slots__ = (  # noqa: RUF023 (in the order of the model)
        "id", "generation", "t0", "process",
        # traits
        "rate", "h_natural", "need", "spend_rate", "price_sens", "barrier", "response", "complains", "fit",
        "inquiry",
        # state
        "active", "declining", "cause", "t_end", "n", "expect", "e", "x", "programme", "touched", "S", "C",
        "A", "T", "H", "G", "rec_exp", "wait_exp", "updated", "wallet_max", "stage", "observed", "tier",
        "categories", "last_purchase", "last_contact", "last_problem",
        # ledger
        "clv", "cost", "revenue", "sales",
    )  # fmt: skip

    def __init__(self, ident: int, t0: float, traits: tuple, p: Params, generation: int = 0):
        self.id = ident
        self.t0 = t0
        self.generation = generation
        self.process = None
        (self.rate, drop, self.need, self.spend_rate, self.price_sens, self.barrier, self.response,
         self.complains, self.fit, self.expect, self.inquiry) = traits  # fmt: skip
        self.h_natural = -math.log1p(-drop)
        self.active = False
        self.declining = False
        self.cause = None
        self.t_end = math.inf
        self.n = 0
        self.e = [0.0] * 4
        self.x = [0.0] * 4
        self.programme = None  # the one now in force
        self.touched = False  # has ever had a programme
        self.S = 0.0
        self.C = 1.0
        self.A = p.att0 + (0.05 if generation else 0.0)
        self.T = p.trust0 + (0.10 if generation else 0.0)
        self.H = 0.0
        self.G = 0.0
        self.rec_exp = p.rec_exp0
        self.wait_exp = p.wait_exp0
        self.updated = t0
        self.wallet_max = 0.0
        self.stage = EXPLORATION
        self.observed = EXPLORATION
        self.tier = 3
        self.categories = 0
        self.last_purchase = t0
        self.last_contact = t0
        self.last_problem = -math.inf
        self.clv = [0.0] * 6
        self.cost = 0.0
        self.revenue = 0.0
        self.sales = deque()  # (time, revenue) of the last year

    @property
    def value(self) -> float:
        return sum(self.clv) - self.cost


class Market:
    """The firm, its desk and its customers."""

    def __init__(self, p: Params, customers: int, years: float, seed: int, strategy: str, log: bool):
        self.p = p
        self.size = customers
        self.horizon = years * YEAR
        self.plan = STRATEGIES[strategy]
        self.rnd = random.Random(seed)
        self.env = simpy.Environment()
        self.desk = simpy.PriorityResource(self.env, capacity=p.desk_agents)
        self.handling_rate = customers * p.contacts_per_active / YEAR / (p.desk_load * p.desk_agents)
        self.delta = math.log1p(p.interest) / YEAR
        self.wallet_logit = math.log(p.wallet0 / (1.0 - p.wallet0))
        self.log = [] if log else None

        self.reputation = 1.0
        self.reputation_at = 0.0
        self.referred = 0
        self.events = Counter()  # what is counted as an event: first purchases, rings of clocks, contacts
        self.problems = 0
        self.complaints = 0
        self.disengaged = 0
        self.causes = Counter()
        self.waits = 0.0
        self.ratio_sum = 0.0
        self.snapshots = []
        self.tier_moves = Counter()

        # One handler per clock, in the order of the rates of `rates`.
        self.clocks = (
            ("purchase", self.experience),
            ("competitor_offer", self.competitor_offer),
            ("inquiry", self.inquire),
            ("referral", self.refer),
            ("exit", self.leave),
            ("need", lambda c: self.disengage(c, "need_ended")),
            ("grievance", lambda c: self.disengage(c, "service_failure")),
            ("neglect", lambda c: self.disengage(c, "neglect")),
        )

        pool = customers + math.ceil(p.ref_pool * customers)
        self.people = draw_traits(p, np.random.default_rng(seed), pool)
        self.customers = []
        for j in range(customers):
            self.add_customer(Customer(j, self.rnd.uniform(0.0, p.entry_days), self.people[j], p))
        self.env.process(self.firm())

    def add_customer(self, c: Customer) -> None:
        self.customers.append(c)
        c.process = self.env.process(self.life(c))

    def note(self, c: Customer, kind: str, payload=None) -> None:
        """Append to the event log (callers check that there is one)."""
        self.log.append((self.env.now, c.id, kind, payload))

    def discount(self, c: Customer) -> float:
        return math.exp(-self.delta * (self.env.now - c.t0))

    # ---------------------------------------------------------------- the customer's process

    def life(self, c: Customer):
        env, rnd, window = self.env, self.rnd, self.p.window
        if c.t0 > env.now:
            yield env.timeout(c.t0 - env.now)
        self.acquire(c)
        while c.active:
            self.relax(c)
            rates = self.rates(c)
            total = sum(rates)
            wait = rnd.expovariate(total)
            refresh = window - env.now % window
            try:
                if wait >= refresh:  # nothing happens before the rates are due for a refresh
                    yield env.timeout(refresh)
                    continue
                yield env.timeout(wait)
            except simpy.Interrupt:  # the desk or the firm changed something: plan again
                continue
            self.relax(c)
            u = rnd.random() * total
            for (kind, handle), rate in zip(self.clocks, rates, strict=True):
                u -= rate
                if u < 0.0:
                    self.events[kind] += 1
                    handle(c)
                    break

    def relax(self, c: Customer) -> None:
        """Let attitude, habit and grievance relax since the last update."""
        now = self.env.now
        dt = now - c.updated
        if dt > 0.0:
            p = self.p
            c.A = p.att0 + (c.A - p.att0) * math.exp(-dt / p.att_tau)
            c.H *= math.exp(-dt / p.habit_tau)
            if c.G > 0.0:
                c.G *= math.exp(-dt / p.griev_tau)
            c.updated = now

    def wallet(self, c: Customer) -> float:
        p = self.p
        return logistic(self.wallet_logit + p.wallet_A * (c.A - p.att0) + p.wallet_T * (c.T - p.trust0))

    def shield(self, c: Customer) -> float:
        p = self.p
        return math.exp(-(p.shield_A * c.A + p.shield_H * c.H + p.shield_B * c.barrier))

    def rates(self, c: Customer) -> tuple:
        """The rates per day of the competing clocks, in the order of `self.clocks`."""
        p = self.p
        purchase = c.rate * self.wallet(c) / p.wallet0
        referral = p.ref_rate / YEAR * max(0.0, c.A - p.ref_A) / (1.0 - p.ref_A)
        if c.declining:
            leaving = 1.0 / p.decline_days
            return purchase * p.decline_activity, 0.0, c.inquiry, referral, leaving, 0.0, 0.0, 0.0
        shield = self.shield(c)
        neglected = self.env.now - c.last_contact > p.neglect_days
        return (
            purchase,
            p.offer_rate / YEAR,
            c.inquiry,
            referral,
            0.0,
            c.need,
            p.griev_hazard / YEAR * c.G * shield,
            p.neglect_hazard / YEAR * shield if neglected else 0.0,
        )

    # ---------------------------------------------------------------- what can happen to a customer

    def acquire(self, c: Customer) -> None:
        c.active = True
        c.clv[0] -= self.p.acq_cost
        c.wallet_max = self.wallet(c)
        self.events["first_purchase"] += 1
        if self.log is not None:
            self.note(c, "acquired", c.generation)
        self.experience(c)

    def feel(self, c: Customer, signal: float) -> None:
        """Move the attitude by a signed satisfaction signal."""
        room = 1.0 - c.A if signal >= 0.0 else c.A
        c.A = clip(c.A + self.p.att_gain * signal * room, 0.01, 0.99)

    def experience(self, c: Customer) -> None:
        """One purchase: performance against expectation, and everything that follows from it."""
        p, rnd, now = self.p, self.rnd, self.env.now

        severity, repeated = 0.0, False
        if rnd.random() < p.problem_prob:
            repeated = now - c.last_problem <= YEAR
            severity = p.sev_min + p.sev_range * rnd.random() ** 2
            if repeated:
                severity *= 1.0 + p.attribution
        noise = math.exp(rnd.gauss(0.0, p.quality_sd) - 0.5 * p.quality_sd**2)
        performance = max(0.05, (p.quality + c.fit) * noise - severity)

        offered = expected = 0.0
        if c.touched:
            need, scale = NEEDS[c.stage], p.prog_value * c.response
            offered = scale * sum(w * x for w, x in zip(need, c.x, strict=True))
            expected = scale * sum(w * e for w, e in zip(need, c.e, strict=True))
        ratio = (performance + offered) / (c.expect + expected)
        self.ratio_sum += ratio
        signal = ratio - 1.0
        if signal < 0.0:
            signal *= p.loss_aversion

        c.S += p.sat_memory * (signal - c.S)
        c.C += p.sat_memory * (ratio - c.C)
        self.feel(c, signal)
        gap = performance - c.expect
        market = 1.0 + (p.market_best - 1.0) * (1.0 - math.exp(-c.n / p.market_learn))
        c.expect += (p.adapt_up if gap > 0.0 else p.adapt_down) * gap + p.market_pull * (market - c.expect)
        if c.touched:
            c.e = [e + p.prog_adapt * (p.prog_adapt_max * x - e) for e, x in zip(c.e, c.x, strict=True)]
        if severity:
            c.T *= 1.0 - p.trust_loss * severity
        else:
            c.T += p.trust_gain * (1.0 - c.T)
        c.H += p.habit_gain * (1.0 - c.H)

        self.book_purchase(c)
        c.n += 1
        c.last_purchase = c.last_contact = now
        self.set_stage(c)

        if severity:
            self.problem(c, severity, repeated)
        if c.categories < p.cross_max and rnd.random() < p.cross_rate * c.T * (0.3 + c.A):
            c.categories += 1
            if self.log is not None:
                self.note(c, "cross_buy", c.categories)
        if c.n >= 2 and not c.declining:
            self.decide(c)

    def book_purchase(self, c: Customer) -> None:
        p = self.p
        spend = self.rnd.gammavariate(p.spend_p, 1.0 / c.spend_rate)
        cross = spend * p.cross_share * c.categories
        prone = p.deal_prone * c.price_sens
        deal0 = min(1.0, prone)
        deal = min(1.0, prone * max(0.0, 1.0 - 1.5 * (c.A - p.att0)))
        unit = p.margin - p.deal_depth * deal0
        serve = p.serve_cost * (p.serve_floor + (1.0 - p.serve_floor) * math.exp(-c.n / p.serve_learn))
        d = self.discount(c)
        clv = c.clv
        clv[1 if c.n else 0] += d * (spend * unit - p.serve_cost)
        clv[2] += d * cross * unit
        clv[3] += d * (p.serve_cost - serve)
        clv[5] += d * (spend + cross) * p.deal_depth * (deal0 - deal)
        revenue = (spend + cross) * (1.0 - p.deal_depth * deal)
        c.revenue += revenue
        c.sales.append((self.env.now, revenue))
        if self.log is not None:
            self.note(c, "purchase" if c.n else "first_purchase", revenue)

    def set_stage(self, c: Customer) -> None:
        wallet = self.wallet(c)
        c.wallet_max = max(c.wallet_max, wallet)
        if c.n > 3 and (c.declining or c.S < -0.18 or wallet < 0.65 * c.wallet_max):
            c.stage = DECLINE
        elif c.n <= 3 or c.T < 0.45:
            c.stage = EXPLORATION
        elif c.n <= 10 or c.T < 0.70:
            c.stage = FORMATION
        else:
            c.stage = STABILITY

    def decide(self, c: Customer) -> None:
        """The defection decision after an experience."""
        h_quality = self.p.quality_hazard * max(0.0, -c.S - self.p.tolerance) * self.shield(c)
        hazard = c.h_natural + h_quality
        if self.rnd.random() < 1.0 - math.exp(-hazard):
            natural = self.rnd.random() * hazard < c.h_natural
            self.disengage(c, "natural" if natural else "quality")

    def competitor_offer(self, c: Customer) -> None:
        p, rnd = self.p, self.rnd
        price = p.offer_price * c.price_sens * (1.0 - 0.5 * c.A) * p.offer_discount * rnd.expovariate(1.0)
        quality = -p.offer_S * c.S
        utility = p.offer_base + price + quality - p.offer_A * c.A - p.offer_H * c.H - p.offer_B * c.barrier
        accepted = rnd.random() < logistic(utility)
        if self.log is not None:
            self.note(c, "competitor_offer", accepted)
        if accepted:
            by_price = rnd.random() * (price + max(0.0, quality) + 0.5) < price
            self.disengage(c, "price" if by_price else "competitor")

    def disengage(self, c: Customer, cause: str) -> None:
        c.declining = True
        c.cause = cause
        self.disengaged += 1
        if self.log is not None:
            self.note(c, "disengaged", cause)

    def leave(self, c: Customer) -> None:
        c.active = False
        c.t_end = self.env.now
        self.causes[c.cause] += 1
        loudness = WORD_OF_MOUTH.get(c.cause, 0.0)
        if loudness:
            self.shift_reputation(-self.p.rep_neg * loudness)
        if self.log is not None:
            self.note(c, "churn", c.cause)
            if loudness:
                self.note(c, "word_of_mouth_negative", loudness)

    # ---------------------------------------------------------------- reputation and referral

    def shift_reputation(self, strength: float) -> None:
        now = self.env.now
        calm = math.exp(-(now - self.reputation_at) / self.p.rep_tau)
        self.reputation = (1.0 + (self.reputation - 1.0) * calm) * math.exp(strength / self.size)
        self.reputation_at = now

    def refer(self, c: Customer) -> None:
        p = self.p
        self.shift_reputation(p.rep_pos)
        free = 1.0 - self.referred / (p.ref_pool * self.size)
        converted = (
            c.generation < p.ref_generations
            and free > 0.0
            and self.rnd.random() < p.ref_conv * min(self.reputation, 2.0) * free
        )
        if self.log is not None:
            self.note(c, "referral_positive", converted)
        if converted:
            c.clv[4] += self.discount(c) * p.acq_cost
            ident = self.size + self.referred
            self.referred += 1
            self.add_customer(Customer(ident, self.env.now, self.people[ident], p, c.generation + 1))

    # ---------------------------------------------------------------- problems and the desk

    def problem(self, c: Customer, severity: float, repeated: bool) -> None:
        c.G = min(self.p.griev_max, c.G + severity)
        c.last_problem = self.env.now
        self.problems += 1
        complains = self.rnd.random() < c.complains
        if self.log is not None:
            self.note(c, "problem", severity)
        if complains:
            self.complaints += 1
            if self.log is not None:
                self.note(c, "complaint", severity)
            self.env.process(self.contact(c, severity, repeated))

    def inquire(self, c: Customer) -> None:
        if self.log is not None:
            self.note(c, "inquiry")
        self.env.process(self.contact(c))

    def contact(self, c: Customer, severity: float = 0.0, repeated: bool = False):
        """One contact with the desk (a complaint if `severity`); the customer lives on meanwhile."""
        env = self.env
        arrived = env.now
        with self.desk.request(priority=0) as turn:
            yield turn
            wait = env.now - arrived
            if self.log is not None:
                self.note(c, "contact_start", wait)
            yield env.timeout(self.rnd.expovariate(self.handling_rate))
        self.events["contact"] += 1
        self.waits += wait
        c.cost += self.p.contact_cost * self.discount(c)
        if self.log is not None:
            self.note(c, "contact_end", wait)
        if not c.active:
            return
        self.relax(c)
        self.judge_wait(c, wait)
        if severity:
            self.recover(c, wait, severity, repeated)
        c.process.interrupt("contact")

    def judge_wait(self, c: Customer, wait: float) -> None:
        p = self.p
        better = max(c.wait_exp - wait, -4.0)
        signal = p.wait_weight * better * (1.0 if better > 0.0 else p.loss_aversion)
        c.S += p.sat_memory * signal
        self.feel(c, signal)
        c.wait_exp += p.wait_adapt * (wait - c.wait_exp)
        c.last_contact = self.env.now

    def recover(self, c: Customer, wait: float, severity: float, repeated: bool) -> None:
        p = self.p
        recovery = clip(p.rec_base - p.rec_wait * wait + p.rec_noise * self.rnd.gauss(0.0, 1.0), 0.0, 1.0)
        harm = max(0.0, severity / (p.sev_min + p.sev_range) - 0.3)
        surprise = recovery - c.rec_exp - 0.5 * harm - (0.15 if repeated else 0.0)
        signal = p.rec_weight * surprise * (1.0 if surprise >= 0.0 else p.loss_aversion)
        c.S += p.sat_memory * (p.loss_aversion * severity * p.rec_max * recovery + signal)
        self.feel(c, signal)
        c.G *= 1.0 - recovery
        c.rec_exp += p.rec_adapt * (recovery - c.rec_exp)
        c.T += 0.5 * recovery * p.trust_loss * severity * c.T
        if self.log is not None:
            self.note(c, "recovery", recovery)

    # ---------------------------------------------------------------- the firm's process

    def firm(self):
        window = self.p.window
        tier_windows = round(self.p.tier_every / window)
        month = 0
        while True:
            yield self.env.timeout(window)
            month += 1
            active = [c for c in self.customers if c.active]
            if month % tier_windows == 0:
                self.review_tiers(active)
            for c in active:
                c.cost += self.p.account_cost * self.discount(c)
                self.observe(c)
                if self.plan is not None:
                    self.run_programme(c)
            self.snapshot(active)

    def observe(self, c: Customer) -> None:
        """The stage as the firm sees it."""
        before = c.observed
        if c.n <= 3:
            c.observed = EXPLORATION
            return
        mean_gap = (c.last_purchase - c.t0) / (c.n - 1)
        if self.env.now - c.last_purchase > max(60.0, 2.5 * mean_gap):
            c.observed = DECLINE
            if before != DECLINE and self.log is not None:
                self.note(c, "decline_signal")
        else:
            c.observed = FORMATION if c.n <= 10 else STABILITY

    def run_programme(self, c: Customer) -> None:
        programme = self.plan[c.observed]
        c.cost += self.p.programme_cost * self.discount(c)
        if programme in (CONTACT, SPECIAL):
            c.last_contact = self.env.now
        if programme != c.programme:
            c.programme = programme
            c.touched = True
            c.x = [1.0 if k == programme else 0.0 for k in range(4)]
            c.process.interrupt("programme")
            if self.log is not None:
                self.note(c, "touch", PROGRAMMES[programme])

    def review_tiers(self, active: list[Customer]) -> None:
        """Rank the active customers by the revenue of the last year."""
        since = self.env.now - YEAR
        ranked = []
        for c in active:
            sales = c.sales
            while sales and sales[0][0] < since:
                sales.popleft()
            ranked.append((sum(revenue for _, revenue in sales), c.id, c))
        ranked.sort(reverse=True)
        vip, important, ordinary = self.p.tier_shares
        bounds = [share * len(ranked) for share in (vip, vip + important, vip + important + ordinary)]
        tier = 0
        for rank, (revenue, _, c) in enumerate(ranked):
            while tier < 3 and rank >= bounds[tier]:
                tier += 1
            if tier != c.tier:
                move = "promotion" if tier < c.tier else "demotion"
                self.tier_moves[move] += 1
                c.tier = tier
                if self.log is not None:
                    self.note(c, move, (TIERS[tier], revenue))

    def snapshot(self, active: list[Customer]) -> None:
        stages, observed, tiers, satisfied = [0] * 4, [0] * 4, [0] * 4, 0
        for c in active:
            stages[c.stage] += 1
            observed[c.observed] += 1
            tiers[c.tier] += 1
            satisfied += c.C >= 0.97
        self.snapshots.append((self.env.now, len(active), stages, observed, tiers, satisfied))

    # ---------------------------------------------------------------- results

    def retention(self) -> tuple[float, float]:
        """Annual retention in the first and in the later years of the customers' own time."""
        at_risk, kept = [0, 0], [0, 0]
        for c in self.customers:
            year, birthday = 0, c.t0 + YEAR
            while birthday <= self.horizon and c.t_end > birthday - YEAR:
                later = year > 0
                at_risk[later] += 1
                kept[later] += c.t_end > birthday
                year, birthday = year + 1, birthday + YEAR
        first, later = (k / n if n else math.nan for k, n in zip(kept, at_risk, strict=True))
        return first, later

    def results(self) -> dict:
        everybody = self.customers
        active = [c for c in everybody if c.active]
        revenues = sorted((c.revenue for c in everybody), reverse=True)
        top = sum(revenues[: len(revenues) // 5])
        first, later = self.retention()
        contacts = self.events["contact"]
        experiences = self.events["purchase"] + self.events["first_purchase"]
        return {
            "events": sum(self.events.values()),
            "events_by_kind": dict(self.events),
            "npv_per_initial_customer": sum(c.value for c in everybody) / self.size,
            "clv_components": [sum(c.clv[k] for c in everybody) / self.size for k in range(6)],
            "relationship_cost": sum(c.cost for c in everybody) / self.size,
            "active_at_end": len(active),
            "referred": self.referred,
            "problems": self.problems,
            "complaints": self.complaints,
            "disengaged": self.disengaged,
            "causes": dict(self.causes.most_common()),
            "satisfied_share": sum(c.C >= 0.97 for c in active) / len(active) if active else math.nan,
            "mean_ratio": self.ratio_sum / experiences if experiences else math.nan,
            "retention_first_year": first,
            "retention_later_years": later,
            "top_fifth_revenue_share": top / sum(revenues) if revenues and top else math.nan,
            "negative_clv_share": sum(c.value < 0.0 for c in everybody) / len(everybody),
            "mean_wait_days": self.waits / contacts if contacts else math.nan,
            "tier_moves": dict(self.tier_moves),
            "snapshots": self.snapshots,
        }


def run(
    customers: int,
    years: float,
    seed: int,
    strategy: str = "do_nothing",
    log: bool = False,
    params: Params | None = None,
) -> dict:
    """Simulate `customers` entering over the first year up to `years`; return the totals.

    With `log` the result also holds `log`, a list of tuples (time, customer, type, payload).
    """
    start = time.process_time()
    market = Market(params or Params(), customers, years, seed, strategy, log)
    market.env.run(until=market.horizon)
    seconds = time.process_time() - start
    result = market.results()
    result["seconds_cpu"] = seconds
    if log:
        result["log"] = market.log
    return result


def main() -> None:
    for strategy in STRATEGIES:
        result = run(customers=2000, years=5, seed=1, strategy=strategy)
        print(strategy)
        for key, value in result.items():
            if key != "snapshots":
                print(f"  {key:26} {value:.4f}" if isinstance(value, float) else f"  {key:26} {value}")
        print(f"  {'microseconds_per_event':26} {1e6 * result['seconds_cpu'] / result['events']:.2f}")


if __name__ == "__main__":
    main()
