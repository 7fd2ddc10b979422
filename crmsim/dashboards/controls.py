"""The controls of screens, made from the declared choices, and how words and pictures are shown."""

from __future__ import annotations

import html
import io
import logging
from collections.abc import Mapping
from typing import Any

import ipywidgets as W
import traitlets
from PIL import Image

from crmsim.dashboards.choices import Kind, Number, OneOf, Several, Words, YesNo
from crmsim.dashboards.panel_state import NothingToShow
from crmsim.dashboards.ticks import Ticks
from crmsim.errors import CrmsimError
from crmsim.strategies import find_strategy
from crmsim.text import say
from crmsim.text.problems import said

__all__ = [
    "DescribedImage",
    "about_strategy",
    "button",
    "control_for",
    "paragraph",
    "picture",
    "problem",
    "relabelled",
    "switch",
    "to_choice",
    "to_widget",
]

_LOG = logging.getLogger(__name__)


def control_for(kind: Kind, value: Any, lang: str, width: str) -> W.ValueWidget:
    """Return the control of a choice: a list, a slider, a box to type in, or ticks."""
    layout = {"width": width}
    if isinstance(kind, Several):
        return Ticks(kind.options(lang), value, layout=layout)
    if isinstance(kind, OneOf):
        return W.Dropdown(options=kind.options(lang), value=value, layout=layout)
    if isinstance(kind, YesNo):
        return W.Checkbox(value=value, layout=layout)
    if isinstance(kind, Words):
        return W.Text(value=value, continuous_update=False, layout=layout)
    assert isinstance(kind, Number)
    if kind.slider:
        make = W.IntSlider if kind.whole else W.FloatSlider
        return make(value, min=kind.low, max=kind.high, step=kind.step, layout=layout)
    make = W.BoundedIntText if kind.whole else W.BoundedFloatText
    # What stands for nothing is the number below the lowest.
    low = kind.low - kind.step if kind.optional else kind.low
    return make(to_widget(kind, value), min=low, max=kind.high, step=kind.step, layout=layout)


def to_widget(kind: Kind, value: Any) -> Any:
    """Return a choice as its control holds it."""
    return kind.low - kind.step if isinstance(kind, Number) and value is None else value


def to_choice(kind: Kind, value: Any) -> Any:
    """Return what a control holds as the choice that it stands for."""
    return None if isinstance(kind, Number) and kind.optional and value < kind.low else value


def relabelled(control: W.ValueWidget, kind: Kind, lang: str) -> None:
    """Write the options of a control in a language, and keep what is chosen.

    ipywidgets itself goes back to the first option.
    """
    if isinstance(kind, OneOf):
        chosen = control.value
        control.options = kind.options(lang)
        control.value = chosen


def switch(kind: OneOf, value: str, lang: str) -> W.ToggleButtons:
    """Return a choice as buttons in a row; they are as wide as their words."""
    look = {"style": {"button_width": "auto"}, "layout": {"width": "max-content"}}
    return W.ToggleButtons(options=kind.options(lang), value=value, **look)


def button(on_click: Any) -> W.Button:
    """Return a button as wide as its words."""
    made = W.Button(layout={"width": "auto"})
    made.on_click(lambda _: on_click())
    return made


def withhold(widget: W.DOMWidget) -> None:
    """Take a control away from who looks at the screen: it is not seen, and hears no message of a browser.

    Only to hide it would leave it to whoever writes such messages by hand; to close it would leave a gap in
    its box that the browser waits for.
    """
    widget.layout.display = "none"
    widget.comm.on_msg(lambda message: None)


def about_strategy(name: str, lang: str) -> str:
    """Return what a strategy does in plain words."""
    strategy = find_strategy(name)
    return strategy.about_zh if lang == "zh" and strategy.about_zh else strategy.about


class DescribedImage(W.Image):
    """An image whose ``tooltip`` is its text for screen readers.

    The browser's side of ipywidgets shows tooltips only of widgets with a description, and fails without
    one, though Image has none: this one has, an empty one.
    """

    description = traitlets.Unicode("").tag(sync=True)


def picture(width: int, height: int) -> DescribedImage:
    """Return a white image of a size in pixels, so that nothing jumps when there is a real one.

    In a narrow window it is as wide as the window, and its height goes with the width.
    """
    white = io.BytesIO()
    Image.new("L", (width, height), 255).save(white, format="png")
    layout = {"width": f"{width}px", "height": "auto", "max_width": "100%"}
    return DescribedImage(value=white.getvalue(), format="png", layout=layout)


def paragraph(text: str, look: str = "note") -> str:
    """Return a sentence as HTML: a ``note``, or an ``error`` in its red box; nothing for nothing.

    A screen reader says it as soon as it appears.
    """
    role = "alert" if look == "error" else "status"
    return f'<div class="crmsim-{look}" role="{role}">{html.escape(text)}</div>' if text else ""


def problem(error: BaseException, lang: str, labels: Mapping[str, str] | None = None) -> str:
    """Return a sentence for what went wrong; a mistake of ours goes to the log with its traceback.

    `labels` are those of the controls in sight, by the names of their fields.
    """
    if isinstance(error, NothingToShow):
        return error.sentence(lang)
    if isinstance(error, CrmsimError) or (isinstance(error, OSError) and error.strerror):
        return say("panel.error", lang, problem=said(error, lang, labels))
    if isinstance(error, KeyboardInterrupt):
        return say("panel.interrupted", lang)
    _LOG.error("a screen failed", exc_info=error)
    return say("panel.defect", lang, problem=f"{type(error).__name__}: {error}")
