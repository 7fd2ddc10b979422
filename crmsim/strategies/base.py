"""A strategy as data: when, for whom, what, at which cost, within which budget.

Like the standing orders in a hotel's back office: "guests of the stability stage get an invitation
to the community, every month, at 1.20 each". A strategy sees only what a firm can observe, is read
from YAML, and is turned into plain arrays that every driver interprets.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from crmsim.yaml_files import check, dump, read_document

__all__ = [
    "DO_NOTHING",
    "MAX_RULES",
    "MEASURES",
    "Action",
    "Budget",
    "Cost",
    "Pick",
    "Range",
    "Rule",
    "Strategy",
    "When",
    "Who",
    "load_strategy",
]

StageName = Literal["exploration", "formation", "stability", "decline"]
TierName = Literal["vip", "important", "ordinary", "small"]
ProgrammeName = Literal["reward", "contact", "special", "community"]

#: What a firm knows of each customer in numbers, with its unit.
MEASURES = {
    "purchases": "purchases so far",
    "tenure_days": "days since the first purchase",
    "recency_days": "days since the last purchase",
    "revenue_12m": "currency, over the last twelve windows of 30 days",
    "net_12m": "currency, over the last twelve windows of 30 days",
    "contacts": "contacts with the desk so far",
    "complaints": "complaints so far",
}
#: What customers can be ranked by: by lot, by what a firm knows, or by a score (see :mod:`crmsim.scores`).
RankName = Literal[
    "random", "risk", "lift", "value_lift", "sensitivity",
    "purchases", "tenure_days", "recency_days", "revenue_12m", "net_12m", "contacts", "complaints",
]  # fmt: skip


#: A strategy has at most so many rules; the number of a rule is part of the address of its lots.
MAX_RULES = 200


def _several(value: Any) -> Any:
    """Take one word for a list of one, and a list for a tuple."""
    return tuple(value) if isinstance(value, list) else (value,) if isinstance(value, str) else value


class _Part(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, populate_by_name=True
    )


class Range(_Part):
    """From `min` to `max`, both included; either may be left out."""

    min: float | None = None
    max: float | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Range:
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min must be at most max, got {self.min:g} and {self.max:g}")
        return self


class Who(_Part):
    """For whom: all conditions must hold. Leave one out and it holds for everybody."""

    stage: Annotated[tuple[StageName, ...], BeforeValidator(_several), Field(min_length=1)] | None = None
    tier: Annotated[tuple[TierName, ...], BeforeValidator(_several), Field(min_length=1)] | None = None
    purchases: Range | None = None
    tenure_days: Range | None = None
    recency_days: Range | None = None
    revenue_12m: Range | None = None
    net_12m: Range | None = None
    contacts: Range | None = None
    complaints: Range | None = None


class When(_Part):
    """How often the rule is looked at."""

    every: int = Field(30, description="days, in windows of 30", ge=30, le=3600, multiple_of=30)


class Priorities(_Part):
    """Class at the desk by tier; the lower is served first."""

    vip: int = Field(ge=0, le=9)
    important: int = Field(ge=0, le=9)
    ordinary: int = Field(ge=0, le=9)
    small: int = Field(ge=0, le=9)


class Action(_Part):
    """What is done: exactly one of the first eight, with the numbers that belong to it."""

    programme: ProgrammeName | None = None
    quality: float | None = Field(None, description="quality raised by, 1 = market average", gt=0, le=1)
    price: float | None = Field(None, description="price cut, share of list price", gt=0, le=0.9)
    priority: Priorities | None = None
    recovery: float | None = Field(None, description="added to the quality of recovery", ge=0, le=1)
    reduce_service: float | None = Field(None, description="share of the cost to serve saved", gt=0, le=1)
    save_offer: float | None = Field(None, description="strength of the offer", gt=0, le=10)
    terminate: Literal[True] | None = None
    intensity: float = Field(1.0, description="of the programme", gt=0, le=5)
    compensation: float = Field(0.0, description="share of mean spend per complaint", ge=0, le=10)
    complaint_boost: float = Field(0.0, description="added to the chance of complaining", ge=0, le=1)
    quality_loss: float = Field(0.0, description="quality given up", ge=0, le=1)
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
    "save_offer": ("days",),
    "terminate": (),
}
#: Actions that hold as long as the rule applies; the others are done once at a time.
STANDING = frozenset(_ACTIONS) - {"save_offer", "terminate"}


class Cost(_Part):
    """What the rule costs per customer, in currency or in items of the scenario's price list."""

    per_month: float | None = Field(None, description="per month of 30 days", ge=0, le=1e9)
    per_use: float | None = Field(None, description="per offer made", ge=0, le=1e9)
    unit: Literal["currency", "programme", "save_offer", "key_account"] = Field("currency", alias="in")

    @model_validator(mode="after")
    def _one_kind(self) -> Cost:
        if (self.per_month is None) == (self.per_use is None):
            raise ValueError("must give exactly one of per_month and per_use")
        return self


class Pick(_Part):
    """Of those for whom the rule holds, only the top by some measure."""

    rank_by: RankName
    top_share: float = Field(description="share of those eligible", gt=0, le=1)


class Cap(_Part):
    """The most that one customer gets."""

    per_customer: int = Field(description="offers", ge=1, le=1000)


class Budget(_Part):
    """What the rules may spend on their costs; when it is used up, rules stop until the next year."""

    per_year: float = Field(
        description="currency, per year of 365 days from the start of the run", gt=0, le=1e12
    )


class Rule(_Part):
    """One standing order."""

    who: Who = Who()
    when: When = When()
    do: Action
    cost: Cost | None = None
    pick: Pick | None = None
    cap: Cap | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Rule:
        standing = self.do.name in STANDING
        if standing and self.when.every != 30:
            raise ValueError(
                f"when.every must be 30 for {self.do.name}, which holds as long as the rule does"
            )
        if self.do.name != "save_offer" and self.cap is not None:
            raise ValueError(f"cap does not belong to {self.do.name}; only offers are counted")
        if self.cost is not None and standing != (self.cost.per_month is not None):
            kind = "per_month" if standing else "per_use"
            raise ValueError(f"cost of {self.do.name} must be {kind}")
        return self


class Strategy(_Part):
    """What the firm does, as a name, a sentence in plain words, and rules.

    Examples
    --------
    >>> cut = Strategy(name="gift", about="A tenth off for everybody.", rules=[{"do": {"price": 0.1}}])
    >>> cut.rules[0].do.name
    'price'
    """

    name: str = Field(
        max_length=40,
        pattern=r"^[a-z][a-z0-9_]*$",
        json_schema_extra={"looks_like": "at most 40 small letters, digits and underscores, a letter first"},
    )
    about: str = Field(description="in plain words", min_length=1)
    about_zh: str = Field("", description="the same in Chinese")
    sources: Annotated[tuple[str, ...], BeforeValidator(_several)] = ()
    currency: str | None = Field(
        None,
        description="of amounts that are not in the price list",
        pattern=r"^[A-Z]{2,3}$",
        json_schema_extra={"looks_like": "two or three capitals such as CNY"},
    )
    rules: Annotated[tuple[Rule, ...], BeforeValidator(_several)] = Field((), max_length=MAX_RULES)
    budget: Budget | None = None

    @model_validator(mode="after")
    def _money_has_a_currency(self) -> Strategy:
        literal = any(rule.cost is not None and rule.cost.unit == "currency" for rule in self.rules)
        # A limit of nothing is nothing in every currency.
        ranges = [r for rule in self.rules for r in (rule.who.revenue_12m, rule.who.net_12m) if r is not None]
        limits = any(r.min or r.max for r in ranges)
        if (literal or limits or self.budget is not None) and self.currency is None:
            raise ValueError("currency is missing: the strategy names amounts of money")
        return self

    @model_validator(mode="after")
    def _a_budget_can_bind(self) -> Strategy:
        open_ended = [rule.do.name for rule in self.rules if rule.do.quality or rule.do.compensation]
        if self.budget is not None and open_ended:
            # What these cost depends on what customers do afterwards: nobody can stop it in time.
            raise ValueError(
                f"budget: must not be given with {open_ended[0]}, whose cost is not known beforehand"
            )
        return self

    def to_yaml(self) -> str:
        """Return the strategy as YAML, ready for :func:`load_strategy`."""
        data = self.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude_none=True)
        return dump(data)


DO_NOTHING = Strategy(name="do_nothing", about="No strategy at all: the base of every comparison.")


def load_strategy(path: str | Path) -> Strategy:
    """Read a strategy from a YAML file.

    Raises
    ------
    InputError
        With ``file:line:column``, field, value and allowed range.
    """
    document = read_document(path)
    return check(Strategy, document.data, document)
