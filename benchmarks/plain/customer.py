"""One customer: hidden traits, state, ledger, and the process that is its life."""

import math
from collections import deque

import simpy

from benchmarks.plain.parameters import (
    DECLINE,
    EXPLORATION,
    FORMATION,
    NEEDS,
    NOT_PREVENTABLE,
    SMALL,
    STABILITY,
    WORD_OF_MOUTH,
    YEAR,
)


def logistic(x):
    return 1.0 / (1.0 + math.exp(-x))


def clip(x, low, high):
    return max(low, min(x, high))


def gamma(rnd, shape, mean):
    """A gamma variate with this mean; shape 0 means that all are alike."""
    return rnd.gammavariate(shape, mean / shape) if shape else mean


class Customer:
    __slots__ = (  # noqa: RUF023 (in the order of the model)
        "market", "p", "rnd", "env", "strategy", "process", "id", "generation", "t0",
        # traits
        "rate", "h_natural", "need", "mean_spend", "price_sens", "barrier", "response", "complains", "fit",
        "inquiry",
        # state
        "active", "declining", "cause", "t_end", "first_left", "n", "expect", "e", "x", "programme",
        "touched", "S", "C", "A", "T", "H", "G", "rec_exp", "wait_exp", "updated", "wallet_max", "stage",
        "observed", "tier", "categories", "points", "offer", "offer_until", "win_back_tried", "renewal",
        "last_purchase", "last_contact", "last_problem", "survey_score", "survey_nps",
        # ledger
        "clv", "cost", "revenue", "bookings",
    )  # fmt: skip

    def __init__(self, market, ident, t0, generation=0):
        self.market = market
        self.p = p = market.p
        self.rnd = rnd = market.rnd
        self.env = market.env
        self.strategy = market.strategy
        self.id = ident
        self.t0 = t0
        self.generation = generation

        self.rate = gamma(rnd, p.rate_shape, p.rate_mean) / YEAR
        self.h_natural = -math.log1p(-rnd.betavariate(p.drop_a, p.drop_b))
        self.need = gamma(rnd, p.need_shape, p.need_mean) / YEAR
        self.mean_spend = p.spend_mean * (p.spend_q - 1.0) / rnd.gammavariate(p.spend_q, 1.0)
        self.price_sens = rnd.lognormvariate(-0.5 * p.price_log_sd**2, p.price_log_sd)
        self.barrier = gamma(rnd, 2.0, p.barrier_mean)
        self.response = gamma(rnd, p.resp_shape, 1.0)
        self.complains = rnd.betavariate(p.compl_a, p.compl_b)
        self.fit = rnd.gauss(0.0, p.fit_sd)
        self.inquiry = gamma(rnd, 0.5, p.inquiry_mean) / YEAR

        self.active = False
        self.declining = False
        self.cause = None
        self.t_end = math.inf
        self.first_left = math.inf
        self.n = 0
        self.expect = rnd.gauss(p.exp0, p.exp0_sd)
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
        self.tier = SMALL
        self.categories = 0
        self.points = 0.0
        self.offer = 0.0
        self.offer_until = 0.0
        self.win_back_tried = False
        self.renewal = math.inf  # when the next paid period of a contract begins
        self.last_purchase = t0
        self.last_contact = t0
        self.last_problem = -math.inf
        self.survey_score = None
        self.survey_nps = None
        self.clv = [0.0] * 6
        self.cost = 0.0
        self.revenue = 0.0
        self.bookings = deque()  # (time, revenue, net contribution) of the last year or so
        self.process = self.env.process(self.life())

    @property
    def value(self):
        return sum(self.clv) - self.cost

    # ---------------------------------------------------------------- the process

    def life(self):
        env, rnd, market = self.env, self.rnd, self.market
        if self.n == 0:  # one who was won back has been acquired before
            yield env.timeout(self.t0 - env.now)
            self.acquire()
        clocks = (
            ("purchase", self.experience),
            ("competitor_offer", self.competitor_offer),
            ("inquiry", self.inquire),
            ("referral", self.refer),
            ("exit", self.leave),
            ("need", lambda: self.disengage("need_ended")),
            ("grievance", lambda: self.disengage("service_failure")),
            ("neglect", lambda: self.disengage("neglect")),
        )
        while self.active:
            self.relax()
            rates = self.rates()
            total = sum(rates)
            wait = rnd.expovariate(total)
            due = min(self.renewal, market.window_end) - env.now
            try:
                yield env.timeout(min(wait, due))
            except simpy.Interrupt:  # the desk or the firm changed something: plan again
                continue
            self.relax()
            if wait >= due:  # no clock rang before the renewal, or before rates are refreshed
                if env.now >= self.renewal:
                    self.renew()
                continue
            u = rnd.random() * total
            for (kind, handle), rate in zip(clocks, rates, strict=True):
                u -= rate
                if u < 0.0:
                    market.events[kind] += 1
                    handle()
                    break

    def rates(self):
        """The rates per day of the competing clocks, in the order of `clocks` above."""
        p, strategy = self.p, self.strategy
        purchase = 0.0
        if not p.contract:
            purchase = self.rate * self.wallet() / p.wallet0
            if strategy.price_cut:
                purchase *= math.exp(p.elasticity * self.price_sens * strategy.price_cut)
            if self.points:
                share = self.points / (strategy.points_threshold * p.spend_mean)
                purchase *= 1.0 + strategy.points_gradient * share**2
        referral = p.ref_rate / YEAR * max(0.0, self.A - p.ref_A) / (1.0 - p.ref_A) * strategy.referral
        if self.declining:
            leaving = 1.0 / p.decline_days
            return purchase * p.decline_activity, 0.0, self.inquiry, referral, leaving, 0.0, 0.0, 0.0
        shield = self.shield()
        neglected = self.env.now - self.last_contact > p.neglect_days
        return (
            purchase,
            p.offer_rate / YEAR,
            self.inquiry,
            referral,
            0.0,
            self.need,
            p.griev_hazard / YEAR * self.G * shield,
            p.neglect_hazard / YEAR * shield if neglected else 0.0,
        )

    # ---------------------------------------------------------------- state between events

    def relax(self):
        """Let attitude, habit and grievance relax since the last update; offers run out."""
        now = self.env.now
        dt = now - self.updated
        if dt > 0.0:
            p = self.p
            self.A = p.att0 + (self.A - p.att0) * math.exp(-dt / p.att_tau)
            self.H *= math.exp(-dt / p.habit_tau)
            if self.G > 0.0:
                self.G *= math.exp(-dt / p.griev_tau)
            if self.offer and now >= self.offer_until:
                self.offer = 0.0
            self.updated = now

    def discount(self):
        return math.exp(-self.market.delta * (self.env.now - self.t0))

    def wallet(self):
        p = self.p
        return logistic(
            self.market.wallet_logit + p.wallet_A * (self.A - p.att0) + p.wallet_T * (self.T - p.trust0)
        )

    def shield(self, offer=0.0):
        """What keeps a customer from leaving; `offer` comes on top of an offer in force."""
        p = self.p
        bonds = p.shield_A * self.A + p.shield_H * self.H + p.shield_B * self.barrier
        return math.exp(-(bonds + self.offer + offer))

    def feel(self, signal):
        """Move the attitude by a signed satisfaction signal."""
        room = 1.0 - self.A if signal >= 0.0 else self.A
        self.A = clip(self.A + self.p.att_gain * signal * room, 0.01, 0.99)

    def pay(self, amount):
        """The firm pays for the relationship."""
        self.cost += amount * self.discount()
        self.bookings.append((self.env.now, 0.0, -amount))

    def last_year(self):
        """Revenue and net contribution of the last 365 days."""
        since = self.env.now - YEAR
        bookings = self.bookings
        while bookings and bookings[0][0] < since:
            bookings.popleft()
        return sum(b[1] for b in bookings), sum(b[2] for b in bookings)

    # ---------------------------------------------------------------- what can happen

    def acquire(self):
        p = self.p
        self.active = True
        self.clv[0] -= p.acq_cost
        self.wallet_max = self.wallet()
        if p.contract:
            self.renewal = self.env.now + p.renewal_days
        self.market.events["first_purchase"] += 1
        self.experience()

    def renew(self):
        """The end of a paid period: stay or go; who is still here pays for the next one."""
        self.renewal += self.p.renewal_days
        self.market.events["renewal"] += 1
        if not self.declining:
            self.decide()
        if self.active:
            self.experience()

    def experience(self):
        """One purchase: performance against expectation, and everything that follows from it."""
        p, rnd, now = self.p, self.rnd, self.env.now

        severity, repeated = 0.0, False
        if rnd.random() < p.problem_prob:
            repeated = now - self.last_problem <= YEAR
            severity = p.sev_min + p.sev_range * rnd.random() ** 2
            if repeated:
                severity *= 1.0 + p.attribution
        noise = math.exp(rnd.gauss(0.0, p.quality_sd) - 0.5 * p.quality_sd**2)
        performance = max(0.05, (p.quality + self.fit) * noise - severity)

        offered = expected = 0.0
        if self.touched:
            need, scale = NEEDS[self.stage], p.prog_value * self.response
            offered = scale * sum(w * x for w, x in zip(need, self.x, strict=True))
            expected = scale * sum(w * e for w, e in zip(need, self.e, strict=True))
        ratio = (performance + offered) / (self.expect + expected)
        self.market.ratio_sum += ratio
        signal = ratio - 1.0
        if signal < 0.0:
            signal *= p.loss_aversion

        self.S += p.sat_memory * (signal - self.S)
        self.C += p.sat_memory * (ratio - self.C)
        self.feel(signal)
        gap = performance - self.expect
        market_bar = 1.0 + (p.market_best - 1.0) * (1.0 - math.exp(-self.n / p.market_learn))
        self.expect += (p.adapt_up if gap > 0.0 else p.adapt_down) * gap + p.market_pull * (
            market_bar - self.expect
        )
        if self.touched:
            self.e = [
                e + p.prog_adapt * (p.prog_adapt_max * x - e) for e, x in zip(self.e, self.x, strict=True)
            ]
        if severity:
            self.T *= 1.0 - p.trust_loss * severity
        else:
            self.T += p.trust_gain * (1.0 - self.T)
        self.H += p.habit_gain * (1.0 - self.H)

        self.buy()
        self.n += 1
        self.last_purchase = self.last_contact = now
        self.set_stage()

        if severity:
            self.problem(severity, repeated)
        if self.categories < p.cross_max and rnd.random() < p.cross_rate * self.T * (0.3 + self.A):
            self.categories += 1
            self.market.events["cross_buy"] += 1
        if not p.contract and self.n >= 2 and not self.declining:
            self.decide()

    def buy(self):
        """Book the money of one purchase, or of one paid period."""
        p, strategy = self.p, self.strategy
        if p.contract:
            spend = self.mean_spend * (p.decline_activity if self.declining else 1.0)
        else:
            spend = self.rnd.gammavariate(p.spend_p, self.mean_spend / p.spend_p)
        cross = spend * p.cross_share * self.categories
        prone = p.deal_prone * self.price_sens
        deal0 = min(1.0, prone)
        deal = min(1.0, prone * max(0.0, 1.0 - 1.5 * (self.A - p.att0)))
        unit = p.margin - strategy.price_cut - p.deal_depth * deal0
        serve = p.serve_cost * (p.serve_floor + (1.0 - p.serve_floor) * math.exp(-self.n / p.serve_learn))
        if self.tier == SMALL:
            serve *= 1.0 - strategy.serve_cut
        loyal = (spend + cross) * p.deal_depth * (deal0 - deal)

        d = self.discount()
        clv = self.clv
        clv[1 if self.n else 0] += d * (spend * unit - p.serve_cost)
        clv[2] += d * cross * unit
        clv[3] += d * (p.serve_cost - serve)
        clv[5] += d * loyal
        revenue = (spend + cross) * (1.0 - strategy.price_cut - p.deal_depth * deal)
        self.revenue += revenue
        self.bookings.append((self.env.now, revenue, (spend + cross) * unit + loyal - serve))
        if strategy.points_threshold:
            self.collect(spend + cross)

    def collect(self, points):
        """Points for a purchase, and a reward at every threshold."""
        threshold = self.strategy.points_threshold * self.p.spend_mean
        self.points += points
        while self.points >= threshold:
            self.points -= threshold
            self.pay(self.strategy.points_value * self.p.spend_mean)
            self.market.events["reward"] += 1

    def set_stage(self):
        wallet = self.wallet()
        self.wallet_max = max(self.wallet_max, wallet)
        if self.n > 3 and (self.declining or self.S < -0.18 or wallet < 0.65 * self.wallet_max):
            self.stage = DECLINE
        elif self.n <= 3 or self.T < 0.45:
            self.stage = EXPLORATION
        elif self.n <= 10 or self.T < 0.70:
            self.stage = FORMATION
        else:
            self.stage = STABILITY

    def inquire(self):
        self.env.process(self.market.desk.contact(self))

    def problem(self, severity, repeated):
        self.G = min(self.p.griev_max, self.G + severity)
        self.last_problem = self.env.now
        self.market.events["problem"] += 1
        if self.rnd.random() < self.complains + self.strategy.complaint_boost:
            self.market.events["complaint"] += 1
            self.env.process(self.market.desk.contact(self, severity, repeated))

    def refer(self):
        p, market = self.p, self.market
        market.shift_reputation(p.rep_pos)
        if self.generation < p.ref_generations and self.rnd.random() < market.referral_chance():
            bonus = p.referral_bonus if self.strategy.referral_paid else 0.0
            self.clv[4] += self.discount() * (p.acq_cost - bonus)
            market.referred += 1
            market.add_customer(self.env.now, self.generation + 1)

    # ---------------------------------------------------------------- going, and being held

    def decide(self):
        """The defection decision after an experience, or at a renewal."""
        h_quality = self.quality_hazard(self.shield())
        hazard = self.h_natural + h_quality
        if self.rnd.random() < 1.0 - math.exp(-hazard):
            natural = self.rnd.random() * hazard < self.h_natural
            self.disengage("natural" if natural else "quality")

    def quality_hazard(self, shield):
        return self.p.quality_hazard * max(0.0, -self.S - self.p.tolerance) * shield

    def competitor_offer(self):
        rnd = self.rnd
        price, quality, utility = self.utility(self.p.offer_discount * rnd.expovariate(1.0))
        if rnd.random() < logistic(utility):
            pull = max(0.0, price)
            by_price = rnd.random() * (pull + max(0.0, quality) + 0.5) < pull
            self.disengage("price" if by_price else "competitor")

    def utility(self, discount):
        """The pull of a competitor's price and quality, and the utility of going there."""
        p = self.p
        gain = discount - self.strategy.price_cut
        price = p.offer_price * self.price_sens * (1.0 - 0.5 * self.A) * gain
        quality = -p.offer_S * self.S
        bonds = p.offer_A * self.A + p.offer_H * self.H + p.offer_B * self.barrier
        return price, quality, p.offer_base + price + quality - bonds - self.offer

    def disengage(self, cause):
        self.declining = True
        self.cause = cause
        self.market.events["disengaged"] += 1
        if not self.p.decline_days:
            self.leave()

    def leave(self):
        now, market = self.env.now, self.market
        self.active = False
        self.t_end = now
        self.first_left = min(self.first_left, now)
        market.causes[self.cause] += 1
        market.lapsed.append(self)
        loudness = WORD_OF_MOUTH.get(self.cause, 0.0)
        if loudness:
            market.shift_reputation(-self.p.rep_neg * loudness)

    def take_save_offer(self, strength, days):
        """An offer to stay. It may also remind the customer that leaving is possible."""
        p, rnd, now = self.p, self.rnd, self.env.now
        self.offer = strength * self.response
        self.offer_until = now + days
        if rnd.random() < p.wake * (1.0 - self.A) * (1.0 - self.H):
            if not self.declining:
                self.cause = "competitor"
            self.leave()
        elif (
            self.declining
            and self.cause not in NOT_PREVENTABLE
            and rnd.random() < 1.0 - math.exp(-p.late * self.offer)
        ):
            self.declining = False
            self.cause = None
            self.market.events["re_engaged"] += 1
        self.process.interrupt("save offer")

    def come_back(self):
        now = self.env.now
        self.relax()
        self.active = True
        self.declining = False
        self.cause = None
        self.t_end = math.inf
        self.G *= 0.5
        self.S = 0.0
        self.H = 0.1
        self.offer = 0.5
        self.offer_until = now + 90.0
        self.last_contact = now
        if self.p.contract:
            self.renewal = now + self.p.renewal_days
        self.market.events["reactivated"] += 1
        self.process = self.env.process(self.life())

    # ---------------------------------------------------------------- after a contact with the desk

    def judge_wait(self, wait):
        p = self.p
        better = max(self.wait_exp - wait, -4.0)
        signal = p.wait_weight * better * (1.0 if better > 0.0 else p.loss_aversion)
        self.S += p.sat_memory * signal
        self.feel(signal)
        self.wait_exp += 0.2 * (wait - self.wait_exp)
        self.last_contact = self.env.now

    def judge_recovery(self, wait, severity, repeated):
        p, strategy = self.p, self.strategy
        recovery = p.rec_base + strategy.recovery - p.rec_wait * wait + 0.1 * self.rnd.gauss(0.0, 1.0)
        recovery = clip(recovery, 0.0, 1.0)
        harm = max(0.0, severity / (p.sev_min + p.sev_range) - 0.3)
        surprise = recovery - self.rec_exp - 0.5 * harm - (0.15 if repeated else 0.0)
        signal = p.rec_weight * surprise * (1.0 if surprise >= 0.0 else p.loss_aversion)
        self.S += p.sat_memory * (p.loss_aversion * severity * p.rec_max * recovery + signal)
        self.feel(signal)
        self.G *= 1.0 - recovery
        self.rec_exp += p.rec_adapt * (recovery - self.rec_exp)
        self.T += 0.5 * recovery * p.trust_loss * severity * self.T
        if strategy.compensation:
            self.pay(strategy.compensation * self.mean_spend)
