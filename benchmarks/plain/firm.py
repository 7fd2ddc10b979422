"""What the firm does: the service desk, and the process that looks at the customers every month."""

import math

import simpy

from benchmarks.plain.customer import clip, logistic
from benchmarks.plain.parameters import (
    CONTACT,
    DECLINE,
    EXPLORATION,
    FORMATION,
    NOT_PREVENTABLE,
    RETURN,
    SPECIAL,
    STABILITY,
    WINDOW,
    YEAR,
)

SATISFIED = 0.97
WIN_BACK_AFTER = 30.0  # days after leaving
SCORE_DAYS = 90.0  # how far the scores look ahead


class Desk:
    """A few agents who answer complaints and inquiries."""

    def __init__(self, market, customers):
        p = market.p
        self.market = market
        self.env = market.env
        self.agents = simpy.PriorityResource(market.env, capacity=p.desk_agents)
        self.handling_rate = customers * p.contacts_per_active / YEAR / (p.desk_load * p.desk_agents)
        self.waits = [0.0] * 4
        self.contacts = [0] * 4

    def contact(self, customer, severity=0.0, repeated=False):
        """One contact (a complaint if `severity`); the customer lives on meanwhile."""
        env, market = self.env, self.market
        arrived, tier = env.now, customer.tier
        with self.agents.request(priority=tier if market.strategy.priority else 0) as turn:
            yield turn
            wait = env.now - arrived
            yield env.timeout(market.rnd.expovariate(self.handling_rate))
        market.events["contact"] += 1
        self.waits[tier] += wait
        self.contacts[tier] += 1
        customer.pay(market.p.contact_cost)
        if not customer.active:
            return
        customer.relax()
        customer.judge_wait(wait)
        if severity:
            customer.judge_recovery(wait, severity, repeated)
        customer.process.interrupt("contact")


class Firm:
    """Programmes, offers, tiers, surveys and account costs, at the end of every window."""

    def __init__(self, market):
        self.market = market
        self.p = market.p
        self.rnd = market.rnd
        self.env = market.env
        self.strategy = market.strategy
        self.promotions = 0
        self.demotions = 0
        self.snapshots = []
        self.surveys = []
        self.env.process(self.work())

    def work(self):
        market, p, strategy = self.market, self.p, self.strategy
        month = 0
        while True:
            market.window_end = self.env.now + WINDOW
            yield self.env.timeout(WINDOW)
            month += 1
            active = [c for c in market.customers if c.active]
            if self.is_due(month, p.tier_days):
                self.review_tiers(active)
            if p.survey_days and self.is_due(month, p.survey_days):
                self.survey(active)
            for c in active:
                c.pay(p.account_cost)
                self.observe(c)
                if strategy.programmes:
                    self.run_programme(c)
            if strategy.save_score and self.is_due(month, strategy.save_every):
                self.make_save_offers(active)
            if strategy.win_back:
                self.win_back()
            self.snapshot()

    def is_due(self, month, days):
        return month % round(days / WINDOW) == 0

    def observe(self, c):
        """The stage as the firm sees it."""
        now = self.env.now
        if c.n <= 3:
            c.observed = EXPLORATION
            return
        if not self.p.contract:
            mean_gap = (c.last_purchase - c.t0) / (c.n - 1)
            if now - c.last_purchase > max(60.0, 2.5 * mean_gap):
                if c.observed != DECLINE:
                    self.market.events["decline_signal"] += 1
                c.observed = DECLINE
                return
        c.observed = FORMATION if c.n <= 10 else STABILITY

    def run_programme(self, c):
        strategy = self.strategy
        programme = strategy.programmes[c.observed] if c.tier in strategy.programme_tiers else None
        if programme is not None:
            if strategy.programmes_cost:
                c.pay(self.p.programme_cost)
            if programme in (CONTACT, SPECIAL):
                c.last_contact = self.env.now
        if programme != c.programme:
            c.programme = programme
            c.touched = True
            c.x = [1.0 if k == programme else 0.0 for k in range(4)]
            c.process.interrupt("programme")

    # ---------------------------------------------------------------- save offers and win-back

    def make_save_offers(self, active):
        """Offers to the customers with the highest score, as well as the firm can tell."""
        strategy = self.strategy
        ranked = sorted(((self.noisy_score(c), c.id, c) for c in active), reverse=True)
        for _, _, c in ranked[: round(strategy.save_share * len(ranked))]:
            c.pay(self.p.save_offer_cost)
            c.last_contact = self.env.now
            self.market.events["save_offer"] += 1
            c.take_save_offer(strategy.save_strength, strategy.save_offer_days)

    def noisy_score(self, c):
        return self.score(c) * math.exp(self.p.score_noise * self.rnd.gauss(0.0, 1.0))

    def score(self, c):
        kind = self.strategy.save_score
        c.relax()
        natural, preventable, with_offer = self.exit_chances(c)
        if kind == "risk":
            return natural + preventable
        lift = preventable - with_offer
        if kind == "lift":
            return lift
        return lift * max(0.0, c.last_year()[1])  # value_lift

    def exit_chances(self, c):
        """Chances of going soon: what no offer prevents, what one could, and that with an offer."""
        p = self.p
        offer = self.strategy.save_strength * c.response
        if c.declining:
            soon = 1.0 - math.exp(-SCORE_DAYS / p.decline_days)
            if c.cause in NOT_PREVENTABLE:
                return soon, 0.0, 0.0
            return 0.0, soon, soon * math.exp(-p.late * offer)
        rates = c.rates()
        experiences = SCORE_DAYS / p.renewal_days if p.contract else SCORE_DAYS * rates[0]
        natural = experiences * c.h_natural + SCORE_DAYS * c.need
        utility = c.utility(p.offer_discount)[2]

        def preventable(extra):
            """Hazard of the causes that an offer can do something about."""
            shield = c.shield(extra)
            neglected = self.env.now - c.last_contact > p.neglect_days
            yearly = (
                p.offer_rate * logistic(utility - extra)
                + p.griev_hazard * c.G * shield
                + (p.neglect_hazard * shield if neglected else 0.0)
            )
            return experiences * c.quality_hazard(shield) + SCORE_DAYS / YEAR * yearly

        return tuple(1.0 - math.exp(-h) for h in (natural, preventable(0.0), preventable(offer)))

    def win_back(self):
        """One attempt for everybody who left a month ago or longer."""
        p, lapsed, strength = self.p, self.market.lapsed, self.strategy.win_back
        while lapsed and lapsed[0].t_end <= self.env.now - WIN_BACK_AFTER:
            c = lapsed.popleft()
            if c.win_back_tried:
                continue
            c.win_back_tried = True
            c.relax()
            c.pay(0.2 * p.win_back_cost)
            self.market.events["win_back_offer"] += 1
            utility = RETURN[c.cause] + 2.0 * (c.A - p.att0) + strength * c.response
            if self.rnd.random() < logistic(utility):
                c.pay(0.8 * p.win_back_cost)
                c.come_back()

    # ---------------------------------------------------------------- looking at the customers

    def review_tiers(self, active):
        """Rank the active customers by the revenue of the last year."""
        visible = self.p.tiers_visible
        ranked = sorted(((c.last_year()[0], c.id, c) for c in active), reverse=True)
        vip, important, ordinary = self.p.tier_shares
        bounds = [share * len(ranked) for share in (vip, vip + important, vip + important + ordinary)]
        tier = 0
        for rank, (_, _, c) in enumerate(ranked):
            while tier < 3 and rank >= bounds[tier]:
                tier += 1
            if tier == c.tier:
                continue
            c.relax()
            if tier < c.tier:
                self.promotions += 1
                c.A += visible * 0.05 * (1.0 - c.A)
            else:
                self.demotions += 1
                c.A -= visible * 0.12 * c.A
            c.tier = tier

    def survey(self, active):
        """Ask everybody; those who feel strongly answer more often."""
        rnd = self.rnd
        scores, recommend = [], []
        for c in active:
            c.relax()
            if rnd.random() < 0.25 + 0.5 * min(1.0, 4.0 * abs(c.S)):
                c.survey_score = clip(round(3.9 + 12.0 * (c.C - 1.0) + 0.4 * rnd.gauss(0.0, 1.0)), 1, 5)
                nps = 7.0 + 10.0 * (c.A - 0.3) + 15.0 * c.S + rnd.gauss(0.0, 1.0)
                c.survey_nps = clip(round(nps), 0, 10)
                scores.append(c.survey_score)
                recommend.append(c.survey_nps)
        self.market.events["survey"] += len(active)
        promoters = sum(r >= 9 for r in recommend)
        detractors = sum(r <= 6 for r in recommend)
        self.surveys.append((self.env.now, len(active), len(scores), sum(scores), promoters, detractors))

    def snapshot(self):
        stages, observed, tiers, satisfied, count = [0] * 4, [0] * 4, [0] * 4, 0, 0
        for c in self.market.customers:
            if c.active:
                count += 1
                stages[c.stage] += 1
                observed[c.observed] += 1
                tiers[c.tier] += 1
                satisfied += c.C >= SATISFIED
        self.snapshots.append((self.env.now, count, stages, observed, tiers, satisfied))
