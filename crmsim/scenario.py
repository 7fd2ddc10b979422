"""A scenario: who the customers are, how they behave, what the market and the desk are like,
what things cost, how long it goes on, and by which rules tiers are cut.

Like the sheet that a flight instructor hands out before the flight: aircraft, weather, fuel. It is
frozen; a run reads it and never writes to it. The values live in the preset files (``retail.yaml``
and its siblings); ``parameters`` says what each field means, its unit, its range and its source.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field, field_validator, model_validator

from crmsim.errors import InputError
from crmsim.parameters import (
    MAX_MISSED,
    Changes,
    Competition,
    Exit,
    Experience,
    Loyalty,
    Money,
    Population,
    PriceList,
    Programmes,
    Prospects,
    Purchase,
    Referral,
    Section,
    Service,
    Spend,
    Survey,
    Tiers,
)
from crmsim.yaml_files import Document, check, dump, read_fields, write_text

__all__ = [
    "PRESETS",
    "WORLD",
    "Scenario",
    "changed_parameters",
    "load_scenario",
    "parameter_record",
    "preset",
]

PRESETS = ("retail", "telecom", "b2b", "bare")
_FOLDER = Path(__file__).parent / "presets"
#: What is settled before the run and cannot change on the way: who people are, and how the run is built.
WORLD = frozenset(
    {
        "timing", "renewal_days", "buy_table", "rate_shape", "rate_mean", "price_sd", "spend_q", "spend_mean",
        "credit_a", "credit_b", "drop_a", "drop_b", "need_shape", "need_mean", "barrier_shape",
        "barrier_mean", "decline_days", "resp_shape", "fit_sd", "exp0", "exp0_sd", "compl_a", "compl_b",
        "inquiry_mean", "inquiry_shape", "opt_in", "split_share", "digital_wish", "back_days",
        "desk_agents", "desk_load", "desk_contacts", "ref_pool", "arrivals", "ad_reach", "needs",
        "annual_discount_rate", "tier_every_days", "servqual",
    }
)  # fmt: skip


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
    prospects: Prospects
    survey: Survey
    tiers: Tiers
    changes: Changes = Field((), description="what becomes different on the way, in the order of days")

    @field_validator("price_date")
    @classmethod
    def _a_real_day(cls, text: str) -> str:
        try:
            date.fromisoformat(text)
        except ValueError:
            raise ValueError("must be a day as YYYY-MM-DD") from None
        return text

    @model_validator(mode="after")
    def _combinations(self) -> Scenario:
        _check_combinations(self)
        _check_changes(self)
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
            if name in ("name", "about", "currency", "price_date", "changes"):
                data[name] = value
            elif name in homes:
                data[homes[name]][name] = value
            else:
                raise InputError(name, "is not a field of a scenario")
        return check(Scenario, data)

    def up_to(self, day: int) -> Scenario:
        """Return the scenario up to a day only, without the changes that have not come by then.

        A run of it is the whole one up to that day, except that nobody is recommended to the firm in its
        last window any more.
        """
        changes = [change for change in self.changes if change.day < day]
        return self.with_values(horizon_days=day, changes=changes)

    def to_yaml(self) -> str:
        """Return the whole scenario as YAML, ready for :func:`load_scenario`."""
        return dump(self.model_dump(mode="json"))

    def save(self, path: str | Path) -> None:
        """Write the scenario to a YAML file, whole or not at all."""
        write_text(path, self.to_yaml())


def _check_combinations(s: Scenario) -> None:
    """Refuse what is allowed field by field but makes no sense together."""
    if (s.purchase.timing == "periodic") != bool(s.purchase.buy_table):
        raise ValueError(
            "purchase.buy_table must be given with periodic timing and empty ([]) otherwise, "
            f"got {len(s.purchase.buy_table)} chances with {s.purchase.timing} timing"
        )
    if s.survey.response_base + s.survey.response_extreme > 1:
        raise ValueError(
            "survey.response_extreme must be at most 1 - response_base "
            f"({1 - s.survey.response_base:g}), got {s.survey.response_extreme:g}"
        )
    if s.spend.credit_a == 0 and s.spend.credit_b > 1:
        raise ValueError(f"spend.credit_b must be at most 1 where credit_a is 0, got {s.spend.credit_b:g}")
    if s.spend.credit_a > 0 and s.spend.credit_b == 0:
        raise ValueError("spend.credit_b must be above 0 where credit_a is above 0, got 0")
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
    if s.purchase.timing != "continuous" and s.purchase.elasticity > 0:
        raise ValueError(
            f"purchase.elasticity must be 0 with {s.purchase.timing} timing: there is at most one payment "
            f"per period, got {s.purchase.elasticity:g}"
        )


def _check_changes(s: Scenario) -> None:
    """Refuse changes that come too late, out of order, of what cannot change, or to what is not allowed."""
    homes, now, day = field_homes(), s.model_copy(update={"changes": ()}), 0
    for number, change in enumerate(s.changes):
        if not day < change.day < s.population.horizon_days:
            raise ValueError(
                f"changes.{number}.day must be above {day} and below horizon_days "
                f"({s.population.horizon_days}), got {change.day}"
            )
        day = change.day
        for name in change.set:
            if name not in homes:
                raise ValueError(f"changes.{number}.set.{name} must be a field of a scenario")
            if name in WORLD or homes[name] in ("population", "price_list"):
                raise ValueError(
                    f"changes.{number}.set.{name} must be left out: it is settled before the run"
                )
        try:
            now = now.with_values(**change.set)
        except InputError as error:
            name = error.field.rsplit(".", 1)[-1]
            raise ValueError(f"changes.{number}.set.{name} {error.problem}, got {error.value}") from None


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
    document = read_fields(path, "the fields of a scenario")
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
        as int64), plus ``contractual`` and ``periodic`` (0 or 1), ``buy_chance`` and ``max_missed``
        (the table of periodic timing), ``need`` (4 x 4), and ``log_growth`` (log of 1 plus the annual
        discount rate).
    """
    numbers, record_type = _parameter_type()
    values: list[Any] = [*numbers(scenario)]
    table = scenario.purchase.buy_table
    values += [int(scenario.purchase.timing == timing) for timing in ("contract", "periodic")] + [len(table)]
    values.append(math.log(1.0 + scenario.money.annual_discount_rate))
    values += [[*table, *[0.0] * (MAX_MISSED - len(table))], [row for _, row in scenario.programmes.needs]]
    record = np.zeros(1, record_type)
    record[0] = tuple(values)
    return record


@cache
def _parameter_type() -> tuple[Callable[[Scenario], tuple[float, ...]], np.dtype]:
    """Return what reads the numeric parameters of a scenario, and the type of their record.

    It is one object: each call of compiled code compares the types of what it is given with those it
    knows, and a type made anew is compared field by field.
    """
    anybody = preset("bare")
    numbers = [
        (name, home, value)
        for name, home in field_homes().items()
        if isinstance(value := getattr(getattr(anybody, home), name), (int, float))
    ]
    fields: list[tuple] = [(name, "f8" if isinstance(value, float) else "i8") for name, _, value in numbers]
    fields += [("contractual", "i8"), ("periodic", "i8"), ("max_missed", "i8")]
    fields += [("log_growth", "f8"), ("buy_chance", "f8", (MAX_MISSED,)), ("need", "f8", (4, 4))]
    return attrgetter(*(f"{home}.{name}" for name, home, _ in numbers)), np.dtype((np.record, fields))


def changed_parameters(scenario: Scenario) -> list[tuple[int, np.ndarray, float]]:
    """Return what changes on the way, in the order of time.

    Returns
    -------
    list of (day, parameters, trust_lost)
        With the record that holds from that day on, as of :func:`parameter_record`, and the share of
        everybody's trust that is lost that day.
    """
    if not scenario.changes:
        return []
    now, result = scenario.with_values(changes=[]), []
    for change in scenario.changes:
        now = now.with_values(**change.set)
        result.append((change.day, parameter_record(now), change.trust_lost))
    return result
