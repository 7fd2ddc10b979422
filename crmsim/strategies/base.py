"""A strategy as data: when, for whom, what, at which cost, within which budget.

Like the standing orders in a hotel's back office: "guests of the stability stage get an invitation
to the community, every month, at 1.20 each". A strategy sees only what a firm can observe, is read
from YAML, and is turned into plain arrays that every driver interprets.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from crmsim.strategies.rules import FIRM_WIDE, Part, Rule, one_or_several
from crmsim.yaml_files import check, dump, read_document

__all__ = ["DO_NOTHING", "MAX_RULES", "Budget", "Strategy", "load_strategy"]

#: A strategy has at most so many rules; the number of a rule is part of the address of its lots.
MAX_RULES = 200


class Budget(Part):
    """What the rules may spend on their costs; when it is used up, rules stop until the next year."""

    per_year: float = Field(
        description="currency, per year of 365 days from the start of the run", gt=0, le=1e12
    )


class Strategy(Part):
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
    sources: Annotated[tuple[str, ...], BeforeValidator(one_or_several)] = ()
    currency: str | None = Field(
        None,
        description="of amounts that are not in the price list",
        pattern=r"^[A-Z]{2,3}$",
        json_schema_extra={"looks_like": "two or three capitals such as CNY"},
    )
    rules: Annotated[tuple[Rule, ...], BeforeValidator(one_or_several)] = Field((), max_length=MAX_RULES)
    budget: Budget | None = None

    @model_validator(mode="after")
    def _money_has_a_currency(self) -> Strategy:
        literal = any(rule.cost is not None and rule.cost.names_currency for rule in self.rules)
        # A limit of nothing is nothing in every currency.
        ranges = [r for rule in self.rules for r in (rule.who.revenue_12m, rule.who.net_12m) if r is not None]
        limits = any(r.unit == "currency" and (r.min or r.max) for r in ranges)
        if (literal or limits or self.budget is not None) and self.currency is None:
            raise ValueError("currency is missing: the strategy names amounts of money")
        return self

    @model_validator(mode="after")
    def _a_budget_can_bind(self) -> Strategy:
        if self.budget is None:
            return self
        for rule in self.rules:
            shares = rule.cost is not None and (rule.cost.share_of_spend or rule.cost.on_accept)
            shares = shares or rule.do.name in FIRM_WIDE
            if rule.do.quality or rule.do.compensation or rule.do.points or rule.do.refer or shares:
                # What these cost depends on what customers do afterwards: nobody can stop it in time.
                raise ValueError(
                    f"budget: must not be given with {rule.do.name}, whose cost is not known beforehand"
                )
        return self

    @model_validator(mode="after")
    def _an_oracle_says_so(self) -> Strategy:
        if any(rule.uses_oracle for rule in self.rules) and not self.name.startswith("oracle_"):
            # The name stands in every table and picture, and so does the warning.
            raise ValueError(
                f"name must begin with oracle_ where a rule sees what no firm can see, got {self.name}"
            )
        return self

    def as_file(self) -> tuple[str, str]:
        """Return the name and the text of a file from which the strategy can be read again."""
        return f"{self.name}.yaml", self.to_yaml()

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
