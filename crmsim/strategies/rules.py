"""The parts of a rule: for whom, when, what, at which cost.

Each part is a small form with named blanks; a blank that is filled in wrongly is handed back with
the box circled. What the parts mean to a customer stands in :mod:`crmsim.treatment`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

__all__ = [
    "FIRM_WIDE",
    "HIDDEN",
    "MEASURES",
    "STANDING",
    "Action",
    "Cost",
    "Pick",
    "Range",
    "Rule",
    "When",
    "Who",
    "one_or_several",
]

StageName = Literal["exploration", "formation", "stability", "decline"]
TierName = Literal["vip", "important", "ordinary", "small"]
ProgrammeName = Literal["reward", "contact", "special", "community"]
#: In the order of :class:`crmsim.model.customising.CustomMode`.
CustomName = Literal["collaborative", "adaptive", "cosmetic", "transparent"]
CauseName = Literal[
    "unknown", "natural", "quality", "need_ended", "service_failure", "neglect", "price", "competitor"
]
#: What can set off a rule, in the order of :class:`crmsim.model.records.Trigger`.
TriggerName = Literal[
    "acquired", "first_purchase", "purchase", "problem", "complaint", "resolved", "tier_up", "tier_down",
    "decline_signal", "lapsed", "reward_earned", "low_survey",
]  # fmt: skip

#: What a firm knows of each customer in numbers, with its unit.
MEASURES = {
    "purchases": "purchases so far",
    "tenure_days": "days since the first purchase",
    "recency_days": "days since the last purchase",
    "revenue_12m": "currency, over the last twelve windows of 30 days",
    "net_12m": "currency, over the last twelve windows of 30 days",
    "contacts": "contacts with the desk so far",
    "complaints": "complaints so far",
    "mean_gap_days": "days between purchases; nobody with fewer than two fits",
    "open_complaints": "complaints not yet answered",
    "survey_score": "last answer, 1 to 5; nobody who never answered fits",
    "survey_nps": "last answer to the recommendation question, 0 to 10; nobody who never answered fits",
    "referred": "1 for who came by a recommendation, else 0",
    "unpaid": "purchases never paid so far",
    "reviews_in_red": "tier reviews in a row at which the net contribution of twelve windows was negative",
    "consents": "1 for who agreed to be contacted, else 0",
    "segment": "1 to 4, a label such as income or size that may go with the purchase rate",
    "industry": "1 to 4, a label such as trade or age that may go with the fit",
    "digital": "1 for who prefers the digital channel, 0 for the phone",
}
#: What no firm knows: for teaching, in strategies that say so by their name.
HIDDEN = {
    "satisfaction": "running mean of signed disconfirmation",
    "ratio": "running mean of c = b / a",
    "attitude": "0 to 1",
    "trust": "0 to 1",
    "habit": "0 to 1",
    "grievance": "0 to 1.5",
    "wallet": "share of wallet, 0 to 1",
    "declining": "1 for who has decided to go, else 0",
    "responsiveness": "mean 1",
    "price_sensitivity": "mean 1",
    "barrier": "switching barrier, 0 or more",
    "mean_spend": "currency per purchase",
}
#: What customers can be ranked by: by lot, by what a firm knows, or by a score (see :mod:`crmsim.scores`).
RankName = Literal[
    "random", "risk", "lift", "value_lift", "sensitivity",
    "purchases", "tenure_days", "recency_days", "revenue_12m", "net_12m", "contacts", "complaints",
]  # fmt: skip
#: Items of the scenario's price list that an amount may be counted in.
UnitName = Literal["currency", "programme", "save_offer", "win_back", "key_account"]


def one_or_several(value: Any) -> Any:
    """Take one word for a list of one, and a list for a tuple."""
    return tuple(value) if isinstance(value, list) else (value,) if isinstance(value, str) else value


class Part(BaseModel):
    """A group of fields of a strategy; unknown names, wrong types and non-finite numbers are refused."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, populate_by_name=True
    )


class Range(Part):
    """From `min` to `max`, both included; either may be left out."""

    min: float | None = None
    max: float | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Range:
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min must be at most max, got {self.min:g} and {self.max:g}")
        return self


class MoneyRange(Range):
    """A range of money, in currency or in items of the scenario's price list."""

    unit: UnitName = Field("currency", alias="in")


class Hidden(Part):
    """Conditions on the true state, which no firm can see."""

    stage: Annotated[tuple[StageName, ...], BeforeValidator(one_or_several), Field(min_length=1)] | None = (
        None
    )
    satisfaction: Range | None = None
    ratio: Range | None = None
    attitude: Range | None = None
    trust: Range | None = None
    habit: Range | None = None
    grievance: Range | None = None
    wallet: Range | None = None
    declining: Range | None = None
    responsiveness: Range | None = None
    price_sensitivity: Range | None = None
    barrier: Range | None = None
    mean_spend: Range | None = None


class Who(Part):
    """For whom: all conditions must hold. Leave one out and it holds for everybody."""

    stage: Annotated[tuple[StageName, ...], BeforeValidator(one_or_several), Field(min_length=1)] | None = (
        None
    )
    tier: Annotated[tuple[TierName, ...], BeforeValidator(one_or_several), Field(min_length=1)] | None = None
    cause: Annotated[tuple[CauseName, ...], BeforeValidator(one_or_several), Field(min_length=1)] | None = (
        None
    )
    purchases: Range | None = None
    tenure_days: Range | None = None
    recency_days: Range | None = None
    revenue_12m: MoneyRange | None = None
    net_12m: MoneyRange | None = None
    contacts: Range | None = None
    complaints: Range | None = None
    mean_gap_days: Range | None = None
    open_complaints: Range | None = None
    survey_score: Range | None = None
    survey_nps: Range | None = None
    referred: Range | None = None
    unpaid: Range | None = None
    reviews_in_red: Range | None = None
    consents: Range | None = None
    segment: Range | None = None
    industry: Range | None = None
    digital: Range | None = None
    oracle: Hidden | None = None


class When(Part):
    """How often the rule is looked at, or what sets it off, and in which part of the run."""

    every: int = Field(30, description="days, in windows of 30", ge=30, le=3600, multiple_of=30)
    on: TriggerName | None = None
    days: int = Field(30, description="days that a standing action holds after the trigger", ge=1, le=3600)
    from_day: int = Field(0, description="first day of the run on which the rule acts", ge=0, le=36500)
    until_day: int | None = Field(
        None, description="day of the run from which it acts no more", ge=1, le=36500
    )

    @model_validator(mode="after")
    def _consistent(self) -> When:
        if self.on is not None and "every" in self.model_fields_set:
            raise ValueError(f"every must be left out with on: {self.on}, which says when")
        if self.on is None and "days" in self.model_fields_set:
            raise ValueError("days must be left out without a trigger: the action holds as long as the rule")
        if self.until_day is not None and self.until_day <= self.from_day:
            raise ValueError(f"until_day must be above from_day ({self.from_day}), got {self.until_day}")
        return self


class Priorities(Part):
    """Class at the desk by tier; the lower is served first."""

    vip: int = Field(ge=0, le=9)
    important: int = Field(ge=0, le=9)
    ordinary: int = Field(ge=0, le=9)
    small: int = Field(ge=0, le=9)


class Action(Part):
    """What is done: exactly one thing, with the numbers that belong to it."""

    programme: ProgrammeName | None = None
    quality: float | None = Field(None, description="quality raised by, 1 = market average", gt=0, le=1)
    price: float | None = Field(None, description="price cut, share of list price", gt=0, le=0.9)
    priority: Priorities | None = None
    recovery: float | None = Field(None, description="added to the quality of recovery", ge=0, le=1)
    reduce_service: float | None = Field(None, description="share of the cost to serve saved", gt=0, le=1)
    points: float | None = Field(
        None, description="list value that earns a reward, in mean spends of the scenario", gt=0, le=1000
    )
    refer: float | None = Field(None, description="factor on the rate of recommending", ge=0, le=100)
    disclose: float | None = Field(None, description="how much faster trust grows", gt=0, le=10)
    explain: float | None = Field(None, description="share of the firm's effort shown", gt=0, le=1)
    manager: Literal[True] | None = None
    invest: float | None = Field(None, description="into a partnership, 1 = fully", gt=0, le=1)
    customise: CustomName | None = None
    integrate: float | None = Field(None, description="share of the handover saved", gt=0, le=1)
    engage: float | None = Field(None, description="share of what is said in public answered", gt=0, le=1)
    unify: Literal[True] | None = None
    save_offer: float | None = Field(None, description="strength of the offer", gt=0, le=10)
    win_back: float | None = Field(None, description="strength of the offer to come back", ge=0, le=10)
    survey: Literal[True] | None = None
    canvass: int | None = Field(None, description="calls per prospect", ge=1, le=20)
    advertise: float | None = Field(None, description="strength, share of the full reach", gt=0, le=1)
    terminate: Literal[True] | None = None
    depth: float = Field(1.0, description="of customising", gt=0, le=1)
    team: float = Field(0.0, description="share of the tie that colleagues hold", ge=0, le=1)
    intensity: float = Field(1.0, description="of the programme", gt=0, le=5)
    compensation: float = Field(0.0, description="share of mean spend per complaint", ge=0, le=10)
    complaint_boost: float = Field(0.0, description="added to the chance of complaining", ge=0, le=1)
    quality_loss: float = Field(0.0, description="quality given up", ge=0, le=1)
    reward_value: float = Field(0.0, description="worth of a reward, in mean spends", ge=0, le=1000)
    gradient: float = Field(0.0, description="how much faster one buys just before a reward", ge=0, le=10)
    accuracy: float = Field(0.5, description="share of the unknown that a call reveals", ge=0, le=1)
    bonus: float = Field(
        1.0, description="paid per customer brought, in the list's referral bonuses", ge=0, le=100
    )
    days: int = Field(180, description="days that a save offer is in force", ge=30, le=3600)

    @property
    def name(self) -> str:
        """The one thing that is done."""
        return next(name for name in _ACTIONS if getattr(self, name) is not None)

    @model_validator(mode="after")
    def _one_action(self) -> Action:
        named = [name for name in _ACTIONS if getattr(self, name) is not None]
        if len(named) != 1:
            raise ValueError(
                f"must name exactly one of {', '.join(_ACTIONS)}, got {', '.join(named) or 'none'}"
            )
        stray = (self.model_fields_set - set(named)) - set(_ACTIONS[named[0]])
        if stray:
            raise ValueError(f"{sorted(stray)[0]} does not belong to {named[0]}")
        return self


#: Each action with the further numbers it takes.
_ACTIONS: dict[str, tuple[str, ...]] = {
    "programme": ("intensity",),
    "quality": (),
    "price": (),
    "priority": (),
    "recovery": ("compensation", "complaint_boost"),
    "reduce_service": ("quality_loss",),
    "points": ("reward_value", "gradient"),
    "refer": ("bonus",),
    "disclose": (),
    "explain": (),
    "manager": ("team",),
    "invest": (),
    "customise": ("depth",),
    "integrate": (),
    "engage": (),
    "unify": (),
    "save_offer": ("days",),
    "win_back": (),
    "survey": (),
    "canvass": ("accuracy",),
    "advertise": (),
    "terminate": (),
}
#: Actions that are not for any one customer.
FIRM_WIDE = frozenset({"canvass", "advertise", "engage"})
#: Actions that hold as long as the rule applies; the others are done once at a time.
STANDING = frozenset(_ACTIONS) - {"save_offer", "win_back", "survey", "terminate"} - FIRM_WIDE


class Cost(Part):
    """What the rule costs, in currency or in items of the scenario's price list.

    Per customer; calls cost per call, advertising and answers in public per month as a whole.
    """

    per_month: float | None = Field(None, description="per month of 30 days", ge=0, le=1e9)
    per_use: float | None = Field(None, description="each time it is done", ge=0, le=1e9)
    on_accept: float | None = Field(None, description="more, when the customer comes back", ge=0, le=1e9)
    share_of_spend: float | None = Field(None, description="of list value, at each purchase", ge=0, le=1)
    unit: UnitName = Field("currency", alias="in")

    @model_validator(mode="after")
    def _some_cost(self) -> Cost:
        if not self.model_fields_set & {"per_month", "per_use", "on_accept", "share_of_spend"}:
            raise ValueError("must give per_month, per_use, on_accept or share_of_spend")
        return self

    @property
    def names_currency(self) -> bool:
        """Whether an amount of money is named that is not in the price list."""
        amounts = (self.per_month, self.per_use, self.on_accept)
        return self.unit == "currency" and any(amount is not None for amount in amounts)


class Pick(Part):
    """Of those for whom the rule holds, only the top by some measure."""

    rank_by: RankName
    top_share: float = Field(description="share of those eligible", gt=0, le=1)
    exact: bool = Field(False, description="a score without its error, which no firm can have")

    @model_validator(mode="after")
    def _only_scores_have_errors(self) -> Pick:
        if self.exact and self.rank_by not in ("risk", "lift", "value_lift", "sensitivity"):
            raise ValueError(f"exact must be left out with {self.rank_by}: only scores have an error")
        return self


class Cap(Part):
    """The most that one customer gets."""

    per_customer: int = Field(description="offers", ge=1, le=1000)


class Rule(Part):
    """One standing order."""

    who: Who = Who()
    when: When = When()
    do: Action
    cost: Cost | None = None
    pick: Pick | None = None
    cap: Cap | None = None

    @property
    def standing(self) -> bool:
        """Whether the action holds as long as the rule does."""
        return self.do.name in STANDING

    @property
    def uses_oracle(self) -> bool:
        """Whether the rule sees what no firm can see."""
        return self.who.oracle is not None or (self.pick is not None and self.pick.exact)

    @model_validator(mode="after")
    def _consistent(self) -> Rule:
        name = self.do.name
        if self.standing and self.when.every != 30:
            raise ValueError(f"when.every must be 30 for {name}, which holds as long as the rule does")
        if name != "save_offer" and self.cap is not None:
            raise ValueError(f"cap does not belong to {name}; only save offers are counted")
        if (name == "win_back") != (self.when.on == "lapsed"):
            raise ValueError(f"when.on must be lapsed with win_back and only then, got {self.when.on}")
        if self.who.cause is not None and name != "win_back":
            raise ValueError(f"who.cause does not belong to {name}: only those who left have one")
        if self.pick is not None and self.when.on is not None:
            raise ValueError(
                "pick does not belong to a rule with a trigger, which meets one customer at a time"
            )
        if self.when.on is not None and not self.standing and "days" in self.when.model_fields_set:
            raise ValueError(f"when.days does not belong to {name}, which is done once")
        self._check_firm_wide(name)
        self._check_cost(name)
        return self

    def _check_firm_wide(self, name: str) -> None:
        if name not in FIRM_WIDE:
            return
        if self.who.model_fields_set or self.pick is not None or self.when.on is not None:
            raise ValueError(f"{name} is for the whole firm: who, pick and a trigger do not belong to it")
        if self.when.every != 30:
            raise ValueError(f"when.every must be 30 for {name}, which holds as long as the rule does")

    def _check_cost(self, name: str) -> None:
        if self.cost is None:
            return
        allowed = {"per_month", "share_of_spend"} if self.standing else {"per_use"}
        if name in ("advertise", "engage"):
            allowed = {"per_month"}
        if name == "win_back":
            allowed |= {"on_accept"}
        stray = (self.cost.model_fields_set - {"unit"}) - allowed
        if stray:
            raise ValueError(f"cost of {name} must be {' or '.join(sorted(allowed))}, got {sorted(stray)[0]}")
