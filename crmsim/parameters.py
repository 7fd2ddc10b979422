"""Every parameter of a scenario: its meaning, unit, range and source, group by group.

The values live in the preset files; this is the list of dials, with what each of them may be set to.
Source L means a range from the literature, J judgement.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

__all__ = [
    "MAX_MISSED",
    "Change",
    "Changes",
    "Competition",
    "Exit",
    "Experience",
    "Loyalty",
    "Money",
    "NeedTable",
    "Population",
    "PriceList",
    "Programmes",
    "Prospects",
    "Purchase",
    "Referral",
    "Section",
    "Service",
    "Spend",
    "Survey",
    "Tiers",
]

_MAX = 1e9


def _number(
    meaning: str, unit: str, low: float = 0.0, high: float = _MAX, source: str = "J", **more: Any
) -> Any:
    """Describe a real parameter. Source L = range from the literature, J = judgement."""
    extra = {"unit": unit, "source": source}
    return Field(description=meaning, ge=low, le=high, json_schema_extra=extra, **more)


class Section(BaseModel):
    """A group of fields; unknown names, wrong types and non-finite numbers are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Population(Section):
    """Who takes part, and for how long."""

    customers: int = _number("initial customers", "customers", 1, 20_000_000)
    entry_days: int = _number("they arrive evenly over so many days", "days", 0, 3650)
    label_link: float = _number(
        "how far the visible labels go with purchase rate and fit; 0 = they say nothing", "correlation", 0, 1
    )
    horizon_days: int = _number("length of the simulation", "days", 30, 36500)


#: The most periods that a customer may miss before being gone.
MAX_MISSED = 12


def _tuple(row: Any) -> Any:
    """Take a list for a tuple: strict mode does not, but YAML has nothing else."""
    return tuple(row) if isinstance(row, list) else row


Share = Annotated[float, Field(ge=0, le=1)]
BuyTable = Annotated[tuple[Share, ...], Field(max_length=MAX_MISSED), BeforeValidator(_tuple)]


class Purchase(Section):
    """How often, and how much of the household's budget."""

    timing: Literal["continuous", "contract", "periodic"] = Field(
        description="purchases at will, a fee per period, or one chance to buy per period"
    )
    renewal_days: int = _number("length of a period (contract and periodic timing)", "days", 1, 3650)
    buy_table: BuyTable = Field(
        description="periodic timing: chance of buying after 0, 1, ... periods without; who misses as many "
        "periods as there are chances is gone"
    )
    rate_shape: float = _number("shape of the gamma of purchase rates; 0 = all alike", "-", 0, 1e6, "L")
    rate_mean: float = _number("mean purchase rate", "1/year", 0, 1e4, "L")
    wallet0: float = _number("share of wallet at the start", "share", 0.001, 0.999)
    wallet_A: float = _number("effect of attitude on share of wallet; 0 = off", "logit", 0, 100)
    wallet_T: float = _number("effect of trust on share of wallet; 0 = off", "logit", 0, 100)
    elasticity: float = _number("purchases gained by a price cut; 0 = off", "log rate per share", 0, 100, "L")
    price_sd: float = _number("log standard deviation of price sensitivity; 0 = all alike", "-", 0, 5)


class Spend(Section):
    """What a purchase is worth at list price, further categories, deals."""

    spend_p: float = _number(
        "shape of spend from purchase to purchase; 0 = always the customer's mean", "-", 0, 1e6, "L"
    )
    spend_q: float = _number(
        "shape of mean spend between customers (above 1); 0 = all alike", "-", 0, 1e6, "L"
    )
    spend_mean: float = _number("mean spend per purchase, or fee", "currency", 0, _MAX, "L")
    cross_max: int = _number("most further categories", "categories", 0, 100)
    cross_share: float = _number("spend per further category, over that of the first", "share", 0, 10)
    cross_rate: float = _number("chance per experience of a further category; 0 = off", "-", 0, 1)
    deal_depth: float = _number("price reduction on deal; 0 = off", "share", 0, 1)
    deal_prone: float = _number(
        "share of purchases on deal of an unattached customer; 0 = off", "share", 0, 1
    )
    spend_trend: float = _number(
        "growth of the customer's spend over the years; 0 = off", "log 1/year", -1, 1
    )
    credit_a: float = _number(
        "beta parameter a of the chance of not paying for a purchase; 0 = everyone has credit_b", "-", 0, 1e6
    )
    credit_b: float = _number(
        "beta parameter b, or the probability itself where credit_a is 0; 0 = off", "-", 0, 1e6
    )


class Money(Section):
    """Costs of the firm, and the rate at which it discounts."""

    margin: float = _number("gross margin of list value", "share", 0, 1)
    annual_discount_rate: float = _number("discount rate, effective", "1/year", 0, 1)
    serve_cost: float = _number("cost to serve the first purchase", "currency")
    serve_floor: float = _number("share of it that remains", "share", 0, 1)
    serve_learn: float = _number("purchases in which the rest falls to 37 %", "purchases", 0.001, 1e6)
    acq_cost: float = _number("cost of acquiring a customer", "currency")
    contact_cost: float = _number("cost of one contact with the desk", "currency")
    account_cost: float = _number("cost of keeping an account, per month of 30 days", "currency/month")
    q_cost1: float = _number("cost of raised quality, linear part", "share of list value per unit", 0, 1e3)
    q_cost2: float = _number(
        "cost of raised quality, quadratic part", "share of list value per unit^2", 0, 1e3
    )
    synergy: float = _number("value that a full partnership creates; 0 = off", "share of list value", 0, 10)


class PriceList(Section):
    """What the firm pays for the things that strategies use."""

    programme: float = _number("one customer in one programme for a month of 30 days", "currency/month")
    save_offer: float = _number("one save offer", "currency")
    win_back: float = _number(
        "winning back one lost customer: a fifth to ask, the rest on return", "currency"
    )
    referral_bonus: float = _number("bonus for a customer who brings another", "currency")
    key_account: float = _number("a key-account manager for one customer for a year", "currency/year")


class Exit(Section):
    """Reasons to leave, and what holds."""

    drop_a: float = _number(
        "beta parameter a of the dropout probability; 0 = everyone has drop_b", "-", 0, 1e6, "L"
    )
    drop_b: float = _number("beta parameter b, or the probability itself where drop_a is 0", "-", 0, 1e6, "L")
    need_shape: float = _number("shape of the gamma of need rates; 0 = all alike", "-", 0, 1e6)
    need_mean: float = _number("mean rate at which the need itself ends; 0 = off", "1/year", 0, 100)
    decline_days: float = _number("mean time from decision to exit; 0 = at once", "days", 0, 3650)
    decline_activity: float = _number("purchase rate or fee on the way out", "share", 0, 1)
    quality_hazard: float = _number(
        "hazard per unit of lasting dissatisfaction; 0 = off", "1/experience", 0, 100
    )
    tolerance: float = _number("dissatisfaction borne without consequences", "satisfaction", 0, 10)
    griev_hazard: float = _number("rate of leaving per unit of grievance; 0 = off", "1/year", 0, 1000)
    griev_tau: float = _number("time in which a grievance fades to 37 %", "days", 0.001, 1e6)
    neglect_hazard: float = _number("rate of leaving once neglected; 0 = off", "1/year", 0, 1000)
    neglect_days: float = _number("days without contact that count as neglect", "days", 0, 3650)
    shield_A: float = _number("protection by attitude; 0 = off", "-", 0, 100)
    shield_H: float = _number("protection by habit; 0 = off", "-", 0, 100)
    shield_B: float = _number("protection by the switching barrier; 0 = off", "-", 0, 100)
    barrier_mean: float = _number("mean switching barrier; 0 = none", "-", 0, 100)
    barrier_shape: float = _number("shape of its gamma; 0 = all alike", "-", 0, 1e6)
    barriers: float = _number("1 = barriers in force, 0 = fallen", "-", 0, 1)
    joint_barrier: float = _number("barrier of a full partnership; 0 = off", "-", 0, 100)


class Competition(Section):
    """Offers of competitors."""

    offer_rate: float = _number("offers per customer; 0 = off", "1/year", 0, 1000)
    offer_discount: float = _number("mean discount offered", "share", 0, 1)
    offer_base: float = _number("logit of accepting before anything else", "logit", -100, 100)
    offer_price: float = _number("pull of price; 0 = off", "logit per share", 0, 1000)
    offer_A: float = _number("resistance by attitude", "logit", 0, 100)
    offer_H: float = _number("resistance by habit", "logit", 0, 100)
    offer_B: float = _number("resistance by barrier", "logit", 0, 100)
    offer_S: float = _number("pull of dissatisfaction", "logit", 0, 100)
    poach: float = _number("further offers to VIP customers, over the usual; 0 = off", "-", 0, 100)
    rebuy_lock: float = _number("share of offers without access to a straight rebuy; 0 = off", "share", 0, 1)


class Experience(Section):
    """Quality, expectation and satisfaction; 1 = market average."""

    quality: float = _number("quality of the firm", "market average", 0.05, 10)
    quality_sd: float = _number("log standard deviation between experiences; 0 = none", "-", 0, 5)
    fit_sd: float = _number("standard deviation of fit between customers; 0 = none", "-", 0, 5)
    exp0: float = _number("mean expectation at the start", "market average", 0.05, 10)
    exp0_sd: float = _number("its standard deviation; 0 = all alike", "-", 0, 5)
    market_best: float = _number("quality of the best supplier", "market average", 0.05, 10)
    market_pull: float = _number(
        "share of the gap to the market bar closed per experience; 0 = off", "share", 0, 1
    )
    market_learn: float = _number("purchases in which the market is learned", "purchases", 0.001, 1e6)
    adapt_up: float = _number("adaptation upward; 0 = off", "share", 0, 1, "L/J")
    adapt_down: float = _number("adaptation downward; 0 = off", "share", 0, 1, "L/J")
    loss_aversion: float = _number("weight of losses; 1 = off", "-", 1, 10, "L")
    sat_memory: float = _number("weight of the newest experience", "share", 0, 1)
    user_weight: float = _number(
        "say of the user where another decides; 1 = they are one person", "share", 0, 1
    )
    servqual: int = _number("1 keeps the view by SERVQUAL dimension; 0 = off", "-", 0, 1)


class Loyalty(Section):
    """Attitude, trust and habit."""

    att_gain: float = _number("reaction of attitude; 0 = off", "-", 0, 10)
    att0: float = _number("attitude at the start and at rest", "-", 0.01, 0.99)
    att_tau: float = _number("time in which it relaxes to 37 %", "days", 0.001, 1e6)
    trust0: float = _number("trust at the start", "-", 0, 1)
    trust_gain: float = _number("gain per good experience; 0 = off", "share", 0, 1)
    trust_loss: float = _number("loss per unit of severity; 0 = off", "share", 0, 10)
    habit_gain: float = _number("gain per experience; 0 = off", "share", 0, 1)
    habit_tau: float = _number("time in which habit fades to 37 %", "days", 0.001, 1e6)
    joint_gain: float = _number("share of the gap by which partnership grows", "1/experience", 0, 1)
    personal: float = _number(
        "share of trust that a full tie binds to the account manager; 0 = off", "share", 0, 1
    )
    tie_gain: float = _number("share of the gap by which a tie grows per experience", "share", 0, 1)
    turnover: float = _number("rate at which account managers leave; 0 = off", "1/year", 0, 100)
    fairness: float = _number("weight of an exchange that favours the firm; 0 = off", "-", 0, 10)


#: Reward, contact, special, community.
Needs = Annotated[tuple[Share, Share, Share, Share], BeforeValidator(_tuple)]


class NeedTable(Section):
    """What customers long for at each stage: reward, contact, special, community, each 0 to 1."""

    exploration: Needs
    formation: Needs
    stability: Needs
    decline: Needs


class Programmes(Section):
    """How programmes and offers work on customers."""

    prog_value: float = _number("value of a programme that meets the need; 0 = off", "quality", 0, 10)
    prog_adapt: float = _number("share of the gap by which they come to be expected; 0 = off", "share", 0, 1)
    prog_adapt_max: float = _number("share that is taken for granted in the end", "share", 0, 1)
    irritation: float = _number(
        "annoyance by more than one programme at a time; 0 = off", "quality per intensity^2", 0, 10
    )
    opt_in: float = _number("customers who agreed to be contacted; 1 = everybody", "share", 0, 1)
    unasked: float = _number(
        "annoyance of others by contact they did not ask for; 0 = off", "quality per intensity", 0, 10
    )
    resp_shape: float = _number("shape of responsiveness between customers; 0 = all alike", "-", 0, 1e6)
    late: float = _number("effect of a save offer after the decision to go", "-", 0, 10, "L/J")
    score_noise: float = _number(
        "log standard deviation of churn and uplift scores; 0 = exact", "-", 0, 5, "L/J"
    )
    score_learn: float = _number(
        "how much each contact sharpens the scores of a customer; 0 = off", "1/contact", 0, 100
    )
    wake: float = _number("chance that a save offer reminds an inert customer to leave", "-", 0, 1, "L/J")
    needs: NeedTable = Field(description="needs by stage and programme")


class Service(Section):
    """Problems, the desk, recovery."""

    problem_prob: float = _number("chance of a problem per experience; 0 = off", "-", 0, 1)
    sev_min: float = _number("mildest problem", "quality", 0.001, 10)
    sev_range: float = _number("distance to the worst", "quality", 0, 10)
    attribution: float = _number("how much worse a repeated problem is; 0 = off", "share", 0, 10)
    compl_a: float = _number("beta parameter a of complaining; 0 = everyone has compl_b", "-", 0, 1e6, "L")
    compl_b: float = _number(
        "beta parameter b, or the probability itself where compl_a is 0", "-", 0, 1e6, "L"
    )
    inquiry_mean: float = _number("routine contacts; 0 = off", "1/year", 0, 1000)
    inquiry_shape: float = _number("shape of their gamma between customers; 0 = all alike", "-", 0, 1e6)
    desk_agents: int = _number("agents at the desk", "agents", 1, 10_000)
    desk_load: float = _number("share of their time in use when all are active", "share", 0, 10)
    desk_contacts: float = _number(
        "contacts per active customer, for which the desk is sized", "1/year", 0.001, 1000
    )
    wait_weight: float = _number("satisfaction per day of waiting; 0 = off", "1/day", 0, 10)
    wait_exp0: float = _number("waiting expected at the start", "days", 0, 365)
    reopen: float = _number(
        "chance that a contact settles nothing and must be repeated; 0 = off", "-", 0, 0.9
    )
    back_days: float = _number(
        "mean time that the back office takes before a complaint is settled; 0 = at once", "days", 0, 365
    )
    digital_wish: float = _number("customers who prefer the digital channel to the phone", "share", 0, 1)
    digital_share: float = _number("contacts that the firm handles digitally", "share", 0, 1)
    handover: float = _number(
        "delay, as it is felt, of a contact on the other channel than one prefers; 0 = off", "days", 0, 365
    )
    integration: float = _number("share of that delay which joined channels save", "share", 0, 1)
    rec_base: float = _number("ordinary quality of recovery", "-", 0, 1)
    rec_wait: float = _number("loss of it per day of waiting", "1/day", 0, 10)
    rec_exp0: float = _number("recovery expected at the start", "-", 0, 1)
    rec_adapt: float = _number("share of the gap by which that adapts; 0 = off", "share", 0, 1)
    rec_weight: float = _number("satisfaction per unit of better recovery; 0 = off", "-", 0, 10)
    rec_max: float = _number("share of the damage that a perfect recovery undoes", "share", 0, 1)


class Referral(Section):
    """Recommendations and reputation."""

    ref_rate: float = _number("recommendations of a fully attached customer; 0 = off", "1/year", 0, 1000)
    ref_A: float = _number("attitude from which customers recommend", "-", 0, 0.99)
    ref_conv: float = _number("chance that one brings a customer", "-", 0, 1)
    ref_pool: float = _number("people to be found this way, over the initial customers", "share", 0, 10)
    rep_neg: float = _number("damage to reputation by those who leave; 0 = off", "-", 0, 1000)
    rep_pos: float = _number("gain of reputation by those who recommend; 0 = off", "-", 0, 1000)
    public: float = _number(
        "how much louder word of mouth is where everybody can read it; 0 = off", "-", 0, 100
    )
    arrivals: float = _number(
        "customers won from outside at reputation 1, per initial customer; 0 = off", "1/year", 0, 10
    )


class Prospects(Section):
    """From inquiry to first purchase, and what calling and advertising do."""

    decision_days: float = _number("mean time from inquiry to decision; 0 = at once", "days", 0, 3650)
    decision_phases: int = _number("phases it consists of", "phases", 1, 8)
    fit_pull: float = _number("effect of a prospect's fit to the offer; 0 = off", "logit per sd", -10, 10)
    level_pull: float = _number("effect of how much a prospect buys; 0 = off", "logit per sd", -10, 10)
    persuade: float = _number("gain from calling a prospect; 0 = off", "logit", 0, 10)
    pester: float = _number("loss by calling again and again; 0 = off", "logit per squared call", 0, 10)
    ad_reach: float = _number(
        "people whom advertising makes inquire, per initial customer; 0 = off", "1/year", 0, 10
    )
    ad_belief: float = _number("their chance of being won, over that of others", "share", 0, 1)


class Survey(Section):
    """The firm's regular survey of its customers, and how well answers tell the truth."""

    survey_days: int = _number(
        "time between surveys, in windows of 30 days; 0 = none", "days", 0, 3600, multiple_of=30
    )
    response_base: float = _number("chance that a customer without strong feelings answers", "-", 0, 1)
    response_extreme: float = _number("added for one who is delighted or angry; 0 = off", "-", 0, 1)
    survey_noise: float = _number("error of answers, 1 = as usual; 0 = exact", "-", 0, 10)


class Change(Section):
    """What is different from a day on: the end of a lock-in, a better competitor, a data breach."""

    day: int = _number("from the window that ends then", "days, in windows of 30", 30, 36500, multiple_of=30)
    set: dict[str, int | float] = Field({}, description="fields, named without their section, and new values")
    trust_lost: float = _number("share of everybody's trust lost that day", "share", 0, 1, default=0.0)

    @model_validator(mode="after")
    def _changes_something(self) -> Change:
        if not self.set and not self.trust_lost:
            raise ValueError("must set a field or lose trust")
        return self


Changes = Annotated[tuple[Change, ...], Field(max_length=100), BeforeValidator(_tuple)]


class Tiers(Section):
    """Rules of the tier review."""

    tier_every_days: int = _number(
        "time between reviews, in windows of 30 days", "days", 30, 3600, multiple_of=30
    )
    tiers_visible: float = _number(
        "how strongly customers feel a change of tier, 1 = as usual; 0 = they do not see it", "-", 0, 5
    )
    split_share: float = _number(
        "customers whose record is kept twice, each with half their revenue; 0 = off", "share", 0, 1
    )
    tier_vip: float = _number("share of customers who become VIP", "share", 0, 1)
    tier_important: float = _number("share who become important", "share", 0, 1)
    tier_ordinary: float = _number("share who become ordinary; the rest is small", "share", 0, 1)

    @model_validator(mode="after")
    def _shares_fit(self) -> Tiers:
        total = self.tier_vip + self.tier_important + self.tier_ordinary
        if total > 1.0 + 1e-9:
            raise ValueError(f"tier_vip + tier_important + tier_ordinary must be at most 1, got {total:g}")
        return self
