"""What describes a market (two presets) and what a firm does to its customers (the strategies).

Rates are per year, times in days, money in currency units.
"""

from dataclasses import dataclass, replace

YEAR = 365.0
WINDOW = 30.0  # the firm looks at its customers at the end of every window

EXPLORATION, FORMATION, STABILITY, DECLINE = range(4)
REWARD, CONTACT, SPECIAL, COMMUNITY = range(4)
VIP, IMPORTANT, ORDINARY, SMALL = range(4)

# How much a customer at this stage longs for each programme (stage by programme).
NEEDS = (
    (1.0, 0.9, 0.2, 0.0),
    (0.3, 0.4, 1.0, 0.3),
    (0.1, 0.3, 0.4, 1.0),
    (0.4, 0.6, 0.5, 0.1),
)
# How loudly a customer who left for this cause complains to others.
WORD_OF_MOUTH = {"service_failure": 1.5, "quality": 1.0, "price": 0.3, "neglect": 0.3}
# What no offer prevents.
NOT_PREVENTABLE = ("natural", "need_ended")
# How readily a customer who left for this cause comes back (logit).
RETURN = {
    "neglect": -0.8,
    "price": -1.0,
    "competitor": -1.8,
    "service_failure": -2.2,
    "quality": -2.4,
    "natural": -4.0,
    "need_ended": -9.0,
}


@dataclass(frozen=True, slots=True)
class Params:
    """One market. The defaults are those of the retailer."""

    entry_days: float = 365.0
    arrivals: float = 0.0  # prospects won per initial customer and year, at reputation 1
    # purchases, end of the need, spend
    contract: bool = False  # a fee every `renewal_days` instead of purchases at a rate
    renewal_days: float = 30.0
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
    elasticity: float = 1.5
    price_log_sd: float = 0.5
    # money
    margin: float = 0.40
    interest: float = 0.10
    serve_cost: float = 5.0
    serve_floor: float = 0.5
    serve_learn: float = 6.0
    acq_cost: float = 100.0
    contact_cost: float = 6.0
    account_cost: float = 0.8
    deal_depth: float = 0.15
    deal_prone: float = 0.5
    cross_max: int = 3
    cross_share: float = 0.25
    cross_rate: float = 0.06
    # what the firm pays for its measures
    programme_cost: float = 1.2
    save_offer_cost: float = 12.0
    win_back_cost: float = 60.0
    referral_bonus: float = 20.0
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
    barrier_mean: float = 0.3
    offer_rate: float = 3.0
    offer_discount: float = 0.10
    offer_base: float = -2.4
    offer_price: float = 6.0
    offer_A: float = 3.0
    offer_H: float = 1.2
    offer_B: float = 1.0
    offer_S: float = 6.0
    wake: float = 0.01
    late: float = 0.25
    score_noise: float = 0.5
    # problems, desk, recovery
    problem_prob: float = 0.06
    sev_min: float = 0.1
    sev_range: float = 0.5
    compl_a: float = 2.0
    compl_b: float = 2.0
    inquiry_mean: float = 1.2
    desk_agents: int = 3
    desk_load: float = 0.85
    contacts_per_active: float = 1.4
    wait_weight: float = 0.08
    wait_exp0: float = 0.25
    rec_base: float = 0.45
    rec_wait: float = 0.25
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
    # tiers and surveys
    tier_days: float = 180.0
    tier_shares: tuple[float, float, float] = (0.05, 0.15, 0.30)
    tiers_visible: float = 0.0
    survey_days: float = 180.0


RETAIL = Params()
TELECOM = replace(
    RETAIL,
    contract=True,
    rate_shape=0.0,
    rate_mean=0.0,
    drop_a=0.8,
    drop_b=400.0,
    need_mean=0.03,
    decline_days=45.0,
    decline_activity=0.8,
    spend_q=2.6,
    spend_mean=50.0,
    elasticity=0.0,
    margin=0.60,
    serve_cost=3.0,
    acq_cost=280.0,
    contact_cost=9.0,
    account_cost=1.5,
    deal_depth=0.10,
    cross_share=0.2,
    cross_rate=0.02,
    save_offer_cost=20.0,
    win_back_cost=150.0,
    referral_bonus=60.0,
    quality_sd=0.08,
    market_best=1.05,
    market_pull=0.03,
    market_learn=12.0,
    adapt_up=0.06,
    adapt_down=0.04,
    sat_memory=0.12,
    att_gain=0.35,
    trust_gain=0.06,
    habit_gain=0.08,
    prog_adapt=0.08,
    wallet_A=0.0,
    wallet_T=0.0,
    quality_hazard=0.25,
    tolerance=0.05,
    neglect_hazard=0.0,
    barrier_mean=0.8,
    offer_base=-2.3,
    problem_prob=0.05,
    inquiry_mean=1.5,
    contacts_per_active=1.8,
)
PRESETS = {"retail": RETAIL, "telecom": TELECOM}


@dataclass(frozen=True, slots=True)
class Strategy:
    """What the firm does; the defaults do nothing."""

    programmes: tuple[int, int, int, int] | None = None  # the programme for each observed stage
    programme_tiers: tuple[int, ...] = (VIP, IMPORTANT, ORDINARY, SMALL)
    programmes_cost: bool = True  # False: the programme costs what its rewards cost
    priority: bool = False  # the desk serves by tier
    serve_cut: float = 0.0  # share of the cost to serve that is saved on small customers
    save_score: str = ""  # whom save offers go to: the highest risk, lift or value_lift
    save_strength: float = 1.2
    save_offer_days: float = 180.0
    save_share: float = 0.10
    save_every: float = 90.0
    win_back: float = 0.0
    points_threshold: float = 0.0  # threshold and value in multiples of the mean spend
    points_value: float = 0.0
    points_gradient: float = 0.0
    recovery: float = 0.0
    compensation: float = 0.0  # share of the customer's usual purchase
    complaint_boost: float = 0.0
    price_cut: float = 0.0
    referral: float = 1.0
    referral_paid: bool = False


MATCHED = (REWARD, SPECIAL, COMMUNITY, CONTACT)
STRATEGIES = {
    "do_nothing": Strategy(),
    "stage_matched": Strategy(programmes=MATCHED),
    "tier_service": Strategy(
        programmes=MATCHED, programme_tiers=(VIP, IMPORTANT), priority=True, serve_cut=0.30
    ),
    "save_risk": Strategy(save_score="risk"),
    "save_lift": Strategy(save_score="lift"),
    "save_value_lift": Strategy(save_score="value_lift"),
    "win_back_all": Strategy(win_back=1.0),
    "points": Strategy(
        programmes=(REWARD,) * 4,
        programmes_cost=False,
        points_threshold=5.0,
        points_value=0.2,
        points_gradient=0.5,
    ),
    "recovery": Strategy(recovery=0.35, compensation=0.4, complaint_boost=0.25),
    "price_cut": Strategy(price_cut=0.10),
    "referral": Strategy(referral=2.0, referral_paid=True),
}
