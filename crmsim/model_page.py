"""The page that describes the model to its readers: a hand-written text with tables made from the code.

Like a museum guide whose prose is written by people and whose list of exhibits is printed from the
inventory. The text is ``model_page.md``; where it says ``{{parameters}}``, the table of parameters
goes, and so on for every name of :data:`BLANKS`. Whoever writes needs no Python.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from enum import IntEnum
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args, get_origin

import annotated_types
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from crmsim import firm
from crmsim.engines import LARGEST_SEED
from crmsim.events import COMPONENTS, KINDS
from crmsim.luck import Purpose
from crmsim.metrics.outcomes import OUTCOMES
from crmsim.model.record_fields import CUSTOMER_FIELDS, RUN_FIELDS
from crmsim.model.records import DAY, MONTHS_KEPT, TRIGGER_SLOTS, WINDOW
from crmsim.model.referral import MAX_GENERATION
from crmsim.parameters import Change, Section
from crmsim.scenario import PRESETS, WORLD, Scenario, preset
from crmsim.scores import SCORE_DAYS
from crmsim.stages import Cause, Stage
from crmsim.strategies import find_strategy, strategy_names
from crmsim.strategies.base import MAX_RULES, Strategy
from crmsim.strategies.rules import HIDDEN, MEASURES, Action, Cap, Cost, Pick, When
from crmsim.text import say
from crmsim.tiers import Tier
from crmsim.version import VERSION

__all__ = ["BLANKS", "TEXT", "Parameter", "allowed", "model_page", "parameter_rows"]

#: The hand-written text.
TEXT = Path(__file__).with_name("model_page.md")

#: Presets whose values the table of parameters shows.
_SHOWN = tuple(name for name in PRESETS if name != "bare")
#: From here on a limit only keeps out what is certainly a mistake.
_NO_LIMIT = 1e9
#: At the end of a description: the value that takes a mechanism out, and what that does.
_SWITCH = re.compile(r"^(?P<meaning>.*); (?P<value>\d+) = (?P<effect>[^;]+)$")


class Parameter(NamedTuple):
    """A field with its full name within its group and what it means."""

    name: str
    meaning: str
    info: FieldInfo


def model_page() -> str:
    """Return the description of the model as Markdown: the text with its blanks filled in.

    Raises
    ------
    KeyError
        Where the text has a blank that nobody can fill in.

    Examples
    --------
    >>> model_page().splitlines()[0]
    '# The model'
    """
    text = TEXT.read_text(encoding="utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda blank: BLANKS[blank[1]](), text)


def parameter_rows(part: type[BaseModel], place: str = "", about: str = "") -> Iterator[Parameter]:
    """Yield every field of a group; a group within it is taken apart.

    Parameters
    ----------
    part : type of a group of fields
    place, about : str
        What the names begin with, and the meaning of fields that do not give one of their own.

    Examples
    --------
    >>> from crmsim.parameters import Change
    >>> [row.name for row in parameter_rows(Change)]
    ['day', 'set', 'trust_lost']
    """
    for name, info in part.model_fields.items():
        meaning = info.description or about
        if _is_section(info.annotation):
            yield from parameter_rows(info.annotation, f"{place}{name}.", meaning)
        else:
            yield Parameter(f"{place}{name}", meaning, info)


def allowed(info: FieldInfo) -> str:
    """Return in words which values a field may have.

    Examples
    --------
    >>> from crmsim.parameters import Purchase
    >>> allowed(Purchase.model_fields["wallet0"]), allowed(Purchase.model_fields["timing"])
    ('0.001 to 0.999', 'continuous, contract, periodic')
    """
    if get_origin(info.annotation) is Literal:
        return ", ".join(str(word) for word in get_args(info.annotation))
    if looks := _extra(info, "looks_like"):
        return looks
    items = [limits for part in get_args(info.annotation) for limits in getattr(part, "__metadata__", ())]
    if items:
        return ", ".join(filter(None, (f"each {_limits(items[0].metadata)}", _limits(info.metadata))))
    return _limits(info.metadata)


def _parameters() -> str:
    parts = []
    for name, info in Scenario.model_fields.items():
        if _is_section(info.annotation):
            parts += [f"#### `{name}`", str(info.annotation.__doc__).splitlines()[0]]
            parts += [_section_table(name, info.annotation)]
    return "\n\n".join(parts)


def _section_table(place: str, section: type[Section]) -> str:
    head = ("parameter", "meaning", "unit", "allowed", *_SHOWN, "switched off by", "source")
    groups = [getattr(preset(name), place) for name in _SHOWN]
    rows = []
    for name, about, info in parameter_rows(section):
        meaning, switch = _switch(about)
        values = [_value(_look_up(group, name)) for group in groups]
        unit, source = _extra(info, "unit"), _extra(info, "source")
        rows.append((f"`{name}`", meaning, unit, allowed(info), *values, switch, source))
    return _table(head, rows)


def _is_section(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Section)


def _look_up(group: Any, name: str) -> Any:
    for part in name.split("."):
        group = getattr(group, part)
    return group


def _switch(about: str) -> tuple[str, str]:
    """Return what a parameter means, and the value that switches it off with what that does."""
    found = _SWITCH.match(about)
    if found is None:
        return about, ""
    value, effect = found["value"], found["effect"]
    return found["meaning"], value if effect == "off" else f"{value} ({effect})"


def _limits(metadata: Iterable[Any]) -> str:
    """Return limits in words; at the end, how many items there may be."""
    kinds = {type(limit): limit for limit in metadata}
    text = ""
    if low := kinds.get(annotated_types.Ge):
        text = _value(low.ge)
    elif low := kinds.get(annotated_types.Gt):
        text = f"above {_value(low.gt)}"
    if high := kinds.get(annotated_types.Le):
        text += " or more" if high.le >= _NO_LIMIT else f" to {_value(high.le)}"
    if step := kinds.get(annotated_types.MultipleOf):
        text += f", in steps of {step.multiple_of}"
    if most := kinds.get(annotated_types.MaxLen):
        text += f", at most {most.max_length}"
    return text.removeprefix(", ")


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if isinstance(value, tuple):
        return ", ".join(_value(item) for item in value) or "none"
    return f"{value:,.10g}" if isinstance(value, int | float) else ""


def _extra(info: FieldInfo, key: str) -> str:
    extra = info.json_schema_extra
    return str(extra.get(key, "")) if isinstance(extra, dict) else ""


def _scenario_fields() -> str:
    rows = [
        (f"`{name}`", str(info.description), allowed(info))
        for name, info in Scenario.model_fields.items()
        if not _is_section(info.annotation)
    ]
    return _table(("field", "meaning", "allowed"), rows)


def _change_fields() -> str:
    rows = [
        (f"`{name}`", meaning, _extra(info, "unit"), allowed(info))
        for name, meaning, info in parameter_rows(Change)
    ]
    return _table(("field", "meaning", "unit", "allowed"), rows)


def _settled() -> str:
    names = [
        name
        for home, info in Scenario.model_fields.items()
        if _is_section(info.annotation)
        for name in info.annotation.model_fields
        if name in WORLD or home in ("population", "price_list")
    ]
    return ", ".join(f"`{name}`" for name in names)


def _customer() -> str:
    parts = []
    for group, fields in CUSTOMER_FIELDS.items():
        rows = [(f"`{name}`", unit, meaning) for name, (unit, meaning) in fields.items()]
        parts += [f"#### {group}", _table(("field", "unit", "meaning"), rows)]
    return "\n\n".join(parts)


def _run() -> str:
    rows = [(f"`{name}`", unit, meaning) for name, (unit, meaning) in RUN_FIELDS.items()]
    return _table(("field", "unit", "meaning"), rows)


def _words(words: type[IntEnum], place: str) -> str:
    """Return the words of a kind in both languages, where the catalogue has them."""
    named = [word.name.lower() for word in words if word.name != "NONE"]
    return ", ".join(f"`{name}` ({say(f'{place}.{name}', 'zh')})" for name in named)


def _kinds() -> str:
    rows = [
        (f"`{kind.name.lower()}`", info.meaning, info.detail, info.amount, "yes" if info.seen else "no")
        for kind, info in KINDS.items()
    ]
    return _table(("event", "meaning", "detail", "amount", "a firm sees it"), rows)


def _components() -> str:
    rows = [
        (f"`{part.name.lower()}`", info.meaning, "yes" if info.counts else "no")
        for part, info in COMPONENTS.items()
    ]
    return _table(("component", "meaning", "part of CLV"), rows)


def _conditions() -> str:
    known = [(f"`{name}`", meaning, "yes") for name, meaning in MEASURES.items()]
    hidden = [(f"`oracle: {name}`", meaning, "no") for name, meaning in HIDDEN.items()]
    return _table(("condition", "meaning", "a firm can know it"), known + hidden)


def _numbers_of_rules() -> str:
    rows = [
        (f"`{place}.{name}`", meaning, allowed(info), _value(info.default))
        for place, part in (("do", Action), ("when", When), ("cost", Cost), ("pick", Pick), ("cap", Cap))
        for name, meaning, info in parameter_rows(part)
        if meaning
    ]
    return _table(("number", "meaning", "allowed", "unless given"), rows)


def _strategies() -> str:
    rows = []
    for name in strategy_names():
        strategy = find_strategy(name)
        kind = "" if isinstance(strategy, Strategy) else " (in Python)"
        sources = "; ".join(strategy.sources)
        rows.append((f"`{name}`{kind}", say(f"strategy.{name}", "zh"), strategy.about, sources))
    return _table(("strategy", "in Chinese", "what the firm does", "sources"), rows)


def _outcomes() -> str:
    rows = [
        (f"`{name}`", say(f"outcome.{name}"), say(f"outcome.{name}", "zh"), info.unit)
        for name, info in OUTCOMES.items()
    ]
    return _table(("outcome", "meaning", "in Chinese", "unit"), rows)


def _window_end() -> str:
    """Return the firm's work at the end of a window as a list, from the docstring that holds its order."""
    sentence = re.search(r"which is the only one: (.*?)\.\n", str(firm.__doc__), re.DOTALL)
    assert sentence is not None, "the docstring of crmsim.firm gives the order of the work"
    steps = re.split(r", (?:and )?(?![^(]*\))", " ".join(sentence[1].split()))
    return "\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1))


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in (head, *rows)]
    return "\n".join([lines[0], "|" + "---|" * len(head), *lines[1:]])


#: What fills in each blank of the text.
BLANKS: dict[str, Callable[[], str]] = {
    "parameters": _parameters,
    "scenario_fields": _scenario_fields,
    "change_fields": _change_fields,
    "settled": _settled,
    "customer": _customer,
    "run": _run,
    "stages": lambda: _words(Stage, "stage"),
    "causes": lambda: _words(Cause, "cause"),
    "tiers": lambda: _words(Tier, "tier"),
    "events": _kinds,
    "components": _components,
    "conditions": _conditions,
    "numbers_of_rules": _numbers_of_rules,
    "strategies": _strategies,
    "outcomes": _outcomes,
    "window_end": _window_end,
    "window_days": lambda: str(WINDOW // DAY),
    "months_kept": lambda: str(MONTHS_KEPT),
    "score_days": lambda: f"{SCORE_DAYS:g}",
    "max_generation": lambda: str(MAX_GENERATION),
    "max_rules": lambda: str(MAX_RULES),
    "trigger_slots": lambda: str(TRIGGER_SLOTS),
    "largest_seed": lambda: f"{LARGEST_SEED:,}",
    "purposes": lambda: str(len(Purpose)),
    "version": lambda: VERSION,
}
