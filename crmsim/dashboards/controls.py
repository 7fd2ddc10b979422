"""The controls that all screens share: languages, scenarios, strategies, and how a picture is shown."""

from __future__ import annotations

import html
import logging
from typing import Any

import ipywidgets as W

from crmsim.dashboards.comparison_state import SCREEN_PRESETS
from crmsim.errors import CrmsimError
from crmsim.plots.style import strategy_label
from crmsim.strategies import find_strategy, strategy_names
from crmsim.text import say

__all__ = [
    "STYLE",
    "about_strategy",
    "labelled",
    "language_switch",
    "paragraph",
    "picture",
    "preset_options",
    "problem",
    "set_options",
    "strategy_options",
]

_LOG = logging.getLogger(__name__)

#: Sent once with each panel. What is out of date fades until the new numbers are there.
STYLE = """<style>
.crmsim-stale {opacity: 0.35; transition: opacity 0.15s;}
.crmsim-panel .widget-label {min-width: 8.5em;}
.crmsim-panel table.crmsim {border-collapse: collapse; font-size: 13px; line-height: 1.5;}
.crmsim-panel table.crmsim td, .crmsim-panel table.crmsim th {padding: 3px 14px; text-align: right;
  border-bottom: 1px solid #e3e3e3;}
.crmsim-panel table.crmsim th {font-weight: 600; border-bottom: 1px solid #999;}
.crmsim-panel table.crmsim td:first-child, .crmsim-panel table.crmsim th:first-child {text-align: left;}
.crmsim-panel .crmsim-card {border-top: 4px solid; padding: 6px 10px 8px; background: #fafafa;
  line-height: 1.45; color: #222;}
.crmsim-panel .crmsim-card b {font-size: 20px;}
.crmsim-panel .crmsim-error {background: #fdecea; border-left: 4px solid #b3261e; padding: 6px 10px;}
.crmsim-panel .crmsim-note {color: #6b6b6b;}
</style>"""


def language_switch(lang: str) -> W.ToggleButtons:
    """Return the switch between English and Chinese; each names itself in its own language."""
    return W.ToggleButtons(
        options=[("EN", "en"), ("中文", "zh")],
        value=lang,
        style={"button_width": "64px"},
        tooltips=["English", "中文"],
    )


def preset_options(lang: str) -> list[tuple[str, str]]:
    """Return the scenarios to choose from, as label and name."""
    return [(say(f"panel.preset.{name}", lang), name) for name in SCREEN_PRESETS]


def strategy_options(lang: str) -> list[tuple[str, str]]:
    """Return the strategies to choose from, as label and name; doing nothing comes first."""
    names = sorted(strategy_names(), key=lambda name: name != "do_nothing")
    return [(strategy_label(name, lang), name) for name in names]


def set_options(dropdown: W.Dropdown, options: list[tuple[str, str]]) -> None:
    """Give a dropdown other labels and keep what is chosen; ipywidgets goes back to the first option."""
    chosen = dropdown.value
    dropdown.options = options
    dropdown.value = chosen


def labelled(widget: Any, key: str, lang: str, **values: Any) -> None:
    """Write a sentence of the catalogue on a widget."""
    widget.description = say(key, lang, **values)


def about_strategy(name: str, lang: str) -> str:
    """Return what a strategy does in plain words."""
    strategy = find_strategy(name)
    return strategy.about_zh if lang == "zh" and strategy.about_zh else strategy.about


def picture(width: int, height: int) -> W.Image:
    """Return an empty image of fixed size in pixels, so that nothing jumps when it is filled."""
    layout = {"width": f"{width}px", "height": f"{height}px", "max_width": "100%", "object_fit": "contain"}
    return W.Image(format="png", layout=layout)


def paragraph(text: str, look: str = "note") -> str:
    """Return a sentence as HTML: a ``note``, or an ``error`` in its red box; nothing for nothing."""
    return f'<div class="crmsim-{look}">{html.escape(text)}</div>' if text else ""


def problem(error: Exception, lang: str) -> str:
    """Return a sentence for what went wrong; a mistake of ours goes to the log with its traceback."""
    if isinstance(error, CrmsimError):
        return say("panel.error", lang, problem=error)
    _LOG.exception("a screen failed", exc_info=error)
    return say("panel.defect", lang, problem=f"{type(error).__name__}: {error}")
