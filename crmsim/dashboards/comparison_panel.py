"""The screen that shows two strategies side by side.

Everything it shows belongs to one :class:`ComparisonResult`; as soon as a control moves, picture,
cards and table fade and say that they are out of date, until the new ones are there.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import ipywidgets as W
from matplotlib.figure import Figure

from crmsim.dashboards.background import Background
from crmsim.dashboards.comparison_state import LIMITS, ComparisonResult, ComparisonState, nothing_run_yet
from crmsim.dashboards.controls import (
    STYLE,
    about_strategy,
    labelled,
    language_switch,
    paragraph,
    picture,
    preset_options,
    problem,
    set_options,
    strategy_options,
)
from crmsim.metrics.outcomes import OUTCOMES
from crmsim.plots.comparison import plot_satisfaction, plot_tier_outcomes, plot_value_components
from crmsim.plots.style import new_figure, strategy_colour, strategy_label, to_png
from crmsim.text import say

__all__ = ["ComparisonPanel", "comparison_figure", "comparison_table"]

_WIDTH, _HEIGHT, _DPI = 980, 620, 100
_CARD = ("clv", "satisfied", "retention_later_years")
_CONTROLS = ("preset", "left", "right", "customers", "years", "replications", "seed", "lang")


class ComparisonPanel(W.VBox):
    """Two strategies side by side, with everything that can be set.

    Parameters
    ----------
    state : ComparisonState, optional
        The choices to begin with; the reset button goes back to them (but keeps the language).
    lang : {"en", "zh"}, optional
        Language to begin with, in place of that of `state`.

    Attributes
    ----------
    result : ComparisonResult or None
        What is shown; None before the first run and after an error.
    background : Background
        The work under way.

    Examples
    --------
    >>> panel = ComparisonPanel(ComparisonState(customers=100, years=2, replications=2))
    >>> panel.result.state.customers
    100
    """

    def __init__(self, state: ComparisonState | None = None, *, lang: str | None = None):
        self.beginning = state or ComparisonState()
        self.result: ComparisonResult | None = None
        self.background = Background(wait=0.2)
        self._make_controls(lang or self.beginning.lang)
        self._make_displays()
        super().__init__(self._arranged(), layout={"max_width": "1000px"})
        self.add_class("crmsim-panel")
        self._set_controls(self.beginning)
        self._translate()
        for name in _CONTROLS:
            self.controls[name].observe(self._changed, "value")
        self.refresh()

    # -- making it -----------------------------------------------------------------------------

    def _make_controls(self, lang: str) -> None:
        wide = {"width": "300px"}
        self.controls: dict[str, W.ValueWidget] = {
            "preset": W.Dropdown(options=preset_options(lang), layout=wide),
            "left": W.Dropdown(options=strategy_options(lang), layout=wide),
            "right": W.Dropdown(options=strategy_options(lang), layout=wide),
            "seed": W.BoundedIntText(min=0, max=2**31 - 1, layout={"width": "220px"}),
            "lang": language_switch(lang),
        }
        for name, (low, high, step) in LIMITS.items():
            self.controls[name] = W.IntSlider(min=low, max=high, step=step, layout={"width": "420px"})
        self.new_seed = W.Button(layout={"width": "auto"})
        self.reset = W.Button(layout={"width": "auto"})
        self.stop = W.Button(layout={"width": "auto", "visibility": "hidden"})
        self.new_seed.on_click(lambda _: setattr(self.controls["seed"], "value", self.controls["seed"].value + 1))
        self.reset.on_click(lambda _: self._go_back())
        self.stop.on_click(lambda _: self._stopped())

    def _make_displays(self) -> None:
        self.cards = {"left": W.HTML(layout={"width": "48%"}), "right": W.HTML(layout={"width": "48%"})}
        self.image = picture(_WIDTH, _HEIGHT)
        self.table, self.note, self.error = W.HTML(), W.HTML(layout={"min_height": "28px"}), W.HTML()
        self.progress = W.IntProgress(layout={"width": "200px", "visibility": "hidden"})

    def _arranged(self) -> list[W.Widget]:
        c = self.controls
        top = W.HBox([c["preset"], c["lang"]], layout={"justify_content": "space-between"})
        knobs = W.HBox(
            [
                W.VBox([c["customers"], c["years"], c["replications"]]),
                W.VBox([W.HBox([c["seed"], self.new_seed]), self.reset]),
            ],
            layout={"justify_content": "space-between"},
        )
        apart = {"justify_content": "space-between"}
        strategies = W.HBox([c["left"], c["right"]], layout=apart)
        cards = W.HBox([self.cards["left"], self.cards["right"]], layout=apart)
        status = W.HBox([self.progress, self.stop, self.note], layout={"align_items": "center"})
        return [W.HTML(STYLE), top, knobs, strategies, status, self.error, cards, self.image, self.table]

    # -- what the reader does ------------------------------------------------------------------

    @property
    def lang(self) -> str:
        """The language shown."""
        return self.controls["lang"].value

    @property
    def state(self) -> ComparisonState:
        """The choices as the controls stand now."""
        return ComparisonState(**{name: self.controls[name].value for name in _CONTROLS})

    def _changed(self, change: dict) -> None:
        if change["owner"] is self.controls["lang"]:
            self._translate()
        self.refresh()

    def _go_back(self) -> None:
        self._set_controls(self.beginning)
        self.refresh()

    def _stopped(self) -> None:
        self.background.stop()
        self._idle(say("panel.stopped", self.lang))

    def _set_controls(self, state: ComparisonState) -> None:
        """Set every control but the language; each would otherwise start a run of its own."""
        for name in _CONTROLS:
            if name != "lang":
                self.controls[name].unobserve(self._changed, "value") if self._watched(name) else None
                self.controls[name].value = getattr(state, name)

    # -- what the screen does ------------------------------------------------------------------

    def refresh(self) -> None:
        """Compute and show what the controls say."""
        self._busy()
        self.background.start(self._job)

    def _job(self) -> Iterator[None]:
        """Run by run, then show; whatever goes wrong becomes a sentence."""
        try:
            state = self.state
            self.progress.max, self.progress.value = state.runs, 0
            for step in state.steps():
                if isinstance(step, ComparisonResult):
                    self._show(step)
                else:
                    self.progress.value = step
                    self.note.value = paragraph(say("panel.updating", self.lang, done=step, runs=state.runs))
                    yield
        except Exception as error:
            self._fail(error)
