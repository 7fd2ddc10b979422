"""What can be chosen on a screen: kinds of choices, declared once in the fields of a state.

Like the boxes of a printed form: what may stand in a box is printed beside it, and the clerk, the
reader and the copying machine all go by the same print. From one declaration come the check of a value,
the control that sets it, and the model by which a file of choices is read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import Field, dataclass, field, fields
from typing import Annotated, Any, Literal, Protocol

import pydantic

from crmsim.engines import ENGINES, LARGEST_SEED
from crmsim.errors import InputError
from crmsim.plots.style import strategy_label
from crmsim.strategies import strategy_names
from crmsim.text import LANGUAGES, say

__all__ = [
    "SCREEN_PRESETS",
    "TEXT_SIZES",
    "Kind",
    "Number",
    "OneOf",
    "Several",
    "Words",
    "YesNo",
    "choice",
    "choices",
    "engine",
    "number",
    "seed",
    "several",
    "strategy",
    "strategy_choices",
    "whole",
    "words",
    "world",
    "yes_no",
]

#: The ready scenarios that a screen offers (in ``bare`` nothing happens).
SCREEN_PRESETS = ("retail", "telecom", "b2b")
#: Sizes of text, and how many times as large as usual they are.
TEXT_SIZES = {"normal": 1.0, "projector": 1.35}

Label = Callable[[str, str], str]


class Kind(Protocol):
    """What values a choice may have."""

    def check(self, name: str, value: Any) -> None:
        """Raise InputError when the value is not allowed."""

    def annotation(self) -> Any:
        """Return the type by which Pydantic checks it in a file."""


@dataclass(frozen=True)
class OneOf:
    """One word of a list, with a label for each in the language asked for."""

    words: Callable[[], Sequence[str]]
    label: Label

    def check(self, name: str, value: Any) -> None:
        if value not in self.words():
            raise InputError(name, f"must be one of {', '.join(self.words())}", value)

    def annotation(self) -> Any:
        return Literal[tuple(self.words())]

    def options(self, lang: str) -> list[tuple[str, str]]:
        """Return what there is to choose from, as label and word."""
        return [(self.label(word, lang), word) for word in self.words()]


@dataclass(frozen=True)
class Several(OneOf):
    """Some words of a list, each at most once, in the order of the list."""

    fewest: int = 1

    def check(self, name: str, value: Any) -> None:
        known = self.words()
        if not isinstance(value, tuple) or any(word not in known for word in value):
            raise InputError(name, f"must be some of {', '.join(known)}", value)
        if len(set(value)) != len(value) or len(value) < self.fewest:
            raise InputError(name, f"must name at least {self.fewest}, each once", value)

    def annotation(self) -> Any:
        return tuple[Literal[tuple(self.words())], ...]


@dataclass(frozen=True)
class Number:
    """A number from `low` to `high`, or nothing where `optional`; a whole one where `step` is.

    Attributes
    ----------
    slider : bool
        Whether it is set by a slider; else it is typed.
    """

    low: float
    high: float
    step: float
    slider: bool = True
    optional: bool = False

    @property
    def whole(self) -> bool:
        """Whether it has to be a whole number."""
        return isinstance(self.step, int)

    def check(self, name: str, value: Any) -> None:
        if value is None and self.optional:
            return
        if isinstance(value, bool) or not isinstance(value, int if self.whole else int | float):
            raise InputError(name, f"must be a {'whole ' if self.whole else ''}number", value)
        if not self.low <= value <= self.high:
            raise InputError(name, f"must be from {self.low:,} to {self.high:,}".replace(",", ""), value)

    def annotation(self) -> Any:
        plain = Annotated[
            int if self.whole else float, pydantic.Field(ge=self.low, le=self.high, strict=True)
        ]
        return plain | None if self.optional else plain


@dataclass(frozen=True)
class YesNo:
    """Yes or no."""

    def check(self, name: str, value: Any) -> None:
        if not isinstance(value, bool):
            raise InputError(name, "must be true or false", value)

    def annotation(self) -> Any:
        return pydantic.StrictBool


@dataclass(frozen=True)
class Words:
    """Any words of one line, such as the name of a file."""

    def check(self, name: str, value: Any) -> None:
        # Of the signs that end a line a file would keep some as others.
        if not isinstance(value, str) or value.splitlines() not in ([], [value]):
            raise InputError(name, "must be one line of text", value)

    def annotation(self) -> Any:
        return pydantic.StrictStr


def _declared(default: Any, kind: Kind, **more: Any) -> Any:
    return field(default=default, metadata={"kind": kind}, **more)


def choice(
    default: str, names: Sequence[str] | Callable[[], Sequence[str]], label: Label, **more: Any
) -> Any:
    """Declare a field that is one of some words; `label` gives a word's text in a language.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> from crmsim.dashboards.panel_state import PanelState
    >>> @dataclass(frozen=True)
    ... class Weather(PanelState):
    ...     sky: str = choice("sun", ("sun", "rain"), lambda word, lang: word)
    ...     degrees: float = number(20.0, -30.0, 45.0, 0.5)
    >>> Weather(sky="snow")
    Traceback (most recent call last):
    crmsim.errors.InputError: sky: must be one of sun, rain, got 'snow'
    """
    return _declared(default, OneOf(names if callable(names) else lambda: names, label), **more)


def several(
    default: tuple[str, ...],
    names: Sequence[str] | Callable[[], Sequence[str]],
    label: Label,
    fewest: int = 1,
) -> Any:
    """Declare a field that is a tuple of some of the words, at least `fewest`."""
    return _declared(default, Several(names if callable(names) else lambda: names, label, fewest))


def whole(
    default: int | None, low: int, high: int, step: int = 1, *, slider: bool = True, optional: bool = False
) -> Any:
    """Declare a field that is a whole number, or None where `optional`."""
    return _declared(default, Number(low, high, step, slider, optional))


def number(
    default: float | None,
    low: float,
    high: float,
    step: float,
    *,
    slider: bool = True,
    optional: bool = False,
) -> Any:
    """Declare a field that is a number, or None where `optional`."""
    return _declared(default, Number(float(low), float(high), float(step), slider, optional))


def yes_no(default: bool) -> Any:
    """Declare a field that is true or false."""
    return _declared(default, YesNo())


def words(default: str) -> Any:
    """Declare a field that is a line of text."""
    return _declared(default, Words())


def world(default: str = "retail") -> Any:
    """Declare the field of a ready scenario."""
    return choice(default, SCREEN_PRESETS, lambda name, lang: say(f"panel.preset.{name}", lang))


def strategy(default: str) -> Any:
    """Declare the field of a ready strategy; doing nothing comes first."""
    return choice(default, strategy_choices, strategy_label)


def strategy_choices() -> Sequence[str]:
    """Return the names of the ready strategies; doing nothing comes first."""
    return sorted(strategy_names(), key=lambda name: name != "do_nothing")


def seed(default: int = 1) -> Any:
    """Declare the field of the seed, by which the same luck can be had again."""
    return whole(default, 0, LARGEST_SEED, slider=False)


def engine() -> Any:
    """Declare the field of the engine; what is shown does not depend on it."""
    return choice("auto", ENGINES, lambda name, lang: name)


def language() -> Any:
    """Declare the field of the language; each names itself in its own."""
    return choice("en", LANGUAGES, lambda lang, _: {"en": "EN", "zh": "中文"}[lang], kw_only=True)


def text_size() -> Any:
    """Declare the field of the size of text."""
    return choice(
        "normal", tuple(TEXT_SIZES), lambda size, lang: say(f"panel.size.{size}", lang), kw_only=True
    )


def choices(state: Any) -> dict[str, Kind]:
    """Return the kinds of all fields of a state or of its class, by name."""
    declared: tuple[Field, ...] = fields(state)
    return {entry.name: entry.metadata["kind"] for entry in declared}
