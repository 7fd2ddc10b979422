"""A strategy written in Python: a function that looks at the firm's records and gives orders.

Where standing orders are not enough, send for somebody who thinks: once per window of 30 days the
function is shown what the firm knows and says what is done for whom. It sees no more than rules do.
Only the SimPy engine can ask it.
"""

from __future__ import annotations

import importlib.util
import inspect
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from crmsim.errors import InputError, system_reason
from crmsim.strategies.base import MAX_RULES, Budget
from crmsim.strategies.rules import FIRM_WIDE, Action, Cost, Rule

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FirmView", "Order", "ProgrammedStrategy", "load_programmed"]


@dataclass(frozen=True)
class FirmView:
    """What the firm knows at the end of a window.

    Attributes
    ----------
    day : int
        Days since the start of the run.
    active : DataFrame
        One row per active customer, indexed by number: ``stage`` (as observed) and ``tier`` in words,
        and the measures of :data:`crmsim.strategies.rules.MEASURES` (nan where nothing is known).
    lost : DataFrame
        The same for those who left 30 to 60 days ago and were not asked back yet, with ``cause``: what
        the firm was told (``unknown`` where it was told nothing).
    score : callable
        ``score(name, strength)`` returns one of the scores ``risk``, ``lift``, ``value_lift`` or
        ``sensitivity`` of everybody in `active`, as a Series, with the error that such models have.
        `strength` is that of the save offer that is thought of.
    """

    day: int
    active: pd.DataFrame
    lost: pd.DataFrame
    score: Callable[[str, float], pd.Series]


@dataclass(frozen=True)
class Order:
    """What is done now for some customers: an action with its cost, and their numbers.

    Actions that hold (programmes, quality, prices, priority) hold until the end of the coming window;
    order them again to go on. A ``win_back`` is for customers of :attr:`FirmView.lost`, everything
    else for those of :attr:`FirmView.active`.

    Parameters
    ----------
    do : Action
    customers : sequence of int
    cost : Cost, optional

    Examples
    --------
    >>> Order(Action(programme="contact"), [3, 5], Cost(per_month=1.0, unit="programme")).rule.do.name
    'programme'
    """

    do: Action
    customers: Iterable[int]
    cost: Cost | None = None

    @property
    def rule(self) -> Rule:
        """The order as a rule for everybody, with the checks of a rule.

        Raises
        ------
        pydantic.ValidationError
            When action and cost do not fit each other.
        """
        when = {"on": "lapsed"} if self.do.win_back is not None else {}
        return Rule(do=self.do, cost=self.cost, when=when)

    @property
    def numbers(self) -> np.ndarray:
        """The customers' numbers in rising order, each once."""
        return np.unique(np.fromiter((int(number) for number in self.customers), np.int64))


@dataclass(frozen=True)
class ProgrammedStrategy:
    """A strategy whose decisions a Python function makes.

    Parameters
    ----------
    name, about : str
        As in :class:`crmsim.strategies.base.Strategy`.
    decide : callable
        From a :class:`FirmView` to the orders for the coming window. It must depend on the view alone:
        no memory, no random numbers of its own, so that a run can be repeated.
    about_zh : str
    sources : tuple of str
    currency : str, optional
        Of amounts in the orders that are not in the scenario's price list.

    Examples
    --------
    >>> def greet_the_quiet(view):
    ...     quiet = view.active.query("recency_days > 60")
    ...     return [Order(Action(programme="contact"), quiet.index, Cost(per_month=1.0, unit="programme"))]
    >>> from crmsim import preset, simulate
    >>> greeting = ProgrammedStrategy("greeting", "Contact for the quiet.", greet_the_quiet)
    >>> ledger = simulate(preset("retail").with_values(customers=20, horizon_days=420), greeting)
    >>> ledger.strategy.name
    'greeting'
    """

    name: str
    about: str
    decide: Callable[[FirmView], Iterable[Order]]
    about_zh: str = ""
    sources: tuple[str, ...] = ()
    currency: str | None = None
    rules: tuple[Rule, ...] = ()
    budget: Budget | None = None

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", self.name):
            raise InputError(
                "name", "must be at most 40 small letters, digits and underscores, a letter first", self.name
            )
        if not callable(self.decide):
            raise InputError("decide", "must be a function of a FirmView", self.decide)
        if self.rules or self.budget is not None:
            raise InputError("rules", "must be left out: the function gives the orders")

    def model_dump(self, **_: Any) -> dict[str, Any]:
        """Return what can be written down of it: the function by its full name."""
        function = f"{self.decide.__module__}.{self.decide.__qualname__}"
        return {"name": self.name, "about": self.about, "decide": function}

    def as_file(self) -> tuple[str, str]:
        """Return the name and the text of a file that shows how the strategy decides."""
        try:
            text = Path(inspect.getsourcefile(self.decide) or "").read_text(encoding="utf-8")
        except (OSError, TypeError):
            # A function typed into a notebook or a shell may have left no source behind.
            text = f"# {self.about}\n# The source of {self.decide.__qualname__} is not to be had.\n"
        return f"{self.name}.py", text

    def orders(self, view: FirmView) -> list[Order]:
        """Return the orders for a view.

        Raises
        ------
        InputError
            When there are too many, something is no order, or somebody is named who is not there.
        """
        orders = list(self.decide(view))
        if len(orders) > MAX_RULES:
            raise InputError(
                f"strategy {self.name}", f"must give at most {MAX_RULES} orders at a time", len(orders)
            )
        for order in orders:
            if not isinstance(order, Order):
                raise InputError(f"strategy {self.name}", "must return a list of Order", order)
            if order.do.name in FIRM_WIDE:
                raise InputError(
                    f"strategy {self.name}: do", "must be something done to a customer", order.do.name
                )
            there = view.lost if order.do.win_back is not None else view.active
            strangers = np.setdiff1d(order.numbers, there.index.to_numpy())
            if strangers.size:
                raise InputError(
                    f"strategy {self.name}: customers",
                    "must be numbers of the view's table of " + ("lost" if there is view.lost else "active"),
                    int(strangers[0]),
                )
        return orders


def load_programmed(path: str) -> ProgrammedStrategy:
    """Return the strategy that a Python file calls ``STRATEGY``.

    Raises
    ------
    InputError
        When the file cannot be read or has none.
    """
    file = Path(path)
    try:
        file.read_bytes()
    except OSError as error:
        raise InputError("file", f"cannot be read ({system_reason(error)})", path) from None
    spec = importlib.util.spec_from_file_location(file.stem, file)
    module = importlib.util.module_from_spec(spec)  # type: ignore[arg-type]
    spec.loader.exec_module(module)  # type: ignore[union-attr]
    strategy = getattr(module, "STRATEGY", None)
    if not isinstance(strategy, ProgrammedStrategy):
        raise InputError("STRATEGY", "must be a ProgrammedStrategy", strategy, where=path)
    return strategy
