"""A scenario: who the customers are, how they behave, what the market and the desk are like,
what things cost, how long it goes on, and by which rules tiers are cut.

Like the sheet that a flight instructor hands out before the flight: aircraft, weather, fuel. It is
frozen; a run reads it and never writes to it. The values live in the preset files (``retail.yaml``
and its siblings); this module says what each field means, its unit, its range and its source.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from crmsim.errors import InputError
from crmsim.yaml_files import Document, check, read_document, write_text

__all__ = ["PRESETS", "Scenario", "load_scenario", "parameter_record", "preset"]

PRESETS = ("retail", "telecom", "b2b", "bare")
_FOLDER = Path(__file__).parent / "presets"
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
    horizon_days: int = _number("length of the simulation", "days", 30, 36500)


class Purchase(Section):
    """How often, and how much of the household's budget."""

    timing: Literal["continuous", "contract"] = Field(description="purchases at will, or a fee per period")
    renewal_days: int = _number("length of a contract period", "days", 1, 3650)
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


class PriceList(Section):
    """What the firm pays for the things that strategies use."""

    programme: float = _number("one customer in one programme for a month of 30 days", "currency/month")
    save_offer: float = _number("one save offer", "currency")
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


Needs = Annotated[tuple[float, float, float, float], Field(min_length=4, max_length=4)]


class NeedTable(Section):
    """What customers long for at each stage: reward, contact, special, community, each 0 to 1."""

    exploration: Needs
    formation: Needs
    stability: Needs
    decline: Needs

    @model_validator(mode="before")
    @classmethod
    def _lists_are_tuples(cls, data: Any) -> Any:
        # Strict mode takes no list for a tuple, but YAML has nothing else.
        if isinstance(data, dict):
            return {key: tuple(row) if isinstance(row, list) else row for key, row in data.items()}
        return data

    @model_validator(mode="after")
    def _within_range(self) -> NeedTable:
        for stage, row in self:
            if not all(0.0 <= need <= 1.0 for need in row):
                raise ValueError(f"{stage}: needs must be from 0 to 1, got {list(row)}")
        return self


class Programmes(Section):
    """How programmes and offers work on customers."""

    prog_value: float = _number("value of a programme that meets the need; 0 = off", "quality", 0, 10)
    prog_adapt: float = _number("share of the gap by which they come to be expected; 0 = off", "share", 0, 1)
    prog_adapt_max: float = _number("share that is taken for granted in the end", "share", 0, 1)
    resp_shape: float = _number("shape of responsiveness between customers; 0 = all alike", "-", 0, 1e6)
    late: float = _number("effect of a save offer after the decision to go", "-", 0, 10, "L/J")
    score_noise: float = _number(
        "log standard deviation of churn and uplift scores; 0 = exact", "-", 0, 5, "L/J"
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


class Tiers(Section):
    """Rules of the tier review."""

    tier_every_days: int = _number(
        "time between reviews, in windows of 30 days", "days", 30, 3600, multiple_of=30
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


class Scenario(Section):
    """Everything that is given before the firm acts. Frozen.

    Examples
    --------
    >>> from crmsim.scenario import preset
    >>> retail = preset("retail")
    >>> retail.money.margin, retail.currency
    (0.4, 'CU')
    >>> retail.with_values(customers=100).population.customers
    100
    """

    name: str = Field(
        description="name",
        max_length=60,
        pattern=r"^[\w][\w .-]*$",
        json_schema_extra={"looks_like": "at most 60 letters, digits, blanks, dots and hyphens"},
    )
    about: str = Field(description="one sentence")
    currency: str = Field(
        description="currency of every amount",
        pattern=r"^[A-Z]{2,3}$",
        json_schema_extra={"looks_like": "two or three capitals such as CNY"},
    )
    price_date: str = Field(
        description="date of value of every amount",
        pattern=r"^\d{4}-\d{2}-\d{2}$",
        json_schema_extra={"looks_like": "a day as YYYY-MM-DD"},
    )
    population: Population
    purchase: Purchase
    spend: Spend
    money: Money
    price_list: PriceList
    exit: Exit
    competition: Competition
    experience: Experience
    loyalty: Loyalty
    programmes: Programmes
    service: Service
    referral: Referral
    tiers: Tiers

    @model_validator(mode="after")
    def _combinations(self) -> Scenario:
        _check_combinations(self)
        return self

    def with_values(self, **values: Any) -> Scenario:
        """Return a copy in which fields, named without their section, have other values.

        Raises
        ------
        InputError
            For an unknown name or a value that is not allowed.
        """
        data = self.model_dump()
        homes = field_homes()
        for name, value in values.items():
            if name in ("name", "about", "currency", "price_date"):
                data[name] = value
            elif name in homes:
                data[homes[name]][name] = value
            else:
                raise InputError(name, "is not a field of a scenario")
        return check(Scenario, data)

    def to_yaml(self) -> str:
        """Return the whole scenario as YAML, ready for :func:`load_scenario`."""
        return yaml.safe_dump(
            self.model_dump(mode="json"), sort_keys=False, allow_unicode=True, default_flow_style=None
        )

    def save(self, path: str | Path) -> None:
        """Write the scenario to a YAML file, whole or not at all."""
        write_text(path, self.to_yaml())


def _check_combinations(s: Scenario) -> None:
    """Refuse what is allowed field by field but makes no sense together."""
    if s.exit.drop_a == 0 and s.exit.drop_b >= 1:
        raise ValueError(
            f"exit.drop_b must be below 1 where drop_a is 0 (it is the probability), got {s.exit.drop_b:g}"
        )
    if s.exit.drop_a > 0 and s.exit.drop_b == 0:
        raise ValueError("exit.drop_b must be above 0 where drop_a is above 0, got 0")
    if s.service.compl_a == 0 and s.service.compl_b > 1:
        raise ValueError(f"service.compl_b must be at most 1 where compl_a is 0, got {s.service.compl_b:g}")
    if s.service.compl_a > 0 and s.service.compl_b == 0:
        raise ValueError("service.compl_b must be above 0 where compl_a is above 0, got 0")
    if 0 < s.spend.spend_q <= 1:
        raise ValueError(
            f"spend.spend_q must be 0 or above 1 (else mean spend is infinite), got {s.spend.spend_q:g}"
        )
    if s.population.entry_days > s.population.horizon_days:
        raise ValueError(
            f"population.entry_days must be at most horizon_days ({s.population.horizon_days}), "
            f"got {s.population.entry_days}"
        )
    e = s.experience
    for name, pace in (("adapt_up", e.adapt_up), ("adapt_down", e.adapt_down)):
        if pace + e.market_pull > 1.0:
            # Otherwise expectation would jump past what it adapts to, even below zero.
            raise ValueError(
                f"experience.{name} must be at most 1 - market_pull ({1 - e.market_pull:g}), got {pace:g}"
            )
    if s.purchase.timing == "contract" and s.purchase.elasticity > 0:
        raise ValueError("purchase.elasticity must be 0 with a contract: a fee is paid once per period")


@cache
def field_homes() -> dict[str, str]:
    """Return the section of every field of a scenario, by the field's own name."""
    return {
        name: section
        for section, info in Scenario.model_fields.items()
        if isinstance(info.annotation, type) and issubclass(info.annotation, Section)
        for name in info.annotation.model_fields
    }


@cache
def preset(name: str) -> Scenario:
    """Return a ready scenario: ``retail``, ``telecom``, ``b2b``, or ``bare`` (everything off).

    Raises
    ------
    InputError
        When there is no such preset.
    """
    if name not in PRESETS:
        raise InputError("preset", f"must be one of {', '.join(PRESETS)}", name)
    return load_scenario(_FOLDER / f"{name}.yaml")


def load_scenario(path: str | Path) -> Scenario:
    """Read a scenario from a YAML file.

    A file may begin with ``base: retail`` (or another preset) and then hold only what differs.

    Raises
    ------
    InputError
        With ``file:line:column``, field, value and allowed range.
    """
    document = read_document(path)
    if not isinstance(document.data, dict):
        raise InputError("file", "must hold the fields of a scenario", where=document.where(()))
    data = dict(document.data)
    base = data.pop("base", None)
    if base is not None:
        if base not in PRESETS:
            raise InputError(
                "base", f"must be one of {', '.join(PRESETS)}", base, where=document.where(("base",))
            )
        data = _merge(preset(base).model_dump(), data, document, ())
    return check(Scenario, data, document)


def _merge(base: dict, over: dict, document: Document, path: tuple) -> dict:
    """Lay the values of a file over those of its base, section by section."""
    result = dict(base)
    for key, value in over.items():
        if isinstance(base.get(key), dict):
            if not isinstance(value, dict):
                raise InputError(
                    ".".join((*path, key)),
                    "must be a group of fields",
                    value,
                    where=document.where((*path, key)),
                )
            value = _merge(base[key], value, document, (*path, key))
        result[key] = value
    return result


def parameter_record(scenario: Scenario) -> np.ndarray:
    """Return the numbers of a scenario as one record, for compiled code.

    Returns
    -------
    array, shape (1,)
        With one field per numeric parameter, under its own name (floats as float64, whole numbers
        as int64), plus ``contractual`` (0 or 1) and ``need`` (4 x 4).
    """
    fields: list[tuple] = []
    values: list[Any] = []
    for name, home in field_homes().items():
        value = getattr(getattr(scenario, home), name)
        if isinstance(value, (int, float)):
            fields.append((name, "f8" if isinstance(value, float) else "i8"))
            values.append(value)
    needs = [row for _, row in scenario.programmes.needs]
    fields += [("contractual", "i8"), ("need", "f8", (4, 4))]
    values += [int(scenario.purchase.timing == "contract"), needs]
    record = np.zeros(1, np.dtype((np.record, fields)))
    record[0] = tuple(values)
    return record
